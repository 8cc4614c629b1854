use super::{Subject, draft, new, sample};
use crate::{
    INDEX_MAX, PageRequest, Position, ReadAt, ReportOrder, ReportRevision, SearchPage, SearchQuery,
    report_schema,
};
use gongkai_model::{Purpose, Report, ReportId};
use gongkai_search::{Limits, Part, Query};
use std::time::Duration;

/// A report whose one section has this text.
fn saying(subject: &str, year: u16, text: &str) -> Report {
    let mut report = sample::report(subject, year, 1);
    report.sections[0].text = text.to_owned();
    report
}

async fn store(subject: &Subject, bytes: &'static str, report: &Report) -> ReportRevision {
    subject.store_reports(new(bytes), std::slice::from_ref(report)).await.reports[0]
}

/// Brings the index up to date.
async fn index(subject: &Subject) {
    loop {
        let indexed = subject.store.index(INDEX_MAX).await.unwrap();
        assert!(!indexed.is_overtaken);
        if indexed.changes == 0 {
            return;
        }
    }
}

fn query(text: &str) -> SearchQuery {
    SearchQuery {
        at: ReadAt::default(),
        query: Query::parse(text, Limits::STANDARD).unwrap(),
        filter: None,
        order: ReportOrder::Changed,
        passages_max: 2,
    }
}

async fn search(subject: &Subject, query: &SearchQuery) -> SearchPage {
    let mut page = subject.store.search(query, &PageRequest::first(100)).await.unwrap();
    // A page may be short, as where its engine had little time.
    while let Some(cursor) = page.next.take() {
        let next = PageRequest { size: 100, cursor: Some(cursor) };
        let next = subject.store.search(query, &next).await.unwrap();
        page.items.extend(next.items);
        page.next = next.next;
    }
    page
}

async fn ids(subject: &Subject, query: &SearchQuery) -> Vec<ReportId> {
    search(subject, query).await.items.iter().map(|hit| hit.report.info.report).collect()
}

pub(super) async fn words_are_found_where_they_stand_and_nowhere_else(subject: &Subject) {
    let one = store(subject, "one", &saying("甲县", 2020, "公开了征地\n补偿，没有复议。")).await.report;
    let two = store(subject, "two", &saying("乙县", 2020, "徵地補償沒有公開。\0地征")).await.report;
    let three = store(subject, "three", &saying("丙县", 2020, "征地。补偿。ＡＢＣ")).await.report;
    index(subject).await;
    for (text, expected) in [
        ("征地补偿", vec![one, two]),
        ("\"征 地补 偿\"", vec![one, two]),
        ("征地 补偿", vec![one, two, three]),
        ("征地 -复议", vec![two, three]),
        ("复议 OR abc", vec![one, three]),
        ("征地 (复议 OR abc) NOT 甲县", vec![three]),
        ("地征", vec![two]),
        ("丙县2020年报告", vec![three]),
        ("总体情况 正文", vec![]),
        ("补征", vec![]),
    ] {
        assert_eq!(ids(subject, &query(text)).await, expected, "{text}");
    }
    let page = search(subject, &query("征地补偿")).await;
    let found = &page.items[0].found;
    assert_eq!((found.hits, found.passages.len()), (1, 1));
    let passage = &found.passages[0];
    assert_eq!((passage.part, passage.section.as_str()), (Part::Section, "总体情况"));
    assert_eq!(passage.text, "公开了征地\n补偿，没有复议。");
    assert_eq!(&passage.text[passage.hits[0].clone()], "征地\n补偿");
    assert_eq!(page.items[0].report.keys.subject, "甲县");
}

