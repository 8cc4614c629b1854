//! The leases that are held, renewed for as long as the work lasts.

use gongkai_store::{Lease, Ledger};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

/// How often what is held is renewed, at least: a cancelled submission is noticed then, and within a second it is given up.
/// What takes no longer than this, as nearly all documents do, is never renewed.
const LOOK_INTERVAL: Duration = Duration::from_millis(600);

/// Every lease that is held, with what ends the work under it.
#[derive(Default)]
pub(crate) struct Leases {
    held: Mutex<HashMap<Lease, Work>>,
}

/// Work under a lease.
struct Work {
    since: Instant,
    lost: CancellationToken,
}

impl Leases {
    /// Holds a lease until the guard is dropped.
    pub(crate) fn hold(&self, lease: Lease) -> Held<'_> {
        let lost = CancellationToken::new();
        self.lock().insert(lease, Work { since: Instant::now(), lost: lost.clone() });
        Held { leases: self, lease, lost }
    }

    /// Renews what is held, often enough, until `stop`. Work under a lease that is lost is ended: its result would be
    /// refused.
    pub(crate) async fn renew(&self, ledger: &dyn Ledger, duration: Duration, stop: &CancellationToken) {
        let interval = LOOK_INTERVAL.min(duration / 3);
        loop {
            tokio::select! {
                () = tokio::time::sleep(interval) => {}
                () = stop.cancelled() => return,
            }
            let held = self.held_for(interval / 2);
            if held.is_empty() {
                continue;
            }
            match ledger.renew(&held, duration).await {
                Ok(renewed) => self.end_lost(&held, &renewed),
                Err(error) => warn!(
                    error = &error as &dyn std::error::Error,
                    "{} leases cannot be renewed, next try in {interval:?}",
                    held.len()
                ),
            }
        }
    }

    /// Leases on work that has lasted for at least `time`.
    fn held_for(&self, time: Duration) -> Vec<Lease> {
        let held = self.lock();
        held.iter().filter(|(_, work)| time <= work.since.elapsed()).map(|(lease, _)| *lease).collect()
    }

    fn end_lost(&self, asked: &[Lease], renewed: &[Lease]) {
        let held = self.lock();
        for lease in asked.iter().filter(|lease| !renewed.contains(lease)) {
            if let Some(work) = held.get(lease) {
                debug!(submission.id = %lease.submission, "the lease on {} is lost", lease.submission);
                work.lost.cancel();
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Lease, Work>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A lease that is being renewed.
pub(crate) struct Held<'a> {
    leases: &'a Leases,
    lease: Lease,
    lost: CancellationToken,
}

impl Held<'_> {
    /// Returns when the lease is lost.
    pub(crate) async fn lost(&self) {
        self.lost.cancelled().await;
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.leases.lock().remove(&self.lease);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gongkai_model::{Priority, Purpose, SubmissionId};
    use gongkai_store::memory::MemoryStore;
    use gongkai_store::{
        Content, Intake, Limits, ManualClock, NewSubmission, Submissions, Timestamp, Worker,
    };
    use std::sync::Arc;

    const LEASE: Duration = Duration::from_secs(30);

    fn worker(name: &str) -> Worker {
        Worker { name: name.to_owned(), extractor_version: 1 }
    }

    async fn begun() -> (Arc<ManualClock>, MemoryStore, SubmissionId, Lease) {
        let clock = Arc::new(ManualClock::starting_at(Timestamp::from_micros(0)));
        let store = MemoryStore::new(clock.clone(), Limits::STANDARD);
        let new = NewSubmission {
            caller: String::new(),
            request_id: None,
            item: None,
            purpose: Purpose::Published,
            priority: Priority::Normal,
            media_type: String::new(),
            name: String::new(),
            source: String::new(),
            content: Content::Bytes("x".into()),
            trace: None,
        };
        let id = store.accept(new).await.unwrap().submission.id;
        let attempts = store.begin_attempts(&[id], &worker("one"), LEASE).await.unwrap();
        (clock, store, id, attempts[0].lease)
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_held_is_renewed_for_as_long_as_the_work_lasts() {
        let (clock, store, id, lease) = begun().await;
        let (leases, stop) = (Leases::default(), CancellationToken::new());
        let held = leases.hold(lease);
        let work = async {
            for _ in 0..20 {
                tokio::time::sleep(LEASE / 3).await;
                clock.advance(LEASE / 3);
                let taken = store.begin_attempts(&[id], &worker("other"), LEASE).await.unwrap();
                assert!(taken.is_empty(), "the lease ran out while the work lasted");
            }
            drop(held);
            tokio::time::sleep(LEASE).await;
            clock.advance(LEASE);
            assert_eq!(store.begin_attempts(&[id], &worker("other"), LEASE).await.unwrap().len(), 1);
            stop.cancel();
        };
        tokio::join!(work, leases.renew(&store, LEASE, &stop));
    }

    #[tokio::test(start_paused = true)]
    async fn work_whose_lease_is_lost_is_told_so() {
        let (_, store, id, lease) = begun().await;
        let (leases, stop) = (Leases::default(), CancellationToken::new());
        let held = leases.hold(lease);
        store.cancel(id).await.unwrap();
        let cancelled = Instant::now();
        tokio::select! {
            () = held.lost() => assert!(cancelled.elapsed() < Duration::from_secs(1), "{:?}", cancelled.elapsed()),
            () = leases.renew(&store, LEASE, &stop) => panic!("nobody has stopped it"),
        }
    }
}
