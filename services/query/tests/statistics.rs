//! Statistics as callers get them, held against plain calculations over the same records.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails in a test fails the test"
)]

mod support;

use gongkai_model::{
    BodyKind, FormId, Period, Purpose, Rank, Report, ScopeKind, State, Statement, Value, Whose,
};
use gongkai_store::Clock as _;
use gongkai_testkit::Rng;
use gongkai_wire::v1;
use gongkai_wire::v1::statistics_service_client::StatisticsServiceClient;
use rust_decimal::{Decimal, RoundingStrategy};
use std::collections::BTreeMap;
use support::{Running, reason, report, start};
use tonic::{Code, Status, Streaming};
use tonic_types::StatusExt as _;

const RECEIVED: &str = "requests.received.total";
const CARRIED: &str = "requests.carried_over.total";
const CONCLUDED: &str = "requests.concluded.total";
const GRANTED: &str = "requests.granted.total";
const KEYS: [&str; 4] = [RECEIVED, CARRIED, CONCLUDED, GRANTED];

fn client(running: &Running) -> StatisticsServiceClient<tonic::transport::Channel> {
    StatisticsServiceClient::new(running.channel.clone())
}

async fn all<T>(mut stream: Streaming<T>) -> Result<Vec<T>, Status> {
    let mut messages = Vec::new();
    while let Some(message) = stream.message().await? {
        messages.push(message);
    }
    Ok(messages)
}

