//! The bytes of documents on their way in and out: cut into chunks, compressed, named by their digest.

use crate::off_thread;
use bytes::Bytes;
use gongkai_model::{DocumentId, Purpose};
use gongkai_store::{CHUNK_BYTES, DOCUMENT_BYTES_MAX, Missing, StagingId, StoreError, compression};
use sha2::{Digest, Sha256};

/// Kinds of rows in `document_names`: what is given with drafts never shows in what is published.
const FILE_NAME: i64 = 1;
const SOURCE: i64 = 2;
const DRAFT_FILE_NAME: i64 = 3;
const DRAFT_SOURCE: i64 = 4;

/// The kinds of file names and of addresses that are given with documents sent for this purpose.
pub(crate) fn kinds(purpose: Purpose) -> (i64, i64) {
    match purpose {
        Purpose::Published => (FILE_NAME, SOURCE),
        Purpose::Draft => (DRAFT_FILE_NAME, DRAFT_SOURCE),
    }
}

/// Digest and compression of so many bytes take some tens of microseconds, less than the way to another thread and back.
const IN_PLACE_BYTES_MAX: usize = 32 * 1024;

/// A document before its transaction: everything that takes time has been done.
#[derive(Clone)]
pub(crate) struct Prepared {
    pub id: DocumentId,
    pub bytes: u64,
    /// Its compressed chunks; for an upload, only the last one that is not there yet.
    pub chunks: Vec<Vec<u8>>,
}

pub(crate) async fn prepare(bytes: Bytes) -> Result<Prepared, StoreError> {
    bounded(bytes.len() as u64)?;
    let is_small = bytes.len() <= IN_PLACE_BYTES_MAX;
    let work = move || -> Result<Prepared, StoreError> {
        Ok(Prepared {
            id: DocumentId::from_digest(Sha256::digest(&bytes).into()),
            bytes: bytes.len() as u64,
            chunks: bytes.chunks(CHUNK_BYTES).map(compress).collect::<Result<_, _>>()?,
        })
    };
    if is_small { work() } else { off_thread(work).await }
}

/// An upload that is read back piece by piece to learn its digest.
pub(crate) struct Rereading(Sha256);

impl Rereading {
    pub(crate) fn new() -> Self {
        Self(Sha256::new())
    }

    /// Goes on with a chunk as it is stored.
    pub(crate) async fn chunk(mut self, chunk: Vec<u8>) -> Result<Self, StoreError> {
        off_thread(move || {
            self.0.update(decompress(&chunk)?);
            Ok(self)
        })
        .await
    }

    /// Ends with what does not fill a chunk.
    pub(crate) fn finish(mut self, tail: &[u8], bytes: u64) -> Result<Prepared, StoreError> {
        self.0.update(tail);
        let chunks = if tail.is_empty() { Vec::new() } else { vec![compress(tail)?] };
        Ok(Prepared { id: DocumentId::from_digest(self.0.finalize().into()), bytes, chunks })
    }
}

pub(crate) fn compress(chunk: &[u8]) -> Result<Vec<u8>, StoreError> {
    compression::compress(chunk).map_err(|error| StoreError::Unavailable(error.into()))
}

pub(crate) fn decompress(chunk: &[u8]) -> Result<Vec<u8>, StoreError> {
    compression::decompress(chunk, CHUNK_BYTES)
        .map_err(|error| StoreError::corrupt("chunk of a document", error))
}

pub(crate) fn bounded(bytes: u64) -> Result<(), StoreError> {
    if DOCUMENT_BYTES_MAX < bytes {
        return Err(StoreError::TooLarge {
            what: "the document in bytes",
            actual: bytes,
            max: DOCUMENT_BYTES_MAX,
        });
    }
    Ok(())
}

pub(crate) fn no_upload(id: StagingId) -> StoreError {
    StoreError::NotFound(Missing::Staging(id))
}
