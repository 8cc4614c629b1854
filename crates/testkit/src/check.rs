//! What a document should give, and how far what was read agrees with it.

use gongkai_model::{Figure, Period, Portion, State, Value};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// How far a document fixes what one of its cells says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Certainty {
    /// Whoever reads the document knows it.
    Determined,
    /// The cell's place or its cut is lost, but what the tables say elsewhere leaves one possibility.
    Recoverable,
    /// It may be open: nobody has searched whether the rest of the document leaves one possibility.
    Open,
    /// Several possibilities fit the whole document, so that any answer would be a guess, even a right one.
    Undetermined,
    /// The document is so broken here that nothing is expected.
    Unjudged,
}

impl Certainty {
    /// Whether `UNDETERMINED` is an honest answer.
    pub fn may_be_undetermined(self) -> bool {
        match self {
            Self::Determined => false,
            Self::Recoverable | Self::Open | Self::Undetermined | Self::Unjudged => true,
        }
    }
}

/// What one cell of a document should be read as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// The cell's key.
    pub key: Arc<str>,
    /// The time that its column counts.
    pub period: Period,
    /// The part of the work that its column counts.
    pub portion: Portion,
    /// What the document says there.
    pub state: State,
    /// Its number, where `state` is [`State::Number`].
    pub value: Option<Value>,
    /// How far the document fixes it. Never makes another value right.
    pub certainty: Certainty,
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
        write!(f, "{}", self.expected.key)?;
        if (self.expected.period, self.expected.portion) != (Period::ThisYear, Portion::All) {
            write!(f, " {} {}", self.expected.period.name(), self.expected.portion.name())?;
        }
        write!(f, ": expected {expected}, got ")?;
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

/// So many of so many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// How many are as they should be.
    pub right: usize,
    /// Of how many.
    pub all: usize,
}

impl Share {
    fn note(&mut self, is_right: bool) {
        self.right += usize::from(is_right);
        self.all += 1;
    }

    fn add(&mut self, other: Self) {
        self.right += other.right;
        self.all += other.all;
    }
}

