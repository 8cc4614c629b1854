//! Batches: made, and their items looked up and refused, many at a time.

use super::intake::Made;
use super::transaction::Transaction;
use super::writer::Work;
use super::{PostgresStore, sql, text};
use crate::batches::{BATCH_COLUMNS, batch, refusal};
use crate::rows::{Key, SUBMISSION_COLUMNS, code, get_batch, submission};
use crate::source::Fields;
use async_trait::async_trait;
use gongkai_model::{BatchId, SubmissionId};
use gongkai_store::{
    Batch, BatchItem, BatchProgress, Batches, ItemFilter, ItemName, Missing, NewBatch, NewRefusal, Page,
    PageRequest, Position, Refusal, StoreError,
};
use sqlx::AssertSqlSafe;
use sqlx::postgres::PgRow;
use std::collections::{HashMap, HashSet};

const ADD_BATCH: &str = "INSERT INTO batches (id, caller, title, items_expected, created_at, position)
    VALUES ($1, $2, $3, $4, $5, $6)";
const FIND_BATCHES: &str = "SELECT id FROM batches WHERE id = ANY($1)";
const ADD_REFUSALS: &str = "INSERT INTO batch_refusals (batch, item, name, reason, message, at, position)
    SELECT batch, item, name, reason, message, $7, position
    FROM unnest($1::bytea[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::bigint[])
        AS q (batch, item, name, reason, message, position)
    ON CONFLICT (batch, item) DO UPDATE SET name = excluded.name, reason = excluded.reason,
        message = excluded.message, at = excluded.at, position = excluded.position";
const ITEM_REFUSAL_COLUMNS: &str = "batch, item, name, reason, message, at, position";
/// Looks up each item, whatever the planner takes the table for: it may have been empty when it looked last.
const END_REFUSALS: &str = "DELETE FROM batch_refusals WHERE ctid = ANY (ARRAY(
    SELECT row FROM unnest($1::bytea[], $2::text[]) AS q (which, key) CROSS JOIN LATERAL
        (SELECT ctid AS row FROM batch_refusals WHERE batch = which AND item = key OFFSET 0) found))";

#[async_trait]
impl Batches for PostgresStore {
    async fn create_batch(&self, new: NewBatch) -> Result<Batch, StoreError> {
        self.0.writing.write(|transaction| Box::pin(transaction.create_batch(new.clone()))).await
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
        self.0.writer.write(Work::Refuse, new).await
    }

    async fn end_refusal(&self, item: &ItemName) -> Result<(), StoreError> {
        self.0.writing.write(|transaction| Box::pin(transaction.end_refusal(item.clone()))).await
    }
}

/// What is known of the items that a transaction is about.
#[derive(Default)]
pub(super) struct KnownItems {
    batches: HashSet<BatchId>,
    made: HashMap<ItemName, Made>,
}

impl KnownItems {
    /// The submission that an item is already, where it is sent again with this content.
    pub(super) fn find(
        &self,
        item: &ItemName,
        digest: &[u8; 32],
    ) -> Result<Option<SubmissionId>, StoreError> {
        match self.made(item)? {
            Some(made) if made.digest != *digest => Err(StoreError::ItemConflict { item: item.clone() }),
            made => Ok(made.map(|made| made.submission)),
        }
    }

    fn made(&self, item: &ItemName) -> Result<Option<&Made>, StoreError> {
        item.check()?;
        if !self.batches.contains(&item.batch) {
            return Err(StoreError::NotFound(Missing::Batch(item.batch)));
        }
        Ok(self.made.get(item))
    }

    pub(super) fn add(&mut self, item: ItemName, made: Made) {
        self.made.insert(item, made);
    }
}

