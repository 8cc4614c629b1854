//! Reports for tests.

use crate::audit;
use gongkai_forms::prescribed;
use gongkai_model::{
    Body, BodyKind, Date, Dates, Figure, Finding, FormId, Outcome, Quoted, Rank, Reason, Report, Section,
    State, Unit, Value,
};

/// A county government's report for 2022 on its form, in order, with 0 in every cell.
pub(crate) fn county_report() -> Report {
    Report { year: Some(2022), ..report_on(FormId::Form2021) }
}

/// A county government's report on this form, with 0 in every cell and without a year.
pub(crate) fn report_on(id: FormId) -> Report {
    let form = gongkai_forms::form(id).unwrap();
    let figures = form.cells.iter().map(|cell| match cell.unit {
        Unit::Count => number(&cell.key, 0),
        Unit::Yuan => Figure { raw: "0".to_owned(), ..amount(&cell.key, "0") },
    });
    let sections = prescribed(2021).unwrap().sections.iter().zip(["一", "二", "三", "四", "五", "六"]);
    let body = Body {
        name: "甲县人民政府".to_owned(),
        rank: Rank::County,
        kind: BodyKind::Government,
        ..Body::default()
    };
    let texts = [
        "全县依法公开政府信息。",
        "",
        "",
        "",
        "一是公开的内容不够丰富；二是队伍不够稳定。下一步将丰富内容，加强培训。",
        "全年没有收取信息处理费。",
    ];
    Report {
        form: id,
        title: Quoted {
            text: "甲县人民政府政府信息公开工作年度报告".to_owned(), span: None
        },
        issuer: body.clone(),
        subject: body,
        dates: Dates { stated: Some(Date::new(2023, 1, 20).unwrap()), page: None },
        sections: sections
            .zip(texts)
            .map(|((section, number), text)| Section {
                level: 1,
                title: format!("{number}、{}", section.headings[0]),
                span: None,
                text: text.to_owned(),
            })
            .collect(),
        figures: figures.collect(),
        ..Report::default()
    }
}

pub(crate) fn of_state(key: &str, state: State, raw: &str) -> Figure {
    Figure { state, raw: raw.to_owned(), reason: None, ..Figure::missing(key.into(), Reason::CellAbsent) }
}

pub(crate) fn number(key: &str, count: i64) -> Figure {
    Figure { value: Some(Value::Count(count)), ..of_state(key, State::Number, &count.to_string()) }
}

/// An amount of yuan.
pub(crate) fn amount(key: &str, text: &str) -> Figure {
    Figure { value: Some(Value::parse(text, Unit::Yuan).unwrap()), ..of_state(key, State::Number, text) }
}

/// Puts a figure in the place of the one with its key.
pub(crate) fn set(report: &mut Report, figure: Figure) {
    let place = report.figures.iter().position(|old| old.key == figure.key).unwrap();
    report.figures[place] = figure;
}

/// The Chinese messages of the findings that `of` admits.
pub(crate) fn messages(report: &Report, of: impl Fn(&Finding) -> bool) -> Vec<String> {
    audit(report)
        .into_iter()
        .filter(|finding| of(finding))
        .map(|finding| finding.message_zh.into_owned())
        .collect()
}

/// The messages of this rule's failures.
pub(crate) fn failures(report: &Report, rule: &str) -> Vec<String> {
    messages(report, |finding| &*finding.rule == rule && finding.outcome == Outcome::Fails)
}

/// Whether the rule was checked and holds.
pub(crate) fn holds(report: &Report, rule: &str) -> bool {
    audit(report).iter().any(|finding| &*finding.rule == rule && finding.outcome == Outcome::Holds)
}

/// Whether the rule was checked and nothing can be said.
pub(crate) fn is_unknown(report: &Report, rule: &str) -> bool {
    audit(report).iter().any(|finding| &*finding.rule == rule && finding.outcome == Outcome::NotAssessable)
}

/// Whether the rule says anything.
pub(crate) fn applies(report: &Report, rule: &str) -> bool {
    audit(report).iter().any(|finding| &*finding.rule == rule)
}
