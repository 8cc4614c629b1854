//! The gRPC handlers.

use crate::Dependencies;
use crate::care::{Refusal, Situation, Wanted, change};
use crate::overlay::{figure, finding_text, may_be_said};
use gongkai_model::{
    EndCause, Figure, FigureName, Opinion, Outcome, Period, Portion, Purpose, Report, ReportId, Review,
    ReviewId, Said, State, Value, Verdict,
};
use gongkai_serve::{call, fields, to_status};
use gongkai_store::{ReadAt, ReviewRequest, StoreError, StoredReview};
use gongkai_wire::v1::review_service_server::ReviewService;
use gongkai_wire::{ConvertError, ErrorReason, period_of, v1};
use prost::Message;
use std::collections::HashSet;
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};
use tonic::{Request, Response, Status};

/// How long a call may take where its caller does not say.
const PATIENCE: Duration = Duration::from_secs(30);
/// Corrections that come together.
const AMENDMENTS_MAX: usize = 100;
/// Bytes of the name of an author, of a note, of a key and of a finding's name.
const AUTHOR_BYTES_MAX: usize = 100;
const NOTE_BYTES_MAX: usize = 500;
const KEY_BYTES_MAX: usize = 256;
/// Calls that are worked on at the same time: each has records in memory.
const SEATS: usize = 16;
const RETRY_AFTER: Duration = Duration::from_secs(1);

pub(crate) struct Handler {
    dependencies: Dependencies,
    seats: Semaphore,
}

impl Handler {
    pub(crate) fn new(dependencies: Dependencies) -> Self {
        Self { dependencies, seats: Semaphore::new(SEATS) }
    }

    fn seat(&self) -> Result<SemaphorePermit<'_>, Status> {
        let overloaded = |_| ErrorReason::Overloaded.retry("too many reviews are being taken", RETRY_AFTER);
        self.seats.try_acquire().map_err(overloaded)
    }
}

/// A request by its id, and by all that it asks for besides; none where it has no id.
fn request_key(id: &str, method: &str, asked: &impl Message) -> Result<Option<ReviewRequest>, Status> {
    let id = fields::request_id("request_id", id)?;
    Ok(id.map(|id| ReviewRequest::new(id, method, &asked.encode_to_vec())))
}

/// A text that has to be there.
fn needed(field: &str, text: &str, max: usize) -> Result<String, Status> {
    let text = fields::text(field, text.trim(), max)?;
    if text.is_empty() {
        return Err(fields::invalid(field, "it is needed"));
    }
    Ok(text)
}

fn refused(refusal: Refusal<Status>) -> Status {
    match refusal {
        Refusal::Asked(status) => status,
        Refusal::Store(StoreError::TooLarge { what: "the number of reviews of a report", max, .. }) => {
            ErrorReason::TooManyReviews.status(format!("the report has {max} reviews"))
        }
        Refusal::Store(error) => to_status(&error),
    }
}

fn figure_name(field: &str, name: Option<&v1::FigureName>) -> Result<FigureName, Status> {
    let Some(name) = name else { return Err(fields::invalid(field, "it is needed")) };
    let key = needed(&format!("{field}.key"), &name.key, KEY_BYTES_MAX)?;
    let unknown = |error: ConvertError| fields::invalid(&format!("{field}.period"), error.to_string());
    let period = period_of(name.period).map_err(unknown)?;
    let portion: Portion = fields::variant(&format!("{field}.portion"), name.portion)?.unwrap_or_default();
    Ok(FigureName::new(&key, period, portion))
}

/// A figure of a record.
fn shown_figure<'r>(report: &'r Report, name: &FigureName) -> Result<&'r Figure, Status> {
    figure(report, name).ok_or_else(|| {
        let message = format!("the report has no figure {:?} for this period and portion", name.key);
        ErrorReason::FigureNotFound.resource("figure", &name.key, message)
    })
}

/// What a cell is said to say.
struct Content {
    state: State,
    value: Option<String>,
}

impl Content {
    fn read(field: &str, content: Option<&v1::CellContent>) -> Result<Self, Status> {
        let Some(content) = content else { return Err(fields::invalid(field, "it is needed")) };
        let state = fields::variant(&format!("{field}.state"), content.state)?;
        let state = match (state, &content.value) {
            (None, Some(_)) => State::Number,
            (None, None) => {
                return Err(fields::invalid(
                    &format!("{field}.state"),
                    "it is needed where there is no value",
                ));
            }
            (Some(state), _) if !may_be_said(state) => {
                let problem = "a correction is STATE_NUMBER, STATE_BLANK or STATE_NOT_APPLICABLE";
                return Err(fields::invalid(&format!("{field}.state"), problem));
            }
            (Some(state), _) => state,
        };
        if (state == State::Number) != content.value.is_some() {
            let problem = if state == State::Number { "a number is needed" } else { "only a number has one" };
            return Err(fields::invalid(&format!("{field}.value"), problem));
        }
        Ok(Self { state, value: content.value.clone() })
    }

