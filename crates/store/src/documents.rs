use crate::{CHUNK_BYTES, Missing, Position, StoreError, Timestamp};
use async_trait::async_trait;
use bytes::Bytes;
use gongkai_model::{DocumentId, Purpose};

/// Gives documents back as they were received.
///
/// Every implementation passes the contract suite.
#[async_trait]
pub trait Documents: Send + Sync {
    /// What is known of a document. `purpose` limits it to documents, and to names and addresses, that were sent for that purpose,
    /// so that nothing of a draft shows in published reads; without it everything is seen.
    /// [`StoreError::NotFound`] where there is none.
    async fn document(&self, id: DocumentId, purpose: Option<Purpose>) -> Result<DocumentInfo, StoreError>;

    /// Those of `ids` whose bytes were taken in from another store, or published by one, after a position: they may be here without
    /// anything having been read from them since.
    async fn came_since(&self, ids: &[DocumentId], position: Position)
    -> Result<Vec<DocumentId>, StoreError>;

    /// One piece of a document, counted from 0; every piece but the last has [`CHUNK_BYTES`]. None beyond the end.
    async fn document_chunk(&self, id: DocumentId, index: u32) -> Result<Option<Bytes>, StoreError>;

    /// The whole document, unless it is larger than `bytes_max` ([`StoreError::TooLarge`]).
    async fn document_bytes(&self, id: DocumentId, bytes_max: u64) -> Result<Bytes, StoreError> {
        let info = self.document(id, None).await?;
        if bytes_max < info.bytes {
            return Err(StoreError::TooLarge {
                what: "the document in bytes",
                actual: info.bytes,
                max: bytes_max,
            });
        }
        let mut bytes = Vec::with_capacity(usize::try_from(info.bytes).unwrap_or(0));
        for index in 0..info.chunks() {
            let chunk = self.document_chunk(id, index).await?;
            bytes.extend_from_slice(&chunk.ok_or(StoreError::NotFound(Missing::Document(id)))?);
        }
        Ok(bytes.into())
    }
}

/// What is known of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentInfo {
    /// Its name.
    pub id: DocumentId,
    /// Its size in bytes.
    pub bytes: u64,
    /// The media type it was first sent with, for whatever purpose; empty where none was.
    pub media_type: String,
    /// The file names it was sent with, in order; the first [`Self::NAMES_MAX`] are kept.
    pub names: Vec<String>,
    /// The addresses it was fetched from, in order; the first [`Self::NAMES_MAX`] are kept.
    pub sources: Vec<String>,
    /// When it was first accepted.
    pub received_at: Timestamp,
    /// Whether it was ever sent as a published report.
    pub published: bool,
    /// Whether it was ever sent as a draft.
    pub draft: bool,
}

impl DocumentInfo {
    /// How many names, and how many addresses, are kept.
    pub const NAMES_MAX: usize = 100;

    /// How many pieces it is read in.
    pub fn chunks(&self) -> u32 {
        u32::try_from(self.bytes.div_ceil(CHUNK_BYTES as u64)).unwrap_or(u32::MAX)
    }
}
