//! Figures in long form, straight from the module that makes them: every cell and statement of every report once, as its
//! record has it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails in a test fails the test"
)]

mod support;

use futures::TryStreamExt as _;
use gongkai_model::{
    BodyKind, Derivation, FormId, Period, Portion, Rank, Report, ScopeKind, State, Statement, Value, Whose,
};
use gongkai_query::figures::{FigureRow, ReportFigures, ReportSelection, Scan, Selection, Source};
use rust_decimal::Decimal;
use support::{Running, report, start};

fn selection(keys: &[&str], indicators: &[&str], all_columns: bool) -> Selection {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    Selection::new(&texts(keys), &texts(indicators), &[], all_columns).unwrap()
}

async fn scan(running: &Running, whose: ReportSelection, selection: Selection) -> Vec<ReportFigures> {
    let scan = Scan::begin(running.store.clone(), whose, selection).await.unwrap();
    scan.into_stream().try_collect().await.unwrap()
}

fn filtered(filter: &str) -> ReportSelection {
    ReportSelection::parse(filter).unwrap()
}

fn statement(indicator: &str, value: Option<i64>, period: Period) -> Statement {
    Statement {
        indicator: indicator.to_owned(),
        value: value.map(Decimal::from),
        value_max: None,
        unit: "件".to_owned(),
        approximate: false,
        period,
        scope: ScopeKind::Unknown,
        whose: Whose::Subject,
        quote: "收到申请".to_owned(),
        section: "一、总体情况".to_owned(),
        span: None,
    }
}

fn set(report: &mut Report, key: &str, state: State, count: Option<i64>) {
    let figure = report.figures.iter_mut().find(|figure| *figure.key == *key).unwrap();
    (figure.state, figure.value) = (state, count.map(Value::Count));
}

#[tokio::test]
async fn every_cell_of_every_report_comes_once_as_its_record_has_it() {
    let running = start().await;
    let mut expected = Vec::new();
    for number in 0..333_u16 {
        let form = [FormId::Form2019, FormId::Form2021][usize::from(number % 2)];
        let mut report = report(&format!("第{number}县"), 2019 + number % 5, form);
        set(&mut report, "requests.granted.total", State::Number, Some(number.into()));
        report.figures[7].derivation = Derivation::Inferred;
        running.publish(&report).await;
        expected.push(report);
    }
    // More keys than a page of a thousand reports may have.
    let all = scan(&running, ReportSelection::default(), selection(&[], &[], false)).await;
    assert_eq!(all.len(), expected.len());
    for (scanned, report) in all.iter().zip(&expected) {
        assert_eq!(
            (&scanned.about.keys.subject, scanned.about.keys.year),
            (&report.subject.name, report.year)
        );
        assert_eq!((scanned.about.rank, scanned.about.kind), (Rank::County, BodyKind::Government));
        let mut rows: Vec<_> = scanned.rows.iter().map(said).collect();
        let mut figures: Vec<_> = report
            .figures
            .iter()
            .map(|it| (it.key.to_string(), it.state, it.value.map(Value::decimal), it.derivation))
            .collect();
        rows.sort();
        figures.sort();
        assert_eq!(rows, figures, "{}", report.subject.name);
    }
}

fn said(row: &FigureRow) -> (String, State, Option<Decimal>, Derivation) {
    (row.key.to_owned(), row.state, row.value, row.derivation)
}

#[tokio::test]
async fn an_indicator_in_table_and_text_gives_a_row_for_each_place() {
    let running = start().await;
    let mut both = report("甲县", 2020, FormId::Form2019);
    set(&mut both, "requests.received.total", State::Blank, None);
    both.statements = vec![
        statement("requests.received", Some(12), Period::ThisYear),
        statement("requests.received", Some(9), Period::Earlier),
        statement("requests.received", None, Period::ThisYear),
        statement("published.total", Some(700), Period::ThisYear),
    ];
    running.publish(&both).await;
    running.publish(&report("乙县", 2018, FormId::None)).await;

    let found =
        scan(&running, ReportSelection::default(), selection(&[], &["requests.received"], false)).await;
    let rows = |index: usize| -> Vec<_> {
        let row = |row: &FigureRow| (row.source, row.key, row.state, row.value, row.period);
        found[index].rows.iter().map(row).collect()
    };
    let number = |count: i64| Some(Decimal::from(count));
    assert_eq!(
        rows(0),
        [
            (Source::Table, "requests.received.total", State::Blank, None, Period::ThisYear),
            (Source::Statement, "", State::Number, number(12), Period::ThisYear),
            (Source::Statement, "", State::Number, number(9), Period::Earlier),
            (Source::Statement, "", State::Blank, None, Period::ThisYear),
        ]
    );
    assert_eq!(rows(1), []);
    assert!(found[0].rows.iter().all(|row| row.indicator == "requests.received"));
    assert_eq!(found[0].rows[0].unit, "count");
    assert_eq!(found[0].rows[1].unit, "件");
    assert_eq!(&*found[0].rows[0].comparability, "regulations_2019+form_2019");
    assert_eq!(&*found[0].rows[1].comparability, "regulations_2019");
}

