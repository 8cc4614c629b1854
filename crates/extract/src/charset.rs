//! A set of characters that is asked about for every character of a text.

/// Characters of the plane of everyday characters, one bit each; others are in no set.
#[derive(Debug)]
pub(crate) struct CharSet(Vec<u64>);

impl CharSet {
    /// Whether `character` is in the set.
    #[inline]
    pub(crate) fn contains(&self, character: char) -> bool {
        let code = character as u32;
        self.0.get((code / u64::BITS) as usize).is_some_and(|bits| bits >> (code % u64::BITS) & 1 == 1)
    }
}

impl FromIterator<char> for CharSet {
    fn from_iter<I: IntoIterator<Item = char>>(characters: I) -> Self {
        let mut bits = vec![0; 0x1_0000 / u64::BITS as usize];
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
}
