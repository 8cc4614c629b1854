//! Rank and kind of subjects. Rows note them; where a version wrote a row that does not, the packed record tells, and whoever keeps
//! the index of searches notes it.

use crate::off_thread;
use crate::report_filter::{self, Subjects};
use crate::rows::{get_bytes, get_code, get_report};
use crate::source::{Fields, Source, SqlStore, View};
use crate::statement::Statement;
use gongkai_filter::Filter;
use gongkai_model::{BodyKind, Rank, ReportId};
use gongkai_store::packed::{Layout, LayoutId, PackedReport, packed_subject};
use gongkai_store::{ReportField, StoreError};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use tracing::warn;

/// Whether there is a row that does not note them.
pub(crate) const ANY_UNTOLD: &str = "SELECT report FROM currents WHERE subject_rank IS NULL LIMIT 1";
/// What tells of a revision's subject without its whole record, and how large that is.
const SHORT: &str = "r.report, r.id AS revision_id, r.subject_rank, r.subject_kind, r.figures,
    CAST(length(e.bytes) AS BIGINT) AS bytes";
/// Rows that are asked for at once.
const ROWS_MAX: usize = 256;
/// Compressed bytes of whole records that are read at once, one record more at most.
pub(crate) const RECORDS_BYTES: i64 = 4 << 20;

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

/// Rows that do not note their subjects.
pub(crate) fn select_untold(limit: u32) -> Statement {
    // A record may be gone, and is told of like one that cannot be read.
    Statement::new(format!(
        "SELECT {SHORT} FROM currents c JOIN revisions r ON r.id = c.revision_id
        LEFT JOIN evidence e ON e.revision_id = r.id WHERE c.subject_rank IS NULL ORDER BY c.report LIMIT $1"
    ))
    .bind(limit)
}

/// The same of revisions.
pub(crate) fn select_told(revisions: &[i64]) -> Statement {
    let mut statement = Statement::new(format!(
        "SELECT {SHORT} FROM revisions r LEFT JOIN evidence e ON e.revision_id = r.id WHERE r.id IN ("
    ));
    statement.push_list(revisions.iter().copied()).push(")");
    statement
}

