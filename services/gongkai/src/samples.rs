//! A made-up record for tests.

use gongkai_model::{
    Basis, Body, BodyKind, Candidate, Date, Dates, Derivation, Figure, Finding, FormEvidence, FormId,
    Outcome, Proof, Quoted, Rank, Reason, RegionText, Report, Scope, ScopeKind, Section, Severity, Span,
    State, Value,
};

/// A county's report for 2022 on its form: zeros but for one cell of each kind.
pub(crate) fn report() -> Report {
    let form = gongkai_forms::form(FormId::Form2021).unwrap();
    let mut report = Report {
        extractor_version: 1,
        part: 1,
        parts: 1,
        title: Quoted { text: "甲县2022年政府信息公开工作年度报告".to_owned(), span: None },
        year: Some(2022),
        subject: body("甲县人民政府", BodyKind::Government),
        scope: Scope { kind: ScopeKind::WholeArea, quote: "全县".to_owned(), span: None },
        signatory: body("甲县人民政府办公室", BodyKind::GeneralOffice),
        issuer: body("甲县人民政府办公室", BodyKind::GeneralOffice),
        region: RegionText { name: "甲县".to_owned(), ..RegionText::default() },
        dates: Dates { stated: Date::new(2023, 1, 20).ok(), page: Date::new(2023, 1, 21).ok() },
        form: FormId::Form2021,
        form_evidence: vec![FormEvidence { form: FormId::Form2021, score: 4 }],
        sections: vec![
            section(1, "一、总体情况"),
            section(2, "（一）主动公开"),
            section(2, "（二）依申请公开"),
            section(1, "二、主动公开政府信息情况"),
        ],
        figures: form.cells.iter().map(|cell| number(&cell.key, 0)).collect(),
        findings: vec![finding(Outcome::Fails), finding(Outcome::Holds), finding(Outcome::NotAssessable)],
        ..Report::default()
    };
    let amount = Value::Amount("15677600.5".parse().unwrap());
    set(
        &mut report,
        Figure {
            value: Some(amount),
            raw: "1567.76005万元".to_owned(),
            ..number("disclosure.fees.amount", 0)
        },
    );
    let span = Some(Span::bytes(40, 41));
    set(&mut report, Figure { span, ..number("requests.received.total", 3) });
    set(&mut report, of_state("requests.carried_over.total", State::Blank, ""));
    set(&mut report, of_state("requests.carried_over.business", State::NotApplicable, "—"));
    set(&mut report, of_state("requests.carried_over.research", State::Text, "见附件"));
    let candidates = [1, 12]
        .map(|value| Candidate {
            state: State::Number,
            value: Some(Value::Count(value)),
            raw: value.to_string(),
        })
        .to_vec();
    set(
        &mut report,
        Figure {
            candidates,
            reason: Some(Reason::JoinedDigits),
            ..of_state("requests.granted.total", State::Undetermined, "120")
        },
    );
    let proof = Proof {
        hypothesis: "complete rows".to_owned(),
        identities: vec!["requests.balance.total".to_owned()],
        statements: Vec::new(),
    };
    set(
        &mut report,
        Figure {
            derivation: Derivation::Inferred,
            proof: Some(proof),
            ..number("requests.concluded.total", 2)
        },
    );
    set(&mut report, Figure::missing("reviews.reconsideration.total".into(), Reason::CellAbsent));
    report
}

/// Puts a figure in the place of the one with its key.
pub(crate) fn set(report: &mut Report, figure: Figure) {
    let place = report.figures.iter().position(|old| old.key == figure.key).unwrap();
    report.figures[place] = figure;
}

/// A number that was read.
pub(crate) fn number(key: &str, count: i64) -> Figure {
    Figure { value: Some(Value::Count(count)), ..of_state(key, State::Number, &count.to_string()) }
}

/// A cell of this state that was read.
pub(crate) fn of_state(key: &str, state: State, raw: &str) -> Figure {
    Figure { state, raw: raw.to_owned(), reason: None, ..Figure::missing(key.into(), Reason::CellAbsent) }
}

/// What came of the balance of the total column.
pub(crate) fn finding(outcome: Outcome) -> Finding {
    Finding {
        rule: "requests.balance".into(),
        rule_version: 1,
        subject: "total".to_owned(),
        outcome,
        severity: Severity::Error,
        basis: Basis::Printed,
        left: Some(Value::Count(3)),
        right: Some(Value::Count(2)),
        figures: vec!["requests.received.total".into()],
        derivation: Derivation::Read,
        message_zh: "左右不等".into(),
        message_en: "the sides differ".into(),
        proposals: Vec::new(),
    }
}

fn body(name: &str, kind: BodyKind) -> Body {
    Body { name: name.to_owned(), rank: Rank::County, kind, ..Body::default() }
}

fn section(level: u8, title: &str) -> Section {
    Section { level, title: title.to_owned(), span: None, text: String::new() }
}
