//! Attempts: begun, renewed, completed, many at a time.

use super::transaction::Transaction;
use super::writer::Work;
use super::{PostgresStore, get, sql, text};
use crate::rows::{
    self, Key, Reading, SUBMISSION_COLUMNS, code, get_code, get_document, get_number, get_submission_id,
    get_time_if_any, get_trace,
};
use crate::source::Fields;
use async_trait::async_trait;
use gongkai_model::{DocumentId, ExtractorVersion, Purpose, SubmissionId, SubmissionState};
use gongkai_store::{
    ATTEMPTS_MAX, Attempt, AttemptOutcome, Beginning, Completion, Failure, Lease, Ledger, Missing,
    NewFailure, NewRevision, Rejection, Standing, StoreError, Submission, Timestamp, Worker,
};
use sqlx::AssertSqlSafe;
use std::collections::{HashMap, HashSet};
use std::time::Duration;

const FIND_TO_BEGIN: &str = "SELECT s.id, s.epoch, s.state, s.attempts, s.next_attempt_at, s.lease_until,
    s.lease_worker, s.fence, s.document, s.purpose, s.trace, d.bytes, d.media_type,
    (SELECT value FROM document_names n WHERE n.document = s.document AND n.kind = 2 * s.purpose - 1
        ORDER BY n.ordinal LIMIT 1) AS name,
    (SELECT value FROM document_names n WHERE n.document = s.document AND n.kind = 2 * s.purpose
        ORDER BY n.ordinal LIMIT 1) AS source,
    EXISTS (SELECT 1 FROM readings r
        WHERE r.document = s.document AND r.purpose = s.purpose AND r.extractor_version = q.version) AS known
    FROM unnest($1::bytea[], $2::bigint[]) AS q (id, version)
    JOIN submissions s ON s.id = q.id JOIN documents d ON d.id = s.document";
const BEGIN: &str = "UPDATE submissions s SET state = 3, attempts = attempts + 1, fence = fence + 1,
    lease_until = q.until, lease_worker = q.worker, next_attempt_at = NULL, changed_at = $5, position = q.position
    FROM unnest($1::bytea[], $2::bigint[], $3::text[], $4::bigint[]) AS q (id, until, worker, position)
    WHERE s.id = q.id";
const RENEW: &str = "UPDATE submissions s SET lease_until = $3
    FROM unnest($1::bytea[], $2::bigint[]) AS q (id, fence)
    WHERE s.id = q.id AND s.fence = q.fence AND lease_until IS NOT NULL RETURNING s.id";
const FIND_LEASED: &str = "SELECT id, accepted, epoch, attempts, document, purpose, fence, lease_until
    FROM submissions WHERE id = ANY($1)";
const FIND_READINGS: &str = "SELECT q.place, r.reports, r.rejection_reason, r.rejection_message
    FROM unnest($1::bytea[], $2::bigint[], $3::bigint[]) WITH ORDINALITY AS q (document, purpose, version, place)
    JOIN readings r ON r.document = q.document AND r.purpose = q.purpose AND r.extractor_version = q.version";
const ADD_READINGS: &str = "INSERT INTO readings
    (document, purpose, extractor_version, reports, rejection_reason, rejection_message)
    SELECT * FROM unnest($1::bytea[], $2::bigint[], $3::bigint[], $4::bytea[], $5::bigint[], $6::text[])";
const FAIL: &str =
    "UPDATE submissions s SET failure_class = q.class, failure_message = q.message, failure_at = $4,
    failure_attempt = attempts, failure_took = q.took, failure_memory = q.memory, failure_receipt_at = $4
    FROM unnest($1::bytea[], $2::text[], $3::text[], $5::bigint[], $6::bigint[]) AS q (id, class, message, took, memory)
    WHERE s.id = q.id";
const WAIT: &str = "UPDATE submissions s SET lease_until = NULL, next_attempt_at = q.due, changed_at = $4,
    position = q.position FROM unnest($1::bytea[], $2::bigint[], $3::bigint[]) AS q (id, due, position)
    WHERE s.id = q.id";
