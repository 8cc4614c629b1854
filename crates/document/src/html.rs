//! Web pages. Our own tokenizer and tree construction, because every figure must lead back to its bytes, and
//! because hostile pages must cost no more than their length.
//!
//! What differs from a browser, on purpose:
//! - No tree is built. Open elements are a stack of limited depth; text goes straight to the output.
//! - Formatting elements (`<b>`, `<span>`, unknown ones) only matter where they hide or preserve text.
//! - White space collapses as in a browser; U+00A0 and U+3000 are kept, except at the end of a block and at both
//!   ends of a line in a table. A `<br>` is a line feed in its paragraph. A paragraph of nothing but blanks gives no block.
//! - A table cell is its text. A table around tables that hold at least as many cells as it has filled ones itself
//!   serves the layout, and so does a table of one cell: their content is read as if the table were not there.
//! - Rows of equally many elements with numbers, that are no table by their tags, are a table (`div_grid`).
//! - What is not displayed (`display: none`, `hidden`, scripts, templates, drawings) is not read. Rows and cells
//!   that are not displayed take no place; cells that are only invisible, or struck out, keep theirs and are empty.
//! - Of the rules of `<style>` elements only the simplest count (`sheet`).
//! - What begins a tag at the end of a file (`<`, `</`, `<t`) is none of its text: the file was cut off there.
//! - Outside of a table `<tr>` and `<td>` separate text, so that figures of a torn table never run together.

mod div_grid;
mod entities;
mod grid;
mod head;
mod sheet;
mod style;
mod tag;
mod tokenizer;
mod tree;
mod writer;

pub(crate) use tag::Tag;
pub(crate) use tokenizer::{Token, Tokenizer};

use crate::decode::Decoded;
use crate::{BlockKind, Document, Limits, Media, ReadError, labels};

/// Reads a decoded page.
pub(crate) fn read(decoded: &Decoded<'_>, limits: &Limits) -> Result<Document, ReadError> {
    let mut content = tree::read(decoded, limits, true)?;
    if !is_visible(&content) && content.hides_by_rules {
        // A page of which nothing is seen until a script shows it.
        content = tree::read(decoded, limits, false)?;
    }
    if !is_visible(&content) {
        return Err(ReadError::Empty);
    }
    let tree::Content { text, blocks, mut page, address, ending, issues: mut found, .. } = content;
    labels::complete(&mut page, &text, &blocks);
    let mut issues = decoded.issues.clone();
    issues.append(&mut found);
    Ok(Document {
        media: Media::Html,
        encoding: decoded.encoding,
        text,
        blocks,
        page,
        address,
        ending,
        issues,
    })
}

/// Whether there is anything to see.
fn is_visible(content: &tree::Content) -> bool {
    let is_visible = |block: &crate::Block| {
        let is_blank = || content.text.slice(&block.text).chars().all(tag::is_blank);
        matches!(block.kind, BlockKind::Table(_)) || !is_blank()
    };
    content.blocks.iter().any(is_visible)
}
