use super::{LEASE, Subject, new, with_request_id};
use crate::{Announcement, AttemptOutcome, Clock, NewFailure, NewSubmission, Receipt, Replay};
use gongkai_model::{Priority, SubmissionId, SubmissionState, TraceContext};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(600);
/// How long a promise waits for what must come. Long, because only a broken store lets it.
const LONG: Duration = Duration::from_secs(10);

async fn claim(subject: &Subject) -> Vec<Announcement> {
    subject.store.claim_due(100, LEASE).await.unwrap()
}

fn ids(announcements: &[Announcement]) -> Vec<SubmissionId> {
    announcements.iter().map(|announcement| announcement.submission).collect()
}

async fn publish(subject: &Subject) -> Vec<SubmissionId> {
    let due = claim(subject).await;
    subject.store.mark_published(&due).await.unwrap();
    ids(&due)
}

pub(super) async fn an_accepted_submission_is_due_at_once(subject: &Subject) {
    let accepted = subject.accept(new("one")).await;
    let backlog = subject.store.backlog().await.unwrap();
    assert_eq!((backlog.waiting, backlog.next_due), (1, Some(accepted.accepted_at)));
    let due = claim(subject).await;
    assert_eq!((ids(&due), due[0].epoch, due[0].attempts), (vec![accepted.id], 1, 0));
}

pub(super) async fn the_trace_of_a_sender_goes_on_in_all_work(subject: &Subject) {
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let other = "00-11111111111111111111111111111111-2222222222222222-01";
    for (state, id) in [(Some("vendor=1,other=2"), "a"), (None, "b")] {
        let trace = TraceContext::parse(parent, state);
        let traced = |trace| NewSubmission { trace, ..with_request_id(id, new(id)) };
        let accepted = subject.accept(traced(trace.clone())).await;
        // A repetition is known whatever its own trace, which goes nowhere.
        let again = subject.store.accept(traced(TraceContext::parse(other, None))).await.unwrap();
        assert_eq!((again.created, again.submission.id), (false, accepted.id));
        assert_eq!(claim(subject).await[0].trace, trace);
        assert_eq!(subject.begin(accepted.id).await.trace, trace);
        subject.store.cancel(accepted.id).await.unwrap();
    }
    let untraced = subject.accept(new("c")).await;
    assert_eq!(claim(subject).await[0].trace, None);
    assert_eq!(subject.begin(untraced.id).await.trace, None);
}

pub(super) async fn a_claimed_row_is_nobody_elses_until_its_lease_runs_out(subject: &Subject) {
    let accepted = subject.accept(new("one")).await;
    let first = claim(subject).await;
    assert!(claim(subject).await.is_empty());
    subject.pass(LEASE);
    let second = claim(subject).await;
    assert_eq!(ids(&second), [accepted.id]);
    // The first relay was only slow; what it says of its old claim changes nothing.
    subject.store.postpone(&first, subject.clock.now()).await.unwrap();
    subject.store.mark_published(&first).await.unwrap();
    assert!(claim(subject).await.is_empty());
    assert_eq!(subject.submission(accepted.id).await.state, SubmissionState::Received);
    subject.store.mark_published(&second).await.unwrap();
    assert_eq!(subject.submission(accepted.id).await.state, SubmissionState::Queued);
}

pub(super) async fn no_more_rows_than_asked_for_are_claimed_the_longest_due_first(subject: &Subject) {
    let mut accepted = Vec::new();
    for bytes in ["one", "two", "three"] {
        accepted.push(subject.accept(new(bytes)).await.id);
        subject.pass(Duration::from_secs(1));
    }
    assert_eq!(ids(&subject.store.claim_due(2, LEASE).await.unwrap()), accepted[..2]);
    assert_eq!(ids(&subject.store.claim_due(2, LEASE).await.unwrap()), accepted[2..]);
    assert!(subject.store.claim_due(0, LEASE).await.unwrap().is_empty());
}

pub(super) async fn the_more_urgent_is_claimed_first_and_some_of_the_rest_beside_it(subject: &Subject) {
    let of = |priority, bytes: &'static str| NewSubmission { priority, ..new(bytes) };
    let replayed = super::submissions::dead(subject, of(Priority::High, "replayed"), "PANIC").await;
    subject.pass(Duration::from_secs(1));
    let again = Replay { filter: Default::default(), limit: 10, interval: Duration::ZERO, dry_run: false };
    subject.store.replay_dead(&again).await.unwrap();
    subject.pass(Duration::from_secs(1));
    let mut ids_of = Vec::new();
    for (priority, bytes) in [
        (Priority::Low, "low"),
        (Priority::Normal, "old"),
        (Priority::High, "high"),
        (Priority::Normal, "new"),
    ] {
        let accepted = subject.accept(of(priority, bytes)).await;
        assert_eq!((accepted.priority, subject.submission(accepted.id).await.priority), (priority, priority));
        ids_of.push(accepted.id);
        subject.pass(Duration::from_secs(1));
    }
    let [low, old, high, new] = ids_of[..] else { panic!("four were accepted") };
    let first = subject.store.claim_due(1, LEASE).await.unwrap();
    assert_eq!(ids(&first), [high, old, replayed.id]);
    // What is replayed gives way to what is new, however urgent it was.
    let priorities = first.iter().map(|it| it.priority).collect::<Vec<_>>();
    assert_eq!(priorities, [Priority::High, Priority::Normal, Priority::Low]);
    assert_eq!(subject.submission(replayed.id).await.priority, Priority::Low);
    assert_eq!(ids(&claim(subject).await), [new, low]);
    // As urgent as before when it is due again.
    subject.store.postpone(&first, subject.clock.now()).await.unwrap();
    assert_eq!(ids(&claim(subject).await), [high, old, replayed.id]);
}

