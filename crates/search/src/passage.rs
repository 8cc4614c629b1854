//! The passages of a report that answer a query.

use crate::{Folded, Matcher, Part, Text, texts};
use gongkai_model::{Report, Span};
use std::ops::Range;

/// Places that are counted in one report.
pub const HITS_MAX: usize = 1000;
/// Characters that are shown in front of a place and behind it where the sentence does not begin or end before.
const AROUND: usize = 60;
/// Bytes that a passage may have before another place is added to it.
const PASSAGE_BYTES_MAX: usize = 900;

/// What was found in a report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Passages, in reading order.
    pub passages: Vec<Passage>,
    /// Places at which a term stands, overlapping ones counted once, up to [`HITS_MAX`].
    pub hits: usize,
}

/// Some words of a report around places at which a term stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passage {
    /// Which part of the report they stand in.
    pub part: Part,
    /// The heading that they stand under, or are; empty where there is none.
    pub section: String,
    /// The words as they stand there.
    pub text: String,
    /// What was looked for, in bytes of `text`, apart from each other and in order.
    pub hits: Vec<Range<usize>>,
    /// Where the text is that they stand in; where its heading is, if it has one.
    pub near: Option<Span>,
}

/// A passage before it is cut out.
struct Piece {
    text: usize,
    range: Range<usize>,
    hits: Vec<Range<usize>>,
    /// Terms that stand in it.
    terms: Vec<usize>,
}

impl Matcher {
    /// What is shown of a report, if the query is true of it.
    pub fn found_in(&self, report: &Report, passages_max: usize) -> Option<Found> {
        let texts = texts(report);
        let folded: Vec<&str> = texts.iter().map(|(_, folded)| folded.as_str()).collect();
        self.admits(&folded).then(|| self.found(&texts, passages_max))
    }

