//! One attempt on one document.

use crate::completions::Completions;
use crate::leases::Leases;
use crate::patience::insist;
use crate::reading::{Reading, Source};
use crate::verdict::{AttemptError, Backoff, CLASSES, verdict};
use crate::weight::Weighing;
use gongkai_document::ReadError;
use gongkai_model::{RejectReason, SubmissionState, TraceContext};
use gongkai_pipeline::Rejection;
use gongkai_store::{
    Attempt, AttemptOutcome, Completion, Documents, NOT_KNOWN, NewRevision, Receipt, StoreError, Submission,
};
use gongkai_telemetry::metrics;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tracing::{Instrument as _, debug, info, info_span, warn};

/// How long the store may take to give a document.
const LOAD_PATIENCE: Duration = Duration::from_secs(30);

/// What an attempt needs.
pub(crate) struct Attempting {
    pub(crate) documents: Arc<dyn Documents>,
    pub(crate) reading: Reading,
    pub(crate) leases: Leases,
    pub(crate) completions: Completions,
    pub(crate) backoff: Backoff,
    pub(crate) extractor_version: gongkai_model::ExtractorVersion,
    pub(crate) source_bytes_max: usize,
    /// One permit a KiB of documents in memory.
    pub(crate) room: Semaphore,
}

impl Attempting {
    /// Works on a document, and hands in what came of it. Continues the trace of its announcement, or else the one that it
    /// was accepted in.
    pub(crate) async fn attempt(&self, attempt: Attempt, announced: Option<TraceContext>) {
        let span = info_span!("attempt", otel.kind = "consumer", submission.id = %attempt.lease.submission);
        if let Some(trace) = announced.as_ref().or(attempt.trace.as_ref()) {
            gongkai_telemetry::continue_trace(&span, trace);
        }
        self.work_on(attempt).instrument(span).await;
    }

    async fn work_on(&self, attempt: Attempt) {
        let begun = Instant::now();
        let _in_work = metrics::attempt_begins();
        let held = self.leases.hold(attempt.lease);
        let outcome = tokio::select! {
            outcome = self.outcome(&attempt, begun) => outcome,
            () = held.lost() => {
                let id = attempt.lease.submission;
                metrics::attempt_ended("lost", "", begun.elapsed());
                info!(submission.id = %id, "gave up {id}, which is no longer ours");
                return;
            }
        };
        let completion =
            Completion { lease: attempt.lease, extractor_version: self.extractor_version, outcome };
        let storing = Instant::now();
        let completed = self.completions.complete(completion).instrument(info_span!("store")).await;
        metrics::stage_ended("store", storing.elapsed());
        count(&attempt, &completed, begun.elapsed());
        log(&attempt, &completed, begun.elapsed());
    }

    async fn outcome(&self, attempt: &Attempt, begun: Instant) -> AttemptOutcome {
        if attempt.known {
            return AttemptOutcome::Known;
        }
        let weighing = Weighing::default();
        let result = self.handle(attempt, &weighing).await;
        let memory_bytes = if result.is_err() { weighing.growth().await } else { None };
        let receipt = Receipt { took: Some(begun.elapsed()), memory_bytes };
        verdict(result, attempt.attempt, self.backoff, receipt)
    }

    /// Loads a document and reads it.
    async fn handle(&self, attempt: &Attempt, weighing: &Weighing) -> Result<Vec<NewRevision>, AttemptError> {
        let bytes = usize::try_from(attempt.document_bytes).unwrap_or(usize::MAX);
        if self.source_bytes_max < bytes {
            let error = ReadError::TooLarge { actual: bytes, max: self.source_bytes_max };
            return Err(AttemptError::Rejected(Rejection::from(error)));
        }
        let permits = u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX);
        let closed = |_| AttemptError::Load(StoreError::Unavailable("the parser has ended".into()));
        let _room = self.room.acquire_many(permits).await.map_err(closed)?;
        let load = insist("give a document", || {
            self.documents.document_bytes(attempt.document, attempt.document_bytes)
        });
        let loading = Instant::now();
        let bytes = match timeout(LOAD_PATIENCE, load).instrument(info_span!("load")).await {
            Ok(bytes) => bytes.map_err(AttemptError::Load)?,
            Err(elapsed) => return Err(AttemptError::Load(StoreError::Unavailable(elapsed.into()))),
        };
        metrics::stage_ended("load", loading.elapsed());
        let source = Source {
            bytes,
            media_type: attempt.media_type.clone(),
            name: attempt.name.clone(),
            address: attempt.source.clone(),
        };
        let reading = Instant::now();
        // Not the first one: most documents need but that, and a look costs as much as a good part of their reading.
        let weighing = (1 < attempt.attempt).then(|| weighing.clone());
        let read = self.reading.read(source, weighing).instrument(info_span!("read")).await;
        metrics::stage_ended("read", reading.elapsed());
        read
    }
}

