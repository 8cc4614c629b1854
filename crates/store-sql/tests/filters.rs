//! Any filter lists the same reports in each engine as it admits one by one in memory.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

mod engines;

use engines::{Database, clock, sqlite};
use gongkai_filter::{Comparison, Filter, Instant, Operand, Target, parse};
use gongkai_model::{Date, FormId, Outcome, Report, ScopeKind, Severity};
use gongkai_store::contract::sample;
use gongkai_store::{
    Completion, Content, FORM_NAMES, ManualClock, NewSubmission, PageRequest, ReportField, ReportOrder,
    ReportQuery, ReportSummary, SCOPE_NAMES, Store, Worker, report_schema,
};
use gongkai_store_sql::{SqliteEngine, open_postgres};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::time::Duration;

const REPORTS: usize = 80;
const FILTERS: usize = 1500;
const BEGINNING: i64 = 1_600_000_000_000_000;

/// Texts with what might be taken for something else by a database.
const TEXTS: [&str; 10] = ["", "甲县", "乙县", "甲", "a%_b", "A%_B", "it's \"it\"", "0", "\0 1", "\\ $1 ?"];
const CODES: [&str; 8] = ["", "530000", "530900", "530902", "539900", "540000", "110105", "990000"];

fn text() -> impl Strategy<Value = String> {
    select(&TEXTS[..]).prop_map(str::to_owned)
}

fn reports() -> impl Strategy<Value = Vec<Report>> {
    let names = (text(), text(), text(), text(), select(&CODES[..]));
    let rest = (
        proptest::option::of(2018_u16..2023),
        0_usize..4,
        0_usize..4,
        proptest::option::of(1_u8..13),
        0_usize..4,
    );
    let report = (names, rest).prop_map(
        |((region, issuer, subject, title, code), (year, form, scope, month, failing))| {
            let mut report = sample::report("甲县", 2020, 1);
            (report.region.name, report.region.code) = (region, code.to_owned());
            (report.issuer.name, report.subject.name, report.title.text) = (issuer, subject, title);
            report.year = year;
            report.form = [FormId::None, FormId::Form2014, FormId::Form2019, FormId::Form2021][form];
            report.scope.kind =
                [ScopeKind::Organ, ScopeKind::OwnLevel, ScopeKind::WholeArea, ScopeKind::Unknown][scope];
            report.dates.stated = month.map(|month| Date::new(2021, month, 1).unwrap());
            report.findings = (0..failing)
                .map(|_| sample::finding("requests.balance", "total", Outcome::Fails, Severity::Error))
                .collect();
            report
        },
    );
    vec(report, REPORTS)
}

fn leaf() -> impl Strategy<Value = Filter<ReportField>> {
    use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual};
    let target = |field| Target { field, key: None };
    let texts = select(
        &[
            ReportField::Region,
            ReportField::RegionName,
            ReportField::RegionCode,
            ReportField::Issuer,
            ReportField::Subject,
            ReportField::Title,
        ][..],
    );
    let is_there = |text: &String| !text.is_empty();
    let any = prop_oneof![
        texts.clone(),
        select(&[ReportField::Year, ReportField::Published, ReportField::Form][..])
    ];
    let by = select(&[Equal, Less, LessOrEqual, Greater, GreaterOrEqual][..]);
    let counts =
        select(&[ReportField::Revision, ReportField::FindingsFailing, ReportField::FiguresUndetermined][..]);
    prop_oneof![
        4 => (texts.clone(), prop_oneof![text(), select(&CODES[..]).prop_map(str::to_owned)])
            .prop_map(move |(field, text)| Filter::Compare(target(field), Equal, Operand::Text(text))),
        3 => (texts, prop_oneof![text(), select(&["%", "_", "5309", "县", "'", "\0", "a"][..]).prop_map(str::to_owned)]
            .prop_filter("a part is not empty", is_there))
            .prop_map(move |(field, text)| Filter::Contains(target(field), text)),
        2 => any.prop_map(move |field| Filter::Present(target(field))),
        3 => (by.clone(), 2018_i64..2023)
            .prop_map(move |(by, year)| Filter::Compare(target(ReportField::Year), by, Operand::Integer(year))),
        1 => select(FORM_NAMES).prop_map(move |name| Filter::Compare(target(ReportField::Form), Equal, Operand::Name(name))),
        1 => select(SCOPE_NAMES).prop_map(move |name| Filter::Compare(target(ReportField::Scope), Equal, Operand::Name(name))),
        1 => (by.clone(), 1_u8..13).prop_map(move |(by, month)| {
            let day = Operand::Date(Date::new(2021, month, 1).unwrap());
            Filter::Compare(target(ReportField::Published), by, day)
        }),
        1 => (by.clone(), 0_i64..80).prop_map(move |(by, second)| {
            let time = Operand::Time(Instant::from_micros(BEGINNING + second * 1_000_000));
            Filter::Compare(target(ReportField::RecordedAt), by, time)
        }),
        1 => (counts, by, 0_i64..4)
            .prop_map(move |(field, by, number)| Filter::Compare(target(field), by, Operand::Integer(number))),
        2 => select(&["530000", "530900", "530902", "990000", "539900", "000000"][..])
            .prop_map(|code| Filter::Holds(ReportField::RegionWithin, vec![Operand::Text(code.to_owned())])),
        1 => text().prop_filter("it has words", is_there).prop_map(Filter::Says),
    ]
}

