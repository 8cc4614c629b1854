//! Snapshots: everything that is published, written to files while it is read.

use bytes::Bytes;
use futures::stream::{self, Stream};
use gongkai_model::{DocumentId, Purpose, ReportId};
use gongkai_serve::{Deadline, call, fields, to_status};
use gongkai_snapshot::{
    LEFT_OUT_MAX, MANIFEST_NAME, Manifest, PART_BYTES_DEFAULT, PART_BYTES_MAX, PART_BYTES_MIN, Part,
    PartWriter, Place, SnapshotError, hexadecimal, history_to_message, part_name,
};
use gongkai_store::{
    ContentDigester, DocumentInfo, Documents, Histories, HistoryBounds, Missing, Position, ReportHistory,
    Reports, StoreError, Timestamp, content_digests,
};
use gongkai_wire::v1::create_snapshot_response::Piece;
use gongkai_wire::v1::snapshot_service_server::SnapshotService;
use gongkai_wire::{CHUNK_BYTES_MAX, ErrorReason, timestamp, v1};
use sha2::{Digest as _, Sha256};
use std::collections::{HashSet, VecDeque};
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::spawn_blocking;
use tokio_util::task::AbortOnDropHandle;
use tonic::{Request, Response, Status};
use tracing::{Instrument as _, error, warn};

/// How long a snapshot, and a digest of everything, may take.
const PATIENCE: Duration = Duration::from_secs(24 * 60 * 60);
/// Snapshots and digests that are made at the same time: each reads everything.
const SEATS: usize = 2;
const RETRY_AFTER: Duration = Duration::from_secs(30);
/// Reports that are read at a time.
const PAGE: HistoryBounds = HistoryBounds::reports(32);
/// Bytes of documents that are gathered before they are compressed.
const GATHERED_BYTES: usize = 1024 * 1024;
/// Documents that are remembered as given. Several reports of one document were stored together, so that their names stand
/// side by side.
const RECENT_MAX: usize = 4096;
/// Pieces that wait for a caller who reads slowly.
const PIECES_MAX: usize = 2;
/// A time after all others.
const LATEST: Timestamp = Timestamp::from_micros(i64::MAX);

pub(crate) struct Handler {
    source: Source,
    seats: Arc<Semaphore>,
}

/// Where everything comes from.
#[derive(Clone)]
struct Source {
    reports: Arc<dyn Reports>,
    histories: Arc<dyn Histories>,
    documents: Arc<dyn Documents>,
}

impl Handler {
    pub(crate) fn new(dependencies: &crate::Dependencies) -> Self {
        let source = Source {
            reports: dependencies.reports.clone(),
            histories: dependencies.histories.clone(),
            documents: dependencies.documents.clone(),
        };
        Self { source, seats: Arc::new(Semaphore::new(SEATS)) }
    }

    fn seat(&self) -> Result<OwnedSemaphorePermit, Status> {
        let overloaded = |_| ErrorReason::Overloaded.retry("too many snapshots are being made", RETRY_AFTER);
        self.seats.clone().try_acquire_owned().map_err(overloaded)
    }

    /// The last position at which a report has changed.
    async fn position(&self) -> Result<Position, Status> {
        self.source.reports.position_at(LATEST).await.map_err(|error| to_status(&error))
    }
}

fn ahead(position: Position) -> Status {
    ErrorReason::PositionAhead.status(format!("the store has never been at {}", position.0))
}

#[tonic::async_trait]
impl SnapshotService for Handler {
    type CreateSnapshotStream =
        Pin<Box<dyn Stream<Item = Result<v1::CreateSnapshotResponse, Status>> + Send>>;

    async fn create_snapshot(
        &self,
        request: Request<v1::CreateSnapshotRequest>,
    ) -> Result<Response<Self::CreateSnapshotStream>, Status> {
        let deadline = Deadline::of(request.metadata()).at_most(PATIENCE);
        let request = request.into_inner();
        let base = match &*request.base_manifest {
            [] => None,
            bytes => {
                let manifest = Manifest::from_bytes(bytes);
                let manifest = manifest.map_err(|error| fields::invalid("base_manifest", chain(&error)))?;
                let left_out = manifest.left_out_reports().unwrap_or_default();
                Some(Base { place: manifest.content, left_out })
            }
        };
        let part_bytes = match u64::try_from(request.part_bytes) {
            Ok(0) => PART_BYTES_DEFAULT,
            Ok(bytes @ PART_BYTES_MIN..=PART_BYTES_MAX) => bytes,
            Ok(_) | Err(_) => {
                let problem = format!("it is {PART_BYTES_MIN} to {PART_BYTES_MAX}");
                return Err(fields::invalid("part_bytes", problem));
            }
        };
        let seat = self.seat()?;
        let position = deadline.bound(self.position()).await?;
        if let Some(base) = base.as_ref().filter(|base| position.0 < base.place.position) {
            return Err(ahead(Position(base.place.position)));
        }
        let head = v1::SnapshotHead {
            position: position.0,
            base_position: base.as_ref().map_or(0, |base| base.place.position),
        };
        let (pieces, given) = mpsc::channel(PIECES_MAX);
        let writing = Snapshot::new(self.source.clone(), position, base, &request, part_bytes, pieces)?;
        let write = async move {
            let _seat = seat;
            let pieces = writing.pieces.clone();
            if let Err(Ended::Failed(status)) = writing.write(head).await {
                // Whoever has gone is told nothing.
                let _ = pieces.send(Err(status)).await;
            }
        };
        let writing = AbortOnDropHandle::new(tokio::spawn(write.in_current_span()));
        let answers = stream::unfold((given, writing), |(mut given, writing)| async move {
            let answer = given.recv().await?;
            Some((answer, (given, writing)))
        });
        Ok(Response::new(Box::pin(deadline.bound_stream(answers))))
    }

