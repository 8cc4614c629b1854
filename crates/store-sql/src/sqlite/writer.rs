//! The one connection that writes. What waits when it comes round goes into one transaction and costs one sync of the
//! disk. Each piece of work has a savepoint of its own, so that one that is refused leaves the others alone, unless it is
//! refused before it writes, if at all.
//!
//! A statement costs little, but each one's way to the thread of the connection and back costs two changes of threads. What
//! is done for every document is therefore written as scripts, of several statements each.

use super::sql;
use gongkai_store::packed::LayoutId;
use gongkai_store::{Clock, StoreError, Timestamp};
use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments, SqliteConnection, SqliteRow};
use sqlx::{Connection, Row};
use std::collections::{HashMap, HashSet};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tracing::warn;

/// Pieces of work that may wait.
const QUEUE_LENGTH: usize = 1024;
/// Pieces of work that share a transaction.
const BATCH_LENGTH: usize = 256;
/// How long a piece of work may wait and take.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

const BEGIN: &str = "BEGIN IMMEDIATE";
const COMMIT: &str = "COMMIT";
const ROLLBACK: &str = "ROLLBACK";
const SAVEPOINT: &str = "SAVEPOINT work";
const RELEASE: &str = "RELEASE work";
const ROLLBACK_TO: &str = "ROLLBACK TO work";
const READ_COUNTERS: &str = "SELECT position, time, claims, blobs, outbox_rows, queue_messages FROM counters";
const WRITE_COUNTERS: &str = "UPDATE counters SET position = ?1, time = ?2, claims = ?3, blobs = ?4,
    outbox_rows = ?5, queue_messages = ?6";

pub(super) type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Writes, and gives what is to be done once all is committed, and whether its writes count.
type Run = Box<dyn for<'t> FnOnce(&'t mut Transaction) -> BoxFuture<'t, (bool, Answer)> + Send>;

/// A piece of work.
struct Work {
    run: Run,
    /// Whether it may fail after it has written something.
    guarded: bool,
}
/// Tells the result to whoever waits for it. Dropped instead where the commit failed.
type Answer = Box<dyn FnOnce() + Send>;

/// The counters of the database: kept in memory for a transaction, written at its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counters {
    pub position: i64,
    pub time: i64,
    pub claims: i64,
    pub blobs: i64,
    pub outbox_rows: i64,
    pub queue_messages: i64,
    /// Rows put into the outbox since the file was opened; not stored, only to wake who waits.
    pub announcements: u64,
}

impl Counters {
    /// Whether there is something to be stored: time alone is not worth a write.
    fn differ_from(&self, stored: &Self) -> bool {
        Self { time: stored.time, announcements: stored.announcements, ..*self } != *stored
    }
}

/// Rows that many records share: known here because nobody else writes. Forgotten when anything is undone.
#[derive(Default)]
pub(super) struct Known {
    pub layouts: HashSet<LayoutId>,
    pub rules: HashMap<String, i64>,
}

impl Known {
    /// Rows of either kind that are remembered: far more than there are forms and rules.
    const MAX: usize = 10_000;
}

/// The transaction in which a piece of work writes.
pub(super) struct Transaction {
    pub connection: SqliteConnection,
    pub counters: Counters,
    /// What is known to be in the database, so that it need not be looked up.
    pub known: Known,
    /// The time of this piece of work; never before that of an earlier one.
    pub now: Timestamp,
    /// Whether this piece of work has written something.
    has_written: bool,
}

impl Transaction {
    pub(super) fn next_position(&mut self) -> i64 {
        self.counters.position += 1;
        self.counters.position
    }
}

/// Hands work to the one connection that writes.
pub(super) struct Writer {
    work: Mutex<Option<mpsc::Sender<Work>>>,
    task: Mutex<Option<JoinHandle<()>>>,
    committed: watch::Receiver<Counters>,
}

impl Writer {
    pub(super) async fn start(
        mut connection: SqliteConnection,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, sqlx::Error> {
        let row = sqlx::query(READ_COUNTERS).fetch_one(&mut connection).await?;
        let counters = Counters {
            position: row.try_get("position")?,
            time: row.try_get("time")?,
            claims: row.try_get("claims")?,
            blobs: row.try_get("blobs")?,
            outbox_rows: row.try_get("outbox_rows")?,
            queue_messages: row.try_get("queue_messages")?,
            announcements: 0,
        };
        let (work, waiting) = mpsc::channel(QUEUE_LENGTH);
        let (committed_sender, committed) = watch::channel(counters);
        let now = Timestamp::from_micros(counters.time);
        let transaction =
            Transaction { connection, counters, known: Known::default(), now, has_written: false };
        let task = tokio::spawn(run(transaction, clock, waiting, committed_sender));
        Ok(Self { work: Mutex::new(Some(work)), task: Mutex::new(Some(task)), committed })
    }

    /// The counters after the last commit, for those who wait. Nobody else writes to the file, so nothing is missed.
    pub(super) fn committed(&self) -> watch::Receiver<Counters> {
        self.committed.clone()
    }

    /// Does `work` in a transaction and returns after its commit. Work that fails leaves nothing behind.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl for<'t> FnOnce(&'t mut Transaction) -> BoxFuture<'t, Result<T, StoreError>> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.hand_in(true, work).await
    }

