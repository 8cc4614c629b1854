//! Accepting a document, whole or in pieces.

use crate::limits::{self, Room, SIGNATURE_BYTES};
use bytes::Bytes;
use gongkai_model::{Priority, Purpose};
use gongkai_serve::fields::{self, invalid};
use gongkai_serve::{Principal, to_status};
use gongkai_store::{Accepted, Content, Intake, ItemName, NewSubmission, StagingId, StoreError, Submission};
use gongkai_telemetry::metrics::{self, Sent};
use gongkai_wire::{CHUNK_BYTES_MAX, ErrorReason, v1};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use tonic::Status;
use tracing::{info, warn};

/// Bytes of what is known of a document beside its bytes: it is kept, listed and told again and again.
const MEDIA_TYPE_BYTES_MAX: usize = 256;
pub(crate) const FILE_NAME_BYTES_MAX: usize = 1024;
const SOURCE_URI_BYTES_MAX: usize = 2048;

/// How long a sender may rest between two pieces.
const PIECE_PATIENCE: Duration = Duration::from_secs(30);

/// What is known of a document, checked.
#[derive(Clone)]
pub(crate) struct Metadata {
    caller: Principal,
    request_id: Option<String>,
    purpose: Purpose,
    /// None where its sender does not say.
    priority: Option<Priority>,
    media_type: String,
    file_name: String,
    source_uri: String,
    validate_only: bool,
}

impl Metadata {
    pub(crate) fn check(caller: Principal, metadata: Option<v1::DocumentMetadata>) -> Result<Self, Status> {
        let metadata = metadata.unwrap_or_default();
        let text = |field: &str, text: &str, max| fields::text(&format!("metadata.{field}"), text, max);
        Ok(Self {
            caller,
            request_id: fields::request_id("metadata.request_id", &metadata.request_id)?,
            purpose: fields::purpose("metadata.purpose", metadata.purpose)?,
            priority: fields::variant("metadata.priority", metadata.priority)?,
            media_type: text("media_type", &metadata.media_type, MEDIA_TYPE_BYTES_MAX)?,
            file_name: text("file_name", &metadata.file_name, FILE_NAME_BYTES_MAX)?,
            source_uri: text("source_uri", &metadata.source_uri, SOURCE_URI_BYTES_MAX)?,
            validate_only: metadata.validate_only,
        })
    }
}

impl Metadata {
    /// The submission of a document of which this is known.
    pub(crate) fn submission(self, item: Option<ItemName>, content: Content) -> NewSubmission {
        // Who sends many at once does not wait for each.
        let usual = if item.is_some() { Priority::Low } else { Priority::Normal };
        NewSubmission {
            caller: self.caller.name().to_owned(),
            request_id: self.request_id,
            item,
            purpose: self.purpose,
            priority: self.priority.unwrap_or(usual),
            media_type: self.media_type,
            name: self.file_name,
            source: self.source_uri,
            content,
            trace: gongkai_telemetry::current_trace(),
        }
    }

    /// The file name.
    pub(crate) fn file_name(&self) -> &str {
        &self.file_name
    }

    /// The same under another file name, as of an entry of what this is said of.
    pub(crate) fn named(&self, file_name: String) -> Self {
        Self { file_name, ..self.clone() }
    }
}

/// Takes documents in.
#[derive(Clone)]
pub(crate) struct Accepting {
    pub(crate) intake: Arc<dyn Intake>,
    pub(crate) room: Room,
}

impl Accepting {
    pub(crate) fn new(intake: Arc<dyn Intake>, room: Room) -> Self {
        Self { intake, room }
    }

    /// Accepts a document that is here as a whole; nothing with `validate_only`.
    pub(crate) async fn whole(
        &self,
        metadata: Metadata,
        content: Bytes,
    ) -> Result<Option<Submission>, Status> {
        limits::check_piece("content", content.len())?;
        check_not_empty(content.len() as u64)?;
        if metadata.validate_only {
            return Ok(None);
        }
        let _room = self.room.take(content.len()).await?;
        self.accept(metadata, content.len() as u64, Content::Bytes(content)).await.map(Some)
    }

