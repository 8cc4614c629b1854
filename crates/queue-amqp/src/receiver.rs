//! Receives: the broker pushes, up to the prefetch, and what has come waits in the client until somebody asks for it.

use crate::counts::Counters;
use crate::envelope;
use crate::error::unavailable;
use crate::receipts::Receipts;
use crate::session::{Session, SessionError, answer};
use crate::supervisor::Present;
use crate::topology::Names;
use futures::{FutureExt, Stream};
use gongkai_model::Priority;
use gongkai_queue::{Delivery, DeliveryTag, QueueError, Turns};
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicNackOptions, BasicQosOptions, BasicRejectOptions,
};
use lapin::types::FieldTable;
use lapin::{Channel, Consumer};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};
use tracing::warn;

/// Why nothing can be received or acknowledged.
#[derive(Debug, thiserror::Error)]
enum ReceiveError {
    #[error("there is no connection to the broker")]
    Away,
    #[error("the connection to the broker was lost")]
    Lost,
}

/// What a receiver needs.
pub(crate) struct ReceiverParts {
    pub(crate) present: Present,
    pub(crate) names: Names,
    pub(crate) counters: Arc<Counters>,
    pub(crate) prefetch: u16,
}

/// How long messages wait in the client for somebody who asks, while nobody works on any: then others may have them.
const IDLE_MAX: Duration = Duration::from_secs(5);

/// Receives for whoever asks. Nothing is consumed before somebody does, nor when nobody does any more.
pub(crate) struct Receiver {
    parts: ReceiverParts,
    /// Channels so far, to tell their deliveries apart.
    channels: AtomicU64,
    consuming: tokio::sync::Mutex<Option<Consuming>>,
    open: Mutex<Option<Open>>,
}

/// Deliveries that are with receivers, and the channel that they came on.
pub(crate) struct Open {
    pub(crate) channel: Channel,
    session: Arc<Session>,
    pub(crate) receipts: Receipts,
}

impl Receiver {
    pub(crate) fn new(parts: ReceiverParts) -> Self {
        Self {
            parts,
            channels: AtomicU64::default(),
            consuming: tokio::sync::Mutex::default(),
            open: Mutex::default(),
        }
    }

