//! The instruments: what is counted and timed on the way of a document. Names follow OpenTelemetry's conventions; times
//! are in seconds. Each belongs to one stage, so that the stage at which work stands still shows.

use opentelemetry::metrics::{Counter, Gauge, Histogram, Meter, UpDownCounter};
use opentelemetry::{KeyValue, global};
use std::sync::LazyLock;
use std::time::Duration;

/// Bounds of the histograms of times, in seconds: from what a look-up costs to the longest patience.
const SECONDS: [f64; 15] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0];
/// Bounds of the histograms of waits, in seconds: from what an idle system takes to a long outage.
const LONG_SECONDS: [f64; 15] =
    [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 21600.0];

/// All instruments. Made when the first is used, which is after [`crate::Telemetry::start`].
struct Instruments {
    calls: Histogram<f64>,
    accepted: Counter<u64>,
    announced: Counter<u64>,
    announcement_time: Histogram<f64>,
    waiting: Gauge<u64>,
    oldest: Gauge<f64>,
    attempts: Counter<u64>,
    attempt_time: Histogram<f64>,
    stage_time: Histogram<f64>,
    in_work: UpDownCounter<i64>,
    wait: Histogram<f64>,
    whole_time: Histogram<f64>,
    standing: Gauge<u64>,
    standing_for: Gauge<f64>,
    leased: Gauge<u64>,
    given_up: Gauge<u64>,
    paused: Gauge<u64>,
    depth: Gauge<u64>,
    index_behind: Gauge<u64>,
    records_damaged: Counter<u64>,
    dependency: Gauge<u64>,
}

static INSTRUMENTS: LazyLock<Instruments> = LazyLock::new(|| Instruments::of(&global::meter("gongkai")));

impl Instruments {
    fn of(meter: &Meter) -> Self {
        let times = |name: &'static str, description: &'static str, bounds: [f64; 15]| {
            let histogram = meter.f64_histogram(name).with_unit("s").with_description(description);
            histogram.with_boundaries(bounds.to_vec()).build()
        };
        let seconds = |name, description| times(name, description, SECONDS);
        let long_seconds = |name, description| times(name, description, LONG_SECONDS);
        Self {
            calls: seconds("rpc.server.duration", "How long calls took, by method and status."),
            accepted: meter
                .u64_counter("gongkai.ingest.documents")
                .with_description(
                    "Documents that callers sent, by what became of them: accepted, known or refused.",
                )
                .build(),
            announced: meter
                .u64_counter("gongkai.relay.announcements")
                .with_description("Announcements to the queue, by outcome.")
                .build(),
            announcement_time: seconds(
                "gongkai.relay.announcement.duration",
                "How long the queue took to confirm or refuse a message, by outcome.",
            ),
            waiting: meter
                .u64_gauge("gongkai.outbox.waiting")
                .with_description("Submissions in the outbox that the queue has not confirmed.")
                .build(),
            oldest: meter
                .f64_gauge("gongkai.outbox.overdue")
                .with_unit("s")
                .with_description("For how long the oldest of them has been due.")
                .build(),
            attempts: meter
                .u64_counter("gongkai.parser.attempts")
                .with_description("Attempts on documents that have ended, by outcome and class of failure.")
                .build(),
            attempt_time: seconds("gongkai.parser.attempt.duration", "How long attempts took, by outcome."),
            stage_time: seconds("gongkai.parser.stage.duration", "How long the stages of an attempt took."),
            in_work: meter
                .i64_up_down_counter("gongkai.parser.in_work")
                .with_description("Attempts under way in this process.")
                .build(),
            wait: long_seconds(
                "gongkai.submission.wait.duration",
                "How long submissions waited from acceptance until their first attempt began.",
            ),
            whole_time: long_seconds(
                "gongkai.submission.duration",
                "How long submissions took from acceptance until they were final, by outcome. Without replays.",
            ),
            standing: meter
                .u64_gauge("gongkai.submissions.waiting")
                .with_description("Submissions that are not final, by state. Every ingest tells the same.")
                .build(),
            standing_for: meter
                .f64_gauge("gongkai.submissions.oldest")
                .with_unit("s")
                .with_description(
                    "For how long the one of them that was accepted first has been in its state.",
                )
                .build(),
            leased: meter
                .u64_gauge("gongkai.submissions.leased")
                .with_description(
                    "Attempts under way by the ledger, over all parsers. Every ingest tells the same.",
                )
                .build(),
            given_up: meter
                .u64_gauge("gongkai.dead_letters")
                .with_description(
                    "Submissions that were given up, by class of failure. Every ingest tells the same.",
                )
                .build(),
            paused: meter
                .u64_gauge("gongkai.parsing.paused")
                .with_description("1 while the parsers are paused.")
                .build(),
            depth: meter
                .u64_gauge("gongkai.queue.messages")
                .with_description("Messages that wait in the queue, by queue.")
                .build(),
            index_behind: meter
                .u64_gauge("gongkai.search.behind")
                .with_description(
                    "Positions that the index of searches was behind the store when this parser last looked.",
                )
                .build(),
            records_damaged: meter
                .u64_counter("gongkai.search.damaged")
                .with_description("Records that this parser could not take into the index of searches, or complete, because they cannot be read.")
                .build(),
            dependency: meter
                .u64_gauge("gongkai.dependency.up")
                .with_description("1 while what this process depends on answers, by dependency.")
                .build(),
        }
    }
}

