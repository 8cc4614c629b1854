//! Storing what was read: reports, their revisions, and which of them is current.

use super::rows::{Key, code, get, get_number, get_report, year};
use super::sql;
use super::writer::Transaction;
use gongkai_model::{DocumentId, ExtractorVersion, Purpose, ReportId};
use gongkai_store::packed::{PackedFinding, day_number};
use gongkai_store::{Cause, NewRevision, ReportKeys, ReportRevision, StoreError, Submission};
use sqlx::QueryBuilder;
use sqlx::sqlite::Sqlite;

/// The end of what has not ended.
pub(super) const OPEN: i64 = i64::MAX;
/// Rows that one statement inserts; a bound on the variables of a statement.
const ROWS_MAX: usize = 500;

const FIND_PART: &str = "SELECT report FROM captures WHERE document = ?1 AND purpose = ?2 AND part = ?3
    ORDER BY report LIMIT 1";
const FIND_SAME_KEYS: &str = "SELECT report FROM currents WHERE purpose = ?1 AND subject = ?2 AND year = ?3
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
    findings_failing, figures_undetermined, layout, figures)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23)";
const ADD_EVIDENCE: &str = "INSERT INTO evidence (report, revision, bytes) VALUES (?1, ?2, ?3)";
const ADD_FINDINGS: &str = "INSERT INTO findings (report, revision, ordinal, rule, outcome, severity, body) ";
const ADD_CAPTURE: &str = "INSERT INTO captures
    (report, revision, document, part, purpose, accepted, extractor_version, position, at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
/// What the highest extractor version found in the document that was captured last.
const FIND_BEST: &str = "SELECT revision FROM captures WHERE report = ?1
    AND document = (SELECT document FROM captures WHERE report = ?1 ORDER BY accepted DESC LIMIT 1)
    ORDER BY extractor_version DESC, accepted DESC LIMIT 1";
/// Ends the current revision unless it is the best.
const END_CURRENT: &str = "UPDATE currents SET to_position = ?3
    WHERE report = ?1 AND to_position = 9223372036854775807 AND revision <> ?2";
const BEGIN_CURRENT: &str = "INSERT INTO currents (report, from_position, to_position, revision, purpose, year, form,
    region_name, region_code, issuer, subject, scope)
    SELECT report, ?3, 9223372036854775807, revision, purpose, year, form, region_name, region_code, issuer, subject,
    scope FROM revisions WHERE report = ?1 AND revision = ?2
    AND NOT EXISTS (SELECT 1 FROM currents WHERE report = ?1 AND to_position = 9223372036854775807)";

/// What is asked often, for the test of its plans.
#[cfg(test)]
pub(super) const FREQUENT: &[&str] = &[FIND_PART, FIND_SAME_KEYS, FIND_REVISIONS, END_CURRENT, BEGIN_CURRENT];

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
        let known = self.report_of(document, purpose, part, new.keys(), taken).await?;
        let report = known.unwrap_or_else(ReportId::generate);
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
        let latest: u32 = match get::<Option<i64>>(&row, "latest")? {
            Some(_) => get_number(&row, "latest")?,
            None => 0,
        };
        let cause = match latest {
            0 => Cause::Received,
            _ if get(&row, "read_before")? => Cause::Reparsed,
            _ => Cause::Republished,
        };
        let revision = ReportRevision { report, revision: latest + 1 };
        self.add_revision(revision, cause, document, purpose, part, &new).await?;
        self.add_findings(revision, new.findings()).await?;
        Ok(revision)
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

    async fn add_revision(
        &mut self,
        ReportRevision { report, revision }: ReportRevision,
        cause: Cause,
        document: DocumentId,
        purpose: Purpose,
        part: u32,
        new: &NewRevision,
    ) -> Result<(), StoreError> {
        let (packed, keys) = (new.packed(), new.keys());
        sqlx::query(ADD_LAYOUT)
            .bind(packed.layout.id().0.to_vec())
            .bind(packed.layout.to_bytes())
            .execute(&mut self.connection)
            .await
            .map_err(sql)?;
        sqlx::query(ADD_REVISION)
            .bind(report.key())
            .bind(revision)
            .bind(code(cause))
            .bind(document.key())
            .bind(part)
            .bind(new.extractor_version())
            .bind(new.digest().0.to_vec())
            .bind(code(purpose))
            .bind(self.now.micros())
            // The position that the completed submission is about to get.
            .bind(self.counters.position + 1)
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
            .execute(&mut self.connection)
            .await
            .map_err(sql)?;
        sqlx::query(ADD_EVIDENCE)
            .bind(report.key())
            .bind(revision)
            .bind(packed.evidence.clone())
            .execute(&mut self.connection)
            .await
            .map_err(sql)?;
        Ok(())
    }

    async fn add_findings(
        &mut self,
        ReportRevision { report, revision }: ReportRevision,
        findings: &[PackedFinding],
    ) -> Result<(), StoreError> {
        let mut first = 0_i64;
        for findings in findings.chunks(ROWS_MAX) {
            let mut insert = QueryBuilder::<Sqlite>::new(ADD_FINDINGS);
            insert.push_values((first..).zip(findings), |mut row, (ordinal, finding)| {
                row.push_bind(report.key())
                    .push_bind(revision)
                    .push_bind(ordinal)
                    .push_bind(finding.rule.clone())
                    .push_bind(code(finding.outcome))
                    .push_bind(code(finding.severity))
                    .push_bind(finding.body.clone());
            });
            insert.build().execute(&mut self.connection).await.map_err(sql)?;
            first += findings.len() as i64;
        }
        Ok(())
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
        let best: i64 = sqlx::query_scalar(FIND_BEST)
            .bind(report.key())
            .fetch_one(&mut self.connection)
            .await
            .map_err(sql)?;
        for statement in [END_CURRENT, BEGIN_CURRENT] {
            sqlx::query(statement)
                .bind(report.key())
                .bind(best)
                .bind(submission.position.0)
                .execute(&mut self.connection)
                .await
                .map_err(sql)?;
        }
        Ok(())
    }
}
