//! The registry of error reasons: what a client may act upon, besides the canonical code.

use std::collections::HashMap;
use std::time::Duration;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

/// The domain of all our error reasons in `google.rpc.ErrorInfo`.
pub const ERROR_DOMAIN: &str = "gongkai";

macro_rules! reasons {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal, $code:ident;)+) => {
        /// Why a call failed. Stable names: a reason once published keeps its meaning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ErrorReason {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl ErrorReason {
            /// Every reason.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// Its stable name.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// The canonical code that goes with it.
            pub fn code(self) -> Code {
                match self { $(Self::$variant => Code::$code,)+ }
            }

            /// What it means and what to do, as `docs/errors.md` says.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc),+).trim_ascii(),)+ }
            }
        }
    };
}

reasons! {
    /// A field of the request makes no sense; `BadRequest` names it. Mend the request.
    InvalidField = "INVALID_FIELD", InvalidArgument;
    /// The filter cannot be read; the message names the column. Mend the filter.
    InvalidFilter = "INVALID_FILTER", InvalidArgument;
    /// A body in JSON is not the request; the message names the field, or the place. Mend the body.
    InvalidJson = "INVALID_JSON", InvalidArgument;
    /// HTTP is spoken otherwise than the server speaks it: another verb, media type, compression; the message tells which.
    UnsupportedProtocol = "UNSUPPORTED_PROTOCOL", InvalidArgument;
    /// The page token was not given out here, or for another query. Begin again without one.
    InvalidPageToken = "INVALID_PAGE_TOKEN", InvalidArgument;
    /// The document has no bytes. Nothing was accepted.
    EmptyDocument = "EMPTY_DOCUMENT", InvalidArgument;
    /// The document has more bytes than are taken: `bytes_max` in the metadata. Nothing was accepted.
    DocumentTooLarge = "DOCUMENT_TOO_LARGE", InvalidArgument;
    /// The document cannot be read, or holds no such report: `rejection` in the metadata says why. Nothing was stored.
    DocumentRejected = "DOCUMENT_REJECTED", InvalidArgument;
    /// The request id was used before with other content. Use a new id for a new request.
    RequestIdConflict = "REQUEST_ID_CONFLICT", AlreadyExists;
    /// There is no submission of this name.
    SubmissionNotFound = "SUBMISSION_NOT_FOUND", NotFound;
    /// There is no batch of this name.
    BatchNotFound = "BATCH_NOT_FOUND", NotFound;
    /// There is no such report, or it is of another purpose.
    ReportNotFound = "REPORT_NOT_FOUND", NotFound;
    /// What is stored of the report that `ResourceInfo` names cannot be read back; other reports are not concerned. Tell whoever runs the system, whose log says more.
    RecordDamaged = "RECORD_DAMAGED", DataLoss;
    /// The report's form has no such cell, or none for this time and portion; `GetForm` tells which there are.
    FigureNotFound = "FIGURE_NOT_FOUND", NotFound;
    /// The report has more text than one message carries. Read it in `REPORT_VIEW_FIGURES`, and its text from its document.
    ReportTooLarge = "REPORT_TOO_LARGE", ResourceExhausted;
    /// More reports are to be summed than one call does: `units_max` in the metadata. Narrow the filter.
    TooManyUnits = "TOO_MANY_UNITS", ResourceExhausted;
    /// There is no form of this name; `ListForms` tells which there are.
    FormNotFound = "FORM_NOT_FOUND", NotFound;
    /// There is no document of this name, or it was never sent for this purpose.
    DocumentNotFound = "DOCUMENT_NOT_FOUND", NotFound;
    /// The report has no finding of this name; it may have had one in an earlier revision.
    FindingNotFound = "FINDING_NOT_FOUND", NotFound;
    /// There is no review of this name that stands.
    ReviewNotFound = "REVIEW_NOT_FOUND", NotFound;
    /// Another revision of the report has become current: `revision` in the metadata. Look at it, and decide again.
    RevisionSuperseded = "REVISION_SUPERSEDED", Aborted;
    /// The report has as many reviews as one report may have, ended ones included.
    TooManyReviews = "TOO_MANY_REVIEWS", ResourceExhausted;
    /// The store has never been at this position: it is another store, or one that was restored. Begin anew, at 0.
    PositionAhead = "POSITION_AHEAD", FailedPrecondition;
    /// A file of the snapshot is not what its manifest says: `file` in the metadata, with its `expected_sha256` and `actual_sha256` where it has come, or the `report` that makes no sense. Nothing of it was taken. Fetch it again.
    SnapshotDamaged = "SNAPSHOT_DAMAGED", InvalidArgument;
    /// The store does not hold what the delta is based on: `base_position` and `base_sha256` in the metadata, and what is here, as `here_position` and `here_sha256`. Take in the base first, or make a snapshot of everything.
    SnapshotBaseUnknown = "SNAPSHOT_BASE_UNKNOWN", FailedPrecondition;
    /// More happened to a report than is carried to another store: `report` and `bytes_max` in the metadata. Make the snapshot without such reports.
    HistoryTooLarge = "HISTORY_TOO_LARGE", ResourceExhausted;
    /// A review of the `report` in the metadata has the name of another report's here: `review` and `here`. Nothing of that report was taken. Leave the report out at its source, or find out which of the two is the true one.
    ReviewConflict = "REVIEW_CONFLICT", AlreadyExists;
    /// There are more rows than a sheet of a workbook has room for: `rows_max` in the metadata. Narrow the filter, or take another format.
    TooManyRows = "TOO_MANY_ROWS", ResourceExhausted;
    /// There are more groups, or more different numbers in them, than one call computes with. Narrow the filter, or group by less.
    TooManyGroups = "TOO_MANY_GROUPS", ResourceExhausted;
    /// The numbers add up to more than is computed with, which is about 7.9 × 10²⁸. Narrow the filter.
    NumberTooLarge = "NUMBER_TOO_LARGE", OutOfRange;
    /// The submission has ended, so that it cannot be cancelled.
    SubmissionFinal = "SUBMISSION_FINAL", FailedPrecondition;
    /// The submission was not given up.
    SubmissionNotDead = "SUBMISSION_NOT_DEAD", FailedPrecondition;
    /// The server that was called has no such method. Look at its name; ingest and query may be servers of their own.
    UnknownMethod = "UNKNOWN_METHOD", Unimplemented;
    /// The method takes a stream, which a body in JSON cannot be. Call it with gRPC.
    MethodNeedsGrpc = "METHOD_NEEDS_GRPC", Unimplemented;
    /// The call comes from a page in a browser whose origin was not allowed to the server.
    OriginRefused = "ORIGIN_REFUSED", PermissionDenied;
    /// Answers to an upload waited for too long to be read. What was taken stays taken: read while you send, and go on.
    AnswersUnread = "ANSWERS_UNREAD", Aborted;
    /// Too much waits already. Try again after the time in `RetryInfo`; nothing was accepted.
    Overloaded = "OVERLOADED", Unavailable;
    /// The store cannot be reached. Try again after the time in `RetryInfo`; with a request id a repetition is safe.
    StoreUnavailable = "STORE_UNAVAILABLE", Unavailable;
    /// The service is stopping. Try another one, or again after the time in `RetryInfo`.
    ShuttingDown = "SHUTTING_DOWN", Unavailable;
    /// Something is wrong on this side. The log says what; trying again does not help.
    Internal = "INTERNAL", Internal;
}

