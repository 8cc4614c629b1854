//! The texts of a report that are searched.

use crate::fold;
use gongkai_model::{Report, Span};

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
    let whole = found.len();
    let quoted = [(Part::Problem, &report.problems), (Part::Improvement, &report.improvements)];
    for (part, quoted) in quoted.into_iter().flat_map(|(part, list)| list.iter().map(move |it| (part, it))) {
        let text = Text { part, section: "", words: &quoted.text, near: quoted.span.as_ref() };
        add_missing(&mut found, whole, text);
    }
    for statement in &report.statements {
        let (section, words) = (statement.section.as_str(), statement.quote.as_str());
        let near = statement.span.as_ref();
        add_missing(&mut found, whole, Text { part: Part::Statement, section, words, near });
    }
    found
}

fn add<'r>(found: &mut Vec<(Text<'r>, String)>, text: Text<'r>) {
    let folded = fold(text.words);
    if !folded.is_empty() {
        found.push((text, folded));
    }
}

/// Adds a text whose words stand in none of the first `whole` ones, nor as a whole behind them.
fn add_missing<'r>(found: &mut Vec<(Text<'r>, String)>, whole: usize, text: Text<'r>) {
    let folded = fold(text.words);
    let (whole, others) = found.split_at(whole.min(found.len()));
    // Several statements share a sentence.
    let is_there =
        whole.iter().any(|(_, known)| memchr::memmem::find(known.as_bytes(), folded.as_bytes()).is_some())
            || others.iter().any(|(_, known)| *known == folded);
    if !is_there && !folded.is_empty() {
        found.push((text, folded));
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
}
