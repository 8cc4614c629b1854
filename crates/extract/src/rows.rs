//! All shapes of content become the same physical rows of fields.
//!
//! A grid row, a line of fields between pipes or tabs, a group of lines that hold one cell each, a line of words
//! and numbers between spaces: after this module they differ only in how far the row's ends can be trusted.

mod boxed;
mod piped;
mod separated;

use crate::cell::{self, Content};
use crate::fold::{is_space, trimmed};
use crate::joined::{self, Piece};
use crate::lines;
use gongkai_document::{BlockKind, Document, Grid};
use memchr::{memchr, memchr_iter, memchr2, memmem};
use std::ops::Range;

/// So many rows may share one value; nobody merges more, and whoever does wants them multiplied.
const VALUE_ROWS_MAX: u32 = 8;

/// One cell, token or line, as it stands.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    /// Its characters in the document's text, without surrounding white space.
    pub(crate) text: Range<usize>,
    /// What the characters are.
    pub(crate) content: Content,
    /// Index of its row.
    pub(crate) row: usize,
    /// First physical column it covers: the grid's, or its ordinal in the row.
    pub(crate) column: u32,
    /// One past the last physical column it covers.
    pub(crate) column_end: u32,
}

/// How far a row's fields can be trusted to be the row's cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A row of a grid: every cell has its place, empty ones too.
    Grid,
    /// Fields between separators: empty fields show, but labels may take more or fewer of them from row to row.
    Delimited,
    /// Fields without visible empty cells: tokens between spaces, or one cell a line.
    Loose,
}

/// Fields that stand together.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// Its fields, as a range of [`Rows::fields`].
    pub(crate) fields: Range<usize>,
    /// How far its ends can be trusted.
    pub(crate) shape: Shape,
    /// The block of the document it begins in.
    pub(crate) block: usize,
    /// Whether label cells of rows above reach into it, and up to which column.
    pub(crate) covered_until: u32,
}

/// The fields of one row's values where nothing separates cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct JoinedFields {
    /// A range of [`Rows::fields`].
    pub(crate) fields: Range<usize>,
    /// Whether the last digit may as well be the list number of the next label.
    pub(crate) list_number: bool,
    /// Whether no white space stands between the label and the first of them.
    pub(crate) is_beside_label: bool,
}

impl Row {
    /// How many of a table's columns its fields stand in. The words of a cell over several lines are several fields of one.
    pub(crate) fn columns(&self, fields: &[Field]) -> usize {
        let fields = fields.get(self.fields.clone()).unwrap_or_default();
        fields.chunk_by(|one, next| one.column == next.column).count()
    }
}

/// A document as physical rows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rows {
    /// All fields in reading order.
    pub(crate) fields: Vec<Field>,
    /// All rows in reading order; blank lines have none.
    pub(crate) rows: Vec<Row>,
    /// Values that stand right behind their label, in a line whose cells are joined.
    pub(crate) joined: Vec<JoinedFields>,
    /// Whether some of those hold the digits of several cells in one.
    pub(crate) are_cells_joined: bool,
    /// The running text of blocks that hold such lines, with the block that it stands in.
    pub(crate) texts: Vec<(usize, Range<usize>)>,
    /// Whether the last line of fields began with a pipe.
    is_led: bool,
    /// Whether two tabs stand between any two cells.
    are_tabs_doubled: bool,
    /// Whether a single space between pipes goes on with the cell before it.
    are_spans_marked: bool,
    /// Whether tabs set lines in and part no cells: the markup's own indentation, which stays where tags are taken out.
    is_set_in: bool,
}

/// A longer line without separators is running text; splitting it at spaces would only cost time.
const LOOSE_LINE_BYTES_MAX: usize = 400;

