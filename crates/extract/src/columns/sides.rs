//! What stands beside the labels and the values of a row and is neither: list numbers, units, the label once more.

use super::{Side, ValueLayout};
use crate::align::{Folded, RowMatch};
use crate::cell::{self, Content};
use crate::fold::{fold, fold_without_notes};
use crate::slots::ValueRun;
use rust_decimal::Decimal;
use std::cmp::Ordering;
use std::ops::Range;

/// Takes what stands beside a label and is no value for a part of it: the row's unit, its list number in a column of
/// its own. Returns the unit of money that a row has.
/// Fields outside of `free` are other rows' labels.
pub(crate) fn take_sides(
    folded: &Folded<'_>,
    layout: &ValueLayout,
    row: &mut RowMatch,
    free: Range<usize>,
) -> &'static str {
    let fields = &folded.rows.fields;
    let rows = &folded.rows.rows;
    let is_alone = |field: usize| rows[fields[field].row].fields.len() == 1;
    // In its own row, or in lines of one cell each on the next.
    let follows = |before: usize, field: usize| {
        free.contains(&before)
            && free.contains(&field)
            && fields.get(field).is_some_and(|next| {
                next.row == fields[before].row
                    || (next.row == fields[before].row + 1 && is_alone(before) && is_alone(field))
            })
    };
    let text = |field: usize| folded.document.text.slice(&fields[field].text);
    // A row that is a chapter of its own has its label in the column of chapters, too, with its list number between.
    let is_same = |field: usize| {
        let (own, other) = (folded.words(row.label.end - 1), folded.words(field));
        !other.is_empty()
            && (own == other
                || fold_without_notes(text(row.label.end - 1)) == fold_without_notes(text(field)))
    };
    let twice = (row.label.end..row.label.end + 2)
        .take_while(|&field| follows(field - 1, field))
        .find(|&field| is_same(field));
    if let Some(twice) = twice {
        row.label.end = twice + 1;
    }
    // The unit may have been taken into the label when that was found.
    let last = text(row.label.end - 1);
    let mut unit =
        cell::unit_alone(last).and_then(cell::header_unit).unwrap_or_else(|| money_in_brackets(last));
    let next = row.label.end;
    // Where cells are joined the unit is in no field of its own.
    if let Some(gap) = gap_before(folded, next).and_then(cell::unit_alone) {
        unit = cell::header_unit(gap).unwrap_or(unit);
    }
    if follows(next - 1, next)
        && fields[next].content.is_words()
        && let Some(written) = cell::unit_alone(text(next))
    {
        row.label.end += 1;
        unit = cell::header_unit(written).unwrap_or(unit);
    }
    let is_code = |field: usize| matches!(&fields[field].content, Content::Number(number) if number.unit.is_empty() && !number.signed);
    match layout.codes {
        Some(Side::Behind) if follows(row.label.end - 1, row.label.end) && is_code(row.label.end) => {
            row.label.end += 1;
        }
        Some(Side::Before)
            if 0 < row.label.start
                && !twice.is_some_and(|twice| is_code(twice - 1))
                && follows(row.label.start - 1, row.label.start)
                && is_code(row.label.start - 1) =>
        {
            row.label.start -= 1;
        }
        Some(Side::Before | Side::Behind) | None => {}
    }
    unit
}

/// Whether the numbers that were taken for list numbers behind the labels go up from row to row. If not, they are values, and
/// the headings are out of place.
pub(crate) fn has_odd_codes(folded: &Folded<'_>, layout: &ValueLayout, rows: &[RowMatch]) -> bool {
    let code = |row: &RowMatch| match &folded.rows.fields.get(row.label.end - 1)?.content {
        Content::Number(number) => Some(number.amount),
        _ => None,
    };
    let codes: Vec<Decimal> = rows.iter().filter_map(code).collect();
    layout.codes == Some(Side::Behind) && !codes.is_sorted_by(|one, next| one < next)
}

