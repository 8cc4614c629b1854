//! Reports, read back.

mod sorted;
mod statements;
mod subjects;

#[cfg(test)]
pub(crate) use sorted::sorted;
pub(crate) use statements::push_current;
#[cfg(test)]
pub(crate) use statements::{filtered, frequent};
pub(crate) use subjects::{Note, Noting, Told, subject};

use crate::off_thread;
use crate::report_filter::Subjects;
use crate::rows::{
    self, OPEN, REVISION_COLUMNS, code, get_bytes, get_document, get_number, get_report, read_year,
};
use crate::source::{Fields, Source, SqlStore, View};
use crate::statement::Statement;
use async_trait::async_trait;
use gongkai_model::{DocumentId, Finding, Purpose, Report, ReportId};
use gongkai_store::packed::{CellPlaces, Layout, LayoutId, PackedReport, cells_of, day_number, packed_cells};
use gongkai_store::{
    BATCH_MAX, CHANGES_MAX, Cause, Cells, ChangePlace, Cursor, FindingQuery, Missing, ORDERED_MAX, Page,
    PageRequest, Position, ReadAt, ReportChange, ReportKey, ReportQuery, ReportRevision, ReportSummary,
    Reports, RevisionInfo, StoreError, StoredFinding, StoredReport, Timestamp,
};
use sorted::{select_ids, select_sorted};
use statements::{
    resolve, select_cells, select_changes, select_current, select_currents, select_findings, select_records,
    select_renditions, select_reports, select_summaries,
};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use uuid::Uuid;

/// A whole revision, to be narrowed to one.
const WHOLE: &str = "r.layout, r.figures, e.bytes AS evidence FROM revisions r
    JOIN evidence e ON e.revision_id = r.id";
const LAYOUT: &str = "SELECT bytes FROM layouts WHERE id = $1";
const ONE: &str = "WHERE r.report = $1 AND r.purpose = $2 AND r.revision = $3";
/// The documents of a revision, in the order in which they came.
const RENDITIONS: &str = "SELECT document FROM captures WHERE report = $1 AND revision = $2 AND is_review = 0
    AND position <= $3 GROUP BY document ORDER BY min(rowid)";
/// A corrected revision was found in the documents of the one beneath it, too.
const RENDITIONS_BENEATH: &str =
    "SELECT document FROM captures WHERE report = $1 AND is_review = 0 AND position <= $3 AND (revision = $2
        OR revision IN
            (SELECT b.revision FROM captures a JOIN captures b ON b.report = a.report AND b.document = a.document
                AND b.extractor_version = a.extractor_version AND b.is_review = 0
                WHERE a.report = $1 AND a.revision = $2 AND a.is_review = 1))
    GROUP BY document ORDER BY min(rowid)";
const POSITION_AT: &str = "SELECT coalesce(max(position), 0) AS position FROM captures WHERE at <= $1";
const FINDINGS: &str = "SELECT c.report, c.revision, c.year, c.revision_id, f.ordinal FROM currents c
    JOIN findings f ON f.revision_id = c.revision_id";
const BY_ID: &str = "WHERE r.id = $1";

/// Records that are read whole at once for their cells.
const WHOLE_MAX: usize = 32;
/// What the cells of a listed report are read from.
const PACKED_COLUMNS: &str = ", r.layout, r.figures";
/// What a list tells of a report besides its revision and its keys.
const PAGE_COLUMNS: &str = "r.findings_failing, r.figures_undetermined";

#[async_trait]
impl<S: Source> Reports for SqlStore<S> {
    async fn report(&self, id: ReportId, at: ReadAt) -> Result<StoredReport, StoreError> {
        let not_found = || StoreError::NotFound(Missing::Report(id));
        let mut found = None;
        for view in self.views(at.as_of) {
            found = self.current(view, id, at).await?;
            if found.is_some() {
                break;
            }
        }
        unpack(vec![found.ok_or_else(not_found)?]).await?.pop().ok_or_else(not_found)
    }

    async fn reports_by_id(
        &self,
        ids: &[ReportId],
        at: ReadAt,
    ) -> Result<Vec<Option<StoredReport>>, StoreError> {
        check_batch(ids)?;
        let mut found = Vec::new();
        for view in self.views(at.as_of) {
            found = self.all_current(view, ids, at).await?;
            if found.iter().all(Option::is_some) {
                break;
            }
        }
        let places: Vec<_> = found.iter().map(Option::is_some).collect();
        let mut unpacked = unpack(found.into_iter().flatten().collect()).await?.into_iter();
        Ok(places.into_iter().map(|is_there| if is_there { unpacked.next() } else { None }).collect())
    }

