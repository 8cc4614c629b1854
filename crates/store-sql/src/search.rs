//! Search, and the index that it needs: what both engines are asked in the same words.
//!
//! An engine finds numbers of documents by what its index holds ([`Source::find`]); all else is read from the tables of reports. What
//! an index holds is no proof, so the texts of what is found are looked at. All is read from the original: a copy may have a report
//! before it has the report's document of the index.

use crate::off_thread;
use crate::report_filter::{self, Subjects};
use crate::reports::{Noting, push_current, summary};
use crate::rows::{KEY_COLUMNS, REVISION_COLUMNS, code, get_code};
use crate::sharing::kept;
use crate::source::{Fields, Source, SqlStore, View};
use crate::statement::Statement;
use gongkai_copies::{Fingerprint, Names, Narrative, fingerprints};
use gongkai_model::{Purpose, Report, ReportId};
use gongkai_search::{Gram, INDEX_VERSION, Lookup, Mark, Matcher, index_grams};
use gongkai_store::packed::narrative;
use gongkai_store::{
    Cursor, INDEX_MAX, Indexed, Narrowed, PageRequest, Position, ReportOrder, SearchHit, SearchPage,
    SearchQuery, StoreError,
};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tracing::warn;
use uuid::Uuid;

/// Compressed bytes of records that are taken into an index at once, one record more at most.
pub(crate) const INDEX_BYTES: i64 = 4 << 20;

/// How much is done for one page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Documents that are found in the index in one go.
    pub(crate) find: usize,
    /// How often something is asked of the index.
    pub(crate) finds: usize,
    /// Documents whose texts are in memory at the same time.
    pub(crate) read: usize,
    /// Texts that are looked at. Beyond it, beyond `finds` and beyond `time`, a page ends before it is full.
    pub(crate) read_all: usize,
    /// Looked at after each step, of which there is at least one.
    pub(crate) time: Duration,
}

impl Bounds {
    /// The time leaves callers most of their usual patience, for a step that is long under way and for what is made of the page.
    pub(crate) const STANDARD: Self =
        Self { find: 512, finds: 64, read: 64, read_all: 1024, time: Duration::from_secs(2) };
}

const STATE: &str = "SELECT version, position, report, number FROM search_state";
/// The first change that the index has not, of one purpose: positions are in order, and so are reports of one position.
const NEXT_CHANGE: &str = "SELECT from_position FROM currents WHERE purpose = $1 AND from_position >= $2
    AND (from_position > $2 OR report > $3) ORDER BY from_position, report LIMIT 1";
const NEXT_CHANGES: &str =
    "SELECT c.purpose, c.from_position, c.report, c.revision_id, c.year, c.region_code,
    c.region_name, c.issuer, c.subject, d.number AS indexed, CAST(length(e.bytes) AS BIGINT) AS bytes
    FROM currents c LEFT JOIN search_documents d ON d.revision_id = c.revision_id
    LEFT JOIN evidence e ON e.revision_id = c.revision_id AND d.number IS NULL
    WHERE c.purpose = $1 AND c.from_position <= $4 AND c.from_position >= $2
    AND (c.from_position > $2 OR c.report > $3) ORDER BY c.from_position, c.report LIMIT $5";
const EVIDENCE: &str = "SELECT revision_id, bytes AS evidence FROM evidence WHERE revision_id IN (";
const YEAR_FROM: &str =
    "SELECT year FROM currents WHERE purpose = $1 AND year >= $2 AND year <= $3 ORDER BY year LIMIT 1";
const YEAR_UNTIL: &str =
    "SELECT year FROM currents WHERE purpose = $1 AND year >= $2 AND year <= $3 ORDER BY year DESC LIMIT 1";
/// Documents of the index with their reports as of a position, to be narrowed.
pub(crate) const DOCUMENTS: &str = "FROM search_documents d JOIN revisions r ON r.id = d.revision_id
    JOIN currents c ON c.report = r.report AND c.revision_id = r.id";

/// Where the index is to be gone through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Walk {
    /// From behind this one on, in the order; from the beginning where none is given.
    pub(crate) beyond: Option<i64>,
    /// The greatest first.
    pub(crate) descending: bool,
}

impl Walk {
    /// How a number compares with the one behind which it has to be, and its order, in SQL.
    pub(crate) fn words(self) -> (&'static str, &'static str) {
        if self.descending { ("<", "DESC") } else { (">", "ASC") }
    }

    /// The bound that lets everything through where none is given.
    pub(crate) fn bound(self) -> i64 {
        self.beyond.unwrap_or(if self.descending { i64::MAX } else { 0 })
    }
}

