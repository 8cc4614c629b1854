//! What else a document says of places, held against the divisions that a name may mean.

use crate::resolve::{Context, Place};
use crate::{Code, Division, is_said_in};

/// Parts of a host that stand for provinces and are not their names in pinyin (the registry's codes under `.cn`).
const PROVINCE_HOSTS: [(&str, &str); 31] = [
    ("bj", "110000"),
    ("tj", "120000"),
    ("he", "130000"),
    ("sx", "140000"),
    ("nm", "150000"),
    ("ln", "210000"),
    ("jl", "220000"),
    ("hl", "230000"),
    ("sh", "310000"),
    ("js", "320000"),
    ("zj", "330000"),
    ("ah", "340000"),
    ("fj", "350000"),
    ("jx", "360000"),
    ("sd", "370000"),
    ("ha", "410000"),
    ("hb", "420000"),
    ("hn", "430000"),
    ("gd", "440000"),
    ("gx", "450000"),
    ("hi", "460000"),
    ("cq", "500000"),
    ("sc", "510000"),
    ("gz", "520000"),
    ("yn", "530000"),
    ("xz", "540000"),
    ("sn", "610000"),
    ("gs", "620000"),
    ("qh", "630000"),
    ("nx", "640000"),
    ("xj", "650000"),
];

/// Keeps the places for which the strongest kind of evidence speaks. Each kind is asked in turn, and one that speaks for
/// none of the places that are left changes nothing.
pub(crate) fn narrow(places: &mut Vec<Place>, year: u16, context: &Context<'_>) {
    let kinds: [&dyn Fn(&Place) -> u8; 3] = [
        &|place| context.code.map_or(0, |code| shared_digits(place, code)),
        &|place| named_above(place, year, context.texts),
        &|place| context.host.map_or(0, |host| hosted(place, year, host)),
    ];
    for strength in kinds {
        if places.len() < 2 {
            return;
        }
        let best = places.iter().map(strength).max().unwrap_or(0);
        if 0 < best {
            places.retain(|place| strength(place) == best);
        }
    }
}

/// How much of the code of a body agrees: 3 for the county, 2 for the prefecture, 1 for the province.
fn shared_digits(place: &Place, code: Code) -> u8 {
    let own = place.division().code();
    if own == code {
        3
    } else if own.prefecture() == code.prefecture() && own.prefecture() != own.province() {
        2
    } else {
        u8::from(own.province() == code.province())
    }
}

/// Whether a text names what contains the place: 3 for the county of a township, 2 for the prefecture, 1 for the
/// province. Only full names count, and short ones directly before the place (南京鼓楼区): 南京 alone is also a road.
fn named_above(place: &Place, year: u16, texts: &[&str]) -> u8 {
    let says = |division: &Division| {
        texts.iter().any(|text| {
            is_said_in(text, division.name())
                || text
                    .match_indices(division.short())
                    .any(|(at, short)| text[at + short.len()..].starts_with(place.name()))
        })
    };
    let county = match place {
        Place::Township { county, .. } => 3 * u8::from(says(county)),
        Place::Division(_) => 0,
    };
    let above = place.division().parents(year).map(|division| {
        let is_province = division.code() == division.code().province();
        if says(division) { if is_province { 1 } else { 2 } } else { 0 }
    });
    above.max().unwrap_or(0).max(county)
}

/// Whether a part of the host is the name of what contains the place: 3 for the county of a township, 2 for a prefecture,
/// 1 for a province.
fn hosted(place: &Place, year: u16, host: &str) -> u8 {
    let county = match place {
        Place::Township { county, .. } => 3 * u8::from(county.is_named_in(host)),
        Place::Division(_) => 0,
    };
    let above = place.division().parents(year).map(|division| {
        if division.code() != division.code().province() {
            return if division.is_named_in(host) { 2 } else { 0 };
        }
        let code = division.code().to_string();
        let is_label = |label: &str| host.split('.').any(|part| part == label);
        let short = PROVINCE_HOSTS.iter().any(|(label, province)| *province == code && is_label(label));
        u8::from(short || division.is_named_in(host))
    });
    above.max().unwrap_or(0).max(county)
}