impl Rows {
    /// The rows of `document`.
    pub(crate) fn of(document: &Document) -> Self {
        let mut rows = Self::default();
        let blocks = &document.blocks;
        // From where on a table of piped lines may begin.
        let mut piped_from =
            if memchr(b'|', document.text.as_str().as_bytes()).is_some() { 0 } else { blocks.len() };
        let are_doubled = piped_from == 0 && piped::are_doubled(document);
        let has_tabs = memchr(b'\t', document.text.as_str().as_bytes()).is_some();
        rows.are_tabs_doubled = has_tabs && are_tabs_doubled(document);
        rows.are_spans_marked = piped_from == 0 && piped::are_spans_marked(document);
        rows.is_set_in = has_tabs && is_set_in(document);
        let has_rules = boxed::has_rules(document);
        // From where on a run of lines between the same separators may begin.
        let mut separated_from = if separated::may_be_in(document) { 0 } else { blocks.len() };
        let mut index = 0;
        while let Some(block) = blocks.get(index) {
            match &block.kind {
                BlockKind::Table(grid) => {
                    rows.push_grid(document, grid, index);
                    index += 1;
                }
                BlockKind::Heading { .. } | BlockKind::Paragraph => {
                    if has_rules && let Some(boxed) = boxed::row(document, index) {
                        rows.push_boxed(document, &boxed, index);
                        index += boxed.blocks;
                        continue;
                    }
                    if separated_from <= index
                        && let Some(separated) = separated::run(document, index)
                    {
                        separated_from = index + separated.blocks;
                        if !separated.rows.is_empty() {
                            rows.push_separated(document, &separated);
                            index = separated_from;
                            continue;
                        }
                    }
                    if piped_from <= index {
                        match piped::piped(document, index, are_doubled) {
                            Ok(table) => {
                                rows.push_piped(document, &table, index);
                                index += table.blocks;
                                continue;
                            }
                            Err(next) => piped_from = next,
                        }
                    }
                    let lines = blocks[index..]
                        .iter()
                        .take_while(|block| cell_line(document.text.slice(&block.text)).is_some())
                        .take_while(|_| !rows.is_set_in)
                        .count();
                    if lines == 0 {
                        rows.push_line(document, block.text.clone(), index);
                        index += 1;
                    } else {
                        index += rows.push_cell_lines(document, index);
                    }
                }
            }
        }
        rows
    }

    /// Lines of one cell each, every cell behind a tab, up to the blank line that ends the row. A line without a
    /// tab right after a cell of words goes on with that cell. Returns the number of blocks taken.
    fn push_cell_lines(&mut self, document: &Document, first: usize) -> usize {
        let row = self.rows.len();
        let begin = self.fields.len();
        let mut taken = 0;
        for block in &document.blocks[first..] {
            let line = document.text.slice(&block.text);
            if matches!(block.kind, BlockKind::Table(_)) || line.is_empty() {
                break;
            }
            if cell_line(line).is_some() {
                let column = (self.fields.len() - begin) as u32;
                self.push_field(document, block.text.start + 1..block.text.end, row, column, column + 1);
            } else {
                let goes_on = self.fields[begin..].last().is_some_and(|field| field.content.is_words())
                    && !line.contains(['\t', '|'])
                    && cell::read(line).is_words();
                if !goes_on {
                    break;
                }
                if let Some(field) = self.fields.last_mut() {
                    field.text.end = block.text.end;
                }
            }
            taken += 1;
        }
        self.rows.push(Row {
            fields: begin..self.fields.len(),
            shape: Shape::Delimited,
            block: first,
            covered_until: 0,
        });
        taken
    }

    fn push_line(&mut self, document: &Document, mut text: Range<usize>, block: usize) {
        if self.is_set_in {
            text.start += tabs_before(document.text.slice(&text));
        }
        let line = document.text.slice(&text);
        let row = self.rows.len();
        let begin = self.fields.len();
        let mut shape = Shape::Delimited;
        if is_page_furniture(line) || separated::is_drawn_rule(line) {
            return;
        }
        if memchr(b'|', line.as_bytes()).is_some() {
            // One cell a line, closed by a pipe, says as little about empty cells as a line of tokens does.
            let bare = line.trim_matches(|c| is_space(c) || c == '|');
            let closed_cell =
                line.split_once('|').filter(|(_, after)| after.trim_matches(is_space).is_empty());
            // A lone pipe opens a row or is what is left of one; several are a row of empty cells.
            if bare.is_empty() && line.bytes().filter(|&byte| byte == b'|').count() < 3 {
                return;
            }
            match closed_cell {
                Some((cell, _)) => {
                    self.push_field(document, text.start..text.start + cell.len(), row, 0, 1);
                    shape = Shape::Loose;
                }
                None => {
                    self.push_delimited(document, &text, b'|', (row, block));
                    if self.are_spans_marked {
                        self.join_spans(document, begin);
                    }
                }
            }
        } else if memchr(b'\t', line.as_bytes()).is_some() {
            self.push_delimited(document, &text, b'\t', (row, block));
            if self.are_tabs_doubled {
                self.drop_gaps(begin);
            }
        } else if let Some(pieces) = joined::pieces(document, &text) {
            self.push_joined(document, pieces, block);
            return;
        } else {
            shape = Shape::Loose;
            self.push_loose(document, &text, row);
        }
        if begin < self.fields.len() {
            self.rows.push(Row { fields: begin..self.fields.len(), shape, block, covered_until: 0 });
        }
    }

