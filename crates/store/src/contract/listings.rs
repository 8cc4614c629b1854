//! Lists of reports and of findings: orders, filters and pages.

use super::reports::{filter, ids, store};
use super::{Subject, sample};
use crate::{
    BATCH_MAX, FindingQuery, Page, PageRequest, ReadAt, ReportOrder, ReportQuery, ReportSummary, SortField,
    SortKey, StoreError,
};
use gongkai_filter::Direction;
use gongkai_model::{BodyKind, Date, FormId, Outcome, Rank, ReportId, Severity};

pub(super) async fn reports_are_listed_in_each_order_page_by_page(subject: &Subject) {
    let mut unknown = sample::report("丙县", 2020, 3);
    unknown.year = None;
    let a = store(subject, "a", &sample::report("甲县", 2021, 1)).await.report;
    let b = store(subject, "b", &sample::report("乙县", 2019, 2)).await.report;
    let c = store(subject, "c", &unknown).await.report;
    // Changing it moves it to the end of the order of changes.
    store(subject, "d", &sample::report("甲县", 2021, 4)).await;
    let orders = [
        (ReportOrder::Changed, [b, c, a]),
        (ReportOrder::ChangedLast, [a, c, b]),
        (ReportOrder::Year, [c, b, a]),
        (ReportOrder::YearLast, [a, b, c]),
    ];
    for (order, expected) in orders {
        let query = ReportQuery { order, ..Default::default() };
        assert_eq!(ids(subject, &query).await, expected, "{order:?}");
        let mut page = PageRequest::first(1);
        for (count, id) in (1..).zip(expected) {
            let Page { items, next } = subject.store.reports(&query, &page).await.unwrap();
            assert_eq!(items.iter().map(|summary| summary.info.report).collect::<Vec<_>>(), [id]);
            assert_eq!(next.is_none(), count == expected.len());
            page.cursor = next;
        }
    }
    // Equal ranks are told apart.
    let e = store(subject, "e", &sample::report("戊县", 2021, 1)).await.report;
    let query =
        ReportQuery { order: ReportOrder::YearLast, filter: filter("year >= 2021"), ..Default::default() };
    let mut both = [a, e];
    both.sort_unstable();
    let mut page = PageRequest::first(1);
    for id in both {
        let got = subject.store.reports(&query, &page).await.unwrap();
        assert_eq!(got.items[0].info.report, id);
        page.cursor = got.next;
    }
    let other = ReportQuery { filter: filter("year >= 2020"), ..query };
    page.cursor = subject.store.reports(&other, &PageRequest::first(1)).await.unwrap().next;
    let refused = subject.store.reports(&ReportQuery::default(), &page).await;
    assert!(matches!(refused, Err(StoreError::CursorInvalid)));
}

