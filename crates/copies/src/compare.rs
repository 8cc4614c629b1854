//! The passages that two narratives share.

use crate::PASSAGE_MIN;
use crate::narrative::{NAME, NUMBER, Narrative};
use crate::template::Template;
use crate::windows::{Run, runs};
use gongkai_model::Span;
use gongkai_search::Part;
use std::ops::Range;

/// Signs that may stand between two runs of a passage, in either text: a few words that were put otherwise.
const GAP_MAX: usize = 24;
/// Differences that are told of one passage.
const DIFFERENCES_MAX: usize = 100;

/// What a narrative shares with another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison<'a> {
    /// The passages in reading order, apart from each other in the narrative. In the other one they may overlap.
    pub passages: Vec<CopiedPassage<'a>>,
    /// Letters of these passages that the other one has, too, without template text, numbers and names.
    pub copied_letters: usize,
}

/// Words that stand in both, as good as the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopiedPassage<'a> {
    /// Where they stand in the one that is looked at.
    pub own: Side<'a>,
    /// Where they stand in the other.
    pub other: Side<'a>,
    /// Letters that are the same, without template text, numbers and names.
    pub letters: usize,
    /// What differs, in reading order; at most a hundred. Punctuation and spaces do not count.
    pub differences: Vec<Difference>,
}

/// A passage in one of the narratives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Side<'a> {
    /// Which part of the report it stands in.
    pub part: Part,
    /// The heading that it stands under; empty where there is none.
    pub section: &'a str,
    /// Its words.
    pub text: &'a str,
    /// Where the text is that it stands in; where its heading is, if it has one.
    pub near: Option<&'a Span>,
}

/// What kind of words differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DifferenceKind {
    /// A number, or a part of a date.
    Number,
    /// The report's own name in both.
    Name,
    /// Other words.
    Words,
}

/// What stands in one place of both and is not the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What kind of words it is.
    pub kind: DifferenceKind,
    /// The bytes of the own passage's text; empty where something was added in the other.
    pub own: Range<usize>,
    /// The bytes of the other passage's text; empty where something was left out.
    pub other: Range<usize>,
}

/// The passages of `own` that `other` has, too, with at least [`PASSAGE_MIN`] letters that are no template text. Neither says which
/// was first.
pub fn compare<'a>(own: &Narrative<'a>, other: &Narrative<'a>, template: &Template) -> Comparison<'a> {
    let runs = joined(own, other, runs(own, other));
    let mut comparison = Comparison { passages: Vec::new(), copied_letters: 0 };
    let mut rest = runs.as_slice();
    while !rest.is_empty() {
        let pairs = rest.windows(2).take_while(|pair| matches!(pair, [a, b] if continues(own, other, a, b)));
        let (group, following) = rest.split_at(1 + pairs.count());
        rest = following;
        let Some(group) = trimmed(own, template, group) else { continue };
        let letters = letters(own, template, &group);
        if let Some(passage) = passage(own, other, &group, letters).filter(|_| PASSAGE_MIN <= letters) {
            comparison.copied_letters += letters;
            comparison.passages.push(passage);
        }
    }
    comparison
}

/// Puts runs together between which only numbers and names stand, the same in both: too little for a window of their own.
fn joined(own: &Narrative<'_>, other: &Narrative<'_>, runs: Vec<Run>) -> Vec<Run> {
    let mut joined: Vec<Run> = Vec::with_capacity(runs.len());
    for run in runs {
        if let Some(before) = joined.last_mut().filter(|before| continues(own, other, before, &run)) {
            let codes = |narrative: &Narrative<'_>, start: usize, end: usize| {
                let signs = narrative.signs.get(start..end).unwrap_or_default();
                signs.iter().map(|sign| sign.code).collect::<Vec<_>>()
            };
            let in_own = codes(own, before.own + before.length, run.own);
            if in_own == codes(other, before.other + before.length, run.other) {
                before.length += in_own.len() + run.length;
                continue;
            }
        }
        joined.push(run);
    }
    joined
}

