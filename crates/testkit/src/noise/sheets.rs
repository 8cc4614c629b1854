//! Rows that are more or fewer than the form's.

use super::Effects;
use crate::render::Rendering;
use crate::sheet::{Content, Sheet, SheetCell, SheetRow};
use crate::{Certainty, Rng};

/// A row before which another can be put: values stand on both sides.
pub(super) fn inner_row(sheet: &Sheet, rng: &mut Rng) -> Option<usize> {
    let with_values = |row: usize| sheet.rows.get(row).is_some_and(SheetRow::has_values);
    let inner: Vec<usize> =
        (1..sheet.rows.len()).filter(|&row| with_values(row) && with_values(row - 1)).collect();
    (!inner.is_empty()).then(|| *rng.pick(&inner))
}

/// Puts `row` before row `at`; cells that go on from above go on past it. Its first cell begins where they end.
pub(super) fn insert(sheet: &mut Sheet, at: usize, mut row: SheetRow) {
    let mut covered = 0;
    for (index, above) in sheet.rows[..at].iter_mut().enumerate() {
        for cell in above.cells.iter_mut().filter(|cell| at < index + cell.row_span) {
            cell.row_span += 1;
            covered = covered.max(cell.column + cell.column_span);
        }
    }
    if let Some(first) = row.cells.first_mut() {
        let end = first.column + first.column_span;
        first.column = covered.min(end - 1);
        first.column_span = end - first.column;
    }
    sheet.rows.insert(at, row);
}

fn label(column: usize, column_span: usize, text: &str) -> SheetCell {
    SheetCell { column, column_span, row_span: 1, content: Content::Label(text.to_owned()) }
}

/// A row of the publisher's own. Its values are no cells of the form.
pub(super) fn add_row(sheets: &mut [Sheet], rendering: Rendering, effects: &mut Effects, rng: &mut Rng) {
    const LABELS: [&str; 4] = ["其他主动公开文件", "网络渠道提交数量", "乡镇街道合计数", "委托办理事项数"];
    let with_labels: Vec<usize> =
        (0..sheets.len()).filter(|&sheet| 0 < sheets[sheet].label_columns).collect();
    let Some(sheet) = (!with_labels.is_empty()).then(|| &mut sheets[*rng.pick(&with_labels)]) else { return };
    let Some(at) = inner_row(sheet, rng) else { return };
    let values: Vec<SheetCell> =
        sheet.rows[at].cells.iter().filter(|cell| cell.value().is_some()).cloned().collect();
    let mut cells = vec![label(0, sheet.label_columns, rng.pick::<&str>(&LABELS))];
    let end = values.last().map_or(sheet.label_columns, |cell| cell.column + cell.column_span);
    cells.extend(
        values
            .into_iter()
            .map(|cell| SheetCell { content: Content::Label(rng.below(30).to_string()), ..cell }),
    );
    cells.extend((end..sheet.columns).map(|column| SheetCell {
        column,
        column_span: 1,
        row_span: 1,
        content: Content::Pad,
    }));
    for row in [at - 1, at] {
        let row = &sheet.rows[row];
        let is_empty = row.values().all(|cell| crate::render::is_blank(row, cell));
        // Where nothing but its lines tells a row from the next, a row of unknown words may belong to the row before
        // it; and an empty row before it may be no row but words above it.
        if !rendering.keeps_rows() || is_empty {
            row.values().for_each(|cell| effects.doubt(cell, Certainty::Open));
        }
    }
    insert(sheet, at, SheetRow { cells });
}

/// A row of the form that a publisher left out since it never has anything to report there.
pub(super) fn lose_row(sheets: &mut [Sheet], effects: &mut Effects, rng: &mut Rng) {
    let with_labels: Vec<usize> =
        (0..sheets.len()).filter(|&sheet| 0 < sheets[sheet].label_columns).collect();
    let Some(sheet) = (!with_labels.is_empty()).then(|| &mut sheets[*rng.pick(&with_labels)]) else { return };
    let Some(at) = inner_row(sheet, rng) else { return };
    for (index, above) in sheet.rows[..at].iter_mut().enumerate() {
        for cell in above.cells.iter_mut().filter(|cell| at < index + cell.row_span) {
            cell.row_span -= 1;
        }
    }
    let row = sheet.rows.remove(at);
    row.values().for_each(|cell| effects.lose(cell));
    // A banner that begins in the lost row begins in the next.
    if let Some(next) = sheet.rows.get_mut(at) {
        let banners = row.cells.into_iter().filter(|cell| 1 < cell.row_span);
        let banners = banners.map(|cell| SheetCell { row_span: cell.row_span - 1, ..cell });
        next.cells.splice(0..0, banners);
    }
}

