//! Attempts: begun, renewed, completed.

use super::get;
use super::writer::Transaction;
use super::{SqliteStore, sql};
use crate::rows::{
    self, Key, Reading, SUBMISSION_COLUMNS, code, get_code, get_document, get_number, get_trace,
};
use async_trait::async_trait;
use gongkai_model::{DocumentId, ExtractorVersion, Purpose, SubmissionId, SubmissionState};
use gongkai_store::{
    ATTEMPTS_MAX, Attempt, AttemptOutcome, Beginning, Completion, Failure, LEASE_EXPIRED, Lease, Ledger,
    Missing, NOT_KNOWN, NewFailure, Rejection, Standing, StoreError, Submission, Timestamp, Worker,
};
use sqlx::AssertSqlSafe;
use std::time::Duration;

const FIND_TO_BEGIN: &str = "SELECT s.epoch, s.state, s.attempts, s.next_attempt_at, s.lease_until, s.lease_worker,
    s.fence, s.document, s.purpose, s.trace, d.bytes, d.media_type,
    (SELECT value FROM document_names n WHERE n.document = s.document AND n.kind = 1 AND n.ordinal = 0) AS name,
    (SELECT value FROM document_names n WHERE n.document = s.document AND n.kind = 2 AND n.ordinal = 0) AS source,
    EXISTS (SELECT 1 FROM readings r
        WHERE r.document = s.document AND r.purpose = s.purpose AND r.extractor_version = ?2) AS known
    FROM submissions s JOIN documents d ON d.id = s.document WHERE s.id = ?1";
const BEGIN: &str =
    "UPDATE submissions SET state = 3, attempts = attempts + 1, fence = fence + 1, lease_until = ?2,
    lease_worker = ?3, next_attempt_at = NULL, changed_at = ?4, position = ?5 WHERE id = ?1";
const RENEW: &str = "UPDATE submissions SET lease_until = ?3
    WHERE id = ?1 AND fence = ?2 AND lease_until IS NOT NULL";
const FIND_LEASED: &str = "SELECT accepted, epoch, attempts, document, purpose, fence, lease_until
    FROM submissions WHERE id = ?1";
const FIND_READING: &str = "SELECT reports, rejection_reason, rejection_message FROM readings
    WHERE document = ?1 AND purpose = ?2 AND extractor_version = ?3";
const ADD_READING: &str = "INSERT INTO readings
    (document, purpose, extractor_version, reports, rejection_reason, rejection_message)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
const FAIL: &str = "UPDATE submissions SET failure_class = ?2, failure_message = ?3, failure_at = ?4,
    failure_attempt = attempts WHERE id = ?1";
const WAIT: &str =
    "UPDATE submissions SET lease_until = NULL, next_attempt_at = ?2, changed_at = ?3, position = ?4
    WHERE id = ?1";
/// Completed by the columns of the submission, so that it need not be read again.
const FINISH: &str =
    "UPDATE submissions SET state = ?2, lease_until = NULL, next_attempt_at = NULL, changed_at = ?3,
    position = ?4, reports = coalesce(?5, reports), rejection_reason = coalesce(?6, rejection_reason),
    rejection_message = coalesce(?7, rejection_message) WHERE id = ?1 RETURNING ";

/// What is asked often, for the test of its plans.
#[cfg(test)]
pub(super) const FREQUENT: &[&str] = &[FIND_TO_BEGIN, BEGIN, RENEW, FIND_LEASED, FIND_READING];

/// What is known of a submission whose attempt ends.
struct Leased {
    id: SubmissionId,
    accepted: i64,
    epoch: u32,
    attempts: u32,
    document: DocumentId,
    purpose: Purpose,
}

#[async_trait]
impl Ledger for SqliteStore {
    async fn begin_attempts(
        &self,
        submissions: &[SubmissionId],
        worker: &Worker,
        lease: Duration,
    ) -> Result<Vec<Attempt>, StoreError> {
        let (submissions, worker) = (submissions.to_vec(), worker.clone());
        self.0
            .writer
            .write(move |transaction| {
                Box::pin(async move {
                    let mut attempts = Vec::new();
                    for id in submissions {
                        attempts.extend(transaction.begin_attempt(id, &worker, lease).await?);
                    }
                    Ok(attempts)
                })
            })
            .await
    }

    async fn renew(&self, leases: &[Lease], lease: Duration) -> Result<Vec<Lease>, StoreError> {
        let leases = leases.to_vec();
        self.0.writer.write(move |transaction| Box::pin(transaction.renew(leases, lease))).await
    }

    async fn complete(
        &self,
        completions: Vec<Completion>,
    ) -> Result<Vec<Result<Submission, StoreError>>, StoreError> {
        self.0.writer.write(move |transaction| Box::pin(transaction.complete_all(completions))).await
    }
}

