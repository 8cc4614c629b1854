//! The same figures in every shape: records of the corpus and made-up ones, written down by the testkit's builders,
//! must be read as they were written, whatever the layout, the wording and the encoding; and an empty cell must
//! never change another.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use gongkai_document::{Hint, Limits};
use gongkai_model::{FormId, Report};
use gongkai_testkit::{
    Encoding, Extent, Outcome, Record, RecordOptions, RenderOptions, Rendered, Rendering, Wording, compare,
    hostile,
};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

const FORMS: [FormId; 2] = [FormId::Form2019, FormId::Form2021];

/// The records of the labelled reports that have tables.
fn corpus() -> Vec<(String, Record)> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus");
    let mut records: Vec<(String, Record)> = std::fs::read_dir(corpus)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .filter_map(|path| {
            let labels = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            Some((path.file_stem()?.to_str()?.to_owned(), Record::from_labels(&labels)?))
        })
        .collect();
    records.sort_by(|a, b| a.0.cmp(&b.0));
    assert!(4 <= records.len(), "the corpus is not where it should be");
    records
}

fn read(source: &[u8], name: &str) -> Result<Vec<Report>, String> {
    let hint = Hint { media_type: None, name: Some(name), ..Default::default() };
    let document = gongkai_document::read(source, &hint, &Limits::STANDARD).map_err(|e| e.to_string())?;
    gongkai_extract::extract(&document).map_err(|error| error.to_string())
}

/// Outcomes by rendering, and the failures by what they have in common.
#[derive(Default)]
struct Tally {
    by_rendering: BTreeMap<Rendering, (usize, Outcome)>,
    /// What went wrong where → how often, and the first example with the way to build it again.
    failures: BTreeMap<String, (usize, String)>,
}

impl Tally {
    /// Reads `rendered` and notes how it went. `name` is how to build it again.
    fn note(&mut self, name: &str, rendered: &Rendered, encoding: Encoding) {
        let rendering = rendered.rendering;
        let source = rendered.bytes(encoding);
        let reports = read(&source, rendered.file_name());
        let report = match reports.as_deref() {
            Ok([report]) => Some(report),
            _ => None,
        };
        let mut fail = |what: String, example: String| {
            let (times, _) = self
                .failures
                .entry(format!("{rendering:?}: {what}"))
                .or_insert_with(|| (0, format!("{example} in {name}, {encoding:?}")));
            *times += 1;
        };
        let outcome = compare(&rendered.expectations, report.map_or(&[], |report| &report.figures));
        match (&reports, report) {
            (_, Some(report)) if rendering.separates_cells() => {
                about(rendered, report, |what, example| fail(what.to_owned(), example));
            }
            (Err(error), _) if rendering.separates_cells() => fail("refused".to_owned(), error.clone()),
            (Ok(reports), None) => fail("several reports".to_owned(), reports.len().to_string()),
            (_, _) => {}
        }
        if let Some(report) = report {
            let is_verbatim = !rendering.is_html() && encoding == Encoding::Utf8;
            for figure in &report.figures {
                let Some(span) = figure.span.as_ref().and_then(|span| span.as_bytes()) else { continue };
                match source.get(span.start as usize..span.end as usize) {
                    Some(bytes) if is_verbatim && bytes != figure.raw.as_bytes() => {
                        fail("a place leads elsewhere".to_owned(), format!("{} {span:?}", figure.key));
                    }
                    Some(_) => {}
                    None => fail("a place is outside".to_owned(), format!("{} {span:?}", figure.key)),
                }
            }
        }
        for (what, differences) in [
            ("wrong", &outcome.wrong),
            ("not found", &outcome.missing),
            ("open", &outcome.undetermined_unexpected),
        ] {
            for difference in differences {
                let table = difference.expected.key.split('.').next().unwrap_or_default();
                fail(format!("{what}: {table}"), difference.to_string());
            }
        }
        let (documents, sum) = self.by_rendering.entry(rendering).or_default();
        *documents += 1;
        sum.add(outcome);
    }

