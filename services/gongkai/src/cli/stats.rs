//! Options of the commands that compute with the figures of many reports.

use super::ClocksArgs;
use clap::{Args, Subcommand, ValueEnum};
use gongkai_model::{BodyKind, Rank, ScopeKind};
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  gongkai stats figures --key requests.received.total --filter 'year = 2020' --format csv
  gongkai stats aggregate --by year --key requests.received.total --measure grant_rate.concluded
  gongkai stats explain --measure grant_rate.concluded --filter 'year = 2020 region.code = 530102 scope = WHOLE_AREA'
  gongkai stats roll-up reports/018f2f6e-… --filter 'year = 2020 region.within(\"530102\") scope = ORGAN'
  gongkai stats measures                          what rates there are, and what is divided by what
  gongkai stats breaks                            what changed over the years, so that figures do not compare

A blank is not a zero: where a cell has no number, what depends on it is not known, and the answer says so. Reports of \
different scopes are never added together.")]
pub(crate) enum StatsCommand {
    /// Print figures of many reports, a row for each
    Figures(StatsFiguresArgs),
    /// Compute sums, distributions and rates by groups of reports, and rank the groups
    Aggregate(Box<StatsAggregateArgs>),
    /// Show what a sum or a rate is made of: its formula, and what each report contributes
    Explain(Box<StatsExplainArgs>),
    /// Hold a body's table against the sum of its units' tables
    RollUp(StatsRollUpArgs),
    /// List the rates that can be computed, with their formulas
    Measures(StatsListArgs),
    /// List the breaks in the series
    Breaks(StatsListArgs),
}

/// Whose reports.
#[derive(Debug, Args)]
pub(crate) struct WhoseArgs {
    /// Which reports, as in `gongkai report list --filter`
    #[arg(long, value_name = "FILTER", default_value = "", allow_hyphen_values = true)]
    pub(crate) filter: String,
    /// Only of bodies of this rank; may be given several times
    #[arg(long = "rank", value_name = "RANK", value_parser = rank)]
    pub(crate) ranks: Vec<Rank>,
    /// Only of bodies of this kind; may be given several times
    #[arg(long = "kind", value_name = "KIND", value_parser = kind)]
    pub(crate) kinds: Vec<BodyKind>,
    #[command(flatten)]
    pub(crate) clocks: ClocksArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gongkai stats figures --key requests.received.total --filter 'year = 2020'
  gongkai stats figures --key 'requests.denied.*.total' --filter 'region.within(\"530000\")' --format csv
  gongkai stats figures --indicator requests.received          from tables and from the running text, a row for each
  gongkai stats figures --indicator published.total --source statement --format json
  gongkai stats figures --rank county --filter 'year = 2021' --format csv >figures.csv

In CSV and JSON every row says in which state the figure is; a blank has no value. `comparability` names the breaks behind it: \
see `gongkai stats breaks`.")]
pub(crate) struct StatsFiguresArgs {
    #[command(flatten)]
    pub(crate) whose: WhoseArgs,
    /// Cells of this key; * stands for any characters; may be given several times [default: all cells]
    #[arg(long = "key", value_name = "KEY")]
    pub(crate) keys: Vec<String>,
    /// Whatever states this indicator; may be given several times
    #[arg(long = "indicator", value_name = "ID")]
    pub(crate) indicators: Vec<String>,
    /// Where figures of indicators are looked for [default: in both places]
    #[arg(long = "source", value_name = "SOURCE")]
    pub(crate) sources: Vec<SourceArg>,
    /// Cells of other times and portions, too (历年累计; 政府, 部门, 乡镇)
    #[arg(long)]
    pub(crate) all_columns: bool,
    /// The order of reports, as in `gongkai report list --order-by`
    #[arg(long, value_name = "ORDER", default_value = "")]
    pub(crate) order_by: String,
    /// At most so many rows [default: 1000 in tables, all in CSV and JSON]
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<NonZeroUsize>,
    /// How to print
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub(crate) format: StatsFormat,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gongkai stats aggregate --by year --key requests.received.total
  gongkai stats aggregate --by prefecture --by year --measure grant_rate.concluded --filter 'region.within(\"530000\")'

