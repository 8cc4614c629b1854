//! What reviewers say of reports.

use super::revisions::{BEGIN_CURRENT, END_CURRENT};
use super::writer::Transaction;
use super::{SqliteStore, query, sql};
use crate::reviews::{Base, ReviewTransaction, SharedTransaction, note, recall, review};
use crate::rows::Key as _;
use crate::statement::Statement;
use async_trait::async_trait;
use gongkai_model::{Purpose, ReportId, ReviewId};
use gongkai_store::{
    Answered, Cause, NewRevision, Overlay, ReportRevision, ReviewChange, ReviewRequest, Reviewed, Reviews,
    StoreError, StoredReview, Timestamp,
};
use sqlx::sqlite::SqliteRow;

#[async_trait]
impl Reviews for SqliteStore {
    async fn review(&self, change: ReviewChange) -> Result<Reviewed, StoreError> {
        self.0.writer.write(move |transaction| Box::pin(review(transaction, change))).await
    }

    async fn reviews(&self, report: ReportId, purpose: Purpose) -> Result<Vec<StoredReview>, StoreError> {
        self.list_reviews(report, purpose).await
    }

    async fn recall(&self, request: &ReviewRequest) -> Result<Option<Answered>, StoreError> {
        let request = request.clone();
        self.0
            .writer
            .write(move |transaction| Box::pin(async move { recall(transaction, &request).await }))
            .await
    }

    async fn note(
        &self,
        request: &ReviewRequest,
        revision: u32,
        said: Vec<ReviewId>,
    ) -> Result<Answered, StoreError> {
        let request = request.clone();
        self.0
            .writer
            .write(move |transaction| {
                Box::pin(async move { note(transaction, &request, revision, said).await })
            })
            .await
    }

    async fn overlay(&self, report: ReportId) -> Result<Option<Overlay>, StoreError> {
        self.find_overlay(report).await
    }

    async fn overtaken(&self, limit: u32) -> Result<Vec<(ReportId, Purpose)>, StoreError> {
        self.list_overtaken(limit).await
    }
}

impl SharedTransaction for Transaction {
    type Row = SqliteRow;

    async fn rows(&mut self, statement: Statement) -> Result<Vec<SqliteRow>, StoreError> {
        query(statement).fetch_all(&mut self.connection).await.map_err(sql)
    }

    fn now(&self) -> Timestamp {
        self.now
    }

    fn next_position(&mut self) -> i64 {
        Transaction::next_position(self)
    }

    async fn settle(&mut self, report: ReportId, position: i64) -> Result<(), StoreError> {
        for statement in [END_CURRENT, BEGIN_CURRENT] {
            let settling = sqlx::query(statement).bind(report.key()).bind(position);
            settling.execute(&mut self.connection).await.map_err(sql)?;
        }
        Ok(())
    }
}

impl ReviewTransaction for Transaction {
    async fn add_corrected(
        &mut self,
        report: ReportId,
        revision: u32,
        purpose: Purpose,
        base: &Base,
        new: &NewRevision,
    ) -> Result<(), StoreError> {
        let added = ReportRevision { report, revision };
        let from = (base.document, base.part);
        let place = (self.now, self.counters.position + 1);
        self.add_revision(added, Cause::Amended, from, purpose, place, new).await.map(drop)
    }
}
