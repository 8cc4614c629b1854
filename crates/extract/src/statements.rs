//! The quantities of the running text: what is counted, of whom, when, and which indicator it states.
//!
//! Paragraphs are put together from their lines, sentences with a number in them become tokens, and each quantity is read
//! in its sentence. Everything is bounded, and nothing that the text leaves open is decided.

mod context;
mod denials;
mod indicators;
mod lexicon;
pub(crate) mod numbers;
mod owners;
mod preparation;
mod reading;
mod respective;
mod text;
mod tokens;
mod traits;

use crate::fold::{is_space, narrow};
use crate::lines::Line;
use gongkai_document::{Document, Media};
use gongkai_model::{Body, BodyKind, Rank, ScopeKind, Section, Statement};
use reading::Reader;
pub(crate) use reading::unbroken;
use std::ops::Range;
use text::Letters;
use traits::{
    BEHIND_DIGIT, BEHIND_NUMERAL, BEHIND_ONE, COUNTS, DIGIT, ENDS, NUMBER, ONE, OPENED, OPENS, ORDINAL,
    SAYS_NONE, SPACE, TRAITS, Traits, WIDE,
};

/// More statements than any report has.
const STATEMENTS_MAX: usize = 4_000;
/// A paragraph is read in pieces of at most so many letters.
const PARAGRAPH_LETTERS_MAX: usize = 20_000;
/// So is a sentence.
const SENTENCE_LETTERS_MAX: usize = 1_500;
/// A line of wrapped text is at least so long, in bytes.
const WRAPPED_BYTES_MIN: usize = 54;
/// What a letter must have so that a sentence may count with it.
const TELLS: u16 = BEHIND_DIGIT | BEHIND_NUMERAL | BEHIND_ONE | OPENED | COUNTS | SAYS_NONE;

/// What a letter has that does something by itself, whatever stands before it.
const ACTS: u16 = SPACE | WIDE | NUMBER | DIGIT | ONE | ORDINAL | SAYS_NONE | ENDS;
/// What the letter before has where it makes something of the next one.
const READY: u16 = DIGIT | ONE | NUMBER | OPENS;

/// What is known of the report that the statements stand in.
#[derive(Debug)]
pub(crate) struct Frame {
    year: Option<u16>,
    /// Names of the report's own body and area, each once.
    names: Vec<Name>,
    /// One bit for each of 64 kinds of letters that are in a name.
    letters: u64,
    /// Rank and kind of the subject.
    rank: Rank,
    kind: BodyKind,
    /// What the report covers, as far as it says so.
    scope: ScopeKind,
}

impl Frame {
    pub(crate) fn new(year: Option<u16>, subject: &Body, scope: ScopeKind, mut names: Vec<&str>) -> Self {
        names.retain(|name| !name.is_empty());
        names.sort_unstable();
        names.dedup();
        let letters = names.iter().flat_map(|name| name.chars()).fold(0, |bits, letter| bits | bit(letter));
        Self {
            year,
            names: names.into_iter().map(Name::of).collect(),
            letters,
            rank: subject.rank,
            kind: subject.kind,
            scope,
        }
    }

    /// Whether the report is one department's alone, so that what its area did is not its own work.
    fn is_one_organ(&self) -> bool {
        matches!(self.kind, BodyKind::Department | BodyKind::VerticallyLed)
            && self.scope != ScopeKind::WholeArea
    }

    /// Whether `name` is the report's own body or area, in full or in short: 市监局 for 市场监督管理局.
    fn is_own(&self, name: &[char]) -> bool {
        let may_abbreviate = name.iter().all(|&letter| self.letters & bit(letter) != 0);
        let abbreviates = |own: &[char]| {
            let mut rest = own.iter();
            name.iter().all(|letter| rest.any(|other| other == letter))
        };
        let contains =
            |own: &[char]| own.len() <= name.len() && name.windows(own.len()).any(|part| part == own);
        // 住建局 in the report's name, 住房和城乡建设局 in its text.
        let is_long_form = |own: &[char]| {
            let mut rest = name.iter();
            3 <= own.len()
                && own.len() <= name.len()
                && own.iter().all(|letter| rest.any(|other| other == letter))
        };
        self.names.iter().any(|own| {
            may_abbreviate && abbreviates(&own.whole)
                || contains(&own.whole)
                || is_long_form(own.behind_area())
        })
    }
}

