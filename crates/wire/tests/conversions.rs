//! What goes out comes back the same, and what the model does not know is refused.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use gongkai_model as model;
use gongkai_wire::{CellText, ConvertError, RecordParts, v1};

fn example() -> model::Report {
    let span = |at: u64| Some(model::Span::Bytes(at..at + 3));
    let figure = |key: &str, state, value, reason| model::Figure {
        key: key.into(),
        period: model::Period::Cumulative,
        portion: model::Portion::Townships,
        state,
        value,
        raw: "raw".into(),
        source_unit: "万元".into(),
        span: span(7),
        derivation: model::Derivation::Read,
        candidates: Vec::new(),
        reason,
        proof: None,
    };
    let mut inferred =
        figure("requests.granted.total", model::State::Number, Some(model::Value::Count(3)), None);
    inferred.derivation = model::Derivation::Inferred;
    inferred.proof = Some(model::Proof {
        hypothesis: "complete rows".into(),
        identities: vec!["requests.balance.total".into()],
        statements: vec!["公开3件".into()],
    });
    let mut undetermined = figure(
        "requests.received.total",
        model::State::Undetermined,
        None,
        Some(model::Reason::JoinedDigits),
    );
    undetermined.candidates = vec![
        model::Candidate {
            state: model::State::Number,
            value: Some(model::Value::Count(-1)),
            raw: "-1".into(),
        },
        model::Candidate { state: model::State::Blank, value: None, raw: String::new() },
    ];
    let amount = model::Value::parse("17326336.48", model::Unit::Yuan).unwrap();
    let body = |name: &str| model::Body {
        name: name.into(),
        rank: model::Rank::County,
        kind: model::BodyKind::Government,
        span: Some(model::Span::Page { page: 2, area: [-1, 0, 5, 9] }),
        credit_code: "11000000000000000X".into(),
    };
    let quoted = |text: &str| model::Quoted { text: text.into(), span: span(1) };
    model::Report {
        extractor_version: 3,
        part: 1,
        parts: 2,
        title: quoted("title"),
        year: Some(2020),
        subject: body("subject"),
        scope: model::Scope { kind: model::ScopeKind::WholeArea, quote: "所辖".into(), span: span(2) },
        signatory: body("signatory"),
        issuer: body("issuer"),
        region: model::RegionText {
            name: "区".into(),
            code: "990802".into(),
            township_code: "990001002".into(),
            parents: vec![model::Division { code: "990000".into(), name: "省".into() }],
            candidates: vec![model::Division { code: "990803".into(), name: "区".into() }],
            span: span(3),
        },
        dates: model::Dates { stated: model::Date::new(2021, 1, 30).ok(), page: None },
        form: model::FormId::Form2019,
        form_evidence: vec![model::FormEvidence { form: model::FormId::Form2021, score: 4 }],
        sections: vec![model::Section {
            level: 1, title: "一、".into(), span: span(4), text: "text".into()
        }],
        figures: vec![
            inferred,
            undetermined,
            figure("disclosure.procurement.amount", model::State::Number, Some(amount), None),
            figure("requests.received.business", model::State::Blank, None, None),
            model::Figure::missing("reviews.reconsideration.total".into(), model::Reason::TableAbsent),
        ],
        statements: vec![model::Statement {
            indicator: "published.total".into(),
            value: "37000".parse().ok(),
            value_max: None,
            unit: "条".into(),
            approximate: true,
            period: model::Period::ThisYear,
            scope: model::ScopeKind::Unknown,
            quote: "3.7万余条".into(),
            section: "一、".into(),
            span: Some(model::Span::Part { part: "word/document.xml".into(), path: "p[3]".into() }),
            whose: model::Whose::Part,
        }],
        problems: vec![quoted("problem")],
        improvements: vec![quoted("improvement")],
        preamble: quoted("preamble"),
        findings: vec![model::Finding {
            rule: "requests.balance".into(),
            rule_version: 1,
            subject: "total".into(),
            outcome: model::Outcome::Fails,
            severity: model::Severity::Error,
            basis: model::Basis::Printed,
            left: Some(model::Value::Count(3)),
            right: Some(model::Value::Count(4)),
            figures: vec!["requests.received.total".into()],
            derivation: model::Derivation::Ocr,
            message_zh: "不等".into(),
            message_en: "differs".into(),
            proposals: vec![model::Proposal {
                figure: "requests.received.total".into(),
                current: Some(model::Value::Count(3)),
                proposed: model::Value::Count(4),
                mends: vec!["requests.balance.total".into()],
            }],
        }],
        page: model::PageMetadata { published: Some(quoted("2021-01-30")), ..Default::default() },
    }
}

