use super::*;
use gongkai_model::{Priority, Purpose, SubmissionId};
use gongkai_queue::{Message, Queue, QueueError};
use gongkai_store::contract::{LIMITS, Subject, upholds};
use gongkai_store::{
    AttemptOutcome, Batches, Completion, Content, Documents, Intake, Ledger, ManualClock, NewFailure,
    NewSubmission, Outbox, Receipt, Store, Submissions, Worker,
};
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;

/// An engine in a folder of its own, with a clock that stands until it is moved.
pub(super) struct Fresh {
    pub engine: SqliteEngine,
    pub clock: Arc<ManualClock>,
    pub folder: TempDir,
}

pub(super) fn options(folder: &TempDir, clock: &Arc<ManualClock>) -> SqliteOptions {
    SqliteOptions {
        path: folder.path().join("gongkai.db"),
        clock: clock.clone(),
        limits: LIMITS,
        readers: 2,
        queue_lease: Duration::from_secs(60),
        queue_messages_max: 5,
    }
}

pub(super) async fn fresh() -> Fresh {
    let folder = TempDir::new().unwrap();
    let clock = Arc::new(ManualClock::starting_at(Timestamp::from_micros(1_600_000_000_000_000)));
    let engine = SqliteEngine::open(options(&folder, &clock)).await.unwrap();
    Fresh { engine, clock, folder }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_store_upholds_the_contract() {
    let folder = TempDir::new().unwrap();
    let count = AtomicU32::new(0);
    upholds(async || {
        let clock = Arc::new(ManualClock::starting_at(Timestamp::from_micros(1_600_000_000_000_000)));
        let path = folder.path().join(count.fetch_add(1, Ordering::Relaxed).to_string());
        let engine = SqliteEngine::open(SqliteOptions { path, ..options(&folder, &clock) }).await.unwrap();
        let store: Arc<dyn Store> = engine.store();
        Subject { store, clock }
    })
    .await;
}

#[tokio::test]
async fn the_queue_upholds_the_contract() {
    let Fresh { engine, clock, folder: _folder } = fresh().await;
    let queue = engine.queue();
    let expire_leases = || clock.advance(Duration::from_secs(60));
    let subject = gongkai_queue::contract::Subject {
        queue: &*queue,
        expire_leases: &expire_leases,
        settle: &gongkai_queue::contract::at_once,
        messages_max: 5,
    };
    gongkai_queue::contract::upholds(&subject).await;
}

fn submission(bytes: &'static str) -> NewSubmission {
    NewSubmission {
        caller: String::new(),
        request_id: None,
        item: None,
        purpose: Purpose::Published,
        priority: Priority::Normal,
        media_type: String::new(),
        name: String::new(),
        source: String::new(),
        content: Content::Bytes(bytes.into()),
        trace: None,
    }
}

fn worker() -> Worker {
    Worker { name: "worker".to_owned(), extractor_version: 1 }
}

const LEASE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn what_was_acknowledged_is_there_after_the_file_is_opened_again() {
    let Fresh { engine, clock, folder } = fresh().await;
    let accepted = engine.store().accept(submission("one")).await.unwrap().submission;
    let message = Message::new(vec![accepted.id], Priority::Normal).unwrap();
    engine.queue().publish(message.clone()).await.unwrap();
    engine.close().await;
    drop(engine);

    let engine = SqliteEngine::open(options(&folder, &clock)).await.unwrap();
    assert_eq!(engine.store().submission(accepted.id).await.unwrap(), accepted);
    assert_eq!(engine.store().backlog().await.unwrap().waiting, 1);
    assert_eq!(engine.store().document_bytes(accepted.document, 9).await.unwrap(), "one");
    assert_eq!(engine.queue().receive(1, Duration::ZERO).await.unwrap()[0].message, message);
    // Positions go on where they were.
    let next = engine.store().accept(submission("two")).await.unwrap().submission;
    assert!(accepted.position < next.position);
}

#[tokio::test]
async fn what_a_dead_process_had_in_hand_is_free_when_the_file_is_opened_again() {
    let Fresh { engine, clock, folder } = fresh().await;
    let store = engine.store();
    let begun = store.accept(submission("one")).await.unwrap().submission.id;
    let claimed = store.claim_due(1, LEASE).await.unwrap();
    store.mark_published(&claimed).await.unwrap();
    store.begin_attempts(&[begun], &worker(), LEASE).await.unwrap();
    let waiting = store.accept(submission("two")).await.unwrap().submission.id;
    store.claim_due(1, LEASE).await.unwrap();
    engine.queue().publish(Message::new(vec![begun], Priority::Normal).unwrap()).await.unwrap();
    assert_eq!(engine.queue().receive(1, Duration::ZERO).await.unwrap().len(), 1);
    // As after a kill: nobody said good-bye.
    drop(store);
    engine.close().await;
    drop(engine);

    let engine = SqliteEngine::open(options(&folder, &clock)).await.unwrap();
    let store = engine.store();
    assert_eq!(store.reannounce(Duration::from_secs(600), 10).await.unwrap(), 1);
    let due = store.claim_due(10, LEASE).await.unwrap();
    let mut due: Vec<_> = due.iter().map(|announcement| announcement.submission).collect();
    due.sort_unstable();
    assert_eq!(due, [begun, waiting]);
    assert_eq!(engine.queue().receive(1, Duration::ZERO).await.unwrap().len(), 1);
    assert_eq!(store.begin_attempts(&[begun], &worker(), LEASE).await.unwrap()[0].attempt, 2);
}

#[tokio::test]
async fn a_file_is_open_in_one_process_at_a_time() {
    let Fresh { engine, clock, folder } = fresh().await;
    let second = SqliteEngine::open(options(&folder, &clock)).await;
    assert!(matches!(second, Err(OpenError::InUse { .. })));
    engine.close().await;
    drop(engine);
    assert!(SqliteEngine::open(options(&folder, &clock)).await.is_ok());
}

#[tokio::test]
async fn a_file_that_is_no_database_is_not_opened() {
    let folder = TempDir::new().unwrap();
    let clock = Arc::new(ManualClock::starting_at(Timestamp::from_micros(0)));
    std::fs::write(folder.path().join("gongkai.db"), [b'x'; 8192]).unwrap();
    let opened = SqliteEngine::open(options(&folder, &clock)).await;
    assert!(matches!(opened, Err(OpenError::Sql { .. } | OpenError::Migrate { .. })));
}

#[tokio::test]
async fn a_closed_store_is_unavailable() {
    let Fresh { engine, folder: _folder, .. } = fresh().await;
    let (store, queue) = (engine.store(), engine.queue());
    engine.close().await;
    assert!(matches!(store.accept(submission("one")).await, Err(StoreError::Unavailable(_))));
    assert!(matches!(store.submission(SubmissionId::generate()).await, Err(StoreError::Unavailable(_))));
    assert!(matches!(store.wait_for_due(LEASE).await, Err(StoreError::Unavailable(_))));
    let message = Message::new(vec![SubmissionId::generate()], Priority::Normal).unwrap();
    assert!(matches!(queue.publish(message).await, Err(QueueError::Unavailable(_))));
}

#[tokio::test]
async fn a_full_disk_is_unavailable_and_loses_nothing() {
    let Fresh { engine, folder: _folder, .. } = fresh().await;
    let store = engine.store();
    let accepted = store.accept(submission("one")).await.unwrap().submission;
    // A database that may not grow is a disk that is full.
    let pages = |statement: &'static str| {
        store.0.writer.write(move |transaction| {
            Box::pin(async move {
                sqlx::query(statement).execute(&mut transaction.connection).await.map_err(sql)?;
                Ok(())
            })
        })
    };
    pages("PRAGMA max_page_count = 1").await.unwrap();
    let mut noise = vec![0_u8; 300_000];
    let mut state = 1_u32;
    for byte in &mut noise {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *byte = (state >> 24) as u8;
    }
    let large = || NewSubmission { content: Content::Bytes(noise.clone().into()), ..submission("") };
    assert!(matches!(store.accept(large()).await, Err(StoreError::Unavailable(_))));
    assert_eq!(store.submission(accepted.id).await.unwrap(), accepted);
    assert_eq!(store.backlog().await.unwrap().waiting, 1);
    pages("PRAGMA max_page_count = 1000000").await.unwrap();
    let accepted = store.accept(large()).await.unwrap().submission;
    assert_eq!(store.document_bytes(accepted.document, 300_000).await.unwrap(), noise);
}

