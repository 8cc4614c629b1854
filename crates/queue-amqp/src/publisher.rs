//! Publishes in windows: what waits goes to the broker together, and is answered when all of it is confirmed.
//!
//! The broker sends a message that it cannot route back *before* it confirms it, and lapin hands what came back to
//! whichever confirmation it meets next. Were each caller answered by its own confirmation, the caller of a returned
//! message could be told that it is safe. So nobody is answered before the window is complete, and what came back is
//! found by its id.

use crate::counts::Counters;
use crate::envelope;
use crate::error::unavailable;
use crate::session::{Session, SessionError, answer};
use crate::supervisor::Present;
use crate::topology::{Names, key};
use futures::future::join_all;
use gongkai_queue::{Message, QueueError};
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::{Channel, Confirmation};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// Windows that are on their way at the same time, each on a channel of its own.
const LANES: usize = 4;
/// Messages of a window.
const WINDOW_MAX: usize = 64;
/// Messages that wait for a lane. Who comes when so many wait is made to wait itself.
const WAITING_MAX: usize = LANES * WINDOW_MAX;

/// What stood in the way of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum Hindrance {
    #[error("there is no connection to the broker")]
    Away,
    #[error("the connection to the broker was lost")]
    Lost,
    #[error("the broker takes no messages for now, because its memory or its disk runs short")]
    Blocked,
    #[error("the broker does not confirm in time")]
    Silent,
    #[error("no queue is bound for the message")]
    Unbound,
    #[error("the queue is closed")]
    Closed,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// It is safe.
    Confirmed,
    /// The queue is full.
    Full,
    /// It came back.
    Returned,
    /// It never left.
    Kept(Hindrance),
    /// Nobody knows.
    Unknown(Hindrance),
}

/// A message on its way, and who waits for it.
struct Pending {
    message: Message,
    done: oneshot::Sender<Result<(), QueueError>>,
}

/// Takes messages from callers and hands them to the lanes.
pub(crate) struct Publisher {
    waiting: mpsc::Sender<Pending>,
    patience: Duration,
}

/// What a publisher needs.
pub(crate) struct PublisherParts {
    pub(crate) present: Present,
    pub(crate) names: Names,
    pub(crate) counters: Arc<Counters>,
    pub(crate) confirm_patience: Duration,
    pub(crate) queue_messages_max: u64,
}

impl Publisher {
    /// A publisher and its lanes, which end when the publisher is dropped and nothing waits any more.
    pub(crate) fn start(parts: PublisherParts) -> (Self, JoinSet<()>) {
        let (waiting, receiver) = mpsc::channel(WAITING_MAX);
        let receiver = Arc::new(Mutex::new(receiver));
        // A place in a window, a channel, and the confirmation.
        let patience = 3 * parts.confirm_patience;
        let parts = Arc::new(parts);
        let mut lanes = JoinSet::new();
        for number in 0..LANES {
            let lane = Lane { number, count: 0, channel: None, parts: parts.clone() };
            lanes.spawn(lane.run(receiver.clone()));
        }
        (Self { waiting, patience }, lanes)
    }

    pub(crate) async fn publish(&self, message: Message) -> Result<(), QueueError> {
        let publishing = async {
            let (done, confirmed) = oneshot::channel();
            let pending = Pending { message, done };
            self.waiting.send(pending).await.map_err(|_| closed())?;
            confirmed.await.map_err(|_| closed())?
        };
        match timeout(self.patience, publishing).await {
            Ok(published) => published,
            Err(_) => Err(unavailable(Hindrance::Silent)),
        }
    }
}

/// One channel's worth of windows, one after the other.
struct Lane {
    number: usize,
    /// Messages so far, to tell them apart.
    count: u64,
    channel: Option<(u64, Channel)>,
    parts: Arc<PublisherParts>,
}

impl Lane {
    async fn run(mut self, waiting: Arc<Mutex<mpsc::Receiver<Pending>>>) {
        let mut window = Vec::with_capacity(WINDOW_MAX);
        loop {
            // The lane that waits has the receiver; the others are under way.
            if waiting.lock().await.recv_many(&mut window, WINDOW_MAX).await == 0 {
                return;
            }
            // Who has stopped waiting will publish again.
            window.retain(|pending: &Pending| !pending.done.is_closed());
            self.publish(&mut window).await;
            window.clear();
        }
    }

