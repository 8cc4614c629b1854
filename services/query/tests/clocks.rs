//! Every read of current records goes by two clocks: when reports were published, and when this store came to know them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails in a test fails the test")]

mod support;

use gongkai_model::{Date, Dates, FormId, Purpose, Report, Section, Value};
use gongkai_store::Search;
use gongkai_wire::v1;
use gongkai_wire::v1::statistics_service_client::StatisticsServiceClient;
use support::{Running, report, start};
use tonic::{Code, Status};
use tonic_types::StatusExt;

const RECEIVED: &str = "requests.received.total";

/// A county's report with a count, dated so.
fn dated(county: &str, date: Option<(u16, u8, u8)>, count: i64) -> Report {
    let mut report = report(county, 2020, FormId::Form2019);
    let stated = date.map(|(year, month, day)| Date::new(year, month, day).unwrap());
    report.dates = Dates { stated, page: None };
    report.sections = vec![Section {
        level: 1,
        title: "总体情况".to_owned(),
        span: None,
        text: format!("共有{count}件。"),
    }];
    let received = report.figures.iter_mut().find(|figure| *figure.key == *RECEIVED).unwrap();
    (received.state, received.value) = (gongkai_model::State::Number, Some(Value::Count(count)));
    report
}

/// When a read is asked for.
#[derive(Clone, Default)]
struct When {
    as_of: Option<prost_types::Timestamp>,
    published_until: String,
}

/// Nothing where the report is not found.
fn not_found<T>(status: Status) -> Result<Option<T>, Status> {
    match status.code() {
        Code::NotFound => Ok(None),
        _ => Err(status),
    }
}

