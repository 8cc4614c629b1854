//! What a filter means: its value over a record in memory, to which every translation is held.

use crate::{Comparison, Filter, Instant, Operand};
use gongkai_model::Date;
use rust_decimal::Decimal;
use std::borrow::Cow;
use std::cmp::Ordering;

/// True, false, or not known: Kleene's three values. Ordered so that `AND` is the least of several and `OR` the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Truth {
    /// It does not hold.
    False,
    /// A value that it needs is not there.
    Unknown,
    /// It holds.
    True,
}

impl From<bool> for Truth {
    fn from(truth: bool) -> Self {
        if truth { Self::True } else { Self::False }
    }
}

impl std::ops::Not for Truth {
    type Output = Self;

    /// What is not known stays so.
    fn not(self) -> Self {
        match self {
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
            Self::True => Self::False,
        }
    }
}

/// A value of a record.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'r> {
    /// It is not there. A figure that is no number is none.
    Absent,
    /// A text. One that is empty is not there.
    Text(Cow<'r, str>),
    /// Two texts by which something is known, such as a name and a code, of which one has to fit. One that is empty is not
    /// there; only where both are is the value not.
    Texts(&'r str, &'r str),
    /// A number.
    Number(Decimal),
    /// A name.
    Name(&'r str),
    /// A day.
    Date(Date),
    /// A moment.
    Time(Instant),
}

/// What filters are evaluated over.
pub trait Record<F> {
    /// The value of a field, under a key where the field has keys; of the kind that the schema says.
    fn value(&self, field: F, key: Option<&str>) -> Value<'_>;

    /// Whether a function holds of these arguments, which are of the kinds that the schema says.
    fn holds(&self, function: F, arguments: &[Operand]) -> Truth;

    /// Whether words are found in what is searched of a record.
    fn says(&self, words: &str) -> bool;
}

impl<F: Copy> Filter<F> {
    /// What the filter says of a record.
    pub fn evaluate(&self, record: &impl Record<F>) -> Truth {
        match self {
            Self::All(filters) => least(filters.iter().map(|filter| filter.evaluate(record))),
            // Where one holds, the negation of each does not.
            Self::Any(filters) => !least(filters.iter().map(|filter| !filter.evaluate(record))),
            Self::Not(filter) => !filter.evaluate(record),
            Self::Compare(target, comparison, wanted) => {
                record.value(target.field, target.key.as_deref()).compares(*comparison, wanted)
            }
            Self::Contains(target, part) => {
                record.value(target.field, target.key.as_deref()).has_text(|text| text.contains(part))
            }
            Self::Present(target) => record.value(target.field, target.key.as_deref()).is_there().into(),
            Self::Holds(function, arguments) => record.holds(*function, arguments),
            Self::Says(words) => record.says(words).into(),
        }
    }

    /// Whether a record is listed: only where the filter is known to hold.
    pub fn admits(&self, record: &impl Record<F>) -> bool {
        self.evaluate(record) == Truth::True
    }
}

/// The least of several, none of which is asked after the first that is false.
fn least(truths: impl Iterator<Item = Truth>) -> Truth {
    let mut least = Truth::True;
    for truth in truths {
        least = least.min(truth);
        if least == Truth::False {
            break;
        }
    }
    least
}

impl Value<'_> {
    fn is_there(&self) -> bool {
        match self {
            Self::Absent => false,
            Self::Text(text) => !text.is_empty(),
            Self::Texts(one, other) => !(one.is_empty() && other.is_empty()),
            Self::Number(_) | Self::Name(_) | Self::Date(_) | Self::Time(_) => true,
        }
    }

    /// Whether one of its texts is wanted; unknown where it has none.
    fn has_text(&self, is_wanted: impl Fn(&str) -> bool) -> Truth {
        let texts = match self {
            Self::Text(text) => [&**text, ""],
            Self::Texts(one, other) => [*one, *other],
            _ => return Truth::Unknown,
        };
        let there = texts.into_iter().filter(|text| !text.is_empty());
        there.map(|text| is_wanted(text).into()).max().unwrap_or(Truth::Unknown)
    }

    fn compares(&self, comparison: Comparison, other: &Operand) -> Truth {
        match other {
            Operand::Text(other) => self.has_text(|text| comparison.admits(text.cmp(other))),
            other => {
                self.ordering(other).map_or(Truth::Unknown, |ordering| comparison.admits(ordering).into())
            }
        }
    }

    /// How it stands to another value that is no text; none where it is not there, or of another kind.
    fn ordering(&self, other: &Operand) -> Option<Ordering> {
        match (self, other) {
            (Self::Number(number), Operand::Integer(other)) => Some(number.cmp(&Decimal::from(*other))),
            (Self::Number(number), Operand::Decimal(other)) => Some(number.cmp(other)),
            (Self::Name(name), Operand::Name(other)) => Some((*name).cmp(other)),
            (Self::Date(date), Operand::Date(other)) => Some(date.cmp(other)),
            (Self::Time(time), Operand::Time(other)) => Some(time.cmp(other)),
            _ => None,
        }
    }
}

impl Comparison {
    /// Whether two values that stand so to each other compare so.
    pub fn admits(self, ordering: Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
        }
    }
}
