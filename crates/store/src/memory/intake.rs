use super::{Contents, Item, MemoryStore, Request, Row, Staging, Stored};
use crate::{
    Accepted, Content, DOCUMENT_BYTES_MAX, DocumentInfo, Intake, ItemName, Missing, NewSubmission,
    OVERLOAD_RETRY_AFTER, Position, REQUEST_ID_VALIDITY, STAGING_PATIENCE, StagingId, StoreError, Submission,
    Swept, Timestamp,
};
use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use gongkai_model::{DocumentId, Purpose, SubmissionId};
use sha2::{Digest, Sha256};

#[async_trait]
impl Intake for MemoryStore {
    async fn begin_upload(&self) -> Result<StagingId, StoreError> {
        let id = StagingId::generate();
        self.write(|contents, now| {
            contents.stagings.insert(id, Staging { bytes: BytesMut::new(), touched_at: now });
        });
        Ok(id)
    }

    async fn append(&self, id: StagingId, piece: Bytes) -> Result<u64, StoreError> {
        self.write(|contents, now| {
            let staging = contents.stagings.get_mut(&id).ok_or(StoreError::NotFound(Missing::Staging(id)))?;
            let bytes = (staging.bytes.len() + piece.len()) as u64;
            bounded(bytes)?;
            staging.bytes.extend_from_slice(&piece);
            staging.touched_at = now;
            Ok(bytes)
        })
    }

    async fn abandon(&self, id: StagingId) -> Result<(), StoreError> {
        self.write(|contents, _| contents.stagings.remove(&id));
        Ok(())
    }

    async fn accept(&self, new: NewSubmission) -> Result<Accepted, StoreError> {
        let outbox_rows_max = self.limits.outbox_rows_max;
        self.write(|contents, now| {
            let bytes = match &new.content {
                Content::Bytes(bytes) => bytes.clone(),
                Content::Staged(id) => match contents.stagings.get(id) {
                    Some(staging) => staging.bytes.clone().freeze(),
                    None => return Err(StoreError::NotFound(Missing::Staging(*id))),
                },
            };
            bounded(bytes.len() as u64)?;
            let document = DocumentId::from_digest(Sha256::digest(&bytes).into());
            let request = new.request_id.as_ref().filter(|_| new.item.is_none());
            let request = request.map(|id| (new.caller.clone(), id.clone()));
            let digest = new.request_digest(document);
            let known = match (&new.item, &request) {
                (Some(item), _) => contents.known_item(item, &digest)?,
                (None, Some(request)) => contents.known_request(request, &digest, now)?,
                (None, None) => None,
            };
            if let Some(known) = known {
                let submission = contents.submissions[&known].submission.clone();
                if let Content::Staged(id) = &new.content {
                    contents.stagings.remove(id);
                }
                return Ok(Accepted { submission, created: false });
            }
            if outbox_rows_max <= contents.outbox.len() as u64 {
                return Err(StoreError::Overloaded { retry_after: OVERLOAD_RETRY_AFTER });
            }

            let stored = contents.documents.entry(document).or_insert_with(|| Stored {
                info: DocumentInfo {
                    id: document,
                    bytes: bytes.len() as u64,
                    media_type: new.media_type.clone(),
                    names: Vec::new(),
                    sources: Vec::new(),
                    received_at: now,
                    published: false,
                    draft: false,
                },
                bytes,
                of_drafts: [Vec::new(), Vec::new()],
                came: Position(0),
            });
            let (names, sources) = match new.purpose {
                Purpose::Published => {
                    stored.info.published = true;
                    (&mut stored.info.names, &mut stored.info.sources)
                }
                Purpose::Draft => {
                    stored.info.draft = true;
                    let [names, sources] = &mut stored.of_drafts;
                    (names, sources)
                }
            };
            remember(names, &new.name);
            remember(sources, &new.source);
            if let Content::Staged(id) = &new.content {
                contents.stagings.remove(id);
            }

            let position = contents.next_position();
            let submission = Submission::received(&new, document, now, position);
            let id = submission.id;
            contents.submissions.insert(
                id,
                Row {
                    submission: submission.clone(),
                    accepted: position,
                    lease: None,
                    fence: 0,
                    announced_at: now,
                    trace: new.trace.clone(),
                },
            );
            contents.announce(id, 1, now);
            if let Some(item) = &new.item
                && let Some(together) = contents.batches.get_mut(&item.batch)
            {
                together.items.insert(item.key.clone(), Item::Accepted(id));
            }
            if let Some(key) = request {
                contents.requests.insert(key, Request { digest, submission: id, at: now });
            }
            Ok(Accepted { submission, created: true })
        })
    }

