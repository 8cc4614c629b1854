//! The outbox: the only scheduler.

use super::submissions::POLL;
use super::transaction::Transaction;
use super::writer::Work;
use super::{PostgresStore, get, sql};
use crate::rows::{Key, get_code, get_number, get_submission_id, get_trace};
use crate::source::{Fields, View};
use crate::statement::Statement;
use async_trait::async_trait;
use gongkai_model::SubmissionId;
use gongkai_store::{Announcement, Backlog, Outbox, StoreError, Timestamp};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

const NEXT_DUE: &str = "SELECT min(due_at) AS due,
    CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT) AS now FROM outbox";
const BACKLOG: &str =
    "SELECT (SELECT outbox_rows FROM counters) AS waiting, (SELECT min(due_at) FROM outbox) AS due";
/// Whoever claims a row moves its due time: should the relay die, the row is due again by itself. Rows that another
/// relay is claiming are passed over. The time is the clock's, if one is given, and never before what was stored last.
const CLAIM: &str = "WITH time AS MATERIALIZED (SELECT greatest(time,
        coalesce($1, CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT))) AS now FROM counters),
    high AS MATERIALIZED (SELECT submission, due_at FROM outbox WHERE priority = 3 AND due_at <= (SELECT now FROM time)
        ORDER BY due_at, submission LIMIT $2 FOR UPDATE SKIP LOCKED),
    normal AS MATERIALIZED (SELECT submission, due_at FROM outbox WHERE priority = 2 AND due_at <= (SELECT now FROM time)
        ORDER BY due_at, submission LIMIT $2 FOR UPDATE SKIP LOCKED),
    low AS MATERIALIZED (SELECT submission, due_at FROM outbox WHERE priority = 1 AND due_at <= (SELECT now FROM time)
        ORDER BY due_at, submission LIMIT $2 FOR UPDATE SKIP LOCKED),
    due AS (SELECT * FROM high UNION ALL SELECT * FROM normal UNION ALL SELECT * FROM low),
    claim AS MATERIALIZED (SELECT nextval('claims') AS claim),
    claimed AS (UPDATE outbox o SET due_at = (SELECT now FROM time) + $3, claim = claim.claim FROM due, claim
        WHERE o.submission = due.submission RETURNING o.submission, o.epoch, o.priority, o.claim, due.due_at)
    SELECT c.submission, c.epoch, c.priority, c.claim, s.attempts, s.trace FROM claimed c JOIN submissions s ON s.id = c.submission
    ORDER BY c.priority DESC, c.due_at, c.submission";
/// Ends rows, and queues those submissions that were only received, in the order in which they were published.
const PUBLISH: &str = "WITH ended AS (DELETE FROM outbox o
        USING unnest($1::bytea[], $2::bigint[]) WITH ORDINALITY AS q (submission, claim, place)
        WHERE o.submission = q.submission AND o.claim = q.claim RETURNING o.submission, q.place),
    ranked AS (SELECT e.submission, s.state = 1 AS moves,
        count(*) FILTER (WHERE s.state = 1) OVER (ORDER BY e.place) AS number
        FROM ended e JOIN submissions s ON s.id = e.submission),
    marked AS (UPDATE submissions s SET announced_at = $3,
        state = CASE WHEN r.moves THEN 2 ELSE s.state END,
        changed_at = CASE WHEN r.moves THEN $3 ELSE s.changed_at END,
        position = CASE WHEN r.moves THEN $4 + r.number ELSE s.position END
        FROM ranked r WHERE s.id = r.submission RETURNING r.moves)
    SELECT (SELECT count(*) FROM ended) AS ended, (SELECT count(*) FROM marked WHERE moves) AS moved";
const POSTPONE: &str = "UPDATE outbox o SET due_at = $3, claim = 0
    FROM unnest($1::bytea[], $2::bigint[]) AS q (submission, claim)
    WHERE o.submission = q.submission AND o.claim = q.claim";
