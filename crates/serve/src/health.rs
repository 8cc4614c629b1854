//! What the standard health service tells: of the whole, of each service, and of each thing that they depend on.

use futures::future::BoxFuture;
use std::time::Duration;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;
use tracing::{info, warn};

/// How often dependencies are looked at, and how long one may take to answer.
const INTERVAL: Duration = Duration::from_secs(2);
const PATIENCE: Duration = Duration::from_secs(2);

type Probe = Box<dyn Fn() -> BoxFuture<'static, bool> + Send + Sync>;

/// Something that services depend on, such as the store or the queue.
pub struct Dependency {
    name: &'static str,
    is_needed: bool,
    is_there: Probe,
}

impl Dependency {
    /// A dependency under `name` in the health service (`gongkai.store`), with the question whether it is there.
    pub fn new(
        name: &'static str,
        is_there: impl Fn() -> BoxFuture<'static, bool> + Send + Sync + 'static,
    ) -> Self {
        Self { name, is_needed: true, is_there: Box::new(is_there) }
    }

    /// The same, without which calls can still be served.
    #[must_use]
    pub fn that_may_be_away(mut self) -> Self {
        self.is_needed = false;
        self
    }
}

/// What is told, and from what it follows.
pub(crate) struct Health {
    reporter: HealthReporter,
    services: Vec<&'static str>,
    dependencies: Vec<Dependency>,
    /// Which dependencies were there when last looked at.
    were_there: Vec<bool>,
}

impl Health {
    pub(crate) fn new(
        reporter: HealthReporter,
        services: Vec<&'static str>,
        dependencies: Vec<Dependency>,
    ) -> Self {
        let were_there = vec![true; dependencies.len()];
        Self { reporter, services, dependencies, were_there }
    }

    /// Looks at the dependencies, and tells what follows.
    pub(crate) async fn tell(&mut self) {
        let mut is_served = true;
        for (dependency, was_there) in self.dependencies.iter().zip(&mut self.were_there) {
            let is_there = timeout(PATIENCE, (dependency.is_there)()).await.unwrap_or(false);
            if is_there != std::mem::replace(was_there, is_there) {
                match is_there {
                    true => info!(dependency = dependency.name, "{} is back", dependency.name),
                    false => warn!(dependency = dependency.name, "{} is away", dependency.name),
                }
            }
            is_served &= is_there || !dependency.is_needed;
            self.reporter.set_service_status(dependency.name, status(is_there)).await;
        }
        self.tell_services(is_served).await;
    }

    async fn tell_services(&self, are_served: bool) {
        // The empty name stands for the whole server.
        for name in self.services.iter().copied().chain([""]) {
            self.reporter.set_service_status(name, status(are_served)).await;
        }
    }

    /// Goes on telling until `stop`; then says that nothing is served any more.
    pub(crate) async fn watch(mut self, stop: &CancellationToken) {
        while !stop.is_cancelled() {
            tokio::select! {
                () = stop.cancelled() => break,
                () = tokio::time::sleep(INTERVAL) => {}
            }
            if !self.dependencies.is_empty() {
                tokio::select! {
                    () = stop.cancelled() => break,
                    () = self.tell() => {}
                }
            }
        }
        self.tell_services(false).await;
    }
}

fn status(is_there: bool) -> ServingStatus {
    if is_there { ServingStatus::Serving } else { ServingStatus::NotServing }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Services, serve};
    use futures::FutureExt as _;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use tokio::net::TcpListener;
    use tonic::transport::Channel;
    use tonic_health::pb::HealthCheckRequest;
    use tonic_health::pb::health_check_response::ServingStatus as Told;
    use tonic_health::pb::health_client::HealthClient;

    /// A dependency that is there as long as the switch says so.
    fn switched(name: &'static str) -> (Dependency, Arc<AtomicBool>) {
        let switch = Arc::new(AtomicBool::new(true));
        let is_there = switch.clone();
        let dependency = Dependency::new(name, move || {
            let is_there = is_there.load(Ordering::SeqCst);
            async move { is_there }.boxed()
        });
        (dependency, switch)
    }

    #[tokio::test]
    async fn what_is_needed_and_away_stops_the_services_and_what_may_be_away_does_not() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let ((store, store_is_there), (queue, queue_is_there)) = (switched("store"), switched("queue"));
        let services = Services::new()
            .unwrap()
            .with_part("part")
            .with_dependency(store)
            .with_dependency(queue.that_may_be_away())
            .with_grace(Duration::from_secs(60));
        let stop = CancellationToken::new();
        let serving = tokio::spawn(serve(listener, services, stop.clone()));
        let channel = Channel::from_shared(address).unwrap().connect().await.unwrap();
        let mut client = HealthClient::new(channel);
        let mut becomes = async |names: &[&str], told: Told| {
            for name in names {
                let request = HealthCheckRequest { service: (*name).to_owned() };
                let mut stream = client.watch(request).await.unwrap().into_inner();
                let until = async {
                    while stream.message().await.unwrap().is_none_or(|answer| answer.status != told as i32) {}
                };
                timeout(Duration::from_secs(60), until).await.unwrap();
            }
        };
        becomes(&["", "part", "store", "queue"], Told::Serving).await;
        queue_is_there.store(false, Ordering::SeqCst);
        becomes(&["queue"], Told::NotServing).await;
        becomes(&["", "part", "store"], Told::Serving).await;
        store_is_there.store(false, Ordering::SeqCst);
        becomes(&["store", "part", ""], Told::NotServing).await;
        store_is_there.store(true, Ordering::SeqCst);
        becomes(&["store", "part", ""], Told::Serving).await;
        // Asked to end, it says so first, and still takes calls.
        stop.cancel();
        becomes(&["part", ""], Told::NotServing).await;
        serving.abort();
    }
}
