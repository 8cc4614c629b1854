//! `gongkai serve`: one or several of the services, over a PostgreSQL and a RabbitMQ that other processes share.

use super::Verdict;
use crate::cli::{SchemaArg, ServeArgs, Service, TopologyArg};
use crate::process::{self, Process, announce};
use anyhow::{Context, anyhow, bail};
use futures::FutureExt as _;
use gongkai_query::TokenKey;
use gongkai_queue_amqp::{AmqpOptions, AmqpQueue, Topology};
use gongkai_serve::{Anonymous, Services};
use gongkai_store::{Changes as _, Limits, Position, SystemClock};
use gongkai_store_sql::{PostgresOptions, PostgresStore, Schema, open_postgres};
use gongkai_telemetry::metrics;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tracing::warn;

pub(crate) fn run(args: &ServeArgs) -> anyhow::Result<Verdict> {
    let name = match args.services.as_slice() {
        [Service::Ingest] => "gongkai-ingest",
        [Service::Parser] => "gongkai-parser",
        [Service::Query] => "gongkai-query",
        _ => "gongkai",
    };
    let workers = process::workers(args.workers);
    process::run(name, &args.watching, workers, async |process| start(process, args).await)?;
    Ok(Verdict::Fine)
}

async fn start(process: &mut Process, args: &ServeArgs) -> anyhow::Result<()> {
    let has = |service| args.services.contains(&service);
    #[cfg(feature = "failpoints")]
    let failpoints = crate::failpoints::Failpoints::from_environment()?;
    let store = open_store(args).await?;
    let closing = store.clone();
    process.at_end(async move { closing.close().await });
    let watched = store.clone();
    let store_is_there = process.depend_on("gongkai.store", true, move || {
        let store = watched.clone();
        // The one row that every service may read.
        async move { store.wait_for_change(Position(i64::MAX), Duration::ZERO).await.is_ok() }.boxed()
    });
    let mut services = Services::new()?
        .with_grace(args.grace.into())
        .with_origins(args.allow_origin.clone())
        .with_dependency(store_is_there);

    let queue = if has(Service::Ingest) || has(Service::Parser) {
        let queue = Arc::new(open_queue(args).await?);
        let closing = queue.clone();
        process.at_end(async move { closing.close().await });
        let counting = queue.clone();
        metrics::count_queue_events(move || counting.counts().by_name().to_vec());
        let watched = queue.clone();
        // Ingest accepts without it; a parser has nothing to do.
        let queue_is_there = process.depend_on("gongkai.queue", !has(Service::Ingest), move || {
            std::future::ready(watched.is_ready()).boxed()
        });
        services = services.with_dependency(queue_is_there);
        Some(queue)
    } else {
        None
    };
    let stop = process.stop();
    if let Some(queue) = queue.clone().filter(|_| has(Service::Ingest)) {
        let ingest = gongkai_ingest::Dependencies {
            intake: store.clone(),
            imports: store.clone(),
            histories: store.clone(),
            documents: store.clone(),
            submissions: store.clone(),
            batches: store.clone(),
            operations: store.clone(),
            outbox: store.clone(),
            queue,
            principals: Arc::new(Anonymous),
            clock: Arc::new(SystemClock),
        };
        #[cfg(feature = "failpoints")]
        let ingest = failpoints.around_ingest(ingest);
        let review = gongkai_review::Dependencies { reports: store.clone(), reviews: store.clone() };
        services = services
            .with(gongkai_review::service(&review))
            .with(gongkai_ingest::service(&ingest, stop.clone()))
            .with(gongkai_ingest::batches(&ingest, stop.clone()))
            .with(gongkai_ingest::snapshots(&ingest, stop.clone()))
            .with(gongkai_ingest::operations(&ingest));
        let until = stop.clone();
        process.spawn(async move {
            tokio::join!(
                gongkai_ingest::run_background(&ingest, &until),
                gongkai_review::look_after(&review, &until)
            );
            Ok(())
        });
    }
    if has(Service::Query) {
        let query = gongkai_query::Dependencies {
            reports: store.clone(),
            histories: store.clone(),
            search: store.clone(),
            documents: store.clone(),
            reviews: store.clone(),
            changes: store.clone(),
            token_key: token_key(args.token_key.as_deref())?,
        };
        services = gongkai_query::serve_with(services, &query, &stop);
    }
    if let Some(queue) = queue.filter(|_| has(Service::Parser)) {
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
        let settings =
            gongkai_parser::Settings::standard(process::instance(), process::workers(args.workers));
        #[cfg(feature = "failpoints")]
        let (parser, settings) = failpoints.around_parser(parser, settings)?;
        services = services.with_part("gongkai.parser");
        let (until, activity) = (stop.clone(), parser.activity.clone());
        process.spawn(async move {
            tokio::join!(
                gongkai_parser::run(parser, settings, until.clone()),
                gongkai_parser::keep_index(&*indexed, &activity, &until)
            );
            Ok(())
        });
    }
    if let Some(address) = args.watching.monitor {
        process.monitor(address).await?;
    }
    let (listener, address) = process.listen(args.listen).await?;
    process.spawn(async move { Ok(gongkai_serve::serve(listener, services, stop).await?) });
    announce(address)
}

