//! Batches: items answered one by one, uploads that are resumed, archives, failures, and what is tried again.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails in a test fails the test"
)]

mod support;

use gongkai_store::AttemptOutcome;
use gongkai_wire::v1;
use gongkai_wire::v1::batch_item::Outcome;
use gongkai_wire::v1::batch_service_client::BatchServiceClient;
use gongkai_wire::v1::upload_batch_request::Part;
use std::collections::BTreeMap;
use std::io::Write as _;
use support::{DEADLINE, Options, Running, done, reason, start};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Channel;
use tonic::{Code, Status, Streaming};

struct Batches {
    client: BatchServiceClient<Channel>,
    name: String,
}

impl Batches {
    async fn new(running: &Running) -> Self {
        let mut client = BatchServiceClient::new(running.channel.clone());
        let request = v1::CreateBatchRequest { title: "reports".to_owned(), ..Default::default() };
        let batch = client.create_batch(request).await.unwrap().into_inner().batch.unwrap();
        assert!(batch.create_time.is_some());
        Self { client, name: batch.name }
    }

    /// Begins an upload; whatever is sent by the first comes to the server.
    async fn call(&self) -> (mpsc::Sender<v1::UploadBatchRequest>, Streaming<v1::UploadBatchResponse>) {
        let (messages, requests) = mpsc::channel(1);
        let mut client = self.client.clone();
        let batch = message(Part::Batch(self.name.clone()));
        let (answers, sent) =
            tokio::join!(client.upload_batch(ReceiverStream::new(requests)), messages.send(batch));
        sent.unwrap();
        (messages, answers.unwrap().into_inner())
    }

    /// Uploads parts, and gives what became of the items by their keys.
    async fn upload(&self, parts: Vec<Part>) -> Result<BTreeMap<String, Outcome>, Status> {
        let parts = std::iter::once(Part::Batch(self.name.clone())).chain(parts).map(message);
        let parts: Vec<_> = parts.collect();
        let answers = self.client.clone().upload_batch(tokio_stream::iter(parts)).await?.into_inner();
        let (items, status) = read(answers).await;
        status.map_or(Ok(items), Err)
    }

    async fn progress(&self) -> v1::BatchProgress {
        let request = v1::GetBatchRequest { name: self.name.clone() };
        let batch = self.client.clone().get_batch(request).await.unwrap().into_inner().batch.unwrap();
        batch.progress.unwrap()
    }

    async fn items(&self, states: &[v1::SubmissionState], refused: bool) -> Vec<v1::BatchItem> {
        let states = states.iter().map(|state| i32::from(*state)).collect();
        let request =
            v1::ListBatchItemsRequest { name: self.name.clone(), states, refused, ..Default::default() };
        self.client.clone().list_batch_items(request).await.unwrap().into_inner().items
    }
}

fn message(part: Part) -> v1::UploadBatchRequest {
    v1::UploadBatchRequest { part: Some(part) }
}

fn item(key: &str, content: impl Into<bytes::Bytes>) -> Part {
    Part::Item(v1::BatchItemStart { key: key.to_owned(), content: content.into(), ..Default::default() })
}

fn archive(key: &str, format: v1::ArchiveFormat, content: Vec<u8>) -> Part {
    let metadata = v1::DocumentMetadata { file_name: key.to_owned(), ..Default::default() };
    Part::Item(v1::BatchItemStart {
        key: key.to_owned(),
        metadata: Some(metadata),
        archive: format.into(),
        content: content.into(),
        more: false,
    })
}

/// The first piece of an item, of which more comes.
fn begin(key: &str, content: impl Into<bytes::Bytes>) -> Part {
    let Part::Item(start) = item(key, content) else { panic!() };
    Part::Item(v1::BatchItemStart { more: true, ..start })
}

fn piece(content: impl Into<bytes::Bytes>, more: bool) -> Part {
    Part::Piece(v1::BatchItemPiece { content: content.into(), more })
}

