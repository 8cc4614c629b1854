use gongkai_model::Span;
use std::ops::Range;

/// Decoded text that knows where in the source each of its bytes came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceText {
    text: String,
    map: SourceMap,
}

impl SourceText {
    /// The whole text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// A piece of the text; empty where `range` does not lie on character boundaries inside it.
    pub fn slice(&self, range: &Range<usize>) -> &str {
        self.text.get(range.clone()).unwrap_or_default()
    }

    /// The place of `range` in the source: from the first byte of its first character to the last byte of its
    /// last. An empty range has the empty place before the character that follows it.
    pub fn span(&self, range: &Range<usize>) -> Span {
        let start = self.map.source_start(range.start);
        let end = if range.is_empty() { start } else { self.map.source_end(range.end).max(start) };
        Span::bytes(start, end)
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
    fn run_at(&self, offset: usize) -> Option<&Run> {
        let index = self.runs.partition_point(|run| run.text <= offset);
        self.runs.get(index.checked_sub(1)?)
    }

    fn source_start(&self, offset: usize) -> usize {
        self.run_at(offset).map_or(0, |run| {
            run.source + (offset - run.text) / run.text_step as usize * run.source_step as usize
        })
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
}
