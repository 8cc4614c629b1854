//! The points around each seam. What no document passes goes straight through.

use super::{Failpoints, Fault, Side, Stage};
use async_trait::async_trait;
use bytes::Bytes;
use gongkai_model::{DocumentId, Purpose, SubmissionId};
use gongkai_queue::{Delivery, DeliveryTag, Message, Queue, QueueError};
use gongkai_store::{
    Accepted, Announcement, Attempt, Backlog, Completion, DocumentInfo, Documents, Intake, Lease, Ledger,
    NewSubmission, Outbox, Position, StagingId, StoreError, Submission, Swept, Timestamp, Worker,
};
use std::sync::Arc;
use std::time::Duration;

/// A seam with points around it.
pub(super) struct Around<T: ?Sized> {
    pub(super) inner: Arc<T>,
    pub(super) points: Arc<Failpoints>,
}

/// How a seam says that it is away.
trait Away {
    fn away(fault: Fault) -> Self;
}

impl Away for StoreError {
    fn away(fault: Fault) -> Self {
        Self::Unavailable(fault.into())
    }
}

impl Away for QueueError {
    fn away(fault: Fault) -> Self {
        Self::Unavailable(fault.into())
    }
}

impl<T: ?Sized> Around<T> {
    async fn stage<O, E: Away>(
        &self,
        stage: Stage,
        call: impl Future<Output = Result<O, E>>,
    ) -> Result<O, E> {
        self.points.pass(stage, Side::Before).await.map_err(E::away)?;
        let done = call.await?;
        self.points.pass(stage, Side::After).await.map_err(E::away)?;
        Ok(done)
    }
}

#[async_trait]
impl Intake for Around<dyn Intake> {
    async fn begin_upload(&self) -> Result<StagingId, StoreError> {
        self.inner.begin_upload().await
    }

    async fn append(&self, staging: StagingId, piece: Bytes) -> Result<u64, StoreError> {
        self.inner.append(staging, piece).await
    }

    async fn abandon(&self, staging: StagingId) -> Result<(), StoreError> {
        self.inner.abandon(staging).await
    }

    async fn accept(&self, new: NewSubmission) -> Result<Accepted, StoreError> {
        self.stage(Stage::Commit, self.inner.accept(new)).await
    }

    async fn sweep(&self, limit: u32) -> Result<Swept, StoreError> {
        self.inner.sweep(limit).await
    }
}

#[async_trait]
impl Outbox for Around<dyn Outbox> {
    async fn claim_due(&self, limit: u32, lease: Duration) -> Result<Vec<Announcement>, StoreError> {
        let claim = async {
            // It is asked all the time; a point is passed where something was due.
            let due = self.inner.claim_due(limit, lease).await?;
            if !due.is_empty() {
                self.points.pass(Stage::Claim, Side::After).await.map_err(StoreError::away)?;
            }
            Ok(due)
        };
        self.points.pass(Stage::Claim, Side::Before).await.map_err(StoreError::away)?;
        claim.await
    }

    async fn mark_published(&self, announcements: &[Announcement]) -> Result<(), StoreError> {
        if announcements.is_empty() {
            return self.inner.mark_published(announcements).await;
        }
        self.stage(Stage::Confirm, self.inner.mark_published(announcements)).await
    }

    async fn postpone(&self, announcements: &[Announcement], due: Timestamp) -> Result<(), StoreError> {
        self.inner.postpone(announcements, due).await
    }

    async fn reannounce(&self, patience: Duration, limit: u32) -> Result<u64, StoreError> {
        self.inner.reannounce(patience, limit).await
    }

    async fn wait_for_due(&self, timeout: Duration) -> Result<(), StoreError> {
        self.inner.wait_for_due(timeout).await
    }

    async fn backlog(&self) -> Result<Backlog, StoreError> {
        self.inner.backlog().await
    }
}

#[async_trait]
impl Queue for Around<dyn Queue> {
    async fn publish(&self, message: Message) -> Result<(), QueueError> {
        self.stage(Stage::Publish, self.inner.publish(message)).await
    }

    async fn receive(&self, max: usize, wait: Duration) -> Result<Vec<Delivery>, QueueError> {
        self.points.pass(Stage::Deliver, Side::Before).await.map_err(QueueError::away)?;
        let deliveries = self.inner.receive(max, wait).await?;
        if deliveries.is_empty() {
            return Ok(deliveries);
        }
        match self.points.pass(Stage::Deliver, Side::After).await {
            Ok(()) => Ok(deliveries),
            Err(fault) => {
                // An engine that fails here has lost its connection, and what came by it comes again.
                let tags: Vec<_> = deliveries.iter().map(|delivery| delivery.tag).collect();
                self.inner.hand_back(&tags).await?;
                Err(QueueError::away(fault))
            }
        }
    }

    async fn acknowledge(&self, tags: &[DeliveryTag]) -> Result<(), QueueError> {
        self.stage(Stage::Acknowledge, self.inner.acknowledge(tags)).await
    }

    async fn hand_back(&self, tags: &[DeliveryTag]) -> Result<(), QueueError> {
        self.inner.hand_back(tags).await
    }
}

#[async_trait]
impl Ledger for Around<dyn Ledger> {
    async fn begin_attempts(
        &self,
        submissions: &[SubmissionId],
        worker: &Worker,
        lease: Duration,
    ) -> Result<Vec<Attempt>, StoreError> {
        self.stage(Stage::Begin, self.inner.begin_attempts(submissions, worker, lease)).await
    }

    async fn renew(&self, leases: &[Lease], lease: Duration) -> Result<Vec<Lease>, StoreError> {
        self.inner.renew(leases, lease).await
    }

    async fn complete(
        &self,
        completions: Vec<Completion>,
    ) -> Result<Vec<Result<Submission, StoreError>>, StoreError> {
        self.stage(Stage::Apply, self.inner.complete(completions)).await
    }
}

#[async_trait]
impl Documents for Around<dyn Documents> {
    async fn document(&self, id: DocumentId, purpose: Option<Purpose>) -> Result<DocumentInfo, StoreError> {
        self.inner.document(id, purpose).await
    }

    async fn came_since(
        &self,
        ids: &[DocumentId],
        position: Position,
    ) -> Result<Vec<DocumentId>, StoreError> {
        self.inner.came_since(ids, position).await
    }

    async fn document_chunk(&self, id: DocumentId, index: u32) -> Result<Option<Bytes>, StoreError> {
        self.inner.document_chunk(id, index).await
    }

    async fn document_bytes(&self, id: DocumentId, bytes_max: u64) -> Result<Bytes, StoreError> {
        self.stage(Stage::Read, self.inner.document_bytes(id, bytes_max)).await
    }
}
