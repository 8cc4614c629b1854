use super::{Capture, Contents, MemoryStore};
use crate::{
    Answered, Cause, Correction, Missing, Overlay, Position, REQUEST_ID_VALIDITY, REVIEWS_MAX,
    ReportRevision, ReviewChange, ReviewEnd, ReviewRequest, Reviewed, Reviews, RevisionInfo, StoreError,
    StoredReview, Timestamp, last_review,
};
use async_trait::async_trait;
use gongkai_model::{Purpose, ReportId, ReviewId};

#[async_trait]
impl Reviews for MemoryStore {
    async fn review(&self, change: ReviewChange) -> Result<Reviewed, StoreError> {
        self.write(|contents, now| contents.review(change, now))
    }

    async fn reviews(&self, report: ReportId, purpose: Purpose) -> Result<Vec<StoredReview>, StoreError> {
        let contents = self.read();
        let history = contents.reports.get(&report).filter(|history| history.purpose == purpose);
        Ok(history.map(|history| history.reviews.clone()).unwrap_or_default())
    }

    async fn recall(&self, request: &ReviewRequest) -> Result<Option<Answered>, StoreError> {
        self.write(|contents, now| contents.recall(request, now))
    }

    async fn note(
        &self,
        request: &ReviewRequest,
        revision: u32,
        said: Vec<ReviewId>,
    ) -> Result<Answered, StoreError> {
        self.write(|contents, now| {
            if let Some(known) = contents.recall(request, now)? {
                return Ok(known);
            }
            let reviews = contents.reports.values().flat_map(|history| &history.reviews);
            let said_at =
                reviews.filter(|review| said.contains(&review.said.id)).map(|review| review.position);
            let position = said_at.max().unwrap_or_default();
            let answered = Answered { revision, said, position };
            contents.answer(request, answered.clone(), now);
            Ok(answered)
        })
    }

    async fn overlay(&self, report: ReportId) -> Result<Option<Overlay>, StoreError> {
        Ok(self.read().reports.get(&report).and_then(|history| history.overlay))
    }

    async fn overtaken(&self, limit: u32) -> Result<Vec<(ReportId, Purpose)>, StoreError> {
        let contents = self.read();
        let overtaken = contents.reports.iter().filter(|(_, history)| {
            let current = history.current().map(|(info, _)| info.revision);
            history.overlay.is_some_and(|overlay| Some(overlay.revision) != current)
        });
        Ok(overtaken.map(|(id, history)| (*id, history.purpose)).take(limit as usize).collect())
    }
}

impl Contents {
    /// What a request has come to.
    fn recall(&self, request: &ReviewRequest, now: Timestamp) -> Result<Option<Answered>, StoreError> {
        let known = self.review_requests.get(&request.id);
        let Some((digest, answered, _)) = known.filter(|(.., at)| now < at.after(REQUEST_ID_VALIDITY)) else {
            return Ok(None);
        };
        request.check(digest)?;
        Ok(Some(answered.clone()))
    }

    fn answer(&mut self, request: &ReviewRequest, answered: Answered, now: Timestamp) {
        self.review_requests.insert(request.id.clone(), (*request.digest(), answered, now));
    }

    fn review(&mut self, mut change: ReviewChange, now: Timestamp) -> Result<Reviewed, StoreError> {
        let request = change.request.take();
        if let Some((request, _)) = &request
            && let Some(Answered { revision, position, .. }) = self.recall(request, now)?
        {
            return Ok(Reviewed { revision, position });
        }
        let reviewed = self.changed(change, now)?;
        if let Some((request, said)) = request {
            let answered = Answered { revision: reviewed.revision, said, position: reviewed.position };
            self.answer(&request, answered, now);
        }
        Ok(reviewed)
    }

    fn changed(&mut self, change: ReviewChange, now: Timestamp) -> Result<Reviewed, StoreError> {
        let report = change.report;
        let not_found = || StoreError::NotFound(Missing::Report(report));
        let position = Position(self.position.0 + 1);
        let history = self.reports.get_mut(&report).filter(|history| history.purpose == change.purpose);
        let history = history.ok_or_else(not_found)?;
        let current = history.current().map(|(info, _)| info.revision).ok_or_else(not_found)?;
        if current != change.expected || last_review(&history.reviews) != change.seen {
            return Err(StoreError::Superseded { report, current });
        }
        let base = change.base.map(|base| history.revision(base).ok_or_else(not_found)).transpose()?;
        let base = base.map(|(info, _)| info.clone());
        let known = |id| history.reviews.iter().any(|review| review.said.id == id);
        let added: Vec<_> = change.added.into_iter().filter(|added| !known(added.id)).collect();
        let count = history.reviews.len() + added.len();
        if REVIEWS_MAX < count {
            let (actual, max) = (count as u64, REVIEWS_MAX as u64);
            return Err(StoreError::TooLarge { what: "the number of reviews of a report", actual, max });
        }
        history.reviews.extend(added.into_iter().map(|said| StoredReview {
            report,
            said,
            at: now,
            position,
            end: None,
        }));
        for (id, cause) in change.ended {
            let standing =
                history.reviews.iter_mut().find(|review| review.said.id == id && review.end.is_none());
            if let Some(review) = standing {
                review.end = Some(ReviewEnd { cause, at: now, position });
            }
        }
        let before = history.overlay;
        history.overlay = base.as_ref().map(|base| Overlay { base: base.revision, revision: base.revision });
        if let (Some(before), Some(overlay), Correction::Same) =
            (before, &mut history.overlay, &change.correction)
            && before.base == overlay.base
        {
            *overlay = before;
        }
        if let (Some(base), Correction::New(new)) = (&base, change.correction) {
            let revision = u32::try_from(history.revisions.len() + 1).unwrap_or(u32::MAX);
            let info = RevisionInfo {
                revision,
                cause: Cause::Amended,
                digest: new.digest(),
                recorded_at: now,
                position,
                ..base.clone()
            };
            history.revisions.push((info, *new));
            history.overlay = Some(Overlay { base: base.revision, revision });
        }
        let Some(document) = base.as_ref().or(history.revision(current).map(|(info, _)| info)) else {
            return Err(not_found());
        };
        let capture = Capture {
            revision: history.overlay.map_or(document.revision, |overlay| overlay.revision),
            document: document.document,
            part: document.part,
            // Never what was captured last.
            accepted: Position(0),
            extractor_version: document.extractor_version,
            position,
            at: now,
            is_review: true,
            base: Some(history.overlay.map_or(0, |overlay| overlay.base)),
        };
        self.next_position();
        self.capture(ReportRevision { report, revision: capture.revision }, capture);
        let current = self.reports.get(&report).and_then(|history| history.current());
        let revision = current.map(|(info, _)| info.revision).ok_or_else(not_found)?;
        Ok(Reviewed { revision, position })
    }
}
