//! Following reports as they change.

use crate::convert;
use crate::differences::opened;
use futures::Stream;
use gongkai_model::{Purpose, ScopeKind};
use gongkai_serve::{Deadline, GATHERING, Watching, fields, to_status, watched};
use gongkai_store::{
    Cause, ChangePlace, Changes, Position, ReportChange, ReportSummary, Reports, StoreError, division_prefix,
    is_division_code,
};
use gongkai_wire::{CHUNK_BYTES_MAX, ErrorReason, v1};
use prost::Message as _;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::sync::CancellationToken;
use tonic::Status;

/// Changes that are read at once, and fewer where their records are read, too.
const CHANGES_MAX: u32 = 500;
const WHOLE_CHANGES_MAX: u32 = 32;
/// Stands for the present position.
const FROM_NOW_ON: i64 = -1;
/// Bytes of a name.
const NAME_BYTES_MAX: usize = 512;

/// Which changes are told.
struct Filter {
    purpose: Purpose,
    causes: Vec<Cause>,
    subject: String,
    scope: Option<ScopeKind>,
    region: String,
    within: Option<String>,
    years: Option<(u16, u16)>,
}

impl Filter {
    fn read(request: &v1::WatchReportsRequest) -> Result<Self, Status> {
        let mut causes = Vec::new();
        for (index, number) in request.causes.iter().enumerate() {
            let field = format!("causes[{index}]");
            match convert::cause_of(*number) {
                Some(cause) if !causes.contains(&cause) => causes.push(cause),
                Some(_) => {}
                None => {
                    return Err(fields::invalid(&field, format!("the number {number} is not known here")));
                }
            }
        }
        let year = |field, year: Option<i32>| year.map(|year| fields::year(field, year)).transpose();
        let years = (year("year_min", request.year_min)?, year("year_max", request.year_max)?);
        Ok(Self {
            purpose: fields::purpose("purpose", request.purpose)?,
            causes,
            subject: fields::text("subject", &request.subject, NAME_BYTES_MAX)?,
            scope: fields::variant("scope", request.scope)?,
            region: fields::text("region", &request.region, NAME_BYTES_MAX)?,
            within: within(&request.region_within)?,
            years: (years != (None, None)).then(|| (years.0.unwrap_or(0), years.1.unwrap_or(u16::MAX))),
        })
    }

    fn admits(&self, current: &ReportSummary) -> bool {
        let ReportSummary { info, keys, .. } = current;
        (self.causes.is_empty() || self.causes.contains(&info.cause))
            && (self.subject.is_empty() || self.subject == keys.subject)
            && self.scope.is_none_or(|scope| scope == keys.scope)
            && (self.region.is_empty() || self.region == keys.region_name || self.region == keys.region_code)
            && self.within.as_ref().is_none_or(|within| keys.region_code.starts_with(within.as_str()))
            && self.years.is_none_or(|(min, max)| keys.year.is_some_and(|year| min <= year && year <= max))
    }
}

/// The digits with which the codes within a division begin.
fn within(code: &str) -> Result<Option<String>, Status> {
    if code.is_empty() {
        return Ok(None);
    }
    if code.len() != 6 || !is_division_code(code) {
        return Err(fields::invalid("region_within", "it is no code of six digits, such as 530000"));
    }
    Ok(Some(division_prefix(code).to_owned()))
}

/// One watcher.
pub(crate) struct Watch {
    reports: Arc<dyn Reports>,
    changes: Arc<dyn Changes>,
    filter: Filter,
    include_findings: bool,
    /// Everything up to here has been read.
    after: ChangePlace,
    /// Messages that are ready to be sent.
    ready: VecDeque<v1::WatchReportsResponse>,
    deadline: Deadline,
    stop: CancellationToken,
    _place: OwnedSemaphorePermit,
}

impl Watch {
    pub(crate) async fn begin(
        (reports, changes): (Arc<dyn Reports>, Arc<dyn Changes>),
        request: v1::WatchReportsRequest,
        deadline: Deadline,
        stop: CancellationToken,
        place: OwnedSemaphorePermit,
    ) -> Result<Self, Status> {
        let filter = Filter::read(&request)?;
        if request.after_position < FROM_NOW_ON {
            return Err(fields::invalid("after_position", "it is negative, and not -1"));
        }
        let latest = changes.wait_for_change(Position(i64::MAX), Duration::ZERO).await;
        let latest = latest.map_err(|error| to_status(&error))?;
        let after = match request.after_position {
            FROM_NOW_ON => latest,
            position => Position(position),
        };
        if latest < after {
            let message = format!("the store is at {}, and has never been at {}", latest.0, after.0);
            return Err(ErrorReason::PositionAhead.status(message));
        }
        Ok(Self {
            reports,
            changes,
            filter,
            include_findings: request.include_findings,
            after: ChangePlace { position: after, report: None },
            ready: VecDeque::new(),
            deadline,
            stop,
            _place: place,
        })
    }

    pub(crate) fn into_stream(self) -> impl Stream<Item = Result<v1::WatchReportsResponse, Status>> {
        let (deadline, stop) = (self.deadline, self.stop.clone());
        watched(self, deadline, stop)
    }

    /// The position up to which everything has been told.
    fn told(&self) -> i64 {
        // Behind one of several reports of a position, the others are still to come.
        self.after.position.0 - i64::from(self.after.report.is_some())
    }

