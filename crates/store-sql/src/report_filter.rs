//! Filters of reports as conditions of SQL.
//!
//! A filter is true, false or unknown; a condition holds or does not. So each filter has two conditions: that it is true, and
//! that it is false. A negation asks its inside for the other one, down to single comparisons, and no condition is ever
//! negated in SQL, where a value that is not there would turn up again.

use crate::rows::code;
use crate::source::Source;
use crate::statement::{Statement, Value};
use gongkai_filter::{Comparison, Filter, Operand};
use gongkai_model::{BodyKind, FormId, Rank, ScopeKind};
use gongkai_store::packed::day_number;
use gongkai_store::{ReportField, division_prefix, kind_name, rank_name};

/// What no row fulfils. SQLite and PostgreSQL agree on it in these words.
const NEVER: &str = "1 = 0";
const ALWAYS: &str = "1 = 1";

/// The condition that a filter is true, over `currents` as `c` and `revisions` as `r`.
pub(crate) fn condition<S: Source>(
    statement: &mut Statement,
    filter: &Filter<ReportField>,
    subjects: Subjects,
) -> String {
    Conditions::<S> { statement, subjects, engine: std::marker::PhantomData }.of(filter, true)
}

/// Whether rows note rank and kind of their subjects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subjects {
    /// All of them do.
    Noted,
    /// Some may not: whatever is asked of these, they may be it. So a condition holds of all rows of which the filter is true, and
    /// perhaps of others that do not note it.
    Untold,
}

/// Whether rank or kind of the subject is compared.
pub(crate) fn asks_of_subjects(filter: &Filter<ReportField>) -> bool {
    filter.targets().iter().any(|target| is_of_subject(target.field))
}

fn is_of_subject(field: ReportField) -> bool {
    matches!(field, ReportField::SubjectRank | ReportField::SubjectKind)
}

/// Whether nothing but columns of `currents` is looked at.
pub(crate) fn is_of_currents(filter: &Filter<ReportField>) -> bool {
    let stands_there = |field| match column(field) {
        Column::Texts(columns) => columns.iter().all(|column| column.starts_with("c.")),
        Column::Number(column, _) => column.starts_with("c."),
        Column::None => true,
    };
    match filter {
        Filter::All(filters) | Filter::Any(filters) => filters.iter().all(is_of_currents),
        Filter::Not(filter) => is_of_currents(filter),
        Filter::Compare(target, ..) | Filter::Contains(target, _) | Filter::Present(target) => {
            stands_there(target.field)
        }
        Filter::Holds(..) => true,
        Filter::Says(_) => false,
    }
}

struct Conditions<'s, S> {
    statement: &'s mut Statement,
    subjects: Subjects,
    engine: std::marker::PhantomData<S>,
}

/// Where the value of a field stands.
enum Column {
    /// Texts of which one has to fit, each empty where it is not there.
    Texts(&'static [&'static str]),
    /// A number, and what tells that it is there.
    Number(&'static str, &'static str),
    /// It is no value.
    None,
}

fn column(field: ReportField) -> Column {
    match field {
        ReportField::Year => Column::Number("c.year", "c.year >= 0"),
        ReportField::Form => Column::Number("c.form", ALWAYS),
        ReportField::Region => Column::Texts(&["c.region_name", "c.region_code"]),
        ReportField::RegionName => Column::Texts(&["c.region_name"]),
        ReportField::RegionCode => Column::Texts(&["c.region_code"]),
        ReportField::Issuer => Column::Texts(&["c.issuer"]),
        ReportField::Subject => Column::Texts(&["c.subject"]),
        ReportField::SubjectRank => Column::Number("c.subject_rank", ALWAYS),
        ReportField::SubjectKind => Column::Number("c.subject_kind", ALWAYS),
        ReportField::Scope => Column::Number("c.scope", ALWAYS),
        ReportField::Title => Column::Texts(&["r.title"]),
        ReportField::Published => Column::Number("r.published", "r.published IS NOT NULL"),
        ReportField::RecordedAt => Column::Number("r.recorded_at", ALWAYS),
        ReportField::Revision => Column::Number("c.revision", ALWAYS),
        ReportField::FindingsFailing => Column::Number("r.findings_failing", ALWAYS),
        ReportField::FiguresUndetermined => Column::Number("r.figures_undetermined", ALWAYS),
        ReportField::RegionWithin => Column::None,
    }
}

