//! Statistics tables of 2014 and their local versions: one label, one unit and one or more value columns a row.

mod plan;
mod write;

pub use plan::StatisticsPlan;

use crate::render::{Rendered, Rendering};
use crate::{Certainty, Entry, Expectation, Noise, Rng, noise};
use gongkai_forms::{Form, Row};
use gongkai_model::{FormId, Period, Portion, State, Unit, Value};
use rust_decimal::Decimal;
use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use write::{Line, Side};

/// Which version of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Version {
    /// The official one: a single column of numbers.
    Official,
    /// The official one with columns for the government, its departments and its townships.
    ByPortion,
    /// The same with a column for all of them before those.
    ByPortionWithAll,
    /// A local one, for the year and for all years so far.
    LocalCumulative,
    /// A local one for the year alone.
    Local,
    /// The official one with columns for the government and its departments under a heading for the year, and again
    /// under one for all years so far.
    ByPeriodAndPortion,
}

impl Version {
    /// Every version.
    pub const ALL: [Self; 6] = [
        Self::Official,
        Self::ByPortion,
        Self::ByPortionWithAll,
        Self::LocalCumulative,
        Self::Local,
        Self::ByPeriodAndPortion,
    ];

    /// Whether tables of this version are found in this shape: headings over headings need a grid.
    pub fn fits(self, rendering: Rendering) -> bool {
        self != Self::ByPeriodAndPortion || write::is_grid(rendering)
    }

    fn is_local(self) -> bool {
        matches!(self, Self::LocalCumulative | Self::Local)
    }

    fn columns(self) -> Vec<(Period, Portion)> {
        let this_year = |portions: &[Portion]| portions.iter().map(|it| (Period::ThisYear, *it)).collect();
        match self {
            Self::Official | Self::Local => this_year(&[Portion::All]),
            Self::ByPortion => this_year(&[Portion::Government, Portion::Departments, Portion::Townships]),
            Self::ByPortionWithAll => {
                this_year(&[Portion::All, Portion::Government, Portion::Departments, Portion::Townships])
            }
            Self::LocalCumulative => {
                vec![(Period::ThisYear, Portion::All), (Period::Cumulative, Portion::All)]
            }
            Self::ByPeriodAndPortion => [Period::ThisYear, Period::Cumulative]
                .into_iter()
                .flat_map(|period| [(period, Portion::Government), (period, Portion::Departments)])
                .collect(),
        }
    }
}

/// Where a table says in which chapter its rows stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Chapters {
    /// In rows of their own.
    Above,
    /// In a column of their own at the left, each over all rows of its chapter.
    Aside,
}

/// What one cell of a statistics table should be read as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statistic {
    /// Index into the form's cells.
    pub cell: usize,
    /// The time that its column counts.
    pub period: Period,
    /// The part of the work that its column counts.
    pub portion: Portion,
    /// What stands there.
    pub entry: Entry,
}

/// The figures of one statistics table.
#[derive(Clone, Debug)]
pub struct Statistics {
    /// The form of 2014.
    pub form: &'static Form,
    /// The reporting year.
    pub year: u16,
    version: Version,
    /// Row by row, each with an entry for each column.
    statistics: Vec<Statistic>,
}

