//! Takes submitted documents from the queue and turns them into stored records.
//!
//! Never serves a caller: whoever wants to know how far a document is asks `ingest`, whoever wants its record asks `query`.

pub mod pipeline;
