//! A wire between a queue and its broker that can be cut, and that can fall silent.

use super::broker::Broker;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

pub(super) struct Wire {
    pub(super) port: u16,
    cuts: watch::Sender<u64>,
    frozen: Arc<watch::Sender<bool>>,
    listening: tokio::task::JoinHandle<()>,
}

impl Wire {
    pub(super) async fn to(broker: &Broker) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (cuts, _) = watch::channel(0);
        let frozen = Arc::new(watch::channel(false).0);
        let (server, cut, frozen_there) = (broker.server(), cuts.subscribe(), frozen.clone());
        let listening = tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let Ok(far) = TcpStream::connect(&server).await else { continue };
                let mut cut = cut.clone();
                cut.mark_unchanged();
                let frozen = frozen_there.clone();
                tokio::spawn(async move {
                    let (near_in, near_out) = near.into_split();
                    let (far_in, far_out) = far.into_split();
                    tokio::select! {
                        () = carry(near_in, far_out, &frozen) => {}
                        () = carry(far_in, near_out, &frozen) => {}
                        _ = cut.changed() => {}
                    }
                });
            }
        });
        Self { port, cuts, frozen, listening }
    }

    /// Cuts all that goes over it, in the middle of whatever it is.
    pub(super) fn cut(&self) {
        self.cuts.send_modify(|cuts| *cuts += 1);
    }

    /// Carries nothing, and shows no sign of it.
    pub(super) fn freeze(&self, frozen: bool) {
        self.frozen.send_replace(frozen);
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn carry(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    frozen: &watch::Sender<bool>,
) {
    let mut bytes = vec![0; 4096];
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        let thawed = frozen.subscribe().wait_for(|frozen| !frozen).await.is_ok();
        if !thawed || to.write_all(&bytes[..count]).await.is_err() {
            return;
        }
    }
}
