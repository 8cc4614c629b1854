use super::*;
use gongkai_filter::{Comparison, Filter, Operand, Target};
use gongkai_model::{Priority, Purpose};
use gongkai_store::contract::{LIMITS, Subject, sample, upholds};
use gongkai_store::{
    AttemptOutcome, Changes, Completion, Content, Documents, Intake, Ledger, ManualClock, NewFailure,
    NewSubmission, Outbox, PageRequest, ReadAt, Receipt, ReportField, ReportKey, ReportQuery, Reports, Store,
    SubmissionFilter, Submissions, Timestamp, Worker,
};
use std::collections::HashSet;
use std::sync::PoisonError;
use uuid::Uuid;

/// Where a server is, on which the tests make databases of their own.
fn server() -> PgConnectOptions {
    let url = std::env::var("GONGKAI_TEST_POSTGRES").unwrap_or_default();
    assert!(
        !url.is_empty(),
        "tests need a PostgreSQL: start one with `./dev servers`, and `export $(./dev servers env)`"
    );
    url.parse().unwrap()
}

/// Databases that are dropped when the test ends, however it ends.
#[derive(Default)]
pub(super) struct Databases(Mutex<Vec<String>>);

impl Databases {
    /// A database of its own, made like `template` where one is given.
    pub(super) async fn add(&self, template: Option<&str>) -> String {
        let name = format!("gongkai_test_{}", Uuid::now_v7().simple());
        let template = template.unwrap_or("template0");
        run(&server(), &format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(name.clone());
        name
    }
}

impl Drop for Databases {
    fn drop(&mut self) {
        let names = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let drop_all = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                for name in names {
                    run(&server(), &format!("DROP DATABASE {name} WITH (FORCE)")).await;
                }
            });
        };
        std::thread::spawn(drop_all).join().unwrap();
    }
}

/// Runs a statement on a connection of its own.
pub(super) async fn run(options: &PgConnectOptions, statement: &str) {
    use sqlx::{ConnectOptions, Connection, Executor};
    let mut connection = options.connect().await.unwrap();
    connection.execute(AssertSqlSafe(statement.to_owned()).into_sql_str()).await.unwrap();
    connection.close().await.unwrap();
}

pub(super) fn url(database: &str) -> String {
    use sqlx::ConnectOptions;
    server().database(database).to_url_lossy().to_string()
}

pub(super) fn options(database: &str, clock: Option<Arc<ManualClock>>) -> PostgresOptions {
    PostgresOptions {
        clock: clock.map(|clock| -> Arc<dyn Clock> { clock }),
        limits: LIMITS,
        readers: 2,
        ..PostgresOptions::standard(url(database))
    }
}

pub(super) fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::starting_at(Timestamp::from_micros(1_600_000_000_000_000)))
}

/// One database for all promises, emptied for each: dropping one costs the server a checkpoint.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_store_upholds_the_contract() {
    let databases = Databases::default();
    let database = databases.add(None).await;
    let before: tokio::sync::Mutex<Option<Arc<PostgresStore>>> = tokio::sync::Mutex::default();
    upholds(async || {
        let mut before = before.lock().await;
        if let Some(before) = before.take() {
            before.close().await;
        }
        empty(&database).await;
        let clock = clock();
        let store = open_postgres(options(&database, Some(clock.clone()))).await.unwrap();
        *before = Some(store.clone());
        let store: Arc<dyn Store> = store;
        Subject { store, clock }
    })
    .await;
}

pub(super) async fn empty(database: &str) {
    run(&server().database(database), "DROP SCHEMA public CASCADE; CREATE SCHEMA public").await;
}

