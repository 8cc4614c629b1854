use super::super::tests::{Databases, clock, options, run, url};
use super::super::{PostgresOptions, PostgresStore, open_postgres};
use super::*;
use async_trait::async_trait;
use bytes::Bytes;
use gongkai_copies::Fingerprint;
use gongkai_model::{BatchId, DocumentId, Purpose, Report, ReportId, ReviewId, SubmissionId};
use gongkai_store::contract::{Subject, upholds};
use gongkai_store::{
    Accepted, Announcement, Answered, Attempt, Backlog, Batch, BatchItem, BatchProgress, Batches, Cells,
    Census, ChangePlace, Changes, Completion, ContentDigest, Cursor, DocumentInfo, Documents, FindingQuery,
    HeldSnapshot, Histories, HistoryBounds, Imports, Indexed, Intake, ItemFilter, ItemName, Lease, Ledger,
    NewBatch, NewDocument, NewHistory, NewRefusal, NewSubmission, Operations, Outbox, Overlay, Page,
    PageRequest, Pause, Position, ReadAt, Refusal, Replay, ReportChange, ReportHistory, ReportKey,
    ReportQuery, ReportSummary, Reports, ReviewChange, ReviewRequest, Reviewed, Reviews, RevisionInfo,
    Search, SearchPage, SearchQuery, Sharing, StagingId, Store, StoreError, StoredFinding, StoredReport,
    StoredReview, Submission, SubmissionFilter, Submissions, Swept, Taken, Timestamp, Worker,
};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

#[test]
fn a_name_stays_one_name_whatever_is_in_it() {
    assert_eq!(quoted("gongkai_query"), "\"gongkai_query\"");
    assert_eq!(quoted("a\"; DROP TABLE x; --"), "\"a\"\"; DROP TABLE x; --\"");
}

#[test]
fn every_table_says_who_may_use_it() {
    let migrations = MIGRATIONS.map(|(_, _, statements)| statements).concat();
    let made = migrations.lines().filter_map(|line| line.strip_prefix("CREATE TABLE "));
    let tables: Vec<_> = made.filter_map(|rest| rest.split([' ', '(']).next()).collect();
    assert!(10 < tables.len(), "{tables:?}");
    let lines = GRANTS.lines().filter(|line| !line.starts_with("--"));
    let granted: Vec<_> = lines.flat_map(|line| line.split([' ', ',', ';'])).collect();
    let forgotten: Vec<_> = tables.iter().filter(|table| !granted.contains(*table)).collect();
    assert!(forgotten.is_empty(), "grants.sql does not say who may use {forgotten:?}");
}

/// A database of its own with roles of its own, which end with the test.
struct House {
    database: String,
    roles: Roles,
    databases: Option<Databases>,
}

impl House {
    async fn new() -> Self {
        let databases = Databases::default();
        let database = databases.add(None).await;
        let id = Uuid::now_v7().simple();
        let name = |service| format!("gongkai_test_{service}_{id}");
        let roles = Roles { ingest: name("ingest"), parser: name("parser"), query: name("query") };
        for role in [&roles.ingest, &roles.parser, &roles.query] {
            run(&server(), &format!("CREATE ROLE {role} LOGIN PASSWORD 'test'")).await;
        }
        Self { database, roles, databases: Some(databases) }
    }

    fn url_of(&self, role: &str) -> String {
        let (_, host) =
            url(&self.database).rsplit_once('@').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
        format!("postgres://{role}:test@{host}")
    }

    async fn open(
        &self,
        role: &str,
        like: &PostgresOptions,
    ) -> Result<Arc<PostgresStore>, PostgresOpenError> {
        let options = PostgresOptions { url: self.url_of(role), schema: Schema::Expect, ..like.clone() };
        open_postgres(options).await
    }
}

