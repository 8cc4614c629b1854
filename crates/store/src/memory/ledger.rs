use super::{Capture, Contents, Current, Held, History, MemoryStore, Reading, Row};
use crate::{
    ATTEMPTS_MAX, Attempt, AttemptOutcome, Beginning, Cause, Completion, Failure, Lease, Ledger, NewFailure,
    NewRevision, Position, Rejection, ReportKeys, ReportRevision, RevisionInfo, Standing, StoreError,
    Submission, Timestamp, Worker,
};
use async_trait::async_trait;
use gongkai_model::{DocumentId, Purpose, ReportId, SubmissionId, SubmissionState};
use std::time::Duration;

#[async_trait]
impl Ledger for MemoryStore {
    async fn begin_attempts(
        &self,
        submissions: &[SubmissionId],
        worker: &Worker,
        lease: Duration,
    ) -> Result<Vec<Attempt>, StoreError> {
        self.write(|contents, now| {
            let mut attempts = Vec::new();
            for &id in submissions {
                attempts.extend(contents.begin_attempt(id, worker, lease, now)?);
            }
            Ok(attempts)
        })
    }

    async fn renew(&self, leases: &[Lease], lease: Duration) -> Result<Vec<Lease>, StoreError> {
        Ok(self.write(|contents, now| {
            let mut renewed = Vec::new();
            for &held in leases {
                if let Ok(Row { lease: Some(row_lease), .. }) = contents.leased(held) {
                    row_lease.until = now.after(lease);
                    renewed.push(held);
                }
            }
            renewed
        }))
    }

    async fn complete(
        &self,
        completions: Vec<Completion>,
    ) -> Result<Vec<Result<Submission, StoreError>>, StoreError> {
        let complete = |completion| self.write(|contents, now| contents.complete(completion, now));
        Ok(completions.into_iter().map(complete).collect())
    }
}

impl Contents {
    fn begin_attempt(
        &mut self,
        id: SubmissionId,
        worker: &Worker,
        lease: Duration,
        now: Timestamp,
    ) -> Result<Option<Attempt>, StoreError> {
        let Some(row) = self.submissions.get_mut(&id) else { return Ok(None) };
        let submission = &mut row.submission;
        let standing = Standing {
            state: submission.state,
            attempts: submission.attempts,
            lease_until: row.lease.as_ref().map(|lease| lease.until),
            next_attempt_at: submission.next_attempt_at,
        };
        let beginning = standing.beginning(now);
        if beginning == Beginning::LeaveOut {
            return Ok(None);
        }
        if let Some(silent) = &row.lease {
            let failure = Failure::lease_expired(&silent.worker);
            submission.failure = Some(Failure::new(failure, now, submission.attempts));
        }
        if beginning == Beginning::GiveUp {
            self.finish(id, SubmissionState::Dead, now)?;
            return Ok(None);
        }
        let lease_until = now.after(lease);
        row.fence += 1;
        row.lease = Some(Held { until: lease_until, worker: worker.name.clone() });
        submission.state = SubmissionState::Parsing;
        submission.attempts += 1;
        submission.next_attempt_at = None;
        let token = row.fence;
        let submission = self.touch(id, now)?;
        let document = self.documents[&submission.document].known(Some(submission.purpose));
        let reading = (submission.document, submission.purpose, worker.extractor_version);
        Ok(Some(Attempt {
            lease: Lease { submission: id, token },
            lease_until,
            epoch: submission.epoch,
            attempt: submission.attempts,
            document: submission.document,
            document_bytes: document.bytes,
            media_type: document.media_type.clone(),
            name: document.names.first().cloned().unwrap_or_default(),
            source: document.sources.first().cloned().unwrap_or_default(),
            purpose: submission.purpose,
            known: self.readings.contains_key(&reading),
            trace: self.submissions.get(&id).and_then(|row| row.trace.clone()),
        }))
    }

    fn complete(&mut self, completion: Completion, now: Timestamp) -> Result<Submission, StoreError> {
        let Completion { lease, extractor_version, outcome } = completion;
        let row = self.leased(lease)?;
        let id = lease.submission;
        let Submission { document, purpose, .. } = row.submission;
        let accepted = row.accepted;
        let key = (document, purpose, extractor_version);
        let known = self.readings.get(&key).cloned();
        let reading = match (outcome, known) {
            (
                AttemptOutcome::Reports(_) | AttemptOutcome::Rejected { .. } | AttemptOutcome::Known,
                Some(known),
            ) => known,
            (AttemptOutcome::Reports(revisions), None) => {
                let mut reports: Vec<ReportRevision> = Vec::with_capacity(revisions.len());
                for (part, revision) in (1..).zip(revisions) {
                    let report = self
                        .report_of(document, purpose, part, revision.keys(), &reports)
                        .unwrap_or_else(ReportId::generate);
                    reports.push(self.store_revision(report, document, purpose, part, revision, now));
                }
                Reading::Reports(reports)
            }
            (AttemptOutcome::Rejected { reason, message }, None) => {
                Reading::Rejected(Rejection { reason, message })
            }
            (AttemptOutcome::Known, None) => {
                return self.fail(id, Failure::not_known(), Some(Duration::ZERO), now);
            }
            (AttemptOutcome::Retry { failure, delay }, _) => return self.fail(id, failure, Some(delay), now),
            (AttemptOutcome::Dead(failure), _) => return self.fail(id, failure, None, now),
        };
        self.readings.entry(key).or_insert_with(|| reading.clone());
        match reading {
            Reading::Reports(reports) => {
                self.row(id)?.submission.reports = reports.clone();
                let submission = self.finish(id, SubmissionState::Done, now)?;
                for (part, report) in (1..).zip(reports) {
                    self.capture(
                        report,
                        Capture {
                            revision: report.revision,
                            document,
                            part,
                            accepted,
                            extractor_version,
                            position: submission.position,
                            at: now,
                            is_review: false,
                            base: None,
                        },
                    );
                }
                Ok(submission)
            }
            Reading::Rejected(rejection) => {
                self.row(id)?.submission.rejection = Some(rejection);
                self.finish(id, SubmissionState::Rejected, now)
            }
        }
    }

