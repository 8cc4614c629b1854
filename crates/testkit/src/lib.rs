//! Documents for tests: consistent records of a form, their renderings in the shapes seen in the wild, whole
//! reports around them, hostile files, and the check that what was read is what was written.
//!
//! Used by tests only, and deterministic: a seed decides everything. Never reads a document itself.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a builder for tests that cannot build should end the test"
)]

mod check;
mod encoding;
pub mod hostile;
mod labels;
mod mutation;
mod noise;
mod plan;
mod possible;
mod record;
mod render;
mod rng;
mod sheet;
pub mod statistics;
mod wait;

pub use check::{Certainty, Difference, Expectation, Outcome, Share, compare};
pub use encoding::Encoding;
pub use labels::{Read, compare_with_labels, labels};
pub use mutation::mutated;
pub use noise::Noise;
pub use plan::Plan;
pub use record::{About, Entry, Fact, Part, Planted, Record, RecordOptions};
pub use render::{Extent, RenderOptions, Rendered, Rendering};
pub use rng::Rng;
pub use sheet::{Content, Sheet, SheetCell, SheetRow, Wording};
pub use wait::wait_until;
