//! Rules about single figures and about the figures of one table or row.

use crate::wording::{list_en, list_zh, raw};
use crate::{Audited, Failure};
use gongkai_model::{BodyKind, Figure, Rank, State, Unit, Value};
use rust_decimal::Decimal;

/// Decisions that equal last year's items plus the change are suspicious from this number on; smaller numbers meet
/// by chance too often.
const SUSPICIOUS_DECISIONS_MIN: i64 = 10;
/// Amounts in yuan that are hard to believe (100亿元), from which a number under a 万元 header looks like yuan.
const UNLIKELY_AMOUNT_MIN: i64 = 10_000_000_000;
/// The same for provinces and national bodies.
const UNLIKELY_AMOUNT_OF_PROVINCE_MIN: i64 = 10 * UNLIKELY_AMOUNT_MIN;
const YUAN_PER_YI: i64 = 100_000_000;

/// Cells of one table that have nothing to report are filled in one way; one failure for each table.
pub(crate) fn mixed_marks(audited: &Audited<'_>) -> Option<Vec<Failure>> {
    let form = audited.form?;
    let mut failures = Vec::new();
    for table in &form.tables {
        let figures = || table.cells.clone().filter_map(|cell| Some((cell, audited.figure(cell)?)));
        let is_zero = |figure: &Figure| figure.value.is_some_and(|value| value.decimal().is_zero());
        let zeros = figures().filter(|(_, figure)| is_zero(figure)).count();
        let blanks: Vec<_> =
            figures().filter(|(_, figure)| figure.state == State::Blank).map(|(cell, _)| cell).collect();
        if zeros == 0 || blanks.is_empty() {
            continue;
        }
        let zh: Vec<_> = blanks.iter().map(|&cell| form.cells[cell].label_zh.as_str()).collect();
        let en: Vec<_> = blanks.iter().map(|&cell| form.cells[cell].label_en.as_str()).collect();
        failures.push(Failure {
            subject: table.id.clone(),
            figures: blanks.iter().map(|&cell| form.cells[cell].key.clone()).collect(),
            zh: format!(
                "「{}」表：{zeros} 个单元格填 0，{} 个留空（{}）；没有的请统一填 0，空白不能当作 0 核对",
                table.headings.first().map_or("", String::as_str),
                blanks.len(),
                list_zh(&zh)
            ),
            en: format!(
                "table “{}”: {zeros} cells hold 0 and {} are blank ({}); a blank cannot be checked as a 0",
                table.label_en,
                blanks.len(),
                list_en(&en)
            ),
            ..Failure::default()
        });
    }
    Some(failures)
}

/// No number is negative outside the columns that ask for a change.
pub(crate) fn negative(audited: &Audited<'_>) -> Option<Vec<Failure>> {
    audited.form?;
    let mut failures = Vec::new();
    for (cell, figure) in audited.cells() {
        let Some(value) = figure.value.filter(|value| !cell.signed && value.decimal() < Decimal::ZERO) else {
            continue;
        };
        failures.push(Failure {
            subject: cell.key.to_string(),
            left: Some(value),
            figures: vec![cell.key.clone()],
            zh: format!("「{}」填的是 {}，这一项不能为负数", cell.label_zh, raw(figure)),
            en: format!("“{}” says {}, but it cannot be negative", cell.label_en, raw(figure)),
            ..Failure::default()
        });
    }
    Some(failures)
}

/// No cell holds words.
pub(crate) fn text(audited: &Audited<'_>) -> Option<Vec<Failure>> {
    audited.form?;
    let texts = audited.cells().filter(|(_, figure)| figure.state == State::Text);
    Some(
        texts
            .map(|(cell, figure)| Failure {
                subject: cell.key.to_string(),
                figures: vec![cell.key.clone()],
                zh: format!("「{}」填的是文字“{}”，应填数字", cell.label_zh, raw(figure)),
                en: format!("“{}” says “{}” where a number is asked for", cell.label_en, raw(figure)),
                ..Failure::default()
            })
            .collect(),
    )
}

