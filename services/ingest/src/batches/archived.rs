//! An archive in an upload: kept in a file while it comes, then read off the async threads, entry by entry.

use super::collecting::Collecting;
use super::upload::Taking;
use crate::accept::Metadata;
use crate::archive::{ARCHIVE_BYTES_MAX, Ended, Event, Refused};
use gongkai_model::RefuseReason;
use gongkai_store::ItemName;
use gongkai_wire::v1::ArchiveContents;
use gongkai_wire::{CHUNK_BYTES_MAX, ErrorReason, v1};
use std::fs::File;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::{AsyncSeekExt as _, AsyncWriteExt as _};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use tonic::Status;
use tracing::{error, warn};

/// Events that wait between the thread that reads and the items that are taken.
const EVENTS_MAX: usize = 4;
/// When to come back where there is no room on the disk.
const DISK_RETRY_AFTER: Duration = Duration::from_secs(30);
/// Archives that are here at the same time, in all uploads of a process: each is a file on disk.
pub(super) const KEPT_MAX: usize = 8;
/// How long one waits for a place before anything of it is sent, and when to come back where there is none.
const PLACE_PATIENCE: Duration = Duration::from_secs(30);
const PLACE_RETRY_AFTER: Duration = Duration::from_secs(30);
/// Of those, how many are read at the same time. One that still comes, however slowly, is not among them.
const READ_MAX: usize = 2;
/// How long one that is here waits for its turn to be read.
const TURN_PATIENCE: Duration = Duration::from_secs(30 * 60);

/// How many archives there may be at the same time.
#[derive(Clone)]
pub(super) struct Archives {
    kept: Arc<Semaphore>,
    read: Arc<Semaphore>,
}

impl Archives {
    pub(super) fn new() -> Self {
        Self { kept: Arc::new(Semaphore::new(KEPT_MAX)), read: Arc::new(Semaphore::new(READ_MAX)) }
    }

    /// A place for one that comes, to be held until it has been read.
    pub(super) async fn keep(&self) -> Result<OwnedSemaphorePermit, Status> {
        place(&self.kept, PLACE_PATIENCE).await
    }

    /// The turn of one that is here as a whole.
    pub(super) async fn turn(&self) -> Result<OwnedSemaphorePermit, Status> {
        place(&self.read, TURN_PATIENCE).await
    }
}

async fn place(places: &Arc<Semaphore>, patience: Duration) -> Result<OwnedSemaphorePermit, Status> {
    match timeout(patience, places.clone().acquire_owned()).await {
        Ok(Ok(place)) => Ok(place),
        Ok(Err(_)) | Err(_) => {
            Err(ErrorReason::Overloaded.retry("too many archives are being taken", PLACE_RETRY_AFTER))
        }
    }
}

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

/// Takes the entries of an archive, each as an item, and tells what became of the whole. `read` gives what is in it until it
/// is told that nobody wants any more; it may block.
pub(super) async fn take(
    taking: &mut Taking,
    archive: &ItemName,
    metadata: &Metadata,
    read: impl FnOnce(&mut dyn FnMut(Event) -> bool) -> Ended + Send + 'static,
) -> Result<Result<ArchiveContents, Refused>, Status> {
    let (events, mut come) = mpsc::channel(EVENTS_MAX);
    let reading = spawn_blocking(move || read(&mut |event| events.blocking_send(event).is_ok()));
    let counts = Arc::new(Counts::default());
    let mut entry = None;
    while let Some(event) = taking.unless_over(come.recv()).await?.flatten() {
        match (event, entry.take()) {
            (Event::Begin { number, name }, _) => {
                let item = ItemName { key: format!("{}#{number}", archive.key), ..archive.clone() };
                // The whole archive would have to be sent again if one of its entries did not wait.
                let room = taking.accepting().room.wait(CHUNK_BYTES_MAX);
                let Some(room) = taking.unless_over(room).await? else { break };
                let collecting = Collecting::within(taking.accepting(), room?);
                entry = Some((item, metadata.named(name), collecting));
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
    drop(come);
    let ended = match reading.await {
        Ok(ended) => ended,
        Err(error) if error.is_panic() => {
            // What a panic says may quote the archive, and has no place in a line of the log.
            error!(batch.id = %archive.batch, "the reader of an archive of {} has panicked", archive.batch);
            let refused =
                Refused::new(RefuseReason::Damaged, "reading it failed, so that the rest is not known");
            if let Some((item, metadata, _)) = entry {
                taking.take(item, metadata, Err(refused.clone()), Some(counts.clone())).await?;
            }
            Ended::Refused(refused)
        }
        Err(error) => {
            warn!(error = &error as &dyn std::error::Error, "reading an archive was ended");
            return Err(ErrorReason::Internal.status("internal error"));
        }
    };
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
