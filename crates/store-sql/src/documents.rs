//! Documents, read back.

use crate::content::{decompress, kinds};
use crate::rows::{get_document, get_number, get_time};
use crate::source::{Fields, Source, SqlStore, View};
use crate::statement::Statement;
use async_trait::async_trait;
use bytes::Bytes;
use gongkai_model::{DocumentId, Purpose};
use gongkai_store::{DocumentInfo, Documents, Missing, Position, StoreError};

const FIND: &str = "SELECT bytes, media_type, received_at, published, draft FROM documents WHERE id = $1";
const NAMES: &str = "SELECT value FROM document_names WHERE document = $1 AND kind = $2 ORDER BY ordinal";
const CHUNK: &str = "SELECT c.bytes FROM documents d
    LEFT JOIN chunks c ON c.blob = d.blob AND c.ordinal = $2 WHERE d.id = $1";

/// The size of a document, and its first chunk: all of nearly every document.
const HEAD: &str = "SELECT d.bytes, c.bytes AS chunk FROM documents d
    LEFT JOIN chunks c ON c.blob = d.blob AND c.ordinal = 0 WHERE d.id = $1";

/// Documents that are asked for in one statement.
const IDS_MAX: usize = 500;

/// Which documents came from elsewhere after a position.
pub(crate) fn select_came(ids: &[DocumentId], position: Position) -> Statement {
    let mut statement = Statement::new("SELECT id FROM documents WHERE id IN (");
    statement.push_list(ids).push(") AND came > ").push_bind(position.0);
    statement
}

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
        let (mut names, mut sources) = (Vec::new(), Vec::new());
        for known in [Purpose::Published, Purpose::Draft] {
            if purpose.is_none_or(|purpose| purpose == known) {
                let (of_files, of_sources) = kinds(known);
                self.add_names(id, of_files, &mut names).await?;
                self.add_names(id, of_sources, &mut sources).await?;
            }
        }
        Ok(DocumentInfo {
            id,
            bytes: get_number(&row, "bytes")?,
            media_type: row.text("media_type")?,
            names,
            sources,
            received_at: get_time(&row, "received_at")?,
            published,
            draft,
        })
    }

    async fn came_since(
        &self,
        ids: &[DocumentId],
        position: Position,
    ) -> Result<Vec<DocumentId>, StoreError> {
        let mut came = Vec::new();
        for ids in ids.chunks(IDS_MAX) {
            let rows = self.0.rows(View::Latest, select_came(ids, position)).await?;
            let found = rows.iter().map(|row| get_document(row, "id"));
            came.extend(found.collect::<Result<Vec<_>, _>>()?);
        }
        Ok(came)
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
    /// Adds names of a kind to those that are known, each once.
    async fn add_names(
        &self,
        document: DocumentId,
        kind: i64,
        known: &mut Vec<String>,
    ) -> Result<(), StoreError> {
        let rows = self.0.rows(View::Latest, Statement::new(NAMES).bind(&document).bind(kind)).await?;
        for row in &rows {
            let name = row.text("value")?;
            if !known.contains(&name) {
                known.push(name);
            }
        }
        Ok(())
    }
}
