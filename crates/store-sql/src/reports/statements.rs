//! What is asked of the tables of reports.

use super::{FINDINGS, PACKED_COLUMNS, PAGE_COLUMNS, Place, WHOLE, until};
#[cfg(test)]
use super::{ONE, POSITION_AT};
use crate::report_filter::{self, Subjects};
use crate::rows::{KEY_COLUMNS, REVISION_COLUMNS, code};
use crate::source::Source;
use crate::statement::Statement;
use gongkai_model::{Purpose, ReportId};
use gongkai_store::packed::day_number;
use gongkai_store::{
    ChangePlace, FindingQuery, Position, ReadAt, ReportKey, ReportOrder, ReportQuery, RevisionInfo,
};

/// The report, if it is current for a read.
pub(super) fn select_current(id: ReportId, at: ReadAt) -> Statement {
    let columns = format!("SELECT {REVISION_COLUMNS}, {WHOLE} JOIN currents c ON c.revision_id = r.id");
    let mut statement = Statement::new(columns);
    push_current(&mut statement, "+c.purpose", at, until(at));
    statement.push(" AND c.report = ").push_bind(&id);
    statement
}

/// Those of some reports that are current as of a position.
pub(super) fn select_currents(ids: &[ReportId], at: ReadAt, position: Position) -> Statement {
    let columns = format!("SELECT {REVISION_COLUMNS}, {WHOLE} JOIN currents c ON c.revision_id = r.id");
    let mut statement = Statement::new(columns);
    push_current(&mut statement, "+c.purpose", at, position);
    statement.push(" AND c.report IN (").push_list(ids).push(")");
    statement
}

/// The documents of revisions of different reports, up to a position, each in the order in which they came.
pub(super) fn select_renditions(infos: &[RevisionInfo], until: Position) -> Statement {
    let mut statement = Statement::new("WITH asked (report, revision) AS (VALUES ");
    for (count, info) in infos.iter().enumerate() {
        statement.push(if 0 < count { ", (" } else { "(" });
        statement.push_bind(&info.report).push(", ").push_bind(info.revision).push(")");
    }
    statement.push(
        ") SELECT c.report, c.revision, c.document FROM asked a
        JOIN captures c ON c.report = a.report AND c.revision = a.revision
        WHERE c.is_review = 0 AND c.position <= ",
    );
    statement.push_bind(until.0);
    statement.push(" GROUP BY c.report, c.revision, c.document ORDER BY min(c.rowid)");
    statement
}

/// The reports of a subject, a year and perhaps a scope.
pub(super) fn resolve<S: Source>(key: &ReportKey, at: ReadAt) -> Statement {
    let mut statement = Statement::new(format!("SELECT c.report FROM currents c{}", S::BY_SUBJECT));
    push_current(&mut statement, "c.purpose", at, until(at));
    let subject = statement.value(key.subject.as_str());
    statement.push(" AND ").push(&S::equals("c.subject", &subject));
    statement.push(" AND c.year = ").push_bind(key.year);
    if let Some(scope) = key.scope {
        statement.push(" AND c.scope = ").push_bind(code(scope));
    }
    statement.push(" ORDER BY c.report");
    statement
}

/// The figures of reports as of a position.
pub(super) fn select_cells(ids: &[ReportId], at: ReadAt, position: Position) -> Statement {
    let mut statement = Statement::new(
        "SELECT c.report, r.layout, r.figures FROM currents c JOIN revisions r ON r.id = c.revision_id",
    );
    push_current(&mut statement, "+c.purpose", at, position);
    statement.push(" AND c.report IN (").push_list(ids).push(")");
    statement
}

/// What a list tells of reports as of a position, with their figures.
pub(super) fn select_summaries(ids: &[ReportId], at: ReadAt, position: Position) -> Statement {
    let mut statement = Statement::new(format!(
        "SELECT {REVISION_COLUMNS}, {KEY_COLUMNS}, {PAGE_COLUMNS}{PACKED_COLUMNS} FROM currents c
        JOIN revisions r ON r.id = c.revision_id"
    ));
    push_current(&mut statement, "+c.purpose", at, position);
    statement.push(" AND c.report IN (").push_list(ids).push(")");
    statement
}

/// The records of reports as of a position.
pub(super) fn select_records(ids: &[ReportId], at: ReadAt, position: Position) -> Statement {
    let mut statement = Statement::new(
        "SELECT c.report, r.layout, r.figures, e.bytes AS evidence FROM currents c
        JOIN revisions r ON r.id = c.revision_id JOIN evidence e ON e.revision_id = r.id",
    );
    push_current(&mut statement, "+c.purpose", at, position);
    statement.push(" AND c.report IN (").push_list(ids).push(")");
    statement
}

