//! Items of a batch: accepted or refused, one by one.

use super::collecting::Collected;
use crate::accept::{Accepting, FILE_NAME_BYTES_MAX, Metadata};
use crate::archive::Refused;
use crate::convert;
use gongkai_model::RefuseReason;
use gongkai_serve::to_status;
use gongkai_store::{
    BatchItem, Batches, Clock, Content, ItemName, ItemOutcome, NewRefusal, Refusal, StoreError,
};
use gongkai_wire::v1;
use gongkai_wire::v1::batch_item::Outcome;
use std::sync::Arc;
use tonic::Status;

/// Bytes of the reason of a refusal in words.
const MESSAGE_BYTES_MAX: usize = 500;

/// Takes items.
#[derive(Clone)]
pub(super) struct Items {
    pub accepting: Accepting,
    batches: Arc<dyn Batches>,
    clock: Arc<dyn Clock>,
}

impl Items {
    pub(super) fn new(accepting: Accepting, batches: Arc<dyn Batches>, clock: Arc<dyn Clock>) -> Self {
        Self { accepting, batches, clock }
    }

    /// Takes a document, and tells what became of it. An error is about the store, not about the document.
    pub(super) async fn take(
        &self,
        item: ItemName,
        metadata: Metadata,
        collected: Result<Collected, Refused>,
    ) -> Result<v1::BatchItem, Status> {
        let mut collected = match collected {
            Ok(collected) => collected,
            Err(refused) => return self.refuse(item, metadata.file_name().to_owned(), refused).await,
        };
        let content = match &mut collected.staged {
            Some(upload) => Content::Staged(upload.staging().await?),
            None => Content::Bytes(std::mem::take(&mut collected.whole)),
        };
        let file_name = metadata.file_name().to_owned();
        let new = metadata.submission(Some(item.clone()), content);
        match self.accepting.submit(new, collected.bytes).await {
            Ok(submission) => {
                if let Some(upload) = &mut collected.staged {
                    upload.is_accepted();
                }
                let outcome = Outcome::Submission(convert::submission(&submission));
                Ok(v1::BatchItem { key: item.key, outcome: Some(outcome) })
            }
            Err(StoreError::ItemConflict { .. }) => Ok(self.conflict(item, file_name)),
            Err(error) => Err(to_status(&error)),
        }
    }

    /// Refuses an item, and tells so.
    pub(super) async fn refuse(
        &self,
        item: ItemName,
        name: String,
        Refused { reason, message }: Refused,
    ) -> Result<v1::BatchItem, Status> {
        let message = shortened(message);
        let new = NewRefusal { item: item.clone(), name: name.clone(), reason, message };
        match self.batches.refuse_item(new).await {
            Ok(refusal) => Ok(refused(item.key, &refusal)),
            Err(StoreError::ItemConflict { .. }) => Ok(self.conflict(item, name)),
            Err(error) => Err(to_status(&error)),
        }
    }

    /// Forgets that an archive was refused before: its entries are the items now.
    pub(super) async fn archive_is_taken(&self, archive: &ItemName) -> Result<(), Status> {
        self.batches.end_refusal(archive).await.map_err(|error| to_status(&error))
    }

    /// The answer for an item whose key stands for another one, which is not touched.
    fn conflict(&self, item: ItemName, file_name: String) -> v1::BatchItem {
        let refusal = v1::ItemRefusal {
            reason: v1::RefuseReason::KeyConflict.into(),
            message: "its key was used before for another item".to_owned(),
            file_name,
            time: Some(convert::time(self.clock.now())),
        };
        v1::BatchItem { key: item.key, outcome: Some(Outcome::Refusal(refusal)) }
    }
}

/// A stored item.
pub(super) fn told(item: &BatchItem) -> v1::BatchItem {
    match &item.outcome {
        ItemOutcome::Accepted(submission) => {
            let outcome = Outcome::Submission(convert::submission(submission));
            v1::BatchItem { key: item.key.clone(), outcome: Some(outcome) }
        }
        ItemOutcome::Refused(refusal) => refused(item.key.clone(), refusal),
    }
}

fn refused(key: String, refusal: &Refusal) -> v1::BatchItem {
    let refusal = v1::ItemRefusal {
        reason: v1::RefuseReason::from(refusal.reason).into(),
        message: refusal.message.clone(),
        file_name: refusal.name.clone(),
        time: Some(convert::time(refusal.at)),
    };
    v1::BatchItem { key, outcome: Some(Outcome::Refusal(refusal)) }
}

/// What a library says of a stranger's file may be of any length.
fn shortened(mut message: String) -> String {
    if MESSAGE_BYTES_MAX < message.len() {
        message.truncate(message.floor_char_boundary(MESSAGE_BYTES_MAX));
    }
    message
}

/// The file name of an item whose metadata are refused, as far as it can be told: it may be what they are refused for.
pub(super) fn told_name(mut name: String) -> String {
    name.retain(|character| !character.is_control());
    name.truncate(name.floor_char_boundary(FILE_NAME_BYTES_MAX));
    name
}

/// What a status means for the one item that it is about.
pub(super) fn invalid_metadata(status: &Status) -> Refused {
    Refused::new(RefuseReason::InvalidMetadata, status.message())
}
