//! Batches: made, and their items looked up and refused.

use super::writer::Transaction;
use super::{SqliteStore, sql};
use crate::batches::{BATCH_COLUMNS, REFUSAL_COLUMNS, batch, refusal};
use crate::rows::{Key, code, get_submission_id};
use crate::source::Fields;
use async_trait::async_trait;
use gongkai_model::{BatchId, SubmissionId};
use gongkai_store::{
    Batch, BatchItem, BatchProgress, Batches, ItemFilter, ItemName, Missing, NewBatch, NewRefusal, Page,
    PageRequest, Position, Refusal, StoreError,
};
use sqlx::AssertSqlSafe;

const ADD_BATCH: &str = "INSERT INTO batches (id, caller, title, items_expected, created_at, position)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
/// Whether the batch is there, whether the item was refused, and which submission it is.
const FIND_ITEM: &str = "SELECT EXISTS (SELECT 1 FROM batches WHERE id = ?1) AS is_there,
    EXISTS (SELECT 1 FROM batch_refusals WHERE batch = ?1 AND item = ?2) AS is_refused,
    (SELECT id FROM submissions WHERE batch = ?1 AND item = ?2) AS submission";
const ADD_REFUSAL: &str =
    "INSERT OR REPLACE INTO batch_refusals (batch, item, name, reason, message, at, position)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
const END_REFUSAL: &str = "DELETE FROM batch_refusals WHERE batch = ? AND item = ?";

/// What is asked for every item.
#[cfg(test)]
pub(super) const FREQUENT: [&str; 2] = [FIND_ITEM, END_REFUSAL];

/// What an earlier request made.
pub(super) struct Known {
    pub submission: Option<SubmissionId>,
    /// Whether it was an item that was refused.
    pub is_refused: bool,
}

#[async_trait]
impl Batches for SqliteStore {
    async fn create_batch(&self, new: NewBatch) -> Result<Batch, StoreError> {
        self.0.writer.write(move |transaction| Box::pin(transaction.create_batch(new))).await
    }

    async fn batch(&self, id: BatchId) -> Result<Batch, StoreError> {
        self.find_batch(id).await
    }

    async fn batches(&self, page: &PageRequest) -> Result<Page<Batch>, StoreError> {
        self.list_batches(page).await
    }

    async fn batch_progress(&self, id: BatchId) -> Result<BatchProgress, StoreError> {
        self.count_batch(id).await
    }

    async fn batch_items(
        &self,
        id: BatchId,
        filter: &ItemFilter,
        page: &PageRequest,
    ) -> Result<Page<BatchItem>, StoreError> {
        self.list_batch_items(id, filter, page).await
    }

    async fn refuse_item(&self, new: NewRefusal) -> Result<Refusal, StoreError> {
        self.0.writer.write(move |transaction| Box::pin(transaction.refuse_item(new))).await
    }

    async fn end_refusal(&self, item: &ItemName) -> Result<(), StoreError> {
        let item = item.clone();
        self.0.writer.write(move |transaction| Box::pin(transaction.end_known_refusal(item))).await
    }
}

impl Transaction {
    async fn create_batch(&mut self, new: NewBatch) -> Result<Batch, StoreError> {
        let find = format!("SELECT {BATCH_COLUMNS} FROM batches WHERE id = ?1");
        let found = sqlx::query(AssertSqlSafe(find)).bind(new.id.key());
        if let Some(row) = found.fetch_optional(&mut self.connection).await.map_err(sql)? {
            let known = batch(&row)?;
            return match known.is_made_by(&new) {
                true => Ok(known),
                false => Err(StoreError::RequestIdConflict { request_id: new.id.uuid().to_string() }),
            };
        }
        let batch = Batch::made(new, self.now, Position(self.next_position()));
        sqlx::query(ADD_BATCH)
            .bind(batch.id.key())
            .bind(batch.caller.clone())
            .bind(batch.title.clone())
            .bind(batch.items_expected.cast_signed())
            .bind(batch.created_at.micros())
            .bind(batch.position.0)
            .execute(&mut self.connection)
            .await
            .map_err(sql)?;
        Ok(batch)
    }

    /// What is known of an item.
    async fn find_item(&mut self, item: &ItemName) -> Result<Known, StoreError> {
        item.check()?;
        let row = sqlx::query(FIND_ITEM)
            .bind(item.batch.key())
            .bind(item.key.clone())
            .fetch_one(&mut self.connection)
            .await
            .map_err(sql)?;
        if !row.truth("is_there")? {
            return Err(StoreError::NotFound(Missing::Batch(item.batch)));
        }
        let submission = match row.bytes_if_any("submission")? {
            Some(_) => Some(get_submission_id(&row, "submission")?),
            None => None,
        };
        Ok(Known { submission, is_refused: row.truth("is_refused")? })
    }

    /// What an item is already, where it is sent again with this content.
    pub(super) async fn known_item(
        &mut self,
        item: &ItemName,
        digest: &[u8; 32],
    ) -> Result<Known, StoreError> {
        let known = self.find_item(item).await?;
        if let Some(id) = known.submission
            && self.submission(id).await?.request_digest() != *digest
        {
            return Err(StoreError::ItemConflict { item: item.clone() });
        }
        Ok(known)
    }

    async fn end_known_refusal(&mut self, item: ItemName) -> Result<(), StoreError> {
        match self.find_item(&item).await?.is_refused {
            true => self.end_refusal(&item).await,
            false => Ok(()),
        }
    }

    /// Takes out that an item was refused, because it is accepted now.
    pub(super) async fn end_refusal(&mut self, item: &ItemName) -> Result<(), StoreError> {
        let end = sqlx::query(END_REFUSAL).bind(item.batch.key()).bind(item.key.clone());
        self.script(end).await.map(drop)
    }

    async fn refuse_item(&mut self, new: NewRefusal) -> Result<Refusal, StoreError> {
        let known = self.find_item(&new.item).await?;
        if known.submission.is_some() {
            return Err(StoreError::ItemConflict { item: new.item });
        }
        if known.is_refused {
            let find = format!("SELECT {REFUSAL_COLUMNS} FROM batch_refusals WHERE batch = ?1 AND item = ?2");
            let row = sqlx::query(AssertSqlSafe(find))
                .bind(new.item.batch.key())
                .bind(new.item.key.clone())
                .fetch_one(&mut self.connection)
                .await
                .map_err(sql)?;
            let refusal = refusal(&row)?;
            if refusal.is_made_by(&new) {
                return Ok(refusal);
            }
        }
        let item = new.item.clone();
        let refusal = Refusal::made(new, self.now, Position(self.next_position()));
        sqlx::query(ADD_REFUSAL)
            .bind(item.batch.key())
            .bind(item.key)
            .bind(refusal.name.clone())
            .bind(code(refusal.reason))
            .bind(refusal.message.clone())
            .bind(refusal.at.micros())
            .bind(refusal.position.0)
            .execute(&mut self.connection)
            .await
            .map_err(sql)?;
        Ok(refusal)
    }
}
