//! Plain text: one paragraph a line, empty lines kept, nothing of a line changed.

use crate::decode::Decoded;
use crate::{Block, BlockKind, Document, Ending, Limits, Media, ReadError, SourceText, labels};
use gongkai_model::PageMetadata;

/// Reads a decoded text. A line ends at LF, CR, CR LF, VT, FF, U+2028 or U+2029. A form feed at the start of a line
/// belongs to the line end before it: it begins a page, and a page break is no empty line.
pub(crate) fn read(decoded: Decoded<'_>, limits: &Limits) -> Result<Document, ReadError> {
    if limits.text_bytes_max < decoded.text.len() {
        return Err(ReadError::LimitExceeded { what: "bytes of text", max: limits.text_bytes_max });
    }
    let text = SourceText::from_parts(decoded.text.into_owned(), decoded.map);
    let bytes = text.as_str().as_bytes();
    let mut blocks = Vec::with_capacity(bytes.len() / 32);
    let line_end = if has_only_line_feeds(bytes) { line_feed } else { line_end };
    let mut start = form_feeds(bytes, 0);
    while start < bytes.len() {
        let (end, end_len) = line_end(bytes, start);
        if blocks.len() == limits.blocks_max {
            return Err(ReadError::LimitExceeded { what: "blocks", max: limits.blocks_max });
        }
        blocks.push(Block { kind: BlockKind::Paragraph, text: start..end });
        start = form_feeds(bytes, end + end_len);
    }
    let ending = match text.as_str().chars().next_back() {
        None | Some('\n' | '\r' | '\u{b}' | '\u{c}' | '\u{2028}' | '\u{2029}') => Ending::Whole,
        Some(last) if last.is_whitespace() || last == '|' => Ending::InRow,
        Some(_) => Ending::InText,
    };
    let mut page = PageMetadata::default();
    labels::complete(&mut page, &text, &blocks);
    Ok(Document {
        media: Media::Text,
        encoding: decoded.encoding,
        text,
        blocks,
        page,
        address: None,
        ending,
        issues: decoded.issues,
    })
}

/// Whether every line of the text ends with LF alone: then lines are found many bytes at a time.
fn has_only_line_feeds(bytes: &[u8]) -> bool {
    let has = |end: &str| memchr::memmem::find(bytes, end.as_bytes()).is_some();
    memchr::memchr3(b'\r', b'\x0b', b'\x0c', bytes).is_none() && !has("\u{2028}") && !has("\u{2029}")
}

/// The same as [`line_end`] for such a text.
fn line_feed(bytes: &[u8], at: usize) -> (usize, usize) {
    let found = bytes.get(at..).and_then(|rest| memchr::memchr(b'\n', rest));
    found.map_or((bytes.len(), 0), |len| (at + len, 1))
}

/// The place and length of the first line end from `at` on; of the end of the text if there is none.
fn line_end(bytes: &[u8], mut at: usize) -> (usize, usize) {
    loop {
        at = candidate(bytes, at);
        match bytes[at..] {
            [] => return (at, 0),
            [b'\r', b'\n', ..] => return (at, 2),
            [b'\n'..=b'\r', ..] => return (at, 1),
            [0xe2, 0x80, 0xa8 | 0xa9, ..] => return (at, 3),
            _ => at += 1,
        }
    }
}

/// The first place from `at` on where a line may end: a control character, or the first byte of U+2028.
fn candidate(bytes: &[u8], mut at: usize) -> usize {
    let may_end = |byte: u8| (byte.wrapping_sub(b'\n') <= b'\r' - b'\n') | (byte == 0xe2);
    // Sixteen bytes at once as long as none of them is one.
    while let Some(piece) = bytes[at..].first_chunk::<16>()
        && !piece.iter().fold(false, |found, &byte| found | may_end(byte))
    {
        at += piece.len();
    }
    bytes[at..].iter().position(|&byte| may_end(byte)).map_or(bytes.len(), |len| at + len)
}

/// The place after the form feeds at `at`.
fn form_feeds(bytes: &[u8], at: usize) -> usize {
    at + bytes[at..].iter().take_while(|&&byte| byte == b'\x0c').count()
}
