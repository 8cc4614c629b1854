//! Counts what waits, for whoever watches: how much stands at each stage, since when, and what was given up.

use crate::Dependencies;
use gongkai_store::{Census, LEASE_EXPIRED, StoreError};
use gongkai_telemetry::metrics;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::warn;

/// How often. Counting looks at all that waits, so not often; alarms wait for minutes anyway.
const INTERVAL: Duration = Duration::from_secs(10);
/// How long the store or the queue may take to tell.
const PATIENCE: Duration = Duration::from_secs(10);

/// Counts until `stop`.
pub(crate) async fn run(dependencies: &Dependencies, stop: &CancellationToken) {
    // What the ledger itself finds stands at 0 until it happens, so that the first is seen to be one more.
    let mut classes = BTreeSet::from([LEASE_EXPIRED.to_owned()]);
    while !stop.is_cancelled() {
        match timeout(PATIENCE, count(dependencies)).await {
            Ok(Ok((census, is_paused))) => tell(dependencies, &census, is_paused, &mut classes),
            Ok(Err(error)) => {
                warn!(error = &error as &dyn std::error::Error, "what waits cannot be counted");
            }
            Err(_) => warn!("counting what waits takes longer than {PATIENCE:?}"),
        }
        match timeout(PATIENCE, dependencies.queue.depths()).await {
            Ok(Ok(depths)) => {
                for (queue, messages) in depths.into_iter().flatten() {
                    metrics::queue_depth(queue, messages);
                }
            }
            Ok(Err(error)) => {
                warn!(error = &error as &dyn std::error::Error, "what waits in the queue cannot be counted");
            }
            Err(_) => warn!("the queue does not tell within {PATIENCE:?} what waits in it"),
        }
        // The end of the pause and the end of everything are both an end of the pause.
        let _ = timeout(INTERVAL, stop.cancelled()).await;
    }
}

async fn count(dependencies: &Dependencies) -> Result<(Census, bool), StoreError> {
    let is_paused = dependencies.operations.pause().await?.is_some();
    Ok((dependencies.operations.census(dependencies.clock.now()).await?, is_paused))
}

/// `classes` are those that were told before: one of which nothing is left counts 0.
fn tell(dependencies: &Dependencies, census: &Census, is_paused: bool, classes: &mut BTreeSet<String>) {
    let now = dependencies.clock.now();
    for (state, waiting) in
        [("received", census.received), ("queued", census.queued), ("parsing", census.parsing)]
    {
        let since = waiting.oldest.map(|oldest| now.since(oldest)).unwrap_or_default();
        metrics::waiting(state, waiting.submissions, since);
    }
    metrics::leased(census.in_work);
    metrics::paused(is_paused);
    for class in classes.iter().filter(|class| !census.dead.iter().any(|(dead, _)| dead == *class)) {
        metrics::given_up(class, 0);
    }
    for (class, submissions) in &census.dead {
        metrics::given_up(class, *submissions);
        classes.insert(class.clone());
    }
}
