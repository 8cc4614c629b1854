//! The benchmark of query at a size that every build has time for: the store is filled through its own seam, and every
//! answer is what the made-up reports say.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    dead_code,
    unreachable_pub,
    reason = "what fails in a test fails the test"
)]

#[path = "../benches/query/database.rs"]
mod database;
#[path = "../benches/query/fill.rs"]
mod fill;
#[path = "../benches/query/generate.rs"]
mod generate;
#[path = "../benches/query/measure.rs"]
mod measure;

use database::Database;
use generate::Corpus;
use measure::Extent;

async fn is_filled_and_measured(database: Database) {
    let corpus = Corpus::of(400);
    let mut there = 0;
    fill::fill(database.store(), &corpus, |stored| there = stored).await.unwrap();
    assert_eq!(there, corpus.reports);
    let database = database.filled().await;
    let extent = Extent { reads: 20, pages: 4, repeats: 1, rows: 2_000 };
    let lines = measure::measure(database.served(), &corpus, extent, |_| ()).await;
    assert_eq!(lines.len(), 10);
    for line in lines {
        assert!(0 < line.calls && 0 < line.rows, "{line:?}");
    }
    database.end(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn over_sqlite() {
    is_filled_and_measured(Database::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn over_postgresql() {
    let name = format!("gongkai_test_{}", uuid::Uuid::now_v7().simple());
    is_filled_and_measured(Database::postgres(&name, false).await).await;
}
