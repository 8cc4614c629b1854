//! What comes of an attempt, decided in one place by what went wrong.

use gongkai_pipeline::Rejection;
use gongkai_store::{AttemptOutcome, NewFailure, NewRevision, Receipt, StoreError};
use std::error::Error;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

/// The class of a failure: the reader of the document has panicked.
pub const PANIC: &str = "PANIC";
/// The class of a failure: reading the document took too long.
pub const TIMEOUT: &str = "TIMEOUT";
/// The class of a failure: the store could not be reached.
pub const STORE_UNAVAILABLE: &str = "STORE_UNAVAILABLE";
/// The class of a failure: the store does not let the parser do its work.
pub const STORE_REFUSED: &str = "STORE_REFUSED";
/// The class of a failure: something stored does not make sense.
pub const CORRUPT: &str = "CORRUPT";
/// The class of a failure: the document's bytes are not there.
pub const DOCUMENT_LOST: &str = "DOCUMENT_LOST";
/// The class of a failure: the record is larger than a record may be.
pub const RECORD_TOO_LARGE: &str = "RECORD_TOO_LARGE";

/// Every class of [`verdict`], and whether what failed may pass.
pub(crate) const CLASSES: [(&str, bool); 7] = [
    (PANIC, true),
    (TIMEOUT, true),
    (STORE_UNAVAILABLE, true),
    (STORE_REFUSED, false),
    (CORRUPT, false),
    (DOCUMENT_LOST, false),
    (RECORD_TOO_LARGE, false),
];

/// A retry never waits longer.
const RETRY_DELAY_LONGEST: Duration = Duration::from_secs(5 * 60);
/// Bytes of a failure's message that are kept.
const MESSAGE_BYTES_MAX: usize = 1024;

/// Why an attempt gave no records.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AttemptError {
    /// The document cannot be read, or is no such report.
    #[error("the document was rejected")]
    Rejected(#[source] Rejection),
    /// The reader has panicked.
    #[error("the reader of the document has panicked: {message}")]
    Panicked { message: String },
    /// Reading took too long.
    #[error("the document was not read within {patience:?}")]
    TimedOut { patience: Duration },
    /// The bytes of the document could not be had.
    #[error("the document cannot be loaded")]
    Load(#[source] StoreError),
    /// The records cannot be stored.
    #[error("the record cannot be packed")]
    Pack(#[source] StoreError),
}

/// How long to wait before the next attempt.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Backoff {
    pub(crate) first: Duration,
}

impl Backoff {
    /// The wait after attempt number `attempt`: four times as long with each, and somewhat spread, so that what failed
    /// together does not come again together.
    fn delay(self, attempt: u32) -> Duration {
        let full = self.first.saturating_mul(4_u32.saturating_pow(attempt.saturating_sub(1)));
        let full = full.min(RETRY_DELAY_LONGEST);
        let spread = u32::try_from(RandomState::new().build_hasher().finish() % 512).unwrap_or(0);
        full.saturating_mul(768 + spread) / 1024
    }
}

/// Decides what comes of attempt number `attempt`, which has taken what `receipt` says. Only what can pass is tried again; how often, the ledger decides.
pub(crate) fn verdict(
    result: Result<Vec<NewRevision>, AttemptError>,
    attempt: u32,
    backoff: Backoff,
    receipt: Receipt,
) -> AttemptOutcome {
    let error = match result {
        Ok(revisions) => return AttemptOutcome::Reports(revisions),
        Err(AttemptError::Rejected(Rejection { reason, message })) => {
            return AttemptOutcome::Rejected { reason, message: clipped(message) };
        }
        Err(error) => error,
    };
    let (class, can_pass) = match &error {
        AttemptError::Panicked { .. } => (PANIC, true),
        AttemptError::TimedOut { .. } => (TIMEOUT, true),
        AttemptError::Load(error) | AttemptError::Pack(error) => match error {
            StoreError::Unavailable(_) | StoreError::Overloaded { .. } => (STORE_UNAVAILABLE, true),
            StoreError::Refused(_) => (STORE_REFUSED, false),
            StoreError::NotFound(_) => (DOCUMENT_LOST, false),
            StoreError::TooLarge { .. } | StoreError::HistoryTooLarge { .. } => (RECORD_TOO_LARGE, false),
            StoreError::Corrupt { .. }
            | StoreError::Damaged { .. }
            | StoreError::RequestIdConflict { .. }
            | StoreError::ItemConflict { .. }
            | StoreError::ReviewConflict { .. }
            | StoreError::Fenced { .. }
            | StoreError::AlreadyFinal { .. }
            | StoreError::Superseded { .. }
            | StoreError::CursorInvalid => (CORRUPT, false),
        },
        // Answered above.
        AttemptError::Rejected(_) => (CORRUPT, false),
    };
    let failure = NewFailure { class: class.to_owned(), message: clipped(chain(&error)), receipt };
    match can_pass {
        true => AttemptOutcome::Retry { failure, delay: backoff.delay(attempt) },
        false => AttemptOutcome::Dead(failure),
    }
}

/// An error with all its causes, as one line.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text.push_str(": ");
        text.push_str(&next.to_string());
        cause = next.source();
    }
    text
}

