//! Rows of figures as messages.

use crate::figures::{About, FigureRow, ReportFigures, Source};
use gongkai_wire::v1;
use rust_decimal::Decimal;

/// The rows of a report.
pub(super) fn to_wire(report: ReportFigures) -> impl Iterator<Item = v1::FigureRow> {
    let ReportFigures { about, rows } = report;
    rows.into_iter().map(move |row| figure(&about, row))
}

fn figure(about: &About, row: FigureRow) -> v1::FigureRow {
    let keys = &about.keys;
    let source = match row.source {
        Source::Table => v1::FigureSource::Table,
        Source::Statement => v1::FigureSource::Statement,
    };
    let decimal = |value: Option<Decimal>| value.map(super::numbers::exact);
    let stated_scope = match row.source {
        Source::Table => v1::ScopeKind::Unspecified,
        Source::Statement => row.stated_scope.into(),
    };
    v1::FigureRow {
        report: about.report.to_string(),
        revision: about.revision,
        subject: keys.subject.clone(),
        region_name: keys.region_name.clone(),
        region_code: keys.region_code.clone(),
        rank: v1::Rank::from(about.rank).into(),
        kind: v1::BodyKind::from(about.kind).into(),
        scope: v1::ScopeKind::from(keys.scope).into(),
        year: keys.year.map(i32::from),
        form: v1::Form::from(keys.form).into(),
        source: source.into(),
        key: row.key.to_owned(),
        indicator: row.indicator.to_owned(),
        state: v1::State::from(row.state).into(),
        value: decimal(row.value),
        value_max: decimal(row.value_max),
        unit: row.unit.into_owned(),
        derivation: v1::Derivation::from(row.derivation).into(),
        period: v1::Period::from(row.period).into(),
        portion: v1::Portion::from(row.portion).into(),
        whose: row.whose.map_or(0, |whose| v1::Whose::from(whose).into()),
        stated_scope: stated_scope.into(),
        approximate: row.is_approximate,
        quote: row.quote,
        comparability: row.comparability.to_string(),
    }
}
