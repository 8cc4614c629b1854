//! Many files and archives, sent as one batch over calls that are resumed where they break.

use super::summary::Summary;
use super::{Event, Terms};
use crate::cli::SubmitArgs;
use crate::client::{ATTEMPTS_MAX, Client, explained, pause_after, persist};
use crate::commands::batch;
use crate::commands::batch::progress::Waiting;
use crate::input::{Input, Unread};
use anyhow::Context as _;
use gongkai_wire::CHUNK_BYTES_MAX;
use gongkai_wire::v1::batch_item::Outcome;
use gongkai_wire::v1::upload_batch_request::Part;
use gongkai_wire::v1::{
    ArchiveFormat, Batch, BatchItem, BatchItemPiece, BatchItemStart, CreateBatchRequest, DocumentMetadata,
    UploadBatchRequest,
};
use sha2::{Digest as _, Sha256};
use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::{JoinSet, spawn_blocking};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status};
use uuid::Uuid;

/// Bytes that a key and a title have at most.
const KEY_BYTES_MAX: usize = 480;
const TITLE_BYTES_MAX: usize = 256;
const FILE_NAME_BYTES_MAX: usize = 1024;
/// What a digest of a path stands behind in its key, and how many digits it has: so many that no two paths share them.
const MARK: &str = "~";
const MARK_DIGITS: usize = 32;
/// Files that one call has in work at the server.
const IN_WORK: usize = 16;
/// Messages that wait to be sent, in each call.
const MESSAGES_MAX: usize = 4;
/// How often to look how far the server is while files are sent.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// A file of the batch.
#[derive(Clone, Debug)]
struct Item {
    key: String,
    file: Input,
    archive: ArchiveFormat,
}

/// What an archive is packed as, by its name; none where it is a document.
pub(super) fn archive_format(file: &Input) -> ArchiveFormat {
    let name = file.name().to_ascii_lowercase();
    if name.ends_with(".zip") {
        ArchiveFormat::Zip
    } else if name.ends_with(".tar.gz") || name.ends_with(".tgz") {
        ArchiveFormat::TarGz
    } else {
        ArchiveFormat::Unspecified
    }
}

/// The batch that is gone on with, or a new one; none where the server knows of none.
pub(super) async fn open(client: &Client, args: &SubmitArgs) -> anyhow::Result<Option<Batch>> {
    if let Some(name) = &args.batch {
        return batch::get(client, &crate::client::resource("batches", name)).await.map(Some);
    }
    let title: Vec<_> = args.paths.iter().map(|path| path.display().to_string()).collect();
    let request = CreateBatchRequest {
        title: end_of(&clean(&title.join(" ")), TITLE_BYTES_MAX).to_owned(),
        request_id: Uuid::now_v7().to_string(),
        ..CreateBatchRequest::default()
    };
    let call = || {
        let (mut client, request) = (client.clone(), request.clone());
        async move { client.batches.create_batch(request).await }
    };
    match persist(call).await {
        Ok(response) => response.into_inner().batch.context("the server answered without a batch").map(Some),
        Err(status) if status.code() == Code::Unimplemented => Ok(None),
        Err(status) => Err(explained(&status)),
    }
}

/// Sends everything, and waits until it has ended unless told otherwise.
pub(super) async fn submit(
    client: &Client,
    files: Vec<Input>,
    batch: &Batch,
    args: &SubmitArgs,
) -> anyhow::Result<Summary> {
    let has_archives = files.iter().any(|file| archive_format(file) != ArchiveFormat::Unspecified);
    let items = items(files);
    let waiting = Waiting::new((!has_archives && args.batch.is_none()).then_some(items.len() as u64));
    let queue = Arc::new(Queue::new(items));
    let (events, mut received) = mpsc::channel(IN_WORK);
    let mut calls = JoinSet::new();
    let calls_max = args.concurrency.get().div_ceil(IN_WORK);
    for _ in 0..calls_max.min(queue.len().div_ceil(IN_WORK).max(1)) {
        let upload = Upload {
            client: client.clone(),
            batch: batch.name.clone(),
            terms: Terms::of(args),
            queue: queue.clone(),
            events: events.clone(),
            send,
        };
        calls.spawn(upload.run());
    }
    drop(events);
    let mut refused = Vec::new();
    let mut look = tokio::time::interval(LOOK_INTERVAL);
    loop {
        tokio::select! {
            event = received.recv() => match event {
                Some(Event::Refused { file, why }) => refused.push((file, why)),
                Some(Event::Accepted { .. } | Event::Ended(_)) => {}
                None => break,
            },
            _ = look.tick() => {
                let progress = batch::get(client, &batch.name).await?.progress.unwrap_or_default();
                waiting.show(&progress, refused.len() as u64);
            }
        }
    }
    while let Some(ended) = calls.join_next().await {
        ended??;
    }
    let batch = match args.no_wait {
        true => batch::get(client, &batch.name).await?,
        false => waiting.until_sent_ended(client, &batch.name, refused.len() as u64).await?,
    };
    waiting.end();
    let progress = batch.progress.unwrap_or_default();
    let items =
        batch::list_items(client, &batch.name, !Summary::lists_all(&progress), Summary::ITEMS_MAX).await?;
    Ok(Summary::of_batch(&batch.name, &progress, &items, refused))
}

