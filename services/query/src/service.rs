//! The gRPC handlers: each reads its request, does one thing, and writes its answer.

use crate::page_token::{Place, TokenKey};
use crate::watch::Watch;
use crate::{
    Dependencies, clocks, convert, copies, explanation, findings, list, revisions, search, statistics,
};
use futures::Stream;
use gongkai_model::{DocumentId, ReportId};
use gongkai_serve::{Deadline, fields, to_status};
use gongkai_store::{
    BATCH_MAX, Changes, Documents, ReadAt, ReportKey, Reports, Reviews, Search, StoredReport, Timestamp,
};
use gongkai_wire::v1::query_service_server::QueryService;
use gongkai_wire::{ErrorReason, v1};
use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};

/// How long a call may take where its caller does not say.
const CALL_PATIENCE: Duration = Duration::from_secs(30);
/// How long a stream may take.
const STREAM_PATIENCE: Duration = Duration::from_secs(15 * 60);
/// Records that a stream has in memory.
const BATCH_LOAD_SIZE: usize = 16;
/// Statistics that are explained at the same time: the first page takes all reports that it is of.
const EXPLANATIONS_MAX: usize = 4;
/// Callers that follow changes at the same time.
const WATCHERS_MAX: usize = 1024;
const WATCH_RETRY_AFTER: Duration = Duration::from_secs(30);
/// The time after everything that has happened.
const LATEST: Timestamp = Timestamp::from_micros(i64::MAX);

pub(crate) type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

pub(crate) struct Handler {
    pub(crate) reports: Arc<dyn Reports>,
    pub(crate) search: Arc<dyn Search>,
    pub(crate) documents: Arc<dyn Documents>,
    pub(crate) reviews: Arc<dyn Reviews>,
    pub(crate) readers: Arc<Semaphore>,
    /// Documents that are read again, or are to be.
    pub(crate) readings: Semaphore,
    /// Statistics that are explained at the same time.
    explanations: Semaphore,
    pub(crate) comparisons: Semaphore,
    changes: Arc<dyn Changes>,
    watchers: Arc<Semaphore>,
    stop: CancellationToken,
    pub(crate) token_key: TokenKey,
}

impl Handler {
    pub(crate) fn new(dependencies: &Dependencies, stop: CancellationToken) -> Self {
        Self {
            reports: dependencies.reports.clone(),
            search: dependencies.search.clone(),
            documents: dependencies.documents.clone(),
            reviews: dependencies.reviews.clone(),
            readers: Arc::new(Semaphore::new(explanation::READERS_MAX)),
            readings: Semaphore::new(explanation::READINGS_MAX),
            explanations: Semaphore::new(EXPLANATIONS_MAX),
            comparisons: Semaphore::new(copies::COMPARISONS_MAX),
            changes: dependencies.changes.clone(),
            watchers: Arc::new(Semaphore::new(WATCHERS_MAX)),
            stop,
            token_key: dependencies.token_key.clone(),
        }
    }

    /// Where a list goes on: by its token, else at the beginning of the state of the store at `as_of`, or now.
    pub(crate) async fn place(
        &self,
        of: &str,
        page_token: &str,
        as_of: Option<prost_types::Timestamp>,
    ) -> Result<Place, Status> {
        if !page_token.is_empty() {
            return self.token_key.open(of, page_token);
        }
        let snapshot = match clocks::position(&*self.reports, as_of).await? {
            Some(position) => position,
            None => self.reports.position_at(LATEST).await.map_err(|error| to_status(&error))?,
        };
        Ok(Place { snapshot, cursor: None, skip: 0 })
    }

    pub(crate) async fn read_at(
        &self,
        purpose: i32,
        as_of: Option<prost_types::Timestamp>,
        published_until: &str,
    ) -> Result<ReadAt, Status> {
        clocks::read_at(&*self.reports, purpose, as_of, published_until).await
    }
}

#[tonic::async_trait]
impl QueryService for Handler {
    async fn get_report(
        &self,
        request: Request<v1::GetReportRequest>,
    ) -> Result<Response<v1::GetReportResponse>, Status> {
        call(request, |request| async move {
            let id = fields::report("name", &request.name)?;
            let view = fields::view("view", request.view)?;
            let at = self.read_at(request.purpose, request.as_of, &request.published_until).await?;
            let stored = self.reports.report(id, at).await.map_err(|error| to_status(&error))?;
            Ok(v1::GetReportResponse { report: Some(convert::whole_report(&stored, view)?) })
        })
        .await
    }

    type BatchGetReportsStream = Answers<v1::BatchGetReportsResponse>;

