//! Table rows that are written over several lines, with pipes where cells end or begin.
//!
//! Two habits of text converters are known. One closes each cell with a pipe, and may open each row with a line of one
//! pipe (`|`, `规章 |`, `0 |`, `|`); the other puts a pipe before each cell but the first and closes the row with a line
//! of one pipe (`规章`, `| 0`, `|`, `|`). In both a pipe alone may also be an empty cell. Which it is follows from the
//! table's own width, since such converters fill each row up to it: the rows are those pieces of one length that all
//! begin with their labels. Where no length gives such pieces, nothing follows, and the lines are left to be read one
//! by one.

use crate::cell::{self, Content};
use crate::fold::{is_space, trimmed};
use crate::sections::is_prescribed_heading;
use gongkai_document::{BlockKind, Document};
use memchr::memmem;
use std::ops::Range;

/// A table found: the cells of each row, as ranges of the document's text, and the number of blocks it takes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Piped {
    pub(super) rows: Vec<Vec<Range<usize>>>,
    pub(super) blocks: usize,
    /// Whether empty cells show among them.
    pub(super) shows_blanks: bool,
}

/// Lines over which one cell may stretch.
const CELL_LINES_MAX: usize = 6;
/// Bytes that a line of a cell may have; longer ones are running text.
const LINE_BYTES_MAX: usize = 400;

/// Finds a table of one of these habits that begins in block `first`. Otherwise tells from which block on it is worth asking
/// again, so that lines that are no such table are not gone through over and over.
/// `are_doubled` is what [`are_doubled`] says.
pub(super) fn piped(document: &Document, first: usize, are_doubled: bool) -> Result<Piped, usize> {
    let lines = Lines { document };
    if are_doubled && lines.line(first) == Some(Line::Other) {
        return doubled(&lines, first);
    }
    match lines.line(first) {
        Some(Line::Lone | Line::Closes) => closed(&lines, first),
        Some(Line::Bare) if lines.goes_on_with_pipe(first) => opened(&lines, first),
        Some(Line::Opens) => led(&lines, first),
        _ => Err(first + 1),
    }
}

/// A line by its pipes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    /// Nothing.
    Empty,
    /// One pipe and nothing else.
    Lone,
    /// Several pipes and nothing else.
    Pads,
    /// Words or values, no pipe.
    Bare,
    /// Something, and nothing but pipes behind its first pipe.
    Closes,
    /// One pipe, and something behind it.
    Opens,
    /// Cells between pipes, or too long.
    Other,
}

struct Lines<'a> {
    document: &'a Document,
}

impl Lines<'_> {
    fn text(&self, block: usize) -> Option<&str> {
        let block = self.document.blocks.get(block)?;
        (!matches!(block.kind, BlockKind::Table(_))).then(|| self.document.text.slice(&block.text))
    }

    fn line(&self, block: usize) -> Option<Line> {
        let text = trimmed(self.text(block)?);
        if text.is_empty() {
            return Some(Line::Empty);
        }
        if LINE_BYTES_MAX < text.len() {
            return Some(Line::Other);
        }
        let Some((before, behind)) = text.split_once('|') else { return Some(Line::Bare) };
        let is_nothing = |part: &str| part.chars().all(|c| is_space(c) || c == '|');
        Some(match (is_nothing(before), is_nothing(behind)) {
            (true, true) if behind.is_empty() => Line::Lone,
            (true, true) => Line::Pads,
            (false, true) => Line::Closes,
            (true, false) if !behind.contains('|') => Line::Opens,
            _ => Line::Other,
        })
    }

    /// Whether the next line but bare ones is one that opens a cell, or one of one pipe.
    fn goes_on_with_pipe(&self, block: usize) -> bool {
        (block + 1..=block + CELL_LINES_MAX)
            .map_while(|block| self.line(block))
            .find(|line| *line != Line::Bare)
            .is_some_and(|line| matches!(line, Line::Opens | Line::Lone))
    }

    /// Whether a line is the heading of a part that a form prescribes.
    fn is_heading(&self, block: usize) -> bool {
        self.text(block).is_some_and(|text| is_prescribed_heading(trimmed(text)))
    }

    /// The place of the first pipe of a block's line.
    fn pipe(&self, block: usize) -> usize {
        let start = self.document.blocks[block].text.start;
        start + self.text(block).and_then(|text| text.find('|')).unwrap_or_default()
    }
}

/// Rows of cells that are each closed by a pipe.
fn closed(lines: &Lines<'_>, first: usize) -> Result<Piped, usize> {
    let mut cells = Vec::new();
    let mut block = first;
    while let Some(line) = lines.line(block) {
        match line {
            Line::Lone | Line::Pads | Line::Closes => push_closed(lines, block..block + 1, &mut cells),
            // The heading of the next part ends the table, whether or not its last row was filled up.
            Line::Bare if lines.is_heading(block) => break,
            Line::Bare => {
                // A cell of several lines, if a line that closes it follows.
                let last = (block + 1..=block + CELL_LINES_MAX)
                    .find(|&next| lines.line(next) != Some(Line::Bare))
                    .filter(|&next| lines.line(next) == Some(Line::Closes));
                let Some(last) = last else { break };
                push_closed(lines, block..last + 1, &mut cells);
                block = last;
            }
            Line::Empty | Line::Opens | Line::Other => break,
        }
        block += 1;
    }
    match rows_of_closed(lines, &cells) {
        Some(rows) => Ok(Piped { rows, blocks: block - first, shows_blanks: true }),
        None => Err(block.max(first + 1)),
    }
}

