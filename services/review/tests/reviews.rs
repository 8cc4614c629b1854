//! What reviewers say, through real calls, over the in-memory twin.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails in a test fails the test"
)]

use gongkai_model::{
    Body, BodyKind, Derivation, Figure, FormId, Period, Portion, Priority, Purpose, Rank, RegionText, Report,
    ReportId, Scope, ScopeKind, State, Value,
};
use gongkai_review::{Dependencies, look_after, service};
use gongkai_serve::Services;
use gongkai_store::memory::MemoryStore;
use gongkai_store::{
    AttemptOutcome, Cause, Completion, Content, Intake, Ledger, Limits, ManualClock, NewRevision,
    NewSubmission, ReadAt, Reports, StoredReport, Timestamp, Worker,
};
use gongkai_testkit::wait_until;
use gongkai_wire::v1;
use gongkai_wire::v1::review_service_client::ReviewServiceClient;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

const DEADLINE: Duration = Duration::from_secs(30);
const RECEIVED: &str = "requests.received.total";

struct Running {
    store: Arc<MemoryStore>,
    client: ReviewServiceClient<Channel>,
    stop: CancellationToken,
}

async fn start() -> Running {
    let clock = Arc::new(ManualClock::starting_at(Timestamp::from_micros(1_600_000_000_000_000)));
    let store = Arc::new(MemoryStore::new(clock, Limits::STANDARD));
    let dependencies = Dependencies { reports: store.clone(), reviews: store.clone() };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let stop = CancellationToken::new();
    let services = Services::new().unwrap().with(service(&dependencies));
    tokio::spawn(gongkai_serve::serve(listener, services, stop.clone()));
    let until = stop.clone();
    tokio::spawn(async move { look_after(&dependencies, &until).await });
    let channel = Channel::from_shared(address).unwrap().connect().await.unwrap();
    Running { store, client: ReviewServiceClient::new(channel), stop }
}

/// A report in which all cells are zero but for the requests received.
fn report(received: i64) -> Report {
    let cells = &gongkai_forms::form(FormId::Form2021).unwrap().cells;
    let figures = cells.iter().map(|cell| Figure {
        key: cell.key.clone(),
        period: Period::ThisYear,
        portion: Portion::All,
        state: State::Number,
        value: Some(Value::parse("0", cell.unit).unwrap()),
        raw: "0".to_owned(),
        source_unit: String::new(),
        span: None,
        derivation: Derivation::Read,
        candidates: Vec::new(),
        reason: None,
        proof: None,
    });
    let subject = Body {
        name: "甲县人民政府".to_owned(),
        rank: Rank::County,
        kind: BodyKind::Government,
        ..Body::default()
    };
    let mut report = Report {
        extractor_version: 1,
        part: 1,
        parts: 1,
        year: Some(2022),
        issuer: subject.clone(),
        subject,
        scope: Scope { kind: ScopeKind::WholeArea, ..Scope::default() },
        region: RegionText { name: "甲县".to_owned(), code: "530102".to_owned(), ..RegionText::default() },
        form: FormId::Form2021,
        figures: figures.collect(),
        ..Report::default()
    };
    let figure = report.figures.iter_mut().find(|figure| &*figure.key == RECEIVED).unwrap();
    (figure.value, figure.raw) = (Some(Value::Count(received)), received.to_string());
    report.findings = gongkai_pipeline::audit(&report);
    report
}

impl Running {
    async fn publish(&self, content: &'static str, report: &Report) -> ReportId {
        let new = NewSubmission {
            caller: "test".to_owned(),
            request_id: None,
            item: None,
            purpose: Purpose::Published,
            priority: Priority::Normal,
            media_type: "text/plain".to_owned(),
            name: String::new(),
            source: String::new(),
            content: Content::Bytes(content.into()),
            trace: None,
        };
        let id = self.store.accept(new).await.unwrap().submission.id;
        let worker = Worker { name: "test".to_owned(), extractor_version: 1 };
        let attempt = self.store.begin_attempts(&[id], &worker, DEADLINE).await.unwrap().remove(0);
        let outcome = AttemptOutcome::Reports(vec![NewRevision::pack(report).unwrap()]);
        let completion = Completion { lease: attempt.lease, extractor_version: 1, outcome };
        self.store.complete(vec![completion]).await.unwrap().remove(0).unwrap().reports[0].report
    }

