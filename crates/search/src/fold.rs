//! Folding: what a text says, without the ways in which it is written.

use gongkai_script::IN_TRADITIONAL_ONLY;
use std::ops::Range;
use std::sync::LazyLock;

/// Pairs that lead on to others.
const STEPS_MAX: usize = 4;

/// What becomes of white space, and of what counts for nothing.
const SPACE: char = ' ';
const NOTHING: char = '\0';

/// What becomes of each character of the plane of everyday characters; others are compared as they are, but for a few.
struct Table {
    everyday: Box<[u16; 0x1_0000]>,
    /// Pairs with a character of another plane. Sorted.
    others: Vec<(char, char)>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    // Simplified text has the last ones, too, as the rarer way of writing.
    let mut pairs = [gongkai_script::pairs(), &IN_TRADITIONAL_ONLY].concat();
    pairs.sort_unstable();
    let step = |character: char| {
        let found = pairs.binary_search_by_key(&character, |&(written, _)| written).ok();
        found.and_then(|index| pairs.get(index)).map_or(character, |&(_, plain)| plain)
    };
    let folded = |character: char| {
        let character = kind(character);
        (0..STEPS_MAX).fold(character, |character, _| step(character))
    };
    let mut everyday = Box::new([0_u16; 0x1_0000]);
    let mut others = Vec::new();
    for (code, entry) in (0_u32..).zip(everyday.iter_mut()) {
        // Halves of surrogate pairs are no characters.
        let Some(character) = char::from_u32(code) else { continue };
        match u16::try_from(u32::from(folded(character))) {
            Ok(folded) => *entry = folded,
            Err(_) => {
                others.push((character, folded(character)));
                *entry = u16::MAX;
            }
        }
    }
    others.extend(pairs.iter().filter(|pair| 0xffff < u32::from(pair.0)).map(|&(it, _)| (it, folded(it))));
    others.sort_unstable();
    others.dedup();
    Table { everyday, others }
});

impl Table {
    #[inline]
    fn folded(&self, character: char) -> char {
        let code = self.everyday.get(character as usize).copied().unwrap_or(u16::MAX);
        match code {
            u16::MAX => {
                let found = self.others.binary_search_by_key(&character, |&(written, _)| written).ok();
                found.and_then(|index| self.others.get(index)).map_or(character, |&(_, plain)| plain)
            }
            code => char::from_u32(code.into()).unwrap_or(NOTHING),
        }
    }
}

/// What becomes of a character whatever script it belongs to.
fn kind(character: char) -> char {
    match character {
        // Takes no place, or has no meaning but in one font.
        '\0'
        | '\u{ad}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{e000}'..='\u{f8ff}' => NOTHING,
        // Quotation marks: 互联网+ and “互联网+” are one.
        '"' | '\'' | '“' | '”' | '‘' | '’' | '„' | '「' | '」' | '『' | '』' | '＂' | '＇' | '﹁'..='﹄' => {
            NOTHING
        }
        // White space, also that of separators of lines in files, and other characters of control.
        _ if character.is_whitespace() || character.is_control() => SPACE,
        '\u{ff01}'..='\u{ff5e}' => {
            let narrow = char::from_u32(u32::from(character) - 0xfee0).unwrap_or(character);
            narrow.to_ascii_lowercase()
        }
        _ => {
            let mut lower = character.to_lowercase();
            match (lower.next(), lower.next()) {
                (Some(lower), None) => lower,
                _ => character,
            }
        }
    }
}

/// Whether white space beside the character separates words: it does in scripts that are written with spaces.
fn is_spaced(character: char) -> bool {
    character.is_alphanumeric() && !is_unspaced_script(character)
}

