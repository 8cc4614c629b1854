//! The outbox: the only scheduler.

use super::writer::Transaction;
use super::{SqliteStore, read, sql};
use crate::rows::{Key, get_number, get_submission_id, get_trace};
use async_trait::async_trait;
use gongkai_model::SubmissionId;
use gongkai_store::{Announcement, Backlog, Outbox, StoreError, Timestamp};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

const NEXT_DUE: &str = "SELECT min(due_at) FROM outbox";
const FIND_DUE: &str = "SELECT o.submission, o.epoch, s.attempts, s.trace FROM outbox o
    JOIN submissions s ON s.id = o.submission
    WHERE o.due_at <= ?1 ORDER BY o.due_at, o.submission LIMIT ?2";
/// Whoever claims a row moves its due time: should the relay die, the row is due again by itself.
const CLAIM: &str = "UPDATE outbox SET due_at = ?3, claim = ?4 WHERE submission IN
    (SELECT submission FROM outbox WHERE due_at <= ?1 ORDER BY due_at, submission LIMIT ?2)";
const END_CLAIMED: &str = "DELETE FROM outbox WHERE submission = ?1 AND claim = ?2";
const MARK_QUEUED: &str =
    "UPDATE submissions SET state = 2, announced_at = ?2, changed_at = ?2, position = ?3
    WHERE id = ?1 AND state = 1";
const MARK_ANNOUNCED: &str = "UPDATE submissions SET announced_at = ?2 WHERE id = ?1";
const POSTPONE: &str = "UPDATE outbox SET due_at = ?3, claim = 0 WHERE submission = ?1 AND claim = ?2";
/// Being parsed under a lease that has run out, and not announced since, or long ago.
const REANNOUNCE_SILENT: &str = "INSERT INTO outbox (submission, epoch, due_at, claim)
    SELECT id, epoch, ?1, 0 FROM submissions s
    WHERE lease_until IS NOT NULL AND lease_until <= ?1 AND (announced_at <= lease_until OR announced_at <= ?2)
    AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.submission = s.id)
    ORDER BY lease_until, accepted LIMIT ?3";
/// Announced long ago, and not begun. What is `RECEIVED` always has its row.
const REANNOUNCE_LOST: &str = "INSERT INTO outbox (submission, epoch, due_at, claim)
    SELECT id, epoch, ?1, 0 FROM submissions s INDEXED BY submissions_announced
    WHERE state IN (2, 3) AND lease_until IS NULL AND announced_at <= ?2
    AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.submission = s.id)
    ORDER BY announced_at, accepted LIMIT ?3";
const ANNOUNCE: &str = "INSERT INTO outbox (submission, epoch, due_at, claim) VALUES (?1, ?2, ?3, 0)
    ON CONFLICT DO NOTHING";
const ANNOUNCE_ANEW: &str = "UPDATE outbox SET epoch = ?2, due_at = ?3, claim = 0 WHERE submission = ?1";
const WITHDRAW: &str = "DELETE FROM outbox WHERE submission = ?1";

/// What is asked often, for the test of its plans.
#[cfg(test)]
pub(super) const FREQUENT: &[&str] =
    &[NEXT_DUE, FIND_DUE, CLAIM, END_CLAIMED, MARK_QUEUED, REANNOUNCE_SILENT, REANNOUNCE_LOST];

#[async_trait]
impl Outbox for SqliteStore {
    async fn claim_due(&self, limit: u32, lease: Duration) -> Result<Vec<Announcement>, StoreError> {
        // A relay that finds nothing writes nothing.
        if self.next_due().await?.is_none_or(|due| self.0.clock.now() < due) {
            return Ok(Vec::new());
        }
        self.0.writer.write(move |transaction| Box::pin(transaction.claim_due(limit, lease))).await
    }

    async fn mark_published(&self, announcements: &[Announcement]) -> Result<(), StoreError> {
        let announcements = announcements.to_vec();
        self.0.writer.write(move |transaction| Box::pin(transaction.mark_published(announcements))).await
    }

    async fn postpone(&self, announcements: &[Announcement], due: Timestamp) -> Result<(), StoreError> {
        let announcements = announcements.to_vec();
        self.0.writer.write(move |transaction| Box::pin(transaction.postpone(announcements, due))).await
    }

    async fn reannounce(&self, patience: Duration, limit: u32) -> Result<u64, StoreError> {
        self.0.writer.write(move |transaction| Box::pin(transaction.reannounce(patience, limit))).await
    }

    async fn wait_for_due(&self, timeout: Duration) -> Result<(), StoreError> {
        let deadline = Instant::now() + timeout;
        let mut committed = self.0.writer.committed();
        loop {
            let seen = committed.borrow_and_update().announcements;
            let next = self.next_due().await?;
            let now = self.0.clock.now();
            if next.is_some_and(|due| due <= now) || deadline <= Instant::now() {
                return Ok(());
            }
            let pause = next.map_or(timeout, |due| due.since(now).min(timeout));
            let until = deadline.min(Instant::now() + pause);
            let announced = committed.wait_for(|counters| counters.announcements != seen);
            if let Ok(Err(_)) = timeout_at(until, announced).await {
                return Err(StoreError::Unavailable("the store is closed".into()));
            }
        }
    }