impl ErrorReason {
    /// The status with this reason. `message` is for people and holds no internals.
    pub fn status(self, message: impl Into<String>) -> Status {
        self.with(message, &[], ErrorDetails::new())
    }

    /// The status with this reason, with metadata for programs (`bytes_max`, …) and with further details.
    pub fn with(
        self,
        message: impl Into<String>,
        metadata: &[(&str, &str)],
        mut details: ErrorDetails,
    ) -> Status {
        let metadata = metadata.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        details.set_error_info(self.name(), ERROR_DOMAIN, metadata.collect::<HashMap<_, _>>());
        Status::with_error_details(self.code(), message, details)
    }

    /// The status that names a field of the request.
    pub fn field(self, field: impl Into<String>, description: impl Into<String>) -> Status {
        let (field, description) = (field.into(), description.into());
        let mut details = ErrorDetails::new();
        details.add_bad_request_violation(field.clone(), description.clone());
        self.with(format!("{field}: {description}"), &[], details)
    }

    /// The status that tells when to try again.
    pub fn retry(self, message: impl Into<String>, after: Duration) -> Status {
        let mut details = ErrorDetails::new();
        details.set_retry_info(Some(after));
        self.with(message, &[], details)
    }

    /// The status that names a resource, such as `reports/…` of the type `report`.
    pub fn resource(self, kind: &str, name: &str, message: impl Into<String>) -> Status {
        let mut details = ErrorDetails::new();
        details.set_resource_info(kind, name, "", "");
        self.with(message, &[], details)
    }
}
