use super::sample::{self, report};
use super::{LIMITS, Subject, draft, new};
use crate::memory::MemoryStore;
use crate::{
    Cause, ChangePlace, ContentDigest, ContentDigester, Correction, HeldSnapshot, HistoryBounds,
    HistoryProblem as Wrong, Kept, ManualClock, NewHistory, NewRevision, Overlay, Position, REVIEWS_MAX,
    ReadAt, ReportChange, ReportHistory, ReviewChange, RevisionInfo, Store, StoreError, StoredReview, Taken,
    Timestamp, last_review,
};
use gongkai_model::{
    Derivation, DocumentId, EndCause, FigureName, Opinion, Period, Portion, Purpose, Report, ReportId,
    Review, ReviewId, Said, State, Value,
};
use std::sync::Arc;
use std::time::Duration;

const KEY: &str = "requests.received.total";

fn twin() -> Subject {
    let clock = Arc::new(ManualClock::starting_at(Timestamp::from_micros(1_700_000_000_000_000)));
    Subject { store: Arc::new(MemoryStore::new(clock.clone(), LIMITS)), clock }
}

async fn position(store: &dyn Store) -> Position {
    store.wait_for_change(Position(i64::MAX), Duration::ZERO).await.unwrap()
}

async fn histories(store: &dyn Store, until: Position, page: u32) -> Vec<ReportHistory> {
    let mut all: Vec<ReportHistory> = Vec::new();
    loop {
        let after = all.last().map(|last| last.report);
        let found = store.histories(after, until, HistoryBounds::reports(page)).await.unwrap();
        if found.is_empty() {
            return all;
        }
        assert!(found.len() <= page as usize);
        all.extend(found);
    }
}

async fn content(store: &dyn Store) -> ContentDigest {
    let mut digester = ContentDigester::default();
    for history in histories(store, position(store).await, 10).await {
        assert!(digester.add(history.report, history.digest()), "in the order of their names");
    }
    digester.finish()
}

async fn carry(from: &dyn Store, to: &dyn Store) -> Vec<Taken> {
    let mut taken = Vec::new();
    for history in histories(from, position(from).await, 2).await {
        let new = Arc::new(NewHistory::new(history).unwrap());
        taken.push(to.take_history(new, Vec::new()).await.unwrap());
    }
    taken
}

async fn read(subject: &Subject, content: &'static [u8], record: &Report) -> ReportId {
    read_as(subject, content, 1, record).await
}

async fn read_as(subject: &Subject, content: &'static [u8], version: u32, record: &Report) -> ReportId {
    subject.pass(Duration::from_secs(1));
    let submission = subject.accept(new(content)).await;
    let attempt = subject.begin_as(submission.id, version).await;
    let record = Report { extractor_version: version, ..record.clone() };
    let outcome = sample::reports(std::slice::from_ref(&record));
    subject.complete_as(&attempt, version, outcome).await.unwrap().reports[0].report
}

fn said(count: i64) -> Said {
    Said { state: State::Number, value: Some(Value::Count(count)), wording: String::new() }
}

fn review(opinion: Opinion) -> Review {
    Review { id: ReviewId::generate(), author: "甲".to_owned(), note: "原件第2页".to_owned(), opinion }
}

fn amendment(beneath: i64, says: i64) -> Review {
    let figure = FigureName::new(KEY, Period::ThisYear, Portion::All);
    review(Opinion::Amendment { figure, beneath: said(beneath), says: said(says) })
}

fn corrected(record: &Report, says: i64) -> Correction {
    let mut record = record.clone();
    record.figures[0].value = Some(Value::Count(says));
    record.figures[0].derivation = Derivation::Amended;
    Correction::New(Box::new(NewRevision::pack(&record).unwrap()))
}

async fn change(subject: &Subject, report: ReportId, expected: u32) -> ReviewChange {
    let reviews = subject.store.reviews(report, Purpose::Published).await.unwrap();
    ReviewChange {
        report,
        purpose: Purpose::Published,
        expected,
        seen: last_review(&reviews),
        added: Vec::new(),
        ended: Vec::new(),
        base: Some(expected),
        correction: Correction::None,
        request: None,
    }
}