    async fn records_by_id(&self, ids: &[ReportId], at: ReadAt) -> Result<Vec<Option<Report>>, StoreError> {
        check_batch(ids)?;
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let (view, position) = self.reached(at).await?;
        let rows = self.0.rows(view, select_records(ids, at, position)).await?;
        let mut packed = Vec::with_capacity(rows.len());
        for row in &rows {
            let report = get_report(row, "report")?;
            packed.push((report, self.parts(row).await.map_err(|error| error.of_report(report))?));
        }
        let unpack_one = |(report, parts): (ReportId, PackedReport)| {
            Ok((report, parts.unpack().map_err(|error| error.of_report(report))?))
        };
        let unpacked = off_thread(move || {
            packed.into_iter().map(unpack_one).collect::<Result<HashMap<_, _>, StoreError>>()
        });
        let found = unpacked.await?;
        Ok(ids.iter().map(|id| found.get(id).cloned()).collect())
    }

    async fn cells(
        &self,
        ids: &[ReportId],
        keys: &[String],
        at: ReadAt,
    ) -> Result<Vec<Option<Cells>>, StoreError> {
        check_batch(ids)?;
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let (view, position) = self.reached(at).await?;
        let rows = self.0.rows(view, select_cells(ids, at, position)).await?;
        let found = self.with_cells(rows, keys, at.after(position), |row| get_report(row, "report")).await?;
        let found: HashMap<ReportId, Cells> = found.into_iter().collect();
        Ok(ids.iter().map(|id| found.get(id).cloned()).collect())
    }

    async fn report_revision(
        &self,
        id: ReportId,
        revision: u32,
        purpose: Purpose,
    ) -> Result<StoredReport, StoreError> {
        let not_found = || StoreError::NotFound(Missing::Report(id));
        for view in self.views(None) {
            let find = format!("SELECT {REVISION_COLUMNS}, {WHOLE} {ONE}");
            let find = Statement::new(find).bind(&id).bind(code(purpose)).bind(revision);
            if let Some(row) = self.row(view, find).await? {
                let packed = self.packed(view, &row, Position(OPEN)).await?;
                return unpack(vec![packed]).await?.pop().ok_or_else(not_found);
            }
        }
        Err(not_found())
    }

    async fn revisions(&self, id: ReportId, at: ReadAt) -> Result<Vec<RevisionInfo>, StoreError> {
        for view in self.views(at.as_of) {
            let mut find =
                Statement::new(format!("SELECT {REVISION_COLUMNS} FROM revisions r WHERE r.report = "));
            find.push_bind(&id).push(" AND r.purpose = ").push_bind(code(at.purpose));
            find.push(" AND r.position <= ").push_bind(until(at).0);
            if let Some(day) = at.published_until {
                find.push(" AND r.published <= ").push_bind(day_number(day));
            }
            find.push(" ORDER BY r.revision");
            let rows = self.0.rows(view, find).await?;
            if !rows.is_empty() {
                return rows.iter().map(rows::revision).collect();
            }
        }
        Err(StoreError::NotFound(Missing::Report(id)))
    }

    async fn reports(
        &self,
        query: &ReportQuery,
        page: &PageRequest,
    ) -> Result<Page<ReportSummary>, StoreError> {
        let Listed { rows, told, next, .. } = self.list("", query, page).await?;
        let items = rows.iter().map(|row| summary(row, &told)).collect::<Result<_, _>>()?;
        Ok(Page { items, next })
    }

    async fn reports_with_cells(
        &self,
        query: &ReportQuery,
        page: &PageRequest,
        keys: &[String],
    ) -> Result<Page<(ReportSummary, Cells)>, StoreError> {
        let Listed { rows, told, snapshot, next } = self.list(PACKED_COLUMNS, query, page).await?;
        let at = ReadAt { as_of: Some(snapshot), ..query.at };
        let items = self.with_cells(rows, keys, at, move |row| summary(row, &told)).await?;
        Ok(Page { items, next })
    }

