//! The report of an upper-level body from those of its units: the tables of a form summed cell by cell, with all that stands
//! against the sums said, and drawn as the official form for people to complete.
//!
//! Never fills a cell that its units leave open, never mixes forms or years, and never decides that something does not
//! matter: what stands against a sum is an obstacle that names the unit.

mod coverage;
mod drawing;
mod html;
mod obstacle;
mod word;
mod workbook;

pub use drawing::{Drawing, DrawnCell, DrawnRow, drawings};
pub use html::html;
pub use obstacle::{Obstacle, ObstacleKind};
pub use word::docx;
pub use workbook::xlsx;

use gongkai_forms::Form;
use gongkai_model::{
    Derivation, Figure, NullPolicy, Outcome, Period, Portion, Report, ScopeKind, State, Value,
};
use gongkai_reconcile::{evaluate, evaluate_with, sum};
use std::collections::HashMap;
use std::sync::Arc;

/// A report that is summed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Where it is from, such as `reports/{uuid}` or the path of a file.
    pub source: String,
    /// Its record.
    pub report: Report,
}

/// A unit that is left out on purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exclusion {
    /// The name of its subject.
    pub subject: String,
    /// Why it is left out.
    pub reason: String,
}

/// What is added to the sum of a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adjustment {
    /// The cell.
    pub key: Arc<str>,
    /// What is added; negative to take away.
    pub amount: Value,
    /// Why.
    pub reason: String,
    /// On what it rests: a document, an order, a phone call.
    pub basis: String,
}

/// What is to be composed.
#[derive(Clone, Debug)]
pub struct Task {
    /// Whose report it will be.
    pub subject: String,
    /// The reporting year.
    pub year: u16,
    /// The form of its tables.
    pub form: &'static Form,
    /// How blanks enter the sums.
    pub policy: NullPolicy,
    /// Names of the subjects that should report; none where nobody said.
    pub expected: Vec<String>,
    /// Those that are left out.
    pub exclusions: Vec<Exclusion>,
    /// What is added to sums.
    pub adjustments: Vec<Adjustment>,
    /// Its report of the year before, for comparison.
    pub last_year: Option<Report>,
}

/// Why nothing can be composed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ComposeError {
    /// An adjustment of a cell that the form does not have.
    #[error("form {form} has no cell {key:?}")]
    NoSuchCell {
        /// The form's name.
        form: &'static str,
        /// The key.
        key: String,
    },
    /// An adjustment in another unit than its cell.
    #[error("the adjustment of {key} is in {given}, the cell in {needed}")]
    OtherUnit {
        /// The key.
        key: String,
        /// The unit of the adjustment.
        given: &'static str,
        /// The unit of the cell.
        needed: &'static str,
    },
    /// Adjustments that are together beyond any count.
    #[error("the adjustments of {key} are out of range")]
    OutOfRange {
        /// The key.
        key: String,
    },
    /// An adjustment without a reason or a basis.
    #[error("the adjustment of {key} needs a reason and a basis")]
    NoReason {
        /// The key.
        key: String,
    },
}

/// A unit as it enters the sums.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountedUnit {
    /// Where it is from.
    pub source: String,
    /// Its subject.
    pub subject: String,
    /// What it covers.
    pub scope: ScopeKind,
    /// What its cells say, in the form's order; none where a cell says no number.
    pub values: Vec<Option<Value>>,
}

/// One cell of the composed tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComposedCell {
    /// Its key.
    pub key: Arc<str>,
    /// The sum of the units; none where one of them is no number under the policy, or the sum is out of range.
    pub sum: Option<Value>,
    /// What the adjustments add to it; none where there is none.
    pub adjustment: Option<Value>,
    /// Sum and adjustments together.
    pub value: Option<Value>,
    /// Units whose cell is no number and counted as zero: indices into [`Composition::units`].
    pub zeroed: Vec<usize>,
    /// Units whose cell leaves the sum unknown.
    pub unknown: Vec<usize>,
    /// The weakest derivation among the units' numbers.
    pub derivation: Derivation,
    /// What the report of the year before says, where it is of that year, has the cell and a number in it.
    pub last_year: Option<Value>,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Composition {
    /// What was asked.
    pub task: Task,
    /// The units that were summed, in the order given.
    pub units: Vec<CountedUnit>,
    /// Subjects that should report and did not; none where nobody said who should.
    pub absent: Vec<String>,
    /// Every cell of the form, in its order.
    pub cells: Vec<ComposedCell>,
    /// Names of the form's identities that do not hold between the composed cells.
    pub broken: Vec<String>,
    /// All that stands against the sums, in the order of the units.
    pub obstacles: Vec<Obstacle>,
}

