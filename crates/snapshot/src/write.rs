//! A part as it is written.

use crate::{SnapshotError, hexadecimal};
use gongkai_model::{DocumentId, ReportId};
use gongkai_wire::v1;
use prost::Message as _;
use sha2::{Digest as _, Sha256};
use std::io::Write as _;
use zstd::stream::write::Encoder;

/// Of the compression: the usual one.
const LEVEL: i32 = 3;
/// What a tar archive is made of.
const BLOCK: usize = 512;

/// Writes a part piece by piece. Compresses: work for a thread of its own.
pub struct PartWriter {
    encoder: Encoder<'static, Vec<u8>>,
    digest: Sha256,
    bytes: u64,
    reports: u64,
    documents: u64,
    /// Bytes of the file that has begun that are still to come, and those that it has behind its end.
    missing: u64,
    padding: usize,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Bytes of the file.
    pub bytes: u64,
    /// Their digest in hexadecimal digits.
    pub sha256: String,
    /// Reports in it.
    pub reports: u64,
    /// Documents in it.
    pub documents: u64,
}

impl PartWriter {
    /// Begins a part.
    ///
    /// # Errors
    /// For want of memory.
    pub fn new() -> Result<Self, SnapshotError> {
        let mut encoder = Encoder::new(Vec::new(), LEVEL)?;
        encoder.include_checksum(true)?;
        let digest = Sha256::new();
        Ok(Self { encoder, digest, bytes: 0, reports: 0, documents: 0, missing: 0, padding: 0 })
    }

    /// Adds a report.
    ///
    /// # Errors
    /// Where a document has not been written whole, or for want of memory.
    pub fn report(&mut self, id: ReportId, message: &v1::SnapshotReport) -> Result<(), SnapshotError> {
        let message = message.encode_to_vec();
        self.begin(&format!("reports/{}.pb", id.uuid()), message.len() as u64)?;
        self.reports += 1;
        self.data(&message)
    }

    /// Begins a document, all bytes of which have to follow before anything else does.
    ///
    /// # Errors
    /// As [`Self::report`].
    pub fn begin_document(&mut self, id: DocumentId, bytes: u64) -> Result<(), SnapshotError> {
        self.documents += 1;
        self.begin(&format!("documents/{}", hexadecimal(id.digest())), bytes)
    }

    fn begin(&mut self, path: &str, bytes: u64) -> Result<(), SnapshotError> {
        if 0 < self.missing {
            return Err(SnapshotError::damaged("a document has fewer bytes than it was to have"));
        }
        let mut header = tar::Header::new_ustar();
        header.set_path(path)?;
        header.set_size(bytes);
        header.set_mode(0o644);
        header.set_mtime(0);
        header.set_entry_type(tar::EntryType::Regular);
        header.set_cksum();
        self.encoder.write_all(header.as_bytes())?;
        self.missing = bytes;
        self.padding = usize::try_from(bytes.next_multiple_of(BLOCK as u64) - bytes).unwrap_or_default();
        Ok(())
    }

    /// Adds bytes of what has begun.
    ///
    /// # Errors
    /// Where they are too many, or for want of memory.
    pub fn data(&mut self, bytes: &[u8]) -> Result<(), SnapshotError> {
        let rest = self.missing.checked_sub(bytes.len() as u64);
        self.missing =
            rest.ok_or_else(|| SnapshotError::damaged("a document has more bytes than it was to have"))?;
        self.encoder.write_all(bytes)?;
        if self.missing == 0 {
            self.encoder.write_all(&[0; BLOCK][..std::mem::take(&mut self.padding).min(BLOCK)])?;
        }
        Ok(())
    }

    /// Bytes that have been taken.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        self.reports == 0 && self.documents == 0
    }

    /// Takes what has been compressed so far.
    pub fn take(&mut self) -> Vec<u8> {
        let taken = std::mem::take(self.encoder.get_mut());
        self.count(&taken);
        taken
    }

    fn count(&mut self, taken: &[u8]) {
        self.digest.update(taken);
        self.bytes += taken.len() as u64;
    }

    /// Ends the part: the last bytes, and what it was.
    ///
    /// # Errors
    /// As [`Self::report`].
    pub fn finish(mut self) -> Result<(Vec<u8>, Written), SnapshotError> {
        if 0 < self.missing {
            return Err(SnapshotError::damaged("a document has fewer bytes than it was to have"));
        }
        self.encoder.write_all(&[0; 2 * BLOCK])?;
        let Self { encoder, mut digest, bytes, reports, documents, .. } = self;
        let last = encoder.finish()?;
        digest.update(&last);
        let bytes = bytes + last.len() as u64;
        Ok((last, Written { bytes, sha256: hexadecimal(&digest.finalize()), reports, documents }))
    }
}
