//! The rules applied to a report: findings in words that a clerk can act on.
//!
//! Never changes a report, and never claims more than its figures say. Each rule is evaluated in three-valued logic over
//! everything it speaks of: it fails if anything fails, it cannot be assessed if anything is unknown, it holds otherwise;
//! where there is nothing that it speaks of, it says nothing.

#[cfg(test)]
mod cases;
mod checked;
mod checks;
mod claims;
mod completeness;
mod disclosure;
mod figures;
mod form;
mod identities;
mod landmarks;
mod marks;
mod money;
mod narrative;
mod numbers;
mod parts;
mod prose;
mod publication;
mod requests;
#[cfg(test)]
mod testing;
mod who;
mod wording;

use checked::Audited;
use gongkai_model::{Finding, Report};
use gongkai_script::simplified;
use prose::Prose;
use std::borrow::Cow;

/// Checks every rule on the report. The identities of its form come first, in the form's order, whatever their
/// outcome; then each further rule that applies: one finding for each failure, or one that it holds or cannot be
/// assessed.
///
/// A report in traditional script is checked as if it were in simplified, and its words come so in the findings.
pub fn audit(report: &Report) -> Vec<Finding> {
    let prose = Prose::of(report);
    let is_traditional = |title: &String| title.chars().any(gongkai_script::is_traditional);
    let mut titles = report.sections.iter().map(|section| &section.title).chain([&report.title.text]);
    if prose.has_traditional || titles.any(is_traditional) {
        let report = in_simplified_script(report);
        return findings(&Audited::of(&report, Prose::of(&report)));
    }
    findings(&Audited::of(report, prose))
}

fn findings(audited: &Audited<'_>) -> Vec<Finding> {
    let mut findings = Vec::with_capacity(checks::FINDINGS_USUAL);
    identities::add_findings(audited, &mut findings);
    checks::add_findings(audited, &mut findings);
    findings
}

/// The report with the words that rules look at in simplified script, each as long as it was.
fn in_simplified_script(report: &Report) -> Report {
    let mut plain = report.clone();
    let Report {
        title,
        subject,
        issuer,
        signatory,
        preamble,
        sections,
        statements,
        problems,
        improvements,
        ..
    } = &mut plain;
    let bodies = [subject, issuer, signatory];
    let quoted = [title, preamble].into_iter().chain(problems).chain(improvements);
    let texts = quoted
        .map(|quoted| &mut quoted.text)
        .chain(sections.iter_mut().flat_map(|section| [&mut section.title, &mut section.text]))
        .chain(statements.iter_mut().map(|statement| &mut statement.quote))
        .chain(bodies.into_iter().map(|body| &mut body.name));
    for text in texts {
        if let Cow::Owned(plain) = simplified(text) {
            *text = plain;
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{county_report, messages};
    use gongkai_model::{FormId, Outcome, Report, State};
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_report_in_traditional_script_is_checked_like_one_in_simplified() {
        let traditional = |text: &mut String| {
            let written = |c: char| {
                let is_pair =
                    |pair: &&(char, char)| pair.1 == c && ('\u{4e00}'..='\u{9fff}').contains(&pair.0);
                gongkai_script::pairs().iter().find(is_pair).map_or(c, |pair| pair.0)
            };
            *text = text.chars().map(written).collect();
        };
        let mut other = county_report();
        for text in [&mut other.title.text, &mut other.preamble.text, &mut other.issuer.name] {
            traditional(text);
        }
        for section in &mut other.sections {
            traditional(&mut section.title);
            traditional(&mut section.text);
        }
        assert_ne!(other.sections, county_report().sections);
        let outcomes = |report: &Report| -> Vec<_> {
            audit(report).into_iter().map(|it| (it.rule, it.subject, it.outcome)).collect()
        };
        assert_eq!(outcomes(&other), outcomes(&county_report()));
        // What is missing is missed in either.
        let tell = |report: &mut Report| {
            report
                .sections
                .retain(|section| !section.text.contains("处理费") && !section.text.contains("處理費"))
        };
        let (mut one, mut other) = (county_report(), other);
        tell(&mut one);
        tell(&mut other);
        assert_ne!(outcomes(&one), outcomes(&county_report()));
        assert_eq!(outcomes(&other), outcomes(&one));
    }

    #[test]
    fn a_report_in_order_has_no_failure() {
        let report = county_report();
        assert_eq!(messages(&report, |finding| finding.outcome != Outcome::Holds), Vec::<String>::new());
        assert!(audit(&report).len() > 42);
    }

    #[test]
    fn a_finding_names_its_rule_and_carries_what_the_data_file_says_of_it() {
        let mut report = county_report();
        report.year = None;
        let findings = audit(&report);
        let finding = findings.iter().find(|finding| &*finding.rule == "report.year").unwrap();
        let rule = gongkai_forms::rule("report.year").unwrap();
        assert_eq!(
            (finding.severity, finding.basis, finding.rule_version),
            (rule.severity, rule.basis, rule.version)
        );
    }

    #[test]
    fn a_record_with_nothing_in_it_is_audited_too() {
        let report = Report { form: FormId::Form2021, ..Report::default() };
        assert!(!audit(&report).is_empty());
        assert!(!audit(&Report::default()).is_empty());
    }

    proptest! {
        #[test]
        fn whatever_the_figures_every_finding_says_something_about_figures_of_the_report(
            cells in proptest::collection::vec((0..9_usize, -3..12_i64), 200),
        ) {
            let mut report = county_report();
            for (figure, (state, count)) in report.figures.iter_mut().zip(cells) {
                let key = figure.key.clone();
                *figure = match state {
                    0 => testing::of_state(&key, State::Blank, ""),
                    1 => testing::of_state(&key, State::NotApplicable, "/"),
                    2 => testing::of_state(&key, State::Text, "字"),
                    3 => testing::of_state(&key, State::Undetermined, "00"),
                    4 => testing::of_state(&key, State::Missing, ""),
                    _ => testing::number(&key, count),
                };
            }
            let findings = audit(&report);
            let names: BTreeSet<_> = findings.iter().map(Finding::name).collect();
            prop_assert_eq!(names.len(), findings.len());
            for finding in findings {
                prop_assert!(!finding.message_zh.is_empty() && !finding.message_en.is_empty());
                prop_assert!(finding.figures.iter().all(|key| report.figure(key).is_some()));
            }
        }

        #[test]
        fn whatever_the_text_the_audit_ends_and_says_the_same_again(
            texts in proptest::collection::vec("[0-9XＸ%％年月日较比同其中占率第部分处公开办函〔〕至件，。、增长降的第十六五 ]{0,60}", 1..5),
        ) {
            let mut report = county_report();
            report.preamble.text = texts.concat();
            for (section, text) in report.sections.iter_mut().zip(texts) {
                section.text = text;
            }
            prop_assert_eq!(audit(&report), audit(&report));
        }
    }
}
