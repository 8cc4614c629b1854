use super::{LEASE, Subject, new, sample, with_request_id};
use crate::{
    AttemptOutcome, Batch, BatchItem, BatchProgress, Clock, Content, Cursor, ItemFilter, ItemName,
    ItemOutcome, NewBatch, NewFailure, NewRefusal, NewSubmission, PageRequest, Receipt, Replay, StoreError,
    Submission, SubmissionFilter,
};
use bytes::Bytes;
use gongkai_model::{BatchId, RefuseReason, RejectReason, SubmissionState};
use std::collections::BTreeSet;
use std::time::Duration;

fn new_batch(title: &str) -> NewBatch {
    NewBatch {
        id: BatchId::generate(),
        caller: "caller 1".to_owned(),
        title: title.to_owned(),
        items_expected: 0,
    }
}

async fn made(subject: &Subject) -> Batch {
    subject.store.create_batch(new_batch("reports")).await.unwrap()
}

fn name(batch: &Batch, key: &str) -> ItemName {
    ItemName { batch: batch.id, key: key.to_owned() }
}

fn item(batch: &Batch, key: &str, bytes: impl Into<Bytes>) -> NewSubmission {
    NewSubmission { item: Some(name(batch, key)), ..new(bytes) }
}

fn refusal(batch: &Batch, key: &str, reason: RefuseReason) -> NewRefusal {
    let message = "in words".to_owned();
    NewRefusal { item: name(batch, key), name: "a.zip".to_owned(), reason, message }
}

async fn dead(subject: &Subject, id: gongkai_model::SubmissionId) -> Submission {
    let attempt = subject.begin(id).await;
    let failure =
        NewFailure { class: "PANIC".to_owned(), message: String::new(), receipt: Receipt::default() };
    subject.complete(&attempt, AttemptOutcome::Dead(failure)).await.unwrap()
}

async fn items(subject: &Subject, batch: &Batch, filter: &ItemFilter) -> Vec<BatchItem> {
    let page = subject.store.batch_items(batch.id, filter, &PageRequest::first(100)).await.unwrap();
    assert_eq!(page.next, None);
    page.items
}

fn accepted(item: &BatchItem) -> &Submission {
    match &item.outcome {
        ItemOutcome::Accepted(submission) => submission,
        ItemOutcome::Refused(refusal) => panic!("{refusal:?}"),
    }
}

async fn progress(subject: &Subject, batch: &Batch) -> BatchProgress {
    subject.store.batch_progress(batch.id).await.unwrap()
}

pub(super) async fn a_batch_is_made_once(subject: &Subject) {
    let new = new_batch("reports");
    let batch = subject.store.create_batch(new.clone()).await.unwrap();
    assert_eq!((&*batch.title, batch.created_at), ("reports", subject.clock.now()));
    subject.pass(LEASE);
    assert_eq!(subject.store.create_batch(new.clone()).await.unwrap(), batch);
    assert_eq!(subject.store.batch(batch.id).await.unwrap(), batch);
    let otherwise = [
        NewBatch { title: "others".to_owned(), ..new.clone() },
        NewBatch { items_expected: 7, ..new.clone() },
        NewBatch { caller: "caller 2".to_owned(), ..new },
    ];
    for other in otherwise {
        let refused = subject.store.create_batch(other).await;
        assert!(matches!(refused, Err(StoreError::RequestIdConflict { .. })));
    }
    assert_eq!(progress(subject, &batch).await, BatchProgress::default());
}

pub(super) async fn an_unknown_batch_is_not_found(subject: &Subject) {
    fn missing<T>(result: Result<T, StoreError>) -> bool {
        matches!(result, Err(StoreError::NotFound(_)))
    }
    let unknown = Batch { id: BatchId::generate(), ..made(subject).await };
    let (store, page) = (&subject.store, PageRequest::first(10));
    assert!(missing(store.batch(unknown.id).await));
    assert!(missing(store.batch_progress(unknown.id).await));
    assert!(missing(store.batch_items(unknown.id, &ItemFilter::all(), &page).await));
    assert!(missing(store.accept(item(&unknown, "a", "one")).await));
    assert!(missing(store.refuse_item(refusal(&unknown, "a", RefuseReason::Empty)).await));
    assert_eq!(store.backlog().await.unwrap().waiting, 0);
}