    async fn current(&self, id: ReportId) -> StoredReport {
        self.store.report(id, ReadAt::default()).await.unwrap()
    }

    async fn amend(&self, request: v1::AmendReportRequest) -> Result<v1::AmendReportResponse, Status> {
        Ok(self.client.clone().amend_report(request).await?.into_inner())
    }

    async fn all(&self, id: ReportId) -> Vec<v1::Review> {
        let request =
            v1::ListReviewsRequest { report: id.to_string(), include_ended: true, ..Default::default() };
        self.client.clone().list_reviews(request).await.unwrap().into_inner().reviews
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn name(key: &str) -> v1::FigureName {
    v1::FigureName { key: key.to_owned(), ..Default::default() }
}

fn amendment(key: &str, value: &str) -> v1::Amendment {
    let says = v1::CellContent { value: Some(value.to_owned()), ..Default::default() };
    v1::Amendment { figure: Some(name(key)), read: None, says: Some(says) }
}

fn request(id: ReportId, amendments: Vec<v1::Amendment>) -> v1::AmendReportRequest {
    v1::AmendReportRequest {
        report: id.to_string(),
        amendments,
        author: "王某".to_owned(),
        reason: "原件第2页写作5".to_owned(),
        ..Default::default()
    }
}

fn value(report: &Report, key: &str) -> (Option<Value>, Derivation) {
    let figure = report.figure(key).unwrap();
    (figure.value, figure.derivation)
}

fn states(reviews: &[v1::Review]) -> Vec<v1::ReviewState> {
    reviews.iter().map(v1::Review::state).collect()
}

fn reason(status: &Status) -> String {
    status.get_details_error_info().unwrap().reason
}

#[tokio::test]
async fn a_correction_makes_a_revision_with_the_findings_that_follow() {
    let running = start().await;
    let id = running.publish("one", &report(3)).await;
    let broken = |report: &Report| {
        let fails = report.findings.iter().filter(|it| it.outcome == gongkai_model::Outcome::Fails);
        fails.map(gongkai_model::Finding::name).collect::<Vec<_>>()
    };
    assert!(broken(&running.current(id).await.report).contains(&"requests.balance.total".to_owned()));
    let answer = running.amend(request(id, vec![amendment(RECEIVED, "0")])).await.unwrap();
    assert_eq!((answer.revision, answer.reviews.len()), (2, 1));
    assert!(answer.findings.iter().all(|finding| finding.rule != "requests.balance"));
    let current = running.current(id).await;
    assert_eq!(current.info.cause, Cause::Amended);
    assert_eq!(value(&current.report, RECEIVED), (Some(Value::Count(0)), Derivation::Amended));
    assert_eq!(current.report.figure(RECEIVED).unwrap().raw, "3", "what stands in the source stays");
    assert!(!broken(&current.report).contains(&"requests.balance.total".to_owned()));
    let before = running.store.report_revision(id, 1, Purpose::Published).await.unwrap();
    assert_eq!(value(&before.report, RECEIVED), (Some(Value::Count(3)), Derivation::Read));

    // The same call again says nothing new.
    let again = running.amend(request(id, vec![amendment(RECEIVED, "0")])).await.unwrap();
    assert_eq!((again.revision, &again.reviews), (2, &answer.reviews));
    // Another one takes its place, and a second cell is added.
    let more = vec![amendment(RECEIVED, "4"), amendment("requests.granted.total", "4")];
    let answer = running.amend(request(id, more)).await.unwrap();
    assert_eq!((answer.revision, answer.reviews.len()), (3, 2));
    let reviews = running.all(id).await;
    let [replaced, standing] = [v1::ReviewState::Replaced, v1::ReviewState::Standing];
    assert_eq!(states(&reviews), [replaced, standing, standing]);
    let v1::review::Opinion::Amendment(kept) = reviews[0].opinion.clone().unwrap() else { panic!() };
    assert_eq!(kept.read.unwrap().value.as_deref(), Some("3"));
    assert!(reviews[0].end_time.is_some() && reviews[1].end_time.is_none());

    // Taken back one by one.
    for (index, revision, received) in [(1, 4, 3), (2, 1, 3)] {
        let request = v1::WithdrawReviewRequest {
            report: id.to_string(),
            review: reviews[index].name.clone(),
            ..Default::default()
        };
        let answer = running.client.clone().withdraw_review(request.clone()).await.unwrap().into_inner();
        assert_eq!(answer.revision, revision);
        assert_eq!(value(&running.current(id).await.report, RECEIVED).0, Some(Value::Count(received)));
        // Asked again, because the answer was not heard.
        let again = running.client.clone().withdraw_review(request).await.unwrap().into_inner();
        assert_eq!(again, answer);
    }
    let revisions = running.store.revisions(id, ReadAt::default()).await.unwrap();
    assert_eq!(revisions.len(), 4);
    for review in [reviews[0].name.as_str(), "reviews/0193a7c2-4b1e-7000-8000-000000000001"] {
        let request = v1::WithdrawReviewRequest {
            report: id.to_string(),
            review: review.to_owned(),
            ..Default::default()
        };
        let status = running.client.clone().withdraw_review(request).await.unwrap_err();
        assert_eq!((status.code(), reason(&status).as_str()), (Code::NotFound, "REVIEW_NOT_FOUND"));
    }
    let nowhere = v1::ListReviewsRequest { report: ReportId::generate().to_string(), ..Default::default() };
    let status = running.client.clone().list_reviews(nowhere).await.unwrap_err();
    assert_eq!(reason(&status), "REPORT_NOT_FOUND");
}

#[tokio::test]
async fn corrections_stand_on_other_revisions_while_the_figure_beneath_is_the_same() {
    let running = start().await;
    let id = running.publish("one", &report(3)).await;
    running
        .amend(request(id, vec![amendment(RECEIVED, "0"), amendment("requests.granted.total", "4")]))
        .await
        .unwrap();
    // Published again: another cell is different, and one of those that were corrected.
    let mut again = report(3);
    for (key, count) in [("requests.granted.total", 9), ("requests.carried_over.total", 1)] {
        again.figures.iter_mut().find(|figure| &*figure.key == key).unwrap().value =
            Some(Value::Count(count));
    }
    assert_eq!(running.publish("two", &again).await, id);
    wait_until("the reviews were looked after", DEADLINE, async || {
        running.current(id).await.info.cause == Cause::Amended
    })
    .await;
    let current = running.current(id).await;
    assert_eq!(value(&current.report, RECEIVED), (Some(Value::Count(0)), Derivation::Amended));
    assert_eq!(value(&current.report, "requests.granted.total"), (Some(Value::Count(9)), Derivation::Read));
    assert_eq!(value(&current.report, "requests.carried_over.total").0, Some(Value::Count(1)));
    let [standing, lapsed] = [v1::ReviewState::Standing, v1::ReviewState::Lapsed];
    let mut found = states(&running.all(id).await);
    found.sort_by_key(|state| *state as i32);
    assert_eq!(found, [standing, lapsed]);
    // The publisher says what the reviewer said: the correction has lapsed, and the figure is read.
    let mut right = again;
    right.figures.iter_mut().find(|figure| &*figure.key == RECEIVED).unwrap().value = Some(Value::Count(0));
    running.publish("three", &right).await;
    wait_until("the last one has lapsed", DEADLINE, async || {
        states(&running.all(id).await).iter().all(|state| *state == v1::ReviewState::Lapsed)
    })
    .await;
    let current = running.current(id).await;
    assert_eq!(value(&current.report, RECEIVED), (Some(Value::Count(0)), Derivation::Read));
    assert_eq!(current.info.cause, Cause::Republished);
}

#[tokio::test]
async fn doubts_and_verdicts_stand_while_what_they_judge_is_unchanged() {
    let running = start().await;
    let id = running.publish("one", &report(3)).await;
    let mut client = running.client.clone();
    let doubt = v1::DisputeFigureRequest {
        report: id.to_string(),
        figure: Some(name("requests.granted.total")),
        author: "王某".to_owned(),
        note: "与正文不符".to_owned(),
        ..Default::default()
    };
    let doubted = client.dispute_figure(doubt.clone()).await.unwrap().into_inner().review.unwrap();
    assert_eq!(client.dispute_figure(doubt).await.unwrap().into_inner().review.unwrap(), doubted);
    let judge = |finding: &str, verdict: v1::Verdict| v1::JudgeFindingRequest {
        report: id.to_string(),
        finding: finding.to_owned(),
        verdict: verdict.into(),
        author: "李某".to_owned(),
        ..Default::default()
    };
    let accepted =
        client.judge_finding(judge("requests.balance.total", v1::Verdict::Accepted)).await.unwrap();
    assert_eq!(accepted.into_inner().review.unwrap().state(), v1::ReviewState::Standing);
    client.judge_finding(judge("requests.balance.total", v1::Verdict::Answered)).await.unwrap();
    let status =
        client.judge_finding(judge("requests.balance.business", v1::Verdict::Accepted)).await.unwrap_err();
    assert_eq!(reason(&status), "FINDING_NOT_FOUND");
    let [standing, replaced, lapsed] =
        [v1::ReviewState::Standing, v1::ReviewState::Replaced, v1::ReviewState::Lapsed];
    assert_eq!(states(&running.all(id).await), [standing, replaced, standing]);
    assert_eq!(running.current(id).await.info.revision, 1, "nothing was corrected");
    // With the correction the finding is gone, and so is the verdict on it; the doubt is of another figure.
    running.amend(request(id, vec![amendment(RECEIVED, "0")])).await.unwrap();
    assert_eq!(states(&running.all(id).await), [standing, replaced, lapsed, standing]);
    // A doubt beside a correction makes no revision of its own.
    let other = v1::DisputeFigureRequest {
        report: id.to_string(),
        figure: Some(name("requests.carried_over.total")),
        author: "王某".to_owned(),
        note: "待核".to_owned(),
        ..Default::default()
    };
    client.dispute_figure(other).await.unwrap();
    assert_eq!(running.current(id).await.info.revision, 2);
    // The doubted figure is corrected.
    running.amend(request(id, vec![amendment("requests.granted.total", "1")])).await.unwrap();
    assert_eq!(states(&running.all(id).await)[0], replaced);
}

#[tokio::test]
async fn complaints_name_the_field_and_others_changes_are_noticed() {
    let running = start().await;
    let id = running.publish("one", &report(3)).await;
    let good = || request(id, vec![amendment(RECEIVED, "0")]);
    let says = |state: v1::State, value: Option<&str>| {
        let says = v1::CellContent { state: state.into(), value: value.map(str::to_owned) };
        request(id, vec![v1::Amendment { says: Some(says), ..amendment(RECEIVED, "0") }])
    };
    for (asked, field) in [
        (v1::AmendReportRequest { author: " ".to_owned(), ..good() }, "author"),
        (v1::AmendReportRequest { reason: String::new(), ..good() }, "reason"),
        (v1::AmendReportRequest { amendments: Vec::new(), ..good() }, "amendments"),
        (request(id, vec![amendment(RECEIVED, "1"), amendment(RECEIVED, "2")]), "amendments[1].figure"),
        (request(id, vec![amendment(RECEIVED, "1.5")]), "amendments[0].says.value"),
        (request(id, vec![amendment(RECEIVED, "3")]), "amendments[0].says"),
        (says(v1::State::Undetermined, None), "amendments[0].says.state"),
        (says(v1::State::Unspecified, None), "amendments[0].says.state"),
        (says(v1::State::Blank, Some("1")), "amendments[0].says.value"),
        (says(v1::State::Number, None), "amendments[0].says.value"),
    ] {
        let status = running.amend(asked).await.unwrap_err();
        let details = status.get_details_bad_request().unwrap();
        assert_eq!(details.field_violations[0].field, field, "{status}");
    }
    let status =
        running.amend(request(id, vec![amendment("requests.recieved.total", "1")])).await.unwrap_err();
    assert_eq!(reason(&status), "FIGURE_NOT_FOUND");
    let status =
        running.amend(request(ReportId::generate(), vec![amendment(RECEIVED, "1")])).await.unwrap_err();
    assert_eq!(reason(&status), "REPORT_NOT_FOUND");
    let draft = v1::AmendReportRequest { purpose: v1::Purpose::Draft.into(), ..good() };
    assert_eq!(reason(&running.amend(draft).await.unwrap_err()), "REPORT_NOT_FOUND");

    running.publish("two", &report(7)).await;
    let late = v1::AmendReportRequest { expected_revision: 1, ..good() };
    let status = running.amend(late.clone()).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::Aborted, "REVISION_SUPERSEDED"));
    assert_eq!(status.get_details_error_info().unwrap().metadata["revision"], "2");
    let answer = running.amend(v1::AmendReportRequest { expected_revision: 2, ..late }).await.unwrap();
    assert_eq!(answer.revision, 3);
    // A blank is what it says, and no zero.
    let answer = running.amend(says(v1::State::Blank, None)).await.unwrap();
    assert_eq!(answer.revision, 4);
    let figure = running.current(id).await.report.figure(RECEIVED).unwrap().clone();
    assert_eq!((figure.state, figure.value), (State::Blank, None));
}

