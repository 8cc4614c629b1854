//! The in-memory twin of the engines: real behaviour, gone with the process. For tests, and for services that are
//! tried without a disk.

mod batches;
mod documents;
mod histories;
mod intake;
mod ledger;
mod operations;
mod outbox;
mod reports;
mod reviews;
mod search;
mod submissions;

use crate::{
    Batch, Clock, DocumentInfo, HeldSnapshot, Lease, Limits, Missing, NewRevision, Overlay, Pause, Position,
    ReadAt, Refusal, Rejection, ReportRevision, RevisionInfo, StagingId, StoreError, StoredReview,
    Submission, Timestamp,
};
use bytes::{Bytes, BytesMut};
use gongkai_model::{
    BatchId, DocumentId, ExtractorVersion, Purpose, ReportId, SubmissionId, SubmissionState, TraceContext,
};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// A store in memory.
pub struct MemoryStore {
    clock: Arc<dyn Clock>,
    limits: Limits,
    contents: Mutex<Contents>,
    /// The latest position, for those who wait for a change.
    changed: watch::Sender<Position>,
    /// Counts writes to the outbox, for those who wait for something due.
    outbox_written: watch::Sender<u64>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new(clock: Arc<dyn Clock>, limits: Limits) -> Self {
        Self {
            clock,
            limits,
            contents: Mutex::default(),
            changed: watch::Sender::default(),
            outbox_written: watch::Sender::default(),
        }
    }

    fn read(&self) -> MutexGuard<'_, Contents> {
        self.contents.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does `work` at the store's present time, which never runs backwards, and tells those who wait.
    fn write<T>(&self, work: impl FnOnce(&mut Contents, Timestamp) -> T) -> T {
        let mut contents = self.read();
        contents.time = contents.time.max(self.clock.now());
        let now = contents.time;
        let result = work(&mut contents, now);
        let position = contents.position;
        drop(contents);
        self.changed.send_if_modified(|latest| std::mem::replace(latest, position) != position);
        self.outbox_written.send_modify(|count| *count += 1);
        result
    }
}

impl Default for Timestamp {
    /// The beginning of 1970.
    fn default() -> Self {
        Self::from_micros(0)
    }
}

#[derive(Default)]
struct Contents {
    position: Position,
    time: Timestamp,
    claims: i64,
    stagings: BTreeMap<StagingId, Staging>,
    /// What requests of reviewers have come to, by their ids: the digest of what was asked, the answer, and when.
    review_requests: BTreeMap<String, ([u8; 32], crate::Answered, Timestamp)>,
    requests: BTreeMap<(String, String), Request>,
    documents: BTreeMap<DocumentId, Stored>,
    submissions: BTreeMap<SubmissionId, Row>,
    batches: BTreeMap<BatchId, Together>,
    outbox: BTreeMap<SubmissionId, Waiting>,
    readings: BTreeMap<(DocumentId, Purpose, ExtractorVersion), Reading>,
    reports: BTreeMap<ReportId, History>,
    pause: Option<Pause>,
    index: search::Index,
    /// The one that was taken in last is the last.
    snapshots: Vec<HeldSnapshot>,
}

struct Staging {
    bytes: BytesMut,
    touched_at: Timestamp,
}

struct Request {
    digest: [u8; 32],
    submission: SubmissionId,
    at: Timestamp,
}

struct Stored {
    /// With the names that it was published with.
    info: DocumentInfo,
    bytes: Bytes,
    /// The names and the addresses that it was sent with as a draft.
    of_drafts: [Vec<String>; 2],
    /// When its bytes were taken in from another store, or published by one; 0 where they were not.
    came: Position,
}

struct Row {
    submission: Submission,
    /// The position at which it was accepted: the order of captures and of lists.
    accepted: Position,
    lease: Option<Held>,
    fence: i64,
    announced_at: Timestamp,
    trace: Option<TraceContext>,
}

/// A batch with its items by their keys.
struct Together {
    batch: Batch,
    items: BTreeMap<String, Item>,
}

enum Item {
    Accepted(SubmissionId),
    Refused(Refusal),
}

struct Held {
    until: Timestamp,
    worker: String,
}

struct Waiting {
    epoch: u32,
    due: Timestamp,
    claim: i64,
}

