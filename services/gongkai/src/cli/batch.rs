//! What is typed about batches.

use super::ListFormat;
use clap::{Args, Subcommand};
use std::num::NonZeroUsize;

#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  gongkai submit reports/ more.zip                sends everything as one batch, and says what it is called
  gongkai batch list                              the latest first
  gongkai batch show batches/018f2f6e-…           how far it is, how quickly it goes, and how long it will take
  gongkai batch items --failed batches/018f2f6e-… what failed, and why
  gongkai batch retry batches/018f2f6e-…          try again what was given up

What was sent together stays together: all of this works long after the last document was read.")]
pub(crate) enum BatchCommand {
    /// List batches
    List(BatchListArgs),
    /// Show how far a batch is
    Show(BatchShowArgs),
    /// List the items of a batch, or only those that failed
    Items(BatchItemsArgs),
    /// Try again what was given up of a batch
    Retry(BatchRetryArgs),
}

#[derive(Debug, Args)]
pub(crate) struct BatchListArgs {
    /// At most so many
    #[arg(long, value_name = "N", default_value = "1000")]
    pub(crate) limit: NonZeroUsize,
    /// How to print
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub(crate) format: ListFormat,
}

#[derive(Debug, Args)]
pub(crate) struct BatchShowArgs {
    /// The batch's name, as `gongkai submit` and `gongkai batch list` print it
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// Wait until every item has ended, with a line that tells how far it is
    #[arg(long)]
    pub(crate) wait: bool,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct BatchItemsArgs {
    /// The batch's name
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// Only those that were refused, rejected, given up or cancelled, with the reason
    #[arg(long)]
    pub(crate) failed: bool,
    /// At most so many
    #[arg(long, value_name = "N", default_value = "1000")]
    pub(crate) limit: NonZeroUsize,
    /// How to print; names are those of submissions
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub(crate) format: ListFormat,
}

#[derive(Debug, Args)]
pub(crate) struct BatchRetryArgs {
    /// The batch's name
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// Only those that failed by this class, such as TIMEOUT
    #[arg(long, value_name = "CLASS", default_value = "")]
    pub(crate) class: String,
    /// Only say how many would be tried again
    #[arg(long)]
    pub(crate) dry_run: bool,
}
