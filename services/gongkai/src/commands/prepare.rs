//! `gongkai prepare`: makes in the database and at the broker what services need that may not do so themselves.

use super::serve::queue_options;
use super::{Verdict, stdout};
use crate::cli::PrepareArgs;
use crate::client::block_on;
use anyhow::{Context, bail};
use gongkai_queue_amqp::{AmqpOptions, AmqpQueue, Topology};
use gongkai_store_sql::{Roles, prepare_postgres};
use std::io::Write;
use std::time::Duration;
use tokio::time::timeout;

/// How long the database may take for the changes of one update.
const STORE_PATIENCE: Duration = Duration::from_secs(15 * 60);
/// How long the broker may take.
const QUEUE_PATIENCE: Duration = Duration::from_secs(60);

pub(crate) fn run(args: &PrepareArgs) -> anyhow::Result<Verdict> {
    if args.store.is_none() && args.queue.is_none() {
        bail!("nothing to prepare; name a database with --store, a broker with --queue, or both");
    }
    block_on(async {
        let mut out = stdout();
        if let Some(store) = &args.store {
            let preparing = timeout(STORE_PATIENCE, prepare_postgres(store, roles(args).as_ref())).await;
            // The address holds a password, so it is not named.
            preparing
                .with_context(|| format!("the database took longer than {STORE_PATIENCE:?}"))?
                .context("the store that --store names cannot be prepared")?;
            writeln!(out, "the database is ready")?;
        }
        if let Some(queue) = &args.queue {
            let options = queue_options(queue, args.queue_roots.as_deref(), &args.queue_prefix).await?;
            let opening = AmqpQueue::open(AmqpOptions { topology: Topology::Declare, ..options });
            let queue = timeout(QUEUE_PATIENCE, opening)
                .await
                .with_context(|| format!("the broker took longer than {QUEUE_PATIENCE:?}"))?
                .context("the queue that --queue names cannot be prepared")?;
            let is_there = queue.is_ready();
            queue.close().await;
            // A queue that is opened goes on without its broker; nothing is prepared then.
            if !is_there {
                bail!("the broker that --queue names cannot be reached");
            }
            writeln!(out, "the broker is ready")?;
        }
        out.flush()?;
        Ok(Verdict::Fine)
    })
}

fn roles(args: &PrepareArgs) -> Option<Roles> {
    Some(Roles {
        ingest: args.ingest_role.clone()?,
        parser: args.parser_role.clone()?,
        query: args.query_role.clone()?,
    })
}