/// A call to a service has ended.
pub fn call_ended(service: &'static str, method: &str, code: i32, took: Duration) {
    let attributes = [
        KeyValue::new("rpc.service", service),
        KeyValue::new("rpc.method", method.to_owned()),
        KeyValue::new("rpc.grpc.status_code", i64::from(code)),
    ];
    INSTRUMENTS.calls.record(took.as_secs_f64(), &attributes);
}

/// By how many positions the index of searches is behind the store.
pub fn index_behind(positions: u64) {
    INSTRUMENTS.index_behind.record(positions, &[]);
}

/// So many records could not be taken into the index of searches, or completed, because they cannot be read.
pub fn records_damaged(records: u32) {
    INSTRUMENTS.records_damaged.add(records.into(), &[]);
}

/// What became of a document that a caller sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// It is new, and acknowledged.
    Accepted,
    /// The same request was acknowledged before.
    Known,
    /// It was refused.
    Refused,
}

/// A caller has sent a document.
pub fn document_sent(sent: Sent) {
    let outcome = match sent {
        Sent::Accepted => "accepted",
        Sent::Known => "known",
        Sent::Refused => "refused",
    };
    INSTRUMENTS.accepted.add(1, &[KeyValue::new("outcome", outcome)]);
}

/// Ingest begins. Its counters stand at 0 from now on: whoever watches for an increase would not see the first event of
/// a kind that appears with it.
pub fn ingest_begins() {
    for outcome in ["accepted", "known", "refused"] {
        INSTRUMENTS.accepted.add(0, &[KeyValue::new("outcome", outcome)]);
    }
    for outcome in ["confirmed", "failed"] {
        INSTRUMENTS.announced.add(0, &[KeyValue::new("outcome", outcome)]);
    }
}

/// The relay has handed submissions to the queue, or has failed to.
pub fn announced(submissions: u64, confirmed: bool) {
    INSTRUMENTS.announced.add(submissions, &[announcement_outcome(confirmed)]);
}

/// The queue has answered for a message.
pub fn announcement_ended(confirmed: bool, took: Duration) {
    INSTRUMENTS.announcement_time.record(took.as_secs_f64(), &[announcement_outcome(confirmed)]);
}

fn announcement_outcome(confirmed: bool) -> KeyValue {
    KeyValue::new("outcome", if confirmed { "confirmed" } else { "failed" })
}

/// How much waits in the outbox, and for how long the oldest of it has been due.
pub fn outbox(waiting: u64, overdue: Duration) {
    INSTRUMENTS.waiting.record(waiting, &[]);
    INSTRUMENTS.oldest.record(overdue.as_secs_f64(), &[]);
}

