//! The official forms, indicators and rules as data, and their loader.
//!
//! A form is a data file: its tables, the wording of their labels with all aliases, the keys of their cells, their
//! units and protobuf field numbers, and the identities between them. Code never knows a form by name: supporting
//! another form means adding a file. Never reads anything at run time; the files are part of the build.

mod breaks;
mod dictionary;
mod load;
mod measures;
mod narrative;
mod values;

pub use breaks::{Series, SeriesBreak, comparability, load_breaks};
pub use dictionary::{
    Denial, Indicator, LABELLED_INDICATORS, Media, Pattern, Rule, load_indicators, load_rules,
};
pub use load::{FormError, load_form};
pub use measures::{Formula, Measure, Term, load_measures};
pub use narrative::{Classes, Narrative, UnitGroups, UnitWord, load_narrative};
pub use values::{ValueColumns, Words};

use gongkai_model::{Basis, FormId, Severity, Unit};
use std::collections::HashMap;
use std::ops::{Range, RangeInclusive};
use std::sync::{Arc, LazyLock};

/// The data files of the forms, oldest form first.
const FORM_FILES: [&str; 3] = [
    include_str!("../data/form-2014.toml"),
    include_str!("../data/form-2019.toml"),
    include_str!("../data/form-2021.toml"),
];

static FORMS: LazyLock<Vec<Form>> =
    LazyLock::new(|| embedded(FORM_FILES.into_iter().map(load_form).collect()));
static RULES: LazyLock<Vec<Rule>> =
    LazyLock::new(|| embedded(load_rules(include_str!("../data/rules.toml"))));
static INDICATORS: LazyLock<Vec<Indicator>> =
    LazyLock::new(|| embedded(load_indicators(include_str!("../data/indicators.toml"), narrative())));
static NARRATIVE: LazyLock<Narrative> =
    LazyLock::new(|| embedded(load_narrative(include_str!("../data/narrative.toml"))));
static MEASURES: LazyLock<Vec<Measure>> =
    LazyLock::new(|| embedded(load_measures(include_str!("../data/measures.toml"), all())));
static BREAKS: LazyLock<Vec<SeriesBreak>> =
    LazyLock::new(|| embedded(load_breaks(include_str!("../data/breaks.toml"), all(), indicators())));

/// The content of a data file that is part of the build.
#[allow(
    clippy::expect_used,
    reason = "the files are fixed when the crate is built, and tests load every one"
)]
fn embedded<T>(loaded: Result<T, FormError>) -> T {
    loaded.expect("embedded data files load, as the tests show")
}

/// The form of this id; none for [`FormId::None`] and for forms that have no data file yet.
pub fn form(id: FormId) -> Option<&'static Form> {
    all().iter().find(|form| form.id == id)
}

/// The form that is prescribed for reports of this year, where it has a data file.
pub fn prescribed(year: u16) -> Option<&'static Form> {
    all().iter().find(|form| form.is_prescribed && form.years.contains(&year))
}

/// Every form that has a data file, oldest first.
pub fn all() -> &'static [Form] {
    &FORMS
}

/// Every check that a report goes through.
pub fn rules() -> &'static [Rule] {
    &RULES
}

/// The rule of this id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    rules().iter().find(|rule| &*rule.id == id)
}

/// The dictionary of named quantities.
pub fn indicators() -> &'static [Indicator] {
    &INDICATORS
}

/// The dictionary of derived measures.
pub fn measures() -> &'static [Measure] {
    &MEASURES
}

/// The breaks in the series of figures, in the order of time.
pub fn breaks() -> &'static [SeriesBreak] {
    &BREAKS
}

/// The vocabulary of the running text.
pub fn narrative() -> &'static Narrative {
    &NARRATIVE
}

