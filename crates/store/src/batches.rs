use crate::{Page, PageRequest, Position, StoreError, Submission, Timestamp};
use async_trait::async_trait;
use gongkai_model::{BatchId, RefuseReason, SubmissionState};
use std::time::Duration;

/// Bytes that the key of an item may have.
pub const ITEM_KEY_BYTES_MAX: usize = 512;

/// Keeps together what was sent together. An item of a batch is a submission like any other, accepted by
/// [`Intake::accept`](crate::Intake::accept) under its name in the batch, or a refusal.
///
/// Every implementation passes the contract suite.
#[async_trait]
pub trait Batches: Send + Sync {
    /// Makes a batch. The same one again changes nothing and gives it as it stands;
    /// [`StoreError::RequestIdConflict`] where one of this name was made otherwise.
    async fn create_batch(&self, new: NewBatch) -> Result<Batch, StoreError>;

    /// The batch; [`StoreError::NotFound`] where it was never made.
    async fn batch(&self, id: BatchId) -> Result<Batch, StoreError>;

    /// Batches, the latest made first.
    async fn batches(&self, page: &PageRequest) -> Result<Page<Batch>, StoreError>;

    /// How far the items of a batch are, also long after the last of them has ended. Nothing is counted beforehand: it costs
    /// a look into an index for each item, and nothing where submissions change.
    async fn batch_progress(&self, id: BatchId) -> Result<BatchProgress, StoreError>;

    /// Items of a batch, in the order of their last changes. One that changes while pages are read comes again on a later
    /// page, as it then stands; none is passed over.
    async fn batch_items(
        &self,
        id: BatchId,
        filter: &ItemFilter,
        page: &PageRequest,
    ) -> Result<Page<BatchItem>, StoreError>;

    /// Notes that an item was refused. The same refusal again changes nothing; another one takes the place of the one
    /// before. [`StoreError::ItemConflict`] where the item was accepted before: that stands.
    async fn refuse_item(&self, new: NewRefusal) -> Result<Refusal, StoreError>;

    /// Takes out that an item was refused, because it was taken after all and is no submission itself, as an archive of which
    /// the entries are. Changes nothing where it was not refused.
    async fn end_refusal(&self, item: &ItemName) -> Result<(), StoreError>;
}

/// An item of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ItemName {
    /// The batch.
    pub batch: BatchId,
    /// What its sender calls it; no other item of the batch has this key. At most [`ITEM_KEY_BYTES_MAX`] bytes.
    pub key: String,
}

impl ItemName {
    /// Refuses a key that is too long. For engines.
    pub fn check(&self) -> Result<(), StoreError> {
        if ITEM_KEY_BYTES_MAX < self.key.len() {
            return Err(StoreError::TooLarge {
                what: "the key of the item in bytes",
                actual: self.key.len() as u64,
                max: ITEM_KEY_BYTES_MAX as u64,
            });
        }
        Ok(())
    }
}

/// A batch to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewBatch {
    /// Its name; chosen by whoever makes it, so that a repetition is known.
    pub id: BatchId,
    /// Who makes it.
    pub caller: String,
    /// What people call it; perhaps empty.
    pub title: String,
    /// How many items will be sent; 0 where that is not known.
    pub items_expected: u64,
}

/// Documents that were sent together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Its name.
    pub id: BatchId,
    /// Who made it.
    pub caller: String,
    /// What people call it; perhaps empty.
    pub title: String,
    /// How many items will be sent; 0 where that is not known.
    pub items_expected: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// The position at which it was made.
    pub position: Position,
}

impl Batch {
    /// The batch that is made of `new`. For engines.
    pub fn made(new: NewBatch, created_at: Timestamp, position: Position) -> Self {
        let NewBatch { id, caller, title, items_expected } = new;
        Self { id, caller, title, items_expected, created_at, position }
    }

    /// Whether `new` asks for this batch. For engines.
    pub fn is_made_by(&self, new: &NewBatch) -> bool {
        (self.id, &self.caller, &self.title, self.items_expected)
            == (new.id, &new.caller, &new.title, new.items_expected)
    }
}

