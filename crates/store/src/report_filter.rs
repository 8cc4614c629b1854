use crate::ReportSummary;
use gongkai_filter::{Entry, Instant, Kind, Operand, Record, Schema, Shape, Truth, Value};
use gongkai_model::{BodyKind, Rank};
use std::borrow::Cow;

/// What lists of reports are filtered by: what stands in a [`ReportSummary`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReportField {
    /// The reporting year.
    Year,
    /// The form.
    Form,
    /// The region's name and its code, of which one has to fit.
    Region,
    /// The region's name.
    RegionName,
    /// The region's code.
    RegionCode,
    /// Who issued it.
    Issuer,
    /// Whose work is counted.
    Subject,
    /// The subject's rank.
    SubjectRank,
    /// The subject's kind.
    SubjectKind,
    /// What is covered.
    Scope,
    /// The title.
    Title,
    /// The date stated in the text, else the page's.
    Published,
    /// Since when the listed revision is known.
    RecordedAt,
    /// Which revision is listed.
    Revision,
    /// How many rules fail.
    FindingsFailing,
    /// How many cells are not determined.
    FiguresUndetermined,
    /// A function of a code: whether the region is that division or lies in it, going by the digits.
    RegionWithin,
}

/// Names of scopes, as filters write them.
pub const SCOPE_NAMES: &[&str] = &["ORGAN", "OWN_LEVEL", "WHOLE_AREA", "UNKNOWN"];
/// Names of ranks, as filters write them: as on the wire without prefix.
pub const RANK_NAMES: &[&str] = &["NATIONAL", "PROVINCE", "PREFECTURE", "COUNTY", "TOWNSHIP", "UNKNOWN"];
/// Names of kinds of bodies, as filters write them: as on the wire without prefix.
pub const KIND_NAMES: &[&str] = &[
    "GOVERNMENT",
    "GENERAL_OFFICE",
    "DEPARTMENT",
    "TOWNSHIP",
    "DEVELOPMENT_ZONE",
    "VERTICALLY_LED",
    "OTHER",
];
/// Names of forms, as filters write them.
pub const FORM_NAMES: &[&str] = &["none", "2014", "2019", "2021"];

const COUNT: Kind = Kind::Integer(0, u32::MAX as i64);

/// The name of a rank in filters.
pub fn rank_name(rank: Rank) -> &'static str {
    match rank {
        Rank::National => "NATIONAL",
        Rank::Province => "PROVINCE",
        Rank::Prefecture => "PREFECTURE",
        Rank::County => "COUNTY",
        Rank::Township => "TOWNSHIP",
        Rank::Unknown => "UNKNOWN",
    }
}

/// The name of a kind of bodies in filters.
pub fn kind_name(kind: BodyKind) -> &'static str {
    match kind {
        BodyKind::Government => "GOVERNMENT",
        BodyKind::GeneralOffice => "GENERAL_OFFICE",
        BodyKind::Department => "DEPARTMENT",
        BodyKind::Township => "TOWNSHIP",
        BodyKind::DevelopmentZone => "DEVELOPMENT_ZONE",
        BodyKind::VerticallyLed => "VERTICALLY_LED",
        BodyKind::Other => "OTHER",
    }
}