#[tokio::test]
async fn work_that_fails_leaves_its_neighbours_in_the_same_transaction_alone() {
    let Fresh { engine, folder: _folder, .. } = fresh().await;
    let store = engine.store();
    let refused = async {
        let written = store.0.writer.write(|transaction| {
            Box::pin(async move {
                transaction.announce(SubmissionId::generate(), 1, transaction.now).await?;
                Err::<(), _>(StoreError::CursorInvalid)
            })
        });
        assert!(matches!(written.await, Err(StoreError::CursorInvalid)));
    };
    let (first, (), second) =
        tokio::join!(store.accept(submission("one")), refused, store.accept(submission("two")));
    let (first, second) = (first.unwrap().submission, second.unwrap().submission);
    let mut positions = [first.position.0, second.position.0];
    positions.sort_unstable();
    assert_eq!(positions, [1, 2]);
    assert_eq!(store.backlog().await.unwrap().waiting, 2);
    let rows: i64 =
        sqlx::query_scalar("SELECT count(*) FROM outbox").fetch_one(&store.0.readers).await.unwrap();
    assert_eq!(rows, 2);
}

/// The plans of what is asked often: each looks its rows up, none walks through a table.
#[tokio::test]
async fn frequent_statements_use_an_index() {
    let Fresh { engine, folder: _folder, .. } = fresh().await;
    let readers = &engine.store().0.readers;
    let constants = [
        super::outbox::FREQUENT,
        super::ledger::FREQUENT,
        super::revisions::FREQUENT,
        super::queue::FREQUENT,
    ];
    let constants = constants.concat().into_iter().map(str::to_owned);
    let constants = constants.chain(super::ledger::frequent_lists());
    let constants = constants.chain(crate::histories::frequent());
    let ordered = constants.chain(crate::reports::frequent::<Shared>()).map(|statement| (statement, true));
    let filtered = crate::reports::filtered::<Shared>().into_iter().map(|statement| (statement, false));
    let searching = crate::search::statements::<Shared>().into_iter();
    let searching = searching.chain(crate::sharing::statements()).map(|statement| (statement, true));
    let filtered = filtered.chain(searching);
    for (statement, is_ordered) in ordered.chain(filtered) {
        let plan = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
        let steps = sqlx::query(plan).fetch_all(readers).await.unwrap();
        let steps: Vec<String> = steps.iter().map(|step| sqlx::Row::get(step, "detail")).collect();
        let scans: Vec<_> = steps
            .iter()
            .filter(|step| {
                // `q` is the list that comes with the statement, `found` a page that was chosen already.
                step.starts_with("SCAN")
                    && !["SCAN q", "SCAN found"].contains(&step.as_str())
                    && !step.contains("INDEX")
                    && !step.contains("CONSTANT ROW")
            })
            .collect();
        assert!(scans.is_empty(), "{statement}\n{scans:?}");
        assert!(
            !is_ordered || !steps.iter().any(|step| step.contains("TEMP B-TREE FOR ORDER BY")),
            "{statement}\n{steps:?}"
        );
    }
}

