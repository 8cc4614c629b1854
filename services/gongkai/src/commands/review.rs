//! `gongkai review`: what reviewers say of reports.

use super::{Verdict, stdout};
use crate::cli::{
    Global, Lang, RecordFormat, ReviewAmendArgs, ReviewCommand, ReviewDisputeArgs, ReviewJudgeArgs,
    ReviewListArgs, VerdictArg,
};
use crate::client::{block_on, channel, explained, persist, resource};
use crate::present::width::{Align, Cell, Columns};
use crate::present::{Style, Tone, printable};
use anyhow::{Context, bail};
use gongkai_wire::v1;
use gongkai_wire::v1::review_service_client::ReviewServiceClient;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::Write as _;
use tonic::transport::Channel;

type Client = ReviewServiceClient<Channel>;

pub(crate) fn run(command: &ReviewCommand, global: &Global) -> anyhow::Result<Verdict> {
    let style = Style::new(global, Lang::Zh);
    let text = block_on(async {
        let client = ReviewServiceClient::new(channel(&global.server).await?);
        match command {
            ReviewCommand::Amend(args) => amend(&client, args, style).await,
            ReviewCommand::Dispute(args) => dispute(&client, args, style).await,
            ReviewCommand::Judge(args) => judge(&client, args, style).await,
            ReviewCommand::Withdraw(args) => {
                let request = v1::WithdrawReviewRequest {
                    report: resource("reports", &args.report),
                    review: resource("reviews", &args.review),
                    request_id: args.again.id(),
                    ..Default::default()
                };
                let call = || {
                    let (mut client, request) = (client.clone(), request.clone());
                    async move { client.withdraw_review(request).await }
                };
                let answer = persist(call).await.map_err(|status| explained(&status))?;
                Ok(current(answer.into_inner().revision, style))
            }
            ReviewCommand::List(args) => list(&client, args, style).await,
        }
    })?;
    let mut out = stdout();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(Verdict::Fine)
}

fn current(revision: u32, style: Style) -> String {
    let (zh, en) = (format!("现行修订版：{revision}"), format!("revision {revision} is current"));
    format!("{}\n", style.words(&zh, &en))
}

async fn amend(client: &Client, args: &ReviewAmendArgs, style: Style) -> anyhow::Result<String> {
    let request = v1::AmendReportRequest {
        report: resource("reports", &args.report),
        amendments: args.cells.iter().map(|text| amendment(text)).collect::<anyhow::Result<_>>()?,
        author: args.by.clone(),
        reason: args.reason.clone(),
        expected_revision: args.revision,
        request_id: args.again.id(),
        ..Default::default()
    };
    let call = || {
        let (mut client, request) = (client.clone(), request.clone());
        async move { client.amend_report(request).await }
    };
    let answer = persist(call).await.map_err(|status| explained(&status))?.into_inner();
    let mut text = table(&answer.reviews, style);
    text.push_str(&current(answer.revision, style));
    let failing = answer.findings.iter().filter(|finding| finding.outcome() == v1::Outcome::Fails);
    for finding in failing {
        let message = style.words(&finding.message_zh, &finding.message_en);
        let mark = style.paint(Tone::Bad, style.words("不成立", "fails"));
        let _ = writeln!(text, "  {mark}  {}", printable(&message));
    }
    Ok(text)
}

/// A cell and what it says: `KEY=5`, `KEY=BLANK`.
fn amendment(text: &str) -> anyhow::Result<v1::Amendment> {
    let Some((key, value)) = text.split_once('=') else {
        bail!("{text:?} needs a cell and what it says: KEY=5, KEY=BLANK or KEY=NOT_APPLICABLE");
    };
    let says = match value.trim() {
        "BLANK" => v1::CellContent { state: v1::State::Blank.into(), value: None },
        "NOT_APPLICABLE" => v1::CellContent { state: v1::State::NotApplicable.into(), value: None },
        number => v1::CellContent { state: v1::State::Number.into(), value: Some(number.to_owned()) },
    };
    let figure = v1::FigureName { key: key.trim().to_owned(), ..Default::default() };
    Ok(v1::Amendment { figure: Some(figure), read: None, says: Some(says) })
}

async fn dispute(client: &Client, args: &ReviewDisputeArgs, style: Style) -> anyhow::Result<String> {
    let request = v1::DisputeFigureRequest {
        report: resource("reports", &args.report),
        figure: Some(v1::FigureName { key: args.key.clone(), ..Default::default() }),
        author: args.by.clone(),
        note: args.note.clone(),
        request_id: args.again.id(),
        ..Default::default()
    };
    let call = || {
        let (mut client, request) = (client.clone(), request.clone());
        async move { client.dispute_figure(request).await }
    };
    let answer = persist(call).await.map_err(|status| explained(&status))?.into_inner();
    Ok(table(answer.review.as_slice(), style))
}

