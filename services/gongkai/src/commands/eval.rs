//! `gongkai eval`: records against labels.

mod bound;
mod labels;
mod narrative;
mod print;
mod score;
mod shape;
mod tally;

use super::{Verdict, stdout};
use crate::cli::{EvalArgs, EvalFormat, Global, Lang};
use crate::input::{self, Input};
use crate::place::Lines;
use crate::present::Style;
use anyhow::{Context, bail};
use labels::Labels;
use score::{Kind, Score};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// What came of one document with labels.
struct Evaluated {
    name: String,
    /// Whether a program made the document.
    rendered: bool,
    score: Score,
}

pub(crate) fn run(args: &EvalArgs, global: &Global) -> anyhow::Result<Verdict> {
    let labelled = labelled(&args.folder)?;
    if labelled.is_empty() {
        bail!("{} has no document NAME.* beside a NAME.json with labels", args.folder.display());
    }
    let mut documents = Vec::new();
    input::in_order(
        labelled.into_iter(),
        args.jobs,
        |(document, labels)| evaluate(document, &labels),
        |evaluated| {
            documents.push(evaluated?);
            Ok::<_, anyhow::Error>(())
        },
    )?;
    // A version that extracts no statements has not missed them.
    if print::total(&documents).statements_given == 0 {
        for document in &mut documents {
            document.score.differences.retain(|difference| difference.kind != Kind::NotFound);
        }
    }
    if let Some(path) = &args.json {
        let mut text = print::json(&documents).to_string();
        text.push('\n');
        fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))?;
    }
    let mut out = stdout();
    match args.format {
        EvalFormat::Table => {
            out.write_all(print::table(&documents, Style::new(global, Lang::En)).as_bytes())?;
        }
        EvalFormat::Json => writeln!(out, "{}", print::json(&documents))?,
    }
    out.flush()?;
    Ok(Verdict::wrong_if(documents.iter().any(|document| !document.score.differences.is_empty())))
}

/// Every document under `folder` that has labels beside it, with these, in the order of their names.
fn labelled(folder: &Path) -> anyhow::Result<Vec<(PathBuf, PathBuf)>> {
    // Where the folder cannot be listed, that is a failure and not an empty evaluation.
    fs::read_dir(folder).with_context(|| format!("{} cannot be listed", folder.display()))?;
    let mut labelled = Vec::new();
    for input in input::inputs(&[folder.to_owned()]) {
        match input {
            Input::File(document) => {
                let labels = document.with_extension("json");
                if labels.is_file() {
                    labelled.push((document, labels));
                }
            }
            Input::Unlisted(path, message) => bail!("{} cannot be listed: {message}", path.display()),
            Input::Stdin => {}
        }
    }
    Ok(labelled)
}

fn evaluate(document: PathBuf, labels: &Path) -> anyhow::Result<Evaluated> {
    let text = fs::read_to_string(labels).with_context(|| format!("{} cannot be read", labels.display()))?;
    let labels = Labels::parse(&text).with_context(|| format!("{} are no labels", labels.display()))?;
    let is_under_rendered = document.iter().rev().skip(1).any(|folder| folder == "rendered");
    let is_page = document.extension().is_some_and(|extension| {
        ["html", "htm", "xhtml", "shtml"].iter().any(|page| extension.eq_ignore_ascii_case(page))
    });
    let read = input::read(&Input::File(document), labels.url.as_deref().filter(|url| !url.is_empty()));
    let score = match read.reports.as_deref() {
        Ok([report, ..]) => score::score(&labels, report, is_page, &read.source, &Lines::of(&read.source)),
        Ok([]) => score::unreadable(&labels, "no report"),
        Err(unread) => score::unreadable(&labels, unread.message()),
    };
    Ok(Evaluated { name: read.name, rendered: labels.rendered || is_under_rendered, score })
}
