use super::*;
use gongkai_model::{
    Basis, Body, BodyKind, Candidate, Division, FormEvidence, PageMetadata, Proof, Proposal, Quoted, Rank,
    RegionText, Scope, ScopeKind, Section, Statement, Whose,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use rust_decimal::Decimal;

fn text() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), "[a-z0-9]{1,6}", "[政府信息公开，。]{1,6}"]
}

fn key() -> impl Strategy<Value = Arc<str>> {
    "[a-z]{1,3}\\.[a-z]{1,3}".prop_map(Arc::from)
}

fn decimal() -> impl Strategy<Value = Decimal> {
    (any::<i64>(), 0_u32..12).prop_map(|(mantissa, scale)| Decimal::new(mantissa, scale))
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        (-3_i64..200).prop_map(Value::Count),
        any::<i64>().prop_map(Value::Count),
        decimal().prop_map(Value::Amount),
        (-200_i64..200).prop_map(|small| Value::Amount(Decimal::from(small))),
    ]
}

fn span() -> impl Strategy<Value = Option<Span>> {
    prop_oneof![
        Just(None),
        (any::<u32>(), any::<u16>()).prop_map(|(start, length)| Some(Span::Bytes(
            u64::from(start)..u64::from(start) + u64::from(length)
        ))),
        // A backward range is nonsense, and comes back as the nonsense that it was.
        any::<(u64, u64)>().prop_map(|(start, end)| Some(Span::Bytes(start..end))),
        any::<(u32, [i32; 4])>().prop_map(|(page, area)| Some(Span::Page { page, area })),
        (text(), text()).prop_map(|(part, path)| Some(Span::Part { part, path })),
    ]
}

fn one_of<T: Clone + std::fmt::Debug + 'static>(all: &'static [T]) -> impl Strategy<Value = T> {
    proptest::sample::select(all)
}

const STATES: &[State] =
    &[State::Number, State::Blank, State::NotApplicable, State::Text, State::Undetermined, State::Missing];
const DERIVATIONS: &[Derivation] =
    &[Derivation::Read, Derivation::Inferred, Derivation::Ocr, Derivation::Amended];
const REASONS: &[Reason] = &[Reason::PlacementAmbiguous, Reason::SearchLimit, Reason::CellAbsent];
const SCOPES: &[ScopeKind] =
    &[ScopeKind::Organ, ScopeKind::OwnLevel, ScopeKind::WholeArea, ScopeKind::Unknown];
const FORMS: &[FormId] = &[FormId::None, FormId::Form2014, FormId::Form2019, FormId::Form2021];

fn candidate() -> impl Strategy<Value = Candidate> {
    (one_of(STATES), option::of(value()), text()).prop_map(|(state, value, raw)| Candidate {
        state,
        value,
        raw,
    })
}

fn proof() -> impl Strategy<Value = Proof> {
    (text(), vec(text(), 0..2), vec(text(), 0..2)).prop_map(|(hypothesis, identities, statements)| Proof {
        hypothesis,
        identities,
        statements,
    })
}

