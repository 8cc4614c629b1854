//! One connection, from its beginning to its end. Nothing of it is taken over into the next one.

use crate::error::ConnectError;
use crate::{AmqpOptions, topology};
use futures::StreamExt;
use lapin::tcp::{AsyncTcpStream, OwnedTLSConfig};
use lapin::uri::AMQPScheme;
use lapin::{Channel, Connection, ConnectionProperties, Event};
use std::net::Shutdown;
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

/// How long the broker may take for one question that needs no disk.
pub(crate) const ANSWER_PATIENCE: Duration = Duration::from_secs(5);
/// How often a connection is looked at that has sent no word of its end.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);
/// How long the broker may take to take leave.
const CLOSE_PATIENCE: Duration = Duration::from_secs(2);
/// Publications in a row without an answer after which a connection is given up.
const SILENCES_MAX: u32 = 3;
/// What the protocol calls an ordinary end.
pub(crate) const ORDINARY_END: u16 = 200;

/// A connection that was made, with everything at the broker seen to be there.
pub(crate) struct Session {
    /// Which connection of this queue; rises with each.
    pub(crate) generation: u64,
    connection: Connection,
    socket: OwnedSocket,
    lost: CancellationToken,
    blocked: watch::Sender<bool>,
    /// Publications in a row that the broker has not answered in time.
    silences: AtomicU32,
}

impl Session {
    pub(crate) async fn open(options: &AmqpOptions, generation: u64) -> Result<Arc<Self>, ConnectError> {
        let (connection, socket) = connect(options).await?;
        let (blocked, _) = watch::channel(false);
        let session = Arc::new(Self {
            generation,
            connection,
            socket,
            lost: CancellationToken::new(),
            blocked,
            silences: AtomicU32::new(0),
        });
        tokio::spawn(watch_over(session.clone()));
        // Whoever stops waiting for this leaves no connection behind.
        let abandoned = session.lost.clone().drop_guard();
        let settled = async {
            let channel = session.channel().await.map_err(ConnectError::away)?;
            topology::settle(&channel, options).await
        };
        match settled.await {
            Ok(()) => {
                abandoned.disarm();
                Ok(session)
            }
            Err(error) => {
                session.close().await;
                Err(error)
            }
        }
    }

    /// A new channel.
    pub(crate) async fn channel(&self) -> Result<Channel, SessionError> {
        answer(self.connection.create_channel()).await
    }

    /// Tells the supervisor that this connection is good for nothing any more.
    pub(crate) fn lose(&self) {
        self.lost.cancel();
    }

    pub(crate) fn is_lost(&self) -> bool {
        self.lost.is_cancelled()
    }

    /// Returns when the connection is good for nothing any more.
    pub(crate) async fn until_lost(&self) {
        self.lost.cancelled().await;
    }

    /// The broker answers.
    pub(crate) fn heard(&self) {
        self.silences.store(0, Ordering::Relaxed);
    }

    /// The broker does not answer in time. Once may be a busy broker, more is a dead connection.
    pub(crate) fn heard_nothing(&self) {
        if SILENCES_MAX <= self.silences.fetch_add(1, Ordering::Relaxed) + 1 {
            self.lose();
        }
    }

    /// Whether the broker takes no messages at present, because its memory or its disk runs short.
    pub(crate) fn is_blocked(&self) -> bool {
        *self.blocked.borrow()
    }

    /// Returns when the broker takes no messages.
    pub(crate) async fn until_blocked(&self) {
        // The sender is ours, so that it is there for as long as we are.
        let _ = self.blocked.subscribe().wait_for(|blocked| *blocked).await;
    }

    /// Takes leave. What was written before reaches the broker, if anything does.
    pub(crate) async fn close(&self) {
        self.lose();
        // A connection that is broken already has nobody to take leave of.
        let _ = timeout(CLOSE_PATIENCE, self.connection.close(ORDINARY_END, "OK".into())).await;
        self.socket.end();
    }
}

