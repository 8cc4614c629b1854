//! `gongkai compose`: the report of an upper-level body out of those of its units.

use super::{Verdict, stdout};
use crate::cli::{ComposeArgs, Global, Lang, RecordFormat};
use crate::client::{MESSAGE_BYTES_MAX, block_on, channel, explained, persist, resource};
use crate::present::width::{Align, Cell, Columns, shorten};
use crate::present::{Style, Tone, printable};
use anyhow::{Context, bail};
use gongkai_wire::v1;
use gongkai_wire::v1::compose_report_response::Part;
use gongkai_wire::v1::composition_service_client::CompositionServiceClient;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Columns of a label on a terminal.
const LABEL_WIDTH_MAX: usize = 48;

pub(crate) fn run(args: &ComposeArgs, global: &Global) -> anyhow::Result<Verdict> {
    let style = Style::new(global, Lang::Zh);
    let (request, outputs) = request(args)?;
    let (composition, files) = block_on(compose(&global.server, &request))?;
    for (path, format) in &outputs {
        let file = files.iter().find(|(known, _)| known == format);
        let (_, bytes) = file.with_context(|| format!("the server sent nothing for {}", path.display()))?;
        write(path, bytes)?;
    }
    let text = match args.format {
        RecordFormat::Json => format!("{}\n", as_json(&composition)),
        RecordFormat::Table => as_text(&composition, &outputs, style),
    };
    let mut out = stdout();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(Verdict::wrong_if(!composition.complete))
}

/// What is asked, and which files it is for.
fn request(
    args: &ComposeArgs,
) -> anyhow::Result<(v1::ComposeReportRequest, Vec<(PathBuf, v1::CompositionFormat)>)> {
    let mut outputs = Vec::new();
    for path in &args.output {
        let format = match path.extension().and_then(|it| it.to_str()) {
            Some("xlsx") => v1::CompositionFormat::Xlsx,
            Some("docx") => v1::CompositionFormat::Docx,
            Some("html") => v1::CompositionFormat::Html,
            _ => bail!("{} does not end in .xlsx, .docx or .html", path.display()),
        };
        outputs.push((path.clone(), format));
    }
    let expected_subjects = match &args.expect {
        None => Vec::new(),
        Some(path) => {
            let text =
                fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
            let lines = text.lines().map(|line| line.trim_start_matches('\u{feff}').trim());
            lines.filter(|line| !line.is_empty()).map(str::to_owned).collect()
        }
    };
    let exclusion = |text: &String| {
        let (subject, reason) = text
            .split_once([';', '；'])
            .with_context(|| format!("--exclude {text:?} needs a subject and a reason: 'SUBJECT; REASON'"))?;
        Ok(v1::CompositionExclusion { subject: subject.trim().to_owned(), reason: reason.trim().to_owned() })
    };
    let null_policy = match args.blank_as_zero {
        true => v1::NullPolicy::BlankAsZero,
        false => v1::NullPolicy::Strict,
    };
    let request = v1::ComposeReportRequest {
        subject: args.subject.clone(),
        year: args.year,
        filter: args.filter.clone(),
        reports: args.reports.iter().map(|name| resource("reports", name)).collect(),
        null_policy: null_policy.into(),
        expected_subjects,
        exclusions: args.exclude.iter().map(exclusion).collect::<anyhow::Result<_>>()?,
        adjustments: args.adjust.iter().map(|text| adjustment(text)).collect::<anyhow::Result<_>>()?,
        last_year_report: args.last_year.as_ref().map(|name| resource("reports", name)).unwrap_or_default(),
        as_of: args.clocks.as_of,
        published_until: args.clocks.published_until.clone(),
        formats: outputs.iter().map(|(_, format)| i32::from(*format)).collect(),
        ..Default::default()
    };
    Ok((request, outputs))
}

