//! Takes documents in, tells how far they are, and hands what is due to the queue.
//!
//! Never reads a document: whether it is a report is found out by the parser.

mod accept;
mod archive;
mod batches;
mod census;
mod convert;
mod dead_letters;
mod housekeeping;
mod limits;
mod operations;
mod relay;
mod service;
mod snapshots;
mod watch;

use gongkai_queue::Queue;
use gongkai_serve::{Principals, ServeError, Services};
use gongkai_store::{Batches, Clock, Documents, Histories, Imports, Intake, Operations, Outbox, Submissions};
use gongkai_wire::MESSAGE_BYTES_MAX;
use gongkai_wire::v1::batch_service_server::BatchServiceServer;
use gongkai_wire::v1::ingest_service_server::IngestServiceServer;
use gongkai_wire::v1::operations_service_server::OperationsServiceServer;
use gongkai_wire::v1::snapshot_import_service_server::SnapshotImportServiceServer;
use service::Handler;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Bytes that a message to this service may have: somewhat more than allowed, so that who sends too much is told so in
/// our words and not in the transport's.
const REQUEST_BYTES_MAX: usize = 2 * MESSAGE_BYTES_MAX;

/// What ingest works with.
#[derive(Clone)]
pub struct Dependencies {
    /// Takes documents in.
    pub intake: Arc<dyn Intake>,
    /// Takes in what other stores have given.
    pub imports: Arc<dyn Imports>,
    /// Tells what the store holds, to compare it with what others have given.
    pub histories: Arc<dyn Histories>,
    /// Tells which documents are here.
    pub documents: Arc<dyn Documents>,
    /// Tells how far they are.
    pub submissions: Arc<dyn Submissions>,
    /// Keeps together what is sent together.
    pub batches: Arc<dyn Batches>,
    /// Tells what is due.
    pub outbox: Arc<dyn Outbox>,
    /// Pauses the parsers, and counts what waits.
    pub operations: Arc<dyn Operations>,
    /// Carries what is due to the parsers.
    pub queue: Arc<dyn Queue>,
    /// Tells who calls.
    pub principals: Arc<dyn Principals>,
    /// The store's clock.
    pub clock: Arc<dyn Clock>,
}

/// The gRPC service alone, to be served with others. Its streams end at `stop`.
pub fn service(
    dependencies: &Dependencies,
    stop: CancellationToken,
) -> IngestServiceServer<impl gongkai_wire::v1::ingest_service_server::IngestService> {
    IngestServiceServer::new(Handler::new(dependencies, stop)).max_decoding_message_size(REQUEST_BYTES_MAX)
}

/// The gRPC service for batches, to be served with others. Its uploads end at `stop`.
pub fn batches(
    dependencies: &Dependencies,
    stop: CancellationToken,
) -> BatchServiceServer<impl gongkai_wire::v1::batch_service_server::BatchService + use<>> {
    BatchServiceServer::new(batches::Handler::new(dependencies, stop))
        .max_decoding_message_size(REQUEST_BYTES_MAX)
}

/// The gRPC service for those who run the system, to be served with others.
pub fn operations(
    dependencies: &Dependencies,
) -> OperationsServiceServer<impl gongkai_wire::v1::operations_service_server::OperationsService + use<>> {
    OperationsServiceServer::new(operations::Handler::new(dependencies))
}

/// The gRPC service that takes snapshots in, to be served with others.
pub fn snapshots(
    dependencies: &Dependencies,
    stop: CancellationToken,
) -> SnapshotImportServiceServer<
    impl gongkai_wire::v1::snapshot_import_service_server::SnapshotImportService + use<>,
> {
    SnapshotImportServiceServer::new(snapshots::Handler::new(dependencies, stop))
        .max_decoding_message_size(REQUEST_BYTES_MAX)
}

/// What goes on without being called: hands what is due to the queue, removes what has expired, and counts what waits,
/// until `stop`.
pub async fn run_background(dependencies: &Dependencies, stop: &CancellationToken) {
    gongkai_telemetry::metrics::ingest_begins();
    tokio::join!(
        relay::run(dependencies, stop),
        housekeeping::run(&*dependencies.intake, stop),
        census::run(dependencies, stop)
    );
}

/// Serves on `listener`, and does everything else that is ingest's, until `stop`.
///
/// # Errors
/// When the listener fails.
pub async fn run(
    listener: TcpListener,
    dependencies: Dependencies,
    stop: CancellationToken,
) -> Result<(), ServeError> {
    let services = Services::new()?
        .with(service(&dependencies, stop.clone()))
        .with(batches(&dependencies, stop.clone()))
        .with(snapshots(&dependencies, stop.clone()))
        .with(operations(&dependencies));
    let (served, ()) = tokio::join!(
        async {
            let served = gongkai_serve::serve(listener, services, stop.clone()).await;
            // A listener that fails ends the rest too.
            stop.cancel();
            served
        },
        run_background(&dependencies, &stop)
    );
    served
}
