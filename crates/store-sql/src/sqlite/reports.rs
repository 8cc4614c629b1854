//! Reports, read back.

use super::revisions::OPEN;
use super::rows::{
    self, KEY_COLUMNS, Key, REVISION_COLUMNS, code, get, get_bytes, get_document, get_number, get_report,
    read_year,
};
use super::{SqliteStore, off_thread, read, sql};
use async_trait::async_trait;
use gongkai_model::{DocumentId, Purpose, ReportId};
use gongkai_store::packed::{Layout, LayoutId, PackedReport};
use gongkai_store::{
    BATCH_MAX, Cursor, FindingQuery, Missing, Page, PageRequest, Position, ReadAt, ReportKey, ReportOrder,
    ReportQuery, ReportRevision, ReportSummary, Reports, RevisionInfo, StoreError, StoredFinding,
    StoredReport, Timestamp,
};
use sqlx::sqlite::{Sqlite, SqliteRow};
use sqlx::{AssertSqlSafe, QueryBuilder};
use std::collections::HashMap;
use std::sync::PoisonError;
use uuid::Uuid;

/// Layouts that are kept in memory: far more than there are forms.
const LAYOUTS_MAX: usize = 1000;

/// A whole revision, to be narrowed to one.
const WHOLE: &str = "r.layout, r.figures, e.bytes AS evidence FROM revisions r
    JOIN evidence e ON e.revision_id = r.id";
const LAYOUT: &str = "SELECT bytes FROM layouts WHERE id = ?1";
/// The revision that is current after a position: `to_position` tells the end, which is open for the present one.
const CURRENT: &str = "JOIN currents c ON c.revision_id = r.id
    WHERE c.report = ?1 AND +c.purpose = ?2 AND c.from_position <= ?3 AND ?3 < c.to_position";
const ONE: &str = "WHERE r.report = ?1 AND r.purpose = ?2 AND r.revision = ?3";
const RENDITIONS: &str =
    "SELECT document FROM captures WHERE report = ?1 AND revision = ?2 AND position <= ?3
    GROUP BY document ORDER BY min(rowid)";
const RESOLVE: &str = "SELECT report FROM currents INDEXED BY currents_subject
    WHERE purpose = ?1 AND subject = ?2 AND year = ?3
    AND +from_position <= ?4 AND ?4 < to_position AND (?5 IS NULL OR scope = ?5) ORDER BY report";
const POSITION_AT: &str = "SELECT coalesce(max(position), 0) FROM captures WHERE at <= ?1";
const FINDINGS: &str = "SELECT c.report, c.revision, c.year, c.revision_id, f.ordinal FROM currents c
    JOIN findings f ON f.revision_id = c.revision_id";
const BY_ID: &str = "WHERE r.id = ?1";

/// What is asked often, for the test of its plans.
#[cfg(test)]
pub(super) fn frequent() -> Vec<String> {
    let place = || Place { snapshot: Position(9), after: Some((3, ReportId::generate())) };
    let mut statements = vec![
        RESOLVE.to_owned(),
        POSITION_AT.to_owned(),
        format!("SELECT {REVISION_COLUMNS}, {WHOLE} {CURRENT}"),
        format!("SELECT {REVISION_COLUMNS}, {WHOLE} {ONE}"),
    ];
    for order in [ReportOrder::Changed, ReportOrder::ChangedLast, ReportOrder::Year, ReportOrder::YearLast] {
        let query = ReportQuery { order, ..Default::default() };
        statements.push(select_reports(&query, &place()).into_string());
    }
    for report in [None, Some(ReportId::generate())] {
        let query = FindingQuery { report, ..Default::default() };
        statements.push(select_findings(&query, &place()).into_string());
    }
    statements
}

#[async_trait]
impl Reports for SqliteStore {
    async fn report(&self, id: ReportId, at: ReadAt) -> Result<StoredReport, StoreError> {
        let found = read(self.current(id, at)).await?.ok_or(StoreError::NotFound(Missing::Report(id)))?;
        unpack(vec![found]).await?.pop().ok_or(StoreError::NotFound(Missing::Report(id)))
    }

