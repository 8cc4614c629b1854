//! Messages as gRPC frames them: a byte that tells of compression, the length, the message; and at the end the status.

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use gongkai_wire::{ErrorReason, MESSAGE_BYTES_MAX};
use http_body_util::BodyExt as _;
use tonic::body::Body;
use tonic::codegen::http::Response;
use tonic::{Code, Status};

const HEAD_BYTES: usize = 5;
/// Bytes of one answer. Services keep theirs below a quarter of it.
const ANSWER_BYTES_MAX: usize = 4 * MESSAGE_BYTES_MAX;

/// A request of one message, which is not compressed.
pub(super) fn framed(message: &[u8]) -> Bytes {
    let mut frame = BytesMut::with_capacity(HEAD_BYTES + message.len());
    frame.put_u8(0);
    // A body has a bound that is far below this.
    frame.put_u32(u32::try_from(message.len()).unwrap_or(u32::MAX));
    frame.put_slice(message);
    frame.freeze()
}

/// The messages of an answer.
pub(super) struct Frames {
    body: Body,
    arrived: BytesMut,
}

impl Frames {
    /// # Errors
    /// What the answer says where it is a refusal.
    pub(super) fn of(answer: Response<Body>) -> Result<Self, Status> {
        match Status::from_header_map(answer.headers()) {
            Some(status) if status.code() != Code::Ok => Err(status),
            _ if !answer.status().is_success() => Err(broken()),
            _ => Ok(Self { body: answer.into_body(), arrived: BytesMut::new() }),
        }
    }

    /// The next message, or none at the end of an answer that is whole.
    ///
    /// # Errors
    /// What the answer's last words are where it has failed.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, Status> {
        loop {
            if let Some(message) = self.take()? {
                return Ok(Some(message));
            }
            let Some(frame) = self.body.frame().await.transpose()? else { return Err(broken()) };
            match frame.into_data() {
                Ok(data) => self.arrived.extend_from_slice(&data),
                Err(frame) => {
                    let trailers = frame.into_trailers().ok();
                    let status = trailers.as_ref().and_then(Status::from_header_map).ok_or_else(broken)?;
                    return match status.code() {
                        Code::Ok if self.arrived.is_empty() => Ok(None),
                        Code::Ok => Err(broken()),
                        _ => Err(status),
                    };
                }
            }
        }
    }

    /// A message that has arrived.
    fn take(&mut self) -> Result<Option<Bytes>, Status> {
        let Some((&head, _)) = self.arrived.split_first_chunk::<HEAD_BYTES>() else { return Ok(None) };
        let [compressed, length @ ..] = head;
        let length = u32::from_be_bytes(length) as usize;
        // Compression was not offered.
        if compressed != 0 || ANSWER_BYTES_MAX < length {
            return Err(broken());
        }
        if self.arrived.len() < HEAD_BYTES + length {
            return Ok(None);
        }
        self.arrived.advance(HEAD_BYTES);
        Ok(Some(self.arrived.split_to(length).freeze()))
    }
}

fn broken() -> Status {
    ErrorReason::Internal.status("the answer cannot be passed on")
}
