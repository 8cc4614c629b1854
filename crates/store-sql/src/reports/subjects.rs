//! Rank and kind of subjects. Rows note them; where a version wrote a row that does not, the packed record tells, and whoever keeps
//! the index of searches notes it.

use crate::off_thread;
use crate::report_filter::{self, Subjects};
use crate::rows::{get_bytes, get_code};
use crate::source::{Fields, Source, SqlStore, View};
use crate::statement::Statement;
use gongkai_filter::Filter;
use gongkai_model::{BodyKind, Rank};
use gongkai_store::packed::{Layout, LayoutId, PackedReport, packed_subject};
use gongkai_store::{ReportField, StoreError};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use tracing::warn;

/// Whether there is a row that does not note them.
pub(crate) const ANY_UNTOLD: &str = "SELECT report FROM currents WHERE subject_rank IS NULL LIMIT 1";
const RECORD: &str =
    "r.id AS revision_id, r.subject_rank, r.subject_kind, r.layout, r.figures, e.bytes AS evidence";
/// Whole records that are in memory at the same time.
const RECORDS_MAX: usize = 32;

/// Rank and kind of a body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Subject {
    pub(crate) rank: Rank,
    pub(crate) kind: BodyKind,
}

/// What the records of revisions say that do not note it, by the numbers of the revisions.
pub(crate) type Told = HashMap<i64, Subject>;

/// A subject that is to be noted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Note {
    pub(crate) report: Vec<u8>,
    pub(crate) revision_id: i64,
    pub(crate) subject: Subject,
}

/// What an engine does to note subjects.
pub(crate) trait Noting: Source {
    /// Notes subjects in all rows of their revisions that do not note them.
    fn note(&self, notes: Vec<Note>) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// The subject of a row that notes it; none where it does not.
fn noted(row: &impl Fields) -> Result<Option<Subject>, StoreError> {
    Ok(match (row.number_if_any("subject_rank")?, row.number_if_any("subject_kind")?) {
        (Some(_), Some(_)) => {
            Some(Subject { rank: get_code(row, "subject_rank")?, kind: get_code(row, "subject_kind")? })
        }
        _ => None,
    })
}

/// The subject of a row, which is among those that were told where the row does not note it.
pub(crate) fn subject(row: &impl Fields, told: &Told) -> Result<Subject, StoreError> {
    if let Some(subject) = noted(row)? {
        return Ok(subject);
    }
    let told = told.get(&row.number("revision_id")?).copied();
    told.ok_or_else(|| StoreError::corrupt("revision", "rank and kind of its subject are not there"))
}

/// Rows that do not note their subjects, with the records that tell.
pub(crate) fn select_untold(limit: u32) -> Statement {
    Statement::new(format!(
        "SELECT c.report, {RECORD} FROM currents c JOIN revisions r ON r.id = c.revision_id
        JOIN evidence e ON e.revision_id = r.id WHERE c.subject_rank IS NULL ORDER BY c.report LIMIT $1"
    ))
    .bind(limit)
}

/// The records of revisions.
pub(crate) fn select_told(revisions: &[i64]) -> Statement {
    let mut statement = Statement::new(format!(
        "SELECT {RECORD} FROM revisions r JOIN evidence e ON e.revision_id = r.id WHERE r.id IN ("
    ));
    statement.push_list(revisions.iter().copied()).push(")");
    statement
}

impl<S: Source> SqlStore<S> {
    /// Whether what a filter asks of subjects is noted in all rows of a view.
    pub(crate) async fn subjects(
        &self,
        view: View,
        filter: Option<&Filter<ReportField>>,
    ) -> Result<Subjects, StoreError> {
        if !filter.is_some_and(report_filter::asks_of_subjects) {
            return Ok(Subjects::Noted);
        }
        let untold = self.row(view, Statement::new(ANY_UNTOLD)).await?;
        Ok(if untold.is_some() { Subjects::Untold } else { Subjects::Noted })
    }

    /// What the records of those rows say that do not note it: mostly none.
    pub(crate) async fn told(&self, view: View, rows: &[S::Row]) -> Result<Told, StoreError> {
        let mut untold = Vec::new();
        for row in rows {
            if noted(row)?.is_none() {
                untold.push(row.number("revision_id")?);
            }
        }
        let mut told = Told::new();
        for some in untold.chunks(RECORDS_MAX) {
            let rows = self.0.rows(view, select_told(some)).await?;
            told.extend(self.read_subjects(rows).await?);
        }
        Ok(told)
    }

    /// Notes the subjects of some rows that do not note them, and tells of how many.
    pub(crate) async fn note_subjects(&self, limit: u32) -> Result<u32, StoreError>
    where
        S: Noting,
    {
        let rows = self.0.rows(View::Latest, select_untold(limit)).await?;
        if rows.is_empty() {
            return Ok(0);
        }
        let mut reports = Vec::with_capacity(rows.len());
        for row in &rows {
            reports.push(row.bytes("report")?.to_vec());
        }
        let subjects = self.read_subjects(rows).await?;
        let notes = reports.into_iter().zip(subjects);
        let notes: Vec<Note> =
            notes.map(|(report, (revision_id, subject))| Note { report, revision_id, subject }).collect();
        let count = u32::try_from(notes.len()).unwrap_or(u32::MAX);
        self.0.note(notes).await?;
        Ok(count)
    }

    /// The subjects of rows of [`RECORD`], in their order.
    async fn read_subjects(&self, rows: Vec<S::Row>) -> Result<Vec<(i64, Subject)>, StoreError> {
        let mut layouts: HashMap<LayoutId, Layout> = HashMap::new();
        for row in &rows {
            let id = LayoutId(get_bytes(row, "layout")?);
            if let Entry::Vacant(vacant) = layouts.entry(id) {
                vacant.insert(self.layout(id).await?);
            }
        }
        off_thread(move || {
            let mut subjects = Vec::with_capacity(rows.len());
            for row in &rows {
                let id = row.number("revision_id")?;
                let subject = match noted(row)? {
                    Some(subject) => subject,
                    None => read_subject(row, &layouts).unwrap_or_else(|error| {
                        let error = &error as &dyn std::error::Error;
                        // What a record says that cannot be read nobody knows; the others have to be found all the same.
                        warn!(
                            revision = id,
                            error, "a record does not tell the rank and kind of its subject"
                        );
                        Subject::default()
                    }),
                };
                subjects.push((id, subject));
            }
            Ok(subjects)
        })
        .await
    }
}

/// The subject of a record: from its figures, or from the whole of it where these were packed before it was noted there.
fn read_subject(row: &impl Fields, layouts: &HashMap<LayoutId, Layout>) -> Result<Subject, StoreError> {
    if let Some((rank, kind)) = packed_subject(row.bytes("figures")?)? {
        return Ok(Subject { rank, kind });
    }
    let layout = layouts.get(&LayoutId(get_bytes(row, "layout")?)).cloned();
    let packed = PackedReport {
        layout: layout.ok_or_else(|| StoreError::corrupt("record", "its layout is not there"))?,
        figures: row.bytes("figures")?.to_vec(),
        evidence: row.bytes("evidence")?.to_vec(),
    };
    let subject = packed.unpack()?.subject;
    Ok(Subject { rank: subject.rank, kind: subject.kind })
}