/// How far an index is.
pub(crate) struct State {
    pub(crate) version: i64,
    pub(crate) position: i64,
    pub(crate) report: Vec<u8>,
    pub(crate) number: i64,
}

impl State {
    pub(crate) fn of(row: Option<&impl Fields>) -> Result<Self, StoreError> {
        let Some(row) = row else {
            return Ok(Self { version: 0, position: 0, report: Vec::new(), number: 0 });
        };
        Ok(Self {
            version: row.number("version")?,
            position: row.number("position")?,
            report: row.bytes("report")?.to_vec(),
            number: row.number("number")?,
        })
    }
}

/// What is added to an index, all at once, if it is still as far as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Addition {
    /// How far it was: the position and the report.
    pub(crate) before: (i64, Vec<u8>),
    /// How far it is then.
    pub(crate) after: (i64, Vec<u8>),
    /// The last number that was given.
    pub(crate) number: i64,
    pub(crate) documents: Vec<NewDocument>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewDocument {
    pub(crate) number: i64,
    pub(crate) revision_id: i64,
    pub(crate) grams: Vec<Gram>,
    pub(crate) fingerprints: Vec<Fingerprint>,
}

/// What an engine does to its index.
pub(crate) trait Indexing: Noting {
    /// Makes the index an empty one of this version.
    fn empty_index(&self) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Adds to the index, and tells whether it was as far as it should be. Otherwise nothing is changed.
    fn add_to_index(&self, addition: Addition) -> impl Future<Output = Result<bool, StoreError>> + Send;
}

/// The order of a search.
#[derive(Clone, Copy, Debug)]
struct Direction {
    by_year: bool,
    descending: bool,
}

/// A place in it. The year is 0 where years do not matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    year: i64,
    number: Option<i64>,
}

impl<S: Source> SqlStore<S> {
    pub(crate) async fn find_reports(
        &self,
        query: &SearchQuery,
        page: &PageRequest,
        bounds: Bounds,
    ) -> Result<SearchPage, StoreError> {
        let text = query.words();
        let (snapshot, after) = match &page.cursor {
            Some(cursor) => {
                let (snapshot, year, number) = cursor.read(&text)?;
                let number = number.parse().map_err(|_| StoreError::CursorInvalid)?;
                // A page of an index that is being made anew would look like the last one.
                if self.index_reached().await? < snapshot {
                    return Err(StoreError::Unavailable("the index of searches is being made anew".into()));
                }
                (snapshot, Some(Place { year, number: (number != NONE).then_some(number) }))
            }
            None => {
                let reached = self.index_reached().await?;
                (query.at.as_of.map_or(reached, |as_of| as_of.min(reached)), None)
            }
        };
        let mut going = Going {
            store: self,
            query,
            snapshot,
            narrowed: Narrowed::by(query.filter.as_ref()),
            subjects: self.subjects(View::Latest, query.filter.as_ref()).await?,
            direction: match query.order {
                ReportOrder::Changed => Direction { by_year: false, descending: false },
                ReportOrder::ChangedLast => Direction { by_year: false, descending: true },
                ReportOrder::Year => Direction { by_year: true, descending: false },
                ReportOrder::YearLast => Direction { by_year: true, descending: true },
            },
            matcher: Arc::new(Matcher::of(&query.query)),
            size: page.size_clamped() as usize,
            hits: Vec::new(),
            read: 0,
            begin: Instant::now(),
            bounds,
        };
        let next = going.go(after).await?;
        let next = next.map(|place| {
            Cursor::after(&text, snapshot, place.year, &place.number.unwrap_or(NONE).to_string())
        });
        let items = going.hits.into_iter().map(|(_, hit)| hit).collect();
        Ok(SearchPage { items, next, position: snapshot })
    }

    /// The latest position as of which the index is complete.
    pub(crate) async fn index_reached(&self) -> Result<Position, StoreError> {
        // Asked first: what is committed after it is no concern of it.
        let latest = self.0.position(View::Latest).await?;
        let state = self.index_state().await?;
        if state.version != INDEX_VERSION {
            return Ok(Position(0));
        }
        let mut reached = latest;
        for purpose in [Purpose::Published, Purpose::Draft] {
            let next = Statement::new(NEXT_CHANGE).bind(code(purpose)).bind(state.position);
            if let Some(row) = self.row(View::Latest, next.bind(state.report.clone())).await? {
                reached = reached.min(Position(row.number("from_position")? - 1));
            }
        }
        Ok(reached)
    }

