//! What speaks against rows whose cells stand one a line: a line that may be the page's number, or the rest of the
//! line before it.

use crate::align::Folded;
use crate::cell::Content;
use crate::doubts::adds_up;
use crate::rows::Shape;
use crate::slots::ValueRun;
use crate::tables::{cells_of, form_row};
use gongkai_forms::{Axis, Form};
use memchr::memchr;
use rust_decimal::Decimal;

/// Of fewer cells in other rows nothing follows about how the table writes them.
const CELLS_MIN: usize = 8;

/// Whether anything speaks against a row with these values.
pub(crate) fn is_doubtful(
    folded: &Folded<'_>,
    form: &Form,
    runs: &[ValueRun],
    run: &ValueRun,
    values: &[usize],
) -> bool {
    if may_be_page_number(folded, runs, run) {
        return true;
    }
    let are_lines = !values.is_empty() && values.iter().all(|&field| is_line(folded, field));
    are_lines
        && (is_apart(folded, runs, run, values)
            || is_number_behind_gap(folded, runs, run, values)
            || is_torn(folded, runs, run, values)
            || may_end_with_page_number(folded, form, runs, run, values))
}

/// Whether a field is a line of its own.
fn is_line(folded: &Folded<'_>, field: usize) -> bool {
    let row = &folded.rows.rows[folded.rows.fields[field].row];
    row.shape == Shape::Loose && row.fields.len() == 1
}

fn block(folded: &Folded<'_>, field: usize) -> usize {
    folded.rows.rows[folded.rows.fields[field].row].block
}

fn others<'a>(runs: &'a [ValueRun], run: &'a ValueRun) -> impl Iterator<Item = &'a ValueRun> {
    runs.iter().filter(move |other| other.label != run.label || other.fields != run.fields)
}

/// How far the cells of the other rows stand from the cells before them.
fn other_steps<'a>(
    folded: &'a Folded<'_>,
    runs: &'a [ValueRun],
    run: &'a ValueRun,
) -> impl Iterator<Item = usize> + 'a {
    let pairs = others(runs, run).flat_map(|other| other.fields.windows(2));
    pairs.map(|pair| block(folded, pair[1]).saturating_sub(block(folded, pair[0])))
}

/// Whether a row ends with a number that stands apart from the others, farther than any other cell of the table stands
/// from the one before it: then it may be the page's number, and the row lacks a cell.
fn is_apart(folded: &Folded<'_>, runs: &[ValueRun], run: &ValueRun, values: &[usize]) -> bool {
    let [.., before, last] = *values else { return false };
    let gap = block(folded, last).saturating_sub(block(folded, before));
    let steps = || other_steps(folded, runs, run);
    1 < gap && CELLS_MIN <= steps().count() && steps().all(|step| step < gap)
}

/// Whether a row's last number stands behind an empty line where most cells of the other rows follow what is before them
/// at once: a page may end between the two, the number may be the page's, and the cell empty.
fn is_number_behind_gap(folded: &Folded<'_>, runs: &[ValueRun], run: &ValueRun, values: &[usize]) -> bool {
    const STEPS_MIN: usize = 4;
    let label = |run: &ValueRun| run.label.clone().next_back();
    let [rest @ .., last] = values else { return false };
    let Some(before) = rest.last().copied().or_else(|| label(run)) else { return false };
    if block(folded, *last) <= block(folded, before) + 1 || !may_number_page(folded, *last) {
        return false;
    }
    let (mut steps, mut adjacent) = (0, 0);
    for other in others(runs, run) {
        let fields = || label(other).into_iter().chain(other.fields.iter().copied());
        for (before, after) in fields().zip(fields().skip(1)) {
            steps += 1;
            adjacent += usize::from(block(folded, after) == block(folded, before) + 1);
        }
    }
    STEPS_MIN <= steps && 2 * steps <= 3 * adjacent
}

/// Whether the number of a page may be written like this field.
fn may_number_page(folded: &Folded<'_>, field: usize) -> bool {
    const PAGES_MAX: i64 = 60;
    let Content::Number(number) = &folded.rows.fields[field].content else { return false };
    let is_page = Decimal::ONE <= number.amount && number.amount <= Decimal::from(PAGES_MAX);
    is_page && !number.signed && number.unit.is_empty() && number.amount.fract().is_zero()
}

/// Whether a line of a row is not closed as all other cells of the table are, by an empty line or by a pipe: then it
/// may go on in the next one.
fn is_torn(folded: &Folded<'_>, runs: &[ValueRun], run: &ValueRun, values: &[usize]) -> bool {
    let has_pipe = |&field: &usize| {
        let text = folded.document.blocks.get(block(folded, field)).map(|block| &block.text);
        text.is_some_and(|text| memchr(b'|', folded.document.text.slice(text).as_bytes()).is_some())
    };
    let is_adjacent = values.windows(2).any(|pair| block(folded, pair[1]) <= block(folded, pair[0]) + 1);
    let steps = || other_steps(folded, runs, run);
    // The first value stands apart from the label as well.
    let is_apart = values
        .first()
        .zip(run.label.clone().next_back())
        .is_some_and(|(&first, label)| block(folded, label) + 1 < block(folded, first));
    if is_adjacent && (is_apart || CELLS_MIN <= steps().count()) && steps().all(|step| 1 < step) {
        return true;
    }
    let cells = || others(runs, run).flat_map(|other| &other.fields);
    !values.iter().all(has_pipe) && CELLS_MIN <= cells().count() && cells().all(has_pipe)
}

/// Where the table's values stand beside their labels, a lone number on the line below a label is as well the
/// number of the page.
fn may_be_page_number(folded: &Folded<'_>, runs: &[ValueRun], run: &ValueRun) -> bool {
    let fields = &folded.rows.fields;
    let [only] = run.fields[..] else { return false };
    let stands_below = !run.label.is_empty() && fields[only].row != fields[run.label.end - 1].row;
    stands_below
        && folded.rows.rows[fields[only].row].fields.len() == 1
        && runs.iter().any(|other| other.is_beside_label)
}

/// Whether a row's last number may be the page's, where empty cells leave nothing: other rows have fewer values
/// than cells, or a page ends behind it, and this one does not add up.
fn may_end_with_page_number(
    folded: &Folded<'_>,
    form: &Form,
    runs: &[ValueRun],
    run: &ValueRun,
    values: &[usize],
) -> bool {
    if !values.last().is_some_and(|&last| may_number_page(folded, last)) {
        return false;
    }
    let cells: Vec<usize> = cells_of(form_row(form, run.place)).collect();
    let has_sum = form.identities.iter().any(|identity| {
        identity.axis != Axis::Column && identity.terms().any(|cell| Some(&cell) == cells.last())
    });
    let lacks_cells = |other: &ValueRun| {
        let found = other.written(folded).len();
        found < cells_of(form_row(form, other.place)).count()
    };
    let may_be_page = || ends_page(folded, values) || others(runs, run).any(lacks_cells);
    has_sum && may_be_page() && !adds_up(folded, form, &cells, values)
}

/// Whether a form feed stands between the last of these fields and the next one.
fn ends_page(folded: &Folded<'_>, values: &[usize]) -> bool {
    const FORM_FEED: u8 = 0x0c;
    let fields = &folded.rows.fields;
    let between = values.last().and_then(|&last| {
        let begin = fields.get(last)?.text.end;
        let end = fields.get(last + 1).map_or(folded.document.text.as_str().len(), |next| next.text.start);
        folded.document.text.as_str().as_bytes().get(begin..end)
    });
    between.is_some_and(|between| memchr(FORM_FEED, between).is_some())
}
