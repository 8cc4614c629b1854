//! The checks by the id of their rule, and the findings that they give. Everything else about a rule stands in the
//! rules' data file.

use crate::checked::{Audited, Checked, Failure};
use crate::{
    claims, completeness, disclosure, figures, form, marks, money, narrative, parts, publication, requests,
    who,
};
use gongkai_forms::Rule;
use gongkai_model::{Derivation, Finding, Outcome};
use std::borrow::Cow;
use std::sync::LazyLock;

/// Findings of an ordinary report: one for each identity and rule.
pub(crate) const FINDINGS_USUAL: usize = 140;

/// A rule is told so often to have failed; a table has no more cells.
const FAILURES_MAX: usize = 300;

/// What a rule other than an identity answers.
type Check = fn(&Audited<'_>) -> Checked;

#[rustfmt::skip]
const CHECKS: [(&str, Check); 89] = [
    ("requests.applicants_within", requests::applicants_within),
    ("requests.outcomes_within", requests::outcomes_within),
    ("requests.concluded_within", requests::concluded_within),
    ("reviews.within", requests::reviews_within),
    ("requests.parts_without_total", requests::parts_without_total),
    ("requests.total_without_parts", requests::total_without_parts),
    ("requests.none_concluded", requests::none_concluded),
    ("requests.pending", requests::pending),
    ("requests.magnitude", requests::magnitude),
    ("reviews.more_than_requests", requests::more_reviews_than_requests),
    ("reviews.after_reconsideration", requests::after_reconsideration),
    ("reviews.direct_litigation", requests::direct_litigation),
    ("figures.negative", figures::negative),
    ("figures.text", figures::text),
    ("figures.unit_in_cell", figures::unit_in_cell),
    ("figures.decisions_as_items", disclosure::decisions_as_items),
    ("figures.amount_unit", money::unit),
    ("figures.amount_magnitude", money::magnitude),
    ("figures.amount_fraction", money::fraction),
    ("figures.amount_like_yuan", money::like_yuan),
    ("regulations.competence", disclosure::regulations_competence),
    ("disclosure.in_force", disclosure::in_force),
    ("disclosure.published_total", disclosure::published_total),
    ("disclosure.made_unpublished", disclosure::made_unpublished),
    ("disclosure.items", disclosure::items),
    ("disclosure.decisions_without_items", disclosure::decisions_without_items),
    ("disclosure.rows_equal", disclosure::rows_equal),
    ("disclosure.procurement", disclosure::procurement),
    ("disclosure.documents_magnitude", disclosure::documents_magnitude),
    ("disclosure.magnitude", disclosure::magnitude),
    ("form.year", form::year),
    ("form.tables", form::tables),
    ("form.table_missing", completeness::table_missing),
    ("form.row_missing", completeness::row_missing),
    ("form.complete", completeness::cell_missing),
    ("form.undetermined", completeness::undetermined),
    ("form.table_blank", completeness::table_blank),
    ("form.notice", form::notice),
    ("form.notice_superseded", form::notice_superseded),
    ("marks.mixed", marks::mixed),
    ("marks.mixed_signs", marks::mixed_signs),
    ("marks.not_applicable", marks::not_applicable),
    ("report.cut", parts::cut),
    ("report.sections", parts::absent),
    ("report.sections_order", parts::order),
    ("report.sections_numbering", parts::numbering),
    ("report.sections_announced", parts::announced),
    ("report.sections_empty", parts::empty),
    ("report.table_place", parts::table_place),
    ("report.template_text", parts::template_text),
    ("report.fee_statement", parts::fee_statement),
    ("report.problems_none", parts::problems_none),
    ("report.improvements", parts::improvements),
    ("report.old_regulations", form::old_regulations),
    ("narrative.requests", narrative::requests),
    ("narrative.outcomes", narrative::outcomes),
    ("narrative.carried", narrative::carried),
    ("narrative.reviews", narrative::reviews),
    ("narrative.documents", narrative::documents),
    ("narrative.decisions", narrative::decisions),
    ("narrative.money", narrative::money),
    ("narrative.statistics", narrative::statistics),
    ("narrative.none_claimed", narrative::none_claimed),
    ("narrative.conflict", narrative::conflict),
    ("narrative.channel", narrative::channel),
    ("narrative.answered", narrative::answered),
    ("narrative.proposals", narrative::proposals),
    ("narrative.number_missing", narrative::number_missing),
    ("prose.part_exceeds_whole", claims::part_exceeds_whole),
    ("prose.parts_sum", claims::parts_sum),
    ("prose.share", claims::share),
    ("prose.shares_sum", claims::shares_sum),
    ("prose.growth", claims::growth),
    ("prose.rate_over_hundred", claims::rate_over_hundred),
    ("prose.full_rate", claims::full_rate),
    ("report.year", publication::year),
    ("report.title", who::title),
    ("report.title_year", publication::title_year),
    ("report.period", publication::period),
    ("report.year_in_text", publication::year_in_text),
    ("report.caption_year", publication::caption_year),
    ("report.compared_with_itself", publication::compared_with_itself),
    ("report.published_early", publication::published_early),
    ("report.deadline", publication::deadline),
    ("report.date", publication::dated),
    ("report.date_plausible", publication::date_plausible),
    ("report.page_date", publication::page_date),
    ("report.issuer", who::issuer),
    ("report.signatory", who::signatory),
];

/// A rule with its check and with what is said where it holds or cannot be assessed, the same in every report.
struct Ready {
    rule: &'static Rule,
    check: Check,
    held: (String, String),
    unknown: (String, String),
}

/// The checks in the order of the data file.
static READY: LazyLock<Vec<Ready>> = LazyLock::new(|| {
    let ready = |rule: &'static Rule| {
        let (_, check) = CHECKS.iter().find(|(id, _)| *id == &*rule.id)?;
        let (zh, en) = (&rule.text_zh, &rule.text_en);
        let held = (format!("符合：{zh}"), format!("as it should be: {en}"));
        let unknown = (
            format!("有关单元格不是数字，无法核对：{zh}"),
            format!("a cell that it needs is no number, so this cannot be checked: {en}"),
        );
        Some(Ready { rule, check: *check, held, unknown })
    };
    gongkai_forms::rules().iter().filter_map(ready).collect()
});

