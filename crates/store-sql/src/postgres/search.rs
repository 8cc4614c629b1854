//! The index of searches: an inverted index over arrays of numbers.

use super::{PostgresStore, Shared, sql};
use crate::reports::{Note, Noting};
use crate::rows::code;
use crate::search::{Addition, Bounds, INDEX_BYTES, Indexing, Walk};
use crate::statement::Statement;
use async_trait::async_trait;
use gongkai_copies::{Fingerprint, HOLDERS_MAX};
use gongkai_search::{Gram, INDEX_VERSION, Lookup};
use gongkai_store::{Indexed, PageRequest, ReadAt, Search, SearchPage, SearchQuery, Sharing, StoreError};
use std::fmt::Write as _;

const EMPTY: &str = "TRUNCATE search_documents, search_fingerprints";
const BEGIN: &str =
    "INSERT INTO search_state (id, version, position, report, number) VALUES (1, $1, 0, '', 0)
    ON CONFLICT (id) DO UPDATE SET version = excluded.version, position = 0, report = '', number = 0
    WHERE search_state.version < excluded.version RETURNING 1";
/// Goes on from where the index is, if it is there. Whoever comes at the same time waits for the row, and finds that it is not.
const GO_ON: &str = "UPDATE search_state SET position = $1, report = $2, number = $3
    WHERE version = $4 AND position = $5 AND report = $6 RETURNING 1";
const ADD: &str = "INSERT INTO search_documents (number, revision_id, grams)
    SELECT number, revision_id, string_to_array(grams, ' ')::integer[]
    FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS q (number, revision_id, grams)";
/// The third value is how many of a fingerprint are enough. A later revision of what is among them takes part, too: otherwise common
/// words would be nobody's once everything was read again.
const ADD_FINGERPRINTS: &str = "INSERT INTO search_fingerprints (fingerprint, number)
    SELECT q.fingerprint, q.number FROM unnest($1::bigint[], $2::bigint[]) AS q (fingerprint, number)
    WHERE (SELECT count(*) FROM
        (SELECT 1 FROM search_fingerprints f WHERE f.fingerprint = q.fingerprint LIMIT $3) few) < $3
    OR EXISTS (SELECT 1 FROM search_documents d JOIN revisions n ON n.id = d.revision_id
        JOIN revisions o ON o.report = n.report JOIN search_documents e ON e.revision_id = o.id
        JOIN search_fingerprints f ON f.fingerprint = q.fingerprint AND f.number = e.number
        WHERE d.number = q.number AND e.number < q.number)";

/// Nobody waits for a row that somebody else changes: what is passed over is there the next time. Revisions are noted first, so that
/// rows that are made of them meanwhile are found again.
const NOTE_REVISIONS: &str = "UPDATE revisions r SET subject_rank = q.rank, subject_kind = q.kind
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS q (id, rank, kind)
    WHERE r.id = q.id AND r.subject_rank IS NULL";
const NOTE_CURRENTS: &str = "UPDATE currents c SET subject_rank = q.rank, subject_kind = q.kind
    FROM (SELECT f.report, f.from_position, q.rank, q.kind
        FROM unnest($1::bytea[], $2::bigint[], $3::bigint[], $4::bigint[]) AS q (report, id, rank, kind)
        JOIN currents f ON f.report = q.report AND f.revision_id = q.id
        WHERE f.subject_rank IS NULL FOR UPDATE OF f SKIP LOCKED) q
    WHERE c.report = q.report AND c.from_position = q.from_position";

#[async_trait]
impl Search for PostgresStore {
    async fn search(&self, query: &SearchQuery, page: &PageRequest) -> Result<SearchPage, StoreError> {
        self.find_reports(query, page, Bounds::STANDARD).await
    }

    async fn sharing(&self, fingerprints: &[Fingerprint], at: ReadAt) -> Result<Sharing, StoreError> {
        self.sharing_reports(fingerprints, at).await
    }

    async fn index(&self, limit: u32) -> Result<Indexed, StoreError> {
        self.extend_index(limit, INDEX_BYTES).await
    }
}

