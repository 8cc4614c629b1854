//! Prints documents, so that a test reads like one.
#![allow(dead_code, reason = "each test file uses some of it")]
#![allow(clippy::expect_used, reason = "a test may")]

use gongkai_document::{Block, BlockKind, Document, Grid, Hint, Limits, ReadError, read};

/// Reads without a hint, within the standard limits.
pub(crate) fn document(source: impl AsRef<[u8]>) -> Document {
    read(source.as_ref(), &Hint::default(), &Limits::STANDARD).expect("the document can be read")
}

/// Why nothing is read, in words.
pub(crate) fn refusal(source: impl AsRef<[u8]>) -> String {
    let error =
        read(source.as_ref(), &Hint::default(), &Limits::STANDARD).expect_err("the document is refused");
    format!("{}: {error}", error.reason().name())
}

/// Reads within `limits`.
pub(crate) fn within(source: impl AsRef<[u8]>, limits: Limits) -> Result<Document, ReadError> {
    read(source.as_ref(), &Hint::default(), &limits)
}

/// One line a block and one a row, then one line an issue.
pub(crate) fn outline(source: impl AsRef<[u8]>) -> String {
    outline_of(&document(source))
}

pub(crate) fn outline_of(document: &Document) -> String {
    let mut lines = Vec::new();
    for Block { kind, text } in &document.blocks {
        let words = document.text.slice(text);
        match kind {
            BlockKind::Heading { level } => lines.push(format!("h{level} {words:?}")),
            BlockKind::Paragraph => lines.push(format!("p {words:?}")),
            BlockKind::Table(grid) => {
                lines.push(format!("table {}x{}", grid.rows, grid.columns));
                lines.extend((0..grid.rows).map(|row| row_of(document, grid, row)));
            }
        }
    }
    lines.extend(document.issues.iter().map(|issue| format!("issue: {:?} at {}", issue.kind, issue.at)));
    lines.join("\n")
}

fn row_of(document: &Document, grid: &Grid, row: u32) -> String {
    let cells = grid.cells.iter().filter(|cell| cell.row == row).map(|cell| {
        let span = match (cell.row_span, cell.column_span) {
            (1, 1) => String::new(),
            (rows, columns) => format!(" {rows}x{columns}"),
        };
        format!("{}:{:?}{span}", cell.column, document.text.slice(&cell.text))
    });
    cells.fold("  ".to_owned(), |line, cell| line + " " + &cell)
}

/// The bytes of the source that a piece of the text leads to.
pub(crate) fn source_of<'a>(
    document: &Document,
    source: &'a [u8],
    text: &std::ops::Range<usize>,
) -> &'a [u8] {
    let span = document.text.span(text).as_bytes().expect("text and pages have byte spans");
    &source[span.start as usize..span.end as usize]
}
