//! Labels of a document's cells, as `docs/labels.md` explains them: written for a made-up page, and compared with what was
//! read in a text that a converter made of it.

use crate::check::{Certainty, Expectation};
use crate::render::Rendered;
use gongkai_model::{Figure, Period, Portion, State, Value};
use serde_json::{Map, Value as Json, json};

/// How the cells of a text were read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Read {
    /// As labelled.
    pub exact: usize,
    /// Left open.
    pub open: usize,
    /// Not found.
    pub missing: usize,
    /// Told as empty, where the page has a mark: most converters that lose marks leave an empty cell.
    pub lost_marks: usize,
    /// Given, and not what is labelled.
    pub wrong: Vec<String>,
}

impl Read {
    /// How many there are.
    pub fn all(&self) -> usize {
        self.exact + self.open + self.missing + self.lost_marks + self.wrong.len()
    }
}

/// The labels of `page`. Cells that the page does not fix have none.
pub fn labels(page: &Rendered) -> Json {
    let (mut cells, mut cumulative, mut unscored) = (Map::new(), Map::new(), Vec::new());
    for expected in &page.expectations {
        let is_known = expected.certainty == Certainty::Determined && expected.state != State::Missing;
        let key = expected.key.to_string();
        match (expected.period, expected.portion) {
            (Period::ThisYear, Portion::All) if is_known => {
                cells.insert(key, label(expected));
            }
            (Period::Cumulative, Portion::All) if is_known => {
                cumulative.insert(key, label(expected));
            }
            (Period::ThisYear, Portion::All) => unscored.push(key),
            _ => {}
        }
    }
    json!({
        "rendered": true, "template": page.form.name(), "cells": cells, "cumulative": cumulative,
        "unscored": unscored,
    })
}

fn label(expected: &Expectation) -> Json {
    match expected.value {
        Some(value) => number(value),
        None if expected.state == State::Blank => json!(""),
        // Which mark it is nobody asks: none of them is a value.
        None => json!("/"),
    }
}

fn number(value: Value) -> Json {
    serde_json::from_str(&value.to_string()).unwrap()
}

/// Compares figures with labels. Marks are not told apart.
pub fn compare_with_labels(labels: &Json, figures: &[Figure]) -> Read {
    let mut read = Read::default();
    for (kind, period) in [("cells", Period::ThisYear), ("cumulative", Period::Cumulative)] {
        for (key, wanted) in labels[kind].as_object().into_iter().flatten() {
            let is_it = |it: &&Figure| *it.key == *key && it.period == period && it.portion == Portion::All;
            let figure = figures.iter().find(is_it);
            note(&mut read, key, wanted, figure);
        }
    }
    read
}

fn note(read: &mut Read, key: &str, wanted: &Json, figure: Option<&Figure>) {
    let Some(figure) = figure else {
        read.missing += 1;
        return;
    };
    let got = match figure.state {
        State::Number => figure.value.map_or(Json::Null, number),
        State::Blank => json!(""),
        State::NotApplicable => json!("/"),
        State::Text => json!(format!("TEXT {}", figure.raw)),
        State::Undetermined => {
            read.open += 1;
            return;
        }
        State::Missing => {
            read.missing += 1;
            return;
        }
    };
    if got == *wanted {
        read.exact += 1;
    } else if got == "" && wanted == "/" {
        read.lost_marks += 1;
    } else {
        read.wrong.push(format!("{key}: got {got}, labelled {wanted}, raw {:?}", figure.raw));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gongkai_model::Reason;

    #[test]
    fn a_value_for_another_is_wrong_and_an_open_cell_is_not() {
        let figure = |key: &str, state, value: Option<i64>| Figure {
            state,
            value: value.map(Value::Count),
            ..Figure::missing(key.into(), Reason::RowAbsent)
        };
        let labels = json!({"cells": {"a": 1, "b": 2, "c": "", "d": "/", "e": "/", "f": 3}});
        let figures = [
            figure("a", State::Number, Some(1)),
            figure("b", State::Undetermined, None),
            figure("c", State::Number, Some(0)),
            figure("d", State::Blank, None),
            figure("e", State::NotApplicable, None),
        ];
        let read = compare_with_labels(&labels, &figures);
        assert_eq!((read.exact, read.open, read.missing, read.lost_marks, read.all()), (2, 1, 1, 1, 6));
        assert_eq!(read.wrong, ["c: got 0, labelled \"\", raw \"\""]);
    }
}
