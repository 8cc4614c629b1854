//! Options of the commands about reviews.

use super::RecordFormat;
use clap::{Args, Subcommand, ValueEnum};
use uuid::Uuid;

#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  gongkai review amend reports/018f2f6e-… requests.received.total=5 --by 王某 --reason 原件第2页写作5
  gongkai review dispute reports/018f2f6e-… requests.granted.total --by 王某 --note 与正文不符
  gongkai review judge reports/018f2f6e-… requests.balance.total accepted --by 李某
  gongkai review list reports/018f2f6e-…
  gongkai review withdraw reports/018f2f6e-… reviews/018f3a10-…

What was read is never changed: a correction is a revision of its own, and lapses when the figure beneath changes.")]
pub(crate) enum ReviewCommand {
    /// Say what cells say instead of what was read
    Amend(ReviewAmendArgs),
    /// Doubt a figure, without saying what would be right
    Dispute(ReviewDisputeArgs),
    /// Judge a finding
    Judge(ReviewJudgeArgs),
    /// Take a review back
    Withdraw(ReviewWithdrawArgs),
    /// List what was said of a report
    List(ReviewListArgs),
}

/// What makes a repetition of a command safe.
#[derive(Debug, Args)]
pub(crate) struct AgainArgs {
    /// A UUID: the command may be given again with it, changes nothing then, and prints the same
    #[arg(long, value_name = "UUID")]
    pub(crate) request_id: Option<Uuid>,
}

impl AgainArgs {
    /// The id that was given, or a new one, so that the program may call again by itself.
    pub(crate) fn id(&self) -> String {
        self.request_id.unwrap_or_else(Uuid::now_v7).to_string()
    }
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gongkai review amend reports/018f2f6e-… requests.received.total=5 --by 王某 --reason 原件第2页写作5
  gongkai review amend reports/018f2f6e-… requests.received.business=BLANK requests.received.total=5 \\
      --by 王某 --reason 原件第2页 --revision 3

A value is a number, BLANK, or NOT_APPLICABLE. Amounts are in yuan.")]
pub(crate) struct ReviewAmendArgs {
    /// The report's name
    #[arg(value_name = "REPORT")]
    pub(crate) report: String,
    /// Cells with what they say
    #[arg(value_name = "KEY=VALUE", required = true)]
    pub(crate) cells: Vec<String>,
    /// Who says so
    #[arg(long, value_name = "NAME")]
    pub(crate) by: String,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
    /// Only if this revision is still current: its number
    #[arg(long, value_name = "N", default_value = "0", hide_default_value = true)]
    pub(crate) revision: u32,
    #[command(flatten)]
    pub(crate) again: AgainArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gongkai review dispute reports/018f2f6e-… requests.granted.total --by 王某 --note 与正文不符
  gongkai review dispute reports/018f2f6e-… requests.granted.total --by 王某 --note 与正文不符 \
      --request-id 67e55044-10b1-426f-9247-bb680e5fe0c8      may be given again, whatever has become of it")]
pub(crate) struct ReviewDisputeArgs {
    /// The report's name
    #[arg(value_name = "REPORT")]
    pub(crate) report: String,
    /// The figure's key
    #[arg(value_name = "KEY")]
    pub(crate) key: String,
    /// Who says so
    #[arg(long, value_name = "NAME")]
    pub(crate) by: String,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub(crate) note: String,
    #[command(flatten)]
    pub(crate) again: AgainArgs,
}

/// What is said of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum VerdictArg {
    /// It is right
    Accepted,
    /// It is wrong: the report is in order
    Disputed,
    /// The body that published the report has answered
    Answered,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gongkai review judge reports/018f2f6e-… requests.balance.total accepted --by 李某
  gongkai review judge reports/018f2f6e-… report.deadline answered --by 李某 --note 网站改版，原发布日期为1月30日")]
pub(crate) struct ReviewJudgeArgs {
    /// The report's name
    #[arg(value_name = "REPORT")]
    pub(crate) report: String,
    /// The finding: its rule, and its subject behind a dot, as `gongkai report findings --format json` tells them
    #[arg(value_name = "FINDING")]
    pub(crate) finding: String,
    /// The judgement
    #[arg(value_name = "VERDICT")]
    pub(crate) verdict: VerdictArg,
    /// Who says so
    #[arg(long, value_name = "NAME")]
    pub(crate) by: String,
    /// Why, or what was answered
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub(crate) note: String,
    #[command(flatten)]
    pub(crate) again: AgainArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gongkai review withdraw reports/018f2f6e-… reviews/018f3a10-…")]
pub(crate) struct ReviewWithdrawArgs {
    /// The report's name
    #[arg(value_name = "REPORT")]
    pub(crate) report: String,
    /// The review's name, as `gongkai review list` prints it
    #[arg(value_name = "REVIEW")]
    pub(crate) review: String,
    #[command(flatten)]
    pub(crate) again: AgainArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gongkai review list reports/018f2f6e-…
  gongkai review list --all --format json reports/018f2f6e-…")]
pub(crate) struct ReviewListArgs {
    /// The report's name
    #[arg(value_name = "REPORT")]
    pub(crate) report: String,
    /// Reviews that do not stand any more, too
    #[arg(long)]
    pub(crate) all: bool,
    /// How to print
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub(crate) format: RecordFormat,
}
