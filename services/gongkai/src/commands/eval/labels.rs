//! The labels of a document, as `docs/labels.md` describes them.

use gongkai_forms::CellDefinition;
use gongkai_model::FormId;
use rust_decimal::Decimal;
use serde_json::{Map, Value};
use std::collections::HashMap;

/// What a document should say. A field that is absent is not scored.
#[derive(Debug, Default)]
pub(crate) struct Labels {
    /// Whether a program made the document.
    pub(crate) rendered: bool,
    /// Where the document was published, if that is known.
    pub(crate) url: Option<String>,
    pub(crate) year: Option<i64>,
    pub(crate) issuer: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) adcode: Option<String>,
    pub(crate) level: Option<String>,
    pub(crate) published: Option<String>,
    pub(crate) template: Option<String>,
    pub(crate) sections: Option<Vec<String>>,
    /// What each key says; none where the document's cells are not labelled.
    pub(crate) cells: Option<HashMap<String, Label>>,
    /// What the column 历年累计 says, by key.
    pub(crate) cumulative: HashMap<String, Content>,
    /// What stood in an undetermined place before the text lost it.
    pub(crate) truth: HashMap<String, Content>,
    /// Labels of the form of 2014 that no form has a key for.
    pub(crate) cells_without_form: usize,
    pub(crate) identities: Vec<(String, String)>,
    pub(crate) facts: Option<Vec<Fact>>,
    pub(crate) statements: Option<Vec<Fact>>,
    unscored: Vec<String>,
}

/// What the labels say of one cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Label {
    /// It stands there.
    Visible(Content),
    /// The text lost its position or its cut, but leaves one possibility.
    Recoverable(Content),
    /// The text does not fix it: no certain value may be given.
    Undetermined,
    /// Left open; whatever is given is not scored.
    Unscored,
}

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    Number(Decimal),
    Blank,
    /// A mark for "not applicable", as written.
    Mark(String),
    Text(String),
}

impl Content {
    /// Whether it is anything but a zero or a blank.
    pub(crate) fn is_informative(&self) -> bool {
        match self {
            Self::Number(number) => !number.is_zero(),
            Self::Blank => false,
            Self::Mark(_) | Self::Text(_) => true,
        }
    }
}

impl std::fmt::Display for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{}", number.normalize()),
            Self::Blank => f.write_str("blank"),
            Self::Mark(mark) => write!(f, "the mark “{mark}”"),
            Self::Text(text) => write!(f, "the text “{text}”"),
        }
    }
}

/// A quantity of the narrative: of an indicator, or of none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fact {
    pub(crate) indicator: Option<String>,
    /// None where the number is missing in the text.
    pub(crate) value: Option<Decimal>,
    /// The upper end of a range.
    pub(crate) value_max: Option<Decimal>,
    pub(crate) unit: String,
    /// Whether words make it approximate; none where the labels do not say.
    pub(crate) approximate: Option<bool>,
    /// Its words; none where the labels give none.
    pub(crate) quote: Option<String>,
}

/// Labels that make no sense.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LabelError {
    #[error("they are no JSON object")]
    NoObject,
    #[error("`{0}` is not what it should be")]
    Unexpected(String),
}

impl Labels {
    /// Reads the text of a file of labels.
    pub(crate) fn parse(text: &str) -> Result<Self, LabelError> {
        let Ok(Value::Object(object)) = serde_json::from_str(text) else { return Err(LabelError::NoObject) };
        let mut labels = Self {
            rendered: object.get("rendered").and_then(Value::as_bool).unwrap_or(false),
            url: optional_text(&object, "url")?,
            year: optional(&object, "year", Value::as_i64)?,
            issuer: optional_text(&object, "issuer")?,
            region: optional_text(&object, "region")?,
            adcode: optional_text(&object, "adcode")?,
            level: optional_text(&object, "level")?,
            published: optional_text(&object, "published")?,
            template: optional_text(&object, "template")?,
            sections: optional(&object, "sections", texts)?,
            identities: Vec::new(),
            facts: optional(&object, "facts", facts)?,
            statements: optional(&object, "statements", facts)?,
            unscored: optional(&object, "unscored", texts)?.unwrap_or_default(),
            cells: None,
            cumulative: HashMap::new(),
            truth: HashMap::new(),
            cells_without_form: 0,
        };
        for (name, outcome) in optional(&object, "identities", Value::as_object)?.into_iter().flatten() {
            let outcome = outcome.as_str().ok_or_else(|| unexpected("identities", name))?;
            labels.identities.push((name.clone(), outcome.to_owned()));
        }
        if let Some(cells) = optional(&object, "cells", Value::as_object)? {
            labels.cells = Some(HashMap::new());
            for (key, value) in cells {
                labels.label(key, Label::Visible(content(key, value)?));
            }
            // What is said beyond `cells` has the last word: a key may stand in both.
            for (key, value) in optional(&object, "recoverable", Value::as_object)?.into_iter().flatten() {
                labels.label(key, Label::Recoverable(content(key, value)?));
            }
            for (field, of_field) in [("cumulative", true), ("truth", false)] {
                for (key, value) in optional(&object, field, Value::as_object)?.into_iter().flatten() {
                    let content = content(key, value)?;
                    let (Some(key), known) =
                        (form_key(key), if of_field { &mut labels.cumulative } else { &mut labels.truth })
                    else {
                        labels.cells_without_form += 1;
                        continue;
                    };
                    known.insert(key, content);
                }
            }
            for key in optional(&object, "undetermined", texts)?.unwrap_or_default() {
                labels.label(&key, Label::Undetermined);
            }
            for key in labels.unscored.clone() {
                labels.label(&key, Label::Unscored);
            }
        }
        Ok(labels)
    }