/// What may come of an attempt, each with the classes that it comes with.
pub(crate) fn outcomes() -> impl Iterator<Item = (&'static str, &'static str)> {
    let alone = ["done", "cancelled", "late", "lost", "unstored"].map(|outcome| (outcome, ""));
    let rejected = RejectReason::ALL.iter().map(|reason| ("rejected", reason.name()));
    let passing = CLASSES.iter().filter(|(_, can_pass)| *can_pass).map(|(class, _)| *class);
    let retried = passing.chain([NOT_KNOWN]).map(|class| ("retry", class));
    // Also what can pass, when it has not for too often.
    let dead = CLASSES.iter().map(|(class, _)| ("dead", *class));
    alone.into_iter().chain(rejected).chain(retried).chain(dead)
}

/// Counts an attempt by what came of it.
fn count(attempt: &Attempt, completed: &Result<Submission, StoreError>, took: Duration) {
    if let (Ok(submission), 1) = (completed, attempt.epoch) {
        let since_accepted = submission.changed_at.since(submission.accepted_at);
        if attempt.attempt == 1 {
            metrics::waited(since_accepted.saturating_sub(took));
        }
        match submission.state {
            SubmissionState::Done => metrics::submission_ended("done", since_accepted),
            SubmissionState::Rejected => metrics::submission_ended("rejected", since_accepted),
            SubmissionState::Dead => metrics::submission_ended("dead", since_accepted),
            // Its sender ended it, or it is not final.
            SubmissionState::Cancelled
            | SubmissionState::Received
            | SubmissionState::Queued
            | SubmissionState::Parsing => {}
        }
    }
    let (outcome, class) = match completed {
        Ok(submission) => match submission.state {
            SubmissionState::Done => ("done", ""),
            SubmissionState::Rejected => {
                ("rejected", submission.rejection.as_ref().map_or("", |rejection| rejection.reason.name()))
            }
            SubmissionState::Cancelled => ("cancelled", ""),
            state => {
                let class = submission.failure.as_ref().map_or("", |failure| failure.class.as_str());
                (if state == SubmissionState::Dead { "dead" } else { "retry" }, class)
            }
        },
        Err(StoreError::Fenced { .. }) => ("late", ""),
        Err(_) => ("unstored", ""),
    };
    metrics::attempt_ended(outcome, class, took);
}

/// One line a document.
fn log(attempt: &Attempt, completed: &Result<Submission, StoreError>, duration: Duration) {
    let (id, document) = (attempt.lease.submission, attempt.document);
    let duration_ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let submission = match completed {
        Ok(submission) => submission,
        Err(StoreError::Fenced { .. }) => {
            debug!(submission.id = %id, "the result of {id} came too late");
            return;
        }
        Err(error) => {
            warn!(
                submission.id = %id,
                error = error as &dyn std::error::Error,
                "the result of {id} cannot be stored; it will be read again"
            );
            return;
        }
    };
    let class = submission.failure.as_ref().map_or("", |failure| failure.class.as_str());
    match submission.state {
        SubmissionState::Done => info!(
            submission.id = %id,
            document.id = %document,
            reports = submission.reports.len(),
            attempt = attempt.attempt,
            duration_ms,
            "read {id}"
        ),
        SubmissionState::Rejected => {
            let reason = submission.rejection.as_ref().map_or("", |rejection| rejection.reason.name());
            info!(submission.id = %id, document.id = %document, reason, duration_ms, "rejected {id}: {reason}");
        }
        SubmissionState::Dead => warn!(
            submission.id = %id,
            document.id = %document,
            class,
            attempt = attempt.attempt,
            "gave up {id} for good: {class}"
        ),
        SubmissionState::Received
        | SubmissionState::Queued
        | SubmissionState::Parsing
        | SubmissionState::Cancelled => warn!(
            submission.id = %id,
            document.id = %document,
            class,
            attempt = attempt.attempt,
            "attempt {} on {id} failed: {class}",
            attempt.attempt
        ),
    }
}
