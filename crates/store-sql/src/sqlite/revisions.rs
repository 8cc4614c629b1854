//! Storing what was read: reports, their revisions, and which of them is current.

use super::get;
use super::sql;
use super::writer::Transaction;
use crate::rows::{self, Key, Reading, SUBMISSION_COLUMNS, code, get_number, get_report, year};
use gongkai_model::{DocumentId, ExtractorVersion, Purpose, ReportId, SubmissionId};
use gongkai_store::packed::{FindingKey, Layout, day_number};
use gongkai_store::{
    Cause, Missing, NewRevision, ReportKeys, ReportRevision, StoreError, Submission, Timestamp,
};
use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments};
use sqlx::{AssertSqlSafe, QueryBuilder, Row as _};
use std::collections::HashMap;
use std::fmt::Write as _;

/// Rows that one statement inserts; a bound on the variables of a statement.
const ROWS_MAX: usize = 500;

const FIND_PART: &str = "SELECT report FROM captures WHERE document = ?1 AND purpose = ?2 AND part = ?3
    ORDER BY report LIMIT 1";
const FIND_SAME_KEYS: &str = "SELECT report FROM currents INDEXED BY currents_subject
    WHERE purpose = ?1 AND subject = ?2 AND year = ?3
    AND scope = ?4 AND region_name = ?5 AND region_code = ?6 AND to_position = 9223372036854775807
    AND report NOT IN (SELECT report FROM captures WHERE document = ?7)
    ORDER BY report LIMIT ?8";
const FIND_REVISIONS: &str = "SELECT max(revision) AS latest,
    (SELECT revision FROM revisions WHERE report = ?1 AND digest = ?2) AS same,
    EXISTS (SELECT 1 FROM captures WHERE report = ?1 AND document = ?3) AS read_before
    FROM revisions WHERE report = ?1";
const ADD_LAYOUT: &str = "INSERT INTO layouts (id, bytes) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
const ADD_REVISION: &str = "INSERT INTO revisions (report, revision, cause, document, part, extractor_version, digest,
    purpose, recorded_at, position, year, form, region_name, region_code, issuer, subject, scope, title, published,
    findings_failing, figures_undetermined, layout, figures, subject_rank, subject_kind)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23,
    ?24, ?25) RETURNING id";
const ADD_EVIDENCE: &str = "INSERT INTO evidence (revision_id, bytes) VALUES (?1, ?2)";
const ADD_RULE: &str =
    "INSERT INTO rules (name) VALUES (?1) ON CONFLICT (name) DO UPDATE SET name = name RETURNING id";
const ADD_FINDINGS: &str = "INSERT INTO findings (revision_id, ordinal, rule, outcome, severity) ";
const ADD_CAPTURE: &str = "INSERT INTO captures
    (report, revision, document, part, purpose, accepted, extractor_version, position, at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
/// Ends the current revision unless it is the best: what the highest extractor version found in the document that was
/// captured last, with the corrections that were made to just that.
pub(super) const END_CURRENT: &str = "UPDATE currents SET to_position = ?2
    WHERE report = ?1 AND to_position = 9223372036854775807 AND revision <>
    (SELECT coalesce(o.revision, b.revision) FROM
        (SELECT revision FROM captures WHERE report = ?1 AND is_review = 0
            AND document = (SELECT document FROM captures WHERE report = ?1 AND is_review = 0
                ORDER BY accepted DESC LIMIT 1)
            ORDER BY extractor_version DESC, accepted DESC LIMIT 1) b
        LEFT JOIN overlays o ON o.report = ?1 AND o.base = b.revision)";
/// Makes the best revision current where none is.
pub(super) const BEGIN_CURRENT: &str = "INSERT INTO currents (report, from_position, to_position, revision, revision_id, purpose,
    year, form, region_name, region_code, issuer, subject, scope, subject_rank, subject_kind)
    SELECT report, ?2, 9223372036854775807, revision, id, purpose, year, form, region_name, region_code, issuer,
    subject, scope, subject_rank, subject_kind FROM revisions WHERE report = ?1
    AND NOT EXISTS (SELECT 1 FROM currents WHERE report = ?1 AND to_position = 9223372036854775807)
    AND revision = (SELECT coalesce(o.revision, b.revision) FROM
        (SELECT revision FROM captures WHERE report = ?1 AND is_review = 0
            AND document = (SELECT document FROM captures WHERE report = ?1 AND is_review = 0
                ORDER BY accepted DESC LIMIT 1)
            ORDER BY extractor_version DESC, accepted DESC LIMIT 1) b
        LEFT JOIN overlays o ON o.report = ?1 AND o.base = b.revision)";