impl Drop for House {
    fn drop(&mut self) {
        // What was granted goes with the database.
        drop(self.databases.take());
        let Roles { ingest, parser, query } = self.roles.clone();
        let drop_roles = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(run(&server(), &format!("DROP ROLE {ingest}, {parser}, {query}")));
        };
        std::thread::spawn(drop_roles).join().unwrap();
    }
}

fn server() -> sqlx::postgres::PgConnectOptions {
    url("postgres").parse().unwrap()
}

/// The store as the services have it: each as its own role.
struct AsRoles {
    ingest: Arc<PostgresStore>,
    parser: Arc<PostgresStore>,
    query: Arc<PostgresStore>,
}

macro_rules! delegate {
    ($trait:ident to $role:ident: $($name:ident($($argument:ident: $type:ty),*) -> $answer:ty;)+) => {
        #[async_trait]
        impl $trait for AsRoles {
            $(async fn $name(&self, $($argument: $type),*) -> Result<$answer, StoreError> {
                self.$role.$name($($argument),*).await
            })+
        }
    };
}

delegate! { Intake to ingest:
    begin_upload() -> StagingId;
    append(staging: StagingId, piece: Bytes) -> u64;
    abandon(staging: StagingId) -> ();
    accept(new: NewSubmission) -> Accepted;
    sweep(limit: u32) -> Swept;
}
delegate! { Reviews to ingest:
    review(change: ReviewChange) -> Reviewed;
    recall(request: &ReviewRequest) -> Option<Answered>;
    note(request: &ReviewRequest, revision: u32, said: Vec<ReviewId>) -> Answered;
    reviews(report: ReportId, purpose: Purpose) -> Vec<StoredReview>;
    overlay(report: ReportId) -> Option<Overlay>;
    overtaken(limit: u32) -> Vec<(ReportId, Purpose)>;
}
delegate! { Histories to query:
    histories(after: Option<ReportId>, until: Position, bounds: HistoryBounds) -> Vec<ReportHistory>;
}
delegate! { Imports to ingest:
    take_history(new: Arc<NewHistory>, documents: Vec<NewDocument>) -> Taken;
    hold_snapshot(snapshot: HeldSnapshot) -> ();
    held_snapshot(content: Option<ContentDigest>) -> Option<HeldSnapshot>;
}
delegate! { Outbox to ingest:
    claim_due(limit: u32, lease: Duration) -> Vec<Announcement>;
    mark_published(announcements: &[Announcement]) -> ();
    postpone(announcements: &[Announcement], due: Timestamp) -> ();
    reannounce(patience: Duration, limit: u32) -> u64;
    wait_for_due(timeout: Duration) -> ();
    backlog() -> Backlog;
}
delegate! { Submissions to ingest:
    submission(id: SubmissionId) -> Submission;
    submissions(filter: &SubmissionFilter, page: &PageRequest) -> Page<Submission>;
    submission_changes(after: Position, filter: &SubmissionFilter, limit: u32) -> Vec<Submission>;
    cancel(id: SubmissionId) -> Submission;
    replay_dead(replay: &Replay) -> Vec<Submission>;
}
delegate! { Changes to ingest:
    wait_for_change(after: Position, timeout: Duration) -> Position;
}
delegate! { Batches to ingest:
    create_batch(new: NewBatch) -> Batch;
    batch(id: BatchId) -> Batch;
    batches(page: &PageRequest) -> Page<Batch>;
    batch_progress(id: BatchId) -> BatchProgress;
    batch_items(id: BatchId, filter: &ItemFilter, page: &PageRequest) -> Page<BatchItem>;
    refuse_item(new: NewRefusal) -> Refusal;
    end_refusal(item: &ItemName) -> ();
}
delegate! { Operations to ingest:
    pause() -> Option<Pause>;
    pause_parsing(pause: &Pause) -> Pause;
    resume_parsing() -> ();
    census(now: Timestamp) -> Census;
}
delegate! { Ledger to parser:
    begin_attempts(submissions: &[SubmissionId], worker: &Worker, lease: Duration) -> Vec<Attempt>;
    renew(leases: &[Lease], lease: Duration) -> Vec<Lease>;
    complete(completions: Vec<Completion>) -> Vec<Result<Submission, StoreError>>;
}
delegate! { Documents to query:
    document(id: DocumentId, purpose: Option<Purpose>) -> DocumentInfo;
    came_since(ids: &[DocumentId], position: Position) -> Vec<DocumentId>;
    document_chunk(id: DocumentId, index: u32) -> Option<Bytes>;
    document_bytes(id: DocumentId, bytes_max: u64) -> Bytes;
}
delegate! { Reports to query:
    report(id: ReportId, at: ReadAt) -> StoredReport;
    report_changes(purpose: Purpose, after: ChangePlace, until: Position, limit: u32) -> Vec<ReportChange>;
    reports_by_id(ids: &[ReportId], at: ReadAt) -> Vec<Option<StoredReport>>;
    report_revision(id: ReportId, revision: u32, purpose: Purpose) -> StoredReport;
    revisions(id: ReportId, at: ReadAt) -> Vec<RevisionInfo>;
    reports(query: &ReportQuery, page: &PageRequest) -> Page<ReportSummary>;
    records_by_id(ids: &[ReportId], at: ReadAt) -> Vec<Option<Report>>;
    cells(ids: &[ReportId], keys: &[String], at: ReadAt) -> Vec<Option<Cells>>;
    reports_with_cells(query: &ReportQuery, page: &PageRequest, keys: &[String]) -> Page<(ReportSummary, Cells)>;
    ordered(query: &ReportQuery, after: Option<Cursor>, limit: u32) -> Page<ReportId>;
    summaries_with_cells(ids: &[ReportId], keys: &[String], at: ReadAt) -> Vec<Option<(ReportSummary, Cells)>>;
    resolve(key: &ReportKey, at: ReadAt) -> Vec<ReportId>;
    findings(query: &FindingQuery, page: &PageRequest) -> Page<StoredFinding>;
    position_at(time: Timestamp) -> Position;
}

