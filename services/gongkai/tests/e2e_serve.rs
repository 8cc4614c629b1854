//! Ingest, parser and query as processes of their own, over a real PostgreSQL and a real RabbitMQ.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails in a test fails the test"
)]

mod e2e;

use e2e::collector::{Collector, hex};
use e2e::{Clients, Server, made_up, metadata};
use futures::StreamExt as _;
use gongkai_wire::v1;
use std::collections::HashSet;
use std::process::{Command, Stdio};
use uuid::Uuid;

/// A database and names at the broker of one test.
struct House {
    database: String,
    store: String,
    queue: String,
    prefix: String,
}

fn setting(name: &str) -> String {
    let value = std::env::var(name).unwrap_or_default();
    assert!(
        !value.is_empty(),
        "{name} is not set: start the servers with `./dev servers`, and `export $(./dev servers env)`"
    );
    value
}

/// Runs statements on the server that tests have.
fn sql(statement: &str) {
    use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqlSafeStr};
    let statement = AssertSqlSafe(statement.to_owned()).into_sql_str();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut connection = PgConnection::connect(&setting("GONGKAI_TEST_POSTGRES")).await.unwrap();
        connection.execute(statement).await.unwrap();
    });
}

/// Deletes what services have declared at the broker.
fn delete_topology(prefix: &str) {
    use lapin::options::{ExchangeDeleteOptions, QueueDeleteOptions};
    use lapin::{Connection, ConnectionProperties};
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let address = setting("GONGKAI_TEST_AMQP");
        let connection = Connection::connect(&address, ConnectionProperties::default()).await.unwrap();
        let channel = connection.create_channel().await.unwrap();
        for queue in ["high", "normal", "low", "unreadable"] {
            let name = format!("{prefix}.{queue}").into();
            channel.queue_delete(name, QueueDeleteOptions::default()).await.unwrap();
        }
        channel.exchange_delete(prefix.into(), ExchangeDeleteOptions::default()).await.unwrap();
    });
}

impl House {
    fn new() -> Self {
        let id = Uuid::now_v7().simple().to_string();
        let database = format!("gongkai_test_{id}");
        let create = format!("CREATE DATABASE {database} TEMPLATE template0");
        std::thread::spawn(move || sql(&create)).join().unwrap();
        let server = setting("GONGKAI_TEST_POSTGRES");
        let (server, _) = server.rsplit_once('/').unwrap();
        let store = format!("{server}/{database}");
        Self { database, store, queue: setting("GONGKAI_TEST_AMQP"), prefix: format!("test-{id}") }
    }

    fn command(&self, services: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gongkai"));
        command
            .arg("serve")
            .args(services)
            .args(["--listen", "127.0.0.1:0", "--grace", "0", "--queue-prefix", &self.prefix])
            .env("GONGKAI_STORE", &self.store)
            .env("GONGKAI_QUEUE", &self.queue)
            .env("GONGKAI_TOKEN_KEY", "0f".repeat(32))
            .stdin(Stdio::null());
        command
    }

