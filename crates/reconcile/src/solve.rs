//! The cells that stand together in a table, decided by everything that speaks of them: exactly, within stated steps.

use crate::cuts::{Cuts, Part, Segment, Steps, cuts};
use crate::digits::{Digits, Kind};
use crate::joint::{Equation, solutions};
use gongkai_forms::{Form, Identity};
use gongkai_model::Unit;
use std::ops::Range;

/// A row, or a piece of one, whose digits stand together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The form's cells that it fills, left to right: indices into [`Form::cells`]. An index beyond them counts on: the
    /// same cells in another column, of which no identity speaks.
    pub cells: Vec<usize>,
    /// Its characters: ASCII digits, signs, points, commas between thousands, `/` for a mark that is a cell of its own,
    /// and a space wherever a cell must end.
    pub text: String,
    /// Whether its last digit may as well be the list number of the label behind it.
    pub list_number: bool,
}

/// What is asked: one table of a form.
#[derive(Clone, Copy, Debug)]
pub struct Puzzle<'a> {
    /// The form.
    pub form: &'a Form,
    /// Index into [`Form::tables`].
    pub table: usize,
    /// The counts that were read, one for each cell of the form; nothing for cells that say anything else.
    pub known: &'a [Option<i64>],
    /// What stands together in this table. No cell is in two runs, or known.
    pub runs: &'a [Run],
    /// Values of cells that the narrative fixes.
    pub stated: &'a [(usize, i64)],
    /// How much may be tried. A step takes a few nanoseconds.
    pub steps_max: u64,
}

/// What came of it. Everything holds under the hypothesis of complete rows: each run holds a number for each cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Solved {
    /// One for each run, in the same order.
    pub runs: Vec<SolvedRun>,
    /// Identities over nothing but known cells of this table that fail: indices into [`Form::identities`].
    pub contradicted: Vec<usize>,
    /// Identities that were asked and that not every cut meets: indices into [`Form::identities`].
    pub identities: Vec<usize>,
    /// Whether solutions were found only by letting one cell of one row break its sums.
    pub is_broken: bool,
    /// Whether the search was given up at its bound, so that nothing follows from what it did not find.
    pub is_exhausted: bool,
    /// What it took.
    pub steps: u64,
}

/// What is left of one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SolvedRun {
    /// Its cells, in the order of the run.
    pub cells: Vec<SolvedCell>,
    /// Number of cuts that the digits allow.
    pub cuts_by_digits: u64,
    /// Number of those that keep the sums of the row itself.
    pub cuts_by_row: u64,
    /// Number of those that take part in a solution of the whole table. Where nothing couples the run with another one
    /// these are all.
    pub cuts_by_table: u64,
}

/// What is left for one cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SolvedCell {
    /// The pieces of the run that it may be by the digits alone: ranges of bytes of [`Run::text`].
    pub by_digits: Vec<Range<usize>>,
    /// Those that are left after everything else was asked; empty where nothing is left.
    pub left: Vec<Range<usize>>,
    /// Whether an identity beyond its own row's speaks of it, so that it may be inferred.
    pub is_covered: bool,
}

/// What a run says by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByDigits {
    /// Number of cuts that its digits allow.
    pub cuts: u64,
    /// The fewest cells that its digits can fill, since no number begins with a zero.
    pub least_cells: usize,
    /// Its only cut, where there is just one: ranges of bytes of [`Run::text`].
    pub only: Option<Vec<Range<usize>>>,
    /// Whether that cut keeps the sums of its row; nothing where no sum speaks of the row alone.
    pub keeps_sums: Option<bool>,
}

/// Looks at one run of a table, without any hypothesis but that its digits are those of its cells.
pub fn by_digits(form: &Form, table: usize, run: &Run) -> ByDigits {
    const STEPS_MAX: u64 = 50_000;
    let puzzle = Puzzle { form, table, known: &[], runs: &[], stated: &[], steps_max: STEPS_MAX };
    let row = Row::of(&puzzle, run);
    let only: Option<Vec<Range<usize>>> = (row.free_cuts == 1)
        .then(|| row.free.iter().filter_map(|pieces| pieces.first().cloned()).collect())
        .filter(|pieces: &Vec<_>| pieces.len() == row.cells.len());
    let mut steps = Steps::new(STEPS_MAX);
    let has_sums = row.parts.iter().any(|part| part.last_is_sum);
    let keeps_sums = (only.is_some() && has_sums)
        .then(|| row.cuts(&row.parts, &row.unbound(), &mut steps).is_some_and(|cuts| cuts.count == 1));
    ByDigits {
        cuts: row.free_cuts,
        least_cells: row.digits.as_ref().map_or(0, Digits::least_cells),
        only: only.map(|pieces| {
            pieces.iter().filter_map(|piece| row.digits.as_ref().map(|digits| digits.place(piece))).collect()
        }),
        keeps_sums,
    }
}

