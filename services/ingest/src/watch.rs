//! Following submissions as they change.

use crate::convert;
use futures::Stream;
use gongkai_model::{SubmissionId, SubmissionState};
use gongkai_serve::{Deadline, GATHERING, Watching, fields, to_status, watched};
use gongkai_store::{
    Missing, PAGE_SIZE_MAX, PageRequest, Position, StoreError, Submission, SubmissionFilter, Submissions,
};
use gongkai_wire::{CHUNK_BYTES_MAX, v1};
use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::sync::CancellationToken;
use tonic::Status;

/// Submissions that are read at once.
const CHANGES_MAX: u32 = 500;

/// One watcher.
pub(crate) struct Watch {
    submissions: Arc<dyn Submissions>,
    filter: SubmissionFilter,
    /// Those of `filter.ids` that are not final yet, where the stream ends with the last of them.
    open: Option<HashSet<SubmissionId>>,
    /// Everything up to here has been read.
    after: Position,
    /// Messages that are ready to be sent.
    ready: VecDeque<v1::WatchSubmissionsResponse>,
    deadline: Deadline,
    stop: CancellationToken,
    _place: OwnedSemaphorePermit,
}

impl Watch {
    pub(crate) async fn begin(
        submissions: Arc<dyn Submissions>,
        request: v1::WatchSubmissionsRequest,
        deadline: Deadline,
        stop: CancellationToken,
        place: OwnedSemaphorePermit,
    ) -> Result<Self, Status> {
        let filter = filter(request.filter)?;
        if request.after_position < 0 {
            return Err(fields::invalid("after_position", "it is negative"));
        }
        let mut watch = Self {
            submissions,
            filter,
            open: None,
            after: Position(request.after_position),
            ready: VecDeque::new(),
            deadline,
            stop,
            _place: place,
        };
        if request.until_final {
            watch.open = Some(watch.find_open().await?);
        }
        Ok(watch)
    }

    /// Those that are watched for and not final.
    async fn find_open(&self) -> Result<HashSet<SubmissionId>, Status> {
        if self.filter.ids.is_empty() {
            return Err(fields::invalid("filter.names", "they are needed with until_final"));
        }
        let found = by_ids(&*self.submissions, &self.filter.ids).await?;
        Ok(found.iter().filter(|found| !found.state.is_final()).map(|found| found.id).collect())
    }

    pub(crate) fn into_stream(self) -> impl Stream<Item = Result<v1::WatchSubmissionsResponse, Status>> {
        let (deadline, stop) = (self.deadline, self.stop.clone());
        watched(self, deadline, stop)
    }

    /// Puts changes into messages of a bounded size, each with the position up to which it tells.
    fn tell(&mut self, changes: &[Submission]) {
        use prost::Message as _;
        let mut message = v1::WatchSubmissionsResponse::default();
        let mut bytes = 0;
        for change in changes.iter().filter(|change| self.filter.admits(change)) {
            let told = convert::submission(change);
            let told_bytes = told.encoded_len();
            if CHUNK_BYTES_MAX < bytes + told_bytes && !message.submissions.is_empty() {
                self.ready.push_back(std::mem::take(&mut message));
                bytes = 0;
            }
            bytes += told_bytes;
            message.position = change.position.0;
            message.submissions.push(told);
        }
        if !message.submissions.is_empty() {
            message.position = self.after.0;
            self.ready.push_back(message);
        }
    }
}

impl Watching for Watch {
    type Message = v1::WatchSubmissionsResponse;

    fn ready(&mut self) -> Option<v1::WatchSubmissionsResponse> {
        self.ready.pop_front()
    }

    fn sign_of_life(&self) -> v1::WatchSubmissionsResponse {
        v1::WatchSubmissionsResponse { submissions: Vec::new(), position: self.after.0 }
    }

    fn is_over(&self) -> bool {
        self.open.as_ref().is_some_and(HashSet::is_empty)
    }

    async fn read(&mut self, patience: Option<Duration>) -> Result<(), StoreError> {
        if let Some(patience) = patience {
            if self.submissions.wait_for_change(self.after, patience).await? <= self.after {
                return Ok(());
            }
            tokio::time::sleep(GATHERING).await;
        }
        let latest = self.submissions.wait_for_change(self.after, Duration::ZERO).await?;
        // Other states are needed to know when one has ended, and are not told.
        let wanted = match self.open {
            Some(_) => SubmissionFilter { ids: self.filter.ids.clone(), ..SubmissionFilter::default() },
            None => self.filter.clone(),
        };
        let changes = self.submissions.submission_changes(self.after, &wanted, CHANGES_MAX).await?;
        let is_all = changes.len() < CHANGES_MAX as usize;
        let last = changes.last().map_or(Position::default(), |last| last.position);
        // What was committed before `latest` has been read, unless there was too much.
        self.after = self.after.max(if is_all { last.max(latest) } else { last });
        if let Some(open) = &mut self.open {
            for change in &changes {
                if change.state.is_final() {
                    open.remove(&change.id);
                } else if self.filter.ids.contains(&change.id) {
                    open.insert(change.id);
                }
            }
        }
        self.tell(&changes);
        Ok(())
    }
}

