//! A store that many processes share.
//!
//! What waits to be written goes into common transactions, in statements that take whole lists. Every transaction that
//! makes a change known locks the one row of `counters` before it decides anything, and holds it until its commit: so
//! positions are in the order of commits, and what two processes decide never contradicts. What costs most, the bytes
//! of documents, is written before the lock is taken. Reads never wait for a write.

mod batches;
mod histories;
mod intake;
mod ledger;
mod numbers;
mod operations;
mod outbox;
mod reviews;
mod revisions;
mod schema;
mod search;
mod submissions;
#[cfg(test)]
mod tests;
mod text;
mod transaction;
mod writer;

pub use schema::{Roles, Schema, prepare_postgres};

use crate::search::Walk;
use crate::source::{Fields, Layouts, Source, SqlStore, View};
use crate::statement::{Statement, Value};
use gongkai_search::Lookup;
use gongkai_store::{Clock, Limits, Position, StoreError};
use numbers::Numbers;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::postgres::{PgArguments, PgConnectOptions, PgPool, PgPoolOptions, PgRow, Postgres};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Decode, Row, SqlSafeStr, Type};
use std::borrow::Cow;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;
use tracing::warn;
use writer::Writer;

/// The migrations, in order. What was released once is never changed, and each only adds: the version before goes on
/// working beside it, and is not kept waiting (`schema::migrate`). An index of a table that was there before is therefore built
/// by a migration of its own, which is among [`INDEXES`].
const MIGRATIONS: [(i64, &str, &str); 20] = [
    (1, "store", include_str!("../migrations/postgres/0001_store.sql")),
    (2, "traces", include_str!("../migrations/postgres/0002_traces.sql")),
    (3, "batches", include_str!("../migrations/postgres/0003_batches.sql")),
    (4, "pauses", include_str!("../migrations/postgres/0004_pauses.sql")),
    (5, "receipts", include_str!("../migrations/postgres/0005_receipts.sql")),
    (6, "item index", include_str!("../migrations/postgres/0006_item_index.sql")),
    (7, "batch index", include_str!("../migrations/postgres/0007_batch_index.sql")),
    (8, "reviews", include_str!("../migrations/postgres/0008_reviews.sql")),
    (9, "year index", include_str!("../migrations/postgres/0009_year_index.sql")),
    (10, "priorities", include_str!("../migrations/postgres/0010_priorities.sql")),
    (11, "search", include_str!("../migrations/postgres/0011_search.sql")),
    (12, "snapshots", include_str!("../migrations/postgres/0012_snapshots.sql")),
    (13, "bases", include_str!("../migrations/postgres/0013_bases.sql")),
    (14, "drafts' names", include_str!("../migrations/postgres/0014_drafts_names.sql")),
    (15, "subjects", include_str!("../migrations/postgres/0015_subjects.sql")),
    (16, "rank index", include_str!("../migrations/postgres/0016_rank_index.sql")),
    (17, "kind index", include_str!("../migrations/postgres/0017_kind_index.sql")),
    (18, "untold index", include_str!("../migrations/postgres/0018_untold_index.sql")),
    (19, "fingerprints", include_str!("../migrations/postgres/0019_fingerprints.sql")),
    (20, "review requests", include_str!("../migrations/postgres/0020_review_requests.sql")),
];
/// Migrations that build one index, by its name, beside those who write: outside of a transaction.
const INDEXES: [(i64, &str); 6] = [
    (6, "submissions_item"),
    (7, "submissions_batch"),
    (9, "currents_year_changed"),
    (16, "currents_subject_rank"),
    (17, "currents_subject_kind"),
    (18, "currents_untold"),
];

