//! A part of a snapshot, kept in a file until it is whole.

use bytes::Bytes;
use gongkai_snapshot::{PART_BYTES_MAX, Part, SnapshotError, hexadecimal};
use gongkai_wire::ErrorReason;
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::{self, Seek as _, Write as _};
use std::time::Duration;
use tokio::task::spawn_blocking;
use tonic::Status;
use tracing::warn;

/// When to come back where there is no room on the disk.
const DISK_RETRY_AFTER: Duration = Duration::from_secs(30);

/// A part as it comes.
pub(super) struct Spool<'p> {
    part: &'p Part,
    file: File,
    digest: Sha256,
    bytes: u64,
}

impl<'p> Spool<'p> {
    /// A file without a name: it ends with the process, however that ends.
    pub(super) async fn begin(part: &'p Part) -> Result<Self, Status> {
        // A part goes beyond its bytes by one report with its documents.
        if 2 * PART_BYTES_MAX < part.bytes {
            return Err(damaged(&part.name, "it is larger than a part may be", None));
        }
        let file = spawn_blocking(tempfile::tempfile).await.map_err(|error| no_disk(&error.into()))?;
        let file = file.map_err(|error| no_disk(&error))?;
        Ok(Self { part, file, digest: Sha256::new(), bytes: 0 })
    }

    pub(super) async fn add(&mut self, chunk: Bytes) -> Result<(), Status> {
        self.bytes += chunk.len() as u64;
        if self.part.bytes < self.bytes {
            let problem = format!("it has more than the {} bytes that the manifest says", self.part.bytes);
            return Err(damaged(&self.part.name, &problem, None));
        }
        let mut file = self.file.try_clone().map_err(|error| no_disk(&error))?;
        let mut digest = self.digest.clone();
        let write = move || {
            digest.update(&chunk);
            file.write_all(&chunk).map(|()| digest)
        };
        let written = spawn_blocking(write).await.map_err(|error| no_disk(&error.into()))?;
        self.digest = written.map_err(|error| no_disk(&error))?;
        Ok(())
    }

    /// The file at its beginning, if it is what it has to be.
    pub(super) async fn end(mut self) -> Result<File, Status> {
        let actual = hexadecimal(&self.digest.finalize());
        if actual != self.part.sha256 {
            let problem = format!(
                "its {} bytes have the SHA-256 {actual}, and {} bytes with {} were to come",
                self.bytes, self.part.bytes, self.part.sha256
            );
            return Err(damaged(&self.part.name, &problem, Some((&self.part.sha256, &actual))));
        }
        self.file.rewind().map_err(|error| no_disk(&error))?;
        Ok(self.file)
    }
}

/// A file is not what the manifest says; with the digests that it was to have and that it has.
pub(super) fn damaged(file: &str, problem: &str, digests: Option<(&str, &str)>) -> Status {
    let mut metadata = vec![("file", file)];
    if let Some((expected, actual)) = digests {
        metadata.extend([("expected_sha256", expected), ("actual_sha256", actual)]);
    }
    let details = tonic_types::ErrorDetails::new();
    ErrorReason::SnapshotDamaged.with(format!("{file}: {problem}"), &metadata, details)
}

/// A part that is what the manifest says, and makes no sense all the same; with the report that does not.
pub(super) fn senseless(file: &str, error: &SnapshotError) -> Status {
    let mut problem = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        problem = format!("{problem}: {error}");
        cause = error.source();
    }
    let report = match error {
        SnapshotError::History(error) => Some(error.report.to_string()),
        SnapshotError::Record { report, .. } => Some(report.to_string()),
        SnapshotError::Io(_) | SnapshotError::Damaged { .. } => None,
    };
    let metadata: Vec<_> =
        [("file", file)].into_iter().chain(report.as_deref().map(|report| ("report", report))).collect();
    let details = tonic_types::ErrorDetails::new();
    ErrorReason::SnapshotDamaged.with(format!("{file}: {problem}"), &metadata, details)
}

fn no_disk(error: &io::Error) -> Status {
    warn!(error = error as &dyn std::error::Error, "a part of a snapshot cannot be kept in a temporary file");
    ErrorReason::Overloaded.retry("there is no room for a part of a snapshot", DISK_RETRY_AFTER)
}
