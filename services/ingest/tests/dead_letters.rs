//! Dead letters: listed, explained, tried again.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails in a test fails the test"
)]

mod support;

use gongkai_wire::v1;
use support::{Options, Running, done, reason, start};
use tonic::Code;

async fn replay(running: &Running, request: v1::ReplayDeadLettersRequest) -> Vec<v1::Submission> {
    running.client.clone().replay_dead_letters(request).await.unwrap().into_inner().submissions
}

#[tokio::test]
async fn a_dead_letter_tells_why() {
    let running = start(Options::default()).await;
    let (dead, alive) = (running.submit(b"dead").await, running.submit(b"alive").await);
    running.kill(&dead.name, "PANIC").await;
    running.attempt(&alive.name, done()).await;

    let mut client = running.client.clone();
    let list = |failure_class: &str| v1::ListDeadLettersRequest {
        failure_class: failure_class.to_owned(),
        ..Default::default()
    };
    let listed = client.list_dead_letters(list("")).await.unwrap().into_inner().dead_letters;
    assert_eq!(listed.len(), 1);
    assert_eq!(client.list_dead_letters(list("PANIC")).await.unwrap().into_inner().dead_letters, listed);
    assert_eq!(client.list_dead_letters(list("TIMEOUT")).await.unwrap().into_inner().dead_letters, []);

    let name = dead.name.clone();
    let got = client.get_dead_letter(v1::GetDeadLetterRequest { name }).await.unwrap().into_inner();
    assert_eq!(got.dead_letter.as_ref(), listed.first());
    let submission = got.dead_letter.unwrap().submission.unwrap();
    assert_eq!((submission.name, submission.attempts), (dead.name, 3));
    let failure = submission.failure.unwrap();
    assert_eq!((&*failure.class, &*failure.message, failure.attempt), ("PANIC", "it did not work", 3));

    let name = alive.name.clone();
    let status = client.get_dead_letter(v1::GetDeadLetterRequest { name }).await.unwrap_err();
    assert_eq!(
        (status.code(), reason(&status)),
        (Code::FailedPrecondition, "SUBMISSION_NOT_DEAD".to_owned())
    );
}

#[tokio::test]
async fn a_dry_run_tells_what_would_be_replayed_and_changes_nothing() {
    let running = start(Options::default()).await;
    let dead = running.submit(b"dead").await;
    running.kill(&dead.name, "PANIC").await;
    let dry = v1::ReplayDeadLettersRequest { dry_run: true, ..Default::default() };
    let told = replay(&running, dry).await;
    assert_eq!((told.len(), told[0].state()), (1, v1::SubmissionState::Dead));
    assert_eq!(running.get(&dead.name).await.state(), v1::SubmissionState::Dead);
}

#[tokio::test]
async fn a_replay_begins_a_new_epoch_for_what_is_dead_and_matches() {
    let running = start(Options::default()).await;
    let (dead, late) = (running.submit(b"dead").await, running.submit(b"late").await);
    let alive = running.submit(b"alive").await;
    running.kill(&dead.name, "PANIC").await;
    running.kill(&late.name, "TIMEOUT").await;
    let names = vec![dead.name.clone(), alive.name.clone()];
    let replayed = replay(&running, v1::ReplayDeadLettersRequest { names, ..Default::default() }).await;
    assert_eq!(replayed.len(), 1);
    assert_eq!((replayed[0].epoch, replayed[0].state()), (2, v1::SubmissionState::Received));
    running.attempt(&dead.name, done()).await;
    assert_eq!(running.get(&dead.name).await.state(), v1::SubmissionState::Done);

    let failure_class = "TIMEOUT".to_owned();
    let replayed =
        replay(&running, v1::ReplayDeadLettersRequest { failure_class, ..Default::default() }).await;
    assert_eq!(replayed.len(), 1);
    assert_eq!(replay(&running, v1::ReplayDeadLettersRequest::default()).await, []);
}

#[tokio::test]
async fn a_replay_that_makes_no_sense_is_refused() {
    let running = start(Options::default()).await;
    let mut client = running.client.clone();
    let day_and_more = prost_types::Duration { seconds: 90_000, nanos: 0 };
    let requests = [
        v1::ReplayDeadLettersRequest { limit: -1, ..Default::default() },
        v1::ReplayDeadLettersRequest { names: vec!["x".to_owned()], ..Default::default() },
        v1::ReplayDeadLettersRequest { interval: Some(day_and_more), ..Default::default() },
    ];
    for request in requests {
        let status = client.replay_dead_letters(request).await.unwrap_err();
        assert_eq!(reason(&status), "INVALID_FIELD");
    }
}
