//! Records: what a made-up or a labelled report says, before anything is written down.

mod random;

pub(crate) use random::REGIONS;

use crate::Rng;
use gongkai_forms::{CellDefinition, Form};
use gongkai_model::{Date, FormId, State, Unit, Value};
use rust_decimal::Decimal;
use std::collections::HashSet;

/// Everything that one report says.
#[derive(Clone, Debug)]
pub struct Record {
    /// The form its tables follow.
    pub form: &'static Form,
    /// What each cell says, in the order of [`Form::cells`].
    pub entries: Vec<Entry>,
    /// Who, when, and the text around the tables.
    pub about: About,
}

/// What one cell says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Number, blank or mark.
    pub state: State,
    /// The number; present exactly when `state` is [`State::Number`].
    pub value: Option<Value>,
    /// The characters in the cell: `0`, `增3`, `1567.76万元`, `/`, nothing.
    pub written: String,
}

impl Entry {
    /// An empty cell.
    pub fn blank() -> Self {
        Self { state: State::Blank, value: None, written: String::new() }
    }

    /// A mark for "not applicable", as written.
    pub fn mark(written: &str) -> Self {
        Self { state: State::NotApplicable, value: None, written: written.to_owned() }
    }

    /// A number in plain digits.
    pub fn count(count: i64) -> Self {
        Self { state: State::Number, value: Some(Value::Count(count)), written: count.to_string() }
    }

    /// A number in one of the ways in which reports write it in this cell.
    pub fn number(value: Value, cell: &CellDefinition, source_unit: Option<&str>, rng: &mut Rng) -> Self {
        let written = match value {
            Value::Count(count) if cell.signed && count != 0 => {
                let size = count.unsigned_abs();
                let styles = match count {
                    1.. => [format!("增{size}"), format!("+{size}"), size.to_string()],
                    _ => [format!("减{size}"), format!("-{size}"), format!("减{size}")],
                };
                rng.pick(&styles).clone()
            }
            Value::Count(count) => count_as_written(count, rng),
            Value::Amount(yuan) => {
                let ten_thousands = (yuan / Decimal::from(10_000)).normalize();
                let yuan = yuan.normalize();
                match (source_unit, rng.below(4)) {
                    // A bare number is in the unit that the header prints, or else in yuan.
                    (Some(_), 0 | 1) => ten_thousands.to_string(),
                    (None, 0) => yuan.to_string(),
                    (None, 1) => format!("{yuan} 元"),
                    (_, 2) => format!("{ten_thousands}万元"),
                    (_, _) => format!("{yuan}元"),
                }
            }
        };
        Self { state: State::Number, value: Some(value), written }
    }
}

/// A count in plain digits, or now and then as some reports write it: with thousands separated, with the unit it
/// counts, in full-width digits, with a needless plus.
fn count_as_written(count: i64, rng: &mut Rng) -> String {
    let plain = count.to_string();
    match rng.below(60) {
        0..5 if 1_000 <= count => {
            let (high, low) = plain.split_at(plain.len() - 3);
            if high.len() <= 3 { format!("{high},{low}") } else { plain }
        }
        5 => format!("{plain}件"),
        6 => plain.chars().map(|c| char::from_u32(u32::from(c) - 0x30 + 0xff10).unwrap_or(c)).collect(),
        7 if 0 < count => format!("+{plain}"),
        _ => plain,
    }
}

/// Who issued a report, when, and its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// The reporting year.
    pub year: u16,
    /// The title, as written.
    pub title: String,
    /// The administrative division.
    pub region: String,
    /// Whose work is counted; empty where the title names the region alone.
    pub subject: String,
    /// Who signs; empty where nobody does.
    pub issuer: String,
    /// The day under the signature.
    pub published: Option<Date>,
    /// Paragraphs before the first part.
    pub preamble: Vec<String>,
    /// The parts in order.
    pub parts: Vec<Part>,
    /// What the text states of known indicators for the reporting year.
    pub facts: Vec<Fact>,
}

/// A quantity of a known indicator that the text states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// The indicator's id.
    pub indicator: &'static str,
    /// How much.
    pub value: i64,
    /// The unit as written.
    pub unit: &'static str,
    /// Words of the sentence that state it.
    pub quote: String,
}

impl About {
    /// The same with all its words changed by `change`.
    pub(crate) fn map(self, change: impl Fn(&str) -> String) -> Self {
        let part = |part: Part| Part {
            heading: change(&part.heading),
            paragraphs: part.paragraphs.iter().map(|text| change(text)).collect(),
            table: part.table,
        };
        Self {
            title: change(&self.title),
            region: change(&self.region),
            subject: change(&self.subject),
            issuer: change(&self.issuer),
            preamble: self.preamble.iter().map(|text| change(text)).collect(),
            parts: self.parts.into_iter().map(part).collect(),
            ..self
        }
    }
}

