use super::{Subject, draft, new, sample};
use crate::{
    BATCH_MAX, Cause, Cell, Cells, ChangePlace, Clock, FindingQuery, Page, PageRequest, Position, ReadAt,
    ReportField, ReportKey, ReportOrder, ReportQuery, ReportRevision, ReportSummary, StoreError,
    StoredReport, Submission, report_schema,
};
use gongkai_filter::{Filter, Limits};
use gongkai_model::{
    Date, Dates, Derivation, Period, Portion, Purpose, Report, ReportId, ScopeKind, State, Value,
};
use std::time::Duration;

const DRAFTS: ReadAt = ReadAt { purpose: Purpose::Draft, as_of: None, published_until: None };

/// Stores one report read from a document of these bytes.
pub(super) async fn store(subject: &Subject, bytes: &'static str, report: &Report) -> ReportRevision {
    subject.store_reports(new(bytes), std::slice::from_ref(report)).await.reports[0]
}

/// The same, by a later extractor.
async fn store_as(subject: &Subject, bytes: &'static str, version: u32, report: &Report) -> ReportRevision {
    let report = Report { extractor_version: version, ..report.clone() };
    let accepted = subject.accept(new(bytes)).await;
    let attempt = subject.begin_as(accepted.id, version).await;
    subject.complete_as(&attempt, version, sample::reports(&[report])).await.unwrap().reports[0]
}

async fn read(subject: &Subject, id: ReportId) -> StoredReport {
    subject.store.report(id, ReadAt::default()).await.unwrap()
}

pub(super) async fn list(subject: &Subject, query: &ReportQuery) -> Vec<ReportSummary> {
    let page = subject.store.reports(query, &PageRequest::first(100)).await.unwrap();
    assert_eq!(page.next, None);
    page.items
}

pub(super) async fn ids(subject: &Subject, query: &ReportQuery) -> Vec<ReportId> {
    list(subject, query).await.iter().map(|summary| summary.info.report).collect()
}

/// A filter of reports, as callers write it.
pub(super) fn filter(text: &str) -> Option<Filter<ReportField>> {
    gongkai_filter::parse(text, &report_schema(), Limits::STANDARD).unwrap()
}

pub(super) async fn a_report_comes_back_whole(subject: &Subject) {
    let report = sample::report("甲县", 2020, 12);
    let done = subject.store_reports(new("one"), std::slice::from_ref(&report)).await;
    let read = read(subject, done.reports[0].report).await;
    assert_eq!(read.report, report);
    assert_eq!((read.info.revision, read.info.cause), (1, Cause::Received));
    assert_eq!((read.info.document, read.info.part), (done.document, 1));
    assert_eq!(read.renditions, [done.document]);
    assert_eq!(read.info.recorded_at, subject.clock.now());
    let summary = list(subject, &ReportQuery::default()).await.remove(0);
    assert_eq!(summary.info, read.info);
    assert_eq!((summary.findings_failing, summary.figures_undetermined), (2, 1));
    assert_eq!(summary.keys, crate::ReportKeys::of(&report));
    let revision = subject.store.report_revision(read.info.report, 1, Purpose::Published).await.unwrap();
    assert_eq!(revision, read);
}

