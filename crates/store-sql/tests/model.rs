//! Any sequence of publications, readings and corrections, with pages and followers in between, goes as a simple model says:
//! the feed has every change once and in order, revisions are as they were made, and the pages of a list are of one state.

#![allow(clippy::unwrap_used, reason = "a test")]

mod engines;

use engines::{Database, clock, runtime, sqlite};
use gongkai_filter::Limits;
use gongkai_model::{
    Derivation, EndCause, FigureName, Opinion, Period, Portion, Purpose, ReportId, Review, ReviewId, Said,
    State, Value,
};
use gongkai_store::contract::{LIMITS, sample};
use gongkai_store::memory::MemoryStore;
use gongkai_store::{
    AttemptOutcome, Cause, ChangePlace, Completion, Content, Correction, Cursor, FindingQuery, NewRevision,
    NewSubmission, PageRequest, Position, ReadAt, ReportOrder, ReportQuery, ReviewChange, Store, Worker,
    last_review, report_schema,
};
use gongkai_store_sql::{SqliteEngine, open_postgres};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

const SUBJECTS: [&str; 3] = ["甲县", "乙县", "丙县"];
const KEY: &str = "requests.received.total";
/// Findings of a sample that do not hold.
const FINDINGS: usize = 3;
const DRAINED: u32 = 1000;

/// A document: what it is about, what stands in it, and whether each extractor reads it otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Document {
    key: Key,
    count: i64,
    is_murky: bool,
    rendition: u8,
}

impl Document {
    /// What this version of the extractor reads.
    fn reading(self, version: u32) -> i64 {
        self.count + if self.is_murky { 10 * i64::from(version) } else { 0 }
    }
}

/// Which report: its subject and year, and whether it is a draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    subject: usize,
    year: u16,
    is_draft: bool,
}

