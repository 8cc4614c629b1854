//! One file on its way to the server.

use super::{Event, Terms};
use crate::client::{Client, persist};
use crate::input::Input;
use gongkai_wire::CHUNK_BYTES_MAX;
use gongkai_wire::v1::{
    DocumentMetadata, Submission, SubmitDocumentRequest, UploadDocumentRequest, upload_document_request::Part,
};
use tonic::Status;
use uuid::Uuid;

/// Sends a file until the server has answered for it; a repetition changes nothing there.
pub(super) async fn send(client: Client, file: Input, terms: Terms) -> Event {
    let name = file.name();
    let metadata = DocumentMetadata {
        file_name: file.hint(None).name.unwrap_or_default().to_owned(),
        purpose: terms.purpose.into(),
        priority: terms.priority.into(),
        request_id: Uuid::now_v7().to_string(),
        ..DocumentMetadata::default()
    };
    let content = match tokio::task::spawn_blocking(move || file.bytes()).await {
        Ok(Ok(content)) => content,
        Ok(Err(unread)) => return Event::Refused { file: name, why: unread.message().to_owned() },
        Err(error) => return Event::Refused { file: name, why: error.to_string() },
    };
    let result = if content.len() <= CHUNK_BYTES_MAX {
        persist(|| submit(client.clone(), metadata.clone(), content.clone())).await
    } else {
        persist(|| upload(client.clone(), metadata.clone(), content.clone())).await
    };
    match result {
        Ok(Some(submission)) => Event::Accepted { file: name, submission },
        Ok(None) => Event::Refused { file: name, why: "the server answered without a submission".to_owned() },
        Err(status) => Event::Refused { file: name, why: status.message().to_owned() },
    }
}

async fn submit(
    mut client: Client,
    metadata: DocumentMetadata,
    content: Vec<u8>,
) -> Result<Option<Submission>, Status> {
    let request = SubmitDocumentRequest { metadata: Some(metadata), content: content.into() };
    Ok(client.ingest.submit_document(request).await?.into_inner().submission)
}

async fn upload(
    mut client: Client,
    metadata: DocumentMetadata,
    content: Vec<u8>,
) -> Result<Option<Submission>, Status> {
    let mut parts = vec![Part::Metadata(metadata)];
    parts.extend(content.chunks(CHUNK_BYTES_MAX).map(|chunk| Part::Chunk(chunk.to_vec().into())));
    let parts = parts.into_iter().map(|part| UploadDocumentRequest { part: Some(part) });
    Ok(client.ingest.upload_document(futures::stream::iter(parts)).await?.into_inner().submission)
}
