//! Accepting documents.

use super::batches::Known;
use super::writer::Transaction;
use super::{SqliteStore, get, read, sql};
use crate::content::{Prepared, Rereading, bounded, compress, kinds, no_upload, prepare};
use crate::reviews::SWEEP_REVIEW_REQUESTS;
use crate::rows::{self, Key, code, get_number, get_submission_id};
use async_trait::async_trait;
use bytes::Bytes;
use gongkai_model::{Purpose, SubmissionId};
use gongkai_store::{
    Accepted, CHUNK_BYTES, Content, DocumentInfo, Intake, Limits, NewSubmission, OVERLOAD_RETRY_AFTER,
    Position, REQUEST_ID_VALIDITY, STAGING_PATIENCE, StagingId, StoreError, Submission, Swept,
};

const BEGIN_UPLOAD: &str =
    "INSERT INTO stagings (id, blob, tail, bytes, touched_at) VALUES (?1, ?2, x'', 0, ?3)";
const FIND_UPLOAD: &str = "SELECT blob, tail, bytes FROM stagings WHERE id = ?1";
const GROW_UPLOAD: &str = "UPDATE stagings SET tail = ?2, bytes = ?3, touched_at = ?4 WHERE id = ?1";
const END_UPLOAD: &str = "DELETE FROM stagings WHERE id = ?1 RETURNING blob";
const ADD_CHUNK: &str = "INSERT INTO chunks (blob, ordinal, bytes) VALUES (?1, ?2, ?3)";
const READ_CHUNK: &str = "SELECT bytes FROM chunks WHERE blob = ?1 AND ordinal = ?2";
const DROP_CHUNKS: &str = "DELETE FROM chunks WHERE blob = ?1";
const FIND_REQUEST: &str =
    "SELECT digest, submission, at FROM request_ids WHERE caller = ?1 AND request_id = ?2";
const ADD_REQUEST: &str = "INSERT OR REPLACE INTO request_ids (caller, request_id, digest, submission, at)
    VALUES (?1, ?2, ?3, ?4, ?5)";
const ADD_DOCUMENT: &str = "INSERT INTO documents (id, blob, bytes, media_type, received_at, published, draft)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
    ON CONFLICT (id) DO UPDATE SET published = max(published, excluded.published), draft = max(draft, excluded.draft)
    RETURNING blob";
const ADD_NAME: &str = "INSERT INTO document_names (document, kind, value, ordinal)
    SELECT ?1, ?2, ?3, count(*) FROM document_names WHERE document = ?1 AND kind = ?2 HAVING count(*) < ?4
    ON CONFLICT DO NOTHING";
const ADD_SUBMISSION: &str =
    "INSERT INTO submissions (accepted, id, document, purpose, name, source, media_type,
    epoch, state, attempts, reports, accepted_at, changed_at, position, announced_at, fence, trace, batch, item, priority)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 1, 1, 0, x'', ?8, ?8, ?1, ?8, 0, ?9, ?10, ?11, ?12)";
/// Accepts a document of one chunk: itself, its chunk where its document is new, its names, its submission with the row of the
/// outbox, and its request id where it has one. Parameters count through all statements.
const ACCEPT: &str = "INSERT INTO documents (id, blob, bytes, media_type, received_at, published, draft)
    VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET published = max(published, excluded.published), draft = max(draft, excluded.draft);
    INSERT INTO chunks (blob, ordinal, bytes) SELECT blob, 0, ? FROM documents WHERE id = ? AND blob = ?;
    INSERT INTO document_names (document, kind, value, ordinal) SELECT document, kind, value, ordinal FROM
        (SELECT q.column1 AS document, q.column2 AS kind, q.column3 AS value, (SELECT count(*) FROM document_names n
            WHERE n.document = q.column1 AND n.kind = q.column2) AS ordinal FROM (VALUES (?, ?, ?), (?, ?, ?)) q)
        WHERE value <> '' AND ordinal < ? ON CONFLICT DO NOTHING;
    INSERT INTO submissions (accepted, id, document, purpose, name, source, media_type, epoch, state, attempts, reports,
        accepted_at, changed_at, position, announced_at, fence, trace, batch, item, priority)
    VALUES (?, ?, ?, ?, ?, ?, ?, 1, 1, 0, x'', ?, ?, ?, ?, 0, ?, ?, ?, ?);
    INSERT INTO outbox (submission, epoch, due_at, claim, priority) VALUES (?, 1, ?, 0, ?);
    INSERT OR REPLACE INTO request_ids (caller, request_id, digest, submission, at)
    SELECT column1, column2, column3, column4, column5 FROM (VALUES (?, ?, ?, ?, ?)) WHERE column2 IS NOT NULL";
