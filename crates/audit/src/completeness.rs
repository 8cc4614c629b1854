//! Whether every table, row and cell of the form is there, filled in, and certain.

use crate::checked::{Audited, Census, Checked, Failure};
use crate::wording::{list_en, list_zh};
use gongkai_forms::{Form, Row, Table};
use gongkai_model::State;

/// Every table of the form is in the report; one failure for each that is not.
pub(crate) fn table_missing(audited: &Audited<'_>) -> Checked {
    each_table(audited, |form, table, census| {
        (census.missing == census.cells).then(|| Failure {
            subject: table.id.clone(),
            figures: form.cells[table.cells.clone()].iter().map(|cell| cell.key.clone()).collect(),
            zh: format!("文件中未找到「{}」表（{} 个单元格）", heading(table), census.cells),
            en: format!("table “{}” was not found in the document ({} cells)", table.label_en, census.cells),
            ..Failure::default()
        })
    })
}

/// Every row of a table is there; one failure for each table.
pub(crate) fn row_missing(audited: &Audited<'_>) -> Checked {
    each_table(audited, |_, table, census| {
        if census.missing == 0 || census.missing == census.cells {
            return None;
        }
        let rows: Vec<&Row> = table
            .blocks
            .iter()
            .flat_map(|block| &block.rows)
            .filter(|row| is_missing(audited, row))
            .collect();
        if rows.is_empty() {
            return None;
        }
        let zh: Vec<_> = rows.iter().map(|row| row.short_zh.as_str()).collect();
        let en: Vec<_> = rows.iter().map(|row| row.label_en.as_str()).collect();
        Some(Failure {
            subject: table.id.clone(),
            figures: audited.keys(rows.iter().flat_map(|row| row.cells.iter().flatten().copied())),
            zh: format!(
                "「{}」表缺 {} 行：{}；没有的也应保留该行并填 0",
                heading(table),
                rows.len(),
                list_zh(&zh)
            ),
            en: format!(
                "table “{}” lacks {} rows: {}; they are kept and say 0 where there is nothing",
                table.label_en,
                rows.len(),
                list_en(&en)
            ),
            ..Failure::default()
        })
    })
}

/// Every cell of a row that is there was found; one failure for each table.
pub(crate) fn cell_missing(audited: &Audited<'_>) -> Checked {
    each_table(audited, |form, table, census| {
        if census.missing == 0 || census.missing == census.cells {
            return None;
        }
        let rows = table.blocks.iter().flat_map(|block| &block.rows).filter(|row| !is_missing(audited, row));
        let cells: Vec<usize> = rows
            .flat_map(|row| row.cells.iter().flatten().copied())
            .filter(|&cell| audited.state(cell) == State::Missing)
            .collect();
        let (zh, en) = labels(form, &cells)?;
        Some(Failure {
            subject: table.id.clone(),
            figures: audited.keys(cells.iter().copied()),
            zh: format!("「{}」表：{} 个单元格在文件中未找到：{zh}", heading(table), cells.len()),
            en: format!("table “{}”: {} cells not found in the document: {en}", table.label_en, cells.len()),
            ..Failure::default()
        })
    })
}

/// The content of every cell is certain; one failure for each table.
pub(crate) fn undetermined(audited: &Audited<'_>) -> Checked {
    let Some(form) = audited.form else { return Checked::silent() };
    of_tables(audited, form, |form, table, census| {
        if census.undetermined == 0 {
            return None;
        }
        let cells: Vec<usize> =
            table.cells.clone().filter(|&cell| audited.state(cell) == State::Undetermined).collect();
        let (zh, en) = labels(form, &cells)?;
        Some(Failure {
            subject: table.id.clone(),
            figures: audited.keys(cells.iter().copied()),
            zh: format!("「{}」表：{} 个单元格的内容无法确定：{zh}；请对照原件", heading(table), cells.len()),
            en: format!(
                "table “{}”: {} cells are not certain: {en}; please compare with the original",
                table.label_en,
                cells.len()
            ),
            ..Failure::default()
        })
    })
}

/// No table is left blank; one failure for each that is.
pub(crate) fn table_blank(audited: &Audited<'_>) -> Checked {
    each_table(audited, |form, table, census| {
        let empty = census.blank + census.marks;
        (0 < empty && empty + census.missing == census.cells && census.missing < census.cells).then(|| {
            Failure {
                subject: table.id.clone(),
                figures: form.cells[table.cells.clone()].iter().map(|cell| cell.key.clone()).collect(),
                zh: format!("「{}」表没有填写任何数字（{empty} 个单元格为空）；没有的请填 0", heading(table)),
                en: format!(
                    "table “{}” holds no number ({empty} cells are blank); 0 says that there is nothing",
                    table.label_en
                ),
                ..Failure::default()
            }
        })
    })
}

fn each_table(
    audited: &Audited<'_>,
    failure: impl Fn(&'static Form, &'static Table, &Census) -> Option<Failure>,
) -> Checked {
    // Of a table that no report has to carry, local versions lack rows and add others.
    let Some(form) = audited.form.filter(|form| form.is_prescribed) else { return Checked::silent() };
    // What stands where the text breaks off, and behind it, is not missing from the report.
    let behind = audited.shown_before_cut.map_or(form.sections.len(), |shown| shown.saturating_sub(1));
    let behind = form.sections.get(behind..).unwrap_or_default();
    of_tables(audited, form, |form, table, census| {
        let is_cut = 0 < census.missing && behind.iter().any(|part| part.id == table.id);
        if is_cut { None } else { failure(form, table, census) }
    })
}

fn of_tables(
    audited: &Audited<'_>,
    form: &'static Form,
    failure: impl Fn(&'static Form, &'static Table, &Census) -> Option<Failure>,
) -> Checked {
    let tables = form.tables.iter().zip(&audited.census);
    Checked::of(tables.filter_map(|(table, census)| failure(form, table, census)).collect())
}

fn is_missing(audited: &Audited<'_>, row: &Row) -> bool {
    let mut cells = row.cells.iter().flatten().peekable();
    cells.peek().is_some() && cells.all(|&cell| audited.state(cell) == State::Missing)
}

/// What a sentence calls a table.
pub(crate) fn heading(table: &Table) -> &str {
    table.headings.first().map_or("", String::as_str)
}

/// Some labels of these cells; none where there is no cell.
pub(crate) fn labels(form: &'static Form, cells: &[usize]) -> Option<(String, String)> {
    cells.first()?;
    let zh: Vec<_> = cells.iter().map(|&cell| form.cells[cell].label_zh.as_str()).collect();
    let en: Vec<_> = cells.iter().map(|&cell| form.cells[cell].label_en.as_str()).collect();
    Some((list_zh(&zh), list_en(&en)))
}
