//! The registry of error reasons and its documentation are one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use gongkai_wire::ErrorReason;
use std::fmt::Write as _;
use tonic_types::{ErrorDetails, StatusExt as _};

fn documented() -> String {
    let mut text = String::from(
        "# Error reasons\n\nEvery failed call carries a canonical gRPC code and `google.rpc.ErrorInfo` with one of these reasons and the\n\
         domain `gongkai`. A reason keeps its meaning once it is published. What is wrong with a field stands in\n\
         `google.rpc.BadRequest`, when to try again in `google.rpc.RetryInfo`, which resource it is about in\n\
         `google.rpc.ResourceInfo`.\n\n| reason | code | meaning |\n| --- | --- | --- |\n",
    );
    for reason in ErrorReason::ALL {
        writeln!(text, "| `{}` | `{:?}` | {} |", reason.name(), reason.code(), reason.meaning()).unwrap();
    }
    text
}

#[test]
fn every_reason_is_documented() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/errors.md");
    if std::env::var_os("GONGKAI_REGENERATE").is_some() {
        std::fs::write(path, documented()).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap_or_default(), documented(), "docs/errors.md is stale");
}

#[test]
fn every_reason_stands_with_the_calls_that_give_it() {
    let proto = concat!(env!("CARGO_MANIFEST_DIR"), "/../../proto/gongkai/v1");
    let files = [
        "batch.proto",
        "composition.proto",
        "evaluation.proto",
        "export.proto",
        "ingest.proto",
        "operations.proto",
        "query.proto",
        "reference.proto",
        "review.proto",
        "revisions.proto",
        "snapshot.proto",
        "statistics.proto",
    ]
    .map(|file| std::fs::read_to_string(format!("{proto}/{file}")));
    // What is refused before a method is called stands with how calls are made.
    let http = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/http.md"));
    let comments = files.map(Result::unwrap).concat() + &http.unwrap();
    for reason in ErrorReason::ALL {
        assert!(comments.contains(reason.name()), "no call mentions {}", reason.name());
    }
}

#[test]
fn a_status_carries_metadata_for_programs() {
    let metadata = [("bytes_max", "67108864")];
    let status = ErrorReason::DocumentTooLarge.with("too large", &metadata, ErrorDetails::new());
    let info = status.get_details_error_info().unwrap();
    assert_eq!((info.reason.as_str(), info.domain.as_str()), ("DOCUMENT_TOO_LARGE", "gongkai"));
    assert_eq!(info.metadata["bytes_max"], "67108864");
    let status = ErrorReason::ReportNotFound.resource("report", "reports/x", "reports/x does not exist");
    assert_eq!(status.get_details_resource_info().unwrap().resource_name, "reports/x");
}

#[test]
fn a_status_tells_its_reason_and_its_details() {
    let status = ErrorReason::Overloaded.retry("too much waits", std::time::Duration::from_secs(2));
    assert_eq!(status.code(), tonic::Code::Unavailable);
    assert_eq!(status.get_details_error_info().unwrap().reason, "OVERLOADED");
    assert_eq!(status.get_details_retry_info().unwrap().retry_delay, Some(std::time::Duration::from_secs(2)));
    let status = ErrorReason::InvalidField.field("name", "is empty");
    assert_eq!(status.get_details_bad_request().unwrap().field_violations[0].field, "name");
}
