//! What can be typed: commands, options, and the texts that explain them.

mod batch;
mod clocks;
mod compose;
mod export;
mod operate;
mod report;
mod review;
mod search;
mod snapshot;
mod stats;

pub(crate) use batch::{BatchCommand, BatchItemsArgs, BatchListArgs, BatchRetryArgs, BatchShowArgs};
pub(crate) use clocks::ClocksArgs;
pub(crate) use compose::ComposeArgs;
pub(crate) use export::{ExportArgs, ExportFormatArg};
pub(crate) use operate::{ParsersCommand, PrepareArgs, ReadyArgs, SchemaArg, Watching};
pub(crate) use report::{
    ReportCommand, ReportCopiesArgs, ReportDiffArgs, ReportExplainArgs, ReportFindingsArgs,
    ReportHistoryArgs, ReportListArgs, ReportShowArgs, ReportWatchArgs,
};
pub(crate) use review::{
    ReviewAmendArgs, ReviewCommand, ReviewDisputeArgs, ReviewJudgeArgs, ReviewListArgs, VerdictArg,
};
pub(crate) use search::SearchArgs;
pub(crate) use snapshot::{SnapshotCommand, SnapshotCreateArgs, SnapshotDigestArgs, SnapshotFolderArgs};
pub(crate) use stats::{
    GroupByArg, SourceArg, StatisticArg, StatsAggregateArgs, StatsCommand, StatsExplainArgs,
    StatsFiguresArgs, StatsFormat, StatsListArgs, StatsRollUpArgs,
};

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, Parser, Subcommand, ValueEnum};
use gongkai_serve::Origin;
use std::net::SocketAddr;
use std::num::{NonZeroU32, NonZeroU64, NonZeroUsize};
use std::path::PathBuf;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Yellow.on_default().bold())
    .usage(AnsiColor::Yellow.on_default().bold())
    .literal(AnsiColor::Green.on_default())
    .placeholder(AnsiColor::Cyan.on_default());

const EXAMPLES: &str = "\
Without a server:
  gongkai parse report.html                    the record of a report, as JSON
  gongkai parse --format table report.html     the same for people
  gongkai check *.txt                          only what is wrong, in plain words
  gongkai rules                                every check, and what it rests on

With one:
  gongkai up                                   everything in one process, until Ctrl+C
  gongkai serve ingest                         one service of several, over PostgreSQL and RabbitMQ
  gongkai submit reports/                      send a folder; waits until every report is read
  gongkai batch list                           what was sent together, and how far it is
  gongkai report list                          what there is
  gongkai report show NAME                     one record as a table
  gongkai search '征地补偿 -诉讼'              reports by their words
  gongkai export -o figures.csv                every figure of every report, for a spreadsheet
  gongkai snapshot create --to FOLDER          everything, for another server
  gongkai compose --subject NAME --year YEAR --filter FILTER -o sums.xlsx
                                               the report of a body out of those of its units
  gongkai stats aggregate --by year --measure grant_rate.concluded
                                               what the figures of many reports come to

Exit codes:
  0  done, and nothing to complain about
  1  done, but something is wrong: a document cannot be read, a check fails, a submission failed
  2  the command line is not understood
  3  could not be done: the server cannot be reached, a file cannot be written";

/// Reads annual reports on government information disclosure (政府信息公开工作年度报告) into typed records
///
/// Every cell of the official form comes out with its value or the reason why it has none, with the place in the
/// source where it stands, and with what the form's own sums say about it.
#[derive(Debug, Parser)]
#[command(name = "gongkai", version, styles = STYLES, after_help = EXAMPLES, max_term_width = 110)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) global: Global,
}

/// Options of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Global {
    /// Where the server is, for the commands that need one
    #[arg(
        long,
        global = true,
        env = "GONGKAI_SERVER",
        value_name = "URL",
        default_value = "http://127.0.0.1:7411"
    )]
    pub(crate) server: String,
    /// Whether to colour what is printed; auto does on a terminal, unless NO_COLOR is set
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: ColorChoice,
    /// Language of labels and messages [default: zh; tables: both]
    #[arg(long, global = true, env = "GONGKAI_LANG", value_name = "LANGUAGE")]
    pub(crate) lang: Option<Lang>,
}

/// When to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    // On a terminal, unless NO_COLOR is set.
    Auto,
    // Always.
    Always,
    // Never.
    Never,
}

