//! Files and folders named on the command line: found in order, read within limits, worked on side by side.

use gongkai_document::{Hint, Limits, ReadError};
use gongkai_model::{RejectReason, Report};
use gongkai_pipeline::{Rejection, read_reports};
use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, Read};
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// What the command line reads of a file: as much as the services do.
pub(crate) const LIMITS: Limits = Limits::STANDARD;

/// One document to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    Stdin,
    File(PathBuf),
    /// A file or folder that cannot be listed, with what the system says.
    Unlisted(PathBuf, String),
}

impl Input {
    /// How it is called in what is printed.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Stdin => "-".to_owned(),
            Self::File(path) | Self::Unlisted(path, _) => path.display().to_string(),
        }
    }

    /// What its name says of its format, and the address that it is said to be from.
    pub(crate) fn hint<'a>(&'a self, address: Option<&'a str>) -> Hint<'a> {
        let name = match self {
            Self::Stdin | Self::Unlisted(..) => None,
            Self::File(path) => path.file_name().and_then(|name| name.to_str()),
        };
        Hint { media_type: None, name, address }
    }

    /// Its bytes. A file that is too large is not read at all.
    pub(crate) fn bytes(&self) -> Result<Vec<u8>, Unread> {
        match self {
            Self::Stdin => read_limited(io::stdin().lock(), None),
            Self::File(path) => {
                let file = File::open(path)?;
                let metadata = file.metadata()?;
                let size = metadata.is_file().then(|| usize::try_from(metadata.len()).unwrap_or(usize::MAX));
                read_limited(file, size)
            }
            Self::Unlisted(_, message) => Err(Unread::Unavailable(message.clone())),
        }
    }
}

/// Why a file gives no record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unread {
    /// The system does not give its bytes, for this reason.
    Unavailable(String),
    /// Its bytes are no report that is read.
    Refused(Rejection),
}

impl Unread {
    /// The stable name that programs act on: one of [`RejectReason`], or `UNAVAILABLE`.
    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Self::Unavailable(_) => "UNAVAILABLE",
            Self::Refused(rejection) => rejection.reason.name(),
        }
    }

    /// What is wrong, in words.
    pub(crate) fn message(&self) -> &str {
        match self {
            Self::Unavailable(message) => message,
            Self::Refused(rejection) => &rejection.message,
        }
    }

    /// What is wrong, in Chinese, as far as it is ours to say.
    pub(crate) fn message_zh(&self) -> String {
        match self {
            Self::Unavailable(message) => format!("无法打开文件：{message}"),
            Self::Refused(rejection) => match rejection.reason {
                RejectReason::Empty => "文件是空的",
                RejectReason::TooLarge => "文件太大",
                RejectReason::UndecodableText => "无法识别文字编码",
                RejectReason::UnsupportedFormat => "不支持这种文件格式，请提供纯文本或网页文件",
                RejectReason::LimitExceeded => "文件内容超出处理上限",
                RejectReason::NotAReport => "文件不是政府信息公开工作年度报告",
            }
            .to_owned(),
        }
    }
}

/// A file with the records of its reports.
#[derive(Debug)]
pub(crate) struct Records {
    pub(crate) name: String,
    /// Its bytes; empty where they are not there.
    pub(crate) source: Vec<u8>,
    pub(crate) reports: Result<Vec<Report>, Unread>,
}

/// Reads a document and the records of its reports. `address` is where it was published, if that is known.
pub(crate) fn read(input: &Input, address: Option<&str>) -> Records {
    let (source, reports) = match input.bytes() {
        Ok(source) => {
            let reports = read_reports(&source, &input.hint(address), &LIMITS).map_err(Unread::Refused);
            (source, reports)
        }
        Err(unread) => (Vec::new(), Err(unread)),
    };
    Records { name: input.name(), source, reports }
}

impl From<io::Error> for Unread {
    fn from(error: io::Error) -> Self {
        Self::Unavailable(error.to_string())
    }
}

fn read_limited(source: impl Read, size: Option<usize>) -> Result<Vec<u8>, Unread> {
    let max = LIMITS.source_bytes_max;
    let too_large = |actual| Unread::Refused(Rejection::from(ReadError::TooLarge { actual, max }));
    if let Some(size) = size.filter(|size| max < *size) {
        return Err(too_large(size));
    }
    let mut bytes = Vec::with_capacity(size.unwrap_or(0));
    source.take(max as u64 + 1).read_to_end(&mut bytes)?;
    if max < bytes.len() {
        return Err(too_large(bytes.len()));
    }
    Ok(bytes)
}

/// The documents under `paths`, in order: `-` is standard input, folders are walked in order of names. In a folder,
/// hidden files and labels (`.json`) are passed over; whoever means them names them.
pub(crate) fn inputs(paths: &[PathBuf]) -> impl Iterator<Item = Input> {
    let mut waiting: VecDeque<PathBuf> = paths.iter().cloned().collect();
    std::iter::from_fn(move || {
        while let Some(path) = waiting.pop_front() {
            if path == Path::new("-") {
                return Some(Input::Stdin);
            }
            if !path.is_dir() {
                return Some(Input::File(path));
            }
            match entries(&path) {
                Ok(entries) => entries.into_iter().rev().for_each(|entry| waiting.push_front(entry)),
                Err(error) => return Some(Input::Unlisted(path, error.to_string())),
            }
        }
        None
    })
}

fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let is_hidden = name.to_string_lossy().starts_with('.');
        let is_labels = Path::new(&name).extension().is_some_and(|it| it.eq_ignore_ascii_case("json"));
        // A link to a folder could lead in circles.
        let is_linked_folder = entry.file_type()?.is_symlink() && entry.path().is_dir();
        if !is_hidden && !is_labels && !is_linked_folder {
            entries.push(entry.path());
        }
    }
    entries.sort();
    Ok(entries)
}

/// Works on `items` in `jobs` threads and hands the results to `emit` in the order of the items. Only a few items and
/// results are held at any time, however many there are. Ends early where `emit` fails; a panic is passed on.
pub(crate) fn in_order<T: Send, R: Send, E>(
    items: impl Iterator<Item = T> + Send,
    jobs: Option<NonZeroUsize>,
    work: impl Fn(T) -> R + Sync,
    mut emit: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E> {
    let jobs = jobs.or_else(|| thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get);
    let (work_sender, work_receiver) = sync_channel::<(T, SyncSender<thread::Result<R>>)>(0);
    let (order_sender, order_receiver) = sync_channel::<Receiver<thread::Result<R>>>(2 * jobs);
    let work_receiver = Mutex::new(work_receiver);
    thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                loop {
                    // The lock is held while waiting: the others have nothing to do either.
                    let next = work_receiver.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    let Ok((item, sender)) = next else { break };
                    // Nobody waits for it any more where `emit` failed.
                    let _ = sender.send(catch_unwind(AssertUnwindSafe(|| work(item))));
                }
            });
        }
        scope.spawn(move || {
            for item in items {
                let (sender, receiver) = sync_channel(1);
                if order_sender.send(receiver).is_err() || work_sender.send((item, sender)).is_err() {
                    break;
                }
            }
        });
        // The receiver goes when this ends, early or not, and with it the threads.
        order_receiver
            .into_iter()
            .map_while(|result| result.recv().ok())
            .try_for_each(|result| emit(result.unwrap_or_else(|panic| resume_unwind(panic))))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn results_keep_the_order_of_the_items_and_few_are_held() {
        let begun = AtomicUsize::new(0);
        let mut seen = Vec::new();
        let mut ahead_max = 0;
        let jobs = NonZeroUsize::new(3);
        let result: Result<(), ()> = in_order(
            0..1000_usize,
            jobs,
            |item| {
                begun.fetch_add(1, Ordering::SeqCst);
                item * 2
            },
            |result| {
                ahead_max = ahead_max.max(begun.load(Ordering::SeqCst) - seen.len());
                seen.push(result);
                Ok(())
            },
        );
        result.unwrap();
        assert_eq!(seen, (0..1000).map(|item| item * 2).collect::<Vec<_>>());
        assert!(ahead_max <= 12, "{ahead_max} results were held");
    }

    #[test]
    fn it_ends_where_the_results_are_no_longer_wanted() {
        let result = in_order(
            0..1_000_000_000_usize,
            None,
            |item| item,
            |item| if item == 5 { Err("enough") } else { Ok(()) },
        );
        assert_eq!(result, Err("enough"));
    }

    #[test]
    fn a_panic_is_passed_on_and_leaves_nobody_waiting() {
        let work = |item: usize| if item == 3 { panic!("no such item") } else { item };
        let result = catch_unwind(|| in_order(0..1_000_000, NonZeroUsize::new(1), work, |_| Ok::<_, ()>(())));
        assert!(result.is_err());
    }

    #[test]
    fn folders_are_walked_in_order_without_labels_and_hidden_files() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir_all(path("b/c")).unwrap();
        for name in ["b/2.txt", "b/1.html", "b/1.json", "b/.hidden", "b/c/3.txt", "a.txt"] {
            fs::write(path(name), "x").unwrap();
        }
        let found: Vec<_> =
            inputs(&[path("b"), PathBuf::from("-"), path("a.txt"), path("gone.txt")]).collect();
        let expected = [
            Input::File(path("b/1.html")),
            Input::File(path("b/2.txt")),
            Input::File(path("b/c/3.txt")),
            Input::Stdin,
            Input::File(path("a.txt")),
            Input::File(path("gone.txt")),
        ];
        assert_eq!(found, expected);
        assert!(matches!(found[5].bytes(), Err(Unread::Unavailable(_))));
    }

    #[test]
    fn a_file_at_the_limit_is_read_and_one_byte_more_is_refused_with_its_size() {
        let max = LIMITS.source_bytes_max;
        assert_eq!(read_limited(io::repeat(b'x').take(max as u64), None).unwrap().len(), max);
        let Err(Unread::Refused(rejection)) = read_limited(io::empty(), Some(max + 1)) else { panic!() };
        assert_eq!(rejection.reason, gongkai_model::RejectReason::TooLarge);
        assert!(rejection.message.contains(&(max + 1).to_string()));
        assert!(read_limited(io::repeat(b'x'), None).is_err());
    }
}