const SWEEP_REQUESTS: &str = "DELETE FROM request_ids WHERE (caller, request_id) IN
    (SELECT caller, request_id FROM request_ids WHERE at <= ?1 ORDER BY at, caller, request_id LIMIT ?2)";
const SWEEP_UPLOADS: &str = "DELETE FROM stagings WHERE id IN
    (SELECT id FROM stagings WHERE touched_at <= ?1 ORDER BY touched_at, id LIMIT ?2) RETURNING blob";

#[async_trait]
impl Intake for SqliteStore {
    async fn begin_upload(&self) -> Result<StagingId, StoreError> {
        let id = StagingId::generate();
        self.0.writer.write(move |transaction| Box::pin(transaction.begin_upload(id))).await?;
        Ok(id)
    }

    async fn append(&self, staging: StagingId, piece: Bytes) -> Result<u64, StoreError> {
        bounded(piece.len() as u64)?;
        self.0.writer.write(move |transaction| Box::pin(transaction.append(staging, piece))).await
    }

    async fn abandon(&self, staging: StagingId) -> Result<(), StoreError> {
        self.0.writer.write(move |transaction| Box::pin(transaction.end_upload(staging, true))).await?;
        Ok(())
    }

    async fn accept(&self, new: NewSubmission) -> Result<Accepted, StoreError> {
        let prepared = match &new.content {
            Content::Bytes(bytes) => prepare(bytes.clone()).await?,
            Content::Staged(id) => read(self.prepare_upload(*id)).await?,
        };
        let (limits, writer) = (self.0.limits, &self.0.writer);
        match (&new.content, prepared.chunks.len()) {
            (Content::Bytes(_), 1) => {
                writer
                    .write_unguarded(move |transaction| {
                        Box::pin(transaction.accept_at_once(new, prepared, limits))
                    })
                    .await
            }
            _ => writer.write(move |transaction| Box::pin(transaction.accept(new, prepared, limits))).await,
        }
    }

    async fn sweep(&self, limit: u32) -> Result<Swept, StoreError> {
        self.0.writer.write(move |transaction| Box::pin(transaction.sweep(limit))).await
    }
}

impl SqliteStore {
    /// Reads an upload back chunk by chunk to learn its digest.
    pub(super) async fn prepare_upload(&self, id: StagingId) -> Result<Prepared, StoreError> {
        let row =
            sqlx::query(FIND_UPLOAD).bind(id.key()).fetch_optional(&self.0.readers).await.map_err(sql)?;
        let row = row.ok_or_else(|| no_upload(id))?;
        let (blob, tail, bytes): (i64, Vec<u8>, u64) =
            (get(&row, "blob")?, get(&row, "tail")?, get_number(&row, "bytes")?);
        let mut rereading = Rereading::new();
        for ordinal in 0..bytes / CHUNK_BYTES as u64 {
            let chunk: Option<Vec<u8>> = sqlx::query_scalar(READ_CHUNK)
                .bind(blob)
                .bind(ordinal.cast_signed())
                .fetch_optional(&self.0.readers)
                .await
                .map_err(sql)?;
            // It may have been accepted or swept in the meantime.
            rereading = rereading.chunk(chunk.ok_or_else(|| no_upload(id))?).await?;
        }
        rereading.finish(&tail, bytes)
    }
}

