//! Query on a free port, over the in-memory twin.
#![allow(dead_code, unreachable_pub, missing_docs, reason = "each test file uses its part")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails in a test fails the test"
)]

pub mod http;

use gongkai_model::{
    Basis, Body, BodyKind, Derivation, Figure, Finding, FormId, Outcome, Period, Portion, Priority, Purpose,
    Quoted, Rank, RegionText, Report, Scope, ScopeKind, Section, Severity, Span, State, Value,
};
use gongkai_query::{Dependencies, TokenKey};
use gongkai_serve::{ServeError, Services};
use gongkai_store::memory::MemoryStore;
use gongkai_store::{
    AttemptOutcome, Completion, Content, Histories, Intake, Ledger, Limits, ManualClock, NewRevision,
    NewSubmission, Submission, Timestamp, Worker,
};
use gongkai_wire::v1;
use gongkai_wire::v1::query_service_client::QueryServiceClient;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::Status;
use tonic::transport::Channel;
use tonic_types::StatusExt;

pub const DEADLINE: Duration = Duration::from_secs(30);
/// The time at which each test begins.
pub const BEGINNING: Timestamp = Timestamp::from_micros(1_600_000_000_000_000);

pub struct Running {
    pub store: Arc<MemoryStore>,
    pub clock: Arc<ManualClock>,
    pub client: QueryServiceClient<Channel>,
    pub channel: Channel,
    pub address: SocketAddr,
    stop: CancellationToken,
    served: JoinHandle<Result<(), ServeError>>,
}

pub async fn start() -> Running {
    start_for(&[]).await
}

/// The same, for pages of these origins.
pub async fn start_for(origins: &[&str]) -> Running {
    start_over(origins, |store| store).await
}

/// The same, with what gives histories put around the store.
pub async fn start_over(
    origins: &[&str],
    around: impl FnOnce(Arc<MemoryStore>) -> Arc<dyn Histories>,
) -> Running {
    let clock = Arc::new(ManualClock::starting_at(BEGINNING));
    let store = Arc::new(MemoryStore::new(clock.clone(), Limits::STANDARD));
    let token_key = TokenKey::new([7; 32]);
    let dependencies = Dependencies {
        reports: store.clone(),
        histories: around(store.clone()),
        search: store.clone(),
        documents: store.clone(),
        reviews: store.clone(),
        changes: store.clone(),
        token_key,
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let origins = origins.iter().map(|origin| origin.parse().unwrap()).collect();
    let services = gongkai_query::serve_with(Services::new().unwrap(), &dependencies, &stop);
    let served = tokio::spawn(gongkai_serve::serve(listener, services.with_origins(origins), stop.clone()));
    let channel = Channel::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap();
    // A client of any language takes messages of this size.
    let client = QueryServiceClient::new(channel.clone()).max_decoding_message_size(4 << 20);
    Running { store, clock, client, channel, address, stop, served }
}

impl Running {
    /// Stores what a document was read as.
    pub async fn store_as(
        &self,
        content: impl Into<bytes::Bytes>,
        report: &Report,
        purpose: Purpose,
    ) -> Submission {
        let new = NewSubmission {
            caller: "test".to_owned(),
            request_id: None,
            item: None,
            purpose,
            priority: Priority::Normal,
            media_type: "text/plain".to_owned(),
            name: "报告.txt".to_owned(),
            source: String::new(),
            content: Content::Bytes(content.into()),
            trace: None,
        };
        let id = self.store.accept(new).await.unwrap().submission.id;
        let worker = Worker { name: "test".to_owned(), extractor_version: 1 };
        let attempt = self.store.begin_attempts(&[id], &worker, DEADLINE).await.unwrap().remove(0);
        let outcome = AttemptOutcome::Reports(vec![NewRevision::pack(report).unwrap()]);
        let completion = Completion { lease: attempt.lease, extractor_version: 1, outcome };
        self.store.complete(vec![completion]).await.unwrap().remove(0).unwrap()
    }

    /// Stores a published report, and gives its name.
    pub async fn publish(&self, report: &Report) -> String {
        // Reports that differ stand in documents that differ.
        let content = format!("{report:?}");
        let submission = self.store_as(content, report, Purpose::Published).await;
        submission.reports[0].report.to_string()
    }

    pub async fn get(&self, name: &str) -> Result<v1::Report, Status> {
        let request = v1::GetReportRequest { name: name.to_owned(), ..Default::default() };
        Ok(self.client.clone().get_report(request).await?.into_inner().report.unwrap())
    }

    pub async fn list(&self, request: v1::ListReportsRequest) -> Result<v1::ListReportsResponse, Status> {
        Ok(self.client.clone().list_reports(request).await?.into_inner())
    }

    pub async fn end(self) {
        self.stop.cancel();
        drop((self.client, self.channel));
        tokio::time::timeout(DEADLINE, self.served).await.unwrap().unwrap().unwrap();
    }
}

/// A county's report, all of whose cells are zero but for a blank one.
pub fn report(county: &str, year: u16, form: FormId) -> Report {
    let cells = gongkai_forms::form(form).map(|form| form.cells.as_slice()).unwrap_or_default();
    let body = Body {
        name: format!("{county}人民政府"),
        rank: Rank::County,
        kind: BodyKind::Government,
        span: Some(Span::bytes(0, 6)),
        credit_code: String::new(),
    };
    let mut figures: Vec<Figure> = cells
        .iter()
        .map(|cell| Figure {
            key: cell.key.clone(),
            period: Period::ThisYear,
            portion: Portion::All,
            state: State::Number,
            value: Some(Value::Count(0)),
            raw: "0".to_owned(),
            source_unit: String::new(),
            span: Some(Span::bytes(10, 11)),
            derivation: Derivation::Read,
            candidates: Vec::new(),
            reason: None,
            proof: None,
        })
        .collect();
    if let Some(blank) = figures.first_mut() {
        (blank.state, blank.value, blank.raw) = (State::Blank, None, String::new());
    }
    Report {
        extractor_version: 1,
        part: 1,
        parts: 1,
        title: Quoted { text: format!("{county}{year}年政府信息公开工作年度报告"), span: None },
        year: Some(year),
        scope: Scope { kind: ScopeKind::WholeArea, quote: "全县".to_owned(), span: None },
        signatory: body.clone(),
        issuer: body.clone(),
        subject: body,
        region: RegionText { name: county.to_owned(), ..RegionText::default() },
        dates: Default::default(),
        form,
        form_evidence: Vec::new(),
        sections: vec![Section {
            level: 1,
            title: "一、总体情况".to_owned(),
            span: None,
            text: "正文".to_owned(),
        }],
        figures,
        findings: vec![
            finding("requests.balance", Outcome::Holds, Severity::Error),
            finding("requests.outcomes", Outcome::Fails, Severity::Error),
            finding("dates.deadline", Outcome::NotAssessable, Severity::Warning),
        ],
        ..Report::default()
    }
}

fn finding(rule: &str, outcome: Outcome, severity: Severity) -> Finding {
    Finding {
        rule: rule.into(),
        rule_version: 1,
        subject: "total".to_owned(),
        outcome,
        severity,
        basis: Basis::Printed,
        left: Some(Value::Count(3)),
        right: Some(Value::Count(4)),
        figures: Vec::new(),
        derivation: Derivation::Read,
        message_zh: "不符".into(),
        message_en: "differs".into(),
        proposals: Vec::new(),
    }
}

/// The stable reason of an error.
pub fn reason(status: &Status) -> String {
    status.get_details_error_info().map(|info| info.reason).unwrap_or_default()
}