    /// What is shown of a report with these texts, in at most `passages_max` passages: first those that show another term.
    pub fn found(&self, texts: &[(Text<'_>, String)], passages_max: usize) -> Found {
        let (mut pieces, mut hits): (Vec<Piece>, usize) = (Vec::new(), 0);
        for (index, (text, folded)) in texts.iter().enumerate() {
            let places = self.places(folded, HITS_MAX - hits);
            if places.is_empty() {
                continue;
            }
            let original = Folded::of(text.words);
            let places: Vec<(Range<usize>, usize)> =
                places.iter().map(|(range, term)| (original.original(range), *term)).collect();
            hits += cut(index, text.words, &places, &mut pieces);
        }
        let mut chosen: Vec<usize> = Vec::new();
        let mut shown: Vec<usize> = Vec::new();
        for (index, piece) in pieces.iter().enumerate() {
            if chosen.len() < passages_max && piece.terms.iter().any(|term| !shown.contains(term)) {
                shown.extend(&piece.terms);
                chosen.push(index);
            }
        }
        for index in 0..pieces.len() {
            if chosen.len() < passages_max && !chosen.contains(&index) {
                chosen.push(index);
            }
        }
        chosen.sort_unstable();
        let passages = chosen.iter().filter_map(|index| passage(pieces.get(*index)?, texts)).collect();
        Found { passages, hits }
    }

    /// Where terms that are looked for stand in a folded text, in order, at most so many.
    fn places(&self, folded: &str, max: usize) -> Vec<(Range<usize>, usize)> {
        let mut places = Vec::new();
        for (term, wanted) in self.terms.iter().enumerate().filter(|(_, term)| term.is_wanted) {
            let length = wanted.finder.needle().len();
            let found = wanted.finder.find_iter(folded.as_bytes()).take(max);
            places.extend(found.map(|at| (at..at + length, term)));
        }
        places.sort_unstable_by_key(|(range, term)| (range.start, range.end, *term));
        places.truncate(max);
        places
    }
}

/// Puts places of a text into pieces; tells how many places there are when overlapping ones are one.
fn cut(text: usize, words: &str, places: &[(Range<usize>, usize)], pieces: &mut Vec<Piece>) -> usize {
    let mut count = 0;
    for (hit, term) in places {
        let last = pieces.last_mut().filter(|piece| piece.text == text);
        match last {
            Some(piece) if piece.hits.last().is_some_and(|before| hit.start < before.end) => {
                if let Some(before) = piece.hits.last_mut() {
                    before.end = before.end.max(hit.end);
                    piece.range.end = piece.range.end.max(end(words, before.end));
                }
                add(&mut piece.terms, *term);
            }
            Some(piece) if hit.start < piece.range.end && piece.range.len() < PASSAGE_BYTES_MAX => {
                count += 1;
                piece.range.end = piece.range.end.max(end(words, hit.end));
                piece.hits.push(hit.clone());
                add(&mut piece.terms, *term);
            }
            last => {
                count += 1;
                // A passage does not begin within the one before.
                let from = last.map_or(0, |piece| piece.range.end).min(hit.start);
                let range = start(words, hit.start).max(from)..end(words, hit.end);
                pieces.push(Piece { text, range, hits: vec![hit.clone()], terms: vec![*term] });
            }
        }
    }
    count
}

fn add(terms: &mut Vec<usize>, term: usize) {
    if !terms.contains(&term) {
        terms.push(term);
    }
}

fn ends_a_sentence(character: char) -> bool {
    matches!(character, '。' | '！' | '？' | '；' | '\n')
}

/// The beginning of the sentence that goes on at a byte, or of what is shown of it.
fn start(words: &str, at: usize) -> usize {
    let before = words.get(..at).unwrap_or_default();
    let mut start = at;
    for (at, character) in before.char_indices().rev().take(AROUND) {
        if ends_a_sentence(character) {
            break;
        }
        start = at;
    }
    // White space in front is not shown.
    let skipped = words.get(start..at).map_or(0, |shown| shown.len() - shown.trim_start().len());
    start + skipped
}

/// The end of the sentence that goes on at a byte, with its mark, or of what is shown of it.
fn end(words: &str, from: usize) -> usize {
    let mut end = from;
    for (at, character) in words.get(from..).unwrap_or_default().char_indices().take(AROUND) {
        if character == '\n' {
            break;
        }
        end = from + at + character.len_utf8();
        if ends_a_sentence(character) {
            break;
        }
    }
    end
}

fn passage(piece: &Piece, texts: &[(Text<'_>, String)]) -> Option<Passage> {
    let (text, _) = texts.get(piece.text)?;
    Some(Passage {
        part: text.part,
        section: text.section.to_owned(),
        text: text.words.get(piece.range.clone())?.to_owned(),
        hits: piece
            .hits
            .iter()
            .map(|hit| hit.start - piece.range.start..hit.end - piece.range.start)
            .collect(),
        near: text.near.cloned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Limits, Query, fold};

    fn found(query: &str, words: &[&str], max: usize) -> (Vec<String>, usize) {
        let matcher = Matcher::of(&Query::parse(query, Limits::STANDARD).unwrap());
        let text = |words| (Text { part: Part::Section, section: "", words, near: None }, fold(words));
        let texts: Vec<_> = words.iter().map(|words| text(*words)).collect();
        let found = matcher.found(&texts, max);
        let shown = found.passages.iter().map(|passage| {
            let mut shown = passage.text.clone();
            for hit in passage.hits.iter().rev() {
                shown.insert(hit.end, ']');
                shown.insert(hit.start, '[');
            }
            shown
        });
        (shown.collect(), found.hits)
    }

    #[test]
    fn a_passage_is_the_sentence_with_its_places() {
        let text = "今年很好。公开了政府 信息，政府\n信息不少；其他。\n  政府信息公開";
        assert_eq!(
            found("政府信息", &[text], 9),
            (vec!["公开了[政府 信息]，[政府\n信息]不少；".to_owned(), "[政府信息]公開".to_owned()], 3)
        );
        assert_eq!(found("信息公开 政府信息", &[text], 9).0[1], "[政府信息公開]");
        assert_eq!(found("-信息 其他", &[text], 9), (vec!["[其他]。".to_owned()], 1));
    }

    #[test]
    fn each_term_is_shown_before_one_is_shown_again() {
        let texts = ["甲乙一。甲乙二。甲乙三。", "丙丁。"];
        assert_eq!(found("甲乙 丙丁", &texts, 2), (vec!["[甲乙]一。".to_owned(), "[丙丁]。".to_owned()], 4));
        assert_eq!(found("甲乙 丙丁", &texts, 0), (Vec::new(), 4));
        assert_eq!(found("甲乙 丙丁", &texts, 9).0.len(), 4);
    }

    #[test]
    fn a_long_sentence_is_shown_as_far_as_it_is_near_and_places_are_bounded() {
        let text = format!("{}甲乙{}", "前".repeat(100), "后".repeat(100));
        let (shown, _) = found("甲乙", &[&text], 1);
        assert_eq!(shown, [format!("{}[甲乙]{}", "前".repeat(AROUND), "后".repeat(AROUND))]);
        let text = "甲乙".repeat(HITS_MAX + 5);
        let (shown, hits) = found("甲乙", &[&text], 100);
        assert_eq!(hits, HITS_MAX);
        assert!(shown.iter().all(|passage| passage.len() < 3 * PASSAGE_BYTES_MAX), "{shown:?}");
    }
}
