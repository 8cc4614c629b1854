//! A body's table against the sum of its units' tables, held against a plain calculation.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails in a test fails the test"
)]

mod support;

use gongkai_model::{BodyKind, FormId, Rank, Report, ScopeKind, State, Value};
use gongkai_testkit::Rng;
use gongkai_wire::v1;
use gongkai_wire::v1::statistics_service_client::StatisticsServiceClient;
use support::{Running, reason, report, start};
use tonic::{Code, Status};

const RECEIVED: &str = "requests.received.total";

fn set(report: &mut Report, key: &str, state: State, count: Option<i64>) {
    let figure = report.figures.iter_mut().find(|figure| *figure.key == *key).unwrap();
    (figure.state, figure.value) = (state, count.map(Value::Count));
}

/// The county's own report on its whole area.
fn county() -> Report {
    let mut report = report("甲县", 2020, FormId::Form2019);
    report.region.code = "530101".to_owned();
    report
}

/// The report of one of its departments on itself.
fn department(number: u64) -> Report {
    let mut report = county();
    report.subject.name = format!("甲县第{number}局");
    (report.subject.kind, report.scope.kind) = (BodyKind::Department, ScopeKind::Organ);
    report
}

async fn reconcile(
    running: &Running,
    request: v1::ReconcileRollUpRequest,
) -> Result<v1::ReconcileRollUpResponse, Status> {
    let mut client = StatisticsServiceClient::new(running.channel.clone()).max_decoding_message_size(4 << 20);
    Ok(client.reconcile_roll_up(request).await?.into_inner())
}

fn by_departments(report: &str) -> v1::ReconcileRollUpRequest {
    v1::ReconcileRollUpRequest {
        report: report.to_owned(),
        filter: "year = 2020 scope = ORGAN".to_owned(),
        kinds: vec![v1::BodyKind::Department.into()],
        ..Default::default()
    }
}

#[tokio::test]
async fn every_line_is_what_a_plain_calculation_gives() {
    let running = start().await;
    let mut rng = Rng::new(5);
    let keys: Vec<String> = gongkai_forms::form(FormId::Form2019)
        .unwrap()
        .cells
        .iter()
        .map(|cell| cell.key.to_string())
        .collect();
    let mut own = county();
    for key in &keys {
        match rng.chance(90) {
            true => set(&mut own, key, State::Number, Some(i64::try_from(rng.below(20)).unwrap())),
            false => set(&mut own, key, State::Blank, None),
        }
    }
    let units: Vec<Report> = (0..9)
        .map(|number| {
            let mut unit = department(number);
            for key in &keys {
                match rng.below(60) {
                    0 => set(&mut unit, key, State::Blank, None),
                    1 => set(&mut unit, key, State::Undetermined, None),
                    2 => set(&mut unit, key, State::NotApplicable, None),
                    count => set(&mut unit, key, State::Number, Some(i64::try_from(count % 4).unwrap())),
                }
            }
            unit
        })
        .collect();
    let name = running.publish(&own).await;
    for unit in &units {
        running.publish(unit).await;
    }
    for policy in [v1::NullPolicy::Strict, v1::NullPolicy::BlankAsZero] {
        let request = v1::ReconcileRollUpRequest { null_policy: policy.into(), ..by_departments(&name) };
        let answer = reconcile(&running, request).await.unwrap();
        assert_eq!((answer.unit_count, answer.unit_scope()), (9, v1::ScopeKind::Organ));
        assert_eq!(answer.lines.len(), keys.len());
        let mut outcomes = [0; 3];
        for (line, key) in answer.lines.iter().zip(&keys) {
            let number = |report: &Report| {
                let figure = report.figure(key).unwrap();
                match (figure.state, figure.value, policy) {
                    (State::Number, Some(Value::Count(count)), _) => Some(count),
                    (State::Blank | State::NotApplicable, None, v1::NullPolicy::BlankAsZero) => Some(0),
                    _ => None,
                }
            };
            let known: Vec<i64> = units.iter().filter_map(number).collect();
            let sum: i64 = known.iter().sum();
            let is_complete = known.len() == units.len();
            assert_eq!((&line.key, &line.numbers_sum), (key, &sum.to_string()));
            assert_eq!(line.sum, is_complete.then(|| sum.to_string()));
            assert_eq!(line.gaps.len(), units.len() - known.len());
            let in_state =
                |state| units.iter().filter(|unit| unit.figure(key).unwrap().state == state).count();
            let empty = in_state(State::Blank) + in_state(State::NotApplicable);
            let zeroed = if policy == v1::NullPolicy::BlankAsZero { empty } else { 0 };
            assert_eq!((line.blanks_as_zero, line.zeroed.len()), (zeroed as i64, zeroed));
            let difference = number(&own).filter(|_| is_complete).map(|own| own - sum);
            assert_eq!(line.difference, difference.map(|it| it.to_string()));
            let outcome = match difference {
                None => v1::Outcome::NotAssessable,
                Some(0) => v1::Outcome::Holds,
                Some(_) => v1::Outcome::Fails,
            };
            assert_eq!(line.outcome(), outcome);
            outcomes[usize::from(difference.is_some()) + usize::from(difference == Some(0))] += 1;
        }
        assert!(outcomes.iter().all(|count| 0 < *count), "{outcomes:?}");
    }
}