async fn open_store(args: &ServeArgs) -> anyhow::Result<Arc<PostgresStore>> {
    let options = PostgresOptions {
        copy_url: args.copy.clone(),
        schema: match args.store_schema {
            SchemaArg::Migrate => Schema::Migrate,
            SchemaArg::Expect => Schema::Expect,
        },
        limits: Limits { outbox_rows_max: args.outbox_max.get() },
        ..PostgresOptions::standard(args.store.clone())
    };
    // The address holds a password, so it is not named.
    open_postgres(options).await.context("the store that --store names cannot be used")
}

async fn open_queue(args: &ServeArgs) -> anyhow::Result<AmqpQueue> {
    let Some(address) = &args.queue else {
        bail!("ingest and parser need a queue; name it with --queue amqp://user:password@host:5672/%2f");
    };
    let options = queue_options(address, args.queue_roots.as_deref(), &args.queue_prefix).await?;
    let topology = match args.queue_topology {
        TopologyArg::Declare => Topology::Declare,
        TopologyArg::Expect => Topology::Expect,
    };
    let opened = AmqpQueue::open(AmqpOptions { topology, ..options }).await;
    opened.context("the queue that --queue names cannot be used")
}

/// How the broker at `address` is used, whatever for.
pub(super) async fn queue_options(
    address: &str,
    roots: Option<&Path>,
    prefix: &str,
) -> anyhow::Result<AmqpOptions> {
    let roots = match roots {
        Some(path) => {
            let read = tokio::fs::read_to_string(path).await;
            Some(read.with_context(|| format!("cannot read {}", path.display()))?)
        }
        None => None,
    };
    Ok(AmqpOptions {
        roots,
        connection_name: process::instance(),
        prefix: prefix.to_owned(),
        ..AmqpOptions::standard(address.parse().context("--queue names no broker")?)
    })
}

/// The key that seals page tokens: 64 hexadecimal digits that all replicas of query share.
fn token_key(written: Option<&str>) -> anyhow::Result<TokenKey> {
    let Some(written) = written else {
        warn!("without --token-key, page tokens are good at this process alone, until it ends");
        let mut key = [0; 32];
        for half in key.chunks_mut(16) {
            half.copy_from_slice(uuid::Uuid::new_v4().as_bytes());
        }
        return Ok(TokenKey::new(key));
    };
    let no_key = || anyhow!("--token-key is not 64 hexadecimal digits; `openssl rand -hex 32` makes some");
    let digits: Vec<u32> = written
        .trim()
        .chars()
        .map(|character| character.to_digit(16))
        .collect::<Option<_>>()
        .ok_or_else(no_key)?;
    let bytes: Option<Vec<u8>> = digits.chunks(2).map(byte).collect();
    let key = bytes.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok()).ok_or_else(no_key)?;
    Ok(TokenKey::new(key))
}

fn byte(digits: &[u32]) -> Option<u8> {
    let &[high, low] = digits else { return None };
    u8::try_from(high * 16 + low).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_key_is_64_hexadecimal_digits() {
        let digits = "00ff".repeat(16);
        assert!(token_key(Some(&digits)).is_ok());
        assert!(token_key(Some(&format!("{}\n", digits.to_uppercase()))).is_ok());
        assert!(token_key(None).is_ok());
        for wrong in ["", "00", &digits[1..], &format!("{digits}00"), &digits.replace('f', "g")] {
            assert!(token_key(Some(wrong)).is_err(), "{wrong}");
        }
    }
}
