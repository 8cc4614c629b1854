//! Submissions: asked for, listed, watched, cancelled, replayed.

use super::rows::{self, Key, SUBMISSION_COLUMNS, code, get, get_submission_id};
use super::writer::Transaction;
use super::{SqliteStore, read, sql};
use async_trait::async_trait;
use gongkai_model::{SubmissionId, SubmissionState};
use gongkai_store::{
    Cursor, Missing, Page, PageRequest, Position, REPLAY_MAX, Replay, StoreError, Submission,
    SubmissionFilter, Submissions,
};
use sqlx::sqlite::Sqlite;
use sqlx::{AssertSqlSafe, QueryBuilder};
use std::time::Duration;
use tokio::time::timeout;

const REPLAY: &str =
    "UPDATE submissions SET epoch = epoch + 1, state = 1, attempts = 0, next_attempt_at = ?2,
    announced_at = ?3, changed_at = ?3, position = ?4 WHERE id = ?1";

#[async_trait]
impl Submissions for SqliteStore {
    async fn submission(&self, id: SubmissionId) -> Result<Submission, StoreError> {
        read(async {
            let find = format!("SELECT {SUBMISSION_COLUMNS} FROM submissions WHERE id = ?1");
            let row = sqlx::query(AssertSqlSafe(find)).bind(id.key());
            let row = row.fetch_optional(&self.0.readers).await.map_err(sql)?;
            rows::submission(&row.ok_or(StoreError::NotFound(Missing::Submission(id)))?)
        })
        .await
    }

    async fn submissions(
        &self,
        filter: &SubmissionFilter,
        page: &PageRequest,
    ) -> Result<Page<Submission>, StoreError> {
        filter.check()?;
        let text = format!("submissions {filter:?}");
        let before = match &page.cursor {
            Some(cursor) => cursor.read(&text)?.1,
            None => i64::MAX,
        };
        let size = page.size_clamped() as usize;
        let mut query = QueryBuilder::new(format!(
            "SELECT accepted, {SUBMISSION_COLUMNS} FROM submissions WHERE accepted < "
        ));
        query.push_bind(before);
        push_filter(&mut query, filter);
        query.push(" ORDER BY accepted DESC LIMIT ").push_bind(size as i64 + 1);
        let rows = read(async { query.build().fetch_all(&self.0.readers).await.map_err(sql) }).await?;
        let next = match rows.get(size) {
            Some(_) => Some(Cursor::after(&text, Position(0), get(&rows[size - 1], "accepted")?, "")),
            None => None,
        };
        let items = rows.iter().take(size).map(rows::submission).collect::<Result<_, _>>()?;
        Ok(Page { items, next })
    }

    async fn submission_changes(
        &self,
        after: Position,
        filter: &SubmissionFilter,
        limit: u32,
    ) -> Result<Vec<Submission>, StoreError> {
        filter.check()?;
        let mut query =
            QueryBuilder::new(format!("SELECT {SUBMISSION_COLUMNS} FROM submissions WHERE position > "));
        query.push_bind(after.0);
        push_filter(&mut query, filter);
        query.push(" ORDER BY position LIMIT ").push_bind(limit);
        let rows = read(async { query.build().fetch_all(&self.0.readers).await.map_err(sql) }).await?;
        rows.iter().map(rows::submission).collect()
    }

    async fn wait_for_change(&self, after: Position, wait: Duration) -> Result<Position, StoreError> {
        let mut committed = self.0.writer.committed();
        let changed = committed.wait_for(|counters| after.0 < counters.position);
        if let Ok(Err(closed)) = timeout(wait, changed).await {
            return Err(StoreError::Unavailable(closed.into()));
        }
        Ok(Position(committed.borrow().position))
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

/// Narrows a query to what a filter admits.
fn push_filter(query: &mut QueryBuilder<Sqlite>, filter: &SubmissionFilter) {
    if !filter.states.is_empty() {
        query.push(" AND state IN (");
        let mut states = query.separated(", ");
        for state in &filter.states {
            states.push_bind(code(*state));
        }
        query.push(")");
    }
    if !filter.ids.is_empty() {
        query.push(" AND id IN (");
        let mut ids = query.separated(", ");
        for id in &filter.ids {
            ids.push_bind(id.key());
        }
        query.push(")");
    }
    if let Some(document) = filter.document {
        query.push(" AND document = ").push_bind(document.key());
    }
    if let Some(purpose) = filter.purpose {
        query.push(" AND purpose = ").push_bind(code(purpose));
    }
    if let Some(class) = &filter.failure_class {
        query.push(" AND failure_class = ").push_bind(class.clone());
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
        let filter = SubmissionFilter { states: vec![SubmissionState::Dead], ..replay.filter };
        let mut query = QueryBuilder::new("SELECT id, epoch FROM submissions WHERE true");
        push_filter(&mut query, &filter);
        query.push(" ORDER BY accepted LIMIT ").push_bind(replay.limit.min(REPLAY_MAX));
        let rows = query.build().fetch_all(&mut self.connection).await.map_err(sql)?;
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