    fn push_piped(&mut self, document: &Document, table: &piped::Piped, block: usize) {
        let shape = if table.shows_blanks { Shape::Delimited } else { Shape::Loose };
        for cells in &table.rows {
            let (row, begin) = (self.rows.len(), self.fields.len());
            for (column, cell) in (0_u32..).zip(cells) {
                self.push_field(document, cell.clone(), row, column, column + 1);
            }
            if begin < self.fields.len() {
                let fields = begin..self.fields.len();
                self.rows.push(Row { fields, shape, block, covered_until: 0 });
            }
        }
    }

    fn push_separated(&mut self, document: &Document, table: &separated::Separated) {
        for (block, cells) in &table.rows {
            let (row, begin) = (self.rows.len(), self.fields.len());
            for (column, cell) in (0_u32..).zip(cells) {
                self.push_field(document, cell.clone(), row, column, column + 1);
            }
            let fields = begin..self.fields.len();
            self.rows.push(Row { fields, shape: Shape::Delimited, block: *block, covered_until: 0 });
        }
    }

    fn push_boxed(&mut self, document: &Document, boxed: &boxed::Boxed, block: usize) {
        let (row, begin) = (self.rows.len(), self.fields.len());
        for (column, pieces) in (0_u32..).zip(&boxed.cells) {
            let first = self.fields.len();
            for piece in pieces {
                self.push_field(document, piece.clone(), row, column, column + 1);
            }
            // 4 over 275, 337 over 件, 2,8 over 79: a number that a narrow column has broken, or two.
            let values = &mut self.fields[first..];
            let holds_number = |field: &Field| {
                let words = document.text.slice(&field.text);
                field.content.is_written_value()
                    || words.contains(|c: char| c.is_ascii_digit())
                        && words.chars().all(|c| c.is_ascii_digit() || c.is_ascii_punctuation())
            };
            if 1 < values.len() && values.first().is_some_and(holds_number) {
                values[0].content = Content::Numbers;
                self.fields.truncate(first + 1);
            }
        }
        if begin < self.fields.len() {
            let fields = begin..self.fields.len();
            self.rows.push(Row { fields, shape: Shape::Delimited, block, covered_until: 0 });
        }
    }

    /// A line without separators: tokens between spaces, or running text.
    fn push_loose(&mut self, document: &Document, text: &Range<usize>, row: usize) {
        let line = document.text.slice(text);
        if line.len() <= LOOSE_LINE_BYTES_MAX || holds_spaced_rows(line) {
            self.push_tokens(document, text, row);
        } else if !line.trim_matches(is_space).is_empty() {
            self.push_field(document, text.clone(), row, 0, 1);
        }
    }

