use super::MemoryStore;
use crate::{Census, Operations, Pause, StoreError, Timestamp, Waiting};
use async_trait::async_trait;
use gongkai_model::SubmissionState;
use std::collections::BTreeMap;

#[async_trait]
impl Operations for MemoryStore {
    async fn pause(&self) -> Result<Option<Pause>, StoreError> {
        Ok(self.read().pause.clone())
    }

    async fn pause_parsing(&self, pause: &Pause) -> Result<Pause, StoreError> {
        Ok(self.read().pause.get_or_insert_with(|| pause.clone()).clone())
    }

    async fn resume_parsing(&self) -> Result<(), StoreError> {
        self.read().pause = None;
        Ok(())
    }

    async fn census(&self, now: Timestamp) -> Result<Census, StoreError> {
        let contents = self.read();
        let waiting = |state| {
            let rows = contents.submissions.values().filter(|row| row.submission.state == state);
            Waiting {
                submissions: rows.clone().count() as u64,
                oldest: rows.min_by_key(|row| row.accepted).map(|row| row.submission.changed_at),
            }
        };
        let mut dead = BTreeMap::<String, u64>::new();
        let given_up = contents.submissions.values().map(|row| &row.submission);
        for submission in given_up.filter(|submission| submission.state == SubmissionState::Dead) {
            let class = submission.failure.as_ref().map(|failure| failure.class.clone()).unwrap_or_default();
            *dead.entry(class).or_default() += 1;
        }
        let leases = contents.submissions.values().filter_map(|row| row.lease.as_ref());
        Ok(Census {
            received: waiting(SubmissionState::Received),
            queued: waiting(SubmissionState::Queued),
            parsing: waiting(SubmissionState::Parsing),
            in_work: leases.filter(|held| now < held.until).count() as u64,
            dead: dead.into_iter().take(Census::CLASSES_MAX).collect(),
        })
    }
}
