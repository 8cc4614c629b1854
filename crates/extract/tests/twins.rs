//! Documents that say the same in other clothes give the same record; and a publisher's own error beside lost places
//! never makes a wrong figure, nor a proof confirm what it rests on.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use gongkai_document::{Hint, Limits};
use gongkai_model::{Derivation, FormId, Outcome, Report, State, Value};
use gongkai_testkit::{Encoding, Extent, Noise, Plan, RecordOptions, Rendering, Wording, compare};
use std::collections::HashSet;

const FORMS: [FormId; 2] = [FormId::Form2019, FormId::Form2021];

fn read(source: &[u8], name: &str) -> Report {
    let hint = Hint { name: Some(name), ..Hint::default() };
    let document = gongkai_document::read(source, &hint, &Limits::STANDARD).unwrap();
    let mut reports = gongkai_extract::extract(&document).unwrap();
    let mut report = reports.remove(0);
    report.findings = gongkai_audit::audit(&report);
    report
}

fn build(plan: &Plan) -> Report {
    let rendered = plan.build();
    read(&rendered.bytes(plan.encoding), rendered.file_name())
}

/// A whole report in plain words, everything written.
fn plain(form: FormId, rendering: Rendering, seed: u64) -> Plan {
    Plan {
        extent: Extent::Whole,
        wording: Wording::Official,
        encoding: Encoding::Utf8,
        record: RecordOptions::CONSISTENT,
        noises: Vec::new(),
        ..Plan::random(form, rendering, seed)
    }
}

/// What a record tells, without where it stands and how it is spelled.
#[derive(Debug, PartialEq)]
struct Told {
    figures: Vec<(String, State, Option<Value>)>,
    statements: Vec<(String, Option<String>, String)>,
    metadata: Vec<String>,
    findings: Vec<(String, Outcome)>,
}

fn told(report: &Report) -> Told {
    let text = |value: Option<String>| value.unwrap_or_default();
    Told {
        figures: report
            .figures
            .iter()
            .map(|figure| (figure.key.to_string(), figure.state, figure.value))
            .collect(),
        statements: report
            .statements
            .iter()
            // A counter on the page around is a quantity in words, too, but of no indicator.
            .filter(|said| !said.indicator.is_empty())
            .map(|said| {
                (said.indicator.clone(), said.value.map(|it| it.normalize().to_string()), said.unit.clone())
            })
            .collect(),
        metadata: vec![
            report.title.text.clone(),
            text(report.year.map(|year| year.to_string())),
            report.issuer.name.clone(),
            report.region.name.clone(),
            report.region.code.clone(),
            text(report.dates.stated.map(|date| date.to_string())),
            report.form.name().to_owned(),
            report.sections.iter().map(|section| &*section.title).collect::<Vec<_>>().join(" "),
        ],
        findings: report
            .findings
            .iter()
            // The page around has a date of its own.
            .filter(|finding| &*finding.rule != "report.page_date")
            .map(|finding| (finding.name(), finding.outcome))
            .collect(),
    }
}

/// Compares the records of `plan` and of its twin; says which part differs.
#[track_caller]
fn same(plan: &Plan, twin: &Plan) {
    let (one, other) = (told(&build(plan)), told(&build(twin)));
    let differing: Vec<_> =
        one.figures.iter().zip(&other.figures).filter(|(one, other)| one != other).collect();
    assert!(differing.is_empty(), "{differing:?} in {plan:?} and {twin:?}");
    assert_eq!(one.metadata, other.metadata, "metadata of {plan:?} and {twin:?}");
    assert_eq!(one.statements, other.statements, "statements of {plan:?} and {twin:?}");
    assert_eq!(one.findings, other.findings, "findings of {plan:?} and {twin:?}");
}

#[test]
fn a_document_in_another_encoding_gives_the_same_record() {
    for seed in 0..6 {
        for form in FORMS {
            let rendering = Rendering::ALL[seed as usize * 2 % Rendering::ALL.len()];
            let plan = plain(form, rendering, seed);
            for encoding in Encoding::ALL {
                same(&plan, &Plan { encoding, ..plan.clone() });
            }
        }
    }
}

