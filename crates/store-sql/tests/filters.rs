//! Any filter lists the same reports in each engine as it admits one by one in memory.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

mod engines;

use engines::{Database, clock, sqlite};
use gongkai_filter::{Comparison, Filter, Instant, Operand, Target, parse};
use gongkai_model::{BodyKind, Date, FormId, Outcome, Period, Rank, Report, ScopeKind, Severity};
use gongkai_store::contract::sample;
use gongkai_store::{
    Completion, Content, FORM_NAMES, INDEX_MAX, KIND_NAMES, ManualClock, NewSubmission, PageRequest,
    RANK_NAMES, ReportField, ReportOrder, ReportQuery, ReportSummary, SCOPE_NAMES, Store, Worker,
    report_schema,
};
use gongkai_store_sql::{SqliteEngine, open_postgres};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use std::time::Duration;

const REPORTS: usize = 80;
const FILTERS: usize = 1500;
const BEGINNING: i64 = 1_600_000_000_000_000;

/// Texts with what might be taken for something else by a database.
const TEXTS: [&str; 10] = ["", "甲县", "乙县", "甲", "a%_b", "A%_B", "it's \"it\"", "0", "\0 1", "\\ $1 ?"];
const CODES: [&str; 8] = ["", "530000", "530900", "530902", "539900", "540000", "110105", "990000"];

const RANKS: [Rank; 6] =
    [Rank::National, Rank::Province, Rank::Prefecture, Rank::County, Rank::Township, Rank::Unknown];
const KINDS: [BodyKind; 7] = [
    BodyKind::Government,
    BodyKind::GeneralOffice,
    BodyKind::Department,
    BodyKind::Township,
    BodyKind::DevelopmentZone,
    BodyKind::VerticallyLed,
    BodyKind::Other,
];

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
        (0_usize..6, 0_usize..7, any::<bool>()),
    );
    let report = (names, rest).prop_map(
        |(
            (region, issuer, subject, title, code),
            (year, form, scope, month, failing, (rank, kind, is_plain)),
        )| {
            let mut report = sample::report("甲县", 2020, 1);
            (report.region.name, report.region.code) = (region, code.to_owned());
            (report.issuer.name, report.subject.name, report.title.text) = (issuer, subject, title);
            report.year = year;
            report.form = [FormId::None, FormId::Form2014, FormId::Form2019, FormId::Form2021][form];
            report.scope.kind =
                [ScopeKind::Organ, ScopeKind::OwnLevel, ScopeKind::WholeArea, ScopeKind::Unknown][scope];
            report.subject.rank = RANKS[rank];
            report.subject.kind = KINDS[kind];
            if !is_plain {
                report.figures[0].period = Period::Earlier;
            }
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
        select(&[ReportField::Year, ReportField::Published, ReportField::Form, ReportField::SubjectRank][..])
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
        1 => select(RANK_NAMES).prop_map(move |name| Filter::Compare(target(ReportField::SubjectRank), Equal, Operand::Name(name))),
        1 => select(KIND_NAMES).prop_map(move |name| Filter::Compare(target(ReportField::SubjectKind), Equal, Operand::Name(name))),
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

/// Always the same.
fn runner() -> TestRunner {
    TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]))
}

