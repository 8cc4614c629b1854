//! Folding of text for matching: what a label says, without the ways in which sources write it.
//!
//! White space, punctuation and invisible characters go; full-width and circled forms become plain. Source text
//! and spans are never touched: folded text is only compared.

use std::ops::Range;

/// Appends the folded form of `text` to `out`.
pub(crate) fn fold_into(text: &str, out: &mut String) {
    // Chinese characters stay as they are and are nearly all of it: whole runs of them are copied.
    let bytes = text.as_bytes();
    let (mut run, mut at) = (0, 0);
    while let Some(&first) = bytes.get(at) {
        // From U+5000 on. Those from U+4E00 are told apart by the second byte.
        let stays = match first {
            0xe5..=0xe9 => true,
            0xe4 => bytes.get(at + 1).is_some_and(|&second| 0xb8 <= second),
            _ => false,
        };
        if stays {
            at += 3;
            continue;
        }
        out.push_str(text.get(run..at).unwrap_or_default());
        let Some(character) = text.get(at..).and_then(|rest| rest.chars().next()) else { return };
        out.extend(fold_char(character));
        at += character.len_utf8();
        run = at;
    }
    out.push_str(text.get(run..).unwrap_or_default());
}

/// The folded form of `text`.
pub(crate) fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    fold_into(text, &mut out);
    out
}

/// The folded form of `text` without bracketed notes: 部分公开（区分处理的，…） says 部分公开. A bracket that holds
/// only a list number is part of the label and stays.
pub(crate) fn fold_without_notes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find(['（', '(', '【', '[']) {
        fold_into(&rest[..open], &mut out);
        let inside = &rest[open + rest[open..].chars().next().map_or(1, char::len_utf8)..];
        let Some(close) = inside.find(['）', ')', '】', ']']) else {
            // An unclosed bracket: a label clipped inside its note.
            return out;
        };
        let content = &inside[..close];
        if !content.trim().is_empty() && content.trim().chars().all(is_numeral) {
            fold_into(content, &mut out);
        }
        rest = &inside[close + inside[close..].chars().next().map_or(1, char::len_utf8)..];
    }
    fold_into(rest, &mut out);
    out
}

/// The folded form of a character; none where it counts for nothing.
#[inline]
pub(crate) fn fold_char(character: char) -> Option<char> {
    match character {
        '0'..='9' | 'a'..='z' => Some(character),
        'A'..='Z' => Some(character.to_ascii_lowercase()),
        '\u{4e00}'..='\u{9fff}' => Some(character),
        '〇' => Some(character),
        '０'..='９' | 'ａ'..='ｚ' => narrow(character),
        'Ａ'..='Ｚ' => narrow(character).map(|narrow| narrow.to_ascii_lowercase()),
        '①'..='⑨' => offset(character, '①', '1'),
        '⑴'..='⑼' => offset(character, '⑴', '1'),
        '⒈'..='⒐' => offset(character, '⒈', '1'),
        '㈠'..='㈩' => "一二三四五六七八九十".chars().nth(character as usize - '㈠' as usize),
        '\u{3400}'..='\u{4dbf}' | '\u{20000}'..='\u{3ffff}' => Some(character),
        _ => None,
    }
}

/// The ASCII form of a full-width character.
pub(crate) fn narrow(character: char) -> Option<char> {
    match character {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(character as u32 - 0xfee0),
        _ => None,
    }
}

fn offset(character: char, from: char, to: char) -> Option<char> {
    char::from_u32(character as u32 - from as u32 + to as u32)
}

/// Whether `character` is part of a list number: 一 … 十, or a digit in any width.
pub(crate) fn is_numeral(character: char) -> bool {
    matches!(character, '一' | '二' | '三' | '四' | '五' | '六' | '七' | '八' | '九' | '十' | '0'..='9' | '０'..='９')
}

