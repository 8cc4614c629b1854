use super::sample::{self, report};
use super::{Subject, new};
use crate::{
    Answered, Cause, Clock as _, Correction, NewRevision, Overlay, PageRequest, Position,
    REQUEST_ID_VALIDITY, ReadAt, ReportQuery, ReviewChange, ReviewRequest, StoreError, StoredReview,
    last_review,
};
use gongkai_model::{
    Derivation, EndCause, FigureName, Opinion, Period, Portion, Purpose, Report, ReportId, Review, ReviewId,
    Said, State, Value, Verdict,
};
use std::time::Duration;

const KEY: &str = "requests.received.total";

/// Reads a report out of a document, and gives its name.
async fn read(subject: &Subject, content: &'static [u8], record: &Report) -> ReportId {
    let submission = subject.accept(new(content)).await;
    let submission = match subject.try_begin(submission.id).await {
        Some(attempt) => {
            subject.complete(&attempt, sample::reports(std::slice::from_ref(record))).await.unwrap()
        }
        // What was read before is known.
        None => subject.submission(submission.id).await,
    };
    submission.reports[0].report
}

fn said(count: i64) -> Said {
    Said { state: State::Number, value: Some(Value::Count(count)), wording: String::new() }
}

/// A reviewer says that the first cell is `says`, where `beneath` was read.
fn amendment(beneath: i64, says: i64) -> Review {
    let figure = FigureName::new(KEY, Period::ThisYear, Portion::All);
    Review {
        id: ReviewId::generate(),
        author: "甲".to_owned(),
        note: "原件第2页".to_owned(),
        opinion: Opinion::Amendment { figure, beneath: said(beneath), says: said(says) },
    }
}

/// The record with the first cell put right.
fn corrected(record: &Report, says: i64) -> Correction {
    let mut record = record.clone();
    record.figures[0].value = Some(Value::Count(says));
    record.figures[0].derivation = Derivation::Amended;
    Correction::New(Box::new(NewRevision::pack(&record).unwrap()))
}

async fn change(subject: &Subject, report: ReportId, expected: u32) -> ReviewChange {
    ReviewChange {
        report,
        purpose: Purpose::Published,
        expected,
        seen: last_review(&reviews(subject, report).await),
        added: Vec::new(),
        ended: Vec::new(),
        base: Some(expected),
        correction: Correction::None,
        request: None,
    }
}

async fn first_count(subject: &Subject, report: ReportId, at: ReadAt) -> (u32, Cause, Option<Value>) {
    let stored = subject.store.report(report, at).await.unwrap();
    (stored.info.revision, stored.info.cause, stored.report.figures[0].value)
}

async fn reviews(subject: &Subject, report: ReportId) -> Vec<StoredReview> {
    subject.store.reviews(report, Purpose::Published).await.unwrap()
}

fn count(count: i64) -> Option<Value> {
    Some(Value::Count(count))
}

