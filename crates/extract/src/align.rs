//! Level one of the alignment: form rows against physical rows, by their labels alone.
//!
//! Every run of words that is a row's label, whole, clipped or reworded, is a possible match; the best chain of
//! matches in the order of the form wins. Costs choose labels only: where a value belongs is never decided here.

use crate::cell::Content;
use crate::fold::{fold, fold_into, fold_without_notes, is_space};
use crate::labels::{LABEL_BYTES_MAX, Labels, NUMBERED, Quality, RowPlace};
use crate::rows::{Field, Rows, Shape};
use crate::tables::is_table_word;
use gongkai_document::Document;
use std::ops::Range;

/// A form row found in the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RowMatch {
    /// Which row of the form.
    pub(crate) place: RowPlace,
    /// The fields that make up its label; the values come after them.
    pub(crate) label: Range<usize>,
    /// How well the words match.
    pub(crate) quality: Quality,
    /// Whether the same label stands again among the table's rows, with values of its own.
    pub(crate) is_repeated: bool,
}

/// A document's fields, folded once for all forms and tables.
pub(crate) struct Folded<'a> {
    pub(crate) document: &'a Document,
    pub(crate) rows: &'a Rows,
    words: Vec<Range<usize>>,
    text: String,
}

/// Labels are split over at most this many fields; vertical ones put one character in each.
const LABEL_FIELDS_MAX: usize = 10;

impl<'a> Folded<'a> {
    pub(crate) fn of(document: &'a Document, rows: &'a Rows) -> Self {
        let mut text = String::new();
        let words = rows
            .fields
            .iter()
            .map(|field| {
                let begin = text.len();
                if field.content.is_words() && field.text.len() <= LABEL_BYTES_MAX {
                    let written = document.text.slice(&field.text);
                    fold_into(written, &mut text);
                    if let Some(bare) = without_unknown_notes(written, &text[begin..]) {
                        text.truncate(begin);
                        text.push_str(&bare);
                    }
                }
                begin..text.len()
            })
            .collect();
        Self { document, rows, words, text }
    }

    /// The folded words of a field; empty where it has none, or too many to be a label.
    pub(crate) fn words(&self, field: usize) -> &str {
        self.words.get(field).map_or("", |range| &self.text[range.clone()])
    }

    /// The folded words of adjacent fields in one.
    pub(crate) fn run(&self, fields: Range<usize>) -> &str {
        let end =
            fields.end.checked_sub(1).and_then(|last| self.words.get(last)).map_or(0, |words| words.end);
        self.words.get(fields.start).and_then(|first| self.text.get(first.start..end)).unwrap_or_default()
    }

    /// The characters of a run of fields as they stand, without white space.
    pub(crate) fn written(&self, fields: &Range<usize>) -> String {
        let mut written = String::new();
        for field in &self.rows.fields[fields.clone()] {
            written.extend(self.document.text.slice(&field.text).chars().filter(|&c| !is_space(c)));
        }
        written
    }

    /// The folded words of adjacent fields without the note in brackets that they end with, where they do; the note may
    /// begin in a field before the last.
    fn without_note(&self, fields: &Range<usize>) -> Option<String> {
        let (first, last) =
            (self.rows.fields.get(fields.start)?, self.rows.fields.get(fields.end.checked_sub(1)?)?);
        let written = self.document.text.slice(&(first.text.start..last.text.end));
        let ends_with_note = written.trim_end_matches(is_space).ends_with(['）', ')', '】', ']']);
        if !ends_with_note || LABEL_BYTES_MAX < written.len() {
            return None;
        }
        let bare = fold_without_notes(written);
        (!bare.is_empty() && bare != self.run(fields.clone())).then_some(bare)
    }

