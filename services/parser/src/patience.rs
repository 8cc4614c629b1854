//! Patience with a store that is away: what it fails in then is no fault of the document at hand, and must not cost it an attempt
//! where a moment later will do.

use gongkai_store::StoreError;
use std::time::Duration;
use tracing::warn;

/// Tries to reach the store, and the pause after the first; it doubles. After the last, the lease runs out or the attempt fails,
/// and somebody begins anew.
const TRIES: u32 = 6;
const PAUSE_FIRST: Duration = Duration::from_millis(100);

/// Asks again while the store cannot be reached; `what` says in the log what it does not do. Only for what may be repeated.
pub(crate) async fn insist<T, Answer: Future<Output = Result<T, StoreError>>>(
    what: &str,
    ask: impl Fn() -> Answer,
) -> Result<T, StoreError> {
    let mut pause = PAUSE_FIRST;
    for _ in 1..TRIES {
        match ask().await {
            Err(error @ (StoreError::Unavailable(_) | StoreError::Overloaded { .. })) => {
                warn!(
                    error = &error as &dyn std::error::Error,
                    "the store does not {what}, next try in {pause:?}"
                );
            }
            answer => return answer,
        }
        tokio::time::sleep(pause).await;
        pause *= 2;
    }
    ask().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    /// Asks what answers by how often it was asked, and tells how often that was.
    async fn asked(answer: impl Fn(u32) -> Result<(), StoreError>) -> (Result<(), StoreError>, u32) {
        let asked = AtomicU32::new(0);
        let last = insist("answer", || {
            let answer = answer(asked.fetch_add(1, Ordering::Relaxed) + 1);
            async { answer }
        });
        (last.await, asked.into_inner())
    }

    #[tokio::test(start_paused = true)]
    async fn what_may_pass_is_asked_again_and_again_but_not_for_ever() {
        let away = || Err(StoreError::Unavailable("away".into()));
        assert!(matches!(asked(|time| if time < 4 { away() } else { Ok(()) }).await, (Ok(()), 4)));
        assert!(matches!(asked(|_| away()).await, (Err(StoreError::Unavailable(_)), TRIES)));
        let refused = asked(|_| Err(StoreError::Refused("no".into()))).await;
        assert!(matches!(refused, (Err(StoreError::Refused(_)), 1)));
    }
}