pub(super) async fn reports_are_listed_by_several_fields_page_by_page(subject: &Subject) {
    use Direction::{Ascending, Descending};
    let report = |name: &str, year: Option<u16>, code: &str, month: Option<u8>| {
        let mut report = sample::report(name, 2020, 1);
        report.year = year;
        report.region.code = code.to_owned();
        report.issuer.name = format!("{name}办公室");
        report.dates.stated = month.map(|month| Date::new(2021, month, 1).unwrap());
        report
    };
    let a = store(subject, "a", &report("甲", Some(2020), "530902", Some(3))).await.report;
    let b = store(subject, "b", &report("乙", Some(2020), "110105", Some(1))).await.report;
    let c = store(subject, "c", &report("丙", Some(2021), "", None)).await.report;
    let d = store(subject, "d", &report("丁", None, "530902", Some(2))).await.report;
    let mut failing = report("戊", Some(2020), "530902", Some(1));
    let fails = failing.findings[2].clone();
    failing.findings.extend([fails.clone(), fails]);
    let e = store(subject, "e", &failing).await.report;
    let key = |field, direction| SortKey { field, direction };
    let years = [key(SortField::Year, Descending), key(SortField::RegionCode, Ascending)];
    let codes = [key(SortField::RegionCode, Descending), key(SortField::Published, Ascending)];
    for (sort, order, expected) in [
        (&years[..], ReportOrder::Changed, [c, b, a, e, d]),
        (&years[..], ReportOrder::ChangedLast, [c, b, e, a, d]),
        (&codes[..], ReportOrder::Changed, [e, d, a, b, c]),
        // The characters of the names come in the order of their numbers: 丁 丙 乙 戊 甲.
        (&[key(SortField::Issuer, Ascending)][..], ReportOrder::Changed, [d, c, b, e, a]),
        (&[key(SortField::Subject, Descending)][..], ReportOrder::Changed, [a, e, b, c, d]),
        (&[key(SortField::RegionName, Descending)][..], ReportOrder::Changed, [a, e, b, c, d]),
        (&[key(SortField::Published, Ascending)][..], ReportOrder::Changed, [c, b, e, d, a]),
        (&[key(SortField::Form, Ascending)][..], ReportOrder::YearLast, [c, a, b, e, d]),
        (
            &[key(SortField::FindingsFailing, Descending), key(SortField::Position, Descending)][..],
            ReportOrder::Changed,
            [e, d, c, b, a],
        ),
        (&[key(SortField::FiguresUndetermined, Ascending)][..], ReportOrder::Changed, [a, b, c, d, e]),
        (
            &[key(SortField::Scope, Ascending), key(SortField::Revision, Descending)][..],
            ReportOrder::Changed,
            [a, b, c, d, e],
        ),
    ] {
        let query = ReportQuery { sort: sort.to_vec(), order, ..Default::default() };
        let mut listed = ids(subject, &query).await;
        if sort[0].field == SortField::Form {
            // Of one year they stand in the order of their ids.
            listed[1..4].sort_by_key(|id| [a, b, e].iter().position(|it| it == id));
        }
        assert_eq!(listed, expected, "{sort:?}");
        for size in 1..4 {
            let mut page = PageRequest::first(size);
            let mut paged = Vec::new();
            loop {
                let Page { items, next } = subject.store.reports(&query, &page).await.unwrap();
                paged.extend(items.iter().map(|summary| summary.info.report));
                match next {
                    Some(next) => page.cursor = Some(next),
                    None => break,
                }
            }
            assert_eq!(paged, ids(subject, &query).await, "{sort:?}, {size} a page");
        }
    }
    // All pages show one state, whatever is written meanwhile, also where it changes the place of what was listed last.
    let query = ReportQuery { sort: codes.to_vec(), ..Default::default() };
    let mut page = PageRequest::first(1);
    page.cursor = subject.store.reports(&query, &page).await.unwrap().next;
    store(subject, "f", &report("己", Some(2019), "530902", Some(2))).await;
    let mut moved = report("戊", Some(2020), "530902", Some(1));
    (moved.findings, moved.dates.stated) = (Vec::new(), Date::new(2021, 12, 1).ok());
    assert_eq!(store(subject, "e2", &moved).await.report, e);
    let rest = subject.store.reports(&query, &PageRequest { size: 9, ..page.clone() }).await.unwrap();
    assert_eq!(rest.items.iter().map(|it| it.info.report).collect::<Vec<_>>(), [d, a, b, c]);
    let other = ReportQuery { sort: years.to_vec(), ..Default::default() };
    assert!(matches!(subject.store.reports(&other, &page).await, Err(StoreError::CursorInvalid)));
    let filtered = ReportQuery { filter: filter("year = 2020 findings_failing >= 1"), ..query };
    assert_eq!(ids(subject, &filtered).await, [a, b]);
}

