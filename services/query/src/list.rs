//! Lists of reports, page by page.

#[cfg(test)]
mod tests;

use crate::convert;
use crate::filter::{self, Field, Filters, Order, Whole};
use crate::page_token::Place;
use crate::service::Handler;
use gongkai_filter::Filter;
use gongkai_model::ReportId;
use gongkai_serve::{fields, to_status};
use gongkai_store::{Cells, PageRequest, ReadAt, ReportQuery, ReportSummary, StoredReport};
use gongkai_wire::{CHUNK_BYTES_MAX, ErrorReason, v1};
use prost::Message;
use std::time::Duration;
use tokio::time::Instant;
use tonic::Status;

/// Reports that are looked at in one go where figures decide which ones are wanted, and how often in one call. A page may
/// then have fewer items than were asked for.
const SCAN_SIZE: u32 = 1000;
const SCANS_MAX: u32 = 20;
/// How long a page is made. What is under way is finished, and the page ends with what was found, even nothing.
const SCAN_TIME: Duration = Duration::from_secs(5);
/// Records that are in memory at once: in full view a few fill a message.
const LOAD_SIZE: usize = 16;

pub(crate) async fn list(
    handler: &Handler,
    request: v1::ListReportsRequest,
) -> Result<v1::ListReportsResponse, Status> {
    let size = fields::page_size(request.page_size)? as usize;
    let view = match fields::view("view", request.view)? {
        v1::ReportView::Unspecified => v1::ReportView::Basic,
        view => view,
    };
    let purpose = fields::purpose("purpose", request.purpose)?;
    let order =
        Order::parse(&request.order_by).map_err(|error| fields::invalid("order_by", error.to_string()))?;
    let filters = Filters::parse(&request.filter)
        .map_err(|error| ErrorReason::InvalidFilter.field("filter", error.to_string()))?;
    let published_until = fields::day("published_until", &request.published_until)?;
    let of = format!(
        "reports {:?} {} {purpose:?} {:?} {published_until:?}",
        request.filter,
        order.words(),
        request.as_of
    );
    let place = handler.place(&of, &request.page_token, request.as_of).await?;

    let at = ReadAt { purpose, as_of: Some(place.snapshot), published_until };
    let query = ReportQuery { at, filter: filters.of_summaries, sort: order.sort, order: order.rest };
    let begun = Instant::now();
    let mut listing = Listing { handler, at, view, size, begun, reports: Vec::new(), bytes: 0 };
    let next = match &filters.of_records {
        Some(filter) if !query.sort.is_empty() => listing.fill_ordered(&query, filter, place).await?,
        rest => listing.fill(&query, rest.as_ref(), place).await?,
    };
    Ok(v1::ListReportsResponse {
        reports: listing.reports,
        next_page_token: next.map(|place| handler.token_key.seal(&of, &place)).unwrap_or_default(),
    })
}

/// A page in the making.
struct Listing<'a> {
    handler: &'a Handler,
    at: ReadAt,
    view: v1::ReportView,
    size: usize,
    begun: Instant,
    reports: Vec<v1::Report>,
    bytes: usize,
}

