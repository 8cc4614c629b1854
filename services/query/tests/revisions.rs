//! Revisions, their differences, and the feed of changes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails in a test fails the test"
)]

mod support;

use gongkai_model::{
    FormId, Outcome, Period, Purpose, Quoted, Report, ScopeKind, Section, State, Statement, Value, Whose,
};
use gongkai_wire::v1;
use support::{DEADLINE, Running, reason, report, start};
use tonic::{Code, Streaming};

/// A county's report, and the same published again: one cell, one heading and one finding differ.
fn twice() -> (Report, Report) {
    let mut before = report("甲县", 2022, FormId::Form2021);
    let mut after = before.clone();
    after.figures[2].value = Some(Value::Count(7));
    after.figures[2].raw = "7".to_owned();
    after.figures[3].raw = " 0 ".to_owned();
    after.issuer.name = "甲县人民政府办公室".to_owned();
    after.sections[0].text = "另一段".to_owned();
    after.sections.push(Section { title: "二、其他".to_owned(), ..after.sections[0].clone() });
    let published = |count: u8| Statement {
        indicator: "published.total".to_owned(),
        value: Some(count.into()),
        value_max: None,
        unit: "条".to_owned(),
        approximate: false,
        period: Period::ThisYear,
        scope: ScopeKind::Unknown,
        whose: Whose::Subject,
        quote: format!("公开信息{count}条"),
        section: "一、总体情况".to_owned(),
        span: None,
    };
    before.statements.push(published(12));
    after.statements.push(published(13));
    after.problems.push(Quoted { text: "公开不够及时".to_owned(), span: None });
    after.findings[0].outcome = Outcome::Fails;
    after.findings[1].outcome = Outcome::Holds;
    (before, after)
}

async fn revised(running: &Running) -> String {
    let (before, after) = twice();
    let name = running.publish(&before).await;
    assert_eq!(running.publish(&after).await, name);
    name
}

#[tokio::test]
async fn revisions_are_listed_and_read_one_by_one() {
    let running = start().await;
    let name = revised(&running).await;
    let mut client = running.client.clone();
    let request = v1::ListReportRevisionsRequest { report: name.clone(), page_size: 1, ..Default::default() };
    let first = client.list_report_revisions(request.clone()).await.unwrap().into_inner();
    let [received] = first.revisions.as_slice() else { panic!("{first:?}") };
    assert_eq!((received.number, received.cause()), (1, v1::Cause::Received));
    let request = v1::ListReportRevisionsRequest { page_token: first.next_page_token, ..request };
    let second = client.list_report_revisions(request).await.unwrap().into_inner();
    let [republished] = second.revisions.as_slice() else { panic!("{second:?}") };
    assert_eq!((republished.number, republished.cause()), (2, v1::Cause::Republished));
    assert!(second.next_page_token.is_empty());

    for (number, value) in [(1, "0"), (2, "7")] {
        let request =
            v1::GetReportRevisionRequest { name: format!("{name}/revisions/{number}"), ..Default::default() };
        let report = client.get_report_revision(request).await.unwrap().into_inner().report.unwrap();
        assert_eq!(report.figures[2].value.as_deref(), Some(value));
        assert_eq!(report.revision.unwrap().number, number);
    }
    for (wrong, expected) in [
        ("revisions/3", "REPORT_NOT_FOUND"),
        ("revisions/0", "INVALID_FIELD"),
        ("revisions/01", "INVALID_FIELD"),
        ("", "INVALID_FIELD"),
    ] {
        let request = v1::GetReportRevisionRequest { name: format!("{name}/{wrong}"), ..Default::default() };
        assert_eq!(reason(&client.get_report_revision(request).await.unwrap_err()), expected, "{wrong}");
    }
    running.end().await;
}

