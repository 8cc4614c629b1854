//! Submissions on their way through the server, until each has ended.

use super::Event;
use crate::client::{ATTEMPTS_MAX, Client, explained, may_pass, pause_after};
use gongkai_wire::v1::{Submission, SubmissionFilter, SubmissionState, WatchSubmissionsRequest};
use std::collections::HashSet;
use tokio::sync::mpsc::{Receiver, Sender};
use tonic::Status;

/// Submissions followed by one call.
const BATCH_MAX: usize = 500;

/// Follows every submission that is named, and tells of its end. Ends when no more are named and all have ended.
pub(super) async fn follow(
    client: Client,
    mut named: Receiver<String>,
    events: Sender<Event>,
) -> anyhow::Result<()> {
    let mut batch = Vec::new();
    while 0 < named.recv_many(&mut batch, BATCH_MAX).await {
        let mut open: HashSet<String> = batch.drain(..).collect();
        let mut breaks = 0;
        while !open.is_empty() {
            let before = open.len();
            let result = watch(client.clone(), &mut open, &events).await;
            breaks = if open.len() < before { 1 } else { breaks + 1 };
            match result {
                Ok(()) => {}
                // After a break, what is still open is asked for anew, each as it then stands.
                Err(status) if may_pass(&status) && breaks < ATTEMPTS_MAX => {
                    tokio::time::sleep(pause_after(&status, breaks)).await;
                }
                Err(status) => return Err(explained(&status)),
            }
        }
    }
    Ok(())
}

/// Takes those out of `open` that have ended, until the server has no more to tell.
async fn watch(mut client: Client, open: &mut HashSet<String>, events: &Sender<Event>) -> Result<(), Status> {
    let names = open.iter().cloned().collect();
    let request = WatchSubmissionsRequest {
        filter: Some(SubmissionFilter { names, ..SubmissionFilter::default() }),
        after_position: 0,
        until_final: true,
    };
    let mut changes = client.ingest.watch_submissions(request).await?.into_inner();
    while let Some(change) = changes.message().await? {
        for submission in change.submissions.into_iter().filter(is_final) {
            if open.remove(&submission.name) {
                // Nobody listens any more only where the command itself has ended.
                let _ = events.send(Event::Ended(submission)).await;
            }
        }
    }
    if open.is_empty() { Ok(()) } else { Err(Status::unavailable("the server stopped telling of changes")) }
}

/// Whether nothing more happens to it by itself.
fn is_final(submission: &Submission) -> bool {
    match submission.state() {
        SubmissionState::Done
        | SubmissionState::Rejected
        | SubmissionState::Dead
        | SubmissionState::Cancelled => true,
        // Unknown numbers read as unspecified: not final.
        SubmissionState::Unspecified
        | SubmissionState::Received
        | SubmissionState::Queued
        | SubmissionState::Parsing => false,
    }
}
