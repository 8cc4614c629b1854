//! Reports with everything that happened to them, out of a store and into another: the same statements for both engines.

use crate::content::{self, kinds, no_upload};
use crate::reviews::{END_OVERLAY, END_REVIEW, SET_OVERLAY, SharedTransaction};
use crate::rows::{
    Key, REVISION_COLUMNS, code, get_bytes, get_code, get_document, get_number, get_report, get_time, year,
};
use crate::source::{Fields, Source, SqlStore, View};
use crate::statement::Statement;
use async_trait::async_trait;
use gongkai_model::{Purpose, ReportId, ReviewId};
use gongkai_store::codes::Code as _;
use gongkai_store::packed::{LayoutId, PackedReport};
use gongkai_store::{
    CHUNK_BYTES, ContentDigest, DocumentInfo, HISTORIES_BYTES, HeldSnapshot, Histories, HistoryBounds,
    HistoryEvent, HistoryRevision, Kept, NewDocument, NewHistory, NewRevision, Overlay, Position,
    ReportHistory, RevisionInfo, StagingId, StoreError, Taken, Timestamp, review_from_bytes, review_to_bytes,
};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Reports whose captures and reviews are read at a time, and revisions whose packed bytes are.
const REPORTS_MAX: u32 = 32;
const REVISIONS_MAX: usize = 8;

const REPORTS: &str = "SELECT DISTINCT report FROM currents
    WHERE report > $1 AND from_position <= $2 AND purpose = 1 ORDER BY report LIMIT $3";
const WHOLE: &str = "r.layout, r.figures, e.bytes AS evidence FROM revisions r
    JOIN evidence e ON e.revision_id = r.id
    WHERE r.report = $1 AND r.revision > $2 AND r.position <= $3 ORDER BY r.revision LIMIT $4";
const EVENT_COLUMNS: &str =
    "report, revision, document, part, accepted, extractor_version, position, at, is_review, base";
const REVIEW_COLUMNS: &str = "report, id, bytes, at, position, end_cause, end_at, end_position";
const ORDER: &str = " ORDER BY report, position";

const HERE: &str = "FROM revisions r WHERE r.report = $1 ORDER BY r.revision";
const REORDER: &str =
    "UPDATE captures SET accepted = $3 WHERE report = $1 AND is_review = 0 AND accepted = $2";
const ADD_EVENT: &str = "INSERT INTO captures
    (report, revision, document, part, purpose, accepted, extractor_version, position, at, is_review, base)
    VALUES ($1, $2, $3, $4, 1, $5, $6, $7, $8, $9, $10)";
/// Gives no row where there is a review of this name, which can only be one of another report.
const TAKE_REVIEW: &str = "INSERT INTO reviews (id, report, bytes, at, position) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (id) DO NOTHING RETURNING id";
const REVIEWED: &str = "SELECT report FROM reviews WHERE id = $1";
const IN_DOCUMENT: &str = "SELECT report FROM captures
    WHERE document = $1 AND purpose = 1 AND part = $2 AND is_review = 0 AND report <> $3 ORDER BY report LIMIT 1";
/// Reports that were found in a document that was sent here; what came from another store may have several of the same keys.
const SENT_HERE: &str = " AND EXISTS (SELECT 1 FROM captures k JOIN submissions s ON s.document = k.document
    WHERE k.report = c.report) AND c.report <> $6 ORDER BY c.report LIMIT 1";

const FIND_UPLOAD: &str = "SELECT blob, bytes FROM stagings WHERE id = $1";
const END_UPLOAD: &str = "DELETE FROM stagings WHERE id = $1";
const ADD_DOCUMENT: &str =
    "INSERT INTO documents (id, blob, bytes, media_type, received_at, published, draft)
    VALUES ($1, $2, $3, $4, $5, FALSE, FALSE) ON CONFLICT (id) DO UPDATE SET published = documents.published RETURNING blob";
const FIND_DOCUMENT: &str = "SELECT published FROM documents WHERE id = $1";
const PUBLISH_DOCUMENT: &str = "UPDATE documents SET published = TRUE, came = $2 WHERE id = $1";
const ADD_CHUNK: &str = "INSERT INTO chunks (blob, ordinal, bytes) VALUES ($1, $2, $3)";
const DROP_CHUNKS: &str = "DELETE FROM chunks WHERE blob = $1";
const ADD_NAME: &str = "INSERT INTO document_names (document, kind, value, ordinal)
    SELECT $1, $2, $3, counted.names
    FROM (SELECT count(*) AS names FROM document_names WHERE document = $1 AND kind = $2) counted
    WHERE counted.names < $4
    AND NOT EXISTS (SELECT 1 FROM document_names WHERE document = $1 AND kind = $2 AND value = $3)";
