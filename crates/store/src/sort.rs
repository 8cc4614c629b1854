//! Orders of lists of reports by several of their fields.

use crate::codes::Code;
use crate::{Position, ReportKeys, ReportSummary, packed::day_number};
use gongkai_filter::Direction;
use std::cmp::Ordering;

/// Fields that a list is ordered by at most.
pub const SORT_KEYS_MAX: usize = 8;

/// What a list is ordered by. A number that is not known comes before all others, a text that is not there before all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SortField {
    /// The position of the change that made the listed revision current.
    Position,
    /// The reporting year.
    Year,
    /// The form, the earliest first.
    Form,
    /// The region's name.
    RegionName,
    /// The region's code.
    RegionCode,
    /// Who issued it.
    Issuer,
    /// Whose work is counted.
    Subject,
    /// What is covered: unknown, the organ, its own level, the whole area.
    Scope,
    /// The date stated in the text, else the page's.
    Published,
    /// Which revision is listed.
    Revision,
    /// How many rules fail.
    FindingsFailing,
    /// How many cells are not determined.
    FiguresUndetermined,
}

/// One of the fields of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SortKey {
    /// The field.
    pub field: SortField,
    /// Which way.
    pub direction: Direction,
}

/// Where a report stands by a field. Texts compare byte by byte, so that every engine has the same order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SortValue {
    /// A number; -1 where it is not known.
    Number(i64),
    /// A text; empty where it is not there.
    Text(String),
}

impl SortField {
    /// Whether its values are texts.
    pub fn is_text(self) -> bool {
        match self {
            Self::RegionName | Self::RegionCode | Self::Issuer | Self::Subject => true,
            Self::Position
            | Self::Year
            | Self::Form
            | Self::Scope
            | Self::Published
            | Self::Revision
            | Self::FindingsFailing
            | Self::FiguresUndetermined => false,
        }
    }

    /// Where a report stands that has been as listed since a position. For engines.
    pub fn value(self, since: Position, report: &ReportSummary) -> SortValue {
        let keys: &ReportKeys = &report.keys;
        let text = |text: &str| SortValue::Text(text.to_owned());
        SortValue::Number(match self {
            Self::RegionName => return text(&keys.region_name),
            Self::RegionCode => return text(&keys.region_code),
            Self::Issuer => return text(&keys.issuer),
            Self::Subject => return text(&keys.subject),
            Self::Position => since.0,
            Self::Year => keys.year.map_or(-1, i64::from),
            Self::Form => keys.form.code().into(),
            Self::Scope => keys.scope.code().into(),
            Self::Published => keys.published.map_or(-1, |day| day_number(day).into()),
            Self::Revision => report.info.revision.into(),
            Self::FindingsFailing => report.findings_failing.into(),
            Self::FiguresUndetermined => report.figures_undetermined.into(),
        })
    }
}

/// How two places in an order compare, each a value for each of the keys. For engines.
pub fn compare(keys: &[SortKey], one: &[SortValue], other: &[SortValue]) -> Ordering {
    let compared = keys.iter().zip(one.iter().zip(other)).map(|(key, (one, other))| match key.direction {
        Direction::Ascending => one.cmp(other),
        Direction::Descending => other.cmp(one),
    });
    compared.fold(Ordering::Equal, Ordering::then)
}
