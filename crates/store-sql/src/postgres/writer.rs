//! Puts what many callers want written at the same time into common transactions.

use super::Writing;
use super::ledger::Begin;
use super::transaction::{Failure, Transaction, again};
use crate::content::Prepared;
use gongkai_store::{
    Accepted, Announcement, Attempt, Completion, NewRefusal, NewSubmission, Refusal, StoreError, Submission,
};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tracing::warn;

/// Pieces of work that may wait.
const QUEUE_LENGTH: usize = 1024;
/// Pieces of work that share a transaction.
const BATCH_LENGTH: usize = 256;
/// How long a piece of work may wait and take.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// What is to be done, and whom to tell what came of it.
pub(super) struct Job<Q, A> {
    request: Q,
    answer: oneshot::Sender<Result<A, StoreError>>,
}

/// What came of several completions.
pub(super) type Answers = Vec<Result<Submission, StoreError>>;

/// A piece of work.
pub(super) enum Work {
    Accept(Job<Box<(NewSubmission, Prepared)>, Accepted>),
    Refuse(Job<NewRefusal, Refusal>),
    Publish(Job<Vec<Announcement>, ()>),
    Begin(Job<Begin, Vec<Attempt>>),
    Complete(Job<Vec<Completion>, Answers>),
}

/// Pieces of work by their kind.
#[derive(Default)]
struct Batch {
    accepts: Vec<Job<Box<(NewSubmission, Prepared)>, Accepted>>,
    refusals: Vec<Job<NewRefusal, Refusal>>,
    publishes: Vec<Job<Vec<Announcement>, ()>>,
    begins: Vec<Job<Begin, Vec<Attempt>>>,
    completes: Vec<Job<Vec<Completion>, Answers>>,
}

/// What came of them, in the same order.
struct Results {
    accepts: Vec<Result<Accepted, StoreError>>,
    refusals: Vec<Result<Refusal, StoreError>>,
    begins: Vec<Vec<Attempt>>,
    completes: Vec<Answers>,
}

pub(super) struct Writer {
    work: Mutex<Option<mpsc::Sender<Work>>>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

impl Writer {
    pub(super) fn start(writing: &Arc<Writing>, writers: u32) -> Self {
        let (work, waiting) = mpsc::channel(QUEUE_LENGTH);
        let waiting = Arc::new(tokio::sync::Mutex::new(waiting));
        let tasks = (0..writers).map(|_| tokio::spawn(run(writing.clone(), waiting.clone()))).collect();
        Self { work: Mutex::new(Some(work)), tasks: Mutex::new(tasks) }
    }

    /// Has a piece of work done and returns after its commit.
    pub(super) async fn write<Q, A>(&self, kind: fn(Job<Q, A>) -> Work, request: Q) -> Result<A, StoreError> {
        let unavailable = |why: &'static str| StoreError::Unavailable(why.into());
        let queue = self.work.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let queue = queue.ok_or_else(|| unavailable("the store is closed"))?;
        let (answer, answered) = oneshot::channel();
        let written = timeout(WRITE_TIMEOUT, async move {
            let work = kind(Job { request, answer });
            queue.send(work).await.map_err(|_| unavailable("the writer has ended"))?;
            drop(queue);
            answered.await.map_err(|_| unavailable("the write was not committed"))?
        });
        written.await.map_err(|elapsed| StoreError::Unavailable(elapsed.into()))?
    }

    /// Takes no more work, and returns when what waits is done.
    pub(super) async fn close(&self) {
        self.work.lock().unwrap_or_else(PoisonError::into_inner).take();
        let tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        for task in tasks {
            if let Err(error) = task.await {
                warn!(error = &error as &dyn std::error::Error, "a writer of the database has failed");
            }
        }
    }
}

async fn run(writing: Arc<Writing>, waiting: Arc<tokio::sync::Mutex<mpsc::Receiver<Work>>>) {
    let mut works = Vec::with_capacity(BATCH_LENGTH);
    loop {
        if waiting.lock().await.recv_many(&mut works, BATCH_LENGTH).await == 0 {
            return;
        }
        let mut batch = Batch::default();
        works.drain(..).for_each(|work| batch.add(work));
        batch.commit(&writing).await;
    }
}

impl Batch {
    fn add(&mut self, work: Work) {
        match work {
            Work::Accept(job) => self.accepts.push(job),
            Work::Refuse(job) => self.refusals.push(job),
            Work::Publish(job) => self.publishes.push(job),
            Work::Begin(job) => self.begins.push(job),
            Work::Complete(job) => self.completes.push(job),
        }
    }

    /// Does all of it in one transaction, or, where one piece spoils it for all, each in its own; tells who waits.
    async fn commit(self, writing: &Writing) {
        match self.persist(writing).await {
            Ok(results) => self.answer(results),
            Err(failure) if failure.is_of_its_content() => {
                for single in self.singles() {
                    single.commit_alone(writing).await;
                }
            }
            Err(failure) => self.refuse(failure.error),
        }
    }

