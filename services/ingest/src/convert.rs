//! From the store's submissions to the wire's.

use gongkai_model::SubmissionState;
use gongkai_store::{Failure, Rejection, ReportRevision, Submission, Timestamp};
use gongkai_wire::{timestamp, v1};

pub(crate) fn submission(submission: &Submission) -> v1::Submission {
    v1::Submission {
        name: submission.id.to_string(),
        document: submission.document.to_string(),
        purpose: v1::Purpose::from(submission.purpose).into(),
        priority: v1::Priority::from(submission.priority).into(),
        file_name: submission.name.clone(),
        source_uri: submission.source.clone(),
        media_type: submission.media_type.clone(),
        epoch: submission.epoch,
        state: v1::SubmissionState::from(submission.state).into(),
        attempts: submission.attempts,
        next_attempt_time: submission.next_attempt_at.map(time),
        failure: submission.failure.as_ref().map(failure),
        rejection: submission.rejection.as_ref().map(rejection),
        reports: submission.reports.iter().map(report).collect(),
        create_time: Some(time(submission.accepted_at)),
        update_time: Some(time(submission.changed_at)),
        position: submission.position.0,
        batch: submission.item.as_ref().map(|item| item.batch.to_string()).unwrap_or_default(),
        item_key: submission.item.as_ref().map(|item| item.key.clone()).unwrap_or_default(),
    }
}

/// The dead letter of a submission; none where it is not dead.
pub(crate) fn dead_letter(dead: &Submission) -> Option<v1::DeadLetter> {
    (dead.state == SubmissionState::Dead).then(|| v1::DeadLetter { submission: Some(submission(dead)) })
}

pub(crate) fn time(time: Timestamp) -> prost_types::Timestamp {
    timestamp(time.micros())
}

fn failure(failure: &Failure) -> v1::Failure {
    v1::Failure {
        class: failure.class.clone(),
        message: failure.message.clone(),
        time: Some(time(failure.at)),
        attempt: failure.attempt,
        // More than any attempt takes fits in.
        duration: failure.receipt.took.and_then(|took| took.try_into().ok()),
        memory_growth_bytes: failure.receipt.memory_bytes,
    }
}

fn rejection(rejection: &Rejection) -> v1::Rejection {
    v1::Rejection {
        reason: v1::RejectReason::from(rejection.reason).into(),
        message: rejection.message.clone(),
    }
}

fn report(revision: &ReportRevision) -> v1::ReportRevision {
    v1::ReportRevision { report: revision.report.to_string(), revision: revision.revision }
}