/// The first `limit` reports of a query from a place on, in its order, with further columns.
pub(super) fn select_reports<S: Source>(
    columns: &str,
    query: &ReportQuery,
    place: &Place,
    limit: i64,
    subjects: Subjects,
) -> Statement {
    let (rank, beyond, direction) = match query.order {
        ReportOrder::Changed => ("c.from_position", ">", "ASC"),
        ReportOrder::ChangedLast => ("c.from_position", "<", "DESC"),
        ReportOrder::Year => ("c.year", ">", "ASC"),
        ReportOrder::YearLast => ("c.year", "<", "DESC"),
    };
    let columns = format!("{REVISION_COLUMNS}, {KEY_COLUMNS}, {PAGE_COLUMNS}{columns}");
    // What is found may have to be sorted. Then a page is chosen among narrow rows, and its revisions are read, not all of them.
    let is_chosen_first = query.filter.as_ref().is_some_and(report_filter::is_of_currents);
    let mut statement = Statement::new(match is_chosen_first {
        true => format!(
            "SELECT found.rank, {columns} FROM (SELECT {rank} AS rank, c.report, c.revision_id FROM currents c"
        ),
        false => format!(
            "SELECT {rank} AS rank, {columns} FROM currents c JOIN revisions r ON r.id = c.revision_id"
        ),
    });
    push_current(&mut statement, "c.purpose", query.at, place.snapshot);
    if let Some(filter) = &query.filter {
        let condition = report_filter::condition::<S>(&mut statement, filter, subjects);
        statement.push(" AND ").push(&condition);
    }
    if let Some((after, report)) = place.after {
        // The first condition lets the index find the place; the second leaves out what stood before it.
        statement.push(&format!(" AND {rank} {beyond}= ")).push_bind(after);
        statement.push(&format!(" AND ({rank} <> ")).push_bind(after);
        statement.push(" OR c.report > ").push_bind(&report).push(")");
    }
    statement.push(&format!(" ORDER BY {rank} {direction}, c.report LIMIT ")).push_bind(limit);
    if is_chosen_first {
        statement.push(") found JOIN revisions r ON r.id = found.revision_id");
        statement.push(&format!(" ORDER BY found.rank {direction}, found.report"));
    }
    statement
}

/// What became current after a place, in order.
pub(super) fn select_changes(purpose: Purpose, after: ChangePlace, until: Position, limit: u32) -> Statement {
    let mut statement = Statement::new(format!(
        "SELECT c.from_position AS rank, {REVISION_COLUMNS}, {KEY_COLUMNS}, r.findings_failing,
        r.figures_undetermined, (SELECT p.revision FROM currents p WHERE p.report = c.report
            AND p.from_position < c.from_position ORDER BY p.from_position DESC LIMIT 1) AS previous
        FROM currents c JOIN revisions r ON r.id = c.revision_id WHERE c.purpose = "
    ));
    statement.push_bind(code(purpose));
    match after.report {
        // The first condition lets the index find the place; the second leaves out what stands before it.
        Some(report) => {
            statement.push(" AND c.from_position >= ").push_bind(after.position.0);
            statement.push(" AND (c.from_position > ").push_bind(after.position.0);
            statement.push(" OR c.report > ").push_bind(&report).push(")");
        }
        None => {
            statement.push(" AND c.from_position > ").push_bind(after.position.0);
        }
    }
    statement.push(" AND c.from_position <= ").push_bind(until.0);
    statement.push(" ORDER BY c.from_position, c.report LIMIT ").push_bind(limit);
    statement
}

/// The list of findings of a query from a place on.
pub(super) fn select_findings(query: &FindingQuery, place: &Place) -> Statement {
    let mut statement = Statement::new(FINDINGS);
    // The sign keeps indices by purpose out: the order of the primary key is the order of the list.
    push_current(&mut statement, "+c.purpose", query.at, place.snapshot);
    push_years(&mut statement, query.year_min, query.year_max);
    if let Some(rule) = &query.rule {
        statement
            .push(" AND f.rule = (SELECT id FROM rules WHERE name = ")
            .push_bind(rule.as_str())
            .push(")");
    }
    if let Some(outcome) = query.outcome {
        statement.push(" AND f.outcome = ").push_bind(code(outcome));
    }
    if let Some(severity) = query.severity_min {
        // Codes of severities rise with what they mean; see the test.
        statement.push(" AND f.severity >= ").push_bind(code(severity));
    }
    if let Some(report) = query.report {
        statement.push(" AND c.report = ").push_bind(&report);
    }
    if let Some((ordinal, report)) = place.after {
        statement.push(" AND c.report >= ").push_bind(&report);
        statement.push(" AND (c.report <> ").push_bind(&report);
        statement.push(" OR f.ordinal > ").push_bind(ordinal).push(")");
    }
    statement.push(" ORDER BY c.report, f.ordinal");
    statement
}

/// Narrows to what was current after a position, and had been published by the day that the read asks for.
pub(crate) fn push_current(statement: &mut Statement, purpose_column: &str, at: ReadAt, snapshot: Position) {
    statement.push(&format!(" WHERE {purpose_column} = ")).push_bind(code(at.purpose));
    // Nearly all rows begin before the snapshot: no reason to choose an index. Hence the sign.
    statement.push(" AND +c.from_position <= ").push_bind(snapshot.0);
    let Some(day) = at.published_until else {
        // The end is open for the present one.
        statement.push(" AND c.to_position > ").push_bind(snapshot.0);
        return;
    };
    let (day, snapshot) = (statement.value(day_number(day)), statement.value(snapshot.0));
    let behind = format!(
        "NOT EXISTS (SELECT 1 FROM currents l WHERE l.report = c.report AND l.from_position > c.from_position
            AND l.from_position <= {snapshot} AND {})",
        is_published("l", &day, &snapshot)
    );
    statement.push(&format!(" AND {} AND {behind}", is_published("c", &day, &snapshot)));
}

