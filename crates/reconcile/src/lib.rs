//! Arithmetic between the figures of a report: three-valued evaluation of its form's identities, sums under an
//! explicit null policy, proposals for the one figure that would repair what is broken, and the exact search that cuts digits which
//! stand together.
//!
//! The only implementation of null logic: checks, sums, rates and exports all come here. Never changes a figure;
//! what a publisher got wrong stays as published.

mod cuts;
mod digits;
mod evaluate;
mod joint;
mod repair;
mod solve;
mod sum;
#[cfg(test)]
mod testing;

pub use evaluate::{Evaluation, evaluate, evaluate_with};
pub use repair::{Proposal, Slip, fill, repair};
pub use solve::{ByDigits, Puzzle, Run, Solved, SolvedCell, SolvedRun, by_digits, solve};
pub use sum::{Sum, sum};

use gongkai_forms::Form;
use gongkai_model::Figure;
use std::sync::Arc;

/// The figure of one cell of the form. Figures of a report stand in the form's order, so the look-up by position is
/// the rule and the search the exception.
fn figure_of<'a>(form: &Form, figures: &'a [Figure], cell: usize) -> Option<&'a Figure> {
    let key = &form.cells.get(cell)?.key;
    figures
        .get(cell)
        .filter(|figure| Arc::ptr_eq(&figure.key, key) || figure.key == *key)
        .or_else(|| figures.iter().find(|figure| figure.key == *key))
}