/// Cuts the runs of a table.
pub fn solve(puzzle: &Puzzle<'_>) -> Solved {
    let mut steps = Steps::new(puzzle.steps_max);
    let rows: Vec<Row> = puzzle.runs.iter().map(|run| Row::of(puzzle, run)).collect();
    let of_table = || puzzle.identities().map(|(_, identity)| identity);
    let contradicted: Vec<usize> =
        puzzle.identities().filter(|(_, identity)| puzzle.fails(identity)).map(|(index, _)| index).collect();
    let columns: Vec<&Identity> = of_table().filter(|identity| puzzle.is_column(identity, &rows)).collect();
    let has_columns = of_table().any(|identity| identity.axis.adds_rows());

    let table = Table { puzzle, rows: &rows, columns: &columns };
    let mut found = table.strict(&mut steps);
    let mut is_broken = false;
    if found.is_empty() && !steps.exhausted && contradicted.is_empty() && has_columns {
        found = table.with_one_mistake(&mut steps);
        is_broken = !found.is_empty();
    }
    if steps.exhausted {
        found = Found::default();
    }
    let open = |cell: usize| rows.iter().any(|row| row.is_open(cell));
    let identities: Vec<usize> = puzzle
        .identities()
        .filter(|(_, identity)| {
            let is_asked = columns.iter().any(|column| std::ptr::eq(*column, *identity))
                || rows.iter().any(|row| row.parts.iter().any(|part| part.is_of(identity, &row.cells)));
            is_asked && identity.terms().any(open)
        })
        .map(|(index, _)| index)
        .collect();
    let is_covered = |cell: usize| {
        if has_columns {
            columns.iter().any(|identity| identity.terms().any(|term| term == cell))
        } else {
            rows.iter().any(|row| {
                row.parts
                    .iter()
                    .any(|part| part.last_is_sum && part.cells.clone().any(|index| row.cells[index] == cell))
            })
        }
    };
    let runs = rows
        .iter()
        .enumerate()
        .map(|(index, row)| SolvedRun {
            cells: (0..row.cells.len())
                .map(|cell| {
                    let place = |piece: &Range<usize>| row.digits.as_ref().map(|digits| digits.place(piece));
                    SolvedCell {
                        by_digits: row.free.get(cell).into_iter().flatten().filter_map(place).collect(),
                        left: found.pieces(index, cell).iter().filter_map(place).collect(),
                        is_covered: is_covered(row.cells[cell]),
                    }
                })
                .collect(),
            cuts_by_digits: row.free_cuts,
            cuts_by_row: found.by_row.get(index).copied().unwrap_or(0),
            cuts_by_table: found.by_table.get(index).copied().unwrap_or(0),
        })
        .collect();
    Solved {
        runs,
        contradicted,
        identities,
        is_broken,
        is_exhausted: steps.exhausted,
        steps: puzzle.steps_max - steps.left,
    }
}

/// Larger counts are none, and sums of them might not fit.
const COUNT_MAX: i64 = 1_000_000_000_000_000;

impl Puzzle<'_> {
    /// The identities of the table with their indices.
    fn identities(&self) -> impl Iterator<Item = (usize, &Identity)> {
        self.form.identities.iter().enumerate().filter(|(_, identity)| identity.table == self.table)
    }

    fn known(&self, cell: usize) -> Option<i64> {
        self.known.get(cell).copied().flatten().filter(|count| count.abs() < COUNT_MAX)
    }

    fn fails(&self, identity: &Identity) -> bool {
        let sum = |cells: &[usize]| cells.iter().map(|&cell| self.known(cell)).sum::<Option<i64>>();
        matches!((sum(&identity.left), sum(&identity.right)), (Some(left), Some(right)) if left != right)
    }

    /// Whether an identity of a column can be asked: each of its terms is known or in a run, some in a run.
    fn is_column(&self, identity: &Identity, rows: &[Row]) -> bool {
        let has_numbers = |row: &&Row| row.digits.as_ref().is_some_and(|digits| !digits.has_marks());
        let in_run = |cell: usize| rows.iter().filter(has_numbers).any(|row| row.cells.contains(&cell));
        identity.axis.adds_rows()
            && identity.terms().all(|cell| in_run(cell) || self.known(cell).is_some())
            && identity.terms().any(in_run)
    }
}