/// Whether each of many filters lists what it admits.
async fn lists_what_it_admits(store: &dyn Store, runner: &mut TestRunner, filters_count: usize) {
    let all = listed(store, None).await;
    assert!(REPORTS / 2 < all.len(), "{} reports are too few", all.len());
    let (mut some, mut unknown) = (0, 0);
    for _ in 0..filters_count {
        let filter = filters().new_tree(runner).unwrap().current();
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
    assert!(
        filters_count / 3 < some && filters_count / 5 < unknown,
        "{some} list some, {unknown} are unknown of some"
    );
}

/// The same beside a version that does not note rank and kind of subjects, whose rows `forget` makes: a part of the revisions, and a
/// part of what was current. Then what is missing is noted.
async fn lists_what_it_admits_beside_the_version_before(
    store: &dyn Store,
    mut forget: impl AsyncFnMut(&str),
) {
    let before = listed(store, None).await;
    forget("UPDATE revisions SET subject_rank = NULL, subject_kind = NULL WHERE id % 3 = 0").await;
    // And some that this version has made of what is noted only since.
    let currents = "UPDATE currents SET subject_rank = NULL, subject_kind = NULL WHERE revision_id % 3 < 2";
    forget(currents).await;
    assert_eq!(listed(store, None).await, before);
    lists_what_it_admits(store, &mut runner(), FILTERS / 5).await;
    let ranked =
        |rank| parse(&format!("subject.rank = {rank}"), &report_schema(), gongkai_filter::Limits::STANDARD);
    // A page may be short, and is then not the last.
    for rank in RANK_NAMES {
        let filter = ranked(rank).unwrap();
        let query = ReportQuery { filter: filter.clone(), ..Default::default() };
        let (mut page, mut paged) = (PageRequest::first(3), Vec::new());
        loop {
            let got = store.reports(&query, &page).await.unwrap();
            assert!(got.items.len() <= 3);
            paged.extend(got.items);
            match got.next {
                Some(next) => page.cursor = Some(next),
                None => break,
            }
        }
        let filter = filter.unwrap();
        let admitted: Vec<_> = before.iter().filter(|summary| filter.admits(*summary)).cloned().collect();
        assert_eq!(paged, admitted, "{rank}");
    }
    while store.index(INDEX_MAX).await.unwrap().changes != 0 {}
    assert_eq!(listed(store, None).await, before);
    lists_what_it_admits(store, &mut runner(), FILTERS / 5).await;
}

const UNTOLD: &str =
    "SELECT (SELECT count(*) FROM currents WHERE subject_rank IS NULL OR subject_kind IS NULL)
    + (SELECT count(*) FROM revisions r JOIN currents c ON c.revision_id = r.id
        WHERE r.subject_rank IS NULL OR r.subject_kind IS NULL)";

#[tokio::test]
async fn a_filter_lists_in_sqlite_what_it_admits_in_memory() {
    let (clock, folder) = (clock(), tempfile::tempdir().unwrap());
    let options = sqlite(&folder, &clock);
    let engine = SqliteEngine::open(options.clone()).await.unwrap();
    let store = engine.store();
    let mut runner = runner();
    fill(&*store, &clock, &reports().new_tree(&mut runner).unwrap().current()).await;
    lists_what_it_admits(&*store, &mut runner, FILTERS).await;
    let file = SqliteConnectOptions::new().filename(&options.path);
    let mut connection = file.connect().await.unwrap();
    lists_what_it_admits_beside_the_version_before(&*store, async |statement| {
        let forgotten = sqlx::query(AssertSqlSafe(statement.to_owned())).execute(&mut connection).await;
        assert!(REPORTS as u64 / 5 < forgotten.unwrap().rows_affected());
    })
    .await;
    assert_eq!(sqlx::query_scalar::<_, i64>(UNTOLD).fetch_one(&mut connection).await.unwrap(), 0);
    engine.close().await;
}

#[tokio::test]
async fn a_filter_lists_in_postgresql_what_it_admits_in_memory() {
    let (clock, database) = (clock(), Database::new().await);
    let options = database.emptied(&clock).await;
    let store = open_postgres(options.clone()).await.unwrap();
    let mut runner = runner();
    fill(&*store, &clock, &reports().new_tree(&mut runner).unwrap().current()).await;
    lists_what_it_admits(&*store, &mut runner, FILTERS).await;
    let mut connection = options.url.parse::<PgConnectOptions>().unwrap().connect().await.unwrap();
    lists_what_it_admits_beside_the_version_before(&*store, async |statement| {
        let forgotten = sqlx::query(AssertSqlSafe(statement.to_owned())).execute(&mut connection).await;
        assert!(REPORTS as u64 / 5 < forgotten.unwrap().rows_affected());
    })
    .await;
    assert_eq!(sqlx::query_scalar::<_, i64>(UNTOLD).fetch_one(&mut connection).await.unwrap(), 0);
    connection.close().await.unwrap();
    store.close().await;
}
