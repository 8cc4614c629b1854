//! Keeps a connection: makes one, waits until it is lost, and makes the next.
//!
//! lapin can recover by itself, but leaves confirmations unanswered then and has been seen to come to no end. Here nothing is
//! recovered: a connection with any doubt about it is given up with all its channels, and what was open is open again.

use crate::counts::Counters;
use crate::error::ConnectError;
use crate::session::Session;
use crate::{AmqpOptions, OpenError};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

/// How long making a connection may take, everything at the broker included.
const CONNECT_PATIENCE: Duration = Duration::from_secs(15);
/// How long to leave a broker alone that could not be reached; doubled with each failure in a row, and a little more or less
/// each time, so that many processes do not come back at once.
const PAUSE_FIRST: Duration = Duration::from_millis(100);
const PAUSE_LONGEST: Duration = Duration::from_secs(5);
/// How long a connection has to last so that its loss counts as the first failure.
const LASTING: Duration = Duration::from_millis(500);

/// The present connection, if there is one.
pub(crate) type Present = watch::Receiver<Option<Arc<Session>>>;

pub(crate) struct Supervisor {
    options: Arc<AmqpOptions>,
    counters: Arc<Counters>,
    present: watch::Sender<Option<Arc<Session>>>,
    stop: CancellationToken,
    generation: u64,
}

impl Supervisor {
    /// Makes a first try. A broker that is away is no error; the supervisor tries on when it runs.
    pub(crate) async fn start(
        options: Arc<AmqpOptions>,
        counters: Arc<Counters>,
        stop: CancellationToken,
    ) -> Result<(Self, Present), OpenError> {
        let (present, receiver) = watch::channel(None);
        let mut supervisor = Self { options, counters, present, stop, generation: 0 };
        match supervisor.connect().await {
            Ok(session) => {
                supervisor.present.send_replace(Some(session));
            }
            Err(ConnectError::Away(error)) => {
                warn!(error = &*error, "the broker at {} cannot be reached yet", supervisor.options.address);
            }
            Err(ConnectError::Refused(error)) => return Err(error),
        }
        Ok((supervisor, receiver))
    }

    /// Keeps a connection until the queue is closed.
    pub(crate) async fn run(mut self) {
        let mut pause = PAUSE_FIRST;
        loop {
            let session = self.present.borrow().clone();
            if let Some(session) = session {
                let since = tokio::time::Instant::now();
                tokio::select! {
                    () = session.until_lost() => {}
                    () = self.stop.cancelled() => {}
                }
                self.present.send_replace(None);
                session.close().await;
                if LASTING <= since.elapsed() {
                    pause = PAUSE_FIRST;
                }
                if !self.stop.is_cancelled() {
                    warn!("the connection to the broker at {} is lost", self.options.address);
                }
            }
            if timeout(jittered(pause), self.stop.cancelled()).await.is_ok() {
                return;
            }
            pause = (pause * 2).min(PAUSE_LONGEST);
            let stop = self.stop.clone();
            let connected = tokio::select! {
                connected = self.connect() => connected,
                () = stop.cancelled() => return,
            };
            match connected {
                Ok(session) => {
                    info!("the broker at {} is reached", self.options.address);
                    self.present.send_replace(Some(session));
                }
                Err(ConnectError::Away(error)) => {
                    warn!(error = &*error, "the broker at {} cannot be reached", self.options.address);
                }
                // Somebody has changed it while we were away, and may change it back.
                Err(ConnectError::Refused(error)) => {
                    error!(error = &error as &dyn std::error::Error, "the broker cannot be used as it is");
                }
            }
        }
    }

    async fn connect(&mut self) -> Result<Arc<Session>, ConnectError> {
        self.generation += 1;
        let opened = timeout(CONNECT_PATIENCE, Session::open(&self.options, self.generation)).await;
        let session = opened.map_err(ConnectError::away)??;
        self.counters.connections.add(1);
        Ok(session)
    }
}

/// Three quarters of `pause` up to five quarters.
fn jittered(pause: Duration) -> Duration {
    // Every state of the standard library's hasher starts from other random keys.
    let random = RandomState::new().hash_one(0) % 1024;
    pause * 3 / 4 + pause / 2048 * u32::try_from(random).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_differ_a_little() {
        let pause = Duration::from_secs(4);
        let pauses: Vec<_> = (0..100).map(|_| jittered(pause)).collect();
        assert!(pauses.iter().all(|one| (Duration::from_secs(3)..=Duration::from_secs(5)).contains(one)));
        assert!(pauses.iter().any(|one| *one != pauses[0]));
    }
}
