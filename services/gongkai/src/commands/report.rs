//! `gongkai report`: the records that a server has.

mod copies;
mod explain;
mod history;

use super::{Verdict, stdout};
use crate::cli::{
    ClocksArgs, Global, Lang, ListFormat, RecordFormat, ReportCommand, ReportFindingsArgs, ReportListArgs,
    ReportShowArgs,
};
use crate::client::{Client, block_on, explained, persist, resource};
use crate::present::width::{Align, Cell, Columns, shorten};
use crate::present::{Style, Tone, findings, json, printable, table};
use anyhow::Context;
use gongkai_model::{Outcome, Report};
use gongkai_wire::v1::{self, GetReportRequest, ListReportsRequest, ReportView};
use std::fmt::Write as _;
use std::io::Write;

/// Reports that one page of a list has at most.
const PAGE_MAX: usize = 1000;
const NAME_WIDTH_MAX: usize = 40;

pub(crate) fn run(command: &ReportCommand, global: &Global) -> anyhow::Result<Verdict> {
    let style = Style::new(global, Lang::Zh);
    let mut verdict = Verdict::Fine;
    let text = block_on(async {
        let client = Client::connect(&global.server).await?;
        match command {
            ReportCommand::List(args) => list(&client, args, style).await,
            ReportCommand::Show(args) => show(&client, args, global).await,
            ReportCommand::Findings(args) => findings(&client, args, style).await,
            ReportCommand::History(args) => history::history(&client, args, style).await,
            ReportCommand::Diff(args) => {
                let (text, differs) = history::diff(&client, args, style).await?;
                verdict = Verdict::wrong_if(differs);
                Ok(text)
            }
            ReportCommand::Copies(args) => copies::copies(&client, args, style).await,
            ReportCommand::Explain(args) => explain::explain(&client, args, style).await,
            ReportCommand::Watch(args) => {
                history::watch(&client, args, style, &mut stdout()).await.map(|()| String::new())
            }
        }
    })?;
    let mut out = stdout();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(verdict)
}

async fn list(client: &Client, args: &ReportListArgs, style: Style) -> anyhow::Result<String> {
    let (reports, is_all) = pages(client, args).await?;
    let mut text = String::new();
    match args.format {
        ListFormat::Names => reports.iter().for_each(|report| {
            let _ = writeln!(text, "{}", printable(&report.name));
        }),
        ListFormat::Json => {
            for report in reports {
                let (name, revision) = (report.name.clone(), number(&report));
                let mut head = json::head(&name, &record(report)?);
                head.insert("revision".to_owned(), revision.into());
                let _ = writeln!(text, "{}", serde_json::Value::Object(head));
            }
        }
        ListFormat::Table => text = list_table(reports, is_all, style)?,
    }
    Ok(text)
}

/// Up to `limit` reports, a page at a time, and whether these are all.
async fn pages(client: &Client, args: &ReportListArgs) -> anyhow::Result<(Vec<v1::Report>, bool)> {
    let limit = args.limit.get();
    let mut reports = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = ListReportsRequest {
            page_size: i32::try_from(PAGE_MAX.min(limit - reports.len()))?,
            page_token,
            filter: args.filter.clone(),
            order_by: args.order_by.clone(),
            as_of: args.clocks.as_of,
            published_until: args.clocks.published_until.clone(),
            view: ReportView::Basic.into(),
            ..ListReportsRequest::default()
        };
        let call = || {
            let (mut client, request) = (client.clone(), request.clone());
            async move { client.query.list_reports(request).await }
        };
        let page = persist(call).await.map_err(|status| explained(&status))?.into_inner();
        reports.extend(page.reports);
        reports.truncate(limit);
        page_token = page.next_page_token;
        if page_token.is_empty() || limit <= reports.len() {
            return Ok((reports, page_token.is_empty()));
        }
    }
}