    async fn batch_get_reports(
        &self,
        request: Request<v1::BatchGetReportsRequest>,
    ) -> Result<Response<Self::BatchGetReportsStream>, Status> {
        let deadline = Deadline::of(request.metadata()).at_most(STREAM_PATIENCE);
        let request = request.into_inner();
        let ids = fields::names("names", &request.names, BATCH_MAX, fields::report)?;
        let view = fields::view("view", request.view)?;
        let begin = async {
            let at = self.read_at(request.purpose, request.as_of, &request.published_until).await?;
            // All of them as of one state of the store, however long it takes.
            let latest = self.reports.position_at(LATEST).await.map_err(|error| to_status(&error))?;
            Ok(ReadAt { as_of: at.as_of.or(Some(latest)), ..at })
        };
        let at = deadline.at_most(CALL_PATIENCE).bound(begin).await?;
        let batch = Batch { reports: self.reports.clone(), at, ids: ids.into(), loaded: VecDeque::new() };
        let answers = futures::stream::try_unfold(batch, move |mut batch| async move {
            let Some((id, stored)) = deadline.bound(batch.next()).await? else { return Ok(None) };
            let report = stored.map(|stored| convert::whole_report(&stored, view)).transpose()?;
            Ok(Some((v1::BatchGetReportsResponse { name: id.to_string(), report }, batch)))
        });
        Ok(Response::new(Box::pin(answers)))
    }

    async fn list_reports(
        &self,
        request: Request<v1::ListReportsRequest>,
    ) -> Result<Response<v1::ListReportsResponse>, Status> {
        call(request, |request| list::list(self, request)).await
    }

    async fn search_reports(
        &self,
        request: Request<v1::SearchReportsRequest>,
    ) -> Result<Response<v1::SearchReportsResponse>, Status> {
        call(request, |request| search::search(self, request)).await
    }

    async fn list_copies(
        &self,
        request: Request<v1::ListCopiesRequest>,
    ) -> Result<Response<v1::ListCopiesResponse>, Status> {
        let place = self.comparisons.try_acquire();
        let _place = place.map_err(|_| {
            ErrorReason::Overloaded.retry("too much is compared at the same time", copies::RETRY_AFTER)
        })?;
        call(request, |request| copies::list(self, request)).await
    }

    async fn resolve_report(
        &self,
        request: Request<v1::ResolveReportRequest>,
    ) -> Result<Response<v1::ResolveReportResponse>, Status> {
        call(request, |request| async move {
            if request.subject.is_empty() {
                return Err(fields::invalid("subject", "it is needed"));
            }
            let key = ReportKey {
                subject: request.subject,
                scope: fields::variant("scope", request.scope)?,
                year: fields::year("year", request.year)?,
            };
            let at = self.read_at(request.purpose, request.as_of, &request.published_until).await?;
            let found = self.reports.resolve(&key, at).await.map_err(|error| to_status(&error))?;
            if found.is_empty() {
                return Err(
                    ErrorReason::ReportNotFound.status("there is no report of this subject, scope and year")
                );
            }
            Ok(v1::ResolveReportResponse { names: found.iter().map(ToString::to_string).collect() })
        })
        .await
    }

    async fn list_report_revisions(
        &self,
        request: Request<v1::ListReportRevisionsRequest>,
    ) -> Result<Response<v1::ListReportRevisionsResponse>, Status> {
        call(request, |request| revisions::list(self, request)).await
    }

    async fn get_report_revision(
        &self,
        request: Request<v1::GetReportRevisionRequest>,
    ) -> Result<Response<v1::GetReportRevisionResponse>, Status> {
        call(request, |request| revisions::get(self, request)).await
    }

    async fn diff_report_revisions(
        &self,
        request: Request<v1::DiffReportRevisionsRequest>,
    ) -> Result<Response<v1::DiffReportRevisionsResponse>, Status> {
        call(request, |request| revisions::diff(self, request)).await
    }

    type WatchReportsStream = Answers<v1::WatchReportsResponse>;

    async fn watch_reports(
        &self,
        request: Request<v1::WatchReportsRequest>,
    ) -> Result<Response<Self::WatchReportsStream>, Status> {
        let deadline = Deadline::of(request.metadata());
        let place = self.watchers.clone().try_acquire_owned();
        let place =
            place.map_err(|_| ErrorReason::Overloaded.retry("too many are watching", WATCH_RETRY_AFTER))?;
        let seams = (self.reports.clone(), self.changes.clone());
        let begin = Watch::begin(seams, request.into_inner(), deadline, self.stop.clone(), place);
        let watch = deadline.at_most(CALL_PATIENCE).bound(begin).await?;
        Ok(Response::new(Box::pin(watch.into_stream())))
    }