/// What is taken in again becomes what was taken in last.
const END_SNAPSHOT: &str = "DELETE FROM snapshots WHERE content = $1";
const ADD_SNAPSHOT: &str = "INSERT INTO snapshots (content, position, at, taken) VALUES ($1, $2, $3,
    (SELECT coalesce(max(taken), 0) + 1 FROM snapshots))";
const SNAPSHOT: &str = "SELECT content, position FROM snapshots WHERE content = $1";
const LAST_SNAPSHOT: &str = "SELECT content, position FROM snapshots ORDER BY taken DESC LIMIT 1";

/// What is asked often, for the tests of its plans.
#[cfg(test)]
pub(crate) fn frequent() -> Vec<String> {
    let reports = [ReportId::generate(), ReportId::generate()];
    let lists = [select_events(&reports, 9), select_reviews(&reports, 9)];
    let mut statements = vec![REPORTS.to_owned(), format!("SELECT {REVISION_COLUMNS}, {WHOLE}")];
    statements.extend(lists.map(|statement| statement.text.into_owned()));
    let came = crate::documents::select_came(&[gongkai_model::DocumentId::from_digest([1; 32])], Position(9));
    statements.push(came.text.into_owned());
    statements.extend([IN_DOCUMENT, SNAPSHOT, LAST_SNAPSHOT, FIND_DOCUMENT].map(str::to_owned));
    statements
}

/// A transaction in which reports are taken in.
pub(crate) trait ImportTransaction: SharedTransaction {
    /// The published report that is current, of the same body, scope and year: everything before [`SENT_HERE`], with the
    /// subject, the year, the scope, and the region's name and code.
    const SAME_KEYS: &'static str;

