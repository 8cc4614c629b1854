//! Checking drafts and callers' own figures. Nothing is stored, and nothing that is stored is looked at.

use crate::convert;
use crate::service::Answers;
use gongkai_model::{Figure, Finding, FormId, Outcome, Period, Portion, Reason, Report};
use gongkai_pipeline::{EXTRACTOR_VERSION, Hint, Limits, audit, read_reports};
use gongkai_serve::{Deadline, fields};
use gongkai_wire::v1::evaluate_rules_request::Input;
use gongkai_wire::v1::evaluation_service_server::EvaluationService;
use gongkai_wire::{ConvertError, ErrorReason, FromNumber as _, v1};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tonic::{Request, Response, Status};
use tonic_types::ErrorDetails;
use tracing::error;

/// How long a draft may take to be read and checked.
const PATIENCE: Duration = Duration::from_secs(60);
/// Drafts that are read and checked at the same time, and those that wait for it: their bytes are in memory.
const SEATS: usize = 2;
const WAITING_MAX: usize = 32;
const RETRY_AFTER: Duration = Duration::from_secs(2);
/// Bytes of a document, of its name and of its address.
const CONTENT_BYTES_MAX: usize = 1_000_000;
const NAME_BYTES_MAX: usize = 512;
const ADDRESS_BYTES_MAX: usize = 2048;
/// Bytes of a request: a document or a record, and some room.
pub(crate) const REQUEST_BYTES_MAX: usize = CONTENT_BYTES_MAX + 64 * 1024;

pub(crate) struct Handler {
    waiting: Arc<Semaphore>,
    seats: Arc<Semaphore>,
}

impl Handler {
    pub(crate) fn new() -> Self {
        Self { waiting: Arc::new(Semaphore::new(WAITING_MAX)), seats: Arc::new(Semaphore::new(SEATS)) }
    }

    /// Does work that takes a while away from the threads that serve callers. A seat stays taken until its thread has ended,
    /// also where nobody waits for it any more.
    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Status> + Send + 'static,
    ) -> Result<T, Status> {
        let overloaded = |_| ErrorReason::Overloaded.retry("too many drafts are being checked", RETRY_AFTER);
        let waiting = self.waiting.clone().try_acquire_owned().map_err(overloaded)?;
        let closed = |_| ErrorReason::Internal.status("there is nobody to check it");
        let seat = self.seats.clone().acquire_owned().await.map_err(closed)?;
        let working = tokio::task::spawn_blocking(move || {
            let _held = (waiting, seat);
            catch_unwind(AssertUnwindSafe(work))
        });
        match working.await {
            Ok(Ok(result)) => result,
            // What a panic says may quote the document.
            Ok(Err(_)) | Err(_) => {
                error!("a draft could not be checked");
                Err(ErrorReason::Internal.status("the draft could not be checked"))
            }
        }
    }
}

#[tonic::async_trait]
impl EvaluationService for Handler {
    type EvaluateRulesStream = Answers<v1::EvaluateRulesResponse>;

    async fn evaluate_rules(
        &self,
        request: Request<v1::EvaluateRulesRequest>,
    ) -> Result<Response<Self::EvaluateRulesStream>, Status> {
        let deadline = Deadline::of(request.metadata()).at_most(PATIENCE);
        let request = request.into_inner();
        let view = match fields::view("view", request.view)? {
            v1::ReportView::Unspecified => v1::ReportView::Figures,
            view => view,
        };
        let wanted = move |finding: &Finding| {
            request.include_holding || !matches!(finding.outcome, Outcome::Holds | Outcome::Used)
        };
        let reports = match request.input {
            None => return Err(fields::invalid("document", "a document or a report is needed")),
            Some(Input::Document(document)) => {
                let draft = Draft::read(document)?;
                deadline.bound(self.work(move || draft.reports())).await?
            }
            Some(Input::Report(report)) => {
                let report = own(report)?;
                deadline.bound(self.work(move || Ok(vec![checked(report)]))).await?
            }
        };
        let answers = reports.into_iter().map(move |mut report| {
            report.findings.retain(wanted);
            let report = convert::unstored_report(&report, view)?;
            Ok(v1::EvaluateRulesResponse { report: Some(report) })
        });
        Ok(Response::new(Box::pin(futures::stream::iter(answers))))
    }
}

/// A document that is not stored.
struct Draft {
    content: bytes::Bytes,
    media_type: String,
    name: String,
    address: String,
}

