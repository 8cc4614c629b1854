//! From a place as a text names it to the division that it is.

use crate::evidence::narrow;
use crate::{
    Code, Division, LAST_YEAR, Township, by_code, children, names_at, townships_named, townships_of,
};
use gongkai_model::Rank;

/// What a document says of places besides the name in question.
#[derive(Clone, Copy, Debug, Default)]
pub struct Context<'a> {
    /// Titles, signatures, names of sites, openings: texts that may name what contains the place.
    pub texts: &'a [&'a str],
    /// The division in the code of the body that reports (characters 3 to 8 of its unified social credit code).
    pub code: Option<Code>,
    /// The host of the address where the document was found.
    pub host: Option<&'a str>,
}

/// A division, or a township in one.
#[derive(Clone, Debug)]
pub enum Place {
    /// A county, a prefecture or a province.
    Division(&'static Division),
    /// A township.
    Township {
        /// Its full name.
        name: String,
        /// Its code of nine digits, if that is certain for the year in question.
        code: Option<String>,
        /// Its county, or its prefecture where that has no counties.
        county: &'static Division,
    },
}

impl Place {
    /// Its code of six or nine digits, if it is certain.
    pub fn code(&self) -> Option<String> {
        match self {
            Self::Division(division) => Some(division.code().to_string()),
            Self::Township { code, .. } => code.clone(),
        }
    }

    /// Its official name.
    pub fn name(&self) -> &str {
        match self {
            Self::Division(division) => division.name(),
            Self::Township { name, .. } => name,
        }
    }

    /// Its rank.
    pub fn rank(&self) -> Rank {
        match self {
            Self::Division(division) => division.rank(),
            Self::Township { .. } => Rank::Township,
        }
    }

    /// The divisions that contain it at the end of `year`, the province first.
    pub fn parents(&self, year: u16) -> Vec<&'static Division> {
        let mut parents: Vec<_> = self.division().parents(year).collect();
        if let Self::Township { county, .. } = self {
            parents.push(county);
        }
        parents
    }

    /// Itself, or the county that it lies in.
    pub fn division(&self) -> &'static Division {
        match self {
            Self::Division(division) => division,
            Self::Township { county, .. } => county,
        }
    }

    fn is(&self, other: &Self) -> bool {
        std::ptr::eq(self.division(), other.division()) && self.name() == other.name()
    }
}

/// What a name turned out to mean.
#[derive(Clone, Debug)]
pub enum Resolution {
    /// One place.
    Resolved(Place),
    /// Several, in the order of their codes.
    Ambiguous(Vec<Place>),
    /// Nothing that the lists know.
    Unknown {
        /// The last division that the name begins with, if that is one: 西安市 for a development zone of its.
        within: Option<Place>,
    },
}

/// How far the years of sources, of replies and of signboards may lie apart.
const LAG_YEARS: u16 = 2;

/// Finds the place that `path` names: 陕西省西安市高陵区, 西安市高陵区, 高陵区, 高陵区通远街道, 黔东南州.
///
/// `year` is the year at whose end the place is wanted; without one, today counts. A name that the division got or lost
/// within two years of it gives the division of `year` (a report on 2013 may carry the name of 2014).
pub fn resolve(path: &str, year: Option<u16>, context: &Context<'_>) -> Resolution {
    let at = year.unwrap_or(LAST_YEAR).min(LAST_YEAR);
    let mut walk = Walk {
        path_bytes: path.len(),
        year: at,
        lag: 0,
        found: Vec::new(),
        partial: Vec::new(),
        steps: STEPS_MAX,
    };
    walk.on(path, None, 0);
    if walk.found.is_empty() && !walk.partial.iter().any(|partial| partial.shorts == 0) {
        walk.lag = if year.is_some() { LAG_YEARS } else { LAST_YEAR };
        walk.partial.clear();
        walk.on(path, None, 0);
    }
    let mut places = best(walk.found);
    narrow(&mut places, at, context);
    match places.len() {
        1 => places.pop().map_or(Resolution::Unknown { within: None }, Resolution::Resolved),
        0 => {
            let longest = walk.partial.iter().map(|partial| partial.bytes).max();
            walk.partial.retain(|partial| Some(partial.bytes) == longest);
            let mut within = best(walk.partial);
            narrow(&mut within, at, context);
            Resolution::Unknown { within: within.pop().filter(|_| within.is_empty()) }
        }
        _ => Resolution::Ambiguous(places),
    }
}

