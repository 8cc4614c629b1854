//! Any search finds in each engine what a plain look at every text finds, in the same order, however its pages are cut.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

mod engines;

use engines::{Database, clock, sqlite};
use gongkai_filter::Filter;
use gongkai_model::{Quoted, Report, ReportId};
use gongkai_search::{Limits, Query, fold};
use gongkai_store::contract::sample;
use gongkai_store::{
    Completion, Content, INDEX_MAX, ManualClock, NewSubmission, PageRequest, ReadAt, ReportField,
    ReportOrder, ReportQuery, SearchQuery, Store, Worker, report_schema,
};
use gongkai_store_sql::{SqliteEngine, open_postgres};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::time::Duration;

const REPORTS: usize = 150;
const SEARCHES: usize = 400;

/// What texts are made of: few characters, so that they often meet, and what might be taken for something else by a database.
const PIECES: [&str; 14] = ["公", "开", "開", "征", "地", " ", "\n", "。", "，", "a", "Ａ", "\0", "'", "AND"];
const FILTERS: [&str; 7] = [
    "",
    "",
    "year = 2019",
    "year >= 2020",
    "region.within(\"530900\")",
    "region.within(\"530000\") year < 2021",
    "year = 2020 OR subject:乙",
];

fn words(min: usize, max: usize) -> impl Strategy<Value = String> {
    vec(select(&PIECES[..]), min..max).prop_map(|pieces| pieces.concat())
}

fn reports() -> impl Strategy<Value = Vec<Report>> {
    let code = select(&["", "530000", "530902", "530921", "110105"][..]);
    let texts = (words(1, 6), vec((words(1, 4), words(1, 40)), 0..3), vec(words(1, 8), 0..2));
    let report = (texts, proptest::option::of(2018_u16..2022), code, 0_usize..3).prop_map(
        |((title, sections, problems), year, code, name)| {
            let mut report = sample::report(["甲县", "乙县", "丙县"][name], 2020, 1);
            report.title.text = title;
            let template = report.sections[0].clone();
            report.sections = sections
                .into_iter()
                .map(|(title, text)| gongkai_model::Section { title, text, ..template.clone() })
                .collect();
            report.problems = problems.into_iter().map(|text| Quoted { text, span: None }).collect();
            report.year = year;
            report.region.code = code.to_owned();
            report
        },
    );
    vec(report, REPORTS)
}

/// A query as it was meant.
#[derive(Clone, Debug)]
enum Meant {
    Term(String),
    All(Vec<Meant>),
    Any(Vec<Meant>),
    Not(Box<Meant>),
}

impl Meant {
    fn written(&self) -> String {
        let list = |nodes: &[Self], join: &str| {
            let parts: Vec<_> = nodes.iter().map(Self::written).collect();
            format!("({})", parts.join(join))
        };
        match self {
            Self::Term(words) => format!("\"{words}\""),
            Self::All(nodes) => list(nodes, " "),
            Self::Any(nodes) => list(nodes, " OR "),
            Self::Not(node) => format!("-{}", node.written()),
        }
    }

    /// Looks at every text.
    fn is_true_of(&self, report: &Report) -> bool {
        match self {
            Self::Term(words) => {
                let quoted = [&report.title, &report.preamble].into_iter().chain(&report.problems);
                let texts = quoted.map(|quoted| &quoted.text);
                let sections = report.sections.iter().flat_map(|section| [&section.title, &section.text]);
                texts.chain(sections).any(|text| fold(text).contains(&fold(words)))
            }
            Self::All(nodes) => nodes.iter().all(|node| node.is_true_of(report)),
            Self::Any(nodes) => nodes.iter().any(|node| node.is_true_of(report)),
            Self::Not(node) => !node.is_true_of(report),
        }
    }
}

fn meant() -> impl Strategy<Value = Meant> {
    let term = words(2, 5)
        .prop_filter("something is there", |words| fold(words).chars().any(char::is_alphanumeric))
        .prop_map(Meant::Term);
    term.prop_recursive(3, 10, 3, |inner| {
        prop_oneof![
            3 => vec(inner.clone(), 2..4).prop_map(Meant::All),
            2 => vec(inner.clone(), 2..4).prop_map(Meant::Any),
            1 => inner.prop_map(|inner| Meant::Not(Box::new(inner))),
        ]
    })
}