    /// The runs of words that end with `last`, shortest first: its own, then with the words before it, as long as
    /// no value stands between. Fields without words add nothing to the folded text, so a run is a piece of it.
    pub(crate) fn runs_ending_with(&self, last: usize) -> impl Iterator<Item = (Range<usize>, &str)> + '_ {
        let end = self.words[last].end;
        let mut next = Some(last);
        (0..LABEL_FIELDS_MAX).map_while(move |taken| {
            let first = next?;
            let words = &self.text[self.words[first].start..end];
            if 0 < taken && LABEL_BYTES_MAX < words.len() {
                return None;
            }
            next = self.words_before(first);
            Some((first..last + 1, words))
        })
    }

    /// The field of words that goes before `field`: the one before it, or before the empty fields in the same row.
    fn words_before(&self, field: usize) -> Option<usize> {
        let fields = &self.rows.fields;
        let row = fields[field].row;
        let mut before = field.checked_sub(1)?;
        while fields[before].content == crate::cell::Content::Blank && fields[before].row == row {
            before = before.checked_sub(1)?;
        }
        (!self.words(before).is_empty() && row <= fields[before].row + 2 && self.may_go_on(before, field))
            .then_some(before)
    }

    /// Whether words may go on from a field to a later one. From row to row of a grid they do so in their column: 3① at the end
    /// of a row is its value, and not the beginning of the label below.
    fn may_go_on(&self, from: usize, to: usize) -> bool {
        let (from, to) = (&self.rows.fields[from], &self.rows.fields[to]);
        let (above, below) = (&self.rows.rows[from.row], &self.rows.rows[to.row]);
        let are_rows_of_grid = from.row != to.row
            && above.shape == Shape::Grid
            && below.shape == Shape::Grid
            && above.block == below.block;
        !are_rows_of_grid || from.column < to.column_end && to.column < from.column_end
    }

    /// Whether anything but words stands behind `field` in its own row.
    fn has_values_in_row(&self, field: usize) -> bool {
        let fields = &self.rows.fields;
        fields.get(field + 1).is_some_and(|next| next.row == fields[field].row && !next.content.is_words())
    }

    /// Whether `field` stands behind a header in a row without values, whatever empty cells follow: 自然人 | 总计 |||.
    fn is_among_headers(&self, labels: &Labels, field: usize) -> bool {
        let Some(row) = self.rows.rows.get(self.rows.fields[field].row) else { return false };
        let holds_none = |field: usize| !self.rows.fields[field].content.is_written_value();
        row.fields.clone().all(holds_none)
            && (row.fields.start..field).any(|before| !labels.headers(self.words(before)).is_empty())
    }

    /// Number of fields after `field`, up to the next words, that are no words; counted up to `max`.
    fn values_after(&self, field: usize, max: usize) -> usize {
        self.rows.fields[field + 1..].iter().take(max).take_while(|field| !field.content.is_words()).count()
    }
}

/// The folded words without their bracketed notes, where only these are known: a form's label or header to which
/// someone added an explanation. A note on money is a unit, and stays; one that is not closed goes on elsewhere.
fn without_unknown_notes(written: &str, folded: &str) -> Option<String> {
    let ends_with_note = written.trim_end_matches(is_space).ends_with(['）', ')', '】', ']']);
    if !ends_with_note || written.contains(['元', '万']) || is_table_word(folded) {
        return None;
    }
    let bare = fold_without_notes(written);
    (bare.len() < folded.len() && is_table_word(&bare)).then_some(bare)
}

