//! What every queue promises, one small function a promise.

#![allow(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a broken promise ends the test")]

use crate::{DeliveryTag, Message, Queue, QueueError, SUBMISSIONS_MAX, TraceContext};
use gongkai_model::{Priority, SubmissionId};
use std::pin::Pin;
use std::time::Duration;

/// How long a promise waits for what must come. Long, because it is only waited for by a broken queue.
const PATIENCE: Duration = Duration::from_secs(10);
/// Not waiting at all.
const AT_ONCE: Duration = Duration::ZERO;

/// A queue under test, with the handles that its promises need.
pub struct Subject<'a> {
    /// An empty queue.
    pub queue: &'a dyn Queue,
    /// Lets the time pass after which unacknowledged deliveries come again.
    pub expire_leases: &'a (dyn Fn() + Sync),
    /// Returns when what was published, handed back or expired before can be received without waiting. An engine whose
    /// messages travel to their receiver needs a moment for that; see [`at_once`] for one that does not.
    pub settle: &'a (dyn Fn() -> Settling<'a> + Sync),
    /// How many messages it holds at most, all of them of normal priority and none of them asked for yet.
    pub messages_max: u64,
}

/// The time that a queue needs.
pub type Settling<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// For a queue that gives at once what it has.
pub fn at_once<'a>() -> Settling<'a> {
    Box::pin(std::future::ready(()))
}

impl Subject<'_> {
    /// What can be received without waiting.
    async fn receive_settled(&self, max: usize) -> Vec<crate::Delivery> {
        (self.settle)().await;
        self.queue.receive(max, AT_ONCE).await.unwrap()
    }

    async fn is_empty(&self) -> bool {
        self.receive_settled(1).await.is_empty()
    }
}

/// Checks every promise. The queue is empty afterwards.
pub async fn upholds(subject: &Subject<'_>) {
    let queue = subject.queue;
    an_empty_queue_gives_nothing(subject).await;
    a_message_comes_as_it_was_published(queue).await;
    an_acknowledged_message_does_not_come_again(subject).await;
    a_message_handed_back_comes_again(queue).await;
    an_unacknowledged_delivery_comes_again(subject).await;
    a_late_acknowledgement_of_an_expired_delivery_does_not_end_the_new_one(subject).await;
    a_message_is_with_one_receiver_at_a_time(subject).await;
    more_urgent_messages_come_first_and_older_ones_first_among_equals(subject).await;
    what_can_wait_has_its_turn(subject).await;
    no_more_than_asked_for_is_given(subject).await;
    a_waiting_receiver_is_woken(queue).await;
    a_full_queue_refuses(subject).await;
    an_unknown_tag_changes_nothing(subject).await;
    a_message_names_a_bounded_number_of_submissions();
}

/// Checks what only an engine that serves several processes needs to promise.
pub async fn carries_traces(queue: &dyn Queue) {
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    for state in [Some("vendor=1"), None] {
        let message = message().with_trace(TraceContext::parse(parent, state));
        queue.publish(message.clone()).await.unwrap();
        let (tag, received) = receive_one(queue).await;
        assert_eq!(received, message);
        queue.acknowledge(&[tag]).await.unwrap();
    }
}

fn message() -> Message {
    of_priority(Priority::Normal)
}

fn of_priority(priority: Priority) -> Message {
    Message::new(vec![SubmissionId::generate()], priority).unwrap()
}

async fn receive_one(queue: &dyn Queue) -> (DeliveryTag, Message) {
    let delivery = queue.receive(1, PATIENCE).await.unwrap().pop().unwrap();
    (delivery.tag, delivery.message)
}

async fn an_empty_queue_gives_nothing(subject: &Subject<'_>) {
    assert!(subject.is_empty().await);
}

async fn a_message_comes_as_it_was_published(queue: &dyn Queue) {
    for count in [1, SUBMISSIONS_MAX] {
        let submissions = (0..count).map(|_| SubmissionId::generate()).collect();
        let message = Message::new(submissions, Priority::High).unwrap();
        queue.publish(message.clone()).await.unwrap();
        let (tag, received) = receive_one(queue).await;
        assert_eq!(received, message);
        queue.acknowledge(&[tag]).await.unwrap();
    }
}

async fn an_acknowledged_message_does_not_come_again(subject: &Subject<'_>) {
    subject.queue.publish(message()).await.unwrap();
    let (tag, _) = receive_one(subject.queue).await;
    subject.queue.acknowledge(&[tag]).await.unwrap();
    subject.queue.acknowledge(&[tag]).await.unwrap();
    subject.queue.hand_back(&[tag]).await.unwrap();
    (subject.expire_leases)();
    assert!(subject.is_empty().await);
}

async fn a_message_handed_back_comes_again(queue: &dyn Queue) {
    let message = message();
    queue.publish(message.clone()).await.unwrap();
    let (first, _) = receive_one(queue).await;
    queue.hand_back(&[first]).await.unwrap();
    let (second, again) = receive_one(queue).await;
    assert_eq!(again, message);
    assert_ne!(second, first);
    queue.acknowledge(&[second]).await.unwrap();
}

