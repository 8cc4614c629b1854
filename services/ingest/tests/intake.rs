//! Accepting documents: whole, in pieces, again, and not at all.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails in a test fails the test"
)]

mod support;

use gongkai_model::DocumentId;
use gongkai_store::Documents;
use gongkai_wire::v1;
use support::{Options, reason, start};
use tonic::{Code, Status};
use tonic_types::StatusExt;

const REQUEST_ID: &str = "0193a7c2-4b1e-7000-8000-000000000001";

fn with_request_id(request_id: &str) -> v1::DocumentMetadata {
    v1::DocumentMetadata { request_id: request_id.to_owned(), ..Default::default() }
}

fn metadata(metadata: v1::DocumentMetadata) -> v1::UploadDocumentRequest {
    v1::UploadDocumentRequest { part: Some(v1::upload_document_request::Part::Metadata(metadata)) }
}

fn chunk(chunk: impl Into<bytes::Bytes>) -> v1::UploadDocumentRequest {
    v1::UploadDocumentRequest { part: Some(v1::upload_document_request::Part::Chunk(chunk.into())) }
}

async fn upload(
    running: &support::Running,
    parts: Vec<v1::UploadDocumentRequest>,
) -> Result<Option<v1::Submission>, Status> {
    let answer = running.client.clone().upload_document(tokio_stream::iter(parts)).await?;
    Ok(answer.into_inner().submission)
}

#[tokio::test]
async fn an_accepted_document_can_be_looked_up_at_once() {
    let running = start(Options::default()).await;
    let metadata = v1::DocumentMetadata {
        media_type: "text/html; charset=gb2312".to_owned(),
        file_name: "报告.html".to_owned(),
        source_uri: "http://example.org/1".to_owned(),
        purpose: v1::Purpose::Draft.into(),
        ..Default::default()
    };
    let accepted = running.try_submit(metadata, "<p>公开").await.unwrap().unwrap();
    assert_eq!(accepted.state(), v1::SubmissionState::Received);
    assert_eq!(accepted.purpose(), v1::Purpose::Draft);
    assert_eq!(accepted.file_name, "报告.html");
    assert!(accepted.create_time.is_some());
    assert_eq!(running.get(&accepted.name).await, accepted);
    running.end().await;
}

#[tokio::test]
async fn how_urgent_a_document_is_its_sender_says() {
    let running = start(Options::default()).await;
    let of = |priority: v1::Priority| v1::DocumentMetadata {
        priority: priority.into(),
        ..with_request_id(REQUEST_ID)
    };
    let urgent = running.try_submit(of(v1::Priority::High), "one").await.unwrap().unwrap();
    assert_eq!(urgent.priority(), v1::Priority::High);
    // What was accepted once stays as it is.
    let again = running.try_submit(of(v1::Priority::Low), "one").await.unwrap().unwrap();
    assert_eq!(again, urgent);
    assert_eq!(running.submit(b"two").await.priority(), v1::Priority::Normal);
    let unknown = v1::DocumentMetadata { priority: 99, ..Default::default() };
    let status = running.try_submit(unknown, "x").await.unwrap_err();
    assert_eq!(status.get_details_bad_request().unwrap().field_violations[0].field, "metadata.priority");
}

#[tokio::test]
async fn the_same_request_has_one_effect_and_one_answer() {
    let running = start(Options::default()).await;
    let first = running.try_submit(with_request_id(REQUEST_ID), "one").await.unwrap();
    let again = running.try_submit(with_request_id(&REQUEST_ID.to_uppercase()), "one").await.unwrap();
    assert_eq!(first, again);
    let status = running.try_submit(with_request_id(REQUEST_ID), "two").await.unwrap_err();
    assert_eq!(status.code(), Code::AlreadyExists);
    assert_eq!(reason(&status), "REQUEST_ID_CONFLICT");
    let all = running.client.clone().list_submissions(v1::ListSubmissionsRequest::default()).await.unwrap();
    assert_eq!(all.into_inner().submissions.len(), 1);
}

#[tokio::test]
async fn without_a_request_id_each_call_is_a_submission_of_its_own() {
    let running = start(Options::default()).await;
    let (one, other) = (running.submit(b"same").await, running.submit(b"same").await);
    assert_ne!(one.name, other.name);
    assert_eq!(one.document, other.document);
}

#[tokio::test]
async fn fields_that_make_no_sense_are_named() {
    let running = start(Options::default()).await;
    let refused = |metadata: v1::DocumentMetadata| async {
        let status = running.try_submit(metadata, "x").await.unwrap_err();
        assert_eq!((status.code(), reason(&status)), (Code::InvalidArgument, "INVALID_FIELD".to_owned()));
        status.get_details_bad_request().unwrap().field_violations[0].field.clone()
    };
    assert_eq!(refused(with_request_id("7")).await, "metadata.request_id");
    let purpose = v1::DocumentMetadata { purpose: 99, ..Default::default() };
    assert_eq!(refused(purpose).await, "metadata.purpose");
    let long = v1::DocumentMetadata { file_name: "长".repeat(400), ..Default::default() };
    assert_eq!(refused(long).await, "metadata.file_name");
    let odd = v1::DocumentMetadata { media_type: "text/html\r\n".to_owned(), ..Default::default() };
    assert_eq!(refused(odd).await, "metadata.media_type");
}

