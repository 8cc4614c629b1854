use super::intake::remember;
use super::{Capture, Contents, History, MemoryStore, Stored};
use crate::{
    ContentDigest, DocumentInfo, HISTORIES_BYTES, HeldSnapshot, Histories, HistoryBounds, HistoryEvent,
    HistoryRevision, Imports, Kept, Missing, NewDocument, NewHistory, Position, ReportHistory,
    ReportRevision, ReviewEnd, RevisionInfo, StoreError, StoredReview, Taken, Timestamp,
};
use async_trait::async_trait;
use gongkai_model::{DocumentId, Purpose, ReportId};
use sha2::{Digest as _, Sha256};
use std::sync::Arc;

#[async_trait]
impl Histories for MemoryStore {
    async fn histories(
        &self,
        after: Option<ReportId>,
        until: Position,
        bounds: HistoryBounds,
    ) -> Result<Vec<ReportHistory>, StoreError> {
        let contents = self.read();
        let published = contents.reports.iter().filter(|(_, history)| history.purpose == Purpose::Published);
        let rest = published.filter(|(id, _)| after.is_none_or(|after| after < **id));
        let (mut found, mut bytes) = (Vec::new(), 0);
        for (id, history) in rest {
            if found.len() == bounds.reports.max(1) as usize || HISTORIES_BYTES < bytes {
                break;
            }
            let Some(history) = history.carried(*id).as_of(until) else { continue };
            let size = history.packed_bytes();
            if bounds.bytes < size {
                if found.is_empty() {
                    return Err(StoreError::HistoryTooLarge { report: *id, actual: size, max: bounds.bytes });
                }
                break;
            }
            bytes += usize::try_from(size).unwrap_or(usize::MAX);
            found.push(history);
        }
        Ok(found)
    }
}

#[async_trait]
impl Imports for MemoryStore {
    async fn take_history(
        &self,
        new: Arc<NewHistory>,
        documents: Vec<NewDocument>,
    ) -> Result<Taken, StoreError> {
        self.write(|contents, now| {
            // Nothing may be refused when something was changed.
            for document in &documents {
                contents.is_its_upload(document)?;
            }
            let taken = contents.take_history(&new, now)?;
            match taken {
                Taken::Kept(_) => {}
                Taken::Added | Taken::Extended | Taken::Unchanged => {
                    documents.into_iter().for_each(|document| contents.take_document(document));
                }
            }
            Ok(taken)
        })
    }

    async fn hold_snapshot(&self, snapshot: HeldSnapshot) -> Result<(), StoreError> {
        self.write(|contents, _| {
            contents.snapshots.retain(|held| held.content != snapshot.content);
            contents.snapshots.push(snapshot);
        });
        Ok(())
    }

    async fn held_snapshot(
        &self,
        content: Option<ContentDigest>,
    ) -> Result<Option<HeldSnapshot>, StoreError> {
        let is_asked = |held: &&HeldSnapshot| content.is_none_or(|content| held.content == content);
        Ok(self.read().snapshots.iter().rev().find(is_asked).copied())
    }
}

impl Contents {
    fn take_history(&mut self, new: &NewHistory, now: Timestamp) -> Result<Taken, StoreError> {
        let history = new.history();
        let id = history.report;
        let known = match self.reports.get(&id) {
            None => 0,
            Some(here) => {
                let infos: Vec<RevisionInfo> = here.revisions.iter().map(|(info, _)| info.clone()).collect();
                let known = history.known_events(&infos, &here.events());
                match known.filter(|_| here.purpose == Purpose::Published) {
                    Some(known) => known,
                    None => return Ok(Taken::Kept(Kept::Diverged)),
                }
            }
        };
        if known == history.events.len() {
            return Ok(Taken::Unchanged);
        }
        if let Some(kept) = self.in_the_way(new, known) {
            return Ok(Taken::Kept(kept));
        }
        self.no_other_review(new, known)?;
        let mut orders = ReportHistory::ranks(&history.events);
        orders.values_mut().for_each(|order| *order = self.next_position().0);
        let order = |event: &HistoryEvent| orders.get(&event.order).copied().unwrap_or_default();
        let here = self.reports.entry(id).or_insert_with(|| History {
            purpose: Purpose::Published,
            revisions: Vec::new(),
            captures: Vec::new(),
            currents: Vec::new(),
            reviews: Vec::new(),
            overlay: None,
        });
        for (capture, event) in here.captures.iter_mut().zip(&history.events) {
            if !capture.is_review {
                capture.accepted = Position(order(event));
            }
        }
        for (event, base) in new.events().skip(known) {
            let position = self.next_position();
            let Some(here) = self.reports.get_mut(&id) else { continue };
            if here.revision(event.revision).is_none()
                && let Some((info, revision)) = new.revision(event.revision)
            {
                here.revisions.push((RevisionInfo { position, ..info.clone() }, revision.clone()));
            }
            here.reviews.extend(event.said.iter().map(|said| StoredReview {
                report: id,
                said: said.clone(),
                at: event.at,
                position,
                end: None,
            }));
            for (ended, cause) in &event.ended {
                if let Some(review) = here.reviews.iter_mut().find(|review| review.said.id == *ended) {
                    review.end = Some(ReviewEnd { cause: *cause, at: event.at, position });
                }
            }
            here.overlay = event.overlay(here.overlay, base);
            let capture = Capture {
                revision: event.revision,
                document: event.document,
                part: event.part,
                accepted: Position(if event.is_review { 0 } else { order(event) }),
                extractor_version: event.extractor_version,
                position,
                at: now,
                is_review: event.is_review,
                base: event.is_review.then_some(base),
            };
            self.capture(ReportRevision { report: id, revision: event.revision }, capture);
        }
        Ok(if known == 0 { Taken::Added } else { Taken::Extended })
    }

