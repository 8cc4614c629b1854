//! The whole way, through a real process: from bytes to records, also when the same is sent again, when what is sent is no
//! report, and when the process ends in between.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails in a test fails the test"
)]

mod e2e;

use e2e::{Clients, DEADLINE, Server, all, command, made_up, metadata, reason, samples};
use gongkai_wire::v1;
use rust_decimal::Decimal;
use std::collections::HashSet;
use std::fs;
use std::io::Read;
use std::process::Stdio;
use tonic::Code;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus};
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_request, server_reflection_response,
};

const PUBLISHED: v1::Purpose = v1::Purpose::Published;

/// What differs between a record and the labels of its document.
fn differences(report: &v1::Report, labels: &serde_json::Value) -> Vec<String> {
    let mut differences = Vec::new();
    let mut expect = |what: &str, expected: String, got: String| {
        if expected != got {
            differences.push(format!("{what}: expected {expected:?}, got {got:?}"));
        }
    };
    let text = |field: &str| labels[field].as_str().unwrap_or_default().to_owned();
    let name = |body: &Option<v1::Body>| body.as_ref().map(|body| body.name.clone()).unwrap_or_default();
    expect("year", labels["year"].to_string(), report.year.map(|year| year.to_string()).unwrap_or_default());
    expect("issuer", text("issuer"), name(&report.issuer));
    expect("region", text("region"), report.region.as_ref().map(|it| it.name.clone()).unwrap_or_default());
    let form = report.form().as_str_name().trim_start_matches("FORM_").to_lowercase();
    expect("form", text("template"), form);
    let stated = report.dates.as_ref().and_then(|dates| dates.stated);
    let stated = stated.map(|date| format!("{:04}-{:02}-{:02}", date.year, date.month, date.day));
    expect("published", text("published"), stated.unwrap_or_default());
    let top = report.sections.iter().filter(|section| section.level == 1);
    let titles = serde_json::Value::from(top.map(|section| section.title.as_str()).collect::<Vec<_>>());
    expect("sections", labels["sections"].to_string(), titles.to_string());

    let cells = labels["cells"].as_object().unwrap();
    expect("number of figures", cells.len().to_string(), report.figures.len().to_string());
    for figure in &report.figures {
        let got = (figure.state(), figure.value.as_ref().map(|value| value.parse::<Decimal>().unwrap()));
        let expected = match cells.get(&figure.key) {
            None => "no cell".to_owned(),
            Some(label) => match label.as_str() {
                None => {
                    format!("{:?}", (v1::State::Number, Some(label.to_string().parse::<Decimal>().unwrap())))
                }
                Some("") => format!("{:?}", (v1::State::Blank, None::<Decimal>)),
                Some(_) if got.0 == v1::State::Text => format!("{:?}", (v1::State::Text, None::<Decimal>)),
                Some(_) => format!("{:?}", (v1::State::NotApplicable, None::<Decimal>)),
            },
        };
        expect(&figure.key, expected, format!("{got:?}"));
    }
    differences
}

#[tokio::test]
async fn every_label_of_the_samples_comes_out_right() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let clients = server.clients().await;
    let mut sent = Vec::new();
    for path in samples() {
        let name = path.file_name().unwrap().to_str().unwrap();
        let submission = clients.submit(metadata(name), fs::read(&path).unwrap()).await.unwrap();
        sent.push((path, submission.name));
    }
    let names: Vec<String> = sent.iter().map(|(_, name)| name.clone()).collect();
    let ended = clients.ended(&names).await;
    for (path, name) in sent {
        let submission = &ended[&name];
        assert_eq!(submission.state(), v1::SubmissionState::Done, "{}", path.display());
        let [revision] = submission.reports.as_slice() else {
            panic!("{} reports", submission.reports.len())
        };
        let report = clients.report(&revision.report, PUBLISHED).await.unwrap();
        let labels = serde_json::from_slice(&fs::read(path.with_extension("json")).unwrap()).unwrap();
        assert_eq!(differences(&report, &labels), Vec::<String>::new(), "{}", path.display());
        assert_eq!(clients.document(&submission.document).await, fs::read(&path).unwrap());
    }
    assert!(server.stop().await.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_a_thousand_times_at_once_has_one_effect_and_one_answer() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let metadata = v1::DocumentMetadata {
        request_id: "0193a7c2-4b1e-7000-8000-000000000001".to_owned(),
        ..metadata("report.html")
    };
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let clients = server.clients().await;
        for _ in 0..125 {
            let (clients, metadata) = (clients.clone(), metadata.clone());
            calls.spawn(async move { clients.submit(metadata, made_up(1)).await.unwrap() });
        }
    }
    let answers = tokio::time::timeout(DEADLINE, calls.join_all()).await.unwrap();
    let names: HashSet<String> = answers.into_iter().map(|submission| submission.name).collect();
    assert_eq!(names.len(), 1);
    let clients = server.clients().await;
    let names: Vec<String> = names.into_iter().collect();
    assert_eq!(clients.ended(&names).await[&names[0]].state(), v1::SubmissionState::Done);
    assert_eq!((clients.submissions().await.len(), clients.reports().await.len()), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_bytes_from_many_clients_are_one_report_with_one_revision() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..64 {
        let clients = server.clients().await;
        calls.spawn(async move { clients.submit(metadata("report.html"), made_up(2)).await.unwrap().name });
    }
    let names = tokio::time::timeout(DEADLINE, calls.join_all()).await.unwrap();
    let clients = server.clients().await;
    let ended = clients.ended(&names).await;
    assert_eq!(ended.len(), 64);
    let results: HashSet<_> = ended.values().map(|it| (it.state, it.reports[0].report.clone())).collect();
    assert_eq!(results.len(), 1);
    let reports = clients.reports().await;
    assert_eq!(reports.len(), 1);
    assert_eq!(reports[0].revision.as_ref().unwrap().number, 1);
}

