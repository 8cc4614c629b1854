//! Level two of the alignment: which fields of a row hold the form's cells.
//!
//! A row whose every cell is written, or that has exactly as many fields as the form has cells, is forced. What the
//! forced rows of a table agree upon (where the cells begin, counted from the margin, from the label, or back from
//! the end) then places the rows that show empty cells. Whatever two placements are left for stays undecided:
//! nothing is ever placed by a cost or a tie-break.

use crate::align::{Folded, RowMatch, shows_blanks};
use crate::cell::Content;
use crate::labels::RowPlace;
use crate::rows::{Field, Row, Shape as RowShape};
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
    /// Whether lines of different make were put together, so that one of them may be a page's number.
    pub(crate) is_patched: bool,
    /// Whether its label stands again among the table's rows, with values of its own.
    pub(crate) is_repeated: bool,
    /// Whether its values stand on the line of its label.
    pub(crate) is_beside_label: bool,
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
    /// The digits of all cells, in this order, put together in fewer fields.
    Joined(Vec<usize>),
    /// Nothing stands behind the label.
    Nothing,
}

/// A row with more fields than this beyond its cells is no row of the table.
const SLACK_MAX: usize = 64;

impl ValueRun {
    /// Collects what stands behind the label of `row`. `next` is where the next label of the table begins.
    pub(crate) fn behind(folded: &Folded<'_>, row: &RowMatch, wanted: usize, next: usize) -> Self {
        let fields = &folded.rows.fields;
        let rows = &folded.rows.rows;
        let label_field = &fields[row.label.end - 1];
        let mut physical = label_field.row;
        // The words of one cell over several lines are several fields, and the label may not have taken all of them.
        let is_of_label = |field: &usize| {
            rows[physical].shape != RowShape::Loose && fields[*field].column == label_field.column
        };
        let end = rows[physical].fields.end.min(next).max(row.label.end);
        let begin = row.label.end + (row.label.end..end).take_while(is_of_label).count();
        let own = begin..end;
        let written =
            |range: &Range<usize>| fields[range.clone()].iter().any(|f| f.content.is_written_value());
        let mut run = Self {
            place: row.place,
            label: row.label.clone(),
            fields: own.clone().collect(),
            shows_blanks: shows_blanks(rows[physical].shape),
            row_fields: rows[physical].columns(fields),
            label_end: label_field.column_end.max(rows[physical].covered_until),
            is_patched: false,
            is_repeated: row.is_repeated,
            is_beside_label: !own.is_empty(),
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
        let mut lines = usize::from(!run.fields.is_empty());
        let mut single = run.fields.len() <= 1;
        while let Some(row) = rows.get(physical + 1) {
            let stops = row.fields.start >= next
                || fields[row.fields.clone()].iter().any(|f| f.content.is_words())
                || (row.shape == RowShape::Grid && row.block != rows[physical].block);
            if stops {
                break;
            }
            if run.fields.is_empty() && shows_blanks(row.shape) {
                run.fields = row.fields.clone().collect();
                run.shows_blanks = true;
                run.row_fields = row.columns(fields);
                run.label_end = row.covered_until;
                break;
            }
            run.shows_blanks &= shows_blanks(row.shape);
            run.fields.extend(row.fields.clone());
            if written(&row.fields) {
                lines += 1;
                single &= row.fields.len() == 1;
            }
            physical += 1;
        }
        run.is_beside_label &= 0 < lines && !own.is_empty() && !run.fields.is_empty();
        // One cell a line, or one line of cells; a line that makes up what another lacks may be no part of the row.
        run.is_patched = 1 < lines && (!single || run.is_beside_label);
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
            is_patched: false,
            is_repeated: false,
            is_beside_label: false,
        };
        let spans = fields.get(found.start).map_or(0..0, |first| first.row..fields[found.end - 1].row + 1);
        run.shows_blanks = rows[spans.clone()].iter().all(|row| shows_blanks(row.shape));
        // Rows of nothing but empty cells around the row of values are padding.
        let rows_with_values: Vec<usize> = spans
            .filter(|&row| fields[rows[row].fields.clone()].iter().any(|f| f.content.is_written_value()))
            .collect();
        if let [row] = rows_with_values[..] {
            // A label that the form does not have stands in front of the values.
            run.fields = rows[row].fields.clone().filter(|&field| found.start <= field).collect();
        } else if rows_with_values.is_empty() {
            let first = fields.get(found.start).map_or(0, |first| first.row);
            if rows.get(first).is_some_and(|row| wanted <= row.fields.len()) {
                run.fields = rows[first].fields.clone().collect();
            }
        }
        run.row_fields = run.fields.len();
        let is_single = |row: &usize| rows[*row].fields.len() == 1;
        run.is_patched = 1 < rows_with_values.len() && !rows_with_values.iter().all(is_single);
        run
    }

