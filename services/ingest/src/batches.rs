//! Batches: made, filled, told of, and tried again.

mod answers;
mod archived;
mod collecting;
mod items;
mod upload;

use crate::Dependencies;
use crate::accept::Accepting;
use crate::convert::time;
use crate::dead_letters::{cursor, interval, token};
use crate::limits::{BYTES_IN_WORK_MAX, Room};
use crate::service::call;
use crate::watch::failure_class;
use answers::Answers;
use archived::Archives;
use futures::Stream;
use gongkai_model::{BatchId, SubmissionState};
use gongkai_serve::fields::{self, invalid};
use gongkai_serve::{Deadline, Principals, page_within, to_status};
use gongkai_store::{
    Batch, BatchProgress, Batches, Clock, ItemFilter, NewBatch, PageRequest, REPLAY_MAX, Replay,
    SubmissionFilter, Submissions, Timestamp,
};
use gongkai_wire::v1::batch_service_server::BatchService;
use gongkai_wire::{ErrorReason, v1};
use items::Items;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};
use tracing::{Instrument as _, info};
use upload::Upload;
use uuid::Uuid;

/// Bytes of what people call a batch.
const TITLE_BYTES_MAX: usize = 256;
/// Items that a batch may be said to have.
const EXPECTED_ITEMS_MAX: u64 = 1_000_000_000;
/// Uploads at the same time, and when to come back when there are more.
const UPLOADS_MAX: usize = 64;
const UPLOAD_RETRY_AFTER: Duration = Duration::from_secs(5);
/// How long an upload waits for its first message.
const BEGIN_PATIENCE: Duration = Duration::from_secs(30);
/// How long an upload may take.
const UPLOAD_PATIENCE: Duration = Duration::from_secs(12 * 60 * 60);

pub(crate) struct Handler {
    batches: Arc<dyn Batches>,
    submissions: Arc<dyn Submissions>,
    principals: Arc<dyn Principals>,
    clock: Arc<dyn Clock>,
    items: Items,
    uploads: Arc<Semaphore>,
    archives: Archives,
    stop: CancellationToken,
}

impl Handler {
    pub(crate) fn new(dependencies: &Dependencies, stop: CancellationToken) -> Self {
        let accepting = Accepting::new(dependencies.intake.clone(), Room::new(BYTES_IN_WORK_MAX));
        Self {
            batches: dependencies.batches.clone(),
            submissions: dependencies.submissions.clone(),
            principals: dependencies.principals.clone(),
            clock: dependencies.clock.clone(),
            items: Items::new(accepting, dependencies.batches.clone(), dependencies.clock.clone()),
            uploads: Arc::new(Semaphore::new(UPLOADS_MAX)),
            archives: Archives::new(),
            stop,
        }
    }

    async fn batch_id(&self, field: &str, name: &str) -> Result<BatchId, Status> {
        let id = fields::batch(field, name)?;
        self.batches.batch(id).await.map_err(|error| to_status(&error))?;
        Ok(id)
    }
}

#[tonic::async_trait]
impl BatchService for Handler {
    async fn create_batch(
        &self,
        request: Request<v1::CreateBatchRequest>,
    ) -> Result<Response<v1::CreateBatchResponse>, Status> {
        let principal = self.principals.principal(request.metadata())?;
        call(request, |request| async move {
            let request_id = fields::request_id("request_id", &request.request_id)?;
            let id = request_id.and_then(|id| Uuid::try_parse(&id).ok()).map(BatchId::from_uuid);
            if EXPECTED_ITEMS_MAX < request.expected_items {
                return Err(invalid("expected_items", format!("at most {EXPECTED_ITEMS_MAX} are allowed")));
            }
            let new = NewBatch {
                id: id.unwrap_or_else(BatchId::generate),
                caller: principal.name().to_owned(),
                title: fields::text("title", &request.title, TITLE_BYTES_MAX)?,
                items_expected: request.expected_items,
            };
            let batch = self.batches.create_batch(new).await.map_err(|error| to_status(&error))?;
            info!(batch.id = %batch.id, "made {}", batch.id);
            let progress = self.batches.batch_progress(batch.id).await.map_err(|error| to_status(&error))?;
            Ok(v1::CreateBatchResponse { batch: Some(told_with(&batch, &progress, self.clock.now())) })
        })
        .await
    }

    type UploadBatchStream = Pin<Box<dyn Stream<Item = Result<v1::UploadBatchResponse, Status>> + Send>>;

    async fn upload_batch(
        &self,
        request: Request<tonic::Streaming<v1::UploadBatchRequest>>,
    ) -> Result<Response<Self::UploadBatchStream>, Status> {
        let caller = self.principals.principal(request.metadata())?;
        let place = self.uploads.clone().try_acquire_owned();
        let place =
            place.map_err(|_| ErrorReason::Overloaded.retry("too many are uploading", UPLOAD_RETRY_AFTER))?;
        let deadline = Deadline::of(request.metadata()).at_most(UPLOAD_PATIENCE);
        let mut messages = request.into_inner();
        let begin = async {
            match messages.message().await?.and_then(|message| message.part) {
                Some(v1::upload_batch_request::Part::Batch(name)) => self.batch_id("batch", &name).await,
                _ => Err(invalid("batch", "the first message has to be it")),
            }
        };
        let batch = deadline.at_most(BEGIN_PATIENCE).bound(begin).await?;
        let (answers, told) = Answers::new(self.stop.clone());
        let upload = Upload::new(self.items.clone(), self.archives.clone(), batch, caller, messages, answers);
        // On its own, so that what is in work goes on while nobody asks for answers. It ends with the one who listens.
        tokio::spawn(
            async move {
                upload.run(deadline).await;
                drop(place);
            }
            .in_current_span(),
        );
        Ok(Response::new(Box::pin(ReceiverStream::new(told))))
    }