    /// Publishes a window and answers everybody in it.
    async fn publish(&mut self, window: &mut Vec<Pending>) {
        if window.is_empty() {
            return;
        }
        let present = self.parts.present.borrow().clone();
        let fates = match present {
            None => vec![Fate::Kept(Hindrance::Away); window.len()],
            Some(session) if session.is_blocked() => vec![Fate::Kept(Hindrance::Blocked); window.len()],
            Some(session) => self.publish_through(&session, window).await,
        };
        for (pending, fate) in window.drain(..).zip(fates) {
            // Who has stopped waiting will publish again.
            let _ = pending.done.send(self.answer(fate));
        }
    }

    /// What the caller hears.
    fn answer(&self, fate: Fate) -> Result<(), QueueError> {
        let counters = &self.parts.counters;
        match fate {
            Fate::Confirmed => {
                counters.confirmed.add(1);
                Ok(())
            }
            Fate::Full => {
                counters.refused.add(1);
                Err(QueueError::Full { max: self.parts.queue_messages_max })
            }
            Fate::Returned => {
                counters.returned.add(1);
                Err(unavailable(Hindrance::Unbound))
            }
            Fate::Kept(hindrance) => Err(unavailable(hindrance)),
            Fate::Unknown(hindrance) => {
                counters.unknown.add(1);
                Err(unavailable(hindrance))
            }
        }
    }

    async fn publish_through(&mut self, session: &Session, window: &[Pending]) -> Vec<Fate> {
        let opened = timeout(self.parts.confirm_patience, self.channel(session)).await;
        let channel = match opened.map_err(|_| SessionError::Silent) {
            Ok(Ok(channel)) => channel,
            Ok(Err(SessionError::Broker(_))) => {
                session.lose();
                return vec![Fate::Kept(Hindrance::Lost); window.len()];
            }
            Ok(Err(SessionError::Silent)) | Err(_) => {
                session.heard_nothing();
                return vec![Fate::Kept(Hindrance::Silent); window.len()];
            }
        };
        let ids: Vec<String> = window.iter().map(|_| self.next_id(session)).collect();
        let names = &self.parts.names;
        let sending =
            window.iter().zip(&ids).map(|(pending, id)| send(&channel, names, &pending.message, id));
        let outcome = tokio::select! {
            confirmed = timeout(self.parts.confirm_patience, join_all(sending)) => confirmed.map_err(|_| Hindrance::Silent),
            () = session.until_blocked() => Err(Hindrance::Blocked),
            () = session.until_lost() => Err(Hindrance::Lost),
        };
        let hindrance = match outcome {
            Ok(confirmations) => {
                session.heard();
                let (fates, is_sound) = fates(confirmations, &ids);
                if is_sound {
                    return fates;
                }
                session.lose();
                self.channel = None;
                return fates;
            }
            Err(hindrance) => hindrance,
        };
        // What is open on this channel would mix with what comes next.
        self.channel = None;
        if hindrance == Hindrance::Silent {
            session.heard_nothing();
        }
        vec![Fate::Unknown(hindrance); window.len()]
    }

    /// This lane's channel of the session.
    async fn channel(&mut self, session: &Session) -> Result<Channel, SessionError> {
        if let Some((generation, channel)) = &self.channel
            && *generation == session.generation
            && channel.status().connected()
        {
            return Ok(channel.clone());
        }
        let channel = session.channel().await?;
        answer(channel.confirm_select(ConfirmSelectOptions::default())).await?;
        self.channel = Some((session.generation, channel.clone()));
        Ok(channel)
    }

    /// Unique on this connection; what came back is found by it.
    fn next_id(&mut self, session: &Session) -> String {
        self.count += 1;
        format!("{}-{}-{}", session.generation, self.number, self.count)
    }
}

async fn send(channel: &Channel, names: &Names, message: &Message, id: &str) -> lapin::Result<Confirmation> {
    // One without a queue for it comes back instead of being dropped.
    let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
    let (body, properties) = (envelope::body(message), envelope::properties(message, id));
    channel
        .basic_publish(names.exchange(), key(message.priority).into(), options, &body, properties)
        .await?
        .await
}