    /// Its fields that hold a value.
    pub(crate) fn written(&self, folded: &Folded<'_>) -> Vec<usize> {
        let is_written = |field: &usize| folded.rows.fields[*field].content.is_written_value();
        self.fields.iter().copied().filter(is_written).collect()
    }

    /// Its fields that are not empty.
    fn not_blank(&self, fields: &[Field]) -> Vec<usize> {
        self.fields.iter().copied().filter(|&field| !fields[field].content.is_blank()).collect()
    }

    fn windows(&self, fields: &[Field], wanted: usize) -> Vec<usize> {
        let written = |&at: &usize| fields[self.fields[at]].content != Content::Blank;
        let first = (0..self.fields.len()).find(written);
        let last = (0..self.fields.len()).rfind(written);
        let slack = self.fields.len().checked_sub(wanted).filter(|slack| *slack <= SLACK_MAX);
        let Some(slack) = slack else { return Vec::new() };
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

/// Rows that look alike: as many fields, as many behind the label, the same first column there, as many cells wanted.
/// Their cells begin at the same field.
struct Shape {
    row_fields: usize,
    fields_behind_label: usize,
    label_end: u32,
    wanted: usize,
    /// Fields behind the label at which the cells may begin, for every row of the shape at once.
    starts: Vec<usize>,
    /// Whether some row is written from its first cell to its last, so that it cannot have lost one.
    has_full_row: bool,
}

impl Shape {
    fn is_of(&self, run: &ValueRun, wanted: usize) -> bool {
        (self.row_fields, self.fields_behind_label, self.label_end, self.wanted)
            == (run.row_fields, run.fields.len(), run.label_end, wanted)
    }
}

/// Headers of a block that do not stand side by side.
#[derive(Debug)]
pub(crate) struct HeadersApart {
    /// In how many columns the fields of their row stand.
    pub(crate) row_fields: usize,
    /// Where each of the block's columns has its header, if all of them are in that row.
    pub(crate) columns: Option<Vec<u32>>,
}

/// Rows as long as each other among whose cells other fields stand, always empty: what converters write for the columns over
/// which a cell reaches. Which they are only rows tell in which every cell is written, since a cell may reach over others from
/// row to row.
struct Spread {
    block: usize,
    row_fields: usize,
    wanted: usize,
    /// The columns of the cells, where all that tells of them agrees and no row has anything elsewhere.
    columns: Option<Vec<u32>>,
}

impl Spread {
    /// So many rows written in full have to agree, where headers do not say the same.
    const ROWS_MIN: usize = 3;
    /// So many rows and headers with empty fields among them tell of all rows.
    const SIGNS_MIN: usize = 2;

    /// `written` are the fields of each run that are not empty, `apart` the headers of each block of the table.
    fn of(
        fields: &[Field],
        runs: &[ValueRun],
        written: &[Vec<usize>],
        wanted: &impl Fn(RowPlace) -> usize,
        apart: &[Option<HeadersApart>],
    ) -> Vec<Self> {
        let is_spread = |(run, written): (&ValueRun, &Vec<usize>)| {
            let wanted = wanted(run.place);
            let extent = written.first().zip(written.last()).map_or(0, |(first, last)| last - first + 1);
            run.shows_blanks && written.len() <= wanted && wanted < extent
        };
        let are_spread: Vec<bool> = runs.iter().zip(written).map(is_spread).collect();
        let apart_over = |run: &ValueRun| apart.get(run.place.block).and_then(Option::as_ref);
        let has_rows = |block: usize| runs.iter().any(|run| run.place.block == block);
        let of_blocks = (0..).zip(apart).filter(|(block, apart)| apart.is_some() && has_rows(*block)).count();
        // Cells over several columns are a table's habit.
        let is_habit =
            Self::SIGNS_MIN <= of_blocks + are_spread.iter().filter(|is_spread| **is_spread).count();
        let mut found: Vec<Self> = Vec::new();
        for run in runs.iter().filter(|run| run.shows_blanks) {
            if found.iter().any(|spread| spread.is_of(run)) {
                continue;
            }
            let wanted = wanted(run.place);
            let mut spread =
                Self { block: run.place.block, row_fields: run.row_fields, wanted, columns: None };
            let headers = apart_over(run).filter(|headers| headers.row_fields == run.row_fields);
            let has_room = is_habit && wanted < run.fields.len();
            let is_any_spread =
                || runs.iter().zip(&are_spread).any(|(run, is_spread)| *is_spread && spread.is_of(run));
            if headers.is_some() || has_room || is_any_spread() {
                let of_block = runs.iter().zip(written).filter(|(run, _)| spread.is_of(run));
                let of_block = of_block.map(|(_, written)| written.as_slice());
                let by_headers = headers.and_then(|headers| headers.columns.as_deref());
                spread.columns = spread.columns_of(fields, of_block, by_headers);
                found.push(spread);
            }
        }
        found
    }

    fn is_of(&self, run: &ValueRun) -> bool {
        run.shows_blanks && (self.block, self.row_fields) == (run.place.block, run.row_fields)
    }

    /// `written` are the fields of each of its rows that are not empty.
    fn columns_of<'a>(
        &self,
        fields: &[Field],
        written: impl Iterator<Item = &'a [usize]>,
        by_headers: Option<&[u32]>,
    ) -> Option<Vec<u32>> {
        let columns = |row: &[usize]| -> Vec<u32> { row.iter().map(|&field| fields[field].column).collect() };
        let rows: Vec<Vec<u32>> = written.map(columns).collect();
        let full: Vec<&Vec<u32>> = rows.iter().filter(|row| row.len() == self.wanted).collect();
        let cells = *full.first()?;
        let is_within = |row: &Vec<u32>| row.iter().all(|column| cells.contains(column));
        let agree = full.iter().all(|row| *row == cells) && rows.iter().all(is_within);
        let is_shown = Self::ROWS_MIN <= full.len() || by_headers.is_some_and(|headers| headers == cells);
        (agree && is_shown).then(|| cells.clone())
    }

    fn place(&self, fields: &[Field], run: &ValueRun, written: Vec<usize>) -> Placement {
        let at = |column: &u32| run.fields.iter().copied().find(|&field| fields[field].column == *column);
        let cells = self.columns.as_ref().and_then(|columns| columns.iter().map(at).collect());
        match cells {
            Some(cells) => Placement::Fields(cells),
            None if written.len() == self.wanted => Placement::Fields(written),
            None => Placement::Scattered(written),
        }
    }
}

/// What the shapes that are decided agree upon.
#[derive(Default)]
struct Habits {
    /// The first column's header, where the decided rows follow it.
    header: Option<HeaderPlace>,
    /// Whether any decided row does follow it.
    header_is_confirmed: bool,
    /// Physical column of the first cell.
    column: Agreement<u32>,
    /// Fields between label and first cell, where the label ends before the first column's header.
    lead: Agreement<usize>,
    /// The same where the label reaches up to that header or past it.
    lead_past_header: Agreement<usize>,
    /// Fields behind the last cell, by the number of cells wanted.
    trail: Vec<(usize, Agreement<usize>)>,
    /// Fields of a whole row, by the number of cells wanted.
    total: Vec<(usize, Agreement<usize>)>,
}

impl Habits {
    /// Whether the labels of a shape reach up to the first column's header, so that its cells cannot begin before.
    fn reaches_header(&self, shape: &Shape) -> bool {
        // A header that begins its line stands there because the cells covered from above are left out.
        let begins_line = |header: &HeaderPlace| !header.in_grid && header.column == 0;
        self.header
            .filter(|header| !begins_line(header))
            .is_some_and(|header| header.is_over(shape.row_fields) && header.column <= shape.label_end)
    }

