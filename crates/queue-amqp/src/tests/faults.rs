//! Connections that break, a broker that dies, and one that takes no more: nothing is lost, and nothing is promised that
//! is not kept.

use super::broker::Broker;
use super::wire::Wire;
use super::{PATIENCE, message, publish, until};
use crate::AmqpQueue;
use gongkai_model::{Priority, SubmissionId};
use gongkai_queue::{Message, Queue, QueueError};
use std::collections::{HashMap, HashSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::Instant;

/// Numbers that look random, and are the same for the same seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// What was promised and what came, in nobody's books but ours.
#[derive(Default)]
struct Books {
    promised: Mutex<HashSet<SubmissionId>>,
    came: Mutex<HashMap<SubmissionId, u32>>,
    errors: AtomicU64,
}

impl Books {
    fn missing(&self) -> usize {
        let came = self.came.lock().unwrap();
        self.promised.lock().unwrap().iter().filter(|id| !came.contains_key(id)).count()
    }
}

/// Publishes as the relay does: again under the same names until it is confirmed.
async fn send(queue: &AmqpQueue, books: &Books, count: usize, seed: u64) {
    let mut chance = Chance(seed);
    for _ in 0..count {
        let size = 1 + chance.below(3) as usize;
        let ids: Vec<_> = (0..size).map(|_| SubmissionId::generate()).collect();
        let priority = [Priority::High, Priority::Normal, Priority::Low][chance.below(3) as usize];
        let message = Message::new(ids.clone(), priority).unwrap();
        while let Err(error) = queue.publish(message.clone()).await {
            assert!(matches!(error, QueueError::Unavailable(_)), "{error:?}");
            books.errors.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        books.promised.lock().unwrap().extend(ids);
    }
}

/// Receives as a worker does, acknowledges most, hands some back, and forgets some until the connection breaks.
async fn take(queue: &AmqpQueue, books: &Books, stop: &AtomicBool, seed: u64) {
    let mut chance = Chance(seed);
    while !stop.load(Ordering::Relaxed) {
        let Ok(deliveries) = queue.receive(5, Duration::from_millis(200)).await else {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let (mut done, mut back) = (Vec::new(), Vec::new());
        for delivery in deliveries {
            if chance.below(20) == 0 {
                back.push(delivery.tag);
                continue;
            }
            let mut came = books.came.lock().unwrap();
            delivery.message.submissions().iter().for_each(|id| *came.entry(*id).or_default() += 1);
            drop(came);
            done.push(delivery.tag);
        }
        // One that fails comes again.
        let _ = queue.acknowledge(&done).await;
        let _ = queue.hand_back(&back).await;
    }
}

/// 10,000 messages while all connections are cut again and again.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_while_connections_break() {
    let broker = Broker::fresh().await;
    let mut wires = Vec::new();
    let mut queues = Vec::new();
    for _ in 0..3 {
        let wire = Wire::to(&broker).await;
        let mut options = broker.options();
        options.address = broker.address_at(wire.port);
        queues.push(AmqpQueue::open(options).await.unwrap());
        wires.push(wire);
    }
    let (sender, receivers) = queues.split_first().unwrap();
    let books = Books::default();
    let (sent, stop) = (AtomicBool::new(false), AtomicBool::new(false));
    let sending = async {
        futures::future::join_all((0..40).map(|seed| send(sender, &books, 250, seed))).await;
        sent.store(true, Ordering::Relaxed);
    };
    let cutting = async {
        let mut chance = Chance(7);
        while !sent.load(Ordering::Relaxed) {
            tokio::time::sleep(Duration::from_millis(100 + chance.below(500))).await;
            wires[chance.below(3) as usize].cut();
        }
        until("all that was promised", async || books.missing() == 0).await;
        stop.store(true, Ordering::Relaxed);
    };
    let taking = receivers.iter().zip(1..).flat_map(|one| [one, one]);
    let taking = taking.map(|(queue, seed)| take(queue, &books, &stop, seed));
    tokio::join!(sending, cutting, futures::future::join_all(taking));
    let came = books.came.lock().unwrap().clone();
    let promised = books.promised.lock().unwrap().len();
    assert_eq!(came.len(), promised, "only what was sent has come, and all of it");
    assert_eq!(books.missing(), 0);
    // Otherwise nothing was put to the test.
    assert!(3 < sender.counts().connections && 0 < books.errors.load(Ordering::Relaxed));
    assert!(came.values().any(|times| 1 < *times), "something was open when its connection was cut");
    for queue in &queues {
        queue.close().await;
    }
    broker.end().await;
}

/// A wire that is dead without a sign: nothing is confirmed, and the connection is given up.
#[tokio::test(flavor = "multi_thread")]
async fn a_silent_wire_is_given_up() {
    let broker = Broker::fresh().await;
    let wire = Wire::to(&broker).await;
    let mut options = broker.options();
    options.address = broker.address_at(wire.port);
    options.confirm_patience = Duration::from_millis(500);
    let queue = AmqpQueue::open(options).await.unwrap();
    publish(&queue, &message(Priority::Normal)).await;
    wire.freeze(true);
    let since = Instant::now();
    let lost = message(Priority::High);
    assert!(matches!(queue.publish(lost.clone()).await, Err(QueueError::Unavailable(_))));
    assert!(since.elapsed() < Duration::from_secs(2), "the caller hears of it in time");
    until("a connection given up", async || {
        let _ = queue.publish(lost.clone()).await;
        !queue.is_ready()
    })
    .await;
    wire.cut();
    wire.freeze(false);
    publish(&queue, &lost).await;
    assert!(1 < queue.counts().connections);
    queue.close().await;
    broker.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_confirmed_survives_the_death_of_the_broker() {
    let broker = Broker::alone().await;
    let sender = AmqpQueue::open(broker.options()).await.unwrap();
    let receiver = AmqpQueue::open(broker.options()).await.unwrap();
    let books = Books::default();
    let back = AtomicBool::new(false);
    let sending = (0..20).map(|seed| {
        let (sender, books, back) = (&sender, &books, &back);
        async move {
            while !back.load(Ordering::Relaxed) {
                send(sender, books, 5, seed).await;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            send(sender, books, 20, seed).await;
        }
    });
    let killing = async {
        // The broker keeps its list of new queues in memory for three seconds: one that is killed before has a queue
        // that never answers again.
        let since = Instant::now();
        until("a broker at work", async || Duration::from_secs(5) < since.elapsed()).await;
        broker.handle("kill").await;
        // Refused at once, not after the patience for a confirmation.
        until("a lost connection", async || !sender.is_ready()).await;
        let since = Instant::now();
        let refused = sender.publish(message(Priority::High)).await;
        assert!(matches!(refused, Err(QueueError::Unavailable(_))));
        assert!(since.elapsed() < Duration::from_secs(1));
        broker.handle("start").await;
        back.store(true, Ordering::Relaxed);
    };
    tokio::join!(futures::future::join_all(sending), killing);
    let stop = AtomicBool::new(false);
    let waiting = async {
        until("all that was promised", async || books.missing() == 0).await;
        stop.store(true, Ordering::Relaxed);
    };
    tokio::join!(take(&receiver, &books, &stop, 3), waiting);
    assert!(0 < books.errors.load(Ordering::Relaxed));
    sender.close().await;
    receiver.close().await;
    broker.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_takes_no_more_is_unavailable_at_once_and_usable_again_by_itself() {
    let broker = Broker::alone().await;
    let queue = AmqpQueue::open(broker.options()).await.unwrap();
    publish(&queue, &message(Priority::Normal)).await;
    broker.handle("alarm on").await;
    // The broker says so to who publishes.
    until("a refused message", async || queue.publish(message(Priority::Normal)).await.is_err()).await;
    assert!(!queue.is_ready());
    let connections = queue.counts().connections;
    let since = Instant::now();
    for _ in 0..10 {
        assert!(matches!(queue.publish(message(Priority::Normal)).await, Err(QueueError::Unavailable(_))));
    }
    assert!(since.elapsed() < Duration::from_secs(1));
    broker.handle("alarm off").await;
    let last = message(Priority::Low);
    publish(&queue, &last).await;
    assert!(queue.is_ready());
    assert_eq!(queue.counts().connections, connections, "the connection was kept");
    until("the last message", async || {
        let deliveries = queue.receive(10, PATIENCE).await.unwrap();
        let tags: Vec<_> = deliveries.iter().map(|delivery| delivery.tag).collect();
        queue.acknowledge(&tags).await.unwrap();
        deliveries.iter().any(|delivery| delivery.message == last)
    })
    .await;
    queue.close().await;
    broker.end().await;
}

/// Who only receives hears of nothing, and finds out by the missing heartbeat.
#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_finds_out_that_its_wire_is_dead() {
    let broker = Broker::fresh().await;
    let wire = Wire::to(&broker).await;
    let mut options = broker.options();
    options.address = broker.address_with(wire.port, "heartbeat=1");
    let queue = AmqpQueue::open(options).await.unwrap();
    let sent = message(Priority::Normal);
    publish(&queue, &sent).await;
    assert_eq!(queue.receive(1, PATIENCE).await.unwrap().len(), 1);
    wire.freeze(true);
    until("a connection given up", async || !queue.is_ready()).await;
    wire.cut();
    wire.freeze(false);
    assert_eq!(queue.receive(1, PATIENCE).await.unwrap()[0].message, sent);
    queue.close().await;
    broker.end().await;
}

/// Whoever is asked to end has two seconds for its last words, and a broker that does not answer is no reason to fail.
#[tokio::test(flavor = "multi_thread")]
async fn leave_is_taken_of_a_broker_that_does_not_answer() {
    let broker = Broker::fresh().await;
    let wire = Wire::to(&broker).await;
    let mut options = broker.options();
    options.address = broker.address_at(wire.port);
    let queue = AmqpQueue::open(options).await.unwrap();
    publish(&queue, &message(Priority::Normal)).await;
    wire.freeze(true);
    let left = tokio::time::timeout(Duration::from_secs(4), queue.close()).await;
    assert!(left.is_ok(), "it waits for an answer");
    wire.freeze(false);
    broker.end().await;
}

/// Tries that come to nothing leave nothing behind.
#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_never_answers_costs_no_thread_a_try() {
    let broker = Broker::alone().await;
    let wire = Wire::to(&broker).await;
    wire.freeze(true);
    let mut options = broker.options();
    options.address = broker.address_at(wire.port);
    let opening = (0..5).map(|_| AmqpQueue::open(options.clone()));
    for queue in futures::future::join_all(opening).await {
        assert!(!queue.unwrap().is_ready());
    }
    // Only who is alone at the broker has all of lapin's threads.
    until("the end of all threads", async || {
        let tasks = std::fs::read_dir("/proc/self/task").unwrap().flatten();
        let names = tasks.map(|task| std::fs::read_to_string(task.path().join("comm")).unwrap_or_default());
        names.filter(|name| name.starts_with("lapin")).count() == 0
    })
    .await;
    broker.end().await;
}

#[tokio::test]
async fn an_acknowledgement_of_a_lost_connection_does_nothing_to_the_next_one() {
    let broker = Broker::fresh().await;
    let queue = AmqpQueue::open(broker.options()).await.unwrap();
    let sent = [(); 3].map(|()| message(Priority::Normal));
    for one in &sent {
        queue.publish(one.clone()).await.unwrap();
    }
    let mut old = Vec::new();
    while old.len() < 3 {
        old.extend(queue.receive(3, PATIENCE).await.unwrap().into_iter().map(|delivery| delivery.tag));
    }
    until("a cut connection", async || 0 < broker.cut_connections().await).await;
    until("a lost connection", async || queue.counts().connections == 2).await;
    let mut new = Vec::new();
    while new.len() < 3 {
        new.extend(queue.receive(3, PATIENCE).await.unwrap());
        queue.acknowledge(&old).await.unwrap();
        queue.hand_back(&old).await.unwrap();
    }
    assert_eq!(new.iter().map(|delivery| delivery.message.clone()).collect::<Vec<_>>(), sent);
    assert_eq!(queue.counts().redelivered, 3);
    let tags: Vec<_> = new.iter().map(|delivery| delivery.tag).collect();
    queue.acknowledge(&tags).await.unwrap();
    until("an empty queue", async || broker.queue("gongkai.submissions.normal").await["messages"] == 0).await;
    queue.close().await;
    broker.end().await;
}

#[tokio::test]
async fn a_message_may_come_again_as_often_as_it_must() {
    let broker = Broker::fresh().await;
    let queue = AmqpQueue::open(broker.options()).await.unwrap();
    let sent = message(Priority::High);
    queue.publish(sent.clone()).await.unwrap();
    // More often than the limit of 20 that version 4 takes where nothing is said.
    for _ in 0..50 {
        let delivery = queue.receive(1, PATIENCE).await.unwrap().pop().unwrap();
        assert_eq!(delivery.message, sent);
        queue.hand_back(&[delivery.tag]).await.unwrap();
    }
    let delivery = queue.receive(1, PATIENCE).await.unwrap().pop().unwrap();
    queue.acknowledge(&[delivery.tag]).await.unwrap();
    queue.close().await;
    broker.end().await;
}