/// Reports to which everything has happened that can: their names.
async fn lives(subject: &Subject) -> Vec<ReportId> {
    let record = report("甲县", 2020, 3);
    let one = read(subject, b"one", &record).await;
    read(subject, b"one, elsewhere", &record).await;
    let (stands, withdrawn) = (amendment(3, 5), amendment(3, 6));
    let amended = ReviewChange {
        added: vec![withdrawn.clone()],
        correction: corrected(&record, 6),
        ..change(subject, one, 1).await
    };
    subject.store.review(amended).await.unwrap();
    let doubt =
        Opinion::Dispute { figure: FigureName::new(KEY, Period::ThisYear, Portion::All), beneath: said(3) };
    let amended = ReviewChange {
        added: vec![stands, review(doubt)],
        ended: vec![(withdrawn.id, EndCause::Replaced)],
        correction: corrected(&record, 5),
        base: Some(1),
        ..change(subject, one, 2).await
    };
    assert_eq!(subject.store.review(amended).await.unwrap().revision, 3);

    // Republished, and read again by a later extractor; taken back by reviewers in between.
    let two = read(subject, b"two", &report("乙县", 2020, 7)).await;
    let lapsed = amendment(7, 8);
    let amended = ReviewChange {
        added: vec![lapsed.clone()],
        correction: corrected(&report("乙县", 2020, 7), 8),
        ..change(subject, two, 1).await
    };
    subject.store.review(amended).await.unwrap();
    read(subject, b"two, republished", &report("乙县", 2020, 9)).await;
    let ended = ReviewChange {
        ended: vec![(lapsed.id, EndCause::Lapsed)],
        base: None,
        ..change(subject, two, 3).await
    };
    subject.store.review(ended).await.unwrap();
    read_as(subject, b"two, republished", 2, &report("乙县", 2020, 10)).await;

    // Two reports in one document.
    let both = [report("丙县", 2019, 1), Report { part: 2, ..report("丙县", 2020, 2) }];
    let parts = subject.store_reports(new(b"both".as_slice()), &both).await.reports;
    vec![one, two, parts[0].report, parts[1].report]
}

async fn changes(store: &dyn Store) -> Vec<ReportChange> {
    let (after, until) = (ChangePlace::default(), position(store).await);
    store.report_changes(Purpose::Published, after, until, 100).await.unwrap()
}

/// The revisions of a report, without their places.
async fn infos(store: &dyn Store, id: ReportId) -> Vec<RevisionInfo> {
    let mut infos = store.revisions(id, ReadAt::default()).await.unwrap();
    infos.iter_mut().for_each(|info| info.position = Position(0));
    infos
}

/// The reviews of a report, without their places.
async fn reviews(store: &dyn Store, id: ReportId) -> Vec<StoredReview> {
    let mut reviews = store.reviews(id, Purpose::Published).await.unwrap();
    for review in &mut reviews {
        review.position = Position(0);
        if let Some(end) = &mut review.end {
            end.position = Position(0);
        }
    }
    reviews.sort_by_key(|review| review.said.id);
    reviews
}

async fn are_the_same(ours: &dyn Store, theirs: &dyn Store, reports: &[ReportId]) {
    assert_eq!(content(ours).await, content(theirs).await);
    for id in reports {
        let (ours_at, theirs_at) =
            (ours.report(*id, ReadAt::default()), theirs.report(*id, ReadAt::default()));
        let (here, there) = (ours_at.await.unwrap(), theirs_at.await.unwrap());
        assert_eq!((&here.report, &here.renditions), (&there.report, &there.renditions));
        assert_eq!(infos(ours, *id).await, infos(theirs, *id).await, "also since when they are known");
        assert_eq!(ours.overlay(*id).await.unwrap(), theirs.overlay(*id).await.unwrap());
        assert_eq!(reviews(ours, *id).await, reviews(theirs, *id).await);
        let told = |changes: Vec<ReportChange>| -> Vec<_> {
            let of_it = changes.into_iter().filter(|change| change.current.info.report == *id);
            of_it.map(|change| (change.previous, change.current.info.revision)).collect()
        };
        assert_eq!(told(changes(ours).await), told(changes(theirs).await));
    }
    assert_eq!(ours.overtaken(10).await.unwrap(), theirs.overtaken(10).await.unwrap());
}

