//! What reviewers say of reports: the same statements for both engines.

use crate::rows::{Key as _, code, get_bytes, get_code, get_number, get_report, get_time};
use crate::source::{Fields, Source, SqlStore, View};
use crate::statement::Statement;
use gongkai_model::{DocumentId, Purpose, ReportId, Review, ReviewId};
use gongkai_store::codes::Code as _;
use gongkai_store::{
    Answered, Correction, Missing, NewRevision, Overlay, Position, REQUEST_ID_VALIDITY, REVIEWS_MAX,
    ReviewChange, ReviewEnd, ReviewRequest, Reviewed, StoreError, StoredReview, Timestamp, review_from_bytes,
    review_to_bytes,
};
use std::collections::HashSet;
use uuid::Uuid;

const CURRENT: &str = "SELECT revision FROM currents
    WHERE report = $1 AND +purpose = $2 AND to_position = 9223372036854775807";
const BASE: &str =
    "SELECT document, part, extractor_version FROM revisions WHERE report = $1 AND revision = $2";
const LATEST: &str = "SELECT max(revision) AS latest FROM revisions WHERE report = $1";
const KNOWN: &str = "SELECT id, position, coalesce(end_position, 0) AS ended FROM reviews WHERE report = $1";
const ADD_REVIEW: &str = "INSERT INTO reviews (id, report, bytes, at, position) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (id) DO NOTHING";
pub(crate) const END_REVIEW: &str = "UPDATE reviews SET end_cause = $3, end_at = $4, end_position = $5
    WHERE id = $1 AND report = $2 AND end_cause IS NULL";
pub(crate) const SET_OVERLAY: &str =
    "INSERT INTO overlays (report, purpose, base, revision) VALUES ($1, $2, $3, $4)
    ON CONFLICT (report) DO UPDATE SET base = excluded.base, revision = excluded.revision";
pub(crate) const END_OVERLAY: &str = "DELETE FROM overlays WHERE report = $1";
/// So that the time of the change leads to its position, as that of what was found in a document does.
const ADD_CAPTURE: &str = "INSERT INTO captures
    (report, revision, document, part, purpose, accepted, extractor_version, position, at, is_review, base)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10)";
const REVIEWS: &str = "SELECT id, bytes, at, position, end_cause, end_at, end_position FROM reviews
    WHERE report = $1 ORDER BY position, id";
const OVERLAY: &str = "SELECT base, revision FROM overlays WHERE report = $1";
const OVERTAKEN: &str = "SELECT o.report, o.purpose FROM overlays o
    JOIN currents c ON c.report = o.report AND c.to_position = 9223372036854775807
    WHERE c.revision <> o.revision ORDER BY o.report LIMIT $1";

pub(crate) const RECALL: &str =
    "SELECT digest, revision, said, position FROM review_requests WHERE request_id = $1 AND $2 < at";
const ANSWER: &str = "INSERT INTO review_requests (request_id, digest, revision, said, position, at)
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (request_id) DO UPDATE SET digest = excluded.digest,
    revision = excluded.revision, said = excluded.said, position = excluded.position, at = excluded.at";
pub(crate) const SWEEP_REVIEW_REQUESTS: &str = "DELETE FROM review_requests WHERE request_id IN
    (SELECT request_id FROM review_requests WHERE at <= $1 ORDER BY at, request_id LIMIT $2)";
const SAID: &str = "SELECT coalesce(max(position), 0) AS position FROM reviews WHERE id IN (";

/// The revision beneath a correction, and where it was read.
pub(crate) struct Base {
    pub(crate) document: DocumentId,
    pub(crate) part: u32,
    extractor_version: i64,
}

/// A transaction that writes in the words that both engines share.
pub(crate) trait SharedTransaction: Send {
    /// A row.
    type Row: Fields;

    /// Does a statement, and gives its rows.
    fn rows(
        &mut self,
        statement: Statement,
    ) -> impl Future<Output = Result<Vec<Self::Row>, StoreError>> + Send;

    /// The time of the transaction.
    fn now(&self) -> Timestamp;

    /// The position of the next change.
    fn next_position(&mut self) -> i64;