pub(super) async fn what_is_put_in_order_by_ids_is_the_list(subject: &Subject) {
    use Direction::{Ascending, Descending};
    let names = ["戊县", "乙县", "丁县", "甲县", "丙县", "己县"];
    for ((index, name), document) in (0..).zip(names).zip(["a", "b", "c", "d", "e", "f"]) {
        let mut report = sample::report(name, 2019 + index % 3, 1);
        report.dates.stated = Date::new(2022, 6 - index as u8, 1).ok();
        store(subject, document, &report).await;
    }
    let keys = ["requests.received.total".to_owned()];
    let key = |field, direction| SortKey { field, direction };
    let position =
        subject.store.reports(&ReportQuery::default(), &PageRequest::first(9)).await.unwrap().items[5]
            .info
            .position;
    // What comes later is not seen.
    store(subject, "later", &sample::report("庚县", 2020, 1)).await;
    store(subject, "changed", &sample::report("甲县", 2019, 2)).await;
    let at = ReadAt { as_of: Some(position), ..Default::default() };
    for (sort, order, text) in [
        (vec![], ReportOrder::Changed, ""),
        (vec![], ReportOrder::ChangedLast, "year >= 2020"),
        (vec![], ReportOrder::Year, ""),
        (vec![], ReportOrder::YearLast, "-乙县"),
        (vec![key(SortField::Subject, Descending)], ReportOrder::Changed, ""),
        (vec![key(SortField::Published, Ascending)], ReportOrder::Changed, "-乙县"),
        (vec![key(SortField::Form, Ascending)], ReportOrder::YearLast, ""),
    ] {
        let query = ReportQuery { at, filter: filter(text), sort, order };
        let list = subject.store.reports(&query, &PageRequest::first(100)).await.unwrap().items;
        let expected: Vec<_> = list.iter().map(|summary| summary.info.report).collect();
        for limit in [1, 2, u32::MAX] {
            let (mut found, mut after) = (Vec::new(), None);
            loop {
                let page = subject.store.ordered(&query, after, limit).await.unwrap();
                assert!(page.items.len() <= limit as usize);
                found.extend(page.items);
                match page.next {
                    Some(next) => after = Some(next),
                    None => break,
                }
            }
            assert_eq!(found, expected, "{query:?}, {limit} at once");
        }
        // A place of one is a place of the other.
        let first = subject.store.ordered(&query, None, 2).await.unwrap();
        let rest =
            subject.store.reports(&query, &PageRequest { size: 100, cursor: first.next }).await.unwrap();
        assert_eq!(rest.items, list[2..]);
        let cells = subject.store.cells(&expected, &keys, at).await.unwrap();
        let told = subject.store.summaries_with_cells(&expected, &keys, at).await.unwrap();
        let expected: Vec<_> =
            list.into_iter().zip(cells).map(|(it, cells)| Some((it, cells.unwrap()))).collect();
        assert_eq!(told, expected);
    }
    let unknown = [ReportId::generate()];
    assert_eq!(subject.store.summaries_with_cells(&unknown, &keys, at).await.unwrap(), [None]);
    assert_eq!(subject.store.summaries_with_cells(&[], &keys, at).await.unwrap(), []);
    let many = vec![ReportId::generate(); BATCH_MAX + 1];
    let refused = subject.store.summaries_with_cells(&many, &keys, at).await;
    assert!(matches!(refused, Err(StoreError::TooLarge { .. })));
    let draft = ReadAt { purpose: gongkai_model::Purpose::Draft, ..at };
    let query = ReportQuery { at: draft, ..Default::default() };
    assert_eq!(subject.store.ordered(&query, None, 9).await.unwrap().items, []);
    let other = ReportQuery { at, order: ReportOrder::Year, ..Default::default() };
    let next = subject.store.ordered(&other, None, 1).await.unwrap().next;
    assert!(matches!(subject.store.ordered(&query, next, 1).await, Err(StoreError::CursorInvalid)));
}

pub(super) async fn reports_are_filtered(subject: &Subject) {
    let mut first = sample::report("甲县", 2019, 1);
    first.region.code = "530900".to_owned();
    let mut second = sample::report("乙县", 2021, 1);
    second.form = FormId::Form2021;
    second.issuer.name = "乙县办公室".to_owned();
    (second.subject.rank, second.subject.kind) = (Rank::Prefecture, BodyKind::VerticallyLed);
    let mut third = sample::report("丙县", 2020, 1);
    third.year = None;
    let a = store(subject, "a", &first).await.report;
    let b = store(subject, "b", &second).await.report;
    let c = store(subject, "c", &third).await.report;
    for (text, expected) in [
        ("", vec![a, b, c]),
        ("year >= 2020", vec![b]),
        ("subject.rank = COUNTY", vec![a, c]),
        ("-subject.rank = COUNTY", vec![b]),
        ("subject.kind = VERTICALLY_LED", vec![b]),
        ("subject.rank != PREFECTURE subject.kind = GOVERNMENT", vec![a, c]),
        ("subject.rank:* subject.kind:*", vec![a, b, c]),
        ("subject.rank = UNKNOWN OR subject.kind = OTHER", vec![]),
        ("year <= 2019", vec![a]),
        ("year != 2019", vec![b]),
        ("NOT year:*", vec![c]),
        ("year >= 2019 year <= 2021", vec![a, b]),
        ("form = 2021", vec![b]),
        ("region = 甲县", vec![a]),
        ("region = 530900", vec![a]),
        ("NOT region = 甲县", vec![b, c]),
        ("region.code != 1", vec![a]),
        ("NOT region.code:*", vec![b, c]),
        ("region.within(\"530000\")", vec![a]),
        ("NOT region.within(\"540000\")", vec![a]),
        ("issuer = 乙县办公室", vec![b]),
        ("subject = 丙县", vec![c]),
        ("subject = 丙县 form = 2021", vec![]),
        ("scope = WHOLE_AREA -title : 2021", vec![a, c]),
        ("published > 2021-06-30", vec![b]),
        ("办公室 OR 丙", vec![b, c]),
        ("NOT 办公室", vec![a, c]),
        ("findings_failing = 2 figures_undetermined = 1 revision = 1", vec![a, b, c]),
        ("create_time < 2000-01-01", vec![]),
    ] {
        let query = ReportQuery { filter: filter(text), ..Default::default() };
        assert_eq!(ids(subject, &query).await, expected, "{text}");
    }
}

