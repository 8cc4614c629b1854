use crate::{NewRevision, StoreError, Submission, Timestamp};
use async_trait::async_trait;
use gongkai_model::{DocumentId, ExtractorVersion, Purpose, RejectReason, SubmissionId};
use std::time::Duration;

/// Attempts of one epoch, the first included.
pub const ATTEMPTS_MAX: u32 = 3;

/// The truth about who works on what. The queue only hints.
///
/// Every implementation passes the contract suite.
#[async_trait]
pub trait Ledger: Send + Sync {
    /// Begins an attempt on each of `submissions` that may be worked on: not final, and under nobody's live lease.
    /// The attempt is counted before this returns, so a document that kills its worker is found out after
    /// [`ATTEMPTS_MAX`]; such a one becomes `DEAD` here. Those that may not be worked on, and unknown ones, are
    /// left out: their delivery may be acknowledged.
    ///
    /// Take no more than will be worked on at once: an attempt counts for each of them.
    async fn begin_attempts(
        &self,
        submissions: &[SubmissionId],
        worker: &Worker,
        lease: Duration,
    ) -> Result<Vec<Attempt>, StoreError>;

    /// Prolongs leases to `lease` from now. Those that are no longer the caller's are left out of the answer.
    async fn renew(&self, leases: &[Lease], lease: Duration) -> Result<Vec<Lease>, StoreError>;

    /// Ends attempts, each with its outcome, all effects of one outcome in one transaction. The answers stand in the
    /// order of `completions`.
    ///
    /// An outcome is applied only under the lease it belongs to: a late result of an attempt that was taken over,
    /// cancelled or completed is [`StoreError::Fenced`] and changes nothing. A lease that has run out but was not
    /// taken over still counts. The reports of a document are stored once a purpose and extractor version, whoever
    /// comes first.
    async fn complete(
        &self,
        completions: Vec<Completion>,
    ) -> Result<Vec<Result<Submission, StoreError>>, StoreError>;
}

/// Who begins an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worker {
    /// The worker's name, for people.
    pub name: String,
    /// The extractor it works with.
    pub extractor_version: ExtractorVersion,
}

/// The right to work on a submission. A later lease of the same submission has a greater token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Lease {
    /// The submission.
    pub submission: SubmissionId,
    /// The fencing token.
    pub token: i64,
}

/// An attempt that has begun, and has been counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The right to work on it.
    pub lease: Lease,
    /// When the right ends unless it is renewed.
    pub lease_until: Timestamp,
    /// The epoch.
    pub epoch: u32,
    /// Which attempt of the epoch this is, counted from 1.
    pub attempt: u32,
    /// The document to read.
    pub document: DocumentId,
    /// Its size in bytes.
    pub document_bytes: u64,
    /// The media type it was first sent with; empty where none was.
    pub media_type: String,
    /// The name it was first sent with; empty where none was.
    pub name: String,
    /// What it is for.
    pub purpose: Purpose,
    /// Whether the document has been read already with this extractor version for this purpose: then the attempt can
    /// be completed at once with [`AttemptOutcome::Known`].
    pub known: bool,
}

/// The end of an attempt.
#[derive(Clone, Debug)]
pub struct Completion {
    /// The right under which the work was done.
    pub lease: Lease,
    /// The extractor that did it.
    pub extractor_version: ExtractorVersion,
    /// What came of it.
    pub outcome: AttemptOutcome,
}

/// What came of an attempt.
#[derive(Clone, Debug)]
pub enum AttemptOutcome {
    /// The document was read: its reports, in the order of their parts. Becomes `DONE`.
    Reports(Vec<NewRevision>),
    /// The document has been read before, see [`Attempt::known`]: the submission ends as that reading ended. Where it
    /// turns out not to be known, the submission is announced again.
    Known,
    /// The document cannot be read, or is no such report. Becomes `REJECTED`.
    Rejected {
        /// Why.
        reason: RejectReason,
        /// Why, in words for its sender.
        message: String,
    },
    /// Something failed that may pass: another attempt after `delay`, or `DEAD` when this was the last.
    Retry {
        /// What failed.
        failure: NewFailure,
        /// How long to wait.
        delay: Duration,
    },
    /// Something failed that will not pass. Becomes `DEAD`.
    Dead(NewFailure),
}

/// What failed in an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFailure {
    /// A short stable name to filter by, such as `PANIC`.
    pub class: String,
    /// The whole story, for people.
    pub message: String,
}