/// Finds the rows of each table of a form. A table that stands in the document more than once gives a chain each, the
/// best first; a second chain is one that says about as much.
pub(crate) fn match_rows(
    folded: &Folded<'_>,
    labels: &Labels,
    values_of: impl Fn(RowPlace) -> usize,
) -> Vec<Vec<Vec<RowMatch>>> {
    let mut candidates = Vec::new();
    for last in 0..folded.rows.fields.len() {
        if folded.words(last).is_empty() {
            continue;
        }
        for (label, words) in folded.runs_ending_with(last) {
            for &(place, quality) in labels.rows_of(words) {
                // 总计 and 其他 without their list numbers are headers too. A header has no values in its own row.
                if quality < NUMBERED
                    && !labels.headers(words).is_empty()
                    && (!folded.has_values_in_row(last) || folded.is_among_headers(labels, last))
                {
                    continue;
                }
                candidates.push(RowMatch { place, label: label.clone(), quality, is_repeated: false });
            }
        }
    }
    let tables = labels.places.iter().map(|place| place.table).max().map_or(0, |last| last + 1);
    (0..tables)
        .map(|table| {
            let mut of_table: Vec<RowMatch> =
                candidates.iter().filter(|m| m.place.table == table).cloned().collect();
            let places: Vec<RowPlace> =
                labels.places.iter().copied().filter(|place| place.table == table).collect();
            let mut chains: Vec<Vec<RowMatch>> = Vec::new();
            let mut best_score = 0;
            while chains.len() < CHAINS_MAX {
                let (mut chain, score) = best_chain(folded, &of_table, &values_of);
                if chain.is_empty() || (!chains.is_empty() && score * 2 < best_score) {
                    break;
                }
                best_score = best_score.max(score);
                if chain.len() < places.len() {
                    let mut with_loose = of_table.clone();
                    add_loose_matches(folded, labels, &places, &chain, &mut with_loose);
                    chain = best_chain(folded, &with_loose, &values_of).0;
                }
                // The next one stands before or behind this one, not among its rows.
                let extent =
                    chain.first().zip(chain.last()).map(|(first, last)| first.label.start..last.label.end);
                // Values in its line, or at least half of a row's right below it.
                let has_values = |other: &RowMatch| {
                    let (last, wanted) = (other.label.end - 1, values_of(other.place));
                    folded.has_values_in_row(last)
                        || wanted.div_ceil(2).max(1) <= folded.values_after(last, wanted)
                };
                // Where the same words label a row of another chapter, that is what the label stands for there.
                let labels_of_chain: Vec<Range<usize>> = chain.iter().map(|row| row.label.clone()).collect();
                for row in &mut chain {
                    row.is_repeated = of_table.iter().any(|other| {
                        other.place == row.place
                            && !stands_beside(folded, row, other)
                            && !labels_of_chain.contains(&other.label)
                            && NUMBERED <= other.quality
                            && (other.label.end <= row.label.start || row.label.end <= other.label.start)
                            && extent.as_ref().is_some_and(|extent| {
                                let is_among =
                                    extent.start <= other.label.start && other.label.end <= extent.end;
                                is_among || is_next_row(folded, extent, &other.label)
                            })
                            && has_values(other)
                    });
                }
                of_table.retain(|m| {
                    extent
                        .as_ref()
                        .is_some_and(|extent| m.label.end <= extent.start || extent.end <= m.label.start)
                });
                for row in &mut chain {
                    take_list_number(folded, labels, row);
                    take_rest_of_label(folded, labels, row);
                }
                chains.push(chain);
            }
            chains
        })
        .collect()
}

/// Takes the list number of a label for a part of it where it stands on the line before and its point begins the label:
/// `2`, `.其他法律行政法规禁止公开`.
fn take_list_number(folded: &Folded<'_>, labels: &Labels, row: &mut RowMatch) {
    let fields = &folded.rows.fields;
    let Some(before) = row.label.start.checked_sub(1) else { return };
    let (number, label) = (&fields[before], &fields[row.label.start]);
    let is_above = number.row + 1 == label.row && folded.rows.rows[number.row].fields.len() == 1;
    let text = |field: &Field| folded.document.text.slice(&field.text);
    let is_number = matches!(number.content, Content::Number(_)) && number.text.len() <= 2;
    if !is_above || !is_number || !text(label).starts_with(['.', '．', '、']) {
        return;
    }
    let whole = fold(&format!("{}{}", text(number), folded.written(&row.label)));
    if labels.rows_of(&whole).iter().any(|&(place, quality)| place == row.place && row.quality <= quality) {
        row.label.start = before;
    }
}

/// Whether a label stands in the row right before or behind those of a chain, which reach over `extent`.
fn is_next_row(folded: &Folded<'_>, extent: &Range<usize>, label: &Range<usize>) -> bool {
    let line = |field: usize| folded.rows.fields.get(field).map(|field| field.row);
    let follows = |before: usize, behind: usize| matches!((line(before), line(behind)), (Some(before), Some(behind)) if behind == before + 1);
    follows(extent.end.saturating_sub(1), label.start) || follows(label.end.saturating_sub(1), extent.start)
}

/// Whether `other` stands behind the label of `row` in the same line, with a list number between at most: a chapter of
/// one row, and that row.
fn stands_beside(folded: &Folded<'_>, row: &RowMatch, other: &RowMatch) -> bool {
    let line = |field: usize| folded.rows.fields.get(field).map(|field| field.row);
    (row.label.end..=row.label.end + 1).contains(&other.label.start)
        && line(row.label.end - 1) == line(other.label.start)
}

/// Tables of a kind that are told apart; what differs between two is uncertain already.
const CHAINS_MAX: usize = 2;

