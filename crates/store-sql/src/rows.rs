//! Rows, to and from the types of the seam.

use crate::reports::{Told, subject};
use crate::source::Fields;
use gongkai_model::{BatchId, DocumentId, FormId, ReportId, ScopeKind, SubmissionId, TraceContext};
use gongkai_store::codes::Code;
use gongkai_store::packed::day_from_number;
use gongkai_store::{
    Failure, ItemName, Position, Receipt, RecordDigest, Rejection, ReportKeys, ReportRevision, RevisionInfo,
    StoreError, Submission, Timestamp,
};
use std::time::Duration;
use uuid::Uuid;

/// The end of what has not ended.
pub(crate) const OPEN: i64 = i64::MAX;

/// The columns of a submission, as [`submission`] reads them.
pub(crate) const SUBMISSION_COLUMNS: &str = "id, document, purpose, name, source, media_type, epoch, state, attempts,
    next_attempt_at, failure_class, failure_message, failure_at, failure_attempt, failure_took, failure_memory,
    failure_receipt_at, rejection_reason, rejection_message, reports, accepted_at, changed_at, position, batch, item,
    priority";

/// A column that holds the number of an enumeration.
pub(crate) fn get_code<T: Code>(row: &impl Fields, column: &str) -> Result<T, StoreError> {
    T::from_code(row.number(column)?).map_err(|error| StoreError::corrupt(column, error))
}

/// A column that holds a number of a narrower type than the database's.
pub(crate) fn get_number<T: TryFrom<i64, Error: std::error::Error + Send + Sync + 'static>>(
    row: &impl Fields,
    column: &str,
) -> Result<T, StoreError> {
    T::try_from(row.number(column)?).map_err(|error| StoreError::corrupt(column, error))
}

pub(crate) fn get_time(row: &impl Fields, column: &str) -> Result<Timestamp, StoreError> {
    row.number(column).map(Timestamp::from_micros)
}

pub(crate) fn get_time_if_any(row: &impl Fields, column: &str) -> Result<Option<Timestamp>, StoreError> {
    Ok(row.number_if_any(column)?.map(Timestamp::from_micros))
}

pub(crate) fn get_bytes<const N: usize>(row: &impl Fields, column: &str) -> Result<[u8; N], StoreError> {
    row.bytes(column)?
        .try_into()
        .map_err(|error: std::array::TryFromSliceError| StoreError::corrupt(column, error))
}

pub(crate) fn get_document(row: &impl Fields, column: &str) -> Result<DocumentId, StoreError> {
    get_bytes(row, column).map(DocumentId::from_digest)
}

pub(crate) fn get_report(row: &impl Fields, column: &str) -> Result<ReportId, StoreError> {
    get_bytes(row, column).map(|bytes| ReportId::from_uuid(Uuid::from_bytes(bytes)))
}

pub(crate) fn get_submission_id(row: &impl Fields, column: &str) -> Result<SubmissionId, StoreError> {
    get_bytes(row, column).map(|bytes| SubmissionId::from_uuid(Uuid::from_bytes(bytes)))
}

pub(crate) fn get_batch(row: &impl Fields, column: &str) -> Result<BatchId, StoreError> {
    get_bytes(row, column).map(|bytes| BatchId::from_uuid(Uuid::from_bytes(bytes)))
}

/// A trace as it is kept: its parent, and its state behind a space where it has one; nothing where there is none.
pub(crate) fn trace_text(trace: Option<&TraceContext>) -> String {
    trace.map_or_else(String::new, |trace| match trace.state() {
        Some(state) => format!("{} {state}", trace.parent()),
        None => trace.parent().to_owned(),
    })
}

/// A trace from where [`trace_text`] was kept. It is only a hint, so what is not well-formed is none.
pub(crate) fn get_trace(row: &impl Fields, column: &str) -> Result<Option<TraceContext>, StoreError> {
    let text = row.text(column)?;
    Ok(match text.split_once(' ') {
        Some((parent, state)) => TraceContext::parse(parent, Some(state)),
        None => TraceContext::parse(&text, None),
    })
}

/// The bytes of an identity, for binding.
pub(crate) trait Key {
    fn key(&self) -> Vec<u8>;
}

impl Key for DocumentId {
    fn key(&self) -> Vec<u8> {
        self.digest().to_vec()
    }
}

