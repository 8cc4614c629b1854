//! Documents that break off inside a table: what was cut off is not empty, and the last number may have lost digits.

use crate::fold::is_space;
use crate::rows::{Rows, Shape};
use crate::tables::{Found, FoundRow};
use gongkai_document::{Document, Ending};
use gongkai_forms::Axis;
use gongkai_model::{Candidate, Figure, Reason, State, Value};

/// Takes certainty from the figures of the row in which `document` breaks off, if it does. `is_placed` says that its
/// values are known to be its first ones.
pub(crate) fn doubt_cut_row(document: &Document, rows: &Rows, found: &mut Found, is_placed: bool) {
    let Some((cells, row)) = last_row(rows, found) else { return };
    // Where each cell is a line, the end of a line is not that of a row.
    let goes_on = document.ending != Ending::Whole || lacks_lines(document, rows, row, cells.len());
    if !goes_on {
        return;
    }
    let (is_full, shape) = (is_full(rows, row), rows.rows.get(row).map_or(Shape::Loose, |row| row.shape));
    if is_confirmed(found, &cells) {
        return;
    }
    let text = document.text.as_str();
    // The end of a line that was saved in the midst of a row is no part of what was saved.
    let ends_in_text = document.ending == Ending::InText || (is_placed && !text.trim_end().ends_with('|'));
    let end = text.trim_end_matches(|character| is_space(character) || character == '|').len();
    let end = document.text.span(&(0..end)).as_bytes().map_or(0, |bytes| bytes.end);
    let mut lacks_cells = false;
    for &cell in &cells {
        let Some(figure) = found.figures.get_mut(cell) else { continue };
        let place = figure.span.as_ref().and_then(|span| span.as_bytes());
        if figure.state == State::Blank && place.is_some_and(|place| end <= place.start) {
            *figure = Figure::missing(figure.key.clone(), Reason::CellAbsent);
        }
        lacks_cells |= matches!(figure.state, State::Missing | State::Undetermined);
        // An empty cell may be the label's, and all others one place farther to the right than they belong.
        lacks_cells |= figure.state == State::Blank && !is_full;
    }
    for &cell in &cells {
        let Some(figure) = found.figures.get_mut(cell) else { continue };
        let place = figure.span.as_ref().and_then(|span| span.as_bytes());
        let is_last = place.is_some_and(|place| end <= place.end);
        // No number begins with a zero.
        let may_go_on = ends_in_text && is_last && figure.value != Some(Value::Count(0));
        // In a grid each cell has its place, whatever is cut off behind it.
        let may_be_others = lacks_cells && shape != Shape::Grid && !is_placed;
        if may_go_on || may_be_others {
            doubt(figure);
        }
    }
}

/// Whether a row of one cell a line has fewer lines than the form has cells.
fn lacks_lines(document: &Document, rows: &Rows, row: usize, cells: usize) -> bool {
    let row = rows.rows.get(row).filter(|row| row.shape != Shape::Grid);
    let Some(fields) = row.and_then(|row| rows.fields.get(row.fields.clone())) else { return false };
    let (Some(first), Some(last)) = (fields.first(), fields.last()) else { return false };
    let lines = document.text.slice(&(first.text.start..last.text.end)).contains('\n');
    (lines || fields.len() == 1) && fields.len() < cells
}

/// Whether a row of fields between separators has as many of them as the rows before it.
fn is_full(rows: &Rows, row: usize) -> bool {
    const ROWS_BEFORE: usize = 2;
    let fields = |row: usize| rows.rows.get(row).map_or(0, |row| row.fields.len());
    let before = row.saturating_sub(ROWS_BEFORE)..row;
    rows.rows.get(row).is_some_and(|row| row.shape == Shape::Delimited)
        && before.map(fields).max().is_some_and(|most| 1 < most && most <= fields(row))
}

/// The cells of the form row with which the document ends, and the row that holds its end.
fn last_row(rows: &Rows, found: &Found) -> Option<(Vec<usize>, usize)> {
    let place = last_found_row(rows, found)?.place;
    let last_row = rows.fields.get(last_written(rows)?)?.row;
    let form_row = found.form.tables.get(place.table)?.blocks.get(place.block)?.rows.get(place.row)?;
    let cells = form_row.cells.iter().flatten().copied().collect();
    Some((cells, last_row))
}

fn last_written(rows: &Rows) -> Option<usize> {
    rows.fields.iter().rposition(|field| !field.content.is_blank())
}

/// The row with which the document ends.
pub(crate) fn last_found_row<'a>(rows: &Rows, found: &'a Found) -> Option<&'a FoundRow> {
    let last_row = rows.fields.get(last_written(rows)?)?.row;
    let end = |row: &FoundRow| {
        let written = row
            .fields
            .iter()
            .rev()
            .copied()
            .find(|&field| rows.fields.get(field).is_some_and(|field| !field.content.is_blank()));
        written.unwrap_or(0).max(row.label.end.saturating_sub(1))
    };
    let row = found.rows.iter().max_by_key(|row| end(row))?;
    let is_last = |field: usize| rows.fields.get(field).is_some_and(|field| field.row == last_row);
    is_last(end(row)).then_some(row)
}

/// Whether the sum of a row says that nothing of it is missing: its terms are all there, and not all zero.
fn is_confirmed(found: &Found, cells: &[usize]) -> bool {
    let count = |&cell: &usize| match found.figures.get(cell)?.value? {
        Value::Count(count) => Some(i128::from(count)),
        Value::Amount(_) => None,
    };
    let sum = |cells: &[usize]| cells.iter().map(count).sum::<Option<i128>>();
    let last = cells.last();
    found.form.identities.iter().filter(|identity| identity.axis == Axis::Row).any(|identity| {
        let has_last = last.is_some_and(|last| identity.terms().any(|cell| cell == *last));
        has_last && sum(&identity.left).is_some_and(|left| left != 0 && sum(&identity.right) == Some(left))
    })
}

/// Takes its certainty from a figure.
fn doubt(figure: &mut Figure) {
    if matches!(figure.state, State::Missing | State::Undetermined) {
        return;
    }
    figure.candidates = vec![Candidate { state: figure.state, value: figure.value, raw: figure.raw.clone() }];
    figure.state = State::Undetermined;
    figure.value = None;
    figure.proof = None;
    figure.reason = Some(Reason::CellAbsent);
}
