//! Reports with the same words: candidates by the index, template text by other divisions' reports, and passages letter by letter.

mod compared;
mod told;

use crate::convert;
use crate::page_token::Place;
use crate::service::Handler;
use compared::{Compared, Own};
use gongkai_model::{Report, ReportId};
use gongkai_serve::{fields, page_within, to_status};
use gongkai_store::{Cursor, Position, ReadAt, ReportKey, ReportKeys, Sharing, StoredReport};
use gongkai_wire::{ErrorReason, MESSAGE_BYTES_MAX, v1};
use prost::Message as _;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tonic::Status;

const PAGE_SIZE_DEFAULT: u32 = 10;
const PAGE_SIZE_MAX: u32 = 50;
const PASSAGES_DEFAULT: usize = 5;
const PASSAGES_MAX: usize = 50;
/// How long candidates of one page are compared. What is under way is finished.
const COMPARING_TIME: Duration = Duration::from_secs(2);
/// Records that are in memory at once.
const TOGETHER: usize = 4;
/// Reports of the year before, for each body of its name.
const NAMESAKES_MAX: usize = 16;

pub(crate) async fn list(
    handler: &Handler,
    request: v1::ListCopiesRequest,
) -> Result<v1::ListCopiesResponse, Status> {
    let name = fields::report("name", &request.name)?;
    let with = match request.with.as_str() {
        "" => None,
        with => Some(fields::report("with", with)?),
    };
    if with == Some(name) {
        return Err(fields::invalid("with", "it is the report itself"));
    }
    let size = match request.page_size {
        0 => PAGE_SIZE_DEFAULT,
        size => fields::page_size(size)?.min(PAGE_SIZE_MAX),
    };
    let passages_max = match usize::try_from(request.passages_max) {
        Ok(0) => PASSAGES_DEFAULT,
        Ok(max) => max.min(PASSAGES_MAX),
        Err(_) => 0,
    };
    let purpose = fields::purpose("purpose", request.purpose)?;
    let published_until = fields::day("published_until", &request.published_until)?;
    let of =
        format!("copies {name} {with:?} {passages_max} {purpose:?} {:?} {published_until:?}", request.as_of);
    let place = handler.place(&of, &request.page_token, request.as_of).await?;
    let at = ReadAt { purpose, as_of: Some(place.snapshot), published_until };
    let search = Looking { handler, name, with, at, passages_max, begun: Instant::now() };
    let (search, of, place) = (&search, of.as_str(), &place);
    let page = page_within(size, |size| async move {
        let (mut page, next) = search.page(size as usize, place).await?;
        page.next_page_token = next.map(|next| handler.token_key.seal(of, &next)).unwrap_or_default();
        Ok(page)
    });
    let page = page.await?;
    match page.encoded_len() <= MESSAGE_BYTES_MAX {
        true => Ok(page),
        false => Err(convert::too_large(name)),
    }
}

/// What is asked.
struct Looking<'a> {
    handler: &'a Handler,
    name: ReportId,
    with: Option<ReportId>,
    at: ReadAt,
    passages_max: usize,
    begun: Instant,
}