/// A run, made ready.
struct Row {
    cells: Vec<usize>,
    kinds: Vec<Kind>,
    parts: Vec<Part>,
    digits: Option<Digits>,
    ends: Vec<usize>,
    free: Vec<Vec<Range<usize>>>,
    free_cuts: u64,
}

impl Row {
    fn of(puzzle: &Puzzle<'_>, run: &Run) -> Self {
        let kind = |&cell: &usize| {
            let definition = puzzle.form.cells.get(cell % puzzle.form.cells.len().max(1));
            let stated = puzzle.stated.iter().find(|(stated, _)| *stated == cell);
            Kind {
                signed: definition.is_some_and(|cell| cell.signed),
                amount: definition.is_some_and(|cell| cell.unit != Unit::Count),
                stated: stated.map(|(_, value)| *value),
            }
        };
        let kinds: Vec<Kind> = run.cells.iter().map(kind).collect();
        let digits = Digits::of(&run.text);
        let end = digits.as_ref().map_or(0, Digits::len);
        let ends = if run.list_number { vec![end.saturating_sub(1), end] } else { vec![end] };
        let free = digits.as_ref().map(|digits| digits.free(&kinds, &ends));
        Self {
            cells: run.cells.clone(),
            parts: if digits.as_ref().is_some_and(Digits::has_marks) {
                vec![Part { cells: 0..run.cells.len(), last_is_sum: false }]
            } else {
                parts(puzzle, &run.cells)
            },
            kinds,
            digits,
            ends,
            free_cuts: free.as_ref().map_or(0, |free| free.cuts),
            free: free.map(|free| free.pieces).unwrap_or_default(),
        }
    }

    /// Whether the digits alone leave a cell of the row more than one value.
    fn is_open(&self, cell: usize) -> bool {
        let (Some(index), Some(digits)) = (self.cells.iter().position(|own| *own == cell), &self.digits)
        else {
            return false;
        };
        let (Some(pieces), Some(&kind)) = (self.free.get(index), self.kinds.get(index)) else { return false };
        let mut values = pieces.iter().map(|piece| digits.number(piece.clone(), kind));
        let first = values.next();
        kind.amount && 1 < pieces.len() || values.any(|value| Some(value) != first)
    }

    fn cuts(&self, parts: &[Part], bounds: &[(i64, i64)], steps: &mut Steps) -> Option<Cuts> {
        match &self.digits {
            Some(digits) => cuts(digits, &self.kinds, parts, bounds, &self.ends, steps),
            None => Some(Cuts::default()),
        }
    }

    /// Adds the cuts in which one sum has a slip of the pen. Where no column speaks of a row, nothing but its own sums
    /// would tell such a cut from the others: a mistake and a chance would make a wrong one the only one.
    fn add_slips(&self, found: &mut Found, steps: &mut Steps) -> bool {
        let len = self.digits.as_ref().map_or(0, Digits::len);
        for index in (0..self.parts.len()).filter(|&index| self.parts[index].last_is_sum) {
            let mut parts = self.parts.clone();
            parts[index].last_is_sum = false;
            let Some(mut cuts) = self.cuts(&parts, &self.unbound(), steps) else { return false };
            cuts.keep_slips(index, len, &self.ends);
            found.add(Found {
                pieces: vec![cuts.pieces(&parts)],
                by_table: vec![cuts.count],
                ..Found::default()
            });
        }
        true
    }

    /// The cuts if the cell number `empty` were empty, whatever their sums.
    fn with_empty(&self, empty: usize, bounds: &[(i64, i64)], steps: &mut Steps) -> Option<Cuts> {
        let parts = [Part { cells: 0..self.cells.len() - 1, last_is_sum: false }];
        let (mut kinds, mut bounds) = (self.kinds.clone(), bounds.to_vec());
        kinds.remove(empty);
        bounds.remove(empty);
        match &self.digits {
            Some(digits) => cuts(digits, &kinds, &parts, &bounds, &self.ends, steps),
            None => Some(Cuts::default()),
        }
    }

