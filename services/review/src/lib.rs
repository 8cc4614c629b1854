//! Takes what reviewers say of reports: corrections, doubts and judgements; and looks after them when reports change.
//!
//! Never changes what was read, and never applies a correction to a figure that says something else than the one that was
//! corrected.

mod care;
mod overlay;
mod service;

pub use care::look_after;

use gongkai_store::{Reports, Reviews};
use gongkai_wire::v1::review_service_server::ReviewServiceServer;
use std::sync::Arc;

/// Bytes that a request may have: a hundred corrections, and some room.
const REQUEST_BYTES_MAX: usize = 64 * 1024;

/// What review works with.
#[derive(Clone)]
pub struct Dependencies {
    /// Gives the records back.
    pub reports: Arc<dyn Reports>,
    /// Keeps what is said.
    pub reviews: Arc<dyn Reviews>,
}

/// The gRPC service, to be served with others.
pub fn service(
    dependencies: &Dependencies,
) -> ReviewServiceServer<impl gongkai_wire::v1::review_service_server::ReviewService + use<>> {
    ReviewServiceServer::new(service::Handler::new(dependencies.clone()))
        .max_decoding_message_size(REQUEST_BYTES_MAX)
}