/// Files with keys of their own, in their order; the same path named twice is one.
fn items(files: Vec<Input>) -> VecDeque<Item> {
    let mut paths = HashSet::new();
    let mut items = VecDeque::with_capacity(files.len());
    for file in files {
        let path = match &file {
            // Comes alone, and not into a batch that is gone on with.
            Input::Stdin => Path::new("-"),
            Input::File(path) | Input::Unlisted(path, _) => path,
        };
        if paths.insert(path.to_owned()) {
            items.push_back(Item { key: key(path), archive: archive_format(&file), file });
        }
    }
    items
}

/// The key of a path: always the same for the same path, and another one for another. It is the path where the server takes
/// that; where something of it has to be changed, a digest of the whole path stands behind what is left of it.
fn key(path: &Path) -> String {
    // As paths compare: without what `//` and `/./` have more.
    let path: PathBuf = path.components().collect();
    // The key of an entry of an archive has a `#`.
    let is_taken = |text: &&str| {
        text.len() <= KEY_BYTES_MAX
            && !text.contains(|it: char| it == '#' || it.is_control())
            && !is_marked(text)
    };
    if let Some(text) = path.to_str().filter(is_taken) {
        return text.to_owned();
    }
    let mut mark = String::from(MARK);
    for byte in Sha256::digest(path.as_os_str().as_encoded_bytes()).iter().take(MARK_DIGITS / 2) {
        let _ = write!(mark, "{byte:02x}");
    }
    let text = clean(&path.display().to_string()).replace('#', "%23");
    format!("{}{mark}", end_of(&text, KEY_BYTES_MAX - mark.len()))
}

/// Whether a text ends like a key with a digest; a path that does gets one, too, so that it is nobody else's key.
fn is_marked(text: &str) -> bool {
    let is_digit = |it: char| it.is_ascii_digit() || ('a'..='f').contains(&it);
    text.rsplit_once(MARK).is_some_and(|(_, end)| end.len() == MARK_DIGITS && end.chars().all(is_digit))
}

/// Without control characters, which the server does not take.
fn clean(text: &str) -> String {
    text.replace(char::is_control, "\u{FFFD}")
}

/// At most so many bytes of the end of a text.
fn end_of(text: &str, bytes_max: usize) -> &str {
    &text[text.ceil_char_boundary(text.len().saturating_sub(bytes_max))..]
}

/// Files that are to be sent, by whichever call has room.
struct Queue(Mutex<VecDeque<Item>>);

impl Queue {
    fn new(items: VecDeque<Item>) -> Self {
        Self(Mutex::new(items))
    }

    fn items(&self) -> MutexGuard<'_, VecDeque<Item>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn len(&self) -> usize {
        self.items().len()
    }

    fn next(&self) -> Option<Item> {
        self.items().pop_front()
    }

    fn put_back(&self, items: impl IntoIterator<Item = Item>) {
        let mut queue = self.items();
        items.into_iter().for_each(|item| queue.push_front(item));
    }
}

/// What a call has sent and not been answered for.
type Sent = Arc<Mutex<HashMap<String, Item>>>;

fn sent(sent: &Sent) -> MutexGuard<'_, HashMap<String, Item>> {
    sent.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Hands a file on to a call; tells whether that still wants any.
type SendFile = fn(&Item, Terms, &mpsc::Sender<UploadBatchRequest>) -> Result<bool, Unsent>;

