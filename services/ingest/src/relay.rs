//! Hands what is due in the outbox to the queue. Dying at any point loses nothing: what was not marked as published is
//! due again, and an announcement too many does no harm.

use crate::Dependencies;
use futures::StreamExt;
use gongkai_queue::{Message, Priority, Queue, QueueError, SUBMISSIONS_MAX};
use gongkai_store::{Announcement, StoreError};
use gongkai_telemetry::metrics;
use std::time::Duration;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

/// Rows that are claimed at once, and for how long nobody else gets them.
const CLAIM_MAX: u32 = 1024;
const CLAIM_LEASE: Duration = Duration::from_secs(30);
/// How long to wait for news of something due before looking for oneself.
const POLL_INTERVAL: Duration = Duration::from_millis(200);
/// Messages on their way to the queue at the same time.
const MESSAGES_AT_ONCE_MAX: usize = 16;
/// How long the queue may take for one message.
const PUBLISH_PATIENCE: Duration = Duration::from_secs(5);
/// How long to leave a queue or a store alone that has failed; doubled with each failure in a row.
const PAUSE_FIRST: Duration = Duration::from_millis(100);
const PAUSE_LONGEST: Duration = Duration::from_secs(5);
/// How often to look for what has been forgotten, after how long the queue is taken to have lost a message, and how
/// much is announced again at once.
const REANNOUNCE_INTERVAL: Duration = Duration::from_secs(1);
const QUEUE_PATIENCE: Duration = Duration::from_secs(15 * 60);
const REANNOUNCE_MAX: u32 = 1024;

