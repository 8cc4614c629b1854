use super::super::answers::Answer;
use super::*;
use crate::limits::Room;
use async_trait::async_trait;
use gongkai_store::memory::MemoryStore;
use gongkai_store::{
    Accepted, Batches as _, Intake, Limits, NewBatch, NewSubmission, StagingId, StoreError, Swept,
    SystemClock,
};
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tonic::metadata::MetadataMap;
use tonic_types::StatusExt as _;

/// Takes its time, and counts how many it is asked for at once.
struct Slow {
    store: Arc<MemoryStore>,
    at_once: AtomicUsize,
    at_once_max: AtomicUsize,
}

#[async_trait]
impl Intake for Slow {
    async fn begin_upload(&self) -> Result<StagingId, StoreError> {
        self.store.begin_upload().await
    }

    async fn append(&self, staging: StagingId, piece: Bytes) -> Result<u64, StoreError> {
        self.store.append(staging, piece).await
    }

    async fn abandon(&self, staging: StagingId) -> Result<(), StoreError> {
        self.store.abandon(staging).await
    }

    async fn accept(&self, new: NewSubmission) -> Result<Accepted, StoreError> {
        let at_once = self.at_once.fetch_add(1, Ordering::SeqCst) + 1;
        self.at_once_max.fetch_max(at_once, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(10)).await;
        self.at_once.fetch_sub(1, Ordering::SeqCst);
        self.store.accept(new).await
    }

    async fn sweep(&self, limit: u32) -> Result<Swept, StoreError> {
        self.store.sweep(limit).await
    }
}

struct House {
    store: Arc<MemoryStore>,
    intake: Arc<Slow>,
    batch: BatchId,
    archives: Archives,
    room: Room,
}

impl House {
    async fn new() -> Self {
        let store = Arc::new(MemoryStore::new(Arc::new(SystemClock), Limits::STANDARD));
        let intake = Arc::new(Slow {
            store: store.clone(),
            at_once: AtomicUsize::new(0),
            at_once_max: AtomicUsize::new(0),
        });
        let batch = BatchId::generate();
        let new = NewBatch { id: batch, caller: String::new(), title: String::new(), items_expected: 0 };
        store.create_batch(new).await.unwrap();
        Self { store, intake, batch, archives: Archives::new(), room: Room::new(64 << 20) }
    }

    /// Begins an upload of these messages, and gives its answers as they come.
    fn upload<M>(&self, messages: M, stop: CancellationToken) -> mpsc::Receiver<Answer>
    where
        M: Stream<Item = Result<v1::UploadBatchRequest, Status>> + Unpin + Send + 'static,
    {
        let items = self.items();
        let (answers, told) = Answers::new(stop);
        let caller = Principal::new("test");
        let upload = Upload::new(items, self.archives.clone(), self.batch, caller, messages, answers);
        tokio::spawn(upload.run(Deadline::of(&MetadataMap::new())));
        told
    }

    fn items(&self) -> Items {
        let accepting = Accepting::new(self.intake.clone(), self.room.clone());
        Items::new(accepting, self.store.clone(), Arc::new(SystemClock))
    }

    async fn taken(&self) -> u64 {
        self.store.batch_progress(self.batch).await.unwrap().taken()
    }
}

fn item(number: usize) -> Result<v1::UploadBatchRequest, Status> {
    let content = Bytes::from(number.to_string());
    let item = v1::BatchItemStart { key: format!("key {number}"), content, ..Default::default() };
    Ok(v1::UploadBatchRequest { part: Some(Part::Item(item)) })
}

/// All that is told: keys of items, and why it ended if it did not end well.
async fn all(mut told: mpsc::Receiver<Answer>) -> (Vec<String>, Option<Status>) {
    let (mut keys, mut failure) = (Vec::new(), None);
    while let Some(answer) = told.recv().await {
        match answer {
            Ok(answer) => keys.push(answer.item.unwrap().key),
            Err(status) => failure = Some(status),
        }
    }
    (keys, failure)
}

fn reason(status: &Status) -> String {
    status.get_details_error_info().map(|info| info.reason).unwrap_or_default()
}