/// One part of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its heading with its list number.
    pub heading: String,
    /// Its text.
    pub paragraphs: Vec<String>,
    /// The table of the form that stands behind the text.
    pub table: Option<usize>,
}

/// How a made-up record should look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordOptions {
    /// Of 100 cells, how many are blank or hold a mark.
    pub empty_percent: u64,
    /// Identities to break, as a publisher breaks them: one figure changed, nothing else.
    pub mistakes: usize,
}

impl RecordOptions {
    /// Every cell a number, every identity fulfilled.
    pub const CONSISTENT: Self = Self { empty_percent: 0, mistakes: 0 };
}

/// A publisher's error that was put into a record on purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planted {
    /// Index of the changed cell in [`Form::cells`].
    pub cell: usize,
    /// Names of the identities that do not hold any more: `requests.balance.total`.
    pub broken: Vec<String>,
}

impl Record {
    /// A made-up record of `form`. The seed decides everything.
    ///
    /// # Panics
    /// When the form has no data file.
    pub fn random(form: FormId, seed: u64, options: RecordOptions) -> Self {
        let form = gongkai_forms::form(form).expect("the form has a data file");
        let mut rng = Rng::new(seed);
        let entries = random::entries(form, &mut rng);
        let about = random::about(form, &entries, &mut rng);
        let mut record = Self { form, entries, about };
        for _ in 0..options.mistakes {
            record.plant_mistake(&mut rng);
        }
        record.empty(options.empty_percent, &mut rng);
        record
    }

    /// The record that the labels of a real report describe, with a made-up text around it. None where the report
    /// has no tables of a form.
    ///
    /// # Panics
    /// When the labels lack a cell of their form, or hold what no label holds.
    pub fn from_labels(labels: &serde_json::Value) -> Option<Self> {
        let text = |field: &str| labels[field].as_str().unwrap_or_default().to_owned();
        let form = gongkai_forms::form(FormId::from_name(&text("template"))?)?;
        let cells = labels["cells"].as_object()?;
        let mut rng = Rng::new(u64::from(cells.len() as u32));
        let entries: Vec<Entry> = form
            .cells
            .iter()
            .map(|cell| {
                let label = cells.get(&*cell.key).unwrap_or_else(|| panic!("{} has no label", cell.key));
                match label.as_str() {
                    Some("") => Entry::blank(),
                    Some(mark) => Entry::mark(mark),
                    None => {
                        let value = Value::parse(&label.to_string(), cell.unit).expect("a label is a number");
                        let source_unit = form.column(cell).source_unit.as_deref();
                        Entry::number(value, cell, source_unit, &mut rng)
                    }
                }
            })
            .collect();
        let year = labels["year"].as_u64().and_then(|year| u16::try_from(year).ok()).expect("a year");
        let mut about = random::about(form, &entries, &mut rng);
        about.year = year;
        about.region = text("region");
        about.subject = String::new();
        about.issuer = text("issuer");
        about.published = Date::parse_iso(&text("published"));
        about.title = format!("{}{year}年政府信息公开工作年度报告", about.region);
        about.preamble = random::preamble(&about.region, year);
        Some(Self { form, entries, about })
    }

