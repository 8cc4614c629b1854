//! Whatever a record says, it says the same on the other side.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use gongkai_model as model;
use gongkai_wire::{CellText, RecordParts, v1};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use prost::Message as _;

fn text() -> impl Strategy<Value = String> + Clone {
    select(vec!["", "0", "-57", "（一）予以公开", "1567.76万元", "a\u{0}b", "𠮷野"]).prop_map(str::to_owned)
}

fn span() -> impl Strategy<Value = Option<model::Span>> {
    option::of(prop_oneof![
        (any::<u64>(), any::<u64>()).prop_map(|(start, end)| model::Span::Bytes(start..end)),
        (any::<u32>(), any::<[i32; 4]>()).prop_map(|(page, area)| model::Span::Page { page, area }),
        (text(), text()).prop_map(|(part, path)| model::Span::Part { part, path }),
    ])
}

fn amount() -> impl Strategy<Value = model::Value> {
    (any::<i64>(), 0..=4_u32).prop_map(|(digits, scale)| {
        let digits = digits.to_string();
        let zeros = "0".repeat(scale as usize);
        model::Value::parse(&format!("{digits}.{zeros}1"), model::Unit::Yuan).unwrap()
    })
}

fn value(unit: model::Unit) -> BoxedStrategy<model::Value> {
    match unit {
        model::Unit::Count => any::<i64>().prop_map(model::Value::Count).boxed(),
        model::Unit::Yuan => amount().boxed(),
    }
}

fn unit() -> impl Strategy<Value = model::Unit> {
    select(vec![model::Unit::Count, model::Unit::Yuan])
}

fn derivation() -> impl Strategy<Value = model::Derivation> {
    use model::Derivation::{Amended, Inferred, Ocr, Read};
    select(vec![Read, Inferred, Ocr, Amended])
}

/// A state with the value that goes with it.
fn content(unit: model::Unit) -> impl Strategy<Value = (model::State, Option<model::Value>)> {
    use model::State::{Blank, Missing, NotApplicable, Text, Undetermined};
    prop_oneof![
        value(unit).prop_map(|value| (model::State::Number, Some(value))),
        select(vec![Blank, NotApplicable, Text, Undetermined, Missing]).prop_map(|state| (state, None)),
    ]
}

fn figure() -> impl Strategy<Value = model::Figure> {
    use model::Reason::{
        CellAbsent, Contradicted, JoinedDigits, PlacementAmbiguous, RowAbsent, SearchLimit, TableAbsent,
        UnitUncertain,
    };
    let reasons = vec![
        PlacementAmbiguous,
        JoinedDigits,
        Contradicted,
        SearchLimit,
        RowAbsent,
        TableAbsent,
        CellAbsent,
        UnitUncertain,
    ];
    let proof = (text(), vec(text(), 0..3), vec(text(), 0..2))
        .prop_map(|(hypothesis, identities, statements)| model::Proof { hypothesis, identities, statements });
    unit().prop_flat_map(move |unit| {
        let candidate =
            (content(unit), text()).prop_map(|((state, value), raw)| model::Candidate { state, value, raw });
        let key = match unit {
            model::Unit::Count => "requests.received.total",
            model::Unit::Yuan => "disclosure.fees.amount",
        };
        (
            (content(unit), text(), text(), span(), derivation()),
            (
                vec(candidate, 0..3),
                option::of(select(reasons.clone())),
                option::of(proof.clone()),
                select(vec![model::Period::ThisYear, model::Period::Cumulative]),
                select(vec![model::Portion::All, model::Portion::Government, model::Portion::Departments]),
            ),
        )
            .prop_map(
                move |(
                    ((state, value), raw, source_unit, span, derivation),
                    (candidates, reason, proof, period, portion),
                )| {
                    model::Figure {
                        key: key.into(),
                        period,
                        portion,
                        state,
                        value,
                        raw,
                        source_unit,
                        span,
                        derivation,
                        candidates,
                        reason,
                        proof,
                    }
                },
            )
    })
}

fn finding() -> impl Strategy<Value = model::Finding> {
    use model::Basis::{LocalStandard, OfficialReply, Ours, Printed, Structural};
    use model::Outcome::{Fails, Holds, NotAssessable, Used};
    use model::Severity::{Error, Info, Warning};
    let sides = unit().prop_flat_map(|unit| (option::of(value(unit)), option::of(value(unit))));
    (
        (
            text(),
            any::<u32>(),
            text(),
            vec(text(), 0..3),
            derivation(),
            text(),
            text(),
            vec(proposal(), 0..2),
        ),
        select(vec![Holds, Fails, NotAssessable, Used]),
        select(vec![Info, Warning, Error]),
        select(vec![Printed, Structural, OfficialReply, LocalStandard, Ours]),
        sides,
    )
        .prop_map(|(words, outcome, severity, basis, (left, right))| {
            let (rule, rule_version, subject, figures, derivation, message_zh, message_en, proposals) = words;
            model::Finding {
                rule: rule.into(),
                rule_version,
                subject,
                outcome,
                severity,
                basis,
                left,
                right,
                figures: figures.into_iter().map(Into::into).collect(),
                derivation,
                message_zh: message_zh.into(),
                message_en: message_en.into(),
                proposals,
            }
        })
}

fn proposal() -> impl Strategy<Value = model::Proposal> {
    unit().prop_flat_map(|unit| {
        (text(), option::of(value(unit)), value(unit), vec(text(), 0..2)).prop_map(
            |(figure, current, proposed, mends)| model::Proposal {
                figure: figure.into(),
                current,
                proposed,
                mends,
            },
        )
    })
}

