//! Reports with the same words, over the twin.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails in a test fails the test")]

mod support;

use gongkai_model::{FormId, Purpose, Quoted, Report, Section, Span};
use gongkai_store::Search;
use gongkai_wire::v1;
use std::collections::BTreeMap;
use support::{Running, report, start};
use tonic_types::StatusExt;

const HEADING: &str = "一、总体情况";

/// Some sentences that nobody else says.
fn words(seed: u32, sentences: u32) -> String {
    let letter =
        |index: u32| char::from_u32(0x5000 + (index * index * 7 + seed * 1009 + index * seed) % 0x2000);
    (0..sentences).map(|it| (it * 40..it * 40 + 40).filter_map(letter).collect::<String>() + "。").collect()
}

/// Stores a report whose document is its title, a heading and a text, and gives its name and the document.
async fn store(running: &Running, subject: &str, year: u16, text: &str) -> (String, String) {
    let title = format!("{subject}{year}年报告");
    let content = format!("{title}\n{HEADING}\n{text}\n");
    let report = Report {
        title: Quoted { text: title.clone(), span: Some(Span::bytes(0, title.len())) },
        sections: vec![Section {
            level: 1,
            title: HEADING.to_owned(),
            span: Some(Span::bytes(title.len() + 1, title.len() + 1 + HEADING.len())),
            text: text.to_owned(),
        }],
        ..report(subject, year, FormId::Form2019)
    };
    let submission = running.store_as(content.clone(), &report, Purpose::Published).await;
    (submission.reports[0].report.to_string(), content)
}

async fn index(running: &Running) {
    while running.store.index(100).await.unwrap().changes != 0 {}
}

fn of(name: &str) -> v1::ListCopiesRequest {
    v1::ListCopiesRequest { name: name.to_owned(), ..Default::default() }
}

async fn copies(running: &Running, request: v1::ListCopiesRequest) -> v1::ListCopiesResponse {
    running.client.clone().list_copies(request).await.unwrap().into_inner()
}

fn told(page: &v1::ListCopiesResponse) -> Vec<(&str, v1::CopyKind)> {
    page.copies.iter().map(|it| (it.report.as_ref().unwrap().name.as_str(), it.kind())).collect()
}