    async fn explain_figure(
        &self,
        request: Request<v1::ExplainFigureRequest>,
    ) -> Result<Response<v1::ExplainFigureResponse>, Status> {
        call(request, |request| explanation::explain(self, request)).await
    }

    async fn explain_statistic(
        &self,
        request: Request<v1::ExplainStatisticRequest>,
    ) -> Result<Response<v1::ExplainStatisticResponse>, Status> {
        let place = self.explanations.try_acquire();
        let _place = place.map_err(|_| {
            ErrorReason::Overloaded.retry("too much is computed at the same time", statistics::RETRY_AFTER)
        })?;
        gongkai_serve::call(request, statistics::PATIENCE, |request| async move {
            let size = fields::page_size(request.page_size)? as usize;
            let of = statistics::words_of_explanation(&request);
            let purpose = fields::purpose("purpose", request.purpose)?;
            let published_until = fields::day("published_until", &request.published_until)?;
            let place = self.place(&of, &request.page_token, request.as_of).await?;
            let at = ReadAt { purpose, as_of: Some(place.snapshot), published_until };
            let (mut answer, next) =
                statistics::explain(self.reports.clone(), &request, at, place, size).await?;
            answer.next_page_token = next.map(|next| self.token_key.seal(&of, &next)).unwrap_or_default();
            Ok(answer)
        })
        .await
    }

    type GetDocumentStream = Answers<v1::GetDocumentResponse>;

    async fn get_document(
        &self,
        request: Request<v1::GetDocumentRequest>,
    ) -> Result<Response<Self::GetDocumentStream>, Status> {
        let deadline = Deadline::of(request.metadata()).at_most(STREAM_PATIENCE);
        let request = request.into_inner();
        let id = fields::document("name", &request.name)?;
        let purpose = fields::purpose("purpose", request.purpose)?;
        let find =
            async { self.documents.document(id, Some(purpose)).await.map_err(|error| to_status(&error)) };
        let info = deadline.at_most(CALL_PATIENCE).bound(find).await?;
        let answers = futures::stream::try_unfold(None, {
            let documents = self.documents.clone();
            move |next: Option<u32>| {
                let (documents, info) = (documents.clone(), info.clone());
                async move {
                    let Some(index) = next else {
                        let part = v1::get_document_response::Part::Document(convert::document(&info));
                        return Ok(Some((v1::GetDocumentResponse { part: Some(part) }, Some(0))));
                    };
                    if info.chunks() <= index {
                        return Ok(None);
                    }
                    let chunk = deadline.bound(chunk(&*documents, info.id, index)).await?;
                    Ok(Some((chunk, Some(index + 1))))
                }
            }
        });
        Ok(Response::new(Box::pin(answers)))
    }

    async fn list_findings(
        &self,
        request: Request<v1::ListFindingsRequest>,
    ) -> Result<Response<v1::ListFindingsResponse>, Status> {
        call(request, |request| findings::list(self, request)).await
    }
}

/// Reports on their way to one caller.
struct Batch {
    reports: Arc<dyn Reports>,
    at: ReadAt,
    ids: VecDeque<ReportId>,
    loaded: VecDeque<(ReportId, Option<StoredReport>)>,
}

impl Batch {
    async fn next(&mut self) -> Result<Option<(ReportId, Option<StoredReport>)>, Status> {
        if self.loaded.is_empty() && !self.ids.is_empty() {
            let ids: Vec<_> = self.ids.drain(..BATCH_LOAD_SIZE.min(self.ids.len())).collect();
            let loaded =
                self.reports.reports_by_id(&ids, self.at).await.map_err(|error| to_status(&error))?;
            self.loaded = ids.into_iter().zip(loaded).collect();
        }
        Ok(self.loaded.pop_front())
    }
}

async fn chunk(
    documents: &dyn Documents,
    id: DocumentId,
    index: u32,
) -> Result<v1::GetDocumentResponse, Status> {
    let chunk = documents.document_chunk(id, index).await.map_err(|error| to_status(&error))?;
    let Some(chunk) = chunk else {
        return Err(ErrorReason::Internal.status("the document is shorter than it should be"));
    };
    let part = v1::get_document_response::Part::Chunk(chunk);
    Ok(v1::GetDocumentResponse { part: Some(part) })
}

/// Does the work of a call that is answered with one message.
pub(crate) async fn call<Question, Answer, Working: Future<Output = Result<Answer, Status>>>(
    request: Request<Question>,
    work: impl FnOnce(Question) -> Working,
) -> Result<Response<Answer>, Status> {
    gongkai_serve::call(request, CALL_PATIENCE, work).await
}
