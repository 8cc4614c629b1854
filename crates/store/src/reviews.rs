//! What reviewers put right in reports, and what they say of figures and findings.

use crate::codes::Code;
use crate::packed::{Damage, damaged};
use crate::{NewRevision, Position, StoreError, Timestamp};
use async_trait::async_trait;
use gongkai_model::{
    EndCause, FigureName, Opinion, Period, Portion, Purpose, ReportId, Review, ReviewId, Said, State, Value,
    Verdict,
};
use prost::Message;
use sha2::{Digest, Sha256};

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
    /// A review that is added again with its id, and one that has ended already, stay as they are. A change of a request that is
    /// known by its id changes nothing, whatever is current now, and gives what it has come to ([`Reviews::recall`]).
    async fn review(&self, change: ReviewChange) -> Result<Reviewed, StoreError>;

    /// What a request has come to; none where its id is not known, or not any more
    /// ([`REQUEST_ID_VALIDITY`](crate::REQUEST_ID_VALIDITY)). [`StoreError::RequestIdConflict`] where the id is that of a request
    /// with other content.
    async fn recall(&self, request: &ReviewRequest) -> Result<Option<Answered>, StoreError>;

    /// Notes what a request has come to that changed nothing, and gives it; or what it had come to before, as
    /// [`Reviews::recall`] does. It is the answer as of when the last of its reviews was said.
    async fn note(
        &self,
        request: &ReviewRequest,
        revision: u32,
        said: Vec<ReviewId>,
    ) -> Result<Answered, StoreError>;

    /// The reviews of a report, the oldest first, ended ones included. Empty for a report that is not there.
    async fn reviews(&self, report: ReportId, purpose: Purpose) -> Result<Vec<StoredReview>, StoreError>;

    /// The revision beneath the corrections of a report, and the corrected one; the same twice where nothing is corrected.
    /// None where no review stands.
    async fn overlay(&self, report: ReportId) -> Result<Option<Overlay>, StoreError>;

    /// Reports with reviews that stand, and another revision current than the one they were looked at with: at most
    /// `limit`.
    async fn overtaken(&self, limit: u32) -> Result<Vec<(ReportId, Purpose)>, StoreError>;
}

/// A request that may be made again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewRequest {
    /// Its id.
    pub id: String,
    /// The digest of all that it asks for.
    digest: [u8; 32],
}

impl ReviewRequest {
    /// A request by its id, the name of what it asks for, and its content.
    pub fn new(id: String, method: &str, content: &[u8]) -> Self {
        let mut digest = Sha256::new();
        digest.update((method.len() as u64).to_le_bytes());
        digest.update(method.as_bytes());
        digest.update(content);
        Self { id, digest: digest.finalize().into() }
    }

    /// The digest of all that it asks for. For engines.
    pub fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// Refuses a digest under the same id that is another one. For engines.
    ///
    /// # Errors
    /// [`StoreError::RequestIdConflict`].
    pub fn check(&self, known: &[u8]) -> Result<(), StoreError> {
        match known == self.digest {
            true => Ok(()),
            false => Err(StoreError::RequestIdConflict { request_id: self.id.clone() }),
        }
    }
}

/// What a request has come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The revision that was current afterwards.
    pub revision: u32,
    /// The reviews that said what was wanted.
    pub said: Vec<ReviewId>,
    /// What ended later is no part of the answer.
    pub position: Position,
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
pub struct StoredReview {
    /// The report.
    pub report: ReportId,
    /// What is said, by whom and why.
    pub said: Review,
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
    pub added: Vec<Review>,
    /// What does not stand any more.
    pub ended: Vec<(ReviewId, EndCause)>,
    /// The revision beneath all corrections that stand afterwards; none where no review stands.
    pub base: Option<u32>,
    /// What is corrected afterwards.
    pub correction: Correction,
    /// The request that asks for it, where it has an id, and the reviews that say what is wanted, those that said it before included.
    pub request: Option<(ReviewRequest, Vec<ReviewId>)>,
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
pub fn last_review(reviews: &[StoredReview]) -> Position {
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

/// What is stored of a review. For engines.
pub fn review_to_bytes(review: &Review) -> Vec<u8> {
    let mut message = ReviewMessage {
        author: review.author.clone(),
        note: review.note.clone(),
        ..ReviewMessage::default()
    };
    match &review.opinion {
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
pub fn review_from_bytes(id: ReviewId, bytes: &[u8]) -> Result<Review, StoreError> {
    read(id, bytes).map_err(|damage| StoreError::corrupt(id.to_string(), damage))
}

fn read(id: ReviewId, bytes: &[u8]) -> Result<Review, Damage> {
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
    Ok(Review { id, author: message.author, note: message.note, opinion })
}

fn cell(figure: &FigureName, said: &Said) -> CellMessage {
    let (count, amount) = match said.value {
        None => (None, None),
        Some(Value::Count(count)) => (Some(count.to_string()), None),
        Some(Value::Amount(amount)) => (None, Some(amount.to_string())),
    };
    CellMessage {
        key: figure.key.to_string(),
        period: figure.period.code().into(),
        portion: figure.portion.code().into(),
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
        period: Period::from_code(cell.period.into())?,
        portion: Portion::from_code(cell.portion.into())?,
    };
    Ok((figure, Said { state: State::from_code(cell.state.into())?, value, wording: cell.wording.clone() }))
}