/// What every read tells of the count of the only report there is, all of them the same; none where it is not shown.
async fn told(running: &Running, name: &str, when: When) -> Result<Option<String>, Status> {
    let When { as_of, published_until } = when;
    let mut client = running.client.clone();
    let mut statistics = StatisticsServiceClient::new(running.channel.clone());
    let (until, name) = (|| published_until.clone(), name.to_owned());
    let asked =
        v1::GetReportRequest { name: name.clone(), as_of, published_until: until(), ..Default::default() };
    let got = client.get_report(asked).await.map_or_else(not_found, |got| Ok(got.into_inner().report))?;
    let count = |report: &v1::Report| {
        let figure = report.figures.iter().find(|figure| figure.key == RECEIVED);
        figure.and_then(|figure| figure.value.clone())
    };
    let expected = got.as_ref().and_then(count);

    let asked = v1::BatchGetReportsRequest {
        names: vec![name.clone()],
        as_of,
        published_until: until(),
        ..Default::default()
    };
    let batch = client.batch_get_reports(asked).await?.into_inner().message().await?.unwrap();
    assert_eq!(batch.report.as_ref().and_then(count), expected);

    let filter = match &expected {
        Some(count) => format!("figures[\"{RECEIVED}\"] = {count}"),
        None => String::new(),
    };
    let asked = v1::ListReportsRequest {
        view: v1::ReportView::Full.into(),
        filter,
        as_of,
        published_until: until(),
        ..Default::default()
    };
    let listed = running.list(asked).await?.reports;
    assert_eq!(listed.iter().filter_map(count).collect::<Vec<_>>(), Vec::from_iter(expected.clone()));

    let asked = v1::ResolveReportRequest {
        subject: "甲县人民政府".to_owned(),
        year: 2020,
        as_of,
        published_until: until(),
        ..Default::default()
    };
    let resolved =
        client.resolve_report(asked).await.map_or_else(not_found, |it| Ok(Some(it.into_inner().names)))?;
    assert_eq!(resolved, expected.as_ref().map(|_| vec![name.clone()]));

    let asked = v1::ListReportRevisionsRequest {
        report: name.clone(),
        as_of,
        published_until: until(),
        ..Default::default()
    };
    let revisions = client
        .list_report_revisions(asked)
        .await
        .map_or_else(not_found, |it| Ok(Some(it.into_inner().revisions)))?;
    let number = got.as_ref().map(|report| report.revision.as_ref().unwrap().number);
    assert_eq!(revisions.map(|revisions| revisions.last().unwrap().number), number);

    let asked = v1::ListFindingsRequest { as_of, published_until: until(), ..Default::default() };
    let findings = client.list_findings(asked).await?.into_inner().findings;
    assert!(findings.iter().all(|finding| Some(finding.revision) == number));
    assert_eq!(findings.is_empty(), number.is_none());

    let asked = v1::SearchReportsRequest {
        query: "共有".to_owned(),
        as_of,
        published_until: until(),
        ..Default::default()
    };
    let found = client.search_reports(asked).await?.into_inner().results;
    let found: Vec<u32> =
        found.iter().map(|hit| hit.report.as_ref().unwrap().revision.as_ref().unwrap().number).collect();
    assert_eq!(found, Vec::from_iter(number));

    let asked = v1::ExplainFigureRequest {
        name: name.clone(),
        key: RECEIVED.to_owned(),
        as_of,
        published_until: until(),
        ..Default::default()
    };
    let explained =
        client.explain_figure(asked).await.map_or_else(not_found, |it| Ok(it.into_inner().figure))?;
    assert_eq!(explained.and_then(|figure| figure.value), expected);

    let figures = v1::QueryFiguresRequest {
        keys: vec![RECEIVED.to_owned()],
        as_of,
        published_until: until(),
        ..Default::default()
    };
    let rows = statistics.query_figures(figures.clone()).await?.into_inner().message().await?.unwrap().rows;
    assert_eq!(
        rows.into_iter().filter_map(|row| row.value).collect::<Vec<_>>(),
        Vec::from_iter(expected.clone())
    );
    let mut exports = v1::export_service_client::ExportServiceClient::new(running.channel.clone());
    let asked = v1::ExportFiguresRequest { figures: Some(figures), ..Default::default() };
    let mut parts = exports.export_figures(asked).await?.into_inner();
    let mut rows = 0;
    while let Some(part) = parts.message().await? {
        if let Some(v1::export_figures_response::Part::End(end)) = part.part {
            rows = end.rows;
        }
    }
    assert_eq!(rows, i64::from(expected.is_some()));

    let asked = v1::AggregateRequest {
        keys: vec![RECEIVED.to_owned()],
        as_of,
        published_until: until(),
        ..Default::default()
    };
    let groups = statistics.aggregate(asked).await?.into_inner().message().await?.unwrap().groups;
    let sums: Vec<String> = groups.iter().filter_map(|group| group.figures[0].sum.clone()).collect();
    assert_eq!(sums, Vec::from_iter(expected.clone()));

    let asked = v1::ReconcileRollUpRequest {
        report: name.clone(),
        filter: "year = 2020".to_owned(),
        as_of,
        published_until: until(),
        keys: vec![RECEIVED.to_owned()],
        ..Default::default()
    };
    let own = statistics
        .reconcile_roll_up(asked)
        .await
        .map_or_else(not_found, |it| Ok(it.into_inner().lines.pop()))?;
    assert_eq!(own.and_then(|line| line.own), expected);

    let mut composing =
        v1::composition_service_client::CompositionServiceClient::new(running.channel.clone());
    let asked = v1::ComposeReportRequest {
        subject: "丙市人民政府".to_owned(),
        year: 2020,
        form: v1::Form::Form2019.into(),
        filter: "year = 2020".to_owned(),
        null_policy: v1::NullPolicy::BlankAsZero.into(),
        as_of,
        published_until: until(),
        ..Default::default()
    };
    let part = composing.compose_report(asked).await?.into_inner().message().await?.unwrap().part.unwrap();
    let v1::compose_report_response::Part::Composition(composition) = part else { panic!("{part:?}") };
    assert_eq!(composition.units.len(), usize::from(expected.is_some()));
    if let Some(expected) = &expected {
        let cell = composition.cells.iter().find(|cell| cell.key == RECEIVED).unwrap();
        assert_eq!(cell.value.as_ref(), Some(expected));
    }
    Ok(expected)
}