pub(super) async fn a_report_of_two_purposes_is_two_reports_and_drafts_stay_apart(subject: &Subject) {
    let report = sample::report("甲县", 2020, 1);
    let drafted =
        subject.store_reports(draft(new("one")), std::slice::from_ref(&report)).await.reports[0].report;
    assert!(list(subject, &ReportQuery::default()).await.is_empty());
    let published = store(subject, "one", &report).await.report;
    assert_ne!(published, drafted);
    for (at, own, other) in [(ReadAt::default(), published, drafted), (DRAFTS, drafted, published)] {
        assert_eq!(subject.store.report(own, at).await.unwrap().report, report);
        assert!(matches!(subject.store.report(other, at).await, Err(StoreError::NotFound(_))));
        let revision = subject.store.report_revision(other, 1, at.purpose).await;
        assert!(matches!(revision, Err(StoreError::NotFound(_))));
        assert!(matches!(subject.store.revisions(other, at).await, Err(StoreError::NotFound(_))));
        assert_eq!(ids(subject, &ReportQuery { at, ..Default::default() }).await, [own]);
        let key = ReportKey { subject: "甲县".to_owned(), scope: None, year: 2020 };
        assert_eq!(subject.store.resolve(&key, at).await.unwrap(), [own]);
        let batch = subject.store.reports_by_id(&[other, own], at).await.unwrap();
        assert_eq!(batch.iter().map(Option::is_some).collect::<Vec<_>>(), [false, true]);
        let query = FindingQuery { at, ..Default::default() };
        let findings = subject.store.findings(&query, &PageRequest::first(100)).await.unwrap();
        assert!(findings.items.iter().all(|finding| finding.revision.report == own));
        assert_eq!(findings.items.len(), 3);
    }
}

pub(super) async fn an_equal_record_in_another_document_is_a_rendition(subject: &Subject) {
    let mut report = sample::report("甲县", 2020, 1);
    let first = subject.store_reports(new("one"), std::slice::from_ref(&report)).await;
    // Another rendition has other places and other white space.
    report.figures[0].span = None;
    report.title.text.push(' ');
    let second = subject.store_reports(new("two"), std::slice::from_ref(&report)).await;
    assert_eq!(second.reports, first.reports);
    let read = read(subject, first.reports[0].report).await;
    assert_eq!((read.info.revision, read.info.document), (1, first.document));
    assert_eq!(read.renditions, [first.document, second.document]);
    let revisions = subject.store.revisions(read.info.report, ReadAt::default()).await.unwrap();
    assert_eq!(revisions, [read.info]);
}

pub(super) async fn what_becomes_current_is_told_in_order_and_none_is_skipped(subject: &Subject) {
    let first = store(subject, "one", &sample::report("甲县", 2020, 1)).await.report;
    // Two reports of one document become current together.
    let parts = [sample::report("乙县", 2020, 1), sample::report("丙县", 2020, 1)];
    let both = subject.store_reports(new("both"), &parts).await.reports;
    let again = store(subject, "two", &sample::report("甲县", 2020, 2)).await;
    assert_eq!(again, ReportRevision { report: first, revision: 2 });
    // A rendition and a draft change nothing that is published.
    store(subject, "three", &sample::report("甲县", 2020, 2)).await;
    subject.store_reports(draft(new("four")), &[sample::report("丁县", 2020, 1)]).await;
    // What was sent again is current again.
    store(subject, "one", &sample::report("甲县", 2020, 1)).await;

    let until = subject.store.wait_for_change(Position(0), Duration::ZERO).await.unwrap();
    let changes = async |after, until, limit| {
        subject.store.report_changes(Purpose::Published, after, until, limit).await.unwrap()
    };
    let all = changes(ChangePlace::default(), until, 100).await;
    let told: Vec<_> = all
        .iter()
        .map(|change| (change.current.info.report, change.previous, change.current.info.revision))
        .collect();
    let mut expected = vec![(both[0].report, None, 1), (both[1].report, None, 1)];
    expected.sort_unstable();
    expected.insert(0, (first, None, 1));
    expected.extend([(first, Some(1), 2), (first, Some(2), 1)]);
    assert_eq!(told, expected);
    assert_eq!(all[1].position, all[2].position);
    assert_eq!(all[3].current, list(subject, &at(all[3].position)).await.pop().unwrap());
    assert_eq!(all[4].current.info.position, all[0].position, "the revision is as old as it was");

    // One by one, also in between those of one position, nothing is skipped or told twice.
    let (mut place, mut one_by_one) = (ChangePlace::default(), Vec::new());
    while let Some(next) = changes(place, until, 1).await.pop() {
        place = next.place();
        one_by_one.push(next);
    }
    assert_eq!(one_by_one, all);
    let behind = ChangePlace { position: all[1].position, report: None };
    assert_eq!(changes(behind, until, 100).await, all[3..]);
    assert_eq!(changes(ChangePlace::default(), all[2].position, 100).await, all[..3]);
}