  Which counties of Yunnan that concluded at least 20 requests in 2020 granted the smallest share of them, and on what \
grounds did they deny the rest?
  gongkai stats aggregate --filter 'year = 2020 region.within(\"530000\")' --rank county --kind government --by subject \\
      --measure grant_rate.concluded --measure denial_rate.concluded --measure 'denial_share.*' \\
      --order-by grant_rate.concluded --minimum 20 --limit 10

The scope is always part of a group, and so is the rank except for organs: a county's report on its whole area is never added \
to its departments' reports, nor to that of its prefecture. Under a ratio stand its numerator and denominator, beside a sum how many \
reports have a number. `?` stands for what is not known.")]
pub(crate) struct StatsAggregateArgs {
    #[command(flatten)]
    pub(crate) whose: WhoseArgs,
    /// Only reports of this scope
    #[arg(long, value_name = "SCOPE", value_parser = scope)]
    pub(crate) scope: Option<ScopeKind>,
    /// What reports are grouped by; may be given several times
    #[arg(long = "by", value_name = "WHAT")]
    pub(crate) group_by: Vec<GroupByArg>,
    /// Cells of this key; * stands for any characters; may be given several times
    #[arg(long = "key", value_name = "KEY")]
    pub(crate) keys: Vec<String>,
    /// What states this indicator; may be given several times
    #[arg(long = "indicator", value_name = "ID")]
    pub(crate) indicators: Vec<String>,
    /// A rate of `gongkai stats measures`; * stands for any characters; may be given several times
    #[arg(long = "measure", value_name = "ID")]
    pub(crate) measures: Vec<String>,
    /// Where figures of indicators are looked for
    #[arg(long, value_name = "SOURCE", default_value = "table")]
    pub(crate) source: SourceArg,
    /// Take blanks and marks for "not applicable" for zeros; the answer says how many were
    #[arg(long)]
    pub(crate) blank_as_zero: bool,
    /// Digits behind the point of ratios and means
    #[arg(long, value_name = "N", default_value = "4", value_parser = clap::value_parser!(i32).range(1..=12))]
    pub(crate) digits: i32,
    /// Rank groups by this key, indicator or measure, the least first
    #[arg(long, value_name = "ID")]
    pub(crate) order_by: Option<String>,
    /// Which of its numbers [default: ratio of a measure, else sum of numbers]
    #[arg(long, value_name = "STATISTIC", requires = "order_by")]
    pub(crate) statistic: Option<StatisticArg>,
    /// The greatest first
    #[arg(long, requires = "order_by")]
    pub(crate) desc: bool,
    /// Only groups that rest on at least so much: the denominator of a measure, the count of numbers of a key
    #[arg(long, value_name = "N", default_value = "0", requires = "order_by", value_parser = clap::value_parser!(i64).range(0..))]
    pub(crate) minimum: i64,
    /// At most so many groups
    #[arg(long, value_name = "N", requires = "order_by")]
    pub(crate) limit: Option<NonZeroU32>,
    /// A file with the bodies whose reports should be there: a name or a code of a region a line
    #[arg(long, value_name = "FILE")]
    pub(crate) expected: Option<PathBuf>,
    /// How to print
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub(crate) format: StatsFormat,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gongkai stats explain --measure grant_rate.concluded --filter 'year = 2020 subject.rank = COUNTY scope = WHOLE_AREA'
  gongkai stats explain --key requests.received.total --filter 'year = 2020 region.code = 530102' --scope organ
  gongkai stats explain --indicator published.total --source statement --filter 'year = 2010 scope = ORGAN' --format json
  gongkai report explain REPORT requests.granted.total    then tells where a figure comes from

The filter has to leave one group of `gongkai stats aggregate` without --by: reports of one scope, and of one rank unless they are \
of organs. `?` stands for what is not known. What is contributed adds up to the statistic exactly.")]
pub(crate) struct StatsExplainArgs {
    #[command(flatten)]
    pub(crate) whose: WhoseArgs,
    /// Only reports of this scope
    #[arg(long, value_name = "SCOPE", value_parser = scope)]
    pub(crate) scope: Option<ScopeKind>,
    /// The cell of this key
    #[arg(long, value_name = "KEY", required_unless_present_any = ["indicator", "measure"], conflicts_with_all = ["indicator", "measure"])]
    pub(crate) key: Option<String>,
    /// What states this indicator
    #[arg(long, value_name = "ID", conflicts_with = "measure")]
    pub(crate) indicator: Option<String>,
    /// A rate of `gongkai stats measures`
    #[arg(long, value_name = "ID")]
    pub(crate) measure: Option<String>,
    /// Where the figures of an indicator are looked for
    #[arg(long, value_name = "SOURCE", default_value = "table")]
    pub(crate) source: SourceArg,
    /// Take blanks and marks for "not applicable" for zeros
    #[arg(long)]
    pub(crate) blank_as_zero: bool,
    /// Digits behind the point of ratios and means
    #[arg(long, value_name = "N", default_value = "4", value_parser = clap::value_parser!(i32).range(1..=12))]
    pub(crate) digits: i32,
    /// At most so many reports [default: 1000 in tables, all in CSV and JSON]
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<NonZeroUsize>,
    /// How to print
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub(crate) format: StatsFormat,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gongkai stats roll-up reports/018f2f6e-… --filter 'year = 2020 region.within(\"530102\") scope = ORGAN'
  gongkai stats roll-up reports/018f2f6e-… --unit reports/018f2f70-… --unit reports/018f2f71-…
  gongkai stats roll-up reports/018f2f6e-… --filter … --adjust 'requests.received.total=-2:counted by two bureaus'

The exit code is 1 if a cell does not agree. Units of other years are left out, and so is the report itself.")]
pub(crate) struct StatsRollUpArgs {
    /// The body's report, as `gongkai report list` prints it
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) whose: WhoseArgs,
    /// A unit's report; may be given several times
    #[arg(long = "unit", value_name = "NAME")]
    pub(crate) units: Vec<String>,
    /// Only units' reports of this scope
    #[arg(long, value_name = "SCOPE", value_parser = scope)]
    pub(crate) unit_scope: Option<ScopeKind>,
    /// Cells of this key; * stands for any characters; may be given several times [default: all of its form]
    #[arg(long = "key", value_name = "KEY")]
    pub(crate) keys: Vec<String>,
    /// Take blanks and marks for "not applicable" for zeros; the answer says how many were
    #[arg(long)]
    pub(crate) blank_as_zero: bool,
    /// What is known to differ, and why: KEY=AMOUNT:REASON; may be given several times
    #[arg(long = "adjust", value_name = "ADJUSTMENT", value_parser = adjustment)]
    pub(crate) adjustments: Vec<AdjustmentArg>,
    /// A file with the units whose reports should be there: a name or a code of a region a line
    #[arg(long, value_name = "FILE")]
    pub(crate) expected: Option<PathBuf>,
    /// Lines that agree, and those that cannot be assessed, too
    #[arg(long)]
    pub(crate) all: bool,
    /// How to print
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub(crate) format: StatsFormat,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gongkai stats measures
  gongkai stats measures --format json
  gongkai stats breaks --lang en")]
pub(crate) struct StatsListArgs {
    /// How to print
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub(crate) format: StatsFormat,
}

/// How statistics are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum StatsFormat {
    /// For people
    Table,
    /// One JSON object a line
    Json,
    /// Comma-separated values with a header, in UTF-8
    Csv,
}

/// Where a figure stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SourceArg {
    /// In a table of the form
    Table,
    /// In the running text
    Statement,
}

/// What reports are grouped by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum GroupByArg {
    /// The body
    Subject,
    /// The province of its region
    Province,
    /// The prefecture of its region
    Prefecture,
    /// The county of its region
    County,
    /// The body's rank
    Rank,
    /// The body's kind
    Kind,
    /// The reporting year
    Year,
    /// The form
    Form,
}

/// One number of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum StatisticArg {
    /// The sum, where every report has a number
    Sum,
    /// What those add up to that have a number
    NumbersSum,
    /// The mean
    Mean,
    /// The least
    Minimum,
    /// The first quartile
    P25,
    /// The median
    Median,
    /// The third quartile
    P75,
    /// The greatest
    Maximum,
    /// The sum of numerators divided by that of denominators
    Ratio,
}

