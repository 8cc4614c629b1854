//! Figures for tests.

use gongkai_forms::{Form, form};
use gongkai_model::{Derivation, Figure, FormId, Reason, State, Value};
use proptest::prelude::*;

pub(crate) fn of_state(key: &str, state: State) -> Figure {
    Figure { state, reason: None, ..Figure::missing(key.into(), Reason::CellAbsent) }
}

pub(crate) fn number(key: &str, count: i64) -> Figure {
    Figure { value: Some(Value::Count(count)), raw: count.to_string(), ..of_state(key, State::Number) }
}

pub(crate) fn amount(key: &str, amount: &str) -> Figure {
    Figure { value: Some(Value::Amount(amount.parse().unwrap())), ..of_state(key, State::Number) }
}

pub(crate) fn blank(key: &str) -> Figure {
    of_state(key, State::Blank)
}

pub(crate) fn form_2021() -> &'static Form {
    form(FormId::Form2021).unwrap()
}

/// Figures of a whole form: zero but for `changes`.
pub(crate) fn zeros_but(form: &Form, changes: &[(&str, i64)]) -> Vec<Figure> {
    let mut figures: Vec<_> = form.cells.iter().map(|cell| number(&cell.key, 0)).collect();
    for (key, value) in changes {
        figures[form.cell_index(key).unwrap()] = number(key, *value);
    }
    figures
}

/// Any figure, numbers often, out-of-range ones sometimes.
pub(crate) fn figures() -> impl Strategy<Value = Figure> {
    let states = prop_oneof![
        8 => (-3..40_i64).prop_map(|count| number("x", count)),
        1 => any::<i64>().prop_map(|count| number("x", count)),
        1 => prop_oneof![
            Just(State::Blank),
            Just(State::NotApplicable),
            Just(State::Text),
            Just(State::Undetermined),
            Just(State::Missing)
        ].prop_map(|state| of_state("x", state)),
    ];
    (states, any::<bool>()).prop_map(|(figure, read)| Figure {
        derivation: if read { Derivation::Read } else { Derivation::Inferred },
        ..figure
    })
}

/// Any figures for every cell of the form, in its order.
pub(crate) fn any_report(form: &'static Form) -> impl Strategy<Value = Vec<Figure>> {
    proptest::collection::vec(figures(), form.cells.len()).prop_map(|figures| {
        figures
            .into_iter()
            .zip(&form.cells)
            .map(|(figure, cell)| Figure { key: cell.key.clone(), ..figure })
            .collect()
    })
}

/// Figures for every cell of the form that satisfy all its identities.
pub(crate) fn consistent_report(form: &'static Form) -> impl Strategy<Value = Vec<Figure>> {
    proptest::collection::vec(0..30_i64, form.cells.len()).prop_map(move |values| consistent(form, values))
}

/// Makes the identities hold by setting totals from their parts: the rows first, then what a column concludes and
/// carries forward, then the total column of those two rows, which holds by then.
fn consistent(form: &'static Form, mut values: Vec<i64>) -> Vec<Figure> {
    let at = |key: String| form.cell_index(&key).unwrap();
    for identity in &form.identities {
        if matches!(&*identity.rule, "requests.applicants" | "reviews.sum") {
            values[identity.right[0]] = identity.left.iter().map(|&term| values[term]).sum();
        }
    }
    for identity in form.identities.iter().filter(|identity| &*identity.rule == "requests.outcomes") {
        let column = &identity.subject;
        let concluded: i64 = identity.left.iter().map(|&term| values[term]).sum();
        values[identity.right[0]] = concluded;
        let carried_over = values[at(format!("requests.carried_over.{column}"))];
        // Counts carried forward are as drawn for the kinds of applicant; what was received follows from them.
        let forward = values[at(format!("requests.carried_forward.{column}"))];
        values[at(format!("requests.received.{column}"))] = concluded + forward - carried_over;
    }
    form.cells.iter().zip(values).map(|(cell, value)| number(&cell.key, value)).collect()
}
