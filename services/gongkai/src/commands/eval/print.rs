//! An evaluation for people, and as JSON.

use super::Evaluated;
use super::bound::{percent, share, upper};
use super::score::Difference;
use super::tally::{Count, FIELDS, Tally};
use crate::present::width::{Align, Cell, Columns, shorten};
use crate::present::{Style, Tone, printable};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Columns of text that an expected or given value may take.
const VALUE_WIDTH_MAX: usize = 100;

/// So many differences of one kind without a place are listed; of more, the first. JSON has them all.
const ALIKE_MAX: usize = 10;
const ALIKE_SHOWN: usize = 3;

/// The whole evaluation for people: a summary for real documents and one for rendered ones, then what is wrong.
pub(crate) fn table(documents: &[Evaluated], style: Style) -> String {
    let mut text = String::new();
    for (title, rendered) in [("Real documents", false), ("Rendered documents", true)] {
        let group: Vec<_> = documents.iter().filter(|document| document.rendered == rendered).collect();
        if group.is_empty() {
            continue;
        }
        let total = total(group.iter().copied());
        let _ = writeln!(text, "{}: {}", style.paint(Tone::Strong, title), total.documents);
        text.push_str(&summary(&total, style));
        text.push('\n');
        text.push_str(&each(&group, style));
        text.push('\n');
    }
    let wrong: Vec<_> = documents.iter().filter(|document| !document.score.differences.is_empty()).collect();
    for document in &wrong {
        let _ = writeln!(text, "{}", style.paint(Tone::Strong, printable(&document.name)));
        for alike in document.score.differences.chunk_by(is_alike) {
            let shown = if alike.len() <= ALIKE_MAX { alike.len() } else { ALIKE_SHOWN };
            for difference in &alike[..shown] {
                text.push_str(&self::difference(difference, style));
            }
            if shown < alike.len() {
                let (more, kind) = (alike.len() - shown, alike[0].kind.name());
                let _ = writeln!(text, "  … and {more} more: {kind} in the same way");
            }
        }
    }
    if wrong.is_empty() {
        let _ = writeln!(text, "{}", style.paint(Tone::Good, "Everything compared is as labelled."));
    }
    text
}

/// What was counted in all of these documents.
pub(crate) fn total<'a>(documents: impl IntoIterator<Item = &'a Evaluated>) -> Tally {
    let mut total = Tally::default();
    for document in documents {
        total += &document.score.tally;
    }
    total
}

fn summary(tally: &Tally, style: Style) -> String {
    let mut columns = Columns::new(vec![Align::Left, Align::Right, Align::Right, Align::Left]);
    let mut row = |label: &str, count: Count| {
        let tone = if count.wrong() == 0 { Tone::Good } else { Tone::Bad };
        let (rate, bound) = if count.all == 0 {
            (String::new(), "nothing to compare".to_owned())
        } else {
            let bound = percent(upper(count.wrong(), count.all));
            (percent(share(count.right, count.all)), format!("errors below {bound}"))
        };
        columns.push(vec![
            Cell::new(label, Tone::Plain),
            Cell::new(format!("{}/{}", count.right, count.all), tone),
            Cell::new(rate, tone),
            Cell::new(bound, Tone::Faint),
        ]);
    };
    row("cells exact", tally.cells);
    row("  that carry information", tally.informative);
    row("values given that are right", tally.certain);
    if 0 < tally.recoverable.all {
        row("recoverable cells recovered", tally.recoverable);
    }
    if 0 < tally.open.all {
        row("undetermined cells left open", tally.open);
    }
    if 0 < tally.truth_listed.all {
        row("  that list what stood there", tally.truth_listed);
    }
    if 0 < tally.cumulative.all {
        row("cells of all years so far", tally.cumulative);
    }
    for (field, count) in FIELDS.iter().zip(tally.fields) {
        row(field, count);
    }
    row("identities", tally.identities);
    if 0 < tally.statements_given {
        row("facts found", tally.facts);
        row("facts given that are labelled", tally.facts_given);
        row("statements found", tally.statements);
        row("statements given that are labelled", tally.quantities_given);
    }
    let mut text = columns.render(style, 2);
    text.push_str(&groups(tally, style));
    let _ = writeln!(
        text,
        "  false certain {}, undetermined {}, missing {}, unreadable documents {}",
        tally.certain.wrong(),
        tally.undetermined,
        tally.missing,
        tally.unreadable
    );
    if tally.statements_given == 0 && 0 < tally.facts.all + tally.statements.all {
        text.push_str("  facts and statements: not scored, since this version extracts no statements\n");
    }
    if 0 < tally.cells_without_form {
        let _ = writeln!(
            text,
            "  {} cells of the form of 2014: not scored, since that form is not read yet",
            tally.cells_without_form
        );
    }
    text
}

/// The cells by shape, by state and by derivation.
fn groups(tally: &Tally, style: Style) -> String {
    let mut columns = Columns::new(vec![Align::Left, Align::Right, Align::Right, Align::Right]);
    let plain = |text: String| Cell::new(text, Tone::Plain);
    let count = |count: Count| {
        let tone = if count.wrong() == 0 { Tone::Plain } else { Tone::Bad };
        Cell::new(format!("{}/{}", count.right, count.all), tone)
    };
    let header = ["shape", "documents", "cells", "certain"];
    columns.push(header.map(|label| Cell::new(label, Tone::Faint)).to_vec());
    for (name, shaped) in &tally.by_shape {
        let documents = plain(shaped.documents.to_string());
        columns.push(vec![plain((*name).to_owned()), documents, count(shaped.cells), count(shaped.certain)]);
    }
    let mut text = columns.render(style, 2);
    for (title, group) in [("by state", &tally.by_state), ("by derivation", &tally.by_derivation)] {
        let counts: Vec<String> =
            group.iter().map(|(name, count)| format!("{name} {}/{}", count.right, count.all)).collect();
        let _ = writeln!(text, "  {title}: {}", counts.join(", "));
    }
    text
}

