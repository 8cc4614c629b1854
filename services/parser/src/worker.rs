//! The loop: receives deliveries, begins attempts, and waits for nothing but room.

use crate::attempt::{self, Attempting};
use crate::delivery::Portion;
use crate::indexing::Activity;
use crate::leases::Leases;
use crate::permission::Permission;
use crate::reading::Reading;
use crate::verdict::Backoff;
use crate::{Dependencies, Settings, completions};
use gongkai_model::SubmissionState;
use gongkai_queue::Queue;
use gongkai_store::{Attempt, Ledger, StoreError, Submissions, Worker};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{RwLock, Semaphore};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

/// How long one call waits for a delivery.
const RECEIVE_WAIT: Duration = Duration::from_secs(5);
/// How long to leave a queue or a store alone that has failed; doubled with each failure in a row.
const PAUSE_FIRST: Duration = Duration::from_millis(100);
const PAUSE_LONGEST: Duration = Duration::from_secs(5);
/// How long the ledger may take to begin attempts.
const BEGIN_PATIENCE: Duration = Duration::from_secs(30);
/// Submissions that are begun in one transaction. An attempt counts for each of them, so it is no more than what is
/// read in a moment.
const PORTION_SIZE: usize = 16;
/// Portions in work for each worker: while some wait for the store, another one is read, and what waits together is written in fewer
/// transactions. With two of them a fifth fewer reports were read in the same time.
const PORTIONS_PER_WORKER: usize = 4;
/// Bytes of documents that are in memory at the same time. A record and its packing take some more for each.
const BYTES_IN_WORK_MAX: usize = 32 * 1024 * 1024;

/// Parses until `stop`; then takes nothing new, and returns when what was begun is completed.
pub async fn run(dependencies: Dependencies, settings: Settings, stop: CancellationToken) {
    let Dependencies { queue, ledger, submissions, operations, documents, pipeline, activity } = dependencies;
    gongkai_telemetry::metrics::parser_begins(attempt::outcomes());
    let (completions, completing) = completions::channel();
    let bytes_max = BYTES_IN_WORK_MAX.max(settings.limits.source_bytes_max);
    let attempting = Attempting {
        documents,
        reading: Reading::new(pipeline, settings.limits, settings.document_patience, settings.workers),
        leases: Leases::default(),
        completions,
        backoff: Backoff { first: settings.retry_delay_first },
        extractor_version: settings.extractor_version,
        source_bytes_max: settings.limits.source_bytes_max,
        room: Semaphore::new(bytes_max.div_ceil(1024)),
    };
    let parser = Arc::new(Parser {
        queue,
        ledger: ledger.clone(),
        submissions,
        attempting,
        worker: Worker { name: settings.name, extractor_version: settings.extractor_version },
        lease: settings.lease,
        suspicion: RwLock::new(()),
        permission: Permission::new(),
        activity,
        lanes: Arc::new(Semaphore::new(settings.workers.get() * PORTIONS_PER_WORKER)),
    });
    let drained = CancellationToken::new();
    let working = async {
        parser.clone().receive(&stop).await;
        drained.cancel();
    };
    let renewing = parser.attempting.leases.renew(&*ledger, settings.lease, &drained);
    let looking = parser.permission.look(&*operations, &drained);
    let drain = async {
        tokio::join!(working, renewing, looking);
    };
    // Whoever works waits for the answer to each outcome, so none is left when the work has ended.
    tokio::select! {
        () = drain => {}
        () = completing.run(&*ledger) => {}
    }
}

struct Parser {
    queue: Arc<dyn Queue>,
    ledger: Arc<dyn Ledger>,
    submissions: Arc<dyn Submissions>,
    attempting: Attempting,
    worker: Worker,
    lease: Duration,
    /// Held by one alone who may be a killer, and shared by all others.
    suspicion: RwLock<()>,
    permission: Permission,
    activity: Activity,
    lanes: Arc<Semaphore>,
}