    /// The rows that a line of joined cells holds.
    fn push_joined(&mut self, document: &Document, pieces: Vec<Piece>, block: usize) {
        for piece in pieces {
            let (row, begin) = (self.rows.len(), self.fields.len());
            match piece {
                Piece::Text(text) => {
                    self.push_loose(document, &text, row);
                    self.texts.push((block, text));
                }
                Piece::Words(words) => self.push_words(document, words, row),
                Piece::Row { words, values, list_number } => {
                    let begin = words.last().map_or(values.start, |label| label.end);
                    let between = document.text.slice(&(begin..values.start));
                    let is_beside_label = begin < values.end && !between.contains(char::is_whitespace);
                    self.push_words(document, words, row);
                    let first = self.fields.len();
                    self.push_values(document, &values, row);
                    for field in &mut self.fields[first..] {
                        // 0减11: several cells, with a word in them.
                        if field.content.is_words() {
                            field.content = Content::Numbers;
                        }
                        self.are_cells_joined |= is_beside_label && field.content == Content::Numbers;
                    }
                    self.joined.push(JoinedFields {
                        fields: first..self.fields.len(),
                        list_number,
                        is_beside_label,
                    });
                }
            }
            if begin < self.fields.len() {
                for (column, field) in (0_u32..).zip(&mut self.fields[begin..]) {
                    (field.column, field.column_end) = (column, column + 1);
                }
                let fields = begin..self.fields.len();
                self.rows.push(Row { fields, shape: Shape::Loose, block, covered_until: 0 });
            }
        }
    }

    /// The tokens between white space that shows: characters without width stand anywhere, and end no number.
    fn push_values(&mut self, document: &Document, text: &Range<usize>, row: usize) {
        let mut start = text.start;
        for part in document.text.slice(text).split(char::is_whitespace) {
            let range = start..start + part.len();
            let behind = document.text.slice(&(range.end..text.end)).chars().next();
            start = range.end + behind.map_or(0, char::len_utf8);
            if part.trim_matches(is_space).is_empty()
                || cell::is_unit(part) && self.take_unit(document, range.end)
            {
                continue;
            }
            self.push_field(document, range, row, 0, 1);
        }
    }

    fn push_words(&mut self, document: &Document, words: Vec<Range<usize>>, row: usize) {
        for word in words {
            self.push_field(document, word, row, 0, 1);
        }
    }

    fn push_delimited(
        &mut self,
        document: &Document,
        text: &Range<usize>,
        separator: u8,
        (row, block): (usize, usize),
    ) {
        let line = document.text.slice(text);
        let mut start = text.start;
        // Outside of a row between two pipes there is no cell. Where the line before begins without a pipe, the first
        // cell is empty.
        let is_led = separator == b'|' && line.trim_start_matches(is_space).starts_with('|');
        let follows_bare_line = !self.is_led && self.rows.last().is_some_and(|last| last.block + 1 == block);
        let boxed = if is_led && !follows_bare_line { between_pipes(line) } else { None };
        self.is_led = is_led && !follows_bare_line;
        let (lead, bare) = boxed.unwrap_or((0, line));
        start += lead;
        let ends = memchr_iter(separator, bare.as_bytes()).map(|at| start + at).chain([start + bare.len()]);
        let mut from = start;
        for (column, end) in (0..).zip(ends) {
            self.push_field(document, from..end, row, column, column + 1);
            from = end + 1;
        }
    }

    /// Adds every field from field `begin` on that is one space to the field before it.
    fn join_spans(&mut self, document: &Document, begin: usize) {
        let text = document.text.as_str();
        let is_span = |field: &Field| {
            field.content.is_blank()
                && text.get(field.text.start..).is_some_and(|rest| rest.starts_with(" |"))
        };
        let mut kept: Vec<Field> = Vec::new();
        for field in self.fields.drain(begin..) {
            match kept.last_mut() {
                Some(last) if is_span(&field) => last.column_end = field.column_end,
                Some(_) | None => kept.push(field),
            }
        }
        self.fields.extend(kept);
    }

    /// Leaves out every second field from field `begin` on: what stands between the two tabs that part cells.
    fn drop_gaps(&mut self, begin: usize) {
        let kept: Vec<Field> = self.fields.drain(begin..).step_by(2).collect();
        self.fields.extend((0_u32..).zip(kept).map(|(column, field)| Field {
            column,
            column_end: column + 1,
            ..field
        }));
    }

    fn push_tokens(&mut self, document: &Document, text: &Range<usize>, row: usize) {
        let line = document.text.slice(text);
        let base = line.as_ptr() as usize;
        // A character without width ends no token, and is none.
        let is_seen = |token: &&str| !token.trim_start_matches(is_space).is_empty();
        for (column, token) in line.split(char::is_whitespace).filter(is_seen).enumerate() {
            let start = text.start + (token.as_ptr() as usize - base);
            // 1567.76 万元: the unit belongs to its number.
            if 0 < column && cell::is_unit(token) && self.take_unit(document, start + token.len()) {
                continue;
            }
            self.push_field(document, start..start + token.len(), row, column as u32, column as u32 + 1);
        }
    }

