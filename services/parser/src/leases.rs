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