impl Transaction {
    async fn begin_upload(&mut self, id: StagingId) -> Result<(), StoreError> {
        self.counters.blobs += 1;
        sqlx::query(BEGIN_UPLOAD)
            .bind(id.key())
            .bind(self.counters.blobs)
            .bind(self.now.micros())
            .execute(&mut self.connection)
            .await
            .map_err(sql)?;
        Ok(())
    }

    async fn append(&mut self, id: StagingId, piece: Bytes) -> Result<u64, StoreError> {
        let row = sqlx::query(FIND_UPLOAD)
            .bind(id.key())
            .fetch_optional(&mut self.connection)
            .await
            .map_err(sql)?;
        let row = row.ok_or_else(|| no_upload(id))?;
        let (blob, mut tail, before): (i64, Vec<u8>, u64) =
            (get(&row, "blob")?, get(&row, "tail")?, get_number(&row, "bytes")?);
        let bytes = before + piece.len() as u64;
        bounded(bytes)?;
        tail.extend_from_slice(&piece);
        let (full, rest) = tail.as_chunks::<CHUNK_BYTES>();
        let first = before.cast_signed() / CHUNK_BYTES as i64;
        for (ordinal, chunk) in (first..).zip(full) {
            self.add_chunk(blob, ordinal, compress(chunk)?).await?;
        }
        sqlx::query(GROW_UPLOAD)
            .bind(id.key())
            .bind(rest.to_vec())
            .bind(bytes.cast_signed())
            .bind(self.now.micros())
            .execute(&mut self.connection)
            .await
            .map_err(sql)?;
        Ok(bytes)
    }

    async fn add_chunk(&mut self, blob: i64, ordinal: i64, bytes: Vec<u8>) -> Result<(), StoreError> {
        sqlx::query(ADD_CHUNK)
            .bind(blob)
            .bind(ordinal)
            .bind(bytes)
            .execute(&mut self.connection)
            .await
            .map_err(sql)?;
        Ok(())
    }

    /// Ends an upload, with its chunks where `drop_chunks`; gives their number, if there was one.
    async fn end_upload(&mut self, id: StagingId, drop_chunks: bool) -> Result<Option<i64>, StoreError> {
        let blob: Option<i64> = sqlx::query_scalar(END_UPLOAD)
            .bind(id.key())
            .fetch_optional(&mut self.connection)
            .await
            .map_err(sql)?;
        if let Some(blob) = blob
            && drop_chunks
        {
            self.drop_chunks(blob).await?;
        }
        Ok(blob)
    }

    async fn drop_chunks(&mut self, blob: i64) -> Result<(), StoreError> {
        sqlx::query(DROP_CHUNKS).bind(blob).execute(&mut self.connection).await.map_err(sql)?;
        Ok(())
    }

