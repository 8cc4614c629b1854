//! What a request for statistics asks of each report, and what a report answers.

use super::numbers::{Overflow, Term, add};
use crate::figures::{About, Scanned, Selection, SelectionError, Source, static_key};
use gongkai_forms::{Indicator, Measure, indicators, measures};
use gongkai_model::{FormId, NullPolicy, Period, State, Statement, Value, Whose};
use gongkai_serve::fields;
use gongkai_store::Cell;
use rust_decimal::Decimal;
use std::collections::HashMap;
use tonic::Status;

/// Keys, indicators and measures of one request.
const WANTED_MAX: usize = 100;

/// One thing that is counted.
pub(super) enum Wanted {
    /// A cell: its key, and its place in the selection.
    Key(&'static str, usize),
    /// What states an indicator in the tables: the cells, by their places in the selection.
    Cells(&'static Indicator, Vec<(&'static str, usize)>),
    /// What states an indicator in the running text.
    Statements(&'static Indicator),
}

/// A term of a formula: its key, its place in the selection, and whether it is subtracted.
pub(super) type PlannedTerm = (&'static str, usize, bool);

/// A measure on one form.
pub(super) struct PlannedFormula {
    numerator: Vec<PlannedTerm>,
    denominator: Vec<PlannedTerm>,
    /// One key of each table that has a term: the breaks behind a table's cells are the same.
    series: Vec<&'static str>,
}

/// A measure.
pub(super) struct PlannedMeasure {
    pub(super) measure: &'static Measure,
    formulas: Vec<(FormId, PlannedFormula)>,
}

/// Everything that is counted.
pub(super) struct Plan {
    pub(super) wanted: Vec<Wanted>,
    pub(super) measures: Vec<PlannedMeasure>,
    pub(super) selection: Selection,
    pub(super) policy: NullPolicy,
}

/// What one report says of a key or an indicator: its state, and its number; no state where its form has no such cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) state: Option<State>,
    pub(super) value: Option<Decimal>,
}

/// What one report says of a measure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Assessed {
    /// Its form has not all terms.
    WithoutFormula,
    /// A term is no number, or what is subtracted is more than there is.
    NotAssessable,
    /// Both sums, and the cells whose blanks were taken for zeros.
    Sums { numerator: Decimal, denominator: Decimal, blanks: Vec<&'static str> },
}

/// Cells that are looked up, each once.
#[derive(Default)]
struct Places {
    keys: Vec<String>,
    by_key: HashMap<&'static str, usize>,
}

impl Places {
    fn of(&mut self, key: &str) -> Option<(&'static str, usize)> {
        let key = static_key(key)?;
        let next = self.keys.len();
        let place = *self.by_key.entry(key).or_insert(next);
        if place == next {
            self.keys.push(key.to_owned());
        }
        Some((key, place))
    }
}

impl Plan {
    /// Reads what is asked for.
    pub(super) fn read(
        keys: &[String],
        wanted_indicators: &[String],
        wanted_measures: &[String],
        source: Source,
        policy: NullPolicy,
    ) -> Result<Self, Status> {
        let count = keys.len() + wanted_indicators.len() + wanted_measures.len();
        if count == 0 {
            return Err(fields::invalid("measures", "a key, an indicator or a measure is needed"));
        }
        if WANTED_MAX < count {
            let problem =
                format!("there are {count} keys, indicators and measures, at most {WANTED_MAX} are allowed");
            return Err(fields::invalid("measures", problem));
        }
        let mut places = Places::default();
        let mut plan =
            Self { wanted: Vec::new(), measures: Vec::new(), selection: Selection::default(), policy };
        for (index, key) in keys.iter().enumerate() {
            let found = places.of(key).ok_or_else(|| {
                let unknown = SelectionError::UnknownKey(key.clone());
                fields::invalid(&format!("keys[{index}]"), unknown.to_string())
            });
            let (key, place) = found?;
            plan.wanted.push(Wanted::Key(key, place));
        }
        for (index, id) in wanted_indicators.iter().enumerate() {
            let found = indicators().iter().find(|known| known.id == *id).ok_or_else(|| {
                let unknown = SelectionError::UnknownIndicator(id.clone());
                fields::invalid(&format!("indicators[{index}]"), unknown.to_string())
            });
            let indicator = found?;
            plan.wanted.push(match source {
                Source::Table => {
                    let cells = indicator.cells.iter().filter_map(|key| places.of(key)).collect();
                    Wanted::Cells(indicator, cells)
                }
                Source::Statement => {
                    plan.selection.stated.push(indicator);
                    Wanted::Statements(indicator)
                }
            });
        }
        for (index, id) in wanted_measures.iter().enumerate() {
            let found = measures().iter().find(|known| known.id == *id).ok_or_else(|| {
                let problem = format!(
                    "there is no measure `{id}`; ListMeasures, and `gongkai stats measures`, tell which there are"
                );
                fields::invalid(&format!("measures[{index}]"), problem)
            });
            let measure = found?;
            let mut side = |terms: &[gongkai_forms::Term]| {
                let place = |term: &gongkai_forms::Term| {
                    places.of(&term.key).map(|(key, place)| (key, place, term.is_subtracted))
                };
                terms.iter().filter_map(place).collect::<Vec<_>>()
            };
            let formulas = measure.formulas.iter().map(|formula| {
                let (numerator, denominator) = (side(&formula.numerator), side(&formula.denominator));
                let series = one_of_each_table(formula.form, numerator.iter().chain(&denominator));
                (formula.form, PlannedFormula { numerator, denominator, series })
            });
            let formulas = formulas.collect();
            plan.measures.push(PlannedMeasure { measure, formulas });
        }
        plan.selection.keys = places.keys;
        Ok(plan)
    }
}

impl Wanted {
    /// What a report says of it.
    pub(super) fn said(&self, scanned: &Scanned) -> Said {
        match self {
            Self::Key(_, place) => Said::of_cell(cell(scanned, *place)),
            Self::Cells(_, cells) => {
                let there = cells.iter().filter_map(|(_, place)| cell(scanned, *place));
                Said::agreed(there.map(|cell| Said::of_cell(Some(cell))))
            }
            Self::Statements(indicator) => {
                let own = scanned
                    .statements
                    .iter()
                    .filter(|it| it.indicator == indicator.id && is_own(it, &scanned.about));
                Said::agreed(own.map(Said::of_statement))
            }
        }
    }