/// Revisions, reviews, what is current and what was told of it: all as it was, under the same names.
pub(super) async fn what_a_twin_gives_is_taken_whole(subject: &Subject) {
    let source = twin();
    let reports = lives(&source).await;
    let taken = carry(&*source.store, &*subject.store).await;
    assert_eq!(taken, [Taken::Added; 4]);
    are_the_same(&*subject.store, &*source.store, &reports).await;
}

/// The other way round.
pub(super) async fn what_is_given_is_taken_whole_by_a_twin(subject: &Subject) {
    let reports = lives(subject).await;
    let copy = twin();
    assert_eq!(carry(&*subject.store, &*copy.store).await, [Taken::Added; 4]);
    are_the_same(&*copy.store, &*subject.store, &reports).await;
}

/// What happens after a position does not show in what is given as of it.
pub(super) async fn a_history_is_given_as_it_was(subject: &Subject) {
    let record = report("甲县", 2020, 3);
    let id = read(subject, b"one", &record).await;
    let added = amendment(3, 5);
    let amended = ReviewChange {
        added: vec![added.clone()],
        correction: corrected(&record, 5),
        ..change(subject, id, 1).await
    };
    subject.store.review(amended).await.unwrap();
    let then = position(&*subject.store).await;
    let before = histories(&*subject.store, then, 10).await;
    let ended = ReviewChange {
        ended: vec![(added.id, EndCause::Withdrawn)],
        base: None,
        ..change(subject, id, 2).await
    };
    subject.store.review(ended).await.unwrap();
    read(subject, b"two", &report("乙县", 2020, 4)).await;
    read(subject, b"one, republished", &report("甲县", 2020, 9)).await;
    assert_eq!(histories(&*subject.store, then, 10).await, before);
    let now = histories(&*subject.store, position(&*subject.store).await, 10).await;
    assert_eq!(now.len(), 2);
    let grown = now.iter().find(|history| history.report == id).unwrap();
    assert_eq!(grown.as_of(then).as_ref(), before.first());
    assert_eq!(grown.as_of(then).unwrap().digest(), before[0].digest());
    assert_ne!(grown.digest(), before[0].digest());
    assert!(then < grown.changed() && before[0].changed() <= then);
    assert_eq!(histories(&*subject.store, Position(0), 10).await, []);
}

/// Each is given once, whatever the size of a page.
pub(super) async fn histories_are_given_in_order_page_by_page_and_without_drafts(subject: &Subject) {
    let reports = lives(subject).await;
    subject.store_reports(draft(new(b"draft".as_slice())), &[report("丁县", 2020, 1)]).await;
    let until = position(&*subject.store).await;
    let mut sorted = reports.clone();
    sorted.sort_unstable();
    for page in [1, 2, 3, 100] {
        let given = histories(&*subject.store, until, page).await;
        assert_eq!(given.iter().map(|history| history.report).collect::<Vec<_>>(), sorted);
    }
}

/// It is named, and neither what stands before it nor what stands behind it is lost.
pub(super) async fn a_history_that_is_too_large_is_named_and_passed_over(subject: &Subject) {
    let mut reports = lives(subject).await;
    reports.sort_unstable();
    let until = position(&*subject.store).await;
    let all = histories(&*subject.store, until, 10).await;
    // Those with three revisions have more than all others.
    let bytes = all
        .iter()
        .map(ReportHistory::packed_bytes)
        .filter(|bytes| *bytes < 3 * all_least(&all))
        .max()
        .unwrap();
    let (mut after, mut given, mut passed) = (None, Vec::new(), Vec::new());
    loop {
        match subject.store.histories(after, until, HistoryBounds { reports: 10, bytes }).await {
            Ok(page) => {
                let Some(last) = page.last() else { break };
                after = Some(last.report);
                given.extend(page.into_iter().map(|history| history.report));
            }
            Err(StoreError::HistoryTooLarge { report, actual, max }) => {
                assert!(bytes < actual && max == bytes);
                after = Some(report);
                passed.push(report);
            }
            Err(error) => panic!("{error:?}"),
        }
    }
    let is_large = |history: &&ReportHistory| bytes < history.packed_bytes();
    assert_eq!(passed, all.iter().filter(is_large).map(|history| history.report).collect::<Vec<_>>());
    assert!(!passed.is_empty() && !given.is_empty());
    given.extend(passed);
    given.sort_unstable();
    assert_eq!(given, reports);
}

