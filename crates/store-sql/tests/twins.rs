//! Any sequence of calls has the same answers from each engine as from the twin in memory.

#![allow(clippy::unwrap_used, reason = "a test")]

mod engines;

use engines::{Database, clock, runtime, sqlite};
use gongkai_filter::{Direction, Filter, Limits};
use gongkai_model::{
    BatchId, Date, Priority, Purpose, RefuseReason, RejectReason, ReportId, ScopeKind, SubmissionId,
    SubmissionState,
};
use gongkai_store::contract::{LIMITS, sample};
use gongkai_store::memory::MemoryStore;
use gongkai_store::{
    Announcement, Attempt, AttemptOutcome, Clock, Completion, Content, FindingQuery, ItemFilter, ItemName,
    ManualClock, NewBatch, NewFailure, NewRefusal, NewSubmission, PageRequest, Position, ReadAt, Receipt,
    Replay, ReportField, ReportKey, ReportOrder, ReportQuery, SortField, SortKey, Store, Submission,
    SubmissionFilter, Worker, report_schema,
};
use gongkai_store_sql::{SqliteEngine, open_postgres};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

const SUBJECTS: [&str; 3] = ["甲县", "乙县", ""];

/// A call. Numbers name things by the order in which they came up.
#[derive(Clone, Debug)]
enum Call {
    Accept { document: u8, draft: bool, request: Option<u8>, item: Option<Item> },
    Refuse { item: Item, reason: usize },
    Upload { pieces: Vec<u8> },
    Pass { seconds: u64 },
    Claim { limit: u32 },
    Mark { claim: usize },
    Postpone { claim: usize, seconds: u64 },
    Reannounce { limit: u32 },
    Begin { submissions: Vec<usize>, version: u32 },
    Renew { attempt: usize },
    Complete { attempt: usize, version: u32, outcome: End },
    Cancel { submission: usize },
    Replay { limit: u32, interval: u64, dry_run: bool },
    Sweep { limit: u32 },
}

/// A batch, of which there are two, and a key in it.
type Item = (usize, u8);

#[derive(Clone, Debug)]
enum End {
    Reports(Vec<(usize, u16, i64)>),
    Known,
    Rejected,
    Retry(u64),
    Dead,
}

fn end() -> impl Strategy<Value = End> {
    let report = (0..SUBJECTS.len(), 2019_u16..2021, 0_i64..3);
    prop_oneof![
        4 => vec(report, 0..3).prop_map(End::Reports),
        1 => Just(End::Known),
        1 => Just(End::Rejected),
        1 => (0_u64..20).prop_map(End::Retry),
        1 => Just(End::Dead),
    ]
}

fn item() -> impl Strategy<Value = Item> {
    (0_usize..2, 0_u8..3)
}

fn call() -> impl Strategy<Value = Call> {
    prop_oneof![
        4 => (0_u8..4, proptest::bool::weighted(0.2), option::of(0_u8..3), option::of(item()))
            .prop_map(|(document, draft, request, item)| Call::Accept { document, draft, request, item }),
        1 => (item(), 0_usize..3).prop_map(|(item, reason)| Call::Refuse { item, reason }),
        1 => vec(0_u8..3, 0..4).prop_map(|pieces| Call::Upload { pieces }),
        2 => prop_oneof![0_u64..20, Just(100_000_000)].prop_map(|seconds| Call::Pass { seconds }),
        2 => (0_u32..4).prop_map(|limit| Call::Claim { limit }),
        2 => (0_usize..4).prop_map(|claim| Call::Mark { claim }),
        1 => (0_usize..4, 0_u64..20).prop_map(|(claim, seconds)| Call::Postpone { claim, seconds }),
        1 => (0_u32..4).prop_map(|limit| Call::Reannounce { limit }),
        5 => (vec(0_usize..6, 1..4), 1_u32..3)
            .prop_map(|(submissions, version)| Call::Begin { submissions, version }),
        1 => (0_usize..6).prop_map(|attempt| Call::Renew { attempt }),
        6 => (0_usize..6, 1_u32..3, end())
            .prop_map(|(attempt, version, outcome)| Call::Complete { attempt, version, outcome }),
        1 => (0_usize..6).prop_map(|submission| Call::Cancel { submission }),
        1 => (0_u32..3, 0_u64..5, any::<bool>())
            .prop_map(|(limit, interval, dry_run)| Call::Replay { limit, interval, dry_run }),
        1 => (0_u32..3).prop_map(|limit| Call::Sweep { limit }),
    ]
}

