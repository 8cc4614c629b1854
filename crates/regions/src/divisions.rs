//! The list of divisions and its two indexes.

use crate::{Code, LAST_YEAR};
use gongkai_model::Rank;
use std::sync::LazyLock;

/// A division of province, prefecture or county level, under one name and one code.
#[derive(Debug)]
pub struct Division {
    code: Code,
    name: &'static str,
    short_bytes: usize,
    first: u16,
    last: Option<u16>,
    /// Codes, separated by commas.
    successors: &'static str,
    host: &'static str,
}

impl Division {
    /// Its code.
    pub fn code(&self) -> Code {
        self.code
    }

    /// Its official name, such as 高陵区 or 黔东南苗族侗族自治州.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Its name without the word for its kind and the names of peoples: 高陵, 黔东南. The whole name where a single
    /// character would be left (沙县).
    pub fn short(&self) -> &'static str {
        &self.name[..self.short_bytes]
    }

    /// Its rank.
    pub fn rank(&self) -> Rank {
        self.code.rank()
    }

    /// The first year at whose end it had this name and code; 1980 stands for *or earlier*.
    pub fn first_year(&self) -> u16 {
        self.first
    }

    /// The last year at whose end it had them; `None` if it has them today.
    pub fn last_year(&self) -> Option<u16> {
        self.last
    }

    /// Whether it had this name and code at the end of `year`.
    pub fn is_valid(&self, year: u16) -> bool {
        self.first <= year.min(LAST_YEAR) && self.last.is_none_or(|last| year <= last)
    }

    /// What took its place when it was renamed, merged or made another kind of division (撤县设区): divisions that were
    /// valid at the end of the year after its last.
    pub fn successors(&self) -> impl Iterator<Item = &'static Division> {
        let after = self.last.unwrap_or(LAST_YEAR);
        self.successors.split(',').filter_map(Code::parse).filter_map(move |code| {
            // Sources differ by a year on when a few changes took effect.
            (after..=after + 2)
                .filter_map(|year| by_code(code, year))
                .find(|next| self.code != next.code || self.name != next.name)
        })
    }

    /// The divisions that it took the place of and that were valid at the end of `year`.
    pub fn predecessors(&self, year: u16) -> impl Iterator<Item = &'static Division> {
        let before = &LIST.before;
        let start = before.partition_point(|(code, _)| *code < self.code);
        before[start..]
            .iter()
            .take_while(|(code, _)| *code == self.code)
            .filter_map(|(_, index)| LIST.divisions.get(*index))
            .filter(move |before| before.is_valid(year))
            .filter(|before| before.successors().any(|next| std::ptr::eq(next, self)))
    }

    /// The divisions that contain it at the end of `year`, the province first.
    pub fn parents(&self, year: u16) -> impl Iterator<Item = &'static Division> {
        let (code, province, prefecture) = (self.code, self.code.province(), self.code.prefecture());
        let second = Some(prefecture).filter(|&above| above != province);
        [Some(province), second]
            .into_iter()
            .flatten()
            .filter(move |&above| above != code)
            .filter_map(move |above| by_code(above, year))
    }

    /// What hosts of its sites are called: the short name in pinyin. Unknown for counties that were none any more when
    /// reports began.
    pub fn host(&self) -> &'static str {
        self.host
    }

    /// Whether a part of `host` is its name in pinyin, alone or, if that is long enough, with something before or behind
    /// it: example.gov.cn, provinceexamplexian.gov.cn.
    pub fn is_named_in(&self, host: &str) -> bool {
        const LONG_ENOUGH: usize = 5;
        let name = self.host;
        !name.is_empty()
            && host.split('.').any(|part| {
                let kind = ["xian", "shi", "qu"].iter().find_map(|kind| part.strip_suffix(kind));
                part == name
                    || (LONG_ENOUGH <= name.len()
                        && (part.starts_with(name) || kind.unwrap_or(part).ends_with(name)))
            })
    }
}

static DATA: &str = include_str!("../data/divisions.txt");

/// The first two characters of a name.
type Opening = [char; 2];

fn opening(name: &str) -> Option<Opening> {
    let mut chars = name.chars();
    Some([chars.next()?, chars.next()?])
}