/// Decisions are not last year's items plus the change of the year; one failure for each row.
pub(crate) fn decisions_as_items(audited: &Audited<'_>) -> Option<Vec<Failure>> {
    let form = audited.form?;
    let mut applies = false;
    let mut failures = Vec::new();
    for block in form.tables.iter().flat_map(|table| &table.blocks) {
        let column = |id: &str| block.columns.iter().position(|column| column.id == id);
        let (Some(items), Some(change), Some(decisions)) =
            (column("items_last_year"), column("change"), column("decisions"))
        else {
            continue;
        };
        for row in &block.rows {
            let count = |column: usize| match audited.figure(row.cells[column]?)?.value? {
                Value::Count(count) => Some(count),
                Value::Amount(_) => None,
            };
            let (Some(items_count), Some(change_count), Some(decisions_count)) =
                (count(items), count(change), count(decisions))
            else {
                continue;
            };
            applies = true;
            if decisions_count < SUSPICIOUS_DECISIONS_MIN
                || items_count.checked_add(change_count) != Some(decisions_count)
            {
                continue;
            }
            let cells = [items, change, decisions].map(|column| row.cells[column]);
            failures.push(Failure {
                subject: row.id.clone(),
                left: Some(Value::Count(decisions_count)),
                right: Some(Value::Count(decisions_count)),
                figures: cells.into_iter().flatten().map(|cell| form.cells[cell].key.clone()).collect(),
                zh: format!(
                    "「{}」行：处理决定数量 {decisions_count} 恰为上一年项目数量 {items_count} 与本年增减 {change_count} 之和，\
                     可能把项目数量当作了处理决定数量，请核对",
                    row.short_zh
                ),
                en: format!(
                    "row “{}”: {decisions_count} decisions are exactly last year's {items_count} items plus the change of \
                     {change_count}; items may have been counted as decisions, please check",
                    row.label_en
                ),
            });
        }
    }
    applies.then_some(failures)
}

/// An amount says its unit, and a bare number under a 万元 header is of a likely size.
pub(crate) fn amount_unit(audited: &Audited<'_>) -> Option<Vec<Failure>> {
    let limit = match audited.report.subject.rank {
        Rank::National | Rank::Province => UNLIKELY_AMOUNT_OF_PROVINCE_MIN,
        Rank::Prefecture | Rank::County | Rank::Township | Rank::Unknown => UNLIKELY_AMOUNT_MIN,
    };
    let mut applies = false;
    let mut failures = Vec::new();
    for (cell, figure) in audited.cells().filter(|(cell, _)| cell.unit == Unit::Yuan) {
        // Nothing is nothing in every unit.
        let Some(Value::Amount(amount)) = figure.value.filter(|value| !value.decimal().is_zero()) else {
            continue;
        };
        applies = true;
        let has_own_unit = figure.raw.contains(['元', '万', '亿']);
        let failure = Failure {
            subject: cell.key.to_string(),
            left: Some(Value::Amount(amount)),
            figures: vec![cell.key.clone()],
            ..Failure::default()
        };
        if figure.source_unit.is_empty() && !has_own_unit {
            failures.push(Failure {
                zh: format!("「{}」填的是 {}，表头和单元格都没有写明单位，现按元读取，请核对", cell.label_zh, raw(figure)),
                en: format!(
                    "“{}” says {}; neither header nor cell names a unit, so it was read as yuan, please check",
                    cell.label_en,
                    raw(figure)
                ),
                ..failure
            });
        } else if !has_own_unit && figure.source_unit.contains('万') && Decimal::from(limit) <= amount {
            let yi = amount.checked_div(Decimal::from(YUAN_PER_YI))?.round_dp(2).normalize();
            failures.push(Failure {
                zh: format!(
                    "「{}」填的是 {}，按表头单位{}合 {yi} 亿元，可能是按元填写的，请核对",
                    cell.label_zh,
                    raw(figure),
                    figure.source_unit
                ),
                en: format!(
                    "“{}” says {}, which under its header's unit {} is {yi} hundred million yuan; it may have been given \
                     in yuan, please check",
                    cell.label_en,
                    raw(figure),
                    figure.source_unit
                ),
                ..failure
            });
        }
    }
    applies.then_some(failures)
}

