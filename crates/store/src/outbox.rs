use crate::{StoreError, Timestamp};
use async_trait::async_trait;
use gongkai_model::{Priority, SubmissionId, TraceContext};
use std::time::Duration;

/// Tells which submissions are due to be announced on the queue. It is the only scheduler: a retry is a row with a
/// later due time, and nothing else remembers that something has to happen.
///
/// Several relays may share it. Every implementation passes the contract suite.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// Takes rows that are due, at most `limit` of each priority, so that none waits for ever: the more urgent ones first, the
    /// longest due first among equals. For the length of `lease` nobody else gets
    /// them; a relay that dies loses nothing.
    async fn claim_due(&self, limit: u32, lease: Duration) -> Result<Vec<Announcement>, StoreError>;

    /// The queue has confirmed these: their rows end, and `RECEIVED` becomes `QUEUED`. Marking again, late, or after
    /// the submission has moved on, changes nothing.
    async fn mark_published(&self, announcements: &[Announcement]) -> Result<(), StoreError>;

    /// The queue did not take these: they are due again at `due`.
    async fn postpone(&self, announcements: &[Announcement], due: Timestamp) -> Result<(), StoreError>;

    /// Makes at most `limit` submissions due again that would otherwise be forgotten: those being parsed under a
    /// lease that has run out (their worker died), and those announced longer than `patience` ago that no worker has
    /// begun since (the queue lost them). Tells how many. An announcement too many does no harm.
    async fn reannounce(&self, patience: Duration, limit: u32) -> Result<u64, StoreError>;

    /// Returns as soon as something is due, or after `timeout`. May return early.
    async fn wait_for_due(&self, timeout: Duration) -> Result<(), StoreError>;

    /// How much waits.
    async fn backlog(&self) -> Result<Backlog, StoreError>;
}

/// A submission that is due to be announced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// The submission.
    pub submission: SubmissionId,
    /// The epoch it is announced for.
    pub epoch: u32,
    /// How urgent it is.
    pub priority: Priority,
    /// Attempts made so far in this epoch. One that has been attempted is better announced alone.
    pub attempts: u32,
    /// Which claim it belongs to; an older claim cannot end a newer row.
    pub claim: i64,
    /// The trace that it was accepted in.
    pub trace: Option<TraceContext>,
}

/// How much waits in the outbox.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Rows not published yet, due or not.
    pub waiting: u64,
    /// The bound at which [`crate::Intake::accept`] refuses.
    pub waiting_max: u64,
    /// When the first row is due.
    pub next_due: Option<Timestamp>,
}
