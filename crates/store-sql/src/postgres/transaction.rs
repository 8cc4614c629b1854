//! A transaction that writes: what it counts, what it has found out, and how its failure is to be taken.

use super::{Seen, Writing, get, sql};
use gongkai_store::packed::LayoutId;
use gongkai_store::{StoreError, Timestamp};
use sqlx::postgres::{PgConnection, Postgres};
use std::collections::{HashMap, HashSet};
use std::pin::Pin;
use std::sync::PoisonError;
use std::time::Duration;

/// Whoever holds the row decides; `now` is the server's time.
const LOCK: &str = "SELECT position, time, outbox_rows,
    CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT) AS now FROM counters WHERE id = 1 FOR UPDATE";
const WRITE_COUNTERS: &str = "UPDATE counters SET position = $1, time = $2, outbox_rows = $3 WHERE id = 1";

/// Attempts at one transaction: what fails by another's doing passes soon.
const ATTEMPTS: u32 = 5;
/// How long is waited before the second attempt; each later one waits twice as long.
const BACK_OFF: Duration = Duration::from_millis(10);

pub(super) type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The counters of the database while they are locked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counters {
    pub position: i64,
    pub time: i64,
    pub outbox_rows: i64,
}

/// Rows that many records share and that are never deleted: known to be in the database.
#[derive(Default)]
pub(super) struct Known {
    pub layouts: HashSet<LayoutId>,
    pub rules: HashMap<String, i64>,
}

impl Known {
    /// Rows of either kind that are remembered: far more than there are forms and rules.
    const MAX: usize = 10_000;
}

pub(super) struct Transaction<'w> {
    connection: sqlx::Transaction<'static, Postgres>,
    pub writing: &'w Writing,
    pub counters: Counters,
    stored: Counters,
    /// The time of all that this transaction does; never before that of an earlier one.
    pub now: Timestamp,
    /// Rows put into the outbox.
    pub announcements: u64,
    /// What was made by this transaction, to be remembered when it is committed.
    pub made: Known,
}

/// Why a transaction failed.
pub(super) struct Failure {
    pub error: StoreError,
    /// Whether it may have been committed all the same.
    pub perhaps_committed: bool,
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self { error, perhaps_committed: false }
    }
}

impl Failure {
    /// Whether another attempt may succeed, and cannot do anything twice.
    pub(super) fn passes(&self) -> bool {
        !self.perhaps_committed && (is_conflict(&self.error) || is_broken_connection(&self.error))
    }

    /// Whether a statement was refused for what it says, not for want of a server.
    pub(super) fn is_of_its_content(&self) -> bool {
        !self.perhaps_committed
            && match cause(&self.error) {
                Some(sqlx::Error::Database(_)) => !self.passes(),
                Some(_) => false,
                None => !matches!(self.error, StoreError::Unavailable(_)),
            }
    }
}

fn cause(error: &StoreError) -> Option<&sqlx::Error> {
    match error {
        StoreError::Unavailable(cause) => cause.downcast_ref(),
        _ => None,
    }
}

/// serialization_failure, deadlock_detected, lock_not_available.
fn is_conflict(error: &StoreError) -> bool {
    matches!(cause(error), Some(sqlx::Error::Database(error))
        if error.code().is_some_and(|code| ["40001", "40P01", "55P03"].contains(&&*code)))
}

/// The connection has ended, or was ended by the server: by an administrator, a restart, or for having been idle.
pub(super) fn is_broken_connection(error: &StoreError) -> bool {
    match cause(error) {
        Some(sqlx::Error::Io(_) | sqlx::Error::Protocol(_)) => true,
        Some(sqlx::Error::Database(error)) => error
            .code()
            .is_some_and(|code| code.starts_with("08") || code.starts_with("57P") || code == "25P03"),
        _ => false,
    }
}

/// Waits before the next attempt, or says that there is none.
pub(super) async fn again(attempt: u32) -> bool {
    if ATTEMPTS <= attempt {
        return false;
    }
    tokio::time::sleep(BACK_OFF * 2_u32.pow(attempt - 1)).await;
    true
}

impl Writing {
    /// Does `work` in a transaction of its own, under the lock, and returns after its commit.
    pub(super) async fn write<T>(
        &self,
        work: impl for<'t> Fn(&'t mut Transaction<'_>) -> BoxFuture<'t, Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let mut attempt = 1;
        loop {
            let tried: Result<T, Failure> = async {
                let mut transaction = Transaction::begin(self).await?;
                transaction.lock().await?;
                let result = work(&mut transaction).await?;
                transaction.commit().await?;
                Ok(result)
            }
            .await;
            match tried {
                Ok(result) => return Ok(result),
                Err(failure) if failure.passes() && again(attempt).await => attempt += 1,
                Err(failure) => return Err(failure.error),
            }
        }
    }

    pub(super) fn known<T>(&self, look: impl FnOnce(&Known) -> T) -> T {
        look(&self.known.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<'w> Transaction<'w> {
    pub(super) async fn begin(writing: &'w Writing) -> Result<Self, StoreError> {
        Ok(Self {
            connection: writing.pool.begin().await.map_err(sql)?,
            writing,
            counters: Counters::default(),
            stored: Counters::default(),
            now: Timestamp::from_micros(0),
            announcements: 0,
            made: Known::default(),
        })
    }

    pub(super) fn connection(&mut self) -> &mut PgConnection {
        &mut self.connection
    }

    /// Waits until no other transaction decides. From here to the commit nobody else does.
    pub(super) async fn lock(&mut self) -> Result<(), StoreError> {
        let row = sqlx::query(LOCK).fetch_one(self.connection()).await.map_err(sql)?;
        self.stored = Counters {
            position: get(&row, "position")?,
            time: get(&row, "time")?,
            outbox_rows: get(&row, "outbox_rows")?,
        };
        let now = match &self.writing.clock {
            Some(clock) => clock.now().micros(),
            None => get(&row, "now")?,
        };
        self.counters = Counters { time: self.stored.time.max(now), ..self.stored };
        self.now = Timestamp::from_micros(self.counters.time);
        Ok(())
    }

    pub(super) fn next_position(&mut self) -> i64 {
        self.counters.position += 1;
        self.counters.position
    }

    pub(super) async fn commit(mut self) -> Result<(), Failure> {
        // Time alone is not worth a write.
        if (Counters { time: self.stored.time, ..self.counters }) != self.stored {
            let counters = self.counters;
            sqlx::query(WRITE_COUNTERS)
                .bind(counters.position)
                .bind(counters.time)
                .bind(counters.outbox_rows)
                .execute(self.connection())
                .await
                .map_err(sql)?;
        }
        let committed = self.connection.commit().await.map_err(sql);
        committed.map_err(|error| Failure { error, perhaps_committed: true })?;
        self.writing.remember(self.made);
        self.writing.seen.send_if_modified(|seen| {
            let before = *seen;
            seen.position = seen.position.max(self.counters.position);
            seen.announcements += self.announcements;
            before != *seen
        });
        Ok(())
    }
}

impl Writing {
    fn remember(&self, made: Known) {
        if made.layouts.is_empty() && made.rules.is_empty() {
            return;
        }
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if Known::MAX < known.layouts.len().max(known.rules.len()) {
            *known = Known::default();
        }
        known.layouts.extend(made.layouts);
        known.rules.extend(made.rules);
    }

    /// Tells those who wait of a position that another process has reached.
    pub(super) fn saw(&self, position: i64) {
        self.seen.send_if_modified(|seen: &mut Seen| {
            let later = seen.position < position;
            seen.position = seen.position.max(position);
            later
        });
    }
}
