//! `gongkai load`: sends made-up reports at a rate, or as fast as they are taken, and tells how long it took until each
//! was acknowledged and until its record could be asked for.

mod latencies;
mod reports;

use super::{Verdict, stdout};
use crate::cli::{Global, LoadArgs};
use crate::client::{self, Client, explained, may_pass, pause};
use anyhow::{Context, anyhow, bail};
use gongkai_wire::v1::{
    DocumentMetadata, SubmissionFilter, SubmissionState, SubmitDocumentRequest, WatchSubmissionsRequest,
};
use indicatif::{ProgressBar, ProgressStyle};
use latencies::Latencies;
use reports::Reports;
use std::collections::HashMap;
use std::io::Write;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tonic::transport::Uri;
use uuid::Uuid;

/// How long the last records may take after the last document was sent.
const DRAIN_PATIENCE: Duration = Duration::from_secs(120);
/// How long one call may take.
const CALL_PATIENCE: Duration = Duration::from_secs(30);
/// Events between the senders, the watcher and the count.
const EVENTS_MAX: usize = 65_536;
/// Breaks in a row after which the watcher gives up.
const BREAKS_MAX: u32 = 7;

/// What became of a document.
#[derive(Debug)]
enum Event {
    /// It was acknowledged under this name, so long after it was due.
    Accepted { name: String, due: Instant, took: Duration },
    /// It was refused, or the call failed.
    Refused { why: String },
    /// Its submission has ended.
    Ended { name: String, state: SubmissionState, at: Instant },
}

/// What came of a run.
#[derive(Debug)]
struct Outcome {
    sent: u64,
    took: Duration,
    acknowledged: Latencies,
    queryable: Latencies,
    refused: HashMap<String, u64>,
    /// Submissions that ended otherwise than with a record.
    failed: u64,
    /// Submissions that had not ended when patience did.
    open: u64,
}

pub(crate) fn run(args: &LoadArgs, global: &Global) -> anyhow::Result<Verdict> {
    if !args.anywhere {
        check_loopback(&global.server)?;
    }
    let outcome = client::block_on(async {
        let client = Client::connect(&global.server).await?;
        load(client, args).await
    })?;
    let mut out = stdout();
    match args.json {
        true => writeln!(out, "{}", outcome.json())?,
        false => write!(out, "{}", outcome.text())?,
    }
    out.flush()?;
    Ok(Verdict::wrong_if(0 < outcome.failed + outcome.open || !outcome.refused.is_empty()))
}

/// Load belongs on a server of one's own; other people's servers would take it for an attack.
fn check_loopback(server: &str) -> anyhow::Result<()> {
    let uri: Uri = server.parse().with_context(|| format!("{server} is no address of a server"))?;
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    let is_loopback = host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
    if !is_loopback {
        bail!("{server} is another machine; say --anywhere if it is yours, and those who run it know");
    }
    Ok(())
}

async fn load(client: Client, args: &LoadArgs) -> anyhow::Result<Outcome> {
    let reports = Arc::new(Reports::new(args.seed));
    let (events, received) = mpsc::channel(EVENTS_MAX);
    let (first_position, watched_from) = tokio::sync::oneshot::channel();
    let watcher = tokio::spawn(watch(client.clone(), watched_from, events.clone()));
    let begun = Instant::now();
    let sending = tokio::spawn(send(client, reports, Plan::of(args, begun), events, first_position));
    let (mut outcome, last_sent) = count(received, args.reports).await;
    watcher.abort();
    sending.await?;
    outcome.took = last_sent.duration_since(begun);
    Ok(outcome)
}

/// When what is sent.
#[derive(Clone, Copy, Debug)]
struct Plan {
    reports: u64,
    begun: Instant,
    /// Between two documents; none where the next goes as soon as there is room.
    interval: Option<Duration>,
    concurrency: usize,
}

impl Plan {
    fn of(args: &LoadArgs, begun: Instant) -> Self {
        let interval = args.rate.map(|rate| Duration::from_secs(1) / rate.get());
        Self { reports: args.reports, begun, interval, concurrency: args.concurrency.get() }
    }
}

