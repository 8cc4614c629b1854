//! The plain copy of a document: what is written in traditional script, with pinyin, with full-width digits or with
//! characters that cannot be seen, as plain text would have it.
//!
//! Everything that is matched is matched against this copy, so that no other module knows of such ways of writing.
//! Most documents need none, which one look at each character tells. The copy keeps the places of the original, and
//! [`restore`] puts the words back as they stand there.

mod pinyin;
mod restore;

pub(crate) use restore::restore;

use crate::charset::CharSet;
use crate::fold::{is_space, narrow, simplified};
use gongkai_document::{Block, BlockKind, Document, Edit, Grid, Shift, SourceText};
use gongkai_model::Quoted;
use gongkai_script::{IN_TRADITIONAL_ONLY, WORDS, pairs, plain as pair};
use std::borrow::Cow;
use std::sync::LazyLock;

/// What is done with a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Full-width digits and letters: compared as the narrow ones.
    Wide,
    /// Hyphens that word processors put for a minus.
    Hyphen,
    /// Takes no place and separates nothing.
    Invisible,
    /// Takes no place, but may stand for a separation; or has no meaning but in one font.
    Doubtful,
    /// A Latin letter with a tone mark.
    Toned,
}

fn kind(character: char) -> Option<Kind> {
    match character {
        '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ' => Some(Kind::Wide),
        '\u{2010}'..='\u{2012}' | '\u{fe63}' => Some(Kind::Hyphen),
        '\u{ad}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200c}'..='\u{200f}'
        | '\u{202a}'..='\u{202d}'
        | '\u{2060}'..='\u{2069}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' => Some(Kind::Invisible),
        '\u{200b}' | '\u{e000}'..='\u{f8ff}' => Some(Kind::Doubtful),
        _ if pinyin::is_toned(character) => Some(Kind::Toned),
        _ => None,
    }
}

/// The characters that need a look at all.
static NOTABLE: LazyLock<CharSet> = LazyLock::new(|| {
    let of_pairs = pairs().iter().map(|&(written, _)| written);
    let others = ('\u{80}'..='\u{ffff}').filter(|&character| kind(character).is_some());
    of_pairs.chain(others).filter(|character| !character.is_ascii()).collect()
});

/// The plain copy of `document`; nothing where it is plain itself.
pub(crate) fn plain(document: &Document) -> Option<Document> {
    let (text, shift) = plain_text(&document.text)?;
    let blocks = document.blocks.iter().map(|block| shifted(block, &shift)).collect();
    let mut page = document.page.clone();
    let said = [&mut page.title, &mut page.published, &mut page.publisher, &mut page.source];
    for Quoted { text, .. } in said.into_iter().flatten() {
        *text = simplified(text).into_owned();
    }
    let address = document.address.clone();
    Some(Document { text, blocks, page, address, issues: Vec::new(), ..*document })
}

fn shifted(block: &Block, shift: &Shift) -> Block {
    let kind = match &block.kind {
        BlockKind::Table(grid) => {
            let mut cells = grid.cells.clone();
            for cell in &mut cells {
                cell.text = shift.range(&cell.text);
            }
            BlockKind::Table(Grid { cells, ..*grid })
        }
        kind @ (BlockKind::Heading { .. } | BlockKind::Paragraph) => kind.clone(),
    };
    Block { kind, text: shift.range(&block.text) }
}

fn plain_text(text: &SourceText) -> Option<(SourceText, Shift)> {
    let (edits, is_traditional) = edits(text.as_str());
    if edits.is_empty() {
        return None;
    }
    let (plain, shift) = text.rewritten(&edits);
    if !is_traditional {
        return Some((plain, shift));
    }
    // Words keep their length, so that no place shifts.
    let words = word_edits(plain.as_str());
    Some((plain.rewritten(&words).0, shift))
}

/// `words` in plain characters and, if they are in traditional script, with the words of the mainland.
pub(crate) fn plain_words(words: &str) -> Cow<'_, str> {
    let (edits, is_traditional) = edits(words);
    if edits.is_empty() {
        return Cow::Borrowed(words);
    }
    let plain = edited(words, &edits);
    let in_words = if is_traditional { word_edits(&plain) } else { Vec::new() };
    Cow::Owned(if in_words.is_empty() { plain } else { edited(&plain, &in_words) })
}

