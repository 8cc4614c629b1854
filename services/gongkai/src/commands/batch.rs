//! `gongkai batch`: what was sent together.

pub(crate) mod progress;

use super::{Verdict, stdout};
use crate::cli::{
    BatchCommand, BatchItemsArgs, BatchListArgs, BatchRetryArgs, BatchShowArgs, Global, Lang, ListFormat,
};
use crate::client::{Client, block_on, explained, persist, resource};
use crate::present::time::in_utc;
use crate::present::width::{Align, Cell, Columns, shorten};
use crate::present::{Style, Tone, printable};
use anyhow::Context;
use gongkai_store::REPLAY_MAX;
use gongkai_wire::v1::batch_item::Outcome;
use gongkai_wire::v1::{
    Batch, BatchItem, GetBatchRequest, ListBatchItemsRequest, ListBatchesRequest, RetryBatchRequest,
    Submission, SubmissionState,
};
use gongkai_wire::{micros, state_name};
use progress::Waiting;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::Write;

/// Items that one page of a list has at most.
const PAGE_MAX: usize = 1000;
const WHY_WIDTH_MAX: usize = 80;

pub(crate) fn run(command: &BatchCommand, global: &Global) -> anyhow::Result<Verdict> {
    let style = Style::new(global, Lang::En);
    let text = block_on(async {
        let client = Client::connect(&global.server).await?;
        match command {
            BatchCommand::List(args) => list(&client, args, style).await,
            BatchCommand::Show(args) => show(&client, args, style).await,
            BatchCommand::Items(args) => items(&client, args, style).await,
            BatchCommand::Retry(args) => retry(&client, args).await,
        }
    })?;
    let mut out = stdout();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(Verdict::Fine)
}

/// A batch with its progress.
pub(crate) async fn get(client: &Client, name: &str) -> anyhow::Result<Batch> {
    let call = || {
        let (mut client, request) = (client.clone(), GetBatchRequest { name: name.to_owned() });
        async move { client.batches.get_batch(request).await }
    };
    let response = persist(call).await.map_err(|status| explained(&status))?.into_inner();
    response.batch.context("the server answered without a batch")
}

