//! The exchange and the queues at the broker, declared with every property stated, so that no default of one version of
//! the broker decides what another one does.
//!
//! | name | what |
//! | --- | --- |
//! | `PREFIX` | durable direct exchange; everything is published to it |
//! | `PREFIX.high`, `.normal`, `.low` | durable quorum queues, one a priority, because quorum queues know none before 4.0 |
//! | `PREFIX.unreadable` | durable quorum queue of what no receiver could read, oldest dropped first |

use crate::error::ConnectError;
use crate::session::{ORDINARY_END, Session, SessionError, answer};
use crate::{AmqpOptions, Topology};
use gongkai_model::Priority;
use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{Channel, ExchangeKind};

/// Deliveries after which a quorum queue would drop a message. It must never: attempts are the ledger's business, and a
/// message that comes back often has often met a receiver that was stopped. Version 4 takes 20 where nothing is said, and
/// calls no limit -1, which version 3 refuses; a number that is never reached means the same to both.
const DELIVERIES_MAX: i64 = 2_000_000_000;
/// Messages that are kept although nobody could read them. They are hints; the ledger has what they named.
const UNREADABLE_MAX: i64 = 10_000;
const UNREADABLE: &str = "unreadable";

/// The names of what is at the broker.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    prefix: String,
}

impl Names {
    pub(crate) fn new(prefix: &str) -> Self {
        Self { prefix: prefix.to_owned() }
    }

    pub(crate) fn exchange(&self) -> ShortString {
        self.prefix.as_str().into()
    }

    pub(crate) fn queue(&self, priority: Priority) -> ShortString {
        self.under(key(priority))
    }

    /// Everything in which messages wait, by the last part of its name.
    pub(crate) fn waiting(&self) -> [(&'static str, ShortString); 4] {
        ["high", "normal", "low", UNREADABLE].map(|key| (key, self.under(key)))
    }

    fn under(&self, key: &str) -> ShortString {
        format!("{}.{key}", self.prefix).into()
    }
}

impl Names {
    /// How many messages wait, in a channel of its own: one that is asked for what is not there is of no use any more.
    pub(crate) async fn depths(&self, session: &Session) -> Result<Vec<(&'static str, u64)>, SessionError> {
        let channel = session.channel().await?;
        let mut depths = Vec::new();
        for (key, name) in self.waiting() {
            let passive = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
            let declared = answer(channel.queue_declare(name, passive, FieldTable::default())).await?;
            depths.push((key, u64::from(declared.message_count())));
        }
        answer(channel.close(ORDINARY_END, "OK".into())).await?;
        Ok(depths)
    }
}

/// The routing key of a priority.
pub(crate) fn key(priority: Priority) -> &'static str {
    match priority {
        Priority::High => "high",
        Priority::Normal => "normal",
        Priority::Low => "low",
    }
}

/// Sees to it that everything is there and as it should be. The channel is of no use after an error.
pub(crate) async fn settle(channel: &Channel, options: &AmqpOptions) -> Result<(), ConnectError> {
    let names = Names::new(&options.prefix);
    let user = &options.address.uri().authority.userinfo.username;
    let settling = Settling { channel, names: &names, user };
    match options.topology {
        Topology::Declare => settling.declare(options.queue_messages_max).await,
        Topology::Expect => settling.look().await,
    }
}

struct Settling<'a> {
    channel: &'a Channel,
    names: &'a Names,
    user: &'a str,
}

impl Settling<'_> {
    async fn declare(&self, queue_messages_max: u32) -> Result<(), ConnectError> {
        let exchange = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
        self.exchange(exchange).await?;
        // Where the unreadable goes has to be there before anything can be sent there.
        self.queue(UNREADABLE, unreadable_arguments()).await?;
        for priority in Priority::ALL {
            self.queue(key(priority), self.arguments(queue_messages_max)).await?;
        }
        Ok(())
    }

    async fn exchange(&self, options: ExchangeDeclareOptions) -> Result<(), ConnectError> {
        let name = self.names.exchange();
        self.channel
            .exchange_declare(name.clone(), ExchangeKind::Direct, options, FieldTable::default())
            .await
            .map_err(|error| ConnectError::of_topology(error, self.user, &format!("exchange {name}")))
    }

    async fn queue(&self, key: &str, arguments: FieldTable) -> Result<(), ConnectError> {
        let name = self.names.under(key);
        let wrong = |error| ConnectError::of_topology(error, self.user, &format!("queue {name}"));
        self.channel
            .queue_declare(name.clone(), QueueDeclareOptions::durable(), arguments)
            .await
            .map_err(wrong)?;
        self.channel
            .queue_bind(
                name.clone(),
                self.names.exchange(),
                key.into(),
                QueueBindOptions::default(),
                FieldTable::default(),
            )
            .await
            .map_err(wrong)
    }

    fn arguments(&self, messages_max: u32) -> FieldTable {
        let mut arguments = quorum(i64::from(messages_max), "reject-publish");
        arguments.insert("x-dead-letter-exchange".into(), text(self.names.exchange().as_str()));
        arguments.insert("x-dead-letter-routing-key".into(), text(UNREADABLE));
        arguments.insert("x-dead-letter-strategy".into(), text("at-least-once"));
        arguments
    }

    async fn look(&self) -> Result<(), ConnectError> {
        self.exchange(ExchangeDeclareOptions { passive: true, ..ExchangeDeclareOptions::default() }).await?;
        for priority in Priority::ALL {
            let name = self.names.queue(priority);
            self.channel
                .queue_declare(
                    name.clone(),
                    QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() },
                    FieldTable::default(),
                )
                .await
                .map_err(|error| ConnectError::of_topology(error, self.user, &format!("queue {name}")))?;
        }
        Ok(())
    }
}

fn quorum(messages_max: i64, overflow: &str) -> FieldTable {
    let mut arguments = FieldTable::default();
    arguments.insert("x-queue-type".into(), text("quorum"));
    arguments.insert("x-delivery-limit".into(), AMQPValue::LongLongInt(DELIVERIES_MAX));
    arguments.insert("x-max-length".into(), AMQPValue::LongLongInt(messages_max));
    arguments.insert("x-overflow".into(), text(overflow));
    arguments
}

fn unreadable_arguments() -> FieldTable {
    quorum(UNREADABLE_MAX, "drop-head")
}

fn text(text: &str) -> AMQPValue {
    AMQPValue::LongString(text.into())
}
