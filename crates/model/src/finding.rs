use crate::{Derivation, State, Value};
use std::borrow::Cow;
use std::sync::Arc;

/// What came of checking a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// Both sides are known and agree.
    Holds,
    /// Both sides are known and differ.
    Fails,
    /// A term is not a number, so nothing can be said. A blank is not a zero.
    NotAssessable,
    /// The identity served to infer one of its own terms, so it confirms nothing.
    Used,
}

impl Outcome {
    /// The name used in JSON, as on the wire without prefix.
    pub fn name(self) -> &'static str {
        match self {
            Self::Holds => "HOLDS",
            Self::Fails => "FAILS",
            Self::NotAssessable => "NOT_ASSESSABLE",
            Self::Used => "USED",
        }
    }
}

/// How much a failed rule matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Probably a mistake; someone should look.
    Warning,
    /// A mistake: the report contradicts itself or its form.
    Error,
}

impl Severity {
    /// The name used in JSON, as on the wire without prefix.
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "INFO",
            Self::Warning => "WARNING",
            Self::Error => "ERROR",
        }
    }
}

/// On what a rule rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Basis {
    /// Printed on the form itself.
    Printed,
    /// Follows from what rows and columns mean.
    Structural,
    /// An official reply or notice.
    OfficialReply,
    /// A local standard.
    LocalStandard,
    /// Ours: experience with such reports.
    Ours,
}

impl Basis {
    /// The name used in JSON, as on the wire without prefix.
    pub fn name(self) -> &'static str {
        match self {
            Self::Printed => "PRINTED",
            Self::Structural => "STRUCTURAL",
            Self::OfficialReply => "OFFICIAL_REPLY",
            Self::LocalStandard => "LOCAL_STANDARD",
            Self::Ours => "OURS",
        }
    }
}

/// How a cell that is empty enters a sum, a rate or a check. Always chosen by whoever asks; [`NullPolicy::zeroes`] is for all of
/// them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NullPolicy {
    /// A blank is not a zero: a term that is not a number leaves the result unknown.
    #[default]
    Strict,
    /// Blanks and "not applicable" marks count as zero, and the cells to which this was done are named.
    BlankAsZero,
}

impl NullPolicy {
    /// The name used in JSON, as on the wire without prefix.
    pub fn name(self) -> &'static str {
        match self {
            Self::Strict => "STRICT",
            Self::BlankAsZero => "BLANK_AS_ZERO",
        }
    }

    /// Whether a cell in this state counts as zero. Text, an undetermined and a missing cell may stand for any number, so no
    /// policy turns them into one.
    pub fn zeroes(self, state: State) -> bool {
        match self {
            Self::Strict => false,
            Self::BlankAsZero => matches!(state, State::Blank | State::NotApplicable),
        }
    }
}

/// A correction of one cell that would mend every broken identity that the cell takes part in. Never applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The cell.
    pub figure: Arc<str>,
    /// What stands there, where it is a number.
    pub current: Option<Value>,
    /// What would have to stand there.
    pub proposed: Value,
    /// Names of the broken identities that this would mend.
    pub mends: Vec<String>,
}

/// The outcome of one rule on one subject of one report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule's id, such as `requests.balance`.
    pub rule: Arc<str>,
    /// The rule's version, raised when its meaning changes.
    pub rule_version: u32,
    /// What it was checked on: a column, a row, a block of the form; empty for the whole report.
    pub subject: String,
    /// What came of it.
    pub outcome: Outcome,
    /// How much a failure matters.
    pub severity: Severity,
    /// On what the rule rests.
    pub basis: Basis,
    /// The left side's value, where it is known.
    pub left: Option<Value>,
    /// The right side's value, where it is known.
    pub right: Option<Value>,
    /// Keys of the figures that the rule looked at, left side first.
    pub figures: Vec<Arc<str>>,
    /// The weakest derivation among those figures.
    pub derivation: Derivation,
    /// What is wrong, in Chinese, in words that a clerk can act on. What holds says the same in every report, so that
    /// nothing is copied for it.
    pub message_zh: Cow<'static, str>,
    /// The same in English.
    pub message_en: Cow<'static, str>,
    /// Corrections of a single cell that would mend this and every other broken identity that the cell takes part in,
    /// likeliest explanation first. Several are several explanations: the report does not tell which.
    pub proposals: Vec<Proposal>,
}

impl Finding {
    /// The finding's name within its report: rule, and subject where there is one.
    pub fn name(&self) -> String {
        if self.subject.is_empty() {
            self.rule.to_string()
        } else {
            format!("{}.{}", self.rule, self.subject)
        }
    }
}