/// Language of labels and messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Lang {
    // Chinese, as on the form.
    Zh,
    // English.
    En,
    // Chinese and English.
    Both,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start everything in this process: services, queue, parser and store
    Up(UpArgs),
    /// Run services as processes of their own, over PostgreSQL and RabbitMQ
    Serve(ServeArgs),
    /// Make in the database and at the broker what services need, once and after each update
    Prepare(PrepareArgs),
    /// Send files and folders to a server, and wait until they are read
    Submit(SubmitArgs),
    /// Print the records of files; needs no server
    Parse(ParseArgs),
    /// Print only what is wrong with files, in plain words; needs no server
    Check(CheckArgs),
    /// List the checks that reports go through, and what each rests on; needs no server
    Rules(RulesArgs),
    /// List and show what was sent together, and try again what failed of it
    #[command(subcommand)]
    Batch(BatchCommand),
    /// List and show the records that a server has
    #[command(subcommand)]
    Report(ReportCommand),
    /// Find reports by the words in them
    Search(SearchArgs),
    /// Correct, doubt and judge what reports say; what was read stays
    #[command(subcommand)]
    Review(ReviewCommand),
    /// Sum the reports of units into that of the body above them
    Compose(ComposeArgs),
    /// Compute with the figures of many reports: rows, sums, rates, rankings, roll-ups
    #[command(subcommand)]
    Stats(StatsCommand),
    /// Write figures of many reports to a file: CSV, Parquet or XLSX
    Export(ExportArgs),
    /// Carry everything that is published, or what is new of it, to another server, as files
    #[command(subcommand)]
    Snapshot(SnapshotCommand),
    /// List, show and replay documents that a server gave up
    #[command(subcommand)]
    Dead(DeadCommand),
    /// Pause the parsers of a server, let them go on, and tell what waits
    #[command(subcommand)]
    Parsers(ParsersCommand),
    /// Ask a server whether it is ready; the exit code is the answer
    Ready(ReadyArgs),
    /// Send made-up reports to a server and tell how long it took
    Load(LoadArgs),
    /// Compare records with labels, cell by cell; needs no server
    Eval(EvalArgs),
    /// Print a completion script for a shell
    Completions(CompletionsArgs),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gongkai up                                      listens on 127.0.0.1:7411
  gongkai up --data-dir /srv/gongkai              keeps everything in that folder
  gongkai up --listen 127.0.0.1:0                 on a free port; it prints which
  gongkai up --monitor 127.0.0.1:7412             with metrics for Prometheus on /metrics
  gongkai up --config gongkai.toml                with settings from a file

