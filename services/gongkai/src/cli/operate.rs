//! What those type who run the system.

use clap::{Args, Subcommand, ValueEnum};
use std::net::SocketAddr;
use std::path::PathBuf;

/// What a process that serves tells of itself, and where its settings are.
#[derive(Debug, Args)]
pub(crate) struct Watching {
    /// Address for pages over plain HTTP: /metrics for Prometheus, /livez and /readyz
    #[arg(long, env = "GONGKAI_MONITOR", value_name = "ADDRESS")]
    pub(crate) monitor: Option<SocketAddr>,
    /// What is logged: target=level, separated by commas [default: info,sqlx=warn]
    #[arg(long, env = "GONGKAI_LOG", value_name = "LEVELS")]
    pub(crate) log: Option<String>,
    /// A collector for traces and metrics that takes OTLP over gRPC: http://host:4317
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT", value_name = "URL")]
    pub(crate) collector: Option<String>,
    /// File with settings: any option of this command by its name; options and environment win over it
    #[arg(long, env = "GONGKAI_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

/// Who makes and changes the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaArg {
    /// This process does, where they are older than it
    Migrate,
    /// `gongkai prepare` has; for a role of the database that may use, but not change them
    Expect,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gongkai prepare --ingest-role gongkai_ingest --parser-role gongkai_parser --query-role gongkai_query
  gongkai prepare                                 no roles: whoever owns the database runs the services, too

It finds database and broker by the environment, and works as their owner:
  export GONGKAI_STORE=postgres://gongkai_owner:secret@db:5432/gongkai
  export GONGKAI_QUEUE=amqp://gongkai_owner:secret@mq:5672/gongkai

The services then run with --store-schema expect and --queue-topology expect, each as a role of its own that may do what its \
service does, and nothing else. Running it again changes nothing; run it after an update, before the services start.")]
pub(crate) struct PrepareArgs {
    /// The PostgreSQL database, as its owner: postgres://user:password@host:port/database
    #[arg(long, env = "GONGKAI_STORE", value_name = "URL", hide_env_values = true)]
    pub(crate) store: Option<String>,
    /// The RabbitMQ broker, as a user who may configure it: amqp://user:password@host:port/vhost
    #[arg(long, env = "GONGKAI_QUEUE", value_name = "URL", hide_env_values = true)]
    pub(crate) queue: Option<String>,
    /// Certificates in PEM form to trust beside the system's, for amqps
    #[arg(long, env = "GONGKAI_QUEUE_ROOTS", value_name = "FILE")]
    pub(crate) queue_roots: Option<PathBuf>,
    /// What the names of the exchange and the queues begin with
    #[arg(long, env = "GONGKAI_QUEUE_PREFIX", value_name = "NAME", default_value = "gongkai.submissions")]
    pub(crate) queue_prefix: String,
    /// The role as which ingest uses the database; it is there already
    #[arg(long, value_name = "ROLE", requires_all = ["parser_role", "query_role", "store"])]
    pub(crate) ingest_role: Option<String>,
    /// The role as which parsers use the database
    #[arg(long, value_name = "ROLE", requires = "ingest_role")]
    pub(crate) parser_role: Option<String>,
    /// The role as which query uses the database
    #[arg(long, value_name = "ROLE", requires = "ingest_role")]
    pub(crate) query_role: Option<String>,
}

#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  gongkai parsers status                          what waits where, and whether the parsers are paused
  gongkai parsers pause --reason 'new disk'       they finish what they have begun, and begin nothing more
  gongkai parsers drain                           the same, and wait until nothing is in work
  gongkai parsers resume                          they go on

A pause holds for all parsers, also for those that start later, until they are resumed. Documents are accepted as before.")]
pub(crate) enum ParsersCommand {
    /// Tell what waits where, and whether the parsers are paused
    Status,
    /// Let no parser begin anything more
    Pause(PauseArgs),
    /// Pause them, and wait until nothing is in work
    Drain(DrainArgs),
    /// Let them go on
    Resume,
}

#[derive(Debug, Args)]
pub(crate) struct PauseArgs {
    /// Why, for others who run the system
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) reason: String,
}

#[derive(Debug, Args)]
pub(crate) struct DrainArgs {
    /// Why, for others who run the system
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) reason: String,
    /// Seconds to wait; past them the parsers stay paused, and the exit code is 3
    #[arg(long, value_name = "SECONDS", default_value = "120")]
    pub(crate) patience: u64,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gongkai ready                                   the whole server at 127.0.0.1:7411
  gongkai ready --server http://127.0.0.1:7412    another one
  gongkai ready gongkai.store gongkai.queue       what it depends on, each by its name in the health service
  gongkai ready --wait 60                         wait until it is, for a minute

It asks the standard gRPC health service. The exit code is 0 if everything that was asked about is serving, 1 if something \
is not, 3 if there is no answer: for health checks of containers, and for scripts that start something afterwards.")]
pub(crate) struct ReadyArgs {
    /// Services, as gongkai.v1.QueryService, and dependencies, as gongkai.store [default: the server as a whole]
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,
    /// Seconds to wait until it is ready
    #[arg(long, value_name = "SECONDS", default_value = "0", value_parser = clap::value_parser!(u64).range(..=86_400))]
    pub(crate) wait: u64,
}