    /// Finds out anew which revision of a report is current, since this position.
    fn settle(
        &mut self,
        report: ReportId,
        position: i64,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// A transaction in which reviews are written.
pub(crate) trait ReviewTransaction: SharedTransaction {
    /// Stores a corrected revision, at the position that the next change gets.
    fn add_corrected(
        &mut self,
        report: ReportId,
        revision: u32,
        purpose: Purpose,
        base: &Base,
        new: &NewRevision,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// What a request has come to: see `Reviews::recall`.
pub(crate) async fn recall<T: SharedTransaction>(
    transaction: &mut T,
    request: &ReviewRequest,
) -> Result<Option<Answered>, StoreError> {
    let expired = transaction.now().before(REQUEST_ID_VALIDITY).micros();
    let recall = Statement::new(RECALL).bind(request.id.as_str()).bind(expired);
    let rows = transaction.rows(recall).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    request.check(row.bytes("digest")?)?;
    let (said, rest) = row.bytes("said")?.as_chunks::<16>();
    if !rest.is_empty() {
        return Err(StoreError::corrupt("reviews of a request", "their length is no multiple of 16"));
    }
    Ok(Some(Answered {
        revision: get_number(row, "revision")?,
        said: said.iter().map(|bytes| ReviewId::from_uuid(Uuid::from_bytes(*bytes))).collect(),
        position: Position(row.number("position")?),
    }))
}

async fn answer<T: SharedTransaction>(
    transaction: &mut T,
    request: &ReviewRequest,
    answered: &Answered,
) -> Result<(), StoreError> {
    let said: Vec<u8> = answered.said.iter().flat_map(|id| id.key()).collect();
    let answer = Statement::new(ANSWER)
        .bind(request.id.as_str())
        .bind(request.digest().to_vec())
        .bind(i64::from(answered.revision))
        .bind(said)
        .bind(answered.position.0)
        .bind(transaction.now().micros());
    transaction.rows(answer).await.map(drop)
}

/// Notes what a request has come to that changed nothing: see `Reviews::note`.
pub(crate) async fn note<T: SharedTransaction>(
    transaction: &mut T,
    request: &ReviewRequest,
    revision: u32,
    said: Vec<ReviewId>,
) -> Result<Answered, StoreError> {
    if let Some(known) = recall(transaction, request).await? {
        return Ok(known);
    }
    let mut position = 0;
    if !said.is_empty() {
        let mut find = Statement::new(SAID);
        find.push_list(&said).push(")");
        let rows = transaction.rows(find).await?;
        position = rows.first().map_or(Ok(0), |row| row.number("position"))?;
    }
    let answered = Answered { revision, said, position: Position(position) };
    answer(transaction, request, &answered).await?;
    Ok(answered)
}

/// Changes the reviews of a report: see `Reviews::review`.
pub(crate) async fn review<T: ReviewTransaction>(
    transaction: &mut T,
    mut change: ReviewChange,
) -> Result<Reviewed, StoreError> {
    let request = change.request.take();
    if let Some((request, _)) = &request
        && let Some(Answered { revision, position, .. }) = recall(transaction, request).await?
    {
        return Ok(Reviewed { revision, position });
    }
    let reviewed = changed(transaction, change).await?;
    if let Some((request, said)) = request {
        let answered = Answered { revision: reviewed.revision, said, position: reviewed.position };
        answer(transaction, &request, &answered).await?;
    }
    Ok(reviewed)
}

async fn changed<T: ReviewTransaction>(
    transaction: &mut T,
    change: ReviewChange,
) -> Result<Reviewed, StoreError> {
    let ReviewChange { report, purpose, .. } = change;
    let not_found = || StoreError::NotFound(Missing::Report(report));
    let find_current = || Statement::new(CURRENT).bind(&report).bind(code(purpose));
    let rows = transaction.rows(find_current()).await?;
    let current: u32 = get_number(rows.first().ok_or_else(not_found)?, "revision")?;
    if current != change.expected {
        return Err(StoreError::Superseded { report, current });
    }
    let find = Statement::new(BASE).bind(&report).bind(i64::from(change.base.unwrap_or(current)));
    let rows = transaction.rows(find).await?;
    let row = rows.first().ok_or_else(not_found)?;
    let base = Base {
        document: DocumentId::from_digest(get_bytes(row, "document")?),
        part: get_number(row, "part")?,
        extractor_version: row.number("extractor_version")?,
    };
    let known = transaction.rows(Statement::new(KNOWN).bind(&report)).await?;
    let mut seen = 0;
    for row in &known {
        seen = seen.max(row.number("position")?).max(row.number("ended")?);
    }
    if Position(seen) != change.seen {
        return Err(StoreError::Superseded { report, current });
    }
    let known: HashSet<ReviewId> = known.iter().map(get_review).collect::<Result<_, _>>()?;
    let added: Vec<&Review> = change.added.iter().filter(|added| !known.contains(&added.id)).collect();
    let count = known.len() + added.len();
    if REVIEWS_MAX < count {
        let (actual, max) = (count as u64, REVIEWS_MAX as u64);
        return Err(StoreError::TooLarge { what: "the number of reviews of a report", actual, max });
    }
    let mut overlay = change.base.map(|base| Overlay { base, revision: base });
    match (&mut overlay, &change.correction) {
        (Some(overlay), Correction::New(new)) => {
            let rows = transaction.rows(Statement::new(LATEST).bind(&report)).await?;
            overlay.revision = get_number::<u32>(rows.first().ok_or_else(not_found)?, "latest")? + 1;
            transaction.add_corrected(report, overlay.revision, purpose, &base, new).await?;
        }
        (Some(overlay), Correction::Same) => {
            let rows = transaction.rows(Statement::new(OVERLAY).bind(&report)).await?;
            if let Some(row) = rows.first().filter(|row| row.number("base").ok() == Some(overlay.base.into()))
            {
                overlay.revision = get_number(row, "revision")?;
            }
        }
        (_, Correction::None) | (None, _) => {}
    }
    let (now, position) = (transaction.now().micros(), transaction.next_position());
    for said in added {
        let add = Statement::new(ADD_REVIEW).bind(&said.id).bind(&report);
        transaction.rows(add.bind(review_to_bytes(said)).bind(now).bind(position)).await?;
    }
    for (id, cause) in &change.ended {
        let end = Statement::new(END_REVIEW).bind(id).bind(&report);
        transaction.rows(end.bind(i64::from(cause.code())).bind(now).bind(position)).await?;
    }
    let set = match overlay {
        None => Statement::new(END_OVERLAY).bind(&report),
        Some(Overlay { base, revision }) => Statement::new(SET_OVERLAY)
            .bind(&report)
            .bind(code(purpose))
            .bind(i64::from(base))
            .bind(i64::from(revision)),
    };
    transaction.rows(set).await?;
    let shown = overlay.map_or(change.base.unwrap_or(current), |overlay| overlay.revision);
    let capture = Statement::new(ADD_CAPTURE)
        .bind(&report)
        .bind(i64::from(shown))
        .bind(&base.document)
        .bind(i64::from(base.part))
        .bind(code(purpose))
        // Never what was captured last.
        .bind(0_i64)
        .bind(base.extractor_version)
        .bind(position)
        .bind(now)
        .bind(overlay.map_or(0, |overlay| i64::from(overlay.base)));
    transaction.rows(capture).await?;
    transaction.settle(report, position).await?;
    let rows = transaction.rows(find_current()).await?;
    let revision = get_number(rows.first().ok_or_else(not_found)?, "revision")?;
    Ok(Reviewed { revision, position: Position(position) })
}

fn get_review(row: &impl Fields) -> Result<ReviewId, StoreError> {
    get_bytes(row, "id").map(|bytes| ReviewId::from_uuid(Uuid::from_bytes(bytes)))
}

impl<S: Source> SqlStore<S> {
    pub(crate) async fn list_reviews(
        &self,
        report: ReportId,
        purpose: Purpose,
    ) -> Result<Vec<StoredReview>, StoreError> {
        let current = Statement::new(CURRENT).bind(&report).bind(code(purpose));
        if self.row(View::Latest, current).await?.is_none() {
            return Ok(Vec::new());
        }
        let rows = self.0.rows(View::Latest, Statement::new(REVIEWS).bind(&report)).await?;
        let review = |row: &S::Row| {
            let id = get_review(row)?;
            let end = match row.number_if_any("end_cause")? {
                None => None,
                Some(_) => Some(ReviewEnd {
                    cause: get_code(row, "end_cause")?,
                    at: get_time(row, "end_at")?,
                    position: Position(row.number("end_position")?),
                }),
            };
            Ok(StoredReview {
                report,
                said: review_from_bytes(id, row.bytes("bytes")?)?,
                at: get_time(row, "at")?,
                position: Position(row.number("position")?),
                end,
            })
        };
        rows.iter().map(review).collect()
    }

    pub(crate) async fn find_overlay(&self, report: ReportId) -> Result<Option<Overlay>, StoreError> {
        let row = self.row(View::Latest, Statement::new(OVERLAY).bind(&report)).await?;
        let overlay = |row: &S::Row| {
            Ok(Overlay { base: get_number(row, "base")?, revision: get_number(row, "revision")? })
        };
        row.as_ref().map(overlay).transpose()
    }

    pub(crate) async fn list_overtaken(&self, limit: u32) -> Result<Vec<(ReportId, Purpose)>, StoreError> {
        let rows = self.0.rows(View::Latest, Statement::new(OVERTAKEN).bind(i64::from(limit))).await?;
        rows.iter().map(|row| Ok((get_report(row, "report")?, get_code(row, "purpose")?))).collect()
    }
}
