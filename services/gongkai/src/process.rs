//! A process that serves until it is asked to end: one signal, readiness first, one drain, one deadline.

mod signals;

pub(crate) use signals::Signals;

use crate::cli::Watching;
use anyhow::{Context, anyhow};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use gongkai_parser::STRAYS_MAX;
use gongkai_serve::Dependency;
use gongkai_telemetry::{Page, Pages, Settings, Telemetry, metrics};
use std::future::Future;
use std::io::Write;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::{JoinError, JoinSet};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

/// How long what is under way may take when the process is asked to end.
const DRAIN_PATIENCE: Duration = Duration::from_secs(7);
/// How long the last writes may take after that.
const CLOSE_PATIENCE: Duration = Duration::from_secs(2);
/// How often what the process depends on is looked at, and how long it may take to answer.
const PROBE_INTERVAL: Duration = Duration::from_secs(2);
const PROBE_PATIENCE: Duration = Duration::from_secs(2);
/// How long the last traces and metrics may take.
const TELEMETRY_PATIENCE: Duration = Duration::from_millis(500);
/// How long the end of the process takes at most; whoever kills what does not end must wait longer.
#[cfg(test)]
pub(crate) const END_MAX: Duration = DRAIN_PATIENCE
    .saturating_add(CLOSE_PATIENCE)
    .saturating_add(TELEMETRY_PATIENCE)
    .saturating_add(TELEMETRY_PATIENCE);

/// What is done at the very end: engines finish their last writes and close.
type Closing = Pin<Box<dyn Future<Output = ()> + Send>>;
type Ended = anyhow::Result<()>;

/// What a process does until it is asked to end.
pub(crate) struct Process {
    tasks: JoinSet<Ended>,
    closing: Vec<Closing>,
    /// Ends everything.
    stop: CancellationToken,
    metrics: Page,
    /// What must be there, and whether it is.
    needed: Vec<(&'static str, Arc<AtomicBool>)>,
}

impl Process {
    /// What tells tasks to end.
    pub(crate) fn stop(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Adds something that runs until [`Process::stop`].
    pub(crate) fn spawn(&mut self, task: impl Future<Output = Ended> + Send + 'static) {
        self.tasks.spawn(task);
    }

    /// Adds something to close when every task has ended; what was added last is closed first.
    pub(crate) fn at_end(&mut self, closing: impl Future<Output = ()> + Send + 'static) {
        self.closing.push(Box::pin(closing));
    }

    /// Adds something that the process depends on, under its name in the health service. While it is needed and away, the
    /// process is not ready.
    pub(crate) fn depend_on(
        &mut self,
        name: &'static str,
        is_needed: bool,
        probe: impl Fn() -> BoxFuture<'static, bool> + Send + Sync + 'static,
    ) -> Dependency {
        let is_there = Arc::new(AtomicBool::new(true));
        if is_needed {
            self.needed.push((name, is_there.clone()));
        }
        let (told, stop) = (is_there.clone(), self.stop());
        self.spawn(async move {
            while !stop.is_cancelled() {
                let answers = timeout(PROBE_PATIENCE, probe()).await.unwrap_or(false);
                told.store(answers, Ordering::Relaxed);
                metrics::dependency(name, answers);
                // The end of the pause and the end of everything are both an end of the pause.
                let _ = timeout(PROBE_INTERVAL, stop.cancelled()).await;
            }
            Ok(())
        });
        let dependency =
            Dependency::new(name, move || std::future::ready(is_there.load(Ordering::Relaxed)).boxed());
        if is_needed { dependency } else { dependency.that_may_be_away() }
    }

    /// A listener on `address`.
    pub(crate) async fn listen(&self, address: SocketAddr) -> anyhow::Result<(TcpListener, SocketAddr)> {
        let listener =
            TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))?;
        let address = listener.local_addr()?;
        if !address.ip().is_loopback() {
            warn!(server.address = %address, "{address} is reached from other machines, and everyone may read and send");
        }
        Ok((listener, address))
    }

    /// Serves the pages for monitoring on `address`.
    pub(crate) async fn monitor(&mut self, address: SocketAddr) -> anyhow::Result<()> {
        let (listener, address) = self.listen(address).await?;
        info!(monitor.address = %address, "metrics and readiness on {address}");
        let (stopping, needed) = (self.stop(), self.needed.clone());
        let unready = Arc::new(move || {
            let away = needed.iter().find(|(_, is_there)| !is_there.load(Ordering::Relaxed));
            match away {
                _ if stopping.is_cancelled() => Some("stopping".to_owned()),
                away => away.map(|(name, _)| format!("{name} is away")),
            }
        });
        let (pages, until) = (Pages { metrics: self.metrics.clone(), unready }, self.stop());
        self.spawn(async move { Ok(pages.serve(listener, until).await?) });
        Ok(())
    }
}

