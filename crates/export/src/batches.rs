//! Rows as columns of Arrow.

use crate::ExportError;
use crate::columns::{Cell, Column, Columns, Kind, Row, VALUE_DIGITS, VALUE_SCALE};
use arrow_array::builder::{
    ArrayBuilder, BooleanBuilder, Decimal128Builder, Int32Builder, StringBuilder, StringDictionaryBuilder,
};
use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use rust_decimal::Decimal;
use std::sync::{Arc, LazyLock};

/// Rows of a batch, and bytes of their texts: little enough for a message below 1 MiB.
const ROWS_MAX: usize = 4096;
const TEXT_BYTES_MAX: usize = 512 * 1024;

/// The columns as Arrow has them. Numbers and texts that are not there are null.
pub fn schema() -> SchemaRef {
    static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
        let field = |column: &Column| {
            let metadata = [("meaning".to_owned(), column.meaning.to_owned())];
            let is_always_there = matches!(column.name, "report" | "revision" | "state" | "approximate");
            Field::new(column.name, data_type(column.kind), !is_always_there).with_metadata(metadata)
        };
        Arc::new(Schema::new(Columns::ALL.iter().map(field).collect::<Vec<_>>()))
    });
    SCHEMA.clone()
}

fn data_type(kind: Kind) -> DataType {
    match kind {
        Kind::Text | Kind::Exact => DataType::Utf8,
        Kind::Word => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
        Kind::Whole => DataType::Int32,
        Kind::Decimal => DataType::Decimal128(VALUE_DIGITS, VALUE_SCALE),
        Kind::Truth => DataType::Boolean,
    }
}

/// Rows on their way into a batch.
pub struct Batches {
    builders: Vec<Builder>,
    rows: usize,
    text_bytes: usize,
}

enum Builder {
    Text(StringBuilder),
    Word(StringDictionaryBuilder<Int32Type>),
    Whole(Int32Builder),
    Decimal(Decimal128Builder),
    Exact(StringBuilder),
    Truth(BooleanBuilder),
}

impl Default for Batches {
    fn default() -> Self {
        Self::new()
    }
}

impl Batches {
    /// An empty batch.
    pub fn new() -> Self {
        let builders = Columns::ALL.iter().map(|column| Builder::new(column.kind)).collect();
        Self { builders, rows: 0, text_bytes: 0 }
    }

    /// Adds a row.
    pub fn push(&mut self, row: &Row<'_>) {
        for (column, builder) in Columns::ALL.iter().zip(&mut self.builders) {
            let cell = column.of(row);
            // What words are in a dictionary is known only then, so that each counts.
            self.text_bytes += text(cell).map_or(0, str::len);
            builder.push(cell);
        }
        self.rows += 1;
    }

    /// Whether it should be taken before another row is added.
    pub fn is_full(&self) -> bool {
        ROWS_MAX <= self.rows || TEXT_BYTES_MAX <= self.text_bytes
    }

    /// Whether there are no rows in it.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// The rows that were added since the last time.
    ///
    /// # Errors
    /// When the columns do not fit together.
    pub fn take(&mut self) -> Result<RecordBatch, ExportError> {
        (self.rows, self.text_bytes) = (0, 0);
        let columns = self.builders.iter_mut().map(Builder::finish).collect();
        RecordBatch::try_new(schema(), columns).map_err(ExportError::Columns)
    }
}

impl Builder {
    fn new(kind: Kind) -> Self {
        match kind {
            Kind::Text => Self::Text(StringBuilder::new()),
            Kind::Word => Self::Word(StringDictionaryBuilder::new()),
            Kind::Whole => Self::Whole(Int32Builder::new()),
            Kind::Decimal => Self::Decimal(Decimal128Builder::new().with_data_type(data_type(Kind::Decimal))),
            Kind::Exact => Self::Exact(StringBuilder::new()),
            Kind::Truth => Self::Truth(BooleanBuilder::new()),
        }
    }

