use super::{Contents, Item, MemoryStore, Together};
use crate::{
    Batch, BatchItem, BatchProgress, Batches, Cursor, ItemFilter, ItemName, ItemOutcome, Missing, NewBatch,
    NewRefusal, Page, PageRequest, Position, Refusal, StoreError,
};
use async_trait::async_trait;
use gongkai_model::BatchId;

#[async_trait]
impl Batches for MemoryStore {
    async fn create_batch(&self, new: NewBatch) -> Result<Batch, StoreError> {
        self.write(|contents, now| {
            if let Some(known) = contents.batches.get(&new.id) {
                return match known.batch.is_made_by(&new) {
                    true => Ok(known.batch.clone()),
                    false => Err(StoreError::RequestIdConflict { request_id: new.id.uuid().to_string() }),
                };
            }
            let batch = Batch::made(new, now, contents.next_position());
            let together = Together { batch: batch.clone(), items: Default::default() };
            contents.batches.insert(batch.id, together);
            Ok(batch)
        })
    }

    async fn batch(&self, id: BatchId) -> Result<Batch, StoreError> {
        Ok(self.read().together(id)?.batch.clone())
    }

    async fn batches(&self, page: &PageRequest) -> Result<Page<Batch>, StoreError> {
        let before = match &page.cursor {
            Some(cursor) => cursor.read("batches")?.1,
            None => i64::MAX,
        };
        let contents = self.read();
        let batches = contents.batches.values().map(|together| &together.batch);
        let mut batches: Vec<_> = batches.filter(|batch| batch.position.0 < before).cloned().collect();
        batches.sort_unstable_by_key(|batch| std::cmp::Reverse(batch.position));
        let after = |batch: &Batch| Cursor::after("batches", Position(0), batch.position.0, "");
        Ok(Page::cut(batches, page, after))
    }

    async fn batch_progress(&self, id: BatchId) -> Result<BatchProgress, StoreError> {
        let contents = self.read();
        let mut progress = BatchProgress::default();
        let mut ends = Vec::new();
        for item in contents.together(id)?.items.values() {
            match item {
                Item::Accepted(id) => {
                    let submission = &contents.submissions[id].submission;
                    progress.count(submission.state, 1);
                    if submission.state.is_final() {
                        ends.push((submission.position, submission.changed_at));
                    }
                }
                Item::Refused(refusal) => {
                    progress.refused += 1;
                    progress.refused_at = progress.refused_at.max(Some(refusal.at));
                }
            }
        }
        ends.sort_unstable_by(|one, other| other.cmp(one));
        progress.ends = ends.into_iter().take(BatchProgress::ENDS_MAX).map(|(_, at)| at).collect();
        Ok(progress)
    }

    async fn batch_items(
        &self,
        id: BatchId,
        filter: &ItemFilter,
        page: &PageRequest,
    ) -> Result<Page<BatchItem>, StoreError> {
        let query = format!("items {id} {filter:?}");
        let after = match &page.cursor {
            Some(cursor) => cursor.read(&query)?.1,
            None => 0,
        };
        let contents = self.read();
        let mut items = Vec::new();
        for (key, item) in &contents.together(id)?.items {
            let outcome = match item {
                Item::Accepted(id) => {
                    let submission = &contents.submissions[id].submission;
                    if !filter.states.contains(&submission.state) {
                        continue;
                    }
                    ItemOutcome::Accepted(Box::new(submission.clone()))
                }
                Item::Refused(refusal) if filter.refused => ItemOutcome::Refused(refusal.clone()),
                Item::Refused(_) => continue,
            };
            items.push(BatchItem { key: key.clone(), outcome });
        }
        items.retain(|item| after < item.position().0);
        items.sort_unstable_by_key(BatchItem::position);
        Ok(Page::cut(items, page, |item| Cursor::after(&query, Position(0), item.position().0, "")))
    }

    async fn refuse_item(&self, new: NewRefusal) -> Result<Refusal, StoreError> {
        new.item.check()?;
        self.write(|contents, now| {
            match contents.together(new.item.batch)?.items.get(&new.item.key) {
                Some(Item::Accepted(_)) => return Err(StoreError::ItemConflict { item: new.item }),
                Some(Item::Refused(refusal)) if refusal.is_made_by(&new) => return Ok(refusal.clone()),
                Some(Item::Refused(_)) | None => {}
            }
            let item = new.item.clone();
            let refusal = Refusal::made(new, now, contents.next_position());
            if let Some(together) = contents.batches.get_mut(&item.batch) {
                together.items.insert(item.key, Item::Refused(refusal.clone()));
            }
            Ok(refusal)
        })
    }

    async fn end_refusal(&self, item: &ItemName) -> Result<(), StoreError> {
        item.check()?;
        self.write(|contents, _| {
            contents.together(item.batch)?;
            if let Some(together) = contents.batches.get_mut(&item.batch)
                && matches!(together.items.get(&item.key), Some(Item::Refused(_)))
            {
                together.items.remove(&item.key);
            }
            Ok(())
        })
    }
}

impl Contents {
    pub(super) fn together(&self, id: BatchId) -> Result<&Together, StoreError> {
        self.batches.get(&id).ok_or(StoreError::NotFound(Missing::Batch(id)))
    }
}
