//! The outbox: the only scheduler.

use super::writer::Transaction;
use super::{SqliteStore, read, sql};
use crate::rows::{Key, code, get_number, get_submission_id, get_trace};
use async_trait::async_trait;
use gongkai_model::{Priority, SubmissionId};
use gongkai_store::{Announcement, Backlog, Outbox, StoreError, Timestamp};
use sqlx::QueryBuilder;
use sqlx::sqlite::{Sqlite, SqliteRow};
use std::collections::HashSet;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

const NEXT_DUE: &str = "SELECT min(due_at) FROM outbox";
const FIND_DUE: &str = "SELECT o.submission, o.epoch, s.attempts, s.trace FROM outbox o
    JOIN submissions s ON s.id = o.submission
    WHERE o.priority = ?3 AND o.due_at <= ?1 ORDER BY o.due_at, o.submission LIMIT ?2";
/// Whoever claims a row moves its due time: should the relay die, the row is due again by itself.
const CLAIM: &str = "UPDATE outbox SET due_at = ?4, claim = ?5 WHERE submission IN
    (SELECT submission FROM outbox WHERE priority = ?3 AND due_at <= ?1 ORDER BY due_at, submission LIMIT ?2)";
/// Followed by lists: those that end, those of them that are only received, and those with the positions of their change.
const END_LIST: &str = "DELETE FROM outbox WHERE claim = ";
const FIND_RECEIVED: &str = "SELECT id FROM submissions WHERE +state = 1 AND id IN (";
const MARK_QUEUED: &str = "WITH q (id, position) AS (";
const MARK_ANNOUNCED: &str = "UPDATE submissions SET announced_at = ";
/// Rows that one statement names.
pub(super) const LIST_MAX: usize = 500;
const POSTPONE: &str = "UPDATE outbox SET due_at = ?3, claim = 0 WHERE submission = ?1 AND claim = ?2";
/// Being parsed under a lease that has run out, and not announced since, or long ago.
const REANNOUNCE_SILENT: &str = "INSERT INTO outbox (submission, epoch, due_at, claim, priority)
    SELECT id, epoch, ?1, 0, priority FROM submissions s
    WHERE lease_until IS NOT NULL AND lease_until <= ?1 AND (announced_at <= lease_until OR announced_at <= ?2)
    AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.submission = s.id)
    ORDER BY lease_until, accepted LIMIT ?3";
/// Announced long ago, and not begun. What is `RECEIVED` always has its row.
const REANNOUNCE_LOST: &str = "INSERT INTO outbox (submission, epoch, due_at, claim, priority)
    SELECT id, epoch, ?1, 0, priority FROM submissions s INDEXED BY submissions_announced
    WHERE state IN (2, 3) AND lease_until IS NULL AND announced_at <= ?2
    AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.submission = s.id)
    ORDER BY announced_at, accepted LIMIT ?3";
const ANNOUNCE: &str = "INSERT INTO outbox (submission, epoch, due_at, claim, priority)
    SELECT id, ?2, ?3, 0, priority FROM submissions WHERE id = ?1
    ON CONFLICT DO NOTHING";
const ANNOUNCE_ANEW: &str = "UPDATE outbox SET epoch = ?2, due_at = ?3, claim = 0,
    priority = (SELECT priority FROM submissions WHERE id = ?1) WHERE submission = ?1";
const WITHDRAW: &str = "DELETE FROM outbox WHERE submission = ?1";