pub(super) async fn a_search_reads_as_of_what_the_index_has_reached(subject: &Subject) {
    let position = async || subject.store.wait_for_change(Position(0), Duration::ZERO).await.unwrap();
    let parts = [saying("甲县", 2020, "征地补偿"), saying("乙县", 2020, "征地补偿")];
    let both = subject.store_reports(new("both"), &parts).await.reports;
    let three = store(subject, "three", &saying("丙县", 2020, "征地补偿")).await.report;
    let wanted = query("征地补偿");
    let page = search(subject, &wanted).await;
    assert!(page.items.is_empty() && page.position < position().await);
    // A change that is half taken in is not read.
    assert_eq!(subject.store.index(1).await.unwrap().changes, 1);
    assert_eq!(search(subject, &wanted).await.items, []);
    assert_eq!(subject.store.index(1).await.unwrap().changes, 1);
    assert_eq!(ids(subject, &wanted).await.len(), 2);
    assert!(search(subject, &wanted).await.position < position().await);
    assert_eq!(subject.store.index(INDEX_MAX).await.unwrap().changes, 1);
    assert_eq!(subject.store.index(INDEX_MAX).await.unwrap().changes, 0);
    assert_eq!(ids(subject, &wanted).await, {
        let mut ids: Vec<_> = both.iter().map(|revision| revision.report).collect();
        ids.sort_unstable();
        ids.push(three);
        ids
    });
    // What changes no report is no reason to read as of before.
    subject.accept(new("four")).await;
    assert_eq!(search(subject, &wanted).await.position, position().await);
}

pub(super) async fn what_a_report_says_now_is_found_and_what_it_said_as_of_then(subject: &Subject) {
    let report = store(subject, "one", &saying("甲县", 2020, "从前的话")).await.report;
    index(subject).await;
    let then = search(subject, &query("从前")).await.position;
    let again = store(subject, "two", &saying("甲县", 2020, "现在的话")).await;
    assert_eq!(again, ReportRevision { report, revision: 2 });
    index(subject).await;
    assert_eq!(ids(subject, &query("从前")).await, []);
    let page = search(subject, &query("现在")).await;
    assert_eq!(page.items[0].report.info.revision, 2);
    let at_then = |text| SearchQuery { at: ReadAt { as_of: Some(then), ..ReadAt::default() }, ..query(text) };
    assert_eq!(ids(subject, &at_then("从前")).await, [report]);
    assert_eq!(ids(subject, &at_then("现在")).await, []);
    // Found again, once, when the first document is sent again.
    store(subject, "one", &saying("甲县", 2020, "从前的话")).await;
    index(subject).await;
    assert_eq!(ids(subject, &query("从前")).await, [report]);
    assert_eq!(ids(subject, &query("现在")).await, []);
    assert_eq!(ids(subject, &query("的话")).await, [report]);
}

pub(super) async fn drafts_are_searched_by_themselves(subject: &Subject) {
    let published = store(subject, "one", &saying("甲县", 2020, "征地补偿")).await.report;
    let drafted = [saying("乙县", 2020, "征地补偿")];
    let drafted = subject.store_reports(draft(new("two")), &drafted).await.reports[0].report;
    index(subject).await;
    assert_eq!(ids(subject, &query("征地")).await, [published]);
    let drafts = ReadAt { purpose: Purpose::Draft, as_of: None, published_until: None };
    assert_eq!(ids(subject, &SearchQuery { at: drafts, ..query("征地") }).await, [drafted]);
}

pub(super) async fn a_search_is_filtered_and_ordered_page_by_page(subject: &Subject) {
    let mut all = Vec::new();
    for (bytes, name, code, year) in [
        ("1", "甲县", "530902", Some(2019)),
        ("2", "乙县", "530921", Some(2021)),
        ("3", "丙县", "530102", Some(2020)),
        ("4", "丁县", "", Some(2019)),
        ("5", "戊县", "540102", None),
    ] {
        let mut report = saying(name, 2020, "征地补偿");
        report.region.code = code.to_owned();
        report.year = year;
        all.push(store(subject, bytes, &report).await.report);
        store(subject, ["a", "b", "c", "d", "e"][all.len() - 1], &saying(name, 2018, "没有")).await;
    }
    index(subject).await;
    let [one, two, three, four, five] = all[..] else { panic!("there are five") };
    for (order, expected) in [
        (ReportOrder::Changed, [one, two, three, four, five]),
        (ReportOrder::ChangedLast, [five, four, three, two, one]),
        (ReportOrder::Year, [five, one, four, three, two]),
        (ReportOrder::YearLast, [two, three, four, one, five]),
    ] {
        let query = SearchQuery { order, ..query("征地") };
        assert_eq!(ids(subject, &query).await, expected, "{order:?}");
        for size in 1..5 {
            let mut request = PageRequest::first(size);
            let mut found = Vec::new();
            loop {
                let page = subject.store.search(&query, &request).await.unwrap();
                assert!(page.items.len() <= size as usize);
                found.extend(page.items.iter().map(|hit| hit.report.info.report));
                match page.next {
                    Some(next) => request.cursor = Some(next),
                    None => break,
                }
            }
            assert_eq!(found, expected, "{order:?}, {size} a page");
        }
    }
    for (text, expected) in [
        ("region.within(\"530900\")", vec![one, two]),
        ("region.within(\"530000\") year >= 2020", vec![two, three]),
        ("year = 2019", vec![one, four]),
        ("-year:*", vec![five]),
        ("year < 2020 OR subject = 丙县", vec![one, three, four]),
        ("subject.rank = COUNTY year = 2020", vec![three]),
        ("subject.kind = DEPARTMENT", vec![]),
        ("year = 2022", vec![]),
        ("year = 2019 year = 2020", vec![]),
    ] {
        for order in [ReportOrder::Changed, ReportOrder::YearLast] {
            let filter = gongkai_filter::parse(text, &report_schema(), gongkai_filter::Limits::STANDARD);
            let mut found =
                ids(subject, &SearchQuery { filter: filter.unwrap(), order, ..query("征地") }).await;
            found.sort_by_key(|id| all.iter().position(|it| it == id));
            assert_eq!(found, expected, "{text}");
        }
    }
}

