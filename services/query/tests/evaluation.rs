//! Checking what is not stored, and explaining what is.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails in a test fails the test"
)]

mod support;

use gongkai_model::{FormId, Purpose};
use gongkai_pipeline::{Hint, Limits, read_reports};
use gongkai_wire::v1;
use gongkai_wire::v1::evaluate_rules_request::Input;
use gongkai_wire::v1::evaluation_service_client::EvaluationServiceClient;
use support::{Running, reason, report, start};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

const HEADER: &str = "<tr><th rowspan=3 colspan=3>（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）<th colspan=7>申请人情况</tr>\
    <tr><th rowspan=2>自然人<th colspan=5>法人或其他组织<th rowspan=2>总计</tr>\
    <tr><th>商业企业<th>科研机构<th>社会公益组织<th>法律服务机构<th>其他</tr>";

/// A page with the table of requests, of which the first row is as given.
fn page(received: &str) -> String {
    let blank = "<td>0".repeat(7);
    let row = |label: &str, cells: &str| format!("<tr><td colspan=3>{label}{cells}</tr>");
    let denied = [
        "1.属于国家秘密",
        "2.其他法律行政法规禁止公开",
        "3.危及“三安全一稳定”",
        "4.保护第三方合法权益",
        "5.属于三类内部事务信息",
        "6.属于四类过程性信息",
        "7.属于行政执法案卷",
        "8.属于行政查询事项",
    ];
    let mut rows = row("一、本年新收政府信息公开申请数量", received);
    rows += &row("二、上年结转政府信息公开申请数量", &blank);
    rows += &row("（一）予以公开", "<td>3<td>1<td>0<td>0<td>0<td>0<td>4");
    for label in denied {
        rows += &row(label, &blank);
    }
    rows += &row("（七）总计", "<td>3<td>1<td>0<td>0<td>0<td>0<td>4");
    rows += &row("四、结转下年度继续办理", &blank);
    format!(
        "<h1>甲县人民政府2022年政府信息公开工作年度报告</h1><p>一、总体情况</p><p>全年共收到政府信息公开申请9件。</p>\
         <p>三、收到和处理政府信息公开申请情况</p><table>{HEADER}{rows}</table>"
    )
}

async fn evaluate(running: &Running, request: v1::EvaluateRulesRequest) -> Result<Vec<v1::Report>, Status> {
    let mut client = EvaluationServiceClient::new(running.channel.clone());
    let mut answers = client.evaluate_rules(request).await?.into_inner();
    let mut reports = Vec::new();
    while let Some(answer) = answers.message().await? {
        reports.push(answer.report.unwrap());
    }
    Ok(reports)
}

fn document(content: &str) -> v1::EvaluateRulesRequest {
    let document = v1::DraftDocument {
        content: content.to_owned().into(),
        media_type: "text/html".to_owned(),
        ..Default::default()
    };
    v1::EvaluateRulesRequest { input: Some(Input::Document(document)), ..Default::default() }
}

fn failing(report: &v1::Report) -> Vec<String> {
    let fails = report.findings.iter().filter(|finding| finding.outcome() == v1::Outcome::Fails);
    fails.map(|finding| format!("{}.{}", finding.rule, finding.subject)).collect()
}

#[tokio::test]
async fn a_draft_is_checked_as_it_would_be_read_and_nothing_is_stored() {
    let running = start().await;
    let right = "<td>3<td>1<td>0<td>0<td>0<td>0<td>4";
    let wrong = "<td>3<td>1<td>0<td>0<td>0<td>0<td>5";
    for (received, expected) in [(right, false), (wrong, true)] {
        let source = page(received);
        let reports = evaluate(&running, document(&source)).await.unwrap();
        let [report] = reports.as_slice() else { panic!("{reports:?}") };
        let hint = Hint { media_type: Some("text/html"), ..Hint::default() };
        let read = &read_reports(source.as_bytes(), &hint, &Limits::STANDARD).unwrap()[0];
        assert_eq!(report.figures.len(), read.figures.len());
        assert_eq!((report.name.as_str(), report.revision.as_ref().unwrap().number), ("", 0));
        assert_eq!(failing(report).contains(&"requests.balance.total".to_owned()), expected);
        assert!(report.findings.iter().all(|it| it.outcome() != v1::Outcome::Holds));
        let request = v1::EvaluateRulesRequest { include_holding: true, ..document(&source) };
        let whole = &evaluate(&running, request).await.unwrap()[0];
        assert_eq!(whole.findings.len(), read.findings.len());
    }
    let listed =
        running.list(v1::ListReportsRequest { purpose: v1::Purpose::Draft.into(), ..Default::default() });
    assert!(listed.await.unwrap().reports.is_empty());
    running.end().await;
}

