//! Where headers stand in text that is aligned with spaces. Their words may be broken over several lines, so that only their
//! places tell in which order their columns are.

use crate::align::Folded;
use crate::fold::{fold, is_invisible};
use crate::labels::Labels;
use crate::rows::Shape;
use gongkai_forms::Form;

/// Lines above a block's first row in which its headers are looked for.
const LINES_MAX: usize = 16;
/// A line of more words is no line of headers.
const WORDS_MAX: usize = 64;
/// As far apart two pieces of words are not the lines of one header, in columns of a line of narrow characters.
const APART_MIN: usize = 3;

/// Whether the headers without a group stand in another order than the form's in the lines above the row `below`: 总计 left
/// of 自然, of which 人 stands in the next line.
pub(crate) fn stand_otherwise(
    folded: &Folded<'_>,
    labels: &Labels,
    form: &Form,
    (table, block): (usize, usize),
    below: usize,
) -> bool {
    let (fields, rows) = (&folded.rows.fields, &folded.rows.rows);
    let columns = &form.tables[table].blocks[block].columns;
    let is_header_line = |row: &usize| {
        rows[*row].shape == Shape::Loose
            && rows[*row].fields.len() <= WORDS_MAX
            && rows[*row].fields.clone().all(|field| fields[field].content.is_words())
    };
    // The column whose header is, or begins with, the words of a field. One character begins anything.
    let column_of = |field: usize| {
        let words = folded.words(field);
        let is_begun = |label: &String| fold(label).starts_with(words);
        let mut begun = columns.iter().enumerate().filter(|(_, column)| {
            words.chars().nth(1).is_some() && column.groups.is_empty() && column.labels.iter().any(is_begun)
        });
        let (column, _) = begun.next()?;
        (begun.next().is_none() && !labels.begins_group(words, table, block)).then_some(column)
    };
    let lines = (below.saturating_sub(LINES_MAX)..below).rev().take_while(is_header_line);
    let mut is_aligned = false;
    let mut found: Vec<(usize, usize)> = Vec::new();
    for row in lines {
        is_aligned |= rows[row].fields.clone().skip(1).any(|field| stands_apart(folded, field));
        let apart = rows[row].fields.clone().filter(|&field| stands_apart(folded, field));
        found.extend(apart.filter_map(|field| Some((place(folded, field), column_of(field)?))));
    }
    // Headers one a line stand anywhere in it, and those that are repeated in several places.
    let stands_again =
        |(place, column): &(usize, usize)| found.iter().any(|other| other.1 == *column && other.0 != *place);
    is_aligned
        && !found.iter().any(stands_again)
        && found.iter().any(|(place, column)| {
            found.iter().any(|(other, right)| place + APART_MIN <= *other && right < column)
        })
}

/// Whether nothing stands before a field in its line, or more than the space within words that are spaced.
fn stands_apart(folded: &Folded<'_>, field: usize) -> bool {
    let before = &folded.document.text.as_str()[..folded.rows.fields[field].text.start];
    before.is_empty() || before.ends_with('\n') || before.ends_with("  ")
}

/// In which column of its line a field begins, where a wide character takes two.
fn place(folded: &Folded<'_>, field: usize) -> usize {
    let before = &folded.document.text.as_str()[..folded.rows.fields[field].text.start];
    let line = before.rsplit('\n').next().unwrap_or_default();
    let width = |character: char| match character {
        _ if is_invisible(character) => 0,
        _ if character.is_ascii() => 1,
        _ => 2,
    };
    line.chars().map(width).sum()
}
