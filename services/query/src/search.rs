//! Reports by their words, with the passages and their places.

use crate::convert;
use crate::explanation::read_again;
use crate::filter::{self, Filters, Whole};
use crate::page_token::Place;
use crate::places::{Placed, places};
use crate::service::Handler;
use gongkai_model::{ReportId, Span};
use gongkai_pipeline::text_of;
use gongkai_search::{Limits, Part, Passage, Query};
use gongkai_serve::{fields, page_within, to_status};
use gongkai_store::{PageRequest, ReadAt, ReportOrder, SearchHit, SearchQuery};
use gongkai_wire::{ErrorReason, v1};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::time::Instant;
use tonic::{Code, Status};
use tracing::warn;

const PAGE_SIZE_DEFAULT: u32 = 20;
const PAGE_SIZE_MAX: u32 = 100;
const PASSAGES_DEFAULT: usize = 3;
const PASSAGES_MAX: usize = 10;
/// Records that are in memory at once.
const RECORDS_MAX: usize = 8;
/// Bytes of documents, and time, after which no more of them are read again for one page.
const PLACES_BYTES: usize = 16 << 20;
const PLACES_TIME: Duration = Duration::from_secs(2);

pub(crate) async fn search(
    handler: &Handler,
    request: v1::SearchReportsRequest,
) -> Result<v1::SearchReportsResponse, Status> {
    let size = match request.page_size {
        0 => PAGE_SIZE_DEFAULT,
        size => fields::page_size(size)?.min(PAGE_SIZE_MAX),
    };
    if request.query.is_empty() {
        return Err(fields::invalid("query", "it is needed"));
    }
    let words = Query::parse(&request.query, Limits::STANDARD)
        .map_err(|error| ErrorReason::InvalidFilter.field("query", error.to_string()))?;
    let filters = Filters::parse(&request.filter)
        .map_err(|error| ErrorReason::InvalidFilter.field("filter", error.to_string()))?;
    let order = match request.order_by.trim() {
        "" => ReportOrder::YearLast,
        order => {
            filter::search_order(order).map_err(|error| fields::invalid("order_by", error.to_string()))?
        }
    };
    let passages_max = match usize::try_from(request.passages_max) {
        Ok(0) => PASSAGES_DEFAULT,
        Ok(max) => max.min(PASSAGES_MAX),
        Err(_) => 0,
    };
    let purpose = fields::purpose("purpose", request.purpose)?;
    let published_until = fields::day("published_until", &request.published_until)?;
    let of = format!(
        "search {:?} {:?} {order:?} {passages_max} {purpose:?} {:?} {published_until:?}",
        request.query, request.filter, request.as_of
    );
    let is_first = request.page_token.is_empty();
    let place = handler.place(&of, &request.page_token, request.as_of).await?;
    let at = ReadAt { purpose, as_of: Some(place.snapshot), published_until };
    let query = SearchQuery { at, query: words, filter: filters.of_summaries.clone(), order, passages_max };

    let (query, of, filters, cursor) = (&query, of.as_str(), &filters, &place.cursor);
    page_within(size, |size| async move {
        let page = PageRequest { size, cursor: cursor.clone() };
        let page = handler.search.search(query, &page).await.map_err(|error| to_status(&error))?;
        let at = at.after(page.position);
        let hits = admitted(handler, filters, page.items, at).await?;
        let total_size =
            (is_first && page.next.is_none()).then(|| i32::try_from(hits.len()).unwrap_or(i32::MAX));
        let next = page.next.map(|cursor| Place { snapshot: page.position, cursor: Some(cursor), skip: 0 });
        Ok(v1::SearchReportsResponse {
            results: results(handler, hits, at).await?,
            next_page_token: next.map(|place| handler.token_key.seal(of, &place)).unwrap_or_default(),
            position: page.position.0,
            total_size,
        })
    })
    .await
}

/// Those of which a filter that looks at figures is true, too.
async fn admitted(
    handler: &Handler,
    filters: &Filters,
    hits: Vec<SearchHit>,
    at: ReadAt,
) -> Result<Vec<SearchHit>, Status> {
    let Some(filter) = &filters.of_records else { return Ok(hits) };
    let keys = filter::keys_of(filter);
    let ids: Vec<ReportId> = hits.iter().map(|hit| hit.report.info.report).collect();
    let cells = handler.reports.cells(&ids, &keys, at).await.map_err(|error| to_status(&error))?;
    let admitted = hits.into_iter().zip(cells).filter(|(hit, cells)| {
        cells.as_ref().is_some_and(|cells| filter.admits(&Whole { summary: &hit.report, keys: &keys, cells }))
    });
    Ok(admitted.map(|(hit, _)| hit).collect())
}

