//! `gongkai parsers`: how the parsers are, and their pause.

use super::{Verdict, stdout};
use crate::cli::{Global, ParsersCommand};
use crate::client::{Client, block_on, explained, persist};
use crate::present::printable;
use anyhow::{Context, bail};
use gongkai_wire::{micros, v1};
use std::fmt::Write as _;
use std::io::Write;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How often to look whether what is in work has ended.
const LOOK_INTERVAL: Duration = Duration::from_millis(500);

pub(crate) fn run(command: &ParsersCommand, global: &Global) -> anyhow::Result<Verdict> {
    let text = block_on(async {
        let client = Client::connect(&global.server).await?;
        match command {
            ParsersCommand::Status => {}
            ParsersCommand::Pause(args) => pause(&client, &args.reason).await?,
            ParsersCommand::Resume => {
                let call =
                    || async { client.operations.clone().resume_parsing(v1::ResumeParsingRequest {}).await };
                persist(call).await.map_err(|status| explained(&status))?;
            }
            ParsersCommand::Drain(args) => {
                pause(&client, &args.reason).await?;
                drained(&client, Duration::from_secs(args.patience)).await?;
            }
        }
        Ok(described(&operations(&client).await?))
    })?;
    let mut out = stdout();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(Verdict::Fine)
}

async fn pause(client: &Client, reason: &str) -> anyhow::Result<()> {
    let request = v1::PauseParsingRequest { reason: reason.to_owned() };
    let call = || async { client.operations.clone().pause_parsing(request.clone()).await };
    persist(call).await.map_err(|status| explained(&status))?;
    Ok(())
}

async fn operations(client: &Client) -> anyhow::Result<v1::Operations> {
    let call = || async { client.operations.clone().get_operations(v1::GetOperationsRequest {}).await };
    let response = persist(call).await.map_err(|status| explained(&status))?.into_inner();
    response.operations.context("the server answered without an answer")
}

/// Waits until nothing is in work and nothing more can begin.
async fn drained(client: &Client, patience: Duration) -> anyhow::Result<()> {
    let deadline = Instant::now() + patience;
    loop {
        let operations = operations(client).await?;
        let Some(pause) = &operations.pause else { bail!("somebody else lets the parsers go on") };
        let paused_for = seconds_between(pause.start_time.as_ref(), operations.read_time.as_ref());
        if operations.in_work == 0 && i64::from(operations.pause_delay_seconds) <= paused_for {
            return Ok(());
        }
        if deadline <= Instant::now() {
            bail!("{} attempts are still in work; the parsers stay paused", operations.in_work);
        }
        sleep(LOOK_INTERVAL).await;
    }
}

/// Whole seconds from one moment to another; none where one of them is not known.
fn seconds_between(from: Option<&prost_types::Timestamp>, to: Option<&prost_types::Timestamp>) -> i64 {
    match (from.and_then(micros), to.and_then(micros)) {
        (Some(from), Some(to)) => to.saturating_sub(from) / 1_000_000,
        _ => 0,
    }
}

fn described(operations: &v1::Operations) -> String {
    let mut text = String::new();
    let since = |time: Option<&prost_types::Timestamp>| seconds_between(time, operations.read_time.as_ref());
    let _ = match &operations.pause {
        Some(pause) => writeln!(
            text,
            "parsers   paused for {} s{}{}",
            since(pause.start_time.as_ref()),
            if pause.reason.is_empty() { "" } else { ": " },
            printable(&pause.reason)
        ),
        None => writeln!(text, "parsers   at work"),
    };
    let _ = writeln!(text, "in work   {}", operations.in_work);
    for (state, waiting) in
        [("received", &operations.received), ("queued", &operations.queued), ("parsing", &operations.parsing)]
    {
        let waiting = waiting.unwrap_or_default();
        let _ = write!(text, "{state:<9} {}", waiting.submissions);
        if waiting.oldest_time.is_some() {
            let _ = write!(text, ", the oldest for {} s", since(waiting.oldest_time.as_ref()));
        }
        text.push('\n');
    }
    for given_up in &operations.given_up {
        let class = printable(&given_up.failure_class);
        let _ = writeln!(text, "given up  {} with {class}", given_up.submissions);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Option<prost_types::Timestamp> {
        Some(prost_types::Timestamp { seconds, nanos: 0 })
    }

    #[test]
    fn it_tells_what_waits_and_since_when() {
        let operations = v1::Operations {
            pause: Some(v1::ParsingPause { start_time: at(90), reason: "new\ndisk".to_owned() }),
            read_time: at(100),
            queued: Some(v1::WaitingSubmissions { submissions: 7, oldest_time: at(40) }),
            in_work: 2,
            given_up: vec![v1::GivenUpSubmissions { failure_class: "PANIC".to_owned(), submissions: 3 }],
            ..v1::Operations::default()
        };
        let expected = "\
parsers   paused for 10 s: new⏎disk
in work   2
received  0
queued    7, the oldest for 60 s
parsing   0
given up  3 with PANIC
";
        assert_eq!(described(&operations), expected);
        let at_work = described(&v1::Operations::default());
        assert!(at_work.starts_with("parsers   at work\n"), "{at_work}");
    }
}
