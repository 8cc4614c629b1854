//! One file that is store and durable queue. One process at a time has it open.
//!
//! All writes go through one connection, whose writer puts what waits into common transactions; reads have a pool of
//! connections of their own and never wait for a write.

mod batches;
mod histories;
mod intake;
mod ledger;
mod operations;
mod outbox;
mod queue;
mod reviews;
mod revisions;
mod search;
mod submissions;
#[cfg(test)]
mod tests;
mod writer;

pub use queue::SqliteQueue;

use crate::search::Walk;
use crate::source::{Fields, Layouts, Source, SqlStore, View};
use crate::statement::{Statement, Value};
use gongkai_search::Lookup;
use gongkai_store::{Clock, Limits, Position, StoreError, SystemClock, Timestamp};
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::query::Query;
use sqlx::sqlite::{
    Sqlite, SqliteArguments, SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool,
    SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Decode, Row, SqlSafeStr, Type};
use std::borrow::Cow;
use std::fs::{File, TryLockError};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use writer::Writer;

/// The migrations, in order. What was released once is never changed.
const MIGRATIONS: [(i64, &str, &str); 15] = [
    (1, "store and queue", include_str!("../migrations/sqlite/0001_store_and_queue.sql")),
    (2, "traces", include_str!("../migrations/sqlite/0002_traces.sql")),
    (3, "batches", include_str!("../migrations/sqlite/0003_batches.sql")),
    (4, "pauses", include_str!("../migrations/sqlite/0004_pauses.sql")),
    (5, "receipts", include_str!("../migrations/sqlite/0005_receipts.sql")),
    (6, "reviews", include_str!("../migrations/sqlite/0006_reviews.sql")),
    (7, "year index", include_str!("../migrations/sqlite/0007_year_index.sql")),
    (8, "priorities", include_str!("../migrations/sqlite/0008_priorities.sql")),
    (9, "search", include_str!("../migrations/sqlite/0009_search.sql")),
    (10, "snapshots", include_str!("../migrations/sqlite/0010_snapshots.sql")),
    (11, "bases", include_str!("../migrations/sqlite/0011_bases.sql")),
    (12, "drafts' names", include_str!("../migrations/sqlite/0012_drafts_names.sql")),
    (13, "subjects", include_str!("../migrations/sqlite/0013_subjects.sql")),
    (14, "fingerprints", include_str!("../migrations/sqlite/0014_fingerprints.sql")),
    (15, "review requests", include_str!("../migrations/sqlite/0015_review_requests.sql")),
];

/// How long a statement waits for a lock that another connection holds.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a read waits for a free connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a read may take.
const READ_TIMEOUT: Duration = Duration::from_secs(30);
/// Bytes to which the write-ahead log is cut back after a checkpoint.
const JOURNAL_BYTES_KEPT: &str = "67108864";

/// Nobody was there to work on when the process that had the file ended, so its claims, leases and deliveries end too.
const END_CLAIMS: &str = "UPDATE outbox SET due_at = min(due_at, ?1), claim = 0 WHERE claim <> 0";
const END_LEASES: &str = "UPDATE submissions SET lease_until = ?1 WHERE state = 3 AND ?1 < lease_until";
const END_DELIVERIES: &str =
    "UPDATE queue_messages SET delivered_until = NULL WHERE delivered_until IS NOT NULL";

/// How an engine is opened.
#[derive(Clone)]
pub struct SqliteOptions {
    /// The database file; made where there is none. Its folder must exist.
    pub path: PathBuf,
    /// The clock that everything stored is timed by.
    pub clock: Arc<dyn Clock>,
    /// How much is taken in.
    pub limits: Limits,
    /// Connections for reads.
    pub readers: u32,
    /// How long a receiver has for acknowledging a delivery before it comes again.
    pub queue_lease: Duration,
    /// Messages that the queue holds at most.
    pub queue_messages_max: u64,
}

impl SqliteOptions {
    /// What an embedded system uses, with its file at `path`.
    pub fn standard(path: PathBuf) -> Self {
        Self {
            path,
            clock: Arc::new(SystemClock),
            limits: Limits::STANDARD,
            readers: 4,
            queue_lease: Duration::from_secs(120),
            queue_messages_max: 1_000_000,
        }
    }
}

