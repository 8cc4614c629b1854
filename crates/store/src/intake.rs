use crate::{ItemName, StoreError, Submission};
use async_trait::async_trait;
use bytes::Bytes;
use gongkai_model::{DocumentId, Priority, Purpose, TraceContext};
use sha2::{Digest, Sha256};
use std::time::Duration;
use uuid::Uuid;

/// Bytes of a document that are kept and read as one piece: 256 KiB.
pub const CHUNK_BYTES: usize = 256 * 1024;
/// Bytes that a document may have at most.
pub const DOCUMENT_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// How long a request id is remembered.
pub const REQUEST_ID_VALIDITY: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// How long an upload may rest between two pieces before it counts as abandoned.
pub const STAGING_PATIENCE: Duration = Duration::from_secs(60 * 60);

/// When to come back after a refusal for want of room in the outbox.
pub const OVERLOAD_RETRY_AFTER: Duration = Duration::from_secs(5);

/// How much a store takes in before it refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Submissions that may wait in the outbox.
    pub outbox_rows_max: u64,
}

impl Limits {
    /// What the services use: as much as a long absence of the queue may need.
    pub const STANDARD: Self = Self { outbox_rows_max: 1_000_000 };
}

/// Takes documents in.
///
/// Every implementation passes the contract suite.
#[async_trait]
pub trait Intake: Send + Sync {
    /// Begins an upload whose digest is not known yet. Nothing of it shows anywhere until it is accepted.
    async fn begin_upload(&self) -> Result<StagingId, StoreError>;

    /// Adds `piece` to an upload and tells how many bytes it has now. Keeps no more than [`DOCUMENT_BYTES_MAX`].
    /// Pieces of one upload must be added one after the other.
    async fn append(&self, staging: StagingId, piece: Bytes) -> Result<u64, StoreError>;

    /// Forgets an upload; an unknown one is forgotten already.
    async fn abandon(&self, staging: StagingId) -> Result<(), StoreError>;

    /// Accepts a document: stores it (once for the same bytes), its submission, the outbox row that has it
    /// announced, and the request id, all in one transaction. When this returns, the submission is safe from a
    /// crash of the process and from a loss of power.
    ///
    /// The same request id from the same caller with the same content gives the same submission again and changes
    /// nothing; with other content it is [`StoreError::RequestIdConflict`]. Without a request id every call is a
    /// submission of its own. Items of batches are known by their names instead, for ever: the same item with the same content
    /// gives the same submission, with other content it is [`StoreError::ItemConflict`]; one that was refused before is
    /// accepted in its place. Refused as [`StoreError::Overloaded`] when too many submissions wait in the outbox.
    async fn accept(&self, new: NewSubmission) -> Result<Accepted, StoreError>;

    /// Removes at most `limit` request ids whose time is over, and at most `limit` abandoned uploads.
    async fn sweep(&self, limit: u32) -> Result<Swept, StoreError>;
}

/// An upload that is not accepted yet.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StagingId(Uuid);

impl StagingId {
    /// A new name, ordered by its time of making.
    pub fn generate() -> Self {
        Self(Uuid::now_v7())
    }

    /// The name with this id.
    pub const fn from_uuid(id: Uuid) -> Self {
        Self(id)
    }

    /// The id alone.
    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

impl std::fmt::Display for StagingId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "uploads/{}", self.0)
    }
}

impl std::fmt::Debug for StagingId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

/// A document to be accepted.
#[derive(Clone, Debug)]
pub struct NewSubmission {
    /// Who sends it: request ids are kept apart by caller.
    pub caller: String,
    /// Makes a repetition safe; see [`Intake::accept`]. Not looked at for an item of a batch.
    pub request_id: Option<String>,
    /// Which item of which batch it is, if it is one.
    pub item: Option<ItemName>,
    /// What it is for.
    pub purpose: Purpose,
    /// How urgent it is. No part of the request, either: a repetition may say otherwise, which changes nothing.
    pub priority: Priority,
    /// The media type it was sent with; empty where none was.
    pub media_type: String,
    /// Its file name; empty where none was given.
    pub name: String,
    /// The address it was fetched from; empty where none was given.
    pub source: String,
    /// Its bytes.
    pub content: Content,
    /// The trace that all work on it continues, where its sender is traced. It is no part of the request: a repetition may
    /// have another one, which changes nothing.
    pub trace: Option<TraceContext>,
}

impl NewSubmission {
    /// The digest of the request's content, by which a repetition is known. For engines.
    pub fn request_digest(&self, document: DocumentId) -> [u8; 32] {
        digest(document, self.purpose, [&self.media_type, &self.name, &self.source])
    }
}

impl Submission {
    /// The digest of the content of the request that made it. For engines.
    pub fn request_digest(&self) -> [u8; 32] {
        digest(self.document, self.purpose, [&self.media_type, &self.name, &self.source])
    }
}

fn digest(document: DocumentId, purpose: Purpose, [media_type, name, source]: [&str; 3]) -> [u8; 32] {
    let mut digest = Sha256::new();
    digest.update(document.digest());
    for text in [purpose.name(), media_type, name, source] {
        digest.update((text.len() as u64).to_le_bytes());
        digest.update(text.as_bytes());
    }
    digest.finalize().into()
}

/// Where the bytes of a new submission are.
#[derive(Clone, Debug)]
pub enum Content {
    /// Here.
    Bytes(Bytes),
    /// In an upload, which ends when it is accepted.
    Staged(StagingId),
}

/// The answer to an accepted document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The submission as it stands now.
    pub submission: Submission,
    /// Whether this call made it; false where the request id had been seen.
    pub created: bool,
}

/// What [`Intake::sweep`] removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Request ids whose time was over.
    pub request_ids: u64,
    /// Abandoned uploads.
    pub stagings: u64,
}
