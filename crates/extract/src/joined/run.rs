//! The values of one row that stand together, made ready to be cut.

use crate::align::Folded;
use crate::cell::Content;
use crate::fold::{is_space, narrow};
use crate::labels::RowPlace;
use crate::rows::JoinedFields;
use crate::slots::{Placement, ValueRun};
use gongkai_forms::Form;
use gongkai_reconcile::{ByDigits, Run};
use std::ops::Range;

/// The values of a row that stand together.
#[derive(Clone, Debug)]
pub(crate) struct JoinedRun {
    pub(crate) place: RowPlace,
    /// Where they stand in the document's text.
    pub(crate) text: Range<usize>,
    pub(crate) run: Run,
    /// For each byte of the run's characters, where it was written.
    written: Vec<Range<usize>>,
    /// The unit of money that is printed over amounts.
    pub(crate) header_unit: &'static str,
    /// Whether the source shows that cells were put together, and not that some were lost.
    is_evident: bool,
    /// Whether a zero stands where no number can contain it: then zeros are written.
    pub(crate) shows_zeros: bool,
    /// What its digits say alone.
    pub(crate) by_digits: ByDigits,
}

/// More dimensions than any table has.
const DIMENSIONS_MAX: usize = 64;

impl JoinedRun {
    /// The values `fields` of a row as a run; nothing where they are anything but digits, or too few.
    pub(crate) fn of(
        folded: &Folded<'_>,
        form: &Form,
        place: RowPlace,
        slots: &[Option<usize>],
        fields: &[usize],
        are_spaces_borders: bool,
    ) -> Option<Self> {
        let all = &folded.rows.fields;
        let (first, last) = (all.get(*fields.first()?)?, all.get(*fields.last()?)?);
        let text = first.text.start..last.text.end;
        let joined = joined_fields(folded, fields);
        let list_number = joined.is_some_and(|joined| joined.list_number);
        // A column of which no figure is made still has its digits: a cell beyond all figures.
        let base = slots.iter().flatten().next()? % form.cells.len().max(1);
        let beyond = |column: usize| base + form.cells.len() * (DIMENSIONS_MAX + column);
        let cells =
            slots.iter().enumerate().map(|(column, slot)| slot.unwrap_or_else(|| beyond(column))).collect();
        let mut written = Written::default();
        for &field in fields {
            let range = &all.get(field)?.text;
            written.append(folded.document.text.slice(range), range.start)?;
        }
        let begins_with_zero =
            |token: &str| token.len() > 1 && token.starts_with('0') && !token.starts_with("0.");
        let shows_zeros = written.characters.split([' ', UNIT]).any(begins_with_zero);
        let mut run = Run { cells, text: written.between_spaces(), list_number };
        let mut by_digits = gongkai_reconcile::by_digits(form, place.table, &run);
        if !are_spaces_borders && written.characters.contains(' ') {
            let between_spaces = by_digits.only.map(|pieces| numbers(&run.text, &pieces));
            written.drop_spaces();
            run.text = written.between_spaces();
            by_digits = gongkai_reconcile::by_digits(form, place.table, &run);
            // The digits alone decide only what the spaces leave as it is.
            if by_digits.only.as_ref().map(|pieces| numbers(&run.text, pieces)) != between_spaces {
                (by_digits.only, by_digits.keeps_sums) = (None, None);
            }
        }
        (0 < by_digits.cuts).then(|| Self {
            place,
            text,
            is_evident: joined.is_some() || shows_zeros,
            shows_zeros: shows_zeros || (1 < run.cells.len() && run.cells.len() <= by_digits.least_cells),
            run,
            written: written.places,
            header_unit: "",
            by_digits,
        })
    }

    /// The same where amounts are printed in `header_unit`.
    pub(crate) fn in_unit(self, header_unit: &'static str) -> Self {
        Self { header_unit, ..self }
    }

    /// Whether the source shows that its cells were put together.
    pub(crate) fn is_evident(&self) -> bool {
        self.is_evident
    }

    /// Whether it says the same as a run of another copy of its table.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.run == other.run
    }

    /// Where a piece of it is written, with the unit behind it.
    pub(crate) fn source(&self, piece: &Range<usize>) -> Range<usize> {
        let start = self.written.get(piece.start).map_or(self.text.start, |byte| byte.start);
        let end =
            piece.end.checked_sub(1).and_then(|last| self.written.get(last)).map_or(start, |byte| byte.end);
        let behind = self.run.text[piece.end..].bytes().take_while(|byte| *byte == b' ').count();
        let unit = self.written[piece.end..piece.end + behind].iter().map(|byte| byte.end).max();
        start..unit.unwrap_or(end).max(end)
    }

    /// Whether its digits are those of the cells whatever else may be: there is one cut, and none would do if a cell were
    /// empty, because no two of its digits make one number. Where some cells stand apart and others together, two that
    /// ran together may make up for two that were lost: then the sums have a say.
    pub(crate) fn is_certain(&self) -> bool {
        let tokens = self.run.text.split(' ').count();
        let is_mixed = 1 < tokens && tokens < self.run.cells.len();
        self.by_digits.only.is_some()
            && self.run.cells.len() <= self.by_digits.least_cells
            && !(is_mixed && self.by_digits.keeps_sums == Some(false))
    }
}

/// The note of the rows on `fields`, if they are the values of a row in a line of joined cells.
fn joined_fields<'a>(folded: &Folded<'a>, fields: &[usize]) -> Option<&'a JoinedFields> {
    let first = *fields.first()?;
    let known = &folded.rows.joined;
    let at = known.partition_point(|joined| joined.fields.start < first);
    known.get(at).filter(|joined| joined.fields.start == first)
}