/// One official form.
#[derive(Debug)]
pub struct Form {
    /// Which form it is.
    pub id: FormId,
    /// Raised when the file's meaning changes (cells, keys, units, identities), so that packed records stay readable.
    pub version: u32,
    /// The form's official name and the notice that prescribes it.
    pub title_zh: String,
    /// The same in English.
    pub title_en: String,
    /// The reporting years for which it is prescribed. Reports that keep to an old form are common, so the years never
    /// decide which form a report follows.
    pub years: RangeInclusive<u16>,
    /// Whether reports of those years have to carry it. The statistics table of 2014 was a return sent upwards that some
    /// bodies annexed: local practice, in local versions that lack rows and add others.
    pub is_prescribed: bool,
    /// The parts that the form prescribes, in order; none where it prescribes none.
    pub sections: Vec<FormSection>,
    /// Its tables, in order.
    pub tables: Vec<Table>,
    /// Every cell, in the order of the form; figures of a report stand in this order.
    pub cells: Vec<CellDefinition>,
    /// The identities between its cells, expanded: one for each column, row or block they speak of.
    pub identities: Vec<Identity>,
    cells_by_key: HashMap<Arc<str>, usize>,
}

impl Form {
    /// Place of the cell of this key in [`Form::cells`].
    pub fn cell_index(&self, key: &str) -> Option<usize> {
        self.cells_by_key.get(key).copied()
    }

    /// The row in which a cell stands.
    pub fn row(&self, cell: &CellDefinition) -> &Row {
        &self.block(cell).rows[cell.place.row]
    }

    /// The column in which a cell stands.
    pub fn column(&self, cell: &CellDefinition) -> &Column {
        &self.block(cell).columns[cell.place.column]
    }

    fn block(&self, cell: &CellDefinition) -> &TableBlock {
        &self.tables[cell.place.table].blocks[cell.place.block]
    }
}

/// A part that a form prescribes, such as 一、总体情况.
#[derive(Debug)]
pub struct FormSection {
    /// Its name; the id of its table, where it holds one.
    pub id: String,
    /// Its heading without list number: the official wording, then aliases.
    pub headings: Vec<String>,
    /// English display label.
    pub label_en: String,
}

/// One table of a form.
#[derive(Debug)]
pub struct Table {
    /// The first part of its cells' keys: `disclosure`, `requests`, `reviews`.
    pub id: String,
    /// The section heading it stands under, with aliases (without list number).
    pub headings: Vec<String>,
    /// English display label.
    pub label_en: String,
    /// Parts with columns of their own. A form's 主动公开 table has five, the others one.
    pub blocks: Vec<TableBlock>,
    /// Its cells in [`Form::cells`].
    pub cells: Range<usize>,
}

/// Rows of a table that share their columns.
#[derive(Debug)]
pub struct TableBlock {
    /// The banner above it (第二十条第（一）项), with aliases; empty where there is none.
    pub banners: Vec<String>,
    /// Labels in its header that are no column's: 信息内容, 申请人情况, 法人或其他组织, 行政复议 …
    pub header_labels: Vec<String>,
    /// The labels over several of its rows, with aliases; [`Row::banners`] names them by their first wording.
    pub row_banners: Vec<RowBanner>,
    /// Its columns, left to right.
    pub columns: Vec<Column>,
    /// Its rows, top to bottom.
    pub rows: Vec<Row>,
    /// Where its only column may stand in a document several times, counting other times or others' work: how the
    /// headings say so. The cells of the form are those for this year and all.
    pub values: Option<ValueColumns>,
}

/// A label over several rows, such as （三）不予公开.
#[derive(Debug)]
pub struct RowBanner {
    /// The wording on the official form with its list number, then its aliases.
    pub labels: Vec<String>,
    /// English display label.
    pub label_en: String,
}

/// One column of values.
#[derive(Debug)]
pub struct Column {
    /// The last part of its cells' keys: `made`, `natural_person`, `reconsideration.upheld`.
    pub id: String,
    /// The header's wording on the official form, then its aliases.
    pub labels: Vec<String>,
    /// The headers above it that it shares with its neighbours (行政诉讼 → 未经复议直接起诉), outermost first.
    pub groups: Vec<String>,
    /// Whether this header occurs on this form alone, so that finding it decides the form.
    pub distinctive: bool,
    /// The unit that the official form prints in this header (万元), where it does.
    pub source_unit: Option<String>,
    /// English display label.
    pub label_en: String,
}

