//! Columns that the form does not have, and columns in another order.

use super::Effects;
use crate::sheet::{Content, Sheet, SheetCell, SheetRow};
use crate::{Certainty, Rng};

/// One more column, the first or the last, in each table with row labels; its headers begin with `words`. A reader
/// need not know that the form's columns are meant all the same, but none may take the other numbers for them.
pub(super) fn add(sheets: &mut [Sheet], words: &str, effects: &mut Effects, rng: &mut Rng) {
    let is_first = rng.chance(40);
    for sheet in sheets.iter_mut().filter(|sheet| 0 < sheet.label_columns) {
        let at = if is_first { sheet.label_columns } else { sheet.columns };
        let mut is_headed = false;
        for index in 0..sheet.rows.len() {
            let header_rows = sheet.rows[index..].iter().take_while(|row| !row.has_values()).count();
            let row = &mut sheet.rows[index];
            if matches!(&row.cells[..], [cell] if cell.column_span == sheet.columns) {
                row.cells[0].column_span += 1;
                is_headed = false;
                continue;
            }
            row.cells.iter_mut().filter(|cell| at <= cell.column).for_each(|cell| cell.column += 1);
            let (row_span, text) = match (row.has_values(), is_headed) {
                (true, _) => (1, rng.between(1, 4_000).to_string()),
                (false, false) => (header_rows, format!("{words}数量")),
                (false, true) => continue,
            };
            is_headed = !row.has_values();
            let cell = SheetCell { column: at, column_span: 1, row_span, content: Content::Label(text) };
            let place = row.cells.iter().position(|other| at < other.column).unwrap_or(row.cells.len());
            row.cells.insert(place, cell);
        }
        sheet.columns += 1;
        let cells: Vec<usize> = sheet.rows.iter().flat_map(SheetRow::values).collect();
        cells.into_iter().for_each(|cell| effects.doubt(cell, Certainty::Open));
    }
}

/// The totals of the table of requests come before the others, with their header.
pub(super) fn total_first(sheets: &mut [Sheet], effects: &mut Effects) {
    let Some(sheet) = sheets.iter_mut().find(|sheet| 2 < sheet.label_columns) else { return };
    let (first, last) = (sheet.label_columns, sheet.columns - 1);
    for row in &mut sheet.rows {
        for cell in row.cells.iter_mut().filter(|cell| first <= cell.column) {
            cell.column = match cell.column {
                column if column == last && cell.column_span == 1 => first,
                column if column + cell.column_span <= last => column + 1,
                column => column,
            };
        }
        row.cells.sort_by_key(|cell| cell.column);
        row.values().for_each(|cell| effects.doubt(cell, Certainty::Open));
    }
}
