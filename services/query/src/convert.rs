//! From stored records to the wire's.

use gongkai_model::ReportId;
use gongkai_store::{Cause, DocumentInfo, RevisionInfo, StoredFinding, StoredReport};
use gongkai_wire::{CellText, ErrorReason, MESSAGE_BYTES_MAX, RecordParts, timestamp, v1};
use prost::Message;
use tonic::Status;

/// A record in a view; labels and units come from its form.
pub(crate) fn report(stored: &StoredReport, view: v1::ReportView) -> v1::Report {
    let form = gongkai_forms::form(stored.report.form);
    let cell_text = |key: &str| {
        let cell = form.and_then(|form| form.cells.get(form.cell_index(key)?))?;
        Some(CellText { label_zh: &cell.label_zh, label_en: &cell.label_en, unit: cell.unit })
    };
    let info = &stored.info;
    v1::Report {
        name: info.report.to_string(),
        revision: Some(v1::Revision {
            renditions: stored.renditions.iter().map(ToString::to_string).collect(),
            ..revision(info)
        }),
        etag: etag(info),
        purpose: v1::Purpose::from(info.purpose).into(),
        form_version: form.map_or(0, |form| form.version),
        ..gongkai_wire::report(&stored.report, RecordParts::of(view), cell_text)
    }
}

/// A record that is a message of its own.
///
/// # Errors
/// `RESOURCE_EXHAUSTED` where it does not fit into one.
pub(crate) fn whole_report(stored: &StoredReport, view: v1::ReportView) -> Result<v1::Report, Status> {
    let report = report(stored, view);
    match report.encoded_len() <= MESSAGE_BYTES_MAX {
        true => Ok(report),
        false => Err(too_large(stored.info.report)),
    }
}

/// A record does not fit into a message.
pub(crate) fn too_large(report: ReportId) -> Status {
    let message = format!("{report} has more text than one message carries");
    ErrorReason::ReportTooLarge.resource("report", &report.to_string(), message)
}

fn revision(info: &RevisionInfo) -> v1::Revision {
    v1::Revision {
        number: info.revision,
        cause: match info.cause {
            Cause::Received => v1::Cause::Received,
            Cause::Republished => v1::Cause::Republished,
            Cause::Reparsed => v1::Cause::Reparsed,
            Cause::Amended => v1::Cause::Amended,
        }
        .into(),
        position: info.position.0,
        create_time: Some(timestamp(info.recorded_at.micros())),
        document: info.document.to_string(),
        extractor_version: info.extractor_version,
        digest: info.digest.0.iter().map(|byte| format!("{byte:02x}")).collect(),
        renditions: Vec::new(),
    }
}

/// Another revision is another state, and so is what another extractor says.
fn etag(info: &RevisionInfo) -> String {
    let digest: String = info.digest.0.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{}-{}-{digest}\"", info.revision, info.extractor_version)
}

pub(crate) fn document(info: &DocumentInfo) -> v1::Document {
    v1::Document {
        name: info.id.to_string(),
        size_bytes: info.bytes,
        media_type: info.media_type.clone(),
        file_names: info.names.clone(),
        source_uris: info.sources.clone(),
        create_time: Some(timestamp(info.received_at.micros())),
    }
}

pub(crate) fn finding(stored: &StoredFinding) -> v1::ReportFinding {
    v1::ReportFinding {
        report: stored.revision.report.to_string(),
        revision: stored.revision.revision,
        finding: Some(gongkai_wire::finding(&stored.finding)),
    }
}