/// What became of each message of a window, and whether the channel is fit for another one.
fn fates(confirmations: Vec<lapin::Result<Confirmation>>, ids: &[String]) -> (Vec<Fate>, bool) {
    let mut returned = HashSet::new();
    let mut strays = false;
    let mut fates: Vec<Fate> = confirmations
        .into_iter()
        .map(|confirmation| {
            let (fate, message) = match confirmation {
                Ok(Confirmation::Ack(message)) => (Fate::Confirmed, message),
                Ok(Confirmation::Nack(message)) => (Fate::Full, message),
                Ok(Confirmation::NotRequested) | Err(_) => (Fate::Unknown(Hindrance::Lost), None),
            };
            if let Some(message) = message {
                match message.delivery.properties.message_id() {
                    Some(id) => strays |= !returned.insert(id.to_string()),
                    None => strays = true,
                }
            }
            fate
        })
        .collect();
    let mut found = 0;
    for (fate, id) in fates.iter_mut().zip(ids) {
        if returned.contains(id) {
            *fate = Fate::Returned;
            found += 1;
        }
    }
    strays |= found < returned.len();
    if strays {
        // Something came back and nobody knows whose it is.
        fates.fill(Fate::Unknown(Hindrance::Unbound));
    }
    let is_sound = !strays && !fates.iter().any(|fate| matches!(fate, Fate::Unknown(_)));
    (fates, is_sound)
}

/// What callers hear when the queue is closed.
pub(crate) fn closed() -> QueueError {
    unavailable(Hindrance::Closed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use lapin::BasicProperties;
    use lapin::message::{BasicReturnMessage, Delivery};

    fn ids(count: usize) -> Vec<String> {
        (0..count).map(|number| number.to_string()).collect()
    }

    fn returned(id: Option<&str>) -> Option<BasicReturnMessage> {
        let mut delivery = Delivery::mock(0, "".into(), "low".into(), false, Vec::new());
        if let Some(id) = id {
            delivery.properties = BasicProperties::default().with_message_id(id.into());
        }
        Some(BasicReturnMessage { delivery, reply_code: 312, reply_text: "NO_ROUTE".into() })
    }

    #[test]
    fn each_hears_what_became_of_its_own_message() {
        let confirmations = vec![Ok(Confirmation::Ack(None)), Ok(Confirmation::Nack(None))];
        assert_eq!(fates(confirmations, &ids(2)), (vec![Fate::Confirmed, Fate::Full], true));
    }

    #[test]
    fn what_came_back_is_found_wherever_lapin_has_put_it() {
        // Message 0 came back; lapin has given it to the confirmation of message 2.
        let confirmations = vec![
            Ok(Confirmation::Ack(None)),
            Ok(Confirmation::Ack(None)),
            Ok(Confirmation::Ack(returned(Some("0")))),
        ];
        let expected = vec![Fate::Returned, Fate::Confirmed, Fate::Confirmed];
        assert_eq!(fates(confirmations, &ids(3)), (expected, true));
        let crossed =
            vec![Ok(Confirmation::Ack(returned(Some("1")))), Ok(Confirmation::Ack(returned(Some("0"))))];
        assert_eq!(fates(crossed, &ids(2)), (vec![Fate::Returned; 2], true));
    }

    #[test]
    fn nobody_is_told_that_it_is_safe_when_something_came_back_that_nobody_knows() {
        for stray in [returned(None), returned(Some("9"))] {
            let confirmations = vec![Ok(Confirmation::Ack(None)), Ok(Confirmation::Ack(stray))];
            let (fates, is_sound) = fates(confirmations, &ids(2));
            assert_eq!(fates, [Fate::Unknown(Hindrance::Unbound); 2]);
            assert!(!is_sound);
        }
    }

    #[test]
    fn an_error_is_unknown_and_ends_the_channel() {
        let error = lapin::Error::from(lapin::ErrorKind::MissingHeartbeatError);
        let confirmations = vec![Ok(Confirmation::Ack(None)), Err(error), Ok(Confirmation::NotRequested)];
        let unknown = Fate::Unknown(Hindrance::Lost);
        assert_eq!(fates(confirmations, &ids(3)), (vec![Fate::Confirmed, unknown, unknown], false));
    }
}
