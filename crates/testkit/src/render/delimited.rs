//! A table row a line, cells between pipes or tabs.

use super::{Placed, TableText, is_blank, unplaced};
use crate::Rng;
use crate::sheet::{Sheet, SheetRow};

/// Every place of the grid a field, covered places empty.
fn grid_fields<'a>(sheet: &Sheet, row: &'a SheetRow) -> Vec<&'a str> {
    let mut fields = vec![""; sheet.columns];
    for cell in &row.cells {
        fields[cell.column] = cell.text();
    }
    fields
}

pub(super) fn pipes_grid(sheet: &Sheet) -> TableText {
    grid(sheet, |fields| format!("| {} |", fields.join(" | ")))
}

pub(super) fn tabs_grid(sheet: &Sheet) -> TableText {
    grid(sheet, |fields| fields.join("\t"))
}

/// The column in which a row's own label begins: rows that agree in it have as many empty fields behind it.
fn depth(row: &SheetRow) -> usize {
    row.labels().map(|label| label.column).max().unwrap_or_default()
}

/// Values stand under each other, but the empty fields behind a wide label could be values too.
fn grid(sheet: &Sheet, line: impl Fn(&[&str]) -> String) -> TableText {
    let is_exact = |row: &SheetRow| {
        let has_pad = row.cells.iter().any(|cell| cell.content == crate::Content::Pad);
        (sheet.label_columns == 0 || depth(row) + 1 == sheet.label_columns) && !has_pad
    };
    let placed: Vec<Placed<'_>> = sheet
        .rows
        .iter()
        .filter(|row| row.has_values())
        .map(|row| Placed { row, key: (0, depth(row)), is_exact: is_exact(row) })
        .collect();
    TableText {
        text: lines(sheet.rows.iter().map(|row| line(&grid_fields(sheet, row)))),
        open: unplaced(&placed),
        ..TableText::default()
    }
}

/// Covered cells are left out, so every row is shorter than the grid; pads at its end make up for it, now more, now
/// fewer.
pub(super) fn pipes(sheet: &Sheet, rng: &mut Rng) -> TableText {
    let is_ragged = rng.chance(60);
    let has_leading_pipe = rng.chance(30);
    let mut text = Vec::new();
    let mut placed = Vec::new();
    for row in &sheet.rows {
        let fields: Vec<&str> = row
            .cells
            .iter()
            .filter(|cell| cell.content != crate::Content::Pad)
            .map(|cell| cell.text())
            .collect();
        let covers = row.cells.iter().any(|cell| 1 < cell.row_span || 1 < cell.column_span);
        let mut pads = sheet.columns + 1 - fields.len().min(sheet.columns);
        if is_ragged {
            pads = pads.saturating_sub(rng.below(3) as usize);
        }
        // A table without labels is printed without pads.
        if sheet.label_columns == 0 && !covers {
            pads = 0;
        }
        let lead = if has_leading_pipe { "| " } else { "" };
        let tail = if pads == 0 { String::new() } else { format!(" {}", "|".repeat(pads)) };
        text.push(format!("{lead}{}{tail}", fields.join(" | ")));
        if row.has_values() {
            placed.push(Placed {
                row,
                // Where pads come in any number, rows with more of them than others do not look alike.
                key: if is_ragged { (pads, depth(row)) } else { (0, 0) },
                is_exact: pads <= 1 && (sheet.label_columns != 0 || !has_leading_pipe),
            });
        }
    }
    let mut open = unplaced(&placed);
    if is_ragged {
        // Where pads come in any number, an empty last cell looks like one of them.
        let ends_empty = |row: &&SheetRow| row.values().last().is_some_and(|last| is_blank(row, last));
        open.extend(sheet.rows.iter().filter(ends_empty).flat_map(SheetRow::values));
    }
    TableText { text: lines(text), open, ..TableText::default() }
}

/// The first two label columns stand for themselves, the third only where a label begins in it: rows without one
/// have their values a field earlier and an empty field behind them. Behind a page break the table has a label
/// column less.
pub(super) fn tabs(sheet: &Sheet, breaks: bool, rng: &mut Rng) -> TableText {
    let rows_with_values: Vec<usize> =
        (0..sheet.rows.len()).filter(|&row| sheet.rows[row].has_values()).collect();
    let break_before = (breaks && 4 < rows_with_values.len()).then(|| {
        let at = rng.between(2, rows_with_values.len() as u64 - 2) as usize;
        rows_with_values[at]
    });
    let repeats_header = rng.chance(50);
    let mut text = Vec::new();
    let mut placed = Vec::new();
    let mut is_behind = false;
    for (index, row) in sheet.rows.iter().enumerate() {
        if break_before == Some(index) {
            text.push(String::new());
            is_behind = 2 < sheet.label_columns;
            if repeats_header && is_behind {
                let header = sheet.rows.iter().take_while(|row| !row.has_values());
                text.extend(header.map(|row| fields(sheet, row, true).0.join("\t")));
            }
        }
        let (fields, is_exact) = fields(sheet, row, is_behind);
        text.push(fields.join("\t"));
        if row.has_values() {
            placed.push(Placed { row, key: (usize::from(is_behind), depth(row)), is_exact });
        }
    }
    TableText { text: lines(text), open: unplaced(&placed), ..TableText::default() }
}

/// The fields of a row, and whether nothing but values stands behind the label.
fn fields<'a>(sheet: &Sheet, row: &'a SheetRow, is_behind_break: bool) -> (Vec<&'a str>, bool) {
    let grid = grid_fields(sheet, row);
    let has_pad = row.cells.iter().any(|cell| cell.content == crate::Content::Pad);
    if sheet.label_columns < 3 {
        return (grid, !has_pad);
    }
    let (labels, values) = grid.split_at(sheet.label_columns);
    let is_deepest = row.labels().any(|label| label.column == sheet.label_columns - 1);
    let (labels, pad): (&[&str], &[&str]) = match (is_behind_break, is_deepest) {
        (true, true) => (&labels[1..], &[]),
        (true, false) => (&labels[..labels.len() - 1], &[]),
        (false, true) => (labels, &[]),
        (false, false) => (&labels[..labels.len() - 1], &[""]),
    };
    let is_exact = pad.is_empty() && labels.last().is_some_and(|label| !label.is_empty());
    ([labels, values, pad].concat(), is_exact)
}

fn lines(lines: impl IntoIterator<Item = String>) -> String {
    lines.into_iter().map(|line| line + "\n").collect()
}