#[async_trait]
impl Search for AsRoles {
    async fn search(&self, query: &SearchQuery, page: &PageRequest) -> Result<SearchPage, StoreError> {
        self.query.search(query, page).await
    }

    async fn sharing(&self, fingerprints: &[Fingerprint], at: ReadAt) -> Result<Sharing, StoreError> {
        self.query.sharing(fingerprints, at).await
    }

    async fn index(&self, limit: u32) -> Result<Indexed, StoreError> {
        self.parser.index(limit).await
    }
}

/// Empties the tables for the next promise: the roles keep what they were granted.
const EMPTY: &str = "DO $$ BEGIN EXECUTE (SELECT 'TRUNCATE ' || string_agg(tablename, ', ') FROM pg_tables
    WHERE schemaname = 'public' AND tablename NOT IN ('_sqlx_migrations', 'counters')); END $$;
    UPDATE counters SET position = 0, time = 0, outbox_rows = 0";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_service_upholds_its_part_of_the_contract_as_its_own_role() {
    let house = House::new().await;
    prepare_postgres(&url(&house.database), Some(&house.roles)).await.unwrap();
    let before: tokio::sync::Mutex<Vec<Arc<PostgresStore>>> = tokio::sync::Mutex::default();
    upholds(async || {
        let mut before = before.lock().await;
        for store in before.drain(..) {
            store.close().await;
        }
        run(&url(&house.database).parse().unwrap(), EMPTY).await;
        let clock = clock();
        let like = options(&house.database, Some(clock.clone()));
        let Roles { ingest, parser, query } = &house.roles;
        let roles = AsRoles {
            ingest: house.open(ingest, &like).await.unwrap(),
            parser: house.open(parser, &like).await.unwrap(),
            query: house.open(query, &like).await.unwrap(),
        };
        before.extend([roles.ingest.clone(), roles.parser.clone(), roles.query.clone()]);
        let store: Arc<dyn Store> = Arc::new(roles);
        Subject { store, clock }
    })
    .await;
    for store in before.lock().await.drain(..) {
        store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_a_services_business_is_refused() {
    let house = House::new().await;
    prepare_postgres(&url(&house.database), Some(&house.roles)).await.unwrap();
    let Roles { ingest, parser, query } = &house.roles;
    for (role, statements) in [
        (
            ingest,
            vec![
                "UPDATE revisions SET year = 1",
                "DELETE FROM revisions",
                "DELETE FROM currents",
                "DELETE FROM reviews",
                "UPDATE reviews SET bytes = ''",
                "INSERT INTO readings SELECT * FROM readings",
                "DELETE FROM submissions",
                "DELETE FROM documents",
                "DELETE FROM batches",
                "UPDATE batches SET caller = ''",
                "UPDATE documents SET blob = 1",
                "UPDATE chunks SET bytes = ''",
            ],
        ),
        (
            parser,
            vec![
                "SELECT * FROM request_ids",
                "SELECT * FROM stagings",
                "SELECT * FROM reviews",
                "DELETE FROM overlays",
                "SELECT * FROM batches",
                "SELECT * FROM batch_refusals",
                "INSERT INTO submissions SELECT * FROM submissions",
                "DELETE FROM submissions",
                "INSERT INTO documents SELECT * FROM documents",
                "UPDATE revisions SET year = 1",
                "DELETE FROM revisions",
                "DELETE FROM currents",
                "DELETE FROM readings",
            ],
        ),
        (
            query,
            vec![
                "SELECT * FROM submissions",
                "SELECT * FROM outbox",
                "SELECT * FROM batches",
                "SELECT * FROM batch_refusals",
                "SELECT * FROM request_ids",
                "UPDATE counters SET position = 1",
                "INSERT INTO revisions SELECT * FROM revisions",
                "DELETE FROM chunks",
                "INSERT INTO reviews SELECT * FROM reviews",
                "DELETE FROM overlays",
                "UPDATE search_state SET position = 0",
                "TRUNCATE search_documents",
                "DELETE FROM search_fingerprints",
                "SELECT nextval('numbers')",
            ],
        ),
    ] {
        let mut connection = sqlx::PgConnection::connect(&house.url_of(role)).await.unwrap();
        let everyones = [
            "CREATE TABLE mine (id BIGINT)",
            "DROP TABLE counters",
            "TRUNCATE outbox",
            "ALTER TABLE rules ADD x TEXT",
        ];
        for statement in statements.into_iter().chain(everyones) {
            let refused = connection.execute(statement).await;
            let Err(sqlx::Error::Database(error)) = refused else {
                panic!("{role}: {statement}: {refused:?}")
            };
            assert_eq!(error.code().as_deref(), Some("42501"), "{role}: {statement}: {error}");
        }
    }
}

#[tokio::test]
async fn who_only_expects_the_schema_says_what_is_missing_and_changes_nothing() {
    let house = House::new().await;
    let like = options(&house.database, None);
    let expecting = PostgresOptions { schema: Schema::Expect, ..like.clone() };
    let refusal = async || match open_postgres(expecting.clone()).await {
        Ok(_) => panic!("it was opened"),
        Err(error) => error.to_string(),
    };
    assert!(refusal().await.contains("lacks migration 1"), "{}", refusal().await);
    prepare_postgres(&url(&house.database), None).await.unwrap();
    // Without its privileges, a service does not even see which schema it is.
    assert!(house.open(&house.roles.query, &like).await.is_err());
    for _ in 0..2 {
        prepare_postgres(&url(&house.database), Some(&house.roles)).await.unwrap();
        house.open(&house.roles.query, &like).await.unwrap().close().await;
    }
    let latest = MIGRATIONS.last().unwrap().0;
    let forget = format!("DELETE FROM _sqlx_migrations WHERE version = {latest}");
    run(&url(&house.database).parse().unwrap(), &forget).await;
    assert!(refusal().await.contains(&format!("lacks migration {latest} ")), "{}", refusal().await);
}

/// A database that a version before has made, with these migrations.
async fn made_before(databases: &Databases, known: usize) -> String {
    let database = databases.add(None).await;
    let mut connection = connect(&database).await;
    migrator(&MIGRATIONS[..known]).run(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    database
}

async fn connect(database: &str) -> PgConnection {
    url(database).parse::<PgConnectOptions>().unwrap().connect().await.unwrap()
}

/// Lets this version open a database of which somebody uses a table, and gives that one's work to `beside` once a statement of
/// the migration waits that begins with these words.
async fn migrated_beside(database: &str, begins: &str, beside: &str) {
    let (mut user, mut other) = (connect(database).await, connect(database).await);
    user.execute("BEGIN; LOCK TABLE submissions IN ROW EXCLUSIVE MODE").await.unwrap();
    let like = options(database, None);
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE $1
        AND wait_event_type = 'Lock'";
    let wait = async |other: &mut PgConnection| {
        let ask = || sqlx::query_scalar::<_, i64>(waiting).bind(format!("%{begins}%"));
        while ask().fetch_one(&mut *other).await.unwrap() == 0 {
            sleep(Duration::from_millis(5)).await;
        }
    };
    let working = async {
        // Much less than a statement of the version before may wait.
        other.execute("SET lock_timeout = '3s'").await.unwrap();
        for _ in 0..3 {
            wait(&mut other).await;
            other.execute(AssertSqlSafe(beside.to_owned()).into_sql_str()).await.unwrap();
        }
        user.execute("COMMIT").await.unwrap();
    };
    let opening = async { open_postgres(like).await.unwrap().close().await };
    let both = async { tokio::join!(opening, working) };
    tokio::time::timeout(Duration::from_secs(120), both).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_version_before_is_not_kept_waiting_while_columns_are_added() {
    let databases = Databases::default();
    let database = made_before(&databases, 2).await;
    migrated_beside(&database, "ALTER TABLE submissions", "SELECT count(*) FROM submissions").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_version_before_writes_while_an_index_is_built() {
    let databases = Databases::default();
    let database = made_before(&databases, 5).await;
    let write = "UPDATE submissions SET position = position + 1";
    migrated_beside(&database, "CREATE UNIQUE INDEX CONCURRENTLY", write).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_index_that_was_left_half_built_is_built_again_by_however_many_begin_at_once() {
    let databases = Databases::default();
    let database = made_before(&databases, 5).await;
    let mut connection = connect(&database).await;
    let fill = "INSERT INTO submissions (accepted, id, document, purpose, name, source, media_type, epoch, state, attempts,
            reports, accepted_at, changed_at, position, announced_at, fence)
        SELECT n, decode(md5(n::text), 'hex'), '', 1, '', '', '', 1, 1, 0, '', n, n, n, n, 0 FROM generate_series(1, 9) n";
    connection.execute(fill).await.unwrap();
    for (_, index) in INDEXES {
        // Ends half-way, as if it had been ended by somebody, and leaves what it has made.
        let half = format!("CREATE UNIQUE INDEX CONCURRENTLY {index} ON submissions (purpose)");
        connection.execute(AssertSqlSafe(half).into_sql_str()).await.unwrap_err();
    }
    let open = async || open_postgres(options(&database, None)).await.unwrap().close().await;
    tokio::join!(open(), open(), open(), open());
    for (_, index) in INDEXES {
        let made = "SELECT indisvalid AND pg_get_indexdef(indexrelid) NOT LIKE '%(purpose)%' FROM pg_index
            WHERE indexrelid = $1::regclass";
        assert!(sqlx::query_scalar::<_, bool>(made).bind(index).fetch_one(&mut connection).await.unwrap());
    }
    connection.close().await.unwrap();
}
