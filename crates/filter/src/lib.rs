//! Filters and orders of lists, in the grammar of AIP-160 and AIP-132: read against a schema of fields into a typed tree,
//! and evaluated over a record in memory; a printer serves tests. Never does I/O, and never knows what a list is of.
//!
//! # The language
//!
//! ```text
//! year >= 2019 AND (form = 2019 OR form = 2021) AND figures["requests.received.total"] > 100
//! region.within("530000") -issuer:公安 published < 2021-02-01
//! 依申请公开
//! ```
//!
//! - A **comparison** is a field, one of `=` `!=` `<` `<=` `>` `>=` `:`, and a value. Values are words, or texts in `"` or `'`
//!   with the escapes `\"` `\'` `\\` `\n` `\r` `\t` `\u{…}`. What holds white space or one of `()[]"',=<>:` needs quotes.
//! - `:` asks whether a text **contains** another one; of other values it is `=`. `field:*` asks whether it is **there**.
//! - `AND`, `OR`, `NOT` in capitals; `-` before a term is `NOT`; two terms beside each other are joined by `AND`. **`OR`
//!   binds tighter than `AND`**, as AIP-160 has it: `a AND b OR c` is `a AND (b OR c)`. `NOT` binds tighter than both.
//! - A field may have **keys**: `figures["requests.received.total"]`, or `figures."requests.received.total"`; what belongs to a key
//!   follows it: `figures["…"].state = BLANK`. `figures:"…"` is `figures["…"]:*`.
//! - A **function** takes its arguments in parentheses, right behind its name, and is a term by itself:
//!   `region.within("530000")`.
//! - A **word** or a quoted text that stands alone is searched for. The name of a field is not: whoever writes `year 2019` has
//!   forgotten something.
//!
//! # What it means
//!
//! A term is true, false, or unknown ([`Truth`]): a comparison with a value that is not there is unknown, whichever way it
//! goes, so a blank is neither below 100 nor above it nor different from it. `NOT` of the unknown is unknown; `AND` is false
//! as soon as one side is, `OR` true as soon as one side is, as in SQL (Kleene's logic). What is **true** is listed, nothing
//! else: `NOT figures["x"] > 100` lists figures of at most 100, and no blanks. Whether something is there is never unknown, and
//! `NOT field:*` finds what is not; nor is whether a word is found.
//!
//! # Errors
//!
//! name the column (characters from 1), what was expected and what was found, and the nearest name where one is near.

mod error;
mod evaluate;
mod lex;
mod operand;
mod order;
mod parse;
mod path;
mod print;
mod schema;
mod suggest;

pub use error::FilterError;
pub use evaluate::{Record, Truth, Value};
pub use operand::{Instant, Operand};
pub use order::{Direction, OrderKey, parse_order};
pub use parse::parse;
pub use schema::{Entry, Kind, Schema, Shape};
pub use suggest::nearest;

/// Which records are wanted. `F` names the fields and functions of a schema.
///
/// `!=` is [`Filter::Not`] of an equality. Lists of terms have at least two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter<F> {
    /// Each of these holds.
    All(Vec<Filter<F>>),
    /// One of these holds.
    Any(Vec<Filter<F>>),
    /// This does not hold.
    Not(Box<Filter<F>>),
    /// A value compares so with another one.
    Compare(Target<F>, Comparison, Operand),
    /// A text contains this one.
    Contains(Target<F>, String),
    /// A value is there.
    Present(Target<F>),
    /// A function holds of these arguments.
    Holds(F, Vec<Operand>),
    /// These words are found.
    Says(String),
}

/// What is compared: a field, under a key where it has keys.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target<F> {
    /// The field.
    pub field: F,
    /// The key, present exactly where the schema gives the field keys.
    pub key: Option<String>,
}

/// How two values compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// They are the same.
    Equal,
    /// The first is smaller, or earlier.
    Less,
    /// The first is smaller or the same.
    LessOrEqual,
    /// The first is greater, or later.
    Greater,
    /// The first is greater or the same.
    GreaterOrEqual,
}

/// How much of a filter is read: what is larger was not written by a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the text.
    pub bytes_max: usize,
    /// Comparisons, functions and words.
    pub terms_max: usize,
    /// Parentheses and negations around a term.
    pub depth_max: usize,
}

impl Limits {
    /// What the services read.
    pub const STANDARD: Self = Self { bytes_max: 4096, terms_max: 100, depth_max: 32 };
}

impl<F: Copy> Filter<F> {
    /// The same filter over other names of the fields; none where one of them has none.
    pub fn try_map<G>(&self, rename: &impl Fn(F) -> Option<G>) -> Option<Filter<G>> {
        let all =
            |filters: &[Self]| filters.iter().map(|filter| filter.try_map(rename)).collect::<Option<_>>();
        let target =
            |target: &Target<F>| Some(Target { field: rename(target.field)?, key: target.key.clone() });
        Some(match self {
            Self::All(filters) => Filter::All(all(filters)?),
            Self::Any(filters) => Filter::Any(all(filters)?),
            Self::Not(filter) => Filter::Not(Box::new(filter.try_map(rename)?)),
            Self::Compare(of, comparison, value) => Filter::Compare(target(of)?, *comparison, value.clone()),
            Self::Contains(of, text) => Filter::Contains(target(of)?, text.clone()),
            Self::Present(of) => Filter::Present(target(of)?),
            Self::Holds(function, arguments) => Filter::Holds(rename(*function)?, arguments.clone()),
            Self::Says(words) => Filter::Says(words.clone()),
        })
    }

    /// Everything that the filter compares or looks for, as often as it does.
    pub fn targets(&self) -> Vec<&Target<F>> {
        match self {
            Self::All(filters) | Self::Any(filters) => filters.iter().flat_map(Self::targets).collect(),
            Self::Not(filter) => filter.targets(),
            Self::Compare(target, ..) | Self::Contains(target, _) | Self::Present(target) => vec![target],
            Self::Holds(..) | Self::Says(_) => Vec::new(),
        }
    }

    /// Divides a filter into two that both have to hold: one over the names that `rename` knows, and the rest.
    pub fn split<G>(self, rename: &impl Fn(F) -> Option<G>) -> (Option<Filter<G>>, Option<Self>) {
        let parts = match self {
            Self::All(parts) => parts,
            other => vec![other],
        };
        let (mut renamed, mut rest) = (Vec::new(), Vec::new());
        for part in parts {
            match part.try_map(rename) {
                Some(part) => renamed.push(part),
                None => rest.push(part),
            }
        }
        (Filter::all_of(renamed), Self::all_of(rest))
    }
}

impl<F> Filter<F> {
    /// What holds where each of `filters` does; none for none.
    pub fn all_of(mut filters: Vec<Self>) -> Option<Self> {
        match filters.len() {
            0 | 1 => filters.pop(),
            _ => Some(Self::All(filters)),
        }
    }
}