/// Completed by the columns of the submission, so that it need not be read again.
const FINISH: &str = "WITH q AS (SELECT * FROM unnest($1::bytea[], $2::bigint[], $3::bigint[], $4::bytea[],
        $5::bigint[], $6::text[]) AS q (which, new_state, new_position, new_reports, reason, message))
    UPDATE submissions SET state = new_state, lease_until = NULL, next_attempt_at = NULL, changed_at = $7,
    position = new_position, reports = coalesce(new_reports, reports),
    rejection_reason = coalesce(reason, rejection_reason), rejection_message = coalesce(message, rejection_message)
    FROM q WHERE id = which RETURNING ";

/// A wish to begin attempts.
pub(super) struct Begin {
    submissions: Vec<SubmissionId>,
    worker: Worker,
    lease: Duration,
}

/// What is known of a submission whose attempt ends.
#[derive(Clone)]
pub(super) struct Leased {
    pub id: SubmissionId,
    pub accepted: i64,
    pub epoch: u32,
    pub attempts: u32,
    pub document: DocumentId,
    pub purpose: Purpose,
    fence: i64,
    is_leased: bool,
}

/// An attempt that ends in a round of completions, none of which depends on another.
pub(super) struct Ending<'c> {
    /// Its place among all completions.
    place: usize,
    pub leased: Leased,
    pub extractor_version: ExtractorVersion,
    /// The position of the change.
    pub position: i64,
    outcome: &'c AttemptOutcome,
    /// How the document was read before, if it was, or now.
    pub reading: Option<Reading>,
}

impl Ending<'_> {
    /// The reports that have to be stored.
    pub(super) fn new_reports(&self) -> &[NewRevision] {
        match self.outcome {
            AttemptOutcome::Reports(revisions) if self.reading.is_none() => revisions,
            _ => &[],
        }
    }
}

/// What comes of a completion, once it is known.
type Answer = Option<Result<Submission, StoreError>>;

fn put(place: Option<&mut Answer>, answer: Result<Submission, StoreError>) {
    if let Some(place) = place {
        *place = Some(answer);
    }
}

/// A submission that ends its epoch: its state, the position of the change, and what came of it where anything did.
pub(super) type Finish<'r> = (SubmissionId, SubmissionState, i64, Option<&'r Reading>);

#[async_trait]
impl Ledger for PostgresStore {
    async fn begin_attempts(
        &self,
        submissions: &[SubmissionId],
        worker: &Worker,
        lease: Duration,
    ) -> Result<Vec<Attempt>, StoreError> {
        let begin = Begin { submissions: submissions.to_vec(), worker: worker.clone(), lease };
        self.0.writer.write(Work::Begin, begin).await
    }

    async fn renew(&self, leases: &[Lease], lease: Duration) -> Result<Vec<Lease>, StoreError> {
        self.0.writing.write(|transaction| Box::pin(transaction.renew(leases.to_vec(), lease))).await
    }

    async fn complete(
        &self,
        completions: Vec<Completion>,
    ) -> Result<Vec<Result<Submission, StoreError>>, StoreError> {
        self.0.writer.write(Work::Complete, completions).await
    }
}