const REQUEST: &str = "67e55044-10b1-426f-9247-bb680e5fe0c8";

#[tokio::test]
async fn a_correction_that_is_sent_again_has_the_same_answer_and_says_nothing_new() {
    let running = start().await;
    let id = running.publish("one", &report(3)).await;
    let first = v1::AmendReportRequest {
        request_id: REQUEST.to_owned(),
        expected_revision: 1,
        ..request(id, vec![amendment(RECEIVED, "0")])
    };
    let answer = running.amend(first.clone()).await.unwrap();
    assert_eq!((answer.revision, answer.reviews.len()), (2, 1));
    let upper = v1::AmendReportRequest { request_id: REQUEST.to_uppercase(), ..first.clone() };
    for again in [first.clone(), upper] {
        assert_eq!(running.amend(again).await.unwrap(), answer);
    }
    // Somebody else corrects the same cell: the first answer stays what it was, though another revision was expected.
    let other =
        v1::AmendReportRequest { author: "李某".to_owned(), ..request(id, vec![amendment(RECEIVED, "4")]) };
    assert_eq!(running.amend(other.clone()).await.unwrap().revision, 3);
    let kept = running.all(id).await;
    assert_eq!(states(&kept), [v1::ReviewState::Replaced, v1::ReviewState::Standing]);
    assert_eq!(running.amend(first.clone()).await.unwrap(), answer);
    assert_eq!((running.all(id).await, running.current(id).await.info.revision), (kept, 3));
    // Without the id it would be said again.
    let without = v1::AmendReportRequest { request_id: String::new(), expected_revision: 0, ..first.clone() };
    assert_eq!(running.amend(without).await.unwrap().revision, 4);
    assert_eq!(running.all(id).await.len(), 3);
    // Another content, and another call, may not have the same id.
    let conflicting = v1::AmendReportRequest { reason: "原件第3页".to_owned(), ..first.clone() };
    let refused = running.amend(conflicting).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused)), (Code::AlreadyExists, "REQUEST_ID_CONFLICT".to_owned()));
    let disputed = v1::DisputeFigureRequest {
        report: id.to_string(),
        figure: Some(name(RECEIVED)),
        author: "王某".to_owned(),
        note: "存疑".to_owned(),
        request_id: REQUEST.to_owned(),
        ..Default::default()
    };
    let refused = running.client.clone().dispute_figure(disputed).await.unwrap_err();
    assert_eq!(reason(&refused), "REQUEST_ID_CONFLICT");
    let wrong = v1::AmendReportRequest { request_id: "7".to_owned(), ..first };
    assert_eq!(reason(&running.amend(wrong).await.unwrap_err()), "INVALID_FIELD");
    assert_eq!(running.all(id).await.len(), 3);
}

