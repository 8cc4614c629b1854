//! The codec of packed records: one small row a revision for the figures, and a compressed blob for everything that
//! says where they come from.

mod digest;

use crate::{RecordDigest, ReportKeys, StoreError};
use gongkai_model::Report;

/// A report on its way into the store: packed, and with what it is found by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRevision {
    report: Report,
    keys: ReportKeys,
    digest: RecordDigest,
}

impl NewRevision {
    /// Packs a report. Compresses, so it is work for a thread of its own and not for an async one.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`] where the record is larger than a record may be.
    pub fn pack(report: &Report) -> Result<Self, StoreError> {
        Ok(Self { report: report.clone(), keys: ReportKeys::of(report), digest: RecordDigest::of(report) })
    }

    /// What the report is found by.
    pub fn keys(&self) -> &ReportKeys {
        &self.keys
    }

    /// What the record says, in short.
    pub fn digest(&self) -> RecordDigest {
        self.digest
    }
}