impl Key for gongkai_model::ReviewId {
    fn key(&self) -> Vec<u8> {
        self.uuid().into_bytes().to_vec()
    }
}

impl Key for BatchId {
    fn key(&self) -> Vec<u8> {
        self.uuid().into_bytes().to_vec()
    }
}

impl Key for SubmissionId {
    fn key(&self) -> Vec<u8> {
        self.uuid().into_bytes().to_vec()
    }
}

impl Key for ReportId {
    fn key(&self) -> Vec<u8> {
        self.uuid().into_bytes().to_vec()
    }
}

impl Key for gongkai_store::packed::LayoutId {
    fn key(&self) -> Vec<u8> {
        self.0.to_vec()
    }
}

impl Key for gongkai_store::StagingId {
    fn key(&self) -> Vec<u8> {
        self.uuid().into_bytes().to_vec()
    }
}

/// The number of an enumeration, for binding.
pub(crate) fn code(value: impl Code) -> i64 {
    value.code().into()
}

/// How long an attempt lasted, for binding.
pub(crate) fn took(receipt: Receipt) -> Option<i64> {
    receipt.took.map(|took| i64::try_from(took.as_micros()).unwrap_or(i64::MAX))
}

/// By how many bytes an attempt's process grew, for binding.
pub(crate) fn memory(receipt: Receipt) -> Option<i64> {
    receipt.memory_bytes.map(|bytes| i64::try_from(bytes).unwrap_or(i64::MAX))
}

fn get_size_if_any(row: &impl Fields, column: &str) -> Result<Option<u64>, StoreError> {
    let size = row.number_if_any(column)?.map(u64::try_from).transpose();
    size.map_err(|error| StoreError::corrupt(column, error))
}

pub(crate) fn submission(row: &impl Fields) -> Result<Submission, StoreError> {
    let failure = match row.text_if_any("failure_class")? {
        Some(class) => Some(Failure {
            class,
            message: row.text("failure_message")?,
            at: get_time(row, "failure_at")?,
            attempt: get_number(row, "failure_attempt")?,
            receipt: receipt(row)?,
        }),
        None => None,
    };
    Ok(Submission {
        id: get_submission_id(row, "id")?,
        document: get_document(row, "document")?,
        item: item_name(row)?,
        purpose: get_code(row, "purpose")?,
        priority: get_code(row, "priority")?,
        name: row.text("name")?,
        source: row.text("source")?,
        media_type: row.text("media_type")?,
        epoch: get_number(row, "epoch")?,
        state: get_code(row, "state")?,
        attempts: get_number(row, "attempts")?,
        next_attempt_at: get_time_if_any(row, "next_attempt_at")?,
        failure,
        rejection: rejection(row)?,
        reports: unpack_reports(row.bytes("reports")?)?,
        accepted_at: get_time(row, "accepted_at")?,
        changed_at: get_time(row, "changed_at")?,
        position: Position(row.number("position")?),
    })
}

/// What the failed attempt has taken, unless what stands there is what another one has.
fn receipt(row: &impl Fields) -> Result<Receipt, StoreError> {
    if row.number_if_any("failure_receipt_at")? != row.number_if_any("failure_at")? {
        return Ok(Receipt::default());
    }
    Ok(Receipt {
        took: get_size_if_any(row, "failure_took")?.map(Duration::from_micros),
        memory_bytes: get_size_if_any(row, "failure_memory")?,
    })
}

/// The name of a submission as an item of a batch, if it is one.
fn item_name(row: &impl Fields) -> Result<Option<ItemName>, StoreError> {
    match row.text_if_any("item")? {
        Some(key) => Ok(Some(ItemName { batch: get_batch(row, "batch")?, key })),
        None => Ok(None),
    }
}

/// The rejection in a row of a submission or a reading.
pub(crate) fn rejection(row: &impl Fields) -> Result<Option<Rejection>, StoreError> {
    if row.number_if_any("rejection_reason")?.is_none() {
        return Ok(None);
    }
    Ok(Some(Rejection {
        reason: get_code(row, "rejection_reason")?,
        message: row.text("rejection_message")?,
    }))
}

/// How the reading of a document ended.
pub(crate) enum Reading {
    Reports(Vec<ReportRevision>),
    Rejected(Rejection),
}

