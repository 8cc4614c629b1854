//! A history that comes from elsewhere, held against what can have happened.

use super::{HistoryEvent, HistoryRevision, ReportHistory};
use crate::{Cause, NewRevision, REVIEWS_MAX, RevisionInfo, StoreError};
use gongkai_model::{DocumentId, ExtractorVersion, Purpose, ReportId, ReviewId};
use std::collections::HashSet;

/// A report that was looked at, to be taken in.
#[derive(Clone, Debug)]
pub struct NewHistory {
    history: ReportHistory,
    revisions: Vec<NewRevision>,
    bases: Vec<u32>,
}

/// Why a history cannot be taken in.
#[derive(Debug, thiserror::Error)]
#[error("the history of {report} makes no sense")]
pub struct HistoryError {
    /// The report.
    pub report: ReportId,
    /// What is wrong.
    #[source]
    pub problem: HistoryProblem,
}

/// What is wrong with a history.
#[derive(Debug, thiserror::Error)]
pub enum HistoryProblem {
    /// A record cannot be read.
    #[error("the record of revision {revision} cannot be read")]
    Record {
        /// Its revision.
        revision: u32,
        /// Why.
        #[source]
        source: StoreError,
    },
    /// A record is another one.
    #[error("the record of revision {revision} is not what its digest says")]
    OtherRecord {
        /// Its revision.
        revision: u32,
    },
    /// A record is of another part of a document, or was read by another extractor, than its revision.
    #[error("the record of revision {revision} was not read where, or by whom, its revision says")]
    OtherReading {
        /// Its revision.
        revision: u32,
    },
    /// Its revisions are not numbered in order, or are of another report.
    #[error("its revisions are not numbered in order")]
    Numbers,
    /// It is not published.
    #[error("it is a draft")]
    Draft,
    /// Its events do not stand in their order.
    #[error("its events are not in order")]
    Order,
    /// A revision is told of that is not there yet.
    #[error("an event tells of revision {revision} before it is there")]
    Early {
        /// The revision.
        revision: u32,
    },
    /// A reading has no place in the order of what was sent, or a review has one.
    #[error("an event has no place in the order of what was sent, or one too many")]
    Place,
    /// Nothing tells how a revision came to be.
    #[error("a revision was found nowhere")]
    FoundNowhere,
    /// A revision was found elsewhere than it says, or was put right without a review.
    #[error("revision {revision} did not come as it says")]
    OtherOrigin {
        /// The revision.
        revision: u32,
    },
    /// Nothing can be said of what is not there.
    #[error("it begins with a review")]
    BeginsWithReview,
    /// Something was said where a document was read.
    #[error("something was said or ended where a document was read")]
    SaidByReading,
    /// Two reviews have one name.
    #[error("{review} was said twice")]
    SaidTwice {
        /// The review.
        review: ReviewId,
    },
    /// The end of something that did not stand.
    #[error("{review} ended without standing")]
    EndedUnsaid {
        /// The review.
        review: ReviewId,
    },
    /// More reviews than a report may have.
    #[error("it has more than {REVIEWS_MAX} reviews")]
    TooManyReviews,
    /// The revision beneath corrections is none that they can have been put over.
    #[error("revision {base} cannot lie beneath the corrections of revision {revision}")]
    Base {
        /// The revision beneath.
        base: u32,
        /// The revision that is shown.
        revision: u32,
    },
}

impl NewHistory {
    /// Looks at a history that comes from elsewhere. Unpacks every record: work for a thread of its own.
    ///
    /// # Errors
    /// Where it makes no sense, or a record cannot be read or is not what the rest says of it.
    pub fn new(history: ReportHistory) -> Result<Self, HistoryError> {
        let report = history.report;
        Self::checked(history).map_err(|problem| HistoryError { report, problem })
    }

    fn checked(history: ReportHistory) -> Result<Self, HistoryProblem> {
        let revisions = records(&history)?;
        in_order(&history.events, revisions.len())?;
        origins(&history)?;
        let bases = history.bases();
        reviews(&history, &bases)?;
        Ok(Self { history, revisions, bases })
    }

    /// The history.
    pub fn history(&self) -> &ReportHistory {
        &self.history
    }

    /// One of its revisions, with all that it is found by.
    pub fn revision(&self, number: u32) -> Option<(&RevisionInfo, &NewRevision)> {
        let index = number.checked_sub(1)? as usize;
        Some((&self.history.revisions.get(index)?.info, self.revisions.get(index)?))
    }

    /// Its events, each with the revision beneath the corrections that stand after it: see [`ReportHistory::bases`].
    pub fn events(&self) -> impl Iterator<Item = (&HistoryEvent, u32)> {
        self.history.events.iter().zip(self.bases.iter().copied())
    }
}

