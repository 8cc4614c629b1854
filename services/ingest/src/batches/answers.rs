//! The way of answers to whoever uploads, and what ends an upload before its end.

use gongkai_serve::shutting_down;
use gongkai_wire::{ErrorReason, v1};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tonic::Status;

/// Answers that wait to be sent, besides what the transport holds.
const ANSWERS_MAX: usize = 64;
/// How long answers wait while none is read.
pub(super) const ANSWER_PATIENCE: Duration = Duration::from_secs(30);

pub(super) type Answer = Result<v1::UploadBatchResponse, Status>;

/// Where everything that belongs to one upload sends its answers.
#[derive(Clone)]
pub(super) struct Answers {
    answers: mpsc::Sender<Answer>,
    /// Answers that have found a place.
    told: Arc<AtomicU64>,
    /// Why the upload ends before its end.
    broken: Arc<OnceLock<Status>>,
    /// The upload takes no more.
    over: CancellationToken,
    /// The service ends.
    stop: CancellationToken,
}

impl Answers {
    /// The two ends of the way.
    pub(super) fn new(stop: CancellationToken) -> (Self, mpsc::Receiver<Answer>) {
        let (answers, told) = mpsc::channel(ANSWERS_MAX);
        let over = stop.child_token();
        (Self { answers, told: Arc::default(), broken: Arc::default(), over, stop }, told)
    }

    /// Answers for an item. One who reads slowly is waited for, one who does not read is not: answers without end would have
    /// to be held in memory.
    pub(super) async fn tell(&self, item: v1::BatchItem) {
        let mut place = std::pin::pin!(self.answers.reserve());
        loop {
            let before = self.told.load(Ordering::Relaxed);
            match timeout(ANSWER_PATIENCE, &mut place).await {
                Ok(Ok(place)) => {
                    place.send(Ok(v1::UploadBatchResponse { item: Some(item) }));
                    self.told.fetch_add(1, Ordering::Relaxed);
                    return;
                }
                Ok(Err(_)) => return self.over.cancel(),
                Err(_) if before != self.told.load(Ordering::Relaxed) => {}
                Err(_) => {
                    let message = "answers are not read; read them while you send, and go on";
                    return self.end(ErrorReason::AnswersUnread.status(message));
                }
            }
        }
    }

    /// Ends the upload for this reason, unless there is one already.
    pub(super) fn end(&self, why: Status) {
        // The first reason is the one that is told.
        let _ = self.broken.set(why);
        self.over.cancel();
    }

    /// Returns when the upload takes no more, for whatever reason.
    pub(super) async fn over(&self) {
        tokio::select! {
            () = self.over.cancelled() => {}
            () = self.answers.closed() => self.over.cancel(),
        }
    }

    /// Why the upload ended before its end, if something in it failed.
    pub(super) fn failure(&self) -> Option<Status> {
        self.broken.get().cloned()
    }

    /// Why no more is taken; none where nobody listens.
    pub(super) fn why_over(&self) -> Option<Status> {
        self.failure().or_else(|| self.stop.is_cancelled().then(shutting_down))
    }

    /// Whether somebody listens at all.
    pub(super) fn has_listener(&self) -> bool {
        !self.answers.is_closed()
    }

    /// Tells why the upload has ended, to whoever reads it in time.
    pub(super) async fn fail(self, why: Status) {
        let _ = timeout(ANSWER_PATIENCE, self.answers.send(Err(why))).await;
    }
}
