//! `gongkai search`: reports by their words.

use super::{Verdict, stdout};
use crate::cli::{Global, Lang, ListFormat, SearchArgs};
use crate::client::{Client, block_on, explained, persist};
use crate::present::{Style, Tone, printable};
use gongkai_wire::v1::{self, SearchReportsRequest};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::Write;

/// Reports that one page has at most.
const PAGE_MAX: usize = 100;

pub(crate) fn run(args: &SearchArgs, global: &Global) -> anyhow::Result<Verdict> {
    let style = Style::new(global, Lang::Zh);
    let Found { results, is_all, position } = block_on(async {
        let client = Client::connect(&global.server).await?;
        pages(&client, args).await
    })?;
    let mut text = String::new();
    for result in &results {
        match args.format {
            ListFormat::Names => {
                let _ = writeln!(text, "{}", printable(&report(result).name));
            }
            ListFormat::Json => {
                let _ = writeln!(text, "{}", as_json(result));
            }
            ListFormat::Table => for_people(result, style, &mut text),
        }
    }
    if results.is_empty() && position == 0 {
        // Nothing was looked at, so nothing can be said of what is there.
        let (zh, en) = (
            "还没有可以检索的索引：正在建立，或者还没有报告",
            "there is no index to search yet: it is being made, or there are no reports",
        );
        anyhow::bail!("{}", style.words(zh, en));
    }
    if args.format == ListFormat::Table {
        let count = results.len();
        let (mut zh, mut en) = (format!("{count} 份报告"), format!("{count} reports"));
        if !is_all {
            zh.push_str("，还有更多：见 --limit 和 --filter");
            en.push_str(", and there are more: see --limit and --filter");
        }
        let _ = writeln!(text, "{}", style.paint(Tone::Strong, style.words(&zh, &en).into_owned()));
    }
    let mut out = stdout();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(Verdict::wrong_if(results.is_empty()))
}

/// What is found, whether it is all, and as of which position; 0 while there is no index.
struct Found {
    results: Vec<v1::SearchResult>,
    is_all: bool,
    position: i64,
}

/// What is found, a page at a time.
async fn pages(client: &Client, args: &SearchArgs) -> anyhow::Result<Found> {
    let limit = args.limit.get();
    let mut results: Vec<v1::SearchResult> = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = SearchReportsRequest {
            query: args.query.join(" "),
            filter: args.filter.clone(),
            order_by: args.order.clone(),
            page_size: i32::try_from(PAGE_MAX.min(limit - results.len()))?,
            page_token,
            as_of: args.clocks.as_of,
            published_until: args.clocks.published_until.clone(),
            passages_max: if args.passages == 0 { -1 } else { i32::from(args.passages) },
            ..SearchReportsRequest::default()
        };
        let call = || {
            let (mut client, request) = (client.clone(), request.clone());
            async move { client.query.search_reports(request).await }
        };
        let page = persist(call).await.map_err(|status| explained(&status))?.into_inner();
        results.extend(page.results);
        page_token = page.next_page_token;
        if page_token.is_empty() || limit <= results.len() {
            let (is_all, position) = (page_token.is_empty(), page.position);
            return Ok(Found { results, is_all, position });
        }
    }
}

fn report(result: &v1::SearchResult) -> v1::Report {
    result.report.clone().unwrap_or_default()
}

fn for_people(result: &v1::SearchResult, style: Style, text: &mut String) {
    let report = report(result);
    let year = report.year.map_or_else(|| "–".to_owned(), |year| year.to_string());
    let subject = report.subject.map(|subject| subject.name).unwrap_or_default();
    let head = style.paint(Tone::Strong, format!("{year} {}", printable(&subject))).into_owned();
    let _ = writeln!(text, "{head}  {}", style.paint(Tone::Faint, printable(&report.name).into_owned()));
    for passage in &result.passages {
        let mut words = String::new();
        for piece in &passage.pieces {
            let shown = printable(&piece.text).into_owned();
            match (piece.is_hit, style.color) {
                (true, true) => words.push_str(&style.paint(Tone::Good, shown)),
                (true, false) => words.push_str(&format!("【{shown}】")),
                (false, _) => words.push_str(&shown),
            }
        }
        let section = match passage.section.as_str() {
            "" => String::new(),
            // It is the heading.
            _ if passage.part() == v1::ReportPart::Heading => String::new(),
            section => format!("{}  ", style.paint(Tone::Faint, printable(section).into_owned())),
        };
        let _ = writeln!(text, "  {section}{words}");
    }
}

fn as_json(result: &v1::SearchResult) -> Value {
    let report = report(result);
    let bytes = |span: &Option<v1::Span>| match span.as_ref().and_then(|span| span.place.as_ref()) {
        Some(v1::span::Place::Bytes(range)) => json!([range.start, range.end]),
        Some(v1::span::Place::Page(_) | v1::span::Place::Part(_)) | None => Value::Null,
    };
    let region = report.region.unwrap_or_default();
    let passages = result.passages.iter().map(|passage| {
        let pieces = passage.pieces.iter();
        let pieces = pieces.map(|it| json!({"text": it.text, "hit": it.is_hit, "bytes": bytes(&it.span)}));
        json!({
            "part": passage.part().as_str_name().trim_start_matches("REPORT_PART_"),
            "section": passage.section,
            "text": passage.pieces.iter().map(|piece| piece.text.as_str()).collect::<String>(),
            "bytes": bytes(&passage.span),
            "pieces": pieces.collect::<Vec<_>>(),
        })
    });
    json!({
        "name": report.name,
        "year": report.year,
        "subject": report.subject.map(|subject| subject.name),
        "region": {"name": region.name, "code": region.code},
        "document": report.revision.map(|revision| revision.document),
        "hits": result.hits,
        "passages": passages.collect::<Vec<_>>(),
    })
}