impl Noting for Shared {
    async fn note(&self, notes: Vec<Note>) -> Result<(), StoreError> {
        let numbers = |number: fn(&Note) -> i64| -> Vec<i64> { notes.iter().map(number).collect() };
        let ids = numbers(|note| note.revision_id);
        let ranks = numbers(|note| code(note.subject.rank));
        let kinds = numbers(|note| code(note.subject.kind));
        let reports: Vec<Vec<u8>> = notes.iter().map(|note| note.report.clone()).collect();
        // No change of a report, as what is added to the index is none.
        let mut transaction = self.writing.pool.begin().await.map_err(sql)?;
        let revisions = sqlx::query(NOTE_REVISIONS).bind(&ids).bind(&ranks).bind(&kinds);
        revisions.execute(&mut *transaction).await.map_err(sql)?;
        let currents = sqlx::query(NOTE_CURRENTS).bind(reports).bind(&ids).bind(&ranks).bind(&kinds);
        currents.execute(&mut *transaction).await.map_err(sql)?;
        transaction.commit().await.map_err(sql)
    }
}

impl Indexing for Shared {
    async fn empty_index(&self) -> Result<(), StoreError> {
        let mut transaction = self.writing.pool.begin().await.map_err(sql)?;
        let begun = sqlx::query(BEGIN).bind(INDEX_VERSION).fetch_optional(&mut *transaction).await;
        // Somebody else may have been first.
        if begun.map_err(sql)?.is_some() {
            sqlx::query(EMPTY).execute(&mut *transaction).await.map_err(sql)?;
        }
        transaction.commit().await.map_err(sql)
    }

    async fn add_to_index(&self, addition: Addition) -> Result<bool, StoreError> {
        let Addition { before, after, number, documents } = addition;
        // No change of a report: nobody has to wait for it, and it has no position.
        let mut transaction = self.writing.pool.begin().await.map_err(sql)?;
        let gone = sqlx::query(GO_ON)
            .bind(after.0)
            .bind(after.1)
            .bind(number)
            .bind(INDEX_VERSION)
            .bind(before.0)
            .bind(before.1)
            .fetch_optional(&mut *transaction)
            .await
            .map_err(sql)?;
        if gone.is_none() {
            return Ok(false);
        }
        sqlx::query(ADD)
            .bind(documents.iter().map(|document| document.number).collect::<Vec<_>>())
            .bind(documents.iter().map(|document| document.revision_id).collect::<Vec<_>>())
            .bind(documents.iter().map(|document| listed(&document.grams)).collect::<Vec<_>>())
            .execute(&mut *transaction)
            .await
            .map_err(sql)?;
        let fingerprints = documents.iter().flat_map(|document| {
            document.fingerprints.iter().map(|fingerprint| (fingerprint.0.cast_signed(), document.number))
        });
        let (fingerprints, numbers): (Vec<i64>, Vec<i64>) = fingerprints.unzip();
        sqlx::query(ADD_FINGERPRINTS)
            .bind(fingerprints)
            .bind(numbers)
            .bind(HOLDERS_MAX as i64)
            .execute(&mut *transaction)
            .await
            .map_err(sql)?;
        transaction.commit().await.map_err(sql)?;
        Ok(true)
    }
}

/// Grams as numbers with a sign, apart by a space.
fn listed(grams: &[Gram]) -> String {
    let mut list = String::with_capacity(grams.len() * 11);
    for (count, gram) in grams.iter().enumerate() {
        let space = if count == 0 { "" } else { " " };
        let _ = write!(list, "{space}{}", gram.0.cast_signed());
    }
    list
}

/// The condition that a document has what is looked up.
fn condition(lookup: &Lookup) -> String {
    let mut together = Vec::new();
    let mut parts = Vec::new();
    gather(lookup, &mut together, &mut parts);
    if !together.is_empty() {
        together.sort_unstable();
        together.dedup();
        parts.push(format!("grams @> '{{{}}}'", listed(&together).replace(' ', ",")));
    }
    parts.join(" AND ")
}

/// What has to be there of a conjunction: grams, and alternatives as conditions.
fn gather(lookup: &Lookup, together: &mut Vec<Gram>, parts: &mut Vec<String>) {
    match lookup {
        Lookup::Gram(gram) => together.push(*gram),
        Lookup::All(all) => all.iter().for_each(|part| gather(part, together, parts)),
        Lookup::Any(any) => {
            parts.push(format!("({})", any.iter().map(condition).collect::<Vec<_>>().join(" OR ")));
        }
    }
}

/// Numbers of documents that the index holds for `lookup`. The numbers are hidden from the planner, which would walk along them and
/// read all that the index could have told.
pub(super) fn find(lookup: &Lookup, walk: Walk, limit: usize) -> Statement {
    let (beyond, order) = walk.words();
    let find = format!(
        "SELECT number FROM search_documents WHERE {} AND number + 0 {beyond} $1 ORDER BY number + 0 {order} LIMIT $2",
        condition(lookup)
    );
    Statement::new(find).bind(walk.bound()).bind(limit as i64)
}
