//! Reports straight into a store, through what the store offers to whoever reads documents. Several reports stand in one
//! document, and no document is read: a million takes minutes instead of an hour.

use crate::generate::{Corpus, EXTRACTOR_VERSION};
use futures::StreamExt as _;
use futures::future::try_join_all;
use gongkai_model::{Priority, Purpose};
use gongkai_store::{
    AttemptOutcome, Completion, Content, NewRevision, NewSubmission, Store, StoreError, Worker,
};
use std::sync::Arc;
use std::time::Duration;

/// Reports in one document, and documents that are completed together.
const PARTS: u64 = 25;
const TOGETHER: usize = 8;
/// Groups of documents on their way at the same time.
const GROUPS: usize = 3;
const LEASE: Duration = Duration::from_secs(600);

/// Stores all reports of a corpus, and tells how many are there each time some have come.
pub async fn fill(
    store: Arc<dyn Store>,
    corpus: &Corpus,
    mut tell: impl FnMut(u64),
) -> Result<(), StoreError> {
    let documents: Vec<u64> = (0..corpus.reports.div_ceil(PARTS)).collect();
    let groups = documents.chunks(TOGETHER).map(<[u64]>::to_vec).collect::<Vec<_>>();
    let mut filled = futures::stream::iter(groups)
        .map(|group| tokio::spawn(complete(store.clone(), corpus.clone(), group)))
        .buffered(GROUPS);
    let mut there = 0;
    while let Some(stored) = filled.next().await {
        there += stored.unwrap()?;
        tell(there);
    }
    Ok(())
}

async fn complete(store: Arc<dyn Store>, corpus: Corpus, documents: Vec<u64>) -> Result<u64, StoreError> {
    let accept = |number: &u64| {
        store.accept(NewSubmission {
            caller: "bench".to_owned(),
            request_id: None,
            item: None,
            purpose: Purpose::Published,
            priority: Priority::Normal,
            media_type: "text/plain".to_owned(),
            name: format!("{number}.txt"),
            source: String::new(),
            content: Content::Bytes(format!("made-up document {number}").into()),
            trace: None,
        })
    };
    let accepted = try_join_all(documents.iter().map(accept)).await?;
    let due = store.claim_due(1000, LEASE).await?;
    store.mark_published(&due).await?;
    let ids: Vec<_> = accepted.iter().map(|it| it.submission.id).collect();
    let worker = Worker { name: "bench".to_owned(), extractor_version: EXTRACTOR_VERSION };
    let attempts = store.begin_attempts(&ids, &worker, LEASE).await?;
    let packed = tokio::task::spawn_blocking(move || {
        documents.into_iter().map(|number| pack(&corpus, number)).collect::<Result<Vec<_>, _>>()
    });
    let packed = packed.await.unwrap()?;
    let stored = packed.iter().map(|reports| reports.len() as u64).sum();
    // Attempts come in the order of their submissions.
    assert_eq!(attempts.len(), packed.len());
    let completions = attempts.into_iter().zip(packed).map(|(attempt, reports)| Completion {
        lease: attempt.lease,
        extractor_version: EXTRACTOR_VERSION,
        outcome: AttemptOutcome::Reports(reports),
    });
    for completed in store.complete(completions.collect()).await? {
        completed?;
    }
    Ok(stored)
}

fn pack(corpus: &Corpus, document: u64) -> Result<Vec<NewRevision>, StoreError> {
    let first = document * PARTS;
    let count = PARTS.min(corpus.reports - first);
    let parts = u32::try_from(count).unwrap();
    (0..parts)
        .map(|part| NewRevision::pack(&corpus.report(first + u64::from(part), part + 1, parts)))
        .collect()
}
