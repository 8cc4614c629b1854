//! Tar archives, compressed by gzip: read from the beginning to the end, once.

use super::contents::{Entry, Out, damaged, is_too_dense, too_dense, total_exceeded};
use super::names::{decoded, label};
use super::{Limits, Refused, Stop};
use flate2::bufread::MultiGzDecoder;
use gongkai_model::RefuseReason;
use std::cell::{Cell, RefCell};
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::rc::Rc;
use tar::{EntryType, GnuExtSparseHeader, PaxExtensions};

/// Bytes of what is said of the next entry: its long name, and the like.
const EXTENSION_BYTES_MAX: u64 = 64 * 1024;
/// How often something is said of one entry.
const EXTENSIONS_MAX: u32 = 8;
/// Blocks, of 21 segments each, in which it is said where the bytes of a sparse file belong.
const SPARSE_BLOCKS_MAX: u32 = 32 * 1024;
/// With what the names of what is said of a sparse file begin, where it is said in front of it.
const SPARSE: &[u8] = b"GNU.sparse.";
/// Bytes behind the last entry that are looked at, so that the checksum of the whole is, too.
const REST_BYTES_MAX: u64 = 1024 * 1024;

pub(super) fn read(file: File, out: &mut Out<'_>) -> Result<(), Stop> {
    let packed = Rc::new(Cell::new(0));
    let bytes = MultiGzDecoder::new(BufReader::new(Packed { file, count: packed.clone() }));
    let unpacked = Shared(Rc::new(RefCell::new(Unpacked { bytes, limits: *out.limits, packed, count: 0 })));
    let mut archive = tar::Archive::new(unpacked.clone());
    entries(&mut archive, unpacked, out)?;
    let mut rest = archive.into_inner().take(REST_BYTES_MAX);
    io::copy(&mut rest, &mut io::sink()).map_err(|error| Stop::of(error, RefuseReason::Damaged))?;
    Ok(())
}

/// `unpacked` is what `archive` is read from.
fn entries(archive: &mut tar::Archive<Shared>, mut unpacked: Shared, out: &mut Out<'_>) -> Result<(), Stop> {
    let begun = archive.entries().map_err(|error| Stop::of(error, RefuseReason::NotAnArchive))?;
    // Raw, so that no long name is read into memory before its length is looked at.
    let mut entries = begun.raw(true);
    let mut said = Said::default();
    loop {
        let reason = match out.counted() {
            0 if said.times == 0 => RefuseReason::NotAnArchive,
            _ => RefuseReason::Damaged,
        };
        let Some(entry) = entries.next() else { break };
        let mut entry = entry.map_err(|error| Stop::of(error, reason))?;
        if said.hears(&mut entry)? {
            continue;
        }
        let is_sparse = entry.header().entry_type().is_gnu_sparse();
        if is_sparse && entry.header().as_gnu().is_some_and(|head| head.is_extended()) {
            step_over_segments(&mut unpacked)?;
        }
        let said = std::mem::take(&mut said);
        let number = out.count()?;
        let bytes = said.name.unwrap_or_else(|| entry.header().path_bytes().into_owned());
        let name = label(&decoded(&bytes, false), number);
        let kind = entry.header().entry_type();
        let is_file = kind.is_file() || kind.is_contiguous();
        if out.passes_over(&name, kind.is_dir() || is_file && bytes.ends_with(b"/")) {
            continue;
        }
        if let Some(refused) = refusal(kind, is_file && !said.is_sparse) {
            out.refuse(number, name, refused)?;
            continue;
        }
        let size = entry.size();
        out.take(number, &Entry { name, packed: None, size }, &mut entry as &mut dyn Read)?;
    }
    Ok(())
}

fn refusal(kind: EntryType, is_file: bool) -> Option<Refused> {
    match kind {
        _ if is_file => None,
        EntryType::GNUSparse | EntryType::Regular | EntryType::Continuous => {
            Some(Refused::new(RefuseReason::UnsupportedMethod, "it is a sparse file, which is not read"))
        }
        _ => {
            let message = "it is a link or a device and has no bytes of its own";
            Some(Refused::new(RefuseReason::NotAFile, message))
        }
    }
}

