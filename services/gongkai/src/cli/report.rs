//! Options of the commands about stored reports.

use super::{ClocksArgs, ListFormat, RecordFormat};
use clap::{Args, Subcommand};
use std::num::NonZeroUsize;

#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  gongkai report list
  gongkai report list --filter 'year = 2020 AND form = \"2019\"'
  gongkai report show reports/018f2f6e-…
  gongkai report show --format json reports/018f2f6e-… | jq .figures
  gongkai report findings reports/018f2f6e-…
  gongkai report history reports/018f2f6e-…       its revisions
  gongkai report diff reports/018f2f6e-…          what the latest says otherwise than the one before
  gongkai report explain reports/018f2f6e-… requests.received.total
                                                  where a figure comes from
  gongkai report copies reports/018f2f6e-…        which other reports have the same words
  gongkai report watch                            everything that becomes current")]
pub(crate) enum ReportCommand {
    /// List reports
    List(ReportListArgs),
    /// Show the record of a report
    Show(ReportShowArgs),
    /// Show what the checks of a report found
    Findings(ReportFindingsArgs),
    /// List the revisions of a report
    History(ReportHistoryArgs),
    /// Show what two revisions of a report say otherwise, cell by cell
    Diff(ReportDiffArgs),
    /// Show which other reports have the same words, with the passages and what differs
    Copies(ReportCopiesArgs),
    /// Show where a figure comes from, and what speaks for it or against it
    Explain(ReportExplainArgs),
    /// Follow reports as they change
    Watch(ReportWatchArgs),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gongkai report list
  gongkai report list --filter 'year = 2020 AND form = \"2019\"'
  gongkai report list --filter 'region.within(\"530000\") figures[\"requests.received.total\"] > 100'
  gongkai report list --filter 'subject.rank = COUNTY subject.kind = GOVERNMENT'
  gongkai report list --filter '教育局 -scope = UNKNOWN'
  gongkai report list --filter '-issuer : 公安'
  gongkai report list --published-until 2021-03-31 --filter 'year = 2020'
                                                  what had been published in time, as it was then
  gongkai report list --order-by 'year desc, region.code, issuer'
  gongkai report list --order-by 'findings_failing desc' --filter 'year = 2020' --limit 20
  gongkai report list --format names              one name a line, for scripts

docs/filters.md explains all that filters and orders can say.")]
pub(crate) struct ReportListArgs {
    /// Which reports: comparisons of fields and figures, and words to search for, joined by AND, OR and NOT
    // A filter may begin with a minus: what it does not want.
    #[arg(long, value_name = "FILTER", default_value = "", allow_hyphen_values = true)]
    pub(crate) filter: String,
    /// In which order: fields separated by commas, each perhaps with desc [default: that of changes]
    #[arg(long, value_name = "ORDER", default_value = "")]
    pub(crate) order_by: String,
    /// At most so many
    #[arg(long, value_name = "N", default_value = "1000")]
    pub(crate) limit: NonZeroUsize,
    #[command(flatten)]
    pub(crate) clocks: ClocksArgs,
    /// How to print
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub(crate) format: ListFormat,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gongkai report show reports/018f2f6e-…
  gongkai report show --format json reports/018f2f6e-…")]
pub(crate) struct ReportShowArgs {
    /// The report's name, as `gongkai report list` prints it
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) clocks: ClocksArgs,
    /// How to print
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub(crate) format: RecordFormat,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gongkai report findings reports/018f2f6e-…      what fails and what cannot be assessed
  gongkai report findings --all reports/018f2f6e-…")]
pub(crate) struct ReportFindingsArgs {
    /// The report's name, as `gongkai report list` prints it
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// Checks that hold, too
    #[arg(long)]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) clocks: ClocksArgs,
    /// How to print
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub(crate) format: RecordFormat,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gongkai report history reports/018f2f6e-…
  gongkai report history --format json reports/018f2f6e-…")]
pub(crate) struct ReportHistoryArgs {
    /// The report's name, as `gongkai report list` prints it
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) clocks: ClocksArgs,
    /// How to print
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub(crate) format: RecordFormat,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gongkai report diff reports/018f2f6e-…          the latest revision against the one before
  gongkai report diff --base 1 --target 3 reports/018f2f6e-…
  gongkai report diff --base reports/018a…/revisions/1 reports/018f2f6e-…
                                                  against another report, such as last year's

The exit code is 1 if they differ, like that of diff.")]
pub(crate) struct ReportDiffArgs {
    /// The report's name, as `gongkai report list` prints it
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// The later revision: its number [default: the latest]
    #[arg(long, value_name = "N")]
    pub(crate) target: Option<u32>,
    /// The earlier revision: its number, or the name of one of another report [default: the one before]
    #[arg(long, value_name = "N|NAME")]
    pub(crate) base: Option<String>,
    /// How to print
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub(crate) format: RecordFormat,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gongkai report copies reports/018f2f6e-…        last year's report, and those of other bodies
  gongkai report copies --with reports/018a…  reports/018f2f6e-…
                                                  what it has in common with one other report
  gongkai report copies --format json reports/018f2f6e-… | jq '.copies[] | [.subject, .copied_letters]'

Numbers, dates, names and template text do not count; docs/copies.md explains it. Nothing of it says who copied from whom.")]
pub(crate) struct ReportCopiesArgs {
    /// The report's name, as `gongkai report list` prints it
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// Compare it with this report alone
    #[arg(long, value_name = "NAME")]
    pub(crate) with: Option<String>,
    /// Passages of each report, at most 50
    #[arg(long, value_name = "N", default_value = "3")]
    pub(crate) passages: u8,
    /// At most so many reports
    #[arg(long, value_name = "N", default_value = "20")]
    pub(crate) limit: NonZeroUsize,
    #[command(flatten)]
    pub(crate) clocks: ClocksArgs,
    /// How to print
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub(crate) format: RecordFormat,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gongkai report explain reports/018f2f6e-… requests.received.total
  gongkai report explain --revision 1 reports/018f2f6e-… reviews.litigation.direct.total
  gongkai report explain --format json reports/018f2f6e-… requests.received.total

Keys are those of `gongkai report show --format json`.")]
pub(crate) struct ReportExplainArgs {
    /// The report's name, as `gongkai report list` prints it
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// The figure's key
    #[arg(value_name = "KEY")]
    pub(crate) key: String,
    /// In this revision: its number [default: the current one]
    #[arg(long, value_name = "N")]
    pub(crate) revision: Option<u32>,
    #[command(flatten)]
    pub(crate) clocks: ClocksArgs,
    /// How to print
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub(crate) format: RecordFormat,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gongkai report watch                            what becomes current from now on
  gongkai report watch --after 0                  everything so far, and then what comes
  gongkai report watch --after 4711 --format json >>changes.json
  gongkai report watch --within 530000 --year-min 2021

Ends with Ctrl-C. After a break of the connection it goes on by itself, without a gap.")]
pub(crate) struct ReportWatchArgs {
    /// Only what comes after this position; 0 for everything [default: from now on]
    #[arg(long, value_name = "POSITION")]
    pub(crate) after: Option<i64>,
    /// Within this division: a code of six digits
    #[arg(long, value_name = "CODE", default_value = "")]
    pub(crate) within: String,
    /// Of this subject
    #[arg(long, value_name = "NAME", default_value = "")]
    pub(crate) subject: String,
    /// Not before this reporting year
    #[arg(long, value_name = "YEAR")]
    pub(crate) year_min: Option<i32>,
    /// Not after this reporting year
    #[arg(long, value_name = "YEAR")]
    pub(crate) year_max: Option<i32>,
    /// End after so many changes
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<NonZeroUsize>,
    /// How to print
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub(crate) format: RecordFormat,
}
