//! What reviewers put right in reports, and what they say of figures and findings.

use crate::codes::Code;
use crate::packed::{Damage, damaged};
use crate::{NewRevision, Position, StoreError, Timestamp};
use async_trait::async_trait;
use gongkai_model::{Figure, Period, Portion, Purpose, ReportId, ReviewId, State, Value};
use prost::Message;
use std::sync::Arc;

/// Reviews that one report may have, ended ones included.
pub const REVIEWS_MAX: usize = 1000;

/// Keeps what reviewers say of reports, and the corrected revisions that follow from it.
///
/// A correction never changes what was read: it is an overlay on one revision, and counts for as long as that revision is the
/// best that was read. Whoever follows changes decides what becomes of it on another revision, by [`Reviews::review`].
///
/// Every implementation passes the contract suite.
#[async_trait]
pub trait Reviews: Send + Sync {
    /// Adds reviews, ends others, and makes the corrected revision that follows, all at once. [`StoreError::NotFound`]
    /// where there is no such report of this purpose, [`StoreError::Superseded`] where another revision is current, or other
    /// reviews are there, than those that the change was made up on, [`StoreError::TooLarge`] beyond [`REVIEWS_MAX`].
    ///
    /// A review that is added again with its id, and one that has ended already, stay as they are.
    async fn review(&self, change: ReviewChange) -> Result<Reviewed, StoreError>;

    /// The reviews of a report, the oldest first, ended ones included. Empty for a report that is not there.
    async fn reviews(&self, report: ReportId, purpose: Purpose) -> Result<Vec<Review>, StoreError>;

    /// The revision beneath the corrections of a report, and the corrected one; the same twice where nothing is corrected.
    /// None where no review stands.
    async fn overlay(&self, report: ReportId) -> Result<Option<Overlay>, StoreError>;

    /// Reports with reviews that stand, and another revision current than the one they were looked at with: at most
    /// `limit`.
    async fn overtaken(&self, limit: u32) -> Result<Vec<(ReportId, Purpose)>, StoreError>;
}

/// Which cell of a report is meant.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FigureName {
    /// Its key.
    pub key: Arc<str>,
    /// The number of the period that its column counts, as stored.
    pub period: u8,
    /// The number of the portion that its column counts, as stored.
    pub portion: u8,
}

impl FigureName {
    /// The cell of this key, period and portion.
    pub fn new(key: &str, period: Period, portion: Portion) -> Self {
        Self { key: key.into(), period: period.code(), portion: portion.code() }
    }

    /// The cell that a figure is of.
    pub fn of(figure: &Figure) -> Self {
        Self { key: figure.key.clone(), period: figure.period.code(), portion: figure.portion.code() }
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

impl Verdict {
    /// The name used in JSON, as on the wire without prefix.
    pub fn name(self) -> &'static str {
        match self {
            Self::Accepted => "ACCEPTED",
            Self::Disputed => "DISPUTED",
            Self::Answered => "ANSWERED",
        }
    }
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
pub struct NewReview {
    /// Its name, chosen by whoever makes it, so that it can be sent again.
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

impl EndCause {
    /// The name used in JSON, as on the wire without prefix.
    pub fn name(self) -> &'static str {
        match self {
            Self::Withdrawn => "WITHDRAWN",
            Self::Replaced => "REPLACED",
            Self::Lapsed => "LAPSED",
        }
    }
}

/// The end of a review.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReviewEnd {
    /// Why.
    pub cause: EndCause,
    /// When.
    pub at: Timestamp,
    /// Its place in the order of all changes.
    pub position: Position,
}

/// A review as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// The report.
    pub report: ReportId,
    /// What is said, by whom and why.
    pub said: NewReview,
    /// When.
    pub at: Timestamp,
    /// Its place in the order of all changes.
    pub position: Position,
    /// Its end; none while it stands.
    pub end: Option<ReviewEnd>,
}

/// A change of the reviews of a report.
#[derive(Clone, Debug)]
pub struct ReviewChange {
    /// The report.
    pub report: ReportId,
    /// What it is for.
    pub purpose: Purpose,
    /// The revision that was current when the change was made up.
    pub expected: u32,
    /// The latest position at which a review of the report was said or ended, of those that the change was made up on; 0
    /// where there was none.
    pub seen: Position,
    /// What is said.
    pub added: Vec<NewReview>,
    /// What does not stand any more.
    pub ended: Vec<(ReviewId, EndCause)>,
    /// The revision beneath all corrections that stand afterwards; none where no review stands.
    pub base: Option<u32>,
    /// What is corrected afterwards.
    pub correction: Correction,
}

/// What is corrected in a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Correction {
    /// Nothing.
    None,
    /// What was corrected before, by the revision that was made then.
    Same,
    /// This is the record with all corrections.
    New(Box<NewRevision>),
}

/// The latest position at which one of these reviews was said or ended; 0 where there is none.
pub fn last_review(reviews: &[Review]) -> Position {
    let positions = reviews.iter().flat_map(|it| [Some(it.position), it.end.map(|end| end.position)]);
    positions.flatten().max().unwrap_or_default()
}

