use super::*;
use crate::slow::{Stored, stored};
use gongkai_model::{Body, Quoted, RegionText, Report, Section};
use gongkai_store::Search;
use std::sync::atomic::Ordering;
use tonic::Code;
use tonic_types::StatusExt as _;

/// Some sentences that nobody else says.
fn words(seed: u32, sentences: u32) -> String {
    let letter =
        |index: u32| char::from_u32(0x5000 + (index * index * 7 + seed * 1009 + index * seed) % 0x2000);
    (0..sentences).map(|it| (it * 40..it * 40 + 40).filter_map(letter).collect::<String>() + "。").collect()
}

impl Stored {
    /// Stores the report of a body of a division, without its document's words.
    async fn store(&self, subject: &str, region: &str, year: u16, text: &str) -> String {
        let section = Section { level: 1, title: String::new(), span: None, text: text.to_owned() };
        let report = Report {
            title: Quoted { text: format!("{region}{subject}{year}年报告"), span: None },
            year: Some(year),
            subject: Body { name: subject.to_owned(), ..Body::default() },
            region: RegionText { name: region.to_owned(), ..RegionText::default() },
            sections: vec![section],
            ..Report::default()
        };
        self.publish(&report).await
    }

    async fn index(&self) {
        while self.slow.reports.index(100).await.unwrap().changes != 0 {}
    }

    /// All pages of a list.
    async fn pages(&self, request: &v1::ListCopiesRequest) -> Vec<v1::ListCopiesResponse> {
        let (mut request, mut pages) = (request.clone(), Vec::new());
        loop {
            let page = list(&self.handler, request.clone()).await.unwrap();
            request.page_token = page.next_page_token.clone();
            pages.push(page);
            assert!(pages.len() < 500, "it comes to an end");
            if request.page_token.is_empty() {
                return pages;
            }
        }
    }
}

fn division(number: u32) -> String {
    char::from_u32(0x7000 + number).unwrap().to_string().repeat(2) + "县"
}

fn names(pages: &[v1::ListCopiesResponse]) -> Vec<String> {
    let copies = pages.iter().flat_map(|page| &page.copies);
    copies.map(|copy| copy.report.as_ref().unwrap().name.clone()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_page_ends_when_its_time_is_up_and_the_next_goes_on_with_the_same_template_text() {
    let it = stored();
    let mut of = Vec::new();
    for number in 0..32 {
        // The bodies of one division have the same words, and those of all others share some of them.
        let (subject, region, own) = match number {
            0..12 => (format!("第{number}局"), "甲县".to_owned(), words(100, 4)),
            _ => ("教育局".to_owned(), division(number), words(100 + number, 4)),
        };
        let text = format!("{}\n{own}\n{}", words(1, 2), words(500 + number, 2));
        of.push(it.store(&subject, &region, 2020, &text).await);
    }
    it.index().await;
    let request = v1::ListCopiesRequest { name: of[0].clone(), page_size: 50, ..Default::default() };
    let all = it.pages(&request).await;
    assert_eq!((all.len(), all[0].template_incomplete), (1, false));
    assert!(10 < all[0].template_divisions, "{}", all[0].template_divisions);

    // Ten records in the two seconds of a page, five of them for template text.
    it.slow.records_ms.store(200, Ordering::Relaxed);
    let begun = Instant::now();
    let slow = it.pages(&request).await;
    assert!(begun.elapsed() <= Duration::from_millis(2300) * u32::try_from(slow.len()).unwrap());
    assert!(1 < slow.len());
    for page in &slow {
        assert!(page.template_incomplete && page.template_divisions == 5, "{page:?}");
        assert_eq!(page.own_letters, slow[0].own_letters);
    }
    let mut once = names(&slow);
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), names(&slow).len());

    assert_eq!(it.slow.together.load(Ordering::Relaxed), 1);

    // However slow it is, each page goes on.
    it.slow.records_ms.store(3000, Ordering::Relaxed);
    let slowest = it.pages(&request).await;
    assert!(slowest.iter().all(|page| page.copies.len() <= 1 && page.template_divisions <= 1));
    assert!(names(&all).iter().all(|name| names(&slowest).contains(name)));
}

#[tokio::test(start_paused = true)]
async fn a_body_is_compared_with_its_own_report_of_the_year_before_among_any_number_of_its_name() {
    let it = stored();
    let mut before = Vec::new();
    for number in 0..40 {
        before.push(it.store("教育局", &division(number), 2019, &words(100 + number, 4)).await);
    }
    for number in [0, 20, 39] {
        let name = it.store("教育局", &division(number), 2020, &words(100 + number, 4)).await;
        let page = list(&it.handler, v1::ListCopiesRequest { name, ..Default::default() }).await.unwrap();
        let [copy] = page.copies.as_slice() else { panic!("{page:?}") };
        assert_eq!(copy.report.as_ref().unwrap().name, before[number as usize]);
        assert_eq!(copy.kind(), v1::CopyKind::PreviousYear);
    }
}

#[tokio::test]
async fn a_page_ends_where_a_message_is_full_and_what_is_left_out_comes_with_the_next() {
    let it = stored();
    // Each passage shows 2,000 characters in both reports.
    let text = |seed: u32| {
        let parts = (0..20).map(|part| words(1000 + part, 51) + &words(9000 + seed * 50 + part, 2));
        parts.collect::<Vec<_>>().join("\n")
    };
    let name = it.store("教育局", "甲县", 2020, &text(0)).await;
    for number in 1..7 {
        it.store("教育局", "乙县", 2000 + number, &text(number.into())).await;
    }
    it.index().await;
    let request =
        v1::ListCopiesRequest { name, page_size: 50, passages_max: 50, ..v1::ListCopiesRequest::default() };
    let pages = it.pages(&request).await;
    let mut once = names(&pages);
    assert!(1 < pages.len() && once.len() == 6, "{} pages of {}", pages.len(), once.len());
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), 6);
    for page in &pages {
        assert!(page.encoded_len() <= MESSAGE_BYTES_MAX && !page.copies.is_empty());
    }
}

#[tokio::test]
async fn no_more_are_compared_at_the_same_time_than_there_is_room_for() {
    use gongkai_wire::v1::query_service_server::QueryService as _;
    let it = stored();
    let name = it.store("教育局", "甲县", 2020, &words(1, 4)).await;
    let ask = || {
        it.handler.list_copies(tonic::Request::new(v1::ListCopiesRequest {
            name: name.clone(),
            ..v1::ListCopiesRequest::default()
        }))
    };
    let held = it.handler.comparisons.acquire_many(COMPARISONS_MAX as u32).await.unwrap();
    let refused = ask().await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    assert_eq!(refused.get_details_error_info().unwrap().reason, "OVERLOADED");
    assert_eq!(refused.get_details_retry_info().unwrap().retry_delay, Some(RETRY_AFTER));
    drop(held);
    ask().await.unwrap();
}

#[test]
fn tokens_of_a_version_before_are_read() {
    let read = |text: &str| FirstPage::read(&Cursor::from_text(text.to_owned()));
    assert_eq!(read("1f").unwrap(), FirstPage { reached: Position(31), asked: usize::MAX });
    let first = FirstPage { reached: Position(31), asked: 12 };
    assert_eq!(FirstPage::read(&first.cursor()).unwrap(), first);
    for nonsense in ["", ".", "1.", ".1", "x", "1.2.3"] {
        assert_eq!(read(nonsense).unwrap_err().code(), Code::InvalidArgument, "{nonsense}");
    }
}
