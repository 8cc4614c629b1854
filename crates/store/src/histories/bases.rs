//! Which revision lies beneath the corrections of a report, found in one pass over what happened to it.

use super::HistoryEvent;
use crate::{Cause, RevisionInfo};
use std::collections::{HashMap, HashSet};

/// For each event the revision beneath the corrections that stand after it, as it follows from revisions and reviews; 0 where no
/// review stands, for what is no review, and where nothing follows. Revisions stand in their order.
pub(super) fn that_follow<'r>(
    infos: impl Iterator<Item = &'r RevisionInfo>,
    events: &[HistoryEvent],
) -> Vec<u32> {
    let infos: Vec<&RevisionInfo> = infos.collect();
    // The revisions that were read from each place, in their order.
    let mut read: HashMap<_, Vec<u32>> = HashMap::new();
    for info in infos.iter().filter(|info| info.cause != Cause::Amended) {
        let place = (info.document, info.part, info.extractor_version);
        read.entry(place).or_default().push(info.revision);
    }
    let mut standing = HashSet::new();
    let mut bases = Vec::with_capacity(events.len());
    for event in events {
        standing.extend(event.said.iter().map(|said| said.id));
        for (id, _) in &event.ended {
            standing.remove(id);
        }
        if !event.is_review || standing.is_empty() {
            bases.push(0);
            continue;
        }
        let shown = infos.binary_search_by_key(&event.revision, |info| info.revision).ok();
        let is_amended =
            shown.and_then(|shown| infos.get(shown)).is_some_and(|it| it.cause == Cause::Amended);
        if !is_amended {
            bases.push(event.revision);
            continue;
        }
        // The same document may have been read again by the same parser, with another address: the last one was corrected.
        let place = (event.document, event.part, event.extractor_version);
        let read = read.get(&place).map(Vec::as_slice).unwrap_or_default();
        let before = read.partition_point(|revision| *revision < event.revision);
        bases.push(before.checked_sub(1).and_then(|last| read.get(last)).copied().unwrap_or_default());
    }
    bases
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::{Position, RecordDigest, Timestamp};
    use gongkai_model::{
        DocumentId, EndCause, FigureName, Opinion, Period, Portion, Purpose, ReportId, Review, ReviewId,
        Said, State,
    };
    use std::time::{Duration, Instant};

    fn info(revision: u32, cause: Cause, document: u8) -> RevisionInfo {
        RevisionInfo {
            report: ReportId::generate(),
            revision,
            cause,
            document: DocumentId::from_digest([document; 32]),
            part: 1,
            extractor_version: 1,
            digest: RecordDigest([0; 32]),
            purpose: Purpose::Published,
            recorded_at: Timestamp::from_micros(0),
            position: Position(revision.into()),
        }
    }

    fn event(revision: u32, document: u8, said: &[ReviewId], ended: &[ReviewId]) -> HistoryEvent {
        let says = Said { state: State::Blank, value: None, wording: String::new() };
        let figure = FigureName::new("requests.received.total", Period::ThisYear, Portion::All);
        let opinion = Opinion::Dispute { figure, beneath: says };
        let review = |id: &ReviewId| Review {
            id: *id,
            author: "甲".to_owned(),
            note: String::new(),
            opinion: opinion.clone(),
        };
        HistoryEvent {
            position: Position(revision.into()),
            at: Timestamp::from_micros(0),
            revision,
            document: DocumentId::from_digest([document; 32]),
            part: 1,
            extractor_version: 1,
            order: 0,
            is_review: true,
            said: said.iter().map(review).collect(),
            ended: ended.iter().map(|id| (*id, EndCause::Withdrawn)).collect(),
            base: None,
        }
    }

    #[test]
    fn the_last_reading_of_the_corrected_document_lies_beneath() {
        let causes = [
            (Cause::Received, 1),
            (Cause::Republished, 2),
            (Cause::Republished, 1),
            (Cause::Amended, 1),
            (Cause::Republished, 1),
            (Cause::Amended, 2),
        ];
        let infos: Vec<_> =
            (1..).zip(causes).map(|(number, (cause, from))| info(number, cause, from)).collect();
        let ids = [ReviewId::generate(), ReviewId::generate()];
        let reading = HistoryEvent { is_review: false, ..event(5, 1, &[], &[]) };
        let events = [
            event(4, 1, &ids[..1], &[]),
            reading,
            event(6, 2, &ids[1..], &ids[..1]),
            event(3, 1, &[], &[]),
            event(6, 2, &[], &ids[1..]),
            event(6, 7, &[ReviewId::generate()], &[]),
        ];
        assert_eq!(that_follow(infos.iter(), &events), [3, 0, 2, 3, 0, 0]);
    }

    /// As many as a hostile snapshot may have of one report, and looked at under the lock of the store.
    #[test]
    fn many_events_are_looked_at_once() {
        let infos: Vec<_> = (1..=30_000)
            .map(|number| info(number, if number == 1 { Cause::Received } else { Cause::Amended }, 1))
            .collect();
        let events: Vec<_> =
            (2..=30_000).map(|revision| event(revision, 1, &[ReviewId::generate()], &[])).collect();
        let begun = Instant::now();
        let bases = that_follow(infos.iter(), &events);
        assert!(bases.iter().all(|base| *base == 1) && bases.len() == events.len());
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    }
}
