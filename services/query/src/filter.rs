//! Filters and orders of reports, as callers write them. What the store can look up is handed to it; filters that look at
//! figures are evaluated over the records that it gives.

use gongkai_filter::{
    Direction, Entry, Filter, FilterError, Kind, Limits, Operand, Record, Schema, Shape, Truth, Value, parse,
    parse_order,
};
use gongkai_store::{Cell, Cells, ReportField, ReportOrder, ReportSummary, report_schema};
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// What reports are filtered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    /// What stands in a summary.
    Summary(ReportField),
    /// The number of a figure: of the year of the report, and of everybody's work together.
    Figure,
    /// The state of the same figure.
    FigureState,
}

/// States of a figure, as filters write them.
const STATES: &[&str] = &["NUMBER", "BLANK", "NOT_APPLICABLE", "TEXT", "UNDETERMINED", "MISSING"];

static SCHEMA: LazyLock<Schema<Field>> = LazyLock::new(|| {
    let mut schema = report_schema().map(Field::Summary);
    schema.entries.extend([
        Entry { name: "figures", shape: Shape::Keyed(Field::Figure, Kind::Decimal, figure_keys) },
        Entry {
            name: "figures.state",
            shape: Shape::Keyed(Field::FigureState, Kind::Name(STATES), figure_keys),
        },
    ]);
    schema
});

/// Keys of all forms, each once.
pub(crate) fn figure_keys() -> &'static [&'static str] {
    static KEYS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
        let cells = gongkai_forms::all().iter().flat_map(|form| &form.cells);
        let mut keys: Vec<_> = cells.map(|cell| &*cell.key).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    });
    &KEYS
}

/// A filter as it is carried out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Filters {
    /// For the store.
    pub(crate) of_summaries: Option<Filter<ReportField>>,
    /// For the records that it gives.
    pub(crate) of_records: Option<Filter<Field>>,
}

impl Filters {
    /// Reads a filter.
    pub(crate) fn parse(text: &str) -> Result<Self, FilterError> {
        let Some(filter) = parse(text, &SCHEMA, Limits::STANDARD)? else { return Ok(Self::default()) };
        let in_summary = |field| match field {
            Field::Summary(field) => Some(field),
            Field::Figure | Field::FigureState => None,
        };
        let (of_summaries, of_records) = filter.split(&in_summary);
        Ok(Self { of_summaries, of_records })
    }
}

/// Keys of the figures that a filter looks at, in order.
pub(crate) fn keys_of(filter: &Filter<Field>) -> Vec<String> {
    let keys: BTreeSet<&String> =
        filter.targets().into_iter().filter_map(|target| target.key.as_ref()).collect();
    keys.into_iter().cloned().collect()
}

/// A report with all that a filter looks at.
pub(crate) struct Whole<'r> {
    pub(crate) summary: &'r ReportSummary,
    /// [`keys_of`] the filter.
    pub(crate) keys: &'r [String],
    /// The cells of these keys.
    pub(crate) cells: &'r Cells,
}

impl Whole<'_> {
    fn cell(&self, key: Option<&str>) -> Option<Cell> {
        let index = self.keys.iter().position(|known| Some(&**known) == key)?;
        self.cells.of_keys.get(index).copied().flatten()
    }
}

impl Record<Field> for Whole<'_> {
    fn value(&self, field: Field, key: Option<&str>) -> Value<'_> {
        match field {
            Field::Summary(field) => self.summary.value(field, key),
            Field::Figure => {
                let value = self.cell(key).and_then(|cell| cell.value);
                value.map_or(Value::Absent, |value| Value::Number(value.decimal()))
            }
            Field::FigureState => self.cell(key).map_or(Value::Absent, |cell| Value::Name(cell.state.name())),
        }
    }

    fn holds(&self, function: Field, arguments: &[Operand]) -> Truth {
        match function {
            Field::Summary(function) => self.summary.holds(function, arguments),
            Field::Figure | Field::FigureState => Truth::Unknown,
        }
    }

    fn says(&self, words: &str) -> bool {
        self.summary.says(words)
    }
}

/// What lists of reports are ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OrderField {
    Position,
    Year,
}