    /// Accepts a document whose bytes come in pieces. One piece is in memory at a time.
    pub(crate) async fn pieces(
        &self,
        metadata: Metadata,
        pieces: &mut impl Pieces,
    ) -> Result<Option<Submission>, Status> {
        let _room = self.room.take(CHUNK_BYTES_MAX).await?;
        let mut upload = Upload::new(self.intake.clone());
        let mut head = Vec::with_capacity(SIGNATURE_BYTES);
        let mut bytes = 0;
        loop {
            let piece = match timeout(PIECE_PATIENCE, pieces.next()).await {
                Ok(piece) => piece?,
                Err(_) => return Err(Status::deadline_exceeded("the next piece did not come in time")),
            };
            let Some(piece) = piece else { break };
            limits::check_piece("chunk", piece.len())?;
            bytes += piece.len() as u64;
            head.extend(piece.iter().take(SIGNATURE_BYTES - head.len()));
            limits::check_size(&head, bytes)?;
            if !metadata.validate_only && !piece.is_empty() {
                upload.append(piece).await?;
            }
        }
        check_not_empty(bytes)?;
        if metadata.validate_only {
            return Ok(None);
        }
        let staging = upload.staging().await?;
        let accepted = self.accept(metadata, bytes, Content::Staged(staging)).await?;
        upload.is_accepted();
        Ok(Some(accepted))
    }

    async fn accept(&self, metadata: Metadata, bytes: u64, content: Content) -> Result<Submission, Status> {
        let accepted = self.submit(metadata.submission(None, content), bytes).await;
        accepted.map_err(|error| to_status(&error))
    }

    /// Accepts a document of so many bytes.
    pub(crate) async fn submit(&self, new: NewSubmission, bytes: u64) -> Result<Submission, StoreError> {
        let accepted = self.intake.accept(new).await;
        metrics::document_sent(match &accepted {
            Ok(accepted) if accepted.created => Sent::Accepted,
            Ok(_) => Sent::Known,
            Err(_) => Sent::Refused,
        });
        let Accepted { submission, created } = accepted?;
        if created {
            let (id, document) = (submission.id, submission.document);
            info!(submission.id = %id, document.id = %document, document.bytes = bytes, "accepted {id}");
        }
        Ok(submission)
    }
}

fn check_not_empty(bytes: u64) -> Result<(), Status> {
    match bytes {
        0 => Err(ErrorReason::EmptyDocument.field("content", "the document has no bytes")),
        _ => Ok(()),
    }
}

/// Gives the pieces of a document one after the other.
pub(crate) trait Pieces: Send {
    /// The next piece; none after the last.
    fn next(&mut self) -> impl Future<Output = Result<Option<Bytes>, Status>> + Send;
}

impl Pieces for tonic::Streaming<v1::UploadDocumentRequest> {
    async fn next(&mut self) -> Result<Option<Bytes>, Status> {
        match self.message().await?.map(|message| message.part) {
            None => Ok(None),
            Some(Some(v1::upload_document_request::Part::Chunk(chunk))) => Ok(Some(chunk)),
            Some(Some(v1::upload_document_request::Part::Metadata(_))) => {
                Err(invalid("metadata", "only the first message has it"))
            }
            Some(None) => Err(invalid("part", "it is needed")),
        }
    }
}

/// An upload under way. Abandoned when it is dropped before it is accepted, whatever the reason.
pub(crate) struct Upload {
    intake: Arc<dyn Intake>,
    staging: Option<StagingId>,
}

impl Upload {
    pub(crate) fn new(intake: Arc<dyn Intake>) -> Self {
        Self { intake, staging: None }
    }

    pub(crate) async fn staging(&mut self) -> Result<StagingId, Status> {
        match self.staging {
            Some(staging) => Ok(staging),
            None => {
                let staging = self.intake.begin_upload().await.map_err(|error| to_status(&error))?;
                Ok(*self.staging.insert(staging))
            }
        }
    }

    pub(crate) async fn append(&mut self, piece: Bytes) -> Result<(), Status> {
        let staging = self.staging().await?;
        self.intake.append(staging, piece).await.map_err(|error| to_status(&error))?;
        Ok(())
    }

    pub(crate) fn is_accepted(&mut self) {
        self.staging = None;
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        let Some(staging) = self.staging else { return };
        let intake = self.intake.clone();
        // What is left behind all the same is swept up later.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                if let Err(error) = intake.abandon(staging).await {
                    warn!(error = &error as &dyn std::error::Error, "{staging} could not be abandoned");
                }
            });
        }
    }
}
