use gongkai_model::{BatchId, DocumentId, ReportId, ReviewId, SubmissionId, SubmissionState};
use std::time::Duration;

use crate::{ItemName, StagingId};

/// The cause of a store's failure, whatever the engine.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What went wrong in a store, by what the caller can do about it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Worth another try: the store could not be reached, was busy for too long, or is out of space. Whether a
    /// write took effect is unknown; every write may be tried again safely.
    #[error("store is unavailable")]
    Unavailable(#[source] BoxError),
    /// Not worth another try before whoever runs the system has mended something: the database does not let this service do
    /// it, or is not what this version needs. Nothing was changed.
    #[error("store refuses what it is asked for")]
    Refused(#[source] BoxError),
    /// Worth another try later: too much waits to be announced already.
    #[error("too many submissions are waiting, try again in {} s", retry_after.as_secs())]
    Overloaded {
        /// When to come back.
        retry_after: Duration,
    },
    /// The request id was used within its time of validity for another request.
    #[error("request id `{request_id}` was used for another request")]
    RequestIdConflict {
        /// The id.
        request_id: String,
    },
    /// The key was used in its batch for another item.
    #[error("the key `{}` of {} was used for another item", item.key, item.batch)]
    ItemConflict {
        /// The item.
        item: ItemName,
    },
    /// The lease is no longer the caller's: it ran out and someone else has taken over, or the submission was
    /// cancelled or completed. The result was not applied.
    #[error("the attempt on {submission} has been taken over")]
    Fenced {
        /// The submission whose attempt it was.
        submission: SubmissionId,
    },
    /// Another revision of the report has become current. Nothing was changed; look at it, and decide again.
    #[error("revision {current} of {report} is current")]
    Superseded {
        /// The report.
        report: ReportId,
        /// The revision that is current.
        current: u32,
    },
    /// A review of a report that is to be taken in has the name of one that was said here of another report. Nothing was changed.
    #[error("{review} of {report} is a review of {here} already")]
    ReviewConflict {
        /// The report that is to be taken in.
        report: ReportId,
        /// The review.
        review: ReviewId,
        /// The report that it was said of here.
        here: ReportId,
    },
    /// More happened to a report than is carried to another store. What comes after it can be asked for.
    #[error("the history of {report} has {actual} bytes, at most {max} are carried")]
    HistoryTooLarge {
        /// The report.
        report: ReportId,
        /// Packed bytes that it has at least.
        actual: u64,
        /// The bound.
        max: u64,
    },
    /// Nothing more can happen to the submission in this epoch.
    #[error("{submission} is {} already", state.name())]
    AlreadyFinal {
        /// The submission.
        submission: SubmissionId,
        /// Its state.
        state: SubmissionState,
    },
    /// There is no such thing, or it cannot be seen by this read.
    #[error("{0} does not exist")]
    NotFound(Missing),
    /// An argument is beyond its stated bound.
    #[error("{what} is {actual}, at most {max} is allowed")]
    TooLarge {
        /// What is bounded, with its unit.
        what: &'static str,
        /// What was given.
        actual: u64,
        /// The bound.
        max: u64,
    },
    /// The page cursor is not one of this query's.
    #[error("the page cursor does not belong to this query")]
    CursorInvalid,
    /// Not worth another try: something stored does not make sense.
    #[error("stored {what} cannot be read back")]
    Corrupt {
        /// What it is about.
        what: String,
        /// Why it cannot be read.
        #[source]
        source: BoxError,
    },
    /// Not worth another try before whoever runs the system has mended something: what is stored of a report cannot be read back. No
    /// other report is concerned.
    #[error("what is stored of {report} cannot be read back")]
    Damaged {
        /// The report.
        report: ReportId,
        /// Why it cannot be read.
        #[source]
        source: BoxError,
    },
}

impl StoreError {
    /// The same, where something stored does not make sense of which a report consists. For engines.
    #[must_use]
    pub fn of_report(self, report: ReportId) -> Self {
        match self {
            Self::Corrupt { .. } => Self::Damaged { report, source: Box::new(self) },
            other => other,
        }
    }

    /// A stored `what` that does not make sense.
    pub fn corrupt(what: impl Into<String>, source: impl Into<BoxError>) -> Self {
        Self::Corrupt { what: what.into(), source: source.into() }
    }
}

/// What was asked for and is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// A submission.
    Submission(SubmissionId),
    /// A document.
    Document(DocumentId),
    /// A report.
    Report(ReportId),
    /// A batch.
    Batch(BatchId),
    /// An upload; perhaps it was abandoned for too long.
    Staging(StagingId),
}

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Submission(id) => id.fmt(f),
            Self::Document(id) => id.fmt(f),
            Self::Report(id) => id.fmt(f),
            Self::Batch(id) => id.fmt(f),
            Self::Staging(id) => id.fmt(f),
        }
    }
}
