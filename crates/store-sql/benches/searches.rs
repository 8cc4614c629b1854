//! How fast reports are taken into the index of searches, and how fast it answers:
//! `cargo bench -p gongkai-store-sql --bench searches -- REPORTS`. PostgreSQL is measured where `GONGKAI_TEST_POSTGRES` names a server.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::float_arithmetic, reason = "a benchmark")]

use gongkai_model::{Priority, Purpose, Report, SubmissionId};
use gongkai_search::{Limits, Query};
use gongkai_store::contract::sample;
use gongkai_store::{
    Completion, Content, INDEX_MAX, NewSubmission, PageRequest, ReadAt, ReportOrder, SearchQuery, Store,
    Worker, report_schema,
};
use gongkai_store_sql::{PostgresOptions, SqliteEngine, SqliteOptions, open_postgres};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, SqlSafeStr};
use std::time::{Duration, Instant};

/// Characters of running text that a report has.
const CHARACTERS: usize = 3000;
const LEASE: Duration = Duration::from_secs(600);
/// How often each search is made.
const TIMES: usize = 20;

fn main() {
    let reports = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(5000);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("bench.db");
        let sqlite = SqliteEngine::open(SqliteOptions::standard(path)).await.unwrap();
        measure("SQLite", &*sqlite.store(), reports).await;
        sqlite.close().await;
        match std::env::var("GONGKAI_TEST_POSTGRES") {
            Ok(url) => postgres(&url, reports).await,
            Err(_) => println!("PostgreSQL: GONGKAI_TEST_POSTGRES names no server"),
        }
    });
}

async fn postgres(url: &str, reports: usize) {
    const NAME: &str = "gongkai_bench_searches";
    let server: PgConnectOptions = url.parse().unwrap();
    run(&server, format!("DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")).await;
    run(&server, format!("CREATE DATABASE {NAME} TEMPLATE template0")).await;
    let url = server.clone().database(NAME).to_url_lossy().to_string();
    let store = open_postgres(PostgresOptions::standard(url)).await.unwrap();
    measure("PostgreSQL", &*store, reports).await;
    store.close().await;
    run(&server, format!("DROP DATABASE {NAME} WITH (FORCE)")).await;
}

async fn run(server: &PgConnectOptions, statement: String) {
    let mut connection = server.connect().await.unwrap();
    connection.execute(AssertSqlSafe(statement).into_sql_str()).await.unwrap();
    connection.close().await.unwrap();
}

/// Words of two characters, of which few are frequent, as in a language.
fn text(number: usize) -> String {
    let mut state = number as u64 + 1;
    let mut text = String::from("本机关主动公开政府信息。");
    let mut characters = text.chars().count();
    while characters < CHARACTERS {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let (drawn, width) = ((state >> 34) as u32 & 0xffff, (state >> 50) as u32 & 0xfff);
        let word = drawn * (width + 1) / 0x1000;
        for part in [word / 250, 300 + word % 250] {
            text.push(char::from_u32(0x4e00 + part).unwrap_or('一'));
        }
        characters += 2;
        if state >> 60 == 0 {
            text.push('。');
        }
    }
    if number % 1000 == 500 {
        text.push_str("稀罕措辞。");
    }
    text
}

fn report(number: usize) -> Report {
    let mut report = sample::report(&format!("第{number}县"), 2008 + (number % 16) as u16, number as i64);
    report.region.code = format!("53{:02}{:02}", number / 40 % 30, number % 40);
    report.sections[0].text = text(number);
    report
}

async fn measure(engine: &str, store: &dyn Store, reports: usize) {
    for first in (0..reports).step_by(64) {
        fill(store, first..(first + 64).min(reports)).await;
    }
    let begin = Instant::now();
    while store.index(INDEX_MAX).await.unwrap().changes != 0 {}
    let took = begin.elapsed();
    println!(
        "{engine}: {reports} reports of {CHARACTERS} characters indexed, {:.0} a second",
        reports as f64 / took.as_secs_f64()
    );
    for (text, filter) in [
        ("稀罕措辞", ""),
        ("没有这话", ""),
        ("政府信息", ""),
        ("息府政信 OR 政府信息", "year = 2015"),
        ("政府信息", "region.within(\"530503\")"),
        ("稀罕措辞 政府信息", "year >= 2010"),
        ("信息政府", ""),
    ] {
        for order in [ReportOrder::YearLast, ReportOrder::Changed] {
            let parsed = gongkai_filter::parse(filter, &report_schema(), gongkai_filter::Limits::STANDARD);
            let query = SearchQuery {
                at: ReadAt::default(),
                query: Query::parse(text, Limits::STANDARD).unwrap(),
                filter: parsed.unwrap(),
                order,
                passages_max: 3,
            };
            let mut times = Vec::new();
            let mut found = 0;
            for _ in 0..TIMES {
                let begin = Instant::now();
                found = store.search(&query, &PageRequest::first(20)).await.unwrap().items.len();
                times.push(begin.elapsed());
            }
            times.sort_unstable();
            println!("  {text} {filter} {order:?}: {found} found, median {:.1?}", times[TIMES / 2]);
        }
    }
}

async fn fill(store: &dyn Store, numbers: std::ops::Range<usize>) {
    let mut ids: Vec<SubmissionId> = Vec::new();
    for number in numbers.clone() {
        let new = NewSubmission {
            caller: "bench".to_owned(),
            request_id: None,
            item: None,
            purpose: Purpose::Published,
            priority: Priority::Normal,
            media_type: "text/plain".to_owned(),
            name: String::new(),
            source: String::new(),
            content: Content::Bytes(format!("document {number}").into()),
            trace: None,
        };
        ids.push(store.accept(new).await.unwrap().submission.id);
    }
    let worker = Worker { name: "bench".to_owned(), extractor_version: 1 };
    let attempts = store.begin_attempts(&ids, &worker, LEASE).await.unwrap();
    let completion = |(attempt, number): (&gongkai_store::Attempt, usize)| Completion {
        lease: attempt.lease,
        extractor_version: 1,
        outcome: sample::reports(&[report(number)]),
    };
    let completions = attempts.iter().zip(numbers).map(completion).collect();
    for answer in store.complete(completions).await.unwrap() {
        answer.unwrap();
    }
}
