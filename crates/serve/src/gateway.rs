//! JSON over HTTP, for callers without gRPC: a body in JSON becomes the message of a gRPC call to the same services, and
//! their answer becomes JSON. The protocol is that of Connect for calls with one answer; streamed answers are lines of
//! JSON. `docs/http.md` tells callers.
//!
//! What a service is owed (limits, deadlines, its caller's trace) holds here because it is the service that is called.

mod errors;
mod frames;
mod interface;
mod origins;
mod repeated;

pub use interface::message_of_json;
pub use origins::{Origin, OriginError};

pub(crate) use interface::Interface;

use crate::Deadline;
use bytes::Bytes;
use errors::Refusal;
use frames::Frames;
use futures::future::BoxFuture;
use futures::stream;
use gongkai_telemetry::metrics;
use gongkai_wire::{ErrorReason, MESSAGE_BYTES_MAX};
use http_body::{Body as _, Frame};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited, StreamBody};
use interface::Called;
use std::convert::Infallible;
use std::future::ready;
use std::mem;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, SemaphorePermit};
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::Service;
use tonic::codegen::http::header::{
    ACCEPT, ACCEPT_ENCODING, CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, EXPECT, HOST, TE,
    TRANSFER_ENCODING, UPGRADE,
};
use tonic::codegen::http::request::Parts;
use tonic::codegen::http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Version};
use tonic::metadata::MetadataMap;

/// Bytes of a body: the largest message that a service takes, whose bytes are a third longer in JSON.
const BODY_BYTES_MAX: usize = 2 * MESSAGE_BYTES_MAX;
/// How long the body of a call may take to arrive.
const BODY_PATIENCE: Duration = Duration::from_secs(30);
/// Calls whose bodies arrive or that are worked on at the same time.
const CALLS_MAX: usize = 256;
const CALLS_RETRY_AFTER: Duration = Duration::from_secs(1);
/// Bytes of a call's headers, over HTTP/1.1 too.
const HEADER_BYTES_MAX: usize = crate::server::HEADER_BYTES_MAX as usize;

const JSON: &str = "application/json";
const LINES: &str = "application/x-ndjson";
/// The end of a stream that nothing has cut short.
const LAST_LINE: &[u8] = b"{\"end\":{}}\n";
const GRPC: &str = "application/grpc";
const GRPC_WEB: &str = "application/grpc-web";
const GRPC_TIMEOUT: &str = "grpc-timeout";
const CONNECT_TIMEOUT: &str = "connect-timeout-ms";
const CONNECT_VERSION: &str = "connect-protocol-version";

/// Answers calls in JSON by what `inner` answers to gRPC, and hands everything else on.
#[derive(Clone)]
pub(crate) struct Gateway<S> {
    inner: S,
    shared: Arc<Shared>,
}

struct Shared {
    interface: Interface,
    origins: Vec<Origin>,
    calls: Semaphore,
}

impl<S> Gateway<S> {
    /// A gateway to `inner`, which browsers may use from pages of `origins`, and from no others.
    pub(crate) fn new(inner: S, interface: Interface, origins: Vec<Origin>) -> Self {
        let calls = Semaphore::new(CALLS_MAX);
        Self { inner, shared: Arc::new(Shared { interface, origins, calls }) }
    }
}

impl<S> Service<Request<Body>> for Gateway<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        // What was polled ready is what is called.
        let unready = self.inner.clone();
        let mut inner = mem::replace(&mut self.inner, unready);
        let media_type = media_type(request.headers());
        let is_grpc = media_type.starts_with(GRPC);
        let origin = match origins::judge(&request, &self.shared.origins) {
            Ok(origin) => origin,
            Err(refusal) => return Box::pin(ready(Ok(refusal.into_response()))),
        };
        // What comes from no page and is to be answered in gRPC is none of ours.
        if origin.is_none()
            && is_grpc
            && !media_type.starts_with(GRPC_WEB)
            && request.version() == Version::HTTP_2
        {
            return Box::pin(inner.call(request));
        }
        let shared = self.shared.clone();
        // The transport looks at this header, too, and would answer in gRPC: it must not be the first, so that our time begins
        // before its does.
        let deadline = Deadline::of(&MetadataMap::from_headers(request.headers().clone()));
        Box::pin(async move {
            if let Some(origin) = origin.as_ref().filter(|_| request.method() == Method::OPTIONS) {
                return Ok(origins::preflight(origin));
            }
            let mut answer = if is_grpc {
                inner.call(request).await?
            } else {
                shared.answer(inner, request, deadline).await.unwrap_or_else(Refusal::into_response)
            };
            if let Some(origin) = origin {
                origins::allow(origin, answer.headers_mut());
            }
            Ok(answer)
        })
    }
}

