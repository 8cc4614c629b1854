use crate::{ScopeKind, Span};
use rust_decimal::Decimal;

/// The time that a statement speaks of, seen from the reporting year.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Period {
    /// The reporting year.
    ThisYear,
    /// An earlier year, given for comparison.
    Earlier,
    /// All years so far (历年累计).
    Cumulative,
    /// A plan or target.
    Future,
    /// The text does not say.
    #[default]
    Unknown,
}

impl Period {
    /// The name used in JSON, as on the wire without prefix.
    pub fn name(self) -> &'static str {
        match self {
            Self::ThisYear => "THIS_YEAR",
            Self::Earlier => "EARLIER",
            Self::Cumulative => "CUMULATIVE",
            Self::Future => "FUTURE",
            Self::Unknown => "UNKNOWN",
        }
    }
}

/// Whose work a statement counts, seen from the report's subject.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Whose {
    /// The subject's own, all that the report covers.
    Subject,
    /// A part of it: one department, one township, one topic's share (其中…).
    Part,
    /// Another body's: the level above, the country.
    Other,
    /// The text does not say.
    #[default]
    Unknown,
}

impl Whose {
    /// The name used in JSON, as on the wire without prefix.
    pub fn name(self) -> &'static str {
        match self {
            Self::Subject => "SUBJECT",
            Self::Part => "PART",
            Self::Other => "OTHER",
            Self::Unknown => "UNKNOWN",
        }
    }
}

/// A quantity in the running text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Id of the indicator it states, such as `published.total`; empty where none is recognised.
    pub indicator: String,
    /// The quantity in full units (3.7万条 is 37000); `None` where the number is missing in the text.
    pub value: Option<Decimal>,
    /// The upper end where a range is stated.
    pub value_max: Option<Decimal>,
    /// The unit as written (条, 件, %).
    pub unit: String,
    /// Whether words such as 余 or 近 make it approximate.
    pub approximate: bool,
    /// The time it speaks of.
    pub period: Period,
    /// What its count covers, where the sentence says so.
    pub scope: ScopeKind,
    /// Whose work it counts.
    pub whose: Whose,
    /// The words as they stand in the text.
    pub quote: String,
    /// The top-level heading it stands under.
    pub section: String,
    /// Where it stands.
    pub span: Option<Span>,
}

impl Statement {
    /// Whether it covers what a report of a scope covers, as far as both say.
    pub fn covers(&self, scope: ScopeKind) -> bool {
        self.scope == scope || self.scope == ScopeKind::Unknown || scope == ScopeKind::Unknown
    }
}
