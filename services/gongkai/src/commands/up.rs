//! `gongkai up`: everything in one process, over one SQLite file.

mod data_dir;

use super::Verdict;
use crate::cli::UpArgs;
use crate::process::{self, Process, announce};
use data_dir::DataDir;
use gongkai_serve::{Anonymous, Services};
use gongkai_store::{Limits, SystemClock};
use gongkai_store_sql::{SqliteEngine, SqliteOptions};
use std::sync::Arc;
use std::time::Duration;

/// Connections of the database for reads.
const READERS: u32 = 8;
/// How long a parser has for a delivery before it comes again. Coming again too early only costs a look-up.
const QUEUE_LEASE: Duration = Duration::from_secs(5 * 60);
/// Messages in the queue; beyond them, submissions wait in the outbox.
const QUEUE_MESSAGES_MAX: u64 = 100_000;

pub(crate) fn run(args: &UpArgs) -> anyhow::Result<Verdict> {
    let data_dir = DataDir::open(args.data_dir.as_deref(), |key| std::env::var_os(key))?;
    let workers = process::workers(args.workers);
    process::run("gongkai", &args.watching, workers, async |process| start(process, args, &data_dir).await)?;
    Ok(Verdict::Fine)
}

/// Starts what runs until the end: the listener with its services, ingest's background work, and the parser.
async fn start(process: &mut Process, args: &UpArgs, data_dir: &DataDir) -> anyhow::Result<()> {
    let engine = SqliteEngine::open(SqliteOptions {
        path: data_dir.database(),
        clock: Arc::new(SystemClock),
        limits: Limits { outbox_rows_max: args.outbox_max.get() },
        readers: READERS,
        queue_lease: QUEUE_LEASE,
        queue_messages_max: QUEUE_MESSAGES_MAX,
    })
    .await?;
    let (store, queue) = (engine.store(), engine.queue());
    process.at_end(async move { engine.close().await });
    let (listener, address) = process.listen(args.listen).await?;
    let ingest = gongkai_ingest::Dependencies {
        intake: store.clone(),
        imports: store.clone(),
        histories: store.clone(),
        documents: store.clone(),
        submissions: store.clone(),
        batches: store.clone(),
        operations: store.clone(),
        outbox: store.clone(),
        queue: queue.clone(),
        principals: Arc::new(Anonymous),
        clock: Arc::new(SystemClock),
    };
    let query = gongkai_query::Dependencies {
        reports: store.clone(),
        histories: store.clone(),
        search: store.clone(),
        documents: store.clone(),
        reviews: store.clone(),
        changes: store.clone(),
        token_key: data_dir.token_key()?,
    };
    let review = gongkai_review::Dependencies { reports: store.clone(), reviews: store.clone() };
    let indexed = store.clone();
    let parser = gongkai_parser::Dependencies {
        queue,
        ledger: store.clone(),
        submissions: store.clone(),
        operations: store.clone(),
        documents: store,
        pipeline: Arc::new(gongkai_pipeline::read_reports),
        activity: gongkai_parser::Activity::default(),
    };
    let activity = parser.activity.clone();
    let settings = gongkai_parser::Settings::standard(process::instance(), process::workers(args.workers));
    let stop = process.stop();
    let services = Services::new()?
        .with_origins(args.allow_origin.clone())
        .with(gongkai_review::service(&review))
        .with(gongkai_ingest::service(&ingest, stop.clone()))
        .with(gongkai_ingest::batches(&ingest, stop.clone()))
        .with(gongkai_ingest::snapshots(&ingest, stop.clone()))
        .with(gongkai_ingest::operations(&ingest));
    let services = gongkai_query::serve_with(services, &query, &stop).with_part("gongkai.parser");
    let until = stop.clone();
    process.spawn(async move { Ok(gongkai_serve::serve(listener, services, until).await?) });
    let until = stop.clone();
    process.spawn(async move {
        tokio::join!(
            gongkai_ingest::run_background(&ingest, &until),
            gongkai_review::look_after(&review, &until)
        );
        Ok(())
    });
    process.spawn(async move {
        tokio::join!(
            gongkai_parser::run(parser, settings, stop.clone()),
            gongkai_parser::keep_index(&*indexed, &activity, &stop)
        );
        Ok(())
    });
    if let Some(address) = args.watching.monitor {
        process.monitor(address).await?;
    }
    announce(address)
}