    async fn get_content_digest(
        &self,
        request: Request<v1::GetContentDigestRequest>,
    ) -> Result<Response<v1::GetContentDigestResponse>, Status> {
        let _seat = self.seat()?;
        call(request, PATIENCE, |request| async move {
            let latest = self.position().await?;
            let position = match request.position {
                0 => latest,
                position if position < 0 => return Err(fields::invalid("position", "it is negative")),
                position if latest.0 < position => return Err(ahead(Position(position))),
                position => Position(position),
            };
            let digests = content_digests(&*self.source.histories, &[position]).await;
            let digests = digests.map_err(|error| to_status(&error))?;
            let (content, reports) = digests.first().ok_or_else(internal)?;
            Ok(v1::GetContentDigestResponse {
                position: position.0,
                content_sha256: content.to_string(),
                reports: reports.cast_signed(),
            })
        })
        .await
    }
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

fn internal() -> Status {
    ErrorReason::Internal.status("internal error")
}

/// What a caller is told whose snapshot cannot be written; the cause goes to our log.
fn failed(error: &SnapshotError) -> Status {
    error!(error = error as &dyn std::error::Error, "a snapshot cannot be written");
    internal()
}

/// Why no more is written.
enum Ended {
    /// Nobody reads it.
    Unread,
    /// Something has failed.
    Failed(Status),
}

impl From<Status> for Ended {
    fn from(status: Status) -> Self {
        Self::Failed(status)
    }
}

impl From<StoreError> for Ended {
    fn from(error: StoreError) -> Self {
        Self::Failed(to_status(&error))
    }
}

/// Something that goes into a part.
enum Item {
    Document(DocumentId, u64),
    Data(Bytes),
    Report(Box<ReportHistory>, Vec<DocumentInfo>),
}

/// What a delta is put upon.
struct Base {
    place: Place,
    /// Reports that it has not, although they were there.
    left_out: HashSet<ReportId>,
}

/// A snapshot on its way to one caller.
struct Snapshot {
    source: Source,
    position: Position,
    base: Option<Base>,
    with_documents: bool,
    leave_out_too_large: bool,
    part_bytes: u64,
    pieces: mpsc::Sender<Result<v1::CreateSnapshotResponse, Status>>,
    manifest: Manifest,
    /// None while it is worked on, and before the first report.
    part: Option<PartWriter>,
    parts: Sha256,
    gathered: Vec<Item>,
    gathered_bytes: usize,
    content: ContentDigester,
    before: ContentDigester,
    carried: ContentDigester,
    recent: Recent,
}

/// Documents that were given lately.
#[derive(Default)]
struct Recent {
    known: HashSet<DocumentId>,
    order: VecDeque<DocumentId>,
}

impl Recent {
    /// Whether it is new.
    fn add(&mut self, id: DocumentId) -> bool {
        if !self.known.insert(id) {
            return false;
        }
        self.order.push_back(id);
        if RECENT_MAX < self.order.len()
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }
}

impl Snapshot {
    fn new(
        source: Source,
        position: Position,
        base: Option<Base>,
        request: &v1::CreateSnapshotRequest,
        part_bytes: u64,
        pieces: mpsc::Sender<Result<v1::CreateSnapshotResponse, Status>>,
    ) -> Result<Self, Status> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|_| internal())?;
        let now = timestamp(i64::try_from(now.as_micros()).map_err(|_| internal())?);
        let with_documents = !request.without_documents;
        Ok(Self {
            source,
            position,
            manifest: Manifest::new(
                now.to_string(),
                base.as_ref().map(|base| base.place.clone()),
                with_documents,
            ),
            base,
            with_documents,
            leave_out_too_large: request.leave_out_too_large,
            part_bytes,
            pieces,
            part: None,
            parts: Sha256::new(),
            gathered: Vec::new(),
            gathered_bytes: 0,
            content: ContentDigester::default(),
            before: ContentDigester::default(),
            carried: ContentDigester::default(),
            recent: Recent::default(),
        })
    }

    async fn give(&self, piece: Piece) -> Result<(), Ended> {
        let answer = v1::CreateSnapshotResponse { piece: Some(piece) };
        self.pieces.send(Ok(answer)).await.map_err(|_| Ended::Unread)
    }

    async fn give_bytes(&self, bytes: Bytes) -> Result<(), Ended> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let chunk = rest.split_to(rest.len().min(CHUNK_BYTES_MAX));
            self.give(Piece::Chunk(chunk)).await?;
        }
        Ok(())
    }

    async fn write(mut self, head: v1::SnapshotHead) -> Result<(), Ended> {
        self.give(Piece::Head(head)).await?;
        let base = self.base.as_ref().map(|base| Position(base.place.position));
        let mut after = None;
        loop {
            let page = self.source.histories.histories(after, self.position, PAGE).await;
            let page = match page {
                Err(StoreError::HistoryTooLarge { report, .. })
                    if self.leave_out_too_large && self.manifest.left_out.len() < LEFT_OUT_MAX =>
                {
                    self.leave_out(after, report, base).await?;
                    after = Some(report);
                    continue;
                }
                page => page?,
            };
            let Some(last) = page.last() else { break };
            after = Some(last.report);
            let came = match base {
                Some(base) => self.came_since(&page, base).await?,
                None => HashSet::new(),
            };
            for history in page {
                self.add(history, base, &came).await?;
            }
        }
        self.compress().await?;
        self.end_part().await?;
        if let Some(Base { place: base, .. }) = &self.base {
            let before = std::mem::take(&mut self.before).finish().to_string();
            if before != base.sha256 {
                let position = base.position.to_string();
                let message = format!(
                    "at its position {position} this store held {before}, and the base holds {}",
                    base.sha256
                );
                let metadata = [
                    ("base_position", &*position),
                    ("base_sha256", &*base.sha256),
                    ("here_position", &*position),
                    ("here_sha256", &*before),
                ];
                let details = tonic_types::ErrorDetails::new();
                return Err(ErrorReason::SnapshotBaseUnknown.with(message, &metadata, details).into());
            }
        }
        self.manifest.content = Place::new(self.position, std::mem::take(&mut self.content).finish());
        self.manifest.carried_sha256 = std::mem::take(&mut self.carried).finish().to_string();
        self.manifest.parts_sha256 = hexadecimal(&std::mem::take(&mut self.parts).finalize());
        self.give(Piece::File(MANIFEST_NAME.to_owned())).await?;
        self.give_bytes(self.manifest.to_bytes().into()).await
    }

    /// Documents of these reports whose bytes came from another store after the base was made, whether or not something has happened
    /// to the reports.
    async fn came_since(&self, page: &[ReportHistory], base: Position) -> Result<HashSet<DocumentId>, Ended> {
        if !self.with_documents {
            return Ok(HashSet::new());
        }
        let readings = page.iter().flat_map(|history| &history.events).filter(|event| !event.is_review);
        let documents: HashSet<DocumentId> = readings.map(|event| event.document).collect();
        let documents: Vec<DocumentId> = documents.into_iter().collect();
        Ok(self.source.documents.came_since(&documents, base).await?.into_iter().collect())
    }

    /// Leaves a report out, the first behind `after`. What the base has of it was not too large then.
    async fn leave_out(
        &mut self,
        after: Option<ReportId>,
        report: ReportId,
        base: Option<Position>,
    ) -> Result<(), Ended> {
        warn!(%report, "a report is left out of a snapshot, because more happened to it than is carried");
        self.manifest.left_out.push(report.to_string());
        let Some(base) = base.filter(|_| self.is_in_base(report)) else { return Ok(()) };
        let one = HistoryBounds { reports: 1, ..PAGE };
        let before = self.source.histories.histories(after, base, one).await?;
        if let Some(history) = before.into_iter().next().filter(|history| history.report == report) {
            let digest = spawn_blocking(move || history.digest()).await.map_err(|_| internal())?;
            self.before.add(report, digest);
        }
        Ok(())
    }

    fn is_in_base(&self, report: ReportId) -> bool {
        self.base.as_ref().is_some_and(|base| !base.left_out.contains(&report))
    }

    /// Adds a report, as far as it is not in the base.
    async fn add(
        &mut self,
        history: ReportHistory,
        base: Option<Position>,
        came: &HashSet<DocumentId>,
    ) -> Result<(), Ended> {
        let base = base.filter(|_| self.is_in_base(history.report));
        let digests = move || {
            let before = base.and_then(|base| history.digest_at(base));
            let now = history.digest();
            (history, before, now)
        };
        let (history, before, now) = spawn_blocking(digests).await.map_err(|_| internal())?;
        self.content.add(history.report, now);
        self.manifest.reports_in_all += 1;
        if let Some(before) = before {
            self.before.add(history.report, before);
        }
        if before == Some(now) && !history.events.iter().any(|event| came.contains(&event.document)) {
            return Ok(());
        }
        self.carried.add(history.report, now);
        self.manifest.needs(&history);
        self.manifest.reports += 1;
        self.manifest.revisions += history.revisions.len() as u64;
        self.manifest.reviews += history.events.iter().map(|event| event.said.len() as u64).sum::<u64>();
        let mut known = HashSet::new();
        let mut infos = Vec::new();
        for event in history.events.iter().filter(|event| !event.is_review) {
            if !known.insert(event.document) {
                continue;
            }
            let info = match self.source.documents.document(event.document, Some(Purpose::Published)).await {
                Ok(info) => info,
                // It came here without its documents.
                Err(StoreError::NotFound(Missing::Document(_))) => continue,
                Err(error) => return Err(error.into()),
            };
            // Its bytes may have come with a later reading than that which first told of it, or without any.
            let is_new = came.contains(&event.document)
                || base.is_none_or(|base| {
                    let readings =
                        history.events.iter().filter(|it| !it.is_review && it.document == event.document);
                    readings.into_iter().any(|it| base < it.position)
                });
            if self.with_documents && is_new && self.recent.add(info.id) {
                self.document(&info).await?;
            }
            infos.push(info);
        }
        let bytes = usize::try_from(history.packed_bytes()).unwrap_or(usize::MAX);
        self.gather(Item::Report(Box::new(history), infos), bytes).await?;
        if self.part.as_ref().is_some_and(|part| self.part_bytes <= part.bytes()) {
            self.compress().await?;
            self.end_part().await?;
        }
        Ok(())
    }

    async fn document(&mut self, info: &DocumentInfo) -> Result<(), Ended> {
        self.manifest.documents += 1;
        self.gather(Item::Document(info.id, info.bytes), 0).await?;
        for index in 0..info.chunks() {
            let chunk = self.source.documents.document_chunk(info.id, index).await?;
            let chunk = chunk.ok_or(StoreError::NotFound(Missing::Document(info.id)))?;
            let bytes = chunk.len();
            self.gather(Item::Data(chunk), bytes).await?;
        }
        Ok(())
    }

    async fn gather(&mut self, item: Item, bytes: usize) -> Result<(), Ended> {
        self.gathered.push(item);
        self.gathered_bytes = self.gathered_bytes.saturating_add(bytes);
        if GATHERED_BYTES <= self.gathered_bytes { self.compress().await } else { Ok(()) }
    }

    /// Writes what was gathered, away from the async threads, and gives what comes out.
    async fn compress(&mut self) -> Result<(), Ended> {
        let items = std::mem::take(&mut self.gathered);
        self.gathered_bytes = 0;
        if items.is_empty() {
            return Ok(());
        }
        let mut part = match self.part.take() {
            Some(part) => part,
            None => {
                self.give(Piece::File(part_name(self.manifest.parts.len() + 1))).await?;
                PartWriter::new().map_err(|error| failed(&error))?
            }
        };
        let write = move || -> Result<(PartWriter, Vec<u8>), SnapshotError> {
            for item in items {
                match item {
                    Item::Document(id, bytes) => part.begin_document(id, bytes)?,
                    Item::Data(bytes) => part.data(&bytes)?,
                    Item::Report(history, infos) => {
                        part.report(history.report, &history_to_message(&history, &infos))?;
                    }
                }
            }
            let bytes = part.take();
            Ok((part, bytes))
        };
        let written = spawn_blocking(write).await.map_err(|_| internal())?;
        let (part, bytes) = written.map_err(|error| failed(&error))?;
        self.part = Some(part);
        self.parts.update(&bytes);
        self.give_bytes(bytes.into()).await
    }

    async fn end_part(&mut self) -> Result<(), Ended> {
        let Some(part) = self.part.take() else { return Ok(()) };
        let written = spawn_blocking(move || part.finish()).await.map_err(|_| internal())?;
        let (bytes, written) = written.map_err(|error| failed(&error))?;
        self.parts.update(&bytes);
        self.give_bytes(bytes.into()).await?;
        self.manifest.parts.push(Part {
            name: part_name(self.manifest.parts.len() + 1),
            bytes: written.bytes,
            sha256: written.sha256,
            reports: written.reports,
            documents: written.documents,
        });
        Ok(())
    }
}