pub(super) async fn batches_are_listed_the_latest_first_page_by_page(subject: &Subject) {
    let mut all = Vec::new();
    for _ in 0..3 {
        all.insert(0, made(subject).await);
    }
    let first = subject.store.batches(&PageRequest::first(2)).await.unwrap();
    assert_eq!(first.items, all[..2]);
    let cursor = first.next.map(|cursor| Cursor::from_text(cursor.as_str()));
    let second = subject.store.batches(&PageRequest { size: 2, cursor }).await.unwrap();
    assert_eq!((second.items.as_slice(), second.next), (&all[2..], None));
    let cursor = Some(Cursor::from_text("1.x.0.0."));
    let refused = subject.store.batches(&PageRequest { size: 2, cursor }).await;
    assert!(matches!(refused, Err(StoreError::CursorInvalid)));
}

pub(super) async fn an_item_is_a_submission_like_any_other(subject: &Subject) {
    let batch = made(subject).await;
    let submission = subject.accept(item(&batch, "a", "one")).await;
    assert_eq!(submission.item, Some(name(&batch, "a")));
    assert_eq!(subject.submission(submission.id).await, submission);
    let other = subject.accept(new("one")).await;
    assert_eq!((other.item.as_ref(), other.document), (None, submission.document));
    let filter = SubmissionFilter { batch: Some(batch.id), ..SubmissionFilter::default() };
    let page = subject.store.submissions(&filter, &PageRequest::first(10)).await.unwrap();
    assert_eq!(page.items, std::slice::from_ref(&submission));
    let changes = subject.store.submission_changes(batch.position, &filter, 10).await.unwrap();
    assert_eq!(changes, [submission]);
    assert_eq!(subject.store.claim_due(10, LEASE).await.unwrap().len(), 2);
}

pub(super) async fn an_item_that_is_sent_again_is_the_same_submission(subject: &Subject) {
    let (batch, other) = (made(subject).await, made(subject).await);
    // The request id is not looked at: the key is enough.
    let again = || with_request_id("r", item(&batch, "a", "one"));
    let first = subject.accept(again()).await;
    subject.pass(crate::REQUEST_ID_VALIDITY * 2);
    let second = subject.store.accept(again()).await.unwrap();
    assert_eq!((second.submission, second.created), (first.clone(), false));
    // From an upload too, which ends with it.
    let staging = subject.store.begin_upload().await.unwrap();
    subject.store.append(staging, Bytes::from_static(b"one")).await.unwrap();
    let staged = NewSubmission { content: Content::Staged(staging), ..again() };
    let third = subject.store.accept(staged).await.unwrap();
    assert_eq!((third.submission.id, third.created), (first.id, false));
    let ended = subject.store.append(staging, Bytes::from_static(b"x")).await;
    assert!(matches!(ended, Err(StoreError::NotFound(_))));
    // Another batch and another key are other items.
    assert_ne!(subject.accept(item(&batch, "b", "one")).await.id, first.id);
    assert_ne!(subject.accept(item(&other, "a", "one")).await.id, first.id);
    assert_eq!(subject.store.backlog().await.unwrap().waiting, 3);
}

pub(super) async fn a_key_stands_for_one_item(subject: &Subject) {
    let batch = made(subject).await;
    let first = subject.accept(item(&batch, "a", "one")).await;
    let others = [
        item(&batch, "a", "two"),
        NewSubmission { name: "other.txt".to_owned(), ..item(&batch, "a", "one") },
        super::draft(item(&batch, "a", "one")),
    ];
    for other in others {
        let refused = subject.store.accept(other).await;
        assert!(matches!(refused, Err(StoreError::ItemConflict { item }) if item == name(&batch, "a")));
    }
    let refused = subject.store.refuse_item(refusal(&batch, "a", RefuseReason::TooLarge)).await;
    assert!(matches!(refused, Err(StoreError::ItemConflict { .. })));
    assert_eq!(accepted(&items(subject, &batch, &ItemFilter::all()).await[0]), &first);
    let long = item(&batch, &"k".repeat(crate::ITEM_KEY_BYTES_MAX), "one");
    subject.accept(long).await;
    let longer = item(&batch, &"k".repeat(crate::ITEM_KEY_BYTES_MAX + 1), "one");
    assert!(matches!(subject.store.accept(longer).await, Err(StoreError::TooLarge { .. })));
}

