//! Lists of reports in an order of several fields. A page is chosen among narrow rows, which may have to be sorted, and only its
//! revisions are read.
//!
//! A cursor has the place of a report in the order of changes. What the report has in the fields of the order is looked up, so
//! that no text of a report stands in a cursor.

use super::{PAGE_COLUMNS, Place, push_current};
use crate::report_filter::{self, Subjects};
use crate::rows::{KEY_COLUMNS, REVISION_COLUMNS};
use crate::source::{Fields, Source, SqlStore, View};
use crate::statement::Statement;
use gongkai_filter::Direction;
use gongkai_model::ReportId;
use gongkai_store::{ReportOrder, ReportQuery, SortField, SortKey, SortValue, StoreError};

/// The fields of an order, down to the one that tells equal ones apart but for reports of one change.
pub(super) fn keys_of(query: &ReportQuery) -> Vec<SortKey> {
    let (field, direction) = match query.order {
        ReportOrder::Changed => (SortField::Position, Direction::Ascending),
        ReportOrder::ChangedLast => (SortField::Position, Direction::Descending),
        ReportOrder::Year => (SortField::Year, Direction::Ascending),
        ReportOrder::YearLast => (SortField::Year, Direction::Descending),
    };
    query.sort.iter().copied().chain([SortKey { field, direction }]).collect()
}

/// What a field is in SQL.
fn column(field: SortField) -> &'static str {
    match field {
        SortField::Position => "c.from_position",
        SortField::Year => "c.year",
        SortField::Form => "c.form",
        SortField::RegionName => "c.region_name",
        SortField::RegionCode => "c.region_code",
        SortField::Issuer => "c.issuer",
        SortField::Subject => "c.subject",
        SortField::Scope => "c.scope",
        SortField::Published => "coalesce(r.published, -1)",
        SortField::Revision => "c.revision",
        SortField::FindingsFailing => "r.findings_failing",
        SortField::FiguresUndetermined => "r.figures_undetermined",
    }
}

/// A column as it is compared: texts byte by byte.
fn compared<S: Source>(field: SortField) -> String {
    match field.is_text() {
        true => S::bytewise(column(field)),
        false => column(field).to_owned(),
    }
}

/// Whether nothing but columns of `currents` is looked at.
fn is_of_currents(query: &ReportQuery, keys: &[SortKey]) -> bool {
    keys.iter().all(|key| column(key.field).starts_with("c."))
        && query.filter.as_ref().is_none_or(report_filter::is_of_currents)
}

/// The fields of the report that was listed last.
fn select_fields(keys: &[SortKey], (position, report): (i64, ReportId)) -> Statement {
    let columns: Vec<_> =
        keys.iter().enumerate().map(|(at, key)| format!("{} AS k{at}", column(key.field))).collect();
    let mut statement = Statement::new(format!(
        "SELECT {} FROM currents c JOIN revisions r ON r.id = c.revision_id WHERE c.report = ",
        columns.join(", ")
    ));
    statement.push_bind(&report).push(" AND c.from_position = ").push_bind(position);
    statement
}

/// The first `limit` reports behind a place, in the order of the keys, by their ids alone.
pub(super) fn select_ids<S: Source>(
    query: &ReportQuery,
    place: (&Place, &[SortValue]),
    limit: i64,
    subjects: Subjects,
) -> Statement {
    let keys = keys_of(query);
    // What a cursor has of a report: see `Place::after`.
    let rank = match (query.sort.as_slice(), keys.first()) {
        ([], Some(key)) => column(key.field),
        _ => column(SortField::Position),
    };
    let mut statement = Statement::new(format!("SELECT {rank} AS rank, c.report"));
    push_chosen::<S>(&mut statement, query, place, limit, subjects);
    statement
}

/// The first `limit` reports behind a place, in the order of the keys.
pub(super) fn select_sorted<S: Source>(
    columns: &str,
    query: &ReportQuery,
    place: (&Place, &[SortValue]),
    limit: i64,
    subjects: Subjects,
) -> Statement {
    let keys = keys_of(query);
    let chosen: Vec<_> =
        keys.iter().enumerate().map(|(at, key)| format!("{} AS k{at}", compared::<S>(key.field))).collect();
    let mut statement = Statement::new(format!(
        "SELECT found.from_position AS rank, {REVISION_COLUMNS}, {KEY_COLUMNS}, {PAGE_COLUMNS}{columns}
        FROM (SELECT c.from_position, c.report, c.revision_id, {}",
        chosen.join(", ")
    ));
    push_chosen::<S>(&mut statement, query, place, limit, subjects);
    let shown: Vec<_> =
        keys.iter().enumerate().map(|(at, key)| format!("found.k{at} {}", way(key))).collect();
    statement.push(&format!(
        ") found JOIN revisions r ON r.id = found.revision_id ORDER BY {}, found.report",
        shown.join(", ")
    ));
    statement
}

/// Which way a field is gone through.
fn way(key: &SortKey) -> &'static str {
    match key.direction {
        Direction::Ascending => "ASC",
        Direction::Descending => "DESC",
    }
}

