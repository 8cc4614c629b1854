//! What is at the broker: made, found, and refused where it is something else.

use super::broker::Broker;
use super::{PATIENCE, message};
use crate::{AmqpOptions, AmqpQueue, OpenError, Topology};
use gongkai_model::Priority;
use gongkai_queue::{Queue, QueueError};
use std::time::Duration;

async fn refusal(options: AmqpOptions) -> OpenError {
    match AmqpQueue::open(options).await {
        Ok(_) => panic!("it was opened"),
        Err(error) => error,
    }
}

#[tokio::test]
async fn everything_is_made_durable_and_declared_again_without_harm() {
    let broker = Broker::fresh().await;
    for _ in 0..2 {
        let queue = AmqpQueue::open(broker.options()).await.unwrap();
        assert!(queue.is_ready());
        queue.close().await;
        assert!(!queue.is_ready());
    }
    for name in ["high", "normal", "low", "unreadable"] {
        let found = broker.queue(&format!("gongkai.submissions.{name}")).await;
        assert_eq!(found["type"], "quorum");
        assert_eq!(found["durable"], true);
        assert_eq!(found["arguments"]["x-delivery-limit"], 2_000_000_000);
    }
    broker.end().await;
}

#[tokio::test]
async fn a_queue_with_other_properties_is_refused_and_the_error_says_which() {
    let broker = Broker::fresh().await;
    AmqpQueue::open(broker.options()).await.unwrap().close().await;
    let mut options = broker.options();
    options.queue_messages_max = 7;
    let error = refusal(options).await;
    let OpenError::Different { name, source } = &error else { panic!("{error:?}") };
    assert_eq!(name, "queue gongkai.submissions.high");
    assert!(source.to_string().contains("x-max-length"), "{source}");
    assert!(error.to_string().contains("delete it once it is empty"), "{error}");
    // Another prefix is another queue.
    let mut options = broker.options();
    options.queue_messages_max = 7;
    options.prefix = "other".to_owned();
    AmqpQueue::open(options).await.unwrap().close().await;
    broker.end().await;
}

#[tokio::test]
async fn who_may_only_use_it_looks_whether_it_is_there() {
    let broker = Broker::fresh().await;
    let name = "^gongkai[.]submissions";
    let expecting = async |user: &str, write: &str, read: &str| {
        let mut options = broker.options_as(user, "^$", write, read).await;
        options.topology = Topology::Expect;
        options
    };
    let sender = expecting("sender", name, "^$").await;
    let receiver = expecting("receiver", "^$", name).await;
    let error = refusal(sender.clone()).await;
    assert!(matches!(error, OpenError::Missing { .. }), "{error:?}");
    AmqpQueue::open(broker.options()).await.unwrap().close().await;

    let sender = AmqpQueue::open(sender).await.unwrap();
    let receiver = AmqpQueue::open(receiver).await.unwrap();
    let message = message(Priority::Normal);
    sender.publish(message.clone()).await.unwrap();
    let delivery = receiver.receive(1, PATIENCE).await.unwrap().pop().unwrap();
    assert_eq!(delivery.message, message);
    receiver.acknowledge(&[delivery.tag]).await.unwrap();
    receiver.close().await;
    sender.close().await;

    // Who declares needs to be allowed to.
    let mut options = broker.options_as("sender", "^$", name, "^$").await;
    options.prefix = "gongkai.submissions2".to_owned();
    let error = refusal(options).await;
    assert!(matches!(error, OpenError::Permission { .. }), "{error:?}");
    broker.dismiss("sender").await;
    broker.dismiss("receiver").await;
    broker.end().await;
}

#[tokio::test]
async fn a_wrong_password_is_refused_and_a_broker_that_is_away_is_not() {
    let broker = Broker::fresh().await;
    let address = broker.address().uri();
    let mut options = broker.options();
    let server = format!("{}:{}", address.authority.host, address.authority.port);
    options.address = broker.address_of(&format!("amqp://gongkai:s3cret-wrong@{server}/x"));
    let error = refusal(options).await;
    assert!(matches!(error, OpenError::Login { .. }), "{error:?}");
    assert!(!format!("{error:?}").contains("s3cret"));

    let mut options = broker.options();
    options.address = "amqp://gongkai:gongkai@127.0.0.1:1/%2f".parse().unwrap();
    let queue = AmqpQueue::open(options).await.unwrap();
    assert!(!queue.is_ready());
    assert!(matches!(queue.publish(message(Priority::Low)).await, Err(QueueError::Unavailable(_))));
    let received = queue.receive(1, Duration::from_millis(10)).await;
    assert!(matches!(received, Err(QueueError::Unavailable(_))));
    queue.close().await;
    broker.end().await;
}

#[tokio::test]
async fn a_connection_under_tls_needs_a_root_that_vouches_for_it() {
    let broker = Broker::fresh().await;
    let address = std::env::var("GONGKAI_TEST_AMQPS")
        .unwrap_or("amqps://gongkai:gongkai@localhost:25671/%2f".to_owned());
    let roots = std::env::var("GONGKAI_TEST_AMQP_ROOTS")
        .unwrap_or("/var/tmp/gongkai-servers/rabbitmq/tls/ca.pem".to_owned());
    let mut options = broker.options();
    options.address = broker.address_of(&address);
    let stranger = AmqpQueue::open(options.clone()).await.unwrap();
    assert!(!stranger.is_ready());
    options.roots = Some(std::fs::read_to_string(roots).unwrap());
    let queue = AmqpQueue::open(options).await.unwrap();
    assert!(queue.is_ready());
    queue.publish(message(Priority::High)).await.unwrap();
    assert!(!stranger.is_ready());
    stranger.close().await;
    queue.close().await;
    broker.end().await;
}
