//! Every method of the interface, called on a real server of either engine. Who adds a method and calls it nowhere here is told.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails in a test fails the test"
)]

mod e2e;

use e2e::house::House;
use e2e::{Clients, Server, all, made_up, metadata, reason};
use gongkai_wire::v1;
use gongkai_wire::v1::batch_service_client::BatchServiceClient;
use gongkai_wire::v1::composition_service_client::CompositionServiceClient;
use gongkai_wire::v1::create_snapshot_response::Piece as Given;
use gongkai_wire::v1::evaluate_rules_request::Input;
use gongkai_wire::v1::evaluation_service_client::EvaluationServiceClient;
use gongkai_wire::v1::export_figures_response::Part as ExportPart;
use gongkai_wire::v1::export_service_client::ExportServiceClient;
use gongkai_wire::v1::import_snapshot_request::Piece as Sent;
use gongkai_wire::v1::ingest_service_client::IngestServiceClient;
use gongkai_wire::v1::operations_service_client::OperationsServiceClient;
use gongkai_wire::v1::query_service_client::QueryServiceClient;
use gongkai_wire::v1::reference_service_client::ReferenceServiceClient;
use gongkai_wire::v1::review_service_client::ReviewServiceClient;
use gongkai_wire::v1::snapshot_import_service_client::SnapshotImportServiceClient;
use gongkai_wire::v1::snapshot_service_client::SnapshotServiceClient;
use gongkai_wire::v1::statistics_service_client::StatisticsServiceClient;
use gongkai_wire::v1::upload_batch_request::Part as BatchPart;
use gongkai_wire::v1::upload_document_request::Part as UploadPart;
use prost::Message as _;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use tonic::service::Interceptor;
use tonic::{GrpcMethod, Request, Status};

const KEY: &str = "requests.received.total";

/// Notes every method that is called.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<BTreeSet<String>>>);

impl Interceptor for Recorder {
    fn call(&mut self, request: Request<()>) -> Result<Request<()>, Status> {
        let method = request.extensions().get::<GrpcMethod<'static>>().unwrap();
        self.0.lock().unwrap().insert(format!("{}.{}", method.service(), method.method()));
        Ok(request)
    }
}

/// Every method that the definitions of the interface name.
fn methods() -> BTreeSet<String> {
    let files = prost_types::FileDescriptorSet::decode(gongkai_wire::FILE_DESCRIPTOR_SET).unwrap();
    let ours = files.file.iter().filter(|file| file.package() == "gongkai.v1");
    ours.flat_map(|file| &file.service)
        .flat_map(|service| {
            let name = move |method: &prost_types::MethodDescriptorProto| {
                format!("gongkai.v1.{}.{}", service.name(), method.name())
            };
            service.method.iter().map(name)
        })
        .collect()
}

fn value(report: &v1::Report) -> i64 {
    let figure = report.figures.iter().find(|figure| figure.key == KEY).unwrap();
    figure.value.as_deref().unwrap().parse().unwrap()
}

