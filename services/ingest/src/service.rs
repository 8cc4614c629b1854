//! The gRPC handlers: each reads its request, does one thing, and writes its answer.

use crate::accept::{Accepting, Metadata};
use crate::limits::{BYTES_IN_WORK_MAX, Room};
use crate::watch::{self, Watch};
use crate::{Dependencies, convert, dead_letters};
use futures::Stream;
use gongkai_serve::{Deadline, Principals, fields, page_within, to_status, within};
use gongkai_store::{PageRequest, StoreError, Submission, Submissions};
use gongkai_wire::v1::ingest_service_server::IngestService;
use gongkai_wire::{ErrorReason, v1};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};

/// How long a call may take where its caller does not say.
const CALL_PATIENCE: Duration = Duration::from_secs(30);
/// How long an upload may take.
const UPLOAD_PATIENCE: Duration = Duration::from_secs(15 * 60);
/// Watchers at the same time, and when to come back when there are more.
const WATCHERS_MAX: usize = 1024;
const WATCH_RETRY_AFTER: Duration = Duration::from_secs(5);

pub(crate) struct Handler {
    accepting: Accepting,
    submissions: Arc<dyn Submissions>,
    principals: Arc<dyn Principals>,
    watchers: Arc<Semaphore>,
    stop: CancellationToken,
}

impl Handler {
    pub(crate) fn new(dependencies: &Dependencies, stop: CancellationToken) -> Self {
        Self {
            accepting: Accepting::new(dependencies.intake.clone(), Room::new(BYTES_IN_WORK_MAX)),
            submissions: dependencies.submissions.clone(),
            principals: dependencies.principals.clone(),
            watchers: Arc::new(Semaphore::new(WATCHERS_MAX)),
            stop,
        }
    }
}

#[tonic::async_trait]
impl IngestService for Handler {
    async fn submit_document(
        &self,
        request: Request<v1::SubmitDocumentRequest>,
    ) -> Result<Response<v1::SubmitDocumentResponse>, Status> {
        let principal = self.principals.principal(request.metadata())?;
        call(request, |request| async move {
            let metadata = Metadata::check(principal, request.metadata)?;
            let accepted = self.accepting.whole(metadata, request.content).await?;
            Ok(v1::SubmitDocumentResponse { submission: accepted.as_ref().map(convert::submission) })
        })
        .await
    }

    async fn upload_document(
        &self,
        request: Request<tonic::Streaming<v1::UploadDocumentRequest>>,
    ) -> Result<Response<v1::UploadDocumentResponse>, Status> {
        let principal = self.principals.principal(request.metadata())?;
        let (headers, _, mut pieces) = request.into_parts();
        let accepted = within(&headers, UPLOAD_PATIENCE, async {
            let first = pieces.message().await?.and_then(|message| message.part);
            let Some(v1::upload_document_request::Part::Metadata(metadata)) = first else {
                return Err(fields::invalid("metadata", "the first message has to be it"));
            };
            let metadata = Metadata::check(principal, Some(metadata))?;
            self.accepting.pieces(metadata, &mut pieces).await
        });
        let submission = accepted.await?.as_ref().map(convert::submission);
        Ok(Response::new(v1::UploadDocumentResponse { submission }))
    }

    async fn get_submission(
        &self,
        request: Request<v1::GetSubmissionRequest>,
    ) -> Result<Response<v1::GetSubmissionResponse>, Status> {
        call(request, |request| async move {
            let id = fields::submission("name", &request.name)?;
            let submission = told(self.submissions.submission(id).await)?;
            Ok(v1::GetSubmissionResponse { submission: Some(submission) })
        })
        .await
    }

    async fn list_submissions(
        &self,
        request: Request<v1::ListSubmissionsRequest>,
    ) -> Result<Response<v1::ListSubmissionsResponse>, Status> {
        call(request, |request| async move {
            let filter = watch::filter(request.filter)?;
            let cursor = dead_letters::cursor(request.page_token);
            let (submissions, filter, cursor) = (&*self.submissions, &filter, &cursor);
            page_within(fields::page_size(request.page_size)?, |size| async move {
                let page = PageRequest { size, cursor: cursor.clone() };
                let page = submissions.submissions(filter, &page).await;
                let page = page.map_err(|error| to_status(&error))?;
                Ok(v1::ListSubmissionsResponse {
                    submissions: page.items.iter().map(convert::submission).collect(),
                    next_page_token: dead_letters::token(page.next),
                })
            })
            .await
        })
        .await
    }

    type WatchSubmissionsStream =
        Pin<Box<dyn Stream<Item = Result<v1::WatchSubmissionsResponse, Status>> + Send>>;

    async fn watch_submissions(
        &self,
        request: Request<v1::WatchSubmissionsRequest>,
    ) -> Result<Response<Self::WatchSubmissionsStream>, Status> {
        let deadline = Deadline::of(request.metadata());
        let place = self.watchers.clone().try_acquire_owned();
        let place =
            place.map_err(|_| ErrorReason::Overloaded.retry("too many are watching", WATCH_RETRY_AFTER))?;
        let begin =
            Watch::begin(self.submissions.clone(), request.into_inner(), deadline, self.stop.clone(), place);
        let watch = deadline.at_most(CALL_PATIENCE).bound(begin).await?;
        Ok(Response::new(Box::pin(watch.into_stream())))
    }

    async fn cancel_submission(
        &self,
        request: Request<v1::CancelSubmissionRequest>,
    ) -> Result<Response<v1::CancelSubmissionResponse>, Status> {
        call(request, |request| async move {
            let id = fields::submission("name", &request.name)?;
            let submission = told(self.submissions.cancel(id).await)?;
            Ok(v1::CancelSubmissionResponse { submission: Some(submission) })
        })
        .await
    }

    async fn list_dead_letters(
        &self,
        request: Request<v1::ListDeadLettersRequest>,
    ) -> Result<Response<v1::ListDeadLettersResponse>, Status> {
        call(request, |request| dead_letters::list(&*self.submissions, request)).await
    }

    async fn get_dead_letter(
        &self,
        request: Request<v1::GetDeadLetterRequest>,
    ) -> Result<Response<v1::GetDeadLetterResponse>, Status> {
        call(request, |request| dead_letters::get(&*self.submissions, request)).await
    }

    async fn replay_dead_letters(
        &self,
        request: Request<v1::ReplayDeadLettersRequest>,
    ) -> Result<Response<v1::ReplayDeadLettersResponse>, Status> {
        call(request, |request| dead_letters::replay(&*self.submissions, request)).await
    }
}

/// Does the work of a call that is answered with one message.
pub(crate) async fn call<Question, Answer, Working: Future<Output = Result<Answer, Status>>>(
    request: Request<Question>,
    work: impl FnOnce(Question) -> Working,
) -> Result<Response<Answer>, Status> {
    gongkai_serve::call(request, CALL_PATIENCE, work).await
}

/// A submission, or what its absence means, as the caller is told.
fn told(submission: Result<Submission, StoreError>) -> Result<v1::Submission, Status> {
    submission.map(|submission| convert::submission(&submission)).map_err(|error| to_status(&error))
}
