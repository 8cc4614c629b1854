//! Attempts: begun, renewed, completed.

use super::get;
use super::outbox::LIST_MAX;
use super::revisions::Simple;
use super::writer::Transaction;
use super::{SqliteStore, sql};
use crate::rows::{
    self, Key, Reading, SUBMISSION_COLUMNS, code, get_code, get_document, get_number, get_submission_id,
    get_trace, year,
};
use async_trait::async_trait;
use gongkai_model::{DocumentId, ExtractorVersion, Purpose, SubmissionId, SubmissionState};
use gongkai_store::{
    ATTEMPTS_MAX, Attempt, AttemptOutcome, Beginning, Completion, Failure, Lease, Ledger, Missing,
    NewFailure, NewRevision, Rejection, Standing, StoreError, Submission, Timestamp, Worker,
};
use sqlx::sqlite::{Sqlite, SqliteRow};
use sqlx::{AssertSqlSafe, QueryBuilder};
use std::collections::{HashMap, HashSet};
use std::time::Duration;

/// Followed by an extractor version.
const FIND_TO_BEGIN: &str =
    "SELECT s.id, s.epoch, s.state, s.attempts, s.next_attempt_at, s.lease_until, s.lease_worker,
    s.fence, s.document, s.purpose, s.trace, d.bytes, d.media_type,
    (SELECT value FROM document_names n WHERE n.document = s.document AND n.kind = 2 * s.purpose - 1
        ORDER BY n.ordinal LIMIT 1) AS name,
    (SELECT value FROM document_names n WHERE n.document = s.document AND n.kind = 2 * s.purpose
        ORDER BY n.ordinal LIMIT 1) AS source,
    EXISTS (SELECT 1 FROM readings r
        WHERE r.document = s.document AND r.purpose = s.purpose AND r.extractor_version = ";
const FOUND_TO_BEGIN: &str = ") AS known
    FROM submissions s JOIN documents d ON d.id = s.document WHERE s.id IN (";
/// Between them a list of submissions with the positions of their change.
const TO_BEGIN: &str = "WITH q (id, position) AS (";
const BEGIN: &str = ") UPDATE submissions SET state = 3, attempts = attempts + 1, fence = fence + 1,
    next_attempt_at = NULL, position = q.position, lease_until = ";
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
    failure_attempt = attempts, failure_took = ?5, failure_memory = ?6, failure_receipt_at = ?4 WHERE id = ?1";
const WAIT: &str =
    "UPDATE submissions SET lease_until = NULL, next_attempt_at = ?2, changed_at = ?3, position = ?4
    WHERE id = ?1";
/// Completed by the columns of the submission, so that it need not be read again.
const FINISH: &str =
    "UPDATE submissions SET state = ?2, lease_until = NULL, next_attempt_at = NULL, changed_at = ?3,
    position = ?4, reports = coalesce(?5, reports), rejection_reason = coalesce(?6, rejection_reason),
    rejection_message = coalesce(?7, rejection_message) WHERE id = ?1 RETURNING ";

/// Completions that are looked up and stored together: a few make the ways to the connection cheap, and a script must not
/// grow without bound.
const TOGETHER_MAX: usize = 16;
/// What has to be known of a submission, its document and its one report, before what was read can be stored at once: that
/// its lease is good, and that nothing of it has been there before. Between the two a list of attempts with what their reports
/// are found by.
const SIMPLE: &str =
    "WITH q (ordinal, id, fence, extractor_version, subject, year, scope, region_name, region_code) AS (";
const FIND_SIMPLE: &str = ") SELECT q.ordinal, s.accepted, s.document, s.purpose
    FROM q CROSS JOIN submissions s ON s.id = q.id
    WHERE s.fence = q.fence AND s.lease_until IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM readings r
        WHERE r.document = s.document AND r.purpose = s.purpose AND r.extractor_version = q.extractor_version)
    AND NOT EXISTS (SELECT 1 FROM captures c WHERE c.document = s.document AND c.purpose = s.purpose AND c.part = 1)
    AND NOT EXISTS (SELECT 1 FROM currents c INDEXED BY currents_subject WHERE c.purpose = s.purpose
        AND c.subject = q.subject AND c.year = q.year AND c.scope = q.scope AND c.region_name = q.region_name
        AND c.region_code = q.region_code AND c.to_position = 9223372036854775807)";

/// What is asked often, for the test of its plans.
#[cfg(test)]
pub(super) const FREQUENT: &[&str] = &[RENEW, FIND_LEASED, FIND_READING];

/// The same for what is asked of a list.
#[cfg(test)]
pub(super) fn frequent_lists() -> [String; 1] {
    [format!(
        "{SIMPLE}VALUES (0, x'', 0, 1, '', 0, 0, '', ''), (1, x'', 0, 1, '', 0, 0, '', ''){FIND_SIMPLE}"
    )]
}

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
                Box::pin(async move { transaction.begin_attempts(&submissions, &worker, lease).await })
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
        self.0
            .writer
            .write_unguarded(move |transaction| Box::pin(transaction.complete_all(completions)))
            .await
    }
}

