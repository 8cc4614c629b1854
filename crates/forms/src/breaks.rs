//! Breaks in the series, as data: what changed so that figures before and after it do not count the same.

use crate::load::{check_unique, parse};
use crate::{Form, FormError, Indicator};
use gongkai_model::{BodyKind, FormId};
use serde::Deserialize;

/// What stands behind the id of a break in a year whose figures count partly the one, partly the other.
const MIXED: &str = "~";
/// Joins the breaks behind a figure.
const JOINT: &str = "+";
/// What is said of a figure whose year is not known.
const YEAR_UNKNOWN: &str = "?";

/// One break.
#[derive(Debug)]
pub struct SeriesBreak {
    /// Its id, such as `form_2021`.
    pub id: String,
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// What changed, in Chinese.
    pub text_zh: String,
    /// The same in English.
    pub text_en: String,
    /// The day from which it is in force, ISO 8601, where the data name one.
    pub date: Option<String>,
    /// Figures on this form and later ones lie behind it.
    pub form: Option<FormId>,
    /// Otherwise reports of this year and later ones do.
    pub first_year: Option<u16>,
    /// Up to this year figures count partly the one, partly the other.
    pub mixed_until: Option<u16>,
    /// Tables of forms that it concerns.
    pub tables: Vec<String>,
    /// Quantities of the running text that it concerns.
    pub indicators: Vec<String>,
    /// Kinds of bodies that it concerns; all where none is given.
    pub kinds: Vec<BodyKind>,
}

/// What a figure is, as far as breaks are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Series<'a> {
    /// A cell of this table.
    Table(&'a str),
    /// A statement of this indicator.
    Indicator(&'a str),
}

impl SeriesBreak {
    fn concerns(&self, series: Series<'_>, kind: BodyKind) -> bool {
        let is_named = match series {
            Series::Table(table) => self.tables.iter().any(|known| known == table),
            Series::Indicator(id) => self.indicators.iter().any(|known| known == id),
        };
        is_named && (self.kinds.is_empty() || self.kinds.contains(&kind))
    }

    /// Its id where it lies behind a figure, marked where the year of the figure is mixed.
    fn behind(&self, form: FormId, year: Option<u16>) -> Option<String> {
        if let Some(first) = self.form {
            return (first <= form).then(|| self.id.clone());
        }
        let (first, year) = (self.first_year?, year?);
        let mixed = self.mixed_until.is_some_and(|until| year <= until);
        (first <= year).then(|| format!("{}{}", self.id, if mixed { MIXED } else { "" }))
    }
}

/// The breaks behind a figure, as one text: figures of one series are comparable where it is the same. Empty before all
/// breaks; a break within the reporting year is marked by `~`; `?` where it takes the year, which is not known.
pub fn comparability(
    breaks: &[SeriesBreak],
    series: Series<'_>,
    form: FormId,
    year: Option<u16>,
    kind: BodyKind,
) -> String {
    let concerned: Vec<&SeriesBreak> = breaks.iter().filter(|known| known.concerns(series, kind)).collect();
    let mut behind: Vec<String> = concerned.iter().filter_map(|known| known.behind(form, year)).collect();
    if year.is_none() && concerned.iter().any(|known| known.first_year.is_some()) {
        behind.push(YEAR_UNKNOWN.to_owned());
    }
    behind.join(JOINT)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BreaksFile {
    breaks: Vec<BreakEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BreakEntry {
    id: String,
    zh: String,
    en: String,
    text_zh: String,
    text_en: String,
    date: Option<String>,
    form: Option<String>,
    first_year: Option<u16>,
    mixed_until: Option<u16>,
    tables: Vec<String>,
    #[serde(default)]
    indicators: Vec<String>,
    #[serde(default)]
    kinds: Vec<KindName>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum KindName {
    Government,
    GeneralOffice,
    Department,
    Township,
    DevelopmentZone,
    VerticallyLed,
    Other,
}

/// Reads a file of breaks in the series of `forms` and `indicators`.
///
/// # Errors
/// When the text is not TOML of the expected shape, an id occurs twice, what it names does not exist, or a break begins
/// neither with a form nor with a year, or with both, or one of a form concerns what has none.
pub fn load_breaks(
    text: &str,
    forms: &[Form],
    indicators: &[Indicator],
) -> Result<Vec<SeriesBreak>, FormError> {
    let file: BreaksFile = parse("breaks", text)?;
    check_unique("breaks", file.breaks.iter().map(|entry| entry.id.as_str()))?;
    let has_table = |id: &String| forms.iter().flat_map(|form| &form.tables).any(|table| table.id == *id);
    let has_indicator = |id: &String| indicators.iter().any(|indicator| indicator.id == *id);
    let series_break = |entry: BreakEntry| {
        let wrong = |problem: String| FormError::invalid(format!("breaks, `{}`", entry.id), problem);
        if let Some(unknown) = entry.tables.iter().find(|id| !has_table(id)) {
            return Err(wrong(format!("there is no table `{unknown}`")));
        }
        if let Some(unknown) = entry.indicators.iter().find(|id| !has_indicator(id)) {
            return Err(wrong(format!("there is no indicator `{unknown}`")));
        }
        if entry.form.is_some() == entry.first_year.is_some() {
            return Err(wrong("it begins either with a form or with a year".to_owned()));
        }
        if entry.form.is_some() && (entry.mixed_until.is_some() || !entry.indicators.is_empty()) {
            return Err(wrong("no year and no sentence tells of a form".to_owned()));
        }
        let form = match &entry.form {
            None => None,
            Some(name) => {
                Some(FormId::from_name(name).ok_or_else(|| wrong(format!("there is no form `{name}`")))?)
            }
        };
        Ok(SeriesBreak {
            form,
            id: entry.id,
            name_zh: entry.zh,
            name_en: entry.en,
            text_zh: entry.text_zh,
            text_en: entry.text_en,
            date: entry.date,
            first_year: entry.first_year,
            mixed_until: entry.mixed_until,
            tables: entry.tables,
            indicators: entry.indicators,
            kinds: entry.kinds.into_iter().map(BodyKind::from).collect(),
        })
    };
    file.breaks.into_iter().map(series_break).collect()
}

impl From<KindName> for BodyKind {
    fn from(name: KindName) -> Self {
        match name {
            KindName::Government => Self::Government,
            KindName::GeneralOffice => Self::GeneralOffice,
            KindName::Department => Self::Department,
            KindName::Township => Self::Township,
            KindName::DevelopmentZone => Self::DevelopmentZone,
            KindName::VerticallyLed => Self::VerticallyLed,
            KindName::Other => Self::Other,
        }
    }
}