    async fn reports_by_id(
        &self,
        ids: &[ReportId],
        at: ReadAt,
    ) -> Result<Vec<Option<StoredReport>>, StoreError> {
        if BATCH_MAX < ids.len() {
            return Err(StoreError::TooLarge {
                what: "the batch in reports",
                actual: ids.len() as u64,
                max: BATCH_MAX as u64,
            });
        }
        // All as of one position, whatever is written in between.
        let at = ReadAt { as_of: Some(at.as_of.unwrap_or_else(|| self.position())), ..at };
        let (mut found, mut places) = (Vec::new(), Vec::with_capacity(ids.len()));
        read(async {
            for id in ids {
                let current = self.current(*id, at).await?;
                places.push(current.is_some());
                found.extend(current);
            }
            Ok(())
        })
        .await?;
        let mut unpacked = unpack(found).await?.into_iter();
        Ok(places.into_iter().map(|is_there| if is_there { unpacked.next() } else { None }).collect())
    }

    async fn report_revision(
        &self,
        id: ReportId,
        revision: u32,
        purpose: Purpose,
    ) -> Result<StoredReport, StoreError> {
        let not_found = StoreError::NotFound(Missing::Report(id));
        let found = read(async {
            let find = format!("SELECT {REVISION_COLUMNS}, {WHOLE} {ONE}");
            let row = sqlx::query(AssertSqlSafe(find)).bind(id.key()).bind(code(purpose)).bind(revision);
            match row.fetch_optional(&self.0.readers).await.map_err(sql)? {
                Some(row) => self.packed(&row, OPEN).await.map(Some),
                None => Ok(None),
            }
        });
        match found.await? {
            Some(found) => unpack(vec![found]).await?.pop().ok_or(not_found),
            None => Err(not_found),
        }
    }

    async fn revisions(&self, id: ReportId, purpose: Purpose) -> Result<Vec<RevisionInfo>, StoreError> {
        read(async {
            let find = format!(
                "SELECT {REVISION_COLUMNS} FROM revisions r WHERE r.report = ?1 AND r.purpose = ?2 ORDER BY r.revision"
            );
            let rows = sqlx::query(AssertSqlSafe(find)).bind(id.key()).bind(code(purpose));
            let rows = rows.fetch_all(&self.0.readers).await.map_err(sql)?;
            if rows.is_empty() {
                return Err(StoreError::NotFound(Missing::Report(id)));
            }
            rows.iter().map(rows::revision).collect()
        })
        .await
    }

    async fn reports(
        &self,
        query: &ReportQuery,
        page: &PageRequest,
    ) -> Result<Page<ReportSummary>, StoreError> {
        let text = format!("reports {query:?}");
        let place = self.place(&text, query.at, page)?;
        let size = page.size_clamped() as usize;
        let mut statement = select_reports(query, &place);
        statement.push(" LIMIT ").push_bind(size as i64 + 1);
        let rows = read(async { statement.build().fetch_all(&self.0.readers).await.map_err(sql) }).await?;
        let next = match rows.get(size) {
            Some(_) => Some(place.after(&text, &rows[size - 1], "rank")?),
            None => None,
        };
        Ok(Page { items: rows.iter().take(size).map(summary).collect::<Result<_, _>>()?, next })
    }

    async fn resolve(&self, key: &ReportKey, at: ReadAt) -> Result<Vec<ReportId>, StoreError> {
        read(async {
            let rows = sqlx::query(RESOLVE)
                .bind(code(at.purpose))
                .bind(key.subject.clone())
                .bind(key.year)
                .bind(until(at))
                .bind(key.scope.map(code))
                .fetch_all(&self.0.readers)
                .await
                .map_err(sql)?;
            rows.iter().map(|row| get_report(row, "report")).collect()
        })
        .await
    }