/// A request that is made again with its id changes nothing and has the answer that it had, whatever has happened since.
pub(super) async fn a_request_of_a_reviewer_that_comes_again_is_answered_as_before(subject: &Subject) {
    let record = report("甲县", 2020, 3);
    let id = read(subject, b"one", &record).await;
    let request = |content: &[u8]| ReviewRequest::new("r".to_owned(), "AmendReport", content);
    let (added, again) = (amendment(3, 5), amendment(3, 5));
    assert_eq!(subject.store.recall(&request(b"5")).await.unwrap(), None);
    let with = async |review: &Review, request: ReviewRequest| ReviewChange {
        added: vec![review.clone()],
        correction: corrected(&record, 5),
        request: Some((request, vec![review.id])),
        ..change(subject, id, 1).await
    };
    let first = with(&added, request(b"5")).await;
    let reviewed = subject.store.review(first.clone()).await.unwrap();
    let answered = Answered { revision: 2, said: vec![added.id], position: reviewed.position };
    assert_eq!(subject.store.recall(&request(b"5")).await.unwrap(), Some(answered.clone()));
    // Another one is said meanwhile, and still the answer is the same, though the change was made up on what is not current.
    subject.pass(Duration::from_secs(1));
    let later = ReviewChange {
        added: vec![amendment(3, 6)],
        ended: vec![(added.id, EndCause::Replaced)],
        base: Some(1),
        correction: corrected(&record, 6),
        ..change(subject, id, 2).await
    };
    assert_eq!(subject.store.review(later).await.unwrap().revision, 3);
    let kept = reviews(subject, id).await;
    for change in [first, with(&again, request(b"5")).await] {
        assert_eq!(subject.store.review(change).await.unwrap(), reviewed);
    }
    assert_eq!(reviews(subject, id).await, kept);
    assert_eq!(first_count(subject, id, ReadAt::default()).await.0, 3);
    assert_eq!(subject.store.recall(&request(b"5")).await.unwrap(), Some(answered.clone()));
    assert_eq!(subject.store.note(&request(b"5"), 3, Vec::new()).await.unwrap(), answered);
    // With other content, or as another request, the id is taken.
    let other = ReviewRequest::new("r".to_owned(), "DisputeFigure", b"5");
    for other in [request(b"6"), other] {
        let refused = subject.store.review(with(&again, other.clone()).await).await;
        assert!(matches!(refused, Err(StoreError::RequestIdConflict { request_id }) if request_id == "r"));
        assert!(matches!(subject.store.recall(&other).await, Err(StoreError::RequestIdConflict { .. })));
        let refused = subject.store.note(&other, 3, Vec::new()).await;
        assert!(matches!(refused, Err(StoreError::RequestIdConflict { .. })));
    }
    // What was refused is not known.
    let unknown = ReviewRequest::new("s".to_owned(), "AmendReport", b"5");
    let refused = subject.store.review(with(&again, unknown.clone()).await).await;
    assert!(matches!(refused, Err(StoreError::Superseded { .. })));
    assert_eq!(subject.store.recall(&unknown).await.unwrap(), None);
    // What changes nothing is answered the same way again, and has no place in the order of changes.
    let noted = subject.store.note(&unknown, 3, vec![added.id]).await.unwrap();
    assert_eq!((noted.revision, noted.said.as_slice()), (3, &[added.id][..]));
    assert_eq!(noted.position, reviewed.position);
    let nothing = ReviewRequest::new("t".to_owned(), "WithdrawReview", b"");
    let answered = Answered { revision: 3, said: Vec::new(), position: Position(0) };
    assert_eq!(subject.store.note(&nothing, 3, Vec::new()).await.unwrap(), answered);
    assert_eq!(subject.store.recall(&unknown).await.unwrap(), Some(noted.clone()));
    assert_eq!(subject.store.note(&unknown, 9, Vec::new()).await.unwrap(), noted);
}

pub(super) async fn a_request_of_a_reviewer_is_forgotten_after_its_time(subject: &Subject) {
    let request = |content: &[u8]| ReviewRequest::new("r".to_owned(), "AmendReport", content);
    subject.store.note(&request(b"5"), 1, Vec::new()).await.unwrap();
    subject.pass(REQUEST_ID_VALIDITY - Duration::from_micros(1));
    assert_eq!(subject.store.sweep(10).await.unwrap().request_ids, 0);
    assert!(subject.store.recall(&request(b"5")).await.unwrap().is_some());
    subject.pass(Duration::from_micros(1));
    // Also before it is swept.
    assert_eq!(subject.store.recall(&request(b"6")).await.unwrap(), None);
    assert_eq!(subject.store.sweep(10).await.unwrap().request_ids, 1);
    assert_eq!(subject.store.note(&request(b"6"), 2, Vec::new()).await.unwrap().revision, 2);
    subject.pass(REQUEST_ID_VALIDITY);
    assert_eq!(subject.store.note(&request(b"7"), 3, Vec::new()).await.unwrap().revision, 3);
}

