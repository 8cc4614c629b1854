//! Takes submitted documents from the queue and turns them into stored records.
//!
//! Never serves a caller: whoever wants to know how far a document is asks `ingest`, whoever wants its record asks `query`.

mod attempt;
mod completions;
mod delivery;
mod indexing;
mod leases;
mod patience;
mod permission;
mod reading;
mod verdict;
mod weight;
mod worker;

pub use indexing::{Activity, keep_index};
pub use reading::{Pipeline, STRAYS_MAX};
pub use verdict::{
    CORRUPT, DOCUMENT_LOST, PANIC, RECORD_TOO_LARGE, STORE_REFUSED, STORE_UNAVAILABLE, TIMEOUT,
};
pub use worker::run;

use gongkai_document::Limits;
use gongkai_model::ExtractorVersion;
use gongkai_queue::Queue;
use gongkai_store::{Documents, Ledger, Operations, Submissions};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

/// What the parser works with.
#[derive(Clone)]
pub struct Dependencies {
    /// Brings what is due.
    pub queue: Arc<dyn Queue>,
    /// Knows who works on what.
    pub ledger: Arc<dyn Ledger>,
    /// Tells how far submissions are.
    pub submissions: Arc<dyn Submissions>,
    /// Tells whether parsers are paused.
    pub operations: Arc<dyn Operations>,
    /// Gives the documents' bytes.
    pub documents: Arc<dyn Documents>,
    /// Reads a document. A function, so that a test can put a bad one in its place.
    pub pipeline: Pipeline,
    /// Tells whether documents are being read.
    pub activity: Activity,
}

/// How the parser works.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The worker's name, for people.
    pub name: String,
    /// The version of the extractor in the pipeline.
    pub extractor_version: ExtractorVersion,
    /// Documents that are read at the same time.
    pub workers: NonZeroUsize,
    /// How much of a document is read.
    pub limits: Limits,
    /// How long the reading of one document may take.
    pub document_patience: Duration,
    /// For how long an attempt is nobody else's; it is renewed while it lasts.
    pub lease: Duration,
    /// How long to wait before the second attempt; later ones wait longer.
    pub retry_delay_first: Duration,
}

impl Settings {
    /// What the services use.
    pub fn standard(name: impl Into<String>, workers: NonZeroUsize) -> Self {
        Self {
            name: name.into(),
            extractor_version: gongkai_extract::EXTRACTOR_VERSION,
            workers,
            limits: Limits::STANDARD,
            document_patience: Duration::from_secs(60),
            // Renewed every four; the work of a parser that is frozen passes on within fifteen.
            lease: Duration::from_secs(12),
            retry_delay_first: Duration::from_secs(2),
        }
    }
}
