//! The registry of error reasons and its documentation are one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use gongkai_wire::ErrorReason;
use std::fmt::Write as _;
use tonic_types::StatusExt as _;

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
fn a_status_tells_its_reason_and_its_details() {
    let status = ErrorReason::Overloaded.retry("too much waits", std::time::Duration::from_secs(2));
    assert_eq!(status.code(), tonic::Code::Unavailable);
    assert_eq!(status.get_details_error_info().unwrap().reason, "OVERLOADED");
    assert_eq!(status.get_details_retry_info().unwrap().retry_delay, Some(std::time::Duration::from_secs(2)));
    let status = ErrorReason::InvalidField.field("name", "is empty");
    assert_eq!(status.get_details_bad_request().unwrap().field_violations[0].field, "name");
}
