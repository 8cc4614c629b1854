mod bases;
mod checked;

pub use checked::{HistoryError, HistoryProblem, NewHistory};

use crate::codes::Code as _;
use crate::packed::PackedReport;
use crate::{
    DocumentInfo, Overlay, Position, RevisionInfo, StagingId, StoreError, Timestamp, review_to_bytes,
};
use async_trait::async_trait;
use gongkai_model::{DocumentId, EndCause, ExtractorVersion, ReportId, Review, ReviewId};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio::task::spawn_blocking;

/// Packed bytes that all revisions of one report may have, to be carried to another store.
pub const HISTORY_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// Packed bytes after which [`Histories::histories`] gives no further report.
pub const HISTORIES_BYTES: usize = 8 * 1024 * 1024;

/// Reports that are asked for at a time where all are read.
const CONTENT_PAGE: u32 = 32;

/// Gives reports with everything that happened to them, to be carried to another store.
///
/// Every implementation passes the contract suite.
#[async_trait]
pub trait Histories: Send + Sync {
    /// Published reports that were there at `until`, as they were then, in the order of their names, after `after`: fewer than
    /// asked for where they are large, none only where none is left. [`StoreError::HistoryTooLarge`] where the first of them has
    /// more bytes than one may have: those before such a report are given first, and those behind it can be asked for.
    async fn histories(
        &self,
        after: Option<ReportId>,
        until: Position,
        bounds: HistoryBounds,
    ) -> Result<Vec<ReportHistory>, StoreError>;
}

/// How much [`Histories::histories`] gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistoryBounds {
    /// Reports at most.
    pub reports: u32,
    /// Packed bytes that all revisions of one report may have.
    pub bytes: u64,
}

impl HistoryBounds {
    /// So many reports, each of [`HISTORY_BYTES_MAX`].
    pub const fn reports(reports: u32) -> Self {
        Self { reports, bytes: HISTORY_BYTES_MAX }
    }
}

/// Takes in what another store has given.
///
/// Every implementation passes the contract suite.
#[async_trait]
pub trait Imports: Send + Sync {
    /// Takes a report in, all of it or nothing. What is here already is never changed, and nothing is put in its place: see
    /// [`Taken`]. Everything that is new happens here now, in its order, and is told as every other change is.
    ///
    /// Its documents are taken with it, and with none that is left out: an upload becomes a document without being read; one that is
    /// here gets to know under what names it was published there; one that is neither is passed over.
    /// [`StoreError::Corrupt`] where an upload has other bytes than the name of its document says, [`StoreError::NotFound`] where
    /// there is no such upload, [`StoreError::ReviewConflict`] where a review has the name of one of another report.
    async fn take_history(
        &self,
        new: Arc<NewHistory>,
        documents: Vec<NewDocument>,
    ) -> Result<Taken, StoreError>;

    /// Notes that all of a snapshot is here.
    async fn hold_snapshot(&self, snapshot: HeldSnapshot) -> Result<(), StoreError>;

    /// The snapshot of this content, if all of it has been taken in; the one that was taken in last, where none is named.
    async fn held_snapshot(&self, content: Option<ContentDigest>)
    -> Result<Option<HeldSnapshot>, StoreError>;
}

/// A document of a report that is to be taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDocument {
    /// What is known of it where it comes from.
    pub info: DocumentInfo,
    /// Its bytes, where they came with it.
    pub upload: Option<StagingId>,
}

/// A snapshot that was taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeldSnapshot {
    /// What it holds.
    pub content: ContentDigest,
    /// Its position in the store that it comes from.
    pub position: Position,
}

/// A report with everything that happened to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportHistory {
    /// The report.
    pub report: ReportId,
    /// Its revisions, the first one first.
    pub revisions: Vec<HistoryRevision>,
    /// What happened, in order.
    pub events: Vec<HistoryEvent>,
}

/// A revision on its way to another store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryRevision {
    /// What is known of it.
    pub info: RevisionInfo,
    /// What it says.
    pub packed: PackedReport,
}

/// Something that happened to a report: it was found in a document, or reviewers have said something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryEvent {
    /// Its place in the order of all changes of the store that it comes from.
    pub position: Position,
    /// When.
    pub at: Timestamp,
    /// The revision that was found, or that the reviews have come to.
    pub revision: u32,
    /// The document that it was found in.
    pub document: DocumentId,
    /// Which report of that document it is, counted from 1.
    pub part: u32,
    /// The extractor that read it.
    pub extractor_version: ExtractorVersion,
    /// Grows with the time at which the document was sent: the current revision is one of the document that was sent last.
    /// Only how those of one report compare has a meaning. 0 for reviews.
    pub order: i64,
    /// Whether it only tells that reviewers have changed something.
    pub is_review: bool,
    /// What they have said.
    pub said: Vec<Review>,
    /// What did not stand any more.
    pub ended: Vec<(ReviewId, EndCause)>,
    /// The revision beneath the corrections that stand after a review, 0 where no review stands. None where it is no review, and
    /// where it was not noted: then it follows from the rest, see [`ReportHistory::bases`].
    pub base: Option<u32>,
}

