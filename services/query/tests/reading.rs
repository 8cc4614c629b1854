//! Reading reports and documents one by one.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails in a test fails the test"
)]

mod support;

use gongkai_model::{FormId, Purpose};
use gongkai_wire::v1;
use support::{BEGINNING, reason, report, start};
use tonic::{Code, Streaming};

const UNKNOWN_REPORT: &str = "reports/0193a7c2-4b1e-7000-8000-000000000001";

fn get(name: &str) -> v1::GetReportRequest {
    v1::GetReportRequest { name: name.to_owned(), ..Default::default() }
}

async fn all<T>(mut stream: Streaming<T>) -> Vec<T> {
    let mut messages = Vec::new();
    while let Some(message) = stream.message().await.unwrap() {
        messages.push(message);
    }
    messages
}

#[tokio::test]
async fn a_record_comes_back_with_labels_units_and_typed_tables() {
    let running = start().await;
    let name = running.publish(&report("甲县", 2022, FormId::Form2021)).await;
    let got = running.get(&name).await.unwrap();
    assert_eq!(got.name, name);
    assert_eq!(got.form_version, gongkai_forms::form(FormId::Form2021).unwrap().version);
    let revision = got.revision.as_ref().unwrap();
    assert_eq!((revision.number, revision.cause(), revision.renditions.len()), (1, v1::Cause::Received, 1));
    assert_eq!(revision.document, revision.renditions[0]);
    assert_eq!(got.key.as_ref().unwrap().subject, "甲县人民政府");
    for (figure, cell) in got.figures.iter().zip(&gongkai_forms::form(FormId::Form2021).unwrap().cells) {
        assert_eq!((&*figure.key, &*figure.label_zh), (&*cell.key, &*cell.label_zh));
        assert!(!figure.label_en.is_empty());
        assert_eq!(figure.unit(), v1::Unit::from(cell.unit));
    }
    // A blank is no zero.
    assert_eq!((got.figures[0].state(), &got.figures[0].value), (v1::State::Blank, &None));
    assert_eq!(got.figures[1].value.as_deref(), Some("0"));
    assert!(matches!(got.tables, Some(v1::report::Tables::Form2021(_))));
    assert_eq!(got.findings.len(), 3);
    assert_eq!((got.findings_failing, got.figures_undetermined), (1, 0));
    running.end().await;
}

#[tokio::test]
async fn a_view_tells_how_much_of_a_record_is_sent() {
    let running = start().await;
    let name = running.publish(&report("甲县", 2020, FormId::Form2019)).await;
    let view = async |view: v1::ReportView| {
        let request = v1::GetReportRequest { view: view.into(), ..get(&name) };
        running.client.clone().get_report(request).await.unwrap().into_inner().report.unwrap()
    };
    let basic = view(v1::ReportView::Basic).await;
    assert_eq!((basic.figures.len(), basic.findings.len(), basic.sections.len()), (0, 0, 0));
    assert_eq!(basic.subject.as_ref().unwrap().rank(), v1::Rank::County);
    let figures = view(v1::ReportView::Figures).await;
    assert_eq!((figures.figures.is_empty(), figures.sections.len()), (false, 0));
    assert!(figures.figures.iter().all(|figure| figure.span.is_none()));
    let full = view(v1::ReportView::Full).await;
    assert_eq!((&full.etag, full.sections.len()), (&basic.etag, 1));
    assert_eq!(view(v1::ReportView::Unspecified).await, full);
    let request = v1::GetReportRequest { view: 99, ..get(&name) };
    let status = running.client.clone().get_report(request).await.unwrap_err();
    assert_eq!(reason(&status), "INVALID_FIELD");
}

#[tokio::test]
async fn what_is_not_there_is_not_found_and_what_is_no_name_is_refused() {
    let running = start().await;
    let status = running.get(UNKNOWN_REPORT).await.unwrap_err();
    assert_eq!((status.code(), reason(&status)), (Code::NotFound, "REPORT_NOT_FOUND".to_owned()));
    for name in ["", "reports/1", "submissions/0193a7c2-4b1e-7000-8000-000000000001"] {
        let status = running.get(name).await.unwrap_err();
        assert_eq!((status.code(), reason(&status)), (Code::InvalidArgument, "INVALID_FIELD".to_owned()));
    }
}

