//! Whether the parser may begin anything: what those who run the system have said, looked up again and again.

use gongkai_store::{Operations, PAUSE_DELAY};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

/// How often to look, and how long the store may take. Together less than [`PAUSE_DELAY`], so that one look may fail.
const INTERVAL: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(2);

/// Permission to begin, for as long as it was given not long ago: a parser that cannot look must not go on for ever.
pub(crate) struct Permission(watch::Sender<Option<Instant>>);

impl Permission {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(None))
    }

    /// Whether something may be begun now.
    pub(crate) fn is_given(&self) -> bool {
        is_fresh(*self.0.borrow())
    }

    /// Returns when something may be begun.
    pub(crate) async fn given(&self) {
        // The sender is ours, so that it is there for as long as we are.
        let _ = self.0.subscribe().wait_for(|given| is_fresh(*given)).await;
    }

    /// Looks until `stop`.
    pub(crate) async fn look(&self, operations: &dyn Operations, stop: &CancellationToken) {
        let mut was_paused = false;
        while !stop.is_cancelled() {
            let asked = Instant::now();
            match timeout(PATIENCE, operations.pause()).await {
                Ok(Ok(pause)) => {
                    let is_paused = pause.is_some();
                    self.0.send_replace((!is_paused).then_some(asked));
                    if was_paused != is_paused {
                        info!("{}", if is_paused { "paused: nothing more is begun" } else { "going on" });
                    }
                    was_paused = is_paused;
                }
                Ok(Err(error)) => {
                    let error = &error as &dyn std::error::Error;
                    warn!(error, "whether the parsers are paused cannot be looked up");
                }
                Err(_) => warn!("looking up whether the parsers are paused takes longer than {PATIENCE:?}"),
            }
            // The end of the pause and the end of everything are both an end of the pause.
            let _ = timeout(INTERVAL, stop.cancelled()).await;
        }
    }
}

fn is_fresh(given: Option<Instant>) -> bool {
    given.is_some_and(|at| at.elapsed() < PAUSE_DELAY)
}