    /// In the unit of the cell.
    fn said(&self, field: &str, situation: &Situation, name: &FigureName) -> Result<Said, Status> {
        let form = gongkai_forms::form(situation.base.report.form);
        let cell = form.and_then(|form| form.cells.get(form.cell_index(&name.key)?));
        let unit = cell.map_or(gongkai_model::Unit::Count, |cell| cell.unit);
        let value = self.value.as_ref().map(|text| Value::parse(text, unit)).transpose();
        let value = value.map_err(|error| fields::invalid(&format!("{field}.value"), error.to_string()))?;
        Ok(Said { state: self.state, value, wording: String::new() })
    }
}

#[tonic::async_trait]
impl ReviewService for Handler {
    async fn amend_report(
        &self,
        request: Request<v1::AmendReportRequest>,
    ) -> Result<Response<v1::AmendReportResponse>, Status> {
        let _seat = self.seat()?;
        call(request, PATIENCE, |request| async move {
            let asked_as = v1::AmendReportRequest { request_id: String::new(), ..request.clone() };
            let request_key = request_key(&request.request_id, "AmendReport", &asked_as)?;
            let report = fields::report("report", &request.report)?;
            let purpose = fields::purpose("purpose", request.purpose)?;
            let author = needed("author", &request.author, AUTHOR_BYTES_MAX)?;
            let note = needed("reason", &request.reason, NOTE_BYTES_MAX)?;
            let count = request.amendments.len();
            if count == 0 || AMENDMENTS_MAX < count {
                let problem = format!("it has {count} corrections, 1 to {AMENDMENTS_MAX} are allowed");
                return Err(fields::invalid("amendments", problem));
            }
            let mut asked = Vec::new();
            let mut names = HashSet::new();
            for (index, amendment) in request.amendments.iter().enumerate() {
                let field = format!("amendments[{index}]");
                let name = figure_name(&format!("{field}.figure"), amendment.figure.as_ref())?;
                if !names.insert(name.clone()) {
                    return Err(fields::invalid(&format!("{field}.figure"), "it is corrected twice"));
                }
                let content = Content::read(&format!("{field}.says"), amendment.says.as_ref())?;
                asked.push((ReviewId::generate(), field, name, content));
            }
            let wanted = |situation: &Situation| -> Result<Vec<Wanted>, Status> {
                let review = |(id, field, name, content): &(ReviewId, String, FigureName, Content)| {
                    let beneath = Said::of(shown_figure(&situation.base.report, name)?);
                    let says = content.said(&format!("{field}.says"), situation, name)?;
                    if says == beneath {
                        return Err(fields::invalid(&format!("{field}.says"), "that is what was read"));
                    }
                    let opinion = Opinion::Amendment { figure: name.clone(), beneath, says };
                    Ok(Wanted::Say(Review { id: *id, author: author.clone(), note: note.clone(), opinion }))
                };
                asked.iter().map(review).collect()
            };
            let expected = Some(request.expected_revision).filter(|revision| *revision != 0);
            let changed = change(&self.dependencies, report, purpose, expected, request_key, wanted)
                .await
                .map_err(refused)?;
            let findings = changed.report.findings.iter();
            let findings = findings.filter(|it| !matches!(it.outcome, Outcome::Holds | Outcome::Used));
            Ok(v1::AmendReportResponse {
                revision: changed.revision,
                reviews: changed.said.iter().map(told).collect(),
                findings: findings.map(gongkai_wire::finding).collect(),
            })
        })
        .await
    }

    async fn dispute_figure(
        &self,
        request: Request<v1::DisputeFigureRequest>,
    ) -> Result<Response<v1::DisputeFigureResponse>, Status> {
        let _seat = self.seat()?;
        call(request, PATIENCE, |request| async move {
            let asked_as = v1::DisputeFigureRequest { request_id: String::new(), ..request.clone() };
            let request_key = request_key(&request.request_id, "DisputeFigure", &asked_as)?;
            let report = fields::report("report", &request.report)?;
            let purpose = fields::purpose("purpose", request.purpose)?;
            let name = figure_name("figure", request.figure.as_ref())?;
            let author = needed("author", &request.author, AUTHOR_BYTES_MAX)?;
            let note = needed("note", &request.note, NOTE_BYTES_MAX)?;
            let id = ReviewId::generate();
            let review = |situation: &Situation| -> Result<Review, Status> {
                let beneath = Said::of(shown_figure(&situation.current.report, &name)?);
                let opinion = Opinion::Dispute { figure: name.clone(), beneath };
                Ok(Review { id, author: author.clone(), note: note.clone(), opinion })
            };
            self.say(report, purpose, request_key, review)
                .await
                .map(|review| v1::DisputeFigureResponse { review })
        })
        .await
    }