/// Documents on their way, alone and in batches, while the parsers pause and after. Gives the reports that came out.
async fn taking_in(clients: &Clients, recorder: &Recorder) -> Vec<String> {
    let mut ingest = IngestServiceClient::with_interceptor(clients.channel.clone(), recorder.clone());
    let mut batches = BatchServiceClient::with_interceptor(clients.channel.clone(), recorder.clone());
    let mut operations = OperationsServiceClient::with_interceptor(clients.channel.clone(), recorder.clone());

    let pause = v1::PauseParsingRequest { reason: "Umbau".to_owned() };
    assert_eq!(operations.pause_parsing(pause).await.unwrap().into_inner().pause.unwrap().reason, "Umbau");
    let told = operations.get_operations(v1::GetOperationsRequest {}).await.unwrap().into_inner();
    assert_eq!(told.operations.unwrap().pause.unwrap().reason, "Umbau");
    let request =
        v1::SubmitDocumentRequest { metadata: Some(metadata("a.html")), content: made_up(1).into() };
    let submitted = ingest.submit_document(request).await.unwrap().into_inner().submission.unwrap();
    let cancelled = v1::CancelSubmissionRequest { name: submitted.name.clone() };
    let cancelled = ingest.cancel_submission(cancelled).await.unwrap().into_inner().submission.unwrap();
    assert_eq!(cancelled.state(), v1::SubmissionState::Cancelled);
    operations.resume_parsing(v1::ResumeParsingRequest::default()).await.unwrap();
    let told = operations.get_operations(v1::GetOperationsRequest {}).await.unwrap().into_inner();
    assert_eq!(told.operations.unwrap().pause, None);

    let content = made_up(2);
    let (first, second) = content.split_at(content.len() / 2);
    let parts = [
        UploadPart::Metadata(metadata("b.html")),
        UploadPart::Chunk(first.to_vec().into()),
        UploadPart::Chunk(second.to_vec().into()),
    ];
    let parts = parts.map(|part| v1::UploadDocumentRequest { part: Some(part) });
    let uploaded = ingest.upload_document(tokio_stream::iter(parts)).await.unwrap().into_inner();
    let uploaded = uploaded.submission.unwrap().name;

    let request =
        v1::CreateBatchRequest { title: "两份".to_owned(), expected_items: 2, ..Default::default() };
    let batch = batches.create_batch(request).await.unwrap().into_inner().batch.unwrap().name;
    let item = |seed: u64| {
        BatchPart::Item(v1::BatchItemStart {
            key: format!("{seed}.html"),
            metadata: Some(metadata("c.html")),
            content: made_up(seed).into(),
            ..Default::default()
        })
    };
    let parts = [BatchPart::Batch(batch.clone()), item(3), item(4)];
    let parts = parts.map(|part| v1::UploadBatchRequest { part: Some(part) });
    let answers = all(batches.upload_batch(tokio_stream::iter(parts)).await.unwrap().into_inner()).await;
    assert_eq!(answers.len(), 2);
    let request = v1::ListBatchesRequest::default();
    let listed = batches.list_batches(request).await.unwrap().into_inner().batches;
    assert_eq!((listed.len(), &*listed[0].name, &*listed[0].title), (1, &*batch, "两份"));
    let request = v1::ListBatchItemsRequest { name: batch.clone(), ..Default::default() };
    let items = batches.list_batch_items(request).await.unwrap().into_inner().items;
    assert_eq!(items.iter().map(|item| &*item.key).collect::<BTreeSet<_>>(), ["3.html", "4.html"].into());

    let watch = v1::WatchSubmissionsRequest {
        filter: Some(v1::SubmissionFilter { names: vec![uploaded.clone()], ..Default::default() }),
        until_final: true,
        ..Default::default()
    };
    let told = all(ingest.watch_submissions(watch).await.unwrap().into_inner()).await;
    let last = told.iter().flat_map(|message| &message.submissions).next_back().unwrap();
    assert_eq!((&last.name, last.state()), (&uploaded, v1::SubmissionState::Done));
    let names: Vec<String> = clients.submissions().await.into_iter().map(|it| it.name).collect();
    clients.ended(&names).await;
    let request = v1::GetSubmissionRequest { name: submitted.name };
    let told = ingest.get_submission(request).await.unwrap().into_inner().submission.unwrap();
    assert_eq!(told.state(), v1::SubmissionState::Cancelled);
    let request = v1::ListSubmissionsRequest { page_size: 10, ..Default::default() };
    let listed = ingest.list_submissions(request).await.unwrap().into_inner().submissions;
    assert_eq!(listed.len(), 4);
    let request = v1::GetBatchRequest { name: batch.clone() };
    let batch_then = batches.get_batch(request).await.unwrap().into_inner().batch.unwrap();
    assert_eq!(batch_then.progress.unwrap().done, 2);
    let request = v1::RetryBatchRequest { name: batch, ..Default::default() };
    let retried = batches.retry_batch(request).await.unwrap().into_inner();
    assert_eq!((retried.retried, retried.left), (0, 0), "nothing has failed");

    // Nothing is dead: what dies, and how it is brought back, is seen where a reader can be put out of order.
    let dead = ingest.list_dead_letters(v1::ListDeadLettersRequest::default()).await.unwrap().into_inner();
    assert_eq!(dead.dead_letters, []);
    let request = v1::GetDeadLetterRequest { name: uploaded };
    let none = ingest.get_dead_letter(request).await.unwrap_err();
    assert_eq!(reason(&none), "SUBMISSION_NOT_DEAD");
    let request = v1::ReplayDeadLettersRequest { limit: 10, ..Default::default() };
    assert_eq!(ingest.replay_dead_letters(request).await.unwrap().into_inner().submissions, []);
    listed.iter().flat_map(|it| &it.reports).map(|it| it.report.clone()).collect()
}

