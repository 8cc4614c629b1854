//! Submissions, read back. Always from what was committed last: a state that was told once is never told older.

use crate::rows::{self, SUBMISSION_COLUMNS, code};
use crate::source::{Fields, Source, SqlStore, View};
use crate::statement::Statement;
use gongkai_model::{BatchId, SubmissionId, SubmissionState};
use gongkai_store::{Cursor, Missing, Page, PageRequest, Position, StoreError, Submission, SubmissionFilter};

impl<S: Source> SqlStore<S> {
    pub(crate) async fn find_submission(&self, id: SubmissionId) -> Result<Submission, StoreError> {
        let find = format!("SELECT {SUBMISSION_COLUMNS} FROM submissions WHERE id = $1");
        let row = self.row(View::Latest, Statement::new(find).bind(&id)).await?;
        rows::submission(&row.ok_or(StoreError::NotFound(Missing::Submission(id)))?)
    }

    pub(crate) async fn list_submissions(
        &self,
        filter: &SubmissionFilter,
        page: &PageRequest,
    ) -> Result<Page<Submission>, StoreError> {
        filter.check()?;
        let text = format!("submissions {filter:?}");
        let before = match &page.cursor {
            Some(cursor) => cursor.read(&text)?.1,
            None => i64::MAX,
        };
        let size = page.size_clamped() as usize;
        let rows = self.0.rows(View::Latest, list(filter, before, page.size_clamped() + 1)).await?;
        let next = match rows.get(size) {
            Some(_) => Some(Cursor::after(&text, Position(0), rows[size - 1].number("accepted")?, "")),
            None => None,
        };
        let items = rows.iter().take(size).map(rows::submission).collect::<Result<_, _>>()?;
        Ok(Page { items, next })
    }

    pub(crate) async fn list_submission_changes(
        &self,
        after: Position,
        filter: &SubmissionFilter,
        limit: u32,
    ) -> Result<Vec<Submission>, StoreError> {
        filter.check()?;
        let changes = changes(filter, after, limit);
        self.0.rows(View::Latest, changes).await?.iter().map(rows::submission).collect()
    }
}

/// Submissions that were accepted before `before`, the latest first.
fn list(filter: &SubmissionFilter, before: i64, limit: u32) -> Statement {
    let mut list =
        Statement::new(format!("SELECT accepted, {SUBMISSION_COLUMNS} FROM submissions WHERE accepted < "));
    list.push_bind(before);
    push_filter(&mut list, filter);
    list.push(&format!(" ORDER BY {} DESC LIMIT ", accepted(filter))).push_bind(limit);
    list
}

/// What lists are ordered by. Those of a batch in words that no index is in the order of: else it may be taken for cheaper to go
/// through all submissions until enough of this batch have come by.
fn accepted(filter: &SubmissionFilter) -> &'static str {
    match filter.batch {
        Some(_) => "accepted + 0",
        None => "accepted",
    }
}

/// Submissions that have changed after `after`, in the order of their last changes.
fn changes(filter: &SubmissionFilter, after: Position, limit: u32) -> Statement {
    if let Some(batch) = filter.batch
        && filter.ids.is_empty()
    {
        return changes_of_batch(batch, filter, after, limit);
    }
    let mut list = Statement::new(format!("SELECT {SUBMISSION_COLUMNS} FROM submissions WHERE position > "));
    list.push_bind(after.0);
    push_filter(&mut list, filter);
    list.push(" ORDER BY position LIMIT ").push_bind(limit);
    list
}

/// Of each state the next ones, and the next ones of those: in words that leave the index of batches alone, as their items are
/// listed.
fn changes_of_batch(batch: BatchId, filter: &SubmissionFilter, after: Position, limit: u32) -> Statement {
    let mut list = Statement::new("");
    let (batch, after, limit) = (list.value(&batch), list.value(after.0), list.value(limit));
    let others = SubmissionFilter { states: Vec::new(), batch: None, ..filter.clone() };
    let states = SubmissionState::ALL.into_iter();
    let states = states.filter(|state| filter.states.is_empty() || filter.states.contains(state)).map(code);
    for (count, state) in states.enumerate() {
        list.push(if count == 0 { "" } else { " UNION ALL " });
        list.push(&format!(
            "SELECT * FROM (SELECT {SUBMISSION_COLUMNS} FROM submissions
                WHERE batch = {batch} AND (state, position) > ({state}, {after}) AND state <= {state}"
        ));
        push_filter(&mut list, &others);
        list.push(&format!(" ORDER BY state, position LIMIT {limit}) of_{state}"));
    }
    list.push(&format!(" ORDER BY position LIMIT {limit}"));
    list
}

/// Those that gave up, the first that was accepted first.
pub(crate) fn dead(columns: &str, filter: &SubmissionFilter, limit: u32) -> Statement {
    let mut find = Statement::new(format!("SELECT {columns} FROM submissions WHERE true"));
    push_filter(&mut find, &SubmissionFilter { states: vec![SubmissionState::Dead], ..filter.clone() });
    find.push(&format!(" ORDER BY {} LIMIT ", accepted(filter))).push_bind(limit);
    find
}

/// What is asked of the submissions of a batch, for those who look at the plans.
#[cfg(test)]
pub(crate) fn statements_of(id: BatchId) -> Vec<Statement> {
    let all = SubmissionFilter { batch: Some(id), ..SubmissionFilter::default() };
    let ended = vec![SubmissionState::Done, SubmissionState::Dead];
    let some = SubmissionFilter { states: ended, failure_class: Some("PANIC".to_owned()), ..all.clone() };
    let of =
        |filter| [list(filter, i64::MAX, 10), list(filter, 15_000, 10), changes(filter, Position(5), 10)];
    let statements = [of(&all), of(&some)].into_iter().flatten();
    statements.chain([dead("id, epoch", &all, 10)]).collect()
}

/// Narrows a statement to what a filter admits.
pub(crate) fn push_filter(statement: &mut Statement, filter: &SubmissionFilter) {
    if !filter.states.is_empty() {
        let states = filter.states.iter().map(|state| code(*state));
        statement.push(" AND state IN (").push_list(states).push(")");
    }
    if !filter.ids.is_empty() {
        statement.push(" AND id IN (").push_list(&filter.ids).push(")");
    }
    if let Some(document) = &filter.document {
        statement.push(" AND document = ").push_bind(document);
    }
    if let Some(purpose) = filter.purpose {
        statement.push(" AND purpose = ").push_bind(code(purpose));
    }
    if let Some(class) = &filter.failure_class {
        statement.push(" AND failure_class = ").push_bind(class.as_str());
    }
    if let Some(batch) = &filter.batch {
        statement.push(" AND batch = ").push_bind(batch);
    }
}
