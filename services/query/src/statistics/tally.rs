//! What one group of reports comes to, figure by figure and measure by measure.

use super::numbers::{Numbers, Overflow, Term, add, exact, quotient, rounded};
use super::plan::{Assessed, Said};
use gongkai_model::{NullPolicy, ReportId, State};
use gongkai_wire::v1;
use rust_decimal::Decimal;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Cells that are named where blanks were taken for zeros.
const BLANK_CELLS_MAX: usize = 20;

/// Blanks that were taken for zeros.
#[derive(Clone, Debug, Default)]
pub(super) struct Blanks {
    pub(super) count: u64,
    cells: Vec<(ReportId, &'static str)>,
}

impl Blanks {
    pub(super) fn add(&mut self, report: ReportId, key: &'static str) {
        self.count += 1;
        if self.cells.len() < BLANK_CELLS_MAX {
            self.cells.push((report, key));
        }
    }

    fn to_wire(&self) -> Vec<v1::CellName> {
        let name = |(report, key): &(ReportId, &'static str)| v1::CellName {
            report: report.to_string(),
            key: (*key).to_owned(),
        };
        self.cells.iter().map(name).collect()
    }
}

/// In how many reports a figure is in which state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct States(v1::StateCounts);

impl States {
    pub(super) fn add(&mut self, state: Option<State>) {
        let counts = &mut self.0;
        let count = match state {
            Some(State::Number) => &mut counts.number,
            Some(State::Blank) => &mut counts.blank,
            Some(State::NotApplicable) => &mut counts.not_applicable,
            Some(State::Text) => &mut counts.text,
            Some(State::Undetermined) => &mut counts.undetermined,
            Some(State::Missing) => &mut counts.missing,
            None => &mut counts.absent,
        };
        *count += 1;
    }

    pub(super) fn to_wire(self) -> v1::StateCounts {
        self.0
    }
}

/// A key or an indicator over a group.
#[derive(Clone, Debug, Default)]
pub(super) struct FigureTally {
    states: States,
    numbers: Numbers,
    /// Reports without a number.
    without: u64,
    blanks: Blanks,
    series: BTreeSet<Arc<str>>,
}

/// A measure over a group.
#[derive(Clone, Debug, Default)]
pub(super) struct MeasureTally {
    numerator: Decimal,
    denominator: Decimal,
    ratios: Numbers,
    assessed: u64,
    not_assessable: u64,
    without_formula: u64,
    undefined: u64,
    blanks: Blanks,
    series: BTreeSet<Arc<str>>,
}

impl FigureTally {
    /// Counts what a report says; tells how many numbers are new.
    pub(super) fn add(
        &mut self,
        report: ReportId,
        blank_key: &'static str,
        said: Said,
        policy: NullPolicy,
    ) -> Result<usize, Overflow> {
        self.states.add(said.state);
        let term = Term::of(said.state, said.value, policy);
        if term == Term::Zeroed {
            self.blanks.add(report, blank_key);
        }
        match term.number() {
            Some(number) => self.numbers.add(number).map(usize::from),
            None => {
                self.without += 1;
                Ok(0)
            }
        }
    }

    /// Notes the breaks behind a figure of a report.
    pub(super) fn lies_behind(&mut self, comparability: Arc<str>) {
        self.series.insert(comparability);
    }

    /// The sum, where every report has a number.
    fn sum(&self) -> Option<Decimal> {
        (self.without == 0 && 0 < self.numbers.count()).then(|| self.numbers.sum())
    }

    /// One of its numbers, for a ranking.
    pub(super) fn statistic(&self, statistic: v1::Statistic) -> Option<Decimal> {
        match statistic {
            v1::Statistic::Sum => self.sum(),
            v1::Statistic::Unspecified | v1::Statistic::NumbersSum => {
                (0 < self.numbers.count()).then(|| self.numbers.sum())
            }
            v1::Statistic::Ratio => None,
            of_numbers => spread(&self.numbers, of_numbers),
        }
    }

    /// On how much it rests.
    pub(super) fn weight(&self) -> Decimal {
        self.numbers.count().into()
    }