/// Sends everything. With a rate each document has its time, and what it waits because those before are slow counts as
/// its own latency: a server that stalls is not asked less because of it.
async fn send(
    client: Client,
    reports: Arc<Reports>,
    plan: Plan,
    events: mpsc::Sender<Event>,
    first_position: tokio::sync::oneshot::Sender<i64>,
) {
    let room = Arc::new(Semaphore::new(plan.concurrency));
    let mut first_position = Some(first_position);
    let mut calls = JoinSet::new();
    for number in 0..plan.reports {
        let due = match plan.interval {
            Some(interval) => {
                let due = plan.begun + interval * u32::try_from(number).unwrap_or(u32::MAX);
                tokio::time::sleep_until(due.into()).await;
                due
            }
            None => Instant::now(),
        };
        let Ok(place) = room.clone().acquire_owned().await else { return };
        let due = if plan.interval.is_some() { due } else { Instant::now() };
        let (client, reports, events) = (client.clone(), reports.clone(), events.clone());
        let call = async move {
            let (event, position) = submit(client, reports.report(number), due).await;
            // Nobody counts any more only where the command itself has ended.
            let _ = events.send(event).await;
            drop(place);
            position
        };
        match first_position.take() {
            // The watcher begins where the first submission stands.
            Some(first) => match call.await {
                Some(position) => drop(first.send(position)),
                None => first_position = Some(first),
            },
            None => drop(calls.spawn(call)),
        }
        while calls.try_join_next().is_some() {}
    }
    while calls.join_next().await.is_some() {}
}

async fn submit(mut client: Client, content: Vec<u8>, due: Instant) -> (Event, Option<i64>) {
    let metadata = DocumentMetadata {
        media_type: "text/plain; charset=utf-8".to_owned(),
        request_id: Uuid::now_v7().to_string(),
        ..DocumentMetadata::default()
    };
    let request = SubmitDocumentRequest { metadata: Some(metadata), content: content.into() };
    let answer = timeout(CALL_PATIENCE, client.ingest.submit_document(request)).await;
    let refused = |why: String| (Event::Refused { why }, None);
    match answer {
        Ok(Ok(answer)) => match answer.into_inner().submission {
            Some(submission) => {
                let (name, position) = (submission.name, submission.position);
                (Event::Accepted { name, due, took: due.elapsed() }, Some(position))
            }
            None => refused("no submission in the answer".to_owned()),
        },
        Ok(Err(status)) => refused(format!("{:?}", status.code())),
        Err(_) => refused(format!("no answer within {CALL_PATIENCE:?}")),
    }
}

/// Tells of every submission that has ended, from the first one of this run on.
async fn watch(
    client: Client,
    from: tokio::sync::oneshot::Receiver<i64>,
    events: mpsc::Sender<Event>,
) -> anyhow::Result<()> {
    let mut position = from.await.map_err(|_| anyhow!("nothing was accepted"))?.saturating_sub(1);
    let states =
        [SubmissionState::Done, SubmissionState::Rejected, SubmissionState::Dead, SubmissionState::Cancelled];
    let mut breaks = 0;
    loop {
        let request = WatchSubmissionsRequest {
            filter: Some(SubmissionFilter {
                states: states.map(i32::from).into(),
                ..SubmissionFilter::default()
            }),
            after_position: position,
            until_final: false,
        };
        let told = async {
            let mut stream = client.clone().ingest.watch_submissions(request).await?.into_inner();
            while let Some(change) = stream.message().await? {
                (position, breaks) = (change.position, 0);
                let at = Instant::now();
                for submission in change.submissions {
                    let state = submission.state();
                    let _ = events.send(Event::Ended { name: submission.name, state, at }).await;
                }
            }
            Ok::<(), tonic::Status>(())
        };
        match told.await {
            Err(status) if !may_pass(&status) || BREAKS_MAX < breaks => return Err(explained(&status)),
            Ok(()) | Err(_) => {
                breaks += 1;
                tokio::time::sleep(pause(breaks)).await;
            }
        }
    }
}

