use super::sample::report;
use super::{LIMITS, Subject, draft, new};
use crate::memory::MemoryStore;
use crate::{
    Clock as _, DocumentInfo, HistoryBounds, Kept, ManualClock, NewDocument, NewHistory, NewSubmission,
    Position, ReadAt, StagingId, StoreError, Taken, Timestamp,
};
use bytes::Bytes;
use gongkai_model::{DocumentId, Purpose};
use std::sync::Arc;
use std::time::Duration;

/// What another store gives of a report that was found in one document, and the document.
async fn given(content: &Bytes, county: &str) -> (Arc<NewHistory>, DocumentInfo) {
    let clock = Arc::new(ManualClock::starting_at(Timestamp::from_micros(1_700_000_000_000_000)));
    let source = Subject { store: Arc::new(MemoryStore::new(clock.clone(), LIMITS)), clock };
    source.store_reports(new(content.clone()), &[report(county, 2020, 3)]).await;
    let until = source.store.wait_for_change(Position(i64::MAX), Duration::ZERO).await.unwrap();
    let history = source.store.histories(None, until, HistoryBounds::reports(1)).await.unwrap().remove(0);
    let document = history.events[0].document;
    let info = DocumentInfo {
        names: vec!["a.html".to_owned(), "b.html".to_owned()],
        sources: vec!["http://a.example/".to_owned()],
        ..source.store.document(document, None).await.unwrap()
    };
    (Arc::new(NewHistory::new(history).unwrap()), info)
}

async fn upload(subject: &Subject, bytes: &Bytes) -> StagingId {
    let upload = subject.store.begin_upload().await.unwrap();
    for piece in bytes.chunks(100_000) {
        subject.store.append(upload, Bytes::copy_from_slice(piece)).await.unwrap();
    }
    upload
}

async fn is_there(subject: &Subject, id: DocumentId) -> bool {
    match subject.store.document(id, None).await {
        Ok(_) => true,
        Err(StoreError::NotFound(_)) => false,
        Err(error) => panic!("{error}"),
    }
}

/// It is there with its bytes and its names, and nobody is asked to read it.
pub(super) async fn documents_are_taken_with_their_report_without_being_read(subject: &Subject) {
    let store = &subject.store;
    let bytes = Bytes::from(b"a page ".repeat(60_000));
    let (history, info) = given(&bytes, "甲县").await;
    let id = info.id;
    let take = async |upload: Option<StagingId>, info: &DocumentInfo| {
        store.take_history(history.clone(), vec![NewDocument { info: info.clone(), upload }]).await
    };
    let other = upload(subject, &bytes.slice(1..)).await;
    assert!(matches!(take(Some(other), &info).await, Err(StoreError::Corrupt { .. })));
    assert!(matches!(take(Some(StagingId::generate()), &info).await, Err(StoreError::NotFound(_))));
    let report = history.history().report;
    let revisions = store.revisions(report, ReadAt::default()).await;
    assert!(!matches!(revisions, Ok(found) if !found.is_empty()), "all of it or nothing");
    assert_eq!(take(None, &info).await.unwrap(), Taken::Added);
    assert!(!is_there(subject, id).await, "it came without its bytes");
    let then = store.wait_for_change(Position(i64::MAX), Duration::ZERO).await.unwrap();
    assert_eq!(store.came_since(&[id], Position(0)).await.unwrap(), []);
    for _ in 0..2 {
        assert_eq!(take(Some(upload(subject, &bytes).await), &info).await.unwrap(), Taken::Unchanged);
        assert_eq!(store.document(id, Some(Purpose::Published)).await.unwrap(), info);
        assert_eq!(store.document_bytes(id, u64::MAX).await.unwrap(), bytes);
    }
    // They came after what was known then, and once.
    let unknown = DocumentId::from_digest([9; 32]);
    assert_eq!(store.came_since(&[unknown, id], then).await.unwrap(), [id]);
    let now = store.wait_for_change(Position(i64::MAX), Duration::ZERO).await.unwrap();
    assert!(then < now);
    assert_eq!(store.came_since(&[unknown, id], now).await.unwrap(), []);
    let known = DocumentInfo { names: vec!["b.html".to_owned(), "c.html".to_owned()], ..info.clone() };
    take(None, &known).await.unwrap();
    let told = store.document(id, None).await.unwrap();
    assert_eq!(told.names, ["a.html", "b.html", "c.html"]);
    assert_eq!(told.received_at, info.received_at);
    assert_eq!(store.wait_for_change(Position(i64::MAX), Duration::ZERO).await.unwrap(), now);
    assert!(store.claim_due(10, Duration::from_secs(1)).await.unwrap().is_empty(), "nothing is due");
    // Whoever sends it later has it read.
    let sent = subject.accept(new(bytes)).await;
    assert_eq!((sent.document, subject.clock.now()), (id, sent.accepted_at));
}

/// Neither their bytes nor their names.
pub(super) async fn documents_of_a_report_that_is_left_out_are_left_out(subject: &Subject) {
    let store = &subject.store;
    let (ours, theirs) = (Bytes::from_static(b"ours"), Bytes::from_static(b"theirs"));
    let here = subject.store_reports(new(ours.clone()), &[report("甲县", 2020, 4)]).await.reports[0].report;
    let (history, info) = given(&theirs, "甲县").await;
    let before = store.document(DocumentId::from_digest(sha(&ours)), None).await.unwrap();
    let documents = vec![
        NewDocument { upload: Some(upload(subject, &theirs).await), info: info.clone() },
        NewDocument { upload: None, info: DocumentInfo { id: before.id, ..info.clone() } },
    ];
    let position = store.wait_for_change(Position(i64::MAX), Duration::ZERO).await.unwrap();
    let taken = store.take_history(history, documents.clone()).await.unwrap();
    assert_eq!(taken, Taken::Kept(Kept::SameReport(here)));
    assert!(!is_there(subject, info.id).await);
    assert_eq!(store.document(before.id, None).await.unwrap(), before);
    assert_eq!(store.wait_for_change(Position(i64::MAX), Duration::ZERO).await.unwrap(), position);
    // Whoever has brought it takes it back.
    store.abandon(documents[0].upload.unwrap()).await.unwrap();
}

fn sha(bytes: &Bytes) -> [u8; 32] {
    use sha2::{Digest as _, Sha256};
    Sha256::digest(bytes).into()
}

/// A draft's document shows among published ones from then on, and what came with the draft does not.
pub(super) async fn a_drafts_document_is_published_by_what_is_taken_in(subject: &Subject) {
    let store = &subject.store;
    let bytes = Bytes::from_static(b"one");
    let secret = NewSubmission { name: "secret.html".to_owned(), ..draft(new(bytes.clone())) };
    let id = subject.accept(secret).await.document;
    let (history, info) = given(&bytes, "甲县").await;
    assert_eq!(info.id, id);
    let taken = store.take_history(history, vec![NewDocument { info: info.clone(), upload: None }]).await;
    assert_eq!(taken.unwrap(), Taken::Added);
    let known = store.document(id, Some(Purpose::Published)).await.unwrap();
    assert_eq!((known.names, known.draft), (info.names, true));
    assert_eq!(store.came_since(&[id], Position(0)).await.unwrap(), [id]);
}