impl<S: Source> Conditions<'_, S> {
    /// The condition that `filter` is true where it is `wanted`, else that it is false.
    fn of(&mut self, filter: &Filter<ReportField>, wanted: bool) -> String {
        match filter {
            Filter::All(filters) => self.joined(filters, wanted, wanted),
            Filter::Any(filters) => self.joined(filters, !wanted, wanted),
            Filter::Not(filter) => self.of(filter, !wanted),
            Filter::Compare(target, comparison, value) => match (column(target.field), value) {
                (Column::Texts(columns), Operand::Text(text)) => self.equal(columns, text, wanted),
                (Column::Number(column, is_there), value) => match number(target.field, value) {
                    Some(number) => {
                        let compared = self.compared(column, is_there, (*comparison, wanted), number);
                        match self.subjects {
                            Subjects::Untold if is_of_subject(target.field) => {
                                format!("({compared} OR {column} IS NULL)")
                            }
                            Subjects::Untold | Subjects::Noted => compared,
                        }
                    }
                    None => NEVER.to_owned(),
                },
                // Of two kinds: never true, and never false.
                (Column::Texts(_) | Column::None, _) => NEVER.to_owned(),
            },
            Filter::Contains(target, part) => match column(target.field) {
                Column::Texts(columns) if wanted => self.contain(columns, part, true),
                Column::Texts(columns) => {
                    format!("({} AND {})", there(columns), self.contain(columns, part, false))
                }
                Column::Number(..) | Column::None => NEVER.to_owned(),
            },
            Filter::Present(target) => match (column(target.field), wanted) {
                (Column::Texts(columns), true) => there(columns),
                (Column::Texts(columns), false) => each(columns, " AND ", |column| format!("{column} = ''")),
                (Column::Number(_, ALWAYS), false) | (Column::None, true) => NEVER.to_owned(),
                (Column::Number(_, is_there), true) => is_there.to_owned(),
                (Column::Number("c.year", _), false) => "c.year < 0".to_owned(),
                (Column::Number(column, _), false) => format!("{column} IS NULL"),
                (Column::None, false) => ALWAYS.to_owned(),
            },
            Filter::Holds(ReportField::RegionWithin, arguments) => match arguments.as_slice() {
                [Operand::Text(code)] => self.within(division_prefix(code), wanted),
                _ => NEVER.to_owned(),
            },
            Filter::Holds(..) => NEVER.to_owned(),
            Filter::Says(words) => {
                self.contain(&["r.title", "c.subject", "c.issuer", "c.region_name"], words, wanted)
            }
        }
    }

    fn joined(&mut self, filters: &[Filter<ReportField>], are_all: bool, wanted: bool) -> String {
        let parts: Vec<_> = filters.iter().map(|filter| self.of(filter, wanted)).collect();
        format!("({})", parts.join(if are_all { " AND " } else { " OR " }))
    }

    fn value(&mut self, value: impl Into<Value>) -> String {
        self.statement.value(value)
    }

    fn equal(&mut self, columns: &[&str], text: &str, wanted: bool) -> String {
        // A text that is there is not the empty one.
        match (text, wanted) {
            ("", true) => NEVER.to_owned(),
            ("", false) => there(columns),
            (text, true) => {
                let value = self.value(text);
                each(columns, " OR ", |column| S::equals(column, &value))
            }
            (text, false) => {
                let value = self.value(text);
                format!(
                    "({} AND {})",
                    there(columns),
                    each(columns, " AND ", |column| format!("{column} <> {value}"))
                )
            }
        }
    }

    fn compared(
        &mut self,
        column: &str,
        is_there: &str,
        (comparison, wanted): (Comparison, bool),
        number: i64,
    ) -> String {
        let operator = match (comparison, wanted) {
            (Comparison::Equal, true) => "=",
            (Comparison::Equal, false) => "<>",
            (Comparison::Less, true) | (Comparison::GreaterOrEqual, false) => "<",
            (Comparison::LessOrEqual, true) | (Comparison::Greater, false) => "<=",
            (Comparison::Greater, true) | (Comparison::LessOrEqual, false) => ">",
            (Comparison::GreaterOrEqual, true) | (Comparison::Less, false) => ">=",
        };
        let value = self.value(number);
        match is_there {
            ALWAYS => format!("{column} {operator} {value}"),
            is_there => format!("({is_there} AND {column} {operator} {value})"),
        }
    }

    /// That one of the columns has a part that is not empty, or that none has.
    fn contain(&mut self, columns: &[&str], part: &str, wanted: bool) -> String {
        let value = self.value(part);
        let (join, is_found) = if wanted { (" OR ", "> 0") } else { (" AND ", "= 0") };
        each(columns, join, |column| format!("{} {is_found}", S::place_of(column, &value)))
    }

    /// What begins with a prefix stands between it and the next text of its length: an index finds that.
    fn within(&mut self, prefix: &str, wanted: bool) -> String {
        let (column, value) = ("c.region_code", self.value(prefix));
        if !wanted {
            return format!("({column} <> '' AND substr({column}, 1, {}) <> {value})", prefix.len());
        }
        // A digit is followed by another one, or by the colon.
        let next: String = match prefix.char_indices().last() {
            Some((at, last)) => prefix[..at].chars().chain(char::from_u32(u32::from(last) + 1)).collect(),
            None => return format!("{column} <> ''"),
        };
        let next = self.value(next.as_str());
        format!("({})", S::between(column, &value, &next))
    }
}

