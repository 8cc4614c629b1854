//! What comes of messages: confirmed, returned, refused, put aside, and whose turn it is.

use super::broker::Broker;
use super::{PATIENCE, message, publish, until};
use crate::AmqpQueue;
use gongkai_model::{Priority, SubmissionId};
use gongkai_queue::{Message, Queue, QueueError};
use serde_json::json;
use std::collections::HashSet;
use std::time::Duration;

#[tokio::test]
async fn a_message_that_no_queue_is_bound_for_is_not_confirmed() {
    let broker = Broker::fresh().await;
    let queue = AmqpQueue::open(broker.options()).await.unwrap();
    broker.delete("queues", "gongkai.submissions.low").await;
    // Beside many others in the same windows: each hears of its own.
    let publishing = (0..400).map(|number| {
        let queue = &queue;
        async move {
            let priority = if number % 10 == 3 { Priority::Low } else { Priority::Normal };
            (priority, queue.publish(message(priority)).await)
        }
    });
    let published = futures::future::join_all(publishing).await;
    for (priority, result) in published {
        match priority {
            Priority::Low => assert!(matches!(result, Err(QueueError::Unavailable(_))), "{result:?}"),
            Priority::Normal | Priority::High => result.unwrap(),
        }
    }
    let counts = queue.counts();
    assert_eq!((counts.returned, counts.confirmed, counts.unknown), (40, 360, 0));
    queue.close().await;
    broker.end().await;
}

#[tokio::test]
async fn what_was_deleted_is_made_again_with_the_next_connection() {
    let broker = Broker::fresh().await;
    let queue = AmqpQueue::open(broker.options()).await.unwrap();
    broker.delete("exchanges", "gongkai.submissions").await;
    let sent = message(Priority::Low);
    publish(&queue, &sent).await;
    let delivery = queue.receive(1, PATIENCE).await.unwrap().pop().unwrap();
    assert_eq!(delivery.message, sent);
    queue.acknowledge(&[delivery.tag]).await.unwrap();

    // A queue that is deleted under its receiver.
    broker.delete("queues", "gongkai.submissions.low").await;
    let received = async { queue.receive(1, PATIENCE).await };
    let publishing = async {
        until("a message in the new queue", async || queue.publish(message(Priority::Low)).await.is_ok())
            .await;
    };
    let (received, ()) = tokio::join!(received, publishing);
    assert_eq!(received.unwrap().len(), 1);
    queue.close().await;
    broker.end().await;
}

#[tokio::test]
async fn a_message_that_cannot_be_read_is_put_aside_and_the_next_one_comes() {
    let broker = Broker::fresh().await;
    let queue = AmqpQueue::open(broker.options()).await.unwrap();
    let exchange = "gongkai.submissions";
    let typed = json!({"content_type": "application/vnd.gongkai.submissions", "delivery_mode": 2});
    broker.put(exchange, "high", json!({}), "AQID").await;
    broker.put(exchange, "high", typed.clone(), "").await;
    broker.put(exchange, "high", typed, "/wECAw==").await;
    let good = message(Priority::High);
    queue.publish(good.clone()).await.unwrap();
    let delivery = queue.receive(10, PATIENCE).await.unwrap().pop().unwrap();
    assert_eq!(delivery.message, good);
    queue.acknowledge(&[delivery.tag]).await.unwrap();
    assert_eq!(queue.counts().unreadable, 3);
    until("three messages put aside", async || {
        broker.queue("gongkai.submissions.unreadable").await["messages"] == 3
    })
    .await;
    until("an empty queue", async || broker.queue("gongkai.submissions.high").await["messages"] == 0).await;
    queue.close().await;
    broker.end().await;
}