#[tokio::test]
async fn every_read_goes_by_both_clocks() {
    let running = start().await;
    let name = running.publish(&dated("甲县", Some((2021, 1, 30)), 1)).await;
    let first = Some(gongkai_wire::timestamp(support::BEGINNING.micros()));
    running.clock.advance(std::time::Duration::from_secs(3600));
    running.publish(&dated("甲县", Some((2021, 6, 1)), 2)).await;
    running.publish(&dated("甲县", None, 3)).await;
    while running.store.index(100).await.unwrap().changes != 0 {}

    let until = |day: &str| When { as_of: None, published_until: day.to_owned() };
    for (when, expected) in [
        (When::default(), Some("3")),
        (until("2021-01-29"), None),
        (until("2021-01-30"), Some("1")),
        (until("2021-05-31"), Some("1")),
        (until("2021-06-01"), Some("2")),
        (until("9999-12-31"), Some("2")),
        (When { as_of: first, ..When::default() }, Some("1")),
        (When { as_of: first, ..until("2021-06-01") }, Some("1")),
        (When { as_of: first, ..until("2021-01-29") }, None),
    ] {
        let found = told(&running, &name, when.clone()).await.unwrap();
        assert_eq!(found.as_deref(), expected, "{:?} {:?}", when.as_of, when.published_until);
    }
}

#[tokio::test]
async fn a_day_that_is_none_is_refused_by_its_field_and_a_token_is_bound_to_its_day() {
    let running = start().await;
    let name = running.publish(&dated("甲县", Some((2021, 1, 30)), 1)).await;
    running.publish(&dated("乙县", Some((2021, 1, 30)), 1)).await;
    let mut client = running.client.clone();
    let field = |status: Status| {
        let details = status.get_error_details();
        let violation = details.bad_request().map(|it| it.field_violations[0].field.clone());
        (details.error_info().unwrap().reason.clone(), violation.unwrap_or_default())
    };
    let expected = ("INVALID_FIELD".to_owned(), "published_until".to_owned());
    for day in ["2021-02-29", "2021-1-30", "gestern"] {
        let asked = v1::GetReportRequest {
            name: name.clone(),
            published_until: day.to_owned(),
            ..Default::default()
        };
        assert_eq!(field(client.get_report(asked).await.unwrap_err()), expected);
        let asked = v1::ListReportsRequest { published_until: day.to_owned(), ..Default::default() };
        assert_eq!(field(client.list_reports(asked).await.unwrap_err()), expected);
    }
    // A revision is the same at any time.
    let asked = v1::ExplainFigureRequest {
        name: format!("{name}/revisions/1"),
        key: RECEIVED.to_owned(),
        published_until: "2021-03-31".to_owned(),
        ..Default::default()
    };
    assert_eq!(field(client.explain_figure(asked).await.unwrap_err()), expected);

    let asked = |day: &str, page_token| v1::ListReportsRequest {
        page_size: 1,
        page_token,
        published_until: day.to_owned(),
        ..Default::default()
    };
    let first = running.list(asked("2021-03-31", String::new())).await.unwrap();
    let status = running.list(asked("2021-04-01", first.next_page_token.clone())).await.unwrap_err();
    assert_eq!(field(status).0, "INVALID_PAGE_TOKEN");
    let second = running.list(asked("2021-03-31", first.next_page_token)).await.unwrap();
    assert_eq!((second.reports.len(), second.next_page_token.as_str()), (1, ""));
}

#[tokio::test]
async fn drafts_go_by_the_same_clocks() {
    let running = start().await;
    let draft = dated("甲县", Some((2021, 1, 30)), 1);
    running.store_as("草稿", &draft, Purpose::Draft).await;
    let asked = |day: &str| v1::ListReportsRequest {
        purpose: v1::Purpose::Draft.into(),
        published_until: day.to_owned(),
        ..Default::default()
    };
    assert_eq!(running.list(asked("2021-01-29")).await.unwrap().reports.len(), 0);
    assert_eq!(running.list(asked("2021-01-30")).await.unwrap().reports.len(), 1);
}