/// Why an engine cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it open.
    #[error("{} is in use by another process", path.display())]
    InUse {
        /// The database file.
        path: PathBuf,
    },
    /// Its lock file cannot be made.
    #[error("{} cannot be locked", path.display())]
    Lock {
        /// The database file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It cannot be opened as a database.
    #[error("{} cannot be opened", path.display())]
    Sql {
        /// The database file.
        path: PathBuf,
        /// Why.
        #[source]
        source: sqlx::Error,
    },
    /// It cannot be brought to the present schema; perhaps a later version has written it.
    #[error("{} cannot be brought to this version's schema", path.display())]
    Migrate {
        /// The database file.
        path: PathBuf,
        /// Why.
        #[source]
        source: MigrateError,
    },
}

/// An open database file.
pub struct SqliteEngine {
    store: Arc<SqliteStore>,
    queue: Arc<SqliteQueue>,
}

impl SqliteEngine {
    /// Opens the file, migrates it, and takes up what the process before has left.
    pub async fn open(options: SqliteOptions) -> Result<Self, OpenError> {
        let path = options.path.clone();
        let lock = lock(&path)?;
        let sql = |source| OpenError::Sql { path: path.clone(), source };
        let connect = SqliteConnectOptions::new()
            .filename(&path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // An acknowledged submission survives a loss of power.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY_TIMEOUT)
            .pragma("journal_size_limit", JOURNAL_BYTES_KEPT);
        let mut connection = connect.connect().await.map_err(sql)?;
        let migrations = MIGRATIONS.map(|(version, description, statements)| {
            let statements = statements.into_sql_str();
            Migration::new(version, description.into(), MigrationType::Simple, statements, false)
        });
        let migrated = Migrator::with_migrations(migrations.into()).run(&mut connection).await;
        migrated.map_err(|source| OpenError::Migrate { path: path.clone(), source })?;
        take_up(&mut connection, options.clock.now()).await.map_err(sql)?;

        let readers = SqlitePoolOptions::new()
            .max_connections(options.readers)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            // A connection to a file does not break, and asking costs as much as reading.
            .test_before_acquire(false)
            .connect_with(connect.pragma("query_only", "ON"))
            .await
            .map_err(sql)?;
        let writer = Writer::start(connection, options.clock.clone()).await.map_err(sql)?;
        let shared = Arc::new(Shared {
            readers,
            writer,
            clock: options.clock,
            limits: options.limits,
            layouts: Layouts::default(),
            _lock: lock,
        });
        Ok(Self {
            queue: Arc::new(SqliteQueue::new(
                shared.clone(),
                options.queue_lease,
                options.queue_messages_max,
            )),
            store: Arc::new(SqlStore(shared)),
        })
    }

    /// The store in the file.
    pub fn store(&self) -> Arc<SqliteStore> {
        self.store.clone()
    }

    /// The queue in the file.
    pub fn queue(&self) -> Arc<SqliteQueue> {
        self.queue.clone()
    }

    /// Finishes the writes that wait and closes the file. Later calls on the store and the queue are unavailable.
    pub async fn close(&self) {
        self.store.0.writer.close().await;
        self.store.0.readers.close().await;
    }
}

/// Keeps other processes out for as long as the file is open.
fn lock(path: &std::path::Path) -> Result<File, OpenError> {
    let error = |source| OpenError::Lock { path: path.to_owned(), source };
    let mut lock_path = path.as_os_str().to_owned();
    lock_path.push(".lock");
    let file = File::create(lock_path).map_err(error)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse { path: path.to_owned() }),
        Err(TryLockError::Error(source)) => Err(error(source)),
    }
}

async fn take_up(connection: &mut SqliteConnection, now: Timestamp) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin().await?;
    for statement in [END_CLAIMS, END_LEASES] {
        sqlx::query(statement).bind(now.micros()).execute(&mut *transaction).await?;
    }
    sqlx::query(END_DELIVERIES).execute(&mut *transaction).await?;
    transaction.commit().await
}

/// The store in a SQLite file.
pub type SqliteStore = SqlStore<Shared>;

/// What store and queue have in common.
pub struct Shared {
    readers: SqlitePool,
    writer: Writer,
    clock: Arc<dyn Clock>,
    limits: Limits,
    layouts: Layouts,
    _lock: File,
}

