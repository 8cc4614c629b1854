use super::MemoryStore;
use crate::{CHUNK_BYTES, DocumentInfo, Documents, Missing, StoreError};
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
        let info = contents.documents.get(&id).map(|stored| &stored.info).filter(|info| seen(info));
        info.cloned().ok_or(StoreError::NotFound(Missing::Document(id)))
    }

    async fn document_chunk(&self, id: DocumentId, index: u32) -> Result<Option<Bytes>, StoreError> {
        let contents = self.read();
        let bytes = &contents.documents.get(&id).ok_or(StoreError::NotFound(Missing::Document(id)))?.bytes;
        let start = index as usize * CHUNK_BYTES;
        Ok((start < bytes.len()).then(|| bytes.slice(start..bytes.len().min(start + CHUNK_BYTES))))
    }
}
