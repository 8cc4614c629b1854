use super::{Capture, Contents, History, MemoryStore};
use crate::packed::{Cells, FindingKey, cells_of};
use crate::{
    BATCH_MAX, CHANGES_MAX, Cause, ChangePlace, Cursor, FindingQuery, Missing, NewRevision, ORDERED_MAX,
    Page, PageRequest, Position, ReadAt, ReportChange, ReportKey, ReportOrder, ReportQuery, ReportRevision,
    ReportSummary, Reports, RevisionInfo, SortField, SortKey, SortValue, StoreError, StoredFinding,
    StoredReport, Timestamp, compare,
};
use async_trait::async_trait;
use gongkai_filter::Direction;
use gongkai_model::{DocumentId, Purpose, ReportId};

#[async_trait]
impl Reports for MemoryStore {
    async fn report(&self, id: ReportId, at: ReadAt) -> Result<StoredReport, StoreError> {
        let contents = self.read();
        let history = contents.history(id, at.purpose)?;
        let (_, revision) = history.current_at(at).ok_or(StoreError::NotFound(Missing::Report(id)))?;
        history.stored(revision, at.as_of)
    }

    async fn reports_by_id(
        &self,
        ids: &[ReportId],
        at: ReadAt,
    ) -> Result<Vec<Option<StoredReport>>, StoreError> {
        check_batch(ids)?;
        let mut reports = Vec::with_capacity(ids.len());
        for id in ids {
            reports.push(match self.report(*id, at).await {
                Ok(report) => Some(report),
                Err(StoreError::NotFound(_)) => None,
                Err(error) => return Err(error),
            });
        }
        Ok(reports)
    }

    async fn report_revision(
        &self,
        id: ReportId,
        revision: u32,
        purpose: Purpose,
    ) -> Result<StoredReport, StoreError> {
        let contents = self.read();
        let history = contents.history(id, purpose)?;
        let revision = history.revision(revision).ok_or(StoreError::NotFound(Missing::Report(id)))?;
        history.stored(revision, None)
    }

    async fn revisions(&self, id: ReportId, at: ReadAt) -> Result<Vec<RevisionInfo>, StoreError> {
        let contents = self.read();
        let revisions = contents.history(id, at.purpose)?.revisions.iter();
        let wanted = revisions.filter(|(info, new)| {
            at.as_of.is_none_or(|as_of| info.position <= as_of) && at.admits(new.keys().published)
        });
        let wanted: Vec<_> = wanted.map(|(info, _)| info.clone()).collect();
        match wanted.is_empty() {
            true => Err(StoreError::NotFound(Missing::Report(id))),
            false => Ok(wanted),
        }
    }

    async fn reports(
        &self,
        query: &ReportQuery,
        page: &PageRequest,
    ) -> Result<Page<ReportSummary>, StoreError> {
        self.read().list(query, page, |info, new| Ok(summary(info, new)))
    }

    async fn reports_with_cells(
        &self,
        query: &ReportQuery,
        page: &PageRequest,
        keys: &[String],
    ) -> Result<Page<(ReportSummary, Cells)>, StoreError> {
        self.read()
            .list(query, page, |info, new| Ok((summary(info, new), cells_of(&new.packed().unpack()?, keys))))
    }

