//! What those who run the system tell it.

use super::{SqliteStore, sql};
use crate::operations::{PAUSE_PARSING, RESUME_PARSING};
use async_trait::async_trait;
use gongkai_store::{Census, Operations, Pause, StoreError, Timestamp};

#[async_trait]
impl Operations for SqliteStore {
    async fn pause(&self) -> Result<Option<Pause>, StoreError> {
        self.find_pause().await
    }

    async fn pause_parsing(&self, pause: &Pause) -> Result<Pause, StoreError> {
        let wanted = pause.clone();
        let pausing = self.0.writer.write(move |transaction| {
            Box::pin(async move {
                let pausing = sqlx::query(PAUSE_PARSING).bind(wanted.since.micros()).bind(wanted.reason);
                pausing.execute(&mut transaction.connection).await.map(drop).map_err(sql)
            })
        });
        pausing.await?;
        // Resumed by somebody else in between: then it was paused all the same.
        Ok(self.find_pause().await?.unwrap_or_else(|| pause.clone()))
    }

    async fn resume_parsing(&self) -> Result<(), StoreError> {
        let resuming = self.0.writer.write(|transaction| {
            Box::pin(async move {
                let resuming = sqlx::query(RESUME_PARSING).execute(&mut transaction.connection);
                resuming.await.map(drop).map_err(sql)
            })
        });
        resuming.await
    }

    async fn census(&self, now: Timestamp) -> Result<Census, StoreError> {
        self.count_submissions(now).await
    }
}