/// What is asked often, for the test of its plans.
#[cfg(test)]
pub(super) const FREQUENT: &[&str] = &[NEXT_DUE, FIND_DUE, CLAIM, REANNOUNCE_SILENT, REANNOUNCE_LOST];

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
        let mut announcements = Vec::new();
        for priority in Priority::ALL {
            let find = sqlx::query(FIND_DUE).bind(self.now.micros()).bind(limit).bind(code(priority));
            let rows = find.fetch_all(&mut self.connection).await.map_err(sql)?;
            if rows.is_empty() {
                continue;
            }
            self.counters.claims += 1;
            let claim = self.counters.claims;
            sqlx::query(CLAIM)
                .bind(self.now.micros())
                .bind(limit)
                .bind(code(priority))
                .bind(self.now.after(lease).micros())
                .bind(claim)
                .execute(&mut self.connection)
                .await
                .map_err(sql)?;
            for row in &rows {
                announcements.push(Announcement {
                    submission: get_submission_id(row, "submission")?,
                    epoch: get_number(row, "epoch")?,
                    priority,
                    attempts: get_number(row, "attempts")?,
                    claim,
                    trace: get_trace(row, "trace")?,
                });
            }
        }
        Ok(announcements)
    }

    async fn mark_published(&mut self, announcements: Vec<Announcement>) -> Result<(), StoreError> {
        for announcements in announcements.chunks(LIST_MAX) {
            let ended = self.end_claimed(announcements).await?;
            if ended.is_empty() {
                continue;
            }
            let received = self.received_among(&ended).await?;
            let (queued, others): (Vec<SubmissionId>, Vec<_>) =
                ended.into_iter().partition(|submission| received.contains(submission));
            self.mark_queued(&queued).await?;
            self.mark_announced(&others).await?;
        }
        Ok(())
    }

    /// Ends the rows that are still under the claim of their announcement; gives their submissions, in order.
    async fn end_claimed(&mut self, announcements: &[Announcement]) -> Result<Vec<SubmissionId>, StoreError> {
        let mut ended = HashSet::new();
        // They come from one claim, or from a few.
        for of_claim in announcements.chunk_by(|a, b| a.claim == b.claim) {
            let Some(first) = of_claim.first() else { continue };
            let mut delete = QueryBuilder::<Sqlite>::new(END_LIST);
            delete.push_bind(first.claim).push(" AND submission IN (");
            let mut list = delete.separated(", ");
            for announcement in of_claim {
                list.push_bind(announcement.submission.key());
            }
            delete.push(") RETURNING submission");
            for row in self.list(delete).await? {
                ended.insert(get_submission_id(&row, "submission")?);
            }
        }
        self.counters.outbox_rows -= ended.len() as i64;
        let submissions = announcements.iter().map(|announcement| announcement.submission);
        Ok(submissions.filter(|submission| ended.remove(submission)).collect())
    }

    async fn received_among(
        &mut self,
        submissions: &[SubmissionId],
    ) -> Result<HashSet<SubmissionId>, StoreError> {
        let mut find = QueryBuilder::<Sqlite>::new(FIND_RECEIVED);
        let mut list = find.separated(", ");
        for submission in submissions {
            list.push_bind(submission.key());
        }
        find.push(")");
        self.list(find).await?.iter().map(|row| get_submission_id(row, "id")).collect()
    }

    async fn mark_queued(&mut self, submissions: &[SubmissionId]) -> Result<(), StoreError> {
        if submissions.is_empty() {
            return Ok(());
        }
        let first = self.counters.position + 1;
        self.counters.position += submissions.len() as i64;
        let mut update = QueryBuilder::<Sqlite>::new(MARK_QUEUED);
        update.push_values((first..).zip(submissions), |mut row, (position, submission)| {
            row.push_bind(submission.key()).push_bind(position);
        });
        update.push(") UPDATE submissions SET state = 2, position = q.position, announced_at = ");
        update.push_bind(self.now.micros()).push(", changed_at = ").push_bind(self.now.micros());
        update.push(" FROM q WHERE submissions.id = q.id");
        self.list(update).await.map(drop)
    }

    async fn mark_announced(&mut self, submissions: &[SubmissionId]) -> Result<(), StoreError> {
        if submissions.is_empty() {
            return Ok(());
        }
        let mut update = QueryBuilder::<Sqlite>::new(MARK_ANNOUNCED);
        update.push_bind(self.now.micros()).push(" WHERE id IN (");
        let mut list = update.separated(", ");
        for submission in submissions {
            list.push_bind(submission.key());
        }
        update.push(")");
        self.list(update).await.map(drop)
    }

    /// Runs a statement on a list. Lists are of any length, so that their statements are not kept prepared.
    pub(super) async fn list(
        &mut self,
        mut statement: QueryBuilder<Sqlite>,
    ) -> Result<Vec<SqliteRow>, StoreError> {
        statement.build().persistent(false).fetch_all(&mut self.connection).await.map_err(sql)
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
