//! The running text as lines: every paragraph, heading and line of plain text that is no part of a table.

use crate::fold::{is_space, next_space, trimmed};
use crate::sections::is_first_part;
use gongkai_document::{BlockKind, Document};
use memchr::memchr;
use std::ops::Range;

/// A line of running text.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// Its characters in the document's text, without surrounding white space; never empty.
    pub(crate) text: Range<usize>,
}

/// The lines of `document`, without the blocks that `is_table` names.
pub(crate) fn lines(document: &Document, is_table: impl Fn(usize) -> bool) -> Vec<Line> {
    lines_of(document, &[], is_table)
}

/// The same where some blocks hold both tables and running text: `texts` are the pieces of text, with their blocks.
pub(crate) fn lines_of(
    document: &Document,
    texts: &[(usize, Range<usize>)],
    is_table: impl Fn(usize) -> bool,
) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut texts = texts.iter().peekable();
    for (index, block) in document.blocks.iter().enumerate() {
        if texts.peek().is_some_and(|(block, _)| *block == index) {
            // The parts of a report that has lost its lines are counted from the first to the last of them.
            let is_whole = is_joined(document.text.slice(&block.text));
            while let Some((_, text)) = texts.next_if(|(block, _)| *block == index) {
                if !is_whole {
                    push_lines(document, text, &mut lines);
                }
            }
            if is_whole {
                push_lines(document, &block.text, &mut lines);
            }
        } else if !matches!(block.kind, BlockKind::Table(_)) && !is_table(index) {
            push_lines(document, &block.text, &mut lines);
        }
    }
    lines
}

fn push_lines(document: &Document, text: &Range<usize>, lines: &mut Vec<Line>) {
    let mut start = text.start;
    for part in split_lines(document.text.slice(text)) {
        let trimmed = trimmed(part);
        if !trimmed.is_empty() {
            let begin = start + (trimmed.as_ptr() as usize - part.as_ptr() as usize);
            push_line(lines, trimmed, begin);
        }
        start += part.len() + 1;
    }
}

/// Lines that are this long may be a whole report that has lost its lines. In bytes.
const JOINED_BYTES_MIN: usize = 600;
/// Shorter ones may be a list of contents, too: a report has sentences between its headings.
const LIST_BYTES_MAX: usize = 3_000;
/// Words that begin a table of an official form in a text that has lost its lines.
const TABLE_BEGINS: [&str; 7] = [
    "第二十条第",
    "信息内容",
    "（本列数据",
    "(本列数据",
    "申请人情况",
    "行政复议行政诉讼结果维持",
    "指标名称",
];

/// Whether the text is a whole report that has lost its lines.
pub(crate) fn is_joined(text: &str) -> bool {
    LIST_BYTES_MAX <= text.len() && !inner_headings(text).is_empty()
}

/// The headings inside a text that has lost its lines.
fn inner_headings(text: &str) -> Vec<Range<usize>> {
    // Headings are numbered 一、 to 三、, or stand between white space; most paragraphs have none.
    if text.len() < JOINED_BYTES_MIN
        || !text.contains("一、")
        || !(text.contains("三、") || text.contains(" 一、"))
    {
        return Vec::new();
    }
    let mut headings = crate::sections::inner_headings(text);
    // Of a text that breaks off, the first heading alone may be there.
    let between = match headings.as_slice() {
        [only] if is_first_part(text, only) => only.end..text.len(),
        [first, .., last] => first.end..last.start,
        _ => 0..0,
    };
    let has_sentences = || text.get(between).is_some_and(|between| between.contains('。'));
    if text.len() < LIST_BYTES_MAX && !has_sentences() {
        headings.clear();
    }
    headings
}

/// Adds a line; the parts of a report that has lost its lines as lines of their own, without their tables.
fn push_line(lines: &mut Vec<Line>, text: &str, begin: usize) {
    let headings = inner_headings(text);
    let mut push = |range: Range<usize>| {
        let part = text.get(range.clone()).unwrap_or_default();
        let trimmed = part.trim_matches(is_space);
        if !trimmed.is_empty() {
            let at = begin + range.start + part.len() - part.trim_start_matches(is_space).len();
            lines.push(Line { text: at..at + trimmed.len() });
        }
    };
    let mut end = headings.first().map_or(text.len(), |heading| heading.start);
    push(0..end);
    for (index, heading) in headings.iter().enumerate() {
        push(heading.clone());
        end = headings.get(index + 1).map_or(text.len(), |next| next.start);
        let body = text.get(heading.end..end).unwrap_or_default();
        let table = TABLE_BEGINS.iter().filter_map(|words| body.find(words)).min();
        push(heading.end..table.map_or(end, |at| heading.end + at));
    }
}

/// The lines of `text`, as `split('\n')` gives them.
pub(crate) fn split_lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let end = memchr(b'\n', text.as_bytes());
        rest = end.and_then(|end| text.get(end + 1..));
        text.get(..end.unwrap_or(text.len()))
    })
}

/// `text` without any white space.
pub(crate) fn without_spaces(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    while let Some(space) = next_space(text, from) {
        out.push_str(text.get(from..space.start).unwrap_or_default());
        from = space.end;
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}
