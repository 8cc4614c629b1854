//! Ingest on a free port, over the in-memory twins.
#![allow(dead_code, unreachable_pub, missing_docs, reason = "each test file uses its part")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails in a test fails the test"
)]

use gongkai_ingest::Dependencies;
use gongkai_queue::MemoryQueue;
use gongkai_serve::{Anonymous, ServeError, Services};
use gongkai_store::memory::MemoryStore;
use gongkai_store::{
    ATTEMPTS_MAX, AttemptOutcome, Completion, Ledger, Limits, NewFailure, Receipt, SystemClock, Worker,
};
use gongkai_wire::v1;
use gongkai_wire::v1::ingest_service_client::IngestServiceClient;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::Status;
use tonic::transport::Channel;
use tonic_types::StatusExt;

pub const DEADLINE: Duration = Duration::from_secs(30);

pub struct Running {
    pub store: Arc<MemoryStore>,
    pub queue: Arc<MemoryQueue>,
    pub client: IngestServiceClient<Channel>,
    pub channel: Channel,
    pub stop: CancellationToken,
    pub served: JoinHandle<Result<(), ServeError>>,
}

/// What a test chooses.
pub struct Options {
    pub outbox_rows_max: u64,
    pub queue_messages_max: u64,
    /// Whether what is due is handed to the queue.
    pub relay: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { outbox_rows_max: 10_000, queue_messages_max: 10_000, relay: false }
    }
}

pub async fn start(options: Options) -> Running {
    let clock = Arc::new(SystemClock);
    let limits = Limits { outbox_rows_max: options.outbox_rows_max };
    let store = Arc::new(MemoryStore::new(clock.clone(), limits));
    let queue = Arc::new(MemoryQueue::new(DEADLINE, options.queue_messages_max));
    let dependencies = Dependencies {
        intake: store.clone(),
        imports: store.clone(),
        histories: store.clone(),
        documents: store.clone(),
        submissions: store.clone(),
        batches: store.clone(),
        operations: store.clone(),
        outbox: store.clone(),
        queue: queue.clone(),
        principals: Arc::new(Anonymous),
        clock,
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let stop = CancellationToken::new();
    let until = stop.clone();
    let served = match options.relay {
        true => tokio::spawn(gongkai_ingest::run(listener, dependencies, until)),
        false => {
            let services = Services::new()
                .unwrap()
                .with(gongkai_ingest::service(&dependencies, until.clone()))
                .with(gongkai_ingest::batches(&dependencies, until.clone()));
            tokio::spawn(gongkai_serve::serve(listener, services, until))
        }
    };
    let channel = Channel::from_shared(address).unwrap().connect().await.unwrap();
    let client = IngestServiceClient::new(channel.clone());
    Running { store, queue, client, channel, stop, served }
}

impl Running {
    pub async fn submit(&self, content: &'static [u8]) -> v1::Submission {
        self.try_submit(v1::DocumentMetadata::default(), content).await.unwrap().unwrap()
    }

    pub async fn try_submit(
        &self,
        metadata: v1::DocumentMetadata,
        content: impl Into<bytes::Bytes>,
    ) -> Result<Option<v1::Submission>, Status> {
        let request = v1::SubmitDocumentRequest { metadata: Some(metadata), content: content.into() };
        Ok(self.client.clone().submit_document(request).await?.into_inner().submission)
    }

    pub async fn get(&self, name: &str) -> v1::Submission {
        let request = v1::GetSubmissionRequest { name: name.to_owned() };
        self.client.clone().get_submission(request).await.unwrap().into_inner().submission.unwrap()
    }

    /// Ends one attempt on a submission.
    pub async fn attempt(&self, name: &str, outcome: AttemptOutcome) {
        let worker = Worker { name: "test".to_owned(), extractor_version: 1 };
        let id = gongkai_model::SubmissionId::parse(name).unwrap();
        let attempts = self.store.begin_attempts(&[id], &worker, DEADLINE).await.unwrap();
        let completion = Completion { lease: attempts[0].lease, extractor_version: 1, outcome };
        self.store.complete(vec![completion]).await.unwrap().remove(0).unwrap();
    }

    /// Lets every attempt on a submission fail.
    pub async fn kill(&self, name: &str, class: &str) {
        for _ in 0..ATTEMPTS_MAX {
            let failure = NewFailure {
                class: class.to_owned(),
                message: "it did not work".to_owned(),
                receipt: Receipt { took: Some(Duration::from_millis(1500)), memory_bytes: Some(1 << 20) },
            };
            self.attempt(name, AttemptOutcome::Retry { failure, delay: Duration::ZERO }).await;
        }
    }

    /// The same where a test has another client: connections end with their clients.
    pub async fn end_with<T>(self, other: T) {
        drop(other);
        self.end().await;
    }

    /// Stops the service, and waits until it has ended.
    pub async fn end(self) {
        self.stop.cancel();
        drop((self.client, self.channel));
        tokio::time::timeout(DEADLINE, self.served).await.unwrap().unwrap().unwrap();
    }
}

pub fn done() -> AttemptOutcome {
    AttemptOutcome::Reports(Vec::new())
}

/// The stable reason of an error.
pub fn reason(status: &Status) -> String {
    status.get_details_error_info().map(|info| info.reason).unwrap_or_default()
}