pub(super) fn add_sentence(sheets: &mut [Sheet], rng: &mut Rng) {
    const SENTENCES: [&str; 3] = [
        "注：以上数据统计截至12月31日，由各单位报送汇总。",
        "说明：本表由办公室填报，不含垂直管理部门。",
        "备注：收费减免情况另行公布，共涉及3个部门。",
    ];
    let index = rng.below(sheets.len() as u64) as usize;
    let sheet = &mut sheets[index];
    let columns = sheet.columns;
    sheet.rows.push(SheetRow { cells: vec![label(0, columns, rng.pick::<&str>(&SENTENCES))] });
}

/// Takes the banners over blocks (第二十条第（一）项): a row of one cell.
pub(super) fn drop_banners(sheets: &mut [Sheet]) {
    for sheet in sheets {
        let columns = sheet.columns;
        sheet.rows.retain(|row| {
            !matches!(&row.cells[..], [cell] if cell.column_span == columns && !row.has_values() && cell.text().contains('条'))
        });
    }
}

/// The rows of a table's header come again before one of its rows, as at the top of a page; a banner over rows of
/// both pages is cut in two, and comes again or is empty.
pub(super) fn repeat_header(
    sheets: &mut [Sheet],
    rendering: Rendering,
    effects: &mut Effects,
    rng: &mut Rng,
) {
    let Some(sheet) = sheets.iter_mut().max_by_key(|sheet| sheet.rows.len()) else { return };
    let Some(at) = inner_row(sheet, rng) else { return };
    let repeats_banner = rng.chance(50);
    let mut continued = Vec::new();
    for (index, above) in sheet.rows[..at].iter_mut().enumerate() {
        for cell in above.cells.iter_mut().filter(|cell| at < index + cell.row_span) {
            let rest = index + cell.row_span - at;
            cell.row_span = at - index;
            let content = match (&cell.content, repeats_banner) {
                (Content::Label(label), true) => Content::Label(label.clone()),
                _ => Content::Label(String::new()),
            };
            continued.push(SheetCell { row_span: rest, content, ..cell.clone() });
        }
    }
    continued.sort_by_key(|cell| cell.column);
    sheet.rows[at].cells.splice(0..0, continued);
    if !rendering.keeps_rows() && !repeats_banner {
        sheet.rows[at].values().for_each(|cell| effects.doubt(cell, Certainty::Open));
    }
    let header: Vec<SheetRow> = sheet.rows.iter().take_while(|row| !row.has_values()).cloned().collect();
    sheet.rows.splice(at..at, header);
}

/// Nothing is left behind one cell of a table. How many values the last row has left tells where they stand only
/// where its columns are drawn.
pub(super) fn truncate(sheets: &mut Vec<Sheet>, effects: &mut Effects, rng: &mut Rng) {
    let table = rng.below(sheets.len() as u64) as usize;
    for sheet in sheets.drain(table + 1..) {
        sheet.rows.iter().flat_map(SheetRow::values).for_each(|cell| effects.lose(cell));
    }
    let sheet = &mut sheets[table];
    let with_values: Vec<usize> = (0..sheet.rows.len()).filter(|&row| sheet.rows[row].has_values()).collect();
    let last = *rng.pick(&with_values);
    for row in sheet.rows.drain(last + 1..) {
        row.values().for_each(|cell| effects.lose(cell));
    }
    for (index, row) in sheet.rows.iter_mut().enumerate() {
        row.cells.iter_mut().for_each(|cell| cell.row_span = cell.row_span.min(last + 1 - index));
    }
    let row = &mut sheet.rows[last];
    let first = row.cells.iter().position(|cell| cell.value().is_some()).unwrap_or_default();
    let kept = if rng.chance(40) {
        row.cells.len()
    } else {
        rng.between(first as u64 + 1, row.cells.len() as u64) as usize
    };
    for cell in row.cells.drain(kept..) {
        cell.value().into_iter().for_each(|cell| effects.lose(cell));
    }
    // The last value may have lost digits for all one knows, and the place of an empty end is gone.
    row.values().for_each(|cell| effects.doubt(cell, Certainty::Open));
}
