//! What stands in a part, taken report by report.

use super::parts::{damaged, senseless};
use crate::Dependencies;
use bytes::Bytes;
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use gongkai_model::{DocumentId, ReportId};
use gongkai_serve::to_status;
use gongkai_snapshot::{Entry, PartReader, SnapshotError};
use gongkai_store::{
    ContentDigest, ContentDigester, DocumentInfo, Kept, Missing, NewDocument, NewHistory, StagingId,
    StoreError, Taken,
};
use gongkai_wire::{ErrorReason, v1};
use sha2::{Digest as _, Sha256};
use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::future::Future;
use std::io::Seek as _;
use std::pin::Pin;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;
use tonic::Status;

/// Reports that are taken at the same time, so that they share commits.
const AT_A_TIME: usize = 16;
/// Things that wait between the thread that reads and what takes them.
const WAITING_MAX: usize = 16;
/// Bytes of documents that are read at a time.
const CHUNK_BYTES: usize = 256 * 1024;
/// Documents that stand before one report.
const DOCUMENTS_MAX: usize = 4096;
/// Reports whose names are told because they were left out.
const KEPT_TOLD_MAX: usize = 100;

/// Something read from a part.
enum Read {
    Document(DocumentId),
    Data(Bytes),
    Report(Arc<NewHistory>, [u8; 32], Vec<DocumentInfo>),
}

/// What has become of a report.
struct Done {
    new: Arc<NewHistory>,
    taken: Taken,
    /// Documents that are new here.
    added: i64,
    /// Documents that were not here when they were looked for; perhaps they are on their way with another report.
    missing: Vec<DocumentId>,
}

type Ended = Result<Done, StoreError>;
/// A report with its documents on their way into the store.
type Working<'d> = Pin<Box<dyn Future<Output = Ended> + Send + 'd>>;

/// Takes the parts of a snapshot, one after the other.
pub(super) struct Taking<'d> {
    dependencies: &'d Dependencies,
    told: v1::ImportSnapshotResponse,
    carried: ContentDigester,
    /// Documents that may be missing.
    missing: HashSet<DocumentId>,
}

/// A document that stands before its report.
enum Upload {
    /// All of it, where it is small.
    Here(Bytes),
    /// What the store has of it.
    Staged(StagingId),
}

impl<'d> Taking<'d> {
    pub(super) fn new(dependencies: &'d Dependencies) -> Self {
        Self {
            dependencies,
            told: v1::ImportSnapshotResponse::default(),
            carried: ContentDigester::default(),
            missing: HashSet::new(),
        }
    }

    /// What has become of it all, and the digest of the reports.
    pub(super) fn finish(self) -> (v1::ImportSnapshotResponse, ContentDigest) {
        (self.told, self.carried.finish())
    }

    /// Takes a part, which is what its manifest says; nothing of it where it makes no sense all the same.
    pub(super) async fn part(&mut self, name: &str, file: File) -> Result<(), Status> {
        let internal = |_| ErrorReason::Internal.status("internal error");
        let broken = |error: SnapshotError| senseless(name, &error);
        // Whoever leaves wants no more to be looked at.
        let left = CancellationToken::new();
        let _leaving = left.clone().drop_guard();
        let looked = spawn_blocking(move || look(file, &left)).await.map_err(internal)?;
        let file = looked.map_err(broken)?;
        let (sender, mut read) = mpsc::channel(WAITING_MAX);
        let reading = spawn_blocking(move || read_part(file, &sender));
        let mut working: FuturesUnordered<Working<'d>> = FuturesUnordered::new();
        let mut uploads: HashMap<DocumentId, Upload> = HashMap::new();
        let mut document: Option<(DocumentId, Upload)> = None;
        while let Some(something) = read.recv().await {
            match something {
                Read::Document(id) => {
                    uploads.extend(document.take());
                    document = Some((id, Upload::Here(Bytes::new())));
                }
                Read::Data(bytes) => {
                    if let Some((id, upload)) = document.take() {
                        let upload = self.add(upload, bytes).await.map_err(|error| to_status(&error))?;
                        document = Some((id, upload));
                    }
                }
                Read::Report(new, digest, infos) => {
                    uploads.extend(document.take());
                    if !self.carried.add(new.history().report, digest) {
                        let problem = format!("{} is not in its order", new.history().report);
                        return Err(damaged(name, &problem, None));
                    }
                    let uploads = std::mem::take(&mut uploads);
                    working.push(Box::pin(take(self.dependencies, new, infos, uploads)));
                    let is_full = DOCUMENTS_MAX < self.missing.len();
                    while AT_A_TIME <= working.len() || is_full && !working.is_empty() {
                        self.count(name, working.next().await)?;
                    }
                    if is_full {
                        self.count_missing().await?;
                    }
                }
            }
        }
        while !working.is_empty() {
            self.count(name, working.next().await)?;
        }
        self.count_missing().await?;
        reading.await.map_err(internal)?.map_err(broken)
    }