    /// Its message, but for what it is of.
    pub(super) fn to_wire(&self, digits: u32) -> v1::FigureAggregate {
        v1::FigureAggregate {
            states: Some(self.states.to_wire()),
            sum: self.sum().map(exact),
            numbers_sum: exact(self.numbers.sum()),
            numbers: count(self.numbers.count()),
            distribution: distribution(&self.numbers, digits, exact),
            blanks_as_zero: count(self.blanks.count),
            blank_cells: self.blanks.to_wire(),
            comparability: self.series.iter().map(|it| it.to_string()).collect(),
            ..v1::FigureAggregate::default()
        }
    }
}

impl MeasureTally {
    /// Counts what a report says; tells how many numbers are new.
    pub(super) fn add(&mut self, report: ReportId, assessed: Assessed) -> Result<usize, Overflow> {
        match assessed {
            Assessed::WithoutFormula => self.without_formula += 1,
            Assessed::NotAssessable => self.not_assessable += 1,
            Assessed::Sums { numerator, denominator, blanks } => {
                self.assessed += 1;
                self.numerator = add(self.numerator, numerator)?;
                self.denominator = add(self.denominator, denominator)?;
                blanks.iter().for_each(|key| self.blanks.add(report, key));
                match quotient(numerator, denominator) {
                    Some(ratio) => return self.ratios.add(ratio).map(usize::from),
                    None => self.undefined += 1,
                }
            }
        }
        Ok(0)
    }

    /// Notes the breaks behind a term of a report.
    pub(super) fn lies_behind(&mut self, comparability: Arc<str>) {
        self.series.insert(comparability);
    }

    /// One of its numbers, for a ranking.
    pub(super) fn statistic(&self, statistic: v1::Statistic) -> Option<Decimal> {
        match statistic {
            v1::Statistic::Unspecified | v1::Statistic::Ratio => quotient(self.numerator, self.denominator),
            v1::Statistic::Sum | v1::Statistic::NumbersSum => None,
            of_ratios => spread(&self.ratios, of_ratios),
        }
    }

    /// On how much it rests.
    pub(super) fn weight(&self) -> Decimal {
        self.denominator
    }

    /// Its message, but for what it is of.
    pub(super) fn to_wire(&self, digits: u32) -> v1::MeasureAggregate {
        v1::MeasureAggregate {
            ratio: quotient(self.numerator, self.denominator).map(|ratio| rounded(ratio, digits)),
            numerator: exact(self.numerator),
            denominator: exact(self.denominator),
            assessed: count(self.assessed),
            not_assessable: count(self.not_assessable),
            without_formula: count(self.without_formula),
            undefined: count(self.undefined),
            distribution: distribution(&self.ratios, digits, |ratio| rounded(ratio, digits)),
            blanks_as_zero: count(self.blanks.count),
            blank_cells: self.blanks.to_wire(),
            comparability: self.series.iter().map(|it| it.to_string()).collect(),
            ..v1::MeasureAggregate::default()
        }
    }
}

/// A number that tells how numbers are spread; none for one that is no such.
fn spread(numbers: &Numbers, statistic: v1::Statistic) -> Option<Decimal> {
    match statistic {
        v1::Statistic::Mean => numbers.mean(),
        v1::Statistic::Minimum => numbers.quartile(0),
        v1::Statistic::P25 => numbers.quartile(1),
        v1::Statistic::Median => numbers.quartile(2),
        v1::Statistic::P75 => numbers.quartile(3),
        v1::Statistic::Maximum => numbers.quartile(4),
        v1::Statistic::Unspecified
        | v1::Statistic::Sum
        | v1::Statistic::NumbersSum
        | v1::Statistic::Ratio => None,
    }
}

fn distribution(
    numbers: &Numbers,
    digits: u32,
    print: impl Fn(Decimal) -> String,
) -> Option<v1::Distribution> {
    let quartile = |quarters| numbers.quartile(quarters).map(&print);
    Some(v1::Distribution {
        mean: rounded(numbers.mean()?, digits),
        minimum: quartile(0)?,
        p25: quartile(1)?,
        median: quartile(2)?,
        p75: quartile(3)?,
        maximum: quartile(4)?,
    })
}

pub(super) fn count(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
