//! The rules applied to a report: findings in words that a clerk can act on.
//!
//! Never changes a report, and never claims more than its figures say: where something needed is not known, a rule
//! does not apply and says nothing, except for the identities, whose every outcome is a finding.

mod figures;
mod form;
mod identities;
mod publication;
#[cfg(test)]
mod testing;
mod wording;

use gongkai_forms::{CellDefinition, Form, Rule};
use gongkai_model::{Derivation, Figure, Finding, Outcome, Report, Value};
use std::sync::Arc;

/// Checks every rule on the report. The identities of its form come first, in the form's order, whatever their
/// outcome; then each further rule that applies: one finding for each failure, or one that it holds.
pub fn audit(report: &Report) -> Vec<Finding> {
    let audited = Audited { report, form: gongkai_forms::form(report.form) };
    let mut findings = identities::findings(&audited);
    for rule in gongkai_forms::rules() {
        let check = CHECKS.iter().find(|(id, _)| *id == &*rule.id).map(|(_, check)| check);
        if let Some(failures) = check.and_then(|check| check(&audited)) {
            findings.extend(audited.findings(rule, failures));
        }
    }
    findings
}

/// What a rule other than an identity finds: its failures, or `None` where it does not apply or too little is known.
type Check = fn(&Audited<'_>) -> Option<Vec<Failure>>;

/// The checks by the id of their rule. Everything else about a rule stands in the rules' data file.
const CHECKS: [(&str, Check); 13] = [
    ("form.year", form::year),
    ("form.tables", form::tables),
    ("form.complete", form::complete),
    ("marks.mixed", figures::mixed_marks),
    ("figures.negative", figures::negative),
    ("figures.text", figures::text),
    ("figures.decisions_as_items", figures::decisions_as_items),
    ("figures.amount_unit", figures::amount_unit),
    ("regulations.competence", figures::regulations_competence),
    ("report.year", publication::year),
    ("report.sections", form::sections),
    ("report.published_early", publication::published_early),
    ("report.deadline", publication::deadline),
];

/// A report with the form that its tables follow.
struct Audited<'a> {
    report: &'a Report,
    form: Option<&'static Form>,
}

/// One violation of a rule.
#[derive(Default)]
struct Failure {
    /// The table, row or cell it was found on; empty for the whole report.
    subject: String,
    left: Option<Value>,
    right: Option<Value>,
    /// Keys of the figures that show it.
    figures: Vec<Arc<str>>,
    zh: String,
    en: String,
}

impl Audited<'_> {
    /// The figure of a cell of the form. Figures stand in the form's order; one that does not is still found.
    fn figure(&self, cell: usize) -> Option<&Figure> {
        let key = &self.form?.cells.get(cell)?.key;
        self.report
            .figures
            .get(cell)
            .filter(|figure| figure.key == *key)
            .or_else(|| self.report.figures.iter().find(|figure| figure.key == *key))
    }

    /// The cells of the form with their figures.
    fn cells(&self) -> impl Iterator<Item = (&'static CellDefinition, &Figure)> {
        let cells = self.form.map_or(&[][..], |form| form.cells.as_slice());
        cells.iter().enumerate().filter_map(|(index, cell)| Some((cell, self.figure(index)?)))
    }

    fn findings(&self, rule: &Rule, failures: Vec<Failure>) -> Vec<Finding> {
        if failures.is_empty() {
            let held = Failure {
                zh: format!("符合：{}", rule.text_zh),
                en: format!("as it should be: {}", rule.text_en),
                ..Failure::default()
            };
            return vec![self.finding(rule, Outcome::Holds, held)];
        }
        failures.into_iter().map(|failure| self.finding(rule, Outcome::Fails, failure)).collect()
    }

    fn finding(&self, rule: &Rule, outcome: Outcome, failure: Failure) -> Finding {
        let Failure { subject, left, right, figures, zh, en } = failure;
        let cells = figures.iter().filter_map(|key| self.form?.cell_index(key));
        let derivation = cells.filter_map(|cell| self.figure(cell)).map(|figure| figure.derivation).max();
        Finding {
            rule: rule.id.clone(),
            rule_version: rule.version,
            subject,
            outcome,
            severity: rule.severity,
            basis: rule.basis,
            left,
            right,
            derivation: derivation.unwrap_or(Derivation::Read),
            figures,
            message_zh: zh.into(),
            message_en: en.into(),
            proposals: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{county_report, messages};
    use gongkai_model::State;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_rule_of_the_data_file_is_checked_and_every_check_has_its_rule() {
        let of_identities = gongkai_forms::all().iter().flat_map(|form| &form.identities).map(|it| &*it.rule);
        let checked: BTreeSet<&str> = CHECKS.iter().map(|(id, _)| *id).chain(of_identities).collect();
        let known: BTreeSet<&str> = gongkai_forms::rules().iter().map(|rule| &*rule.id).collect();
        assert_eq!(checked, known);
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
        let report = Report { form: gongkai_model::FormId::Form2021, ..testing::empty_report() };
        assert!(!audit(&report).is_empty());
        assert!(!audit(&testing::empty_report()).is_empty());
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
    }
}