    /// Counts the documents that are missing, when none is on its way any more.
    async fn count_missing(&mut self) -> Result<(), Status> {
        for id in std::mem::take(&mut self.missing) {
            match self.dependencies.documents.document(id, None).await {
                Ok(_) => {}
                Err(StoreError::NotFound(Missing::Document(_))) => self.told.documents_missing += 1,
                Err(error) => return Err(to_status(&error)),
            }
        }
        Ok(())
    }

    /// Adds bytes to a document: what is more than a chunk waits in the store.
    async fn add(&self, upload: Upload, bytes: Bytes) -> Result<Upload, StoreError> {
        let intake = &self.dependencies.intake;
        let staging = match upload {
            Upload::Here(before) if before.is_empty() => return Ok(Upload::Here(bytes)),
            Upload::Here(before) => {
                let staging = intake.begin_upload().await?;
                intake.append(staging, before).await?;
                staging
            }
            Upload::Staged(staging) => staging,
        };
        intake.append(staging, bytes).await?;
        Ok(Upload::Staged(staging))
    }

    fn count(&mut self, part: &str, ended: Option<Ended>) -> Result<(), Status> {
        let Some(ended) = ended else { return Ok(()) };
        let refused = |error: &StoreError| match error {
            StoreError::Corrupt { .. } => damaged(part, &error.to_string(), None),
            error => to_status(error),
        };
        let Done { new, taken, added, missing } = ended.map_err(|error| refused(&error))?;
        self.told.documents_added += added;
        self.missing.extend(missing);
        match taken {
            Taken::Added => self.told.reports_added += 1,
            Taken::Extended => self.told.reports_extended += 1,
            Taken::Unchanged => self.told.reports_unchanged += 1,
            Taken::Kept(kept) => {
                self.told.reports_kept += 1;
                let report = new.history().report;
                let (reason, here) = match kept {
                    Kept::Diverged => (v1::KeptReason::Diverged, report),
                    Kept::SameReport(here) => (v1::KeptReason::SameReport, here),
                    Kept::SameDocument(here) => (v1::KeptReason::SameDocument, here),
                };
                if self.told.kept.len() < KEPT_TOLD_MAX {
                    self.told.kept.push(v1::KeptReport {
                        report: report.to_string(),
                        reason: reason.into(),
                        here: here.to_string(),
                    });
                }
            }
        }
        Ok(())
    }
}

/// Reads all of a part, and gives it back at its beginning. Ends early, with an error that nobody sees, where the caller has
/// `left`.
fn look(mut file: File, left: &CancellationToken) -> Result<File, SnapshotError> {
    let damaged = |what: String| Err(SnapshotError::Damaged { what });
    let mut reader = PartReader::new(file.try_clone()?)?;
    let mut waiting: HashSet<DocumentId> = HashSet::new();
    let mut last: Option<ReportId> = None;
    while let Some(entry) = reader.next_entry()? {
        match entry {
            Entry::Document { id, .. } => {
                if !waiting.insert(id) || DOCUMENTS_MAX < waiting.len() {
                    return damaged(format!("{id} stands before no report of its own"));
                }
                let mut digest = Sha256::new();
                loop {
                    if left.is_cancelled() {
                        return damaged("nobody waits for it".to_owned());
                    }
                    let bytes = chunk(&mut reader)?;
                    if bytes.is_empty() {
                        break;
                    }
                    digest.update(&bytes);
                }
                if DocumentId::from_digest(digest.finalize().into()) != id {
                    let what = format!("{id} has other bytes than its name says");
                    return Err(SnapshotError::Damaged { what });
                }
            }
            Entry::Report(history, documents) => {
                let what = history.report.to_string();
                documents.iter().for_each(|document| {
                    waiting.remove(&document.id);
                });
                if let Some(id) = waiting.iter().next() {
                    return damaged(format!("{id} stands before {what}, which was not found in it"));
                }
                if last.replace(history.report).is_some_and(|last| history.report <= last) {
                    return damaged(format!("{what} is not in its order"));
                }
                if left.is_cancelled() {
                    return damaged("nobody waits for it".to_owned());
                }
                NewHistory::new(*history)?;
            }
        }
    }
    if let Some(id) = waiting.iter().next() {
        return damaged(format!("{id} stands before no report of its own"));
    }
    file.rewind()?;
    Ok(file)
}

