//! Batches, read back: what became of their items is found by an index of the submissions that are items.

use crate::rows::{self, SUBMISSION_COLUMNS, code, get_batch, get_code, get_number, get_time};
use crate::source::{Fields, Source, SqlStore, View};
use crate::statement::Statement;
use gongkai_model::{BatchId, SubmissionState};
use gongkai_store::codes::Code;
use gongkai_store::{
    Batch, BatchItem, BatchProgress, Cursor, ItemFilter, ItemOutcome, Missing, Page, PageRequest, Position,
    Refusal, StoreError, Timestamp,
};

pub(crate) const BATCH_COLUMNS: &str = "id, caller, title, items_expected, created_at, position";
/// The columns of a refusal under the names that they have in a submission, and nothing for the others.
const AS_SUBMISSION: &str = "CAST(NULL AS BYTEA) AS id, CAST(NULL AS BYTEA) AS document,
    CAST(NULL AS BIGINT) AS purpose, name, CAST(NULL AS TEXT) AS source, CAST(NULL AS TEXT) AS media_type,
    CAST(NULL AS BIGINT) AS epoch, CAST(NULL AS BIGINT) AS state, CAST(NULL AS BIGINT) AS attempts,
    CAST(NULL AS BIGINT) AS next_attempt_at, CAST(NULL AS TEXT) AS failure_class,
    CAST(NULL AS TEXT) AS failure_message, CAST(NULL AS BIGINT) AS failure_at,
    CAST(NULL AS BIGINT) AS failure_attempt, CAST(NULL AS BIGINT) AS failure_took,
    CAST(NULL AS BIGINT) AS failure_memory, CAST(NULL AS BIGINT) AS failure_receipt_at, reason AS rejection_reason, message AS rejection_message,
    CAST(NULL AS BYTEA) AS reports, at AS accepted_at, at AS changed_at, position, batch, item,
    CAST(NULL AS BIGINT) AS priority";
/// The state of a refusal, among those of submissions.
const REFUSED: i64 = 0;
const COUNT: &str = "SELECT state, count(*) AS items, CAST(NULL AS BIGINT) AS latest FROM submissions
    WHERE batch = $1 GROUP BY state
    UNION ALL SELECT 0 AS state, count(*) AS items, max(at) AS latest FROM batch_refusals WHERE batch = $1";

impl<S: Source> SqlStore<S> {
    pub(crate) async fn find_batch(&self, id: BatchId) -> Result<Batch, StoreError> {
        let find = format!("SELECT {BATCH_COLUMNS} FROM batches WHERE id = $1");
        let row = self.row(View::Latest, Statement::new(find).bind(&id)).await?;
        batch(&row.ok_or(StoreError::NotFound(Missing::Batch(id)))?)
    }

    pub(crate) async fn list_batches(&self, page: &PageRequest) -> Result<Page<Batch>, StoreError> {
        const QUERY: &str = "batches";
        let before = match &page.cursor {
            Some(cursor) => cursor.read(QUERY)?.1,
            None => i64::MAX,
        };
        let mut list = Statement::new(format!("SELECT {BATCH_COLUMNS} FROM batches WHERE position < "));
        list.push_bind(before).push(" ORDER BY position DESC LIMIT ").push_bind(page.size_clamped() + 1);
        let batches: Result<Vec<_>, _> = self.0.rows(View::Latest, list).await?.iter().map(batch).collect();
        Ok(Page::cut(batches?, page, |batch| Cursor::after(QUERY, Position(0), batch.position.0, "")))
    }

    pub(crate) async fn count_batch(&self, id: BatchId) -> Result<BatchProgress, StoreError> {
        self.find_batch(id).await?;
        let mut progress = BatchProgress::default();
        // One statement, so that an item that is accepted after all is counted once.
        for row in self.0.rows(View::Latest, Statement::new(COUNT).bind(&id)).await? {
            let items = get_number(&row, "items")?;
            match row.number("state")? {
                REFUSED => {
                    progress.refused = items;
                    progress.refused_at = row.number_if_any("latest")?.map(Timestamp::from_micros);
                }
                state => {
                    let state = SubmissionState::from_code(state)
                        .map_err(|error| StoreError::corrupt("state", error))?;
                    progress.count(state, items);
                }
            }
        }
        let rows = self.0.rows(View::Latest, latest_ends(id)).await?;
        progress.ends = rows.iter().map(|row| get_time(row, "changed_at")).collect::<Result<_, _>>()?;
        Ok(progress)
    }

