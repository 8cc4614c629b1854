//! What reviewers say of reports.

use super::revisions::{Added, BEGIN_CURRENTS, END_CURRENTS};
use super::transaction::Transaction;
use super::{PostgresStore, query, sql};
use crate::reviews::{Base, ReviewTransaction, SharedTransaction, note, recall, review};
use crate::rows::{Key as _, code};
use crate::statement::Statement;
use async_trait::async_trait;
use gongkai_model::{Purpose, ReportId, ReviewId};
use gongkai_store::{
    Answered, Cause, NewRevision, Overlay, ReportRevision, ReviewChange, ReviewRequest, Reviewed, Reviews,
    StoreError, StoredReview, Timestamp,
};
use sqlx::postgres::PgRow;

#[async_trait]
impl Reviews for PostgresStore {
    async fn review(&self, change: ReviewChange) -> Result<Reviewed, StoreError> {
        self.0.writing.write(|transaction| Box::pin(review(transaction, change.clone()))).await
    }

    async fn reviews(&self, report: ReportId, purpose: Purpose) -> Result<Vec<StoredReview>, StoreError> {
        self.list_reviews(report, purpose).await
    }

    async fn recall(&self, request: &ReviewRequest) -> Result<Option<Answered>, StoreError> {
        self.0
            .writing
            .write(|transaction| {
                let request = request.clone();
                Box::pin(async move { recall(transaction, &request).await })
            })
            .await
    }

    async fn note(
        &self,
        request: &ReviewRequest,
        revision: u32,
        said: Vec<ReviewId>,
    ) -> Result<Answered, StoreError> {
        self.0
            .writing
            .write(|transaction| {
                let (request, said) = (request.clone(), said.clone());
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

impl SharedTransaction for Transaction<'_> {
    type Row = PgRow;

    async fn rows(&mut self, statement: Statement) -> Result<Vec<PgRow>, StoreError> {
        query(&statement).fetch_all(self.connection()).await.map_err(sql)
    }

    fn now(&self) -> Timestamp {
        self.now
    }

    fn next_position(&mut self) -> i64 {
        Transaction::next_position(self)
    }

    async fn settle(&mut self, report: ReportId, position: i64) -> Result<(), StoreError> {
        for statement in [END_CURRENTS, BEGIN_CURRENTS] {
            let settling = sqlx::query(statement).bind(vec![report.key()]).bind(vec![position]);
            settling.execute(self.connection()).await.map_err(sql)?;
        }
        Ok(())
    }
}

impl ReviewTransaction for Transaction<'_> {
    async fn add_corrected(
        &mut self,
        report: ReportId,
        revision: u32,
        purpose: Purpose,
        base: &Base,
        new: &NewRevision,
    ) -> Result<(), StoreError> {
        let added = Added {
            revision: ReportRevision { report, revision },
            cause: Cause::Amended,
            document: base.document,
            purpose: code(purpose),
            part: base.part.into(),
            position: self.counters.position + 1,
            new,
        };
        let now = self.now;
        self.add_revisions(&[added], now).await
    }
}