fn filters() -> impl Strategy<Value = Filter<ReportField>> {
    leaf().prop_recursive(4, 16, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 2..4).prop_map(Filter::All),
            vec(inner.clone(), 2..4).prop_map(Filter::Any),
            inner.prop_map(|inner| Filter::Not(Box::new(inner))),
        ]
    })
}

async fn fill(store: &dyn Store, clock: &ManualClock, reports: &[Report]) {
    let worker = Worker { name: "test".to_owned(), extractor_version: 1 };
    for (number, report) in reports.iter().enumerate() {
        let new = NewSubmission {
            caller: "test".to_owned(),
            request_id: None,
            item: None,
            purpose: Default::default(),
            priority: Default::default(),
            media_type: String::new(),
            name: String::new(),
            source: String::new(),
            content: Content::Bytes(format!("document {number}").into()),
            trace: None,
        };
        let id = store.accept(new).await.unwrap().submission.id;
        let lease = store.begin_attempts(&[id], &worker, Duration::from_secs(60)).await.unwrap()[0].lease;
        let outcome = sample::reports(std::slice::from_ref(report));
        store.complete(vec![Completion { lease, extractor_version: 1, outcome }]).await.unwrap();
        clock.advance(Duration::from_secs(1));
    }
}

async fn listed(store: &dyn Store, filter: Option<Filter<ReportField>>) -> Vec<ReportSummary> {
    let query = ReportQuery { filter, order: ReportOrder::Changed, ..Default::default() };
    let page = store.reports(&query, &PageRequest::first(1000)).await.unwrap();
    assert_eq!(page.next, None);
    page.items
}

/// Whether each of many filters lists what it admits. Which ones is always the same.
async fn lists_what_it_admits(store: &dyn Store, clock: &ManualClock) {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    fill(store, clock, &reports().new_tree(&mut runner).unwrap().current()).await;
    let all = listed(store, None).await;
    assert!(REPORTS / 2 < all.len(), "{} reports are too few", all.len());
    let (mut some, mut unknown) = (0, 0);
    for _ in 0..FILTERS {
        let filter = filters().new_tree(&mut runner).unwrap().current();
        let text = filter.text(&report_schema()).unwrap();
        let admitted: Vec<_> = all.iter().filter(|summary| filter.admits(*summary)).cloned().collect();
        some += usize::from(!admitted.is_empty() && admitted.len() < all.len());
        unknown += usize::from(all.iter().any(|it| filter.evaluate(it) == gongkai_filter::Truth::Unknown));
        assert_eq!(listed(store, Some(filter.clone())).await, admitted, "{text}");
        // And as it comes from a caller.
        if let Ok(read) = parse(&text, &report_schema(), gongkai_filter::Limits::STANDARD) {
            assert_eq!(read, Some(filter), "{text}");
        }
    }
    // Filters that list all or nothing would prove little, as would values that are always there.
    assert!(FILTERS / 3 < some && FILTERS / 5 < unknown, "{some} list some, {unknown} are unknown of some");
}

#[tokio::test]
async fn a_filter_lists_in_sqlite_what_it_admits_in_memory() {
    let (clock, folder) = (clock(), tempfile::tempdir().unwrap());
    let engine = SqliteEngine::open(sqlite(&folder, &clock)).await.unwrap();
    lists_what_it_admits(&*engine.store(), &clock).await;
    engine.close().await;
}

#[tokio::test]
async fn a_filter_lists_in_postgresql_what_it_admits_in_memory() {
    let (clock, database) = (clock(), Database::new().await);
    let store = open_postgres(database.emptied(&clock).await).await.unwrap();
    lists_what_it_admits(&*store, &clock).await;
    store.close().await;
}