impl Statistics {
    /// Made-up figures: every sum of rows that are there holds.
    ///
    /// # Panics
    /// When the form has no data file.
    pub fn random(version: Version, seed: u64) -> Self {
        let form = gongkai_forms::form(FormId::Form2014).expect("the form has a data file");
        let mut rng = Rng::new(seed);
        let year = rng.between(2014, 2018) as u16;
        let three = rng.chance(50);
        let is_of_version = |key: &str| {
            let key = key.trim_start_matches("legacy.");
            if !version.is_local() {
                return !key.starts_with("local.");
            }
            let of_three = ["local.requests_letter_or_fax", "local.published_documents"];
            let of_six = [
                "local.published",
                "requests.fax",
                "requests.letter",
                "local.requests_email",
                "local.requests_other",
            ];
            let of_both = [
                "local.website",
                "local.gazette",
                "local.requests_received",
                "requests.in_person",
                "local.requests_online",
                "local.requests_answered",
                "requests.granted",
                "requests.partly_granted",
                "local.requests_denied",
                "local.requests_other_answers",
                "local.fees_waived",
                "local.appeals",
                "local.reconsideration",
                "local.litigation",
            ];
            of_both.contains(&key) || if three { of_three.contains(&key) } else { of_six.contains(&key) }
        };
        let rows: Vec<usize> =
            (0..form.cells.len()).filter(|&cell| is_of_version(&form.cells[cell].key)).collect();
        let columns: Vec<Vec<Entry>> =
            version.columns().iter().map(|_| column(form, &rows, &mut rng)).collect();
        let mut statistics = Vec::new();
        for (row, &cell) in rows.iter().enumerate() {
            for ((period, portion), column) in version.columns().into_iter().zip(&columns) {
                statistics.push(Statistic { cell, period, portion, entry: column[row].clone() });
            }
        }
        Self { form, year, version, statistics }
    }

    /// What the table says, row by row.
    pub fn statistics(&self) -> &[Statistic] {
        &self.statistics
    }

    /// The same with one cell left empty: an index into [`Statistics::statistics`].
    pub fn with_blank(&self, at: usize) -> Self {
        let mut other = self.clone();
        other.statistics[at].entry = Entry::blank();
        other
    }

    /// The same with `percent` of 100 cells left empty.
    pub(crate) fn with_blanks(mut self, percent: u64, rng: &mut Rng) -> Self {
        for statistic in &mut self.statistics {
            if rng.chance(percent) {
                statistic.entry = Entry::blank();
            }
        }
        self
    }

    /// A report with this table in the shape of `rendering`.
    pub fn render(&self, rendering: Rendering, seed: u64) -> Rendered {
        self.render_with(rendering, seed, Chapters::Above, &[])
    }

    /// The same with its chapters there, and with noise.
    pub fn render_with(
        &self,
        rendering: Rendering,
        seed: u64,
        chapters: Chapters,
        noises: &[Noise],
    ) -> Rendered {
        let mut rng = Rng::new(seed);
        let mut lines = self.lines(chapters, noises, &mut rng);
        let expectations = self.expectations(rendering, &lines);
        write::disturb(&mut lines, noises, &mut rng);
        let table = write::table(rendering, &lines, &mut rng);
        let about = plan::about(self.year, seed);
        let text = plan::report(rendering, &about, noises, seed, &table);
        let text = noise::finish(text, rendering, noises, &about, seed);
        let about = match noises.contains(&Noise::Traditional) {
            true => about.map(noise::traditional),
            false => about,
        };
        Rendered {
            rendering,
            text,
            form: self.form.id,
            about: Some(about),
            has_whole_headings: true,
            expectations,
        }
    }

    /// What each cell should be read as: those of the table, and the form's usual ones that it does not have.
    fn expectations(&self, rendering: Rendering, lines: &[Line]) -> Vec<Expectation> {
        let columns = self.version.columns().len();
        let rows = || self.statistics.chunks(columns);
        let mut certainty = HashMap::new();
        for (row, statistics) in rows().enumerate() {
            let has_blank = statistics.iter().any(|it| it.entry.state == State::Blank);
            let known = match rendering.is_joined() {
                // No search of its own judges these tables: nothing is asked but that nothing is wrong.
                true => Certainty::Open,
                false if has_blank && !write::shows_blanks(rendering) => Certainty::Open,
                false if write::may_end_with_page_number(rendering, lines, row) => Certainty::Open,
                false => Certainty::Determined,
            };
            certainty.insert(statistics[0].cell, known);
        }
        let of_table: HashSet<_> =
            self.statistics.iter().map(|it| (it.cell, it.period, it.portion)).collect();
        let expectation = |cell: usize, period, portion, state, value, certainty| Expectation {
            key: self.form.cells[cell].key.clone(),
            period,
            portion,
            state,
            value,
            certainty,
            // Where nothing stands apart, a row of which nothing is sure need not be found.
            may_be_missing: Certainty::Determined < certainty,
        };
        let written = self.statistics.iter().map(|it| {
            let (state, value) = (it.entry.state, it.entry.value);
            expectation(it.cell, it.period, it.portion, state, value, certainty[&it.cell])
        });
        let usual = |cell: &usize| !of_table.contains(&(*cell, Period::ThisYear, Portion::All));
        let others = (0..self.form.cells.len()).filter(usual).map(|cell| {
            let (period, portion) = (Period::ThisYear, Portion::All);
            // Where nothing separates headings, it may be open which columns there are.
            let known = if rendering.is_joined() { Certainty::Open } else { Certainty::Determined };
            expectation(cell, period, portion, State::Missing, None, known)
        });
        written.chain(others).collect()
    }