/// Stores the first revision of a new report and ends the submission with it. Parameters count through all statements; the
/// findings are a list of lists of numbers in JSON. The row of the first statement tells that the submission was announced.
const STORE: &str = "DELETE FROM outbox WHERE submission = ? RETURNING 1 AS withdrawn;
    INSERT INTO revisions (report, revision, cause, document, part, extractor_version, digest, purpose, recorded_at,
        position, year, form, region_name, region_code, issuer, subject, scope, title, published, findings_failing,
        figures_undetermined, layout, figures, subject_rank, subject_kind)
    VALUES (?, 1, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);
    INSERT INTO evidence (revision_id, bytes) SELECT id, ? FROM revisions WHERE report = ? AND revision = 1;
    INSERT INTO currents (report, from_position, to_position, revision, revision_id, purpose, year, form, region_name,
        region_code, issuer, subject, scope, subject_rank, subject_kind)
    SELECT report, position, 9223372036854775807, revision, id, purpose, year, form, region_name, region_code, issuer,
        subject, scope, subject_rank, subject_kind FROM revisions WHERE report = ? AND revision = 1;
    INSERT INTO findings (revision_id, ordinal, rule, outcome, severity)
    SELECT r.id, j.value ->> 0, j.value ->> 1, j.value ->> 2, j.value ->> 3 FROM json_each(?) j
        JOIN revisions r ON r.report = ? AND r.revision = 1;
    INSERT INTO captures (report, revision, document, part, purpose, accepted, extractor_version, position, at)
    VALUES (?, 1, ?, 1, ?, ?, ?, ?, ?);
    INSERT INTO readings (document, purpose, extractor_version, reports, rejection_reason, rejection_message)
    VALUES (?, ?, ?, ?, NULL, NULL);
    UPDATE submissions SET state = 4, lease_until = NULL, next_attempt_at = NULL, changed_at = ?, position = ?, reports = ?
    WHERE id = ? RETURNING ";

/// A submission whose attempt has read one report, which is new in every way.
pub(super) struct Simple {
    pub submission: SubmissionId,
    /// The position at which it was accepted.
    pub accepted: i64,
    pub document: DocumentId,
    pub purpose: Purpose,
    pub extractor_version: ExtractorVersion,
    /// See [`Transaction::findings_as_json`].
    pub findings: String,
}

/// What is asked often, for the test of its plans.
#[cfg(test)]
pub(super) const FREQUENT: &[&str] = &[FIND_PART, FIND_SAME_KEYS, FIND_REVISIONS];

impl Transaction {
    /// Stores one report of a document, unless its report has a revision that says the same. `taken` are the reports of
    /// the parts before it.
    pub(super) async fn store_revision(
        &mut self,
        document: DocumentId,
        purpose: Purpose,
        part: u32,
        new: NewRevision,
        taken: &[ReportRevision],
    ) -> Result<ReportRevision, StoreError> {
        let Some(report) = self.report_of(document, purpose, part, new.keys(), taken).await? else {
            let revision = ReportRevision { report: ReportId::generate(), revision: 1 };
            let place = (self.now, self.counters.position + 1);
            return self
                .add_revision(revision, Cause::Received, (document, part), purpose, place, &new)
                .await;
        };
        let row = sqlx::query(FIND_REVISIONS)
            .bind(report.key())
            .bind(new.digest().0.to_vec())
            .bind(document.key())
            .fetch_one(&mut self.connection)
            .await
            .map_err(sql)?;
        if get::<Option<i64>>(&row, "same")?.is_some() {
            return Ok(ReportRevision { report, revision: get_number(&row, "same")? });
        }
        let cause = if get(&row, "read_before")? { Cause::Reparsed } else { Cause::Republished };
        let revision = ReportRevision { report, revision: get_number::<u32>(&row, "latest")? + 1 };
        // The position that the completed submission is about to get.
        let place = (self.now, self.counters.position + 1);
        self.add_revision(revision, cause, (document, part), purpose, place, &new).await
    }

