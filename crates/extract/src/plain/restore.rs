//! Puts the words of a record that was made of a plain copy back as they stand in the document.

use crate::fold::is_space;
use gongkai_document::Document;
use gongkai_model::{Body, Quoted, Report, Span};
use std::cell::OnceCell;
use std::ops::Range;

/// Puts the words of `report`, made of `plain`, back as they stand in `document`.
pub(crate) fn restore(report: &mut Report, document: &Document, plain: &Document) {
    let written = Written { document, plain, whole: OnceCell::new() };
    written.quoted(&mut report.title);
    for body in [&mut report.subject, &mut report.signatory, &mut report.issuer] {
        written.name(body);
    }
    written.words(&mut report.region.name, report.region.span.as_ref());
    written.words(&mut report.scope.quote, report.scope.span.as_ref());
    for figure in &mut report.figures {
        written.words(&mut figure.raw, figure.span.as_ref());
        for candidate in &mut figure.candidates {
            written.words(&mut candidate.raw, figure.span.as_ref());
        }
        if let Some(proof) = &mut figure.proof {
            proof.statements.iter_mut().for_each(|quote| written.words(quote, None));
        }
    }
    for statement in &mut report.statements {
        written.words(&mut statement.unit, statement.span.as_ref());
        written.words(&mut statement.quote, statement.span.as_ref());
        written.words(&mut statement.section, None);
    }
    for quoted in report.problems.iter_mut().chain(&mut report.improvements) {
        written.quoted(quoted);
    }
    let place = |span: &Option<Span>| span.as_ref().and_then(|span| plain.text.range_of(span));
    let preamble = place(&report.preamble.span).map_or(0, |preamble| preamble.start);
    written.lines(&mut report.preamble.text, preamble);
    for section in &mut report.sections {
        let title = place(&section.span);
        written.words(&mut section.title, section.span.as_ref());
        written.lines(&mut section.text, title.map_or(0, |title| title.end));
    }
    report.page = document.page.clone();
}

struct Written<'a> {
    document: &'a Document,
    plain: &'a Document,
    whole: OnceCell<Squeezed>,
}

/// A text without white space, and where its characters stood.
struct Squeezed {
    text: String,
    /// Of each character: where it begins here, and where it stood.
    places: Vec<(usize, Range<usize>)>,
}

impl Squeezed {
    fn of(text: &str, offset: usize) -> Self {
        let mut squeezed = Self { text: String::with_capacity(text.len()), places: Vec::new() };
        for (at, character) in text.char_indices().filter(|(_, character)| !is_space(*character)) {
            let begin = offset + at;
            squeezed.places.push((squeezed.text.len(), begin..begin + character.len_utf8()));
            squeezed.text.push(character);
        }
        squeezed
    }

    /// Where `words` stood, which must be without white space.
    fn find(&self, words: &str) -> Option<Range<usize>> {
        let at = self.text.find(words).filter(|_| !words.is_empty())?;
        let first = self.places.binary_search_by_key(&at, |(begin, _)| *begin).ok()?;
        let last = self.places.partition_point(|(begin, _)| *begin < at + words.len());
        Some(self.places.get(first)?.1.start..self.places.get(last.checked_sub(1)?)?.1.end)
    }
}

impl Written<'_> {
    fn quoted(&self, quoted: &mut Quoted) {
        let span = quoted.span.clone();
        self.words(&mut quoted.text, span.as_ref());
    }

    fn name(&self, body: &mut Body) {
        let span = body.span.clone();
        self.words(&mut body.name, span.as_ref());
    }

    /// Puts `words`, which stand at `span` or anywhere, back.
    fn words(&self, words: &mut String, span: Option<&Span>) {
        if words.is_empty() || words.is_ascii() && span.is_none() {
            return;
        }
        let within = span.and_then(|span| self.plain.text.range_of(span));
        let exact = within.as_ref().filter(|range| self.plain.text.slice(range) == *words);
        let range = exact.cloned().or_else(|| self.find(words, within)).or_else(|| self.find(words, None));
        if let Some(found) = range.and_then(|range| self.original(&range, words.contains(is_space))) {
            *words = found;
        } else if let Some(found) = self.in_page(words).or_else(|| self.beginning(words)) {
            *words = found;
        }
    }

    /// Puts lines back, the first of which stands behind `from`.
    fn lines(&self, lines: &mut String, mut from: usize) {
        let text = self.plain.text.as_str();
        let restored: Vec<String> = lines
            .split('\n')
            .map(|line| {
                let found = text.get(from..).and_then(|rest| rest.find(line)).filter(|_| !line.is_empty());
                let range = found.map(|at| from + at..from + at + line.len());
                from = range.as_ref().map_or(from, |range| range.end);
                range.and_then(|range| self.original(&range, true)).unwrap_or_else(|| line.to_owned())
            })
            .collect();
        *lines = restored.join("\n");
    }

    fn find(&self, words: &str, within: Option<Range<usize>>) -> Option<Range<usize>> {
        let words: String = words.chars().filter(|&character| !is_space(character)).collect();
        match within {
            Some(range) => Squeezed::of(self.plain.text.slice(&range), range.start).find(&words),
            None => self.whole.get_or_init(|| Squeezed::of(self.plain.text.as_str(), 0)).find(&words),
        }
    }

    /// What stands in the document at `range` of the plain copy.
    fn original(&self, range: &Range<usize>, with_spaces: bool) -> Option<String> {
        let range = self.document.text.range_of(&self.plain.text.span(range))?;
        let written = self.document.text.slice(&range);
        Some(if with_spaces { written.to_owned() } else { written.split(is_space).collect() })
    }

    /// Words of the page's title, which is no part of the text: character for character.
    fn in_page(&self, words: &str) -> Option<String> {
        let (plain, written) = (self.plain.page.title.as_ref()?, self.document.page.title.as_ref()?);
        if plain.text.chars().count() != written.text.chars().count() {
            return None;
        }
        let before = plain.text.get(..plain.text.find(words)?)?.chars().count();
        Some(written.text.chars().skip(before).take(words.chars().count()).collect())
    }

    /// A name that is made up of a division that the text has and of a word that it has not.
    fn beginning(&self, words: &str) -> Option<String> {
        const CHARS_MIN: usize = 2;
        let ends = words.char_indices().map(|(at, _)| at).skip(CHARS_MIN);
        for end in ends.collect::<Vec<_>>().into_iter().rev() {
            let (begins, rest) = words.split_at_checked(end)?;
            if let Some(found) = self.find(begins, None).and_then(|range| self.original(&range, false)) {
                return Some(found + rest);
            }
        }
        None
    }
}