    async fn index_state(&self) -> Result<State, StoreError> {
        State::of(self.row(View::Latest, Statement::new(STATE)).await?.as_ref())
    }

    /// See `Search::index`.
    pub(crate) async fn extend_index(&self, limit: u32, bytes_max: i64) -> Result<Indexed, StoreError>
    where
        S: Indexing,
    {
        let (noted, mut damaged) = self.note_subjects(limit.clamp(1, INDEX_MAX), bytes_max).await?;
        let nothing = Indexed { changes: noted, is_overtaken: false, behind: 0, damaged };
        let latest = self.0.position(View::Latest).await?;
        let mut state = self.index_state().await?;
        if state.version < INDEX_VERSION {
            self.0.empty_index().await?;
            state = self.index_state().await?;
        }
        if state.version != INDEX_VERSION {
            // A later version of the program keeps it.
            return Ok(nothing);
        }
        let limit = limit.clamp(1, INDEX_MAX);
        let mut rows = Vec::new();
        for purpose in [Purpose::Published, Purpose::Draft] {
            let next = Statement::new(NEXT_CHANGES).bind(code(purpose)).bind(state.position);
            let next = next.bind(state.report.clone()).bind(latest.0).bind(limit);
            rows.extend(self.0.rows(View::Latest, next).await?);
        }
        let mut changes = rows.iter().map(change).collect::<Result<Vec<_>, StoreError>>()?;
        changes.sort_unstable_by(|a, b| (a.position, &a.report).cmp(&(b.position, &b.report)));
        changes.truncate(limit as usize);
        let mut bytes = 0;
        let beyond = changes.iter().position(|change| {
            bytes += change.bytes;
            bytes_max < bytes
        });
        changes.truncate(beyond.unwrap_or(changes.len()).max(1));
        let Some(last) = changes.last() else { return Ok(nothing) };
        let after = (last.position, last.report.clone());
        let reached = state.position;
        let count = u32::try_from(changes.len()).unwrap_or(u32::MAX);
        let first = state.number + 1;
        let evidence = self.evidence_of(&changes).await?;
        let (documents, unread) = off_thread(move || documents(changes, evidence, first)).await?;
        let number = documents.last().map_or(state.number, |last| last.number);
        let addition = Addition { before: (state.position, state.report), after, number, documents };
        let is_added = self.0.add_to_index(addition).await?;
        // Who was first counts them.
        damaged += if is_added { unread } else { 0 };
        Ok(Indexed {
            changes: noted + if is_added { count } else { 0 },
            is_overtaken: !is_added,
            behind: latest.0.saturating_sub(reached).unsigned_abs(),
            damaged,
        })
    }
}

impl<S: Source> SqlStore<S> {
    /// What the records of changes say, of those that an index has not.
    async fn evidence_of(&self, changes: &[Change]) -> Result<HashMap<i64, Vec<u8>>, StoreError> {
        let wanted: Vec<i64> =
            changes.iter().filter(|change| !change.is_indexed).map(|change| change.revision_id).collect();
        if wanted.is_empty() {
            return Ok(HashMap::new());
        }
        let mut find = Statement::new(EVIDENCE);
        find.push_list(wanted).push(")");
        let rows = self.0.rows(View::Latest, find).await?;
        rows.iter().map(|row| Ok((row.number("revision_id")?, row.bytes("evidence")?.to_vec()))).collect()
    }
}

/// Stands for no number in a cursor.
const NONE: i64 = -1;

/// A change that the index has not.
struct Change {
    purpose: Purpose,
    position: i64,
    report: Vec<u8>,
    revision_id: i64,
    year: i64,
    region_code: String,
    region_name: String,
    issuer: String,
    subject: String,
    /// Whether the index has the revision already.
    is_indexed: bool,
    /// Compressed bytes of the record that is to be read.
    bytes: i64,
}

fn change(row: &impl Fields) -> Result<Change, StoreError> {
    Ok(Change {
        purpose: get_code(row, "purpose")?,
        position: row.number("from_position")?,
        report: row.bytes("report")?.to_vec(),
        revision_id: row.number("revision_id")?,
        year: row.number("year")?,
        region_code: row.text("region_code")?,
        region_name: row.text("region_name")?,
        issuer: row.text("issuer")?,
        subject: row.text("subject")?,
        is_indexed: row.number_if_any("indexed")?.is_some(),
        bytes: row.number_if_any("bytes")?.unwrap_or_default(),
    })
}