static ORDERS: LazyLock<Schema<OrderField>> = LazyLock::new(|| {
    let value = |name, field| Entry { name, shape: Shape::Value(field, Kind::Decimal) };
    let entries = vec![
        value("position", OrderField::Position),
        // Changes become known in the order of their positions.
        value("create_time", OrderField::Position),
        value("year", OrderField::Year),
    ];
    Schema { entries, has_words: false }
});

/// Reads an order; that of changes where none is given.
pub(crate) fn order(text: &str) -> Result<ReportOrder, FilterError> {
    // Among equals reports stand in the order of their ids, which is of no use to choose.
    let limits = Limits { terms_max: 1, ..Limits::STANDARD };
    let keys = parse_order(text, &ORDERS, limits)?;
    Ok(match keys.first().map(|key| (key.target.field, key.direction)) {
        None | Some((OrderField::Position, Direction::Ascending)) => ReportOrder::Changed,
        Some((OrderField::Position, Direction::Descending)) => ReportOrder::ChangedLast,
        Some((OrderField::Year, Direction::Ascending)) => ReportOrder::Year,
        Some((OrderField::Year, Direction::Descending)) => ReportOrder::YearLast,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use gongkai_model::State;

    #[test]
    fn the_store_looks_up_what_it_can_and_figures_are_left() {
        let known = |key: &str| figure_keys().contains(&key);
        assert!(known("requests.received.total") && !known("requests"));
        let filters =
            Filters::parse("year >= 2019 AND (form = 2019 OR region = 东安市) NOT issuer : 公安").unwrap();
        assert_eq!(filters.of_records, None);
        let filters = Filters::parse(
            r#"year = 2019 AND figures["requests.received.total"] > 100 region.within("530000")"#,
        )
        .unwrap();
        let (of_summaries, of_records) = (filters.of_summaries.unwrap(), filters.of_records.unwrap());
        let text = of_summaries.text(&report_schema()).unwrap();
        assert_eq!(text, r#"year = 2019 AND region.within("530000")"#);
        assert_eq!(of_records.text(&SCHEMA).unwrap(), r#"figures["requests.received.total"] > 100"#);
        // An alternative is looked at as a whole.
        let filters = Filters::parse(r#"year = 2019 OR figures:"requests.received.total""#).unwrap();
        assert!(filters.of_summaries.is_none() && filters.of_records.is_some());
    }

    #[test]
    fn names_of_states_are_those_of_the_model() {
        let states = [
            State::Number,
            State::Blank,
            State::NotApplicable,
            State::Text,
            State::Undetermined,
            State::Missing,
        ];
        assert_eq!(states.map(State::name), STATES);
    }

    #[test]
    fn complaints_name_the_column_and_what_may_be_meant() {
        let complaint = |text: &str| Filters::parse(text).unwrap_err().to_string();
        assert_eq!(
            complaint(r#"figures["requests.recieved.total"] > 100"#),
            "column 9: there is no key \"requests.recieved.total\"; did you mean `requests.received.total`?"
        );
        assert_eq!(
            complaint("scope = WHOLE"),
            "column 9: expected ORGAN, OWN_LEVEL, WHOLE_AREA or UNKNOWN, found `WHOLE`"
        );
        // A township has a code of nine digits, which no report is filtered by.
        for written in ["云南", "530902001", "530902001000", "5309", "53090a"] {
            assert_eq!(
                complaint(&format!("region.within({written})")),
                format!(
                    "column 15: expected the code of a province, prefecture or county, six digits, found `{written}`"
                )
            );
        }
        let shape = complaint("shape = round");
        assert!(
            shape.starts_with("column 1: there is no field `shape`; there are year, form, region, "),
            "{shape}"
        );
    }

    #[test]
    fn orders_are_by_one_field() {
        assert_eq!(order("").unwrap(), ReportOrder::Changed);
        assert_eq!(order("create_time desc").unwrap(), ReportOrder::ChangedLast);
        assert_eq!(order("year asc").unwrap(), ReportOrder::Year);
        let complaint = |text| order(text).unwrap_err().to_string();
        assert_eq!(
            complaint("yaer"),
            "column 1: there is no field `yaer`; there are position, create_time, year; did you mean `year`?"
        );
        assert_eq!(complaint("year, position"), "column 7: a list is ordered by at most 1 field");
        assert_eq!(complaint("year down"), "column 6: expected asc, desc, `,` or the end, found `down`");
    }
}
