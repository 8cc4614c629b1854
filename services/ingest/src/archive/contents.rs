//! Entries on their way out, whatever the format of their archive.

use super::names::{is_other_archive, is_passed_over, nested_by_name};
use super::{Event, Limits, PIECE_BYTES, Refused, Stop};
use bytes::Bytes;
use gongkai_model::RefuseReason;
use std::io::{self, Read};

/// Where entries go, and what was counted.
pub(super) struct Out<'a> {
    pub limits: &'a Limits,
    emit: &'a mut dyn FnMut(Event) -> bool,
    pub passed_over: u64,
    /// Entries so far.
    number: u64,
    /// Bytes of all entries so far.
    total: u64,
}

/// What an entry says of itself.
pub(super) struct Entry {
    pub name: String,
    /// Bytes that it has in the archive, where they are its own.
    pub packed: Option<u64>,
    /// Bytes that it is said to have.
    pub size: u64,
}

impl<'a> Out<'a> {
    pub(super) fn new(limits: &'a Limits, emit: &'a mut dyn FnMut(Event) -> bool) -> Self {
        Self { limits, emit, passed_over: 0, number: 0, total: 0 }
    }

    /// Counts an entry, and tells its number.
    pub(super) fn count(&mut self) -> Result<u64, Stop> {
        self.number += 1;
        if self.limits.entries_max < self.number {
            return Err(too_many_entries(self.limits));
        }
        Ok(self.number)
    }

    /// Entries so far.
    pub(super) fn counted(&self) -> u64 {
        self.number
    }

    fn emit(&mut self, event: Event) -> Result<(), Stop> {
        if (self.emit)(event) { Ok(()) } else { Err(Stop::Unwanted) }
    }

    /// Whether an entry is passed over without a word.
    pub(super) fn passes_over(&mut self, name: &str, is_folder: bool) -> bool {
        let passes = is_folder || is_passed_over(name);
        self.passed_over += u64::from(passes);
        passes
    }

    /// Tells of an entry that is not read.
    pub(super) fn refuse(&mut self, number: u64, name: String, refused: Refused) -> Result<(), Stop> {
        self.emit(Event::Begin { number, name })?;
        self.emit(Event::End(Err(refused)))
    }

    /// Reads an entry. What is wrong with it ends only itself, unless the archive as a whole is too large.
    pub(super) fn take(&mut self, number: u64, entry: &Entry, bytes: &mut dyn Read) -> Result<(), Stop> {
        if let Some(refused) = self.refusal_by_head(entry) {
            return self.refuse(number, entry.name.clone(), refused);
        }
        self.emit(Event::Begin { number, name: entry.name.clone() })?;
        match self.copy(entry, bytes)? {
            Ok(()) => self.emit(Event::End(Ok(()))),
            Err(refused) => self.emit(Event::End(Err(refused))),
        }
    }

    /// What is wrong with an entry by what it says of itself.
    fn refusal_by_head(&self, entry: &Entry) -> Option<Refused> {
        if nested_by_name(&entry.name) {
            return Some(nested());
        }
        (self.limits.entry_bytes_max < entry.size).then(|| self.too_large())
    }

    fn copy(&mut self, entry: &Entry, bytes: &mut dyn Read) -> Result<Result<(), Refused>, Stop> {
        let mut read = 0_u64;
        loop {
            let piece = match fill(bytes) {
                Ok(piece) => piece,
                Err(error) => match Stop::of(error, RefuseReason::Damaged) {
                    Stop::Refused(refused) => return Ok(Err(refused)),
                    stop => return Err(stop),
                },
            };
            if piece.is_empty() {
                break;
            }
            if read == 0 && is_other_archive(&entry.name, &piece) {
                return Ok(Err(nested()));
            }
            read += piece.len() as u64;
            self.total += piece.len() as u64;
            if self.limits.total_bytes_max < self.total {
                self.emit(Event::End(Err(total_exceeded(self.limits))))?;
                return Err(Stop::Refused(total_exceeded(self.limits)));
            }
            if self.limits.entry_bytes_max < read {
                return Ok(Err(self.too_large()));
            }
            if entry.packed.is_some_and(|packed| is_too_dense(self.limits, packed, read)) {
                return Ok(Err(too_dense(self.limits)));
            }
            self.emit(Event::Piece(Bytes::from(piece)))?;
        }
        if read != entry.size {
            return Ok(Err(damaged(format!(
                "it has {read} bytes and not the {} that it should",
                entry.size
            ))));
        }
        Ok(Ok(()))
    }

    fn too_large(&self) -> Refused {
        let max = self.limits.entry_bytes_max;
        Refused::new(RefuseReason::TooLarge, format!("it has more than the {max} bytes that are taken"))
    }
}

/// The next bytes, as many as make a piece unless the end comes first.
fn fill(bytes: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut piece = Vec::new();
    bytes.take(PIECE_BYTES as u64).read_to_end(&mut piece)?;
    Ok(piece)
}

pub(super) fn is_too_dense(limits: &Limits, packed: u64, unpacked: u64) -> bool {
    limits.ratio_free_bytes < unpacked && packed.saturating_mul(limits.ratio_max) < unpacked
}

pub(super) fn too_dense(limits: &Limits) -> Refused {
    let max = limits.ratio_max;
    let message = format!("it unpacks to more than {max} times its packed size");
    Refused::new(RefuseReason::RatioExceeded, message)
}

pub(super) fn total_exceeded(limits: &Limits) -> Refused {
    let max = limits.total_bytes_max;
    let message = format!("its entries have more than the {max} bytes together that are taken");
    Refused::new(RefuseReason::TotalExceeded, message)
}

pub(super) fn too_many_entries(limits: &Limits) -> Stop {
    let max = limits.entries_max;
    Stop::refused(RefuseReason::TooManyEntries, format!("it has more than the {max} entries that are taken"))
}

pub(super) fn damaged(message: impl Into<String>) -> Refused {
    Refused::new(RefuseReason::Damaged, message)
}

fn nested() -> Refused {
    Refused::new(RefuseReason::NestedArchive, "it is an archive inside of an archive; send it by itself")
}