    /// The same for `work` that refuses only before it writes, and that writes only by [`Transaction::script`] or under a
    /// savepoint of its own. Should it fail later, what shares its transaction fails with it.
    pub(super) async fn write_unguarded<T: Send + 'static>(
        &self,
        work: impl for<'t> FnOnce(&'t mut Transaction) -> BoxFuture<'t, Result<T, StoreError>> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.hand_in(false, work).await
    }

    async fn hand_in<T: Send + 'static>(
        &self,
        guarded: bool,
        work: impl for<'t> FnOnce(&'t mut Transaction) -> BoxFuture<'t, Result<T, StoreError>> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (sender, answered) = oneshot::channel();
        let run: Run = Box::new(move |transaction| {
            Box::pin(async move {
                let result = work(transaction).await;
                let counts = result.is_ok();
                // Nobody listens any more when the caller has given up; the write stands all the same.
                let answer: Answer = Box::new(move || drop(sender.send(result)));
                (counts, answer)
            })
        });
        let work = Work { run, guarded };
        let unavailable = |why: &'static str| StoreError::Unavailable(why.into());
        let queue = unpoisoned(&self.work).clone().ok_or_else(|| unavailable("the store is closed"))?;
        let written = timeout(WRITE_TIMEOUT, async move {
            queue.send(work).await.map_err(|_| unavailable("the writer has ended"))?;
            drop(queue);
            answered.await.map_err(|_| unavailable("the write was not committed"))?
        });
        written.await.map_err(|elapsed| StoreError::Unavailable(elapsed.into()))?
    }

    /// Takes no more work, and returns when what waits is done and the connection is closed.
    pub(super) async fn close(&self) {
        unpoisoned(&self.work).take();
        let task = unpoisoned(&self.task).take();
        if let Some(task) = task
            && let Err(error) = task.await
        {
            warn!(error = &error as &dyn std::error::Error, "the writer of the database has failed");
        }
    }
}

fn unpoisoned<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn run(
    mut transaction: Transaction,
    clock: Arc<dyn Clock>,
    mut waiting: mpsc::Receiver<Work>,
    committed: watch::Sender<Counters>,
) {
    let mut batch = Vec::with_capacity(BATCH_LENGTH);
    while 0 < waiting.recv_many(&mut batch, BATCH_LENGTH).await {
        let before = transaction.counters;
        match commit(&mut transaction, &*clock, batch.drain(..)).await {
            Ok(answers) => {
                let counters = transaction.counters;
                committed.send_if_modified(|known| std::mem::replace(known, counters) != counters);
                answers.into_iter().for_each(|answer| answer());
            }
            Err(error) => {
                warn!(error = &error as &dyn std::error::Error, "a transaction could not be committed");
                transaction.counters = before;
                transaction.known = Known::default();
                // Fails where the transaction never began or has ended by itself.
                let _ = sqlx::query(ROLLBACK).execute(&mut transaction.connection).await;
            }
        }
    }
    if let Err(error) = transaction.connection.close().await {
        warn!(error = &error as &dyn std::error::Error, "the database could not be closed cleanly");
    }
}

/// Does all of `batch` in one transaction.
async fn commit(
    transaction: &mut Transaction,
    clock: &dyn Clock,
    batch: impl Iterator<Item = Work>,
) -> Result<Vec<Answer>, StoreError> {
    transaction.execute(BEGIN).await?;
    let stored = transaction.counters;
    if Known::MAX < transaction.known.layouts.len().max(transaction.known.rules.len()) {
        transaction.known = Known::default();
    }
    let mut answers = Vec::new();
    for Work { run, guarded } in batch {
        transaction.now = Timestamp::from_micros(transaction.counters.time).max(clock.now());
        transaction.counters.time = transaction.now.micros();
        let before = transaction.counters;
        transaction.has_written = false;
        let savepoint = if guarded { Some(transaction.savepoint().await?) } else { None };
        let (counts, answer) = run(transaction).await;
        match savepoint {
            Some(savepoint) => transaction.release(savepoint, counts).await?,
            // It may have ended half-way, so that nothing of the transaction may be committed.
            None if !counts && transaction.has_written => {
                return Err(StoreError::Unavailable("a write has ended half-way".into()));
            }
            None if !counts => transaction.counters = before,
            None => {}
        }
        answers.push(answer);
    }
    let counters = transaction.counters;
    if counters.differ_from(&stored) {
        sqlx::query(WRITE_COUNTERS)
            .bind(counters.position)
            .bind(counters.time)
            .bind(counters.claims)
            .bind(counters.blobs)
            .bind(counters.outbox_rows)
            .bind(counters.queue_messages)
            .execute(&mut transaction.connection)
            .await
            .map_err(sql)?;
    }
    transaction.execute(COMMIT).await?;
    Ok(answers)
}

/// A place to go back to inside a transaction.
#[must_use]
pub(super) struct Savepoint(Counters);

impl Transaction {
    /// Begins writes that count together or not at all. May be nested.
    pub(super) async fn savepoint(&mut self) -> Result<Savepoint, StoreError> {
        self.has_written = true;
        self.execute(SAVEPOINT).await?;
        Ok(Savepoint(self.counters))
    }

    /// Ends the latest savepoint; undoes what was written since unless it counts.
    pub(super) async fn release(&mut self, savepoint: Savepoint, counts: bool) -> Result<(), StoreError> {
        if !counts {
            self.counters = savepoint.0;
            self.known = Known::default();
            self.execute(ROLLBACK_TO).await?;
        }
        self.execute(RELEASE).await
    }

    /// Runs a script of several statements on one way to the connection, and gives the rows of all. Should it fail, it may
    /// have done a part.
    pub(super) async fn script(
        &mut self,
        script: Query<'static, Sqlite, SqliteArguments>,
    ) -> Result<Vec<SqliteRow>, StoreError> {
        self.has_written = true;
        script.fetch_all(&mut self.connection).await.map_err(sql)
    }

    async fn execute(&mut self, statement: &'static str) -> Result<(), StoreError> {
        sqlx::query(statement).execute(&mut self.connection).await.map_err(sql)?;
        Ok(())
    }
}
