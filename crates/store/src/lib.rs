//! What the store promises: narrow traits by need, their types and errors, an in-memory twin, the codec of packed
//! records, and the contract that every engine passes.
//!
//! Never speaks SQL and knows no engine. See `gongkai-store-sql` for those.

mod batches;
mod documents;
mod error;
mod histories;
mod intake;
mod ledger;
mod operations;
mod outbox;
mod page;
mod report_filter;
mod reports;
mod reviews;
mod search;
mod sort;
mod submissions;
mod time;

pub use batches::{
    Batch, BatchItem, BatchProgress, Batches, ITEM_KEY_BYTES_MAX, ItemFilter, ItemName, ItemOutcome,
    NewBatch, NewRefusal, Refusal,
};
pub use documents::{DocumentInfo, Documents};
pub use error::{BoxError, Missing, StoreError};
pub use histories::{
    ContentDigest, ContentDigester, HISTORIES_BYTES, HISTORY_BYTES_MAX, HeldSnapshot, Histories,
    HistoryBounds, HistoryError, HistoryEvent, HistoryProblem, HistoryRevision, Imports, Kept, NewDocument,
    NewHistory, ReportHistory, Taken, content_digests,
};
pub use intake::{
    Accepted, CHUNK_BYTES, Content, DOCUMENT_BYTES_MAX, Intake, Limits, NewSubmission, OVERLOAD_RETRY_AFTER,
    REQUEST_ID_VALIDITY, STAGING_PATIENCE, StagingId, Swept,
};
pub use ledger::{
    ATTEMPTS_MAX, Attempt, AttemptOutcome, Beginning, Completion, LEASE_EXPIRED, Lease, Ledger, NOT_KNOWN,
    NewFailure, Receipt, Standing, Worker,
};
pub use operations::{Census, Operations, PAUSE_DELAY, PAUSE_REASON_BYTES_MAX, Pause, Waiting};
pub use outbox::{Announcement, Backlog, Outbox};
pub use packed::{Cell, Cells, NewRevision};
pub use page::{Cursor, PAGE_SIZE_MAX, Page, PageRequest};
pub use report_filter::{
    FORM_NAMES, KIND_NAMES, RANK_NAMES, ReportField, SCOPE_NAMES, division_prefix, is_division_code,
    kind_name, rank_name, report_schema,
};
pub use reports::{
    BATCH_MAX, CHANGES_MAX, Cause, ChangePlace, FindingQuery, ORDERED_MAX, ReadAt, RecordDigest,
    ReportChange, ReportKey, ReportKeys, ReportOrder, ReportQuery, ReportSummary, Reports, RevisionInfo,
    StoredFinding, StoredReport,
};
pub use reviews::{
    Answered, Correction, Overlay, REVIEWS_MAX, ReviewChange, ReviewEnd, ReviewRequest, Reviewed, Reviews,
    StoredReview, last_review, review_from_bytes, review_to_bytes,
};
pub use search::{INDEX_MAX, Indexed, Narrowed, Search, SearchHit, SearchPage, SearchQuery, Sharer, Sharing};
pub use sort::{SORT_KEYS_MAX, SortField, SortKey, SortValue, compare};
pub use submissions::{
    Changes, Failure, REPLAY_MAX, Rejection, Replay, ReportRevision, Submission, SubmissionFilter,
    Submissions,
};
pub use time::{Clock, ManualClock, SystemClock, Timestamp};

pub mod codes;
pub mod compression;
#[cfg(any(test, feature = "contract"))]
pub mod contract;
pub mod memory;
pub mod packed;

/// A place in the order of all changes, as they were committed. The first change has position 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position(pub i64);

/// Everything a store does, for whoever wires a process together. What works with a store names the narrow trait
/// that it needs.
pub trait Store:
    Intake
    + Outbox
    + Ledger
    + Submissions
    + Batches
    + Reports
    + Documents
    + Operations
    + Reviews
    + Histories
    + Imports
    + Search
{
}

impl<T> Store for T where
    T: Intake
        + Outbox
        + Ledger
        + Submissions
        + Batches
        + Reports
        + Documents
        + Operations
        + Reviews
        + Search
        + Histories
        + Imports
        + ?Sized
{
}