#[tokio::test]
async fn doubts_verdicts_and_what_is_taken_back_may_be_sent_again() {
    let running = start().await;
    let id = running.publish("one", &report(3)).await;
    let mut client = running.client.clone();
    let numbered = |number: u32| format!("67e55044-10b1-426f-9247-bb680e5fe0{number:02}");
    let dispute = v1::DisputeFigureRequest {
        report: id.to_string(),
        figure: Some(name(RECEIVED)),
        author: "王某".to_owned(),
        note: "存疑".to_owned(),
        request_id: numbered(1),
        ..Default::default()
    };
    let doubt = client.dispute_figure(dispute.clone()).await.unwrap().into_inner();
    let judge = v1::JudgeFindingRequest {
        report: id.to_string(),
        finding: "requests.balance.total".to_owned(),
        verdict: v1::Verdict::Accepted.into(),
        author: "李某".to_owned(),
        request_id: numbered(2),
        ..Default::default()
    };
    let verdict = client.judge_finding(judge.clone()).await.unwrap().into_inner();
    // What says nothing new is an answer, too, and stays one.
    let same = v1::JudgeFindingRequest { request_id: numbered(3), ..judge.clone() };
    assert_eq!(client.judge_finding(same.clone()).await.unwrap().into_inner(), verdict);
    let withdraw = v1::WithdrawReviewRequest {
        report: id.to_string(),
        review: doubt.review.clone().unwrap().name,
        request_id: numbered(4),
        ..Default::default()
    };
    let withdrawn = client.withdraw_review(withdraw.clone()).await.unwrap().into_inner();
    let verdict_is_taken_back = v1::WithdrawReviewRequest {
        review: verdict.review.clone().unwrap().name,
        request_id: numbered(5),
        ..withdraw.clone()
    };
    client.withdraw_review(verdict_is_taken_back).await.unwrap();
    let kept = running.all(id).await;
    assert_eq!(states(&kept), [v1::ReviewState::Withdrawn; 2]);
    for _ in 0..2 {
        assert_eq!(client.dispute_figure(dispute.clone()).await.unwrap().into_inner(), doubt);
        assert_eq!(client.judge_finding(judge.clone()).await.unwrap().into_inner(), verdict);
        assert_eq!(client.judge_finding(same.clone()).await.unwrap().into_inner(), verdict);
        assert_eq!(client.withdraw_review(withdraw.clone()).await.unwrap().into_inner(), withdrawn);
    }
    assert_eq!(running.all(id).await, kept);
    // What was refused is not remembered.
    let unknown = v1::DisputeFigureRequest {
        figure: Some(name("requests.sent")),
        request_id: numbered(6),
        ..dispute.clone()
    };
    assert_eq!(reason(&client.dispute_figure(unknown).await.unwrap_err()), "FIGURE_NOT_FOUND");
    let good = v1::DisputeFigureRequest { request_id: numbered(6), ..dispute };
    assert_ne!(client.dispute_figure(good).await.unwrap().into_inner(), doubt);
}