/// The words of all reports, once the index has them.
async fn searching(clients: &Clients, recorder: &Recorder, names: &[String]) {
    let mut query = QueryServiceClient::with_interceptor(clients.channel.clone(), recorder.clone());
    let request =
        v1::SearchReportsRequest { query: "政府信息 年度报告".to_owned(), ..Default::default() };
    let begin = std::time::Instant::now();
    let found = loop {
        let found = query.search_reports(request.clone()).await.unwrap().into_inner();
        assert!(begin.elapsed() < std::time::Duration::from_secs(60), "the index stands still: {found:?}");
        if found.results.len() == names.len() {
            break found;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    };
    assert_eq!((found.total_size, found.next_page_token.as_str()), (Some(3), ""));
    let passage = &found.results[0].passages[0];
    assert!(
        passage.span.is_some() && passage.pieces.iter().any(|piece| piece.is_hit && piece.span.is_some())
    );
}

/// What made-up reports have in common: they have the same sentences with other numbers.
async fn copies(clients: &Clients, recorder: &Recorder, names: &[String]) {
    let mut query = QueryServiceClient::with_interceptor(clients.channel.clone(), recorder.clone());
    let request = v1::ListCopiesRequest { name: names[0].clone(), ..Default::default() };
    let page = query.list_copies(request.clone()).await.unwrap().into_inner();
    assert!(0 < page.position && 0 < page.own_letters && page.next_page_token.is_empty());
    let found: Vec<_> = page.copies.iter().map(|copy| copy.report.as_ref().unwrap().name.clone()).collect();
    assert_eq!(found.iter().collect::<BTreeSet<_>>(), names[1..].iter().collect());
    for copy in &page.copies {
        assert!(0 < copy.copied_letters && copy.copied_letters <= page.own_letters);
        let passage = &copy.passages[0];
        assert!(
            passage.own.as_ref().unwrap().span.is_some() && passage.other.as_ref().unwrap().span.is_some()
        );
    }
    let request = v1::ListCopiesRequest { with: names[1].clone(), ..request };
    let one = query.list_copies(request).await.unwrap().into_inner().copies;
    assert_eq!(
        one.as_slice(),
        page.copies
            .iter()
            .filter(|it| it.report.as_ref().unwrap().name == names[1])
            .cloned()
            .collect::<Vec<_>>()
    );
}

/// The day on which a report says that it was published, ISO 8601; none where it gives none.
fn published(report: &v1::Report) -> Option<String> {
    let dates = report.dates.as_ref()?;
    let date = dates.stated.as_ref().or(dates.page.as_ref())?;
    Some(format!("{:04}-{:02}-{:02}", date.year, date.month, date.day))
}

async fn reading(clients: &Clients, recorder: &Recorder, names: &[String]) -> Vec<v1::Report> {
    let client = QueryServiceClient::with_interceptor(clients.channel.clone(), recorder.clone());
    let mut query = client.max_decoding_message_size(4 << 20);
    let request = v1::BatchGetReportsRequest { names: names.to_vec(), ..Default::default() };
    let got = all(query.batch_get_reports(request).await.unwrap().into_inner()).await;
    let reports: Vec<v1::Report> = got.into_iter().map(|it| it.report.unwrap()).collect();
    assert_eq!(reports.iter().map(|it| &it.name).collect::<Vec<_>>(), names.iter().collect::<Vec<_>>());
    let first = &reports[0];
    let request = v1::GetReportRequest { name: first.name.clone(), ..Default::default() };
    assert_eq!(query.get_report(request).await.unwrap().into_inner().report.as_ref(), Some(first));
    let request = v1::ListReportsRequest::default();
    assert_eq!(query.list_reports(request).await.unwrap().into_inner().reports.len(), names.len());
    // By the kind of the subject, and in an order of several fields.
    let kind = first.subject.as_ref().unwrap().kind();
    let named = kind.as_str_name().trim_start_matches("BODY_KIND_");
    let request = v1::ListReportsRequest {
        filter: format!("subject.kind = {named} OR subject.rank = NATIONAL"),
        order_by: "subject desc, year".to_owned(),
        page_size: 1,
        ..Default::default()
    };
    let listed = query.list_reports(request.clone()).await.unwrap().into_inner();
    let mut found = listed.reports;
    let mut page_token = listed.next_page_token;
    while !page_token.is_empty() {
        let next = v1::ListReportsRequest { page_token, ..request.clone() };
        let next = query.list_reports(next).await.unwrap().into_inner();
        found.extend(next.reports);
        page_token = next.next_page_token;
    }
    let of = |report: &v1::Report| (report.subject.as_ref().unwrap().name.clone(), report.year.unwrap());
    let is_wanted = |report: &&v1::Report| {
        let subject = report.subject.as_ref().unwrap();
        subject.kind() == kind || subject.rank() == v1::Rank::National
    };
    let mut expected: Vec<_> = reports.iter().filter(is_wanted).map(of).collect();
    expected.sort_by(|(a, a_year), (b, b_year)| b.cmp(a).then(a_year.cmp(b_year)));
    assert_eq!(found.iter().map(of).collect::<Vec<_>>(), expected);
    let days: BTreeSet<String> = reports.iter().filter_map(published).collect();
    assert!(!days.is_empty());
    for day in &days {
        let request = v1::ListReportsRequest { published_until: day.clone(), ..Default::default() };
        let listed = query.list_reports(request).await.unwrap().into_inner().reports;
        let listed: BTreeSet<_> = listed.into_iter().map(|report| report.name).collect();
        let expected = reports.iter().filter(|report| published(report).is_some_and(|it| it <= *day));
        assert_eq!(listed, expected.map(|report| report.name.clone()).collect());
    }
    searching(clients, recorder, names).await;
    copies(clients, recorder, names).await;
    let request = v1::ResolveReportRequest {
        subject: first.subject.as_ref().unwrap().name.clone(),
        year: first.year.unwrap(),
        ..Default::default()
    };
    let found = query.resolve_report(request).await.unwrap().into_inner().names;
    assert_eq!(found, std::slice::from_ref(&first.name));
    let document = first.revision.as_ref().unwrap().document.clone();
    let request = v1::GetDocumentRequest { name: document, ..Default::default() };
    let parts = all(query.get_document(request).await.unwrap().into_inner()).await;
    let mut bytes = Vec::new();
    for part in parts {
        if let Some(v1::get_document_response::Part::Chunk(chunk)) = part.part {
            bytes.extend(chunk);
        }
    }
    assert!([2, 3, 4].iter().any(|seed| made_up(*seed) == bytes), "a document comes back as it was sent");
    reports
}

/// What reviewers say, and what becomes of reports by it.
async fn reviewing(clients: &Clients, recorder: &Recorder, report: &v1::Report) {
    let mut reviews = ReviewServiceClient::with_interceptor(clients.channel.clone(), recorder.clone());
    let client = QueryServiceClient::with_interceptor(clients.channel.clone(), recorder.clone());
    let mut query = client.max_decoding_message_size(4 << 20);
    let figure = v1::FigureName { key: KEY.to_owned(), ..Default::default() };
    let (author, says) = ("王某".to_owned(), (value(report) + 1).to_string());
    let request = v1::AmendReportRequest {
        report: report.name.clone(),
        amendments: vec![v1::Amendment {
            figure: Some(figure.clone()),
            read: None,
            says: Some(v1::CellContent { value: Some(says.clone()), ..Default::default() }),
        }],
        author: author.clone(),
        reason: "原件如此".to_owned(),
        ..Default::default()
    };
    assert_eq!(reviews.amend_report(request).await.unwrap().into_inner().revision, 2);
    let request = v1::DisputeFigureRequest {
        report: report.name.clone(),
        figure: Some(figure),
        author: author.clone(),
        note: "待核".to_owned(),
        ..Default::default()
    };
    reviews.dispute_figure(request).await.unwrap();

    let request = v1::ListFindingsRequest {
        report: report.name.clone(),
        rule: "requests.balance".to_owned(),
        outcome: v1::Outcome::Fails.into(),
        ..Default::default()
    };
    let findings = query.list_findings(request).await.unwrap().into_inner().findings;
    let [finding] = findings.as_slice() else { panic!("{findings:?}") };
    assert_eq!((finding.revision, &*finding.finding.as_ref().unwrap().subject), (2, "total"));
    let request = v1::JudgeFindingRequest {
        report: report.name.clone(),
        finding: "requests.balance.total".to_owned(),
        verdict: v1::Verdict::Accepted.into(),
        author,
        note: "属实".to_owned(),
        ..Default::default()
    };
    reviews.judge_finding(request).await.unwrap();
    let request = v1::ListReviewsRequest { report: report.name.clone(), ..Default::default() };
    let said = reviews.list_reviews(request).await.unwrap().into_inner().reviews;
    assert_eq!(said.len(), 3);

    let request =
        v1::ExplainFigureRequest { name: report.name.clone(), key: KEY.to_owned(), ..Default::default() };
    let told = query.explain_figure(request).await.unwrap().into_inner();
    assert_eq!(told.figure.unwrap().value.as_ref(), Some(&says));
    let request = v1::ListReportRevisionsRequest { report: report.name.clone(), ..Default::default() };
    let revisions = query.list_report_revisions(request).await.unwrap().into_inner().revisions;
    assert_eq!(revisions.iter().map(|it| it.number).collect::<BTreeSet<_>>(), [1, 2].into());
    let revision = |number: u32| format!("{}/revisions/{number}", report.name);
    let request = v1::GetReportRevisionRequest { name: revision(1), ..Default::default() };
    let earlier = query.get_report_revision(request).await.unwrap().into_inner().report.unwrap();
    assert_eq!(value(&earlier), value(report));
    let request =
        v1::DiffReportRevisionsRequest { base: revision(1), target: revision(2), ..Default::default() };
    let difference = query.diff_report_revisions(request).await.unwrap().into_inner();
    assert_eq!(difference.figures.len(), 1);
    let request = v1::WatchReportsRequest::default();
    let mut feed = query.watch_reports(request).await.unwrap().into_inner();
    let mut told = Vec::new();
    while told.len() < 4 {
        told.extend(feed.message().await.unwrap().unwrap().changes);
    }
    assert_eq!((&told[3].report, told[3].previous_revision), (&report.name, 1));

    let amendment =
        said.iter().find(|review| matches!(review.opinion, Some(v1::review::Opinion::Amendment(_)))).unwrap();
    let request = v1::WithdrawReviewRequest {
        report: report.name.clone(),
        review: amendment.name.clone(),
        ..Default::default()
    };
    assert_eq!(reviews.withdraw_review(request).await.unwrap().into_inner().revision, 1);
}

/// What is computed with figures of several reports.
async fn computing(clients: &Clients, recorder: &Recorder, reports: &[v1::Report]) {
    let mut statistics = StatisticsServiceClient::with_interceptor(clients.channel.clone(), recorder.clone());
    let mut exports = ExportServiceClient::with_interceptor(clients.channel.clone(), recorder.clone());
    let mut compositions =
        CompositionServiceClient::with_interceptor(clients.channel.clone(), recorder.clone());
    let mut evaluations =
        EvaluationServiceClient::with_interceptor(clients.channel.clone(), recorder.clone());
    let sum: i64 = reports.iter().map(value).sum();
    let which = v1::QueryFiguresRequest { keys: vec![KEY.to_owned()], ..Default::default() };
    let rows = all(statistics.query_figures(which.clone()).await.unwrap().into_inner()).await;
    let rows: Vec<_> = rows.into_iter().flat_map(|message| message.rows).collect();
    assert_eq!(rows.iter().map(|row| row.value().parse::<i64>().unwrap()).sum::<i64>(), sum);
    let request = v1::AggregateRequest { keys: vec![KEY.to_owned()], ..Default::default() };
    let groups = all(statistics.aggregate(request).await.unwrap().into_inner()).await;
    let groups: Vec<_> = groups.into_iter().flat_map(|message| message.groups).collect();
    let sums = groups.iter().map(|group| group.figures[0].numbers_sum.parse::<i64>().unwrap());
    assert_eq!(sums.sum::<i64>(), sum);
    let mut query = QueryServiceClient::with_interceptor(clients.channel.clone(), recorder.clone());
    for group in groups {
        let contributed = group.figures[0].numbers_sum.parse::<i64>().unwrap();
        let request = v1::ExplainStatisticRequest {
            key: KEY.to_owned(),
            group: Some(group.clone()),
            ..Default::default()
        };
        let told = query.explain_statistic(request).await.unwrap().into_inner();
        let values = told.inputs.iter().map(|input| input.value().parse::<i64>().unwrap());
        assert_eq!((told.group, values.sum::<i64>()), (Some(group), contributed));
    }
    let request = v1::ReconcileRollUpRequest {
        report: reports[0].name.clone(),
        units: vec![reports[1].name.clone()],
        keys: vec![KEY.to_owned()],
        ..Default::default()
    };
    let lines = statistics.reconcile_roll_up(request).await.unwrap().into_inner().lines;
    let [line] = lines.as_slice() else { panic!("{lines:?}") };
    assert_eq!(line.own().parse::<i64>().unwrap(), value(&reports[0]));
    let measures = statistics.list_measures(v1::ListMeasuresRequest::default()).await.unwrap().into_inner();
    assert!(measures.measures.iter().any(|measure| measure.id == "grant_rate.concluded"));
    let breaks = statistics.list_series_breaks(v1::ListSeriesBreaksRequest {}).await.unwrap().into_inner();
    assert!(!breaks.breaks.is_empty());

    let request = v1::ExportFiguresRequest { figures: Some(which), ..Default::default() };
    let parts = all(exports.export_figures(request).await.unwrap().into_inner()).await;
    let Some(ExportPart::End(end)) = &parts.last().unwrap().part else { panic!("{parts:?}") };
    assert_eq!((end.reports, end.rows), (reports.len() as i64, rows.len() as i64));
    let request = v1::ComposeReportRequest {
        subject: "某市人民政府".to_owned(),
        year: reports[0].year.unwrap(),
        form: v1::Form::Form2021.into(),
        reports: vec![reports[0].name.clone()],
        ..Default::default()
    };
    let parts = all(compositions.compose_report(request).await.unwrap().into_inner()).await;
    let Some(v1::compose_report_response::Part::Composition(composed)) = &parts[0].part else { panic!() };
    let cell = composed.cells.iter().find(|cell| cell.key == KEY).unwrap();
    assert_eq!(cell.value(), value(&reports[0]).to_string());
    let document = v1::DraftDocument { content: made_up(7).into(), ..Default::default() };
    let request = v1::EvaluateRulesRequest { input: Some(Input::Document(document)), ..Default::default() };
    let checked = all(evaluations.evaluate_rules(request).await.unwrap().into_inner()).await;
    assert_eq!(checked[0].report.as_ref().unwrap().name, "", "it is stored nowhere");
}

/// What the server works with.
async fn reference(clients: &Clients, recorder: &Recorder) {
    let client = ReferenceServiceClient::with_interceptor(clients.channel.clone(), recorder.clone());
    let mut reference = client.max_decoding_message_size(4 << 20);
    let forms = reference.list_forms(v1::ListFormsRequest::default()).await.unwrap().into_inner().forms;
    assert_eq!(forms.len(), 3);
    for listed in forms {
        let request = v1::GetFormRequest { name: listed.name.clone() };
        let form = reference.get_form(request).await.unwrap().into_inner().form.unwrap();
        assert_eq!(form.name, listed.name);
    }
    let rules = reference.list_rules(v1::ListRulesRequest::default()).await.unwrap().into_inner().rules;
    assert!(rules.iter().any(|rule| rule.id == "requests.balance"));
    let request = v1::ListIndicatorsRequest::default();
    let indicators = reference.list_indicators(request).await.unwrap().into_inner().indicators;
    assert!(indicators.iter().any(|indicator| indicator.id == "requests.received"));
    let request = v1::ListRegionsRequest { within: "530000".to_owned(), ..Default::default() };
    let regions = reference.list_regions(request).await.unwrap().into_inner().regions;
    assert!(regions.iter().all(|region| region.code.starts_with("53")) && 1 < regions.len());
    let request =
        v1::ResolveSubjectRequest { display_name: "云南省水利厅".to_owned(), ..Default::default() };
    let resolved = reference.resolve_subject(request).await.unwrap().into_inner();
    assert_eq!(resolved.body.unwrap().kind(), v1::BodyKind::Department);
    assert_eq!(resolved.region.unwrap().code, "530000");
}

/// Everything out of the server, and into it again.
async fn carrying(clients: &Clients, recorder: &Recorder, reports: usize) {
    let mut snapshots = SnapshotServiceClient::with_interceptor(clients.channel.clone(), recorder.clone());
    let mut imports =
        SnapshotImportServiceClient::with_interceptor(clients.channel.clone(), recorder.clone());
    let request = v1::GetContentDigestRequest::default();
    let content = snapshots.get_content_digest(request).await.unwrap().into_inner();
    assert_eq!(content.reports, reports as i64);
    let request = v1::CreateSnapshotRequest::default();
    let pieces = all(snapshots.create_snapshot(request).await.unwrap().into_inner()).await;
    let mut files: Vec<Vec<Sent>> = Vec::new();
    for piece in pieces {
        match piece.piece.unwrap() {
            Given::Head(head) => assert_eq!(head.position, content.position),
            Given::File(name) => files.push(vec![Sent::File(name)]),
            Given::Chunk(chunk) => files.last_mut().unwrap().push(Sent::Chunk(chunk)),
        }
    }
    files.rotate_right(1);
    let pieces = files.into_iter().flatten().map(|piece| v1::ImportSnapshotRequest { piece: Some(piece) });
    let pieces = tokio_stream::iter(pieces.collect::<Vec<_>>());
    let told = imports.import_snapshot(pieces).await.unwrap().into_inner();
    assert_eq!((told.reports_unchanged, told.documents_added), (reports as i64, 0), "{told:?}");
    let request = v1::GetContentDigestRequest { position: content.position };
    assert_eq!(snapshots.get_content_digest(request).await.unwrap().into_inner(), content);
}

async fn every_method_answers(server: &Server) {
    let (clients, recorder) = (server.clients().await, Recorder::default());
    let names = taking_in(&clients, &recorder).await;
    assert_eq!(names.len(), 3);
    let reports = reading(&clients, &recorder, &names).await;
    reviewing(&clients, &recorder, &reports[0]).await;
    computing(&clients, &recorder, &reports).await;
    carrying(&clients, &recorder, reports.len()).await;
    reference(&clients, &recorder).await;
    let called = recorder.0.lock().unwrap().clone();
    let missed: Vec<_> = methods().difference(&called).cloned().collect();
    assert!(missed.is_empty(), "no call of {missed:?} is tried on a real server; add one to this file");
}

#[tokio::test(flavor = "multi_thread")]
async fn over_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    every_method_answers(&server).await;
    assert!(server.stop().await.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn over_postgresql() {
    let house = House::new();
    let server = house.serve(&["ingest", "parser", "query"]);
    every_method_answers(&server).await;
    assert!(server.stop().await.success());
}