    /// The table as lines of cells: headings, chapters, rows of values.
    fn lines(&self, chapters: Chapters, noises: &[Noise], rng: &mut Rng) -> Vec<Line> {
        let has_codes = rng.chance(30);
        let has_units = rng.chance(80);
        let is_aside = chapters == Chapters::Aside && !self.version.is_local();
        let mut lines = self.headings(has_codes, has_units, is_aside, rng);
        let columns = self.version.columns().len();
        let mut seen: Vec<String> = Vec::new();
        let mut codes = 0;
        let mut line = |label: String, unit: &str, side: Side, values: Vec<String>, is_row: bool| {
            codes += 1;
            let code = has_codes.then(|| codes.to_string());
            let unit = has_units.then(|| unit.to_owned());
            let labels = code.into_iter().chain([label]).chain(unit);
            Line { side, values: values.len(), cells: labels.chain(values).collect(), is_row }
        };
        for statistics in self.statistics.chunks(columns) {
            let cell = &self.form.cells[statistics[0].cell];
            let row = self.form.row(cell);
            let own = || row.banners.iter().filter(|chapter| !is_row(self.form, chapter));
            let mut side = Side::None;
            if is_aside {
                // A row that is a chapter of its own has its label for one, or a shorter name of it.
                let chapter = row.banners.first().unwrap_or(&row.labels[0]);
                let block = &self.form.tables[0].blocks[0];
                let known = block.row_banners.iter().find(|banner| banner.labels.first() == Some(chapter));
                let chapter = known.map_or(chapter, |known| known.labels.get(1).unwrap_or(chapter));
                side = match seen.last() == Some(chapter) {
                    true => Side::Continues,
                    false => Side::Begins(chapter.clone()),
                };
                seen.push(chapter.clone());
            } else if !self.version.is_local() {
                for chapter in own() {
                    if !seen.contains(chapter) {
                        seen.push(chapter.clone());
                        let empty = vec![String::new(); columns];
                        lines.push(line(chapter.clone(), "——", Side::None, empty, false));
                    }
                }
            }
            let mut label = self.label(row, cell.unit, has_units, rng);
            if noises.contains(&Noise::BracketedLabels) && rng.chance(15) {
                label.push_str(rng.pick::<&str>(&["（注1）", "（含3个乡镇）"]));
            }
            let values = statistics.iter().map(|statistic| statistic.entry.written.clone()).collect();
            lines.push(line(label, unit(&cell.key), side, values, true));
        }
        lines
    }

    fn label(&self, row: &Row, of: Unit, has_units: bool, rng: &mut Rng) -> String {
        let official = row.labels[0].as_str();
        let number = crate::sheet::list_number(official);
        let words = &official[number.len()..];
        let mut label = match rng.below(4) {
            0 if self.version.is_local() => format!("{}、{words}", rng.between(1, 9)),
            1 if row.id.starts_with("requests.denied.") => format!("其中：{words}"),
            2 => format!("{number}{}", words.split('（').next().unwrap_or(words)),
            _ => official.to_owned(),
        };
        // Without a column of units, money says its own.
        if of == Unit::Yuan && !has_units {
            let _ = write!(label, "（{}）", unit_of_money(&row.id));
        }
        label
    }

