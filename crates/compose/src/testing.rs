//! Units for tests.

use crate::{Task, Unit};
use gongkai_forms::{Form, form};
use gongkai_model::{
    Body, BodyKind, Derivation, Figure, FormId, NullPolicy, Period, Portion, Rank, RegionText, Report, Scope,
    ScopeKind, State, Value,
};

pub(crate) fn form_2021() -> &'static Form {
    form(FormId::Form2021).unwrap()
}

/// A report all of whose cells are `count`, by the department of this name.
pub(crate) fn unit(name: &str, count: i64) -> Unit {
    let figures = form_2021().cells.iter().map(|cell| {
        let value = Value::parse(&count.to_string(), cell.unit).unwrap();
        Figure {
            key: cell.key.clone(),
            period: Period::ThisYear,
            portion: Portion::All,
            state: State::Number,
            value: Some(value),
            raw: count.to_string(),
            source_unit: String::new(),
            span: None,
            derivation: Derivation::Read,
            candidates: Vec::new(),
            reason: None,
            proof: None,
        }
    });
    let report = Report {
        year: Some(2023),
        form: FormId::Form2021,
        subject: Body {
            name: name.to_owned(),
            rank: Rank::County,
            kind: BodyKind::Department,
            ..Body::default()
        },
        scope: Scope { kind: ScopeKind::Organ, ..Scope::default() },
        region: RegionText { name: "甲县".to_owned(), code: "530102".to_owned(), ..RegionText::default() },
        figures: figures.collect(),
        ..Report::default()
    };
    Unit { source: format!("reports/{name}"), report }
}

/// Sets a cell of a unit.
pub(crate) fn set(unit: &mut Unit, key: &str, state: State, value: Option<Value>) {
    let index = form_2021().cell_index(key).unwrap();
    let figure = &mut unit.report.figures[index];
    (figure.state, figure.value) = (state, value);
}

pub(crate) fn task() -> Task {
    Task {
        subject: "甲县人民政府".to_owned(),
        year: 2023,
        form: form_2021(),
        policy: NullPolicy::Strict,
        expected: Vec::new(),
        exclusions: Vec::new(),
        adjustments: Vec::new(),
        last_year: None,
    }
}
