//! The schema: made and changed by its owner, looked at by everyone else; and who may do what with its tables.

#[cfg(test)]
mod tests;

use super::{INDEXES, MIGRATIONS, PostgresOpenError, connect_options, migrator};
use sqlx::migrate::{Migrate, MigrateError};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, SqlSafeStr};
use std::time::Duration;
use tokio::time::{Instant, sleep};
use tracing::{info, warn};

const GRANTS: &str = include_str!("grants.sql");
const APPLIED: &str = "SELECT version FROM _sqlx_migrations WHERE success";
/// undefined_table
const NO_TABLE: &str = "42P01";
/// lock_not_available, deadlock_detected
const IN_THE_WAY: [&str; 2] = ["55P03", "40P01"];
/// How long a statement of a migration may take: an index of a large table takes its time.
const MIGRATING: [(&str, &str); 1] = [("statement_timeout", "12h")];
/// How long a migration waits for a lock. Whoever waits to change a table that is in use keeps everybody behind it waiting, so it
/// gives way soon and tries again. That is less than the second after which the server looks for deadlocks, too: whoever waits
/// until another process has migrated is one whose end the building of an index waits for.
const SHORT_WAIT: &str = "SET lock_timeout = '500ms'";
/// The building of an index keeps nobody waiting, but waits for all transactions that began before, such as a backup.
const LONG_WAIT: &str = "SET lock_timeout = '1h'";
const TRY_AGAIN_AFTER: Duration = Duration::from_millis(500);
/// How long locks are tried for: another process may be building an index.
const LOCK_PATIENCE: Duration = Duration::from_secs(12 * 60 * 60);

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
    let options = connect_options(url)?;
    migrate(&options).await?;
    let mut connection = options.connect().await.map_err(PostgresOpenError::Sql)?;
    if let Some(roles) = roles {
        let granting = connection.execute(AssertSqlSafe(grants(roles)).into_sql_str()).await;
        granting.map_err(PostgresOpenError::Sql)?;
    }
    connection.close().await.map_err(PostgresOpenError::Sql)
}

/// Brings the schema to this version, beside processes of this and of earlier versions that use it: none waits for long for
/// what this one does. Under a lock in the database, so that several may begin at once.
pub(super) async fn migrate(connect: &PgConnectOptions) -> Result<(), PostgresOpenError> {
    let connect = connect.clone().options(MIGRATING);
    let mut connection = connect.connect().await.map_err(PostgresOpenError::Sql)?;
    patiently(Step::Lock, &mut connection).await?;
    let applied = applied(&mut connection).await?;
    for &(version, name, _) in MIGRATIONS.iter().filter(|(version, ..)| !applied.contains(version)) {
        info!("bringing the database to migration {version} ({name})");
        patiently(Step::To(version), &mut connection).await?;
    }
    patiently(Step::Verify, &mut connection).await?;
    // The lock ends with the connection, also where it ends by an error.
    connection.close().await.map_err(PostgresOpenError::Sql)
}

/// Something that may find others in its way.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// Takes the lock under which all versions migrate.
    Lock,
    /// Does everything up to a migration.
    To(i64),
    /// Looks whether what was done is what this version would do.
    Verify,
}

async fn patiently(step: Step, connection: &mut PgConnection) -> Result<(), PostgresOpenError> {
    let end = Instant::now() + LOCK_PATIENCE;
    let mut waits = 0_u32;
    while let Err(error) = step.take(connection).await {
        if !is_in_the_way(&error) || end <= Instant::now() {
            return Err(PostgresOpenError::Migrate(error));
        }
        // Once now, and once every minute.
        if waits.is_multiple_of(60) {
            warn!(
                error = &error as &dyn std::error::Error,
                "others are in the way of {step:?}, trying again"
            );
        }
        waits += 1;
        sleep(TRY_AGAIN_AFTER).await;
    }
    Ok(())
}

impl Step {
    async fn take(self, connection: &mut PgConnection) -> Result<(), MigrateError> {
        let mut migrator = migrator(&MIGRATIONS);
        migrator.set_locking(false);
        match self {
            Self::Lock => {
                connection.execute(SHORT_WAIT).await?;
                connection.lock().await
            }
            Self::To(version) => match INDEXES.iter().find(|(of, _)| *of == version) {
                Some((_, index)) => {
                    connection.execute(LONG_WAIT).await?;
                    // What an attempt has left that was ended half-way is no good and is kept up to date all the same.
                    let end = format!("DROP INDEX CONCURRENTLY IF EXISTS {index}");
                    connection.execute(AssertSqlSafe(end).into_sql_str()).await?;
                    migrator.run_to(version, connection).await
                }
                None => {
                    connection.execute(SHORT_WAIT).await?;
                    migrator.run_to(version, connection).await
                }
            },
            Self::Verify => migrator.run(connection).await,
        }
    }
}

/// Whether somebody else has what was asked for, for a while.
fn is_in_the_way(error: &MigrateError) -> bool {
    match error {
        MigrateError::Execute(sqlx::Error::Database(error))
        | MigrateError::ExecuteMigration(sqlx::Error::Database(error), _) => {
            error.code().is_some_and(|code| IN_THE_WAY.contains(&&*code))
        }
        _ => false,
    }
}

async fn applied(connection: &mut PgConnection) -> Result<Vec<i64>, PostgresOpenError> {
    match sqlx::query_scalar(APPLIED).fetch_all(connection).await {
        Ok(applied) => Ok(applied),
        Err(sqlx::Error::Database(error)) if error.code().is_some_and(|code| code == NO_TABLE) => {
            Ok(Vec::new())
        }
        Err(error) => Err(PostgresOpenError::Sql(error)),
    }
}

/// Looks whether this version's schema is there; a later one will do.
pub(super) async fn expect(connection: &mut PgConnection) -> Result<(), PostgresOpenError> {
    let applied = applied(connection).await?;
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