#[tokio::test]
async fn the_etag_changes_when_the_report_changes() {
    let running = start().await;
    let first = report("甲县", 2020, FormId::Form2019);
    let name = running.publish(&first).await;
    let before = running.get(&name).await.unwrap();
    let mut changed = first.clone();
    changed.figures[1].value = Some(gongkai_model::Value::Count(5));
    assert_eq!(running.publish(&changed).await, name);
    let after = running.get(&name).await.unwrap();
    assert_ne!(before.etag, after.etag);
    assert_eq!(after.revision.unwrap().cause(), v1::Cause::Republished);
}

#[tokio::test]
async fn a_report_is_read_as_it_was_known_at_a_time() {
    let running = start().await;
    let first = report("甲县", 2020, FormId::Form2019);
    let name = running.publish(&first).await;
    running.clock.advance(std::time::Duration::from_secs(100));
    let mut changed = first.clone();
    changed.figures[1].value = Some(gongkai_model::Value::Count(5));
    running.publish(&changed).await;
    let number = async |after_s: i64| {
        let as_of =
            Some(prost_types::Timestamp { seconds: BEGINNING.micros() / 1_000_000 + after_s, nanos: 0 });
        let request = v1::GetReportRequest { as_of, ..get(&name) };
        let answer = running.client.clone().get_report(request).await?;
        Ok::<_, tonic::Status>(answer.into_inner().report.unwrap().revision.unwrap().number)
    };
    assert_eq!(number(50).await.unwrap(), 1);
    assert_eq!(number(100).await.unwrap(), 2);
    assert_eq!(reason(&number(-1).await.unwrap_err()), "REPORT_NOT_FOUND");
}

#[tokio::test]
async fn a_draft_shows_to_those_alone_who_ask_for_drafts() {
    let running = start().await;
    let draft = report("甲县", 2020, FormId::Form2019);
    let submission = running.store_as("draft", &draft, Purpose::Draft).await;
    let (name, document) = (submission.reports[0].report.to_string(), submission.document.to_string());
    let mut client = running.client.clone();
    let drafts = v1::Purpose::Draft.into();

    assert_eq!(reason(&running.get(&name).await.unwrap_err()), "REPORT_NOT_FOUND");
    assert_eq!(running.list(v1::ListReportsRequest::default()).await.unwrap().reports, []);
    let findings = client.list_findings(v1::ListFindingsRequest::default()).await.unwrap().into_inner();
    assert_eq!(findings.findings, []);
    let key =
        v1::ResolveReportRequest {
            subject: "甲县人民政府".to_owned(), year: 2020, ..Default::default()
        };
    assert_eq!(reason(&client.resolve_report(key.clone()).await.unwrap_err()), "REPORT_NOT_FOUND");
    let names = vec![name.clone()];
    let batch = client.batch_get_reports(v1::BatchGetReportsRequest { names, ..Default::default() }).await;
    assert_eq!(all(batch.unwrap().into_inner()).await[0].report, None);
    let request = v1::GetDocumentRequest { name: document.clone(), ..Default::default() };
    assert_eq!(reason(&client.get_document(request).await.unwrap_err()), "DOCUMENT_NOT_FOUND");

    let request = v1::GetReportRequest { purpose: drafts, ..get(&name) };
    let got = client.get_report(request).await.unwrap().into_inner().report.unwrap();
    assert_eq!(got.purpose(), v1::Purpose::Draft);
    let listed =
        running.list(v1::ListReportsRequest { purpose: drafts, ..Default::default() }).await.unwrap();
    assert_eq!(listed.reports.len(), 1);
    let key = v1::ResolveReportRequest { purpose: drafts, ..key };
    assert_eq!(client.resolve_report(key).await.unwrap().into_inner().names, [name]);
    let request = v1::GetDocumentRequest { name: document, purpose: drafts };
    assert_eq!(all(client.get_document(request).await.unwrap().into_inner()).await.len(), 2);
}

