//! Rules and indicators: what is checked, and which quantities have a name.

use crate::load::{check_unique, parse};
use crate::{Classes, Form, FormError, Narrative, UnitGroups};
use gongkai_model::{Basis, NullPolicy, Severity};
use serde::Deserialize;
use std::sync::Arc;

/// A versioned check.
#[derive(Debug)]
pub struct Rule {
    /// Its id, such as `requests.balance`.
    pub id: Arc<str>,
    /// Raised when its meaning changes.
    pub version: u32,
    /// How much a failure matters.
    pub severity: Severity,
    /// On what it rests.
    pub basis: Basis,
    /// The article, notice or place of the form that the basis is, in Chinese.
    pub source_zh: Arc<str>,
    /// The same in English.
    pub source_en: Arc<str>,
    /// How it treats terms that are not numbers; none for a rule that compares no numbers of cells.
    pub null_policy: Option<NullPolicy>,
    /// What it demands, in Chinese.
    pub text_zh: Arc<str>,
    /// The same in English.
    pub text_en: Arc<str>,
}

/// A named, defined quantity across forms and narrative.
#[derive(Debug)]
pub struct Indicator {
    /// Its id, such as `published.total`.
    pub id: String,
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// The usual unit (条, 件, 人次); a statement keeps the unit as written.
    pub unit: String,
    /// What is counted, in Chinese.
    pub definition_zh: String,
    /// The same in English.
    pub definition_en: String,
    /// Keys of the cells that state the same quantity, at most one a form.
    pub cells: Vec<String>,
    /// How the running text words it; the first that fits decides.
    pub patterns: Vec<Pattern>,
    /// How a sentence denies that there was any, which states 0.
    pub none: Option<Denial>,
}

impl Indicator {
    /// The key of the cell of `form` that states the same quantity.
    pub fn cell(&self, form: &Form) -> Option<&str> {
        self.cells_of(form).next()
    }

    /// The keys of all cells of `form` that state it: one, but for a form whose local versions have rows of their own.
    pub fn cells_of<'a>(&'a self, form: &Form) -> impl Iterator<Item = &'a str> {
        self.cells.iter().map(String::as_str).filter(|key| form.cell_index(key).is_some())
    }
}

/// What of a publication's medium is demanded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Media {
    /// No medium is named, or several together.
    Whole,
    /// It does not matter.
    #[default]
    Any,
    /// The one medium of the pattern, alone.
    #[serde(skip)]
    One(Classes),
}

/// One way of wording a quantity. The fields are explained in the data file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "explained once, at the head of the data file")]
pub struct Pattern {
    pub units: UnitGroups,
    pub verb: Classes,
    pub verb_optional: bool,
    pub carried_only: bool,
    pub object: Vec<Classes>,
    /// Everything that may stand in the zone: neutral words, verb and object included.
    pub allow: Classes,
    pub refuse: Classes,
    pub refuse_near: Classes,
    pub refuse_before: Classes,
    pub refuse_carried: Classes,
    /// Verbs that must not have been counted before in the sentence.
    pub refuse_counted: Classes,
    pub near: Classes,
    pub within: Classes,
    pub own_verb: bool,
    pub context: Classes,
    pub media: Media,
    pub part: bool,
    pub etc: bool,
    pub loose: bool,
    pub follows: Vec<String>,
    pub sole: bool,
    pub zero_with: Classes,
    pub zero_only: bool,
    pub one_named: Classes,
    pub also: bool,
    pub stock: bool,
}