fn bytes<'t>(text: &'t str, span: &Option<v1::Span>) -> &'t str {
    match span.as_ref().unwrap().place.as_ref().unwrap() {
        v1::span::Place::Bytes(range) => &text[range.start as usize..range.end as usize],
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_copy_is_told_with_its_passages_their_places_and_what_was_changed() {
    let running = start().await;
    let source = format!("{}甲县收到12件，{}", words(1, 2), words(2, 2));
    let (before, old) = store(&running, "甲县", 2019, &format!("{}{source}", words(3, 1))).await;
    let copied = source.replace("12", "4567").replace("。", "。\n");
    let (name, new) = store(&running, "甲县", 2020, &format!("{}{copied}", words(4, 2))).await;
    let (other, third) =
        store(&running, "乙县", 2020, &source.replace("甲县", "乙县").replace("收到", "共受理了")).await;
    store(&running, "丙县", 2020, &words(9, 6)).await;
    index(&running).await;
    let page = copies(&running, of(&name)).await;
    assert_eq!(
        told(&page),
        [(&*before, v1::CopyKind::PreviousYear), (&*other, v1::CopyKind::OtherBody)],
        "{page:?}"
    );
    assert!(page.next_page_token.is_empty() && !page.narrative_cut);
    // One other division shares something, which makes nothing template text.
    assert_eq!(page.template_divisions, 1);
    assert_eq!(page.revision.unwrap().number, 1);
    // Two of six sentences are its own; 甲县 is a name, and numbers do not count.
    assert!((235..=244).contains(&page.own_letters), "{}", page.own_letters);
    let [first, second] = page.copies.as_slice() else { panic!("there are two") };
    assert_eq!((first.passages_total, first.passages.len(), first.copied_letters), (1, 1, 163));
    let passage = &first.passages[0];
    let (mine, theirs) = (passage.own.as_ref().unwrap(), passage.other.as_ref().unwrap());
    assert_eq!((mine.section.as_str(), mine.part()), (HEADING, v1::ReportPart::Section));
    assert_eq!(bytes(&new, &mine.span), mine.text);
    assert_eq!(bytes(&old, &theirs.span), theirs.text);
    assert_eq!(mine.text.replace('\n', "").replace("4567", "12"), theirs.text);
    let [number] = passage.differences.as_slice() else { panic!("{passage:?}") };
    assert_eq!((number.kind(), &*number.own, &*number.other), (v1::CopyDifferenceKind::Number, "4567", "12"));
    assert_eq!((bytes(&new, &number.own_span), bytes(&old, &number.other_span)), ("4567", "12"));
    let differences: BTreeMap<_, _> = second.passages[0]
        .differences
        .iter()
        .map(|it| {
            assert_eq!((bytes(&new, &it.own_span), bytes(&third, &it.other_span)), (&*it.own, &*it.other));
            (it.kind(), (it.own.as_str(), it.other.as_str()))
        })
        .collect();
    assert_eq!(differences[&v1::CopyDifferenceKind::Name], ("甲县", "乙县"));
    assert_eq!(differences[&v1::CopyDifferenceKind::Words], ("收到", "共受理了"));
    let none = copies(&running, v1::ListCopiesRequest { passages_max: -1, ..of(&name) }).await;
    assert_eq!((none.copies.len(), none.copies[0].passages.len()), (2, 0));
    assert_eq!(none.copies[0].passages_total, 1);
}

#[tokio::test]
async fn what_other_divisions_say_as_well_is_no_copy() {
    let running = start().await;
    let template = words(1, 3);
    let mut names = Vec::new();
    for number in 0..12 {
        let own = if number == 7 { words(100, 4) } else { words(100 + number, 4) };
        let county = format!("{}县", char::from_u32(0x7000 + number).unwrap().to_string().repeat(2));
        names.push(store(&running, &county, 2020, &format!("{own}\n{template}")).await.0);
    }
    index(&running).await;
    let page = copies(&running, of(&names[0])).await;
    assert_eq!(told(&page), [(&*names[7], v1::CopyKind::OtherBody)]);
    let text = &page.copies[0].passages[0].own.as_ref().unwrap().text;
    assert!(text.starts_with(&words(100, 4)[..99]) && !text.contains(&template[..30]), "{text}");
    assert!(5 <= page.template_divisions && page.own_letters <= 170, "{page:?}");
    assert_eq!(copies(&running, of(&names[1])).await.copies, []);
    // Whoever asks for one is told that it shares nothing.
    let request = v1::ListCopiesRequest { with: names[2].clone(), ..of(&names[1]) };
    let page = copies(&running, request).await;
    assert_eq!((told(&page).len(), page.copies[0].copied_letters), (1, 0));
}

#[tokio::test]
async fn what_the_index_has_not_is_compared_where_it_is_known_and_its_position_is_told() {
    let running = start().await;
    let text = words(1, 4);
    let (before, _) = store(&running, "甲县", 2019, &text).await;
    let (name, _) = store(&running, "甲县", 2020, &text).await;
    let (other, _) = store(&running, "乙县", 2020, &text).await;
    let page = copies(&running, of(&name)).await;
    assert_eq!(told(&page), [(&*before, v1::CopyKind::PreviousYear)]);
    let early = page.position;
    let request = v1::ListCopiesRequest { with: other.clone(), ..of(&name) };
    assert_eq!(told(&copies(&running, request).await), [(&*other, v1::CopyKind::OtherBody)]);
    index(&running).await;
    let page = copies(&running, of(&name)).await;
    assert_eq!(told(&page).len(), 2);
    assert!(early < page.position);
    // The other way round, it is a later report of the same subject.
    let page = copies(&running, of(&before)).await;
    assert!(told(&page).contains(&(&*name, v1::CopyKind::SameSubject)), "{:?}", told(&page));
}

#[tokio::test]
async fn pages_are_of_one_state_and_wrong_requests_are_refused() {
    let running = start().await;
    let (name, _) = store(&running, "甲县", 2020, &words(1, 4)).await;
    for county in ["乙县", "丙县", "丁县"] {
        store(&running, county, 2020, &words(1, 4)).await;
    }
    index(&running).await;
    let all = copies(&running, of(&name)).await;
    assert_eq!(all.copies.len(), 3);
    let request = v1::ListCopiesRequest { page_size: 2, ..of(&name) };
    let first = copies(&running, request.clone()).await;
    store(&running, "戊县", 2020, &words(1, 4)).await;
    index(&running).await;
    let next = v1::ListCopiesRequest { page_token: first.next_page_token.clone(), ..request.clone() };
    let second = copies(&running, next.clone()).await;
    assert_eq!((first.copies.len(), second.next_page_token.as_str()), (2, ""));
    let found: Vec<_> = told(&first).into_iter().chain(told(&second)).collect();
    assert_eq!(found, told(&all));
    assert_eq!(copies(&running, of(&name)).await.copies.len(), 4);
    let refused = async |request| {
        let status = running.client.clone().list_copies(request).await.unwrap_err();
        status.get_details_error_info().unwrap().reason
    };
    assert_eq!(refused(v1::ListCopiesRequest { passages_max: 9, ..next }).await, "INVALID_PAGE_TOKEN");
    assert_eq!(refused(v1::ListCopiesRequest { with: name.clone(), ..of(&name) }).await, "INVALID_FIELD");
    assert_eq!(refused(of("reports/1")).await, "INVALID_FIELD");
    let unknown = "reports/018f2f6e-0000-7000-8000-000000000000";
    assert_eq!(refused(of(unknown)).await, "REPORT_NOT_FOUND");
    assert_eq!(
        refused(v1::ListCopiesRequest { with: unknown.to_owned(), ..of(&name) }).await,
        "REPORT_NOT_FOUND"
    );
}
