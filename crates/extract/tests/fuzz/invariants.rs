//! What must hold of any record, whatever it was made of.

use gongkai_model::{Derivation, Figure, Period, Portion, Report, Span, State, Value};
use std::collections::{HashMap, HashSet};

/// What is wrong with `report`, which was read from `source`.
pub(crate) fn complaints(report: &Report, source: &[u8]) -> Vec<String> {
    let mut wrong = Vec::new();
    if report.part == 0 || report.parts < report.part {
        wrong.push(format!("part {} of {}", report.part, report.parts));
    }
    for (what, span) in spans(report) {
        if let Some(complaint) = span_complaint(span, source) {
            wrong.push(format!("{what}: {complaint}"));
        }
    }
    wrong.extend(cells(report));
    for figure in &report.figures {
        wrong.extend(states(figure).map(|complaint| format!("{}: {complaint}", figure.key)));
        if let Some(complaint) = digits_complaint(figure, source) {
            wrong.push(format!("{}: {complaint}", figure.key));
        }
    }
    let known: HashSet<&str> = report.figures.iter().map(|figure| &*figure.key).collect();
    for finding in &report.findings {
        for key in finding.figures.iter().filter(|key| !known.contains(&***key)) {
            wrong.push(format!("{}: speaks of {key}, which the record has not", finding.rule));
        }
    }
    wrong
}

/// Every place that the record names.
fn spans(report: &Report) -> Vec<(String, &Span)> {
    let mut spans: Vec<(String, &Span)> = Vec::new();
    let single = [
        ("title", &report.title.span),
        ("subject", &report.subject.span),
        ("signatory", &report.signatory.span),
        ("issuer", &report.issuer.span),
        ("region", &report.region.span),
        ("scope", &report.scope.span),
        ("preamble", &report.preamble.span),
    ];
    spans.extend(single.into_iter().filter_map(|(what, span)| Some((what.to_owned(), span.as_ref()?))));
    let figures = report.figures.iter().map(|figure| (figure.key.to_string(), &figure.span));
    let sections = report.sections.iter().map(|section| (section.title.clone(), &section.span));
    let statements = report.statements.iter().map(|statement| (statement.quote.clone(), &statement.span));
    let lists =
        report.problems.iter().chain(&report.improvements).map(|quoted| (quoted.text.clone(), &quoted.span));
    let many = figures.chain(sections).chain(statements).chain(lists);
    spans.extend(many.filter_map(|(what, span)| Some((what, span.as_ref()?))));
    spans
}

fn span_complaint(span: &Span, source: &[u8]) -> Option<String> {
    let Some(bytes) = span.as_bytes() else { return Some("is no place in bytes".to_owned()) };
    let (start, end) = (bytes.start as usize, bytes.end as usize);
    if end < start || source.len() < end {
        return Some(format!("{start}..{end} of {} bytes", source.len()));
    }
    let text = std::str::from_utf8(source).ok()?;
    let is_whole = text.is_char_boundary(start) && text.is_char_boundary(end);
    // Text that is valid in UTF-8 by chance may have been read otherwise.
    let is_utf8 = text.chars().any(|character| 0x800 <= character as u32);
    (is_utf8 && !is_whole).then(|| format!("{start}..{end} cuts a character"))
}

/// Every cell of the form has its figure, once.
fn cells(report: &Report) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut seen: HashMap<&str, usize> = HashMap::new();
    let of_report = report
        .figures
        .iter()
        .filter(|figure| figure.period == Period::ThisYear && figure.portion == Portion::All);
    for figure in of_report {
        *seen.entry(&*figure.key).or_default() += 1;
    }
    wrong.extend(
        seen.iter().filter(|(_, times)| 1 < **times).map(|(key, times)| format!("{key}: {times} figures")),
    );
    if let Some(form) = gongkai_forms::form(report.form) {
        let missing = form.cells.iter().filter(|cell| !seen.contains_key(&*cell.key));
        wrong.extend(missing.map(|cell| format!("{}: no figure", cell.key)));
    }
    wrong.sort();
    wrong
}

