//! Columns of numbers that the form does not have: last year's beside this year's, the count of all years. Where
//! empty cells leave nothing, a row of such a table may have as many values as the form has cells and hold another
//! column's among them.

use crate::align::Folded;
use crate::doubts::is_taken;
use crate::fold::fold;
use crate::labels::{Labels, Pairs};
use crate::needles::Needles;
use crate::rows::Shape;
use crate::slots::ValueRun;
use crate::times::says_another_time;
use gongkai_forms::{Column, Form};
use std::sync::LazyLock;

/// Rows above a block's first row in which such a header is looked for, where one holds several cells.
const ROWS_MAX: usize = 8;
/// The same for lines of one cell each.
const LINES_MAX: usize = 40;
/// A longer cell is no header.
const CELL_BYTES_MAX: usize = 160;

/// The fields of such headers above the row `below`, where a block of a table begins.
pub(crate) fn columns_above(
    folded: &Folded<'_>,
    labels: &Labels,
    form: &Form,
    runs: &[ValueRun],
    (table, block): (usize, usize),
    below: usize,
) -> Vec<usize> {
    let columns = &form.tables[table].blocks[block].columns;
    let above = headers_above(folded, labels, runs, below);
    above.into_iter().filter(|&field| is_foreign(folded, labels, columns, field)).collect()
}

/// The fields of words above the row `below`, where a block of a table begins, that may head its columns.
pub(crate) fn headers_above(
    folded: &Folded<'_>,
    labels: &Labels,
    runs: &[ValueRun],
    below: usize,
) -> Vec<usize> {
    let (fields, rows) = (&folded.rows.fields, &folded.rows.rows);
    let (mut several, mut headers) = (0, Vec::new());
    for above in (below.saturating_sub(LINES_MAX)..below).rev() {
        let row = &rows[above];
        let of_row = || row.fields.clone();
        several += usize::from(1 < row.fields.len());
        // Values and labels of rows belong to what stands above; or the row is not known, and may be this block's first.
        let is_label = |words: &str| !labels.exact(words).is_empty() && labels.headers(words).is_empty();
        let ends = |field: usize| {
            CELL_BYTES_MAX < fields[field].text.len()
                || is_label(folded.words(field))
                || fields[field].content.is_written_value() && is_taken(runs, field)
        };
        if ROWS_MAX < several || of_row().any(ends) {
            break;
        }
        if of_row().any(|field| fields[field].content.is_written_value()) {
            continue;
        }
        headers.extend(of_row());
    }
    headers
}

/// Whether words head a column of another time than all of the form's.
fn is_foreign(folded: &Folded<'_>, labels: &Labels, columns: &[Column], field: usize) -> bool {
    static WORDS: LazyLock<Needles> = LazyLock::new(|| {
        Needles::new(&["上年", "上一年", "去年", "上期", "历年", "累计", "小计", "同比", "占比", "增长率"])
    });
    const CHARS_MAX: usize = 10;
    const SIMILARITY_MIN: u32 = 60;
    let words = folded.words(field);
    if !WORDS.is_in(words) {
        return false;
    }
    let is_note = folded.document.text.slice(&folded.rows.fields[field].text).starts_with(['（', '(']);
    let is_known = labels.furniture.contains(words) || !labels.rows_of(words).is_empty();
    if is_note || is_known || is_piece(folded, labels, field) || CHARS_MAX < words.chars().count() {
        return false;
    }
    let pairs = Pairs::of(words);
    let is_own = |label: &String| {
        let own = fold(label);
        SIMILARITY_MIN <= pairs.similarity(&Pairs::of(&own)) && !says_another_time(words, &own)
    };
    !columns.iter().flat_map(|column| &column.labels).any(is_own)
}

/// Whether words of a line of tokens are a piece of a known header that is spaced.
fn is_piece(folded: &Folded<'_>, labels: &Labels, field: usize) -> bool {
    const PIECES_MAX: usize = 3;
    let row = &folded.rows.rows[folded.rows.fields[field].row];
    let is_header = |start: usize, end: usize| {
        let words = folded.run(start..end);
        labels.furniture.contains(words) || !labels.headers(words).is_empty()
    };
    row.shape == Shape::Loose
        && (row.fields.start.max((field + 1).saturating_sub(PIECES_MAX))..=field).any(|start| {
            (field + 1..=row.fields.end.min(start + PIECES_MAX)).any(|end| is_header(start, end))
        })
}

/// Whether the values of a row stand under the form's own headers, each under its own, in a table whose rows all show
/// every cell: then no other column's is among them. `named` are the headers with their columns.
pub(crate) fn stand_under(
    folded: &Folded<'_>,
    runs: &[ValueRun],
    run: &ValueRun,
    values: &[usize],
    named: &[(usize, usize)],
    foreign: &[usize],
) -> bool {
    let (fields, rows) = (&folded.rows.fields, &folded.rows.rows);
    let Some(own) = values.first().map(|&value| &rows[fields[value].row]) else { return true };
    let is_level = |field: usize| {
        let row = &rows[fields[field].row];
        match (row.shape, own.shape) {
            (Shape::Grid, Shape::Grid) => row.block == own.block,
            (Shape::Delimited, Shape::Delimited) => row.fields.len() == own.fields.len(),
            _ => false,
        }
    };
    // Between separators a label may take a field more or less: it must not reach to any of these columns.
    let headers = || named.iter().map(|&(_, field)| field).chain(foreign.iter().copied());
    let is_clear = headers().all(|field| is_level(field) && run.label_end <= fields[field].column);
    let are_even = own.shape == Shape::Grid
        || runs
            .iter()
            .filter(|other| other.place.block == run.place.block)
            .all(|other| other.row_fields == run.row_fields);
    let is_under = |(column, &value): (usize, &usize)| {
        named.iter().any(|&(of, header)| {
            of == column && (fields[header].column..fields[header].column_end).contains(&fields[value].column)
        })
    };
    is_clear && are_even && values.iter().enumerate().all(is_under)
}