/// At most `limit` items of a batch: those that failed, or all.
pub(crate) async fn list_items(
    client: &Client,
    name: &str,
    failed: bool,
    limit: usize,
) -> anyhow::Result<Vec<BatchItem>> {
    let states = [SubmissionState::Rejected, SubmissionState::Dead, SubmissionState::Cancelled];
    let states = if failed { states.map(i32::from).to_vec() } else { Vec::new() };
    let mut items: Vec<BatchItem> = Vec::new();
    let mut page_token = String::new();
    while items.len() < limit {
        let request = ListBatchItemsRequest {
            name: name.to_owned(),
            states: states.clone(),
            refused: failed,
            page_size: i32::try_from(PAGE_MAX.min(limit - items.len()))?,
            page_token,
        };
        let call = || {
            let (mut client, request) = (client.clone(), request.clone());
            async move { client.batches.list_batch_items(request).await }
        };
        let page = persist(call).await.map_err(|status| explained(&status))?.into_inner();
        items.extend(page.items);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    Ok(items)
}

async fn list(client: &Client, args: &BatchListArgs, style: Style) -> anyhow::Result<String> {
    let limit = args.limit.get();
    let mut batches: Vec<Batch> = Vec::new();
    let mut page_token = String::new();
    while batches.len() < limit {
        let page_size = i32::try_from(PAGE_MAX.min(limit - batches.len()))?;
        let request = ListBatchesRequest { page_size, page_token };
        let call = || {
            let (mut client, request) = (client.clone(), request.clone());
            async move { client.batches.list_batches(request).await }
        };
        let page = persist(call).await.map_err(|status| explained(&status))?.into_inner();
        batches.extend(page.batches);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    let mut text = String::new();
    match args.format {
        ListFormat::Names => batches.iter().for_each(|batch| {
            let _ = writeln!(text, "{}", printable(&batch.name));
        }),
        ListFormat::Json => batches.iter().for_each(|batch| {
            let _ = writeln!(text, "{}", batch_json(batch));
        }),
        ListFormat::Table if batches.is_empty() => text.push_str("none\n"),
        ListFormat::Table => {
            let mut columns = Columns::new(vec![Align::Left; 3]);
            columns.push(["batch", "made", "title"].map(|it| Cell::new(it, Tone::Faint)).to_vec());
            for batch in &batches {
                columns.push(vec![
                    Cell::new(printable(&batch.name), Tone::Plain),
                    Cell::new(moment(batch.create_time.as_ref()), Tone::Plain),
                    Cell::new(printable(&batch.title), Tone::Plain),
                ]);
            }
            text = columns.render(style, 0);
        }
    }
    Ok(text)
}

async fn show(client: &Client, args: &BatchShowArgs, style: Style) -> anyhow::Result<String> {
    let name = resource("batches", &args.name);
    let batch = match args.wait {
        true => Waiting::new(None).until_ended(client, &name).await?,
        false => get(client, &name).await?,
    };
    Ok(match args.json {
        true => format!("{}\n", batch_json(&batch)),
        false => described(&batch, style),
    })
}

async fn items(client: &Client, args: &BatchItemsArgs, style: Style) -> anyhow::Result<String> {
    let name = resource("batches", &args.name);
    let items = list_items(client, &name, args.failed, args.limit.get()).await?;
    let mut text = String::new();
    match args.format {
        ListFormat::Names => items.iter().filter_map(submission).for_each(|submission| {
            let _ = writeln!(text, "{}", printable(&submission.name));
        }),
        ListFormat::Json => items.iter().for_each(|item| {
            let _ = writeln!(text, "{}", item_json(item));
        }),
        ListFormat::Table if items.is_empty() => text.push_str("none\n"),
        ListFormat::Table => {
            let mut columns = Columns::new(vec![Align::Left; 3]);
            columns.push(["item", "state", "what"].map(|it| Cell::new(it, Tone::Faint)).to_vec());
            for item in &items {
                let (state, what) = outcome(item);
                columns.push(vec![
                    Cell::new(printable(&item.key), Tone::Plain),
                    Cell::new(state, Tone::Plain),
                    Cell::new(shorten(&printable(&what), WHY_WIDTH_MAX), Tone::Plain),
                ]);
            }
            text = columns.render(style, 0);
        }
    }
    Ok(text)
}

async fn retry(client: &Client, args: &BatchRetryArgs) -> anyhow::Result<String> {
    let name = resource("batches", &args.name);
    let progress = get(client, &name).await?.progress.unwrap_or_default();
    let mut retried = 0;
    let left = loop {
        let request = RetryBatchRequest {
            name: name.clone(),
            failure_class: args.class.clone(),
            dry_run: args.dry_run,
            ..RetryBatchRequest::default()
        };
        // Not repeated by itself: what was tried again and died again would be tried once more.
        let response = client.clone().batches.retry_batch(request).await;
        let response = response.map_err(|status| explained(&status))?.into_inner();
        retried += response.retried;
        // No more than were dead when it was asked for.
        if args.dry_run || response.retried == 0 || response.left == 0 || progress.dead <= retried {
            break response.left;
        }
    };
    Ok(retried_line(args.dry_run, retried, left))
}

/// How many are tried again. What would be is looked at in one call, which looks at no more than it would do.
fn retried_line(dry_run: bool, retried: u64, left: u64) -> String {
    match (dry_run, u64::from(REPLAY_MAX) <= retried && retried < left) {
        (true, true) => format!("at least {retried} would be tried again\n"),
        (true, false) => format!("{retried} would be tried again\n"),
        (false, _) => format!("{retried} are tried again\n"),
    }
}

/// The submission that an item is, if it is one.
fn submission(item: &BatchItem) -> Option<&Submission> {
    match item.outcome.as_ref()? {
        Outcome::Submission(submission) => Some(submission),
        Outcome::Refusal(_) | Outcome::Archive(_) => None,
    }
}

/// The state of an item, and what came of it or why nothing did.
pub(crate) fn outcome(item: &BatchItem) -> (String, String) {
    match &item.outcome {
        Some(Outcome::Submission(submission)) => {
            let result = super::submit::result(submission);
            let what = if result.is_empty() { submission.name.clone() } else { result };
            (state_name(submission.state), what)
        }
        Some(Outcome::Refusal(refusal)) => {
            let reason = refusal.reason().as_str_name().trim_start_matches("REFUSE_REASON_");
            ("REFUSED".to_owned(), format!("{reason}: {}", refusal.message))
        }
        Some(Outcome::Archive(_)) | None => (String::new(), String::new()),
    }
}

fn moment(time: Option<&prost_types::Timestamp>) -> String {
    time.and_then(micros).map(in_utc).unwrap_or_default()
}

fn described(batch: &Batch, style: Style) -> String {
    let progress = batch.progress.unwrap_or_default();
    let mut rows = vec![
        ("batch", batch.name.clone()),
        ("title", batch.title.clone()),
        ("made", moment(batch.create_time.as_ref())),
    ];
    if progress.open == 0 && progress.end_time.is_some() {
        rows.push(("ended", moment(progress.end_time.as_ref())));
    }
    if 0 < batch.expected_items {
        rows.push(("expected", batch.expected_items.to_string()));
    }
    for (state, count) in progress::states(&progress) {
        if 0 < count {
            rows.push((state, count.to_string()));
        }
    }
    rows.push(("open", progress.open.to_string()));
    if let Some(rate) = progress::rate(&progress) {
        rows.push(("rate", rate));
    }
    if let Some(remaining) = progress::remaining(&progress) {
        rows.push(("remaining", remaining));
    }
    let mut columns = Columns::new(vec![Align::Left, Align::Left]);
    for (label, value) in rows {
        columns.push(vec![Cell::new(label, Tone::Faint), Cell::new(printable(&value), Tone::Plain)]);
    }
    let mut text = columns.render(style, 0);
    if 0 < progress::failed(&progress) {
        let _ = writeln!(text, "\nWhat failed: gongkai batch items --failed {}", batch.name);
    }
    text
}

fn batch_json(batch: &Batch) -> Value {
    // For programs: RFC 3339, like all moments in JSON.
    let time = |time: Option<&prost_types::Timestamp>| time.map(ToString::to_string);
    let progress = batch.progress.as_ref().map(|progress| {
        let mut told: serde_json::Map<String, Value> = progress::states(progress)
            .into_iter()
            .map(|(state, count)| (state.to_owned(), json!(count)))
            .collect();
        told.insert("open".to_owned(), json!(progress.open));
        told.insert("ended_per_1000_seconds".to_owned(), json!(progress.ended_per_1000_seconds));
        told.insert("remaining_seconds".to_owned(), json!(progress.remaining.map(|it| it.seconds)));
        told.insert("end_time".to_owned(), json!(time(progress.end_time.as_ref())));
        told
    });
    json!({
        "name": batch.name,
        "title": batch.title,
        "expected_items": batch.expected_items,
        "create_time": time(batch.create_time.as_ref()),
        "progress": progress,
    })
}

fn item_json(item: &BatchItem) -> Value {
    let (state, what) = outcome(item);
    json!({
        "key": item.key,
        "state": state,
        "submission": submission(item).map(|submission| submission.name.clone()),
        "reports": submission(item)
            .map(|it| it.reports.iter().map(|report| report.report.clone()).collect::<Vec<_>>()),
        "what": what,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use gongkai_wire::v1::{BatchProgress, ItemRefusal, RefuseReason};

    const STYLE: Style = Style { lang: Lang::En, color: false };

    #[test]
    fn a_batch_is_shown_with_what_is_there_to_say() {
        let progress = BatchProgress {
            done: 90,
            rejected: 2,
            refused: 1,
            queued: 7,
            open: 7,
            ended_per_1000_seconds: 45_300,
            remaining: Some(prost_types::Duration { seconds: 75, nanos: 0 }),
            ..BatchProgress::default()
        };
        let batch = Batch { name: "batches/1".to_owned(), progress: Some(progress), ..Batch::default() };
        let expected = "\
batch      batches/1
title
made
queued     7
done       90
rejected   2
refused    1
open       7
rate       45.3 a second
remaining  1 min 15 s

What failed: gongkai batch items --failed batches/1
";
        let shown: Vec<_> = described(&batch, STYLE).lines().map(|it| it.trim_end().to_owned()).collect();
        assert_eq!(shown, expected.lines().collect::<Vec<_>>());
    }

    #[test]
    fn moments_are_for_programs_in_json_and_for_people_in_a_table() {
        let at = |seconds| Some(prost_types::Timestamp { seconds, nanos: 250_000_000 });
        let progress = BatchProgress { done: 1, end_time: at(951_782_400), ..BatchProgress::default() };
        let batch = Batch { create_time: at(951_782_399), progress: Some(progress), ..Batch::default() };
        let json = batch_json(&batch);
        assert_eq!(json["create_time"], "2000-02-28T23:59:59.250Z");
        assert_eq!(json["progress"]["end_time"], "2000-02-29T00:00:00.250Z");
        let shown = described(&batch, STYLE);
        assert!(shown.contains("2000-02-28 23:59:59 UTC") && shown.contains("2000-02-29 00:00:00 UTC"));
        assert_eq!(batch_json(&Batch::default())["create_time"], Value::Null);
    }

    #[test]
    fn a_number_that_was_cut_is_told_as_such() {
        let max = u64::from(REPLAY_MAX);
        assert_eq!(retried_line(true, 7, 9), "7 would be tried again\n");
        assert_eq!(retried_line(true, max, max), "10000 would be tried again\n");
        assert_eq!(retried_line(true, max, max + 1), "at least 10000 would be tried again\n");
        assert_eq!(retried_line(false, max + 1, 0), "10001 are tried again\n");
    }

    #[test]
    fn a_refused_item_tells_its_reason() {
        let mut refusal = ItemRefusal { message: "it is encrypted".to_owned(), ..ItemRefusal::default() };
        refusal.set_reason(RefuseReason::Encrypted);
        let item = BatchItem { key: "a.zip#3".to_owned(), outcome: Some(Outcome::Refusal(refusal)) };
        assert_eq!(outcome(&item), ("REFUSED".to_owned(), "ENCRYPTED: it is encrypted".to_owned()));
        assert_eq!(item_json(&item)["submission"], Value::Null);
    }
}