    /// Prints the table and fails if anything is not as it should be.
    #[allow(clippy::print_stdout, reason = "the table is what one runs these tests for")]
    fn conclude(self, title: &str) {
        let mut table = format!(
            "{title}\n{:<14} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9}\n",
            "rendering", "documents", "cells", "exact", "open", "undue", "missing", "wrong"
        );
        for (rendering, (documents, sum)) in &self.by_rendering {
            let [undue, missing, wrong] =
                [&sum.undetermined_unexpected, &sum.missing, &sum.wrong].map(|differences| differences.len());
            let cells = sum.exact + sum.undetermined_allowed + undue + missing + wrong;
            let _ = writeln!(
                table,
                "{:<14} {documents:>9} {cells:>9} {:>9} {:>9} {undue:>9} {missing:>9} {wrong:>9}",
                format!("{rendering:?}"),
                sum.exact,
                sum.undetermined_allowed,
            );
        }
        println!("{table}");
        let mut failures = String::new();
        for (what, (times, example)) in &self.failures {
            let _ = writeln!(failures, "{times:>6} × {what}\n         {example}");
        }
        assert!(self.failures.is_empty(), "{title}: documents are not read as they were written\n{failures}");
    }
}

/// Tells what of who, when and where was not read as written.
fn about(rendered: &Rendered, report: &Report, mut fail: impl FnMut(&str, String)) {
    let mut expect = |what: &str, expected: &str, got: &str| {
        if expected != got {
            fail(what, format!("expected {expected:?}, got {got:?}"));
        }
    };
    expect("form", rendered.form.name(), report.form.name());
    let Some(about) = &rendered.about else { return };
    expect("year", &about.year.to_string(), &report.year.map_or(String::new(), |year| year.to_string()));
    expect("title", &about.title, &report.title.text);
    expect("region", &about.region, &report.region.name);
    if !about.issuer.is_empty() {
        expect("issuer", &about.issuer, &report.issuer.name);
    }
    if let Some(published) = about.published {
        let stated = report.dates.stated.map_or(String::new(), |date| date.to_string());
        expect("published", &published.to_string(), &stated);
    }
    let headings: Vec<&str> = about.headings().collect();
    let sections = report.sections.iter().filter(|section| section.level == 1);
    let sections: Vec<&str> = sections.map(|section| &*section.title).collect();
    expect("sections", &headings.join(" "), &sections.join(" "));
}

#[test]
fn records_of_the_corpus_are_read_as_labelled_in_every_rendering_and_encoding() {
    let mut tally = Tally::default();
    for (name, record) in corpus() {
        for rendering in Rendering::ALL {
            for (seed, encoding) in Encoding::ALL.into_iter().enumerate() {
                for extent in [Extent::Whole, Extent::TablesOnly] {
                    let options = RenderOptions { seed: seed as u64, extent, wording: Wording::Official };
                    let rendered = rendering.render(&record, options);
                    tally.note(&format!("{name} as {rendering:?}, {options:?}"), &rendered, encoding);
                }
            }
        }
    }
    tally.conclude("records of the corpus");
}

#[test]
fn made_up_records_are_read_as_written_in_every_rendering_and_wording() {
    const SEEDS: u64 = 16;
    let mut tally = Tally::default();
    for form in FORMS {
        for seed in 0..SEEDS {
            let mistakes = (seed % 3) as usize;
            let record = Record::random(form, seed, RecordOptions { empty_percent: 0, mistakes });
            for rendering in Rendering::ALL {
                let wording = Wording::ALL[(seed % 4) as usize];
                let options = RenderOptions { seed, extent: Extent::Whole, wording };
                let encoding = Encoding::ALL[(seed % 5) as usize];
                let name =
                    format!("{form:?} seed {seed} with {mistakes} mistakes as {rendering:?}, {options:?}");
                tally.note(&name, &rendering.render(&record, options), encoding);
            }
        }
    }
    tally.conclude("made-up records");
}