    fn lead_of(&self, shape: &Shape) -> Option<usize> {
        if self.reaches_header(shape) { self.lead_past_header.on() } else { self.lead.on() }
    }
}

/// Whether all that was noted is the same.
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

fn note_for<T: PartialEq + Copy>(noted: &mut Vec<(usize, Agreement<T>)>, wanted: usize, value: T) {
    match noted.iter_mut().find(|(known, _)| *known == wanted) {
        Some((_, agreement)) => agreement.note(value),
        None => noted.push((wanted, Agreement::On(value))),
    }
}

fn on_for<T: PartialEq + Copy>(noted: &[(usize, Agreement<T>)], wanted: usize) -> Option<T> {
    noted.iter().find(|(known, _)| *known == wanted).and_then(|(_, agreement)| agreement.on())
}

/// A column header's physical column, and the number of fields of its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HeaderPlace {
    pub(crate) column: u32,
    pub(crate) row_fields: usize,
    pub(crate) in_grid: bool,
}

impl HeaderPlace {
    /// Whether the header stands over a row of `row_fields` fields: in a grid, or in text in a row as long.
    fn is_over(&self, row_fields: usize) -> bool {
        self.in_grid || self.row_fields == row_fields
    }
}

/// Places the cells of all rows of one table. `wanted` gives the number of cells of a form row, `header` the place of
/// the first column's header, `apart` the headers of each block that do not stand side by side.
pub(crate) fn place(
    folded: &Folded<'_>,
    runs: &[ValueRun],
    header: Option<HeaderPlace>,
    wanted: impl Fn(RowPlace) -> usize,
    apart: &[Option<HeadersApart>],
) -> Vec<Placement> {
    let fields = &folded.rows.fields;
    let shapes = shapes(folded, runs, &wanted);
    let habits = habits(fields, runs, &shapes, header, &wanted);
    let written: Vec<Vec<usize>> = runs.iter().map(|run| run.not_blank(fields)).collect();
    let spread = Spread::of(fields, runs, &written, &wanted, apart);
    runs.iter()
        .zip(written)
        .map(|(run, written)| {
            let wanted = wanted(run.place);
            if !run.shows_blanks {
                return match written.len() {
                    0 => Placement::Nothing,
                    found if found == wanted => Placement::Fields(written),
                    _ => Placement::Scattered(written),
                };
            }
            if is_cut_off(folded, run, wanted) {
                return Placement::Scattered(written);
            }
            if let Some(spread) = spread.iter().find(|spread| spread.is_of(run)) {
                return spread.place(fields, run, written);
            }
            let shape = shapes.iter().find(|shape| shape.is_of(run, wanted));
            // A row with more written than the form has cells follows no other row, however alike they look.
            match shape.filter(|_| !run.windows(fields, wanted).is_empty()) {
                Some(shape) => place_row(folded, run, shape, written, &habits),
                None if run.fields.is_empty() => Placement::Nothing,
                None => Placement::Scattered(written),
            }
        })
        .collect()
}