/// Being parsed under a lease that has run out, and not announced since, or long ago.
const REANNOUNCE_SILENT: &str = "INSERT INTO outbox (submission, epoch, due_at, claim, priority)
    SELECT id, epoch, $1, 0, priority FROM submissions s
    WHERE lease_until IS NOT NULL AND lease_until <= $1 AND (announced_at <= lease_until OR announced_at <= $2)
    AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.submission = s.id)
    ORDER BY lease_until, accepted LIMIT $3";
/// Announced long ago, and not begun. What is `RECEIVED` always has its row.
const REANNOUNCE_LOST: &str = "INSERT INTO outbox (submission, epoch, due_at, claim, priority)
    SELECT id, epoch, $1, 0, priority FROM submissions s
    WHERE state IN (2, 3) AND lease_until IS NULL AND announced_at <= $2
    AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.submission = s.id)
    ORDER BY announced_at, accepted LIMIT $3";
/// Tells of each row whether it is a new one.
const ANNOUNCE: &str = "INSERT INTO outbox (submission, epoch, due_at, claim, priority)
    SELECT q.submission, q.epoch, q.due_at, 0, s.priority
        FROM unnest($1::bytea[], $2::bigint[], $3::bigint[]) AS q (submission, epoch, due_at)
        JOIN submissions s ON s.id = q.submission
    ON CONFLICT (submission) DO UPDATE SET epoch = excluded.epoch, due_at = excluded.due_at, claim = 0,
        priority = excluded.priority
    RETURNING xmax = 0 AS added";
const WITHDRAW: &str = "DELETE FROM outbox WHERE submission = ANY($1)";

#[async_trait]
impl Outbox for PostgresStore {
    async fn claim_due(&self, limit: u32, lease: Duration) -> Result<Vec<Announcement>, StoreError> {
        let clock = self.0.writing.clock.as_ref().map(|clock| clock.now().micros());
        let rows = sqlx::query(CLAIM)
            .bind(clock)
            .bind(i64::from(limit))
            .bind(i64::try_from(lease.as_micros()).unwrap_or(i64::MAX / 4))
            .fetch_all(&self.0.writing.pool)
            .await
            .map_err(sql)?;
        let announcement = |row| {
            Ok(Announcement {
                submission: get_submission_id(row, "submission")?,
                epoch: get_number(row, "epoch")?,
                priority: get_code(row, "priority")?,
                attempts: get_number(row, "attempts")?,
                claim: get(row, "claim")?,
                trace: get_trace(row, "trace")?,
            })
        };
        rows.iter().map(announcement).collect()
    }

    async fn mark_published(&self, announcements: &[Announcement]) -> Result<(), StoreError> {
        self.0.writer.write(Work::Publish, announcements.to_vec()).await
    }

    async fn postpone(&self, announcements: &[Announcement], due: Timestamp) -> Result<(), StoreError> {
        let writing = &self.0.writing;
        writing.write(|transaction| Box::pin(transaction.postpone(announcements.to_vec(), due))).await
    }

    async fn reannounce(&self, patience: Duration, limit: u32) -> Result<u64, StoreError> {
        self.0.writing.write(|transaction| Box::pin(transaction.reannounce(patience, limit))).await
    }

    async fn wait_for_due(&self, timeout: Duration) -> Result<(), StoreError> {
        let deadline = Instant::now() + timeout;
        let mut seen = self.0.writing.seen.subscribe();
        loop {
            let announcements = seen.borrow_and_update().announcements;
            let row = self.row(View::Latest, Statement::new(NEXT_DUE)).await?;
            let (due, now) = match &row {
                Some(row) => (row.number_if_any("due")?, row.number("now")?),
                None => (None, 0),
            };
            let now = self.0.writing.clock.as_ref().map_or(now, |clock| clock.now().micros());
            if due.is_some_and(|due| due <= now) || deadline <= Instant::now() {
                return Ok(());
            }
            let tick = deadline.min(Instant::now() + POLL);
            let _ = timeout_at(tick, seen.wait_for(|seen| seen.announcements != announcements)).await;
        }
    }