/// The cell that lines close, and the empty ones that the pipes behind it close.
fn push_closed(lines: &Lines<'_>, blocks: Range<usize>, cells: &mut Vec<Range<usize>>) {
    let all = &lines.document.blocks;
    let (begin, last) = (all[blocks.start].text.start, &all[blocks.end - 1].text);
    let mut start = begin;
    for (at, _) in lines.document.text.slice(last).match_indices('|') {
        let pipe = last.start + at;
        cells.push(start..pipe);
        start = pipe + 1;
    }
}

/// What a cell is, as far as the borders of rows depend on it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Empty,
    Words,
    Value,
}

/// The cells as rows of one width, each with or without a pipe that opens it; none where no width gives rows.
fn rows_of_closed(lines: &Lines<'_>, cells: &[Range<usize>]) -> Option<Vec<Vec<Range<usize>>>> {
    const WIDTH_MAX: usize = 48;
    let kind = |cell: &Range<usize>| match cell::read(lines.document.text.slice(cell)) {
        Content::Blank => Kind::Empty,
        Content::Words => Kind::Words,
        Content::Mark | Content::Number(_) | Content::Numbers => Kind::Value,
    };
    let kinds: Vec<Kind> = cells.iter().map(kind).collect();
    // Rows of labels and pipes alone may as well be whole lines of a table that is nearly empty.
    if !kinds.contains(&Kind::Value) {
        return None;
    }
    // The pipe that opens the first row may stand before the table, or may be lost.
    let begin = |opener: usize| usize::from(opener == 1 && kinds.first() == Some(&Kind::Empty));
    let mut readings = (2..=WIDTH_MAX).rev().flat_map(|width| [(width, 1), (width, 0)]);
    let (width, opener) =
        readings.find(|&(width, opener)| are_rows(&kinds[begin(opener)..], width, opener))?;
    let rows = cells[begin(opener)..].chunks(width + opener);
    Some(rows.map(|row| row[..row.len().min(width)].to_vec()).collect())
}

/// Whether pieces of `width` cells, each followed by the pipe that opens the next where there is one, all are rows:
/// words, then values and empty cells. A row without a label could be a piece of another, so each must have one.
fn are_rows(kinds: &[Kind], width: usize, opener: usize) -> bool {
    const ROWS_MIN: usize = 3;
    let is_row = |row: &[Kind]| {
        let cells = &row[..row.len().min(width)];
        let words = cells.iter().take_while(|kind| **kind == Kind::Words).count();
        let opens_next = row.get(width).is_none_or(|kind| *kind == Kind::Empty);
        0 < words && !cells[words..].contains(&Kind::Words) && opens_next
    };
    let rows = kinds.chunks(width + opener);
    // Pipes behind the last row are no row.
    let is_tail = |row: &&[Kind]| row.iter().all(|kind| *kind == Kind::Empty);
    let tail = rows.clone().rev().take_while(is_tail).count();
    let rows = rows.rev().skip(tail);
    ROWS_MIN <= rows.len() && rows.into_iter().all(is_row)
}

/// Rows that end with a line of one pipe, every cell but the first behind a pipe.
fn opened(lines: &Lines<'_>, first: usize) -> Result<Piped, usize> {
    const ROWS_MIN: usize = 3;
    const ROW_LINES_MAX: usize = 60;
    let all = &lines.document.blocks;
    let mut rows: Vec<Vec<Range<usize>>> = Vec::new();
    let mut block = first;
    while lines.line(block) == Some(Line::Bare) && lines.goes_on_with_pipe(block) {
        let mut row = vec![all[block].text.clone()];
        let mut next = block + 1;
        let is_ended = loop {
            match lines.line(next) {
                Some(Line::Bare) => match row.last_mut() {
                    Some(cell) if next < block + ROW_LINES_MAX => cell.end = all[next].text.end,
                    _ => break false,
                },
                Some(Line::Opens) => row.push(lines.pipe(next) + 1..all[next].text.end),
                Some(Line::Lone) => {
                    let pipe = lines.pipe(next);
                    match lines.line(next + 1) {
                        Some(Line::Lone | Line::Opens) => row.push(pipe + 1..pipe + 1),
                        _ => break true,
                    }
                }
                _ => break false,
            }
            next += 1;
        };
        if !is_ended {
            break;
        }
        rows.push(row);
        block = next + 1;
    }
    let width = rows.first().map_or(0, Vec::len);
    if rows.len() < ROWS_MIN {
        // The line was perhaps the last before a table of the other habit.
        return Err(first + 1);
    }
    // Rows of one cell are none: a pipe alone stands behind every cell, and separates it from the next.
    let is_even = 1 < width && rows.iter().all(|row| row.len() == width);
    // Nor are those in which nothing stands behind the first cell: a pipe stands before every cell, and one behind it.
    let is_blank = |cell: &Range<usize>| cell::read(lines.document.text.slice(cell)) == Content::Blank;
    let has_cells = rows.iter().any(|row| row.iter().skip(1).any(|cell| !is_blank(cell)));
    if is_even && has_cells {
        Ok(Piped { rows, blocks: block - first, shows_blanks: true })
    } else {
        Err(block)
    }
}