/// A correction is a revision of its own, seen by every read since then, and what was read stays.
pub(super) async fn a_correction_is_a_revision_and_what_was_read_stays(subject: &Subject) {
    let record = report("甲县", 2020, 3);
    let id = read(subject, b"one", &record).await;
    let before = subject.store.position_at(subject.clock.now()).await.unwrap();
    subject.pass(Duration::from_secs(1));
    let added = amendment(3, 5);
    let amended = ReviewChange {
        added: vec![added.clone()],
        correction: corrected(&record, 5),
        ..change(subject, id, 1).await
    };
    let reviewed = subject.store.review(amended).await.unwrap();
    assert_eq!(reviewed.revision, 2);
    assert_eq!(first_count(subject, id, ReadAt::default()).await, (2, Cause::Amended, count(5)));
    let then = ReadAt { as_of: Some(before), ..ReadAt::default() };
    assert_eq!(first_count(subject, id, then).await, (1, Cause::Received, count(3)));
    let now = subject.store.position_at(subject.clock.now()).await.unwrap();
    assert_eq!(now, reviewed.position, "the time of a correction leads to it");
    let read = subject.store.report_revision(id, 1, Purpose::Published).await.unwrap();
    assert_eq!(read.report.figures[0].value, count(3));
    let listed = subject
        .store
        .reports(&ReportQuery::default(), &PageRequest { size: 10, cursor: None })
        .await
        .unwrap()
        .items;
    assert_eq!((listed.len(), listed[0].info.revision), (1, 2));
    let kept = reviews(subject, id).await;
    let [review] = kept.as_slice() else { panic!("{kept:?}") };
    assert_eq!((&review.said, review.report, review.end), (&added, id, None));
    assert_eq!((review.position, review.at), (reviewed.position, subject.clock.now()));
    let stored = subject.store.report(id, ReadAt::default()).await.unwrap();
    assert_eq!(stored.renditions.len(), 1);
    assert_eq!(stored.report.figures[0].derivation, Derivation::Amended);
    assert_eq!(subject.store.overlay(id).await.unwrap(), Some(Overlay { base: 1, revision: 2 }));
}

/// A correction that is taken back ends, and what was read is current again.
pub(super) async fn a_correction_that_is_taken_back_ends(subject: &Subject) {
    let record = report("甲县", 2020, 3);
    let id = read(subject, b"one", &record).await;
    let added = amendment(3, 5);
    let amended = ReviewChange {
        added: vec![added.clone()],
        correction: corrected(&record, 5),
        ..change(subject, id, 1).await
    };
    subject.store.review(amended).await.unwrap();
    let withdrawn = ReviewChange {
        ended: vec![(added.id, EndCause::Withdrawn)],
        base: None,
        ..change(subject, id, 2).await
    };
    let reviewed = subject.store.review(withdrawn.clone()).await.unwrap();
    assert_eq!(reviewed.revision, 1);
    assert_eq!(first_count(subject, id, ReadAt::default()).await, (1, Cause::Received, count(3)));
    let kept = reviews(subject, id).await;
    let end = kept[0].end.unwrap();
    assert_eq!((end.cause, end.position), (EndCause::Withdrawn, reviewed.position));
    assert_eq!(subject.store.overlay(id).await.unwrap(), None);
    // What has ended stays as it is.
    let again = ReviewChange {
        ended: vec![(added.id, EndCause::Lapsed)],
        expected: 1,
        seen: end.position,
        ..withdrawn
    };
    subject.store.review(again).await.unwrap();
    assert_eq!(reviews(subject, id).await[0].end, Some(end));
}

/// A change that was made up on another revision than the current one changes nothing.
pub(super) async fn a_change_on_another_revision_is_refused(subject: &Subject) {
    let record = report("甲县", 2020, 3);
    let id = read(subject, b"one", &record).await;
    read(subject, b"two", &report("甲县", 2020, 4)).await;
    let amended = ReviewChange {
        added: vec![amendment(3, 5)],
        correction: corrected(&record, 5),
        ..change(subject, id, 1).await
    };
    let refused = subject.store.review(amended).await.unwrap_err();
    assert!(matches!(refused, StoreError::Superseded { report, current: 2 } if report == id), "{refused}");
    assert!(reviews(subject, id).await.is_empty());
    assert_eq!(subject.store.revisions(id, ReadAt::default()).await.unwrap().len(), 2);
    // Nor does one that was made up without what another reviewer has said meanwhile.
    let blind = change(subject, id, 2).await;
    let doubt =
        Opinion::Dispute { figure: FigureName::new(KEY, Period::ThisYear, Portion::All), beneath: said(4) };
    let doubt =
        Review {
            id: ReviewId::generate(), author: "乙".to_owned(), note: "待核".to_owned(), opinion: doubt
        };
    let heard = ReviewChange { added: vec![doubt], ..blind.clone() };
    subject.store.review(heard).await.unwrap();
    let refused = subject.store.review(ReviewChange { base: None, ..blind }).await.unwrap_err();
    assert!(matches!(refused, StoreError::Superseded { current: 2, .. }), "{refused}");
    assert_eq!(subject.store.overlay(id).await.unwrap(), Some(Overlay { base: 2, revision: 2 }));
    let gone = ReportId::generate();
    assert!(matches!(
        subject.store.review(change(subject, gone, 1).await).await,
        Err(StoreError::NotFound(_))
    ));
    let draft = ReviewChange { purpose: Purpose::Draft, ..change(subject, id, 2).await };
    assert!(matches!(subject.store.review(draft).await, Err(StoreError::NotFound(_))));
}

