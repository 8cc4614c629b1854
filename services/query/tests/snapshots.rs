//! Snapshots over the in-memory twin: what is left out of them is named, and everything else is there.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails in a test fails the test"
)]

mod support;

use async_trait::async_trait;
use gongkai_model::{FormId, ReportId};
use gongkai_snapshot::{Entry, MANIFEST_NAME, Manifest, PartReader, Verifier};
use gongkai_store::{Histories, HistoryBounds, Position, ReportHistory, StoreError};
use gongkai_wire::v1;
use gongkai_wire::v1::create_snapshot_response::Piece;
use gongkai_wire::v1::snapshot_service_client::SnapshotServiceClient;
use std::collections::BTreeMap;
use std::io::Cursor;
use std::sync::{Arc, Mutex};
use support::{Running, reason, report, start_over};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

/// Histories of which some have become too large since a position.
struct Grown {
    histories: Arc<dyn Histories>,
    large: Arc<Mutex<BTreeMap<ReportId, Position>>>,
}

#[async_trait]
impl Histories for Grown {
    async fn histories(
        &self,
        after: Option<ReportId>,
        until: Position,
        bounds: HistoryBounds,
    ) -> Result<Vec<ReportHistory>, StoreError> {
        let found = self.histories.histories(after, until, bounds).await?;
        let large = self.large.lock().unwrap();
        let is_large =
            |history: &ReportHistory| large.get(&history.report).is_some_and(|since| *since <= until);
        match found.first().filter(|first| is_large(first)) {
            Some(first) => Err(StoreError::HistoryTooLarge { report: first.report, actual: 9, max: 8 }),
            None => Ok(found.into_iter().take_while(|history| !is_large(history)).collect()),
        }
    }
}

async fn create(
    running: &Running,
    request: v1::CreateSnapshotRequest,
) -> Result<BTreeMap<String, Vec<u8>>, Status> {
    let mut client = SnapshotServiceClient::new(running.channel.clone());
    let mut stream = client.create_snapshot(request).await?.into_inner();
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut name = String::new();
    while let Some(message) = stream.message().await? {
        match message.piece.unwrap() {
            Piece::Head(_) => {}
            Piece::File(next) => name = next,
            Piece::Chunk(chunk) => files.entry(name.clone()).or_default().extend(chunk),
        }
    }
    Ok(files)
}

/// Without some, upon a base.
fn lenient(base: &[u8]) -> v1::CreateSnapshotRequest {
    v1::CreateSnapshotRequest {
        base_manifest: base.to_vec().into(),
        leave_out_too_large: true,
        ..Default::default()
    }
}

/// The manifest of a snapshot that is whole, and the reports in it.
fn whole(files: &BTreeMap<String, Vec<u8>>) -> (Manifest, Vec<String>) {
    let manifest = Manifest::from_bytes(&files[MANIFEST_NAME]).unwrap();
    // Records are packed with the dictionary, which versions before do not know; files without records they can read.
    assert_eq!(manifest.version, if manifest.reports == 0 { 1 } else { 2 });
    let mut verifier = Verifier::new(&manifest);
    let mut reports = Vec::new();
    for part in &manifest.parts {
        verifier.part(part, &mut Cursor::new(&files[&part.name])).unwrap();
        let mut reader = PartReader::new(&*files[&part.name]).unwrap();
        while let Some(entry) = reader.next_entry().unwrap() {
            if let Entry::Report(history, _) = entry {
                reports.push(history.report.to_string());
            }
        }
    }
    verifier.finish().unwrap();
    (manifest, reports)
}

#[tokio::test]
async fn a_report_that_is_too_large_is_named_and_keeps_no_other_back() {
    let large: Arc<Mutex<BTreeMap<ReportId, Position>>> = Arc::default();
    let grown = large.clone();
    let running = start_over(&[], |histories| Arc::new(Grown { histories, large: grown })).await;
    let mut names = Vec::new();
    for county in ["甲县", "乙县", "丙县", "丁县"] {
        names.push(running.publish(&report(county, 2020, FormId::Form2019)).await);
    }
    let all = create(&running, v1::CreateSnapshotRequest::default()).await.unwrap();
    let (base, _) = whole(&all);
    assert!(!String::from_utf8(all[MANIFEST_NAME].clone()).unwrap().contains("left_out"));

    // Two grow too large, the first and another one; one is republished; one is new.
    names.sort_unstable();
    let left_out = [names[0].clone(), names[2].clone()];
    for name in &left_out {
        large.lock().unwrap().insert(ReportId::parse(name).unwrap(), Position(base.content.position + 1));
    }
    let changed = running.publish(&report("戊县", 2020, FormId::Form2019)).await;
    let refused = create(&running, v1::CreateSnapshotRequest::default()).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::ResourceExhausted, "HISTORY_TOO_LARGE"));
    assert_eq!(refused.get_details_error_info().unwrap().metadata["report"], left_out[0]);

    let (manifest, reports) = whole(&create(&running, lenient(&[])).await.unwrap());
    assert_eq!(manifest.left_out, left_out);
    assert_eq!((manifest.reports_in_all, reports.len()), (3, 3));
    assert!(!reports.iter().any(|report| left_out.contains(report)));

    // A delta knows what the base had of them, and one upon a base without them that they were not in it.
    let delta = create(&running, lenient(&all[MANIFEST_NAME])).await.unwrap();
    let (manifest, reports) = whole(&delta);
    assert_eq!((manifest.left_out.as_slice(), reports), (&left_out[..], vec![changed]));
    let last = running.publish(&report("己县", 2020, FormId::Form2019)).await;
    let (manifest, reports) = whole(&create(&running, lenient(&delta[MANIFEST_NAME])).await.unwrap());
    assert_eq!((manifest.left_out.as_slice(), reports), (&left_out[..], vec![last.clone()]));
    // They come back where they may be carried again.
    large.lock().unwrap().clear();
    let (manifest, mut reports) = whole(&create(&running, lenient(&delta[MANIFEST_NAME])).await.unwrap());
    reports.sort_unstable();
    let mut wanted = [&left_out[..], &[last]].concat();
    wanted.sort_unstable();
    assert_eq!((manifest.left_out.len(), reports), (0, wanted));
    running.end().await;
}
