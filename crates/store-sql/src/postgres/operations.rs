//! What those who run the system tell it. Each is one statement that may be repeated, and decides nothing that needs the
//! lock.

use super::{PostgresStore, query, sql};
use crate::operations::{PAUSE_PARSING, RESUME_PARSING};
use crate::statement::Statement;
use async_trait::async_trait;
use gongkai_store::{Census, Operations, Pause, StoreError, Timestamp};

#[async_trait]
impl Operations for PostgresStore {
    async fn pause(&self) -> Result<Option<Pause>, StoreError> {
        self.find_pause().await
    }

    async fn pause_parsing(&self, pause: &Pause) -> Result<Pause, StoreError> {
        let pausing = Statement::new(PAUSE_PARSING).bind(pause.since.micros()).bind(pause.reason.as_str());
        query(&pausing).execute(&self.0.writing.pool).await.map_err(sql)?;
        // Resumed by somebody else in between: then it was paused all the same.
        Ok(self.find_pause().await?.unwrap_or_else(|| pause.clone()))
    }

    async fn resume_parsing(&self) -> Result<(), StoreError> {
        query(&Statement::new(RESUME_PARSING)).execute(&self.0.writing.pool).await.map(drop).map_err(sql)
    }

    async fn census(&self, now: Timestamp) -> Result<Census, StoreError> {
        self.count_submissions(now).await
    }
}
