//! Lists: filters, orders, pages.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails in a test fails the test"
)]

mod support;

use gongkai_model::FormId;
use gongkai_wire::v1;
use prost::Message;
use std::collections::HashSet;
use support::{Running, reason, report, start};
use tonic::Code;
use tonic_types::StatusExt;

fn filtered(filter: &str) -> v1::ListReportsRequest {
    v1::ListReportsRequest { filter: filter.to_owned(), ..Default::default() }
}

/// Everything that a list gives, page by page.
async fn pages(running: &Running, mut request: v1::ListReportsRequest) -> Vec<Vec<v1::Report>> {
    let mut pages = Vec::new();
    loop {
        let page = running.list(request.clone()).await.unwrap();
        pages.push(page.reports);
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            return pages;
        }
        assert!(pages.len() < 1000, "the list does not end");
    }
}

async fn names(running: &Running, request: v1::ListReportsRequest) -> Vec<String> {
    pages(running, request).await.into_iter().flatten().map(|report| report.name).collect()
}

/// Three counties over four years.
async fn some(running: &Running) {
    for year in 2019..2023 {
        for county in ["甲县", "乙县", "丙县"] {
            let form = if year < 2021 { FormId::Form2019 } else { FormId::Form2021 };
            running.publish(&report(county, year, form)).await;
        }
    }
}