fn clipped(mut text: String) -> String {
    text.truncate(text.floor_char_boundary(MESSAGE_BYTES_MAX));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use gongkai_model::{DocumentId, RejectReason};
    use gongkai_store::Missing;

    const BACKOFF: Backoff = Backoff { first: Duration::from_secs(2) };

    fn judged(error: AttemptError) -> (String, bool) {
        let judged = match verdict(Err(error), 1, BACKOFF, Receipt::default()) {
            AttemptOutcome::Retry { failure, .. } => (failure.class, true),
            AttemptOutcome::Dead(failure) => (failure.class, false),
            other => panic!("{other:?}"),
        };
        assert!(CLASSES.contains(&(&judged.0, judged.1)), "{judged:?} is not among the classes");
        judged
    }

    #[test]
    fn only_what_can_pass_is_tried_again() {
        let panic = AttemptError::Panicked { message: "index out of bounds".to_owned() };
        assert_eq!(judged(panic), (PANIC.to_owned(), true));
        let timeout = AttemptError::TimedOut { patience: Duration::from_secs(1) };
        assert_eq!(judged(timeout), (TIMEOUT.to_owned(), true));
        let away = AttemptError::Load(StoreError::Unavailable("busy".into()));
        assert_eq!(judged(away), (STORE_UNAVAILABLE.to_owned(), true));
        let refused = AttemptError::Load(StoreError::Refused("permission denied".into()));
        assert_eq!(judged(refused), (STORE_REFUSED.to_owned(), false));
        let lost = StoreError::NotFound(Missing::Document(DocumentId::from_digest([0; 32])));
        assert_eq!(judged(AttemptError::Load(lost)), (DOCUMENT_LOST.to_owned(), false));
        let corrupt = AttemptError::Load(StoreError::corrupt("chunk", "bad checksum"));
        assert_eq!(judged(corrupt), (CORRUPT.to_owned(), false));
        let large = AttemptError::Pack(StoreError::TooLarge { what: "it", actual: 2, max: 1 });
        assert_eq!(judged(large), (RECORD_TOO_LARGE.to_owned(), false));
    }

    #[test]
    fn a_rejection_keeps_its_reason() {
        let rejection =
            Rejection { reason: RejectReason::NotAReport, message: "no report was found".to_owned() };
        match verdict(Err(AttemptError::Rejected(rejection)), 1, BACKOFF, Receipt::default()) {
            AttemptOutcome::Rejected { reason: RejectReason::NotAReport, message } => {
                assert_eq!(message, "no report was found");
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn each_retry_waits_longer_within_a_bound() {
        for (attempt, seconds) in [(1, 2), (2, 8), (3, 32), (30, 300)] {
            let (delay, full) = (BACKOFF.delay(attempt), Duration::from_secs(seconds));
            assert!(full * 3 / 4 <= delay && delay <= full * 5 / 4, "{attempt}: {delay:?}");
        }
    }

    #[test]
    fn a_long_story_is_cut_between_characters() {
        let panic = AttemptError::Panicked { message: "公".repeat(2000) };
        let receipt = Receipt { took: Some(Duration::from_secs(1)), memory_bytes: None };
        match verdict(Err(panic), 1, BACKOFF, receipt) {
            AttemptOutcome::Retry { failure, .. } => {
                assert_eq!(failure.receipt, receipt);
                assert!(failure.message.len() <= MESSAGE_BYTES_MAX);
                assert!(failure.message.starts_with("the reader of the document has panicked: 公"));
            }
            other => panic!("{other:?}"),
        }
    }
}
