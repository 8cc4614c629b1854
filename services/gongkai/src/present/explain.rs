//! How a record came about: what spoke for the form, how each row was found, and where each cell stands.

use super::{Style, Tone, printable, table};
use crate::place::Lines;
use gongkai_document::Document;
use gongkai_extract::Explanation;
use gongkai_model::{Figure, Report, State};
use std::fmt::Write;

/// The explanation of all reports of one file.
pub(crate) fn explain(
    name: &str,
    document: &Document,
    reports: &[Report],
    explanation: &Explanation,
    lines: &Lines<'_>,
    style: Style,
) -> String {
    let mut text = String::new();
    for report in reports {
        text.push_str(&table::head(name, report, style));
        text.push_str(&how_read(document, report, lines, style));
        text.push_str(&rows(explanation, lines, style));
        text.push_str(&runs(explanation, style));
        text.push_str(&figures(report, lines, style));
    }
    text
}

fn how_read(document: &Document, report: &Report, lines: &Lines<'_>, style: Style) -> String {
    let mut text = format!(
        "\n{}  {}, {}, extractor {}\n",
        style.paint(Tone::Strong, style.words("读取", "Read as")),
        document.media.mime(),
        document.encoding,
        report.extractor_version
    );
    let mut say = |label: &str, span: Option<&gongkai_model::Span>, quote: &str| {
        if let Some(span) = span {
            let _ = writeln!(text, "  {label}: {} “{}”", lines.describe(span), printable(quote));
        }
    };
    say("title", report.title.span.as_ref(), &report.title.text);
    say("subject", report.subject.span.as_ref(), &report.subject.name);
    say("signatory", report.signatory.span.as_ref(), &report.signatory.name);
    say("scope", report.scope.span.as_ref(), &report.scope.quote);
    say("region", report.region.span.as_ref(), &report.region.name);
    let page = [
        ("page title", &report.page.title),
        ("page date", &report.page.published),
        ("page publisher", &report.page.publisher),
        ("page index number", &report.page.index_number),
        ("page source", &report.page.source),
    ];
    for (label, quoted) in page {
        if let Some(quoted) = quoted {
            say(label, quoted.span.as_ref(), &quoted.text);
        }
    }
    for evidence in &report.form_evidence {
        let _ =
            writeln!(text, "  form {}: {} of its own headers found", evidence.form.name(), evidence.score);
    }
    for issue in &document.issues {
        let _ = writeln!(text, "  odd: {:?} at {}", issue.kind, lines.place(issue.at));
    }
    text
}

fn rows(explanation: &Explanation, lines: &Lines<'_>, style: Style) -> String {
    if explanation.rows.is_empty() {
        return String::new();
    }
    let mut text = format!("\n{}\n", style.paint(Tone::Strong, style.words("各行", "Rows")));
    for row in &explanation.rows {
        let _ = write!(text, "  {}: {}", row.row, row.how);
        if let Some(span) = &row.span {
            let label = printable(&row.label);
            let _ = write!(text, ", label {} “{label}”, {} % alike", lines.describe(span), row.quality);
        }
        let fields: Vec<_> = row.fields.iter().map(|field| printable(field)).collect();
        let _ = writeln!(text, ", fields [{}]", fields.join("|"));
    }
    text
}

/// Rows whose cells are put together: how many cuts the digits allow, and what each further question left of them.
fn runs(explanation: &Explanation, style: Style) -> String {
    if explanation.runs.is_empty() {
        return String::new();
    }
    let mut text = format!("\n{}\n", style.paint(Tone::Strong, style.words("连写的数字", "Joined digits")));
    for run in &explanation.runs {
        let (first, last) = (run.cells.first(), run.cells.last());
        let cells = first.zip(last).map(|(first, last)| format!("{first} to {last}")).unwrap_or_default();
        let _ =
            write!(text, "  {cells}: “{}”, {} by the digits", printable(&run.run), cuts(run.cuts_by_digits));
        if let Some(count) = run.cuts_by_row {
            let _ = write!(text, " → {} by the row's own sums", cuts(count));
        }
        if let Some(count) = run.cuts_by_table {
            let _ = write!(text, " → {} by the whole table, {} steps", cuts(count), run.steps);
        }
        let _ = writeln!(text, ": {}", run.outcome);
        if !run.identities.is_empty() {
            let _ = writeln!(text, "    asked: {}", run.identities.join(", "));
        }
        for statement in &run.statements {
            let _ = writeln!(text, "    the text says “{}”", printable(statement));
        }
    }
    text
}

fn cuts(count: u64) -> String {
    if count == 1 { "1 cut".to_owned() } else { format!("{count} cuts") }
}

