//! Options of `gongkai export`.

use super::SourceArg;
use super::stats::WhoseArgs;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gongkai export -o figures.csv                   every cell of every report, a line each
  gongkai export --indicator requests.received -o received.parquet
                                                  one quantity, from tables and from the running text
  gongkai export --key 'requests.denied.*.total' --filter 'year = 2022' -o 2022.csv
  gongkai export --filter 'year = 2022' -o 2022.xlsx
                                                  a workbook for people, with a legend
  gongkai export --bom -o for-excel.csv           with what Excel needs to read UTF-8

docs/exports.md explains the columns, docs/filters.md the filters. A blank is no zero: it has no value, and its state says \
so. All rows are of one state of the store. The file is put in its place when it is whole; until then what was there stays.")]
pub(crate) struct ExportArgs {
    /// The file to write
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// Its format [default: by the end of its name]
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<ExportFormatArg>,
    #[command(flatten)]
    pub(crate) whose: WhoseArgs,
    /// Cells of this key; * stands for any characters; several are separated by commas [default: all, unless --indicator]
    #[arg(long = "key", alias = "keys", value_name = "KEY", value_delimiter = ',')]
    pub(crate) keys: Vec<String>,
    /// Whatever states this indicator; several are separated by commas
    #[arg(long = "indicator", alias = "indicators", value_name = "ID", value_delimiter = ',')]
    pub(crate) indicators: Vec<String>,
    /// Where figures of indicators are looked for [default: in both places]
    #[arg(long = "source", value_name = "SOURCE")]
    pub(crate) sources: Vec<SourceArg>,
    /// Cells of other times and portions, too (历年累计; 政府, 部门, 乡镇)
    #[arg(long)]
    pub(crate) all_columns: bool,
    /// Begin a CSV file with a byte order mark, which Excel needs
    #[arg(long)]
    pub(crate) bom: bool,
}

/// The format of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormatArg {
    /// Comma-separated values in UTF-8
    Csv,
    /// Columns, compressed, with their types
    Parquet,
    /// A workbook for people, with names in Chinese and English and a legend
    Xlsx,
}
