//! The index of searches: a table of SQLite's own full text search, of which only its lists of numbers are used.

use super::writer::Transaction;
use super::{Shared, SqliteStore, query, sql};
use crate::reports::{Note, Noting};
use crate::rows::code;
use crate::search::{Addition, Bounds, INDEX_BYTES, Indexing, Walk};
use crate::statement::Statement;
use async_trait::async_trait;
use gongkai_copies::{Fingerprint, HOLDERS_MAX};
use gongkai_search::{INDEX_VERSION, Lookup};
use gongkai_store::{Indexed, PageRequest, ReadAt, Search, SearchPage, SearchQuery, Sharing, StoreError};
use std::fmt::Write as _;

const EMPTY: &str = "DELETE FROM search_documents;
    DELETE FROM search_fingerprints;
    INSERT INTO search_grams (search_grams) VALUES ('delete-all');
    INSERT INTO search_state (id, version, position, report, number) VALUES (1, ?, 0, x'', 0)
    ON CONFLICT (id) DO UPDATE SET version = excluded.version, position = 0, report = x'', number = 0";
/// Goes on from where the index is, if it is there.
const GO_ON: &str = "UPDATE search_state SET position = $1, report = $2, number = $3
    WHERE version = $4 AND position = $5 AND report = $6 RETURNING 1 AS gone";
/// Each is a list of number, revision and grams, in JSON.
const ADD_DOCUMENTS: &str = "INSERT INTO search_documents (number, revision_id)
    SELECT j.value ->> 0, j.value ->> 1 FROM json_each($1) j";
const ADD_GRAMS: &str =
    "INSERT INTO search_grams (rowid, grams) SELECT j.value ->> 0, j.value ->> 2 FROM json_each($1) j";
/// A list of fingerprint and number, in JSON; the second value is how many of a fingerprint are enough. A later revision of what is
/// among them takes part, too: otherwise common words would be nobody's once everything was read again.
const ADD_FINGERPRINTS: &str = "INSERT INTO search_fingerprints (fingerprint, number)
    SELECT j.value ->> 0, j.value ->> 1 FROM json_each($1) j WHERE (SELECT count(*) FROM
        (SELECT 1 FROM search_fingerprints f WHERE f.fingerprint = j.value ->> 0 LIMIT $2)) < $2
    OR EXISTS (SELECT 1 FROM search_documents d JOIN revisions n ON n.id = d.revision_id
        JOIN revisions o ON o.report = n.report JOIN search_documents e ON e.revision_id = o.id
        JOIN search_fingerprints f ON f.fingerprint = j.value ->> 0 AND f.number = e.number
        WHERE d.number = j.value ->> 1 AND e.number < d.number)";

const NOTE_REVISION: &str =
    "UPDATE revisions SET subject_rank = ?1, subject_kind = ?2 WHERE id = ?3 AND subject_rank IS NULL";
const NOTE_CURRENTS: &str =
    "UPDATE currents SET subject_rank = ?1, subject_kind = ?2 WHERE report = ?4 AND revision_id = ?3
    AND subject_rank IS NULL";

#[async_trait]
impl Search for SqliteStore {
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
        self.writer.write(move |transaction| Box::pin(note(transaction, notes))).await
    }
}

async fn note(transaction: &mut Transaction, notes: Vec<Note>) -> Result<(), StoreError> {
    for note in notes {
        for statement in [NOTE_REVISION, NOTE_CURRENTS] {
            let noting = sqlx::query(statement).bind(code(note.subject.rank)).bind(code(note.subject.kind));
            let noting = noting.bind(note.revision_id);
            let noting = if statement == NOTE_CURRENTS { noting.bind(note.report.clone()) } else { noting };
            noting.execute(&mut transaction.connection).await.map_err(sql)?;
        }
    }
    Ok(())
}

impl Indexing for Shared {
    async fn empty_index(&self) -> Result<(), StoreError> {
        self.writer
            .write(|transaction| {
                let script = sqlx::query(EMPTY).bind(INDEX_VERSION);
                Box::pin(async move { transaction.script(script).await.map(drop) })
            })
            .await
    }

