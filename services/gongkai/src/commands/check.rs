//! `gongkai check`: only what is wrong with files, in words that a clerk can act on.

use super::{Verdict, stdout};
use crate::cli::{CheckArgs, Global, Lang};
use crate::input::{self, Input};
use crate::place::Lines;
use crate::present::{Style, Tone, findings, printable};
use gongkai_model::Report;
use std::fmt::Write as _;
use std::io::Write;

/// What was found in one file.
struct Checked {
    /// What is wrong; empty where nothing is.
    text: String,
    reports: usize,
    problems: usize,
}

pub(crate) fn run(args: &CheckArgs, global: &Global) -> anyhow::Result<Verdict> {
    let style = Style::new(global, Lang::Zh);
    let mut out = stdout();
    let (mut files, mut reports, mut problems, mut files_wrong) = (0, 0, 0, 0);
    input::in_order(
        input::inputs(&args.paths),
        args.jobs,
        |input| check(&input, args.strict, style),
        |checked| {
            if !checked.text.is_empty() && 0 < files_wrong {
                writeln!(out)?;
            }
            files += 1;
            files_wrong += usize::from(!checked.text.is_empty());
            reports += checked.reports;
            problems += checked.problems;
            out.write_all(checked.text.as_bytes())?;
            out.flush()
        },
    )?;
    let zh = match problems {
        0 => format!("已检查 {files} 个文件、{reports} 份报告，未发现问题"),
        _ => format!("已检查 {files} 个文件、{reports} 份报告，{files_wrong} 个文件共有 {problems} 个问题"),
    };
    let en = match problems {
        0 => format!("{files} files with {reports} reports: nothing wrong"),
        _ => format!("{files} files with {reports} reports: {problems} problems in {files_wrong} files"),
    };
    // Not part of what is wrong, so not where that goes.
    eprintln!("{}", style.words(&zh, &en));
    Ok(Verdict::wrong_if(0 < problems))
}

fn check(input: &Input, strict: bool, style: Style) -> Checked {
    let read = input::read(input, None);
    let name = style.paint(Tone::Strong, printable(&read.name).into_owned());
    let reports = match &read.reports {
        Ok(reports) => reports,
        Err(unread) => {
            let mark = style.paint(Tone::Bad, style.words("无法读取", "cannot be read"));
            let text = format!("{name}\n  {mark}  {}\n", findings::unread(unread, style));
            return Checked { text, reports: 0, problems: 1 };
        }
    };
    let lines = Lines::of(&read.source);
    let mut checked = Checked { text: String::new(), reports: reports.len(), problems: 0 };
    for report in reports {
        let problems = report.findings.iter().filter(|finding| findings::is_wrong(finding, strict)).count();
        if problems == 0 {
            continue;
        }
        checked.problems += problems;
        let _ = writeln!(checked.text, "{name}  {}", who_and_when(report, style));
        let of_report = |finding: &_| findings::is_wrong(finding, strict);
        checked.text.push_str(&findings::list_with_bases(report, Some(&lines), style, of_report));
    }
    checked
}

fn who_and_when(report: &Report, style: Style) -> String {
    let subject = printable(&report.subject.name);
    let year = report.year.map(|year| style.words(&format!("{year}年"), &year.to_string()).into_owned());
    format!("{subject} {}", year.unwrap_or_default()).trim().to_owned()
}
