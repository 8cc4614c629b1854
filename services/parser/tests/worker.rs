//! The worker over the in-memory twins: what comes of documents, good and bad.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails in a test fails the test"
)]

use gongkai_document::{Hint, Limits};
use gongkai_model::{DocumentId, Priority, Purpose, RejectReason, Report, SubmissionId, SubmissionState};
use gongkai_parser::{Activity, Dependencies, PANIC, Pipeline, Settings, TIMEOUT};
use gongkai_pipeline::{Rejection, read_reports};
use gongkai_queue::{MemoryQueue, Message, Queue};
use gongkai_store::memory::MemoryStore;
use gongkai_store::{
    Attempt, Completion, Content, DocumentInfo, Documents, Intake, Lease, Ledger, NewSubmission, Outbox,
    PageRequest, Position, ReportQuery, Reports, StoreError, Submission, Submissions, SystemClock, Worker,
};
use gongkai_testkit::{
    Encoding, Extent, Record, RecordOptions, RenderOptions, Rendering, Wording, wait_until,
};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

const DEADLINE: Duration = Duration::from_secs(60);

/// A parser at work, with the part of ingest that announces what is due.
struct Running {
    store: Arc<MemoryStore>,
    queue: Arc<MemoryQueue>,
    activity: Activity,
    stop: CancellationToken,
    parser: JoinHandle<()>,
    relay: JoinHandle<()>,
}

fn settings() -> Settings {
    Settings {
        retry_delay_first: Duration::from_millis(1),
        document_patience: DEADLINE,
        ..Settings::standard("test", NonZeroUsize::new(2).unwrap())
    }
}

fn start(settings: Settings, pipeline: Pipeline) -> Running {
    start_over(empty(), settings, pipeline)
}

fn empty() -> Arc<MemoryStore> {
    Arc::new(MemoryStore::new(Arc::new(SystemClock), gongkai_store::Limits::STANDARD))
}

fn start_over(store: Arc<MemoryStore>, settings: Settings, pipeline: Pipeline) -> Running {
    start_with(store.clone(), store.clone(), store, settings, pipeline)
}

fn start_with(
    store: Arc<MemoryStore>,
    ledger: Arc<dyn Ledger>,
    documents: Arc<dyn Documents>,
    settings: Settings,
    pipeline: Pipeline,
) -> Running {
    let queue = Arc::new(MemoryQueue::new(DEADLINE, 10_000));
    let (stop, activity) = (CancellationToken::new(), Activity::default());
    let dependencies = Dependencies {
        queue: queue.clone(),
        ledger,
        submissions: store.clone(),
        operations: store.clone(),
        documents,
        pipeline,
        activity: activity.clone(),
    };
    let parser = tokio::spawn(gongkai_parser::run(dependencies, settings, stop.clone()));
    let relay = tokio::spawn(relay(store.clone(), queue.clone()));
    Running { store, queue, activity, stop, parser, relay }
}

async fn relay(store: Arc<MemoryStore>, queue: Arc<MemoryQueue>) {
    loop {
        store.wait_for_due(DEADLINE).await.unwrap();
        let due = store.claim_due(100, DEADLINE).await.unwrap();
        if due.is_empty() {
            continue;
        }
        let ids = due.iter().map(|announcement| announcement.submission).collect();
        queue.publish(Message::new(ids, Priority::Normal).unwrap()).await.unwrap();
        store.mark_published(&due).await.unwrap();
    }
}

async fn submit_to(store: &MemoryStore, content: impl Into<bytes::Bytes>) -> SubmissionId {
    let new = NewSubmission {
        caller: "test".to_owned(),
        request_id: None,
        item: None,
        purpose: Purpose::Published,
        priority: Priority::Normal,
        media_type: String::new(),
        name: "report.txt".to_owned(),
        source: String::new(),
        content: Content::Bytes(content.into()),
        trace: None,
    };
    store.accept(new).await.unwrap().submission.id
}

impl Running {
    async fn submit(&self, content: impl Into<bytes::Bytes>) -> SubmissionId {
        submit_to(&self.store, content).await
    }

    async fn submission(&self, id: SubmissionId) -> Submission {
        self.store.submission(id).await.unwrap()
    }

    /// The submission once nothing more happens to it.
    async fn ended(&self, id: SubmissionId) -> Submission {
        wait_until("the submission is final", DEADLINE, || async {
            self.submission(id).await.state.is_final()
        })
        .await;
        self.submission(id).await
    }

    async fn end(self) {
        self.stop.cancel();
        tokio::time::timeout(DEADLINE, self.parser).await.unwrap().unwrap();
        assert!(!self.activity.is_reading());
        self.relay.abort();
    }
}

