//! The leases that are held, renewed for as long as the work lasts.

use gongkai_store::{Lease, Ledger};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

/// Every lease that is held, with what ends the work under it.
#[derive(Default)]
pub(crate) struct Leases {
    held: Mutex<HashMap<Lease, CancellationToken>>,
}

impl Leases {
    /// Holds a lease until the guard is dropped.
    pub(crate) fn hold(&self, lease: Lease) -> Held<'_> {
        let lost = CancellationToken::new();
        self.lock().insert(lease, lost.clone());
        Held { leases: self, lease, lost }
    }

    /// Renews what is held, often enough, until `stop`. Work under a lease that is lost is ended: its result would be
    /// refused.
    pub(crate) async fn renew(&self, ledger: &dyn Ledger, duration: Duration, stop: &CancellationToken) {
        loop {
            tokio::select! {
                () = tokio::time::sleep(duration / 3) => {}
                () = stop.cancelled() => return,
            }
            let held: Vec<Lease> = self.lock().keys().copied().collect();
            if held.is_empty() {
                continue;
            }
            match ledger.renew(&held, duration).await {
                Ok(renewed) => self.end_lost(&held, &renewed),
                Err(error) => warn!(
                    error = &error as &dyn std::error::Error,
                    "{} leases cannot be renewed, next try in {:?}",
                    held.len(),
                    duration / 3
                ),
            }
        }
    }

    fn end_lost(&self, asked: &[Lease], renewed: &[Lease]) {
        let held = self.lock();
        for lease in asked.iter().filter(|lease| !renewed.contains(lease)) {
            if let Some(lost) = held.get(lease) {
                debug!(submission.id = %lease.submission, "the lease on {} is lost", lease.submission);
                lost.cancel();
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Lease, CancellationToken>> {
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
    use gongkai_model::{Purpose, SubmissionId};
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
            purpose: Purpose::Published,
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
        tokio::select! {
            () = held.lost() => {}
            () = leases.renew(&store, LEASE, &stop) => panic!("nobody has stopped it"),
        }
    }
}
