//! Snapshots of other stores, taken in: a part is kept in a file until it is whole and is what its manifest says, and only then is
//! anything of it taken.

mod parts;
mod taking;

use crate::Dependencies;
use gongkai_serve::{Deadline, fields, shutting_down, to_status};
use gongkai_snapshot::{MANIFEST_NAME, Manifest, Part, Place};
use gongkai_store::{ContentDigest, HeldSnapshot, Position, content_digests};
use gongkai_wire::v1::import_snapshot_request::Piece;
use gongkai_wire::v1::snapshot_import_service_server::SnapshotImportService;
use gongkai_wire::{ErrorReason, v1};
use parts::{Spool, damaged};
use std::time::Duration;
use taking::Taking;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming};

/// How long a snapshot may take, and how long its sender may be silent.
const PATIENCE: Duration = Duration::from_secs(24 * 60 * 60);
const SILENCE: Duration = Duration::from_secs(120);
/// Snapshots that are taken in at the same time: two would only stand in each other's way.
const SEATS: usize = 1;
const RETRY_AFTER: Duration = Duration::from_secs(30);
/// Bytes of a manifest.
const MANIFEST_BYTES_MAX: usize = 32 * 1024 * 1024;

pub(crate) struct Handler {
    dependencies: Dependencies,
    stop: CancellationToken,
    seats: Semaphore,
}

impl Handler {
    pub(crate) fn new(dependencies: &Dependencies, stop: CancellationToken) -> Self {
        Self { dependencies: dependencies.clone(), stop, seats: Semaphore::new(SEATS) }
    }
}

#[tonic::async_trait]
impl SnapshotImportService for Handler {
    async fn import_snapshot(
        &self,
        request: Request<Streaming<v1::ImportSnapshotRequest>>,
    ) -> Result<Response<v1::ImportSnapshotResponse>, Status> {
        let deadline = Deadline::of(request.metadata()).at_most(PATIENCE);
        let overloaded = |_| ErrorReason::Overloaded.retry("a snapshot is being taken in", RETRY_AFTER);
        let _seat = self.seats.try_acquire().map_err(overloaded)?;
        let mut pieces = Pieces { stream: request.into_inner(), begun: None };
        let import = async {
            let manifest = manifest(&mut pieces).await?;
            self.may_be_taken(&manifest).await?;
            self.import(&manifest, &mut pieces).await
        };
        tokio::select! {
            imported = deadline.bound(import) => imported.map(Response::new),
            () = self.stop.cancelled() => Err(shutting_down()),
        }
    }
}

/// The files of a snapshot as they come.
struct Pieces {
    stream: Streaming<v1::ImportSnapshotRequest>,
    /// The name of the file that has begun, where the one before it was read to its end.
    begun: Option<String>,
}

impl Pieces {
    async fn next(&mut self) -> Result<Option<Piece>, Status> {
        let silent = |_| Status::deadline_exceeded("nothing has come for too long");
        let message = timeout(SILENCE, self.stream.message()).await.map_err(silent)??;
        let Some(message) = message else { return Ok(None) };
        message.piece.map(Some).ok_or_else(|| fields::invalid("piece", "it is needed"))
    }

    /// The name of the next file, which begins; none behind the last.
    async fn file(&mut self) -> Result<Option<String>, Status> {
        if let Some(name) = self.begun.take() {
            return Ok(Some(name));
        }
        match self.next().await? {
            Some(Piece::File(name)) => Ok(Some(name)),
            Some(Piece::Chunk(_)) => Err(fields::invalid("chunk", "no file has begun")),
            None => Ok(None),
        }
    }

    /// Some bytes of the file that has begun; none at its end.
    async fn chunk(&mut self) -> Result<Option<bytes::Bytes>, Status> {
        match self.next().await? {
            Some(Piece::Chunk(chunk)) => Ok(Some(chunk)),
            Some(Piece::File(name)) => {
                self.begun = Some(name);
                Ok(None)
            }
            None => Ok(None),
        }
    }
}