impl Transaction {
    async fn begin_attempt(
        &mut self,
        id: SubmissionId,
        worker: &Worker,
        lease: Duration,
    ) -> Result<Option<Attempt>, StoreError> {
        let row = sqlx::query(FIND_TO_BEGIN)
            .bind(id.key())
            .bind(worker.extractor_version)
            .fetch_optional(&mut self.connection)
            .await
            .map_err(sql)?;
        let Some(row) = row else { return Ok(None) };
        let time =
            |column| Ok::<_, StoreError>(get::<Option<i64>>(&row, column)?.map(Timestamp::from_micros));
        let standing = Standing {
            state: get_code(&row, "state")?,
            attempts: get_number(&row, "attempts")?,
            lease_until: time("lease_until")?,
            next_attempt_at: time("next_attempt_at")?,
        };
        let beginning = standing.beginning(self.now);
        if beginning == Beginning::LeaveOut {
            return Ok(None);
        }
        if standing.lease_until.is_some() {
            let silent: String = get(&row, "lease_worker")?;
            let message = Failure::lease_expired(&silent);
            self.note_failure(id, NewFailure { class: LEASE_EXPIRED.to_owned(), message }).await?;
        }
        if beginning == Beginning::GiveUp {
            self.finish(id, SubmissionState::Dead, None).await?;
            return Ok(None);
        }
        let lease_until = self.now.after(lease);
        let position = self.next_position();
        sqlx::query(BEGIN)
            .bind(id.key())
            .bind(lease_until.micros())
            .bind(worker.name.clone())
            .bind(self.now.micros())
            .bind(position)
            .execute(&mut self.connection)
            .await
            .map_err(sql)?;
        Ok(Some(Attempt {
            lease: Lease { submission: id, token: get::<i64>(&row, "fence")? + 1 },
            lease_until,
            epoch: get_number(&row, "epoch")?,
            attempt: standing.attempts + 1,
            document: get_document(&row, "document")?,
            document_bytes: get_number(&row, "bytes")?,
            media_type: get(&row, "media_type")?,
            name: get::<Option<String>>(&row, "name")?.unwrap_or_default(),
            source: get::<Option<String>>(&row, "source")?.unwrap_or_default(),
            purpose: get_code(&row, "purpose")?,
            known: get(&row, "known")?,
            trace: get_trace(&row, "trace")?,
        }))
    }

    async fn renew(&mut self, leases: Vec<Lease>, lease: Duration) -> Result<Vec<Lease>, StoreError> {
        let mut renewed = Vec::with_capacity(leases.len());
        for held in leases {
            let row = sqlx::query(RENEW)
                .bind(held.submission.key())
                .bind(held.token)
                .bind(self.now.after(lease).micros())
                .execute(&mut self.connection)
                .await
                .map_err(sql)?;
            if 0 < row.rows_affected() {
                renewed.push(held);
            }
        }
        Ok(renewed)
    }

    /// Each has effects and an answer of its own.
    async fn complete_all(
        &mut self,
        completions: Vec<Completion>,
    ) -> Result<Vec<Result<Submission, StoreError>>, StoreError> {
        let mut answers = Vec::with_capacity(completions.len());
        for completion in completions {
            let savepoint = self.savepoint().await?;
            let answer = self.complete(completion).await;
            self.release(savepoint, answer.is_ok()).await?;
            answers.push(answer);
        }
        Ok(answers)
    }

    async fn complete(&mut self, completion: Completion) -> Result<Submission, StoreError> {
        let Completion { lease, extractor_version, outcome } = completion;
        let leased = self.leased(lease).await?;
        let outcome = match outcome {
            AttemptOutcome::Retry { failure, delay } => {
                return self.fail(&leased, failure, Some(delay)).await;
            }
            AttemptOutcome::Dead(failure) => return self.fail(&leased, failure, None).await,
            outcome => outcome,
        };
        let known = self.known_reading(&leased, extractor_version).await?;
        let reading = match (known, outcome) {
            (Some(known), _) => known,
            (None, AttemptOutcome::Reports(revisions)) => {
                let mut reports = Vec::with_capacity(revisions.len());
                for (part, revision) in (1..).zip(revisions) {
                    let report = self
                        .store_revision(leased.document, leased.purpose, part, revision, &reports)
                        .await?;
                    reports.push(report);
                }
                self.add_reading(&leased, extractor_version, Reading::Reports(reports)).await?
            }
            (None, AttemptOutcome::Rejected { reason, message }) => {
                let rejection = Rejection { reason, message };
                self.add_reading(&leased, extractor_version, Reading::Rejected(rejection)).await?
            }
            (None, AttemptOutcome::Known | AttemptOutcome::Retry { .. } | AttemptOutcome::Dead(_)) => {
                let failure = NewFailure {
                    class: NOT_KNOWN.to_owned(),
                    message: "the document has no known reading".to_owned(),
                };
                return self.fail(&leased, failure, Some(Duration::ZERO)).await;
            }
        };
        match &reading {
            Reading::Reports(reports) => {
                let submission = self.finish(leased.id, SubmissionState::Done, Some(&reading)).await?;
                for (part, report) in (1..).zip(reports) {
                    self.capture(*report, &submission, leased.accepted, part, extractor_version).await?;
                }
                Ok(submission)
            }
            Reading::Rejected(_) => self.finish(leased.id, SubmissionState::Rejected, Some(&reading)).await,
        }
    }