    /// A cell of another kind than the column's is not there, which a test of all columns excludes.
    fn push(&mut self, cell: Cell<'_>) {
        match (self, cell) {
            (Self::Text(builder), cell) => builder.append_option(text(cell)),
            (Self::Word(builder), cell) => builder.append_option(text(cell)),
            (Self::Whole(builder), Cell::Whole(number)) => {
                builder.append_option(number.and_then(|number| i32::try_from(number).ok()));
            }
            (Self::Whole(builder), _) => builder.append_null(),
            (Self::Decimal(builder), Cell::Decimal(number)) => {
                builder.append_option(number.and_then(fixed));
            }
            (Self::Decimal(builder), _) => builder.append_null(),
            (Self::Exact(builder), Cell::Decimal(number)) => {
                builder.append_option(number.map(|number| number.normalize().to_string()));
            }
            (Self::Exact(builder), _) => builder.append_null(),
            (Self::Truth(builder), Cell::Truth(truth)) => builder.append_value(truth),
            (Self::Truth(builder), _) => builder.append_null(),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(builder) | Self::Exact(builder) => ArrayBuilder::finish(builder),
            Self::Word(builder) => ArrayBuilder::finish(builder),
            Self::Whole(builder) => ArrayBuilder::finish(builder),
            Self::Decimal(builder) => ArrayBuilder::finish(builder),
            Self::Truth(builder) => ArrayBuilder::finish(builder),
        }
    }
}

fn text(cell: Cell<'_>) -> Option<&str> {
    match cell {
        Cell::Text(text) if !text.is_empty() => Some(text),
        Cell::Text(_) | Cell::Whole(_) | Cell::Decimal(_) | Cell::Truth(_) => None,
    }
}

/// The number with as many digits behind the point as the column has; none where it would have to be rounded.
fn fixed(number: Decimal) -> Option<i128> {
    let number = number.normalize();
    let digits_missing = u32::from(VALUE_SCALE.unsigned_abs()).checked_sub(number.scale())?;
    number.mantissa().checked_mul(10_i128.pow(digits_missing))
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::Array as _;
    use arrow_array::cast::AsArray as _;
    use arrow_array::types::{Decimal128Type, Int32Type};

    #[test]
    fn every_column_holds_what_its_kind_says() {
        let row = Row {
            year: Some(2020),
            value: Some(Decimal::ONE),
            value_max: Some(Decimal::ONE),
            ..Row::default()
        };
        for column in Columns::ALL {
            let fits = match column.of(&row) {
                Cell::Text(_) => matches!(column.kind, Kind::Text | Kind::Word),
                Cell::Whole(Some(_)) => column.kind == Kind::Whole,
                Cell::Decimal(Some(_)) => matches!(column.kind, Kind::Decimal | Kind::Exact),
                Cell::Truth(_) => column.kind == Kind::Truth,
                Cell::Whole(None) | Cell::Decimal(None) => false,
            };
            assert!(fits, "{}", column.name);
        }
    }

    #[test]
    fn a_number_is_never_rounded_and_a_blank_is_null() {
        let numbers = ["0", "12", "-38520000.125", "0.000001", "0.0000001", "79228162514264337593543950335"];
        let mut batches = Batches::new();
        for number in numbers {
            batches.push(&Row {
                report: "r",
                state: "NUMBER",
                value: Some(number.parse().unwrap()),
                ..Row::default()
            });
        }
        batches.push(&Row { report: "r", state: "BLANK", ..Row::default() });
        let batch = batches.take().unwrap();
        assert!(batches.is_empty());
        let column = |name| batch.column_by_name(name).unwrap();
        let values = column("value").as_primitive::<Decimal128Type>();
        let fixed: Vec<Option<i128>> = values.iter().collect();
        assert_eq!(fixed[..4], [Some(0), Some(12_000_000), Some(-38_520_000_125_000), Some(1)]);
        // Seven digits behind the point do not fit, and stand as text beside it.
        assert_eq!(fixed[4], None);
        assert_eq!(fixed[5], Some(79_228_162_514_264_337_593_543_950_335 * 1_000_000));
        assert_eq!(fixed[6], None);
        let exact: Vec<Option<&str>> = column("value_exact").as_string::<i32>().iter().collect();
        assert_eq!(exact[..6], numbers.map(Some));
        assert_eq!(exact[6], None);
        let states = column("state").as_dictionary::<Int32Type>();
        let words = states.values().as_string::<i32>();
        let said: Vec<&str> = states.keys().iter().map(|key| words.value(key.unwrap() as usize)).collect();
        assert_eq!(said[5..], ["NUMBER", "BLANK"]);
        assert_eq!((column("year").null_count(), column("key").null_count()), (7, 7));
    }

    #[test]
    fn a_batch_is_full_by_its_rows_or_by_their_texts() {
        let mut batches = Batches::new();
        for _ in 0..ROWS_MAX {
            assert!(!batches.is_full());
            batches.push(&Row { report: "r", state: "BLANK", ..Row::default() });
        }
        assert!(batches.is_full());
        assert_eq!(batches.take().unwrap().num_rows(), ROWS_MAX);
        let quote = "x".repeat(TEXT_BYTES_MAX);
        batches.push(&Row { report: "r", state: "TEXT", quote: &quote, ..Row::default() });
        assert!(batches.is_full());
    }
}