/// One line a document.
fn each(documents: &[&Evaluated], style: Style) -> String {
    let mut columns = Columns::new(vec![Align::Left, Align::Right, Align::Right, Align::Right, Align::Right]);
    let header = ["document", "cells", "metadata", "identities", "false certain"];
    columns.push(header.map(|label| Cell::new(label, Tone::Faint)).to_vec());
    for document in documents {
        let tally = &document.score.tally;
        let metadata = metadata(tally);
        let count = |count: Count| {
            let tone = if count.wrong() == 0 { Tone::Plain } else { Tone::Bad };
            Cell::new(format!("{}/{}", count.right, count.all), tone)
        };
        let false_certain = tally.certain.wrong();
        columns.push(vec![
            Cell::new(printable(&document.name), Tone::Plain),
            count(tally.cells),
            count(metadata),
            count(tally.identities),
            Cell::new(false_certain.to_string(), if false_certain == 0 { Tone::Plain } else { Tone::Bad }),
        ]);
    }
    columns.render(style, 2)
}

fn metadata(tally: &Tally) -> Count {
    let mut all = Count::default();
    tally.fields.iter().for_each(|field| all += *field);
    all
}

/// Whether listing both says no more than that there are two: cells of a table that is not there.
fn is_alike(one: &Difference, other: &Difference) -> bool {
    one.kind == other.kind && one.got == other.got && one.place.is_none() && other.place.is_none()
}

fn difference(difference: &Difference, style: Style) -> String {
    let short = |text: &str| shorten(&printable(text), VALUE_WIDTH_MAX);
    let place = difference.place.map(|place| format!(" at {place}")).unwrap_or_default();
    format!(
        "  {}  {}{place}: expected {}, got {}\n",
        style.paint(Tone::Bad, difference.kind.name()),
        difference.what,
        short(if difference.expected.is_empty() { "nothing" } else { &difference.expected }),
        short(if difference.got.is_empty() { "nothing" } else { &difference.got }),
    )
}

/// The whole evaluation as one JSON object.
pub(crate) fn json(documents: &[Evaluated]) -> Value {
    let group = |rendered: bool| {
        tally_json(&total(documents.iter().filter(|document| document.rendered == rendered)))
    };
    let each: Vec<_> = documents
        .iter()
        .map(|document| {
            json!({
                "path": document.name,
                "rendered": document.rendered,
                "tally": tally_json(&document.score.tally),
                "differences": document.score.differences.iter().map(difference_json).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({ "real": group(false), "rendered": group(true), "documents": each })
}

fn tally_json(tally: &Tally) -> Value {
    let is_scored = 0 < tally.statements_given;
    let mut fields = Map::new();
    for (field, count) in FIELDS.iter().zip(tally.fields) {
        fields.insert((*field).to_owned(), count_json(count));
    }
    json!({
        "documents": tally.documents,
        "unreadable": tally.unreadable,
        "cells": count_json(tally.cells),
        "informative": count_json(tally.informative),
        "certain": count_json(tally.certain),
        "false_certain": tally.certain.wrong(),
        "undetermined": tally.undetermined,
        "missing": tally.missing,
        "recoverable": count_json(tally.recoverable),
        "inferred": count_json(tally.inferred),
        "left_open": count_json(tally.open),
        "truth_listed": count_json(tally.truth_listed),
        "cumulative": count_json(tally.cumulative),
        "by_state": named(&tally.by_state, count_json),
        "by_derivation": named(&tally.by_derivation, count_json),
        "by_shape": named(&tally.by_shape, |shaped| json!({
            "documents": shaped.documents,
            "cells": count_json(shaped.cells),
            "certain": count_json(shaped.certain),
            "recoverable": count_json(shaped.recoverable),
            "left_open": count_json(shaped.open),
        })),
        "cells_not_scored": tally.cells_without_form,
        "metadata": fields,
        "identities": count_json(tally.identities),
        "identities_used": tally.identities_used,
        "facts": is_scored.then(|| found_and_given(tally.facts, tally.facts_given)),
        "statements": is_scored.then(|| found_and_given(tally.statements, tally.quantities_given)),
    })
}

fn named<T: Copy>(counts: &BTreeMap<&'static str, T>, json: impl Fn(T) -> Value) -> Value {
    counts.iter().map(|(name, count)| ((*name).to_owned(), json(*count))).collect::<Map<_, _>>().into()
}

fn found_and_given(found: Count, given: Count) -> Value {
    json!({ "found": count_json(found), "given": count_json(given) })
}

fn count_json(count: Count) -> Value {
    let bound = (0 < count.all).then(|| upper(count.wrong(), count.all));
    json!({ "right": count.right, "all": count.all, "error_rate_upper_95": bound })
}

fn difference_json(difference: &Difference) -> Value {
    json!({
        "kind": difference.kind.name(),
        "what": difference.what,
        "expected": difference.expected,
        "got": difference.got,
        "line": difference.place.map(|place| place.line),
        "column": difference.place.map(|place| place.column),
    })
}
