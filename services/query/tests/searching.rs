//! Reports by their words, over the twin.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails in a test fails the test")]

mod support;

use gongkai_model::{FormId, Purpose, Quoted, Report, Section, Span};
use gongkai_store::{Changes, Histories, HistoryBounds, Imports, NewHistory, Position, Search, Taken};
use gongkai_wire::v1;
use std::sync::Arc;
use std::time::Duration;
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

/// Documents are large, and a page of many would read all of them: what is shown then says that it has no places.
#[tokio::test]
async fn a_page_says_where_it_has_left_out_the_places_of_its_passages() {
    let running = start().await;
    for number in 0..6 {
        // The document has much behind what its record has.
        let subject = format!("第{number}县");
        let title = format!("{subject}2020年报告");
        let content = format!("{title}\n公开了征地补偿。\n{}", "x".repeat(4 << 20));
        let report = Report {
            title: Quoted { text: title.clone(), span: Some(Span::bytes(0, title.len())) },
            sections: vec![Section {
                level: 1,
                title: String::new(),
                span: None,
                text: "公开了征地补偿。".to_owned(),
            }],
            ..report(&subject, 2020, FormId::Form2019)
        };
        running.store_as(content, &report, Purpose::Published).await;
    }
    while running.store.index(100).await.unwrap().changes != 0 {}
    let page = search(&running, wanted("征地补偿")).await;
    let left_out: Vec<bool> = page.results.iter().map(|result| result.spans_left_out).collect();
    assert_eq!(page.results.len(), 6);
    assert!(!left_out[0] && left_out[4] && left_out[5], "{left_out:?}");
    for result in &page.results {
        assert!(!result.passages.is_empty(), "the words are there all the same");
        let has_spans = result.passages.iter().any(|passage| passage.span.is_some());
        assert!(!(result.spans_left_out && has_spans));
    }
    // Without passages nothing is left out.
    let none = search(&running, v1::SearchReportsRequest { passages_max: -1, ..wanted("征地补偿") }).await;
    assert!(none.results.iter().all(|result| !result.spans_left_out));
}

/// A report from another store may be here without its document; and a record may be damaged while others are not.
#[tokio::test]
async fn a_report_without_its_document_is_found_with_its_words_and_without_places() {
    let origin = start().await;
    let name = publish(&origin, "甲县", 2020, "公开了征地补偿。").await;
    let until = origin.store.wait_for_change(Position(i64::MAX), Duration::ZERO).await.unwrap();
    let history = origin.store.histories(None, until, HistoryBounds::reports(1)).await.unwrap().remove(0);
    let running = start().await;
    let new = Arc::new(NewHistory::new(history).unwrap());
    assert_eq!(running.store.take_history(new, Vec::new()).await.unwrap(), Taken::Added);
    while running.store.index(100).await.unwrap().changes != 0 {}
    let page = search(&running, wanted("征地补偿")).await;
    assert_eq!(names(&page), [name]);
    let [passage] = page.results[0].passages.as_slice() else { panic!("{page:?}") };
    assert_eq!(passage.pieces.iter().map(|piece| &*piece.text).collect::<String>(), "公开了征地补偿。");
    assert!(passage.span.is_none() && passage.pieces.iter().all(|piece| piece.span.is_none()));
    assert!(!page.results[0].spans_left_out, "there is nothing that a smaller page would tell");
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
