//! A connection to a server, and what went wrong with it in words that help.

use anyhow::{Context, anyhow};
use gongkai_wire::v1::batch_service_client::BatchServiceClient;
use gongkai_wire::v1::ingest_service_client::IngestServiceClient;
use gongkai_wire::v1::operations_service_client::OperationsServiceClient;
use gongkai_wire::v1::query_service_client::QueryServiceClient;
use gongkai_wire::v1::statistics_service_client::StatisticsServiceClient;
use std::time::Duration;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

const CONNECT_MAX: Duration = Duration::from_secs(5);
/// How often a server that says nothing is asked whether it is still there, and how long it may take to answer.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(20);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(20);
/// How often a call is made that may pass the next time, and how long to wait before the second time; then twice as
/// long each time.
pub(crate) const ATTEMPTS_MAX: u32 = 7;
const PAUSE_FIRST: Duration = Duration::from_millis(100);
/// How long a server may make us wait.
const PAUSE_MAX: Duration = Duration::from_secs(60);
/// A full record is below 1 MiB, a page of a list below this.
pub(crate) const MESSAGE_BYTES_MAX: usize = 16 << 20;

/// The services of one server.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) ingest: IngestServiceClient<Channel>,
    pub(crate) batches: BatchServiceClient<Channel>,
    pub(crate) query: QueryServiceClient<Channel>,
    pub(crate) statistics: StatisticsServiceClient<Channel>,
    pub(crate) operations: OperationsServiceClient<Channel>,
}

impl Client {
    /// Connects to `server`, a URL; without a scheme it is plain HTTP/2.
    pub(crate) async fn connect(server: &str) -> anyhow::Result<Self> {
        let channel = channel(server).await?;
        Ok(Self {
            ingest: IngestServiceClient::new(channel.clone()).max_decoding_message_size(MESSAGE_BYTES_MAX),
            batches: BatchServiceClient::new(channel.clone()).max_decoding_message_size(MESSAGE_BYTES_MAX),
            operations: OperationsServiceClient::new(channel.clone()),
            statistics: StatisticsServiceClient::new(channel.clone())
                .max_decoding_message_size(MESSAGE_BYTES_MAX),
            query: QueryServiceClient::new(channel).max_decoding_message_size(MESSAGE_BYTES_MAX),
        })
    }
}

/// A connection to `server`, a URL; without a scheme it is plain HTTP/2.
pub(crate) async fn channel(server: &str) -> anyhow::Result<Channel> {
    let url = if server.contains("://") { server.to_owned() } else { format!("http://{server}") };
    let endpoint = Endpoint::from_shared(url.clone())
        .with_context(|| format!("{server} is no address of a server, such as http://127.0.0.1:7411"))?
        .connect_timeout(CONNECT_MAX)
        // A server that hangs is found out even while a call waits for it.
        .http2_keep_alive_interval(KEEPALIVE_INTERVAL)
        .keep_alive_timeout(KEEPALIVE_TIMEOUT)
        .keep_alive_while_idle(true)
        .tcp_nodelay(true);
    endpoint.connect().await.map_err(|error| {
        let cause = innermost(&error);
        anyhow!("no server at {url} ({cause}); start one with `gongkai up`, or name another with --server")
    })
}

/// Carries out a command that talks to a server.
pub(crate) fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Runtime::new().context("the runtime does not start")?.block_on(work)
}

/// Makes a call that changes nothing when it is repeated, again and again while it may pass the next time.
pub(crate) async fn persist<T, F: Future<Output = Result<T, Status>>>(
    mut call: impl FnMut() -> F,
) -> Result<T, Status> {
    for attempt in 1..ATTEMPTS_MAX {
        match call().await {
            Err(status) if may_pass(&status) => tokio::time::sleep(pause_after(&status, attempt)).await,
            result => return result,
        }
    }
    call().await
}

/// How long to wait after so many attempts in a row that failed.
pub(crate) fn pause(attempts: u32) -> Duration {
    PAUSE_FIRST * 2_u32.pow(attempts.clamp(1, ATTEMPTS_MAX) - 1)
}

/// The same after this answer: as long as the server asks for, if it asks for more, up to a bound.
pub(crate) fn pause_after(status: &Status, attempts: u32) -> Duration {
    let asked = status.get_details_retry_info().and_then(|info| info.retry_delay);
    pause(attempts).max(asked.unwrap_or_default().min(PAUSE_MAX))
}

/// Whether the same call may succeed later.
pub(crate) fn may_pass(status: &Status) -> bool {
    status.code() == Code::Unavailable
}

/// What a refused call means for the one who typed it.
pub(crate) fn explained(status: &Status) -> anyhow::Error {
    match status.code() {
        Code::Unavailable => {
            anyhow!("the server is away or busy ({}); is `gongkai up` still running?", status.message())
        }
        Code::Unimplemented => {
            anyhow!("the server does not know this call; it may be another program or an older version")
        }
        Code::Internal | Code::Unknown | Code::DataLoss => {
            anyhow!("the server failed ({}); its log says why", status.message())
        }
        code => anyhow!("the server refused: {} ({code:?})", status.message()),
    }
}

/// A resource name from what was typed: `reports/{uuid}`, or the UUID alone.
pub(crate) fn resource(collection: &str, typed: &str) -> String {
    if typed.contains('/') { typed.to_owned() } else { format!("{collection}/{typed}") }
}

fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn a_name_may_be_typed_without_its_collection() {
        assert_eq!(resource("reports", "018f"), "reports/018f");
        assert_eq!(resource("reports", "reports/018f"), "reports/018f");
    }

    #[test]
    fn a_server_that_is_not_there_is_explained() {
        // Port 1 of the own machine: nothing listens there.
        let error = block_on(Client::connect("127.0.0.1:1")).unwrap_err().to_string();
        assert!(error.starts_with("no server at http://127.0.0.1:1 ("), "{error}");
        assert!(error.contains("gongkai up"), "{error}");
        let error = block_on(Client::connect("not a url")).unwrap_err().to_string();
        assert!(error.contains("is no address of a server"), "{error}");
    }

    #[test]
    fn a_server_is_asked_again_when_it_says_and_not_before() {
        let seconds = Duration::from_secs;
        let asks = |delay| gongkai_wire::ErrorReason::Overloaded.retry("busy", delay);
        assert_eq!(pause_after(&asks(seconds(30)), 1), seconds(30));
        assert_eq!(pause_after(&asks(seconds(100_000)), 1), PAUSE_MAX);
        assert_eq!(pause_after(&asks(Duration::ZERO), 3), pause(3));
        assert_eq!(pause_after(&Status::unavailable("busy"), 3), pause(3));
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        let calls = Cell::new(0);
        let answer = |answer: fn(u32) -> Result<u32, Status>| {
            calls.set(0);
            let call = || {
                calls.set(calls.get() + 1);
                std::future::ready(answer(calls.get()))
            };
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
            (runtime.block_on(persist(call)).is_ok(), calls.get())
        };
        let away = |call| if call < 3 { Err(Status::unavailable("busy")) } else { Ok(call) };
        assert_eq!(answer(away), (true, 3));
        assert_eq!(answer(|_| Err(Status::invalid_argument("no"))), (false, 1));
    }
}
