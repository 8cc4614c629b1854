//! What became of all files that were sent.

use super::Event;
use crate::commands::batch::outcome;
use crate::commands::batch::progress::states;
use crate::present::width::{Align, Cell, Columns};
use crate::present::{Style, Tone, printable};
use gongkai_wire::state_name;
use gongkai_wire::v1::batch_item::Outcome;
use gongkai_wire::v1::{BatchItem, BatchProgress, Submission, SubmissionState};
use std::collections::HashMap;
use std::fmt::Write;

/// So many files are listed one by one; of more, only those that failed.
const LISTED_MAX: usize = 20;
/// So many that failed are listed.
const FAILURES_LISTED_MAX: usize = 200;

/// What became of all files that were sent.
#[derive(Debug)]
pub(super) struct Summary {
    /// Whether a file is finished when it is read, and not already when it is accepted.
    waits: bool,
    /// Files by their submission, while that has not ended.
    open: HashMap<String, String>,
    accepted: usize,
    refused: usize,
    /// The batch that the files make.
    batch: Option<String>,
    /// Submissions that ended, by state.
    ended: HashMap<i32, usize>,
    /// The first of those that went well.
    done: Vec<Line>,
    /// The first of those that failed.
    failed: Vec<Line>,
}

#[derive(Debug)]
struct Line {
    file: String,
    state: String,
    /// Its reports, or why it has none.
    what: String,
}

impl Summary {
    pub(super) fn new(waits: bool) -> Self {
        Self {
            waits,
            open: HashMap::new(),
            accepted: 0,
            refused: 0,
            batch: None,
            ended: HashMap::new(),
            done: Vec::new(),
            failed: Vec::new(),
        }
    }

    pub(super) fn take(&mut self, event: Event) {
        match event {
            Event::Accepted { file, submission } => {
                self.accepted += 1;
                if self.waits {
                    self.open.insert(submission.name, file);
                } else {
                    let state = state_name(submission.state);
                    keep(&mut self.done, LISTED_MAX + 1, Line { file, state, what: submission.name });
                }
            }
            Event::Refused { file, why } => {
                self.refused += 1;
                let state = "REFUSED".to_owned();
                keep(&mut self.failed, FAILURES_LISTED_MAX, Line { file, state, what: why });
            }
            Event::Ended(submission) => {
                let file = self.open.remove(&submission.name).unwrap_or_else(|| submission.name.clone());
                *self.ended.entry(submission.state).or_default() += 1;
                let line = Line { file, state: state_name(submission.state), what: result(&submission) };
                if submission.state() == SubmissionState::Done {
                    keep(&mut self.done, LISTED_MAX + 1, line);
                } else {
                    keep(&mut self.failed, FAILURES_LISTED_MAX, line);
                }
            }
        }
    }

    /// Items of a batch that are asked for: no more are listed, whether all are or only those that failed.
    pub(super) const ITEMS_MAX: usize = FAILURES_LISTED_MAX;

    /// Whether a batch is listed item by item.
    pub(super) fn lists_all(progress: &BatchProgress) -> bool {
        states(progress).into_iter().map(|(_, count)| count).sum::<u64>() <= LISTED_MAX as u64
    }

    /// What became of a batch, with those of its items that are listed, and with files that were never sent.
    pub(super) fn of_batch(
        name: &str,
        progress: &BatchProgress,
        items: &[BatchItem],
        unsent: Vec<(String, String)>,
    ) -> Self {
        let mut summary = Self::new(false);
        summary.batch = Some(name.to_owned());
        let count = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
        summary.refused = count(progress.refused);
        let ended = [
            (SubmissionState::Done, progress.done),
            (SubmissionState::Rejected, progress.rejected),
            (SubmissionState::Dead, progress.dead),
            (SubmissionState::Cancelled, progress.cancelled),
        ];
        for (state, submissions) in ended {
            if 0 < submissions {
                summary.ended.insert(state.into(), count(submissions));
            }
        }
        let waiting = progress.received + progress.queued + progress.parsing;
        summary.accepted = summary.ended.values().sum::<usize>() + count(waiting);
        for item in items {
            let (state, what) = outcome(item);
            let is_failed = match &item.outcome {
                Some(Outcome::Submission(submission)) => matches!(
                    submission.state(),
                    SubmissionState::Rejected | SubmissionState::Dead | SubmissionState::Cancelled
                ),
                Some(Outcome::Refusal(_) | Outcome::Archive(_)) | None => true,
            };
            let line = Line { file: item.key.clone(), state, what };
            match is_failed {
                true => keep(&mut summary.failed, FAILURES_LISTED_MAX, line),
                false => keep(&mut summary.done, LISTED_MAX + 1, line),
            }
        }
        unsent.into_iter().for_each(|(file, why)| summary.take(Event::Refused { file, why }));
        summary
    }

    /// Files for which nothing more is waited for.
    pub(super) fn finished(&self) -> usize {
        let accepted = if self.waits { self.ended.values().sum() } else { self.accepted };
        accepted + self.refused
    }

    /// Whether any file did not go through.
    pub(super) fn is_wrong(&self) -> bool {
        0 < self.failures() || !self.open.is_empty()
    }

    /// For the line of the progress bar.
    pub(super) fn in_short(&self) -> String {
        match self.failures() {
            0 => format!("{} accepted", self.accepted),
            failures => format!("{} accepted, {failures} failed", self.accepted),
        }
    }

