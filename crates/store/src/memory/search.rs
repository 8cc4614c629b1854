use super::reports::summary;
use super::{Contents, MemoryStore};
use crate::{
    ChangePlace, Cursor, INDEX_MAX, Indexed, PageRequest, Position, ReadAt, ReportOrder, Search, SearchHit,
    SearchPage, SearchQuery, Sharer, Sharing, StoreError,
};
use async_trait::async_trait;
use gongkai_copies::{FINGERPRINTS_MAX, Fingerprint, Narrative, Shared};
use gongkai_model::ReportId;
use gongkai_search::Matcher;

/// The revisions that the index holds: here it is only told how far it is.
#[derive(Default)]
pub(super) struct Index {
    /// The last change that was taken in.
    place: (Position, Option<ReportId>),
    /// In the order in which they became current for the first time.
    revisions: Vec<(ReportId, u32)>,
}

#[async_trait]
impl Search for MemoryStore {
    async fn search(&self, query: &SearchQuery, page: &PageRequest) -> Result<SearchPage, StoreError> {
        self.read().search(query, page)
    }

    async fn sharing(&self, fingerprints: &[Fingerprint], at: ReadAt) -> Result<Sharing, StoreError> {
        self.read().sharing(fingerprints, at)
    }

    async fn index(&self, limit: u32) -> Result<Indexed, StoreError> {
        let mut contents = self.read();
        let changes = contents.changes_left(limit.min(INDEX_MAX) as usize);
        for (position, report, revision) in &changes {
            let index = &mut contents.index;
            index.place = (*position, Some(*report));
            if !index.revisions.contains(&(*report, *revision)) {
                index.revisions.push((*report, *revision));
            }
        }
        Ok(Indexed {
            changes: u32::try_from(changes.len()).unwrap_or(u32::MAX),
            is_overtaken: false,
            behind: 0,
            damaged: 0,
        })
    }
}

impl Contents {
    /// The first changes that the index has not.
    fn changes_left(&self, limit: usize) -> Vec<(Position, ReportId, u32)> {
        let place = ChangePlace { position: self.index.place.0, report: self.index.place.1 };
        let currents = self.reports.iter().flat_map(|(id, history)| {
            history.currents.iter().map(|current| (current.from, *id, current.revision))
        });
        let mut left: Vec<_> = currents
            .filter(|(position, report, _)| match place.report {
                Some(last) => (place.position, last) < (*position, *report),
                None => place.position < *position,
            })
            .collect();
        left.sort_unstable();
        left.truncate(limit);
        left
    }

    /// The latest position as of which the index is complete.
    fn reached(&self) -> Position {
        match self.changes_left(1).first() {
            Some((position, ..)) => Position(position.0 - 1),
            None => self.position,
        }
    }

    fn sharing(&self, fingerprints: &[Fingerprint], at: ReadAt) -> Result<Sharing, StoreError> {
        let reached = self.reached();
        let position = at.as_of.map_or(reached, |as_of| as_of.min(reached));
        let wanted = fingerprints.get(..FINGERPRINTS_MAX).unwrap_or(fingerprints);
        let mut held = Vec::new();
        for (number, (id, revision)) in (0_i64..).zip(&self.index.revisions) {
            // What counts are reports that say so now, each for its purpose: not drafts, and not how often they were read.
            let history = self.reports.get(id).filter(|history| history.purpose == at.purpose);
            let counted = ReadAt { published_until: None, ..at.after(position) };
            let current = history.and_then(|history| history.current_at(counted));
            let Some((_, (_, new))) = current.filter(|(current, _)| current.revision == *revision) else {
                continue;
            };
            let report = new.packed().unpack()?;
            let known = gongkai_copies::fingerprints(&Narrative::of(&report, new.keys().names()));
            held.extend(known.into_iter().filter(|it| wanted.contains(it)).map(|it| (it, number)));
        }
        let mut sharers = Vec::new();
        for Shared { number, rarity, fingerprints } in gongkai_copies::sharers(held) {
            let indexed = usize::try_from(number).ok().and_then(|number| self.index.revisions.get(number));
            let Some((id, revision)) = indexed else { continue };
            let history = self.reports.get(id).filter(|it| it.purpose == at.purpose);
            let current = history.and_then(|it| it.current_at(at.after(position)));
            if let Some((_, (info, new))) = current.filter(|(current, _)| current.revision == *revision) {
                sharers.push(Sharer { report: summary(info, new), rarity, fingerprints });
            }
        }
        Ok(Sharing { sharers, position })
    }

    fn search(&self, query: &SearchQuery, page: &PageRequest) -> Result<SearchPage, StoreError> {
        let text = query.words();
        let reached = self.reached();
        let (snapshot, after) = match &page.cursor {
            Some(cursor) => {
                let (snapshot, rank, tie) = cursor.read(&text)?;
                (snapshot, Some((rank, tie.parse::<i64>().map_err(|_| StoreError::CursorInvalid)?)))
            }
            None => (query.at.as_of.map_or(reached, |as_of| as_of.min(reached)), None),
        };
        let sign = match query.order {
            ReportOrder::Changed | ReportOrder::Year => 1,
            ReportOrder::ChangedLast | ReportOrder::YearLast => -1,
        };
        let matcher = Matcher::of(&query.query);
        let mut rows = Vec::new();
        for (number, (id, revision)) in (1_i64..).zip(&self.index.revisions) {
            let Some(history) = self.reports.get(id).filter(|it| it.purpose == query.at.purpose) else {
                continue;
            };
            let Some((_, (info, new))) = history
                .current_at(query.at.after(snapshot))
                .filter(|(current, _)| current.revision == *revision)
            else {
                continue;
            };
            let rank = match query.order {
                ReportOrder::Changed | ReportOrder::ChangedLast => 0,
                ReportOrder::Year | ReportOrder::YearLast => new.keys().year.map_or(-1, i64::from),
            };
            let place = (sign * rank, sign * number);
            let summary = summary(info, new);
            if after.is_some_and(|(rank, number)| place <= (sign * rank, sign * number))
                || !query.filter.as_ref().is_none_or(|filter| filter.admits(&summary))
            {
                continue;
            }
            if let Some(found) = matcher.found_in(&new.packed().unpack()?, query.passages_max) {
                rows.push((place, SearchHit { report: summary, found }));
            }
        }
        rows.sort_unstable_by_key(|(place, _)| *place);
        let size = page.size_clamped() as usize;
        let more = size < rows.len();
        rows.truncate(size);
        let last = rows.last().filter(|_| more);
        let next = last.map(|((rank, number), _)| {
            Cursor::after(&text, snapshot, sign * rank, &(sign * number).to_string())
        });
        Ok(SearchPage { items: rows.into_iter().map(|(_, hit)| hit).collect(), next, position: snapshot })
    }
}