/// Bounds the time of a read.
async fn read<T>(work: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    match timeout(READ_TIMEOUT, work).await {
        Ok(result) => result,
        Err(elapsed) => Err(StoreError::Unavailable(elapsed.into())),
    }
}

impl Source for Shared {
    type Row = SqliteRow;

    const BY_SUBJECT: &'static str = " INDEXED BY currents_subject";

    async fn rows(&self, _view: View, statement: Statement) -> Result<Vec<SqliteRow>, StoreError> {
        read(async { query(statement).fetch_all(&self.readers).await.map_err(sql) }).await
    }

    async fn find(&self, lookup: &Lookup, walk: Walk, limit: usize) -> Result<Vec<i64>, StoreError> {
        let rows = self.rows(View::Latest, search::find(lookup, walk, limit)).await?;
        rows.iter().map(|row| row.number("number")).collect()
    }

    /// Nobody else writes to the file, so the writer knows it.
    async fn position(&self, _view: View) -> Result<Position, StoreError> {
        Ok(Position(self.writer.committed().borrow().position))
    }

    fn has_copy(&self) -> bool {
        false
    }

    fn layouts(&self) -> &Layouts {
        &self.layouts
    }
}

/// A statement with its values, ready to be run.
fn query<'q>(statement: Statement) -> Query<'q, Sqlite, SqliteArguments> {
    let query = sqlx::query(match statement.text {
        Cow::Borrowed(text) => text.into_sql_str(),
        Cow::Owned(text) => AssertSqlSafe(text).into_sql_str(),
    });
    statement.values.into_iter().fold(query, |query, value| match value {
        Value::Number(number) => query.bind(number),
        Value::Text(text) => query.bind(text),
        Value::Bytes(bytes) => query.bind(bytes),
    })
}

/// A column of a row.
fn get<'r, T: Decode<'r, Sqlite> + Type<Sqlite>>(row: &'r SqliteRow, column: &str) -> Result<T, StoreError> {
    row.try_get(column).map_err(sql)
}

impl Fields for SqliteRow {
    fn number(&self, column: &str) -> Result<i64, StoreError> {
        get(self, column)
    }

    fn number_if_any(&self, column: &str) -> Result<Option<i64>, StoreError> {
        get(self, column)
    }

    fn text(&self, column: &str) -> Result<String, StoreError> {
        get(self, column)
    }

    fn text_if_any(&self, column: &str) -> Result<Option<String>, StoreError> {
        get(self, column)
    }

    fn bytes(&self, column: &str) -> Result<&[u8], StoreError> {
        get(self, column)
    }

    fn bytes_if_any(&self, column: &str) -> Result<Option<&[u8]>, StoreError> {
        get(self, column)
    }

    fn truth(&self, column: &str) -> Result<bool, StoreError> {
        get(self, column)
    }
}

/// The code of an error without its extension.
fn primary_code(error: &dyn sqlx::error::DatabaseError) -> Option<u32> {
    error.code()?.parse::<u32>().ok().map(|code| code & 0xff)
}

/// What an error of SQLite means to the caller.
fn sql(error: sqlx::Error) -> StoreError {
    /// SQLITE_CORRUPT and SQLITE_NOTADB, the primary codes.
    const DAMAGED: [u32; 2] = [11, 26];
    /// SQLITE_PERM, SQLITE_READONLY and SQLITE_AUTH: waiting mends none of them.
    const REFUSED: [u32; 3] = [3, 8, 23];
    match error {
        error @ (sqlx::Error::ColumnDecode { .. }
        | sqlx::Error::ColumnNotFound(_)
        | sqlx::Error::ColumnIndexOutOfBounds { .. }
        | sqlx::Error::Decode(_)) => StoreError::corrupt("row", error),
        sqlx::Error::Database(error) if primary_code(&*error).is_some_and(|code| DAMAGED.contains(&code)) => {
            StoreError::corrupt("database file", error)
        }
        sqlx::Error::Database(error) if primary_code(&*error).is_some_and(|code| REFUSED.contains(&code)) => {
            StoreError::Refused(error.into())
        }
        // Locked for too long, disk full, no free connection, I/O: another try may succeed.
        error => StoreError::Unavailable(error.into()),
    }
}