#[tokio::test]
async fn columns_of_other_times_come_where_they_are_asked_for() {
    let running = start().await;
    let mut old = report("甲县", 2016, FormId::Form2014);
    let key = "legacy.requests.received";
    set(&mut old, key, State::Number, Some(5));
    let so_far = gongkai_model::Figure {
        period: Period::Cumulative,
        value: Some(Value::Count(40)),
        ..old.figure(key).unwrap().clone()
    };
    old.figures.push(so_far);
    running.publish(&old).await;
    let columns = async |all_columns| {
        let found = scan(&running, ReportSelection::default(), selection(&[key], &[], all_columns)).await;
        let row = |row: &FigureRow| (row.period, row.portion, row.value.unwrap().to_string());
        found[0].rows.iter().map(row).collect::<Vec<_>>()
    };
    let plain = (Period::ThisYear, Portion::All, "5".to_owned());
    assert_eq!(columns(false).await, std::slice::from_ref(&plain));
    assert_eq!(columns(true).await, [plain, (Period::Cumulative, Portion::All, "40".to_owned())]);
}

#[tokio::test]
async fn reports_are_chosen_by_filter_rank_kind_and_scope() {
    let running = start().await;
    for (name, year, count) in [("甲县", 2020, 3), ("乙县", 2020, 7), ("丙县", 2021, 9)] {
        let mut report = report(name, year, FormId::Form2019);
        set(&mut report, "requests.concluded.total", State::Number, Some(count));
        running.publish(&report).await;
    }
    let mut bureau = report("丁县", 2020, FormId::Form2019);
    (bureau.subject.kind, bureau.scope.kind) = (BodyKind::Department, ScopeKind::Organ);
    running.publish(&bureau).await;
    let names = async |whose: ReportSelection| {
        let found = scan(&running, whose, selection(&["requests.granted.total"], &[], false)).await;
        found.iter().map(|it| it.about.keys.region_name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(filtered("year = 2020")).await, ["甲县", "乙县", "丁县"]);
    // A filter may look at cells that nobody asks for.
    let more = r#"year = 2020 figures["requests.concluded.total"] > 3"#;
    assert_eq!(names(filtered(more)).await, ["乙县"]);
    let mut governments = filtered("year = 2020");
    governments.kinds = vec![BodyKind::Government];
    assert_eq!(names(governments).await, ["甲县", "乙县"]);
    let mut organs = filtered("");
    organs.scope = Some(ScopeKind::Organ);
    assert_eq!(names(organs).await, ["丁县"]);
    let mut townships = filtered("");
    townships.ranks = vec![Rank::Township];
    assert_eq!(names(townships).await, Vec::<String>::new());
}

#[tokio::test]
async fn all_rows_are_of_the_state_in_which_the_scan_began() {
    let running = start().await;
    for number in 0..40 {
        running.publish(&report(&format!("第{number}县"), 2020, FormId::Form2019)).await;
    }
    let everything = selection(&[], &["requests.received"], false);
    let mut begun = Scan::begin(running.store.clone(), ReportSelection::default(), everything).await.unwrap();
    begun.next().await.unwrap().unwrap();
    running.publish(&report("后来县", 2020, FormId::Form2019)).await;
    let mut seen = 1;
    while let Some(report) = begun.next().await.unwrap() {
        assert_ne!(report.about.keys.region_name, "后来县");
        seen += 1;
    }
    assert_eq!(seen, 40);
}
