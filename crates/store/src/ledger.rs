use crate::{NewRevision, StoreError, Submission, Timestamp};
use async_trait::async_trait;
use gongkai_model::{
    DocumentId, ExtractorVersion, Purpose, RejectReason, SubmissionId, SubmissionState, TraceContext,
};
use std::time::Duration;

/// Attempts of one epoch, the first included.
pub const ATTEMPTS_MAX: u32 = 3;

/// The truth about who works on what. The queue only hints.
///
/// Every implementation passes the contract suite.
#[async_trait]
pub trait Ledger: Send + Sync {
    /// Begins an attempt on each of `submissions` that may be worked on: not final, under nobody's live lease, and not
    /// waiting for a later attempt time.
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
    /// The address it was first fetched from; empty where none was given.
    pub source: String,
    /// What it is for.
    pub purpose: Purpose,
    /// Whether the document has been read already with this extractor version for this purpose: then the attempt can
    /// be completed at once with [`AttemptOutcome::Known`].
    pub known: bool,
    /// The trace that the submission was accepted in.
    pub trace: Option<TraceContext>,
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
    /// What the attempt has taken.
    pub receipt: Receipt,
}

/// What an attempt has taken, as far as anybody knows: a worker that gave no sign has told nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// How long it lasted.
    pub took: Option<Duration>,
    /// By how many bytes the memory of its process grew meanwhile, at least; what was read beside it is in it. Measured from
    /// the second attempt on, since most documents need but one.
    pub memory_bytes: Option<u64>,
}

/// The class of a failure that nobody reported: the worker gave no sign until its lease ran out.
pub const LEASE_EXPIRED: &str = "LEASE_EXPIRED";

/// The class of a failure to end as a known reading ended, because there is none.
pub const NOT_KNOWN: &str = "NOT_KNOWN";

/// What the ledger knows of a submission when somebody wants to begin. For engines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its state.
    pub state: SubmissionState,
    /// Attempts begun in this epoch.
    pub attempts: u32,
    /// Until when somebody has a lease on it.
    pub lease_until: Option<Timestamp>,
    /// Before when no attempt may begin.
    pub next_attempt_at: Option<Timestamp>,
}

/// What comes of wanting to begin. For engines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beginning {
    /// Nothing: it is final, someone works on it, or its time has not come.
    LeaveOut,
    /// An attempt, which is the first after an attempt that ended in silence where `taken_over`.
    Attempt {
        /// Whether a lease ran out.
        taken_over: bool,
    },
    /// Its last attempt ended in silence: it is dead.
    GiveUp,
}

impl Standing {
    /// Whether an attempt may begin at `now`. The one place where this is decided.
    pub fn beginning(&self, now: Timestamp) -> Beginning {
        let taken_over = self.lease_until.is_some();
        if self.state.is_final()
            || self.lease_until.is_some_and(|until| now < until)
            || self.next_attempt_at.is_some_and(|due| now < due)
        {
            return Beginning::LeaveOut;
        }
        if ATTEMPTS_MAX <= self.attempts {
            return Beginning::GiveUp;
        }
        Beginning::Attempt { taken_over }
    }
}