/// For each cell of the form one document per rendering, in which this cell alone is empty.
fn blank_each_cell_in_turn(form: FormId) {
    let mut tally = Tally::default();
    let cells = gongkai_forms::form(form).unwrap().cells.len();
    for cell in 0..cells {
        // Few records, so that every cell is seen beside zeros and beside numbers.
        let record = Record::random(form, cell as u64 % 7, RecordOptions::CONSISTENT).with_blank(cell);
        for rendering in Rendering::ALL {
            let options =
                RenderOptions { seed: cell as u64, extent: Extent::TablesOnly, wording: Wording::Official };
            let name =
                format!("{form:?} seed {} without cell {cell} as {rendering:?}, {options:?}", cell % 7);
            tally.note(&name, &rendering.render(&record, options), Encoding::Utf8);
        }
    }
    tally.conclude("each cell empty in turn");
}

#[test]
fn an_empty_cell_changes_no_other_cell_of_the_2019_form() {
    blank_each_cell_in_turn(FormId::Form2019);
}

#[test]
fn an_empty_cell_changes_no_other_cell_of_the_2021_form() {
    blank_each_cell_in_turn(FormId::Form2021);
}

#[test]
fn many_empty_cells_and_marks_change_no_other_cell() {
    const SEEDS: u64 = 24;
    let mut tally = Tally::default();
    for form in FORMS {
        for seed in 0..SEEDS {
            let empty_percent = [3, 10, 25, 50, 80, 97][(seed % 6) as usize];
            let record = Record::random(form, seed, RecordOptions { empty_percent, mistakes: 0 });
            for rendering in Rendering::ALL {
                let wording = Wording::ALL[(seed / 6 % 4) as usize];
                let extent = if seed % 2 == 0 { Extent::TablesOnly } else { Extent::Whole };
                let options = RenderOptions { seed, extent, wording };
                let name = format!(
                    "{form:?} seed {seed} with {empty_percent} % empty as {rendering:?}, {options:?}"
                );
                tally.note(&name, &rendering.render(&record, options), Encoding::Utf8);
            }
        }
    }
    tally.conclude("many empty cells");
}

#[test]
fn hostile_files_are_read_or_refused_and_mutilated_reports_too() {
    let mut files = vec![
        hostile::deep_nesting("div", 100_000).into_bytes(),
        hostile::nested_tables(2_000).into_bytes(),
        hostile::huge_spans(40, 65_534, 1_000).into_bytes(),
        hostile::huge_spans(4, u64::MAX, u64::MAX).into_bytes(),
        hostile::digit_flood(200_000).into_bytes(),
        hostile::digit_lines(2_000).into_bytes(),
        hostile::headings_only(500).into_bytes(),
        hostile::label_flood("一、本年新收政府信息公开申请数量", 5_000).into_bytes(),
        hostile::label_flood("其他\t", 20_000).into_bytes(),
        hostile::label_flood("总计\n", 5_000).into_bytes(),
        hostile::separator_flood(100_000, 1).into_bytes(),
        hostile::random_bytes(100_000, 2),
        hostile::truncated_utf16("一、总体情况"),
    ];
    for (index, rendering) in Rendering::ALL.into_iter().enumerate() {
        for (seed, form) in (0..).zip(FORMS) {
            let record = Record::random(form, seed, RecordOptions { empty_percent: 10, mistakes: 0 });
            let options = RenderOptions { seed, extent: Extent::Whole, wording: Wording::Varied };
            let bytes = rendering.render(&record, options).bytes(Encoding::ALL[index % Encoding::ALL.len()]);
            files.push(hostile::mutated(&bytes, 40, seed));
        }
    }
    for file in files {
        // Which of the two is the reader's choice; coming back is what counts.
        let _ = read(&file, "report");
    }
}
