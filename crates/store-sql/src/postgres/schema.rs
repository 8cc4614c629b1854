//! The schema: made and changed by its owner, looked at by everyone else; and who may do what with its tables.

#[cfg(test)]
mod tests;

use super::{MIGRATIONS, PostgresOpenError, connect_options, migrator};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, SqlSafeStr};

const GRANTS: &str = include_str!("grants.sql");
const APPLIED: &str = "SELECT version FROM _sqlx_migrations WHERE success";
/// undefined_table
const NO_TABLE: &str = "42P01";

/// Who makes and changes the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schema {
    /// This process does, where they are older than it. For a role that owns them.
    Migrate,
    /// Somebody else has ([`prepare_postgres`]); this process only looks whether they are there. For a role that may use,
    /// but not change them.
    Expect,
}

/// The roles of the services in the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roles {
    /// Of ingest.
    pub ingest: String,
    /// Of the parsers.
    pub parser: String,
    /// Of query.
    pub query: String,
}

/// Brings the schema of the database at `url` to this version, and lets `roles` do with it what they have to, and no
/// more than that. The role in `url` owns the tables. Again: changes nothing.
///
/// # Errors
/// When the server cannot be reached, or the role may not do so.
pub async fn prepare_postgres(url: &str, roles: Option<&Roles>) -> Result<(), PostgresOpenError> {
    let mut connection = connect_options(url)?.connect().await.map_err(PostgresOpenError::Sql)?;
    migrator(&MIGRATIONS).run(&mut connection).await.map_err(PostgresOpenError::Migrate)?;
    if let Some(roles) = roles {
        let granting = connection.execute(AssertSqlSafe(grants(roles)).into_sql_str()).await;
        granting.map_err(PostgresOpenError::Sql)?;
    }
    connection.close().await.map_err(PostgresOpenError::Sql)
}

/// Looks whether this version's schema is there; a later one will do.
pub(super) async fn expect(connection: &mut PgConnection) -> Result<(), PostgresOpenError> {
    let applied: Vec<i64> = match sqlx::query_scalar(APPLIED).fetch_all(connection).await {
        Ok(applied) => applied,
        Err(sqlx::Error::Database(error)) if error.code().is_some_and(|code| code == NO_TABLE) => Vec::new(),
        Err(error) => return Err(PostgresOpenError::Sql(error)),
    };
    match MIGRATIONS.iter().find(|(version, ..)| !applied.contains(version)) {
        Some(&(version, name, _)) => Err(PostgresOpenError::Unprepared { version, name }),
        None => Ok(()),
    }
}

fn grants(Roles { ingest, parser, query }: &Roles) -> String {
    GRANTS
        .replace("{ingest}", &quoted(ingest))
        .replace("{parser}", &quoted(parser))
        .replace("{query}", &quoted(query))
}

/// A name, whatever is in it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
