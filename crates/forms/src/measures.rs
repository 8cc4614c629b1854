//! Derived measures: shares whose numerators and denominators are sums of cells.

use crate::load::{check_unique, parse};
use crate::{Form, FormError};
use gongkai_model::{FormId, Unit};
use serde::Deserialize;
use std::sync::Arc;

/// A share with a name: one sum of cells divided by another.
#[derive(Debug)]
pub struct Measure {
    /// Its id, such as `grant_rate.concluded`; the word behind the dot tells the denominator or the part.
    pub id: String,
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// What is divided by what, in Chinese.
    pub definition_zh: String,
    /// The same in English.
    pub definition_en: String,
    /// What it is on each form that has all of its cells, oldest form first.
    pub formulas: Vec<Formula>,
}

/// A measure on one form.
#[derive(Debug)]
pub struct Formula {
    /// The form.
    pub form: FormId,
    /// The terms above.
    pub numerator: Vec<Term>,
    /// The terms below.
    pub denominator: Vec<Term>,
}

/// A cell in a sum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// The cell's key.
    pub key: Arc<str>,
    /// Whether it is subtracted.
    pub is_subtracted: bool,
}

impl Measure {
    /// What it is on a form; none where the form has not all of its cells.
    pub fn formula(&self, form: FormId) -> Option<&Formula> {
        self.formulas.iter().find(|formula| formula.form == form)
    }
}

impl Formula {
    /// Every term, those above first.
    pub fn terms(&self) -> impl Iterator<Item = &Term> {
        self.numerator.iter().chain(&self.denominator)
    }
}

impl std::fmt::Display for Term {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", if self.is_subtracted { "-" } else { "" }, self.key)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MeasuresFile {
    sums: Vec<SumEntry>,
    measures: Vec<MeasureEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SumEntry {
    id: String,
    #[allow(dead_code, reason = "says in the data what the sum is")]
    zh: String,
    #[allow(dead_code, reason = "says in the data what the sum is")]
    en: String,
    formulas: Vec<SumFormula>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SumFormula {
    forms: Vec<String>,
    terms: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MeasureEntry {
    id: String,
    zh: String,
    en: String,
    numerator: String,
    denominator: String,
    definition_zh: String,
    definition_en: String,
}

/// Reads a file of measures over `forms`.
///
/// # Errors
/// When the text is not TOML of the expected shape, an id occurs twice, a sum, form or cell that it names does not exist, a
/// cell counts no items, or a measure is on no form.
pub fn load_measures(text: &str, forms: &[Form]) -> Result<Vec<Measure>, FormError> {
    let file: MeasuresFile = parse("measures", text)?;
    check_unique("measures, sums", file.sums.iter().map(|sum| sum.id.as_str()))?;
    check_unique("measures", file.measures.iter().map(|measure| measure.id.as_str()))?;
    for sum in &file.sums {
        check_sum(sum, forms)?;
    }
    file.measures.into_iter().map(|entry| measure(entry, &file.sums, forms)).collect()
}

fn check_sum(sum: &SumEntry, forms: &[Form]) -> Result<(), FormError> {
    let place = format!("measures, sum `{}`", sum.id);
    let names = sum.formulas.iter().flat_map(|formula| &formula.forms);
    check_unique(&place, names.map(String::as_str))?;
    for formula in &sum.formulas {
        check_unique(&place, formula.terms.iter().map(|term| term.trim_start_matches('-')))?;
        if formula.terms.is_empty() {
            return Err(FormError::invalid(place, "a sum of nothing"));
        }
        for name in &formula.forms {
            let form = forms.iter().find(|form| form.id.name() == name);
            let form =
                form.ok_or_else(|| FormError::invalid(&place, format!("there is no form `{name}`")))?;
            for term in &formula.terms {
                let key = term.trim_start_matches('-');
                let cell = form.cell_index(key).and_then(|index| form.cells.get(index));
                if cell.is_none_or(|cell| cell.unit != Unit::Count) {
                    let problem = format!("form {name} has no cell `{key}` that counts");
                    return Err(FormError::invalid(place, problem));
                }
            }
        }
    }
    Ok(())
}

fn measure(entry: MeasureEntry, sums: &[SumEntry], forms: &[Form]) -> Result<Measure, FormError> {
    let place = || format!("measures, `{}`", entry.id);
    let sum = |id: &str| {
        let found = sums.iter().find(|sum| sum.id == id);
        found.ok_or_else(|| FormError::invalid(place(), format!("there is no sum `{id}`")))
    };
    let (numerator, denominator) = (sum(&entry.numerator)?, sum(&entry.denominator)?);
    let formulas: Vec<Formula> = forms
        .iter()
        .filter_map(|form| {
            Some(Formula {
                form: form.id,
                numerator: terms(numerator, form)?,
                denominator: terms(denominator, form)?,
            })
        })
        .collect();
    if formulas.is_empty() {
        return Err(FormError::invalid(place(), "no form has both of its sums"));
    }
    Ok(Measure {
        id: entry.id,
        name_zh: entry.zh,
        name_en: entry.en,
        definition_zh: entry.definition_zh,
        definition_en: entry.definition_en,
        formulas,
    })
}

/// The terms of a sum on a form.
fn terms(sum: &SumEntry, form: &Form) -> Option<Vec<Term>> {
    let formula = sum.formulas.iter().find(|formula| formula.forms.iter().any(|id| id == form.id.name()))?;
    let term = |text: &String| Term {
        key: text.trim_start_matches('-').into(),
        is_subtracted: text.starts_with('-'),
    };
    Some(formula.terms.iter().map(term).collect())
}
