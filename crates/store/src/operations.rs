use crate::{StoreError, Timestamp};
use async_trait::async_trait;
use std::time::Duration;

/// Bytes of the reason of a pause.
pub const PAUSE_REASON_BYTES_MAX: usize = 1000;
/// Parsers begin nothing more so long after a pause began.
pub const PAUSE_DELAY: Duration = Duration::from_secs(5);

/// What those who run the system tell it, and what it tells them of all submissions together.
///
/// Every implementation passes the contract suite.
#[async_trait]
pub trait Operations: Send + Sync {
    /// The pause of the parsers, if they are paused.
    async fn pause(&self) -> Result<Option<Pause>, StoreError>;

    /// Lets no parser begin anything more. It outlives every process. Where they are paused already, that pause goes on
    /// with its own time and reason.
    async fn pause_parsing(&self, pause: &Pause) -> Result<Pause, StoreError>;

    /// Lets parsers begin again. Where they are not paused, nothing changes.
    async fn resume_parsing(&self) -> Result<(), StoreError>;

    /// How much waits at which stage at `now`, and how much was given up. Costs a look at every submission that waits:
    /// for once in some seconds.
    async fn census(&self, now: Timestamp) -> Result<Census, StoreError>;
}

/// The parsers begin nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pause {
    /// Since when.
    pub since: Timestamp,
    /// Why, in the words of whoever paused them; at most [`PAUSE_REASON_BYTES_MAX`] long, perhaps none.
    pub reason: String,
}

/// Submissions that are not final, by how far they are, and those that were given up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// Accepted, and not confirmed by the queue.
    pub received: Waiting,
    /// In the queue.
    pub queued: Waiting,
    /// In work, or between two attempts.
    pub parsing: Waiting,
    /// Attempts under way: under a lease that lasts.
    pub in_work: u64,
    /// Those that were given up, by the class of their last failure, in the order of its name.
    pub dead: Vec<(String, u64)>,
}

impl Census {
    /// Classes that are told apart at most; there are far fewer.
    pub const CLASSES_MAX: usize = 100;
}

/// Submissions that stand in one state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// How many.
    pub submissions: u64,
    /// Since when the one that was accepted first has been in this state.
    pub oldest: Option<Timestamp>,
}
