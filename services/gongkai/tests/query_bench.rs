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
use gongkai_model::{State, Value};
use gongkai_wire::v1;
use gongkai_wire::v1::query_service_client::QueryServiceClient;
use gongkai_wire::v1::statistics_service_client::StatisticsServiceClient;
use measure::{Served, YEAR};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;

const KEY: &str = "requests.received.total";
const LEAST: i64 = 20;

async fn is_filled_and_measured(database: Database, corpus: Corpus) {
    let mut there = 0;
    fill::fill(database.store(), &corpus, |stored| there = stored).await.unwrap();
    assert_eq!(there, corpus.reports);
    let database = database.filled().await;
    what_is_listed_is_what_was_made_up(database.served(), &corpus).await;
    let extent = measure::Extent { reads: 20, pages: 4, repeats: 1, rows: 2_000 };
    let lines = measure::measure(database.served(), &corpus, extent, |_| ()).await;
    assert_eq!(lines.len(), 10);
    for line in lines {
        assert!(0 < line.calls && 0 < line.rows, "{line:?}");
    }
    database.end(false).await;
}

/// Lists page by page, and rows, in orders with and without an index, against the made-up reports themselves.
async fn what_is_listed_is_what_was_made_up(store: Arc<dyn Served>, corpus: &Corpus) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let served = tokio::spawn(gongkai_query::run(listener, store.dependencies(), stop.clone()));
    let channel = Channel::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap();

    let mut of_year: Vec<String> = corpus.of_year(YEAR).map(|number| corpus.subject(number)).collect();
    of_year.sort_unstable();
    let is_busy = |number: &u64| {
        let report = corpus.report(*number, 1, 1);
        let figure = report.figure(KEY).unwrap();
        figure.state == State::Number && figure.value.is_some_and(|value| Value::Count(LEAST) <= value)
    };
    let busy = corpus.of_year(YEAR).filter(is_busy);
    let mut busy: Vec<String> = busy.map(|number| corpus.subject(number)).collect();
    busy.sort_unstable();
    assert!(!busy.is_empty() && busy.len() < of_year.len(), "{} of {}", busy.len(), of_year.len());

    let of_busy = format!("year = {YEAR} AND figures[\"{KEY}\"] >= {LEAST}");
    for (filter, order_by, expected) in [
        (format!("year = {YEAR}"), "", &of_year),
        (of_busy.clone(), "", &busy),
        // By what no index has: sorted for all that is looked at.
        (of_busy, "revision, subject", &busy),
    ] {
        let listed = listed(&channel, &filter, order_by).await;
        let mut sorted = listed.clone();
        sorted.sort_unstable();
        assert!(sorted == *expected, "{filter}: {} instead of {}", listed.len(), expected.len());
        assert!(order_by.is_empty() || listed == sorted, "{filter} by {order_by}");
    }
    let request = v1::QueryFiguresRequest {
        filter: format!("year = {YEAR}"),
        keys: vec![KEY.to_owned()],
        order_by: "revision, subject".to_owned(),
        ..Default::default()
    };
    let client = StatisticsServiceClient::new(channel.clone()).max_decoding_message_size(4 << 20);
    let mut answers = client.clone().query_figures(request).await.unwrap().into_inner();
    let mut rows = Vec::new();
    while let Some(answer) = answers.message().await.unwrap() {
        rows.extend(answer.rows.into_iter().map(|row| row.subject));
    }
    assert!(rows == of_year, "{} rows instead of {}", rows.len(), of_year.len());
    drop((client, answers, channel));
    stop.cancel();
    served.await.unwrap().unwrap();
}

/// The subjects of all pages of a list.
async fn listed(channel: &Channel, filter: &str, order_by: &str) -> Vec<String> {
    let client = QueryServiceClient::new(channel.clone()).max_decoding_message_size(4 << 20);
    let (mut found, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = v1::ListReportsRequest {
            filter: filter.to_owned(),
            order_by: order_by.to_owned(),
            page_size: 700,
            page_token,
            ..Default::default()
        };
        let page = client.clone().list_reports(request).await.unwrap().into_inner();
        found.extend(page.reports.into_iter().map(|report| report.subject.unwrap().name));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return found;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn over_sqlite() {
    is_filled_and_measured(Database::sqlite().await, Corpus::of(400)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn over_postgresql() {
    let name = format!("gongkai_test_{}", uuid::Uuid::now_v7().simple());
    // Of so many, most are in no cache, and a plan that sorts or looks at everything shows. Few contents are enough.
    let corpus = Corpus::of(20_000).with_contents(400);
    is_filled_and_measured(Database::postgres(&name, false).await, corpus).await;
}