/// The real pipeline, but for what a document's first word asks for.
fn pipeline(hook: impl Fn(&str) + Send + Sync + 'static) -> Pipeline {
    Arc::new(move |source: &[u8], hint: &Hint<'_>, limits: &Limits| -> Result<Vec<Report>, Rejection> {
        hook(&String::from_utf8_lossy(source));
        read_reports(source, hint, limits)
    })
}

fn real() -> Pipeline {
    Arc::new(read_reports)
}

/// A report that can be read.
fn report(seed: u64) -> Vec<u8> {
    let record = Record::random(gongkai_model::FormId::Form2019, seed, RecordOptions::CONSISTENT);
    let options = RenderOptions { seed, extent: Extent::Whole, wording: Wording::Official };
    Rendering::Html.render(&record, options).bytes(Encoding::Utf8)
}

/// Keeps readers until it is opened.
#[derive(Default)]
struct Gate {
    is_open: Mutex<bool>,
    opened: Condvar,
    waiting: AtomicUsize,
}

impl Gate {
    fn pass(&self) {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let is_open = self.is_open.lock().unwrap();
        drop(self.opened.wait_while(is_open, |is_open| !*is_open).unwrap());
    }

    fn open(&self) {
        *self.is_open.lock().unwrap() = true;
        self.opened.notify_all();
    }
}

#[tokio::test]
async fn a_report_is_read_and_stored() {
    let running = start(settings(), real());
    let id = running.submit(report(1)).await;
    let ended = running.ended(id).await;
    assert_eq!((ended.state, ended.reports.len(), ended.attempts), (SubmissionState::Done, 1, 1));
    let stored = running.store.report(ended.reports[0].report, Default::default()).await.unwrap();
    let expected = read_reports(
        &report(1),
        &Hint { media_type: None, name: Some("report.txt"), ..Default::default() },
        &Limits::STANDARD,
    );
    assert_eq!(stored.report, expected.unwrap()[0]);
    running.end().await;
}

#[tokio::test]
async fn what_is_no_report_is_rejected_with_a_reason() {
    let running = start(settings(), real());
    let cases: [(&[u8], RejectReason); 4] = [
        ("今天天气很好。".as_bytes(), RejectReason::NotAReport),
        (b" \n\n ", RejectReason::Empty),
        (b"%PDF-1.7 \0\0", RejectReason::UnsupportedFormat),
        (&vec![b'x'; Limits::STANDARD.source_bytes_max + 1], RejectReason::TooLarge),
    ];
    for (content, reason) in cases {
        let id = running.submit(content.to_vec()).await;
        let ended = running.ended(id).await;
        assert_eq!((ended.state, ended.attempts), (SubmissionState::Rejected, 1));
        assert_eq!(ended.rejection.unwrap().reason, reason);
    }
    running.end().await;
}

#[tokio::test]
async fn a_panic_costs_one_document_which_ends_among_the_dead() {
    let calls = Arc::new(AtomicUsize::new(0));
    let count = calls.clone();
    let hook = move |text: &str| {
        if text.starts_with("BAD") {
            count.fetch_add(1, Ordering::SeqCst);
            panic!("the reader has met {}", &text[..3]);
        }
    };
    let running = start(settings(), pipeline(hook));
    let mut good = Vec::new();
    for seed in 0..5 {
        good.push(running.submit(report(seed)).await);
    }
    let bad = running.submit("BAD").await;
    for seed in 5..10 {
        good.push(running.submit(report(seed)).await);
    }
    let ended = running.ended(bad).await;
    assert_eq!((ended.state, ended.attempts), (SubmissionState::Dead, 3));
    let failure = ended.failure.unwrap();
    assert_eq!((&*failure.class, failure.attempt), (PANIC, 3));
    assert!(failure.message.ends_with("the reader has met BAD"), "{}", failure.message);
    assert_eq!(calls.load(Ordering::SeqCst), 3);
    for id in good {
        let ended = running.ended(id).await;
        assert_eq!((ended.state, ended.attempts), (SubmissionState::Done, 1));
    }
    running.end().await;
}