    fn headings(&self, has_codes: bool, has_units: bool, is_aside: bool, rng: &mut Rng) -> Vec<Line> {
        let year = self.year;
        let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let this_year = |rng: &mut Rng| {
            rng.pick(&[format!("{year}年度"), "本年度".to_owned(), format!("{year}年")]).clone()
        };
        let mut above = Vec::new();
        let values: Vec<String> = match self.version {
            Version::Official | Version::Local => {
                vec![rng.pick(&["统计数", "数量", "统计数据"]).to_string()]
            }
            Version::ByPortion => owned(&["政府", "部门", "乡镇"]),
            Version::ByPortionWithAll => owned(&["合计", "县政府", "县直部门", "乡镇"]),
            Version::LocalCumulative => vec![this_year(rng), "历年累计".to_owned()],
            Version::ByPeriodAndPortion => {
                above = vec![this_year(rng), String::new(), "历年累计".to_owned(), String::new()];
                owned(&["政府", "部门", "政府", "部门"])
            }
        };
        let words = |words: &[&str], rng: &mut Rng| (*rng.pick(words)).to_owned();
        let codes = has_codes.then(|| "序号".to_owned());
        let label = words(&["统计指标", "指标名称", "项目"], rng);
        let unit = has_units.then(|| words(&["单位", "计量单位"], rng));
        let labels: Vec<String> = codes.into_iter().chain([label]).chain(unit).collect();
        let side = || if is_aside { Side::Begins("类别".to_owned()) } else { Side::None };
        let line = |side: Side, labels: Vec<String>, values: Vec<String>| Line {
            side,
            values: values.len(),
            cells: labels.into_iter().chain(values).collect(),
            is_row: false,
        };
        if above.is_empty() {
            return vec![line(side(), labels, values)];
        }
        let covered = vec![String::new(); labels.len()];
        let second = if is_aside { Side::Continues } else { Side::None };
        vec![line(side(), labels, above), line(second, covered, values)]
    }
}

fn is_row(form: &Form, chapter: &str) -> bool {
    form.cells.iter().any(|cell| form.row(cell).labels[0] == chapter)
}

fn unit_of_money(id: &str) -> &'static str {
    if id.contains("fees_waived") { "元" } else { "万元" }
}

fn unit(key: &str) -> &'static str {
    let id = key.trim_start_matches("legacy.");
    match id.split('.').next().unwrap_or_default() {
        "published" | "channels" | "local" if id.contains("fees") => "元",
        "published" | "channels" | "local" => "条",
        "fees" | "funds" => "万元",
        "responses" | "meetings" => "次",
        "staff" => "人",
        "training" if id.ends_with("people") => "人次",
        "training" | "bodies" => "个",
        _ => "件",
    }
}

/// An entry for each row of one column.
fn column(form: &Form, rows: &[usize], rng: &mut Rng) -> Vec<Entry> {
    let mut counts = vec![0_i64; form.cells.len()];
    for &cell in rows {
        if rng.chance(55) {
            let most = if rng.chance(80) { 30 } else { 90_000 };
            counts[cell] = rng.between(1, most) as i64;
        }
    }
    // Parts before their sums, which may be parts themselves.
    for _ in 0..3 {
        for identity in &form.identities {
            if identity.terms().all(|term| rows.contains(&term)) {
                let sum = identity.left.iter().map(|term| counts[*term]).sum();
                identity.right.iter().for_each(|term| counts[*term] = sum);
            }
        }
    }
    rows.iter()
        .map(|&cell| {
            let (definition, count) = (&form.cells[cell], counts[cell]);
            match definition.unit {
                Unit::Count => Entry::count(count),
                Unit::Yuan => {
                    let written = Decimal::new(count, rng.below(3) as u32).normalize();
                    let factor = if unit(&definition.key) == "元" { 1 } else { 10_000 };
                    Entry {
                        state: State::Number,
                        value: Some(Value::Amount((written * Decimal::from(factor)).normalize())),
                        written: written.to_string(),
                    }
                }
            }
        })
        .collect()
}