/// The reports that were current after a position, in the order of their changes.
fn at(position: Position) -> ReportQuery {
    let at = ReadAt { as_of: Some(position), ..ReadAt::default() };
    ReportQuery { at, ..ReportQuery::default() }
}

pub(super) async fn a_republication_with_changes_is_a_new_revision(subject: &Subject) {
    let first = store(subject, "one", &sample::report("甲县", 2020, 1)).await;
    let changed = sample::report("甲县", 2020, 2);
    let second = store(subject, "two", &changed).await;
    assert_eq!(second, ReportRevision { revision: 2, ..first });
    let read = read(subject, first.report).await;
    assert_eq!((read.info.revision, read.info.cause, read.report), (2, Cause::Republished, changed));
    assert_eq!(list(subject, &ReportQuery::default()).await.len(), 1);
    let old = subject.store.report_revision(first.report, 1, Purpose::Published).await.unwrap();
    assert_eq!(old.report, sample::report("甲县", 2020, 1));
    let none = subject.store.report_revision(first.report, 3, Purpose::Published).await;
    assert!(matches!(none, Err(StoreError::NotFound(_))));
    let history = subject.store.revisions(first.report, ReadAt::default()).await.unwrap();
    assert_eq!(history.iter().map(|info| info.revision).collect::<Vec<_>>(), [1, 2]);
}

pub(super) async fn reading_again_with_a_later_extractor_is_a_revision_only_where_it_reads_otherwise(
    subject: &Subject,
) {
    let report = sample::report("甲县", 2020, 1);
    let first = store(subject, "one", &report).await;
    assert_eq!(store_as(subject, "one", 2, &report).await, first);
    // Even the subject may be read otherwise: it is the same report all the same.
    let otherwise = sample::report("乙县", 2020, 5);
    let third = store_as(subject, "one", 3, &otherwise).await;
    assert_eq!(third, ReportRevision { revision: 2, ..first });
    let read = read(subject, first.report).await;
    assert_eq!((read.info.cause, read.info.extractor_version), (Cause::Reparsed, 3));
    // A worker of an older version that comes late changes nothing.
    let late = store_as(subject, "one", 2, &report).await;
    assert_eq!(late, first);
    assert_eq!(self::read(subject, first.report).await.info, read.info);
}

pub(super) async fn the_newest_capture_is_current_whatever_is_read_last(subject: &Subject) {
    let older = subject.accept(new("one")).await;
    let newer = subject.accept(new("two")).await;
    let (older, newer) = (subject.begin(older.id).await, subject.begin(newer.id).await);
    let outcome = sample::reports(&[sample::report("甲县", 2020, 2)]);
    let read_first = subject.complete(&newer, outcome).await.unwrap().reports[0];
    let outcome = sample::reports(&[sample::report("甲县", 2020, 1)]);
    let read_last = subject.complete(&older, outcome).await.unwrap().reports[0];
    assert_eq!(read_last, ReportRevision { revision: 2, ..read_first });
    assert_eq!(read(subject, read_first.report).await.info.revision, 1);
    assert_eq!(list(subject, &ReportQuery::default()).await[0].info.revision, 1);
}

pub(super) async fn a_revision_that_is_captured_again_is_current_again(subject: &Subject) {
    let report = sample::report("甲县", 2020, 1);
    let first = store(subject, "one", &report).await;
    store(subject, "two", &sample::report("甲县", 2020, 2)).await;
    let again = subject.accept(new("one")).await;
    let attempt = subject.begin(again.id).await;
    subject.complete(&attempt, crate::AttemptOutcome::Known).await.unwrap();
    assert_eq!(read(subject, first.report).await.info.revision, 1);
    assert_eq!(subject.store.revisions(first.report, ReadAt::default()).await.unwrap().len(), 2);
}

