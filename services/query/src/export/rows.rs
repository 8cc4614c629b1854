//! Rows of figures as rows of files. Variants have the names that they have on the wire, without prefix.

use crate::figures::{ReportFigures, Source};
use gongkai_export::{ExportError, Row};
use gongkai_wire::v1;

/// Gives each row of a report to `take`.
pub(crate) fn rows_of(
    report: &ReportFigures,
    mut take: impl FnMut(&Row<'_>) -> Result<(), ExportError>,
) -> Result<(), ExportError> {
    let ReportFigures { about, rows } = report;
    let name = about.report.to_string();
    let keys = &about.keys;
    let of_report = Row {
        report: &name,
        revision: about.revision,
        subject: &keys.subject,
        region_name: &keys.region_name,
        region_code: &keys.region_code,
        rank: bare(v1::Rank::from(about.rank).as_str_name(), "RANK_"),
        kind: bare(v1::BodyKind::from(about.kind).as_str_name(), "BODY_KIND_"),
        scope: bare(v1::ScopeKind::from(keys.scope).as_str_name(), "SCOPE_KIND_"),
        year: keys.year,
        form: bare(v1::Form::from(keys.form).as_str_name(), "FORM_"),
        ..Row::default()
    };
    for row in rows {
        let is_stated = row.source == Source::Statement;
        let whose = row.whose.map(|whose| bare(v1::Whose::from(whose).as_str_name(), "WHOSE_"));
        let stated_scope = bare(v1::ScopeKind::from(row.stated_scope).as_str_name(), "SCOPE_KIND_");
        let (name_zh, name_en) = names(keys.form, row.key, row.indicator);
        take(&Row {
            name_zh,
            name_en,
            source: row.source.name(),
            key: row.key,
            indicator: row.indicator,
            state: bare(v1::State::from(row.state).as_str_name(), "STATE_"),
            value: row.value,
            value_max: row.value_max,
            unit: &row.unit,
            derivation: bare(v1::Derivation::from(row.derivation).as_str_name(), "DERIVATION_"),
            period: bare(v1::Period::from(row.period).as_str_name(), "PERIOD_"),
            portion: bare(v1::Portion::from(row.portion).as_str_name(), "PORTION_"),
            whose: whose.unwrap_or_default(),
            stated_scope: if is_stated { stated_scope } else { "" },
            approximate: row.is_approximate,
            quote: &row.quote,
            comparability: &row.comparability,
            ..of_report
        })?;
    }
    Ok(())
}

/// What a figure is called in Chinese and in English: by its form, else by the dictionary.
fn names(form: gongkai_model::FormId, key: &str, indicator: &str) -> (&'static str, &'static str) {
    let cell = gongkai_forms::form(form).and_then(|form| form.cells.get(form.cell_index(key)?));
    if let Some(cell) = cell {
        return (&cell.label_zh, &cell.label_en);
    }
    let known = gongkai_forms::indicators().iter().find(|known| known.id == indicator);
    known.map_or(("", ""), |known| (&known.name_zh, &known.name_en))
}

fn bare(name: &'static str, prefix: &str) -> &'static str {
    name.strip_prefix(prefix).unwrap_or(name)
}
