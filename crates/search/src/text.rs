//! The texts of a report that are searched.

use crate::fold;
use gongkai_model::{Report, Span};
use std::collections::HashSet;

/// Bytes that are looked through for pieces of whole texts, in one report: a usual one takes a hundredth of it. A hostile one of
/// hundreds of thousands of sentences would take hours.
const LOOKED_THROUGH_BYTES_MAX: usize = 64 << 20;
/// What a look costs however short the text.
const LOOK_BYTES: usize = 64;

/// Which part of a report a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// The title.
    Title,
    /// The text between the title and the first heading.
    Preamble,
    /// A heading.
    Heading,
    /// The text under a heading.
    Section,
    /// A problem that the report admits, whose words stand in no other text.
    Problem,
    /// An improvement that it announces, whose words stand in no other text.
    Improvement,
    /// A sentence that states a quantity, whose words stand in no other text.
    Statement,
}

impl Part {
    /// Every part.
    pub const ALL: [Self; 7] = [
        Self::Title,
        Self::Preamble,
        Self::Heading,
        Self::Section,
        Self::Problem,
        Self::Improvement,
        Self::Statement,
    ];
}

/// A text of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text<'r> {
    /// What it is.
    pub part: Part,
    /// The heading that it stands under, or is; empty where there is none.
    pub section: &'r str,
    /// Its words.
    pub words: &'r str,
    /// Where it stands; of the text under a heading, where the heading stands.
    pub near: Option<&'r Span>,
}

/// The texts of a report with their folded forms, in reading order; what is stated, admitted and announced comes last, where no other
/// text has its words. None is empty.
pub fn texts(report: &Report) -> Vec<(Text<'_>, String)> {
    let mut found = Vec::with_capacity(2 * report.sections.len() + 2);
    for (part, quoted) in [(Part::Title, &report.title), (Part::Preamble, &report.preamble)] {
        let text = Text { part, section: "", words: &quoted.text, near: quoted.span.as_ref() };
        add(&mut found, text);
    }
    for section in &report.sections {
        for (part, words) in [(Part::Heading, &section.title), (Part::Section, &section.text)] {
            add(&mut found, Text { part, section: &section.title, words, near: section.span.as_ref() });
        }
    }
    let mut others = Others::behind(found);
    let quoted = [(Part::Problem, &report.problems), (Part::Improvement, &report.improvements)];
    for (part, quoted) in quoted.into_iter().flat_map(|(part, list)| list.iter().map(move |it| (part, it))) {
        let text = Text { part, section: "", words: &quoted.text, near: quoted.span.as_ref() };
        others.add_missing(text);
    }
    for statement in &report.statements {
        let (section, words) = (statement.section.as_str(), statement.quote.as_str());
        let near = statement.span.as_ref();
        others.add_missing(Text { part: Part::Statement, section, words, near });
    }
    others.found
}

fn add<'r>(found: &mut Vec<(Text<'r>, String)>, text: Text<'r>) {
    let folded = fold(text.words);
    if !folded.is_empty() {
        found.push((text, folded));
    }
}

/// Adds texts that may be pieces of others.
struct Others<'r> {
    found: Vec<(Text<'r>, String)>,
    /// How many of them are whole texts, which come first.
    whole: usize,
    /// The pieces that were added: several statements share a sentence.
    known: HashSet<String>,
    /// The whole text, and its byte, at which a piece was found last: pieces of one kind come in reading order.
    last: (usize, usize),
    bytes_left: usize,
}

