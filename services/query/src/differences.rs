//! What two revisions say otherwise.

use crate::convert;
use gongkai_model::{Division, Figure, Finding, Quoted, Report, Section, Statement};
use gongkai_store::StoredReport;
use gongkai_wire::v1;
use std::collections::{HashMap, HashSet};
use std::hash::Hash;

pub(crate) fn between(base: &StoredReport, target: &StoredReport) -> v1::DiffReportRevisionsResponse {
    v1::DiffReportRevisionsResponse {
        base: convert::revision_name(&base.info),
        target: convert::revision_name(&target.info),
        base_revision: Some(convert::revision(&base.info)),
        target_revision: Some(convert::revision(&target.info)),
        fields: fields(&base.report, &target.report),
        figures: figures(&base.report, &target.report),
        sections: sections(&base.report.sections, &target.report.sections),
        findings: findings(&base.report.findings, &target.report.findings),
        statements: statements(&base.report.statements, &target.report.statements),
    }
}

/// The fields that stand outside of tables and text, as people read them.
fn said(report: &Report) -> [(&'static str, String); 21] {
    let codes = |divisions: &[Division]| {
        divisions.iter().map(|it| format!("{} {}", it.code, it.name)).collect::<Vec<_>>().join(", ")
    };
    let lines =
        |quotes: &[Quoted]| quotes.iter().map(|quoted| quoted.text.as_str()).collect::<Vec<_>>().join("\n");
    let date = |date: Option<gongkai_model::Date>| date.map(|date| date.to_string()).unwrap_or_default();
    [
        ("title.text", report.title.text.clone()),
        ("year", report.year.map(|year| year.to_string()).unwrap_or_default()),
        ("subject.name", report.subject.name.clone()),
        ("subject.rank", report.subject.rank.name().to_owned()),
        ("subject.kind", report.subject.kind.name().to_owned()),
        ("subject.credit_code", report.subject.credit_code.clone()),
        ("scope.kind", report.scope.kind.name().to_owned()),
        ("signatory.name", report.signatory.name.clone()),
        ("issuer.name", report.issuer.name.clone()),
        ("issuer.credit_code", report.issuer.credit_code.clone()),
        ("region.name", report.region.name.clone()),
        ("region.code", report.region.code.clone()),
        ("region.township_code", report.region.township_code.clone()),
        ("region.parents", codes(&report.region.parents)),
        ("region.candidates", codes(&report.region.candidates)),
        ("dates.stated", date(report.dates.stated)),
        ("dates.page", date(report.dates.page)),
        ("form", report.form.name().to_owned()),
        ("preamble.text", report.preamble.text.clone()),
        ("problems", lines(&report.problems)),
        ("improvements", lines(&report.improvements)),
    ]
}

fn fields(base: &Report, target: &Report) -> Vec<v1::FieldDifference> {
    let pairs = said(base).into_iter().zip(said(target));
    pairs
        .filter(|((_, before), (_, after))| before != after)
        .map(|((path, before), (_, after))| v1::FieldDifference { path: path.to_owned(), before, after })
        .collect()
}

/// Pairs what has the same key: in the order of `after`, and then what stands in `before` alone. A key that stands several
/// times is told apart by its place among its equals.
fn paired<'a, T, K: Hash + Eq + Clone>(
    before: &'a [T],
    after: &'a [T],
    key: impl Fn(&'a T) -> K,
) -> Vec<(Option<&'a T>, Option<&'a T>)> {
    let numbered = |items: &'a [T]| {
        let mut seen: HashMap<K, usize> = HashMap::new();
        let number = |item: &'a T| {
            let count = seen.entry(key(item)).or_default();
            *count += 1;
            ((key(item), *count), item)
        };
        items.iter().map(number).collect::<Vec<_>>()
    };
    let (before, after) = (numbered(before), numbered(after));
    let known: HashMap<&(K, usize), &'a T> = before.iter().map(|(key, item)| (key, *item)).collect();
    let there: HashSet<&(K, usize)> = after.iter().map(|(key, _)| key).collect();
    let gone = before.iter().filter(|(key, _)| !there.contains(key)).map(|(_, item)| (Some(*item), None));
    after.iter().map(|(key, item)| (known.get(key).copied(), Some(*item))).chain(gone).collect()
}

