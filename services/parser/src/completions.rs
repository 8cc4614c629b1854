//! Hands outcomes to the ledger. What is ready at the same time goes together: one transaction costs one sync of the
//! disk, however many outcomes are in it.

use crate::patience::insist;
use gongkai_store::{Completion, Ledger, StoreError, Submission};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// Outcomes that may wait, and that go together.
const WAITING_MAX: usize = 256;
const TOGETHER_MAX: usize = 64;
type Answer = oneshot::Sender<Result<Submission, StoreError>>;

/// Where outcomes are handed in.
#[derive(Clone)]
pub(crate) struct Completions {
    waiting: mpsc::Sender<(Completion, Answer)>,
}

/// Where they come out.
pub(crate) struct Completing {
    waiting: mpsc::Receiver<(Completion, Answer)>,
}

pub(crate) fn channel() -> (Completions, Completing) {
    let (sender, receiver) = mpsc::channel(WAITING_MAX);
    (Completions { waiting: sender }, Completing { waiting: receiver })
}

impl Completions {
    /// Ends an attempt with its outcome.
    pub(crate) async fn complete(&self, completion: Completion) -> Result<Submission, StoreError> {
        let ended = || StoreError::Unavailable("nobody hands outcomes to the ledger any more".into());
        let (answer, answered) = oneshot::channel();
        self.waiting.send((completion, answer)).await.map_err(|_| ended())?;
        answered.await.map_err(|_| ended())?
    }
}

impl Completing {
    /// Hands outcomes to the ledger until nobody can hand in more.
    pub(crate) async fn run(mut self, ledger: &dyn Ledger) {
        let mut together = Vec::with_capacity(TOGETHER_MAX);
        while 0 < self.waiting.recv_many(&mut together, TOGETHER_MAX).await {
            let (completions, answers): (Vec<_>, Vec<_>) = together.drain(..).unzip();
            let results = complete(ledger, completions).await;
            for (answer, result) in answers.into_iter().zip(results) {
                // Who has stopped waiting loses nothing: the outcome stands in the ledger.
                let _ = answer.send(result);
            }
        }
    }
}

/// Completes with patience: repeating a completion changes nothing, so one whose outcome is unknown is repeated.
async fn complete(ledger: &dyn Ledger, completions: Vec<Completion>) -> Vec<Result<Submission, StoreError>> {
    let count = completions.len();
    match insist("take outcomes", || ledger.complete(completions.clone())).await {
        Ok(results) => results,
        Err(error) => {
            // One error for all who wait: each hears of it, and of the same kind.
            let is_refused = matches!(error, StoreError::Refused(_));
            let error: Arc<StoreError> = Arc::new(error);
            let told = |_| match is_refused {
                true => Err(StoreError::Refused(error.clone().into())),
                false => Err(StoreError::Unavailable(error.clone().into())),
            };
            (0..count).map(told).collect()
        }
    }
}