fn all_least(all: &[ReportHistory]) -> u64 {
    all.iter().map(ReportHistory::packed_bytes).min().unwrap()
}

/// Nothing is written, and nothing is told.
pub(super) async fn what_is_taken_again_changes_nothing(subject: &Subject) {
    let source = twin();
    lives(&source).await;
    carry(&*source.store, &*subject.store).await;
    let (before, then) = (content(&*subject.store).await, position(&*subject.store).await);
    assert_eq!(carry(&*source.store, &*subject.store).await, [Taken::Unchanged; 4]);
    assert_eq!((content(&*subject.store).await, position(&*subject.store).await), (before, then));
}

/// What is new is added behind what is here, and told; an earlier state takes nothing back.
pub(super) async fn a_history_that_grew_is_extended(subject: &Subject) {
    let source = twin();
    let reports = lives(&source).await;
    carry(&*source.store, &*subject.store).await;
    let earlier = histories(&*source.store, position(&*source.store).await, 10).await;
    let then = position(&*subject.store).await;
    read(&source, b"one, republished", &report("甲县", 2020, 30)).await;
    let new = read(&source, b"four", &report("丁县", 2020, 4)).await;
    let mut taken = carry(&*source.store, &*subject.store).await;
    taken.sort_by_key(|taken| format!("{taken:?}"));
    assert_eq!(taken, [Taken::Added, Taken::Extended, Taken::Unchanged, Taken::Unchanged, Taken::Unchanged]);
    let all: Vec<ReportId> = reports.iter().copied().chain([new]).collect();
    are_the_same(&*subject.store, &*source.store, &all).await;
    let told = changes(&*subject.store).await;
    let told = told.iter().filter(|change| then < change.position).count();
    assert_eq!(told, 2);
    for history in earlier {
        let new = Arc::new(NewHistory::new(history).unwrap());
        assert_eq!(subject.store.take_history(new, Vec::new()).await.unwrap(), Taken::Unchanged);
    }
    are_the_same(&*subject.store, &*source.store, &all).await;
}

/// A document that was sent between two others and read after both: what is current depends on when it was sent.
pub(super) async fn what_was_sent_before_stays_before(subject: &Subject) {
    let source = twin();
    let id = read(&source, b"one", &report("甲县", 2020, 1)).await;
    let between = source.accept(new(b"two".as_slice())).await;
    read(&source, b"three", &report("甲县", 2020, 3)).await;
    carry(&*source.store, &*subject.store).await;
    let attempt = source.begin(between.id).await;
    source.complete(&attempt, sample::reports(&[report("甲县", 2020, 2)])).await.unwrap();
    assert_eq!(carry(&*source.store, &*subject.store).await, [Taken::Extended]);
    are_the_same(&*subject.store, &*source.store, &[id]).await;
    let first_count = |stored: crate::StoredReport| stored.report.figures[0].value;
    let current = subject.store.report(id, ReadAt::default()).await.unwrap();
    assert_eq!(first_count(current), Some(Value::Count(3)));
    // What is sent here from now on is later than all that.
    read(subject, b"here", &report("甲县", 2020, 4)).await;
    let current = subject.store.report(id, ReadAt::default()).await.unwrap();
    assert_eq!(first_count(current), Some(Value::Count(4)));
}

