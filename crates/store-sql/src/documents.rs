//! Documents, read back.

use crate::content::{FILE_NAME, SOURCE, decompress};
use crate::rows::{get_number, get_time};
use crate::source::{Fields, Source, SqlStore, View};
use crate::statement::Statement;
use async_trait::async_trait;
use bytes::Bytes;
use gongkai_model::{DocumentId, Purpose};
use gongkai_store::{DocumentInfo, Documents, Missing, StoreError};

const FIND: &str = "SELECT bytes, media_type, received_at, published, draft FROM documents WHERE id = $1";
const NAMES: &str = "SELECT value FROM document_names WHERE document = $1 AND kind = $2 ORDER BY ordinal";
const CHUNK: &str = "SELECT c.bytes FROM documents d
    LEFT JOIN chunks c ON c.blob = d.blob AND c.ordinal = $2 WHERE d.id = $1";

/// The size of a document, and its first chunk: all of nearly every document.
const HEAD: &str = "SELECT d.bytes, c.bytes AS chunk FROM documents d
    LEFT JOIN chunks c ON c.blob = d.blob AND c.ordinal = 0 WHERE d.id = $1";

#[async_trait]
impl<S: Source> Documents for SqlStore<S> {
    async fn document(&self, id: DocumentId, purpose: Option<Purpose>) -> Result<DocumentInfo, StoreError> {
        let row = self.row(View::Latest, Statement::new(FIND).bind(&id)).await?;
        let row = row.ok_or(StoreError::NotFound(Missing::Document(id)))?;
        let (published, draft) = (row.truth("published")?, row.truth("draft")?);
        let seen = match purpose {
            Some(Purpose::Published) => published,
            Some(Purpose::Draft) => draft,
            None => true,
        };
        if !seen {
            return Err(StoreError::NotFound(Missing::Document(id)));
        }
        Ok(DocumentInfo {
            id,
            bytes: get_number(&row, "bytes")?,
            media_type: row.text("media_type")?,
            names: self.names(id, FILE_NAME).await?,
            sources: self.names(id, SOURCE).await?,
            received_at: get_time(&row, "received_at")?,
            published,
            draft,
        })
    }

    async fn document_chunk(&self, id: DocumentId, index: u32) -> Result<Option<Bytes>, StoreError> {
        let row = self.row(View::Latest, Statement::new(CHUNK).bind(&id).bind(index)).await?;
        let row = row.ok_or(StoreError::NotFound(Missing::Document(id)))?;
        match row.bytes_if_any("bytes")? {
            Some(chunk) => Ok(Some(decompress(chunk)?.into())),
            None => Ok(None),
        }
    }

    async fn document_bytes(&self, id: DocumentId, bytes_max: u64) -> Result<Bytes, StoreError> {
        let missing = || StoreError::NotFound(Missing::Document(id));
        let row = self.row(View::Latest, Statement::new(HEAD).bind(&id)).await?.ok_or_else(missing)?;
        let length = get_number(&row, "bytes")?;
        if bytes_max < length {
            return Err(StoreError::TooLarge {
                what: "the document in bytes",
                actual: length,
                max: bytes_max,
            });
        }
        let head = row.bytes_if_any("chunk")?.map(decompress).transpose()?.unwrap_or_default();
        if head.len() as u64 == length {
            return Ok(head.into());
        }
        let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
        bytes.extend_from_slice(&head);
        let mut chunks = 1..;
        while (bytes.len() as u64) < length {
            let index = chunks.next().ok_or_else(missing)?;
            bytes.extend_from_slice(&self.document_chunk(id, index).await?.ok_or_else(missing)?);
        }
        Ok(bytes.into())
    }
}

impl<S: Source> SqlStore<S> {
    async fn names(&self, document: DocumentId, kind: i64) -> Result<Vec<String>, StoreError> {
        let names = self.0.rows(View::Latest, Statement::new(NAMES).bind(&document).bind(kind)).await?;
        names.iter().map(|row| row.text("value")).collect()
    }
}