#[tokio::test]
async fn what_is_known_to_differ_is_taken_into_account_with_its_reason() {
    let running = start().await;
    let mut own = county();
    set(&mut own, RECEIVED, State::Number, Some(10));
    let name = running.publish(&own).await;
    let mut units = Vec::new();
    for (number, count) in [(1, 4), (2, 5)] {
        let mut unit = department(number);
        set(&mut unit, RECEIVED, State::Number, Some(count));
        units.push(running.publish(&unit).await);
    }
    let adjustment = |amount: &str, reason: &str| v1::Adjustment {
        key: RECEIVED.to_owned(),
        amount: amount.to_owned(),
        reason: reason.to_owned(),
    };
    let request = v1::ReconcileRollUpRequest {
        report: name.clone(),
        units: [units.clone(), units].concat(),
        keys: vec![RECEIVED.to_owned()],
        ..Default::default()
    };
    let answer = reconcile(&running, request.clone()).await.unwrap();
    assert_eq!((answer.unit_count, answer.lines[0].difference.as_deref()), (2, Some("1")));
    assert_eq!(answer.lines[0].outcome(), v1::Outcome::Fails);
    let adjusted = v1::ReconcileRollUpRequest {
        adjustments: vec![adjustment("2", "一个局未单独编制"), adjustment("-1", "重复计算")],
        ..request.clone()
    };
    let answer = reconcile(&running, adjusted).await.unwrap();
    assert_eq!((&*answer.lines[0].adjustment, answer.lines[0].outcome()), ("1", v1::Outcome::Holds));
    assert_eq!(answer.adjustments.len(), 2);
    for (wrong, field) in [
        (adjustment("1", " "), "adjustments[0].reason: "),
        (adjustment("viel", "重复计算"), "adjustments[0].amount: "),
        (v1::Adjustment { key: "x".to_owned(), ..adjustment("1", "重复计算") }, "adjustments[0].key: "),
    ] {
        let request = v1::ReconcileRollUpRequest { adjustments: vec![wrong], ..request.clone() };
        let status = reconcile(&running, request).await.unwrap_err();
        assert!(status.message().starts_with(field), "{}", status.message());
    }
}

#[tokio::test]
async fn only_reports_of_the_same_year_and_scope_are_added_up_and_the_own_one_never() {
    let running = start().await;
    let name = running.publish(&county()).await;
    let mut earlier = department(1);
    earlier.year = Some(2019);
    let mut own_level = department(2);
    own_level.scope.kind = ScopeKind::OwnLevel;
    for unit in [&department(3), &earlier, &own_level] {
        running.publish(unit).await;
    }
    let all = v1::ReconcileRollUpRequest {
        report: name,
        filter: "region.within(\"530101\")".to_owned(),
        expected: ["甲县第3局", "甲县第4局"].map(str::to_owned).to_vec(),
        ..Default::default()
    };
    let status = reconcile(&running, all.clone()).await.unwrap_err();
    assert_eq!((status.code(), reason(&status)), (Code::InvalidArgument, "INVALID_FIELD".to_owned()));
    assert!(
        status.message().starts_with("unit_scope: the units have several scopes, "),
        "{}",
        status.message()
    );
    let organs = v1::ReconcileRollUpRequest { unit_scope: v1::ScopeKind::Organ.into(), ..all };
    let answer = reconcile(&running, organs).await.unwrap();
    assert_eq!(answer.unit_count, 1);
    let mut reasons: Vec<_> = answer.left_out.iter().map(|it| it.reason()).collect();
    reasons.sort();
    let expected =
        [v1::LeftOutReason::OwnReport, v1::LeftOutReason::OtherYear, v1::LeftOutReason::OtherScope];
    assert_eq!(reasons, expected);
    let coverage = answer.coverage.unwrap();
    assert_eq!((coverage.found, coverage.expected, coverage.missing), (1, 2, vec!["甲县第4局".to_owned()]));
}

#[tokio::test]
async fn areas_that_contain_each_other_are_not_added_up() {
    let running = start().await;
    let mut city = county();
    city.subject.name = "子市人民政府".to_owned();
    city.region.code = "530100".to_owned();
    let mut province = county();
    province.subject.name = "寅省人民政府".to_owned();
    province.region.code = "530000".to_owned();
    let mut other = county();
    other.region.code = "530102".to_owned();
    let name = running.publish(&province).await;
    let mut units = vec![running.publish(&county()).await, running.publish(&other).await];
    let request = |units: &[String]| v1::ReconcileRollUpRequest {
        report: name.clone(),
        units: units.to_vec(),
        ..Default::default()
    };
    assert_eq!(reconcile(&running, request(&units)).await.unwrap().unit_count, 2);
    units.push(running.publish(&city).await);
    let status = reconcile(&running, request(&units)).await.unwrap_err();
    assert!(status.message().contains("530100"), "{}", status.message());
}

