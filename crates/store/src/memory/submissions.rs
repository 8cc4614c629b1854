use super::MemoryStore;
use crate::{
    Changes, Cursor, Page, PageRequest, Position, REPLAY_MAX, Replay, StoreError, Submission,
    SubmissionFilter, Submissions,
};
use async_trait::async_trait;
use gongkai_model::{Priority, SubmissionId, SubmissionState};
use std::time::Duration;

#[async_trait]
impl Changes for MemoryStore {
    async fn wait_for_change(&self, after: Position, timeout: Duration) -> Result<Position, StoreError> {
        let mut changed = self.changed.subscribe();
        let _ = tokio::time::timeout(timeout, changed.wait_for(|position| after < *position)).await;
        Ok(*self.changed.borrow())
    }
}

#[async_trait]
impl Submissions for MemoryStore {
    async fn submission(&self, id: SubmissionId) -> Result<Submission, StoreError> {
        Ok(self.read().row(id)?.submission.clone())
    }

    async fn submissions(
        &self,
        filter: &SubmissionFilter,
        page: &PageRequest,
    ) -> Result<Page<Submission>, StoreError> {
        filter.check()?;
        let query = format!("submissions {filter:?}");
        let before = match &page.cursor {
            Some(cursor) => cursor.read(&query)?.1,
            None => i64::MAX,
        };
        let contents = self.read();
        let mut rows: Vec<_> = contents
            .submissions
            .values()
            .filter(|row| row.accepted.0 < before && filter.admits(&row.submission))
            .collect();
        rows.sort_unstable_by_key(|row| std::cmp::Reverse(row.accepted));
        let size = page.size_clamped() as usize;
        let more = size < rows.len();
        rows.truncate(size);
        let next =
            rows.last().filter(|_| more).map(|row| Cursor::after(&query, Position(0), row.accepted.0, ""));
        Ok(Page { items: rows.into_iter().map(|row| row.submission.clone()).collect(), next })
    }

    async fn submission_changes(
        &self,
        after: Position,
        filter: &SubmissionFilter,
        limit: u32,
    ) -> Result<Vec<Submission>, StoreError> {
        filter.check()?;
        let contents = self.read();
        let mut changed: Vec<_> = contents
            .submissions
            .values()
            .map(|row| &row.submission)
            .filter(|submission| after < submission.position && filter.admits(submission))
            .collect();
        changed.sort_unstable_by_key(|submission| submission.position);
        changed.truncate(limit as usize);
        Ok(changed.into_iter().cloned().collect())
    }

    async fn cancel(&self, id: SubmissionId) -> Result<Submission, StoreError> {
        self.write(|contents, now| {
            let submission = &contents.row(id)?.submission;
            match submission.state {
                SubmissionState::Received | SubmissionState::Queued | SubmissionState::Parsing => {
                    contents.finish(id, SubmissionState::Cancelled, now)
                }
                SubmissionState::Cancelled => Ok(submission.clone()),
                state @ (SubmissionState::Done | SubmissionState::Rejected | SubmissionState::Dead) => {
                    Err(StoreError::AlreadyFinal { submission: id, state })
                }
            }
        })
    }

    async fn replay_dead(&self, replay: &Replay) -> Result<Vec<Submission>, StoreError> {
        replay.filter.check()?;
        let filter = SubmissionFilter { states: vec![SubmissionState::Dead], ..replay.filter.clone() };
        self.write(|contents, now| {
            let mut dead: Vec<_> = contents
                .submissions
                .values()
                .filter(|row| filter.admits(&row.submission))
                .map(|row| (row.accepted, row.submission.id))
                .collect();
            dead.sort_unstable();
            dead.truncate(replay.limit.min(REPLAY_MAX) as usize);
            let mut replayed = Vec::with_capacity(dead.len());
            for (count, (_, id)) in (0..).zip(dead) {
                if replay.dry_run {
                    replayed.push(contents.row(id)?.submission.clone());
                    continue;
                }
                let due = now.after(replay.interval.saturating_mul(count));
                let submission = &mut contents.row(id)?.submission;
                submission.epoch += 1;
                submission.priority = Priority::Low;
                submission.state = SubmissionState::Received;
                submission.attempts = 0;
                submission.next_attempt_at = (now < due).then_some(due);
                let epoch = submission.epoch;
                contents.announce(id, epoch, due);
                replayed.push(contents.touch(id, now)?);
            }
            Ok(replayed)
        })
    }
}