    async fn judge_finding(
        &self,
        request: Request<v1::JudgeFindingRequest>,
    ) -> Result<Response<v1::JudgeFindingResponse>, Status> {
        let _seat = self.seat()?;
        call(request, PATIENCE, |request| async move {
            let asked_as = v1::JudgeFindingRequest { request_id: String::new(), ..request.clone() };
            let request_key = request_key(&request.request_id, "JudgeFinding", &asked_as)?;
            let report = fields::report("report", &request.report)?;
            let purpose = fields::purpose("purpose", request.purpose)?;
            let finding = needed("finding", &request.finding, KEY_BYTES_MAX)?;
            let author = needed("author", &request.author, AUTHOR_BYTES_MAX)?;
            let note = fields::text("note", request.note.trim(), NOTE_BYTES_MAX)?;
            let verdict: Option<Verdict> = fields::variant("verdict", request.verdict)?;
            let verdict = verdict.ok_or_else(|| fields::invalid("verdict", "it is needed"))?;
            let id = ReviewId::generate();
            let review = |situation: &Situation| -> Result<Review, Status> {
                let report = &situation.current.report;
                let judged =
                    report.findings.iter().find(|it| it.outcome != Outcome::Holds && it.name() == finding);
                let Some(judged) = judged else {
                    let message = format!("the report has no finding {finding:?} that does not hold");
                    return Err(ErrorReason::FindingNotFound.resource("finding", &finding, message));
                };
                let names =
                    judged.figures.iter().map(|key| FigureName::new(key, Period::ThisYear, Portion::All));
                let beneath = names.filter_map(|name| {
                    let said = Said::of(figure(report, &name)?);
                    Some((name, said))
                });
                let opinion = Opinion::Verdict {
                    finding: finding.clone(),
                    verdict,
                    beneath: beneath.collect(),
                    finding_says: finding_text(judged),
                };
                Ok(Review { id, author: author.clone(), note: note.clone(), opinion })
            };
            self.say(report, purpose, request_key, review)
                .await
                .map(|review| v1::JudgeFindingResponse { review })
        })
        .await
    }

    async fn withdraw_review(
        &self,
        request: Request<v1::WithdrawReviewRequest>,
    ) -> Result<Response<v1::WithdrawReviewResponse>, Status> {
        let _seat = self.seat()?;
        call(request, PATIENCE, |request| async move {
            let asked_as = v1::WithdrawReviewRequest { request_id: String::new(), ..request.clone() };
            let request_key = request_key(&request.request_id, "WithdrawReview", &asked_as)?;
            let report = fields::report("report", &request.report)?;
            let purpose = fields::purpose("purpose", request.purpose)?;
            let id = ReviewId::parse(&request.review).map_err(|error| {
                fields::invalid("review", format!("it is not of the form {}", error.expected))
            })?;
            let wanted = |situation: &Situation| -> Result<Vec<Wanted>, Status> {
                let known = situation.reviews.iter().find(|review| review.said.id == id);
                match known.map(|review| review.end.map(|end| end.cause)) {
                    // Also where it was taken back before: whoever asks again has not heard the answer.
                    Some(None | Some(EndCause::Withdrawn)) => Ok(vec![Wanted::Withdraw(id)]),
                    Some(Some(EndCause::Replaced | EndCause::Lapsed)) | None => {
                        let message = format!("{id} does not stand");
                        Err(ErrorReason::ReviewNotFound.resource("review", &id.to_string(), message))
                    }
                }
            };
            let changed = change(&self.dependencies, report, purpose, None, request_key, wanted);
            let changed = changed.await.map_err(refused)?;
            Ok(v1::WithdrawReviewResponse { revision: changed.revision })
        })
        .await
    }

    async fn list_reviews(
        &self,
        request: Request<v1::ListReviewsRequest>,
    ) -> Result<Response<v1::ListReviewsResponse>, Status> {
        let _seat = self.seat()?;
        call(request, PATIENCE, |request| async move {
            let report = fields::report("report", &request.report)?;
            let purpose = fields::purpose("purpose", request.purpose)?;
            let reviews = self.dependencies.reviews.reviews(report, purpose).await;
            let reviews = reviews.map_err(|error| to_status(&error))?;
            if reviews.is_empty() {
                // There may be nothing to say of it; there may be no such report.
                let at = ReadAt { purpose, ..ReadAt::default() };
                let revisions = self.dependencies.reports.revisions(report, at).await;
                revisions.map_err(|error| to_status(&error))?;
            }
            let wanted = reviews.iter().filter(|review| request.include_ended || review.end.is_none());
            Ok(v1::ListReviewsResponse { reviews: wanted.map(told).collect() })
        })
        .await
    }
}

impl Handler {
    /// Adds one review.
    async fn say(
        &self,
        report: ReportId,
        purpose: Purpose,
        request: Option<ReviewRequest>,
        review: impl Fn(&Situation) -> Result<Review, Status>,
    ) -> Result<Option<v1::Review>, Status> {
        let wanted = |situation: &Situation| Ok(vec![Wanted::Say(review(situation)?)]);
        let changed = change(&self.dependencies, report, purpose, None, request, wanted).await;
        let changed = changed.map_err(refused)?;
        Ok(changed.said.first().map(told))
    }
}

/// A review as callers are told it.
fn told(stored: &StoredReview) -> v1::Review {
    let end = stored.end.map(|end| (end.cause, end.at.micros()));
    gongkai_wire::review(&stored.said, stored.report, stored.at.micros(), end)
}
