//! Which reports are looked at, of those that share fingerprints with one.

use crate::fingerprint::Fingerprint;
use crate::template::{TEMPLATE_DIVISIONS, WITNESSES_MAX};
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

/// Reports that an index tells of one fingerprint, those that it held first. What more have is no sign of a copy.
pub const HOLDERS_MAX: usize = 128;
/// Reports that are told as the likeliest copies, and as the likeliest witnesses of template text.
pub const SHARERS_MAX: usize = 256;

/// Weight of a fingerprint that nobody else has.
const WHOLE: u64 = 1 << 16;

/// Something in an index that has some of the fingerprints that were asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shared {
    /// Its number there.
    pub number: i64,
    /// Greater where more, and rarer, fingerprints are shared; 0 where very many have each of them.
    pub rarity: u64,
    /// Which are shared, in order.
    pub fingerprints: Vec<Fingerprint>,
}

/// What an index holds of some fingerprints, put together: the likeliest copies, and the likeliest witnesses of template text. The
/// greatest rarity first, of equals the later number.
pub fn sharers(held: impl IntoIterator<Item = (Fingerprint, i64)>) -> Vec<Shared> {
    let mut holders: HashMap<Fingerprint, Vec<i64>> = HashMap::new();
    for (fingerprint, number) in held {
        holders.entry(fingerprint).or_default().push(number);
    }
    let mut found: HashMap<i64, (Shared, usize)> = HashMap::new();
    for (fingerprint, mut numbers) in holders {
        numbers.sort_unstable();
        numbers.dedup();
        numbers.truncate(HOLDERS_MAX);
        let count = numbers.len();
        for number in numbers {
            let shared = || (Shared { number, rarity: 0, fingerprints: Vec::new() }, 0);
            let (shared, common) = found.entry(number).or_insert_with(shared);
            shared.fingerprints.push(fingerprint);
            if count < HOLDERS_MAX {
                shared.rarity += WHOLE / count.max(1) as u64;
            }
            *common += usize::from(TEMPLATE_DIVISIONS <= count);
        }
    }
    let mut found: Vec<(Shared, usize)> = found.into_values().collect();
    found.sort_unstable_by_key(|(shared, common)| (Reverse(*common), Reverse(shared.number)));
    let mut rest = found.split_off(found.len().min(SHARERS_MAX));
    rest.sort_unstable_by_key(|(shared, _)| (Reverse(shared.rarity), Reverse(shared.number)));
    // Those that are among both leave room for others.
    rest.retain(|(shared, _)| 0 < shared.rarity);
    rest.truncate(SHARERS_MAX);
    let mut shared: Vec<Shared> = found.into_iter().chain(rest).map(|(shared, _)| shared).collect();
    shared.sort_unstable_by_key(|shared| (Reverse(shared.rarity), Reverse(shared.number)));
    shared.iter_mut().for_each(|shared| shared.fingerprints.sort_unstable());
    shared
}

/// Which of some sharers are asked for template text: one of a division, those first that share most fingerprints of many divisions,
/// then those that share most at all: what stands between fingerprints is shared by more than these tell. Their places in the list.
pub fn witnesses(sharers: &[(&str, &[Fingerprint])]) -> Vec<usize> {
    let mut divisions: HashMap<Fingerprint, HashSet<&str>> = HashMap::new();
    for (division, fingerprints) in sharers {
        for fingerprint in *fingerprints {
            divisions.entry(*fingerprint).or_default().insert(division);
        }
    }
    divisions.retain(|_, divisions| TEMPLATE_DIVISIONS <= divisions.len());
    let shared = |place: &usize| {
        let (_, fingerprints) = sharers.get(*place).copied().unwrap_or_default();
        (fingerprints.iter().filter(|it| divisions.contains_key(it)).count(), fingerprints.len())
    };
    let mut places: Vec<usize> = (0..sharers.len()).collect();
    places.sort_by_cached_key(|place| Reverse(shared(place)));
    let mut asked = HashSet::new();
    let is_first_of_division =
        |place: &usize| sharers.get(*place).is_some_and(|(division, _)| asked.insert(*division));
    places.into_iter().filter(is_first_of_division).take(WITNESSES_MAX).collect()
}
