//! How a broker is reached and used.

use crate::OpenError;
use lapin::uri::{AMQPScheme, AMQPUri};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// Seconds without a sign of life after which a connection is given up, where the address does not say otherwise. The broker
/// looks so often, and gives up at the second or third look in vain: a process that is frozen must not be sent what is
/// announced again because it is frozen, twelve seconds after it has renewed its leases.
const HEARTBEAT_SECONDS: u16 = 4;
/// Characters of a prefix; the broker allows 255 bytes for a name.
const PREFIX_LENGTH_MAX: usize = 200;
/// What is asked of the broker's queues: their bound may not be less than one, nor more than their counters hold.
const QUEUE_MESSAGES_MAX: u32 = i32::MAX.cast_unsigned();

/// Where a broker is, and as whom to speak to it. Shows no password, whatever is done to it.
#[derive(Clone, PartialEq, Eq)]
pub struct Address(AMQPUri);

impl Address {
    pub(crate) fn uri(&self) -> AMQPUri {
        let mut uri = self.0.clone();
        uri.query.heartbeat.get_or_insert(HEARTBEAT_SECONDS);
        uri
    }
}

impl FromStr for Address {
    type Err = OpenError;

    /// Reads `amqp://user:password@host:port/vhost`, or `amqps` for TLS. The virtual host `/` is written `%2f`.
    fn from_str(text: &str) -> Result<Self, OpenError> {
        // The parser's words may repeat the text, and with it the password.
        let uri = AMQPUri::from_str(text).map_err(|_| OpenError::Address)?;
        match uri.authority.host.is_empty() || uri.vhost.is_empty() {
            true => Err(OpenError::Address),
            false => Ok(Self(uri)),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.0.scheme {
            AMQPScheme::AMQP => "amqp",
            AMQPScheme::AMQPS => "amqps",
        };
        let authority = &self.0.authority;
        let vhost = self.0.vhost.replace('%', "%25").replace('/', "%2f");
        write!(f, "{scheme}://{}@{}:{}/{vhost}", authority.userinfo.username, authority.host, authority.port)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Who makes the exchange and the queues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topology {
    /// This process does, where they are not there, and refuses to start where they are there with other properties.
    Declare,
    /// Somebody else has; this process only looks whether they are there. For a user that may use, but not configure.
    Expect,
}

/// How a broker is used.
#[derive(Clone, Debug)]
pub struct AmqpOptions {
    /// Where it is.
    pub address: Address,
    /// Certificates in PEM form that are trusted beside the system's, for `amqps`.
    pub roots: Option<String>,
    /// What the broker's lists of connections show for this process.
    pub connection_name: String,
    /// What the names of the exchange and of all queues begin with.
    pub prefix: String,
    /// Who makes them.
    pub topology: Topology,
    /// Messages that each queue keeps waiting; what exceeds it is refused.
    pub queue_messages_max: u32,
    /// Messages of each priority that this process is sent before it has acknowledged any.
    pub prefetch: u16,
    /// How long the broker may take to confirm a message.
    pub confirm_patience: Duration,
}

impl AmqpOptions {
    /// What a service uses with the broker at `address`.
    pub fn standard(address: Address) -> Self {
        Self {
            address,
            roots: None,
            connection_name: "gongkai".to_owned(),
            prefix: "gongkai.submissions".to_owned(),
            topology: Topology::Declare,
            queue_messages_max: 100_000,
            prefetch: 16,
            confirm_patience: Duration::from_secs(4),
        }
    }

    pub(crate) fn check(&self) -> Result<(), OpenError> {
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
        let prefix = &self.prefix;
        if prefix.is_empty() || PREFIX_LENGTH_MAX < prefix.len() || !prefix.bytes().all(is_name) {
            return Err(OpenError::Option(
                "prefix",
                "1 to 200 letters, digits, dots, dashes and underscores",
            ));
        }
        if prefix.starts_with("amq.") {
            return Err(OpenError::Option("prefix", "names that begin with `amq.` belong to the broker"));
        }
        if self.prefetch == 0 {
            return Err(OpenError::Option("prefetch", "at least 1; 0 would mean without bound"));
        }
        if !(1..=QUEUE_MESSAGES_MAX).contains(&self.queue_messages_max) {
            return Err(OpenError::Option("queue_messages_max", "from 1 to 2,147,483,647"));
        }
        if self.confirm_patience.is_zero() {
            return Err(OpenError::Option("confirm_patience", "more than nothing"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options() -> AmqpOptions {
        AmqpOptions::standard("amqp://user:s3cret@broker.example:5672/%2f".parse().unwrap())
    }

    #[test]
    fn no_way_of_showing_an_address_shows_the_password() {
        let options = options();
        for text in [format!("{options:?}"), format!("{options:#?}"), options.address.to_string()] {
            assert!(!text.contains("s3cret"), "{text}");
            assert!(text.contains("amqp://user@broker.example:5672/%2f"), "{text}");
        }
        for wrong in [
            "http://user:s3cret@host/",
            "amqp://user:s3cret@host:99999/%2f",
            "amqp://user:s3cret@/%2f",
            "s3cret",
        ] {
            let error = wrong.parse::<Address>().unwrap_err();
            assert!(!format!("{error:?} {error}").contains("s3cret"), "{wrong}");
        }
    }

    #[test]
    fn silence_ends_a_connection_unless_the_address_says_when() {
        assert_eq!(options().address.uri().query.heartbeat, Some(4));
        let patient: Address = "amqp://host/%2f?heartbeat=60".parse().unwrap();
        assert_eq!(patient.uri().query.heartbeat, Some(60));
    }

    #[test]
    fn options_that_cannot_work_are_refused() {
        assert!(options().check().is_ok());
        let refused = |change: &dyn Fn(&mut AmqpOptions)| {
            let mut options = options();
            change(&mut options);
            options.check().is_err()
        };
        assert!(refused(&|options| options.prefix.clear()));
        assert!(refused(&|options| options.prefix = "a b".to_owned()));
        assert!(refused(&|options| options.prefix = "amq.mine".to_owned()));
        assert!(!refused(&|options| options.prefix = "a".repeat(200)));
        assert!(refused(&|options| options.prefix = "a".repeat(201)));
        assert!(refused(&|options| options.prefetch = 0));
        assert!(refused(&|options| options.queue_messages_max = 0));
        assert!(refused(&|options| options.queue_messages_max = u32::MAX));
        assert!(refused(&|options| options.confirm_patience = Duration::ZERO));
    }
}
