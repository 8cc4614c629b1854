//! Tables that are made of `<div>`s or list items: rows of equally many elements under one parent, most of which hold
//! numbers. They become tables as if they had been marked up as such, so that an empty cell is seen.
//!
//! Paragraphs and lists look the same but for the numbers. Where these do not tell, everything stays a paragraph.

use super::grid::{self, WrittenCell};
use super::tag::is_blank;
use crate::{Block, BlockKind};
use std::ops::Range;

/// A row has at least so many cells.
const CELLS_MIN: usize = 3;
/// With so many cells one row of numbers is a table.
const CELLS_OF_ONE_ROW: usize = 8;
/// Longer texts are no numbers. In bytes.
const VALUE_BYTES_MAX: usize = 40;
/// Elements that are kept in mind. Pages with more have no such table.
const ENTRIES_MAX: usize = 100_000;

/// What a closed element is to its parent.
#[derive(Debug)]
enum Entry {
    /// A cell, perhaps: it holds no other elements, or only a few lines.
    Leaf(WrittenCell),
    /// A row, perhaps: it holds several of those.
    Row(Vec<WrittenCell>, Range<usize>),
    /// Anything else.
    Other,
}

/// The closed elements whose parents are still open.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    entries: Vec<Entry>,
    is_full: bool,
}

impl Shelf {
    /// Where the children of an element that opens now will begin.
    pub(super) fn mark(&self) -> usize {
        self.entries.len()
    }

    /// Forgets what an element held that is not displayed.
    pub(super) fn forget(&mut self, mark: usize) {
        self.entries.truncate(mark);
    }

    /// Takes an element that cannot be part of such a table.
    pub(super) fn other(&mut self, mark: usize) {
        self.entries.truncate(mark);
        self.push(Entry::Other);
    }

    fn push(&mut self, entry: Entry) {
        self.is_full |= ENTRIES_MAX <= self.entries.len();
        if !self.is_full {
            self.entries.push(entry);
        }
    }

    /// Takes an element that ends at `at` of the markup, whose children begin at `mark` and whose blocks at
    /// `first_block`. `end` is the end of the text so far. Tables among its children take their places off
    /// `places_left`.
    pub(super) fn close(
        &mut self,
        mark: usize,
        first_block: usize,
        text: &str,
        at: usize,
        blocks: &mut Vec<Block>,
        places_left: &mut usize,
    ) {
        let children = self.entries.get(mark..).unwrap_or_default();
        let is_leaf = |entry: &Entry| matches!(entry, Entry::Leaf(_));
        let entry = match children {
            [] => Some(leaf(first_block, text, at, blocks)),
            [_] => None,
            [Entry::Leaf(_), Entry::Leaf(_)] => Some(leaf(first_block, text, at, blocks)),
            children if children.iter().all(is_leaf) => {
                let cells = self.entries.drain(mark..).filter_map(|entry| match entry {
                    Entry::Leaf(cell) => Some(cell),
                    Entry::Row(..) | Entry::Other => None,
                });
                Some(Entry::Row(cells.collect(), first_block..blocks.len()))
            }
            _ => {
                self.form_tables(mark, text, blocks, places_left);
                Some(Entry::Other)
            }
        };
        // The only child of an element stands for it.
        if let Some(entry) = entry {
            self.entries.truncate(mark);
            self.push(entry);
        }
    }