    /// Puts changes into messages of a bounded size, each with the position up to which it tells.
    async fn tell(&mut self, changes: &[ReportChange]) -> Result<(), StoreError> {
        let mut message = v1::WatchReportsResponse::default();
        let mut bytes = 0;
        let mut before = None;
        for change in changes.iter().filter(|change| self.filter.admits(&change.current)) {
            let told = self.change(change).await?;
            let told_bytes = told.encoded_len();
            if CHUNK_BYTES_MAX < bytes + told_bytes
                && let Some(last) = before
                && !message.changes.is_empty()
            {
                // Where the next one stands at the same position, not everything there is told.
                message.position = last - i64::from(change.position.0 == last);
                self.ready.push_back(std::mem::take(&mut message));
                bytes = 0;
            }
            bytes += told_bytes;
            before = Some(change.position.0);
            message.changes.push(told);
        }
        if !message.changes.is_empty() {
            message.position = self.told();
            self.ready.push_back(message);
        }
        Ok(())
    }

    async fn change(&self, change: &ReportChange) -> Result<v1::ReportChange, StoreError> {
        let mut told = convert::change(change);
        if self.include_findings {
            let (id, purpose) = (change.current.info.report, self.filter.purpose);
            let revision = async |number: u32| self.reports.report_revision(id, number, purpose).await;
            let after = revision(change.current.info.revision).await?.report;
            let before = match change.previous {
                Some(previous) => Some(revision(previous).await?.report),
                None => None,
            };
            let found = opened(before.as_ref(), &after);
            told.opened = found.into_iter().map(gongkai_wire::finding).collect();
            let gone = before.as_ref().map(|before| opened(Some(&after), before)).unwrap_or_default();
            told.closed = gone.into_iter().map(gongkai_wire::finding).collect();
        }
        Ok(told)
    }
}

impl Watching for Watch {
    type Message = v1::WatchReportsResponse;

    fn ready(&mut self) -> Option<v1::WatchReportsResponse> {
        self.ready.pop_front()
    }

    fn sign_of_life(&self) -> v1::WatchReportsResponse {
        v1::WatchReportsResponse { changes: Vec::new(), position: self.told() }
    }

    fn is_over(&self) -> bool {
        false
    }

    async fn read(&mut self, patience: Option<Duration>) -> Result<(), StoreError> {
        let mut latest = self.changes.wait_for_change(Position(i64::MAX), Duration::ZERO).await?;
        if let Some(patience) = patience
            && latest <= self.after.position
            && self.after.report.is_none()
        {
            if self.changes.wait_for_change(self.after.position, patience).await? <= self.after.position {
                return Ok(());
            }
            tokio::time::sleep(GATHERING).await;
            latest = self.changes.wait_for_change(Position(i64::MAX), Duration::ZERO).await?;
        }
        let limit = if self.include_findings { WHOLE_CHANGES_MAX } else { CHANGES_MAX };
        let changes = self.reports.report_changes(self.filter.purpose, self.after, latest, limit).await?;
        self.after = match changes.last() {
            Some(last) if changes.len() == limit as usize => last.place(),
            Some(_) | None => ChangePlace { position: latest.max(self.after.position), report: None },
        };
        self.tell(&changes).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use futures::StreamExt;
    use gongkai_model::Priority;
    use gongkai_store::memory::MemoryStore;
    use gongkai_store::{Content, Intake, Limits, NewSubmission, SystemClock};
    use tokio::sync::Semaphore;
    use tokio::time::Instant;
    use tonic::metadata::MetadataMap;

    #[tokio::test(start_paused = true)]
    async fn signs_of_life_come_also_where_other_things_change_without_pause() {
        let store = Arc::new(MemoryStore::new(Arc::new(SystemClock), Limits::STANDARD));
        let place = Arc::new(Semaphore::new(1)).try_acquire_owned().unwrap();
        let (request, deadline) = (v1::WatchReportsRequest::default(), Deadline::of(&MetadataMap::new()));
        let seams = (store.clone() as Arc<dyn Reports>, store.clone() as Arc<dyn Changes>);
        let watch = Watch::begin(seams, request, deadline, CancellationToken::new(), place).await.unwrap();
        let mut stream = Box::pin(watch.into_stream());
        let begun = Instant::now();
        stream.next().await.unwrap().unwrap();
        assert_eq!(begun.elapsed(), Duration::ZERO, "it hears at once where it stands");
        let changing = tokio::spawn(async move {
            loop {
                let content = Content::Bytes(Bytes::from_static(b"a submission is no report"));
                let new = NewSubmission {
                    caller: "test".to_owned(),
                    request_id: None,
                    item: None,
                    purpose: Purpose::Published,
                    priority: Priority::Normal,
                    media_type: String::new(),
                    name: String::new(),
                    source: String::new(),
                    content,
                    trace: None,
                };
                store.accept(new).await.unwrap();
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        });
        let mut position = 0;
        for count in 1..4 {
            let told = stream.next().await.unwrap().unwrap();
            assert!(told.changes.is_empty() && position < told.position);
            position = told.position;
            assert!(begun.elapsed() <= Duration::from_secs(15) * count);
        }
        changing.abort();
    }
}
