//! An archive in an upload: kept in a file while it comes, then read off the async threads, entry by entry.

use super::collecting::Collecting;
use super::upload::Taking;
use crate::accept::Metadata;
use crate::archive::{self, ARCHIVE_BYTES_MAX, Ended, Event, Format, Limits, Refused};
use gongkai_model::RefuseReason;
use gongkai_store::ItemName;
use gongkai_wire::v1::ArchiveContents;
use gongkai_wire::{ErrorReason, v1};
use std::fs::File;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::{AsyncSeekExt as _, AsyncWriteExt as _};
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use tonic::Status;
use tracing::warn;

/// Events that wait between the thread that reads and the items that are taken.
const EVENTS_MAX: usize = 4;
/// When to come back where there is no room on the disk.
const DISK_RETRY_AFTER: Duration = Duration::from_secs(30);

/// An archive as it comes.
pub(super) struct Spool {
    file: tokio::fs::File,
    bytes: u64,
}

impl Spool {
    /// A file without a name: it ends with the process, however that ends.
    pub(super) async fn begin() -> Result<Self, Status> {
        let file = spawn_blocking(tempfile::tempfile).await.map_err(|error| no_disk(&error.into()))?;
        let file = file.map_err(|error| no_disk(&error))?;
        Ok(Self { file: tokio::fs::File::from_std(file), bytes: 0 })
    }

    /// Adds bytes, as many as an archive may have.
    pub(super) async fn add(&mut self, piece: &[u8]) -> Result<(), Status> {
        self.bytes += piece.len() as u64;
        if ARCHIVE_BYTES_MAX < self.bytes {
            return Ok(());
        }
        self.file.write_all(piece).await.map_err(|error| no_disk(&error))
    }

    /// The file, at its beginning.
    pub(super) async fn end(mut self) -> Result<Result<File, Refused>, Status> {
        if self.bytes == 0 {
            return Ok(Err(Refused::new(RefuseReason::Empty, "it has no bytes")));
        }
        if ARCHIVE_BYTES_MAX < self.bytes {
            let message = format!("it has more than the {ARCHIVE_BYTES_MAX} bytes that an archive may have");
            return Ok(Err(Refused::new(RefuseReason::TooLarge, message)));
        }
        self.file.flush().await.map_err(|error| no_disk(&error))?;
        self.file.rewind().await.map_err(|error| no_disk(&error))?;
        Ok(Ok(self.file.into_std().await))
    }
}

fn no_disk(error: &io::Error) -> Status {
    warn!(error = error as &dyn std::error::Error, "an archive cannot be kept in a temporary file");
    ErrorReason::Overloaded.retry("there is no room for an archive", DISK_RETRY_AFTER)
}

/// How many entries came to what.
#[derive(Default)]
pub(super) struct Counts {
    accepted: AtomicU64,
    refused: AtomicU64,
}

impl Counts {
    pub(super) fn count(&self, item: &v1::BatchItem) {
        let which = match &item.outcome {
            Some(v1::batch_item::Outcome::Submission(_)) => &self.accepted,
            Some(v1::batch_item::Outcome::Refusal(_) | v1::batch_item::Outcome::Archive(_)) | None => {
                &self.refused
            }
        };
        which.fetch_add(1, Ordering::Relaxed);
    }
}

/// Takes the entries of an archive, each as an item, and tells what became of the whole.
pub(super) async fn take(
    taking: &mut Taking,
    archive: &ItemName,
    metadata: &Metadata,
    format: Format,
    file: File,
) -> Result<Result<ArchiveContents, Refused>, Status> {
    let (events, mut read) = mpsc::channel(EVENTS_MAX);
    let reading = spawn_blocking(move || {
        archive::read(file, format, &Limits::STANDARD, &mut |event| events.blocking_send(event).is_ok())
    });
    let counts = Arc::new(Counts::default());
    let mut entry = None;
    while let Some(event) = taking.unless_over(read.recv()).await?.flatten() {
        match (event, entry.take()) {
            (Event::Begin { number, name }, _) => {
                let item = ItemName { key: format!("{}#{number}", archive.key), ..archive.clone() };
                let collecting = Collecting::begin(taking.accepting()).await?;
                entry = Some((item, metadata.of_entry(name), collecting));
            }
            (Event::Piece(piece), Some((item, metadata, mut collecting))) => {
                collecting.add(&piece).await?;
                entry = Some((item, metadata, collecting));
            }
            (Event::End(ended), Some((item, metadata, mut collecting))) => {
                if let Err(refused) = ended {
                    collecting.refuse(refused);
                }
                let collected = collecting.end().await?;
                taking.take(item, metadata, collected, Some(counts.clone())).await?;
            }
            (Event::Piece(_) | Event::End(_), None) => {}
        }
    }
    drop(read);
    let ended = reading.await.map_err(|error| {
        warn!(error = &error as &dyn std::error::Error, "reading an archive failed");
        ErrorReason::Internal.status("internal error")
    })?;
    taking.finish().await;
    match ended {
        Ended::Whole { passed_over } => Ok(Ok(ArchiveContents {
            accepted: counts.accepted.load(Ordering::Relaxed),
            refused: counts.refused.load(Ordering::Relaxed),
            passed_over,
        })),
        Ended::Refused(refused) => Ok(Err(refused)),
        Ended::Unwanted => Err(Status::cancelled("nobody waits for the archive any more")),
        Ended::Failed(error) => Err(no_disk(&error)),
    }
}