    pub(crate) async fn list_batch_items(
        &self,
        id: BatchId,
        filter: &ItemFilter,
        page: &PageRequest,
    ) -> Result<Page<BatchItem>, StoreError> {
        self.find_batch(id).await?;
        let query = format!("items {id} {filter:?}");
        let after = match &page.cursor {
            Some(cursor) => cursor.read(&query)?.1,
            None => 0,
        };
        let Some(list) = items(id, filter, after, page.size_clamped() + 1) else {
            return Ok(Page { items: Vec::new(), next: None });
        };
        let items: Result<Vec<_>, _> = self.0.rows(View::Latest, list).await?.iter().map(item).collect();
        Ok(Page::cut(items?, page, |item| Cursor::after(&query, Position(0), item.position().0, "")))
    }
}

/// When the latest submissions of a batch ended: of each final state the latest, by the index, and the latest of those. The
/// state stands among what is sorted by and is bounded instead of equal: else PostgreSQL may take it for cheaper to go
/// through the changes of all submissions until enough of this batch have come by, which are none for long once it is old.
fn latest_ends(id: BatchId) -> Statement {
    let mut ends = Statement::new("SELECT changed_at FROM (");
    let (batch, limit) = (ends.value(&id), ends.value(BatchProgress::ENDS_MAX as i64));
    let of_state = SubmissionState::ALL.into_iter().filter(|state| state.is_final()).map(|state| {
        let state = code(state);
        format!(
            "SELECT * FROM (SELECT changed_at, position FROM submissions WHERE batch = {batch}
                AND state >= {state} AND state <= {state} ORDER BY state DESC, position DESC LIMIT {limit}) of_{state}"
        )
    });
    ends.push(&of_state.collect::<Vec<_>>().join(" UNION ALL "));
    ends.push(&format!(") ends ORDER BY position DESC LIMIT {limit}"));
    ends
}

/// Items in the order of their last changes: of each state the next ones, by the index, and the next ones of those. One
/// statement, so that nothing moves between its parts; in words that leave the index alone, see [`latest_ends`]. None where no
/// item is meant.
fn items(id: BatchId, filter: &ItemFilter, after: i64, limit: u32) -> Option<Statement> {
    let mut list = Statement::new("");
    let (batch, after, limit) = (list.value(&id), list.value(after), list.value(limit));
    let mut parts = Vec::new();
    for state in SubmissionState::ALL.into_iter().filter(|state| filter.states.contains(state)).map(code) {
        parts.push(format!(
            "SELECT * FROM (SELECT {SUBMISSION_COLUMNS} FROM submissions
                WHERE batch = {batch} AND (state, position) > ({state}, {after}) AND state <= {state}
                ORDER BY state, position LIMIT {limit}) of_{state}"
        ));
    }
    if filter.refused {
        parts.push(format!(
            "SELECT * FROM (SELECT {AS_SUBMISSION} FROM batch_refusals
                WHERE batch = {batch} AND position > {after} ORDER BY position LIMIT {limit}) refused"
        ));
    }
    list.push(&parts.join(" UNION ALL "));
    list.push(&format!(" ORDER BY position LIMIT {limit}"));
    (!parts.is_empty()).then_some(list)
}

fn item(row: &impl Fields) -> Result<BatchItem, StoreError> {
    let outcome = match row.bytes_if_any("id")? {
        Some(_) => ItemOutcome::Accepted(Box::new(rows::submission(row)?)),
        None => ItemOutcome::Refused(Refusal {
            name: row.text("name")?,
            reason: get_code(row, "rejection_reason")?,
            message: row.text("rejection_message")?,
            at: get_time(row, "accepted_at")?,
            position: Position(row.number("position")?),
        }),
    };
    Ok(BatchItem { key: row.text("item")?, outcome })
}

pub(crate) fn batch(row: &impl Fields) -> Result<Batch, StoreError> {
    Ok(Batch {
        id: get_batch(row, "id")?,
        caller: row.text("caller")?,
        title: row.text("title")?,
        items_expected: get_number(row, "items_expected")?,
        created_at: get_time(row, "created_at")?,
        position: Position(row.number("position")?),
    })
}

/// The columns of a refusal, as [`refusal`] reads them.
pub(crate) const REFUSAL_COLUMNS: &str = "name, reason, message, at, position";

pub(crate) fn refusal(row: &impl Fields) -> Result<Refusal, StoreError> {
    Ok(Refusal {
        name: row.text("name")?,
        reason: get_code(row, "reason")?,
        message: row.text("message")?,
        at: get_time(row, "at")?,
        position: Position(row.number("position")?),
    })
}

/// What is asked of a batch, for those who look at the plans.
#[cfg(test)]
pub(crate) fn statements_of(id: BatchId) -> Vec<Statement> {
    let items = [ItemFilter::all(), ItemFilter::failed()].map(|filter| items(id, &filter, 5, 10));
    [Statement::new(COUNT).bind(&id), latest_ends(id)]
        .into_iter()
        .chain(items.into_iter().flatten())
        .collect()
}