/// A file that could not be read.
struct Unsent {
    why: String,
    /// Whether a part of it was handed on. Nothing else can come behind that in the same call.
    is_begun: bool,
}

impl Unsent {
    fn before_it_began(unread: &Unread) -> Self {
        Self { why: unread.message().to_owned(), is_begun: false }
    }
}

/// How a call ended that was not broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    /// It took all that there was.
    Whole,
    /// By us, in the middle of a file that could not be read on.
    Given,
}

/// Sends files of a batch until none are left.
#[derive(Clone)]
struct Upload {
    client: Client,
    batch: String,
    terms: Terms,
    queue: Arc<Queue>,
    events: mpsc::Sender<Event>,
    send: SendFile,
}

impl Upload {
    /// Over as many calls as it takes: what was sent and not answered is sent again.
    async fn run(self) -> anyhow::Result<()> {
        let mut breaks = 0;
        let mut heard = Heard::default();
        loop {
            let open = Sent::default();
            let heard_before = heard.answers;
            let result = self.call(&open, &mut heard).await;
            let left: Vec<Item> = std::mem::take(&mut *sent(&open)).into_values().collect();
            let is_done = left.is_empty();
            self.queue.put_back(left);
            // Only what was not heard before shows that it goes on.
            breaks = if heard_before < heard.answers { 1 } else { breaks + 1 };
            match result {
                Ok(Ended::Whole) if is_done => return Ok(()),
                // Not for ever: the file is among those that are sent no more.
                Ok(Ended::Given) => {}
                // It has ended without a word on some.
                Ok(Ended::Whole) if breaks < ATTEMPTS_MAX => {}
                Ok(Ended::Whole) => anyhow::bail!("the server stopped answering"),
                Err(status) if is_resumable(&status) && breaks < ATTEMPTS_MAX => {
                    tokio::time::sleep(pause_after(&status, breaks)).await;
                }
                Err(status) => return Err(explained(&status)),
            }
        }
    }

    async fn call(&self, open: &Sent, heard: &mut Heard) -> Result<Ended, Status> {
        let (messages, requests) = mpsc::channel(MESSAGES_MAX);
        let first = UploadBatchRequest { part: Some(Part::Batch(self.batch.clone())) };
        // There is room for it.
        let _ = messages.send(first).await;
        // Answers are read while files are sent: a server does not wait for ever for either.
        let feeding = tokio::spawn(self.clone().feed(open.clone(), messages));
        let result = async {
            let requests = ReceiverStream::new(requests);
            let mut answers = self.client.clone().batches.upload_batch(requests).await?.into_inner();
            while let Some(answer) = answers.message().await? {
                if let Some(event) = answer.item.and_then(|item| heard.heed(item, open)) {
                    // Nobody listens any more only where the command itself has ended.
                    let _ = self.events.send(event).await;
                }
            }
            Ok(Ended::Whole)
        };
        let result = result.await;
        feeding.abort();
        // What it was about to send is among what is sent again.
        match feeding.await {
            // Whatever the server says of a file that has no end: it was ended here.
            Ok(Ended::Given) => Ok(Ended::Given),
            Ok(Ended::Whole) | Err(_) => result,
        }
    }

    /// Reads files and hands them to a call, until none are left or the call has ended.
    async fn feed(self, open: Sent, messages: mpsc::Sender<UploadBatchRequest>) -> Ended {
        while let Some(item) = self.queue.next() {
            sent(&open).insert(item.key.clone(), item.clone());
            let (key, file) = (item.key.clone(), item.file.name());
            let reading = {
                let (send, terms, messages) = (self.send, self.terms, messages.clone());
                spawn_blocking(move || send(&item, terms, &messages))
            };
            let unsent = match reading.await {
                Ok(Ok(is_wanted)) if is_wanted => continue,
                Ok(Ok(_)) => return Ended::Whole,
                Ok(Err(unsent)) => unsent,
                // Nobody knows how far it came.
                Err(error) => Unsent { why: error.to_string(), is_begun: true },
            };
            // Taken out after it was told: a call that ends meanwhile ends this, and would else leave the file without a word.
            let is_open = sent(&open).contains_key(&key);
            if is_open && self.events.send(Event::Refused { file, why: unsent.why }).await.is_err() {
                return Ended::Whole;
            }
            sent(&open).remove(&key);
            if unsent.is_begun {
                return Ended::Given;
            }
        }
        Ended::Whole
    }
}

