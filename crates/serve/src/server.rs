use crate::gateway::{Gateway, Interface, Origin};
use crate::health::{Dependency, Health};
use gongkai_model::TraceContext;
use gongkai_telemetry::metrics;
use gongkai_wire::ErrorReason;
use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::codegen::Service;
use tonic::codegen::http::{Request, Response};
use tonic::server::NamedService;
use tonic::service::RoutesBuilder;
use tonic::transport::server::{Server, TcpIncoming};
use tonic::{Code, Status};
use tonic_health::server::HealthReporter;
use tonic_web::GrpcWebLayer;
use tower_layer::Layer as _;
use tracing::{Instrument as _, info, info_span};

/// Calls that one connection may have open; more wait at the client.
const STREAMS_PER_CONNECTION_MAX: u32 = 128;
/// Bytes of a call's headers.
pub(crate) const HEADER_BYTES_MAX: u32 = 16 * 1024;
/// How often a silent connection is asked whether it is still there, and how long it may take to answer.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(30);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(20);
/// Silence after which the system asks whether the other side is still there.
const TCP_KEEPALIVE: Duration = Duration::from_secs(60);

/// The standard health service, which is always there.
const HEALTH: &str = "grpc.health.v1.Health";
/// The headers in which a caller names the span that its call belongs to.
const TRACE_PARENT: &str = "traceparent";
const TRACE_STATE: &str = "tracestate";

/// Why services could not be served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The descriptors of the interface cannot be read.
    #[error("the interface cannot be described")]
    Reflection(#[source] tonic_reflection::server::Error),
    /// The messages of the interface cannot be described.
    #[error("the messages of the interface cannot be described")]
    Descriptors(#[source] prost_reflect::DescriptorError),
    /// The listener has failed.
    #[error("the listener has failed")]
    Transport(#[source] tonic::transport::Error),
    /// The listener's address is not known.
    #[error("the listener has no address")]
    Address(#[source] io::Error),
}

/// Services that share a listener. Health and reflection are always among them.
pub struct Services {
    routes: RoutesBuilder,
    health: HealthReporter,
    names: Vec<&'static str>,
    dependencies: Vec<Dependency>,
    origins: Vec<Origin>,
    grace: Duration,
}

impl Services {
    /// Health and reflection alone.
    ///
    /// # Errors
    /// When the interface cannot be described.
    pub fn new() -> Result<Self, ServeError> {
        let (health, health_service) = tonic_health::server::health_reporter();
        let describe = || {
            tonic_reflection::server::Builder::configure()
                .register_encoded_file_descriptor_set(gongkai_wire::FILE_DESCRIPTOR_SET)
                .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        };
        let mut routes = RoutesBuilder::default();
        routes
            .add_service(health_service)
            .add_service(describe().build_v1().map_err(ServeError::Reflection)?)
            // Many clients still ask for the older version only.
            .add_service(describe().build_v1alpha().map_err(ServeError::Reflection)?);
        Ok(Self {
            routes,
            health,
            names: Vec::new(),
            dependencies: Vec::new(),
            origins: Vec::new(),
            grace: Duration::ZERO,
        })
    }

    /// These and `service`.
    #[must_use]
    pub fn with<S>(mut self, service: S) -> Self
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>
            + NamedService
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + 'static,
    {
        self.routes.add_service(Observed(service));
        self.names.push(S::NAME);
        self
    }

    /// These, with a part under `name` in their health that takes no calls, such as `gongkai.parser`.
    #[must_use]
    pub fn with_part(mut self, name: &'static str) -> Self {
        self.names.push(name);
        self
    }

    /// These, with a dependency in their health. While one that is needed is away, they are not serving.
    #[must_use]
    pub fn with_dependency(mut self, dependency: Dependency) -> Self {
        self.dependencies.push(dependency);
        self
    }

    /// These, which pages of `origins` may call from a browser. Pages of all others are refused.
    #[must_use]
    pub fn with_origins(mut self, origins: Vec<Origin>) -> Self {
        self.origins = origins;
        self
    }

    /// These, which go on taking calls for so long after they have said that they are not serving any more, so that
    /// whoever sends them callers has the time to notice.
    #[must_use]
    pub fn with_grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }
}

/// A service whose calls are traced and timed, and whose oversized requests are refused in our words: the transport
/// refuses them before any handler sees them, and without details.
#[derive(Clone)]
struct Observed<S>(S);

impl<S: NamedService> NamedService for Observed<S> {
    const NAME: &'static str = S::NAME;
}

impl<S> Service<Request<Body>> for Observed<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + NamedService,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let method = request.uri().path().rsplit('/').next().unwrap_or_default().to_owned();
        let span =
            info_span!("call", otel.name = %request.uri().path(), otel.kind = "server", rpc.method = %method);
        let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
        let trace = header(TRACE_PARENT).and_then(|parent| TraceContext::parse(parent, header(TRACE_STATE)));
        if let Some(trace) = &trace {
            gongkai_telemetry::continue_trace(&span, trace);
        }
        let begun = Instant::now();
        let answer = span.in_scope(|| self.0.call(request));
        let answered = async move {
            let answer = explained(answer.await?);
            // A streamed answer tells its status at its end; what counts here is that it began.
            let code = Status::from_header_map(answer.headers()).map_or(Code::Ok, |status| status.code());
            metrics::call_ended(S::NAME, &method, i32::from(code), begun.elapsed());
            Ok(answer)
        };
        Box::pin(answered.instrument(span))
    }
}