/// From which tables, which rows, in which order, and how many.
fn push_chosen<S: Source>(
    statement: &mut Statement,
    query: &ReportQuery,
    (place, fields): (&Place, &[SortValue]),
    limit: i64,
    subjects: Subjects,
) {
    let keys = keys_of(query);
    statement.push(match is_of_currents(query, &keys) {
        true => " FROM currents c",
        false => " FROM currents c JOIN revisions r ON r.id = c.revision_id",
    });
    push_current(statement, "c.purpose", query.at, place.snapshot);
    if let Some(filter) = &query.filter {
        let condition = report_filter::condition::<S>(statement, filter, subjects);
        statement.push(" AND ").push(&condition);
    }
    if let Some((_, report)) = place.after {
        push_behind::<S>(statement, &keys, fields, report);
    }
    // By what an index has of it first, where that is something else: it is in the same order.
    let first = keys.first().filter(|key| key.field.is_text());
    let first = first.map(|key| (S::indexed(column(key.field)), way(key)));
    let first =
        first.filter(|(indexed, _)| keys.first().is_some_and(|key| *indexed != compared::<S>(key.field)));
    let ordered = keys.iter().map(|key| format!("{} {}", compared::<S>(key.field), way(key)));
    let ordered: Vec<_> =
        first.iter().map(|(indexed, way)| format!("{indexed} {way}")).chain(ordered).collect();
    statement.push(&format!(" ORDER BY {}, c.report LIMIT ", ordered.join(", "))).push_bind(limit);
}

/// Narrows to what stands behind a report.
fn push_behind<S: Source>(
    statement: &mut Statement,
    keys: &[SortKey],
    fields: &[SortValue],
    report: ReportId,
) {
    let mut places = Vec::with_capacity(keys.len());
    for (key, field) in keys.iter().zip(fields) {
        let value = match field {
            SortValue::Number(number) => statement.value(*number),
            SortValue::Text(text) => statement.value(text.as_str()),
        };
        places.push((*key, value));
    }
    let report = statement.value(&report);
    // The first condition lets an index find the place; the others leave out what stands before it.
    if let Some((key, value)) = places.first() {
        let beyond = if key.direction == Direction::Ascending { ">=" } else { "<=" };
        let condition = match key.field.is_text() {
            true => format!("{} {beyond} {}", S::indexed(column(key.field)), S::indexed_value(value)),
            false => format!("{} {beyond} {value}", column(key.field)),
        };
        statement.push(&format!(" AND {condition}"));
    }
    let mut equal = String::new();
    let mut behind = Vec::with_capacity(places.len() + 1);
    for (key, value) in &places {
        let beyond = if key.direction == Direction::Ascending { ">" } else { "<" };
        let compared = compared::<S>(key.field);
        behind.push(format!("({equal}{compared} {beyond} {value})"));
        equal.push_str(&format!("{} = {value} AND ", column(key.field)));
    }
    behind.push(format!("({equal}c.report > {report})"));
    statement.push(&format!(" AND ({})", behind.join(" OR ")));
}

impl<S: Source> SqlStore<S> {
    /// What the report behind which a page begins has in the fields of the order.
    pub(super) async fn fields(
        &self,
        view: View,
        query: &ReportQuery,
        place: &Place,
    ) -> Result<Vec<SortValue>, StoreError> {
        let Some(after) = place.after else { return Ok(Vec::new()) };
        if query.sort.is_empty() {
            return Ok(vec![SortValue::Number(after.0)]);
        }
        let keys = keys_of(query);
        // No such place was given out.
        let row = self.row(view, select_fields(&keys, after)).await?.ok_or(StoreError::CursorInvalid)?;
        let field = |(at, key): (usize, &SortKey)| {
            let name = format!("k{at}");
            Ok(match key.field.is_text() {
                true => SortValue::Text(row.text(&name)?),
                false => SortValue::Number(row.number(&name)?),
            })
        };
        keys.iter().enumerate().map(field).collect()
    }
}

/// Orders with the statements for them, for the tests of their plans: without a place, and behind one.
#[cfg(test)]
pub(crate) fn sorted<S: Source>() -> Vec<(Vec<SortField>, String)> {
    let orders: [&[SortField]; 6] = [
        &[SortField::Year, SortField::RegionCode, SortField::Issuer],
        &[SortField::RegionCode, SortField::Year],
        &[SortField::Issuer],
        &[SortField::Subject, SortField::Published],
        &[SortField::RegionName],
        &[SortField::FindingsFailing, SortField::Published],
    ];
    let mut statements = Vec::new();
    for fields in orders {
        let key = |field: &SortField| SortKey { field: *field, direction: Direction::Descending };
        let query = ReportQuery { sort: fields.iter().map(key).collect(), ..Default::default() };
        let value = |key: &SortKey| match key.field.is_text() {
            true => SortValue::Text("x".to_owned()),
            false => SortValue::Number(1),
        };
        let keys = keys_of(&query);
        let values: Vec<_> = keys.iter().map(value).collect();
        for after in [None, Some((3, ReportId::generate()))] {
            let place = Place { snapshot: gongkai_store::Position(9), after };
            let select = select_sorted::<S>("", &query, (&place, &values), 8, Subjects::Noted);
            statements.push((fields.to_vec(), select.text.into_owned()));
            let select = select_ids::<S>(&query, (&place, &values), 8, Subjects::Noted);
            statements.push((fields.to_vec(), select.text.into_owned()));
        }
        statements.push((Vec::new(), select_fields(&keys, (3, ReportId::generate())).text.into_owned()));
    }
    statements
}