    async fn backlog(&self) -> Result<Backlog, StoreError> {
        let waiting = self.0.writer.committed().borrow().outbox_rows.cast_unsigned();
        Ok(Backlog { waiting, waiting_max: self.0.limits.outbox_rows_max, next_due: self.next_due().await? })
    }
}

impl SqliteStore {
    async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        let next = sqlx::query_scalar::<_, Option<i64>>(NEXT_DUE).fetch_one(&self.0.readers);
        read(async { Ok(next.await.map_err(sql)?.map(Timestamp::from_micros)) }).await
    }
}

impl Transaction {
    async fn claim_due(&mut self, limit: u32, lease: Duration) -> Result<Vec<Announcement>, StoreError> {
        let rows = sqlx::query(FIND_DUE)
            .bind(self.now.micros())
            .bind(limit)
            .fetch_all(&mut self.connection)
            .await
            .map_err(sql)?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        self.counters.claims += 1;
        let claim = self.counters.claims;
        sqlx::query(CLAIM)
            .bind(self.now.micros())
            .bind(limit)
            .bind(self.now.after(lease).micros())
            .bind(claim)
            .execute(&mut self.connection)
            .await
            .map_err(sql)?;
        let announcement = |row| {
            Ok(Announcement {
                submission: get_submission_id(row, "submission")?,
                epoch: get_number(row, "epoch")?,
                attempts: get_number(row, "attempts")?,
                claim,
                trace: get_trace(row, "trace")?,
            })
        };
        rows.iter().map(announcement).collect()
    }

    async fn mark_published(&mut self, announcements: Vec<Announcement>) -> Result<(), StoreError> {
        for Announcement { submission, claim, .. } in announcements {
            if !self.end_row(END_CLAIMED, submission, Some(claim)).await? {
                continue;
            }
            let queued = sqlx::query(MARK_QUEUED)
                .bind(submission.key())
                .bind(self.now.micros())
                .bind(self.counters.position + 1)
                .execute(&mut self.connection)
                .await
                .map_err(sql)?;
            if 0 < queued.rows_affected() {
                self.counters.position += 1;
                continue;
            }
            sqlx::query(MARK_ANNOUNCED)
                .bind(submission.key())
                .bind(self.now.micros())
                .execute(&mut self.connection)
                .await
                .map_err(sql)?;
        }
        Ok(())
    }

    async fn postpone(&mut self, announcements: Vec<Announcement>, due: Timestamp) -> Result<(), StoreError> {
        for Announcement { submission, claim, .. } in announcements {
            sqlx::query(POSTPONE)
                .bind(submission.key())
                .bind(claim)
                .bind(due.micros())
                .execute(&mut self.connection)
                .await
                .map_err(sql)?;
        }
        Ok(())
    }

    async fn reannounce(&mut self, patience: Duration, limit: u32) -> Result<u64, StoreError> {
        let mut announced = 0;
        for statement in [REANNOUNCE_SILENT, REANNOUNCE_LOST] {
            let rows = sqlx::query(statement)
                .bind(self.now.micros())
                .bind(self.now.before(patience).micros())
                .bind(i64::from(limit) - announced)
                .execute(&mut self.connection)
                .await
                .map_err(sql)?;
            announced += rows.rows_affected().cast_signed();
        }
        self.counters.outbox_rows += announced;
        self.counters.announcements += announced.cast_unsigned();
        Ok(announced.cast_unsigned())
    }

    /// Announces a submission at `due`, in place of any earlier plan.
    pub(super) async fn announce(
        &mut self,
        submission: SubmissionId,
        epoch: u32,
        due: Timestamp,
    ) -> Result<(), StoreError> {
        self.counters.announcements += 1;
        for statement in [ANNOUNCE, ANNOUNCE_ANEW] {
            let written = sqlx::query(statement)
                .bind(submission.key())
                .bind(epoch)
                .bind(due.micros())
                .execute(&mut self.connection)
                .await
                .map_err(sql)?;
            if statement == ANNOUNCE && 0 < written.rows_affected() {
                self.counters.outbox_rows += 1;
                break;
            }
        }
        Ok(())
    }

    /// Takes back whatever was planned for a submission.
    pub(super) async fn withdraw(&mut self, submission: SubmissionId) -> Result<(), StoreError> {
        self.end_row(WITHDRAW, submission, None).await?;
        Ok(())
    }

    async fn end_row(
        &mut self,
        statement: &'static str,
        submission: SubmissionId,
        claim: Option<i64>,
    ) -> Result<bool, StoreError> {
        let mut query = sqlx::query(statement).bind(submission.key());
        if let Some(claim) = claim {
            query = query.bind(claim);
        }
        let ended = query.execute(&mut self.connection).await.map_err(sql)?.rows_affected();
        self.counters.outbox_rows -= ended.cast_signed();
        Ok(0 < ended)
    }
}
