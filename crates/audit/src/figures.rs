//! Rules about single figures.

use crate::checked::{Audited, Checked, Failure};
use crate::completeness::{heading, labels};
use crate::wording::raw;
use gongkai_forms::CellDefinition;
use gongkai_model::{Figure, State, Unit, Value};
use rust_decimal::Decimal;

/// No number is negative outside the columns that ask for a change.
pub(crate) fn negative(audited: &Audited<'_>) -> Checked {
    let is_negative = |cell: &CellDefinition, figure: &Figure| {
        !cell.signed && figure.value.is_some_and(|value| value.decimal() < Decimal::ZERO)
    };
    each(audited, audited.total(|census| census.negative), is_negative, |cell, figure| Failure {
        left: figure.value,
        zh: format!("「{}」填的是 {}，这一项不能为负数", cell.label_zh, raw(figure)),
        en: format!("“{}” says {}, but it cannot be negative", cell.label_en, raw(figure)),
        ..Failure::default()
    })
}

/// No cell holds words.
pub(crate) fn text(audited: &Audited<'_>) -> Checked {
    let is_text = |_: &CellDefinition, figure: &Figure| figure.state == State::Text;
    each(audited, audited.total(|census| census.texts), is_text, |cell, figure| Failure {
        zh: format!("「{}」填的是文字“{}”，应填数字", cell.label_zh, raw(figure)),
        en: format!("“{}” says “{}” where a number is asked for", cell.label_en, raw(figure)),
        ..Failure::default()
    })
}

/// No cell holds a unit: the header has it. An amount whose header has none may say its own. One failure for each table.
pub(crate) fn unit_in_cell(audited: &Audited<'_>) -> Checked {
    let Some(form) = audited.form else { return Checked::silent() };
    let unit_of = |cell: usize| {
        let (definition, figure) = (form.cells.get(cell)?, audited.figure(cell)?);
        let asked_for = definition.unit == Unit::Yuan && form.column(definition).source_unit.is_none();
        if figure.state == State::Number && !asked_for { raw_unit(figure) } else { None }
    };
    let mut failures = Vec::new();
    for (table, _) in form.tables.iter().zip(&audited.census).filter(|(_, census)| 0 < census.with_unit) {
        let cells: Vec<usize> = table.cells.clone().filter(|&cell| unit_of(cell).is_some()).collect();
        let Some(((zh, en), unit)) = labels(form, &cells).zip(cells.first().and_then(|&cell| unit_of(cell)))
        else {
            continue;
        };
        failures.push(Failure {
            subject: table.id.clone(),
            figures: audited.keys(cells.iter().copied()),
            zh: format!(
                "「{}」表：{} 个单元格写有“{unit}”等单位（{zh}），单元格内只填数字",
                heading(table),
                cells.len()
            ),
            en: format!(
                "table “{}”: {} cells hold units such as “{unit}” ({en}); a cell holds the number alone",
                table.label_en,
                cells.len()
            ),
            ..Failure::default()
        });
    }
    Checked::of(failures)
}

/// What stands behind the last digit, unless it is white space or punctuation.
fn raw_unit(figure: &Figure) -> Option<char> {
    figure.raw.chars().next_back().filter(|c| c.is_alphabetic())
}

/// One failure for each cell that is `wrong`; `suspects` is 0 where there can be none.
fn each(
    audited: &Audited<'_>,
    suspects: usize,
    wrong: impl Fn(&CellDefinition, &Figure) -> bool,
    failure: impl Fn(&CellDefinition, &Figure) -> Failure,
) -> Checked {
    if audited.form.is_none() {
        return Checked::silent();
    }
    if suspects == 0 {
        return Checked::holds();
    }
    let wrong = audited.cells().filter(|(_, cell, figure)| wrong(cell, figure));
    let failures = wrong.map(|(_, cell, figure)| Failure {
        subject: cell.key.to_string(),
        figures: vec![cell.key.clone()],
        ..failure(cell, figure)
    });
    Checked::of(failures.collect())
}

/// One failure for each count of these tables that exceeds `limit`.
pub(crate) fn exceeding(audited: &Audited<'_>, is_table: impl Fn(&str) -> bool, limit: i64) -> Checked {
    let Some(form) = audited.form else { return Checked::silent() };
    let tables = form.tables.iter().zip(&audited.census).filter(|(table, _)| is_table(&table.id));
    let mut checked = Checked::silent();
    for (table, census) in tables {
        if census.numbers == 0 {
            continue;
        }
        if census.greatest <= limit {
            checked.hold();
            continue;
        }
        for cell in table.cells.clone() {
            let Some(count) = audited.count(cell).filter(|count| limit < *count) else { continue };
            let (zh, en) = audited.labels(cell);
            checked.fail(Failure {
                subject: form.cells[cell].key.to_string(),
                left: Some(Value::Count(count)),
                figures: audited.keys([cell]),
                zh: format!("「{zh}」填的是 {count}，对这一级单位来说大得不合常理，请核对"),
                en: format!("“{en}” says {count}, which is unlikely for such a body, please check"),
                ..Failure::default()
            });
        }
    }
    checked
}
