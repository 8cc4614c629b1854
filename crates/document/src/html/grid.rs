//! Forming a table, as the HTML Standard's table model has it: where each cell stands and how far it reaches.

use crate::{Cell, Grid, IssueKind};
use std::ops::Range;

/// Most columns that one cell may span; browsers clip there.
const COLUMN_SPAN_MAX: u32 = 1000;

/// Most rows that one cell may span; browsers clip there.
const ROW_SPAN_MAX: u32 = 65534;

/// A cell as it was written.
#[derive(Clone, Debug, Default)]
pub(super) struct WrittenCell {
    /// Its row, counted from 0.
    pub(super) row: u32,
    /// Columns it asks for, at least 1.
    pub(super) column_span: u32,
    /// Rows it asks for; 0 for all that follow in its row group.
    pub(super) row_span: u32,
    pub(super) text: Range<usize>,
    /// The blocks of its content.
    pub(super) blocks: Range<usize>,
    /// Where its tag stands in the markup.
    pub(super) at: usize,
    /// Whether a script writes into it, so that it is not empty where nothing is written.
    pub(super) is_scripted: bool,
}

/// A table that is open.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) first_block: usize,
    /// The row group of each row.
    pub(super) rows: Vec<u32>,
    pub(super) row_group: u32,
    pub(super) cells: Vec<WrittenCell>,
    pub(super) open_cell: Option<WrittenCell>,
    /// Cells that are not empty and hold no tables.
    pub(super) filled: usize,
    /// Cells of the tables inside.
    pub(super) cells_inside: usize,
    /// The same before the open cell.
    pub(super) cells_inside_before: usize,
}

/// Reads a `colspan`.
pub(super) fn column_span(value: &str) -> u32 {
    number(value).filter(|&span| 0 < span).unwrap_or(1)
}

/// Reads a `rowspan`.
pub(super) fn row_span(value: &str) -> u32 {
    number(value).unwrap_or(1)
}

/// A number that is not negative, with anything behind it.
fn number(value: &str) -> Option<u32> {
    let value = value.trim_ascii_start();
    let value = value.strip_prefix('+').unwrap_or(value);
    let digits = value.bytes().take_while(u8::is_ascii_digit).map(|digit| u32::from(digit - b'0'));
    digits.fold(None, |number, digit| Some(number.unwrap_or(0_u32).saturating_mul(10).saturating_add(digit)))
}

/// Forms the grid of `cells`, whose rows are in the row groups `row_groups`. Takes the places that they cover and
/// those that stay empty off `places_left`, and gives nothing if there are not enough: whoever reads the grid may
/// well lay it out whole. Rows end with their row group: a span can ask for more and gets no memory for it.
pub(super) fn form(
    cells: &[WrittenCell],
    row_groups: &[u32],
    places_left: &mut usize,
    mut found: impl FnMut(IssueKind, usize),
) -> Option<Grid> {
    let group_ends = group_ends(row_groups);
    // For each column, the first row in which it is free.
    let mut free_from: Vec<u32> = Vec::new();
    let mut grid = Grid { rows: row_groups.len() as u32, columns: 0, cells: Vec::with_capacity(cells.len()) };
    let (mut row, mut column, mut covered_places) = (0, 0, 0);
    for cell in cells {
        if cell.row != row {
            (row, column) = (cell.row, 0);
        }
        while free_from.get(column).is_some_and(|&free| row < free) {
            column += 1;
        }
        let column_span = cell.column_span.min(COLUMN_SPAN_MAX);
        let rows_left = group_ends.get(row as usize).map_or(1, |end| end - row);
        let row_span =
            if cell.row_span == 0 { rows_left } else { cell.row_span.min(ROW_SPAN_MAX).min(rows_left) };
        if column_span < cell.column_span || row_span < cell.row_span {
            found(IssueKind::SpanClipped, cell.at);
        }
        let places = column_span as usize * row_span as usize;
        *places_left = places_left.checked_sub(places)?;
        covered_places += places;
        let end = column + column_span as usize;
        if free_from.len() < end {
            free_from.resize(end, 0);
        }
        let covered = &mut free_from[column..end];
        if covered.iter().any(|&free| row < free) {
            found(IssueKind::CellsOverlap, cell.at);
        }
        for free in covered {
            *free = (*free).max(row + row_span);
        }
        let place = Cell { row, column: column as u32, row_span, column_span, text: cell.text.clone() };
        grid.cells.push(place);
        column = end;
    }
    grid.columns = free_from.len() as u32;
    let all_places = row_groups.len().saturating_mul(free_from.len());
    *places_left = places_left.checked_sub(all_places.saturating_sub(covered_places))?;
    Some(grid)
}