/// Which items are meant: those in one of the states, and the refused ones if they are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemFilter {
    /// Submissions in one of these states.
    pub states: Vec<SubmissionState>,
    /// Items that were refused.
    pub refused: bool,
}

impl ItemFilter {
    /// Every item.
    pub fn all() -> Self {
        Self { states: SubmissionState::ALL.to_vec(), refused: true }
    }

    /// Items that ended without a report.
    pub fn failed() -> Self {
        let states = vec![SubmissionState::Rejected, SubmissionState::Dead, SubmissionState::Cancelled];
        Self { states, refused: true }
    }
}

/// An item of a batch, as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchItem {
    /// Its key.
    pub key: String,
    /// What became of it.
    pub outcome: ItemOutcome,
}

impl BatchItem {
    /// The position of its last change.
    pub fn position(&self) -> Position {
        match &self.outcome {
            ItemOutcome::Accepted(submission) => submission.position,
            ItemOutcome::Refused(refusal) => refusal.position,
        }
    }
}

/// What became of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ItemOutcome {
    /// It is a submission.
    Accepted(Box<Submission>),
    /// It was not taken.
    Refused(Refusal),
}

/// An item to be refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRefusal {
    /// The item.
    pub item: ItemName,
    /// Its file name; empty where none was given.
    pub name: String,
    /// Why.
    pub reason: RefuseReason,
    /// Why, in words for its sender.
    pub message: String,
}

/// That an item was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Its file name; empty where none was given.
    pub name: String,
    /// Why.
    pub reason: RefuseReason,
    /// Why, in words for its sender.
    pub message: String,
    /// When.
    pub at: Timestamp,
    /// The position at which it was noted.
    pub position: Position,
}

impl Refusal {
    /// The refusal that is made of `new`. For engines.
    pub fn made(new: NewRefusal, at: Timestamp, position: Position) -> Self {
        let NewRefusal { item: _, name, reason, message } = new;
        Self { name, reason, message, at, position }
    }

    /// Whether `new` says the same. For engines.
    pub fn is_made_by(&self, new: &NewRefusal) -> bool {
        (&self.name, self.reason, &self.message) == (&new.name, new.reason, &new.message)
    }
}

/// How far the items of a batch are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BatchProgress {
    /// Submissions by state, in the order of [`SubmissionState::ALL`].
    submissions: [u64; SubmissionState::ALL.len()],
    /// Items that were refused.
    pub refused: u64,
    /// When the latest of them was.
    pub refused_at: Option<Timestamp>,
    /// When the latest submissions that have ended did, the latest first; at most [`Self::ENDS_MAX`].
    pub ends: Vec<Timestamp>,
}

impl BatchProgress {
    /// How many ends are looked at to tell how quickly it goes.
    pub const ENDS_MAX: usize = 500;
    /// What ended longer ago says nothing of how quickly it goes now.
    const PRESENT: Duration = Duration::from_secs(60);

    /// Submissions in this state.
    pub fn in_state(&self, state: SubmissionState) -> u64 {
        SubmissionState::ALL.iter().zip(self.submissions).filter(|(of, _)| **of == state).map(|it| it.1).sum()
    }

    /// Counts submissions in a state.
    pub fn count(&mut self, state: SubmissionState, submissions: u64) {
        for (of, counted) in SubmissionState::ALL.iter().zip(&mut self.submissions) {
            if *of == state {
                *counted += submissions;
            }
        }
    }

    /// Items that were sent.
    pub fn taken(&self) -> u64 {
        self.submissions.iter().sum::<u64>() + self.refused
    }

    /// Submissions that have ended.
    pub fn ended(&self) -> u64 {
        SubmissionState::ALL.iter().filter(|it| it.is_final()).map(|it| self.in_state(*it)).sum()
    }

    /// Items of which the end is still to come, as far as is known: those that are expected and were not sent count, too.
    pub fn open(&self, batch: &Batch) -> u64 {
        self.taken().max(batch.items_expected) - self.ended() - self.refused
    }

    /// When the last item ended, if none is open.
    pub fn ended_at(&self, batch: &Batch) -> Option<Timestamp> {
        self.ends.first().copied().max(self.refused_at).filter(|_| self.open(batch) == 0)
    }