/// The places for which the fewest short names had to be taken, each once, in the order of codes.
fn best(mut found: Vec<Found>) -> Vec<Place> {
    let fewest = found.iter().map(|found| found.shorts).min();
    found.retain(|found| Some(found.shorts) == fewest);
    found.sort_by_key(|found| found.place.division().code());
    let mut places: Vec<Place> = Vec::with_capacity(found.len());
    for found in found {
        if !places.iter().any(|known| known.is(&found.place)) {
            places.push(found.place);
        }
    }
    places
}

/// Bound on the names tried for one path; real ones need a few dozen.
const STEPS_MAX: u32 = 2_000;

/// Words that make another name of a short one: 高陵县 is not 高陵区, 长安镇 lies in no 长安区.
const KINDS: [&str; 11] = ["省", "市", "县", "区", "旗", "州", "盟", "镇", "乡", "街道", "苏木"];

struct Found {
    place: Place,
    /// Names without the word for their kind (西安高陵).
    shorts: u8,
    /// Bytes of the path that are read.
    bytes: usize,
}

struct Walk {
    path_bytes: usize,
    year: u16,
    lag: u16,
    found: Vec<Found>,
    /// Divisions with something unknown behind them.
    partial: Vec<Found>,
    steps: u32,
}

impl Walk {
    /// Takes the names at the beginning of `rest`, which lies in `parent`.
    fn on(&mut self, rest: &str, parent: Option<&'static Division>, shorts: u8) {
        for (name, division) in names_at(rest) {
            let Some(left) = self.steps.checked_sub(1) else { return };
            self.steps = left;
            if parent.is_some_and(|parent| !parent.code().contains(division.code())) {
                continue;
            }
            let Some(now) = self.at_year(division) else { continue };
            let (len, is_short) = written(rest, name, division);
            let shorts = shorts + u8::from(is_short);
            let behind = &rest[len..];
            if behind.is_empty() {
                self.found.push(Found { place: Place::Division(now), shorts, bytes: self.path_bytes });
            } else if !(is_short && KINDS.iter().any(|kind| behind.starts_with(kind))) {
                let bytes = self.path_bytes - behind.len();
                self.partial.push(Found { place: Place::Division(now), shorts, bytes });
                self.on(behind, Some(now), shorts);
            }
        }
        if is_township(rest) {
            self.township(rest, parent, shorts);
        }
    }

    /// The division that `division` is at the end of the year; none if it is none, or several.
    fn at_year(&self, division: &'static Division) -> Option<&'static Division> {
        if division.is_valid(self.year) {
            return Some(division);
        }
        if self.year < division.first_year() {
            let near = division.first_year() - self.year <= self.lag;
            return one(division.predecessors(self.year)).filter(|_| near);
        }
        let near = self.year.saturating_sub(division.last_year()?) <= self.lag;
        if near { follow(division, self.year) } else { None }
    }

    fn township(&mut self, name: &str, parent: Option<&'static Division>, shorts: u8) {
        let Some(parent) = parent else {
            for township in townships_named(name) {
                let county = by_code(township.county(), self.year);
                // A county of today may have been another in the year in question.
                let county = county.or_else(|| {
                    let today = crate::divisions::ever_with(township.county()).last()?;
                    one(today.predecessors(self.year))
                });
                if let Some(county) = county {
                    self.push_township(&township, county, shorts);
                }
            }
            return;
        };
        let below: Vec<&'static Division> = match parent.rank() {
            Rank::Province | Rank::Prefecture => {
                let mut below: Vec<_> = children(parent.code(), self.year).collect();
                below.push(parent);
                below
            }
            _ => vec![parent],
        };
        for county in below {
            // The lists are of today; the county may have had another code.
            let today = follow(county, LAST_YEAR);
            let codes =
                [Some(county.code()), today.map(Division::code).filter(|code| *code != county.code())];
            for code in codes.into_iter().flatten() {
                for township in townships_of(code).filter(|township| township.is_named(name)) {
                    self.push_township(&township, county, shorts);
                }
            }
        }
    }

