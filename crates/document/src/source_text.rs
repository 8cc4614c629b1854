use gongkai_model::Span;
use std::ops::Range;

/// Decoded text that knows where in the source each of its bytes came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceText {
    text: String,
    map: SourceMap,
}

impl SourceText {
    /// A text that was decoded in one go: `map` leads from it to the source.
    pub(crate) fn from_parts(text: String, map: SourceMap) -> Self {
        Self { text, map }
    }

    /// The whole text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// A piece of the text; empty where `range` does not lie on character boundaries inside it.
    #[inline]
    pub fn slice(&self, range: &Range<usize>) -> &str {
        self.text.get(range.clone()).unwrap_or_default()
    }

    /// The place of `range` in the source: from the first byte of its first character to the last byte of its
    /// last. An empty range has the empty place before the character that follows it.
    pub fn span(&self, range: &Range<usize>) -> Span {
        let source = self.map.source_range(range.clone());
        Span::bytes(source.start, source.end)
    }

    /// The piece of the text that has the place `span` in the source; nothing where no piece has exactly this place.
    pub fn range_of(&self, span: &Span) -> Option<Range<usize>> {
        let (Some(bytes), true) = (span.as_bytes(), self.map.runs.is_sorted_by_key(|run| run.source)) else {
            return None;
        };
        let start = self.map.text_offset(bytes.start as usize, false)?;
        let end = self.map.text_offset(bytes.end as usize, true)?.clamp(start, self.text.len().max(start));
        let range = start..if bytes.start == bytes.end { start } else { end };
        (self.text.is_char_boundary(start)
            && self.text.is_char_boundary(range.end)
            && self.span(&range) == *span)
            .then_some(range)
    }

    /// This text with some of its characters written otherwise. `edits` are in the order of the text and apart from
    /// each other; those that are not, or do not lie on character boundaries, are passed over. What is written
    /// otherwise has the place of what it stands for. Also gives the way from offsets of this text to offsets of
    /// that one.
    pub fn rewritten(&self, edits: &[Edit]) -> (Self, Shift) {
        let mut builder = SourceTextBuilder::with_capacity(self.text.len());
        let mut shift = Shift::default();
        let mut done = 0;
        for edit in edits {
            let Some(kept) = self.text.get(done..edit.range.start) else { continue };
            if !self.text.is_char_boundary(edit.range.end) || edit.range.is_empty() {
                continue;
            }
            builder.push_through(&self.map, kept, done);
            let mut buffer = [0; 4];
            let with = edit.with.map_or("", |with| &*with.encode_utf8(&mut buffer));
            if with.len() == edit.range.len() {
                // As long as what it stands for: the map goes on as it was.
                builder.push_through(&self.map, with, edit.range.start);
            } else {
                let source = self.map.source_range(edit.range.clone());
                builder.push_piece(with, source.start, source.len());
            }
            done = edit.range.end;
            shift.note(done, builder.len());
        }
        builder.push_through(&self.map, self.text.get(done..).unwrap_or_default(), done);
        (builder.finish(), shift)
    }

    /// A piece of this text as a text of its own, whose places are still those in the whole source.
    pub fn part(&self, range: &Range<usize>) -> Self {
        let mut builder = SourceTextBuilder::with_capacity(range.len());
        builder.push_through(&self.map, self.slice(range), range.start);
        builder.finish()
    }
}

/// A change of one character, or of a few: what is written instead, or nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is changed, in bytes of the text.
    pub range: Range<usize>,
    /// What is written instead.
    pub with: Option<char>,
}

/// Where the offsets of a text went when it was rewritten.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shift {
    /// For places behind an edit: the old offset and the new one. Ordered.
    behind: Vec<(usize, usize)>,
}

impl Shift {
    fn note(&mut self, old: usize, new: usize) {
        let before = self.behind.last().map_or((0, 0), |&known| known);
        // Edits that keep the length change no offset.
        if old.wrapping_sub(before.0) != new.wrapping_sub(before.1) {
            self.behind.push((old, new));
        }
    }

    /// The new offset of what stood at `old`; for a place inside of an edit, the end of what replaced it.
    pub fn offset(&self, old: usize) -> usize {
        let index = self.behind.partition_point(|&(known, _)| known <= old);
        let moved = index
            .checked_sub(1)
            .and_then(|last| self.behind.get(last))
            .map_or(old, |&(from, to)| to + (old - from));
        // Inside of an edit that made the text shorter: not beyond where the edit ends.
        self.behind.get(index).map_or(moved, |&(_, next)| moved.min(next))
    }

    /// The new place of what stood at `old`.
    pub fn range(&self, old: &Range<usize>) -> Range<usize> {
        let start = self.offset(old.start);
        start..self.offset(old.end).max(start)
    }
}