/// The whole records of revisions.
pub(crate) fn select_whole(revisions: &[i64]) -> Statement {
    let mut statement = Statement::new(
        "SELECT r.id AS revision_id, r.layout, r.figures, e.bytes AS evidence FROM revisions r
        JOIN evidence e ON e.revision_id = r.id WHERE r.id IN (",
    );
    statement.push_list(revisions.iter().copied()).push(")");
    statement
}

/// A revision that does not note its subject.
struct Untold {
    report: ReportId,
    revision_id: i64,
    /// What is known of it without its whole record.
    subject: Option<Subject>,
    /// Compressed bytes of the whole record.
    bytes: i64,
}

/// A row of [`SHORT`].
fn untold(row: &impl Fields) -> Result<Untold, StoreError> {
    let subject = match noted(row)? {
        Some(subject) => Some(subject),
        // What cannot be read is told of when the whole record is looked at.
        None => {
            packed_subject(row.bytes("figures")?).ok().flatten().map(|(rank, kind)| Subject { rank, kind })
        }
    };
    Ok(Untold {
        report: get_report(row, "report")?,
        revision_id: row.number("revision_id")?,
        bytes: if subject.is_some() { 0 } else { row.number_if_any("bytes")?.unwrap_or_default() },
        subject,
    })
}

/// How many of them are read at once: one at least.
fn piece(untold: &[Untold], bytes_max: i64) -> usize {
    let mut bytes: i64 = 0;
    let beyond = untold.iter().position(|it| {
        bytes = bytes.saturating_add(it.bytes);
        bytes_max < bytes
    });
    beyond.unwrap_or(untold.len()).max(1).min(untold.len())
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
        for some in untold.chunks(ROWS_MAX) {
            let mut rest = self
                .0
                .rows(view, select_told(some))
                .await?
                .iter()
                .map(self::untold)
                .collect::<Result<Vec<_>, _>>()?;
            while !rest.is_empty() {
                let following = rest.split_off(piece(&rest, RECORDS_BYTES));
                let (subjects, _) = self.read_subjects(view, std::mem::replace(&mut rest, following)).await?;
                told.extend(subjects.into_iter().map(|(untold, subject)| (untold.revision_id, subject)));
            }
        }
        Ok(told)
    }

    /// Notes the subjects of some rows that do not note them, of which the whole records may have so many bytes, and tells of how many;
    /// and how many records do not tell, because they cannot be read.
    pub(crate) async fn note_subjects(&self, limit: u32, bytes_max: i64) -> Result<(u32, u32), StoreError>
    where
        S: Noting,
    {
        let rows = self.0.rows(View::Latest, select_untold(limit)).await?;
        let mut untold = rows.iter().map(untold).collect::<Result<Vec<_>, _>>()?;
        untold.truncate(piece(&untold, bytes_max));
        if untold.is_empty() {
            return Ok((0, 0));
        }
        let (subjects, damaged) = self.read_subjects(View::Latest, untold).await?;
        let note = |(untold, subject): (Untold, Subject)| Note {
            report: untold.report.uuid().as_bytes().to_vec(),
            revision_id: untold.revision_id,
            subject,
        };
        let notes: Vec<Note> = subjects.into_iter().map(note).collect();
        let count = u32::try_from(notes.len()).unwrap_or(u32::MAX);
        self.0.note(notes).await?;
        Ok((count, damaged))
    }

    /// Their subjects, and of how many nobody knows them, because their records cannot be read: the others have to be found all the same.
    async fn read_subjects(
        &self,
        view: View,
        untold: Vec<Untold>,
    ) -> Result<(Vec<(Untold, Subject)>, u32), StoreError> {
        let wanted: Vec<i64> =
            untold.iter().filter(|it| it.subject.is_none()).map(|it| it.revision_id).collect();
        let mut read = match wanted.is_empty() {
            true => HashMap::new(),
            false => self.read_records(view, &wanted).await?,
        };
        let (mut subjects, mut damaged) = (Vec::with_capacity(untold.len()), 0);
        for it in untold {
            let gone = || Err(StoreError::corrupt("record", "its evidence is not there"));
            let subject = match it.subject {
                Some(subject) => subject,
                None => read.remove(&it.revision_id).unwrap_or_else(gone).unwrap_or_else(|error| {
                    let error = &error as &dyn std::error::Error;
                    let report = it.report;
                    warn!(%report, error, "the record of {report} does not tell the rank and kind of its subject");
                    damaged += 1;
                    Subject::default()
                }),
            };
            subjects.push((it, subject));
        }
        Ok((subjects, damaged))
    }

    /// The subjects that whole records tell, or why they do not, by the numbers of the revisions.
    async fn read_records(
        &self,
        view: View,
        revisions: &[i64],
    ) -> Result<HashMap<i64, Result<Subject, StoreError>>, StoreError> {
        let rows = self.0.rows(view, select_whole(revisions)).await?;
        let mut layouts: HashMap<LayoutId, Layout> = HashMap::new();
        for row in &rows {
            let Ok(id) = get_bytes(row, "layout").map(LayoutId) else { continue };
            if let Entry::Vacant(vacant) = layouts.entry(id) {
                match self.layout(id).await {
                    Ok(layout) => drop(vacant.insert(layout)),
                    // Those of this layout do not tell.
                    Err(StoreError::Corrupt { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        off_thread(move || {
            let read = |row: &S::Row| Ok((row.number("revision_id")?, read_subject(row, &layouts)));
            rows.iter().map(read).collect()
        })
        .await
    }
}

/// The subject that a whole record tells.
fn read_subject(row: &impl Fields, layouts: &HashMap<LayoutId, Layout>) -> Result<Subject, StoreError> {
    let layout = layouts.get(&LayoutId(get_bytes(row, "layout")?)).cloned();
    let packed = PackedReport {
        layout: layout.ok_or_else(|| StoreError::corrupt("record", "its layout is not there"))?,
        figures: row.bytes("figures")?.to_vec(),
        evidence: row.bytes("evidence")?.to_vec(),
    };
    let subject = packed.unpack()?.subject;
    Ok(Subject { rank: subject.rank, kind: subject.kind })
}