/// Takes from a row what stands behind its values and is none of them, and doubts the row where it may be either.
pub(crate) fn leave_sides(
    folded: &Folded<'_>,
    layout: &ValueLayout,
    run: &mut ValueRun,
    next: Option<&RowMatch>,
) {
    let fields = &folded.rows.fields;
    let is_unit = |field: usize| {
        fields.get(field).is_some_and(|field| {
            let first_line = folded.document.text.slice(&field.text).lines().next().unwrap_or_default();
            field.content.is_words() && cell::unit_alone(first_line).is_some()
        })
    };
    // A unit where a value should be, or behind a value where units stand before them: a line is out of place.
    let end = run.fields.last().map_or(run.label.end, |last| last + 1);
    run.is_patched |= run.fields.iter().any(|&field| is_unit(field));
    run.is_patched |= layout.has_units_first && !run.fields.is_empty() && is_unit(end);
    if layout.codes == Some(Side::Before) {
        leave_codes(folded, layout, run, next);
    }
}

/// In lines of one cell each, the number before words that are no row of the form may be their list number, not the last
/// value of the row above; and list numbers go up from row to row.
fn leave_codes(folded: &Folded<'_>, layout: &ValueLayout, run: &mut ValueRun, next: Option<&RowMatch>) {
    let fields = &folded.rows.fields;
    let rows = &folded.rows.rows;
    let is_alone = |field: usize| rows[fields[field].row].fields.len() == 1;
    let number = |field: usize| match &fields.get(field)?.content {
        Content::Number(number) if number.unit.is_empty() => Some(number.amount),
        _ => None,
    };
    let Some(&last) = run.fields.last() else { return };
    if !is_alone(last) {
        return;
    }
    let own = number(run.label.start);
    if let Some(next) = next
        && let (Some(own), Some(code)) = (own, number(next.label.start))
    {
        // Rows between the two that are none of the form's: chapters, local additions.
        let between = fields.get(last + 1..next.label.start).unwrap_or_default();
        let strangers = between.iter().filter(|field| field.content.is_words()).count();
        let most = own + Decimal::ONE + Decimal::from(strangers);
        run.is_patched |= code <= own || most < code;
    }
    let is_before_words =
        fields.get(last + 1).is_some_and(|next| next.content.is_words() && is_alone(last + 1));
    if !is_before_words {
        return;
    }
    let may_be_code = own.is_none_or(|own| number(last) == Some(own + Decimal::ONE));
    match run.fields.len().cmp(&layout.columns.len()) {
        Ordering::Greater => {
            run.fields.pop();
        }
        Ordering::Equal if may_be_code => run.is_patched = true,
        Ordering::Equal | Ordering::Less => {}
    }
}

/// The characters between the field before `field` and it, where both stand in one line without separators.
fn gap_before<'a>(folded: &Folded<'a>, field: usize) -> Option<&'a str> {
    const GAP_BYTES_MAX: usize = 24;
    let fields = &folded.rows.fields;
    let (before, after) = (fields.get(field.checked_sub(1)?)?, fields.get(field)?);
    let gap = before.text.end..after.text.start;
    let is_near = before.row == after.row && gap.start <= gap.end && gap.len() <= GAP_BYTES_MAX;
    is_near.then(|| folded.document.text.slice(&gap))
}

/// Whether a row's values stand right behind its label, but for a unit.
pub(crate) fn is_joined(folded: &Folded<'_>, run: &ValueRun) -> bool {
    let gap = run.fields.first().and_then(|&first| gap_before(folded, first));
    gap.is_some_and(|gap| gap.is_empty() || cell::unit_alone(gap).is_some())
}

/// The unit of money at the end of a label: 收取的费用（万元）, 收取的费用（万元）（注1）.
fn money_in_brackets(label: &str) -> &'static str {
    let brackets = label.split(['（', '(']).skip(1);
    brackets.filter_map(|inside| cell::header_unit(&fold(inside))).last().unwrap_or("")
}
