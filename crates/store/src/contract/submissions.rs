use super::{LEASE, Subject, draft, new, sample};
use crate::{
    AttemptOutcome, Clock, Cursor, NewFailure, NewSubmission, PageRequest, Position, Receipt, Replay,
    StoreError, Submission, SubmissionFilter,
};
use gongkai_model::{Purpose, SubmissionId, SubmissionState};
use std::time::Duration;

/// How long a promise waits for what must come. Long, because only a broken store lets it.
const LONG: Duration = Duration::from_secs(10);

fn failure(class: &str) -> NewFailure {
    NewFailure { class: class.to_owned(), message: String::new(), receipt: Receipt::default() }
}

pub(super) async fn dead(subject: &Subject, new: NewSubmission, class: &str) -> Submission {
    let accepted = subject.accept(new).await;
    let attempt = subject.begin(accepted.id).await;
    subject.complete(&attempt, AttemptOutcome::Dead(failure(class))).await.unwrap()
}

async fn list(subject: &Subject, filter: &SubmissionFilter) -> Vec<SubmissionId> {
    let page = subject.store.submissions(filter, &PageRequest::first(100)).await.unwrap();
    assert_eq!(page.next, None);
    page.items.iter().map(|submission| submission.id).collect()
}

fn replay(filter: SubmissionFilter) -> Replay {
    Replay { filter, limit: 100, interval: Duration::ZERO, dry_run: false }
}

pub(super) async fn an_unknown_submission_is_not_found(subject: &Subject) {
    let unknown = SubmissionId::generate();
    assert!(matches!(subject.store.submission(unknown).await, Err(StoreError::NotFound(_))));
    assert!(matches!(subject.store.cancel(unknown).await, Err(StoreError::NotFound(_))));
}

pub(super) async fn the_list_shows_the_latest_first_page_by_page(subject: &Subject) {
    let mut accepted = Vec::new();
    for _ in 0..5 {
        accepted.insert(0, subject.accept(new("one")).await.id);
    }
    let mut listed = Vec::new();
    let mut page = PageRequest::first(2);
    for (size, last) in [(2, false), (2, false), (1, true)] {
        let got = subject.store.submissions(&SubmissionFilter::default(), &page).await.unwrap();
        assert_eq!((got.items.len(), got.next.is_none()), (size, last));
        listed.extend(got.items.iter().map(|submission| submission.id));
        page.cursor = got.next.map(|cursor| Cursor::from_text(cursor.as_str()));
    }
    assert_eq!(listed, accepted);
}

pub(super) async fn the_list_is_filtered(subject: &Subject) {
    let received = subject.accept(new("one")).await;
    let drafted = subject.accept(draft(new("two"))).await.id;
    let dead = dead(subject, new("one"), "PANIC").await.id;
    let all = SubmissionFilter::default();
    assert_eq!(list(subject, &all).await, [dead, drafted, received.id]);
    let states = vec![SubmissionState::Dead, SubmissionState::Done];
    assert_eq!(list(subject, &SubmissionFilter { states, ..all.clone() }).await, [dead]);
    let document = Some(received.document);
    assert_eq!(list(subject, &SubmissionFilter { document, ..all.clone() }).await, [dead, received.id]);
    let purpose = Some(Purpose::Draft);
    assert_eq!(list(subject, &SubmissionFilter { purpose, ..all.clone() }).await, [drafted]);
    let ids = vec![drafted, SubmissionId::generate(), received.id];
    assert_eq!(list(subject, &SubmissionFilter { ids, ..all.clone() }).await, [drafted, received.id]);
    let failure_class = Some("PANIC".to_owned());
    assert_eq!(list(subject, &SubmissionFilter { failure_class, ..all }).await, [dead]);
}

pub(super) async fn a_cursor_of_another_query_is_refused(subject: &Subject) {
    subject.accept(new("one")).await;
    subject.accept(new("two")).await;
    let mut page = PageRequest::first(1);
    page.cursor = subject.store.submissions(&SubmissionFilter::default(), &page).await.unwrap().next;
    let other = SubmissionFilter { states: vec![SubmissionState::Dead], ..Default::default() };
    assert!(matches!(subject.store.submissions(&other, &page).await, Err(StoreError::CursorInvalid)));
}

