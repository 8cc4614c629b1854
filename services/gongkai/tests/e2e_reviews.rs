//! Corrections, drafts, explanations and composed reports over a real server of either engine.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails in a test fails the test"
)]

mod e2e;

use e2e::house::House;
use e2e::{Clients, DEADLINE, Server, all, made_up, metadata};
use gongkai_testkit::wait_until;
use gongkai_wire::v1;
use gongkai_wire::v1::compose_report_response::Part;
use gongkai_wire::v1::composition_service_client::CompositionServiceClient;
use gongkai_wire::v1::evaluate_rules_request::Input;
use gongkai_wire::v1::evaluation_service_client::EvaluationServiceClient;
use gongkai_wire::v1::review_service_client::ReviewServiceClient;

const KEY: &str = "requests.received.natural_person";

fn value(report: &v1::Report) -> i64 {
    let figure = report.figures.iter().find(|figure| figure.key == KEY).unwrap();
    figure.value.as_deref().map_or(0, |value| value.parse().unwrap())
}

async fn published(clients: &Clients, content: Vec<u8>) -> v1::Report {
    let ended = clients.read(metadata("a.html"), content).await;
    clients.report(&ended.reports[0].report, v1::Purpose::Published).await.unwrap()
}

/// A report, changed: one cell more than it was.
fn republished(content: &[u8]) -> Vec<u8> {
    let mut changed = content.to_vec();
    changed.extend_from_slice("<p>（更正后重新发布）</p>".as_bytes());
    changed
}

async fn corrections_are_revisions_and_outlive_what_does_not_touch_them(clients: &Clients) {
    let mut reviews = ReviewServiceClient::new(clients.channel.clone());
    let content = made_up(3);
    let read = published(clients, content.clone()).await;
    let says = v1::CellContent { value: Some((value(&read) + 1).to_string()), ..Default::default() };
    let figure = v1::FigureName { key: KEY.to_owned(), ..Default::default() };
    let request = v1::AmendReportRequest {
        report: read.name.clone(),
        amendments: vec![v1::Amendment { figure: Some(figure), read: None, says: Some(says) }],
        author: "王某".to_owned(),
        reason: "原件如此".to_owned(),
        ..Default::default()
    };
    let id = uuid::Uuid::now_v7().to_string();
    let numbered = v1::AmendReportRequest { request_id: id.clone(), ..request.clone() };
    let amended = reviews.amend_report(numbered.clone()).await.unwrap().into_inner();
    assert_eq!(amended.revision, 2);
    // Whoever has not heard the answer asks again.
    assert_eq!(reviews.amend_report(numbered.clone()).await.unwrap().into_inner(), amended);
    let other = v1::AmendReportRequest { reason: "另有原因".to_owned(), ..numbered.clone() };
    assert_eq!(e2e::reason(&reviews.amend_report(other).await.unwrap_err()), "REQUEST_ID_CONFLICT");
    assert!(!amended.findings.is_empty(), "the sums do not hold any more");
    let current = clients.report(&read.name, v1::Purpose::Published).await.unwrap();
    assert_eq!(current.revision.as_ref().unwrap().cause(), v1::Cause::Amended);
    assert_eq!(value(&current), value(&read) + 1);
    assert!(current.findings_failing > read.findings_failing);
    let explain =
        v1::ExplainFigureRequest { name: read.name.clone(), key: KEY.to_owned(), ..Default::default() };
    let told = clients.query.clone().explain_figure(explain).await.unwrap().into_inner();
    assert_eq!(told.reviews, amended.reviews, "who put it right, and why");
    // Whoever follows changes hears of it.
    let watch = v1::WatchReportsRequest { include_findings: true, ..Default::default() };
    let mut feed = clients.query.clone().watch_reports(watch).await.unwrap().into_inner();
    let mut told = Vec::new();
    while told.len() < 2 {
        told.extend(feed.message().await.unwrap().unwrap().changes);
    }
    assert_eq!(
        (told[1].previous_revision, told[1].revision.as_ref().unwrap().cause()),
        (1, v1::Cause::Amended)
    );
    assert!(!told[1].opened.is_empty());
    // The publisher sends it again with another sentence: the correction is put over that, too.
    published(clients, republished(&content)).await;
    let is_put_over = async || {
        let current = clients.report(&read.name, v1::Purpose::Published).await.unwrap();
        let revision = current.revision.as_ref().unwrap();
        (revision.number, revision.cause()) == (4, v1::Cause::Amended) && value(&current) == value(&read) + 1
    };
    wait_until("the correction is put over the new revision", DEADLINE, is_put_over).await;
    let list =
        v1::ListReviewsRequest { report: read.name.clone(), include_ended: true, ..Default::default() };
    let kept = reviews.list_reviews(list).await.unwrap().into_inner().reviews;
    assert_eq!(kept.iter().map(v1::Review::state).collect::<Vec<_>>(), [v1::ReviewState::Standing]);
    let withdraw = v1::WithdrawReviewRequest {
        report: read.name.clone(),
        review: kept[0].name.clone(),
        ..Default::default()
    };
    assert_eq!(reviews.withdraw_review(withdraw).await.unwrap().into_inner().revision, 3);
    let late = v1::AmendReportRequest { expected_revision: 1, ..request };
    let status = reviews.amend_report(late).await.unwrap_err();
    assert_eq!(e2e::reason(&status), "REVISION_SUPERSEDED");
}

