//! Empty engines for tests, with a clock that stands still.

use gongkai_store::contract::LIMITS;
use gongkai_store::{ManualClock, Timestamp};
use gongkai_store_sql::{PostgresOptions, SqliteOptions};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, SqlSafeStr};
use std::sync::Arc;
use std::time::Duration;

pub(crate) fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::starting_at(Timestamp::from_micros(1_600_000_000_000_000)))
}

pub(crate) fn sqlite(folder: &tempfile::TempDir, clock: &Arc<ManualClock>) -> SqliteOptions {
    SqliteOptions {
        path: folder.path().join("gongkai.db"),
        clock: clock.clone(),
        limits: LIMITS,
        readers: 1,
        queue_lease: Duration::from_secs(60),
        queue_messages_max: 5,
    }
}

/// A database that is dropped at the end.
pub(crate) struct Database(PgConnectOptions);

impl Database {
    fn server() -> PgConnectOptions {
        let url = std::env::var("GONGKAI_TEST_POSTGRES").unwrap_or_default();
        assert!(
            !url.is_empty(),
            "tests need a PostgreSQL: start one with `./dev servers`, and `export $(./dev servers env)`"
        );
        url.parse().unwrap()
    }

    async fn run(options: &PgConnectOptions, statement: &str) {
        let mut connection = options.connect().await.unwrap();
        connection.execute(AssertSqlSafe(statement.to_owned()).into_sql_str()).await.unwrap();
        connection.close().await.unwrap();
    }

    pub(crate) async fn new() -> Self {
        let name = format!("gongkai_test_{}", uuid::Uuid::now_v7().simple());
        Self::run(&Self::server(), &format!("CREATE DATABASE {name} TEMPLATE template0")).await;
        Self(Self::server().database(&name))
    }

    /// Empties it, and tells how to open it.
    pub(crate) async fn emptied(&self, clock: &Arc<ManualClock>) -> PostgresOptions {
        Self::run(&self.0, "DROP SCHEMA public CASCADE; CREATE SCHEMA public").await;
        let url = self.0.to_url_lossy().to_string();
        PostgresOptions {
            clock: Some(clock.clone()),
            limits: LIMITS,
            readers: 1,
            ..PostgresOptions::standard(url)
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let drop_it = format!("DROP DATABASE {} WITH (FORCE)", self.0.get_database().unwrap());
        let dropping = std::thread::spawn(move || runtime().block_on(Self::run(&Self::server(), &drop_it)));
        dropping.join().unwrap();
    }
}

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}