async fn aggregate(
    running: &Running,
    request: v1::AggregateRequest,
) -> Result<(v1::AggregateSummary, Vec<v1::AggregateGroup>), Status> {
    let mut messages = all(client(running).aggregate(request).await?.into_inner()).await?;
    let summary = messages[0].summary.take().unwrap();
    assert!(messages.iter().all(|message| message.summary.is_none()));
    Ok((summary, messages.into_iter().flat_map(|message| message.groups).collect()))
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn set(report: &mut Report, key: &str, state: State, count: Option<i64>) {
    let figure = report.figures.iter_mut().find(|figure| *figure.key == *key).unwrap();
    (figure.state, figure.value) = (state, count.map(Value::Count));
}

fn number(report: &mut Report, key: &str, count: i64) {
    set(report, key, State::Number, Some(count));
}

/// A county's report with the code of its division.
fn of(county: &str, code: &str, year: u16) -> Report {
    let mut report = report(county, year, FormId::Form2019);
    report.region.code = code.to_owned();
    report
}

/// Reports of several scopes, ranks and years, many of whose cells are no numbers.
fn many(seed: u64) -> Vec<Report> {
    let mut rng = Rng::new(seed);
    let mut reports = Vec::new();
    for place in 0..60 {
        let code = format!("53{:02}{:02}", 1 + place % 3, 1 + place / 3);
        for year in [2019, 2020] {
            let mut report = of(&format!("第{place}县"), &code, year);
            if rng.chance(40) {
                (report.scope.kind, report.subject.kind) = (ScopeKind::Organ, BodyKind::Department);
            }
            if rng.chance(10) {
                report.scope.kind = ScopeKind::Unknown;
            }
            if rng.chance(10) {
                report.subject.rank = Rank::Prefecture;
            }
            for key in KEYS {
                match rng.below(10) {
                    0..6 => number(&mut report, key, i64::try_from(rng.below(30)).unwrap()),
                    6..9 => set(&mut report, key, State::Blank, None),
                    _ => set(&mut report, key, State::NotApplicable, None),
                }
            }
            reports.push(report);
        }
    }
    reports
}

/// What a cell counts; one that is empty is zero where that is asked for.
fn counted(report: &Report, key: &str, blank_as_zero: bool) -> Option<i64> {
    let figure = report.figure(key).unwrap();
    match (figure.state, figure.value) {
        (State::Number, Some(Value::Count(count))) => Some(count),
        (State::Blank | State::NotApplicable, None) if blank_as_zero => Some(0),
        _ => None,
    }
}

fn four_digits(numerator: Decimal, denominator: Decimal) -> String {
    let quotient = numerator / denominator;
    format!("{:.4}", quotient.round_dp_with_strategy(4, RoundingStrategy::MidpointAwayFromZero))
}

/// The value at so many quarters of sorted numbers.
fn quartile(sorted: &[i64], quarters: usize) -> String {
    let place = Decimal::from((sorted.len() - 1) * quarters) / Decimal::from(4);
    let low = place.floor();
    let at = |place: Decimal| Decimal::from(sorted[place.to_string().parse::<usize>().unwrap()]);
    let value = at(low) + (at(place.ceil()) - at(low)) * (place - low);
    value.normalize().to_string()
}

type Group = (String, Option<u16>, ScopeKind, Option<Rank>, Option<BodyKind>);

#[tokio::test]
async fn sums_quartiles_and_measures_are_those_of_a_plain_calculation() {
    let running = start().await;
    let reports = many(11);
    for report in &reports {
        running.publish(report).await;
    }
    for blank_as_zero in [false, true] {
        let policy = if blank_as_zero { v1::NullPolicy::BlankAsZero } else { v1::NullPolicy::Strict };
        let request = v1::AggregateRequest {
            group_by: vec![v1::GroupBy::Prefecture.into(), v1::GroupBy::Year.into()],
            keys: texts(&[RECEIVED]),
            measures: texts(&["conclusion_rate.due"]),
            null_policy: policy.into(),
            ..Default::default()
        };
        let (summary, groups) = aggregate(&running, request).await.unwrap();
        assert_eq!((summary.reports, summary.null_policy()), (120, policy));

        let mut expected: BTreeMap<Group, Vec<&Report>> = BTreeMap::new();
        for report in &reports {
            let nested = (report.scope.kind != ScopeKind::Organ).then_some(report.subject.rank);
            let kind = (report.scope.kind == ScopeKind::Unknown).then_some(report.subject.kind);
            let prefecture = format!("{}00", &report.region.code[..4]);
            let key = (prefecture, report.year, report.scope.kind, nested, kind);
            expected.entry(key).or_default().push(report);
        }
        assert_eq!(groups.len(), expected.len());
        for (group, (key, members)) in groups.iter().zip(&expected) {
            check_group(group, key, members, blank_as_zero);
        }
    }
}

fn check_group(group: &v1::AggregateGroup, key: &Group, members: &[&Report], blank_as_zero: bool) {
    let (prefecture, year, scope, rank, kind) = key;
    assert_eq!(group.division.as_ref().unwrap().code, *prefecture);
    assert_eq!((group.year, group.scope()), (year.map(i32::from), v1::ScopeKind::from(*scope)));
    assert_eq!(group.rank, rank.map_or(0, |rank| v1::Rank::from(rank).into()));
    assert_eq!(group.kind, kind.map_or(0, |kind| v1::BodyKind::from(kind).into()));
    assert_eq!(group.report_count, members.len() as i64);

    let mut counts: Vec<i64> =
        members.iter().filter_map(|report| counted(report, RECEIVED, blank_as_zero)).collect();
    counts.sort_unstable();
    let figure = &group.figures[0];
    let in_state = |state| {
        let is_in = |report: &&&Report| report.figure(RECEIVED).unwrap().state == state;
        members.iter().filter(is_in).count() as i64
    };
    let states = figure.states.unwrap();
    assert_eq!(
        [states.number, states.blank, states.not_applicable],
        [State::Number, State::Blank, State::NotApplicable].map(in_state)
    );
    let sum: i64 = counts.iter().sum();
    assert_eq!(figure.numbers, counts.len() as i64);
    assert_eq!(figure.numbers_sum, sum.to_string());
    assert_eq!(figure.sum, (counts.len() == members.len()).then(|| sum.to_string()));
    let empty = in_state(State::Blank) + in_state(State::NotApplicable);
    let blanks = if blank_as_zero { empty } else { 0 };
    assert_eq!(figure.blanks_as_zero, blanks);
    assert_eq!(figure.blank_cells.len() as i64, blanks.min(20));
    match &figure.distribution {
        None => assert!(counts.is_empty()),
        Some(spread) => {
            let told = [&spread.minimum, &spread.p25, &spread.median, &spread.p75, &spread.maximum];
            let plain = [0, 1, 2, 3, 4].map(|quarters| quartile(&counts, quarters));
            assert_eq!(told.map(String::as_str), plain.each_ref().map(String::as_str));
            assert_eq!(spread.mean, four_digits(sum.into(), counts.len().into()));
        }
    }

    let terms = members.iter().map(|report| {
        let term = |key| counted(report, key, blank_as_zero);
        Some((term(CONCLUDED)?, term(RECEIVED)? + term(CARRIED)?))
    });
    let assessed: Vec<(i64, i64)> = terms.flatten().collect();
    let (numerator, denominator) = assessed.iter().fold((0, 0), |sum, it| (sum.0 + it.0, sum.1 + it.1));
    let measure = &group.measures[0];
    assert_eq!(measure.assessed, assessed.len() as i64);
    assert_eq!(measure.not_assessable, (members.len() - assessed.len()) as i64);
    assert_eq!(measure.undefined, assessed.iter().filter(|(_, due)| *due == 0).count() as i64);
    assert_eq!(
        (&measure.numerator, &measure.denominator),
        (&numerator.to_string(), &denominator.to_string())
    );
    let ratio = (denominator != 0).then(|| four_digits(numerator.into(), denominator.into()));
    assert_eq!(measure.ratio, ratio);
    if let Some(spread) = &measure.distribution {
        let ratios = assessed.iter().filter(|(_, due)| *due != 0);
        let least = ratios.map(|(done, due)| Decimal::from(*done) / Decimal::from(*due)).min().unwrap();
        assert_eq!(spread.minimum, four_digits(least, Decimal::ONE));
    }
}

#[tokio::test]
async fn bodies_are_ranked_by_a_rate_that_rests_on_enough() {
    let running = start().await;
    for (county, code, concluded, granted, denied) in [
        ("甲县", "530101", 40, 10, 5),
        ("乙县", "530102", 20, 2, 9),
        ("丙县", "530103", 19, 0, 19),
        ("丁县", "530104", 50, 5, 1),
        ("戊县", "620101", 50, 0, 50),
    ] {
        let mut report = of(county, code, 2020);
        number(&mut report, CONCLUDED, concluded);
        number(&mut report, GRANTED, granted);
        number(&mut report, "requests.denied.third_party.total", denied);
        running.publish(&report).await;
    }
    let mut unknown = of("己县", "530106", 2020);
    set(&mut unknown, CONCLUDED, State::Blank, None);
    running.publish(&unknown).await;
    let ranking = v1::Ranking { by: "grant_rate.concluded".to_owned(), minimum: 20, ..Default::default() };
    let request = v1::AggregateRequest {
        filter: "year = 2020 region.within(\"530000\")".to_owned(),
        ranks: vec![v1::Rank::County.into()],
        group_by: vec![v1::GroupBy::Subject.into()],
        measures: texts(&["grant_rate.concluded", "denial_share.third_party"]),
        ranking: Some(ranking.clone()),
        ..Default::default()
    };
    let (summary, groups) = aggregate(&running, request.clone()).await.unwrap();
    let told: Vec<_> = groups
        .iter()
        .map(|it| (it.place, it.region_name.as_str(), it.measures[0].ratio.as_deref().unwrap()))
        .collect();
    assert_eq!(told, [(1, "乙县", "0.1000"), (1, "丁县", "0.1000"), (3, "甲县", "0.2500")]);
    // One has concluded too few, and of one it is not known.
    assert_eq!((summary.groups, summary.groups_below_minimum), (5, 2));
    assert_eq!(groups[0].measures[1].ratio.as_deref(), Some("1.0000"));
    assert_eq!((&*groups[0].measures[1].numerator, &*groups[0].measures[1].denominator), ("9", "9"));

    let first = v1::Ranking { descending: true, limit: 1, ..ranking };
    let request = v1::AggregateRequest { ranking: Some(first), digits: 2, ..request };
    let (_, groups) = aggregate(&running, request).await.unwrap();
    assert_eq!(groups.len(), 1);
    assert_eq!((&*groups[0].region_name, groups[0].measures[0].ratio.as_deref()), ("甲县", Some("0.25")));
}

#[tokio::test]
async fn a_whole_area_is_never_added_to_its_organs_or_to_the_areas_in_it() {
    let running = start().await;
    let mut county = of("甲县", "530101", 2020);
    number(&mut county, RECEIVED, 100);
    let mut bureau = of("甲县", "530101", 2020);
    bureau.subject.name = "甲县公安局".to_owned();
    (bureau.subject.kind, bureau.scope.kind) = (BodyKind::Department, ScopeKind::Organ);
    number(&mut bureau, RECEIVED, 10);
    let mut city = of("子市", "530100", 2020);
    city.subject.rank = Rank::Prefecture;
    number(&mut city, RECEIVED, 1000);
    // The office of the county's government reports on the same area once more.
    let mut office = of("甲县", "530101", 2020);
    office.subject.name = "甲县人民政府办公室".to_owned();
    office.subject.kind = BodyKind::GeneralOffice;
    number(&mut office, RECEIVED, 100);
    for report in [&county, &bureau, &city, &office] {
        running.publish(report).await;
    }
    let request = v1::AggregateRequest { keys: texts(&[RECEIVED]), ..Default::default() };
    let (_, groups) = aggregate(&running, request.clone()).await.unwrap();
    let told: Vec<_> = groups
        .iter()
        .map(|it| (it.scope(), it.rank(), it.figures[0].numbers_sum.as_str(), it.same_area_count))
        .collect();
    let (organ, area) = (v1::ScopeKind::Organ, v1::ScopeKind::WholeArea);
    assert_eq!(
        told,
        [
            (organ, v1::Rank::Unspecified, "10", 0),
            (area, v1::Rank::Prefecture, "1000", 0),
            (area, v1::Rank::County, "200", 1),
        ]
    );
    let (_, groups) =
        aggregate(&running, v1::AggregateRequest { scope: organ.into(), ..request.clone() }).await.unwrap();
    assert_eq!(groups.len(), 1);

    // Townships of one county have its code, and are areas of their own.
    for town in ["丑镇", "寅镇"] {
        let mut report = of("甲县", "530101", 2020);
        (report.subject.name, report.region.name) = (format!("{town}人民政府"), town.to_owned());
        (report.subject.kind, report.subject.rank) = (BodyKind::Township, Rank::Township);
        running.publish(&report).await;
    }
    let townships = v1::AggregateRequest { ranks: vec![v1::Rank::Township.into()], ..request };
    let (_, groups) = aggregate(&running, townships).await.unwrap();
    assert_eq!((groups[0].report_count, groups[0].same_area_count), (2, 0));
}

#[tokio::test]
async fn what_is_there_is_held_against_what_should_be() {
    let running = start().await;
    running.publish(&of("甲县", "530101", 2020)).await;
    let mut bureau = of("乙县", "530102", 2020);
    bureau.subject.name = "乙县公安局".to_owned();
    (bureau.subject.kind, bureau.scope.kind) = (BodyKind::Department, ScopeKind::Organ);
    running.publish(&bureau).await;
    let request = v1::AggregateRequest {
        keys: texts(&[RECEIVED]),
        group_by: vec![v1::GroupBy::Province.into()],
        expected: texts(&["530101", "530102", "620101", "乙县公安局", "530101", "530100"]),
        ..Default::default()
    };
    let (summary, groups) = aggregate(&running, request.clone()).await.unwrap();
    let coverage = summary.coverage.unwrap();
    // A department does not stand for its county.
    assert_eq!((coverage.known, coverage.expected, coverage.found), (true, 5, 2));
    assert_eq!(coverage.missing, ["530102", "620101", "530100"]);
    // Nor is a prefecture's report expected among those of counties.
    let area = groups.iter().find(|it| it.scope() == v1::ScopeKind::WholeArea).unwrap();
    let coverage = area.coverage.as_ref().unwrap();
    assert_eq!((coverage.expected, coverage.found, &coverage.missing), (2, 1, &texts(&["530102"])));

    let request = v1::AggregateRequest { expected: Vec::new(), ..request };
    let (summary, _) = aggregate(&running, request).await.unwrap();
    assert!(!summary.coverage.unwrap().known);
}

#[tokio::test]
async fn sources_are_not_merged_and_statements_that_differ_decide_nothing() {
    let running = start().await;
    let stated = |value: Option<i64>, approximate| Statement {
        indicator: "requests.received".to_owned(),
        value: value.map(Decimal::from),
        value_max: None,
        unit: "件".to_owned(),
        approximate,
        period: Period::ThisYear,
        scope: ScopeKind::Unknown,
        whose: Whose::Subject,
        quote: "收到申请".to_owned(),
        section: String::new(),
        span: None,
    };
    let last_year = Statement { period: Period::Earlier, ..stated(Some(99), false) };
    let own_level = Statement { scope: ScopeKind::OwnLevel, ..stated(Some(3), false) };
    let whole_area = Statement { scope: ScopeKind::WholeArea, ..stated(Some(7), false) };
    let cases = [
        // Of the whole area, which the report covers, and of a part that is another scope.
        (5, vec![stated(Some(7), false), last_year.clone(), whole_area, own_level.clone()]),
        (6, vec![stated(Some(1), false), stated(Some(2), false)]),
        (8, vec![stated(Some(30), true)]),
        (9, vec![stated(None, false)]),
        (10, vec![last_year]),
        (11, vec![own_level]),
    ];
    for ((county, code), (count, statements)) in [
        ("甲县", "530101"),
        ("乙县", "530102"),
        ("丙县", "530103"),
        ("丁县", "530104"),
        ("戊县", "530105"),
        ("己县", "530106"),
    ]
    .into_iter()
    .zip(cases)
    {
        let mut report = of(county, code, 2020);
        number(&mut report, RECEIVED, count);
        report.statements = statements;
        running.publish(&report).await;
    }
    let from = async |source: v1::FigureSource| {
        let request = v1::AggregateRequest {
            indicators: texts(&["requests.received"]),
            source: source.into(),
            ..Default::default()
        };
        let (_, mut groups) = aggregate(&running, request).await.unwrap();
        groups.remove(0).figures.remove(0)
    };
    let table = from(v1::FigureSource::Unspecified).await;
    assert_eq!((table.sum.as_deref(), table.indicator.as_str()), (Some("49"), "requests.received"));
    let text = from(v1::FigureSource::Statement).await;
    let states = text.states.unwrap();
    assert_eq!((states.number, states.undetermined, states.blank, states.absent), (1, 2, 1, 2));
    assert_eq!((text.numbers_sum.as_str(), text.sum), ("7", None));
}

#[tokio::test]
async fn the_blank_that_was_taken_for_a_zero_is_named_and_not_a_cell_beside_it() {
    let running = start().await;
    let mut old = report("甲县", 2016, FormId::Form2014);
    set(&mut old, "legacy.requests.received", State::Missing, None);
    set(&mut old, "legacy.local.requests_received", State::Blank, None);
    running.publish(&old).await;
    let request = v1::AggregateRequest {
        indicators: texts(&["requests.received"]),
        null_policy: v1::NullPolicy::BlankAsZero.into(),
        ..Default::default()
    };
    let (_, groups) = aggregate(&running, request).await.unwrap();
    let figure = &groups[0].figures[0];
    assert_eq!((figure.sum.as_deref(), figure.blanks_as_zero), (Some("0"), 1));
    assert_eq!(figure.blank_cells[0].key, "legacy.local.requests_received");
}

#[tokio::test]
async fn figures_of_two_forms_are_told_not_to_count_the_same() {
    let running = start().await;
    running.publish(&of("甲县", "530101", 2020)).await;
    let mut later = report("甲县", 2021, FormId::Form2021);
    later.region.code = "530101".to_owned();
    running.publish(&later).await;
    running.publish(&of("甲县", "530101", 2019)).await;
    let request = v1::AggregateRequest {
        keys: texts(&[RECEIVED]),
        measures: texts(&["otherwise_handled_rate.concluded"]),
        ..Default::default()
    };
    let (_, groups) = aggregate(&running, request).await.unwrap();
    let breaks = [
        "regulations_2019+form_2019",
        "regulations_2019+form_2019+fee_rules_2021+form_2021",
        "regulations_2019~+form_2019",
    ];
    assert_eq!(groups[0].figures[0].comparability, breaks);
    assert_eq!(groups[0].measures[0].comparability, breaks);
    assert_eq!(groups[0].measures[0].undefined, 3);
    assert_eq!(groups[0].measures[0].ratio, None);
}

#[tokio::test]
async fn requests_that_make_no_sense_name_their_field() {
    let running = start().await;
    running.publish(&of("甲县", "530101", 2020)).await;
    let base = || v1::AggregateRequest { keys: texts(&[RECEIVED]), ..Default::default() };
    let ranking = |by: &str, statistic: v1::Statistic| {
        Some(v1::Ranking { by: by.to_owned(), statistic: statistic.into(), ..Default::default() })
    };
    let cases = [
        (v1::AggregateRequest { keys: Vec::new(), ..base() }, "measures: "),
        (v1::AggregateRequest { keys: texts(&["requests"]), ..base() }, "keys[0]: "),
        (v1::AggregateRequest { indicators: texts(&["x"]), ..base() }, "indicators[0]: "),
        (
            v1::AggregateRequest { measures: texts(&["grant_rate"]), ..base() },
            "measures[0]: there is no measure `grant_rate`; ListMeasures, and `gongkai stats measures`, tell",
        ),
        (v1::AggregateRequest { digits: 13, ..base() }, "digits: "),
        (v1::AggregateRequest { digits: -1, ..base() }, "digits: "),
        (v1::AggregateRequest { group_by: vec![0], ..base() }, "group_by[0]: "),
        (v1::AggregateRequest { ranks: vec![77], ..base() }, "ranks[0]: "),
        (v1::AggregateRequest { ranking: ranking(GRANTED, v1::Statistic::Sum), ..base() }, "ranking.by: "),
        (
            v1::AggregateRequest { ranking: ranking(RECEIVED, v1::Statistic::Ratio), ..base() },
            "ranking.statistic: ",
        ),
    ];
    for (request, beginning) in cases {
        let status = aggregate(&running, request).await.unwrap_err();
        assert_eq!((status.code(), reason(&status)), (Code::InvalidArgument, "INVALID_FIELD".to_owned()));
        assert!(status.message().starts_with(beginning), "{}", status.message());
    }
    let status = aggregate(&running, v1::AggregateRequest { filter: "shape".to_owned() + " = 1", ..base() })
        .await
        .unwrap_err();
    assert_eq!(reason(&status), "INVALID_FILTER");
    assert!(aggregate(&running, v1::AggregateRequest { digits: 12, ..base() }).await.is_ok());
}

#[tokio::test]
async fn a_share_of_less_than_nothing_is_not_assessed() {
    let running = start().await;
    for (county, code, other) in [("甲县", "530101", 10), ("乙县", "530102", 11)] {
        let mut report = of(county, code, 2020);
        number(&mut report, CONCLUDED, 10);
        number(&mut report, "requests.other.total", other);
        running.publish(&report).await;
    }
    let request = v1::AggregateRequest { measures: texts(&["grant_rate.answered"]), ..Default::default() };
    let (_, groups) = aggregate(&running, request).await.unwrap();
    let measure = &groups[0].measures[0];
    // Of the first nothing was answered, of the second less than that.
    assert_eq!((measure.assessed, measure.undefined, measure.not_assessable), (1, 1, 1));
    assert_eq!((&*measure.denominator, &measure.ratio), ("0", &None));
}

#[tokio::test]
async fn drafts_and_what_came_later_do_not_count() {
    let running = start().await;
    let mut county = of("甲县", "530101", 2020);
    number(&mut county, RECEIVED, 5);
    running.publish(&county).await;
    let then = running.clock.now();
    running.clock.advance(std::time::Duration::from_secs(3600));
    // Another document says otherwise, and one that is a draft something else again.
    number(&mut county, RECEIVED, 8);
    running.publish(&county).await;
    number(&mut county, RECEIVED, 100);
    running.store_as("草稿", &county, Purpose::Draft).await;
    let sum = async |request: v1::AggregateRequest| {
        let (_, groups) = aggregate(&running, request).await.unwrap();
        groups.iter().map(|group| group.figures[0].sum.clone().unwrap()).collect::<Vec<_>>()
    };
    let now = || v1::AggregateRequest { keys: texts(&[RECEIVED]), ..Default::default() };
    assert_eq!(sum(now()).await, ["8"]);
    let as_of = Some(gongkai_wire::timestamp(then.micros()));
    assert_eq!(sum(v1::AggregateRequest { as_of, ..now() }).await, ["5"]);
    let drafts = v1::AggregateRequest { purpose: v1::Purpose::Draft.into(), ..now() };
    assert_eq!(sum(drafts).await, ["100"]);
    let before = Some(gongkai_wire::timestamp(0));
    assert_eq!(sum(v1::AggregateRequest { as_of: before, ..now() }).await, Vec::<String>::new());
}

#[tokio::test]
async fn numbers_that_add_up_to_too_much_are_told_and_never_cut() {
    let running = start().await;
    let amount = "disclosure.procurement.amount";
    for (county, code) in [("甲县", "530101"), ("乙县", "530102")] {
        let mut report = of(county, code, 2020);
        let figure = report.figures.iter_mut().find(|figure| *figure.key == *amount).unwrap();
        figure.value = Some(Value::Amount(Decimal::MAX));
        running.publish(&report).await;
    }
    let request = |filter: &str| v1::AggregateRequest {
        filter: filter.to_owned(),
        keys: texts(&[amount]),
        ..Default::default()
    };
    let (_, groups) = aggregate(&running, request("region = 甲县")).await.unwrap();
    assert_eq!(groups[0].figures[0].sum, Some(Decimal::MAX.to_string()));
    let status = aggregate(&running, request("")).await.unwrap_err();
    assert_eq!((status.code(), reason(&status)), (Code::OutOfRange, "NUMBER_TOO_LARGE".to_owned()));
}

#[tokio::test]
async fn too_many_answers_on_their_way_are_refused_until_one_has_ended() {
    let running = start().await;
    for number in 0..64 {
        running.publish(&of(&format!("第{number}县"), "530101", 2020)).await;
    }
    let rows = v1::QueryFiguresRequest::default;
    let keys = gongkai_forms::form(FormId::Form2019).unwrap().cells.iter().map(|cell| cell.key.to_string());
    let groups = v1::AggregateRequest {
        group_by: vec![v1::GroupBy::Subject.into()],
        keys: keys.take(100).collect(),
        ..Default::default()
    };
    // Nobody reads these answers, and little of them fits on the way.
    let address = format!("http://{}", running.address);
    let narrow = tonic::transport::Endpoint::from_shared(address).unwrap();
    let narrow = narrow.initial_stream_window_size(65_535).initial_connection_window_size(65_535);
    let mut narrow = StatisticsServiceClient::new(narrow.connect().await.unwrap());
    let mut unread = Vec::new();
    for _ in 0..63 {
        unread.push(narrow.query_figures(rows()).await.unwrap().into_inner());
    }
    let groups_unread = narrow.aggregate(groups.clone()).await.unwrap().into_inner();
    for status in [
        client(&running).query_figures(rows()).await.unwrap_err(),
        client(&running).aggregate(groups).await.unwrap_err(),
    ] {
        assert_eq!((status.code(), reason(&status)), (Code::Unavailable, "OVERLOADED".to_owned()));
        assert!(status.get_details_retry_info().is_some());
    }
    drop(groups_unread);
    let ended = async {
        while client(&running).query_figures(rows()).await.is_err() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(support::DEADLINE, ended).await.unwrap();
}

#[tokio::test]
async fn rows_are_those_of_the_records_and_come_with_the_state_that_they_are_of() {
    let running = start().await;
    let reports = many(3);
    for report in &reports {
        running.publish(report).await;
    }
    let request = v1::QueryFiguresRequest { keys: texts(&KEYS), ..Default::default() };
    let messages = all(client(&running).query_figures(request).await.unwrap().into_inner()).await.unwrap();
    assert!(0 < messages[0].position && messages[1..].iter().all(|message| message.position == 0));
    let rows: Vec<v1::FigureRow> = messages.into_iter().flat_map(|message| message.rows).collect();
    assert_eq!(rows.len(), reports.len() * KEYS.len());
    for (rows, report) in rows.chunks(KEYS.len()).zip(&reports) {
        for (row, key) in rows.iter().zip(KEYS) {
            let figure = report.figure(key).unwrap();
            assert_eq!(row.key, key);
            assert_eq!((&row.subject, &row.region_code), (&report.subject.name, &report.region.code));
            assert_eq!(row.state(), v1::State::from(figure.state));
            assert_eq!(row.value, figure.value.map(|value| value.to_string()));
            assert_eq!(row.rank(), v1::Rank::from(report.subject.rank));
            assert_eq!((row.scope(), row.unit.as_str()), (report.scope.kind.into(), "count"));
        }
    }

    // Where there is nothing, there is still the state of the store.
    let nothing = v1::QueryFiguresRequest { filter: "year = 1999".to_owned(), ..Default::default() };
    let messages = all(client(&running).query_figures(nothing).await.unwrap().into_inner()).await.unwrap();
    assert_eq!((messages.len(), messages[0].rows.len()), (1, 0));
    assert!(0 < messages[0].position);
    let wrong = v1::QueryFiguresRequest { keys: texts(&["x"]), ..Default::default() };
    let status = client(&running).query_figures(wrong).await.unwrap_err();
    assert_eq!(
        (reason(&status), status.message()),
        ("INVALID_FIELD".to_owned(), "keys: no form has a cell `x`")
    );
}

#[tokio::test]
async fn measures_and_breaks_are_listed_with_what_they_are_made_of() {
    let running = start().await;
    let mut request = v1::ListMeasuresRequest { page_size: 10, ..Default::default() };
    let mut measures = Vec::new();
    loop {
        let page = client(&running).list_measures(request.clone()).await.unwrap().into_inner();
        measures.extend(page.measures);
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    let ids: Vec<&str> = gongkai_forms::measures().iter().map(|measure| measure.id.as_str()).collect();
    assert_eq!(measures.iter().map(|measure| measure.id.as_str()).collect::<Vec<_>>(), ids);
    let rate = measures.iter().find(|measure| measure.id == "grant_rate.answered").unwrap();
    assert_eq!(rate.formulas[1].denominator[1].key, "requests.other.total");
    assert!(rate.formulas[1].denominator[1].subtracted);
    let breaks = client(&running).list_series_breaks(v1::ListSeriesBreaksRequest {}).await.unwrap();
    let breaks = breaks.into_inner().breaks;
    assert_eq!(breaks.len(), gongkai_forms::breaks().len());
    let form = breaks.iter().find(|it| it.id == "form_2021").unwrap();
    assert_eq!((form.first_form(), form.first_year), (v1::Form::Form2021, None));
}
