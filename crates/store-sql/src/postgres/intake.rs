//! Accepting documents, many at a time.

use super::batches::KnownItems;
use super::transaction::Transaction;
use super::writer::Work;
use super::{PostgresStore, get, sql, text};
use crate::content::{Prepared, Rereading, bounded, compress, kinds, no_upload, prepare};
use crate::reviews::SWEEP_REVIEW_REQUESTS;
use crate::rows::{Key, code, get_document, get_number, get_submission_id, get_time, trace_text};
use crate::source::{Fields, Source, View};
use crate::statement::Statement;
use async_trait::async_trait;
use bytes::Bytes;
use gongkai_model::{DocumentId, Purpose, SubmissionId};
use gongkai_store::{
    Accepted, CHUNK_BYTES, Content, DocumentInfo, Intake, NewSubmission, OVERLOAD_RETRY_AFTER, Position,
    REQUEST_ID_VALIDITY, STAGING_PATIENCE, StagingId, StoreError, Submission, Swept,
};
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};

/// Bytes of chunks that one statement carries.
const STATEMENT_BYTES: usize = 8 * 1024 * 1024;

const BEGIN_UPLOAD: &str =
    "INSERT INTO stagings (id, blob, tail, bytes, touched_at) VALUES ($1, $2, '', 0, $3)";
const FIND_UPLOAD: &str = "SELECT blob, tail, bytes FROM stagings WHERE id = $1";
const GROW_UPLOAD: &str = "UPDATE stagings SET tail = $2, bytes = $3, touched_at = $4 WHERE id = $1";
const END_UPLOAD: &str = "DELETE FROM stagings WHERE id = $1 RETURNING blob";
const ADD_CHUNKS: &str = "INSERT INTO chunks (blob, ordinal, bytes)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bytea[])";
const READ_CHUNK: &str = "SELECT bytes FROM chunks WHERE blob = $1 AND ordinal = $2";
const DROP_CHUNKS: &str = "DELETE FROM chunks WHERE blob = ANY($1)";
const FIND_DOCUMENTS: &str = "SELECT id FROM documents WHERE id = ANY($1)";
const FIND_REQUESTS: &str = "SELECT key, digest, submission, at FROM request_ids WHERE key = ANY($1)";
const ADD_REQUESTS: &str = "INSERT INTO request_ids (key, digest, submission, at)
    SELECT key, digest, submission, $4 FROM unnest($1::bytea[], $2::bytea[], $3::bytea[]) AS q (key, digest, submission)
    ON CONFLICT (key) DO UPDATE SET digest = excluded.digest, submission = excluded.submission, at = excluded.at";
const ADD_DOCUMENTS: &str =
    "INSERT INTO documents (id, blob, bytes, media_type, received_at, published, draft)
    SELECT id, blob, bytes, media_type, $7, published, draft
    FROM unnest($1::bytea[], $2::bigint[], $3::bigint[], $4::text[], $5::boolean[], $6::boolean[])
    AS q (id, blob, bytes, media_type, published, draft)
    ON CONFLICT (id) DO UPDATE SET published = documents.published OR excluded.published,
    draft = documents.draft OR excluded.draft RETURNING blob";
/// Those that are not there yet, after those that are, as far as there is room.
const ADD_NAMES: &str = "INSERT INTO document_names (document, kind, value, ordinal)
    SELECT document, kind, value, ordinal FROM (
        SELECT q.document, q.kind, q.value,
            (SELECT count(*) FROM document_names n WHERE n.document = q.document AND n.kind = q.kind)
            + row_number() OVER (PARTITION BY q.document, q.kind ORDER BY q.place) - 1 AS ordinal
        FROM unnest($1::bytea[], $2::bigint[], $3::text[]) WITH ORDINALITY AS q (document, kind, value, place)
        WHERE NOT EXISTS (SELECT 1 FROM document_names n
            WHERE n.document = q.document AND n.kind = q.kind AND n.value = q.value)
    ) added WHERE ordinal < $4";