    async fn ordered(
        &self,
        query: &ReportQuery,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<ReportId>, StoreError> {
        let size = limit.clamp(1, ORDERED_MAX) as usize;
        let text = query.words();
        let place = self.place(&text, query.at, after.as_ref()).await?;
        let view = View::Reached(place.snapshot);
        let subjects = self.subjects(view, query.filter.as_ref()).await?;
        let fields = self.fields(view, query, &place).await?;
        let statement = select_ids::<S>(query, (&place, &fields), size as i64 + 1, subjects);
        let mut rows = self.0.rows(view, statement).await?;
        let next = place.cut(&text, &mut rows, size)?;
        Ok(Page { items: rows.iter().map(|row| get_report(row, "report")).collect::<Result<_, _>>()?, next })
    }

    async fn summaries_with_cells(
        &self,
        ids: &[ReportId],
        keys: &[String],
        at: ReadAt,
    ) -> Result<Vec<Option<(ReportSummary, Cells)>>, StoreError> {
        check_batch(ids)?;
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let (view, position) = self.reached(at).await?;
        let rows = self.0.rows(view, select_summaries(ids, at, position)).await?;
        let told = self.told(view, &rows).await?;
        let found = self.with_cells(rows, keys, at.after(position), move |row| summary(row, &told)).await?;
        let mut found: HashMap<ReportId, (ReportSummary, Cells)> =
            found.into_iter().map(|(summary, cells)| (summary.info.report, (summary, cells))).collect();
        Ok(ids.iter().map(|id| found.remove(id)).collect())
    }

    async fn resolve(&self, key: &ReportKey, at: ReadAt) -> Result<Vec<ReportId>, StoreError> {
        let mut found = Vec::new();
        for view in self.views(at.as_of) {
            found = self.0.rows(view, resolve::<S>(key, at)).await?;
            if !found.is_empty() {
                break;
            }
        }
        found.iter().map(|row| get_report(row, "report")).collect()
    }

    async fn findings(
        &self,
        query: &FindingQuery,
        page: &PageRequest,
    ) -> Result<Page<StoredFinding>, StoreError> {
        let text = format!("findings {query:?}");
        let place = self.place(&text, query.at, page.cursor.as_ref()).await?;
        let view = View::Reached(place.snapshot);
        let size = page.size_clamped() as usize;
        let mut statement = select_findings(query, &place);
        statement.push(" LIMIT ").push_bind(size as i64 + 1);
        let rows = self.0.rows(view, statement).await?;
        let next = match rows.get(size) {
            Some(_) => Some(place.after(&text, &rows[size - 1], "ordinal")?),
            None => None,
        };
        let items = self.expand(view, &rows[..rows.len().min(size)]).await?;
        Ok(Page { items, next })
    }

    async fn report_changes(
        &self,
        purpose: Purpose,
        after: ChangePlace,
        until: Position,
        limit: u32,
    ) -> Result<Vec<ReportChange>, StoreError> {
        let changes = select_changes(purpose, after, until, limit.min(CHANGES_MAX));
        let rows = self.0.rows(View::Reached(until), changes).await?;
        let told = self.told(View::Reached(until), &rows).await?;
        let change = |row: &S::Row| {
            Ok(ReportChange {
                position: Position(row.number("rank")?),
                previous: row.number_if_any("previous")?.map(|_| get_number(row, "previous")).transpose()?,
                current: summary(row, &told)?,
            })
        };
        rows.iter().map(change).collect()
    }

    async fn position_at(&self, time: Timestamp) -> Result<Position, StoreError> {
        let row = self.row(View::Latest, Statement::new(POSITION_AT).bind(time.micros())).await?;
        row.map_or(Ok(Position(0)), |row| row.number("position").map(Position))
    }
}

/// Refuses more than may be asked for at once.
fn check_batch(ids: &[ReportId]) -> Result<(), StoreError> {
    match BATCH_MAX < ids.len() {
        true => Err(StoreError::TooLarge {
            what: "the batch in reports",
            actual: ids.len() as u64,
            max: BATCH_MAX as u64,
        }),
        false => Ok(()),
    }
}

/// A report that has been read and not unpacked.
#[derive(Clone)]
struct Packed {
    info: RevisionInfo,
    renditions: Vec<DocumentId>,
    parts: PackedReport,
}

/// Unpacks away from the async threads.
async fn unpack(packed: Vec<Packed>) -> Result<Vec<StoredReport>, StoreError> {
    let unpack_one = |packed: Packed| {
        let report = packed.parts.unpack().map_err(|error| error.of_report(packed.info.report))?;
        Ok(StoredReport { info: packed.info, renditions: packed.renditions, report })
    };
    off_thread(move || packed.into_iter().map(unpack_one).collect()).await
}

/// The position for which a read asks; without one, that of what has not ended.
fn until(at: ReadAt) -> Position {
    at.as_of.unwrap_or(Position(OPEN - 1))
}

impl<S: Source> SqlStore<S> {
    /// Where a report is looked for: in a copy, and where that has it not (yet), in what was committed last. Whoever
    /// was told of a report finds it.
    fn views(&self, as_of: Option<Position>) -> impl Iterator<Item = View> + use<S> {
        let copy = self.0.has_copy().then_some(View::Reached(as_of.unwrap_or_default()));
        copy.into_iter().chain([View::Latest])
    }

