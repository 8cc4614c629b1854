//! Texts as PostgreSQL takes them: it knows no NUL, which a text of ours may have.

use std::borrow::Cow;

/// Stands before a `0` for NUL and before itself for itself. No text is meant to have it: it is a noncharacter.
const ESCAPE: char = '\u{FDD0}';

/// The text to be stored. Different texts stay different.
pub(super) fn stored(text: &str) -> Cow<'_, str> {
    if !text.contains(['\0', ESCAPE]) {
        return Cow::Borrowed(text);
    }
    let mut stored = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '\0' => stored.extend([ESCAPE, '0']),
            ESCAPE => stored.extend([ESCAPE, ESCAPE]),
            other => stored.push(other),
        }
    }
    Cow::Owned(stored)
}

/// The text that was to be stored.
pub(super) fn original(stored: String) -> String {
    if !stored.contains(ESCAPE) {
        return stored;
    }
    let mut original = String::with_capacity(stored.len());
    let mut characters = stored.chars();
    while let Some(character) = characters.next() {
        original.push(match character {
            ESCAPE => characters.next().map_or(ESCAPE, |next| if next == '0' { '\0' } else { next }),
            other => other,
        });
    }
    original
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_comes_back_and_none_has_a_nul() {
        for text in ["", "plain", "\0", "a\0\0b", "\u{FDD0}", "\u{FDD0}0", "\u{FDD0}\0\u{FDD0}"] {
            assert!(!stored(text).contains('\0'));
            assert_eq!(original(stored(text).into_owned()), text);
        }
        assert_ne!(stored("\0"), stored("\u{FDD0}0"));
    }
}