pub(super) async fn a_filter_is_bounded(subject: &Subject) {
    let filter = SubmissionFilter {
        ids: vec![SubmissionId::generate(); SubmissionFilter::IDS_MAX + 1],
        ..Default::default()
    };
    let refused = [
        subject.store.submissions(&filter, &PageRequest::first(1)).await.map(drop),
        subject.store.submission_changes(Position(0), &filter, 1).await.map(drop),
        subject.store.replay_dead(&replay(filter)).await.map(drop),
    ];
    for refused in refused {
        assert!(matches!(refused, Err(StoreError::TooLarge { .. })));
    }
}

pub(super) async fn changes_are_told_in_order_and_none_is_skipped(subject: &Subject) {
    let first = subject.accept(new("one")).await;
    let second = subject.accept(new("two")).await;
    let parsing = subject.begin(first.id).await;
    let all = SubmissionFilter::default();
    let changes = async |after, limit| -> Vec<_> {
        let changes = subject.store.submission_changes(after, &all, limit).await.unwrap();
        changes.into_iter().map(|submission| (submission.id, submission.position)).collect()
    };
    let now = subject.submission(first.id).await;
    assert_eq!(changes(Position(0), 10).await, [(second.id, second.position), (first.id, now.position)]);
    assert_eq!(changes(Position(0), 1).await, [(second.id, second.position)]);
    assert_eq!(changes(second.position, 10).await, [(first.id, now.position)]);
    assert_eq!(changes(now.position, 10).await, []);
    let done = subject.complete(&parsing, sample::reports(&[])).await.unwrap();
    assert_eq!(changes(now.position, 10).await, [(first.id, done.position)]);
    let only_dead = SubmissionFilter { states: vec![SubmissionState::Dead], ..Default::default() };
    assert_eq!(subject.store.submission_changes(Position(0), &only_dead, 10).await.unwrap(), []);
}

pub(super) async fn whoever_waits_for_a_change_is_woken(subject: &Subject) {
    let before = subject.accept(new("one")).await.position;
    let started = tokio::time::Instant::now();
    let (position, accepted) =
        tokio::join!(subject.store.wait_for_change(before, LONG), subject.accept(new("two")));
    assert_eq!(position.unwrap(), accepted.position);
    // Has changed already: no waiting at all.
    assert_eq!(subject.store.wait_for_change(before, LONG).await.unwrap(), accepted.position);
    assert!(started.elapsed() < LONG);
}

pub(super) async fn waiting_ends_without_a_change(subject: &Subject) {
    let position = subject.accept(new("one")).await.position;
    let waited = subject.store.wait_for_change(position, Duration::from_millis(1)).await.unwrap();
    assert_eq!(waited, position);
}

pub(super) async fn a_cancelled_submission_stays_cancelled_and_its_worker_is_fenced(subject: &Subject) {
    let accepted = subject.accept(new("one")).await;
    let attempt = subject.begin(accepted.id).await;
    let cancelled = subject.store.cancel(accepted.id).await.unwrap();
    assert_eq!(cancelled.state, SubmissionState::Cancelled);
    let refused = subject.complete(&attempt, sample::reports(&[sample::report("甲县", 2020, 1)])).await;
    assert!(matches!(refused, Err(StoreError::Fenced { .. })));
    assert_eq!(subject.store.cancel(accepted.id).await.unwrap(), cancelled);
    assert_eq!(subject.try_begin(accepted.id).await, None);
    subject.pass(LEASE);
    assert_eq!(subject.try_begin(accepted.id).await, None);
}

pub(super) async fn what_is_done_cannot_be_cancelled(subject: &Subject) {
    let done = subject.store_reports(new("one"), &[]).await;
    let refused = subject.store.cancel(done.id).await;
    assert!(matches!(refused, Err(StoreError::AlreadyFinal { state: SubmissionState::Done, .. })));
    assert_eq!(subject.submission(done.id).await, done);
}

