//! Options of `gongkai search`.

use super::{ClocksArgs, ListFormat};
use clap::Args;
use std::num::NonZeroUsize;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gongkai search 征地补偿                         reports in which these characters stand beside each other
  gongkai search 征地补偿 复议                    both, wherever in the report
  gongkai search '征地补偿 OR 土地征收 -诉讼'     one of two, and not a third
  gongkai search '\"公开、透明\" (听证 OR 座谈)'    a phrase, and one of two
  gongkai search --filter 'year >= 2019 region.within(\"530000\")' 依申请公开
  gongkai search --format json 征地补偿 | jq -r '.passages[].text'

A word is found inside of a longer one, too: nothing is divided into words. Traditional and simplified characters are one, as are \
wide and narrow ones; spaces and line ends between Chinese characters do not count. OR binds tighter than the AND that joins \
words beside each other. Quote a query with a minus or parentheses, as above, so that the shell leaves it alone. docs/filters.md explains all that filters can say. What was read in the last seconds may not be in the \
index yet. The exit code is 1 if nothing is found, like that of grep.")]
pub(crate) struct SearchArgs {
    /// Words and phrases, joined by AND, OR, NOT and parentheses
    #[arg(value_name = "QUERY", required = true)]
    pub(crate) query: Vec<String>,
    /// Among which reports: see docs/filters.md
    #[arg(long, value_name = "FILTER", default_value = "", allow_hyphen_values = true)]
    pub(crate) filter: String,
    /// In which order: year or position, perhaps with asc or desc
    #[arg(long, value_name = "ORDER", default_value = "year desc")]
    pub(crate) order: String,
    /// At most so many reports
    #[arg(long, value_name = "N", default_value = "20")]
    pub(crate) limit: NonZeroUsize,
    /// At most so many passages of each, up to 10; 0 for none
    #[arg(long, value_name = "N", default_value = "3")]
    pub(crate) passages: u8,
    #[command(flatten)]
    pub(crate) clocks: ClocksArgs,
    /// How to print
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub(crate) format: ListFormat,
}
