use crate::{Period, Span, Value};
use std::sync::Arc;

/// What a cell of the form says. Exactly one holds for each cell of the form that the report follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// A number, zero included.
    Number,
    /// The cell is there and empty. A blank is not a zero.
    Blank,
    /// A mark for "not applicable": `/`, `-`, `—`, 无.
    NotApplicable,
    /// Something else is written there.
    Text,
    /// Something is there, but the text does not fix which cell it belongs to, or how to cut it.
    Undetermined,
    /// The form has the cell; the document shows no trace of it.
    Missing,
}

impl State {
    /// The name used in JSON and on the command line, as on the wire without prefix: `NUMBER`, `BLANK`, …
    pub fn name(self) -> &'static str {
        match self {
            Self::Number => "NUMBER",
            Self::Blank => "BLANK",
            Self::NotApplicable => "NOT_APPLICABLE",
            Self::Text => "TEXT",
            Self::Undetermined => "UNDETERMINED",
            Self::Missing => "MISSING",
        }
    }
}

/// How a figure was obtained. Ordered from the strongest to the weakest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Derivation {
    /// Read where it stands.
    Read,
    /// The only cut or place of digits in the source that the report's identities admit; see [`Proof`].
    Inferred,
    /// Read by optical character recognition.
    Ocr,
    /// Put there by a reviewer, with a reason.
    Amended,
}

impl Derivation {
    /// The name used in JSON, as on the wire without prefix.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "READ",
            Self::Inferred => "INFERRED",
            Self::Ocr => "OCR",
            Self::Amended => "AMENDED",
        }
    }
}

/// Why a figure is not determined, or not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// The row has fewer cells than the form, and nothing says which are missing.
    PlacementAmbiguous,
    /// The digits of several cells stand together and can be cut in more than one way.
    JoinedDigits,
    /// Several places of the document claim to be this cell and differ.
    Contradicted,
    /// The search for a cut was given up at its bound.
    SearchLimit,
    /// The document does not show the row.
    RowAbsent,
    /// The document does not show the table.
    TableAbsent,
    /// The row is there, but cells of it are cut off.
    CellAbsent,
    /// The amount stands there, but the document does not say for certain in which unit.
    UnitUncertain,
}

impl Reason {
    /// The name used in JSON, as on the wire without prefix.
    pub fn name(self) -> &'static str {
        match self {
            Self::PlacementAmbiguous => "PLACEMENT_AMBIGUOUS",
            Self::JoinedDigits => "JOINED_DIGITS",
            Self::Contradicted => "CONTRADICTED",
            Self::SearchLimit => "SEARCH_LIMIT",
            Self::RowAbsent => "ROW_ABSENT",
            Self::TableAbsent => "TABLE_ABSENT",
            Self::CellAbsent => "CELL_ABSENT",
            Self::UnitUncertain => "UNIT_UNCERTAIN",
        }
    }
}

/// One thing that an undetermined cell may say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// What the cell would be.
    pub state: State,
    /// Its number, where `state` is [`State::Number`].
    pub value: Option<Value>,
    /// The characters that would be its content.
    pub raw: String,
}

/// Why an inferred figure is the only possible one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The class of readings within which it is unique, such as `complete rows`.
    pub hypothesis: String,
    /// Ids of the identities that exclude all others; they confirm nothing about this figure afterwards.
    pub identities: Vec<String>,
    /// Quotes of the narrative that state the same quantity, where they decided.
    pub statements: Vec<String>,
}

/// Whose part of the work a value column counts, where a table has several such columns beside each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Portion {
    /// All that the report covers: the rule, and the column 合计.
    #[default]
    All,
    /// The government itself with its office (政府, 本级政府).
    Government,
    /// Its departments (部门).
    Departments,
    /// The townships (乡镇, 街道).
    Townships,
}

impl Portion {
    /// The name used in JSON, as on the wire without prefix.
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "ALL",
            Self::Government => "GOVERNMENT",
            Self::Departments => "DEPARTMENTS",
            Self::Townships => "TOWNSHIPS",
        }
    }
}

/// One cell of a form, as the document shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// The cell's key, such as `requests.received.total`: looked up whole, never split at its dots.
    pub key: Arc<str>,
    /// The time that its column counts: [`Period::ThisYear`] but for columns such as 历年累计. A report may have a figure
    /// of the same key for each period and portion that its table shows; those for this year and all come first.
    pub period: Period,
    /// Whose part of the work its column counts.
    pub portion: Portion,
    /// What the cell says.
    pub state: State,
    /// Its number; present exactly when `state` is [`State::Number`].
    pub value: Option<Value>,
    /// The cell's characters as they stand in the source, without surrounding white space.
    pub raw: String,
    /// The unit written in the cell or in its header, such as 万元; empty where none is.
    pub source_unit: String,
    /// Where it stands. An empty cell has its (possibly empty) place, a missing one has none.
    pub span: Option<Span>,
    /// How it was obtained.
    pub derivation: Derivation,
    /// What else an undetermined cell may say; empty for every other state.
    pub candidates: Vec<Candidate>,
    /// Why it is undetermined or missing.
    pub reason: Option<Reason>,
    /// Why an inferred value is the only possible one.
    pub proof: Option<Proof>,
}

impl Figure {
    /// A cell of the form that the document does not show.
    pub fn missing(key: Arc<str>, reason: Reason) -> Self {
        Self {
            key,
            period: Period::ThisYear,
            portion: Portion::All,
            state: State::Missing,
            value: None,
            raw: String::new(),
            source_unit: String::new(),
            span: None,
            derivation: Derivation::Read,
            candidates: Vec::new(),
            reason: Some(reason),
            proof: None,
        }
    }

    /// Whether the cell carries information: anything but a zero or a blank. About three quarters of all cells
    /// are zero and a tenth are blank, so accuracy is also counted over these alone.
    pub fn is_informative(&self) -> bool {
        match self.state {
            State::Number => self.value.is_some_and(|value| !value.decimal().is_zero()),
            State::Blank | State::Missing => false,
            State::NotApplicable | State::Text | State::Undetermined => true,
        }
    }
}