/// The documents of changes, each once, and how many of their records cannot be read. These are found by no words; what became current
/// after them has to be found all the same.
fn documents(
    changes: Vec<Change>,
    evidence: HashMap<i64, Vec<u8>>,
    first: i64,
) -> Result<(Vec<NewDocument>, u32), StoreError> {
    let mut documents: Vec<NewDocument> = Vec::with_capacity(changes.len());
    let (mut taken, mut damaged) = (HashSet::with_capacity(changes.len()), 0);
    for change in changes {
        // Each once, and none that the index has.
        if change.is_indexed || !taken.insert(change.revision_id) {
            continue;
        }
        let gone = || StoreError::corrupt("record", "its evidence is not there");
        let record = evidence.get(&change.revision_id).ok_or_else(gone).and_then(|bytes| narrative(bytes));
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let (report, error) = (report(&change.report)?, &error as &dyn std::error::Error);
                warn!(%report, error, "{report} is searched by its year and region alone");
                damaged += 1;
                Report::default()
            }
        };
        let grams = index_grams(&record, change.year, &change.region_code, code(change.purpose));
        let number = first + documents.len() as i64;
        let Change { revision_id, subject, issuer, region_name: region, .. } = &change;
        let fingerprints = fingerprints(&Narrative::of(&record, Names { subject, issuer, region }));
        let fingerprints = fingerprints.into_iter().map(|it| kept(it, change.purpose)).collect();
        documents.push(NewDocument { number, revision_id: *revision_id, grams, fingerprints });
    }
    Ok((documents, damaged))
}

fn report(bytes: &[u8]) -> Result<ReportId, StoreError> {
    Uuid::from_slice(bytes).map(ReportId::from_uuid).map_err(|error| StoreError::corrupt("report", error))
}

/// A page in the making.
struct Going<'a, S: Source> {
    store: &'a SqlStore<S>,
    query: &'a SearchQuery,
    snapshot: Position,
    narrowed: Narrowed,
    subjects: Subjects,
    direction: Direction,
    matcher: Arc<Matcher>,
    size: usize,
    hits: Vec<(Place, SearchHit)>,
    /// Texts that were looked at.
    read: usize,
    begin: Instant,
    bounds: Bounds,
}

