//! `gongkai report copies`: which other reports have the same words.

use crate::cli::{RecordFormat, ReportCopiesArgs};
use crate::client::{Client, explained, persist, resource};
use crate::present::width::shorten;
use crate::present::{Style, Tone, printable};
use gongkai_wire::v1;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Reports that one page has at most.
const PAGE_MAX: usize = 50;
/// Columns of a passage that are shown to people.
const PASSAGE_WIDTH_MAX: usize = 300;
/// Columns of what differs, and how much of it is shown.
const DIFFERENCE_WIDTH_MAX: usize = 24;
const DIFFERENCES_SHOWN: usize = 8;

pub(super) async fn copies(client: &Client, args: &ReportCopiesArgs, style: Style) -> anyhow::Result<String> {
    let (head, mut copies, is_all) = pages(client, args).await?;
    copies.sort_by_key(|copy| std::cmp::Reverse(copy.copied_letters));
    Ok(match args.format {
        RecordFormat::Json => format!("{}\n", as_json(args, &head, &copies, is_all)),
        RecordFormat::Table => for_people(&head, &copies, is_all, style),
    })
}

/// The first page's word on the report itself, what is found, and whether it is all.
async fn pages(
    client: &Client,
    args: &ReportCopiesArgs,
) -> anyhow::Result<(v1::ListCopiesResponse, Vec<v1::Copy>, bool)> {
    let limit = args.limit.get();
    let mut copies: Vec<v1::Copy> = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = v1::ListCopiesRequest {
            name: resource("reports", &args.name),
            with: args.with.as_deref().map(|with| resource("reports", with)).unwrap_or_default(),
            page_size: i32::try_from(PAGE_MAX.min(limit - copies.len()))?,
            page_token,
            passages_max: if args.passages == 0 { -1 } else { i32::from(args.passages) },
            as_of: args.clocks.as_of,
            published_until: args.clocks.published_until.clone(),
            ..Default::default()
        };
        let call = || {
            let (mut client, request) = (client.clone(), request.clone());
            async move { client.query.list_copies(request).await }
        };
        let mut page = persist(call).await.map_err(|status| explained(&status))?.into_inner();
        copies.append(&mut page.copies);
        page_token = std::mem::take(&mut page.next_page_token);
        if page_token.is_empty() || limit <= copies.len() {
            return Ok((page, copies, page_token.is_empty()));
        }
    }
}

/// Whole parts of a hundred; none of nothing.
fn percent(part: i32, whole: i32) -> Option<i64> {
    (0 < whole).then(|| i64::from(part) * 100 / i64::from(whole))
}

fn for_people(head: &v1::ListCopiesResponse, copies: &[v1::Copy], is_all: bool, style: Style) -> String {
    let (own, divisions) = (head.own_letters, head.template_divisions);
    let mut text = String::new();
    let (zh, en) = (
        format!("除模板文字、数字和名称外，本报告有 {own} 字（模板文字据另外 {divisions} 个地区的报告判断）"),
        format!(
            "without template text, numbers and names the report has {own} letters (template text is told by reports of {divisions} other divisions)"
        ),
    );
    let _ = writeln!(text, "{}", style.words(&zh, &en));
    if head.position == 0 {
        let (zh, en) = (
            "索引正在建立：只与同一单位上一年度的报告比较",
            "the index is being made: only reports of the same subject for the year before are compared",
        );
        let _ = writeln!(text, "{}", style.paint(Tone::Doubtful, style.words(zh, en)));
    }
    if head.template_incomplete {
        let (zh, en) = (
            "服务器正忙，未能查完其他地区的报告：模板文字可能被算作相同文字，请稍后再试",
            "the server was busy, and not all divisions were asked: template text may be told as copied; try again later",
        );
        let _ = writeln!(text, "{}", style.paint(Tone::Doubtful, style.words(zh, en)));
    }
    for copy in copies {
        add(&mut text, head, copy, style);
    }
    let count = copies.len();
    let (mut zh, mut en) =
        (format!("{count} 份文字相同的报告"), format!("{count} reports with the same words"));
    if !is_all {
        zh.push_str("，还有更多：见 --limit");
        en.push_str(", and there may be more: see --limit");
    }
    let _ = writeln!(text, "{}", style.paint(Tone::Strong, style.words(&zh, &en).into_owned()));
    text
}

