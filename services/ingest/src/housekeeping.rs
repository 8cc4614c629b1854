//! Removes what nobody will ask for any more: expired request ids and abandoned uploads.

use gongkai_store::{Intake, Swept};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

const INTERVAL: Duration = Duration::from_secs(60);
/// Removed at once: a sweep must not keep others from writing.
const SWEEP_MAX: u32 = 500;

/// Sweeps until `stop`.
pub(crate) async fn run(intake: &dyn Intake, stop: &CancellationToken) {
    while !stop.is_cancelled() {
        let pause = match intake.sweep(SWEEP_MAX).await {
            Ok(swept) if swept == Swept::default() => INTERVAL,
            Ok(Swept { request_ids, stagings }) => {
                info!(request_ids, stagings, "removed what has expired");
                Duration::from_millis(100)
            }
            Err(error) => {
                warn!(error = &error as &dyn std::error::Error, "what has expired cannot be removed");
                INTERVAL
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = stop.cancelled() => {}
        }
    }
}