#[tokio::test(start_paused = true)]
async fn every_item_is_answered_and_only_some_are_in_work_at_once() {
    let house = House::new().await;
    let told = house.upload(futures::stream::iter((0..300).map(item)), CancellationToken::new());
    let (keys, failure) = all(told).await;
    assert!(failure.is_none(), "{failure:?}");
    assert_eq!(keys.iter().collect::<HashSet<_>>().len(), 300);
    assert_eq!(house.taken().await, 300);
    assert_eq!(house.intake.at_once_max.load(Ordering::SeqCst), IN_WORK_MAX);
}

#[tokio::test(start_paused = true)]
async fn who_sends_everything_before_reading_is_heard_to_the_end_and_told_to_read() {
    const ITEMS: usize = 1000;
    let house = House::new().await;
    let is_heard = Arc::new(AtomicBool::new(false));
    let heard = is_heard.clone();
    let messages = futures::stream::iter((0..ITEMS).map(item)).chain(futures::stream::once(async move {
        heard.store(true, Ordering::SeqCst);
        item(ITEMS)
    }));
    let told = house.upload(Box::pin(messages), CancellationToken::new());
    while !is_heard.load(Ordering::SeqCst) {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let (keys, failure) = all(told).await;
    let failure = failure.unwrap();
    assert_eq!((failure.code(), reason(&failure)), (tonic::Code::Aborted, "ANSWERS_UNREAD".to_owned()));
    // What is held for a sender that does not read is bounded; what was taken stays taken.
    assert!(keys.len() <= 64 + IN_WORK_MAX && (keys.len() as u64) <= house.taken().await);
    assert!(house.taken().await <= 64 + 2 * IN_WORK_MAX as u64);

    let again = house.upload(futures::stream::iter((0..ITEMS).map(item)), CancellationToken::new());
    let (keys, failure) = all(again).await;
    assert!(failure.is_none(), "{failure:?}");
    assert_eq!((keys.len(), house.taken().await), (ITEMS, ITEMS as u64));
}

#[tokio::test(start_paused = true)]
async fn who_reads_slowly_gets_every_answer() {
    let house = House::new().await;
    let mut told = house.upload(futures::stream::iter((0..200).map(item)), CancellationToken::new());
    let mut answers = 0;
    while let Some(answer) = told.recv().await {
        answer.unwrap();
        answers += 1;
        tokio::time::sleep(Duration::from_secs(5)).await;
    }
    assert_eq!(answers, 200);
}

#[tokio::test(start_paused = true)]
async fn silence_ends_an_upload_and_what_came_before_is_answered() {
    let house = House::new().await;
    let messages = futures::stream::iter((0..3).map(item)).chain(futures::stream::pending());
    let (keys, failure) = all(house.upload(messages, CancellationToken::new())).await;
    assert_eq!((keys.len(), failure.unwrap().code()), (3, tonic::Code::DeadlineExceeded));
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_service_ends_uploads_and_what_is_in_work_is_answered() {
    let house = House::new().await;
    let stop = CancellationToken::new();
    let messages = futures::stream::iter((0..3).map(item)).chain(futures::stream::pending());
    let told = house.upload(messages, stop.clone());
    tokio::time::sleep(Duration::from_secs(1)).await;
    stop.cancel();
    let (keys, failure) = all(told).await;
    assert_eq!((keys.len(), reason(&failure.unwrap())), (3, "SHUTTING_DOWN".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn nothing_goes_on_for_one_who_is_gone() {
    let house = House::new().await;
    let sent = Arc::new(AtomicUsize::new(0));
    let count = sent.clone();
    let messages = futures::stream::iter((0..100_000).map(move |number| {
        count.fetch_add(1, Ordering::SeqCst);
        item(number)
    }));
    let mut told = house.upload(messages, CancellationToken::new());
    told.recv().await.unwrap().unwrap();
    drop(told);
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert!(sent.load(Ordering::SeqCst) < 200, "{sent:?}");
}

/// An archive of one document.
fn archive(key: &str, more: bool) -> Result<v1::UploadBatchRequest, Status> {
    use std::io::Write as _;
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("1.txt", zip::write::SimpleFileOptions::default()).unwrap();
    zip.write_all(key.as_bytes()).unwrap();
    let content = zip.finish().unwrap().into_inner().into();
    let archive = v1::ArchiveFormat::Zip.into();
    let item = v1::BatchItemStart { key: key.to_owned(), archive, content, more, ..Default::default() };
    Ok(v1::UploadBatchRequest { part: Some(Part::Item(item)) })
}

#[tokio::test(start_paused = true)]
async fn archives_that_come_slowly_keep_no_other_from_being_read_until_too_many_are_here() {
    let house = House::new().await;
    let upload = |messages: Vec<_>| house.upload(futures::stream::iter(messages), CancellationToken::new());
    let slowly = |number: usize| {
        let begun = futures::stream::iter([archive(&format!("slow {number}"), true)]);
        house.upload(begun.chain(futures::stream::pending()), CancellationToken::new())
    };
    let mut slow: Vec<_> = (1..archived::KEPT_MAX).map(slowly).collect();
    let (keys, failure) = all(upload(vec![archive("a", false)])).await;
    assert!(failure.is_none(), "{failure:?}");
    assert_eq!(keys.iter().collect::<HashSet<_>>().len(), 2, "{keys:?}");

    slow.push(slowly(0));
    tokio::time::sleep(Duration::from_millis(1)).await;
    let (keys, failure) = all(upload(vec![item(1), archive("b", false)])).await;
    let failure = failure.unwrap();
    assert_eq!((keys.as_slice(), &*reason(&failure)), (&["key 1".to_owned()][..], "OVERLOADED"));
    assert!(failure.get_details_retry_info().is_some());
    // They end in silence, and leave their places.
    for told in slow {
        assert_eq!(all(told).await.1.unwrap().code(), tonic::Code::DeadlineExceeded);
    }
    assert_eq!(all(upload(vec![archive("b", false)])).await.0.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_entries_of_an_archive_wait_for_room_as_long_as_it_takes() {
    let house = House::new().await;
    let held = house.room.take(64 << 20).await.unwrap();
    let told = house.upload(futures::stream::iter([archive("a", false)]), CancellationToken::new());
    tokio::time::sleep(Duration::from_secs(60 * 60)).await;
    drop(held);
    let (keys, failure) = all(told).await;
    assert!(failure.is_none(), "{failure:?}");
    assert_eq!(keys.iter().map(String::as_str).collect::<HashSet<_>>(), HashSet::from(["a", "a#1"]));
}

#[tokio::test]
async fn a_panic_of_the_reader_is_the_end_of_its_archive_alone() {
    let house = House::new().await;
    let (answers, mut told) = Answers::new(CancellationToken::new());
    let places = Arc::new(Semaphore::new(IN_WORK_MAX));
    let mut taking = Taking { items: house.items(), answers, places, work: JoinSet::new() };
    let name = ItemName { batch: house.batch, key: "a".to_owned() };
    let metadata = Metadata::check(Principal::new("test"), None).unwrap();
    let read = |emit: &mut dyn FnMut(Event) -> bool| {
        for number in [1, 2] {
            emit(Event::Begin { number, name: format!("{number}.txt") });
            emit(Event::Piece(Bytes::from(number.to_string())));
            assert_eq!(number, 1, "as if the reader had a fault");
            emit(Event::End(Ok(())));
        }
        unreachable!("it has panicked")
    };
    let ended = archived::take(&mut taking, &name, &metadata, read).await.unwrap();
    assert_eq!(ended.unwrap_err().reason, gongkai_model::RefuseReason::Damaged);
    drop(taking);
    let mut outcomes = Vec::new();
    while let Some(answer) = told.recv().await {
        let item = answer.unwrap().item.unwrap();
        outcomes.push((item.key, matches!(item.outcome, Some(v1::batch_item::Outcome::Submission(_)))));
    }
    outcomes.sort();
    assert_eq!(outcomes, [("a#1".to_owned(), true), ("a#2".to_owned(), false)]);
}
