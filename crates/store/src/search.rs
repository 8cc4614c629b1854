//! Search over the words of reports.

use crate::{Cursor, PageRequest, Position, ReadAt, ReportField, ReportOrder, ReportSummary, StoreError};
use async_trait::async_trait;
#[cfg(doc)]
use gongkai_copies::FINGERPRINTS_MAX;
use gongkai_copies::Fingerprint;
use gongkai_filter::{Comparison, Filter, Operand};
use gongkai_search::{Found, Gram, Mark, Query};

/// Changes that one [`Search::index`] takes in.
pub const INDEX_MAX: u32 = 256;

/// Finds reports by their words, and keeps the index that this needs.
///
/// The index follows the changes of reports in their order, at its own pace: to take a document in does not wait for it. It holds
/// every revision that was ever current, and a search reads as of a position that the index has reached. So what is found is
/// complete as of that position, however far behind it is, and the same at any later time.
///
/// Every implementation passes the contract suite.
#[async_trait]
pub trait Search: Send + Sync {
    /// Reports of which a query and a filter are true, as of the latest position that the index has reached, and not later than the
    /// query's. A page may have fewer reports than asked for, even none, where many had to be looked at: only a page without
    /// `next` is the last. All pages show the state of the first.
    async fn search(&self, query: &SearchQuery, page: &PageRequest) -> Result<SearchPage, StoreError>;

    /// Who shares fingerprints with a narrative: the likeliest copies and the likeliest witnesses of template text
    /// ([`gongkai_copies::sharers`]), as of the latest position that the index has reached, and not later than the read's. Of each
    /// fingerprint only the revisions that had it first are known, current or not; those that are not current are left out.
    /// At most [`FINGERPRINTS_MAX`] fingerprints are looked up.
    async fn sharing(&self, fingerprints: &[Fingerprint], at: ReadAt) -> Result<Sharing, StoreError>;

    /// Takes further changes into the index: at most `limit`, and at most [`INDEX_MAX`]. As many reports of which a version before
    /// has not noted all that lists are filtered by are completed in the same go.
    async fn index(&self, limit: u32) -> Result<Indexed, StoreError>;
}

/// What is searched for, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchQuery {
    /// For whom, and not later than when.
    pub at: ReadAt,
    /// What is searched for.
    pub query: Query,
    /// Among reports of which this is true; among all where none is given.
    pub filter: Option<Filter<ReportField>>,
    /// In which order. That of changes is the order in which what is listed became current for the first time; so are reports of one
    /// year ordered, the latest first where the latest year comes first.
    pub order: ReportOrder,
    /// Passages that are shown of each report.
    pub passages_max: usize,
}

impl SearchQuery {
    /// What a cursor belongs to. The time is no part of it: a cursor holds the position as of which all pages read. For engines.
    pub fn words(&self) -> String {
        format!(
            "search {:?} {:?} {:?} {:?} {}",
            self.at.purpose, self.query, self.filter, self.order, self.passages_max
        )
    }
}

/// Some of the reports that were found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchPage {
    /// The reports.
    pub items: Vec<SearchHit>,
    /// Where the next page begins; none after the last.
    pub next: Option<Cursor>,
    /// The position as of which all pages read.
    pub position: Position,
}

/// A report that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchHit {
    /// The report.
    pub report: ReportSummary,
    /// What was found in it.
    pub found: Found,
}

/// Reports that share fingerprints with a narrative.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sharing {
    /// The likeliest copies first.
    pub sharers: Vec<Sharer>,
    /// The position as of which they are told. 0 while there is no index.
    pub position: Position,
}

/// A report that shares some fingerprints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sharer {
    /// The report.
    pub report: ReportSummary,
    /// Greater where more, and rarer, fingerprints are shared.
    pub rarity: u64,
    /// Which are shared.
    pub fingerprints: Vec<Fingerprint>,
}

/// What became of bringing the index up to date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Indexed {
    /// Changes that were taken in, and reports that were completed.
    pub changes: u32,
    /// Whether somebody else did the same work at the same time, and was first.
    pub is_overtaken: bool,
    /// By how many positions the index was behind the store when that began; 0 where it was complete, or is kept by others.
    pub behind: u64,
    /// Records of which something could not be noted or taken in, because they cannot be read. They are found by what else is known of
    /// them, and not looked at again.
    pub damaged: u32,
}

/// Which reports may be among those of a filter, as far as an index can tell. For engines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Narrowed {
    /// Of this reporting year or a later one.
    pub year_min: i64,
    /// Of this reporting year or an earlier one.
    pub year_max: i64,
    /// Of each of these divisions: the first digits of their codes.
    pub regions: Vec<String>,
}

impl Narrowed {
    /// By a filter.
    pub fn by(filter: Option<&Filter<ReportField>>) -> Self {
        let mut narrowed = Self { year_min: i64::MIN, year_max: i64::MAX, regions: Vec::new() };
        if let Some(filter) = filter {
            narrowed.narrow(filter);
        }
        narrowed
    }

    fn narrow(&mut self, filter: &Filter<ReportField>) {
        match filter {
            Filter::All(filters) => filters.iter().for_each(|filter| self.narrow(filter)),
            Filter::Compare(target, comparison, Operand::Integer(year))
                if target.field == ReportField::Year =>
            {
                let (min, max) = match comparison {
                    Comparison::Equal => (*year, *year),
                    Comparison::Less => (i64::MIN, year.saturating_sub(1)),
                    Comparison::LessOrEqual => (i64::MIN, *year),
                    Comparison::Greater => (year.saturating_add(1), i64::MAX),
                    Comparison::GreaterOrEqual => (*year, i64::MAX),
                };
                // An unknown year compares with nothing.
                self.year_min = self.year_min.max(min).max(0);
                self.year_max = self.year_max.min(max);
            }
            Filter::Holds(ReportField::RegionWithin, arguments) => {
                if let [Operand::Text(code)] = arguments.as_slice() {
                    self.regions.push(crate::division_prefix(code).to_owned());
                }
            }
            Filter::Any(_)
            | Filter::Not(_)
            | Filter::Compare(..)
            | Filter::Contains(..)
            | Filter::Present(_)
            | Filter::Holds(..)
            | Filter::Says(_) => {}
        }
    }

    /// The only year that there may be.
    pub fn year(&self) -> Option<i64> {
        (self.year_min == self.year_max).then_some(self.year_min)
    }

    /// What an index holds of each such report.
    pub fn grams(&self) -> Vec<Gram> {
        let regions = self.regions.iter().filter_map(|digits| Mark::region(digits));
        regions.chain(self.year().map(Mark::Year)).map(Gram::mark).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report_schema;

    #[test]
    fn a_filter_narrows_by_what_has_to_hold() {
        let narrowed = |text: &str| {
            let filter = gongkai_filter::parse(text, &report_schema(), gongkai_filter::Limits::STANDARD);
            Narrowed::by(filter.unwrap().as_ref())
        };
        let all = narrowed("");
        assert_eq!((all.year(), all.grams()), (None, Vec::new()));
        let one = narrowed("year = 2020 region.within(\"530900\") -year = 2019");
        assert_eq!((one.year(), one.regions.as_slice()), (Some(2020), &["5309".to_owned()][..]));
        assert_eq!(one.grams().len(), 2);
        let some = narrowed("year > 2018 AND year <= 2020");
        assert_eq!((some.year_min, some.year_max, some.year()), (2019, 2020, None));
        assert_eq!(narrowed("year < 2020").year_min, 0);
        let either = narrowed("year = 2020 OR region.within(\"530900\")");
        assert_eq!((either.year(), either.regions.len()), (None, 0));
    }
}