/// What this store has found out itself is never overwritten, and nothing is added beside it.
pub(super) async fn what_is_here_is_kept(subject: &Subject) {
    let source = twin();
    let id = read(&source, b"one", &report("甲县", 2020, 3)).await;
    let history = histories(&*source.store, position(&*source.store).await, 1).await.remove(0);
    let ours = read(subject, b"ours", &report("甲县", 2020, 4)).await;
    let same = read(subject, b"two", &report("乙县", 2020, 4)).await;
    let take = async |history: &ReportHistory| {
        let new = NewHistory::new(history.clone()).unwrap();
        subject.store.take_history(Arc::new(new), Vec::new()).await.unwrap()
    };
    let before = content(&*subject.store).await;
    assert_eq!(take(&history).await, Taken::Kept(Kept::SameReport(ours)), "the same body and year");
    read(&source, b"two", &report("丙县", 2021, 4)).await;
    let other = histories(&*source.store, position(&*source.store).await, 10).await;
    let other = other.into_iter().find(|history| history.report != id).unwrap();
    assert_eq!(take(&other).await, Taken::Kept(Kept::SameDocument(same)), "found in the same document");
    assert_eq!(content(&*subject.store).await, before);

    // A report that both had, and to which something else has happened in each.
    let shared = read(&source, b"shared", &report("丁县", 2020, 1)).await;
    let all = histories(&*source.store, position(&*source.store).await, 10).await;
    take(all.iter().find(|history| history.report == shared).unwrap()).await;
    read(&source, b"there", &report("丁县", 2020, 2)).await;
    assert_eq!(read(subject, b"here", &report("丁县", 2020, 3)).await, shared);
    let (before, then) = (content(&*subject.store).await, position(&*subject.store).await);
    let all = histories(&*source.store, position(&*source.store).await, 10).await;
    let taken = take(all.iter().find(|history| history.report == shared).unwrap()).await;
    assert_eq!(taken, Taken::Kept(Kept::Diverged));
    assert_eq!((content(&*subject.store).await, position(&*subject.store).await), (before, then));

    // A report that both had, and that goes on there in a document in which another was found here.
    let goes_on = read(&source, b"begins", &report("戊县", 2020, 1)).await;
    let all = histories(&*source.store, position(&*source.store).await, 10).await;
    take(all.iter().find(|history| history.report == goes_on).unwrap()).await;
    let other = read(subject, b"goes on", &report("己县", 2020, 1)).await;
    assert_eq!(read(&source, b"goes on", &report("戊县", 2020, 2)).await, goes_on);
    let before = content(&*subject.store).await;
    let all = histories(&*source.store, position(&*source.store).await, 10).await;
    let taken = take(all.iter().find(|history| history.report == goes_on).unwrap()).await;
    assert_eq!(taken, Taken::Kept(Kept::SameDocument(other)));
    assert_eq!(content(&*subject.store).await, before);
}