    /// Whether this field is to be scored although it is there.
    pub(crate) fn is_scored(&self, field: &str) -> bool {
        !self.unscored.iter().any(|unscored| unscored == field)
    }

    fn label(&mut self, key: &str, label: Label) {
        match (form_key(key), &mut self.cells) {
            (Some(key), Some(cells)) => {
                cells.insert(key, label);
            }
            (None, _) => self.cells_without_form += 1,
            (Some(_), None) => {}
        }
    }
}

/// The key that a form has for a label's key.
fn form_key(key: &str) -> Option<String> {
    match key.strip_prefix("legacy.") {
        None => Some(key.to_owned()),
        Some(official) => legacy_key(key, official),
    }
}

/// The key of a statistic of the form of 2014, by its key or by its label: as on the form, or as a local version words
/// it, its chapter before it where several chapters have the same. None where that does not name one cell.
fn legacy_key(key: &str, official: &str) -> Option<String> {
    let form = gongkai_forms::form(FormId::Form2014)?;
    if form.cell_index(key).is_some() {
        return Some(key.to_owned());
    }
    let wanted = bare(official);
    let is_named =
        |cell: &&CellDefinition| {
            let row = form.row(cell);
            let chapters = row.banners.first().map(|chapter| bare(chapter)).unwrap_or_default();
            let chapters = [chapters.trim_end_matches("数量").trim_end_matches("情况"), &chapters, ""];
            row.labels.iter().chain([&cell.label_zh]).map(|label| bare(label)).any(|label| {
                chapters.iter().any(|chapter| wanted.strip_prefix(chapter) == Some(label.as_str()))
            })
        };
    // The official label names its cell whatever else is worded so.
    if let Some(cell) = form.cells.iter().find(|cell| bare(&cell.label_zh) == wanted) {
        return Some(cell.key.to_string());
    }
    let mut named = form.cells.iter().filter(is_named);
    let cell = named.next()?;
    named.next().is_none().then(|| cell.key.to_string())
}

/// A label without its list numbers, notes in brackets and punctuation.
fn bare(label: &str) -> String {
    let is_numeral = |c: char| "一二三四五六七八九十".contains(c) || c.is_ascii_digit();
    let mut words = String::new();
    let mut depth = 0_usize;
    for c in label.chars() {
        match c {
            '（' | '(' => depth += 1,
            '）' | ')' => depth = depth.saturating_sub(1),
            '、' | '.' | '．' if !words.is_empty() && words.chars().all(is_numeral) => words.clear(),
            _ if depth == 0 && c.is_alphanumeric() => words.push(c),
            _ => {}
        }
    }
    words.strip_prefix("其中").map(str::to_owned).unwrap_or(words)
}

fn unexpected(field: &str, name: &str) -> LabelError {
    LabelError::Unexpected(format!("{field}.{name}"))
}

/// A field that is absent or null is none; one of another kind is an error.
fn optional<'a, T>(
    object: &'a Map<String, Value>,
    field: &str,
    read: impl Fn(&'a Value) -> Option<T>,
) -> Result<Option<T>, LabelError> {
    match object.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => read(value).map(Some).ok_or_else(|| LabelError::Unexpected(field.to_owned())),
    }
}

fn optional_text(object: &Map<String, Value>, field: &str) -> Result<Option<String>, LabelError> {
    optional(object, field, |value| value.as_str().map(str::to_owned))
}

fn texts(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|text| text.as_str().map(str::to_owned)).collect()
}

