use crate::{Figure, Period, Portion, ReviewId, State, Value};
use std::sync::Arc;

/// Which cell of a report is meant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FigureName {
    /// Its key.
    pub key: Arc<str>,
    /// The time that its column counts.
    pub period: Period,
    /// Whose part of the work its column counts.
    pub portion: Portion,
}

impl FigureName {
    /// The cell of this key, period and portion.
    pub fn new(key: &str, period: Period, portion: Portion) -> Self {
        Self { key: key.into(), period, portion }
    }

    /// The cell that a figure is of.
    pub fn of(figure: &Figure) -> Self {
        Self { key: figure.key.clone(), period: figure.period, portion: figure.portion }
    }
}

/// What a cell says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Its state.
    pub state: State,
    /// Its number, exactly in [`State::Number`].
    pub value: Option<Value>,
    /// What is written there and what it may be, where neither state nor number says it: of [`State::Text`] and
    /// [`State::Undetermined`]. Without white space, in which renditions differ.
    pub wording: String,
}

impl Said {
    /// What a figure says.
    pub fn of(figure: &Figure) -> Self {
        let mut wording = String::new();
        if matches!(figure.state, State::Text | State::Undetermined) {
            wording.extend(figure.raw.split_whitespace());
            for candidate in &figure.candidates {
                wording.push('\n');
                wording.push_str(candidate.state.name());
                wording.extend(candidate.raw.split_whitespace());
            }
        }
        Self { state: figure.state, value: figure.value, wording }
    }
}

/// What a reviewer says of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is right.
    Accepted,
    /// It is wrong: the report is in order.
    Disputed,
    /// The body that published the report has answered; the note says what.
    Answered,
}

/// What a reviewer says, and of what. Each remembers what the figures said that were judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opinion {
    /// A cell says something else than was read.
    Amendment {
        /// The cell.
        figure: FigureName,
        /// What was read.
        beneath: Said,
        /// What it says.
        says: Said,
    },
    /// A figure is doubted, without saying what would be right.
    Dispute {
        /// The cell.
        figure: FigureName,
        /// What it says.
        beneath: Said,
    },
    /// A finding is judged.
    Verdict {
        /// The finding's name within its report: rule, and subject where there is one.
        finding: String,
        /// The judgement.
        verdict: Verdict,
        /// The figures that the finding rests on, and what they say.
        beneath: Vec<(FigureName, Said)>,
        /// What the finding says: outcome, values of both sides, and words.
        finding_says: String,
    },
}

/// Something that a reviewer says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// Its name.
    pub id: ReviewId,
    /// Who says it.
    pub author: String,
    /// Why.
    pub note: String,
    /// What.
    pub opinion: Opinion,
}

/// Why a review does not stand any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndCause {
    /// Somebody has taken it back.
    Withdrawn,
    /// A later review of the same figure or finding has taken its place.
    Replaced,
    /// What it was said of says something else now.
    Lapsed,
}
