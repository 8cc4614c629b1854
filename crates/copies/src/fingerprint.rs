//! What an index holds of a narrative, so that others with the same words are found.

use crate::WINDOW;
use crate::narrative::{LETTERS_MAX, Narrative};
use crate::template::Template;
use crate::windows::{Window, windows};
use std::collections::{HashSet, VecDeque};

/// Fingerprints of one report. A usual one has about half of them.
pub const FINGERPRINTS_MAX: usize = 192;
/// Windows of which one becomes a fingerprint.
const CHOSEN_OF: usize = 48;
/// Signs in a row that two narratives of at most [`FINGERPRINTS_MAX`] fingerprints cannot share without a common fingerprint, if
/// they are not mostly numbers and names. In longer narratives fingerprints stand further apart.
pub const CERTAIN: usize = CHOSEN_OF + WINDOW - 1;

/// A number for a window of a narrative. Two may share one: then more is compared than need be, and nothing is missed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint(pub u64);

/// Those of a narrative, each once, in order: of so many windows beside each other the one with the least number (winnowing). Which
/// window that is, the signs there say, wherever they stand; and of more windows beside each other it is one of those that are chosen
/// of fewer. So narratives share fingerprints also where one of them is so long that fewer of its windows are chosen.
pub fn fingerprints(narrative: &Narrative<'_>) -> Vec<Fingerprint> {
    let windows = windows(narrative);
    let mut of = CHOSEN_OF;
    loop {
        let mut chosen = chosen(narrative, &windows, of);
        if chosen.len() <= FINGERPRINTS_MAX || LETTERS_MAX < of {
            // Very many short texts: the least ones of all.
            chosen.truncate(FINGERPRINTS_MAX);
            return chosen;
        }
        of *= 2;
    }
}

/// Fingerprints that a window with an own letter has, one that is no template text: what shares none of these has not copied.
pub fn telling(own: &Narrative<'_>, template: &Template) -> HashSet<Fingerprint> {
    let windows = windows(own).into_iter();
    let tells =
        |window: &Window| (window.start..window.start + WINDOW).any(|sign| template.is_own_letter(own, sign));
    windows.filter(tells).map(|window| Fingerprint(window.hash)).collect()
}

fn chosen(narrative: &Narrative<'_>, windows: &[Window], of: usize) -> Vec<Fingerprint> {
    let mut chosen = Vec::new();
    for text in &narrative.texts {
        let from = windows.partition_point(|window| window.start < text.signs.start);
        let until = windows.partition_point(|window| window.start < text.signs.end);
        // Those that may still be the least, the least first; of equals the last.
        let mut least: VecDeque<Window> = VecDeque::new();
        let mut following = windows.get(from..until).unwrap_or_default().iter().peekable();
        let places = (text.signs.len() + 1).saturating_sub(WINDOW);
        for end in text.signs.start..text.signs.start + places {
            if let Some(window) = following.next_if(|window| window.start == end) {
                while least.back().is_some_and(|last| window.hash <= last.hash) {
                    least.pop_back();
                }
                least.push_back(*window);
            }
            while least.front().is_some_and(|first| first.start + of <= end) {
                least.pop_front();
            }
            let is_full = text.signs.start + of.min(places) <= end + 1;
            if let Some(first) = least.front().filter(|_| is_full) {
                chosen.push(Fingerprint(first.hash));
            }
        }
    }
    chosen.sort_unstable();
    chosen.dedup();
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Names;
    use gongkai_model::{Quoted, Report, Section};

    fn report(texts: &[&str]) -> Report {
        let section =
            |text: &&str| Section { level: 1, title: String::new(), span: None, text: (*text).to_owned() };
        Report {
            preamble: Quoted::default(),
            sections: texts.iter().map(section).collect(),
            ..Report::default()
        }
    }

    fn of(texts: &[&str]) -> Vec<Fingerprint> {
        fingerprints(&Narrative::of(&report(texts), Names::default()))
    }

    /// Letters that never come in the same order twice.
    fn letters(seed: u32, count: usize) -> String {
        let mut state = u64::from(seed) * 2 + 1;
        let letter = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from_u32(0x5000 + (state >> 33) as u32 % 0x2000)
        };
        std::iter::repeat_with(letter).flatten().take(count).collect()
    }

    #[test]
    fn whatever_is_long_enough_and_stands_in_both_gives_both_a_fingerprint() {
        let shares = |a: &[Fingerprint], b: &[Fingerprint]| a.iter().any(|it| b.contains(it));
        for seed in 0..200 {
            let copied = letters(1000 + seed, CERTAIN);
            let before = letters(2000 + seed, seed as usize % 70);
            let one = of(&[&format!("{}{copied}{}", before, letters(seed, 400))]);
            let two = of(&["无关的一段", &format!("{}{copied}", letters(5000 + seed, 900))]);
            assert!(shares(&one, &two), "{seed}");
            assert!(!shares(&one, &of(&[&letters(9000 + seed, 900)])), "{seed}");
        }
        // One of them is so long that it is told by fewer of its windows.
        for seed in 0..20 {
            let copied = letters(1000 + seed, 16 * CERTAIN);
            let long = of(&[&format!("{}{copied}{}", letters(seed, 30_000), letters(100 + seed, 30_000))]);
            assert!(long.len() <= FINGERPRINTS_MAX && FINGERPRINTS_MAX / 4 < long.len(), "{}", long.len());
            assert!(shares(&long, &of(&[&copied])), "{seed}");
        }
    }

    #[test]
    fn other_numbers_and_names_make_no_other_fingerprints() {
        let text = |county: &str, number: u32| {
            format!(
                "{county}全年主动公开政府信息{number}条，比上年增长{number}.5%，通过门户网站公开大部分信息，{county}做好答复。"
            )
        };
        let (one, two) = (text("盘龙县", 12), text("西山区", 4567));
        let of = |text: &str, region: &str| {
            let report = report(&[text]);
            fingerprints(&Narrative::of(&report, Names { region, ..Names::default() }))
        };
        assert!(!of(&one, "盘龙县").is_empty());
        assert_eq!(of(&one, "盘龙县"), of(&two, "西山区"));
        assert_ne!(of(&one, ""), of(&two, ""));
        assert_eq!(of("1、2、3、4、5、6、7、8、9、10、11、12、13、14、15、16、17、18", ""), []);
    }

    #[test]
    fn their_number_is_bounded() {
        let texts: Vec<String> = (0..5000).map(|seed| letters(seed, 20)).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        assert_eq!(of(&texts).len(), FINGERPRINTS_MAX);
        assert!(of(&[&letters(7, 200_000)]).len() <= FINGERPRINTS_MAX);
        assert_eq!(of(&["太短"]), []);
    }
}
