//! Reports for tests.

use crate::audit;
use gongkai_forms::prescribed;
use gongkai_model::{
    Body, BodyKind, Date, Dates, Figure, Finding, FormId, Outcome, PageMetadata, Quoted, Rank, Reason,
    RegionText, Report, Scope, Section, State, Unit, Value,
};

/// A record in which nothing was recognised.
pub(crate) fn empty_report() -> Report {
    Report {
        extractor_version: 1,
        part: 1,
        parts: 1,
        title: Quoted::default(),
        year: None,
        subject: Body::default(),
        scope: Scope::default(),
        signatory: Body::default(),
        issuer: Body::default(),
        region: RegionText::default(),
        dates: Dates::default(),
        form: FormId::None,
        form_evidence: Vec::new(),
        sections: Vec::new(),
        figures: Vec::new(),
        statements: Vec::new(),
        problems: Vec::new(),
        improvements: Vec::new(),
        preamble: Quoted::default(),
        findings: Vec::new(),
        page: PageMetadata::default(),
    }
}

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
    Report {
        form: id,
        subject: Body {
            name: "甲县人民政府".to_owned(),
            rank: Rank::County,
            kind: BodyKind::Government,
            ..Body::default()
        },
        dates: Dates { stated: Some(Date::new(2023, 1, 20).unwrap()), page: None },
        sections: sections
            .map(|(section, number)| Section {
                level: 1,
                title: format!("{number}、{}", section.headings[0]),
                span: None,
                text: String::new(),
            })
            .collect(),
        figures: figures.collect(),
        ..empty_report()
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