/// A store, and what came up so far, latest first.
struct World {
    store: Arc<dyn Store>,
    clock: Arc<ManualClock>,
    batches: [BatchId; 2],
    submissions: Vec<SubmissionId>,
    reports: Vec<ReportId>,
    attempts: Vec<Attempt>,
    claims: Vec<Vec<Announcement>>,
}

impl World {
    async fn new(store: Arc<dyn Store>, clock: Arc<ManualClock>) -> Self {
        let batches = [BatchId::generate(), BatchId::generate()];
        for (id, items_expected) in batches.into_iter().zip([0, 3]) {
            let new = NewBatch { id, caller: String::new(), title: String::new(), items_expected };
            store.create_batch(new).await.unwrap();
        }
        Self {
            store,
            clock,
            batches,
            submissions: Vec::new(),
            reports: Vec::new(),
            attempts: Vec::new(),
            claims: Vec::new(),
        }
    }

    fn item(&self, (batch, key): Item) -> ItemName {
        ItemName { batch: self.batches[batch], key: format!("k{key}") }
    }

    fn submission(&self, number: usize) -> Option<SubmissionId> {
        self.submissions.iter().rev().nth(number).copied()
    }

    fn saw(&mut self, submission: &Submission) {
        if !self.submissions.contains(&submission.id) {
            self.submissions.push(submission.id);
        }
        for result in &submission.reports {
            if !self.reports.contains(&result.report) {
                self.reports.push(result.report);
            }
        }
    }

    /// An answer as text, in which ids are replaced by the order in which they came up.
    fn told(&self, answer: &impl Debug) -> String {
        let mut text = format!("{answer:?}");
        for (number, id) in self.submissions.iter().enumerate() {
            text = text.replace(&id.to_string(), &format!("S{number}"));
        }
        for (number, id) in self.batches.iter().enumerate() {
            text = text.replace(&id.to_string(), &format!("B{number}"));
        }
        for (number, id) in self.reports.iter().enumerate() {
            text = text.replace(&id.uuid().to_string(), &format!("R{number}"));
        }
        text
    }

    async fn call(&mut self, call: &Call) -> String {
        let lease = Duration::from_secs(10);
        match call.clone() {
            Call::Accept { document, draft, request, item } => {
                let new = NewSubmission {
                    caller: "caller".to_owned(),
                    request_id: request.map(|request| request.to_string()),
                    item: item.map(|item| self.item(item)),
                    purpose: if draft { Purpose::Draft } else { Purpose::Published },
                    priority: Priority::ALL[usize::from(document) % 3],
                    media_type: String::new(),
                    name: format!("{document}.txt"),
                    source: String::new(),
                    content: Content::Bytes(vec![document; usize::from(document)].into()),
                    trace: None,
                };
                let answer = self.store.accept(new).await;
                if let Ok(accepted) = &answer {
                    self.saw(&accepted.submission);
                }
                self.told(&answer)
            }
            Call::Refuse { item, reason } => {
                let reason = RefuseReason::ALL[reason];
                let (item, name, message) = (self.item(item), "a".to_owned(), "why".to_owned());
                self.told(&self.store.refuse_item(NewRefusal { item, name, reason, message }).await)
            }
            Call::Upload { pieces } => {
                let staging = self.store.begin_upload().await.unwrap();
                for piece in &pieces {
                    self.store.append(staging, vec![*piece].into()).await.unwrap();
                }
                let new = NewSubmission {
                    caller: String::new(),
                    request_id: None,
                    item: None,
                    purpose: Purpose::Published,
                    priority: Priority::Normal,
                    media_type: "text/plain".to_owned(),
                    name: String::new(),
                    source: "here".to_owned(),
                    content: Content::Staged(staging),
                    trace: None,
                };
                let answer = self.store.accept(new).await;
                if let Ok(accepted) = &answer {
                    self.saw(&accepted.submission);
                }
                self.told(&answer)
            }
            Call::Pass { seconds } => {
                self.clock.advance(Duration::from_secs(seconds));
                String::new()
            }
            Call::Claim { limit } => {
                let claimed = self.store.claim_due(limit, lease).await.unwrap();
                self.claims.push(claimed.clone());
                let claimed: Vec<_> = claimed
                    .iter()
                    .map(|row| (row.submission, row.epoch, row.priority, row.attempts))
                    .collect();
                self.told(&claimed)
            }
            Call::Mark { claim } => {
                let claim = self.claims.iter().rev().nth(claim).cloned().unwrap_or_default();
                self.told(&self.store.mark_published(&claim).await)
            }
            Call::Postpone { claim, seconds } => {
                let claim = self.claims.iter().rev().nth(claim).cloned().unwrap_or_default();
                let due = self.clock.now().after(Duration::from_secs(seconds));
                self.told(&self.store.postpone(&claim, due).await)
            }
            Call::Reannounce { limit } => {
                self.told(&self.store.reannounce(Duration::from_secs(15), limit).await)
            }
            Call::Begin { submissions, version } => {
                let ids: Vec<_> = submissions.iter().filter_map(|number| self.submission(*number)).collect();
                let worker = Worker { name: "worker".to_owned(), extractor_version: version };
                let attempts = self.store.begin_attempts(&ids, &worker, lease).await.unwrap();
                let told = self.told(&attempts);
                self.attempts.extend(attempts);
                told
            }
            Call::Renew { attempt } => {
                let leases: Vec<_> = self
                    .attempts
                    .iter()
                    .rev()
                    .nth(attempt)
                    .map(|attempt| attempt.lease)
                    .into_iter()
                    .collect();
                self.told(&self.store.renew(&leases, lease).await)
            }
            Call::Complete { attempt, version, outcome } => {
                let Some(attempt) = self.attempts.iter().rev().nth(attempt) else { return String::new() };
                let completion = Completion {
                    lease: attempt.lease,
                    extractor_version: version,
                    outcome: outcome_of(&outcome, version),
                };
                let answers = self.store.complete(vec![completion]).await.unwrap();
                for answer in answers.iter().flatten() {
                    self.saw(answer);
                }
                self.told(&answers)
            }
            Call::Cancel { submission } => match self.submission(submission) {
                Some(id) => self.told(&self.store.cancel(id).await),
                None => String::new(),
            },
            Call::Replay { limit, interval, dry_run } => {
                let filter = SubmissionFilter::default();
                let interval = Duration::from_secs(interval);
                self.told(&self.store.replay_dead(&Replay { filter, limit, interval, dry_run }).await)
            }
            Call::Sweep { limit } => self.told(&self.store.sweep(limit).await),
        }
    }