/// How a document was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Cells with exactly the expected state and value.
    pub exact: usize,
    /// Cells left open (or missing) where the rendering leaves them open.
    pub undetermined_allowed: usize,
    /// Determined cells, and how many of them came out exact.
    pub determined: Share,
    /// Recoverable cells, and how many of them were recovered.
    pub recoverable: Share,
    /// Undetermined cells, and how many of them were left open.
    pub left_open: Share,
    /// Undetermined cells that were given for certain, by luck with the right value. The wrong ones are in `wrong`.
    pub filled: Vec<Difference>,
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
        self.filled.is_empty()
            && self.wrong.is_empty()
            && self.undetermined_unexpected.is_empty()
            && self.missing.is_empty()
    }

    /// Every cell that is not as it should be, the worst first.
    pub fn differences(&self) -> impl Iterator<Item = &Difference> {
        self.wrong.iter().chain(&self.filled).chain(&self.missing).chain(&self.undetermined_unexpected)
    }

    /// Takes in the outcome of another document.
    pub fn add(&mut self, other: Self) {
        self.exact += other.exact;
        self.undetermined_allowed += other.undetermined_allowed;
        self.determined.add(other.determined);
        self.recoverable.add(other.recoverable);
        self.left_open.add(other.left_open);
        self.filled.extend(other.filled);
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

/// Compares the figures of a record with what its document says. A figure that is not expected at all must claim
/// nothing: each form is expected with all its cells.
pub fn compare(expectations: &[Expectation], figures: &[Figure]) -> Outcome {
    let mut unexpected: HashMap<(&str, Period, Portion), &Figure> = HashMap::new();
    for figure in figures {
        unexpected.insert((&*figure.key, figure.period, figure.portion), figure);
    }
    let mut outcome = Outcome::default();
    for expected in expectations {
        let figure = unexpected.remove(&(&*expected.key, expected.period, expected.portion));
        if expected.certainty != Certainty::Unjudged {
            outcome.note(expected, figure);
        }
    }
    // In the record's order, so that the first is always the same.
    for figure in figures {
        let name = (&*figure.key, figure.period, figure.portion);
        if unexpected.get(&name).is_some_and(|other| std::ptr::eq(*other, figure)) {
            outcome.note_unexpected(figure);
        }
    }
    outcome
}

impl Outcome {
    fn note_unexpected(&mut self, figure: &Figure) {
        if matches!(figure.state, State::Undetermined | State::Missing) {
            return;
        }
        let expected = Expectation {
            key: figure.key.clone(),
            period: figure.period,
            portion: figure.portion,
            state: State::Missing,
            value: None,
            certainty: Certainty::Determined,
            may_be_missing: true,
        };
        self.wrong.push(Difference { expected, got: Some(figure.clone()) });
    }

    fn note(&mut self, expected: &Expectation, got: Option<&Figure>) {
        let difference = || Difference { expected: expected.clone(), got: got.cloned() };
        let state = got.map_or(State::Missing, |figure| figure.state);
        let is_exact = state == expected.state && got.is_none_or(|figure| figure.value == expected.value);
        let is_open = matches!(state, State::Undetermined | State::Missing);
        match expected.certainty {
            Certainty::Determined => self.determined.note(is_exact),
            Certainty::Recoverable => self.recoverable.note(is_exact),
            Certainty::Undetermined => self.left_open.note(is_open),
            Certainty::Open | Certainty::Unjudged => {}
        }
        match state {
            _ if is_exact && !is_open && expected.certainty == Certainty::Undetermined => {
                self.filled.push(difference());
            }
            _ if is_exact => self.exact += 1,
            // What the document does not show is open as well as missing.
            State::Undetermined if expected.state == State::Missing => self.undetermined_allowed += 1,
            State::Undetermined if expected.certainty.may_be_undetermined() => self.undetermined_allowed += 1,
            State::Undetermined => self.undetermined_unexpected.push(difference()),
            State::Missing if expected.may_be_missing => self.undetermined_allowed += 1,
            State::Missing => self.missing.push(difference()),
            State::Number | State::Blank | State::NotApplicable | State::Text => {
                self.wrong.push(difference())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gongkai_model::Reason;

    fn expectation(key: &str, state: State, value: Option<i64>) -> Expectation {
        Expectation {
            key: key.into(),
            period: Period::ThisYear,
            portion: Portion::All,
            state,
            value: value.map(Value::Count),
            certainty: Certainty::Determined,
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
        open.certainty = Certainty::Open;
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
    fn a_guess_is_wrong_even_where_it_is_right_by_luck() {
        let mut guessed = expectation("a", State::Number, Some(4));
        guessed.certainty = Certainty::Undetermined;
        let outcome = compare(&[guessed.clone()], &[figure("a", State::Number, Some(4))]);
        assert_eq!((outcome.filled.len(), outcome.left_open.right), (1, 0));
        guessed.certainty = Certainty::Recoverable;
        let outcome = compare(&[guessed], &[figure("a", State::Number, Some(4))]);
        assert!(outcome.is_right());
        assert_eq!(outcome.recoverable, Share { right: 1, all: 1 });
    }

    #[test]
    fn another_value_is_wrong_even_where_the_cell_may_be_open() {
        let mut open = expectation("a", State::Number, Some(4));
        open.certainty = Certainty::Open;
        let outcome = compare(&[open], &[figure("a", State::Number, Some(5))]);
        assert_eq!(outcome.wrong.len(), 1);
    }

    #[test]
    fn a_figure_that_nobody_expects_must_claim_nothing() {
        let figures = [figure("a", State::Number, Some(4)), figure("b", State::Number, Some(4))];
        let expected = expectation("a", State::Number, Some(4));
        let wrong = compare(std::slice::from_ref(&expected), &figures).wrong;
        assert_eq!(wrong.iter().map(|it| &*it.expected.key).collect::<Vec<_>>(), ["b"]);
        let cumulative = Expectation { period: Period::Cumulative, ..expected };
        let outcome = compare(&[cumulative], &figures[..1]);
        assert_eq!((outcome.wrong.len(), outcome.missing.len()), (1, 1));
    }
}
