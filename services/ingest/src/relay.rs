//! Hands what is due in the outbox to the queue. Dying at any point loses nothing: what was not marked as published is
//! due again, and an announcement too many does no harm.

use crate::Dependencies;
use futures::StreamExt;
use gongkai_model::Priority;
use gongkai_queue::{Message, Queue, QueueError, SUBMISSIONS_MAX};
use gongkai_store::{Announcement, StoreError};
use gongkai_telemetry::metrics;
use std::cmp::Reverse;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{Span, info, info_span, warn};

/// Rows of each priority that are claimed at once, and for how long nobody else gets them: what a relay had claimed that died or is frozen is
/// announced by another one within fifteen seconds, as what a parser had begun.
const CLAIM_MAX: u32 = 1024;
const CLAIM_LEASE: Duration = Duration::from_secs(12);
/// How long to wait for news of something due before looking for oneself.
const POLL_INTERVAL: Duration = Duration::from_millis(200);
/// Messages on their way to the queue at the same time.
const MESSAGES_AT_ONCE_MAX: usize = 16;
/// How long the queue may take for one message.
const PUBLISH_PATIENCE: Duration = Duration::from_secs(5);
/// How long to leave a queue or a store alone that has failed; doubled with each failure in a row.
const PAUSE_FIRST: Duration = Duration::from_millis(100);
const PAUSE_LONGEST: Duration = Duration::from_secs(5);
/// How long to leave what finds no room in the queue.
const FULL_PAUSE: Duration = Duration::from_secs(1);
/// How often to look for what has been forgotten, after how long the queue is taken to have lost a message, and how
/// much is announced again at once.
const REANNOUNCE_INTERVAL: Duration = Duration::from_secs(1);
const QUEUE_PATIENCE: Duration = Duration::from_secs(15 * 60);
/// While the parsers are paused the queue may keep what it has for any length of time.
const ENDLESS_PATIENCE: Duration = Duration::MAX;
const REANNOUNCE_MAX: u32 = 1024;

