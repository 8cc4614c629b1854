//! How far a batch is, in a line.

use super::get;
use crate::client::Client;
use gongkai_wire::v1::{Batch, BatchProgress};
use indicatif::{ProgressBar, ProgressStyle};
use std::time::Duration;
use tokio::time::Instant;

/// How often to look how far it is. Each look counts the items.
const LOOK_INTERVAL: Duration = Duration::from_millis(500);

/// A sender of whom nothing more has come for so long has ended, or was ended by the server.
const SENDER_PATIENCE: Duration = Duration::from_secs(60);

/// Counts by what became of items, in the order of their way.
pub(crate) fn states(progress: &BatchProgress) -> [(&'static str, u64); 8] {
    [
        ("received", progress.received),
        ("queued", progress.queued),
        ("parsing", progress.parsing),
        ("done", progress.done),
        ("rejected", progress.rejected),
        ("dead", progress.dead),
        ("cancelled", progress.cancelled),
        ("refused", progress.refused),
    ]
}

/// Items that ended without a report.
pub(crate) fn failed(progress: &BatchProgress) -> u64 {
    progress.rejected + progress.dead + progress.cancelled + progress.refused
}

/// Items that have ended.
fn ended(progress: &BatchProgress) -> u64 {
    progress.done + failed(progress)
}

/// Items that are at the server and have not ended.
fn in_work(progress: &BatchProgress) -> u64 {
    progress.received + progress.queued + progress.parsing
}

/// Whether nothing more is to be waited for: everything that was sent has ended, and everything that was expected was sent, or
/// nobody sends any more. Those that were expected and never come are open for ever.
fn is_over(progress: &BatchProgress, unchanged_for: Duration) -> bool {
    in_work(progress) == 0 && (progress.open == 0 || SENDER_PATIENCE <= unchanged_for)
}

/// How quickly it goes, or went.
pub(crate) fn rate(progress: &BatchProgress) -> Option<String> {
    let tenths = progress.ended_per_1000_seconds / 100;
    match progress.ended_per_1000_seconds {
        0 => None,
        1..100 => Some("fewer than 0.1 a second".to_owned()),
        _ => Some(format!("{}.{} a second", tenths / 10, tenths % 10)),
    }
}

/// How long it will take.
pub(crate) fn remaining(progress: &BatchProgress) -> Option<String> {
    progress.remaining.map(|remaining| span(u64::try_from(remaining.seconds).unwrap_or(0)))
}

fn span(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
    }
}

/// A line that tells how far a batch is, where standard error is a terminal.
pub(crate) struct Waiting {
    bar: ProgressBar,
    /// How many items there will be, where that is known here and not to the server.
    items: Option<u64>,
}

impl Waiting {
    pub(crate) fn new(items: Option<u64>) -> Self {
        let bar = ProgressBar::new(items.unwrap_or(0));
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len}  {msg}") {
            bar.set_style(style);
        }
        Self { bar, items }
    }

    /// Shows how far it is; `refused` items never reached the server.
    pub(crate) fn show(&self, progress: &BatchProgress, refused: u64) {
        let all = self.items.unwrap_or_else(|| ended(progress) + progress.open + refused);
        let there = ended(progress) + refused;
        self.bar.set_length(all.max(there));
        self.bar.set_position(there);
        self.bar.set_message(line(progress, all.saturating_sub(there), refused));
    }

    /// Looks how far it is until everything has ended that was sent and, as long as somebody seems to send, is expected.
    pub(crate) async fn until_ended(&self, client: &Client, name: &str) -> anyhow::Result<Batch> {
        let (mut before, mut changed_at) = (None, Instant::now());
        loop {
            let batch = get(client, name).await?;
            let progress = batch.progress.unwrap_or_default();
            self.show(&progress, 0);
            let counts = Some(states(&progress));
            if before != counts {
                (before, changed_at) = (counts, Instant::now());
            }
            if is_over(&progress, changed_at.elapsed()) {
                self.end();
                return Ok(batch);
            }
            tokio::time::sleep(LOOK_INTERVAL).await;
        }
    }

    /// Looks how far it is until everything that was sent has ended, where nothing more is sent. `refused` items never reached
    /// the server.
    pub(crate) async fn until_sent_ended(
        &self,
        client: &Client,
        name: &str,
        refused: u64,
    ) -> anyhow::Result<Batch> {
        loop {
            let batch = get(client, name).await?;
            let progress = batch.progress.unwrap_or_default();
            self.show(&progress, refused);
            if in_work(&progress) == 0 {
                self.end();
                return Ok(batch);
            }
            tokio::time::sleep(LOOK_INTERVAL).await;
        }
    }

    pub(crate) fn end(&self) {
        self.bar.finish_and_clear();
    }
}

/// What stands behind the bar. Where more is to come than the server knows of, how long it takes is reckoned here.
fn line(progress: &BatchProgress, open: u64, refused: u64) -> String {
    let mut parts = Vec::new();
    match failed(progress) + refused {
        0 => {}
        failed => parts.push(format!("{failed} failed")),
    }
    parts.extend(rate(progress));
    if 0 < open && 0 < progress.ended_per_1000_seconds {
        parts.push(format!("{} left", span(open.saturating_mul(1000) / progress.ended_per_1000_seconds)));
    }
    parts.join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_waits_for_ever_for_what_was_expected_and_never_sent() {
        let all = BatchProgress { done: 3, refused: 1, ..BatchProgress::default() };
        let fewer = BatchProgress { open: 2, ..all };
        let one_more = BatchProgress { queued: 1, open: 3, ..all };
        let (now, late) = (Duration::ZERO, SENDER_PATIENCE);
        assert_eq!([all, fewer, one_more].map(|it| is_over(&it, now)), [true, false, false]);
        assert_eq!([all, fewer, one_more].map(|it| is_over(&it, late)), [true, true, false]);
    }

    #[test]
    fn the_line_tells_rate_and_time_left() {
        let progress = BatchProgress { done: 10, ended_per_1000_seconds: 1_500, ..BatchProgress::default() };
        assert_eq!(line(&progress, 90, 0), "1.5 a second · 1 min 0 s left");
        assert_eq!(line(&progress, 0, 2), "2 failed · 1.5 a second");
        assert_eq!(line(&BatchProgress::default(), 90, 0), "");
        let slow = BatchProgress { ended_per_1000_seconds: 1, ..BatchProgress::default() };
        assert_eq!(line(&slow, 9, 0), "fewer than 0.1 a second · 2 h 30 min left");
    }
}