/// A correction stands when the same is read again, and is overtaken when something else is.
pub(super) async fn a_correction_counts_for_what_it_was_made_on(subject: &Subject) {
    let record = report("甲县", 2020, 3);
    let id = read(subject, b"one", &record).await;
    let added = amendment(3, 5);
    let amended = ReviewChange {
        added: vec![added],
        correction: corrected(&record, 5),
        ..change(subject, id, 1).await
    };
    subject.store.review(amended).await.unwrap();
    // A rendition of the same publication.
    assert_eq!(read(subject, b"the same, elsewhere", &record).await, id);
    assert_eq!(first_count(subject, id, ReadAt::default()).await.0, 2);
    assert_eq!(subject.store.report(id, ReadAt::default()).await.unwrap().renditions.len(), 2);
    assert_eq!(subject.store.overtaken(10).await.unwrap(), []);
    // Published anew, with what the reviewer said: that is read, not put right.
    assert_eq!(read(subject, b"two", &report("甲县", 2020, 5)).await, id);
    assert_eq!(first_count(subject, id, ReadAt::default()).await, (3, Cause::Republished, count(5)));
    assert_eq!(subject.store.overtaken(10).await.unwrap(), [(id, Purpose::Published)]);
    assert_eq!(subject.store.overtaken(0).await.unwrap(), []);
    // Whoever looks after it decides that it has lapsed.
    let kept = reviews(subject, id).await;
    let ended = vec![(kept[0].said.id, EndCause::Lapsed)];
    let lapsed = ReviewChange { ended, base: None, ..change(subject, id, 3).await };
    assert_eq!(subject.store.review(lapsed).await.unwrap().revision, 3);
    assert_eq!(subject.store.overtaken(10).await.unwrap(), []);
    // The first publication is captured again: without the correction, which has ended.
    read(subject, b"one", &record).await;
    assert_eq!(first_count(subject, id, ReadAt::default()).await, (1, Cause::Received, count(3)));
}

/// A later correction takes the place of an earlier one; each is a revision.
pub(super) async fn a_later_correction_takes_the_place_of_an_earlier_one(subject: &Subject) {
    let record = report("甲县", 2020, 3);
    let id = read(subject, b"one", &record).await;
    let (first, second) = (amendment(3, 5), amendment(3, 6));
    let amended = ReviewChange {
        added: vec![first.clone()],
        correction: corrected(&record, 5),
        ..change(subject, id, 1).await
    };
    subject.store.review(amended.clone()).await.unwrap();
    let replaced = ReviewChange {
        added: vec![second.clone()],
        ended: vec![(first.id, EndCause::Replaced)],
        base: Some(1),
        correction: corrected(&record, 6),
        ..change(subject, id, 2).await
    };
    assert_eq!(subject.store.review(replaced.clone()).await.unwrap().revision, 3);
    assert_eq!(first_count(subject, id, ReadAt::default()).await, (3, Cause::Amended, count(6)));
    let causes: Vec<_> = reviews(subject, id).await.iter().map(|it| it.end.map(|end| end.cause)).collect();
    assert_eq!(causes, [Some(EndCause::Replaced), None], "in order");
    // A doubt beside a correction leaves its revision current.
    let doubt = Review {
        id: ReviewId::generate(),
        author: "乙".to_owned(),
        note: "再核".to_owned(),
        opinion: Opinion::Dispute {
            figure: FigureName::new(KEY, Period::Earlier, Portion::All),
            beneath: said(3),
        },
    };
    let doubted = ReviewChange {
        added: vec![doubt.clone()],
        base: Some(1),
        correction: Correction::Same,
        ..change(subject, id, 3).await
    };
    assert_eq!(subject.store.review(doubted).await.unwrap().revision, 3);
    assert_eq!(subject.store.overlay(id).await.unwrap(), Some(Overlay { base: 1, revision: 3 }));
    let taken_back = ReviewChange {
        ended: vec![(doubt.id, EndCause::Withdrawn)],
        base: Some(1),
        correction: Correction::Same,
        ..change(subject, id, 3).await
    };
    assert_eq!(subject.store.review(taken_back).await.unwrap().revision, 3);
    // The same once more, as by a caller who heard no answer.
    let refused = subject.store.review(replaced).await.unwrap_err();
    assert!(matches!(refused, StoreError::Superseded { current: 3, .. }));
    assert_eq!(reviews(subject, id).await.len(), 3);
}