/// A parser begins. Each outcome of an attempt, with its class, stands at 0 from now on, for the reason that
/// [`ingest_begins`] gives.
pub fn parser_begins<'a>(outcomes: impl IntoIterator<Item = (&'static str, &'a str)>) {
    for (outcome, class) in outcomes {
        let class = KeyValue::new("class", class.to_owned());
        INSTRUMENTS.attempts.add(0, &[KeyValue::new("outcome", outcome), class]);
    }
    INSTRUMENTS.in_work.add(0, &[]);
}

/// An attempt on a document has ended. `outcome` and `class` are from small fixed sets.
pub fn attempt_ended(outcome: &'static str, class: &str, took: Duration) {
    let outcome = KeyValue::new("outcome", outcome);
    INSTRUMENTS.attempt_time.record(took.as_secs_f64(), std::slice::from_ref(&outcome));
    INSTRUMENTS.attempts.add(1, &[outcome, KeyValue::new("class", class.to_owned())]);
}

/// A stage of an attempt has ended: `load`, `read` (with extraction and audit), or `store`.
pub fn stage_ended(stage: &'static str, took: Duration) {
    INSTRUMENTS.stage_time.record(took.as_secs_f64(), &[KeyValue::new("stage", stage)]);
}

/// The first attempt on a submission has begun so long after it was accepted.
pub fn waited(since_accepted: Duration) {
    INSTRUMENTS.wait.record(since_accepted.as_secs_f64(), &[]);
}

/// A submission that was never replayed is final so long after it was accepted. `outcome` is from a small fixed set.
pub fn submission_ended(outcome: &'static str, since_accepted: Duration) {
    INSTRUMENTS.whole_time.record(since_accepted.as_secs_f64(), &[KeyValue::new("outcome", outcome)]);
}

/// How many attempts are under way by the ledger.
pub fn leased(attempts: u64) {
    INSTRUMENTS.leased.record(attempts, &[]);
}

/// How many submissions stand in a state, and for how long the first of them has.
pub fn waiting(state: &'static str, submissions: u64, since: Duration) {
    let state = [KeyValue::new("state", state)];
    INSTRUMENTS.standing.record(submissions, &state);
    INSTRUMENTS.standing_for.record(since.as_secs_f64(), &state);
}

/// How many submissions were given up with failures of a class; classes are a small set.
pub fn given_up(class: &str, submissions: u64) {
    INSTRUMENTS.given_up.record(submissions, &[KeyValue::new("class", class.to_owned())]);
}

/// Whether the parsers are paused.
pub fn paused(is_paused: bool) {
    INSTRUMENTS.paused.record(u64::from(is_paused), &[]);
}

/// How many messages wait in a queue.
pub fn queue_depth(queue: &'static str, messages: u64) {
    INSTRUMENTS.depth.record(messages, &[KeyValue::new("queue", queue)]);
}

/// Tells what a queue has counted since it was opened, each event by its name, whenever somebody reads the metrics.
pub fn count_queue_events(counts: impl Fn() -> Vec<(&'static str, u64)> + Send + Sync + 'static) {
    // The meter keeps what is built; the handle is for nothing.
    let _ = global::meter("gongkai")
        .u64_observable_counter("gongkai.queue.events")
        .with_description("What has happened between this process and the broker, by event.")
        .with_callback(move |observer| {
            for (event, count) in counts() {
                observer.observe(count, &[KeyValue::new("event", event)]);
            }
        })
        .build();
}

/// Whether what the process depends on answers.
pub fn dependency(name: &'static str, is_there: bool) {
    INSTRUMENTS.dependency.record(u64::from(is_there), &[KeyValue::new("dependency", name)]);
}

/// An attempt that is under way as long as this lives.
#[derive(Debug)]
pub struct InWork(());

/// An attempt begins.
pub fn attempt_begins() -> InWork {
    INSTRUMENTS.in_work.add(1, &[]);
    InWork(())
}

impl Drop for InWork {
    fn drop(&mut self) {
        INSTRUMENTS.in_work.add(-1, &[]);
    }
}