#[tokio::test]
async fn a_document_without_bytes_is_refused() {
    let running = start(Options::default()).await;
    let status = running.try_submit(v1::DocumentMetadata::default(), "").await.unwrap_err();
    assert_eq!((status.code(), reason(&status)), (Code::InvalidArgument, "EMPTY_DOCUMENT".to_owned()));
    let status = upload(&running, vec![metadata(Default::default())]).await.unwrap_err();
    assert_eq!(reason(&status), "EMPTY_DOCUMENT");
}

#[tokio::test]
async fn what_does_not_fit_into_one_message_has_to_come_in_pieces() {
    let running = start(Options::default()).await;
    let metadata = v1::DocumentMetadata::default;
    assert!(running.try_submit(metadata(), vec![b'x'; 1_000_000]).await.is_ok());
    let status = running.try_submit(metadata(), vec![b'x'; 1_000_001]).await.unwrap_err();
    assert_eq!((status.code(), reason(&status)), (Code::InvalidArgument, "DOCUMENT_TOO_LARGE".to_owned()));
    assert_eq!(status.get_details_error_info().unwrap().metadata["bytes_max"], "1000000");
    // What the transport refuses before a handler sees it tells its reason all the same.
    let status = running.try_submit(metadata(), vec![b'x'; 9_000_000]).await.unwrap_err();
    assert_eq!((status.code(), reason(&status)), (Code::InvalidArgument, "DOCUMENT_TOO_LARGE".to_owned()));
}

#[tokio::test]
async fn a_request_that_is_only_checked_has_no_effect() {
    let running = start(Options::default()).await;
    let checked = v1::DocumentMetadata { validate_only: true, ..Default::default() };
    assert_eq!(running.try_submit(checked.clone(), "x").await.unwrap(), None);
    assert_eq!(upload(&running, vec![metadata(checked.clone()), chunk("x")]).await.unwrap(), None);
    assert!(running.try_submit(checked, "").await.is_err());
    let all = running.client.clone().list_submissions(v1::ListSubmissionsRequest::default()).await.unwrap();
    assert_eq!(all.into_inner().submissions, []);
}

#[tokio::test]
async fn pieces_make_the_same_document_as_the_whole() {
    let running = start(Options::default()).await;
    let whole = running.submit(b"one two three").await;
    let parts = vec![metadata(with_request_id(REQUEST_ID)), chunk("one "), chunk(""), chunk("two three")];
    let uploaded = upload(&running, parts.clone()).await.unwrap().unwrap();
    assert_eq!(uploaded.document, whole.document);
    assert_eq!(upload(&running, parts).await.unwrap().unwrap().name, uploaded.name);
    let id = DocumentId::parse(&whole.document).unwrap();
    assert_eq!(running.store.document_bytes(id, 100).await.unwrap(), "one two three");
}

#[tokio::test]
async fn an_upload_begins_with_its_metadata_and_has_it_once() {
    let running = start(Options::default()).await;
    let status = upload(&running, vec![chunk("x")]).await.unwrap_err();
    assert_eq!(reason(&status), "INVALID_FIELD");
    let twice = vec![metadata(Default::default()), chunk("x"), metadata(Default::default())];
    assert_eq!(reason(&upload(&running, twice).await.unwrap_err()), "INVALID_FIELD");
    assert_eq!(reason(&upload(&running, Vec::new()).await.unwrap_err()), "INVALID_FIELD");
}

#[tokio::test]
async fn text_may_be_8_mib_and_a_packed_format_more() {
    let running = start(Options::default()).await;
    let pieces = |head: &str, bytes: usize| {
        let mut content = vec![b' '; bytes];
        content[..head.len()].copy_from_slice(head.as_bytes());
        let chunks = content.chunks(1_000_000).map(|piece| chunk(piece.to_vec()));
        std::iter::once(metadata(Default::default())).chain(chunks).collect::<Vec<_>>()
    };
    assert!(upload(&running, pieces("<html>", 8 << 20)).await.is_ok());
    let status = upload(&running, pieces("<html>", (8 << 20) + 1)).await.unwrap_err();
    assert_eq!(reason(&status), "DOCUMENT_TOO_LARGE");
    assert!(upload(&running, pieces("%PDF-1.7", (8 << 20) + 1)).await.is_ok());
}

#[tokio::test]
async fn too_much_waiting_is_refused_with_a_time_to_come_back() {
    let running = start(Options { outbox_rows_max: 1, ..Options::default() }).await;
    running.submit(b"first").await;
    let status = running.try_submit(v1::DocumentMetadata::default(), "second").await.unwrap_err();
    assert_eq!((status.code(), reason(&status)), (Code::Unavailable, "OVERLOADED".to_owned()));
    assert!(status.get_details_retry_info().unwrap().retry_delay.is_some());
}
