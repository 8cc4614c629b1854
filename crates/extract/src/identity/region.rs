//! The administrative division of a report: its longest name in the text, and what the official lists make of it.

use crate::bodies::{is_body_name, is_township, is_zone, kind, region_bytes, region_range};
use crate::credit_code;
use crate::lines::Line;
use gongkai_document::Document;
use gongkai_model::{BodyKind, Division, Rank, RegionText};
use gongkai_regions::{
    Code, Context, LAST_YEAR, Place, Resolution, children, is_said_in, may_begin, names_at, resolve,
};
use memchr::memmem;
use std::ops::Range;

/// Most divisions that a name may mean and that are listed: names of townships such as 城关镇 stand for a hundred.
const CANDIDATES_MAX: usize = 64;
/// The characters before a name that may hold what contains it.
const CHAIN_CHARS_MAX: usize = 24;

/// The region, and the rank that the lists give it.
#[derive(Debug, Default)]
pub(super) struct Region {
    pub(super) text: RegionText,
    pub(super) rank: Rank,
}

/// Finds the region. `names` are names of bodies and areas, the best first; `context` are texts that may name what
/// contains it.
pub(super) fn region(
    document: &Document,
    lines: &[Line],
    names: &[&str],
    context: &[&str],
    year: Option<u16>,
    credit_code: &str,
) -> Region {
    let mut regions = names.iter().map(|name| &name[region_range(name)]).filter(|region| !region.is_empty());
    let seat = || names.iter().find_map(|name| seat_of(name, context, year, document.address.as_deref()));
    let Some(mut name) = regions.next().or_else(seat) else { return Region::default() };
    for other in regions {
        if name.len() < other.len() && other.ends_with(name) {
            name = other;
        }
    }
    let (name, place) = longest_form(document, lines, name);
    // 甲市公安局乙区分局: the branch is that of the district.
    let branch = names.iter().find_map(|whole| branch(whole)).filter(|branch| branch.0 == name);
    let context = Context {
        texts: context,
        code: credit_code::division(credit_code),
        host: document.address.as_deref().and_then(host),
    };
    let mut region = listed(name, branch, year, &context);
    region.text.span = place.map(|range| document.text.span(&range));
    region
}

/// The region that the name of a body alone gives.
pub(super) fn region_of_body(body: &str, year: Option<u16>, texts: &[&str], host: Option<&str>) -> Region {
    let name = &body[region_range(body)];
    if name.is_empty() {
        return Region::default();
    }
    listed(name.to_owned(), branch(body), year, &Context { texts, code: None, host })
}

/// What the official lists make of a name. `branch` is the division of an organ, and that of its branch.
fn listed(name: String, branch: Option<(&str, &str)>, year: Option<u16>, context: &Context<'_>) -> Region {
    let year_or_last = year.unwrap_or(LAST_YEAR);
    let mut text = RegionText { name, ..RegionText::default() };
    let path = branch.map(|(above, own)| {
        own.clone_into(&mut text.name);
        format!("{above}{own}")
    });
    // 甲路街 is 甲路街道.
    let path = path.or_else(|| text.name.ends_with('街').then(|| format!("{}道", text.name)));
    let rank = match resolve(path.as_ref().unwrap_or(&text.name), year, context) {
        Resolution::Resolved(place) if !is_borne_out(&place, &text.name, context, year_or_last) => {
            text.candidates = vec![candidate(&place)];
            place.rank()
        }
        Resolution::Resolved(place) => {
            give_codes(&mut text, &place);
            text.parents = parents(&place, year_or_last);
            place.rank()
        }
        Resolution::Ambiguous(places) => {
            let rank = places
                .first()
                .map(Place::rank)
                .filter(|rank| places.iter().all(|place| place.rank() == *rank));
            if places.len() <= CANDIDATES_MAX {
                text.candidates = places.iter().map(candidate).collect();
            }
            rank.unwrap_or_default()
        }
        Resolution::Unknown { within } => {
            // A zone, or a township that no list has: what contains it is all that is certain.
            if let Some(within) = within.filter(|_| is_zone(&text.name) || is_township(&text.name)) {
                if is_township(&text.name) && !has_counties(&within, year_or_last) {
                    text.code = within.division().code().to_string();
                }
                text.parents = parents(&within, year_or_last);
                // A zone that has the short name of a county may well be larger than it.
                if within.rank() != Rank::County || text.name.contains(within.name()) {
                    text.parents.push(division(within.division()));
                }
            }
            Rank::Unknown
        }
    };
    if text.code.is_empty() && is_township(&text.name) {
        let seats = context.texts.iter().flat_map(|said| counties_in(said, year_or_last));
        if let Some(county) = only(seats) {
            text.code = county.code().to_string();
            text.parents = parents(&Place::Division(county), year_or_last);
            text.parents.push(division(county));
            text.candidates.clear();
        }
    }
    Region { text, rank }
}

