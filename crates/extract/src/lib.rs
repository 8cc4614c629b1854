//! A document's content in, the records of its reports out: form, figures, sections, who, where and when.
//!
//! Pure and deterministic: the same document gives the same record. Works in readings and takes a value out of one
//! only where the text fixes it; whatever the text leaves open comes out as undetermined with its candidates.
//! Never evaluates rules: that is `audit`'s duty.

mod align;
mod aligned;
mod banners;
mod begun;
mod bodies;
mod captions;
mod cell;
mod cell_lines;
mod charset;
mod columns;
mod copies;
mod credit_code;
mod cut;
mod dates;
mod doubts;
mod explain;
mod figures;
mod fold;
mod foreign;
mod furniture;
mod identity;
mod infer;
mod joined;
mod labels;
mod lines;
mod needles;
mod notes;
mod parts;
mod plain;
mod problems;
mod recognition;
mod remarks;
mod rows;
mod sections;
mod slots;
mod statements;
mod strays;
mod sums;
mod tables;
mod times;
mod torn;
mod trie;
mod units;
mod word_map;

pub use explain::{ExplainedRow, Explanation};
pub use infer::ExplainedRun;

use align::Folded;
use gongkai_document::Document;
use gongkai_model::{Body, ExtractorVersion, FormId, RegionText, Report};
use rows::Rows;
use std::cell::LazyCell;

/// Raised whenever the same bytes may give another record.
pub const EXTRACTOR_VERSION: ExtractorVersion = 14;

/// The document can be read, but is no annual report on government information disclosure.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no annual report on government information disclosure was found: {missing}")]
pub struct NotAReport {
    /// What was looked for and not found, in words.
    pub missing: &'static str,
}

/// Extracts the reports of `document`, at least one. Their findings are empty: rules are checked later.
///
/// # Errors
/// When the document holds no such report.
pub fn extract(document: &Document) -> Result<Vec<Report>, NotAReport> {
    extract_and(document, &mut |_, _| ())
}

/// Extracts the reports of `document` and says how each row of its form was found.
pub fn explain(document: &Document) -> (Result<Vec<Report>, NotAReport>, Explanation) {
    let mut explanation = Explanation::default();
    let reports = extract_and(document, &mut |folded, found| {
        let Explanation { mut rows, mut runs } = Explanation::of(folded, found);
        explanation.rows.append(&mut rows);
        explanation.runs.append(&mut runs);
    });
    (reports, explanation)
}

/// What the name of a body says without a document: its rank and kind, and its division at the end of `year` (today
/// without one), as in the record of a report. `context` are texts that may name what contains the division, `host` is that
/// of the site on which the body publishes. White space in the name does not count.
pub fn body_named(name: &str, year: Option<u16>, context: &[&str], host: Option<&str>) -> (Body, RegionText) {
    identity::of_name(&lines::without_spaces(name), year, context, host)
}

/// Is told how the form of each part of a document was found.
type Tell<'a> = dyn FnMut(&Folded<'_>, Option<&tables::Found>) + 'a;

/// Extracts the reports of `document`, in plain script or not.
fn extract_and(document: &Document, tell: &mut Tell<'_>) -> Result<Vec<Report>, NotAReport> {
    let Some(plain) = plain::plain(document) else { return extract_plain(document, tell) };
    let mut reports = extract_plain(&plain, tell);
    for report in reports.iter_mut().flatten() {
        plain::restore(report, document, &plain);
    }
    reports
}

/// Extracts the reports of a document in plain script. If one of its parts is no report after all, it is one report.
fn extract_plain(document: &Document, tell: &mut Tell<'_>) -> Result<Vec<Report>, NotAReport> {
    let Some(parts) = parts::parts(document) else { return Ok(vec![extract_one(document, tell)?]) };
    let reports: Result<Vec<Report>, NotAReport> = parts.iter().map(|part| extract_one(part, tell)).collect();
    let Ok(mut reports) = reports else { return Ok(vec![extract_one(document, tell)?]) };
    let count = reports.len() as u32;
    for (report, part) in reports.iter_mut().zip(1..) {
        (report.part, report.parts) = (part, count);
    }
    Ok(reports)
}

