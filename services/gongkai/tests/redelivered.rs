//! Every message comes one to seven times, in any order and also after its work is done, and the store is as if it had come
//! once: over a real broker, over both engines of the store.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails in a test fails the test"
)]

mod e2e;

use async_trait::async_trait;
use e2e::house::House;
use e2e::{DEADLINE, made_up};
use gongkai_document::{Hint, Limits};
use gongkai_model::{Priority, Purpose, SubmissionId};
use gongkai_parser::{Dependencies, Pipeline, Settings};
use gongkai_pipeline::read_reports;
use gongkai_queue::{Delivery, DeliveryTag, Message, Queue, QueueError};
use gongkai_queue_amqp::{AmqpOptions, AmqpQueue};
use gongkai_store::{
    Content, Documents, Intake, Ledger, NewSubmission, Operations, Outbox, PageRequest, ReadAt, ReportQuery,
    Reports, Submission, SubmissionFilter, Submissions, SystemClock,
};
use gongkai_store_sql::{PostgresOptions, SqliteEngine, SqliteOptions, open_postgres};
use gongkai_testkit::{Rng, wait_until};
use std::collections::{HashMap, HashSet};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const REPORTS: u64 = 24;
/// Breaks its reader each time, and the first time.
const POISON: &[u8] = b"poison";
const FLAKY: &[u8] = b"flaky";

/// Everything that a store is.
trait Store: Intake + Submissions + Operations + Outbox + Ledger + Documents + Reports + 'static {}
impl<T: Intake + Submissions + Operations + Outbox + Ledger + Documents + Reports + 'static> Store for T {}

/// How often a message comes.
#[derive(Clone)]
struct Repeats(Arc<Mutex<Option<Rng>>>);

impl Repeats {
    fn times(&self) -> u64 {
        self.0.lock().unwrap().as_mut().map_or(1, |rng| rng.between(1, 7))
    }

    fn shuffle<T>(&self, items: &mut [T]) {
        if let Some(rng) = self.0.lock().unwrap().as_mut() {
            for last in (1..items.len()).rev() {
                items.swap(last, usize::try_from(rng.below(last as u64 + 1)).unwrap());
            }
        }
    }
}

/// A queue that gives a delivery back in place of acknowledging it, up to six times, so that finished work comes again.
struct Stutter {
    inner: Arc<dyn Queue>,
    repeats: Repeats,
    /// How often each message is still to come. It is known by what it names.
    left: Arc<Mutex<HashMap<Vec<SubmissionId>, u64>>>,
    /// What is in somebody's hands.
    held: Mutex<HashMap<DeliveryTag, Vec<SubmissionId>>>,
    acknowledged: Arc<AtomicU64>,
    came_again: Arc<AtomicU64>,
}

#[async_trait]
impl Queue for Stutter {
    async fn publish(&self, message: Message) -> Result<(), QueueError> {
        self.inner.publish(message).await
    }

    async fn receive(&self, max: usize, wait: Duration) -> Result<Vec<Delivery>, QueueError> {
        let deliveries = self.inner.receive(max, wait).await?;
        let mut held = self.held.lock().unwrap();
        held.extend(deliveries.iter().map(|one| (one.tag, one.message.submissions().to_vec())));
        Ok(deliveries)
    }

    async fn acknowledge(&self, tags: &[DeliveryTag]) -> Result<(), QueueError> {
        for tag in tags {
            let message = self.held.lock().unwrap().remove(tag).unwrap();
            let comes_again = {
                let mut left = self.left.lock().unwrap();
                let left = left.entry(message).or_insert_with(|| self.repeats.times() - 1);
                let comes_again = 0 < *left;
                *left = left.saturating_sub(1);
                comes_again
            };
            match comes_again {
                true => {
                    self.came_again.fetch_add(1, Ordering::SeqCst);
                    self.inner.hand_back(&[*tag]).await?;
                }
                false => {
                    self.inner.acknowledge(&[*tag]).await?;
                    self.acknowledged.fetch_add(1, Ordering::SeqCst);
                }
            }
        }
        Ok(())
    }

    async fn hand_back(&self, tags: &[DeliveryTag]) -> Result<(), QueueError> {
        self.inner.hand_back(tags).await
    }
}

/// Reads like the real one, but for two documents.
fn pipeline() -> Pipeline {
    let broken = Mutex::new(HashSet::new());
    Arc::new(move |source: &[u8], hint: &Hint<'_>, limits: &Limits| {
        assert!(source != POISON, "the document breaks its reader");
        let is_first = source == FLAKY && broken.lock().unwrap().insert(source.to_vec());
        assert!(!is_first, "the document breaks its reader once");
        read_reports(source, hint, limits)
    })
}