fn adjustment(text: &str) -> anyhow::Result<v1::CompositionAdjustment> {
    let mut parts = text.splitn(3, [';', '；']).map(str::trim);
    let amount = parts.next().and_then(|part| part.split_once('='));
    let (Some((key, amount)), Some(reason), Some(basis)) = (amount, parts.next(), parts.next()) else {
        bail!("--adjust {text:?} needs a cell, an amount, a reason and a basis: 'KEY=AMOUNT; REASON; BASIS'");
    };
    Ok(v1::CompositionAdjustment {
        key: key.trim().to_owned(),
        amount: amount.trim().to_owned(),
        reason: reason.to_owned(),
        basis: basis.to_owned(),
    })
}

type Files = Vec<(v1::CompositionFormat, Vec<u8>)>;

async fn compose(
    server: &str,
    request: &v1::ComposeReportRequest,
) -> anyhow::Result<(v1::Composition, Files)> {
    let client =
        CompositionServiceClient::new(channel(server).await?).max_decoding_message_size(MESSAGE_BYTES_MAX);
    let call = || {
        let (mut client, request) = (client.clone(), request.clone());
        async move {
            let mut answers = client.compose_report(request).await?.into_inner();
            let mut composition = None;
            let mut files: Files = Vec::new();
            while let Some(answer) = answers.message().await? {
                match answer.part {
                    Some(Part::Composition(it)) => composition = Some(it),
                    Some(Part::Piece(piece)) => {
                        let format = piece.format();
                        match files.iter_mut().find(|(known, _)| *known == format) {
                            Some((_, bytes)) => bytes.extend_from_slice(&piece.chunk),
                            None => files.push((format, piece.chunk.to_vec())),
                        }
                    }
                    None => {}
                }
            }
            Ok((composition, files))
        }
    };
    let (composition, files) = persist(call).await.map_err(|status| explained(&status))?;
    Ok((composition.context("the server answered without a composition")?, files))
}

/// Writes a file so that no half of it is ever seen.
fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let failed = || format!("{} cannot be written", path.display());
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    let part = path.with_file_name(name);
    fs::write(&part, bytes).with_context(failed)?;
    fs::rename(&part, path).with_context(failed)
}

fn as_json(composition: &v1::Composition) -> Value {
    let unit = |unit: &v1::CompositionUnit| json!({ "report": unit.report, "revision": unit.revision, "subject": unit.subject });
    let cell = |cell: &v1::ComposedCell| {
        json!({
            "key": cell.key, "label": cell.label_zh, "sum": cell.sum, "adjustment": cell.adjustment, "value": cell.value,
            "zeroed_units": cell.zeroed_units, "unknown_units": cell.unknown_units, "last_year": cell.last_year,
        })
    };
    let obstacle = |it: &v1::Obstacle| {
        json!({
            "kind": kind(it), "blocks": it.blocks, "report": it.report, "subject": it.subject, "keys": it.keys,
            "identities": it.identities, "message": it.message_zh,
        })
    };
    json!({
        "subject": composition.subject,
        "year": composition.year,
        "complete": composition.complete,
        "units": composition.units.iter().map(unit).collect::<Vec<_>>(),
        "expected": composition.expected_count,
        "absent": composition.absent_subjects,
        "cells": composition.cells.iter().map(cell).collect::<Vec<_>>(),
        "broken_identities": composition.broken_identities,
        "obstacles": composition.obstacles.iter().map(obstacle).collect::<Vec<_>>(),
    })
}

fn kind(obstacle: &v1::Obstacle) -> &'static str {
    obstacle.kind().as_str_name().trim_start_matches("OBSTACLE_KIND_")
}

