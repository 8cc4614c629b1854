//! Reports by their words, over the twin.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails in a test fails the test")]

mod support;

use gongkai_model::{FormId, Purpose, Quoted, Report, Section, Span};
use gongkai_store::Search;
use gongkai_wire::v1;
use support::{Running, report, start};
use tonic_types::StatusExt;

/// Stores a report whose document is its title, a heading and a text, and gives its name.
async fn publish(running: &Running, subject: &str, year: u16, text: &str) -> String {
    let title = format!("{subject}{year}年报告");
    let heading = "一、总体情况";
    let content = format!("{title}\n{heading}\n{text}\n");
    let report = Report {
        title: Quoted { text: title.clone(), span: Some(Span::bytes(0, title.len())) },
        sections: vec![Section {
            level: 1,
            title: heading.to_owned(),
            span: Some(Span::bytes(title.len() + 1, title.len() + 1 + heading.len())),
            text: text.to_owned(),
        }],
        ..report(subject, year, FormId::Form2019)
    };
    let submission = running.store_as(content, &report, Purpose::Published).await;
    while running.store.index(100).await.unwrap().changes != 0 {}
    submission.reports[0].report.to_string()
}

fn wanted(query: &str) -> v1::SearchReportsRequest {
    v1::SearchReportsRequest { query: query.to_owned(), ..Default::default() }
}

async fn search(running: &Running, request: v1::SearchReportsRequest) -> v1::SearchReportsResponse {
    running.client.clone().search_reports(request).await.unwrap().into_inner()
}

fn names(page: &v1::SearchReportsResponse) -> Vec<&str> {
    page.results.iter().map(|result| result.report.as_ref().unwrap().name.as_str()).collect()
}

#[tokio::test]
async fn a_passage_tells_its_words_and_where_they_stand() {
    let running = start().await;
    let text = "今年有变化。公开了徵地補償 标准，答复及时。";
    let name = publish(&running, "甲县", 2020, text).await;
    let page = search(&running, wanted("“征地补偿标准”")).await;
    assert_eq!(names(&page), [name]);
    assert_eq!((page.total_size, page.results[0].hits), (Some(1), 1));
    let [passage] = page.results[0].passages.as_slice() else { panic!("{page:?}") };
    assert_eq!((passage.part(), passage.section.as_str()), (v1::ReportPart::Section, "一、总体情况"));
    let pieces: Vec<_> = passage.pieces.iter().map(|piece| (piece.text.as_str(), piece.is_hit)).collect();
    assert_eq!(pieces, [("公开了", false), ("徵地補償 标准", true), ("，答复及时。", false)]);
    let bytes = |span: &Option<v1::Span>| match span.as_ref().unwrap().place.as_ref().unwrap() {
        v1::span::Place::Bytes(range) => range.start as usize..range.end as usize,
        other => panic!("{other:?}"),
    };
    let content = format!("甲县2020年报告\n一、总体情况\n{text}\n");
    assert_eq!(&content[bytes(&passage.span)], "公开了徵地補償 标准，答复及时。");
    assert_eq!(&content[bytes(&passage.pieces[1].span)], "徵地補償 标准");
    let none = search(&running, v1::SearchReportsRequest { passages_max: -1, ..wanted("征地") }).await;
    assert_eq!((none.results.len(), none.results[0].passages.len()), (1, 0));
}

#[tokio::test]
async fn pages_are_filtered_ordered_and_of_one_state() {
    let running = start().await;
    let mut all = Vec::new();
    for (subject, year) in [("甲县", 2019), ("乙县", 2021), ("丙县", 2020), ("丁县", 2021)] {
        all.push(publish(&running, subject, year, "公开了征地补偿。").await);
    }
    let page = search(&running, wanted("征地")).await;
    assert_eq!(names(&page), [&*all[3], &all[1], &all[2], &all[0]]);
    let request =
        v1::SearchReportsRequest { order_by: "position".to_owned(), page_size: 3, ..wanted("征地") };
    let first = search(&running, request.clone()).await;
    assert_eq!((names(&first), first.total_size), (vec![&*all[0], &all[1], &all[2]], None));
    publish(&running, "戊县", 2022, "公开了征地补偿。").await;
    let next = v1::SearchReportsRequest { page_token: first.next_page_token.clone(), ..request.clone() };
    let second = search(&running, next.clone()).await;
    assert_eq!((names(&second), second.position), (vec![&*all[3]], first.position));
    let other = v1::SearchReportsRequest { query: "补偿".to_owned(), ..next };
    let refused = running.client.clone().search_reports(other).await.unwrap_err();
    assert_eq!(refused.get_details_error_info().unwrap().reason, "INVALID_PAGE_TOKEN");
    for (filter, expected) in [
        ("year = 2021", vec![&*all[3], &all[1]]),
        ("region = 甲县 OR region = 丙县", vec![&*all[2], &all[0]]),
        ("figures[\"requests.received.total\"] = 0 year < 2021", vec![&*all[2], &all[0]]),
        ("figures[\"requests.received.total\"] > 0", vec![]),
    ] {
        let request = v1::SearchReportsRequest { filter: filter.to_owned(), ..wanted("征地") };
        assert_eq!(names(&search(&running, request).await), expected, "{filter}");
    }
}

#[tokio::test]
async fn what_cannot_be_read_names_field_and_column() {
    let running = start().await;
    for (request, reason, field, column) in [
        (wanted(""), "INVALID_FIELD", "query", "it is needed"),
        (wanted("公开 (征地"), "INVALID_FILTER", "query", "column 4: "),
        (wanted("-公开"), "INVALID_FILTER", "query", "column 2: "),
        (
            v1::SearchReportsRequest { filter: "yaer = 2020".to_owned(), ..wanted("公开") },
            "INVALID_FILTER",
            "filter",
            "column 1: ",
        ),
        (
            v1::SearchReportsRequest { order_by: "relevance".to_owned(), ..wanted("公开") },
            "INVALID_FIELD",
            "order_by",
            "column 1: ",
        ),
    ] {
        let refused = running.client.clone().search_reports(request).await.unwrap_err();
        assert_eq!(refused.get_details_error_info().unwrap().reason, reason);
        let details = refused.get_details_bad_request().unwrap();
        let violation = &details.field_violations[0];
        assert_eq!(violation.field, field);
        assert!(violation.description.starts_with(column), "{violation:?}");
    }
}
