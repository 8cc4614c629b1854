//! What stands beside a table's labels and values and was taken by no row: then a label without values may have lost them.

use crate::align::Folded;
use crate::cell;
use crate::doubts::is_article;
use crate::fold::{is_space, trimmed};
use crate::labels::list_number_bytes;
use crate::rows::Field;
use crate::sections::part_number;
use crate::slots::ValueRun;
use crate::tables::is_table_word;
use std::ops::Range;

/// Whether a row of nothing but values, as many as the first row of a table has, stands right above that row's label, and no
/// values beside it: then values may stand above their labels, and each row's would be taken for the one's before.
pub(crate) fn may_stand_below_values(folded: &Folded<'_>, runs: &[ValueRun], wanted: usize) -> bool {
    // One number above a label is a list number, or a page's.
    const WANTED_MIN: usize = 3;
    let (fields, rows) = (&folded.rows.fields, &folded.rows.rows);
    let Some(first) = runs.iter().filter(|run| !run.label.is_empty()).min_by_key(|run| run.label.start)
    else {
        return false;
    };
    let above = fields.get(first.label.start).and_then(|field| rows.get(field.row.checked_sub(1)?));
    let Some(above) = above.filter(|_| !first.is_beside_label) else { return false };
    let written =
        fields[above.fields.clone()].iter().filter(|field| field.content.is_written_value()).count();
    let has_words = fields[above.fields.clone()].iter().any(|field| field.content.is_words());
    WANTED_MIN <= wanted && !has_words && written == wanted
}

/// Whether words that were taken for a label, or others right behind it, have run into its values.
pub(crate) fn has_run_into_values(folded: &Folded<'_>, label: &Range<usize>) -> bool {
    let is_digit = |c: char| c.is_ascii_digit();
    let fields = &folded.rows.fields;
    let Some(last) = label.end.checked_sub(1).filter(|_| !label.is_empty()) else { return false };
    let is_beside = fields.get(label.end).is_some_and(|next| next.row == fields[last].row);
    // 规章,/,无 folds to words like its label's.
    let written = folded.document.text.slice(&fields[last].text);
    let behind_comma = written.rsplit_once([',', '，', ';', '；']).map_or("", |(_, behind)| trimmed(behind));
    written.ends_with(['/', '-', '—', '－', '–'])
        || cell::read_trimmed(behind_comma).is_written_value()
        || folded.words(last).ends_with(is_digit)
        || (is_beside && folded.words(label.end).starts_with(is_digit))
}

/// Whether words that no row took stand right behind a label on its line: 行政规范性 of 行政规范性 檔案12. Then something
/// is there, whatever it is.
pub(crate) fn goes_on(folded: &Folded<'_>, runs: &[ValueRun], label: &Range<usize>) -> bool {
    let fields = &folded.rows.fields;
    let Some(last) = label.end.checked_sub(1).and_then(|last| fields.get(last)) else { return false };
    let behind = folded.document.text.as_str().get(last.text.end..).unwrap_or_default();
    let line = behind.split('\n').next().unwrap_or_default();
    let rest = line.trim_start_matches(is_space);
    let at = last.text.end + line.len() - rest.len();
    let is_known = fields.get(label.end).is_some_and(|next| {
        let begins_row = || runs.iter().any(|run| run.label.start == label.end);
        next.text.start == at
            && (!next.content.is_words() || is_table_word(folded.words(label.end)) || begins_row())
    });
    rest.starts_with(char::is_alphanumeric) && !is_known
}

/// Whether a few words that are none of the table's stand in the line below a label, where its value would: 见附件. A
/// heading and a sentence begin something else.
pub(crate) fn has_words_below(folded: &Folded<'_>, runs: &[ValueRun], label: &Range<usize>) -> bool {
    const CHARS_MAX: usize = 16;
    let fields = &folded.rows.fields;
    let Some(last) = label.end.checked_sub(1).and_then(|last| fields.get(last)) else { return false };
    let Some(next) = fields.get(label.end).filter(|next| next.row == last.row + 1) else { return false };
    let written = folded.document.text.slice(&next.text).trim_matches(is_space);
    let words = folded.words(label.end);
    next.content.is_words()
        && folded.rows.rows[next.row].fields.len() == 1
        && written.chars().count() <= CHARS_MAX
        && !written.ends_with(['。', '：', ':', '；'])
        && list_number_bytes(written) == 0
        && part_number(written).is_none()
        && !is_table_word(words)
        && !is_article(words)
        && !runs.iter().any(|run| run.label.contains(&label.end))
}

/// Whether values stand among the table's rows that no row took, or lines drawn with characters that were not taken apart.
/// Then a label without values may have lost them.
pub(crate) fn has_strays(folded: &Folded<'_>, runs: &[ValueRun]) -> bool {
    let begin = runs.iter().map(|run| run.label.start).min().unwrap_or(0);
    let end_of = |run: &ValueRun| run.fields.last().map_or(run.label.end, |last| last + 1);
    let end = runs.iter().map(end_of).max().unwrap_or(begin);
    let mut taken = vec![false; end.saturating_sub(begin)];
    for run in runs {
        for &field in &run.fields {
            if let Some(taken) = field.checked_sub(begin).and_then(|at| taken.get_mut(at)) {
                *taken = true;
            }
        }
    }
    let holds_upright = |field: &Field| {
        let words = if field.content.is_words() { folded.document.text.slice(&field.text) } else { "" };
        words.contains(['│', '┃', '║'])
    };
    let fields = folded.rows.fields.get(begin..end).unwrap_or_default();
    fields.iter().any(holds_upright)
        || taken.iter().zip(fields).any(|(taken, field)| !taken && field.content.is_written_value())
}