async fn manifest(pieces: &mut Pieces) -> Result<Manifest, Status> {
    if pieces.file().await?.as_deref() != Some(MANIFEST_NAME) {
        return Err(fields::invalid("file", format!("the first one is {MANIFEST_NAME}")));
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = pieces.chunk().await? {
        bytes.extend_from_slice(&chunk);
        if MANIFEST_BYTES_MAX < bytes.len() {
            return Err(damaged(MANIFEST_NAME, "it has more bytes than a manifest has", None));
        }
    }
    Manifest::from_bytes(&bytes).map_err(|error| {
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
        damaged(MANIFEST_NAME, &format!("{error}{}", cause.unwrap_or_default()), None)
    })
}

fn content(place: &Place) -> Result<ContentDigest, Status> {
    place.content().ok_or_else(|| damaged(MANIFEST_NAME, "a digest in it is none", None))
}

impl Handler {
    /// Refuses a delta whose base is not here.
    async fn may_be_taken(&self, manifest: &Manifest) -> Result<(), Status> {
        let Some(base) = &manifest.base else { return Ok(()) };
        let store = &self.dependencies;
        let wanted = content(base)?;
        let held = store.imports.held_snapshot(Some(wanted)).await.map_err(|error| to_status(&error))?;
        if held.is_some() {
            return Ok(());
        }
        // It may be here without having been taken in: this is where it comes from, or a copy of that.
        let (forever, then) = (Position(i64::MAX), Position(base.position));
        let now = store.submissions.wait_for_change(forever, Duration::ZERO).await;
        let now = now.map_err(|error| to_status(&error))?;
        // A position of another store may be ahead of this one.
        let then = then.min(now);
        let digests = content_digests(&*store.histories, &[now, then]).await;
        let digests = digests.map_err(|error| to_status(&error))?;
        if digests.iter().any(|(digest, _)| *digest == wanted) {
            return Ok(());
        }
        let last = store.imports.held_snapshot(None).await.map_err(|error| to_status(&error))?;
        let (here, at) = match (last, digests.first()) {
            (Some(last), _) => (last.content.to_string(), last.position.0.to_string()),
            (None, Some((here, _))) => (here.to_string(), "0".to_owned()),
            (None, None) => (String::new(), "0".to_owned()),
        };
        let position = base.position.to_string();
        let message = match last {
            Some(_) => format!(
                "the base at position {position} with the content {wanted} has not been taken in; the last that was is that of \
                 position {at} with {here}"
            ),
            None => format!(
                "the base at position {position} with the content {wanted} has not been taken in, nor any other snapshot; what \
                 is here is {here}"
            ),
        };
        let metadata = [
            ("base_position", &*position),
            ("base_sha256", &*base.sha256),
            ("here_position", &*at),
            ("here_sha256", &*here),
        ];
        Err(ErrorReason::SnapshotBaseUnknown.with(message, &metadata, tonic_types::ErrorDetails::new()))
    }

    async fn import(
        &self,
        manifest: &Manifest,
        pieces: &mut Pieces,
    ) -> Result<v1::ImportSnapshotResponse, Status> {
        let mut taking = Taking::new(&self.dependencies);
        for part in &manifest.parts {
            let file = whole(part, pieces).await?;
            taking.part(&part.name, file).await?;
        }
        if let Some(name) = pieces.file().await? {
            return Err(fields::invalid("file", format!("{name} is none of the snapshot's that is left")));
        }
        let (told, carried) = taking.finish();
        if carried.to_string() != manifest.carried_sha256 {
            return Err(damaged(
                MANIFEST_NAME,
                "the reports of all parts are not those that it says",
                Some((&manifest.carried_sha256, &carried.to_string())),
            ));
        }
        let (content, position) = (content(&manifest.content)?, Position(manifest.content.position));
        if manifest.base.is_none() && content != carried {
            return Err(damaged(
                MANIFEST_NAME,
                "it is of a whole store, and its content is another",
                Some((&content.to_string(), &carried.to_string())),
            ));
        }
        // A delta on it may come only where all of it is here.
        if told.reports_kept == 0 {
            let hold = self.dependencies.imports.hold_snapshot(HeldSnapshot { content, position });
            hold.await.map_err(|error| to_status(&error))?;
        }
        Ok(told)
    }
}

/// The file of the part that comes next, if it is what it has to be.
async fn whole(part: &Part, pieces: &mut Pieces) -> Result<std::fs::File, Status> {
    match pieces.file().await? {
        Some(name) if name == part.name => {}
        Some(name) => {
            return Err(fields::invalid("file", format!("{name} has come, and {} is the next", part.name)));
        }
        None => return Err(damaged(&part.name, "it has not come", None)),
    }
    let mut spool = Spool::begin(part).await?;
    while let Some(chunk) = pieces.chunk().await? {
        spool.add(chunk).await?;
    }
    spool.end().await
}