    /// The entry of this key.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.form.cell_index(key).map(|cell| &self.entries[cell])
    }

    /// Writes every count that has no sign in plain digits.
    pub(crate) fn write_plainly(&mut self) {
        for entry in &mut self.entries {
            if let Some(Value::Count(count @ 0..)) = entry.value {
                entry.written = count.to_string();
            }
        }
    }

    /// This record with one cell left empty.
    pub fn with_blank(&self, cell: usize) -> Self {
        let mut record = self.clone();
        record.entries[cell] = Entry::blank();
        record
    }

    /// Leaves `percent` of 100 cells empty, or puts a mark into them.
    pub fn empty(&mut self, percent: u64, rng: &mut Rng) {
        const MARKS: [&str; 4] = ["/", "-", "—", "无"];
        for entry in &mut self.entries {
            if rng.chance(percent) {
                *entry = if rng.chance(85) { Entry::blank() } else { Entry::mark(rng.pick::<&str>(&MARKS)) };
            }
        }
    }

    /// Changes one figure so that at least one identity breaks that held.
    pub fn plant_mistake(&mut self, rng: &mut Rng) -> Planted {
        let before: HashSet<String> = self.broken_identities().into_iter().collect();
        loop {
            let identity = rng.pick(&self.form.identities);
            let terms: Vec<usize> = identity.terms().collect();
            let cell = *rng.pick(&terms);
            let Some(Value::Count(was)) = self.entries[cell].value else { continue };
            let was_entry = std::mem::replace(
                &mut self.entries[cell],
                Entry::count(match was {
                    0 => rng.between(1, 9) as i64,
                    _ if rng.chance(50) => was + rng.between(1, 9) as i64,
                    _ => was - rng.between(1, was.unsigned_abs().min(9)) as i64,
                }),
            );
            let broken: Vec<String> =
                self.broken_identities().into_iter().filter(|name| !before.contains(name)).collect();
            if !broken.is_empty() {
                return Planted { cell, broken };
            }
            self.entries[cell] = was_entry;
        }
    }

    /// Names of the identities that do not hold, of those whose terms are all numbers.
    pub fn broken_identities(&self) -> Vec<String> {
        let sum = |terms: &[usize]| {
            terms.iter().map(|&cell| self.entries[cell].value.map(Value::decimal)).sum::<Option<Decimal>>()
        };
        self.form
            .identities
            .iter()
            .filter(|identity| match (sum(&identity.left), sum(&identity.right)) {
                (Some(left), Some(right)) => left != right,
                _ => false,
            })
            .map(gongkai_forms::Identity::name)
            .collect()
    }

    /// Share of the cells that are zero, in percent.
    pub fn zero_percent(&self) -> usize {
        let zero = |entry: &&Entry| entry.value.is_some_and(|value| value.decimal().is_zero());
        self.entries.iter().filter(zero).count() * 100 / self.entries.len()
    }
}

/// The unit of a cell's value is money.
pub(crate) fn is_money(cell: &CellDefinition) -> bool {
    cell.unit == Unit::Yuan
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORMS: [FormId; 2] = [FormId::Form2019, FormId::Form2021];

    #[test]
    fn a_consistent_record_fulfils_every_identity_and_is_mostly_zero() {
        for form in FORMS {
            let records: Vec<Record> =
                (0..50).map(|seed| Record::random(form, seed, RecordOptions::CONSISTENT)).collect();
            for record in &records {
                assert_eq!(record.broken_identities(), Vec::<String>::new());
                assert_eq!(record.entries.len(), record.form.cells.len());
                assert!(record.entries.iter().all(|entry| entry.state == State::Number));
            }
            let zeros = records.iter().map(Record::zero_percent).sum::<usize>() / records.len();
            assert!((60..85).contains(&zeros), "{zeros} % of the cells are zero");
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_record() {
        let options = RecordOptions { empty_percent: 20, mistakes: 2 };
        let [first, again] = [0, 0].map(|_| Record::random(FormId::Form2021, 3, options));
        assert_eq!(first.entries, again.entries);
        assert_eq!(first.about, again.about);
    }

    #[test]
    fn a_planted_mistake_breaks_an_identity_by_one_figure() {
        for seed in 0..20 {
            let mut rng = Rng::new(seed);
            let right = Record::random(FormId::Form2019, seed, RecordOptions::CONSISTENT);
            let mut record = right.clone();
            let planted = record.plant_mistake(&mut rng);
            assert_eq!(record.broken_identities(), planted.broken);
            assert!(!planted.broken.is_empty());
            let changed: Vec<usize> = (0..right.entries.len())
                .filter(|&cell| right.entries[cell] != record.entries[cell])
                .collect();
            assert_eq!(changed, [planted.cell]);
        }
    }

    #[test]
    fn labels_become_the_record_they_describe() {
        let form = gongkai_forms::form(FormId::Form2019).unwrap();
        let mut cells: serde_json::Map<String, serde_json::Value> =
            form.cells.iter().map(|cell| (cell.key.to_string(), 0.into())).collect();
        cells["disclosure.licensing.change"] = (-48).into();
        cells["disclosure.fees.change"] = "".into();
        cells["disclosure.regulations.made"] = "/".into();
        cells["disclosure.procurement.amount"] = serde_json::json!(2926258.34);
        let labels = serde_json::json!({
            "template": "2019", "year": 2020, "region": "临江县", "issuer": "临江县人民政府办公室",
            "published": "2021-01-30", "cells": cells,
        });
        let record = Record::from_labels(&labels).unwrap();
        assert_eq!(record.entry("disclosure.licensing.change").unwrap().value, Some(Value::Count(-48)));
        assert_eq!(record.entry("disclosure.fees.change").unwrap(), &Entry::blank());
        assert_eq!(record.entry("disclosure.regulations.made").unwrap(), &Entry::mark("/"));
        let amount = record.entry("disclosure.procurement.amount").unwrap();
        assert_eq!(amount.value.unwrap().to_string(), "2926258.34");
        assert_eq!(record.about.year, 2020);
        assert!(Record::from_labels(&serde_json::json!({"template": "none", "cells": {}})).is_none());
    }
}