/// Chinese characters and the scripts that are written beside them.
fn is_unspaced_script(character: char) -> bool {
    matches!(character, '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Hands each character of the folded text on, with the place of what it stands for.
#[inline]
fn fold_into(text: &str, mut add: impl FnMut(char, usize)) {
    let table = &*TABLE;
    let mut last = NOTHING;
    let mut space = None;
    for (at, written) in text.char_indices() {
        match table.folded(written) {
            NOTHING => {}
            SPACE => space = space.or(Some(at)),
            folded => {
                if let Some(at) = space.take().filter(|_| is_spaced(last) && is_spaced(folded)) {
                    add(SPACE, at);
                }
                add(folded, at);
                last = folded;
            }
        }
    }
}

/// The folded form of a text: simplified characters, narrow and small letters, no white space but a single space between two words
/// that are written with spaces, no quotation marks, and nothing that cannot be seen. Folding again changes nothing.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    fold_into(text, |character, _| folded.push(character));
    folded
}

/// A folded text that knows where each of its characters stands in the original.
#[derive(Clone, Debug)]
pub struct Folded<'t> {
    original: &'t str,
    text: String,
    /// For each character of the folded text, its first byte there and in the original.
    places: Vec<(u32, u32)>,
}

impl<'t> Folded<'t> {
    /// The folded form of a text; of one that is longer than 4 GiB, of its beginning.
    pub fn of(text: &'t str) -> Self {
        let mut folded = String::with_capacity(text.len());
        let mut places = Vec::with_capacity(text.len() / 3);
        fold_into(text, |character, at| {
            if let (Ok(from), Ok(at)) = (u32::try_from(folded.len()), u32::try_from(at)) {
                places.push((from, at));
                folded.push(character);
            }
        });
        Self { original: text, text: folded, places }
    }

    /// The folded text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where a piece of the folded text that is not empty stands in the original: from its first character to its last.
    pub fn original(&self, range: &Range<usize>) -> Range<usize> {
        let index = |byte: usize| self.places.partition_point(|&(from, _)| (from as usize) < byte);
        let start = self.places.get(index(range.start)).map_or(self.original.len(), |&(_, at)| at as usize);
        let last = index(range.end).checked_sub(1).and_then(|last| self.places.get(last));
        let end = last.map_or(start, |&(_, at)| {
            let width = self.original.get(at as usize..).and_then(|rest| rest.chars().next());
            at as usize + width.map_or(0, char::len_utf8)
        });
        start..end.max(start)
    }

    /// The first byte of the folded text that stands at a byte of the original or behind it.
    pub fn place_of(&self, original: usize) -> usize {
        let index = self.places.partition_point(|&(_, at)| (at as usize) < original);
        self.places.get(index).map_or(self.text.len(), |&(from, _)| from as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_of_writing_make_no_difference() {
        for (written, folded) in [
            ("政府信息公开", "政府信息公开"),
            ("政府資訊公開於民", "政府资讯公开于民"),
            ("ＡＢＣ１２３", "abc123"),
            ("政 府\u{3000}信\n息", "政府信息"),
            ("公开 2021 年", "公开2021年"),
            ("E  Gov\n2021", "e gov 2021"),
            ("“互联网+”政务", "互联网+政务"),
            ("公\u{200b}开\u{feff}", "公开"),
            ("（一）公开，透明。", "(一)公开,透明。"),
            ("  ", ""),
        ] {
            assert_eq!(fold(written), folded, "{written:?}");
        }
    }

    #[test]
    fn folding_again_changes_nothing() {
        for code in 0..=0x3_ffff {
            let Some(character) = char::from_u32(code) else { continue };
            let once = fold(&character.to_string());
            assert_eq!(fold(&once), once, "{character:?} ({code:x})");
        }
    }

    #[test]
    fn every_pair_is_folded_to_what_it_is_compared_as() {
        for (written, plain) in gongkai_script::pairs() {
            assert_eq!(fold(&written.to_string()), fold(&plain.to_string()), "{written}{plain}");
        }
    }

    #[test]
    fn a_place_in_the_folded_text_leads_to_the_original() {
        let text = "《政 府\n信息》　Ａ b";
        let folded = Folded::of(text);
        assert_eq!(folded.text(), "《政府信息》a b");
        let at = folded.text().find("府信").unwrap();
        assert_eq!(&text[folded.original(&(at..at + "府信".len()))], "府\n信");
        let at = folded.text().find("a b").unwrap();
        assert_eq!(&text[folded.original(&(at..at + 3))], "Ａ b");
        assert_eq!(&folded.text()[folded.place_of(text.find('府').unwrap())..], "府信息》a b");
        assert_eq!(folded.place_of(text.len()), folded.text().len());
    }
}