fn figures(base: &Report, target: &Report) -> Vec<v1::FigureDifference> {
    let key = |figure: &Figure| (figure.key.clone(), figure.period, figure.portion);
    let says = |figure: &Figure| {
        let candidates: Vec<_> = figure.candidates.iter().map(|it| (it.state, it.value)).collect();
        let Figure { state, value, derivation, reason, source_unit, .. } = figure;
        (*state, *value, *derivation, *reason, source_unit.clone(), candidates)
    };
    let wire = |report: &Report, figure: Option<&Figure>| figure.map(|it| convert::figure(report.form, it));
    let pairs = paired(&base.figures, &target.figures, key).into_iter();
    pairs
        .filter(|(before, after)| before.map(says) != after.map(says))
        .filter_map(|(before, after)| {
            let (key, period, portion) = key(after.or(before)?);
            Some(v1::FigureDifference {
                key: key.to_string(),
                period: gongkai_wire::figure_period(period).into(),
                portion: v1::Portion::from(portion).into(),
                before: wire(base, before),
                after: wire(target, after),
            })
        })
        .collect()
}

fn sections(before: &[Section], after: &[Section]) -> Vec<v1::SectionDifference> {
    let text = |section: Option<&Section>| section.map(|section| section.text.clone());
    let key = |section: &'_ Section| (section.level, section.title.clone());
    let pairs = paired(before, after, key).into_iter();
    pairs
        .filter(|(before, after)| text(*before) != text(*after))
        .filter_map(|(before, after)| {
            let (level, title) = key(after.or(before)?);
            Some(v1::SectionDifference {
                title,
                level: level.into(),
                before: text(before),
                after: text(after),
            })
        })
        .collect()
}

fn findings(before: &[Finding], after: &[Finding]) -> Vec<v1::FindingDifference> {
    let says = |finding: &Finding| (finding.outcome, finding.left, finding.right, finding.rule_version);
    let pairs = paired(before, after, |finding| (finding.rule.clone(), finding.subject.clone())).into_iter();
    pairs
        .filter(|(before, after)| before.map(says) != after.map(says))
        .filter_map(|(before, after)| {
            let named = after.or(before)?;
            Some(v1::FindingDifference {
                rule: named.rule.to_string(),
                subject: named.subject.clone(),
                before: before.map(gongkai_wire::finding),
                after: after.map(gongkai_wire::finding),
            })
        })
        .collect()
}

fn statements(before: &[Statement], after: &[Statement]) -> Vec<v1::StatementDifference> {
    let key = |it: &'_ Statement| {
        let place = if it.indicator.is_empty() { &it.quote } else { &it.section };
        (it.indicator.clone(), place.clone())
    };
    let says = |it: &Statement| {
        (it.value, it.value_max, it.unit.clone(), it.approximate, it.period, it.whose, it.scope)
    };
    let pairs = paired(before, after, key).into_iter();
    pairs
        .filter(|(before, after)| before.map(says) != after.map(says))
        .map(|(before, after)| v1::StatementDifference {
            before: before.map(gongkai_wire::statement),
            after: after.map(gongkai_wire::statement),
        })
        .collect()
}

/// The findings that fail in `after` and not in `before`.
pub(crate) fn opened<'a>(before: Option<&Report>, after: &'a Report) -> Vec<&'a Finding> {
    use gongkai_model::Outcome;
    let failing = |finding: &&Finding| finding.outcome == Outcome::Fails;
    let known: HashSet<_> = before
        .into_iter()
        .flat_map(|report| &report.findings)
        .filter(failing)
        .map(|finding| (finding.rule.clone(), finding.subject.clone()))
        .collect();
    let is_new = |finding: &&Finding| !known.contains(&(finding.rule.clone(), finding.subject.clone()));
    after.findings.iter().filter(failing).filter(is_new).collect()
}
