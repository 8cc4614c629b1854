//! A set of characters that is asked about for every character of a text.

use std::ops::Range;

/// Words of 64 bits that hold one bit for each character of the plane of everyday characters.
const WORDS: usize = 0x1_0000 / u64::BITS as usize;

/// Characters of the plane of everyday characters, one bit each; others are in no set.
#[derive(Debug)]
pub(crate) struct CharSet(Box<[u64; WORDS]>);

impl CharSet {
    /// Whether `character` is in the set.
    #[inline]
    pub(crate) fn contains(&self, character: char) -> bool {
        let code = character as u32;
        self.0.get((code / u64::BITS) as usize).is_some_and(|bits| bits >> (code % u64::BITS) & 1 == 1)
    }

    /// The bytes of the first character of `text` from the byte `from` on that is in the set.
    ///
    /// Reads bytes: those of a character hold the place of its word and of its bit as they are.
    pub(crate) fn find(&self, text: &str, from: usize) -> Option<Range<usize>> {
        let mut rest = text.as_bytes().get(from..)?;
        loop {
            let (word, bit, behind) = match rest {
                [first @ 0xe0..=0xef, second, third, behind @ ..] => {
                    (usize::from(first & 0x0f) << 6 | usize::from(second & 0x3f), third & 0x3f, behind)
                }
                [first @ ..0x80, behind @ ..] => (usize::from(first >> 6), first & 0x3f, behind),
                [first @ 0xc0..=0xdf, second, behind @ ..] => {
                    (usize::from(first & 0x1f), second & 0x3f, behind)
                }
                [_, _, _, _, behind @ ..] => {
                    rest = behind;
                    continue;
                }
                _ => return None,
            };
            if self.0[word] >> bit & 1 == 1 {
                return Some(text.len() - rest.len()..text.len() - behind.len());
            }
            rest = behind;
        }
    }

    /// Whether `text` has a character of the set.
    pub(crate) fn is_in(&self, text: &str) -> bool {
        self.find(text, 0).is_some()
    }
}

impl FromIterator<char> for CharSet {
    fn from_iter<I: IntoIterator<Item = char>>(characters: I) -> Self {
        let mut bits = Box::new([0; WORDS]);
        for code in characters.into_iter().map(u32::from) {
            if let Some(place) = bits.get_mut((code / u64::BITS) as usize) {
                *place |= 1 << (code % u64::BITS);
            }
        }
        Self(bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_in_the_set_or_not() {
        let set: CharSet = "件a，".chars().collect();
        assert!(set.contains('件') && set.contains('a') && set.contains('，'));
        assert!(!set.contains('条') && !set.contains('b') && !set.contains('\u{20000}'));
    }

    #[test]
    fn characters_of_every_length_are_found_where_they_stand() {
        let text = "ab\u{20000}é—条，\u{1f600}件!";
        for wanted in text.chars() {
            let set: CharSet = [wanted].into_iter().collect();
            let at = text.find(wanted).map(|at| at..at + wanted.len_utf8());
            let expected = at.filter(|_| (wanted as u32) < 0x1_0000);
            assert_eq!(set.find(text, 0), expected, "{wanted}");
            assert_eq!(set.is_in(text), expected.is_some());
            let behind = expected.map_or(0, |at| at.end);
            assert!(set.find(text, behind).is_none(), "{wanted} stands once");
        }
        assert!(!CharSet::from_iter(['件']).is_in(""));
    }
}