impl<S: Source> Going<'_, S> {
    /// Fills the page from behind a place on. Gives the place behind which the next one begins; none where nothing is left.
    async fn go(&mut self, after: Option<Place>) -> Result<Option<Place>, StoreError> {
        if self.narrowed.year_max < self.narrowed.year_min {
            return Ok(None);
        }
        let mut finds = 0;
        let mut place = match after {
            Some(place) => place,
            None => match self.year_behind(None).await? {
                Some(year) => Place { year, number: None },
                None => return Ok(None),
            },
        };
        loop {
            if self.bounds.finds <= finds || 0 < finds && self.is_time_up() {
                return Ok(Some(place));
            }
            finds += 1;
            let numbers = self.numbers(place).await?;
            for some in numbers.chunks(self.bounds.read) {
                self.look_at(place.year, some).await?;
                if self.is_beyond_page() {
                    let last = self.last_shown();
                    self.hits.truncate(self.size);
                    return Ok(Some(last));
                }
                place.number = some.last().copied();
                if self.bounds.read_all <= self.read || self.is_time_up() {
                    return Ok(Some(place));
                }
            }
            if numbers.len() < self.bounds.find {
                match self.year_behind(Some(place.year)).await? {
                    Some(year) => place = Place { year, number: None },
                    None => return Ok(None),
                }
            }
        }
    }

    fn is_time_up(&self) -> bool {
        self.bounds.time <= self.begin.elapsed()
    }

    fn is_beyond_page(&self) -> bool {
        self.size < self.hits.len()
    }

    /// The place of the last report of a full page.
    fn last_shown(&self) -> Place {
        let last = self.hits.get(self.size.wrapping_sub(1));
        last.map_or(Place { year: 0, number: None }, |(place, _)| *place)
    }

    /// The first year of the list, or the one behind another one. Where years do not matter, there is one, called 0.
    async fn year_behind(&self, year: Option<i64>) -> Result<Option<i64>, StoreError> {
        if !self.direction.by_year {
            return Ok(year.is_none().then_some(0));
        }
        let (mut min, mut max) = (self.narrowed.year_min, self.narrowed.year_max);
        let find = match (self.direction.descending, year) {
            (true, year) => {
                max = year.map_or(max, |year| max.min(year.saturating_sub(1)));
                YEAR_UNTIL
            }
            (false, year) => {
                min = year.map_or(min, |year| min.max(year.saturating_add(1)));
                YEAR_FROM
            }
        };
        let find = Statement::new(find).bind(code(self.query.at.purpose)).bind(min).bind(max);
        let row = self.store.row(View::Latest, find).await?;
        row.map(|row| row.number("year")).transpose()
    }

    /// What the index has behind a place, within its year.
    async fn numbers(&self, place: Place) -> Result<Vec<i64>, StoreError> {
        let mut marks = self.narrowed.grams();
        marks.push(Gram::mark(Mark::Purpose(code(self.query.at.purpose))));
        if self.direction.by_year {
            marks.push(Gram::mark(Mark::Year(place.year)));
        }
        let words = self.query.query.lookup().clone();
        let Some(all) = Lookup::all([words].into_iter().chain(marks.into_iter().map(Lookup::Gram))) else {
            return Ok(Vec::new());
        };
        let walk = Walk { beyond: place.number, descending: self.direction.descending };
        self.store.0.find(&all, walk, self.bounds.find).await
    }

    /// Adds those documents that are current, pass the filter, and say what is searched for.
    async fn look_at(&mut self, year: i64, numbers: &[i64]) -> Result<(), StoreError> {
        let statement = select_documents::<S>(self.query, self.snapshot, numbers, self.subjects);
        let rows = self.store.0.rows(View::Latest, statement).await?;
        let told = self.store.told(View::Latest, &rows).await?;
        // The condition lets those through that do not note what is asked.
        let untold = self.query.filter.clone().filter(|_| self.subjects == Subjects::Untold);
        self.read += rows.len();
        let (matcher, passages_max) = (self.matcher.clone(), self.query.passages_max);
        let found = off_thread(move || {
            let mut hits = Vec::new();
            for row in &rows {
                let report = summary(row, &told)?;
                if untold.as_ref().is_some_and(|filter| !filter.admits(&report)) {
                    continue;
                }
                let record = match narrative(row.bytes("evidence")?) {
                    Ok(record) => record,
                    Err(error) => {
                        let (report, error) = (report.info.report, &error as &dyn std::error::Error);
                        warn!(%report, error, "the record of {report} cannot be searched");
                        continue;
                    }
                };
                if let Some(found) = matcher.found_in(&record, passages_max) {
                    hits.push((row.number("rank")?, SearchHit { report, found }));
                }
            }
            Ok(hits)
        });
        let mut found = found.await?;
        found.sort_unstable_by_key(|(number, _)| if self.direction.descending { -number } else { *number });
        self.hits.extend(found.into_iter().map(|(number, hit)| (Place { year, number: Some(number) }, hit)));
        Ok(())
    }
}

/// Documents with what is shown of their reports.
fn select_documents<S: Source>(
    query: &SearchQuery,
    snapshot: Position,
    numbers: &[i64],
    subjects: Subjects,
) -> Statement {
    let mut statement = Statement::new(format!(
        "SELECT d.number AS rank, {REVISION_COLUMNS}, {KEY_COLUMNS}, r.findings_failing, r.figures_undetermined,
        e.bytes AS evidence {DOCUMENTS} JOIN evidence e ON e.revision_id = r.id"
    ));
    push_current(&mut statement, "+c.purpose", query.at, snapshot);
    if let Some(filter) = &query.filter {
        let condition = report_filter::condition::<S>(&mut statement, filter, subjects);
        statement.push(" AND ").push(&condition);
    }
    statement.push(" AND d.number IN (").push_list(numbers.iter().copied()).push(")");
    statement
}

/// Statements of searches and of the index, for the tests of their plans.
#[cfg(test)]
pub(crate) fn statements<S: Source>() -> Vec<String> {
    let query = gongkai_search::Query::parse("公开", gongkai_search::Limits::STANDARD).unwrap();
    let filter = gongkai_filter::parse(
        "year = 2020 subject = x",
        &gongkai_store::report_schema(),
        gongkai_filter::Limits::STANDARD,
    );
    let of = |filter| SearchQuery {
        at: gongkai_store::ReadAt::default(),
        query: query.clone(),
        filter,
        order: ReportOrder::Year,
        passages_max: 1,
    };
    let select = |filter| {
        select_documents::<S>(&of(filter), Position(9), &[1, 2, 3], Subjects::Noted).text.into_owned()
    };
    [NEXT_CHANGE, NEXT_CHANGES, YEAR_FROM, YEAR_UNTIL]
        .map(str::to_owned)
        .into_iter()
        .chain([select(None), select(filter.unwrap()), format!("{EVIDENCE}$1, $2)")])
        .collect()
}