async fn drafts_are_checked_and_figures_explained(clients: &Clients) {
    let before = clients.reports().await.len();
    let mut evaluation = EvaluationServiceClient::new(clients.channel.clone());
    let document = v1::DraftDocument { content: made_up(5).into(), ..Default::default() };
    let request = v1::EvaluateRulesRequest {
        input: Some(Input::Document(document)),
        include_holding: true,
        ..Default::default()
    };
    let checked = all(evaluation.evaluate_rules(request).await.unwrap().into_inner()).await;
    let [answer] = checked.as_slice() else { panic!("{checked:?}") };
    let draft = answer.report.as_ref().unwrap();
    assert_eq!(clients.reports().await.len(), before, "nothing was stored");
    let read = published(clients, made_up(5)).await;
    assert_eq!(draft.findings, read.findings);
    let request =
        v1::ExplainFigureRequest { name: read.name.clone(), key: KEY.to_owned(), ..Default::default() };
    let told = clients.query.clone().explain_figure(request).await.unwrap().into_inner();
    let place = told.surroundings.unwrap();
    let figure = told.figure.unwrap();
    assert_eq!((place.text.as_str(), place.document), (figure.raw.as_str(), read.revision.unwrap().document));
    assert_eq!(place.cell.map(|cell| place.row[cell as usize].clone()), Some(figure.raw));
}

async fn reports_of_units_are_summed(clients: &Clients) {
    let mut records = Vec::new();
    for seed in 11..14 {
        records.push(published(clients, made_up(seed)).await);
    }
    let year = records[0].year.unwrap();
    let units: Vec<&v1::Report> = records.iter().filter(|record| record.year == Some(year)).collect();
    let request = v1::ComposeReportRequest {
        subject: "某市人民政府".to_owned(),
        year,
        form: v1::Form::Form2021.into(),
        reports: records.iter().map(|record| record.name.clone()).collect(),
        null_policy: v1::NullPolicy::BlankAsZero.into(),
        formats: vec![v1::CompositionFormat::Xlsx.into()],
        ..Default::default()
    };
    let mut composition = CompositionServiceClient::new(clients.channel.clone());
    let parts = all(composition.compose_report(request).await.unwrap().into_inner()).await;
    let Some(Part::Composition(composed)) = &parts[0].part else { panic!("{parts:?}") };
    let cell = composed.cells.iter().find(|cell| cell.key == KEY).unwrap();
    let sum: i64 = units.iter().map(|unit| value(unit)).sum();
    assert_eq!(cell.value.as_deref(), Some(sum.to_string().as_str()));
    assert_eq!(composed.units.len(), units.len());
    let Some(Part::Piece(piece)) = &parts.last().unwrap().part else { panic!("{parts:?}") };
    assert!(piece.last);
}

async fn everything(clients: &Clients) {
    corrections_are_revisions_and_outlive_what_does_not_touch_them(clients).await;
    drafts_are_checked_and_figures_explained(clients).await;
    reports_of_units_are_summed(clients).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn over_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    everything(&server.clients().await).await;
    assert!(server.stop().await.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn over_postgresql() {
    let house = House::new();
    let server = house.serve(&["ingest", "parser", "query"]);
    everything(&server.clients().await).await;
    assert!(server.stop().await.success());
}
