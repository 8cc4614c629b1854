//! Whole documents: what is in order raises no alarm, and one mistake is found with what would mend it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use gongkai_audit::audit;
use gongkai_document::{Hint, Limits};
use gongkai_model::{Finding, FormId, Outcome, Proposal, Report, Severity, State};
use gongkai_testkit::{
    Encoding, Extent, Record, RecordOptions, RenderOptions, Rendered, Rendering, Rng, Wording,
};
use std::path::Path;

/// Numbers of table two, sizes, dates and bodies are drawn at random, so that they often mean nothing.
const WITHOUT_MEANING: [&str; 5] =
    ["disclosure.", "figures.", "regulations.", "report.deadline", "requests.magnitude"];

fn read(source: &[u8], name: &str) -> Vec<Report> {
    let hint = Hint { media_type: None, name: Some(name), address: None };
    let document = gongkai_document::read(source, &hint, &Limits::STANDARD).unwrap();
    gongkai_extract::extract(&document).unwrap_or_default()
}

/// The report, where its tables were read whole: only then the audit answers for what it says.
fn read_rendered(rendered: &Rendered) -> Option<Report> {
    let reports = read(&rendered.bytes(Encoding::Utf8), rendered.file_name());
    reports.into_iter().find(|report| {
        report.form == rendered.form
            && report.figures.iter().all(|it| !matches!(it.state, State::Missing | State::Undetermined))
    })
}

fn rendered(record: &Record, rendering: Rendering, seed: u64) -> Rendered {
    rendering.render(record, RenderOptions { seed, extent: Extent::Whole, wording: Wording::Official })
}

fn failing(report: &Report) -> Vec<Finding> {
    audit(report).into_iter().filter(|finding| finding.outcome == Outcome::Fails).collect()
}

#[test]
fn a_consistent_report_raises_no_alarm_in_any_shape() {
    let mut read_whole = 0;
    for form in [FormId::Form2019, FormId::Form2021] {
        for rendering in Rendering::ALL {
            for seed in 0..6 {
                let record = Record::random(form, seed, RecordOptions::CONSISTENT);
                let Some(report) = read_rendered(&rendered(&record, rendering, seed)) else { continue };
                read_whole += 1;
                // Hints are no alarm.
                for finding in failing(&report).into_iter().filter(|it| it.severity != Severity::Info) {
                    let has_meaning = WITHOUT_MEANING.iter().all(|name| !finding.rule.starts_with(name));
                    assert!(!has_meaning, "{form:?} {rendering:?} {seed}: {}", finding.message_zh);
                }
            }
        }
    }
    assert!(100 <= read_whole, "{read_whole}");
}

#[test]
fn one_wrong_figure_is_found_with_the_right_one_among_the_proposals() {
    let mut planted = 0;
    for rendering in [Rendering::Html, Rendering::Pipes, Rendering::Tabs] {
        for seed in 0..40 {
            let original = Record::random(FormId::Form2021, seed, RecordOptions::CONSISTENT);
            let mut record = original.clone();
            let mistake = record.plant_mistake(&mut Rng::new(seed));
            let Some(report) = read_rendered(&rendered(&record, rendering, seed)) else { continue };
            if mistake.broken.is_empty() {
                continue;
            }
            planted += 1;
            let key = &record.form.cells[mistake.cell].key;
            let right = original.entries[mistake.cell].value;
            let findings = failing(&report);
            for name in &mistake.broken {
                let finding = findings.iter().find(|finding| finding.name() == *name).unwrap();
                let is_right = |it: &Proposal| it.figure == *key && Some(it.proposed) == right;
                assert!(
                    finding.proposals.iter().any(is_right),
                    "{rendering:?} {seed}: {}",
                    finding.message_zh
                );
            }
        }
    }
    assert!(60 <= planted, "{planted}");
}

#[test]
fn no_real_report_of_the_corpus_contradicts_its_form() {
    let mut reports = 0;
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus");
    for entry in std::fs::read_dir(corpus).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "txt") {
            continue;
        }
        let name = path.file_name().and_then(|name| name.to_str()).unwrap();
        for report in read(&std::fs::read(&path).unwrap(), name) {
            reports += 1;
            let wrong = failing(&report).into_iter().find(|finding| finding.severity == Severity::Error);
            assert!(wrong.is_none(), "{name}: {wrong:?}");
        }
    }
    assert!(5 <= reports);
}
