//! Filters and orders of reports, as callers write them. What the store can look up is handed to it; filters that look at
//! figures are evaluated over the records that it gives.

use gongkai_filter::{
    Direction, Entry, Filter, FilterError, Kind, Limits, Operand, Record, Schema, Shape, Truth, Value, parse,
    parse_order,
};
use gongkai_store::{
    Cell, Cells, ReportField, ReportOrder, ReportSummary, SORT_KEYS_MAX, SortField, SortKey, report_schema,
};
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
static ORDERS: LazyLock<Schema<SortField>> = LazyLock::new(|| {
    let value = |name, field| Entry { name, shape: Shape::Value(field, Kind::Decimal) };
    let entries = vec![
        value("position", SortField::Position),
        // Changes become known in the order of their positions.
        value("create_time", SortField::Position),
        value("year", SortField::Year),
        value("form", SortField::Form),
        value("region.name", SortField::RegionName),
        value("region.code", SortField::RegionCode),
        value("issuer", SortField::Issuer),
        value("subject", SortField::Subject),
        value("scope", SortField::Scope),
        value("published", SortField::Published),
        value("revision", SortField::Revision),
        value("findings_failing", SortField::FindingsFailing),
        value("figures_undetermined", SortField::FiguresUndetermined),
    ];
    Schema { entries, has_words: false }
});

/// What searches are ordered by: what their index can be gone through by.
static SEARCH_ORDERS: LazyLock<Schema<SortField>> = LazyLock::new(|| {
    let mut schema = ORDERS.clone();
    schema.entries.truncate(3);
    schema
});

/// The order of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Order {
    /// By these first.
    pub(crate) sort: Vec<SortKey>,
    /// And those that are equal.
    pub(crate) rest: ReportOrder,
}

impl Order {
    /// Reads an order; that of changes where none is given. Equal ones stand in the order of changes.
    pub(crate) fn parse(text: &str) -> Result<Self, FilterError> {
        let limits = Limits { terms_max: SORT_KEYS_MAX, ..Limits::STANDARD };
        let keys = parse_order(text, &ORDERS, limits)?;
        if let [] | [_] = keys.as_slice()
            && let Some(rest) = simple(keys.first().map(|key| (key.target.field, key.direction)))
        {
            return Ok(Self { sort: Vec::new(), rest });
        }
        let keys = keys.into_iter().map(|key| SortKey { field: key.target.field, direction: key.direction });
        Ok(Self { sort: keys.collect(), rest: ReportOrder::Changed })
    }

    /// What a page token belongs to.
    pub(crate) fn words(&self) -> String {
        let Self { sort, rest } = self;
        // Without further fields it is what it was before there were any: tokens outlast a change of the version.
        if sort.is_empty() { format!("{rest:?}") } else { format!("{sort:?} {rest:?}") }
    }
}

/// The order of a search.
pub(crate) fn search_order(text: &str) -> Result<ReportOrder, FilterError> {
    let limits = Limits { terms_max: 1, ..Limits::STANDARD };
    let keys = parse_order(text, &SEARCH_ORDERS, limits)?;
    Ok(simple(keys.first().map(|key| (key.target.field, key.direction))).unwrap_or_default())
}

/// The order by at most one field that a store goes through without sorting.
fn simple(key: Option<(SortField, Direction)>) -> Option<ReportOrder> {
    match key {
        None | Some((SortField::Position, Direction::Ascending)) => Some(ReportOrder::Changed),
        Some((SortField::Position, Direction::Descending)) => Some(ReportOrder::ChangedLast),
        Some((SortField::Year, Direction::Ascending)) => Some(ReportOrder::Year),
        Some((SortField::Year, Direction::Descending)) => Some(ReportOrder::YearLast),
        Some(_) => None,
    }
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
    fn orders_are_by_fields_of_which_the_first_decides() {
        let order = |text| Order::parse(text).unwrap();
        let simple = |rest| Order { sort: Vec::new(), rest };
        assert_eq!(order(""), simple(ReportOrder::Changed));
        assert_eq!(order("create_time desc"), simple(ReportOrder::ChangedLast));
        assert_eq!(order("year asc"), simple(ReportOrder::Year));
        let key = |field, direction| SortKey { field, direction };
        let sort = vec![
            key(SortField::Year, Direction::Descending),
            key(SortField::RegionCode, Direction::Ascending),
            key(SortField::Issuer, Direction::Ascending),
        ];
        assert_eq!(order("year desc, region.code, issuer"), Order { sort, rest: ReportOrder::Changed });
        let complaint = |text| Order::parse(text).unwrap_err().to_string();
        assert_eq!(
            complaint("year, yaer desc"),
            "column 7: there is no field `yaer`; there are position, create_time, year, form, region.name, region.code, \
            issuer, subject, scope, published, revision, findings_failing, figures_undetermined; did you mean `year`?"
        );
        assert_eq!(complaint("position, create_time"), "column 11: `create_time` stands twice");
        assert_eq!(complaint("year down"), "column 6: expected asc, desc, `,` or the end, found `down`");
        let many = "year,form,scope,issuer,subject,published,revision,region.code,region.name";
        assert_eq!(complaint(many), "column 63: a list is ordered by at most 8 fields");
    }

    #[test]
    fn a_search_is_ordered_by_one_field_that_its_index_goes_by() {
        assert_eq!(search_order("year desc").unwrap(), ReportOrder::YearLast);
        assert_eq!(search_order("position").unwrap(), ReportOrder::Changed);
        let complaint = |text| search_order(text).unwrap_err().to_string();
        assert_eq!(complaint("year, position"), "column 7: a list is ordered by at most 1 field");
        assert_eq!(
            complaint("issuer"),
            "column 1: there is no field `issuer`; there are position, create_time, year"
        );
    }
}
