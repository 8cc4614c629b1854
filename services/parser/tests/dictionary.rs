//! The dictionary that evidence is compressed with: what it is made of, that it stays as it is, and that it still serves.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use gongkai_document::{Hint, Limits};
use gongkai_model::{Finding, FormId, Outcome, Report};
use gongkai_pipeline::read_reports;
use gongkai_store::packed::dictionary_of;
use gongkai_store::{NewRevision, compression};
use gongkai_testkit::statistics::StatisticsPlan;
use gongkai_testkit::{Encoding, Plan, Rendering};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Made-up reports of each form that are looked at.
const REPORTS: u64 = 60;
/// The usual form last: what stands near is told in fewer bytes.
const FORMS: [FormId; 3] = [FormId::Form2014, FormId::Form2019, FormId::Form2021];

fn read(form: FormId, rendering: Rendering, seed: u64) -> Vec<Report> {
    let page = match form {
        FormId::Form2014 => StatisticsPlan::random(rendering, seed).build(),
        _ => Plan::random(form, rendering, seed).build(),
    };
    let hint = Hint { media_type: None, name: None, address: None };
    read_reports(&page.bytes(Encoding::Utf8), &hint, &Limits::STANDARD).unwrap_or_default()
}

fn made_up(form: FormId) -> Vec<Report> {
    let renderings = Rendering::ALL.iter().cycle();
    (0..REPORTS).zip(renderings).flat_map(|(seed, rendering)| read(form, *rendering, seed)).collect()
}

fn holding(report: &Report) -> impl Iterator<Item = &Finding> {
    report.findings.iter().filter(|finding| finding.outcome == Outcome::Holds)
}

fn words(finding: &Finding) -> (Arc<str>, String, Cow<'static, str>) {
    (finding.rule.clone(), finding.subject.clone(), finding.message_zh.clone())
}

/// All findings that hold, each once, and for each form in a row those of the report of which the most hold.
fn dictionary() -> Vec<u8> {
    let of = |report: &Report, findings: Vec<Finding>| {
        dictionary_of(&Report { findings, figures: report.figures.clone(), ..Report::default() })
    };
    let (mut others, mut best) = (Vec::new(), Vec::new());
    let mut told = BTreeSet::new();
    for form in FORMS {
        let reports = made_up(form);
        let most = reports.iter().filter(|it| it.form == form).max_by_key(|it| holding(it).count()).unwrap();
        let whole: Vec<Finding> = holding(most).cloned().collect();
        told.extend(whole.iter().map(words));
        best.extend(of(most, whole));
        for report in &reports {
            let new = holding(report).filter(|finding| told.insert(words(finding))).cloned().collect();
            others.extend(of(report, new));
        }
    }
    others.extend(best);
    others
}

fn stored() -> Vec<u8> {
    std::fs::read(path()).unwrap()
}

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crates/store/src/packed/evidence-2.dictionary")
}

/// `GONGKAI_NEW_DICTIONARY=1 cargo test -p gongkai-parser --test dictionary` writes one. That is for a new version of the evidence only:
/// what was compressed with this one cannot be read without it.
#[test]
fn the_dictionary_of_stored_evidence_stays_as_it_is() {
    if std::env::var_os("GONGKAI_NEW_DICTIONARY").is_some() {
        std::fs::write(path(), dictionary()).unwrap();
    }
    let digest: String = Sha256::digest(stored()).iter().map(|byte| format!("{byte:02x}")).collect();
    const DIGEST: &str = "1b7cb45ff1f5f7e5f8b80957cb491429c630eb8eb7fa0deb76c5f74ffe33c6b9";
    assert_eq!(digest, DIGEST, "whatever is stored by it would be lost");
}

/// Where this fails the words of the rules have changed: it is time for a version with another dictionary.
#[test]
fn a_record_takes_less_room_by_it_than_its_findings_would_alone() {
    for form in [FormId::Form2019, FormId::Form2021] {
        for report in read(form, Rendering::Pipes, 7) {
            let whole = NewRevision::pack(&report).unwrap().packed().evidence.len();
            let alone = compression::compress(&dictionary_of(&report)).unwrap().len();
            assert!(whole < alone, "{form:?}: {whole} bytes of evidence, findings by themselves {alone}");
        }
    }
}
