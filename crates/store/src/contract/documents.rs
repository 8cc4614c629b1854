use super::{Subject, draft, new};
use crate::{DocumentInfo, NewSubmission, StoreError};
use gongkai_model::{DocumentId, Purpose};

pub(super) async fn a_document_comes_back_byte_for_byte(subject: &Subject) {
    let bytes: Vec<u8> = (0..=255).cycle().take(700_000).collect();
    let accepted = subject.accept(new(bytes.clone())).await;
    let info = subject.store.document(accepted.document, None).await.unwrap();
    assert_eq!((info.bytes, info.chunks()), (700_000, 3));
    assert_eq!(info.media_type, "text/plain");
    assert_eq!(info.received_at, accepted.accepted_at);
    let mut read = Vec::new();
    for index in 0..3 {
        read.extend(subject.store.document_chunk(info.id, index).await.unwrap().unwrap());
    }
    assert!(read == bytes);
    assert_eq!(subject.store.document_chunk(info.id, 3).await.unwrap(), None);
}

pub(super) async fn an_empty_document_has_no_chunks(subject: &Subject) {
    let accepted = subject.accept(new("")).await;
    let info = subject.store.document(accepted.document, None).await.unwrap();
    assert_eq!((info.bytes, info.chunks()), (0, 0));
    assert_eq!(subject.store.document_bytes(info.id, 0).await.unwrap(), "");
    assert_eq!(subject.store.document_chunk(info.id, 0).await.unwrap(), None);
}

pub(super) async fn names_and_sources_are_sets(subject: &Subject) {
    let sent =
        [("b.txt", "https://example.org/1"), ("a.txt", ""), ("b.txt", "https://example.org/2"), ("", "")];
    let mut document = None;
    for (name, source) in sent {
        let new = NewSubmission { name: name.to_owned(), source: source.to_owned(), ..new("one") };
        document = Some(subject.accept(new).await.document);
    }
    let info = subject.store.document(document.unwrap(), None).await.unwrap();
    assert_eq!(info.names, ["b.txt", "a.txt"]);
    assert_eq!(info.sources, ["https://example.org/1", "https://example.org/2"]);
}

pub(super) async fn a_drafts_document_does_not_show_among_published_ones(subject: &Subject) {
    let see = async |document, purpose| -> Option<DocumentInfo> {
        match subject.store.document(document, purpose).await {
            Ok(info) => Some(info),
            Err(StoreError::NotFound(_)) => None,
            Err(error) => panic!("{error}"),
        }
    };
    let document = subject.accept(draft(new("one"))).await.document;
    assert_eq!(see(document, Some(Purpose::Published)).await, None);
    assert!(see(document, Some(Purpose::Draft)).await.unwrap().draft);
    assert!(!see(document, None).await.unwrap().published);
    subject.accept(new("one")).await;
    assert!(see(document, Some(Purpose::Published)).await.unwrap().draft);
    assert!(see(document, Some(Purpose::Draft)).await.unwrap().published);
}

pub(super) async fn a_document_larger_than_asked_for_is_refused(subject: &Subject) {
    let document = subject.accept(new("four")).await.document;
    assert_eq!(subject.store.document_bytes(document, 4).await.unwrap(), "four");
    let refused = subject.store.document_bytes(document, 3).await;
    assert!(matches!(refused, Err(StoreError::TooLarge { actual: 4, max: 3, .. })));
}

pub(super) async fn an_unknown_document_is_not_found(subject: &Subject) {
    let unknown = DocumentId::from_digest([7; 32]);
    assert!(matches!(subject.store.document(unknown, None).await, Err(StoreError::NotFound(_))));
    assert!(matches!(subject.store.document_chunk(unknown, 0).await, Err(StoreError::NotFound(_))));
    assert!(matches!(subject.store.document_bytes(unknown, 1).await, Err(StoreError::NotFound(_))));
}