/// Whether a document ends in this row of a grid, which has an empty field first or last, and is the only one there or has
/// fewer fields than others: it may have lost cells, so that what looks like one stands before them.
fn is_cut_off(folded: &Folded<'_>, run: &ValueRun, wanted: usize) -> bool {
    let (Some(&first), Some(&last)) = (run.fields.first(), run.fields.last()) else { return false };
    let (fields, rows) = (&folded.rows.fields, &folded.rows.rows);
    let is_blank = |field: usize| fields[field].content == Content::Blank;
    let row = &rows[fields[last].row];
    let of_grid = || rows.iter().filter(|other| other.block == row.block);
    let is_wider = |other: &Row| {
        fields[other.fields.clone()].last().is_some_and(|end| fields[last].column_end < end.column_end)
    };
    last + 1 == fields.len()
        && row.shape == RowShape::Grid
        && (is_blank(first) || is_blank(last) || run.fields.len() != wanted)
        && (of_grid().nth(1).is_none() || of_grid().any(is_wider))
}

fn shapes(folded: &Folded<'_>, runs: &[ValueRun], wanted: &impl Fn(RowPlace) -> usize) -> Vec<Shape> {
    let fields = &folded.rows.fields;
    let mut shapes: Vec<Shape> = Vec::new();
    for run in runs.iter().filter(|run| run.shows_blanks) {
        let wanted = wanted(run.place);
        let windows = run.windows(fields, wanted);
        // A row that has lost cells tells nothing of the others.
        if windows.is_empty() || is_cut_off(folded, run, wanted) {
            continue;
        }
        // First and last cell written, and as many fields apart as the form has cells: nothing was lost between.
        let is_written = |at: usize| fields[run.fields[at]].content != Content::Blank;
        let is_full = matches!(windows[..], [start] if is_written(start) && is_written(start + wanted - 1));
        match shapes.iter_mut().find(|shape| shape.is_of(run, wanted)) {
            Some(shape) => {
                shape.starts.retain(|start| windows.contains(start));
                shape.has_full_row |= is_full;
            }
            None => shapes.push(Shape {
                row_fields: run.row_fields,
                fields_behind_label: run.fields.len(),
                label_end: run.label_end,
                wanted,
                starts: windows,
                has_full_row: is_full,
            }),
        }
    }
    shapes
}