fn division() -> impl Strategy<Value = model::Division> {
    (text(), text()).prop_map(|(code, name)| model::Division { code, name })
}

fn statement() -> impl Strategy<Value = model::Statement> {
    use model::Period::{Cumulative, Earlier, Future, ThisYear, Unknown};
    let number = || option::of(amount().prop_map(model::Value::decimal));
    (
        (text(), number(), number(), text(), any::<bool>()),
        select(vec![ThisYear, Earlier, Cumulative, Future, Unknown]),
        scope_kind(),
        (text(), text(), span(), select(vec![model::Whose::Subject, model::Whose::Unknown])),
    )
        .prop_map(|(quantity, period, scope, (quote, section, span, whose))| {
            let (indicator, value, value_max, unit, approximate) = quantity;
            model::Statement {
                indicator,
                value,
                value_max,
                unit,
                approximate,
                period,
                scope,
                quote,
                section,
                span,
                whose,
            }
        })
}

fn scope_kind() -> impl Strategy<Value = model::ScopeKind> {
    use model::ScopeKind::{Organ, OwnLevel, Unknown, WholeArea};
    select(vec![Organ, OwnLevel, WholeArea, Unknown])
}

fn body() -> impl Strategy<Value = model::Body> {
    use model::BodyKind as Kind;
    use model::Rank::{County, National, Prefecture, Province, Township, Unknown};
    let kinds = vec![
        Kind::Government,
        Kind::GeneralOffice,
        Kind::Department,
        Kind::Township,
        Kind::DevelopmentZone,
        Kind::VerticallyLed,
        Kind::Other,
    ];
    let ranks = vec![National, Province, Prefecture, County, Township, Unknown];
    (text(), select(ranks), select(kinds), span(), text())
        .prop_map(|(name, rank, kind, span, credit_code)| model::Body { name, rank, kind, span, credit_code })
}

fn quoted() -> impl Strategy<Value = model::Quoted> {
    (text(), span()).prop_map(|(text, span)| model::Quoted { text, span })
}

fn date() -> impl Strategy<Value = Option<model::Date>> {
    option::of(
        (0..=9999_u16, 1..=12_u8, 1..=28_u8)
            .prop_map(|(year, month, day)| model::Date::new(year, month, day).unwrap()),
    )
}

fn form() -> impl Strategy<Value = model::FormId> {
    use model::FormId::{Form2014, Form2019, Form2021, None};
    select(vec![None, Form2014, Form2019, Form2021])
}

fn report() -> impl Strategy<Value = model::Report> {
    let page = vec(option::of(quoted()), 5).prop_map(|mut parts| model::PageMetadata {
        title: parts.remove(0),
        published: parts.remove(0),
        publisher: parts.remove(0),
        index_number: parts.remove(0),
        source: parts.remove(0),
    });
    let section = (any::<u8>(), text(), span(), text())
        .prop_map(|(level, title, span, text)| model::Section { level, title, span, text });
    let evidence = (form(), any::<u32>()).prop_map(|(form, score)| model::FormEvidence { form, score });
    (
        (any::<u32>(), any::<u32>(), any::<u32>(), quoted(), option::of(any::<u16>())),
        (body(), body(), body(), scope_kind(), quoted(), quoted(), (text(), vec(division(), 0..3))),
        (date(), date(), form(), vec(evidence, 0..3), page),
        (vec(section, 0..3), vec(figure(), 0..4), vec(statement(), 0..3), vec(finding(), 0..3)),
    )
        .prop_map(|(head, who, form, parts)| {
            let (extractor_version, part, parts_count, title, year) = head;
            let (subject, signatory, issuer, kind, scope, region, (code, divisions)) = who;
            let (stated, page_date, form, form_evidence, page) = form;
            let (sections, figures, statements, findings) = parts;
            model::Report {
                extractor_version,
                part,
                parts: parts_count,
                title,
                year,
                subject,
                scope: model::Scope { kind, quote: scope.text, span: scope.span },
                signatory,
                issuer,
                region: model::RegionText {
                    name: region.text.clone(),
                    township_code: code.clone(),
                    code,
                    parents: divisions.clone(),
                    candidates: divisions,
                    span: region.span.clone(),
                },
                dates: model::Dates { stated, page: page_date },
                form,
                form_evidence,
                sections,
                figures,
                statements,
                problems: vec![region.clone()],
                improvements: vec![region.clone()],
                preamble: region,
                findings,
                page,
            }
        })
}

/// What the forms say of a cell, for the two keys that the figures above have.
fn labels(key: &str) -> Option<CellText<'static>> {
    let unit = if key.ends_with("amount") { model::Unit::Yuan } else { model::Unit::Count };
    Some(CellText { label_zh: "总计", label_en: "Total", unit })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn a_report_comes_back_the_same_over_the_wire(report in report()) {
        let sent = gongkai_wire::report(&report, RecordParts::of(v1::ReportView::Full), labels);
        let received = v1::Report::decode(sent.encode_to_vec().as_slice()).unwrap();
        prop_assert_eq!(model::Report::try_from(received).unwrap(), report);
    }

    #[test]
    fn labels_are_not_needed_to_understand_a_figure(figure in figure()) {
        let sent = gongkai_wire::figure(&figure, None, true);
        prop_assert_eq!(model::Figure::try_from(sent).unwrap(), figure);
    }

    #[test]
    fn any_bytes_that_are_a_message_convert_or_are_refused(bytes in vec(any::<u8>(), 0..200)) {
        if let Ok(report) = v1::Report::decode(bytes.as_slice()) {
            let _ = model::Report::try_from(report);
        }
    }
}
