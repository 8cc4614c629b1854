//! Rows of signs that are looked up, and the runs that two narratives share.

use crate::WINDOW;
use crate::narrative::Narrative;

/// Signs of a window that may stand for anything: a row of numbers is the same in many texts and tells nothing.
const MASKS_MAX: usize = WINDOW / 2;
/// Places of a window in another narrative that are looked at. Where words stand there more often, one of these is shown.
const PLACES_MAX: usize = 16;
/// Any odd number with bits all over it.
const BASE: u64 = 0x9e37_79b9_7f4a_7c15;

/// A row of [`WINDOW`] signs of one text that tells something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Window {
    /// The same for the same signs.
    pub(crate) hash: u64,
    /// Its first sign.
    pub(crate) start: usize,
}

/// Those of a narrative, in order.
pub(crate) fn windows(narrative: &Narrative<'_>) -> Vec<Window> {
    let mut found = Vec::with_capacity(narrative.len());
    let leaving = (1..WINDOW).fold(1_u64, |power, _| power.wrapping_mul(BASE));
    for text in &narrative.texts {
        let signs = narrative.signs.get(text.signs.clone()).unwrap_or_default();
        let (mut sum, mut masks) = (0_u64, 0);
        for (index, sign) in signs.iter().enumerate() {
            if let Some(last) = index.checked_sub(WINDOW).and_then(|index| signs.get(index)) {
                sum = sum.wrapping_sub(u64::from(last.code).wrapping_mul(leaving));
                masks -= usize::from(last.is_mask());
            }
            sum = sum.wrapping_mul(BASE).wrapping_add(u64::from(sign.code));
            masks += usize::from(sign.is_mask());
            if let Some(start) = (index + 1).checked_sub(WINDOW).filter(|_| masks <= MASKS_MAX) {
                found.push(Window { hash: mixed(sum), start: text.signs.start + start });
            }
        }
    }
    found
}