pub(super) async fn a_published_submission_is_queued_and_due_no_more(subject: &Subject) {
    let accepted = subject.accept(new("one")).await;
    publish(subject).await;
    let queued = subject.submission(accepted.id).await;
    assert_eq!(queued.state, SubmissionState::Queued);
    assert!(accepted.position < queued.position);
    assert_eq!(subject.store.backlog().await.unwrap().waiting, 0);
    subject.pass(LEASE);
    assert!(claim(subject).await.is_empty());
}

pub(super) async fn marking_late_or_twice_changes_nothing(subject: &Subject) {
    let accepted = subject.accept(new("one")).await;
    let due = claim(subject).await;
    // A worker is faster than the relay's confirmation.
    subject.begin(accepted.id).await;
    subject.store.mark_published(&due).await.unwrap();
    let parsing = subject.submission(accepted.id).await;
    assert_eq!(parsing.state, SubmissionState::Parsing);
    subject.store.mark_published(&due).await.unwrap();
    assert_eq!(subject.submission(accepted.id).await, parsing);
}

pub(super) async fn a_postponed_row_is_due_later(subject: &Subject) {
    subject.accept(new("one")).await;
    let due = claim(subject).await;
    let later = subject.clock.now().after(Duration::from_secs(5));
    subject.store.postpone(&due, later).await.unwrap();
    assert!(claim(subject).await.is_empty());
    subject.pass(Duration::from_secs(5));
    assert_eq!(claim(subject).await.len(), 1);
}

pub(super) async fn a_row_with_a_later_due_time_waits(subject: &Subject) {
    let accepted = subject.accept(new("one")).await;
    publish(subject).await;
    let attempt = subject.begin(accepted.id).await;
    let failure =
        NewFailure { class: "STORE".to_owned(), message: String::new(), receipt: Receipt::default() };
    let retry = AttemptOutcome::Retry { failure, delay: Duration::from_secs(3) };
    subject.complete(&attempt, retry).await.unwrap();
    assert!(claim(subject).await.is_empty());
    let due = subject.store.backlog().await.unwrap().next_due;
    assert_eq!(due, Some(subject.clock.now().after(Duration::from_secs(3))));
    subject.pass(Duration::from_secs(3));
    let due = claim(subject).await;
    assert_eq!((ids(&due), due[0].attempts), (vec![accepted.id], 1));
}

pub(super) async fn whoever_waits_is_woken_by_an_accepted_submission(subject: &Subject) {
    let started = tokio::time::Instant::now();
    let (waited, _) = tokio::join!(subject.store.wait_for_due(LONG), subject.accept(new("one")));
    waited.unwrap();
    // Already due: no waiting at all.
    subject.store.wait_for_due(LONG).await.unwrap();
    assert!(started.elapsed() < LONG);
}

pub(super) async fn a_submission_that_the_queue_lost_is_announced_again(subject: &Subject) {
    let accepted = subject.accept(new("one")).await;
    publish(subject).await;
    assert_eq!(subject.store.reannounce(PATIENCE, 10).await.unwrap(), 0);
    subject.pass(PATIENCE);
    assert_eq!(subject.store.reannounce(PATIENCE, 0).await.unwrap(), 0);
    assert_eq!(subject.store.reannounce(PATIENCE, 10).await.unwrap(), 1);
    assert_eq!(subject.store.reannounce(PATIENCE, 10).await.unwrap(), 0);
    assert_eq!(publish(subject).await, [accepted.id]);
    // Announced just now, so the queue gets its time again.
    assert_eq!(subject.store.reannounce(PATIENCE, 10).await.unwrap(), 0);
    assert_eq!(subject.submission(accepted.id).await.state, SubmissionState::Queued);
}

pub(super) async fn the_submission_of_a_dead_worker_is_announced_again_once(subject: &Subject) {
    let accepted = subject.accept(new("one")).await;
    publish(subject).await;
    subject.begin(accepted.id).await;
    assert_eq!(subject.store.reannounce(PATIENCE, 10).await.unwrap(), 0);
    subject.pass(LEASE);
    assert_eq!(subject.store.reannounce(PATIENCE, 10).await.unwrap(), 1);
    subject.pass(Duration::from_secs(1));
    assert_eq!(publish(subject).await, [accepted.id]);
    assert_eq!(subject.store.reannounce(PATIENCE, 10).await.unwrap(), 0);
    subject.pass(PATIENCE);
    assert_eq!(subject.store.reannounce(PATIENCE, 10).await.unwrap(), 1);
    assert_eq!(publish(subject).await, [accepted.id]);
    assert_eq!(subject.begin(accepted.id).await.attempt, 2);
}

pub(super) async fn what_is_final_is_never_announced_again(subject: &Subject) {
    let accepted = subject.accept(new("one")).await;
    subject.store.cancel(accepted.id).await.unwrap();
    assert_eq!(subject.store.backlog().await.unwrap().waiting, 0);
    subject.pass(PATIENCE);
    assert_eq!(subject.store.reannounce(PATIENCE, 10).await.unwrap(), 0);
    assert!(claim(subject).await.is_empty());
}