    /// Stores a revision as it was elsewhere, at the position that the last change got.
    fn add_taken(
        &mut self,
        info: &RevisionInfo,
        new: &NewRevision,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}

fn select_events(reports: &[ReportId], until: i64) -> Statement {
    let mut statement = Statement::new(format!("SELECT {EVENT_COLUMNS} FROM captures WHERE report IN ("));
    statement.push_list(reports).push(") AND position <= ").push_bind(until).push(ORDER);
    statement
}

fn select_reviews(reports: &[ReportId], until: i64) -> Statement {
    let mut statement = Statement::new(format!("SELECT {REVIEW_COLUMNS} FROM reviews WHERE report IN ("));
    statement.push_list(reports).push(") AND position <= ").push_bind(until).push(ORDER).push(", id");
    statement
}

/// What happened, by the rows of captures and of reviews.
fn events<R: Fields>(
    captures: &[R],
    reviews: &[R],
) -> Result<BTreeMap<ReportId, Vec<HistoryEvent>>, StoreError> {
    let mut found: BTreeMap<ReportId, Vec<HistoryEvent>> = BTreeMap::new();
    for row in captures {
        let is_review = row.number("is_review")? != 0;
        let event = HistoryEvent {
            position: Position(row.number("position")?),
            at: get_time(row, "at")?,
            revision: get_number(row, "revision")?,
            document: get_document(row, "document")?,
            part: get_number(row, "part")?,
            extractor_version: get_number(row, "extractor_version")?,
            order: if is_review { 0 } else { row.number("accepted")? },
            is_review,
            said: Vec::new(),
            ended: Vec::new(),
            base: match row.number_if_any("base")? {
                Some(_) => Some(get_number(row, "base")?),
                None => None,
            },
        };
        found.entry(get_report(row, "report")?).or_default().push(event);
    }
    for row in reviews {
        let report = get_report(row, "report")?;
        let id = ReviewId::from_uuid(Uuid::from_bytes(get_bytes(row, "id")?));
        if let Some(event) = event_at(&mut found, report, row.number("position")?) {
            event.said.push(review_from_bytes(id, row.bytes("bytes")?)?);
            event.at = get_time(row, "at")?;
        }
        if let Some(ended) = row.number_if_any("end_position")?
            && let Some(event) = event_at(&mut found, report, ended)
        {
            event.ended.push((id, get_code(row, "end_cause")?));
            event.at = get_time(row, "end_at")?;
        }
    }
    Ok(found)
}

/// What happened to a report at a position.
fn event_at(
    found: &mut BTreeMap<ReportId, Vec<HistoryEvent>>,
    report: ReportId,
    position: i64,
) -> Option<&mut HistoryEvent> {
    let events = found.get_mut(&report)?;
    let index = events.binary_search_by_key(&position, |event| event.position.0).ok()?;
    events.get_mut(index)
}

#[async_trait]
impl<S: Source> Histories for SqlStore<S> {
    async fn histories(
        &self,
        after: Option<ReportId>,
        until: Position,
        bounds: HistoryBounds,
    ) -> Result<Vec<ReportHistory>, StoreError> {
        let view = View::Reached(until);
        let behind = after.map(|after| after.key()).unwrap_or_default();
        let limit = bounds.reports.clamp(1, REPORTS_MAX);
        let find = Statement::new(REPORTS).bind(behind).bind(until.0).bind(limit);
        let rows = self.0.rows(view, find).await?;
        let reports: Vec<ReportId> =
            rows.iter().map(|row| get_report(row, "report")).collect::<Result<_, _>>()?;
        if reports.is_empty() {
            return Ok(Vec::new());
        }
        let captures = self.0.rows(view, select_events(&reports, until.0)).await?;
        let reviews = self.0.rows(view, select_reviews(&reports, until.0)).await?;
        let mut happened = events(&captures, &reviews)?;
        let (mut found, mut bytes) = (Vec::with_capacity(reports.len()), 0);
        for report in reports {
            if HISTORIES_BYTES < bytes {
                break;
            }
            let events = happened.remove(&report).unwrap_or_default();
            let revisions = match self.revisions_of(report, until, bounds.bytes).await {
                // It is told of when it is the first.
                Err(StoreError::HistoryTooLarge { .. }) if !found.is_empty() => break,
                revisions => revisions?,
            };
            let history = ReportHistory { report, revisions, events };
            bytes += usize::try_from(history.packed_bytes()).unwrap_or(usize::MAX);
            found.push(history);
        }
        Ok(found)
    }
}

impl<S: Source> SqlStore<S> {
    async fn revisions_of(
        &self,
        report: ReportId,
        until: Position,
        bytes_max: u64,
    ) -> Result<Vec<HistoryRevision>, StoreError> {
        let (mut found, mut bytes): (Vec<HistoryRevision>, u64) = (Vec::new(), 0);
        loop {
            let last = found.last().map_or(0, |last| last.info.revision);
            let find = Statement::new(format!("SELECT {REVISION_COLUMNS}, {WHOLE}"));
            let find = find.bind(&report).bind(last).bind(until.0).bind(REVISIONS_MAX as i64);
            let rows = self.0.rows(View::Reached(until), find).await?;
            for row in &rows {
                let packed = PackedReport {
                    layout: self.layout(LayoutId(get_bytes(row, "layout")?)).await?,
                    figures: row.bytes("figures")?.to_vec(),
                    evidence: row.bytes("evidence")?.to_vec(),
                };
                bytes += (packed.figures.len() + packed.evidence.len()) as u64;
                found.push(HistoryRevision { info: crate::rows::revision(row)?, packed });
            }
            if bytes_max < bytes {
                return Err(StoreError::HistoryTooLarge { report, actual: bytes, max: bytes_max });
            }
            if rows.len() < REVISIONS_MAX {
                return Ok(found);
            }
        }
    }