/// The divisions and what finds them.
struct List {
    /// In the order of codes.
    divisions: Vec<Division>,
    /// Full and short names in the order of bytes, with the place in `divisions`.
    names: Vec<(&'static str, usize)>,
    /// The first two characters of names in the order of names, with the place in `names` where they begin.
    openings: Vec<(Opening, usize)>,
    /// Codes of successors in order, with the place of what they followed.
    before: Vec<(Code, usize)>,
}

static LIST: LazyLock<List> = LazyLock::new(|| {
    let divisions: Vec<Division> = DATA.lines().filter_map(parse).collect();
    let mut names = Vec::with_capacity(divisions.len() * 2);
    let mut before = Vec::new();
    for (index, division) in divisions.iter().enumerate() {
        names.push((division.name, index));
        if division.short_bytes < division.name.len() {
            names.push((division.short(), index));
        }
    }
    for (index, division) in divisions.iter().enumerate() {
        before.extend(division.successors.split(',').filter_map(Code::parse).map(|code| (code, index)));
    }
    names.sort_unstable();
    before.sort_unstable();
    let mut openings: Vec<(Opening, usize)> =
        names.iter().enumerate().filter_map(|(at, (name, _))| Some((opening(name)?, at))).collect();
    openings.dedup_by_key(|(opening, _)| *opening);
    List { divisions, names, openings, before }
});

/// A line of the list: code, name, characters of the short name, years, successors, host.
fn parse(line: &'static str) -> Option<Division> {
    let mut fields = line.split('\t');
    let code = Code::parse(fields.next()?)?;
    let name = fields.next()?;
    let short: usize = fields.next()?.parse().ok()?;
    let (first, last) = fields.next()?.split_once('-')?;
    Some(Division {
        code,
        name,
        short_bytes: name.char_indices().nth(short).map_or(name.len(), |(byte, _)| byte),
        first: first.parse().unwrap_or(1980),
        last: last.parse().ok(),
        successors: fields.next().unwrap_or_default(),
        host: fields.next().unwrap_or_default(),
    })
}

/// All divisions in time, in the order of their codes.
pub fn all() -> &'static [Division] {
    &LIST.divisions
}

/// The division that had this code at the end of `year`.
pub fn by_code(code: Code, year: u16) -> Option<&'static Division> {
    ever_with(code).iter().find(|division| division.is_valid(year))
}

/// All divisions that ever had this code.
pub(crate) fn ever_with(code: Code) -> &'static [Division] {
    let start = all().partition_point(|division| division.code < code);
    let end = start + all()[start..].partition_point(|division| division.code == code);
    &all()[start..end]
}

/// The divisions that lay directly below `code` at the end of `year`: prefectures of a province and the counties that
/// no prefecture has, counties of a prefecture.
pub fn children(code: Code, year: u16) -> impl Iterator<Item = &'static Division> {
    let start = all().partition_point(|division| division.code <= code);
    all()[start..].iter().take_while(move |division| code.contains(division.code)).filter(move |division| {
        let above = division.code.prefecture();
        let direct = above == code || above == division.code || by_code(above, year).is_none();
        direct && division.is_valid(year)
    })
}

/// The divisions that ever had this name, full (高陵区) or short (高陵).
pub fn named(name: &str) -> impl Iterator<Item = &'static Division> {
    let names = &LIST.names;
    let start = names.partition_point(|(known, _)| *known < name);
    names[start..]
        .iter()
        .take_while(move |(known, _)| *known == name)
        .map(|(_, index)| &LIST.divisions[*index])
}

