//! What holds for any query and any texts.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

use gongkai_search::{Folded, Limits, Matcher, Part, Passage, Query, Text, fold, grams};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// A query as it was meant.
#[derive(Clone, Debug)]
enum Meant {
    Term(String),
    All(Vec<Meant>),
    Any(Vec<Meant>),
    Not(Box<Meant>),
}

impl Meant {
    fn written(&self) -> String {
        let list = |nodes: &[Self], join: &str| {
            let parts: Vec<_> = nodes.iter().map(Self::written).collect();
            format!("({})", parts.join(join))
        };
        match self {
            Self::Term(words) => format!("\"{words}\""),
            Self::All(nodes) => list(nodes, " "),
            Self::Any(nodes) => list(nodes, " OR "),
            Self::Not(node) => format!("-{}", node.written()),
        }
    }

    /// The folded terms that are looked for: those under an even number of negations.
    fn wanted(&self, is_wanted: bool, terms: &mut Vec<String>) {
        match self {
            Self::Term(words) if is_wanted => terms.push(fold(words)),
            Self::Term(_) => {}
            Self::All(nodes) | Self::Any(nodes) => {
                nodes.iter().for_each(|node| node.wanted(is_wanted, terms))
            }
            Self::Not(node) => node.wanted(!is_wanted, terms),
        }
    }

    fn is_true_of(&self, folded: &[String]) -> bool {
        match self {
            Self::Term(words) => folded.iter().any(|text| text.contains(&fold(words))),
            Self::All(nodes) => nodes.iter().all(|node| node.is_true_of(folded)),
            Self::Any(nodes) => nodes.iter().any(|node| node.is_true_of(folded)),
            Self::Not(node) => !node.is_true_of(folded),
        }
    }
}

/// Few characters, so that they often meet; some are one when folded, some are nothing.
fn words(max: usize) -> impl Strategy<Value = String> {
    const PIECES: [&str; 12] = ["公", "开", "開", "信", " ", "\n", "，", "a", "Ａ", "1", "\u{200b}", "“"];
    vec(select(&PIECES[..]), 1..max).prop_map(|pieces| pieces.concat())
}

fn meant() -> impl Strategy<Value = Meant> {
    let term = words(5)
        .prop_filter("something is there", |words| fold(words).chars().any(char::is_alphanumeric))
        .prop_map(Meant::Term);
    term.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 2..4).prop_map(Meant::All),
            vec(inner.clone(), 2..4).prop_map(Meant::Any),
            inner.prop_map(|inner| Meant::Not(Box::new(inner))),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn a_query_is_true_where_it_was_meant_to_be_and_is_looked_up_there(meant in meant(), texts in vec(words(14), 1..4)) {
        let Ok(query) = Query::parse(&meant.written(), Limits::STANDARD) else {
            // Nothing can be looked up.
            return Ok(());
        };
        let folded: Vec<String> = texts.iter().map(|text| fold(text)).collect();
        let matcher = Matcher::of(&query);
        prop_assert_eq!(matcher.admits(&folded), meant.is_true_of(&folded));
        if matcher.admits(&folded) {
            prop_assert!(query.lookup().admits(&grams(&folded)));
        }
    }

    #[test]
    fn passages_show_what_was_looked_for(meant in meant(), texts in vec(words(30), 1..4), max in 0_usize..5) {
        let Ok(query) = Query::parse(&meant.written(), Limits::STANDARD) else { return Ok(()) };
        let texts: Vec<_> = texts
            .iter()
            .map(|words| (Text { part: Part::Section, section: "", words, near: None }, fold(words)))
            .collect();
        let found = Matcher::of(&query).found(&texts, max);
        let mut wanted = Vec::new();
        meant.wanted(true, &mut wanted);
        let is_there = texts.iter().any(|(_, folded)| wanted.iter().any(|term| folded.contains(term)));
        prop_assert_eq!((is_there, is_there && 0 < max), (0 < found.hits, !found.passages.is_empty()));
        prop_assert!(found.passages.len() <= max);
        // Where there is room, each term that is there is shown; and more room shows no less.
        let all = Matcher::of(&query).found(&texts, 1000);
        prop_assert_eq!(all.hits, found.hits);
        let shows = |passage: &Passage, term: &String| {
            passage.hits.iter().any(|hit| fold(&passage.text[hit.clone()]).contains(term))
        };
        for term in wanted.iter().filter(|term| texts.iter().any(|(_, folded)| folded.contains(*term))) {
            prop_assert!(all.passages.iter().any(|passage| shows(passage, term)), "{term:?} {all:?}");
        }
        let mut rest = all.passages.iter();
        for passage in &found.passages {
            prop_assert!(rest.any(|shown| shown == passage), "in reading order: {found:?} {all:?}");
        }
        let told = all.passages.iter().map(|passage| passage.hits.len()).sum::<usize>();
        prop_assert_eq!(told, all.hits, "with room for all, each place is in a passage");
        for passage in &found.passages {
            prop_assert!(texts.iter().any(|(text, _)| text.words.contains(&passage.text)));
            prop_assert!(!passage.hits.is_empty());
            let mut end = 0;
            for hit in &passage.hits {
                prop_assert!(end <= hit.start && hit.start < hit.end);
                // It begins with a term and ends with one; those between overlap.
                let shown = fold(&passage.text[hit.clone()]);
                prop_assert!(wanted.iter().any(|term| shown.starts_with(term)), "{shown:?} {wanted:?}");
                prop_assert!(wanted.iter().any(|term| shown.ends_with(term)), "{shown:?} {wanted:?}");
                // What is no place of a term has none.
                let between = fold(&passage.text[end..hit.start]);
                prop_assert!(!wanted.iter().any(|term| between.contains(term)), "{between:?} {wanted:?}");
                end = hit.end;
            }
        }
    }

    #[test]
    fn folding_is_done_once_and_keeps_places(text in ".{0,40}", other in words(20)) {
        for text in [text, other] {
            let folded = fold(&text);
            prop_assert_eq!(&fold(&folded), &folded);
            let kept = Folded::of(&text);
            prop_assert_eq!(kept.text(), &folded);
            for (start, character) in folded.char_indices() {
                let range = kept.original(&(start..start + character.len_utf8()));
                let written = &text[range.clone()];
                prop_assert!(character == ' ' || fold(written) == character.to_string(), "{written:?} {character:?}");
                prop_assert_eq!(kept.place_of(range.start), start);
            }
        }
    }

    #[test]
    fn any_text_is_a_query_or_is_told_why_not(text in "[公开a ()（）\"“”\\-－ORAND]{0,60}") {
        if let Err(error) = Query::parse(&text, Limits::STANDARD) {
            prop_assert!(1 <= error.column && error.column <= text.chars().count() + 1, "{error}");
        }
    }
}