/// What went wrong in a turn.
#[derive(Debug, thiserror::Error)]
enum RelayError {
    #[error("the outbox cannot be read or written")]
    Store(#[from] StoreError),
    #[error("the queue takes no messages")]
    Queue(#[from] QueueError),
}

/// Relays until `stop`. A message under way is finished first.
pub(crate) async fn run(dependencies: &Dependencies, stop: &CancellationToken) {
    tokio::join!(relay(dependencies, stop), look_after(dependencies, stop));
}

async fn relay(dependencies: &Dependencies, stop: &CancellationToken) {
    let mut pause = PAUSE_FIRST;
    while !stop.is_cancelled() {
        match turn(dependencies).await {
            Ok(0) => {
                tokio::select! {
                    waited = dependencies.outbox.wait_for_due(POLL_INTERVAL) => match waited {
                        Ok(()) => continue,
                        Err(error) => report(&error.into(), pause),
                    },
                    () = stop.cancelled() => return,
                }
            }
            Ok(_) => {
                pause = PAUSE_FIRST;
                continue;
            }
            Err(error) => report(&error, pause),
        }
        rest(pause, stop).await;
        pause = (pause * 2).min(PAUSE_LONGEST);
    }
}

fn report(error: &RelayError, pause: Duration) {
    warn!(error = error as &dyn std::error::Error, "what is due cannot be announced, next try in {pause:?}");
}

async fn rest(pause: Duration, stop: &CancellationToken) {
    // The end of the pause and the end of everything are both an end of the pause.
    let _ = timeout(pause, stop.cancelled()).await;
}

/// Announces what is due now. Tells how much that was.
async fn turn(dependencies: &Dependencies) -> Result<usize, RelayError> {
    let due = dependencies.outbox.claim_due(CLAIM_MAX, CLAIM_LEASE).await?;
    let mut published = Vec::with_capacity(due.len());
    let mut left = Vec::new();
    let mut failed = Ok(());
    // Several at once: an engine confirms them together at the cost of one.
    let publishing = batches(&due).into_iter().map(|batch| async {
        let result = publish(&*dependencies.queue, &batch).await;
        (batch, result)
    });
    let mut publishing = futures::stream::iter(publishing).buffer_unordered(MESSAGES_AT_ONCE_MAX);
    while let Some((batch, result)) = publishing.next().await {
        match result {
            Ok(()) => {
                metrics::announced(batch.announcements.len() as u64, true);
                published.extend(batch.announcements);
            }
            Err(error) => {
                metrics::announced(batch.announcements.len() as u64, false);
                left.extend(batch.announcements);
                failed = Err(error);
            }
        }
    }
    drop(publishing);
    dependencies.outbox.mark_published(&published).await?;
    if let Err(error) = failed {
        dependencies.outbox.postpone(&left, dependencies.clock.now().after(PAUSE_FIRST)).await?;
        return Err(error.into());
    }
    Ok(published.len())
}

/// Announcements that share a message.
#[derive(Debug, PartialEq, Eq)]
struct Batch {
    announcements: Vec<Announcement>,
    priority: Priority,
}

/// Puts announcements into messages, in their order. One that has been attempted stands alone, so that a document that
/// kills its reader takes no neighbour with it; replays give way to what is new.
fn batches(due: &[Announcement]) -> Vec<Batch> {
    let mut batches = Vec::new();
    let mut open = [Vec::new(), Vec::new()];
    for announcement in due {
        let is_replay = 1 < announcement.epoch;
        let priority = if is_replay { Priority::Low } else { Priority::Normal };
        if 0 < announcement.attempts {
            batches.push(Batch { announcements: vec![*announcement], priority });
            continue;
        }
        let announcements: &mut Vec<Announcement> = &mut open[usize::from(is_replay)];
        announcements.push(*announcement);
        if announcements.len() == SUBMISSIONS_MAX {
            batches.push(Batch { announcements: std::mem::take(announcements), priority });
        }
    }
    for (announcements, priority) in open.into_iter().zip([Priority::Normal, Priority::Low]) {
        if !announcements.is_empty() {
            batches.push(Batch { announcements, priority });
        }
    }
    batches
}

async fn publish(queue: &dyn Queue, batch: &Batch) -> Result<(), QueueError> {
    let submissions = batch.announcements.iter().map(|announcement| announcement.submission).collect();
    let message = Message::new(submissions, batch.priority)?;
    match timeout(PUBLISH_PATIENCE, queue.publish(message)).await {
        Ok(published) => published,
        // The outcome is unknown, so it is published again: its receiver knows what was done already.
        Err(elapsed) => Err(QueueError::Unavailable(elapsed.into())),
    }
}

/// Makes due again what would otherwise be forgotten: the work of dead workers, and what the queue has lost. Tells how
/// much waits.
async fn look_after(dependencies: &Dependencies, stop: &CancellationToken) {
    let outbox = &*dependencies.outbox;
    let mut next = Instant::now();
    while !stop.is_cancelled() {
        match outbox.reannounce(QUEUE_PATIENCE, REANNOUNCE_MAX).await {
            Ok(0) => {}
            Ok(count) => info!(submissions = count, "announcing {count} submissions again"),
            Err(error) => report(&error.into(), REANNOUNCE_INTERVAL),
        }
        match outbox.backlog().await {
            Ok(backlog) => {
                let overdue = backlog.next_due.map(|due| dependencies.clock.now().since(due));
                metrics::outbox(backlog.waiting, overdue.unwrap_or_default());
            }
            Err(error) => report(&error.into(), REANNOUNCE_INTERVAL),
        }
        next = (next + REANNOUNCE_INTERVAL).max(Instant::now());
        tokio::select! {
            () = tokio::time::sleep_until(next) => {}
            () = stop.cancelled() => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gongkai_model::SubmissionId;

    fn announcement(epoch: u32, attempts: u32) -> Announcement {
        Announcement { submission: SubmissionId::generate(), epoch, attempts, claim: 1 }
    }

    fn shape(due: &[Announcement]) -> Vec<(usize, Priority)> {
        batches(due).iter().map(|batch| (batch.announcements.len(), batch.priority)).collect()
    }

    #[test]
    fn what_is_due_together_is_announced_together_up_to_a_bound() {
        assert_eq!(shape(&[announcement(1, 0)]), [(1, Priority::Normal)]);
        let many: Vec<_> = (0..300).map(|_| announcement(1, 0)).collect();
        assert_eq!(shape(&many), [(128, Priority::Normal), (128, Priority::Normal), (44, Priority::Normal)]);
    }

    #[test]
    fn what_was_attempted_before_stands_alone() {
        let due = [announcement(1, 0), announcement(1, 1), announcement(1, 0), announcement(1, 2)];
        assert_eq!(shape(&due), [(1, Priority::Normal), (1, Priority::Normal), (2, Priority::Normal)]);
    }

    #[test]
    fn replays_give_way_to_what_is_new() {
        let due = [announcement(2, 0), announcement(1, 0), announcement(2, 0)];
        assert_eq!(shape(&due), [(1, Priority::Normal), (2, Priority::Low)]);
    }
}
