//! Keeps the index of searches up to date with what was read.

use gongkai_store::{Indexed, Search, StoreError};
use std::time::Duration;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

/// Changes that are taken in at once: a writer waits no longer than these take to be written.
const TOGETHER: u32 = 64;
/// How many times as long as it took a piece is rested: documents that wait to be read go before.
const REST: u32 = 3;
/// How often it is looked for changes where there were none.
const INTERVAL: Duration = Duration::from_millis(500);
/// How long whoever was overtaken leaves the work to the others.
const OVERTAKEN: Duration = Duration::from_secs(10);
/// How often it is told how far the work is where there is much of it.
const TOLD_EVERY: Duration = Duration::from_secs(60);

/// Takes what becomes current into the index of searches, until `stop`: behind those who take documents in, for a quarter of the time at
/// most, and from where the index is, whoever has brought it there. Several may do it; one of them goes ahead.
pub async fn keep_index(search: &dyn Search, stop: &CancellationToken) {
    let (mut since, mut taken, mut told) = (Instant::now(), 0_u64, Instant::now());
    loop {
        let begin = Instant::now();
        let pause = match search.index(TOGETHER).await {
            Ok(Indexed { is_overtaken: true, .. }) => OVERTAKEN,
            Ok(Indexed { changes: 0, .. }) => {
                if TOLD_EVERY < since.elapsed() && 0 < taken {
                    info!(changes = taken, "the index of searches is up to date");
                }
                (since, taken) = (Instant::now(), 0);
                INTERVAL
            }
            Ok(Indexed { changes, .. }) => {
                taken += u64::from(changes);
                if TOLD_EVERY < told.elapsed() && TOLD_EVERY < since.elapsed() {
                    info!(changes = taken, "the index of searches is being brought up to date");
                    told = Instant::now();
                }
                begin.elapsed() * REST
            }
            Err(error) => {
                tell(&error);
                OVERTAKEN
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = sleep(pause) => {}
        }
    }
}

fn tell(error: &StoreError) {
    warn!(
        error = error as &dyn std::error::Error,
        "the index of searches could not be brought up to date; trying again"
    );
}