/// How long a read or write waits for a free connection, the making of one included.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// What a connection may take, in the server's words.
const SESSION: [(&str, &str); 6] = [
    ("statement_timeout", "30s"),
    ("lock_timeout", "10s"),
    ("idle_in_transaction_session_timeout", "30s"),
    ("default_transaction_isolation", "read committed"),
    // Statements are short and many: compiling them costs more than they do.
    ("jit", "off"),
    // So does starting processes for a page.
    ("max_parallel_workers_per_gather", "0"),
];
/// What a connection that writes may take besides. Its statements are few, and all find rows by an index: to plan
/// each anew would cost more than it does, and a plan that was made while a table was small must serve when it is not.
const WRITING: [(&str, &str); 4] = [
    ("plan_cache_mode", "force_generic_plan"),
    ("enable_seqscan", "off"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
];
/// What a connection that looks into the index of searches may take besides. The planner does not know that to look at an array of a
/// document costs much more than to look it up, and would rather read the whole table.
const SEARCHING: [(&str, &str); 1] = [("enable_seqscan", "off")];
/// Connections that look into the index of searches: what is searched for at the same time.
const SEARCHERS: u32 = 4;
const POSITION: &str = "SELECT position FROM counters";

/// How a store is opened.
#[derive(Clone)]
pub struct PostgresOptions {
    /// The server and database: `postgres://user:password@host:port/database`, with `?sslmode=verify-full&sslrootcert=…`
    /// for TLS.
    pub url: String,
    /// The same for a copy that may lag behind, from which reports are read. What it has not yet, and all that is said of
    /// submissions and documents, is read from `url`.
    pub copy_url: Option<String>,
    /// The clock that everything stored is timed by; the server's where none is given.
    pub clock: Option<Arc<dyn Clock>>,
    /// How much is taken in.
    pub limits: Limits,
    /// Connections for reads, to each of the servers.
    pub readers: u32,
    /// Connections that write.
    pub writers: u32,
    /// Who makes and changes the tables.
    pub schema: Schema,
}

impl PostgresOptions {
    /// What a service uses.
    pub fn standard(url: String) -> Self {
        Self {
            url,
            copy_url: None,
            clock: None,
            limits: Limits::STANDARD,
            readers: 8,
            writers: 2,
            schema: Schema::Migrate,
        }
    }
}

/// Why a store cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum PostgresOpenError {
    /// The server cannot be reached, or does not let us in.
    #[error("the database cannot be opened")]
    Sql(#[source] sqlx::Error),
    /// It cannot be brought to the present schema.
    #[error("the database cannot be brought to this version's schema")]
    Migrate(#[source] MigrateError),
    /// Its schema is older than this version, and this process is not the one to change that.
    #[error("the database lacks migration {version} ({name}); let its owner run `gongkai prepare`")]
    Unprepared {
        /// The first migration that is missing.
        version: i64,
        /// What it is called.
        name: &'static str,
    },
}

/// The store in a PostgreSQL database.
pub type PostgresStore = SqlStore<Shared>;

/// What every part of the store works with.
pub struct Shared {
    readers: PgPool,
    copy: Option<PgPool>,
    /// For the index of searches.
    searchers: PgPool,
    writing: Arc<Writing>,
    writer: Writer,
    layouts: Layouts,
    /// When somebody who waits has asked for the latest position.
    polled: Mutex<Option<Instant>>,
}

/// What is needed to write.
pub(super) struct Writing {
    pool: PgPool,
    clock: Option<Arc<dyn Clock>>,
    limits: Limits,
    numbers: Numbers,
    /// What was seen last of the counters, by commits of this process and by whoever waits for those of others.
    seen: watch::Sender<Seen>,
    known: Mutex<transaction::Known>,
}

/// What those who wait are woken by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    pub position: i64,
    /// Rows that this process has put into the outbox.
    pub announcements: u64,
}

/// Connects and migrates.
pub async fn open_postgres(options: PostgresOptions) -> Result<Arc<PostgresStore>, PostgresOpenError> {
    let connect = connect_options(&options.url)?;
    let writing = pool(options.writers.max(1) + 2).connect_with(connect.clone().options(WRITING)).await;
    let writing = writing.map_err(PostgresOpenError::Sql)?;
    match options.schema {
        Schema::Migrate => schema::migrate(&connect).await?,
        Schema::Expect => {
            let mut connection = writing.acquire().await.map_err(PostgresOpenError::Sql)?;
            schema::expect(&mut connection).await?;
        }
    }
    let copy = match &options.copy_url {
        // Without waiting for it: it may be away when the service starts.
        Some(url) => Some(pool(options.readers.max(1)).connect_lazy_with(connect_options(url)?)),
        None => None,
    };
    let writing = Arc::new(Writing {
        pool: writing,
        clock: options.clock,
        limits: options.limits,
        numbers: Numbers::default(),
        seen: watch::Sender::default(),
        known: Mutex::default(),
    });
    let shared = Shared {
        searchers: pool(SEARCHERS).connect_lazy_with(connect.clone().options(SEARCHING)),
        readers: pool(options.readers.max(1)).connect_lazy_with(connect),
        copy,
        writer: Writer::start(&writing, options.writers.max(1)),
        writing,
        layouts: Layouts::default(),
        polled: Mutex::default(),
    };
    Ok(Arc::new(SqlStore(Arc::new(shared))))
}

fn connect_options(url: &str) -> Result<PgConnectOptions, PostgresOpenError> {
    let options: PgConnectOptions = url.parse().map_err(PostgresOpenError::Sql)?;
    Ok(options.application_name("gongkai").options(SESSION))
}

fn pool(connections: u32) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .idle_timeout(Duration::from_secs(600))
        // A broken connection shows when it is used, and every use may be repeated; asking first costs a round trip.
        .test_before_acquire(false)
}

