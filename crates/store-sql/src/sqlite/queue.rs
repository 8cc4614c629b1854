//! The queue in the same file: a message that is with a receiver comes back at its time, unless it is acknowledged.

use super::get;
use super::writer::Transaction;
use super::{Shared, read, sql};
use crate::rows::{code, get_code, get_number};
use async_trait::async_trait;
use gongkai_model::{Priority, SubmissionId};
use gongkai_queue::{Delivery, DeliveryTag, Message, Queue, QueueError, Turns};
use gongkai_store::{StoreError, Timestamp};
use sqlx::sqlite::SqliteRow;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

const PUBLISH: &str = "INSERT INTO queue_messages (priority, submissions, receipt) VALUES (?1, ?2, 0)";
const LOOK: &str = "SELECT EXISTS (SELECT 1 FROM queue_messages WHERE delivered_until IS NULL) AS waiting,
    (SELECT min(delivered_until) FROM queue_messages WHERE delivered_until IS NOT NULL) AS next";
const END_LEASES: &str = "UPDATE queue_messages SET delivered_until = NULL WHERE delivered_until <= ?1";
const FIND: &str =
    "SELECT id, priority, submissions, receipt FROM queue_messages WHERE delivered_until IS NULL
    AND priority = ?1 ORDER BY id LIMIT ?2";
const DELIVER: &str = "UPDATE queue_messages SET delivered_until = ?2, receipt = receipt + 1 WHERE id = ?1";
const ACKNOWLEDGE: &str = "DELETE FROM queue_messages
    WHERE id = ?1 AND receipt = ?2 AND delivered_until IS NOT NULL";
const HAND_BACK: &str = "UPDATE queue_messages SET delivered_until = NULL
    WHERE id = ?1 AND receipt = ?2 AND delivered_until IS NOT NULL";

/// What is asked often, for the test of its plans.
#[cfg(test)]
pub(super) const FREQUENT: &[&str] = &[LOOK, END_LEASES, FIND, DELIVER, ACKNOWLEDGE];

/// The queue in a SQLite file.
pub struct SqliteQueue {
    shared: Arc<Shared>,
    lease: Duration,
    messages_max: u64,
    turns: Arc<Mutex<Turns>>,
    /// Wakes one receiver in this process; there is no other process.
    ready: Notify,
}

impl SqliteQueue {
    pub(super) fn new(shared: Arc<Shared>, lease: Duration, messages_max: u64) -> Self {
        Self { shared, lease, messages_max, turns: Arc::default(), ready: Notify::new() }
    }

    /// Messages that can be delivered now, at most `max`, or how long until one comes back by itself.
    async fn take(&self, max: usize) -> Result<Result<Vec<Delivery>, Option<Duration>>, StoreError> {
        let look = sqlx::query(LOOK).fetch_one(&self.shared.readers);
        let row = read(async { look.await.map_err(sql) }).await?;
        let now = self.shared.clock.now();
        let next = get::<Option<i64>>(&row, "next")?.map(Timestamp::from_micros);
        // A receiver that finds nothing writes nothing.
        if !get::<bool>(&row, "waiting")? && next.is_none_or(|next| now < next) {
            return Ok(Err(next.map(|next| next.since(now))));
        }
        let (turns, lease) = (self.turns.clone(), self.lease);
        let deliveries = self
            .shared
            .writer
            .write(move |transaction| Box::pin(transaction.take(max, lease, turns)))
            .await?;
        // Somebody else may have been faster.
        Ok(if deliveries.is_empty() { Err(None) } else { Ok(deliveries) })
    }

    async fn end(&self, statement: &'static str, tags: &[DeliveryTag]) -> Result<u64, QueueError> {
        let tags = tags.to_vec();
        let ended = self
            .shared
            .writer
            .write(move |transaction| Box::pin(transaction.end_deliveries(statement, tags)))
            .await;
        ended.map_err(unavailable)
    }
}

fn unavailable(error: StoreError) -> QueueError {
    QueueError::Unavailable(error.into())
}

#[async_trait]
impl Queue for SqliteQueue {
    async fn publish(&self, message: Message) -> Result<(), QueueError> {
        let max = self.messages_max;
        let published =
            self.shared.writer.write(move |transaction| Box::pin(transaction.publish(message, max))).await;
        if !published.map_err(unavailable)? {
            return Err(QueueError::Full { max });
        }
        self.ready.notify_one();
        Ok(())
    }

