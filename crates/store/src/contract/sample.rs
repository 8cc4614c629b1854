//! Reports to store.

use crate::{AttemptOutcome, NewRevision};
use gongkai_model::{
    Basis, Body, BodyKind, Date, Dates, Derivation, Figure, Finding, FormId, Outcome, Period, Portion,
    Quoted, Rank, RegionText, Report, Scope, ScopeKind, Section, Severity, Span, State, Value,
};

/// A report of `subject` for `year` whose first cell counts `count`.
pub fn report(subject: &str, year: u16, count: i64) -> Report {
    let figure = |key: &str, state, value: Option<Value>| Figure {
        key: key.into(),
        period: Period::ThisYear,
        portion: Portion::All,
        state,
        value,
        raw: value.map(|value| value.to_string()).unwrap_or_default(),
        source_unit: String::new(),
        span: Some(Span::bytes(10, 12)),
        derivation: Derivation::Read,
        candidates: Vec::new(),
        reason: None,
        proof: None,
    };
    let body = Body {
        name: subject.to_owned(),
        rank: Rank::County,
        kind: BodyKind::Government,
        span: Some(Span::bytes(0, 6)),
        credit_code: String::new(),
    };
    Report {
        extractor_version: 1,
        part: 1,
        parts: 1,
        title: Quoted { text: format!("{subject}{year}年报告"), span: None },
        year: Some(year),
        scope: Scope { kind: ScopeKind::WholeArea, quote: "全县".to_owned(), span: None },
        signatory: body.clone(),
        issuer: body.clone(),
        region: RegionText { name: subject.to_owned(), ..RegionText::default() },
        subject: body,
        dates: Dates { stated: Some(Date::new(year + 1, 1, 30).unwrap()), page: None },
        form: FormId::Form2019,
        form_evidence: Vec::new(),
        sections: vec![Section {
            level: 1,
            title: "总体情况".to_owned(),
            span: None,
            text: "正文".to_owned(),
        }],
        figures: vec![
            figure("requests.received.total", State::Number, Some(Value::Count(count))),
            figure("requests.received.natural_person", State::Blank, None),
            figure("requests.received.unknown", State::Undetermined, None),
        ],
        findings: vec![
            finding("requests.balance", "total", Outcome::Holds, Severity::Error),
            finding("requests.balance", "natural_person", Outcome::NotAssessable, Severity::Error),
            finding("requests.outcomes", "total", Outcome::Fails, Severity::Error),
            finding("dates.deadline", "", Outcome::Fails, Severity::Warning),
        ],
        ..Report::default()
    }
}

/// A finding on the sample's figures.
pub fn finding(rule: &str, subject: &str, outcome: Outcome, severity: Severity) -> Finding {
    Finding {
        rule: rule.into(),
        rule_version: 1,
        subject: subject.to_owned(),
        outcome,
        severity,
        basis: Basis::Printed,
        left: Some(Value::Count(3)),
        right: None,
        figures: vec!["requests.received.total".into(), "elsewhere".into()],
        derivation: Derivation::Read,
        message_zh: "不符".into(),
        message_en: "differs".into(),
        proposals: Vec::new(),
    }
}

/// The outcome of an attempt that read `reports`.
pub fn reports(reports: &[Report]) -> AttemptOutcome {
    AttemptOutcome::Reports(reports.iter().map(|report| NewRevision::pack(report).unwrap()).collect())
}