/// A label that is wrapped may be whole, or known, before its last line: takes the words that go on with it, so that
/// the values are looked for behind all of it. A piece of the banner beside it may stand between.
fn take_rest_of_label(folded: &Folded<'_>, labels: &Labels, row: &mut RowMatch) {
    let fields = &folded.rows.fields;
    let mut words = folded.run(row.label.clone()).to_owned();
    loop {
        let end = row.label.end;
        let last_row = fields[end - 1].row;
        let goes_on = |field: usize| {
            let near = fields.get(field).is_some_and(|next| next.row <= last_row + 1);
            near && !folded.words(field).is_empty()
                && labels.begins(&format!("{words}{}", folded.words(field)), row.place)
        };
        let taken = if goes_on(end) {
            end
        } else if fields.get(end).is_some_and(|between| between.content.is_words()) && goes_on(end + 1) {
            end + 1
        } else {
            return;
        };
        words.push_str(folded.words(taken));
        row.label.end = taken + 1;
    }
}

/// How far beyond the first and the last certain row a clipped or reworded one is looked for, in rows.
const REACH_ROWS: usize = 24;

/// Adds matches by clipped and by similar words for the rows that `chain` lacks, between their neighbours.
fn add_loose_matches(
    folded: &Folded<'_>,
    labels: &Labels,
    places: &[RowPlace],
    chain: &[RowMatch],
    candidates: &mut Vec<RowMatch>,
) {
    // Neighbouring rows that are missing share the gap in which they are looked for.
    let mut gaps: Vec<(Range<usize>, Vec<RowPlace>)> = Vec::new();
    for &place in places.iter().filter(|place| !chain.iter().any(|known| known.place == **place)) {
        let gap = gap_around(folded, chain, place);
        match gaps.last_mut() {
            Some((known, missing)) if *known == gap => missing.push(place),
            _ => gaps.push((gap, vec![place])),
        }
    }
    for (gap, missing) in gaps {
        for last in gap.clone().filter(|&field| !folded.words(field).is_empty()) {
            for (label, words) in
                folded.runs_ending_with(last).take_while(|(label, _)| gap.start <= label.start)
            {
                if !labels.rows_of(words).is_empty() {
                    continue;
                }
                candidates.extend(loose_matches(labels, words, &label, &missing));
                let Some(bare) = folded.without_note(&label) else { continue };
                let known = labels.rows_of(&bare).iter().filter(|(place, _)| missing.contains(place));
                let is_header = !labels.headers(&bare).is_empty();
                if known.clone().next().is_none() {
                    candidates.extend(loose_matches(labels, &bare, &label, &missing));
                } else if !is_header {
                    candidates.extend(known.map(|&(place, quality)| RowMatch {
                        place,
                        label: label.clone(),
                        quality,
                        is_repeated: false,
                    }));
                }
            }
        }
    }
}

/// Those of `missing` that clipped or similar words may be the label of.
fn loose_matches(labels: &Labels, words: &str, label: &Range<usize>, missing: &[RowPlace]) -> Vec<RowMatch> {
    let of = |(place, quality)| RowMatch { place, label: label.clone(), quality, is_repeated: false };
    match labels.clipped(words).filter(|(place, _)| missing.contains(place)) {
        Some(clipped) => vec![of(clipped)],
        None => labels.similar(words, missing).map(of).collect(),
    }
}

/// The fields between the neighbours of a row that is missing.
fn gap_around(folded: &Folded<'_>, chain: &[RowMatch], place: RowPlace) -> Range<usize> {
    let fields = &folded.rows.fields;
    let row_of = |field: usize| fields[field].row;
    let before = chain.iter().rfind(|known| known.place < place);
    let after = chain.iter().find(|known| place < known.place);
    let first = match (before, after) {
        (Some(before), _) => before.label.end,
        (None, Some(after)) => {
            let from = row_of(after.label.start).saturating_sub(REACH_ROWS);
            folded.rows.rows.get(from).map_or(0, |row| row.fields.start)
        }
        (None, None) => 0,
    };
    let end = match (before, after) {
        (_, Some(after)) => after.label.start,
        (Some(before), None) => {
            let to = row_of(before.label.end - 1) + REACH_ROWS;
            folded.rows.rows.get(to).map_or(fields.len(), |row| row.fields.start)
        }
        (None, None) => 0,
    };
    first..end.max(first)
}