/// The names, full or short, with which `text` begins, and the divisions that ever had them; the shortest name first.
pub fn names_at(text: &str) -> impl Iterator<Item = (&'static str, &'static Division)> + '_ {
    // Every name has two characters or more, so those that matter stand together.
    let openings = &LIST.openings;
    let place = opening(text).and_then(|own| openings.binary_search_by_key(&own, |(known, _)| *known).ok());
    let begin = |place: usize| openings.get(place).map_or(LIST.names.len(), |(_, begin)| *begin);
    let range = place.map_or(0..0, |place| begin(place)..begin(place + 1));
    LIST.names[range]
        .iter()
        .filter(move |(known, _)| text.starts_with(known))
        .map(|(known, index)| (*known, &LIST.divisions[*index]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> Code {
        Code::parse(text).unwrap()
    }

    #[test]
    fn a_text_of_one_character_begins_with_no_name() {
        assert_eq!(names_at("").count() + names_at("北").count(), 0);
        assert!(0 < names_at("北京市").count());
    }

    #[test]
    fn the_list_is_whole_and_in_order() {
        assert_eq!(DATA.lines().count(), all().len(), "each line is a division");
        assert!(all().is_sorted_by_key(Division::code));
        for division in all() {
            assert!(2 <= division.short().chars().count(), "{division:?}");
            assert!(division.last.is_none_or(|last| division.first <= last), "{division:?}");
        }
        // 31 provinces and three more; 333 prefectures; counties as the civil affairs ministry counts them.
        let count = |rank| all().iter().filter(|d| d.is_valid(2025) && d.rank() == rank).count();
        assert_eq!(count(Rank::Province), 34);
        assert_eq!(count(Rank::Prefecture), 333);
    }

    #[test]
    fn counties_always_have_a_province_and_no_code_has_two_names_at_once() {
        for year in 2003..=LAST_YEAR {
            for division in all().iter().filter(|division| division.is_valid(year)) {
                let parents = division.parents(year).count();
                assert!(division.rank() == Rank::Province || 0 < parents, "{year} {division:?}");
            }
            if 2012 < year {
                let same = |pair: &[&Division]| pair[0].code == pair[1].code;
                let valid: Vec<_> = all().iter().filter(|division| division.is_valid(year)).collect();
                let twice: Vec<_> = valid.windows(2).filter(|pair| same(pair)).collect();
                assert!(twice.is_empty(), "{year} {twice:?}");
            }
        }
    }

    #[test]
    fn a_county_that_became_a_district_is_found_under_the_code_of_its_time() {
        let at = |year| named("高陵").find(|division| division.is_valid(year)).unwrap();
        assert_eq!((at(2013).name(), at(2013).code()), ("高陵县", code("610126")));
        assert_eq!((at(2021).name(), at(2021).code()), ("高陵区", code("610117")));
        assert_eq!(at(2013).successors().map(Division::name).collect::<Vec<_>>(), ["高陵区"]);
        assert_eq!(at(2021).predecessors(2013).map(Division::name).collect::<Vec<_>>(), ["高陵县"]);
        assert_eq!(at(2021).parents(2021).map(Division::name).collect::<Vec<_>>(), ["陕西省", "西安市"]);
    }

    #[test]
    fn short_names_lose_the_kind_and_the_peoples() {
        for (name, short) in [
            ("黔东南苗族侗族自治州", "黔东南"),
            ("积石山保安族东乡族撒拉族自治县", "积石山"),
            ("内蒙古自治区", "内蒙古"),
            ("伊犁哈萨克自治州", "伊犁"),
            ("前郭尔罗斯蒙古族自治县", "前郭尔罗斯"),
            ("沙县", "沙县"),
            ("浦东新区", "浦东"),
            ("神农架林区", "神农架"),
            ("和田地区", "和田"),
        ] {
            assert_eq!(named(name).next().unwrap().short(), short);
        }
    }

    #[test]
    fn hosts_have_names_in_pinyin() {
        let county = by_code(code("610117"), 2021).unwrap();
        for host in ["www.gaoling.gov.cn", "gaoling.example.cn", "gaolingqu.cn", "sxgaolingqu.gov.cn"] {
            assert!(county.is_named_in(host), "{host}");
        }
        for host in ["www.example.cn", "gao.gov.cn", "ling.gov.cn", ""] {
            assert!(!county.is_named_in(host), "{host}");
        }
        // A short name may be a part of any word.
        let short = named("大冶市").find(|division| division.is_valid(2021)).unwrap();
        assert!(short.is_named_in("www.daye.gov.cn") && !short.is_named_in("www.dayebank.cn"));
    }

    #[test]
    fn names_that_repeat_give_all_their_divisions() {
        let mut codes: Vec<_> =
            named("鼓楼区").filter(|d| d.is_valid(2022)).map(|d| d.code().to_string()).collect();
        codes.sort();
        assert_eq!(codes, ["320106", "320302", "350102", "410204"]);
        assert_eq!(named("没有这个县").count(), 0);
    }

    #[test]
    fn a_text_tells_with_which_names_it_begins() {
        let names: Vec<_> = names_at("陕西省西安市").map(|(name, _)| name).collect();
        assert!(names.starts_with(&["陕西"]) && names.ends_with(&["陕西省"]), "{names:?}");
        assert_eq!(names_at("陕").count(), 0);
        assert_eq!(names_at("").count(), 0);
    }

    #[test]
    fn children_are_those_directly_below() {
        let below = children(code("420000"), 2020).map(Division::name).collect::<Vec<_>>();
        assert!(below.contains(&"武汉市") && below.contains(&"仙桃市") && !below.contains(&"武昌区"));
        assert!(children(code("610100"), 2020).any(|division| division.name() == "高陵区"));
        assert_eq!(children(code("610117"), 2020).count(), 0);
        // The districts of a municipality under the central government lie directly below it.
        assert!(children(code("310000"), 2020).any(|division| division.name() == "普陀区"));
    }
}