/// A sparse map from text to source: runs of characters that have the same width in both.
///
/// Invariant: runs are ordered, cover the text without gaps, and only a run's last piece may be shorter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceMap {
    runs: Vec<Run>,
}

/// Pieces of `text_step` bytes of text, each from `source_step` bytes of source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    text: usize,
    source: usize,
    text_step: u32,
    source_step: u32,
}

impl SourceMap {
    /// The map of a text that stands in the source byte for byte, from `source` on.
    pub(crate) fn verbatim(source: usize) -> Self {
        Self { runs: vec![Run { text: 0, source, text_step: 1, source_step: 1 }] }
    }

    /// The source of the text `range`: from the first byte of its first character to the last of its last.
    pub(crate) fn source_range(&self, range: Range<usize>) -> Range<usize> {
        let start = self.source_start(range.start);
        let end = if range.is_empty() { start } else { self.source_end(range.end).max(start) };
        start..end
    }

    fn run_at(&self, offset: usize) -> Option<&Run> {
        let index = self.runs.partition_point(|run| run.text <= offset);
        self.runs.get(index.checked_sub(1)?)
    }

    fn source_start(&self, offset: usize) -> usize {
        self.run_at(offset).map_or(0, |run| {
            run.source + (offset - run.text) / run.text_step as usize * run.source_step as usize
        })
    }

    /// The text offset of the source's byte `source`, or of the end of the piece that ends there.
    fn text_offset(&self, source: usize, is_end: bool) -> Option<usize> {
        let byte = if is_end { source.checked_sub(1)? } else { source };
        let index = self.runs.partition_point(|run| run.source <= byte);
        // Pieces without a source of their own (separators) stand at the place of what follows them.
        let run = self.runs.get(..index)?.iter().rev().find(|run| 0 < run.source_step)?;
        let pieces = (byte - run.source) / run.source_step as usize + usize::from(is_end);
        Some(run.text + pieces * run.text_step as usize)
    }

    /// The end of the source of the piece that holds the byte before `offset`.
    fn source_end(&self, offset: usize) -> usize {
        let Some(last) = offset.checked_sub(1) else { return 0 };
        self.run_at(last).map_or(0, |run| {
            run.source + ((last - run.text) / run.text_step as usize + 1) * run.source_step as usize
        })
    }
}

/// Makes a [`SourceText`] piece by piece.
#[derive(Debug, Default)]
pub struct SourceTextBuilder {
    text: String,
    runs: Vec<Run>,
}

impl SourceTextBuilder {
    /// A builder with room for `bytes` of text.
    pub fn with_capacity(bytes: usize) -> Self {
        Self { text: String::with_capacity(bytes), runs: Vec::new() }
    }

    /// The length of the text so far.
    pub fn len(&self) -> usize {
        self.text.len()
    }

    /// Whether there is no text yet.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The text so far.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Adds `text` that stands in the source byte for byte, from `source` on.
    pub fn push_verbatim(&mut self, text: &str, source: usize) {
        if !text.is_empty() {
            self.push_run(1, source, 1);
            self.text.push_str(text);
        }
    }

    /// Adds `text` (one character, or a few that cannot be told apart in the source) that was written as
    /// `source_len` bytes from `source` on: a character of another encoding, an entity, a `<br>`.
    pub fn push_piece(&mut self, text: &str, source: usize, source_len: usize) {
        if !text.is_empty() {
            // A piece larger than 4 GiB cannot occur: sources are limited far below.
            let (text_step, source_step) = (text.len() as u32, source_len as u32);
            self.push_run(text_step, source, source_step);
            self.text.push_str(text);
        }
    }

    /// Adds `text`, each character of which takes `text_step` bytes and was written as `source_step` bytes, from
    /// `source` on.
    pub(crate) fn push_pieces(&mut self, text: &str, text_step: usize, source: usize, source_step: usize) {
        if !text.is_empty() {
            self.push_run(text_step as u32, source, source_step as u32);
            self.text.push_str(text);
        }
    }

    /// Adds `text`, which stands at `at` of a decoded text whose way to the source is `map`.
    pub(crate) fn push_through(&mut self, map: &SourceMap, text: &str, at: usize) {
        if text.is_empty() {
            return;
        }
        if let [Run { text: 0, source, text_step: 1, source_step: 1 }] = map.runs[..] {
            return self.push_verbatim(text, source + at);
        }
        let end = at + text.len();
        let mut start = at;
        let mut index = map.runs.partition_point(|run| run.text <= at).saturating_sub(1);
        while let Some(run) = map.runs.get(index).filter(|_| start < end) {
            index += 1;
            let run_end = map.runs.get(index).map_or(end, |next| next.text.min(end));
            let source = run.source + (start - run.text) / run.text_step as usize * run.source_step as usize;
            self.push_run(run.text_step, source, run.source_step);
            self.text.push_str(&text[start - at..run_end - at]);
            start = run_end;
        }
    }