/// Rows that are skipped at once beyond these cost no more: local versions of a form lack whole chapters.
const SKIPPED_ROWS_MAX: i64 = 12;
/// What a form row that is skipped costs, and each physical row beyond the usual distance.
const SKIPPED_ROW_COST: i64 = 6;
const USUAL_DISTANCE_ROWS: usize = 24;
const DISTANT_ROW_COST: i64 = 8;
/// What speaks for a label that values follow, and for one that the right number of them follows.
const VALUES_FOLLOW: i64 = 30;
const ALL_VALUES_FOLLOW: i64 = 20;
/// Farther apart two rows cannot belong to one chain: the distance costs more than the longest chain is worth.
const DISTANCE_ROWS_MAX: usize = 600;
/// As many matches before a match are looked at, so that a flood of labels costs no more than linear time.
const PREDECESSORS_MAX: usize = 128;
/// A chain of less is chance: one certain row with its values, or two rows.
const CHAIN_SCORE_MIN: i64 = 130;

/// The chain of matches, in the order of form and document, that has the most to say.
fn best_chain(
    folded: &Folded<'_>,
    candidates: &[RowMatch],
    values_of: &impl Fn(RowPlace) -> usize,
) -> (Vec<RowMatch>, i64) {
    let mut ordered: Vec<&RowMatch> = candidates.iter().collect();
    // Of equal ends the longer label comes first, so that it wins a tie.
    ordered.sort_by_key(|m| (m.label.end, m.label.start, m.place));
    let own: Vec<i64> = ordered
        .iter()
        .map(|m| {
            let wanted = values_of(m.place);
            let found = folded.values_after(m.label.end - 1, wanted + 3);
            let follow = if found == 0 { 0 } else { VALUES_FOLLOW };
            i64::from(m.quality) + follow + if found == wanted { ALL_VALUES_FOLLOW } else { 0 }
        })
        .collect();
    let mut best: Vec<(i64, Option<usize>)> = Vec::with_capacity(ordered.len());
    for (index, this) in ordered.iter().enumerate() {
        let mut choice = (own[index], None);
        let row = folded.rows.fields[this.label.start].row;
        for (before_index, before) in ordered[..index].iter().enumerate().rev().take(PREDECESSORS_MAX) {
            if folded.rows.fields[before.label.start].row + DISTANCE_ROWS_MAX < row {
                break;
            }
            if this.place <= before.place || this.label.start < before.label.end {
                continue;
            }
            let score = best[before_index].0 + own[index] - gap_cost(folded, before, this);
            // Of equal scores the first predecessor wins.
            if choice.0 < score || (choice.0 == score && choice.1.is_some()) {
                choice = (score, Some(before_index));
            }
        }
        best.push(choice);
    }
    // Of equal scores the first wins: a repeated table adds nothing.
    let Some(mut at) = (0..best.len()).rev().max_by_key(|&index| best[index].0) else {
        return (Vec::new(), 0);
    };
    let score = best[at].0;
    if score < CHAIN_SCORE_MIN {
        return (Vec::new(), 0);
    }
    let mut chain = vec![ordered[at].clone()];
    while let Some(before) = best[at].1 {
        chain.push(ordered[before].clone());
        at = before;
    }
    chain.reverse();
    (chain, score)
}

fn gap_cost(folded: &Folded<'_>, before: &RowMatch, this: &RowMatch) -> i64 {
    let fields = &folded.rows.fields;
    let distance = fields[this.label.start].row - fields[before.label.end - 1].row;
    let skipped = if this.place.block == before.place.block {
        (this.place.row - before.place.row - 1) as i64
    } else {
        (this.place.block - before.place.block - 1) as i64
    };
    skipped.min(SKIPPED_ROWS_MAX) * SKIPPED_ROW_COST
        + distance.saturating_sub(USUAL_DISTANCE_ROWS) as i64 * DISTANT_ROW_COST
}

/// The values of a row for which its form has no label.
#[derive(Clone)]
pub(crate) struct Unlabelled {
    pub(crate) values: Range<usize>,
    /// Whether the document has a label there that may say that it is another row.
    pub(crate) is_doubtful: bool,
}

/// Labels that say no more than the form does without one.
fn is_plain_label(words: &str) -> bool {
    const PLAIN: [&str; 10] =
        ["数量", "件数", "件", "数量件", "件数件", "数量单位件", "单位件", "数据", "本年", "本年度"];
    PLAIN.contains(&words)
}

