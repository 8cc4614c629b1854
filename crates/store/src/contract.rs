//! What every store promises, one small function a promise, each on a store of its own.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a broken promise ends the test"
)]

mod batches;
mod documents;
mod histories;
mod imports;
mod intake;
mod ledger;
mod listings;
mod operations;
mod outbox;
mod reports;
mod reviews;
pub mod sample;
mod search;
mod sharing;
mod submissions;

use crate::{
    Accepted, Attempt, AttemptOutcome, Completion, Content, Limits, ManualClock, NewSubmission, Store,
    StoreError, Submission, Worker,
};
use bytes::Bytes;
use gongkai_model::{Priority, Purpose, Report, SubmissionId};
use std::sync::Arc;
use std::time::Duration;

/// An empty store under test.
pub struct Subject {
    /// The store.
    pub store: Arc<dyn Store>,
    /// The clock it lives by; time passes when a promise says so.
    pub clock: Arc<ManualClock>,
}

/// The limits that the subjects are to be made with: small enough to be reached.
pub const LIMITS: Limits = Limits { outbox_rows_max: 8 };

/// How long leases are where a promise does not care.
pub const LEASE: Duration = Duration::from_secs(30);

/// Checks every promise, each on a store that `fresh` makes.
pub async fn upholds<F: Future<Output = Subject>>(fresh: impl Fn() -> F) {
    macro_rules! check {
        ($($module:ident: $($promise:ident)+;)+) => {$($(
            // Boxed: all of them together would not fit on the stack of a test.
            let subject = Box::pin(fresh()).await;
            Box::pin($module::$promise(&subject)).await;
        )+)+};
    }
    check! {
        intake:
            what_is_accepted_can_be_asked_for
            the_same_bytes_are_stored_once_and_each_submission_stands_for_itself
            a_repeated_request_gives_the_same_submission
            a_repeated_request_with_other_content_is_refused
            request_ids_are_kept_apart_by_caller
            a_request_id_is_forgotten_after_its_time
            an_expired_request_id_is_forgotten_also_before_it_is_swept
            the_same_request_many_times_at_once_has_one_effect
            a_full_outbox_refuses_and_accepts_again_when_it_drains
            an_upload_is_put_together_from_its_pieces
            an_upload_of_known_bytes_is_the_same_document
            an_upload_ends_when_it_is_accepted
            an_unknown_upload_is_not_found
            an_upload_is_bounded
            an_abandoned_upload_is_swept_and_a_fresh_one_is_not
            sweeping_is_bounded;
        documents:
            a_document_comes_back_byte_for_byte
            an_empty_document_has_no_chunks
            names_and_sources_are_sets
            a_drafts_document_does_not_show_among_published_ones
            what_drafts_are_called_does_not_show_in_what_is_published
            a_document_larger_than_asked_for_is_refused
            an_unknown_document_is_not_found;
        outbox:
            an_accepted_submission_is_due_at_once
            the_trace_of_a_sender_goes_on_in_all_work
            a_claimed_row_is_nobody_elses_until_its_lease_runs_out
            the_more_urgent_is_claimed_first_and_some_of_the_rest_beside_it
            no_more_rows_than_asked_for_are_claimed_the_longest_due_first
            a_published_submission_is_queued_and_due_no_more
            marking_late_or_twice_changes_nothing
            a_postponed_row_is_due_later
            a_row_with_a_later_due_time_waits
            whoever_waits_is_woken_by_an_accepted_submission
            a_submission_that_the_queue_lost_is_announced_again
            the_submission_of_a_dead_worker_is_announced_again_once
            what_is_final_is_never_announced_again;
        ledger:
            an_attempt_is_counted_when_it_begins
            a_live_lease_keeps_others_out
            an_expired_lease_can_be_taken_over
            a_renewed_lease_lasts
            only_the_holder_renews
            a_late_result_is_refused
            a_lease_that_ran_out_but_was_not_taken_over_still_counts
            a_retry_comes_later_and_not_before
            the_last_failure_is_the_end
            a_failure_that_will_not_pass_is_the_end_at_once
            a_document_that_kills_its_workers_is_found_out
            a_rejection_carries_its_reason
            reports_are_stored_with_the_submission
            a_completed_attempt_cannot_be_completed_again
            the_first_reading_of_a_document_counts_for_all
            a_known_reading_ends_other_submissions_at_once
            a_reading_that_is_not_known_is_announced_again
            a_known_rejection_rejects_at_once
            each_completion_has_its_own_answer
            an_unknown_submission_is_left_out;
        submissions:
            an_unknown_submission_is_not_found
            the_list_shows_the_latest_first_page_by_page
            the_list_is_filtered
            a_cursor_of_another_query_is_refused
            a_filter_is_bounded
            changes_are_told_in_order_and_none_is_skipped
            whoever_waits_for_a_change_is_woken
            waiting_ends_without_a_change
            a_cancelled_submission_stays_cancelled_and_its_worker_is_fenced
            what_is_done_cannot_be_cancelled
            a_replay_begins_a_new_epoch
            a_dry_run_changes_nothing
            a_replay_is_paced_and_bounded
            state_never_moves_backwards_within_an_epoch;
        reports:
            a_report_comes_back_whole
            a_report_of_two_purposes_is_two_reports_and_drafts_stay_apart
            an_equal_record_in_another_document_is_a_rendition
            a_republication_with_changes_is_a_new_revision
            reading_again_with_a_later_extractor_is_a_revision_only_where_it_reads_otherwise
            the_newest_capture_is_current_whatever_is_read_last
            a_revision_that_is_captured_again_is_current_again
            reports_of_the_same_name_in_two_regions_stay_apart
            reports_without_a_certain_key_stay_apart
            several_reports_in_one_document_stay_apart
            a_report_is_read_as_it_was
            a_report_is_read_as_it_had_been_published
            what_was_dated_wrongly_had_not_been_published
            a_batch_answers_in_order_with_gaps
            a_batch_is_bounded
            cells_are_told_without_their_records
            a_page_with_cells_is_the_page_with_their_cells
            what_becomes_current_is_told_in_order_and_none_is_skipped
            a_report_is_resolved_by_its_key
            the_position_of_a_time_is_found
            an_unknown_report_is_not_found;
        listings:
            reports_are_listed_in_each_order_page_by_page
            reports_are_listed_by_several_fields_page_by_page
            what_is_put_in_order_by_ids_is_the_list
            reports_are_filtered
            pages_show_one_state_whatever_is_written_in_between
            findings_of_current_revisions_are_listed
            findings_are_paged;
        reviews:
            a_request_of_a_reviewer_that_comes_again_is_answered_as_before
            a_request_of_a_reviewer_is_forgotten_after_its_time
            a_correction_is_a_revision_and_what_was_read_stays
            a_correction_that_is_taken_back_ends
            a_change_on_another_revision_is_refused
            a_correction_counts_for_what_it_was_made_on
            a_later_correction_takes_the_place_of_an_earlier_one
            a_review_that_ends_as_it_is_said_has_ended
            opinions_without_a_correction_make_no_revision;
        imports:
            documents_are_taken_with_their_report_without_being_read
            documents_of_a_report_that_is_left_out_are_left_out
            a_drafts_document_is_published_by_what_is_taken_in;
        search:
            words_are_found_where_they_stand_and_nowhere_else
            a_search_reads_as_of_what_the_index_has_reached
            what_a_report_says_now_is_found_and_what_it_said_as_of_then
            drafts_are_searched_by_themselves
            a_search_is_filtered_and_ordered_page_by_page
            pages_of_a_search_show_one_state
            the_deepest_and_the_longest_query_are_answered;
        sharing:
            who_has_the_same_words_is_told_whatever_the_numbers_and_names
            sharing_is_told_as_of_what_the_index_has_reached
            drafts_share_with_drafts
            of_what_very_many_have_those_are_told_who_had_it_first
            what_is_read_again_keeps_its_place_among_very_many;
        histories:
            what_a_twin_gives_is_taken_whole
            what_is_given_is_taken_whole_by_a_twin
            a_history_is_given_as_it_was
            histories_are_given_in_order_page_by_page_and_without_drafts
            a_history_that_is_too_large_is_named_and_passed_over
            what_is_taken_again_changes_nothing
            a_history_that_grew_is_extended
            what_was_sent_before_stays_before
            what_is_here_is_kept
            a_history_that_makes_no_sense_is_refused
            what_lies_beneath_a_correction_is_carried
            a_review_with_the_name_of_another_is_refused
            a_snapshot_that_was_taken_in_is_known;
        operations:
            a_pause_lasts_until_it_is_ended
            the_census_counts_what_waits_by_how_far_it_is
            the_census_tells_what_was_given_up_by_class;
        batches:
            a_batch_is_made_once
            an_unknown_batch_is_not_found
            batches_are_listed_the_latest_first_page_by_page
            an_item_is_a_submission_like_any_other
            an_item_that_is_sent_again_is_the_same_submission
            a_key_stands_for_one_item
            the_same_item_many_times_at_once_is_taken_once
            a_refusal_is_kept_until_the_item_is_accepted
            a_refusal_ends_when_the_item_was_taken_in_another_way
            progress_counts_items_by_state
            items_are_listed_by_what_became_of_them
            items_are_paged_and_none_that_changes_is_passed_over
            the_failed_of_one_batch_are_tried_again;
    }
}