    pub(crate) fn open(&self) -> MutexGuard<'_, Option<Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) async fn receive(&self, max: usize, wait: Duration) -> Result<Vec<Delivery>, QueueError> {
        let deadline = Instant::now() + wait;
        // Whoever has it receives what comes; there is nothing to be had beside.
        let Ok(mut consuming) = timeout_at(deadline, self.consuming.lock()).await else {
            return Ok(Vec::new());
        };
        loop {
            let session = self.session(deadline).await?;
            if consuming.as_ref().is_none_or(|consuming| consuming.generation != session.generation) {
                *consuming = None;
                match self.consume(&session).await {
                    Ok(begun) => *consuming = Some(begun),
                    Err(error) => {
                        warn!(
                            error = &error as &dyn std::error::Error,
                            "the broker's queues cannot be consumed"
                        );
                        session.lose();
                        return Err(unavailable(error));
                    }
                }
            }
            let Some(source) = consuming.as_mut() else { continue };
            source.asked = Instant::now();
            let received = tokio::select! {
                biased;
                received = timeout_at(deadline, source.next(max)) => received,
                () = session.until_lost() => Ok(Err(ReceiveError::Lost)),
            };
            match received {
                Ok(Ok(messages)) => {
                    source.asked = Instant::now();
                    let deliveries = self.hand_out(messages);
                    // All of them may have been unreadable.
                    if !deliveries.is_empty() || max == 0 {
                        return Ok(deliveries);
                    }
                }
                Ok(Err(_)) => {
                    *consuming = None;
                    session.lose();
                }
                Err(_) => return Ok(Vec::new()),
            }
        }
    }

    /// The present connection, waited for until the deadline.
    async fn session(&self, deadline: Instant) -> Result<Arc<Session>, QueueError> {
        let mut present = self.parts.present.clone();
        let is_usable =
            |session: &Option<Arc<Session>>| session.as_ref().is_some_and(|session| !session.is_lost());
        let away = || unavailable(ReceiveError::Away);
        let found = timeout_at(deadline, present.wait_for(is_usable)).await.map_err(|_| away())?;
        // An error means that the queue was closed.
        found.map_err(|_| away())?.clone().ok_or_else(away)
    }

    /// Begins to consume on a channel of its own, and forgets what was delivered on the one before.
    async fn consume(&self, session: &Arc<Session>) -> Result<Consuming, SessionError> {
        let channel = session.channel().await?;
        // For each consumer, so that a flood of one priority takes no room from another.
        answer(channel.basic_qos(self.parts.prefetch, BasicQosOptions { global: false })).await?;
        let mut sources = Vec::with_capacity(Priority::ALL.len());
        for priority in Priority::ALL {
            let consumed = channel.basic_consume(
                self.parts.names.queue(priority),
                "".into(),
                BasicConsumeOptions::default(),
                FieldTable::default(),
            );
            sources.push(Source { consumer: answer(consumed).await?, buffer: VecDeque::new() });
        }
        let receipts = Receipts::new(self.channels.fetch_add(1, Ordering::Relaxed));
        *self.open() = Some(Open { channel, session: session.clone(), receipts });
        let asked = Instant::now();
        Ok(Consuming { generation: session.generation, sources, turns: Turns::default(), asked })
    }

    /// Gives back what waits in the client, if nobody has asked for a while and nobody works on anything: a parser that
    /// pauses keeps nothing from the others. The next one who asks consumes again.
    pub(crate) fn rest(&self) {
        // Who has it is asking.
        let Ok(mut consuming) = self.consuming.try_lock() else { return };
        let is_idle = consuming.as_ref().is_some_and(|consuming| IDLE_MAX <= consuming.asked.elapsed());
        let mut open = self.open();
        if is_idle && open.as_ref().is_some_and(|open| open.receipts.is_done()) {
            // The broker takes back what was delivered on a channel that ends.
            *open = None;
            *consuming = None;
        }
    }

    /// Gives messages their tags. What cannot be read is put aside at the broker, once and for all: it would come again
    /// and again.
    fn hand_out(&self, messages: Vec<(usize, lapin::message::Delivery)>) -> Vec<Delivery> {
        let counters = &self.parts.counters;
        let mut open = self.open();
        let Some(open) = open.as_mut() else { return Vec::new() };
        let mut deliveries = Vec::with_capacity(messages.len());
        for (place, message) in messages {
            counters.received.add(1);
            counters.redelivered.add(u64::from(message.redelivered));
            let Some(priority) = Priority::ALL.get(place) else { continue };
            match envelope::open(&message.data, &message.properties, *priority) {
                Ok(opened) => {
                    let tag = open.receipts.hold(message.delivery_tag);
                    deliveries.push(Delivery { tag, message: opened });
                }
                Err(error) => {
                    warn!(
                        error = &error as &dyn std::error::Error,
                        "a message of the queue cannot be read, it is put aside"
                    );
                    counters.unreadable.add(1);
                    open.receipts.end(message.delivery_tag);
                    let options = BasicRejectOptions { requeue: false };
                    // A word that does not reach the broker leaves the message open, so that it comes again.
                    let _ = open.say(open.channel.basic_reject(message.delivery_tag, options));
                }
            }
        }
        deliveries
    }

    pub(crate) fn acknowledge(&self, tags: &[DeliveryTag]) -> Result<(), QueueError> {
        let mut open = self.open();
        let Some(open) = open.as_mut() else { return Ok(()) };
        let words = open.receipts.acknowledge(tags);
        words.into_iter().try_for_each(|word| {
            let options = BasicAckOptions { multiple: word.with_all_before };
            open.say(open.channel.basic_ack(word.delivery, options))
        })
    }

    pub(crate) fn hand_back(&self, tags: &[DeliveryTag]) -> Result<(), QueueError> {
        let mut open = self.open();
        let Some(open) = open.as_mut() else { return Ok(()) };
        let deliveries = open.receipts.release(tags);
        deliveries.into_iter().try_for_each(|delivery| {
            open.receipts.end(delivery);
            let options = BasicNackOptions { multiple: false, requeue: true };
            open.say(open.channel.basic_nack(delivery, options))
        })
    }
}

