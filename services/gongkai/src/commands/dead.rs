//! `gongkai dead`: documents that a server gave up.

use super::{Verdict, stdout};
use crate::cli::{DeadCommand, DeadListArgs, DeadReplayArgs, DeadShowArgs, Global, Lang, ListFormat};
use crate::client::{Client, block_on, explained, persist, resource};
use crate::present::time::in_utc;
use crate::present::width::{Align, Cell, Columns, shorten};
use crate::present::{Style, Tone, printable};
use anyhow::Context;
use gongkai_wire::v1::{
    Failure, GetDeadLetterRequest, ListDeadLettersRequest, ReplayDeadLettersRequest, Submission,
};
use gongkai_wire::{micros, state_name};
use serde_json::json;
use std::fmt::Write as _;
use std::io::Write;
use std::time::Duration;

/// Dead letters that one page of a list has at most, and that one replay takes at most.
const PAGE_MAX: usize = 1000;
const REPLAY_MAX: i32 = 10_000;
const WHY_WIDTH_MAX: usize = 80;
/// What is said of a worker that has told nothing.
const UNKNOWN: &str = "unknown";

pub(crate) fn run(command: &DeadCommand, global: &Global) -> anyhow::Result<Verdict> {
    let style = Style::new(global, Lang::En);
    let text = block_on(async {
        let client = Client::connect(&global.server).await?;
        match command {
            DeadCommand::List(args) => list(&client, args, style).await,
            DeadCommand::Show(args) => show(&client, args, style).await,
            DeadCommand::Replay(args) => replay(&client, args, style).await,
        }
    })?;
    let mut out = stdout();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(Verdict::Fine)
}

async fn list(client: &Client, args: &DeadListArgs, style: Style) -> anyhow::Result<String> {
    let limit = args.limit.get();
    let mut dead = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = ListDeadLettersRequest {
            page_size: i32::try_from(PAGE_MAX.min(limit - dead.len()))?,
            page_token,
            ..ListDeadLettersRequest::default()
        };
        let call = || {
            let (mut client, request) = (client.clone(), request.clone());
            async move { client.ingest.list_dead_letters(request).await }
        };
        let page = persist(call).await.map_err(|status| explained(&status))?.into_inner();
        dead.extend(page.dead_letters.into_iter().filter_map(|letter| letter.submission));
        page_token = page.next_page_token;
        if page_token.is_empty() || limit <= dead.len() {
            break;
        }
    }
    let mut text = String::new();
    match args.format {
        ListFormat::Names => dead.iter().for_each(|submission| {
            let _ = writeln!(text, "{}", printable(&submission.name));
        }),
        ListFormat::Json => dead.iter().for_each(|submission| {
            let _ = writeln!(text, "{}", submission_json(submission));
        }),
        ListFormat::Table => text = submissions_table(&dead, style),
    }
    Ok(text)
}

async fn show(client: &Client, args: &DeadShowArgs, style: Style) -> anyhow::Result<String> {
    let request = GetDeadLetterRequest { name: resource("submissions", &args.name) };
    let call = || {
        let (mut client, request) = (client.clone(), request.clone());
        async move { client.ingest.get_dead_letter(request).await }
    };
    let response = persist(call).await.map_err(|status| explained(&status))?.into_inner();
    let submission = response
        .dead_letter
        .and_then(|letter| letter.submission)
        .context("the server answered without a dead letter")?;
    Ok(submission_in_full(&submission, style))
}

async fn replay(client: &Client, args: &DeadReplayArgs, style: Style) -> anyhow::Result<String> {
    let request = ReplayDeadLettersRequest {
        names: args.names.iter().map(|name| resource("submissions", name)).collect(),
        limit: REPLAY_MAX,
        dry_run: args.dry_run,
        ..ReplayDeadLettersRequest::default()
    };
    // Not repeated by itself: what was replayed and died again would be replayed once more.
    let response = client.clone().ingest.replay_dead_letters(request).await;
    let submissions = response.map_err(|status| explained(&status))?.into_inner().submissions;
    let mut text = submissions_table(&submissions, style);
    let what = if args.dry_run { "would be tried again" } else { "are tried again" };
    let _ = writeln!(text, "{} {what}", submissions.len());
    Ok(text)
}

fn submissions_table(submissions: &[Submission], style: Style) -> String {
    let mut columns = Columns::new(vec![Align::Left, Align::Left, Align::Right, Align::Left]);
    columns.push(["submission", "file", "attempts", "why"].map(|it| Cell::new(it, Tone::Faint)).to_vec());
    for submission in submissions {
        let why = submission.failure.as_ref().map(why).unwrap_or_default();
        columns.push(vec![
            Cell::new(submission.name.as_str(), Tone::Plain),
            Cell::new(printable(&submission.file_name), Tone::Plain),
            Cell::new(submission.attempts.to_string(), Tone::Plain),
            Cell::new(shorten(&printable(&why), WHY_WIDTH_MAX), Tone::Plain),
        ]);
    }
    if submissions.is_empty() { "none\n".to_owned() } else { columns.render(style, 0) }
}

