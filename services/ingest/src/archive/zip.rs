//! ZIP archives. Their directory at the end is what counts; it is walked through and never held in memory.

use super::contents::{Entry, Out, damaged, too_many_entries, total_exceeded};
use super::names::{decoded, label};
use super::{Refused, Stop};
use gongkai_model::RefuseReason;
use std::fs::File;
use std::io::{BufReader, Read};
use zip::read::{Config, ZipFileEntry};
use zip::result::ZipError;
// Unlike the stable reader it holds no entry in memory and keeps entries apart that share a name.
use zip::unstable::read::ZipIterable;
use zip::{CompressionMethod, ZipReadOptions};

/// The bit of a name that is said to be UTF-8.
const UTF_8: u16 = 1 << 11;
/// The bits of a file's kind in its mode, and those of a regular file.
const KIND: u32 = 0o170_000;
const REGULAR: u32 = 0o100_000;

type Source = BufReader<File>;

pub(super) fn read(file: File, out: &mut Out<'_>) -> Result<(), Stop> {
    let opened = ZipIterable::try_new(BufReader::new(file), Config::default());
    let mut archive = opened.map_err(|error| stop(error, RefuseReason::NotAnArchive))?;
    if out.limits.entries_max < archive.len() as u64 {
        return Err(too_many_entries(out.limits));
    }
    let starts = survey(&mut archive, out)?;
    let files = archive.files().map_err(|error| stop(error, RefuseReason::Damaged))?;
    while let Some(entry) = files.next() {
        let entry = entry.map_err(|error| stop(error, RefuseReason::Damaged))?;
        take(entry, files.reader_mut(), &starts, out)?;
    }
    Ok(())
}

/// Where entries begin, and at last where the directory does. What contradicts itself is refused before anything of it is
/// taken: bytes that belong to several entries unpack to any size.
fn survey(archive: &mut ZipIterable<Source>, out: &Out<'_>) -> Result<Vec<u64>, Stop> {
    let (mut spans, mut directory, mut total) = (Vec::new(), u64::MAX, 0_u64);
    let files = archive.files().map_err(|error| stop(error, RefuseReason::Damaged))?;
    for entry in files {
        let entry = entry.map_err(|error| stop(error, RefuseReason::Damaged))?;
        directory = directory.min(entry.central_header_start());
        total = total.saturating_add(entry.size());
        let end = entry.header_start().saturating_add(HEADER_BYTES).saturating_add(entry.compressed_size());
        spans.push((entry.header_start(), end));
    }
    if out.limits.total_bytes_max < total {
        return Err(Stop::Refused(total_exceeded(out.limits)));
    }
    spans.sort_unstable();
    let starts: Vec<u64> = spans.iter().map(|span| span.0).chain([directory]).collect();
    let overlap = spans.iter().zip(starts.iter().skip(1)).any(|((_, end), next)| next < end);
    if overlap {
        return Err(Stop::Refused(damaged("bytes of it belong to several entries")));
    }
    Ok(starts)
}

/// Bytes that stand before the name of an entry.
const HEADER_BYTES: u64 = 30;

fn take(entry: ZipFileEntry<'_>, source: &mut Source, starts: &[u64], out: &mut Out<'_>) -> Result<(), Stop> {
    let number = out.count()?;
    let name = label(&decoded(entry.name_raw(), entry.flags().as_u16() & UTF_8 != 0), number);
    if out.passes_over(&name, entry.is_dir()) {
        return Ok(());
    }
    if let Some(refused) = refusal(&entry) {
        return out.refuse(number, name, refused);
    }
    let next = starts.get(starts.partition_point(|start| *start <= entry.header_start()));
    let end_max = next.copied().unwrap_or(0);
    let entry_of_name = Entry { name, packed: Some(entry.compressed_size()), size: entry.size() };
    let packed = entry.compressed_size();
    match entry.with_reader(source, ZipReadOptions::new()) {
        Ok(file) if file.data_start().is_none_or(|start| end_max < start.saturating_add(packed)) => {
            out.refuse(number, entry_of_name.name, damaged("its bytes reach into what follows it"))
        }
        Ok(mut file) => out.take(number, &entry_of_name, &mut file as &mut dyn Read),
        Err(error) => match stop(error, RefuseReason::Damaged) {
            Stop::Refused(refused) => out.refuse(number, entry_of_name.name, refused),
            stop => Err(stop),
        },
    }
}

/// What is wrong with an entry by what the directory says.
fn refusal(entry: &ZipFileEntry<'_>) -> Option<Refused> {
    let refused = |reason, message: &str| Some(Refused::new(reason, message));
    if entry.encrypted() {
        return refused(RefuseReason::Encrypted, "it is encrypted");
    }
    let kind = entry.unix_mode().map_or(0, |mode| mode & KIND);
    if entry.is_symlink() || ![0, REGULAR].contains(&kind) {
        return refused(RefuseReason::NotAFile, "it is a link or a device and has no bytes of its own");
    }
    match entry.compression() {
        CompressionMethod::Stored | CompressionMethod::Deflated => None,
        method => {
            let message = format!("it is packed by the method {method}, which is not read");
            Some(Refused::new(RefuseReason::UnsupportedMethod, message))
        }
    }
}

fn stop(error: ZipError, reason: RefuseReason) -> Stop {
    match error {
        ZipError::Io(error) => Stop::of(error, reason),
        error => Stop::refused(reason, error.to_string()),
    }
}