#[cfg(test)]
impl Receiver {
    pub(crate) fn queue_name(&self, priority: Priority) -> lapin::types::ShortString {
        self.parts.names.queue(priority)
    }

    /// Lets it be so long since somebody asked.
    pub(crate) async fn let_pass(&self, time: Duration) {
        if let Some(consuming) = self.consuming.lock().await.as_mut()
            && let Some(earlier) = consuming.asked.checked_sub(time)
        {
            consuming.asked = earlier;
        }
    }

    /// Messages that have come and that nobody has asked for.
    pub(crate) async fn buffered(&self) -> usize {
        let consuming = self.consuming.lock().await;
        consuming.iter().flat_map(|consuming| &consuming.sources).map(|source| source.buffer.len()).sum()
    }
}

impl Open {
    /// Says a word to the broker that has no answer, and does not wait until it is written: words go out in the order in
    /// which they are said, and one that is lost with its connection is lost with all that it spoke of.
    fn say(&self, word: impl Future<Output = lapin::Result<()>>) -> Result<(), QueueError> {
        match word.now_or_never() {
            Some(Err(_)) => {
                self.session.lose();
                Err(unavailable(ReceiveError::Lost))
            }
            Some(Ok(())) | None => Ok(()),
        }
    }
}

/// What comes on one channel.
struct Consuming {
    generation: u64,
    /// By priority, most urgent first.
    sources: Vec<Source>,
    turns: Turns,
    /// When somebody last asked for messages, or was given some.
    asked: Instant,
}

/// What comes from one queue.
struct Source {
    consumer: Consumer,
    /// What has come; bounded by the prefetch.
    buffer: VecDeque<lapin::message::Delivery>,
}

impl Consuming {
    /// At least one message, at most `max`, each with the place of its priority. Nothing is taken when this is dropped.
    async fn next(&mut self, max: usize) -> Result<Vec<(usize, lapin::message::Delivery)>, ReceiveError> {
        poll_fn(|context| {
            for source in &mut self.sources {
                source.collect(context)?;
            }
            let taken = self.take(max);
            if taken.is_empty() && max != 0 { Poll::Pending } else { Poll::Ready(Ok(taken)) }
        })
        .await
    }

    fn take(&mut self, max: usize) -> Vec<(usize, lapin::message::Delivery)> {
        let mut taken = Vec::new();
        while taken.len() < max {
            let mut waiting = [false; Priority::ALL.len()];
            for (waits, source) in waiting.iter_mut().zip(&self.sources) {
                *waits = !source.buffer.is_empty();
            }
            let next = self.turns.next(waiting);
            let message =
                next.and_then(|place| Some((place, self.sources.get_mut(place)?.buffer.pop_front()?)));
            match message {
                Some(message) => taken.push(message),
                None => break,
            }
        }
        taken
    }
}

impl Source {
    /// Takes over what has come so far, and asks to be woken when more comes.
    fn collect(&mut self, context: &mut Context<'_>) -> Result<(), ReceiveError> {
        loop {
            match Pin::new(&mut self.consumer).poll_next(context) {
                Poll::Ready(Some(Ok(message))) => self.buffer.push_back(message),
                // The broker has ended it, or the connection is gone.
                Poll::Ready(Some(Err(_)) | None) => return Err(ReceiveError::Lost),
                Poll::Pending => return Ok(()),
            }
        }
    }
}