    async fn findings(
        &self,
        query: &FindingQuery,
        page: &PageRequest,
    ) -> Result<Page<StoredFinding>, StoreError> {
        let text = format!("findings {query:?}");
        let place = self.place(&text, query.at, page)?;
        let size = page.size_clamped() as usize;
        let mut statement = select_findings(query, &place);
        statement.push(" LIMIT ").push_bind(size as i64 + 1);
        let rows = read(async { statement.build().fetch_all(&self.0.readers).await.map_err(sql) }).await?;
        let next = match rows.get(size) {
            Some(_) => Some(place.after(&text, &rows[size - 1], "ordinal")?),
            None => None,
        };
        let items = self.expand(&rows[..rows.len().min(size)]).await?;
        Ok(Page { items, next })
    }

    async fn position_at(&self, time: Timestamp) -> Result<Position, StoreError> {
        let position = sqlx::query_scalar(POSITION_AT).bind(time.micros()).fetch_one(&self.0.readers);
        read(async { Ok(Position(position.await.map_err(sql)?)) }).await
    }
}

/// A report that has been read and not unpacked.
struct Packed {
    info: RevisionInfo,
    renditions: Vec<DocumentId>,
    parts: PackedReport,
}

/// Unpacks away from the async threads.
async fn unpack(packed: Vec<Packed>) -> Result<Vec<StoredReport>, StoreError> {
    let unpack_one = |packed: Packed| {
        let report = packed.parts.unpack()?;
        Ok(StoredReport { info: packed.info, renditions: packed.renditions, report })
    };
    off_thread(move || packed.into_iter().map(unpack_one).collect()).await
}

/// The position for which a read asks; without one, that of what has not ended.
fn until(at: ReadAt) -> i64 {
    at.as_of.map_or(OPEN - 1, |position| position.0)
}

impl SqliteStore {
    /// The latest position. Nobody else writes to the file, so the writer knows it.
    fn position(&self) -> Position {
        Position(self.0.writer.committed().borrow().position)
    }

    async fn current(&self, id: ReportId, at: ReadAt) -> Result<Option<Packed>, StoreError> {
        let find = format!("SELECT {REVISION_COLUMNS}, {WHOLE} {CURRENT}");
        let row = sqlx::query(AssertSqlSafe(find)).bind(id.key()).bind(code(at.purpose)).bind(until(at));
        match row.fetch_optional(&self.0.readers).await.map_err(sql)? {
            Some(row) => self.packed(&row, until(at)).await.map(Some),
            None => Ok(None),
        }
    }

    async fn packed(&self, row: &SqliteRow, until: i64) -> Result<Packed, StoreError> {
        let info = rows::revision(row)?;
        let renditions = sqlx::query(RENDITIONS)
            .bind(info.report.key())
            .bind(info.revision)
            .bind(until)
            .fetch_all(&self.0.readers)
            .await
            .map_err(sql)?;
        Ok(Packed {
            renditions: renditions
                .iter()
                .map(|row| get_document(row, "document"))
                .collect::<Result<_, _>>()?,
            info,
            parts: self.parts(row).await?,
        })
    }

    /// The packed record of a row of [`WHOLE`].
    async fn parts(&self, row: &SqliteRow) -> Result<PackedReport, StoreError> {
        Ok(PackedReport {
            layout: self.layout(LayoutId(get_bytes(row, "layout")?)).await?,
            figures: get(row, "figures")?,
            evidence: get(row, "evidence")?,
        })
    }

    /// A layout, from memory where it has been read before: there are few, and they never change.
    async fn layout(&self, id: LayoutId) -> Result<Layout, StoreError> {
        if let Some(layout) = self.0.layouts.read().unwrap_or_else(PoisonError::into_inner).get(&id) {
            return Ok(layout.clone());
        }
        let bytes: Vec<u8> =
            sqlx::query_scalar(LAYOUT).bind(id.0.to_vec()).fetch_one(&self.0.readers).await.map_err(sql)?;
        let layout = Layout::from_bytes(&bytes)?;
        let mut layouts = self.0.layouts.write().unwrap_or_else(PoisonError::into_inner);
        if LAYOUTS_MAX <= layouts.len() {
            layouts.clear();
        }
        layouts.insert(id, layout.clone());
        Ok(layout)
    }

