//! Archives: what is in them, entry by entry, within limits. Blocks while it reads, so it belongs off the async threads.
//!
//! An archive is a claim by a stranger: its names are labels and never paths, its sizes are checked against what really
//! comes out, and what is larger, deeper or denser than a collection of reports can be is refused. No more than one piece
//! of one entry is in memory.

mod contents;
mod names;
mod tar_gz;
#[cfg(test)]
mod tests;
mod zip;

use bytes::Bytes;
use gongkai_model::RefuseReason;
use gongkai_store::DOCUMENT_BYTES_MAX;
use std::fs::File;
use std::io;

/// Bytes of an archive as it is sent.
pub(crate) const ARCHIVE_BYTES_MAX: u64 = 512 * 1024 * 1024;
/// Bytes of an entry that are handed on as one piece.
const PIECE_BYTES: usize = 256 * 1024;

/// What an archive is packed as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Zip,
    TarGz,
}

/// How much is taken out of one archive.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Entries, folders included.
    pub entries_max: u64,
    /// Bytes of an entry, unpacked. Whether its format may have so many is decided elsewhere.
    pub entry_bytes_max: u64,
    /// Bytes of all entries, unpacked.
    pub total_bytes_max: u64,
    /// How many times its packed size something may have, unpacked: an entry in a ZIP archive, the whole of a tar archive.
    pub ratio_max: u64,
    /// What unpacks to no more than this many bytes may have any ratio.
    pub ratio_free_bytes: u64,
}

impl Limits {
    /// What the service uses. Text of reports packs to a tenth; a run of the same byte to a thousandth.
    pub(crate) const STANDARD: Self = Self {
        entries_max: 50_000,
        entry_bytes_max: DOCUMENT_BYTES_MAX,
        total_bytes_max: 4 * 1024 * 1024 * 1024,
        ratio_max: 100,
        ratio_free_bytes: 1024 * 1024,
    };
}

/// Why something was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Refused {
    pub reason: RefuseReason,
    /// In words for its sender.
    pub message: String,
}

impl Refused {
    pub(crate) fn new(reason: RefuseReason, message: impl Into<String>) -> Self {
        Self { reason, message: message.into() }
    }
}

/// What comes out of an archive, in its order.
#[derive(Debug)]
pub(crate) enum Event {
    /// An entry begins.
    Begin {
        /// Its number in the archive, counted from 1.
        number: u64,
        /// What it is called: a label, never a path.
        name: String,
    },
    /// The next bytes of it.
    Piece(Bytes),
    /// It has ended, and this is what it came to: what it had before counts only where it is whole.
    End(Result<(), Refused>),
}

/// How the reading of an archive ended.
#[derive(Debug)]
pub(crate) enum Ended {
    /// At its end; so many entries were passed over.
    Whole { passed_over: u64 },
    /// It is refused, or what is left of it.
    Refused(Refused),
    /// Nobody wanted any more.
    Unwanted,
    /// Its bytes could not be read on this machine.
    Failed(io::Error),
}

/// Reads `file`, and gives what is in it to `emit` until that says no.
pub(crate) fn read(
    file: File,
    format: Format,
    limits: &Limits,
    emit: &mut dyn FnMut(Event) -> bool,
) -> Ended {
    let mut out = contents::Out::new(limits, emit);
    let ended = match format {
        Format::Zip => zip::read(file, &mut out),
        Format::TarGz => tar_gz::read(file, &mut out),
    };
    match ended {
        Ok(()) => Ended::Whole { passed_over: out.passed_over },
        Err(Stop::Refused(refused)) => Ended::Refused(refused),
        Err(Stop::Unwanted) => Ended::Unwanted,
        Err(Stop::Failed(error)) => Ended::Failed(error),
    }
}

/// Why the reading of an archive stops before its end.
enum Stop {
    Refused(Refused),
    Unwanted,
    Failed(io::Error),
}

impl Stop {
    fn refused(reason: RefuseReason, message: impl Into<String>) -> Self {
        Self::Refused(Refused::new(reason, message))
    }

    /// What an error of reading means: this machine's own, or the archive's, for `reason` where it has none of its own.
    fn of(error: io::Error, reason: RefuseReason) -> Self {
        let crossed = error.get_ref().and_then(|error| error.downcast_ref::<Refused>());
        match (crossed, error.raw_os_error()) {
            (Some(refused), _) => Self::Refused(refused.clone()),
            (None, Some(_)) => Self::Failed(error),
            (None, None) => Self::refused(reason, error.to_string()),
        }
    }
}
