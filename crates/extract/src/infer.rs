//! Cells whose digits stand together: read where their number leaves one cut, inferred where the identities of the
//! whole table or the narrative leave one, else left open with what they may be.

use crate::align::Folded;
use crate::cell;
use crate::fold::is_space;
use crate::joined::run::JoinedRun;
use gongkai_forms::{CellDefinition, Form};
use gongkai_model::{
    Candidate, Derivation, Figure, Period, Proof, Reason, ScopeKind, State, Statement, Unit, Value, Whose,
};
use gongkai_reconcile::{Puzzle, Run, Solved, SolvedCell, SolvedRun, solve};
use rust_decimal::prelude::ToPrimitive;
use std::ops::Range;

/// What a search over one table may try. A table of the forms, however dense, takes less.
const STEPS_MAX: u64 = 1_000_000;
/// More candidates for one cell say no more than "unknown".
const CANDIDATES_MAX: usize = 12;
/// The hypothesis under which cuts are proved.
const COMPLETE_ROWS: &str = "complete rows";

/// A value that the narrative states for a cell, for this year, exactly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fact {
    /// Index into the form's cells.
    pub(crate) cell: usize,
    pub(crate) value: i64,
    /// The words that state it.
    pub(crate) quote: String,
}

/// The statements of the narrative that state, exactly and for this year, what a cell of `form` counts.
pub(crate) fn facts(form: &Form, statements: &[Statement], scope: ScopeKind) -> Vec<Fact> {
    let facts = |statement: &Statement| {
        let is_exact = !statement.approximate && statement.value_max.is_none();
        let is_same = statement.period == Period::ThisYear
            && matches!(statement.whose, Whose::Subject | Whose::Unknown)
            && statement.covers(scope);
        let indicator = gongkai_forms::indicators()
            .iter()
            .find(|indicator| is_exact && is_same && *indicator.id == *statement.indicator)?;
        let value = statement.value.filter(|value| value.fract().is_zero())?.to_i64()?;
        let cells = indicator.cells_of(form).filter_map(|key| form.cell_index(key));
        let counts = cells.filter(|&cell| form.cells[cell].unit == Unit::Count);
        let quote = || statement.quote.clone();
        Some(counts.map(|cell| Fact { cell, value, quote: quote() }).collect::<Vec<_>>())
    };
    statements.iter().filter_map(facts).flatten().collect()
}

/// What was done with one run, for `--explain`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExplainedRun {
    /// The keys of its cells, left to right.
    pub cells: Vec<String>,
    /// Its characters as they stand.
    pub run: String,
    /// Number of cuts that the digits allow.
    pub cuts_by_digits: u64,
    /// Number of those that keep the sums of the row itself; nothing where the digits decided alone.
    pub cuts_by_row: Option<u64>,
    /// Number of those that are part of a solution of the whole table.
    pub cuts_by_table: Option<u64>,
    /// Names of the identities that were asked.
    pub identities: Vec<String>,
    /// Quotes of the narrative that were asked.
    pub statements: Vec<String>,
    /// What the search over the table took.
    pub steps: u64,
    /// What came of it: `read`, `inferred`, `inferred in part`, `open`, `search given up`.
    pub outcome: &'static str,
}

/// Decides the runs of all tables of a form as far as anything decides them. `figures` are those of the form's cells,
/// in its order; those of the runs are written.
pub(crate) fn resolve(
    folded: &Folded<'_>,
    form: &Form,
    runs: &[JoinedRun],
    facts: &[Fact],
    figures: &mut [Figure],
) -> Vec<ExplainedRun> {
    let shows_zeros = runs.iter().any(|run| run.shows_zeros);
    let of_table = |table: usize| runs.iter().filter(move |run| run.place.table == table).collect::<Vec<_>>();
    let tables: Vec<usize> = (0..form.tables.len()).filter(|&table| !of_table(table).is_empty()).collect();
    let complete: Vec<bool> = tables
        .iter()
        .map(|&table| shows_zeros && is_complete(form, table, &of_table(table), figures))
        .collect();
    let is_document_complete = complete.iter().all(|complete| *complete);
    let mut explained = Vec::new();
    for (&table, is_complete) in tables.iter().zip(complete) {
        let solver = Solver { folded, form, table, facts, is_complete, is_document_complete };
        solver.table(&of_table(table), figures, &mut explained);
    }
    explained
}