    /// Everything that can be seen.
    async fn view(&self) -> Vec<String> {
        let mut seen = vec![self.told(&self.store.backlog().await)];
        for states in [vec![], vec![SubmissionState::Dead, SubmissionState::Done]] {
            let filter = SubmissionFilter { states, ..Default::default() };
            let mut page = PageRequest::first(3);
            loop {
                let got = self.store.submissions(&filter, &page).await.unwrap();
                seen.push(self.told(&got));
                page.cursor = got.next;
                if page.cursor.is_none() {
                    break;
                }
            }
            seen.push(self.told(&self.store.submission_changes(Position(5), &filter, 4).await));
        }
        seen.push(self.told(&self.store.batches(&PageRequest::first(9)).await));
        for batch in self.batches {
            seen.push(self.told(&self.store.batch_progress(batch).await));
            for filter in [ItemFilter::all(), ItemFilter::failed()] {
                let mut page = PageRequest::first(2);
                loop {
                    let got = self.store.batch_items(batch, &filter, &page).await.unwrap();
                    // A place in the list is bound to the name of the batch.
                    seen.push(self.told(&got.items));
                    page.cursor = got.next;
                    if page.cursor.is_none() {
                        break;
                    }
                }
            }
        }
        let ats = [
            ReadAt::default(),
            ReadAt { purpose: Purpose::Draft, as_of: None, published_until: None },
            ReadAt { as_of: Some(Position(12)), ..ReadAt::default() },
            ReadAt { published_until: Date::new(2020, 6, 1).ok(), ..ReadAt::default() },
            ReadAt { published_until: Date::new(2020, 6, 1).ok(), ..ReadAt::default() }.after(Position(12)),
        ];
        for at in ats {
            for order in
                [ReportOrder::Changed, ReportOrder::ChangedLast, ReportOrder::Year, ReportOrder::YearLast]
            {
                let filter = filter("year <= 2020 OR subject : 乙");
                let query = ReportQuery { at, order, filter, ..Default::default() };
                let mut page = PageRequest::first(2);
                loop {
                    let got = self.store.reports(&query, &page).await.unwrap();
                    seen.push(self.told(&got));
                    page.cursor = got.next;
                    if page.cursor.is_none() {
                        break;
                    }
                }
            }
            let key = |field, direction| SortKey { field, direction };
            for sort in [
                vec![
                    key(SortField::Subject, Direction::Descending),
                    key(SortField::Year, Direction::Ascending),
                ],
                vec![
                    key(SortField::Published, Direction::Ascending),
                    key(SortField::Revision, Direction::Descending),
                ],
            ] {
                let query = ReportQuery { at, sort, ..Default::default() };
                let mut page = PageRequest::first(2);
                loop {
                    let got = self.store.reports(&query, &page).await.unwrap();
                    seen.push(self.told(&got));
                    page.cursor = got.next;
                    if page.cursor.is_none() {
                        break;
                    }
                }
            }
            let query = FindingQuery { at, ..Default::default() };
            seen.push(self.told(&self.store.findings(&query, &PageRequest::first(7)).await));
            let key =
                ReportKey { subject: "甲县".to_owned(), scope: Some(ScopeKind::WholeArea), year: 2019 };
            seen.push(self.told(&self.store.resolve(&key, at).await));
            seen.push(self.told(&self.store.reports_by_id(&self.reports, at).await));
        }
        for id in &self.reports {
            seen.push(self.told(&self.store.revisions(*id, ReadAt::default()).await));
            seen.push(self.told(&self.store.report_revision(*id, 2, Purpose::Published).await));
        }
        seen.push(self.told(&self.store.position_at(self.clock.now()).await));
        seen
    }
}

