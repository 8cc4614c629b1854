//! The SQL engines of the store and the queue: connections, migrations, statements and row types.
//!
//! Never shows a row to anyone else, and decides nothing that the seams have decided: both engines and the twins pass
//! the same contract. SQLite serves one process with one file; PostgreSQL, for many processes, is to stand beside it.

mod sqlite;

pub use sqlite::{OpenError, SqliteEngine, SqliteOptions, SqliteQueue, SqliteStore};