#[tokio::test]
async fn what_cannot_be_read_says_why() {
    let running = start().await;
    let status = evaluate(&running, document("今天天气很好")).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::InvalidArgument, "DOCUMENT_REJECTED"));
    assert_eq!(status.get_details_error_info().unwrap().metadata["rejection"], "NOT_A_REPORT");
    let status = evaluate(&running, document(&"一".repeat(333_334))).await.unwrap_err();
    assert_eq!(reason(&status), "INVALID_FIELD");
    assert!(status.message().starts_with("document.content: it has 1000002 bytes"), "{status}");
    let status = evaluate(&running, v1::EvaluateRulesRequest::default()).await.unwrap_err();
    assert_eq!(reason(&status), "INVALID_FIELD");
    running.end().await;
}

fn figure(key: &str, value: Option<&str>, state: v1::State) -> v1::Figure {
    v1::Figure {
        key: key.to_owned(),
        value: value.map(str::to_owned),
        state: state.into(),
        ..Default::default()
    }
}

fn own(figures: Vec<v1::Figure>) -> v1::EvaluateRulesRequest {
    let report =
        v1::Report { form: v1::Form::Form2021.into(), year: Some(2023), figures, ..Default::default() };
    v1::EvaluateRulesRequest {
        input: Some(Input::Report(report)),
        include_holding: true,
        ..Default::default()
    }
}

#[tokio::test]
async fn figures_from_elsewhere_are_checked_and_a_blank_is_no_zero() {
    let running = start().await;
    let unspecified = v1::State::Unspecified;
    let rows = |forward: v1::Figure| {
        own(vec![
            figure("requests.received.total", Some("12"), unspecified),
            figure("requests.carried_over.total", Some("3"), unspecified),
            figure("requests.concluded.total", Some("14"), v1::State::Number),
            forward,
        ])
    };
    let outcome = async |forward: v1::Figure| {
        let reports = evaluate(&running, rows(forward)).await.unwrap();
        let found =
            reports[0].findings.iter().find(|it| it.rule == "requests.balance" && it.subject == "total");
        assert!(reports[0].findings.iter().all(|finding| !finding.figures.is_empty()));
        assert_eq!(reports[0].figures.len(), gongkai_forms::form(FormId::Form2021).unwrap().cells.len());
        found.unwrap().outcome()
    };
    let forward = |value, state| figure("requests.carried_forward.total", value, state);
    assert_eq!(outcome(forward(Some("1"), unspecified)).await, v1::Outcome::Holds);
    assert_eq!(outcome(forward(Some("2"), unspecified)).await, v1::Outcome::Fails);
    assert_eq!(outcome(forward(None, v1::State::Blank)).await, v1::Outcome::NotAssessable);
    running.end().await;
}

#[tokio::test]
async fn complaints_about_figures_name_the_field() {
    let running = start().await;
    let unspecified = v1::State::Unspecified;
    let received = || figure("requests.received.total", Some("1"), unspecified);
    for (figures, field) in [
        (
            vec![received(), figure("requests.recieved.total", Some("1"), unspecified)],
            "report.figures[1].key",
        ),
        (vec![received(), received()], "report.figures[1].key"),
        (vec![figure("requests.received.total", None, unspecified)], "report.figures[0].state"),
        (vec![figure("requests.received.total", Some("1.5"), unspecified)], "report.figures[0].value"),
        (vec![figure("requests.received.total", Some("1"), v1::State::Blank)], "report.figures[0].value"),
    ] {
        let status = evaluate(&running, own(figures)).await.unwrap_err();
        let details = status.get_details_bad_request().unwrap();
        assert_eq!(details.field_violations[0].field, field, "{status}");
    }
    let request =
        v1::EvaluateRulesRequest { input: Some(Input::Report(v1::Report::default())), ..Default::default() };
    let status = evaluate(&running, request).await.unwrap_err();
    assert_eq!(status.get_details_bad_request().unwrap().field_violations[0].field, "report.form");
    running.end().await;
}