/// Extracts the report of a document that holds one.
fn extract_one(document: &Document, tell: &mut Tell<'_>) -> Result<Report, NotAReport> {
    let rows = Rows::of(document);
    let folded = Folded::of(document, &rows);
    // Asked for where the tables leave something open, and then by each of them.
    let own = LazyCell::new(|| {
        let lines = furniture::without_links(document, lines::lines(document, |_| false));
        identity::own(document, &lines)
    });
    let (mut found, form_evidence) = tables::read(&folded, || &*own);
    let table_blocks = found.as_ref().map(|found| table_blocks(&rows, found)).unwrap_or_default();
    let lines = lines::lines_of(document, &rows.texts, |block| {
        let text = || document.blocks.get(block).map_or("", |block| document.text.slice(&block.text));
        // The chapters of the statistics table are worded like parts of a report.
        let ends_table = || {
            found.as_ref().is_none_or(|found| found.form.is_prescribed)
                && sections::is_prescribed_heading(fold::trimmed(text()))
        };
        table_blocks.get(block).is_some_and(|is_table| *is_table)
            && !ends_table()
            && !lines::is_joined(text())
    });
    let lines = furniture::without_page(document, lines);
    let sections = sections::sections(document, &lines);
    let top: Vec<usize> =
        sections.iter().filter(|(_, section)| section.level == 1).map(|(line, _)| *line).collect();
    let identity = identity::identity(document, &lines, top.first().copied(), top.last().copied());
    let tables = found.as_ref().map_or(0, tables::Found::tables);
    let headings: Vec<&str> = sections
        .iter()
        .filter(|(_, section)| section.level == 1)
        .map(|(_, section)| section.title.as_str())
        .collect();
    if let Err(error) = recognition::is_report(document, &lines, &identity, tables, &headings) {
        tell(&folded, found.as_ref());
        return Err(error);
    }
    let first_heading = sections.first().map(|(line, _)| *line);
    let preamble = sections::preamble(document, &lines, &identity.title, first_heading);
    let names = [&identity.subject, &identity.signatory, &identity.issuer].map(|body| body.name.as_str());
    let names = names.into_iter().chain([identity.region.name.as_str()]).collect();
    let frame = statements::Frame::new(identity.year, &identity.subject, identity.scope.kind, names);
    let statements = statements::statements(document, &lines, &sections, &frame);
    let entries = problems::entries(document, &lines, &sections);
    if let Some(found) = &mut found {
        found.resolve(&folded, &statements, identity.scope.kind);
        let is_placed = begun::place_begun_row(&folded, found);
        cut::doubt_cut_row(document, &rows, found, is_placed);
    }
    tell(&folded, found.as_ref());
    Ok(Report {
        extractor_version: EXTRACTOR_VERSION,
        part: 1,
        parts: 1,
        title: identity.title,
        year: identity.year,
        subject: identity.subject,
        scope: identity.scope,
        signatory: identity.signatory,
        issuer: identity.issuer,
        region: identity.region,
        dates: identity.dates,
        form: found.as_ref().map_or(FormId::None, |found| found.form.id),
        form_evidence,
        preamble,
        sections: sections.into_iter().map(|(_, section)| section).collect(),
        figures: found.map(|found| found.figures).unwrap_or_default(),
        statements,
        problems: entries.problems,
        improvements: entries.improvements,
        findings: Vec::new(),
        page: document.page.clone(),
    })
}

/// Which blocks of plain text are part of a table that was found, in the order of blocks; those behind the last are none.
fn table_blocks(rows: &Rows, found: &tables::Found) -> Vec<bool> {
    // The first and the last row of each table.
    let mut tables: Vec<Option<(usize, usize)>> = vec![None; found.form.tables.len()];
    for row in &found.rows {
        let Some(table) = tables.get_mut(row.place.table) else { continue };
        let fields = row.label.clone().chain(row.fields.iter().copied());
        for field in fields.filter_map(|field| rows.fields.get(field)) {
            let (first, last) = table.get_or_insert((field.row, field.row));
            (*first, *last) = ((*first).min(field.row), (*last).max(field.row));
        }
    }
    let mut blocks = Vec::new();
    for (first, last) in tables.into_iter().flatten() {
        let first = found.heading_row.map_or(first, |heading| heading.min(first));
        let block_of = |row: usize| rows.rows.get(row).map(|row| row.block);
        let (Some(begin), Some(own_end)) = (block_of(first), block_of(last)) else { continue };
        // A row of one cell a line covers several blocks: up to the block where the next row begins.
        let end = block_of(last + 1).unwrap_or(begin).max(own_end + 1);
        if blocks.len() < end {
            blocks.resize(end, false);
        }
        if let Some(own) = blocks.get_mut(begin..end) {
            own.fill(true);
        }
    }
    blocks
}
