//! Rules about table two: documents, items, decisions, procurement.

use crate::checked::{Audited, Checked, Failure};
use crate::figures::exceeding;
use crate::wording::raw;
use gongkai_forms::Row;
use gongkai_model::{BodyKind, Rank, Value};

/// Decisions that equal last year's items plus the change are suspicious from this number on; smaller numbers meet
/// by chance too often.
const SUSPICIOUS_DECISIONS_MIN: i64 = 10;
/// Rows of rules and of normative documents that say the same are suspicious from this number on.
const SUSPICIOUS_ROW_MIN: i64 = 3;
/// More documents than a body of this rank issues in a year.
const DOCUMENTS_OF_COUNTY_MAX: i64 = 500;
const DOCUMENTS_MAX: i64 = 5_000;
/// More of anything in table two than a body of this rank decides in a year. A province's traffic fines are millions.
const OF_TOWNSHIP_MAX: i64 = 1_000_000;
const OF_OTHERS_MAX: i64 = 100_000_000;

/// Decisions are not last year's items plus the change of the year; one failure for each row.
pub(crate) fn decisions_as_items(audited: &Audited<'_>) -> Checked {
    let mut checked = Checked::silent();
    let Some(landmarks) = audited.landmarks else { return checked };
    for row in &landmarks.items {
        let Some(decisions_cell) = row.decisions else { continue };
        let cells = [row.items, row.change, decisions_cell];
        let [Some(items), Some(change), Some(decisions)] = cells.map(|cell| audited.count(cell)) else {
            checked.unknown();
            continue;
        };
        let suspicious =
            SUSPICIOUS_DECISIONS_MIN <= decisions && items.checked_add(change) == Some(decisions);
        checked.add(Some(!suspicious), || Failure {
            left: Some(Value::Count(decisions)),
            right: Some(Value::Count(decisions)),
            zh: format!(
                "「{}」行：处理决定数量 {decisions} 恰为上一年项目数量 {items} 与本年增减 {change} 之和，\
                 可能把项目数量当作了处理决定数量，请核对",
                row.row.short_zh
            ),
            en: format!(
                "row “{}”: {decisions} decisions are exactly last year's {items} items plus the change of {change}; items \
                 may have been counted as decisions, please check",
                row.row.label_en
            ),
            ..of_row(audited, row.row, &cells)
        });
    }
    checked
}

/// A body that cannot make rules (规章) reports none.
pub(crate) fn regulations_competence(audited: &Audited<'_>) -> Checked {
    let Some(landmarks) = audited.landmarks.filter(|landmarks| !landmarks.regulations.is_empty()) else {
        return Checked::silent();
    };
    let body = &audited.report.subject;
    let (who_zh, who_en) = match (body.rank, body.kind) {
        (Rank::County, _) => ("县级行政机关", "a body of county rank"),
        (Rank::Township, _) | (_, BodyKind::Township) => ("乡级行政机关", "a body of township rank"),
        (Rank::Province | Rank::Prefecture, BodyKind::Department) => {
            ("地方政府部门", "a department of a local government")
        }
        (
            Rank::Province | Rank::Prefecture | Rank::National | Rank::Unknown,
            BodyKind::Government
            | BodyKind::GeneralOffice
            | BodyKind::Department
            | BodyKind::DevelopmentZone
            | BodyKind::VerticallyLed
            | BodyKind::Other,
        ) => return Checked::silent(),
    };
    let cells: Vec<_> = landmarks
        .regulations
        .iter()
        .filter_map(|&cell| Some((cell, audited.figure(cell)?)))
        .filter(|(_, figure)| figure.value.is_some_and(|value| !value.decimal().is_zero()))
        .collect();
    if cells.is_empty() {
        return Checked::holds();
    }
    let said = |label: &dyn Fn(usize) -> &'static str, marks: [&str; 2]| -> Vec<String> {
        cells
            .iter()
            .map(|(cell, figure)| format!("{}{}{}{}", marks[0], label(*cell), marks[1], raw(figure)))
            .collect()
    };
    let zh = said(&|cell| audited.labels(cell).0, ["「", "」"]).join("、");
    let en = said(&|cell| audited.labels(cell).1, ["“", "” "]).join(", ");
    Checked::fails(Failure {
        subject: "regulations".to_owned(),
        figures: audited.keys(cells.iter().map(|(cell, _)| *cell)),
        zh: format!("{who_zh}无权制定规章，却填有{zh}；可能把规范性文件或上级的规章计入，请核对"),
        en: format!(
            "{who_en} cannot make rules (规章), but reports {en}; normative documents or rules of others may have been \
             counted, please check"
        ),
        ..Failure::default()
    })
}