/// With their rows in the outbox.
const ADD_SUBMISSIONS: &str = "WITH added AS (
    INSERT INTO submissions (accepted, id, document, purpose, name, source, media_type,
        epoch, state, attempts, reports, accepted_at, changed_at, position, announced_at, fence, trace, batch, item,
        priority)
    SELECT accepted, id, document, purpose, name, source, media_type, 1, 1, 0, '', $8, $8, accepted, $8, 0, trace,
        batch, item, priority
    FROM unnest($1::bigint[], $2::bytea[], $3::bytea[], $4::bigint[], $5::text[], $6::text[], $7::text[], $9::text[],
        $10::bytea[], $11::text[], $12::bigint[])
        AS q (accepted, id, document, purpose, name, source, media_type, trace, batch, item, priority)
    RETURNING id, priority)
    INSERT INTO outbox (submission, epoch, due_at, claim, priority) SELECT id, 1, $8, 0, priority FROM added";
const SWEEP_REQUESTS: &str = "DELETE FROM request_ids WHERE key IN
    (SELECT key FROM request_ids WHERE at <= $1 ORDER BY at, key LIMIT $2)";
const SWEEP_UPLOADS: &str = "DELETE FROM stagings WHERE id IN
    (SELECT id FROM stagings WHERE touched_at <= $1 ORDER BY touched_at, id LIMIT $2) RETURNING blob";

#[async_trait]
impl Intake for PostgresStore {
    async fn begin_upload(&self) -> Result<StagingId, StoreError> {
        let id = StagingId::generate();
        self.0.writing.write(|transaction| Box::pin(transaction.begin_upload(id))).await?;
        Ok(id)
    }

    async fn append(&self, staging: StagingId, piece: Bytes) -> Result<u64, StoreError> {
        bounded(piece.len() as u64)?;
        self.0.writing.write(|transaction| Box::pin(transaction.append(staging, piece.clone()))).await
    }

    async fn abandon(&self, staging: StagingId) -> Result<(), StoreError> {
        self.0.writing.write(|transaction| Box::pin(transaction.abandon(staging))).await
    }

    async fn accept(&self, new: NewSubmission) -> Result<Accepted, StoreError> {
        let prepared = match &new.content {
            Content::Bytes(bytes) => prepare(bytes.clone()).await?,
            Content::Staged(id) => self.prepare_upload(*id).await?,
        };
        self.0.writer.write(Work::Accept, Box::new((new, prepared))).await
    }

    async fn sweep(&self, limit: u32) -> Result<Swept, StoreError> {
        self.0.writing.write(|transaction| Box::pin(transaction.sweep(limit))).await
    }
}

impl PostgresStore {
    /// Reads an upload back chunk by chunk to learn its digest.
    pub(super) async fn prepare_upload(&self, id: StagingId) -> Result<Prepared, StoreError> {
        let row = self.row(View::Latest, Statement::new(FIND_UPLOAD).bind(&id)).await?;
        let row = row.ok_or_else(|| no_upload(id))?;
        let (blob, bytes): (i64, u64) = (row.number("blob")?, get_number(&row, "bytes")?);
        let mut rereading = Rereading::new();
        for ordinal in 0..bytes / CHUNK_BYTES as u64 {
            let find = Statement::new(READ_CHUNK).bind(blob).bind(ordinal.cast_signed());
            let chunk = self.0.rows(View::Latest, find).await?;
            // It may have been accepted or swept in the meantime.
            let chunk = chunk.first().ok_or_else(|| no_upload(id))?.bytes("bytes")?.to_vec();
            rereading = rereading.chunk(chunk).await?;
        }
        rereading.finish(row.bytes("tail")?, bytes)
    }
}

/// Under what a request id is kept. An item of a batch has its name instead.
fn request_key(new: &NewSubmission) -> Option<[u8; 32]> {
    let request_id = new.request_id.as_ref().filter(|_| new.item.is_none())?;
    let mut key = Sha256::new();
    key.update((new.caller.len() as u64).to_le_bytes());
    key.update(new.caller.as_bytes());
    key.update(request_id.as_bytes());
    Some(key.finalize().into())
}

/// What a request made before.
pub(super) struct Made {
    pub digest: [u8; 32],
    pub submission: SubmissionId,
}

/// What earlier requests made.
struct Known {
    requests: HashMap<[u8; 32], Made>,
    items: KnownItems,
}

impl Known {
    /// What the same request made before.
    fn find(&self, new: &NewSubmission, digest: &[u8; 32]) -> Result<Option<SubmissionId>, StoreError> {
        if let Some(item) = &new.item {
            return self.items.find(item, digest);
        }
        let made = request_key(new).and_then(|key| self.requests.get(&key));
        match made {
            Some(made) if made.digest != *digest => {
                let request_id = new.request_id.clone().unwrap_or_default();
                Err(StoreError::RequestIdConflict { request_id })
            }
            made => Ok(made.map(|made| made.submission)),
        }
    }

