//! Figures in long form as files and as columns: CSV, Parquet, workbooks, Arrow. Rows go in one by one, and pieces come out as
//! they are done, so that memory is bounded however many rows there are; a workbook, which has its directory at its end, is
//! bounded by the rows of a sheet.
//!
//! Never decides what a row holds, and does no I/O, but that rows of a workbook wait in files without names.

mod batches;
mod columns;
mod csv;
mod file;
mod parquet_file;
mod pieces;
mod room;
mod workbook;

pub use arrow_array::RecordBatch;
pub use arrow_schema::SchemaRef;
pub use batches::{Batches, schema};
pub use columns::{Cell, Column, Columns, Kind, Row, VALUE_DIGITS, VALUE_SCALE};
pub use csv::{Csv, push_text};
pub use file::{File, Format};
pub use parquet_file::Parquet;
pub use workbook::{WORKBOOK_ROWS_MAX, Xlsx};

/// Why rows cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// Columns do not fit together, which is our fault.
    #[error("columns cannot be put together")]
    Columns(#[source] arrow_schema::ArrowError),
    /// A Parquet file cannot be made of them, which is our fault.
    #[error("the Parquet file cannot be written")]
    Parquet(#[source] parquet::errors::ParquetError),
    /// A workbook cannot be made of them, which is our fault.
    #[error("the workbook cannot be written")]
    Workbook(#[source] rust_xlsxwriter::XlsxError),
    /// The disk has no room for the files in which the rows of a workbook wait.
    #[error("there is no room on the disk for the workbook")]
    NoRoom(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The library that writes workbooks has given up for another reason.
    #[error("the workbook cannot be written: {0}")]
    Broken(String),
    /// A sheet has no room for so many.
    #[error("there are more than the {max} rows that a sheet has room for")]
    TooManyRows {
        /// How many there is room for.
        max: u32,
    },
}
