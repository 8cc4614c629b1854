//! Documents, read back.

use super::intake::{FILE_NAME, SOURCE, decompress};
use super::rows::{Key, get, get_number, get_time};
use super::{SqliteStore, read, sql};
use async_trait::async_trait;
use bytes::Bytes;
use gongkai_model::{DocumentId, Purpose};
use gongkai_store::{DocumentInfo, Documents, Missing, StoreError};

const FIND: &str = "SELECT bytes, media_type, received_at, published, draft FROM documents WHERE id = ?1";
const NAMES: &str = "SELECT value FROM document_names WHERE document = ?1 AND kind = ?2 ORDER BY ordinal";
const CHUNK: &str = "SELECT c.bytes FROM documents d
    LEFT JOIN chunks c ON c.blob = d.blob AND c.ordinal = ?2 WHERE d.id = ?1";

#[async_trait]
impl Documents for SqliteStore {
    async fn document(&self, id: DocumentId, purpose: Option<Purpose>) -> Result<DocumentInfo, StoreError> {
        read(async {
            let row = sqlx::query(FIND).bind(id.key()).fetch_optional(&self.0.readers).await.map_err(sql)?;
            let row = row.ok_or(StoreError::NotFound(Missing::Document(id)))?;
            let (published, draft) = (get(&row, "published")?, get(&row, "draft")?);
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
                media_type: get(&row, "media_type")?,
                names: self.names(id, FILE_NAME).await?,
                sources: self.names(id, SOURCE).await?,
                received_at: get_time(&row, "received_at")?,
                published,
                draft,
            })
        })
        .await
    }

    async fn document_chunk(&self, id: DocumentId, index: u32) -> Result<Option<Bytes>, StoreError> {
        read(async {
            let chunk: Option<Option<Vec<u8>>> = sqlx::query_scalar(CHUNK)
                .bind(id.key())
                .bind(index)
                .fetch_optional(&self.0.readers)
                .await
                .map_err(sql)?;
            match chunk {
                None => Err(StoreError::NotFound(Missing::Document(id))),
                Some(None) => Ok(None),
                Some(Some(chunk)) => Ok(Some(decompress(&chunk)?.into())),
            }
        })
        .await
    }
}

impl SqliteStore {
    async fn names(&self, document: DocumentId, kind: i64) -> Result<Vec<String>, StoreError> {
        let names = sqlx::query_scalar(NAMES).bind(document.key()).bind(kind);
        names.fetch_all(&self.0.readers).await.map_err(sql)
    }
}
