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

/// Also not where the same name was given with both.
pub(super) async fn what_drafts_are_called_does_not_show_in_what_is_published(subject: &Subject) {
    let named = |new: NewSubmission, name: &str, source: &str| NewSubmission {
        name: name.to_owned(),
        source: source.to_owned(),
        ..new
    };
    let drafted = subject.accept(named(draft(new("one")), "secret.txt", "file:///secret")).await;
    subject.accept(named(draft(new("one")), "both.txt", "")).await;
    let published = subject.accept(named(new("one"), "both.txt", "https://example.org/1")).await;
    subject.accept(named(new("one"), "open.txt", "")).await;
    let document = drafted.document;
    let known = async |purpose| {
        let info = subject.store.document(document, purpose).await.unwrap();
        (info.names, info.sources)
    };
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let open = (texts(&["both.txt", "open.txt"]), texts(&["https://example.org/1"]));
    assert_eq!(known(Some(Purpose::Published)).await, open);
    let hidden = (texts(&["secret.txt", "both.txt"]), texts(&["file:///secret"]));
    assert_eq!(known(Some(Purpose::Draft)).await, hidden);
    assert_eq!(known(None).await.0, ["both.txt", "open.txt", "secret.txt"]);
    // Each is read by what it was called itself.
    let of_draft = subject.begin(drafted.id).await;
    assert_eq!((of_draft.name.as_str(), of_draft.source.as_str()), ("secret.txt", "file:///secret"));
    let of_published = subject.begin(published.id).await;
    assert_eq!(
        (of_published.name.as_str(), of_published.source.as_str()),
        ("both.txt", "https://example.org/1")
    );
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