/// The values of a row without label, for each place where its table stands: the fields after the last row of the
/// table's header, and behind the one field of words that a publisher may have put in front of them.
///
/// The header is found by its words. Narrow headers come out one character a line, so what counts is that a run of
/// rows is made of nothing but the header's characters and names the table's groups.
pub(crate) fn unlabelled_values(
    folded: &Folded<'_>,
    labels: &Labels,
    table: usize,
    wanted: usize,
) -> Vec<Unlabelled> {
    let Some(characters) = labels.header_characters.get(table) else { return Vec::new() };
    let rows = &folded.rows.rows;
    let fields = &folded.rows.fields;
    let is_header = |row: usize| {
        let mut any = false;
        for field in rows[row].fields.clone() {
            match fields[field].content {
                crate::cell::Content::Words => {
                    any = true;
                    let words = folded.words(field);
                    if words.is_empty() || !words.chars().all(|c| characters.contains(c)) {
                        return None;
                    }
                }
                crate::cell::Content::Blank => {}
                _ => return None,
            }
        }
        Some(any)
    };
    let mut all: Vec<(usize, Unlabelled)> = Vec::new();
    let mut row = 0;
    while row < rows.len() {
        if is_header(row) != Some(true) {
            row += 1;
            continue;
        }
        let first = row;
        let mut last = row;
        while row < rows.len() {
            match is_header(row) {
                Some(true) => last = row,
                Some(false) => {}
                None => break,
            }
            row += 1;
        }
        let headers = header_score(folded, labels, table, rows[first].fields.start..rows[last].fields.end);
        if HEADER_SCORE_MIN <= headers {
            let mut begin = rows[last].fields.end;
            let mut end = begin;
            let mut is_doubtful = false;
            for (index, row) in rows[last + 1..].iter().enumerate() {
                let other_table = row.shape == Shape::Grid && row.block != rows[last].block;
                let has_words = fields[row.fields.clone()].iter().any(|field| field.content.is_words());
                // Below the header some of the cells may hold words: 3（其中1件不予受理）.
                let are_cells =
                    index == 0 && row.fields.len() == wanted && are_mostly_values(folded, row.fields.clone());
                let label = sole_label(folded, row.fields.clone()).filter(|_| index == 0 && !are_cells);
                if other_table || has_words && !are_cells && label.is_none() {
                    break;
                }
                if let Some(label) = label {
                    begin = label + 1;
                    is_doubtful = !is_plain_label(folded.words(label));
                }
                end = row.fields.end;
            }
            all.push((headers, Unlabelled { values: begin..end, is_doubtful }));
        }
        row = row.max(last + 1);
    }
    // The best first; of equal ones the first in the document.
    all.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    let found = all.into_iter().map(|(_, found)| found).filter(|found| !found.values.is_empty());
    found.take(CHAINS_MAX).collect()
}

/// Whether of the cells of a row at least two are values for each that holds words.
fn are_mostly_values(folded: &Folded<'_>, row: Range<usize>) -> bool {
    let cells = &folded.rows.fields[row];
    let values = cells.iter().filter(|cell| cell.content.is_written_value()).count();
    let words = cells.iter().filter(|cell| cell.content.is_words()).count();
    0 < values && 2 * words <= values
}

/// The field of words in front of the values of a row, if it is the only one of the row.
fn sole_label(folded: &Folded<'_>, row: Range<usize>) -> Option<usize> {
    let fields = &folded.rows.fields;
    let mut written = row.clone().filter(|&field| fields[field].content != crate::cell::Content::Blank);
    let label = written.next().filter(|&field| fields[field].content.is_words())?;
    let mut is_alone = true;
    let values = written.inspect(|&field| is_alone &= !fields[field].content.is_words()).count();
    (is_alone && 0 < values).then_some(label)
}

/// A header with fewer of its table's words is another table's, or a sentence.
const HEADER_SCORE_MIN: usize = 4;

/// How many of the table's header words stand in these fields, one after the other.
fn header_score(folded: &Folded<'_>, labels: &Labels, table: usize, fields: Range<usize>) -> usize {
    let joined: String = fields.map(|field| folded.words(field)).collect();
    labels.header_words(table).map(|words| joined.matches(words).count().min(3)).sum()
}

/// Whether `row` shows its empty cells.
pub(crate) fn shows_blanks(shape: Shape) -> bool {
    match shape {
        Shape::Grid | Shape::Delimited => true,
        Shape::Loose => false,
    }
}
