//! Following submissions: lists, watches, cancelling.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails in a test fails the test"
)]

mod support;

use gongkai_wire::v1;
use std::time::Duration;
use support::{DEADLINE, Options, Running, done, reason, start};
use tonic::{Code, Request, Streaming};

async fn watch(
    running: &Running,
    request: v1::WatchSubmissionsRequest,
) -> Streaming<v1::WatchSubmissionsResponse> {
    running.client.clone().watch_submissions(request).await.unwrap().into_inner()
}

fn until_final(names: &[&v1::Submission]) -> v1::WatchSubmissionsRequest {
    let names = names.iter().map(|submission| submission.name.clone()).collect();
    v1::WatchSubmissionsRequest {
        filter: Some(v1::SubmissionFilter { names, ..Default::default() }),
        until_final: true,
        ..Default::default()
    }
}

/// The next message that tells of a submission.
async fn next(stream: &mut Streaming<v1::WatchSubmissionsResponse>) -> v1::WatchSubmissionsResponse {
    loop {
        let message = tokio::time::timeout(DEADLINE, stream.message()).await.unwrap();
        let message = message.unwrap().expect("the stream goes on");
        if !message.submissions.is_empty() {
            return message;
        }
    }
}

#[tokio::test]
async fn a_watch_ends_when_everything_named_is_final() {
    let running = start(Options::default()).await;
    let (one, other) = (running.submit(b"one").await, running.submit(b"other").await);
    running.submit(b"bystander").await;
    let mut stream = watch(&running, until_final(&[&one, &other])).await;
    assert_eq!(next(&mut stream).await.submissions.len(), 2);
    running.attempt(&one.name, done()).await;
    running.attempt(&other.name, done()).await;
    let mut last = Vec::new();
    while let Some(message) = tokio::time::timeout(DEADLINE, stream.message()).await.unwrap().unwrap() {
        last.extend(message.submissions);
    }
    for submission in [&one, &other] {
        let told = last.iter().rfind(|told| told.name == submission.name).unwrap();
        assert_eq!(told.state(), v1::SubmissionState::Done);
    }
    running.end().await;
}

#[tokio::test]
async fn a_watch_on_what_has_ended_tells_it_and_ends() {
    let running = start(Options::default()).await;
    let submission = running.submit(b"one").await;
    running.attempt(&submission.name, done()).await;
    let mut stream = watch(&running, until_final(&[&submission])).await;
    assert_eq!(next(&mut stream).await.submissions[0].state(), v1::SubmissionState::Done);
    assert_eq!(stream.message().await.unwrap(), None);
}

#[tokio::test]
async fn a_watch_goes_on_from_where_another_has_ended() {
    let running = start(Options::default()).await;
    let submission = running.submit(b"one").await;
    let mut stream = watch(&running, v1::WatchSubmissionsRequest::default()).await;
    let seen = next(&mut stream).await;
    drop(stream);
    running.attempt(&submission.name, done()).await;
    let after = v1::WatchSubmissionsRequest { after_position: seen.position, ..Default::default() };
    let told = next(&mut watch(&running, after).await).await;
    assert_eq!(told.submissions.len(), 1);
    assert_eq!(told.submissions[0].state(), v1::SubmissionState::Done);
    assert!(seen.position < told.position);
}

#[tokio::test]
async fn a_watch_of_a_state_tells_of_that_state_alone_and_still_ends() {
    let running = start(Options::default()).await;
    let submission = running.submit(b"one").await;
    let mut request = until_final(&[&submission]);
    request.filter.as_mut().unwrap().states = vec![v1::SubmissionState::Done.into()];
    let mut stream = watch(&running, request).await;
    running.attempt(&submission.name, done()).await;
    let told = next(&mut stream).await;
    assert_eq!(told.submissions.len(), 1);
    assert_eq!(stream.message().await.unwrap(), None);
}

#[tokio::test]
async fn a_watch_that_could_not_end_is_refused() {
    let running = start(Options::default()).await;
    let mut client = running.client.clone();
    let status = client.watch_submissions(until_final(&[])).await.unwrap_err();
    assert_eq!((status.code(), reason(&status)), (Code::InvalidArgument, "INVALID_FIELD".to_owned()));
    let unknown = v1::Submission {
        name: "submissions/0193a7c2-4b1e-7000-8000-000000000001".to_owned(),
        ..Default::default()
    };
    let status = client.watch_submissions(until_final(&[&unknown])).await.unwrap_err();
    assert_eq!((status.code(), reason(&status)), (Code::NotFound, "SUBMISSION_NOT_FOUND".to_owned()));
}

#[tokio::test]
async fn a_watch_ends_at_its_callers_deadline() {
    let running = start(Options::default()).await;
    let submission = running.submit(b"one").await;
    let mut request = Request::new(until_final(&[&submission]));
    request.metadata_mut().insert("grpc-timeout", "300m".parse().unwrap());
    let mut stream = running.client.clone().watch_submissions(request).await.unwrap().into_inner();
    let status = loop {
        match stream.message().await {
            Ok(message) => assert!(message.is_some(), "the submission is not final"),
            Err(status) => break status,
        }
    };
    assert_eq!(status.code(), Code::DeadlineExceeded);
}