    /// Takes back everything after the first `len` bytes, which must end on a character.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.text.truncate(len);
        let kept = self.runs.iter().rposition(|run| run.text < len).map_or(0, |index| index + 1);
        self.runs.truncate(kept);
    }

    /// The finished text and its map, apart.
    pub(crate) fn into_parts(self) -> (String, SourceMap) {
        (self.text, SourceMap { runs: self.runs })
    }

    /// Begins a new run unless the last one simply goes on.
    fn push_run(&mut self, text_step: u32, source: usize, source_step: u32) {
        if let Some(run) = self.runs.last() {
            let pieces = (self.text.len() - run.text) / run.text_step as usize;
            let goes_on = run.text_step == text_step
                && run.source_step == source_step
                && run.source + pieces * source_step as usize == source;
            if goes_on {
                return;
            }
        }
        self.runs.push(Run { text: self.text.len(), source, text_step, source_step });
    }

    /// The finished text.
    pub fn finish(self) -> SourceText {
        SourceText { text: self.text, map: SourceMap { runs: self.runs } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_leads_back_through_entities_and_encodings() {
        let mut builder = SourceTextBuilder::default();
        builder.push_verbatim("ab", 10);
        builder.push_piece("\u{a0}", 12, 6);
        builder.push_piece("中", 18, 2);
        builder.push_piece("文", 20, 2);
        builder.push_verbatim("c", 30);
        let text = builder.finish();
        let whole = text.as_str().len();
        assert_eq!(text.span(&(0..whole)), Span::bytes(10, 31));
        assert_eq!(text.span(&(2..4)), Span::bytes(12, 18));
        assert_eq!(text.span(&(7..10)), Span::bytes(20, 22));
        assert_eq!(text.span(&(10..11)), Span::bytes(30, 31));
        assert_eq!(text.span(&(1..1)), Span::bytes(11, 11));
    }

    #[test]
    fn characters_of_one_width_share_a_run() {
        let mut builder = SourceTextBuilder::default();
        for (index, character) in ["中", "文", "字"].into_iter().enumerate() {
            builder.push_piece(character, index * 2, 2);
        }
        assert_eq!(builder.finish().map.runs.len(), 1);
    }

    /// `ab&nbsp;中文c` in GB18030, two bytes of something between.
    fn mixed() -> SourceText {
        let mut builder = SourceTextBuilder::default();
        builder.push_verbatim("ab", 10);
        builder.push_piece("\u{a0}", 12, 6);
        builder.push_pieces("中文", 3, 18, 2);
        builder.push_piece("\n", 24, 0);
        builder.push_verbatim("c", 30);
        builder.finish()
    }

    #[test]
    fn the_place_of_a_piece_leads_back_to_it() {
        let text = mixed();
        let boundaries: Vec<usize> =
            (0..=text.as_str().len()).filter(|&at| text.as_str().is_char_boundary(at)).collect();
        for (index, &start) in boundaries.iter().enumerate() {
            for &end in &boundaries[index + 1..] {
                let range = start..end;
                let span = text.span(&range);
                let found = text.range_of(&span);
                let is_separator = |piece: &str| piece.starts_with('\n') || piece.ends_with('\n');
                if is_separator(text.slice(&range)) {
                    assert!(found.is_none_or(|found| text.span(&found) == span));
                } else {
                    assert_eq!(found, Some(range));
                }
            }
        }
        assert_eq!(text.range_of(&Span::bytes(13, 18)), None);
        assert_eq!(text.range_of(&Span::bytes(0, 5)), None);
        assert_eq!(SourceText::default().range_of(&Span::bytes(0, 1)), None);
    }

    #[test]
    fn what_is_rewritten_has_the_place_of_what_it_stands_for() {
        let text = mixed();
        let edits = [
            Edit { range: 1..4, with: None },
            Edit { range: 4..7, with: Some('国') },
            Edit { range: 7..10, with: Some('x') },
            Edit { range: 8..11, with: Some('y') },
        ];
        let (rewritten, shift) = text.rewritten(&edits);
        assert_eq!(rewritten.as_str(), "a国x\nc");
        assert_eq!(rewritten.span(&(1..4)), Span::bytes(18, 20));
        assert_eq!(rewritten.span(&(4..5)), Span::bytes(20, 22));
        assert_eq!(rewritten.span(&(0..7)), Span::bytes(10, 31));
        assert_eq!([0, 1, 2, 4, 7, 10, 11, 12].map(|old| shift.offset(old)), [0, 1, 1, 1, 4, 5, 6, 7]);
        assert_eq!(text.rewritten(&[]).0, text);
    }

    #[test]
    fn a_part_keeps_its_places() {
        let part = mixed().part(&(2..7));
        assert_eq!(part.as_str(), "\u{a0}中");
        assert_eq!(part.span(&(2..5)), Span::bytes(18, 20));
    }
}
