//! Submissions: watched, cancelled, replayed.

use super::writer::Transaction;
use super::{SqliteStore, query, sql};
use crate::rows::{self, Key, get_submission_id};
use crate::submissions::dead;
use async_trait::async_trait;
use gongkai_model::{SubmissionId, SubmissionState};
use gongkai_store::{
    Changes, Page, PageRequest, Position, REPLAY_MAX, Replay, StoreError, Submission, SubmissionFilter,
    Submissions,
};
use std::time::Duration;
use tokio::time::timeout;

const REPLAY: &str =
    "UPDATE submissions SET epoch = epoch + 1, priority = 1, state = 1, attempts = 0, next_attempt_at = ?2,
    announced_at = ?3, changed_at = ?3, position = ?4 WHERE id = ?1";

#[async_trait]
impl Changes for SqliteStore {
    async fn wait_for_change(&self, after: Position, wait: Duration) -> Result<Position, StoreError> {
        let mut committed = self.0.writer.committed();
        let changed = committed.wait_for(|counters| after.0 < counters.position);
        if let Ok(Err(closed)) = timeout(wait, changed).await {
            return Err(StoreError::Unavailable(closed.into()));
        }
        Ok(Position(committed.borrow().position))
    }
}

#[async_trait]
impl Submissions for SqliteStore {
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
        self.0.writer.write(move |transaction| Box::pin(transaction.cancel(id))).await
    }

    async fn replay_dead(&self, replay: &Replay) -> Result<Vec<Submission>, StoreError> {
        replay.filter.check()?;
        let replay = replay.clone();
        self.0.writer.write(move |transaction| Box::pin(transaction.replay_dead(replay))).await
    }
}

impl Transaction {
    async fn cancel(&mut self, id: SubmissionId) -> Result<Submission, StoreError> {
        let submission = self.submission(id).await?;
        match submission.state {
            SubmissionState::Received | SubmissionState::Queued | SubmissionState::Parsing => {
                self.finish(id, SubmissionState::Cancelled, None).await
            }
            SubmissionState::Cancelled => Ok(submission),
            state @ (SubmissionState::Done | SubmissionState::Rejected | SubmissionState::Dead) => {
                Err(StoreError::AlreadyFinal { submission: id, state })
            }
        }
    }

    async fn replay_dead(&mut self, replay: Replay) -> Result<Vec<Submission>, StoreError> {
        let find = dead("id, epoch", &replay.filter, replay.limit.min(REPLAY_MAX));
        let rows = query(find).fetch_all(&mut self.connection).await.map_err(sql)?;
        let mut replayed = Vec::with_capacity(rows.len());
        for (count, row) in (0..).zip(&rows) {
            let id = get_submission_id(row, "id")?;
            if !replay.dry_run {
                let due = self.now.after(replay.interval.saturating_mul(count));
                let position = self.next_position();
                sqlx::query(REPLAY)
                    .bind(id.key())
                    .bind((self.now < due).then_some(due.micros()))
                    .bind(self.now.micros())
                    .bind(position)
                    .execute(&mut self.connection)
                    .await
                    .map_err(sql)?;
                self.announce(id, rows::get_number::<u32>(row, "epoch")? + 1, due).await?;
            }
            replayed.push(self.submission(id).await?);
        }
        Ok(replayed)
    }
}