fn habits(
    fields: &[Field],
    runs: &[ValueRun],
    shapes: &[Shape],
    header: Option<HeaderPlace>,
    wanted: &impl Fn(RowPlace) -> usize,
) -> Habits {
    // Rows that are written from end to end speak first: a row that fits only because it has as many fields as the
    // form has cells may have lost a cell and kept a pad. Those speak where no other row does.
    let any_full = shapes.iter().any(|shape| shape.has_full_row && shape.starts.len() == 1);
    let speaks = |shape: &&Shape| shape.starts.len() == 1 && (shape.has_full_row || !any_full);
    let column = |shape: &Shape| {
        let run = runs.iter().find(|run| run.shows_blanks && shape.is_of(run, wanted(run.place)))?;
        run.fields.get(shape.starts[0]).map(|&field| fields[field].column)
    };
    let mut habits = Habits::default();
    // A header that a row could follow and does not is out of line with the values.
    let is_followed = |header: &HeaderPlace| {
        let could = |shape: &&Shape| header.is_over(shape.row_fields) && shape.label_end <= header.column;
        shapes.iter().filter(speaks).filter(could).all(|shape| column(shape) == Some(header.column))
    };
    habits.header = header.filter(is_followed);
    habits.header_is_confirmed = habits.header.is_some_and(|header| {
        shapes
            .iter()
            .filter(speaks)
            .any(|shape| header.is_over(shape.row_fields) && column(shape) == Some(header.column))
    });
    // A row whose label reaches past the usual first column cannot follow it, and refutes nothing.
    let usual_column = shapes.iter().filter(speaks).filter_map(column).min();
    for shape in shapes.iter().filter(speaks) {
        let start = shape.starts[0];
        note_for(&mut habits.trail, shape.wanted, shape.fields_behind_label - shape.wanted - start);
        note_for(&mut habits.total, shape.wanted, shape.row_fields);
        let past_header = habits.reaches_header(shape);
        let lead = if past_header { &mut habits.lead_past_header } else { &mut habits.lead };
        lead.note(start);
        if let Some(column) = column(shape)
            && !past_header
            && usual_column.is_some_and(|usual| shape.label_end <= usual)
        {
            habits.column.note(column);
        }
    }
    habits
}

