//! Text of a page into blocks: white space collapsed, lines broken, and every character's place kept.

use super::entities::reference;
use super::tag::is_blank;
use crate::decode::Decoded;
use crate::{Block, BlockKind, Limits, ReadError, SourceTextBuilder};
use std::ops::Range;

/// How text is set where it stands.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Manner {
    /// Level of the heading it belongs to; 0 for none.
    pub(super) heading: u8,
    /// White space is kept, and each line is a block.
    pub(super) preserved: bool,
    /// Lines are trimmed of blanks of all kinds: inside of tables.
    pub(super) trimmed: bool,
}

/// A block that is being written.
#[derive(Debug)]
struct Open {
    start: usize,
    manner: Manner,
    /// Whether there is anything to see yet.
    visible: bool,
}

#[derive(Debug)]
pub(super) struct Writer<'a> {
    decoded: &'a Decoded<'a>,
    limits: &'a Limits,
    builder: SourceTextBuilder,
    pub(super) blocks: Vec<Block>,
    open: Option<Open>,
    /// White space that becomes one space if more text follows in the line.
    space: Option<Range<usize>>,
    /// Line breaks that count if more text follows in the block.
    breaks: Vec<Range<usize>>,
    /// In preserved text: how many blocks stay if nothing visible follows. Empty lines between lines count, those
    /// around them do not.
    kept: Option<usize>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(decoded: &'a Decoded<'a>, limits: &'a Limits) -> Self {
        Self {
            decoded,
            limits,
            builder: SourceTextBuilder::with_capacity(decoded.text.len() / 4),
            blocks: Vec::new(),
            open: None,
            space: None,
            breaks: Vec::new(),
            kept: None,
        }
    }

    /// The length of the text so far.
    pub(super) fn len(&self) -> usize {
        self.builder.len()
    }

    /// The text and the blocks so far.
    pub(super) fn written(&mut self) -> (&str, &mut Vec<Block>) {
        (self.builder.as_str(), &mut self.blocks)
    }

    pub(super) fn finish(self) -> (SourceTextBuilder, Vec<Block>) {
        (self.builder, self.blocks)
    }

    /// Writes the text of the markup `range`.
    pub(super) fn text(&mut self, range: Range<usize>, manner: Manner) {
        let markup = &*self.decoded.text;
        let bytes = &markup.as_bytes()[..range.end];
        let mut at = range.start;
        while let Some(&byte) = bytes.get(at) {
            if byte == b'&' {
                let found = reference(&markup[at..range.end]);
                let (character, len) = found.map_or(('&', 1), |found| (found.character, found.len));
                self.character(character, at..at + len, manner);
                at += len;
            } else if byte.is_ascii_whitespace() {
                let len = if manner.preserved {
                    if bytes[at..].starts_with(b"\r\n") { 2 } else { 1 }
                } else {
                    bytes[at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count()
                };
                self.character(char::from(byte), at..at + len, manner);
                at += len;
            } else {
                let plain = |byte: &u8| *byte != b'&' && !byte.is_ascii_whitespace();
                let len = bytes[at..].iter().take_while(|&byte| plain(byte)).count();
                self.verbatim(at..at + len, manner);
                at += len;
            }
        }
    }

    /// A `<br>`.
    pub(super) fn line_break(&mut self, range: Range<usize>, manner: Manner) {
        if manner.preserved {
            self.preserved_line_end(range, manner);
        } else if self.open.is_some() {
            self.space = None;
            self.breaks.push(range);
        }
    }

    /// A picture: U+FFFC, the character that stands for what is no text.
    pub(super) fn picture(&mut self, range: Range<usize>, manner: Manner) {
        self.character('\u{fffc}', range, manner);
    }

    /// Ends the block that is being written, if there is one, at `at` of the markup.
    pub(super) fn end_block(&mut self, at: usize) {
        let written = self.close();
        if let Some(kept) = self.kept.take().filter(|_| !written) {
            self.blocks.truncate(kept);
        }
        if written {
            self.separate(at..at);
        }
    }

    /// Separates what was written from what follows. An empty range before the separator has the place `range`.
    pub(super) fn separate(&mut self, range: Range<usize>) {
        self.piece("\n", range);
    }

    /// Checks what was written, given that `more_blocks` of the blocks will not stay.
    ///
    /// # Errors
    ///
    /// More blocks or text than allowed.
    pub(super) fn check_limits(&self, more_blocks: usize) -> Result<(), ReadError> {
        let Limits { blocks_max, text_bytes_max, .. } = *self.limits;
        if blocks_max.saturating_add(more_blocks) < self.blocks.len() {
            return Err(ReadError::LimitExceeded { what: "blocks", max: blocks_max });
        }
        if text_bytes_max < self.builder.len() {
            return Err(ReadError::LimitExceeded { what: "bytes of text", max: text_bytes_max });
        }
        Ok(())
    }

    /// One character of the text, written as `range`.
    fn character(&mut self, character: char, range: Range<usize>, manner: Manner) {
        match character {
            '\n' | '\r' if manner.preserved => self.preserved_line_end(range, manner),
            _ if character.is_ascii_whitespace() && !manner.preserved => {
                if self.open.is_some() && self.breaks.is_empty() {
                    self.space.get_or_insert(range);
                }
            }
            _ if is_blank(character) && self.trims_here(manner) => {}
            _ => {
                self.begin(manner);
                self.piece(character.encode_utf8(&mut [0; 4]), range);
                self.see(|| !is_blank(character));
            }
        }
    }

    /// Text without white space and character references.
    fn verbatim(&mut self, range: Range<usize>, manner: Manner) {
        let markup: &'a str = &self.decoded.text;
        let mut run = &markup[range.clone()];
        if self.trims_here(manner) {
            run = run.trim_start_matches(is_blank);
        }
        if run.is_empty() {
            return;
        }
        self.begin(manner);
        self.builder.push_through(&self.decoded.map, run, range.end - run.len());
        self.see(|| run.chars().any(|character| !is_blank(character)));
    }

    /// Whether a line begins here whose blanks are dropped.
    fn trims_here(&self, manner: Manner) -> bool {
        manner.trimmed && (self.open.is_none() || !self.breaks.is_empty())
    }

    /// Makes ready for text: begins a block, or writes what separates the text from that before it.
    fn begin(&mut self, manner: Manner) {
        let Some(open) = &self.open else {
            self.open = Some(Open { start: self.builder.len(), manner, visible: false });
            return;
        };
        if self.breaks.is_empty() {
            if let Some(space) = self.space.take() {
                self.piece(" ", space);
            }
            return;
        }
        let mut breaks = std::mem::take(&mut self.breaks);
        if open.manner.trimmed {
            self.trim_end();
            breaks.truncate(1);
        }
        for range in breaks.drain(..) {
            self.separate(range);
        }
        // Give the memory back for the next breaks.
        self.breaks = breaks;
    }

    fn piece(&mut self, text: &str, range: Range<usize>) {
        let source = self.decoded.map.source_range(range);
        self.builder.push_piece(text, source.start, source.len());
    }

    fn see(&mut self, visible: impl FnOnce() -> bool) {
        if let Some(open) = self.open.as_mut().filter(|open| !open.visible) {
            open.visible = visible();
        }
    }

    /// Takes back blanks at the end of the text.
    fn trim_end(&mut self) {
        let len = self.builder.as_str().trim_end_matches(is_blank).len();
        if len < self.builder.len() {
            self.builder.truncate(len);
        }
    }

    /// Makes a block of what is open. Gives whether there was anything to see.
    fn close(&mut self) -> bool {
        self.space = None;
        self.breaks.clear();
        let Some(open) = self.open.take() else { return false };
        if !open.visible {
            self.builder.truncate(open.start);
            return false;
        }
        if open.manner.trimmed || !open.manner.preserved {
            self.trim_end();
        }
        self.push_block(open.start, open.manner);
        true
    }

    /// The end of a line of preserved text.
    fn preserved_line_end(&mut self, range: Range<usize>, manner: Manner) {
        if manner.trimmed || self.open.as_ref().is_some_and(|open| open.visible) {
            if self.close() {
                self.separate(range);
                self.kept = Some(self.blocks.len()).filter(|_| !manner.trimmed);
            }
            return;
        }
        let start = self.open.take().map_or(self.builder.len(), |open| open.start);
        if self.kept.is_some() {
            self.push_block(start, manner);
            self.separate(range);
        } else {
            self.builder.truncate(start);
        }
    }

    /// Adds the text from `start` on as a block. Far beyond the limit nothing is added any more: one text may have
    /// millions of lines, and limits are checked after each text.
    fn push_block(&mut self, start: usize, manner: Manner) {
        let Limits { blocks_max, cells_max, .. } = *self.limits;
        if self.blocks.len() <= blocks_max.saturating_add(cells_max) {
            let kind = match manner.heading {
                0 => BlockKind::Paragraph,
                level => BlockKind::Heading { level },
            };
            self.blocks.push(Block { kind, text: start..self.builder.len() });
        }
    }
}
