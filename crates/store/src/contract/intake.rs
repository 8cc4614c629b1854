use super::{Subject, new, with_request_id};
use crate::{
    CHUNK_BYTES, Content, DOCUMENT_BYTES_MAX, NewSubmission, REQUEST_ID_VALIDITY, STAGING_PATIENCE,
    StagingId, StoreError,
};
use bytes::Bytes;
use gongkai_model::SubmissionState;
use std::collections::BTreeSet;
use std::time::Duration;

const MOMENT: Duration = Duration::from_micros(1);

pub(super) async fn what_is_accepted_can_be_asked_for(subject: &Subject) {
    let accepted =
        subject.accept(NewSubmission { source: "https://example.org/a".to_owned(), ..new("one") }).await;
    assert_eq!(accepted.state, SubmissionState::Received);
    assert_eq!((accepted.epoch, accepted.attempts), (1, 0));
    assert_eq!((&*accepted.name, &*accepted.source), ("report.txt", "https://example.org/a"));
    assert_eq!(subject.submission(accepted.id).await, accepted);
}

pub(super) async fn the_same_bytes_are_stored_once_and_each_submission_stands_for_itself(subject: &Subject) {
    let first = subject.accept(new("one")).await;
    let second = subject.accept(new("one")).await;
    let other = subject.accept(new("two")).await;
    assert_eq!(first.document, second.document);
    assert_ne!(first.document, other.document);
    assert_ne!(first.id, second.id);
    assert!(first.position < second.position && second.position < other.position);
}

pub(super) async fn a_repeated_request_gives_the_same_submission(subject: &Subject) {
    let first = subject.accept(with_request_id("r", new("one"))).await;
    let again = subject.store.accept(with_request_id("r", new("one"))).await.unwrap();
    assert!(!again.created);
    assert_eq!(again.submission, first);
    assert_eq!(subject.store.backlog().await.unwrap().waiting, 1);
}

pub(super) async fn a_repeated_request_with_other_content_is_refused(subject: &Subject) {
    subject.accept(with_request_id("r", new("one"))).await;
    for other in [new("two"), NewSubmission { name: "other.txt".to_owned(), ..new("one") }] {
        let refused = subject.store.accept(with_request_id("r", other)).await;
        assert!(matches!(refused, Err(StoreError::RequestIdConflict { request_id }) if request_id == "r"));
    }
    assert_eq!(subject.store.backlog().await.unwrap().waiting, 1);
}

pub(super) async fn request_ids_are_kept_apart_by_caller(subject: &Subject) {
    let first = subject.accept(with_request_id("r", new("one"))).await;
    let other = NewSubmission { caller: "caller 2".to_owned(), ..new("one") };
    assert_ne!(subject.accept(with_request_id("r", other)).await.id, first.id);
}

pub(super) async fn a_request_id_is_forgotten_after_its_time(subject: &Subject) {
    let first = subject.accept(with_request_id("r", new("one"))).await;
    subject.pass(REQUEST_ID_VALIDITY - MOMENT);
    assert_eq!(subject.store.sweep(10).await.unwrap().request_ids, 0);
    assert!(!subject.store.accept(with_request_id("r", new("one"))).await.unwrap().created);
    subject.pass(MOMENT);
    assert_eq!(subject.store.sweep(10).await.unwrap().request_ids, 1);
    assert_ne!(subject.accept(with_request_id("r", new("two"))).await.id, first.id);
}

pub(super) async fn an_expired_request_id_is_forgotten_also_before_it_is_swept(subject: &Subject) {
    let first = subject.accept(with_request_id("r", new("one"))).await;
    subject.pass(REQUEST_ID_VALIDITY);
    let second = subject.accept(with_request_id("r", new("two"))).await;
    assert_ne!(second.id, first.id);
    assert_eq!(
        subject.store.accept(with_request_id("r", new("two"))).await.unwrap().submission.id,
        second.id
    );
}

pub(super) async fn the_same_request_many_times_at_once_has_one_effect(subject: &Subject) {
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let store = subject.store.clone();
        calls.spawn(async move { store.accept(with_request_id("r", new("one"))).await.unwrap() });
    }
    let answers = calls.join_all().await;
    let ids: BTreeSet<_> = answers.iter().map(|answer| answer.submission.id).collect();
    assert_eq!(ids.len(), 1);
    assert_eq!(answers.iter().filter(|answer| answer.created).count(), 1);
    assert_eq!(subject.store.backlog().await.unwrap().waiting, 1);
}

pub(super) async fn a_full_outbox_refuses_and_accepts_again_when_it_drains(subject: &Subject) {
    let max = subject.store.backlog().await.unwrap().waiting_max;
    for _ in 0..max {
        subject.accept(with_request_id("first", new("one"))).await;
        subject.pass(REQUEST_ID_VALIDITY);
    }
    let refused = subject.store.accept(new("one")).await;
    assert!(matches!(refused, Err(StoreError::Overloaded { retry_after }) if !retry_after.is_zero()));
    // What was accepted once is not refused now.
    let due = subject.store.claim_due(1, super::LEASE).await.unwrap();
    subject.store.mark_published(&due).await.unwrap();
    let accepted = subject.accept(with_request_id("last", new("one"))).await;
    let again = subject.store.accept(with_request_id("last", new("one"))).await.unwrap();
    assert_eq!(again.submission.id, accepted.id);
    assert_eq!(subject.store.backlog().await.unwrap().waiting, max);
}