#[tokio::test]
async fn a_draft_is_checked_and_never_shows_among_what_is_published() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let clients = server.clients().await;
    let draft = v1::DocumentMetadata { purpose: v1::Purpose::Draft.into(), ..metadata("draft.html") };
    let ended = clients.read(draft, made_up(3)).await;
    let name = &ended.reports[0].report;
    assert_eq!(reason(&clients.report(name, PUBLISHED).await.unwrap_err()), "REPORT_NOT_FOUND");
    assert_eq!(clients.reports().await, []);
    let report = clients.report(name, v1::Purpose::Draft).await.unwrap();
    assert!(!report.findings.is_empty());

    // Published later, the same bytes are a report of their own.
    let published = clients.read(metadata("report.html"), made_up(3)).await;
    assert_ne!(&published.reports[0].report, name);
    assert_eq!(clients.reports().await.len(), 1);
}

#[tokio::test]
async fn what_is_no_report_is_rejected_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let clients = server.clients().await;
    let cases = [
        ("weather.txt", "今天天气很好，适合出门。".as_bytes().to_vec(), v1::RejectReason::NotAReport),
        ("report.pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec(), v1::RejectReason::UnsupportedFormat),
        ("empty.txt", b" \r\n ".to_vec(), v1::RejectReason::Empty),
    ];
    for (file_name, content, expected) in cases {
        let ended = clients.read(metadata(file_name), content).await;
        assert_eq!(ended.state(), v1::SubmissionState::Rejected, "{file_name}");
        let rejection = ended.rejection.unwrap();
        assert_eq!(rejection.reason(), expected, "{file_name}");
        assert!(!rejection.message.is_empty());
    }
    assert_eq!(clients.reports().await, []);
}

#[tokio::test]
async fn a_restart_keeps_everything_page_tokens_included() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let clients = server.clients().await;
    let mut names = Vec::new();
    for seed in 10..14 {
        names.push(clients.submit(metadata("report.html"), made_up(seed)).await.unwrap().name);
    }
    clients.ended(&names).await;
    let (submissions, reports) = (clients.submissions().await, clients.reports().await);
    let whole = clients.report(&reports[0].name, PUBLISHED).await.unwrap();
    let first = v1::ListReportsRequest { page_size: 1, ..Default::default() };
    let page_token =
        clients.query.clone().list_reports(first.clone()).await.unwrap().into_inner().next_page_token;
    drop(clients);
    assert!(server.stop().await.success());

    let server = Server::start(folder.path());
    let clients = server.clients().await;
    assert_eq!(clients.submissions().await, submissions);
    assert_eq!(clients.reports().await, reports);
    assert_eq!(clients.report(&whole.name, PUBLISHED).await.unwrap(), whole);
    let second = v1::ListReportsRequest { page_token, ..first };
    let page = clients.query.clone().list_reports(second).await.unwrap().into_inner();
    assert_eq!(page.reports[0].name, reports[1].name);
}