impl Parser {
    /// Receives until `stop`, and returns when everything received is worked off or given back.
    async fn receive(self: Arc<Self>, stop: &CancellationToken) {
        let mut portions: VecDeque<Portion> = VecDeque::new();
        let mut working = JoinSet::new();
        let mut pause = PAUSE_FIRST;
        loop {
            if !self.permission.is_given() {
                for portion in portions.drain(..) {
                    portion.give_back(&*self.queue).await;
                }
                tokio::select! {
                    () = self.permission.given() => {}
                    () = stop.cancelled() => break,
                }
            }
            let lane = tokio::select! {
                lane = self.lanes.clone().acquire_owned() => lane,
                () = stop.cancelled() => break,
            };
            while let Some(ended) = working.try_join_next() {
                report_end(ended);
            }
            if portions.is_empty() {
                // Dropping a receive that has taken something would only make it come later.
                let received = tokio::select! {
                    received = self.queue.receive(1, RECEIVE_WAIT) => received,
                    () = stop.cancelled() => break,
                };
                match received {
                    Ok(deliveries) => {
                        pause = PAUSE_FIRST;
                        for delivery in &deliveries {
                            portions.extend(Portion::cut(delivery, PORTION_SIZE));
                        }
                    }
                    Err(error) => {
                        warn!(
                            error = &error as &dyn std::error::Error,
                            "nothing can be received, next try in {pause:?}"
                        );
                        let _ = timeout(pause, stop.cancelled()).await;
                        pause = (pause * 2).min(PAUSE_LONGEST);
                    }
                }
            }
            if !self.permission.is_given() {
                continue;
            }
            if let Some(portion) = portions.pop_front() {
                let parser = self.clone();
                working.spawn(async move {
                    let _lane = lane;
                    parser.take(portion).await;
                });
            }
        }
        for portion in portions {
            portion.give_back(&*self.queue).await;
        }
        while let Some(ended) = working.join_next().await {
            report_end(ended);
        }
    }

    /// Works a portion off, and tells the queue. One that was not begun comes again, also where beginning it has panicked:
    /// nobody else would hear of it while this process has its delivery.
    async fn take(self: Arc<Self>, portion: Portion) {
        let _active = self.activity.begin();
        let portion = Arc::new(portion);
        // A set, so that the work ends with whoever waits for it.
        let mut working = JoinSet::new();
        working.spawn(self.clone().work_off(portion.clone()));
        let is_done = match working.join_next().await {
            Some(Ok(is_done)) => is_done,
            Some(Err(error)) => {
                report_end(Err(error));
                false
            }
            None => false,
        };
        if is_done {
            portion.done(&*self.queue).await;
        } else {
            // Not at once: what failed would be asked again and again.
            tokio::time::sleep(PAUSE_FIRST).await;
            portion.give_back(&*self.queue).await;
        }
    }

    /// Whether the portion was begun; then whatever came of it stands in the ledger, or its lease runs out. While the parsers
    /// are paused none is.
    async fn work_off(self: Arc<Self>, portion: Arc<Portion>) -> bool {
        // An attempt counts when it begins. Were a document that kills the process read beside others, they would lose
        // their attempts with it, again and again.
        let (_alone, _beside);
        if self.is_suspect(&portion).await {
            _alone = self.suspicion.write().await;
        } else {
            _beside = self.suspicion.read().await;
        }
        // It may have waited for long until nobody suspicious was at work.
        if !self.permission.is_given() {
            return false;
        }
        match self.begin(&portion).await {
            Ok(attempts) => {
                let mut working = JoinSet::new();
                for attempt in attempts {
                    let (parser, trace) = (self.clone(), portion.trace.clone());
                    working.spawn(async move { parser.attempting.attempt(attempt, trace).await });
                }
                while let Some(ended) = working.join_next().await {
                    report_end(ended);
                }
                true
            }
            Err(error) => {
                warn!(
                    error = &error as &dyn std::error::Error,
                    "{} attempts cannot be begun",
                    portion.submissions.len()
                );
                false
            }
        }
    }

    /// Whether the last attempt on the one submission of a portion ended without a word, perhaps because the document
    /// has killed its reader. Such a submission is announced alone.
    async fn is_suspect(&self, portion: &Portion) -> bool {
        let [id] = portion.submissions.as_slice() else { return false };
        match timeout(BEGIN_PATIENCE, self.submissions.submission(*id)).await {
            Ok(Ok(submission)) => {
                submission.state == SubmissionState::Parsing
                    && 0 < submission.attempts
                    && submission.next_attempt_at.is_none()
            }
            // Beginning it will meet the same failure, and tell.
            Ok(Err(_)) | Err(_) => false,
        }
    }

    async fn begin(&self, portion: &Portion) -> Result<Vec<Attempt>, StoreError> {
        let begin = self.ledger.begin_attempts(&portion.submissions, &self.worker, self.lease);
        match timeout(BEGIN_PATIENCE, begin).await {
            Ok(attempts) => attempts,
            Err(elapsed) => Err(StoreError::Unavailable(elapsed.into())),
        }
    }
}

/// A task of ours never panics; one that does is a mistake to be told, and its lease runs out.
fn report_end(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        error!(error = &error as &dyn std::error::Error, "a task of the parser has failed");
    }
}