async fn an_unacknowledged_delivery_comes_again(subject: &Subject<'_>) {
    let message = message();
    subject.queue.publish(message.clone()).await.unwrap();
    receive_one(subject.queue).await;
    (subject.expire_leases)();
    (subject.settle)().await;
    let (tag, again) = receive_one(subject.queue).await;
    assert_eq!(again, message);
    subject.queue.acknowledge(&[tag]).await.unwrap();
}

async fn a_late_acknowledgement_of_an_expired_delivery_does_not_end_the_new_one(subject: &Subject<'_>) {
    subject.queue.publish(message()).await.unwrap();
    let (late, _) = receive_one(subject.queue).await;
    (subject.expire_leases)();
    (subject.settle)().await;
    let (second, _) = receive_one(subject.queue).await;
    subject.queue.acknowledge(&[late]).await.unwrap();
    (subject.expire_leases)();
    (subject.settle)().await;
    let (third, _) = receive_one(subject.queue).await;
    subject.queue.acknowledge(&[second]).await.unwrap();
    subject.queue.hand_back(&[late]).await.unwrap();
    assert!(subject.is_empty().await);
    subject.queue.acknowledge(&[third]).await.unwrap();
}

async fn a_message_is_with_one_receiver_at_a_time(subject: &Subject<'_>) {
    let queue = subject.queue;
    queue.publish(message()).await.unwrap();
    let (tag, _) = receive_one(queue).await;
    assert!(subject.is_empty().await);
    queue.acknowledge(&[tag]).await.unwrap();
}

async fn more_urgent_messages_come_first_and_older_ones_first_among_equals(subject: &Subject<'_>) {
    let queue = subject.queue;
    let [low, old, new, high] =
        [Priority::Low, Priority::Normal, Priority::Normal, Priority::High].map(of_priority);
    for message in [&low, &old, &new, &high] {
        queue.publish(message.clone()).await.unwrap();
    }
    let deliveries = subject.receive_settled(4).await;
    let tags: Vec<_> = deliveries.iter().map(|delivery| delivery.tag).collect();
    let order: Vec<_> = deliveries.into_iter().map(|delivery| delivery.message).collect();
    assert_eq!(order, [high, old, new, low]);
    queue.acknowledge(&tags).await.unwrap();
}

/// However much of what is urgent waits.
async fn what_can_wait_has_its_turn(subject: &Subject<'_>) {
    let queue = subject.queue;
    for patient in [Priority::Normal, Priority::Low] {
        queue.publish(of_priority(patient)).await.unwrap();
        let mut passed = 0;
        loop {
            queue.publish(of_priority(Priority::High)).await.unwrap();
            let deliveries = subject.receive_settled(1).await;
            queue.acknowledge(&[deliveries[0].tag]).await.unwrap();
            if deliveries[0].message.priority == patient {
                break;
            }
            passed += 1;
            assert!(passed < 100, "{patient:?}");
        }
        assert!(5 < passed, "{patient:?} {passed}");
        // The urgent one that was passed.
        let deliveries = subject.receive_settled(1).await;
        queue.acknowledge(&[deliveries[0].tag]).await.unwrap();
    }
}

async fn no_more_than_asked_for_is_given(subject: &Subject<'_>) {
    let queue = subject.queue;
    for _ in 0..3 {
        queue.publish(message()).await.unwrap();
    }
    let mut tags = Vec::new();
    for expected in [2, 1] {
        let deliveries = subject.receive_settled(2).await;
        assert_eq!(deliveries.len(), expected);
        tags.extend(deliveries.iter().map(|delivery| delivery.tag));
    }
    queue.acknowledge(&tags).await.unwrap();
}

async fn a_waiting_receiver_is_woken(queue: &dyn Queue) {
    let message = message();
    let (received, published) = tokio::join!(receive_one(queue), queue.publish(message.clone()));
    published.unwrap();
    assert_eq!(received.1, message);
    queue.acknowledge(&[received.0]).await.unwrap();
}

async fn a_full_queue_refuses(subject: &Subject<'_>) {
    for _ in 0..subject.messages_max {
        subject.queue.publish(message()).await.unwrap();
    }
    assert!(matches!(subject.queue.publish(message()).await, Err(QueueError::Full { .. })));
    while let deliveries = subject.receive_settled(100).await
        && !deliveries.is_empty()
    {
        let tags: Vec<_> = deliveries.iter().map(|delivery| delivery.tag).collect();
        subject.queue.acknowledge(&tags).await.unwrap();
    }
    subject.queue.publish(message()).await.unwrap();
    let (tag, _) = receive_one(subject.queue).await;
    subject.queue.acknowledge(&[tag]).await.unwrap();
}

async fn an_unknown_tag_changes_nothing(subject: &Subject<'_>) {
    let queue = subject.queue;
    let tag = DeliveryTag { message: u64::MAX >> 1, receipt: 1 };
    queue.acknowledge(&[tag]).await.unwrap();
    queue.hand_back(&[tag]).await.unwrap();
    assert!(subject.is_empty().await);
}

fn a_message_names_a_bounded_number_of_submissions() {
    let of_length = |length| Message::new(vec![SubmissionId::generate(); length], Priority::Normal);
    assert!(matches!(of_length(0), Err(QueueError::MessageSize { actual: 0 })));
    assert!(of_length(SUBMISSIONS_MAX).is_ok());
    assert!(of_length(SUBMISSIONS_MAX + 1).is_err());
}
