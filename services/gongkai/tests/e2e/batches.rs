//! Batches as a client has them, and what must hold of them whatever server is behind it.

use super::{Clients, DEADLINE, Server, made_up, metadata};
use gongkai_wire::v1;
use gongkai_wire::v1::batch_item::Outcome;
use gongkai_wire::v1::batch_service_client::BatchServiceClient;
use gongkai_wire::v1::upload_batch_request::Part;
use std::collections::BTreeMap;
use std::time::Instant;
use tonic::Status;
use tonic::transport::Channel;

const ITEMS: u64 = 60;
/// Answers that are read before everything ends in the midst of it.
const BEFORE: usize = 10;

fn client(clients: &Clients) -> BatchServiceClient<Channel> {
    BatchServiceClient::new(clients.channel.clone())
}

fn key(number: u64) -> String {
    format!("reports/{number}.html")
}

fn messages(batch: &str) -> impl Iterator<Item = v1::UploadBatchRequest> + Send + 'static {
    let items = (0..ITEMS).map(|number| {
        Part::Item(v1::BatchItemStart {
            key: key(number),
            metadata: Some(metadata(&format!("{number}.html"))),
            content: made_up(number).into(),
            ..Default::default()
        })
    });
    let parts = std::iter::once(Part::Batch(batch.to_owned())).chain(items);
    parts.map(|part| v1::UploadBatchRequest { part: Some(part) })
}

/// Sends everything, and reads at most so many answers.
async fn upload(
    clients: &Clients,
    batch: &str,
    answers_max: usize,
) -> Result<BTreeMap<String, v1::Submission>, Status> {
    let stream = tokio_stream::iter(messages(batch));
    let mut answers = client(clients).upload_batch(stream).await?.into_inner();
    let mut answered = BTreeMap::new();
    while answered.len() < answers_max
        && let Some(answer) = answers.message().await?
    {
        let item = answer.item.unwrap();
        let Some(Outcome::Submission(submission)) = item.outcome else { panic!("{item:?}") };
        assert_eq!((&submission.batch, &submission.item_key), (&batch.to_owned(), &item.key));
        answered.insert(item.key, submission);
    }
    Ok(answered)
}

async fn progress(clients: &Clients, batch: &str) -> v1::BatchProgress {
    let request = v1::GetBatchRequest { name: batch.to_owned() };
    client(clients).get_batch(request).await.unwrap().into_inner().batch.unwrap().progress.unwrap()
}

/// A batch is uploaded while the server dies, gone on with, read to its end, and told of by another process afterwards.
/// `restart` ends what takes documents in as a crash would, and starts it again.
pub async fn a_batch_is_resumed_and_told_of_for_ever(
    mut server: Server,
    restart: impl Fn(Server) -> Server,
) -> Server {
    let clients = server.clients().await;
    let request = v1::CreateBatchRequest { expected_items: ITEMS, ..Default::default() };
    let batch = client(&clients).create_batch(request).await.unwrap().into_inner().batch.unwrap().name;
    let first = upload(&clients, &batch, BEFORE).await.unwrap();
    assert_eq!(first.len(), BEFORE);
    server = restart(server);

    let clients = server.clients().await;
    // What the one before has answered for is there, and it is not the end.
    let before = progress(&clients, &batch).await;
    assert!(BEFORE as u64 <= before.open + before.done && before.end_time.is_none(), "{before:?}");
    let answers = upload(&clients, &batch, usize::MAX).await.unwrap();
    assert_eq!(answers.len() as u64, ITEMS);
    for (key, submission) in &first {
        assert_eq!(answers[key].name, submission.name);
    }
    let begun = Instant::now();
    let mut ended_before = 0;
    let ended = loop {
        let progress = progress(&clients, &batch).await;
        assert!(ended_before <= progress.done, "it never goes backwards");
        assert_eq!(progress.rejected + progress.dead + progress.cancelled + progress.refused, 0);
        ended_before = progress.done;
        if progress.open == 0 {
            break progress;
        }
        assert!(begun.elapsed() < DEADLINE, "{progress:?}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    };
    assert_eq!(ended.done, ITEMS);
    assert!(ended.end_time.is_some() && ended.remaining.is_none() && 0 < ended.ended_per_1000_seconds);
    assert_eq!(clients.submissions().await.len() as u64, ITEMS, "nothing was taken twice");

    server = restart(server);
    let clients = server.clients().await;
    let after = progress(&clients, &batch).await;
    assert_eq!(v1::BatchProgress { read_time: ended.read_time, ..after }, ended);
    let request = v1::ListBatchItemsRequest { name: batch.clone(), page_size: 7, ..Default::default() };
    let page = client(&clients).list_batch_items(request).await.unwrap().into_inner();
    assert_eq!(page.items.len(), 7);
    assert!(!page.next_page_token.is_empty());
    server
}