    /// Does one piece of work. Where an attempt's end spoils it for those that are handed in with it, each goes alone.
    async fn commit_alone(mut self, writing: &Writing) {
        match self.persist(writing).await {
            Ok(results) => self.answer(results),
            Err(failure) if failure.is_of_its_content() => match self.completes.pop() {
                Some(Job { request, answer }) if 1 < request.len() => {
                    let mut answers = Vec::with_capacity(request.len());
                    for completion in request {
                        answers.push(complete_alone(completion, writing).await);
                    }
                    let _ = answer.send(Ok(answers));
                }
                last => {
                    self.completes.extend(last);
                    self.refuse(failure.error);
                }
            },
            Err(failure) => self.refuse(failure.error),
        }
    }

    async fn persist(&self, writing: &Writing) -> Result<Results, Failure> {
        let mut attempt = 1;
        loop {
            match self.try_once(writing).await {
                Err(failure) if failure.passes() && again(attempt).await => attempt += 1,
                result => return result,
            }
        }
    }

    async fn try_once(&self, writing: &Writing) -> Result<Results, Failure> {
        let mut transaction = Transaction::begin(writing).await?;
        let accepts: Vec<_> = self.accepts.iter().map(|job| &*job.request).collect();
        let blobs = transaction.store_contents(&accepts).await?;
        transaction.lock().await?;
        let published: Vec<_> = self.publishes.iter().flat_map(|job| &job.request).cloned().collect();
        transaction.mark_published(&published).await?;
        let accepts = transaction.accept(&accepts, blobs).await?;
        let refusals: Vec<_> = self.refusals.iter().map(|job| &job.request).collect();
        let refusals = transaction.refuse_items(&refusals).await?;
        let begins: Vec<_> = self.begins.iter().map(|job| &job.request).collect();
        let begins = transaction.begin_attempts(&begins).await?;
        let completes: Vec<_> = self.completes.iter().map(|job| &*job.request).collect();
        let completes = transaction.complete(&completes).await?;
        transaction.commit().await?;
        Ok(Results { accepts, refusals, begins, completes })
    }

    fn len(&self) -> usize {
        let intake = self.accepts.len() + self.refusals.len();
        intake + self.publishes.len() + self.begins.len() + self.completes.len()
    }

    fn singles(self) -> impl Iterator<Item = Self> {
        let works = self.accepts.into_iter().map(Work::Accept);
        let works = works.chain(self.refusals.into_iter().map(Work::Refuse));
        let works = works.chain(self.publishes.into_iter().map(Work::Publish));
        let works = works.chain(self.begins.into_iter().map(Work::Begin));
        works.chain(self.completes.into_iter().map(Work::Complete)).map(|work| {
            let mut single = Self::default();
            single.add(work);
            single
        })
    }

    /// Nobody listens any more where the caller has given up; the write stands all the same.
    fn answer(self, results: Results) {
        tell(self.accepts, results.accepts);
        tell(self.refusals, results.refusals);
        tell(self.begins, results.begins.into_iter().map(Ok));
        tell(self.completes, results.completes.into_iter().map(Ok));
        tell(self.publishes, std::iter::repeat_with(|| Ok(())));
    }

    fn refuse(self, error: StoreError) {
        warn!(error = &error as &dyn std::error::Error, pieces = self.len(), "a transaction has failed");
        let told = error.to_string();
        let mut error = Some(error);
        // The first one has the whole cause.
        let mut next = move || error.take().unwrap_or_else(|| StoreError::Unavailable(told.clone().into()));
        tell(self.accepts, std::iter::repeat_with(|| Err(next())));
        tell(self.refusals, std::iter::repeat_with(|| Err(next())));
        tell(self.begins, std::iter::repeat_with(|| Err(next())));
        tell(self.completes, std::iter::repeat_with(|| Err(next())));
        tell(self.publishes, std::iter::repeat_with(|| Err(next())));
    }
}

/// Ends one attempt in a transaction of its own.
async fn complete_alone(completion: Completion, writing: &Writing) -> Result<Submission, StoreError> {
    // Whoever waits is told the answers of all together.
    let (answer, _) = oneshot::channel();
    let job = Job { request: vec![completion], answer };
    let alone = Batch { completes: vec![job], ..Batch::default() };
    let results = alone.persist(writing).await.map_err(|failure| failure.error)?;
    let answer = results.completes.into_iter().flatten().next();
    answer.unwrap_or_else(|| Err(StoreError::Unavailable("the attempt was not completed".into())))
}

fn tell<Q, A>(jobs: Vec<Job<Q, A>>, results: impl IntoIterator<Item = Result<A, StoreError>>) {
    for (job, result) in jobs.into_iter().zip(results) {
        let _ = job.answer.send(result);
    }
}