impl Frame {
    /// Whether `words` are what the report's own body has to do with: 教育 of 甲县教育局.
    fn is_topic(&self, words: &[char]) -> bool {
        let names = |own: &[char]| 2 <= words.len() && words.len() < own.len() && own.starts_with(words);
        self.names.iter().any(|own| names(own.behind_area()))
    }
}

/// A name by its letters.
#[derive(Debug)]
struct Name {
    whole: Vec<char>,
    /// Where the words behind its area begin: 教育局 of 甲县教育局.
    area_end: usize,
}

impl Name {
    fn of(name: &str) -> Self {
        let whole: Vec<char> = name.chars().collect();
        let is_kind = |letter: &char| matches!(letter, '省' | '市' | '县' | '区' | '州' | '旗');
        let area_end = whole.iter().rposition(is_kind).map_or(0, |area| area + 1);
        Self { whole, area_end }
    }

    fn behind_area(&self) -> &[char] {
        self.whole.get(self.area_end..).unwrap_or_default()
    }
}

fn bit(letter: char) -> u64 {
    1 << (letter as u32 % u64::BITS)
}

/// The statements of the lines, in the order of the text. `sections` are the headings with their lines.
pub(crate) fn statements(
    document: &Document,
    lines: &[Line],
    sections: &[(usize, Section)],
    frame: &Frame,
) -> Vec<Statement> {
    let mut paragraphs = Paragraphs {
        letters: Letters::of(document.text.as_str()),
        sentence_start: 0,
        is_candidate: false,
        traits: &TRAITS,
        reader: Reader::new(document, frame),
    };
    let mut headings = sections.iter().peekable();
    let mut before: Option<&str> = None;
    for (index, line) in lines.iter().enumerate() {
        let text = document.text.slice(&line.text);
        if document.media == Media::Text && is_page_number(text) {
            continue;
        }
        let heading = headings.next_if(|(line, _)| *line == index).map(|(_, section)| section);
        let goes_on = heading.is_none()
            && before.is_some_and(|before| document.media == Media::Text && is_wrapped(before))
            && !begins_an_item(text);
        if !goes_on {
            paragraphs.finish();
        }
        before = Some(text);
        let mut body = line.text.clone();
        if let Some(section) = heading {
            let title = line.text.start..(line.text.start + section.title.len()).min(line.text.end);
            if section.level == 1 {
                paragraphs.reader.enter(&section.title);
                body.start = title.end;
                before = None;
            }
            paragraphs.reader.head(document.text.slice(&title));
        }
        paragraphs.push(document.text.slice(&body), body.start);
        if STATEMENTS_MAX <= paragraphs.reader.found.len() {
            break;
        }
    }
    paragraphs.finish();
    paragraphs.reader.found.truncate(STATEMENTS_MAX);
    paragraphs.reader.found
}

/// Whether the line is broken off inside a sentence, as text converters break lines.
pub(crate) fn is_wrapped(line: &str) -> bool {
    WRAPPED_BYTES_MIN <= line.len() && !line.ends_with(['。', '；', '：', ':', ';', '！', '？', '|'])
}

/// Whether the line begins an item of its own: （一） 1. 一是.
pub(crate) fn begins_an_item(line: &str) -> bool {
    let mut chars = line.chars();
    match chars.next() {
        Some('（' | '(' | '①'..='⑳' | '⑴'..='⒇' | '⒈'..='⒛' | '㈠'..='㈩') => {
            chars.next().is_some_and(crate::fold::is_numeral)
        }
        Some('一' | '二' | '三' | '四' | '五' | '六' | '七' | '八' | '九' | '十') => {
            matches!(chars.next(), Some('、' | '是' | '十'))
        }
        Some('1'..='9') => {
            let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
            rest.starts_with(['、', '.', '．'])
                && !rest.trim_start_matches(['、', '.', '．']).starts_with(|c: char| c.is_ascii_digit())
        }
        _ => false,
    }
}

