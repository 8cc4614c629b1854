//! Bytes in, [`Document`] out: detects what a file is, decodes it, and gives its content as blocks in reading
//! order, each with its place in the source. One module a format.
//!
//! Pure, synchronous and limited: never does I/O, never recurses along its input, and never decides what the
//! content means. Odd content is data; an error means that nothing can be read or that a limit was crossed.

mod decode;
mod detect;
mod html;
mod labels;
mod source_text;
mod text;
mod wrapped;

pub use source_text::{Edit, Shift, SourceMap, SourceText, SourceTextBuilder};

use gongkai_model::{PageMetadata, RejectReason};
use std::ops::Range;

/// A file's content in reading order.
#[derive(Clone, Debug)]
pub struct Document {
    /// What the file is.
    pub media: Media,
    /// The name of the encoding its text was decoded from, as the WHATWG Encoding Standard names it.
    pub encoding: &'static str,
    /// All text of all blocks, and the way back to the source.
    pub text: SourceText,
    /// The content in reading order.
    pub blocks: Vec<Block>,
    /// What the page around the content says of it (title, publication date, publisher, index number, source).
    pub page: PageMetadata,
    /// The address that it was published at, as far as the caller knew, or else as the page says; evidence of who
    /// published it.
    pub address: Option<String>,
    /// Whether the file may have been cut off.
    pub ending: Ending,
    /// What was odd, for the reader of `--explain`; never a reason to refuse.
    pub issues: Vec<Issue>,
}

/// How a file ends. What is cut off leaves no other trace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Ending {
    /// With the end of a line or of an element: nothing speaks for a cut.
    #[default]
    Whole,
    /// Inside a row or a line, behind a piece of it: more pieces may have followed.
    InRow,
    /// Right behind a character of its text: more characters may have followed.
    InText,
}

/// The formats that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Media {
    /// Plain text.
    Text,
    /// A web page.
    Html,
}

impl Media {
    /// The media type as MIME writes it.
    pub fn mime(self) -> &'static str {
        match self {
            Self::Text => "text/plain",
            Self::Html => "text/html",
        }
    }
}

/// One piece of content. Its text is a range of [`Document::text`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// What it is.
    pub kind: BlockKind,
    /// Its text in [`Document::text`]. For a table: from the first cell's text to the last's.
    pub text: Range<usize>,
}

/// What a block is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BlockKind {
    /// A heading that the markup marks as one, level 1 to 6. Headings without markup are paragraphs.
    Heading {
        /// 1 to 6.
        level: u8,
    },
    /// A paragraph, or one line of a plain text. Lines of plain text that are empty are kept: a blank line may
    /// mean a blank cell, the end of a row, or nothing.
    Paragraph,
    /// A table that the markup marks as one.
    Table(Grid),
}

/// A table as a grid: every cell has its place and its extent, as the HTML table model defines them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grid {
    /// Number of rows.
    pub rows: u32,
    /// Number of columns.
    pub columns: u32,
    /// The cells, ordered by (row, column) of their upper left corner. Spans are clipped to the grid.
    pub cells: Vec<Cell>,
}

/// One cell of a [`Grid`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Row of its upper left corner, counted from 0.
    pub row: u32,
    /// Column of its upper left corner, counted from 0.
    pub column: u32,
    /// Rows it covers, at least 1.
    pub row_span: u32,
    /// Columns it covers, at least 1.
    pub column_span: u32,
    /// Its text in [`Document::text`]; paragraphs and line breaks inside are line feeds. May be empty: then it
    /// still has its place, at which [`SourceText::span`] gives the (possibly empty) place in the source.
    pub text: Range<usize>,
}

/// Something odd that was read all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// What was odd.
    pub kind: IssueKind,
    /// Where, in bytes of the source.
    pub at: usize,
}

/// What may be odd.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IssueKind {
    /// Bytes that the encoding does not know, shown as U+FFFD.
    InvalidBytes,
    /// The declared charset is not what the bytes are.
    CharsetContradicted,
    /// A span reaches beyond its table, or beyond what browsers allow; clipped.
    SpanClipped,
    /// A cell where another cell already is.
    CellsOverlap,
    /// Elements nested deeper than the limit; their content was read as if at the limit.
    NestingFlattened,
}

