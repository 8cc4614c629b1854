//! Serves records, findings, their history and origins, original bytes, the reference data that records are made of, and
//! statistics over many of them; checks drafts, and composes reports, without storing them.
//!
//! Never writes, and never shows a draft in a read of published reports.

mod clocks;
mod composition;
mod convert;
mod copies;
mod differences;
mod evaluation;
mod explanation;
mod export;
pub mod figures;
mod filter;
mod findings;
mod flight;
mod list;
mod page_token;
mod places;
mod reference;
mod revisions;
mod search;
mod service;
#[cfg(test)]
mod slow;
mod snapshot;
mod statistics;
mod watch;

pub use page_token::TokenKey;

use arrow_flight::flight_service_server::FlightServiceServer;
use gongkai_serve::{ServeError, Services};
use gongkai_store::{Changes, Documents, Histories, Reports, Reviews, Search};
use gongkai_wire::v1::composition_service_server::CompositionServiceServer;
use gongkai_wire::v1::evaluation_service_server::EvaluationServiceServer;
use gongkai_wire::v1::export_service_server::ExportServiceServer;
use gongkai_wire::v1::query_service_server::QueryServiceServer;
use gongkai_wire::v1::reference_service_server::ReferenceServiceServer;
use gongkai_wire::v1::snapshot_service_server::SnapshotServiceServer;
use gongkai_wire::v1::statistics_service_server::StatisticsServiceServer;
use service::Handler;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Bytes that a request for a snapshot may have: the manifest of its base, and some room.
const SNAPSHOT_REQUEST_BYTES_MAX: usize = 33 * 1024 * 1024;
/// Bytes that a request may have: a thousand names, and some room.
const REQUEST_BYTES_MAX: usize = 256 * 1024;

/// What query works with.
#[derive(Clone)]
pub struct Dependencies {
    /// Gives the records back.
    pub reports: Arc<dyn Reports>,
    /// Gives all that happened to reports.
    pub histories: Arc<dyn Histories>,
    /// Finds reports by their words.
    pub search: Arc<dyn Search>,
    /// Gives the documents back.
    pub documents: Arc<dyn Documents>,
    /// Tells what reviewers have said.
    pub reviews: Arc<dyn Reviews>,
    /// Tells when something has changed.
    pub changes: Arc<dyn Changes>,
    /// Seals page tokens. Replicas that serve the same callers share it.
    pub token_key: TokenKey,
}

/// `services` and those of query, to be served together until `stop`.
#[must_use]
pub fn serve_with(services: Services, dependencies: &Dependencies, stop: &CancellationToken) -> Services {
    let reading = Arc::new(Handler::new(dependencies, stop.clone()));
    let composition = CompositionServiceServer::new(composition::Handler::new(reading.clone()));
    let query = QueryServiceServer::from_arc(reading);
    let reference =
        ReferenceServiceServer::new(reference::Handler { token_key: dependencies.token_key.clone() });
    let evaluation = EvaluationServiceServer::new(evaluation::Handler::new());
    let figures = Arc::new(statistics::Handler::new(dependencies));
    let export = ExportServiceServer::new(export::Handler::new(figures.clone()));
    let snapshot = SnapshotServiceServer::new(snapshot::Handler::new(dependencies));
    let flight = FlightServiceServer::new(flight::Handler { figures: figures.clone() });
    let statistics = StatisticsServiceServer::from_arc(figures);
    services
        .with(composition.max_decoding_message_size(composition::REQUEST_BYTES_MAX))
        .with(statistics.max_decoding_message_size(statistics::REQUEST_BYTES_MAX))
        .with(flight.max_decoding_message_size(REQUEST_BYTES_MAX))
        .with(export.max_decoding_message_size(REQUEST_BYTES_MAX))
        .with(snapshot.max_decoding_message_size(SNAPSHOT_REQUEST_BYTES_MAX))
        .with(evaluation.max_decoding_message_size(evaluation::REQUEST_BYTES_MAX))
        .with(query.max_decoding_message_size(REQUEST_BYTES_MAX))
        .with(reference.max_decoding_message_size(REQUEST_BYTES_MAX))
}

/// Serves on `listener` until `stop`.
///
/// # Errors
/// When the listener fails.
pub async fn run(
    listener: TcpListener,
    dependencies: Dependencies,
    stop: CancellationToken,
) -> Result<(), ServeError> {
    gongkai_serve::serve(listener, serve_with(Services::new()?, &dependencies, &stop), stop).await
}