impl Shared {
    async fn answer<S>(
        &self,
        inner: S,
        request: Request<Body>,
        deadline: Deadline,
    ) -> Result<Response<Body>, Refusal>
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
    {
        let begun = Instant::now();
        let Some(called) = self.interface.called(request.uri().path()) else {
            let unknown = "there is no such method here; calls go to POST /PACKAGE.SERVICE/METHOD";
            let status = ErrorReason::UnknownMethod.status(unknown);
            return Err(Refusal { http: StatusCode::NOT_FOUND, status });
        };
        let asked = self.ask(&called, request, deadline).await.inspect_err(|refusal| {
            // The service, which counts its calls, has not seen this one.
            let code = i32::from(refusal.status.code());
            metrics::call_ended(called.service, &called.method, code, begun.elapsed());
        })?;
        let Asked { request, deadline, place } = asked;
        let answer = deadline.bound(answer(inner, request, called)).await?;
        drop(place);
        Ok(answer)
    }

    /// Reads what is asked.
    async fn ask(
        &self,
        called: &Called,
        request: Request<Body>,
        deadline: Deadline,
    ) -> Result<Asked<'_>, Refusal> {
        let (mut parts, body) = request.into_parts();
        check(called, &parts)?;
        let deadline = translate_timeout(&mut parts.headers)?.map_or(deadline, |it| deadline.at_most(it));
        let place = self.calls.try_acquire();
        let place = place
            .map_err(|_| ErrorReason::Overloaded.retry("too many calls are under way", CALLS_RETRY_AFTER))?;
        let body = deadline.at_most(BODY_PATIENCE).bound(read(body)).await?;
        let message = frames::framed(&called.message(&body)?);
        Ok(Asked { request: grpc_request(parts, message), deadline, place })
    }
}

/// A call as it is made in gRPC.
struct Asked<'g> {
    request: Request<Body>,
    deadline: Deadline,
    /// Held until there is an answer; how long its caller reads is not ours to say.
    place: SemaphorePermit<'g>,
}

async fn answer<S>(
    mut inner: S,
    request: Request<Body>,
    called: Arc<Called>,
) -> Result<Response<Body>, Status>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
{
    let Ok(answer) = inner.call(request).await;
    let mut frames = Frames::of(answer)?;
    if called.gives_stream {
        return Ok(lines(called, frames));
    }
    let Some(message) = frames.next().await? else {
        return Err(ErrorReason::Internal.status("the service has not answered"));
    };
    let json = called.json(&message)?;
    // An answer counts when the service has said that it is one.
    match frames.next().await? {
        None => Ok(response(JSON, Body::new(Full::new(Bytes::from(json))))),
        Some(_) => Err(ErrorReason::Internal.status("the service has answered twice")),
    }
}

/// Whether `parts` speak as this gateway does.
fn check(called: &Called, parts: &Parts) -> Result<(), Refusal> {
    let refuse =
        |http, problem: &str| Err(Refusal { http, status: ErrorReason::UnsupportedProtocol.status(problem) });
    if parts.uri.query().is_some() {
        return refuse(
            StatusCode::BAD_REQUEST,
            "the request is the body; nothing is read behind the ? of the address",
        );
    }
    if parts.method != Method::POST {
        return refuse(StatusCode::METHOD_NOT_ALLOWED, "calls are made with POST");
    }
    let header_bytes: usize =
        parts.headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if HEADER_BYTES_MAX < header_bytes {
        return refuse(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "the headers are too large");
    }
    if !is_json(&parts.headers) {
        return refuse(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "the body has to be of the content-type application/json, in UTF-8",
        );
    }
    if parts.headers.get(CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
        return refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, "bodies are taken uncompressed");
    }
    if parts.headers.get(CONNECT_VERSION).is_some_and(|version| version != "1") {
        return refuse(StatusCode::BAD_REQUEST, "connect-protocol-version has to be 1");
    }
    if called.takes_stream {
        let problem = "the method takes a stream of messages; call it with gRPC";
        return Err(ErrorReason::MethodNeedsGrpc.status(problem).into());
    }
    let given = if called.gives_stream { LINES } else { JSON };
    if !accepts(&parts.headers, given) {
        return refuse(StatusCode::NOT_ACCEPTABLE, &format!("the answer is of the type {given}"));
    }
    Ok(())
}