#[tokio::test]
async fn two_revisions_differ_in_what_they_say_and_not_in_how_it_is_written() {
    let running = start().await;
    let name = revised(&running).await;
    let mut client = running.client.clone();
    let request =
        v1::DiffReportRevisionsRequest { target: format!("{name}/revisions/2"), ..Default::default() };
    let diff = client.diff_report_revisions(request).await.unwrap().into_inner();
    assert_eq!(diff.base, format!("{name}/revisions/1"));
    assert_eq!(diff.target_revision.unwrap().cause(), v1::Cause::Republished);
    let [figure] = diff.figures.as_slice() else { panic!("{:?}", diff.figures) };
    let value = |figure: &Option<v1::Figure>| figure.as_ref().unwrap().value.clone();
    assert_eq!((value(&figure.before).as_deref(), value(&figure.after).as_deref()), (Some("0"), Some("7")));
    let fields: Vec<_> = diff.fields.iter().map(|it| (&*it.path, &*it.after)).collect();
    assert_eq!(fields, [("issuer.name", "甲县人民政府办公室"), ("problems", "公开不够及时")]);
    let [statement] = diff.statements.as_slice() else { panic!("{:?}", diff.statements) };
    let value = |statement: &Option<v1::Statement>| statement.as_ref().unwrap().value.clone();
    assert_eq!(
        (value(&statement.before).as_deref(), value(&statement.after).as_deref()),
        (Some("12"), Some("13"))
    );
    let sections: Vec<_> =
        diff.sections.iter().map(|it| (&*it.title, it.before.is_some(), it.after.is_some())).collect();
    assert_eq!(sections, [("一、总体情况", true, true), ("二、其他", false, true)]);
    let rules: Vec<&str> = diff.findings.iter().map(|it| &*it.rule).collect();
    assert_eq!(rules, ["requests.balance", "requests.outcomes"]);

    // The other way round, and against itself.
    let request = v1::DiffReportRevisionsRequest {
        base: format!("{name}/revisions/2"),
        target: format!("{name}/revisions/1"),
        ..Default::default()
    };
    let back = client.diff_report_revisions(request.clone()).await.unwrap().into_inner();
    assert_eq!(back.sections[1].before.as_deref(), Some("另一段"));
    let request = v1::DiffReportRevisionsRequest { target: request.base.clone(), ..request };
    let none = client.diff_report_revisions(request).await.unwrap().into_inner();
    assert!(none.figures.is_empty() && none.fields.is_empty() && none.sections.is_empty());
    assert!(none.findings.is_empty() && none.statements.is_empty());
    let first = format!("{name}/revisions/1");
    let request = v1::DiffReportRevisionsRequest { target: first, ..Default::default() };
    assert_eq!(reason(&client.diff_report_revisions(request).await.unwrap_err()), "INVALID_FIELD");
    running.end().await;
}

#[tokio::test]
async fn cells_that_only_one_form_has_are_differences() {
    let running = start().await;
    let older = running.publish(&report("甲县", 2020, FormId::Form2019)).await;
    let newer = running.publish(&report("甲县", 2022, FormId::Form2021)).await;
    let request = v1::DiffReportRevisionsRequest {
        base: format!("{older}/revisions/1"),
        target: format!("{newer}/revisions/1"),
        ..Default::default()
    };
    let diff = running.client.clone().diff_report_revisions(request).await.unwrap().into_inner();
    let cells = |id| gongkai_forms::form(id).unwrap().cells.iter().map(|cell| cell.key.to_string());
    let (before, after): (Vec<_>, Vec<_>) =
        (cells(FormId::Form2019).collect(), cells(FormId::Form2021).collect());
    let gone = diff.figures.iter().filter(|figure| figure.after.is_none()).count();
    let come = diff.figures.iter().filter(|figure| figure.before.is_none()).count();
    assert_eq!(gone, before.iter().filter(|key| !after.contains(key)).count());
    assert_eq!(come, after.iter().filter(|key| !before.contains(key)).count());
    assert!(0 < gone && 0 < come);
    running.end().await;
}

async fn watch(running: &Running, request: v1::WatchReportsRequest) -> Streaming<v1::WatchReportsResponse> {
    running.client.clone().watch_reports(request).await.unwrap().into_inner()
}

async fn next(stream: &mut Streaming<v1::WatchReportsResponse>) -> v1::WatchReportsResponse {
    tokio::time::timeout(DEADLINE, stream.message()).await.unwrap().unwrap().unwrap()
}

