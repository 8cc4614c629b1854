//! Measures and breaks in the series as messages.

use gongkai_forms::{Measure, SeriesBreak, Term};
use gongkai_wire::v1;

pub(super) fn measure(measure: &Measure) -> v1::MeasureDefinition {
    let terms = |terms: &[Term]| {
        let term =
            |term: &Term| v1::MeasureTerm { key: term.key.to_string(), subtracted: term.is_subtracted };
        terms.iter().map(term).collect()
    };
    v1::MeasureDefinition {
        id: measure.id.clone(),
        name_zh: measure.name_zh.clone(),
        name_en: measure.name_en.clone(),
        definition_zh: measure.definition_zh.clone(),
        definition_en: measure.definition_en.clone(),
        null_policy: v1::NullPolicy::Strict.into(),
        formulas: measure
            .formulas
            .iter()
            .map(|formula| v1::MeasureFormula {
                form: v1::Form::from(formula.form).into(),
                numerator: terms(&formula.numerator),
                denominator: terms(&formula.denominator),
            })
            .collect(),
    }
}

pub(super) fn series_break(known: &SeriesBreak) -> v1::SeriesBreak {
    v1::SeriesBreak {
        id: known.id.clone(),
        name_zh: known.name_zh.clone(),
        name_en: known.name_en.clone(),
        text_zh: known.text_zh.clone(),
        text_en: known.text_en.clone(),
        date: known.date.clone().unwrap_or_default(),
        first_form: known.form.map_or(0, |form| v1::Form::from(form).into()),
        first_year: known.first_year.map(i32::from),
        mixed_until: known.mixed_until.map(i32::from),
        tables: known.tables.clone(),
        indicators: known.indicators.clone(),
        kinds: known.kinds.iter().map(|kind| v1::BodyKind::from(*kind).into()).collect(),
    }
}