impl Reading {
    /// Its columns: reports, reason and message.
    pub(crate) fn columns(&self) -> (Option<Vec<u8>>, Option<i64>, Option<String>) {
        match self {
            Self::Reports(reports) => (Some(pack_reports(reports)), None, None),
            Self::Rejected(rejection) => {
                (None, Some(code(rejection.reason)), Some(rejection.message.clone()))
            }
        }
    }

    /// The reading of a row with these columns.
    pub(crate) fn of(row: &impl Fields) -> Result<Self, StoreError> {
        Ok(match rejection(row)? {
            Some(rejection) => Self::Rejected(rejection),
            None => Self::Reports(unpack_reports(row.bytes("reports")?)?),
        })
    }
}

/// The results of a submission in one value: 20 bytes each.
pub(crate) fn pack_reports(reports: &[ReportRevision]) -> Vec<u8> {
    let mut packed = Vec::with_capacity(reports.len() * 20);
    for report in reports {
        packed.extend_from_slice(report.report.uuid().as_bytes());
        packed.extend_from_slice(&report.revision.to_be_bytes());
    }
    packed
}

pub(crate) fn unpack_reports(packed: &[u8]) -> Result<Vec<ReportRevision>, StoreError> {
    let (reports, rest) = packed.as_chunks::<20>();
    if !rest.is_empty() {
        return Err(StoreError::corrupt("results of a submission", "their length is no multiple of 20"));
    }
    let read = |packed: &[u8; 20]| {
        let (report, revision) = packed.split_first_chunk::<16>()?;
        Some(ReportRevision {
            report: ReportId::from_uuid(Uuid::from_bytes(*report)),
            revision: u32::from_be_bytes(revision.try_into().ok()?),
        })
    };
    let reports: Option<Vec<_>> = reports.iter().map(read).collect();
    reports.ok_or_else(|| StoreError::corrupt("results of a submission", "they are cut off"))
}

/// The columns of a revision, from the table `revisions` as `r`, as [`revision`] reads them.
pub(crate) const REVISION_COLUMNS: &str =
    "r.report, r.revision, r.cause, r.document, r.part, r.extractor_version,
    r.digest, r.purpose, r.recorded_at, r.position";

pub(crate) fn revision(row: &impl Fields) -> Result<RevisionInfo, StoreError> {
    Ok(RevisionInfo {
        report: get_report(row, "report")?,
        revision: get_number(row, "revision")?,
        cause: get_code(row, "cause")?,
        document: get_document(row, "document")?,
        part: get_number(row, "part")?,
        extractor_version: get_number(row, "extractor_version")?,
        digest: RecordDigest(get_bytes(row, "digest")?),
        purpose: get_code(row, "purpose")?,
        recorded_at: get_time(row, "recorded_at")?,
        position: Position(row.number("position")?),
    })
}

/// The columns of a revision's keys, from the table `revisions` as `r`, as [`keys`] reads them.
pub(crate) const KEY_COLUMNS: &str =
    "r.id AS revision_id, r.year, r.form, r.region_name, r.region_code, r.issuer, r.subject, r.subject_rank,
    r.subject_kind, r.scope, r.title, r.published";

/// The keys of a row. What it does not note of its subject stands in `told`.
pub(crate) fn keys(row: &impl Fields, told: &Told) -> Result<ReportKeys, StoreError> {
    let subject = subject(row, told)?;
    Ok(ReportKeys {
        year: read_year(row.number("year")?)?,
        form: get_code::<FormId>(row, "form")?,
        region_name: row.text("region_name")?,
        region_code: row.text("region_code")?,
        issuer: row.text("issuer")?,
        subject: row.text("subject")?,
        subject_rank: subject.rank,
        subject_kind: subject.kind,
        scope: get_code::<ScopeKind>(row, "scope")?,
        title: row.text("title")?,
        published: row.number_if_any("published")?.map(day_from_number).transpose()?,
    })
}

/// The number of a year, which sorts an unknown one before all others.
pub(crate) fn year(year: Option<u16>) -> i64 {
    year.map_or(-1, i64::from)
}

pub(crate) fn read_year(year: i64) -> Result<Option<u16>, StoreError> {
    match year {
        -1 => Ok(None),
        year => Ok(Some(u16::try_from(year).map_err(|error| StoreError::corrupt("year", error))?)),
    }
}
