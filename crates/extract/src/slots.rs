//! Level two of the alignment: which fields of a row hold the form's cells.
//!
//! A row whose every cell is written, or that has exactly as many fields as the form has cells, is forced. What the
//! forced rows of a table agree upon (where the cells begin, counted from the margin, from the label, or back from
//! the end) then places the rows that show empty cells. Whatever two placements are left for stays undecided:
//! nothing is ever placed by a cost or a tie-break.

use crate::align::{Folded, RowMatch, shows_blanks};
use crate::cell::Content;
use crate::labels::RowPlace;
use crate::rows::Shape;
use std::ops::Range;

/// A form row's values as they stand, before they are placed.
#[derive(Clone, Debug)]
pub(crate) struct ValueRun {
    /// Which row of the form.
    pub(crate) place: RowPlace,
    /// The label's fields; empty for a row without label.
    pub(crate) label: Range<usize>,
    /// The fields behind the label, in order.
    pub(crate) fields: Vec<usize>,
    /// Whether empty cells show among them.
    pub(crate) shows_blanks: bool,
    /// How many fields its physical row has.
    pub(crate) row_fields: usize,
    /// The first physical column after the label.
    pub(crate) label_end: u32,
}

/// Where a row's cells stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Placement {
    /// The cells are these fields, one each.
    Fields(Vec<usize>),
    /// The cells are one of these windows of fields; which one is not decided.
    OneOf(Vec<Vec<usize>>),
    /// Some of the values, in this order; which cells they belong to is not decided.
    Scattered(Vec<usize>),
    /// Nothing stands behind the label.
    Nothing,
}

impl ValueRun {
    /// Collects what stands behind the label of `row`. `next` is where the next label of the table begins.
    pub(crate) fn behind(folded: &Folded<'_>, row: &RowMatch, wanted: usize, next: usize) -> Self {
        let fields = &folded.rows.fields;
        let rows = &folded.rows.rows;
        let label_field = &fields[row.label.end - 1];
        let mut physical = label_field.row;
        let own = row.label.end..rows[physical].fields.end.min(next);
        let written =
            |range: &Range<usize>| fields[range.clone()].iter().any(|f| f.content.is_written_value());
        let mut run = Self {
            place: row.place,
            label: row.label.clone(),
            fields: own.clone().collect(),
            shows_blanks: shows_blanks(rows[physical].shape),
            row_fields: rows[physical].fields.len(),
            label_end: label_field.column_end.max(rows[physical].covered_until),
        };
        if run.shows_blanks && (written(&own) || wanted <= own.len()) {
            return run;
        }
        if !run.shows_blanks {
            // Words behind the values of a line of tokens begin something else.
            let values = fields[own.clone()].iter().take_while(|f| !f.content.is_words()).count();
            run.fields.truncate(values);
            if values == wanted || values < own.len() {
                return run;
            }
        } else {
            run.fields.clear();
        }
        // The label stands alone, or its line holds too few values: what follows on lines without words is its own.
        while let Some(row) = rows.get(physical + 1) {
            let stops = row.fields.start >= next
                || fields[row.fields.clone()].iter().any(|f| f.content.is_words())
                || (row.shape == Shape::Grid && row.block != rows[physical].block);
            if stops {
                break;
            }
            if run.fields.is_empty() && shows_blanks(row.shape) {
                run.fields = row.fields.clone().collect();
                run.shows_blanks = true;
                run.row_fields = row.fields.len();
                run.label_end = row.covered_until;
                break;
            }
            run.shows_blanks &= shows_blanks(row.shape);
            run.fields.extend(row.fields.clone());
            physical += 1;
        }
        run
    }

    /// The values of a row without label.
    pub(crate) fn without_label(
        folded: &Folded<'_>,
        place: RowPlace,
        found: Range<usize>,
        wanted: usize,
    ) -> Self {
        let fields = &folded.rows.fields;
        let rows = &folded.rows.rows;
        let mut run = Self {
            place,
            label: found.start..found.start,
            fields: found.clone().collect(),
            shows_blanks: true,
            row_fields: found.len(),
            label_end: 0,
        };
        let spans = fields.get(found.start).map_or(0..0, |first| first.row..fields[found.end - 1].row + 1);
        run.shows_blanks = rows[spans.clone()].iter().all(|row| shows_blanks(row.shape));
        // Rows of nothing but empty cells around the row of values are padding.
        let rows_with_values: Vec<usize> = spans
            .filter(|&row| fields[rows[row].fields.clone()].iter().any(|f| f.content.is_written_value()))
            .collect();
        if let [row] = rows_with_values[..] {
            run.fields = rows[row].fields.clone().collect();
        } else if rows_with_values.is_empty() {
            let first = fields.get(found.start).map_or(0, |first| first.row);
            if rows.get(first).is_some_and(|row| wanted <= row.fields.len()) {
                run.fields = rows[first].fields.clone().collect();
            }
        }
        run.row_fields = run.fields.len();
        run
    }

    fn windows(&self, fields: &[crate::rows::Field], wanted: usize) -> Vec<usize> {
        let written = |&at: &usize| fields[self.fields[at]].content != Content::Blank;
        let first = (0..self.fields.len()).find(written);
        let last = (0..self.fields.len()).rfind(written);
        let Some(slack) = self.fields.len().checked_sub(wanted) else { return Vec::new() };
        (0..=slack)
            .filter(|&start| {
                first.is_none_or(|first| start <= first) && last.is_none_or(|last| last < start + wanted)
            })
            .collect()
    }

    fn window(&self, start: usize, wanted: usize) -> Vec<usize> {
        self.fields[start..start + wanted].to_vec()
    }
}

