//! Waiting for a condition, never for time to pass.

use std::future::Future;
use std::time::Duration;

/// Waits until `condition` holds, asking again and again. `what` is what is waited for, in words for the failure.
///
/// # Panics
/// When the condition does not hold within `deadline`.
pub async fn wait_until<F, Holds>(what: &str, deadline: Duration, mut condition: F)
where
    F: FnMut() -> Holds,
    Holds: Future<Output = bool>,
{
    /// Between two questions; grows, so that a quick answer is seen quickly and a slow one is not asked to death.
    const PAUSE_FIRST: Duration = Duration::from_millis(1);
    const PAUSE_LONGEST: Duration = Duration::from_millis(50);
    let asked = tokio::time::timeout(deadline, async {
        let mut pause = PAUSE_FIRST;
        while !condition().await {
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSE_LONGEST);
        }
    });
    if asked.await.is_err() {
        panic!("{what} did not come about within {deadline:?}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[tokio::test]
    async fn waiting_ends_when_the_condition_holds() {
        let asked = AtomicU32::new(0);
        wait_until("the third question", Duration::from_secs(30), || async {
            2 <= asked.fetch_add(1, Ordering::Relaxed)
        })
        .await;
        assert_eq!(asked.into_inner(), 3);
    }

    #[tokio::test]
    #[should_panic(expected = "rain did not come about")]
    async fn waiting_in_vain_ends_at_the_deadline() {
        wait_until("rain", Duration::from_millis(5), || async { false }).await;
    }
}