impl Subject {
    fn pass(&self, duration: Duration) {
        self.clock.advance(duration);
    }

    async fn accept(&self, new: NewSubmission) -> Submission {
        let Accepted { submission, created } = self.store.accept(new).await.unwrap();
        assert!(created);
        submission
    }

    async fn submission(&self, id: SubmissionId) -> Submission {
        self.store.submission(id).await.unwrap()
    }

    async fn begin(&self, id: SubmissionId) -> Attempt {
        self.begin_as(id, 1).await
    }

    async fn begin_as(&self, id: SubmissionId, extractor_version: u32) -> Attempt {
        self.try_begin_as(id, extractor_version).await.unwrap()
    }

    async fn try_begin(&self, id: SubmissionId) -> Option<Attempt> {
        self.try_begin_as(id, 1).await
    }

    async fn try_begin_as(&self, id: SubmissionId, extractor_version: u32) -> Option<Attempt> {
        let worker = Worker { name: "worker 1".to_owned(), extractor_version };
        let attempts = self.store.begin_attempts(&[id], &worker, LEASE).await.unwrap();
        assert!(attempts.len() <= 1);
        attempts.into_iter().next()
    }

    async fn complete(&self, attempt: &Attempt, outcome: AttemptOutcome) -> Result<Submission, StoreError> {
        self.complete_as(attempt, 1, outcome).await
    }