/// Steps over the blocks behind the head of a sparse file that belong to it and not to its bytes: by its size alone, all that
/// comes behind would be looked for too early.
fn step_over_segments(unpacked: &mut Shared) -> Result<(), Stop> {
    for _ in 0..SPARSE_BLOCKS_MAX {
        let mut block = GnuExtSparseHeader::new();
        let read = unpacked.read_exact(block.as_mut_bytes());
        read.map_err(|error| Stop::of(error, RefuseReason::Damaged))?;
        if !block.is_extended() {
            return Ok(());
        }
    }
    Err(Stop::Refused(damaged("the segments of a sparse file have no end")))
}

/// What was said of the next entry.
#[derive(Default)]
struct Said {
    name: Option<Vec<u8>>,
    /// Its bytes are not all that the file has, or not in their places.
    is_sparse: bool,
    times: u32,
}

impl Said {
    /// Takes in what an entry says of the next one; tells whether it does.
    fn hears(&mut self, entry: &mut tar::Entry<'_, Shared>) -> Result<bool, Stop> {
        let kind = entry.header().entry_type();
        let (is_name, is_pax) = (kind.is_gnu_longname(), kind.is_pax_local_extensions());
        if !is_name && !is_pax && !kind.is_gnu_longlink() && !kind.is_pax_global_extensions() {
            return Ok(false);
        }
        self.times += 1;
        if EXTENSIONS_MAX < self.times || EXTENSION_BYTES_MAX < entry.size() {
            return Err(Stop::Refused(damaged("what is said of an entry has no end")));
        }
        let mut bytes = Vec::new();
        let read = entry.take(EXTENSION_BYTES_MAX).read_to_end(&mut bytes);
        read.map_err(|error| Stop::of(error, RefuseReason::Damaged))?;
        if is_name {
            let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
            bytes.truncate(end);
            self.name = Some(bytes);
        } else if is_pax {
            for extension in PaxExtensions::new(&bytes) {
                let extension = extension.map_err(|error| Stop::of(error, RefuseReason::Damaged))?;
                match extension.key_bytes() {
                    // The name beside it is one that was made up.
                    b"path" if self.is_sparse && self.name.is_some() => {}
                    b"path" => self.name = Some(extension.value_bytes().to_vec()),
                    // Where the next entry ends would depend on who reads it.
                    b"size" => {
                        return Err(Stop::Refused(damaged("the size of an entry is said in two places")));
                    }
                    key if key.starts_with(SPARSE) => {
                        self.is_sparse = true;
                        if key == b"GNU.sparse.name" {
                            self.name = Some(extension.value_bytes().to_vec());
                        }
                    }
                    _ => {}
                }
            }
        }
        Ok(true)
    }
}

/// The archive as it was sent, counted.
struct Packed {
    file: File,
    count: Rc<Cell<u64>>,
}

impl Read for Packed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.count.set(self.count.get() + read as u64);
        Ok(read)
    }
}

/// The archive unpacked, for who reads its entries and for what that one does not know of.
#[derive(Clone)]
struct Shared(Rc<RefCell<Unpacked>>);

impl Read for Shared {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // No reader calls another one.
        self.0.try_borrow_mut().map_err(io::Error::other)?.read(buffer)
    }
}

/// The archive unpacked, with what is skipped in it, up to the limits. Once they are crossed nothing more comes.
struct Unpacked {
    bytes: MultiGzDecoder<BufReader<Packed>>,
    limits: Limits,
    packed: Rc<Cell<u64>>,
    count: u64,
}

impl Read for Unpacked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.bytes.read(buffer)?;
        self.count += read as u64;
        let limits = &self.limits;
        // The heads of entries are beside what the limit is for.
        let heads = limits.entries_max.saturating_mul(4096);
        if limits.total_bytes_max.saturating_add(heads) < self.count {
            return Err(io::Error::other(total_exceeded(limits)));
        }
        if is_too_dense(limits, self.packed.get(), self.count) {
            return Err(io::Error::other(too_dense(limits)));
        }
        Ok(read)
    }
}
