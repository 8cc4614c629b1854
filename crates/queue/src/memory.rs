//! The in-memory twin: a real queue, gone with the process.

use crate::{Delivery, DeliveryTag, Message, Queue, QueueError, Turns};
use async_trait::async_trait;
use gongkai_model::Priority;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

/// A queue in memory. A delivery that nobody acknowledges comes again after the lease, as the engines' do.
pub struct MemoryQueue {
    lease: Duration,
    messages_max: u64,
    contents: Mutex<Contents>,
    ready: Notify,
}

#[derive(Default)]
struct Contents {
    count: u64,
    turns: Turns,
    /// Older first among equals.
    waiting: BTreeMap<(Reverse<Priority>, u64), Message>,
    delivered: HashMap<DeliveryTag, (Message, Instant)>,
}

impl MemoryQueue {
    /// An empty queue that holds at most `messages_max` messages, delivered ones included, and gives a receiver `lease`
    /// to acknowledge.
    pub fn new(lease: Duration, messages_max: u64) -> Self {
        Self { lease, messages_max, contents: Mutex::default(), ready: Notify::new() }
    }

    fn contents(&self) -> MutexGuard<'_, Contents> {
        self.contents.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Messages that can be delivered now, at most `max`, and when the next delivered one comes again.
    fn take(&self, max: usize) -> (Vec<Delivery>, Option<Instant>) {
        let now = Instant::now();
        let mut contents = self.contents();
        let expired: Vec<_> =
            contents.delivered.iter().filter(|(_, (_, until))| *until <= now).map(|(tag, _)| *tag).collect();
        for tag in expired {
            contents.hand_back(tag);
        }
        let mut deliveries = Vec::new();
        while deliveries.len() < max
            && let Some((message_id, message)) = contents.next()
        {
            contents.count += 1;
            let tag = DeliveryTag { message: message_id, receipt: contents.count };
            contents.delivered.insert(tag, (message.clone(), now + self.lease));
            deliveries.push(Delivery { tag, message });
        }
        (deliveries, contents.delivered.values().map(|(_, until)| *until).min())
    }
}

impl Contents {
    /// The message whose turn it is.
    fn next(&mut self) -> Option<(u64, Message)> {
        let oldest = Priority::ALL.map(|priority| {
            let of_priority = (Reverse(priority), 0)..=(Reverse(priority), u64::MAX);
            self.waiting.range(of_priority).next().map(|(key, _)| *key)
        });
        let key = oldest[self.turns.next(oldest.map(|key| key.is_some()))?]?;
        Some((key.1, self.waiting.remove(&key)?))
    }

    fn hand_back(&mut self, tag: DeliveryTag) {
        if let Some((message, _)) = self.delivered.remove(&tag) {
            self.waiting.insert((Reverse(message.priority), tag.message), message);
        }
    }
}

#[async_trait]
impl Queue for MemoryQueue {
    async fn publish(&self, message: Message) -> Result<(), QueueError> {
        let mut contents = self.contents();
        if self.messages_max <= (contents.waiting.len() + contents.delivered.len()) as u64 {
            return Err(QueueError::Full { max: self.messages_max });
        }
        contents.count += 1;
        let key = (Reverse(message.priority), contents.count);
        contents.waiting.insert(key, message);
        drop(contents);
        self.ready.notify_one();
        Ok(())
    }

    async fn receive(&self, max: usize, wait: Duration) -> Result<Vec<Delivery>, QueueError> {
        let deadline = Instant::now() + wait;
        loop {
            let ready = self.ready.notified();
            let (deliveries, next) = self.take(max);
            if !deliveries.is_empty() {
                // Another receiver may wait for what is left.
                self.ready.notify_one();
                return Ok(deliveries);
            }
            let until = next.map_or(deadline, |next| next.min(deadline));
            if timeout_at(until, ready).await.is_err() && deadline <= Instant::now() {
                return Ok(Vec::new());
            }
        }
    }

    async fn acknowledge(&self, tags: &[DeliveryTag]) -> Result<(), QueueError> {
        let mut contents = self.contents();
        for tag in tags {
            contents.delivered.remove(tag);
        }
        Ok(())
    }

    async fn hand_back(&self, tags: &[DeliveryTag]) -> Result<(), QueueError> {
        let mut contents = self.contents();
        for tag in tags {
            contents.hand_back(*tag);
        }
        drop(contents);
        self.ready.notify_one();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{Subject, at_once, carries_traces, upholds};

    #[tokio::test]
    async fn the_twin_upholds_the_contract() {
        let twin = MemoryQueue::new(Duration::from_secs(60), 5);
        let expire_leases = || {
            let now = Instant::now();
            twin.contents().delivered.values_mut().for_each(|(_, until)| *until = now);
        };
        let subject =
            Subject { queue: &twin, expire_leases: &expire_leases, settle: &at_once, messages_max: 5 };
        upholds(&subject).await;
        carries_traces(&twin).await;
    }
}
