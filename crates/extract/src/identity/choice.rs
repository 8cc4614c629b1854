//! Which of several titles at the beginning is the report's own. A list of links to reports of others may stand above it,
//! or below, and looks like it line by line.

use super::title::{Title, names_report};
use crate::bodies::{is_body_name, region_range};
use crate::lines::{Line, without_spaces};
use gongkai_document::Document;
use memchr::memmem;
use std::ops::Range;

/// How much the rest of the document says of the body that a title names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mention {
    /// Nothing.
    None,
    /// The division in its name.
    Division,
    /// All of the name.
    Whole,
}

/// How much the text apart from the lines of `head` that are titles says of the body `name`.
pub(super) fn mention(document: &Document, head: &[Line], name: &str) -> Mention {
    mention_where(document, head, name, |_| true)
}

/// The same of those places alone that count.
fn mention_where(
    document: &Document,
    head: &[Line],
    name: &str,
    counts: impl Fn(Range<usize>) -> bool,
) -> Mention {
    let text = document.text.as_str();
    let is_title = |line: &&Line| names_report(&without_spaces(document.text.slice(&line.text)));
    let titles: Vec<&Line> = head.iter().filter(is_title).collect();
    let is_in_title = |at: usize| titles.iter().any(|line| line.text.contains(&at));
    let says = |words: &str| {
        let mut found = memmem::find_iter(text.as_bytes(), words.as_bytes());
        !words.is_empty() && found.any(|at| !is_in_title(at) && counts(at..at + words.len()))
    };
    let division = name.get(region_range(name)).unwrap_or_default();
    match (says(name), says(division)) {
        (true, _) => Mention::Whole,
        (false, true) => Mention::Division,
        (false, false) => Mention::None,
    }
}

/// Chooses among titles, each with what it says (the more, the better) in the order of the document. Of several bodies the
/// first is meant, unless the rest of the document says more of another one; a later one only where nothing is said of
/// the first and the later one signs or is named in the preamble; where that does not tell, none. Of several years none
/// is meant where `is_year_known` does not tell them apart.
pub(super) fn choose(
    document: &Document,
    head: &[Line],
    titles: Vec<(u8, Title)>,
    is_year_known: bool,
) -> Option<Title> {
    let best = titles.iter().map(|(rank, _)| *rank).max()?;
    let first = titles.iter().find(|(rank, _)| *rank == best).map(|(_, title)| title)?.clone();
    let is_of_another_year = |(rank, title): &(u8, Title)| *rank == best && title.year != first.year;
    let year = first.year.filter(|_| is_year_known || !titles.iter().any(is_of_another_year));
    let others: Vec<&Title> = titles
        .iter()
        .map(|(_, title)| title)
        .filter(|title| !title.body.is_empty() && !are_alike(&title.body, &first.body))
        .collect();
    if first.body.is_empty() || others.is_empty() {
        return Some(Title { year, ..first });
    }
    let said = |title: &Title| said_of(document, head, &title.body);
    let of_first = said(&first);
    let of_others = others.iter().map(|title| said(title)).max()?;
    if of_first != Mention::None && of_others <= of_first {
        let signs = |title: &Title| is_backed(document, head, &title.body);
        if signs(&first) || !others.iter().any(|title| signs(title)) {
            return Some(first);
        }
    } else if of_first == Mention::None {
        let mut backed = others.iter().filter(|title| is_backed(document, head, &title.body));
        if let Some(title) = backed.next()
            && backed.all(|other| are_alike(&other.body, &title.body))
        {
            return Some((*title).clone());
        }
    }
    Some(Title { body: String::new(), note: String::new(), year, ..first })
}

/// How much is said of the body `name`, but for those whose word it follows. A division alone is no more than that.
fn said_of(document: &Document, head: &[Line], name: &str) -> Mention {
    let text = document.text.as_str();
    let said = mention_where(document, head, name, |range| !is_followed(text, &range));
    if region_range(name) == (0..name.len()) { said.min(Mention::Division) } else { said }
}

/// Whether the words at `range` name whom the report's body follows: 按照甲市统一部署, 在甲市领导下.
fn is_followed(text: &str, range: &Range<usize>) -> bool {
    const CHARS_MAX: usize = 12;
    let is_end = |c: &char| matches!(c, '，' | ',' | '。' | '；' | '\n');
    let before: String =
        text[..range.start].chars().rev().take_while(|c| !is_end(c)).take(CHARS_MAX).collect();
    let before: String = before.chars().rev().collect();
    let behind: String = text[range.end..].chars().take_while(|c| !is_end(c)).take(CHARS_MAX).collect();
    let follows = ["按照", "根据", "依据", "遵照"].iter().any(|word| before.contains(word));
    let is_led = ["领导下", "指导下", "部署下"].iter().any(|word| behind.contains(word));
    follows && !before.contains('由') || is_led && before.contains('在')
}

/// Whether the body `name` signs at the end of the document or is named in the sentences of its beginning.
fn is_backed(document: &Document, head: &[Line], name: &str) -> bool {
    const SIGNED_LINES: usize = 8;
    let text = document.text.as_str();
    let signs = text
        .lines()
        .rev()
        .map(without_spaces)
        .filter(|line| !line.is_empty())
        .take(SIGNED_LINES)
        .any(|line| line.starts_with(name) && !line.ends_with('。') && !names_report(&line));
    let names = |line: &Line| {
        let written = document.text.slice(&line.text);
        let is_sentence = written.contains(['，', '。']);
        is_sentence
            && memmem::find_iter(written.as_bytes(), name.as_bytes())
                .any(|at| !is_followed(written, &(at..at + name.len())))
    };
    signs || head.iter().any(names)
}

/// Whether the rest of the document speaks of a body in another division than the one that its only title names, and never
/// of that one: then the title may be another report's. `others` are the names of bodies in the text and the signature.
pub(super) fn is_contradicted(document: &Document, head: &[Line], title: &Title, others: &[&str]) -> bool {
    let division = |name: &str| name.get(region_range(name)).unwrap_or_default().to_owned();
    let own = division(&title.body);
    let is_other = |name: &&str| {
        let other = division(name);
        !other.is_empty() && !are_alike(&other, &own) && !are_alike(name, &title.body)
    };
    // 大理市某某工坊 is nobody that the text of a government speaks of.
    let is_known = is_body_name(&title.body) || own == title.body;
    !own.is_empty()
        && is_known
        && others.iter().any(is_other)
        && mention(document, head, &title.body) == Mention::None
}

/// Whether two names may be the same body's, in full and in short: 甲县, 甲县人民政府.
fn are_alike(one: &str, other: &str) -> bool {
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    let mut rest = long.chars();
    short.chars().all(|letter| rest.any(|other| other == letter))
}