impl Composition {
    /// Whether the sums may go into a report as they are: of somebody, every one known, in themselves consistent, and with
    /// nothing against them.
    pub fn is_complete(&self) -> bool {
        !self.units.is_empty()
            && self.broken.is_empty()
            && self.cells.iter().all(|cell| cell.value.is_some())
            && !self.obstacles.iter().any(|obstacle| obstacle.kind.blocks())
    }

    /// The cell of this key.
    pub fn cell(&self, key: &str) -> Option<&ComposedCell> {
        self.cells.get(self.task.form.cell_index(key)?)
    }
}

/// Sums `units`. Those of another year or form, and those that are excluded, are not counted.
///
/// # Errors
///
/// [`ComposeError`]: an adjustment makes no sense.
pub fn compose(task: Task, units: &[Unit]) -> Result<Composition, ComposeError> {
    let form = task.form;
    let adjustments = adjustments(&task)?;
    let mut obstacles = Vec::new();
    let counted = counted(&task, units, &mut obstacles);
    obstacles.extend(coverage::counted_twice(&counted));
    let absent = coverage::absent(&task, &counted);
    obstacles.extend(absent.iter().map(|subject| Obstacle::absent(subject)));

    let figures: Vec<Vec<Option<&Figure>>> =
        counted.iter().map(|unit| in_order(form, &unit.report)).collect();
    let before = task.last_year.as_ref().filter(|report| report.year == task.year.checked_sub(1));
    let last_year = before.filter(|report| report.form == form.id);
    let last_year = last_year.map(|report| in_order(form, report)).unwrap_or_default();
    let mut cells = Vec::with_capacity(form.cells.len());
    for (index, cell) in form.cells.iter().enumerate() {
        let of_units: Vec<Option<&Figure>> =
            figures.iter().map(|of| of.get(index).copied().flatten()).collect();
        let total = sum(of_units.iter().copied().flatten(), cell.unit, task.policy);
        let tell = |wanted: &dyn Fn(State) -> bool| -> Vec<usize> {
            let states = of_units.iter().map(|figure| figure.map_or(State::Missing, |figure| figure.state));
            states.enumerate().filter(|(_, state)| wanted(*state)).map(|(at, _)| at).collect()
        };
        let unknown = tell(&|state| state != State::Number && !task.policy.zeroes(state));
        // A unit without the figure is one whose cell is missing.
        let sum = total.value.filter(|_| unknown.is_empty() && !of_units.is_empty());
        let adjustment = adjustments.get(&cell.key).copied();
        let value = match (sum, adjustment) {
            (Some(sum), Some(adjustment)) => add(sum, adjustment),
            (sum, _) => sum,
        };
        cells.push(ComposedCell {
            key: cell.key.clone(),
            sum,
            adjustment,
            value,
            zeroed: tell(&|state| task.policy.zeroes(state)),
            unknown,
            derivation: total.derivation,
            last_year: last_year.get(index).copied().flatten().and_then(|figure| figure.value),
        });
    }
    let units = counted.iter().zip(&figures).map(|(unit, figures)| CountedUnit {
        source: unit.source.clone(),
        subject: unit.report.subject.name.clone(),
        scope: unit.report.scope.kind,
        values: figures.iter().map(|figure| figure.and_then(|figure| figure.value)).collect(),
    });
    let units = units.collect();
    Ok(Composition { units, absent, broken: broken(form, &cells), cells, obstacles, task })
}

/// The units that are summed. Tells what is against the others, and what is wrong with these.
fn counted<'u>(task: &Task, units: &'u [Unit], obstacles: &mut Vec<Obstacle>) -> Vec<&'u Unit> {
    let mut counted = Vec::new();
    for unit in units {
        let report = &unit.report;
        if task.exclusions.iter().any(|excluded| excluded.subject == report.subject.name) {
            continue;
        }
        if report.subject.name == task.subject {
            obstacles.push(Obstacle::own(unit));
            continue;
        }
        if report.year != Some(task.year) {
            obstacles.push(Obstacle::other_year(unit, task.year));
        } else if report.form != task.form.id {
            obstacles.push(Obstacle::other_form(unit, task.form));
        } else {
            obstacles.extend(of_unit(task, unit));
            counted.push(unit);
        }
    }
    counted
}