    async fn add_to_index(&self, addition: Addition) -> Result<bool, StoreError> {
        let lists = (as_json(&addition), fingerprints_as_json(&addition));
        self.writer.write(move |transaction| Box::pin(add(transaction, addition, lists))).await
    }
}

async fn add(
    transaction: &mut Transaction,
    addition: Addition,
    (documents, fingerprints): (String, String),
) -> Result<bool, StoreError> {
    let Addition { before, after, number, .. } = addition;
    let go_on = Statement::new(GO_ON).bind(after.0).bind(after.1).bind(number).bind(INDEX_VERSION);
    let go_on = query(go_on.bind(before.0).bind(before.1));
    if go_on.fetch_optional(&mut transaction.connection).await.map_err(sql)?.is_none() {
        return Ok(false);
    }
    for statement in [ADD_DOCUMENTS, ADD_GRAMS] {
        let adding = sqlx::query(statement).bind(documents.as_str());
        adding.execute(&mut transaction.connection).await.map_err(sql)?;
    }
    let adding = sqlx::query(ADD_FINGERPRINTS).bind(fingerprints.as_str()).bind(HOLDERS_MAX as i64);
    adding.execute(&mut transaction.connection).await.map_err(sql)?;
    Ok(true)
}

fn as_json(addition: &Addition) -> String {
    let mut json = String::from("[");
    for document in &addition.documents {
        let comma = if json.len() == 1 { "" } else { "," };
        let _ = write!(json, "{comma}[{},{},\"", document.number, document.revision_id);
        for gram in &document.grams {
            let _ = write!(json, "{:x} ", gram.0);
        }
        json.push_str("\"]");
    }
    json.push(']');
    json
}

fn fingerprints_as_json(addition: &Addition) -> String {
    let mut json = String::from("[");
    for document in &addition.documents {
        for fingerprint in &document.fingerprints {
            let comma = if json.len() == 1 { "" } else { "," };
            let _ = write!(json, "{comma}[{},{}]", fingerprint.0.cast_signed(), document.number);
        }
    }
    json.push(']');
    json
}

/// What the full text search is asked.
fn expression(lookup: &Lookup, text: &mut String) {
    let mut list = |all: &[Lookup], join: &str| {
        text.push('(');
        for (count, part) in all.iter().enumerate() {
            if 0 < count {
                text.push_str(join);
            }
            expression(part, text);
        }
        text.push(')');
    };
    match lookup {
        Lookup::Gram(gram) => {
            let _ = write!(text, "\"{:x}\"", gram.0);
        }
        Lookup::All(all) => list(all, " AND "),
        Lookup::Any(any) => list(any, " OR "),
    }
}

