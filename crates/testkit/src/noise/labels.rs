//! Labels that are shorter, longer or other than the form's.

use super::Effects;
use crate::sheet::{Content, Sheet, SheetCell, SheetRow, list_number};
use crate::{Certainty, Record, Rng};
use gongkai_model::State;

/// The label that a row goes by, for each row with values.
fn row_labels(sheets: &mut [Sheet]) -> impl Iterator<Item = &mut String> {
    sheets.iter_mut().flat_map(|sheet| &mut sheet.rows).filter(|row| row.has_values()).filter_map(|row| {
        row.cells.iter_mut().rev().find_map(|cell| match &mut cell.content {
            Content::Label(label) => Some(label),
            Content::Value { .. } | Content::Pad => None,
        })
    })
}

/// Takes the last one or two characters of some long labels.
pub(super) fn clip(sheets: &mut [Sheet], rng: &mut Rng) {
    for label in row_labels(sheets) {
        let characters = label.chars().count();
        if 9 <= characters && !label.ends_with('）') && rng.chance(30) {
            let kept = characters - rng.between(1, 2) as usize;
            *label = label.chars().take(kept).collect();
        }
    }
}

/// Puts another character into some long labels: one that is no bracket and in no other label. Neither it nor the one
/// that it stands for is a number.
pub(super) fn mistype(sheets: &mut [Sheet], rng: &mut Rng) {
    const OTHERS: [char; 5] = ['畔', '茗', '翊', '珂', '岚'];
    for label in row_labels(sheets) {
        let number = list_number(label).chars().count();
        let characters: Vec<char> = label.chars().collect();
        if number + 6 <= characters.len() && rng.chance(25) {
            let at = rng.between(number as u64 + 1, characters.len() as u64 - 2) as usize;
            if characters[at].is_alphabetic() && !"一二三四五六七八九十".contains(characters[at]) {
                *label = characters
                    .iter()
                    .enumerate()
                    .map(|(i, &c)| if i == at { *rng.pick(&OTHERS) } else { c })
                    .collect();
            }
        }
    }
}

/// Puts remarks behind some labels. A unit of pieces on the label of amounts would leave these open.
pub(super) fn bracket(sheets: &mut [Sheet], rng: &mut Rng) {
    const REMARKS: [&str; 6] =
        ["（件）", "（含3个乡镇）", "（-8）", "（2项，含1项暂停）", "(单位:件)", "（注1）"];
    for label in row_labels(sheets) {
        if !label.ends_with('）') && rng.chance(20) {
            let remark = rng.pick::<&str>(&REMARKS);
            let words: String = label.chars().filter(|c| !c.is_whitespace()).collect();
            let is_of_amounts = words.contains("收费") || words.contains("采购");
            if !(is_of_amounts && remark.contains('件')) {
                label.push_str(remark);
            }
        }
    }
}

/// Takes the list numbers of all rows, or of some. A number is kept where nothing else tells two rows apart.
pub(super) fn drop_numbers(sheets: &mut [Sheet], rng: &mut Rng) {
    let is_all = rng.chance(60);
    for label in row_labels(sheets) {
        let rest = label.trim_start_matches(list_number(label)).to_owned();
        if 3 <= rest.chars().filter(|c| *c != ' ').count() && (is_all || rng.chance(30)) {
            *label = rest;
        }
    }
}

/// 第二十条第（一）项 with the full name of the regulation before it.
pub(super) fn lengthen_banners(sheets: &mut [Sheet]) {
    for cell in sheets.iter_mut().flat_map(|sheet| &mut sheet.rows).flat_map(|row| &mut row.cells) {
        if let Content::Label(label) = &mut cell.content
            && (label.starts_with("第二十条") || label.starts_with("第20条"))
        {
            *label = format!("《中华人民共和国政府信息公开条例》{label}");
        }
    }
}

/// The header over an amount of money loses its unit, which then stands below the table.
pub(super) fn take_unit(sheets: &mut [Sheet], record: &Record, effects: &mut Effects) {
    for sheet in sheets {
        let cells = || sheet.rows.iter().flat_map(|row| &row.cells);
        let is_headed = cells().any(|cell| cell.text().contains("单位："));
        let amounts: Vec<usize> = cells()
            .filter_map(SheetCell::value)
            .filter(|&cell| crate::record::is_money(&record.form.cells[cell]))
            .collect();
        if !is_headed {
            continue;
        }
        for cell in sheet.rows.iter_mut().flat_map(|row| &mut row.cells) {
            if let Content::Label(label) = &mut cell.content
                && let Some(at) = label.find("（单位：")
            {
                label.truncate(at);
            }
        }
        let columns = sheet.columns;
        let below = Content::Label("注：收费金额单位：万元".to_owned());
        let below = SheetCell { column: 0, column_span: columns, row_span: 1, content: below };
        sheet.rows.push(SheetRow { cells: vec![below] });
        for cell in amounts {
            let entry = &record.entries[cell];
            if entry.state == State::Number && !entry.written.ends_with('元') {
                effects.doubt(cell, Certainty::Open);
            }
        }
    }
}