#[tokio::test]
async fn a_document_that_hangs_is_given_up_and_keeps_no_worker() {
    let gate = Arc::new(Gate::default());
    let passing = gate.clone();
    let hook = move |text: &str| {
        if text.starts_with("HANG") {
            passing.pass();
        }
    };
    // What is loaded once is loaded before, so that the patience is for the document alone.
    assert!(read_reports("今天天气很好。".as_bytes(), &Hint::default(), &Limits::STANDARD).is_err());
    let settings = Settings { document_patience: Duration::from_millis(500), ..settings() };
    let running = start(settings, pipeline(hook));
    let (one, other) = (running.submit("HANG 1").await, running.submit("HANG 2").await);
    for id in [one, other] {
        let ended = running.ended(id).await;
        assert_eq!(ended.state, SubmissionState::Dead);
        assert_eq!(ended.failure.unwrap().class, TIMEOUT);
    }
    // Six attempts hang with two workers, and the next document is read all the same: as what it is, no report. On a busy
    // machine a thread may come to the document only after it was given up.
    wait_until("six attempts hang", DEADLINE, || async { gate.waiting.load(Ordering::SeqCst) == 6 }).await;
    let next = running.submit("今天天气很好。").await;
    assert_eq!(running.ended(next).await.state, SubmissionState::Rejected);
    gate.open();
    running.end().await;
}

#[tokio::test]
async fn the_same_bytes_are_read_once() {
    let calls = Arc::new(AtomicUsize::new(0));
    let count = calls.clone();
    let running = start(settings(), pipeline(move |_| _ = count.fetch_add(1, Ordering::SeqCst)));
    let first = running.submit(report(3)).await;
    let first = running.ended(first).await;
    let again = running.submit(report(3)).await;
    let again = running.ended(again).await;
    assert_eq!(again.state, SubmissionState::Done);
    assert_eq!(first.reports, again.reports);
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    running.end().await;
}

#[tokio::test]
async fn what_is_delivered_twice_has_one_effect() {
    let running = start(settings(), real());
    let id = running.submit(report(4)).await;
    let done = running.ended(id).await;
    let message = Message::new(vec![id, id, SubmissionId::generate()], Priority::High).unwrap();
    running.queue.publish(message).await.unwrap();
    let after = running.submit(report(5)).await;
    running.ended(after).await;
    assert_eq!(running.submission(id).await, done);
    let reports = running.store.reports(&ReportQuery::default(), &PageRequest::first(10)).await.unwrap();
    assert_eq!(reports.items.len(), 2);
    running.end().await;
}

#[tokio::test]
async fn the_result_of_a_cancelled_submission_is_refused() {
    let gate = Arc::new(Gate::default());
    let passing = gate.clone();
    let running = start(settings(), pipeline(move |_| passing.pass()));
    let id = running.submit(report(6)).await;
    wait_until("the document is being read", DEADLINE, || async { 0 < gate.waiting.load(Ordering::SeqCst) })
        .await;
    assert!(running.activity.is_reading());
    running.store.cancel(id).await.unwrap();
    gate.open();
    let next = running.submit(report(7)).await;
    running.ended(next).await;
    let ended = running.submission(id).await;
    assert_eq!((ended.state, ended.reports.len()), (SubmissionState::Cancelled, 0));
    running.end().await;
}

/// Panics once where attempts begin, and is the store that it stands before in everything else.
struct PanicsOnce {
    store: Arc<MemoryStore>,
    has_panicked: AtomicBool,
}

#[async_trait::async_trait]
impl Ledger for PanicsOnce {
    async fn begin_attempts(
        &self,
        submissions: &[SubmissionId],
        worker: &Worker,
        lease: Duration,
    ) -> Result<Vec<Attempt>, StoreError> {
        assert!(self.has_panicked.swap(true, Ordering::SeqCst), "a mistake of ours");
        self.store.begin_attempts(submissions, worker, lease).await
    }

    async fn renew(&self, leases: &[Lease], lease: Duration) -> Result<Vec<Lease>, StoreError> {
        self.store.renew(leases, lease).await
    }

    async fn complete(
        &self,
        completions: Vec<Completion>,
    ) -> Result<Vec<Result<Submission, StoreError>>, StoreError> {
        self.store.complete(completions).await
    }
}

/// Gives no document at first, as a store that is away for a moment.
struct AwayForAMoment {
    store: Arc<MemoryStore>,
    asked: AtomicUsize,
}

#[async_trait::async_trait]
impl Documents for AwayForAMoment {
    async fn document(&self, id: DocumentId, purpose: Option<Purpose>) -> Result<DocumentInfo, StoreError> {
        match self.asked.fetch_add(1, Ordering::SeqCst) {
            0 | 1 => Err(StoreError::Unavailable("away".into())),
            _ => self.store.document(id, purpose).await,
        }
    }

    async fn came_since(
        &self,
        ids: &[DocumentId],
        position: Position,
    ) -> Result<Vec<DocumentId>, StoreError> {
        self.store.came_since(ids, position).await
    }