    /// Accepts a document that is here and has one chunk.
    async fn accept_at_once(
        &mut self,
        new: NewSubmission,
        document: Prepared,
        limits: Limits,
    ) -> Result<Accepted, StoreError> {
        let digest = new.request_digest(document.id);
        let known = self.known(&new, &digest).await?;
        if let Some(known) = known.submission {
            return Ok(Accepted { submission: self.submission(known).await?, created: false });
        }
        if limits.outbox_rows_max <= self.counters.outbox_rows.cast_unsigned() {
            return Err(StoreError::Overloaded { retry_after: OVERLOAD_RETRY_AFTER });
        }
        if let Some(item) = new.item.as_ref().filter(|_| known.is_refused) {
            self.end_refusal(item).await?;
        }
        let position = self.next_position();
        self.counters.blobs += 1;
        self.counters.outbox_rows += 1;
        self.counters.announcements += 1;
        let submission = Submission::received(&new, document.id, self.now, Position(position));
        let (blob, now) = (self.counters.blobs, self.now.micros());
        let (id, key) = (submission.id.key(), document.id.key());
        let script = sqlx::query(ACCEPT)
            .bind(key.clone())
            .bind(blob)
            .bind(document.bytes.cast_signed())
            .bind(new.media_type.clone())
            .bind(now)
            .bind(new.purpose == Purpose::Published)
            .bind(new.purpose == Purpose::Draft)
            .bind(document.chunks.into_iter().next().unwrap_or_default())
            .bind(key.clone())
            .bind(blob)
            .bind(key.clone())
            .bind(kinds(new.purpose).0)
            .bind(new.name.clone())
            .bind(key.clone())
            .bind(kinds(new.purpose).1)
            .bind(new.source.clone())
            .bind(DocumentInfo::NAMES_MAX as i64)
            .bind(position)
            .bind(id.clone())
            .bind(key)
            .bind(code(new.purpose))
            .bind(new.name)
            .bind(new.source)
            .bind(new.media_type)
            .bind(now)
            .bind(now)
            .bind(position)
            .bind(now)
            .bind(rows::trace_text(new.trace.as_ref()))
            .bind(new.item.as_ref().map(|item| item.batch.key()))
            .bind(new.item.as_ref().map(|item| item.key.clone()))
            .bind(code(new.priority))
            .bind(id.clone())
            .bind(now)
            .bind(code(new.priority))
            .bind(new.caller)
            .bind(new.request_id.filter(|_| new.item.is_none()))
            .bind(digest.to_vec())
            .bind(id)
            .bind(now);
        self.script(script).await?;
        Ok(Accepted { submission, created: true })
    }

    /// Accepts a document of any size, from an upload or from here.
    async fn accept(
        &mut self,
        new: NewSubmission,
        document: Prepared,
        limits: Limits,
    ) -> Result<Accepted, StoreError> {
        let digest = new.request_digest(document.id);
        let known = self.known(&new, &digest).await?;
        if let Some(known) = known.submission {
            if let Content::Staged(id) = new.content {
                self.end_upload(id, true).await?;
            }
            return Ok(Accepted { submission: self.submission(known).await?, created: false });
        }
        if limits.outbox_rows_max <= self.counters.outbox_rows.cast_unsigned() {
            return Err(StoreError::Overloaded { retry_after: OVERLOAD_RETRY_AFTER });
        }
        if let Some(item) = new.item.as_ref().filter(|_| known.is_refused) {
            self.end_refusal(item).await?;
        }
        self.store_document(&new, &document).await?;

        let position = Position(self.next_position());
        let submission = Submission::received(&new, document.id, self.now, position);
        sqlx::query(ADD_SUBMISSION)
            .bind(submission.position.0)
            .bind(submission.id.key())
            .bind(submission.document.key())
            .bind(code(submission.purpose))
            .bind(submission.name.clone())
            .bind(submission.source.clone())
            .bind(submission.media_type.clone())
            .bind(self.now.micros())
            .bind(rows::trace_text(new.trace.as_ref()))
            .bind(new.item.as_ref().map(|item| item.batch.key()))
            .bind(new.item.as_ref().map(|item| item.key.clone()))
            .bind(code(new.priority))
            .execute(&mut self.connection)
            .await
            .map_err(sql)?;
        self.announce(submission.id, submission.epoch, self.now).await?;
        if let Some(request_id) = new.request_id.filter(|_| new.item.is_none()) {
            sqlx::query(ADD_REQUEST)
                .bind(new.caller)
                .bind(request_id)
                .bind(digest.to_vec())
                .bind(submission.id.key())
                .bind(self.now.micros())
                .execute(&mut self.connection)
                .await
                .map_err(sql)?;
        }
        Ok(Accepted { submission, created: true })
    }

    /// What the same request made before.
    async fn known(&mut self, new: &NewSubmission, digest: &[u8; 32]) -> Result<Known, StoreError> {
        match &new.item {
            Some(item) => self.known_item(item, digest).await,
            None => {
                let submission = self.known_request(new, digest).await?;
                Ok(Known { submission, is_refused: false })
            }
        }
    }

