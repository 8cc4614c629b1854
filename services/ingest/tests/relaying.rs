//! What is due is handed to the queue, whatever happens in between.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails in a test fails the test"
)]

mod support;

use gongkai_queue::Queue;
use gongkai_store::{AttemptOutcome, NewFailure, Receipt};
use gongkai_testkit::wait_until;
use gongkai_wire::v1;
use std::collections::HashSet;
use std::time::Duration;
use support::{DEADLINE, Options, start};

#[tokio::test]
async fn what_is_accepted_is_announced_on_the_queue() {
    let running = start(Options { relay: true, ..Options::default() }).await;
    let submission = running.submit(b"one").await;
    let deliveries = running.queue.receive(1, DEADLINE).await.unwrap();
    let named = deliveries[0].message.submissions()[0].to_string();
    assert_eq!(named, submission.name);
    wait_until("the submission is queued", DEADLINE, || async {
        running.get(&submission.name).await.state() == v1::SubmissionState::Queued
    })
    .await;
    running.end().await;
}

#[tokio::test]
async fn what_is_urgent_is_given_out_before_what_waits() {
    let running = start(Options { relay: true, ..Options::default() }).await;
    let mut names = Vec::new();
    for (number, priority) in
        [v1::Priority::Low, v1::Priority::Normal, v1::Priority::High].into_iter().enumerate()
    {
        let metadata = v1::DocumentMetadata { priority: priority.into(), ..Default::default() };
        let name = running.try_submit(metadata, format!("{number}")).await.unwrap().unwrap().name;
        wait_until("the submission is queued", DEADLINE, || async {
            running.get(&name).await.state() == v1::SubmissionState::Queued
        })
        .await;
        names.push(name);
    }
    for name in names.iter().rev() {
        let deliveries = running.queue.receive(1, DEADLINE).await.unwrap();
        assert_eq!(deliveries[0].message.submissions()[0].to_string(), *name);
    }
    running.end().await;
}

#[tokio::test]
async fn a_retry_is_announced_again_when_it_is_due() {
    let running = start(Options { relay: true, ..Options::default() }).await;
    let submission = running.submit(b"one").await;
    let first = running.queue.receive(1, DEADLINE).await.unwrap();
    running.queue.acknowledge(&[first[0].tag]).await.unwrap();
    let failure =
        NewFailure { class: "PANIC".to_owned(), message: String::new(), receipt: Receipt::default() };
    running
        .attempt(&submission.name, AttemptOutcome::Retry { failure, delay: Duration::from_millis(1) })
        .await;
    let again = running.queue.receive(1, DEADLINE).await.unwrap();
    assert_eq!(again[0].message.submissions()[0].to_string(), submission.name);
    running.end().await;
}

#[tokio::test]
async fn a_full_queue_delays_and_loses_nothing() {
    let running = start(Options { relay: true, queue_messages_max: 1, ..Options::default() }).await;
    let mut accepted = HashSet::new();
    for content in [&b"1"[..], b"2", b"3", b"4", b"5"] {
        accepted.insert(running.submit(content).await.name);
    }
    let mut announced = HashSet::new();
    while announced.len() < accepted.len() {
        let deliveries = running.queue.receive(1, DEADLINE).await.unwrap();
        assert!(!deliveries.is_empty(), "only {} of {} were announced", announced.len(), accepted.len());
        for delivery in deliveries {
            announced.extend(delivery.message.submissions().iter().map(ToString::to_string));
            running.queue.acknowledge(&[delivery.tag]).await.unwrap();
        }
    }
    assert_eq!(announced, accepted);
    running.end().await;
}