impl Draft {
    fn read(document: v1::DraftDocument) -> Result<Self, Status> {
        let bytes = document.content.len();
        if CONTENT_BYTES_MAX < bytes {
            let problem = format!("it has {bytes} bytes, at most {CONTENT_BYTES_MAX} are checked");
            return Err(fields::invalid("document.content", problem));
        }
        Ok(Self {
            content: document.content,
            media_type: fields::text("document.media_type", &document.media_type, NAME_BYTES_MAX)?,
            name: fields::text("document.file_name", &document.file_name, NAME_BYTES_MAX)?,
            address: fields::text("document.source_uri", &document.source_uri, ADDRESS_BYTES_MAX)?,
        })
    }

    fn reports(&self) -> Result<Vec<Report>, Status> {
        let given = |text: &'_ String| (!text.is_empty()).then(|| text.clone());
        let (media_type, name, address) = (given(&self.media_type), given(&self.name), given(&self.address));
        let hint =
            Hint { media_type: media_type.as_deref(), name: name.as_deref(), address: address.as_deref() };
        read_reports(&self.content, &hint, &Limits::STANDARD).map_err(|rejection| {
            let metadata = [("rejection", rejection.reason.name())];
            ErrorReason::DocumentRejected.with(rejection.message, &metadata, ErrorDetails::new())
        })
    }
}

/// Reads a record that a caller has from elsewhere: complete in the order of its form, with what is not given as missing.
fn own(mut report: v1::Report) -> Result<Report, Status> {
    let complaint = |error: ConvertError| fields::invalid("report", error.to_string());
    let id = FormId::from_number(report.form)
        .map_err(|error| fields::invalid("report.form", error.to_string()))?;
    let form = gongkai_forms::form(id);
    let scope = report.scope.get_or_insert_default();
    scope.kind = or(scope.kind, v1::ScopeKind::Unknown.into());
    for body in [&mut report.subject, &mut report.signatory, &mut report.issuer].into_iter().flatten() {
        body.rank = or(body.rank, v1::Rank::Unknown.into());
        body.kind = or(body.kind, v1::BodyKind::Other.into());
    }
    let mut given = HashMap::new();
    for (index, mut figure) in std::mem::take(&mut report.figures).into_iter().enumerate() {
        let field = |name: &str| format!("report.figures[{index}].{name}");
        let cell = form.and_then(|form| form.cells.get(form.cell_index(&figure.key)?));
        let Some(cell) = cell else {
            let problem =
                format!("form {} has no cell {:?}; GetForm tells which there are", id.name(), figure.key);
            return Err(fields::invalid(&field("key"), problem));
        };
        figure.unit = v1::Unit::from(cell.unit).into();
        figure.derivation = or(figure.derivation, v1::Derivation::Read.into());
        if figure.state == 0 {
            // A caller who names a cell and says nothing of it may mean anything.
            if figure.value.is_none() {
                return Err(fields::invalid(&field("state"), "it is needed where there is no value"));
            }
            figure.state = v1::State::Number.into();
        }
        if figure.raw.is_empty() {
            figure.raw = figure.value.clone().unwrap_or_default();
        }
        let figure =
            Figure::try_from(figure).map_err(|error| fields::invalid(&field("value"), error.to_string()))?;
        if given.insert((figure.key.clone(), figure.period, figure.portion), figure).is_some() {
            return Err(fields::invalid(&field("key"), "it is given twice"));
        }
    }
    let mut report = Report::try_from(report).map_err(complaint)?;
    for cell in form.map(|form| form.cells.as_slice()).unwrap_or_default() {
        let figure = given.remove(&(cell.key.clone(), Period::ThisYear, Portion::All));
        report.figures.push(figure.unwrap_or_else(|| Figure::missing(cell.key.clone(), Reason::CellAbsent)));
    }
    let mut others: Vec<Figure> = given.into_values().collect();
    others.sort_by_key(|figure| (figure.key.clone(), figure.period.name(), figure.portion.name()));
    report.figures.extend(others);
    report.extractor_version = EXTRACTOR_VERSION;
    (report.part, report.parts) = (1, 1);
    Ok(report)
}

/// What is given, or `other` for the wire's zero.
fn or(number: i32, other: i32) -> i32 {
    if number == 0 { other } else { number }
}

/// A record with its findings. One without any text says nothing that rules about texts could speak of.
fn checked(mut report: Report) -> Report {
    let has_text = !report.sections.is_empty() || !report.statements.is_empty();
    report.findings = audit(&report);
    if !has_text {
        report.findings.retain(|finding| !finding.figures.is_empty());
    }
    report
}