/// Whether every cell of every row of a table is written, as far as the table shows.
fn is_complete(form: &Form, table: usize, runs: &[&JoinedRun], figures: &[Figure]) -> bool {
    let in_run = |cell: usize| runs.iter().any(|run| run.run.cells.contains(&cell));
    form.tables[table].cells.clone().filter(|&cell| !in_run(cell)).all(|cell| match figures[cell].state {
        State::Number | State::NotApplicable | State::Text => true,
        State::Missing => figures[cell].reason == Some(Reason::RowAbsent),
        State::Blank | State::Undetermined => false,
    })
}

/// The same figure without content.
fn empty(figure: &Figure) -> Figure {
    let missing = Figure::missing(figure.key.clone(), Reason::JoinedDigits);
    Figure { period: figure.period, portion: figure.portion, ..missing }
}

fn count(figure: &Figure) -> Option<i64> {
    match figure.value {
        Some(Value::Count(count)) => Some(count),
        Some(Value::Amount(_)) | None => None,
    }
}

struct Solver<'a> {
    folded: &'a Folded<'a>,
    form: &'a Form,
    table: usize,
    facts: &'a [Fact],
    /// Whether zeros are written, and every cell of every row of the table.
    is_complete: bool,
    /// Whether that is so for all tables whose cells are put together.
    is_document_complete: bool,
}

/// What a search found, and the statements that it was told.
struct Answer<'a> {
    solved: Solved,
    /// Whether identities of columns speak of the table.
    has_columns: bool,
    stated: Vec<&'a Fact>,
}

/// What was decided of a run: a piece for each cell that is certain.
struct Decision<'a> {
    pieces: Vec<Option<Range<usize>>>,
    statements: Vec<&'a Fact>,
}

