use super::{Subject, draft, new, sample};
use crate::{INDEX_MAX, Position, ReadAt, Sharing};
use gongkai_copies::{Fingerprint, HOLDERS_MAX, Names, Narrative, fingerprints};
use gongkai_model::{Purpose, Report, ReportId};
use std::time::Duration;

/// Long enough for fingerprints, with a number in it.
fn text(seed: u32, number: u32) -> String {
    let letter = |index: u32| char::from_u32(0x5000 + (index * index + seed * 1000) % 0x2000);
    let letters: String = (0..200).filter_map(letter).collect();
    format!("{letters}，共{number}件，{letters}")
}

fn saying(subject: &str, text: String) -> Report {
    let mut report = sample::report(subject, 2020, 1);
    report.sections[0].text = text;
    report
}

fn of(report: &Report) -> Vec<Fingerprint> {
    let (subject, issuer, region) = (&*report.subject.name, &*report.issuer.name, &*report.region.name);
    fingerprints(&Narrative::of(report, Names { subject, issuer, region }))
}

async fn index(subject: &Subject, limit: u32) {
    while subject.store.index(limit).await.unwrap().changes != 0 {}
}

async fn store(subject: &Subject, bytes: &'static str, report: &Report) -> ReportId {
    subject.store_reports(new(bytes), std::slice::from_ref(report)).await.reports[0].report
}

async fn sharing(subject: &Subject, report: &Report, at: ReadAt) -> Sharing {
    subject.store.sharing(&of(report), at).await.unwrap()
}

fn ids(sharing: &Sharing) -> Vec<ReportId> {
    sharing.sharers.iter().map(|it| it.report.info.report).collect()
}

pub(super) async fn who_has_the_same_words_is_told_whatever_the_numbers_and_names(subject: &Subject) {
    let one = saying("甲县", format!("甲县{}{}", text(1, 12), text(9, 3)));
    let two = saying("乙县", format!("{}乙县{}", text(2, 5), text(1, 9876)));
    let ids_of = [
        store(subject, "one", &one).await,
        store(subject, "two", &two).await,
        store(subject, "three", &saying("丙县", text(3, 12))).await,
    ];
    index(subject, INDEX_MAX).await;
    let shared = sharing(subject, &one, ReadAt::default()).await;
    assert_eq!(ids(&shared), [ids_of[0], ids_of[1]]);
    let [own, other] = shared.sharers.as_slice() else { panic!("there are two") };
    assert_eq!(own.fingerprints, of(&one));
    let both: Vec<_> = of(&two).into_iter().filter(|it| of(&one).contains(it)).collect();
    assert!(4 < both.len() && other.fingerprints == both);
    assert!(0 < other.rarity && other.rarity < own.rarity);
    assert_eq!(other.report.keys.subject, "乙县");
    assert_eq!(subject.store.sharing(&[], ReadAt::default()).await.unwrap().sharers, []);
    let unknown = sharing(subject, &saying("丁县", text(4, 1)), ReadAt::default()).await;
    assert_eq!((unknown.sharers.as_slice(), unknown.position), (&[][..], shared.position));
}

pub(super) async fn sharing_is_told_as_of_what_the_index_has_reached(subject: &Subject) {
    let (one, two) = (saying("甲县", text(1, 12)), saying("乙县", text(1, 13)));
    let first = store(subject, "one", &one).await;
    let none = sharing(subject, &one, ReadAt::default()).await;
    let latest = subject.store.wait_for_change(Position(0), Duration::ZERO).await.unwrap();
    assert!(none.sharers.is_empty() && none.position < latest);
    index(subject, INDEX_MAX).await;
    let then = sharing(subject, &one, ReadAt::default()).await.position;
    let second = store(subject, "two", &two).await;
    assert_eq!(ids(&sharing(subject, &one, ReadAt::default()).await), [first]);
    index(subject, INDEX_MAX).await;
    let mut both = ids(&sharing(subject, &one, ReadAt::default()).await);
    both.sort_unstable();
    assert_eq!(both, [first.min(second), first.max(second)]);
    let before = sharing(subject, &one, ReadAt::default().after(then)).await;
    assert_eq!((ids(&before), before.position), (vec![first], then));
    // What says something else by now shares no more, as of now.
    let again = store(subject, "three", &saying("乙县", text(5, 1))).await;
    assert_eq!(again, second);
    index(subject, INDEX_MAX).await;
    assert_eq!(ids(&sharing(subject, &one, ReadAt::default()).await), [first]);
}