    /// The submission, if the lease is the one under which work may be done.
    async fn leased(&mut self, lease: Lease) -> Result<Leased, StoreError> {
        let id = lease.submission;
        let row = sqlx::query(FIND_LEASED)
            .bind(id.key())
            .fetch_optional(&mut self.connection)
            .await
            .map_err(sql)?;
        let row = row.ok_or(StoreError::NotFound(Missing::Submission(id)))?;
        if get::<i64>(&row, "fence")? != lease.token || get::<Option<i64>>(&row, "lease_until")?.is_none() {
            return Err(StoreError::Fenced { submission: id });
        }
        Ok(Leased {
            id,
            accepted: get(&row, "accepted")?,
            epoch: get_number(&row, "epoch")?,
            attempts: get_number(&row, "attempts")?,
            document: get_document(&row, "document")?,
            purpose: get_code(&row, "purpose")?,
        })
    }

    async fn known_reading(
        &mut self,
        leased: &Leased,
        extractor_version: ExtractorVersion,
    ) -> Result<Option<Reading>, StoreError> {
        let row = sqlx::query(FIND_READING)
            .bind(leased.document.key())
            .bind(code(leased.purpose))
            .bind(extractor_version)
            .fetch_optional(&mut self.connection)
            .await
            .map_err(sql)?;
        let Some(row) = row else { return Ok(None) };
        Reading::of(&row).map(Some)
    }

    async fn add_reading(
        &mut self,
        leased: &Leased,
        extractor_version: ExtractorVersion,
        reading: Reading,
    ) -> Result<Reading, StoreError> {
        let (reports, reason, message) = reading.columns();
        sqlx::query(ADD_READING)
            .bind(leased.document.key())
            .bind(code(leased.purpose))
            .bind(extractor_version)
            .bind(reports)
            .bind(reason)
            .bind(message)
            .execute(&mut self.connection)
            .await
            .map_err(sql)?;
        Ok(reading)
    }

    /// Plans another attempt after `delay`, or gives up.
    async fn fail(
        &mut self,
        leased: &Leased,
        failure: NewFailure,
        delay: Option<Duration>,
    ) -> Result<Submission, StoreError> {
        self.note_failure(leased.id, failure).await?;
        let Some(delay) = delay.filter(|_| leased.attempts < ATTEMPTS_MAX) else {
            return self.finish(leased.id, SubmissionState::Dead, None).await;
        };
        let due = self.now.after(delay);
        let position = self.next_position();
        sqlx::query(WAIT)
            .bind(leased.id.key())
            .bind(due.micros())
            .bind(self.now.micros())
            .bind(position)
            .execute(&mut self.connection)
            .await
            .map_err(sql)?;
        self.announce(leased.id, leased.epoch, due).await?;
        self.submission(leased.id).await
    }

    async fn note_failure(&mut self, id: SubmissionId, failure: NewFailure) -> Result<(), StoreError> {
        sqlx::query(FAIL)
            .bind(id.key())
            .bind(failure.class)
            .bind(failure.message)
            .bind(self.now.micros())
            .execute(&mut self.connection)
            .await
            .map_err(sql)?;
        Ok(())
    }

    /// Ends a submission's epoch, with what came of it where anything did.
    pub(super) async fn finish(
        &mut self,
        id: SubmissionId,
        state: SubmissionState,
        reading: Option<&Reading>,
    ) -> Result<Submission, StoreError> {
        self.withdraw(id).await?;
        let position = self.next_position();
        let (reports, reason, message) = reading.map(Reading::columns).unwrap_or_default();
        let row = sqlx::query(AssertSqlSafe(format!("{FINISH} {SUBMISSION_COLUMNS}")))
            .bind(id.key())
            .bind(code(state))
            .bind(self.now.micros())
            .bind(position)
            .bind(reports)
            .bind(reason)
            .bind(message)
            .fetch_optional(&mut self.connection)
            .await
            .map_err(sql)?;
        rows::submission(&row.ok_or(StoreError::NotFound(Missing::Submission(id)))?)
    }

    /// The submission as it stands in this transaction.
    pub(super) async fn submission(&mut self, id: SubmissionId) -> Result<Submission, StoreError> {
        let find = format!("SELECT {SUBMISSION_COLUMNS} FROM submissions WHERE id = ?1");
        let row = sqlx::query(AssertSqlSafe(find))
            .bind(id.key())
            .fetch_optional(&mut self.connection)
            .await
            .map_err(sql)?;
        rows::submission(&row.ok_or(StoreError::NotFound(Missing::Submission(id)))?)
    }
}
