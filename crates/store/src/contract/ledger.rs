use super::{LEASE, Subject, new, sample};
use crate::{
    ATTEMPTS_MAX, Attempt, AttemptOutcome, Clock, Completion, LEASE_EXPIRED, Lease, NOT_KNOWN, NewFailure,
    ReadAt, Receipt, StoreError, Worker,
};
use gongkai_model::{Purpose, RejectReason, SubmissionId, SubmissionState};
use std::time::Duration;

fn retry(delay: Duration) -> AttemptOutcome {
    AttemptOutcome::Retry { failure: failure("STORE"), delay }
}

/// More than a number of 32 bits, and a time that is no whole number of seconds.
const RECEIPT: Receipt =
    Receipt { took: Some(Duration::from_micros(61_000_001)), memory_bytes: Some(5 * 1024 * 1024 * 1024) };

fn failure(class: &str) -> NewFailure {
    NewFailure { class: class.to_owned(), message: "the whole story".to_owned(), receipt: RECEIPT }
}

fn rejected() -> AttemptOutcome {
    AttemptOutcome::Rejected { reason: RejectReason::NotAReport, message: "no headings".to_owned() }
}

fn fenced<T: std::fmt::Debug>(result: Result<T, StoreError>, id: SubmissionId) {
    assert!(matches!(result, Err(StoreError::Fenced { submission }) if submission == id), "{result:?}");
}

async fn begun(subject: &Subject) -> Attempt {
    let accepted = subject.accept(new("one")).await;
    subject.begin(accepted.id).await
}

pub(super) async fn an_attempt_is_counted_when_it_begins(subject: &Subject) {
    let source = "https://example.org/a".to_owned();
    let accepted = subject.accept(crate::NewSubmission { source, ..new("one") }).await;
    let attempt = subject.begin(accepted.id).await;
    assert_eq!((attempt.epoch, attempt.attempt), (1, 1));
    assert_eq!(attempt.lease_until, subject.clock.now().after(LEASE));
    assert_eq!(
        (attempt.document_bytes, &*attempt.media_type, &*attempt.name, &*attempt.source),
        (3, "text/plain", "report.txt", "https://example.org/a")
    );
    assert_eq!((attempt.purpose, attempt.known), (Purpose::Published, false));
    let submission = subject.submission(attempt.lease.submission).await;
    assert_eq!((submission.state, submission.attempts), (SubmissionState::Parsing, 1));
    assert_eq!(submission.document, attempt.document);
}

pub(super) async fn a_live_lease_keeps_others_out(subject: &Subject) {
    let attempt = begun(subject).await;
    subject.pass(LEASE - Duration::from_micros(1));
    assert_eq!(subject.try_begin(attempt.lease.submission).await, None);
    assert_eq!(subject.submission(attempt.lease.submission).await.attempts, 1);
}

pub(super) async fn an_expired_lease_can_be_taken_over(subject: &Subject) {
    let first = begun(subject).await;
    subject.pass(LEASE);
    let second = subject.begin(first.lease.submission).await;
    assert_eq!(second.attempt, 2);
    assert!(first.lease.token < second.lease.token);
    let failure = subject.submission(first.lease.submission).await.failure.unwrap();
    assert_eq!((&*failure.class, failure.attempt), (LEASE_EXPIRED, 1));
    // Nobody has told.
    assert_eq!(failure.receipt, Receipt::default());
    assert!(failure.message.contains("worker 1"));
}

pub(super) async fn a_renewed_lease_lasts(subject: &Subject) {
    let attempt = begun(subject).await;
    subject.pass(LEASE / 2);
    assert_eq!(subject.store.renew(&[attempt.lease], LEASE).await.unwrap(), [attempt.lease]);
    subject.pass(LEASE / 2);
    assert_eq!(subject.try_begin(attempt.lease.submission).await, None);
    subject.pass(LEASE / 2);
    assert_eq!(subject.begin(attempt.lease.submission).await.attempt, 2);
}

pub(super) async fn only_the_holder_renews(subject: &Subject) {
    let first = begun(subject).await;
    let id = first.lease.submission;
    subject.pass(LEASE);
    let second = subject.begin(id).await;
    let unknown = Lease { submission: SubmissionId::generate(), token: 1 };
    let renewed = subject.store.renew(&[first.lease, second.lease, unknown], LEASE).await.unwrap();
    assert_eq!(renewed, [second.lease]);
    subject.complete(&second, rejected()).await.unwrap();
    assert_eq!(subject.store.renew(&[second.lease], LEASE).await.unwrap(), []);
}

pub(super) async fn a_late_result_is_refused(subject: &Subject) {
    let first = begun(subject).await;
    let id = first.lease.submission;
    subject.pass(LEASE);
    let second = subject.begin(id).await;
    let before = subject.submission(id).await;
    let report = sample::report("甲县", 2020, 1);
    for outcome in [sample::reports(&[report]), rejected(), retry(LEASE), AttemptOutcome::Known] {
        fenced(subject.complete(&first, outcome).await, id);
    }
    assert_eq!(subject.submission(id).await, before);
    let done = subject.complete(&second, sample::reports(&[])).await.unwrap();
    assert_eq!(done.state, SubmissionState::Done);
}