/// The media type of the body, without its parameters.
fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = value.split(';').map(|part| part.trim().to_ascii_lowercase());
    parts.next().is_some_and(|media_type| media_type == JSON)
        && parts.all(|parameter| matches!(parameter.as_str(), "" | "charset=utf-8" | "charset=\"utf-8\""))
}

/// Whether a caller takes an answer of this type. Who says nothing takes everything.
fn accepts(headers: &HeaderMap, given: &str) -> bool {
    let mut values = headers.get_all(ACCEPT).iter().peekable();
    let takes = |range: &str| {
        let range = range.split(';').next().unwrap_or_default().trim();
        ["*/*", "application/*", given].iter().any(|taken| range.eq_ignore_ascii_case(taken))
    };
    values.peek().is_none()
        || values.any(|value| value.to_str().is_ok_and(|ranges| ranges.split(',').any(takes)))
}

/// Puts the time-out that Connect gives, if any, in place of gRPC's.
fn translate_timeout(headers: &mut HeaderMap) -> Result<Option<Duration>, Status> {
    let Some(value) = headers.remove(CONNECT_TIMEOUT) else { return Ok(None) };
    if headers.contains_key(GRPC_TIMEOUT) {
        let problem = "grpc-timeout says how long the caller will wait, too; only one of them can hold";
        return Err(ErrorReason::InvalidField.field(CONNECT_TIMEOUT, problem));
    }
    let digits = value.to_str().ok().filter(|text| {
        !text.is_empty() && text.len() <= 10 && text.bytes().all(|byte| byte.is_ascii_digit())
    });
    let timeout_ms = digits.and_then(|digits| digits.parse::<u64>().ok()).ok_or_else(|| {
        ErrorReason::InvalidField.field(CONNECT_TIMEOUT, "it has to be of 1 to 10 digits, in milliseconds")
    })?;
    // gRPC has eight digits.
    let timeout = match timeout_ms {
        0..100_000_000 => format!("{timeout_ms}m"),
        _ => format!("{}S", timeout_ms / 1000),
    };
    let timeout = HeaderValue::try_from(timeout);
    headers.insert(GRPC_TIMEOUT, timeout.map_err(|_| ErrorReason::Internal.status("internal error"))?);
    Ok(Some(Duration::from_millis(timeout_ms)))
}

/// All of a body that has a bound.
async fn read(body: Body) -> Result<Bytes, Status> {
    // Who announces too much need not send it.
    if (BODY_BYTES_MAX as u64) < body.size_hint().lower() {
        return Err(crate::server::too_large());
    }
    match Limited::new(body, BODY_BYTES_MAX).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(crate::server::too_large()),
        Err(_) => Err(ErrorReason::InvalidJson.status("the body has broken off")),
    }
}

/// The same call in gRPC: what else stands in the headers is the caller's metadata, as it is in gRPC.
fn grpc_request(mut parts: Parts, message: Bytes) -> Request<Body> {
    let not_theirs = [
        ACCEPT,
        ACCEPT_ENCODING,
        CONNECTION,
        CONTENT_ENCODING,
        CONTENT_LENGTH,
        EXPECT,
        HOST,
        TRANSFER_ENCODING,
        UPGRADE,
    ];
    for header in not_theirs {
        parts.headers.remove(header);
    }
    for header in ["keep-alive", "grpc-encoding", "grpc-accept-encoding", CONNECT_VERSION] {
        parts.headers.remove(header);
    }
    parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static(GRPC));
    parts.headers.insert(TE, HeaderValue::from_static("trailers"));
    parts.version = Version::HTTP_2;
    Request::from_parts(parts, Body::new(Full::new(message)))
}

fn response(media_type: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}

/// A streamed answer: a line for each message, and a last one that tells how it ended. A stream without it has broken
/// off on the way.
fn lines(called: Arc<Called>, frames: Frames) -> Response<Body> {
    let lines = stream::unfold(Some(frames), move |frames| {
        let called = called.clone();
        async move {
            let mut frames = frames?;
            let (line, rest) = match line(&called, &mut frames).await {
                Ok(Some(line)) => (line, Some(frames)),
                Ok(None) => (LAST_LINE.to_vec(), None),
                Err(status) => (errors::line(&status), None),
            };
            Some((Ok::<_, Infallible>(Frame::data(Bytes::from(line))), rest))
        }
    });
    response(LINES, Body::new(StreamBody::new(lines)))
}

async fn line(called: &Called, frames: &mut Frames) -> Result<Option<Vec<u8>>, Status> {
    let Some(message) = frames.next().await? else { return Ok(None) };
    let json = called.json(&message)?;
    Ok(Some([b"{\"result\":", json.as_slice(), b"}\n"].concat()))
}

#[cfg(test)]
mod tests;
