//! The columns, the same in every format.

use rust_decimal::Decimal;

/// Digits of a number in Arrow and Parquet, and how many of them are behind the point.
pub const VALUE_DIGITS: u8 = 38;
/// See [`VALUE_DIGITS`].
pub const VALUE_SCALE: i8 = 6;

/// One figure of one report. What is not there is empty, or none.
#[derive(Clone, Copy, Debug, Default)]
#[allow(missing_docs, reason = "each is explained by its column; names stand in workbooks only")]
pub struct Row<'r> {
    pub name_zh: &'r str,
    pub name_en: &'r str,
    pub report: &'r str,
    pub revision: u32,
    pub subject: &'r str,
    pub region_name: &'r str,
    pub region_code: &'r str,
    pub rank: &'r str,
    pub kind: &'r str,
    pub scope: &'r str,
    pub year: Option<u16>,
    pub form: &'r str,
    pub source: &'r str,
    pub key: &'r str,
    pub indicator: &'r str,
    pub state: &'r str,
    pub value: Option<Decimal>,
    pub value_max: Option<Decimal>,
    pub unit: &'r str,
    pub derivation: &'r str,
    pub period: &'r str,
    pub portion: &'r str,
    pub whose: &'r str,
    pub stated_scope: &'r str,
    pub approximate: bool,
    pub quote: &'r str,
    pub comparability: &'r str,
}

/// What a column holds, and how it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// One of some words: a dictionary in Arrow and Parquet.
    Word,
    /// A whole number.
    Whole,
    /// A decimal number, as it is in CSV, of [`VALUE_DIGITS`] in Arrow and Parquet.
    Decimal,
    /// The same number as text, in Arrow and Parquet only: exact, however many digits it has.
    Exact,
    /// Yes or no.
    Truth,
}

/// What a row says in a column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'r> {
    /// Nothing where it is empty.
    Text(&'r str),
    /// A whole number.
    Whole(Option<i64>),
    /// A number.
    Decimal(Option<Decimal>),
    /// Yes or no.
    Truth(bool),
}

/// A column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// What it means.
    pub meaning: &'static str,
    read: for<'r> fn(&Row<'r>) -> Cell<'r>,
}

impl Column {
    /// What `row` says in it.
    pub fn of<'r>(&self, row: &Row<'r>) -> Cell<'r> {
        (self.read)(row)
    }
}

/// All columns, in order.
#[derive(Clone, Copy, Debug)]
pub struct Columns;

impl Columns {
    /// Those of Arrow and Parquet.
    pub const ALL: &[Column] = COLUMNS;

    /// Those of CSV, where numbers are exact as they are.
    pub fn of_text() -> impl Iterator<Item = &'static Column> {
        COLUMNS.iter().filter(|column| column.kind != Kind::Exact)
    }
}

macro_rules! columns {
    ($($name:ident $kind:ident $meaning:literal => $read:expr;)+) => {
        const COLUMNS: &[Column] = &[
            $(Column { name: stringify!($name), kind: Kind::$kind, meaning: $meaning, read: $read },)+
        ];
    };
}

columns! {
    report Text "the report: `reports/{uuid}`" => |row| Cell::Text(row.report);
    revision Whole "the number of its revision" => |row| Cell::Whole(Some(row.revision.into()));
    subject Word "whose work is counted" => |row| Cell::Text(row.subject);
    region_name Word "the region's name, where the text names one" => |row| Cell::Text(row.region_name);
    region_code Word "its code of six digits, where it is certain" => |row| Cell::Text(row.region_code);
    rank Word "the subject's rank: `COUNTY`, …" => |row| Cell::Text(row.rank);
    kind Word "the subject's kind: `GOVERNMENT`, …" => |row| Cell::Text(row.kind);
    scope Word "what the report covers: `ORGAN`, `OWN_LEVEL`, `WHOLE_AREA`, `UNKNOWN`; never to be mixed"
        => |row| Cell::Text(row.scope);
    year Whole "the reporting year, where the text says it" => |row| Cell::Whole(row.year.map(i64::from));
    form Word "the form that the tables follow: `2014`, `2019`, `2021`, `NONE`" => |row| Cell::Text(row.form);
    source Word "where the figure stands: `TABLE` or `STATEMENT`" => |row| Cell::Text(row.source);
    key Word "the key of its cell; none for a statement" => |row| Cell::Text(row.key);
    indicator Word "the indicator that it states, where the dictionary has one" => |row| Cell::Text(row.indicator);
    state Word "`NUMBER`, `BLANK`, `NOT_APPLICABLE`, `TEXT`, `UNDETERMINED`, `MISSING`: a blank is no zero"
        => |row| Cell::Text(row.state);
    value Decimal "its number; none in every state but `NUMBER`" => |row| Cell::Decimal(row.value);
    value_exact Exact "the same as text: exact where `value` has no room for it" => |row| Cell::Decimal(row.value);
    value_max Decimal "the upper end where a statement gives a range" => |row| Cell::Decimal(row.value_max);
    value_max_exact Exact "the same as text" => |row| Cell::Decimal(row.value_max);
    unit Word "`count` or `yuan` for a cell; as written for a statement" => |row| Cell::Text(row.unit);
    derivation Word "how it was obtained: `READ`, `INFERRED`, …" => |row| Cell::Text(row.derivation);
    period Word "the time that it counts: `THIS_YEAR`, …" => |row| Cell::Text(row.period);
    portion Word "whose part of the work a cell counts: `ALL`, …" => |row| Cell::Text(row.portion);
    whose Word "whose work a statement counts; none for a cell" => |row| Cell::Text(row.whose);
    stated_scope Word "what a statement covers, where its sentence says so" => |row| Cell::Text(row.stated_scope);
    approximate Truth "whether a statement is approximate (余, 近)" => |row| Cell::Truth(row.approximate);
    quote Text "the words of a statement; none for a cell" => |row| Cell::Text(row.quote);
    comparability Word "the breaks in the series behind it; rows are comparable where this is the same"
        => |row| Cell::Text(row.comparability);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_is_explained() {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/exports.md");
        let page = std::fs::read_to_string(page).unwrap();
        let of = |column: &Column| {
            let kind = match column.kind {
                Kind::Text => "text",
                Kind::Word => "dictionary of texts",
                Kind::Whole => "int32",
                Kind::Decimal => "decimal128(38, 6)",
                Kind::Exact => "text; not in CSV",
                Kind::Truth => "boolean",
            };
            format!("| `{}` | {kind} | {} |", column.name, column.meaning)
        };
        let table: Vec<String> = Columns::ALL.iter().map(of).collect();
        assert!(page.contains(&table.join("\n")), "docs/exports.md is stale:\n{}", table.join("\n"));
        assert_eq!((VALUE_DIGITS, VALUE_SCALE), (38, 6));
    }
}
