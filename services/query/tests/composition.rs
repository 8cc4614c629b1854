//! Reports of upper-level bodies, composed of those of their units.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails in a test fails the test"
)]

mod support;

use gongkai_model::{FormId, Report, State, Value};
use gongkai_wire::v1;
use gongkai_wire::v1::compose_report_response::Part;
use gongkai_wire::v1::composition_service_client::CompositionServiceClient;
use support::{Running, reason, report, start};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

const RECEIVED: &str = "requests.received.total";

async fn composed(
    running: &Running,
    request: v1::ComposeReportRequest,
) -> Result<(v1::Composition, Vec<(v1::CompositionFormat, Vec<u8>)>), Status> {
    let mut client =
        CompositionServiceClient::new(running.channel.clone()).max_decoding_message_size(1 << 20);
    let mut answers = client.compose_report(request).await?.into_inner();
    let mut composition = None;
    let mut files: Vec<(v1::CompositionFormat, Vec<u8>)> = Vec::new();
    let mut is_begun = false;
    while let Some(answer) = answers.message().await? {
        match answer.part.unwrap() {
            Part::Composition(it) => composition = Some(it),
            Part::Piece(piece) => {
                if !is_begun {
                    files.push((piece.format(), Vec::new()));
                }
                let (format, bytes) = files.last_mut().unwrap();
                assert_eq!(*format, piece.format());
                bytes.extend_from_slice(&piece.chunk);
                is_begun = !piece.last;
            }
        }
    }
    assert!(!is_begun, "the last file has its last piece");
    Ok((composition.unwrap(), files))
}

/// A county of the prefecture 5301, with so many requests, and no blank cell.
fn county(name: &str, code: &str, received: i64) -> Report {
    let mut report = report(name, 2022, FormId::Form2021);
    report.region.name = name.to_owned();
    report.region.code = code.to_owned();
    report.figures[0].state = State::Number;
    report.figures[0].value = Some(Value::Count(0));
    for key in [RECEIVED, "requests.received.natural_person"] {
        let figure = report.figures.iter_mut().find(|figure| &*figure.key == key).unwrap();
        figure.value = Some(Value::Count(received));
    }
    report
}

fn request(filter: &str) -> v1::ComposeReportRequest {
    v1::ComposeReportRequest {
        subject: "丙市人民政府".to_owned(),
        year: 2022,
        filter: filter.to_owned(),
        ..Default::default()
    }
}

fn cell<'c>(composition: &'c v1::Composition, key: &str) -> &'c v1::ComposedCell {
    composition.cells.iter().find(|cell| cell.key == key).unwrap()
}

#[tokio::test]
async fn counties_of_a_prefecture_are_summed_as_of_one_state() {
    let running = start().await;
    for (name, code, received) in [("甲县", "530102", 3), ("乙县", "530103", 4), ("外县", "530202", 100)]
    {
        running.publish(&county(name, code, received)).await;
    }
    // Another year's, and the prefecture's own.
    let mut before = county("甲县", "530102", 1000);
    before.year = Some(2021);
    running.publish(&before).await;
    let mut own = county("丙市", "530100", 1000);
    own.subject.name = "丙市人民政府".to_owned();
    running.publish(&own).await;

    let formats = [v1::CompositionFormat::Html, v1::CompositionFormat::Docx, v1::CompositionFormat::Xlsx];
    let asked = v1::ComposeReportRequest {
        formats: formats.map(i32::from).into(),
        expected_subjects: vec!["甲县人民政府".to_owned(), "丁县人民政府".to_owned()],
        ..request("region.within(\"530100\")")
    };
    let (composition, files) = composed(&running, asked).await.unwrap();
    let units: Vec<_> = composition.units.iter().map(|unit| unit.subject.as_str()).collect();
    assert_eq!(units, ["甲县人民政府", "乙县人民政府"]);
    assert_eq!(composition.form(), v1::Form::Form2021);
    let received = cell(&composition, RECEIVED);
    assert_eq!((received.value.as_deref(), received.unit()), (Some("7"), v1::Unit::Count));
    assert!(received.label_zh.contains("新收") && !received.label_en.is_empty());
    assert_eq!(composition.cells.len(), gongkai_forms::form(FormId::Form2021).unwrap().cells.len());
    assert_eq!(
        (composition.expected_count, composition.absent_subjects.as_slice()),
        (Some(2), &["丁县人民政府".to_owned()][..])
    );
    assert!(!composition.complete);
    let absent = composition.obstacles.iter().find(|it| it.kind() == v1::ObstacleKind::Absent).unwrap();
    assert!(absent.blocks && absent.message_zh.contains("丁县人民政府"));

    assert_eq!(files.iter().map(|(format, _)| *format).collect::<Vec<_>>(), formats);
    assert!(String::from_utf8_lossy(&files[0].1).contains("丙市人民政府2022年政府信息公开工作年度报告"));
    assert!(files[1..].iter().all(|(_, bytes)| bytes.starts_with(b"PK")));

    running.end().await;
}