pub(super) async fn reports_of_the_same_name_in_two_regions_stay_apart(subject: &Subject) {
    let mut report = sample::report("教育局", 2020, 1);
    report.region.name = "甲县".to_owned();
    let first = store(subject, "one", &report).await;
    report.region.name = "乙县".to_owned();
    let second = store(subject, "two", &report).await;
    assert_ne!(second.report, first.report);
    let key = ReportKey { subject: "教育局".to_owned(), scope: None, year: 2020 };
    let mut expected = vec![first.report, second.report];
    expected.sort_unstable();
    assert_eq!(subject.store.resolve(&key, ReadAt::default()).await.unwrap(), expected);
}

pub(super) async fn reports_without_a_certain_key_stay_apart(subject: &Subject) {
    let certain = sample::report("甲县", 2020, 1);
    let without_year = Report { year: None, ..certain.clone() };
    let mut without_region = certain.clone();
    without_region.region = gongkai_model::RegionText::default();
    let mut without_subject = certain.clone();
    without_subject.subject = gongkai_model::Body::default();
    let documents = [["a", "b"], ["c", "d"], ["e", "f"]];
    for (report, [first, second]) in [without_year, without_region, without_subject].iter().zip(documents) {
        let first = store(subject, first, report).await;
        let second = store(subject, second, report).await;
        assert_ne!(first.report, second.report);
    }
}

pub(super) async fn several_reports_in_one_document_stay_apart(subject: &Subject) {
    let report = sample::report("甲县", 2020, 1);
    let done = subject.store_reports(new("one"), &[report.clone(), report.clone()]).await;
    assert_ne!(done.reports[0].report, done.reports[1].report);
    // Each part stays the report that it was.
    let accepted = subject.accept(new("one")).await;
    let attempt = subject.begin_as(accepted.id, 2).await;
    let otherwise = sample::report("甲县", 2020, 9);
    let again = subject.complete_as(&attempt, 2, sample::reports(&[report, otherwise])).await.unwrap();
    assert_eq!(again.reports[0], done.reports[0]);
    assert_eq!(again.reports[1], ReportRevision { revision: 2, ..done.reports[1] });
}

pub(super) async fn a_report_is_read_as_it_was(subject: &Subject) {
    let empty = subject.accept(new("zero")).await.position;
    let first = store(subject, "one", &sample::report("甲县", 2020, 1)).await;
    let then = read(subject, first.report).await;
    let position = then.info.position;
    store(subject, "two", &sample::report("甲县", 2020, 2)).await;
    store(subject, "three", &sample::report("乙县", 2020, 2)).await;
    let at = |as_of| ReadAt { as_of: Some(as_of), ..Default::default() };
    assert_eq!(subject.store.report(first.report, at(position)).await.unwrap(), then);
    assert!(matches!(subject.store.report(first.report, at(empty)).await, Err(StoreError::NotFound(_))));
    let query = ReportQuery { at: at(position), ..Default::default() };
    let listed = list(subject, &query).await;
    assert_eq!(listed.iter().map(|summary| summary.info.clone()).collect::<Vec<_>>(), [then.info]);
    let key = ReportKey { subject: "乙县".to_owned(), scope: None, year: 2020 };
    assert_eq!(subject.store.resolve(&key, at(position)).await.unwrap(), []);
    let batch = subject.store.reports_by_id(&[first.report], at(empty)).await.unwrap();
    assert_eq!(batch, [None]);
    let query = FindingQuery { at: at(position), ..Default::default() };
    let findings = subject.store.findings(&query, &PageRequest::first(100)).await.unwrap();
    assert!(findings.items.iter().all(|finding| finding.revision == first));
}

/// A report of 甲县 that says of itself when it was published.
fn dated(date: Option<(u16, u8, u8)>, count: i64) -> Report {
    let stated = date.map(|(year, month, day)| Date::new(year, month, day).unwrap());
    Report { dates: Dates { stated, page: None }, ..sample::report("甲县", 2020, count) }
}

