//! The bytes of one item, as they come: in memory while they fit into one message, beyond that in an upload of the store.

use crate::accept::{Accepting, Upload};
use crate::archive::Refused;
use crate::limits::{SIGNATURE_BYTES, document_bytes_max};
use bytes::{Bytes, BytesMut};
use gongkai_model::RefuseReason;
use gongkai_wire::CHUNK_BYTES_MAX;
use tokio::sync::OwnedSemaphorePermit;
use tonic::Status;

/// A document on its way in.
pub(super) struct Collecting {
    head: Vec<u8>,
    bytes: u64,
    /// What is in memory.
    held: BytesMut,
    staged: Option<Upload>,
    refused: Option<Refused>,
    accepting: Accepting,
    room: OwnedSemaphorePermit,
}

/// A document that has come.
pub(super) struct Collected {
    pub bytes: u64,
    /// Its bytes, unless they are in an upload.
    pub whole: Bytes,
    pub staged: Option<Upload>,
    /// Room that it takes up.
    _room: OwnedSemaphorePermit,
}

impl Collecting {
    /// Takes room for a message's worth of bytes, whatever comes.
    pub(super) async fn begin(accepting: &Accepting) -> Result<Self, Status> {
        let room = accepting.room.take(CHUNK_BYTES_MAX).await?;
        Ok(Self::within(accepting, room))
    }

    /// Begins with `room` for a message's worth of bytes.
    pub(super) fn within(accepting: &Accepting, room: OwnedSemaphorePermit) -> Self {
        Self {
            head: Vec::with_capacity(SIGNATURE_BYTES),
            bytes: 0,
            held: BytesMut::new(),
            staged: None,
            refused: None,
            room,
            accepting: accepting.clone(),
        }
    }

    /// Adds bytes; of a document that is too large, none are kept.
    pub(super) async fn add(&mut self, piece: &[u8]) -> Result<(), Status> {
        if self.refused.is_some() {
            return Ok(());
        }
        self.bytes += piece.len() as u64;
        self.head.extend(piece.iter().take(SIGNATURE_BYTES - self.head.len()));
        let max = document_bytes_max(&self.head);
        if max < self.bytes {
            let message = format!("it has more than the {max} bytes that its format may have");
            self.refuse(Refused::new(RefuseReason::TooLarge, message));
            return Ok(());
        }
        if CHUNK_BYTES_MAX < self.held.len() + piece.len() {
            self.stage().await?;
        }
        self.held.extend_from_slice(piece);
        Ok(())
    }

    /// Whatever else comes, it is refused. The first reason stands.
    pub(super) fn refuse(&mut self, refused: Refused) {
        self.refused.get_or_insert(refused);
        self.held = BytesMut::new();
        self.staged = None;
    }

    async fn stage(&mut self) -> Result<(), Status> {
        let upload = self.staged.get_or_insert_with(|| Upload::new(self.accepting.intake.clone()));
        if !self.held.is_empty() {
            upload.append(self.held.split().freeze()).await?;
        }
        Ok(())
    }

    /// The document, or why it is none that is taken.
    pub(super) async fn end(mut self) -> Result<Result<Collected, Refused>, Status> {
        if self.staged.is_some() {
            self.stage().await?;
        }
        if self.bytes == 0 {
            self.refuse(Refused::new(RefuseReason::Empty, "it has no bytes"));
        }
        let Self { bytes, held, staged, refused, mut room, .. } = self;
        // A small document keeps only the room that it needs.
        let needed = held.len().div_ceil(1024);
        drop(room.split(room.num_permits().saturating_sub(needed)));
        Ok(match refused {
            Some(refused) => Err(refused),
            None => Ok(Collected { bytes, whole: held.freeze(), staged, _room: room }),
        })
    }
}
