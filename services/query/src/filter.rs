//! Filters of reports, in the grammar of AIP-160: comparisons, `AND`, `OR`, `NOT` and parentheses. `OR` binds tighter
//! than `AND`, as AIP-160 wants it.
//!
//! What the store can look up is handed to it; the rest is evaluated over what reports are found by.

mod parse;

pub(crate) use parse::FilterError;

use gongkai_model::{FormId, ScopeKind};
use gongkai_store::{ReportKeys, ReportQuery};

/// Which reports are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Filter {
    /// All of these hold.
    And(Vec<Filter>),
    /// One of these holds.
    Or(Vec<Filter>),
    /// This does not hold.
    Not(Box<Filter>),
    /// The reporting year, which an unknown year is neither below nor above.
    Year(Order, u16),
    /// The form.
    Form(FormId),
    /// What is covered.
    Scope(ScopeKind),
    /// A text is this one.
    Is(Text, String),
    /// A text contains this one; any text that is there contains the empty one.
    Has(Text, String),
}

/// How two years compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A text that reports are found by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Text {
    /// The region's name or its code.
    Region,
    RegionName,
    RegionCode,
    Issuer,
    Subject,
    Title,
}

impl Filter {
    /// Reads a filter; none where it is empty.
    pub(crate) fn parse(text: &str) -> Result<Option<Self>, FilterError> {
        parse::parse(text)
    }

    /// Hands to the store what it can look up. What is left has to be evaluated over what the store finds.
    pub(crate) fn push_into(self, query: &mut ReportQuery) -> Option<Self> {
        let parts = match self {
            Self::And(parts) => parts,
            other => vec![other],
        };
        let mut left: Vec<Self> = parts.into_iter().filter_map(|part| part.push_one(query)).collect();
        match left.len() {
            0 | 1 => left.pop(),
            _ => Some(Self::And(left)),
        }
    }

    fn push_one(self, query: &mut ReportQuery) -> Option<Self> {
        let take = |wanted: &mut Option<String>, text: &String| match wanted {
            Some(_) => false,
            None => {
                *wanted = Some(text.clone());
                true
            }
        };
        let is_taken = match &self {
            Self::Year(order, year) => {
                let (min, max) = match order {
                    Order::Equal => (Some(*year), Some(*year)),
                    Order::Less => (None, Some(year.saturating_sub(1))),
                    Order::LessOrEqual => (None, Some(*year)),
                    Order::Greater => (Some(year.saturating_add(1)), None),
                    Order::GreaterOrEqual => (Some(*year), None),
                };
                // A bound that is not given is no bound: it must not win the comparison.
                query.year_min = query.year_min.max(min);
                query.year_max = match (query.year_max, max) {
                    (Some(one), Some(other)) => Some(one.min(other)),
                    (one, other) => one.or(other),
                };
                true
            }
            Self::Form(form) => {
                let is_free = query.form.is_none();
                query.form.get_or_insert(*form);
                is_free
            }
            Self::Is(Text::Region, text) => take(&mut query.region, text),
            Self::Is(Text::Issuer, text) => take(&mut query.issuer, text),
            Self::Is(Text::Subject, text) => take(&mut query.subject, text),
            // The store narrows by name or code, which of the two it was is seen afterwards.
            Self::Is(Text::RegionName | Text::RegionCode, text) => {
                take(&mut query.region, text);
                false
            }
            Self::And(_)
            | Self::Or(_)
            | Self::Not(_)
            | Self::Scope(_)
            | Self::Is(Text::Title, _)
            | Self::Has(..) => false,
        };
        (!is_taken).then_some(self)
    }

    /// Whether a report that is found by `keys` is wanted.
    pub(crate) fn admits(&self, keys: &ReportKeys) -> bool {
        match self {
            Self::And(parts) => parts.iter().all(|part| part.admits(keys)),
            Self::Or(parts) => parts.iter().any(|part| part.admits(keys)),
            Self::Not(part) => !part.admits(keys),
            Self::Year(order, wanted) => keys.year.is_some_and(|year| match order {
                Order::Equal => year == *wanted,
                Order::Less => year < *wanted,
                Order::LessOrEqual => year <= *wanted,
                Order::Greater => *wanted < year,
                Order::GreaterOrEqual => *wanted <= year,
            }),
            Self::Form(form) => keys.form == *form,
            Self::Scope(scope) => keys.scope == *scope,
            Self::Is(text, wanted) => text.any(keys, |text| text == wanted),
            Self::Has(text, wanted) => text.any(keys, |text| !text.is_empty() && text.contains(wanted)),
        }
    }
}

