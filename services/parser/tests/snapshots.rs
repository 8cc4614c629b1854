//! The whole record of each sample report, line by line, so that a change of any of them shows in a diff.
//! `INSTA_UPDATE=always cargo test -p gongkai-parser --test snapshots` writes them anew; read the diff before you keep it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use gongkai_document::{Hint, Limits};
use gongkai_model::{Body, Derivation, Figure, Finding, Outcome, Report, Span, State, Statement};
use gongkai_pipeline::read_reports;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn samples() -> Vec<PathBuf> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus");
    let mut samples: Vec<PathBuf> = [corpus.clone(), corpus.join("found")]
        .iter()
        .flat_map(|folder| std::fs::read_dir(folder).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt" || extension == "html"))
        .collect();
    samples.sort();
    samples
}

#[test]
fn the_record_of_each_sample_is_as_it_was() {
    let samples = samples();
    assert!(7 <= samples.len(), "{samples:?}");
    for path in samples {
        let name = path.file_name().unwrap().to_str().unwrap();
        let hint = Hint { media_type: None, name: Some(name), address: None };
        let reports = read_reports(&std::fs::read(&path).unwrap(), &hint, &Limits::STANDARD).unwrap();
        let text: Vec<String> = reports.iter().map(outline).collect();
        insta::assert_snapshot!(name.replace('.', "-"), text.join("\n"));
    }
}

fn outline(report: &Report) -> String {
    let mut out = String::new();
    let mut line = |text: String| writeln!(out, "{}", text.trim_end()).unwrap();
    line(format!("part {} of {}, form {}", report.part, report.parts, report.form.name()));
    line(format!("title {} {}", report.title.text, place(report.title.span.as_ref())));
    line(format!("year {:?}", report.year));
    for (what, body) in
        [("subject", &report.subject), ("issuer", &report.issuer), ("signatory", &report.signatory)]
    {
        line(format!("{what} {}", body_line(body)));
    }
    line(format!("scope {:?} {}", report.scope.kind, report.scope.quote));
    line(format!("region {:?}", report.region));
    line(format!("dates {:?}", report.dates));
    for section in &report.sections {
        let chars = section.text.chars().count();
        line(format!("section {} {} ({chars} characters)", section.level, section.title));
    }
    report.figures.iter().for_each(|figure| line(figure_line(figure)));
    report.statements.iter().for_each(|statement| line(statement_line(statement)));
    report.problems.iter().for_each(|problem| line(format!("problem {}", problem.text)));
    report.improvements.iter().for_each(|measure| line(format!("improvement {}", measure.text)));
    let told = report.findings.iter().filter(|finding| finding.outcome != Outcome::Holds);
    told.for_each(|finding| line(finding_line(finding)));
    let holds = report.findings.iter().filter(|finding| finding.outcome == Outcome::Holds).count();
    line(format!("{holds} findings hold"));
    out
}

fn place(span: Option<&Span>) -> String {
    span.and_then(Span::as_bytes).map_or_else(String::new, |bytes| format!("@{}..{}", bytes.start, bytes.end))
}

fn body_line(body: &Body) -> String {
    format!(
        "{} {:?} {:?} {} {}",
        body.name,
        body.rank,
        body.kind,
        body.credit_code,
        place(body.span.as_ref())
    )
}

fn figure_line(figure: &Figure) -> String {
    let value = figure.value.map_or_else(|| figure.state.name().to_owned(), |value| value.to_string());
    let mut line = format!("{} {value}", figure.key);
    if figure.state != State::Number && figure.value.is_some() {
        write!(line, " {}", figure.state.name()).unwrap();
    }
    if figure.derivation != Derivation::Read {
        write!(line, " {}", figure.derivation.name()).unwrap();
    }
    if let Some(reason) = figure.reason {
        write!(line, " {} {:?}", reason.name(), figure.candidates).unwrap();
    }
    write!(line, " {}", place(figure.span.as_ref())).unwrap();
    line
}

fn statement_line(statement: &Statement) -> String {
    let number =
        |value: Option<rust_decimal::Decimal>| value.map_or_else(|| "–".to_owned(), |v| v.to_string());
    let mut line = format!("statement {} {}", number(statement.value), statement.unit);
    if statement.value_max.is_some() {
        write!(line, " to {}", number(statement.value_max)).unwrap();
    }
    if statement.approximate {
        line.push_str(" approximate");
    }
    let indicator = if statement.indicator.is_empty() { "–" } else { &statement.indicator };
    write!(line, " {indicator} {:?} {:?} {:?}", statement.period, statement.scope, statement.whose).unwrap();
    write!(line, ": {} {}", statement.quote, place(statement.span.as_ref())).unwrap();
    line
}

fn finding_line(finding: &Finding) -> String {
    let (outcome, severity) = (finding.outcome, finding.severity);
    let mut line = format!("finding {} {outcome:?} {severity:?}: {}", finding.name(), finding.message_zh);
    for proposal in &finding.proposals {
        let shown = |value: Option<gongkai_model::Value>| value.map_or_else(String::new, |v| v.to_string());
        let (current, proposed) = (shown(proposal.current), proposal.proposed);
        write!(line, " [{} {current} → {proposed}]", proposal.figure).unwrap();
    }
    line
}