async fn results(
    handler: &Handler,
    hits: Vec<SearchHit>,
    at: ReadAt,
) -> Result<Vec<v1::SearchResult>, Status> {
    let mut reports = Vec::with_capacity(hits.len());
    for some in hits.chunks(RECORDS_MAX) {
        let ids: Vec<ReportId> = some.iter().map(|hit| hit.report.info.report).collect();
        let stored = handler.reports.reports_by_id(&ids, at).await.map_err(|error| to_status(&error))?;
        reports.extend(stored.into_iter().map(|stored| {
            let mut report = convert::report(&stored?, v1::ReportView::Basic);
            if let Some(revision) = &mut report.revision {
                revision.renditions.clear();
            }
            Some(report)
        }));
    }
    let mut results = Vec::with_capacity(hits.len());
    let reread = Reread::begin();
    for (hit, report) in hits.into_iter().zip(reports) {
        let Some(report) = report else { continue };
        let count = i32::try_from(hit.found.hits).unwrap_or(i32::MAX);
        let passages = hit.found.passages;
        let spans_left_out = !passages.is_empty() && reread.is_enough();
        let placed = if passages.is_empty() || spans_left_out {
            Vec::new()
        } else {
            match placed(handler, &hit.report.info, &passages, &reread).await {
                Ok(placed) => placed,
                Err(error) if error.code() == Code::Unavailable => return Err(error),
                // A report may have come here without its document, or be read no more: it is found all the same.
                Err(error) => {
                    let info = &hit.report.info;
                    warn!(report = %info.report, code = ?error.code(), "places of passages cannot be told");
                    Vec::new()
                }
            }
        };
        let passages = passages.iter().enumerate();
        let passages = passages.map(|(index, it)| passage(it, placed.get(index).and_then(Option::as_ref)));
        results.push(v1::SearchResult {
            report: Some(report),
            passages: passages.collect(),
            hits: count,
            spans_left_out,
        });
    }
    Ok(results)
}

/// How much was read again for one page.
#[derive(Clone)]
pub(crate) struct Reread {
    begun: Instant,
    pub(crate) bytes: Arc<AtomicUsize>,
}

impl Reread {
    pub(crate) fn begin() -> Self {
        Self { begun: Instant::now(), bytes: Arc::default() }
    }

    /// Whether nothing more is read. What is under way is read to its end, so one document goes beyond it at most.
    pub(crate) fn is_enough(&self) -> bool {
        PLACES_BYTES <= self.bytes.load(Ordering::Relaxed) || self.is_out_of_time()
    }

    pub(crate) fn is_out_of_time(&self) -> bool {
        PLACES_TIME <= self.begun.elapsed()
    }
}

/// Where passages of a revision stand in its document.
async fn placed(
    handler: &Handler,
    info: &gongkai_store::RevisionInfo,
    passages: &[Passage],
    reread: &Reread,
) -> Result<Vec<Option<Placed>>, Status> {
    let (passages, read) = (passages.to_vec(), reread.bytes.clone());
    let read = read_again(handler, info.document, move |bytes, hint, limits| {
        read.fetch_add(bytes.len(), Ordering::Relaxed);
        Ok(places(&text_of(bytes, hint, limits)?, &passages))
    });
    Ok(read.await?.unwrap_or_default())
}

fn passage(passage: &Passage, placed: Option<&Placed>) -> v1::Passage {
    let mut pieces = Vec::with_capacity(2 * passage.hits.len() + 1);
    let mut end = 0;
    let mut add = |range: std::ops::Range<usize>, is_hit, span: Option<&Span>| {
        let text = passage.text.get(range).unwrap_or_default();
        if !text.is_empty() {
            let span = span.map(v1::Span::from);
            pieces.push(v1::PassagePiece { text: text.to_owned(), is_hit, span });
        }
    };
    for (index, hit) in passage.hits.iter().enumerate() {
        add(end..hit.start, false, None);
        add(hit.clone(), true, placed.and_then(|placed| placed.hits.get(index)));
        end = hit.end;
    }
    add(end..passage.text.len(), false, None);
    v1::Passage {
        part: part(passage.part).into(),
        section: passage.section.clone(),
        pieces,
        span: placed.map(|placed| v1::Span::from(&placed.passage)),
    }
}

pub(crate) fn part(part: Part) -> v1::ReportPart {
    match part {
        Part::Title => v1::ReportPart::Title,
        Part::Preamble => v1::ReportPart::Preamble,
        Part::Heading => v1::ReportPart::Heading,
        Part::Section => v1::ReportPart::Section,
        Part::Problem => v1::ReportPart::Problem,
        Part::Improvement => v1::ReportPart::Improvement,
        Part::Statement => v1::ReportPart::Statement,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn documents_are_read_again_up_to_so_many_bytes_and_for_so_long() {
        let reread = Reread::begin();
        assert!(!reread.is_enough());
        reread.bytes.store(PLACES_BYTES - 1, Ordering::Relaxed);
        assert!(!reread.is_enough());
        reread.bytes.store(PLACES_BYTES, Ordering::Relaxed);
        assert!(reread.is_enough());
        let reread = Reread::begin();
        tokio::time::advance(PLACES_TIME - Duration::from_millis(1)).await;
        assert!(!reread.is_enough());
        tokio::time::advance(Duration::from_millis(1)).await;
        assert!(reread.is_enough());
    }
}
