//! How cells that have nothing to report are filled in.

use crate::checked::{Audited, Checked, Failure};
use crate::completeness::{heading, labels};
use gongkai_model::{State, Value};
use std::collections::BTreeSet;

/// Cells of one table that have nothing to report are filled in one way; one failure for each table.
pub(crate) fn mixed(audited: &Audited<'_>) -> Checked {
    let Some(form) = audited.form else { return Checked::silent() };
    let mut failures = Vec::new();
    for (table, census) in form.tables.iter().zip(&audited.census) {
        if census.zeros == 0 || census.blank == 0 {
            continue;
        }
        let blanks: Vec<_> =
            table.cells.clone().filter(|&cell| audited.state(cell) == State::Blank).collect();
        let Some((zh, en)) = labels(form, &blanks) else { continue };
        failures.push(Failure {
            subject: table.id.clone(),
            figures: audited.keys(blanks.iter().copied()),
            zh: format!(
                "「{}」表：{} 个单元格填 0，{} 个留空（{zh}）；没有的请统一填 0，空白不能当作 0 核对",
                heading(table),
                census.zeros,
                blanks.len(),
            ),
            en: format!(
                "table “{}”: {} cells hold 0 and {} are blank ({en}); a blank cannot be checked as a 0",
                table.label_en,
                census.zeros,
                blanks.len(),
            ),
            ..Failure::default()
        });
    }
    Checked::of(failures)
}

/// Cells of one table that do not apply are marked in one way; one failure for each table.
pub(crate) fn mixed_signs(audited: &Audited<'_>) -> Checked {
    let Some(form) = audited.form else { return Checked::silent() };
    let mut failures = Vec::new();
    for (table, census) in form.tables.iter().zip(&audited.census) {
        if census.marks < 2 {
            continue;
        }
        let marked = table.cells.clone().filter_map(|cell| audited.figure(cell));
        let marked = marked.filter(|figure| figure.state == State::NotApplicable);
        let signs: BTreeSet<&str> = marked.map(|figure| figure.raw.as_str()).collect();
        if signs.len() < 2 {
            continue;
        }
        let signs: Vec<_> = signs.into_iter().collect();
        failures.push(Failure {
            subject: table.id.clone(),
            zh: format!("「{}」表：“不适用”有几种写法（{}），宜统一", heading(table), signs.join(" ")),
            en: format!(
                "table “{}”: what does not apply is marked in several ways ({})",
                table.label_en,
                signs.join(" ")
            ),
            ..Failure::default()
        });
    }
    Checked::of(failures)
}

/// Every cell of the tables of requests and reviews applies to every body; one failure for each table.
pub(crate) fn not_applicable(audited: &Audited<'_>) -> Checked {
    let Some(form) = audited.form else { return Checked::silent() };
    let mut failures = Vec::new();
    for (table, census) in form.tables.iter().zip(&audited.census) {
        if census.marks == 0 || table.id == "disclosure" {
            continue;
        }
        let marked: Vec<_> =
            table.cells.clone().filter(|&cell| audited.state(cell) == State::NotApplicable).collect();
        let Some((zh, en)) = labels(form, &marked) else { continue };
        failures.push(Failure {
            subject: table.id.clone(),
            left: Some(Value::Count(marked.len() as i64)),
            figures: audited.keys(marked.iter().copied()),
            zh: format!(
                "「{}」表：{} 个单元格填“不适用”标记（{zh}）；没有的请填 0",
                heading(table),
                marked.len()
            ),
            en: format!(
                "table “{}”: {} cells are marked as not applicable ({en}); 0 says that there is nothing",
                table.label_en,
                marked.len()
            ),
            ..Failure::default()
        });
    }
    Checked::of(failures)
}