/// Spreads what differs over all bits (the finalizer of SplitMix64).
fn mixed(sum: u64) -> u64 {
    let sum = (sum ^ (sum >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let sum = (sum ^ (sum >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    sum ^ (sum >> 31)
}

/// Signs that are the same in both narratives, beside each other in one text of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) own: usize,
    pub(crate) other: usize,
    pub(crate) length: usize,
}

/// The signs of `own` that stand in windows that `other` has, in runs that are apart from each other and in order. Each run is put
/// where most of it goes on in `other`.
pub(crate) fn runs(own: &Narrative<'_>, other: &Narrative<'_>) -> Vec<Run> {
    let mut known = windows(other);
    known.sort_unstable();
    let windows = windows(own);
    let (mut runs, mut index, mut covered) = (Vec::<Run>::new(), 0, 0);
    while let Some(window) = windows.get(index) {
        let following = windows.get(index..).unwrap_or_default();
        let from = known.partition_point(|it| it.hash < window.hash);
        let same = known.get(from..).unwrap_or_default().iter().take_while(|it| it.hash == window.hash);
        let same = same.take(PLACES_MAX).filter(|it| is_same(own, window.start, other, it.start));
        let longest = same
            .map(|it| (goes_on(own, following, other, it.start), it.start))
            .max_by_key(|(count, start)| (*count, std::cmp::Reverse(*start)));
        let Some((count, place)) = longest else {
            index += 1;
            continue;
        };
        let end = window.start + count + WINDOW - 1;
        let start = window.start.max(covered);
        if start < end {
            runs.push(Run { own: start, other: place + start - window.start, length: end - start });
        }
        covered = covered.max(end);
        index += count;
    }
    runs
}

fn is_same(own: &Narrative<'_>, start: usize, other: &Narrative<'_>, place: usize) -> bool {
    let codes = |narrative: &Narrative<'_>, start: usize| {
        let signs = narrative.signs.get(start..start + WINDOW).unwrap_or_default();
        signs.iter().map(|sign| sign.code).collect::<Vec<_>>()
    };
    codes(own, start) == codes(other, place)
}

/// How many windows from the first on, each one sign behind the other, stand at a place of the other narrative.
fn goes_on(own: &Narrative<'_>, windows: &[Window], other: &Narrative<'_>, place: usize) -> usize {
    let end = other.text_of(place).map_or(0, |text| text.signs.end);
    let Some(first) = windows.first() else { return 0 };
    let mut count = 1;
    while let Some(window) = windows.get(count).filter(|window| window.start == first.start + count) {
        let last = window.start + WINDOW - 1;
        let there = place + count + WINDOW - 1;
        let code = |narrative: &Narrative<'_>, at: usize| narrative.signs.get(at).map(|sign| sign.code);
        if end <= there || code(own, last) != code(other, there) {
            break;
        }
        count += 1;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Names;
    use gongkai_model::{Quoted, Report, Section};
    use proptest::prelude::*;
    use std::time::{Duration, Instant};

    fn report(texts: &[String]) -> Report {
        let section =
            |text: &String| Section { level: 1, title: String::new(), span: None, text: text.clone() };
        Report {
            preamble: Quoted { text: texts.first().cloned().unwrap_or_default(), span: None },
            sections: texts.iter().skip(1).map(section).collect(),
            ..Report::default()
        }
    }

    fn codes(narrative: &Narrative<'_>, start: usize) -> Vec<u32> {
        narrative.signs[start..start + WINDOW].iter().map(|sign| sign.code).collect()
    }

    /// First signs of windows that tell something, told by looking at each of them.
    fn telling(narrative: &Narrative<'_>) -> Vec<usize> {
        let is_in_one_text = |start: &usize| {
            narrative.texts.iter().any(|it| it.signs.start <= *start && start + WINDOW <= it.signs.end)
        };
        let masks =
            |start: usize| narrative.signs[start..start + WINDOW].iter().filter(|it| it.is_mask()).count();
        (0..narrative.len()).filter(is_in_one_text).filter(|start| masks(*start) <= MASKS_MAX).collect()
    }

    /// Which signs stand in a window that the other has, told by comparing each with each.
    fn shared(own: &Narrative<'_>, other: &Narrative<'_>) -> Vec<bool> {
        let mut shared = vec![false; own.len()];
        for start in telling(own) {
            if telling(other).into_iter().any(|there| codes(own, start) == codes(other, there)) {
                shared[start..start + WINDOW].fill(true);
            }
        }
        shared
    }

    fn covered(runs: &[Run], length: usize) -> Vec<bool> {
        let mut covered = vec![false; length];
        for run in runs {
            let signs = &mut covered[run.own..run.own + run.length];
            assert!(signs.iter().all(|it| !it), "runs are apart");
            signs.fill(true);
        }
        covered
    }

    /// Texts of few different letters, so that much of them stands in both and several times.
    fn texts() -> impl Strategy<Value = Vec<String>> {
        let piece = prop_oneof![
            4 => Just("公开政府信息工作有序推进及时回应社会关切".to_owned()),
            3 => Just("全年受理申请若干件均按时办结没有收费".to_owned()),
            3 => "[甲乙丙1，]{1,24}",
            1 => "[0-9]{1,3}条",
        ];
        prop::collection::vec(prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat()), 1..4)
    }

    proptest! {
        #[test]
        fn what_is_shared_is_what_a_look_at_every_pair_of_windows_finds(a in texts(), b in texts()) {
            let (a, b) = (report(&a), report(&b));
            let (a, b) = (Narrative::of(&a, Names::default()), Narrative::of(&b, Names::default()));
            for (own, other) in [(&a, &b), (&b, &a), (&a, &a)] {
                let runs = runs(own, other);
                prop_assert_eq!(covered(&runs, own.len()), shared(own, other));
                for run in &runs {
                    let signs = own.signs[run.own..].iter().zip(&other.signs[run.other..]).take(run.length);
                    prop_assert!(signs.clone().count() == run.length && signs.into_iter().all(|(a, b)| a.code == b.code));
                    let texts = (other.text_of(run.other).unwrap(), own.text_of(run.own).unwrap());
                    prop_assert!(run.other + run.length <= texts.0.signs.end);
                    prop_assert!(run.own + run.length <= texts.1.signs.end);
                }
            }
        }
    }

    #[test]
    fn the_longest_narratives_are_compared_in_bounded_time_however_they_repeat() {
        let once: String = (0..crate::LETTERS_MAX as u32 / 2)
            .filter_map(|code| char::from_u32(0x4e00 + code % 20_000))
            .collect();
        for text in ["公开".repeat(crate::LETTERS_MAX), "公开政府信息1条，".repeat(20_000), once.repeat(3)]
        {
            let report = report(&[text]);
            let narrative = Narrative::of(&report, Names::default());
            assert!(narrative.is_cut());
            let begin = Instant::now();
            let found = runs(&narrative, &narrative);
            assert_eq!(found.iter().map(|run| run.length).sum::<usize>(), narrative.len());
            assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
        }
    }
}