fn figure() -> impl Strategy<Value = Figure> {
    (
        (key(), one_of(STATES), value(), option::of(text()), text(), dimensions()),
        (
            span(),
            one_of(DERIVATIONS),
            vec(candidate(), 0..3),
            option::of(one_of(REASONS)),
            option::of(proof()),
        ),
    )
        .prop_map(
            |(
                (key, state, value, raw, source_unit, (period, portion)),
                (span, derivation, candidates, reason, proof),
            )| {
                let value = (state == State::Number).then_some(value);
                let raw = raw.unwrap_or_else(|| raw_expected(value));
                Figure {
                    key,
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
}

fn dimensions() -> impl Strategy<Value = (Period, Portion)> {
    (
        one_of(&[Period::ThisYear, Period::Cumulative, Period::Unknown]),
        one_of(&[Portion::All, Portion::Townships]),
    )
}

fn proposal() -> impl Strategy<Value = Proposal> {
    (key(), option::of(value()), value(), vec(text(), 0..2))
        .prop_map(|(figure, current, proposed, mends)| Proposal { figure, current, proposed, mends })
}

fn division() -> impl Strategy<Value = Division> {
    (text(), text()).prop_map(|(code, name)| Division { code, name })
}

fn finding() -> impl Strategy<Value = Finding> {
    (
        (key(), any::<u32>(), text(), option::of(value()), option::of(value()), vec(key(), 0..4)),
        (
            one_of(&[Outcome::Holds, Outcome::Fails, Outcome::NotAssessable, Outcome::Used]),
            one_of(&[Severity::Info, Severity::Warning, Severity::Error]),
            one_of(&[Basis::Printed, Basis::Structural, Basis::Ours]),
            one_of(DERIVATIONS),
            text(),
            vec(proposal(), 0..2),
        ),
    )
        .prop_map(
            |(
                (rule, rule_version, subject, left, right, figures),
                (outcome, severity, basis, derivation, message, proposals),
            )| {
                Finding {
                    rule,
                    rule_version,
                    subject,
                    outcome,
                    severity,
                    basis,
                    left,
                    right,
                    figures,
                    derivation,
                    message_zh: message.clone().into(),
                    message_en: message.into(),
                    proposals,
                }
            },
        )
}

fn quoted() -> impl Strategy<Value = Quoted> {
    (text(), span()).prop_map(|(text, span)| Quoted { text, span })
}

fn body() -> impl Strategy<Value = Body> {
    (
        text(),
        one_of(&[Rank::Unknown, Rank::County, Rank::Township]),
        one_of(&[BodyKind::Other, BodyKind::GeneralOffice]),
        span(),
        text(),
    )
        .prop_map(|(name, rank, kind, span, credit_code)| Body { name, rank, kind, span, credit_code })
}

fn date() -> impl Strategy<Value = Date> {
    (1_u16..=9999, 1_u8..=12, 1_u8..=28).prop_map(|(year, month, day)| Date::new(year, month, day).unwrap())
}

fn section() -> impl Strategy<Value = Section> {
    (1_u8..5, text(), span(), text()).prop_map(|(level, title, span, text)| Section {
        level,
        title,
        span,
        text,
    })
}

fn statement() -> impl Strategy<Value = Statement> {
    (
        (text(), option::of(decimal()), option::of(decimal()), text(), any::<bool>()),
        (one_of(&[Period::ThisYear, Period::Cumulative]), one_of(SCOPES), text(), text(), span()),
        one_of(&[Whose::Unknown, Whose::Part]),
    )
        .prop_map(
            |(
                (indicator, value, value_max, unit, approximate),
                (period, scope, quote, section, span),
                whose,
            )| {
                Statement {
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
            },
        )
}

fn page() -> impl Strategy<Value = PageMetadata> {
    (option::of(quoted()), option::of(quoted()), option::of(quoted())).prop_map(
        |(title, published, source)| PageMetadata {
            title,
            published,
            source,
            publisher: None,
            index_number: None,
        },
    )
}

fn report() -> impl Strategy<Value = Report> {
    (
        (any::<u32>(), any::<u32>(), quoted(), option::of(any::<u16>())),
        (
            body(),
            body(),
            body(),
            (one_of(SCOPES), text(), span()),
            (text(), text(), span(), vec(division(), 0..3)),
        ),
        (option::of(date()), option::of(date()), one_of(FORMS)),
        (vec(section(), 0..3), vec(figure(), 0..12), vec(statement(), 0..3), vec(finding(), 0..6), page()),
    )
        .prop_map(
            |(
                (extractor_version, part, title, year),
                (subject, signatory, issuer, (kind, quote, scope_span), (name, code, region_span, divisions)),
                (stated, page_date, form),
                (sections, figures, statements, findings, page),
            )| Report {
                extractor_version,
                part,
                parts: part,
                title,
                year,
                subject,
                scope: Scope { kind, quote, span: scope_span },
                signatory,
                issuer,
                region: RegionText {
                    name,
                    span: region_span,
                    township_code: code.clone(),
                    code,
                    parents: divisions.clone(),
                    candidates: divisions,
                },
                dates: Dates { stated, page: page_date },
                form,
                form_evidence: vec![FormEvidence { form, score: 7 }],
                sections,
                figures,
                statements,
                problems: vec![Quoted { text: "问题".to_owned(), span: Some(Span::bytes(1, 2)) }],
                improvements: vec![Quoted::default()],
                preamble: Quoted { text: "引言".to_owned(), span: Some(Span::bytes(3, 4)) },
                findings,
                page,
            },
        )
}

proptest! {
    #[test]
    fn a_packed_report_reads_back_whole(report in report()) {
        let packed = NewRevision::pack(&report).unwrap();
        prop_assert_eq!(&packed.packed().unpack().unwrap(), &report);
        // Cells are the same with and without the evidence, or need it.
        let mut keys: Vec<String> = report.figures.iter().map(|figure| figure.key.to_string()).collect();
        keys.push("of.no.form".to_owned());
        let PackedReport { layout, figures, .. } = packed.packed();
        let cells = packed_cells(layout, figures, &CellPlaces::of(layout, &keys)).unwrap();
        let is_plain = |figure: &Figure| figure.period == Period::ThisYear && figure.portion == Portion::All;
        prop_assert_eq!(cells.is_some(), report.figures.iter().all(is_plain));
        prop_assert!(cells.is_none_or(|cells| cells == cells_of(&report, &keys)));
        for few in keys.chunks(3) {
            let cells = packed_cells(layout, figures, &CellPlaces::of(layout, few)).unwrap();
            prop_assert_eq!(cells.is_some(), report.figures.iter().all(is_plain));
            prop_assert!(cells.is_none_or(|cells| cells == cells_of(&report, few)));
        }
        let layout = Layout::from_bytes(&packed.packed().layout.to_bytes()).unwrap();
        prop_assert_eq!(&layout, &packed.packed().layout);
        let told = report.findings.iter().filter(|finding| finding.outcome != Outcome::Holds).count();
        prop_assert_eq!(packed.findings().len(), told);
        for key in packed.findings() {
            let finding = &report.findings[key.ordinal as usize];
            prop_assert_eq!((&key.rule, key.outcome, key.severity), (&finding.rule, finding.outcome, finding.severity));
        }
    }

    #[test]
    fn evidence_from_before_the_dictionary_reads_back_whole(report in report()) {
        let mut packed = NewRevision::pack(&report).unwrap().packed().clone();
        let evidence = EVIDENCE.decompress(&packed.evidence[5..], EVIDENCE_BYTES_MAX).unwrap();
        packed.evidence.truncate(5);
        packed.evidence[0] = EVIDENCE_ALONE;
        packed.evidence.extend(compression::compress(&evidence).unwrap());
        prop_assert_eq!(packed.unpack().unwrap(), report);
    }

    #[test]
    fn damaged_bytes_are_an_error_and_never_a_panic(
        report in report(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut packed = NewRevision::pack(&report).unwrap().packed().clone();
        let place = at.index(packed.figures.len());
        packed.figures[place] = byte;
        let _ = packed.unpack();
        let key = report.figures.last().map(|figure| figure.key.to_string());
        let places = CellPlaces::of(&packed.layout, &Vec::from_iter(key));
        let _ = packed_cells(&packed.layout, &packed.figures, &places);
        let place = at.index(packed.evidence.len());
        packed.evidence[place] = byte;
        let _ = packed.unpack();
    }
}

/// Whatever byte of a record's figures is another than it was.
#[test]
fn cells_of_a_damaged_record_are_those_of_the_whole_record_or_refused() {
    let mut report = crate::contract::sample::report("甲县", 2020, 3);
    let values = [Value::Count(300), Value::Amount(Decimal::new(5, 1)), Value::Count(7)];
    let numbers = values.map(|value| Figure { value: Some(value), ..report.figures[0].clone() });
    report.figures.extend(numbers);
    for (place, figure) in report.figures.iter_mut().enumerate() {
        figure.key = format!("cells.{place}").into();
    }
    let keys: Vec<String> = report.figures.iter().map(|figure| figure.key.to_string()).collect();
    let sound = NewRevision::pack(&report).unwrap().packed().clone();
    let (mut given, mut refused) = (0, 0);
    for place in 0..sound.figures.len() {
        for byte in 0..=u8::MAX {
            let mut packed = sound.clone();
            packed.figures[place] = byte;
            let whole = packed.unpack();
            for key in &keys {
                let key = std::slice::from_ref(key);
                match packed_cells(&packed.layout, &packed.figures, &CellPlaces::of(&packed.layout, key)) {
                    Ok(Some(cells)) => {
                        let whole = whole.as_ref().unwrap_or_else(|error| panic!("{place} {byte}: {error}"));
                        assert_eq!(cells.of_keys, cells_of(whole, key).of_keys, "{place} {byte}");
                        given += 1;
                    }
                    Ok(None) => {}
                    Err(_) => refused += 1,
                }
            }
        }
    }
    assert!(0 < given && 0 < refused);
}

#[test]
fn the_digest_sees_what_is_said_and_not_where_it_stands() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut report = report().new_tree(&mut runner).unwrap().current();
    report.title.text = "年度 报告".to_owned();
    report.figures = vec![Figure::missing("a.b".into(), Reason::RowAbsent)];
    let digest = RecordDigest::of(&report);

    let mut same = report.clone();
    same.title.text = "年度报告".to_owned();
    same.title.span = Some(Span::bytes(1, 2));
    same.extractor_version += 1;
    same.findings.clear();
    assert_eq!(RecordDigest::of(&same), digest);

    let mut other = report.clone();
    other.figures[0].state = State::Blank;
    assert_ne!(RecordDigest::of(&other), digest);
    let mut other = report;
    other.year = Some(1999);
    assert_ne!(RecordDigest::of(&other), digest);
}

#[test]
fn a_cell_with_a_value_that_is_no_number_is_refused() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut report = report().new_tree(&mut runner).unwrap().current();
    report.figures = vec![Figure::missing("a.b".into(), Reason::RowAbsent)];
    report.figures[0].value = Some(Value::Count(1));
    assert!(matches!(NewRevision::pack(&report), Err(StoreError::Corrupt { .. })));
}
