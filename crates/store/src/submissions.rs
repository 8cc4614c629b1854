use crate::{
    ItemName, LEASE_EXPIRED, NOT_KNOWN, NewFailure, NewSubmission, Page, PageRequest, Position, Receipt,
    StoreError, Timestamp,
};
use async_trait::async_trait;
use gongkai_model::{
    BatchId, DocumentId, Priority, Purpose, RejectReason, ReportId, SubmissionId, SubmissionState,
};
use std::time::Duration;

/// Tells how far submissions are. What it tells never moves backwards in (epoch, state).
///
/// Every implementation passes the contract suite.
#[async_trait]
pub trait Submissions: Changes {
    /// The submission as it stands; [`StoreError::NotFound`] only for what was never accepted.
    async fn submission(&self, id: SubmissionId) -> Result<Submission, StoreError>;

    /// Submissions, the latest accepted first.
    async fn submissions(
        &self,
        filter: &SubmissionFilter,
        page: &PageRequest,
    ) -> Result<Page<Submission>, StoreError>;

    /// At most `limit` submissions that changed after `after`, by the position of their last change. A submission that
    /// changed several times is told once, as it stands. Nothing is skipped: positions are ordered by commit.
    async fn submission_changes(
        &self,
        after: Position,
        filter: &SubmissionFilter,
        limit: u32,
    ) -> Result<Vec<Submission>, StoreError>;

    /// Withdraws a submission that is not final; a running attempt's result will be refused. Cancelling again changes
    /// nothing. [`StoreError::AlreadyFinal`] when it ended otherwise.
    async fn cancel(&self, id: SubmissionId) -> Result<Submission, StoreError>;

    /// Begins a new epoch for each of at most `replay.limit` dead submissions that match: `RECEIVED` again, due one
    /// after the other at the given pace. A dry run changes nothing and answers what would be done.
    async fn replay_dead(&self, replay: &Replay) -> Result<Vec<Submission>, StoreError>;
}

/// Tells that something has changed, whatever it is.
#[async_trait]
pub trait Changes: Send + Sync {
    /// Waits until something has changed after `after`, or for `timeout`; tells the latest position.
    async fn wait_for_change(&self, after: Position, timeout: Duration) -> Result<Position, StoreError>;
}

/// A document on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// Its name.
    pub id: SubmissionId,
    /// The document.
    pub document: DocumentId,
    /// Which item of which batch it is, if it is one.
    pub item: Option<ItemName>,
    /// What it is for.
    pub purpose: Purpose,
    /// How urgent it is: as its sender said, and [`Priority::Low`] once it was replayed, so that it gives way to what is new.
    pub priority: Priority,
    /// The file name it was sent with; empty where none was given.
    pub name: String,
    /// The address it was fetched from; empty where none was given.
    pub source: String,
    /// The media type it was sent with; empty where none was.
    pub media_type: String,
    /// Counts replays, from 1.
    pub epoch: u32,
    /// How far it is.
    pub state: SubmissionState,
    /// Attempts begun in this epoch.
    pub attempts: u32,
    /// When the next attempt is due, while one is waited for.
    pub next_attempt_at: Option<Timestamp>,
    /// The latest failure, also after a later success or in a later epoch.
    pub failure: Option<Failure>,
    /// Why it was rejected; present exactly in `REJECTED`.
    pub rejection: Option<Rejection>,
    /// The reports that it resulted in, in the order of their parts; empty unless `DONE`.
    pub reports: Vec<ReportRevision>,
    /// When it was accepted.
    pub accepted_at: Timestamp,
    /// When it last changed.
    pub changed_at: Timestamp,
    /// The position of its last change.
    pub position: Position,
}

impl Submission {
    /// A submission as it is when it is accepted: under a new id, in its first epoch.
    pub fn received(new: &NewSubmission, document: DocumentId, now: Timestamp, position: Position) -> Self {
        Self {
            id: SubmissionId::generate(),
            document,
            item: new.item.clone(),
            purpose: new.purpose,
            priority: new.priority,
            name: new.name.clone(),
            source: new.source.clone(),
            media_type: new.media_type.clone(),
            epoch: 1,
            state: SubmissionState::Received,
            attempts: 0,
            next_attempt_at: None,
            failure: None,
            rejection: None,
            reports: Vec::new(),
            accepted_at: now,
            changed_at: now,
            position,
        }
    }
}