    /// Refuses an upload that is not there, or that has other bytes than its document.
    fn is_its_upload(&self, document: &NewDocument) -> Result<(), StoreError> {
        let Some(id) = document.upload else { return Ok(()) };
        let staging = self.stagings.get(&id).ok_or(StoreError::NotFound(Missing::Staging(id)))?;
        match DocumentId::from_digest(Sha256::digest(&staging.bytes).into()) == document.info.id {
            true => Ok(()),
            false => Err(StoreError::corrupt(document.info.id.to_string(), "its bytes are others")),
        }
    }

    fn take_document(&mut self, document: NewDocument) {
        let NewDocument { info, upload } = document;
        let position = Position(self.position.0 + 1);
        let mut has_come = false;
        if let Some(staging) = upload.and_then(|id| self.stagings.remove(&id)) {
            let bytes = staging.bytes.freeze();
            self.documents.entry(info.id).or_insert_with(|| Stored {
                info: DocumentInfo {
                    bytes: bytes.len() as u64,
                    names: Vec::new(),
                    sources: Vec::new(),
                    published: false,
                    draft: false,
                    ..info.clone()
                },
                bytes,
                of_drafts: [Vec::new(), Vec::new()],
                came: Position(0),
            });
        }
        if let Some(stored) = self.documents.get_mut(&info.id) {
            if !stored.info.published {
                (stored.info.published, stored.came, has_come) = (true, position, true);
            }
            info.names.iter().for_each(|name| remember(&mut stored.info.names, name));
            info.sources.iter().for_each(|source| remember(&mut stored.info.sources, source));
        }
        if has_come {
            self.next_position();
        }
    }

    /// Refuses reviews that have the names of reviews of other reports.
    fn no_other_review(&self, new: &NewHistory, known: usize) -> Result<(), StoreError> {
        let report = new.history().report;
        for review in new.events().skip(known).flat_map(|(event, _)| &event.said).map(|said| said.id) {
            let is_here = |history: &History| history.reviews.iter().any(|known| known.said.id == review);
            if let Some((here, _)) = self.reports.iter().find(|(_, history)| is_here(history)) {
                return Err(StoreError::ReviewConflict { report, review, here: *here });
            }
        }
        Ok(())
    }

    /// Another report that is here instead of what happened after the first `known` events.
    fn in_the_way(&self, new: &NewHistory, known: usize) -> Option<Kept> {
        let own = new.history().report;
        let published = || {
            let is_other =
                |id: &ReportId, history: &History| *id != own && history.purpose == Purpose::Published;
            self.reports.iter().filter(move |(id, history)| is_other(id, history))
        };
        let events = new.history().events.get(known..).unwrap_or_default();
        let in_document = published().find(|(_, here)| {
            here.captures.iter().any(|capture| {
                events.iter().any(|event| (event.document, event.part) == (capture.document, capture.part))
            })
        });
        if let Some((id, _)) = in_document {
            return Some(Kept::SameDocument(*id));
        }
        let (_, last) = new.revision(events.last()?.revision)?;
        let was_sent = |document| self.submissions.values().any(|row| row.submission.document == document);
        let same = published().find(|(_, here)| {
            here.current().is_some_and(|(_, current)| current.keys().same_report(last.keys()))
                && here.captures.iter().any(|capture| was_sent(capture.document))
        });
        same.map(|(id, _)| Kept::SameReport(*id))
    }
}

impl History {
    fn events(&self) -> Vec<HistoryEvent> {
        let event = |capture: &Capture| {
            let said = || self.reviews.iter().filter(|review| review.position == capture.position);
            let ended = |review: &StoredReview| {
                let end = review.end.filter(|end| end.position == capture.position)?;
                Some((review.said.id, end.cause, end.at))
            };
            let ended: Vec<_> = self.reviews.iter().filter_map(ended).collect();
            let at = said().map(|review| review.at).chain(ended.iter().map(|ended| ended.2)).next();
            HistoryEvent {
                position: capture.position,
                at: at.unwrap_or(capture.at),
                revision: capture.revision,
                document: capture.document,
                part: capture.part,
                extractor_version: capture.extractor_version,
                order: capture.accepted.0,
                is_review: capture.is_review,
                said: said().map(|review| review.said.clone()).collect(),
                ended: ended.iter().map(|(id, cause, _)| (*id, *cause)).collect(),
                base: capture.base,
            }
        };
        self.captures.iter().map(event).collect()
    }

    /// All of it, to be carried to another store.
    fn carried(&self, report: ReportId) -> ReportHistory {
        let revision = |(info, new): &(RevisionInfo, crate::NewRevision)| HistoryRevision {
            info: info.clone(),
            packed: new.packed().clone(),
        };
        ReportHistory {
            report,
            revisions: self.revisions.iter().map(revision).collect(),
            events: self.events(),
        }
    }
}
