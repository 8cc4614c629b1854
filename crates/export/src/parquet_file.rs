//! Parquet, compressed with zstd.

use crate::ExportError;
use crate::batches::{Batches, schema};
use crate::columns::Row;
use crate::pieces::pieces;
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;

/// Rows of a group, which is in memory until it is written; and its bytes.
const GROUP_ROWS: usize = 256 * 1024;
const GROUP_BYTES: usize = 32 << 20;

/// A Parquet file that comes out in pieces.
pub struct Parquet {
    batches: Batches,
    writer: ArrowWriter<Vec<u8>>,
}

impl Parquet {
    /// A file with these keys and values in its metadata.
    ///
    /// # Errors
    /// When it cannot be begun.
    pub fn new(metadata: &[(&str, String)]) -> Result<Self, ExportError> {
        let pair = |(key, value): &(&str, String)| KeyValue::new((*key).to_owned(), value.clone());
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            .set_key_value_metadata(Some(metadata.iter().map(pair).collect()))
            .build();
        let writer = ArrowWriter::try_new(Vec::new(), schema(), Some(properties));
        Ok(Self { batches: Batches::new(), writer: writer.map_err(ExportError::Parquet)? })
    }

    /// Adds a row.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn push(&mut self, row: &Row<'_>) -> Result<(), ExportError> {
        self.batches.push(row);
        if self.batches.is_full() { self.write() } else { Ok(()) }
    }

    fn write(&mut self) -> Result<(), ExportError> {
        self.writer.write(&self.batches.take()?).map_err(ExportError::Parquet)?;
        if GROUP_BYTES <= self.writer.memory_size() {
            self.writer.flush().map_err(ExportError::Parquet)?;
        }
        Ok(())
    }

    /// Pieces that are done.
    pub fn take(&mut self) -> Vec<Bytes> {
        // The writer counts what it has written and never looks back at it.
        pieces(std::mem::take(self.writer.inner_mut()))
    }

    /// What is left; the file is done with it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self) -> Result<Vec<Bytes>, ExportError> {
        if !self.batches.is_empty() {
            self.write()?;
        }
        self.writer.into_inner().map(pieces).map_err(ExportError::Parquet)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pieces::PIECE_BYTES_MAX;
    use arrow_array::cast::AsArray as _;
    use arrow_array::types::Decimal128Type;
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    use rust_decimal::Decimal;

    #[test]
    fn pieces_make_one_file_that_tells_its_columns_and_its_rows() {
        let mut file = Parquet::new(&[("gongkai.position", "42".to_owned())]).unwrap();
        let mut pieces = Vec::new();
        let rows = GROUP_ROWS + 10_000;
        for number in 0..rows {
            // Of every third nothing is known.
            let value = (number % 3 != 0).then(|| Decimal::from(number));
            let state = if value.is_some() { "NUMBER" } else { "BLANK" };
            let report = format!("reports/{number}");
            file.push(&Row { report: &report, state, value, ..Row::default() }).unwrap();
            pieces.extend(file.take());
        }
        assert!(!pieces.is_empty(), "a group is given before the file is done");
        pieces.extend(file.finish().unwrap());
        assert!(pieces.iter().all(|piece| piece.len() <= PIECE_BYTES_MAX));
        let reader = ParquetRecordBatchReaderBuilder::try_new(Bytes::from(pieces.concat())).unwrap();
        assert_eq!(reader.schema().fields().len(), schema().fields().len());
        assert_eq!(reader.metadata().num_row_groups(), 2);
        let metadata = reader.metadata().file_metadata().key_value_metadata().unwrap();
        assert!(
            metadata.iter().any(|pair| pair.key == "gongkai.position" && pair.value.as_deref() == Some("42"))
        );
        let mut number = 0;
        for batch in reader.build().unwrap() {
            let batch = batch.unwrap();
            let values = batch.column_by_name("value").unwrap().as_primitive::<Decimal128Type>();
            for value in values {
                assert_eq!(value, (number % 3 != 0).then_some(number * 1_000_000), "{number}");
                number += 1;
            }
        }
        assert_eq!(number, rows as i128);
    }
}
