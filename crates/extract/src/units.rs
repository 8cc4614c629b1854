//! The unit of money that an amount is written in, where the cell itself does not say.

use crate::align::Folded;
use crate::cell::{self, Content};
use crate::fold::fold_without_notes;
use crate::labels::RowPlace;
use crate::lines::without_spaces;
use crate::tables::{cells_of, form_row};
use gongkai_forms::Form;
use gongkai_model::Unit;
use std::ops::Range;

/// The unit of money that stands over the amounts of a row: in their own column's header, or for the whole table
/// (单位：万元). What another column's header says is no concern of theirs. A unit that is not known makes them uncertain.
pub(crate) fn header_unit(
    folded: &Folded<'_>,
    form: &Form,
    place: RowPlace,
    fields: Range<usize>,
) -> Option<&'static str> {
    if !has_amounts(form, place) {
        return Some("");
    }
    let block = &form.tables[place.table].blocks[place.block];
    let amounts: Vec<String> = block
        .columns
        .iter()
        .zip(&block.rows[place.row].cells)
        .filter(|(_, cell)| cell.is_some_and(|cell| form.cells[cell].unit == Unit::Yuan))
        .flat_map(|(column, _)| column.labels.iter().map(|label| fold_without_notes(label)))
        .collect();
    let mut is_seen = false;
    for field in fields.rev() {
        // Folded, and with the words before it: a narrow header is broken anywhere, even inside 万元.
        for (_, words) in folded.runs_ending_with(field).take(3) {
            let own = amounts
                .iter()
                // A header may stand behind others in one breath.
                .filter_map(|label| behind_last(words, label))
                .min_by_key(|rest| rest.len());
            let of_table = words.strip_prefix("单位").or_else(|| words.strip_prefix("金额单位"));
            is_seen |= own.is_some();
            if let Some(unit) = own.or(of_table).and_then(cell::header_unit) {
                return Some(unit);
            }
        }
    }
    // The form prints a unit in this header, or publishers add one. Where the header is lost, so is the unit.
    (!is_seen).then_some(cell::UNKNOWN_UNIT)
}

/// What stands behind the last place of `label` in a few words.
fn behind_last<'a>(words: &'a str, label: &str) -> Option<&'a str> {
    let is_here =
        |at: &usize| words.as_bytes().get(*at..).is_some_and(|rest| rest.starts_with(label.as_bytes()));
    let at = (0..=words.len().checked_sub(label.len())?).rev().find(is_here)?;
    words.get(at + label.len()..)
}

/// The unit of money that stands on a line of its own right behind the amount that is the row's last value: `2300`, `万元`.
/// `end` is the field behind the row's.
pub(crate) fn unit_behind(
    folded: &Folded<'_>,
    form: &Form,
    place: RowPlace,
    end: usize,
) -> Option<&'static str> {
    if !has_amounts(form, place) {
        return None;
    }
    let fields = &folded.rows.fields;
    let (last, next) = (fields.get(end.checked_sub(1)?)?, fields.get(end)?);
    let is_bare = matches!(&last.content, Content::Number(number) if number.unit.is_empty());
    if !is_bare || last.row + 1 != next.row || folded.rows.rows[next.row].fields.len() != 1 {
        return None;
    }
    cell::unit_alone(folded.document.text.slice(&next.text)).and_then(cell::header_unit)
}

/// Whether the row has an amount of money among its cells.
pub(crate) fn has_amounts(form: &Form, place: RowPlace) -> bool {
    cells_of(form_row(form, place)).any(|cell| form.cells[cell].unit == Unit::Yuan)
}

/// The unit of amounts over which none stands: yuan, unless a note below the table speaks of one. Then it may be this
/// table's or another's, and the amounts are uncertain.
pub(crate) fn unit_below(folded: &Folded<'_>, form: &Form, place: RowPlace, begin: usize) -> &'static str {
    const NOTE_ROWS: usize = 6;
    const NOTE_BYTES_MAX: usize = 120;
    if !has_amounts(form, place) {
        return "";
    }
    let Some(first_row) = folded.rows.fields.get(begin).map(|field| field.row) else { return "" };
    let is_note = |text: &str| {
        let text = if text.len() <= NOTE_BYTES_MAX { without_spaces(text) } else { String::new() };
        (text.contains("万元") || text.contains("萬元"))
            && ["单位", "單位", "以万元", "计量", "金额"].iter().any(|word| text.contains(word))
    };
    // Whole rows, since words may be spaced and fall into fields; and two at once, since lines may break anywhere.
    let rows = folded.rows.rows.get(first_row..).unwrap_or_default();
    let text_of = |index: usize| {
        let row = rows.get(index)?;
        let fields = folded.rows.fields.get(row.fields.start.max(begin)..row.fields.end)?;
        let has_words = fields.iter().any(|field| field.content.is_words());
        let (first, last) = (fields.first()?, fields.last()?);
        has_words.then_some(first.text.start..last.text.end)
    };
    let speaks_of_one =
        (0..NOTE_ROWS).filter_map(|index| Some((index, text_of(index)?))).any(|(index, own)| {
            let with_next = own.start..text_of(index + 1).map_or(own.end, |next| next.end.max(own.end));
            [own, with_next].into_iter().any(|range| is_note(folded.document.text.slice(&range)))
        });
    if speaks_of_one { cell::UNKNOWN_UNIT } else { "" }
}
