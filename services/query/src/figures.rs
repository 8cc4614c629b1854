//! Figures in long form: a row for each figure of each report, from the tables and from the running text.
//!
//! Rows come out of a [`Scan`], which goes through the reports of one state of the store page by page and holds no more than
//! a page. They know nothing of how they are sent: streams of messages, statistics and exports are made of the same rows.

mod scan;

pub use scan::Scan;
pub(crate) use scan::{ScanPlace, Scanned};

use crate::filter::{Filters, Order, figure_keys};
use gongkai_filter::{FilterError, nearest};
use gongkai_forms::{Indicator, indicators};
use gongkai_model::{BodyKind, Derivation, Period, Portion, Rank, ReportId, ScopeKind, State, Whose};
use gongkai_store::{ReadAt, ReportKeys};
use rust_decimal::Decimal;
use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, LazyLock};

/// Where a figure stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    /// In a cell of a table of the form.
    Table,
    /// In a sentence of the running text.
    Statement,
}

impl Source {
    /// The name used in JSON and CSV, as on the wire without prefix.
    pub fn name(self) -> &'static str {
        match self {
            Self::Table => "TABLE",
            Self::Statement => "STATEMENT",
        }
    }
}

/// The report that rows are of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// The report.
    pub report: ReportId,
    /// The revision that the rows are of.
    pub revision: u32,
    /// Who, where and when.
    pub keys: ReportKeys,
    /// The subject's rank.
    pub rank: Rank,
    /// The subject's kind.
    pub kind: BodyKind,
}

impl About {
    /// The area that the report is on: a code and a name, of which one may be empty; none where neither is known. Townships have
    /// the code of their county.
    pub(crate) fn area(&self) -> Option<(&str, &str)> {
        let (code, name) = (self.keys.region_code.as_str(), self.keys.region_name.as_str());
        match code.is_empty() || self.rank == Rank::Township {
            false => Some((code, "")),
            true => Some((code, name)).filter(|_| !name.is_empty()),
        }
    }
}

/// One figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FigureRow {
    /// Where it stands.
    pub source: Source,
    /// The key of its cell; empty for a statement.
    pub key: &'static str,
    /// The indicator that it states; empty where the dictionary has none.
    pub indicator: &'static str,
    /// What it says. A blank is not a zero.
    pub state: State,
    /// Its number, exactly in [`State::Number`].
    pub value: Option<Decimal>,
    /// The upper end where a statement gives a range.
    pub value_max: Option<Decimal>,
    /// The unit of a cell's value (`count`, `yuan`), or that of a statement as written (条, 件).
    pub unit: Cow<'static, str>,
    /// How it was obtained.
    pub derivation: Derivation,
    /// The time that it counts.
    pub period: Period,
    /// Whose part of the work a cell counts; all for a statement.
    pub portion: Portion,
    /// Whose work a statement counts; none for a cell.
    pub whose: Option<Whose>,
    /// What a statement covers, where its sentence says so.
    pub stated_scope: ScopeKind,
    /// Whether a statement is approximate (余, 近).
    pub is_approximate: bool,
    /// The words of a statement; empty for a cell.
    pub quote: String,
    /// The breaks in the series behind it: rows of one indicator or key are comparable where this is the same.
    pub comparability: Arc<str>,
}

/// The rows of one report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportFigures {
    /// The report.
    pub about: Arc<About>,
    /// Its rows: cells in the order of the selection, then statements in reading order.
    pub rows: Vec<FigureRow>,
}

/// What is asked for that does not exist.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectionError {
    /// No form has such a cell.
    #[error("no form has a cell `{}`{}", .0, meant(.0, figure_keys().iter().copied()))]
    UnknownKey(String),
    /// The dictionary has no such indicator.
    #[error("there is no indicator `{}`{}", .0, meant(.0, indicators().iter().map(|it| it.id.as_str())))]
    UnknownIndicator(String),
}

/// What may be meant by a name that does not exist, in words.
fn meant<'n>(written: &str, names: impl IntoIterator<Item = &'n str>) -> String {
    nearest(written, names).map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}

/// Which figures of a report are wanted.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Keys of cells, in order.
    pub(crate) keys: Vec<String>,
    /// Indicators whose statements are wanted.
    pub(crate) stated: Vec<&'static Indicator>,
    /// Whether cells of other times and portions are wanted, too (历年累计; 政府, 部门, 乡镇).
    pub(crate) all_columns: bool,
}

