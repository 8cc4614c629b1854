//! From stored records to the wire's.

use gongkai_forms::Form;
use gongkai_model::{Figure, FormId, Report, ReportId};
use gongkai_store::{
    Cause, DocumentInfo, ReportChange, ReportSummary, RevisionInfo, StoredFinding, StoredReport, StoredReview,
};
use gongkai_wire::{CellText, ErrorReason, MESSAGE_BYTES_MAX, RecordParts, timestamp, v1};
use prost::Message;
use tonic::Status;

/// A record in a view; labels and units come from its form.
pub(crate) fn report(stored: &StoredReport, view: v1::ReportView) -> v1::Report {
    let form = gongkai_forms::form(stored.report.form);
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
        ..gongkai_wire::report(&stored.report, RecordParts::of(view), |key| cell_text(form, key))
    }
}

/// A record that is not stored, in a view.
///
/// # Errors
/// `RESOURCE_EXHAUSTED` where it does not fit into one message.
pub(crate) fn unstored_report(report: &Report, view: v1::ReportView) -> Result<v1::Report, Status> {
    let form = gongkai_forms::form(report.form);
    let message = v1::Report {
        form_version: form.map_or(0, |form| form.version),
        ..gongkai_wire::report(report, RecordParts::of(view), |key| cell_text(form, key))
    };
    match message.encoded_len() <= MESSAGE_BYTES_MAX {
        true => Ok(message),
        false => {
            let text = "the report has more text than one message carries; ask for less of it";
            Err(ErrorReason::ReportTooLarge.status(text))
        }
    }
}

/// What the form says of a cell.
pub(crate) fn cell_text<'a>(form: Option<&'a Form>, key: &str) -> Option<CellText<'a>> {
    let cell = form.and_then(|form| form.cells.get(form.cell_index(key)?))?;
    Some(CellText { label_zh: &cell.label_zh, label_en: &cell.label_en, unit: cell.unit })
}

/// A cell of a report in this form, with its evidence.
pub(crate) fn figure(form: FormId, figure: &Figure) -> v1::Figure {
    gongkai_wire::figure(figure, cell_text(gongkai_forms::form(form), &figure.key), true)
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

/// The name of a revision.
pub(crate) fn revision_name(info: &RevisionInfo) -> String {
    format!("{}/revisions/{}", info.report, info.revision)
}

/// The cause with this number; none for the wire's zero and for what is not known here.
pub(crate) fn cause_of(number: i32) -> Option<Cause> {
    Cause::ALL.into_iter().find(|known| i32::from(cause(*known)) == number)
}

fn cause(cause: Cause) -> v1::Cause {
    match cause {
        Cause::Received => v1::Cause::Received,
        Cause::Republished => v1::Cause::Republished,
        Cause::Reparsed => v1::Cause::Reparsed,
        Cause::Amended => v1::Cause::Amended,
    }
}

/// A revision that has become current, without what it opens and closes.
pub(crate) fn change(change: &ReportChange) -> v1::ReportChange {
    let ReportSummary { info, keys, findings_failing, figures_undetermined } = &change.current;
    let kind = match change.previous {
        None => v1::ReportChangeKind::New,
        Some(_) => v1::ReportChangeKind::Revised,
    };
    v1::ReportChange {
        position: change.position.0,
        kind: kind.into(),
        report: info.report.to_string(),
        key: keys.year.map(|year| v1::ReportKey {
            subject: keys.subject.clone(),
            scope: v1::ScopeKind::from(keys.scope).into(),
            year: year.into(),
        }),
        revision: Some(revision(info)),
        previous_revision: change.previous.unwrap_or(0),
        form: v1::Form::from(keys.form).into(),
        region_name: keys.region_name.clone(),
        region_code: keys.region_code.clone(),
        findings_failing: *findings_failing,
        figures_undetermined: *figures_undetermined,
        opened: Vec::new(),
        closed: Vec::new(),
    }
}

/// What a reviewer has said.
pub(crate) fn review(stored: &StoredReview) -> v1::Review {
    let end = stored.end.map(|end| (end.cause, end.at.micros()));
    gongkai_wire::review(&stored.said, stored.report, stored.at.micros(), end)
}

pub(crate) fn revision(info: &RevisionInfo) -> v1::Revision {
    v1::Revision {
        number: info.revision,
        cause: cause(info.cause).into(),
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
