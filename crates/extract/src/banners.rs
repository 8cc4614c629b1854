//! What is written on labels of rows, and on the banners and group labels over them, that makes the rows another time's or
//! others': 三、上年度办理结果, 本年新收（含上年结转）, 2020年 beside the labels of a report on 2021. A banner holds for all rows
//! under it.

use crate::align::Folded;
use crate::doubts::is_taken;
use crate::fold::{fold, is_numeral};
use crate::labels::{Labels, Pairs, list_number_bytes};
use crate::lines::without_spaces;
use crate::slots::ValueRun;
use crate::tables::form_row;
use crate::times::{Times, YearOf, is_written_for_others};
use gongkai_forms::{Form, RowBanner};
use std::ops::Range;

/// Fields in front of a label among which its banner is looked for, and of a row that may be one. More are no table of a form.
const FIELDS_MAX: usize = 64;

/// How far a banner that is of others reaches.
struct Reach<'f> {
    /// How many banners of the form stand over it.
    level: usize,
    /// The form's banner that it stands for; none where it stands beside rows that have none.
    banner: Option<&'f str>,
}

/// Which rows of a table are of another time or of others' work, as far as their labels and what stands over them say so.
pub(crate) fn rows_of_others(
    folded: &Folded<'_>,
    labels: &Labels,
    form: &Form,
    runs: &[ValueRun],
    year: &YearOf<'_>,
) -> Vec<bool> {
    let fields = &folded.rows.fields;
    let mut of_others = vec![false; runs.len()];
    let mut reach: Option<Reach<'_>> = None;
    let mut before: Option<&ValueRun> = None;
    for (run, of_others) in runs.iter().zip(&mut of_others) {
        let Some(last_of_label) = run.label.end.checked_sub(1).filter(|last| run.label.start <= *last) else {
            continue;
        };
        let (Some(first), Some(last)) = (fields.get(run.label.start), fields.get(last_of_label)) else {
            continue;
        };
        let banners = &form_row(form, run.place).banners;
        let stands_under = |reach: &Reach<'_>| {
            banners.get(reach.level).map(String::as_str) == reach.banner
                && before.is_some_and(|before| before.place.block == run.place.block)
        };
        reach = reach.filter(stands_under);
        // A label may be known with the banner before it.
        for field in between(folded, before, run).chain(run.label.start..last_of_label) {
            let Some(level) = banner_level(folded, labels, form, (runs, run), field) else { continue };
            let banner = banners.get(level).map(String::as_str);
            let own = banner.map_or_else(Times::default, Times::of);
            let written = without_spaces(folded.document.text.slice(&fields[field].text));
            if is_written_for_others(&written, own, year) {
                reach = Some(Reach { level, banner });
            } else if reach.as_ref().is_some_and(|reach| level <= reach.level) {
                reach = None;
            }
        }
        let written = folded.document.text.slice(&(first.text.start..last.text.end));
        *of_others = reach.is_some()
            || is_corrected_below(folded, runs, run)
            || is_written_for_others(written, labels.times_of(run.place), year);
        before = Some(run);
    }
    of_others
}

/// Whether the line below a row has values again, behind words that say that they are the right ones: 更正：.
fn is_corrected_below(folded: &Folded<'_>, runs: &[ValueRun], run: &ValueRun) -> bool {
    const CORRECTED: [&str; 5] = ["更正", "修正", "订正", "应为", "改为"];
    let fields = &folded.rows.fields;
    let last = run.fields.last().copied().or(run.label.end.checked_sub(1));
    let Some(line) = last.and_then(|last| fields.get(last)).map(|last| last.row + 1) else { return false };
    let Some(below) = folded.rows.rows.get(line).map(|row| row.fields.clone()) else { return false };
    let has_value = below.clone().any(|field| fields[field].content.is_written_value());
    let mut words = below.clone().map(|field| folded.words(field)).filter(|words| !words.is_empty());
    has_value
        && !below.clone().any(|field| is_taken(runs, field))
        && words.next().is_some_and(|words| CORRECTED.iter().any(|word| words.contains(word)))
}

/// The fields between the row before and the label of a row. What stands above the first row of a block are its headers.
fn between(folded: &Folded<'_>, before: Option<&ValueRun>, run: &ValueRun) -> Range<usize> {
    let fields = &folded.rows.fields;
    let end = |before: &ValueRun| before.fields.last().map_or(before.label.end, |last| last + 1);
    let of_row = || fields.get(run.label.start).and_then(|field| folded.rows.rows.get(field.row));
    let begin = match before.filter(|before| before.place.block == run.place.block) {
        Some(before) => end(before),
        None => of_row().map_or(run.label.start, |row| row.fields.start),
    };
    begin.max(run.label.start.saturating_sub(FIELDS_MAX)).min(run.label.start)..run.label.start
}

/// How many banners of the form stand over the one that a field is, for the row `run` right below it; none if it is no
/// banner. One in other words than the form's stands before a label in its line, resembles one, or stands alone.
fn banner_level(
    folded: &Folded<'_>,
    labels: &Labels,
    form: &Form,
    (runs, run): (&[ValueRun], &ValueRun),
    field: usize,
) -> Option<usize> {
    let (fields, rows) = (&folded.rows.fields, &folded.rows.rows);
    let words = folded.words(field);
    if words.is_empty() {
        return None;
    }
    let banners = &form_row(form, run.place).banners;
    let known = &form.tables[run.place.table].blocks[run.place.block].row_banners;
    let of_level = |banner: &String| known.iter().find(|known| known.labels.first() == Some(banner));
    let level = banners.iter().position(|banner| of_level(banner).is_some_and(|of| resembles(words, of)));
    if run.label.contains(&field) {
        return level;
    }
    let is_beside = fields[field].row == fields[run.label.start].row;
    let stands_alone = || {
        let row = &rows[fields[field].row];
        row.fields.len() <= FIELDS_MAX
            && !row.fields.clone().any(|field| fields[field].content.is_written_value())
            && !may_be_of_missing_row(labels, runs, run, words)
    };
    level.or_else(|| (is_beside || stands_alone()).then_some(0))
}

/// Whether words are a banner of the form in one of its wordings, or one that differs in a word: 上年度办理结果.
fn resembles(words: &str, banner: &RowBanner) -> bool {
    const SIMILARITY_MIN: u32 = 50;
    let found = Pairs::of(words.trim_start_matches(is_numeral));
    banner.labels.iter().any(|own| {
        let own = fold(own.get(list_number_bytes(own)..).unwrap_or(own));
        words.contains(own.as_str()) || SIMILARITY_MIN <= found.similarity(&Pairs::of(&own))
    })
}

/// Whether words may be a part of the label of a row of this table that was not found.
fn may_be_of_missing_row(labels: &Labels, runs: &[ValueRun], run: &ValueRun, words: &str) -> bool {
    const SIMILARITY_MIN: u32 = 50;
    let missing = labels
        .places
        .iter()
        .filter(|place| place.table == run.place.table && !runs.iter().any(|other| other.place == **place));
    let bare = words.trim_start_matches(is_numeral);
    let pairs = Pairs::of(bare);
    let mut labels_of_missing = missing.flat_map(|place| labels.spellings_of(*place));
    labels_of_missing
        .any(|label| label.contains(bare) || SIMILARITY_MIN <= pairs.similarity(&Pairs::of(label)))
}
