//! `gongkai up`: everything in one process, over one SQLite file.

mod data_dir;

use super::Verdict;
use crate::cli::UpArgs;
use anyhow::{Context, anyhow, bail};
use data_dir::DataDir;
use gongkai_serve::{Anonymous, Services};
use gongkai_store::{Limits, SystemClock};
use gongkai_store_sql::{SqliteEngine, SqliteOptions};
use gongkai_telemetry::{Page, Pages, Settings, Telemetry};
use std::io::Write;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::process;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal;
use tokio::task::{JoinError, JoinSet};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

/// How long what is under way may take when the process is asked to end.
const DRAIN_PATIENCE: Duration = Duration::from_secs(10);
/// How long the last writes may take after that.
const CLOSE_PATIENCE: Duration = Duration::from_secs(5);
/// How long the last traces and metrics may take.
const TELEMETRY_PATIENCE: Duration = Duration::from_secs(2);
/// Connections of the database for reads.
const READERS: u32 = 8;
/// How long a parser has for a delivery before it comes again. Coming again too early only costs a look-up.
const QUEUE_LEASE: Duration = Duration::from_secs(5 * 60);
/// Messages in the queue; beyond them, submissions wait in the outbox.
const QUEUE_MESSAGES_MAX: u64 = 100_000;