    /// Makes tables of the runs of rows from `mark` on.
    pub(super) fn form_tables(
        &mut self,
        mark: usize,
        text: &str,
        blocks: &mut Vec<Block>,
        places_left: &mut usize,
    ) {
        if self.is_full {
            return;
        }
        let entries: Vec<Entry> = self.entries.drain(mark..).collect();
        let mut runs: Vec<Vec<(Vec<WrittenCell>, Range<usize>)>> = vec![Vec::new()];
        for entry in entries {
            match entry {
                Entry::Row(cells, of_row) if CELLS_MIN <= cells.len() => {
                    let last = runs.last().and_then(|run| run.last());
                    if last.is_some_and(|(last, _)| last.len() != cells.len()) {
                        runs.push(Vec::new());
                    }
                    if let Some(run) = runs.last_mut() {
                        run.push((cells, of_row));
                    }
                }
                _ => runs.push(Vec::new()),
            }
        }
        // From the last on, so that the places of the blocks before stay.
        for run in runs.into_iter().rev().filter(|run| is_table(run, text)) {
            form_table(run, blocks, places_left);
        }
    }
}

/// An element as the cell that it may be.
fn leaf(first_block: usize, text: &str, at: usize, blocks: &[Block]) -> Entry {
    let own = blocks.get(first_block..).unwrap_or_default();
    let range = match (own.first(), own.last()) {
        (Some(first), Some(last)) => first.text.start..last.text.end.max(first.text.start),
        _ => text.len()..text.len(),
    };
    let is_text = |block: &Block| matches!(block.kind, BlockKind::Paragraph);
    if !own.iter().all(is_text) {
        return Entry::Other;
    }
    Entry::Leaf(WrittenCell {
        row: 0,
        column_span: 1,
        row_span: 1,
        text: range,
        blocks: first_block..blocks.len(),
        at,
        is_scripted: false,
    })
}

/// Whether rows of equal length are those of a table: there are numbers in most cells of some of them.
fn is_table(rows: &[(Vec<WrittenCell>, Range<usize>)], text: &str) -> bool {
    let of_numbers = |(cells, _): &&(Vec<WrittenCell>, Range<usize>)| {
        let texts = || {
            cells.iter().map(|cell| text.get(cell.text.clone()).unwrap_or_default().trim_matches(is_blank))
        };
        let values = texts().filter(|text| is_value(text)).count();
        let written = texts().filter(|text| !text.is_empty() && is_value(text)).count();
        1 <= written && cells.len() <= values * 2
    };
    let with_numbers = rows.iter().filter(of_numbers).count();
    let is_long = rows.first().is_some_and(|(cells, _)| CELLS_OF_ONE_ROW <= cells.len());
    2 <= with_numbers || (is_long && with_numbers == 1)
}

/// Whether a text is a number, a mark, or nothing. A date is none: lists of links have those.
fn is_value(text: &str) -> bool {
    let is_date =
        || 4 <= text.find(['-', '/', '.']).unwrap_or(0) && 2 <= text.matches(['-', '/', '.']).count();
    text.len() <= VALUE_BYTES_MAX
        && !is_date()
        && text.chars().all(|character| {
            character.is_ascii_digit()
                || is_blank(character)
                || matches!(character, '０'..='９' | '.' | ',' | '/' | '-' | '+' | '—' | '－' | '–')
                || "件条万亿元无项个次份增减%".contains(character)
        })
}

/// Puts a table in the place of the blocks of its rows.
fn form_table(rows: Vec<(Vec<WrittenCell>, Range<usize>)>, blocks: &mut Vec<Block>, places_left: &mut usize) {
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return };
    let own = first.1.start..last.1.end;
    let groups = vec![0; rows.len()];
    let mut cells: Vec<WrittenCell> = Vec::new();
    for (row, (of_row, _)) in (0..).zip(rows) {
        cells.extend(of_row.into_iter().map(|cell| WrittenCell { row, ..cell }));
    }
    let written = |cell: &&WrittenCell| !cell.text.is_empty();
    let (Some(begin), Some(end)) = (cells.iter().find(written), cells.iter().rfind(written)) else { return };
    let text = begin.text.start..end.text.end;
    let Some(grid) = grid::form(&cells, &groups, places_left, |_, _| ()) else { return };
    if own.end <= blocks.len() {
        blocks.splice(own, [Block { kind: BlockKind::Table(grid), text }]);
    }
}
