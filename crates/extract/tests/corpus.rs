//! The real reports of the corpus against their labels: every cell, and who, where and when.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use gongkai_document::{Hint, Limits};
use gongkai_forms::LABELLED_INDICATORS;
use gongkai_model::{Figure, Period, Portion, Report, State, Statement};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::Value as Json;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus")
}

/// Every labelled document of the corpus, with its labels.
fn labelled() -> Vec<(PathBuf, Json)> {
    let mut found = Vec::new();
    for folder in [corpus(), corpus().join("found")] {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let labels = path.with_extension("json");
            if path.extension().is_some_and(|kind| kind == "txt" || kind == "html") && labels.exists() {
                found.push((path, serde_json::from_slice(&std::fs::read(labels).unwrap()).unwrap()));
            }
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    assert!(5 < found.len(), "the corpus is not where it should be");
    found
}

fn extract(path: &Path) -> Report {
    let source = std::fs::read(path).unwrap();
    let name = path.file_name().and_then(|name| name.to_str());
    let document = gongkai_document::read(
        &source,
        &Hint { media_type: None, name, ..Default::default() },
        &Limits::STANDARD,
    )
    .unwrap();
    let mut reports = gongkai_extract::extract(&document).unwrap();
    assert_eq!(reports.len(), 1);
    let report = reports.pop().unwrap();
    // Every place leads back to the characters it stands for, in documents that need no decoding.
    if path.extension().is_some_and(|kind| kind == "txt") {
        for figure in report.figures.iter().filter(|figure| figure.state != State::Missing) {
            let span = figure.span.as_ref().and_then(|span| span.as_bytes()).unwrap();
            assert_eq!(
                &source[span.start as usize..span.end as usize],
                figure.raw.as_bytes(),
                "{}",
                figure.key
            );
        }
    }
    report
}

/// The key of a labelled cell; cells of the statistics table of 2014 are labelled by their words.
fn key(report: &Report, labelled: &str) -> String {
    let words = labelled.strip_prefix("legacy.").unwrap_or_default();
    let form = gongkai_forms::form(report.form);
    let cell = form.and_then(|form| form.cells.iter().find(|cell| cell.label_zh == words));
    cell.map_or_else(|| labelled.to_owned(), |cell| cell.key.to_string())
}

/// What a label file would say of this figure.
fn label(figure: &Figure) -> Json {
    match figure.state {
        State::Number => serde_json::from_str(&figure.value.unwrap().to_string()).unwrap(),
        State::Blank => Json::from(""),
        State::NotApplicable | State::Text => Json::from(figure.raw.as_str()),
        State::Undetermined => Json::from("UNDETERMINED"),
        State::Missing => Json::Null,
    }
}

#[test]
fn every_label_of_the_corpus_is_met() {
    let mut wrong = String::new();
    let mut cells = 0;
    for (path, labels) in labelled() {
        let report = extract(&path);
        let mut check = |what: &str, got: Json, wanted: &Json| {
            if got != *wanted {
                writeln!(wrong, "{}: {what}: got {got}, labelled {wanted}", path.display()).unwrap();
            }
        };
        let is_own = |figure: &&Figure| figure.period == Period::ThisYear && figure.portion == Portion::All;
        let mut labelled_keys: Vec<String> = Vec::new();
        for kind in ["cells", "recoverable"] {
            for (labelled, wanted) in labels[kind].as_object().into_iter().flatten() {
                cells += usize::from(kind == "cells");
                labelled_keys.push(key(&report, labelled));
                let figure = report
                    .figures
                    .iter()
                    .filter(is_own)
                    .find(|it| *it.key == labelled_keys[labelled_keys.len() - 1]);
                check(labelled, figure.map_or(Json::Null, label), wanted);
            }
        }
        for (labelled, wanted) in labels["cumulative"].as_object().into_iter().flatten() {
            let key = key(&report, labelled);
            let is_it = |figure: &&Figure| *figure.key == key && figure.period == Period::Cumulative;
            let figure = report.figures.iter().find(is_it);
            check(&format!("{labelled}, cumulative"), figure.map_or(Json::Null, label), wanted);
        }
        for labelled in labels["undetermined"].as_array().into_iter().flatten() {
            labelled_keys.push(key(&report, labelled.as_str().unwrap()));
            let figure = report.figure(&labelled_keys[labelled_keys.len() - 1]);
            check(&labelled.to_string(), figure.map_or(Json::Null, label), &Json::from("UNDETERMINED"));
        }
        for figure in report.figures.iter().filter(|figure| figure.state != State::Missing) {
            check(
                &figure.key,
                Json::from(labelled_keys.contains(&figure.key.to_string())),
                &Json::from(true),
            );
        }
        let unscored =
            |field: &str| labels["unscored"].as_array().is_some_and(|all| all.contains(&Json::from(field)));
        check("year", report.year.map_or(Json::Null, Json::from), &labels["year"]);
        check("form", Json::from(report.form.name()), &labels["template"]);
        check("region", Json::from(report.region.name.as_str()), &labels["region"]);
        if !unscored("issuer") {
            check("issuer", Json::from(report.issuer.name.as_str()), &labels["issuer"]);
        }
        let published = report.dates.stated.or(report.dates.page).map(|date| date.to_string());
        check("published", Json::from(published.unwrap_or_default()), &labels["published"]);
        let top = report.sections.iter().filter(|section| section.level == 1);
        check(
            "sections",
            top.map(|section| Json::from(section.title.as_str())).collect(),
            &labels["sections"],
        );
    }
    assert_eq!(cells, 792 + 198 + 14 + 172);
    assert!(wrong.is_empty(), "{wrong}");
}

/// How many of the labels are met, and how many of what was found is labelled.
#[derive(Default)]
struct Score {
    labelled: usize,
    met: usize,
    found: usize,
    misses: String,
}

impl Score {
    /// Pairs labels and findings, each once, and keeps what is left over on either side.
    fn add<T>(
        &mut self,
        what: &str,
        labels: &[Json],
        found: &[&T],
        same: impl Fn(&Json, &T) -> bool,
        show: impl Fn(&T) -> String,
    ) {
        let mut open: Vec<&T> = found.to_vec();
        self.labelled += labels.len();
        self.found += found.len();
        for label in labels {
            match open.iter().position(|candidate| same(label, candidate)) {
                Some(place) => {
                    open.remove(place);
                    self.met += 1;
                }
                None => writeln!(self.misses, "{what}: not found: {label}").unwrap(),
            }
        }
        for left in open {
            writeln!(self.misses, "{what}: not labelled: {}", show(left)).unwrap();
        }
    }

    fn assert_at_least(&self, percent: usize) {
        let enough = |of: usize| percent * of <= 100 * self.met;
        assert!(
            enough(self.labelled) && enough(self.found),
            "{} of {} labels met, {} found\n{}",
            self.met,
            self.labelled,
            self.found,
            self.misses
        );
    }
}

fn without_spaces(text: &str) -> String {
    text.chars().filter(|character| !character.is_whitespace()).collect()
}

/// Whether value, upper end and unit are those of the label.
fn same_quantity(label: &Json, statement: &Statement) -> bool {
    let number = |value: Option<Decimal>| value.and_then(|value| value.to_f64());
    number(statement.value) == label["value"].as_f64()
        && (label.get("value_max").is_none() || number(statement.value_max) == label["value_max"].as_f64())
        && label["unit"] == *statement.unit
}

/// Whether the two quotes have four characters in a row in common.
fn quotes_overlap(label: &Json, statement: &Statement) -> bool {
    let wanted = without_spaces(label["quote"].as_str().unwrap_or_default());
    let characters: Vec<char> = without_spaces(&statement.quote).chars().collect();
    characters
        .windows(4.min(characters.len()))
        .any(|window| wanted.contains(&window.iter().collect::<String>()))
}

#[test]
fn the_quantities_of_the_narrative_are_found_and_named() {
    let (mut facts, mut statements) = (Score::default(), Score::default());
    let show = |statement: &Statement| {
        format!("{} {:?}{} in {}", statement.indicator, statement.value, statement.unit, statement.quote)
    };
    for (path, labels) in labelled() {
        let report = extract(&path);
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let all: Vec<&Statement> = report.statements.iter().collect();
        if let Some(labels) = labels["facts"].as_array() {
            let named = |statement: &&&Statement| {
                statement.value.is_some() && LABELLED_INDICATORS.contains(&statement.indicator.as_str())
            };
            let named: Vec<&Statement> = all.iter().filter(named).copied().collect();
            let same = |label: &Json, statement: &Statement| {
                label["indicator"] == *statement.indicator && same_quantity(label, statement)
            };
            facts.add(&name, labels, &named, same, show);
        }
        if let Some(labels) = labels["statements"].as_array() {
            // One zero that stands for two indicators is one statement.
            let mut once: Vec<&Statement> = Vec::new();
            for statement in all {
                if !once.iter().any(|other| other.span == statement.span && other.value == statement.value) {
                    once.push(statement);
                }
            }
            let same = |label: &Json, statement: &Statement| {
                same_quantity(label, statement)
                    && quotes_overlap(label, statement)
                    && label["approximate"] == statement.approximate
                    && label["section"] == *statement.section
            };
            statements.add(&name, labels, &once, same, show);
        }
    }
    assert!(54 <= facts.labelled && 173 <= statements.labelled);
    facts.assert_at_least(97);
    statements.assert_at_least(97);
}

#[test]
fn another_record_needs_another_extractor_version() {
    // FNV-1a: no secret, only a change of any byte must show.
    let mut digest: u64 = 0xcbf2_9ce4_8422_2325;
    for (path, _) in labelled() {
        for byte in format!("{:?}", extract(&path)).bytes() {
            digest = (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    let kept = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus.digest");
    let now = format!("extractor version {}: {digest:016x}\n", gongkai_extract::EXTRACTOR_VERSION);
    if std::env::var_os("GONGKAI_REGENERATE").is_some() {
        std::fs::write(kept, &now).unwrap();
    }
    assert_eq!(
        std::fs::read_to_string(kept).unwrap_or_default(),
        now,
        "the corpus gives other records: raise EXTRACTOR_VERSION, then run this test with GONGKAI_REGENERATE=1"
    );
}

#[test]
fn a_report_that_has_been_through_a_text_converter_is_read_or_left_open_but_never_misread() {
    for (mode, determined_min) in [("", 100), ("-raw", 200), ("-layout", 200)] {
        let path = corpus().join(format!("../rendered/huaian-2024{mode}.txt"));
        let labels: Json =
            serde_json::from_slice(&std::fs::read(path.with_extension("json")).unwrap()).unwrap();
        let report = extract(&path);
        let top = report.sections.iter().filter(|section| section.level == 1);
        assert_eq!(
            top.map(|section| Json::from(section.title.as_str())).collect::<Json>(),
            labels["sections"]
        );
        let open = |figure: &&Figure| !matches!(figure.state, State::Undetermined | State::Missing);
        let determined: Vec<&Figure> = report.figures.iter().filter(open).collect();
        for figure in &determined {
            assert_eq!(label(figure), labels["cells"][&*figure.key], "{mode} {}", figure.key);
        }
        assert!(determined_min <= determined.len(), "{mode}: only {} cells are read", determined.len());
    }
}

#[test]
fn what_only_speaks_of_such_reports_is_none() {
    let refused = |text: &str| {
        let hint = Hint { media_type: None, name: Some("page.txt"), ..Default::default() };
        let document = gongkai_document::read(text.as_bytes(), &hint, &Limits::STANDARD).unwrap();
        gongkai_extract::extract(&document).is_err()
    };
    let parts = "一、总体要求\n要高度重视。\n二、报送时间\n1月31日前。\n三、其他\n无。\n";
    assert!(refused(&format!("关于做好2020年政府信息公开工作年度报告编制发布工作的通知\n{parts}")));
    assert!(refused(
        "政府信息公开年报\n某某县2020年政府信息公开工作年度报告\n某某县2019年政府信息公开工作年度报告\n"
    ));
    assert!(refused("某某县2020年国民经济和社会发展统计公报\n一、综合\n增长3%。\n二、农业\n增长2%。\n"));
    // A report without tables, on a page with links to other columns of the site.
    let report = format!("政府信息公开指南\n某某县2018年政府信息公开工作年度报告\n{parts}");
    assert!(!refused(&report));
}