/// Stores reports, some of them as later readings of the document before; indexes some now and then.
async fn fill(store: &dyn Store, clock: &ManualClock, reports: &[Report]) {
    for (number, report) in reports.iter().enumerate() {
        let (document, version) = if number % 5 == 4 { (number - 1, 2) } else { (number, 1) };
        let worker = Worker { name: "test".to_owned(), extractor_version: version };
        let new = NewSubmission {
            caller: "test".to_owned(),
            request_id: None,
            item: None,
            purpose: Default::default(),
            priority: Default::default(),
            media_type: String::new(),
            name: String::new(),
            source: String::new(),
            content: Content::Bytes(format!("document {document}").into()),
            trace: None,
        };
        let id = store.accept(new).await.unwrap().submission.id;
        let lease = store.begin_attempts(&[id], &worker, Duration::from_secs(60)).await.unwrap()[0].lease;
        let report = Report { extractor_version: version, ..report.clone() };
        let outcome = sample::reports(&[report]);
        store.complete(vec![Completion { lease, extractor_version: version, outcome }]).await.unwrap();
        clock.advance(Duration::from_secs(1));
        if number % 7 == 0 {
            store.index(3).await.unwrap();
        }
    }
    while store.index(INDEX_MAX).await.unwrap().changes != 0 {}
}

async fn found(store: &dyn Store, query: &SearchQuery, size: u32) -> Vec<ReportId> {
    let (mut page, mut found) = (PageRequest::first(size), Vec::new());
    loop {
        let next = store.search(query, &page).await.unwrap();
        found.extend(next.items.iter().map(|hit| hit.report.info.report));
        match next.next {
            Some(cursor) => page.cursor = Some(cursor),
            None => return found,
        }
    }
}

/// Whether many searches find what a look at every report finds. Which ones is always the same.
async fn finds_what_is_there(store: &dyn Store, clock: &ManualClock) {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[8; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    fill(store, clock, &reports().new_tree(&mut runner).unwrap().current()).await;
    let orders = [ReportOrder::Changed, ReportOrder::ChangedLast, ReportOrder::Year, ReportOrder::YearLast];
    let (mut some, mut kept) = (0, 0);
    let mut records: HashMap<ReportId, Report> = HashMap::new();
    for number in 0..SEARCHES {
        let meant = meant().new_tree(&mut runner).unwrap().current();
        let text = meant.written();
        // Some have nothing that could be looked up.
        let Ok(query) = Query::parse(&text, Limits::STANDARD) else { continue };
        let filter = FILTERS[number % FILTERS.len()];
        let parsed = gongkai_filter::parse(filter, &report_schema(), gongkai_filter::Limits::STANDARD);
        let filter: Option<Filter<ReportField>> = parsed.unwrap();
        let order = orders[number % orders.len()];
        // Nothing that is listed changes any more, so the order of changes is that of numbers, within a year, too.
        let in_order = match order {
            ReportOrder::Changed | ReportOrder::Year => ReportOrder::Changed,
            ReportOrder::ChangedLast | ReportOrder::YearLast => ReportOrder::ChangedLast,
        };
        let all = ReportQuery { filter: filter.clone(), order: in_order, ..Default::default() };
        let mut listed = store.reports(&all, &PageRequest::first(1000)).await.unwrap().items;
        match order {
            ReportOrder::Year => listed.sort_by_key(|it| it.keys.year),
            ReportOrder::YearLast => listed.sort_by_key(|it| std::cmp::Reverse(it.keys.year)),
            ReportOrder::Changed | ReportOrder::ChangedLast => {}
        }
        let mut expected = Vec::new();
        for summary in &listed {
            let id = summary.info.report;
            let record = match records.entry(id) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(vacant) => {
                    vacant.insert(store.report(id, ReadAt::default()).await.unwrap().report)
                }
            };
            if meant.is_true_of(record) {
                expected.push(id);
            }
        }
        kept += 1;
        some += usize::from(!expected.is_empty() && expected.len() < listed.len());
        let query = SearchQuery { at: ReadAt::default(), query, filter, order, passages_max: 1 };
        let size = [1000, 7, 1, 20][number / 3 % 4];
        assert_eq!(found(store, &query, size).await, expected, "{text} {:?}", query.filter);
    }
    // Searches that find all or nothing would prove little.
    assert!(SEARCHES / 3 < kept && kept / 3 < some, "{kept} are kept, {some} find some");
}

#[tokio::test]
async fn a_search_finds_in_sqlite_what_every_text_says() {
    let (clock, folder) = (clock(), tempfile::tempdir().unwrap());
    let engine = SqliteEngine::open(sqlite(&folder, &clock)).await.unwrap();
    finds_what_is_there(&*engine.store(), &clock).await;
    engine.close().await;
}

#[tokio::test]
async fn a_search_finds_in_postgresql_what_every_text_says() {
    let (clock, database) = (clock(), Database::new().await);
    let store = open_postgres(database.emptied(&clock).await).await.unwrap();
    finds_what_is_there(&*store, &clock).await;
    store.close().await;
}