/// An order that begins with what an index has is gone through by it: only reports that are equal by that are sorted.
#[tokio::test]
async fn an_order_begins_with_an_index_where_there_is_one() {
    use gongkai_store::SortField;
    let Fresh { engine, folder: _folder, .. } = fresh().await;
    for (fields, statement) in crate::reports::sorted::<Shared>() {
        let plan = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
        let steps = sqlx::query(plan).fetch_all(&engine.store().0.readers).await.unwrap();
        let steps: Vec<String> = steps.iter().map(|step| sqlx::Row::get(step, "detail")).collect();
        assert!(
            !steps
                .iter()
                .any(|step| step.starts_with("SCAN") && step != "SCAN found" || step.contains("AUTOMATIC")),
            "{statement}\n{steps:?}"
        );
        // The page itself is always put in order, which is a few rows.
        let chosen = steps
            .iter()
            .take_while(|step| *step != "SCAN found")
            .filter(|step| step.contains("USE TEMP B-TREE FOR ORDER BY"));
        let has_index = !matches!(fields.first(), None | Some(SortField::FindingsFailing));
        assert_eq!(chosen.count() == 0, has_index || fields.is_empty(), "{statement}\n{steps:?}");
    }
}

/// What is asked of a batch is found by its indexes, however many items other batches have.
#[tokio::test]
async fn what_is_asked_of_a_batch_uses_an_index() {
    let Fresh { engine, folder: _folder, .. } = fresh().await;
    let id = gongkai_model::BatchId::generate();
    let of_batch = crate::batches::statements_of(id).into_iter();
    let of_batch =
        of_batch.chain(crate::submissions::statements_of(id)).map(|statement| statement.text.into_owned());
    for statement in of_batch.chain(super::batches::FREQUENT.map(str::to_owned)) {
        let plan = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
        let steps = sqlx::query(plan).fetch_all(&engine.store().0.readers).await.unwrap();
        let steps: Vec<String> = steps.iter().map(|step| sqlx::Row::get(step, "detail")).collect();
        let is_search = |step: &&String| step.starts_with("SEARCH") && step.contains(" INDEX ");
        let tables = ["batches", "submissions", "batch_refusals"].map(|table| format!(" {table} "));
        let reads: Vec<_> =
            steps.iter().filter(|step| tables.iter().any(|table| step.contains(table))).collect();
        assert!(
            !reads.is_empty()
                && reads
                    .iter()
                    .all(|step| is_search(step) || step.contains("PRIMARY KEY") && !step.contains("rowid")),
            "{statement}\n{steps:?}"
        );
    }
}

