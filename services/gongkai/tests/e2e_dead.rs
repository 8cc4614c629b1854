//! The services over the SQLite file, with a pipeline that goes wrong: what happens to documents that break their reader.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails in a test fails the test"
)]

mod e2e;

use e2e::{Clients, DEADLINE, made_up, metadata};
use gongkai_document::{Hint, Limits};
use gongkai_model::Report;
use gongkai_parser::{PANIC, Pipeline, Settings, TIMEOUT};
use gongkai_pipeline::{Rejection, read_reports};
use gongkai_serve::{Anonymous, Services};
use gongkai_store::SystemClock;
use gongkai_store_sql::{SqliteEngine, SqliteOptions};
use gongkai_testkit::wait_until;
use gongkai_wire::v1;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;

/// Everything in this process, over one SQLite file.
struct Running {
    clients: Clients,
    engine: SqliteEngine,
    tasks: JoinSet<()>,
    stop: CancellationToken,
    _folder: TempDir,
}

async fn start(pipeline: Pipeline, document_patience: Duration) -> Running {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(SystemClock);
    let engine = SqliteEngine::open(SqliteOptions {
        path: folder.path().join("test.sqlite"),
        clock: clock.clone(),
        limits: gongkai_store::Limits::STANDARD,
        readers: 4,
        queue_lease: DEADLINE,
        queue_messages_max: 10_000,
    })
    .await
    .unwrap();
    let (store, queue) = (engine.store(), engine.queue());
    let ingest = gongkai_ingest::Dependencies {
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
    let query = gongkai_query::Dependencies {
        reports: store.clone(),
        histories: store.clone(),
        search: store.clone(),
        documents: store.clone(),
        reviews: store.clone(),
        changes: store.clone(),
        token_key: gongkai_query::TokenKey::new([7; 32]),
    };
    let parser = gongkai_parser::Dependencies {
        queue,
        ledger: store.clone(),
        submissions: store.clone(),
        operations: store.clone(),
        documents: store,
        pipeline,
        activity: gongkai_parser::Activity::default(),
    };
    let settings = Settings {
        document_patience,
        retry_delay_first: Duration::from_millis(1),
        ..Settings::standard("test", NonZeroUsize::new(2).unwrap())
    };
    let stop = CancellationToken::new();
    let services = Services::new()
        .unwrap()
        .with(gongkai_ingest::service(&ingest, stop.clone()))
        .with(gongkai_ingest::batches(&ingest, stop.clone()))
        .with(gongkai_ingest::snapshots(&ingest, stop.clone()));
    let services = gongkai_query::serve_with(services, &query, &stop);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let mut tasks = JoinSet::new();
    let until = stop.clone();
    tasks.spawn(async move { gongkai_serve::serve(listener, services, until).await.unwrap() });
    let until = stop.clone();
    tasks.spawn(async move { gongkai_ingest::run_background(&ingest, &until).await });
    tasks.spawn(gongkai_parser::run(parser, settings, stop.clone()));
    let clients = Clients::over(Channel::from_shared(address).unwrap().connect().await.unwrap());
    Running { clients, engine, tasks, stop, _folder: folder }
}

impl Running {
    async fn end(self) {
        self.stop.cancel();
        drop(self.clients);
        tokio::time::timeout(DEADLINE, self.tasks.join_all()).await.expect("everything drains");
        self.engine.close().await;
    }
}

/// The real pipeline, after `hook` has seen the document.
fn pipeline(hook: impl Fn(&[u8]) + Send + Sync + 'static) -> Pipeline {
    Arc::new(move |source: &[u8], hint: &Hint<'_>, limits: &Limits| -> Result<Vec<Report>, Rejection> {
        hook(source);
        read_reports(source, hint, limits)
    })
}