fn place_row(
    folded: &Folded<'_>,
    run: &ValueRun,
    shape: &Shape,
    written: Vec<usize>,
    habits: &Habits,
) -> Placement {
    let fields = &folded.rows.fields;
    let wanted = shape.wanted;
    let is_grid =
        run.fields.first().is_some_and(|&field| folded.rows.rows[fields[field].row].shape == RowShape::Grid);
    let usual_total = on_for(&habits.total, wanted).is_some_and(|total| total == shape.row_fields);
    let usual_trail = on_for(&habits.trail, wanted);
    let is_ragged =
        habits.trail.iter().any(|(of, trail)| *of == wanted && matches!(trail, Agreement::Broken));
    match shape.starts[..] {
        // The rows of the shape contradict each other.
        [] => {
            let windows = run.windows(fields, wanted);
            Placement::OneOf(windows.iter().map(|&start| run.window(start, wanted)).collect())
        }
        [start] => {
            // Without a full row the one place left is theirs only if it agrees with how the full rows stand.
            let trail = run.fields.len() - wanted - start;
            // A cell that was lost leaves a pad more at the end, never a written field.
            let ends_written = fields[run.fields[start + wanted - 1]].content != Content::Blank;
            let under_header = habits.header.is_some_and(|header| {
                header.is_over(run.row_fields) && fields[run.fields[start]].column == header.column
            });
            // A row that lost its end has as many fields left as the form has cells, if an empty one stands before them.
            let is_usual_column = habits.column.on().is_none_or(|column| {
                !is_grid
                    || column < run.label_end
                    || usual_total
                    || fields[run.fields[start]].column == column
            });
            let agrees = under_header
                || habits.lead_of(shape).is_none_or(|lead| lead == start)
                    && is_usual_column
                    && (usual_total
                        || ends_written
                        // Where pads come in any number, an empty last cell may be one of them.
                        || (!is_ragged && usual_trail.is_none_or(|usual| usual <= trail)));
            if shape.has_full_row || agrees || written.is_empty() {
                Placement::Fields(run.window(start, wanted))
            } else {
                Placement::Scattered(written)
            }
        }
        ref several => {
            let at_column = |column: u32| {
                (run.label_end <= column).then(|| {
                    run.fields.iter().position(|&field| fields[field].column == column).unwrap_or(usize::MAX)
                })
            };
            let by_header = habits
                .header
                .filter(|header| header.is_over(run.row_fields))
                .and_then(|header| at_column(header.column));
            // With fewer pads at the end than usual the row may have lost a cell. Where rows are equally long, their
            // pads are not, and say nothing.
            let has_lost = !usual_total && usual_trail.is_some_and(|trail| run.fields.len() < wanted + trail);
            let by_column = habits.column.on().and_then(at_column);
            // Where full rows follow the header, the distance from labels of other lengths is no rival to it.
            let by_lead =
                habits.lead_of(shape).filter(|_| by_header.is_none() || !habits.header_is_confirmed);
            let claims: Vec<usize> = [by_column, by_lead, by_header, has_lost.then_some(usize::MAX)]
                .into_iter()
                .flatten()
                .collect();
            // A claim that no window meets refutes the others as well: the row has lost a cell.
            match claims.split_first() {
                Some((first, others))
                    if several.contains(first) && others.iter().all(|other| other == first) =>
                {
                    Placement::Fields(run.window(*first, wanted))
                }
                _ => Placement::OneOf(several.iter().map(|&start| run.window(start, wanted)).collect()),
            }
        }
    }
}