    fn serve(&self, services: &[&str]) -> Server {
        Server::run(self.command(services))
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let drop_database = format!("DROP DATABASE {} WITH (FORCE)", self.database);
        let _ = std::thread::spawn(move || sql(&drop_database)).join();
        let prefix = self.prefix.clone();
        let _ = std::thread::spawn(move || delete_topology(&prefix)).join();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_accepted_is_read_once_though_services_are_killed_and_restarted() {
    const REPORTS: u64 = 60;
    let house = House::new();
    let ingest = house.serve(&["ingest"]);
    let query = house.serve(&["query"]);
    let parsers = [house.serve(&["parser"]), house.serve(&["parser"])];
    let sending = ingest.clients().await;
    let names: Vec<String> = futures::stream::iter(0..REPORTS)
        .map(|seed| {
            let sending = sending.clone();
            async move { sending.submit(metadata("a.html"), made_up(seed)).await.unwrap().name }
        })
        .buffer_unordered(16)
        .collect()
        .await;
    assert_eq!(names.iter().collect::<HashSet<_>>().len() as u64, REPORTS);
    // One parser dies in the midst of its work, ingest after it has answered.
    let [killed, left] = parsers;
    killed.kill();
    ingest.kill();
    let ingest = house.serve(&["ingest"]);
    let asking = ingest.clients().await;
    let ended = asking.ended(&names).await;
    assert!(ended.values().all(|submission| submission.state() == v1::SubmissionState::Done), "{ended:?}");
    // The records are served by a process that has never seen the documents.
    let served: Clients = query.clients().await;
    let reports = served.reports().await;
    assert_eq!(reports.len() as u64, REPORTS);
    let name = &ended[&names[0]].reports[0].report;
    assert_eq!(served.report(name, v1::Purpose::Published).await.unwrap().figures.len(), 200);
    for server in [ingest, query, left] {
        assert!(server.stop().await.success());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_trace_goes_from_the_call_over_outbox_and_broker_to_the_stored_revision() {
    let collector = Collector::default();
    let endpoint = format!("http://{}", collector.listen().await);
    let house = House::new();
    let serve = |service| {
        let mut command = house.command(&[service]);
        command.env("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint);
        Server::run(command)
    };
    let (ingest, parser) = (serve("ingest"), serve("parser"));
    let clients = ingest.clients().await;
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let mut request = tonic::Request::new(v1::SubmitDocumentRequest {
        metadata: Some(metadata("a.html")),
        content: made_up(3).into(),
    });
    let parent = format!("00-{trace}-00f067aa0ba902b7-01");
    request.metadata_mut().insert("traceparent", parent.parse().unwrap());
    let submission = clients.ingest.clone().submit_document(request).await.unwrap().into_inner();
    clients.ended(&[submission.submission.unwrap().name]).await;
    // They send what they hold when they end.
    assert!(ingest.stop().await.success());
    assert!(parser.stop().await.success());

    let call = collector.span("/gongkai.v1.IngestService/SubmitDocument");
    assert_eq!(
        (hex(&call.trace_id).as_str(), hex(&call.parent_span_id).as_str()),
        (trace, "00f067aa0ba902b7")
    );
    let path = [("announce", &call.span_id), ("attempt", &collector.span("announce").span_id)];
    let attempt = collector.span("attempt").span_id;
    for (name, parent) in path.into_iter().chain(["load", "read", "store"].map(|stage| (stage, &attempt))) {
        let span = collector.span(name);
        assert_eq!((&span.trace_id, &span.parent_span_id), (&call.trace_id, parent), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_process_may_be_all_services_and_says_what_it_lacks() {
    let house = House::new();
    let server = house.serve(&["ingest", "parser", "query"]);
    let clients = server.clients().await;
    let submission = clients.read(metadata("a.html"), made_up(3)).await;
    assert_eq!(submission.state(), v1::SubmissionState::Done);
    assert_eq!(clients.reports().await.len(), 1);
    assert!(server.stop().await.success());

    let refused = |command: &mut Command| {
        let output = command.output().unwrap();
        assert!(!output.status.success());
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let without_queue = refused(house.command(&["parser"]).env_remove("GONGKAI_QUEUE"));
    assert!(without_queue.contains("--queue amqp://"), "{without_queue}");
    let wrong = house.store.replace(":gongkai@", ":s3cret@");
    let wrong_password = refused(house.command(&["query"]).env("GONGKAI_STORE", wrong));
    assert!(wrong_password.contains("--store") && !wrong_password.contains("s3cret"), "{wrong_password}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_is_broken_off_by_a_crash_of_ingest_is_gone_on_with_and_told_of_for_ever() {
    let house = House::new();
    let (parser, query) = (house.serve(&["parser"]), house.serve(&["query"]));
    let restart = |server: Server| {
        server.kill();
        house.serve(&["ingest"])
    };
    let ingest = house.serve(&["ingest"]);
    let ingest = e2e::batches::a_batch_is_resumed_and_told_of_for_ever(ingest, restart).await;
    assert_eq!(query.clients().await.reports().await.len(), 60);
    for server in [ingest, parser, query] {
        assert!(server.stop().await.success());
    }
}
