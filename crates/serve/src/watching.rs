//! The loop of streams that follow changes: what is new, signs of life, and an end with the deadline or the service.

use crate::{Deadline, shutting_down, to_status};
use futures::{Stream, stream};
use gongkai_store::StoreError;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tonic::Status;

/// A sign of life comes after so much silence.
const SILENCE_MAX: Duration = Duration::from_secs(10);
/// Changes that come close together are told together: under load a watcher must not ask for each of them.
pub const GATHERING: Duration = Duration::from_millis(5);

/// Something that changes, as one caller follows it.
pub trait Watching: Send {
    /// What the caller is sent.
    type Message: Send;

    /// The next message that is ready to be sent.
    fn ready(&mut self) -> Option<Self::Message>;

    /// Tells where the caller stands, and no change.
    fn sign_of_life(&self) -> Self::Message;

    /// Whether nothing more is to come, once all that is ready was sent.
    fn is_over(&self) -> bool;

    /// Reads what has changed since it was called last, after waiting for it as long as `patience` says. A caller that has not heard
    /// anything yet has none.
    fn read(&mut self, patience: Option<Duration>) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// The messages of `watching` until its deadline, or until `stop`. The first comes at once and says where the caller stands, and after
/// it none comes later than the silence that a caller has to bear, also where others change without a pause.
pub fn watched<W: Watching>(
    watching: W,
    deadline: Deadline,
    stop: CancellationToken,
) -> impl Stream<Item = Result<W::Message, Status>> {
    let watch = Watch { watching, heard_at: None };
    stream::try_unfold((watch, stop), move |(mut watch, stop)| async move {
        let next = tokio::select! {
            next = deadline.bound(watch.next()) => next?,
            () = stop.cancelled() => return Err(shutting_down()),
        };
        Ok(next.map(|message| (message, (watch, stop))))
    })
}

struct Watch<W> {
    watching: W,
    /// When the caller heard last; never, when it begins.
    heard_at: Option<Instant>,
}

impl<W: Watching> Watch<W> {
    /// The next message; none once there is nothing more to wait for.
    async fn next(&mut self) -> Result<Option<W::Message>, Status> {
        let mut is_told = false;
        loop {
            let silence = self.heard_at.map(|heard_at| heard_at.elapsed());
            let mut message = self.watching.ready();
            if message.is_none() && silence.is_some() && self.watching.is_over() {
                return Ok(None);
            }
            if is_told || silence.is_some_and(|silence| SILENCE_MAX <= silence) {
                message = message.or_else(|| Some(self.watching.sign_of_life()));
            }
            if message.is_some() {
                self.heard_at = Some(Instant::now());
                return Ok(message);
            }
            let patience = silence.map(|silence| SILENCE_MAX.saturating_sub(silence));
            self.watching.read(patience).await.map_err(|error| to_status(&error))?;
            // A watcher learns at once where it stands, even when nothing is there.
            is_told = silence.is_none();
        }
    }
}