    /// The series that its figures in a report belong to.
    pub(super) fn series(&self, scanned: &Scanned) -> Option<(Source, &'static str)> {
        match self {
            Self::Key(key, place) => cell(scanned, *place).map(|_| (Source::Table, *key)),
            Self::Cells(_, cells) => {
                let there = cells.iter().find(|(_, place)| cell(scanned, *place).is_some());
                there.map(|(key, _)| (Source::Table, *key))
            }
            Self::Statements(indicator) => Some((Source::Statement, indicator.id.as_str())),
        }
    }

    /// The key of a blank that was taken for a zero.
    pub(super) fn blank_key(&self, scanned: &Scanned, policy: NullPolicy) -> &'static str {
        match self {
            Self::Key(key, _) => key,
            Self::Cells(_, cells) => {
                let is_zeroed = |place| cell(scanned, place).is_some_and(|cell| policy.zeroes(cell.state));
                cells.iter().find(|(_, place)| is_zeroed(*place)).map_or("", |(key, _)| key)
            }
            Self::Statements(indicator) => &indicator.id,
        }
    }
}

/// The cell at a place in the selection.
pub(super) fn cell(scanned: &Scanned, place: usize) -> Option<Cell> {
    scanned.cells.get(place).copied().flatten()
}

/// Whether a statement counts the subject's own work in the reporting year, and no other scope than its report.
pub(super) fn is_own(statement: &Statement, about: &About) -> bool {
    statement.period == Period::ThisYear
        && statement.whose == Whose::Subject
        && statement.covers(about.keys.scope)
}