impl Transaction<'_> {
    pub(super) async fn begin_attempts(
        &mut self,
        begins: &[&Begin],
    ) -> Result<Vec<Vec<Attempt>>, StoreError> {
        let (mut ids, mut versions, mut asked) = (Vec::new(), Vec::new(), HashSet::new());
        for begin in begins {
            for id in &begin.submissions {
                // Whoever asks second finds it taken.
                if asked.insert(*id) {
                    ids.push(id.key());
                    versions.push(i64::from(begin.worker.extractor_version));
                }
            }
        }
        if ids.is_empty() {
            return Ok(begins.iter().map(|_| Vec::new()).collect());
        }
        let rows = sqlx::query(FIND_TO_BEGIN).bind(ids).bind(versions).fetch_all(self.connection()).await;
        let mut found = HashMap::new();
        for row in rows.map_err(sql)? {
            found.insert(get_submission_id(&row, "id")?, row);
        }
        let mut begun = Vec::with_capacity(begins.len());
        let (mut silent, mut dead, mut changes) = (Vec::new(), Vec::new(), Vec::new());
        for begin in begins {
            let mut attempts = Vec::new();
            for id in &begin.submissions {
                let Some(row) = found.remove(id) else { continue };
                let standing = standing(&row)?;
                let beginning = standing.beginning(self.now);
                if beginning == Beginning::LeaveOut {
                    continue;
                }
                if standing.lease_until.is_some() {
                    silent.push((*id, Failure::lease_expired(&row.text("lease_worker")?)));
                }
                let position = self.next_position();
                if beginning == Beginning::GiveUp {
                    dead.push((*id, SubmissionState::Dead, position, None));
                    continue;
                }
                let attempt = attempt(*id, &row, standing.attempts + 1, self.now.after(begin.lease))?;
                changes.push((*id, attempt.lease_until.micros(), &begin.worker.name, position));
                attempts.push(attempt);
            }
            begun.push(attempts);
        }
        self.note_failures(&silent).await?;
        self.finish(&dead).await?;
        if !changes.is_empty() {
            sqlx::query(BEGIN)
                .bind(changes.iter().map(|change| change.0.key()).collect::<Vec<_>>())
                .bind(changes.iter().map(|change| change.1).collect::<Vec<_>>())
                .bind(changes.iter().map(|change| text::stored(change.2)).collect::<Vec<_>>())
                .bind(changes.iter().map(|change| change.3).collect::<Vec<_>>())
                .bind(self.now.micros())
                .execute(self.connection())
                .await
                .map_err(sql)?;
        }
        Ok(begun)
    }

    async fn renew(&mut self, leases: Vec<Lease>, lease: Duration) -> Result<Vec<Lease>, StoreError> {
        let rows = sqlx::query(RENEW)
            .bind(leases.iter().map(|lease| lease.submission.key()).collect::<Vec<_>>())
            .bind(leases.iter().map(|lease| lease.token).collect::<Vec<_>>())
            .bind(self.now.after(lease).micros())
            .fetch_all(self.connection())
            .await
            .map_err(sql)?;
        let renewed: HashSet<_> =
            rows.iter().map(|row| get_submission_id(row, "id")).collect::<Result<_, _>>()?;
        self.renewed_among(leases, &renewed).await
    }

    /// The leases of submissions in `renewed`, each of which has one valid token.
    async fn renewed_among(
        &mut self,
        leases: Vec<Lease>,
        renewed: &HashSet<SubmissionId>,
    ) -> Result<Vec<Lease>, StoreError> {
        let standing = self.leased(renewed.iter().map(Key::key).collect()).await?;
        let is_renewed = |lease: &Lease| {
            renewed.contains(&lease.submission)
                && standing.get(&lease.submission).is_some_and(|leased| leased.fence == lease.token)
        };
        Ok(leases.into_iter().filter(is_renewed).collect())
    }

    async fn leased(&mut self, ids: Vec<Vec<u8>>) -> Result<HashMap<SubmissionId, Leased>, StoreError> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let rows = sqlx::query(FIND_LEASED).bind(ids).fetch_all(self.connection()).await.map_err(sql)?;
        let leased = |row| {
            let leased = Leased {
                id: get_submission_id(row, "id")?,
                accepted: get(row, "accepted")?,
                epoch: get_number(row, "epoch")?,
                attempts: get_number(row, "attempts")?,
                document: get_document(row, "document")?,
                purpose: get_code(row, "purpose")?,
                fence: get(row, "fence")?,
                is_leased: row.number_if_any("lease_until")?.is_some(),
            };
            Ok((leased.id, leased))
        };
        rows.iter().map(leased).collect()
    }

    /// Ends attempts, each as if it came alone, in order.
    pub(super) async fn complete(
        &mut self,
        completions: &[&[Completion]],
    ) -> Result<Vec<Vec<Result<Submission, StoreError>>>, StoreError> {
        let all: Vec<&Completion> = completions.iter().copied().flatten().collect();
        let mut answers: Vec<Answer> = all.iter().map(|_| None).collect();
        let mut waiting: Vec<usize> = (0..all.len()).collect();
        while !waiting.is_empty() {
            waiting = self.round(&all, &waiting, &mut answers).await?;
        }
        let mut answers = answers.into_iter().map(|answer| {
            answer.unwrap_or_else(|| Err(StoreError::Unavailable("the attempt was not completed".into())))
        });
        Ok(completions.iter().map(|of_one| answers.by_ref().take(of_one.len()).collect()).collect())
    }

    /// Ends those attempts at `places` that depend on none before them, and gives the others.
    async fn round(
        &mut self,
        all: &[&Completion],
        places: &[usize],
        answers: &mut [Answer],
    ) -> Result<Vec<usize>, StoreError> {
        let ids = places.iter().filter_map(|place| all.get(*place));
        let leased = self.leased(ids.map(|completion| completion.lease.submission.key()).collect()).await?;
        let (mut endings, mut later, mut touched) = (Vec::new(), Vec::new(), Touched::default());
        for place in places {
            let Some(completion) = all.get(*place) else { continue };
            let lease = completion.lease;
            let answer = answers.get_mut(*place);
            match leased.get(&lease.submission) {
                None => {
                    put(answer, Err(StoreError::NotFound(Missing::Submission(lease.submission))));
                }
                Some(leased) if !touched.admits(leased, completion) => later.push(*place),
                Some(leased) if leased.fence != lease.token || !leased.is_leased => {
                    put(answer, Err(StoreError::Fenced { submission: lease.submission }));
                }
                Some(leased) => endings.push(Ending {
                    place: *place,
                    leased: leased.clone(),
                    extractor_version: completion.extractor_version,
                    position: 0,
                    outcome: &completion.outcome,
                    reading: None,
                }),
            }
        }
        self.find_readings(&mut endings).await?;
        for ending in &mut endings {
            ending.position = self.next_position();
        }
        self.end(endings, answers).await?;
        Ok(later)
    }

    async fn end(&mut self, mut endings: Vec<Ending<'_>>, answers: &mut [Answer]) -> Result<(), StoreError> {
        self.store_revisions(&mut endings).await?;
        let (mut read, mut failed) = (Vec::new(), Vec::new());
        for ending in endings {
            match (&ending.reading, failure(ending.outcome)) {
                (Some(_), _) => read.push(ending),
                (None, (new_failure, delay)) => failed.push((ending, new_failure, delay)),
            }
        }
        let finishes: Vec<Finish<'_>> = read
            .iter()
            .map(|ending| {
                let state = match ending.reading {
                    Some(Reading::Rejected(_)) => SubmissionState::Rejected,
                    _ => SubmissionState::Done,
                };
                (ending.leased.id, state, ending.position, ending.reading.as_ref())
            })
            .collect();
        let mut standing = self.finish(&finishes).await?;
        self.capture(&read).await?;
        standing.extend(self.fail(&failed).await?);
        let places = read.iter().chain(failed.iter().map(|(ending, ..)| ending));
        for ending in places {
            let missing = StoreError::NotFound(Missing::Submission(ending.leased.id));
            put(answers.get_mut(ending.place), standing.remove(&ending.leased.id).ok_or(missing));
        }
        Ok(())
    }

    async fn find_readings(&mut self, endings: &mut [Ending<'_>]) -> Result<(), StoreError> {
        let wanted: Vec<_> =
            endings.iter_mut().filter(|ending| failure_alone(ending.outcome).is_none()).collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let rows = sqlx::query(FIND_READINGS)
            .bind(wanted.iter().map(|ending| ending.leased.document.key()).collect::<Vec<_>>())
            .bind(wanted.iter().map(|ending| code(ending.leased.purpose)).collect::<Vec<_>>())
            .bind(wanted.iter().map(|ending| i64::from(ending.extractor_version)).collect::<Vec<_>>())
            .fetch_all(self.connection())
            .await
            .map_err(sql)?;
        let mut wanted: Vec<Option<&mut Ending<'_>>> = wanted.into_iter().map(Some).collect();
        for row in &rows {
            let place: usize = get_number(row, "place")?;
            if let Some(ending) = wanted.get_mut(place.wrapping_sub(1)).and_then(Option::take) {
                ending.reading = Some(Reading::of(row)?);
            }
        }
        Ok(())
    }

    pub(super) async fn add_readings(
        &mut self,
        readings: &[(&Leased, ExtractorVersion, &Reading)],
    ) -> Result<(), StoreError> {
        if readings.is_empty() {
            return Ok(());
        }
        let (mut reports, mut reasons, mut messages) = (Vec::new(), Vec::new(), Vec::new());
        for (_, _, reading) in readings {
            let columns = reading.columns();
            reports.push(columns.0);
            reasons.push(columns.1);
            messages.push(columns.2.map(|message| text::stored(&message).into_owned()));
        }
        sqlx::query(ADD_READINGS)
            .bind(readings.iter().map(|reading| reading.0.document.key()).collect::<Vec<_>>())
            .bind(readings.iter().map(|reading| code(reading.0.purpose)).collect::<Vec<_>>())
            .bind(readings.iter().map(|reading| i64::from(reading.1)).collect::<Vec<_>>())
            .bind(reports)
            .bind(reasons)
            .bind(messages)
            .execute(self.connection())
            .await
            .map_err(sql)?;
        Ok(())
    }

    /// Plans another attempt each, or gives up.
    async fn fail(
        &mut self,
        failed: &[(Ending<'_>, NewFailure, Option<Duration>)],
    ) -> Result<HashMap<SubmissionId, Submission>, StoreError> {
        let failures: Vec<_> =
            failed.iter().map(|(ending, failure, _)| (ending.leased.id, failure.clone())).collect();
        self.note_failures(&failures).await?;
        let (mut waits, mut dead, mut announcements) = (Vec::new(), Vec::new(), Vec::new());
        for (Ending { leased, position, .. }, _, delay) in failed {
            match delay.filter(|_| leased.attempts < ATTEMPTS_MAX) {
                Some(delay) => {
                    let due = self.now.after(delay);
                    waits.push((leased.id, due.micros(), *position));
                    announcements.push((leased.id, leased.epoch, due));
                }
                None => dead.push((leased.id, SubmissionState::Dead, *position, None)),
            }
        }
        if !waits.is_empty() {
            sqlx::query(WAIT)
                .bind(waits.iter().map(|wait| wait.0.key()).collect::<Vec<_>>())
                .bind(waits.iter().map(|wait| wait.1).collect::<Vec<_>>())
                .bind(waits.iter().map(|wait| wait.2).collect::<Vec<_>>())
                .bind(self.now.micros())
                .execute(self.connection())
                .await
                .map_err(sql)?;
        }
        self.announce(&announcements).await?;
        let waiting: Vec<_> = waits.iter().map(|wait| wait.0).collect();
        let mut standing = self.submissions(&waiting).await?;
        standing.extend(self.finish(&dead).await?);
        Ok(standing)
    }

    async fn note_failures(&mut self, failures: &[(SubmissionId, NewFailure)]) -> Result<(), StoreError> {
        if failures.is_empty() {
            return Ok(());
        }
        sqlx::query(FAIL)
            .bind(failures.iter().map(|failure| failure.0.key()).collect::<Vec<_>>())
            .bind(failures.iter().map(|failure| text::stored(&failure.1.class)).collect::<Vec<_>>())
            .bind(failures.iter().map(|failure| text::stored(&failure.1.message)).collect::<Vec<_>>())
            .bind(self.now.micros())
            .bind(failures.iter().map(|failure| rows::took(failure.1.receipt)).collect::<Vec<_>>())
            .bind(failures.iter().map(|failure| rows::memory(failure.1.receipt)).collect::<Vec<_>>())
            .execute(self.connection())
            .await
            .map_err(sql)?;
        Ok(())
    }

    /// Ends the epochs of submissions.
    pub(super) async fn finish(
        &mut self,
        finishes: &[Finish<'_>],
    ) -> Result<HashMap<SubmissionId, Submission>, StoreError> {
        if finishes.is_empty() {
            return Ok(HashMap::new());
        }
        self.withdraw(finishes.iter().map(|finish| finish.0.key()).collect()).await?;
        let (mut reports, mut reasons, mut messages) = (Vec::new(), Vec::new(), Vec::new());
        for (.., reading) in finishes {
            let columns = reading.map(Reading::columns).unwrap_or_default();
            reports.push(columns.0);
            reasons.push(columns.1);
            messages.push(columns.2.map(|message| text::stored(&message).into_owned()));
        }
        let rows = sqlx::query(AssertSqlSafe(format!("{FINISH} {SUBMISSION_COLUMNS}")))
            .bind(finishes.iter().map(|finish| finish.0.key()).collect::<Vec<_>>())
            .bind(finishes.iter().map(|finish| code(finish.1)).collect::<Vec<_>>())
            .bind(finishes.iter().map(|finish| finish.2).collect::<Vec<_>>())
            .bind(reports)
            .bind(reasons)
            .bind(messages)
            .bind(self.now.micros())
            .fetch_all(self.connection())
            .await
            .map_err(sql)?;
        let submission = |row| rows::submission(row).map(|submission| (submission.id, submission));
        rows.iter().map(submission).collect()
    }
}

/// What the completions of a round change or look at; another one that does is for a later round.
#[derive(Default)]
struct Touched {
    submissions: HashSet<SubmissionId>,
    documents: HashSet<DocumentId>,
    subjects: HashSet<(String, Option<u16>)>,
}

impl Touched {
    /// Whether a completion touches nothing that one before it does. It counts as touched from here on, also where it
    /// has to wait, so that it keeps its turn.
    fn admits(&mut self, leased: &Leased, completion: &Completion) -> bool {
        let mut is_first = self.submissions.insert(leased.id);
        is_first &= self.documents.insert(leased.document);
        if let AttemptOutcome::Reports(revisions) = &completion.outcome {
            let keys = |new: &NewRevision| (new.keys().subject.clone(), new.keys().year);
            let own: HashSet<_> = revisions.iter().filter(|new| new.keys().identify()).map(keys).collect();
            for subject in own {
                is_first &= self.subjects.insert(subject);
            }
        }
        is_first
    }
}

fn standing(row: &impl Fields) -> Result<Standing, StoreError> {
    Ok(Standing {
        state: get_code(row, "state")?,
        attempts: get_number(row, "attempts")?,
        lease_until: get_time_if_any(row, "lease_until")?,
        next_attempt_at: get_time_if_any(row, "next_attempt_at")?,
    })
}

fn attempt(
    id: SubmissionId,
    row: &impl Fields,
    attempt: u32,
    lease_until: Timestamp,
) -> Result<Attempt, StoreError> {
    Ok(Attempt {
        lease: Lease { submission: id, token: row.number("fence")? + 1 },
        lease_until,
        epoch: get_number(row, "epoch")?,
        attempt,
        document: get_document(row, "document")?,
        document_bytes: get_number(row, "bytes")?,
        media_type: row.text("media_type")?,
        name: row.text_if_any("name")?.unwrap_or_default(),
        source: row.text_if_any("source")?.unwrap_or_default(),
        purpose: get_code(row, "purpose")?,
        known: row.truth("known")?,
        trace: get_trace(row, "trace")?,
    })
}

/// The failure that an outcome is, whatever is known of the document.
fn failure_alone(outcome: &AttemptOutcome) -> Option<(NewFailure, Option<Duration>)> {
    match outcome {
        AttemptOutcome::Retry { failure, delay } => Some((failure.clone(), Some(*delay))),
        AttemptOutcome::Dead(failure) => Some((failure.clone(), None)),
        AttemptOutcome::Reports(_) | AttemptOutcome::Known | AttemptOutcome::Rejected { .. } => None,
    }
}

/// The failure that an outcome is where the document has no reading.
fn failure(outcome: &AttemptOutcome) -> (NewFailure, Option<Duration>) {
    failure_alone(outcome).unwrap_or_else(|| (Failure::not_known(), Some(Duration::ZERO)))
}

/// The reading that an outcome is by itself: a rejection.
pub(super) fn rejection(ending: &Ending<'_>) -> Option<Reading> {
    match (&ending.reading, ending.outcome) {
        (None, AttemptOutcome::Rejected { reason, message }) => {
            Some(Reading::Rejected(Rejection { reason: *reason, message: message.clone() }))
        }
        _ => None,
    }
}

impl Ending<'_> {
    /// Whether the document was read by this attempt.
    pub(super) fn is_first_reading(&self) -> bool {
        self.reading.is_none() && matches!(self.outcome, AttemptOutcome::Reports(_))
    }
}