/// What the forced rows of a table agree upon; `None` where they do not agree, or where there are none.
#[derive(Default)]
struct Habits {
    /// Per shape of row (fields, first column after the label, cells wanted): where the cells begin.
    shapes: Vec<((usize, u32, usize), Agreement<usize>)>,
    /// Physical column of the first cell.
    column: Agreement<u32>,
    /// Fields between label and first cell.
    lead: Agreement<usize>,
    /// Fields behind the last cell.
    trail: Agreement<usize>,
}

#[derive(Clone, Copy, Default)]
enum Agreement<T> {
    #[default]
    Unknown,
    On(T),
    Broken,
}

impl<T: PartialEq + Copy> Agreement<T> {
    fn note(&mut self, value: T) {
        *self = match *self {
            Self::Unknown => Self::On(value),
            Self::On(known) if known == value => Self::On(known),
            Self::On(_) | Self::Broken => Self::Broken,
        };
    }

    fn on(self) -> Option<T> {
        match self {
            Self::On(value) => Some(value),
            Self::Unknown | Self::Broken => None,
        }
    }
}

/// Places the cells of all rows of one table. `wanted` gives the number of cells of a form row.
pub(crate) fn place(
    folded: &Folded<'_>,
    runs: &[ValueRun],
    header_columns: Option<u32>,
    wanted: impl Fn(RowPlace) -> usize,
) -> Vec<Placement> {
    let fields = &folded.rows.fields;
    let windows: Vec<Vec<usize>> = runs.iter().map(|run| run.windows(fields, wanted(run.place))).collect();
    let mut habits = Habits::default();
    // A row whose label reaches past the usual first column cannot follow the usual column and refutes nothing.
    let usual = runs
        .iter()
        .zip(&windows)
        .filter(|(run, windows)| run.shows_blanks && windows.len() == 1)
        .filter_map(|(run, windows)| run.fields.get(windows[0]).map(|&field| fields[field].column))
        .min();
    // Rows in which every cell is written speak first: a row that fits only because it has as many fields as the
    // form has cells may have lost a cell and kept a pad. Those speak where no other row does.
    let full = |run: &ValueRun, windows: &[usize]| {
        let wanted = wanted(run.place);
        let [start] = windows[..] else { return false };
        run.fields[start..start + wanted].iter().all(|&field| fields[field].content != Content::Blank)
    };
    let any_full = runs.iter().zip(&windows).any(|(run, windows)| run.shows_blanks && full(run, windows));
    for (run, windows) in runs.iter().zip(&windows) {
        let [start] = windows[..] else { continue };
        if !run.shows_blanks || (any_full && !full(run, windows)) {
            continue;
        }
        let cells = wanted(run.place);
        let shape = (run.row_fields, run.label_end, cells);
        match habits.shapes.iter_mut().find(|(known, _)| *known == shape) {
            Some((_, agreement)) => agreement.note(start),
            None => habits.shapes.push((shape, Agreement::On(start))),
        }
        habits.lead.note(start);
        habits.trail.note(run.fields.len() - cells - start);
        if let Some(&field) = run.fields.get(start)
            && usual.is_some_and(|usual| run.label_end <= usual)
        {
            habits.column.note(fields[field].column);
        }
    }
    runs.iter()
        .zip(windows)
        .map(|(run, windows)| place_row(folded, run, &windows, &habits, header_columns, wanted(run.place)))
        .collect()
}

fn place_row(
    folded: &Folded<'_>,
    run: &ValueRun,
    windows: &[usize],
    habits: &Habits,
    header_column: Option<u32>,
    wanted: usize,
) -> Placement {
    let fields = &folded.rows.fields;
    let written: Vec<usize> =
        run.fields.iter().copied().filter(|&field| fields[field].content != Content::Blank).collect();
    if !run.shows_blanks {
        return match written.len() {
            0 => Placement::Nothing,
            found if found == wanted => Placement::Fields(written),
            _ => Placement::Scattered(written),
        };
    }
    let one_of = || Placement::OneOf(windows.iter().map(|&start| run.window(start, wanted)).collect());
    let shape = (run.row_fields, run.label_end, wanted);
    let by_shape = habits.shapes.iter().find(|(known, _)| *known == shape);
    match windows {
        [] if run.fields.is_empty() => Placement::Nothing,
        [] => Placement::Scattered(written),
        [start] => {
            // One window is left. It is the row's only if it agrees with how the table's full rows stand.
            let trail = run.fields.len() - wanted - start;
            let is_full = written.len() == wanted;
            let usual = match (habits.lead.on(), habits.trail.on()) {
                (Some(lead), Some(usual_trail)) => lead == *start && usual_trail == trail,
                _ => true,
            };
            if is_full || usual || by_shape.is_some() || written.is_empty() {
                Placement::Fields(run.window(*start, wanted))
            } else {
                Placement::Scattered(written)
            }
        }
        several => {
            let at_column = |column: u32| {
                (run.label_end <= column).then(|| {
                    run.fields.iter().position(|&field| fields[field].column == column).unwrap_or(usize::MAX)
                })
            };
            let claims: Vec<usize> = match by_shape {
                Some((_, Agreement::On(start))) => vec![*start],
                Some(_) => return one_of(),
                None => [
                    habits.column.on().and_then(at_column),
                    habits.lead.on(),
                    habits
                        .trail
                        .on()
                        .map(|trail| run.fields.len().checked_sub(wanted + trail).unwrap_or(usize::MAX)),
                    header_column.and_then(at_column),
                ]
                .into_iter()
                .flatten()
                .collect(),
            };
            // A claim that no window meets refutes the others as well: the row has lost a cell.
            match claims.split_first() {
                Some((first, others))
                    if several.contains(first) && others.iter().all(|other| other == first) =>
                {
                    Placement::Fields(run.window(*first, wanted))
                }
                _ => one_of(),
            }
        }
    }
}