pub(super) async fn a_replay_begins_a_new_epoch(subject: &Subject) {
    let panicked = dead(subject, new("one"), "PANIC").await;
    let other = dead(subject, new("two"), "STORE").await;
    let filter = SubmissionFilter { failure_class: Some("PANIC".to_owned()), ..Default::default() };
    let replayed = subject.store.replay_dead(&replay(filter.clone())).await.unwrap();
    assert_eq!(replayed.len(), 1);
    assert_eq!(replayed[0], subject.submission(panicked.id).await);
    assert_eq!(
        (replayed[0].epoch, replayed[0].state, replayed[0].attempts),
        (2, SubmissionState::Received, 0)
    );
    assert_eq!(replayed[0].failure, panicked.failure);
    assert_eq!(subject.submission(other.id).await, other);
    assert_eq!(subject.store.replay_dead(&replay(filter)).await.unwrap(), []);
    let due = subject.store.claim_due(10, LEASE).await.unwrap();
    let announced: Vec<_> = due.iter().map(|due| (due.submission, due.epoch)).collect();
    assert_eq!(announced, [(panicked.id, 2)]);
    let attempt = subject.begin(panicked.id).await;
    assert_eq!((attempt.epoch, attempt.attempt), (2, 1));
}

pub(super) async fn a_dry_run_changes_nothing(subject: &Subject) {
    let dead = dead(subject, new("one"), "PANIC").await;
    let dry = Replay { dry_run: true, ..replay(SubmissionFilter::default()) };
    assert_eq!(subject.store.replay_dead(&dry).await.unwrap(), std::slice::from_ref(&dead));
    assert_eq!(subject.submission(dead.id).await, dead);
    assert_eq!(subject.store.backlog().await.unwrap().waiting, 0);
}

pub(super) async fn a_replay_is_paced_and_bounded(subject: &Subject) {
    let mut all = Vec::new();
    for _ in 0..3 {
        all.push(dead(subject, new("one"), "PANIC").await.id);
    }
    let interval = Duration::from_secs(10);
    let paced = Replay { limit: 2, interval, ..replay(SubmissionFilter::default()) };
    let replayed = subject.store.replay_dead(&paced).await.unwrap();
    assert_eq!(replayed.iter().map(|submission| submission.id).collect::<Vec<_>>(), all[..2]);
    assert_eq!(replayed[0].next_attempt_at, None);
    assert_eq!(replayed[1].next_attempt_at, Some(subject.clock.now().after(interval)));
    assert_eq!(subject.store.claim_due(10, LEASE).await.unwrap().len(), 1);
    assert_eq!(subject.try_begin(all[1]).await, None);
    subject.pass(interval);
    subject.begin(all[1]).await;
}

pub(super) async fn state_never_moves_backwards_within_an_epoch(subject: &Subject) {
    let accepted = subject.accept(new("one")).await;
    let mut seen = vec![accepted.clone()];
    let due = subject.store.claim_due(1, LEASE).await.unwrap();
    let attempt = subject.begin(accepted.id).await;
    seen.push(subject.submission(accepted.id).await);
    subject.store.mark_published(&due).await.unwrap();
    seen.push(subject.submission(accepted.id).await);
    let retry = AttemptOutcome::Retry { failure: failure("STORE"), delay: Duration::ZERO };
    seen.push(subject.complete(&attempt, retry).await.unwrap());
    let due = subject.store.claim_due(1, LEASE).await.unwrap();
    subject.store.mark_published(&due).await.unwrap();
    seen.push(subject.submission(accepted.id).await);
    let attempt = subject.begin(accepted.id).await;
    seen.push(subject.complete(&attempt, AttemptOutcome::Dead(failure("PANIC"))).await.unwrap());
    seen.extend(subject.store.replay_dead(&replay(SubmissionFilter::default())).await.unwrap());
    for pair in seen.windows(2) {
        assert!((pair[0].epoch, pair[0].state) <= (pair[1].epoch, pair[1].state), "{pair:?}");
        assert!(pair[0].position <= pair[1].position);
    }
}