fn add(text: &mut String, head: &v1::ListCopiesResponse, copy: &v1::Copy, style: Style) {
    let report = copy.report.clone().unwrap_or_default();
    let year = report.year.map_or_else(|| "–".to_owned(), |year| year.to_string());
    let subject = report.subject.map(|subject| subject.name).unwrap_or_default();
    let kind = match copy.kind() {
        v1::CopyKind::PreviousYear => style.words("同一单位，上一年度", "same subject, the year before"),
        v1::CopyKind::SameSubject => style.words("同一单位", "same subject"),
        v1::CopyKind::OtherBody => style.words("另一单位", "another body"),
        v1::CopyKind::Unspecified => style.words("未知", "unknown"),
    };
    let letters = copy.copied_letters;
    let share = percent(letters, head.own_letters).map(|it| format!("{it} %")).unwrap_or_default();
    let (zh, en) = (format!("相同 {letters} 字 {share}"), format!("{letters} letters the same {share}"));
    let title = style.paint(Tone::Strong, format!("{year} {}", printable(&subject))).into_owned();
    let name = style.paint(Tone::Faint, printable(&report.name).into_owned());
    let _ = writeln!(text, "{title}  {kind}  {}  {name}", style.words(zh.trim_end(), en.trim_end()));
    for passage in &copy.passages {
        let own = passage.own.clone().unwrap_or_default();
        let section = style.paint(Tone::Faint, printable(&own.section).into_owned());
        let words = own.text.split_whitespace().collect::<Vec<_>>().join(" ");
        let _ = writeln!(text, "  {section}  {}", shorten(&printable(&words), PASSAGE_WIDTH_MAX));
        let shown = passage.differences.iter().take(DIFFERENCES_SHOWN).map(|it| {
            let side = |words: &str| match words {
                "" => "–".to_owned(),
                words => shorten(&printable(words), DIFFERENCE_WIDTH_MAX),
            };
            format!("{} ← {}", side(&it.own), side(&it.other))
        });
        let mut shown = shown.collect::<Vec<_>>().join("; ");
        if DIFFERENCES_SHOWN < passage.differences.len() {
            shown.push_str("; …");
        }
        if !shown.is_empty() {
            let _ = writeln!(text, "    {} {shown}", style.words("不同：", "differs:"));
        }
    }
}

fn as_json(
    args: &ReportCopiesArgs,
    head: &v1::ListCopiesResponse,
    copies: &[v1::Copy],
    is_all: bool,
) -> Value {
    let copies = copies.iter().map(|copy| {
        let report = copy.report.clone().unwrap_or_default();
        let region = report.region.unwrap_or_default();
        json!({
            "name": report.name,
            "year": report.year,
            "subject": report.subject.map(|subject| subject.name),
            "region": {"name": region.name, "code": region.code},
            "document": report.revision.map(|revision| revision.document),
            "kind": copy.kind().as_str_name().trim_start_matches("COPY_KIND_"),
            "copied_letters": copy.copied_letters,
            "passages_total": copy.passages_total,
            "passages": copy.passages.iter().map(passage).collect::<Vec<_>>(),
        })
    });
    json!({
        "name": resource("reports", &args.name),
        "own_letters": head.own_letters,
        "template_divisions": head.template_divisions,
        "template_incomplete": head.template_incomplete,
        "position": head.position,
        "complete": is_all,
        "copies": copies.collect::<Vec<_>>(),
    })
}

fn passage(passage: &v1::CopiedPassage) -> Value {
    let side = |side: &Option<v1::CopiedText>| {
        let side = side.clone().unwrap_or_default();
        json!({
            "part": side.part().as_str_name().trim_start_matches("REPORT_PART_"),
            "section": side.section,
            "text": side.text,
            "cut": side.is_cut,
            "bytes": bytes(&side.span),
        })
    };
    let differences = passage.differences.iter().map(|it| {
        json!({
            "kind": it.kind().as_str_name().trim_start_matches("COPY_DIFFERENCE_KIND_"),
            "own": {"text": it.own, "bytes": bytes(&it.own_span)},
            "other": {"text": it.other, "bytes": bytes(&it.other_span)},
        })
    });
    json!({
        "letters": passage.letters,
        "own": side(&passage.own),
        "other": side(&passage.other),
        "differences": differences.collect::<Vec<_>>(),
    })
}

fn bytes(span: &Option<v1::Span>) -> Value {
    match span.as_ref().and_then(|span| span.place.as_ref()) {
        Some(v1::span::Place::Bytes(range)) => json!([range.start, range.end]),
        Some(v1::span::Place::Page(_) | v1::span::Place::Part(_)) | None => Value::Null,
    }
}