    /// How many cuts keep all sums if the first or the last few digits are not the row's.
    fn without_strange_digits(&self, bounds: &[(i64, i64)], steps: &mut Steps) -> Option<u64> {
        let Some(digits) = &self.digits else { return Some(0) };
        let mut found: u64 = 0;
        for strange in 1..=PAGE_DIGITS_MAX.min(digits.len().saturating_sub(1)) {
            let ends = [digits.len() - strange];
            let cut = cuts(digits, &self.kinds, &self.parts, bounds, &ends, steps)?;
            found = found.saturating_add(cut.count);
            if let Some(rest) = digits.without_first(strange) {
                let cut = cuts(&rest, &self.kinds, &self.parts, bounds, &[rest.len()], steps)?;
                found = found.saturating_add(cut.count);
            }
        }
        Some(found)
    }

    fn unbound(&self) -> Vec<(i64, i64)> {
        vec![(i64::MIN, i64::MAX); self.cells.len()]
    }
}

impl Part {
    /// Whether this part's sum is what `identity` says.
    fn is_of(&self, identity: &Identity, cells: &[usize]) -> bool {
        self.last_is_sum
            && !identity.axis.adds_rows()
            && cells.get(self.cells.clone()).is_some_and(|own| is_sum_of(identity, own))
    }
}

/// Whether `identity` says that the last of `cells` is the sum of all others.
fn is_sum_of(identity: &Identity, cells: &[usize]) -> bool {
    let Some((last, others)) = cells.split_last() else { return false };
    identity.right == [*last]
        && identity.left.len() == others.len()
        && others.iter().all(|cell| identity.left.contains(cell))
}

/// The run's cells as parts with and without sums.
fn parts(puzzle: &Puzzle<'_>, cells: &[usize]) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let mut at = 0;
    while at < cells.len() {
        let sum = puzzle.identities().map(|(_, identity)| identity).find_map(|identity| {
            let end = at + identity.left.len() + 1;
            let own = cells.get(at..end)?;
            (!identity.axis.adds_rows() && is_sum_of(identity, own)).then_some(end)
        });
        match (sum, parts.last_mut()) {
            (Some(end), _) => {
                parts.push(Part { cells: at..end, last_is_sum: true });
                at = end;
            }
            (None, Some(last)) if !last.last_is_sum => {
                last.cells.end += 1;
                at += 1;
            }
            (None, _) => {
                parts.push(Part { cells: at..at + 1, last_is_sum: false });
                at += 1;
            }
        }
    }
    parts
}

/// What is left of each run.
#[derive(Default)]
struct Found {
    /// Per run and cell; empty without a solution.
    pieces: Vec<Vec<Vec<Range<usize>>>>,
    by_row: Vec<u64>,
    by_table: Vec<u64>,
}

impl Found {
    fn is_empty(&self) -> bool {
        self.pieces.iter().flatten().any(Vec::is_empty) || self.pieces.is_empty()
    }

    fn pieces(&self, run: usize, cell: usize) -> &[Range<usize>] {
        self.pieces.get(run).and_then(|cells| cells.get(cell)).map_or(&[], Vec::as_slice)
    }

    /// Adds what another search found.
    fn add(&mut self, other: Self) {
        if self.pieces.is_empty() {
            *self = other;
            return;
        }
        for (own, others) in self.pieces.iter_mut().flatten().zip(other.pieces.into_iter().flatten()) {
            for piece in others {
                if !own.contains(&piece) {
                    own.push(piece);
                }
            }
        }
        for (own, other) in self.by_table.iter_mut().zip(other.by_table) {
            *own = own.saturating_add(other);
        }
    }
}

/// Digits of a page's number.
const PAGE_DIGITS_MAX: usize = 3;

/// Rows with more cuts than this are not put together with others.
const COUPLED_CUTS_MAX: usize = 20_000;

struct Table<'a> {
    puzzle: &'a Puzzle<'a>,
    rows: &'a [Row],
    columns: &'a [&'a Identity],
}