    /// Submissions that end in a thousand seconds: of late while some are open, over all the time since the batch was made
    /// when none is. None where too few have ended to say.
    pub fn rate(&self, batch: &Batch, now: Timestamp) -> Option<u64> {
        let (ended, time) = match self.ended_at(batch) {
            Some(end) => (self.ended(), end.since(batch.created_at)),
            None => {
                let recent = self.ends.iter().take_while(|end| now.since(**end) < Self::PRESENT);
                let first = recent.clone().last()?;
                // The first one stands for the beginning of the time that is looked at.
                (recent.count() as u64 - 1, now.since(*first))
            }
        };
        let time_ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX).max(1);
        (0 < ended).then(|| ended.saturating_mul(1_000_000) / time_ms)
    }

    /// How long it will take until none is open, if it goes on as it does.
    pub fn remaining(&self, batch: &Batch, now: Timestamp) -> Option<Duration> {
        let open = self.open(batch);
        let rate = self.rate(batch, now).filter(|rate| 0 < *rate && 0 < open)?;
        Some(Duration::from_millis(open.saturating_mul(1_000_000) / rate))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000;

    fn batch(items_expected: u64) -> Batch {
        let new =
            NewBatch { id: BatchId::generate(), caller: String::new(), title: String::new(), items_expected };
        Batch::made(new, Timestamp::from_micros(0), Position(1))
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * SECOND)
    }

    fn progress(done: u64, queued: u64, ends: impl IntoIterator<Item = i64>) -> BatchProgress {
        let mut progress =
            BatchProgress { ends: ends.into_iter().map(at).collect(), ..BatchProgress::default() };
        progress.count(SubmissionState::Done, done);
        progress.count(SubmissionState::Queued, queued);
        progress
    }

    #[test]
    fn the_rate_is_that_of_late_while_it_goes_on() {
        // Ten a second for the last ten seconds, and some an hour ago.
        let ends = (0..100).map(|tenth| 4000 - tenth / 10).chain([400, 300]);
        let progress = progress(102, 50, ends);
        let now = at(4001);
        assert_eq!(progress.rate(&batch(0), now), Some(9_900));
        assert_eq!(progress.remaining(&batch(0), now), Some(Duration::from_millis(5050)));
        // What is still to be sent counts, where it is known.
        assert_eq!(progress.open(&batch(1102)), 1000);
        assert_eq!(progress.remaining(&batch(1102), now).unwrap().as_secs(), 101);
        assert_eq!(progress.ended_at(&batch(0)), None);
    }

    #[test]
    fn nothing_is_said_where_too_little_has_ended() {
        assert_eq!(progress(0, 5, []).rate(&batch(0), at(10)), None);
        assert_eq!(progress(1, 5, [9]).rate(&batch(0), at(10)), None);
        assert_eq!(progress(1, 5, [9]).remaining(&batch(0), at(10)), None);
        // Nothing has ended for long.
        assert_eq!(progress(3, 5, [9, 8, 7]).rate(&batch(0), at(100)), None);
    }

    #[test]
    fn after_its_end_the_rate_is_that_of_all_its_time() {
        let mut progress = progress(100, 0, [50, 49]);
        progress.refused = 1;
        for now in [at(50), at(1_000_000)] {
            assert_eq!(progress.rate(&batch(101), now), Some(2_000));
            assert_eq!(progress.remaining(&batch(101), now), None);
        }
        assert_eq!(progress.ended_at(&batch(101)), Some(at(50)));
        assert_eq!((progress.taken(), progress.ended(), progress.open(&batch(101))), (101, 100, 0));
        assert_eq!(progress.ended_at(&batch(102)), None);
        progress.refused_at = Some(at(60));
        assert_eq!(progress.ended_at(&batch(101)), Some(at(60)));
        assert_eq!(BatchProgress::default().ended_at(&batch(0)), None);
    }

    #[test]
    fn what_ends_in_an_instant_has_a_rate_all_the_same() {
        assert_eq!(progress(3, 0, [0, 0, 0]).rate(&batch(0), at(0)), Some(3_000_000));
    }
}
