//! How much is taken in.

use gongkai_store::DOCUMENT_BYTES_MAX;
use gongkai_wire::{CHUNK_BYTES_MAX, ErrorReason};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use tonic::Status;
use tonic_types::ErrorDetails;

/// Bytes of documents that are in work at the same time; more wait, and are refused when the wait gets long.
pub(crate) const BYTES_IN_WORK_MAX: usize = 64 * 1024 * 1024;

/// Bytes of a text or a web page.
const TEXT_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// How long a document waits for its turn before it is refused, and when to come back then.
const TURN_PATIENCE: Duration = Duration::from_secs(2);
const TURN_RETRY_AFTER: Duration = Duration::from_secs(1);

/// How files of packed and binary formats begin: those may be larger than text. What a document is in truth, its reader
/// decides.
const BINARY_SIGNATURES: [&[u8]; 10] = [
    b"%PDF",
    b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0",
    b"{\\rtf",
    b"\xff\xd8\xff",
    b"\x89PNG",
    b"GIF8",
    b"II*\x00",
    b"MM\x00*",
    b"Rar!",
];

/// Bytes that are enough to know a format by.
pub(crate) const SIGNATURE_BYTES: usize = 8;

/// Bytes that a document beginning with `head` may have.
pub(crate) fn document_bytes_max(head: &[u8]) -> u64 {
    match BINARY_SIGNATURES.iter().any(|signature| head.starts_with(signature)) {
        true => DOCUMENT_BYTES_MAX,
        false => TEXT_BYTES_MAX,
    }
}

/// Refuses a document of `bytes` bytes that begins with `head` if that is too much.
pub(crate) fn check_size(head: &[u8], bytes: u64) -> Result<(), Status> {
    let max = document_bytes_max(head);
    if bytes <= max {
        return Ok(());
    }
    Err(too_large(
        "content",
        max,
        format!("the document has more than the {max} bytes that its format may have"),
    ))
}

/// Refuses bytes that do not fit into one message.
pub(crate) fn check_piece(field: &str, bytes: usize) -> Result<(), Status> {
    if bytes <= CHUNK_BYTES_MAX {
        return Ok(());
    }
    let problem = format!("it has {bytes} bytes, at most {CHUNK_BYTES_MAX} fit into one message");
    Err(too_large(field, CHUNK_BYTES_MAX as u64, problem))
}

fn too_large(field: &str, bytes_max: u64, problem: String) -> Status {
    let mut details = ErrorDetails::new();
    details.add_bad_request_violation(field, problem.clone());
    let metadata = [("bytes_max", &*bytes_max.to_string())];
    ErrorReason::DocumentTooLarge.with(format!("{field}: {problem}"), &metadata, details)
}

/// Bounds the bytes in work.
#[derive(Clone, Debug)]
pub(crate) struct Room {
    /// One permit a KiB.
    free: Arc<Semaphore>,
}

impl Room {
    pub(crate) fn new(bytes_max: usize) -> Self {
        Self { free: Arc::new(Semaphore::new(bytes_max / 1024)) }
    }

    /// Room for `bytes`, for as long as it is held.
    pub(crate) async fn take(&self, bytes: usize) -> Result<OwnedSemaphorePermit, Status> {
        timeout(TURN_PATIENCE, self.wait(bytes)).await.unwrap_or_else(|_| Err(no_room()))
    }

    /// The same for what cannot be sent again at little cost: waits for as long as it takes.
    pub(crate) async fn wait(&self, bytes: usize) -> Result<OwnedSemaphorePermit, Status> {
        let permits = u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX);
        self.free.clone().acquire_many_owned(permits).await.map_err(|_| no_room())
    }
}

fn no_room() -> Status {
    ErrorReason::Overloaded.retry("too many bytes are in work", TURN_RETRY_AFTER)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tonic::Code;
    use tonic_types::StatusExt;

    #[test]
    fn text_may_have_8_mib_and_packed_formats_64() {
        assert!(check_size(b"<html>", 8 << 20).is_ok());
        let status = check_size(b"<html>", (8 << 20) + 1).unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
        let info = status.get_details_error_info().unwrap();
        assert_eq!(info.reason, "DOCUMENT_TOO_LARGE");
        assert_eq!(info.metadata["bytes_max"], "8388608");
        assert!(check_size(b"%PDF-1.7", 64 << 20).is_ok());
        assert!(check_size(b"%PDF-1.7", (64 << 20) + 1).is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn what_finds_no_room_is_refused_with_a_time_to_come_back() {
        let room = Room::new(4096);
        let held = room.take(4000).await.unwrap();
        let status = room.take(1).await.unwrap_err();
        assert_eq!(status.code(), Code::Unavailable);
        assert!(status.get_details_retry_info().is_some());
        drop(held);
        assert!(room.take(4096).await.is_ok());
    }
}
