//! Compression of what is stored, by contexts that are used again: making one costs more than a small document takes.

use std::io;
use std::sync::{Mutex, PoisonError};
use zstd::bulk::{Compressor, Decompressor};
use zstd::zstd_safe;

/// The fastest: the third level takes twice the time and saves a twentieth more of the texts that reports are.
const LEVEL: i32 = 1;
/// Contexts of a kind that are kept, of about a MiB each; who finds none makes one for itself.
const KEPT_MAX: usize = 8;

/// The bytes, compressed. Takes some microseconds a KiB.
///
/// # Errors
/// For want of memory.
pub fn compress(bytes: &[u8]) -> io::Result<Vec<u8>> {
    PLAIN.compress(bytes)
}

/// What was compressed.
///
/// # Errors
/// Where it is damaged, or longer than `capacity` bytes.
pub fn decompress(compressed: &[u8], capacity: usize) -> io::Result<Vec<u8>> {
    PLAIN.decompress(compressed, capacity)
}

static PLAIN: Codec = Codec::new(&[]);

/// Compresses as if what is compressed stood behind other bytes, which need not be stored with it. Without just these bytes it
/// cannot be read back.
pub(crate) struct Codec {
    dictionary: &'static [u8],
    compressors: Mutex<Vec<Compressor<'static>>>,
    decompressors: Mutex<Vec<Decompressor<'static>>>,
}

impl Codec {
    pub(crate) const fn new(dictionary: &'static [u8]) -> Self {
        Self { dictionary, compressors: Mutex::new(Vec::new()), decompressors: Mutex::new(Vec::new()) }
    }

    /// As [`compress`].
    pub(crate) fn compress(&self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        let new = || Compressor::with_dictionary(LEVEL, self.dictionary);
        with(&self.compressors, new, |compressor| compressor.compress(bytes))
    }

    /// As [`decompress`].
    pub(crate) fn decompress(&self, compressed: &[u8], capacity: usize) -> io::Result<Vec<u8>> {
        // The frame tells its length. Room for the longest would be taken from the system anew each time.
        let length = zstd_safe::get_frame_content_size(compressed).ok().flatten();
        let length = length.and_then(|length| usize::try_from(length).ok()).unwrap_or(usize::MAX);
        let room = capacity.min(length);
        let new = || Decompressor::with_dictionary(self.dictionary);
        with(&self.decompressors, new, |decompressor| decompressor.decompress(compressed, room))
    }
}

fn with<C, T>(
    kept: &Mutex<Vec<C>>,
    new: impl FnOnce() -> io::Result<C>,
    work: impl FnOnce(&mut C) -> io::Result<T>,
) -> io::Result<T> {
    let lock = || kept.lock().unwrap_or_else(PoisonError::into_inner);
    let context = lock().pop();
    let mut context = match context {
        Some(context) => context,
        None => new()?,
    };
    let done = work(&mut context);
    let mut kept = lock();
    if kept.len() < KEPT_MAX {
        kept.push(context);
    }
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_compressed_comes_back_also_after_a_failure() {
        for text in ["", "甲", &"公开".repeat(10_000)] {
            let compressed = compress(text.as_bytes()).unwrap();
            assert_eq!(decompress(&compressed, text.len()).unwrap(), text.as_bytes());
            assert!(text.is_empty() || decompress(&compressed, text.len() - 1).is_err());
            assert!(decompress(b"no frame", 100).is_err());
        }
    }

    #[test]
    fn what_stands_in_the_dictionary_takes_no_room_and_is_needed_again() {
        static CODEC: Codec =
            Codec::new("列：两边相等 column “Natural persons”: both sides are equal".as_bytes());
        let text = "「自然人」列：两边相等 column “Natural persons”: both sides are equal".as_bytes();
        let compressed = CODEC.compress(text).unwrap();
        assert!(compressed.len() < compress(text).unwrap().len() / 2);
        assert_eq!(CODEC.decompress(&compressed, 1000).unwrap(), text);
        assert!(decompress(&compressed, 1000).is_err());
        // What was compressed without is no damage to what comes after it.
        assert!(CODEC.decompress(b"no frame", 100).is_err());
        assert_eq!(CODEC.decompress(&compressed, 1000).unwrap(), text);
    }
}
