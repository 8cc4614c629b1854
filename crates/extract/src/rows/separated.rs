//! Tables whose cells stand between commas or between upright lines: the rows of a run of lines that all have as many of them.
//!
//! A comma also parts clauses and thousands, and a cell of a drawn table may go on in the line below. So a run is a table only
//! where every line has the same number of separators, the words of an official form stand alone between some of them, and
//! nothing shows that a line is a piece of a row.

use crate::cell;
use crate::fold::{fold, is_space, trimmed};
use crate::tables::is_table_word;
use gongkai_document::{BlockKind, Document};
use memchr::{memchr, memchr_iter, memchr2, memmem};
use std::ops::Range;

/// A run of lines, each a block: the cells of each row that was found, or none, and the number of blocks that it takes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Separated {
    pub(super) rows: Vec<(usize, Vec<Range<usize>>)>,
    pub(super) blocks: usize,
}

/// A longer line is running text. In bytes.
const LINE_BYTES_MAX: usize = 600;
/// So many cells of a run are words of a form, and nothing else.
const FORM_WORDS_MIN: usize = 2;
/// A row of so many values needs no label.
const UNLABELLED_MIN: usize = 15;
/// A row of a form has fewer cells.
const CELLS_MAX: usize = 40;

/// So many lines are drawn inside a table whose rows they part; fewer stand below its header and at its end.
const RULES_MIN: usize = 3;

pub(super) const UPRIGHTS: [char; 3] = ['│', '┃', '║'];

/// Whether the document may have such lines at all.
pub(super) fn may_be_in(document: &Document) -> bool {
    let text = document.text.as_str().as_bytes();
    memchr(b',', text).is_some()
        || UPRIGHTS
            .iter()
            .any(|upright| memmem::find(text, upright.encode_utf8(&mut [0; 4]).as_bytes()).is_some())
}

/// The run of lines between the same separators that begins in block `first`, if one does.
pub(super) fn run(document: &Document, first: usize) -> Option<Separated> {
    let line = |block: usize| {
        let block = document.blocks.get(block)?;
        let text = document.text.slice(&block.text);
        (!matches!(block.kind, BlockKind::Table(_)) && text.len() <= LINE_BYTES_MAX).then_some(text)
    };
    let is_drawn = trimmed(line(first)?).starts_with(UPRIGHTS);
    let cells = |block: usize| {
        let text = line(block)?;
        let start = document.blocks.get(block)?.text.start;
        let cells = if is_drawn { between_uprights(text)? } else { between_commas(text)? };
        Some(cells.into_iter().map(|cell| start + cell.start..start + cell.end).collect::<Vec<_>>())
    };
    let mut found = Separated::default();
    let columns = cells(first)?.len();
    let (mut rules, mut since_rule, mut is_over_lines) = (0, 0, false);
    loop {
        let block = first + found.blocks;
        let is_rule = is_drawn && line(block).is_some_and(|text| 0 < found.blocks && is_drawn_rule(text));
        if is_rule {
            (rules, since_rule) = (rules + 1, 0);
        } else {
            since_rule += 1;
            is_over_lines |= 1 < since_rule;
            match cells(block).filter(|cells| cells.len() == columns) {
                Some(cells) => found.rows.push((block, cells)),
                None => break,
            }
        }
        found.blocks += 1;
    }
    // A line of more or fewer cells is a row of the table all the same, and may hold a piece of another; where a comma is one
    // of thousands, or empty cells are left out, their number says nothing.
    let goes_on_unevenly =
        [first.checked_sub(1), Some(first + found.blocks)].into_iter().flatten().any(|block| {
            line(block).is_some_and(|text| match is_drawn {
                true => text.contains(UPRIGHTS),
                false => is_between_commas(text),
            })
        });
    // Where lines are drawn between rows, what stands between two of them is one row.
    let are_rows_ruled = RULES_MIN <= rules && is_over_lines;
    if goes_on_unevenly || are_rows_ruled || !is_table(document, &found.rows, is_drawn) {
        found.rows.clear();
    }
    Some(found)
}