    /// The summary for people.
    pub(super) fn print(&self, style: Style) -> String {
        let mut columns = Columns::new(vec![Align::Left; 3]);
        let mut push = |line: &Line, tone| {
            columns.push(vec![
                Cell::new(printable(&line.file), Tone::Plain),
                Cell::new(line.state.as_str(), tone),
                Cell::new(printable(&line.what), Tone::Plain),
            ]);
        };
        if self.done.len() <= LISTED_MAX {
            self.done.iter().for_each(|line| push(line, Tone::Good));
        }
        self.failed.iter().for_each(|line| push(line, Tone::Bad));
        let mut text = columns.render(style, 0);
        // Something may have failed since it was counted.
        let more = self.failures().saturating_sub(self.failed.len());
        if 0 < more {
            let _ = writeln!(text, "… and {more} more that failed");
        }

        if let Some(batch) = &self.batch {
            let _ = writeln!(text, "{batch}");
        }
        let mut counts = vec![format!("{} accepted", self.accepted)];
        let mut ended: Vec<_> = self.ended.iter().collect();
        ended.sort();
        counts.extend(
            ended.iter().map(|(state, count)| format!("{count} {}", state_name(**state).to_lowercase())),
        );
        if 0 < self.refused {
            counts.push(format!("{} refused", self.refused));
        }
        let _ = writeln!(text, "{}", style.paint(Tone::Strong, counts.join(", ")));
        text
    }

    fn failures(&self) -> usize {
        let done: i32 = SubmissionState::Done.into();
        self.refused
            + self.ended.iter().filter(|(state, _)| **state != done).map(|(_, count)| count).sum::<usize>()
    }
}

/// Memory stays bounded, however many files there are.
fn keep(lines: &mut Vec<Line>, max: usize, line: Line) {
    if lines.len() < max {
        lines.push(line);
    }
}

/// The reports of a submission, or why it has none; nothing while it has not ended.
pub(in crate::commands) fn result(submission: &Submission) -> String {
    if let Some(rejection) = &submission.rejection {
        let reason = rejection.reason().as_str_name().trim_start_matches("REJECT_REASON_");
        return format!("{reason}: {}", rejection.message);
    }
    match (submission.state(), &submission.failure) {
        (SubmissionState::Dead, Some(failure)) => format!("{}: {}", failure.class, failure.message),
        _ => submission.reports.iter().map(|it| it.report.as_str()).collect::<Vec<_>>().join(" "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Lang;
    use gongkai_wire::v1::{Failure, RejectReason, Rejection, ReportRevision};

    const STYLE: Style = Style { lang: Lang::En, color: false };

    fn submission(name: &str, state: SubmissionState) -> Submission {
        Submission { name: name.to_owned(), state: state.into(), ..Submission::default() }
    }

    fn accepted(file: &str, name: &str) -> Event {
        let submission = submission(name, SubmissionState::Received);
        Event::Accepted { file: file.to_owned(), submission }
    }

    #[test]
    fn each_file_ends_with_its_reports_or_with_why_it_has_none() {
        let mut summary = Summary::new(true);
        summary.take(accepted("a.txt", "submissions/1"));
        summary.take(accepted("b.txt", "submissions/2"));
        summary.take(accepted("c.txt", "submissions/3"));
        summary.take(Event::Refused { file: "d.txt".to_owned(), why: "No such file".to_owned() });
        assert_eq!((summary.finished(), summary.is_wrong()), (1, true));

        let report = ReportRevision { report: "reports/7".to_owned(), revision: 1 };
        summary.take(Event::Ended(Submission {
            reports: vec![report],
            ..submission("submissions/1", SubmissionState::Done)
        }));
        let mut rejection = Rejection { message: "no report".to_owned(), ..Rejection::default() };
        rejection.set_reason(RejectReason::NotAReport);
        summary.take(Event::Ended(Submission {
            rejection: Some(rejection),
            ..submission("submissions/2", SubmissionState::Rejected)
        }));
        let failure = Failure {
            class: "PANIC".to_owned(),
            message: "index out of bounds".to_owned(),
            ..Failure::default()
        };
        summary.take(Event::Ended(Submission {
            failure: Some(failure),
            ..submission("submissions/3", SubmissionState::Dead)
        }));
        assert_eq!(summary.finished(), 4);
        assert_eq!(summary.in_short(), "3 accepted, 3 failed");
        let expected = "\
a.txt  DONE      reports/7
d.txt  REFUSED   No such file
b.txt  REJECTED  NOT_A_REPORT: no report
c.txt  DEAD      PANIC: index out of bounds
3 accepted, 1 done, 1 rejected, 1 dead, 1 refused
";
        assert_eq!(summary.print(STYLE), expected);
    }

    #[test]
    fn without_waiting_a_file_is_finished_when_it_is_accepted() {
        let mut summary = Summary::new(false);
        summary.take(accepted("a.txt", "submissions/1"));
        assert_eq!((summary.finished(), summary.is_wrong()), (1, false));
        assert_eq!(summary.print(STYLE), "a.txt  RECEIVED  submissions/1\n1 accepted\n");
    }

    #[test]
    fn of_many_files_only_those_that_failed_are_listed() {
        let mut summary = Summary::new(true);
        for number in 0..1000 {
            summary.take(accepted(&format!("{number}.txt"), &format!("submissions/{number}")));
            let state = if number % 2 == 0 { SubmissionState::Done } else { SubmissionState::Cancelled };
            summary.take(Event::Ended(submission(&format!("submissions/{number}"), state)));
        }
        let text = summary.print(STYLE);
        assert_eq!(text.lines().count(), FAILURES_LISTED_MAX + 2);
        assert!(text.contains("… and 300 more that failed\n"), "{text}");
        assert!(text.ends_with("1000 accepted, 500 done, 500 cancelled\n"));
    }
}