fn content(key: &str, value: &Value) -> Result<Content, LabelError> {
    match value {
        Value::Number(_) => number(value).map(Content::Number),
        Value::String(text) => Some(match text.trim() {
            "" => Content::Blank,
            "/" | "-" | "—" | "无" | "／" | "－" | "——" | "–" | "--" | "\\" => {
                Content::Mark(text.trim().to_owned())
            }
            text => Content::Text(text.to_owned()),
        }),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
    .ok_or_else(|| LabelError::Unexpected(key.to_owned()))
}

/// A JSON number as it is written: its shortest decimal form, which no computation has touched.
fn number(value: &Value) -> Option<Decimal> {
    let Value::Number(number) = value else { return None };
    let text = number.to_string();
    text.parse().or_else(|_| Decimal::from_scientific(&text)).ok()
}

fn facts(value: &Value) -> Option<Vec<Fact>> {
    let text = |object: &Value, field: &str| object.get(field).and_then(Value::as_str).map(str::to_owned);
    let fact = |fact: &Value| {
        let value = match fact.get("value")? {
            Value::Null => None,
            value => Some(number(value)?),
        };
        Some(Fact {
            indicator: text(fact, "indicator"),
            value,
            value_max: fact.get("value_max").and_then(number),
            approximate: fact.get("approximate").and_then(Value::as_bool),
            unit: text(fact, "unit").unwrap_or_default(),
            quote: text(fact, "quote"),
        })
    };
    value.as_array()?.iter().map(fact).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(text: &str) -> Labels {
        Labels::parse(text).unwrap()
    }

    #[test]
    fn what_a_cell_shows_is_a_number_a_blank_a_mark_or_text() {
        let labels =
            labels(r#"{"cells": {"a": 0, "b": 15677600.25, "c": "", "d": "—", "e": "见附件", "f": -57}}"#);
        let cells = labels.cells.unwrap();
        let visible = |key: &str| match &cells[key] {
            Label::Visible(content) => (content.to_string(), content.is_informative()),
            other => panic!("{other:?}"),
        };
        assert_eq!(visible("a"), ("0".to_owned(), false));
        assert_eq!(visible("b"), ("15677600.25".to_owned(), true));
        assert_eq!(visible("c"), ("blank".to_owned(), false));
        assert_eq!(visible("d"), ("the mark “—”".to_owned(), true));
        assert_eq!(visible("e"), ("the text “见附件”".to_owned(), true));
        assert_eq!(visible("f"), ("-57".to_owned(), true));
    }

    #[test]
    fn what_is_said_beyond_the_cells_has_the_last_word() {
        let labels = labels(
            r#"{"cells": {"a": 1, "b": 2}, "recoverable": {"a": 1}, "undetermined": ["c"], "unscored": ["b", "issuer"]}"#,
        );
        let cells = labels.cells.as_ref().unwrap();
        assert_eq!(cells["a"], Label::Recoverable(Content::Number(Decimal::ONE)));
        assert_eq!(cells["b"], Label::Unscored);
        assert_eq!(cells["c"], Label::Undetermined);
        assert!(!labels.is_scored("issuer"));
        assert!(labels.is_scored("year"));
    }

    #[test]
    fn a_field_that_is_absent_is_none_and_one_of_another_kind_is_an_error() {
        let labels = labels(r#"{"year": 2020, "url": "", "published": ""}"#);
        assert_eq!(labels.url.as_deref(), Some(""));
        assert_eq!((labels.year, labels.published.as_deref()), (Some(2020), Some("")));
        assert!(labels.issuer.is_none() && labels.cells.is_none() && labels.facts.is_none());
        let error = |text| Labels::parse(text).unwrap_err().to_string();
        assert_eq!(error(r#"{"year": "2020"}"#), "`year` is not what it should be");
        assert_eq!(error(r#"{"cells": {"a": true}}"#), "`a` is not what it should be");
        assert_eq!(error("[]"), "they are no JSON object");
    }

    #[test]
    fn statistics_of_2014_are_known_by_their_labels() {
        let key = |label: &str| legacy_key(&format!("legacy.{label}"), label).unwrap_or_default();
        for (label, expected) in [
            ("requests.in_person", "legacy.requests.in_person"),
            ("当面申请数", "legacy.requests.in_person"),
            ("信函、传真申请数", "legacy.local.requests_letter_or_fax"),
            ("主动公开政府信息数", "legacy.published.total"),
            ("（一）主动公开政府信息数（不同渠道和方式公开相同信息计1条）", "legacy.published.total"),
            ("行政复议数量", "legacy.reconsideration"),
            ("行政复议数", "legacy.local.reconsideration"),
            ("行政复议 · 被依法纠错数", "legacy.reconsideration.corrected"),
            ("行政诉讼数量（二）被依法纠错数", "legacy.litigation.corrected"),
            ("五、行政诉讼数量·其他情形数", "legacy.litigation.other"),
            ("维持具体行政行为或者驳回原告诉讼请求数", "legacy.litigation.upheld"),
            ("被依法纠错数", ""),
            ("没有这一项", ""),
        ] {
            assert_eq!(key(label), expected, "{label}");
        }
    }

    #[test]
    fn statistics_of_2014_are_compared_only_where_that_form_has_data() {
        let labels = labels(r#"{"cells": {"legacy.没有这一项": 1, "requests.received.total": 1}}"#);
        assert_eq!(labels.cells_without_form, 1);
        assert_eq!(labels.cells.unwrap().len(), 1);
    }

    #[test]
    fn facts_may_lack_their_value_or_their_quote() {
        let labels = labels(
            r#"{"facts": [{"indicator": "training.people", "value": 37000, "unit": "人次"}, {"indicator": "x", "value": null}]}"#,
        );
        let facts = labels.facts.unwrap();
        assert_eq!(facts[0].value, Some(Decimal::from(37000)));
        assert_eq!((facts[0].quote.as_deref(), facts[1].value), (None, None));
    }
}
