//! The service for those who run the system: how much waits where, and the pause of the parsers.

use crate::Dependencies;
use crate::service::call;
use gongkai_serve::{fields, to_status};
use gongkai_store::{
    Clock, Operations, PAUSE_DELAY, PAUSE_REASON_BYTES_MAX, Pause, StoreError, Timestamp, Waiting,
};
use gongkai_wire::v1;
use gongkai_wire::v1::operations_service_server::OperationsService;
use std::sync::Arc;
use tonic::{Request, Response, Status};
use tracing::info;

pub(crate) struct Handler {
    operations: Arc<dyn Operations>,
    clock: Arc<dyn Clock>,
}

impl Handler {
    pub(crate) fn new(dependencies: &Dependencies) -> Self {
        Self { operations: dependencies.operations.clone(), clock: dependencies.clock.clone() }
    }

    async fn read(&self) -> Result<v1::Operations, StoreError> {
        let pause = self.operations.pause().await?;
        let now = self.clock.now();
        let census = self.operations.census(now).await?;
        let given_up = census.dead.into_iter();
        Ok(v1::Operations {
            pause: pause.map(told),
            read_time: Some(time(now)),
            received: Some(waiting(census.received)),
            queued: Some(waiting(census.queued)),
            parsing: Some(waiting(census.parsing)),
            in_work: census.in_work,
            given_up: given_up
                .map(|(failure_class, submissions)| v1::GivenUpSubmissions { failure_class, submissions })
                .collect(),
            pause_delay_seconds: u32::try_from(PAUSE_DELAY.as_secs()).unwrap_or(u32::MAX),
        })
    }
}

#[tonic::async_trait]
impl OperationsService for Handler {
    async fn get_operations(
        &self,
        request: Request<v1::GetOperationsRequest>,
    ) -> Result<Response<v1::GetOperationsResponse>, Status> {
        call(request, |v1::GetOperationsRequest {}| async move {
            let operations = self.read().await.map_err(|error| to_status(&error))?;
            Ok(v1::GetOperationsResponse { operations: Some(operations) })
        })
        .await
    }

    async fn pause_parsing(
        &self,
        request: Request<v1::PauseParsingRequest>,
    ) -> Result<Response<v1::PauseParsingResponse>, Status> {
        call(request, |request| async move {
            let reason = fields::text("reason", &request.reason, PAUSE_REASON_BYTES_MAX)?;
            let wanted = Pause { since: self.clock.now(), reason };
            let pause = self.operations.pause_parsing(&wanted).await.map_err(|error| to_status(&error))?;
            info!("the parsers are paused");
            Ok(v1::PauseParsingResponse { pause: Some(told(pause)) })
        })
        .await
    }

    async fn resume_parsing(
        &self,
        request: Request<v1::ResumeParsingRequest>,
    ) -> Result<Response<v1::ResumeParsingResponse>, Status> {
        call(request, |v1::ResumeParsingRequest {}| async move {
            self.operations.resume_parsing().await.map_err(|error| to_status(&error))?;
            info!("the parsers go on");
            Ok(v1::ResumeParsingResponse {})
        })
        .await
    }
}

fn told(Pause { since, reason }: Pause) -> v1::ParsingPause {
    v1::ParsingPause { start_time: Some(time(since)), reason }
}

fn waiting(Waiting { submissions, oldest }: Waiting) -> v1::WaitingSubmissions {
    v1::WaitingSubmissions { submissions, oldest_time: oldest.map(time) }
}

fn time(time: Timestamp) -> prost_types::Timestamp {
    gongkai_wire::timestamp(time.micros())
}
