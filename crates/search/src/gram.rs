//! What an index holds of a report, and what is looked up in it.

use crate::texts;
use gongkai_model::Report;
use std::ops::BitXor;

/// A number for a pair of characters, or for a [`Mark`]. Two may share one: then more is looked at than need be, and nothing is
/// missed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Gram(pub u32);

/// What is known of a report besides its words, so that a search that is narrowed by it looks at no other reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mark<'t> {
    /// The reporting year; -1 where it is not known.
    Year(i64),
    /// The first two, four or six digits of its region's code.
    Region(&'t str),
    /// The number of its purpose.
    Purpose(i64),
}

/// Digits of a code of a division that an index knows: of its province, its prefecture, and itself.
const REGION_DIGITS: [usize; 3] = [2, 4, 6];

impl<'t> Mark<'t> {
    /// That of a region, by the first digits of its code; none where an index knows nothing of so many digits.
    pub fn region(digits: &'t str) -> Option<Self> {
        REGION_DIGITS.contains(&digits.len()).then_some(Self::Region(digits))
    }
}

/// Beyond all characters.
const MARKS: u64 = 0x11_0000;

impl Gram {
    fn of(first: u64, second: u64) -> Self {
        // Multiplying by an odd number spreads what differs; the upper half has it all.
        let mixed = (first << 32 | second).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Self((mixed >> 32).bitxor(mixed >> 61) as u32)
    }

    /// That of two characters beside each other.
    pub fn pair(first: char, second: char) -> Self {
        Self::of(u32::from(first).into(), u32::from(second).into())
    }

    /// That of a mark.
    pub fn mark(mark: Mark<'_>) -> Self {
        let (kind, value) = match mark {
            Mark::Year(year) => (0, year.cast_unsigned() & 0xffff_ffff),
            Mark::Region(digits) => {
                let value =
                    digits.bytes().fold(0_u64, |value, byte| value.wrapping_mul(11) + u64::from(byte & 0x0f));
                (1 + digits.len() as u64, value & 0xffff_ffff)
            }
            Mark::Purpose(code) => (16, code.cast_unsigned() & 0xffff_ffff),
        };
        Self::of(MARKS + kind, value)
    }
}

/// The pairs of letters, digits and characters beside each other in a folded text.
pub(crate) fn pairs(folded: &str) -> impl Iterator<Item = Gram> + '_ {
    let following = folded.chars().skip(1);
    let pairs = folded.chars().zip(following);
    pairs.filter(|(a, b)| a.is_alphanumeric() && b.is_alphanumeric()).map(|(a, b)| Gram::pair(a, b))
}

/// What an index holds of a report with these folded texts: each pair once, in order.
pub fn grams<T: AsRef<str>>(folded: &[T]) -> Vec<Gram> {
    let mut grams: Vec<Gram> = folded.iter().flat_map(|text| pairs(text.as_ref())).collect();
    grams.sort_unstable();
    grams.dedup();
    grams
}

/// What an index holds of a report: of its words, and of what searches are narrowed by. Folds all of its text, so it is work for a
/// thread of its own.
pub fn index_grams(report: &Report, year: i64, region_code: &str, purpose: i64) -> Vec<Gram> {
    let folded: Vec<String> = texts(report).into_iter().map(|(_, folded)| folded).collect();
    let mut held = grams(&folded);
    let regions = REGION_DIGITS.iter().filter_map(|digits| region_code.get(..*digits));
    held.extend(regions.map(|digits| Gram::mark(Mark::Region(digits))));
    held.extend([Gram::mark(Mark::Year(year)), Gram::mark(Mark::Purpose(purpose))]);
    held.sort_unstable();
    held.dedup();
    held
}

/// What is looked up: whatever a query is true of has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// This.
    Gram(Gram),
    /// Each of these. As it is made here, of at least two, none of which is such a list itself.
    All(Vec<Lookup>),
    /// One of these, likewise.
    Any(Vec<Lookup>),
}