/// What cannot have happened is refused before a store is asked, and the report is named.
pub(super) async fn a_history_that_makes_no_sense_is_refused(subject: &Subject) {
    let one = lives(subject).await[0];
    let all = histories(&*subject.store, position(&*subject.store).await, 10).await;
    // Two readings, the second of another document; then two reviews, each with a corrected revision.
    let good = all.into_iter().find(|history| history.report == one).unwrap();
    assert!(NewHistory::new(good.clone()).is_ok());
    assert_eq!(good.events.iter().map(|event| event.revision).collect::<Vec<_>>(), [1, 1, 2, 3]);
    type Damage = fn(&mut ReportHistory);
    type Is = fn(&Wrong) -> bool;
    let damages: [(Damage, Is); 26] = [
        (|it| it.events.clear(), |wrong| matches!(wrong, Wrong::FoundNowhere)),
        (|it| it.events.reverse(), |wrong| matches!(wrong, Wrong::Order)),
        (|it| it.revisions.reverse(), |wrong| matches!(wrong, Wrong::Numbers)),
        (|it| drop(it.revisions.pop()), |wrong| matches!(wrong, Wrong::FoundNowhere)),
        (|it| it.revisions[0].info.report = ReportId::generate(), |wrong| matches!(wrong, Wrong::Numbers)),
        (
            |it| it.revisions[0].info.digest.0[0] ^= 1,
            |wrong| matches!(wrong, Wrong::OtherRecord { revision: 1 }),
        ),
        (
            |it| it.revisions[0].packed.figures.truncate(3),
            |wrong| matches!(wrong, Wrong::Record { revision: 1, .. }),
        ),
        (
            |it| it.revisions[1].packed.evidence.truncate(9),
            |wrong| matches!(wrong, Wrong::Record { revision: 2, .. }),
        ),
        (|it| it.revisions[0].info.part = 2, |wrong| matches!(wrong, Wrong::OtherReading { revision: 1 })),
        (
            |it| it.revisions[2].info.extractor_version = 2,
            |wrong| matches!(wrong, Wrong::OtherReading { revision: 3 }),
        ),
        (|it| it.revisions[0].info.purpose = Purpose::Draft, |wrong| matches!(wrong, Wrong::Draft)),
        (|it| it.events[0].revision = 3, |wrong| matches!(wrong, Wrong::Early { revision: 3 })),
        (|it| it.events[0].order = 0, |wrong| matches!(wrong, Wrong::Place)),
        (|it| it.events[2].order = 9, |wrong| matches!(wrong, Wrong::Place)),
        (
            |it| it.events[0].document = DocumentId::from_digest([7; 32]),
            |wrong| matches!(wrong, Wrong::OtherOrigin { revision: 1 }),
        ),
        (
            |it| it.revisions[1].info.cause = Cause::Reparsed,
            |wrong| matches!(wrong, Wrong::OtherOrigin { revision: 2 }),
        ),
        (|it| drop(it.events.drain(..2)), |wrong| matches!(wrong, Wrong::BeginsWithReview)),
        (|it| it.events[1].ended = it.events[3].ended.clone(), |wrong| matches!(wrong, Wrong::SaidByReading)),
        (
            |it| it.events[3].said = it.events[2].said.clone(),
            |wrong| matches!(wrong, Wrong::SaidTwice { .. }),
        ),
        (
            |it| it.events[3].ended[0].0 = ReviewId::generate(),
            |wrong| matches!(wrong, Wrong::EndedUnsaid { .. }),
        ),
        (
            |it| {
                let many = (0..=REVIEWS_MAX).map(|_| amendment(3, 5));
                it.events[3].said.extend(many);
            },
            |wrong| matches!(wrong, Wrong::TooManyReviews),
        ),
        (|it| it.events[2].base = Some(0), |wrong| matches!(wrong, Wrong::Base { base: 0, revision: 2 })),
        (|it| it.events[2].base = Some(2), |wrong| matches!(wrong, Wrong::Base { base: 2, revision: 2 })),
        (|it| it.events[3].base = Some(2), |wrong| matches!(wrong, Wrong::Base { base: 2, revision: 3 })),
        (|it| it.events[3].base = Some(4), |wrong| matches!(wrong, Wrong::Base { base: 4, revision: 3 })),
        (
            |it| {
                let said: Vec<_> =
                    it.events[2..].iter().flat_map(|event| &event.said).map(|it| it.id).collect();
                it.events[3].ended = said.into_iter().map(|id| (id, EndCause::Withdrawn)).collect();
            },
            |wrong| matches!(wrong, Wrong::Base { base: 1, revision: 3 }),
        ),
    ];
    for (number, (damage, is_expected)) in damages.iter().enumerate() {
        let mut history = good.clone();
        damage(&mut history);
        let refused = NewHistory::new(history).unwrap_err();
        assert!(refused.report == one && is_expected(&refused.problem), "{number}: {refused:?}");
    }
}

