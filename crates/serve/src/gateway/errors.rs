//! Errors as Connect writes them: an HTTP status, and an object with code, message and details.

use crate::gateway::{JSON, interface, response};
use bytes::Bytes;
use http_body_util::Full;
use prost::Message as _;
use prost_reflect::DescriptorPool;
use serde_json::{Value, json};
use std::sync::LazyLock;
use tonic::body::Body;
use tonic::codegen::http::header::{ALLOW, RETRY_AFTER};
use tonic::codegen::http::{HeaderName, HeaderValue, Response, StatusCode};
use tonic::metadata::BinaryMetadataValue;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

/// Which types a caller may send, as Connect names the header.
const ACCEPT_POST: HeaderName = HeaderName::from_static("accept-post");

/// The descriptors of error details. Where they cannot be read, details are given without their plain form.
static DETAILS: LazyLock<Option<DescriptorPool>> =
    LazyLock::new(|| DescriptorPool::decode(tonic_types::pb::FILE_DESCRIPTOR_SET).ok());

/// Why a call is not answered, and the HTTP status that goes with it.
pub(super) struct Refusal {
    pub(super) http: StatusCode,
    pub(super) status: Status,
}

impl From<Status> for Refusal {
    fn from(status: Status) -> Self {
        Self { http: http_status(status.code()), status }
    }
}

impl Refusal {
    pub(super) fn into_response(self) -> Response<Body> {
        let body = object(&self.status).to_string();
        let mut response = response(JSON, Body::new(Full::new(Bytes::from(body))));
        *response.status_mut() = self.http;
        let headers = response.headers_mut();
        match self.http {
            StatusCode::METHOD_NOT_ALLOWED => {
                headers.insert(ALLOW, HeaderValue::from_static("POST"));
            }
            StatusCode::UNSUPPORTED_MEDIA_TYPE => {
                headers.insert(ACCEPT_POST, HeaderValue::from_static(JSON));
            }
            _ => {}
        }
        if let Some(after) = self.status.get_details_retry_info().and_then(|info| info.retry_delay) {
            // Whole seconds; one that has begun counts.
            let seconds = after.as_secs() + u64::from(0 < after.subsec_nanos());
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// The last line of a stream that has failed.
pub(super) fn line(status: &Status) -> Vec<u8> {
    format!("{}\n", json!({ "error": object(status) })).into_bytes()
}

fn object(status: &Status) -> Value {
    let details = tonic_types::pb::Status::decode(status.details()).unwrap_or_default().details;
    let details: Vec<Value> = details.iter().map(|detail| written(&detail.type_url, &detail.value)).collect();
    let mut object = json!({ "code": name(status.code()), "message": status.message() });
    if !details.is_empty() {
        object["details"] = Value::Array(details);
    }
    object
}

/// A detail: its bytes for programs that know its type, and its fields for everyone else.
fn written(type_url: &str, value: &[u8]) -> Value {
    let name = type_url.rsplit('/').next().unwrap_or_default();
    // Binary metadata are base64 without padding, which is what Connect wants here.
    let encoded = BinaryMetadataValue::from_bytes(value);
    let mut detail = json!({ "type": name, "value": String::from_utf8_lossy(encoded.as_encoded_bytes()) });
    let descriptor = DETAILS.as_ref().and_then(|pool| pool.get_message_by_name(name));
    let plain = descriptor.and_then(|descriptor| interface::json(&descriptor, value).ok());
    if let Some(plain) = plain.and_then(|plain| serde_json::from_slice::<Value>(&plain).ok()) {
        detail["debug"] = plain;
    }
    detail
}

/// The code as Connect writes it.
fn name(code: Code) -> &'static str {
    match code {
        Code::Cancelled => "canceled",
        Code::InvalidArgument => "invalid_argument",
        Code::DeadlineExceeded => "deadline_exceeded",
        Code::NotFound => "not_found",
        Code::AlreadyExists => "already_exists",
        Code::PermissionDenied => "permission_denied",
        Code::ResourceExhausted => "resource_exhausted",
        Code::FailedPrecondition => "failed_precondition",
        Code::Aborted => "aborted",
        Code::OutOfRange => "out_of_range",
        Code::Unimplemented => "unimplemented",
        Code::Internal => "internal",
        Code::Unavailable => "unavailable",
        Code::DataLoss => "data_loss",
        Code::Unauthenticated => "unauthenticated",
        // A failure that says that all is well is none that we know.
        Code::Ok | Code::Unknown => "unknown",
    }
}

/// The HTTP status of a code, as Connect has it.
fn http_status(code: Code) -> StatusCode {
    match code {
        // 499: the caller has closed the call.
        Code::Cancelled => StatusCode::from_u16(499).unwrap_or(StatusCode::BAD_REQUEST),
        Code::InvalidArgument | Code::FailedPrecondition | Code::OutOfRange => StatusCode::BAD_REQUEST,
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::PermissionDenied => StatusCode::FORBIDDEN,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::AlreadyExists | Code::Aborted => StatusCode::CONFLICT,
        Code::ResourceExhausted => StatusCode::TOO_MANY_REQUESTS,
        Code::Unimplemented => StatusCode::NOT_IMPLEMENTED,
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::DeadlineExceeded => StatusCode::GATEWAY_TIMEOUT,
        Code::Ok | Code::Unknown | Code::Internal | Code::DataLoss => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