/// Cells that stand one a line, each behind a pipe, with no other pipe among them.
fn led(lines: &Lines<'_>, first: usize) -> Result<Piped, usize> {
    const CELLS_MIN: usize = 12;
    let end = (first..).find(|&block| lines.line(block) != Some(Line::Opens)).unwrap_or(first + 1);
    let goes_on = matches!(lines.line(end), Some(Line::Lone | Line::Pads | Line::Closes | Line::Other));
    let follows = first.checked_sub(1).is_some_and(|before| lines.line(before) == Some(Line::Lone));
    if end - first < CELLS_MIN || goes_on || follows {
        return Err(end);
    }
    let cell = |block: usize| lines.pipe(block) + 1..lines.document.blocks[block].text.end;
    let rows = (first..end).map(|block| vec![cell(block)]).collect();
    Ok(Piped { rows, blocks: end - first, shows_blanks: false })
}

/// Whether the rows of the document's tables stand between two pipes each, with two pipes between their cells, all of
/// them written. Two pipes are elsewhere an empty cell; that every second one of all rows is empty is no table.
pub(super) fn are_doubled(document: &Document) -> bool {
    const ROWS_MIN: usize = 6;
    const CELLS_MIN: usize = 3;
    if memmem::find(document.text.as_str().as_bytes(), b"||").is_none() {
        return false;
    }
    let lines = Lines { document };
    let (mut doubled, mut others) = (0, 0);
    for block in (0..document.blocks.len()).filter(|&block| lines.line(block) == Some(Line::Other)) {
        match doubled_cells(&lines, block) {
            Some(cells) if CELLS_MIN <= cells.len() => doubled += 1,
            Some(_) => {}
            None => others += 1,
        }
    }
    ROWS_MIN <= doubled && others * 4 < doubled
}

/// Whether cells over several columns go on in fields of one space, as some converters to Markdown write them: everything
/// else in a row stands between two spaces, so that an empty cell has two.
pub(super) fn are_spans_marked(document: &Document) -> bool {
    const ROWS_MIN: usize = 6;
    const EACH_MIN: usize = 3;
    let text = document.text.as_str().as_bytes();
    if memmem::find(text, b" |  | ").is_none() || memmem::find(text, b" | | ").is_none() {
        return false;
    }
    let lines = Lines { document };
    let (mut rows, mut spans, mut empty) = (0, 0, 0);
    for block in 0..document.blocks.len() {
        let Some(inner) = lines
            .text(block)
            .unwrap_or_default()
            .trim_end()
            .strip_prefix('|')
            .and_then(|text| text.strip_suffix('|'))
        else {
            continue;
        };
        rows += 1;
        for cell in inner.split('|') {
            match cell {
                " " => spans += 1,
                "  " => empty += 1,
                _ if !(cell.starts_with(' ') && cell.ends_with(' ')) || cell.trim().is_empty() => {
                    return false;
                }
                _ => {}
            }
        }
    }
    // A page in one cell is one long line.
    (ROWS_MIN <= rows || ROWS_MIN * EACH_MIN <= empty) && EACH_MIN <= spans && EACH_MIN <= empty
}

/// Rows of that kind.
fn doubled(lines: &Lines<'_>, first: usize) -> Result<Piped, usize> {
    let rows: Vec<Vec<Range<usize>>> = (first..).map_while(|block| doubled_cells(lines, block)).collect();
    if rows.is_empty() {
        return Err(first + 1);
    }
    Ok(Piped { blocks: rows.len(), rows, shows_blanks: false })
}

/// The cells of such a row; none for any other line.
fn doubled_cells(lines: &Lines<'_>, block: usize) -> Option<Vec<Range<usize>>> {
    let text = lines.text(block)?;
    let line = trimmed(text);
    if LINE_BYTES_MAX < line.len() {
        return None;
    }
    let inner = line.strip_prefix('|')?.strip_suffix('|')?;
    let start = lines.document.blocks[block].text.start + (inner.as_ptr() as usize - text.as_ptr() as usize);
    let cells: Vec<Range<usize>> = inner
        .split("||")
        .map(|cell| {
            let begin = start + (cell.as_ptr() as usize - inner.as_ptr() as usize);
            begin..begin + cell.len()
        })
        .collect();
    let is_cell = |cell: &Range<usize>| {
        let words = lines.document.text.slice(cell);
        !words.contains('|') && !words.trim_matches(is_space).is_empty()
    };
    cells.iter().all(is_cell).then_some(cells)
}