/// Whether another call may go on where this one ended: the server says so, or says nothing of its own.
fn is_resumable(status: &Status) -> bool {
    match status.code() {
        Code::Unavailable | Code::Aborted | Code::DeadlineExceeded => true,
        Code::Unimplemented => false,
        _ => status.details().is_empty(),
    }
}

/// What was answered, in all calls of an upload.
#[derive(Default)]
struct Heard {
    /// Answers that were not heard before.
    answers: u64,
    /// Entries of archives that are not answered as a whole: they come again with it.
    entries: HashSet<String>,
}

impl Heard {
    /// What an answer says. An entry of an archive answers for nothing that was sent by itself.
    fn heed(&mut self, item: BatchItem, open: &Sent) -> Option<Event> {
        let is_new = match sent(open).remove(&item.key) {
            Some(whole) => {
                if whole.archive != ArchiveFormat::Unspecified {
                    let archive = format!("{}#", item.key);
                    self.entries.retain(|entry| !entry.starts_with(&archive));
                }
                true
            }
            None => self.entries.insert(item.key.clone()),
        };
        self.answers += u64::from(is_new);
        match item.outcome? {
            Outcome::Submission(submission) => Some(Event::Accepted { file: item.key, submission }),
            // Kept by the server, and listed at the end; but for what is not kept.
            Outcome::Refusal(refusal) if refusal.reason() == gongkai_wire::v1::RefuseReason::KeyConflict => {
                Some(Event::Refused { file: item.key, why: refusal.message })
            }
            Outcome::Refusal(_) | Outcome::Archive(_) => None,
        }
    }
}

fn send(item: &Item, terms: Terms, messages: &mpsc::Sender<UploadBatchRequest>) -> Result<bool, Unsent> {
    match (&item.file, item.archive) {
        (Input::File(path), ArchiveFormat::Zip | ArchiveFormat::TarGz) => {
            let file = File::open(path).map_err(|error| Unsent::before_it_began(&error.into()))?;
            send_pieces(item, terms, file, messages)
        }
        (Input::File(_) | Input::Stdin | Input::Unlisted(..), _) => {
            let content = item.file.bytes().map_err(|unread| Unsent::before_it_began(&unread))?;
            send_pieces(item, terms, content.as_slice(), messages)
        }
    }
}

/// One piece of it is in memory at a time.
fn send_pieces(
    item: &Item,
    terms: Terms,
    mut content: impl io::Read,
    messages: &mpsc::Sender<UploadBatchRequest>,
) -> Result<bool, Unsent> {
    let mut is_begun = false;
    loop {
        let piece = next_piece(&mut content)
            .map_err(|error| Unsent { why: Unread::from(error).message().to_owned(), is_begun })?;
        // An end that falls between two pieces is told by an empty one.
        let more = piece.len() == CHUNK_BYTES_MAX;
        let part = match is_begun {
            false => Part::Item(start(item, terms, &piece, more)),
            true => Part::Piece(BatchItemPiece { content: piece.into(), more }),
        };
        if !hand_on(messages, part) {
            return Ok(false);
        }
        if !more {
            return Ok(true);
        }
        is_begun = true;
    }
}

fn next_piece(content: &mut impl io::Read) -> io::Result<Vec<u8>> {
    let mut piece = Vec::new();
    content.take(CHUNK_BYTES_MAX as u64).read_to_end(&mut piece)?;
    Ok(piece)
}

fn start(item: &Item, terms: Terms, content: &[u8], more: bool) -> BatchItemStart {
    let name = clean(item.file.hint(None).name.unwrap_or_default());
    BatchItemStart {
        key: item.key.clone(),
        metadata: Some(DocumentMetadata {
            file_name: end_of(&name, FILE_NAME_BYTES_MAX).to_owned(),
            purpose: terms.purpose.into(),
            priority: terms.priority.into(),
            ..DocumentMetadata::default()
        }),
        archive: item.archive.into(),
        content: content.to_vec().into(),
        more,
    }
}