impl Said {
    pub(super) fn of_cell(cell: Option<Cell>) -> Self {
        Self {
            state: cell.map(|cell| cell.state),
            value: cell.and_then(|cell| cell.value).map(Value::decimal),
        }
    }

    /// A quantity that is only about so much is no number to count with.
    fn of_statement(statement: &Statement) -> Self {
        match statement.value {
            None => Self { state: Some(State::Blank), value: None },
            Some(_) if statement.approximate || statement.value_max.is_some() => Self::UNDETERMINED,
            Some(value) => Self { state: Some(State::Number), value: Some(value) },
        }
    }

    const UNDETERMINED: Self = Self { state: Some(State::Undetermined), value: None };

    /// What several places say together, of which none is preferred: what all say that are there.
    fn agreed(places: impl Iterator<Item = Self>) -> Self {
        let mut agreed: Option<Self> = None;
        for said in places {
            agreed = Some(match agreed {
                None => said,
                Some(before) if before == said || said.state == Some(State::Missing) => before,
                Some(before) if before.state == Some(State::Missing) => said,
                Some(_) => Self::UNDETERMINED,
            });
        }
        agreed.unwrap_or(Self { state: None, value: None })
    }
}

impl PlannedMeasure {
    /// What a report says of it.
    pub(super) fn assess(&self, scanned: &Scanned, policy: NullPolicy) -> Result<Assessed, Overflow> {
        let Some(formula) = self.formula(&scanned.about) else { return Ok(Assessed::WithoutFormula) };
        let mut blanks = Vec::new();
        let mut sum = |terms: &[PlannedTerm]| -> Result<Option<Decimal>, Overflow> {
            let mut sum = Decimal::ZERO;
            for (key, place, is_subtracted) in terms {
                let said = Said::of_cell(cell(scanned, *place));
                let term = Term::of(said.state, said.value, policy);
                if term == Term::Zeroed && !blanks.contains(key) {
                    blanks.push(*key);
                }
                let Some(number) = term.number() else { return Ok(None) };
                sum = add(sum, if *is_subtracted { -number } else { number })?;
            }
            Ok(Some(sum))
        };
        let (numerator, denominator) = (sum(&formula.numerator)?, sum(&formula.denominator)?);
        Ok(match (numerator, denominator) {
            // What is less than nothing contradicts itself: more was otherwise handled than concluded.
            (Some(numerator), Some(denominator))
                if Decimal::ZERO <= numerator && Decimal::ZERO <= denominator =>
            {
                Assessed::Sums { numerator, denominator, blanks }
            }
            _ => Assessed::NotAssessable,
        })
    }

    /// Its terms on a report's form: of the numerator, and of the denominator.
    pub(super) fn terms(&self, about: &About) -> Option<(&[PlannedTerm], &[PlannedTerm])> {
        self.formula(about).map(|formula| (formula.numerator.as_slice(), formula.denominator.as_slice()))
    }

    /// The keys of those of its terms on a report's form that stand for their tables.
    pub(super) fn series(&self, about: &About) -> &[&'static str] {
        self.formula(about).map_or(&[], |formula| &formula.series)
    }

    fn formula(&self, about: &About) -> Option<&PlannedFormula> {
        let found = self.formulas.iter().find(|(form, _)| *form == about.keys.form);
        found.map(|(_, formula)| formula)
    }
}

/// The first key of each table in which terms stand.
fn one_of_each_table<'a>(form: FormId, terms: impl Iterator<Item = &'a PlannedTerm>) -> Vec<&'static str> {
    let table = |key: &str| {
        let form = gongkai_forms::form(form)?;
        Some(form.cells.get(form.cell_index(key)?)?.place.table)
    };
    let (mut seen, mut keys) = (Vec::new(), Vec::new());
    for (key, ..) in terms {
        let table = table(key);
        if !seen.contains(&table) {
            seen.push(table);
            keys.push(*key);
        }
    }
    keys
}