impl Lookup {
    /// Each of these: what is such a list itself is taken apart, and one alone is no list. None of nothing.
    pub fn all(parts: impl IntoIterator<Item = Self>) -> Option<Self> {
        let flat = parts.into_iter().flat_map(|part| match part {
            Self::All(parts) => parts,
            part @ (Self::Gram(_) | Self::Any(_)) => vec![part],
        });
        Self::one_or(flat.collect(), Self::All)
    }

    /// One of these, likewise.
    pub fn any(parts: impl IntoIterator<Item = Self>) -> Option<Self> {
        let flat = parts.into_iter().flat_map(|part| match part {
            Self::Any(parts) => parts,
            part @ (Self::Gram(_) | Self::All(_)) => vec![part],
        });
        Self::one_or(flat.collect(), Self::Any)
    }

    fn one_or(mut parts: Vec<Self>, list: impl FnOnce(Vec<Self>) -> Self) -> Option<Self> {
        match parts.len() {
            0 | 1 => parts.pop(),
            _ => Some(list(parts)),
        }
    }

    /// Whether something of which an index holds `grams`, sorted, is to be looked at.
    pub fn admits(&self, grams: &[Gram]) -> bool {
        match self {
            Self::Gram(gram) => grams.binary_search(gram).is_ok(),
            Self::All(all) => all.iter().all(|it| it.admits(grams)),
            Self::Any(any) => any.iter().any(|it| it.admits(grams)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn marks_and_pairs_are_told_apart() {
        let mut seen = HashSet::new();
        for year in -1..3000 {
            assert!(seen.insert(Gram::mark(Mark::Year(year))), "{year}");
        }
        for code in 0..100 {
            for digits in [format!("{code:02}"), format!("{code:02}00"), format!("{code:02}0000")] {
                assert!(seen.insert(Gram::mark(Mark::Region(&digits))), "{digits}");
            }
        }
        for purpose in 0..4 {
            assert!(seen.insert(Gram::mark(Mark::Purpose(purpose))));
        }
        // Of a hundred thousand pairs, few share a number with another one.
        let pairs: HashSet<Gram> = ('\u{4e00}'..='\u{4f3b}')
            .flat_map(|a| ('\u{5000}'..='\u{513b}').map(move |b| Gram::pair(a, b)))
            .collect();
        assert!(99_000 < pairs.len(), "{}", pairs.len());
        assert!(pairs.intersection(&seen).count() < 10);
    }

    #[test]
    fn lists_in_lists_and_lists_of_one_are_no_lists() {
        let one = |number| Lookup::Gram(Gram(number));
        let all = |parts: &[Lookup]| Lookup::all(parts.to_vec()).unwrap();
        let any = |parts: &[Lookup]| Lookup::any(parts.to_vec()).unwrap();
        assert_eq!((Lookup::all([]), Lookup::any([])), (None, None));
        assert_eq!(any(&[all(&[any(&[one(1)])])]), one(1));
        assert_eq!(all(&[all(&[one(1), one(2)]), one(3)]), Lookup::All(vec![one(1), one(2), one(3)]));
        assert_eq!(any(&[one(1), any(&[one(2), one(3)])]), Lookup::Any(vec![one(1), one(2), one(3)]));
        let mixed = all(&[any(&[one(1), one(2)]), one(3)]);
        assert_eq!(mixed, Lookup::All(vec![Lookup::Any(vec![one(1), one(2)]), one(3)]));
    }

    #[test]
    fn pairs_stand_beside_each_other_and_are_no_punctuation() {
        let of = |text: &str| grams(&[text.to_owned()]).len();
        assert_eq!(of("公开公开"), 2);
        assert_eq!(of("公,开"), 0);
        assert_eq!(of("a b"), 0);
        assert_eq!(of("公开,公开"), 1);
        assert_eq!(of("开"), 0);
    }
}
