//! Ingest over a real broker: one that is away delays what is accepted, and nothing else.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails in a test fails the test"
)]

use gongkai_ingest::Dependencies;
use gongkai_queue::Queue;
use gongkai_queue_amqp::{AmqpOptions, AmqpQueue};
use gongkai_serve::Anonymous;
use gongkai_store::memory::MemoryStore;
use gongkai_store::{Limits, SystemClock};
use gongkai_testkit::wait_until;
use gongkai_wire::v1;
use gongkai_wire::v1::ingest_service_client::IngestServiceClient;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;

const DEADLINE: Duration = Duration::from_secs(30);

/// Where `tools/servers/rabbitmq.sh` starts a broker, unless told otherwise.
fn address() -> String {
    std::env::var("GONGKAI_TEST_AMQP").unwrap_or("amqp://gongkai:gongkai@127.0.0.1:25670/%2f".to_owned())
}

/// A way to the broker that can be closed. Gives its port.
async fn way(server: String, open: watch::Receiver<bool>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            let (server, mut open) = (server.clone(), open.clone());
            tokio::spawn(async move {
                if !*open.borrow_and_update() {
                    return;
                }
                let mut far = TcpStream::connect(server).await.unwrap();
                tokio::select! {
                    _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                    _ = open.changed() => {}
                }
            });
        }
    });
    port
}

async fn queue(address: &str) -> Arc<AmqpQueue> {
    let mut options = AmqpOptions::standard(address.parse().unwrap());
    options.prefix = "gongkai.test.relay".to_owned();
    let queue = Arc::new(AmqpQueue::open(options).await.unwrap());
    assert!(queue.is_ready(), "there is no broker for tests; start one: tools/servers/rabbitmq.sh start");
    queue
}

async fn submit(client: &IngestServiceClient<Channel>, content: String) -> String {
    let request = v1::SubmitDocumentRequest { metadata: None, content: content.into() };
    let answer = client.clone().submit_document(request).await.unwrap();
    answer.into_inner().submission.unwrap().name
}

/// Receives until everything in `names` has been announced.
async fn announced(queue: &AmqpQueue, names: &HashSet<String>) {
    let mut left = names.clone();
    while !left.is_empty() {
        let deliveries = queue.receive(16, DEADLINE).await.unwrap();
        assert!(!deliveries.is_empty(), "{} of {} were not announced", left.len(), names.len());
        for delivery in deliveries {
            for submission in delivery.message.submissions() {
                left.remove(&submission.to_string());
            }
            queue.acknowledge(&[delivery.tag]).await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_accepted_while_the_broker_is_away_is_announced_when_it_is_back() {
    let address = address();
    let (credentials, server) = address.rsplit_once('@').unwrap();
    let server = server.split('/').next().unwrap().to_owned();
    let (open, is_open) = watch::channel(true);
    let port = way(server, is_open).await;
    let sender = queue(&format!("{credentials}@127.0.0.1:{port}/%2f")).await;
    let receiver = queue(&address).await;

    let clock = Arc::new(SystemClock);
    let store = Arc::new(MemoryStore::new(clock.clone(), Limits { outbox_rows_max: 10_000 }));
    let dependencies = Dependencies {
        intake: store.clone(),
        imports: store.clone(),
        histories: store.clone(),
        documents: store.clone(),
        submissions: store.clone(),
        batches: store.clone(),
        operations: store.clone(),
        outbox: store,
        queue: sender.clone(),
        principals: Arc::new(Anonymous),
        clock,
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let stop = CancellationToken::new();
    let served = tokio::spawn(gongkai_ingest::run(listener, dependencies, stop.clone()));
    let client = IngestServiceClient::new(Channel::from_shared(endpoint).unwrap().connect().await.unwrap());

    let mut names = HashSet::new();
    for number in 0..50 {
        names.insert(submit(&client, format!("before {number}")).await);
    }
    announced(&receiver, &names).await;

    open.send_replace(false);
    wait_until("the broker is away", DEADLINE, || async { !sender.is_ready() }).await;
    let mut names = HashSet::new();
    for number in 0..300 {
        names.insert(submit(&client, format!("meanwhile {number}")).await);
    }
    assert!(!sender.is_ready());
    open.send_replace(true);
    announced(&receiver, &names).await;

    stop.cancel();
    served.await.unwrap().unwrap();
    sender.close().await;
    receiver.close().await;
}