/// The division of an organ and that of its branch: 甲市 and 乙区 of 甲市公安局乙区分局, or 乙 where the branch is called by
/// the short name of a division below 甲市. So is a school that bears the name of its province: 甲省乙第一中学. One that bears
/// the name of its city may be the city's.
fn branch(name: &str) -> Option<(&str, &str)> {
    let above = &name[region_range(name)];
    if above.is_empty() || !name.starts_with(above) {
        return None;
    }
    let is_below = |division: &gongkai_regions::Division| {
        division.parents(LAST_YEAR).any(|parent| above.ends_with(parent.name()))
    };
    let short = |behind: &str| {
        let below = names_at(behind).filter(|(_, division)| is_below(division)).map(|(short, _)| short);
        below.filter(|short| 2 <= short.chars().count()).max_by_key(|short| short.len())
    };
    if let Some(branch) = name.strip_suffix("分局") {
        let (_, behind) = branch.split_once('局')?;
        let is_named = !behind.is_empty()
            && (region_bytes(behind) == behind.len() || short(behind).is_some_and(|it| it == behind));
        return is_named.then_some((above, behind));
    }
    let is_of_province = above.ends_with(['省']) || above.ends_with("自治区");
    let behind = name.get(above.len()..).filter(|_| is_of_province && kind(name) == BodyKind::Other)?;
    short(behind).filter(|short| short.len() < behind.len()).map(|short| (above, short))
}

/// The codes of a place: six digits, and nine where it is a township.
fn give_codes(text: &mut RegionText, place: &Place) {
    text.code = place.division().code().to_string();
    if let Place::Township { code, .. } = place {
        text.township_code = code.clone().unwrap_or_default();
    }
}

/// Whether anything but the name of a township tells which one it is. The lists know the townships of today: one that
/// is the only one of its name may have had namesakes in the year in question.
fn is_borne_out(place: &Place, name: &str, context: &Context<'_>, year: u16) -> bool {
    let Place::Township { county, .. } = place else { return true };
    let above =
        || [*county].into_iter().chain(county.parents(year)).filter(|above| above.rank() != Rank::Province);
    let says = |text: &str| above().any(|above| is_said_in(text, above.name()));
    let in_code = |code: Code| code.prefecture() == county.code().prefecture();
    let in_host = |host: &str| above().any(|above| above.is_named_in(host));
    place.name().len() < name.len()
        || context.texts.iter().any(|text| says(text))
        || context.code.is_some_and(in_code)
        || context.host.is_some_and(in_host)
}

/// Whether counties lie below the place: then a township in it is in one of them.
fn has_counties(place: &Place, year: u16) -> bool {
    place.rank() != Rank::County && children(place.division().code(), year).next().is_some()
}

/// The division of a body that leaves it out of its name, 县统计局: the only one of its kind whose government, committee
/// or site the opening names. The report of a bureau of a county-level 市 may name only the city above it, so that there
/// the address has to bear it out.
fn seat_of(body: &str, context: &[&str], year: Option<u16>, address: Option<&str>) -> Option<&'static str> {
    let kind = body.chars().next().filter(|kind| "县区旗市".contains(*kind) && is_body_name(body))?;
    let year = year.unwrap_or(LAST_YEAR);
    let host = address.and_then(host);
    let may_be = |division: &gongkai_regions::Division| match kind {
        '市' => host.is_some_and(|host| division.is_named_in(host)),
        _ => division.rank() == Rank::County,
    };
    let named = context.iter().flat_map(|text| seats_in(text, year));
    let found = only(named.filter(|division| division.name().ends_with(kind) && may_be(division)));
    found.map(gongkai_regions::Division::name)
}

