//! Table rows that are written over several lines, with pipes where cells end or begin.
//!
//! Two habits of text converters are known. One opens a row with a line of one pipe and closes each cell with a pipe
//! (`|`, `规章 |`, `0 |`, `|`); the other puts a pipe before each cell but the first and closes the row with a line of
//! one pipe (`规章`, `| 0`, `|`, `|`). In both a line of one pipe may also be an empty cell. Which it is follows from
//! the table's own width, since such converters fill each row up to it; where rows are of several widths, nothing
//! follows, and the lines are left to be read one by one.

use crate::cell;
use crate::fold::is_space;
use gongkai_document::{BlockKind, Document};
use std::ops::Range;

/// A table found: the cells of each row, as ranges of the document's text, and the number of blocks it takes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Piped {
    pub(super) rows: Vec<Vec<Range<usize>>>,
    pub(super) blocks: usize,
}

/// Lines over which one cell may stretch.
const CELL_LINES_MAX: usize = 6;
/// Bytes that a line of a cell may have; longer ones are running text.
const LINE_BYTES_MAX: usize = 400;

/// What the lines of such a table say, in order.
#[derive(Debug, PartialEq, Eq)]
enum Event {
    /// A cell, perhaps empty, perhaps over several lines.
    Cell(Range<usize>),
    /// A line of one pipe: the border of a row, or an empty cell there.
    Lone(usize),
}

/// Finds a table of either habit that begins in block `first`. Otherwise tells from which block on it is worth asking
/// again, so that lines that are no such table are not gone through over and over.
pub(super) fn piped(document: &Document, first: usize) -> Result<Piped, usize> {
    let lines = Lines { document };
    match lines.line(first) {
        Some(Line::Lone) => closed(&lines, first),
        Some(Line::Bare) if lines.goes_on_with_pipe(first) => opened(&lines, first),
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
        let text = self.text(block)?.trim_matches(is_space);
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

    /// The place of the first pipe of a block's line.
    fn pipe(&self, block: usize) -> usize {
        let start = self.document.blocks[block].text.start;
        start + self.text(block).and_then(|text| text.find('|')).unwrap_or_default()
    }

    fn is_words(&self, range: &Range<usize>) -> bool {
        cell::read(self.document.text.slice(range)).is_words()
    }
}

/// Rows that begin with a line of one pipe, every cell closed by a pipe.
fn closed(lines: &Lines<'_>, first: usize) -> Result<Piped, usize> {
    let mut events = Vec::new();
    let mut block = first;
    while let Some(line) = lines.line(block) {
        match line {
            Line::Lone => events.push(Event::Lone(lines.pipe(block))),
            Line::Pads | Line::Closes => push_closed(lines, block..block + 1, &mut events),
            Line::Bare => {
                // A cell of several lines, if a line that closes it follows.
                let last = (block + 1..=block + CELL_LINES_MAX)
                    .find(|&next| lines.line(next) != Some(Line::Bare))
                    .filter(|&next| lines.line(next) == Some(Line::Closes));
                let Some(last) = last else { break };
                push_closed(lines, block..last + 1, &mut events);
                block = last;
            }
            Line::Empty | Line::Opens | Line::Other => break,
        }
        block += 1;
    }
    let none = Err(block.max(first + 1));
    let Some(width) = width(&events) else { return none };
    let rows = rows_of_closed(lines, &events, width);
    // One row of another width, and the empty cells may be others: then nothing is known.
    let is_even = rows.iter().all(|row| row.len() == width);
    if is_even { Ok(Piped { rows, blocks: block - first }) } else { none }
}

/// The cell that lines close, and the empty ones that the pipes behind it close.
fn push_closed(lines: &Lines<'_>, blocks: Range<usize>, events: &mut Vec<Event>) {
    let all = &lines.document.blocks;
    let (begin, last) = (all[blocks.start].text.start, &all[blocks.end - 1].text);
    let mut start = begin;
    for (at, _) in lines.document.text.slice(last).match_indices('|') {
        let pipe = last.start + at;
        events.push(Event::Cell(start..pipe));
        start = pipe + 1;
    }
}

/// The number of cells of most rows between two lone pipes.
fn width(events: &[Event]) -> Option<usize> {
    const ROWS_MIN: usize = 3;
    let mut counts: Vec<(usize, usize)> = Vec::new();
    let rows = events.split(|event| matches!(event, Event::Lone(_))).filter(|row| !row.is_empty());
    let mut all = 0;
    for row in rows {
        all += 1;
        match counts.iter_mut().find(|(cells, _)| *cells == row.len()) {
            Some((_, seen)) => *seen += 1,
            None => counts.push((row.len(), 1)),
        }
    }
    let (cells, seen) = counts.into_iter().max_by_key(|&(cells, seen)| (seen, cells))?;
    (2 <= cells && ROWS_MIN <= seen && all < 2 * seen).then_some(cells)
}

fn rows_of_closed(lines: &Lines<'_>, events: &[Event], width: usize) -> Vec<Vec<Range<usize>>> {
    // The first event is the pipe that opens the first row.
    let mut rows: Vec<Vec<Range<usize>>> = Vec::new();
    let mut at = 0;
    while at < events.len() {
        match &events[at] {
            Event::Cell(cell) => {
                match rows.last_mut() {
                    Some(row) => row.push(cell.clone()),
                    None => rows.push(vec![cell.clone()]),
                }
                at += 1;
            }
            Event::Lone(_) => {
                let group = events[at..].iter().take_while(|event| matches!(event, Event::Lone(_))).count();
                let next = events.get(at + group);
                let found = rows.last().map_or(width, Vec::len);
                // As many empty cells as the row before lacks, then the pipe that opens the next row, then its first
                // cells, which are empty.
                let lacking = width.saturating_sub(found);
                let empty = match next {
                    _ if lacking < group => lacking,
                    Some(Event::Cell(cell)) if lines.is_words(cell) => group - 1,
                    Some(_) => group,
                    None => group.min(lacking),
                };
                let pipe = |event: &Event| match event {
                    Event::Lone(at) => *at..*at,
                    Event::Cell(cell) => cell.clone(),
                };
                if let Some(row) = rows.last_mut() {
                    row.extend(events[at..at + empty].iter().map(pipe));
                }
                if empty < group {
                    rows.push(events[at + empty + 1..at + group].iter().map(pipe).collect());
                }
                at += group;
            }
        }
    }
    rows
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
    let is_even = rows.iter().all(|row| row.len() == width);
    if is_even { Ok(Piped { rows, blocks: block - first }) } else { Err(block) }
}
