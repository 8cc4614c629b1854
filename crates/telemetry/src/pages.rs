//! Pages over plain HTTP for those who watch a process: `/metrics` for Prometheus, `/livez` and `/readyz` for whoever
//! restarts it or sends it callers.

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus::{Encoder, Registry, TextEncoder};
use std::fmt;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// The metrics as Prometheus reads them.
#[derive(Clone, Debug)]
pub struct Page(Registry);

/// Why pages cannot be served.
#[derive(Debug, thiserror::Error)]
#[error("the pages for monitoring cannot be served")]
pub struct PagesError(#[source] std::io::Error);

impl Page {
    pub(crate) fn new(registry: Registry) -> Self {
        Self(registry)
    }

    /// Its text in the format of Prometheus.
    pub fn text(&self) -> String {
        let mut text = Vec::new();
        // Writing to memory fails only for metrics without a name; what was written before that stands.
        if let Err(error) = TextEncoder::new().encode(&self.0.gather(), &mut text) {
            tracing::warn!(error = &error as &dyn std::error::Error, "metrics cannot be written");
        }
        String::from_utf8(text).unwrap_or_default()
    }
}

/// The pages of a process.
#[derive(Clone)]
pub struct Pages {
    /// Its metrics.
    pub metrics: Page,
    /// Says what is wrong while it should get no callers; nothing while all is well.
    pub unready: Arc<dyn Fn() -> Option<String> + Send + Sync>,
}

impl fmt::Debug for Pages {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Pages").finish_non_exhaustive()
    }
}

impl Pages {
    /// Serves the pages on `listener` until `stop`.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn serve(self, listener: TcpListener, stop: CancellationToken) -> Result<(), PagesError> {
        let pages = Router::new()
            .route("/metrics", get(metrics))
            .route("/livez", get(async || "alive\n"))
            .route("/readyz", get(readiness))
            .with_state(self);
        let stopped = async move { stop.cancelled().await };
        axum::serve(listener, pages).with_graceful_shutdown(stopped).await.map_err(PagesError)
    }
}

async fn metrics(State(pages): State<Pages>) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], pages.metrics.text()).into_response()
}

async fn readiness(State(pages): State<Pages>) -> Response {
    match (pages.unready)() {
        None => "ready\n".into_response(),
        Some(cause) => (StatusCode::SERVICE_UNAVAILABLE, format!("{cause}\n")).into_response(),
    }
}