async fn read(
    mut answers: Streaming<v1::UploadBatchResponse>,
) -> (BTreeMap<String, Outcome>, Option<Status>) {
    let mut items = BTreeMap::new();
    loop {
        match tokio::time::timeout(DEADLINE, answers.message()).await.unwrap() {
            Ok(Some(answer)) => {
                let item = answer.item.unwrap();
                assert!(items.insert(item.key, item.outcome.unwrap()).is_none(), "each is answered once");
            }
            Ok(None) => return (items, None),
            Err(status) => return (items, Some(status)),
        }
    }
}

fn submission(outcome: &Outcome) -> &v1::Submission {
    match outcome {
        Outcome::Submission(submission) => submission,
        Outcome::Refusal(_) | Outcome::Archive(_) => panic!("{outcome:?}"),
    }
}

fn refusal(outcome: &Outcome) -> v1::RefuseReason {
    match outcome {
        Outcome::Refusal(refusal) => refusal.reason(),
        Outcome::Submission(_) | Outcome::Archive(_) => panic!("{outcome:?}"),
    }
}

fn zip_of(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in entries {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[tokio::test]
async fn each_item_is_answered_by_itself_and_is_a_submission() {
    let running = start(Options::default()).await;
    let batches = Batches::new(&running).await;
    let with_metadata = Part::Item(v1::BatchItemStart {
        key: "b".to_owned(),
        metadata: Some(v1::DocumentMetadata {
            file_name: "报告.html".to_owned(),
            purpose: v1::Purpose::Draft.into(),
            priority: v1::Priority::High.into(),
            ..Default::default()
        }),
        content: "two".into(),
        ..Default::default()
    });
    let pieces = [begin("c", "th"), piece("r", true), piece("", true), piece("ee", false)];
    let parts = [vec![item("a", "one"), with_metadata], pieces.to_vec(), vec![item("d", "one")]].concat();
    let answers = batches.upload(parts).await.unwrap();
    assert_eq!(answers.keys().map(String::as_str).collect::<Vec<_>>(), ["a", "b", "c", "d"]);
    let answered = |key: &str| submission(&answers[key]).clone();
    assert_eq!((answered("a").batch, answered("a").item_key), (batches.name.clone(), "a".to_owned()));
    assert_eq!(
        (answered("b").file_name.as_str(), answered("b").purpose()),
        ("报告.html", v1::Purpose::Draft)
    );
    // Many at once can wait, unless their sender says otherwise.
    assert_eq!((answered("a").priority(), answered("b").priority()), (v1::Priority::Low, v1::Priority::High));
    assert_eq!(answered("a").document, answered("d").document);
    assert_eq!(answered("c").document, running.submit(b"three").await.document);
    assert_eq!(running.get(&answered("a").name).await, answered("a"));
    let progress = batches.progress().await;
    assert_eq!((progress.received, progress.open, progress.end_time), (4, 4, None));
    let filter = v1::SubmissionFilter { batch: batches.name.clone(), ..Default::default() };
    let request = v1::ListSubmissionsRequest { filter: Some(filter), ..Default::default() };
    let listed = running.client.clone().list_submissions(request).await.unwrap().into_inner();
    assert_eq!(listed.submissions.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_breaks_off_half_way_is_resumed_and_nothing_is_taken_twice() {
    const ITEMS: usize = 100;
    let running = start(Options::default()).await;
    let batches = Batches::new(&running).await;
    let keys: Vec<String> = (0..ITEMS).map(|number| format!("{number:03}.txt")).collect();
    let whole = |key: &String| item(key, key.clone());

    // Half of them, with one that is cut off in the middle; then whoever sends is gone.
    let (messages, mut answers) = batches.call().await;
    let sending = tokio::spawn({
        let parts: Vec<_> = keys[..ITEMS / 2].iter().map(whole).chain([begin("050.txt", "0")]).collect();
        async move {
            for part in parts {
                if messages.send(message(part)).await.is_err() {
                    break;
                }
            }
            messages
        }
    });
    let mut first = BTreeMap::new();
    while first.len() < 20 {
        let item = tokio::time::timeout(DEADLINE, answers.message()).await.unwrap().unwrap().unwrap();
        let item = item.item.unwrap();
        first.insert(item.key, submission(&item.outcome.unwrap()).name.clone());
    }
    drop(answers);
    drop(tokio::time::timeout(DEADLINE, sending).await.unwrap().unwrap());

    // Everything again: what was taken has the same answer, the rest is taken.
    let answers = batches.upload(keys.iter().map(whole).collect()).await.unwrap();
    assert_eq!(answers.len(), ITEMS);
    for (key, name) in &first {
        assert_eq!(&submission(&answers[key]).name, name);
    }
    let progress = batches.progress().await;
    assert_eq!((progress.received, progress.refused), (ITEMS as u64, 0));
    // And once more: nothing changes.
    assert_eq!(batches.upload(keys.iter().map(whole).collect()).await.unwrap(), answers);
    assert_eq!(batches.progress().await.received, ITEMS as u64);
    let request = v1::ListSubmissionsRequest { page_size: 1000, ..Default::default() };
    let all = running.client.clone().list_submissions(request).await.unwrap().into_inner().submissions;
    assert_eq!(all.len(), ITEMS);
    running.end_with(batches.client).await;
}

#[tokio::test]
async fn what_is_wrong_with_an_item_is_its_own_answer_and_is_kept() {
    let running = start(Options::default()).await;
    let batches = Batches::new(&running).await;
    let large = vec![b' '; 1_000_000];
    let odd = Part::Item(v1::BatchItemStart {
        key: "odd".to_owned(),
        metadata: Some(v1::DocumentMetadata {
            media_type: "a\nb".to_owned(),
            file_name: "甲县\n.html".to_owned(),
            ..Default::default()
        }),
        content: "x".into(),
        more: true,
        ..Default::default()
    });
    let unknown = Part::Item(v1::BatchItemStart {
        key: "unknown".to_owned(),
        metadata: Some(v1::DocumentMetadata { file_name: "2020.rar".to_owned(), ..Default::default() }),
        archive: 99,
        content: "x".into(),
        ..Default::default()
    });
    let mut parts = vec![item("good", "x"), item("empty", ""), odd, piece("y", false), unknown];
    parts.push(begin("large", large.clone()));
    parts.extend((0..6).map(|_| piece(large.clone(), true)));
    parts.push(piece(large, false));
    parts.push(item("last", "x"));
    let answers = batches.upload(parts).await.unwrap();
    assert_eq!(answers.len(), 6);
    assert_eq!(refusal(&answers["empty"]), v1::RefuseReason::Empty);
    assert_eq!(refusal(&answers["odd"]), v1::RefuseReason::InvalidMetadata);
    assert_eq!(refusal(&answers["unknown"]), v1::RefuseReason::InvalidMetadata);
    // Under their names, as far as those can be told.
    for (key, name) in [("odd", "甲县.html"), ("unknown", "2020.rar")] {
        assert!(matches!(&answers[key], Outcome::Refusal(refusal) if refusal.file_name == name));
    }
    // 8,000,000 bytes are less than 8 MiB.
    submission(&answers["large"]);
    submission(&answers["last"]);

    let mut parts = vec![begin("larger", vec![b' '; 1_000_000])];
    parts.extend((0..8).map(|number| piece(vec![b' '; 1_000_000], number < 7)));
    parts.push(item("good", "other"));
    let answers = batches.upload(parts).await.unwrap();
    assert_eq!(refusal(&answers["larger"]), v1::RefuseReason::TooLarge);
    assert_eq!(refusal(&answers["good"]), v1::RefuseReason::KeyConflict);

    // Kept, but for the conflict: what stands under that key is the item before.
    let failed = batches.items(&[], true).await;
    let keys: Vec<_> = failed.iter().map(|item| item.key.as_str()).collect();
    assert_eq!(keys.len(), 4, "{keys:?}");
    assert_eq!(keys[3], "larger");
    let progress = batches.progress().await;
    assert_eq!((progress.refused, progress.received, progress.open), (4, 3, 3));
    // What was refused and is mended is taken.
    submission(&batches.upload(vec![item("empty", "no more")]).await.unwrap()["empty"]);
    assert_eq!(batches.progress().await.refused, 3);
}

#[tokio::test]
async fn an_upload_that_makes_no_sense_is_refused_and_what_came_before_stands() {
    let running = start(Options::default()).await;
    let batches = Batches::new(&running).await;
    let cases = [
        (vec![item("", "x")], "item.key"),
        (vec![item(&"k".repeat(481), "x")], "item.key"),
        (vec![piece("x", false)], "piece"),
        (vec![begin("b", "x"), item("c", "x")], "piece"),
        (vec![begin("b", "x")], "piece"),
        (vec![Part::Batch(batches.name.clone())], "batch"),
    ];
    for (parts, field) in cases {
        let status = batches.upload([vec![item("a", "x")], parts].concat()).await.unwrap_err();
        assert_eq!((status.code(), reason(&status)), (Code::InvalidArgument, "INVALID_FIELD".to_owned()));
        assert!(status.message().starts_with(&format!("{field}: ")), "{}", status.message());
    }
    let status = batches.upload(vec![item("b", vec![b'x'; 1_000_001])]).await.unwrap_err();
    assert_eq!(reason(&status), "DOCUMENT_TOO_LARGE");
    assert_eq!(batches.progress().await.received, 1);

    let first = |part| {
        let mut client = batches.client.clone();
        async move { client.upload_batch(tokio_stream::iter([message(part)])).await.unwrap_err() }
    };
    assert_eq!(reason(&first(item("a", "x")).await), "INVALID_FIELD");
    let unknown = "batches/00000000-0000-7000-8000-000000000000";
    let status = first(Part::Batch(unknown.to_owned())).await;
    assert_eq!((status.code(), reason(&status)), (Code::NotFound, "BATCH_NOT_FOUND".to_owned()));
    let request = v1::GetBatchRequest { name: unknown.to_owned() };
    assert_eq!(reason(&batches.client.clone().get_batch(request).await.unwrap_err()), "BATCH_NOT_FOUND");
}

#[tokio::test]
async fn a_batch_is_made_once_for_a_request_and_is_listed() {
    let running = start(Options::default()).await;
    let mut client = BatchServiceClient::new(running.channel.clone());
    let request = v1::CreateBatchRequest {
        title: "2020".to_owned(),
        expected_items: 2,
        request_id: "0193a7c2-4b1e-7000-8000-000000000001".to_owned(),
    };
    let first = client.create_batch(request.clone()).await.unwrap().into_inner().batch.unwrap();
    let again = client.create_batch(request.clone()).await.unwrap().into_inner().batch.unwrap();
    assert_eq!((&first.name, first.create_time), (&again.name, again.create_time));
    assert_eq!((first.expected_items, first.progress.unwrap().open), (2, 2));
    let other = v1::CreateBatchRequest { title: "2021".to_owned(), ..request };
    let status = client.create_batch(other).await.unwrap_err();
    assert_eq!((status.code(), reason(&status)), (Code::AlreadyExists, "REQUEST_ID_CONFLICT".to_owned()));
    let long = v1::CreateBatchRequest { title: "x".repeat(257), ..Default::default() };
    assert_eq!(reason(&client.create_batch(long).await.unwrap_err()), "INVALID_FIELD");

    let latest = Batches::new(&running).await.name;
    let mut request = v1::ListBatchesRequest { page_size: 1, ..Default::default() };
    let mut names = Vec::new();
    loop {
        let page = client.list_batches(request.clone()).await.unwrap().into_inner();
        names.extend(page.batches.into_iter().map(|batch| batch.name));
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    assert_eq!(names, [latest, first.name]);
}

#[tokio::test]
async fn failures_are_listed_with_their_reasons_and_the_dead_are_tried_again() {
    let running = start(Options::default()).await;
    let batches = Batches::new(&running).await;
    let parts = vec![item("a", "one"), item("b", "two"), item("c", "three"), item("d", "")];
    let answers = batches.upload(parts).await.unwrap();
    let name = |key: &str| submission(&answers[key]).name.clone();
    running.kill(&name("a"), "TIMEOUT").await;
    running.kill(&name("b"), "PANIC").await;
    running.attempt(&name("c"), done()).await;

    let states = [v1::SubmissionState::Rejected, v1::SubmissionState::Dead, v1::SubmissionState::Cancelled];
    let failed = batches.items(&states, true).await;
    let failed: Vec<_> =
        failed.iter().map(|item| (item.key.as_str(), item.outcome.as_ref().unwrap())).collect();
    assert_eq!(failed.iter().map(|(key, _)| *key).collect::<Vec<_>>(), ["d", "a", "b"]);
    assert_eq!(refusal(failed[0].1), v1::RefuseReason::Empty);
    let failure = submission(failed[1].1).failure.clone().unwrap();
    assert_eq!((failure.class.as_str(), failure.message.as_str()), ("TIMEOUT", "it did not work"));
    // All has ended, and is told so for ever.
    let progress = batches.progress().await;
    assert_eq!((progress.done, progress.dead, progress.refused, progress.open), (1, 2, 1, 0));
    assert!(progress.end_time.is_some() && 0 < progress.ended_per_1000_seconds);
    assert_eq!(progress.remaining, None);

    let retry = |failure_class: &str, dry_run| {
        let (name, failure_class) = (batches.name.clone(), failure_class.to_owned());
        let request = v1::RetryBatchRequest { name, failure_class, dry_run, ..Default::default() };
        let mut client = batches.client.clone();
        async move { client.retry_batch(request).await.unwrap().into_inner() }
    };
    let counts = |response: v1::RetryBatchResponse| (response.retried, response.left);
    assert_eq!(counts(retry("", true).await), (2, 2));
    assert_eq!(counts(retry("PANIC", false).await), (1, 1));
    assert_eq!(counts(retry("PANIC", false).await), (0, 1));
    assert_eq!(running.get(&name("b")).await.epoch, 2);
    let progress = batches.progress().await;
    assert_eq!((progress.received, progress.dead, progress.open, progress.end_time), (1, 1, 1, None));
    running.attempt(&name("b"), AttemptOutcome::Reports(Vec::new())).await;
    assert_eq!(batches.progress().await.open, 0);
}

#[tokio::test]
async fn each_entry_of_an_archive_is_an_item_and_the_archive_is_answered_at_its_end() {
    let running = start(Options::default()).await;
    let batches = Batches::new(&running).await;
    let zip = zip_of(&[
        ("2020/甲县.html", b"<html>"),
        ("inner.zip", b"x"),
        ("__MACOSX/._a", b"x"),
        ("empty.txt", b""),
        ("large.txt", &vec![b' '; 3_000_000][..]),
    ]);
    let parts = vec![item("before", "x"), archive("a.zip", v1::ArchiveFormat::Zip, zip), item("after", "x")];
    let answers = batches.upload(parts.clone()).await.unwrap();
    let expected = ["a.zip", "a.zip#1", "a.zip#2", "a.zip#4", "a.zip#5", "after", "before"];
    assert_eq!(answers.keys().map(String::as_str).collect::<Vec<_>>(), expected);
    assert_eq!(submission(&answers["a.zip#1"]).file_name, "2020/甲县.html");
    assert_eq!(refusal(&answers["a.zip#2"]), v1::RefuseReason::NestedArchive);
    assert_eq!(refusal(&answers["a.zip#4"]), v1::RefuseReason::Empty);
    assert_eq!(refusal(&answers["a.zip#5"]), v1::RefuseReason::RatioExceeded);
    let Outcome::Archive(contents) = &answers["a.zip"] else { panic!("{answers:?}") };
    assert_eq!((contents.accepted, contents.refused, contents.passed_over), (1, 3, 1));
    // Again: the same.
    assert_eq!(batches.upload(parts).await.unwrap(), answers);
    let progress = batches.progress().await;
    assert_eq!((progress.received, progress.refused), (3, 3));

    // What is no archive is one refused item, which is kept.
    let answers =
        batches.upload(vec![archive("b.tgz", v1::ArchiveFormat::TarGz, b"no".to_vec())]).await.unwrap();
    assert_eq!(refusal(&answers["b.tgz"]), v1::RefuseReason::NotAnArchive);
    let failed = batches.items(&[], true).await;
    assert!(failed.iter().any(|item| item.key == "b.tgz"));
}

#[tokio::test]
async fn an_archive_that_was_refused_and_comes_mended_is_refused_no_longer() {
    let running = start(Options::default()).await;
    let batches = Batches::new(&running).await;
    let whole = zip_of(&[("1.txt", b"one"), ("2.txt", b"two")]);
    let cut_off = whole[..whole.len() - 10].to_vec();
    let answers = batches.upload(vec![archive("a.zip", v1::ArchiveFormat::Zip, cut_off)]).await.unwrap();
    refusal(&answers["a.zip"]);
    assert_eq!(batches.progress().await.refused, 1);
    let answers = batches.upload(vec![archive("a.zip", v1::ArchiveFormat::Zip, whole)]).await.unwrap();
    assert!(matches!(&answers["a.zip"], Outcome::Archive(contents) if contents.accepted == 2));
    let progress = batches.progress().await;
    assert_eq!((progress.received, progress.refused), (2, 0));
    assert_eq!(batches.items(&[], true).await, []);
}

#[tokio::test]
async fn an_archive_of_several_messages_with_many_entries_arrives_whole() {
    const ENTRIES: usize = 500;
    let running = start(Options::default()).await;
    let batches = Batches::new(&running).await;
    let mut tar = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none()));
    for number in 0..ENTRIES {
        let content = format!("{number} ").repeat(1500);
        let mut head = tar::Header::new_gnu();
        head.set_size(content.len() as u64);
        tar.append_data(&mut head, format!("{number}.txt"), content.as_bytes()).unwrap();
    }
    let tar = tar.into_inner().unwrap().finish().unwrap();
    assert!(2_000_000 < tar.len());
    let mut parts = Vec::new();
    let pieces: Vec<_> = tar.chunks(1_000_000).collect();
    for (index, content) in pieces.iter().enumerate() {
        let more = index + 1 < pieces.len();
        parts.push(match index {
            0 => Part::Item(v1::BatchItemStart {
                key: "all.tar.gz".to_owned(),
                archive: v1::ArchiveFormat::TarGz.into(),
                content: content.to_vec().into(),
                more,
                ..Default::default()
            }),
            _ => piece(content.to_vec(), more),
        });
    }
    let answers = batches.upload(parts).await.unwrap();
    assert_eq!(answers.len(), ENTRIES + 1);
    let Outcome::Archive(contents) = &answers["all.tar.gz"] else { panic!() };
    assert_eq!((contents.accepted, contents.refused), (ENTRIES as u64, 0));
    assert_eq!(submission(&answers["all.tar.gz#500"]).file_name, "499.txt");
    assert_eq!(batches.progress().await.received, ENTRIES as u64);
}

#[tokio::test]
async fn too_much_waiting_ends_the_upload_with_a_time_to_come_back() {
    let running = start(Options { outbox_rows_max: 5, ..Options::default() }).await;
    let batches = Batches::new(&running).await;
    let parts: Vec<_> = (0..10).map(|number| item(&number.to_string(), number.to_string())).collect();
    let status = batches.upload(parts).await.unwrap_err();
    assert_eq!((status.code(), reason(&status)), (Code::Unavailable, "OVERLOADED".to_owned()));
    let progress = batches.progress().await;
    assert_eq!((progress.received, progress.refused), (5, 0));
}