impl Transaction {
    async fn begin_attempts(
        &mut self,
        submissions: &[SubmissionId],
        worker: &Worker,
        lease: Duration,
    ) -> Result<Vec<Attempt>, StoreError> {
        let mut attempts = Vec::with_capacity(submissions.len());
        for submissions in submissions.chunks(LIST_MAX) {
            let mut found = self.find_to_begin(submissions, worker).await?;
            let mut begun = Vec::with_capacity(submissions.len());
            for id in submissions {
                // Whoever is named twice begins once.
                let Some(row) = found.remove(id) else { continue };
                if let Some(attempt) = self.beginning(*id, &row, lease).await? {
                    begun.push((self.next_position(), attempt));
                }
            }
            if begun.is_empty() {
                continue;
            }
            let mut update = QueryBuilder::<Sqlite>::new(TO_BEGIN);
            update.push_values(&begun, |mut row, (position, attempt)| {
                row.push_bind(attempt.lease.submission.key()).push_bind(*position);
            });
            update.push(BEGIN).push_bind(self.now.after(lease).micros());
            update.push(", lease_worker = ").push_bind(worker.name.clone());
            update.push(", changed_at = ").push_bind(self.now.micros());
            update.push(" FROM q WHERE submissions.id = q.id");
            self.list(update).await?;
            attempts.extend(begun.into_iter().map(|(_, attempt)| attempt));
        }
        Ok(attempts)
    }

    async fn find_to_begin(
        &mut self,
        submissions: &[SubmissionId],
        worker: &Worker,
    ) -> Result<HashMap<SubmissionId, SqliteRow>, StoreError> {
        let mut find = QueryBuilder::<Sqlite>::new(FIND_TO_BEGIN);
        find.push_bind(worker.extractor_version).push(FOUND_TO_BEGIN);
        let mut list = find.separated(", ");
        for submission in submissions {
            list.push_bind(submission.key());
        }
        find.push(")");
        let rows = self.list(find).await?;
        rows.into_iter().map(|row| Ok((get_submission_id(&row, "id")?, row))).collect()
    }

