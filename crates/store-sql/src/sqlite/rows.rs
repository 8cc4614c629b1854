//! Rows, to and from the types of the seam.

use super::sql;
use gongkai_model::{DocumentId, FormId, ReportId, ScopeKind, SubmissionId};
use gongkai_store::codes::Code;
use gongkai_store::packed::day_from_number;
use gongkai_store::{
    Failure, Position, RecordDigest, Rejection, ReportKeys, ReportRevision, RevisionInfo, StoreError,
    Submission, Timestamp,
};
use sqlx::sqlite::{Sqlite, SqliteRow};
use sqlx::{Decode, Row, Type};
use uuid::Uuid;

/// The columns of a submission, as [`submission`] reads them.
pub(super) const SUBMISSION_COLUMNS: &str = "id, document, purpose, name, source, media_type, epoch, state, attempts,
    next_attempt_at, failure_class, failure_message, failure_at, failure_attempt, rejection_reason, rejection_message,
    reports, accepted_at, changed_at, position";

/// A column of a row.
pub(super) fn get<'r, T: Decode<'r, Sqlite> + Type<Sqlite>>(
    row: &'r SqliteRow,
    column: &str,
) -> Result<T, StoreError> {
    row.try_get(column).map_err(sql)
}

/// A column that holds the number of an enumeration.
pub(super) fn get_code<T: Code>(row: &SqliteRow, column: &str) -> Result<T, StoreError> {
    T::from_code(get(row, column)?).map_err(|error| StoreError::corrupt(column, error))
}

/// A column that holds a number of a narrower type than SQLite's.
pub(super) fn get_number<T: TryFrom<i64, Error: std::error::Error + Send + Sync + 'static>>(
    row: &SqliteRow,
    column: &str,
) -> Result<T, StoreError> {
    T::try_from(get::<i64>(row, column)?).map_err(|error| StoreError::corrupt(column, error))
}

pub(super) fn get_time(row: &SqliteRow, column: &str) -> Result<Timestamp, StoreError> {
    get(row, column).map(Timestamp::from_micros)
}

pub(super) fn get_bytes<const N: usize>(row: &SqliteRow, column: &str) -> Result<[u8; N], StoreError> {
    let bytes: &[u8] = get(row, column)?;
    bytes.try_into().map_err(|error: std::array::TryFromSliceError| StoreError::corrupt(column, error))
}

pub(super) fn get_document(row: &SqliteRow, column: &str) -> Result<DocumentId, StoreError> {
    get_bytes(row, column).map(DocumentId::from_digest)
}

pub(super) fn get_report(row: &SqliteRow, column: &str) -> Result<ReportId, StoreError> {
    get_bytes(row, column).map(|bytes| ReportId::from_uuid(Uuid::from_bytes(bytes)))
}

pub(super) fn get_submission_id(row: &SqliteRow, column: &str) -> Result<SubmissionId, StoreError> {
    get_bytes(row, column).map(|bytes| SubmissionId::from_uuid(Uuid::from_bytes(bytes)))
}

/// The bytes of an identity, for binding.
pub(super) trait Key {
    fn key(&self) -> Vec<u8>;
}

impl Key for DocumentId {
    fn key(&self) -> Vec<u8> {
        self.digest().to_vec()
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

impl Key for gongkai_store::StagingId {
    fn key(&self) -> Vec<u8> {
        self.uuid().into_bytes().to_vec()
    }
}

/// The number of an enumeration, for binding.
pub(super) fn code(value: impl Code) -> i64 {
    value.code().into()
}

pub(super) fn submission(row: &SqliteRow) -> Result<Submission, StoreError> {
    let failure = match get::<Option<String>>(row, "failure_class")? {
        Some(class) => Some(Failure {
            class,
            message: get(row, "failure_message")?,
            at: get_time(row, "failure_at")?,
            attempt: get_number(row, "failure_attempt")?,
        }),
        None => None,
    };
    Ok(Submission {
        id: get_submission_id(row, "id")?,
        document: get_document(row, "document")?,
        purpose: get_code(row, "purpose")?,
        name: get(row, "name")?,
        source: get(row, "source")?,
        media_type: get(row, "media_type")?,
        epoch: get_number(row, "epoch")?,
        state: get_code(row, "state")?,
        attempts: get_number(row, "attempts")?,
        next_attempt_at: get::<Option<i64>>(row, "next_attempt_at")?.map(Timestamp::from_micros),
        failure,
        rejection: rejection(row)?,
        reports: unpack_reports(get(row, "reports")?)?,
        accepted_at: get_time(row, "accepted_at")?,
        changed_at: get_time(row, "changed_at")?,
        position: Position(get(row, "position")?),
    })
}

/// The rejection in a row of a submission or a reading.
pub(super) fn rejection(row: &SqliteRow) -> Result<Option<Rejection>, StoreError> {
    if get::<Option<i64>>(row, "rejection_reason")?.is_none() {
        return Ok(None);
    }
    Ok(Some(Rejection {
        reason: get_code(row, "rejection_reason")?,
        message: get(row, "rejection_message")?,
    }))
}

/// The results of a submission in one value: 20 bytes each.
pub(super) fn pack_reports(reports: &[ReportRevision]) -> Vec<u8> {
    let mut packed = Vec::with_capacity(reports.len() * 20);
    for report in reports {
        packed.extend_from_slice(report.report.uuid().as_bytes());
        packed.extend_from_slice(&report.revision.to_be_bytes());
    }
    packed
}

pub(super) fn unpack_reports(packed: &[u8]) -> Result<Vec<ReportRevision>, StoreError> {
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
pub(super) const REVISION_COLUMNS: &str =
    "r.report, r.revision, r.cause, r.document, r.part, r.extractor_version,
    r.digest, r.purpose, r.recorded_at, r.position";

pub(super) fn revision(row: &SqliteRow) -> Result<RevisionInfo, StoreError> {
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
        position: Position(get(row, "position")?),
    })
}

/// The columns of a revision's keys, from the table `revisions` as `r`, as [`keys`] reads them.
pub(super) const KEY_COLUMNS: &str =
    "r.year, r.form, r.region_name, r.region_code, r.issuer, r.subject, r.scope, r.title, r.published";

pub(super) fn keys(row: &SqliteRow) -> Result<ReportKeys, StoreError> {
    Ok(ReportKeys {
        year: read_year(get(row, "year")?)?,
        form: get_code::<FormId>(row, "form")?,
        region_name: get(row, "region_name")?,
        region_code: get(row, "region_code")?,
        issuer: get(row, "issuer")?,
        subject: get(row, "subject")?,
        scope: get_code::<ScopeKind>(row, "scope")?,
        title: get(row, "title")?,
        published: get::<Option<i64>>(row, "published")?.map(day_from_number).transpose()?,
    })
}

/// The number of a year, which sorts an unknown one before all others.
pub(super) fn year(year: Option<u16>) -> i64 {
    year.map_or(-1, i64::from)
}

pub(super) fn read_year(year: i64) -> Result<Option<u16>, StoreError> {
    match year {
        -1 => Ok(None),
        year => Ok(Some(u16::try_from(year).map_err(|error| StoreError::corrupt("year", error))?)),
    }
}