impl Table<'_> {
    /// Whether an identity of a column speaks of the row.
    fn is_coupled(&self, row: &Row) -> bool {
        self.columns.iter().any(|identity| identity.terms().any(|term| row.cells.contains(&term)))
    }

    /// The cuts that keep all sums.
    fn strict(&self, steps: &mut Steps) -> Found {
        let mut found = Found::default();
        let mut coupled: Vec<usize> = Vec::new();
        let mut segments: Vec<Vec<Segment>> = Vec::new();
        for (index, row) in self.rows.iter().enumerate() {
            let Some(cuts) = row.cuts(&row.parts, &row.unbound(), steps) else { return Found::default() };
            found.by_row.push(cuts.count);
            found.by_table.push(cuts.count);
            if self.is_coupled(row) {
                let Some(rows) = cuts.rows(COUPLED_CUTS_MAX) else {
                    steps.exhausted = true;
                    return Found::default();
                };
                coupled.push(index);
                segments.push(rows);
                found.pieces.push(vec![Vec::new(); row.cells.len()]);
            } else {
                let mut alone = Found { pieces: vec![cuts.pieces(&row.parts)], ..Found::default() };
                alone.by_table.push(cuts.count);
                if 0 < cuts.count && 1 < row.free_cuts && !row.add_slips(&mut alone, steps) {
                    return Found::default();
                }
                found.pieces.append(&mut alone.pieces);
                found.by_table[index] = alone.by_table[0];
            }
        }
        let equations = self.equations(&coupled, |_| false);
        let Some(left) = solutions(&segments, &equations, steps) else { return Found::default() };
        self.note(&mut found, &coupled, &segments, &left);
        found
    }

    /// The cuts that keep all sums but those of one cell of one row: the row's own, and those of the cell's column.
    fn with_one_mistake(&self, steps: &mut Steps) -> Found {
        let mut all = Found::default();
        let mut coupled: Vec<usize> = Vec::new();
        let mut segments: Vec<Vec<Segment>> = Vec::new();
        let mut by_row = Vec::new();
        for (index, row) in self.rows.iter().enumerate() {
            let Some(cuts) = row.cuts(&row.parts, &row.unbound(), steps) else { return all };
            by_row.push(cuts.count);
            if self.is_coupled(row) {
                coupled.push(index);
                segments.push(cuts.rows(COUPLED_CUTS_MAX).unwrap_or_default());
            } else if cuts.count == 0 {
                return all;
            }
        }
        // Nothing but the columns speaks of the row with the mistake: each cell that may have it needs one.
        let is_covered =
            |cell: &usize| self.columns.iter().any(|identity| identity.terms().any(|term| term == *cell));
        if !coupled.iter().flat_map(|&row| &self.rows[row].cells).all(is_covered) {
            return all;
        }
        // A row without any cut has the mistake; with two of them there is more than one mistake.
        let without: Vec<usize> = (0..coupled.len()).filter(|&at| segments[at].is_empty()).collect();
        let suspects: Vec<usize> = match without[..] {
            [] => (0..coupled.len()).collect(),
            [only] => vec![only],
            [_, _, ..] => return all,
        };
        for suspect in suspects {
            let row = &self.rows[coupled[suspect]];
            for wrong in 0..row.cells.len() {
                let Some(found) = self.mistake_in(&coupled, &segments, suspect, wrong, &by_row, steps) else {
                    if steps.exhausted {
                        return all;
                    }
                    continue;
                };
                if self.is_explained_otherwise(&coupled, &segments, suspect, steps) {
                    return Found::default();
                }
                all.add(found);
            }
        }
        all
    }

    /// Whether something else explains a row as well as a mistake of its publisher: its digits are what its columns ask
    /// for if one of its cells is empty, or without a few of the first or the last, those of a page's number that a
    /// conversion put to them.
    fn is_explained_otherwise(
        &self,
        coupled: &[usize],
        segments: &[Vec<Segment>],
        suspect: usize,
        steps: &mut Steps,
    ) -> bool {
        let row = &self.rows[coupled[suspect]];
        let equations = self.equations(coupled, |_| false);
        let Some(bounds) = bounds(row, segments, suspect, &equations) else { return true };
        // A search that is given up excludes nothing.
        let lacks_a_cell = (0..row.cells.len())
            .any(|empty| row.with_empty(empty, &bounds, steps).is_none_or(|cuts| 0 < cuts.count));
        lacks_a_cell || row.without_strange_digits(&bounds, steps).is_none_or(|cuts| 0 < cuts)
    }

    fn mistake_in(
        &self,
        coupled: &[usize],
        segments: &[Vec<Segment>],
        suspect: usize,
        wrong: usize,
        by_row: &[u64],
        steps: &mut Steps,
    ) -> Option<Found> {
        let row = &self.rows[coupled[suspect]];
        let cell = row.cells[wrong];
        let equations = self.equations(coupled, |identity| identity.terms().any(|term| term == cell));
        let bounds = bounds(row, segments, suspect, &equations)?;
        let free = [Part { cells: 0..row.cells.len(), last_is_sum: false }];
        let cuts = row.cuts(&free, &bounds, steps)?;
        let Some(rows) = cuts.rows(COUPLED_CUTS_MAX) else {
            steps.exhausted = true;
            return None;
        };
        // Cuts that keep the row's sum were looked at before.
        let broken: Vec<Segment> = rows
            .into_iter()
            .filter(|cut| {
                let keeps = |part: &Part| {
                    let own = &cut.values[part.cells.clone()];
                    own.split_last().is_none_or(|(last, others)| others.iter().sum::<i64>() == *last)
                };
                !row.parts.iter().filter(|part| part.last_is_sum).all(keeps)
            })
            .collect();
        let mut segments = segments.to_vec();
        segments[suspect] = broken;
        let left = solutions(&segments, &equations, steps)?;
        let mut found = Found { by_row: by_row.to_vec(), by_table: by_row.to_vec(), ..Found::default() };
        found.pieces = self.rows.iter().map(|row| vec![Vec::new(); row.cells.len()]).collect();
        self.note(&mut found, coupled, &segments, &left);
        for (index, row) in self.rows.iter().enumerate() {
            if !coupled.contains(&index) {
                found.pieces[index] = row.cuts(&row.parts, &row.unbound(), steps)?.pieces(&row.parts);
            }
        }
        (!found.is_empty()).then_some(found)
    }

    /// Writes down which pieces are left of the rows that were put together.
    fn note(&self, found: &mut Found, coupled: &[usize], segments: &[Vec<Segment>], left: &[Vec<usize>]) {
        for ((&index, segments), left) in coupled.iter().zip(segments).zip(left) {
            found.by_table[index] = left.len() as u64;
            for (cell, pieces) in found.pieces[index].iter_mut().enumerate() {
                *pieces = left.iter().map(|&cut| segments[cut].piece(cell)).collect();
                pieces.sort_unstable_by_key(|piece| (piece.start, piece.end));
                pieces.dedup();
            }
        }
    }

    /// The columns' identities over the rows that are put together, without those that are set aside.
    fn equations(&self, coupled: &[usize], is_aside: impl Fn(&Identity) -> bool) -> Vec<Equation> {
        self.columns
            .iter()
            .filter(|identity| !is_aside(identity))
            .map(|identity| {
                let mut equation = Equation { terms: Vec::new(), constant: 0 };
                let sides = [(&identity.left, 1), (&identity.right, -1)];
                for (&cell, sign) in
                    sides.iter().flat_map(|(cells, sign)| cells.iter().zip(std::iter::repeat(*sign)))
                {
                    let place = coupled.iter().enumerate().find_map(|(at, &row)| {
                        let cell = self.rows[row].cells.iter().position(|own| *own == cell)?;
                        Some((at, cell, sign))
                    });
                    match place {
                        Some(term) => equation.terms.push(term),
                        None => equation.constant += sign * self.puzzle.known(cell).unwrap_or(0),
                    }
                }
                equation
            })
            .collect()
    }
}

/// What the equations allow each cell of a row, given the cuts of all others. Nothing where a row has no cut.
fn bounds(
    row: &Row,
    segments: &[Vec<Segment>],
    suspect: usize,
    equations: &[Equation],
) -> Option<Vec<(i64, i64)>> {
    let mut bounds = row.unbound();
    for equation in equations {
        let Some(&(_, cell, sign)) = equation.terms.iter().find(|term| term.0 == suspect) else { continue };
        let (mut least, mut most) = (equation.constant, equation.constant);
        for &(other, cell, sign) in equation.terms.iter().filter(|term| term.0 != suspect) {
            let values = || segments[other].iter().map(|cut| sign * cut.values[cell]);
            least += values().min()?;
            most += values().max()?;
        }
        // sign · value lies between -most and -least.
        let (low, high) = if sign == 1 { (-most, -least) } else { (least, most) };
        bounds[cell] = (bounds[cell].0.max(low), bounds[cell].1.min(high));
    }
    Some(bounds)
}