    async fn get_batch(
        &self,
        request: Request<v1::GetBatchRequest>,
    ) -> Result<Response<v1::GetBatchResponse>, Status> {
        call(request, |request| async move {
            let id = fields::batch("name", &request.name)?;
            let batch = self.batches.batch(id).await.map_err(|error| to_status(&error))?;
            let progress = self.batches.batch_progress(id).await.map_err(|error| to_status(&error))?;
            Ok(v1::GetBatchResponse { batch: Some(told_with(&batch, &progress, self.clock.now())) })
        })
        .await
    }

    async fn list_batches(
        &self,
        request: Request<v1::ListBatchesRequest>,
    ) -> Result<Response<v1::ListBatchesResponse>, Status> {
        call(request, |request| async move {
            let cursor = cursor(request.page_token);
            let (batches, cursor) = (&*self.batches, &cursor);
            page_within(fields::page_size(request.page_size)?, |size| async move {
                let page = PageRequest { size, cursor: cursor.clone() };
                let page = batches.batches(&page).await.map_err(|error| to_status(&error))?;
                Ok(v1::ListBatchesResponse {
                    batches: page.items.iter().map(told).collect(),
                    next_page_token: token(page.next),
                })
            })
            .await
        })
        .await
    }

    async fn list_batch_items(
        &self,
        request: Request<v1::ListBatchItemsRequest>,
    ) -> Result<Response<v1::ListBatchItemsResponse>, Status> {
        call(request, |request| async move {
            let id = fields::batch("name", &request.name)?;
            let filter = filter(&request)?;
            let cursor = cursor(request.page_token);
            let (batches, filter, cursor) = (&*self.batches, &filter, &cursor);
            page_within(fields::page_size(request.page_size)?, |size| async move {
                let page = PageRequest { size, cursor: cursor.clone() };
                let page = batches.batch_items(id, filter, &page).await;
                let page = page.map_err(|error| to_status(&error))?;
                Ok(v1::ListBatchItemsResponse {
                    items: page.items.iter().map(items::told).collect(),
                    next_page_token: token(page.next),
                })
            })
            .await
        })
        .await
    }

    async fn retry_batch(
        &self,
        request: Request<v1::RetryBatchRequest>,
    ) -> Result<Response<v1::RetryBatchResponse>, Status> {
        call(request, |request| async move {
            let id = self.batch_id("name", &request.name).await?;
            let replay = Replay {
                filter: SubmissionFilter {
                    batch: Some(id),
                    failure_class: failure_class("failure_class", request.failure_class)?,
                    ..SubmissionFilter::default()
                },
                limit: REPLAY_MAX,
                interval: interval(request.interval)?,
                dry_run: request.dry_run,
            };
            let replayed = self.submissions.replay_dead(&replay).await.map_err(|error| to_status(&error))?;
            if !replay.dry_run {
                info!(batch.id = %id, submissions = replayed.len(), "trying {} of {id} again", replayed.len());
            }
            let progress = self.batches.batch_progress(id).await.map_err(|error| to_status(&error))?;
            let left = progress.in_state(SubmissionState::Dead);
            Ok(v1::RetryBatchResponse { retried: replayed.len() as u64, left })
        })
        .await
    }
}

/// Which items are meant; all where nothing is said.
fn filter(request: &v1::ListBatchItemsRequest) -> Result<ItemFilter, Status> {
    if request.states.is_empty() && !request.refused {
        return Ok(ItemFilter::all());
    }
    let mut states = Vec::with_capacity(SubmissionState::ALL.len());
    for (index, number) in request.states.iter().enumerate() {
        if let Some(state) = fields::variant(&format!("states[{index}]"), *number)?
            && !states.contains(&state)
        {
            states.push(state);
        }
    }
    Ok(ItemFilter { states, refused: request.refused })
}

fn told(batch: &Batch) -> v1::Batch {
    v1::Batch {
        name: batch.id.to_string(),
        title: batch.title.clone(),
        expected_items: batch.items_expected,
        create_time: Some(time(batch.created_at)),
        progress: None,
    }
}

fn told_with(batch: &Batch, progress: &BatchProgress, now: Timestamp) -> v1::Batch {
    let remaining = progress.remaining(batch, now);
    let progress = v1::BatchProgress {
        read_time: Some(time(now)),
        received: progress.in_state(SubmissionState::Received),
        queued: progress.in_state(SubmissionState::Queued),
        parsing: progress.in_state(SubmissionState::Parsing),
        done: progress.in_state(SubmissionState::Done),
        rejected: progress.in_state(SubmissionState::Rejected),
        dead: progress.in_state(SubmissionState::Dead),
        cancelled: progress.in_state(SubmissionState::Cancelled),
        refused: progress.refused,
        open: progress.open(batch),
        ended_per_1000_seconds: progress.rate(batch, now).unwrap_or(0),
        // One of ages does not fit, and says nothing.
        remaining: remaining.and_then(|remaining| remaining.try_into().ok()),
        end_time: progress.ended_at(batch).map(time),
    };
    v1::Batch { progress: Some(progress), ..told(batch) }
}