pub(crate) fn run(args: &UpArgs) -> anyhow::Result<Verdict> {
    let data_dir = DataDir::open(args.data_dir.as_deref(), |key| std::env::var_os(key))?;
    let workers = match args.workers {
        Some(workers) => workers,
        None => std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let result = runtime.block_on(async {
        let instance = format!("{}", process::id());
        let telemetry = Telemetry::start(&Settings::from_environment("gongkai", instance))?;
        let served = serve(args, &data_dir, workers, &telemetry).await;
        // Sending waits for its thread, which must not be one of ours.
        let stopping = tokio::task::spawn_blocking(move || telemetry.stop(TELEMETRY_PATIENCE));
        if timeout(TELEMETRY_PATIENCE * 2, stopping).await.is_err() {
            warn!("the last traces and metrics could not be sent");
        }
        served
    });
    // A thread that hangs over a document must not keep the process.
    runtime.shutdown_background();
    result.map(|()| Verdict::Fine)
}

/// Serves until the process is asked to end.
async fn serve(
    args: &UpArgs,
    data_dir: &DataDir,
    workers: NonZeroUsize,
    telemetry: &Telemetry,
) -> anyhow::Result<()> {
    let listen = args.listen;
    let mut signals = Signals::new()?;
    let engine = SqliteEngine::open(SqliteOptions {
        path: data_dir.database(),
        clock: Arc::new(SystemClock),
        limits: Limits::STANDARD,
        readers: READERS,
        queue_lease: QUEUE_LEASE,
        queue_messages_max: QUEUE_MESSAGES_MAX,
    })
    .await?;
    let listener = TcpListener::bind(listen).await.with_context(|| format!("cannot listen on {listen}"))?;
    let address = listener.local_addr()?;
    if !address.ip().is_loopback() {
        warn!(server.address = %address, "{address} is reached from other machines, and everyone may read and send");
    }

    let stop = CancellationToken::new();
    let mut tasks = start(&engine, listener, data_dir, workers, &stop)?;
    if let Some(monitor) = args.monitor {
        watch(monitor, telemetry.page(), &stop, &mut tasks).await?;
    }
    announce(address)?;
    let result = tokio::select! {
        () = signals.terminated() => {
            info!("stopping");
            Ok(())
        }
        Some(ended) = tasks.join_next() => Err(ended_by_itself(ended)),
    };
    stop.cancel();
    let drained = tokio::select! {
        drained = timeout(DRAIN_PATIENCE, drain(&mut tasks)) => {
            drained.map_err(|_| anyhow!("work in flight did not finish within {DRAIN_PATIENCE:?}"))
        }
        () = signals.terminated() => Err(anyhow!("asked to end at once")),
    };
    tasks.abort_all();
    let closed = timeout(CLOSE_PATIENCE, engine.close()).await;
    result?;
    drained??;
    if closed.is_err() {
        bail!("the database could not be closed within {CLOSE_PATIENCE:?}");
    }
    info!("stopped");
    Ok(())
}

/// Starts what runs until `stop`: the listener with its services, ingest's background work, and the parser.
fn start(
    engine: &SqliteEngine,
    listener: TcpListener,
    data_dir: &DataDir,
    workers: NonZeroUsize,
    stop: &CancellationToken,
) -> anyhow::Result<JoinSet<anyhow::Result<()>>> {
    let (store, queue) = (engine.store(), engine.queue());
    let ingest = gongkai_ingest::Dependencies {
        intake: store.clone(),
        submissions: store.clone(),
        outbox: store.clone(),
        queue: queue.clone(),
        principals: Arc::new(Anonymous),
        clock: Arc::new(SystemClock),
    };
    let query = gongkai_query::Dependencies {
        reports: store.clone(),
        documents: store.clone(),
        token_key: data_dir.token_key()?,
    };
    let parser = gongkai_parser::Dependencies {
        queue,
        ledger: store.clone(),
        submissions: store.clone(),
        documents: store,
        pipeline: Arc::new(gongkai_parser::pipeline::read_reports),
    };
    let settings = gongkai_parser::Settings::standard(format!("embedded/{}", process::id()), workers);
    let services = Services::new()?
        .with(gongkai_ingest::service(&ingest, stop.clone()))
        .with(gongkai_query::service(&query))
        .with_part("gongkai.parser");

    let mut tasks = JoinSet::new();
    let until = stop.clone();
    tasks.spawn(async move { Ok(gongkai_serve::serve(listener, services, until).await?) });
    let until = stop.clone();
    tasks.spawn(async move {
        gongkai_ingest::run_background(&ingest, &until).await;
        Ok(())
    });
    let until = stop.clone();
    tasks.spawn(async move {
        gongkai_parser::run(parser, settings, until).await;
        Ok(())
    });
    Ok(tasks)
}

/// Serves the pages for monitoring.
async fn watch(
    monitor: SocketAddr,
    metrics: Page,
    stop: &CancellationToken,
    tasks: &mut JoinSet<anyhow::Result<()>>,
) -> anyhow::Result<()> {
    let listener = TcpListener::bind(monitor).await.with_context(|| format!("cannot listen on {monitor}"))?;
    info!(monitor.address = %listener.local_addr()?, "metrics and readiness on {}", listener.local_addr()?);
    let stopping = stop.clone();
    let unready = Arc::new(move || stopping.is_cancelled().then(|| "stopping".to_owned()));
    let until = stop.clone();
    tasks.spawn(async move { Ok(Pages { metrics, unready }.serve(listener, until).await?) });
    Ok(())
}

/// Says where it listens: the first line on standard output, for people and for programs.
fn announce(address: SocketAddr) -> anyhow::Result<()> {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "listening on http://{address}")?;
    Ok(stdout.flush()?)
}

async fn drain(tasks: &mut JoinSet<anyhow::Result<()>>) -> anyhow::Result<()> {
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    Ok(())
}

fn ended_by_itself(ended: Result<anyhow::Result<()>, JoinError>) -> anyhow::Error {
    match ended {
        Ok(Ok(())) => anyhow!("a service ended by itself"),
        Ok(Err(error)) => error.context("a service has failed"),
        Err(error) => anyhow!(error).context("a service has failed"),
    }
}

/// What asks the process to end.
struct Signals {
    #[cfg(unix)]
    terminate: signal::unix::Signal,
    #[cfg(unix)]
    interrupt: signal::unix::Signal,
}

impl Signals {
    /// From now on, these signals no longer end the process by themselves.
    fn new() -> anyhow::Result<Self> {
        Ok(Self {
            #[cfg(unix)]
            terminate: signal::unix::signal(signal::unix::SignalKind::terminate())?,
            #[cfg(unix)]
            interrupt: signal::unix::signal(signal::unix::SignalKind::interrupt())?,
        })
    }

    /// Returns with the next signal.
    #[cfg(unix)]
    async fn terminated(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    /// Returns with the next signal.
    #[cfg(not(unix))]
    async fn terminated(&mut self) {
        if signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
