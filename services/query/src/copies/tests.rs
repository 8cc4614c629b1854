use super::*;
use crate::{Dependencies, TokenKey};
use async_trait::async_trait;
use gongkai_model::{Body, Purpose, Quoted, RegionText, Report, Section};
use gongkai_store::memory::MemoryStore;
use gongkai_store::{
    AttemptOutcome, Cells, ChangePlace, Completion, Content, FindingQuery, Intake, Ledger, Limits,
    ManualClock, NewRevision, NewSubmission, Page, ReportChange, ReportSummary, Reports, RevisionInfo,
    Search, StoreError, StoredFinding, Timestamp, Worker,
};
use std::sync::atomic::{AtomicU64, Ordering};
use tokio_util::sync::CancellationToken;
use tonic::Code;
use tonic_types::StatusExt as _;

/// Reports each of which takes so many milliseconds to read. No more than one is asked for at once.
struct Slow {
    reports: Arc<MemoryStore>,
    milliseconds: AtomicU64,
}

impl Slow {
    async fn read(&self, count: usize) {
        assert!(count <= 1, "{count} records at once");
        tokio::time::sleep(Duration::from_millis(self.milliseconds.load(Ordering::Relaxed))).await;
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
        self.read(ids.len()).await;
        self.reports.reports_by_id(ids, at).await
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
        self.reports.reports_with_cells(query, page, keys).await
    }