    async fn complete_as(
        &self,
        attempt: &Attempt,
        extractor_version: u32,
        outcome: AttemptOutcome,
    ) -> Result<Submission, StoreError> {
        let completion = Completion { lease: attempt.lease, extractor_version, outcome };
        let mut answers = self.store.complete(vec![completion]).await.unwrap();
        assert_eq!(answers.len(), 1);
        answers.remove(0)
    }

    /// Accepts a document and reads `reports` from it.
    async fn store_reports(&self, new: NewSubmission, reports: &[Report]) -> Submission {
        let submission = self.accept(new).await;
        let attempt = self.begin(submission.id).await;
        self.complete(&attempt, sample::reports(reports)).await.unwrap()
    }
}

/// A submission of a document of these bytes.
fn new(bytes: impl Into<Bytes>) -> NewSubmission {
    NewSubmission {
        caller: "caller 1".to_owned(),
        request_id: None,
        item: None,
        purpose: Purpose::Published,
        priority: Priority::Normal,
        media_type: "text/plain".to_owned(),
        name: "report.txt".to_owned(),
        source: String::new(),
        content: Content::Bytes(bytes.into()),
        trace: None,
    }
}

fn with_request_id(request_id: &str, new: NewSubmission) -> NewSubmission {
    NewSubmission { request_id: Some(request_id.to_owned()), ..new }
}

fn draft(new: NewSubmission) -> NewSubmission {
    NewSubmission { purpose: Purpose::Draft, ..new }
}
