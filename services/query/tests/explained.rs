//! Statistics explained: what they are made of adds up to just what they are.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails in a test fails the test"
)]

mod support;

use gongkai_model::{BodyKind, FormId, Report, ScopeKind, State, Value, Whose};
use gongkai_testkit::Rng;
use gongkai_wire::v1;
use gongkai_wire::v1::statistics_service_client::StatisticsServiceClient;
use rust_decimal::Decimal;
use std::collections::{BTreeSet, HashMap};
use support::{Running, reason, report, start};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

const KEYS: [&str; 4] = [
    "requests.received.total",
    "requests.concluded.total",
    "requests.granted.total",
    "requests.carried_over.total",
];

/// Reports of counties and of their organs, many of whose cells are no numbers.
fn many() -> Vec<Report> {
    let mut rng = Rng::new(11);
    let mut reports = Vec::new();
    for place in 0..25 {
        for year in [2019, 2021] {
            let form = if year < 2021 { FormId::Form2019 } else { FormId::Form2021 };
            let mut report = report(&format!("第{place}县"), year, form);
            report.region.code = format!("5301{place:02}");
            if rng.chance(30) {
                (report.scope.kind, report.subject.kind) = (ScopeKind::Organ, BodyKind::Department);
            }
            for figure in &mut report.figures {
                if figure.key.starts_with("requests.") {
                    (figure.state, figure.value) = match rng.below(20) {
                        0 => (State::Blank, None),
                        1 => (State::Text, None),
                        _ => (State::Number, Some(Value::Count(i64::try_from(rng.below(9)).unwrap()))),
                    };
                }
            }
            reports.push(report);
        }
    }
    reports
}

async fn groups(running: &Running, request: v1::AggregateRequest) -> Vec<v1::AggregateGroup> {
    let mut client = StatisticsServiceClient::new(running.channel.clone());
    let mut stream = client.aggregate(request).await.unwrap().into_inner();
    let mut groups = Vec::new();
    while let Some(message) = stream.message().await.unwrap() {
        groups.extend(message.groups);
    }
    groups
}

async fn explain(
    running: &Running,
    request: v1::ExplainStatisticRequest,
) -> Result<v1::ExplainStatisticResponse, Status> {
    Ok(running.client.clone().explain_statistic(request).await?.into_inner())
}

/// All pages: the first, and all inputs.
async fn explained(
    running: &Running,
    request: &v1::ExplainStatisticRequest,
) -> (v1::ExplainStatisticResponse, Vec<v1::StatisticInput>) {
    let first = explain(running, request.clone()).await.unwrap();
    let mut inputs = first.inputs.clone();
    let mut page_token = first.next_page_token.clone();
    while !page_token.is_empty() {
        let next =
            explain(running, v1::ExplainStatisticRequest { page_token, ..request.clone() }).await.unwrap();
        assert_eq!((next.position, &next.group, &next.formula), (first.position, &None, &first.formula));
        assert!(!next.inputs.is_empty() && next.inputs.len() <= 7);
        inputs.extend(next.inputs);
        page_token = next.next_page_token;
    }
    (first, inputs)
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn sum<'a>(texts: impl Iterator<Item = Option<&'a str>>) -> Decimal {
    texts.flatten().map(decimal).sum()
}

/// One side of a measure, from the terms alone.
fn side(input: &v1::StatisticInput, side: v1::StatisticSide) -> Decimal {
    let terms = input.terms.iter().filter(|term| term.side() == side);
    terms
        .map(|term| {
            let number = match (term.blank_as_zero, &term.value) {
                (true, None) => Decimal::ZERO,
                (false, Some(value)) => decimal(value),
                other => panic!("{other:?}"),
            };
            if term.subtracted { -number } else { number }
        })
        .sum()
}

