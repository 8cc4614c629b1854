//! `gongkai report history`, `diff` and `watch`: how reports change.

use super::{get, number};
use crate::cli::{ClocksArgs, RecordFormat, ReportDiffArgs, ReportHistoryArgs, ReportWatchArgs};
use crate::client::{ATTEMPTS_MAX, Client, explained, may_pass, pause, persist, resource};
use crate::present::width::{Align, Cell, Columns};
use crate::present::{Style, Tone, printable};
use anyhow::Context;
use gongkai_wire::v1;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::Write;

/// Revisions that one page of a list has at most.
const PAGE_MAX: i32 = 1000;
/// Characters of a changed text that are shown on either side.
const TEXT_CHARS_MAX: usize = 60;

pub(super) async fn history(
    client: &Client,
    args: &ReportHistoryArgs,
    style: Style,
) -> anyhow::Result<String> {
    let mut request = v1::ListReportRevisionsRequest {
        report: resource("reports", &args.name),
        page_size: PAGE_MAX,
        as_of: args.clocks.as_of,
        published_until: args.clocks.published_until.clone(),
        ..Default::default()
    };
    let mut revisions = Vec::new();
    loop {
        let call = || {
            let (mut client, request) = (client.clone(), request.clone());
            async move { client.query.list_report_revisions(request).await }
        };
        let page = persist(call).await.map_err(|status| explained(&status))?.into_inner();
        revisions.extend(page.revisions);
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    let mut text = String::new();
    if args.format == RecordFormat::Json {
        for revision in &revisions {
            let _ = writeln!(text, "{}", revision_json(revision));
        }
        return Ok(text);
    }
    let mut columns = Columns::new(vec![Align::Right, Align::Left, Align::Left, Align::Right, Align::Left]);
    let header = [
        ("修订", "revision"),
        ("原因", "cause"),
        ("入库时间", "known since"),
        ("版本", "extractor"),
        ("文件", "document"),
    ];
    columns.push(header.map(|(zh, en)| Cell::new(style.words(zh, en), Tone::Faint)).to_vec());
    for revision in &revisions {
        let texts = [
            revision.number.to_string(),
            cause(revision, style),
            time(revision),
            revision.extractor_version.to_string(),
            revision.document.clone(),
        ];
        columns.push(texts.iter().map(|text| Cell::new(printable(text), Tone::Plain)).collect());
    }
    Ok(columns.render(style, 0))
}

/// What differs, and whether anything does.
pub(super) async fn diff(
    client: &Client,
    args: &ReportDiffArgs,
    style: Style,
) -> anyhow::Result<(String, bool)> {
    let report = resource("reports", &args.name);
    let target = match args.target {
        Some(target) => target,
        None => number(&get(client, &args.name, &ClocksArgs::default()).await?),
    };
    let base = match &args.base {
        None => String::new(),
        Some(base) if base.contains('/') => base.clone(),
        Some(base) => format!("{report}/revisions/{base}"),
    };
    // What stands for itself when it is alone; the server says what is wrong with a first revision that was asked for.
    if base.is_empty() && target <= 1 && args.target.is_none() && args.format == RecordFormat::Table {
        let (zh, en) = ("这份报告只有一个修订版", "the report has one revision only");
        return Ok((format!("{}\n", style.words(zh, en)), false));
    }
    let request = v1::DiffReportRevisionsRequest {
        base,
        target: format!("{report}/revisions/{target}"),
        ..Default::default()
    };
    let call = || {
        let (mut client, request) = (client.clone(), request.clone());
        async move { client.query.diff_report_revisions(request).await }
    };
    let diff = persist(call).await.map_err(|status| explained(&status))?.into_inner();
    let differs = !(diff.fields.is_empty()
        && diff.figures.is_empty()
        && diff.sections.is_empty()
        && diff.findings.is_empty()
        && diff.statements.is_empty());
    let text = match args.format {
        RecordFormat::Json => format!("{}\n", diff_json(&diff)),
        RecordFormat::Table => diff_table(&diff, differs, style),
    };
    Ok((text, differs))
}

fn diff_table(diff: &v1::DiffReportRevisionsResponse, differs: bool, style: Style) -> String {
    let mut text = String::new();
    let cause = diff.target_revision.as_ref().map(|revision| cause(revision, style)).unwrap_or_default();
    let heading = format!("{} → {}  {cause}", diff.base, diff.target);
    let _ = writeln!(text, "{}", style.paint(Tone::Strong, printable(&heading)));
    if !differs {
        let _ = writeln!(text, "{}", style.words("没有不同", "nothing differs"));
    }
    let mut columns = Columns::new(vec![Align::Left, Align::Right, Align::Left, Align::Left]);
    let mut row = |name: &str, before: &str, after: &str| {
        let texts = [name, before, "→", after];
        columns.push(texts.iter().map(|text| Cell::new(printable(text), Tone::Plain)).collect());
    };
    for field in &diff.fields {
        row(&field.path, &shown(&field.before), &shown(&field.after));
    }
    for figure in &diff.figures {
        let label = figure.after.as_ref().or(figure.before.as_ref());
        let label = label.map(|it| style.words(&it.label_zh, &it.label_en).into_owned()).unwrap_or_default();
        let name = if label.is_empty() { &figure.key } else { &label };
        row(name, &cell(figure.before.as_ref()), &cell(figure.after.as_ref()));
    }
    for section in &diff.sections {
        let side = |text: &Option<String>| text.as_deref().map_or_else(|| "–".to_owned(), shown);
        row(&section.title, &side(&section.before), &side(&section.after));
    }
    for statement in &diff.statements {
        let side = |statement: &Option<v1::Statement>| {
            statement.as_ref().map_or_else(|| "–".to_owned(), |it| shown(&it.quote))
        };
        let named = statement.after.as_ref().or(statement.before.as_ref());
        let name = named.map(|it| if it.indicator.is_empty() { &it.section } else { &it.indicator });
        row(name.map_or("", String::as_str), &side(&statement.before), &side(&statement.after));
    }
    for finding in &diff.findings {
        let side = |finding: &Option<v1::Finding>| finding.as_ref().map_or("–", |it| outcome(it)).to_owned();
        let subject = if finding.subject.is_empty() { "" } else { "." };
        let name = format!("{}{subject}{}", finding.rule, finding.subject);
        row(&name, &side(&finding.before), &side(&finding.after));
    }
    text.push_str(&columns.render(style, 2));
    text
}

/// Follows changes, and prints each as it comes.
pub(super) async fn watch(
    client: &Client,
    args: &ReportWatchArgs,
    style: Style,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let mut request = v1::WatchReportsRequest {
        after_position: args.after.unwrap_or(-1),
        subject: args.subject.clone(),
        region_within: args.within.clone(),
        year_min: args.year_min,
        year_max: args.year_max,
        ..Default::default()
    };
    let mut left = args.limit.map_or(usize::MAX, std::num::NonZeroUsize::get);
    let mut failures = 0;
    loop {
        let ended = async {
            let mut stream = client.clone().query.watch_reports(request.clone()).await?.into_inner();
            while let Some(message) = stream.message().await? {
                failures = 0;
                for change in message.changes.iter().take(left) {
                    let line = match args.format {
                        RecordFormat::Json => change_json(change).to_string(),
                        RecordFormat::Table => change_line(change, style),
                    };
                    if let Err(error) = writeln!(out, "{line}").and_then(|()| out.flush()) {
                        return Ok(Err(error));
                    }
                }
                left -= message.changes.len().min(left);
                if left == 0 {
                    return Ok(Ok(()));
                }
                request.after_position = message.position;
            }
            Err(tonic::Status::unavailable("the stream has ended"))
        };
        match ended.await {
            Ok(written) => return Ok(written?),
            Err(status) if may_pass(&status) && failures < ATTEMPTS_MAX => {
                failures += 1;
                tokio::time::sleep(pause(failures)).await;
            }
            Err(status) => return Err(explained(&status)).context("nothing more is heard of changes"),
        }
    }
}

fn change_line(change: &v1::ReportChange, style: Style) -> String {
    let revision = change.revision.clone().unwrap_or_default();
    let key = change.key.clone().unwrap_or_default();
    let year = if key.year == 0 { "–".to_owned() } else { key.year.to_string() };
    let text = format!(
        "{}  {}  {}  {}  {year}  {} {}  {} {}",
        change.position,
        time(&revision),
        change.report,
        cause(&revision, style),
        change.region_name,
        change.region_code,
        key.subject,
        if change.findings_failing == 0 { String::new() } else { format!("✗{}", change.findings_failing) },
    );
    printable(text.trim_end()).into_owned()
}

fn change_json(change: &v1::ReportChange) -> Value {
    json!({
        "position": change.position,
        "kind": change.kind().as_str_name().trim_start_matches("REPORT_CHANGE_KIND_"),
        "report": change.report,
        "subject": change.key.as_ref().map(|key| &key.subject),
        "scope": change.key.as_ref().map(|key| key.scope().as_str_name().trim_start_matches("SCOPE_KIND_")),
        "year": change.key.as_ref().map(|key| key.year),
        "region": { "name": change.region_name, "code": change.region_code },
        "form": change.form().as_str_name().trim_start_matches("FORM_").to_lowercase(),
        "revision": change.revision.as_ref().map(revision_json),
        "previous_revision": Some(change.previous_revision).filter(|revision| *revision != 0),
        "findings_failing": change.findings_failing,
        "figures_undetermined": change.figures_undetermined,
    })
}

fn revision_json(revision: &v1::Revision) -> Value {
    json!({
        "number": revision.number,
        "cause": revision.cause().as_str_name().trim_start_matches("CAUSE_"),
        "position": revision.position,
        "known_since": time(revision),
        "document": revision.document,
        "extractor_version": revision.extractor_version,
        "digest": revision.digest,
    })
}

fn diff_json(diff: &v1::DiffReportRevisionsResponse) -> Value {
    let figure = |figure: &Option<v1::Figure>| {
        figure.as_ref().map(|it| {
            json!({
                "state": it.state().as_str_name().trim_start_matches("STATE_"),
                "value": it.value,
                "raw": it.raw,
                "derivation": it.derivation().as_str_name().trim_start_matches("DERIVATION_"),
            })
        })
    };
    let finding = |finding: &Option<v1::Finding>| {
        finding.as_ref().map(|it| json!({ "outcome": outcome(it), "left": it.left, "right": it.right }))
    };
    let statement = |statement: &Option<v1::Statement>| {
        statement.as_ref().map(|it| {
            json!({
                "indicator": it.indicator,
                "value": it.value,
                "value_max": it.value_max,
                "unit": it.unit,
                "quote": it.quote,
                "section": it.section,
            })
        })
    };
    json!({
        "base": diff.base,
        "target": diff.target,
        "cause": diff.target_revision.as_ref().map(|it| it.cause().as_str_name().trim_start_matches("CAUSE_")),
        "fields": diff.fields.iter().map(|it| json!({
            "path": it.path, "before": it.before, "after": it.after,
        })).collect::<Vec<_>>(),
        "figures": diff.figures.iter().map(|it| json!({
            "key": it.key,
            "period": it.period().as_str_name().trim_start_matches("FIGURE_PERIOD_"),
            "portion": it.portion().as_str_name().trim_start_matches("PORTION_"),
            "before": figure(&it.before),
            "after": figure(&it.after),
        })).collect::<Vec<_>>(),
        "sections": diff.sections.iter().map(|it| json!({
            "title": it.title, "level": it.level, "before": it.before, "after": it.after,
        })).collect::<Vec<_>>(),
        "statements": diff.statements.iter().map(|it| json!({
            "before": statement(&it.before), "after": statement(&it.after),
        })).collect::<Vec<_>>(),
        "findings": diff.findings.iter().map(|it| json!({
            "rule": it.rule, "subject": it.subject, "before": finding(&it.before), "after": finding(&it.after),
        })).collect::<Vec<_>>(),
    })
}

fn outcome(finding: &v1::Finding) -> &'static str {
    finding.outcome().as_str_name().trim_start_matches("OUTCOME_")
}

/// What a cell says: its number, else its state.
fn cell(figure: Option<&v1::Figure>) -> String {
    let Some(figure) = figure else { return "–".to_owned() };
    let state = figure.state().as_str_name().trim_start_matches("STATE_");
    figure.value.clone().unwrap_or_else(|| state.to_owned())
}

/// The beginning of a text, in one line.
fn shown(text: &str) -> String {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(TEXT_CHARS_MAX) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None if line.is_empty() => "–".to_owned(),
        None => line,
    }
}

pub(super) fn cause(revision: &v1::Revision, style: Style) -> String {
    let (zh, en) = match revision.cause() {
        v1::Cause::Received => ("首次收到", "received"),
        v1::Cause::Republished => ("重新发布", "republished"),
        v1::Cause::Reparsed => ("重新解析", "re-parsed"),
        v1::Cause::Amended => ("人工更正", "amended"),
        v1::Cause::Unspecified => ("未知", "unknown"),
    };
    style.words(zh, en).into_owned()
}

/// Since when a revision is known, in UTC.
fn time(revision: &v1::Revision) -> String {
    revision.create_time.map(|time| time.to_string()).unwrap_or_default()
}