/// Which of several readings of one document was corrected is carried, and not guessed; where it was not noted, it is the last one.
pub(super) async fn what_lies_beneath_a_correction_is_carried(subject: &Subject) {
    let source = twin();
    let record = report("甲县", 2020, 3);
    let id = read(&source, b"one", &record).await;
    read(&source, b"two", &report("甲县", 2020, 4)).await;
    let added = amendment(3, 5);
    let amended = ReviewChange {
        added: vec![added],
        correction: corrected(&record, 5),
        ..change(&source, id, 2).await
    };
    source.store.review(ReviewChange { base: Some(1), ..amended }).await.unwrap();
    let given = histories(&*source.store, position(&*source.store).await, 1).await.remove(0);
    assert_eq!(given.bases(), [0, 0, 1]);
    assert_eq!(given.events[2].base, Some(1));

    // As if the same document had been read twice by the same parser.
    let mut twice = given.clone();
    let document = twice.revisions[0].info.document;
    (twice.revisions[1].info.document, twice.events[1].document) = (document, document);
    let based_on = |base: Option<u32>| {
        let mut history = twice.clone();
        history.events[2].base = base;
        history
    };
    assert_eq!(based_on(None).bases(), [0, 0, 2]);
    assert_eq!(based_on(None).digest(), based_on(Some(2)).digest(), "what follows is no news");
    assert_ne!(based_on(Some(1)).digest(), based_on(Some(2)).digest());
    let take = async |history: ReportHistory| {
        subject.store.take_history(Arc::new(NewHistory::new(history).unwrap()), Vec::new()).await.unwrap()
    };
    assert_eq!(take(based_on(Some(1))).await, Taken::Added);
    assert_eq!(subject.store.overlay(id).await.unwrap(), Some(Overlay { base: 1, revision: 3 }));
    let here = histories(&*subject.store, position(&*subject.store).await, 1).await.remove(0);
    assert_eq!((here.events[2].base, here.digest()), (Some(1), based_on(Some(1)).digest()));
    assert_eq!(take(based_on(Some(1))).await, Taken::Unchanged);
    assert_eq!(take(based_on(Some(2))).await, Taken::Kept(Kept::Diverged));
    assert_eq!(take(based_on(None)).await, Taken::Kept(Kept::Diverged));
}

/// A review is never passed over because another one has its name, and nothing of its report is taken.
pub(super) async fn a_review_with_the_name_of_another_is_refused(subject: &Subject) {
    let source = twin();
    let there = lives(&source).await[0];
    let all = histories(&*source.store, position(&*source.store).await, 10).await;
    let theirs = all.into_iter().find(|history| history.report == there).unwrap();
    let review = theirs.events[2].said[0].id;
    let here = read(subject, b"here", &report("丁县", 2020, 3)).await;
    let added = Review { id: review, ..amendment(3, 4) };
    let amended = ReviewChange {
        added: vec![added],
        correction: corrected(&report("丁县", 2020, 3), 4),
        ..change(subject, here, 1).await
    };
    subject.store.review(amended).await.unwrap();
    let (before, then) = (content(&*subject.store).await, position(&*subject.store).await);
    let refused =
        subject.store.take_history(Arc::new(NewHistory::new(theirs).unwrap()), Vec::new()).await.unwrap_err();
    let StoreError::ReviewConflict { report, review: named, here: kept } = refused else {
        panic!("{refused:?}")
    };
    assert_eq!((report, named, kept), (there, review, here));
    assert_eq!((content(&*subject.store).await, position(&*subject.store).await), (before, then));
}

/// By its content, and the last one without it.
pub(super) async fn a_snapshot_that_was_taken_in_is_known(subject: &Subject) {
    let held =
        |byte, position| HeldSnapshot { content: ContentDigest([byte; 32]), position: Position(position) };
    let store = &subject.store;
    assert_eq!(store.held_snapshot(None).await.unwrap(), None);
    for snapshot in [held(1, 10), held(2, 20)] {
        store.hold_snapshot(snapshot).await.unwrap();
        assert_eq!(store.held_snapshot(None).await.unwrap(), Some(snapshot));
    }
    assert_eq!(store.held_snapshot(Some(ContentDigest([1; 32]))).await.unwrap(), Some(held(1, 10)));
    assert_eq!(store.held_snapshot(Some(ContentDigest([3; 32]))).await.unwrap(), None);
    store.hold_snapshot(held(1, 10)).await.unwrap();
    assert_eq!(store.held_snapshot(None).await.unwrap(), Some(held(1, 10)));
    assert_eq!(store.held_snapshot(Some(ContentDigest([2; 32]))).await.unwrap(), Some(held(2, 20)));
}
