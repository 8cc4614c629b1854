//! Why a queue cannot be opened, and what an error of the broker means.

use gongkai_queue::{BoxError, QueueError};
use lapin::ErrorKind;
use lapin::protocol::{AMQPErrorKind, AMQPHardError, AMQPSoftError};

/// Why a queue cannot be opened. Each is for the operator to mend; a broker that is away is none of them.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address is none. It is not shown, because it may hold a password.
    #[error(
        "the broker's address is not of the form amqp://user:password@host:port/vhost (the vhost / is written %2f)"
    )]
    Address,
    /// An option has a value that cannot work.
    #[error("{0} must be {1}")]
    Option(&'static str, &'static str),
    /// The broker does not know the user, or not for this virtual host.
    #[error("the broker does not let {user} in: check name, password and virtual host")]
    Login {
        /// The name of the user.
        user: String,
        /// The broker's words.
        #[source]
        source: BoxError,
    },
    /// The user lacks a permission.
    #[error("the broker does not let {user} {action}: give the permissions that docs/operations.md lists")]
    Permission {
        /// The name of the user.
        user: String,
        /// What it may not do.
        action: String,
        /// The broker's words.
        #[source]
        source: BoxError,
    },
    /// Something is there already, and is not what this version makes.
    #[error(
        "{name} is there with other properties than this version gives it: put the option back that was changed, choose \
         another prefix, or stop all services and delete it once it is empty"
    )]
    Different {
        /// Its name.
        name: String,
        /// The broker's words; they say which property.
        #[source]
        source: BoxError,
    },
    /// Something is not there, and this process may not make it.
    #[error("{name} is not there: start a service that declares it first")]
    Missing {
        /// Its name.
        name: String,
        /// The broker's words.
        #[source]
        source: BoxError,
    },
}

/// Why a connection did not come about, or what it is not good for.
#[derive(Debug)]
pub(crate) enum ConnectError {
    /// Another try may succeed.
    Away(BoxError),
    /// The operator has to do something first.
    Refused(OpenError),
}

impl ConnectError {
    pub(crate) fn away(error: impl Into<BoxError>) -> Self {
        Self::Away(error.into())
    }

    /// What the error means that came when the connection was being opened.
    pub(crate) fn of_connecting(error: lapin::Error, user: &str) -> Self {
        match refusal(&error) {
            Some(Refusal::NotAllowed | Refusal::NotFound | Refusal::Different) => {
                Self::Refused(OpenError::Login { user: user.to_owned(), source: error.into() })
            }
            None => Self::away(error),
        }
    }

    /// What the error means that came when `name` was declared or looked for.
    pub(crate) fn of_topology(error: lapin::Error, user: &str, name: &str) -> Self {
        let (user, name) = (user.to_owned(), name.to_owned());
        match refusal(&error) {
            Some(Refusal::NotAllowed) => {
                let action = format!("declare or use {name}");
                Self::Refused(OpenError::Permission { user, action, source: error.into() })
            }
            Some(Refusal::Different) => Self::Refused(OpenError::Different { name, source: error.into() }),
            Some(Refusal::NotFound) => Self::Refused(OpenError::Missing { name, source: error.into() }),
            None => Self::away(error),
        }
    }
}

/// What another try will not mend.
enum Refusal {
    NotAllowed,
    NotFound,
    Different,
}

fn refusal(error: &lapin::Error) -> Option<Refusal> {
    let ErrorKind::ProtocolError(error) = error.kind() else { return None };
    let says = |words: &str| error.get_message().as_str().contains(words);
    match error.kind() {
        // Too many connections at the moment.
        AMQPErrorKind::Hard(AMQPHardError::NOTALLOWED) if says("limit") => None,
        AMQPErrorKind::Soft(AMQPSoftError::ACCESSREFUSED)
        | AMQPErrorKind::Hard(AMQPHardError::NOTALLOWED) => Some(Refusal::NotAllowed),
        // A queue whose members are not running is there, and says 404 all the same.
        AMQPErrorKind::Soft(AMQPSoftError::NOTFOUND) if says("no queue") || says("no exchange") => {
            Some(Refusal::NotFound)
        }
        AMQPErrorKind::Soft(AMQPSoftError::PRECONDITIONFAILED) => Some(Refusal::Different),
        AMQPErrorKind::Soft(_) | AMQPErrorKind::Hard(_) => None,
    }
}

/// For a caller that may try again.
pub(crate) fn unavailable(error: impl Into<BoxError>) -> QueueError {
    QueueError::Unavailable(error.into())
}