fn until(year: u16, month: u8, day: u8) -> ReadAt {
    ReadAt { published_until: Date::new(year, month, day).ok(), ..ReadAt::default() }
}

/// The revision that every read of the report shows, all of them the same; none where none shows it.
async fn shown(subject: &Subject, id: ReportId, at: ReadAt) -> Option<u32> {
    let found = subject.store.report(id, at).await.ok();
    let revision = found.as_ref().map(|stored| stored.info.revision);
    assert_eq!(subject.store.reports_by_id(&[id], at).await.unwrap(), std::slice::from_ref(&found));
    let record = found.as_ref().map(|stored| stored.report.clone());
    assert_eq!(subject.store.records_by_id(&[id], at).await.unwrap(), std::slice::from_ref(&record));
    let keys = ["requests.received.total".to_owned()];
    let cells = record.as_ref().map(|record| crate::packed::cells_of(record, &keys));
    assert_eq!(subject.store.cells(&[id], &keys, at).await.unwrap(), std::slice::from_ref(&cells));
    for order in [ReportOrder::Changed, ReportOrder::ChangedLast, ReportOrder::Year, ReportOrder::YearLast] {
        // By the keys of what is current, and by those of its revision.
        for text in ["subject = 甲县", "-title : x"] {
            let query = ReportQuery { at, order, filter: filter(text), ..Default::default() };
            let listed: Vec<u32> = list(subject, &query).await.iter().map(|it| it.info.revision).collect();
            assert_eq!(listed, Vec::from_iter(revision), "{text} by {order:?}");
            let page =
                subject.store.reports_with_cells(&query, &PageRequest::first(100), &keys).await.unwrap();
            let listed: Vec<Cells> = page.items.into_iter().map(|(_, cells)| cells).collect();
            assert_eq!(listed, Vec::from_iter(cells.clone()));
        }
    }
    let key = ReportKey { subject: "甲县".to_owned(), scope: None, year: 2020 };
    assert_eq!(subject.store.resolve(&key, at).await.unwrap(), Vec::from_iter(revision.map(|_| id)));
    let query = FindingQuery { at, ..Default::default() };
    let findings = subject.store.findings(&query, &PageRequest::first(100)).await.unwrap().items;
    assert!(findings.iter().all(|finding| Some(finding.revision.revision) == revision));
    assert_eq!(findings.is_empty(), revision.is_none());
    revision
}

pub(super) async fn a_report_is_read_as_it_had_been_published(subject: &Subject) {
    let id = store(subject, "one", &dated(Some((2021, 1, 30)), 1)).await.report;
    let then = subject.store.wait_for_change(Position(0), Duration::ZERO).await.unwrap();
    store(subject, "two", &dated(Some((2021, 6, 1)), 2)).await;
    store(subject, "three", &dated(None, 3)).await;

    assert_eq!(shown(subject, id, ReadAt::default()).await, Some(3));
    assert_eq!(shown(subject, id, until(2021, 1, 29)).await, None);
    assert_eq!(shown(subject, id, until(2021, 1, 30)).await, Some(1));
    assert_eq!(shown(subject, id, until(2021, 5, 31)).await, Some(1));
    assert_eq!(shown(subject, id, until(2021, 6, 1)).await, Some(2));
    // When the third was published is not known.
    assert_eq!(shown(subject, id, until(9999, 12, 31)).await, Some(2));
    // With both clocks: what was published by then, and known by then.
    assert_eq!(shown(subject, id, until(2021, 6, 1).after(then)).await, Some(1));
    assert_eq!(shown(subject, id, until(2021, 1, 29).after(then)).await, None);
    assert_eq!(shown(subject, id, until(2021, 6, 1).after(Position(0))).await, None);

    let revisions = async |at| {
        let found = subject.store.revisions(id, at).await;
        found.map(|found| found.iter().map(|info| info.revision).collect::<Vec<_>>())
    };
    assert_eq!(revisions(until(2021, 6, 1)).await.unwrap(), [1, 2]);
    assert_eq!(revisions(until(2021, 6, 1).after(then)).await.unwrap(), [1]);
    assert_eq!(revisions(ReadAt::default().after(then)).await.unwrap(), [1]);
    assert!(matches!(revisions(until(2021, 1, 29)).await, Err(StoreError::NotFound(_))));
    // What is current again is shown again, and a place in a list is bound to the day.
    store(subject, "one", &dated(Some((2021, 1, 30)), 1)).await;
    assert_eq!(shown(subject, id, until(9999, 12, 31)).await, Some(1));
    store(
        subject,
        "four",
        &Report { dates: dated(Some((2021, 1, 30)), 1).dates, ..sample::report("乙县", 2020, 1) },
    )
    .await;
    let query = ReportQuery { at: until(2021, 6, 1), ..Default::default() };
    let page = subject.store.reports(&query, &PageRequest::first(1)).await.unwrap();
    let other = ReportQuery { at: until(2021, 6, 2), ..Default::default() };
    let refused = subject.store.reports(&other, &PageRequest { size: 1, cursor: page.next.clone() }).await;
    assert!(matches!(refused, Err(StoreError::CursorInvalid)));
    let rest = subject.store.reports(&query, &PageRequest { size: 1, cursor: page.next }).await.unwrap();
    assert_eq!(rest.items[0].keys.subject, "乙县");
}