pub(super) async fn a_lease_that_ran_out_but_was_not_taken_over_still_counts(subject: &Subject) {
    let attempt = begun(subject).await;
    subject.pass(LEASE * 2);
    let done = subject.complete(&attempt, sample::reports(&[])).await.unwrap();
    assert_eq!(done.state, SubmissionState::Done);
}

pub(super) async fn a_retry_comes_later_and_not_before(subject: &Subject) {
    let attempt = begun(subject).await;
    let id = attempt.lease.submission;
    let delay = Duration::from_secs(5);
    let waiting = subject.complete(&attempt, retry(delay)).await.unwrap();
    assert_eq!((waiting.state, waiting.attempts), (SubmissionState::Parsing, 1));
    assert_eq!(waiting.next_attempt_at, Some(subject.clock.now().after(delay)));
    let failure = waiting.failure.unwrap();
    assert_eq!((&*failure.class, &*failure.message, failure.attempt), ("STORE", "the whole story", 1));
    assert_eq!(failure.receipt, RECEIPT);
    // A stale delivery does not begin it early, and the ended attempt has no rights.
    assert_eq!(subject.try_begin(id).await, None);
    fenced(subject.complete(&attempt, rejected()).await, id);
    subject.pass(delay);
    assert_eq!(subject.begin(id).await.attempt, 2);
    assert_eq!(subject.submission(id).await.next_attempt_at, None);
}

pub(super) async fn the_last_failure_is_the_end(subject: &Subject) {
    let accepted = subject.accept(new("one")).await;
    for count in 1..=ATTEMPTS_MAX {
        let attempt = subject.begin(accepted.id).await;
        assert_eq!(attempt.attempt, count);
        subject.complete(&attempt, retry(Duration::ZERO)).await.unwrap();
    }
    let dead = subject.submission(accepted.id).await;
    assert_eq!(
        (dead.state, dead.attempts, dead.next_attempt_at),
        (SubmissionState::Dead, ATTEMPTS_MAX, None)
    );
    assert_eq!(dead.failure.unwrap().attempt, ATTEMPTS_MAX);
    assert_eq!(subject.try_begin(accepted.id).await, None);
    assert_eq!(subject.store.backlog().await.unwrap().waiting, 0);
}

pub(super) async fn a_failure_that_will_not_pass_is_the_end_at_once(subject: &Subject) {
    let attempt = begun(subject).await;
    let dead = subject.complete(&attempt, AttemptOutcome::Dead(failure("PANIC"))).await.unwrap();
    assert_eq!((dead.state, dead.attempts), (SubmissionState::Dead, 1));
    assert_eq!(dead.failure.unwrap().class, "PANIC");
}

pub(super) async fn a_document_that_kills_its_workers_is_found_out(subject: &Subject) {
    let accepted = subject.accept(new("one")).await;
    let neighbour = subject.accept(new("two")).await;
    for _ in 0..ATTEMPTS_MAX {
        subject.begin(accepted.id).await;
        subject.pass(LEASE);
    }
    let worker = Worker { name: "worker 2".to_owned(), extractor_version: 1 };
    let attempts = subject.store.begin_attempts(&[accepted.id, neighbour.id], &worker, LEASE).await.unwrap();
    assert_eq!(
        attempts.iter().map(|a| (a.lease.submission, a.attempt)).collect::<Vec<_>>(),
        [(neighbour.id, 1)]
    );
    let dead = subject.submission(accepted.id).await;
    assert_eq!(dead.state, SubmissionState::Dead);
    let failure = dead.failure.unwrap();
    assert_eq!((&*failure.class, failure.attempt), (LEASE_EXPIRED, ATTEMPTS_MAX));
}

pub(super) async fn a_rejection_carries_its_reason(subject: &Subject) {
    let attempt = begun(subject).await;
    let submission = subject.complete(&attempt, rejected()).await.unwrap();
    assert_eq!(submission.state, SubmissionState::Rejected);
    let rejection = submission.rejection.clone().unwrap();
    assert_eq!((rejection.reason, &*rejection.message), (RejectReason::NotAReport, "no headings"));
    assert_eq!(subject.submission(submission.id).await, submission);
}

pub(super) async fn reports_are_stored_with_the_submission(subject: &Subject) {
    let attempt = begun(subject).await;
    let reports = [sample::report("甲县", 2020, 1), sample::report("甲县", 2021, 2)];
    let done = subject.complete(&attempt, sample::reports(&reports)).await.unwrap();
    assert_eq!((done.state, done.reports.len()), (SubmissionState::Done, 2));
    assert_eq!(subject.submission(done.id).await, done);
    for (stored, report) in done.reports.iter().zip(&reports) {
        assert_eq!(stored.revision, 1);
        let read = subject.store.report(stored.report, ReadAt::default()).await.unwrap();
        assert_eq!(&read.report, report);
        assert_eq!(read.info.position, done.position);
    }
}