pub(super) async fn drafts_share_with_drafts(subject: &Subject) {
    let (one, two) = (saying("甲县", text(1, 12)), saying("乙县", text(1, 13)));
    // More than an index has places for, before anything is published.
    let many: Vec<Report> =
        (0..HOLDERS_MAX + 8).map(|number| saying(&format!("第{number}县"), text(7, 1))).collect();
    for (bytes, some) in ["many", "more"].into_iter().zip(many.chunks(HOLDERS_MAX / 2 + 8)) {
        subject.store_reports(draft(new(bytes)), some).await;
    }
    index(subject, INDEX_MAX).await;
    let same = saying("丙县", text(7, 2));
    let third = store(subject, "three", &same).await;
    index(subject, INDEX_MAX).await;
    let alone = sharing(subject, &same, ReadAt::default()).await;
    assert_eq!(ids(&alone), [third]);
    assert!(alone.sharers.iter().all(|it| 0 < it.rarity));
    let published = store(subject, "one", &one).await;
    let drafted =
        subject.store_reports(draft(new("two")), std::slice::from_ref(&two)).await.reports[0].report;
    index(subject, INDEX_MAX).await;
    assert_eq!(ids(&sharing(subject, &one, ReadAt::default()).await), [published]);
    let drafts = ReadAt { purpose: Purpose::Draft, ..ReadAt::default() };
    assert_eq!(ids(&sharing(subject, &one, drafts).await), [drafted]);
}

pub(super) async fn of_what_very_many_have_those_are_told_who_had_it_first(subject: &Subject) {
    let report = |number: usize| saying(&format!("第{number}县"), text(1, 7));
    let mut first = Vec::new();
    for bytes in ["one", "two"] {
        let from = first.len() * 100;
        let parts: Vec<Report> = (from..from + 100).map(report).collect();
        first.push(subject.store_reports(new(bytes), &parts).await.reports);
        // In pieces, so that it is full before the last one.
        index(subject, 60).await;
    }
    let shared = sharing(subject, &report(0), ReadAt::default()).await;
    assert_eq!(shared.sharers.len(), HOLDERS_MAX);
    assert!(shared.sharers.iter().all(|it| it.rarity == 0));
    let mut told = ids(&shared);
    told.sort_unstable();
    let mut both: Vec<Vec<ReportId>> =
        first.iter().map(|reports| reports.iter().map(|it| it.report).collect()).collect();
    // Reports of one document become current in the order of their names.
    both.iter_mut().for_each(|ids| ids.sort_unstable());
    let mut expected = both.concat();
    expected.truncate(HOLDERS_MAX);
    expected.sort_unstable();
    assert_eq!(told, expected);
}

pub(super) async fn what_is_read_again_keeps_its_place_among_very_many(subject: &Subject) {
    let report = |number: usize| saying(&format!("第{number}县"), text(1, 7));
    let again = |number: usize| {
        let mut report = report(number);
        report.title.text.push_str("（更正）");
        report.extractor_version = 2;
        report
    };
    let (all, later): (Vec<Report>, Vec<Report>) =
        (0..HOLDERS_MAX + 2).map(|number| (report(number), again(number))).unzip();
    for (bytes, some) in ["one", "two"].into_iter().zip(all.chunks(100)) {
        subject.store_reports(new(bytes), some).await;
        index(subject, 60).await;
    }
    let before = sharing(subject, &report(0), ReadAt::default()).await;
    for (bytes, some) in ["one", "two"].into_iter().zip(later.chunks(100)) {
        let accepted = subject.accept(new(bytes)).await;
        let attempt = subject.begin_as(accepted.id, 2).await;
        subject.complete_as(&attempt, 2, sample::reports(some)).await.unwrap();
        index(subject, 60).await;
    }
    let now = sharing(subject, &report(0), ReadAt::default()).await;
    let sorted = |sharing: &Sharing| {
        let mut ids = ids(sharing);
        ids.sort_unstable();
        ids
    };
    assert_eq!(sorted(&now), sorted(&before));
    assert!(now.sharers.iter().all(|it| it.report.info.revision == 2 && it.rarity == 0));
    // As of then, those are told who had it then.
    let then = sharing(subject, &report(0), ReadAt::default().after(before.position)).await;
    assert_eq!((sorted(&then), then.position), (sorted(&before), before.position));
    assert!(then.sharers.iter().all(|it| it.report.info.revision == 1));
}
