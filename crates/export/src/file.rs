//! A file of one of the formats, whichever it is.

use crate::columns::Row;
use crate::{Csv, ExportError, Parquet, Xlsx};
use bytes::Bytes;

/// The format of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// CSV; with a byte order mark where a spreadsheet needs it.
    Csv {
        /// Whether it begins with one.
        with_byte_order_mark: bool,
    },
    /// Parquet.
    Parquet,
    /// A workbook.
    Xlsx,
}

impl Format {
    /// As HTTP names it.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Csv { .. } => "text/csv; charset=utf-8",
            Self::Parquet => "application/vnd.apache.parquet",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }

    /// What the names of its files end in.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Csv { .. } => "csv",
            Self::Parquet => "parquet",
            Self::Xlsx => "xlsx",
        }
    }
}

/// A file that comes out in pieces.
pub enum File {
    /// See [`Csv`].
    Csv(Csv),
    /// See [`Parquet`].
    Parquet(Box<Parquet>),
    /// See [`Xlsx`].
    Xlsx(Box<Xlsx>),
}

impl File {
    /// An empty one. Keys and values go where the format has a place for them.
    ///
    /// # Errors
    /// When it cannot be begun.
    pub fn new(format: Format, metadata: &[(&str, String)]) -> Result<Self, ExportError> {
        Ok(match format {
            Format::Csv { with_byte_order_mark } => Self::Csv(Csv::new(with_byte_order_mark)),
            Format::Parquet => Self::Parquet(Box::new(Parquet::new(metadata)?)),
            Format::Xlsx => Self::Xlsx(Box::new(Xlsx::new(metadata)?)),
        })
    }

    /// Adds a row.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn push(&mut self, row: &Row<'_>) -> Result<(), ExportError> {
        match self {
            Self::Csv(file) => {
                file.push(row);
                Ok(())
            }
            Self::Parquet(file) => file.push(row),
            Self::Xlsx(file) => file.push(row),
        }
    }

    /// Pieces that are done, each below 1 MiB.
    pub fn take(&mut self) -> Vec<Bytes> {
        match self {
            Self::Csv(file) => file.take(),
            Self::Parquet(file) => file.take(),
            // It comes out at its end.
            Self::Xlsx(_) => Vec::new(),
        }
    }

    /// What is left; the file is done with it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(self) -> Result<Vec<Bytes>, ExportError> {
        match self {
            Self::Csv(file) => Ok(file.finish()),
            Self::Parquet(file) => file.finish(),
            Self::Xlsx(file) => file.finish(),
        }
    }
}