/// A review that ends as it is said has ended.
pub(super) async fn a_review_that_ends_as_it_is_said_has_ended(subject: &Subject) {
    let id = read(subject, b"one", &report("甲县", 2020, 3)).await;
    let added = amendment(3, 5);
    let ended = vec![(added.id, EndCause::Lapsed)];
    let said = ReviewChange { added: vec![added], ended, base: None, ..change(subject, id, 1).await };
    subject.store.review(said).await.unwrap();
    assert_eq!(reviews(subject, id).await[0].end.map(|end| end.cause), Some(EndCause::Lapsed));
}

/// Disputes and verdicts are kept without a revision of their own.
pub(super) async fn opinions_without_a_correction_make_no_revision(subject: &Subject) {
    let record = report("甲县", 2020, 3);
    let id = read(subject, b"one", &record).await;
    let figure = FigureName::new(KEY, Period::ThisYear, Portion::All);
    let review =
        |opinion| Review { id: ReviewId::generate(), author: "乙".to_owned(), note: String::new(), opinion };
    let blank = (
        FigureName::new("requests.x", Period::Cumulative, Portion::Townships),
        Said { state: State::Text, value: None, wording: "约5".to_owned() },
    );
    let money = (
        figure.clone(),
        Said {
            state: State::Number,
            value: Some(Value::Amount("1.25".parse().unwrap())),
            wording: String::new(),
        },
    );
    let added = vec![
        review(Opinion::Dispute { figure, beneath: said(3) }),
        review(Opinion::Verdict {
            finding: "requests.outcomes.total".to_owned(),
            verdict: Verdict::Answered,
            beneath: vec![blank, money],
            finding_says: "FAILS 5 6".to_owned(),
        }),
    ];
    let reviewed = subject
        .store
        .review(ReviewChange { added: added.clone(), ..change(subject, id, 1).await })
        .await
        .unwrap();
    assert_eq!(reviewed.revision, 1);
    assert_eq!(subject.store.revisions(id, ReadAt::default()).await.unwrap().len(), 1);
    let mut kept: Vec<_> = reviews(subject, id).await.into_iter().map(|review| review.said).collect();
    kept.sort_by_key(|said| added.iter().position(|it| it.id == said.id));
    assert_eq!(kept, added);
    assert_eq!(subject.store.overlay(id).await.unwrap(), Some(Overlay { base: 1, revision: 1 }));
    assert!(subject.store.overtaken(10).await.unwrap().is_empty());
    read(subject, b"two", &report("甲县", 2020, 4)).await;
    assert_eq!(subject.store.overtaken(10).await.unwrap(), [(id, Purpose::Published)]);
    // They stand on the other revision, too, once they have been looked at.
    subject.store.review(change(subject, id, 2).await).await.unwrap();
    assert!(subject.store.overtaken(10).await.unwrap().is_empty());
    assert!(subject.store.reviews(id, Purpose::Draft).await.unwrap().is_empty());
    assert!(subject.store.reviews(ReportId::generate(), Purpose::Published).await.unwrap().is_empty());
}
