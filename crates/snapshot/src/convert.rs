//! Histories, to and from the messages that stand in parts.

use crate::SnapshotError;
use gongkai_model::{DocumentId, EndCause, Purpose, ReportId, ReviewId};
use gongkai_store::packed::{Layout, PackedReport};
use gongkai_store::{
    Cause, DocumentInfo, HistoryEvent, HistoryRevision, Position, RecordDigest, ReportHistory, RevisionInfo,
    Timestamp, review_from_bytes, review_to_bytes,
};
use gongkai_wire::{micros, timestamp, v1};

/// The message of a report, with what is known of its documents. Orders become places in a row.
pub fn history_to_message(history: &ReportHistory, documents: &[DocumentInfo]) -> v1::SnapshotReport {
    let ranks = ReportHistory::ranks(&history.events);
    let bytes = |document: DocumentId| document.digest().to_vec().into();
    let revision = |HistoryRevision { info, packed }: &HistoryRevision| v1::SnapshotRevision {
        number: info.revision,
        cause: cause_to_wire(info.cause).into(),
        document: bytes(info.document),
        part: info.part,
        extractor_version: info.extractor_version,
        record_time: Some(timestamp(info.recorded_at.micros())),
        record_sha256: info.digest.0.to_vec().into(),
        layout: packed.layout.to_bytes().into(),
        figures: packed.figures.clone().into(),
        evidence: packed.evidence.clone().into(),
    };
    let event = |(event, base): (&HistoryEvent, u32)| v1::SnapshotEvent {
        position: event.position.0,
        time: Some(timestamp(event.at.micros())),
        revision: event.revision,
        document: bytes(event.document),
        part: event.part,
        extractor_version: event.extractor_version,
        order: if event.is_review { 0 } else { ranks.get(&event.order).copied().unwrap_or_default() },
        said: event
            .said
            .iter()
            .map(|said| v1::SnapshotReview {
                name: said.id.to_string(),
                content: review_to_bytes(said).into(),
            })
            .collect(),
        ended: event
            .ended
            .iter()
            .map(|(id, cause)| v1::SnapshotReviewEnd {
                review: id.to_string(),
                state: match cause {
                    EndCause::Withdrawn => v1::ReviewState::Withdrawn,
                    EndCause::Replaced => v1::ReviewState::Replaced,
                    EndCause::Lapsed => v1::ReviewState::Lapsed,
                }
                .into(),
            })
            .collect(),
        base: event.is_review.then_some(base),
    };
    v1::SnapshotReport {
        name: history.report.to_string(),
        revisions: history.revisions.iter().map(revision).collect(),
        events: history.events.iter().zip(history.bases()).map(event).collect(),
        documents: documents
            .iter()
            .map(|info| v1::SnapshotDocument {
                sha256: bytes(info.id),
                bytes: info.bytes.cast_signed(),
                media_type: info.media_type.clone(),
                file_names: info.names.clone(),
                sources: info.sources.clone(),
                receive_time: Some(timestamp(info.received_at.micros())),
            })
            .collect(),
    }
}

fn cause_to_wire(cause: Cause) -> v1::Cause {
    match cause {
        Cause::Received => v1::Cause::Received,
        Cause::Republished => v1::Cause::Republished,
        Cause::Reparsed => v1::Cause::Reparsed,
        Cause::Amended => v1::Cause::Amended,
    }
}

/// The report of a message.
///
/// # Errors
/// Where a field makes no sense. Whether all of it does is found out by [`gongkai_store::NewHistory::new`].
pub fn history_from_message(
    message: v1::SnapshotReport,
) -> Result<(ReportHistory, Vec<DocumentInfo>), SnapshotError> {
    let report = ReportId::parse(&message.name)
        .map_err(|_| SnapshotError::damaged("a report has no name of a report"))?;
    let damaged = |what: &str| SnapshotError::damaged(format!("{what} of {report} makes no sense"));
    let record = |source| SnapshotError::Record { report, source };
    let time = |time: &Option<prost_types::Timestamp>| {
        time.as_ref().and_then(micros).map(Timestamp::from_micros).ok_or_else(|| damaged("a time"))
    };
    let document = |bytes: &[u8]| {
        bytes.try_into().map(DocumentId::from_digest).map_err(|_| damaged("the digest of a document"))
    };
    let review = |name: &str| ReviewId::parse(name).map_err(|_| damaged("the name of a review"));

    let mut events = Vec::with_capacity(message.events.len());
    for event in &message.events {
        let mut said = Vec::with_capacity(event.said.len());
        for it in &event.said {
            said.push(review_from_bytes(review(&it.name)?, &it.content).map_err(record)?);
        }
        let mut ended = Vec::with_capacity(event.ended.len());
        for it in &event.ended {
            let cause = match v1::ReviewState::try_from(it.state) {
                Ok(v1::ReviewState::Withdrawn) => EndCause::Withdrawn,
                Ok(v1::ReviewState::Replaced) => EndCause::Replaced,
                Ok(v1::ReviewState::Lapsed) => EndCause::Lapsed,
                Ok(v1::ReviewState::Unspecified | v1::ReviewState::Standing) | Err(_) => {
                    return Err(damaged("the end of a review"));
                }
            };
            ended.push((review(&it.review)?, cause));
        }
        events.push(HistoryEvent {
            position: Position(event.position),
            at: time(&event.time)?,
            revision: event.revision,
            document: document(&event.document)?,
            part: event.part,
            extractor_version: event.extractor_version,
            order: event.order,
            is_review: event.order == 0,
            said,
            ended,
            base: event.base,
        });
    }
    let mut revisions = Vec::with_capacity(message.revisions.len());
    for revision in message.revisions {
        let cause = match v1::Cause::try_from(revision.cause) {
            Ok(v1::Cause::Received) => Cause::Received,
            Ok(v1::Cause::Republished) => Cause::Republished,
            Ok(v1::Cause::Reparsed) => Cause::Reparsed,
            Ok(v1::Cause::Amended) => Cause::Amended,
            Ok(v1::Cause::Unspecified) | Err(_) => return Err(damaged("the cause of a revision")),
        };
        let first = events.iter().find(|event| event.revision == revision.number);
        let info = RevisionInfo {
            report,
            revision: revision.number,
            cause,
            document: document(&revision.document)?,
            part: revision.part,
            extractor_version: revision.extractor_version,
            digest: RecordDigest(
                (&*revision.record_sha256).try_into().map_err(|_| damaged("the digest of a record"))?,
            ),
            purpose: Purpose::Published,
            recorded_at: time(&revision.record_time)?,
            position: first.map(|event| event.position).ok_or_else(|| damaged("a revision"))?,
        };
        let packed = PackedReport {
            layout: Layout::from_bytes(&revision.layout).map_err(record)?,
            figures: revision.figures.into(),
            evidence: revision.evidence.into(),
        };
        revisions.push(HistoryRevision { info, packed });
    }
    let mut documents = Vec::with_capacity(message.documents.len());
    for known in message.documents {
        let mut names = known.file_names;
        let mut sources = known.sources;
        names.truncate(DocumentInfo::NAMES_MAX);
        sources.truncate(DocumentInfo::NAMES_MAX);
        documents.push(DocumentInfo {
            id: document(&known.sha256)?,
            bytes: u64::try_from(known.bytes).map_err(|_| damaged("the size of a document"))?,
            media_type: known.media_type,
            names,
            sources,
            received_at: time(&known.receive_time)?,
            published: true,
            draft: false,
        });
    }
    Ok((ReportHistory { report, revisions, events }, documents))
}
