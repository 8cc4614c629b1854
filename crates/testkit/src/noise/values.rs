//! Values written in ways that leave them what they are.

use super::Effects;
use crate::record::is_money;
use crate::render::Rendering;
use crate::sheet::{Content, Sheet, SheetCell};
use crate::{Certainty, Record, Rng};

fn written(sheets: &mut [Sheet]) -> impl Iterator<Item = (usize, &mut String)> {
    let cells = sheets.iter_mut().flat_map(|sheet| &mut sheet.rows).flat_map(|row| &mut row.cells);
    cells.filter_map(|cell| match &mut cell.content {
        Content::Value { cell, written } => Some((*cell, written)),
        Content::Label(_) | Content::Pad => None,
    })
}

/// Digits in full width: all of them, or here and there.
pub(super) fn widen(sheets: &mut [Sheet], rng: &mut Rng) {
    let percent = *rng.pick(&[10, 100]);
    for (_, written) in written(sheets) {
        if rng.chance(percent) {
            *written = widened(written);
        }
    }
}

/// `text` with its digits in full width.
pub(crate) fn widened(text: &str) -> String {
    let wide = |c: char| {
        if c.is_ascii_digit() { char::from_u32(u32::from(c) - 0x30 + 0xff10).unwrap_or(c) } else { c }
    };
    text.chars().map(wide).collect()
}

/// Characters without width, between any two others of a cell.
pub(super) fn hide(sheets: &mut [Sheet], rng: &mut Rng) {
    let cells = sheets.iter_mut().flat_map(|sheet| &mut sheet.rows).flat_map(|row| &mut row.cells);
    for cell in cells {
        let (Content::Label(text) | Content::Value { written: text, .. }) = &mut cell.content else {
            continue;
        };
        if !text.is_empty() && rng.chance(8) {
            hide_one(text, rng);
        }
    }
}

/// Puts a character without width before one of the others, if there are any.
pub(crate) fn hide_one(text: &mut String, rng: &mut Rng) {
    const HIDDEN: [char; 4] = ['\u{200b}', '\u{feff}', '\u{ad}', '\u{200d}'];
    let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    if !places.is_empty() {
        text.insert(*rng.pick(&places), *rng.pick(&HIDDEN));
    }
}

/// A long amount goes on in the next line, as in a narrow cell. All of its row may be open then. Among bare lines the
/// two pieces of one cell beside an empty one look like two cells, and nobody could tell: such rows stay as they are.
pub(super) fn wrap_amounts(
    sheets: &mut [Sheet],
    rendering: Rendering,
    record: &Record,
    effects: &mut Effects,
    rng: &mut Rng,
) {
    let rows = || sheets.iter().flat_map(|sheet| &sheet.rows);
    let unseen: Vec<usize> = rows()
        .filter(|row| row.values().any(|cell| crate::render::is_blank(row, cell)))
        .filter(|_| matches!(rendering, Rendering::BareLines | Rendering::DivGrid))
        .flat_map(|row| row.values())
        .collect();
    let mut wrapped = Vec::new();
    for (cell, written) in written(sheets) {
        let digits = written.chars().take_while(char::is_ascii_digit).count();
        if is_money(&record.form.cells[cell]) && 3 <= digits && !unseen.contains(&cell) {
            written.insert(rng.between(1, digits as u64 - 1) as usize, '\n');
            wrapped.push(cell);
        }
    }
    for row in sheets.iter().flat_map(|sheet| &sheet.rows) {
        if row.cells.iter().filter_map(SheetCell::value).any(|cell| wrapped.contains(&cell)) {
            row.values().for_each(|cell| effects.doubt(cell, Certainty::Open));
        }
    }
}