#[tokio::test]
async fn urgent_messages_come_first_and_the_rest_does_not_starve() {
    let broker = Broker::fresh().await;
    let mut options = broker.options();
    options.prefetch = 300;
    let queue = AmqpQueue::open(options).await.unwrap();
    for (priority, count) in [(Priority::Low, 4), (Priority::Normal, 20), (Priority::High, 200)] {
        for _ in 0..count {
            queue.publish(message(priority)).await.unwrap();
        }
    }
    super::settle(&queue, 300).await;
    let mut order = Vec::new();
    while order.len() < 224 {
        for delivery in queue.receive(3, PATIENCE).await.unwrap() {
            order.push(delivery.message.priority);
            queue.acknowledge(&[delivery.tag]).await.unwrap();
        }
    }
    let share = |priority, upto: usize| order[..upto].iter().filter(|one| **one == priority).count();
    assert_eq!(share(Priority::High, 8), 8);
    assert!((10..20).contains(&share(Priority::Normal, 150)), "{order:?}");
    assert!((2..=4).contains(&share(Priority::Low, 150)), "{order:?}");
    assert!(120 < share(Priority::High, 150), "{order:?}");
    queue.close().await;
    broker.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_receivers_share_what_comes_and_nothing_comes_twice() {
    let broker = Broker::fresh().await;
    let sender = AmqpQueue::open(broker.options()).await.unwrap();
    let receivers =
        [AmqpQueue::open(broker.options()).await.unwrap(), AmqpQueue::open(broker.options()).await.unwrap()];
    let sent: HashSet<SubmissionId> = (0..2000).map(|_| SubmissionId::generate()).collect();
    let publishing = async {
        let sending =
            sent.iter().map(|id| sender.publish(Message::new(vec![*id], Priority::Normal).unwrap()));
        for result in futures::future::join_all(sending).await {
            result.unwrap();
        }
    };
    let receiving = receivers.iter().map(|queue| async move {
        let mut received = Vec::new();
        loop {
            let deliveries = queue.receive(7, Duration::from_secs(2)).await.unwrap();
            if deliveries.is_empty() {
                return received;
            }
            let tags: Vec<_> = deliveries.iter().rev().map(|delivery| delivery.tag).collect();
            received.extend(deliveries.iter().flat_map(|delivery| delivery.message.submissions().to_vec()));
            queue.acknowledge(&tags).await.unwrap();
        }
    });
    let ((), received) = tokio::join!(publishing, futures::future::join_all(receiving));
    assert!(received.iter().all(|one| 200 < one.len()), "one receiver has taken nearly all");
    let all: Vec<_> = received.into_iter().flatten().collect();
    assert_eq!(all.len(), 2000);
    assert_eq!(all.into_iter().collect::<HashSet<_>>(), sent);
    for queue in receivers.iter().chain([&sender]) {
        queue.close().await;
    }
    broker.end().await;
}

#[tokio::test]
async fn what_was_received_and_not_acknowledged_is_for_others_when_the_queue_is_closed() {
    let broker = Broker::fresh().await;
    let first = AmqpQueue::open(broker.options()).await.unwrap();
    let second = AmqpQueue::open(broker.options()).await.unwrap();
    let [done, open, buffered] = [(); 3].map(|()| message(Priority::Normal));
    for one in [&done, &open, &buffered] {
        first.publish(one.clone()).await.unwrap();
    }
    let received = first.receive(1, PATIENCE).await.unwrap();
    assert_eq!(received[0].message, done);
    assert_eq!(first.receive(1, PATIENCE).await.unwrap()[0].message, open);
    first.acknowledge(&[received[0].tag]).await.unwrap();
    first.close().await;
    assert!(first.publish(message(Priority::Low)).await.is_err());
    assert!(first.receive(1, Duration::ZERO).await.is_err());
    first.acknowledge(&[received[0].tag]).await.ok();
    let mut rest = Vec::new();
    while rest.len() < 2 {
        rest.extend(second.receive(2, PATIENCE).await.unwrap().into_iter().map(|delivery| delivery.message));
    }
    assert!(rest.contains(&open) && rest.contains(&buffered));
    assert!(second.receive(1, Duration::from_millis(200)).await.unwrap().is_empty());
    second.close().await;
    broker.end().await;
}

#[tokio::test]
async fn who_pauses_keeps_nothing_from_others_and_goes_on_when_it_likes() {
    let broker = Broker::fresh().await;
    let first = AmqpQueue::open(broker.options()).await.unwrap();
    let second = AmqpQueue::open(broker.options()).await.unwrap();
    let sent = [(); 3].map(|()| message(Priority::Normal));
    for one in &sent {
        first.publish(one.clone()).await.unwrap();
    }
    super::settle(&first, 16).await;
    let working = first.receive(1, PATIENCE).await.unwrap().pop().unwrap();
    // It works on one for longer than it may be idle: what it has stays its own.
    first.receiver.let_pass(PATIENCE).await;
    first.receiver.rest();
    assert!(second.receive(1, Duration::ZERO).await.unwrap().is_empty());
    first.acknowledge(&[working.tag]).await.unwrap();
    // It is looked after by itself.
    let mut rest = Vec::new();
    while rest.len() < 2 {
        rest.extend(second.receive(2, PATIENCE).await.unwrap());
    }
    assert!(rest.iter().all(|delivery| sent[1..].contains(&delivery.message)));
    let tags: Vec<_> = rest.iter().map(|delivery| delivery.tag).collect();
    second.acknowledge(&tags).await.unwrap();
    second.close().await;
    first.publish(sent[0].clone()).await.unwrap();
    assert_eq!(first.receive(1, PATIENCE).await.unwrap().len(), 1);
    assert_eq!(first.counts().connections, 1);
    first.close().await;
    broker.end().await;
}
