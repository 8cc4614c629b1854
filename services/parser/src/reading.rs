//! Reading documents on threads of their own: as many at once as there are workers, each within its time, and a panic
//! costs one document.

use crate::verdict::AttemptError;
use crate::weight::Weighing;
use bytes::Bytes;
use gongkai_document::{Hint, Limits};
use gongkai_model::Report;
use gongkai_pipeline::Rejection;
use gongkai_store::NewRevision;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use tracing::error;

/// Reads the reports of one file, as [`gongkai_pipeline::read_reports`] does.
pub type Pipeline = Arc<dyn Fn(&[u8], &Hint<'_>, &Limits) -> Result<Vec<Report>, Rejection> + Send + Sync>;

/// Threads that may go on with a document that was given up. A thread cannot be ended from outside; when all of these
/// are taken, further ones take the place of workers, so that the number of threads stays bounded.
pub const STRAYS_MAX: usize = 8;

/// Reads documents.
pub(crate) struct Reading {
    pipeline: Pipeline,
    limits: Limits,
    patience: Duration,
    seats: Arc<Semaphore>,
    stray_seats: Arc<Semaphore>,
}

/// A document to read.
pub(crate) struct Source {
    pub(crate) bytes: Bytes,
    pub(crate) media_type: String,
    pub(crate) name: String,
    pub(crate) address: String,
}

impl Reading {
    pub(crate) fn new(pipeline: Pipeline, limits: Limits, patience: Duration, workers: NonZeroUsize) -> Self {
        Self {
            pipeline,
            limits,
            patience,
            seats: Arc::new(Semaphore::new(workers.get())),
            stray_seats: Arc::new(Semaphore::new(STRAYS_MAX)),
        }
    }

    /// Waits for a worker, and reads and packs the reports of a document.
    pub(crate) async fn read(
        &self,
        source: Source,
        weighing: Option<Weighing>,
    ) -> Result<Vec<NewRevision>, AttemptError> {
        let Ok(seat) = self.seats.clone().acquire_owned().await else {
            return Err(AttemptError::Panicked { message: "there are no workers".to_owned() });
        };
        let seat = Arc::new(Mutex::new(seat));
        let (pipeline, limits, taken) = (self.pipeline.clone(), self.limits, seat.clone());
        // Also where whoever waits is dropped, because the submission was cancelled or taken over.
        let mut waiting = Waiting { reading: self, seat: &seat, is_over: false };
        let reading = tokio::task::spawn_blocking(move || {
            // Held until the thread is free again, also after we have given up on it.
            let _seat = taken;
            if let Some(weighing) = weighing {
                weighing.begin();
            }
            catch_unwind(AssertUnwindSafe(|| read(&pipeline, &source, &limits)))
        });
        let ended = timeout(self.patience, reading).await;
        waiting.is_over = ended.is_ok();
        match ended {
            Ok(Ok(Ok(result))) => result,
            Ok(Ok(Err(panic))) => Err(AttemptError::Panicked { message: panic_message(&*panic) }),
            Ok(Err(join)) => Err(AttemptError::Panicked { message: join.to_string() }),
            Err(_) => Err(AttemptError::TimedOut { patience: self.patience }),
        }
    }

    /// Gives the worker's place to another thread, as long as not too many have strayed.
    fn leave(&self, seat: &Mutex<OwnedSemaphorePermit>) {
        match self.stray_seats.clone().try_acquire_owned() {
            Ok(stray) => *seat.lock().unwrap_or_else(PoisonError::into_inner) = stray,
            Err(_) => error!("too many documents hang; there is one worker less until one of them ends"),
        }
    }
}

/// Somebody who waits for a thread, and leaves it to itself when it is not over by then.
struct Waiting<'a> {
    reading: &'a Reading,
    seat: &'a Mutex<OwnedSemaphorePermit>,
    is_over: bool,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if !self.is_over {
            self.reading.leave(self.seat);
        }
    }
}

fn read(pipeline: &Pipeline, source: &Source, limits: &Limits) -> Result<Vec<NewRevision>, AttemptError> {
    let hint = Hint {
        media_type: Some(source.media_type.as_str()).filter(|text| !text.is_empty()),
        name: Some(source.name.as_str()).filter(|text| !text.is_empty()),
        address: Some(source.address.as_str()).filter(|text| !text.is_empty()),
    };
    let reports = pipeline(&source.bytes, &hint, limits).map_err(AttemptError::Rejected)?;
    reports.iter().map(NewRevision::pack).collect::<Result<_, _>>().map_err(AttemptError::Pack)
}

/// What a panic says. For whoever looks at the dead letter, never for the log: it may quote the document.
fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("without a word").to_owned()
}
