//! Numbers of blobs and revisions, taken from the database by the thousand.

use super::sql;
use gongkai_store::StoreError;
use sqlx::postgres::PgConnection;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// What one step of the sequence gives; as in the migration.
const BLOCK: i64 = 1000;
const NEXT: &str = "SELECT nextval('numbers')";

/// Numbers that this process has taken and not given.
#[derive(Default)]
pub(super) struct Numbers(Mutex<Range<i64>>);

impl Numbers {
    /// `count` numbers that nobody else gets.
    pub(super) async fn take(
        &self,
        connection: &mut PgConnection,
        count: usize,
    ) -> Result<Vec<i64>, StoreError> {
        let mut taken = Vec::with_capacity(count);
        loop {
            {
                let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                taken.extend(left.by_ref().take(count - taken.len()));
            }
            if taken.len() == count {
                return Ok(taken);
            }
            let first: i64 = sqlx::query_scalar(NEXT).fetch_one(&mut *connection).await.map_err(sql)?;
            // Another task may have taken a block meanwhile; one of the two is given whole, here.
            let needed = (count - taken.len()).min(BLOCK as usize) as i64;
            taken.extend(first..first + needed);
            let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if left.is_empty() {
                *left = first + needed..first + BLOCK;
            }
        }
    }
}