pub(super) async fn what_was_dated_wrongly_had_not_been_published(subject: &Subject) {
    let id = store(subject, "one", &dated(Some((2021, 1, 30)), 1)).await.report;
    store(subject, "two", &dated(Some((2021, 2, 1)), 2)).await;
    // Another rendition of the second says the same, and is read again first.
    store(subject, "three", &dated(Some((2021, 2, 1)), 2)).await;
    let then = subject.store.wait_for_change(Position(0), Duration::ZERO).await.unwrap();
    assert_eq!(shown(subject, id, until(2021, 3, 1)).await, Some(2));
    store_as(subject, "three", 2, &dated(Some((2021, 12, 1)), 2)).await;
    assert_eq!(shown(subject, id, ReadAt::default()).await, Some(3));
    assert_eq!(shown(subject, id, until(2021, 3, 1)).await, Some(1));
    assert_eq!(shown(subject, id, until(2021, 12, 1)).await, Some(3));
    assert_eq!(shown(subject, id, until(2021, 3, 1).after(then)).await, Some(2));
}

pub(super) async fn a_batch_answers_in_order_with_gaps(subject: &Subject) {
    let first = store(subject, "one", &sample::report("甲县", 2020, 1)).await.report;
    let second = store(subject, "two", &sample::report("乙县", 2020, 2)).await.report;
    let wanted = [second, ReportId::generate(), first, second];
    let batch = subject.store.reports_by_id(&wanted, ReadAt::default()).await.unwrap();
    let got: Vec<_> = batch.iter().map(|report| report.as_ref().map(|report| report.info.report)).collect();
    assert_eq!(got, [Some(second), None, Some(first), Some(second)]);
    assert_eq!(batch[2], Some(read(subject, first).await));
    assert_eq!(subject.store.reports_by_id(&[], ReadAt::default()).await.unwrap(), []);

    // Their records alone, also as of a position and for a purpose.
    let records = async |at| subject.store.records_by_id(&wanted, at).await.unwrap();
    let of = |batch: Vec<Option<StoredReport>>| -> Vec<Option<Report>> {
        batch.into_iter().map(|stored| stored.map(|stored| stored.report)).collect()
    };
    let before = of(batch.clone());
    assert_eq!(records(ReadAt::default()).await, before);
    let then = batch[0].as_ref().unwrap().info.position;
    store(subject, "three", &sample::report("甲县", 2020, 5)).await;
    let now = of(subject.store.reports_by_id(&wanted, ReadAt::default()).await.unwrap());
    assert_ne!(now, before);
    assert_eq!(records(ReadAt::default()).await, now);
    assert_eq!(records(ReadAt { as_of: Some(then), ..Default::default() }).await, before);
    assert_eq!(records(DRAFTS).await, [None, None, None, None]);
    assert_eq!(subject.store.records_by_id(&[], ReadAt::default()).await.unwrap(), []);
}