/// For each row, the row after the last of its group.
fn group_ends(row_groups: &[u32]) -> Vec<u32> {
    let mut ends = vec![0; row_groups.len()];
    let mut end = row_groups.len() as u32;
    for row in (0..row_groups.len()).rev() {
        if row_groups.get(row + 1).is_some_and(|&group| group != row_groups[row]) {
            end = row as u32 + 1;
        }
        ends[row] = end;
    }
    ends
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The cells' places as `row,column row_span x column_span`, then the issues.
    fn outline(cells: &[(u32, u32, u32)], row_groups: &[u32]) -> String {
        let cells: Vec<WrittenCell> = cells
            .iter()
            .map(|&(row, row_span, column_span)| WrittenCell {
                row,
                row_span,
                column_span,
                ..Default::default()
            })
            .collect();
        let mut issues = Vec::new();
        let mut places = 10_000;
        let grid = form(&cells, row_groups, &mut places, |kind, _| issues.push(format!("{kind:?}"))).unwrap();
        let cells = grid
            .cells
            .iter()
            .map(|cell| format!("{},{} {}x{}", cell.row, cell.column, cell.row_span, cell.column_span));
        let shape = format!("{} rows, {} columns", grid.rows, grid.columns);
        cells.chain([shape]).chain(issues).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn cells_flow_around_spans_from_above() {
        assert_eq!(
            outline(&[(0, 2, 1), (0, 1, 2), (1, 1, 1), (1, 1, 1), (2, 1, 3)], &[0, 0, 0]),
            "0,0 2x1; 0,1 1x2; 1,1 1x1; 1,2 1x1; 2,0 1x3; 3 rows, 3 columns"
        );
    }

    #[test]
    fn a_row_span_ends_with_its_row_group() {
        assert_eq!(
            outline(&[(0, 65534, 1), (0, 0, 1), (2, 1, 1)], &[0, 0, 1]),
            "0,0 2x1; 0,1 2x1; 2,0 1x1; 3 rows, 2 columns; SpanClipped"
        );
    }

    #[test]
    fn cells_in_one_place_are_both_kept() {
        assert_eq!(
            outline(&[(0, 1, 1), (0, 2, 1), (1, 1, 2)], &[0, 0]),
            "0,0 1x1; 0,1 2x1; 1,0 1x2; 2 rows, 2 columns; CellsOverlap"
        );
    }

    #[test]
    fn a_column_span_is_clipped_where_browsers_clip_it() {
        assert_eq!(outline(&[(0, 1, 1000)], &[0]), "0,0 1x1000; 1 rows, 1000 columns");
        assert_eq!(outline(&[(0, 1, 1001)], &[0]), "0,0 1x1000; 1 rows, 1000 columns; SpanClipped");
    }

    #[test]
    fn spans_are_read_as_browsers_read_them() {
        assert_eq!([column_span("3"), column_span("0"), column_span("-1"), column_span("x")], [3, 1, 1, 1]);
        assert_eq!([row_span(" +2px"), row_span("0"), row_span("-1"), row_span("")], [2, 0, 1, 1]);
        assert_eq!(row_span("99999999999999"), u32::MAX);
    }

    #[test]
    fn places_are_counted_as_covered() {
        let cell = WrittenCell { row_span: 2, column_span: 3, ..Default::default() };
        let form =
            |mut places: usize| form(std::slice::from_ref(&cell), &[0, 0], &mut places, |_, _| ()).is_some();
        assert!(form(6));
        assert!(!form(5));
    }

    #[test]
    fn places_that_stay_empty_are_counted() {
        let cell = WrittenCell { row_span: 1, column_span: 3, ..Default::default() };
        let form = |mut places: usize| {
            super::form(std::slice::from_ref(&cell), &[0, 0, 0], &mut places, |_, _| ()).is_some()
        };
        assert!(form(9));
        assert!(!form(8));
    }
}
