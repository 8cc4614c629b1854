//! What every check looks at, and what it answers.

use crate::claims::{Among, among, percentages};
use crate::landmarks::{Landmarks, landmarks};
use crate::narrative::{Stated, stated};
use crate::numbers::Percentage;
use crate::parts::{Part, parts, shown_before_cut};
use crate::prose::{Prose, Spot};
use gongkai_forms::{CellDefinition, Form};
use gongkai_model::{Figure, Proposal, Report, State, Value};
use gongkai_reconcile::{Evaluation, evaluate};
use std::sync::Arc;

/// A report with everything that several checks need, computed once.
pub(crate) struct Audited<'a> {
    pub(crate) report: &'a Report,
    pub(crate) form: Option<&'static Form>,
    pub(crate) landmarks: Option<&'static Landmarks>,
    /// The figure of each cell of the form, for this year and all that the report covers.
    figures: Vec<Option<&'a Figure>>,
    /// What the cells of each table hold, in the order of the form's tables.
    pub(crate) census: Vec<Census>,
    /// What came of each identity, in the form's order.
    pub(crate) evaluations: Vec<Evaluation>,
    pub(crate) parts: Vec<Part>,
    /// How many of the parts are there where the text breaks off.
    pub(crate) shown_before_cut: Option<usize>,
    pub(crate) prose: Prose<'a>,
    /// The percentages of the running text, and each 其中 with its whole and its parts.
    pub(crate) percentages: Vec<(Spot<'a>, Percentage<'a>)>,
    pub(crate) among: Vec<Among<'a>>,
    /// What the running text states of the year.
    pub(crate) stated: Vec<Stated<'a>>,
}

/// How many cells of a table hold what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Census {
    pub(crate) cells: usize,
    pub(crate) numbers: usize,
    pub(crate) zeros: usize,
    /// Negative numbers where none is asked for.
    pub(crate) negative: usize,
    /// Numbers with something behind their last digit.
    pub(crate) with_unit: usize,
    pub(crate) blank: usize,
    pub(crate) marks: usize,
    pub(crate) texts: usize,
    pub(crate) undetermined: usize,
    pub(crate) missing: usize,
    /// The greatest count.
    pub(crate) greatest: i64,
}

impl<'a> Audited<'a> {
    pub(crate) fn of(report: &'a Report, prose: Prose<'a>) -> Self {
        let form = gongkai_forms::form(report.form);
        let figures = form.map_or_else(Vec::new, |form| in_order(form, report));
        let census = form.map_or_else(Vec::new, |form| {
            form.tables.iter().map(|table| Census::of(form, &figures, table.cells.clone())).collect()
        });
        let landmarks = form.and_then(landmarks);
        let parts = parts(report, form);
        Self {
            shown_before_cut: shown_before_cut(report, form, &parts),
            report,
            form,
            landmarks,
            figures,
            census,
            evaluations: form.map_or_else(Vec::new, |form| evaluate(form, &report.figures)),
            parts,
            percentages: percentages(&prose),
            among: among(&prose),
            stated: stated(report, form, landmarks),
            prose,
        }
    }

    /// The figure of a cell of the form.
    pub(crate) fn figure(&self, cell: usize) -> Option<&'a Figure> {
        self.figures.get(cell).copied().flatten()
    }

    /// The cells of the form with their figures.
    pub(crate) fn cells(&self) -> impl Iterator<Item = (usize, &'static CellDefinition, &'a Figure)> + '_ {
        let cells = self.form.map_or(&[][..], |form| form.cells.as_slice());
        let figures = cells.iter().zip(&self.figures).enumerate();
        figures.filter_map(|(index, (cell, figure))| Some((index, cell, (*figure)?)))
    }

    /// The count in a cell; none where there is no number.
    pub(crate) fn count(&self, cell: usize) -> Option<i64> {
        match self.figure(cell)?.value? {
            Value::Count(count) => Some(count),
            Value::Amount(_) => None,
        }
    }

    /// What a cell holds; a cell without a figure is a missing one.
    pub(crate) fn state(&self, cell: usize) -> State {
        self.figure(cell).map_or(State::Missing, |figure| figure.state)
    }

    pub(crate) fn key(&self, cell: usize) -> Option<Arc<str>> {
        Some(self.form?.cells.get(cell)?.key.clone())
    }

    /// The keys of these cells.
    pub(crate) fn keys(&self, cells: impl IntoIterator<Item = usize>) -> Vec<Arc<str>> {
        cells.into_iter().filter_map(|cell| self.key(cell)).collect()
    }

    /// What the form calls this cell, in Chinese and English.
    pub(crate) fn labels(&self, cell: usize) -> (&'static str, &'static str) {
        let cell = self.form.and_then(|form| form.cells.get(cell));
        cell.map_or(("", ""), |cell| (cell.label_zh.as_str(), cell.label_en.as_str()))
    }

    /// How many cells of all tables are of this kind.
    pub(crate) fn total(&self, kind: impl Fn(&Census) -> usize) -> usize {
        self.census.iter().map(kind).sum()
    }
}