/// That a row of `currents` is dated, not later than a day, and none of its documents was read again until the snapshot: all that
/// is looked at is of one report.
fn is_published(current: &str, day: &str, snapshot: &str) -> String {
    format!(
        "EXISTS (SELECT 1 FROM revisions p WHERE p.id = {current}.revision_id AND p.published <= {day})
        AND NOT EXISTS (SELECT 1 FROM currents a JOIN revisions s ON s.id = a.revision_id
            WHERE a.report = {current}.report AND a.from_position > {current}.from_position
            AND a.from_position <= {snapshot} AND EXISTS (SELECT 1 FROM captures k
                WHERE k.report = {current}.report AND k.revision = {current}.revision
                AND k.document = s.document AND k.position <= {snapshot}))"
    )
}

/// Narrows to years; an unknown one, which is -1, lies within none.
fn push_years(statement: &mut Statement, min: Option<u16>, max: Option<u16>) {
    if min.is_some() || max.is_some() {
        statement.push(" AND c.year BETWEEN ").push_bind(min.unwrap_or(0));
        statement.push(" AND ").push_bind(max.unwrap_or(u16::MAX));
    }
}

/// What is asked often, for the tests of its plans.
#[cfg(test)]
pub(crate) fn frequent<S: Source>() -> Vec<String> {
    let place = || Place { snapshot: Position(9), after: Some((3, ReportId::generate())) };
    let key = ReportKey { subject: "x".to_owned(), scope: None, year: 2020 };
    let mut statements = vec![
        resolve::<S>(&key, ReadAt::default()).text.into_owned(),
        select_current(ReportId::generate(), ReadAt::default()).text.into_owned(),
        POSITION_AT.to_owned(),
        format!("SELECT {REVISION_COLUMNS}, {WHOLE} {ONE}"),
    ];
    for order in [ReportOrder::Changed, ReportOrder::ChangedLast, ReportOrder::Year, ReportOrder::YearLast] {
        let query = ReportQuery { order, ..Default::default() };
        for columns in ["", PACKED_COLUMNS] {
            statements
                .push(select_reports::<S>(columns, &query, &place(), 8, Subjects::Noted).text.into_owned());
        }
    }
    for report in [None, Some(ReportId::generate())] {
        let after = ChangePlace { position: Position(3), report };
        statements.push(select_changes(Purpose::Published, after, Position(9), 7).text.into_owned());
        let query = FindingQuery { report, ..Default::default() };
        statements.push(select_findings(&query, &place()).text.into_owned());
    }
    statements
}

/// Lists with filters, for the tests of their plans. They may have to be sorted: what is left is less than all.
#[cfg(test)]
pub(crate) fn filtered<S: Source>() -> Vec<String> {
    let place = Place { snapshot: Position(9), after: Some((3, ReportId::generate())) };
    let cells = select_cells(&[ReportId::generate(), ReportId::generate()], ReadAt::default(), Position(9));
    let filters = [
        "year = 2020 form = 2019",
        "region.within(\"530000\")",
        "subject = x OR issuer = x",
        "-x",
        "year = 2020 subject.rank = COUNTY",
        "subject.kind = GOVERNMENT",
    ];
    let select = |text| {
        let schema = gongkai_store::report_schema();
        let filter = gongkai_filter::parse(text, &schema, gongkai_filter::Limits::STANDARD);
        let query = ReportQuery { filter: filter.unwrap_or_default(), ..Default::default() };
        select_reports::<S>(PACKED_COLUMNS, &query, &place, 8, Subjects::Noted).text.into_owned()
    };
    let records = select_records(&[ReportId::generate()], ReadAt::default(), Position(9));
    let published =
        ReadAt { published_until: gongkai_model::Date::new(2021, 3, 31).ok(), ..ReadAt::default() };
    let key = ReportKey { subject: "x".to_owned(), scope: None, year: 2020 };
    let listed = ReportQuery { at: published, order: ReportOrder::Year, ..Default::default() };
    let by_id = [
        cells,
        records,
        resolve::<S>(&key, published),
        select_current(ReportId::generate(), published),
        select_cells(&[ReportId::generate()], published, Position(9)),
        select_summaries(&[ReportId::generate()], published, Position(9)),
        select_reports::<S>("", &listed, &place, 8, Subjects::Noted),
        Statement::new(super::subjects::ANY_UNTOLD),
        super::subjects::select_untold(8),
        super::subjects::select_told(&[1, 2]),
        super::subjects::select_whole(&[1, 2]),
        select_findings(&FindingQuery { at: published, ..Default::default() }, &place),
    ];
    let by_id = by_id.map(|statement| statement.text.into_owned());
    filters.into_iter().map(select).chain(by_id).collect()
}