fn list_table(reports: Vec<v1::Report>, is_all: bool, style: Style) -> anyhow::Result<String> {
    let count = reports.len();
    let mut columns = Columns::new(vec![Align::Left; 6]);
    let header = [
        ("名称", "name"),
        ("年度", "year"),
        ("格式", "form"),
        ("主体", "subject"),
        ("地区", "region"),
        ("层级", "level"),
    ];
    columns.push(header.map(|(zh, en)| Cell::new(style.words(zh, en), Tone::Faint)).to_vec());
    for report in reports {
        let name = report.name.clone();
        let report = record(report)?;
        let year = report.year.map_or_else(|| "–".to_owned(), |year| year.to_string());
        let region = format!("{} {}", report.region.name, report.region.code);
        let texts = [
            name,
            year,
            report.form.name().to_owned(),
            shorten(&report.subject.name, NAME_WIDTH_MAX),
            shorten(region.trim(), NAME_WIDTH_MAX),
            report.level().to_owned(),
        ];
        columns.push(texts.iter().map(|text| Cell::new(printable(text), Tone::Plain)).collect());
    }
    let (mut zh, mut en) = (format!("{count} 份报告"), format!("{count} reports"));
    if !is_all {
        zh.push_str("，还有更多：见 --limit 和 --filter");
        en.push_str(", and there are more: see --limit and --filter");
    }
    let total = style.words(&zh, &en).into_owned();
    Ok(format!("{}{}\n", columns.render(style, 0), style.paint(Tone::Strong, total)))
}

async fn show(client: &Client, args: &ReportShowArgs, global: &Global) -> anyhow::Result<String> {
    let report = get(client, &args.name, &args.clocks).await?;
    let (name, revision) = (report.name.clone(), number(&report));
    let document = report.revision.as_ref().map(|it| it.document.clone()).unwrap_or_default();
    let report = record(report)?;
    Ok(match args.format {
        RecordFormat::Json => {
            format!("{}\n", json::report(&name, &report, Style::new(global, Lang::Zh)))
        }
        RecordFormat::Table => {
            let style = Style::new(global, Lang::Both);
            let heading = format!("{name}  revision {revision}  {document}");
            table::report(&heading, &report, None, style)
        }
    })
}

async fn findings(client: &Client, args: &ReportFindingsArgs, style: Style) -> anyhow::Result<String> {
    let report = get(client, &args.name, &args.clocks).await?;
    let name = report.name.clone();
    let report = record(report)?;
    let shown = |outcome: Outcome| args.all || outcome != Outcome::Holds;
    let mut text = String::new();
    match args.format {
        RecordFormat::Json => {
            for finding in report.findings.iter().filter(|finding| shown(finding.outcome)) {
                let _ = writeln!(text, "{}", json::finding(finding, style));
            }
        }
        RecordFormat::Table => {
            let _ =
                writeln!(text, "{}  {}", style.paint(Tone::Strong, name), findings::summary(&report, style));
            let one_by_one = |outcome| args.all || outcome == Outcome::Fails;
            text.push_str(&findings::list(&report, None, style, |finding| one_by_one(finding.outcome)));
            if !args.all {
                text.push_str(&findings::not_assessable(&report, style));
            }
        }
    }
    Ok(text)
}

async fn get(client: &Client, name: &str, clocks: &ClocksArgs) -> anyhow::Result<v1::Report> {
    let request = GetReportRequest {
        name: resource("reports", name),
        view: ReportView::Full.into(),
        as_of: clocks.as_of,
        published_until: clocks.published_until.clone(),
        ..GetReportRequest::default()
    };
    let call = || {
        let (mut client, request) = (client.clone(), request.clone());
        async move { client.query.get_report(request).await }
    };
    let response = persist(call).await.map_err(|status| explained(&status))?.into_inner();
    response.report.context("the server answered without a report")
}

fn record(report: v1::Report) -> anyhow::Result<Report> {
    let name = report.name.clone();
    Report::try_from(report).with_context(|| format!("{name} is not understood; the server may be newer"))
}

fn number(report: &v1::Report) -> u32 {
    report.revision.as_ref().map_or(0, |revision| revision.number)
}
