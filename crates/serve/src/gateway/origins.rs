//! Which pages in a browser may call. A browser says where a page is from; a call from elsewhere is refused, whether or not
//! the page could read the answer: a page of a stranger must not reach a server on the reader's own machine, not even under
//! a name that was made to point there.

use crate::gateway::errors::Refusal;
use gongkai_wire::ErrorReason;
use std::fmt;
use std::str::FromStr;
use tonic::body::Body;
use tonic::codegen::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ORIGIN, VARY,
};
use tonic::codegen::http::{HeaderMap, HeaderValue, Request, Response, StatusCode, Uri};

/// What a page may send and read besides what it may anyway.
const REQUEST_HEADERS: &str = "authorization, connect-protocol-version, connect-timeout-ms, content-type, grpc-timeout, \
                               traceparent, tracestate, x-grpc-web, x-user-agent";
const RESPONSE_HEADERS: &str = "grpc-message, grpc-status, grpc-status-details-bin, retry-after";
/// Seconds for which a browser remembers that a page may call.
const REMEMBERED_S: &str = "7200";

/// Where pages are from, as a browser says it: `https://example.org`, with the port where it is not the scheme's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(HeaderValue);

/// Why a text is no origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "an origin is needed as browsers send it, such as https://example.org or http://localhost:8080: without a path, a * or the \
     scheme's own port"
)]
pub struct OriginError;

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        let uri: Uri = text.parse().map_err(|_| OriginError)?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(OriginError);
        };
        // What a browser sends has nothing else, and is in small letters. An origin that no browser sends would allow nothing
        // and look as if it did.
        let written = format!("{scheme}://{authority}").to_lowercase();
        let is_schemes_port = matches!((scheme, uri.port_u16()), ("http", Some(80)) | ("https", Some(443)));
        let is_odd = authority.as_str().contains(['@', '*']) || authority.as_str().ends_with(':');
        if written != text || is_schemes_port || is_odd {
            return Err(OriginError);
        }
        HeaderValue::try_from(written).map(Self).map_err(|_| OriginError)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.to_str().unwrap_or_default())
    }
}

/// The page's origin where the call comes from one, and it is among `allowed`.
pub(super) fn judge(request: &Request<Body>, allowed: &[Origin]) -> Result<Option<HeaderValue>, Refusal> {
    let Some(origin) = request.headers().get(ORIGIN) else { return Ok(None) };
    if allowed.iter().any(|allowed| allowed.0 == *origin) {
        return Ok(Some(origin.clone()));
    }
    let problem = "pages of this origin may not call; whoever runs the server allows it with --allow-origin";
    Err(Refusal { http: StatusCode::FORBIDDEN, status: ErrorReason::OriginRefused.status(problem) })
}

/// The answer to a browser that asks whether a page of `origin` may call.
pub(super) fn preflight(origin: &HeaderValue) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST"));
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(REQUEST_HEADERS));
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(REMEMBERED_S));
    allow(origin.clone(), headers);
    response
}

/// Tells a browser that a page of `origin` may read the answer.
pub(super) fn allow(origin: HeaderValue, headers: &mut HeaderMap) {
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(RESPONSE_HEADERS));
    headers.append(VARY, HeaderValue::from_static("origin"));
}
