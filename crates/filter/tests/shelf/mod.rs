//! A list of books, to be filtered: one field of each kind.
#![allow(dead_code, unreachable_pub, missing_docs, reason = "each test file uses its part")]

use gongkai_filter::{
    Entry, Filter, FilterError, Instant, Kind, Limits, Operand, Record, Schema, Shape, Truth, Value, parse,
};
use gongkai_model::Date;
use rust_decimal::Decimal;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    Title,
    Writer,
    Name,
    Pages,
    Price,
    Binding,
    Printed,
    Bought,
    Copies,
    CopiesState,
    Near,
    Nothing,
}

pub const BINDINGS: &[&str] = &["PAPER", "LINEN", "OR"];
pub const STATES: &[&str] = &["NUMBER", "BLANK"];

pub fn rooms() -> &'static [&'static str] {
    &["north", "south.2", "odd \"one\""]
}

pub static SHELF: LazyLock<Schema<Field>> = LazyLock::new(|| Schema {
    entries: vec![
        Entry { name: "title", shape: Shape::Value(Field::Title, Kind::Text) },
        Entry { name: "writer", shape: Shape::Value(Field::Writer, Kind::Text) },
        Entry { name: "name", shape: Shape::Value(Field::Name, Kind::Text) },
        Entry { name: "pages", shape: Shape::Value(Field::Pages, Kind::Integer(1, 9999)) },
        Entry { name: "price", shape: Shape::Value(Field::Price, Kind::Decimal) },
        Entry { name: "binding", shape: Shape::Value(Field::Binding, Kind::Name(BINDINGS)) },
        Entry { name: "printed", shape: Shape::Value(Field::Printed, Kind::Date) },
        Entry { name: "bought", shape: Shape::Value(Field::Bought, Kind::Time) },
        Entry { name: "copies", shape: Shape::Keyed(Field::Copies, Kind::Decimal, rooms) },
        Entry { name: "copies.state", shape: Shape::Keyed(Field::CopiesState, Kind::Name(STATES), rooms) },
        Entry {
            name: "title.near",
            shape: Shape::Function(Field::Near, &[Kind::Text, Kind::Integer(-10, 10)]),
        },
        Entry { name: "nothing", shape: Shape::Function(Field::Nothing, &[]) },
    ],
    has_words: true,
});

#[derive(Clone, Debug, Default)]
pub struct Book {
    pub title: String,
    pub writer: String,
    pub pages: Option<i64>,
    pub price: Option<Decimal>,
    pub binding: Option<&'static str>,
    pub printed: Option<Date>,
    pub bought: Option<Instant>,
    /// A number, or a blank.
    pub copies: BTreeMap<&'static str, Option<Decimal>>,
}

impl Record<Field> for Book {
    fn value(&self, field: Field, key: Option<&str>) -> Value<'_> {
        let copies = key.and_then(|key| self.copies.get(key));
        match field {
            Field::Title => Value::Text(Cow::Borrowed(&self.title)),
            Field::Writer => Value::Text(Cow::Borrowed(&self.writer)),
            Field::Name => Value::Texts(&self.title, &self.writer),
            Field::Pages => self.pages.map_or(Value::Absent, |pages| Value::Number(pages.into())),
            Field::Price => self.price.map_or(Value::Absent, Value::Number),
            Field::Binding => self.binding.map_or(Value::Absent, Value::Name),
            Field::Printed => self.printed.map_or(Value::Absent, Value::Date),
            Field::Bought => self.bought.map_or(Value::Absent, Value::Time),
            Field::Copies => copies.copied().flatten().map_or(Value::Absent, Value::Number),
            Field::CopiesState => match copies {
                Some(Some(_)) => Value::Name("NUMBER"),
                Some(None) => Value::Name("BLANK"),
                None => Value::Absent,
            },
            Field::Near | Field::Nothing => Value::Absent,
        }
    }

    fn holds(&self, function: Field, arguments: &[Operand]) -> Truth {
        match (function, arguments) {
            _ if self.title.is_empty() => Truth::Unknown,
            (Field::Near, [Operand::Text(text), Operand::Integer(_)]) => {
                self.title.starts_with(&**text).into()
            }
            _ => Truth::False,
        }
    }

    fn says(&self, words: &str) -> bool {
        self.title.contains(words) || self.writer.contains(words)
    }
}

pub fn read(text: &str) -> Result<Option<Filter<Field>>, FilterError> {
    parse(text, &SHELF, Limits::STANDARD)
}

/// A filter that can be read.
pub fn filter(text: &str) -> Filter<Field> {
    match read(text) {
        Ok(Some(filter)) => filter,
        other => panic!("{text}: {other:?}"),
    }
}

/// The complaint about a filter.
pub fn complaint(text: &str) -> String {
    read(text).expect_err(text).to_string()
}

/// A filter as it is printed, which shows how it was read.
pub fn printed(text: &str) -> String {
    filter(text).text(&SHELF).expect("the schema has its names")
}