    /// The report that this part of the document was found to be before, else the one with the same keys that no part
    /// of the document is, `taken` ones included.
    async fn report_of(
        &mut self,
        document: DocumentId,
        purpose: Purpose,
        part: u32,
        keys: &ReportKeys,
        taken: &[ReportRevision],
    ) -> Result<Option<ReportId>, StoreError> {
        let before = sqlx::query(FIND_PART)
            .bind(document.key())
            .bind(code(purpose))
            .bind(part)
            .fetch_optional(&mut self.connection)
            .await
            .map_err(sql)?;
        if let Some(before) = before {
            return get_report(&before, "report").map(Some);
        }
        if !keys.identify() {
            return Ok(None);
        }
        let rows = sqlx::query(FIND_SAME_KEYS)
            .bind(code(purpose))
            .bind(keys.subject.clone())
            .bind(year(keys.year))
            .bind(code(keys.scope))
            .bind(keys.region_name.clone())
            .bind(keys.region_code.clone())
            .bind(document.key())
            .bind(taken.len() as i64 + 1)
            .fetch_all(&mut self.connection)
            .await
            .map_err(sql)?;
        for row in rows {
            let report = get_report(&row, "report")?;
            if !taken.iter().any(|taken| taken.report == report) {
                return Ok(Some(report));
            }
        }
        Ok(None)
    }

    /// Adds a revision that was read from a part of a document, known since a time and with a place in the order of changes.
    pub(super) async fn add_revision(
        &mut self,
        added: ReportRevision,
        cause: Cause,
        (document, part): (DocumentId, u32),
        purpose: Purpose,
        (recorded_at, position): (Timestamp, i64),
        new: &NewRevision,
    ) -> Result<ReportRevision, StoreError> {
        let packed = new.packed();
        self.add_layout(&packed.layout).await?;
        let begun = sqlx::query(ADD_REVISION)
            .bind(added.report.key())
            .bind(added.revision)
            .bind(code(cause))
            .bind(document.key())
            .bind(part);
        let row = with_record(begun, new, purpose, recorded_at.micros(), position)
            .fetch_one(&mut self.connection)
            .await
            .map_err(sql)?;
        let revision_id: i64 = get(&row, "id")?;
        sqlx::query(ADD_EVIDENCE)
            .bind(revision_id)
            .bind(packed.evidence.clone())
            .execute(&mut self.connection)
            .await
            .map_err(sql)?;
        self.add_findings(revision_id, new.findings()).await?;
        Ok(added)
    }

    /// Stores reports and ends their submissions, all in one script. Gives the submissions by the numbers that go with them.
    pub(super) async fn store_at_once(
        &mut self,
        ready: &[(usize, Simple, &NewRevision)],
    ) -> Result<HashMap<usize, Submission>, StoreError> {
        if ready.is_empty() {
            return Ok(HashMap::new());
        }
        let one = format!("{STORE} {SUBMISSION_COLUMNS};\n");
        let mut script = sqlx::query(AssertSqlSafe(one.repeat(ready.len())));
        for (_, simple, new) in ready {
            let position = self.next_position();
            script = store_one(script, simple, new, self.now.micros(), position);
        }
        let rows = self.script(script).await?;
        // A row tells either that a submission was announced, or how one has ended.
        let (withdrawn, ended): (Vec<_>, Vec<_>) =
            rows.into_iter().partition(|row| row.try_column("withdrawn").is_ok());
        self.counters.outbox_rows -= i64::try_from(withdrawn.len()).unwrap_or(i64::MAX);
        let ended: Vec<Submission> = ended.iter().map(rows::submission).collect::<Result<_, _>>()?;
        // The engine runs the statements in order.
        if let Some((_, missing, _)) = ready.get(ended.len()) {
            return Err(StoreError::NotFound(Missing::Submission(missing.submission)));
        }
        Ok(ready.iter().map(|(number, ..)| *number).zip(ended).collect())
    }

    /// Findings as lists of their ordinal, rule, outcome and severity; none where a rule has no number yet.
    pub(super) fn findings_as_json(&self, findings: &[FindingKey]) -> Option<String> {
        let mut json = String::from("[");
        for finding in findings {
            let rule = self.known.rules.get(&*finding.rule)?;
            let (outcome, severity) = (code(finding.outcome), code(finding.severity));
            let comma = if json.len() == 1 { "" } else { "," };
            let _ = write!(json, "{comma}[{},{rule},{outcome},{severity}]", finding.ordinal);
        }
        json.push(']');
        Some(json)
    }

    async fn add_layout(&mut self, layout: &Layout) -> Result<(), StoreError> {
        if self.known.layouts.contains(&layout.id()) {
            return Ok(());
        }
        sqlx::query(ADD_LAYOUT)
            .bind(layout.id().0.to_vec())
            .bind(layout.to_bytes())
            .execute(&mut self.connection)
            .await
            .map_err(sql)?;
        self.known.layouts.insert(layout.id());
        Ok(())
    }

