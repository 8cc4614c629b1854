//! For tests: a handler over the twin, in which reading takes time.

use crate::service::Handler;
use crate::{Dependencies, TokenKey};
use async_trait::async_trait;
use gongkai_model::{Purpose, Report, ReportId};
use gongkai_store::memory::MemoryStore;
use gongkai_store::{
    AttemptOutcome, Cells, ChangePlace, Completion, Content, Cursor, FindingQuery, Intake, Ledger, Limits,
    ManualClock, NewRevision, NewSubmission, Page, PageRequest, Position, ReadAt, ReportChange, ReportKey,
    ReportQuery, ReportSummary, Reports, RevisionInfo, StoreError, StoredFinding, StoredReport, Timestamp,
    Worker,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Reports of which each read of records, or of cells, takes so many milliseconds.
pub(crate) struct Slow {
    pub(crate) reports: Arc<MemoryStore>,
    pub(crate) records_ms: AtomicU64,
    pub(crate) cells_ms: AtomicU64,
    /// Records that were asked for at once, at most.
    pub(crate) together: AtomicU64,
    /// How often reports were put in order.
    pub(crate) ordered: AtomicU64,
}

impl Slow {
    fn of(reports: Arc<MemoryStore>) -> Self {
        Self {
            reports,
            records_ms: AtomicU64::new(0),
            cells_ms: AtomicU64::new(0),
            together: AtomicU64::new(0),
            ordered: AtomicU64::new(0),
        }
    }

    async fn read_cells(&self) {
        tokio::time::sleep(Duration::from_millis(self.cells_ms.load(Ordering::Relaxed))).await;
    }
}

#[async_trait]
impl Reports for Slow {
    async fn report(&self, id: ReportId, at: ReadAt) -> Result<StoredReport, StoreError> {
        self.reports.report(id, at).await
    }

    async fn reports_by_id(
        &self,
        ids: &[ReportId],
        at: ReadAt,
    ) -> Result<Vec<Option<StoredReport>>, StoreError> {
        self.together.fetch_max(ids.len() as u64, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(self.records_ms.load(Ordering::Relaxed))).await;
        self.reports.reports_by_id(ids, at).await
    }

    async fn cells(
        &self,
        ids: &[ReportId],
        keys: &[String],
        at: ReadAt,
    ) -> Result<Vec<Option<Cells>>, StoreError> {
        self.read_cells().await;
        self.reports.cells(ids, keys, at).await
    }

    async fn report_revision(
        &self,
        id: ReportId,
        revision: u32,
        purpose: Purpose,
    ) -> Result<StoredReport, StoreError> {
        self.reports.report_revision(id, revision, purpose).await
    }

    async fn revisions(&self, id: ReportId, at: ReadAt) -> Result<Vec<RevisionInfo>, StoreError> {
        self.reports.revisions(id, at).await
    }

    async fn reports(
        &self,
        query: &ReportQuery,
        page: &PageRequest,
    ) -> Result<Page<ReportSummary>, StoreError> {
        self.reports.reports(query, page).await
    }

    async fn reports_with_cells(
        &self,
        query: &ReportQuery,
        page: &PageRequest,
        keys: &[String],
    ) -> Result<Page<(ReportSummary, Cells)>, StoreError> {
        self.read_cells().await;
        self.reports.reports_with_cells(query, page, keys).await
    }

    async fn ordered(
        &self,
        query: &ReportQuery,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<ReportId>, StoreError> {
        self.ordered.fetch_add(1, Ordering::Relaxed);
        self.reports.ordered(query, after, limit).await
    }

    async fn summaries_with_cells(
        &self,
        ids: &[ReportId],
        keys: &[String],
        at: ReadAt,
    ) -> Result<Vec<Option<(ReportSummary, Cells)>>, StoreError> {
        self.read_cells().await;
        self.reports.summaries_with_cells(ids, keys, at).await
    }

    async fn resolve(&self, key: &ReportKey, at: ReadAt) -> Result<Vec<ReportId>, StoreError> {
        self.reports.resolve(key, at).await
    }

    async fn findings(
        &self,
        query: &FindingQuery,
        page: &PageRequest,
    ) -> Result<Page<StoredFinding>, StoreError> {
        self.reports.findings(query, page).await
    }

    async fn report_changes(
        &self,
        purpose: Purpose,
        after: ChangePlace,
        until: Position,
        limit: u32,
    ) -> Result<Vec<ReportChange>, StoreError> {
        self.reports.report_changes(purpose, after, until, limit).await
    }

    async fn position_at(&self, time: Timestamp) -> Result<Position, StoreError> {
        self.reports.position_at(time).await
    }
}

pub(crate) struct Stored {
    pub(crate) slow: Arc<Slow>,
    pub(crate) handler: Handler,
}

pub(crate) fn stored() -> Stored {
    let clock = Arc::new(ManualClock::starting_at(Timestamp::from_micros(1_600_000_000_000_000)));
    let store = Arc::new(MemoryStore::new(clock, Limits::STANDARD));
    let slow = Arc::new(Slow::of(store.clone()));
    let dependencies = Dependencies {
        reports: slow.clone(),
        histories: store.clone(),
        search: store.clone(),
        documents: store.clone(),
        reviews: store.clone(),
        changes: store.clone(),
        token_key: TokenKey::new([7; 32]),
    };
    Stored { slow, handler: Handler::new(&dependencies, CancellationToken::new()) }
}

impl Stored {
    /// Stores a published report, and gives its name.
    pub(crate) async fn publish(&self, report: &Report) -> String {
        let store = &self.slow.reports;
        let content = format!("{report:?}").into_bytes();
        let new = NewSubmission {
            caller: "test".to_owned(),
            request_id: None,
            item: None,
            purpose: Purpose::Published,
            priority: Default::default(),
            media_type: "text/plain".to_owned(),
            name: String::new(),
            source: String::new(),
            content: Content::Bytes(content.into()),
            trace: None,
        };
        let id = store.accept(new).await.unwrap().submission.id;
        let worker = Worker { name: "test".to_owned(), extractor_version: 1 };
        let lease = store.begin_attempts(&[id], &worker, Duration::from_secs(60)).await.unwrap()[0].lease;
        let outcome = AttemptOutcome::Reports(vec![NewRevision::pack(report).unwrap()]);
        let completion = Completion { lease, extractor_version: 1, outcome };
        let submission = store.complete(vec![completion]).await.unwrap().remove(0).unwrap();
        submission.reports[0].report.to_string()
    }
}
