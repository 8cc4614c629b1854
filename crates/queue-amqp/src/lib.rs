//! The queue on RabbitMQ: what several processes share, confirmed before it is promised and acknowledged when it is done.
//!
//! Never recovers a connection, but makes a new one; never counts attempts. Holds for versions 3.10 to 4: every property of a queue is stated, and nothing is used that one of them lacks.

mod counts;
mod envelope;
mod error;
mod options;
mod publisher;
mod receipts;
mod receiver;
mod session;
mod supervisor;
mod topology;

#[cfg(test)]
mod tests;

pub use counts::Counts;
pub use error::OpenError;
pub use options::{Address, AmqpOptions, Topology};

use async_trait::async_trait;
use counts::Counters;
use gongkai_queue::{Delivery, DeliveryTag, Message, Queue, QueueError};
use publisher::{Publisher, PublisherParts};
use receiver::{Receiver, ReceiverParts};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use supervisor::{Present, Supervisor};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, DropGuard};
use topology::Names;
use tracing::warn;

/// How long what is under way may take when the queue is closed.
const DRAIN_PATIENCE: Duration = Duration::from_secs(5);
/// How long taking leave of the broker may take. Nothing is lost where it does not answer: it finds the connection gone.
const LEAVE_PATIENCE: Duration = Duration::from_secs(1);
/// How often to look whether anybody still receives.
const IDLE_LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// A queue at a broker. It stays usable while the broker is away: calls are unavailable then, and succeed again when it is
/// back.
pub struct AmqpQueue {
    publisher: Mutex<Option<Arc<Publisher>>>,
    receiver: Arc<Receiver>,
    present: Present,
    names: Names,
    counters: Arc<Counters>,
    lanes: Mutex<JoinSet<()>>,
    supervising: Mutex<Option<JoinHandle<()>>>,
    /// Ends the supervisor, which takes leave of the broker then, also when nobody closes the queue.
    stop: DropGuard,
}

impl AmqpQueue {
    /// Opens the queue. A broker that cannot be reached is tried again in the background; one that refuses what is asked, or
    /// that has something else under our names, is an error.
    pub async fn open(options: AmqpOptions) -> Result<Self, OpenError> {
        options.check()?;
        let options = Arc::new(options);
        let counters = Arc::<Counters>::default();
        let stop = CancellationToken::new();
        let (supervisor, present) =
            Supervisor::start(options.clone(), counters.clone(), stop.clone()).await?;
        let names = Names::new(&options.prefix);
        let (publisher, lanes) = Publisher::start(PublisherParts {
            present: present.clone(),
            names: names.clone(),
            counters: counters.clone(),
            confirm_patience: options.confirm_patience,
            queue_messages_max: u64::from(options.queue_messages_max),
        });
        let receiver = Arc::new(Receiver::new(ReceiverParts {
            present: present.clone(),
            names: names.clone(),
            counters: counters.clone(),
            prefetch: options.prefetch,
        }));
        tokio::spawn(look_after(receiver.clone(), stop.clone()));
        Ok(Self {
            publisher: Mutex::new(Some(Arc::new(publisher))),
            receiver,
            present,
            names,
            counters,
            lanes: Mutex::new(lanes),
            supervising: Mutex::new(Some(tokio::spawn(supervisor.run()))),
            stop: stop.drop_guard(),
        })
    }

    /// Whether the broker is there and takes messages.
    pub fn is_ready(&self) -> bool {
        self.present.borrow().as_ref().is_some_and(|session| !session.is_lost() && !session.is_blocked())
    }

    /// What has happened so far.
    pub fn counts(&self) -> Counts {
        self.counters.read()
    }

    /// Finishes what is being published, gives back what was received and not acknowledged, and takes leave of the broker.
    /// Later calls are unavailable.
    pub async fn close(&self) {
        // The lanes end when nobody can give them anything more and the last of what waits is answered.
        drop(lock(&self.publisher).take());
        let mut lanes = std::mem::take(&mut *lock(&self.lanes));
        let supervising = lock(&self.supervising).take();
        let drained = timeout(DRAIN_PATIENCE, async { while lanes.join_next().await.is_some() {} }).await;
        if drained.is_err() {
            warn!("some messages are not confirmed yet, and will be published again");
        }
        self.stop.token().cancel();
        if let Some(supervising) = supervising {
            // Whatever came of it, there is nothing left to do.
            let _ = timeout(LEAVE_PATIENCE, supervising).await;
        }
    }
}

/// Lets the receiver rest when it is idle, until the queue is closed.
async fn look_after(receiver: Arc<Receiver>, stop: CancellationToken) {
    while timeout(IDLE_LOOK_INTERVAL, stop.cancelled()).await.is_err() {
        receiver.rest();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[async_trait]
impl Queue for AmqpQueue {
    async fn publish(&self, message: Message) -> Result<(), QueueError> {
        let publisher = lock(&self.publisher).clone();
        match publisher {
            Some(publisher) => publisher.publish(message).await,
            None => Err(publisher::closed()),
        }
    }

    async fn receive(&self, max: usize, wait: Duration) -> Result<Vec<Delivery>, QueueError> {
        self.receiver.receive(max, wait).await
    }

    async fn acknowledge(&self, tags: &[DeliveryTag]) -> Result<(), QueueError> {
        self.receiver.acknowledge(tags)
    }

    async fn hand_back(&self, tags: &[DeliveryTag]) -> Result<(), QueueError> {
        self.receiver.hand_back(tags)
    }

    async fn depths(&self) -> Result<Option<Vec<(&'static str, u64)>>, QueueError> {
        let session = self.present.borrow().clone();
        let session = session.ok_or_else(publisher::closed)?;
        let depths = self.names.depths(&session).await;
        depths.map(Some).map_err(|error| QueueError::Unavailable(error.into()))
    }
}
