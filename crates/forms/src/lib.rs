//! The official forms, indicators and rules as data, and their loader.
//!
//! A form is a data file: its tables, the wording of their labels with all aliases, the keys of their cells, their
//! units and protobuf field numbers, and the identities between them. Code never knows a form by name: supporting
//! another form means adding a file. Never reads anything at run time; the files are part of the build.

// mod load;

// pub use load::{FormError, load_form};

use gongkai_model::{Basis, FormId, Severity, Unit};
use std::sync::Arc;

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
    /// Its tables, in order.
    pub tables: Vec<Table>,
    /// Every cell, in the order of the form; figures of a report stand in this order.
    pub cells: Vec<CellDefinition>,
    /// The identities between its cells, expanded: one for each column, row or block they speak of.
    pub identities: Vec<Identity>,
}

/// One table of a form.
#[derive(Debug)]
pub struct Table {
    /// The first part of its cells' keys: `disclosure`, `requests`, `reviews`.
    pub id: String,
    /// The section heading it stands under, with aliases (without list number).
    pub headings: Vec<String>,
    /// Parts with columns of their own. A form's 主动公开 table has five, the others one.
    pub blocks: Vec<TableBlock>,
}

/// Rows of a table that share their columns.
#[derive(Debug)]
pub struct TableBlock {
    /// The banner above it (第二十条第（一）项), with aliases; empty where there is none.
    pub banners: Vec<String>,
    /// Labels in its header that are no column's: 信息内容, 申请人情况, 法人或其他组织, 行政复议 …
    pub header_labels: Vec<String>,
    /// Its columns, left to right.
    pub columns: Vec<Column>,
    /// Its rows, top to bottom.
    pub rows: Vec<Row>,
}

/// One column of values.
#[derive(Debug)]
pub struct Column {
    /// The last part of its cells' keys: `made`, `natural_person`, `reconsideration.upheld`.
    pub id: String,
    /// The header's wording on the official form, then its aliases.
    pub labels: Vec<String>,
    /// The header above it that it shares with its neighbours (法人或其他组织), where there is one.
    pub group: Option<String>,
    /// Whether this header occurs on this form alone, so that finding it decides the form.
    pub distinctive: bool,
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
    /// English display label.
    pub label_en: String,
    /// Index into [`Form::cells`] for each column of the block; `None` where the form has no such cell.
    pub cells: Vec<Option<usize>>,
}

/// One cell of a form.
#[derive(Debug)]
pub struct CellDefinition {
    /// Its key; public API.
    pub key: Arc<str>,
    /// Display label in Chinese: row and column.
    pub label_zh: String,
    /// Display label in English.
    pub label_en: String,
    /// The unit of its value.
    pub unit: Unit,
    /// Whether the form asks for a change, so that 增3 and 减57 are values.
    pub signed: bool,
    /// Field number in the form's typed protobuf message.
    pub field_number: u32,
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
}
