//! A stored record that cannot be read back harms no other one: it is told of by the name of its report.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

mod engines;

use engines::{Database, clock, sqlite};
use gongkai_model::ReportId;
use gongkai_search::{Limits, Query};
use gongkai_store::contract::sample;
use gongkai_store::{
    Completion, Content, FindingQuery, INDEX_MAX, NewSubmission, PageRequest, ReadAt, ReportOrder,
    ReportQuery, SearchQuery, Store, StoreError, Worker,
};
use gongkai_store_sql::{SqliteEngine, open_postgres};
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use std::time::Duration;

const KEY: &str = "requests.received.total";

/// Stores reports of these counties, and gives their names.
async fn fill(store: &dyn Store, counties: &[&str]) -> Vec<ReportId> {
    let mut names = Vec::new();
    for county in counties {
        let mut report = sample::report(county, 2020, 1);
        report.sections[0].text = format!("{county}公开了征地补偿");
        let new = NewSubmission {
            caller: String::new(),
            request_id: None,
            item: None,
            purpose: Default::default(),
            priority: Default::default(),
            media_type: String::new(),
            name: String::new(),
            source: String::new(),
            content: Content::Bytes((*county).to_owned().into()),
            trace: None,
        };
        let id = store.accept(new).await.unwrap().submission.id;
        let worker = Worker { name: "test".to_owned(), extractor_version: 1 };
        let lease = store.begin_attempts(&[id], &worker, Duration::from_secs(60)).await.unwrap()[0].lease;
        let completion = Completion { lease, extractor_version: 1, outcome: sample::reports(&[report]) };
        names.push(store.complete(vec![completion]).await.unwrap().remove(0).unwrap().reports[0].report);
    }
    names
}

/// The report of which an error says that it is damaged.
fn damaged<T: std::fmt::Debug>(answer: Result<T, StoreError>) -> ReportId {
    match answer {
        Err(StoreError::Damaged { report, .. }) => report,
        other => panic!("{other:?}"),
    }
}

/// `run` changes rows of the database of the store.
async fn harms_no_other(store: &dyn Store, mut run: impl AsyncFnMut(&str)) {
    let names = fill(store, &["甲县", "乙县", "丙县", "丁县", "戊县"]).await;
    // As a version before has left rows that do not note whose report it is; of the second nothing can be read, of the third only
    // its figures, and the evidence of the fourth is gone.
    run("UPDATE currents SET subject_rank = NULL, subject_kind = NULL").await;
    run("UPDATE revisions SET subject_rank = NULL, subject_kind = NULL").await;
    let of = |county: &str| format!("(SELECT id FROM revisions WHERE subject LIKE '{county}%')");
    let evidence =
        |county: &str| format!("UPDATE evidence SET bytes = BYTES WHERE revision_id = {}", of(county));
    let figures = |county: &str| format!("UPDATE revisions SET figures = BYTES WHERE id = {}", of(county));
    for statement in [evidence("乙县"), figures("乙县"), evidence("丙县"), figures("丁县")] {
        run(&statement).await;
    }
    run(&format!("DELETE FROM evidence WHERE revision_id = {}", of("丁县"))).await;

    let (mut changes, mut told) = (0, 0);
    loop {
        let indexed = store.index(INDEX_MAX).await.unwrap();
        (changes, told) = (changes + indexed.changes, told + indexed.damaged);
        if indexed.changes == 0 {
            break;
        }
    }
    // All are noted and taken in. Two do not tell whose report it is, three have no words.
    assert_eq!((changes, told), (10, 5));
    let query = SearchQuery {
        at: ReadAt::default(),
        query: Query::parse("征地补偿", Limits::STANDARD).unwrap(),
        filter: None,
        order: ReportOrder::Changed,
        passages_max: 1,
    };
    let found = store.search(&query, &PageRequest::first(9)).await.unwrap();
    let found: Vec<_> = found.items.iter().map(|hit| hit.report.info.report).collect();
    assert_eq!(found, [names[0], names[4]]);

    // Who asks for one of them is told which it is, also among others.
    let at = ReadAt::default();
    let keys = [KEY.to_owned()];
    for name in [names[1], names[2]] {
        assert_eq!(damaged(store.report(name, at).await), name);
        assert_eq!(damaged(store.reports_by_id(&[names[0], name], at).await), name);
        assert_eq!(damaged(store.records_by_id(&[name, names[4]], at).await), name);
        let revision = store.report_revision(name, 1, at.purpose).await;
        assert_eq!(damaged(revision), name);
        let findings = FindingQuery { report: Some(name), ..Default::default() };
        assert_eq!(damaged(store.findings(&findings, &PageRequest::first(9)).await), name);
    }
    assert_eq!(damaged(store.cells(&names[..3], &keys, at).await), names[1]);
    assert_eq!(damaged(store.summaries_with_cells(&names[..3], &keys, at).await), names[1]);
    let all = ReportQuery::default();
    assert_eq!(damaged(store.reports_with_cells(&all, &PageRequest::first(3), &keys).await), names[1]);
    // What does not take the record is there, and so are all others.
    assert!(store.cells(&names[2..3], &keys, at).await.unwrap()[0].is_some());
    assert_eq!(store.reports(&all, &PageRequest::first(9)).await.unwrap().items.len(), 5);
    for name in [names[0], names[4]] {
        assert_eq!(store.report(name, at).await.unwrap().info.report, name);
    }
}

#[tokio::test]
async fn a_damaged_record_in_sqlite_is_told_of_and_harms_no_other() {
    let (clock, folder) = (clock(), tempfile::tempdir().unwrap());
    let options = sqlite(&folder, &clock);
    let engine = SqliteEngine::open(options.clone()).await.unwrap();
    let store = engine.store();
    let mut connection = SqliteConnectOptions::new().filename(&options.path).connect().await.unwrap();
    harms_no_other(&*store, async |statement| {
        let statement = statement.replace("BYTES", "x'02ff00'");
        let changed = sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
        assert!(0 < changed.rows_affected());
    })
    .await;
    engine.close().await;
}

#[tokio::test]
async fn a_damaged_record_in_postgresql_is_told_of_and_harms_no_other() {
    let (clock, database) = (clock(), Database::new().await);
    let options = database.emptied(&clock).await;
    let store = open_postgres(options.clone()).await.unwrap();
    let mut connection = options.url.parse::<PgConnectOptions>().unwrap().connect().await.unwrap();
    harms_no_other(&*store, async |statement| {
        let statement = statement.replace("BYTES", "'\\x02ff00'::bytea");
        let changed = sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
        assert!(0 < changed.rows_affected());
    })
    .await;
    connection.close().await.unwrap();
    store.close().await;
}