#[tokio::test]
async fn whoever_watches_hears_of_everything_that_becomes_current() {
    let running = start().await;
    let (before, after) = twice();
    let name = running.publish(&before).await;
    let mut stream =
        watch(&running, v1::WatchReportsRequest { include_findings: true, ..Default::default() }).await;
    let first = next(&mut stream).await;
    let [new] = first.changes.as_slice() else { panic!("{first:?}") };
    assert_eq!((new.kind(), &new.report, new.previous_revision), (v1::ReportChangeKind::New, &name, 0));
    assert_eq!(new.key.as_ref().unwrap().subject, "甲县人民政府");
    let rules = |findings: &[v1::Finding]| findings.iter().map(|it| it.rule.clone()).collect::<Vec<_>>();
    assert_eq!((rules(&new.opened), rules(&new.closed)), (vec!["requests.outcomes".to_owned()], vec![]));

    running.publish(&after).await;
    let second = next(&mut stream).await;
    let [revised] = second.changes.as_slice() else { panic!("{second:?}") };
    assert_eq!((revised.kind(), revised.previous_revision), (v1::ReportChangeKind::Revised, 1));
    assert_eq!(revised.revision.as_ref().unwrap().cause(), v1::Cause::Republished);
    assert_eq!(rules(&revised.opened), ["requests.balance"]);
    assert_eq!(rules(&revised.closed), ["requests.outcomes"]);
    assert!(first.position < second.position && revised.position <= second.position);

    // Whoever comes back goes on behind what it was told.
    let request = v1::WatchReportsRequest { after_position: first.position, ..Default::default() };
    let told = next(&mut watch(&running, request).await).await;
    assert_eq!(told.changes.iter().map(|it| it.position).collect::<Vec<_>>(), [revised.position]);
    drop(stream);
    running.end().await;
}

#[tokio::test]
async fn a_watcher_hears_only_of_what_it_asked_for_and_where_it_stands() {
    let running = start().await;
    let (before, after) = twice();
    running.publish(&before).await;
    running.publish(&after).await;
    running.publish(&report("乙县", 2020, FormId::Form2019)).await;
    running.store_as("draft", &report("丙县", 2020, FormId::Form2019), Purpose::Draft).await;
    let told = async |request| next(&mut watch(&running, request).await).await;
    let subjects = |told: &v1::WatchReportsResponse| {
        told.changes.iter().map(|it| it.region_name.clone()).collect::<Vec<_>>()
    };
    let all = told(v1::WatchReportsRequest::default()).await;
    assert_eq!(subjects(&all), ["甲县", "甲县", "乙县"]);
    let causes = vec![v1::Cause::Republished.into()];
    assert_eq!(subjects(&told(v1::WatchReportsRequest { causes, ..Default::default() }).await), ["甲县"]);
    let region = "乙县".to_owned();
    assert_eq!(subjects(&told(v1::WatchReportsRequest { region, ..Default::default() }).await), ["乙县"]);
    let year_max = Some(2021);
    assert_eq!(subjects(&told(v1::WatchReportsRequest { year_max, ..Default::default() }).await), ["乙县"]);
    let purpose = v1::Purpose::Draft.into();
    assert_eq!(subjects(&told(v1::WatchReportsRequest { purpose, ..Default::default() }).await), ["丙县"]);
    let from_now_on = told(v1::WatchReportsRequest { after_position: -1, ..Default::default() }).await;
    assert_eq!((from_now_on.changes.len(), from_now_on.position), (0, all.position));
    // Nothing to tell: where it stands is told all the same.
    let nothing = told(v1::WatchReportsRequest { subject: "丁县".to_owned(), ..Default::default() }).await;
    assert_eq!((nothing.changes.len(), nothing.position), (0, all.position));
    running.end().await;
}

#[tokio::test]
async fn a_position_that_the_store_has_never_been_at_is_refused() {
    let running = start().await;
    running.publish(&report("甲县", 2020, FormId::Form2019)).await;
    let wrong = async |request| running.client.clone().watch_reports(request).await.unwrap_err();
    let status = wrong(v1::WatchReportsRequest { after_position: 1_000_000, ..Default::default() }).await;
    assert_eq!((status.code(), &*reason(&status)), (Code::FailedPrecondition, "POSITION_AHEAD"));
    for request in [
        v1::WatchReportsRequest { after_position: -2, ..Default::default() },
        v1::WatchReportsRequest { causes: vec![77], ..Default::default() },
        v1::WatchReportsRequest { region_within: "53".to_owned(), ..Default::default() },
    ] {
        assert_eq!(reason(&wrong(request).await), "INVALID_FIELD");
    }
    running.end().await;
}

#[tokio::test]
async fn a_watcher_ends_with_its_server() {
    let running = start().await;
    let mut stream = watch(&running, v1::WatchReportsRequest::default()).await;
    next(&mut stream).await;
    let waiting = tokio::spawn(async move { stream.message().await });
    running.end().await;
    let ended = tokio::time::timeout(DEADLINE, waiting).await.unwrap().unwrap();
    assert_eq!(reason(&ended.unwrap_err()), "SHUTTING_DOWN");
}

#[test]
fn the_samples_differ_where_they_should() {
    let (before, after) = twice();
    assert_eq!(before.figures[2].state, State::Number);
    assert_ne!(before.figures[3].raw, after.figures[3].raw);
}
