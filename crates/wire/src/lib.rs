//! The wire: bindings generated from `proto/`, and conversions between them and the model.
//!
//! Generated types stop here and in the services' handlers. Never does I/O, and never decides anything: what cannot
//! be converted is a typed error. Names and labels of forms come from the caller.

mod convert;
mod limits;
mod reason;
mod time;

pub use convert::{
    CellText, ConvertError, FromNumber, RecordParts, body, figure, figure_period, finding, period_of, region,
    report, review, state_name, statement, tables,
};
pub use limits::{CHUNK_BYTES_MAX, MESSAGE_BYTES_MAX, PAGE_SIZE_DEFAULT, REPLAY_DEFAULT};
pub use reason::{ERROR_DOMAIN, ErrorReason};
pub use time::{micros, timestamp};

/// The messages, clients and servers of the package `gongkai.v1`.
#[allow(missing_docs, unreachable_pub, clippy::all, clippy::pedantic, reason = "generated")]
pub mod v1 {
    include!("gen/gongkai.v1.rs");
}

/// Figures by their place on the form.
#[allow(unreachable_pub, reason = "generated")]
#[rustfmt::skip]
pub mod typed {
    include!("gen/typed.rs");
}

/// The descriptors of all files, for reflection.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!("gen/descriptor.bin");
