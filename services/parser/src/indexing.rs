//! Keeps the index of searches up to date with what was read.

use gongkai_store::{Indexed, Search, StoreError};
use gongkai_telemetry::metrics;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

/// Changes that are taken in at once: a writer waits no longer than these take to be written.
const TOGETHER: u32 = 64;
/// How many times as long as it took a piece is rested while documents are read: they go before.
const REST_BESIDE_READING: u32 = 15;
/// The same while none is.
const REST: u32 = 1;
/// How often it is looked for changes where there were none.
const INTERVAL: Duration = Duration::from_millis(500);
/// How long whoever was overtaken leaves the work to the others.
const OVERTAKEN: Duration = Duration::from_secs(10);
/// How often it is told how far the work is where there is much of it.
const TOLD_EVERY: Duration = Duration::from_secs(60);

/// How many portions of documents a parser has in work, for whoever stands back behind it.
#[derive(Clone, Debug, Default)]
pub struct Activity(Arc<AtomicUsize>);

/// A portion in work, until it is dropped.
#[must_use]
pub(crate) struct Active(Activity);

impl Activity {
    pub(crate) fn begin(&self) -> Active {
        self.0.fetch_add(1, Ordering::Relaxed);
        Active(self.clone())
    }

    /// Whether the parser has anything in work.
    pub fn is_reading(&self) -> bool {
        0 < self.0.load(Ordering::Relaxed)
    }

    fn rest(&self) -> u32 {
        if self.is_reading() { REST_BESIDE_READING } else { REST }
    }
}

impl Drop for Active {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Takes what becomes current into the index of searches, until `stop`, from where the index is, whoever has brought it there: for half
/// of the time at most, and for a sixteenth while the parser of `activity` reads documents. Several may do it; one of them goes ahead.
pub async fn keep_index(search: &dyn Search, activity: &Activity, stop: &CancellationToken) {
    let (mut since, mut taken, mut told) = (Instant::now(), 0_u64, Instant::now());
    loop {
        let begin = Instant::now();
        let indexed = search.index(TOGETHER).await;
        if let Ok(Indexed { behind, .. }) = &indexed {
            metrics::index_behind(*behind);
        }
        let pause = match indexed {
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
                begin.elapsed() * activity.rest()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_rests_longer_beside_any_reading() {
        let activity = Activity::default();
        assert_eq!(activity.rest(), REST);
        let (one, another) = (activity.begin(), activity.begin());
        drop(one);
        assert_eq!(activity.rest(), REST_BESIDE_READING);
        drop(another);
        assert_eq!(activity.rest(), REST);
    }
}