/// Numbers of documents that the index holds for `lookup`.
pub(super) fn find(lookup: &Lookup, walk: Walk, limit: usize) -> Statement {
    let mut expressed = String::new();
    expression(lookup, &mut expressed);
    let (beyond, order) = walk.words();
    let find = format!(
        "SELECT rowid AS number FROM search_grams WHERE search_grams MATCH $1 AND rowid {beyond} $2
        ORDER BY rowid {order} LIMIT $3"
    );
    Statement::new(find).bind(expressed.as_str()).bind(walk.bound()).bind(limit as i64)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Fresh, fresh};
    use super::*;
    use gongkai_model::{ReportId, SubmissionId};
    use gongkai_search::{Limits, Query};
    use gongkai_store::contract::sample;
    use gongkai_store::{
        Completion, Content, INDEX_MAX, Intake as _, Ledger as _, NewSubmission, ReportOrder, Worker,
    };
    use std::time::Duration;

    const WORKER: &str = "worker";
    const UNHURRIED: Bounds = Bounds { time: Duration::MAX, ..Bounds::STANDARD };

    async fn store(store: &SqliteStore, number: u16) {
        let new = NewSubmission {
            caller: String::new(),
            request_id: None,
            item: None,
            purpose: Default::default(),
            priority: Default::default(),
            media_type: String::new(),
            name: String::new(),
            source: String::new(),
            content: Content::Bytes(format!("document {number}").into()),
            trace: None,
        };
        let id: SubmissionId = store.accept(new).await.unwrap().submission.id;
        let worker = Worker { name: WORKER.to_owned(), extractor_version: 1 };
        let lease = store.begin_attempts(&[id], &worker, Duration::from_secs(60)).await.unwrap()[0].lease;
        let mut report = sample::report(&format!("第{number}县"), 2015 + number % 7, 1);
        // All have the pairs of 地征地补, and some have the words.
        let text =
            if number.is_multiple_of(3) { "征地补偿" } else { "征地，地补。地征，补偿" };
        report.sections[0].text = text.to_owned();
        let outcome = sample::reports(&[report]);
        let completion = Completion { lease, extractor_version: 1, outcome };
        assert!(store.complete(vec![completion]).await.unwrap().remove(0).is_ok());
    }

    async fn index(store: &SqliteStore) -> u32 {
        let mut changes = 0;
        loop {
            match store.index(INDEX_MAX).await.unwrap() {
                Indexed { changes: 0, .. } => return changes,
                indexed => changes += indexed.changes,
            }
        }
    }

    fn searched(order: ReportOrder) -> SearchQuery {
        let query = Query::parse("征地补偿", Limits::STANDARD).unwrap();
        SearchQuery { at: ReadAt::default(), query, filter: None, order, passages_max: 1 }
    }

    async fn pages(
        store: &SqliteStore,
        query: &SearchQuery,
        size: u32,
        bounds: Bounds,
    ) -> (Vec<ReportId>, usize) {
        let (mut page, mut found, mut pages) = (PageRequest::first(size), Vec::new(), 1);
        loop {
            let next = store.find_reports(query, &page, bounds).await.unwrap();
            found.extend(next.items.iter().map(|hit| hit.report.info.report));
            match next.next {
                Some(cursor) => page.cursor = Some(cursor),
                None => return (found, pages),
            }
            pages += 1;
            assert!(pages < 500, "it comes to an end");
        }
    }

    #[tokio::test]
    async fn however_little_is_done_for_a_page_all_are_found_once() {
        let Fresh { engine, folder: _folder, .. } = fresh().await;
        let it = engine.store();
        for number in 0..40 {
            store(&it, number).await;
        }
        assert_eq!(index(&it).await, 40);
        for order in
            [ReportOrder::Changed, ReportOrder::ChangedLast, ReportOrder::Year, ReportOrder::YearLast]
        {
            let query = searched(order);
            let (expected, count) = pages(&it, &query, 1000, UNHURRIED).await;
            assert_eq!((expected.len(), count), (14, 1));
            for (find, finds, read, read_all, size) in [
                (1, 1, 1, 1, 3),
                (2, 3, 1, 2, 1),
                (3, 2, 2, 100, 2),
                (100, 1, 7, 5, 100),
                (5, 100, 2, 100, 4),
            ] {
                let bounds = Bounds { find, finds, read, read_all, ..UNHURRIED };
                assert_eq!(pages(&it, &query, size, bounds).await.0, expected, "{order:?} {bounds:?}");
            }
        }
    }

    #[tokio::test]
    async fn a_page_ends_when_its_time_is_up_and_the_next_goes_on() {
        let Fresh { engine, folder: _folder, .. } = fresh().await;
        let it = engine.store();
        for number in 0..40 {
            store(&it, number).await;
        }
        index(&it).await;
        for order in [ReportOrder::Changed, ReportOrder::YearLast] {
            let query = searched(order);
            let (expected, _) = pages(&it, &query, 1000, UNHURRIED).await;
            for (find, read) in [(8, 4), (1, 1), (512, 3)] {
                let bounds = Bounds { find, read, time: Duration::ZERO, ..Bounds::STANDARD };
                let (found, count) = pages(&it, &query, 1000, bounds).await;
                assert_eq!(found, expected);
                // Each page is one step: not more is looked at, and never nothing.
                assert!(
                    (40_usize.div_ceil(read)..=40 / read + 16).contains(&count),
                    "{count} pages of {read}"
                );
            }
        }
    }

    #[tokio::test]
    async fn a_piece_ends_with_its_bytes_and_has_one_record_at_least() {
        let Fresh { engine, folder: _folder, .. } = fresh().await;
        let it = engine.store();
        for number in 0..6 {
            store(&it, number).await;
        }
        for _ in 0..3 {
            assert_eq!(it.extend_index(INDEX_MAX, 1).await.unwrap().changes, 1);
        }
        assert_eq!(it.extend_index(INDEX_MAX, INDEX_BYTES).await.unwrap().changes, 3);
        assert_eq!(it.extend_index(INDEX_MAX, 1).await.unwrap().changes, 0);
        let query = searched(ReportOrder::Changed);
        assert_eq!(pages(&it, &query, 1000, UNHURRIED).await.0.len(), 2, "every third says it");
    }

    #[tokio::test]
    async fn what_is_noted_at_once_ends_with_its_bytes_and_has_one_record_at_least() {
        let Fresh { engine, folder: _folder, .. } = fresh().await;
        let it = engine.store();
        for number in 0..6 {
            store(&it, number).await;
        }
        assert_eq!(index(&it).await, 6);
        let run = async |statement: &'static str| {
            let set = sqlx::query(statement);
            let written =
                it.0.writer
                    .write(|transaction| Box::pin(async move { transaction.script(set).await.map(drop) }));
            written.await.unwrap();
        };
        // Rows of a version before, whose figures do not note it either: half of them.
        run("UPDATE currents SET subject_rank = NULL; UPDATE revisions SET subject_rank = NULL;
            UPDATE revisions SET figures = x'01' WHERE id % 2 = 0")
        .await;
        let (noted, last) = (it.extend_index(INDEX_MAX, 1).await.unwrap(), INDEX_BYTES);
        // What the figures tell takes no record to be read.
        assert!((1..=3).contains(&noted.changes), "{noted:?}");
        let mut pieces = 1;
        let mut all = noted;
        while all.changes < 5 {
            let more = it.extend_index(INDEX_MAX, 1).await.unwrap();
            assert!((1..=2).contains(&more.changes), "{more:?}");
            (all.changes, all.damaged, pieces) =
                (all.changes + more.changes, all.damaged + more.damaged, pieces + 1);
        }
        assert!(2 < pieces, "{pieces}");
        let rest = it.extend_index(INDEX_MAX, last).await.unwrap();
        assert_eq!((all.changes + rest.changes, all.damaged + rest.damaged), (6, 3));
        assert_eq!(it.extend_index(INDEX_MAX, last).await.unwrap().changes, 0);
    }

    #[tokio::test]
    async fn who_comes_late_with_an_addition_changes_nothing() {
        let Fresh { engine, folder: _folder, .. } = fresh().await;
        let it = engine.store();
        store(&it, 0).await;
        assert_eq!(index(&it).await, 1);
        let late =
            Addition { before: (0, Vec::new()), after: (7, vec![1]), number: 9, documents: Vec::new() };
        assert!(!it.0.add_to_index(late).await.unwrap());
        store(&it, 3).await;
        assert_eq!(index(&it).await, 1);
        assert_eq!(pages(&it, &searched(ReportOrder::Changed), 9, UNHURRIED).await.0.len(), 2);
    }

    #[tokio::test]
    async fn an_index_of_an_earlier_version_is_made_anew_and_of_a_later_one_left_alone() {
        let Fresh { engine, folder: _folder, .. } = fresh().await;
        let it = engine.store();
        for number in 0..4 {
            store(&it, number).await;
        }
        assert_eq!(index(&it).await, 4);
        let set = async |version: i64| {
            let set = sqlx::query("UPDATE search_state SET version = ?").bind(version);
            let written =
                it.0.writer
                    .write(|transaction| Box::pin(async move { transaction.script(set).await.map(drop) }));
            written.await.unwrap();
        };
        let query = searched(ReportOrder::Changed);
        set(INDEX_VERSION + 1).await;
        let nothing = it.search(&query, &PageRequest::first(9)).await.unwrap();
        assert_eq!((nothing.items.len(), nothing.position.0), (0, 0));
        assert_eq!(index(&it).await, 0);
        set(INDEX_VERSION - 1).await;
        assert_eq!(index(&it).await, 4);
        assert_eq!(pages(&it, &query, 9, UNHURRIED).await.0.len(), 2);
    }
}
