//! Which reports share fingerprints with a narrative: what both engines are asked in the same words. The index of searches holds the
//! fingerprints of its documents, so it is as far with one as with the other.

use crate::reports::{push_current, summary};
use crate::rows::{KEY_COLUMNS, REVISION_COLUMNS};
use crate::search::DOCUMENTS;
use crate::source::{Fields, Source, SqlStore, View};
use crate::statement::Statement;
use gongkai_copies::{FINGERPRINTS_MAX, Fingerprint, Shared, sharers};
use gongkai_model::Purpose;
use gongkai_store::{Position, ReadAt, Sharer, Sharing, StoreError};
use std::collections::{HashMap, HashSet};

/// Documents that one statement asks about.
const ASKED_TOGETHER: usize = 1_000;
/// No more of each are stored than are looked at, but for those that came in one piece and for later revisions.
const HOLDERS: &str = "SELECT fingerprint, number FROM search_fingerprints WHERE fingerprint IN (";

/// Under which number the index has a fingerprint: drafts hold places of their own, so that however many of them have the same words,
/// those that are published are told by what is published alone. Twice is the fingerprint again.
pub(crate) fn kept(fingerprint: Fingerprint, purpose: Purpose) -> Fingerprint {
    match purpose {
        Purpose::Published => fingerprint,
        Purpose::Draft => Fingerprint(!fingerprint.0),
    }
}

impl<S: Source> SqlStore<S> {
    /// See `Search::sharing`.
    pub(crate) async fn sharing_reports(
        &self,
        fingerprints: &[Fingerprint],
        at: ReadAt,
    ) -> Result<Sharing, StoreError> {
        let reached = self.index_reached().await?;
        let position = at.as_of.map_or(reached, |as_of| as_of.min(reached));
        let wanted = fingerprints.get(..FINGERPRINTS_MAX).unwrap_or(fingerprints);
        // An index of another version holds other fingerprints, or none.
        if wanted.is_empty() || position == Position(0) {
            return Ok(Sharing { sharers: Vec::new(), position });
        }
        let wanted: Vec<_> = wanted.iter().map(|fingerprint| kept(*fingerprint, at.purpose)).collect();
        let rows = self.0.rows(View::Latest, select_holders(&wanted)).await?;
        let held = rows.iter().map(|row| {
            let fingerprint = Fingerprint(row.number("fingerprint")?.cast_unsigned());
            Ok((kept(fingerprint, at.purpose), row.number("number")?))
        });
        let mut held = held.collect::<Result<Vec<(Fingerprint, i64)>, StoreError>>()?;
        let current = self.current_among(&held, at, position).await?;
        held.retain(|(_, number)| current.contains(number));
        let shared = sharers(held);
        if shared.is_empty() {
            return Ok(Sharing { sharers: Vec::new(), position });
        }
        let select = select_sharers(shared.iter().map(|it| it.number), at, position);
        let rows = self.0.rows(View::Latest, select).await?;
        let told = self.told(View::Latest, &rows).await?;
        let mut reports = HashMap::with_capacity(rows.len());
        for row in &rows {
            reports.insert(row.number("rank")?, summary(row, &told)?);
        }
        let sharers = shared.into_iter().filter_map(|Shared { number, rarity, fingerprints }| {
            Some(Sharer { report: reports.remove(&number)?, rarity, fingerprints })
        });
        Ok(Sharing { sharers: sharers.collect(), position })
    }
}

impl<S: Source> SqlStore<S> {
    /// The numbers of holders that are current as of a position: what counts are reports that say so, not how often they were read. It
    /// also is the same for every page that reads as of one position.
    async fn current_among(
        &self,
        held: &[(Fingerprint, i64)],
        at: ReadAt,
        position: Position,
    ) -> Result<HashSet<i64>, StoreError> {
        let mut numbers: Vec<i64> = held.iter().map(|(_, number)| *number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let mut current = HashSet::with_capacity(numbers.len());
        for some in numbers.chunks(ASKED_TOGETHER) {
            let rows = self.0.rows(View::Latest, select_current(some, at, position)).await?;
            for row in &rows {
                current.insert(row.number("number")?);
            }
        }
        Ok(current)
    }
}

/// Which documents of the index are current. When they were published is asked of those few that are told.
fn select_current(numbers: &[i64], at: ReadAt, position: Position) -> Statement {
    let mut statement = Statement::new(format!("SELECT d.number {DOCUMENTS}"));
    push_current(&mut statement, "+c.purpose", ReadAt { published_until: None, ..at }, position);
    statement.push(" AND d.number IN (").push_list(numbers.iter().copied()).push(")");
    statement
}

fn select_holders(fingerprints: &[Fingerprint]) -> Statement {
    let mut statement = Statement::new(HOLDERS);
    statement.push_list(fingerprints.iter().map(|fingerprint| fingerprint.0.cast_signed())).push(")");
    statement
}

/// Documents of the index with what is told of their reports.
fn select_sharers(numbers: impl Iterator<Item = i64>, at: ReadAt, snapshot: Position) -> Statement {
    let mut statement = Statement::new(format!(
        "SELECT d.number AS rank, {REVISION_COLUMNS}, {KEY_COLUMNS}, r.findings_failing, r.figures_undetermined {DOCUMENTS}"
    ));
    push_current(&mut statement, "+c.purpose", at, snapshot);
    statement.push(" AND d.number IN (").push_list(numbers).push(")");
    statement
}

/// What is asked for copies, for the tests of plans.
#[cfg(test)]
pub(crate) fn statements() -> Vec<String> {
    let sharers = select_sharers([1, 2, 3].into_iter(), ReadAt::default(), Position(9));
    let current = select_current(&[1, 2, 3], ReadAt::default(), Position(9));
    [select_holders(&[Fingerprint(1), Fingerprint(2)]), current, sharers]
        .into_iter()
        .map(|statement| statement.text.into_owned())
        .collect()
}