/// Why the broker did not answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SessionError {
    #[error("the broker says no, or is gone")]
    Broker(#[from] lapin::Error),
    #[error("the broker does not answer")]
    Silent,
}

/// The broker's answer, if it comes in time.
pub(crate) async fn answer<T>(asked: impl Future<Output = lapin::Result<T>>) -> Result<T, SessionError> {
    match timeout(ANSWER_PATIENCE, asked).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(SessionError::Silent),
    }
}

/// The socket below a connection. lapin has a thread for each connection, which waits for the socket as long as there is one,
/// also when nobody waits for lapin any more: a broker that never answers would cost a thread with each try.
#[derive(Default)]
struct Socket {
    is_abandoned: bool,
    stream: Option<std::net::TcpStream>,
}

/// Ends the socket when it is dropped.
struct OwnedSocket(Arc<Mutex<Socket>>);

impl OwnedSocket {
    fn end(&self) {
        let mut socket = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        socket.is_abandoned = true;
        if let Some(stream) = socket.stream.take() {
            // One that has ended already is as good.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

impl Drop for OwnedSocket {
    fn drop(&mut self) {
        self.end();
    }
}

async fn connect(options: &AmqpOptions) -> Result<(Connection, OwnedSocket), ConnectError> {
    let uri = options.address.uri();
    let user = uri.authority.userinfo.username.clone();
    let properties =
        ConnectionProperties::default().with_connection_name(options.connection_name.as_str().into());
    let tls = OwnedTLSConfig { identity: None, cert_chain: options.roots.clone() };
    let runtime = lapin::runtime::default_runtime().map_err(ConnectError::away)?;
    let socket = Arc::<Mutex<Socket>>::default();
    let owned = OwnedSocket(socket.clone());
    // lapin's own way of connecting writes the address with its password to the trace log.
    let connecting = Connection::connector(
        uri,
        runtime,
        async move |uri, runtime| {
            let opening = async {
                let host = uri.authority.host.as_str();
                let addresses: Vec<_> = tokio::net::lookup_host((host, uri.authority.port)).await?.collect();
                let stream = AsyncTcpStream::connect(&runtime, addresses).await?;
                if let AsyncTcpStream::Plain(stream) = &stream {
                    let handle = stream.get_ref().as_fd().try_clone_to_owned()?;
                    let mut socket = socket.lock().unwrap_or_else(PoisonError::into_inner);
                    if socket.is_abandoned {
                        return Err(std::io::Error::from(std::io::ErrorKind::ConnectionAborted));
                    }
                    socket.stream = Some(handle.into());
                }
                match uri.scheme {
                    AMQPScheme::AMQP => Ok(stream),
                    AMQPScheme::AMQPS => stream.into_tls(host, tls.as_ref()).await,
                }
            };
            Ok(timeout(ANSWER_PATIENCE, opening).await.map_err(std::io::Error::from)??)
        },
        properties,
    );
    match answer(connecting).await {
        Ok(connection) => Ok((connection, owned)),
        Err(SessionError::Broker(error)) => Err(ConnectError::of_connecting(error, &user)),
        Err(error @ SessionError::Silent) => Err(ConnectError::away(error)),
    }
}

/// Notes what the broker says about the connection, until it is lost.
async fn watch_over(session: Arc<Session>) {
    let mut events = std::pin::pin!(session.connection.events_listener());
    while !session.is_lost() {
        let event = tokio::select! {
            event = timeout(LOOK_INTERVAL, events.next()) => event,
            () = session.until_lost() => break,
        };
        match event {
            Ok(Some(Event::ConnectionBlocked(reason))) => {
                warn!("the broker takes no messages for now: {reason}");
                session.blocked.send_replace(true);
            }
            Ok(Some(Event::ConnectionUnblocked)) => {
                info!("the broker takes messages again");
                session.blocked.send_replace(false);
            }
            Ok(Some(Event::Error(_)) | None) => session.lose(),
            // Perhaps an end without an event.
            Ok(Some(_)) | Err(_) => {
                if !session.connection.status().connected() {
                    session.lose();
                }
            }
        }
    }
}
