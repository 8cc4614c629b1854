//! The row in which a text breaks off: where an empty cell would show, its values are its first ones.

use crate::align::Folded;
use crate::columns::BASE;
use crate::cut;
use crate::figures::Reader;
use crate::rows::Shape;
use crate::tables::{Found, FoundRow, cells_of, form_row};
use gongkai_document::Ending;
use gongkai_model::{Figure, Reason, State, Unit};

/// Rows that have to show where their values stand.
const WHOLE_ROWS_MIN: usize = 2;

/// Places the values of the row in which the document breaks off; whether there is such a row, and it is placed.
pub(crate) fn place_begun_row(folded: &Folded<'_>, found: &mut Found) -> bool {
    let Some(figures) = begun_row(folded, found) else { return false };
    for (cell, figure) in figures {
        if let Some(known) = found.figures.get_mut(cell) {
            *known = figure;
        }
    }
    true
}

/// The cells of the row in which the document breaks off, each with what it says.
fn begun_row(folded: &Folded<'_>, found: &Found) -> Option<Vec<(usize, Figure)>> {
    let form = found.form;
    let row = cut::last_found_row(folded.rows, found).filter(|_| form.is_prescribed)?;
    let cells: Vec<usize> = cells_of(form_row(form, row.place)).collect();
    let is_open = |cell: &usize| {
        let figure = found.figures.get(*cell);
        figure.is_some_and(|figure| figure.reason == Some(Reason::PlacementAmbiguous))
    };
    let values = leading_values(folded, row).filter(|values| values.len() < cells.len())?;
    if !cells.iter().all(is_open) || !breaks_off(folded, found, row, &values) {
        return None;
    }
    let reader = Reader { folded, form, dimensions: &[BASE], header_unit: "" };
    let mut figures = Vec::with_capacity(cells.len());
    for (index, &cell) in cells.iter().enumerate() {
        let definition = form.cells.get(cell)?;
        figures.push(match values.get(index) {
            // The unit of an amount may have been cut off with what stands behind it.
            Some(_) if definition.unit == Unit::Yuan => return None,
            Some(&field) => (cell, reader.figure(cell, field)),
            None => (cell, Figure::missing(definition.key.clone(), Reason::CellAbsent)),
        });
    }
    let is_value = |(_, figure): &(usize, Figure)| figure.state != State::Undetermined;
    figures.iter().all(is_value).then_some(figures)
}

/// The values of a row, if they stand right behind its label and right behind each other.
fn leading_values(folded: &Folded<'_>, row: &FoundRow) -> Option<Vec<usize>> {
    let fields = &folded.rows.fields;
    let is_written = |field: &usize| fields.get(*field).is_some_and(|field| field.content.is_written_value());
    let end = row.fields.iter().rposition(is_written)?;
    let values = row.fields.get(..=end)?;
    let is_next = |(at, field): (usize, &usize)| row.label.end + at == *field && is_written(field);
    (!row.label.is_empty() && values.iter().enumerate().all(is_next)).then(|| values.to_vec())
}

/// Whether nothing but the end of the text can have taken the other cells of `row`, its last one: empty cells would show,
/// and all other rows have their values where they belong.
fn breaks_off(folded: &Folded<'_>, found: &Found, row: &FoundRow, values: &[usize]) -> bool {
    let Some(label) = row.label.end.checked_sub(1) else { return false };
    let fields = &folded.rows.fields;
    let physical = |field: usize| fields.get(field).and_then(|field| folded.rows.rows.get(field.row));
    let is_in_line = values.iter().all(|&value| fields[value].row == fields[label].row)
        && physical(label).is_some_and(|row| row.shape == Shape::Delimited);
    let is_cut = folded.document.ending != Ending::Whole || (!is_in_line && is_followed(found, row));
    let shows_blanks = is_in_line || is_closed_line_by_line(folded, label, values);
    let mut others = found.rows.iter().filter(|other| other.place != row.place);
    let are_others_placed = WHOLE_ROWS_MIN < found.rows.len() && others.all(|other| other.how == "placed");
    shows_blanks && is_cut && are_others_placed
}

/// Whether one pipe stands between each cell and the next, from a label on: an empty one would show by a second.
fn is_closed_line_by_line(folded: &Folded<'_>, label: usize, values: &[usize]) -> bool {
    let places = || [label].into_iter().chain(values.iter().copied()).map(|at| &folded.rows.fields[at].text);
    places().zip(places().skip(1)).all(|(one, next)| {
        let between = folded.document.text.as_str().get(one.end..next.start).unwrap_or_default();
        between.matches('|').count() == 1
    })
}

/// Whether the form has rows behind `row`, so that a text that ends there lacks them.
fn is_followed(found: &Found, row: &FoundRow) -> bool {
    let place = |row: &FoundRow| (row.place.table, row.place.block, row.place.row);
    let tables = &found.form.tables;
    let is_last = tables.len() == row.place.table + 1;
    !is_last && found.rows.iter().all(|other| place(other) <= place(row))
}
