//! The queue between `ingest` and `parser`: its trait, an in-memory twin, and the contract that every engine passes.
//!
//! A queue publishes, receives, acknowledges and hands back, at least once, and nothing more. It never counts
//! attempts, delays, or gives up on anything: what a delivery names is a hint, and the store's ledger is the truth.

mod memory;
mod turns;

#[cfg(any(test, feature = "contract"))]
pub mod contract;

pub use memory::MemoryQueue;
pub use turns::Turns;

use async_trait::async_trait;
pub use gongkai_model::TraceContext;
use gongkai_model::{Priority, SubmissionId};
use std::time::Duration;

/// Submissions that one message may name.
pub const SUBMISSIONS_MAX: usize = 128;

/// Carries the names of submissions from whoever accepted them to whoever works on them.
///
/// Every implementation passes the contract suite.
#[async_trait]
pub trait Queue: Send + Sync {
    /// Hands a message over. When this returns, the message will be delivered at least once, also after a crash. After
    /// an error the outcome is unknown: publish again.
    async fn publish(&self, message: Message) -> Result<(), QueueError>;

    /// Waits for messages until `wait` has passed and gives at most `max`, more urgent ones first, older ones first
    /// among equals. None is an ordinary answer. A delivery that is neither acknowledged nor handed back, because its
    /// receiver died, comes again.
    async fn receive(&self, max: usize, wait: Duration) -> Result<Vec<Delivery>, QueueError>;

    /// The work is done: these do not come again. Late or repeated acknowledgements change nothing.
    async fn acknowledge(&self, tags: &[DeliveryTag]) -> Result<(), QueueError>;

    /// The work was not done: these come again soon, for anybody.
    async fn hand_back(&self, tags: &[DeliveryTag]) -> Result<(), QueueError>;

    /// Messages that wait in each of the queues that the engine has, by a name that tells it from the others. None where
    /// the engine does not know.
    async fn depths(&self) -> Result<Option<Vec<(&'static str, u64)>>, QueueError> {
        Ok(None)
    }
}

/// Names of submissions that are due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    submissions: Vec<SubmissionId>,
    /// How urgent it is. A hint: an engine may not tell one from the other.
    pub priority: Priority,
    /// The trace that the work on it continues. A hint: an engine may lose it.
    pub trace: Option<TraceContext>,
}

impl Message {
    /// A message that names 1 to [`SUBMISSIONS_MAX`] submissions.
    pub fn new(submissions: Vec<SubmissionId>, priority: Priority) -> Result<Self, QueueError> {
        if submissions.is_empty() || SUBMISSIONS_MAX < submissions.len() {
            return Err(QueueError::MessageSize { actual: submissions.len() });
        }
        Ok(Self { submissions, priority, trace: None })
    }

    /// The same message as part of a trace.
    #[must_use]
    pub fn with_trace(self, trace: Option<TraceContext>) -> Self {
        Self { trace, ..self }
    }

    /// The submissions, 1 to [`SUBMISSIONS_MAX`].
    pub fn submissions(&self) -> &[SubmissionId] {
        &self.submissions
    }
}

/// A message in the hands of a receiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// What to acknowledge or hand back.
    pub tag: DeliveryTag,
    /// The message.
    pub message: Message,
}

/// One delivery of one message; another delivery of the same message has another tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DeliveryTag {
    /// The message, by the engine's own count.
    pub message: u64,
    /// Which delivery of it.
    pub receipt: u64,
}

/// The cause of a queue's failure, whatever the engine.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What went wrong in a queue, by what the caller can do about it.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// Worth another try: the queue could not be reached.
    #[error("queue is unavailable")]
    Unavailable(#[source] BoxError),
    /// Worth another try later: the queue holds as many messages as it may.
    #[error("queue holds {max} messages and takes no more")]
    Full {
        /// The bound.
        max: u64,
    },
    /// A message names no submission, or too many.
    #[error("a message names {actual} submissions, from 1 to {SUBMISSIONS_MAX} are allowed")]
    MessageSize {
        /// How many it named.
        actual: usize,
    },
}