/// What became of a report that was to be taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It was not here before.
    Added,
    /// A part of it was here, and the rest was added.
    Extended,
    /// All of it was here; perhaps more.
    Unchanged,
    /// It was left out, because something else is here.
    Kept(Kept),
}

/// Why a report was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// The report of the same name has gone another way here.
    Diverged,
    /// Another report of this store is of the same body, scope and year.
    SameReport(ReportId),
    /// Another report of this store was found in the same document.
    SameDocument(ReportId),
}

impl HistoryEvent {
    /// The corrections that stand after it: those that stood `before`, unless it is a review; `base` is the revision beneath, 0
    /// where no review stands. See [`crate::Reviews::overlay`]. For engines.
    pub fn overlay(&self, before: Option<Overlay>, base: u32) -> Option<Overlay> {
        match self.is_review {
            true => (base != 0).then_some(Overlay { base, revision: self.revision }),
            false => before,
        }
    }
}

impl ReportHistory {
    /// The part of it that had happened at `position`; none where nothing had.
    pub fn as_of(&self, position: Position) -> Option<Self> {
        let before = |event: &&HistoryEvent| event.position <= position;
        let events: Vec<_> = self.events.iter().filter(before).cloned().collect();
        let revisions = self.revisions.iter().filter(|revision| revision.info.position <= position);
        let history = Self { report: self.report, revisions: revisions.cloned().collect(), events };
        (!history.events.is_empty()).then_some(history)
    }

    /// The position at which something happened last.
    pub fn changed(&self) -> Position {
        self.events.iter().map(|event| event.position).max().unwrap_or_default()
    }

    /// Its digest as of a position; none where nothing had happened.
    pub fn digest_at(&self, position: Position) -> Option<[u8; 32]> {
        if self.changed() <= position {
            return (!self.events.is_empty()).then(|| self.digest());
        }
        self.as_of(position).map(|history| history.digest())
    }

    /// Packed bytes of all revisions.
    pub fn packed_bytes(&self) -> u64 {
        self.revisions.iter().map(|it| (it.packed.figures.len() + it.packed.evidence.len()) as u64).sum()
    }

    /// The digest of all that it says: revisions with their packed bytes, where they were found and in which order, and
    /// reviews. Times and positions are left out: they are those of a store, and another one has its own.
    pub fn digest(&self) -> [u8; 32] {
        let mut fields = Fields::new("gongkai report history 1");
        fields.bytes(self.report.uuid().as_bytes());
        fields.number(self.revisions.len() as u64);
        for HistoryRevision { info, packed } in &self.revisions {
            fields.revision(info);
            fields.bytes(&packed.layout.to_bytes());
            fields.bytes(&packed.figures);
            fields.bytes(&packed.evidence);
        }
        fields.events(&self.events);
        fields.bases(self.revisions.iter().map(|revision| &revision.info), &self.events);
        fields.0.finalize().into()
    }

    /// How many of the events of `self` are here already, where the history that is here begins like this one, or is the
    /// beginning of it. None where the two have gone different ways. For engines.
    pub fn known_events(&self, here: &[RevisionInfo], events: &[HistoryEvent]) -> Option<usize> {
        let count = events.len().min(self.events.len());
        let (ours, theirs) = (events.get(..count)?, self.events.get(..count)?);
        let told = |revisions: &mut dyn Iterator<Item = &RevisionInfo>, events: &[HistoryEvent]| {
            let mut fields = Fields::new("gongkai outline 1");
            fields.events(events);
            let revision_max = events.iter().map(|event| event.revision).max().unwrap_or_default();
            let infos: Vec<_> = revisions.filter(|info| info.revision <= revision_max).collect();
            for info in &infos {
                fields.revision(info);
                fields.bytes(&info.digest.0);
            }
            fields.bases(infos.into_iter(), events);
            fields.0.finalize()
        };
        let theirs = told(&mut self.revisions.iter().map(|revision| &revision.info), theirs);
        (told(&mut here.iter(), ours) == theirs).then_some(count)
    }

    /// For each event the revision beneath the corrections that stand after it, as it is told, else as it follows from the rest;
    /// 0 where no review stands, and for what is no review. For engines.
    pub fn bases(&self) -> Vec<u32> {
        let follow = bases::that_follow(self.revisions.iter().map(|revision| &revision.info), &self.events);
        let told = self.events.iter().zip(follow);
        told.map(|(event, follows)| event.base.filter(|_| event.is_review).unwrap_or(follows)).collect()
    }