pub(super) async fn pages_of_a_search_show_one_state(subject: &Subject) {
    let mut stored = Vec::new();
    for (bytes, name) in [("1", "甲县"), ("2", "乙县"), ("3", "丙县")] {
        stored.push(store(subject, bytes, &saying(name, 2020, "征地补偿")).await.report);
    }
    index(subject).await;
    let wanted = query("征地");
    let first = subject.store.search(&wanted, &PageRequest::first(1)).await.unwrap();
    store(subject, "4", &saying("丁县", 2020, "征地补偿")).await;
    store(subject, "5", &saying("乙县", 2020, "别的")).await;
    index(subject).await;
    let rest = PageRequest { size: 9, cursor: first.next.clone() };
    let page = subject.store.search(&wanted, &rest).await.unwrap();
    let found: Vec<_> = first.items.iter().chain(&page.items).map(|hit| hit.report.info.report).collect();
    assert_eq!(found, stored);
    assert_eq!((page.position, page.next), (first.position, None));
    let other = subject.store.search(&query("补偿"), &rest).await;
    assert!(matches!(other, Err(crate::StoreError::CursorInvalid)));
}

pub(super) async fn the_deepest_and_the_longest_query_are_answered(subject: &Subject) {
    // Characters of which no two stand beside each other twice.
    let long: String = ('\u{4e00}'..).take(Limits::STANDARD.bytes_max / 3).collect();
    let one = store(subject, "one", &saying("甲县", 2020, "公开了征地。听取意见")).await.report;
    let two = store(subject, "two", &saying("乙县", 2020, &format!("公开了别的。{long}"))).await.report;
    index(subject).await;
    let read = |text: &str| Query::parse(text, Limits::STANDARD);
    for around in
        ["公开 甲乙 OR (…)", "(…) OR 甲乙 公开", "公开 听取 意见 甲乙 OR 甲丙 OR 甲丁 OR (…) OR 乙丁 OR 乙丙"]
    {
        let nested =
            |depth: usize| (0..depth).fold("征地".to_owned(), |inmost, _| around.replace('…', &inmost));
        assert_eq!(ids(subject, &query(&nested(Limits::STANDARD.depth_max))).await, [one], "{around}");
        assert!(read(&nested(Limits::STANDARD.depth_max + 1)).is_err());
    }
    let negated = |depth: usize| format!("公开 {}征地", "-(".repeat(depth / 2)) + &")".repeat(depth / 2);
    let depth_max = Limits::STANDARD.depth_max;
    let negations = if (depth_max / 2).is_multiple_of(2) { [one] } else { [two] };
    assert_eq!(ids(subject, &query(&negated(depth_max))).await, negations);
    for (join, found) in [(" OR ", vec![one]), (" ", vec![])] {
        let many = |count: usize| format!("{}征地", format!("甲乙{join}").repeat(count - 1));
        assert_eq!(ids(subject, &query(&many(Limits::STANDARD.terms_max))).await, found, "{join}");
        assert!(read(&many(Limits::STANDARD.terms_max + 1)).is_err());
    }
    assert_eq!(ids(subject, &query(&long)).await, [two]);
    assert!(read(&format!("{long}公开")).is_err());
}