/// The figure of each cell. Figures stand in the form's order; one that does not is still found.
fn in_order<'a>(form: &'static Form, report: &'a Report) -> Vec<Option<&'a Figure>> {
    let cells = form.cells.iter().enumerate();
    cells
        .map(|(index, cell)| match report.figures.get(index) {
            Some(figure) if Arc::ptr_eq(&figure.key, &cell.key) || figure.key == cell.key => Some(figure),
            _ => report.figure(&cell.key),
        })
        .collect()
}

impl Census {
    fn of(form: &Form, figures: &[Option<&Figure>], cells: std::ops::Range<usize>) -> Self {
        let mut census = Self { cells: cells.len(), ..Self::default() };
        for index in cells {
            let (Some(cell), Some(figure)) = (form.cells.get(index), figures.get(index).copied().flatten())
            else {
                census.missing += 1;
                continue;
            };
            match figure.state {
                State::Number => census.add_number(cell, figure),
                State::Blank => census.blank += 1,
                State::NotApplicable => census.marks += 1,
                State::Text => census.texts += 1,
                State::Undetermined => census.undetermined += 1,
                State::Missing => census.missing += 1,
            }
        }
        census
    }

    fn add_number(&mut self, cell: &CellDefinition, figure: &Figure) {
        self.numbers += 1;
        let negative = match figure.value {
            Some(Value::Count(count)) => {
                self.zeros += usize::from(count == 0);
                self.greatest = self.greatest.max(count);
                count < 0
            }
            Some(Value::Amount(amount)) => {
                self.zeros += usize::from(amount.is_zero());
                amount.is_sign_negative() && !amount.is_zero()
            }
            None => false,
        };
        self.negative += usize::from(negative && !cell.signed);
        self.with_unit +=
            usize::from(figure.raw.as_bytes().last().is_some_and(|byte| !byte.is_ascii_digit()));
    }
}

/// What a check answers about everything that its rule speaks of.
#[derive(Default)]
pub(crate) struct Checked {
    applies: bool,
    unknown: bool,
    pub(crate) failures: Vec<Failure>,
}

impl Checked {
    /// The rule speaks of nothing in this report.
    pub(crate) fn silent() -> Self {
        Self::default()
    }

    pub(crate) fn holds() -> Self {
        Self { applies: true, ..Self::default() }
    }

    pub(crate) fn fails(failure: Failure) -> Self {
        Self { failures: vec![failure], ..Self::default() }
    }

    /// Holds unless there are failures.
    pub(crate) fn of(failures: Vec<Failure>) -> Self {
        Self { applies: true, unknown: false, failures }
    }

    /// Holds exactly if there is no failure.
    pub(crate) fn unless(failure: Option<Failure>) -> Self {
        failure.map_or_else(Self::holds, Self::fails)
    }

    /// One thing that the rule speaks of is in order.
    pub(crate) fn hold(&mut self) {
        self.applies = true;
    }

    /// Of one thing that the rule speaks of too little is known.
    pub(crate) fn unknown(&mut self) {
        self.unknown = true;
    }

    pub(crate) fn fail(&mut self, failure: Failure) {
        self.failures.push(failure);
    }

    /// One thing more: unknown, in order, or violated.
    pub(crate) fn add(&mut self, is_in_order: Option<bool>, failure: impl FnOnce() -> Failure) {
        match is_in_order {
            None => self.unknown(),
            Some(true) => self.hold(),
            Some(false) => self.fail(failure()),
        }
    }

    pub(crate) fn is_unknown(&self) -> bool {
        self.failures.is_empty() && self.unknown
    }

    pub(crate) fn is_held(&self) -> bool {
        self.failures.is_empty() && !self.unknown && self.applies
    }
}

/// One violation of a rule.
#[derive(Default)]
pub(crate) struct Failure {
    /// The table, row or cell it was found on; empty for the whole report.
    pub(crate) subject: String,
    pub(crate) left: Option<Value>,
    pub(crate) right: Option<Value>,
    /// Keys of the figures that show it.
    pub(crate) figures: Vec<Arc<str>>,
    pub(crate) zh: String,
    pub(crate) en: String,
    /// What would mend it.
    pub(crate) proposals: Vec<Proposal>,
}
