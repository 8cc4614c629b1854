//! Running text without white space, letter by letter, each with its place in the document's text.

use crate::fold::narrow;
use std::ops::Range;

/// The letters of a paragraph. White space and line ends are left out, full-width forms are their narrow ones.
#[derive(Debug)]
pub(crate) struct Letters<'a> {
    document: &'a str,
    pub(crate) chars: Vec<char>,
    /// Where each letter begins in the document's text.
    pub(crate) at: Vec<u32>,
}

impl<'a> Letters<'a> {
    pub(crate) fn of(document: &'a str) -> Self {
        Self { document, chars: Vec::with_capacity(1024), at: Vec::with_capacity(1024) }
    }

    pub(crate) fn clear(&mut self) {
        self.chars.clear();
        self.at.clear();
    }

    pub(crate) fn len(&self) -> usize {
        self.chars.len()
    }

    pub(crate) fn push(&mut self, character: char, at: usize) -> char {
        let letter = narrow(character).unwrap_or(character);
        self.chars.push(letter);
        self.at.push(at as u32);
        letter
    }

    /// Where the letter `index` ends in the document's text.
    fn end_of(&self, index: usize) -> usize {
        let start = self.at.get(index).map_or(0, |&at| at as usize);
        start + self.document.get(start..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8)
    }

    /// The place of `letters` in the document's text.
    pub(crate) fn place(&self, letters: &Range<usize>) -> Range<usize> {
        let start = self.at.get(letters.start).map_or(self.document.len(), |&at| at as usize);
        match letters.end.checked_sub(1) {
            Some(last) if letters.start <= last => start..self.end_of(last),
            _ => start..start,
        }
    }

    /// Whether white space stands before the letter on its line.
    pub(crate) fn gap_before(&self, index: usize) -> bool {
        let Some(before) = index.checked_sub(1) else { return false };
        let gap = self.document.get(self.end_of(before)..self.at.get(index).map_or(0, |&at| at as usize));
        gap.is_some_and(|gap| !gap.is_empty() && !gap.contains('\n'))
    }

    /// The letters as text.
    pub(crate) fn text_of(&self, letters: &Range<usize>) -> String {
        self.chars.get(letters.clone()).unwrap_or_default().iter().collect()
    }

    /// The letters as they are written, without white space.
    pub(crate) fn written(&self, letters: &Range<usize>) -> String {
        letters
            .clone()
            .filter_map(|index| {
                self.document.get(self.at.get(index).map(|&at| at as usize)?..)?.chars().next()
            })
            .collect()
    }
}
