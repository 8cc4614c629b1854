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
use e2e::house::House;
use e2e::{Clients, DEADLINE, Server, made_up, metadata};
use futures::StreamExt as _;
use gongkai_wire::v1;
use std::collections::HashSet;
use std::process::Command;
use tokio::task::JoinSet;

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

/// Several clients for each of the servers, every one with a connection of its own.
async fn crowd(servers: &[&Server], count: usize) -> Vec<Clients> {
    let mut crowd = Vec::new();
    for number in 0..count {
        crowd.push(servers[number % servers.len()].clients().await);
    }
    crowd
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_bytes_from_sixty_four_clients_at_once_are_one_revision_and_sixty_four_equal_answers() {
    let house = House::new();
    let (first, second) = (house.serve(&["ingest"]), house.serve(&["ingest"]));
    let parsers = [house.serve(&["parser"]), house.serve(&["parser"])];
    let query = house.serve(&["query"]);
    let crowd = crowd(&[&first, &second], 64).await;
    let send = |metadata: fn(usize) -> v1::DocumentMetadata, seed| {
        let mut calls = JoinSet::new();
        for (number, clients) in crowd.iter().cloned().enumerate() {
            calls.spawn(async move { clients.submit(metadata(number), made_up(seed)).await.unwrap() });
        }
        async move { tokio::time::timeout(DEADLINE, calls.join_all()).await.unwrap() }
    };

    // Sixty-four senders that know nothing of one another: each has a submission, and all of them come to the same.
    let own = send(|_| metadata("report.html"), 2).await;
    let names: Vec<String> = own.into_iter().map(|submission| submission.name).collect();
    assert_eq!(names.iter().collect::<HashSet<_>>().len(), 64);
    let ended = crowd[0].ended(&names).await;
    let answers: HashSet<_> =
        ended.values().map(|it| (it.state(), it.reports[0].report.clone(), it.reports[0].revision)).collect();
    assert_eq!((ended.len(), answers.len()), (64, 1), "{answers:?}");

    // One sender that asks sixty-four times under the same request id: one submission.
    let request = |_| v1::DocumentMetadata {
        request_id: "0193a7c2-4b1e-7000-8000-000000000064".to_owned(),
        ..metadata("report.html")
    };
    let same: HashSet<_> = send(request, 3).await.into_iter().map(|it| (it.name, it.document)).collect();
    assert_eq!(same.len(), 1, "{same:?}");
    let names: Vec<String> = same.into_iter().map(|(name, _)| name).collect();
    assert_eq!(crowd[1].ended(&names).await[&names[0]].state(), v1::SubmissionState::Done);

    let served = query.clients().await;
    let (reports, submissions) = (served.reports().await, crowd[1].submissions().await);
    assert_eq!((reports.len(), submissions.len()), (2, 65));
    assert!(reports.iter().all(|report| report.revision.as_ref().unwrap().number == 1));
    drop(crowd);
    for server in [first, second, query].into_iter().chain(parsers) {
        assert!(server.stop().await.success());
    }
}