pub(super) async fn cells_are_told_without_their_records(subject: &Subject) {
    let plain = store(subject, "one", &sample::report("甲县", 2020, 1)).await.report;
    // The first of its key is of all years together, so that the key means the second.
    let mut several = sample::report("乙县", 2020, 2);
    let total = several.figures[0].clone();
    several.figures[0].period = Period::Cumulative;
    several.figures.push(total);
    several.figures[1].portion = Portion::Townships;
    let of_several = store(subject, "two", &several).await.report;
    let keys =
        ["requests.received.total", "requests.received.natural_person", "of.no.form"].map(str::to_owned);
    let ids = [of_several, ReportId::generate(), plain, of_several];
    let cells = subject.store.cells(&ids, &keys, ReadAt::default()).await.unwrap();
    let cell = |state, value| Some(Cell { state, value, derivation: Derivation::Read });
    let number = |count| cell(State::Number, Some(Value::Count(count)));
    let subject_of = &sample::report("甲县", 2020, 1).subject;
    let of = |of_keys| Some(Cells { subject: Some((subject_of.rank, subject_of.kind)), of_keys });
    let of_several = of(vec![number(2), None, None]);
    let blank = cell(State::Blank, None);
    assert_eq!(cells, [of_several.clone(), None, of(vec![number(1), blank, None]), of_several]);

    // As of a position, and for a purpose.
    let then = read(subject, plain).await.info.position;
    store(subject, "three", &sample::report("甲县", 2020, 5)).await;
    let cells = async |at| subject.store.cells(&[plain], &keys[..1], at).await.unwrap();
    assert_eq!(cells(ReadAt::default()).await, [of(vec![number(5)])]);
    assert_eq!(cells(ReadAt { as_of: Some(then), ..Default::default() }).await, [of(vec![number(1)])]);
    assert_eq!(cells(DRAFTS).await, [None]);
    assert_eq!(subject.store.cells(&[], &keys, ReadAt::default()).await.unwrap(), []);
    let many = vec![plain; BATCH_MAX + 1];
    let refused = subject.store.cells(&many, &keys, ReadAt::default()).await;
    assert!(matches!(refused, Err(StoreError::TooLarge { .. })));
}

pub(super) async fn a_page_with_cells_is_the_page_with_their_cells(subject: &Subject) {
    let names = ["甲县", "乙县", "丙县", "丁县", "戊县"];
    let documents = ["a", "b", "c", "d", "e"];
    let mut position = Position::default();
    for ((name, document), count) in names.into_iter().zip(documents).zip(1..) {
        let mut report = sample::report(name, 2020, count);
        // Of one of them the packed row alone does not tell.
        if name == "乙县" {
            let total = report.figures[0].clone();
            report.figures[0].period = Period::Cumulative;
            report.figures.push(total);
        }
        let id = store(subject, document, &report).await.report;
        position = read(subject, id).await.info.position;
    }
    // What comes later is not seen, neither as a report nor in a cell.
    store(subject, "f", &sample::report("己县", 2020, 6)).await;
    store(subject, "g", &sample::report("甲县", 2020, 7)).await;
    let query = ReportQuery {
        at: ReadAt { as_of: Some(position), ..Default::default() },
        filter: filter("-丙县"),
        ..Default::default()
    };
    let keys = ["requests.received.total", "of.no.form"].map(str::to_owned);
    let mut page = PageRequest::first(2);
    let mut seen = Vec::new();
    loop {
        let plain = subject.store.reports(&query, &page).await.unwrap();
        let with_cells = subject.store.reports_with_cells(&query, &page, &keys).await.unwrap();
        let ids: Vec<ReportId> = plain.items.iter().map(|summary| summary.info.report).collect();
        let cells = subject.store.cells(&ids, &keys, query.at).await.unwrap();
        let expected: Vec<_> = plain.items.into_iter().zip(cells.into_iter().map(Option::unwrap)).collect();
        assert_eq!(with_cells, Page { items: expected, next: plain.next });
        seen.extend(with_cells.items.iter().map(|(_, cells)| cells.of_keys[0].and_then(|cell| cell.value)));
        let Some(next) = with_cells.next else { break };
        page.cursor = Some(next);
    }
    assert_eq!(seen, [1, 2, 4, 5].map(|count| Some(Value::Count(count))));
}

