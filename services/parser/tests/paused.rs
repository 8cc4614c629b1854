//! A pause of the parsers, over the in-memory twins.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails in a test fails the test"
)]

use gongkai_model::{Priority, Purpose, SubmissionId, SubmissionState};
use gongkai_parser::{Activity, Dependencies, Settings};
use gongkai_pipeline::read_reports;
use gongkai_queue::{MemoryQueue, Message, Queue};
use gongkai_store::memory::MemoryStore;
use gongkai_store::{
    Census, Clock, Content, Intake, Limits, NewSubmission, Operations, Pause, StoreError, Submissions,
    SystemClock, Timestamp,
};
use gongkai_testkit::wait_until;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const DEADLINE: Duration = Duration::from_secs(60);

async fn announced(store: &MemoryStore, queue: &MemoryQueue) -> SubmissionId {
    let new = NewSubmission {
        caller: String::new(),
        request_id: None,
        item: None,
        purpose: Purpose::Published,
        priority: Priority::Normal,
        media_type: String::new(),
        name: String::new(),
        source: String::new(),
        content: Content::Bytes("no report".into()),
        trace: None,
    };
    let id = store.accept(new).await.unwrap().submission.id;
    queue.publish(Message::new(vec![id], Priority::Normal).unwrap()).await.unwrap();
    id
}

/// Counts how often somebody has looked whether there is a pause.
struct Looked {
    store: Arc<MemoryStore>,
    times: AtomicUsize,
}

impl Looked {
    /// Returns when the parser has looked again, and done what it does upon it.
    async fn again(&self) {
        let before = self.times.load(Ordering::SeqCst);
        wait_until("another look", DEADLINE, async || before + 2 < self.times.load(Ordering::SeqCst)).await;
    }
}

#[async_trait::async_trait]
impl Operations for Looked {
    async fn pause(&self) -> Result<Option<Pause>, StoreError> {
        self.times.fetch_add(1, Ordering::SeqCst);
        self.store.pause().await
    }

    async fn pause_parsing(&self, pause: &Pause) -> Result<Pause, StoreError> {
        self.store.pause_parsing(pause).await
    }

    async fn resume_parsing(&self) -> Result<(), StoreError> {
        self.store.resume_parsing().await
    }

    async fn census(&self, now: Timestamp) -> Result<Census, StoreError> {
        self.store.census(now).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_parser_begins_nothing_until_it_may_go_on_also_one_that_starts_meanwhile() {
    let store = Arc::new(MemoryStore::new(Arc::new(SystemClock), Limits::STANDARD));
    let queue = Arc::new(MemoryQueue::new(DEADLINE, 100));
    let looked = Arc::new(Looked { store: store.clone(), times: AtomicUsize::new(0) });
    let stop = CancellationToken::new();
    let dependencies = Dependencies {
        queue: queue.clone(),
        ledger: store.clone(),
        submissions: store.clone(),
        operations: looked.clone(),
        documents: store.clone(),
        pipeline: Arc::new(read_reports),
        activity: Activity::default(),
    };
    let pause = Pause { since: SystemClock.now(), reason: String::new() };
    store.pause_parsing(&pause).await.unwrap();
    let settings = Settings::standard("test", NonZeroUsize::MIN);
    let parser = tokio::spawn(gongkai_parser::run(dependencies, settings, stop.clone()));
    let first = announced(&store, &queue).await;
    looked.again().await;
    assert_eq!(store.submission(first).await.unwrap().attempts, 0);

    store.resume_parsing().await.unwrap();
    let is_read = async || store.submission(first).await.unwrap().state == SubmissionState::Rejected;
    wait_until("it goes on", DEADLINE, is_read).await;

    store.pause_parsing(&pause).await.unwrap();
    looked.again().await;
    let second = announced(&store, &queue).await;
    looked.again().await;
    assert_eq!(store.submission(second).await.unwrap().attempts, 0);
    // What was received and not begun is there for whoever may.
    stop.cancel();
    parser.await.unwrap();
    assert_eq!(queue.receive(1, DEADLINE).await.unwrap().len(), 1);
}
