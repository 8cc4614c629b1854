use super::{LEASE, Subject, new};
use crate::{AttemptOutcome, Census, Clock, NewFailure, Pause, Receipt, Waiting};
use std::time::Duration;

fn failure(class: &str) -> NewFailure {
    NewFailure { class: class.to_owned(), message: String::new(), receipt: Receipt::default() }
}

pub(super) async fn a_pause_lasts_until_it_is_ended(subject: &Subject) {
    let store = &subject.store;
    assert_eq!(store.pause().await.unwrap(), None);
    store.resume_parsing().await.unwrap();
    let pause = Pause { since: subject.clock.now(), reason: "the disk is full，稍后再试".to_owned() };
    assert_eq!(store.pause_parsing(&pause).await.unwrap(), pause);
    assert_eq!(store.pause().await.unwrap(), Some(pause.clone()));
    // Who comes second learns whose pause it is.
    subject.pass(Duration::from_secs(1));
    let second = Pause { since: subject.clock.now(), reason: String::new() };
    assert_eq!(store.pause_parsing(&second).await.unwrap(), pause);
    store.resume_parsing().await.unwrap();
    assert_eq!(store.pause().await.unwrap(), None);
    assert_eq!(store.pause_parsing(&second).await.unwrap(), second);
}

pub(super) async fn the_census_counts_what_waits_by_how_far_it_is(subject: &Subject) {
    let census = async || subject.store.census(subject.clock.now()).await.unwrap();
    assert_eq!(census().await, Census::default());
    let first = subject.accept(new("one")).await;
    subject.pass(Duration::from_secs(1));
    subject.accept(new("two")).await;
    let waiting = |submissions, oldest| Waiting { submissions, oldest: Some(oldest) };
    assert_eq!(census().await.received, waiting(2, first.accepted_at));

    // One goes on to the queue, and to a worker.
    let due = subject.store.claim_due(1, LEASE).await.unwrap();
    subject.store.mark_published(&due).await.unwrap();
    let queued = subject.submission(first.id).await;
    let counted = census().await;
    assert_eq!(counted.queued, waiting(1, queued.changed_at));
    assert_eq!((counted.received.submissions, counted.in_work), (1, 0));
    let attempt = subject.begin(first.id).await;
    let counted = census().await;
    assert_eq!(counted.parsing, waiting(1, subject.submission(first.id).await.changed_at));
    assert_eq!((counted.queued, counted.in_work), (Waiting::default(), 1));

    // A worker that gives no sign of life any more is not at work, and what waits for its next attempt is not either.
    subject.pass(LEASE + Duration::from_secs(1));
    assert_eq!((census().await.parsing.submissions, census().await.in_work), (1, 0));
    let retry = AttemptOutcome::Retry { failure: failure("TIMEOUT"), delay: Duration::from_secs(60) };
    subject.complete(&attempt, retry).await.unwrap();
    assert_eq!((census().await.parsing.submissions, census().await.in_work), (1, 0));
}

pub(super) async fn the_census_tells_what_was_given_up_by_class(subject: &Subject) {
    for class in ["TIMEOUT", "PANIC", "TIMEOUT"] {
        let accepted = subject.accept(new("one")).await;
        let attempt = subject.begin(accepted.id).await;
        subject.complete(&attempt, AttemptOutcome::Dead(failure(class))).await.unwrap();
    }
    let census = subject.store.census(subject.clock.now()).await.unwrap();
    assert_eq!(census.dead, [("PANIC".to_owned(), 1), ("TIMEOUT".to_owned(), 2)]);
    assert_eq!(Census { dead: Vec::new(), ..census }, Census::default());
}