#[tokio::test]
async fn filters_give_what_they_say() {
    let running = start().await;
    some(&running).await;
    for (filter, count) in [
        ("", 12),
        ("year = 2019", 3),
        ("year >= 2020 AND year < 2022", 6),
        ("form = \"2021\"", 6),
        ("form = 2021 AND region = 甲县", 2),
        ("region.name = 甲县 OR region.name = 乙县", 8),
        ("NOT region : 甲", 8),
        ("issuer = \"丙县人民政府\" AND year != 2019", 3),
        ("subject = 丙县人民政府 AND NOT (year = 2019 OR year = 2020)", 2),
        ("scope = ORGAN", 0),
        ("subject.rank = COUNTY subject.kind = GOVERNMENT", 12),
        ("subject.rank != COUNTY OR subject.kind = DEPARTMENT", 0),
        (r#"subject.rank = PROVINCE OR figures["requests.received.total"] = 0"#, 12),
        (r#"subject.rank = COUNTY year = 2019 figures["requests.received.total"] = 0"#, 3),
        ("form = 2019 AND form = 2021", 0),
        ("year > 2022 AND year < 2019", 0),
        ("甲县 year >= 2021", 2),
        ("-甲县 year = 2019", 2),
        ("figures_undetermined = 0 findings_failing > 0", 12),
        // The first cell is blank, which is neither 0 nor anything else.
        (r#"figures["disclosure.regulations.made"]:* form = 2019"#, 0),
        (r#"figures["disclosure.regulations.made"].state = BLANK form = 2019"#, 6),
        (r#"NOT figures["disclosure.regulations.made"] > 100 form = 2019"#, 0),
        (r#"figures["requests.received.total"] = 0 AND year = 2020"#, 3),
        (r#"figures["requests.received.total"] > 0"#, 0),
        (r#"year = 2019 OR figures["requests.received.total"] > 0"#, 3),
        (r#"NOT figures["requests.received.total"] > 0 AND form = 2021"#, 6),
    ] {
        assert_eq!(names(&running, filtered(filter)).await.len(), count, "{filter}");
    }
}

#[tokio::test]
async fn an_error_in_a_filter_names_its_column() {
    let running = start().await;
    let status = running.list(filtered("year >= 2019 AND shape = round")).await.unwrap_err();
    assert_eq!((status.code(), reason(&status)), (Code::InvalidArgument, "INVALID_FILTER".to_owned()));
    let violations = status.get_details_bad_request().unwrap().field_violations;
    assert_eq!(violations[0].field, "filter");
    assert!(violations[0].description.starts_with("column 18: "), "{}", violations[0].description);
}

#[tokio::test]
async fn pages_hold_each_report_once_whatever_their_size_and_filter() {
    let running = start().await;
    some(&running).await;
    for filter in [
        "",
        "region : 县",
        "NOT region = 乙县",
        "year > 2019",
        r#"figures["requests.received.total"] = 0 OR year = 2019"#,
    ] {
        let whole = names(&running, filtered(filter)).await;
        assert_eq!(whole.iter().collect::<HashSet<_>>().len(), whole.len());
        for page_size in [1, 2, 5] {
            let request = v1::ListReportsRequest { page_size, ..filtered(filter) };
            let pages = pages(&running, request.clone()).await;
            assert!(pages.iter().all(|page| page.len() <= page_size as usize), "{filter}");
            assert_eq!(names(&running, request).await, whole, "{filter}, {page_size} a page");
        }
    }
}

#[tokio::test]
async fn all_pages_show_the_state_of_the_first() {
    let running = start().await;
    some(&running).await;
    let figures = r#"NOT region = 戊县 figures["requests.received.total"] < 1"#;
    for (filter, county) in [("", "丁县"), ("NOT region = 乙县", "戊县"), (figures, "己县")] {
        let request = v1::ListReportsRequest { page_size: 2, ..filtered(filter) };
        let expected = names(&running, filtered(filter)).await;
        let first = running.list(request.clone()).await.unwrap();
        running.publish(&report(county, 2019, FormId::Form2019)).await;
        let rest =
            names(&running, v1::ListReportsRequest { page_token: first.next_page_token, ..request }).await;
        let seen: Vec<String> = first.reports.into_iter().map(|report| report.name).chain(rest).collect();
        assert_eq!(seen, expected);
        assert_eq!(names(&running, filtered(filter)).await.len(), expected.len() + 1);
    }
}

#[tokio::test]
async fn a_page_token_belongs_to_its_request() {
    let running = start().await;
    some(&running).await;
    let request = v1::ListReportsRequest { page_size: 2, ..filtered("year = 2019") };
    let page_token = running.list(request.clone()).await.unwrap().next_page_token;
    let others = [
        filtered("year = 2020"),
        v1::ListReportsRequest { order_by: "year".to_owned(), ..request.clone() },
        v1::ListReportsRequest { purpose: v1::Purpose::Draft.into(), ..request.clone() },
    ];
    for other in others {
        let status = running
            .list(v1::ListReportsRequest { page_token: page_token.clone(), ..other })
            .await
            .unwrap_err();
        assert_eq!(
            (status.code(), reason(&status)),
            (Code::InvalidArgument, "INVALID_PAGE_TOKEN".to_owned())
        );
    }
    // Another size or view is still the same list.
    let view = v1::ReportView::Full.into();
    let request = v1::ListReportsRequest { page_size: 1, view, page_token, ..request };
    assert_eq!(running.list(request).await.unwrap().reports.len(), 1);
}

#[tokio::test]
async fn lists_have_the_order_that_is_asked_for() {
    let running = start().await;
    for year in [2021, 2019, 2022, 2020] {
        running.publish(&report("甲县", year, FormId::Form2021)).await;
    }
    let years = async |order_by: &str| {
        let request =
            v1::ListReportsRequest { order_by: order_by.to_owned(), page_size: 3, ..Default::default() };
        let reports = pages(&running, request).await.into_iter().flatten();
        reports.map(|report| report.year.unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(years("").await, [2021, 2019, 2022, 2020]);
    assert_eq!(years("position desc").await, [2020, 2022, 2019, 2021]);
    assert_eq!(years("create_time").await, years("position asc").await);
    assert_eq!(years("year").await, [2019, 2020, 2021, 2022]);
    assert_eq!(years("year  desc").await, [2022, 2021, 2020, 2019]);
    let request = v1::ListReportsRequest { order_by: "year, size".to_owned(), ..Default::default() };
    let status = running.list(request).await.unwrap_err();
    assert_eq!((status.code(), reason(&status)), (Code::InvalidArgument, "INVALID_FIELD".to_owned()));
    let violations = status.get_details_bad_request().unwrap().field_violations;
    assert_eq!(violations[0].field, "order_by");
    assert!(violations[0].description.starts_with("column 7: there is no field `size`"));
}

#[tokio::test]
async fn lists_are_ordered_by_several_fields_with_one_state_behind_all_pages() {
    let running = start().await;
    some(&running).await;
    let order = |order_by: &str| v1::ListReportsRequest {
        order_by: order_by.to_owned(),
        page_size: 2,
        ..Default::default()
    };
    let listed = async |order_by: &str| {
        let reports = pages(&running, order(order_by)).await.into_iter().flatten();
        let of = |report: v1::Report| (report.year.unwrap(), report.subject.unwrap().name);
        reports.map(of).collect::<Vec<_>>()
    };
    let by_subject = listed("subject desc, year").await;
    let mut expected: Vec<_> = by_subject.clone();
    expected.sort_by(|(a_year, a), (b_year, b)| b.cmp(a).then(a_year.cmp(b_year)));
    assert_eq!((by_subject.len(), &by_subject), (12, &expected));
    let by_year = listed("year desc, issuer").await;
    expected.sort_by(|(a_year, a), (b_year, b)| b_year.cmp(a_year).then(a.cmp(b)));
    assert_eq!(by_year, expected);
    // What is published meanwhile is of another state.
    let whole = names(&running, order("year desc, issuer")).await;
    let first = running.list(order("year desc, issuer")).await.unwrap();
    running.publish(&report("丁县", 2022, FormId::Form2021)).await;
    let page_token = first.next_page_token;
    let next = v1::ListReportsRequest { page_token: page_token.clone(), ..order("year desc, issuer") };
    let rest = names(&running, next).await;
    let seen: Vec<_> = first.reports.into_iter().map(|report| report.name).chain(rest).collect();
    assert_eq!(seen, whole);
    // A token belongs to its order.
    let other = v1::ListReportsRequest { page_token, ..order("year, issuer") };
    assert_eq!(reason(&running.list(other).await.unwrap_err()), "INVALID_PAGE_TOKEN");
    // And what figures decide goes page by page in the same order.
    let filter = r#"figures["requests.received.total"] = 0"#.to_owned();
    let some = names(&running, v1::ListReportsRequest { filter, ..order("subject desc, year") }).await;
    assert_eq!(some, names(&running, order("subject desc, year")).await);
}

#[tokio::test]
async fn a_page_stays_small_whatever_is_asked_for() {
    let running = start().await;
    for year in 2000..2060 {
        running.publish(&report("甲县", year, FormId::Form2021)).await;
    }
    let view = v1::ReportView::Full.into();
    let request = v1::ListReportsRequest { page_size: 1000, view, ..Default::default() };
    let pages = pages(&running, request).await;
    assert!(1 < pages.len());
    assert!(pages.iter().all(|page| page.iter().map(Message::encoded_len).sum::<usize>() <= 1_000_000));
    assert_eq!(pages.iter().map(Vec::len).sum::<usize>(), 60);
}

#[tokio::test]
async fn a_list_has_the_basic_view_where_none_is_asked_for() {
    let running = start().await;
    let name = running.publish(&report("甲县", 2020, FormId::Form2019)).await;
    let listed = running.list(v1::ListReportsRequest::default()).await.unwrap().reports;
    assert_eq!((&listed[0].name, listed[0].figures.len()), (&name, 0));
    assert!(listed[0].revision.as_ref().unwrap().renditions.is_empty());
    assert_eq!(listed[0].findings_failing, 1);
    assert_eq!(listed[0].etag, running.get(&name).await.unwrap().etag);
}

#[tokio::test]
async fn findings_are_listed_but_for_those_that_hold() {
    let running = start().await;
    some(&running).await;
    let list = async |request: v1::ListFindingsRequest| {
        let mut findings = Vec::new();
        let mut request = v1::ListFindingsRequest { page_size: 5, ..request };
        loop {
            let page = running.client.clone().list_findings(request.clone()).await?.into_inner();
            findings.extend(page.findings);
            request.page_token = page.next_page_token;
            if request.page_token.is_empty() {
                return Ok::<_, tonic::Status>(findings);
            }
        }
    };
    assert_eq!(list(Default::default()).await.unwrap().len(), 24);
    let failing = v1::ListFindingsRequest { outcome: v1::Outcome::Fails.into(), ..Default::default() };
    let failing = list(failing).await.unwrap();
    assert_eq!(failing.len(), 12);
    let finding = failing[0].finding.as_ref().unwrap();
    assert_eq!((&*finding.rule, finding.left.as_deref()), ("requests.outcomes", Some("3")));

    let of_one = v1::ListFindingsRequest { report: failing[0].report.clone(), ..Default::default() };
    assert_eq!(list(of_one).await.unwrap().len(), 2);
    let severe = v1::ListFindingsRequest { severity_min: v1::Severity::Error.into(), ..Default::default() };
    assert_eq!(list(severe).await.unwrap().len(), 12);
    let rule = v1::ListFindingsRequest { rule: "dates.deadline".to_owned(), ..Default::default() };
    assert_eq!(list(rule).await.unwrap().len(), 12);
    let years = v1::ListFindingsRequest { year_min: Some(2021), year_max: Some(2021), ..Default::default() };
    assert_eq!(list(years).await.unwrap().len(), 6);
    let wrong = v1::ListFindingsRequest { report: "x".to_owned(), ..Default::default() };
    assert_eq!(reason(&list(wrong).await.unwrap_err()), "INVALID_FIELD");
}