    /// Adds a unit up to `end` to the number before it, where there is one that lacks a unit.
    fn take_unit(&mut self, document: &Document, end: usize) -> bool {
        let Some(last) = self.fields.last_mut() else { return false };
        let with_unit = cell::read(document.text.slice(&(last.text.start..end)));
        // The rest of a broken amount may begin with zeros: 00 元.
        let is_number = matches!(
            (&last.content, &with_unit),
            (Content::Number(_), Content::Number(_)) | (Content::Numbers, Content::Numbers)
        );
        if is_number {
            last.text.end = end;
            last.content = with_unit;
        }
        is_number
    }

    /// Each cell in its row; a value that reaches over several rows in each of them.
    fn push_grid(&mut self, document: &Document, grid: &Grid, block: usize) {
        let mut cells = grid.cells.iter().peekable();
        // For each column, the row below the last label cell that reaches down in it.
        let mut covered = vec![0u32; grid.columns as usize];
        // Values that reach down, each with the row below the last that it may be for.
        let mut reaching: Vec<(u32, Range<usize>, Range<u32>)> = Vec::new();
        for grid_row in 0..grid.rows {
            let row = self.rows.len();
            let begin = self.fields.len();
            let covered_until =
                covered.iter().rposition(|&until| grid_row < until).map_or(0, |column| column as u32 + 1);
            reaching.retain(|(until, ..)| grid_row < *until);
            for (_, text, columns) in &reaching {
                self.push_field(document, text.clone(), row, columns.start, columns.end);
                if let Some(field) = self.fields.last_mut() {
                    field.content = Content::Numbers;
                }
            }
            while let Some(cell) = cells.next_if(|cell| cell.row == grid_row) {
                let end = cell.column + cell.column_span;
                self.push_field(document, cell.text.clone(), row, cell.column, end);
                // A number over several rows may be each row's, their sum, or one row's.
                if 1 < cell.row_span
                    && let Some(field) = self.fields.last_mut()
                    && field.content.is_written_value()
                {
                    field.content = Content::Numbers;
                    let until = grid_row + cell.row_span.min(VALUE_ROWS_MAX);
                    reaching.push((until, cell.text.clone(), cell.column..end));
                }
                let is_words = self.fields.last().is_some_and(|field| field.content.is_words());
                if is_words && 1 < cell.row_span {
                    for until in covered.iter_mut().take(end as usize).skip(cell.column as usize) {
                        *until = cell.row + cell.row_span;
                    }
                }
            }
            // Values from above stand among the row's own.
            self.fields[begin..].sort_by_key(|field| field.column);
            if begin < self.fields.len() {
                self.rows.push(Row {
                    fields: begin..self.fields.len(),
                    shape: Shape::Grid,
                    block,
                    covered_until,
                });
            }
        }
    }

    fn push_field(
        &mut self,
        document: &Document,
        text: Range<usize>,
        row: usize,
        column: u32,
        column_end: u32,
    ) {
        let whole = document.text.slice(&text);
        let trimmed = trimmed(whole);
        let start = if trimmed.is_empty() {
            text.start
        } else {
            text.start + (trimmed.as_ptr() as usize - whole.as_ptr() as usize)
        };
        let content = cell::read_trimmed(trimmed);
        self.fields.push(Field { text: start..start + trimmed.len(), content, row, column, column_end });
    }
}

/// Whether two tabs part any two cells of the document's tables, as where one stands before each cell and one behind it: then
/// between cells there is never an odd number of them. Where one tab parts some, two are an empty cell.
fn are_tabs_doubled(document: &Document) -> bool {
    const GAPS_MIN: usize = 8;
    let text = document.text.as_str();
    if memmem::find(text.as_bytes(), b"\t\t").is_none() {
        return false;
    }
    let (mut even, mut odd) = (0, 0);
    for line in text.lines().map(trimmed) {
        let mut rest = line;
        while let Some(at) = memchr(b'\t', rest.as_bytes()) {
            let tabs = tabs_before(&rest[at..]);
            *if tabs.is_multiple_of(2) { &mut even } else { &mut odd } += 1;
            rest = &rest[at + tabs..];
        }
    }
    (0 < even && odd == 0) || (GAPS_MIN <= even && odd * 20 < even)
}