#[tokio::test]
async fn the_same_request_many_times_at_once_is_one() {
    let running = start().await;
    let id = running.publish("one", &report(3)).await;
    let sent = v1::AmendReportRequest {
        request_id: REQUEST.to_owned(),
        ..request(id, vec![amendment(RECEIVED, "0")])
    };
    let calls = (0..8).map(|_| running.amend(sent.clone()));
    let answers = futures::future::join_all(calls).await;
    let first = answers[0].as_ref().unwrap();
    assert!(answers.iter().all(|answer| answer.as_ref().unwrap() == first), "{answers:?}");
    assert_eq!((running.all(id).await.len(), running.current(id).await.info.revision), (1, 2));
}

#[tokio::test]
async fn many_at_once_lose_nothing() {
    let running = start().await;
    let id = running.publish("one", &report(3)).await;
    let keys: Vec<_> =
        gongkai_forms::form(FormId::Form2021).unwrap().cells.iter().map(|cell| cell.key.clone()).collect();
    let calls = keys.iter().skip(20).take(4).map(|key| running.amend(request(id, vec![amendment(key, "8")])));
    let refused = futures::future::join_all(calls).await.iter().filter(|answer| answer.is_err()).count();
    let standing = states(&running.all(id).await).len();
    let current = running.current(id).await;
    let amended = current.report.figures.iter().filter(|it| it.derivation == Derivation::Amended).count();
    assert_eq!((standing, amended), (4 - refused, 4 - refused));
    assert!(refused < 4);
}

