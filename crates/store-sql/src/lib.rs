//! The SQL engines of the store and the queue: connections, migrations, statements and row types.
//!
//! Never shows a row to anyone else, and decides nothing that the seams have decided: both engines and the twins pass
//! the same contract. SQLite serves one process with one file, PostgreSQL many processes. What both are asked in
//! the same words is written once; their writes are not shared, because one takes rows and the other lists.

mod batches;
mod content;
mod documents;
mod histories;
mod operations;
mod postgres;
mod report_filter;
mod reports;
mod reviews;
mod rows;
mod search;
mod sharing;
mod source;
mod sqlite;
mod statement;
mod submissions;

pub use postgres::{
    PostgresOpenError, PostgresOptions, PostgresStore, Roles, Schema, open_postgres, prepare_postgres,
};
pub use sqlite::{OpenError, SqliteEngine, SqliteOptions, SqliteQueue, SqliteStore};

use gongkai_store::StoreError;
use std::sync::LazyLock;
use std::thread::available_parallelism;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

/// One for each processor: more threads would not be faster, and each keeps memory of its own.
static SEATS: LazyLock<Semaphore> =
    LazyLock::new(|| Semaphore::new(available_parallelism().map_or(1, usize::from)));

/// Does what takes the processor away from the async threads.
async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    // Held until the work ends, also where nobody waits for it any more.
    let seat = SEATS.acquire().await.map_err(|closed| StoreError::Unavailable(closed.into()))?;
    let work = move || {
        let _seat = seat;
        work()
    };
    spawn_blocking(work).await.map_err(|error| StoreError::Unavailable(error.into()))?
}
