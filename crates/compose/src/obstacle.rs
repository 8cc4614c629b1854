use crate::Unit;
use gongkai_forms::Form;
use std::sync::Arc;

/// What may stand against a sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ObstacleKind {
    /// A unit reports on another year, or on none that is known; it is not counted.
    OtherYear,
    /// A unit follows another form; it is not counted.
    OtherForm,
    /// Cells of a unit are no numbers under the null policy.
    OpenCells,
    /// Identities of the form do not hold in a unit.
    BrokenIdentities,
    /// It is not known what a unit covers, so that it may count what others count.
    ScopeUnknown,
    /// Two units count the same work, or one counts what another is a part of.
    CountedTwice,
    /// A unit that should report did not.
    Absent,
}

impl ObstacleKind {
    /// Whether sums must not go into a report as long as it is there.
    pub fn blocks(self) -> bool {
        match self {
            Self::OtherYear
            | Self::OtherForm
            | Self::OpenCells
            | Self::BrokenIdentities
            | Self::CountedTwice
            | Self::Absent => true,
            Self::ScopeUnknown => false,
        }
    }

    /// The name used in JSON, as on the wire without prefix.
    pub fn name(self) -> &'static str {
        match self {
            Self::OtherYear => "OTHER_YEAR",
            Self::OtherForm => "OTHER_FORM",
            Self::OpenCells => "OPEN_CELLS",
            Self::BrokenIdentities => "BROKEN_IDENTITIES",
            Self::ScopeUnknown => "SCOPE_UNKNOWN",
            Self::CountedTwice => "COUNTED_TWICE",
            Self::Absent => "ABSENT",
        }
    }
}

/// Something that stands against a sum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// What it is.
    pub kind: ObstacleKind,
    /// Where the unit is from; empty for one that is absent.
    pub source: String,
    /// The unit's subject.
    pub subject: String,
    /// Keys of the cells that it is about; empty where it is about all.
    pub keys: Vec<Arc<str>>,
    /// Names of the identities that do not hold.
    pub identities: Vec<String>,
    /// What is wrong, in Chinese, in words that a clerk can act on.
    pub message_zh: String,
    /// The same in English.
    pub message_en: String,
}

impl Obstacle {
    fn of(kind: ObstacleKind, unit: &Unit, message_zh: String, message_en: String) -> Self {
        Self {
            kind,
            source: unit.source.clone(),
            subject: unit.report.subject.name.clone(),
            keys: Vec::new(),
            identities: Vec::new(),
            message_zh,
            message_en,
        }
    }

    pub(crate) fn other_year(unit: &Unit, year: u16) -> Self {
        let (name, its) = (named(unit), unit.report.year);
        let zh = its.map_or_else(|| "年度不明".to_owned(), |its| format!("是{its}年度的"));
        let en = its.map_or_else(|| "of an unknown year".to_owned(), |its| format!("of {its}"));
        let message_zh = format!("「{name}」的报告{zh}，不是{year}年度，未计入汇总");
        Self::of(
            ObstacleKind::OtherYear,
            unit,
            message_zh,
            format!("the report of “{name}” is {en}, not of {year}; not counted"),
        )
    }

    pub(crate) fn other_form(unit: &Unit, form: &Form) -> Self {
        let (name, its, wanted) = (named(unit), unit.report.form.name(), form.id.name());
        let message_zh = format!("「{name}」的报告采用格式 {its}，不是 {wanted}，未计入汇总");
        let message_en = format!("the report of “{name}” follows form {its}, not {wanted}; not counted");
        Self::of(ObstacleKind::OtherForm, unit, message_zh, message_en)
    }

    pub(crate) fn open_cells(unit: &Unit, keys: Vec<Arc<str>>) -> Self {
        let (name, count) = (named(unit), keys.len());
        let message_zh = format!("「{name}」有 {count} 个单元格没有确定的数字，相应的合计无法得出");
        let message_en =
            format!("“{name}” has {count} cells without a certain number; their sums are not known");
        Self { keys, ..Self::of(ObstacleKind::OpenCells, unit, message_zh, message_en) }
    }

    pub(crate) fn broken(unit: &Unit, identities: Vec<String>) -> Self {
        let (name, count) = (named(unit), identities.len());
        let message_zh = format!("「{name}」有 {count} 处勾稽关系不成立，请先核实");
        let message_en = format!("in “{name}” {count} identities do not hold; have them checked first");
        Self { identities, ..Self::of(ObstacleKind::BrokenIdentities, unit, message_zh, message_en) }
    }

    pub(crate) fn scope_unknown(unit: &Unit) -> Self {
        let name = named(unit);
        let message_zh = format!("「{name}」的报告没有说明统计范围，请确认没有与其他单位重复统计");
        let message_en = format!(
            "the report of “{name}” does not say what it covers; make sure that nothing is counted twice"
        );
        Self::of(ObstacleKind::ScopeUnknown, unit, message_zh, message_en)
    }

    pub(crate) fn same(unit: &Unit, other: &Unit) -> Self {
        let name = named(unit);
        let message_zh = format!("「{name}」有两份报告：{} 和 {}", other.source, unit.source);
        let message_en = format!("there are two reports of “{name}”: {} and {}", other.source, unit.source);
        Self::of(ObstacleKind::CountedTwice, unit, message_zh, message_en)
    }

    pub(crate) fn own(unit: &Unit) -> Self {
        let name = named(unit);
        let message_zh = format!("「{name}」是汇总单位自己的报告，未计入汇总");
        let message_en = format!("the report of “{name}” is that of the composing body itself; not counted");
        Self::of(ObstacleKind::CountedTwice, unit, message_zh, message_en)
    }

    pub(crate) fn perhaps_part_of(unit: &Unit, whole: &Unit) -> Self {
        let (name, of) = (named(unit), named(whole));
        let message_zh = format!("「{name}」的地区代码不明，无法确认其工作是否已包含在「{of}」的统计范围内");
        let message_en =
            format!("it is not known where “{name}” lies, so that its work may be within what “{of}” covers");
        Self::of(ObstacleKind::CountedTwice, unit, message_zh, message_en)
    }

    pub(crate) fn part_of(unit: &Unit, whole: &Unit) -> Self {
        let (name, of) = (named(unit), named(whole));
        let message_zh = format!("「{name}」的工作已包含在「{of}」的统计范围内，会被重复计算");
        let message_en =
            format!("the work of “{name}” is within what “{of}” covers; it would be counted twice");
        Self::of(ObstacleKind::CountedTwice, unit, message_zh, message_en)
    }

    pub(crate) fn absent(subject: &str) -> Self {
        Self {
            kind: ObstacleKind::Absent,
            source: String::new(),
            subject: subject.to_owned(),
            keys: Vec::new(),
            identities: Vec::new(),
            message_zh: format!("「{subject}」没有报告"),
            message_en: format!("there is no report of “{subject}”"),
        }
    }
}

/// How a unit is called: by its subject, or else by where it is from.
fn named(unit: &Unit) -> &str {
    let subject = unit.report.subject.name.as_str();
    if subject.is_empty() { &unit.source } else { subject }
}