/// Runs migrations; those of a later version are left alone.
fn migrator(migrations: &[(i64, &'static str, &'static str)]) -> Migrator {
    let migrations = migrations.iter().map(|&(version, description, statements)| {
        let is_index = INDEXES.iter().any(|(of, _)| *of == version);
        Migration::new(
            version,
            description.into(),
            MigrationType::Simple,
            statements.into_sql_str(),
            is_index,
        )
    });
    let mut migrator = Migrator::with_migrations(migrations.collect());
    migrator.set_ignore_missing(true);
    migrator
}

impl PostgresStore {
    /// Finishes the writes that wait and ends all connections. Later calls are unavailable.
    pub async fn close(&self) {
        self.0.writer.close().await;
        self.0.writing.pool.close().await;
        self.0.readers.close().await;
        self.0.searchers.close().await;
        if let Some(copy) = &self.0.copy {
            copy.close().await;
        }
    }
}

impl Source for Shared {
    type Row = PgRow;

    const BY_SUBJECT: &'static str = "";

    fn equals(column: &str, value: &str) -> String {
        format!("substr({column}, 1, 100) COLLATE \"C\" = substr({value}, 1, 100) AND {column} = {value}")
    }

    fn place_of(column: &str, value: &str) -> String {
        // What stands for a NUL has a zero behind it, which is no zero of the text.
        let nul = |text| format!("replace({text}, chr(64976) || '0', chr(64977))");
        format!("strpos({}, {})", nul(column), nul(value))
    }

    fn between(column: &str, least: &str, beyond: &str) -> String {
        let column = format!("substr({column}, 1, 100) COLLATE \"C\"");
        format!("{column} >= {least} AND {column} < {beyond}")
    }

    fn bytewise(column: &str) -> String {
        format!("{column} COLLATE \"C\"")
    }

    fn indexed(column: &str) -> String {
        format!("substr({column}, 1, 100) COLLATE \"C\"")
    }

    fn indexed_value(value: &str) -> String {
        format!("substr({value}, 1, 100)")
    }

    async fn rows(&self, view: View, statement: Statement) -> Result<Vec<PgRow>, StoreError> {
        if let Some(copy) = &self.copy
            && let View::Reached(position) = view
        {
            match rows_of_copy(copy, position, &statement).await {
                Ok(Some(rows)) => return Ok(rows),
                // It has not come as far.
                Ok(None) => {}
                Err(error) => {
                    warn!(
                        error = &error as &dyn std::error::Error,
                        "the copy cannot be read, the original is"
                    );
                }
            }
        }
        query(&statement).fetch_all(&self.readers).await.map_err(sql)
    }