/// A body that cannot make rules (规章) reports none.
pub(crate) fn regulations_competence(audited: &Audited<'_>) -> Option<Vec<Failure>> {
    let form = audited.form?;
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
        ) => return None,
    };
    let cells: Vec<_> = audited
        .cells()
        .filter(|(cell, _)| form.row(cell).id == "regulations")
        .filter(|(_, figure)| figure.value.is_some_and(|value| !value.decimal().is_zero()))
        .collect();
    if cells.is_empty() {
        return Some(Vec::new());
    }
    let zh: Vec<_> =
        cells.iter().map(|(cell, figure)| format!("「{}」{}", cell.label_zh, raw(figure))).collect();
    let en: Vec<_> =
        cells.iter().map(|(cell, figure)| format!("“{}” {}", cell.label_en, raw(figure))).collect();
    Some(vec![Failure {
        subject: "regulations".to_owned(),
        figures: cells.iter().map(|(cell, _)| cell.key.clone()).collect(),
        zh: format!(
            "{who_zh}无权制定规章，却填有{}；可能把规范性文件或上级的规章计入，请核对",
            zh.join("、")
        ),
        en: format!(
            "{who_en} cannot make rules (规章), but reports {}; normative documents or rules of others may have been \
             counted, please check",
            en.join(", ")
        ),
        ..Failure::default()
    }])
}

#[cfg(test)]
mod tests {
    use crate::testing::{amount, county_report, failures, holds, number, of_state, report_on, set};
    use gongkai_model::{BodyKind, Figure, FormId, Rank, Report, State};

    fn applies(report: &Report, rule: &str) -> bool {
        holds(report, rule) || !failures(report, rule).is_empty()
    }

    fn with(figures: impl IntoIterator<Item = Figure>) -> Report {
        let mut report = county_report();
        figures.into_iter().for_each(|figure| set(&mut report, figure));
        report
    }

    #[test]
    fn blanks_among_zeros_are_worth_a_remark() {
        let rule = "marks.mixed";
        assert!(holds(&county_report(), rule));
        assert!(holds(&with([of_state("disclosure.regulations.issued", State::NotApplicable, "/")]), rule));
        assert_eq!(
            failures(&with([of_state("disclosure.regulations.issued", State::Blank, "")]), rule),
            [
                "「主动公开政府信息情况」表：9 个单元格填 0，1 个留空（规章 · 本年制发件数）；没有的请统一填 0，空白不能当作 0 核对"
            ]
        );
    }

    #[test]
    fn a_table_left_blank_throughout_is_not_mixed() {
        let mut report = county_report();
        for figure in &mut report.figures {
            *figure = of_state(&figure.key, State::Blank, "");
        }
        assert!(holds(&report, "marks.mixed"));
    }

    #[test]
    fn only_a_change_may_be_negative() {
        let rule = "figures.negative";
        let mut report = report_on(FormId::Form2019);
        set(&mut report, number("disclosure.licensing.change", -57));
        assert!(holds(&report, rule));
        set(&mut report, number("disclosure.licensing.items_last_year", -1));
        assert_eq!(failures(&report, rule), ["「行政许可 · 上一年项目数量」填的是 -1，这一项不能为负数"]);
    }

    #[test]
    fn words_in_a_cell_are_quoted() {
        let rule = "figures.text";
        assert!(holds(&county_report(), rule));
        assert_eq!(
            failures(&with([of_state("disclosure.licensing.decisions", State::Text, "详见附件")]), rule),
            ["「行政许可 · 本年处理决定数量」填的是文字“详见附件”，应填数字"]
        );
    }