/// The fields behind a label in a line of joined cells.
pub(crate) fn behind(folded: &Folded<'_>, label: &Range<usize>) -> Option<Vec<usize>> {
    joined_fields(folded, &[label.end]).map(|joined| joined.fields.clone().collect())
}

/// Whether as many fields as a row has cells may not be its cells: the last digit may be the next label's list number, or
/// a field holds more than one number.
fn are_unsplit(folded: &Folded<'_>, fields: &[usize]) -> bool {
    let is_more =
        |&field: &usize| folded.rows.fields.get(field).is_some_and(|field| field.content == Content::Numbers);
    joined_fields(folded, fields).is_some_and(|joined| joined.list_number || fields.iter().any(is_more))
}

/// Stands for a unit, which ends its number, among the characters of a run.
const UNIT: char = ';';

/// The numbers that `pieces` of a run are.
fn numbers(run: &str, pieces: &[Range<usize>]) -> Vec<String> {
    pieces.iter().filter_map(|piece| run.get(piece.clone())).map(str::to_owned).collect()
}

/// The characters of a run, with the white space and the units between them.
#[derive(Default)]
struct Written {
    /// ASCII, one byte for each of the places.
    characters: String,
    /// Where each was written.
    places: Vec<Range<usize>>,
}

impl Written {
    /// Adds the characters of a token that stands at `start`; nothing where it holds anything but digits.
    fn append(&mut self, token: &str, start: usize) -> Option<()> {
        if !self.characters.is_empty() {
            self.push(' ', start..start);
        }
        let mut at = 0;
        while let Some(character) = token[at..].chars().next() {
            let rest = &token[at..];
            let (plain, bytes) = match narrow(character).unwrap_or(character) {
                plain @ ('0'..='9' | '.' | ',' | '+' | '-' | '/') => (plain, character.len_utf8()),
                '−' | '—' | '–' => ('-', character.len_utf8()),
                '无' | '\\' => ('/', character.len_utf8()),
                '增' | '减' => {
                    let word =
                        ["增加", "减少", "增", "减"].into_iter().find(|word| rest.starts_with(word))?;
                    (if character == '增' { '+' } else { '-' }, word.len())
                }
                other if other.is_whitespace() => (' ', character.len_utf8()),
                // A character without width stands anywhere.
                other if is_space(other) => {
                    at += character.len_utf8();
                    continue;
                }
                _ => (UNIT, super::unit_bytes(rest)?),
            };
            self.push(plain, start + at..start + at + bytes);
            at += bytes;
        }
        Some(())
    }

    fn push(&mut self, character: char, place: Range<usize>) {
        self.characters.push(character);
        self.places.push(place);
    }

    /// The run's text, where white space and units end numbers.
    fn between_spaces(&self) -> String {
        self.characters.replace(UNIT, " ")
    }

    /// Leaves white space out, so that it ends no number.
    fn drop_spaces(&mut self) {
        let mut is_kept = self.characters.bytes().map(|byte| byte != b' ');
        self.places.retain(|_| is_kept.next().unwrap_or(true));
        self.characters.retain(|character| character != ' ');
    }
}

/// Whether white space in the rows of a table ends no cell for certain: some row's cells stand together, so that what
/// spaces there are stand where they may.
fn are_spaces_loose(
    folded: &Folded<'_>,
    runs: &[ValueRun],
    slots: &impl Fn(RowPlace) -> Vec<Option<usize>>,
) -> bool {
    let is_short = |run: &ValueRun| {
        joined_fields(folded, &run.fields).is_some_and(|joined| joined.is_beside_label)
            && run.fields.len() < slots(run.place).len()
    };
    folded.rows.are_cells_joined || runs.iter().any(is_short)
}

/// Takes values that are put together for such: of which the source shows it, and in the same table a lone field of
/// enough digits. `slots` says which figure each column of a row is, where any. What is returned stands beside the
/// placements.
pub(crate) fn join(
    folded: &Folded<'_>,
    form: &Form,
    runs: &[ValueRun],
    placements: &mut [Placement],
    slots: impl Fn(RowPlace) -> Vec<Option<usize>>,
) -> Vec<Option<JoinedRun>> {
    let has_joined = runs.iter().any(|run| joined_fields(folded, &run.fields).is_some());
    let are_loose = has_joined && are_spaces_loose(folded, runs, &slots);
    let mut all: Vec<Option<JoinedRun>> = runs
        .iter()
        .zip(placements.iter_mut())
        .map(|(run, placement)| {
            let has_loose_spaces = are_loose && !run.shows_blanks;
            let values = match placement {
                Placement::Scattered(values) if !run.shows_blanks => values,
                Placement::Fields(values) if are_unsplit(folded, values) => values,
                Placement::Fields(values) if has_loose_spaces && 1 < values.len() => values,
                Placement::Scattered(_) | Placement::Fields(_) | Placement::OneOf(_) => return None,
                Placement::Joined(_) | Placement::Nothing => return None,
            };
            let joined = JoinedRun::of(folded, form, run.place, &slots(run.place), values, !has_loose_spaces);
            if joined.is_none() && has_loose_spaces {
                *placement = Placement::Scattered(std::mem::take(values));
            }
            joined
        })
        .collect();
    let is_shown = all.iter().flatten().any(JoinedRun::is_evident);
    for ((run, placement), joined) in runs.iter().zip(placements).zip(&mut all) {
        let (Placement::Scattered(values) | Placement::Fields(values)) = placement else { continue };
        let may_join = values.len() == 1 || (are_loose && !run.shows_blanks);
        *joined = joined.take().filter(|joined| joined.is_evident() || (is_shown && may_join));
        if joined.is_some() {
            *placement = Placement::Joined(std::mem::take(values));
        }
    }
    all
}
