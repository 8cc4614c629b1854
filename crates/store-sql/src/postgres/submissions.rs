//! Submissions: watched, cancelled, replayed.

use super::transaction::Transaction;
use super::{PostgresStore, Shared, query, sql};
use crate::rows::{self, Key, SUBMISSION_COLUMNS, get_number, get_submission_id};
use crate::source::{Source, View};
use crate::submissions::dead;
use async_trait::async_trait;
use gongkai_model::{SubmissionId, SubmissionState};
use gongkai_store::{
    Changes, Missing, Page, PageRequest, Position, REPLAY_MAX, Replay, StoreError, Submission,
    SubmissionFilter, Submissions,
};
use sqlx::AssertSqlSafe;
use std::collections::HashMap;
use std::sync::PoisonError;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// How often what other processes have committed is looked for while somebody waits; what this one commits is known
/// at once. Asking takes the server less than being told by it, where all commits queue up for the telling.
pub(super) const POLL: Duration = Duration::from_millis(25);

const REPLAY: &str =
    "UPDATE submissions s SET epoch = epoch + 1, priority = 1, state = 1, attempts = 0, next_attempt_at = q.next,
    announced_at = $4, changed_at = $4, position = q.position
    FROM unnest($1::bytea[], $2::bigint[], $3::bigint[]) AS q (id, next, position) WHERE s.id = q.id";

#[async_trait]
impl Changes for PostgresStore {
    async fn wait_for_change(&self, after: Position, wait: Duration) -> Result<Position, StoreError> {
        let deadline = Instant::now() + wait;
        let mut seen = self.0.writing.seen.subscribe();
        loop {
            let position = Position(seen.borrow_and_update().position);
            let over = deadline <= Instant::now();
            if after < position && !over {
                return Ok(position);
            }
            if over || self.0.is_time_to_poll() {
                let position = self.0.poll().await?;
                if after < position || over {
                    return Ok(position);
                }
            }
            let tick = deadline.min(Instant::now() + POLL);
            let _ = timeout_at(tick, seen.changed()).await;
        }
    }
}

#[async_trait]
impl Submissions for PostgresStore {
    async fn submission(&self, id: SubmissionId) -> Result<Submission, StoreError> {
        self.find_submission(id).await
    }

    async fn submissions(
        &self,
        filter: &SubmissionFilter,
        page: &PageRequest,
    ) -> Result<Page<Submission>, StoreError> {
        self.list_submissions(filter, page).await
    }

    async fn submission_changes(
        &self,
        after: Position,
        filter: &SubmissionFilter,
        limit: u32,
    ) -> Result<Vec<Submission>, StoreError> {
        self.list_submission_changes(after, filter, limit).await
    }

    async fn cancel(&self, id: SubmissionId) -> Result<Submission, StoreError> {
        self.0.writing.write(|transaction| Box::pin(transaction.cancel(id))).await
    }

    async fn replay_dead(&self, replay: &Replay) -> Result<Vec<Submission>, StoreError> {
        replay.filter.check()?;
        self.0.writing.write(|transaction| Box::pin(transaction.replay_dead(replay.clone()))).await
    }
}

impl Shared {
    /// Whether it is long enough ago that somebody asked: one asks for all who wait in this process.
    fn is_time_to_poll(&self) -> bool {
        let mut polled = self.polled.lock().unwrap_or_else(PoisonError::into_inner);
        let is_time = polled.is_none_or(|polled| POLL <= polled.elapsed());
        if is_time {
            *polled = Some(Instant::now());
        }
        is_time
    }

    /// The latest position, also for whoever else waits for it.
    async fn poll(&self) -> Result<Position, StoreError> {
        let position = self.position(View::Latest).await?;
        self.writing.saw(position.0);
        Ok(position)
    }
}

impl Transaction<'_> {
    /// Submissions as they stand in this transaction.
    pub(super) async fn submissions(
        &mut self,
        ids: &[SubmissionId],
    ) -> Result<HashMap<SubmissionId, Submission>, StoreError> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let find = format!("SELECT {SUBMISSION_COLUMNS} FROM submissions WHERE id = ANY($1)");
        let ids: Vec<_> = ids.iter().map(Key::key).collect();
        let rows = sqlx::query(AssertSqlSafe(find)).bind(ids).fetch_all(self.connection()).await;
        let submission = |row| rows::submission(row).map(|submission| (submission.id, submission));
        rows.map_err(sql)?.iter().map(submission).collect()
    }

    async fn cancel(&mut self, id: SubmissionId) -> Result<Submission, StoreError> {
        let found = self.submissions(&[id]).await?.remove(&id);
        let submission = found.ok_or(StoreError::NotFound(Missing::Submission(id)))?;
        match submission.state {
            SubmissionState::Received | SubmissionState::Queued | SubmissionState::Parsing => {
                let position = self.next_position();
                let finished = self.finish(&[(id, SubmissionState::Cancelled, position, None)]).await?;
                finished.into_values().next().ok_or(StoreError::NotFound(Missing::Submission(id)))
            }
            SubmissionState::Cancelled => Ok(submission),
            state @ (SubmissionState::Done | SubmissionState::Rejected | SubmissionState::Dead) => {
                Err(StoreError::AlreadyFinal { submission: id, state })
            }
        }
    }

    async fn replay_dead(&mut self, replay: Replay) -> Result<Vec<Submission>, StoreError> {
        let find = dead("id, epoch", &replay.filter, replay.limit.min(REPLAY_MAX));
        let rows = query(&find).fetch_all(self.connection()).await.map_err(sql)?;
        let ids: Vec<_> = rows.iter().map(|row| get_submission_id(row, "id")).collect::<Result<_, _>>()?;
        if !replay.dry_run && !ids.is_empty() {
            let (mut next, mut positions, mut announcements) = (Vec::new(), Vec::new(), Vec::new());
            for ((count, row), id) in (0..).zip(&rows).zip(&ids) {
                let due = self.now.after(replay.interval.saturating_mul(count));
                next.push((self.now < due).then_some(due.micros()));
                positions.push(self.next_position());
                announcements.push((*id, get_number::<u32>(row, "epoch")? + 1, due));
            }
            sqlx::query(REPLAY)
                .bind(ids.iter().map(Key::key).collect::<Vec<_>>())
                .bind(next)
                .bind(positions)
                .bind(self.now.micros())
                .execute(self.connection())
                .await
                .map_err(sql)?;
            self.announce(&announcements).await?;
        }
        let mut standing = self.submissions(&ids).await?;
        Ok(ids.iter().filter_map(|id| standing.remove(id)).collect())
    }
}
