//! Townships: 镇, 乡, 街道, 苏木 and their codes of nine digits.
//!
//! Two lists are laid over each other, the civil affairs ministry's of 2026 and the statistics office's of 2023. Both
//! know nearly the same townships, yet they number a good quarter of them differently: there the code is not certain.

use crate::Code;
use std::sync::LazyLock;

/// A township as the lists know it, today or in 2023.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Township {
    county: Code,
    number: u16,
    stem: &'static str,
    ending: &'static str,
    certain: bool,
}

impl Township {
    /// The code of its county, or of the prefecture where that has no counties.
    pub fn county(&self) -> Code {
        self.county
    }

    /// Its name, such as 通远街道.
    pub fn name(&self) -> String {
        format!("{}{}", self.stem, self.ending)
    }

    /// Its code of nine digits, if both lists give it the same one.
    pub fn code(&self) -> Option<String> {
        self.certain.then(|| format!("{}{:03}", self.county, self.number))
    }

    pub(crate) fn is_named(&self, name: &str) -> bool {
        name.len() == self.stem.len() + self.ending.len()
            && name.starts_with(self.stem)
            && name.ends_with(self.ending)
    }
}

static DATA: &str = include_str!("../data/townships.txt");

/// The lines of the list, in the order of the codes with which they begin.
static LINES: LazyLock<Vec<(Code, &'static str)>> = LazyLock::new(|| {
    DATA.lines().filter_map(|line| Some((Code::parse(line.get(..6)?)?, line.get(6..)?))).collect()
});

/// Hash of the name and place in [`LINES`], in order.
static NAMES: LazyLock<Vec<(u32, u32)>> = LazyLock::new(|| {
    let mut names: Vec<(u32, u32)> = Vec::with_capacity(40_000);
    for (index, (county, line)) in LINES.iter().enumerate() {
        names.extend(entries(*county, line).map(|entry| (hash(&[entry.stem, entry.ending]), index as u32)));
    }
    names.sort_unstable();
    names
});

/// FNV-1a: names only have to be spread, and the same on each machine.
fn hash(parts: &[&str]) -> u32 {
    let bytes = parts.iter().flat_map(|part| part.bytes());
    bytes.fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// The townships of a line: a number where it is not the next one, the stem of the name, a letter for its ending.
fn entries(county: Code, line: &'static str) -> impl Iterator<Item = Township> {
    let mut rest = line;
    let mut number = 0;
    std::iter::from_fn(move || {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        number = if digits == 0 { number + 1 } else { rest[..digits].parse().ok()? };
        rest = &rest[digits..];
        let letter = rest.bytes().position(|byte| byte.is_ascii_alphabetic())?;
        let stem = &rest[..letter];
        let written = rest.as_bytes().get(letter)?;
        let ending = match written.to_ascii_lowercase() {
            b'z' => "镇",
            b'x' => "乡",
            b'j' => "街道",
            b's' => "苏木",
            _ => "",
        };
        rest = &rest[letter + 1..];
        Some(Township { county, number, stem, ending, certain: written.is_ascii_uppercase() })
    })
}

/// The townships of a county, or of a prefecture without counties, in the order of their codes.
pub fn townships_of(county: Code) -> impl Iterator<Item = Township> {
    let found = LINES.binary_search_by_key(&county, |(code, _)| *code).ok();
    found.and_then(|index| LINES.get(index)).into_iter().flat_map(|(county, line)| entries(*county, line))
}

/// All townships of this full name.
pub fn townships_named(name: &str) -> impl Iterator<Item = Township> + '_ {
    let wanted = hash(&[name]);
    let start = NAMES.partition_point(|(hash, _)| *hash < wanted);
    let mut previous = None;
    NAMES[start..]
        .iter()
        .take_while(move |(hash, _)| *hash == wanted)
        // A county may have the name twice; its line is looked through once.
        .filter(move |(_, line)| previous.replace(*line) != Some(*line))
        .filter_map(|(_, line)| LINES.get(*line as usize))
        .flat_map(|(county, line)| entries(*county, line))
        .filter(move |entry| entry.is_named(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_whole_and_in_order() {
        assert_eq!(LINES.len(), DATA.lines().count());
        assert!(LINES.is_sorted_by_key(|(code, _)| *code));
        let all: Vec<_> = LINES.iter().flat_map(|(county, line)| entries(*county, line)).collect();
        assert_eq!(all.len(), NAMES.len());
        assert!(38_000 < all.len());
        assert!(all.iter().all(|township| !township.stem.is_empty() && township.number < 1000));
        let letters = DATA.bytes().filter(u8::is_ascii_alphabetic).count();
        assert_eq!(letters, all.len(), "every name is read");
    }

    #[test]
    fn townships_are_found_by_county_and_by_name() {
        let county = Code::parse("110101").unwrap();
        let first = townships_of(county).next().unwrap();
        assert_eq!((first.name().as_str(), first.code().as_deref()), ("东华门街道", Some("110101001")));
        let found: Vec<_> = townships_named("东华门街道").collect();
        assert_eq!(found, [first]);
        assert!(3 < townships_named("长安镇").count());
        assert_eq!(townships_named("没有这个镇").count(), 0);
        assert_eq!(townships_of(Code::parse("999999").unwrap()).count(), 0);
    }

    #[test]
    fn a_city_without_counties_has_townships() {
        let city = Code::parse("441900").unwrap();
        let found = townships_of(city).find(|township| township.name() == "石碣镇").unwrap();
        assert_eq!(found.code().as_deref(), Some("441900101"));
    }
}