pub(super) async fn a_batch_is_bounded(subject: &Subject) {
    let ids = vec![ReportId::generate(); BATCH_MAX + 1];
    assert_eq!(subject.store.reports_by_id(&ids[1..], ReadAt::default()).await.unwrap().len(), BATCH_MAX);
    let refused = subject.store.reports_by_id(&ids, ReadAt::default()).await;
    assert!(matches!(refused, Err(StoreError::TooLarge { .. })));
    let refused = subject.store.records_by_id(&ids, ReadAt::default()).await;
    assert!(matches!(refused, Err(StoreError::TooLarge { .. })));
}

pub(super) async fn a_report_is_resolved_by_its_key(subject: &Subject) {
    let mut report = sample::report("甲县", 2020, 1);
    let whole = store(subject, "a", &report).await.report;
    report.scope.kind = ScopeKind::Organ;
    let organ = store(subject, "b", &report).await.report;
    let key = |scope, year| ReportKey { subject: "甲县".to_owned(), scope, year };
    let resolve = async |key| subject.store.resolve(&key, ReadAt::default()).await.unwrap();
    assert_eq!(resolve(key(Some(ScopeKind::WholeArea), 2020)).await, [whole]);
    assert_eq!(resolve(key(Some(ScopeKind::Organ), 2020)).await, [organ]);
    let mut both = [whole, organ];
    both.sort_unstable();
    assert_eq!(resolve(key(None, 2020)).await, both);
    assert_eq!(resolve(key(Some(ScopeKind::OwnLevel), 2020)).await, []);
    assert_eq!(resolve(key(None, 2019)).await, []);
    // The key follows what the report says now.
    let renamed = sample::report("甲市", 2020, 1);
    assert_eq!(store_as(subject, "a", 2, &renamed).await.report, whole);
    assert_eq!(resolve(key(Some(ScopeKind::WholeArea), 2020)).await, []);
}

pub(super) async fn the_position_of_a_time_is_found(subject: &Subject) {
    let before = subject.clock.now();
    subject.pass(Duration::from_secs(1));
    let first: Submission = subject.store_reports(new("a"), &[sample::report("甲县", 2020, 1)]).await;
    let then = subject.clock.now();
    subject.pass(Duration::from_secs(1));
    let second: Submission = subject.store_reports(new("b"), &[sample::report("甲县", 2020, 2)]).await;
    let position = async |time| subject.store.position_at(time).await.unwrap();
    assert_eq!(position(before).await, Position(0));
    assert_eq!(position(then).await, first.position);
    assert_eq!(position(then.after(Duration::from_millis(999))).await, first.position);
    assert_eq!(position(subject.clock.now()).await, second.position);
}

pub(super) async fn an_unknown_report_is_not_found(subject: &Subject) {
    let unknown = ReportId::generate();
    assert!(matches!(subject.store.report(unknown, ReadAt::default()).await, Err(StoreError::NotFound(_))));
    let revision = subject.store.report_revision(unknown, 1, Purpose::Published).await;
    assert!(matches!(revision, Err(StoreError::NotFound(_))));
    assert!(matches!(
        subject.store.revisions(unknown, ReadAt::default()).await,
        Err(StoreError::NotFound(_))
    ));
}
