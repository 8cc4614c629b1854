use super::{About, FigureRow, ReportFigures, ReportSelection, Selection, Source, indicator_of, static_key};
use crate::filter::{Whole, keys_of};
use futures::Stream;
use gongkai_forms::{Form, Series, breaks, comparability};
use gongkai_model::{
    BodyKind, Derivation, Figure, FormId, Period, Portion, Report, ReportId, ScopeKind, State,
};
use gongkai_model::{Statement, Value};
use gongkai_store::{
    Cell, Cells, Cursor, ORDERED_MAX, PAGE_SIZE_MAX, PageRequest, Position, ReadAt, ReportQuery,
    ReportSummary, Reports, StoreError, Timestamp,
};
use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// Cells that a page has in memory; where many keys are asked for, a page has fewer reports.
const PAGE_CELLS_MAX: usize = 50_000;
const PAGE_SIZE_MIN: usize = 32;
/// Records that are in memory at the same time, where cells alone do not do.
const RECORDS_MAX: usize = 32;
/// The time after everything that has happened.
const LATEST: Timestamp = Timestamp::from_micros(i64::MAX);

/// A key or an indicator, where it stands, and what of its report decides which breaks lie behind it.
type SeriesKey = (&'static str, Source, FormId, Option<u16>, BodyKind);

/// Goes through reports, and gives what is wanted of each. All of them are seen as of one state of the store.
pub struct Scan {
    reports: Arc<dyn Reports>,
    whose: ReportSelection,
    at: ReadAt,
    position: Position,
    selection: Selection,
    /// The keys of the selection, then what else the filter looks at.
    keys: Vec<String>,
    /// The keys of the selection as the forms have them, each with the indicator that it states.
    columns: Arc<[(&'static str, &'static str)]>,
    /// Where the next page begins; nothing behind the last.
    next: Option<Option<Cursor>>,
    /// Reports of pages to come, where their order takes sorting: sorted once for all of these.
    ordered: VecDeque<ReportId>,
    /// Where those begin that are behind them; nothing behind the last.
    behind: Option<Cursor>,
    /// Where the page before that begins, and how many of its reports were given.
    place: ScanPlace,
    admitted: VecDeque<(ReportSummary, Cells)>,
    whole: VecDeque<Scanned>,
    series: HashMap<SeriesKey, Arc<str>>,
}

/// How far a scan has come: to go on from there, or from where it was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ScanPlace {
    /// Where the store's page begins; none for its first.
    pub(crate) cursor: Option<Cursor>,
    /// How many of the reports that the page gave were taken.
    pub(crate) taken: usize,
}

/// What a scan finds of one report: what rows are made of.
#[derive(Clone, Debug)]
pub(crate) struct Scanned {
    pub(crate) about: Arc<About>,
    /// In the order of the keys of the selection.
    pub(crate) cells: Vec<Option<Cell>>,
    /// Cells of other times and portions, with their keys and indicators, where they are wanted.
    others: Vec<((&'static str, &'static str), Figure)>,
    /// Statements of the indicators of the selection.
    pub(crate) statements: Vec<Statement>,
}