pub(super) async fn the_same_item_many_times_at_once_is_taken_once(subject: &Subject) {
    let batch = made(subject).await;
    let mut calls = tokio::task::JoinSet::new();
    for count in 0..40 {
        let (store, new) = (subject.store.clone(), item(&batch, &format!("{}", count % 4), "one"));
        calls.spawn(async move { store.accept(new).await.unwrap() });
    }
    let answers = calls.join_all().await;
    let ids: BTreeSet<_> = answers.iter().map(|answer| answer.submission.id).collect();
    assert_eq!((ids.len(), answers.iter().filter(|answer| answer.created).count()), (4, 4));
    assert_eq!(progress(subject, &batch).await.taken(), 4);
}

pub(super) async fn a_refusal_is_kept_until_the_item_is_accepted(subject: &Subject) {
    let batch = made(subject).await;
    let first = subject.store.refuse_item(refusal(&batch, "a", RefuseReason::TooLarge)).await.unwrap();
    assert_eq!((first.reason, &*first.message, &*first.name), (RefuseReason::TooLarge, "in words", "a.zip"));
    subject.pass(LEASE);
    // The same again changes nothing.
    let again = subject.store.refuse_item(refusal(&batch, "a", RefuseReason::TooLarge)).await.unwrap();
    assert_eq!(again, first);
    let other = subject.store.refuse_item(refusal(&batch, "a", RefuseReason::Encrypted)).await.unwrap();
    assert!(first.position < other.position && first.at < other.at);
    let listed = items(subject, &batch, &ItemFilter::failed()).await;
    assert_eq!(listed, [BatchItem { key: "a".to_owned(), outcome: ItemOutcome::Refused(other) }]);
    assert_eq!(progress(subject, &batch).await.refused, 1);

    let submission = subject.accept(item(&batch, "a", "one")).await;
    let listed = items(subject, &batch, &ItemFilter::all()).await;
    assert_eq!((listed.len(), accepted(&listed[0])), (1, &submission));
    assert_eq!((progress(subject, &batch).await.refused, progress(subject, &batch).await.taken()), (0, 1));
}

pub(super) async fn a_refusal_ends_when_the_item_was_taken_in_another_way(subject: &Subject) {
    let (batch, other) = (made(subject).await, made(subject).await);
    for batch in [&batch, &other] {
        subject.store.refuse_item(refusal(batch, "a", RefuseReason::Damaged)).await.unwrap();
    }
    let submission = subject.accept(item(&batch, "b", "one")).await;
    // Of an item that was not refused there is nothing to take out.
    for key in ["a", "a", "b", "c"] {
        subject.store.end_refusal(&name(&batch, key)).await.unwrap();
    }
    let listed = items(subject, &batch, &ItemFilter::all()).await;
    assert_eq!((listed.len(), accepted(&listed[0])), (1, &submission));
    assert_eq!(
        (progress(subject, &batch).await.refused, progress(subject, &batch).await.refused_at),
        (0, None)
    );
    assert_eq!(progress(subject, &other).await.refused, 1);
    let unknown = Batch { id: BatchId::generate(), ..other };
    let missing = subject.store.end_refusal(&name(&unknown, "a")).await;
    assert!(matches!(missing, Err(StoreError::NotFound(_))));
}

pub(super) async fn progress_counts_items_by_state(subject: &Subject) {
    let batch = made(subject).await;
    let other = made(subject).await;
    subject.accept(item(&other, "a", "one")).await;
    let mut ids = Vec::new();
    for key in ["a", "b", "c", "d", "e"] {
        ids.push(subject.accept(item(&batch, key, key.to_owned())).await.id);
    }
    subject.store.refuse_item(refusal(&batch, "f", RefuseReason::Empty)).await.unwrap();
    subject.begin(ids[0]).await;
    subject.pass(Duration::from_secs(1));
    dead(subject, ids[1]).await;
    subject.pass(Duration::from_secs(1));
    let attempt = subject.begin(ids[2]).await;
    subject.complete(&attempt, sample::reports(&[])).await.unwrap();
    subject.pass(Duration::from_secs(1));
    subject.store.cancel(ids[3]).await.unwrap();

    let counted = progress(subject, &batch).await;
    let by_state = SubmissionState::ALL.map(|state| counted.in_state(state));
    assert_eq!(by_state, [1, 0, 1, 1, 0, 1, 1]);
    assert_eq!((counted.refused, counted.taken(), counted.open(&batch)), (1, 6, 2));
    assert_eq!(counted.refused_at, Some(batch.created_at));
    let ends = [3, 2, 1].map(|seconds| batch.created_at.after(Duration::from_secs(seconds)));
    assert_eq!(counted.ends, ends);
    assert_eq!(progress(subject, &other).await.taken(), 1);
}