/// Something that is known to differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AdjustmentArg {
    pub(crate) key: String,
    pub(crate) amount: String,
    pub(crate) reason: String,
}

/// One of `known` by its name, with `-` and `_` for each other.
fn named<T: Copy>(text: &str, known: &[(T, &str)]) -> Result<T, String> {
    let wanted = text.replace('-', "_").to_lowercase();
    let found = known.iter().find(|(_, name)| name.to_lowercase() == wanted);
    found.map(|(value, _)| *value).ok_or_else(|| {
        let names: Vec<String> =
            known.iter().map(|(_, name)| name.to_lowercase().replace('_', "-")).collect();
        format!("there are {}", names.join(", "))
    })
}

fn rank(text: &str) -> Result<Rank, String> {
    use Rank::{County, National, Prefecture, Province, Township, Unknown};
    named(text, &[National, Province, Prefecture, County, Township, Unknown].map(|rank| (rank, rank.name())))
}

fn kind(text: &str) -> Result<BodyKind, String> {
    use BodyKind::{Department, DevelopmentZone, GeneralOffice, Government, Other, Township, VerticallyLed};
    let kinds = [Government, GeneralOffice, Department, Township, DevelopmentZone, VerticallyLed, Other];
    named(text, &kinds.map(|kind| (kind, kind.name())))
}