    async fn document_chunk(&self, id: DocumentId, index: u32) -> Result<Option<bytes::Bytes>, StoreError> {
        self.store.document_chunk(id, index).await
    }
}

#[tokio::test]
async fn a_store_that_is_away_for_a_moment_costs_no_attempt() {
    let store = empty();
    let documents = AwayForAMoment { store: store.clone(), asked: AtomicUsize::new(0) };
    let running = start_with(store.clone(), store, Arc::new(documents), settings(), real());
    let id = running.submit(report(11)).await;
    let ended = running.ended(id).await;
    assert_eq!((ended.state, ended.attempts, ended.failure), (SubmissionState::Done, 1, None));
    running.end().await;
}

#[tokio::test]
async fn what_was_delivered_to_a_task_that_panics_comes_again() {
    let store = empty();
    let ledger = PanicsOnce { store: store.clone(), has_panicked: AtomicBool::new(false) };
    let running = start_with(store.clone(), Arc::new(ledger), store, settings(), real());
    let id = running.submit(report(11)).await;
    let ended = running.ended(id).await;
    assert_eq!((ended.state, ended.attempts), (SubmissionState::Done, 1));
    running.end().await;
}

#[tokio::test]
async fn a_submission_that_is_cancelled_while_it_is_read_keeps_no_worker() {
    let gate = Arc::new(Gate::default());
    let passing = gate.clone();
    let hook = move |text: &str| {
        if text.starts_with("HANG") {
            passing.pass();
        }
    };
    let running = start(settings(), pipeline(hook));
    for text in ["HANG 1", "HANG 2", "HANG 3"] {
        let before = gate.waiting.load(Ordering::SeqCst);
        let id = running.submit(text).await;
        wait_until("it is being read", DEADLINE, || async { before < gate.waiting.load(Ordering::SeqCst) })
            .await;
        running.store.cancel(id).await.unwrap();
    }
    // Nobody has given up on any of them by the clock, and there were but two workers.
    let next = running.submit("今天天气很好。").await;
    assert_eq!(running.ended(next).await.state, SubmissionState::Rejected);
    gate.open();
    running.end().await;
}

#[tokio::test]
async fn when_asked_to_stop_it_finishes_what_it_has_begun() {
    let gate = Arc::new(Gate::default());
    let passing = gate.clone();
    let running = start(settings(), pipeline(move |_| passing.pass()));
    let id = running.submit(report(9)).await;
    wait_until("the document is being read", DEADLINE, || async { 0 < gate.waiting.load(Ordering::SeqCst) })
        .await;
    running.stop.cancel();
    gate.open();
    let store = running.store.clone();
    running.end().await;
    assert_eq!(store.submission(id).await.unwrap().state, SubmissionState::Done);
}

#[tokio::test]
async fn a_backlog_is_read_to_the_last() {
    let running = start(settings(), real());
    let mut ids = Vec::new();
    for seed in 0..200 {
        ids.push(running.submit(report(seed)).await);
    }
    for id in ids {
        let ended = running.ended(id).await;
        assert_eq!((ended.state, ended.attempts), (SubmissionState::Done, 1));
    }
    running.end().await;
}

#[tokio::test]
async fn those_among_whom_a_killer_may_be_are_read_one_at_a_time() {
    let store = empty();
    let mut suspects = Vec::new();
    for seed in 0..6 {
        suspects.push(submit_to(&store, report(seed)).await);
    }
    // The process that had begun them is gone, and its leases are over.
    let gone = Worker { name: "gone".to_owned(), extractor_version: 1 };
    assert_eq!(store.begin_attempts(&suspects, &gone, Duration::ZERO).await.unwrap().len(), 6);
    let (reading, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (count, seen) = (reading.clone(), most.clone());
    let pipeline: Pipeline = Arc::new(move |source: &[u8], hint: &Hint<'_>, limits: &Limits| {
        seen.fetch_max(count.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        let reports = read_reports(source, hint, limits);
        count.fetch_sub(1, Ordering::SeqCst);
        reports
    });
    let settings = Settings { workers: NonZeroUsize::new(4).unwrap(), ..settings() };
    let running = start_over(store, settings, pipeline);
    for id in &suspects {
        running.queue.publish(Message::new(vec![*id], Priority::Normal).unwrap()).await.unwrap();
    }
    for id in suspects {
        let ended = running.ended(id).await;
        assert_eq!((ended.state, ended.attempts), (SubmissionState::Done, 2));
    }
    assert_eq!(most.load(Ordering::SeqCst), 1);
    running.end().await;
}