/// What was issued in the year is in force or repealed; one failure for each row.
pub(crate) fn in_force(audited: &Audited<'_>) -> Checked {
    let mut checked = Checked::silent();
    let Some(landmarks) = audited.landmarks else { return checked };
    for row in &landmarks.documents {
        let cells = [row.issued, row.in_force, row.repealed];
        let [Some(issued), Some(in_force), Some(repealed)] = cells.map(|cell| audited.count(cell)) else {
            checked.unknown();
            continue;
        };
        checked.add(Some(issued <= in_force.saturating_add(repealed)), || Failure {
            left: Some(Value::Count(issued)),
            right: in_force.checked_add(repealed).map(Value::Count),
            zh: format!(
                "「{}」行：本年制发 {issued} 件，而现行有效只有 {in_force} 件、本年废止 {repealed} 件；本年制发的文件应计入现行有效，请核对",
                row.row.short_zh
            ),
            en: format!(
                "row “{}”: {issued} issued in the year, but only {in_force} in force and {repealed} repealed; what was \
                 issued in the year counts as in force, please check",
                row.row.label_en
            ),
            ..of_row(audited, row.row, &cells)
        });
    }
    checked
}

/// What was newly published is part of what is published in total; one failure for each row.
pub(crate) fn published_total(audited: &Audited<'_>) -> Checked {
    let rows = audited.landmarks.map_or(&[][..], |landmarks| &landmarks.published);
    at_most(audited, rows.iter().map(|row| (row.row, row.published, row.total)), |row, new, total| {
        (
            format!("「{}」行：本年新公开 {new} 件，多于对外公开总数 {total} 件，请核对", row.short_zh),
            format!(
                "row “{}”: {new} newly published, more than the {total} published in total, please check",
                row.label_en
            ),
        )
    })
}

/// What was made is published; one failure for each row.
pub(crate) fn made_unpublished(audited: &Audited<'_>) -> Checked {
    let rows = audited.landmarks.map_or(&[][..], |landmarks| &landmarks.published);
    at_most(audited, rows.iter().map(|row| (row.row, row.made, row.published)), |row, made, new| {
        (
            format!(
                "「{}」行：本年新制作 {made} 件，只公开 {new} 件；这类文件应当主动公开，请核对",
                row.short_zh
            ),
            format!(
                "row “{}”: {made} made, but only {new} published; such documents are to be published, please check",
                row.label_en
            ),
        )
    })
}

/// No more items are dropped than there were; one failure for each row.
pub(crate) fn items(audited: &Audited<'_>) -> Checked {
    let mut checked = Checked::silent();
    let Some(landmarks) = audited.landmarks else { return checked };
    for row in &landmarks.items {
        let cells = [row.items, row.change];
        let [Some(items), Some(change)] = cells.map(|cell| audited.count(cell)) else {
            checked.unknown();
            continue;
        };
        checked.add(Some(0 <= items.saturating_add(change)), || Failure {
            left: Some(Value::Count(items)),
            right: Some(Value::Count(change)),
            zh: format!(
                "「{}」行：上一年项目数量 {items}，本年却减少 {} 项，请核对",
                row.row.short_zh,
                change.unsigned_abs()
            ),
            en: format!(
                "row “{}”: {items} items last year, but {} dropped, please check",
                row.row.label_en,
                change.unsigned_abs()
            ),
            ..of_row(audited, row.row, &cells)
        });
    }
    checked
}

/// Decisions are taken under some item; one failure for each row.
pub(crate) fn decisions_without_items(audited: &Audited<'_>) -> Checked {
    let mut checked = Checked::silent();
    let Some(landmarks) = audited.landmarks else { return checked };
    for row in &landmarks.items {
        let Some(decisions_cell) = row.decisions else { continue };
        let cells = [row.items, row.change, decisions_cell];
        let [Some(items), Some(change), Some(decisions)] = cells.map(|cell| audited.count(cell)) else {
            checked.unknown();
            continue;
        };
        let suspicious = 0 < decisions && items == 0 && change == 0;
        checked.add(Some(!suspicious), || Failure {
            left: Some(Value::Count(decisions)),
            zh: format!("「{}」行：处理决定数量 {decisions}，而项目数量为 0，请核对", row.row.short_zh),
            en: format!("row “{}”: {decisions} decisions, but no item, please check", row.row.label_en),
            ..of_row(audited, row.row, &cells)
        });
    }
    checked
}