#[tokio::test]
async fn a_file_that_has_a_later_migration_gets_the_one_before() {
    let Fresh { engine, clock, folder } = fresh().await;
    engine.close().await;
    drop(engine);
    let path = folder.path().join("gongkai.db");
    std::fs::remove_file(&path).unwrap();
    let mut connection =
        SqliteConnectOptions::new().filename(&path).create_if_missing(true).connect().await.unwrap();
    let before = MIGRATIONS.into_iter().filter(|(version, ..)| *version != 3);
    let before = before.map(|(version, description, statements)| {
        Migration::new(version, description.into(), MigrationType::Simple, statements.into_sql_str(), false)
    });
    Migrator::with_migrations(before.collect()).run(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let engine = SqliteEngine::open(options(&folder, &clock)).await.unwrap();
    assert!(engine.store().batches(&gongkai_store::PageRequest::first(1)).await.unwrap().items.is_empty());
    assert!(engine.store().accept(submission("one")).await.is_ok());
}

#[tokio::test]
async fn what_the_file_does_not_allow_is_refused_and_not_said_to_be_away() {
    let fresh = fresh().await;
    fresh.engine.close().await;
    let path = fresh.folder.path().join("gongkai.db");
    let options = SqliteConnectOptions::new().filename(path).read_only(true);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    let written = sqlx::query("DELETE FROM submissions").execute(&mut connection).await;
    assert!(matches!(sql(written.unwrap_err()), StoreError::Refused(_)));
}

/// The version before knows of no receipts, and leaves what stands there.
#[tokio::test]
async fn a_failure_that_the_version_before_noted_has_no_receipt_of_another() {
    let fresh = fresh().await;
    let store = fresh.engine.store();
    let id = store.accept(submission("one")).await.unwrap().submission.id;
    let receipt = Receipt { took: Some(Duration::from_secs(2)), memory_bytes: Some(7) };
    let failure = NewFailure { class: "PANIC".to_owned(), message: String::new(), receipt };
    let lease = store.begin_attempts(&[id], &worker(), Duration::from_secs(30)).await.unwrap()[0].lease;
    let outcome = AttemptOutcome::Dead(failure);
    store
        .complete(vec![Completion { lease, extractor_version: 1, outcome }])
        .await
        .unwrap()
        .remove(0)
        .unwrap();
    assert_eq!(store.submission(id).await.unwrap().failure.unwrap().receipt, receipt);
    fresh.engine.close().await;
    drop((store, fresh.engine));
    let file = SqliteConnectOptions::new().filename(fresh.folder.path().join("gongkai.db"));
    let mut connection = file.connect().await.unwrap();
    let fail = "UPDATE submissions SET failure_class = 'STORE', failure_at = failure_at + 1";
    sqlx::query(fail).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let engine = SqliteEngine::open(options(&fresh.folder, &fresh.clock)).await.unwrap();
    let failure = engine.store().submission(id).await.unwrap().failure.unwrap();
    assert_eq!((failure.class.as_str(), failure.receipt), ("STORE", Receipt::default()));
}

/// An error as the library tells it, with a code of which the lowest byte is the primary one.
#[derive(Debug)]
struct Coded(u32);

impl std::fmt::Display for Coded {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "code {}", self.0)
    }
}

impl std::error::Error for Coded {}

impl sqlx::error::DatabaseError for Coded {
    fn message(&self) -> &str {
        ""
    }

    fn code(&self) -> Option<Cow<'_, str>> {
        Some(self.0.to_string().into())
    }

    fn as_error(&self) -> &(dyn std::error::Error + Send + Sync + 'static) {
        self
    }

    fn as_error_mut(&mut self) -> &mut (dyn std::error::Error + Send + Sync + 'static) {
        self
    }

    fn into_error(self: Box<Self>) -> Box<dyn std::error::Error + Send + Sync + 'static> {
        self
    }

    fn kind(&self) -> sqlx::error::ErrorKind {
        sqlx::error::ErrorKind::Other
    }
}

#[test]
fn a_damaged_file_is_told_as_such_however_it_shows() {
    let told = |code| sql(sqlx::Error::Database(Box::new(Coded(code))));
    // SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_CORRUPT_VTAB, SQLITE_CORRUPT_SEQUENCE, SQLITE_CORRUPT_INDEX.
    for code in [11, 26, 267, 523, 779] {
        assert!(matches!(told(code), StoreError::Corrupt { .. }), "{code}");
    }
    // SQLITE_IOERR_READ, SQLITE_FULL, SQLITE_BUSY_SNAPSHOT.
    for code in [266, 13, 517] {
        assert!(matches!(told(code), StoreError::Unavailable(_)), "{code}");
    }
}