#[tokio::test]
async fn what_was_acknowledged_before_a_crash_is_done_once_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let clients = server.clients().await;
    let mut names = Vec::new();
    for seed in 100..160 {
        names.push(clients.submit(metadata("report.html"), made_up(seed)).await.unwrap().name);
    }
    server.kill();
    let server = Server::start(folder.path());
    let clients = server.clients().await;
    let ended = clients.ended(&names).await;
    assert!(ended.values().all(|submission| submission.state() == v1::SubmissionState::Done));
    let reports = clients.reports().await;
    let documents: HashSet<_> =
        reports.iter().map(|it| it.revision.as_ref().unwrap().document.clone()).collect();
    assert_eq!((documents.len(), clients.submissions().await.len()), (60, 60));
    assert!(reports.iter().all(|report| report.revision.as_ref().unwrap().number == 1));
}

#[tokio::test]
async fn two_processes_cannot_share_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let second = tokio::task::spawn_blocking({
        let mut command = command(folder.path());
        move || command.output().unwrap()
    });
    let second = tokio::time::timeout(DEADLINE, second).await.unwrap().unwrap();
    assert!(!second.status.success());
    assert_eq!(second.stdout, b"");
    let complaint = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(complaint.contains("is in use by another process"), "{complaint}");
    assert!(server.clients().await.reports().await.is_empty());
}

#[tokio::test]
async fn an_open_watch_does_not_keep_the_process_from_ending() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let clients = server.clients().await;
    let request = v1::WatchSubmissionsRequest::default();
    let mut stream = clients.ingest.clone().watch_submissions(request).await.unwrap().into_inner();
    stream.message().await.unwrap();
    let stopped = tokio::spawn(server.stop());
    let status = loop {
        match stream.message().await {
            Ok(message) => assert!(message.is_some()),
            Err(status) => break status,
        }
    };
    assert_eq!((status.code(), reason(&status)), (Code::Unavailable, "SHUTTING_DOWN".to_owned()));
    let status = tokio::time::timeout(DEADLINE, stopped).await.unwrap().unwrap();
    assert!(status.success());
}

#[tokio::test]
async fn the_log_tells_no_contents() {
    let folder = tempfile::tempdir().unwrap();
    let mut process = command(folder.path()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(process.stdout.take().unwrap()), &mut line)
        .unwrap();
    let address = line.strip_prefix("listening on ").unwrap().trim_end().to_owned();
    let channel = tonic::transport::Channel::from_shared(address).unwrap().connect().await.unwrap();
    let clients = Clients::over(channel);
    let ended = clients.read(metadata("secret-name.txt"), "机密内容不得外传".as_bytes().to_vec()).await;
    assert_eq!(ended.state(), v1::SubmissionState::Rejected);
    process.kill().unwrap();
    process.wait().unwrap();
    let mut log = String::new();
    process.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    assert!(log.contains(&ended.name), "{log}");
    assert!(!log.contains("机密"), "{log}");
    for line in log.lines() {
        serde_json::from_str::<serde_json::Value>(line)
            .expect("without a terminal, each line is a JSON object");
    }
}

#[tokio::test]
async fn health_and_reflection_tell_of_both_services() {
    const SERVICES: [&str; 2] = ["gongkai.v1.IngestService", "gongkai.v1.QueryService"];
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let channel = server.clients().await.channel;
    let mut health = HealthClient::new(channel.clone());
    for service in ["", SERVICES[0], SERVICES[1], "gongkai.parser"] {
        let request = HealthCheckRequest { service: service.to_owned() };
        let status = health.check(request).await.unwrap().into_inner().status();
        assert_eq!(status, ServingStatus::Serving, "{service:?}");
    }
    let mut reflection = ServerReflectionClient::new(channel);
    let request = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(server_reflection_request::MessageRequest::ListServices(String::new())),
    };
    let answers = reflection.server_reflection_info(tokio_stream::iter([request])).await.unwrap();
    let answer = all(answers.into_inner()).await.remove(0).message_response.unwrap();
    let server_reflection_response::MessageResponse::ListServicesResponse(listed) = answer else {
        panic!("{answer:?}");
    };
    let names: HashSet<_> = listed.service.into_iter().map(|service| service.name).collect();
    assert!(SERVICES.iter().all(|service| names.contains(*service)), "{names:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_is_broken_off_by_a_crash_is_gone_on_with_and_told_of_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    let restart = |server: Server| {
        server.kill();
        Server::start(folder.path())
    };
    let server = Server::start(folder.path());
    let server = e2e::batches::a_batch_is_resumed_and_told_of_for_ever(server, restart).await;
    assert_eq!(server.clients().await.reports().await.len(), 60);
    assert!(server.stop().await.success());
}