Everything is in one SQLite file in the data directory. Ending the process, by whatever means, loses nothing that was \
acknowledged: started again, it goes on where it was.")]
pub(crate) struct UpArgs {
    /// Address to listen on; port 0 takes a free one
    #[arg(long, env = "GONGKAI_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:7411")]
    pub(crate) listen: SocketAddr,
    /// Origins of pages in browsers that may call, such as https://example.org, separated by commas [default: none]
    #[arg(long, env = "GONGKAI_ALLOW_ORIGIN", value_name = "ORIGIN", value_delimiter = ',')]
    pub(crate) allow_origin: Vec<Origin>,
    /// Folder for the data, made if need be [default: gongkai in the user's data folder]
    #[arg(long, env = "GONGKAI_DATA_DIR", value_name = "FOLDER")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Documents parsed at the same time [default: one for each processor]
    #[arg(long, env = "GONGKAI_WORKERS", value_name = "N")]
    pub(crate) workers: Option<NonZeroUsize>,
    /// Submissions that may wait for the queue; beyond them nothing is accepted until some have gone
    #[arg(long, env = "GONGKAI_OUTBOX_MAX", value_name = "N", default_value = "1000000")]
    pub(crate) outbox_max: NonZeroU64,
    #[command(flatten)]
    pub(crate) watching: Watching,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gongkai load --reports 10000                    as fast as they are taken
  gongkai load --reports 30000 --rate 1000        a thousand a second, whether the server keeps up or not
  gongkai load --json                             the same for programs

The reports are those of districts that do not exist, 14 KB each, no two alike. \"acknowledged\" is the time from when a \
document was due until the server answered for it; with --rate what it waited because those before were slow counts. \
\"queryable\" is the time until its record was there. The exit code is 1 if anything was refused, failed or stayed open.")]
pub(crate) struct LoadArgs {
    /// How many reports
    #[arg(long, value_name = "N", default_value = "1000", value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    pub(crate) reports: u64,
    /// Reports a second [default: as fast as they are taken]
    #[arg(long, value_name = "N")]
    pub(crate) rate: Option<NonZeroU32>,
    /// Documents on their way at the same time, at most
    #[arg(long, value_name = "N", default_value = "64")]
    pub(crate) concurrency: NonZeroUsize,
    /// The same number gives the same reports [default: others each time]
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
    /// Allow a server on another machine
    #[arg(long)]
    pub(crate) anywhere: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gongkai serve ingest --listen 127.0.0.1:7411    takes documents in
  gongkai serve parser --listen 127.0.0.1:7412    reads them; start as many as there is work for
  gongkai serve query --listen 127.0.0.1:7413     serves the records
  gongkai serve ingest parser query               all of them in one process
  gongkai serve parser --config gongkai.toml      with settings from a file

Each finds the database and the broker by the environment:
  export GONGKAI_STORE=postgres://gongkai:secret@db:5432/gongkai
  export GONGKAI_QUEUE=amqp://gongkai:secret@mq:5672/%2f

Passwords belong into the environment, not on the command line, where every user of the machine can read them. Any number \
of each service may run at the same time, and any of them may die at any time: what was acknowledged is not lost, and \
nothing is stored twice.")]
pub(crate) struct ServeArgs {
    /// Which services
    #[arg(required = true, value_name = "SERVICE")]
    pub(crate) services: Vec<Service>,
    /// Address to listen on, for calls and for the health service; port 0 takes a free one
    #[arg(long, env = "GONGKAI_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:7411")]
    pub(crate) listen: SocketAddr,
    /// Origins of pages in browsers that may call, such as https://example.org, separated by commas [default: none]
    #[arg(long, env = "GONGKAI_ALLOW_ORIGIN", value_name = "ORIGIN", value_delimiter = ',')]
    pub(crate) allow_origin: Vec<Origin>,
    /// The PostgreSQL database: postgres://user:password@host:port/database
    #[arg(long, env = "GONGKAI_STORE", value_name = "URL", hide_env_values = true)]
    pub(crate) store: String,
    /// Whether to bring the tables to this version, or only to look whether they are there
    #[arg(long, env = "GONGKAI_STORE_SCHEMA", value_name = "HOW", default_value = "migrate")]
    pub(crate) store_schema: SchemaArg,
    /// A copy of it that may lag behind, from which reports are read
    #[arg(long, env = "GONGKAI_COPY", value_name = "URL", hide_env_values = true)]
    pub(crate) copy: Option<String>,
    /// The RabbitMQ broker: amqp://user:password@host:port/vhost, or amqps for TLS; query needs none
    #[arg(long, env = "GONGKAI_QUEUE", value_name = "URL", hide_env_values = true)]
    pub(crate) queue: Option<String>,
    /// Certificates in PEM form to trust beside the system's, for amqps
    #[arg(long, env = "GONGKAI_QUEUE_ROOTS", value_name = "FILE")]
    pub(crate) queue_roots: Option<PathBuf>,
    /// What the names of the exchange and the queues begin with
    #[arg(long, env = "GONGKAI_QUEUE_PREFIX", value_name = "NAME", default_value = "gongkai.submissions")]
    pub(crate) queue_prefix: String,
    /// Whether to make exchange and queues, or only to look whether they are there
    #[arg(long, env = "GONGKAI_QUEUE_TOPOLOGY", value_name = "HOW", default_value = "declare")]
    pub(crate) queue_topology: TopologyArg,
    /// Documents parsed at the same time [default: one for each processor]
    #[arg(long, env = "GONGKAI_WORKERS", value_name = "N")]
    pub(crate) workers: Option<NonZeroUsize>,
    /// Submissions that ingest lets wait for the queue; beyond them it accepts nothing until some have gone
    #[arg(long, env = "GONGKAI_OUTBOX_MAX", value_name = "N", default_value = "1000000")]
    pub(crate) outbox_max: NonZeroU64,
    /// Key of page tokens, 64 hexadecimal digits, the same for all that serve query
    #[arg(long, env = "GONGKAI_TOKEN_KEY", value_name = "KEY", hide_env_values = true)]
    pub(crate) token_key: Option<String>,
    #[command(flatten)]
    pub(crate) watching: Watching,
    /// Seconds to go on taking calls after it has said that it is not ready any more, from 0 to 5
    #[arg(long, env = "GONGKAI_GRACE", value_name = "SECONDS", default_value = "1")]
    pub(crate) grace: Grace,
}

/// A service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Service {
    /// Takes documents in, and hands them to the queue
    Ingest,
    /// Reads documents from the queue
    Parser,
    /// Serves records, findings and original bytes
    Query,
}

/// Who makes exchange and queues.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TopologyArg {
    /// This process does, and refuses to start where they are there with other properties
    Declare,
    /// Somebody else has; for a user of the broker who may use, but not configure
    Expect,
}