/// How a sentence says that there was none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// One of these is denied.
    pub object: Classes,
    /// Or one of these, after words of `context` in the paragraph or its heading.
    pub object_in_context: Classes,
    /// See `object_in_context`.
    pub context: Classes,
    /// None of these stands in the clause.
    pub refuse: Classes,
    /// One of these does; zero where none need.
    pub within: Classes,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RulesFile {
    rules: Vec<RuleEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleEntry {
    id: String,
    version: u32,
    severity: SeverityName,
    basis: BasisName,
    null_policy: Option<NullPolicyName>,
    zh: String,
    en: String,
    source_zh: String,
    source_en: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum SeverityName {
    Info,
    Warning,
    Error,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum BasisName {
    Printed,
    Structural,
    OfficialReply,
    LocalStandard,
    Ours,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum NullPolicyName {
    Strict,
    BlankAsZero,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IndicatorsFile {
    indicators: Vec<IndicatorEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IndicatorEntry {
    id: String,
    zh: String,
    en: String,
    unit: String,
    definition_zh: String,
    definition_en: String,
    #[serde(default)]
    cells: Vec<String>,
    #[serde(default)]
    patterns: Vec<PatternEntry>,
    none: Option<DenialEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DenialEntry {
    object: Vec<String>,
    #[serde(default)]
    object_in_context: Vec<String>,
    #[serde(default)]
    context: Vec<String>,
    refuse: Vec<String>,
    #[serde(default)]
    within: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct PatternEntry {
    units: Vec<String>,
    verb: Vec<String>,
    verb_optional: bool,
    carried_only: bool,
    object: Vec<Vec<String>>,
    allow: Vec<String>,
    refuse: Vec<String>,
    refuse_near: Vec<String>,
    refuse_before: Vec<String>,
    refuse_carried: Vec<String>,
    refuse_counted: Vec<String>,
    near: Vec<String>,
    within: Vec<String>,
    own_verb: bool,
    context: Vec<String>,
    media: Media,
    medium: Option<String>,
    part: bool,
    etc: bool,
    loose: bool,
    follows: Vec<String>,
    sole: bool,
    zero_with: Vec<String>,
    zero_only: bool,
    one_named: Vec<String>,
    also: bool,
    stock: bool,
}

/// The indicators of which a labelled document labels every statement (`docs/labels.md`). A record may state others:
/// nobody has labelled those, so they are neither right nor wrong.
pub const LABELLED_INDICATORS: [&str; 22] = [
    "published.total",
    "published.website",
    "published.wechat",
    "published.weibo",
    "interpretations",
    "press_conferences",
    "gazette_issues",
    "npc_proposals",
    "cppcc_proposals",
    "proposals",
    "messages.received",
    "messages.answered",
    "hotline.received",
    "requests.received",
    "requests.granted",
    "requests.denied",
    "reviews.reconsideration",
    "reviews.litigation",
    "training.sessions",
    "training.people",
    "new_media_accounts",
    "website_visits",
];

/// Reads a file of rules.
///
/// # Errors
/// When the text is not TOML of the expected shape, or an id occurs twice.
pub fn load_rules(text: &str) -> Result<Vec<Rule>, FormError> {
    let file: RulesFile = parse("rules", text)?;
    check_unique("rules", file.rules.iter().map(|rule| rule.id.as_str()))?;
    Ok(file.rules.into_iter().map(Rule::from).collect())
}

/// Reads a file of indicators, in the words of `narrative`.
///
/// # Errors
/// When the text is not TOML of the expected shape, an id occurs twice, or a class, a unit group or an indicator that it
/// names does not exist.
pub fn load_indicators(text: &str, narrative: &Narrative) -> Result<Vec<Indicator>, FormError> {
    let file: IndicatorsFile = parse("indicators", text)?;
    check_unique("indicators", file.indicators.iter().map(|indicator| indicator.id.as_str()))?;
    let ids: Vec<String> = file.indicators.iter().map(|indicator| indicator.id.clone()).collect();
    file.indicators.into_iter().map(|entry| indicator(entry, &ids, narrative)).collect()
}

fn indicator(entry: IndicatorEntry, ids: &[String], narrative: &Narrative) -> Result<Indicator, FormError> {
    let IndicatorEntry { id, zh, en, unit, definition_zh, definition_en, cells, patterns, none } = entry;
    let names = Names { id: &id, narrative };
    let patterns =
        patterns.into_iter().map(|entry| names.pattern(entry, ids)).collect::<Result<Vec<_>, _>>()?;
    let none = match none {
        None => None,
        Some(entry) => Some(Denial {
            object: names.classes(&entry.object)?,
            object_in_context: names.classes(&entry.object_in_context)?,
            context: names.classes(&entry.context)?,
            refuse: names.classes(&entry.refuse)?,
            within: names.classes(&entry.within)?,
        }),
    };
    Ok(Indicator { id, name_zh: zh, name_en: en, unit, definition_zh, definition_en, cells, patterns, none })
}

/// Resolves the names that one indicator's entry uses.
struct Names<'a> {
    id: &'a str,
    narrative: &'a Narrative,
}

impl Names<'_> {
    fn unknown(&self, what: &str, name: &str) -> FormError {
        FormError::invalid(format!("indicators, `{}`", self.id), format!("there is no {what} `{name}`"))
    }

    fn classes(&self, names: &[String]) -> Result<Classes, FormError> {
        names.iter().try_fold(0, |mask, name| match self.narrative.class(name) {
            0 => Err(self.unknown("class", name)),
            bit => Ok(mask | bit),
        })
    }

    fn units(&self, names: &[String]) -> Result<UnitGroups, FormError> {
        names.iter().try_fold(0, |mask, name| match self.narrative.unit_group(name) {
            0 => Err(self.unknown("unit group", name)),
            bit => Ok(mask | bit),
        })
    }

    fn pattern(&self, entry: PatternEntry, ids: &[String]) -> Result<Pattern, FormError> {
        if let Some(unknown) = entry.follows.iter().find(|id| !ids.contains(id)) {
            return Err(self.unknown("indicator", unknown));
        }
        let object = entry.object.iter().map(|names| self.classes(names)).collect::<Result<Vec<_>, _>>()?;
        let verb = self.classes(&entry.verb)?;
        let zero_with = self.classes(&entry.zero_with)?;
        let media = match &entry.medium {
            Some(name) => Media::One(self.classes(std::slice::from_ref(name))?),
            None => entry.media,
        };
        let mut allow = self.classes(&entry.allow)? | verb | self.narrative.neutral;
        if media == Media::Any {
            allow |= self.narrative.media;
        }
        Ok(Pattern {
            units: self.units(&entry.units)?,
            verb,
            verb_optional: entry.verb_optional,
            carried_only: entry.carried_only,
            allow: object.iter().fold(allow | zero_with, |mask, classes| mask | classes),
            object,
            refuse: self.classes(&entry.refuse)?,
            refuse_near: self.classes(&entry.refuse_near)?,
            refuse_before: self.classes(&entry.refuse_before)?,
            refuse_carried: self.classes(&entry.refuse_carried)?,
            refuse_counted: self.classes(&entry.refuse_counted)?,
            near: self.classes(&entry.near)?,
            within: self.classes(&entry.within)?,
            own_verb: entry.own_verb,
            context: self.classes(&entry.context)?,
            media,
            part: entry.part,
            etc: entry.etc,
            loose: entry.loose,
            follows: entry.follows,
            sole: entry.sole,
            zero_with,
            zero_only: entry.zero_only,
            one_named: self.classes(&entry.one_named)?,
            also: entry.also,
            stock: entry.stock,
        })
    }
}

impl From<RuleEntry> for Rule {
    fn from(entry: RuleEntry) -> Self {
        let RuleEntry { id, version, severity, basis, null_policy, zh, en, source_zh, source_en } = entry;
        Self {
            id: id.into(),
            version,
            severity: match severity {
                SeverityName::Info => Severity::Info,
                SeverityName::Warning => Severity::Warning,
                SeverityName::Error => Severity::Error,
            },
            basis: match basis {
                BasisName::Printed => Basis::Printed,
                BasisName::Structural => Basis::Structural,
                BasisName::OfficialReply => Basis::OfficialReply,
                BasisName::LocalStandard => Basis::LocalStandard,
                BasisName::Ours => Basis::Ours,
            },
            null_policy: null_policy.map(|policy| match policy {
                NullPolicyName::Strict => NullPolicy::Strict,
                NullPolicyName::BlankAsZero => NullPolicy::BlankAsZero,
            }),
            source_zh: source_zh.into(),
            source_en: source_en.into(),
            text_zh: zh.into(),
            text_en: en.into(),
        }
    }
}
