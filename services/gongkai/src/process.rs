//! A process that serves until it is asked to end: one signal, readiness first, one drain, one deadline.

mod signals;

use anyhow::{Context, anyhow, bail};
use gongkai_telemetry::{Page, Pages, Settings, Telemetry};
use signals::Signals;
use std::future::Future;
use std::io::Write;
use std::net::SocketAddr;
use std::pin::Pin;
use std::process;
use std::sync::Arc;
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
/// How long the last traces and metrics may take.
const TELEMETRY_PATIENCE: Duration = Duration::from_millis(500);

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
        let stopping = self.stop();
        let unready = Arc::new(move || stopping.is_cancelled().then(|| "stopping".to_owned()));
        let (pages, until) = (Pages { metrics: self.metrics.clone(), unready }, self.stop());
        self.spawn(async move { Ok(pages.serve(listener, until).await?) });
        Ok(())
    }
}

/// Says where it listens: the first line on standard output, for people and for programs.
pub(crate) fn announce(address: SocketAddr) -> anyhow::Result<()> {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "listening on http://{address}")?;
    Ok(stdout.flush()?)
}

/// Runs a process: `start` gives it its tasks, and it ends when it is asked to, or when one of them does.
pub(crate) fn run(
    service: &'static str,
    start: impl AsyncFnOnce(&mut Process) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let result = runtime.block_on(async {
        let telemetry = Telemetry::start(&Settings::from_environment(service, process::id().to_string()))?;
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

async fn serve(
    start: impl AsyncFnOnce(&mut Process) -> anyhow::Result<()>,
    metrics: Page,
) -> anyhow::Result<()> {
    let mut signals = Signals::new()?;
    let stop = CancellationToken::new();
    let mut process = Process { tasks: JoinSet::new(), closing: Vec::new(), stop, metrics };
    let result = tokio::select! {
        started = start(&mut process) => started,
        // Also while it waits for a server that is away.
        () = signals.terminated() => return close(process.closing).await,
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
    let closed = close(process.closing).await;
    result?;
    drained??;
    closed?;
    info!("stopped");
    Ok(())
}

async fn close(closing: Vec<Closing>) -> anyhow::Result<()> {
    let close = async {
        for closing in closing.into_iter().rev() {
            closing.await;
        }
    };
    if timeout(CLOSE_PATIENCE, close).await.is_err() {
        bail!("store and queue could not be closed within {CLOSE_PATIENCE:?}");
    }
    Ok(())
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
