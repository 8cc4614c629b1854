//! The files of a snapshot: a manifest in JSON, and parts that are archives of reports and documents, `.tar.zst`.
//!
//! Never knows where reports come from or where they go, and does no I/O but on readers and writers that it is given. Both the
//! service that makes snapshots and the one that takes them in speak of files by this crate, and so does whoever looks at
//! them without a server.

mod convert;
mod manifest;
mod read;
mod verify;
mod write;

pub use convert::{history_from_message, history_to_message};
pub use manifest::{
    LEFT_OUT_MAX, Manifest, ManifestError, PART_BYTES_DEFAULT, PART_BYTES_MAX, PART_BYTES_MIN, Part, Place,
    part_name,
};
pub use read::{Entry, PartReader, REPORT_BYTES_MAX};
pub use verify::{Verified, Verifier};
pub use write::{PartWriter, Written};

/// The name of the file that says what the others are.
pub const MANIFEST_NAME: &str = "manifest.json";

/// Why a file of a snapshot cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The file itself, or what it is read from.
    #[error("the file cannot be read or written")]
    Io(#[from] std::io::Error),
    /// Something in it is not what it has to be.
    #[error("{what}")]
    Damaged {
        /// What is wrong, and where.
        what: String,
    },
    /// Something that is stored of a report.
    #[error("{report} cannot be read")]
    Record {
        /// The report.
        report: gongkai_model::ReportId,
        /// Why.
        #[source]
        source: gongkai_store::StoreError,
    },
    /// What it says of a report.
    #[error(transparent)]
    History(#[from] gongkai_store::HistoryError),
}

impl SnapshotError {
    pub(crate) fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged { what: what.into() }
    }
}

/// Bytes as hexadecimal digits.
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