    fn push_township(&mut self, township: &Township, county: &'static Division, shorts: u8) {
        let certain = county.code() == township.county();
        let code = township.code().filter(|_| certain);
        let place = Place::Township { name: township.name(), code, county };
        self.found.push(Found { place, shorts, bytes: self.path_bytes });
    }
}

/// What became of a division until the end of `year`, if that is one division.
fn follow(division: &'static Division, year: u16) -> Option<&'static Division> {
    const CHANGES_MAX: usize = 4;
    let mut now = division;
    for _ in 0..CHANGES_MAX {
        if now.is_valid(year) {
            return Some(now);
        }
        now = one(now.successors())?;
    }
    now.is_valid(year).then_some(now)
}

/// What there is, if it is only one.
fn one(mut found: impl Iterator<Item = &'static Division>) -> Option<&'static Division> {
    found.next().filter(|_| found.next().is_none())
}

/// How many bytes of `rest` name `division`, and whether its kind is left out. 黔东南州 names 黔东南苗族侗族自治州.
fn written(rest: &str, name: &str, division: &Division) -> (usize, bool) {
    if name.len() == division.name().len() {
        return (name.len(), false);
    }
    let kinds = [("自治州", "州"), ("自治县", "县"), ("自治旗", "旗")];
    let behind = &rest[name.len()..];
    let kind = kinds.into_iter().find(|(kind, _)| division.name().ends_with(kind));
    match kind.and_then(|(full, short)| [full, short].into_iter().find(|kind| behind.starts_with(kind))) {
        Some(kind) => (name.len() + kind.len(), false),
        None => (name.len(), true),
    }
}

/// Whether `name` ends as names of townships do.
fn is_township(name: &str) -> bool {
    ["镇", "乡", "街道", "苏木"].iter().any(|ending| name.ends_with(ending) && ending.len() < name.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: Context<'static> = Context { texts: &[], code: None, host: None };

    fn code(path: &str, year: u16) -> String {
        match resolve(path, Some(year), &NOTHING) {
            Resolution::Resolved(place) => place.code().unwrap_or_else(|| "uncertain".to_owned()),
            Resolution::Ambiguous(places) => format!("{} places", places.len()),
            Resolution::Unknown { within: Some(place) } => format!("within {}", place.name()),
            Resolution::Unknown { within: None } => "unknown".to_owned(),
        }
    }

    #[test]
    fn a_path_in_any_length_gives_the_same_code() {
        for path in ["陕西省西安市高陵区", "西安市高陵区", "陕西西安高陵", "高陵区", "高陵"]
        {
            assert_eq!(code(path, 2021), "610117", "{path}");
        }
        assert_eq!(code("陕西省", 2021), "610000");
        assert_eq!(code("黔东南州", 2021), "522600");
        assert_eq!(code("海西州格尔木市", 2021), "632801");
        assert_eq!(code("镇宁自治县", 2021), "520423");
        assert_eq!(code("江苏省高陵区", 2021), "within 江苏省", "it lies elsewhere");
    }

    #[test]
    fn a_name_that_repeats_is_told_apart_by_what_stands_before_it() {
        assert_eq!(code("鼓楼区", 2021), "4 places");
        assert_eq!(code("南京市鼓楼区", 2021), "320106");
        assert_eq!(code("江苏省鼓楼区", 2021), "2 places");
        assert_eq!(code("吉林市", 2021), "220200", "the full name counts before the province's short one");
    }

    #[test]
    fn context_tells_apart_what_the_name_does_not() {
        let with = |context: Context<'_>| match resolve("鼓楼区", Some(2021), &context) {
            Resolution::Resolved(place) => place.code().unwrap(),
            other => format!("{other:?}"),
        };
        assert_eq!(with(Context { texts: &["南京市人民政府"], ..NOTHING }), "320106");
        assert_eq!(with(Context { texts: &["福建省政府信息公开"], ..NOTHING }), "350102");
        assert_eq!(with(Context { code: Code::parse("350102"), ..NOTHING }), "350102");
        assert_eq!(with(Context { host: Some("gulou.xuzhou.gov.cn"), ..NOTHING }), "320302");
        assert_eq!(with(Context { host: Some("www.fuzhougulou.gov.cn"), ..NOTHING }), "350102");
        assert_eq!(with(Context { texts: &["南京鼓楼区政府"], ..NOTHING }), "320106");
        assert!(with(Context { texts: &["本市南京路"], ..NOTHING }).contains("Ambiguous"), "a road");
        assert!(with(Context { texts: &["江苏省"], ..NOTHING }).contains("Ambiguous"), "two are there");
        assert!(with(Context { texts: &["甘肃省"], ..NOTHING }).contains("Ambiguous"), "none is there");
    }

    #[test]
    fn the_host_of_a_county_tells_which_township_is_meant() {
        let with = |host: &'static str| {
            let context = Context { host: Some(host), ..NOTHING };
            match resolve("中村乡", Some(2020), &context) {
                Resolution::Resolved(place) => place.division().name(),
                _ => "several",
            }
        };
        assert_eq!(with("www.huichang.gov.cn"), "会昌县");
        assert_eq!(with("www.gaoling.gov.cn"), "several", "it has none of that name");
    }

    #[test]
    fn names_of_another_year_give_the_division_of_the_year_asked_for() {
        assert_eq!(code("高陵县", 2013), "610126");
        assert_eq!(code("高陵区", 2013), "610126", "the new name in a report on the year before");
        assert_eq!(code("高陵县", 2015), "610117", "the old name on a signboard");
        assert_eq!(code("高陵县", 2021), "unknown", "out of use for years");
        assert_eq!(code("崇文区", 2011), "110101", "merged");
        let today = resolve("高陵县", None, &NOTHING);
        assert!(matches!(today, Resolution::Resolved(place) if place.name() == "高陵区"));
    }

    #[test]
    fn townships_have_nine_digits_where_they_are_certain() {
        assert_eq!(code("东莞市石碣镇", 2021), "441900101");
        assert_eq!(code("北京市东城区东华门街道", 2021), "110101001");
        assert_eq!(code("东华门街道", 2021), "110101001");
        assert!(code("长安镇", 2021).ends_with("places"));
        assert_eq!(code("西安市高陵区不存在镇", 2021), "within 高陵区");
        // The county had another code: the township's of that time is not known.
        let Resolution::Resolved(place) = resolve("福建省沙县夏茂镇", Some(2018), &NOTHING) else {
            panic!()
        };
        assert_eq!((place.name(), place.code(), place.division().name()), ("夏茂镇", None, "沙县"));
    }

    #[test]
    fn what_is_no_division_has_no_code_of_its_own() {
        assert_eq!(code("海口市某某高新区", 2021), "within 海口市");
        assert_eq!(code("某某实验区", 2021), "unknown");
        assert_eq!(code("", 2021), "unknown");
        assert_eq!(code(&"城区".repeat(2000), 2021), "unknown");
    }
}