impl Key {
    fn purpose(self) -> Purpose {
        if self.is_draft { Purpose::Draft } else { Purpose::Published }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum List {
    Reports(ReportOrder),
    ReportsOf2020,
    Findings,
}

#[derive(Clone, Debug)]
enum Step {
    /// A document arrives and is read, by an earlier version of the extractor where `is_late`.
    Publish {
        document: Document,
        is_late: bool,
    },
    /// A document that arrived before does so again.
    Again {
        document: usize,
        is_late: bool,
    },
    /// From now on a later version of the extractor reads.
    Upgrade,
    Amend {
        report: usize,
        says: i64,
    },
    Withdraw {
        report: usize,
    },
    /// A list is begun, of which the pages are asked for later.
    Open {
        list: List,
        size: u32,
    },
    /// The next page of a list that has one.
    Turn {
        list: usize,
        size: u32,
    },
    /// A follower asks for what comes next.
    Follow {
        follower: usize,
        limit: u32,
    },
    /// A follower has forgotten the last so many changes, and goes on from the position before.
    Forget {
        follower: usize,
        changes: usize,
    },
}

fn key() -> impl Strategy<Value = Key> {
    (0..SUBJECTS.len(), 2019_u16..2022, proptest::bool::weighted(0.1))
        .prop_map(|(subject, year, is_draft)| Key { subject, year, is_draft })
}

fn list() -> impl Strategy<Value = List> {
    prop_oneof![
        Just(List::Reports(ReportOrder::Changed)),
        Just(List::Reports(ReportOrder::ChangedLast)),
        Just(List::Reports(ReportOrder::Year)),
        Just(List::Reports(ReportOrder::YearLast)),
        Just(List::ReportsOf2020),
        Just(List::Findings),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let document = (key(), 0_i64..3, any::<bool>(), 0_u8..2)
        .prop_map(|(key, count, is_murky, rendition)| Document { key, count, is_murky, rendition });
    let is_late = || proptest::bool::weighted(0.15);
    prop_oneof![
        8 => (document, is_late()).prop_map(|(document, is_late)| Step::Publish { document, is_late }),
        4 => (0_usize..20, is_late()).prop_map(|(document, is_late)| Step::Again { document, is_late }),
        1 => Just(Step::Upgrade),
        3 => (0_usize..9, 5_i64..8).prop_map(|(report, says)| Step::Amend { report, says }),
        2 => (0_usize..9).prop_map(|report| Step::Withdraw { report }),
        3 => (list(), 1_u32..4).prop_map(|(list, size)| Step::Open { list, size }),
        6 => (0_usize..8, 1_u32..4).prop_map(|(list, size)| Step::Turn { list, size }),
        4 => (0_usize..3, 1_u32..5).prop_map(|(follower, limit)| Step::Follow { follower, limit }),
        1 => (0_usize..3, 0_usize..6).prop_map(|(follower, changes)| Step::Forget { follower, changes }),
    ]
}

// ---- The model ----

/// What the model knows of one report.
#[derive(Default)]
struct Report {
    /// Its revisions: why each is there, and what it counts.
    revisions: Vec<(Cause, i64)>,
    /// Which revision each document says by each version that read it.
    readings: BTreeMap<(Document, u32), u32>,
    /// The document that arrived last.
    newest: Option<Document>,
    /// A revision that was put right, and the revision that says so.
    overlay: Option<(u32, u32)>,
    current: Option<u32>,
    /// When the current revision became so, as the number of the change.
    since: usize,
}

impl Report {
    fn revise(&mut self, cause: Cause, count: i64) -> u32 {
        self.revisions.push((cause, count));
        self.revisions.len() as u32
    }

    /// What the latest version reads in the document that arrived last.
    fn best(&self) -> Option<u32> {
        let newest = self.newest?;
        let readings = self.readings.range((newest, 0)..=(newest, u32::MAX));
        readings.last().map(|(_, revision)| *revision)
    }

    fn read(&mut self, document: Document, version: u32) {
        self.newest = Some(document);
        if self.readings.contains_key(&(document, version)) {
            return;
        }
        let count = document.reading(version);
        let same = self.revisions.iter().position(|it| it.1 == count && it.0 != Cause::Amended);
        let revision = match same {
            Some(index) => index as u32 + 1,
            None if self.revisions.is_empty() => self.revise(Cause::Received, count),
            None if self.readings.keys().any(|(read, _)| *read == document) => {
                self.revise(Cause::Reparsed, count)
            }
            None => self.revise(Cause::Republished, count),
        };
        self.readings.insert((document, version), revision);
    }
}

/// A change that the feed has to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Change {
    key: Key,
    previous: Option<u32>,
    revision: u32,
    cause: Cause,
    count: i64,
}

#[derive(Default)]
struct Model {
    reports: BTreeMap<Key, Report>,
    changes: Vec<Change>,
    /// How many changes there were, those of drafts included.
    changes_of_all: usize,
}

impl Model {
    /// Changes a report, and notes what becomes current by it.
    fn change(&mut self, key: Key, change: impl FnOnce(&mut Report)) {
        let report = self.reports.entry(key).or_default();
        change(report);
        let best = report.best().unwrap();
        let current = report.overlay.filter(|(base, _)| *base == best).map_or(best, |(_, shown)| shown);
        if report.current != Some(current) {
            self.changes_of_all += 1;
            report.since = self.changes_of_all;
            let previous = report.current.replace(current);
            let (cause, count) = report.revisions[current as usize - 1];
            if !key.is_draft {
                self.changes.push(Change { key, previous, revision: current, cause, count });
            }
        }
    }

    /// What a list of published reports has to show, as the reports are now.
    fn listed(&self, list: List, id_of: impl Fn(Key) -> ReportId) -> Vec<(ReportId, u32)> {
        let mut rows: Vec<_> = self
            .reports
            .iter()
            .filter(|(key, _)| !key.is_draft)
            .map(|(key, report)| (*key, id_of(*key), report.current.unwrap(), report.since))
            .collect();
        match list {
            List::Reports(ReportOrder::Changed) | List::ReportsOf2020 => rows.sort_by_key(|it| it.3),
            List::Reports(ReportOrder::ChangedLast) => rows.sort_by_key(|it| std::cmp::Reverse(it.3)),
            List::Reports(ReportOrder::Year) => rows.sort_by_key(|it| (it.0.year, it.1)),
            List::Reports(ReportOrder::YearLast) => {
                rows.sort_by_key(|it| (std::cmp::Reverse(it.0.year), it.1));
            }
            List::Findings => rows.sort_by_key(|it| it.1),
        }
        rows.retain(|(key, ..)| list != List::ReportsOf2020 || key.year == 2020);
        let times = if list == List::Findings { FINDINGS } else { 1 };
        rows.into_iter().flat_map(|(_, id, revision, _)| vec![(id, revision); times]).collect()
    }
}

// ---- The store beside it ----

/// A list of which pages are asked for while other things happen.
struct Reader {
    list: List,
    /// What has to come, in its order.
    expected: Vec<(ReportId, u32)>,
    seen: usize,
    cursor: Option<Cursor>,
    is_done: bool,
}

/// Somebody who follows the feed, and how many changes they have heard.
#[derive(Clone, Copy, Default)]
struct Follower {
    heard: usize,
    place: ChangePlace,
}

struct World {
    store: Arc<dyn Store>,
    model: Model,
    version: u32,
    documents: Vec<Document>,
    ids: BTreeMap<Key, ReportId>,
    readers: Vec<Reader>,
    followers: [Follower; 3],
    /// The position of each change, as far as anybody has heard of it.
    positions: Vec<Position>,
}

impl World {
    fn new(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            model: Model::default(),
            version: 1,
            documents: Vec::new(),
            ids: BTreeMap::new(),
            readers: Vec::new(),
            followers: [Follower::default(); 3],
            positions: Vec::new(),
        }
    }

    async fn step(&mut self, step: &Step) {
        match step.clone() {
            Step::Publish { document, is_late } => self.publish(document, is_late).await,
            Step::Again { document, is_late } => {
                if let Some(document) = self.documents.get(document) {
                    self.publish(*document, is_late).await;
                }
            }
            Step::Upgrade => self.version += 1,
            Step::Amend { report, says } => self.review(report, Some(says)).await,
            Step::Withdraw { report } => self.review(report, None).await,
            Step::Open { list, size } => {
                let expected = self.model.listed(list, |key| self.ids[&key]);
                let reader = Reader { list, expected, seen: 0, cursor: None, is_done: false };
                self.readers.push(reader);
                self.turn(self.readers.len() - 1, size).await;
            }
            Step::Turn { list, size } => {
                let open: Vec<_> = (0..self.readers.len()).filter(|it| !self.readers[*it].is_done).collect();
                if let Some(reader) = open.get(list) {
                    self.turn(*reader, size).await;
                }
            }
            Step::Follow { follower, limit } => {
                self.follow(follower, limit).await;
            }
            Step::Forget { follower, changes } => {
                let heard = self.followers[follower].heard.saturating_sub(changes);
                let position = heard.checked_sub(1).map_or(Position(0), |last| self.positions[last]);
                self.followers[follower] = Follower { heard, place: ChangePlace { position, report: None } };
            }
        }
    }

    async fn publish(&mut self, document: Document, is_late: bool) {
        let version = (self.version - u32::from(is_late)).max(1);
        let key = document.key;
        let new = NewSubmission {
            caller: "caller".to_owned(),
            request_id: None,
            item: None,
            purpose: key.purpose(),
            priority: Default::default(),
            media_type: String::new(),
            name: String::new(),
            source: String::new(),
            content: Content::Bytes(format!("{document:?}").into()),
            trace: None,
        };
        let id = self.store.accept(new).await.unwrap().submission.id;
        let worker = Worker { name: "worker".to_owned(), extractor_version: version };
        let attempts = self.store.begin_attempts(&[id], &worker, Duration::from_secs(60)).await.unwrap();
        let was_read = self
            .model
            .reports
            .get(&key)
            .is_some_and(|report| report.readings.contains_key(&(document, version)));
        assert_eq!(attempts[0].known, was_read);
        let mut report = sample::report(SUBJECTS[key.subject], key.year, document.reading(version));
        report.extractor_version = version;
        let outcome = if was_read { AttemptOutcome::Known } else { sample::reports(&[report]) };
        let completion = Completion { lease: attempts[0].lease, extractor_version: version, outcome };
        let done = self.store.complete(vec![completion]).await.unwrap().remove(0).unwrap();
        self.model.change(key, |report| report.read(document, version));
        let of_report = &self.model.reports[&key];
        assert_eq!(done.reports[0].revision, of_report.readings[&(document, version)]);
        assert_eq!(*self.ids.entry(key).or_insert(done.reports[0].report), done.reports[0].report);
        self.documents.push(document);
    }

    /// A reviewer puts a count right, or takes back what was put right.
    async fn review(&mut self, report: usize, says: Option<i64>) {
        let Some((key, report)) = self.model.reports.iter().nth(report) else { return };
        let (key, id, purpose) = (*key, self.ids[key], key.purpose());
        let (current, best) = (report.current.unwrap(), report.best().unwrap());
        let standing = self.store.reviews(id, purpose).await.unwrap();
        let said =
            |count| Said { state: State::Number, value: Some(Value::Count(count)), wording: String::new() };
        let beneath = report.revisions[best as usize - 1].1;
        let mut change = ReviewChange {
            report: id,
            purpose,
            expected: current,
            seen: last_review(&standing),
            added: Vec::new(),
            ended: standing.iter().map(|review| (review.said.id, EndCause::Withdrawn)).collect(),
            base: None,
            correction: Correction::None,
            request: None,
        };
        if let Some(says) = says {
            let figure = FigureName::new(KEY, Period::ThisYear, Portion::All);
            let opinion = Opinion::Amendment { figure, beneath: said(beneath), says: said(says) };
            let (author, note) = ("甲".to_owned(), "原件".to_owned());
            change.added.push(Review { id: ReviewId::generate(), author, note, opinion });
            change.base = Some(best);
            let mut record = sample::report(SUBJECTS[key.subject], key.year, says);
            record.figures[0].derivation = Derivation::Amended;
            change.correction = Correction::New(Box::new(NewRevision::pack(&record).unwrap()));
        }
        let reviewed = self.store.review(change).await.unwrap();
        self.model.change(key, |report| {
            report.overlay = says.map(|says| (best, report.revise(Cause::Amended, says)));
        });
        assert_eq!(Some(reviewed.revision), self.model.reports[&key].current);
    }

    /// Asks for the next page of a list, and holds it against what the list was when it was begun.
    async fn turn(&mut self, reader: usize, size: u32) {
        let reader = &mut self.readers[reader];
        let page = PageRequest { size, cursor: reader.cursor.take() };
        let (got, next): (Vec<_>, _) = match reader.list {
            List::Findings => {
                let got = self.store.findings(&FindingQuery::default(), &page).await.unwrap();
                let row = |row: &gongkai_store::StoredFinding| (row.revision.report, row.revision.revision);
                (got.items.iter().map(row).collect(), got.next)
            }
            List::Reports(_) | List::ReportsOf2020 => {
                let mut query = ReportQuery::default();
                match reader.list {
                    List::Reports(order) => query.order = order,
                    _ => {
                        query.filter =
                            gongkai_filter::parse("year = 2020", &report_schema(), Limits::STANDARD).unwrap();
                    }
                }
                let got = self.store.reports(&query, &page).await.unwrap();
                (got.items.iter().map(|it| (it.info.report, it.info.revision)).collect(), got.next)
            }
        };
        let end = (reader.seen + size as usize).min(reader.expected.len());
        assert_eq!(got, reader.expected[reader.seen..end], "{:?} from {}", reader.list, reader.seen);
        assert_eq!(next.is_none(), end == reader.expected.len(), "{:?} at {end}", reader.list);
        reader.seen = end;
        reader.is_done = next.is_none();
        reader.cursor = next;
    }

    /// Tells a follower what comes next, and how much that was.
    async fn follow(&mut self, follower: usize, limit: u32) -> usize {
        let Follower { heard, mut place } = self.followers[follower];
        let until = self.store.wait_for_change(Position(0), Duration::ZERO).await.unwrap();
        let told = self.store.report_changes(Purpose::Published, place, until, limit).await.unwrap();
        let end = (heard + limit as usize).min(self.model.changes.len());
        let expected = &self.model.changes[heard..end];
        assert_eq!(told.len(), expected.len(), "told after {place:?}: {told:?}");
        for (number, (told, expected)) in told.iter().zip(expected).enumerate() {
            let info = &told.current.info;
            assert_eq!(info.report, self.ids[&expected.key]);
            assert_eq!(
                (told.previous, info.revision, info.cause),
                (expected.previous, expected.revision, expected.cause)
            );
            assert!(place.position < told.position, "{told:?} after {place:?}");
            match self.positions.get(heard + number) {
                Some(position) => assert_eq!(*position, told.position, "told twice, of different times"),
                None => self.positions.push(told.position),
            }
            place = told.place();
        }
        self.followers[follower] = Follower { heard: end, place };
        told.len()
    }

    /// Ends what was begun, and looks at every state that there was.
    async fn end(&mut self) {
        for reader in 0..self.readers.len() {
            while !self.readers[reader].is_done {
                self.turn(reader, 2).await;
            }
        }
        for follower in 0..self.followers.len() {
            while self.follow(follower, DRAINED).await != 0 {}
        }
        for (change, position) in self.model.changes.iter().zip(&self.positions) {
            let at = ReadAt { as_of: Some(*position), ..ReadAt::default() };
            let stored = self.store.report(self.ids[&change.key], at).await.unwrap();
            assert_eq!((stored.info.revision, stored.info.cause), (change.revision, change.cause));
            assert_eq!(stored.report.figures[0].value, Some(Value::Count(change.count)));
        }
        for (key, report) in &self.model.reports {
            let (id, purpose) = (self.ids[key], key.purpose());
            let kept = self.store.revisions(id, ReadAt { purpose, ..ReadAt::default() }).await.unwrap();
            let causes: Vec<_> = kept.iter().map(|info| (info.revision, info.cause)).collect();
            let expected: Vec<_> =
                report.revisions.iter().zip(1_u32..).map(|((cause, _), number)| (number, *cause)).collect();
            assert_eq!(causes, expected);
            for ((_, count), number) in report.revisions.iter().zip(1_u32..) {
                let stored = self.store.report_revision(id, number, purpose).await.unwrap();
                assert_eq!(stored.report.figures[0].value, Some(Value::Count(*count)));
            }
        }
    }
}

async fn goes_as_the_model_says(steps: &[Step], store: Arc<dyn Store>) {
    let mut world = World::new(store);
    for step in steps {
        world.step(step).await;
    }
    world.end().await;
}

/// So many cases; GONGKAI_MODEL_CASES asks for more.
fn config(cases: u32) -> ProptestConfig {
    let cases = std::env::var("GONGKAI_MODEL_CASES").map_or(cases, |cases| cases.parse().unwrap());
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

#[test]
fn feed_revisions_and_pages_go_as_the_model_says_in_memory() {
    proptest!(config(64), |(steps in vec(step(), 1..120))| {
        runtime().block_on(goes_as_the_model_says(&steps, Arc::new(MemoryStore::new(clock(), LIMITS))));
    });
}

#[test]
fn feed_revisions_and_pages_go_as_the_model_says_in_sqlite() {
    proptest!(config(24), |(steps in vec(step(), 1..120))| {
        runtime().block_on(async {
            let (folder, clock) = (tempfile::TempDir::new().unwrap(), clock());
            let engine = SqliteEngine::open(sqlite(&folder, &clock)).await.unwrap();
            goes_as_the_model_says(&steps, engine.store()).await;
            engine.close().await;
        });
    });
}

#[test]
fn feed_revisions_and_pages_go_as_the_model_says_in_postgres() {
    let runtime = runtime();
    let database = runtime.block_on(Database::new());
    proptest!(config(8), |(steps in vec(step(), 1..120))| {
        runtime.block_on(async {
            let store = open_postgres(database.emptied(&clock()).await).await.unwrap();
            goes_as_the_model_says(&steps, store.clone()).await;
            store.close().await;
        });
    });
}