    /// The findings of rows of [`FINDINGS`], which are ordered by report: read from the evidence, each report once.
    async fn expand(&self, rows: &[SqliteRow]) -> Result<Vec<StoredFinding>, StoreError> {
        let mut packed: Vec<(i64, PackedReport)> = Vec::new();
        read(async {
            for row in rows {
                let id: i64 = get(row, "revision_id")?;
                if packed.last().is_none_or(|(last, _)| *last != id) {
                    let find = format!("SELECT {WHOLE} {BY_ID}");
                    let found = sqlx::query(AssertSqlSafe(find)).bind(id).fetch_one(&self.0.readers).await;
                    packed.push((id, self.parts(&found.map_err(sql)?).await?));
                }
            }
            Ok(())
        })
        .await?;
        let unpacked = off_thread(move || {
            let findings = |(id, parts): (i64, PackedReport)| Ok((id, parts.unpack()?.findings));
            packed.into_iter().map(findings).collect::<Result<HashMap<_, _>, StoreError>>()
        });
        let unpacked = unpacked.await?;
        let mut items = Vec::with_capacity(rows.len());
        for row in rows {
            let (id, ordinal): (i64, usize) = (get(row, "revision_id")?, get_number(row, "ordinal")?);
            let finding = unpacked.get(&id).and_then(|findings| findings.get(ordinal));
            items.push(StoredFinding {
                revision: ReportRevision {
                    report: get_report(row, "report")?,
                    revision: get_number(row, "revision")?,
                },
                year: read_year(get(row, "year")?)?,
                finding: finding
                    .cloned()
                    .ok_or_else(|| StoreError::corrupt("finding", "its report has it not"))?,
            });
        }
        Ok(items)
    }

    fn place(&self, query: &str, at: ReadAt, page: &PageRequest) -> Result<Place, StoreError> {
        Ok(match &page.cursor {
            Some(cursor) => {
                let (snapshot, rank, tie) = cursor.read(query)?;
                let report = Uuid::try_parse(tie).map_err(|_| StoreError::CursorInvalid)?;
                Place { snapshot, after: Some((rank, ReportId::from_uuid(report))) }
            }
            None => Place { snapshot: at.as_of.unwrap_or_else(|| self.position()), after: None },
        })
    }
}

/// The snapshot that a page shows, and the item after which it begins.
struct Place {
    snapshot: Position,
    after: Option<(i64, ReportId)>,
}

impl Place {
    /// The place after the item of `row`.
    fn after(&self, query: &str, row: &SqliteRow, rank: &str) -> Result<Cursor, StoreError> {
        let report = get_report(row, "report")?.uuid().to_string();
        Ok(Cursor::after(query, self.snapshot, get(row, rank)?, &report))
    }
}