fn scope(text: &str) -> Result<ScopeKind, String> {
    use ScopeKind::{Organ, OwnLevel, Unknown, WholeArea};
    named(text, &[Organ, OwnLevel, WholeArea, Unknown].map(|scope| (scope, scope.name())))
}

fn adjustment(text: &str) -> Result<AdjustmentArg, String> {
    let parts = text.split_once('=').and_then(|(key, rest)| Some((key, rest.split_once(':')?)));
    let Some((key, (amount, reason))) = parts else {
        return Err("it is not of the form KEY=AMOUNT:REASON".to_owned());
    };
    Ok(AdjustmentArg {
        key: key.trim().to_owned(),
        amount: amount.trim().to_owned(),
        reason: reason.trim().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_with_either_dash_and_unknown_ones_are_told_which_there_are() {
        assert_eq!(scope("whole-area"), Ok(ScopeKind::WholeArea));
        assert_eq!(scope("WHOLE_AREA"), Ok(ScopeKind::WholeArea));
        assert_eq!(kind("general-office"), Ok(BodyKind::GeneralOffice));
        assert_eq!(
            rank("x").unwrap_err(),
            "there are national, province, prefecture, county, township, unknown"
        );
    }

    #[test]
    fn an_adjustment_is_a_key_an_amount_and_a_reason() {
        let read = adjustment("requests.received.total = -2: counted by two: both").unwrap();
        let AdjustmentArg { key, amount, reason } = read;
        assert_eq!((&*key, &*amount, &*reason), ("requests.received.total", "-2", "counted by two: both"));
        assert!(adjustment("requests.received.total=2").is_err());
    }
}