impl Selection {
    /// Cells of these keys, and whatever states these indicators in the places that `sources` names; both places where it
    /// names none. Where neither keys nor indicators are given, all cells, or, where `sources` names the text, whatever states an
    /// indicator there.
    ///
    /// # Errors
    /// When a key or an indicator does not exist.
    pub fn new(
        keys: &[String],
        wanted: &[String],
        sources: &[Source],
        all_columns: bool,
    ) -> Result<Self, SelectionError> {
        let from = |source| sources.is_empty() || sources.contains(&source);
        let mut selected: Vec<String> = Vec::new();
        let mut stated = Vec::new();
        for key in keys {
            static_key(key).ok_or_else(|| SelectionError::UnknownKey(key.clone()))?;
            selected.push(key.clone());
        }
        for id in wanted {
            let indicator = indicators().iter().find(|known| known.id == *id);
            let indicator = indicator.ok_or_else(|| SelectionError::UnknownIndicator(id.clone()))?;
            if from(Source::Table) {
                selected.extend(indicator.cells.iter().cloned());
            }
            if from(Source::Statement) {
                stated.push(indicator);
            }
        }
        if keys.is_empty() && wanted.is_empty() {
            if from(Source::Table) {
                selected = figure_keys().iter().map(|key| (*key).to_owned()).collect();
            }
            // Reading every record whole takes being asked for.
            if sources.contains(&Source::Statement) {
                stated = indicators().iter().collect();
            }
        }
        let mut seen = BTreeSet::new();
        selected.retain(|key| seen.insert(key.clone()));
        Ok(Self { keys: selected, stated, all_columns })
    }

    /// The keys of the cells that are looked up.
    pub fn keys(&self) -> &[String] {
        &self.keys
    }
}

/// Whose figures are wanted: every report that a filter admits.
#[derive(Clone, Debug, Default)]
pub struct ReportSelection {
    pub(crate) filters: Filters,
    /// For whom, and as of when; of the present where no position is given.
    pub at: ReadAt,
    /// In which order.
    pub(crate) order: Order,
    /// Subjects of these ranks; of any where none is given.
    pub ranks: Vec<Rank>,
    /// Subjects of these kinds; of any where none is given.
    pub kinds: Vec<BodyKind>,
    /// Reports of this scope; of any where none is given.
    pub scope: Option<ScopeKind>,
}

impl ReportSelection {
    /// Reports of which a filter is true, in the grammar of `ListReports`.
    ///
    /// # Errors
    /// When the filter cannot be read; the error names the column.
    pub fn parse(filter: &str) -> Result<Self, FilterError> {
        Ok(Self { filters: Filters::parse(filter)?, ..Self::default() })
    }
}

/// The same key, as the forms have it; none where no form does.
pub(crate) fn static_key(key: &str) -> Option<&'static str> {
    figure_keys().binary_search(&key).ok().and_then(|index| figure_keys().get(index)).copied()
}

/// The indicator that the cell of a key states.
pub(crate) fn indicator_of(key: &str) -> Option<&'static Indicator> {
    static STATED: LazyLock<HashMap<&'static str, &'static Indicator>> = LazyLock::new(|| {
        let cells =
            |indicator: &'static Indicator| indicator.cells.iter().map(move |key| (key.as_str(), indicator));
        indicators().iter().flat_map(cells).collect()
    });
    STATED.get(key).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selection(keys: &[&str], wanted: &[&str], sources: &[Source]) -> Result<Selection, SelectionError> {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        Selection::new(&texts(keys), &texts(wanted), sources, false)
    }

    #[test]
    fn an_indicator_stands_in_cells_and_in_sentences_and_a_cell_is_looked_up_once() {
        let both = selection(&["requests.received.total"], &["requests.received"], &[]).unwrap();
        let cells = ["requests.received.total", "legacy.requests.received", "legacy.local.requests_received"];
        assert_eq!(both.keys, cells);
        assert_eq!(both.stated[0].id, "requests.received");
        let cells_alone = selection(&[], &["requests.received"], &[Source::Table]).unwrap();
        assert!(cells_alone.stated.is_empty() && cells_alone.keys.len() == 3);
        let sentences_alone = selection(&[], &["requests.received"], &[Source::Statement]).unwrap();
        assert!(sentences_alone.keys.is_empty());
    }

    #[test]
    fn without_a_wish_every_cell_is_selected_and_what_does_not_exist_is_named() {
        assert_eq!(selection(&[], &[], &[]).unwrap().keys.len(), figure_keys().len());
        assert!(selection(&[], &[], &[]).unwrap().stated.is_empty());
        let text_alone = selection(&[], &[], &[Source::Statement]).unwrap();
        assert_eq!((text_alone.keys.len(), text_alone.stated.len()), (0, indicators().len()));
        let near = selection(&["requests.recieved.total"], &[], &[]).unwrap_err();
        let complaint =
            "no form has a cell `requests.recieved.total`; did you mean `requests.received.total`?";
        assert_eq!(near.to_string(), complaint);
        let unknown = selection(&["requests"], &[], &[]).unwrap_err();
        assert_eq!(unknown, SelectionError::UnknownKey("requests".to_owned()));
        let unknown = selection(&[], &["x"], &[]).unwrap_err();
        assert_eq!(unknown, SelectionError::UnknownIndicator("x".to_owned()));
    }
}