    async fn add_findings(&mut self, revision_id: i64, findings: &[FindingKey]) -> Result<(), StoreError> {
        for findings in findings.chunks(ROWS_MAX) {
            let mut rules = Vec::with_capacity(findings.len());
            for finding in findings {
                rules.push(self.rule(&finding.rule).await?);
            }
            let mut insert = QueryBuilder::<Sqlite>::new(ADD_FINDINGS);
            insert.push_values(rules.iter().zip(findings), |mut row, (rule, finding)| {
                row.push_bind(revision_id)
                    .push_bind(finding.ordinal)
                    .push_bind(*rule)
                    .push_bind(code(finding.outcome))
                    .push_bind(code(finding.severity));
            });
            insert.build().execute(&mut self.connection).await.map_err(sql)?;
        }
        Ok(())
    }

    /// The number of a rule, given to it when it is first seen.
    async fn rule(&mut self, name: &str) -> Result<i64, StoreError> {
        if let Some(id) = self.known.rules.get(name) {
            return Ok(*id);
        }
        let id = sqlx::query_scalar(ADD_RULE)
            .bind(name.to_owned())
            .fetch_one(&mut self.connection)
            .await
            .map_err(sql)?;
        self.known.rules.insert(name.to_owned(), id);
        Ok(id)
    }

    /// Notes that a revision was found in the document of a submission that is done with it, and finds out anew which
    /// revision is current.
    pub(super) async fn capture(
        &mut self,
        ReportRevision { report, revision }: ReportRevision,
        submission: &Submission,
        accepted: i64,
        part: u32,
        extractor_version: ExtractorVersion,
    ) -> Result<(), StoreError> {
        sqlx::query(ADD_CAPTURE)
            .bind(report.key())
            .bind(revision)
            .bind(submission.document.key())
            .bind(part)
            .bind(code(submission.purpose))
            .bind(accepted)
            .bind(extractor_version)
            .bind(submission.position.0)
            .bind(self.now.micros())
            .execute(&mut self.connection)
            .await
            .map_err(sql)?;
        for statement in [END_CURRENT, BEGIN_CURRENT] {
            sqlx::query(statement)
                .bind(report.key())
                .bind(submission.position.0)
                .execute(&mut self.connection)
                .await
                .map_err(sql)?;
        }
        Ok(())
    }
}

/// Binds what [`STORE`] needs for one report.
fn store_one(
    script: Query<'static, Sqlite, SqliteArguments>,
    simple: &Simple,
    new: &NewRevision,
    now: i64,
    position: i64,
) -> Query<'static, Sqlite, SqliteArguments> {
    let version = simple.extractor_version;
    let report = ReportRevision { report: ReportId::generate(), revision: 1 };
    let (reports, ..) = Reading::Reports(vec![report]).columns();
    let (id, key, document) = (simple.submission.key(), report.report.key(), simple.document.key());
    let begun = script.bind(id.clone()).bind(key.clone()).bind(code(Cause::Received)).bind(document.clone());
    with_record(begun, new, simple.purpose, now, position)
        .bind(new.packed().evidence.clone())
        .bind(key.clone())
        .bind(key.clone())
        .bind(simple.findings.clone())
        .bind(key.clone())
        .bind(key)
        .bind(document.clone())
        .bind(code(simple.purpose))
        .bind(simple.accepted)
        .bind(version)
        .bind(position)
        .bind(now)
        .bind(document)
        .bind(code(simple.purpose))
        .bind(version)
        .bind(reports.clone())
        .bind(now)
        .bind(position)
        .bind(reports)
        .bind(id)
}

/// Binds what a revision says of itself, from the extractor version to the subject's kind: see [`ADD_REVISION`].
fn with_record<'q>(
    query: Query<'q, Sqlite, SqliteArguments>,
    new: &NewRevision,
    purpose: Purpose,
    now: i64,
    position: i64,
) -> Query<'q, Sqlite, SqliteArguments> {
    let (packed, keys) = (new.packed(), new.keys());
    query
        .bind(new.extractor_version())
        .bind(new.digest().0.to_vec())
        .bind(code(purpose))
        .bind(now)
        .bind(position)
        .bind(year(keys.year))
        .bind(code(keys.form))
        .bind(keys.region_name.clone())
        .bind(keys.region_code.clone())
        .bind(keys.issuer.clone())
        .bind(keys.subject.clone())
        .bind(code(keys.scope))
        .bind(keys.title.clone())
        .bind(keys.published.map(day_number))
        .bind(new.findings_failing())
        .bind(new.figures_undetermined())
        .bind(packed.layout.id().0.to_vec())
        .bind(packed.figures.clone())
        .bind(code(keys.subject_rank))
        .bind(code(keys.subject_kind))
}
