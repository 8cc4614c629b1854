use super::{MemoryStore, Stored};
use crate::{CHUNK_BYTES, DocumentInfo, Documents, Missing, Position, StoreError};
use async_trait::async_trait;
use bytes::Bytes;
use gongkai_model::{DocumentId, Purpose};

#[async_trait]
impl Documents for MemoryStore {
    async fn document(&self, id: DocumentId, purpose: Option<Purpose>) -> Result<DocumentInfo, StoreError> {
        let contents = self.read();
        let seen = |info: &DocumentInfo| match purpose {
            Some(Purpose::Published) => info.published,
            Some(Purpose::Draft) => info.draft,
            None => true,
        };
        let stored = contents.documents.get(&id).filter(|stored| seen(&stored.info));
        let stored = stored.ok_or(StoreError::NotFound(Missing::Document(id)))?;
        Ok(stored.known(purpose))
    }

    async fn came_since(
        &self,
        ids: &[DocumentId],
        position: Position,
    ) -> Result<Vec<DocumentId>, StoreError> {
        let contents = self.read();
        let came = |id: &DocumentId| contents.documents.get(id).is_some_and(|it| position < it.came);
        Ok(ids.iter().copied().filter(came).collect())
    }

    async fn document_chunk(&self, id: DocumentId, index: u32) -> Result<Option<Bytes>, StoreError> {
        let contents = self.read();
        let bytes = &contents.documents.get(&id).ok_or(StoreError::NotFound(Missing::Document(id)))?.bytes;
        let start = index as usize * CHUNK_BYTES;
        Ok((start < bytes.len()).then(|| bytes.slice(start..bytes.len().min(start + CHUNK_BYTES))))
    }
}

impl Stored {
    /// What is known of it for a purpose; whatever it was sent for where none is given.
    pub(super) fn known(&self, purpose: Option<Purpose>) -> DocumentInfo {
        let [names, sources] = &self.of_drafts;
        let all = |published: &[String], drafted: &[String]| match purpose {
            Some(Purpose::Published) => published.to_vec(),
            Some(Purpose::Draft) => drafted.to_vec(),
            None => {
                let others = drafted.iter().filter(|name| !published.contains(name));
                published.iter().chain(others).cloned().collect()
            }
        };
        let info = &self.info;
        DocumentInfo { names: all(&info.names, names), sources: all(&info.sources, sources), ..info.clone() }
    }
}
