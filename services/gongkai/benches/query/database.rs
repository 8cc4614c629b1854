//! A database of one's own on either engine.

use crate::measure::Served;
use gongkai_store::Store;
use gongkai_store_sql::{PostgresOptions, PostgresStore, SqliteEngine, SqliteOptions, open_postgres};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, SqlSafeStr as _};
use std::sync::Arc;
use tempfile::TempDir;

/// Where reports are stored.
pub enum Database {
    Sqlite { engine: SqliteEngine, folder: TempDir },
    Postgres { server: Box<PgConnectOptions>, name: String, store: Arc<PostgresStore>, is_filled: bool },
}

impl Database {
    pub async fn sqlite() -> Self {
        let folder = TempDir::new().unwrap();
        let engine = SqliteEngine::open(SqliteOptions::standard(folder.path().join("bench.db"))).await;
        Self::Sqlite { engine: engine.unwrap(), folder }
    }

    /// A database of this name on the server of the tests; with `kept`, the one that is there and was filled.
    ///
    /// # Panics
    /// When `GONGKAI_TEST_POSTGRES` names no server.
    pub async fn postgres(name: &str, kept: bool) -> Self {
        let server = std::env::var("GONGKAI_TEST_POSTGRES").expect(
            "GONGKAI_TEST_POSTGRES names a server: `./dev servers`, then `export $(./dev servers env)`",
        );
        let server: Box<PgConnectOptions> = Box::new(server.parse().unwrap());
        if kept && is_there(&server, name).await {
            let store = open(&server, name).await;
            return Self::Postgres { server, name: name.to_owned(), store, is_filled: true };
        }
        // It gets its name when it is whole.
        let filling = format!("{name}_filling");
        for database in [name, &filling] {
            run(&server, format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)")).await;
        }
        run(&server, format!("CREATE DATABASE {filling} TEMPLATE template0")).await;
        let store = open(&server, &filling).await;
        Self::Postgres { server, name: name.to_owned(), store, is_filled: false }
    }

    pub fn is_filled(&self) -> bool {
        matches!(self, Self::Postgres { is_filled: true, .. })
    }

    pub fn name(&self) -> &'static str {
        match self {
            Self::Sqlite { .. } => "SQLite",
            Self::Postgres { .. } => "PostgreSQL",
        }
    }

    pub fn store(&self) -> Arc<dyn Store> {
        match self {
            Self::Sqlite { engine, .. } => engine.store(),
            Self::Postgres { store, .. } => store.clone(),
        }
    }

    pub fn served(&self) -> Arc<dyn Served> {
        match self {
            Self::Sqlite { engine, .. } => engine.store(),
            Self::Postgres { store, .. } => store.clone(),
        }
    }

    /// The same, when it is filled, as a server has it that has been up for a while.
    pub async fn filled(self) -> Self {
        match self {
            Self::Postgres { server, name, store, is_filled: false } => {
                store.close().await;
                drop(store);
                run(&server, format!("ALTER DATABASE {name}_filling RENAME TO {name}")).await;
                run(&(*server).clone().database(&name), "VACUUM (ANALYZE)".to_owned()).await;
                let store = open(&server, &name).await;
                Self::Postgres { server, name, store, is_filled: true }
            }
            other => other,
        }
    }

    /// Ends it, and unless it is `kept` all that is in it.
    pub async fn end(self, kept: bool) {
        match self {
            Self::Sqlite { engine, folder } => {
                engine.close().await;
                drop(folder);
            }
            Self::Postgres { server, name, store, .. } => {
                store.close().await;
                match kept {
                    true => eprintln!("the database {name} is kept"),
                    false => run(&server, format!("DROP DATABASE {name} WITH (FORCE)")).await,
                }
            }
        }
    }
}

async fn open(server: &PgConnectOptions, name: &str) -> Arc<PostgresStore> {
    let url = server.clone().database(name).to_url_lossy().to_string();
    open_postgres(PostgresOptions::standard(url)).await.unwrap()
}

async fn is_there(server: &PgConnectOptions, name: &str) -> bool {
    let mut connection = server.connect().await.unwrap();
    let found = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)");
    let found = found.bind(name).fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    found
}

async fn run(server: &PgConnectOptions, statement: String) {
    let mut connection = server.connect().await.unwrap();
    connection.execute(AssertSqlSafe(statement).into_sql_str()).await.unwrap();
    connection.close().await.unwrap();
}
