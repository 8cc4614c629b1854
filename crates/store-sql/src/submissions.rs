//! Submissions, read back. Always from what was committed last: a state that was told once is never told older.

use crate::rows::{self, SUBMISSION_COLUMNS, code};
use crate::source::{Fields, Source, SqlStore, View};
use crate::statement::Statement;
use gongkai_model::SubmissionId;
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
        let mut list = Statement::new(format!(
            "SELECT accepted, {SUBMISSION_COLUMNS} FROM submissions WHERE accepted < "
        ));
        list.push_bind(before);
        push_filter(&mut list, filter);
        list.push(" ORDER BY accepted DESC LIMIT ").push_bind(size as i64 + 1);
        let rows = self.0.rows(View::Latest, list).await?;
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
        let mut list =
            Statement::new(format!("SELECT {SUBMISSION_COLUMNS} FROM submissions WHERE position > "));
        list.push_bind(after.0);
        push_filter(&mut list, filter);
        list.push(" ORDER BY position LIMIT ").push_bind(limit);
        self.0.rows(View::Latest, list).await?.iter().map(rows::submission).collect()
    }
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