/// The findings of all rules but the identities.
pub(crate) fn add_findings(audited: &Audited<'_>, findings: &mut Vec<Finding>) {
    for ready in READY.iter() {
        let checked = (ready.check)(audited);
        if checked.is_held() {
            findings.push(plain(ready.rule, Outcome::Holds, &ready.held));
        } else if checked.is_unknown() {
            findings.push(plain(ready.rule, Outcome::NotAssessable, &ready.unknown));
        }
        findings.extend(
            checked
                .failures
                .into_iter()
                .take(FAILURES_MAX)
                .map(|failure| failed(audited, ready.rule, failure)),
        );
    }
}

/// A finding without figures, which says the same in every report.
fn plain(rule: &Rule, outcome: Outcome, (zh, en): &'static (String, String)) -> Finding {
    Finding {
        rule: rule.id.clone(),
        rule_version: rule.version,
        subject: String::new(),
        outcome,
        severity: rule.severity,
        basis: rule.basis,
        left: None,
        right: None,
        figures: Vec::new(),
        derivation: Derivation::Read,
        message_zh: Cow::Borrowed(zh),
        message_en: Cow::Borrowed(en),
        proposals: Vec::new(),
    }
}

/// A finding of a violation.
pub(crate) fn failed(audited: &Audited<'_>, rule: &Rule, failure: Failure) -> Finding {
    let Failure { subject, left, right, figures, zh, en, proposals } = failure;
    let cells = figures.iter().filter_map(|key| audited.form?.cell_index(key));
    let derivation = cells.filter_map(|cell| audited.figure(cell)).map(|figure| figure.derivation).max();
    Finding {
        rule: rule.id.clone(),
        rule_version: rule.version,
        subject,
        outcome: Outcome::Fails,
        severity: rule.severity,
        basis: rule.basis,
        left,
        right,
        derivation: derivation.unwrap_or(Derivation::Read),
        figures,
        message_zh: zh.into(),
        message_en: en.into(),
        proposals,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_rule_of_the_data_file_is_checked_and_every_check_has_its_rule() {
        let of_identities = gongkai_forms::all().iter().flat_map(|form| &form.identities).map(|it| &*it.rule);
        let checked: BTreeSet<&str> = CHECKS.iter().map(|(id, _)| *id).chain(of_identities).collect();
        let known: BTreeSet<&str> = gongkai_forms::rules().iter().map(|rule| &*rule.id).collect();
        assert_eq!(checked, known);
        assert!(60 <= known.len());
    }
}