fn as_text(
    composition: &v1::Composition,
    outputs: &[(PathBuf, v1::CompositionFormat)],
    style: Style,
) -> String {
    let mut text = String::new();
    let title = format!("{} {}", composition.subject, composition.year);
    let _ = writeln!(text, "{}", style.paint(Tone::Strong, printable(&title)));
    let mut columns = Columns::new(vec![Align::Left, Align::Right, Align::Right, Align::Right]);
    let header = [("指标", "cell"), ("合计", "sum"), ("调整后", "adjusted"), ("上年", "last year")];
    columns.push(header.map(|(zh, en)| Cell::new(style.words(zh, en), Tone::Faint)).to_vec());
    let number =
        |value: &Option<String>, otherwise: &str| value.clone().unwrap_or_else(|| otherwise.to_owned());
    let mut open = 0;
    for cell in &composition.cells {
        let is_zero = |value: &Option<String>| value.as_deref() == Some("0");
        let stands_alone =
            cell.adjustment.is_none() && cell.last_year.as_ref().is_none_or(|text| text == "0");
        // Three quarters of a form are zeros, and what is not known is not known row after row.
        open += usize::from(cell.value.is_none());
        if (is_zero(&cell.sum) || cell.sum.is_none()) && stands_alone {
            continue;
        }
        let label = style.words(&cell.label_zh, &cell.label_en).into_owned();
        columns.push(vec![
            Cell::new(printable(&shorten(&label, LABEL_WIDTH_MAX)), Tone::Plain),
            Cell::new(number(&cell.sum, "？"), Tone::Plain),
            Cell::new(number(&cell.value, "？"), Tone::Strong),
            Cell::new(number(&cell.last_year, "–"), Tone::Faint),
        ]);
    }
    text.push_str(&columns.render(style, 2));
    if 0 < open {
        let (zh, en) = (
            format!("共有 {open} 个单元格的合计无法得出（--format json 逐一列出）"),
            format!("the sums of {open} cells are not known; --format json lists them"),
        );
        let _ = writeln!(text, "  {}", style.paint(Tone::Faint, style.words(&zh, &en)));
    }
    for obstacle in &composition.obstacles {
        let (tone, zh, en) = match obstacle.blocks {
            true => (Tone::Bad, "问题", "problem"),
            false => (Tone::Faint, "注意", "note"),
        };
        let message = style.words(&obstacle.message_zh, &obstacle.message_en);
        let _ = writeln!(text, "  {}  {}", style.paint(tone, style.words(zh, en)), printable(&message));
    }
    if !composition.broken_identities.is_empty() {
        let names = composition.broken_identities.join(", ");
        let (zh, en) = (
            format!("汇总后勾稽关系不成立：{names}"),
            format!("these do not hold between the sums: {names}"),
        );
        let mark = style.paint(Tone::Bad, style.words("问题", "problem"));
        let _ = writeln!(text, "  {mark}  {}", printable(&style.words(&zh, &en)));
    }
    let (units, absent) = (composition.units.len(), composition.absent_subjects.len());
    let (zh, en) = match composition.expected_count {
        Some(expected) => (
            format!("{units} 个单位已汇总；应报 {expected} 个，未报 {absent} 个"),
            format!("{units} units summed; {expected} should report, {absent} did not"),
        ),
        None => (
            format!("{units} 个单位已汇总；未给出应报名单"),
            format!("{units} units summed; nobody said who should report"),
        ),
    };
    let _ = writeln!(text, "{}", style.paint(Tone::Strong, style.words(&zh, &en)));
    for (path, _) in outputs {
        let _ = writeln!(text, "{}", path.display());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adjustments_are_read_with_commas_of_either_script() {
        let read = adjustment("requests.received.total = -1；重复受理; 核对记录; 第2页").unwrap();
        assert_eq!((read.key.as_str(), read.amount.as_str()), ("requests.received.total", "-1"));
        assert_eq!((read.reason.as_str(), read.basis.as_str()), ("重复受理", "核对记录; 第2页"));
        let error = adjustment("requests.received.total=-1; 重复受理").unwrap_err().to_string();
        assert!(error.contains("'KEY=AMOUNT; REASON; BASIS'"), "{error}");
    }

    #[test]
    fn sums_that_are_not_known_are_counted_whether_or_not_they_are_listed() {
        let cell = |label: &str, last_year: Option<&str>| v1::ComposedCell {
            label_zh: label.to_owned(),
            last_year: last_year.map(str::to_owned),
            ..Default::default()
        };
        let cells = vec![cell("有上年数", Some("3")), cell("无上年数", None)];
        let composition = v1::Composition { cells, ..Default::default() };
        let text = as_text(&composition, &[], Style { lang: Lang::Zh, color: false });
        assert!(text.contains("有上年数") && !text.contains("无上年数"), "{text}");
        assert!(text.contains("共有 2 个单元格的合计无法得出"), "{text}");
    }
}