    fn add(&mut self, new: &NewSubmission, made: Made) {
        if let Some(item) = &new.item {
            self.items.add(item.clone(), made);
        } else if let Some(key) = request_key(new) {
            self.requests.insert(key, made);
        }
    }
}

/// What comes of a request.
enum Decision {
    New(Box<Submission>),
    Repeated(SubmissionId),
    Refused(StoreError),
}

/// What a transaction has put where, before documents are known to need it.
struct Blobs {
    /// The contents of documents that are new to the database or to this transaction.
    of_documents: HashMap<DocumentId, i64>,
    /// Everything that is to be dropped unless a document has it.
    all: Vec<i64>,
}

impl Transaction<'_> {
    /// Stores the bytes of documents that are not there yet: what costs most, and decides nothing.
    pub(super) async fn store_contents(
        &mut self,
        accepts: &[&(NewSubmission, Prepared)],
    ) -> Result<HashMap<DocumentId, i64>, StoreError> {
        let mut documents: HashMap<DocumentId, &Prepared> = HashMap::new();
        for (new, document) in accepts {
            if let Content::Bytes(_) = new.content {
                documents.entry(document.id).or_insert(document);
            }
        }
        if documents.is_empty() {
            return Ok(HashMap::new());
        }
        let ids: Vec<_> = documents.keys().map(Key::key).collect();
        let found = sqlx::query(FIND_DOCUMENTS).bind(ids).fetch_all(self.connection()).await.map_err(sql)?;
        for row in &found {
            documents.remove(&get_document(row, "id")?);
        }
        let writing = self.writing;
        let numbers = writing.numbers.take(self.connection(), documents.len()).await?;
        let (mut blobs, mut chunks, mut bytes) = (HashMap::new(), Vec::new(), 0);
        for (document, blob) in documents.into_values().zip(numbers) {
            blobs.insert(document.id, blob);
            for (ordinal, chunk) in (0_i64..).zip(&document.chunks) {
                bytes += chunk.len();
                chunks.push((blob, ordinal, chunk));
                if STATEMENT_BYTES < bytes {
                    self.add_chunks(std::mem::take(&mut chunks)).await?;
                    bytes = 0;
                }
            }
        }
        self.add_chunks(chunks).await?;
        Ok(blobs)
    }

    async fn add_chunks(&mut self, chunks: Vec<(i64, i64, &Vec<u8>)>) -> Result<(), StoreError> {
        if chunks.is_empty() {
            return Ok(());
        }
        sqlx::query(ADD_CHUNKS)
            .bind(chunks.iter().map(|chunk| chunk.0).collect::<Vec<_>>())
            .bind(chunks.iter().map(|chunk| chunk.1).collect::<Vec<_>>())
            .bind(chunks.into_iter().map(|chunk| chunk.2.clone()).collect::<Vec<_>>())
            .execute(self.connection())
            .await
            .map_err(sql)?;
        Ok(())
    }

    async fn drop_chunks(&mut self, blobs: Vec<i64>) -> Result<(), StoreError> {
        if !blobs.is_empty() {
            sqlx::query(DROP_CHUNKS).bind(blobs).execute(self.connection()).await.map_err(sql)?;
        }
        Ok(())
    }

    /// Accepts documents whose contents stand in `contents`, each as if it came alone, in order.
    pub(super) async fn accept(
        &mut self,
        accepts: &[&(NewSubmission, Prepared)],
        contents: HashMap<DocumentId, i64>,
    ) -> Result<Vec<Result<Accepted, StoreError>>, StoreError> {
        if accepts.is_empty() {
            return Ok(Vec::new());
        }
        let mut blobs = Blobs { all: contents.values().copied().collect(), of_documents: contents };
        let items: Vec<_> = accepts.iter().filter_map(|(new, _)| new.item.as_ref()).collect();
        let (requests, items) = (self.known_requests(accepts).await?, self.known_items(&items).await?);
        let mut known = Known { requests, items };
        let mut decisions = Vec::with_capacity(accepts.len());
        for (new, document) in accepts {
            decisions.push(self.decide(new, document, &mut known, &mut blobs).await?);
        }
        let made: Vec<_> = accepts
            .iter()
            .zip(&decisions)
            .filter_map(|((new, document), decision)| match decision {
                Decision::New(submission) => Some((new, document, &**submission)),
                Decision::Repeated(_) | Decision::Refused(_) => None,
            })
            .collect();
        self.store_documents(&made, blobs).await?;
        self.add_submissions(&made).await?;
        self.answers(decisions).await
    }

    async fn known_requests(
        &mut self,
        accepts: &[&(NewSubmission, Prepared)],
    ) -> Result<HashMap<[u8; 32], Made>, StoreError> {
        let keys: Vec<_> = accepts.iter().filter_map(|(new, _)| request_key(new)).map(Vec::from).collect();
        let mut requests = HashMap::new();
        if keys.is_empty() {
            return Ok(requests);
        }
        let rows = sqlx::query(FIND_REQUESTS).bind(keys).fetch_all(self.connection()).await.map_err(sql)?;
        for row in &rows {
            if self.now < get_time(row, "at")?.after(REQUEST_ID_VALIDITY) {
                let made = Made {
                    digest: crate::rows::get_bytes(row, "digest")?,
                    submission: get_submission_id(row, "submission")?,
                };
                requests.insert(crate::rows::get_bytes(row, "key")?, made);
            }
        }
        Ok(requests)
    }

    async fn decide(
        &mut self,
        new: &NewSubmission,
        document: &Prepared,
        known: &mut Known,
        blobs: &mut Blobs,
    ) -> Result<Decision, StoreError> {
        let digest = new.request_digest(document.id);
        match known.find(new, &digest) {
            Ok(Some(submission)) => {
                if let Content::Staged(id) = new.content {
                    blobs.all.extend(self.end_upload(id).await?);
                }
                return Ok(Decision::Repeated(submission));
            }
            Ok(None) => {}
            Err(refused) => return Ok(Decision::Refused(refused)),
        }
        if self.writing.limits.outbox_rows_max <= self.counters.outbox_rows.cast_unsigned() {
            let retry_after = OVERLOAD_RETRY_AFTER;
            return Ok(Decision::Refused(StoreError::Overloaded { retry_after }));
        }
        if let Content::Staged(id) = new.content
            && let Err(refused) = self.take_upload(id, document, blobs).await?
        {
            return Ok(Decision::Refused(refused));
        }
        let submission =
            Submission::received(new, document.id, self.now, Position(self.counters.position + 1));
        self.counters.position += 1;
        self.counters.outbox_rows += 1;
        self.announcements += 1;
        known.add(new, Made { digest, submission: submission.id });
        Ok(Decision::New(Box::new(submission)))
    }

    /// Makes an upload the content of its document, unless that has one.
    async fn take_upload(
        &mut self,
        id: StagingId,
        document: &Prepared,
        blobs: &mut Blobs,
    ) -> Result<Result<(), StoreError>, StoreError> {
        let find = sqlx::query(FIND_UPLOAD).bind(id.key()).fetch_optional(self.connection()).await;
        let Some(row) = find.map_err(sql)? else { return Ok(Err(no_upload(id))) };
        if get_number::<u64>(&row, "bytes")? != document.bytes {
            // Somebody added a piece while it was being accepted: its digest is not what we took it for.
            return Ok(Err(StoreError::Unavailable("the upload has grown while it was accepted".into())));
        }
        let Some(blob) = self.end_upload(id).await? else { return Ok(Err(no_upload(id))) };
        let first = document.bytes.cast_signed() / CHUNK_BYTES as i64;
        let chunks = (first..).zip(&document.chunks).map(|(ordinal, chunk)| (blob, ordinal, chunk));
        self.add_chunks(chunks.collect()).await?;
        blobs.all.push(blob);
        blobs.of_documents.entry(document.id).or_insert(blob);
        Ok(Ok(()))
    }

    /// Stores documents, each once, with the names under which they came; drops contents that nobody needs.
    async fn store_documents(
        &mut self,
        made: &[(&NewSubmission, &Prepared, &Submission)],
        blobs: Blobs,
    ) -> Result<(), StoreError> {
        /// A document, and whether it was published and sent as a draft.
        type Sent<'a> = (&'a NewSubmission, &'a Prepared, bool, bool);
        let mut documents: Vec<Sent<'_>> = Vec::with_capacity(made.len());
        let mut places: HashMap<DocumentId, usize> = HashMap::new();
        let mut names: Vec<(DocumentId, i64, &str)> = Vec::new();
        let mut named = HashSet::new();
        for (new, document, _) in made {
            let place = *places.entry(document.id).or_insert_with(|| {
                documents.push((new, document, false, false));
                documents.len() - 1
            });
            if let Some(sent) = documents.get_mut(place) {
                sent.2 |= new.purpose == Purpose::Published;
                sent.3 |= new.purpose == Purpose::Draft;
            }
            let (of_files, of_sources) = kinds(new.purpose);
            for (kind, value) in [(of_files, &*new.name), (of_sources, &*new.source)] {
                if !value.is_empty() && named.insert((document.id, kind, value)) {
                    names.push((document.id, kind, value));
                }
            }
        }
        let mut unused: HashSet<i64> = blobs.all.iter().copied().collect();
        if !documents.is_empty() {
            let blob = |id| blobs.of_documents.get(&id).copied().unwrap_or_default();
            let stored: Vec<i64> = sqlx::query_scalar(ADD_DOCUMENTS)
                .bind(documents.iter().map(|sent| sent.1.id.key()).collect::<Vec<_>>())
                .bind(documents.iter().map(|sent| blob(sent.1.id)).collect::<Vec<_>>())
                .bind(documents.iter().map(|sent| sent.1.bytes.cast_signed()).collect::<Vec<_>>())
                .bind(documents.iter().map(|sent| text::stored(&sent.0.media_type)).collect::<Vec<_>>())
                .bind(documents.iter().map(|sent| sent.2).collect::<Vec<_>>())
                .bind(documents.iter().map(|sent| sent.3).collect::<Vec<_>>())
                .bind(self.now.micros())
                .fetch_all(self.connection())
                .await
                .map_err(sql)?;
            for blob in stored {
                unused.remove(&blob);
            }
        }
        self.drop_chunks(unused.into_iter().collect()).await?;
        if !names.is_empty() {
            sqlx::query(ADD_NAMES)
                .bind(names.iter().map(|name| name.0.key()).collect::<Vec<_>>())
                .bind(names.iter().map(|name| name.1).collect::<Vec<_>>())
                .bind(names.iter().map(|name| text::stored(name.2)).collect::<Vec<_>>())
                .bind(DocumentInfo::NAMES_MAX as i64)
                .execute(self.connection())
                .await
                .map_err(sql)?;
        }
        Ok(())
    }

    async fn add_submissions(
        &mut self,
        made: &[(&NewSubmission, &Prepared, &Submission)],
    ) -> Result<(), StoreError> {
        if made.is_empty() {
            return Ok(());
        }
        let texts = |text: fn(&Submission) -> &str| -> Vec<_> {
            made.iter().map(|(_, _, submission)| text::stored(text(submission))).collect()
        };
        sqlx::query(ADD_SUBMISSIONS)
            .bind(made.iter().map(|made| made.2.position.0).collect::<Vec<_>>())
            .bind(made.iter().map(|made| made.2.id.key()).collect::<Vec<_>>())
            .bind(made.iter().map(|made| made.2.document.key()).collect::<Vec<_>>())
            .bind(made.iter().map(|made| code(made.2.purpose)).collect::<Vec<_>>())
            .bind(texts(|submission| &submission.name))
            .bind(texts(|submission| &submission.source))
            .bind(texts(|submission| &submission.media_type))
            .bind(self.now.micros())
            .bind(made.iter().map(|made| trace_text(made.0.trace.as_ref())).collect::<Vec<_>>())
            .bind(made.iter().map(|made| Some(made.0.item.as_ref()?.batch.key())).collect::<Vec<_>>())
            .bind(made.iter().map(|made| Some(text::stored(&made.0.item.as_ref()?.key))).collect::<Vec<_>>())
            .bind(made.iter().map(|made| code(made.2.priority)).collect::<Vec<_>>())
            .execute(self.connection())
            .await
            .map_err(sql)?;
        let items: Vec<_> = made.iter().filter_map(|made| made.0.item.as_ref()).collect();
        self.end_refusals(&items).await?;
        let requests: Vec<_> = made
            .iter()
            .filter_map(|(new, document, submission)| {
                Some((request_key(new)?, new.request_digest(document.id), submission.id))
            })
            .collect();
        if !requests.is_empty() {
            sqlx::query(ADD_REQUESTS)
                .bind(requests.iter().map(|request| request.0.to_vec()).collect::<Vec<_>>())
                .bind(requests.iter().map(|request| request.1.to_vec()).collect::<Vec<_>>())
                .bind(requests.iter().map(|request| request.2.key()).collect::<Vec<_>>())
                .bind(self.now.micros())
                .execute(self.connection())
                .await
                .map_err(sql)?;
        }
        Ok(())
    }

    async fn answers(
        &mut self,
        decisions: Vec<Decision>,
    ) -> Result<Vec<Result<Accepted, StoreError>>, StoreError> {
        let repeated = decisions.iter().filter_map(|decision| match decision {
            Decision::Repeated(id) => Some(*id),
            Decision::New(_) | Decision::Refused(_) => None,
        });
        let repeated: Vec<_> = repeated.collect();
        let standing = self.submissions(&repeated).await?;
        let answer = |decision| match decision {
            Decision::New(submission) => Ok(Accepted { submission: *submission, created: true }),
            Decision::Refused(error) => Err(error),
            Decision::Repeated(id) => match standing.get(&id) {
                Some(submission) => Ok(Accepted { submission: submission.clone(), created: false }),
                None => Err(StoreError::corrupt("request id", "its submission is not there")),
            },
        };
        Ok(decisions.into_iter().map(answer).collect())
    }

    async fn begin_upload(&mut self, id: StagingId) -> Result<(), StoreError> {
        let writing = self.writing;
        let blob = writing.numbers.take(self.connection(), 1).await?.pop();
        sqlx::query(BEGIN_UPLOAD)
            .bind(id.key())
            .bind(blob)
            .bind(self.now.micros())
            .execute(self.connection())
            .await
            .map_err(sql)?;
        Ok(())
    }

    async fn append(&mut self, id: StagingId, piece: Bytes) -> Result<u64, StoreError> {
        let row = sqlx::query(FIND_UPLOAD).bind(id.key()).fetch_optional(self.connection()).await;
        let row = row.map_err(sql)?.ok_or_else(|| no_upload(id))?;
        let (blob, mut tail, before): (i64, Vec<u8>, u64) =
            (get(&row, "blob")?, get(&row, "tail")?, get_number(&row, "bytes")?);
        let bytes = before + piece.len() as u64;
        bounded(bytes)?;
        tail.extend_from_slice(&piece);
        let (full, rest) = tail.as_chunks::<CHUNK_BYTES>();
        let first = before.cast_signed() / CHUNK_BYTES as i64;
        for (ordinal, chunk) in (first..).zip(full) {
            self.add_chunks(vec![(blob, ordinal, &compress(chunk)?)]).await?;
        }
        sqlx::query(GROW_UPLOAD)
            .bind(id.key())
            .bind(rest.to_vec())
            .bind(bytes.cast_signed())
            .bind(self.now.micros())
            .execute(self.connection())
            .await
            .map_err(sql)?;
        Ok(bytes)
    }

    /// Ends an upload and gives the number of its chunks, if there was one.
    async fn end_upload(&mut self, id: StagingId) -> Result<Option<i64>, StoreError> {
        sqlx::query_scalar(END_UPLOAD).bind(id.key()).fetch_optional(self.connection()).await.map_err(sql)
    }

    async fn abandon(&mut self, id: StagingId) -> Result<(), StoreError> {
        let blob = self.end_upload(id).await?;
        self.drop_chunks(blob.into_iter().collect()).await
    }

    async fn sweep(&mut self, limit: u32) -> Result<Swept, StoreError> {
        let request_ids = sqlx::query(SWEEP_REQUESTS)
            .bind(self.now.before(REQUEST_ID_VALIDITY).micros())
            .bind(i64::from(limit))
            .execute(self.connection())
            .await
            .map_err(sql)?
            .rows_affected();
        let of_reviews = sqlx::query(SWEEP_REVIEW_REQUESTS)
            .bind(self.now.before(REQUEST_ID_VALIDITY).micros())
            .bind(i64::from(limit))
            .execute(self.connection())
            .await
            .map_err(sql)?
            .rows_affected();
        let request_ids = request_ids + of_reviews;
        let blobs: Vec<i64> = sqlx::query_scalar(SWEEP_UPLOADS)
            .bind(self.now.before(STAGING_PATIENCE).micros())
            .bind(i64::from(limit))
            .fetch_all(self.connection())
            .await
            .map_err(sql)?;
        let stagings = blobs.len() as u64;
        self.drop_chunks(blobs).await?;
        Ok(Swept { request_ids, stagings })
    }
}
