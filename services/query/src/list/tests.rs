use super::*;
use crate::figures::{ReportSelection, Scan, Selection};
use crate::slow::{Stored, stored};
use gongkai_model::{
    Body, Derivation, Figure, FormId, Period, Portion, Quoted, RegionText, Report, State, Value,
};
use gongkai_store::Reports;
use std::sync::Arc;
use std::sync::atomic::Ordering;

const KEY: &str = "requests.received.total";
/// More than are looked at in two goes.
const COUNT: u32 = 2 * SCAN_SIZE + 100;

/// Stores reports in which one cell says their number, less than ten; gives how many say more than six.
async fn many(it: &Stored) -> usize {
    for number in 0..COUNT {
        let value = i64::from(number % 10);
        let figure = Figure {
            key: KEY.into(),
            period: Period::ThisYear,
            portion: Portion::All,
            state: State::Number,
            value: Some(Value::Count(value)),
            raw: value.to_string(),
            source_unit: String::new(),
            span: None,
            derivation: Derivation::Read,
            candidates: Vec::new(),
            reason: None,
            proof: None,
        };
        let report = Report {
            title: Quoted { text: format!("第{number}局报告"), span: None },
            year: Some(2020),
            subject: Body { name: format!("第{}局", number * 7919 % COUNT), ..Body::default() },
            region: RegionText { name: "甲县".to_owned(), ..RegionText::default() },
            form: FormId::Form2019,
            figures: vec![figure],
            ..Report::default()
        };
        it.publish(&report).await;
    }
    (0..COUNT).filter(|number| 6 < number % 10).count()
}

fn asked(order_by: &str) -> v1::ListReportsRequest {
    v1::ListReportsRequest {
        filter: format!("figures[\"{KEY}\"] > 6"),
        order_by: order_by.to_owned(),
        page_size: 1000,
        ..v1::ListReportsRequest::default()
    }
}

/// The subjects on each page.
async fn pages(it: &Stored, mut request: v1::ListReportsRequest) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    loop {
        let begun = Instant::now();
        let page = list(&it.handler, request.clone()).await.unwrap();
        let took = begun.elapsed();
        let slow = [&it.slow.cells_ms, &it.slow.records_ms].map(|it| it.load(Ordering::Relaxed));
        assert!(took <= SCAN_TIME + Duration::from_millis(slow.iter().sum()), "{took:?}");
        pages.push(page.reports.into_iter().map(|it| it.subject.unwrap().name).collect());
        request.page_token = page.next_page_token;
        assert!(pages.len() < 50, "it comes to an end");
        if request.page_token.is_empty() {
            return pages;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_by_figures_ends_when_its_time_is_up_and_the_next_goes_on_in_any_order() {
    let it = stored();
    let expected = many(&it).await;
    for order_by in ["", "year desc", "published, subject desc", "findings_failing"] {
        it.slow.cells_ms.store(0, Ordering::Relaxed);
        let all = pages(&it, asked(order_by)).await;
        assert_eq!((all.len(), all.concat().len()), (1, expected), "{order_by}");
        it.slow.cells_ms.store(3000, Ordering::Relaxed);
        let slow = pages(&it, asked(order_by)).await;
        assert!(1 < slow.len() && slow.concat() == all.concat(), "{order_by}: {}", slow.len());
        // Reading the records themselves is a part of it.
        it.slow.cells_ms.store(0, Ordering::Relaxed);
        it.slow.records_ms.store(2000, Ordering::Relaxed);
        let slow = pages(&it, asked(order_by)).await;
        assert!(1 < slow.len() && slow.concat() == all.concat(), "{order_by}: {}", slow.len());
        it.slow.records_ms.store(0, Ordering::Relaxed);
        // And where little fits on a page.
        let small = pages(&it, v1::ListReportsRequest { page_size: 50, ..asked(order_by) }).await;
        assert!(small.iter().all(|page| page.len() <= 50));
        assert!(small.concat() == all.concat(), "{order_by}");
    }
}

#[tokio::test]
async fn what_takes_sorting_is_sorted_once_for_all_its_pages() {
    let it = stored();
    let expected = many(&it).await;
    let whose = |order_by: &str| ReportSelection {
        order: Order::parse(order_by).unwrap(),
        ..ReportSelection::parse(&format!("figures[\"{KEY}\"] > 6 subject:*")).unwrap()
    };
    let keys = [KEY.to_owned()];
    for (order_by, sorts) in [("", 0), ("published, subject desc", 1)] {
        it.slow.ordered.store(0, Ordering::Relaxed);
        let all = list(&it.handler, asked(order_by)).await.unwrap();
        let all: Vec<String> = all.reports.into_iter().map(|it| it.name).collect();
        assert_eq!(it.slow.ordered.swap(0, Ordering::Relaxed), sorts, "{order_by}");
        let selection = Selection::new(&keys, &[], &[], false).unwrap();
        let reports: Arc<dyn Reports> = it.slow.clone();
        let mut scan = Scan::begin(reports, whose(order_by), selection).await.unwrap();
        let mut scanned = Vec::new();
        while let Some(report) = scan.next().await.unwrap() {
            assert_eq!(report.rows.len(), 1);
            scanned.push(report.about.report.to_string());
        }
        assert_eq!(it.slow.ordered.swap(0, Ordering::Relaxed), sorts, "{order_by}");
        assert!(scanned.len() == expected && scanned == all, "{order_by}");
    }
}