/// Seconds between the end of readiness and the end of the listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grace(u64);

impl std::str::FromStr for Grace {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse() {
            Ok(seconds @ 0..=5) => Ok(Self(seconds)),
            _ => Err("whole seconds from 0 to 5 are needed"),
        }
    }
}

impl From<Grace> for std::time::Duration {
    fn from(Grace(seconds): Grace) -> Self {
        Self::from_secs(seconds)
    }
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gongkai submit report.html                      one file
  gongkai submit reports/ more/*.txt              folders with everything below them, and files
  gongkai submit 2020.zip 2021.tar.gz             archives: each file in them is a document
  gongkai submit --no-wait reports/               do not wait until they are read
  gongkai submit --draft draft.html               check a draft: it never shows among published reports
  gongkai submit --priority high urgent.html      read it before what waits

The same file sent again is the same document and is not read twice. Several files, and archives, make a batch: \
`gongkai batch` tells how far it is, also later. What a break has cut off is gone on with by itself, or with --batch.")]
pub(crate) struct SubmitArgs {
    /// Files and folders; - is standard input, which makes no batch
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Return as soon as everything is accepted
    #[arg(long)]
    pub(crate) no_wait: bool,
    /// Send them as drafts, which never show among published reports
    #[arg(long)]
    pub(crate) draft: bool,
    /// Which documents are read first: high before normal before low [default: normal; low for what is sent as a batch]
    #[arg(long, value_name = "PRIORITY", hide_possible_values = true)]
    pub(crate) priority: Option<PriorityName>,
    /// Go on with this batch: what it has is not sent twice
    #[arg(long, value_name = "NAME")]
    pub(crate) batch: Option<String>,
    /// Files on their way at the same time
    #[arg(long, value_name = "N", default_value = "16")]
    pub(crate) concurrency: NonZeroUsize,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gongkai parse report.html                       one line of JSON a report
  gongkai parse --format table report.html        tables for people
  gongkai parse --explain report.html             how each cell was found, and where
  gongkai parse reports/ > records.ndjson         everything below a folder
  gongkai parse --url https://example.org/r page.html   with where it was published
  curl -s https://example.org/report | gongkai parse -
  gongkai parse report.txt | jq '.figures[] | select(.state == \"UNDETERMINED\")'

A file that cannot be read gives {\"path\", \"error\": {\"reason\", \"message\"}}; the exit code is then 1, after the rest \
was done.")]
pub(crate) struct ParseArgs {
    /// Files, folders, or - for standard input
    #[arg(required = true, value_name = "FILE")]
    pub(crate) paths: Vec<PathBuf>,
    /// How to print
    #[arg(long, value_name = "FORMAT", default_value = "json")]
    pub(crate) format: RecordFormat,
    /// Where the files were published: tells which of several regions of a name is meant, and may hold the body's code
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
    /// Say how each cell was found: its place, its characters, and why it is not certain
    #[arg(long, conflicts_with = "format")]
    pub(crate) explain: bool,
    /// Files read at the same time [default: one for each processor]
    #[arg(long, value_name = "N")]
    pub(crate) jobs: Option<NonZeroUsize>,
}

/// How urgent documents are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PriorityName {
    /// Before all others
    High,
    /// As usual
    Normal,
    /// Can wait
    Low,
}

/// How records are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RecordFormat {
    /// One JSON object a report, a line each
    Json,
    /// Aligned tables
    Table,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gongkai check report.html                       silent, and exit code 0, if nothing is wrong
  gongkai check reports/                          everything below a folder
  gongkai check --lang both report.html           in Chinese and English
  gongkai check --strict report.html              hints too

Each line says what is wrong and where; behind the lines of a rule stands what it rests on (gongkai rules lists them all). \
Where the change of one cell would mend every broken sum it is proposed, never made; where several would, all are listed, \
the likeliest first. A blank is not taken for a 0: what cannot be checked for it is not called wrong.")]
pub(crate) struct CheckArgs {
    /// Files, folders, or - for standard input
    #[arg(required = true, value_name = "FILE")]
    pub(crate) paths: Vec<PathBuf>,
    /// Print hints as well, and let them count
    #[arg(long)]
    pub(crate) strict: bool,
    /// Files read at the same time [default: one for each processor]
    #[arg(long, value_name = "N")]
    pub(crate) jobs: Option<NonZeroUsize>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gongkai rules                                   all of them
  gongkai rules requests narrative                two families
  gongkai rules report.deadline                   one
  gongkai rules --lang en                         in English
  gongkai rules --format json | jq -r .id         for programs: one object a line, in both languages

Severity: an error is a contradiction within the report or with its form, a warning is probably a mistake, a hint is worth \
knowing and shown by `gongkai check --strict`.
Basis: printed on the form; what its rows and columns mean; a law, notice or official reply; a local standard; our \
experience with such reports.
Blanks: a rule that compares numbers says nothing where a cell is blank, or counts a blank as 0, as its line says.

The name of a rule stays for ever; its version rises when its meaning changes, and every finding carries both.")]
pub(crate) struct RulesArgs {
    /// Names of rules or of families of rules [default: all]
    #[arg(value_name = "RULE")]
    pub(crate) rules: Vec<String>,
    /// How to print
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub(crate) format: RulesFormat,
}

/// How rules are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RulesFormat {
    /// For people
    Table,
    /// One JSON object a line
    Json,
}

/// How lists are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    /// An aligned table
    Table,
    /// One JSON object a line
    Json,
    /// One name a line
    Names,
}

#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  gongkai dead list
  gongkai dead show submissions/018f2f6e-…
  gongkai dead replay --dry-run                   what would be tried again
  gongkai dead replay submissions/018f2f6e-…      try one again
  gongkai dead replay --all                       try all again")]
pub(crate) enum DeadCommand {
    /// List documents that were given up
    List(DeadListArgs),
    /// Show why a document was given up
    Show(DeadShowArgs),
    /// Try documents again
    Replay(DeadReplayArgs),
}

#[derive(Debug, Args)]
pub(crate) struct DeadListArgs {
    /// At most so many
    #[arg(long, value_name = "N", default_value = "1000")]
    pub(crate) limit: NonZeroUsize,
    /// How to print
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub(crate) format: ListFormat,
}

#[derive(Debug, Args)]
pub(crate) struct DeadShowArgs {
    /// The submission's name, as `gongkai dead list` prints it
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
}

#[derive(Debug, Args)]
pub(crate) struct DeadReplayArgs {
    /// Names of submissions, as `gongkai dead list` prints them
    #[arg(value_name = "NAME", required_unless_present = "all", conflicts_with = "all")]
    pub(crate) names: Vec<String>,
    /// All of them
    #[arg(long)]
    pub(crate) all: bool,
    /// Only say which would be tried again
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gongkai eval tests/corpus                       real documents and their labels
  gongkai eval --format json tests/corpus | jq .real.cells
  gongkai eval --json /tmp/evaluation.json tests/corpus

Reads every NAME.* beside a NAME.json with labels (docs/labels.md explains them). Counts cells that are exact, and apart \
those that carry information, since most cells are zero; false certain values, which are the ones that must never occur; \
undetermined and missing cells; metadata and identities; facts and statements of the narrative, both how many of \
the labelled ones were found and how many of the given ones are labelled; the same by the shape of the tables, by state \
and by derivation. Documents that were made by a program (under a folder named \
rendered, or labelled so) are counted apart from real ones. Beside each rate stands the upper bound of the error rate, at \
95 % confidence, as far as cells can be taken as independent.")]
pub(crate) struct EvalArgs {
    /// Folder with documents and labels
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// How to print
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub(crate) format: EvalFormat,
    /// Write the whole evaluation as JSON to this file as well
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Documents read at the same time [default: one for each processor]
    #[arg(long, value_name = "N")]
    pub(crate) jobs: Option<NonZeroUsize>,
}

/// How an evaluation is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum EvalFormat {
    /// For people
    Table,
    /// One JSON object
    Json,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gongkai completions bash > ~/.local/share/bash-completion/completions/gongkai
  gongkai completions zsh > ~/.zfunc/_gongkai
  gongkai completions fish > ~/.config/fish/completions/gongkai.fish")]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub(crate) shell: clap_complete::Shell,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_filter_may_begin_with_a_minus_as_examples_show() {
        for filter in ["-issuer : 公安", "--", "-1", "-h", "year = 2020"] {
            let cli = Cli::try_parse_from(["gongkai", "report", "list", "--filter", filter, "--limit", "5"]);
            let Ok(Cli { command: Command::Report(ReportCommand::List(args)), .. }) = cli else {
                panic!("{filter}: {cli:?}")
            };
            assert_eq!((args.filter.as_str(), args.limit.get()), (filter, 5));
        }
    }

    #[test]
    fn every_command_with_arguments_of_its_own_teaches_by_example() {
        for command in Cli::command().get_subcommands().filter(|it| it.get_name() != "help") {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.starts_with("Examples:\n  gongkai "), "{}", command.get_name());
        }
    }
}
