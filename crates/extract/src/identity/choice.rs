//! Which of several titles at the beginning is the report's own. A list of links to reports of others may stand above it,
//! or below, and looks like it line by line.

use super::title::{Title, names_report};
use crate::bodies::{is_body_name, region_range};
use crate::lines::{Line, without_spaces};
use gongkai_document::Document;
use memchr::memmem;

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
    let text = document.text.as_str();
    let is_title = |line: &&Line| names_report(&without_spaces(document.text.slice(&line.text)));
    let titles: Vec<&Line> = head.iter().filter(is_title).collect();
    let is_in_title = |at: usize| titles.iter().any(|line| line.text.contains(&at));
    let says = |words: &str| {
        !words.is_empty() && memmem::find_iter(text.as_bytes(), words.as_bytes()).any(|at| !is_in_title(at))
    };
    let division = name.get(region_range(name)).unwrap_or_default();
    match (says(name), says(division)) {
        (true, _) => Mention::Whole,
        (false, true) => Mention::Division,
        (false, false) => Mention::None,
    }
}

/// Chooses among titles, each with what it says (the more, the better) in the order of the document. Of several bodies the
/// one is meant that the rest of the document speaks of; where that does not tell, none. Of several years of the same
/// body none is meant where `is_year_known` does not tell them apart.
pub(super) fn choose(
    document: &Document,
    head: &[Line],
    titles: Vec<(u8, Title)>,
    is_year_known: bool,
) -> Option<Title> {
    let best = titles.iter().map(|(rank, _)| *rank).max()?;
    let bodies = || titles.iter().filter(|(_, title)| !title.body.is_empty());
    let first = titles.iter().find(|(rank, _)| *rank == best).map(|(_, title)| title)?.clone();
    let is_other = |title: &Title| !are_alike(&title.body, &first.body);
    if first.body.is_empty() || !bodies().any(|(_, title)| is_other(title)) {
        let is_of_another_year = |(rank, title): &(u8, Title)| *rank == best && title.year != first.year;
        let year = first.year.filter(|_| is_year_known || !titles.iter().any(is_of_another_year));
        return Some(Title { year, ..first });
    }
    let mentioned: Vec<(Mention, u8, &Title)> =
        bodies().map(|(rank, title)| (mention(document, head, &title.body), *rank, title)).collect();
    let most = mentioned.iter().map(|(mention, rank, _)| (*mention, *rank)).max()?;
    let mut chosen = mentioned.iter().filter(|(mention, rank, _)| (*mention, *rank) == most);
    let (_, _, title) = *chosen.next()?;
    let is_only = chosen.all(|(_, _, other)| are_alike(&other.body, &title.body));
    if is_only {
        return Some(title.clone());
    }
    Some(Title { body: String::new(), note: String::new(), ..first })
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
