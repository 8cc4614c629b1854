use crate::Rejection;
use gongkai_document::{BlockKind, Cell, Document, Grid, Hint, Limits};
use gongkai_model::Span;
use std::ops::Range;

/// Characters of text that are shown on either side of a place, and at most of what stands there and of each cell.
const CHARACTERS_MAX: usize = 200;
/// Cells of a row that are shown.
const CELLS_MAX: usize = 64;

/// A place in a document with what stands around it, as people read it: without markup, entities resolved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// What stands there; empty for a blank cell.
    pub text: String,
    /// The text in front of it, as far as it is near.
    pub before: String,
    /// The text behind it, as far as it is near.
    pub after: String,
    /// The cells of its row, left to right, where the markup makes a table of them.
    pub row: Vec<String>,
    /// Which of `row` it stands in; none where it cannot be told.
    pub cell: Option<usize>,
}

/// What stands around `span` in a file. None where the span is no place of the file's text.
///
/// # Errors
///
/// [`Rejection`]: the file cannot be read within `limits`.
pub fn surroundings(
    source: &[u8],
    hint: &Hint<'_>,
    limits: &Limits,
    span: &Span,
) -> Result<Option<Surroundings>, Rejection> {
    let document = gongkai_document::read(source, hint, limits)?;
    Ok(document.text.range_of(span).map(|range| around(&document, &range)))
}

fn around(document: &Document, range: &Range<usize>) -> Surroundings {
    let text = document.text.as_str();
    let (before, after) = (&text[..range.start], &text[range.end..]);
    let start = before.char_indices().rev().nth(CHARACTERS_MAX - 1).map_or(0, |(at, _)| at);
    let (row, cell) = row(document, range).unwrap_or_default();
    Surroundings {
        text: shortened(document.text.slice(range)),
        before: before[start..].to_owned(),
        after: shortened(after),
        row,
        cell,
    }
}

/// The first characters of a text.
fn shortened(text: &str) -> String {
    text.chars().take(CHARACTERS_MAX).collect()
}

/// The row of the table in which `range` stands, and which of its cells that is.
fn row(document: &Document, range: &Range<usize>) -> Option<(Vec<String>, Option<usize>)> {
    let holds = |outer: &Range<usize>| outer.start <= range.start && range.end <= outer.end;
    let tables = document.blocks.iter().filter(|block| holds(&block.text));
    let grids = tables.filter_map(|block| match &block.kind {
        BlockKind::Table(grid) => Some(grid),
        BlockKind::Heading { .. } | BlockKind::Paragraph => None,
    });
    // Empty cells may share their place with their neighbours.
    let held =
        |grid: &Grid| -> Vec<Cell> { grid.cells.iter().filter(|cell| holds(&cell.text)).cloned().collect() };
    let (grid, cells) = grids.map(|grid| (grid, held(grid))).find(|(_, cells)| !cells.is_empty())?;
    let row = cells[0].row;
    if cells.iter().any(|cell| cell.row != row) {
        return None;
    }
    let covers = |cell: &&Cell| cell.row <= row && row < cell.row.saturating_add(cell.row_span);
    let mut shown: Vec<&Cell> = grid.cells.iter().filter(covers).collect();
    shown.sort_by_key(|cell| cell.column);
    let place = shown.iter().position(|cell| **cell == cells[0]).filter(|_| cells.len() == 1);
    let texts = shown.iter().take(CELLS_MAX).map(|cell| shortened(document.text.slice(&cell.text)));
    Some((texts.collect(), place.filter(|place| *place < CELLS_MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read_reports;

    fn found(source: &str, media_type: &str, quote: &str) -> Surroundings {
        let start = source.find(quote).unwrap();
        let span = Span::bytes(start, start + quote.len());
        let hint = Hint { media_type: Some(media_type), ..Hint::default() };
        surroundings(source.as_bytes(), &hint, &Limits::STANDARD, &span).unwrap().unwrap()
    }

    #[test]
    fn a_cell_is_shown_with_its_row_and_without_markup() {
        let page = "<p>第一段 &amp; 更多</p><table><tr><td>新收<td>12<td></tr><tr><td rowspan=2>结转<td>34<td>5</tr><tr><td>60<td>7</table>";
        let found = found(page, "text/html", "60");
        assert_eq!(found.text, "60");
        assert_eq!(found.row, ["结转", "60", "7"]);
        assert_eq!(found.cell, Some(1));
        assert!(found.before.contains("第一段 & 更多") && !found.before.contains('<'));
        assert_eq!(found.after.trim(), "7");
    }

    #[test]
    fn running_text_is_shown_as_far_as_it_is_near() {
        let text = format!("{}新收申请17件{}", "前".repeat(300), "后".repeat(300));
        let found = found(&text, "text/plain", "17");
        assert_eq!(found.text, "17");
        assert!(found.before.ends_with("前新收申请") && found.before.chars().count() == CHARACTERS_MAX);
        assert!(found.after.starts_with("件后") && found.after.chars().count() == CHARACTERS_MAX);
        assert!(found.row.is_empty() && found.cell.is_none());
    }

    #[test]
    fn every_figure_of_the_samples_with_a_place_is_found_there() {
        let samples = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus");
        let mut shown = 0;
        for entry in std::fs::read_dir(samples).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "txt" && extension != "html") {
                continue;
            }
            let source = std::fs::read(&path).unwrap();
            let name = path.file_name().unwrap().to_str();
            let hint = Hint { name, ..Hint::default() };
            for report in read_reports(&source, &hint, &Limits::STANDARD).unwrap() {
                let figures = report.figures.iter().filter(|figure| !figure.raw.is_empty());
                for figure in figures.step_by(17) {
                    let span = figure.span.as_ref().unwrap();
                    let found = surroundings(&source, &hint, &Limits::STANDARD, span).unwrap();
                    let found = found.unwrap_or_else(|| panic!("{name:?} {}", figure.key));
                    assert!(found.text.contains(figure.raw.trim()), "{name:?} {}: {found:?}", figure.key);
                    shown += 1;
                }
            }
        }
        assert!(20 < shown);
    }

    #[test]
    fn a_place_that_is_none_is_not_shown() {
        let hint = Hint { media_type: Some("text/plain"), ..Hint::default() };
        let nowhere = Span::bytes(90, 95);
        let shown = surroundings("一二三".as_bytes(), &hint, &Limits::STANDARD, &nowhere);
        assert_eq!(shown, Ok(None));
        // Inside of a character.
        assert_eq!(surroundings("一二三".as_bytes(), &hint, &Limits::STANDARD, &Span::bytes(1, 2)), Ok(None));
    }
}
