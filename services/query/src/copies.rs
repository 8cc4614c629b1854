//! Reports with the same words: candidates by the index, template text by other divisions' reports, and passages letter by letter.

mod compared;
#[cfg(test)]
mod tests;
mod told;

use crate::convert;
use crate::page_token::Place;
use crate::service::Handler;
use compared::{Compared, Own};
use gongkai_filter::{Comparison, Filter, Operand, Target};
use gongkai_model::ReportId;
use gongkai_serve::{fields, to_status};
use gongkai_store::{
    Cursor, PageRequest, Position, ReadAt, ReportField, ReportKeys, ReportQuery, Sharing, StoredReport,
};
use gongkai_wire::{CHUNK_BYTES_MAX, ErrorReason, MESSAGE_BYTES_MAX, v1};
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
/// Calls that compare at the same time. Each has its own record in memory, one other, and the passages of its page.
pub(crate) const COMPARISONS_MAX: usize = 4;
pub(crate) const RETRY_AFTER: Duration = Duration::from_secs(5);
/// How long a page is made, places in documents apart; and how much of it may be spent on asking for template text. What is under
/// way is finished, and one report is compared in any case.
const PAGE_TIME: Duration = Duration::from_secs(2);
const TEMPLATE_TIME: Duration = Duration::from_secs(1);
/// Bytes of passages that a page has in memory; those of one report may be more.
const WORDS_BYTES_MAX: usize = 4 << 20;
/// Reports of the year before: of several scopes, or whatever else a publisher has kept apart.
const NAMESAKES_MAX: u32 = 16;

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
    let (mut page, next) = search.page(size as usize, &place).await?;
    page.next_page_token = next.map(|next| handler.token_key.seal(&of, &next)).unwrap_or_default();
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
        // All pages read the index as of the first, and ask the same reports for template text.
        let first = place.cursor.as_ref().map(FirstPage::read).transpose()?;
        let at = self.at.after(first.map_or(place.snapshot, |first| first.reached));
        let sharing =
            self.handler.search.sharing(&fingerprints, at).await.map_err(|error| to_status(&error))?;
        if first.is_some_and(|first| sharing.position < first.reached) {
            let message = "the index of searches is being made anew";
            return Err(ErrorReason::StoreUnavailable.retry(message, Duration::from_secs(30)));
        }
        let asked = first.map(|first| first.asked);
        let (own, asked, template_incomplete) = self.with_template(own, &sharing, asked).await?;
        let own = Arc::new(own);
        let candidates = match self.with {
            Some(with) => vec![with],
            None => self.candidates(&own, &sharing).await?,
        };
        let (compared, next) = self.some_compared(&own, &candidates, place.skip, size).await?;
        let places: Vec<usize> = compared.iter().map(|(place, _)| *place).collect();
        let compared = compared.into_iter().map(|(_, compared)| compared).collect();
        let mut copies = told::told(self.handler, &own, compared).await?;
        let beyond = beyond(&copies);
        copies.truncate(beyond);
        // What there is no room for comes with the next page.
        let next = places.get(beyond).copied().unwrap_or(next);
        let page = v1::ListCopiesResponse {
            copies,
            next_page_token: String::new(),
            own_letters: number(own.letters()),
            template_divisions: number(own.template_divisions()),
            position: sharing.position.0,
            revision: Some(revision),
            narrative_cut: own.is_cut,
            template_incomplete,
        };
        let first = FirstPage { reached: sharing.position, asked };
        let next = (next < candidates.len()).then(|| Place {
            snapshot: place.snapshot,
            cursor: Some(first.cursor()),
            skip: next,
        });
        Ok((page, next))
    }

    /// Candidates from one on that share what counts, with their places among the candidates, and which one comes next. As many as a
    /// page has, and as fit into its time and memory.
    async fn some_compared(
        &self,
        own: &Arc<Own>,
        candidates: &[ReportId],
        from: usize,
        size: usize,
    ) -> Result<(Vec<(usize, Compared)>, usize), Status> {
        let (mut compared, mut next, mut words) = (Vec::new(), from, 0);
        for id in candidates.iter().skip(from) {
            if let Some(found) = self.compared(own, *id).await? {
                words += found.words_bytes();
                compared.push((next, found));
            }
            next += 1;
            if compared.len() == size || WORDS_BYTES_MAX <= words || PAGE_TIME <= self.begun.elapsed() {
                break;
            }
        }
        Ok((compared, next))
    }

    async fn stored(&self, id: ReportId) -> Result<StoredReport, Status> {
        self.handler.reports.report(id, self.at).await.map_err(|error| to_status(&error))
    }

    /// Asks other divisions for template text: those that the first page has asked, on the first one as long as there is time. Gives
    /// how many were gone through, too, and whether there are more.
    async fn with_template(
        &self,
        mut own: Own,
        sharing: &Sharing,
        asked: Option<usize>,
    ) -> Result<(Own, usize, bool), Status> {
        let chosen = own.witnesses(sharing);
        for (gone, id) in chosen.iter().enumerate() {
            let is_enough = match asked {
                Some(asked) => asked <= gone,
                None => TEMPLATE_TIME <= self.begun.elapsed(),
            };
            if is_enough {
                return Ok((own, gone, true));
            }
            let record = self.handler.reports.records_by_id(&[*id], self.at).await;
            let record = record.map_err(|error| to_status(&error))?;
            let ask = move || {
                record.into_iter().flatten().for_each(|record| own.ask(&record));
                own
            };
            own = self.blocking(ask).await?;
        }
        Ok((own, chosen.len(), false))
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

    /// Reports of the same body for the year before, whatever their scope.
    async fn year_before(&self, keys: &ReportKeys) -> Result<Vec<ReportId>, Status> {
        let Some(year) = keys.year.and_then(|year| year.checked_sub(1)).filter(|_| keys.same_subject(keys))
        else {
            return Ok(Vec::new());
        };
        let is = |field, operand| Filter::Compare(Target { field, key: None }, Comparison::Equal, operand);
        let text = |field, text: &String| is(field, Operand::Text(text.clone()));
        let filter = Filter::All(vec![
            text(ReportField::Subject, &keys.subject),
            is(ReportField::Year, Operand::Integer(year.into())),
            match keys.region_code.is_empty() {
                true => text(ReportField::RegionName, &keys.region_name),
                false => text(ReportField::RegionCode, &keys.region_code),
            },
        ]);
        let query = ReportQuery { at: self.at, filter: Some(filter), ..ReportQuery::default() };
        let found = self.handler.reports.reports(&query, &PageRequest::first(NAMESAKES_MAX)).await;
        let found = found.map_err(|error| to_status(&error))?.items.into_iter();
        let mut found: Vec<ReportId> =
            found.filter(|it| it.keys.same_subject(keys)).map(|it| it.info.report).collect();
        found.sort_unstable();
        Ok(found)
    }

    /// What a candidate shares; none where that is nothing that counts. The one that was asked for is told whatever it shares.
    async fn compared(&self, own: &Arc<Own>, id: ReportId) -> Result<Option<Compared>, Status> {
        let stored = match self.with {
            Some(with) => Some(self.stored(with).await?),
            None => {
                let found = self.handler.reports.reports_by_id(&[id], self.at).await;
                found.map_err(|error| to_status(&error))?.into_iter().next().flatten()
            }
        };
        let Some(stored) = stored else { return Ok(None) };
        let (own, passages_max) = (own.clone(), self.passages_max);
        let compared = self.blocking(move || own.compare(stored, passages_max)).await?;
        Ok(Some(compared).filter(|compared| self.with.is_some() || 0 < compared.letters))
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

/// How many copies fit into a message, one at least.
fn beyond(copies: &[v1::Copy]) -> usize {
    let mut bytes = 0;
    let fits = |copy: &&v1::Copy| {
        // With the number of its field and its length.
        bytes += copy.encoded_len() + 8;
        bytes <= CHUNK_BYTES_MAX
    };
    copies.iter().take_while(fits).count().max(1).min(copies.len())
}

/// What further pages take over from the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FirstPage {
    /// How far the index was.
    reached: Position,
    /// How many of the reports that could be asked for template text were gone through.
    asked: usize,
}

impl FirstPage {
    fn cursor(self) -> Cursor {
        Cursor::from_text(format!("{:x}.{:x}", self.reached.0, self.asked))
    }

    fn read(cursor: &Cursor) -> Result<Self, Status> {
        // Tokens of a version before say only how far the index was: all were asked then.
        let text = cursor.as_str();
        let (reached, asked) =
            text.split_once('.').map_or((text, None), |(reached, asked)| (reached, Some(asked)));
        let reached = i64::from_str_radix(reached, 16).ok().map(Position);
        let asked = asked.map_or(Some(usize::MAX), |asked| usize::from_str_radix(asked, 16).ok());
        let first = reached.zip(asked).map(|(reached, asked)| Self { reached, asked });
        first.ok_or_else(|| {
            ErrorReason::InvalidPageToken.field("page_token", "it was not given out for this request")
        })
    }
}

fn number(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