pub(super) async fn a_completed_attempt_cannot_be_completed_again(subject: &Subject) {
    let attempt = begun(subject).await;
    let done = subject.complete(&attempt, sample::reports(&[sample::report("甲县", 2020, 1)])).await.unwrap();
    for outcome in [sample::reports(&[sample::report("甲县", 2020, 2)]), rejected(), retry(LEASE)] {
        fenced(subject.complete(&attempt, outcome).await, done.id);
    }
    assert_eq!(subject.submission(done.id).await, done);
    assert_eq!(subject.try_begin(done.id).await, None);
    let revisions = subject.store.revisions(done.reports[0].report, ReadAt::default()).await.unwrap();
    assert_eq!(revisions.len(), 1);
}

pub(super) async fn the_first_reading_of_a_document_counts_for_all(subject: &Subject) {
    let first = begun(subject).await;
    let second = begun(subject).await;
    assert_eq!(first.document, second.document);
    let report = sample::report("甲县", 2020, 1);
    let first = subject.complete(&first, sample::reports(std::slice::from_ref(&report))).await.unwrap();
    let other = sample::report("甲县", 2020, 99);
    let second = subject.complete(&second, sample::reports(&[other])).await.unwrap();
    assert_eq!((second.state, &second.reports), (SubmissionState::Done, &first.reports));
    let read = subject.store.report(first.reports[0].report, ReadAt::default()).await.unwrap();
    assert_eq!((read.info.revision, read.report), (1, report));
}

pub(super) async fn a_known_reading_ends_other_submissions_at_once(subject: &Subject) {
    let first = subject.store_reports(new("one"), &[sample::report("甲县", 2020, 1)]).await;
    let second = begun(subject).await;
    assert!(second.known);
    let second = subject.complete(&second, AttemptOutcome::Known).await.unwrap();
    assert_eq!((second.state, second.reports), (SubmissionState::Done, first.reports));
    // A later extractor has not read it yet, nor has this one for another purpose.
    let third = subject.accept(new("one")).await;
    assert!(!subject.begin_as(third.id, 2).await.known);
    let fourth = subject.accept(super::draft(new("one"))).await;
    assert!(!subject.begin(fourth.id).await.known);
}

pub(super) async fn a_reading_that_is_not_known_is_announced_again(subject: &Subject) {
    let attempt = begun(subject).await;
    let waiting = subject.complete(&attempt, AttemptOutcome::Known).await.unwrap();
    assert_eq!(waiting.state, SubmissionState::Parsing);
    assert_eq!(waiting.failure.unwrap().class, NOT_KNOWN);
    assert_eq!(subject.begin(waiting.id).await.attempt, 2);
}

pub(super) async fn a_known_rejection_rejects_at_once(subject: &Subject) {
    let first = begun(subject).await;
    subject.complete(&first, rejected()).await.unwrap();
    let second = begun(subject).await;
    assert!(second.known);
    let second = subject.complete(&second, AttemptOutcome::Known).await.unwrap();
    assert_eq!(second.state, SubmissionState::Rejected);
    assert_eq!(second.rejection.unwrap().reason, RejectReason::NotAReport);
}

pub(super) async fn each_completion_has_its_own_answer(subject: &Subject) {
    let (first, second) = (begun(subject).await, begun(subject).await);
    let completion = |lease, outcome| Completion { lease, extractor_version: 1, outcome };
    let stale = Lease { token: first.lease.token - 1, ..first.lease };
    let unknown = Lease { submission: SubmissionId::generate(), token: 1 };
    let answers = subject
        .store
        .complete(vec![
            completion(stale, rejected()),
            completion(second.lease, rejected()),
            completion(unknown, rejected()),
            completion(first.lease, retry(Duration::ZERO)),
        ])
        .await
        .unwrap();
    let [first_answer, second_answer, third_answer, fourth_answer] = answers.try_into().unwrap();
    fenced(first_answer, first.lease.submission);
    assert_eq!(second_answer.unwrap().state, SubmissionState::Rejected);
    assert!(matches!(third_answer, Err(StoreError::NotFound(_))));
    assert_eq!(fourth_answer.unwrap().state, SubmissionState::Parsing);
    assert!(subject.store.complete(Vec::new()).await.unwrap().is_empty());
}

pub(super) async fn an_unknown_submission_is_left_out(subject: &Subject) {
    assert_eq!(subject.try_begin(SubmissionId::generate()).await, None);
    let accepted = subject.accept(new("one")).await;
    let worker = Worker { name: "worker 1".to_owned(), extractor_version: 1 };
    let named = [accepted.id, SubmissionId::generate(), accepted.id];
    let attempts = subject.store.begin_attempts(&named, &worker, LEASE).await.unwrap();
    assert_eq!(attempts.len(), 1);
}