fn submission(bytes: impl Into<bytes::Bytes>) -> NewSubmission {
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

fn report(subject: &str, count: i64) -> AttemptOutcome {
    sample::reports(&[sample::report(subject, 2020, count)])
}

const LEASE: Duration = Duration::from_secs(30);

fn worker() -> Worker {
    Worker { name: "worker".to_owned(), extractor_version: 1 }
}

/// What a service uses, on a database of its own.
async fn unbounded(databases: &Databases) -> (String, PostgresOptions) {
    let database = databases.add(None).await;
    let options = PostgresOptions { limits: Limits::STANDARD, ..options(&database, None) };
    (database, options)
}

async fn count(database: &str, of: &str) -> i64 {
    use sqlx::{ConnectOptions, Connection};
    let mut connection = server().database(database).connect().await.unwrap();
    let count = sqlx::query_scalar(AssertSqlSafe(format!("SELECT count(*) FROM {of}")));
    let count = count.fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    count
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_that_accept_the_same_bytes_at_once_store_one_document() {
    let databases = Databases::default();
    let (database, options) = unbounded(&databases).await;
    let stores = [open_postgres(options.clone()).await.unwrap(), open_postgres(options).await.unwrap()];
    let mut calls = tokio::task::JoinSet::new();
    for call in 0..16 {
        let store = stores[call % 2].clone();
        let request_id = Some((call / 4).to_string());
        let new = NewSubmission { name: format!("{}.txt", call / 4), request_id, ..submission("one") };
        calls.spawn(async move { store.accept(new).await.unwrap() });
    }
    let answers = calls.join_all().await;
    let made: HashSet<_> = answers.iter().map(|answer| answer.submission.id).collect();
    assert_eq!((made.len(), answers.iter().filter(|answer| answer.created).count()), (4, 4));
    let info = stores[0].document(answers[0].submission.document, None).await.unwrap();
    assert_eq!(info.names.len(), 4);
    for (table, rows) in
        [("documents", 1), ("chunks", 1), ("submissions", 4), ("outbox", 4), ("request_ids", 4)]
    {
        assert_eq!(count(&database, table).await, rows, "{table}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_relays_never_have_the_same_row() {
    let databases = Databases::default();
    let (_, options) = unbounded(&databases).await;
    let stores = [open_postgres(options.clone()).await.unwrap(), open_postgres(options).await.unwrap()];
    let accepts = (0..200).map(|number| stores[number % 2].accept(submission(number.to_string())));
    futures(accepts).await;
    let mut relays = tokio::task::JoinSet::new();
    for store in stores {
        relays.spawn(async move {
            let mut claimed = Vec::new();
            loop {
                let rows = store.claim_due(7, LEASE).await.unwrap();
                if rows.is_empty() && store.backlog().await.unwrap().waiting == 0 {
                    return claimed;
                }
                store.mark_published(&rows).await.unwrap();
                claimed.extend(rows.iter().map(|row| row.submission));
            }
        });
    }
    let claimed = relays.join_all().await.concat();
    assert_eq!(claimed.len(), 200);
    assert_eq!(claimed.into_iter().collect::<HashSet<_>>().len(), 200);
}

/// All results, the calls made at once.
async fn futures<T: Send + 'static>(
    calls: impl Iterator<Item = impl Future<Output = Result<T, StoreError>>>,
) -> Vec<T> {
    let mut results = Vec::new();
    let mut calls: Vec<_> = calls.map(Box::pin).collect();
    std::future::poll_fn(|context| {
        calls.retain_mut(|call| match call.as_mut().poll(context) {
            std::task::Poll::Ready(result) => {
                results.push(result.unwrap());
                false
            }
            std::task::Poll::Pending => true,
        });
        if calls.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    results
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_reads_on_by_position_misses_nothing() {
    const EACH: usize = 60;
    let databases = Databases::default();
    let (_, options) = unbounded(&databases).await;
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..4_u64 {
        let store = open_postgres(options.clone()).await.unwrap();
        writers.spawn(async move {
            let mut accepted = Vec::new();
            let mut state = writer + 1;
            for number in 0..EACH {
                let new = submission(format!("{writer} {number}"));
                accepted.push(store.accept(new).await.unwrap().submission.id);
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                tokio::time::sleep(Duration::from_micros((state >> 33) % 3000)).await;
            }
            accepted
        });
    }
    let reader = open_postgres(options).await.unwrap();
    let (mut after, mut seen) = (Position(0), HashSet::new());
    while seen.len() < 4 * EACH {
        reader.wait_for_change(after, LEASE).await.unwrap();
        for change in reader.submission_changes(after, &SubmissionFilter::default(), 1000).await.unwrap() {
            assert!(after < change.position);
            after = change.position;
            assert!(seen.insert(change.id));
        }
    }
    let accepted: HashSet<_> = writers.join_all().await.concat().into_iter().collect();
    assert_eq!(seen, accepted);
    // No position was given twice or left out.
    assert_eq!(after.0 as usize, 4 * EACH);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ended_connections_leave_nothing_half_written() {
    let databases = Databases::default();
    let (database, options) = unbounded(&databases).await;
    let store = open_postgres(options).await.unwrap();
    let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let killer = {
        let (stop, options) = (stop.clone(), server());
        let kill = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = '{database}' AND query NOT LIKE '%pg_terminate%'"
        );
        tokio::spawn(async move {
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                run(&options, &kill).await;
                tokio::time::sleep(Duration::from_millis(15)).await;
            }
        })
    };
    let (mut accepted, mut refused) = (Vec::new(), 0);
    for number in 0..150 {
        let new = NewSubmission {
            request_id: Some(number.to_string()),
            item: None,
            name: "a".to_owned(),
            ..submission(number.to_string())
        };
        match store.accept(new).await {
            Ok(answer) => accepted.push(answer.submission),
            Err(StoreError::Unavailable(_)) => refused += 1,
            Err(error) => panic!("{error}"),
        }
    }
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    killer.await.unwrap();
    for submission in &accepted {
        assert_eq!(&store.submission(submission.id).await.unwrap(), submission);
    }
    // Whoever was refused may have been heard all the same, but whole.
    let made = count(&database, "submissions").await;
    assert!((accepted.len() as i64..=accepted.len() as i64 + refused).contains(&made), "{made} {refused}");
    for table in ["documents", "chunks", "document_names", "outbox", "request_ids"] {
        assert_eq!(count(&database, table).await, made, "{table}");
    }
    assert_eq!(store.backlog().await.unwrap().waiting as i64, made);
    assert_eq!(count(&database, &format!("counters WHERE position = {made}")).await, 1);
}

#[tokio::test]
async fn migrating_again_and_from_each_version_changes_nothing_and_a_later_schema_is_borne() {
    let databases = Databases::default();
    let mut versions: Vec<_> = (0..=MIGRATIONS.len()).map(|known| MIGRATIONS[..known].to_vec()).collect();
    // 4 was made, and is perhaps in use, before 3.
    versions.push(MIGRATIONS.into_iter().filter(|(version, ..)| *version < 6 && *version != 3).collect());
    for known in versions {
        let database = databases.add(None).await;
        let pool = pool(1).connect_with(server().database(&database)).await.unwrap();
        migrator(&known).run(&pool).await.unwrap();
        pool.close().await;
        for _ in 0..2 {
            open_postgres(options(&database, None)).await.unwrap().close().await;
        }
        let next = (
            MIGRATIONS[MIGRATIONS.len() - 1].0 + 1,
            "later",
            "ALTER TABLE submissions ADD COLUMN later BIGINT",
        );
        let pool = super::pool(1).connect_with(server().database(&database)).await.unwrap();
        migrator(&[&MIGRATIONS[..], &[next]].concat()).run(&pool).await.unwrap();
        pool.close().await;
        let store = open_postgres(options(&database, None)).await.unwrap();
        let accepted = store.accept(submission("one")).await.unwrap().submission;
        assert_eq!(store.submission(accepted.id).await.unwrap(), accepted);
        store.close().await;
    }
}

#[tokio::test]
async fn what_a_copy_has_not_yet_is_read_from_the_original() {
    let databases = Databases::default();
    let (database, options) = unbounded(&databases).await;
    let store = open_postgres(options.clone()).await.unwrap();
    let done = async |store: &PostgresStore, bytes: &'static str, subject, number| {
        let id = store.accept(submission(bytes)).await.unwrap().submission.id;
        let lease = store.begin_attempts(&[id], &worker(), LEASE).await.unwrap()[0].lease;
        let completion = Completion { lease, extractor_version: 1, outcome: report(subject, number) };
        store.complete(vec![completion]).await.unwrap().remove(0).unwrap()
    };
    let old = done(&store, "one", "甲县", 1).await.reports[0].report;
    store.close().await;
    // A copy that stands still from here on.
    let copy = databases.add(Some(&database)).await;
    let store = open_postgres(PostgresOptions { copy_url: Some(url(&copy)), ..options }).await.unwrap();
    let new = done(&store, "two", "乙县", 2).await;
    assert_eq!(store.submission(new.id).await.unwrap(), new);
    let report = new.reports[0].report;
    assert_eq!(store.report(report, ReadAt::default()).await.unwrap().info.position, new.position);
    let both = store.reports_by_id(&[old, report], ReadAt::default()).await.unwrap();
    assert!(both.iter().all(Option::is_some));
    assert_eq!(store.revisions(report, ReadAt::default()).await.unwrap().len(), 1);
    // A list without a position is the copy's, one as of a position that it has not reached is not.
    let list = async |as_of| {
        let at = ReadAt { as_of, ..Default::default() };
        let query = ReportQuery { at, ..Default::default() };
        store.reports(&query, &PageRequest::first(10)).await.unwrap().items.len()
    };
    assert_eq!((list(None).await, list(Some(new.position)).await), (1, 2));
    // A copy that is away is no reason to refuse.
    store.0.copy.as_ref().unwrap().close().await;
    assert_eq!((list(None).await, list(Some(new.position)).await), (2, 2));
}

#[tokio::test]
async fn texts_may_have_any_character_and_any_length() {
    let databases = Databases::default();
    let (_, options) = unbounded(&databases).await;
    let store = open_postgres(options).await.unwrap();
    let long: String = "\0县\u{FDD0}".chars().cycle().take(20_000).collect();
    let new = NewSubmission { name: long.clone(), source: long.clone(), ..submission("one") };
    let accepted = store.accept(new).await.unwrap().submission;
    assert_eq!(store.submission(accepted.id).await.unwrap().name, long);
    let lease = store.begin_attempts(&[accepted.id], &worker(), LEASE).await.unwrap()[0].lease;
    let completion = Completion { lease, extractor_version: 1, outcome: report(&long, 1) };
    let done = store.complete(vec![completion]).await.unwrap().remove(0).unwrap();
    let key = ReportKey { subject: long.clone(), scope: None, year: 2020 };
    assert_eq!(store.resolve(&key, ReadAt::default()).await.unwrap(), [done.reports[0].report]);
    let subject = Target { field: ReportField::Subject, key: None };
    for filter in [
        Filter::Compare(subject.clone(), Comparison::Equal, Operand::Text(long.clone())),
        Filter::Contains(subject, long.chars().skip(1).take(100).collect()),
    ] {
        let query = ReportQuery { filter: Some(filter), ..Default::default() };
        assert_eq!(store.reports(&query, &PageRequest::first(10)).await.unwrap().items.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reports_of_the_same_subject_completed_at_once_become_revisions_of_one() {
    let databases = Databases::default();
    let (_, options) = unbounded(&databases).await;
    let stores = [open_postgres(options.clone()).await.unwrap(), open_postgres(options).await.unwrap()];
    let accepts = (0..20).map(|number| stores[number % 2].accept(submission(number.to_string())));
    let ids: Vec<_> = futures(accepts).await.into_iter().map(|accepted| accepted.submission.id).collect();
    let attempts = stores[0].begin_attempts(&ids, &worker(), LEASE).await.unwrap();
    assert_eq!(attempts.len(), 20);
    let completes = attempts.iter().enumerate().map(|(number, attempt)| {
        let outcome = report("甲县", number as i64);
        stores[number % 2].complete(vec![Completion { lease: attempt.lease, extractor_version: 1, outcome }])
    });
    let mut revisions = Vec::new();
    for answers in futures(completes).await {
        revisions.extend(answers.into_iter().map(|answer| answer.unwrap().reports[0]));
    }
    let reports: HashSet<_> = revisions.iter().map(|revision| revision.report).collect();
    assert_eq!(reports.len(), 1);
    let mut numbers: Vec<_> = revisions.iter().map(|revision| revision.revision).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=20).collect::<Vec<_>>());
}

/// Also of a batch that is old and small among many: nothing walks through what is not its own.
#[tokio::test]
async fn what_is_asked_of_a_batch_uses_its_index_whatever_else_there_is() {
    use sqlx::{ConnectOptions, Connection};
    let databases = Databases::default();
    let database = databases.add(None).await;
    open_postgres(options(&database, None)).await.unwrap().close().await;
    // One item in ten is of the batch, all of them old; the others are of other batches or of none.
    let fill = "INSERT INTO submissions (accepted, id, document, purpose, name, source, media_type, epoch, state, attempts,
            reports, accepted_at, changed_at, position, announced_at, fence, batch, item)
        SELECT n, decode(md5(n::text), 'hex'), '', 1, '', '', '', 1, CASE WHEN n % 100 = 0 THEN 6 ELSE 4 END, 1, '', n, n, n,
            n, 0, CASE WHEN n % 3 = 0 THEN NULL ELSE decode(lpad(to_hex(n / 2000), 32, '0'), 'hex') END, 'k' || n
        FROM generate_series(1, 20000) n;
        INSERT INTO batch_refusals SELECT decode(lpad(to_hex(n / 100), 32, '0'), 'hex'), 'k' || n, '', 1, '', n, n
        FROM generate_series(1, 2000) n; ANALYZE";
    run(&server().database(&database), fill).await;
    let mut connection = server().database(&database).connect().await.unwrap();
    let id = gongkai_model::BatchId::from_uuid(Uuid::from_u128(1));
    let statements = crate::batches::statements_of(id).into_iter();
    for statement in statements.chain(crate::submissions::statements_of(id)) {
        let explain =
            Statement { text: format!("EXPLAIN {}", statement.text).into(), values: statement.values };
        let plan = query(&explain).fetch_all(&mut connection).await.unwrap();
        let plan =
            plan.iter().map(|row| get::<String>(row, "QUERY PLAN").unwrap()).collect::<Vec<_>>().join("\n");
        // Both hold the items of batches alone, and begin with the batch.
        assert!(plan.contains("submissions_batch") || plan.contains("submissions_item"), "{plan}");
        // The index of states is good for a state in which next to nothing is.
        for other in ["submissions_position", "Seq Scan on submissions", "submissions_pkey"] {
            assert!(!plan.contains(other), "{plan}");
        }
    }
    connection.close().await.unwrap();
}

#[tokio::test]
async fn what_the_database_does_not_allow_or_have_is_refused_and_not_said_to_be_away() {
    let databases = Databases::default();
    let database = databases.add(None).await;
    let pool = super::pool(1).connect_with(server().database(&database)).await.unwrap();
    let ask = async |statement: &'static str| sql(sqlx::query(statement).execute(&pool).await.unwrap_err());
    for statement in [
        "SELECT 1 FROM there_is_no_such_table",
        // Raised as the server does it.
        "DO $$ BEGIN RAISE EXCEPTION 'permission denied' USING ERRCODE = '42501'; END $$",
        "DO $$ BEGIN RAISE EXCEPTION 'no such user' USING ERRCODE = '28000'; END $$",
    ] {
        assert!(matches!(ask(statement).await, StoreError::Refused(_)), "{statement}");
    }
    for statement in [
        "DO $$ BEGIN RAISE EXCEPTION 'it is starting' USING ERRCODE = '57P03'; END $$",
        "DO $$ BEGIN RAISE EXCEPTION 'disk full' USING ERRCODE = '53100'; END $$",
    ] {
        assert!(matches!(ask(statement).await, StoreError::Unavailable(_)), "{statement}");
    }
    pool.close().await;
}

/// The version before knows of no receipts, and leaves what stands there.
#[tokio::test]
async fn a_failure_that_the_version_before_notes_has_no_receipt_of_another() {
    let databases = Databases::default();
    let (database, options) = unbounded(&databases).await;
    let store = open_postgres(options).await.unwrap();
    let id = store.accept(submission("one")).await.unwrap().submission.id;
    let receipt = Receipt { took: Some(Duration::from_secs(2)), memory_bytes: Some(7) };
    let failure = NewFailure { class: "PANIC".to_owned(), message: String::new(), receipt };
    let lease = store.begin_attempts(&[id], &worker(), LEASE).await.unwrap()[0].lease;
    let outcome = AttemptOutcome::Dead(failure);
    store
        .complete(vec![Completion { lease, extractor_version: 1, outcome }])
        .await
        .unwrap()
        .remove(0)
        .unwrap();
    assert_eq!(store.submission(id).await.unwrap().failure.unwrap().receipt, receipt);
    let fail =
        "UPDATE submissions SET failure_class = 'STORE', failure_message = '', failure_at = failure_at + 1,
        failure_attempt = attempts";
    run(&server().database(&database), fail).await;
    let failure = store.submission(id).await.unwrap().failure.unwrap();
    assert_eq!((failure.class.as_str(), failure.receipt), ("STORE", Receipt::default()));
}