    /// Plans another attempt after `delay`, or gives up.
    fn fail(
        &mut self,
        id: SubmissionId,
        failure: NewFailure,
        delay: Option<Duration>,
        now: Timestamp,
    ) -> Result<Submission, StoreError> {
        let row = self.row(id)?;
        let attempt = row.submission.attempts;
        row.submission.failure = Some(Failure::new(failure, now, attempt));
        let Some(delay) = delay.filter(|_| attempt < ATTEMPTS_MAX) else {
            return self.finish(id, SubmissionState::Dead, now);
        };
        let due = now.after(delay);
        row.lease = None;
        row.submission.next_attempt_at = Some(due);
        let epoch = row.submission.epoch;
        self.announce(id, epoch, due);
        self.touch(id, now)
    }

    /// The report that this part of the document was found to be before, else the one with the same keys that no part
    /// of the document is, `taken` ones included.
    fn report_of(
        &self,
        document: DocumentId,
        purpose: Purpose,
        part: u32,
        keys: &ReportKeys,
        taken: &[ReportRevision],
    ) -> Option<ReportId> {
        let histories = || self.reports.iter().filter(|(_, history)| history.purpose == purpose);
        let same_part = |capture: &Capture| capture.document == document && capture.part == part;
        let before = histories().find(|(_, history)| history.captures.iter().any(same_part));
        let same_keys = || {
            histories().find(|(id, history)| {
                !history.captures.iter().any(|capture| capture.document == document)
                    && !taken.iter().any(|taken| taken.report == **id)
                    && history.current().is_some_and(|(_, current)| current.keys().same_report(keys))
            })
        };
        before.or_else(same_keys).map(|(id, _)| *id)
    }

    /// The revision of `report` that says the same, else a new one.
    fn store_revision(
        &mut self,
        report: ReportId,
        document: DocumentId,
        purpose: Purpose,
        part: u32,
        new: NewRevision,
        now: Timestamp,
    ) -> ReportRevision {
        // The position that the completed submission is about to get.
        let position = Position(self.position.0 + 1);
        let history = self.reports.entry(report).or_insert_with(|| History {
            purpose,
            revisions: Vec::new(),
            captures: Vec::new(),
            currents: Vec::new(),
            reviews: Vec::new(),
            overlay: None,
        });
        if let Some((same, _)) = history.revisions.iter().find(|(info, _)| info.digest == new.digest()) {
            return ReportRevision { report, revision: same.revision };
        }
        let read_before = history.captures.iter().any(|capture| capture.document == document);
        let cause = match history.revisions.is_empty() {
            true => Cause::Received,
            false if read_before => Cause::Reparsed,
            false => Cause::Republished,
        };
        let revision = u32::try_from(history.revisions.len() + 1).unwrap_or(u32::MAX);
        let info = RevisionInfo {
            report,
            revision,
            cause,
            document,
            part,
            extractor_version: new.extractor_version(),
            digest: new.digest(),
            purpose,
            recorded_at: now,
            position,
        };
        history.revisions.push((info, new));
        ReportRevision { report, revision }
    }

    /// Notes that a revision was found in a document, and finds out anew which revision is current: what the highest
    /// extractor version found in the document that was captured last, with the corrections that were made to just that.
    pub(super) fn capture(&mut self, report: ReportRevision, capture: Capture) {
        let Some(history) = self.reports.get_mut(&report.report) else { return };
        let position = capture.position;
        history.captures.push(capture);
        let found = || history.captures.iter().filter(|capture| !capture.is_review);
        let newest = found().max_by_key(|capture| capture.accepted).map(|capture| capture.document);
        let of_newest = found().filter(|capture| Some(capture.document) == newest);
        let best = of_newest.max_by_key(|capture| (capture.extractor_version, capture.accepted));
        let Some(best) = best.map(|capture| capture.revision) else { return };
        let overlay = history.overlay.filter(|overlay| overlay.base == best);
        let revision = overlay.map_or(best, |overlay| overlay.revision);
        if history.currents.last().is_none_or(|current| current.revision != revision) {
            history.currents.push(Current { revision, from: position });
        }
    }
}