impl Scan {
    /// Begins at the first report, in the present state of the store where none is given.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn begin(
        reports: Arc<dyn Reports>,
        whose: ReportSelection,
        selection: Selection,
    ) -> Result<Self, StoreError> {
        let position = match whose.at.as_of {
            Some(position) => position,
            None => reports.position_at(LATEST).await?,
        };
        let mut keys = selection.keys.clone();
        let looked_at = whose.filters.of_records.as_ref().map(keys_of).unwrap_or_default();
        keys.extend(looked_at.into_iter().filter(|key| !selection.keys.contains(key)));
        let stated = |key| indicator_of(key).map_or("", |indicator| indicator.id.as_str());
        let columns = selection.keys.iter().filter_map(|key| static_key(key)).map(|key| (key, stated(key)));
        Ok(Self {
            columns: columns.collect(),
            at: whose.at.after(position),
            reports,
            whose,
            position,
            selection,
            keys,
            next: Some(None),
            ordered: VecDeque::new(),
            behind: None,
            place: ScanPlace::default(),
            admitted: VecDeque::new(),
            whole: VecDeque::new(),
            series: HashMap::new(),
        })
    }

    /// The state of the store that all rows are of.
    pub fn position(&self) -> Position {
        self.position
    }

    /// Behind the report that was given last.
    pub(crate) fn place(&self) -> ScanPlace {
        self.place.clone()
    }

    /// Goes on behind a report that a scan of the same was at.
    pub(crate) async fn go_on(&mut self, place: ScanPlace) -> Result<(), StoreError> {
        self.next = Some(place.cursor);
        for _ in 0..place.taken {
            self.next_scanned().await?;
        }
        Ok(())
    }

    /// The rows of the next report; none behind the last. A report may have none.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn next(&mut self) -> Result<Option<ReportFigures>, StoreError> {
        let Some(scanned) = self.next_scanned().await? else { return Ok(None) };
        Ok(Some(self.rows(scanned)))
    }

    /// The rows report by report, as a stream.
    pub fn into_stream(self) -> impl Stream<Item = Result<ReportFigures, StoreError>> + Send {
        futures::stream::try_unfold(self, |mut scan| async move {
            Ok(scan.next().await?.map(|report| (report, scan)))
        })
    }

    /// The next report; none behind the last.
    pub(crate) async fn next_scanned(&mut self) -> Result<Option<Scanned>, StoreError> {
        loop {
            if let Some(scanned) = self.whole.pop_front() {
                self.place.taken += 1;
                return Ok(Some(scanned));
            }
            if self.admitted.is_empty() {
                let Some(cursor) = self.next.take() else { return Ok(None) };
                self.read_page(cursor).await?;
                continue;
            }
            self.complete_some().await?;
        }
    }

    /// Reads the next page of reports, and keeps those that the filter admits.
    async fn read_page(&mut self, cursor: Option<Cursor>) -> Result<(), StoreError> {
        let size = (PAGE_CELLS_MAX / self.keys.len().max(1)).max(PAGE_SIZE_MIN);
        let size = u32::try_from(size).unwrap_or(PAGE_SIZE_MAX).min(PAGE_SIZE_MAX);
        let (filter, order) = (self.whose.filters.of_summaries.clone(), self.whose.order.clone());
        let query = ReportQuery { at: self.at, filter, sort: order.sort, order: order.rest };
        self.place = ScanPlace { cursor: cursor.clone(), taken: 0 };
        let items = if query.sort.is_empty() {
            let page = PageRequest { size, cursor };
            let page = self.reports.reports_with_cells(&query, &page, &self.keys).await?;
            self.next = page.next.map(Some);
            page.items
        } else {
            self.read_ordered(&query, cursor, size).await?
        };
        let scope = self.whose.scope;
        for (summary, cells) in items {
            if scope.is_some_and(|scope| scope != summary.keys.scope) {
                continue;
            }
            let is_admitted = self.whose.filters.of_records.as_ref().is_none_or(|filter| {
                filter.admits(&Whole { summary: &summary, keys: &self.keys, cells: &cells })
            });
            if is_admitted {
                self.admitted.push_back((summary, cells));
            }
        }
        Ok(())
    }

    /// The next page in an order that takes sorting.
    async fn read_ordered(
        &mut self,
        query: &ReportQuery,
        cursor: Option<Cursor>,
        size: u32,
    ) -> Result<Vec<(ReportSummary, Cells)>, StoreError> {
        if self.ordered.is_empty() {
            let page = self.reports.ordered(query, cursor, ORDERED_MAX).await?;
            (self.ordered, self.behind) = (page.items.into(), page.next);
        }
        let count = self.ordered.len().min(size as usize);
        let ids: Vec<ReportId> = self.ordered.drain(..count).collect();
        self.next = match self.ordered.is_empty() {
            true => self.behind.take().map(Some),
            false => Some(None),
        };
        let found = self.reports.summaries_with_cells(&ids, &self.keys, self.at).await?;
        let is_true = |(summary, _): &(ReportSummary, Cells)| {
            query.filter.as_ref().is_none_or(|filter| filter.admits(summary))
        };
        Ok(found.into_iter().flatten().filter(is_true).collect())
    }

    /// Completes the next few reports by what takes their records to tell.
    async fn complete_some(&mut self) -> Result<(), StoreError> {
        let count = self.admitted.len().min(RECORDS_MAX);
        let some: Vec<(ReportSummary, Cells)> = self.admitted.drain(..count).collect();
        let needs = |(summary, cells): &(ReportSummary, Cells)| {
            cells.subject.is_none()
                || !self.selection.stated.is_empty()
                || self.selection.all_columns && has_columns(summary.keys.form)
        };
        let ids: Vec<ReportId> =
            some.iter().filter(|it| needs(it)).map(|(summary, _)| summary.info.report).collect();
        let loaded = match ids.is_empty() {
            true => Vec::new(),
            false => self.reports.records_by_id(&ids, self.at).await?,
        };
        let mut records: HashMap<ReportId, Report> =
            ids.into_iter().zip(loaded).filter_map(|(id, record)| Some((id, record?))).collect();
        for (summary, cells) in some {
            let record = records.remove(&summary.info.report);
            let subject = record.as_ref().map(|record| (record.subject.rank, record.subject.kind));
            let (rank, kind) = cells.subject.or(subject).unwrap_or_default();
            let is_wanted = (self.whose.ranks.is_empty() || self.whose.ranks.contains(&rank))
                && (self.whose.kinds.is_empty() || self.whose.kinds.contains(&kind));
            if is_wanted {
                let about = About {
                    report: summary.info.report,
                    revision: summary.info.revision,
                    keys: summary.keys,
                    rank,
                    kind,
                };
                self.whole.push_back(self.scanned(about, cells, record));
            }
        }
        Ok(())
    }

    fn scanned(&self, about: About, cells: Cells, record: Option<Report>) -> Scanned {
        let mut cells = cells.of_keys;
        cells.truncate(self.selection.keys.len());
        let (mut others, mut statements) = (Vec::new(), Vec::new());
        if let Some(record) = record {
            for figure in record.figures.into_iter().filter(|_| self.selection.all_columns) {
                let is_plain = figure.period == Period::ThisYear && figure.portion == Portion::All;
                let column = self.columns.iter().find(|(key, _)| **key == *figure.key);
                if let (false, Some(column)) = (is_plain, column) {
                    others.push((*column, figure));
                }
            }
            statements = record.statements;
            statements.retain(|it| self.selection.stated.iter().any(|known| known.id == it.indicator));
        }
        Scanned { about: Arc::new(about), cells, others, statements }
    }

    /// The rows of a report.
    fn rows(&mut self, scanned: Scanned) -> ReportFigures {
        let Scanned { about, cells, others, statements } = scanned;
        let mut rows = Vec::with_capacity(cells.len() + statements.len());
        for (column, cell) in self.columns.clone().iter().zip(cells) {
            let Some(cell) = cell else { continue };
            rows.push(self.cell(&about, *column, cell, (Period::ThisYear, Portion::All)));
        }
        for (column, figure) in others {
            let cell = Cell { state: figure.state, value: figure.value, derivation: figure.derivation };
            rows.push(self.cell(&about, column, cell, (figure.period, figure.portion)));
        }
        for statement in statements {
            if let Some(row) = self.statement(&about, statement) {
                rows.push(row);
            }
        }
        ReportFigures { about, rows }
    }

    fn cell(
        &mut self,
        about: &About,
        (key, indicator): (&'static str, &'static str),
        cell: Cell,
        (period, portion): (Period, Portion),
    ) -> FigureRow {
        FigureRow {
            source: Source::Table,
            key,
            indicator,
            state: cell.state,
            value: cell.value.map(Value::decimal),
            value_max: None,
            unit: Cow::Borrowed(unit(about.keys.form, key)),
            derivation: cell.derivation,
            period,
            portion,
            whose: None,
            stated_scope: ScopeKind::Unknown,
            is_approximate: false,
            quote: String::new(),
            comparability: self.comparability(about, Source::Table, key),
        }
    }

    fn statement(&mut self, about: &About, statement: Statement) -> Option<FigureRow> {
        let indicator = self.selection.stated.iter().find(|known| known.id == statement.indicator)?;
        let indicator: &'static str = &indicator.id;
        Some(FigureRow {
            source: Source::Statement,
            key: "",
            indicator,
            // A sentence that leaves its number out is like a cell that is left empty.
            state: if statement.value.is_some() { State::Number } else { State::Blank },
            value: statement.value,
            value_max: statement.value_max,
            unit: Cow::Owned(statement.unit),
            derivation: Derivation::Read,
            period: statement.period,
            portion: Portion::All,
            whose: Some(statement.whose),
            stated_scope: statement.scope,
            is_approximate: statement.approximate,
            quote: statement.quote,
            comparability: self.comparability(about, Source::Statement, indicator),
        })
    }

    /// The breaks behind a cell of a key, or a statement of an indicator.
    pub(crate) fn comparability(&mut self, about: &About, source: Source, of: &'static str) -> Arc<str> {
        let (form, year, kind) = (about.keys.form, about.keys.year, about.kind);
        let known = self.series.entry((of, source, form, year, kind));
        let found = known.or_insert_with(|| {
            let series = match source {
                Source::Table => Series::Table(table(form, of)),
                Source::Statement => Series::Indicator(of),
            };
            comparability(breaks(), series, form, year, kind).into()
        });
        found.clone()
    }
}

/// Whether tables of a form may show several columns of values beside each other.
fn has_columns(form: FormId) -> bool {
    let blocks = |form: &'static Form| form.tables.iter().flat_map(|table| &table.blocks);
    gongkai_forms::form(form).into_iter().flat_map(blocks).any(|block| block.values.is_some())
}

/// The unit of a cell.
fn unit(form: FormId, key: &str) -> &'static str {
    let cell = gongkai_forms::form(form).and_then(|form| form.cells.get(form.cell_index(key)?));
    cell.map_or("", |cell| cell.unit.name())
}

/// The table in which a cell stands.
fn table(form: FormId, key: &str) -> &'static str {
    let table = gongkai_forms::form(form).and_then(|form| {
        let cell = form.cells.get(form.cell_index(key)?)?;
        form.tables.get(cell.place.table)
    });
    table.map_or("", |table| &table.id)
}
