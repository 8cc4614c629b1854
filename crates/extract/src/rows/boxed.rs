//! Rows of tables that are drawn with characters: between two ruled lines stands one row, over as many lines as its longest
//! cell has.

use super::separated::{UPRIGHTS, is_labelled_row};
use crate::fold::{is_space, trimmed};
use gongkai_document::{BlockKind, Document};
use memchr::{memchr, memmem};
use std::ops::Range;

/// A row: the pieces of each of its cells, one a line; one empty piece where a cell has none. And the blocks it takes, with
/// the rule above it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Boxed {
    pub(super) cells: Vec<Vec<Range<usize>>>,
    pub(super) blocks: usize,
}

/// Lines over which one row may stretch.
const LINES_MAX: usize = 24;

/// Whether the document may have ruled lines at all.
pub(super) fn has_rules(document: &Document) -> bool {
    let text = document.text.as_str().as_bytes();
    let has = |rule: &str| memmem::find(text, rule.as_bytes()).is_some();
    (memchr(b'+', text).is_some() && has("-+-")) || has("─┼")
}

/// The row that stands below the ruled line in block `first`, if there is one and each of its lines has all its cells.
pub(super) fn row(document: &Document, first: usize) -> Option<Boxed> {
    let line = |block: usize| {
        let block = document.blocks.get(block)?;
        (!matches!(block.kind, BlockKind::Table(_))).then(|| document.text.slice(&block.text))
    };
    if !is_rule(line(first)?) {
        return None;
    }
    let mut cells: Vec<Vec<Range<usize>>> = Vec::new();
    let mut lines = 0;
    let (mut is_drawn, mut labelled) = (false, 0);
    loop {
        let block = first + 1 + lines;
        let text = line(block)?;
        if is_rule(text) {
            break;
        }
        let found = cells_of(text, document.blocks[block].text.start)?;
        if LINES_MAX <= lines || (0 < lines && found.len() != cells.len()) {
            return None;
        }
        is_drawn = trimmed(text).starts_with(UPRIGHTS);
        // Rows below each other that no line parts.
        labelled += usize::from(is_drawn && is_labelled_row(document, &found));
        if 1 < labelled {
            return None;
        }
        cells.resize(found.len(), Vec::new());
        for (pieces, piece) in cells.iter_mut().zip(found) {
            if !document.text.slice(&piece).trim_matches(is_space).is_empty() {
                pieces.push(piece);
            } else if pieces.is_empty() && lines == 0 {
                pieces.push(piece.start..piece.start);
            }
        }
        lines += 1;
    }
    // An empty first line of a cell with others is none of it.
    for pieces in cells.iter_mut().filter(|pieces| 1 < pieces.len()) {
        pieces.retain(|piece| !piece.is_empty());
    }
    // Between pipes a row of one line needs no rules to be one.
    let lines_min = if is_drawn { 1 } else { 2 };
    (lines_min <= lines && 1 < cells.len()).then_some(Boxed { cells, blocks: lines + 1 })
}

/// Whether a line is drawn between two rows: `+-----+-----+`, `├────┼────┤`.
fn is_rule(line: &str) -> bool {
    const CHARS_MIN: usize = 5;
    let line = trimmed(line);
    CHARS_MIN <= line.len()
        && line.starts_with(['+', '├', '┌', '└', '╞', '╔', '╠'])
        && line.contains(['+', '┼', '┬', '┴', '╪', '┤', '┐', '┘'])
        && line.chars().all(|c| matches!(c, '+' | '-' | '=' | ':' | '|' | '\u{2500}'..='\u{257f}'))
}

/// The cells of a line that begins and ends with an upright.
fn cells_of(line: &str, start: usize) -> Option<Vec<Range<usize>>> {
    let upright = ['|', '│', '┃', '║'];
    let inner = trimmed(line);
    let inner = inner.strip_prefix(upright)?.strip_suffix(upright)?;
    let base = start + (inner.as_ptr() as usize - line.as_ptr() as usize);
    let cell = |cell: &str| {
        let begin = base + (cell.as_ptr() as usize - inner.as_ptr() as usize);
        begin..begin + cell.len()
    };
    Some(inner.split(upright).map(cell).collect())
}