    /// Where reports are read by their ids, and as of which position.
    async fn reached(&self, at: ReadAt) -> Result<(View, Position), StoreError> {
        Ok(match at.as_of {
            Some(position) => (View::Reached(position), position),
            None => (View::Latest, self.0.position(View::Latest).await?),
        })
    }

    async fn current(&self, view: View, id: ReportId, at: ReadAt) -> Result<Option<Packed>, StoreError> {
        match self.row(view, select_current(id, at)).await? {
            Some(row) => self.packed(view, &row, until(at)).await.map(Some),
            None => Ok(None),
        }
    }

    /// All as of one position, whatever is written in between.
    async fn all_current(
        &self,
        view: View,
        ids: &[ReportId],
        at: ReadAt,
    ) -> Result<Vec<Option<Packed>>, StoreError> {
        let position = match at.as_of {
            Some(position) => position,
            None => self.0.position(view).await?,
        };
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let view = if view == View::Latest { view } else { View::Reached(position) };
        let rows = self.0.rows(view, select_currents(ids, at, position)).await?;
        let mut infos = Vec::with_capacity(rows.len());
        for row in &rows {
            infos.push(rows::revision(row)?);
        }
        let mut renditions = self.renditions_of_all(view, &infos, position).await?;
        let mut found = HashMap::with_capacity(rows.len());
        for (row, info) in rows.iter().zip(infos) {
            let renditions = match info.cause {
                Cause::Amended => self.renditions(view, &info, position).await?,
                _ => renditions.remove(&(info.report, info.revision)).unwrap_or_default(),
            };
            let parts = self.parts(row).await.map_err(|error| error.of_report(info.report))?;
            found.insert(info.report, Packed { renditions, parts, info });
        }
        Ok(ids.iter().map(|id| found.get(id).cloned()).collect())
    }

    async fn packed(&self, view: View, row: &S::Row, until: Position) -> Result<Packed, StoreError> {
        let info = rows::revision(row)?;
        let renditions = self.renditions(view, &info, until).await?;
        let parts = self.parts(row).await.map_err(|error| error.of_report(info.report))?;
        Ok(Packed { renditions, parts, info })
    }

    /// The documents that a revision was found in, up to a position.
    async fn renditions(
        &self,
        view: View,
        info: &RevisionInfo,
        until: Position,
    ) -> Result<Vec<DocumentId>, StoreError> {
        let find = if info.cause == Cause::Amended { RENDITIONS_BENEATH } else { RENDITIONS };
        let find = Statement::new(find).bind(&info.report).bind(info.revision).bind(until.0);
        let rows = self.0.rows(view, find).await?;
        rows.iter().map(|row| get_document(row, "document")).collect()
    }

    /// The same for revisions of different reports at once, those beneath corrected ones excepted.
    async fn renditions_of_all(
        &self,
        view: View,
        infos: &[RevisionInfo],
        until: Position,
    ) -> Result<HashMap<(ReportId, u32), Vec<DocumentId>>, StoreError> {
        let mut found: HashMap<_, Vec<DocumentId>> = HashMap::with_capacity(infos.len());
        if infos.is_empty() {
            return Ok(found);
        }
        for row in self.0.rows(view, select_renditions(infos, until)).await? {
            let revision = (get_report(&row, "report")?, get_number(&row, "revision")?);
            found.entry(revision).or_default().push(get_document(&row, "document")?);
        }
        Ok(found)
    }