/// Reads a part to its end, or until nobody takes what it gives.
fn read_part(file: File, sender: &mpsc::Sender<Read>) -> Result<(), SnapshotError> {
    let mut reader = PartReader::new(file)?;
    while let Some(entry) = reader.next_entry()? {
        let is_taken = match entry {
            Entry::Document { id, .. } => {
                let mut is_taken = sender.blocking_send(Read::Document(id)).is_ok();
                while is_taken {
                    let bytes = chunk(&mut reader)?;
                    if bytes.is_empty() {
                        break;
                    }
                    is_taken = sender.blocking_send(Read::Data(bytes)).is_ok();
                }
                is_taken
            }
            Entry::Report(history, infos) => {
                let new = NewHistory::new(*history)?;
                let digest = new.history().digest();
                sender.blocking_send(Read::Report(Arc::new(new), digest, infos)).is_ok()
            }
        };
        if !is_taken {
            return Ok(());
        }
    }
    Ok(())
}

fn chunk(reader: &mut PartReader<File>) -> Result<Bytes, SnapshotError> {
    let mut bytes = vec![0; CHUNK_BYTES];
    let mut length = 0;
    while let Some(room) = bytes.get_mut(length..).filter(|room| !room.is_empty()) {
        match reader.data(room)? {
            0 => break,
            count => length += count,
        }
    }
    bytes.truncate(length);
    Ok(bytes.into())
}

/// Takes a report together with its documents, so that no report is here whose documents are still to come, and no document whose
/// report was left out.
async fn take(
    dependencies: &Dependencies,
    new: Arc<NewHistory>,
    infos: Vec<DocumentInfo>,
    mut uploads: HashMap<DocumentId, Upload>,
) -> Ended {
    let Dependencies { intake, imports, documents, .. } = dependencies;
    let known = async |id| match documents.document(id, None).await {
        Ok(known) => Ok(Some(known)),
        Err(StoreError::NotFound(Missing::Document(_))) => Ok(None),
        Err(error) => Err(error),
    };
    let readings = new.history().events.iter().filter(|event| !event.is_review);
    let mut missing: HashSet<DocumentId> = readings.map(|event| event.document).collect();
    let mut given = Vec::with_capacity(infos.len());
    for info in infos {
        let upload = match (uploads.remove(&info.id), known(info.id).await?) {
            (upload, Some(_)) => {
                uploads.extend(upload.map(|upload| (info.id, upload)));
                missing.remove(&info.id);
                None
            }
            (Some(Upload::Staged(staging)), None) => Some(staging),
            (Some(Upload::Here(bytes)), None) => {
                let staging = intake.begin_upload().await?;
                if !bytes.is_empty() {
                    intake.append(staging, bytes).await?;
                }
                Some(staging)
            }
            // It was left out, or comes with another report.
            (None, None) => None,
        };
        given.push(NewDocument { info, upload });
    }
    let stagings: Vec<(DocumentId, StagingId)> =
        given.iter().filter_map(|document| Some((document.info.id, document.upload?))).collect();
    let taken = imports.take_history(new.clone(), given).await?;
    let mut added = 0;
    match taken {
        Taken::Kept(_) => {
            missing.clear();
            for (_, staging) in stagings {
                intake.abandon(staging).await?;
            }
        }
        Taken::Added | Taken::Extended | Taken::Unchanged => {
            for (id, _) in stagings {
                missing.remove(&id);
                added += 1;
            }
        }
    }
    for upload in uploads.into_values() {
        if let Upload::Staged(staging) = upload {
            intake.abandon(staging).await?;
        }
    }
    Ok(Done { new, taken, added, missing: missing.into_iter().collect() })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use gongkai_snapshot::PartWriter;
    use std::io::Write as _;

    fn looked(documents: &[&[u8]], left: &CancellationToken) -> Result<File, SnapshotError> {
        let mut part = PartWriter::new().unwrap();
        for bytes in documents {
            let id = DocumentId::from_digest(Sha256::digest(bytes).into());
            part.begin_document(id, bytes.len() as u64).unwrap();
            part.data(bytes).unwrap();
        }
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&part.finish().unwrap().0).unwrap();
        file.rewind().unwrap();
        look(file, left)
    }

    #[test]
    fn documents_stand_before_a_report_that_was_found_in_them() {
        let stays = CancellationToken::new();
        looked(&[], &stays).unwrap();
        for documents in [&[b"one".as_slice()][..], &[b"one", b"one"]] {
            let refused = looked(documents, &stays).unwrap_err().to_string();
            assert!(refused.contains("before no report of its own"), "{refused}");
        }
    }

    #[test]
    fn nothing_more_is_looked_at_when_the_caller_has_left() {
        let left = CancellationToken::new();
        left.cancel();
        let ended = looked(&[b"one"], &left).unwrap_err().to_string();
        assert!(ended.contains("nobody waits"), "{ended}");
    }
}
