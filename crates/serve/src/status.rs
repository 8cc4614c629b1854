use gongkai_store::{Missing, StoreError};
use gongkai_wire::ErrorReason;
use std::time::Duration;
use tonic::Status;
use tracing::{error, warn};

/// When to try again after the store could not be reached.
const STORE_RETRY_AFTER: Duration = Duration::from_secs(1);
/// When to try again after a service has stopped: by then another one may have started.
const RESTART_AFTER: Duration = Duration::from_secs(2);

/// What a store's error means to a caller. Callers learn what they can act on; the cause goes to our log.
pub fn to_status(error: &StoreError) -> Status {
    match error {
        StoreError::Unavailable(_) => {
            warn!(error = error as &dyn std::error::Error, "the store is unavailable");
            ErrorReason::StoreUnavailable.retry("the store cannot be reached", STORE_RETRY_AFTER)
        }
        StoreError::Overloaded { retry_after } => {
            ErrorReason::Overloaded.retry("too many submissions are waiting", *retry_after)
        }
        StoreError::RequestIdConflict { request_id } => ErrorReason::RequestIdConflict.field(
            "metadata.request_id",
            format!("`{request_id}` was used before for a request with other content"),
        ),
        StoreError::ItemConflict { item } => ErrorReason::RequestIdConflict
            .field("item.key", format!("`{}` was used before for another item", item.key)),
        StoreError::AlreadyFinal { submission, .. } => {
            ErrorReason::SubmissionFinal.resource("submission", &submission.to_string(), error.to_string())
        }
        StoreError::Superseded { report, current } => {
            let mut details = tonic_types::ErrorDetails::new();
            details.set_resource_info("report", report.to_string(), "", "");
            let revision = current.to_string();
            ErrorReason::RevisionSuperseded.with(error.to_string(), &[("revision", &revision)], details)
        }
        StoreError::HistoryTooLarge { report, max, .. } => {
            let (report, max) = (report.to_string(), max.to_string());
            let metadata = [("report", &*report), ("bytes_max", &*max)];
            let details = tonic_types::ErrorDetails::new();
            ErrorReason::HistoryTooLarge.with(error.to_string(), &metadata, details)
        }
        StoreError::ReviewConflict { report, review, here } => {
            let (report, review, here) = (report.to_string(), review.to_string(), here.to_string());
            let metadata = [("report", &*report), ("review", &*review), ("here", &*here)];
            let details = tonic_types::ErrorDetails::new();
            ErrorReason::ReviewConflict.with(error.to_string(), &metadata, details)
        }
        StoreError::NotFound(missing) => match missing {
            Missing::Submission(id) => {
                ErrorReason::SubmissionNotFound.resource("submission", &id.to_string(), error.to_string())
            }
            Missing::Document(id) => {
                ErrorReason::DocumentNotFound.resource("document", &id.to_string(), error.to_string())
            }
            Missing::Report(id) => {
                ErrorReason::ReportNotFound.resource("report", &id.to_string(), error.to_string())
            }
            Missing::Batch(id) => {
                ErrorReason::BatchNotFound.resource("batch", &id.to_string(), error.to_string())
            }
            Missing::Staging(_) => {
                ErrorReason::StoreUnavailable.retry("the upload rested for too long", STORE_RETRY_AFTER)
            }
        },
        StoreError::TooLarge { .. } => ErrorReason::InvalidField.status(error.to_string()),
        StoreError::CursorInvalid => {
            ErrorReason::InvalidPageToken.field("page_token", "it does not belong to this request")
        }
        StoreError::Damaged { report, .. } => {
            error!(%report, error = error as &dyn std::error::Error, "the record of {report} is damaged");
            ErrorReason::RecordDamaged.resource("report", &report.to_string(), error.to_string())
        }
        StoreError::Refused(_) | StoreError::Corrupt { .. } | StoreError::Fenced { .. } => {
            error!(error = error as &dyn std::error::Error, "a call failed");
            ErrorReason::Internal.status("internal error")
        }
    }
}

/// What a caller is told whose call ends because the service ends.
pub fn shutting_down() -> Status {
    ErrorReason::ShuttingDown.retry("the service is stopping", RESTART_AFTER)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gongkai_model::{BatchId, DocumentId, ReportId, ReviewId, SubmissionId, SubmissionState};
    use tonic::Code;

    #[test]
    fn each_error_has_the_code_that_says_what_the_caller_can_do() {
        let submission = SubmissionId::generate();
        let unavailable = || StoreError::Unavailable("disk is full at /var/lib".into());
        let cases = [
            (unavailable(), Code::Unavailable),
            (StoreError::Overloaded { retry_after: Duration::from_secs(5) }, Code::Unavailable),
            (StoreError::RequestIdConflict { request_id: "7".to_owned() }, Code::AlreadyExists),
            (StoreError::AlreadyFinal { submission, state: SubmissionState::Done }, Code::FailedPrecondition),
            (
                StoreError::HistoryTooLarge { report: ReportId::generate(), actual: 9, max: 8 },
                Code::ResourceExhausted,
            ),
            (
                StoreError::ReviewConflict {
                    report: ReportId::generate(),
                    review: ReviewId::generate(),
                    here: ReportId::generate(),
                },
                Code::AlreadyExists,
            ),
            (StoreError::corrupt("record", "it ends early").of_report(ReportId::generate()), Code::DataLoss),
            (StoreError::NotFound(Missing::Submission(submission)), Code::NotFound),
            (StoreError::NotFound(Missing::Batch(BatchId::generate())), Code::NotFound),
            (StoreError::NotFound(Missing::Report(ReportId::generate())), Code::NotFound),
            (StoreError::NotFound(Missing::Document(DocumentId::from_digest([0; 32]))), Code::NotFound),
            (StoreError::TooLarge { what: "the batch", actual: 2, max: 1 }, Code::InvalidArgument),
            (StoreError::CursorInvalid, Code::InvalidArgument),
            (StoreError::Refused("permission denied for table chunks".into()), Code::Internal),
            (StoreError::corrupt("row", "no such column"), Code::Internal),
            (StoreError::Fenced { submission }, Code::Internal),
        ];
        for (error, code) in cases {
            assert_eq!(to_status(&error).code(), code, "{error}");
        }
        // Which report is damaged is told, and how it is not.
        let report = ReportId::generate();
        let status = to_status(&StoreError::corrupt("record", "it ends early").of_report(report));
        let resource = tonic_types::StatusExt::get_details_resource_info(&status).unwrap();
        assert_eq!(
            (resource.resource_type, resource.resource_name),
            ("report".to_owned(), report.to_string())
        );
        assert!(!status.message().contains("early"), "{status:?}");
        assert!(!to_status(&unavailable()).message().contains("/var"), "internals stay inside");
    }
}