async fn upload(subject: &Subject, pieces: &[&[u8]]) -> StagingId {
    let staging = subject.store.begin_upload().await.unwrap();
    let mut bytes = 0;
    for piece in pieces {
        bytes += piece.len() as u64;
        assert_eq!(subject.store.append(staging, Bytes::copy_from_slice(piece)).await.unwrap(), bytes);
    }
    staging
}

fn staged(staging: StagingId) -> NewSubmission {
    NewSubmission { content: Content::Staged(staging), ..new("") }
}

pub(super) async fn an_upload_is_put_together_from_its_pieces(subject: &Subject) {
    // Pieces that fit chunks exactly, that are smaller, and that are larger.
    let bytes: Vec<u8> = (0..3 * CHUNK_BYTES + 100).map(|at| (at % 251) as u8).collect();
    let (first, rest) = bytes.split_at(CHUNK_BYTES);
    let (second, third) = rest.split_at(7);
    let staging = upload(subject, &[first, second, &[], third]).await;
    let accepted = subject.accept(staged(staging)).await;
    let info = subject.store.document(accepted.document, None).await.unwrap();
    assert_eq!((info.bytes, info.chunks()), (bytes.len() as u64, 4));
    assert_eq!(subject.store.document_chunk(info.id, 0).await.unwrap().unwrap().len(), CHUNK_BYTES);
    assert_eq!(subject.store.document_bytes(info.id, u64::MAX).await.unwrap(), bytes);
}

pub(super) async fn an_upload_of_known_bytes_is_the_same_document(subject: &Subject) {
    let known = subject.accept(new("one and two")).await;
    let staging = upload(subject, &[b"one and ", b"two"]).await;
    let uploaded = subject.accept(staged(staging)).await;
    assert_eq!(uploaded.document, known.document);
    let bytes = subject.store.document_bytes(known.document, 100).await.unwrap();
    assert_eq!(bytes, "one and two");
}

pub(super) async fn an_upload_ends_when_it_is_accepted(subject: &Subject) {
    let staging = upload(subject, &[b"one"]).await;
    let first = subject.accept(with_request_id("r", staged(staging))).await;
    assert!(matches!(subject.store.append(staging, "x".into()).await, Err(StoreError::NotFound(_))));
    let repeated = upload(subject, &[b"o", b"ne"]).await;
    let again = subject.store.accept(with_request_id("r", staged(repeated))).await.unwrap();
    assert_eq!((again.submission.id, again.created), (first.id, false));
    assert!(matches!(subject.store.append(repeated, "x".into()).await, Err(StoreError::NotFound(_))));
}

pub(super) async fn an_unknown_upload_is_not_found(subject: &Subject) {
    let unknown = StagingId::generate();
    assert!(matches!(subject.store.append(unknown, "x".into()).await, Err(StoreError::NotFound(_))));
    assert!(matches!(subject.store.accept(staged(unknown)).await, Err(StoreError::NotFound(_))));
    subject.store.abandon(unknown).await.unwrap();
    let abandoned = upload(subject, &[b"one"]).await;
    subject.store.abandon(abandoned).await.unwrap();
    assert!(matches!(subject.store.accept(staged(abandoned)).await, Err(StoreError::NotFound(_))));
}

pub(super) async fn an_upload_is_bounded(subject: &Subject) {
    let piece = Bytes::from(vec![b'a'; usize::try_from(DOCUMENT_BYTES_MAX / 2).unwrap()]);
    let staging = upload(subject, &[&piece, &piece]).await;
    let refused = subject.store.append(staging, "x".into()).await;
    assert!(matches!(refused, Err(StoreError::TooLarge { max: DOCUMENT_BYTES_MAX, .. })));
    let accepted = subject.accept(staged(staging)).await;
    let info = subject.store.document(accepted.document, None).await.unwrap();
    assert_eq!(info.bytes, DOCUMENT_BYTES_MAX);
}

pub(super) async fn an_abandoned_upload_is_swept_and_a_fresh_one_is_not(subject: &Subject) {
    let abandoned = upload(subject, &[b"one"]).await;
    subject.pass(STAGING_PATIENCE - MOMENT);
    let fresh = upload(subject, &[b"two"]).await;
    assert_eq!(subject.store.sweep(10).await.unwrap().stagings, 0);
    subject.pass(MOMENT);
    assert_eq!(subject.store.sweep(10).await.unwrap().stagings, 1);
    assert!(matches!(subject.store.accept(staged(abandoned)).await, Err(StoreError::NotFound(_))));
    subject.accept(staged(fresh)).await;
}

pub(super) async fn sweeping_is_bounded(subject: &Subject) {
    for request in ["a", "b", "c"] {
        subject.accept(with_request_id(request, new("one"))).await;
        upload(subject, &[b"one"]).await;
    }
    subject.pass(REQUEST_ID_VALIDITY);
    for expected in [2, 1, 0] {
        let swept = subject.store.sweep(2).await.unwrap();
        assert_eq!((swept.request_ids, swept.stagings), (expected, expected));
    }
}
