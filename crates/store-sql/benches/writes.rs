//! How many documents a second a store takes in, and how many attempts a second it begins and completes, with 64
//! callers at once: `cargo bench -p gongkai-store-sql --bench writes`. PostgreSQL is measured where
//! `GONGKAI_TEST_POSTGRES` names a server.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::float_arithmetic, reason = "a benchmark")]

use gongkai_model::{Priority, Purpose, Report, SubmissionId};
use gongkai_store::contract::sample;
use gongkai_store::{AttemptOutcome, Completion, Content, Limits, NewSubmission, Store, Worker};
use gongkai_store_sql::{PostgresOptions, SqliteEngine, SqliteOptions, open_postgres};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, SqlSafeStr};
use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

const CALLERS: usize = 64;
const DOCUMENTS: usize = 12_000;
/// Attempts that one call begins and completes.
const TOGETHER: usize = 8;
/// Cells that a report has.
const FIGURES: usize = 160;
const LEASE: Duration = Duration::from_secs(600);

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let folder = tempfile::TempDir::new().unwrap();
        let sqlite =
            SqliteEngine::open(SqliteOptions::standard(folder.path().join("bench.db"))).await.unwrap();
        measure("SQLite", sqlite.store()).await;
        sqlite.close().await;
        match std::env::var("GONGKAI_TEST_POSTGRES") {
            Ok(url) => postgres(&url).await,
            Err(_) => println!("PostgreSQL: GONGKAI_TEST_POSTGRES names no server"),
        }
    });
}

async fn postgres(url: &str) {
    const NAME: &str = "gongkai_bench";
    let server: PgConnectOptions = url.parse().unwrap();
    run(&server, format!("DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")).await;
    run(&server, format!("CREATE DATABASE {NAME} TEMPLATE template0")).await;
    let url = server.clone().database(NAME).to_url_lossy().to_string();
    let store = open_postgres(PostgresOptions { limits: Limits::STANDARD, ..PostgresOptions::standard(url) });
    let store = store.await.unwrap();
    measure("PostgreSQL", store.clone()).await;
    store.close().await;
    run(&server, format!("DROP DATABASE {NAME} WITH (FORCE)")).await;
}

async fn run(server: &PgConnectOptions, statement: String) {
    let mut connection = server.connect().await.unwrap();
    connection.execute(AssertSqlSafe(statement).into_sql_str()).await.unwrap();
    connection.close().await.unwrap();
}

/// A document of 14 KB that compresses about as well as a report.
fn document(number: usize) -> Vec<u8> {
    let (mut text, mut state) = (format!("{number}\n"), number as u64 + 1);
    while text.len() < 14_000 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let word = char::from_u32(0x4e00 + (state >> 40) as u32 % 900).unwrap_or('一');
        text.push(word);
        if state >> 60 == 0 {
            write!(text, "{}", state >> 50).unwrap();
        }
    }
    text.into_bytes()
}

fn report(number: usize) -> Report {
    let mut report = sample::report(&format!("第{number}县"), 2020, number as i64);
    let figures = report.figures.clone();
    while report.figures.len() < FIGURES {
        let mut figure = figures[report.figures.len() % figures.len()].clone();
        figure.key = format!("table.row{}.value", report.figures.len()).into();
        report.figures.push(figure);
    }
    report
}

async fn measure(name: &str, store: Arc<dyn Store>) {
    let began = Instant::now();
    let accepted = spread(DOCUMENTS, {
        let store = store.clone();
        move |number| {
            let store = store.clone();
            async move {
                let new = NewSubmission {
                    caller: "bench".to_owned(),
                    request_id: Some(number.to_string()),
                    item: None,
                    purpose: Purpose::Published,
                    priority: Priority::Normal,
                    media_type: "text/plain".to_owned(),
                    name: format!("{number}.txt"),
                    source: String::new(),
                    content: Content::Bytes(document(number).into()),
                    trace: None,
                };
                store.accept(new).await.unwrap().submission.id
            }
        }
    });
    let accepted: Arc<Vec<SubmissionId>> = Arc::new(accepted.await);
    rate(name, "accepted", began);

    let began = Instant::now();
    loop {
        let due = store.claim_due(1000, LEASE).await.unwrap();
        if due.is_empty() {
            break;
        }
        store.mark_published(&due).await.unwrap();
    }
    rate(name, "claimed and published", began);

    let began = Instant::now();
    spread(DOCUMENTS / TOGETHER, move |number| {
        let (store, accepted) = (store.clone(), accepted.clone());
        async move {
            let worker = Worker { name: "bench".to_owned(), extractor_version: 1 };
            let ids = &accepted[number * TOGETHER..][..TOGETHER];
            let attempts = store.begin_attempts(ids, &worker, LEASE).await.unwrap();
            let complete = |(count, attempt): (usize, &gongkai_store::Attempt)| Completion {
                lease: attempt.lease,
                extractor_version: 1,
                outcome: sample::reports(&[report(number * TOGETHER + count)]),
            };
            let completions: Vec<_> = attempts.iter().enumerate().map(complete).collect();
            assert!(matches!(completions[0].outcome, AttemptOutcome::Reports(_)));
            for answer in store.complete(completions).await.unwrap() {
                answer.unwrap();
            }
        }
    })
    .await;
    rate(name, "begun and completed", began);
}

/// Does `work` for each number below `count`, by [`CALLERS`] tasks.
async fn spread<T: Send + 'static, F: Future<Output = T> + Send>(
    count: usize,
    work: impl Fn(usize) -> F + Clone + Send + 'static,
) -> Vec<T> {
    let next = Arc::new(AtomicUsize::new(0));
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..CALLERS {
        let (next, work) = (next.clone(), work.clone());
        callers.spawn(async move {
            let mut results = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if count <= number {
                    return results;
                }
                results.push(work(number).await);
            }
        });
    }
    callers.join_all().await.into_iter().flatten().collect()
}

fn rate(name: &str, what: &str, began: Instant) {
    let seconds = began.elapsed().as_secs_f64();
    println!("{name:<10} {what:<22} {:>7.0}/s", DOCUMENTS as f64 / seconds);
}
