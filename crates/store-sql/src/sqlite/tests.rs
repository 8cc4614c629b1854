use super::*;
use gongkai_store::contract::{LIMITS, Subject, upholds};
use gongkai_store::{ManualClock, Store};
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
    let subject =
        gongkai_queue::contract::Subject { queue: &*queue, expire_leases: &expire_leases, messages_max: 5 };
    gongkai_queue::contract::upholds(&subject).await;
}
