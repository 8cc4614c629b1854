//! As of when records are read.

use clap::Args;

/// As of when, by one clock or by both.
#[derive(Debug, Default, Args)]
pub(crate) struct ClocksArgs {
    /// As they were known here at this time, such as 2021-03-01T00:00:00Z [default: now]
    #[arg(long, value_name = "TIME")]
    pub(crate) as_of: Option<prost_types::Timestamp>,
    /// As they had been published by this day, such as 2021-03-31, by the dates of the reports; those without a date are left out
    #[arg(long, value_name = "DAY", default_value = "", hide_default_value = true)]
    pub(crate) published_until: String,
}