    pub(crate) async fn find_snapshot(
        &self,
        content: Option<ContentDigest>,
    ) -> Result<Option<HeldSnapshot>, StoreError> {
        let find = match content {
            Some(content) => Statement::new(SNAPSHOT).bind(content.0.to_vec()),
            None => Statement::new(LAST_SNAPSHOT),
        };
        let row = self.row(View::Latest, find).await?;
        let held = |row: &S::Row| {
            Ok(HeldSnapshot {
                content: ContentDigest(get_bytes(row, "content")?),
                position: Position(row.number("position")?),
            })
        };
        row.as_ref().map(held).transpose()
    }
}

/// A document on its way in, with its upload, which was read back.
pub(crate) type Prepared = (NewDocument, Option<content::Prepared>);

/// Takes a report in with its documents: see `Imports::take_history`.
pub(crate) async fn take<T: ImportTransaction>(
    transaction: &mut T,
    new: &NewHistory,
    documents: &[Prepared],
) -> Result<Taken, StoreError> {
    let taken = take_history(transaction, new).await?;
    match taken {
        Taken::Kept(_) => {}
        Taken::Added | Taken::Extended | Taken::Unchanged => {
            for (document, prepared) in documents {
                take_document(transaction, document, prepared.as_ref()).await?;
            }
        }
    }
    Ok(taken)
}

async fn take_history<T: ImportTransaction>(
    transaction: &mut T,
    new: &NewHistory,
) -> Result<Taken, StoreError> {
    let history = new.history();
    let report = history.report;
    let find = Statement::new(format!("SELECT {REVISION_COLUMNS} {HERE}")).bind(&report);
    let rows = transaction.rows(find).await?;
    let infos: Vec<RevisionInfo> = rows.iter().map(crate::rows::revision).collect::<Result<_, _>>()?;
    let mut here = Vec::new();
    let known = if infos.is_empty() {
        0
    } else {
        let captures = transaction.rows(select_events(&[report], i64::MAX)).await?;
        let reviews = transaction.rows(select_reviews(&[report], i64::MAX)).await?;
        here = events(&captures, &reviews)?.remove(&report).unwrap_or_default();
        let is_published = infos.iter().all(|info| info.purpose == Purpose::Published);
        match history.known_events(&infos, &here).filter(|_| is_published) {
            Some(known) => known,
            None => return Ok(Taken::Kept(Kept::Diverged)),
        }
    };
    if known == history.events.len() {
        return Ok(Taken::Unchanged);
    }
    if let Some(kept) = in_the_way(transaction, new, known).await? {
        return Ok(Taken::Kept(kept));
    }
    // What was sent later must stay later, also beside what is sent here from now on.
    let mut orders = ReportHistory::ranks(&history.events);
    orders.values_mut().for_each(|order| *order = transaction.next_position());
    let mut moved: BTreeMap<i64, i64> = BTreeMap::new();
    for (ours, theirs) in here.iter().zip(&history.events).filter(|(ours, _)| !ours.is_review) {
        moved.insert(ours.order, orders.get(&theirs.order).copied().unwrap_or_default());
    }
    for (before, after) in moved {
        transaction.rows(Statement::new(REORDER).bind(&report).bind(before).bind(after)).await?;
    }
    let mut latest = u32::try_from(infos.len()).unwrap_or(u32::MAX);
    for (event, base) in new.events().skip(known) {
        let position = transaction.next_position();
        if latest < event.revision {
            let (info, revision) = new
                .revision(event.revision)
                .ok_or_else(|| StoreError::corrupt(report.to_string(), "a revision of it is not there"))?;
            transaction.add_taken(info, revision).await?;
            latest = event.revision;
        }
        let order = orders.get(&event.order).copied().filter(|_| !event.is_review).unwrap_or_default();
        happen(transaction, report, event, base, (position, order)).await?;
        if event.is_review {
            set_overlay(transaction, report, event.overlay(None, base)).await?;
        }
        transaction.settle(report, position).await?;
    }
    Ok(if known == 0 { Taken::Added } else { Taken::Extended })
}

async fn happen<T: ImportTransaction>(
    transaction: &mut T,
    report: ReportId,
    event: &HistoryEvent,
    base: u32,
    (position, order): (i64, i64),
) -> Result<(), StoreError> {
    for said in &event.said {
        let add = Statement::new(TAKE_REVIEW).bind(&said.id).bind(&report);
        let add = add.bind(review_to_bytes(said)).bind(event.at.micros()).bind(position);
        if transaction.rows(add).await?.is_empty() {
            let rows = transaction.rows(Statement::new(REVIEWED).bind(&said.id)).await?;
            let here = rows.first().map(|row| get_report(row, "report")).transpose()?.unwrap_or(report);
            return Err(StoreError::ReviewConflict { report, review: said.id, here });
        }
    }
    for (id, cause) in &event.ended {
        let end = Statement::new(END_REVIEW).bind(id).bind(&report).bind(i64::from(cause.code()));
        transaction.rows(end.bind(event.at.micros()).bind(position)).await?;
    }
    let now = transaction.now().micros();
    let add = Statement::new(ADD_EVENT)
        .bind(&report)
        .bind(event.revision)
        .bind(&event.document)
        .bind(event.part)
        .bind(order)
        .bind(event.extractor_version)
        .bind(position)
        .bind(now)
        .bind(i64::from(event.is_review))
        .bind(event.is_review.then_some(i64::from(base)));
    transaction.rows(add).await?;
    Ok(())
}

async fn set_overlay<T: ImportTransaction>(
    transaction: &mut T,
    report: ReportId,
    overlay: Option<Overlay>,
) -> Result<(), StoreError> {
    let set = match overlay {
        None => Statement::new(END_OVERLAY).bind(&report),
        Some(Overlay { base, revision }) => {
            let set = Statement::new(SET_OVERLAY).bind(&report).bind(code(Purpose::Published));
            set.bind(i64::from(base)).bind(i64::from(revision))
        }
    };
    transaction.rows(set).await?;
    Ok(())
}

/// Another report that is here instead of what happened after the first `known` events.
async fn in_the_way<T: ImportTransaction>(
    transaction: &mut T,
    new: &NewHistory,
    known: usize,
) -> Result<Option<Kept>, StoreError> {
    let history = new.history();
    let events = &history.events;
    for event in events.iter().skip(known).filter(|event| !event.is_review) {
        let find = Statement::new(IN_DOCUMENT).bind(&event.document).bind(event.part).bind(&history.report);
        if let Some(row) = transaction.rows(find).await?.first() {
            return Ok(Some(Kept::SameDocument(get_report(row, "report")?)));
        }
    }
    let last = events.last().and_then(|event| new.revision(event.revision));
    let Some(keys) = last.map(|(_, last)| last.keys()).filter(|keys| keys.identify()) else {
        return Ok(None);
    };
    let find = Statement::new(format!("{}{SENT_HERE}", T::SAME_KEYS))
        .bind(&*keys.subject)
        .bind(year(keys.year))
        .bind(code(keys.scope))
        .bind(&*keys.region_name)
        .bind(&*keys.region_code)
        .bind(&history.report);
    let rows = transaction.rows(find).await?;
    rows.first().map(|row| get_report(row, "report").map(Kept::SameReport)).transpose()
}

/// Makes an upload a document, and adds the names under which it is known there.
async fn take_document<T: SharedTransaction>(
    transaction: &mut T,
    document: &NewDocument,
    prepared: Option<&content::Prepared>,
) -> Result<(), StoreError> {
    let NewDocument { info, upload } = document;
    if let (Some(id), Some(prepared)) = (upload, prepared) {
        add_document(transaction, *id, prepared, info).await?;
    }
    let rows = transaction.rows(Statement::new(FIND_DOCUMENT).bind(&info.id)).await?;
    let Some(row) = rows.first() else { return Ok(()) };
    if !row.truth("published")? {
        let publish = Statement::new(PUBLISH_DOCUMENT).bind(&info.id).bind(transaction.next_position());
        transaction.rows(publish).await?;
    }
    let (of_files, of_sources) = kinds(Purpose::Published);
    for (kind, values) in [(of_files, &info.names), (of_sources, &info.sources)] {
        for value in values.iter().filter(|value| !value.is_empty()) {
            let add = Statement::new(ADD_NAME).bind(&info.id).bind(kind).bind(value.as_str());
            transaction.rows(add.bind(DocumentInfo::NAMES_MAX as i64)).await?;
        }
    }
    Ok(())
}

async fn add_document<T: SharedTransaction>(
    transaction: &mut T,
    id: StagingId,
    document: &content::Prepared,
    info: &DocumentInfo,
) -> Result<(), StoreError> {
    if document.id != info.id {
        return Err(StoreError::corrupt(info.id.to_string(), "its bytes are others"));
    }
    let rows = transaction.rows(Statement::new(FIND_UPLOAD).bind(&id)).await?;
    let row = rows.first().ok_or_else(|| no_upload(id))?;
    if get_number::<u64>(row, "bytes")? != document.bytes {
        return Err(StoreError::Unavailable("the upload has grown while it was taken".into()));
    }
    let blob = row.number("blob")?;
    transaction.rows(Statement::new(END_UPLOAD).bind(&id)).await?;
    let add = Statement::new(ADD_DOCUMENT)
        .bind(&info.id)
        .bind(blob)
        .bind(document.bytes.cast_signed())
        .bind(&*info.media_type)
        .bind(info.received_at.micros());
    let rows = transaction.rows(add).await?;
    if rows.first().ok_or_else(|| no_upload(id))?.number("blob")? != blob {
        transaction.rows(Statement::new(DROP_CHUNKS).bind(blob)).await?;
        return Ok(());
    }
    let first = document.bytes.cast_signed() / CHUNK_BYTES as i64;
    for (ordinal, chunk) in (first..).zip(&document.chunks) {
        transaction.rows(Statement::new(ADD_CHUNK).bind(blob).bind(ordinal).bind(chunk.clone())).await?;
    }
    Ok(())
}

/// See `Imports::hold_snapshot`.
pub(crate) async fn hold_snapshot<T: SharedTransaction>(
    transaction: &mut T,
    snapshot: HeldSnapshot,
) -> Result<(), StoreError> {
    let content = || snapshot.content.0.to_vec();
    let now: Timestamp = transaction.now();
    transaction.rows(Statement::new(END_SNAPSHOT).bind(content())).await?;
    let add = Statement::new(ADD_SNAPSHOT).bind(content()).bind(snapshot.position.0).bind(now.micros());
    transaction.rows(add).await?;
    Ok(())
}