/// What went wrong in a turn.
#[derive(Debug, thiserror::Error)]
enum RelayError {
    #[error("the outbox cannot be read or written")]
    Store(#[from] StoreError),
    #[error("the queue takes no messages")]
    Queue(#[from] QueueError),
}

/// Relays until `stop`. A message under way is finished first.
pub(crate) async fn run(dependencies: &Dependencies, stop: &CancellationToken) {
    tokio::join!(relay(dependencies, stop), look_after(dependencies, stop));
}

async fn relay(dependencies: &Dependencies, stop: &CancellationToken) {
    let mut pause = PAUSE_FIRST;
    while !stop.is_cancelled() {
        match turn(dependencies).await {
            Ok(0) => {
                tokio::select! {
                    waited = dependencies.outbox.wait_for_due(POLL_INTERVAL) => match waited {
                        Ok(()) => continue,
                        Err(error) => report(&error.into(), pause),
                    },
                    () = stop.cancelled() => return,
                }
            }
            Ok(_) => {
                pause = PAUSE_FIRST;
                continue;
            }
            Err(error) => report(&error, pause),
        }
        rest(pause, stop).await;
        pause = (pause * 2).min(PAUSE_LONGEST);
    }
}

fn report(error: &RelayError, pause: Duration) {
    warn!(error = error as &dyn std::error::Error, "what is due cannot be announced, next try in {pause:?}");
}

async fn rest(pause: Duration, stop: &CancellationToken) {
    // The end of the pause and the end of everything are both an end of the pause.
    let _ = timeout(pause, stop.cancelled()).await;
}

/// Announces what is due now. Tells how much that was.
async fn turn(dependencies: &Dependencies) -> Result<usize, RelayError> {
    let due = dependencies.outbox.claim_due(CLAIM_MAX, CLAIM_LEASE).await?;
    let Announced { published, left, failed } = announce(&*dependencies.queue, batches(due)).await;
    dependencies.outbox.mark_published(&published).await?;
    let Some(error) = failed else { return Ok(published.len()) };
    let is_full = matches!(error, QueueError::Full { .. });
    let pause = if is_full { FULL_PAUSE } else { PAUSE_FIRST };
    dependencies.outbox.postpone(&left, dependencies.clock.now().after(pause)).await?;
    // Where one priority has no room, the others still have theirs.
    if is_full && !published.is_empty() { Ok(published.len()) } else { Err(error.into()) }
}

/// What came of announcing.
#[derive(Default)]
struct Announced {
    published: Vec<Announcement>,
    left: Vec<Announcement>,
    failed: Option<QueueError>,
}

/// Several at once: an engine confirms them together at the cost of one. What has failed once is not tried again with the
/// rest: a queue that does not answer would take its time for each message, and the claims would lapse meanwhile.
async fn announce(queue: &dyn Queue, batches: Vec<Batch>) -> Announced {
    let obstacles = Obstacles::default();
    let publishing = batches.into_iter().map(|batch| async {
        if obstacles.are_before(batch.priority) {
            return (batch, None);
        }
        let begun = Instant::now();
        let result = publish(queue, &batch).await;
        metrics::announcement_ended(result.is_ok(), begun.elapsed());
        if let Err(error) = &result {
            obstacles.note(error, batch.priority);
        }
        (batch, Some(result))
    });
    let mut publishing = futures::stream::iter(publishing).buffer_unordered(MESSAGES_AT_ONCE_MAX);
    let mut announced = Announced::default();
    while let Some((batch, result)) = publishing.next().await {
        let is_published = matches!(result, Some(Ok(())));
        metrics::announced(batch.announcements.len() as u64, is_published);
        let which = if is_published { &mut announced.published } else { &mut announced.left };
        which.extend(batch.announcements);
        if let Some(Err(error)) = result {
            // A queue that is away is the graver news.
            let is_graver = !matches!(error, QueueError::Full { .. });
            if is_graver || announced.failed.is_none() {
                announced.failed = Some(error);
            }
        }
    }
    announced
}

/// What stands in the way of the rest of a turn.
#[derive(Default)]
struct Obstacles {
    away: AtomicBool,
    full: [AtomicBool; 3],
}

impl Obstacles {
    fn note(&self, error: &QueueError, priority: Priority) {
        match error {
            QueueError::Full { .. } => self.full(priority).store(true, Ordering::Relaxed),
            QueueError::Unavailable(_) => self.away.store(true, Ordering::Relaxed),
            // It is about the message.
            QueueError::MessageSize { .. } => {}
        }
    }

    fn are_before(&self, priority: Priority) -> bool {
        self.away.load(Ordering::Relaxed) || self.full(priority).load(Ordering::Relaxed)
    }

    fn full(&self, priority: Priority) -> &AtomicBool {
        let [high, normal, low] = &self.full;
        match priority {
            Priority::High => high,
            Priority::Normal => normal,
            Priority::Low => low,
        }
    }
}

/// Announcements that share a message.
#[derive(Debug, PartialEq, Eq)]
struct Batch {
    announcements: Vec<Announcement>,
    priority: Priority,
}

/// Puts announcements into messages, in their order. One that has been attempted stands alone, so that a document that
/// kills its reader takes no neighbour with it; no message holds what is more urgent beside what is less.
fn batches(due: Vec<Announcement>) -> Vec<Batch> {
    let mut batches: Vec<Batch> = Vec::new();
    let mut open: Vec<Batch> = Vec::new();
    for announcement in due {
        let priority = announcement.priority;
        if 0 < announcement.attempts {
            batches.push(Batch { announcements: vec![announcement], priority });
            continue;
        }
        match open.iter_mut().find(|batch| batch.priority == priority) {
            Some(batch) if batch.announcements.len() < SUBMISSIONS_MAX => {
                batch.announcements.push(announcement)
            }
            Some(full) => {
                let next = Batch { announcements: vec![announcement], priority };
                batches.push(std::mem::replace(full, next));
            }
            None => open.push(Batch { announcements: vec![announcement], priority }),
        }
    }
    batches.append(&mut open);
    batches.sort_by_key(|batch| Reverse(batch.priority));
    batches
}

async fn publish(queue: &dyn Queue, batch: &Batch) -> Result<(), QueueError> {
    let submissions = batch.announcements.iter().map(|announcement| announcement.submission).collect();
    // Open until the queue has confirmed.
    let spans: Vec<_> = batch.announcements.iter().filter_map(span).collect();
    let trace = match (batch.announcements.as_slice(), spans.as_slice()) {
        // Several have each a trace of its own, which the store tells their reader.
        ([_], [span]) => span.in_scope(gongkai_telemetry::current_trace),
        _ => None,
    };
    let message = Message::new(submissions, batch.priority)?.with_trace(trace);
    match timeout(PUBLISH_PATIENCE, queue.publish(message)).await {
        Ok(published) => published,
        // The outcome is unknown, so it is published again: its receiver knows what was done already.
        Err(elapsed) => Err(QueueError::Unavailable(elapsed.into())),
    }
}

/// The span of an announcement, where its submission was accepted in a trace.
fn span(announcement: &Announcement) -> Option<Span> {
    let trace = announcement.trace.as_ref()?;
    let span = info_span!("announce", otel.kind = "producer", submission.id = %announcement.submission);
    gongkai_telemetry::continue_trace(&span, trace);
    Some(span)
}

/// How long ago something was announced that the queue is taken to have lost. What waits because parsers were paused is not
/// lost: announced again and again it would fill the queue with copies. They get as long as ever to take it up.
fn patience(paused_last: Instant) -> Duration {
    if paused_last.elapsed() < QUEUE_PATIENCE { ENDLESS_PATIENCE } else { QUEUE_PATIENCE }
}

/// Makes due again what would otherwise be forgotten: the work of dead workers, and what the queue has lost. Tells how
/// much waits.
async fn look_after(dependencies: &Dependencies, stop: &CancellationToken) {
    let outbox = &*dependencies.outbox;
    let mut next = Instant::now();
    // What was before this process began it does not know: parsers may have been paused until just now.
    let mut paused_last = Instant::now();
    while !stop.is_cancelled() {
        match dependencies.operations.pause().await {
            Ok(Some(_)) => paused_last = Instant::now(),
            Ok(None) => {}
            Err(error) => report(&error.into(), REANNOUNCE_INTERVAL),
        }
        match outbox.reannounce(patience(paused_last), REANNOUNCE_MAX).await {
            Ok(0) => {}
            Ok(count) => info!(submissions = count, "announcing {count} submissions again"),
            Err(error) => report(&error.into(), REANNOUNCE_INTERVAL),
        }
        match outbox.backlog().await {
            Ok(backlog) => {
                let overdue = backlog.next_due.map(|due| dependencies.clock.now().since(due));
                metrics::outbox(backlog.waiting, overdue.unwrap_or_default());
            }
            Err(error) => report(&error.into(), REANNOUNCE_INTERVAL),
        }
        next = (next + REANNOUNCE_INTERVAL).max(Instant::now());
        tokio::select! {
            () = tokio::time::sleep_until(next) => {}
            () = stop.cancelled() => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gongkai_model::{Purpose, SubmissionId};
    use gongkai_queue::{Delivery, DeliveryTag, MemoryQueue};
    use gongkai_serve::Anonymous;
    use gongkai_store::memory::MemoryStore;
    use gongkai_store::{
        Clock as _, Content, Intake as _, Limits, ManualClock, NewSubmission, Operations as _, Outbox as _,
        Pause, Timestamp,
    };
    use std::sync::Arc;
    use std::sync::atomic::AtomicUsize;

    fn announcement(attempts: u32) -> Announcement {
        Announcement {
            submission: SubmissionId::generate(),
            epoch: 1,
            priority: Priority::Normal,
            attempts,
            claim: 1,
            trace: None,
        }
    }

    fn shape(due: &[Announcement]) -> Vec<(usize, Priority)> {
        batches(due.to_vec()).iter().map(|batch| (batch.announcements.len(), batch.priority)).collect()
    }

    #[test]
    fn what_is_due_together_is_announced_together_up_to_a_bound() {
        assert_eq!(shape(&[announcement(0)]), [(1, Priority::Normal)]);
        let many: Vec<_> = (0..300).map(|_| announcement(0)).collect();
        assert_eq!(shape(&many), [(128, Priority::Normal), (128, Priority::Normal), (44, Priority::Normal)]);
    }

    #[test]
    fn what_was_attempted_before_stands_alone() {
        let due = [announcement(0), announcement(1), announcement(0), announcement(2)];
        assert_eq!(shape(&due), [(1, Priority::Normal), (1, Priority::Normal), (2, Priority::Normal)]);
    }

    #[test]
    fn what_is_more_urgent_is_announced_first_and_by_itself() {
        let urgent = || Announcement { priority: Priority::High, ..announcement(0) };
        let mut due: Vec<_> = (0..130).map(|_| announcement(0)).collect();
        due.insert(60, urgent());
        due.insert(120, Announcement { attempts: 1, ..urgent() });
        let (high, normal) = (Priority::High, Priority::Normal);
        assert_eq!(shape(&due), [(1, high), (1, high), (128, normal), (2, normal)]);
    }

    /// Takes a while for each message, and has room for some priorities only.
    struct Slow {
        full: Option<Priority>,
        away: bool,
        asked: AtomicUsize,
    }

    #[async_trait::async_trait]
    impl Queue for Slow {
        async fn publish(&self, message: Message) -> Result<(), QueueError> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
            match (self.away, self.full == Some(message.priority)) {
                (true, _) => Err(QueueError::Unavailable("it is away".into())),
                (_, true) => Err(QueueError::Full { max: 1 }),
                (false, false) => Ok(()),
            }
        }

        async fn receive(&self, _: usize, _: Duration) -> Result<Vec<Delivery>, QueueError> {
            Ok(Vec::new())
        }

        async fn acknowledge(&self, _: &[DeliveryTag]) -> Result<(), QueueError> {
            Ok(())
        }

        async fn hand_back(&self, _: &[DeliveryTag]) -> Result<(), QueueError> {
            Ok(())
        }
    }

    /// What comes of messages of all kinds, and how many were tried.
    async fn announced(full: Option<Priority>, away: bool) -> (Announced, usize) {
        let queue = Slow { full, away, asked: AtomicUsize::new(0) };
        let of = |number| if number % 2 == 0 { Priority::Normal } else { Priority::Low };
        let due = (0..400).map(|number| Announcement { priority: of(number), ..announcement(1) }).collect();
        let announced = announce(&queue, batches(due)).await;
        assert_eq!(announced.published.len() + announced.left.len(), 400);
        (announced, queue.asked.into_inner())
    }

    #[tokio::test(start_paused = true)]
    async fn what_waits_for_paused_parsers_is_not_announced_again_and_what_is_lost_later_is() {
        what_waits_for_paused_parsers(false).await;
    }

    #[tokio::test(start_paused = true)]
    async fn nor_is_it_by_a_process_that_begins_after_the_pause() {
        what_waits_for_paused_parsers(true).await;
    }

    async fn what_waits_for_paused_parsers(begins_again: bool) {
        const MINUTE: Duration = Duration::from_secs(60);
        let clock = Arc::new(ManualClock::starting_at(Timestamp::from_micros(0)));
        let store = Arc::new(MemoryStore::new(clock.clone(), Limits::STANDARD));
        let dependencies = Dependencies {
            intake: store.clone(),
            imports: store.clone(),
            histories: store.clone(),
            documents: store.clone(),
            batches: store.clone(),
            submissions: store.clone(),
            operations: store.clone(),
            outbox: store.clone(),
            queue: Arc::new(MemoryQueue::new(MINUTE, 10)),
            principals: Arc::new(Anonymous),
            clock: clock.clone(),
        };
        let new = NewSubmission {
            caller: String::new(),
            request_id: None,
            purpose: Purpose::Published,
            priority: Priority::Normal,
            media_type: String::new(),
            name: String::new(),
            source: String::new(),
            content: Content::Bytes("x".into()),
            trace: None,
            item: None,
        };
        store.accept(new).await.unwrap();
        let announced = store.claim_due(10, MINUTE).await.unwrap();
        store.mark_published(&announced).await.unwrap();
        let pause = Pause { since: clock.now(), reason: String::new() };
        store.pause_parsing(&pause).await.unwrap();
        let (first, second) = (CancellationToken::new(), CancellationToken::new());
        let passes = async {
            // Submissions that were announced again when so many minutes had passed.
            let passed = async |minutes: u32| {
                for _ in 0..minutes {
                    clock.advance(MINUTE);
                    tokio::time::sleep(MINUTE).await;
                }
                store.claim_due(10, MINUTE).await.unwrap().len()
            };
            assert_eq!(passed(60).await, 0);
            store.resume_parsing().await.unwrap();
            assert_eq!(passed(14).await, 0);
            if begins_again {
                // Whoever begins anew does not know that they were paused, and has to take it for possible.
                first.cancel();
                assert_eq!(passed(14).await, 0);
            }
            assert_eq!(passed(2).await, 1);
            first.cancel();
            second.cancel();
        };
        let looking = async {
            look_after(&dependencies, &first).await;
            look_after(&dependencies, &second).await;
        };
        tokio::join!(looking, passes);
    }

    #[tokio::test]
    async fn everything_is_announced_where_nothing_stands_in_the_way() {
        let (announced, asked) = announced(None, false).await;
        assert_eq!((announced.published.len(), asked), (400, 400));
        assert!(announced.failed.is_none());
    }

    #[tokio::test]
    async fn a_queue_that_is_away_is_not_asked_for_each_message() {
        let (announced, asked) = announced(None, true).await;
        assert!(asked <= MESSAGES_AT_ONCE_MAX, "{asked}");
        assert_eq!(announced.left.len(), 400);
        assert!(matches!(announced.failed, Some(QueueError::Unavailable(_))));
    }

    #[tokio::test]
    async fn replays_that_find_no_room_keep_nothing_new_back() {
        let (announced, asked) = announced(Some(Priority::Low), false).await;
        assert_eq!(announced.published.len(), 200);
        assert!(announced.published.iter().all(|one| one.epoch == 1));
        assert!(asked <= 200 + MESSAGES_AT_ONCE_MAX, "{asked}");
        assert!(matches!(announced.failed, Some(QueueError::Full { .. })));
    }
}