    /// The submission that the same request made before.
    async fn known_request(
        &mut self,
        new: &NewSubmission,
        digest: &[u8; 32],
    ) -> Result<Option<SubmissionId>, StoreError> {
        let Some(request_id) = &new.request_id else { return Ok(None) };
        let row = sqlx::query(FIND_REQUEST)
            .bind(new.caller.clone())
            .bind(request_id.clone())
            .fetch_optional(&mut self.connection)
            .await
            .map_err(sql)?;
        let Some(row) = row else { return Ok(None) };
        if rows::get_time(&row, "at")?.after(REQUEST_ID_VALIDITY) <= self.now {
            return Ok(None);
        }
        if get::<&[u8]>(&row, "digest")? != digest {
            return Err(StoreError::RequestIdConflict { request_id: request_id.clone() });
        }
        get_submission_id(&row, "submission").map(Some)
    }

    async fn store_document(&mut self, new: &NewSubmission, document: &Prepared) -> Result<(), StoreError> {
        let (blob, first) = match new.content {
            Content::Bytes(_) => {
                self.counters.blobs += 1;
                (self.counters.blobs, 0)
            }
            Content::Staged(id) => {
                let row = sqlx::query(FIND_UPLOAD).bind(id.key()).fetch_optional(&mut self.connection).await;
                let row = row.map_err(sql)?.ok_or_else(|| no_upload(id))?;
                if get_number::<u64>(&row, "bytes")? != document.bytes {
                    // Somebody added a piece while it was being accepted: its digest is not what we took it for.
                    return Err(StoreError::Unavailable("the upload has grown while it was accepted".into()));
                }
                let blob = self.end_upload(id, false).await?.ok_or_else(|| no_upload(id))?;
                (blob, document.bytes.cast_signed() / CHUNK_BYTES as i64)
            }
        };
        let stored: i64 = sqlx::query_scalar(ADD_DOCUMENT)
            .bind(document.id.key())
            .bind(blob)
            .bind(document.bytes.cast_signed())
            .bind(new.media_type.clone())
            .bind(self.now.micros())
            .bind(new.purpose == Purpose::Published)
            .bind(new.purpose == Purpose::Draft)
            .fetch_one(&mut self.connection)
            .await
            .map_err(sql)?;
        if stored == blob {
            for (ordinal, chunk) in (first..).zip(&document.chunks) {
                self.add_chunk(blob, ordinal, chunk.clone()).await?;
            }
        } else if let Content::Staged(_) = new.content {
            self.drop_chunks(blob).await?;
        }
        let (of_files, of_sources) = kinds(new.purpose);
        for (kind, value) in [(of_files, &new.name), (of_sources, &new.source)] {
            if !value.is_empty() {
                sqlx::query(ADD_NAME)
                    .bind(document.id.key())
                    .bind(kind)
                    .bind(value.clone())
                    .bind(DocumentInfo::NAMES_MAX as i64)
                    .execute(&mut self.connection)
                    .await
                    .map_err(sql)?;
            }
        }
        Ok(())
    }

    async fn sweep(&mut self, limit: u32) -> Result<Swept, StoreError> {
        let request_ids = sqlx::query(SWEEP_REQUESTS)
            .bind(self.now.before(REQUEST_ID_VALIDITY).micros())
            .bind(limit)
            .execute(&mut self.connection)
            .await
            .map_err(sql)?
            .rows_affected();
        let of_reviews = sqlx::query(SWEEP_REVIEW_REQUESTS)
            .bind(self.now.before(REQUEST_ID_VALIDITY).micros())
            .bind(limit)
            .execute(&mut self.connection)
            .await
            .map_err(sql)?
            .rows_affected();
        let request_ids = request_ids + of_reviews;
        let blobs: Vec<i64> = sqlx::query_scalar(SWEEP_UPLOADS)
            .bind(self.now.before(STAGING_PATIENCE).micros())
            .bind(limit)
            .fetch_all(&mut self.connection)
            .await
            .map_err(sql)?;
        for blob in &blobs {
            self.drop_chunks(*blob).await?;
        }
        Ok(Swept { request_ids, stagings: blobs.len() as u64 })
    }
}