/// A condition of each column, joined.
fn each(columns: &[&str], join: &str, condition: impl Fn(&str) -> String) -> String {
    let conditions: Vec<_> = columns.iter().map(|column| format!("({})", condition(column))).collect();
    format!("({})", conditions.join(join))
}

/// That one of the texts is there.
fn there(columns: &[&str]) -> String {
    each(columns, " OR ", |column| format!("{column} <> ''"))
}

/// The number that a value is in its column.
fn number(field: ReportField, value: &Operand) -> Option<i64> {
    Some(match (field, value) {
        (ReportField::Form, Operand::Name(name)) => code(FormId::from_name(name)?),
        (ReportField::Scope, Operand::Name(name)) => {
            let scopes = [ScopeKind::Organ, ScopeKind::OwnLevel, ScopeKind::WholeArea, ScopeKind::Unknown];
            code(scopes.into_iter().find(|scope| scope.name() == *name)?)
        }
        (ReportField::SubjectRank, Operand::Name(name)) => {
            let ranks = [
                Rank::National,
                Rank::Province,
                Rank::Prefecture,
                Rank::County,
                Rank::Township,
                Rank::Unknown,
            ];
            code(ranks.into_iter().find(|rank| rank_name(*rank) == *name)?)
        }
        (ReportField::SubjectKind, Operand::Name(name)) => {
            let kinds = [
                BodyKind::Government,
                BodyKind::GeneralOffice,
                BodyKind::Department,
                BodyKind::Township,
                BodyKind::DevelopmentZone,
                BodyKind::VerticallyLed,
                BodyKind::Other,
            ];
            code(kinds.into_iter().find(|kind| kind_name(*kind) == *name)?)
        }
        (_, Operand::Integer(number)) => *number,
        (_, Operand::Date(date)) => day_number(*date).into(),
        (_, Operand::Time(time)) => time.micros(),
        _ => return None,
    })
}