#[tokio::test]
async fn units_that_count_the_same_work_are_not_added_up() {
    let running = start().await;
    let mut city = county();
    (city.subject.name, city.region.code) = ("子市人民政府".to_owned(), "530100".to_owned());
    let name = running.publish(&city).await;
    let area = running.publish(&county()).await;
    // Townships have the code of their county.
    let mut towns = Vec::new();
    for town in ["丑镇", "寅镇"] {
        let mut report = county();
        (report.subject.name, report.region.name) = (format!("甲县{town}人民政府"), town.to_owned());
        (report.subject.kind, report.subject.rank) = (BodyKind::Township, Rank::Township);
        towns.push(running.publish(&report).await);
    }
    let mut office = county();
    office.subject.name = "甲县人民政府办公室".to_owned();
    office.subject.kind = BodyKind::GeneralOffice;
    let office = running.publish(&office).await;
    let mut own_level = Vec::new();
    for (name, kind, code) in [
        ("甲县人民政府本级", BodyKind::Government, "530101"),
        ("甲县人民政府办公室本级", BodyKind::GeneralOffice, "530101"),
        ("丑市人民政府本级", BodyKind::Government, "530100"),
    ] {
        let mut report = county();
        (report.subject.name, report.subject.kind) = (name.to_owned(), kind);
        (report.region.code, report.scope.kind) = (code.to_owned(), ScopeKind::OwnLevel);
        own_level.push(running.publish(&report).await);
    }
    let mut unknown = Vec::new();
    for mut report in [county(), department(1), department(2)] {
        report.scope.kind = ScopeKind::Unknown;
        unknown.push(running.publish(&report).await);
    }
    let reconciled = async |units: &[&String]| {
        let units = units.iter().map(|unit| (*unit).clone()).collect();
        let request = v1::ReconcileRollUpRequest { report: name.clone(), units, ..Default::default() };
        reconcile(&running, request).await.map_err(|status| status.message().to_owned())
    };
    assert_eq!(reconciled(&[&towns[0], &towns[1]]).await.unwrap().unit_count, 2);
    assert_eq!(reconciled(&[&unknown[1], &unknown[2]]).await.unwrap().unit_count, 2);
    assert_eq!(reconciled(&[&own_level[0], &own_level[2]]).await.unwrap().unit_count, 2);
    for (units, words) in [
        ([&towns[0], &area], "contain each other"),
        ([&area, &office], "are on the same area"),
        ([&own_level[0], &own_level[1]], "are on the same area"),
        ([&unknown[1], &unknown[0]], "are of several kinds, department, government"),
    ] {
        let problem = reconciled(&units).await.unwrap_err();
        assert!(problem.starts_with("units: ") && problem.contains(words), "{problem}");
    }
}

#[tokio::test]
async fn units_of_a_year_that_is_not_known_are_not_taken_for_those_of_another_such() {
    let running = start().await;
    let (mut own, mut unit) = (county(), department(1));
    (own.year, unit.year) = (None, None);
    let request = v1::ReconcileRollUpRequest {
        report: running.publish(&own).await,
        units: vec![running.publish(&unit).await],
        ..Default::default()
    };
    let status = reconcile(&running, request).await.unwrap_err();
    assert_eq!((status.code(), reason(&status)), (Code::InvalidArgument, "INVALID_FIELD".to_owned()));
    assert!(status.message().starts_with("report: its year is not known"), "{}", status.message());
}

#[tokio::test]
async fn what_is_not_there_is_named() {
    let running = start().await;
    let unknown = "reports/018f2f6e-0000-7000-8000-000000000000".to_owned();
    let name = running.publish(&county()).await;
    let request = |report: &String, units: Vec<String>| v1::ReconcileRollUpRequest {
        report: report.clone(),
        units,
        ..Default::default()
    };
    for asked in [request(&unknown, Vec::new()), request(&name, vec![unknown.clone()])] {
        assert_eq!(reason(&reconcile(&running, asked).await.unwrap_err()), "REPORT_NOT_FOUND");
    }
    let status = reconcile(&running, request(&name, Vec::new())).await.unwrap_err();
    assert!(status.message().starts_with("units: "), "{}", status.message());
    let both =
        v1::ReconcileRollUpRequest { filter: "year = 2020".to_owned(), ..request(&name, vec![name.clone()]) };
    let status = reconcile(&running, both).await.unwrap_err();
    assert!(status.message().starts_with("units: "), "{}", status.message());
}