impl Solver<'_> {
    fn table(&self, runs: &[&JoinedRun], figures: &mut [Figure], explained: &mut Vec<ExplainedRun>) {
        let (certain, open): (Vec<&JoinedRun>, Vec<&JoinedRun>) =
            runs.iter().partition(|run| run.is_certain());
        for run in &certain {
            self.read(run, figures, explained);
        }
        if open.is_empty() {
            return;
        }
        let has_read_row =
            self.form.tables[self.table].cells.clone().any(|cell| figures[cell].state == State::Number);
        let alone = self.solve(&open, figures, Vec::new());
        let stated = self.stated(&open, &alone.solved);
        let told = (!stated.is_empty()).then(|| self.solve(&open, figures, stated));
        let confirmed: Vec<bool> =
            (0..open.len()).map(|index| self.is_confirmed(&open, index, &alone, figures)).collect();
        let has_read_row = has_read_row || confirmed.contains(&true);
        let is_admissible = if !self.form.is_prescribed {
            false
        } else if self.has_columns() {
            self.is_complete && has_read_row
        } else {
            self.is_complete && self.is_document_complete
        };
        let mut proofs: Vec<(usize, Proof)> = Vec::new();
        for (index, (run, is_confirmed)) in open.iter().zip(confirmed).enumerate() {
            if is_confirmed {
                self.read(run, figures, explained);
                continue;
            }
            let mut decision = alone.decide(index, is_admissible);
            let mut answer = &alone;
            if let Some(told) = &told
                && decision.pieces.iter().any(Option::is_none)
            {
                let by_statements = told.decide_by_statements(index, run, is_admissible, self.is_complete);
                if by_statements.pieces.iter().any(Option::is_some) {
                    (decision, answer) = (by_statements, told);
                }
            }
            let found = answer.solved.runs.get(index);
            let proof = self.proof(run, answer, &decision);
            explained.push(ExplainedRun {
                cuts_by_row: found.map(|run| run.cuts_by_row),
                cuts_by_table: found.map(|run| run.cuts_by_table),
                identities: proof.identities.clone(),
                statements: proof.statements.clone(),
                steps: answer.solved.steps,
                ..self.explained(run, answer.outcome(&decision))
            });
            for (at, (&cell, piece)) in run.run.cells.iter().zip(&decision.pieces).enumerate() {
                let Some(figure) = figures.get_mut(cell) else { continue };
                *figure = match piece {
                    Some(piece) => self.figure(run, cell, piece, figure),
                    None => {
                        let found = found.and_then(|run| run.cells.get(at));
                        self.open(run, cell, found, &answer.solved, figure)
                    }
                };
                if piece.is_some() {
                    proofs.push((cell, proof.clone()));
                }
            }
        }
        self.prove(proofs, figures);
    }

    /// Reads a run that has one cut.
    fn read(&self, run: &JoinedRun, figures: &mut [Figure], explained: &mut Vec<ExplainedRun>) {
        for (&cell, piece) in run.run.cells.iter().zip(run.by_digits.only.iter().flatten()) {
            if let Some(figure) = figures.get_mut(cell) {
                *figure = self.figure(run, cell, piece, figure);
            }
        }
        explained.push(self.explained(run, "read"));
    }

    /// Whether a run with one cut that adds up is what it seems. Rows that have lost a cell add up by chance now and
    /// then (an empty cell before 22 leaves 2 and 2), and then break the sums of their columns.
    fn is_confirmed(
        &self,
        open: &[&JoinedRun],
        index: usize,
        answer: &Answer<'_>,
        figures: &[Figure],
    ) -> bool {
        let (Some(run), Some(found)) = (open.get(index), answer.solved.runs.get(index)) else { return false };
        // The sums of a table with local versions are too few, and its empty cells too many, to tell 22 from 2 and 2.
        if run.by_digits.only.is_none() || run.by_digits.keeps_sums != Some(true) || !self.form.is_prescribed
        {
            return false;
        }
        if !self.has_columns() {
            return self.is_complete && self.is_document_complete;
        }
        if !found.cells.iter().any(|cell| cell.is_covered) {
            return self.is_complete;
        }
        let is_solved = !answer.solved.is_exhausted
            && answer.solved.contradicted.is_empty()
            && found.cells.iter().all(|cell| !cell.left.is_empty());
        let is_zero =
            |cell: &SolvedCell| cell.left.iter().all(|piece| run.run.text.get(piece.clone()) == Some("0"));
        let is_covered = found.cells.iter().all(|cell| cell.is_covered || is_zero(cell));
        is_solved && (is_covered || self.is_complete) || self.columns_hold(open, run, figures)
    }

    /// Whether the columns of a run's total hold, or those of all its other numbers, as far as all their cells are known.
    fn columns_hold(&self, open: &[&JoinedRun], run: &JoinedRun, figures: &[Figure]) -> bool {
        let value = |cell: usize| -> Option<i64> {
            let own = open.iter().find(|run| run.run.cells.contains(&cell));
            let Some(own) = own else { return count(figures.get(cell)?) };
            let at = own.run.cells.iter().position(|known| *known == cell)?;
            own.run.text.get(own.by_digits.only.as_ref()?.get(at)?.clone())?.parse().ok()
        };
        let sum = |cells: &[usize]| cells.iter().map(|&cell| value(cell)).sum::<Option<i64>>();
        let holds = |cell: usize| {
            let mut columns = self
                .form
                .identities
                .iter()
                .filter(|identity| identity.axis.adds_rows() && identity.terms().any(|term| term == cell))
                .map(|identity| Some(sum(&identity.left)? == sum(&identity.right)?))
                .peekable();
            columns.peek().is_some() && columns.all(|holds| holds == Some(true))
        };
        let Some((&total, others)) = run.run.cells.split_last() else { return false };
        holds(total) || others.iter().filter(|cell| value(**cell) != Some(0)).all(|&cell| holds(cell))
    }

    /// What proves the cells of a run that are decided.
    fn proof(&self, run: &JoinedRun, answer: &Answer<'_>, decision: &Decision<'_>) -> Proof {
        let identities = self.identities(run, &answer.solved);
        Proof {
            hypothesis: COMPLETE_ROWS.to_owned(),
            identities: identities.iter().map(|&index| self.form.identities[index].name()).collect(),
            statements: decision.statements.iter().map(|fact| fact.quote.clone()).collect(),
        }
    }

    /// Puts the proofs to their figures. An identity that fails excluded nothing.
    fn prove(&self, proofs: Vec<(usize, Proof)>, figures: &mut [Figure]) {
        let count = |cell: &usize| count(&figures[*cell]).map(i128::from);
        let sum = |cells: &[usize]| cells.iter().map(count).sum::<Option<i128>>();
        let failing: Vec<String> = self
            .form
            .identities
            .iter()
            .filter(|identity| matches!((sum(&identity.left), sum(&identity.right)), (Some(left), Some(right)) if left != right))
            .map(gongkai_forms::Identity::name)
            .collect();
        for (cell, mut proof) in proofs {
            proof.identities.retain(|name| !failing.contains(name));
            figures[cell].derivation = Derivation::Inferred;
            figures[cell].proof = Some(proof);
        }
    }

    fn has_columns(&self) -> bool {
        self.form.identities.iter().any(|identity| identity.table == self.table && identity.axis.adds_rows())
    }

    fn solve<'f>(&self, runs: &[&JoinedRun], figures: &[Figure], stated: Vec<&'f Fact>) -> Answer<'f> {
        let known: Vec<Option<i64>> =
            self.form.cells.iter().zip(figures).map(|(_, figure)| count(figure)).collect();
        let runs: Vec<Run> = runs.iter().map(|run| run.run.clone()).collect();
        let values: Vec<(usize, i64)> = stated.iter().map(|fact| (fact.cell, fact.value)).collect();
        let solved = solve(&Puzzle {
            form: self.form,
            table: self.table,
            known: &known,
            runs: &runs,
            stated: &values,
            steps_max: STEPS_MAX,
        });
        Answer { solved, has_columns: self.has_columns(), stated }
    }

    /// The statements that speak of an open cell: no two of one cell that differ, none that no cut allows.
    fn stated(&self, runs: &[&JoinedRun], solved: &Solved) -> Vec<&Fact> {
        let is_possible = |fact: &&Fact| {
            runs.iter().zip(&solved.runs).any(|(run, solved)| {
                let cells = run.run.cells.iter().zip(&solved.cells);
                cells.filter(|(cell, _)| **cell == fact.cell).any(|(_, cell)| {
                    let value = |piece: &Range<usize>| run.run.text.get(piece.clone())?.parse::<i64>().ok();
                    cell.by_digits.iter().any(|piece| value(piece) == Some(fact.value))
                })
            })
        };
        let is_agreed = |fact: &&Fact| {
            self.facts.iter().filter(|other| other.cell == fact.cell).all(|other| other.value == fact.value)
        };
        let mut stated: Vec<&Fact> = Vec::new();
        for fact in self.facts.iter().filter(is_agreed).filter(is_possible) {
            if !stated.iter().any(|known| known.cell == fact.cell) {
                stated.push(fact);
            }
        }
        stated
    }

    /// The identities that were asked about a run, and about what it was put together with.
    fn identities(&self, run: &JoinedRun, solved: &Solved) -> Vec<usize> {
        let own =
            |index: &usize| self.form.identities[*index].terms().any(|term| run.run.cells.contains(&term));
        let is_column = |index: &usize| self.form.identities[*index].axis.adds_rows();
        let asked = || solved.identities.iter().copied();
        if asked().any(|index| is_column(&index) && own(&index)) {
            asked().collect()
        } else {
            asked().filter(own).collect()
        }
    }

    /// The cell of the form that a figure is about.
    fn definition(&self, cell: usize) -> &CellDefinition {
        &self.form.cells[cell % self.form.cells.len().max(1)]
    }

    /// The figure of a cell that is decided.
    fn figure(&self, run: &JoinedRun, cell: usize, piece: &Range<usize>, before: &Figure) -> Figure {
        let place = run.source(piece);
        let whole = self.folded.document.text.slice(&place);
        let raw = whole.trim_end_matches(is_space);
        let place = place.start..place.start + raw.len();
        let reading = self.reading(run, cell, raw);
        Figure {
            state: reading.state,
            value: reading.value,
            raw: raw.to_owned(),
            source_unit: reading.source_unit.to_owned(),
            span: Some(self.folded.document.text.span(&place)),
            reason: (reading.state == State::Undetermined).then_some(Reason::UnitUncertain),
            ..empty(before)
        }
    }

    fn reading(&self, run: &JoinedRun, cell: usize, raw: &str) -> cell::CellReading {
        let unit = self.definition(cell).unit;
        let header_unit = if unit == Unit::Yuan { run.header_unit } else { "" };
        let shown: String = raw.chars().filter(|&c| !is_space(c)).collect();
        cell::in_unit(&cell::read(&shown), unit, header_unit)
    }

    /// The figure of a cell that is left open: the whole run, and what the cell may be.
    fn open(
        &self,
        run: &JoinedRun,
        cell: usize,
        found: Option<&SolvedCell>,
        solved: &Solved,
        before: &Figure,
    ) -> Figure {
        let mut candidates: Vec<Candidate> = Vec::new();
        for piece in found.into_iter().flat_map(|found| found.left.iter().chain(&found.by_digits)) {
            let raw =
                self.folded.document.text.slice(&run.source(piece)).trim_end_matches(is_space).to_owned();
            let reading = self.reading(run, cell, &raw);
            let candidate = Candidate { state: reading.state, value: reading.value, raw };
            if candidates.len() < CANDIDATES_MAX && !candidates.contains(&candidate) {
                candidates.push(candidate);
            }
        }
        // One cut is all that complete rows allow, and the row need not be complete.
        if candidates.len() == 1 {
            candidates.push(Candidate { state: State::Blank, value: None, raw: String::new() });
        }
        let place = run.text.clone();
        let reason = if solved.is_exhausted { Reason::SearchLimit } else { Reason::JoinedDigits };
        Figure {
            state: State::Undetermined,
            raw: self.folded.document.text.slice(&place).to_owned(),
            span: Some(self.folded.document.text.span(&place)),
            candidates,
            reason: Some(reason),
            ..empty(before)
        }
    }

    fn explained(&self, run: &JoinedRun, outcome: &'static str) -> ExplainedRun {
        ExplainedRun {
            cells: run.run.cells.iter().map(|&cell| self.definition(cell).key.to_string()).collect(),
            run: self.folded.document.text.slice(&run.text).to_owned(),
            cuts_by_digits: run.by_digits.cuts,
            cuts_by_row: None,
            cuts_by_table: None,
            identities: Vec::new(),
            statements: Vec::new(),
            steps: 0,
            outcome,
        }
    }
}