/// A failed attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// A short stable name, such as `PANIC`.
    pub class: String,
    /// The whole story, for people.
    pub message: String,
    /// When it failed.
    pub at: Timestamp,
    /// Which attempt of its epoch failed.
    pub attempt: u32,
    /// What the attempt has taken.
    pub receipt: Receipt,
}

impl Failure {
    /// The failure of attempt number `attempt` at `at`. For engines.
    pub fn new(failure: NewFailure, at: Timestamp, attempt: u32) -> Self {
        let NewFailure { class, message, receipt } = failure;
        Self { class, message, at, attempt, receipt }
    }

    /// What is said of an attempt that ended in silence. For engines.
    pub fn lease_expired(worker: &str) -> NewFailure {
        NewFailure {
            class: LEASE_EXPIRED.to_owned(),
            message: format!("worker {worker} gave no sign until its lease ran out"),
            receipt: Receipt::default(),
        }
    }

    /// What is said of an attempt that was to end as a known reading ended, and there is none. For engines.
    pub fn not_known() -> NewFailure {
        NewFailure {
            class: NOT_KNOWN.to_owned(),
            message: "the document has no known reading".to_owned(),
            receipt: Receipt::default(),
        }
    }
}

/// Why a document was rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// The stable reason.
    pub reason: RejectReason,
    /// The reason in words for its sender.
    pub message: String,
}

/// One revision of one report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReportRevision {
    /// The report.
    pub report: ReportId,
    /// Its revision, counted from 1.
    pub revision: u32,
}

/// Which submissions are meant. Everything that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SubmissionFilter {
    /// In one of these states; empty for any.
    pub states: Vec<SubmissionState>,
    /// Of this document.
    pub document: Option<DocumentId>,
    /// For this purpose.
    pub purpose: Option<Purpose>,
    /// Only these; empty for any. At most [`Self::IDS_MAX`].
    pub ids: Vec<SubmissionId>,
    /// Whose latest failure is of this class.
    pub failure_class: Option<String>,
    /// Items of this batch.
    pub batch: Option<BatchId>,
}

impl SubmissionFilter {
    /// How many ids a filter may list.
    pub const IDS_MAX: usize = 1000;

    /// Refuses a filter that lists too many ids. For engines.
    pub fn check(&self) -> Result<(), StoreError> {
        if Self::IDS_MAX < self.ids.len() {
            return Err(StoreError::TooLarge {
                what: "the filter in ids",
                actual: self.ids.len() as u64,
                max: Self::IDS_MAX as u64,
            });
        }
        Ok(())
    }

    /// Whether `submission` is meant.
    pub fn admits(&self, submission: &Submission) -> bool {
        (self.states.is_empty() || self.states.contains(&submission.state))
            && self.document.is_none_or(|document| document == submission.document)
            && self.purpose.is_none_or(|purpose| purpose == submission.purpose)
            && (self.ids.is_empty() || self.ids.contains(&submission.id))
            && self.failure_class.as_ref().is_none_or(|class| {
                submission.failure.as_ref().is_some_and(|failure| failure.class == *class)
            })
            && self.batch.is_none_or(|batch| submission.item.as_ref().is_some_and(|item| item.batch == batch))
    }
}

/// Submissions that one replay may begin anew.
pub const REPLAY_MAX: u32 = 10_000;

/// Which dead submissions get another chance, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replay {
    /// Which; its `states` are ignored, only `DEAD` ones are replayed.
    pub filter: SubmissionFilter,
    /// How many at most, the longest accepted first; never more than [`REPLAY_MAX`].
    pub limit: u32,
    /// Time between two of them becoming due.
    pub interval: Duration,
    /// Only tell.
    pub dry_run: bool,
}