    async fn backlog(&self) -> Result<Backlog, StoreError> {
        let row = self.row(View::Latest, Statement::new(BACKLOG)).await?;
        let row = row.ok_or_else(|| StoreError::corrupt("database", "its counters are not there"))?;
        Ok(Backlog {
            waiting: get_number(&row, "waiting")?,
            waiting_max: self.0.writing.limits.outbox_rows_max,
            next_due: crate::rows::get_time_if_any(&row, "due")?,
        })
    }
}

fn columns(announcements: &[Announcement]) -> (Vec<Vec<u8>>, Vec<i64>) {
    announcements.iter().map(|announcement| (announcement.submission.key(), announcement.claim)).unzip()
}

impl Transaction<'_> {
    pub(super) async fn mark_published(&mut self, announcements: &[Announcement]) -> Result<(), StoreError> {
        if announcements.is_empty() {
            return Ok(());
        }
        let (submissions, claims) = columns(announcements);
        let row = sqlx::query(PUBLISH)
            .bind(submissions)
            .bind(claims)
            .bind(self.now.micros())
            .bind(self.counters.position)
            .fetch_one(self.connection())
            .await
            .map_err(sql)?;
        self.counters.outbox_rows -= row.number("ended")?;
        self.counters.position += row.number("moved")?;
        Ok(())
    }

    async fn postpone(&mut self, announcements: Vec<Announcement>, due: Timestamp) -> Result<(), StoreError> {
        let (submissions, claims) = columns(&announcements);
        let postpone = sqlx::query(POSTPONE).bind(submissions).bind(claims).bind(due.micros());
        postpone.execute(self.connection()).await.map_err(sql)?;
        Ok(())
    }

    async fn reannounce(&mut self, patience: Duration, limit: u32) -> Result<u64, StoreError> {
        let mut announced = 0;
        for statement in [REANNOUNCE_SILENT, REANNOUNCE_LOST] {
            let rows = sqlx::query(statement)
                .bind(self.now.micros())
                .bind(self.now.before(patience).micros())
                .bind(i64::from(limit) - announced)
                .execute(self.connection())
                .await
                .map_err(sql)?;
            announced += rows.rows_affected().cast_signed();
        }
        self.counters.outbox_rows += announced;
        self.announcements += announced.cast_unsigned();
        Ok(announced.cast_unsigned())
    }

    /// Announces submissions, each in place of any earlier plan.
    pub(super) async fn announce(
        &mut self,
        announcements: &[(SubmissionId, u32, Timestamp)],
    ) -> Result<(), StoreError> {
        if announcements.is_empty() {
            return Ok(());
        }
        let rows = sqlx::query(ANNOUNCE)
            .bind(announcements.iter().map(|row| row.0.key()).collect::<Vec<_>>())
            .bind(announcements.iter().map(|row| i64::from(row.1)).collect::<Vec<_>>())
            .bind(announcements.iter().map(|row| row.2.micros()).collect::<Vec<_>>())
            .fetch_all(self.connection())
            .await
            .map_err(sql)?;
        for row in &rows {
            self.counters.outbox_rows += i64::from(row.truth("added")?);
        }
        self.announcements += rows.len() as u64;
        Ok(())
    }

    /// Takes back whatever was planned for submissions.
    pub(super) async fn withdraw(&mut self, submissions: Vec<Vec<u8>>) -> Result<(), StoreError> {
        let ended = sqlx::query(WITHDRAW).bind(submissions).execute(self.connection()).await.map_err(sql)?;
        self.counters.outbox_rows -= ended.rows_affected().cast_signed();
        Ok(())
    }
}