pub(super) async fn items_are_listed_by_what_became_of_them(subject: &Subject) {
    let batch = made(subject).await;
    let mut ids = Vec::new();
    for key in ["a", "b", "c", "d"] {
        ids.push(subject.accept(item(&batch, key, key.to_owned())).await.id);
    }
    let refused = subject.store.refuse_item(refusal(&batch, "e", RefuseReason::NestedArchive)).await.unwrap();
    let died = dead(subject, ids[2]).await;
    let attempt = subject.begin(ids[1]).await;
    let message = "no headings".to_owned();
    let rejected = AttemptOutcome::Rejected { reason: RejectReason::NotAReport, message };
    let rejected = subject.complete(&attempt, rejected).await.unwrap();
    let attempt = subject.begin(ids[0]).await;
    let done = subject.complete(&attempt, sample::reports(&[])).await.unwrap();

    // In the order of their last changes.
    let failed = items(subject, &batch, &ItemFilter::failed()).await;
    let keys: Vec<_> = failed.iter().map(|item| &*item.key).collect();
    assert_eq!(keys, ["e", "c", "b"]);
    assert_eq!(failed[0].outcome, ItemOutcome::Refused(refused));
    assert_eq!((accepted(&failed[1]), accepted(&failed[2])), (&died, &rejected));
    let only_done = ItemFilter { states: vec![SubmissionState::Done], refused: false };
    assert_eq!(accepted(&items(subject, &batch, &only_done).await[0]), &done);
    assert_eq!(items(subject, &batch, &ItemFilter::default()).await, []);
    let all = items(subject, &batch, &ItemFilter::all()).await;
    let keys: Vec<_> = all.iter().map(|item| &*item.key).collect();
    assert_eq!(keys, ["d", "e", "c", "b", "a"]);
}

pub(super) async fn items_are_paged_and_none_that_changes_is_passed_over(subject: &Subject) {
    let batch = made(subject).await;
    let mut ids = Vec::new();
    for key in ["a", "b", "c", "d", "e"] {
        ids.push(subject.accept(item(&batch, key, key.to_owned())).await.id);
    }
    let mut page = PageRequest::first(2);
    let mut keys = Vec::new();
    loop {
        let got = subject.store.batch_items(batch.id, &ItemFilter::all(), &page).await.unwrap();
        keys.extend(got.items.into_iter().map(|item| item.key));
        let Some(next) = got.next else { break };
        page.cursor = Some(Cursor::from_text(next.as_str()));
        if keys.len() == 2 {
            // The third one moves on before it is listed.
            dead(subject, ids[2]).await;
        }
    }
    assert_eq!(keys, ["a", "b", "d", "e", "c"]);
    let cursor = page.cursor;
    let other = PageRequest { size: 2, cursor };
    let refused = subject.store.batch_items(batch.id, &ItemFilter::failed(), &other).await;
    assert!(matches!(refused, Err(StoreError::CursorInvalid)));
}

pub(super) async fn the_failed_of_one_batch_are_tried_again(subject: &Subject) {
    let (batch, other) = (made(subject).await, made(subject).await);
    let mine = subject.accept(item(&batch, "a", "one")).await.id;
    let theirs = subject.accept(item(&other, "a", "two")).await.id;
    for id in [mine, theirs] {
        dead(subject, id).await;
    }
    let filter = SubmissionFilter { batch: Some(batch.id), ..SubmissionFilter::default() };
    let replay = Replay { filter, limit: 100, interval: Duration::ZERO, dry_run: false };
    let replayed = subject.store.replay_dead(&replay).await.unwrap();
    assert_eq!(replayed.iter().map(|it| it.id).collect::<Vec<_>>(), [mine]);
    let counted = progress(subject, &batch).await;
    assert_eq!((counted.in_state(SubmissionState::Received), counted.open(&batch)), (1, 1));
    assert_eq!(progress(subject, &other).await.in_state(SubmissionState::Dead), 1);
}
