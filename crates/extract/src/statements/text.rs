//! Running text without white space, letter by letter, each with its place in the document's text.

use std::ops::Range;

/// Marks a letter before which white space stands on its line.
const GAP: u32 = 1 << 31;

/// The letters of a paragraph. White space and line ends are left out, full-width forms are their narrow ones.
#[derive(Debug)]
pub(crate) struct Letters<'a> {
    document: &'a str,
    pub(crate) chars: Vec<char>,
    /// Where each letter begins in the document's text, which is far shorter than 2 GiB; with [`GAP`].
    at: Vec<u32>,
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

    pub(crate) fn reserve(&mut self, letters: usize) {
        self.chars.reserve(letters);
        self.at.reserve(letters);
    }

    /// Adds the narrow form of a letter that stands at `at`; `gap` where white space stands before it.
    #[inline]
    pub(crate) fn push(&mut self, narrow: char, at: usize, gap: bool) {
        self.chars.push(narrow);
        self.at.push(at as u32 | if gap { GAP } else { 0 });
    }

    /// Where the letter `index` begins in the document's text.
    fn start_of(&self, index: usize) -> Option<usize> {
        self.at.get(index).map(|&at| (at & !GAP) as usize)
    }

    /// Where the letter `index` ends in the document's text.
    fn end_of(&self, index: usize) -> usize {
        let start = self.start_of(index).unwrap_or(0);
        start + self.document.get(start..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8)
    }

    /// The place of `letters` in the document's text.
    pub(crate) fn place(&self, letters: &Range<usize>) -> Range<usize> {
        let start = self.start_of(letters.start).unwrap_or(self.document.len());
        match letters.end.checked_sub(1) {
            Some(last) if letters.start <= last => start..self.end_of(last),
            _ => start..start,
        }
    }

    /// Whether white space stands before the letter on its line.
    pub(crate) fn gap_before(&self, index: usize) -> bool {
        self.at.get(index).is_some_and(|at| at & GAP != 0)
    }

    /// The letters as text.
    pub(crate) fn text_of(&self, letters: &Range<usize>) -> String {
        self.chars.get(letters.clone()).unwrap_or_default().iter().collect()
    }

    /// The letters as they are written, without white space.
    pub(crate) fn written(&self, letters: &Range<usize>) -> String {
        let letter = |index| self.document.get(self.start_of(index)?..)?.chars().next();
        letters.clone().filter_map(letter).collect()
    }
}