#[test]
fn a_document_in_another_shape_gives_the_same_record() {
    for seed in 0..8 {
        for form in FORMS {
            let plan = plain(form, Rendering::Pipes, seed);
            for rendering in Rendering::ALL.into_iter().filter(|rendering| rendering.separates_cells()) {
                same(&plan, &Plan { rendering, ..plan.clone() });
            }
        }
    }
}

#[test]
fn page_breaks_and_white_space_change_nothing() {
    for seed in 0..12 {
        for form in FORMS {
            for rendering in
                [Rendering::Pipes, Rendering::PipesGrid, Rendering::TabsGrid, Rendering::SpacedRows]
            {
                let plan = plain(form, rendering, seed);
                for noises in [
                    vec![Noise::PageNumber],
                    vec![Noise::RepeatedHeader],
                    vec![Noise::LooseSpace],
                    vec![Noise::CarriageReturns],
                ] {
                    same(&plan, &Plan { noises, ..plan.clone() });
                }
            }
        }
    }
}

#[test]
fn other_markup_and_what_a_site_prints_around_change_no_figure() {
    for seed in 0..12 {
        for form in FORMS {
            for rendering in [Rendering::Html, Rendering::HtmlWord, Rendering::DivGrid] {
                let plan = plain(form, rendering, seed);
                let twin = Plan { noises: vec![Noise::SiteAround], ..plan.clone() };
                let (one, other) = (told(&build(&plan)), told(&build(&twin)));
                assert_eq!(one.figures, other.figures, "{twin:?}");
                assert_eq!(one.statements, other.statements, "{twin:?}");
                let differing: Vec<_> = one
                    .findings
                    .iter()
                    .filter(|finding| !other.findings.contains(finding))
                    .chain(other.findings.iter().filter(|finding| !one.findings.contains(finding)))
                    .collect();
                assert!(differing.is_empty(), "{differing:?} {twin:?}");
            }
        }
    }
}

/// Joined digits and lost places, with errors of the publisher and empty cells in any mixture.
fn planted(seed: u64) -> Plan {
    const RENDERINGS: [Rendering; 6] = [
        Rendering::Joined,
        Rendering::JoinedSpaced,
        Rendering::BareLines,
        Rendering::BlankLines,
        Rendering::SpacedRows,
        Rendering::Pipes,
    ];
    let record = RecordOptions {
        empty_percent: [0, 0, 1, 3, 10, 40][seed as usize % 6],
        mistakes: (seed / 6 % 4) as usize,
    };
    let form = FORMS[seed as usize % 2];
    Plan { record, ..plain(form, RENDERINGS[(seed / 24) as usize % RENDERINGS.len()], seed) }
}

#[test]
fn a_publishers_error_beside_lost_places_makes_no_wrong_figure() {
    for seed in 0..600 {
        let plan = planted(seed);
        let report = build(&plan);
        let outcome = compare(&plan.build().expectations, &report.figures);
        let wrong: Vec<String> = outcome.wrong.iter().map(ToString::to_string).collect();
        assert_eq!(wrong, Vec::<String>::new(), "{plan:?}");
    }
}

#[test]
fn an_identity_that_served_a_proof_confirms_nothing() {
    let mut inferred = 0;
    for seed in 0..300 {
        let plan = planted(seed);
        let report = build(&plan);
        let used: HashSet<&str> = report
            .figures
            .iter()
            .filter(|figure| figure.derivation == Derivation::Inferred)
            .inspect(|_| inferred += 1)
            .filter_map(|figure| figure.proof.as_ref())
            .flat_map(|proof| proof.identities.iter().map(String::as_str))
            .collect();
        for finding in report.findings.iter().filter(|finding| used.contains(finding.name().as_str())) {
            assert_ne!(finding.outcome, Outcome::Holds, "{} of {plan:?}", finding.name());
        }
    }
    assert!(1_000 < inferred, "only {inferred} figures were inferred");
}
