//! A database and names at the broker of one test, both gone when it ends.

use super::Server;
use std::process::{Command, Stdio};
use uuid::Uuid;

/// What one test has of the servers that all tests share.
pub struct House {
    database: String,
    pub store: String,
    pub queue: String,
    pub prefix: String,
}

fn setting(name: &str) -> String {
    let value = std::env::var(name).unwrap_or_default();
    assert!(
        !value.is_empty(),
        "{name} is not set: start the servers with `./dev servers`, and `export $(./dev servers env)`"
    );
    value
}

/// Runs statements on the server that tests have.
fn sql(statement: &str) {
    use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqlSafeStr};
    let statement = AssertSqlSafe(statement.to_owned()).into_sql_str();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut connection = PgConnection::connect(&setting("GONGKAI_TEST_POSTGRES")).await.unwrap();
        connection.execute(statement).await.unwrap();
    });
}

/// Deletes what services have declared at the broker.
fn delete_topology(prefix: &str) {
    use lapin::options::{ExchangeDeleteOptions, QueueDeleteOptions};
    use lapin::{Connection, ConnectionProperties};
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let address = setting("GONGKAI_TEST_AMQP");
        let connection = Connection::connect(&address, ConnectionProperties::default()).await.unwrap();
        let channel = connection.create_channel().await.unwrap();
        for queue in ["high", "normal", "low", "unreadable"] {
            let name = format!("{prefix}.{queue}").into();
            channel.queue_delete(name, QueueDeleteOptions::default()).await.unwrap();
        }
        channel.exchange_delete(prefix.into(), ExchangeDeleteOptions::default()).await.unwrap();
    });
}

impl House {
    pub fn new() -> Self {
        let id = Uuid::now_v7().simple().to_string();
        let database = format!("gongkai_test_{id}");
        let create = format!("CREATE DATABASE {database} TEMPLATE template0");
        std::thread::spawn(move || sql(&create)).join().unwrap();
        let server = setting("GONGKAI_TEST_POSTGRES");
        let (server, _) = server.rsplit_once('/').unwrap();
        let store = format!("{server}/{database}");
        Self { database, store, queue: setting("GONGKAI_TEST_AMQP"), prefix: format!("test-{id}") }
    }

    pub fn command(&self, services: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gongkai"));
        command
            .arg("serve")
            .args(services)
            .args(["--listen", "127.0.0.1:0", "--grace", "0", "--queue-prefix", &self.prefix])
            .env("GONGKAI_STORE", &self.store)
            .env("GONGKAI_QUEUE", &self.queue)
            .env("GONGKAI_TOKEN_KEY", "0f".repeat(32))
            .stdin(Stdio::null());
        command
    }

    pub fn serve(&self, services: &[&str]) -> Server {
        Server::run(self.command(services))
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let drop_database = format!("DROP DATABASE {} WITH (FORCE)", self.database);
        let _ = std::thread::spawn(move || sql(&drop_database)).join();
        let prefix = self.prefix.clone();
        let _ = std::thread::spawn(move || delete_topology(&prefix)).join();
    }
}