    async fn sweep(&self, limit: u32) -> Result<Swept, StoreError> {
        let limit = limit as usize;
        Ok(self.write(|contents, now| {
            let expired =
                contents.requests.iter().filter(|(_, request)| request.at.after(REQUEST_ID_VALIDITY) <= now);
            let requests = oldest(expired.map(|(key, request)| (request.at, key.clone())), limit);
            let abandoned = contents
                .stagings
                .iter()
                .filter(|(_, staging)| staging.touched_at.after(STAGING_PATIENCE) <= now);
            let stagings = oldest(abandoned.map(|(id, staging)| (staging.touched_at, *id)), limit);
            for key in &requests {
                contents.requests.remove(key);
            }
            let expired = contents.review_requests.iter();
            let expired = expired.filter(|(_, (.., at))| at.after(REQUEST_ID_VALIDITY) <= now);
            let of_reviews = oldest(expired.map(|(id, (.., at))| (*at, id.clone())), limit);
            for id in &of_reviews {
                contents.review_requests.remove(id);
            }
            for id in &stagings {
                contents.stagings.remove(id);
            }
            Swept { request_ids: (requests.len() + of_reviews.len()) as u64, stagings: stagings.len() as u64 }
        }))
    }
}

impl Contents {
    /// The submission that the same request made before.
    fn known_request(
        &self,
        request: &(String, String),
        digest: &[u8; 32],
        now: Timestamp,
    ) -> Result<Option<SubmissionId>, StoreError> {
        let known = self.requests.get(request).filter(|known| now < known.at.after(REQUEST_ID_VALIDITY));
        match known {
            Some(known) if known.digest != *digest => {
                Err(StoreError::RequestIdConflict { request_id: request.1.clone() })
            }
            known => Ok(known.map(|known| known.submission)),
        }
    }

    /// The submission that an item is already.
    fn known_item(&self, item: &ItemName, digest: &[u8; 32]) -> Result<Option<SubmissionId>, StoreError> {
        item.check()?;
        match self.together(item.batch)?.items.get(&item.key) {
            Some(Item::Accepted(id)) if self.submissions[id].submission.request_digest() == *digest => {
                Ok(Some(*id))
            }
            Some(Item::Accepted(_)) => Err(StoreError::ItemConflict { item: item.clone() }),
            Some(Item::Refused(_)) | None => Ok(None),
        }
    }
}

fn oldest<T: Ord>(dated: impl Iterator<Item = (Timestamp, T)>, limit: usize) -> Vec<T> {
    let mut dated: Vec<_> = dated.collect();
    dated.sort_unstable();
    dated.truncate(limit);
    dated.into_iter().map(|(_, thing)| thing).collect()
}

fn bounded(bytes: u64) -> Result<(), StoreError> {
    if DOCUMENT_BYTES_MAX < bytes {
        return Err(StoreError::TooLarge {
            what: "the document in bytes",
            actual: bytes,
            max: DOCUMENT_BYTES_MAX,
        });
    }
    Ok(())
}

pub(super) fn remember(names: &mut Vec<String>, name: &str) {
    if !name.is_empty() && names.len() < DocumentInfo::NAMES_MAX && !names.iter().any(|known| known == name) {
        names.push(name.to_owned());
    }
}