fn edited(text: &str, edits: &[Edit]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for edit in edits {
        out.push_str(text.get(done..edit.range.start).unwrap_or_default());
        out.extend(edit.with);
        done = edit.range.end;
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out
}

/// What `text` would have otherwise if it were plain, in order; and whether it is in traditional script.
fn edits(text: &str) -> (Vec<Edit>, bool) {
    let notable = &*NOTABLE;
    let mut edits = Vec::new();
    if !notable.is_in(text) {
        return (edits, false);
    }
    let is_traditional = text
        .chars()
        .any(|character| ('\u{3400}'..='\u{9fff}').contains(&character) && notable.contains(character));
    let mut before = None;
    let mut passed = 0;
    for (at, character) in text.char_indices() {
        if at < passed {
            continue;
        }
        let end = at + character.len_utf8();
        let edit = |with| Some(Edit { range: at..end, with });
        let after = || text.get(end..).and_then(|rest| rest.chars().next());
        let found = match character {
            '(' | '（' | '[' | '［' => before.filter(|&before| is_han(before)).and_then(|_| {
                let len = pinyin::bracketed(text.get(at..)?)?;
                Some(Edit { range: at..at + len, with: None })
            }),
            _ if character.is_ascii() => None,
            '於' | '麼' | '夥' if is_traditional => {
                let known = IN_TRADITIONAL_ONLY.iter().find(|(written, _)| *written == character);
                known.and_then(|&(_, plain)| edit(Some(plain)))
            }
            _ if !notable.contains(character) => None,
            _ => match kind(character) {
                None => pair(character).and_then(|plain| edit(Some(plain))),
                Some(Kind::Wide) => edit(narrow(character)),
                Some(Kind::Hyphen) => edit(Some('-')),
                Some(Kind::Invisible) => {
                    let near_words = before.is_some_and(is_word) || after().is_some_and(is_word);
                    near_words.then(|| edit(None)).flatten()
                }
                Some(Kind::Doubtful) => {
                    let among_words = before.is_some_and(is_word) && after().is_some_and(is_word);
                    among_words.then(|| edit(None)).flatten()
                }
                Some(Kind::Toned) => pinyin::bare(text, at).map(|range| Edit { range, with: None }),
            },
        };
        match found {
            Some(edit) => {
                passed = edit.range.end;
                // What is taken out does not stand between its neighbours any more.
                before = edit.with.or(before);
                // A bare syllable begins with letters before its tone mark.
                edits.push(edit);
            }
            None => before = Some(character),
        }
    }
    (edits, is_traditional)
}

/// The words of [`WORDS`] in `text`, which may be broken over two lines or have spaces inside.
fn word_edits(text: &str) -> Vec<Edit> {
    let (squeezed, places) = without_gaps(text);
    let mut found: Vec<(usize, &str, &str)> = Vec::new();
    for (written, plain) in WORDS {
        found.extend(squeezed.match_indices(written).map(|(at, _)| (at, written, plain)));
    }
    found.sort_by_key(|(at, written, _)| (*at, std::cmp::Reverse(written.len())));
    let mut edits = Vec::new();
    let mut done = 0;
    for (at, written, plain) in found.into_iter() {
        if at < done {
            continue;
        }
        done = at + written.len();
        for ((offset, from), to) in written.char_indices().zip(plain.chars()) {
            // Where the character stands in `text`: what was squeezed out before it is known of the gap before.
            let gap = places.partition_point(|&(begin, _)| begin <= at + offset);
            let out = gap.checked_sub(1).and_then(|gap| places.get(gap)).map_or(0, |&(_, out)| out);
            if from != to {
                let begin = at + offset + out;
                edits.push(Edit { range: begin..begin + from.len_utf8(), with: Some(to) });
            }
        }
    }
    edits
}

/// `text` without the white space that may stand inside of a word: a few spaces, or one line break between them. Also
/// where each gap was, and how many bytes were taken out up to there.
fn without_gaps(text: &str) -> (String, Vec<(usize, usize)>) {
    const GAP_CHARS_MAX: usize = 6;
    let mut squeezed = String::with_capacity(text.len());
    let mut gaps = Vec::new();
    let mut out = 0;
    let mut rest = text;
    while let Some(begin) = rest.find(is_space) {
        let (words, behind) = rest.split_at(begin);
        squeezed.push_str(words);
        let end = behind.find(|c: char| !is_space(c)).unwrap_or(behind.len());
        let (gap, next) = behind.split_at(end);
        let is_inside = words.ends_with(is_han)
            && next.starts_with(is_han)
            && gap.chars().count() <= GAP_CHARS_MAX
            && gap.matches('\n').count() <= 1;
        if is_inside {
            out += gap.len();
            gaps.push((squeezed.len(), out));
        } else {
            squeezed.push_str(gap);
        }
        rest = next;
    }
    squeezed.push_str(rest);
    (squeezed, gaps)
}

fn is_han(character: char) -> bool {
    matches!(character, '〇' | '\u{2e80}'..='\u{2fdf}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}

/// Whether `character` is part of words and not of a number.
fn is_word(character: char) -> bool {
    is_han(character)
        || character.is_ascii_alphabetic()
        || matches!(character, '（' | '）' | '、' | '。' | '，' | '：' | '；' | '《' | '》' | '“' | '”')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_left_alone() {
        for plain in [
            "一、本年新收政府信息公开申请数量（件）",
            "2020-01-20 15:22 来源：某网站(www.example.cn)",
            "",
            "乾县、后坪乡、著名",
            "增3\u{a0}\u{3000}—",
        ] {
            assert!(matches!(plain_words(plain), Cow::Borrowed(_)), "{plain}");
        }
    }

    #[test]
    fn traditional_script_becomes_simplified_words_included() {
        for (written, plain) in [
            ("本年新收政府資訊公開申請數量", "本年新收政府信息公开申请数量"),
            ("行政規範性檔案", "行政规范性文件"),
            ("檔案館", "档案馆"),
            ("屬於國家秘密", "属于国家秘密"),
            ("重複申請，無正當理由大量反覆申請", "重复申请，无正当理由大量反复申请"),
            ("行政複議、行政覆議、行政復議", "行政复议、行政复议、行政复议"),
            ("三、結轉下年度繼續辦理", "三、结转下年度继续办理"),
            ("採購專案數量", "采购项目数量"),
            ("行政規範\n  性檔 案、資\u{3000}訊", "行政规范\n  性文 件、信\u{3000}息"),
            ("行政規範性\n\n檔案", "行政规范性\n\n档案"),
        ] {
            assert_eq!(plain_words(written), plain);
        }
        // 於 alone says nothing of the script: it is part of names.
        assert_eq!(plain_words("於潜镇"), "於潜镇");
    }

    #[test]
    fn pinyin_goes_in_brackets_and_behind_its_character() {
        for (written, plain) in [
            ("自(zì)然(rán)人", "自然人"),
            ("本（běn）年（nián）", "本年"),
            ("科研机构（kē yán jī gòu）3", "科研机构3"),
            ("自zì然rán人rén", "自然人"),
        ] {
            assert_eq!(plain_words(written), plain);
        }
        for kept in ["（一）", "网站(www.example.cn)", "3(zì)", "café", "政务(APP)", "采购(é"] {
            assert_eq!(plain_words(kept), kept);
        }
    }

    #[test]
    fn forms_of_digits_and_radicals_become_plain() {
        assert_eq!(plain_words("２０２１年⼀⽉，⺠政局"), "2021年一月，民政局");
        assert_eq!(plain_words("\u{2011}5"), "-5");
    }

    #[test]
    fn what_cannot_be_seen_goes_among_words_and_stays_where_it_may_separate_numbers() {
        assert_eq!(plain_words("自\u{200b}然\u{ad}人\u{feff}"), "自然人");
        assert_eq!(plain_words("\u{200e}总\u{e123}计"), "总计");
        for kept in ["1\u{200b}2", "1\u{200d}2", "0\u{200b}二、上年结转", "\u{e123}"] {
            assert_eq!(plain_words(kept), kept);
        }
    }
}