    /// The packed record of a row of [`WHOLE`].
    async fn parts(&self, row: &S::Row) -> Result<PackedReport, StoreError> {
        Ok(PackedReport {
            layout: self.layout(LayoutId(get_bytes(row, "layout")?)).await?,
            figures: row.bytes("figures")?.to_vec(),
            evidence: row.bytes("evidence")?.to_vec(),
        })
    }

    /// A page of the rows of a query, with further columns.
    async fn list(
        &self,
        columns: &str,
        query: &ReportQuery,
        page: &PageRequest,
    ) -> Result<Listed<S>, StoreError> {
        let text = query.words();
        let place = self.place(&text, query.at, page.cursor.as_ref()).await?;
        let view = View::Reached(place.snapshot);
        let subjects = self.subjects(view, query.filter.as_ref()).await?;
        let size = page.size_clamped() as usize;
        let limit = size as i64 + 1;
        let statement = match query.sort.is_empty() {
            true => select_reports::<S>(columns, query, &place, limit, subjects),
            false => {
                let fields = self.fields(view, query, &place).await?;
                select_sorted::<S>(columns, query, (&place, &fields), limit, subjects)
            }
        };
        let mut rows = self.0.rows(view, statement).await?;
        let next = place.cut(&text, &mut rows, size)?;
        let told = self.told(view, &rows).await?;
        if let (Subjects::Untold, Some(filter)) = (subjects, &query.filter) {
            // The condition has let those through that do not note what is asked. The page is then shorter.
            let mut admitted = Vec::with_capacity(rows.len());
            for row in rows {
                if filter.admits(&summary(&row, &told)?) {
                    admitted.push(row);
                }
            }
            rows = admitted;
        }
        Ok(Listed { rows, told, snapshot: place.snapshot, next })
    }

    /// What is read of each row with [`PACKED_COLUMNS`], and what cells of some keys say in its record, which is current at a
    /// position. There may be many: they are read away from the async threads.
    async fn with_cells<T: Send + 'static>(
        &self,
        rows: Vec<S::Row>,
        keys: &[String],
        at: ReadAt,
        read: impl Fn(&S::Row) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<Vec<(T, Cells)>, StoreError> {
        let mut layouts: HashMap<LayoutId, Layout> = HashMap::new();
        for row in &rows {
            let report = get_report(row, "report")?;
            let id = get_bytes(row, "layout").map(LayoutId).map_err(|error| error.of_report(report))?;
            if let Entry::Vacant(vacant) = layouts.entry(id) {
                vacant.insert(self.layout(id).await.map_err(|error| error.of_report(report))?);
            }
        }
        let asked = keys.to_vec();
        let unpacked = off_thread(move || {
            let places = |layout: Layout| (CellPlaces::of(&layout, &asked), layout);
            let layouts: HashMap<LayoutId, (CellPlaces, Layout)> =
                layouts.into_iter().map(|(id, layout)| (id, places(layout))).collect();
            let mut unpacked = Vec::with_capacity(rows.len());
            for row in &rows {
                let known = layouts.get(&LayoutId(get_bytes(row, "layout")?));
                let (places, layout) =
                    known.ok_or_else(|| StoreError::corrupt("record", "its layout is not there"))?;
                let report = get_report(row, "report")?;
                let cells = packed_cells(layout, row.bytes("figures")?, places);
                unpacked.push((report, read(row)?, cells.map_err(|error| error.of_report(report))?));
            }
            Ok(unpacked)
        });
        let unpacked = unpacked.await?;
        // Of some a key alone does not say which figure is meant. Whole records are large, so only a few are in memory.
        let whole: Vec<ReportId> =
            unpacked.iter().filter(|(.., cells)| cells.is_none()).map(|(report, ..)| *report).collect();
        let mut found: HashMap<ReportId, Cells> = HashMap::with_capacity(whole.len());
        for some in whole.chunks(WHOLE_MAX) {
            for (report, record) in some.iter().zip(self.records_by_id(some, at).await?) {
                let record =
                    record.ok_or_else(|| StoreError::corrupt("record", "it is listed, and not there"))?;
                found.insert(*report, cells_of(&record, keys));
            }
        }
        let told = unpacked.into_iter().map(|(report, read, cells)| {
            let cells = cells.or_else(|| found.remove(&report));
            Ok((read, cells.ok_or_else(|| StoreError::corrupt("record", "its cells are not there"))?))
        });
        told.collect()
    }