#[tokio::test]
async fn what_the_composed_page_says_is_what_was_summed() {
    let running = start().await;
    let mut names = Vec::new();
    for (name, code, received) in [("甲县", "530102", 30), ("乙县", "530103", 12)] {
        names.push(running.publish(&county(name, code, received)).await);
    }
    let asked = v1::ComposeReportRequest {
        reports: names,
        formats: vec![v1::CompositionFormat::Html.into()],
        ..request("")
    };
    let (composition, files) = composed(&running, asked).await.unwrap();
    let hint = gongkai_pipeline::Hint { media_type: Some("text/html"), ..Default::default() };
    let limits = gongkai_pipeline::Limits::STANDARD;
    let read = gongkai_pipeline::read_reports(&files[0].1, &hint, &limits).unwrap();
    let [read] = read.as_slice() else { panic!("{} reports", read.len()) };
    assert_eq!(
        (read.year, read.form, read.subject.name.as_str()),
        (Some(2022), FormId::Form2021, "丙市人民政府")
    );
    for (figure, cell) in read.figures.iter().zip(&composition.cells) {
        let value = figure.value.map(|value| value.to_string());
        assert_eq!((&*figure.key, value), (cell.key.as_str(), cell.value.clone()));
    }
    running.end().await;
}

#[tokio::test]
async fn blanks_follow_the_policy_and_adjustments_need_their_reasons() {
    let running = start().await;
    let mut blank = county("甲县", "530102", 3);
    let received = blank.figures.iter_mut().find(|figure| &*figure.key == RECEIVED).unwrap();
    (received.state, received.value) = (State::Blank, None);
    running.publish(&blank).await;
    running.publish(&county("乙县", "530103", 4)).await;
    let all = || request("year = 2022");
    let (strict, _) = composed(&running, all()).await.unwrap();
    let received = cell(&strict, RECEIVED);
    assert_eq!((&received.value, received.unknown_units.as_slice()), (&None, &[0][..]));
    let lenient = v1::ComposeReportRequest { null_policy: v1::NullPolicy::BlankAsZero.into(), ..all() };
    let adjustment = v1::CompositionAdjustment {
        key: RECEIVED.to_owned(),
        amount: "-1".to_owned(),
        reason: "两县重复受理".to_owned(),
        basis: "核对记录".to_owned(),
    };
    let asked = v1::ComposeReportRequest { adjustments: vec![adjustment.clone()], ..lenient.clone() };
    let (adjusted, _) = composed(&running, asked).await.unwrap();
    let received = cell(&adjusted, RECEIVED);
    let texts = [&received.sum, &received.adjustment, &received.value].map(|text| text.as_deref().unwrap());
    assert_eq!((texts, received.zeroed_units.as_slice()), (["4", "-1", "3"], &[0][..]));

    let with = |change: fn(&mut v1::CompositionAdjustment)| {
        let mut adjustment = adjustment.clone();
        change(&mut adjustment);
        v1::ComposeReportRequest { adjustments: vec![adjustment], ..lenient.clone() }
    };
    for (asked, field) in [
        (with(|it| it.key.push('s')), "adjustments[0].key"),
        (with(|it| it.amount = "1.5".to_owned()), "adjustments[0].amount"),
        (with(|it| it.reason.clear()), "adjustments[0].reason"),
        (with(|it| it.basis = " ".to_owned()), "adjustments[0].basis"),
        (v1::ComposeReportRequest { subject: " ".to_owned(), ..lenient.clone() }, "subject"),
        (v1::ComposeReportRequest { filter: String::new(), ..lenient.clone() }, "filter"),
        (v1::ComposeReportRequest { form: v1::Form::None.into(), ..lenient.clone() }, "form"),
        (v1::ComposeReportRequest { year: 2016, ..lenient.clone() }, "form"),
        (v1::ComposeReportRequest { formats: vec![9], ..lenient.clone() }, "formats[0]"),
    ] {
        let status = composed(&running, asked).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
        let details = status.get_details_bad_request().unwrap();
        assert_eq!(details.field_violations[0].field, field, "{status}");
    }
    let status = composed(&running, request("yaer = 2022")).await.unwrap_err();
    assert_eq!(reason(&status), "INVALID_FILTER");
    let gone = "reports/0193a7c2-4b1e-7000-8000-000000000001".to_owned();
    let status = composed(&running, v1::ComposeReportRequest { reports: vec![gone], ..request("") })
        .await
        .unwrap_err();
    assert_eq!(reason(&status), "REPORT_NOT_FOUND");
    running.end().await;
}

#[tokio::test]
async fn more_units_than_a_call_sums_are_refused() {
    let running = start().await;
    for number in 0..=1000 {
        let mut report = report(&format!("第{number}县"), 2022, FormId::None);
        report.findings.clear();
        running.publish(&report).await;
    }
    let status = composed(&running, request("year = 2022")).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::ResourceExhausted, "TOO_MANY_UNITS"));
    assert_eq!(status.get_details_error_info().unwrap().metadata["units_max"], "1000");
    running.end().await;
}