/// State, value, place and candidates agree.
fn states(figure: &Figure) -> impl Iterator<Item = String> {
    let is = |state: State| figure.state == state;
    let checks = [
        (figure.value.is_some() == is(State::Number), "value and state disagree"),
        (figure.candidates.is_empty() || is(State::Undetermined), "has candidates and is determined"),
        (figure.span.is_none() == is(State::Missing), "place and state disagree"),
        (figure.reason.is_some() || !is(State::Missing) && !is(State::Undetermined), "has no reason"),
        (
            figure.raw.trim().is_empty() || !is(State::Blank) && !is(State::Missing),
            "is empty and has characters",
        ),
        (!figure.raw.trim().is_empty() || !is(State::Number), "is a number without characters"),
        (
            figure.proof.is_some() == (figure.derivation == Derivation::Inferred),
            "proof and derivation disagree",
        ),
    ];
    checks
        .into_iter()
        .filter(|(holds, _)| !holds)
        .map(|(_, complaint)| complaint.to_owned())
        .collect::<Vec<_>>()
        .into_iter()
}

/// A number stands in the source: its digits are those of its place.
fn digits_complaint(figure: &Figure, source: &[u8]) -> Option<String> {
    let value = figure.value?;
    let written = digits(&figure.raw);
    let (Value::Count(_) | Value::Amount(_)) = value;
    if let Value::Count(count) = value {
        let wanted = count.unsigned_abs().to_string();
        let plain = written.trim_start_matches('0');
        let is_there = match figure.derivation {
            Derivation::Inferred => written.contains(&wanted),
            // 3.0 is three.
            _ => plain
                .strip_prefix(wanted.trim_start_matches('0'))
                .is_some_and(|rest| rest.bytes().all(|b| b == b'0')),
        };
        if !is_there {
            return Some(format!("is {count} and reads {:?}", figure.raw));
        }
    }
    if written.is_empty() {
        return Some(format!("is a number and reads {:?}", figure.raw));
    }
    let place = figure.span.as_ref()?.as_bytes()?;
    let text = std::str::from_utf8(source).ok()?;
    let here = text.get(place.start as usize..place.end as usize)?;
    // Markup may write digits as references, and notes among them.
    let is_plain = !here.contains(['&', '<']);
    (is_plain && digits(here) != written).then(|| format!("reads {:?} where {here:?} stands", figure.raw))
}

/// The digits of `text` as ASCII.
fn digits(text: &str) -> String {
    text.chars()
        .filter_map(|character| match character {
            '0'..='9' => Some(character),
            '０'..='９' => char::from_u32(character as u32 - 0xfee0),
            _ => None,
        })
        .collect()
}

#[test]
fn broken_promises_are_noticed() {
    let mut figure = Figure::missing("a".into(), gongkai_model::Reason::RowAbsent);
    let report =
        |figure: &Figure| Report { part: 1, parts: 1, figures: vec![figure.clone()], ..Report::default() };
    let wrong = |figure: &Figure| complaints(&report(figure), "甲12乙".as_bytes()).join("; ");
    assert_eq!(wrong(&figure), "");
    figure.span = Some(Span::bytes(0, 3));
    assert_eq!(wrong(&figure), "a: place and state disagree");
    (figure.state, figure.value, figure.raw) = (State::Number, Some(Value::Count(12)), "12".to_owned());
    (figure.span, figure.reason) = (Some(Span::bytes(3, 5)), None);
    assert_eq!(wrong(&figure), "");
    figure.span = Some(Span::bytes(2, 5));
    assert_eq!(wrong(&figure), "a: 2..5 cuts a character");
    figure.span = Some(Span::bytes(3, 9));
    assert_eq!(wrong(&figure), "a: 3..9 of 8 bytes");
    figure.span = Some(Span::bytes(5, 8));
    assert_eq!(wrong(&figure), "a: reads \"12\" where \"乙\" stands");
    (figure.span, figure.raw) = (Some(Span::bytes(3, 5)), "2".to_owned());
    assert_eq!(wrong(&figure), "a: is 12 and reads \"2\"");
}
