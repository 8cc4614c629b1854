//! Serves records, findings and original bytes.
//!
//! Never writes, and never shows a draft in a read of published reports.

mod convert;
mod filter;
mod findings;
mod list;
mod page_token;
mod service;

pub use page_token::TokenKey;

use gongkai_serve::{ServeError, Services};
use gongkai_store::{Documents, Reports};
use gongkai_wire::v1::query_service_server::{QueryService, QueryServiceServer};
use service::Handler;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Bytes that a request may have: a thousand names, and some room.
const REQUEST_BYTES_MAX: usize = 256 * 1024;

/// What query works with.
#[derive(Clone)]
pub struct Dependencies {
    /// Gives the records back.
    pub reports: Arc<dyn Reports>,
    /// Gives the documents back.
    pub documents: Arc<dyn Documents>,
    /// Seals page tokens. Replicas that serve the same callers share it.
    pub token_key: TokenKey,
}

/// The gRPC service alone, to be served with others.
pub fn service(dependencies: &Dependencies) -> QueryServiceServer<impl QueryService> {
    QueryServiceServer::new(Handler::new(dependencies)).max_decoding_message_size(REQUEST_BYTES_MAX)
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
    gongkai_serve::serve(listener, Services::new()?.with(service(&dependencies)), stop).await
}