impl Listing<'_> {
    /// Fills the page from `place` on, and tells where the next one begins.
    async fn fill(
        &mut self,
        query: &ReportQuery,
        rest: Option<&Filter<Field>>,
        mut place: Place,
    ) -> Result<Option<Place>, Status> {
        for _ in 0..SCANS_MAX {
            let is_scan = rest.is_some() || 0 < place.skip;
            let size = if is_scan { SCAN_SIZE } else { u32::try_from(self.size).unwrap_or(SCAN_SIZE) };
            let page = PageRequest { size, cursor: place.cursor.clone() };
            let page = self.handler.reports.reports(query, &page).await;
            let page = page.map_err(|error| to_status(&error))?;
            let left: Vec<(usize, &ReportSummary)> = (0..).zip(&page.items).skip(place.skip).collect();
            let wanted = match rest {
                None => left.into_iter().map(|(index, summary)| (index, summary.info.report)).collect(),
                Some(filter) => self.admitted(filter, &left).await?,
            };
            if let Some(skip) = self.add(&wanted).await? {
                return Ok(Some(Place { skip, ..place }));
            }
            let Some(next) = page.next else { return Ok(None) };
            place = Place { cursor: Some(next), skip: 0, ..place };
            if self.is_enough() {
                return Ok(Some(place));
            }
        }
        Ok(Some(place))
    }

    /// The same in an order that takes sorting, by figures: sorted once for all that is looked at.
    async fn fill_ordered(
        &mut self,
        query: &ReportQuery,
        filter: &Filter<Field>,
        place: Place,
    ) -> Result<Option<Place>, Status> {
        let ordered = self.handler.reports.ordered(query, place.cursor.clone(), SCANS_MAX * SCAN_SIZE).await;
        let ordered = ordered.map_err(|error| to_status(&error))?;
        let keys = filter::keys_of(filter);
        let left = ordered.items.get(place.skip..).unwrap_or_default();
        let mut skip = place.skip;
        for ids in left.chunks(SCAN_SIZE as usize) {
            let found = self.handler.reports.summaries_with_cells(ids, &keys, self.at).await;
            let found = found.map_err(|error| to_status(&error))?;
            let is_wanted = |(summary, cells): &(ReportSummary, Cells)| {
                query.filter.as_ref().is_none_or(|filter| filter.admits(summary))
                    && filter.admits(&Whole { summary, keys: &keys, cells })
            };
            let wanted = (skip..).zip(ids).zip(&found);
            let wanted = wanted.filter(|(_, found)| found.as_ref().is_some_and(is_wanted));
            let wanted: Vec<_> = wanted.map(|((index, id), _)| (index, *id)).collect();
            if let Some(skip) = self.add(&wanted).await? {
                return Ok(Some(Place { skip, ..place }));
            }
            skip += ids.len();
            if self.is_enough() && skip < ordered.items.len() {
                return Ok(Some(Place { skip, ..place }));
            }
        }
        Ok(ordered.next.map(|next| Place { cursor: Some(next), skip: 0, ..place }))
    }

    /// Whether the page ends here.
    fn is_enough(&self) -> bool {
        self.reports.len() == self.size || SCAN_TIME <= self.begun.elapsed()
    }

    /// Those of which a filter that looks at figures is true.
    async fn admitted(
        &self,
        filter: &Filter<Field>,
        summaries: &[(usize, &ReportSummary)],
    ) -> Result<Vec<(usize, ReportId)>, Status> {
        let ids: Vec<ReportId> = summaries.iter().map(|(_, summary)| summary.info.report).collect();
        let keys = filter::keys_of(filter);
        let cells = self.handler.reports.cells(&ids, &keys, self.at).await;
        let cells = cells.map_err(|error| to_status(&error))?;
        let is_admitted = |summary, cells: &Option<Cells>| {
            cells.as_ref().is_some_and(|cells| filter.admits(&Whole { summary, keys: &keys, cells }))
        };
        let admitted =
            summaries.iter().zip(&cells).filter(|((_, summary), cells)| is_admitted(summary, cells));
        Ok(admitted.map(|((index, summary), _)| (*index, summary.info.report)).collect())
    }

    /// Adds reports as long as there is room. Tells the index of the first one that had none.
    async fn add(&mut self, wanted: &[(usize, ReportId)]) -> Result<Option<usize>, Status> {
        for some in wanted.chunks(LOAD_SIZE) {
            let is_full = !self.reports.is_empty() && self.is_enough();
            if let (true, Some((index, _))) = (is_full, some.first()) {
                return Ok(Some(*index));
            }
            let room = self.size - self.reports.len();
            let ids: Vec<ReportId> = some.iter().take(room).map(|(_, id)| *id).collect();
            let loaded = self.handler.reports.reports_by_id(&ids, self.at).await;
            let loaded = loaded.map_err(|error| to_status(&error))?;
            for ((index, _), stored) in some.iter().zip(loaded) {
                let Some(stored) = stored else { continue };
                if !self.add_one(&stored)? {
                    return Ok(Some(*index));
                }
            }
            if let Some((index, _)) = some.get(ids.len()) {
                return Ok(Some(*index));
            }
        }
        Ok(None)
    }

    /// Adds a report, unless the message would become too large.
    fn add_one(&mut self, stored: &StoredReport) -> Result<bool, Status> {
        let mut report = convert::report(stored, self.view);
        if let Some(revision) = &mut report.revision {
            revision.renditions.clear();
        }
        let bytes = report.encoded_len();
        if CHUNK_BYTES_MAX < self.bytes + bytes {
            return match self.reports.is_empty() {
                true => Err(convert::too_large(stored.info.report)),
                false => Ok(false),
            };
        }
        self.bytes += bytes;
        self.reports.push(report);
        Ok(true)
    }
}