/// The counties whose government, committee or site `text` names: what a township says of the county it lies in, which
/// the lists cannot tell where they know it no longer.
fn counties_in(text: &str, year: u16) -> impl Iterator<Item = &'static gongkai_regions::Division> + '_ {
    seats_in(text, year).filter(|division| division.rank() == Rank::County)
}

/// The counties and cities whose government, committee or site `text` names.
fn seats_in(text: &str, year: u16) -> impl Iterator<Item = &'static gongkai_regions::Division> + '_ {
    const SEATS: [&str; 7] = ["人民政府", "政府", "委", "政务", "门户", "信息公开", "融媒"];
    text.match_indices(['县', '区', '市', '旗']).filter_map(move |(at, kind)| {
        let end = at + kind.len();
        if !SEATS.iter().any(|seat| text[end..].starts_with(seat)) {
            return None;
        }
        const NAME_CHARS_MAX: usize = 12;
        let starts = text[..at].char_indices().rev().take(NAME_CHARS_MAX).map(|(byte, _)| byte);
        let named = |start: usize| {
            names_at(&text[start..end]).filter(move |(name, division)| {
                name.len() == end - start
                    && name.len() == division.name().len()
                    && matches!(division.rank(), Rank::County | Rank::Prefecture)
                    && division.is_valid(year)
            })
        };
        let found =
            starts.filter_map(|start| Some((start, only(named(start).map(|(_, division)| division))?)));
        found.last().filter(|(start, _)| may_begin(&text[..*start])).map(|(_, division)| division)
    })
}

/// What there is, if it is one and the same.
fn only(
    mut found: impl Iterator<Item = &'static gongkai_regions::Division>,
) -> Option<&'static gongkai_regions::Division> {
    let first = found.next()?;
    found.all(|other| std::ptr::eq(first, other)).then_some(first)
}

fn division(division: &gongkai_regions::Division) -> Division {
    Division { code: division.code().to_string(), name: division.name().to_owned() }
}

fn parents(place: &Place, year: u16) -> Vec<Division> {
    place.parents(year).into_iter().map(division).collect()
}

fn candidate(place: &Place) -> Division {
    match place {
        Place::Division(found) => division(found),
        // The name alone tells townships from each other only where their codes are certain.
        Place::Township { name, code, county } => {
            Division { code: code.clone().unwrap_or_default(), name: format!("{}{name}", county.name()) }
        }
    }
}

/// The host of an address, without its port.
fn host(address: &str) -> Option<&str> {
    let behind = address.split_once("://").map_or(address, |(_, rest)| rest);
    let host = behind.split(['/', '?', '#']).next()?.split(':').next()?;
    Some(host).filter(|host| host.contains('.'))
}

/// The longest form of `name` in the text (西安市高陵区 for 高陵区), and where the name stands first, if anywhere.
fn longest_form(document: &Document, lines: &[Line], name: &str) -> (String, Option<Range<usize>>) {
    let mut first = None;
    let mut longest: Option<(String, Range<usize>)> = None;
    let finder = memmem::Finder::new(name);
    for line in lines {
        let text = document.text.slice(&line.text);
        for at in finder.find_iter(text.as_bytes()) {
            let end = at + name.len();
            first.get_or_insert(line.text.start + at..line.text.start + end);
            let Some(begin) = chain_before(text, at) else { continue };
            let written = &text[begin..end];
            if longest.as_ref().is_none_or(|(known, _)| known.len() < written.len()) {
                longest = Some((written.to_owned(), line.text.start + begin..line.text.start + end));
            }
        }
        // The first line that has a longer form decides; the rest of the text names other places, too.
        if longest.is_some() {
            break;
        }
    }
    match longest {
        Some((name, place)) => (name, Some(place)),
        None => (name.to_owned(), first),
    }
}

/// Characters of sentences that stand in no name of a division.
const NO_NAME: [char; 16] =
    ['现', '布', '编', '将', '在', '对', '本', '各', '我', '与', '及', '向', '的', '由', '全', '以'];