/// Whether the line is a page number: -3-, — 3 —, 第3页.
pub(crate) fn is_page_number(line: &str) -> bool {
    let core =
        line.trim_matches(|c: char| is_space(c) || matches!(c, '-' | '—' | '–' | '－' | '第' | '页' | '/'));
    core.len() <= 3 && (!core.is_empty() || line.len() <= 9) && core.bytes().all(|byte| byte.is_ascii_digit())
}

/// Puts paragraphs together and cuts them into sentences.
struct Paragraphs<'a> {
    letters: Letters<'a>,
    sentence_start: usize,
    /// Whether the sentence may hold a quantity.
    is_candidate: bool,
    traits: &'static Traits,
    reader: Reader<'a>,
}

impl Paragraphs<'_> {
    fn push(&mut self, text: &str, start: usize) {
        let mut before = 0;
        let (mut gap, mut is_ordinal) = (false, false);
        self.letters.reserve(text.len() / 2);
        let may_be_too_long = SENTENCE_LETTERS_MAX <= self.letters.len() - self.sentence_start + text.len();
        for (offset, character) in text.char_indices() {
            let traits = self.traits.of(character);
            // Most letters do nothing by themselves and stand behind one that makes nothing of them.
            if traits & ACTS == 0 && before & READY == 0 && !gap {
                self.letters.push(character, start + offset, false);
                is_ordinal = false;
            } else {
                // What was lost between two digits may have been one.
                let is_in_number = || {
                    let is_digit_next = || text.as_bytes().get(offset + 1).is_some_and(u8::is_ascii_digit);
                    character == '?' && before & DIGIT != 0 && is_digit_next()
                };
                if traits & SPACE != 0 && !is_in_number() {
                    gap = true;
                    continue;
                }
                let letter =
                    if traits & WIDE != 0 { narrow(character).unwrap_or(character) } else { character };
                self.letters.push(letter, start + offset, gap);
                self.is_candidate |= traits & TELLS != 0 && tells(before, traits, gap, is_ordinal);
                // 第二十条
                is_ordinal = traits & ORDINAL != 0 || is_ordinal && traits & NUMBER != 0;
            }
            before = traits;
            gap = false;
            if traits & ENDS != 0
                || may_be_too_long && SENTENCE_LETTERS_MAX <= self.letters.len() - self.sentence_start
            {
                self.end_sentence();
            }
        }
    }

    fn end_sentence(&mut self) {
        let sentence: Range<usize> = self.sentence_start..self.letters.len();
        self.sentence_start = sentence.end;
        if std::mem::take(&mut self.is_candidate) {
            self.reader.read(&self.letters, sentence);
        }
        if PARAGRAPH_LETTERS_MAX <= self.letters.len() {
            self.finish();
        }
    }

    fn finish(&mut self) {
        if self.sentence_start < self.letters.len() {
            self.end_sentence();
        }
        self.letters.clear();
        self.sentence_start = 0;
        self.reader.end_paragraph();
    }
}

/// Whether a letter may count something, or deny it: after a number a unit, after white space a unit without its number, or
/// the beginning of a denial. `before` and `traits` are those of the letter before and its own, `gap` where white space stands
/// before it, `is_ordinal` where the number before it counts nothing.
fn tells(before: u16, traits: u16, gap: bool, is_ordinal: bool) -> bool {
    let behind_number = match before & (DIGIT | ONE | NUMBER) {
        0 => 0,
        kind if kind & DIGIT != 0 => BEHIND_DIGIT,
        kind if kind & ONE != 0 => BEHIND_ONE,
        _ => BEHIND_NUMERAL,
    };
    traits & SAYS_NONE != 0
        || traits & behind_number != 0 && !is_ordinal
        || before & OPENS != 0 && traits & OPENED != 0
        || gap && traits & COUNTS != 0
}

#[cfg(test)]
mod tests;
