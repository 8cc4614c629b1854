//! From a form's data file to [`Form`]: wording shared between forms is looked up, keys are put together, identities
//! are expanded, and whatever does not fit together is an error that names its place.

use crate::values::ValuesEntry;
use crate::{
    Axis, CellDefinition, Column, Form, FormSection, Identity, Place, Row, RowBanner, Rule, Table,
    TableBlock, rules,
};
use gongkai_model::{FormId, Unit};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::{HashMap, HashSet};

/// Tables whose wording several forms share; a form names one by `use` and lists the rows that it has.
const SHARED_TABLES: [(&str, &str); 2] =
    [("requests", include_str!("../data/requests.toml")), ("reviews", include_str!("../data/reviews.toml"))];
const SECTIONS: &str = include_str!("../data/sections.toml");

/// Numbers that protobuf keeps for itself.
const RESERVED_FIELD_NUMBERS: std::ops::RangeInclusive<u32> = 19_000..=19_999;

/// What is wrong with a data file.
#[derive(Debug, thiserror::Error)]
pub enum FormError {
    /// The text is not TOML, or has not the fields it should have; the source names line and column.
    #[error("data file `{file}` cannot be read")]
    Syntax {
        /// Which file: `form`, `requests`, `rules`, …
        file: String,
        /// Where in it, and what was expected.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// Its parts do not fit together.
    #[error("{place}: {problem}")]
    Invalid {
        /// The table, row, column or identity that does not fit.
        place: String,
        /// Why not.
        problem: String,
    },
}

impl FormError {
    pub(crate) fn invalid(place: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Invalid { place: place.into(), problem: problem.into() }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FormFile {
    id: String,
    version: u32,
    title_zh: String,
    title_en: String,
    first_year: u16,
    last_year: Option<u16>,
    /// Absent where it is.
    #[serde(default = "yes")]
    prescribed: bool,
    tables: Vec<TableEntry>,
}

fn yes() -> bool {
    true
}

/// A table spelled out (`id`, `blocks`), or a shared one with the rows that this form has of it (`use`, `rows`).
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TableEntry {
    id: Option<String>,
    /// Absent where the section that holds it gives them.
    headings: Option<Vec<String>>,
    en: Option<String>,
    #[serde(default)]
    blocks: Vec<BlockEntry>,
    #[serde(rename = "use")]
    shared: Option<String>,
    #[serde(default)]
    rows: Vec<RowReference>,
    #[serde(default)]
    identities: Vec<IdentityEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RowReference {
    id: String,
    field: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BlockEntry {
    #[serde(default)]
    banners: Vec<String>,
    #[serde(default)]
    header_labels: Vec<String>,
    #[serde(default)]
    row_banners: Vec<RowBannerEntry>,
    columns: Vec<ColumnEntry>,
    rows: Vec<RowEntry>,
    values: Option<ValuesEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SharedFile {
    id: String,
    #[serde(default)]
    header_labels: Vec<String>,
    #[serde(default)]
    row_banners: Vec<RowBannerEntry>,
    columns: Vec<ColumnEntry>,
    rows: Vec<RowEntry>,
    #[serde(default)]
    identities: Vec<IdentityEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RowBannerEntry {
    labels: Vec<String>,
    en: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ColumnEntry {
    id: String,
    labels: Vec<String>,
    en: String,
    #[serde(default)]
    groups: Vec<String>,
    #[serde(default)]
    distinctive: bool,
    #[serde(default)]
    signed: bool,
    #[serde(default)]
    unit: UnitName,
    source_unit: Option<String>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum UnitName {
    #[default]
    Count,
    Yuan,
}

impl From<UnitName> for Unit {
    fn from(name: UnitName) -> Self {
        match name {
            UnitName::Count => Self::Count,
            UnitName::Yuan => Self::Yuan,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RowEntry {
    id: String,
    labels: Vec<String>,
    #[serde(default)]
    banners: Vec<String>,
    short_zh: Option<String>,
    en: String,
    /// Absent where the column gives it.
    unit: Option<UnitName>,
    /// Absent in a shared table, where the form gives it.
    field: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IdentityEntry {
    rule: String,
    each: Each,
    subject: Option<SubjectEntry>,
    left: Vec<String>,
    right: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Each {
    /// One identity for each column; terms are row ids.
    Column,
    /// One for each row; terms are column ids.
    Row,
    /// One, of the subject that it names; terms are column ids of the table's only row, or row ids of its only column.
    Subject,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SubjectEntry {
    id: String,
    zh: String,
    en: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SectionsFile {
    sections: Vec<SectionEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SectionEntry {
    id: String,
    en: String,
    labels: Vec<String>,
}

/// Reads a form's data file. Tables that it shares with other forms are taken from the files of this crate.
///
/// # Errors
/// When the text is not TOML of the expected shape, or its parts do not fit together: an unknown row, column, rule
/// or shared table, a label that is missing, a key, label or field number that occurs twice.
pub fn load_form(text: &str) -> Result<Form, FormError> {
    let file: FormFile = parse("form", text)?;
    let id = FormId::from_name(&file.id)
        .filter(|id| *id != FormId::None)
        .ok_or_else(|| FormError::invalid("form", format!("`{}` is no form's id", file.id)))?;
    // The parts of a report are prescribed by the same notices as its tables.
    let sections = if file.prescribed { load_sections()? } else { Vec::new() };
    let mut builder = Builder { sections, tables: Vec::new(), cells: Vec::new(), identities: Vec::new() };
    for entry in file.tables {
        builder.add_table(resolve(entry)?)?;
    }
    let Builder { sections, tables, cells, identities } = builder;
    check_unique("form, keys", cells.iter().map(|cell| &*cell.key))?;
    check_unique("form, labels", cells.iter().map(|cell| cell.label_zh.as_str()))?;
    check_unique("form, identities", identities.iter().map(Identity::name))?;
    check_field_numbers(&cells)?;
    let cells_by_key = cells.iter().enumerate().map(|(index, cell)| (cell.key.clone(), index)).collect();
    Ok(Form {
        id,
        version: file.version,
        title_zh: file.title_zh,
        title_en: file.title_en,
        years: file.first_year..=file.last_year.unwrap_or(u16::MAX),
        is_prescribed: file.prescribed,
        sections,
        tables,
        cells,
        identities,
        cells_by_key,
    })
}

pub(crate) fn parse<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, FormError> {
    toml::from_str(text)
        .map_err(|source| FormError::Syntax { file: file.to_owned(), source: Box::new(source) })
}

pub(crate) fn check_unique<T: AsRef<str> + Eq + std::hash::Hash>(
    place: &str,
    names: impl IntoIterator<Item = T>,
) -> Result<(), FormError> {
    let mut seen = HashSet::new();
    for name in names {
        if seen.contains(&name) {
            return Err(FormError::invalid(place, format!("`{}` occurs twice", name.as_ref())));
        }
        seen.insert(name);
    }
    Ok(())
}

fn check_field_numbers(cells: &[CellDefinition]) -> Result<(), FormError> {
    let mut owners = HashMap::new();
    for cell in cells {
        let number = cell.field_number;
        if number == 0 || RESERVED_FIELD_NUMBERS.contains(&number) {
            return Err(FormError::invalid(&*cell.key, format!("{number} is no field number for a cell")));
        }
        if let Some(owner) = owners.insert(number, &cell.key) {
            return Err(FormError::invalid(
                &*cell.key,
                format!("field number {number} belongs to `{owner}`"),
            ));
        }
    }
    Ok(())
}

fn load_sections() -> Result<Vec<FormSection>, FormError> {
    let file: SectionsFile = parse("sections", SECTIONS)?;
    Ok(file
        .sections
        .into_iter()
        .map(|SectionEntry { id, en, labels }| FormSection { id, headings: labels, label_en: en })
        .collect())
}

/// A table with everything in place but its cells.
struct ResolvedTable {
    id: String,
    /// Headings and English label, where the table has its own.
    title: Option<(Vec<String>, String)>,
    blocks: Vec<BlockEntry>,
    identities: Vec<IdentityEntry>,
}

fn resolve(entry: TableEntry) -> Result<ResolvedTable, FormError> {
    let TableEntry { id, headings, en, blocks, shared, rows: references, identities } = entry;
    let title = headings.zip(en);
    let name = match (id, shared) {
        (Some(id), None) if references.is_empty() => {
            return Ok(ResolvedTable { id, title, blocks, identities });
        }
        (None, Some(name)) if blocks.is_empty() => name,
        (id, shared) => {
            let name = id.or(shared).unwrap_or_default();
            let problem = "a table has either `id` and `blocks`, or `use` and `rows`";
            return Err(FormError::invalid(format!("table {name}"), problem));
        }
    };
    let text =
        SHARED_TABLES.iter().find(|(shared, _)| *shared == name).map(|(_, text)| *text).ok_or_else(|| {
            FormError::invalid(format!("table {name}"), "there is no shared table of this name")
        })?;
    let shared: SharedFile = parse(&name, text)?;
    let mut known: HashMap<String, RowEntry> =
        shared.rows.into_iter().map(|row| (row.id.clone(), row)).collect();
    let mut rows = Vec::new();
    for RowReference { id, field } in references {
        let row = known.remove(&id).ok_or_else(|| {
            FormError::invalid(format!("table {name}, row `{id}`"), "unknown, or listed twice")
        })?;
        rows.push(RowEntry { field: Some(field), ..row });
    }
    let block = BlockEntry {
        banners: Vec::new(),
        header_labels: shared.header_labels,
        row_banners: shared.row_banners,
        columns: shared.columns,
        rows,
        values: None,
    };
    // The shared identities first: they are the printed one and those that every form has.
    let identities = shared.identities.into_iter().chain(identities).collect();
    Ok(ResolvedTable { id: shared.id, title, blocks: vec![block], identities })
}

/// A form on its way.
struct Builder {
    sections: Vec<FormSection>,
    tables: Vec<Table>,
    cells: Vec<CellDefinition>,
    identities: Vec<Identity>,
}

impl Builder {
    fn add_table(&mut self, table: ResolvedTable) -> Result<(), FormError> {
        let ResolvedTable { id, title, blocks, identities } = table;
        let of_section = || {
            let section = self.sections.iter().find(|section| section.id == id)?;
            Some((section.headings.clone(), section.label_en.clone()))
        };
        let (headings, label_en) = title
            .or_else(of_section)
            .ok_or_else(|| FormError::invalid(format!("table {id}"), "no section has this id"))?;
        let first_cell = self.cells.len();
        let blocks = blocks
            .into_iter()
            .enumerate()
            .map(|(index, block)| self.block(&id, index, block))
            .collect::<Result<_, _>>()?;
        let table = Table { id, headings, label_en, blocks, cells: first_cell..self.cells.len() };
        for entry in identities {
            let place = format!("table {}, identity {}", table.id, entry.rule);
            let expanded = expand(&table, self.tables.len(), entry)
                .map_err(|problem| FormError::invalid(place, problem))?;
            self.identities.extend(expanded);
        }
        self.tables.push(table);
        Ok(())
    }

    fn block(&mut self, table: &str, index: usize, entry: BlockEntry) -> Result<TableBlock, FormError> {
        let BlockEntry { banners, header_labels, row_banners, columns, rows, values } = entry;
        for column in &columns {
            if column.labels.is_empty() {
                return Err(FormError::invalid(
                    format!("table {table}, column `{}`", column.id),
                    "it has no label",
                ));
            }
        }
        let row_banners: Vec<_> = row_banners
            .into_iter()
            .map(|RowBannerEntry { labels, en }| RowBanner { labels, label_en: en })
            .collect();
        let mut finished = Vec::new();
        for (row_index, row) in rows.into_iter().enumerate() {
            let at = format!("table {table}, row `{}`", row.id);
            for banner in &row.banners {
                if !row_banners.iter().any(|known| known.labels.first() == Some(banner)) {
                    return Err(FormError::invalid(
                        at,
                        format!("banner `{banner}` is not among the row banners"),
                    ));
                }
            }
            let first_field = row.field.ok_or_else(|| FormError::invalid(at, "it has no field number"))?;
            let mut cells = Vec::new();
            for ((column_index, column), field_number) in columns.iter().enumerate().zip(first_field..) {
                cells.push(Some(self.cells.len()));
                self.cells.push(CellDefinition {
                    key: key([table, &row.id, &column.id]).into(),
                    place: Place {
                        table: self.tables.len(),
                        block: index,
                        row: row_index,
                        column: column_index,
                    },
                    label_zh: label_zh(&row, column),
                    label_en: label_en(&row, column),
                    unit: row.unit.unwrap_or(column.unit).into(),
                    signed: column.signed,
                    field_number,
                });
            }
            finished.push(row.finish(cells, &columns));
        }
        let columns: Vec<Column> = columns.into_iter().map(Column::from).collect();
        if values.is_some() && columns.len() != 1 {
            return Err(FormError::invalid(
                format!("table {table}"),
                "columns that differ in what they count stand beside columns of the form",
            ));
        }
        let values = values.map(|values| values.finish(table)).transpose()?;
        Ok(TableBlock { banners, header_labels, row_banners, columns, rows: finished, values })
    }
}

impl RowEntry {
    fn short_zh(&self) -> String {
        self.short_zh.as_ref().or(self.labels.first()).cloned().unwrap_or_default()
    }

    fn finish(self, cells: Vec<Option<usize>>, columns: &[ColumnEntry]) -> Row {
        // Under a column without id a row's label is its cell's.
        let short_zh = match columns {
            [column] if column.id.is_empty() => label_zh(&self, column),
            _ => self.short_zh(),
        };
        let Self { id, labels, banners, short_zh: _, en, unit: _, field: _ } = self;
        Row { id, labels, banners, short_zh, label_en: en, cells }
    }
}

impl From<ColumnEntry> for Column {
    fn from(entry: ColumnEntry) -> Self {
        let ColumnEntry { id, labels, en, groups, distinctive, signed: _, unit: _, source_unit } = entry;
        Self { id, labels, groups, distinctive, source_unit, label_en: en }
    }
}

fn key(parts: [&str; 3]) -> String {
    let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(".")
}

/// Row and column as the form words them. The outermost banner (三、本年度办理结果) is left out: no two rows differ
/// in it alone. A column without id says nothing beside its rows: those are known by their own words, without numbers.
fn label_zh(row: &RowEntry, column: &ColumnEntry) -> String {
    if column.id.is_empty() {
        let words = row.short_zh();
        return words[list_number_bytes(&words)..].to_owned();
    }
    let banners = row.banners.iter().skip(1);
    let parts: Vec<_> = banners
        .chain(row.labels.first())
        .chain(&column.groups)
        .chain(column.labels.first())
        .map(String::as_str)
        .collect();
    parts.join(" · ")
}

fn label_en(row: &RowEntry, column: &ColumnEntry) -> String {
    if row.labels.is_empty() {
        column.en.clone()
    } else if column.id.is_empty() {
        row.en.clone()
    } else {
        format!("{} · {}", row.en, column.en)
    }
}

/// The bytes of the list number that `label` begins with: `（一）`, `1.`, `三、`.
fn list_number_bytes(label: &str) -> usize {
    let is_numeral = |c: char| "一二三四五六七八九十".contains(c) || c.is_ascii_digit();
    let rest = label.trim_start_matches('（').trim_start_matches(is_numeral);
    let after = rest.trim_start_matches(['）', '、', '.']);
    if after.len() < rest.len() { label.len() - after.len() } else { 0 }
}

/// One identity for each column, row or part that `entry` speaks of.
fn expand(table: &Table, table_index: usize, entry: IdentityEntry) -> Result<Vec<Identity>, String> {
    let IdentityEntry { rule, each, subject, left, right } = entry;
    let rule = rules().iter().find(|known| *known.id == rule).ok_or("there is no such rule")?;
    let mut identities = Vec::new();
    for block in &table.blocks {
        match (each, &subject) {
            (Each::Column, None) => {
                for (index, column) in block.columns.iter().enumerate() {
                    let cell = |id: &String| {
                        let row = block.rows.iter().find(|row| row.id == *id);
                        row.and_then(|row| row.cells[index]).ok_or_else(|| format!("there is no row `{id}`"))
                    };
                    let sides = (terms(&left, cell)?, terms(&right, cell)?);
                    let subject = Subject { id: &column.id, zh: &column.labels[0], en: &column.label_en };
                    identities.push(identity(rule, Axis::Column, table_index, subject, sides));
                }
            }
            (Each::Row, None) => {
                for row in &block.rows {
                    let cell = |id: &String| cell_in_row(block, row, id);
                    let sides = (terms(&left, cell)?, terms(&right, cell)?);
                    let zh: Vec<_> =
                        row.banners.iter().skip(1).chain(row.labels.first()).map(String::as_str).collect();
                    let subject = Subject { id: &row.id, zh: &zh.join(" "), en: &row.label_en };
                    identities.push(identity(rule, Axis::Row, table_index, subject, sides));
                }
            }
            (Each::Subject, Some(SubjectEntry { id, zh, en })) => {
                let subject = Subject { id, zh, en };
                let (axis, sides) = match (block.rows.as_slice(), block.columns.as_slice()) {
                    ([row], _) => {
                        let cell = |id: &String| cell_in_row(block, row, id);
                        (Axis::Part, (terms(&left, cell)?, terms(&right, cell)?))
                    }
                    (rows, [_]) => {
                        let cell = |id: &String| cell_in_column(rows, id);
                        (Axis::Rows, (terms(&left, cell)?, terms(&right, cell)?))
                    }
                    _ => return Err("the block has several rows".to_owned()),
                };
                identities.push(identity(rule, axis, table_index, subject, sides));
            }
            (Each::Column | Each::Row, Some(_)) => {
                return Err("columns and rows are their own subject".to_owned());
            }
            (Each::Subject, None) => return Err("it has no subject".to_owned()),
        }
    }
    Ok(identities)
}

fn cell_in_row(block: &TableBlock, row: &Row, column_id: &str) -> Result<usize, String> {
    let column = block.columns.iter().position(|column| column.id == column_id);
    column.and_then(|column| row.cells[column]).ok_or_else(|| format!("there is no column `{column_id}`"))
}

fn cell_in_column(rows: &[Row], row_id: &str) -> Result<usize, String> {
    let row = rows.iter().find(|row| row.id == row_id);
    row.and_then(|row| row.cells.first().copied().flatten())
        .ok_or_else(|| format!("there is no row `{row_id}`"))
}

fn terms(ids: &[String], cell: impl Fn(&String) -> Result<usize, String>) -> Result<Vec<usize>, String> {
    if ids.is_empty() {
        return Err("a side has no terms".to_owned());
    }
    ids.iter().map(cell).collect()
}

struct Subject<'a> {
    id: &'a str,
    zh: &'a str,
    en: &'a str,
}

fn identity(
    rule: &Rule,
    axis: Axis,
    table: usize,
    subject: Subject<'_>,
    (left, right): (Vec<usize>, Vec<usize>),
) -> Identity {
    Identity {
        rule: rule.id.clone(),
        rule_version: rule.version,
        subject: subject.id.to_owned(),
        subject_zh: subject.zh.to_owned(),
        subject_en: subject.en.to_owned(),
        axis,
        table,
        left,
        right,
        basis: rule.basis,
        severity: rule.severity,
        text_zh: rule.text_zh.clone(),
        text_en: rule.text_en.clone(),
    }
}