#[tokio::test]
async fn a_batch_answers_in_the_order_of_its_names() {
    let running = start().await;
    let mut names = Vec::new();
    for year in 2000..2040 {
        names.push(running.publish(&report("甲县", year, FormId::Form2021)).await);
    }
    names.reverse();
    names.insert(1, UNKNOWN_REPORT.to_owned());
    let request = v1::BatchGetReportsRequest { names: names.clone(), ..Default::default() };
    let got = all(running.client.clone().batch_get_reports(request).await.unwrap().into_inner()).await;
    assert_eq!(got.iter().map(|answer| &answer.name).collect::<Vec<_>>(), names.iter().collect::<Vec<_>>());
    for (index, answer) in got.iter().enumerate() {
        assert_eq!(answer.report.is_none(), index == 1);
    }
    let names = vec![UNKNOWN_REPORT.to_owned(); 1001];
    let request = v1::BatchGetReportsRequest { names, ..Default::default() };
    let status = running.client.clone().batch_get_reports(request).await.unwrap_err();
    assert_eq!(reason(&status), "INVALID_FIELD");
}

#[tokio::test]
async fn a_record_with_too_much_text_says_in_which_view_to_read_it() {
    let running = start().await;
    let mut long = report("甲县", 2020, FormId::Form2019);
    long.sections[0].text = "公开".repeat(400_000);
    let name = running.publish(&long).await;
    let status = running.get(&name).await.unwrap_err();
    assert_eq!((status.code(), reason(&status)), (Code::ResourceExhausted, "REPORT_TOO_LARGE".to_owned()));
    let request = v1::GetReportRequest { view: v1::ReportView::Figures.into(), ..get(&name) };
    assert!(running.client.clone().get_report(request).await.is_ok());
}

#[tokio::test]
async fn a_report_is_found_by_its_subject_scope_and_year() {
    let running = start().await;
    let name = running.publish(&report("甲县", 2020, FormId::Form2019)).await;
    running.publish(&report("甲县", 2021, FormId::Form2021)).await;
    let resolve = async |subject: &str, scope: v1::ScopeKind, year: i32| {
        let (subject, scope) = (subject.to_owned(), scope.into());
        let request = v1::ResolveReportRequest { subject, scope, year, ..Default::default() };
        Ok::<_, tonic::Status>(running.client.clone().resolve_report(request).await?.into_inner().names)
    };
    let any = v1::ScopeKind::Unspecified;
    assert_eq!(resolve("甲县人民政府", any, 2020).await.unwrap(), std::slice::from_ref(&name));
    assert_eq!(resolve("甲县人民政府", v1::ScopeKind::WholeArea, 2020).await.unwrap(), [name]);
    let status = resolve("甲县人民政府", v1::ScopeKind::Organ, 2020).await.unwrap_err();
    assert_eq!((status.code(), reason(&status)), (Code::NotFound, "REPORT_NOT_FOUND".to_owned()));
    assert_eq!(reason(&resolve("", any, 2020).await.unwrap_err()), "INVALID_FIELD");
    assert_eq!(reason(&resolve("甲县人民政府", any, 0).await.unwrap_err()), "INVALID_FIELD");
}

#[tokio::test]
async fn a_document_comes_back_byte_for_byte() {
    let running = start().await;
    let bytes: Vec<u8> = (0..600_000_u32).map(|count| (count % 251) as u8).collect();
    let submission =
        running.store_as(bytes.clone(), &report("甲县", 2020, FormId::Form2019), Purpose::Published).await;
    let request = v1::GetDocumentRequest { name: submission.document.to_string(), ..Default::default() };
    let parts = all(running.client.clone().get_document(request).await.unwrap().into_inner()).await;
    let mut got = Vec::new();
    for (index, part) in parts.into_iter().enumerate() {
        match part.part.unwrap() {
            v1::get_document_response::Part::Document(document) => {
                assert_eq!(index, 0);
                assert_eq!((document.size_bytes, &*document.media_type), (600_000, "text/plain"));
                assert_eq!(document.file_names, ["报告.txt"]);
            }
            v1::get_document_response::Part::Chunk(chunk) => got.extend(chunk),
        }
    }
    assert!(got == bytes);
    let name = format!("documents/{}", "0".repeat(64));
    let request = v1::GetDocumentRequest { name, ..Default::default() };
    let status = running.client.clone().get_document(request).await.unwrap_err();
    assert_eq!(reason(&status), "DOCUMENT_NOT_FOUND");
}