fn hand_on(messages: &mpsc::Sender<UploadBatchRequest>, part: Part) -> bool {
    messages.blocking_send(UploadBatchRequest { part: Some(part) }).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use gongkai_store::memory::MemoryStore;
    use gongkai_store::{Batches as _, Limits, SystemClock};
    use std::ffi::OsStr;

    #[test]
    fn an_archive_is_known_by_its_name() {
        let format = |name: &str| archive_format(&Input::File(name.into()));
        assert_eq!(format("a/B.ZIP"), ArchiveFormat::Zip);
        assert_eq!((format("a.tar.gz"), format("a.tgz")), (ArchiveFormat::TarGz, ArchiveFormat::TarGz));
        assert_eq!(
            (format("a.html"), format("zip")),
            (ArchiveFormat::Unspecified, ArchiveFormat::Unspecified)
        );
    }

    #[test]
    fn each_file_has_a_key_of_its_own_that_the_server_takes() {
        let keys = |paths: &[&OsStr]| -> Vec<String> {
            let files = paths.iter().map(|path| Input::File(path.into())).collect();
            items(files).into_iter().map(|it| it.key).collect()
        };
        let (longest, longer) = ("x".repeat(KEY_BYTES_MAX), format!("{}/a.html", "长".repeat(300)));
        let plain = ["a.txt", "b%231.txt", "长 文件/a.html", &longest].map(OsStr::new);
        assert_eq!(keys(&plain).iter().map(OsStr::new).collect::<Vec<_>>(), plain);
        // The same path, named twice or written otherwise, is one.
        assert_eq!(keys(&["a/b.txt", "a//b.txt", "a/./b.txt"].map(OsStr::new)), ["a/b.txt"]);
        assert_eq!(keys(&[OsStr::new("a//b.txt")]), ["a/b.txt"]);

        // Nothing is left out because another path looks alike in what the server takes.
        let longer_beside = format!("y{longer}");
        let mut odd: Vec<&OsStr> =
            ["b#1.txt", "b\u{1}.txt", "b\u{2}.txt", "b\u{FFFD}.txt", &longer, &longer_beside]
                .map(OsStr::new)
                .to_vec();
        #[cfg(unix)]
        for name in [b"b\xFE.txt", b"b\xFF.txt"] {
            odd.push(std::os::unix::ffi::OsStrExt::from_bytes(&name[..]));
        }
        let all = [&plain[..], &odd[..]].concat();
        let given = keys(&all);
        assert_eq!(given.iter().collect::<HashSet<_>>().len(), all.len(), "{given:?}");
        for key in &given {
            assert!(key.len() <= KEY_BYTES_MAX && !key.contains(|it: char| it == '#' || it.is_control()));
        }
        assert!(given[4].starts_with("b%231.txt~"), "{}", given[4]);
        assert!(given[8].contains("长/a.html~"), "{}", given[8]);
        // Whoever goes on with a batch gives the same keys, whatever else is sent then.
        assert_eq!(keys(&odd), given[plain.len()..]);
        // Nor has a path that looks like such a key the key of another one.
        let alike = given[4].clone();
        assert_eq!(keys(&[OsStr::new("b#1.txt"), OsStr::new(&alike)]).len(), 2);
    }

    #[test]
    fn only_what_may_pass_is_gone_on_with() {
        for code in [Code::Unavailable, Code::Aborted, Code::Unknown] {
            assert!(is_resumable(&Status::new(code, "")), "{code:?}");
        }
        assert!(!is_resumable(&Status::unimplemented("")));
        assert!(!is_resumable(&Status::with_details(Code::InvalidArgument, "no", vec![1].into())));
    }

    fn item(key: &str, archive: ArchiveFormat) -> Item {
        Item { key: key.to_owned(), file: Input::File(key.into()), archive }
    }

    /// A server of batches on the twins, an upload of these files to it, and what is told of them.
    async fn uploading(files: &[&str], send: SendFile) -> (Arc<MemoryStore>, Upload, mpsc::Receiver<Event>) {
        let clock = Arc::new(SystemClock);
        let store = Arc::new(MemoryStore::new(clock.clone(), Limits::STANDARD));
        let dependencies = gongkai_ingest::Dependencies {
            intake: store.clone(),
            imports: store.clone(),
            histories: store.clone(),
            documents: store.clone(),
            submissions: store.clone(),
            batches: store.clone(),
            operations: store.clone(),
            outbox: store.clone(),
            queue: Arc::new(gongkai_queue::MemoryQueue::new(Duration::from_secs(60), 100)),
            principals: Arc::new(gongkai_serve::Anonymous),
            clock,
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let stop = tokio_util::sync::CancellationToken::new();
        let services = gongkai_serve::Services::new().unwrap();
        let services = services.with(gongkai_ingest::batches(&dependencies, stop.clone()));
        tokio::spawn(gongkai_serve::serve(listener, services, stop));
        let client = Client::connect(&address).await.unwrap();
        let made = client.clone().batches.create_batch(CreateBatchRequest::default()).await.unwrap();
        let queue = files.iter().map(|key| item(key, ArchiveFormat::Unspecified)).collect();
        let (events, told) = mpsc::channel(1);
        let upload = Upload {
            client,
            batch: made.into_inner().batch.unwrap().name,
            terms: Terms::default(),
            queue: Arc::new(Queue::new(queue)),
            events,
            send,
        };
        (store, upload, told)
    }

    /// Reads everything of its file but for one that begins with `bad`, which ends in an error.
    fn send_or_fail(
        item: &Item,
        terms: Terms,
        messages: &mpsc::Sender<UploadBatchRequest>,
    ) -> Result<bool, Unsent> {
        struct Broken;
        impl io::Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("the disk is gone"))
            }
        }
        match item.key.as_str() {
            "bad at once" => send_pieces(item, terms, Broken, messages),
            key if key.starts_with("bad") => {
                send_pieces(item, terms, io::repeat(b'x').take(2_500_000).chain(Broken), messages)
            }
            key => send_pieces(item, terms, key.as_bytes(), messages),
        }
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_read_to_its_end_is_refused_and_the_others_are_sent() {
        let files = ["a", "bad 1", "b", "bad at once", "c", "bad 2"];
        let (store, upload, mut told) = uploading(&files, send_or_fail).await;
        let batch = upload.batch.clone();
        let uploading = tokio::spawn(upload.run());
        let (mut accepted, mut refused) = (Vec::new(), Vec::new());
        while let Some(event) = told.recv().await {
            match event {
                Event::Accepted { file, .. } => accepted.push(file),
                Event::Refused { file, why } => {
                    assert!(why.contains("the disk is gone"), "{why}");
                    refused.push(file);
                }
                Event::Ended(_) => {}
            }
        }
        uploading.await.unwrap().unwrap();
        accepted.sort();
        refused.sort();
        assert_eq!(accepted, ["a", "b", "c"]);
        assert_eq!(refused, ["bad 1", "bad 2", "bad at once"]);
        let id = gongkai_model::BatchId::parse(&batch).unwrap();
        assert_eq!(store.batch_progress(id).await.unwrap().taken(), 3);
    }

    #[tokio::test]
    async fn a_file_is_open_until_it_is_told_that_it_cannot_be_read() {
        let (_, upload, mut told) = uploading(&["bad at once"], send_or_fail).await;
        let ended = Event::Refused { file: "before".to_owned(), why: String::new() };
        upload.events.send(ended).await.unwrap();
        let (messages, _requests) = mpsc::channel(1);
        let open = Sent::default();
        let feeding = tokio::spawn(upload.clone().feed(open.clone(), messages));
        // It has been read, or not; in neither case it is told while nobody listens.
        tokio::time::sleep(Duration::from_millis(50)).await;
        feeding.abort();
        let _ = feeding.await;
        let left = sent(&open).len() + upload.queue.len();
        told.recv().await.unwrap();
        assert_eq!((left, told.try_recv().is_err()), (1, true));
    }

    #[test]
    fn only_what_was_not_heard_before_counts_as_going_on() {
        let (open, mut heard) = (Sent::default(), Heard::default());
        let answer = |key: &str| {
            let outcome = Some(Outcome::Archive(gongkai_wire::v1::ArchiveContents::default()));
            BatchItem { key: key.to_owned(), outcome }
        };
        for (count, key) in [(1, "a.zip#1"), (2, "a.zip#2"), (2, "a.zip#1"), (3, "a.zip"), (4, "b.zip#1")] {
            sent(&open).insert("a.zip".to_owned(), item("a.zip", ArchiveFormat::Zip));
            assert!(heard.heed(answer(key), &open).is_none());
            assert_eq!(heard.answers, count, "{key}");
        }
        assert_eq!(heard.entries, HashSet::from(["b.zip#1".to_owned()]));
    }
}