/// The list of reports of a query from a place on, in its order.
fn select_reports(query: &ReportQuery, place: &Place) -> QueryBuilder<Sqlite> {
    let (rank, beyond, direction) = match query.order {
        ReportOrder::Changed => ("c.from_position", ">", "ASC"),
        ReportOrder::ChangedLast => ("c.from_position", "<", "DESC"),
        ReportOrder::Year => ("c.year", ">", "ASC"),
        ReportOrder::YearLast => ("c.year", "<", "DESC"),
    };
    let mut statement = QueryBuilder::new(format!(
        "SELECT {rank} AS rank, {REVISION_COLUMNS}, {KEY_COLUMNS}, r.findings_failing, r.figures_undetermined
        FROM currents c JOIN revisions r ON r.id = c.revision_id"
    ));
    push_current(&mut statement, "c.purpose", query.at.purpose, place.snapshot);
    push_years(&mut statement, query.year_min, query.year_max);
    if let Some(form) = query.form {
        statement.push(" AND c.form = ").push_bind(code(form));
    }
    if let Some(region) = &query.region {
        statement.push(" AND (c.region_name = ").push_bind(region.clone());
        statement.push(" OR c.region_code = ").push_bind(region.clone()).push(")");
    }
    if let Some(issuer) = &query.issuer {
        statement.push(" AND c.issuer = ").push_bind(issuer.clone());
    }
    if let Some(subject) = &query.subject {
        statement.push(" AND c.subject = ").push_bind(subject.clone());
    }
    if let Some((after, report)) = place.after {
        // The first condition lets the index find the place; the second leaves out what stood before it.
        statement.push(format!(" AND {rank} {beyond}= ")).push_bind(after);
        statement.push(format!(" AND ({rank} <> ")).push_bind(after);
        statement.push(" OR c.report > ").push_bind(report.key()).push(")");
    }
    statement.push(format!(" ORDER BY {rank} {direction}, c.report"));
    statement
}

/// The list of findings of a query from a place on.
fn select_findings(query: &FindingQuery, place: &Place) -> QueryBuilder<Sqlite> {
    let mut statement = QueryBuilder::new(FINDINGS);
    // The sign keeps indices by purpose out: the order of the primary key is the order of the list.
    push_current(&mut statement, "+c.purpose", query.at.purpose, place.snapshot);
    push_years(&mut statement, query.year_min, query.year_max);
    if let Some(rule) = &query.rule {
        statement.push(" AND f.rule = (SELECT id FROM rules WHERE name = ").push_bind(rule.clone()).push(")");
    }
    if let Some(outcome) = query.outcome {
        statement.push(" AND f.outcome = ").push_bind(code(outcome));
    }
    if let Some(severity) = query.severity_min {
        // Codes of severities rise with what they mean; see the test.
        statement.push(" AND f.severity >= ").push_bind(code(severity));
    }
    if let Some(report) = query.report {
        statement.push(" AND c.report = ").push_bind(report.key());
    }
    if let Some((ordinal, report)) = place.after {
        statement.push(" AND c.report >= ").push_bind(report.key());
        statement.push(" AND (c.report <> ").push_bind(report.key());
        statement.push(" OR f.ordinal > ").push_bind(ordinal).push(")");
    }
    statement.push(" ORDER BY c.report, f.ordinal");
    statement
}

/// Narrows to what was current after a position.
fn push_current(
    statement: &mut QueryBuilder<Sqlite>,
    purpose_column: &str,
    purpose: Purpose,
    snapshot: Position,
) {
    statement.push(format!(" WHERE {purpose_column} = ")).push_bind(code(purpose));
    // Nearly all rows begin before the snapshot: no reason to choose an index. Hence the sign.
    statement.push(" AND +c.from_position <= ").push_bind(snapshot.0);
    statement.push(" AND c.to_position > ").push_bind(snapshot.0);
}

/// Narrows to years; an unknown one, which is -1, lies within none.
fn push_years(statement: &mut QueryBuilder<Sqlite>, min: Option<u16>, max: Option<u16>) {
    if min.is_some() || max.is_some() {
        statement.push(" AND c.year BETWEEN ").push_bind(min.unwrap_or(0));
        statement.push(" AND ").push_bind(max.unwrap_or(u16::MAX));
    }
}

fn summary(row: &SqliteRow) -> Result<ReportSummary, StoreError> {
    Ok(ReportSummary {
        info: rows::revision(row)?,
        keys: rows::keys(row)?,
        findings_failing: get_number(row, "findings_failing")?,
        figures_undetermined: get_number(row, "figures_undetermined")?,
    })
}

#[cfg(test)]
mod tests {
    use gongkai_model::Severity;
    use gongkai_store::codes::Code;

    #[test]
    fn codes_of_severities_rise_with_what_they_mean() {
        assert!(Severity::Info.code() < Severity::Warning.code());
        assert!(Severity::Warning.code() < Severity::Error.code());
    }
}
