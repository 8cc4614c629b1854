//! One cell a line, or no lines at all.

use super::{TableText, rows_with_blanks};
use crate::Rng;
use crate::possible::Run;
use crate::sheet::{Content, Sheet, SheetCell, SheetRow};

/// The cells of a row left to right; none where a cell of a row above goes on.
fn physical<'a>(sheet: &'a Sheet, index: usize) -> Vec<Option<&'a SheetCell>> {
    let above = sheet.rows[..index].iter().enumerate().flat_map(|(line, row)| {
        row.cells.iter().filter(move |cell| index < line + cell.row_span).map(|cell| (cell.column, None))
    });
    let own = sheet.rows[index].cells.iter().map(|cell| (cell.column, Some(cell)));
    let mut cells: Vec<(usize, Option<&'a SheetCell>)> = above.chain(own).collect();
    cells.sort_by_key(|&(column, _)| column);
    cells.into_iter().map(|(_, cell)| cell).collect()
}

/// Every cell on a line behind a tab, cells that go on from above too; an empty line ends the row. Empty cells have
/// their line, so nothing is left open.
pub(super) fn behind_tabs(sheet: &Sheet, rng: &mut Rng) -> TableText {
    let mut text = String::new();
    let has_no_break_spaces = rng.chance(30);
    for index in 0..sheet.rows.len() {
        for cell in physical(sheet, index) {
            text.push('\t');
            let Some(cell) = cell else {
                text.push('\n');
                continue;
            };
            let written = cell.text();
            match &cell.content {
                Content::Label(label)
                    if 5 < label.chars().count() && cell.column_span == 1 && rng.chance(15) =>
                {
                    let (first, second) = label.split_at(label.char_indices().nth(3).map_or(0, |(at, _)| at));
                    text.push_str(&format!("{first}\n{second}"));
                }
                Content::Value { .. } if has_no_break_spaces && rng.chance(10) && !written.is_empty() => {
                    text.push_str(&format!("\u{a0}{written}"));
                }
                Content::Label(_) | Content::Value { .. } | Content::Pad => text.push_str(written),
            }
            text.push('\n');
        }
        text.push('\n');
    }
    TableText { text, ..TableText::default() }
}

/// Rows of many cells whose last line could be the page's number, since it is no sum of the others: where empty cells
/// of other rows leave nothing, such a row may have lost its last cell, or any other.
fn page_ends(sheet: &Sheet, table: &mut TableText) {
    const CELLS_MIN: usize = 5;
    let count = |row: &SheetRow, cell: usize| {
        let text = row.cells.iter().find(|other| other.value() == Some(cell)).map_or("", SheetCell::text);
        // In whatever width: the code points of wide digits end with the plain ones' value.
        let digits = text.chars().filter_map(|c| match c {
            '０'..='９' => char::from_digit(u32::from(c) & 0xf, 10),
            _ => Some(c).filter(char::is_ascii_digit),
        });
        digits.collect::<String>().parse().unwrap_or(0_i64)
    };
    let loses = |row: &SheetRow| row.values().any(|cell| super::is_blank(row, cell));
    for row in sheet.rows.iter().filter(|row| CELLS_MIN <= row.values().count()) {
        let others_lose = sheet.rows.iter().any(|other| !std::ptr::eq(other, row) && loses(other));
        let counts: Vec<i64> = row.values().map(|cell| count(row, cell)).collect();
        let Some((last, others)) = counts.split_last() else { continue };
        if others_lose && (1..=60).contains(last) && others.iter().sum::<i64>() != *last {
            table.open.extend(row.values());
        }
    }
}

