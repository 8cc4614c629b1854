//! What other stores have given, taken in.

use super::PostgresStore;
use super::revisions::Added;
use super::transaction::Transaction;
use crate::histories::{ImportTransaction, Prepared, hold_snapshot, take};
use crate::rows::code;
use async_trait::async_trait;
use gongkai_store::{
    ContentDigest, HeldSnapshot, Imports, NewDocument, NewHistory, NewRevision, ReportRevision, RevisionInfo,
    StoreError, Taken,
};
use std::sync::Arc;

#[async_trait]
impl Imports for PostgresStore {
    async fn take_history(
        &self,
        new: Arc<NewHistory>,
        documents: Vec<NewDocument>,
    ) -> Result<Taken, StoreError> {
        let mut prepared: Vec<Prepared> = Vec::with_capacity(documents.len());
        for document in documents {
            let upload = match document.upload {
                Some(id) => Some(self.prepare_upload(id).await?),
                None => None,
            };
            prepared.push((document, upload));
        }
        let prepared = Arc::new(prepared);
        self.0
            .writing
            .write(|transaction| {
                let (new, prepared) = (new.clone(), prepared.clone());
                Box::pin(async move { take(transaction, &new, &prepared).await })
            })
            .await
    }

    async fn hold_snapshot(&self, snapshot: HeldSnapshot) -> Result<(), StoreError> {
        self.0.writing.write(|transaction| Box::pin(hold_snapshot(transaction, snapshot))).await
    }

    async fn held_snapshot(
        &self,
        content: Option<ContentDigest>,
    ) -> Result<Option<HeldSnapshot>, StoreError> {
        self.find_snapshot(content).await
    }
}

impl ImportTransaction for Transaction<'_> {
    const SAME_KEYS: &'static str = "SELECT c.report FROM currents c WHERE c.purpose = 1
        AND substr(c.subject, 1, 100) COLLATE \"C\" = substr($1, 1, 100) AND c.subject = $1
        AND +c.year = $2 AND c.scope = $3 AND c.region_name = $4
        AND c.region_code = $5 AND c.to_position = 9223372036854775807";

    async fn add_taken(&mut self, info: &RevisionInfo, new: &NewRevision) -> Result<(), StoreError> {
        let added = Added {
            revision: ReportRevision { report: info.report, revision: info.revision },
            cause: info.cause,
            document: info.document,
            purpose: code(info.purpose),
            part: info.part.into(),
            position: self.counters.position,
            new,
        };
        self.add_revisions(&[added], info.recorded_at).await
    }
}