/// How the reading of a document ended.
#[derive(Clone)]
enum Reading {
    Reports(Vec<ReportRevision>),
    Rejected(Rejection),
}

struct History {
    purpose: Purpose,
    revisions: Vec<(RevisionInfo, NewRevision)>,
    captures: Vec<Capture>,
    currents: Vec<Current>,
    reviews: Vec<StoredReview>,
    overlay: Option<Overlay>,
}

/// A document in which a revision was found.
struct Capture {
    revision: u32,
    document: DocumentId,
    part: u32,
    accepted: Position,
    extractor_version: ExtractorVersion,
    position: Position,
    at: Timestamp,
    /// Whether it only tells that reviewers have changed something: what they put right was found in no document.
    is_review: bool,
    /// The revision beneath the corrections that stand after a review, 0 where none stands.
    base: Option<u32>,
}

/// A revision, current since a position and until the next.
struct Current {
    revision: u32,
    from: Position,
}

impl Contents {
    fn next_position(&mut self) -> Position {
        self.position.0 += 1;
        self.position
    }

    fn row(&mut self, id: SubmissionId) -> Result<&mut Row, StoreError> {
        self.submissions.get_mut(&id).ok_or(StoreError::NotFound(Missing::Submission(id)))
    }

    /// The row, if the lease is the one under which work may be done.
    fn leased(&mut self, lease: Lease) -> Result<&mut Row, StoreError> {
        let row = self.row(lease.submission)?;
        if row.lease.is_none() || row.fence != lease.token {
            return Err(StoreError::Fenced { submission: lease.submission });
        }
        Ok(row)
    }

    /// Announces a submission at `due`, in place of any earlier plan.
    fn announce(&mut self, id: SubmissionId, epoch: u32, due: Timestamp) {
        self.outbox.insert(id, Waiting { epoch, due, claim: 0 });
    }

    /// Marks a change of a submission.
    fn touch(&mut self, id: SubmissionId, now: Timestamp) -> Result<Submission, StoreError> {
        let position = self.next_position();
        let row = self.row(id)?;
        row.submission.changed_at = now;
        row.submission.position = position;
        Ok(row.submission.clone())
    }

    /// Ends a submission's epoch.
    fn finish(
        &mut self,
        id: SubmissionId,
        state: SubmissionState,
        now: Timestamp,
    ) -> Result<Submission, StoreError> {
        let row = self.row(id)?;
        row.lease = None;
        row.submission.state = state;
        row.submission.next_attempt_at = None;
        self.outbox.remove(&id);
        self.touch(id, now)
    }
}

impl History {
    /// The revision that is current for a read, whatever its purpose, with the time since when it is.
    fn current_at(&self, at: ReadAt) -> Option<(&Current, &(RevisionInfo, NewRevision))> {
        let is_known = |position: Position| at.as_of.is_none_or(|as_of| position <= as_of);
        let mut read_again: Vec<DocumentId> = Vec::new();
        for current in self.currents.iter().rev().filter(|current| is_known(current.from)) {
            let revision = self.revision(current.revision)?;
            let (info, new) = revision;
            let mut captures =
                self.captures.iter().filter(|it| it.revision == info.revision && is_known(it.position));
            let is_outdated = captures.any(|capture| read_again.contains(&capture.document));
            if at.published_until.is_none() || at.admits(new.keys().published) && !is_outdated {
                return Some((current, revision));
            }
            read_again.push(info.document);
        }
        None
    }

    /// The revision that is current now.
    fn current(&self) -> Option<&(RevisionInfo, NewRevision)> {
        self.current_at(ReadAt::default()).map(|(_, revision)| revision)
    }

    fn revision(&self, revision: u32) -> Option<&(RevisionInfo, NewRevision)> {
        self.revisions.get(revision.checked_sub(1)? as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ManualClock;
    use crate::contract::{LIMITS, Subject, upholds};

    #[tokio::test]
    async fn the_twin_upholds_the_contract() {
        upholds(async || {
            let clock = Arc::new(ManualClock::starting_at(Timestamp::from_micros(1_600_000_000_000_000)));
            Subject { store: Arc::new(MemoryStore::new(clock.clone(), LIMITS)), clock }
        })
        .await;
    }
}
