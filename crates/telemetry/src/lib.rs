//! What the services tell of themselves while they run: logs, traces and metrics.
//!
//! Logs go to standard error. Traces and metrics go to a collector (OTLP) where one is named, metrics also to a page that
//! Prometheus reads; without settings nothing is sent anywhere. Never tells contents of documents or secrets.

mod logs;
pub mod metrics;
mod pages;
mod trace;

pub use pages::{Page, Pages, PagesError};
pub use trace::{continue_trace, current_trace};

use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{ExporterBuildError, MetricExporter, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkError;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use std::time::Duration;
use tracing::info;
use tracing_subscriber::Layer as _;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// How long the collector may take for one batch.
const EXPORT_PATIENCE: Duration = Duration::from_secs(5);
/// Spans that go to the collector, whatever is logged. Those of libraries would be many and tell little.
const TRACED: &str =
    "off,gongkai=info,gongkai_serve=info,gongkai_ingest=info,gongkai_parser=info,gongkai_query=info";

/// What is told, and to whom.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The name of the service, such as `gongkai-parser`.
    pub service: &'static str,
    /// The name of this process among others of its kind.
    pub instance: String,
    /// Directives of what is logged, as `GONGKAI_LOG` has them; none for the usual.
    pub log: Option<String>,
    /// Where an OTLP collector takes gRPC, as `OTEL_EXPORTER_OTLP_ENDPOINT` has it: `http://127.0.0.1:4317`. How often and
    /// how much is sent is up to the other variables that OpenTelemetry defines, such as `OTEL_TRACES_SAMPLER`.
    pub collector: Option<String>,
}

/// Why telemetry cannot start.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The address of the collector is none.
    #[error("traces and metrics cannot be sent to {endpoint}")]
    Collector {
        /// What was named.
        endpoint: String,
        /// Why not.
        #[source]
        source: ExporterBuildError,
    },
    /// The metrics cannot be offered to Prometheus.
    #[error("metrics cannot be offered to Prometheus")]
    Prometheus(#[source] OTelSdkError),
}

/// Telemetry that has started. [`Telemetry::stop`] sends what is still held.
#[derive(Debug)]
pub struct Telemetry {
    traces: Option<SdkTracerProvider>,
    metrics: SdkMeterProvider,
    registry: prometheus::Registry,
}

impl Telemetry {
    /// Starts logging, and whatever else `settings` ask for. Once a process, inside the runtime that will send.
    ///
    /// # Errors
    /// When the collector's address is none.
    pub fn start(settings: &Settings) -> Result<Self, TelemetryError> {
        let resource = Resource::builder()
            .with_service_name(settings.service)
            .with_attributes([
                KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
                KeyValue::new("service.instance.id", settings.instance.clone()),
            ])
            .build();
        let registry = prometheus::Registry::new();
        let traces = settings.collector.as_deref().map(|to| tracer(to, &resource)).transpose()?;
        let metrics = meter(settings.collector.as_deref(), &registry, resource)?;
        opentelemetry::global::set_meter_provider(metrics.clone());
        let layer = traces.as_ref().map(|provider| {
            tracing_opentelemetry::layer()
                .with_tracer(provider.tracer("gongkai"))
                .with_filter(tracing_subscriber::EnvFilter::new(TRACED))
        });
        // Whoever has started it before has decided already.
        let _ =
            tracing_subscriber::registry().with(layer).with(logs::layer(settings.log.as_deref())).try_init();
        logs::log_panics();
        if let Some(collector) = &settings.collector {
            info!("sending traces and metrics to {collector}");
        }
        Ok(Self { traces, metrics, registry })
    }

    /// The metrics as Prometheus reads them.
    pub fn page(&self) -> Page {
        Page::new(self.registry.clone())
    }

    /// Sends what is held, for at most `patience`. For the end of the process; blocks the thread.
    pub fn stop(self, patience: Duration) {
        // A collector that is away has said so in the log; the process ends all the same.
        if let Some(traces) = self.traces {
            let _ = traces.shutdown_with_timeout(patience);
        }
        let _ = self.metrics.shutdown_with_timeout(patience);
    }
}

fn tracer(endpoint: &str, resource: &Resource) -> Result<SdkTracerProvider, TelemetryError> {
    let exporter = SpanExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint)
        .with_timeout(EXPORT_PATIENCE)
        .build()
        .map_err(|source| TelemetryError::Collector { endpoint: endpoint.to_owned(), source })?;
    Ok(SdkTracerProvider::builder().with_resource(resource.clone()).with_batch_exporter(exporter).build())
}

fn meter(
    collector: Option<&str>,
    registry: &prometheus::Registry,
    resource: Resource,
) -> Result<SdkMeterProvider, TelemetryError> {
    let page = opentelemetry_prometheus::exporter()
        .with_registry(registry.clone())
        .build()
        .map_err(TelemetryError::Prometheus)?;
    let mut provider = SdkMeterProvider::builder().with_resource(resource).with_reader(page);
    if let Some(endpoint) = collector {
        let exporter = MetricExporter::builder()
            .with_tonic()
            .with_endpoint(endpoint)
            .with_timeout(EXPORT_PATIENCE)
            .build()
            .map_err(|source| TelemetryError::Collector { endpoint: endpoint.to_owned(), source })?;
        provider = provider.with_periodic_exporter(exporter);
    }
    Ok(provider.build())
}