async fn judge(client: &Client, args: &ReviewJudgeArgs, style: Style) -> anyhow::Result<String> {
    let verdict = match args.verdict {
        VerdictArg::Accepted => v1::Verdict::Accepted,
        VerdictArg::Disputed => v1::Verdict::Disputed,
        VerdictArg::Answered => v1::Verdict::Answered,
    };
    let request = v1::JudgeFindingRequest {
        report: resource("reports", &args.report),
        finding: args.finding.clone(),
        verdict: verdict.into(),
        author: args.by.clone(),
        note: args.note.clone(),
        request_id: args.again.id(),
        ..Default::default()
    };
    let call = || {
        let (mut client, request) = (client.clone(), request.clone());
        async move { client.judge_finding(request).await }
    };
    let answer = persist(call).await.map_err(|status| explained(&status))?.into_inner();
    Ok(table(answer.review.as_slice(), style))
}

async fn list(client: &Client, args: &ReviewListArgs, style: Style) -> anyhow::Result<String> {
    let request = v1::ListReviewsRequest {
        report: resource("reports", &args.report),
        include_ended: args.all,
        ..Default::default()
    };
    let call = || {
        let (mut client, request) = (client.clone(), request.clone());
        async move { client.list_reviews(request).await }
    };
    let reviews = persist(call).await.map_err(|status| explained(&status))?.into_inner().reviews;
    Ok(match args.format {
        RecordFormat::Table => table(&reviews, style),
        RecordFormat::Json => {
            let lines = reviews.iter().map(|review| Ok(format!("{}\n", as_json(review)?)));
            lines.collect::<anyhow::Result<String>>()?
        }
    })
}

fn said(content: Option<&v1::CellContent>) -> String {
    let Some(content) = content else { return "–".to_owned() };
    content
        .value
        .clone()
        .unwrap_or_else(|| content.state().as_str_name().trim_start_matches("STATE_").to_owned())
}

/// What a review is about, and what it says, in a few words.
fn opinion(review: &v1::Review) -> (String, String) {
    let key = |figure: &Option<v1::FigureName>| figure.as_ref().map(|it| it.key.clone()).unwrap_or_default();
    match &review.opinion {
        Some(v1::review::Opinion::Amendment(it)) => {
            (key(&it.figure), format!("{} → {}", said(it.read.as_ref()), said(it.says.as_ref())))
        }
        Some(v1::review::Opinion::Dispute(it)) => (key(&it.figure), format!("{}?", said(it.read.as_ref()))),
        Some(v1::review::Opinion::Verdict(it)) => {
            (it.finding.clone(), it.verdict().as_str_name().trim_start_matches("VERDICT_").to_owned())
        }
        None => Default::default(),
    }
}

fn state(review: &v1::Review) -> &'static str {
    review.state().as_str_name().trim_start_matches("REVIEW_STATE_")
}

fn as_json(review: &v1::Review) -> anyhow::Result<Value> {
    let time = review.create_time.context("the server told no time; it may be newer")?;
    let (about, says) = opinion(review);
    Ok(json!({
        "name": review.name,
        "report": review.report,
        "about": about,
        "says": says,
        "author": review.author,
        "note": review.note,
        "state": state(review),
        "create_time": time.to_string(),
        "end_time": review.end_time.map(|time| time.to_string()),
    }))
}

fn table(reviews: &[v1::Review], style: Style) -> String {
    let mut columns = Columns::new(vec![Align::Left; 6]);
    let header = [
        ("名称", "name"),
        ("对象", "about"),
        ("意见", "says"),
        ("状态", "state"),
        ("作者", "author"),
        ("说明", "note"),
    ];
    columns.push(header.map(|(zh, en)| Cell::new(style.words(zh, en), Tone::Faint)).to_vec());
    for review in reviews {
        let (about, says) = opinion(review);
        let (zh, en) = match review.state() {
            v1::ReviewState::Standing => ("有效", "stands"),
            v1::ReviewState::Withdrawn => ("已撤回", "withdrawn"),
            v1::ReviewState::Replaced => ("已被取代", "replaced"),
            v1::ReviewState::Lapsed => ("已失效", "lapsed"),
            v1::ReviewState::Unspecified => ("未知", "unknown"),
        };
        let state = style.words(zh, en).into_owned();
        let texts = [&review.name, &about, &says, &state, &review.author, &review.note];
        columns.push(texts.iter().map(|text| Cell::new(printable(text), Tone::Plain)).collect());
    }
    columns.render(style, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_say_numbers_blanks_and_marks() {
        let says = |text: &str| said(amendment(text).unwrap().says.as_ref());
        assert_eq!(says("requests.received.total= 5"), "5");
        assert_eq!(says("requests.received.total=BLANK"), "BLANK");
        assert_eq!(says("requests.received.total=NOT_APPLICABLE"), "NOT_APPLICABLE");
        assert!(amendment("requests.received.total").is_err());
    }
}