impl Text {
    fn any(self, keys: &ReportKeys, is_wanted: impl Fn(&str) -> bool) -> bool {
        match self {
            Self::Region => is_wanted(&keys.region_name) || is_wanted(&keys.region_code),
            Self::RegionName => is_wanted(&keys.region_name),
            Self::RegionCode => is_wanted(&keys.region_code),
            Self::Issuer => is_wanted(&keys.issuer),
            Self::Subject => is_wanted(&keys.subject),
            Self::Title => is_wanted(&keys.title),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(year: Option<u16>, region: &str) -> ReportKeys {
        ReportKeys {
            year,
            form: FormId::Form2019,
            region_name: region.to_owned(),
            region_code: "530900".to_owned(),
            issuer: format!("{region}人民政府办公室"),
            subject: format!("{region}人民政府"),
            scope: ScopeKind::WholeArea,
            ..ReportKeys::default()
        }
    }

    fn parsed(text: &str) -> Filter {
        Filter::parse(text).unwrap().unwrap()
    }

    fn admits(text: &str) -> bool {
        parsed(text).admits(&keys(Some(2019), "东安市"))
    }

    #[test]
    fn comparisons_mean_what_they_say() {
        for holds in [
            "year = 2019",
            "year >= 2019 AND year <= 2019",
            "year > 2018 AND year < 2020",
            "year != 2020",
            "year = \"2019\"",
            "form = \"2019\"",
            "form = 2019",
            "form != none",
            "scope = WHOLE_AREA",
            "region = 东安市",
            "region = 530900",
            "region.code = \"530900\"",
            "region.name : 东安",
            "issuer : \"办公室\"",
            "issuer:*",
            "subject != 西安市",
        ] {
            assert!(admits(holds), "{holds}");
        }
        for fails in ["year = 2018", "year < 2019", "region.name = 530900", "issuer : 公安", "title : *"] {
            assert!(!admits(fails), "{fails}");
        }
    }

    #[test]
    fn or_binds_tighter_than_and_as_aip_160_wants_it() {
        assert!(!admits("year = 2018 AND form = 2019 OR form = 2021"));
        assert!(admits("year = 2019 AND form = 2021 OR form = 2019"));
        assert!(admits("(year = 2018 AND form = 2021) OR form = 2019"));
    }

    #[test]
    fn not_turns_its_term_around() {
        assert!(admits("NOT year = 2018"));
        assert!(admits("-year = 2018 AND NOT (form = 2021 OR year < 2000)"));
        assert!(!admits("NOT NOT year = 2018"));
    }

    #[test]
    fn an_unknown_year_is_neither_below_nor_above() {
        let unknown = keys(None, "东安市");
        assert!(!parsed("year < 3000").admits(&unknown));
        assert!(!parsed("year >= 1").admits(&unknown));
        assert!(parsed("year != 2019").admits(&unknown));
    }

    #[test]
    fn the_store_looks_up_what_it_can() {
        let mut query = ReportQuery::default();
        let text = "year >= 2019 AND year < 2022 AND form = 2021 AND region = 东安市 AND issuer = 办公室";
        assert_eq!(parsed(text).push_into(&mut query), None);
        let expected = ReportQuery {
            year_min: Some(2019),
            year_max: Some(2021),
            form: Some(FormId::Form2021),
            region: Some("东安市".to_owned()),
            issuer: Some("办公室".to_owned()),
            ..ReportQuery::default()
        };
        assert_eq!(query, expected);
    }

    #[test]
    fn what_the_store_cannot_look_up_is_left() {
        let mut query = ReportQuery::default();
        let left =
            parsed("year = 2019 AND (form = 2019 OR form = 2021) AND year != 2020").push_into(&mut query);
        assert_eq!(left, Some(parsed("(form = 2019 OR form = 2021) AND year != 2020")));
        assert_eq!((query.year_min, query.year_max), (Some(2019), Some(2019)));

        // The second of two contradicting terms is no license to forget the first.
        let mut query = ReportQuery::default();
        let left = parsed("form = 2019 AND form = 2021").push_into(&mut query);
        assert_eq!((query.form, left), (Some(FormId::Form2019), Some(parsed("form = 2021"))));
    }
}