/// Reads a filter.
pub(crate) fn filter(filter: Option<v1::SubmissionFilter>) -> Result<SubmissionFilter, Status> {
    let filter = filter.unwrap_or_default();
    let mut states = Vec::with_capacity(filter.states.len().min(SubmissionState::ALL.len()));
    for (index, number) in filter.states.iter().enumerate() {
        if let Some(state) = fields::variant(&format!("filter.states[{index}]"), *number)?
            && !states.contains(&state)
        {
            states.push(state);
        }
    }
    let document = match filter.document.as_str() {
        "" => None,
        name => Some(fields::document("filter.document", name)?),
    };
    Ok(SubmissionFilter {
        states,
        document,
        purpose: fields::variant("filter.purpose", filter.purpose)?,
        ids: fields::names("filter.names", &filter.names, SubmissionFilter::IDS_MAX, fields::submission)?,
        failure_class: failure_class("filter.failure_class", filter.failure_class)?,
        batch: match filter.batch.as_str() {
            "" => None,
            name => Some(fields::batch("filter.batch", name)?),
        },
    })
}

/// Reads the class of a failure; none where none is given.
pub(crate) fn failure_class(field: &str, class: String) -> Result<Option<String>, Status> {
    const CLASS_BYTES_MAX: usize = 64;
    Ok(Some(fields::text(field, &class, CLASS_BYTES_MAX)?).filter(|class| !class.is_empty()))
}

/// Submissions of which each is there, in no particular order.
pub(crate) async fn by_ids(
    submissions: &dyn Submissions,
    ids: &[SubmissionId],
) -> Result<Vec<Submission>, Status> {
    let filter = SubmissionFilter { ids: ids.to_vec(), ..SubmissionFilter::default() };
    let page = submissions.submissions(&filter, &PageRequest::first(PAGE_SIZE_MAX)).await;
    let found = page.map_err(|error| to_status(&error))?.items;
    let known: HashSet<SubmissionId> = found.iter().map(|found| found.id).collect();
    match ids.iter().find(|id| !known.contains(id)) {
        Some(id) => Err(to_status(&StoreError::NotFound(Missing::Submission(*id)))),
        None => Ok(found),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::StreamExt;
    use gongkai_model::{Priority, Purpose};
    use gongkai_store::memory::MemoryStore;
    use gongkai_store::{Content, Intake as _, Limits, NewSubmission, SystemClock};
    use tokio::sync::Semaphore;
    use tokio::time::Instant;
    use tonic::metadata::MetadataMap;

    /// What a watcher of drafts is told, of which there are none.
    async fn watched(
        store: Arc<MemoryStore>,
    ) -> impl Stream<Item = Result<v1::WatchSubmissionsResponse, Status>> {
        let place = Arc::new(Semaphore::new(1)).try_acquire_owned().unwrap();
        let filter = v1::SubmissionFilter { purpose: v1::Purpose::Draft.into(), ..Default::default() };
        let request = v1::WatchSubmissionsRequest { filter: Some(filter), ..Default::default() };
        let deadline = Deadline::of(&MetadataMap::new());
        let stop = CancellationToken::new();
        Watch::begin(store, request, deadline, stop, place).await.unwrap().into_stream()
    }

    fn store() -> Arc<MemoryStore> {
        Arc::new(MemoryStore::new(Arc::new(SystemClock), Limits::STANDARD))
    }

    #[tokio::test(start_paused = true)]
    async fn a_watcher_of_nothing_gets_signs_of_life() {
        let mut stream = Box::pin(watched(store()).await);
        let begun = Instant::now();
        let told = stream.next().await.unwrap().unwrap();
        assert!(told.submissions.is_empty());
        assert_eq!(begun.elapsed(), Duration::ZERO);
        for count in 1..4 {
            assert!(stream.next().await.unwrap().unwrap().submissions.is_empty());
            assert!(begun.elapsed() <= Duration::from_secs(15) * count);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn so_does_a_watcher_while_others_change_without_a_pause() {
        let store = store();
        let mut stream = Box::pin(watched(store.clone()).await);
        let changes = async {
            for number in 0.. {
                let new = NewSubmission {
                    caller: String::new(),
                    request_id: None,
                    item: None,
                    purpose: Purpose::Published,
                    priority: Priority::Normal,
                    media_type: String::new(),
                    name: String::new(),
                    source: String::new(),
                    content: Content::Bytes(i32::to_string(&number).into()),
                    trace: None,
                };
                store.accept(new).await.unwrap();
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        let hearing = async {
            let (begun, mut position) = (Instant::now(), -1);
            for count in 0..4 {
                let told = stream.next().await.unwrap().unwrap();
                assert!(told.submissions.is_empty() && position < told.position);
                position = told.position;
                assert!(begun.elapsed() <= Duration::from_secs(15) * count, "{:?}", begun.elapsed());
            }
        };
        tokio::select! {
            () = changes => {}
            told = tokio::time::timeout(Duration::from_secs(600), hearing) => told.unwrap(),
        }
    }
}