pub(super) async fn pages_show_one_state_whatever_is_written_in_between(subject: &Subject) {
    let a = store(subject, "a", &sample::report("甲县", 2020, 1)).await;
    let b = store(subject, "b", &sample::report("乙县", 2020, 1)).await;
    let query = ReportQuery::default();
    let findings_query = FindingQuery::default();
    let first = subject.store.reports(&query, &PageRequest::first(1)).await.unwrap();
    let first_findings = subject.store.findings(&findings_query, &PageRequest::first(1)).await.unwrap();
    store(subject, "c", &sample::report("乙县", 2020, 2)).await;
    store(subject, "d", &sample::report("丁县", 2020, 2)).await;
    let rest = PageRequest { size: 100, cursor: first.next };
    let rest = subject.store.reports(&query, &rest).await.unwrap();
    let revision = |summary: &ReportSummary| (summary.info.report, summary.info.revision);
    assert_eq!(first.items.iter().map(revision).collect::<Vec<_>>(), [(a.report, 1)]);
    assert_eq!(rest.items.iter().map(revision).collect::<Vec<_>>(), [(b.report, 1)]);
    let rest = PageRequest { size: 100, cursor: first_findings.next };
    let rest = subject.store.findings(&findings_query, &rest).await.unwrap();
    assert_eq!(rest.items.len(), 5);
    assert!(rest.items.iter().all(|finding| [a, b].contains(&finding.revision)));
}

pub(super) async fn findings_of_current_revisions_are_listed(subject: &Subject) {
    store(subject, "a", &sample::report("甲县", 2019, 1)).await;
    let current = store(subject, "b", &sample::report("甲县", 2019, 2)).await;
    let mut second = sample::report("乙县", 2020, 1);
    second.findings.truncate(3);
    let other = store(subject, "c", &second).await;
    let all = FindingQuery::default;
    let cases = [
        (all(), 5),
        (FindingQuery { rule: Some("requests.balance".to_owned()), ..all() }, 2),
        (FindingQuery { rule: Some("unknown".to_owned()), ..all() }, 0),
        (FindingQuery { outcome: Some(Outcome::Fails), ..all() }, 3),
        (FindingQuery { outcome: Some(Outcome::Holds), ..all() }, 0),
        (FindingQuery { severity_min: Some(Severity::Error), ..all() }, 4),
        (FindingQuery { severity_min: Some(Severity::Info), outcome: Some(Outcome::Fails), ..all() }, 3),
        (FindingQuery { report: Some(other.report), ..all() }, 2),
        (FindingQuery { year_max: Some(2019), ..all() }, 3),
        (FindingQuery { year_min: Some(2020), ..all() }, 2),
    ];
    for (query, expected) in cases {
        let page = subject.store.findings(&query, &PageRequest::first(100)).await.unwrap();
        assert_eq!(page.items.len(), expected, "{query:?}");
        assert!(page.items.iter().all(|finding| [current, other].contains(&finding.revision)));
    }
    let of_other = FindingQuery { report: Some(other.report), ..all() };
    let page = subject.store.findings(&of_other, &PageRequest::first(100)).await.unwrap();
    let told: Vec<_> = page.items.into_iter().map(|finding| (finding.year, finding.finding)).collect();
    assert_eq!(told, [(Some(2020), second.findings[1].clone()), (Some(2020), second.findings[2].clone())]);
}

pub(super) async fn findings_are_paged(subject: &Subject) {
    for (bytes, name) in [("a", "甲县"), ("b", "乙县")] {
        store(subject, bytes, &sample::report(name, 2020, 1)).await;
    }
    let query = FindingQuery { outcome: Some(Outcome::Fails), ..Default::default() };
    let whole = subject.store.findings(&query, &PageRequest::first(100)).await.unwrap().items;
    assert_eq!(whole.len(), 4);
    for size in 1..=4 {
        let mut paged = Vec::new();
        let mut page = PageRequest::first(size);
        loop {
            let got = subject.store.findings(&query, &page).await.unwrap();
            paged.extend(got.items);
            if got.next.is_none() {
                break;
            }
            page.cursor = got.next;
        }
        assert_eq!(paged, whole);
    }
}
