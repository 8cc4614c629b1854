//! How many messages a broker takes and gives: `cargo bench -p gongkai-queue-amqp`, with the broker that tests use.

#![allow(clippy::print_stdout, clippy::float_arithmetic, reason = "a table for a person")]
#![allow(
    clippy::unwrap_used,
    clippy::missing_docs_in_private_items,
    reason = "a bench ends when something is wrong"
)]

use gongkai_model::{Priority, SubmissionId};
use gongkai_queue::{Message, Queue};
use gongkai_queue_amqp::{AmqpOptions, AmqpQueue};
use std::time::{Duration, Instant};

/// Publications that wait for their confirmation at the same time: one, as many as the relay has, and many callers.
const AT_ONCE: [usize; 3] = [1, 16, 256];
const SIZES: [usize; 3] = [1, 16, 128];

#[tokio::main]
async fn main() {
    let address =
        std::env::var("GONGKAI_TEST_AMQP").unwrap_or("amqp://gongkai:gongkai@127.0.0.1:25670/%2f".to_owned());
    let mut options = AmqpOptions::standard(address.parse().unwrap());
    options.prefix = "gongkai.bench".to_owned();
    let queue = AmqpQueue::open(options).await.unwrap();
    println!(
        "submissions a message | at once | messages confirmed/s | messages received and acknowledged/s | submissions/s"
    );
    for size in SIZES {
        for at_once in AT_ONCE {
            let count = if at_once == 1 { 1_000 } else { 20_000 };
            let submissions: Vec<_> = (0..size).map(|_| SubmissionId::generate()).collect();
            let message = Message::new(submissions, Priority::Normal).unwrap();
            let since = Instant::now();
            let publishing = (0..at_once).map(|_| async {
                for _ in 0..count / at_once {
                    queue.publish(message.clone()).await.unwrap();
                }
            });
            futures::future::join_all(publishing).await;
            let published = rate(count / at_once * at_once, since.elapsed());
            let since = Instant::now();
            let mut received = 0;
            while received < count / at_once * at_once {
                let deliveries = queue.receive(16, Duration::from_secs(10)).await.unwrap();
                let tags: Vec<_> = deliveries.iter().map(|delivery| delivery.tag).collect();
                received += tags.len();
                queue.acknowledge(&tags).await.unwrap();
            }
            let taken = rate(received, since.elapsed());
            println!(
                "{size} | {at_once} | {published:.0} | {taken:.0} | {:.0}",
                published.min(taken) * size as f64
            );
        }
    }
    queue.close().await;
}

fn rate(count: usize, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64()
}