/// A filter of reports, as callers write it.
fn filter(text: &str) -> Option<Filter<ReportField>> {
    gongkai_filter::parse(text, &report_schema(), Limits::STANDARD).unwrap()
}

fn outcome_of(end: &End, version: u32) -> AttemptOutcome {
    let failure =
        || NewFailure { class: "STORE".to_owned(), message: String::new(), receipt: Receipt::default() };
    match end {
        End::Reports(reports) => {
            let report = |&(subject, year, count): &(usize, u16, i64)| {
                let mut report = sample::report(SUBJECTS[subject], year, count);
                // Some are dated later than others, and some not at all.
                report.dates.stated =
                    u8::try_from(count % 5).ok().and_then(|month| Date::new(2020, 3 * month, 1).ok());
                report.extractor_version = version;
                report
            };
            sample::reports(&reports.iter().map(report).collect::<Vec<_>>())
        }
        End::Known => AttemptOutcome::Known,
        End::Rejected => {
            AttemptOutcome::Rejected { reason: RejectReason::NotAReport, message: "none".to_owned() }
        }
        End::Retry(seconds) => {
            AttemptOutcome::Retry { failure: failure(), delay: Duration::from_secs(*seconds) }
        }
        End::Dead => AttemptOutcome::Dead(failure()),
    }
}

/// `store` is an empty one that lives by `engine_clock`.
async fn compare(calls: &[Call], store: Arc<dyn Store>, engine_clock: Arc<ManualClock>) {
    let twin_clock = clock();
    let mut twin = World::new(Arc::new(MemoryStore::new(twin_clock.clone(), LIMITS)), twin_clock).await;
    let mut engine = World::new(store, engine_clock).await;
    for (count, call) in calls.iter().enumerate() {
        assert_eq!(engine.call(call).await, twin.call(call).await, "answer to call {count}, {call:?}");
        if count % 8 == 7 || count + 1 == calls.len() {
            let (seen, expected) = (engine.view().await, twin.view().await);
            for (seen, expected) in seen.iter().zip(&expected) {
                assert_eq!(seen, expected, "seen after call {count}");
            }
            assert_eq!(seen.len(), expected.len());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_calls_has_the_same_answers_from_sqlite(calls in vec(call(), 1..60)) {
        runtime().block_on(async {
            let (folder, clock) = (tempfile::TempDir::new().unwrap(), clock());
            let engine = SqliteEngine::open(sqlite(&folder, &clock)).await.unwrap();
            compare(&calls, engine.store(), clock).await;
        });
    }
}

#[test]
fn any_sequence_of_calls_has_the_same_answers_from_postgres() {
    let runtime = runtime();
    let database = runtime.block_on(Database::new());
    let config = ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(calls in vec(call(), 1..60))| {
        runtime.block_on(async {
            let clock = clock();
            let store = open_postgres(database.emptied(&clock).await).await.unwrap();
            compare(&calls, store.clone(), clock).await;
            store.close().await;
        });
    });
}