fn figures(report: &Report, lines: &Lines<'_>, style: Style) -> String {
    if report.figures.is_empty() {
        return String::new();
    }
    let mut text = format!("\n{}\n", style.paint(Tone::Strong, style.words("各单元格", "Cells")));
    for figure in &report.figures {
        text.push_str(&self::figure(figure, lines, style));
    }
    text
}

/// One line a cell: key, state and value, place and characters, how it was obtained; then what leaves it open.
fn figure(figure: &Figure, lines: &Lines<'_>, style: Style) -> String {
    let tone = match figure.state {
        State::Number | State::Blank | State::NotApplicable => Tone::Plain,
        State::Text => Tone::Faint,
        State::Undetermined => Tone::Doubtful,
        State::Missing => Tone::Bad,
    };
    let mut text = format!("  {}: {}", figure.key, style.paint(tone, figure.state.name()));
    if let Some(value) = figure.value {
        let _ = write!(text, " {value}");
    }
    if let Some(span) = &figure.span {
        let _ = write!(text, ", at {} ({span}) “{}”", lines.describe(span), printable(&figure.raw));
    }
    if !figure.source_unit.is_empty() {
        let _ = write!(text, ", in {}", printable(&figure.source_unit));
    }
    if figure.state != State::Missing {
        let _ = write!(text, ", {}", figure.derivation.name());
    }
    if let Some(reason) = figure.reason {
        let _ = write!(text, ", because {}", reason.name());
    }
    text.push('\n');
    if let Some(proof) = &figure.proof {
        let _ = write!(text, "    the only one of {}", proof.hypothesis);
        if !proof.identities.is_empty() {
            let _ = write!(text, " under {}", proof.identities.join(", "));
        }
        for statement in &proof.statements {
            let _ = write!(text, "; the text says “{}”", printable(statement));
        }
        text.push('\n');
    }
    if !figure.candidates.is_empty() {
        let candidates: Vec<_> = figure
            .candidates
            .iter()
            .map(|it| it.value.map_or_else(|| it.state.name().to_owned(), |value| value.to_string()))
            .collect();
        let _ = writeln!(text, "    may be {}", candidates.join(" or "));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Lang;
    use crate::samples;

    const STYLE: Style = Style { lang: Lang::Zh, color: false };

    #[test]
    fn joined_digits_say_what_each_question_left_of_their_cuts() {
        let run = gongkai_extract::ExplainedRun {
            cells: ["requests.received.natural_person", "requests.received.total"]
                .map(str::to_owned)
                .to_vec(),
            run: "230 000023".to_owned(),
            cuts_by_digits: 3,
            cuts_by_row: Some(1),
            cuts_by_table: Some(1),
            identities: vec!["requests.balance.total".to_owned()],
            statements: vec!["收到申请23件".to_owned()],
            steps: 90,
            outcome: "inferred",
        };
        let read = gongkai_extract::ExplainedRun {
            run: "000".to_owned(),
            cuts_by_digits: 1,
            cuts_by_row: None,
            cuts_by_table: None,
            identities: Vec::new(),
            statements: Vec::new(),
            outcome: "read",
            ..run.clone()
        };
        let explanation = Explanation { runs: vec![run, read], ..Explanation::default() };
        assert_eq!(
            runs(&explanation, STYLE),
            "\n连写的数字\n  requests.received.natural_person to requests.received.total: “230 000023”, 3 cuts by \
             the digits → 1 cut by the row's own sums → 1 cut by the whole table, 90 steps: inferred\n    asked: \
             requests.balance.total\n    the text says “收到申请23件”\n  requests.received.natural_person to \
             requests.received.total: “000”, 1 cut by the digits: read\n"
        );
        assert_eq!(runs(&Explanation::default(), STYLE), "");
    }

    #[test]
    fn a_cell_says_where_it_stands_and_what_leaves_it_open() {
        let report = samples::report();
        let source = [b"\n".repeat(6), b"x".repeat(40)].concat();
        let lines = Lines::of(&source);
        let explained = |key: &str| figure(report.figure(key).unwrap(), &lines, STYLE);
        assert_eq!(
            explained("requests.received.total"),
            "  requests.received.total: NUMBER 3, at 7:35 (bytes 40..41) “3”, READ\n"
        );
        assert_eq!(
            explained("requests.granted.total"),
            "  requests.granted.total: UNDETERMINED, READ, because JOINED_DIGITS\n    may be 1 or 12\n"
        );
        assert_eq!(
            explained("requests.concluded.total"),
            "  requests.concluded.total: NUMBER 2, INFERRED\n    the only one of complete rows under requests.balance.total\n"
        );
        assert_eq!(
            explained("reviews.reconsideration.total"),
            "  reviews.reconsideration.total: MISSING, because CELL_ABSENT\n"
        );
    }
}