fn documents() -> Vec<Vec<u8>> {
    let mut documents: Vec<_> = (0..REPORTS).map(made_up).collect();
    // Sent once more by somebody else, no reports, and two that break their reader.
    documents.extend([
        made_up(0),
        made_up(1),
        b"nothing to report".to_vec(),
        POISON.to_vec(),
        FLAKY.to_vec(),
    ]);
    documents
}

async fn accept(store: &impl Store, content: Vec<u8>) -> SubmissionId {
    let new = NewSubmission {
        caller: "test".to_owned(),
        request_id: None,
        purpose: Purpose::Published,
        priority: Priority::Normal,
        media_type: String::new(),
        name: "report.html".to_owned(),
        source: String::new(),
        content: Content::Bytes(content.into()),
        trace: None,
        item: None,
    };
    store.accept(new).await.unwrap().submission.id
}

/// Announces what is due, in messages of some, each as often as `repeats` says, all of them in any order.
async fn announce(store: &impl Store, queue: &dyn Queue, repeats: &Repeats) -> u64 {
    let due = store.claim_due(1000, DEADLINE).await.unwrap();
    let mut messages = Vec::new();
    for chunk in due.chunks(5) {
        let ids: Vec<_> = chunk.iter().map(|announcement| announcement.submission).collect();
        for _ in 0..repeats.times() {
            messages.push(Message::new(ids.clone(), Priority::Normal).unwrap());
        }
    }
    repeats.shuffle(&mut messages);
    let published = messages.len() as u64;
    for message in messages {
        queue.publish(message).await.unwrap();
    }
    store.mark_published(&due).await.unwrap();
    published
}

async fn submissions(store: &impl Store) -> Vec<Submission> {
    let page = PageRequest { size: 1000, cursor: None };
    store.submissions(&SubmissionFilter::default(), &page).await.unwrap().items
}

/// All that the store says, in an order of its own, without times, without names that are drawn, and without the order in
/// which things came about.
async fn digest(store: &impl Store) -> Vec<String> {
    let mut digest = Vec::new();
    let mut record_of = HashMap::new();
    let query = ReportQuery { at: ReadAt::default(), ..ReportQuery::default() };
    let listed = store.reports(&query, &PageRequest { size: 1000, cursor: None }).await.unwrap();
    assert!(listed.next.is_none());
    for summary in listed.items {
        let id = summary.info.report;
        let stored = store.report(id, ReadAt::default()).await.unwrap();
        record_of.insert(id, stored.info.digest);
        let history = store.revisions(id, ReadAt::default()).await.unwrap();
        let history: Vec<_> =
            history.iter().map(|it| (it.revision, it.cause, it.document, it.part, it.digest)).collect();
        digest.push(format!(
            "report {:?} {history:?} {:?} {:?}",
            summary.keys, stored.renditions, stored.report
        ));
    }
    for one in submissions(store).await {
        let reports: Vec<_> = one.reports.iter().map(|it| (record_of[&it.report], it.revision)).collect();
        let failure = one.failure.map(|failure| (failure.class, failure.message, failure.attempt));
        digest.push(format!(
            "submission of {} {:?} epoch {} {:?} {} attempts {failure:?} {:?} {reports:?}",
            one.document, one.purpose, one.epoch, one.state, one.attempts, one.rejection
        ));
        let bytes = store.document_bytes(one.document, u64::MAX).await.unwrap();
        assert!(documents().contains(&bytes.to_vec()), "{} has other bytes", one.document);
    }
    digest.sort();
    digest
}

/// Lets two parsers read the documents, and gives what the store says then, and how many deliveries there were.
async fn read(store: Arc<impl Store>, queues: [Arc<dyn Queue>; 2], repeats: Repeats) -> (Vec<String>, u64) {
    let stop = CancellationToken::new();
    let pipeline = pipeline();
    let (acknowledged, came_again) = (Arc::<AtomicU64>::default(), Arc::<AtomicU64>::default());
    let left = Arc::default();
    for content in documents() {
        accept(&*store, content).await;
    }
    let mut parsers = Vec::new();
    for inner in &queues {
        let queue = Stutter {
            inner: inner.clone(),
            repeats: repeats.clone(),
            left: Arc::clone(&left),
            held: Mutex::default(),
            acknowledged: acknowledged.clone(),
            came_again: came_again.clone(),
        };
        let dependencies = Dependencies {
            queue: Arc::new(queue),
            ledger: store.clone(),
            submissions: store.clone(),
            operations: store.clone(),
            documents: store.clone(),
            pipeline: pipeline.clone(),
            activity: gongkai_parser::Activity::default(),
        };
        let settings = Settings {
            retry_delay_first: Duration::from_millis(20),
            document_patience: DEADLINE,
            ..Settings::standard("test", NonZeroUsize::new(2).unwrap())
        };
        parsers.push(tokio::spawn(gongkai_parser::run(dependencies, settings, stop.clone())));
    }
    let mut published = 0;
    // Retries become due on the way.
    let everything_is_final = async {
        while !submissions(&*store).await.iter().all(|submission| submission.state.is_final()) {
            published += announce(&*store, &*queues[0], &repeats).await;
            store.wait_for_due(Duration::from_millis(50)).await.unwrap();
        }
    };
    tokio::time::timeout(DEADLINE, everything_is_final).await.expect("everything is read");
    // What is left comes after everything is done.
    wait_until("every message is acknowledged", DEADLINE, || async {
        acknowledged.load(Ordering::SeqCst) == published
    })
    .await;
    stop.cancel();
    for parser in parsers {
        tokio::time::timeout(DEADLINE, parser).await.unwrap().unwrap();
    }
    (digest(&*store).await, published + came_again.load(Ordering::SeqCst))
}