    async fn find(&self, lookup: &Lookup, walk: Walk, limit: usize) -> Result<Vec<i64>, StoreError> {
        let find = query(&search::find(lookup, walk, limit));
        let rows = find.fetch_all(&self.searchers).await.map_err(sql)?;
        rows.iter().map(|row| row.number("number")).collect()
    }

    async fn position(&self, view: View) -> Result<Position, StoreError> {
        let rows = self.rows(view, Statement::new(POSITION)).await?;
        rows.first().map_or(Ok(Position(0)), |row| row.number("position").map(Position))
    }

    fn has_copy(&self) -> bool {
        self.copy.is_some()
    }

    fn layouts(&self) -> &Layouts {
        &self.layouts
    }
}

/// Reads from a copy, unless it has not reached `position`. Both on one connection: behind an address may be several.
async fn rows_of_copy(
    copy: &PgPool,
    position: Position,
    statement: &Statement,
) -> Result<Option<Vec<PgRow>>, sqlx::Error> {
    let mut connection = copy.acquire().await?;
    if Position(0) < position {
        let reached: i64 = sqlx::query_scalar(POSITION).fetch_one(&mut *connection).await?;
        if reached < position.0 {
            return Ok(None);
        }
    }
    query(statement).fetch_all(&mut *connection).await.map(Some)
}

/// A statement with its values, ready to be run. One that was put together is not kept prepared: there are too many.
pub(super) fn query(statement: &Statement) -> Query<'static, Postgres, PgArguments> {
    let (text, constant) = match &statement.text {
        Cow::Borrowed(text) => (text.into_sql_str(), true),
        Cow::Owned(text) => (AssertSqlSafe(text.clone()).into_sql_str(), text.len() < KEPT_LENGTH),
    };
    let query = sqlx::query(text).persistent(constant);
    statement.values.iter().fold(query, |query, value| match value {
        Value::Number(number) => query.bind(*number),
        Value::Text(text) => query.bind(text::stored(text).into_owned()),
        Value::Bytes(bytes) => query.bind(bytes.clone()),
    })
}

/// Statements longer than this are lists of ids, of which there are too many to be kept prepared.
const KEPT_LENGTH: usize = 2000;

/// A column of a row.
pub(super) fn get<'r, T: Decode<'r, Postgres> + Type<Postgres>>(
    row: &'r PgRow,
    column: &str,
) -> Result<T, StoreError> {
    row.try_get(column).map_err(sql)
}

impl Fields for PgRow {
    fn number(&self, column: &str) -> Result<i64, StoreError> {
        get(self, column)
    }

    fn number_if_any(&self, column: &str) -> Result<Option<i64>, StoreError> {
        get(self, column)
    }

    fn text(&self, column: &str) -> Result<String, StoreError> {
        get(self, column).map(text::original)
    }

    fn text_if_any(&self, column: &str) -> Result<Option<String>, StoreError> {
        Ok(get::<Option<String>>(self, column)?.map(text::original))
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

/// What an error of PostgreSQL means to the caller.
pub(super) fn sql(error: sqlx::Error) -> StoreError {
    /// data_corrupted, index_corrupted
    const DAMAGED: [&str; 2] = ["XX001", "XX002"];
    /// Access rules (insufficient_privilege) and things that are not there (undefined_table), refused users. Waiting mends
    /// none of them.
    const REFUSED: [&str; 2] = ["42", "28"];
    match error {
        error @ (sqlx::Error::ColumnDecode { .. }
        | sqlx::Error::ColumnNotFound(_)
        | sqlx::Error::ColumnIndexOutOfBounds { .. }
        | sqlx::Error::Decode(_)) => StoreError::corrupt("row", error),
        sqlx::Error::Database(error) if error.code().is_some_and(|code| DAMAGED.contains(&&*code)) => {
            StoreError::corrupt("database", error)
        }
        sqlx::Error::Database(error)
            if error.code().is_some_and(|code| REFUSED.iter().any(|class| code.starts_with(class))) =>
        {
            StoreError::Refused(error.into())
        }
        error => StoreError::Unavailable(error.into()),
    }
}