#[tokio::test]
async fn inputs_add_up_to_the_statistic_whatever_the_pages_and_the_policy() {
    let running = start().await;
    for report in many() {
        running.publish(&report).await;
    }
    let mut uses = BTreeSet::new();
    for policy in [v1::NullPolicy::Strict, v1::NullPolicy::BlankAsZero] {
        for measure in ["grant_rate.concluded", "grant_rate.answered"] {
            let group_by = vec![v1::GroupBy::Year.into(), v1::GroupBy::Prefecture.into()];
            let aggregate = v1::AggregateRequest {
                measures: vec![measure.to_owned()],
                group_by: group_by.clone(),
                null_policy: policy.into(),
                ..Default::default()
            };
            let groups = groups(&running, aggregate).await;
            assert!(4 <= groups.len());
            for group in groups {
                let request = v1::ExplainStatisticRequest {
                    measure: measure.to_owned(),
                    group_by: group_by.clone(),
                    group: Some(group.clone()),
                    null_policy: policy.into(),
                    page_size: 7,
                    ..Default::default()
                };
                let (first, inputs) = explained(&running, &request).await;
                assert_eq!(first.group.as_ref(), Some(&group));
                assert_eq!(inputs.len() as i64, group.report_count);
                let reports: BTreeSet<_> = inputs.iter().map(|input| &input.report).collect();
                assert_eq!(reports.len(), inputs.len());
                let told = &group.measures[0];
                assert_eq!(sum(inputs.iter().map(|it| it.numerator.as_deref())), decimal(&told.numerator));
                assert_eq!(
                    sum(inputs.iter().map(|it| it.denominator.as_deref())),
                    decimal(&told.denominator)
                );
                let counted = inputs.iter().filter(|it| it.r#use() == v1::StatisticUse::Counted);
                assert_eq!(counted.clone().count() as i64, told.assessed);
                for input in counted {
                    assert_eq!(side(input, v1::StatisticSide::Numerator), decimal(input.numerator()));
                    assert_eq!(side(input, v1::StatisticSide::Denominator), decimal(input.denominator()));
                }
                uses.extend(inputs.iter().map(|input| input.r#use));
                let formula = first.formula.unwrap();
                assert_eq!(formula.null_policy(), policy);
                let known = formula.measure.unwrap();
                assert_eq!(known.id, measure);
                // The terms are those of the formula on the report's form.
                for input in &inputs {
                    let on_form = known.formulas.iter().find(|formula| formula.form == input.form).unwrap();
                    let keys: Vec<_> = input.terms.iter().map(|term| &term.key).collect();
                    let expected = on_form.numerator.iter().chain(&on_form.denominator);
                    assert_eq!(keys, expected.map(|term| &term.key).collect::<Vec<_>>());
                }
            }
        }
        for key in KEYS {
            let request = v1::ExplainStatisticRequest {
                key: key.to_owned(),
                filter: "year = 2019 scope = WHOLE_AREA".to_owned(),
                null_policy: policy.into(),
                page_size: 7,
                ..Default::default()
            };
            let (first, inputs) = explained(&running, &request).await;
            let group = first.group.unwrap();
            let told = &group.figures[0];
            assert_eq!(inputs.len() as i64, group.report_count);
            assert_eq!(sum(inputs.iter().map(|input| input.value.as_deref())), decimal(&told.numbers_sum));
            assert_eq!(inputs.iter().filter(|input| input.value.is_some()).count() as i64, told.numbers);
        }
    }
    let expected = [v1::StatisticUse::Counted, v1::StatisticUse::NotKnown].map(i32::from);
    assert_eq!(uses, expected.into());
}

#[tokio::test]
async fn every_input_leads_on_to_where_its_figure_comes_from() {
    let running = start().await;
    for report in many().into_iter().take(6) {
        running.publish(&report).await;
    }
    let request = v1::ExplainStatisticRequest {
        measure: "grant_rate.concluded".to_owned(),
        filter: "year = 2019 scope = WHOLE_AREA".to_owned(),
        page_size: 7,
        ..Default::default()
    };
    let (_, inputs) = explained(&running, &request).await;
    let mut states = HashMap::new();
    for input in &inputs {
        assert!(input.revision.starts_with(&format!("{}/revisions/", input.report)));
        for term in &input.terms {
            let figure = v1::ExplainFigureRequest {
                name: input.revision.clone(),
                key: term.key.clone(),
                ..Default::default()
            };
            let told = running.client.clone().explain_figure(figure).await.unwrap().into_inner();
            let figure = told.figure.unwrap();
            assert_eq!((figure.state, &figure.value), (term.state, &term.value));
            assert_eq!(figure.derivation, term.derivation);
            *states.entry(term.state).or_insert(0) += 1;
        }
    }
    assert!(!states.is_empty());
}

#[tokio::test]
async fn sentences_are_inputs_too_and_what_is_only_about_so_much_is_not_known() {
    let running = start().await;
    for (county, approximate) in [("甲县", false), ("乙县", true), ("丙县", false)] {
        let mut report = report(county, 2019, FormId::Form2019);
        if county != "丙县" {
            report.statements = vec![gongkai_model::Statement {
                indicator: "requests.received".to_owned(),
                value: Some(Decimal::from(12)),
                value_max: None,
                unit: "件".to_owned(),
                approximate,
                period: gongkai_model::Period::ThisYear,
                scope: ScopeKind::Unknown,
                whose: Whose::Subject,
                quote: format!("{county}收到申请12件"),
                section: String::new(),
                span: None,
            }];
        }
        running.publish(&report).await;
    }
    let request = v1::ExplainStatisticRequest {
        indicator: "requests.received".to_owned(),
        source: v1::FigureSource::Statement.into(),
        ..Default::default()
    };
    let answer = explain(&running, request).await.unwrap();
    let told: Vec<_> = answer
        .inputs
        .iter()
        .map(|it| {
            (it.r#use(), it.value.as_deref(), it.terms.iter().map(|term| &*term.quote).collect::<String>())
        })
        .collect();
    assert_eq!(
        told,
        [
            (v1::StatisticUse::Counted, Some("12"), "甲县收到申请12件".to_owned()),
            (v1::StatisticUse::NotKnown, None, "乙县收到申请12件".to_owned()),
            (v1::StatisticUse::NotThere, None, String::new()),
        ]
    );
    assert_eq!(answer.group.unwrap().figures[0].numbers_sum, "12");
}

#[tokio::test]
async fn pages_are_of_one_state_and_tokens_of_one_question() {
    let running = start().await;
    for report in many() {
        running.publish(&report).await;
    }
    let request = v1::ExplainStatisticRequest {
        key: KEYS[0].to_owned(),
        filter: "year = 2021 scope = WHOLE_AREA".to_owned(),
        page_size: 3,
        ..Default::default()
    };
    let first = explain(&running, request.clone()).await.unwrap();
    let group = first.group.clone().unwrap();
    running.publish(&report("新县", 2021, FormId::Form2021)).await;
    let mut count = first.inputs.len() as i64;
    let mut page_token = first.next_page_token.clone();
    while !page_token.is_empty() {
        let next = v1::ExplainStatisticRequest { page_token, page_size: 5, ..request.clone() };
        let next = explain(&running, next).await.unwrap();
        assert_eq!(next.position, first.position);
        count += next.inputs.len() as i64;
        page_token = next.next_page_token;
    }
    assert_eq!(count, group.report_count);
    let page_token = first.next_page_token;
    let other = v1::ExplainStatisticRequest { page_token, key: KEYS[1].to_owned(), ..request };
    let refused = explain(&running, other).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused)), (Code::InvalidArgument, "INVALID_PAGE_TOKEN".to_owned()));
}

#[tokio::test]
async fn what_is_not_one_statistic_of_one_group_is_refused() {
    let running = start().await;
    for report in many().into_iter().take(8) {
        running.publish(&report).await;
    }
    let good = v1::ExplainStatisticRequest {
        key: KEYS[0].to_owned(),
        filter: "year = 2019 scope = WHOLE_AREA".to_owned(),
        ..Default::default()
    };
    assert!(explain(&running, good.clone()).await.is_ok());
    let elsewhere = v1::AggregateGroup { scope: v1::ScopeKind::OwnLevel.into(), ..Default::default() };
    for (request, field) in [
        (v1::ExplainStatisticRequest { key: String::new(), ..good.clone() }, "measure"),
        (
            v1::ExplainStatisticRequest { indicator: "requests.received".to_owned(), ..good.clone() },
            "measure",
        ),
        (v1::ExplainStatisticRequest { key: "requests.sent".to_owned(), ..good.clone() }, "keys[0]"),
        (
            v1::ExplainStatisticRequest {
                filter: String::new(),
                group_by: vec![v1::GroupBy::Year.into()],
                ..good.clone()
            },
            "group",
        ),
        (v1::ExplainStatisticRequest { group: Some(elsewhere), ..good.clone() }, "group"),
        (v1::ExplainStatisticRequest { digits: 13, ..good.clone() }, "digits"),
    ] {
        let status = explain(&running, request).await.unwrap_err();
        assert_eq!((status.code(), reason(&status)), (Code::InvalidArgument, "INVALID_FIELD".to_owned()));
        assert_eq!(status.get_details_bad_request().unwrap().field_violations[0].field, field);
    }
    let wrong = v1::ExplainStatisticRequest { filter: "yaer = 1".to_owned(), ..good };
    assert_eq!(reason(&explain(&running, wrong).await.unwrap_err()), "INVALID_FILTER");
}