/// The rows of rules and of normative documents are not the same numbers.
pub(crate) fn rows_equal(audited: &Audited<'_>) -> Checked {
    let Some((rules, documents)) = audited.landmarks.and_then(|landmarks| landmarks.document_rows.as_ref())
    else {
        return Checked::silent();
    };
    let counts =
        |cells: &[usize]| -> Option<Vec<i64>> { cells.iter().map(|&cell| audited.count(cell)).collect() };
    let (Some(left), Some(right)) = (counts(rules), counts(documents)) else {
        return unknown();
    };
    let large = left.iter().any(|count| SUSPICIOUS_ROW_MIN <= *count);
    Checked::unless((large && left == right).then(|| Failure {
        subject: "regulations".to_owned(),
        figures: audited.keys(rules.iter().chain(documents).copied()),
        zh: "规章与规范性文件两行的数字完全相同，可能把一行抄到了另一行，请核对".to_owned(),
        en: "the rows of rules and of normative documents hold the same numbers; one may have been copied, please check"
            .to_owned(),
        ..Failure::default()
    }))
}

/// There are projects exactly where there is an amount.
pub(crate) fn procurement(audited: &Audited<'_>) -> Checked {
    let Some((projects, amount)) = audited.landmarks.and_then(|landmarks| landmarks.procurement) else {
        return Checked::silent();
    };
    let value = |cell: usize| audited.figure(cell).and_then(|figure| figure.value);
    let (Some(number), Some(money)) = (value(projects), value(amount)) else { return unknown() };
    let one_sided = number.decimal().is_zero() != money.decimal().is_zero();
    Checked::unless(one_sided.then(|| Failure {
        subject: "procurement".to_owned(),
        left: Some(number),
        right: Some(money),
        figures: audited.keys([projects, amount]),
        zh: format!("政府集中采购：采购项目数量为 {number}，采购总金额为 {money} 元，一有一无，请核对"),
        en: format!(
            "procurement: {number} projects, but {money} yuan; one is there without the other, please check"
        ),
        ..Failure::default()
    }))
}

/// As many documents as such a body issues.
pub(crate) fn documents_magnitude(audited: &Audited<'_>) -> Checked {
    let Some(landmarks) = audited.landmarks else { return Checked::silent() };
    let limit = match audited.report.subject.rank {
        Rank::County | Rank::Township => DOCUMENTS_OF_COUNTY_MAX,
        Rank::National | Rank::Province | Rank::Prefecture | Rank::Unknown => DOCUMENTS_MAX,
    };
    let mut checked = Checked::silent();
    for &cell in &landmarks.made {
        let Some(count) = audited.count(cell) else { continue };
        checked.add(Some(count <= limit), || {
            let (zh, en) = audited.labels(cell);
            Failure {
                subject: audited.key(cell).map(|key| key.to_string()).unwrap_or_default(),
                left: Some(Value::Count(count)),
                figures: audited.keys([cell]),
                zh: format!("「{zh}」填的是 {count}，可能计入了规范性文件以外的公文，请核对"),
                en: format!(
                    "“{en}” says {count}; other official documents may have been counted, please check"
                ),
                ..Failure::default()
            }
        });
    }
    checked
}

/// Numbers of a possible size.
pub(crate) fn magnitude(audited: &Audited<'_>) -> Checked {
    let limit = match audited.report.subject.rank {
        Rank::Township => OF_TOWNSHIP_MAX,
        Rank::National | Rank::Province | Rank::Prefecture | Rank::County | Rank::Unknown => OF_OTHERS_MAX,
    };
    exceeding(audited, |table| table == "disclosure", limit)
}

/// One failure for each row whose first count exceeds the second.
fn at_most(
    audited: &Audited<'_>,
    rows: impl Iterator<Item = (&'static Row, usize, usize)>,
    words: impl Fn(&Row, i64, i64) -> (String, String),
) -> Checked {
    let mut checked = Checked::silent();
    for (row, part, whole) in rows {
        let (Some(left), Some(right)) = (audited.count(part), audited.count(whole)) else {
            checked.unknown();
            continue;
        };
        checked.add(Some(left <= right), || {
            let (zh, en) = words(row, left, right);
            Failure {
                left: Some(Value::Count(left)),
                right: Some(Value::Count(right)),
                zh,
                en,
                ..of_row(audited, row, &[part, whole])
            }
        });
    }
    checked
}

fn of_row(audited: &Audited<'_>, row: &Row, cells: &[usize]) -> Failure {
    Failure { subject: row.id.clone(), figures: audited.keys(cells.iter().copied()), ..Failure::default() }
}

fn unknown() -> Checked {
    let mut checked = Checked::silent();
    checked.unknown();
    checked
}