/// The fields of [`ReportField`] by the names that callers use.
fn entries() -> Vec<Entry<ReportField>> {
    vec![
        Entry { name: "year", shape: Shape::Value(ReportField::Year, Kind::Integer(1, 9999)) },
        Entry { name: "form", shape: Shape::Value(ReportField::Form, Kind::Name(FORM_NAMES)) },
        Entry { name: "region", shape: Shape::Value(ReportField::Region, Kind::Text) },
        Entry { name: "region.name", shape: Shape::Value(ReportField::RegionName, Kind::Text) },
        Entry { name: "region.code", shape: Shape::Value(ReportField::RegionCode, Kind::Text) },
        Entry { name: "issuer", shape: Shape::Value(ReportField::Issuer, Kind::Text) },
        Entry { name: "subject", shape: Shape::Value(ReportField::Subject, Kind::Text) },
        Entry { name: "subject.rank", shape: Shape::Value(ReportField::SubjectRank, Kind::Name(RANK_NAMES)) },
        Entry { name: "subject.kind", shape: Shape::Value(ReportField::SubjectKind, Kind::Name(KIND_NAMES)) },
        Entry { name: "scope", shape: Shape::Value(ReportField::Scope, Kind::Name(SCOPE_NAMES)) },
        Entry { name: "title", shape: Shape::Value(ReportField::Title, Kind::Text) },
        Entry { name: "published", shape: Shape::Value(ReportField::Published, Kind::Date) },
        Entry { name: "create_time", shape: Shape::Value(ReportField::RecordedAt, Kind::Time) },
        Entry { name: "revision", shape: Shape::Value(ReportField::Revision, COUNT) },
        Entry { name: "findings_failing", shape: Shape::Value(ReportField::FindingsFailing, COUNT) },
        Entry { name: "figures_undetermined", shape: Shape::Value(ReportField::FiguresUndetermined, COUNT) },
        Entry {
            name: "region.within",
            shape: Shape::Function(
                ReportField::RegionWithin,
                &[Kind::Checked(
                    is_division_code,
                    "the code of a province, prefecture or county, six digits",
                )],
            ),
        },
    ]
}

/// What lists of reports are filtered by where nothing but their summaries is looked at. A word that stands alone is
/// searched for in title, subject, issuer and the region's name.
pub fn report_schema() -> Schema<ReportField> {
    Schema { entries: entries(), has_words: true }
}

/// Whether a text is the code of a province, prefecture or county: six digits. Townships have nine, but reports are filtered by
/// the region's code, which goes down to the county.
pub fn is_division_code(text: &str) -> bool {
    text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// What the codes of a division and of all that lies in it begin with: its code without the pairs of zeros at its end.
pub fn division_prefix(code: &str) -> &str {
    let mut prefix = code;
    while let Some(shorter) = prefix.strip_suffix("00")
        && !shorter.is_empty()
    {
        prefix = shorter;
    }
    prefix
}

impl Record<ReportField> for ReportSummary {
    fn value(&self, field: ReportField, _key: Option<&str>) -> Value<'_> {
        let keys = &self.keys;
        let text = |text| Value::Text(Cow::Borrowed(text));
        let number = |number: u32| Value::Number(number.into());
        match field {
            ReportField::Year => keys.year.map_or(Value::Absent, |year| number(year.into())),
            ReportField::Form => Value::Name(keys.form.name()),
            ReportField::Region => Value::Texts(&keys.region_name, &keys.region_code),
            ReportField::RegionName => text(&keys.region_name),
            ReportField::RegionCode => text(&keys.region_code),
            ReportField::Issuer => text(&keys.issuer),
            ReportField::Subject => text(&keys.subject),
            ReportField::SubjectRank => Value::Name(rank_name(keys.subject_rank)),
            ReportField::SubjectKind => Value::Name(kind_name(keys.subject_kind)),
            ReportField::Scope => Value::Name(keys.scope.name()),
            ReportField::Title => text(&keys.title),
            ReportField::Published => keys.published.map_or(Value::Absent, Value::Date),
            ReportField::RecordedAt => Value::Time(Instant::from_micros(self.info.recorded_at.micros())),
            ReportField::Revision => number(self.info.revision),
            ReportField::FindingsFailing => number(self.findings_failing),
            ReportField::FiguresUndetermined => number(self.figures_undetermined),
            ReportField::RegionWithin => Value::Absent,
        }
    }

    fn holds(&self, function: ReportField, arguments: &[Operand]) -> Truth {
        match (function, arguments) {
            (ReportField::RegionWithin, [Operand::Text(code)]) if !self.keys.region_code.is_empty() => {
                self.keys.region_code.starts_with(division_prefix(code)).into()
            }
            _ => Truth::Unknown,
        }
    }

    fn says(&self, words: &str) -> bool {
        let keys = &self.keys;
        [&keys.title, &keys.subject, &keys.issuer, &keys.region_name].iter().any(|text| text.contains(words))
    }
}