fn submission_in_full(submission: &Submission, style: Style) -> String {
    let mut columns = Columns::new(vec![Align::Left, Align::Left]);
    let time = |time: Option<&_>| time.and_then(micros).map(in_utc).unwrap_or_default();
    let failure = submission.failure.clone().unwrap_or_default();
    let rows = [
        ("submission", submission.name.clone()),
        ("state", state_name(submission.state)),
        ("document", submission.document.clone()),
        ("file", submission.file_name.clone()),
        ("source", submission.source_uri.clone()),
        ("media type", submission.media_type.clone()),
        ("epoch", submission.epoch.to_string()),
        ("attempts", submission.attempts.to_string()),
        ("accepted", time(submission.create_time.as_ref())),
        ("failed", time(failure.time.as_ref())),
        ("in attempt", failure.attempt.to_string()),
        (
            "it took",
            took(&failure).map_or_else(|| UNKNOWN.to_owned(), |took| format!("{:.3} s", took.as_secs_f64())),
        ),
        ("memory", failure.memory_growth_bytes.map_or_else(|| UNKNOWN.to_owned(), memory)),
        ("failure", failure.class),
    ];
    for (label, value) in rows {
        columns.push(vec![Cell::new(label, Tone::Faint), Cell::new(printable(&value), Tone::Plain)]);
    }
    let mut text = columns.render(style, 0);
    // The whole story keeps its lines.
    for line in failure.message.lines() {
        let _ = writeln!(text, "  {}", printable(line));
    }
    let _ = writeln!(text, "\nTry it again: gongkai dead replay {}", submission.name);
    text
}

/// How long the attempt lasted that failed, if anybody knows.
fn took(failure: &Failure) -> Option<Duration> {
    failure.duration.and_then(|duration| duration.try_into().ok())
}

/// By how much a process grew, as people write it.
fn memory(bytes: u64) -> String {
    format!("{} MiB more, at least", bytes.div_ceil(1024 * 1024))
}

fn why(failure: &Failure) -> String {
    format!("{}: {}", failure.class, failure.message)
}

fn submission_json(submission: &Submission) -> serde_json::Value {
    let failure = submission.failure.as_ref();
    json!({
        "name": submission.name,
        "state": state_name(submission.state),
        "document": submission.document,
        "file_name": submission.file_name,
        "epoch": submission.epoch,
        "attempts": submission.attempts,
        "failure": failure.map(|it| json!({
            "class": it.class,
            "message": it.message,
            "attempt": it.attempt,
            "duration_ms": took(it).map(|took| u64::try_from(took.as_millis()).unwrap_or(u64::MAX)),
            "memory_growth_bytes": it.memory_growth_bytes,
        })),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const STYLE: Style = Style { lang: Lang::En, color: false };

    fn dead() -> Submission {
        Submission {
            name: "submissions/1".to_owned(),
            file_name: "a.txt".to_owned(),
            attempts: 3,
            failure: Some(Failure {
                class: "PANIC".to_owned(),
                message: "index out of bounds\nat line 3".to_owned(),
                duration: Some(prost_types::Duration { seconds: 61, nanos: 500_000_000 }),
                memory_growth_bytes: Some(3 << 20),
                ..Failure::default()
            }),
            ..Submission::default()
        }
    }

    #[test]
    fn a_list_says_why_each_was_given_up() {
        let expected = "\
submission     file   attempts  why
submissions/1  a.txt         3  PANIC: index out of bounds⏎at line 3
";
        assert_eq!(submissions_table(&[dead()], STYLE), expected);
        assert_eq!(submissions_table(&[], STYLE), "none\n");
    }

    #[test]
    fn one_in_full_tells_the_whole_story_and_how_to_go_on() {
        let text = submission_in_full(&dead(), STYLE);
        assert!(text.contains("it took     61.500 s\nmemory      3 MiB more, at least\n"), "{text}");
        assert!(text.contains("failure     PANIC\n  index out of bounds\n  at line 3\n"), "{text}");
        assert!(text.ends_with("Try it again: gongkai dead replay submissions/1\n"), "{text}");
    }

    #[test]
    fn what_a_killed_worker_has_taken_is_said_to_be_unknown() {
        let mut killed = dead();
        let failure = killed.failure.as_mut().unwrap();
        (failure.duration, failure.memory_growth_bytes) = (None, None);
        let text = submission_in_full(&killed, STYLE);
        assert!(text.contains("it took     unknown\nmemory      unknown\n"), "{text}");
        let json = submission_json(&killed);
        assert!(json["failure"]["duration_ms"].is_null() && json["failure"]["memory_growth_bytes"].is_null());
        assert_eq!(submission_json(&dead())["failure"]["duration_ms"], 61_500);
    }
}