/// Whether a run goes on with what another one began.
fn continues(own: &Narrative<'_>, other: &Narrative<'_>, before: &Run, run: &Run) -> bool {
    let is_near = |end: usize, start: usize| end <= start && start - end <= GAP_MAX;
    let is_one_text = |narrative: &Narrative<'_>, before: usize, at: usize| {
        narrative.text_of(before).is_some_and(|text| text.signs.contains(&at))
    };
    is_near(before.own + before.length, run.own)
        && is_near(before.other + before.length, run.other)
        && is_one_text(own, before.own, run.own)
        && is_one_text(other, before.other, run.other)
}

fn letters(own: &Narrative<'_>, template: &Template, runs: &[Run]) -> usize {
    let signs = runs.iter().flat_map(|run| run.own..run.own + run.length);
    signs.filter(|sign| template.is_own_letter(own, *sign)).count()
}

/// Runs without what is no own letter in front of the first and behind the last; none where nothing is left.
fn trimmed(own: &Narrative<'_>, template: &Template, runs: &[Run]) -> Option<Vec<Run>> {
    let mut signs = runs.iter().flat_map(|run| run.own..run.own + run.length);
    let first = signs.find(|sign| template.is_own_letter(own, *sign))?;
    let last = signs.rfind(|sign| template.is_own_letter(own, *sign)).unwrap_or(first);
    let cut = |run: &Run| {
        let skipped = first.saturating_sub(run.own);
        let end = (run.own + run.length).min(last + 1);
        let length = end.checked_sub(run.own + skipped).filter(|length| 0 < *length)?;
        Some(Run { own: run.own + skipped, other: run.other + skipped, length })
    };
    Some(runs.iter().filter_map(cut).collect())
}

fn passage<'a>(
    own: &Narrative<'a>,
    other: &Narrative<'a>,
    runs: &[Run],
    letters: usize,
) -> Option<CopiedPassage<'a>> {
    let (first, last) = (runs.first()?, runs.last()?);
    let (own_side, own_start) = side(own, first.own, last.own + last.length - 1)?;
    let (other_side, other_start) = side(other, first.other, last.other + last.length - 1)?;
    let mut differences = Vec::new();
    let mut add = |kind, in_own: Range<usize>, in_other: Range<usize>| {
        if differences.len() < DIFFERENCES_MAX {
            let own = in_own.start - own_start..in_own.end - own_start;
            let other = in_other.start - other_start..in_other.end - other_start;
            differences.push(Difference { kind, own, other });
        }
    };
    let mut before: Option<&Run> = None;
    for run in runs {
        if let Some(before) = before {
            let in_own = between(own, before.own + before.length, run.own);
            add(DifferenceKind::Words, in_own, between(other, before.other + before.length, run.other));
        }
        for offset in 0..run.length {
            let (at, there) = (run.own + offset, run.other + offset);
            let kind = match own.signs.get(at)?.code {
                NUMBER => DifferenceKind::Number,
                NAME => DifferenceKind::Name,
                _ => continue,
            };
            let (in_own, in_other) = (own.bytes(at, at), other.bytes(there, there));
            let words = (
                own.text_of(at)?.words.get(in_own.clone()),
                other.text_of(there)?.words.get(in_other.clone()),
            );
            if words.0 != words.1 {
                add(kind, in_own, in_other);
            }
        }
        before = Some(run);
    }
    Some(CopiedPassage { own: own_side, other: other_side, letters, differences })
}

/// A passage from one sign to another, and the byte of its text at which it begins.
fn side<'a>(narrative: &Narrative<'a>, first: usize, last: usize) -> Option<(Side<'a>, usize)> {
    let text = narrative.text_of(first)?;
    let range = narrative.bytes(first, last);
    let start = range.start;
    let words = text.words.get(range)?;
    Some((Side { part: text.part, section: text.section, text: words, near: text.near }, start))
}

/// The bytes of signs that stand between two runs; empty, behind the first run, where there are none.
fn between(narrative: &Narrative<'_>, end: usize, start: usize) -> Range<usize> {
    match start.checked_sub(1).filter(|last| end <= *last) {
        Some(last) => narrative.bytes(end, last),
        None => {
            let behind = end.checked_sub(1).and_then(|last| narrative.signs.get(last));
            let behind = behind.map_or(0, |sign| sign.end as usize);
            behind..behind
        }
    }
}