    async fn resolve(&self, key: &gongkai_store::ReportKey, at: ReadAt) -> Result<Vec<ReportId>, StoreError> {
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

struct Stored {
    slow: Arc<Slow>,
    handler: Handler,
}

fn stored() -> Stored {
    let clock = Arc::new(ManualClock::starting_at(Timestamp::from_micros(1_600_000_000_000_000)));
    let store = Arc::new(MemoryStore::new(clock, Limits::STANDARD));
    let slow = Arc::new(Slow { reports: store.clone(), milliseconds: AtomicU64::new(0) });
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

/// Some sentences that nobody else says.
fn words(seed: u32, sentences: u32) -> String {
    let letter =
        |index: u32| char::from_u32(0x5000 + (index * index * 7 + seed * 1009 + index * seed) % 0x2000);
    (0..sentences).map(|it| (it * 40..it * 40 + 40).filter_map(letter).collect::<String>() + "。").collect()
}

impl Stored {
    /// Stores the report of a body of a division, without its document's words.
    async fn store(&self, subject: &str, region: &str, year: u16, text: &str) -> String {
        let section = Section { level: 1, title: String::new(), span: None, text: text.to_owned() };
        let report = Report {
            title: Quoted { text: format!("{region}{subject}{year}年报告"), span: None },
            year: Some(year),
            subject: Body { name: subject.to_owned(), ..Body::default() },
            region: RegionText { name: region.to_owned(), ..RegionText::default() },
            sections: vec![section],
            ..Report::default()
        };
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
        let outcome = AttemptOutcome::Reports(vec![NewRevision::pack(&report).unwrap()]);
        let completion = Completion { lease, extractor_version: 1, outcome };
        let submission = store.complete(vec![completion]).await.unwrap().remove(0).unwrap();
        submission.reports[0].report.to_string()
    }

    async fn index(&self) {
        while self.slow.reports.index(100).await.unwrap().changes != 0 {}
    }

    /// All pages of a list.
    async fn pages(&self, request: &v1::ListCopiesRequest) -> Vec<v1::ListCopiesResponse> {
        let (mut request, mut pages) = (request.clone(), Vec::new());
        loop {
            let page = list(&self.handler, request.clone()).await.unwrap();
            request.page_token = page.next_page_token.clone();
            pages.push(page);
            assert!(pages.len() < 500, "it comes to an end");
            if request.page_token.is_empty() {
                return pages;
            }
        }
    }
}

fn division(number: u32) -> String {
    char::from_u32(0x7000 + number).unwrap().to_string().repeat(2) + "县"
}

fn names(pages: &[v1::ListCopiesResponse]) -> Vec<String> {
    let copies = pages.iter().flat_map(|page| &page.copies);
    copies.map(|copy| copy.report.as_ref().unwrap().name.clone()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_page_ends_when_its_time_is_up_and_the_next_goes_on_with_the_same_template_text() {
    let it = stored();
    let mut of = Vec::new();
    for number in 0..32 {
        // The bodies of one division have the same words, and those of all others share some of them.
        let (subject, region, own) = match number {
            0..12 => (format!("第{number}局"), "甲县".to_owned(), words(100, 4)),
            _ => ("教育局".to_owned(), division(number), words(100 + number, 4)),
        };
        let text = format!("{}\n{own}\n{}", words(1, 2), words(500 + number, 2));
        of.push(it.store(&subject, &region, 2020, &text).await);
    }
    it.index().await;
    let request = v1::ListCopiesRequest { name: of[0].clone(), page_size: 50, ..Default::default() };
    let all = it.pages(&request).await;
    assert_eq!((all.len(), all[0].template_incomplete), (1, false));
    assert!(10 < all[0].template_divisions, "{}", all[0].template_divisions);

    // Ten records in the two seconds of a page, five of them for template text.
    it.slow.milliseconds.store(200, Ordering::Relaxed);
    let begun = Instant::now();
    let slow = it.pages(&request).await;
    assert!(begun.elapsed() <= Duration::from_millis(2300) * u32::try_from(slow.len()).unwrap());
    assert!(1 < slow.len());
    for page in &slow {
        assert!(page.template_incomplete && page.template_divisions == 5, "{page:?}");
        assert_eq!(page.own_letters, slow[0].own_letters);
    }
    let mut once = names(&slow);
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), names(&slow).len());

    // However slow it is, each page goes on.
    it.slow.milliseconds.store(3000, Ordering::Relaxed);
    let slowest = it.pages(&request).await;
    assert!(slowest.iter().all(|page| page.copies.len() <= 1 && page.template_divisions <= 1));
    assert!(names(&all).iter().all(|name| names(&slowest).contains(name)));
}

#[tokio::test(start_paused = true)]
async fn a_body_is_compared_with_its_own_report_of_the_year_before_among_any_number_of_its_name() {
    let it = stored();
    let mut before = Vec::new();
    for number in 0..40 {
        before.push(it.store("教育局", &division(number), 2019, &words(100 + number, 4)).await);
    }
    for number in [0, 20, 39] {
        let name = it.store("教育局", &division(number), 2020, &words(100 + number, 4)).await;
        let page = list(&it.handler, v1::ListCopiesRequest { name, ..Default::default() }).await.unwrap();
        let [copy] = page.copies.as_slice() else { panic!("{page:?}") };
        assert_eq!(copy.report.as_ref().unwrap().name, before[number as usize]);
        assert_eq!(copy.kind(), v1::CopyKind::PreviousYear);
    }
}

#[tokio::test]
async fn a_page_ends_where_a_message_is_full_and_what_is_left_out_comes_with_the_next() {
    let it = stored();
    // Each passage shows 2,000 characters in both reports.
    let text = |seed: u32| {
        let parts = (0..25).map(|part| words(1000 + part, 60) + &words(9000 + seed * 50 + part, 2));
        parts.collect::<Vec<_>>().join("\n")
    };
    let name = it.store("教育局", "甲县", 2020, &text(0)).await;
    for number in 1..10 {
        it.store("教育局", "乙县", 2000 + number, &text(number.into())).await;
    }
    it.index().await;
    let request =
        v1::ListCopiesRequest { name, page_size: 50, passages_max: 50, ..v1::ListCopiesRequest::default() };
    let pages = it.pages(&request).await;
    let mut once = names(&pages);
    assert!(1 < pages.len() && once.len() == 9, "{} pages of {}", pages.len(), once.len());
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), 9);
    for page in &pages {
        assert!(page.encoded_len() <= MESSAGE_BYTES_MAX && !page.copies.is_empty());
    }
}

#[tokio::test]
async fn no_more_are_compared_at_the_same_time_than_there_is_room_for() {
    use gongkai_wire::v1::query_service_server::QueryService as _;
    let it = stored();
    let name = it.store("教育局", "甲县", 2020, &words(1, 4)).await;
    let ask = || {
        it.handler.list_copies(tonic::Request::new(v1::ListCopiesRequest {
            name: name.clone(),
            ..v1::ListCopiesRequest::default()
        }))
    };
    let held = it.handler.comparisons.acquire_many(COMPARISONS_MAX as u32).await.unwrap();
    let refused = ask().await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    assert_eq!(refused.get_details_error_info().unwrap().reason, "OVERLOADED");
    assert_eq!(refused.get_details_retry_info().unwrap().retry_delay, Some(RETRY_AFTER));
    drop(held);
    ask().await.unwrap();
}

#[test]
fn tokens_of_a_version_before_are_read() {
    let read = |text: &str| FirstPage::read(&Cursor::from_text(text.to_owned()));
    assert_eq!(read("1f").unwrap(), FirstPage { reached: Position(31), asked: usize::MAX });
    let first = FirstPage { reached: Position(31), asked: 12 };
    assert_eq!(FirstPage::read(&first.cursor()).unwrap(), first);
    for nonsense in ["", ".", "1.", ".1", "x", "1.2.3"] {
        assert_eq!(read(nonsense).unwrap_err().code(), Code::InvalidArgument, "{nonsense}");
    }
}