/// Where the divisions begin that stand directly before byte `at`: 西安市 in 现公布西安市高陵区.
fn chain_before(text: &str, at: usize) -> Option<usize> {
    const KINDS: [char; 8] = ['省', '市', '区', '州', '县', '盟', '旗', '团'];
    let before = &text[..at];
    if !before.ends_with(KINDS) {
        return None;
    }
    let starts: Vec<usize> = before
        .char_indices()
        .rev()
        .take(CHAIN_CHARS_MAX)
        .take_while(|(_, c)| ('\u{4e00}'..='\u{9fff}').contains(c))
        .map(|(byte, _)| byte)
        .collect();
    // As much as the official list knows; else all words that stand there, if they can be names.
    if let Some(known) = starts.iter().rev().copied().find(|&start| is_known_chain(&before[start..])) {
        return may_begin(&before[..known]).then_some(known);
    }
    let farthest = *starts.last()?;
    let words = &before[farthest..];
    let could_be_names =
        words.chars().count() <= 14 && !words.contains(NO_NAME) && region_bytes(words) == words.len();
    could_be_names.then_some(farthest)
}

/// Whether `words` are names of known divisions, one behind the other.
fn is_known_chain(words: &str) -> bool {
    let full = names_at(words).filter(|(name, division)| name.len() == division.name().len());
    full.map(|(name, _)| name).any(|name| name.len() == words.len() || is_known_chain(&words[name.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_cut_from_addresses() {
        assert_eq!(host("http://www.example.gov.cn:8080/a/b.html"), Some("www.example.gov.cn"));
        assert_eq!(host("example.gov.cn/a"), Some("example.gov.cn"));
        assert_eq!(host(""), None);
        assert_eq!(host("file.html#top"), Some("file.html"), "a name that no division has");
    }

    #[test]
    fn branches_have_a_district_of_their_own() {
        assert_eq!(branch("甲市公安局乙区分局"), Some(("甲市", "乙区")));
        assert_eq!(branch("甲市公安局交通警察分局"), None);
        assert_eq!(branch("甲市公安局"), None);
        assert_eq!(branch("西安市公安局高陵分局"), Some(("西安市", "高陵")), "by its short name");
        assert_eq!(branch("西安市公安局交警分局"), None);
        assert_eq!(branch("陕西省高陵第一中学"), Some(("陕西省", "高陵")));
        assert_eq!(branch("陕西省第一中学"), None);
        assert_eq!(branch("西安市高陵第一中学"), None, "it may be the city's");
        assert_eq!(branch("陕西省教育厅"), None);
    }

    #[test]
    fn a_body_without_its_division_is_that_of_the_only_one_named() {
        let seat = |body, text: &str, address| seat_of(body, &[text], Some(2021), address);
        let notice = "根据《仁寿县人民政府办公室关于年度报告的通知》";
        assert_eq!(seat("县统计局", notice, None), Some("仁寿县"));
        assert_eq!(seat("区统计局", notice, None), None);
        assert_eq!(seat("县统计局", "仁寿县政府和三台县政府", None), None, "which of them, is not known");
        let city = "在眉山市人民政府门户网站公布";
        assert_eq!(seat("市统计局", city, None), None, "it may be of a county-level city below");
        assert_eq!(seat("市统计局", city, Some("http://tjj.meishan.gov.cn/a")), Some("眉山市"));
    }

    #[test]
    fn a_county_is_named_by_what_belongs_to_it() {
        let found = |text: &str| counties_in(text, 2021).map(|county| county.name()).collect::<Vec<_>>();
        assert_eq!(found("在仁寿县人民政府门户网站公布"), ["仁寿县"]);
        assert_eq!(found("仁寿县的一家企业"), Vec::<&str>::new());
        assert_eq!(found("我县人民政府"), Vec::<&str>::new());
        assert_eq!(found("西安市人民政府"), Vec::<&str>::new(), "no county");
    }

    #[test]
    fn what_contains_a_place_stands_directly_before_it() {
        let chain = |text: &str| {
            let at = text.find("高陵区").unwrap();
            chain_before(text, at).map(|begin| text[begin..at].to_owned())
        };
        assert_eq!(chain("西安市高陵区").as_deref(), Some("西安市"));
        assert_eq!(chain("现公布陕西省西安市高陵区").as_deref(), Some("陕西省西安市"));
        assert_eq!(
            chain("某某市高陵区").as_deref(),
            Some("某某市"),
            "known or not, it is all that stands there"
        );
        assert_eq!(chain("现公布高陵区"), None);
        assert_eq!(chain("在全市高陵区"), None);
        assert_eq!(chain("高陵区"), None);
    }
}