#[tokio::test]
async fn a_document_that_breaks_its_reader_dies_alone_and_lives_again_when_the_reader_is_mended() {
    let is_mended = Arc::new(AtomicBool::new(false));
    let mended = is_mended.clone();
    let bad = made_up(1);
    let poison = bad.clone();
    let hook = move |source: &[u8]| {
        assert!(source != poison || mended.load(Ordering::SeqCst), "the reader is broken");
    };
    let running = start(pipeline(hook), DEADLINE).await;
    let clients = &running.clients;
    let mut names = Vec::new();
    for seed in 2..10 {
        names.push(clients.submit(metadata("good.html"), made_up(seed)).await.unwrap().name);
    }
    let dead = clients.read(metadata("bad.html"), bad).await;
    assert_eq!((dead.state(), dead.attempts), (v1::SubmissionState::Dead, 3));
    assert_eq!(dead.failure.as_ref().unwrap().class, PANIC);
    for submission in clients.ended(&names).await.values() {
        assert_eq!((submission.state(), submission.attempts), (v1::SubmissionState::Done, 1));
    }

    let mut ingest = clients.ingest.clone();
    let listed = ingest.list_dead_letters(v1::ListDeadLettersRequest::default()).await.unwrap().into_inner();
    let [letter] = listed.dead_letters.as_slice() else { panic!("{listed:?}") };
    assert_eq!(letter.submission.as_ref().unwrap(), &dead);
    assert!(dead.failure.as_ref().unwrap().message.contains("the reader is broken"));

    is_mended.store(true, Ordering::SeqCst);
    let request = v1::ReplayDeadLettersRequest { failure_class: PANIC.to_owned(), ..Default::default() };
    let replayed = ingest.replay_dead_letters(request).await.unwrap().into_inner().submissions;
    assert_eq!((replayed.len(), replayed[0].epoch), (1, 2));
    let ended = clients.ended(std::slice::from_ref(&dead.name)).await;
    let ended = &ended[&dead.name];
    assert_eq!((ended.state(), ended.epoch, ended.attempts), (v1::SubmissionState::Done, 2, 1));
    assert_eq!(clients.reports().await.len(), 9);
    running.end().await;
}

#[tokio::test]
async fn a_document_that_hangs_its_reader_ends_among_the_dead() {
    let gate = Arc::new((Mutex::new(false), Condvar::new()));
    let passing = gate.clone();
    let bad = made_up(1);
    let poison = bad.clone();
    let hook = move |source: &[u8]| {
        if source == poison {
            let (is_open, opened) = &*passing;
            drop(opened.wait_while(is_open.lock().unwrap(), |is_open| !*is_open).unwrap());
        }
    };
    let running = start(pipeline(hook), Duration::from_secs(1)).await;
    let dead = running.clients.read(metadata("bad.html"), bad).await;
    assert_eq!(dead.state(), v1::SubmissionState::Dead);
    assert_eq!(dead.failure.unwrap().class, TIMEOUT);
    let good = running.clients.read(metadata("weather.txt"), b"fine".to_vec()).await;
    assert_eq!(good.state(), v1::SubmissionState::Rejected);
    *gate.0.lock().unwrap() = true;
    gate.1.notify_all();
    running.end().await;
}

#[tokio::test]
async fn what_is_cancelled_while_it_is_read_stays_cancelled() {
    let gate = Arc::new((Mutex::new(false), Condvar::new()));
    let reading = Arc::new(AtomicUsize::new(0));
    let (passing, count) = (gate.clone(), reading.clone());
    let hook = move |_: &[u8]| {
        count.fetch_add(1, Ordering::SeqCst);
        let (is_open, opened) = &*passing;
        drop(opened.wait_while(is_open.lock().unwrap(), |is_open| !*is_open).unwrap());
    };
    let running = start(pipeline(hook), DEADLINE).await;
    let clients = &running.clients;
    let name = clients.submit(metadata("report.html"), made_up(1)).await.unwrap().name;
    wait_until("the document is being read", DEADLINE, || async { 0 < reading.load(Ordering::SeqCst) }).await;
    let request = v1::CancelSubmissionRequest { name: name.clone() };
    let cancelled = clients.ingest.clone().cancel_submission(request).await.unwrap().into_inner();
    assert_eq!(cancelled.submission.unwrap().state(), v1::SubmissionState::Cancelled);
    *gate.0.lock().unwrap() = true;
    gate.1.notify_all();
    // When the next one is done, the result of the cancelled one has long been refused.
    let next = clients.read(metadata("report.html"), made_up(2)).await;
    assert_eq!(next.state(), v1::SubmissionState::Done);
    let ended = clients.ended(std::slice::from_ref(&name)).await;
    assert_eq!((ended[&name].state(), ended[&name].reports.len()), (v1::SubmissionState::Cancelled, 0));
    assert_eq!(clients.reports().await.len(), 1);
    running.end().await;
}