/// `answer`, or the same refusal with its reason where the transport has refused an oversized message.
fn explained(answer: Response<Body>) -> Response<Body> {
    let refused = Status::from_header_map(answer.headers())
        .is_some_and(|status| status.code() == Code::OutOfRange && status.details().is_empty());
    if !refused {
        return answer;
    }
    too_large().into_http()
}

/// What a caller is told whose message is too large.
pub(crate) fn too_large() -> Status {
    ErrorReason::DocumentTooLarge.status(
        "a message of the request is larger than this server takes; send a document by UploadDocument, in pieces of at \
         most 1,000,000 bytes",
    )
}

/// Serves `services` on `listener` until `stop`; then takes no more calls, and returns when those under way have ended.
/// One port is for gRPC, for gRPC-Web, and for JSON over HTTP.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    services: Services,
    stop: CancellationToken,
) -> Result<(), ServeError> {
    let address = listener.local_addr().map_err(ServeError::Address)?;
    info!(server.address = %address, "serving {} on {address}", services.names.join(", "));
    // Without NODELAY small answers wait for the acknowledgement of the ones before.
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true)).with_keepalive(Some(TCP_KEEPALIVE));
    let Services { routes, health, names, dependencies, origins, grace } = services;
    let called: Vec<&'static str> = names.iter().copied().chain([HEALTH]).collect();
    let descriptors = [gongkai_wire::FILE_DESCRIPTOR_SET, tonic_health::pb::FILE_DESCRIPTOR_SET];
    let interface = Interface::of(&descriptors, &called)?;
    let routes = GrpcWebLayer::new().layer(routes.routes().prepare());
    let mut health = Health::new(health, names, dependencies);
    // Known before the first caller can ask.
    health.tell().await;
    let stopped = async move {
        health.watch(&stop).await;
        tokio::time::sleep(grace).await;
    };
    Server::builder()
        .max_concurrent_streams(STREAMS_PER_CONNECTION_MAX)
        .http2_max_header_list_size(HEADER_BYTES_MAX)
        .http2_keepalive_interval(Some(KEEPALIVE_INTERVAL))
        .http2_keepalive_timeout(Some(KEEPALIVE_TIMEOUT))
        .accept_http1(true)
        .serve_with_incoming_shutdown(Gateway::new(routes, interface, origins), incoming, stopped)
        .await
        .map_err(ServeError::Transport)
}