    fn licensing(items: i64, change: i64, decisions: i64) -> Report {
        let mut report = report_on(FormId::Form2019);
        set(&mut report, number("disclosure.licensing.items_last_year", items));
        set(&mut report, number("disclosure.licensing.change", change));
        set(&mut report, number("disclosure.licensing.decisions", decisions));
        report
    }

    #[test]
    fn decisions_that_are_items_plus_change_are_suspicious() {
        let rule = "figures.decisions_as_items";
        assert!(holds(&licensing(174, 3, 3826), rule));
        assert!(holds(&licensing(1215, -35, 1181), rule));
        assert_eq!(
            failures(&licensing(1215, -35, 1180), rule),
            ["「行政许可」行：处理决定数量 1180 恰为上一年项目数量 1215 与本年增减 -35 之和，\
              可能把项目数量当作了处理决定数量，请核对"]
        );
        assert_eq!(failures(&licensing(10, 0, 10), rule).len(), 1);
        assert!(holds(&licensing(9, 0, 9), rule));
        assert!(!applies(&county_report(), rule));
    }

    fn fees(text: &str, raw: &str, source_unit: &str) -> Report {
        with([Figure {
            raw: raw.to_owned(),
            source_unit: source_unit.to_owned(),
            ..amount("disclosure.fees.amount", text)
        }])
    }

    #[test]
    fn an_amount_without_any_unit_is_doubtful_unless_it_is_nothing() {
        let rule = "figures.amount_unit";
        assert!(!applies(&fees("0", "0", ""), rule));
        assert!(holds(&fees("15677600", "1567.76万元", "万元"), rule));
        assert!(holds(&fees("2926258.34", "2926258.34 元", "元"), rule));
        assert_eq!(
            failures(&fees("2926258.34", "2926258.34", ""), rule),
            [
                "「行政事业性收费 · 本年收费金额」填的是 2926258.34，表头和单元格都没有写明单位，现按元读取，请核对"
            ]
        );
    }

    #[test]
    fn a_bare_number_of_yuan_under_a_header_of_ten_thousands_is_noticed_by_its_size() {
        let rule = "figures.amount_unit";
        assert!(holds(&fees("9999999999", "999999.9999", "万元"), rule));
        assert_eq!(
            failures(&fees("29262583400", "2926258.34", "万元"), rule),
            [
                "「行政事业性收费 · 本年收费金额」填的是 2926258.34，按表头单位万元合 292.63 亿元，可能是按元填写的，请核对"
            ]
        );
        assert_eq!(failures(&fees("10000000000", "1000000", "万元"), rule).len(), 1);
        assert!(holds(&fees("29262583400", "2926258.34万元", "万元"), rule));
        let mut province = fees("29262583400", "2926258.34", "万元");
        province.subject.rank = Rank::Province;
        assert!(holds(&province, rule));
    }

    #[test]
    fn rules_are_made_by_bodies_that_can_make_them() {
        let rule = "regulations.competence";
        assert!(holds(&county_report(), rule));
        let mut report = with([number("disclosure.regulations.in_force", 6)]);
        assert_eq!(
            failures(&report, rule),
            [
                "县级行政机关无权制定规章，却填有「规章 · 现行有效件数」6；可能把规范性文件或上级的规章计入，请核对"
            ]
        );
        for (rank, kind, can) in [
            (Rank::Township, BodyKind::Township, false),
            (Rank::Unknown, BodyKind::Township, false),
            (Rank::County, BodyKind::Department, false),
            (Rank::Prefecture, BodyKind::Department, false),
            (Rank::Province, BodyKind::Department, false),
            (Rank::Prefecture, BodyKind::Government, true),
            (Rank::Province, BodyKind::Government, true),
            (Rank::National, BodyKind::Department, true),
            (Rank::Unknown, BodyKind::Department, true),
            (Rank::Unknown, BodyKind::Other, true),
        ] {
            (report.subject.rank, report.subject.kind) = (rank, kind);
            assert_eq!(failures(&report, rule).is_empty(), can, "{rank:?} {kind:?}");
        }
    }
}
