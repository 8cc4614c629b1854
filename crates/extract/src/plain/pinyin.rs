//! Pinyin beside the characters that it spells: 自(zì)然(rán)人.

use std::ops::Range;

/// Vowels (and the syllabic consonants) with tone marks.
const TONED: &str = "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜńňǹḿ";

/// Longer brackets hold something else. In bytes.
const BRACKET_BYTES_MAX: usize = 96;

/// Whether `character` is a letter with a tone mark.
pub(super) fn is_toned(character: char) -> bool {
    !character.is_ascii() && TONED.contains(character)
}

fn is_letter(character: char) -> bool {
    character.is_ascii_lowercase() || matches!(character, 'ü' | 'ɡ' | 'ɑ' | '\'' | '’') || is_toned(character)
}

/// The bytes of the bracket at the start of `text`, if it holds nothing but syllables with tone marks.
pub(super) fn bracketed(text: &str) -> Option<usize> {
    let mut has_tone = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            ')' | '）' | ']' | '］' => return has_tone.then_some(at + character.len_utf8()),
            ' ' | '\u{a0}' => {}
            _ if is_letter(character) && at < BRACKET_BYTES_MAX => has_tone |= is_toned(character),
            _ => return None,
        }
    }
    None
}

/// The letters around the toned one at `at`, if they stand right behind a Chinese character and are no longer than a
/// syllable.
pub(super) fn bare(text: &str, at: usize) -> Option<Range<usize>> {
    const SYLLABLE_CHARS_MAX: usize = 6;
    let (before, rest) = text.split_at_checked(at)?;
    let head = before.chars().rev().take(SYLLABLE_CHARS_MAX + 1).take_while(|&c| c.is_ascii_lowercase());
    let start = at - head.count();
    let tail = rest.chars().take(SYLLABLE_CHARS_MAX + 1).take_while(|&c| is_letter(c));
    let end = at + tail.map(char::len_utf8).sum::<usize>();
    let syllable = text.get(start..end)?;
    let behind_han = text.get(..start)?.chars().next_back().is_some_and(super::is_han);
    (behind_han && syllable.chars().count() <= SYLLABLE_CHARS_MAX).then_some(start..end)
}