/// Counts until every document has ended, or for as long as patience lasts. Tells also when the last one was answered.
async fn count(mut events: mpsc::Receiver<Event>, reports: u64) -> (Outcome, Instant) {
    let progress = progress_bar(reports);
    let mut outcome = Outcome {
        sent: 0,
        took: Duration::ZERO,
        acknowledged: Latencies::new(),
        queryable: Latencies::new(),
        refused: HashMap::new(),
        failed: 0,
        open: 0,
    };
    // Accepted and not ended; or ended before the answer came.
    let mut open: HashMap<String, Instant> = HashMap::new();
    let mut early: HashMap<String, (SubmissionState, Instant)> = HashMap::new();
    let mut last = Instant::now();
    while outcome.settled() < reports {
        let Ok(Some(event)) = timeout(DRAIN_PATIENCE, events.recv()).await else { break };
        match event {
            Event::Accepted { name, due, took } => {
                (last, outcome.sent) = (Instant::now(), outcome.sent + 1);
                outcome.acknowledged.add(took);
                match early.remove(&name) {
                    Some((state, at)) => outcome.end(due, state, at),
                    None => drop(open.insert(name, due)),
                }
            }
            Event::Refused { why } => {
                (last, outcome.sent) = (Instant::now(), outcome.sent + 1);
                *outcome.refused.entry(why).or_default() += 1;
            }
            Event::Ended { name, state, at } => match open.remove(&name) {
                Some(due) => {
                    last = at;
                    outcome.end(due, state, at);
                }
                // Not ours, or ours and not answered yet.
                None if outcome.sent < reports => drop(early.insert(name, (state, at))),
                None => {}
            },
        }
        progress.set_position(outcome.settled());
        progress.set_message(format!("{} acknowledged", outcome.acknowledged.len()));
    }
    progress.finish_and_clear();
    outcome.open = open.len() as u64;
    (outcome, last)
}

/// Shows itself only where standard error is a terminal.
fn progress_bar(reports: u64) -> ProgressBar {
    let progress = ProgressBar::new(reports);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} records  {per_sec}  {msg}") {
        progress.set_style(style);
    }
    progress
}

impl Outcome {
    /// A submission that was due at `due` has ended.
    fn end(&mut self, due: Instant, state: SubmissionState, at: Instant) {
        match state {
            SubmissionState::Done => self.queryable.add(at.saturating_duration_since(due)),
            _ => self.failed += 1,
        }
    }

    /// Documents of which nothing more is heard.
    fn settled(&self) -> u64 {
        self.queryable.len() + self.failed + self.refused.values().sum::<u64>()
    }

    /// Records a second, from the first document sent to the last record.
    fn rate(&self) -> u64 {
        let millis = u64::try_from(self.took.as_millis()).unwrap_or(u64::MAX).max(1);
        self.queryable.len() * 1000 / millis
    }

    fn text(&self) -> String {
        let mut text =
            format!("{} documents in {:.1?}: {} records a second\n", self.sent, self.took, self.rate());
        text.push_str(&format!("acknowledged  {}\nqueryable     {}\n", self.acknowledged, self.queryable));
        for (why, times) in &self.refused {
            text.push_str(&format!("refused       {times} ({why})\n"));
        }
        if 0 < self.failed {
            text.push_str(&format!("failed        {} ended without a record\n", self.failed));
        }
        if 0 < self.open {
            text.push_str(&format!("open          {} had not ended after {DRAIN_PATIENCE:?}\n", self.open));
        }
        text
    }

    fn json(&self) -> serde_json::Value {
        serde_json::json!({
            "sent": self.sent,
            "seconds": self.took.as_secs_f64(),
            "records_per_second": self.rate(),
            "acknowledged": self.acknowledged.json(),
            "queryable": self.queryable.json(),
            "refused": self.refused,
            "failed": self.failed,
            "open": self.open,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn load_goes_to_the_own_machine_only_unless_told_otherwise() {
        for own in ["http://127.0.0.1:7411", "http://localhost:1", "http://[::1]:7411", "127.0.0.1:7411"] {
            assert!(check_loopback(own).is_ok(), "{own}");
        }
        for other in ["http://192.168.0.1:7411", "http://example.org", "http://10.0.0.1"] {
            assert!(check_loopback(other).unwrap_err().to_string().contains("--anywhere"), "{other}");
        }
    }
}