/// What a change has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reviewed {
    /// The revision that is current now.
    pub revision: u32,
    /// The place of the change in the order of all changes.
    pub position: Position,
}

/// Corrections of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overlay {
    /// The revision beneath.
    pub base: u32,
    /// The corrected revision; the same where nothing is corrected.
    pub revision: u32,
}

#[derive(Clone, PartialEq, Message)]
struct CellMessage {
    #[prost(string, tag = "1")]
    key: String,
    #[prost(uint32, tag = "2")]
    period: u32,
    #[prost(uint32, tag = "3")]
    portion: u32,
    #[prost(uint32, tag = "4")]
    state: u32,
    #[prost(string, optional, tag = "5")]
    count: Option<String>,
    #[prost(string, optional, tag = "6")]
    amount: Option<String>,
    #[prost(string, tag = "7")]
    wording: String,
}

#[derive(Clone, PartialEq, Message)]
struct ReviewMessage {
    #[prost(string, tag = "1")]
    author: String,
    #[prost(string, tag = "2")]
    note: String,
    /// 1 for an amendment, 2 for a dispute, 3 for a verdict.
    #[prost(uint32, tag = "3")]
    kind: u32,
    /// What the judged cells said.
    #[prost(message, repeated, tag = "4")]
    beneath: Vec<CellMessage>,
    /// What the amended cell says.
    #[prost(message, optional, tag = "5")]
    says: Option<CellMessage>,
    #[prost(string, tag = "6")]
    finding: String,
    #[prost(uint32, tag = "7")]
    verdict: u32,
    #[prost(string, tag = "8")]
    finding_says: String,
}

impl NewReview {
    /// What is stored of it. For engines.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut message = ReviewMessage {
            author: self.author.clone(),
            note: self.note.clone(),
            ..ReviewMessage::default()
        };
        match &self.opinion {
            Opinion::Amendment { figure, beneath, says } => {
                message.kind = 1;
                message.beneath = vec![cell(figure, beneath)];
                message.says = Some(cell(figure, says));
            }
            Opinion::Dispute { figure, beneath } => {
                message.kind = 2;
                message.beneath = vec![cell(figure, beneath)];
            }
            Opinion::Verdict { finding, verdict, beneath, finding_says } => {
                message.kind = 3;
                message.finding.clone_from(finding);
                message.verdict = verdict.code().into();
                message.finding_says.clone_from(finding_says);
                message.beneath = beneath.iter().map(|(figure, said)| cell(figure, said)).collect();
            }
        }
        message.encode_to_vec()
    }

    /// The review that was stored so. For engines.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] where the bytes are none.
    pub fn from_bytes(id: ReviewId, bytes: &[u8]) -> Result<Self, StoreError> {
        read(id, bytes).map_err(|damage| StoreError::corrupt(id.to_string(), damage))
    }
}

fn read(id: ReviewId, bytes: &[u8]) -> Result<NewReview, Damage> {
    let message = ReviewMessage::decode(bytes)?;
    let mut cells = message.beneath.iter().map(judged);
    let mut first = || cells.next().unwrap_or_else(|| Err(damaged("a review judges no cell")));
    let opinion = match message.kind {
        1 => {
            let (figure, beneath) = first()?;
            let says = message.says.as_ref().ok_or_else(|| damaged("an amendment says nothing"))?;
            Opinion::Amendment { figure, beneath, says: judged(says)?.1 }
        }
        2 => {
            let (figure, beneath) = first()?;
            Opinion::Dispute { figure, beneath }
        }
        3 => Opinion::Verdict {
            finding: message.finding.clone(),
            verdict: Verdict::from_code(message.verdict.into())?,
            beneath: cells.collect::<Result<_, _>>()?,
            finding_says: message.finding_says.clone(),
        },
        _ => return Err(damaged("a review is of no known kind")),
    };
    Ok(NewReview { id, author: message.author, note: message.note, opinion })
}

fn cell(figure: &FigureName, said: &Said) -> CellMessage {
    let (count, amount) = match said.value {
        None => (None, None),
        Some(Value::Count(count)) => (Some(count.to_string()), None),
        Some(Value::Amount(amount)) => (None, Some(amount.to_string())),
    };
    CellMessage {
        key: figure.key.to_string(),
        period: figure.period.into(),
        portion: figure.portion.into(),
        state: said.state.code().into(),
        count,
        amount,
        wording: said.wording.clone(),
    }
}

fn judged(cell: &CellMessage) -> Result<(FigureName, Said), Damage> {
    let value = match (&cell.count, &cell.amount) {
        (Some(count), _) => Some(Value::Count(count.parse()?)),
        (None, Some(amount)) => Some(Value::Amount(amount.parse()?)),
        (None, None) => None,
    };
    let figure = FigureName {
        key: cell.key.as_str().into(),
        period: u8::try_from(cell.period)?,
        portion: u8::try_from(cell.portion)?,
    };
    Ok((figure, Said { state: State::from_code(cell.state.into())?, value, wording: cell.wording.clone() }))
}
