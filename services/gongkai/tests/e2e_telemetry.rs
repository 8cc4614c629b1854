//! What a server tells of itself: spans to a collector, metrics to Prometheus, readiness to whoever sends it callers.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails in a test fails the test"
)]

mod e2e;

use e2e::collector::{Collector, hex};
use e2e::{Server, command, made_up, metadata};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;
use tonic::Request;

/// A port that is free now.
fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn page(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_and_the_reading_of_its_document_are_traced_and_counted() {
    let collector = Collector::default();
    let endpoint = format!("http://{}", collector.listen().await);
    let folder = tempfile::tempdir().unwrap();
    let monitor = free();
    let mut command = command(folder.path());
    command.env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint).args(["--monitor", &monitor.to_string()]);
    let server = Server::run(command);
    let clients = server.clients().await;

    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let mut request = Request::new(gongkai_wire::v1::SubmitDocumentRequest {
        metadata: Some(metadata("a.html")),
        content: made_up(3).into(),
    });
    let parent = format!("00-{trace}-00f067aa0ba902b7-01");
    request.metadata_mut().insert("traceparent", parent.parse().unwrap());
    let submission = clients.ingest.clone().submit_document(request).await.unwrap().into_inner();
    clients.ended(&[submission.submission.unwrap().name]).await;

    assert!(page(monitor, "/livez").starts_with("HTTP/1.1 200"));
    assert!(page(monitor, "/readyz").starts_with("HTTP/1.1 200"));
    // What waits is looked at from time to time: it may have been looked at before the document was announced.
    let mut metrics = page(monitor, "/metrics");
    for _ in 0..600 {
        let is_empty = |line: &str| line.starts_with("gongkai_outbox_waiting{") && line.ends_with(" 0");
        if metrics.lines().any(is_empty) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        metrics = page(monitor, "/metrics");
    }
    let counted = |name: &str, labels: &[&str], value: &str| {
        metrics.lines().any(|line| {
            line.starts_with(name) && labels.iter().all(|label| line.contains(label)) && line.ends_with(value)
        })
    };
    assert!(counted("gongkai_ingest_documents_total", &["outcome=\"accepted\""], " 1"), "{metrics}");
    assert!(counted("gongkai_relay_announcements_total", &["outcome=\"confirmed\""], " 1"), "{metrics}");
    assert!(counted("gongkai_parser_attempts_total", &["outcome=\"done\""], " 1"), "{metrics}");
    assert!(counted("gongkai_parser_stage_duration_seconds_count", &["stage=\"read\""], " 1"), "{metrics}");
    assert!(counted("rpc_server_duration_seconds_count", &["SubmitDocument"], " 1"), "{metrics}");
    assert!(counted("gongkai_outbox_waiting", &[], " 0"), "{metrics}");

    assert!(server.stop().await.success());
    let call = collector.span("/gongkai.v1.IngestService/SubmitDocument");
    assert_eq!(hex(&call.trace_id), trace);
    assert_eq!(hex(&call.parent_span_id), "00f067aa0ba902b7");
    // The announcement in between is a branch of its own: the embedded queue keeps no traces, the store does.
    assert_eq!(collector.span("announce").parent_span_id, call.span_id);
    let attempt = collector.span("attempt");
    assert_eq!((&attempt.trace_id, &attempt.parent_span_id), (&call.trace_id, &call.span_id));
    for stage in ["load", "read", "store"] {
        assert_eq!(collector.span(stage).parent_span_id, attempt.span_id, "{stage}");
    }
    let told = collector.metrics.lock().unwrap().clone();
    assert!(told.iter().any(|name| name == "gongkai.parser.attempts"), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_away_disturbs_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = command(folder.path());
    command.env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{}", free()));
    let server = Server::run(command);
    let clients = server.clients().await;
    let submission = clients.read(metadata("a.html"), made_up(5)).await;
    assert_eq!(submission.reports.len(), 1);
    assert!(server.stop().await.success());
}
