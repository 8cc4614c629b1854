//! `gongkai parse`: the records of files, without a server.

use super::{Verdict, stdout};
use crate::cli::{Global, Lang, ParseArgs, RecordFormat};
use crate::input::{self, Input, LIMITS, Records, Unread};
use crate::place::Lines;
use crate::present::{Style, Tone, explain, findings, json, table};
use gongkai_model::Report;
use std::fmt::Write as _;
use std::io::Write;

/// What is printed of each file.
#[derive(Clone, Copy)]
enum View {
    Json,
    Table,
    Explanation,
}

/// What is printed of one file, ready.
struct Printed {
    text: String,
    is_wrong: bool,
}

pub(crate) fn run(args: &ParseArgs, global: &Global) -> anyhow::Result<Verdict> {
    let (view, lang) = match (args.explain, args.format) {
        (true, _) => (View::Explanation, Lang::Both),
        (false, RecordFormat::Table) => (View::Table, Lang::Both),
        (false, RecordFormat::Json) => (View::Json, Lang::Zh),
    };
    let style = Style::new(global, lang);
    let mut out = stdout();
    let mut verdict = Verdict::Fine;
    let mut is_first = true;
    input::in_order(
        input::inputs(&args.paths),
        args.jobs,
        |input| print(&input, args.url.as_deref(), view, style),
        |printed| {
            if printed.is_wrong {
                verdict = Verdict::Wrong;
            }
            if !is_first && !matches!(view, View::Json) {
                writeln!(out)?;
            }
            is_first = false;
            out.write_all(printed.text.as_bytes())?;
            // A reader at the other end of a pipe gets each record when it is there.
            out.flush()
        },
    )?;
    Ok(verdict)
}

fn print(input: &Input, url: Option<&str>, view: View, style: Style) -> Printed {
    let mut read = input::read(input, url);
    let text = match view {
        View::Json => records(&read, |report| format!("{}\n", json::report(&read.name, report, style))),
        View::Table => {
            let lines = Lines::of(&read.source);
            records(&read, |report| table::report(&read.name, report, Some(&lines), style))
        }
        View::Explanation => explanation(input, url, &mut read, style),
    };
    let is_wrong = read.reports.is_err();
    let text = match &read.reports {
        Ok(_) => text,
        Err(unread) => match view {
            View::Json => format!("{}\n", json::unread(&read.name, unread)),
            View::Table | View::Explanation => complaint(&read.name, unread, style),
        },
    };
    Printed { text, is_wrong }
}

fn records(read: &Records, print: impl Fn(&Report) -> String) -> String {
    let separator = |index| if index == 0 { "" } else { "\n" };
    let mut text = String::new();
    for (index, report) in read.reports.iter().flatten().enumerate() {
        let printed = print(report);
        let is_table = printed.lines().count() != 1;
        let _ = write!(text, "{}{printed}", if is_table { separator(index) } else { "" });
    }
    text
}

fn explanation(input: &Input, url: Option<&str>, read: &mut Records, style: Style) -> String {
    let Ok(reports) = &read.reports else { return String::new() };
    let Ok(document) = gongkai_document::read(&read.source, &input.hint(url), &LIMITS) else {
        return String::new();
    };
    let (_, explanation) = gongkai_extract::explain(&document);
    explain::explain(&read.name, &document, reports, &explanation, &Lines::of(&read.source), style)
}

fn complaint(name: &str, unread: &Unread, style: Style) -> String {
    let mut text = String::new();
    let reason = style.paint(Tone::Bad, unread.reason());
    let _ = writeln!(text, "{name}\n  {reason}  {}", findings::unread(unread, style));
    text
}
