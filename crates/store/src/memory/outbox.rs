use super::MemoryStore;
use crate::{Announcement, Backlog, Outbox, StoreError, Timestamp};
use async_trait::async_trait;
use gongkai_model::SubmissionState;
use std::cmp::Reverse;
use std::time::Duration;

#[async_trait]
impl Outbox for MemoryStore {
    async fn claim_due(&self, limit: u32, lease: Duration) -> Result<Vec<Announcement>, StoreError> {
        Ok(self.write(|contents, now| {
            let mut due: Vec<_> = contents
                .outbox
                .iter()
                .filter(|(_, row)| row.due <= now)
                .map(|(id, row)| (Reverse(contents.submissions[id].submission.priority), row.due, *id))
                .collect();
            due.sort_unstable();
            let due: Vec<_> = due
                .chunk_by(|(one, ..), (next, ..)| one == next)
                .flat_map(|of_priority| of_priority.iter().take(limit as usize).copied())
                .collect();
            contents.claims += 1;
            let mut announcements = Vec::with_capacity(due.len());
            for (Reverse(priority), _, submission) in due {
                let Some(row) = contents.outbox.get_mut(&submission) else { continue };
                // Whoever claims it moves its due time: should the relay die, the row is due again by itself.
                row.due = now.after(lease);
                row.claim = contents.claims;
                let of = &contents.submissions[&submission];
                announcements.push(Announcement {
                    submission,
                    epoch: row.epoch,
                    priority,
                    attempts: of.submission.attempts,
                    claim: row.claim,
                    trace: of.trace.clone(),
                });
            }
            announcements
        }))
    }

    async fn mark_published(&self, announcements: &[Announcement]) -> Result<(), StoreError> {
        self.write(|contents, now| {
            for announcement in announcements {
                let id = announcement.submission;
                if contents.outbox.get(&id).is_none_or(|row| row.claim != announcement.claim) {
                    continue;
                }
                contents.outbox.remove(&id);
                let row = contents.row(id)?;
                row.announced_at = now;
                if row.submission.state == SubmissionState::Received {
                    row.submission.state = SubmissionState::Queued;
                    contents.touch(id, now)?;
                }
            }
            Ok(())
        })
    }

    async fn postpone(&self, announcements: &[Announcement], due: Timestamp) -> Result<(), StoreError> {
        self.write(|contents, _| {
            for announcement in announcements {
                if let Some(row) = contents.outbox.get_mut(&announcement.submission)
                    && row.claim == announcement.claim
                {
                    row.due = due;
                    row.claim = 0;
                }
            }
        });
        Ok(())
    }

    async fn reannounce(&self, patience: Duration, limit: u32) -> Result<u64, StoreError> {
        Ok(self.write(|contents, now| {
            let mut forgotten: Vec<_> = contents
                .submissions
                .iter()
                .filter(|(id, row)| !row.submission.state.is_final() && !contents.outbox.contains_key(id))
                .filter_map(|(id, row)| {
                    let overdue = row.announced_at.after(patience) <= now;
                    // Silent workers before lost announcements, the longest ago first.
                    let rank = match &row.lease {
                        Some(lease) if lease.until <= now && (row.announced_at <= lease.until || overdue) => {
                            (0, lease.until)
                        }
                        None if overdue => (1, row.announced_at),
                        Some(_) | None => return None,
                    };
                    Some((rank, row.accepted, *id, row.submission.epoch))
                })
                .collect();
            forgotten.sort_unstable();
            forgotten.truncate(limit as usize);
            for (_, _, id, epoch) in &forgotten {
                contents.announce(*id, *epoch, now);
            }
            forgotten.len() as u64
        }))
    }

    async fn wait_for_due(&self, timeout: Duration) -> Result<(), StoreError> {
        let mut written = self.outbox_written.subscribe();
        let waited = tokio::time::timeout(timeout, async {
            loop {
                let now = self.clock.now();
                let next = self.read().outbox.values().map(|row| row.due).min();
                if next.is_some_and(|due| due <= now) {
                    return;
                }
                let pause = next.map_or(timeout, |due| due.since(now));
                let _ = tokio::time::timeout(pause, written.changed()).await;
            }
        });
        let _ = waited.await;
        Ok(())
    }

    async fn backlog(&self) -> Result<Backlog, StoreError> {
        let contents = self.read();
        Ok(Backlog {
            waiting: contents.outbox.len() as u64,
            waiting_max: self.limits.outbox_rows_max,
            next_due: contents.outbox.values().map(|row| row.due).min(),
        })
    }
}