impl<'a> Answer<'a> {
    /// What the identities of the whole table leave of a run: cells with one piece, of which more speaks than their row.
    /// Where no column speaks of any row, all cells of the run at once or none.
    fn decide(&self, index: usize, is_admissible: bool) -> Decision<'a> {
        let is_whole = self.has_columns || self.solved.runs.get(index).and_then(only_cut).is_some();
        let may_infer =
            is_admissible && is_whole && !self.solved.is_exhausted && self.solved.contradicted.is_empty();
        let only = |cell: &SolvedCell| match &cell.left[..] {
            [only] if may_infer && cell.is_covered => Some(only.clone()),
            _ => None,
        };
        let cells = self.solved.runs.get(index).map_or(&[][..], |run| &run.cells);
        Decision { pieces: cells.iter().map(only).collect(), statements: self.stated.clone() }
    }

    /// What the narrative leaves of a run: two statements of its cells, or one that is no single digit, and all cells
    /// with one piece. Otherwise what identities leave that were told the statements.
    fn decide_by_statements(
        &self,
        index: usize,
        run: &JoinedRun,
        is_admissible: bool,
        is_complete: bool,
    ) -> Decision<'a> {
        let own: Vec<&Fact> =
            self.stated.iter().copied().filter(|fact| run.run.cells.contains(&fact.cell)).collect();
        let settles = match own[..] {
            [] => false,
            [only] => is_complete && 10 <= only.value,
            [_, _, ..] => true,
        };
        let pieces =
            self.solved.runs.get(index).filter(|_| settles && !self.solved.is_exhausted).and_then(only_cut);
        match pieces {
            Some(pieces) => Decision { pieces: pieces.into_iter().map(Some).collect(), statements: own },
            None => self.decide(index, is_admissible),
        }
    }

    fn outcome(&self, decision: &Decision<'_>) -> &'static str {
        match decision.pieces.iter().filter(|piece| piece.is_some()).count() {
            0 if self.solved.is_exhausted => "search given up",
            0 => "open",
            decided if decided == decision.pieces.len() => "inferred",
            _ => "inferred in part",
        }
    }
}

/// The pieces of a run that has one for each cell.
fn only_cut(run: &SolvedRun) -> Option<Vec<Range<usize>>> {
    run.cells
        .iter()
        .map(|cell| match &cell.left[..] {
            [only] => Some(only.clone()),
            _ => None,
        })
        .collect()
}