    /// For each order of an event, the place of it among all of them, counted from 1. For engines.
    pub fn ranks(events: &[HistoryEvent]) -> BTreeMap<i64, i64> {
        let orders: BTreeSet<i64> =
            events.iter().filter(|event| !event.is_review).map(|event| event.order).collect();
        orders.into_iter().zip(1..).collect()
    }
}

/// The SHA-256 of all that a store publishes: the same for two stores that hold the same reports with the same history,
/// whatever engine they have, and whenever and in whatever order it came into them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ContentDigest(pub [u8; 32]);

impl std::fmt::Display for ContentDigest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Computes a [`ContentDigest`] of reports in the order of their names.
#[derive(Clone)]
pub struct ContentDigester {
    digest: Sha256,
    last: Option<ReportId>,
}

impl Default for ContentDigester {
    fn default() -> Self {
        Self { digest: Sha256::new().chain_update("gongkai content 1\n"), last: None }
    }
}

impl ContentDigester {
    /// Adds the next report. False where it does not stand behind the one before.
    pub fn add(&mut self, report: ReportId, history: [u8; 32]) -> bool {
        self.digest.update(report.uuid().as_bytes());
        self.digest.update(history);
        self.last.replace(report).is_none_or(|last| last < report)
    }

    /// The digest of all.
    pub fn finish(self) -> ContentDigest {
        ContentDigest(self.digest.finalize().into())
    }
}

/// What a store published at each of these positions, and how many reports there were: reads everything once.
///
/// # Errors
/// When the store cannot be read.
pub async fn content_digests(
    histories: &dyn Histories,
    positions: &[Position],
) -> Result<Vec<(ContentDigest, u64)>, StoreError> {
    let mut digesters = vec![(ContentDigester::default(), 0); positions.len()];
    let Some(until) = positions.iter().max().copied() else { return Ok(Vec::new()) };
    let mut after = None;
    loop {
        let found = histories.histories(after, until, HistoryBounds::reports(CONTENT_PAGE)).await?;
        let Some(last) = found.last() else { break };
        after = Some(last.report);
        let positions = positions.to_vec();
        // Some megabytes at a time, for which no other call should wait.
        let added = spawn_blocking(move || {
            for history in found {
                for (position, (digester, reports)) in positions.iter().zip(&mut digesters) {
                    if let Some(digest) = history.digest_at(*position) {
                        digester.add(history.report, digest);
                        *reports += 1;
                    }
                }
            }
            digesters
        });
        digesters = added.await.map_err(|error| StoreError::Unavailable(error.into()))?;
    }
    Ok(digesters.into_iter().map(|(digester, reports)| (digester.finish(), reports)).collect())
}

/// Feeds fields to a digest so that no two sequences of fields run together.
struct Fields(Sha256);

impl Fields {
    fn new(what: &str) -> Self {
        let mut fields = Self(Sha256::new());
        fields.bytes(what.as_bytes());
        fields
    }

    fn number(&mut self, number: u64) {
        self.0.update(number.to_le_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.0.update(bytes);
    }

    fn revision(&mut self, info: &RevisionInfo) {
        self.number(info.revision.into());
        self.bytes(info.cause.name().as_bytes());
        self.bytes(info.document.digest());
        self.number(info.part.into());
        self.number(info.extractor_version.into());
    }

    fn events(&mut self, events: &[HistoryEvent]) {
        let ranks = ReportHistory::ranks(events);
        self.number(events.len() as u64);
        for event in events {
            self.number(event.revision.into());
            self.bytes(event.document.digest());
            self.number(event.part.into());
            self.number(event.extractor_version.into());
            let rank = if event.is_review { None } else { ranks.get(&event.order) };
            self.number(rank.copied().unwrap_or_default().unsigned_abs());
            let said: BTreeMap<_, _> = event.said.iter().map(|said| (said.id, said)).collect();
            self.number(said.len() as u64);
            for (id, said) in said {
                self.bytes(id.uuid().as_bytes());
                self.bytes(&review_to_bytes(said));
            }
            let ended: BTreeSet<_> = event.ended.iter().map(|(id, cause)| (*id, cause.code())).collect();
            self.number(ended.len() as u64);
            for (id, cause) in ended {
                self.bytes(id.uuid().as_bytes());
                self.number(cause.into());
            }
        }
    }
    /// Adds the bases that are others than those that follow from the rest. Whatever follows is no news, so that what was
    /// recorded before bases were noted keeps its digest.
    fn bases<'r>(&mut self, infos: impl Iterator<Item = &'r RevisionInfo>, events: &[HistoryEvent]) {
        for (place, (event, follows)) in (0_u64..).zip(events.iter().zip(bases::that_follow(infos, events))) {
            if let Some(base) = event.base.filter(|base| event.is_review && *base != follows) {
                self.bytes(b"base");
                self.number(place);
                self.number(base.into());
            }
        }
    }
}