/// Threads for what blocks besides the reading of documents: packed records, large uploads, the last traces.
const OTHER_THREADS_MAX: usize = 4;

/// The name of this process among others: in leases, in the broker's lists, in traces.
pub(crate) fn instance() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = host.trim();
    format!("{}/{}", if host.is_empty() { "host" } else { host }, process::id())
}

/// Documents read at the same time: one for each processor, unless told otherwise.
pub(crate) fn workers(asked: Option<NonZeroUsize>) -> NonZeroUsize {
    asked.or_else(|| std::thread::available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN)
}

/// Says where it listens: the first line on standard output, for people and for programs.
pub(crate) fn announce(address: SocketAddr) -> anyhow::Result<()> {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "listening on http://{address}")?;
    Ok(stdout.flush()?)
}

/// Runs a process: `start` gives it its tasks, and it ends when it is asked to, or when one of them does. It reads `workers`
/// documents at the same time, if any.
pub(crate) fn run(
    service: &'static str,
    watching: &Watching,
    workers: NonZeroUsize,
    start: impl AsyncFnOnce(&mut Process) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    // The runtime makes a new thread for whatever blocks while none is idle, be it for a moment, and wakes them in turn: without
    // a bound there are soon dozens, each with memory of its own.
    let threads = STRAYS_MAX + 2 * workers.get() + OTHER_THREADS_MAX;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().max_blocking_threads(threads).enable_all().build()?;
    let result = runtime.block_on(async {
        let telemetry = Telemetry::start(&Settings {
            service,
            instance: instance(),
            log: set(watching.log.as_deref()),
            collector: set(watching.collector.as_deref()),
        })?;
        let served = serve(start, telemetry.page()).await;
        // Sending waits for its thread, which must not be one of ours.
        let stopping = tokio::task::spawn_blocking(move || telemetry.stop(TELEMETRY_PATIENCE));
        if timeout(TELEMETRY_PATIENCE * 2, stopping).await.is_err() {
            warn!("the last traces and metrics could not be sent");
        }
        served
    });
    // A thread that hangs over a document must not keep the process.
    runtime.shutdown_background();
    result
}

/// What was set to something.
fn set(text: Option<&str>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty()).map(str::to_owned)
}

async fn serve(
    start: impl AsyncFnOnce(&mut Process) -> anyhow::Result<()>,
    metrics: Page,
) -> anyhow::Result<()> {
    let mut signals = Signals::new()?;
    let stop = CancellationToken::new();
    let mut process =
        Process { tasks: JoinSet::new(), closing: Vec::new(), stop, metrics, needed: Vec::new() };
    let result = tokio::select! {
        started = start(&mut process) => started,
        // Also while it waits for a server that is away.
        () = signals.terminated() => {
            close(process.closing).await;
            return Ok(());
        }
    };
    let result = match result {
        Ok(()) => tokio::select! {
            () = signals.terminated() => {
                info!("stopping");
                Ok(())
            }
            Some(ended) = process.tasks.join_next() => Err(ended_by_itself(ended)),
        },
        Err(error) => Err(error),
    };
    process.stop.cancel();
    let drained = tokio::select! {
        drained = timeout(DRAIN_PATIENCE, drain(&mut process.tasks)) => {
            drained.map_err(|_| anyhow!("work in flight did not finish within {DRAIN_PATIENCE:?}"))
        }
        () = signals.terminated() => Err(anyhow!("asked to end at once")),
    };
    process.tasks.abort_all();
    close(process.closing).await;
    result?;
    drained??;
    info!("stopped");
    Ok(())
}

/// Closes what was opened. A server that does not answer keeps nobody: all that was acknowledged is committed by now, and
/// what is left open ends with the process.
async fn close(closing: Vec<Closing>) {
    let close = async {
        for closing in closing.into_iter().rev() {
            closing.await;
        }
    };
    if timeout(CLOSE_PATIENCE, close).await.is_err() {
        warn!("store and queue could not be closed within {CLOSE_PATIENCE:?}");
    }
}

async fn drain(tasks: &mut JoinSet<Ended>) -> anyhow::Result<()> {
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    Ok(())
}

fn ended_by_itself(ended: Result<Ended, JoinError>) -> anyhow::Error {
    match ended {
        Ok(Ok(())) => anyhow!("a service ended by itself"),
        Ok(Err(error)) => error.context("a service has failed"),
        Err(error) => anyhow!(error).context("a service has failed"),
    }
}