/// Whether the rows are a table of a form, each of them whole.
fn is_table(document: &Document, rows: &[(usize, Vec<Range<usize>>)], is_drawn: bool) -> bool {
    const ROWS_MIN: usize = 2;
    if rows.len() < ROWS_MIN {
        return false;
    }
    let written = |cell: &Range<usize>| trimmed(document.text.slice(cell));
    let is_value = |cell: &Range<usize>| cell::read_trimmed(written(cell)).is_written_value();
    let form_words =
        rows.iter().flat_map(|(_, cells)| cells).filter(|cell| is_form_word(document, cell)).count();
    // 行政许可 1,234: the comma is that of thousands.
    let holds_several = |cell: &Range<usize>| {
        let words = written(cell);
        words.contains(['。', '；'])
            || words.split(is_space).skip(1).any(|part| part.starts_with(|c: char| c.is_ascii_digit()))
    };
    // Where a narrow column has broken a number, a unit or a label, no words of the form's stand in the line.
    let is_piece = |cells: &[Range<usize>]| {
        let values = cells.iter().filter(|cell| is_value(cell)).count();
        values < UNLABELLED_MIN
            && cells.iter().any(|cell| !written(cell).is_empty())
            && !cells.iter().any(|cell| is_form_word(document, cell))
    };
    FORM_WORDS_MIN <= form_words
        && rows.iter().any(|(_, cells)| cells.iter().any(is_value))
        && !rows.iter().any(|(_, cells)| cells.iter().any(holds_several) || is_drawn && is_piece(cells))
}

/// Whether a cell holds words of a form, such as the label of a row, and nothing else.
fn is_form_word(document: &Document, cell: &Range<usize>) -> bool {
    is_table_word(&fold(document.text.slice(cell)))
}

/// Whether a line of these cells is a whole row of a form.
pub(super) fn is_labelled_row(document: &Document, cells: &[Range<usize>]) -> bool {
    let is_value =
        |cell: &Range<usize>| cell::read_trimmed(trimmed(document.text.slice(cell))).is_written_value();
    cells.iter().any(|cell| is_form_word(document, cell)) && cells.iter().any(is_value)
}

/// The cells of a line between commas, of which one in quotation marks may hold some.
fn between_commas(line: &str) -> Option<Vec<Range<usize>>> {
    let bytes = line.as_bytes();
    memchr(b',', bytes)?;
    if memchr2(b'\t', b'|', bytes).is_some() {
        return None;
    }
    let is_quoting = memchr(b'"', bytes).is_some();
    let mut cells = Vec::new();
    let (mut from, mut read, mut is_quoted) = (0, 0, false);
    for at in memchr_iter(b',', bytes) {
        if is_quoting {
            is_quoted ^= has_odd_quotes(bytes.get(read..at).unwrap_or_default());
            read = at;
        }
        if !is_quoted {
            cells.push(from..at);
            from = at + 1;
        }
    }
    is_quoted ^= is_quoting && has_odd_quotes(bytes.get(read..).unwrap_or_default());
    cells.push(from..line.len());
    let is_whole = |cell: &Range<usize>| line.as_bytes().get(cell.start) == Some(&b'"') && 2 <= cell.len();
    let unquoted = |cell: Range<usize>| if is_whole(&cell) { cell.start + 1..cell.end - 1 } else { cell };
    (!is_quoted && cells.len() <= CELLS_MAX).then(|| cells.into_iter().map(unquoted).collect())
}

fn has_odd_quotes(text: &[u8]) -> bool {
    memchr_iter(b'"', text).count() % 2 == 1
}

/// Whether a line that is no sentence holds a comma between two of its cells.
fn is_between_commas(line: &str) -> bool {
    between_commas(line).is_some_and(|cells| 1 < cells.len()) && !line.contains(['。', '；'])
}

/// The cells of a line that begins and ends with an upright.
fn between_uprights(line: &str) -> Option<Vec<Range<usize>>> {
    let inner = trimmed(line).strip_prefix(UPRIGHTS)?.strip_suffix(UPRIGHTS)?;
    let base = inner.as_ptr() as usize - line.as_ptr() as usize;
    let place = |cell: &str| {
        let begin = base + (cell.as_ptr() as usize - inner.as_ptr() as usize);
        begin..begin + cell.len()
    };
    let cells: Vec<Range<usize>> = inner.split(UPRIGHTS).map(place).collect();
    (2..=CELLS_MAX).contains(&cells.len()).then_some(cells)
}

/// Whether a line is drawn between two rows.
pub(super) fn is_drawn_rule(line: &str) -> bool {
    let line = trimmed(line);
    !line.is_empty()
        && line.chars().all(|c| matches!(c, '\u{2500}'..='\u{257f}'))
        && line.contains(['─', '━', '═'])
}
