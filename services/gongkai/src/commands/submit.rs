//! `gongkai submit`: sends files to a server and waits until they are read.

mod follow;
mod send;
mod summary;
mod together;

use super::{Verdict, stdout};
use crate::cli::{Global, Lang, PriorityName, SubmitArgs};
use crate::client::{self, Client};
use crate::input::{Input, inputs};
use crate::present::Style;
use follow::follow;
use futures::StreamExt;
use gongkai_wire::v1::{ArchiveFormat, Priority, Purpose, Submission};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::Write;
use summary::Summary;
pub(super) use summary::result;
use tokio::sync::mpsc;

/// Names of accepted submissions that wait to be followed, before sending waits for them.
const FOLLOWED_MAX: usize = 10_000;

/// What became of one file.
#[derive(Debug)]
enum Event {
    /// The server has it, under this submission.
    Accepted { file: String, submission: Submission },
    /// It was not accepted, for this reason.
    Refused { file: String, why: String },
    /// Its submission has ended.
    Ended(Submission),
}

pub(crate) fn run(args: &SubmitArgs, global: &Global) -> anyhow::Result<Verdict> {
    let files: Vec<Input> = inputs(&args.paths).collect();
    // Where a call breaks, items are read and sent again; what comes once would be sent empty.
    anyhow::ensure!(
        args.batch.is_none() || !files.contains(&Input::Stdin),
        "standard input comes only once and could not be sent again: name files, or leave out --batch"
    );
    let style = Style::new(global, Lang::En);
    let summary = client::block_on(async {
        let client = Client::connect(&global.server).await?;
        // What comes once cannot be sent again where a call breaks.
        let is_one = files.len() == 1 && together::archive_format(&files[0]) == ArchiveFormat::Unspecified;
        let is_batch = args.batch.is_some() || !is_one && !files.contains(&Input::Stdin);
        let batch = if is_batch { together::open(&client, args).await? } else { None };
        match batch {
            Some(batch) => together::submit(&client, files, &batch, args).await,
            None => submit(client, files, args).await,
        }
    })?;
    let mut out = stdout();
    out.write_all(summary.print(style).as_bytes())?;
    out.flush()?;
    Ok(Verdict::wrong_if(summary.is_wrong()))
}

async fn submit(client: Client, files: Vec<Input>, args: &SubmitArgs) -> anyhow::Result<Summary> {
    let terms = Terms::of(args);
    let progress = progress_bar(files.len());
    let mut summary = Summary::new(!args.no_wait);
    let (events, mut received) = mpsc::channel(args.concurrency.get());
    let (names, followed) = mpsc::channel(FOLLOWED_MAX);

    let follower = tokio::spawn(follow(client.clone(), followed, events.clone()));
    let concurrency = args.concurrency.get();
    let wait = !args.no_wait;
    let sender = tokio::spawn(async move {
        let mut sent = futures::stream::iter(files)
            .map(|file| send::send(client.clone(), file, terms))
            .buffer_unordered(concurrency);
        while let Some(event) = sent.next().await {
            let name = match &event {
                Event::Accepted { submission, .. } if wait => Some(submission.name.clone()),
                Event::Accepted { .. } | Event::Refused { .. } | Event::Ended(_) => None,
            };
            // Told first, so that its end is never heard of before its beginning.
            if events.send(event).await.is_err() {
                break;
            }
            if let Some(name) = name
                && names.send(name).await.is_err()
            {
                break;
            }
        }
    });
    while let Some(event) = received.recv().await {
        summary.take(event);
        progress.set_position(summary.finished() as u64);
        progress.set_message(summary.in_short());
    }
    progress.finish_and_clear();
    sender.await?;
    follower.await??;
    Ok(summary)
}

/// What is asked for each of the files.
#[derive(Clone, Copy, Debug, Default)]
struct Terms {
    purpose: Purpose,
    priority: Priority,
}

impl Terms {
    fn of(args: &SubmitArgs) -> Self {
        let priority = match args.priority {
            // The server knows what is usual.
            None => Priority::Unspecified,
            Some(PriorityName::High) => Priority::High,
            Some(PriorityName::Normal) => Priority::Normal,
            Some(PriorityName::Low) => Priority::Low,
        };
        Self { purpose: if args.draft { Purpose::Draft } else { Purpose::Published }, priority }
    }
}

/// Shows itself only where standard error is a terminal.
fn progress_bar(files: usize) -> ProgressBar {
    let progress = ProgressBar::new(files as u64);
    let template = "{bar:30} {pos}/{len}  {per_sec}  {msg}";
    if let Ok(style) = ProgressStyle::with_template(template) {
        progress.set_style(style);
    }
    progress
}
