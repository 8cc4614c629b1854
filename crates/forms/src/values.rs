//! Columns that repeat a table's only column for another time or another part of the work: 历年累计; 政府, 部门, 乡镇.

use crate::FormError;
use gongkai_model::{Period, Portion};
use serde::Deserialize;
use std::collections::HashSet;

/// What the headings of value columns may say, and which columns hold no values.
#[derive(Debug)]
pub struct ValueColumns {
    /// Headings of the column with each row's unit (计量单位).
    pub units: Vec<String>,
    /// Headings of a column with numbers that are no values (序号).
    pub codes: Vec<String>,
    /// Words that only say "number" (统计数).
    pub numbers: Vec<String>,
    /// Words for a time, this year's first.
    pub periods: Vec<Words<Period>>,
    /// Words for a part of the work, those for all of it first.
    pub portions: Vec<Words<Portion>>,
}

/// The words for one thing.
#[derive(Debug)]
pub struct Words<T> {
    /// What they mean.
    pub meaning: T,
    /// The words, as a heading has them.
    pub labels: Vec<String>,
}

impl ValueColumns {
    /// Every column that a document may show, in the order in which its figures stand: that of the form's cells first.
    pub fn all(&self) -> impl Iterator<Item = (Period, Portion)> + '_ {
        self.portions
            .iter()
            .flat_map(|portion| self.periods.iter().map(move |period| (period.meaning, portion.meaning)))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ValuesEntry {
    units: Vec<String>,
    codes: Vec<String>,
    numbers: Vec<String>,
    periods: Vec<PeriodEntry>,
    portions: Vec<PortionEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PeriodEntry {
    period: PeriodName,
    labels: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PortionEntry {
    portion: PortionName,
    labels: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum PeriodName {
    ThisYear,
    Earlier,
    Cumulative,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum PortionName {
    All,
    Government,
    Departments,
    Townships,
}

impl ValuesEntry {
    pub(crate) fn finish(self, table: &str) -> Result<ValueColumns, FormError> {
        let Self { units, codes, numbers, periods, portions } = self;
        let periods: Vec<_> = periods.into_iter().map(PeriodEntry::finish).collect();
        let portions: Vec<_> = portions.into_iter().map(PortionEntry::finish).collect();
        let invalid = |problem: String| FormError::invalid(format!("table {table}, values"), problem);
        let base = (
            periods.first().map(|words| words.meaning) == Some(Period::ThisYear),
            portions.first().map(|words| words.meaning) == Some(Portion::All),
        );
        if base != (true, true) {
            return Err(invalid("this year and all come first: they are the form's cells".to_owned()));
        }
        let words = |labels: Vec<&Vec<String>>| labels.into_iter().flatten().cloned().collect::<Vec<_>>();
        let kinds = [
            words(vec![&units]),
            words(vec![&codes]),
            words(vec![&numbers]),
            words(periods.iter().map(|period| &period.labels).collect()),
            words(portions.iter().map(|portion| &portion.labels).collect()),
        ];
        let mut seen = HashSet::new();
        for word in kinds.into_iter().flatten() {
            if !seen.insert(word.clone()) {
                return Err(invalid(format!("`{word}` means two things")));
            }
        }
        Ok(ValueColumns { units, codes, numbers, periods, portions })
    }
}

impl PeriodEntry {
    fn finish(self) -> Words<Period> {
        let meaning = match self.period {
            PeriodName::ThisYear => Period::ThisYear,
            PeriodName::Earlier => Period::Earlier,
            PeriodName::Cumulative => Period::Cumulative,
        };
        Words { meaning, labels: self.labels }
    }
}

impl PortionEntry {
    fn finish(self) -> Words<Portion> {
        let meaning = match self.portion {
            PortionName::All => Portion::All,
            PortionName::Government => Portion::Government,
            PortionName::Departments => Portion::Departments,
            PortionName::Townships => Portion::Townships,
        };
        Words { meaning, labels: self.labels }
    }
}
