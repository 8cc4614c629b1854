//! Keeps the index of searches up to date with what was read.

use gongkai_store::{Indexed, Search, StoreError};
use gongkai_telemetry::metrics;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

/// Changes that are taken in at once: a writer waits no longer than these take to be written.
const TOGETHER: u32 = 64;
/// How many times as long as it took a piece is rested while documents are read without a pause: they go before.
const REST_BESIDE_READING: u32 = 15;
/// The same while none is.
const REST: u32 = 1;
/// How often it is looked for changes where there were none.
const INTERVAL: Duration = Duration::from_millis(500);
/// How long whoever was overtaken leaves the work to the others.
const OVERTAKEN: Duration = Duration::from_secs(10);
/// How often it is told how far the work is where there is much of it.
const TOLD_EVERY: Duration = Duration::from_secs(60);

/// For how much of the time a parser has documents in work, for whoever stands back behind it.
#[derive(Clone, Debug, Default)]
pub struct Activity(Arc<Mutex<Times>>);

/// Times of work until now.
#[derive(Debug, Default)]
struct Times {
    in_work: usize,
    /// Since when there is something in work without a pause.
    since: Option<Instant>,
    /// How long there was before.
    before: Duration,
}

/// A portion in work, until it is dropped.
#[must_use]
pub(crate) struct Active(Activity);

impl Activity {
    pub(crate) fn begin(&self) -> Active {
        let mut times = self.times();
        times.in_work += 1;
        times.since.get_or_insert_with(Instant::now);
        drop(times);
        Active(self.clone())
    }

    /// Whether the parser has anything in work.
    pub fn is_reading(&self) -> bool {
        self.times().since.is_some()
    }

    /// For how long it had something in work, since it began.
    fn worked(&self) -> Duration {
        let times = self.times();
        times.before + times.since.map_or(Duration::ZERO, |since| since.elapsed())
    }

    fn times(&self) -> MutexGuard<'_, Times> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Active {
    fn drop(&mut self) {
        let mut times = self.0.times();
        times.in_work = times.in_work.saturating_sub(1);
        if times.in_work == 0 {
            let worked = times.since.take().map_or(Duration::ZERO, |since| since.elapsed());
            times.before += worked;
        }
    }
}

/// How long to rest after a piece that took so long, where the parser was at work for `worked` of the time that `passed`.
fn rest(piece: Duration, worked: Duration, passed: Duration) -> Duration {
    let percent = worked.as_micros() * 100 / passed.as_micros().max(1);
    let percent = u32::try_from(percent).unwrap_or(100).min(100);
    piece * (REST * 100 + (REST_BESIDE_READING - REST) * percent) / 100
}

/// Takes what becomes current into the index of searches, until `stop`, from where the index is, whoever has brought it there: for half
/// of the time at most, and for the less, down to a sixteenth, the more of the time the parser of `activity` reads documents. Several may
/// do it; one of them goes ahead.
pub async fn keep_index(search: &dyn Search, activity: &Activity, stop: &CancellationToken) {
    let (mut since, mut taken, mut told) = (Instant::now(), 0_u64, Instant::now());
    let mut looked = (Instant::now(), activity.worked());
    loop {
        let begin = Instant::now();
        let indexed = search.index(TOGETHER).await;
        if let Ok(Indexed { behind, damaged, .. }) = &indexed {
            metrics::index_behind(*behind);
            metrics::records_damaged(*damaged);
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
                let (now, worked) = (Instant::now(), activity.worked());
                let pause = rest(now - begin, worked.saturating_sub(looked.1), now - looked.0);
                looked = (now, worked);
                pause
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
    fn the_more_is_read_the_longer_it_rests() {
        let (piece, passed) = (Duration::from_millis(40), Duration::from_secs(2));
        let rests =
            [0, 500, 1000, 2000, 9000].map(|worked| rest(piece, Duration::from_millis(worked), passed));
        assert_eq!(rests.map(|rest| rest.as_millis()), [40, 180, 320, 600, 600]);
        assert_eq!(rest(piece, Duration::ZERO, Duration::ZERO), piece);
    }

    #[tokio::test(start_paused = true)]
    async fn time_counts_while_anything_is_in_work() {
        let activity = Activity::default();
        let wait = |millis| sleep(Duration::from_millis(millis));
        wait(7).await;
        let (one, another) = (activity.begin(), activity.begin());
        wait(10).await;
        drop(one);
        wait(20).await;
        assert!(activity.is_reading());
        assert_eq!(activity.worked().as_millis(), 30);
        drop(another);
        wait(40).await;
        assert!(!activity.is_reading());
        let third = activity.begin();
        wait(1).await;
        drop(third);
        assert_eq!(activity.worked().as_millis(), 31);
    }
}