/// What a caller knows of a file beyond its bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hint<'a> {
    /// The media type it was sent with, possibly with a charset parameter.
    pub media_type: Option<&'a str>,
    /// Its name; the extension is evidence.
    pub name: Option<&'a str>,
    /// The address that it was published at.
    pub address: Option<&'a str>,
}

/// How much of a file is read. There is no default: whoever calls decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file.
    pub source_bytes_max: usize,
    /// Bytes of decoded text.
    pub text_bytes_max: usize,
    /// Blocks.
    pub blocks_max: usize,
    /// Cells of all tables, counted by the places of their grids: those that spans cover and those that stay empty.
    pub cells_max: usize,
    /// Depth to which elements are told apart.
    pub nesting_max: usize,
}

impl Limits {
    /// What the services and the command line use: text and HTML up to 8 MiB.
    pub const STANDARD: Self = Self {
        source_bytes_max: 8 << 20,
        text_bytes_max: 24 << 20,
        blocks_max: 1_000_000,
        cells_max: 200_000,
        nesting_max: 512,
    };
}

/// Why nothing was read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// No bytes, or nothing but white space.
    #[error("the document is empty")]
    Empty,
    /// More bytes than allowed.
    #[error("the document has {actual} bytes, at most {max} are read")]
    TooLarge {
        /// Bytes it has.
        actual: usize,
        /// Bytes allowed.
        max: usize,
    },
    /// A format that is not read.
    #[error("the document is {found}, which is not read; send text or HTML")]
    UnsupportedFormat {
        /// What it looks like, in words: `a PDF file`, `a ZIP archive`, `binary data`.
        found: &'static str,
    },
    /// Bytes that are no text in any encoding that is read.
    #[error("the bytes from {at} on are no text in UTF-8, UTF-16, GB18030 or Big5")]
    Undecodable {
        /// Where decoding failed for good.
        at: usize,
    },
    /// More content than a report can have.
    #[error("the document has more than {max} {what}")]
    LimitExceeded {
        /// What there is too much of: `blocks`, `table cells`, `bytes of text`.
        what: &'static str,
        /// How many are read.
        max: usize,
    },
}

impl ReadError {
    /// The stable reason that clients see.
    pub fn reason(&self) -> RejectReason {
        match self {
            Self::Empty => RejectReason::Empty,
            Self::TooLarge { .. } => RejectReason::TooLarge,
            Self::UnsupportedFormat { .. } => RejectReason::UnsupportedFormat,
            Self::Undecodable { .. } => RejectReason::UndecodableText,
            Self::LimitExceeded { .. } => RejectReason::LimitExceeded,
        }
    }
}

/// Reads a file: detects what it is, decodes it, and gives its content as blocks in reading order.
///
/// A document that is returned has at least one character that can be seen. The same bytes, hint and limits
/// always give the same document.
///
/// # Errors
///
/// [`ReadError`]: the file is empty, too large, of a format or an encoding that is not read, or has more content
/// than `limits` allow.
pub fn read(source: &[u8], hint: &Hint<'_>, limits: &Limits) -> Result<Document, ReadError> {
    if limits.source_bytes_max < source.len() {
        return Err(ReadError::TooLarge { actual: source.len(), max: limits.source_bytes_max });
    }
    let declared = detect::declared_charset(source, hint);
    if let Some(found) = detect::other_format(source, declared) {
        return Err(ReadError::UnsupportedFormat { found });
    }
    let decoded = wrapped::unwrapped(decode::decode(source, declared)?);
    if decoded.text.chars().all(char::is_whitespace) {
        return Err(ReadError::Empty);
    }
    let mut document = match detect::media(&decoded.text, hint) {
        Media::Text => text::read(decoded, limits),
        Media::Html => html::read(&decoded, limits),
    }?;
    // Where it was fetched is known; what a page says of itself may be its template's.
    if let Some(address) = hint.address {
        document.address = Some(address.to_owned());
    }
    Ok(document)
}