/// Whether lines are set in by tabs, and none of them parts cells: nearly every line with tabs has all of them at its
/// beginning, most often more than one. A row of empty cells but for the last looks the same, but no table is made of such
/// rows.
fn is_set_in(document: &Document) -> bool {
    const LINES_MIN: usize = 20;
    let text = document.text.as_str();
    if memmem::find(text.as_bytes(), b"\n\t\t").is_none() {
        return false;
    }
    let (mut set_in, mut others) = (0, 0);
    for line in text.lines() {
        let tabs = tabs_before(line);
        if memchr(b'\t', &line.as_bytes()[tabs..]).is_some() {
            others += 1;
        } else {
            set_in += usize::from(1 < tabs);
        }
    }
    LINES_MIN <= set_in && others * 4 < set_in
}

/// The bytes of the tabs with which a line begins.
fn tabs_before(line: &str) -> usize {
    line.bytes().take_while(|&byte| byte == b'\t').count()
}

/// Whether a long line holds rows of a table with spaces between all cells: words of the form, and numbers that stand alone.
/// Nothing else may stand in it, unless it is a whole report, whose text is found in spite of its tables.
fn holds_spaced_rows(line: &str) -> bool {
    const NUMBERS_MIN: usize = 8;
    let has = |words: &&str| memmem::find(line.as_bytes(), words.as_bytes()).is_some();
    let is_number = |token: &&str| token.bytes().all(|byte| byte.is_ascii_digit()) && !token.is_empty();
    // Running text has few spaces, which is quickly seen.
    memchr_iter(b' ', line.as_bytes()).nth(NUMBERS_MIN - 2).is_some()
        && ["第二十条第", "本年新收", "结果维持"].iter().any(has)
        && !line.contains('\n')
        && (!line.contains('。') || lines::is_joined(line))
        && line.split(' ').filter(is_number).take(NUMBERS_MIN).count() == NUMBERS_MIN
}

/// What stands behind the pipe that begins a line, and before the one that ends it, and where it begins.
fn between_pipes(line: &str) -> Option<(usize, &str)> {
    let inner = line.trim_start_matches(is_space).strip_prefix('|')?;
    // White space behind the last pipe is an empty cell.
    let inner = inner.strip_suffix('|').unwrap_or(inner);
    (!inner.trim_matches(is_space).is_empty())
        .then(|| (inner.as_ptr() as usize - line.as_ptr() as usize, inner))
}

/// The cell of a line that holds a tab and one cell behind it.
fn cell_line(line: &str) -> Option<&str> {
    line.strip_prefix('\t').filter(|cell| memchr2(b'\t', b'|', cell.as_bytes()).is_none())
}

/// A page number on a line of its own: `-3-`, `- 4 -`, `— 5 —`, 第5页.
fn is_page_furniture(line: &str) -> bool {
    let line = trimmed(line);
    let dashes = |c: char| matches!(c, '-' | '—' | '–' | '－' | '―');
    // Most lines begin otherwise.
    if !line.starts_with(|c| c == '第' || dashes(c)) || 40 < line.len() || line.contains(['\t', '|']) {
        return false;
    }
    let bare: String = line.chars().filter(|&c| !is_space(c)).collect();
    let inner = bare.trim_matches(dashes);
    if bare.starts_with(dashes)
        && bare.ends_with(dashes)
        && !inner.is_empty()
        && inner.bytes().all(|b| b.is_ascii_digit())
    {
        return true;
    }
    let number = |part: &str| !part.is_empty() && part.len() <= 4 && part.bytes().all(|b| b.is_ascii_digit());
    bare.strip_prefix('第').and_then(|rest| rest.split_once('页')).is_some_and(|(page, rest)| {
        number(page) && (rest.is_empty() || rest.starts_with(['共', '/', '，', ',']))
    })
}