/// What is wrong with a unit by itself.
fn of_unit(task: &Task, unit: &Unit) -> Vec<Obstacle> {
    let mut obstacles = Vec::new();
    let figures = in_order(task.form, &unit.report);
    let states = figures.iter().map(|figure| figure.map_or(State::Missing, |figure| figure.state));
    let open = states.enumerate().filter(|(_, state)| *state != State::Number && !task.policy.zeroes(*state));
    let keys: Vec<Arc<str>> =
        open.filter_map(|(index, _)| Some(task.form.cells.get(index)?.key.clone())).collect();
    if !keys.is_empty() {
        obstacles.push(Obstacle::open_cells(unit, keys));
    }
    let evaluations = evaluate_with(task.form, &unit.report.figures, task.policy);
    let failing = evaluations.iter().filter(|evaluation| evaluation.outcome == Outcome::Fails);
    let names: Vec<String> = failing
        .filter_map(|evaluation| Some(task.form.identities.get(evaluation.identity)?.name()))
        .collect();
    if !names.is_empty() {
        obstacles.push(Obstacle::broken(unit, names));
    }
    if unit.report.scope.kind == ScopeKind::Unknown {
        obstacles.push(Obstacle::scope_unknown(unit));
    }
    obstacles
}

/// The figure of each cell of the form, for the year and for all that the report covers.
fn in_order<'r>(form: &Form, report: &'r Report) -> Vec<Option<&'r Figure>> {
    let mut figures = vec![None; form.cells.len()];
    for figure in &report.figures {
        let is_usual = figure.period == Period::ThisYear && figure.portion == Portion::All;
        if let Some(place) = form.cell_index(&figure.key).and_then(|index| figures.get_mut(index))
            && is_usual
        {
            *place = Some(figure);
        }
    }
    figures
}

/// What the adjustments of each cell come to.
fn adjustments(task: &Task) -> Result<HashMap<Arc<str>, Value>, ComposeError> {
    let mut totals: HashMap<Arc<str>, Value> = HashMap::new();
    for adjustment in &task.adjustments {
        let key = adjustment.key.to_string();
        let cell = task.form.cell_index(&key).and_then(|index| task.form.cells.get(index));
        let Some(cell) = cell else {
            return Err(ComposeError::NoSuchCell { form: task.form.id.name(), key });
        };
        if adjustment.amount.unit() != cell.unit {
            let (given, needed) = (adjustment.amount.unit().name(), cell.unit.name());
            return Err(ComposeError::OtherUnit { key, given, needed });
        }
        if adjustment.reason.trim().is_empty() || adjustment.basis.trim().is_empty() {
            return Err(ComposeError::NoReason { key });
        }
        let total = match totals.get(&cell.key) {
            None => Some(adjustment.amount),
            Some(before) => add(*before, adjustment.amount),
        };
        let total = total.ok_or(ComposeError::OutOfRange { key })?;
        totals.insert(cell.key.clone(), total);
    }
    Ok(totals)
}

fn add(left: Value, right: Value) -> Option<Value> {
    match (left, right) {
        (Value::Count(left), Value::Count(right)) => left.checked_add(right).map(Value::Count),
        (Value::Amount(left), Value::Amount(right)) => left.checked_add(right).map(Value::Amount),
        (Value::Count(_), Value::Amount(_)) | (Value::Amount(_), Value::Count(_)) => None,
    }
}

/// Identities that fail between the composed cells: units that break them do, and so may adjustments.
fn broken(form: &Form, cells: &[ComposedCell]) -> Vec<String> {
    let figures: Vec<Figure> = cells
        .iter()
        .map(|cell| Figure {
            state: if cell.value.is_some() { State::Number } else { State::Missing },
            value: cell.value,
            ..Figure::missing(cell.key.clone(), gongkai_model::Reason::CellAbsent)
        })
        .collect();
    let failing = evaluate(form, &figures).into_iter().filter(|it| it.outcome == Outcome::Fails);
    failing.filter_map(|it| Some(form.identities.get(it.identity)?.name())).collect()
}

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
