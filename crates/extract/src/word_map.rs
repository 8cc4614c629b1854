//! Words that are looked up for every field of every document.
//!
//! The words are the forms' own: no document adds any, so that none can bring many of them to one place, and a quick
//! hash does.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

/// Words with what they stand for.
pub(crate) type WordMap<T> = HashMap<String, T, BuildHasherDefault<WordHasher>>;
/// Words alone.
pub(crate) type WordSet = HashSet<String, BuildHasherDefault<WordHasher>>;

/// Takes in eight bytes at a time.
#[derive(Debug, Default)]
pub(crate) struct WordHasher(u64);

impl WordHasher {
    fn add(&mut self, piece: u64) {
        /// An odd number without pattern: the golden ratio's fraction.
        const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
        self.0 = (self.0.rotate_left(23) ^ piece).wrapping_mul(FACTOR);
    }
}

impl Hasher for WordHasher {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        let (pieces, rest) = bytes.as_chunks::<8>();
        for piece in pieces {
            self.add(u64::from_le_bytes(*piece));
        }
        if !rest.is_empty() {
            self.add(rest.iter().fold(0, |piece, &byte| piece << 8 | u64::from(byte)));
        }
    }

    #[inline]
    fn write_u8(&mut self, byte: u8) {
        // The end of a string: lengths differ enough.
        self.0 ^= u64::from(byte);
    }

    #[inline]
    fn finish(&self) -> u64 {
        // The table takes its places from the low bits, and products have their best ones above.
        self.0 ^ self.0 >> 32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_all_lengths_are_found_and_spread() {
        let words: Vec<String> = (0..5_000_u32)
            .map(|index| {
                "公开信息申请数量".chars().cycle().take((index % 9) as usize).collect::<String>()
                    + &index.to_string()
            })
            .collect();
        let map: WordMap<usize> = words.iter().cloned().zip(0..).collect();
        assert!(words.iter().enumerate().all(|(index, word)| map.get(word.as_str()) == Some(&index)));
        assert!(!map.contains_key("公开") && !map.contains_key(""));
        let hash = |word: &String| {
            let mut hasher = WordHasher::default();
            std::hash::Hash::hash(word.as_str(), &mut hasher);
            hasher.finish()
        };
        let all: HashSet<u64> = words.iter().map(hash).collect();
        let low: HashSet<u64> = words.iter().map(|word| hash(word) % 4_096).collect();
        assert_eq!(all.len(), words.len());
        assert!(2_400 < low.len(), "{}", low.len());
    }
}