#[tokio::test]
async fn what_is_written_beneath_a_correction_counts_where_it_is_no_number() {
    let running = start().await;
    let worded = |raw: &str| {
        let mut report = report(3);
        let figure = report.figures.iter_mut().find(|figure| &*figure.key == RECEIVED).unwrap();
        (figure.state, figure.value, figure.raw) = (State::Text, None, raw.to_owned());
        report.findings = gongkai_pipeline::audit(&report);
        report
    };
    let id = running.publish("one", &worded("约 30")).await;
    running.amend(request(id, vec![amendment(RECEIVED, "30")])).await.unwrap();
    assert_eq!(value(&running.current(id).await.report, RECEIVED).0, Some(Value::Count(30)));
    running.publish("two", &worded("约500")).await;
    wait_until("the correction has lapsed", DEADLINE, async || {
        states(&running.all(id).await) == [v1::ReviewState::Lapsed]
    })
    .await;
    let current = running.current(id).await;
    assert_eq!((current.info.cause, value(&current.report, RECEIVED).0), (Cause::Republished, None));
}

#[tokio::test]
async fn who_doubts_a_correction_does_not_doubt_what_was_read() {
    let running = start().await;
    let id = running.publish("one", &report(3)).await;
    running.amend(request(id, vec![amendment(RECEIVED, "5")])).await.unwrap();
    let doubt = v1::DisputeFigureRequest {
        report: id.to_string(),
        figure: Some(name(RECEIVED)),
        author: "李某".to_owned(),
        note: "应为4".to_owned(),
        ..Default::default()
    };
    let doubt = running.client.clone().dispute_figure(doubt).await.unwrap().into_inner().review.unwrap();
    let Some(v1::review::Opinion::Dispute(dispute)) = &doubt.opinion else { panic!("{doubt:?}") };
    assert_eq!(dispute.read.as_ref().unwrap().value.as_deref(), Some("5"));
    let withdraw = v1::WithdrawReviewRequest {
        report: id.to_string(),
        review: running.all(id).await[0].name.clone(),
        ..Default::default()
    };
    running.client.clone().withdraw_review(withdraw).await.unwrap();
    let found = states(&running.all(id).await);
    assert_eq!(found, [v1::ReviewState::Withdrawn, v1::ReviewState::Lapsed]);
}