impl<'r> Others<'r> {
    fn behind(found: Vec<(Text<'r>, String)>) -> Self {
        let whole = found.len();
        Self { found, whole, known: HashSet::new(), last: (0, 0), bytes_left: LOOKED_THROUGH_BYTES_MAX }
    }

    /// Adds a text whose words stand in no whole one, nor as a whole behind them. Where too much was looked through, it is added,
    /// wherever its words stand: then a place may be counted twice, and none is missed.
    fn add_missing(&mut self, text: Text<'r>) {
        let folded = fold(text.words);
        if !folded.is_empty() && !self.known.contains(&folded) && !self.stands_in_a_whole_text(&folded) {
            self.known.insert(folded.clone());
            self.found.push((text, folded));
        }
    }

    fn stands_in_a_whole_text(&mut self, folded: &str) -> bool {
        let finder = memchr::memmem::Finder::new(folded);
        let (begin, from) = self.last;
        // From where the last one was to the end, then what is in front of it.
        let behind = (begin..self.whole).map(|index| (index, if index == begin { from } else { 0 }));
        for (index, from) in behind.chain((0..self.whole.min(begin + 1)).map(|index| (index, 0))) {
            let known = self.found.get(index).and_then(|(_, known)| known.as_bytes().get(from..));
            let known = known.unwrap_or_default();
            if self.bytes_left == 0 {
                return false;
            }
            let place = finder.find(known);
            let looked_through = LOOK_BYTES + place.unwrap_or(known.len());
            self.bytes_left = self.bytes_left.saturating_sub(looked_through);
            if let Some(place) = place {
                self.last = (index, from + place);
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gongkai_model::{Quoted, Section};

    #[test]
    fn what_stands_in_a_section_is_no_text_of_its_own() {
        let quoted = |text: &str| Quoted { text: text.to_owned(), span: None };
        let report = Report {
            title: quoted("某县2020年报告"),
            preamble: quoted(""),
            sections: vec![Section {
                level: 1,
                title: "一、总体情况".to_owned(),
                span: None,
                text: "公开不够\n及时。".to_owned(),
            }],
            problems: vec![quoted("公开不够及时"), quoted("队伍不稳"), quoted("队伍 不稳")],
            ..Report::default()
        };
        let texts = texts(&report);
        let found: Vec<_> = texts.iter().map(|(text, folded)| (text.part, folded.as_str())).collect();
        let expected = [
            (Part::Title, "某县2020年报告"),
            (Part::Heading, "一、总体情况"),
            (Part::Section, "公开不够及时。"),
            (Part::Problem, "队伍不稳"),
        ];
        assert_eq!(found, expected);
        assert_eq!(texts[2].0.section, "一、总体情况");
    }
    fn quoted(text: impl Into<String>) -> Quoted {
        Quoted { text: text.into(), span: None }
    }

    fn section(text: String) -> Section {
        Section { level: 1, title: "一".to_owned(), span: None, text }
    }

    #[test]
    fn pieces_are_known_in_whatever_order_they_come() {
        let report = Report {
            sections: vec![
                section("甲一。甲二。甲三。".to_owned()),
                section("乙一。乙二。乙三。".to_owned()),
            ],
            problems: ["乙三", "甲一", "甲三", "丙", "乙一", "甲二", "乙二", "甲三。", "乙三。甲", "一"]
                .map(quoted)
                .into(),
            ..Report::default()
        };
        let texts = texts(&report);
        let added: Vec<_> = texts.iter().filter(|(text, _)| text.part == Part::Problem).collect();
        assert_eq!(added.iter().map(|(text, _)| text.words).collect::<Vec<_>>(), ["丙", "乙三。甲"]);
    }

    /// In how many bytes the pieces of a report were looked for.
    fn looked_through(whole: &str, pieces: &[String]) -> (usize, usize) {
        let mut others = Others::behind(Vec::new());
        add(&mut others.found, Text { part: Part::Section, section: "", words: whole, near: None });
        others.whole = others.found.len();
        for words in pieces {
            others.add_missing(Text { part: Part::Problem, section: "", words, near: None });
        }
        (LOOKED_THROUGH_BYTES_MAX - others.bytes_left, others.found.len() - others.whole)
    }

    #[test]
    fn many_pieces_cost_one_look_through_the_whole_and_those_that_are_missing_a_bounded_number() {
        let pieces: Vec<String> = (0..20_000).map(|number| format!("第{number}号。")).collect();
        let whole = pieces.concat();
        let (bytes, added) = looked_through(&whole, &pieces);
        assert_eq!(added, 0);
        assert!(bytes < whole.len() + (LOOK_BYTES + 16) * pieces.len(), "{bytes} of {}", whole.len());
        // None of them is there, and none is lost.
        let missing: Vec<String> = (0..20_000).map(|number| format!("第{number}条。")).collect();
        assert_eq!(looked_through(&whole, &missing), (LOOKED_THROUGH_BYTES_MAX, missing.len()));
    }
}