fn explain(name: &str, key: &str) -> v1::ExplainFigureRequest {
    v1::ExplainFigureRequest { name: name.to_owned(), key: key.to_owned(), ..Default::default() }
}

#[tokio::test]
async fn a_figure_is_explained_by_its_place_its_rules_and_the_text() {
    let running = start().await;
    let source = page("<td>3<td>1<td>0<td>0<td>0<td>0<td>5");
    let hint = Hint { media_type: Some("text/html"), ..Hint::default() };
    let read = read_reports(source.as_bytes(), &hint, &Limits::STANDARD).unwrap().remove(0);
    let submission = running.store_as(source.clone(), &read, Purpose::Published).await;
    let name = submission.reports[0].report.to_string();
    let mut client = running.client.clone();
    let told = client.explain_figure(explain(&name, "requests.received.total")).await.unwrap().into_inner();
    let figure = told.figure.unwrap();
    assert_eq!((figure.value.as_deref(), figure.raw.as_str()), (Some("5"), "5"));
    let place = told.surroundings.unwrap();
    assert_eq!((place.text.as_str(), place.cell), ("5", Some(7)));
    assert_eq!(place.row[0], "一、本年新收政府信息公开申请数量");
    assert!(place.before.ends_with("0\t5") || place.before.trim_end().ends_with('0'), "{:?}", place.before);
    let balance = told.findings.iter().find(|it| it.rule == "requests.balance").unwrap();
    assert_eq!((balance.outcome(), balance.left.as_deref()), (v1::Outcome::Fails, Some("5")));
    assert!(told.rules.iter().any(|rule| rule.id == "requests.balance" && !rule.source_zh.is_empty()));
    assert!(told.identities.iter().any(|it| it.name == "requests.balance.total"));
    assert!(told.findings.iter().all(|it| it.figures.contains(&"requests.received.total".to_owned())));
    let indicator = told.indicator.unwrap();
    assert!(indicator.cells.contains(&"requests.received.total".to_owned()));
    assert_eq!(told.statements.len(), 1, "the text says 9");
    assert_eq!(told.statements[0].value.as_deref(), Some("9"));
    assert_eq!(told.revision.unwrap().number, 1);

    // What the document does not show has no place.
    let told =
        client.explain_figure(explain(&name, "reviews.reconsideration.total")).await.unwrap().into_inner();
    assert_eq!((told.figure.unwrap().state(), told.surroundings), (v1::State::Missing, None));
    let revision = format!("{name}/revisions/1");
    let told =
        client.explain_figure(explain(&revision, "requests.received.total")).await.unwrap().into_inner();
    assert_eq!(told.report, name);
    running.end().await;
}

#[tokio::test]
async fn a_figure_that_is_not_there_is_not_explained() {
    let running = start().await;
    let name = running.publish(&report("甲县", 2022, FormId::Form2021)).await;
    let mut client = running.client.clone();
    let cumulative = v1::ExplainFigureRequest {
        period: v1::FigurePeriod::Cumulative.into(),
        ..explain(&name, "requests.received.total")
    };
    for (request, expected) in [
        (explain(&name, "requests.recieved.total"), "FIGURE_NOT_FOUND"),
        (cumulative, "FIGURE_NOT_FOUND"),
        (explain(&format!("{name}/revisions/2"), "requests.received.total"), "REPORT_NOT_FOUND"),
        (explain("reports/x", "requests.received.total"), "INVALID_FIELD"),
        (
            v1::ExplainFigureRequest { portion: 99, ..explain(&name, "requests.received.total") },
            "INVALID_FIELD",
        ),
    ] {
        let status = client.explain_figure(request).await.unwrap_err();
        assert_eq!(reason(&status), expected);
    }
    // The document is another one than the record says: its words are not shown, and the rest is.
    let told = client.explain_figure(explain(&name, "requests.received.total")).await.unwrap().into_inner();
    assert!(told.figure.is_some());
    running.end().await;
}
