//! What other stores have given, taken in.

use super::writer::Transaction;
use super::{SqliteStore, read};
use crate::histories::{ImportTransaction, Prepared, hold_snapshot, take};
use async_trait::async_trait;
use gongkai_store::{
    ContentDigest, HeldSnapshot, Imports, NewDocument, NewHistory, NewRevision, ReportRevision, RevisionInfo,
    StoreError, Taken,
};
use std::sync::Arc;

#[async_trait]
impl Imports for SqliteStore {
    async fn take_history(
        &self,
        new: Arc<NewHistory>,
        documents: Vec<NewDocument>,
    ) -> Result<Taken, StoreError> {
        let mut prepared: Vec<Prepared> = Vec::with_capacity(documents.len());
        for document in documents {
            let upload = match document.upload {
                Some(id) => Some(read(self.prepare_upload(id)).await?),
                None => None,
            };
            prepared.push((document, upload));
        }
        self.0
            .writer
            .write(move |transaction| Box::pin(async move { take(transaction, &new, &prepared).await }))
            .await
    }

    async fn hold_snapshot(&self, snapshot: HeldSnapshot) -> Result<(), StoreError> {
        self.0.writer.write(move |transaction| Box::pin(hold_snapshot(transaction, snapshot))).await
    }

    async fn held_snapshot(
        &self,
        content: Option<ContentDigest>,
    ) -> Result<Option<HeldSnapshot>, StoreError> {
        self.find_snapshot(content).await
    }
}

impl ImportTransaction for Transaction {
    const SAME_KEYS: &'static str = "SELECT c.report FROM currents c INDEXED BY currents_subject
        WHERE c.purpose = 1 AND c.subject = $1 AND c.year = $2 AND c.scope = $3 AND c.region_name = $4
        AND c.region_code = $5 AND c.to_position = 9223372036854775807";

    async fn add_taken(&mut self, info: &RevisionInfo, new: &NewRevision) -> Result<(), StoreError> {
        let added = ReportRevision { report: info.report, revision: info.revision };
        let (from, place) = ((info.document, info.part), (info.recorded_at, self.counters.position));
        self.add_revision(added, info.cause, from, info.purpose, place, new).await.map(drop)
    }
}