/// One row of values.
#[derive(Debug)]
pub struct Row {
    /// The middle part of its cells' keys: `received`, `denied.state_secret`; empty for a row without label.
    pub id: String,
    /// The wording on the official form with its list number, then its aliases. Empty for a row without label.
    pub labels: Vec<String>,
    /// The labels it stands under (三、本年度办理结果 → （三）不予公开), outermost first.
    pub banners: Vec<String>,
    /// What a sentence calls it (上年结转).
    pub short_zh: String,
    /// English display label.
    pub label_en: String,
    /// Index into [`Form::cells`] for each column of the block; `None` where the form has no such cell.
    pub cells: Vec<Option<usize>>,
}

/// Where on its form a cell stands: indices, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// Into [`Form::tables`].
    pub table: usize,
    /// Into [`Table::blocks`].
    pub block: usize,
    /// Into [`TableBlock::rows`].
    pub row: usize,
    /// Into [`TableBlock::columns`].
    pub column: usize,
}

/// One cell of a form.
#[derive(Debug)]
pub struct CellDefinition {
    /// Its key; public API.
    pub key: Arc<str>,
    /// Where it stands.
    pub place: Place,
    /// Display label in Chinese: row and column. No two cells of a form have the same.
    pub label_zh: String,
    /// Display label in English.
    pub label_en: String,
    /// The unit of its value.
    pub unit: Unit,
    /// Whether the form asks for a change, so that 增3 and 减57 are values.
    pub signed: bool,
    /// Its number among the form's cells in the typed protobuf message: unique within the form, counted from 1 and
    /// never used for another cell. A message that groups cells by table and row may number its own fields otherwise.
    pub field_number: u32,
}

/// Along what an identity was expanded; says how its terms are best named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Axis {
    /// It speaks of one column, and its terms are rows.
    Column,
    /// It speaks of one row, and its terms are columns.
    Row,
    /// It speaks of some columns of a single row, and its terms are those.
    Part,
    /// It speaks of some rows of a single column, and its terms are those.
    Rows,
}

impl Axis {
    /// Whether its terms stand below each other.
    pub fn adds_rows(self) -> bool {
        match self {
            Self::Column | Self::Rows => true,
            Self::Row | Self::Part => false,
        }
    }
}

/// An equation between cells: the sum of `left` equals the sum of `right`.
#[derive(Debug)]
pub struct Identity {
    /// The rule's id, such as `requests.balance`.
    pub rule: Arc<str>,
    /// The rule's version.
    pub rule_version: u32,
    /// The column, row or block it speaks of, such as `total`.
    pub subject: String,
    /// That column, row or block as the form words it, in Chinese.
    pub subject_zh: String,
    /// The same in English.
    pub subject_en: String,
    /// What kind of thing the subject is.
    pub axis: Axis,
    /// Index into [`Form::tables`] of the table that it speaks of.
    pub table: usize,
    /// Terms of the left side: indices into [`Form::cells`].
    pub left: Vec<usize>,
    /// Terms of the right side.
    pub right: Vec<usize>,
    /// On what it rests.
    pub basis: Basis,
    /// How much its failure matters.
    pub severity: Severity,
    /// What it says in Chinese, such as 第一项加第二项之和，等于第三项加第四项之和.
    pub text_zh: Arc<str>,
    /// The same in English.
    pub text_en: Arc<str>,
}

impl Identity {
    /// The identity's name: `requests.balance.total`.
    pub fn name(&self) -> String {
        format!("{}.{}", self.rule, self.subject)
    }

    /// Its terms, left side first: indices into [`Form::cells`].
    pub fn terms(&self) -> impl Iterator<Item = usize> + '_ {
        self.left.iter().chain(&self.right).copied()
    }
}