/// Reads every record, and holds it against its revision.
fn records(history: &ReportHistory) -> Result<Vec<NewRevision>, HistoryProblem> {
    let mut revisions = Vec::with_capacity(history.revisions.len());
    for (number, HistoryRevision { info, packed }) in (1..).zip(&history.revisions) {
        let revision = info.revision;
        let new = NewRevision::of_packed(packed.clone())
            .map_err(|source| HistoryProblem::Record { revision, source })?;
        if revision != number || info.report != history.report {
            return Err(HistoryProblem::Numbers);
        }
        if new.digest() != info.digest {
            return Err(HistoryProblem::OtherRecord { revision });
        }
        if (new.part(), new.extractor_version()) != (info.part, info.extractor_version) {
            return Err(HistoryProblem::OtherReading { revision });
        }
        if info.purpose != Purpose::Published {
            return Err(HistoryProblem::Draft);
        }
        revisions.push(new);
    }
    Ok(revisions)
}

/// Whether events stand in their order, and tell of all revisions one after the other.
fn in_order(events: &[HistoryEvent], revisions: usize) -> Result<(), HistoryProblem> {
    if !events.is_sorted_by(|before, after| before.position < after.position) {
        return Err(HistoryProblem::Order);
    }
    if events.first().is_some_and(|first| first.is_review) {
        return Err(HistoryProblem::BeginsWithReview);
    }
    let mut known = 0;
    for event in events {
        if event.revision == 0 || known + 1 < event.revision {
            return Err(HistoryProblem::Early { revision: event.revision });
        }
        known = known.max(event.revision);
        if event.is_review == (0 < event.order) {
            return Err(HistoryProblem::Place);
        }
    }
    if known == 0 || known as usize != revisions {
        return Err(HistoryProblem::FoundNowhere);
    }
    Ok(())
}

/// Where a record was read, and by whom.
type Reading = (DocumentId, u32, ExtractorVersion);

fn reading_of(info: &RevisionInfo) -> Reading {
    (info.document, info.part, info.extractor_version)
}

fn reading_told(event: &HistoryEvent) -> Reading {
    (event.document, event.part, event.extractor_version)
}

/// Whether each revision came with an event that fits it: what was put right by a review, what was read by a reading.
fn origins(history: &ReportHistory) -> Result<(), HistoryProblem> {
    let mut known = 0;
    for event in &history.events {
        let revision = event.revision;
        if revision <= known {
            continue;
        }
        known = revision;
        let info = history.revisions.get(revision as usize - 1).map(|it| &it.info);
        let fits = |info: &RevisionInfo| {
            event.is_review == (info.cause == Cause::Amended) && reading_of(info) == reading_told(event)
        };
        if !info.is_some_and(fits) {
            return Err(HistoryProblem::OtherOrigin { revision });
        }
    }
    Ok(())
}

/// Whether what was said and ended makes sense, and lies on what it can lie on.
fn reviews(history: &ReportHistory, bases: &[u32]) -> Result<(), HistoryProblem> {
    let mut said: HashSet<ReviewId> = HashSet::new();
    let mut standing: HashSet<ReviewId> = HashSet::new();
    for (event, base) in history.events.iter().zip(bases.iter().copied()) {
        let says_nothing = event.said.is_empty() && event.ended.is_empty();
        if !(event.is_review || says_nothing) {
            return Err(HistoryProblem::SaidByReading);
        }
        for review in event.said.iter().map(|said| said.id) {
            if !said.insert(review) {
                return Err(HistoryProblem::SaidTwice { review });
            }
            standing.insert(review);
        }
        for (review, _) in &event.ended {
            if !standing.remove(review) {
                return Err(HistoryProblem::EndedUnsaid { review: *review });
            }
        }
        if event.is_review && !lies_on(history, event, base, !standing.is_empty()) {
            return Err(HistoryProblem::Base { base, revision: event.revision });
        }
    }
    if REVIEWS_MAX < said.len() {
        return Err(HistoryProblem::TooManyReviews);
    }
    Ok(())
}

/// Whether the revision that a review shows can lie on `base`, where something stands; nothing lies beneath where nothing does.
fn lies_on(history: &ReportHistory, event: &HistoryEvent, base: u32, stands: bool) -> bool {
    if !stands {
        return base == 0;
    }
    let info = |revision: u32| {
        let index = revision.checked_sub(1)? as usize;
        history.revisions.get(index).map(|revision| &revision.info)
    };
    let (Some(beneath), Some(shown)) = (info(base), info(event.revision)) else { return false };
    let is_read = beneath.cause != Cause::Amended;
    let is_shown = base == event.revision || (base < event.revision && shown.cause == Cause::Amended);
    is_read && is_shown && [beneath, shown].iter().all(|info| reading_of(info) == reading_told(event))
}