    /// The attempt that may begin on a submission, if one may. Notes what ended in silence, for good where it was the last.
    async fn beginning(
        &mut self,
        id: SubmissionId,
        row: &SqliteRow,
        lease: Duration,
    ) -> Result<Option<Attempt>, StoreError> {
        let time = |column| Ok::<_, StoreError>(get::<Option<i64>>(row, column)?.map(Timestamp::from_micros));
        let standing = Standing {
            state: get_code(row, "state")?,
            attempts: get_number(row, "attempts")?,
            lease_until: time("lease_until")?,
            next_attempt_at: time("next_attempt_at")?,
        };
        let beginning = standing.beginning(self.now);
        if beginning == Beginning::LeaveOut {
            return Ok(None);
        }
        if standing.lease_until.is_some() {
            let silent: String = get(row, "lease_worker")?;
            self.note_failure(id, Failure::lease_expired(&silent)).await?;
        }
        if beginning == Beginning::GiveUp {
            self.finish(id, SubmissionState::Dead, None).await?;
            return Ok(None);
        }
        Ok(Some(Attempt {
            lease: Lease { submission: id, token: get::<i64>(row, "fence")? + 1 },
            lease_until: self.now.after(lease),
            epoch: get_number(row, "epoch")?,
            attempt: standing.attempts + 1,
            document: get_document(row, "document")?,
            document_bytes: get_number(row, "bytes")?,
            media_type: get(row, "media_type")?,
            name: get::<Option<String>>(row, "name")?.unwrap_or_default(),
            source: get::<Option<String>>(row, "source")?.unwrap_or_default(),
            purpose: get_code(row, "purpose")?,
            known: get(row, "known")?,
            trace: get_trace(row, "trace")?,
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
        let mut completions = completions.into_iter();
        loop {
            let together: Vec<Completion> = completions.by_ref().take(TOGETHER_MAX).collect();
            if together.is_empty() {
                return Ok(answers);
            }
            let mut ended = self.complete_at_once(&together).await?;
            for (index, completion) in together.into_iter().enumerate() {
                let answer = match ended.remove(&index) {
                    Some(submission) => Ok(submission),
                    None => {
                        let savepoint = self.savepoint().await?;
                        let answer = self.complete(completion).await;
                        self.release(savepoint, answer.is_ok()).await?;
                        answer
                    }
                };
                answers.push(answer);
            }
        }
    }

    /// Ends the attempts that have read one report, which is new in every way, as nearly all are; gives their submissions by
    /// their place in `completions`. The others are left alone, and so is what says the same as one before it.
    async fn complete_at_once(
        &mut self,
        completions: &[Completion],
    ) -> Result<HashMap<usize, Submission>, StoreError> {
        let one_report = |completion: &'_ Completion| match &completion.outcome {
            AttemptOutcome::Reports(reports) => match reports.as_slice() {
                [new] if self.known.layouts.contains(&new.packed().layout.id()) => {
                    self.findings_as_json(new.findings())
                }
                _ => None,
            },
            _ => None,
        };
        let mut findings: Vec<Option<String>> = completions.iter().map(one_report).collect();
        let mut find = QueryBuilder::<Sqlite>::new(SIMPLE);
        let simple = || (0_i64..).zip(completions).zip(&findings).filter(|(_, findings)| findings.is_some());
        if simple().next().is_none() {
            return Ok(HashMap::new());
        }
        find.push_values(simple(), |mut row, ((ordinal, completion), _)| {
            row.push_bind(ordinal)
                .push_bind(completion.lease.submission.key())
                .push_bind(completion.lease.token)
                .push_bind(completion.extractor_version);
            let keys = only_report(completion).map(NewRevision::keys);
            // What is not known by its keys is never another report's.
            row.push_bind(keys.filter(|keys| keys.identify()).map(|keys| keys.subject.clone()))
                .push_bind(keys.map(|keys| year(keys.year)))
                .push_bind(keys.map(|keys| code(keys.scope)))
                .push_bind(keys.map(|keys| keys.region_name.clone()))
                .push_bind(keys.map(|keys| keys.region_code.clone()));
        });
        find.push(FIND_SIMPLE);
        let mut ready = Vec::with_capacity(completions.len());
        let (mut documents, mut subjects) = (HashSet::new(), HashSet::new());
        for row in self.list(find).await? {
            let index: usize = get_number(&row, "ordinal")?;
            let Some(completion) = completions.get(index) else { continue };
            let Some(new) = only_report(completion) else { continue };
            let Some(findings) = findings.get_mut(index).and_then(Option::take) else { continue };
            let simple = Simple {
                submission: completion.lease.submission,
                accepted: get(&row, "accepted")?,
                document: get_document(&row, "document")?,
                purpose: get_code(&row, "purpose")?,
                extractor_version: completion.extractor_version,
                findings,
            };
            let keys = new.keys();
            let subject = (simple.purpose, &keys.subject, keys.year, keys.scope, &keys.region_name);
            let is_first = documents.insert((simple.document, simple.purpose))
                && (!keys.identify() || subjects.insert((subject, &keys.region_code)));
            if is_first {
                ready.push((index, simple, new));
            }
        }
        self.store_at_once(&ready).await
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
                return self.fail(&leased, Failure::not_known(), Some(Duration::ZERO)).await;
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
            .bind(rows::took(failure.receipt))
            .bind(rows::memory(failure.receipt))
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

/// The report that an attempt has read, if it is one.
fn only_report(completion: &Completion) -> Option<&NewRevision> {
    let AttemptOutcome::Reports(reports) = &completion.outcome else { return None };
    let [new] = reports.as_slice() else { return None };
    Some(new)
}
