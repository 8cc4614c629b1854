//! A part as it is read.

use crate::manifest::digest;
use crate::{SnapshotError, history_from_message};
use gongkai_model::{DocumentId, ReportId};
use gongkai_store::{DOCUMENT_BYTES_MAX, DocumentInfo, HISTORY_BYTES_MAX, ReportHistory};
use gongkai_wire::v1;
use prost::Message as _;
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};
use std::io::{BufReader, Read};
use uuid::Uuid;
use zstd::stream::read::Decoder;

/// Bytes that a report has at most in a part: its packed records, and what is said beside them.
pub const REPORT_BYTES_MAX: u64 = HISTORY_BYTES_MAX + 64 * 1024 * 1024;
/// Revisions, events, reviews and documents of a report, and what is said of each.
const PARTS_MAX: usize = 100_000;
/// What a tar archive is made of.
const BLOCK: usize = 512;

/// Something in a part.
#[derive(Debug)]
pub enum Entry {
    /// A document begins: its bytes follow, to be read by [`PartReader::data`].
    Document {
        /// Its name.
        id: DocumentId,
        /// How many bytes it has.
        bytes: u64,
    },
    /// A report, with what is known of its documents.
    Report(Box<ReportHistory>, Vec<DocumentInfo>),
}

/// Reads a part entry by entry. What its headers say is believed within bounds only, and any kind of entry that we do not write
/// is refused.
pub struct PartReader<R: Read> {
    decoder: Decoder<'static, BufReader<R>>,
    /// Bytes of the document that has begun that are still to come, and those behind its end.
    missing: u64,
    padding: u64,
}

impl<R: Read> PartReader<R> {
    /// Begins to read.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn new(file: R) -> Result<Self, SnapshotError> {
        let mut decoder = Decoder::new(file)?;
        // More than a part of ours asks for is not given: 8 MiB, the usual bound of decoders.
        decoder.window_log_max(23)?;
        Ok(Self { decoder, missing: 0, padding: 0 })
    }

    /// The next entry; none behind the last. What was not read of a document is passed over.
    ///
    /// # Errors
    /// Where the part is damaged.
    pub fn next_entry(&mut self) -> Result<Option<Entry>, SnapshotError> {
        self.skip(self.missing + self.padding)?;
        (self.missing, self.padding) = (0, 0);
        let mut header = tar::Header::new_ustar();
        self.decoder.read_exact(header.as_mut_bytes())?;
        if header.as_bytes().iter().all(|byte| *byte == 0) {
            // What ends an archive is two such blocks, and nothing behind them.
            let mut last = [0; BLOCK];
            self.decoder.read_exact(&mut last)?;
            let is_end = last.iter().all(|byte| *byte == 0) && self.decoder.read(&mut last)? == 0;
            return if is_end {
                Ok(None)
            } else {
                Err(SnapshotError::damaged("something is behind its end"))
            };
        }
        let sum: u32 = header
            .as_bytes()
            .iter()
            .enumerate()
            .map(|(place, byte)| if (148..156).contains(&place) { 32 } else { u32::from(*byte) })
            .sum();
        if header.cksum()? != sum || header.entry_type() != tar::EntryType::Regular {
            return Err(SnapshotError::damaged("an entry is none of a snapshot"));
        }
        let bytes = header.size()?;
        let path = header.path_bytes();
        let path = std::str::from_utf8(&path).unwrap_or_default();
        if let Some(name) = path.strip_prefix("documents/") {
            let id = digest(name).map(DocumentId::from_digest);
            let id = id.ok_or_else(|| SnapshotError::damaged("a document is named by no digest"))?;
            if DOCUMENT_BYTES_MAX < bytes {
                return Err(SnapshotError::damaged(format!("{id} is larger than a document may be")));
            }
            self.expect(bytes);
            return Ok(Some(Entry::Document { id, bytes }));
        }
        let id = path.strip_prefix("reports/").and_then(|name| name.strip_suffix(".pb"));
        let id = id.and_then(|name| Uuid::try_parse(name).ok()).map(ReportId::from_uuid);
        let id = id.ok_or_else(|| SnapshotError::damaged("an entry has no name of a snapshot's"))?;
        if REPORT_BYTES_MAX < bytes {
            return Err(SnapshotError::damaged(format!("{id} is larger than a report may be")));
        }
        self.expect(bytes);
        let mut message = Vec::new();
        (&mut self.decoder).take(bytes).read_to_end(&mut message)?;
        if message.len() as u64 != bytes {
            return Err(SnapshotError::damaged(format!("{id} is cut off")));
        }
        self.missing = 0;
        if !is_within_bounds(&message) {
            return Err(SnapshotError::damaged(format!("{id} has more in it than a report may have")));
        }
        let message = v1::SnapshotReport::decode(&*message)
            .map_err(|error| SnapshotError::damaged(format!("{id} is no report: {error}")))?;
        let (history, documents) = history_from_message(message)?;
        if history.report != id {
            return Err(SnapshotError::damaged(format!("{id} holds {}", history.report)));
        }
        Ok(Some(Entry::Report(Box::new(history), documents)))
    }

    /// Reads some bytes of the document that has begun; 0 at its end.
    ///
    /// # Errors
    /// Where the part is damaged.
    pub fn data(&mut self, buffer: &mut [u8]) -> Result<usize, SnapshotError> {
        let room = buffer.len().min(usize::try_from(self.missing).unwrap_or(usize::MAX));
        let Some(room) = buffer.get_mut(..room).filter(|room| !room.is_empty()) else { return Ok(0) };
        let count = self.decoder.read(room)?;
        if count == 0 {
            return Err(SnapshotError::damaged("a document is cut off"));
        }
        self.missing -= count as u64;
        Ok(count)
    }

    fn expect(&mut self, bytes: u64) {
        self.missing = bytes;
        self.padding = bytes.next_multiple_of(BLOCK as u64) - bytes;
    }

    fn skip(&mut self, bytes: u64) -> Result<(), SnapshotError> {
        let skipped = std::io::copy(&mut (&mut self.decoder).take(bytes), &mut std::io::sink())?;
        if skipped < bytes {
            return Err(SnapshotError::damaged("it is cut off"));
        }
        Ok(())
    }
}
/// Whether a report's message has no more parts than it may have. A part that says nothing takes two bytes here and hundreds
/// in memory, so they are counted before they are made.
fn is_within_bounds(message: &[u8]) -> bool {
    let mut count = 0;
    for field in Fields(message) {
        count += 1;
        if let Some(inside) = field {
            count += Fields(inside).take(PARTS_MAX).count();
        }
        if PARTS_MAX < count {
            return false;
        }
    }
    true
}

/// The fields of a protobuf message: the bytes of those that have a length. Ends where the rest makes no sense, which decoding
/// will say.
struct Fields<'m>(&'m [u8]);

impl<'m> Iterator for Fields<'m> {
    type Item = Option<&'m [u8]>;

    fn next(&mut self) -> Option<Self::Item> {
        let (_, wire_type) = decode_key(&mut self.0).ok()?;
        if wire_type != WireType::LengthDelimited {
            skip_field(wire_type, 1, &mut self.0, DecodeContext::default()).ok()?;
            return Some(None);
        }
        let bytes = usize::try_from(decode_varint(&mut self.0).ok()?).ok()?;
        let (inside, rest) = self.0.split_at_checked(bytes)?;
        self.0 = rest;
        Some(Some(inside))
    }
}