fn text(key: &str) -> Option<CellText<'static>> {
    let unit = if key.ends_with("amount") { model::Unit::Yuan } else { model::Unit::Count };
    Some(CellText { label_zh: "标签", label_en: "label", unit })
}

#[test]
fn a_report_in_full_comes_back_the_same() {
    let report = example();
    let sent = gongkai_wire::report(&report, RecordParts::of(v1::ReportView::Full), text);
    assert_eq!(model::Report::try_from(sent).unwrap(), report);
}

#[test]
fn typed_tables_hold_the_same_figures() {
    let sent = gongkai_wire::report(&example(), RecordParts::of(v1::ReportView::Figures), text);
    let Some(v1::report::Tables::Form2019(tables)) = sent.tables else { panic!("no typed tables") };
    let granted = tables.requests.unwrap().granted.unwrap();
    assert_eq!(granted.total.unwrap().value.as_deref(), Some("3"));
    assert!(granted.business.is_none(), "a figure that the record lacks is absent, not zero");
}

#[test]
fn a_view_holds_what_it_says_and_nothing_else() {
    let view = |view| gongkai_wire::report(&example(), RecordParts::of(view), text);
    let figures = view(v1::ReportView::Figures);
    assert_eq!(figures.figures.len(), 5);
    assert_eq!(figures.findings.len(), 1);
    // No message of a view without evidence has a place in it, however deep.
    assert!(!format!("{figures:?}").contains("Some(Span"));
    assert!(figures.figures.iter().all(|figure| figure.raw.is_empty() && figure.candidates.is_empty()));
    assert!(figures.sections.is_empty() && figures.statements.is_empty() && figures.page.is_none());

    let basic = view(v1::ReportView::Basic);
    assert!(basic.figures.is_empty() && basic.tables.is_none() && basic.findings.is_empty());
    for report in [basic, figures, view(v1::ReportView::Full)] {
        assert_eq!((report.findings_failing, report.figures_undetermined), (1, 1));
        assert_eq!(report.subject.unwrap().name, "subject");
    }
}

#[test]
fn a_candidate_keeps_its_number_where_no_form_tells_the_unit() {
    let report = example();
    let undetermined = &report.figures[1];
    let sent = gongkai_wire::figure(undetermined, None, true);
    assert_eq!(&model::Figure::try_from(sent).unwrap(), undetermined);
}

#[test]
fn every_cell_of_every_prescribed_form_has_its_typed_field() {
    for form in gongkai_forms::all().iter().filter(|form| form.is_prescribed) {
        let figures: Vec<v1::Figure> = form
            .cells
            .iter()
            .map(|cell| v1::Figure { key: cell.key.to_string(), ..Default::default() })
            .collect();
        let mut taken = std::collections::BTreeSet::new();
        let mut take = |key: &str| {
            taken.insert(key.to_owned());
            figures.iter().find(|figure| figure.key == key).cloned().map(Box::new)
        };
        match form.id {
            model::FormId::Form2019 => drop(gongkai_wire::typed::form_2019(&mut take)),
            model::FormId::Form2021 => drop(gongkai_wire::typed::form_2021(&mut take)),
            other => panic!("{other:?} has no typed tables"),
        }
        assert!(form.cells.iter().all(|cell| taken.contains(&*cell.key)) && taken.len() == form.cells.len());
    }
}

#[test]
fn a_number_without_value_and_an_unknown_state_are_refused() {
    let figure = v1::Figure {
        state: v1::State::Number.into(),
        derivation: v1::Derivation::Read.into(),
        ..Default::default()
    };
    assert!(matches!(model::Figure::try_from(figure.clone()), Err(ConvertError::Invalid { .. })));
    let figure = v1::Figure { state: 77, ..figure };
    assert!(matches!(model::Figure::try_from(figure), Err(ConvertError::UnknownNumber { number: 77, .. })));
}
