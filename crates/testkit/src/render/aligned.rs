//! Columns aligned by spaces, as text is taken out of a printed page: labels wrapped over the lines above and below
//! their numbers, tall banners one character a line, page numbers between rows.

use super::{TableText, rows_with_blanks};
use crate::Rng;
use crate::sheet::{Content, Sheet, SheetCell};

/// Places of a line that `text` takes: a Chinese character takes two.
fn width(text: &str) -> usize {
    text.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum()
}

/// Cuts `text` into lines of at most `places`.
fn wrap(text: &str, places: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for c in text.chars() {
        let last = lines.last_mut().expect("there is always a line");
        if places < width(last) + width(c.encode_utf8(&mut [0; 4])) && !last.is_empty() {
            lines.push(c.to_string());
        } else {
            last.push(c);
        }
    }
    lines
}

/// Places that each column takes.
fn column_widths(sheet: &Sheet) -> Vec<usize> {
    let labels: &[usize] = match sheet.label_columns {
        0 => &[],
        1 => &[28],
        _ => &[4, 12, 30],
    };
    (0..sheet.columns)
        .map(|column| match labels.get(column) {
            Some(&places) => places,
            None => {
                let values =
                    sheet.rows.iter().flat_map(|row| &row.cells).filter(|cell| {
                        cell.column == column && matches!(cell.content, Content::Value { .. })
                    });
                let header = if sheet.label_columns == 1 { 18 } else { 9 };
                values.map(|cell| width(cell.text()) + 2).max().unwrap_or_default().max(header)
            }
        })
        .collect()
}

pub(super) fn table(sheet: &Sheet, rng: &mut Rng) -> TableText {
    let widths = column_widths(sheet);
    let starts: Vec<usize> = (0..=sheet.columns).map(|column| widths[..column].iter().sum()).collect();
    let place = |cell: &SheetCell| (starts[cell.column], starts[cell.column + cell.column_span]);
    // One place stays free at each side, so that neighbours never touch.
    let wrapped = |cell: &SheetCell| {
        let (start, end) = place(cell);
        wrap(cell.text(), end - start - 2)
    };
    let gap = rng.between(0, 2) as usize;
    let mut heights: Vec<usize> = sheet
        .rows
        .iter()
        .map(|row| {
            let own = row.cells.iter().filter(|cell| cell.row_span == 1);
            own.map(|cell| wrapped(cell).len()).max().unwrap_or(1) + gap
        })
        .collect();
    for (index, row) in sheet.rows.iter().enumerate() {
        for cell in &row.cells {
            let rows = index..index + cell.row_span;
            let have: usize = heights[rows.clone()].iter().sum();
            heights[rows.end - 1] += wrapped(cell).len().saturating_sub(have);
        }
    }
    let mut canvas: Vec<Vec<(usize, String)>> = vec![Vec::new(); heights.iter().sum()];
    for (index, row) in sheet.rows.iter().enumerate() {
        let top: usize = heights[..index].iter().sum();
        for cell in &row.cells {
            let height: usize = heights[index..index + cell.row_span].iter().sum();
            let lines = wrapped(cell);
            let first = top + (height - lines.len()) / 2;
            let (start, end) = place(cell);
            // Labels of rows stand at the left of their cell, everything else in its middle.
            let is_row_label = cell.column < sheet.label_columns;
            for (offset, line) in lines.into_iter().enumerate().filter(|(_, line)| !line.is_empty()) {
                let free = end - start - width(&line);
                let at = start + if is_row_label { 1 } else { free / 2 };
                canvas[first + offset].push((at, line));
            }
        }
    }
    let mut text = String::new();
    let page_break = rng.chance(30).then(|| rng.below(canvas.len() as u64) as usize);
    for (index, mut segments) in canvas.into_iter().enumerate() {
        if segments.is_empty() && page_break.is_some_and(|line| line <= index) && !text.contains('\u{c}') {
            text.push_str(&format!("\n{}-{}-\n\u{c}", " ".repeat(40), rng.between(2, 9)));
        }
        segments.sort();
        let mut at = 0;
        for (start, segment) in segments {
            text.push_str(&" ".repeat(start - at));
            at = start + width(&segment);
            text.push_str(&segment);
        }
        text.push('\n');
    }
    let mut table = TableText { text, ..TableText::default() };
    rows_with_blanks(sheet, &mut table);
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_wrapped_by_places_and_not_by_characters() {
        assert_eq!(wrap("2.其他法律", 6), ["2.其他", "法律"]);
        assert_eq!(wrap("", 6), [""]);
    }
}