async fn broker(house: &House) -> Arc<AmqpQueue> {
    let mut options = AmqpOptions::standard(house.queue.parse().unwrap());
    options.prefix.clone_from(&house.prefix);
    Arc::new(AmqpQueue::open(options).await.unwrap())
}

async fn over_postgres_and_broker(repeats: Repeats) -> (Vec<String>, u64) {
    let house = House::new();
    let store = open_postgres(PostgresOptions::standard(house.store.clone())).await.unwrap();
    let queues = [broker(&house).await, broker(&house).await];
    let dynamic = queues.clone().map(|queue| queue as Arc<dyn Queue>);
    let told = read(store.clone(), dynamic, repeats).await;
    for queue in queues {
        queue.close().await;
    }
    store.close().await;
    told
}

async fn over_sqlite(with_broker: bool, repeats: Repeats) -> (Vec<String>, u64) {
    let folder = tempfile::tempdir().unwrap();
    let engine = SqliteEngine::open(SqliteOptions {
        path: folder.path().join("test.sqlite"),
        clock: Arc::new(SystemClock),
        limits: gongkai_store::Limits::STANDARD,
        readers: 4,
        queue_lease: DEADLINE,
        queue_messages_max: 10_000,
    })
    .await
    .unwrap();
    let told = if with_broker {
        let house = House::new();
        let queues = [broker(&house).await, broker(&house).await];
        let dynamic = queues.clone().map(|queue| queue as Arc<dyn Queue>);
        let told = read(engine.store(), dynamic, repeats).await;
        for queue in queues {
            queue.close().await;
        }
        told
    } else {
        let queue: Arc<dyn Queue> = engine.queue();
        read(engine.store(), [queue.clone(), queue], repeats).await
    };
    engine.close().await;
    told
}

fn once() -> Repeats {
    Repeats(Arc::new(Mutex::new(None)))
}

/// The seed is the time, unless `GONGKAI_REDELIVERY_SEED` repeats an earlier one.
fn often() -> (Repeats, u64) {
    let seed = match std::env::var("GONGKAI_REDELIVERY_SEED") {
        Ok(seed) => seed.parse().unwrap(),
        Err(_) => u64::try_from(gongkai_store::Clock::now(&SystemClock).micros()).unwrap(),
    };
    (Repeats(Arc::new(Mutex::new(Some(Rng::new(seed))))), seed)
}

fn same(once: &[String], often: &[String], what: &str, seed: u64) {
    let (of_once, of_often): (HashSet<_>, HashSet<_>) = (once.iter().collect(), often.iter().collect());
    let differences: Vec<_> = of_once.symmetric_difference(&of_often).collect();
    assert!(differences.is_empty() && once.len() == often.len(), "{what}, seed {seed}: {differences:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn however_often_and_in_whatever_order_messages_come_the_store_says_the_same() {
    let (expected, published) = over_postgres_and_broker(once()).await;
    // One line a report and a submission: it says something, also of what was rejected, died, or was read at the second try.
    assert_eq!(expected.len() as u64, REPORTS + documents().len() as u64);
    for what in ["Rejected 1", "Dead 3", "2 attempts"] {
        assert!(expected.iter().any(|line| line.contains(what)), "{what}");
    }
    let (often_postgres, seed) = often();
    let (again, deliveries) = over_postgres_and_broker(often_postgres).await;
    same(&expected, &again, "PostgreSQL and RabbitMQ", seed);
    // Some of them were published several times, and some that came were given back when all was done.
    assert!(published * 2 < deliveries, "{deliveries} messages in place of {published}, seed {seed}");
    for with_broker in [true, false] {
        let (often_sqlite, seed) = often();
        let (embedded, _) = over_sqlite(with_broker, often_sqlite).await;
        same(&expected, &embedded, "SQLite", seed);
    }
}