impl Looking<'_> {
    /// A page of candidates from a place on, and where the next one begins; none where none is left.
    async fn page(
        &self,
        size: usize,
        place: &Place,
    ) -> Result<(v1::ListCopiesResponse, Option<Place>), Status> {
        let stored = self.stored(self.name).await?;
        let revision = convert::revision(&stored.info);
        let keys = ReportKeys::of(&stored.report);
        let (own, fingerprints) = self.blocking(move || Own::of(stored, keys)).await?;
        // All pages read the index as of the first: a cursor of it says how far it was.
        let reached = place.cursor.as_ref().map(reached).transpose()?;
        let at = self.at.after(reached.unwrap_or(place.snapshot));
        let sharing =
            self.handler.search.sharing(&fingerprints, at).await.map_err(|error| to_status(&error))?;
        if reached.is_some_and(|reached| sharing.position < reached) {
            let message = "the index of searches is being made anew";
            return Err(ErrorReason::StoreUnavailable.retry(message, Duration::from_secs(30)));
        }
        let own = Arc::new(self.with_template(own, &sharing).await?);
        let candidates = match self.with {
            Some(with) => vec![with],
            None => self.candidates(&own, &sharing).await?,
        };
        let mut compared: Vec<Compared> = Vec::new();
        let mut next = place.skip;
        while next < candidates.len() && compared.len() < size {
            let together = TOGETHER.min(size - compared.len());
            let some: Vec<ReportId> = candidates.iter().skip(next).take(together).copied().collect();
            next += some.len();
            compared.extend(self.compared(&own, &some).await?);
            if COMPARING_TIME <= self.begun.elapsed() {
                break;
            }
        }
        let page = v1::ListCopiesResponse {
            copies: told::told(self.handler, &own, compared).await?,
            next_page_token: String::new(),
            own_letters: number(own.letters()),
            template_divisions: number(own.template_divisions()),
            position: sharing.position.0,
            revision: Some(revision),
            narrative_cut: own.is_cut,
        };
        let next = (next < candidates.len()).then(|| Place {
            snapshot: place.snapshot,
            cursor: Some(Cursor::from_text(format!("{:x}", sharing.position.0))),
            skip: next,
        });
        Ok((page, next))
    }

    async fn stored(&self, id: ReportId) -> Result<StoredReport, Status> {
        self.handler.reports.report(id, self.at).await.map_err(|error| to_status(&error))
    }

    /// Asks other divisions for template text.
    async fn with_template(&self, mut own: Own, sharing: &Sharing) -> Result<Own, Status> {
        let asked = own.witnesses(sharing);
        for some in asked.chunks(TOGETHER) {
            let records = self.handler.reports.records_by_id(some, self.at).await;
            let records = records.map_err(|error| to_status(&error))?;
            own = self
                .blocking(move || {
                    records.into_iter().flatten().for_each(|record| own.ask(&record));
                    own
                })
                .await?;
        }
        Ok(own)
    }

    /// What is compared, in order: the year before, then whatever shares words that are no template text.
    async fn candidates(&self, own: &Arc<Own>, sharing: &Sharing) -> Result<Vec<ReportId>, Status> {
        let mut candidates = self.year_before(&own.keys).await?;
        let shared = own.clone();
        let sharers: Vec<_> = sharing
            .sharers
            .iter()
            .map(|it| (it.report.info.report, it.rarity, it.fingerprints.clone()))
            .collect();
        let likely = self.blocking(move || shared.likely(sharers)).await?;
        let known: HashSet<ReportId> = candidates.iter().copied().chain([self.name]).collect();
        candidates.extend(likely.into_iter().filter(|id| !known.contains(id)));
        Ok(candidates)
    }

    /// Reports of the same subject for the year before, whatever their scope.
    async fn year_before(&self, keys: &ReportKeys) -> Result<Vec<ReportId>, Status> {
        let Some(year) = keys.year.and_then(|year| year.checked_sub(1)).filter(|_| !keys.subject.is_empty())
        else {
            return Ok(Vec::new());
        };
        let key = ReportKey { subject: keys.subject.clone(), scope: None, year };
        let mut found =
            self.handler.reports.resolve(&key, self.at).await.map_err(|error| to_status(&error))?;
        found.sort_unstable();
        found.truncate(NAMESAKES_MAX);
        let records = self.handler.reports.records_by_id(&found, self.at).await;
        let records = records.map_err(|error| to_status(&error))?;
        let is_same = |record: &Option<Report>| {
            record.as_ref().is_some_and(|record| ReportKeys::of(record).same_subject(keys))
        };
        Ok(found.into_iter().zip(records).filter(|(_, record)| is_same(record)).map(|(id, _)| id).collect())
    }

    /// Those of some candidates that share what counts; the one that was asked for, whatever it shares.
    async fn compared(&self, own: &Arc<Own>, ids: &[ReportId]) -> Result<Vec<Compared>, Status> {
        let stored = match self.with {
            Some(with) => vec![Some(self.stored(with).await?)],
            None => {
                let found = self.handler.reports.reports_by_id(ids, self.at).await;
                found.map_err(|error| to_status(&error))?
            }
        };
        let (own, passages_max, is_asked_for) = (own.clone(), self.passages_max, self.with.is_some());
        self.blocking(move || {
            let all = stored.into_iter().flatten().map(|stored| own.compare(stored, passages_max));
            all.filter(|compared| is_asked_for || 0 < compared.letters).collect()
        })
        .await
    }

    /// Work for a thread of its own; as much at the same time as documents are read again.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Status> {
        let failed = |_| ErrorReason::Internal.status("narratives could not be compared");
        let seat = self.handler.readers.clone().acquire_owned().await;
        let seat = seat.map_err(|_| ErrorReason::Internal.status("there is nobody to compare narratives"))?;
        let working = tokio::task::spawn_blocking(move || {
            let _held = seat;
            work()
        });
        working.await.map_err(failed)
    }
}

/// How far the index was for the first page.
fn reached(cursor: &Cursor) -> Result<Position, Status> {
    let reached = i64::from_str_radix(cursor.as_str(), 16).map(Position);
    reached.map_err(|_| {
        ErrorReason::InvalidPageToken.field("page_token", "it was not given out for this request")
    })
}

fn number(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
