//! Against a real broker, each test in a virtual host of its own.

mod broker;
mod faults;
mod messages;
mod topology;
mod wire;

use crate::AmqpQueue;
use broker::Broker;
use gongkai_model::{Priority, SubmissionId};
use gongkai_queue::contract::{Settling, Subject, carries_traces, upholds};
use gongkai_queue::{Message, Queue};
use lapin::options::QueueDeclareOptions;
use lapin::types::FieldTable;
use std::time::Duration;

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(60);

fn message(priority: Priority) -> Message {
    Message::new(vec![SubmissionId::generate()], priority).unwrap()
}

/// Waits until `condition` holds.
async fn until(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while !condition().await {
        assert!(tokio::time::Instant::now() < deadline, "{what} never happens");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Publishes until it is confirmed, as the relay does.
async fn publish(queue: &AmqpQueue, message: &Message) {
    until("a confirmed message", async || queue.publish(message.clone()).await.is_ok()).await;
}

/// Returns when all that the broker has to give is in the client, or the client may have no more.
async fn settle(queue: &AmqpQueue, prefetch: usize) {
    until("a settled queue", async || {
        if queue.receive(0, PATIENCE).await.is_err() {
            return false;
        }
        let Some((channel, held)) =
            queue.receiver.open().as_ref().map(|open| (open.channel.clone(), open.receipts.held()))
        else {
            return false;
        };
        let mut ready = 0;
        // What the broker has sent to the channel before its second answer comes before that answer.
        for _ in 0..2 {
            ready = 0;
            for priority in Priority::ALL {
                let passive = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
                let name = queue.receiver.queue_name(priority);
                match channel.queue_declare(name, passive, FieldTable::default()).await {
                    Ok(declared) => ready += declared.message_count(),
                    Err(_) => return false,
                }
            }
        }
        queue.receive(0, PATIENCE).await.is_ok()
            && (ready == 0 || prefetch <= held + queue.receiver.buffered().await)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_upholds_the_contract() {
    let broker = Broker::fresh().await;
    let mut options = broker.options();
    options.prefetch = 3;
    options.queue_messages_max = 1;
    let queue = AmqpQueue::open(options).await.unwrap();
    let expire_leases = || queue.present.borrow().as_ref().unwrap().lose();
    let settle = || -> Settling<'_> { Box::pin(settle(&queue, 3)) };
    // Those in the client, those that wait, and the one by which the broker notices that there are too many.
    let subject =
        Subject { queue: &queue, expire_leases: &expire_leases, settle: &settle, messages_max: 3 + 1 + 1 };
    upholds(&subject).await;
    carries_traces(&queue).await;
    queue.close().await;
    broker.end().await;
}
