//! Submissions that were given up: listed, explained, tried again.

use crate::convert;
use crate::watch::failure_class;
use gongkai_model::SubmissionState;
use gongkai_serve::{fields, page_within, to_status};
use gongkai_store::{Cursor, PageRequest, REPLAY_MAX, Replay, SubmissionFilter, Submissions};
use gongkai_wire::{ErrorReason, MESSAGE_BYTES_MAX, REPLAY_DEFAULT, v1};
use prost::Message;
use std::time::Duration;
use tonic::Status;
use tracing::info;

/// Time between two of them.
const INTERVAL_MAX: Duration = Duration::from_secs(24 * 60 * 60);

pub(crate) async fn list(
    submissions: &dyn Submissions,
    request: v1::ListDeadLettersRequest,
) -> Result<v1::ListDeadLettersResponse, Status> {
    let filter = SubmissionFilter {
        states: vec![SubmissionState::Dead],
        failure_class: failure_class("failure_class", request.failure_class)?,
        ..SubmissionFilter::default()
    };
    let cursor = cursor(request.page_token);
    let (filter, cursor) = (&filter, &cursor);
    page_within(fields::page_size(request.page_size)?, |size| async move {
        let page = PageRequest { size, cursor: cursor.clone() };
        let page = submissions.submissions(filter, &page).await.map_err(|error| to_status(&error))?;
        Ok(v1::ListDeadLettersResponse {
            dead_letters: page.items.iter().filter_map(convert::dead_letter).collect(),
            next_page_token: token(page.next),
        })
    })
    .await
}

pub(crate) async fn get(
    submissions: &dyn Submissions,
    request: v1::GetDeadLetterRequest,
) -> Result<v1::GetDeadLetterResponse, Status> {
    let id = fields::submission("name", &request.name)?;
    let submission = submissions.submission(id).await.map_err(|error| to_status(&error))?;
    match convert::dead_letter(&submission) {
        Some(dead_letter) => Ok(v1::GetDeadLetterResponse { dead_letter: Some(dead_letter) }),
        None => Err(not_dead(&submission)),
    }
}

pub(crate) async fn replay(
    submissions: &dyn Submissions,
    request: v1::ReplayDeadLettersRequest,
) -> Result<v1::ReplayDeadLettersResponse, Status> {
    let ids = fields::names("names", &request.names, SubmissionFilter::IDS_MAX, fields::submission)?;
    let limit = match u32::try_from(request.limit) {
        Ok(0) => REPLAY_DEFAULT,
        Ok(limit) => limit.min(REPLAY_MAX),
        Err(_) => return Err(fields::invalid("limit", "it is negative")),
    };
    let replay = Replay {
        filter: SubmissionFilter {
            failure_class: failure_class("failure_class", request.failure_class)?,
            ids,
            ..SubmissionFilter::default()
        },
        limit,
        interval: interval(request.interval)?,
        dry_run: request.dry_run,
    };
    let replayed = submissions.replay_dead(&replay).await.map_err(|error| to_status(&error))?;
    if !replay.dry_run {
        info!(submissions = replayed.len(), "replaying {} dead letters", replayed.len());
    }
    let submissions = replayed.iter().map(convert::submission).collect();
    Ok(fitting(v1::ReplayDeadLettersResponse { submissions }))
}

/// The same in one message, however many there are: where they do not fit, which ones and how far is all that is told.
fn fitting(mut response: v1::ReplayDeadLettersResponse) -> v1::ReplayDeadLettersResponse {
    if MESSAGE_BYTES_MAX < response.encoded_len() {
        for submission in &mut response.submissions {
            *submission = v1::Submission {
                name: std::mem::take(&mut submission.name),
                epoch: submission.epoch,
                state: submission.state,
                position: submission.position,
                ..v1::Submission::default()
            };
        }
    }
    response
}

pub(crate) fn interval(interval: Option<prost_types::Duration>) -> Result<Duration, Status> {
    let Some(interval) = interval else { return Ok(Duration::ZERO) };
    match Duration::try_from(interval) {
        Ok(interval) if interval <= INTERVAL_MAX => Ok(interval),
        _ => Err(fields::invalid("interval", "it is not between 0 and 24 hours")),
    }
}

fn not_dead(submission: &gongkai_store::Submission) -> Status {
    let (name, state) = (submission.id.to_string(), submission.state.name());
    ErrorReason::SubmissionNotDead.resource("submission", &name, format!("{name} is {state}, not DEAD"))
}

/// The cursor of a page token; none on the first page.
pub(crate) fn cursor(page_token: String) -> Option<Cursor> {
    (!page_token.is_empty()).then(|| Cursor::from_text(page_token))
}

/// The token of the next page. The store's cursor is bound to its query already.
pub(crate) fn token(next: Option<Cursor>) -> String {
    next.map(|cursor| cursor.as_str().to_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_as_may_be_replayed_at_once_fit_into_one_answer() {
        let submission = v1::Submission {
            name: format!("submissions/{}", "0".repeat(36)),
            document: format!("documents/{}", "0".repeat(64)),
            epoch: u32::MAX,
            state: v1::SubmissionState::Received.into(),
            failure: Some(v1::Failure { message: "x".repeat(1024), ..Default::default() }),
            position: i64::MAX,
            ..Default::default()
        };
        let few = v1::ReplayDeadLettersResponse { submissions: vec![submission.clone(); 100] };
        assert_eq!(fitting(few.clone()), few);
        let many = v1::ReplayDeadLettersResponse { submissions: vec![submission; REPLAY_MAX as usize] };
        let told = fitting(many);
        assert_eq!(told.submissions.len(), REPLAY_MAX as usize);
        assert!(told.encoded_len() <= MESSAGE_BYTES_MAX);
    }
}