    /// A layout, from memory where it has been read before.
    pub(crate) async fn layout(&self, id: LayoutId) -> Result<Layout, StoreError> {
        if let Some(layout) = self.0.layouts().get(id) {
            return Ok(layout);
        }
        let row = self.row(View::Latest, Statement::new(LAYOUT).bind(&id)).await?;
        let row = row.ok_or_else(|| StoreError::corrupt("record", "its layout is not there"))?;
        let layout = Layout::from_bytes(row.bytes("bytes")?)?;
        self.0.layouts().keep(&layout);
        Ok(layout)
    }

    /// The findings of rows of [`FINDINGS`], which are ordered by report: read from the evidence, each report once, one after the other.
    async fn expand(&self, view: View, rows: &[S::Row]) -> Result<Vec<StoredFinding>, StoreError> {
        let mut items = Vec::with_capacity(rows.len());
        let mut read: Option<(i64, Vec<Finding>)> = None;
        for row in rows {
            let (id, report): (i64, ReportId) = (row.number("revision_id")?, get_report(row, "report")?);
            let findings = match read.take() {
                Some((known, findings)) if known == id => findings,
                Some(_) | None => {
                    self.findings_of(view, id).await.map_err(|error| error.of_report(report))?
                }
            };
            let ordinal: usize = get_number(row, "ordinal")?;
            let gone = || StoreError::corrupt("finding", "its report has it not").of_report(report);
            items.push(StoredFinding {
                revision: ReportRevision { report, revision: get_number(row, "revision")? },
                year: read_year(row.number("year")?)?,
                finding: findings.get(ordinal).cloned().ok_or_else(gone)?,
            });
            read = Some((id, findings));
        }
        Ok(items)
    }

    /// All findings of a revision.
    async fn findings_of(&self, view: View, revision: i64) -> Result<Vec<Finding>, StoreError> {
        let find = Statement::new(format!("SELECT {WHOLE} {BY_ID}")).bind(revision);
        let found = self.row(view, find).await?;
        let found = found.ok_or_else(|| StoreError::corrupt("finding", "its revision is not there"))?;
        let parts = self.parts(&found).await?;
        off_thread(move || Ok(parts.unpack()?.findings)).await
    }

    async fn place(&self, query: &str, at: ReadAt, cursor: Option<&Cursor>) -> Result<Place, StoreError> {
        if let Some(cursor) = cursor {
            let (snapshot, rank, tie) = cursor.read(query)?;
            let report = Uuid::try_parse(tie).map_err(|_| StoreError::CursorInvalid)?;
            return Ok(Place { snapshot, after: Some((rank, ReportId::from_uuid(report))) });
        }
        let snapshot = match at.as_of {
            Some(position) => position,
            None => self.0.position(View::Reached(Position(0))).await?,
        };
        Ok(Place { snapshot, after: None })
    }
}

/// Rows of a page of a list.
struct Listed<S: Source> {
    rows: Vec<S::Row>,
    /// What they do not note of their subjects.
    told: Told,
    /// The state of the store that they are of.
    snapshot: Position,
    /// Where the next page begins.
    next: Option<Cursor>,
}

/// The snapshot that a page shows, and the item after which it begins.
struct Place {
    snapshot: Position,
    after: Option<(i64, ReportId)>,
}

impl Place {
    /// Leaves the rows of a page, and tells where the next one begins where there are more.
    fn cut<R: Fields>(
        &self,
        query: &str,
        rows: &mut Vec<R>,
        size: usize,
    ) -> Result<Option<Cursor>, StoreError> {
        let more = size < rows.len();
        rows.truncate(size);
        rows.last().filter(|_| more).map(|last| self.after(query, last, "rank")).transpose()
    }

    /// The place after the item of `row`.
    fn after(&self, query: &str, row: &impl Fields, rank: &str) -> Result<Cursor, StoreError> {
        let report = get_report(row, "report")?.uuid().to_string();
        Ok(Cursor::after(query, self.snapshot, row.number(rank)?, &report))
    }
}

/// What a list says of the report of a row.
pub(crate) fn summary(row: &impl Fields, told: &Told) -> Result<ReportSummary, StoreError> {
    Ok(ReportSummary {
        info: rows::revision(row)?,
        keys: rows::keys(row, told)?,
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