impl Transaction<'_> {
    async fn create_batch(&mut self, new: NewBatch) -> Result<Batch, StoreError> {
        let find = format!("SELECT {BATCH_COLUMNS} FROM batches WHERE id = $1");
        let found = sqlx::query(AssertSqlSafe(find)).bind(new.id.key());
        if let Some(row) = found.fetch_optional(self.connection()).await.map_err(sql)? {
            let known = batch(&row)?;
            return match known.is_made_by(&new) {
                true => Ok(known),
                false => Err(StoreError::RequestIdConflict { request_id: new.id.uuid().to_string() }),
            };
        }
        let batch = Batch::made(new, self.now, Position(self.next_position()));
        sqlx::query(ADD_BATCH)
            .bind(batch.id.key())
            .bind(text::stored(&batch.caller).into_owned())
            .bind(text::stored(&batch.title).into_owned())
            .bind(batch.items_expected.cast_signed())
            .bind(batch.created_at.micros())
            .bind(batch.position.0)
            .execute(self.connection())
            .await
            .map_err(sql)?;
        Ok(batch)
    }

    /// What is known of `items`: two statements for all of them, and none where there are none.
    pub(super) async fn known_items(&mut self, items: &[&ItemName]) -> Result<KnownItems, StoreError> {
        if items.is_empty() {
            return Ok(KnownItems::default());
        }
        let batches: HashSet<_> = items.iter().map(|item| item.batch).collect();
        let batches: Vec<_> = batches.iter().map(Key::key).collect();
        let found = sqlx::query(FIND_BATCHES).bind(batches).fetch_all(self.connection()).await;
        let batches = found.map_err(sql)?.iter().map(|row| get_batch(row, "id")).collect::<Result<_, _>>()?;
        let mut known = KnownItems { batches, made: HashMap::new() };
        for row in self.among(items, "submissions", SUBMISSION_COLUMNS).await? {
            let submission = submission(&row)?;
            let made = Made { digest: submission.request_digest(), submission: submission.id };
            known.made.extend(submission.item.map(|item| (item, made)));
        }
        Ok(known)
    }

    /// Columns of those rows of a table that are of one of `items`. Looks up each, whatever the planner takes the table for.
    async fn among(
        &mut self,
        items: &[&ItemName],
        table: &'static str,
        columns: &'static str,
    ) -> Result<Vec<PgRow>, StoreError> {
        let find = format!(
            "SELECT {columns} FROM unnest($1::bytea[], $2::text[]) AS q (which, key)
            CROSS JOIN LATERAL (SELECT * FROM {table} WHERE batch = which AND item = key OFFSET 0) found"
        );
        sqlx::query(AssertSqlSafe(find))
            .bind(items.iter().map(|item| item.batch.key()).collect::<Vec<_>>())
            .bind(items.iter().map(|item| text::stored(&item.key)).collect::<Vec<_>>())
            .fetch_all(self.connection())
            .await
            .map_err(sql)
    }

    async fn end_refusal(&mut self, item: ItemName) -> Result<(), StoreError> {
        self.known_items(&[&item]).await?.made(&item)?;
        self.end_refusals(&[&item]).await
    }

    /// Takes out that items were refused, because they are accepted now.
    pub(super) async fn end_refusals(&mut self, items: &[&ItemName]) -> Result<(), StoreError> {
        if items.is_empty() {
            return Ok(());
        }
        sqlx::query(END_REFUSALS)
            .bind(items.iter().map(|item| item.batch.key()).collect::<Vec<_>>())
            .bind(items.iter().map(|item| text::stored(&item.key)).collect::<Vec<_>>())
            .execute(self.connection())
            .await
            .map_err(sql)?;
        Ok(())
    }

    /// Refuses items, each as if it came alone, in order.
    pub(super) async fn refuse_items(
        &mut self,
        refusals: &[&NewRefusal],
    ) -> Result<Vec<Result<Refusal, StoreError>>, StoreError> {
        if refusals.is_empty() {
            return Ok(Vec::new());
        }
        let items: Vec<_> = refusals.iter().map(|new| &new.item).collect();
        let known = self.known_items(&items).await?;
        let mut before = HashMap::new();
        for row in self.among(&items, "batch_refusals", ITEM_REFUSAL_COLUMNS).await? {
            let item = ItemName { batch: get_batch(&row, "batch")?, key: row.text("item")? };
            before.insert(item, refusal(&row)?);
        }
        let mut answers = Vec::with_capacity(refusals.len());
        // The last one of an item counts.
        let mut made: HashMap<&ItemName, Refusal> = HashMap::new();
        for &new in refusals {
            answers.push(match known.made(&new.item) {
                Err(refused) => Err(refused),
                Ok(Some(_)) => Err(StoreError::ItemConflict { item: new.item.clone() }),
                Ok(None) => match before.get(&new.item) {
                    Some(known) if known.is_made_by(new) => Ok(known.clone()),
                    _ => {
                        let refusal = Refusal::made(new.clone(), self.now, Position(self.next_position()));
                        before.insert(new.item.clone(), refusal.clone());
                        made.insert(&new.item, refusal.clone());
                        Ok(refusal)
                    }
                },
            });
        }
        self.add_refusals(&made).await?;
        Ok(answers)
    }

    async fn add_refusals(&mut self, made: &HashMap<&ItemName, Refusal>) -> Result<(), StoreError> {
        if made.is_empty() {
            return Ok(());
        }
        sqlx::query(ADD_REFUSALS)
            .bind(made.keys().map(|item| item.batch.key()).collect::<Vec<_>>())
            .bind(made.keys().map(|item| text::stored(&item.key)).collect::<Vec<_>>())
            .bind(made.values().map(|refusal| text::stored(&refusal.name)).collect::<Vec<_>>())
            .bind(made.values().map(|refusal| code(refusal.reason)).collect::<Vec<_>>())
            .bind(made.values().map(|refusal| text::stored(&refusal.message)).collect::<Vec<_>>())
            .bind(made.values().map(|refusal| refusal.position.0).collect::<Vec<_>>())
            .bind(self.now.micros())
            .execute(self.connection())
            .await
            .map_err(sql)?;
        Ok(())
    }
}