#[tokio::test]
async fn watches_end_when_the_service_ends_and_say_when_to_come_back() {
    let running = start(Options::default()).await;
    let mut stream = watch(&running, v1::WatchSubmissionsRequest::default()).await;
    stream.message().await.unwrap();
    running.stop.cancel();
    let status = tokio::time::timeout(DEADLINE, stream.message()).await.unwrap().unwrap_err();
    assert_eq!((status.code(), reason(&status)), (Code::Unavailable, "SHUTTING_DOWN".to_owned()));
    drop(stream);
    running.end().await;
}

#[tokio::test]
async fn lists_go_page_by_page_the_latest_first() {
    let running = start(Options::default()).await;
    let mut names = Vec::new();
    for content in [b"1", b"2", b"3", b"4", b"5"] {
        names.insert(0, running.submit(content).await.name);
    }
    let (mut listed, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = v1::ListSubmissionsRequest { page_size: 2, page_token, ..Default::default() };
        let page = running.client.clone().list_submissions(request).await.unwrap().into_inner();
        assert!(page.submissions.len() <= 2);
        listed.extend(page.submissions.into_iter().map(|submission| submission.name));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(listed, names);
}

#[tokio::test]
async fn a_page_token_belongs_to_its_list() {
    let running = start(Options::default()).await;
    running.submit(b"1").await;
    running.submit(b"2").await;
    let mut client = running.client.clone();
    let request = v1::ListSubmissionsRequest { page_size: 1, ..Default::default() };
    let token = client.list_submissions(request).await.unwrap().into_inner().next_page_token;
    let drafts = v1::SubmissionFilter { purpose: v1::Purpose::Draft.into(), ..Default::default() };
    for (filter, page_token) in [(Some(drafts), token), (None, "nonsense".to_owned())] {
        let request = v1::ListSubmissionsRequest { filter, page_token, ..Default::default() };
        let status = client.list_submissions(request).await.unwrap_err();
        assert_eq!(reason(&status), "INVALID_PAGE_TOKEN");
    }
    let request = v1::ListSubmissionsRequest { page_size: -1, ..Default::default() };
    assert_eq!(reason(&client.list_submissions(request).await.unwrap_err()), "INVALID_FIELD");
}

#[tokio::test]
async fn lists_are_narrowed_by_state_document_and_purpose() {
    let running = start(Options::default()).await;
    let one = running.submit(b"one").await;
    running.submit(b"other").await;
    running.attempt(&one.name, done()).await;
    let narrowed = |filter: v1::SubmissionFilter| async {
        let request = v1::ListSubmissionsRequest { filter: Some(filter), ..Default::default() };
        running.client.clone().list_submissions(request).await.unwrap().into_inner().submissions.len()
    };
    let states = vec![v1::SubmissionState::Done.into()];
    assert_eq!(narrowed(v1::SubmissionFilter { states, ..Default::default() }).await, 1);
    let document = one.document.clone();
    assert_eq!(narrowed(v1::SubmissionFilter { document, ..Default::default() }).await, 1);
    let purpose = v1::Purpose::Draft.into();
    assert_eq!(narrowed(v1::SubmissionFilter { purpose, ..Default::default() }).await, 0);
}

#[tokio::test]
async fn what_is_cancelled_stays_cancelled_and_what_is_done_cannot_be() {
    let running = start(Options::default()).await;
    let (one, other) = (running.submit(b"one").await, running.submit(b"other").await);
    let cancel = |name: &str| {
        let (mut client, name) = (running.client.clone(), name.to_owned());
        async move { client.cancel_submission(v1::CancelSubmissionRequest { name }).await }
    };
    for _ in 0..2 {
        let cancelled = cancel(&one.name).await.unwrap().into_inner().submission.unwrap();
        assert_eq!(cancelled.state(), v1::SubmissionState::Cancelled);
    }
    running.attempt(&other.name, done()).await;
    let status = cancel(&other.name).await.unwrap_err();
    assert_eq!((status.code(), reason(&status)), (Code::FailedPrecondition, "SUBMISSION_FINAL".to_owned()));
    let status = cancel("submissions/0193a7c2-4b1e-7000-8000-000000000001").await.unwrap_err();
    assert_eq!(reason(&status), "SUBMISSION_NOT_FOUND");
    assert_eq!(reason(&cancel("reports/1").await.unwrap_err()), "INVALID_FIELD");
}

#[tokio::test]
async fn a_call_without_hope_ends_at_its_deadline() {
    let running = start(Options::default()).await;
    // The upload never ends, and its caller does not wait for ever.
    let metadata = v1::upload_document_request::Part::Metadata(v1::DocumentMetadata::default());
    let first = v1::UploadDocumentRequest { part: Some(metadata) };
    let endless = futures::StreamExt::chain(tokio_stream::iter([first]), tokio_stream::pending());
    let mut request = Request::new(endless);
    request.set_timeout(Duration::from_millis(200));
    let status = running.client.clone().upload_document(request).await.unwrap_err();
    assert!(matches!(status.code(), Code::DeadlineExceeded | Code::Cancelled), "{status:?}");
}