    async fn ordered(
        &self,
        query: &ReportQuery,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<ReportId>, StoreError> {
        let size = limit.clamp(1, ORDERED_MAX) as usize;
        self.read().list_many(query, after.as_ref(), size, |info, _| Ok(info.report))
    }

    async fn summaries_with_cells(
        &self,
        ids: &[ReportId],
        keys: &[String],
        at: ReadAt,
    ) -> Result<Vec<Option<(ReportSummary, Cells)>>, StoreError> {
        check_batch(ids)?;
        let contents = self.read();
        let told = |id: &ReportId| {
            let history = contents.history(*id, at.purpose).ok();
            let current = history.and_then(|history| history.current_at(at));
            let told = current
                .map(|(_, (info, new))| Ok((summary(info, new), cells_of(&new.packed().unpack()?, keys))));
            told.transpose()
        };
        ids.iter().map(told).collect()
    }

    async fn resolve(&self, key: &ReportKey, at: ReadAt) -> Result<Vec<ReportId>, StoreError> {
        let contents = self.read();
        let found = contents.reports.iter().filter(|(_, history)| {
            history.purpose == at.purpose
                && history.current_at(at).is_some_and(|(_, (_, new))| {
                    let keys = new.keys();
                    keys.subject == key.subject
                        && keys.year == Some(key.year)
                        && key.scope.is_none_or(|scope| scope == keys.scope)
                })
        });
        Ok(found.map(|(id, _)| *id).collect())
    }

    async fn findings(
        &self,
        query: &FindingQuery,
        page: &PageRequest,
    ) -> Result<Page<StoredFinding>, StoreError> {
        let text = format!("findings {query:?}");
        let contents = self.read();
        let (snapshot, after) = contents.place(&text, query.at, page.cursor.as_ref())?;
        let size = page.size_clamped() as usize;
        let mut items = Vec::new();
        let mut last = None;
        for (id, history) in &contents.reports {
            let Some((_, (info, new))) = history.current_at(query.at.after(snapshot)) else { continue };
            if history.purpose != query.at.purpose
                || query.report.is_some_and(|report| report != *id)
                || !in_years(new.keys().year, query.year_min, query.year_max)
            {
                continue;
            }
            let tie = id.uuid().to_string();
            let wanted = new.findings().iter().filter(|key| {
                let place = (&tie, i64::from(key.ordinal));
                query.admits(key) && after.as_ref().is_none_or(|(rank, after)| (after, *rank) < place)
            });
            let wanted: Vec<_> = wanted.collect();
            if wanted.is_empty() {
                continue;
            }
            let findings = new.packed().unpack()?.findings;
            for key in wanted {
                if items.len() == size {
                    return Ok(Page { items, next: last });
                }
                last = Some(Cursor::after(&text, snapshot, i64::from(key.ordinal), &tie));
                items.push(StoredFinding {
                    revision: ReportRevision { report: *id, revision: info.revision },
                    year: new.keys().year,
                    finding: findings[key.ordinal as usize].clone(),
                });
            }
        }
        Ok(Page { items, next: None })
    }

    async fn report_changes(
        &self,
        purpose: Purpose,
        after: ChangePlace,
        until: Position,
        limit: u32,
    ) -> Result<Vec<ReportChange>, StoreError> {
        let contents = self.read();
        let mut changes = Vec::new();
        for (id, history) in contents.reports.iter().filter(|(_, history)| history.purpose == purpose) {
            let mut previous = None;
            for current in &history.currents {
                let is_behind = match after.report {
                    Some(report) => (after.position, report) < (current.from, *id),
                    None => after.position < current.from,
                };
                if let Some((info, new)) = history.revision(current.revision).filter(|_| is_behind)
                    && current.from <= until
                {
                    let position = current.from;
                    changes.push(ReportChange { position, previous, current: summary(info, new) });
                }
                previous = Some(current.revision);
            }
        }
        changes.sort_unstable_by_key(|change| (change.position, change.current.info.report));
        changes.truncate(limit.min(CHANGES_MAX) as usize);
        Ok(changes)
    }

    async fn position_at(&self, time: Timestamp) -> Result<Position, StoreError> {
        let contents = self.read();
        let captures = contents.reports.values().flat_map(|history| &history.captures);
        let until = captures.filter(|capture| capture.at <= time);
        Ok(until.map(|capture| capture.position).max().unwrap_or_default())
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

impl Contents {
    fn history(&self, id: ReportId, purpose: Purpose) -> Result<&History, StoreError> {
        let history = self.reports.get(&id).filter(|history| history.purpose == purpose);
        history.ok_or(StoreError::NotFound(Missing::Report(id)))
    }

    /// A page of the reports of a query, each made into an item.
    fn list<T>(
        &self,
        query: &ReportQuery,
        page: &PageRequest,
        item: impl Fn(&RevisionInfo, &NewRevision) -> Result<T, StoreError>,
    ) -> Result<Page<T>, StoreError> {
        self.list_many(query, page.cursor.as_ref(), page.size_clamped() as usize, item)
    }

    /// The same, of any size.
    fn list_many<T>(
        &self,
        query: &ReportQuery,
        cursor: Option<&Cursor>,
        size: usize,
        item: impl Fn(&RevisionInfo, &NewRevision) -> Result<T, StoreError>,
    ) -> Result<Page<T>, StoreError> {
        let text = query.words();
        let (snapshot, after) = self.place(&text, query.at, cursor)?;
        // Behind the fields of the order stands what tells equal ones apart, at last the report.
        let (field, direction) = match query.order {
            ReportOrder::Changed => (SortField::Position, Direction::Ascending),
            ReportOrder::ChangedLast => (SortField::Position, Direction::Descending),
            ReportOrder::Year => (SortField::Year, Direction::Ascending),
            ReportOrder::YearLast => (SortField::Year, Direction::Descending),
        };
        let last = SortKey { field, direction };
        let keys: Vec<SortKey> = query.sort.iter().copied().chain([last]).collect();
        let mut rows = Vec::new();
        for (id, history) in &self.reports {
            let Some((current, (info, new))) = history.current_at(query.at.after(snapshot)) else { continue };
            let summary = summary(info, new);
            if history.purpose == query.at.purpose
                && query.filter.as_ref().is_none_or(|filter| filter.admits(&summary))
            {
                let place: Vec<_> = keys.iter().map(|key| key.field.value(current.from, &summary)).collect();
                // A cursor has a number: where nothing else is sorted by, that of the order.
                let rank = match (query.sort.as_slice(), place.last()) {
                    ([], Some(SortValue::Number(rank))) => *rank,
                    _ => current.from.0,
                };
                rows.push(((place, id.uuid().to_string()), rank, info, new));
            }
        }
        rows.sort_unstable_by(|(a, ..), (b, ..)| compare(&keys, &a.0, &b.0).then_with(|| a.1.cmp(&b.1)));
        if let Some((rank, tie)) = after {
            let last = rows.iter().position(|((_, id), of, ..)| *id == tie && *of == rank);
            rows.drain(..=last.ok_or(StoreError::CursorInvalid)?);
        }
        let more = size < rows.len();
        rows.truncate(size);
        let next = rows.last().filter(|_| more);
        Ok(Page {
            next: next.map(|((_, tie), rank, ..)| Cursor::after(&text, snapshot, *rank, tie)),
            items: rows.into_iter().map(|(_, _, info, new)| item(info, new)).collect::<Result<_, _>>()?,
        })
    }

    /// The snapshot that a page shows, and the item after which it begins.
    fn place(
        &self,
        query: &str,
        at: ReadAt,
        cursor: Option<&Cursor>,
    ) -> Result<(Position, Option<(i64, String)>), StoreError> {
        Ok(match cursor {
            Some(cursor) => {
                let (snapshot, rank, tie) = cursor.read(query)?;
                (snapshot, Some((rank, tie.to_owned())))
            }
            None => (at.as_of.unwrap_or(self.position), None),
        })
    }
}

impl History {
    fn stored(
        &self,
        (info, new): &(RevisionInfo, NewRevision),
        as_of: Option<Position>,
    ) -> Result<StoredReport, StoreError> {
        let mut renditions: Vec<DocumentId> = Vec::new();
        // A corrected revision was found in the documents of the one beneath it.
        let of_reviews = self.captures.iter().filter(|it| it.is_review && it.revision == info.revision);
        let beneath: Vec<u32> = of_reviews
            .flat_map(|review| {
                let same = |it: &&Capture| {
                    !it.is_review
                        && (it.document, it.extractor_version) == (review.document, review.extractor_version)
                };
                self.captures.iter().filter(same).map(|capture| capture.revision)
            })
            .collect();
        for capture in self.captures.iter().filter(|capture| !capture.is_review) {
            if (capture.revision == info.revision
                || (info.cause == Cause::Amended && beneath.contains(&capture.revision)))
                && as_of.is_none_or(|as_of| capture.position <= as_of)
                && !renditions.contains(&capture.document)
            {
                renditions.push(capture.document);
            }
        }
        Ok(StoredReport { info: info.clone(), renditions, report: new.packed().unpack()? })
    }
}

impl FindingQuery {
    fn admits(&self, finding: &FindingKey) -> bool {
        self.rule.as_ref().is_none_or(|rule| **rule == *finding.rule)
            && self.outcome.is_none_or(|outcome| outcome == finding.outcome)
            && self.severity_min.is_none_or(|severity| severity <= finding.severity)
    }
}

/// Whether a year lies within bounds; an unknown one lies within none.
fn in_years(year: Option<u16>, min: Option<u16>, max: Option<u16>) -> bool {
    min.is_none_or(|min| year.is_some_and(|year| min <= year))
        && max.is_none_or(|max| year.is_some_and(|year| year <= max))
}

pub(super) fn summary(info: &RevisionInfo, new: &NewRevision) -> ReportSummary {
    ReportSummary {
        info: info.clone(),
        keys: new.keys().clone(),
        findings_failing: new.findings_failing(),
        figures_undetermined: new.figures_undetermined(),
    }
}
