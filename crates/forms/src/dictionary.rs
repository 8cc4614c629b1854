//! Rules and indicators: what is checked, and which quantities have a name.

use crate::FormError;
use crate::load::{check_unique, parse};
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
    /// How it treats terms that are not numbers.
    pub null_policy: NullPolicy,
    /// What it demands, in Chinese.
    pub text_zh: Arc<str>,
    /// The same in English.
    pub text_en: Arc<str>,
}

/// Where an indicator's quantity is stated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IndicatorSource {
    /// In the running text only.
    Narrative,
    /// In the running text, and in a cell of the official form.
    NarrativeAndTable,
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
    /// Where it is stated.
    pub source: IndicatorSource,
    /// Key of the cell that states the same quantity, where there is one.
    pub cell: Option<String>,
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
    null_policy: NullPolicyName,
    zh: String,
    en: String,
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
    source: IndicatorSource,
    cell: Option<String>,
}

/// Reads a file of rules.
///
/// # Errors
/// When the text is not TOML of the expected shape, or an id occurs twice.
pub fn load_rules(text: &str) -> Result<Vec<Rule>, FormError> {
    let file: RulesFile = parse("rules", text)?;
    check_unique("rules", file.rules.iter().map(|rule| rule.id.as_str()))?;
    Ok(file.rules.into_iter().map(Rule::from).collect())
}

/// Reads a file of indicators.
///
/// # Errors
/// When the text is not TOML of the expected shape, an id occurs twice, or an indicator says that a table states it
/// without naming the cell (or the other way round).
pub fn load_indicators(text: &str) -> Result<Vec<Indicator>, FormError> {
    let file: IndicatorsFile = parse("indicators", text)?;
    check_unique("indicators", file.indicators.iter().map(|indicator| indicator.id.as_str()))?;
    for indicator in &file.indicators {
        if (indicator.source == IndicatorSource::NarrativeAndTable) != indicator.cell.is_some() {
            return Err(FormError::invalid(
                format!("indicators, `{}`", indicator.id),
                "`source` and `cell` contradict each other",
            ));
        }
    }
    Ok(file.indicators.into_iter().map(Indicator::from).collect())
}

impl From<RuleEntry> for Rule {
    fn from(entry: RuleEntry) -> Self {
        let RuleEntry { id, version, severity, basis, null_policy, zh, en } = entry;
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
            null_policy: match null_policy {
                NullPolicyName::Strict => NullPolicy::Strict,
                NullPolicyName::BlankAsZero => NullPolicy::BlankAsZero,
            },
            text_zh: zh.into(),
            text_en: en.into(),
        }
    }
}

impl From<IndicatorEntry> for Indicator {
    fn from(entry: IndicatorEntry) -> Self {
        let IndicatorEntry { id, zh, en, unit, definition_zh, definition_en, source, cell } = entry;
        Self { id, name_zh: zh, name_en: en, unit, definition_zh, definition_en, source, cell }
    }
}
