//! Options of `gongkai compose`.

use super::{ClocksArgs, RecordFormat};
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gongkai compose --subject 丙市人民政府 --year 2023 --filter 'region.within(\"530100\") AND scope = WHOLE_AREA'
  gongkai compose --subject 甲县人民政府 --year 2023 --filter 'region = 甲县 AND scope = ORGAN' \\
      --expect units.txt --blank-as-zero -o sums.xlsx -o report.docx -o report.html
  gongkai compose --subject 甲县人民政府 --year 2023 reports/018f2f6e-… reports/018f2f70-… \\
      --adjust 'requests.received.total=-1; 两个部门重复受理; 核对记录' \\
      --exclude '甲县某局; 已并入另一部门'

Sums are said to be unknown where a unit leaves a cell open. The exit code is 1 as long as something stands against the
sums: an open cell, a broken identity, a unit that is absent, or counted twice.")]
pub(crate) struct ComposeArgs {
    /// Whose report it will be
    #[arg(long, value_name = "NAME")]
    pub(crate) subject: String,
    /// The reporting year
    #[arg(long, value_name = "YEAR")]
    pub(crate) year: i32,
    /// The units: the reports of that year of which this is true, as in `gongkai report list`
    #[arg(long, value_name = "FILTER", default_value = "", allow_hyphen_values = true)]
    pub(crate) filter: String,
    /// The units: names of reports
    #[arg(value_name = "REPORT")]
    pub(crate) reports: Vec<String>,
    /// Blanks and marks for "not applicable" count as zero; they are told
    #[arg(long)]
    pub(crate) blank_as_zero: bool,
    /// A file with the names of the subjects that should report, a line each
    #[arg(long, value_name = "FILE")]
    pub(crate) expect: Option<PathBuf>,
    /// Leave out the unit of this subject, for this reason
    #[arg(long, value_name = "SUBJECT; REASON")]
    pub(crate) exclude: Vec<String>,
    /// Add this to the sum of a cell, for this reason and on this basis
    #[arg(long, value_name = "KEY=AMOUNT; REASON; BASIS")]
    pub(crate) adjust: Vec<String>,
    /// The subject's report of the year before, for comparison
    #[arg(long, value_name = "REPORT")]
    pub(crate) last_year: Option<String>,
    /// Write the workbook, the Word document or the page: a file that ends in .xlsx, .docx or .html
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Vec<PathBuf>,
    /// How to print
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub(crate) format: RecordFormat,
    #[command(flatten)]
    pub(crate) clocks: ClocksArgs,
}
