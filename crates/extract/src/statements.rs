//! The quantities of the running text: what is counted, of whom, when, and which indicator it states.
//!
//! Paragraphs are put together from their lines, sentences with a number in them become tokens, and each quantity is read
//! in its sentence. Everything is bounded, and nothing that the text leaves open is decided.

mod context;
mod indicators;
mod lexicon;
mod numbers;
mod reading;
mod text;
mod tokens;

use crate::fold::is_space;
use crate::lines::Line;
use gongkai_document::{Document, Media};
use gongkai_model::{Section, Statement};
use lexicon::LEXICON;
use reading::Reader;
use std::ops::Range;
use text::Letters;

/// More statements than any report has.
const STATEMENTS_MAX: usize = 4_000;
/// A paragraph is read in pieces of at most so many letters.
const PARAGRAPH_LETTERS_MAX: usize = 20_000;
/// So is a sentence.
const SENTENCE_LETTERS_MAX: usize = 1_500;
/// A line of wrapped text is at least so long, in bytes.
const WRAPPED_BYTES_MIN: usize = 54;

/// What is known of the report that the statements stand in.
#[derive(Debug, Default)]
pub(crate) struct Frame<'a> {
    pub(crate) year: Option<u16>,
    /// Names of the report's own body and area.
    pub(crate) names: Vec<&'a str>,
    /// The rank of the subject.
    pub(crate) rank: gongkai_model::Rank,
}

/// The statements of the lines, in the order of the text. `sections` are the headings with their lines.
pub(crate) fn statements(
    document: &Document,
    lines: &[Line],
    sections: &[(usize, Section)],
    frame: &Frame<'_>,
) -> Vec<Statement> {
    let mut paragraphs = Paragraphs {
        letters: Letters::of(document.text.as_str()),
        sentence_start: 0,
        is_candidate: false,
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
fn is_wrapped(line: &str) -> bool {
    WRAPPED_BYTES_MIN <= line.len() && !line.ends_with(['。', '；', '：', ':', ';', '！', '？', '|'])
}

/// Whether the line begins an item of its own: （一） 1. 一是.
fn begins_an_item(line: &str) -> bool {
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
fn is_page_number(line: &str) -> bool {
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
    reader: Reader<'a>,
}

impl Paragraphs<'_> {
    fn push(&mut self, text: &str, start: usize) {
        let mut before = ' ';
        for (offset, character) in text.char_indices() {
            if is_space(character) {
                before = '\u{3000}';
                continue;
            }
            let letter = self.letters.push(character, start + offset);
            self.is_candidate |= may_count(before, letter);
            before = letter;
            match letter {
                '。' | '!' | '?' => self.end_sentence(),
                _ if SENTENCE_LETTERS_MAX <= self.letters.len() - self.sentence_start => self.end_sentence(),
                _ => {}
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

/// Whether a quantity or a denial may stand where `letter` follows `before`.
fn may_count(before: char, letter: char) -> bool {
    let after_number = || {
        LEXICON.units.begins(letter)
            || matches!(letter, '余' | '多' | '万' | '亿' | '千' | '至' | '-' | '—' | '~' | '%')
    };
    match before {
        // 为0。 may be a count without unit.
        '0'..='9' => after_number() || matches!(letter, '。' | ',' | ';'),
        '一' | '二' | '两' | '三' | '四' | '五' | '六' | '七' | '八' | '九' | '十' | '百' | '千' | '万'
        | '亿' | '零' => after_number() || matches!(letter, '十' | '百' | '零'),
        '未' | '没' => matches!(
            letter,
            '收' | '接' | '受' | '产' | '发' | '出' | '有' | '因' | '被' | '获' | '涉' | '向' | '曾'
        ),
        '\u{3000}' => matches!(letter, '条' | '件' | '次' | '篇' | '期' | '场' | '份' | '项' | '人'),
        _ => letter == '无' || letter == '零',
    }
}

#[cfg(test)]
mod tests;
