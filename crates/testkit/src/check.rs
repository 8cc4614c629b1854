//! What a document should give, and how far what was read agrees with it.

use gongkai_model::{Figure, State, Value};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// What one cell of a document should be read as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// The cell's key.
    pub key: Arc<str>,
    /// What the document says there.
    pub state: State,
    /// Its number, where `state` is [`State::Number`].
    pub value: Option<Value>,
    /// Whether the rendering leaves open what the cell says, so that `UNDETERMINED` is an honest answer. Never
    /// makes another value right.
    pub may_be_undetermined: bool,
    /// Whether the rendering leaves no trace of the cell at all, so that `MISSING` is an honest answer.
    pub may_be_missing: bool,
}

/// One cell that was not read as expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What was expected.
    pub expected: Expectation,
    /// What was read; none where there is no figure of this key at all.
    pub got: Option<Figure>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let say = |state: State, value: Option<Value>| match value {
            Some(value) => format!("{} {value}", state.name()),
            None => state.name().to_owned(),
        };
        let expected = say(self.expected.state, self.expected.value);
        write!(f, "{}: expected {expected}, got ", self.expected.key)?;
        let Some(got) = &self.got else { return write!(f, "no figure") };
        write!(f, "{} (raw {:?}", say(got.state, got.value), got.raw)?;
        if let Some(reason) = got.reason {
            write!(f, ", {}", reason.name())?;
        }
        if !got.candidates.is_empty() {
            let raws: Vec<&str> = got.candidates.iter().map(|candidate| &*candidate.raw).collect();
            write!(f, ", candidates {raws:?}")?;
        }
        write!(f, ")")
    }
}

/// How a document was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Cells with exactly the expected state and value.
    pub exact: usize,
    /// Cells left open (or missing) where the rendering leaves them open.
    pub undetermined_allowed: usize,
    /// False certain: another number, blank or mark than the document's. The worst that can happen.
    pub wrong: Vec<Difference>,
    /// Cells left open although the document says what they are.
    pub undetermined_unexpected: Vec<Difference>,
    /// Cells not found although the document shows them.
    pub missing: Vec<Difference>,
}

impl Outcome {
    /// Whether every cell is exact, or open where it may be.
    pub fn is_right(&self) -> bool {
        self.wrong.is_empty() && self.undetermined_unexpected.is_empty() && self.missing.is_empty()
    }

    /// Every cell that is not as it should be, the worst first.
    pub fn differences(&self) -> impl Iterator<Item = &Difference> {
        self.wrong.iter().chain(&self.missing).chain(&self.undetermined_unexpected)
    }

    /// Takes in the outcome of another document.
    pub fn add(&mut self, other: Self) {
        self.exact += other.exact;
        self.undetermined_allowed += other.undetermined_allowed;
        self.wrong.extend(other.wrong);
        self.undetermined_unexpected.extend(other.undetermined_unexpected);
        self.missing.extend(other.missing);
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} exact, {} open as allowed, {} wrong, {} open, {} missing",
            self.exact,
            self.undetermined_allowed,
            self.wrong.len(),
            self.undetermined_unexpected.len(),
            self.missing.len(),
        )?;
        self.differences().try_for_each(|difference| writeln!(f, "  {difference}"))
    }
}

/// Compares the figures of a record with what its document says. A figure of a key that is not expected at all is
/// not looked at: each form is expected with all its cells.
pub fn compare(expectations: &[Expectation], figures: &[Figure]) -> Outcome {
    let by_key: HashMap<&str, &Figure> = figures.iter().map(|figure| (&*figure.key, figure)).collect();
    let mut outcome = Outcome::default();
    for expected in expectations {
        let got = by_key.get(&*expected.key).copied();
        let difference = || Difference { expected: expected.clone(), got: got.cloned() };
        match got {
            Some(figure) if figure.state == expected.state && figure.value == expected.value => {
                outcome.exact += 1;
            }
            Some(figure) if figure.state == State::Undetermined => {
                if expected.may_be_undetermined {
                    outcome.undetermined_allowed += 1;
                } else {
                    outcome.undetermined_unexpected.push(difference());
                }
            }
            None | Some(Figure { state: State::Missing, .. }) => {
                if expected.may_be_missing {
                    outcome.undetermined_allowed += 1;
                } else {
                    outcome.missing.push(difference());
                }
            }
            Some(_) => outcome.wrong.push(difference()),
        }
    }
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;
    use gongkai_model::Reason;

    fn expectation(key: &str, state: State, value: Option<i64>) -> Expectation {
        Expectation {
            key: key.into(),
            state,
            value: value.map(Value::Count),
            may_be_undetermined: false,
            may_be_missing: false,
        }
    }

    fn figure(key: &str, state: State, value: Option<i64>) -> Figure {
        let mut figure = Figure::missing(key.into(), Reason::RowAbsent);
        figure.state = state;
        figure.value = value.map(Value::Count);
        figure
    }

    #[test]
    fn a_zero_for_a_blank_is_wrong_and_an_open_cell_is_not() {
        let mut open = expectation("c", State::Number, Some(4));
        open.may_be_undetermined = true;
        let expectations = [
            expectation("a", State::Blank, None),
            expectation("b", State::Number, Some(3)),
            open,
            expectation("d", State::Number, Some(5)),
            expectation("e", State::Number, Some(6)),
        ];
        let figures = [
            figure("a", State::Number, Some(0)),
            figure("b", State::Number, Some(3)),
            figure("c", State::Undetermined, None),
            figure("d", State::Undetermined, None),
        ];
        let outcome = compare(&expectations, &figures);
        assert!(!outcome.is_right());
        assert_eq!((outcome.exact, outcome.undetermined_allowed), (1, 1));
        let said = outcome.to_string();
        assert!(said.contains("a: expected BLANK, got NUMBER 0 (raw \"\""), "{said}");
        assert!(said.contains("d: expected NUMBER 5, got UNDETERMINED"), "{said}");
        assert!(said.contains("e: expected NUMBER 6, got no figure"), "{said}");
    }

    #[test]
    fn another_value_is_wrong_even_where_the_cell_may_be_open() {
        let mut open = expectation("a", State::Number, Some(4));
        open.may_be_undetermined = true;
        let outcome = compare(&[open], &[figure("a", State::Number, Some(5))]);
        assert_eq!(outcome.wrong.len(), 1);
    }
}