    async fn receive(&self, max: usize, wait: Duration) -> Result<Vec<Delivery>, QueueError> {
        let deadline = Instant::now() + wait;
        loop {
            let ready = self.ready.notified();
            let pause = match self.take(max).await.map_err(unavailable)? {
                Ok(deliveries) => {
                    // Another receiver may wait for what is left.
                    self.ready.notify_one();
                    return Ok(deliveries);
                }
                Err(pause) => pause,
            };
            let until = pause.map_or(deadline, |pause| deadline.min(Instant::now() + pause));
            if timeout_at(until, ready).await.is_err() && deadline <= Instant::now() {
                return Ok(Vec::new());
            }
        }
    }

    async fn acknowledge(&self, tags: &[DeliveryTag]) -> Result<(), QueueError> {
        self.end(ACKNOWLEDGE, tags).await?;
        Ok(())
    }

    async fn hand_back(&self, tags: &[DeliveryTag]) -> Result<(), QueueError> {
        if 0 < self.end(HAND_BACK, tags).await? {
            self.ready.notify_one();
        }
        Ok(())
    }
}

impl Transaction {
    /// Whether there was room for the message.
    async fn publish(&mut self, message: Message, messages_max: u64) -> Result<bool, StoreError> {
        if messages_max <= self.counters.queue_messages.cast_unsigned() {
            return Ok(false);
        }
        let submissions: Vec<u8> =
            message.submissions().iter().flat_map(|id| id.uuid().into_bytes()).collect();
        sqlx::query(PUBLISH)
            .bind(code(message.priority))
            .bind(submissions)
            .execute(&mut self.connection)
            .await
            .map_err(sql)?;
        self.counters.queue_messages += 1;
        Ok(true)
    }

    async fn take(
        &mut self,
        max: usize,
        lease: Duration,
        turns: Arc<Mutex<Turns>>,
    ) -> Result<Vec<Delivery>, StoreError> {
        sqlx::query(END_LEASES).bind(self.now.micros()).execute(&mut self.connection).await.map_err(sql)?;
        let limit = i64::try_from(max).unwrap_or(i64::MAX);
        let mut waiting = Vec::new();
        for priority in Priority::ALL {
            let rows = sqlx::query(FIND).bind(code(priority)).bind(limit).fetch_all(&mut self.connection);
            waiting.push(VecDeque::from(rows.await.map_err(sql)?));
        }
        let rows = in_turn(&mut waiting, max, &turns);
        let until = self.now.after(lease).micros();
        let mut deliveries = Vec::with_capacity(rows.len());
        for row in &rows {
            deliveries.push(delivery(row)?);
            sqlx::query(DELIVER)
                .bind(get::<i64>(row, "id")?)
                .bind(until)
                .execute(&mut self.connection)
                .await
                .map_err(sql)?;
        }
        Ok(deliveries)
    }

    /// Acknowledges or hands back, and tells how many deliveries it was still about.
    async fn end_deliveries(
        &mut self,
        statement: &'static str,
        tags: Vec<DeliveryTag>,
    ) -> Result<u64, StoreError> {
        let mut ended = 0;
        for tag in tags {
            let row = sqlx::query(statement)
                .bind(tag.message.cast_signed())
                .bind(tag.receipt.cast_signed())
                .execute(&mut self.connection)
                .await
                .map_err(sql)?;
            ended += row.rows_affected();
        }
        if statement == ACKNOWLEDGE {
            self.counters.queue_messages -= ended.cast_signed();
        }
        Ok(ended)
    }
}

/// At most `max` of what waits, by priority, the most urgent first.
fn in_turn<T>(waiting: &mut [VecDeque<T>], max: usize, turns: &Mutex<Turns>) -> Vec<T> {
    // Whose turn it is stays true whatever happened to whom asked before.
    let mut turns = turns.lock().unwrap_or_else(PoisonError::into_inner);
    let mut next = || {
        let has_some = std::array::from_fn(|place| waiting.get(place).is_some_and(|rows| !rows.is_empty()));
        waiting.get_mut(turns.next(has_some)?)?.pop_front()
    };
    std::iter::from_fn(&mut next).take(max).collect()
}

fn delivery(row: &SqliteRow) -> Result<Delivery, StoreError> {
    let (ids, rest) = get::<&[u8]>(row, "submissions")?.as_chunks::<16>();
    if !rest.is_empty() {
        return Err(StoreError::corrupt("queue message", "its length is no multiple of 16"));
    }
    let submissions = ids.iter().map(|id| SubmissionId::from_uuid(Uuid::from_bytes(*id))).collect();
    let message = Message::new(submissions, get_code(row, "priority")?);
    Ok(Delivery {
        tag: DeliveryTag { message: get_number(row, "id")?, receipt: get_number::<u64>(row, "receipt")? + 1 },
        message: message.map_err(|error| StoreError::corrupt("queue message", error))?,
    })
}