/// Every cell on a line closed by a pipe. A lone pipe may open a row and may be an empty cell, and pads stand on a
/// line of their own, so a row with an empty cell stays open.
pub(super) fn closed_by_pipes(sheet: &Sheet, rng: &mut Rng) -> TableText {
    let has_opener = rng.chance(50);
    let has_pads = rng.chance(50);
    let mut table = TableText::default();
    for row in &sheet.rows {
        if has_opener {
            table.text.push_str("|\n");
        }
        for cell in &row.cells {
            let space = if cell.text().is_empty() { "" } else { " " };
            table.text.push_str(&format!("{}{space}|\n", cell.text()));
        }
        if has_pads && rng.chance(60) {
            table.text.push_str(&format!("{}\n", "|".repeat(rng.between(2, 5) as usize)));
        }
    }
    rows_with_blanks(sheet, &mut table);
    page_ends(sheet, &mut table);
    table
}

/// Every cell a paragraph. An empty cell is one more empty line, or nothing: either way it could be anything.
pub(super) fn between_blank_lines(sheet: &Sheet, rng: &mut Rng) -> TableText {
    let blank = if rng.chance(50) { "\n" } else { "" };
    let mut table = TableText::default();
    for row in &sheet.rows {
        for cell in &row.cells {
            match cell.text() {
                "" => table.text.push_str(blank),
                text => table.text.push_str(&format!("{text}\n\n")),
            }
        }
    }
    rows_with_blanks(sheet, &mut table);
    page_ends(sheet, &mut table);
    table
}

/// Every cell a line and nothing else. A label that goes on from above is not written again.
pub(super) fn bare(sheet: &Sheet, rng: &mut Rng) -> TableText {
    let blank = if rng.chance(50) { "\n" } else { "" };
    let mut table = TableText::default();
    for row in &sheet.rows {
        for cell in &row.cells {
            match cell.text() {
                "" => table.text.push_str(blank),
                text => table.text.push_str(&format!("{text}\n")),
            }
        }
    }
    rows_with_blanks(sheet, &mut table);
    page_ends(sheet, &mut table);
    table
}

/// Every row a line, cells between spaces, which no cell has inside.
pub(super) fn spaced_rows(sheet: &Sheet, rng: &mut Rng) -> TableText {
    let wide = rng.chance(50);
    let mut table = TableText::default();
    for row in &sheet.rows {
        let cells = row.cells.iter().map(|cell| cell.text().replace(' ', "")).filter(|text| !text.is_empty());
        for (index, cell) in cells.enumerate() {
            if 0 < index {
                let spaces = if wide { rng.between(1, 6) } else { 1 };
                table.text.push_str(&" ".repeat(spaces as usize));
            }
            table.text.push_str(&cell);
        }
        table.text.push('\n');
    }
    rows_with_blanks(sheet, &mut table);
    table
}

/// All cells of the table in one run of characters: everything stays open, and empty cells leave nothing. Of 100
/// cells, so many as `space_percent` have a space behind them.
pub(super) fn joined(sheet: &Sheet, space_percent: u64, rng: &mut Rng) -> TableText {
    let mut table = TableText::default();
    let cells: Vec<&SheetCell> = sheet.rows.iter().flat_map(|row| &row.cells).collect();
    // Where a row ends, the next label begins: a cell that is no value, even if it is empty.
    let mut run: Option<Run> = None;
    for cell in cells {
        let space = if rng.chance(space_percent) { " " } else { "" };
        table.text.push_str(cell.text());
        table.text.push_str(space);
        match (cell.value(), &mut run) {
            (Some(value), Some(run)) => {
                run.cells.push(value);
                run.text.push_str(cell.text());
                run.text.push_str(space);
            }
            (Some(value), none) => {
                let text = format!("{}{space}", cell.text());
                *none = Some(Run { cells: vec![value], text, next: String::new() });
            }
            (None, run) => {
                let Some(mut run) = run.take() else { continue };
                if !run.text.ends_with(' ') {
                    run.next = cell.text().chars().take_while(char::is_ascii_digit).collect();
                }
                table.runs.push(run);
            }
        }
    }
    table.runs.extend(run);
    table.text.push('\n');
    table.open = sheet.rows.iter().flat_map(SheetRow::values).collect();
    table.traceless.clone_from(&table.open);
    table
}
