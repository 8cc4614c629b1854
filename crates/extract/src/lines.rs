//! The running text as lines: every paragraph, heading and line of plain text that is no part of a table.

use crate::fold::is_space;
use gongkai_document::{BlockKind, Document};
use std::ops::Range;

/// A line of running text.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// Its characters in the document's text, without surrounding white space; never empty.
    pub(crate) text: Range<usize>,
}

/// The lines of `document`, without the blocks that `is_table` names.
pub(crate) fn lines(document: &Document, is_table: impl Fn(usize) -> bool) -> Vec<Line> {
    let mut lines = Vec::new();
    for (index, block) in document.blocks.iter().enumerate() {
        if matches!(block.kind, BlockKind::Table(_)) || is_table(index) {
            continue;
        }
        let mut start = block.text.start;
        for part in document.text.slice(&block.text).split('\n') {
            let trimmed = part.trim_matches(is_space);
            if !trimmed.is_empty() {
                let begin = start + part.len() - part.trim_start_matches(is_space).len();
                lines.push(Line { text: begin..begin + trimmed.len() });
            }
            start += part.len() + 1;
        }
    }
    lines
}

/// `text` without any white space.
pub(crate) fn without_spaces(text: &str) -> String {
    text.chars().filter(|&c| !is_space(c)).collect()
}
