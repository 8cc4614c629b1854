//! Statistics tables of 2014 and their local versions: one label, one unit and one or more value columns a row.

use crate::render::Rendering;
use crate::{Entry, Rng};
use gongkai_forms::{Form, Row};
use gongkai_model::{FormId, Period, Portion, State, Unit, Value};
use rust_decimal::Decimal;
use std::fmt::Write as _;

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
}

impl Version {
    /// Every version.
    pub const ALL: [Self; 5] =
        [Self::Official, Self::ByPortion, Self::ByPortionWithAll, Self::LocalCumulative, Self::Local];

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
        }
    }
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

    /// A report with this table in the shape of `rendering`.
    pub fn render(&self, rendering: Rendering, seed: u64) -> String {
        let mut rng = Rng::new(seed);
        let table = write_table(rendering, &self.rows(&mut rng), &mut rng);
        let year = self.year;
        let lines = [
            format!("望潮区{year}年政府信息公开工作年度报告"),
            format!("本报告所列数据的统计期限自{year}年1月1日起至{year}年12月31日止。"),
            "一、概述".to_owned(),
            "我区认真落实主动公开情况通报制度，行政复议数量、行政诉讼数量均有下降。".to_owned(),
            "二、主动公开政府信息情况".to_owned(),
            format!("{year}年通过政府网站公开政府信息12条，举办各类培训班3次。"),
            format!("附件：{year}年度政府信息公开情况统计表"),
        ];
        if rendering.is_html() {
            let paragraphs: String = lines.iter().map(|line| format!("<p>{line}</p>\n")).collect();
            return format!(
                "<html><head><title>{}</title></head><body>\n{paragraphs}{table}\n</body></html>",
                lines[0]
            );
        }
        format!("{}\n\n{table}\n", lines.join("\n"))
    }

    /// The table as rows of cells: headings, chapters, rows of values.
    fn rows(&self, rng: &mut Rng) -> Vec<Vec<String>> {
        let has_codes = rng.chance(30);
        let has_units = rng.chance(80);
        let mut rows = vec![self.headings(has_codes, has_units, rng)];
        let columns = self.version.columns().len();
        let mut chapters: Vec<String> = Vec::new();
        let push = |rows: &mut Vec<Vec<String>>, label: String, unit: &str, values: Vec<String>| {
            let code = has_codes.then(|| rows.len().to_string());
            let unit = has_units.then(|| unit.to_owned());
            rows.push(code.into_iter().chain([label]).chain(unit).chain(values).collect());
        };
        for statistics in self.statistics.chunks(columns) {
            let cell = &self.form.cells[statistics[0].cell];
            let row = self.form.row(cell);
            if !self.version.is_local() {
                for chapter in row.banners.iter().filter(|chapter| !is_row(self.form, chapter)) {
                    if !chapters.contains(chapter) {
                        chapters.push(chapter.clone());
                        push(&mut rows, chapter.clone(), "——", vec![String::new(); columns]);
                    }
                }
            }
            let label = self.label(row, cell.unit, has_units, rng);
            let values = statistics.iter().map(|statistic| statistic.entry.written.clone()).collect();
            push(&mut rows, label, unit(&cell.key), values);
        }
        rows
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

    fn headings(&self, has_codes: bool, has_units: bool, rng: &mut Rng) -> Vec<String> {
        let year = self.year;
        let values: Vec<String> = match self.version {
            Version::Official | Version::Local => {
                vec![rng.pick(&["统计数", "数量", "统计数据"]).to_string()]
            }
            Version::ByPortion => ["政府", "部门", "乡镇"].map(str::to_owned).to_vec(),
            Version::ByPortionWithAll => ["合计", "县政府", "县直部门", "乡镇"].map(str::to_owned).to_vec(),
            Version::LocalCumulative => {
                let this_year = [format!("{year}年度"), "本年度".to_owned(), format!("{year}年")];
                vec![rng.pick(&this_year).clone(), "历年累计".to_owned()]
            }
        };
        let words = |words: &[&str], rng: &mut Rng| (*rng.pick(words)).to_owned();
        let codes = has_codes.then(|| "序号".to_owned());
        let label = words(&["统计指标", "指标名称", "项目"], rng);
        let unit = has_units.then(|| words(&["单位", "计量单位"], rng));
        codes.into_iter().chain([label]).chain(unit).chain(values).collect()
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

fn write_table(rendering: Rendering, rows: &[Vec<String>], rng: &mut Rng) -> String {
    let width = |cell: &String| cell.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum::<usize>();
    let row = |row: &Vec<String>, rng: &mut Rng| -> String {
        match rendering {
            Rendering::Html | Rendering::HtmlWord => {
                let cell = |cell: &String| match rendering {
                    Rendering::HtmlWord if cell.is_empty() => {
                        "<td><p><span>&nbsp;</span></p></td>".to_owned()
                    }
                    Rendering::HtmlWord => format!("<td><p class=MsoNormal><span>{cell}</span></p></td>"),
                    _ => format!("<td>{cell}</td>"),
                };
                format!("<tr>{}</tr>", row.iter().map(cell).collect::<String>())
            }
            Rendering::DivGrid => {
                let cells: String =
                    row.iter().map(|cell| format!("<div class=\"td\">{cell}</div>")).collect();
                format!("<div class=\"tr\">{cells}</div>")
            }
            Rendering::Pipes => row.join(" | "),
            Rendering::PipesGrid => format!("| {} |", row.join(" | ")),
            Rendering::Tabs | Rendering::TabsPageBreak | Rendering::TabsGrid => row.join("\t"),
            Rendering::TabLines => row.iter().map(|cell| format!("\t{cell}\n")).collect(),
            Rendering::PipeLines => row.iter().map(|cell| format!("{cell} |\n")).collect::<String>() + "|",
            Rendering::BlankLines => row.iter().map(|cell| format!("{cell}\n\n")).collect(),
            Rendering::BareLines => row.join("\n"),
            Rendering::Joined => row.concat(),
            Rendering::JoinedSpaced => row
                .iter()
                .map(|cell| if rng.chance(25) { format!("{cell} ") } else { cell.clone() })
                .collect(),
            Rendering::SpacedRows => {
                row.iter().filter(|cell| !cell.is_empty()).cloned().collect::<Vec<_>>().join(" ")
            }
            Rendering::Aligned => {
                let pad =
                    |cell: &String| format!("{cell}{}  ", " ".repeat(24_usize.saturating_sub(width(cell))));
                row.iter().map(pad).collect::<String>().trim_end().to_owned()
            }
        }
    };
    let rows: Vec<String> = rows.iter().map(|cells| row(cells, rng)).collect();
    match rendering {
        Rendering::Html | Rendering::HtmlWord => format!("<table>\n{}\n</table>", rows.join("\n")),
        Rendering::DivGrid => format!("<div class=\"table\">\n{}\n</div>", rows.join("\n")),
        Rendering::Joined | Rendering::JoinedSpaced => rows.concat(),
        _ => rows.join("\n"),
    }
}