/// `words` in simplified script, with the words of the mainland.
pub(crate) fn simplified(words: &str) -> std::borrow::Cow<'_, str> {
    crate::plain::plain_words(words)
}

/// Whether `character` is a letter or a digit, as Unicode says.
pub(crate) fn is_alphanumeric(character: char) -> bool {
    // Nearly all that are asked about.
    matches!(character, '\u{4e00}'..='\u{9fff}') || character.is_alphanumeric()
}

/// Whether `character` is white space to a reader: Unicode white space, and characters without width.
#[inline]
pub(crate) fn is_space(character: char) -> bool {
    match character {
        ' ' | '\t'..='\r' => true,
        // Most characters of a text are one of these.
        '!'..='~' | '\u{3001}'..='\u{fdff}' => false,
        _ => character.is_whitespace() || is_invisible(character),
    }
}

/// `text` without white space around it.
#[inline]
pub(crate) fn trimmed(text: &str) -> &str {
    let text = text.trim_ascii();
    // Nearly all begin and end with something that can be seen in ASCII, or with a character from U+4000 to U+CFFF.
    let is_bare = matches!(
        text.as_bytes(),
        [b'!'..=b'~' | 0xe4..=0xec, .., b'!'..=b'~']
            | [b'!'..=b'~']
            | [b'!'..=b'~' | 0xe4..=0xec, .., 0xe4..=0xec, _, _]
            | [0xe4..=0xec, _, _]
    );
    if is_bare { text } else { text.trim_matches(is_space) }
}

/// The bytes of the first white space of `text` from the byte `from` on.
pub(crate) fn next_space(text: &str, from: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let mut at = from;
    loop {
        at += match bytes.get(at)? {
            // What can be seen in ASCII, and the characters from U+4000 to U+CFFF.
            b'!'..=b'~' => 1,
            0xe4..=0xec => 3,
            _ => {
                let character = text.get(at..)?.chars().next()?;
                let end = at + character.len_utf8();
                if is_space(character) {
                    return Some(at..end);
                }
                character.len_utf8()
            }
        };
    }
}

/// Whether `character` has no width: it separates nothing, wherever it stands. U+202E is none of them: what stands behind it
/// is read backwards.
pub(crate) fn is_invisible(character: char) -> bool {
    !character.is_ascii()
        && matches!(character, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202d}'
            | '\u{2060}'..='\u{2069}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ways_of_writing_a_label_fold_alike() {
        for written in ["（一）予以公开", "(一) 予以公开", "㈠予以公开", "（ 一 ）予 以\n公开"]
        {
            assert_eq!(fold(written), "一予以公开");
        }
        assert_eq!(fold("１．属于国家秘密"), fold("1、属于国家秘密"));
        assert_eq!(fold("本年增/减"), "本年增减");
    }

    #[test]
    fn every_character_folds_alone_as_in_a_run_and_white_space_is_what_unicode_says() {
        for character in ('\0'..='\u{3ffff}').step_by(7).chain('\0'..='\u{ffff}') {
            let expected: String = ['字'].into_iter().chain(fold_char(character)).chain(['符']).collect();
            assert_eq!(fold(&format!("字{character}符")), expected);
            assert_eq!(is_space(character), character.is_whitespace() || is_invisible(character));
            let space = is_space(character).then(|| 3..3 + character.len_utf8());
            for text in [format!("{character}"), format!("{character}字"), format!("a字{character}")] {
                assert_eq!(trimmed(&text), text.trim_matches(is_space));
            }
            assert_eq!(next_space(&format!("字{character}符"), 0), space);
        }
    }

    #[test]
    fn notes_go_and_list_numbers_stay() {
        assert_eq!(fold_without_notes("（二）部分公开（区分处理的，只计这一情形）"), "二部分公开");
        assert_eq!(fold_without_notes("采购总金额(单位:万元)"), "采购总金额");
        assert_eq!(fold_without_notes("（二）部分公开（区分处理的，"), "二部分公开");
    }
}
