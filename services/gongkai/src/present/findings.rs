//! Findings as sentences for people.

use super::{Style, Tone, printable};
use crate::input::Unread;
use crate::place::Lines;
use gongkai_model::{Finding, Outcome, Proposal, Report, Severity};
use std::fmt::Write;

/// Findings of a report, one a line, the worst first, with what would mend them; `lines` lead to where their figures
/// stand.
pub(crate) fn list(
    report: &Report,
    lines: Option<&Lines<'_>>,
    style: Style,
    shown: impl Fn(&Finding) -> bool,
) -> String {
    let findings = worst_first(report, shown);
    let mut text = String::new();
    for (index, finding) in findings.iter().enumerate() {
        text.push_str(&line(report, finding, lines, style));
        text.push_str(&advice(report, &findings, index, lines, style));
    }
    text
}

/// The same with what each rule rests on, once behind its findings.
pub(crate) fn list_with_bases(
    report: &Report,
    lines: Option<&Lines<'_>>,
    style: Style,
    shown: impl Fn(&Finding) -> bool,
) -> String {
    let findings = worst_first(report, shown);
    let mut text = String::new();
    for (index, finding) in findings.iter().enumerate() {
        text.push_str(&line(report, finding, lines, style));
        text.push_str(&advice(report, &findings, index, lines, style));
        let is_last = findings.get(index + 1).is_none_or(|next| next.rule != finding.rule);
        if let Some(rule) = gongkai_forms::rule(&finding.rule).filter(|_| is_last) {
            let (zh, en) = (format!("依据：{}", rule.source_zh), format!("basis: {}", rule.source_en));
            let _ = writeln!(text, "      {}", style.paint(Tone::Faint, style.words(&zh, &en)));
        }
    }
    text
}

fn worst_first(report: &Report, shown: impl Fn(&Finding) -> bool) -> Vec<&Finding> {
    let mut findings: Vec<_> = report.findings.iter().filter(|finding| shown(finding)).collect();
    // Within one severity they stay in the order of the checks.
    findings.sort_by_key(|finding| (outcome_rank(finding.outcome), std::cmp::Reverse(finding.severity)));
    findings
}

fn line(report: &Report, finding: &Finding, lines: Option<&Lines<'_>>, style: Style) -> String {
    let (tone, zh, en) = mark(finding);
    let message = style.words(&finding.message_zh, &finding.message_en);
    let mut text = format!("  {}  {}", style.paint(tone, style.words(zh, en)), printable(&message));
    text.push_str(&place(report, finding.figures.iter().map(|key| &**key), lines, style));
    text.push('\n');
    text
}

/// Where the first of these figures stands that stands anywhere.
fn place<'a>(
    report: &Report,
    mut keys: impl Iterator<Item = &'a str>,
    lines: Option<&Lines<'_>>,
    style: Style,
) -> String {
    let span = keys.find_map(|key| report.figure(key)?.span.as_ref());
    let Some(place) = span.zip(lines).and_then(|(span, lines)| lines.of_span(span)) else {
        return String::new();
    };
    let (zh, en) = (format!("（第 {} 行）", place.line), format!(" (line {})", place.line));
    style.paint(Tone::Faint, if style.is_chinese() { zh } else { en }).into_owned()
}

/// What would mend the finding, unless a finding below it would be mended by the same.
fn advice(
    report: &Report,
    findings: &[&Finding],
    index: usize,
    lines: Option<&Lines<'_>>,
    style: Style,
) -> String {
    let Some((finding, below)) = findings.get(index..).and_then(<[_]>::split_first) else {
        return String::new();
    };
    if finding.proposals.is_empty() || below.iter().any(|other| other.proposals == finding.proposals) {
        return String::new();
    }
    let mark = style.paint(Tone::Good, style.words("建议", "proposal"));
    let mut text = String::new();
    if let [proposal] = finding.proposals.as_slice() {
        let _ = write!(text, "  {mark}  {}", printable(&alone(report, proposal, style)));
        text.push_str(&place(report, [&*proposal.figure].into_iter(), lines, style));
        text.push('\n');
        return text;
    }
    let (zh, en) = (
        "以下任一改动都能使等式成立，最可能的在前，请核对原始数据",
        "any one of these would mend it, the likeliest first; please check",
    );
    let _ = writeln!(text, "  {mark}  {}", style.words(zh, en));
    for proposal in &finding.proposals {
        let _ = write!(text, "        {}", printable(&one_of_several(report, proposal, style)));
        text.push_str(&place(report, [&*proposal.figure].into_iter(), lines, style));
        text.push('\n');
    }
    text
}

/// The only change that mends what is broken.
fn alone(report: &Report, proposal: &Proposal, style: Style) -> String {
    let (zh, en) = cell(report, proposal);
    let (new, count) = (proposal.proposed, proposal.mends.len());
    let (zh, en) = match proposal.current {
        Some(old) if count == 1 => (
            format!("若将「{zh}」由 {old} 改为 {new}，则这处勾稽关系成立，请核对原始数据"),
            format!("with {new} instead of {old} in “{en}” it would hold; please check"),
        ),
        Some(old) => (
            format!("若将「{zh}」由 {old} 改为 {new}，则 {count} 处勾稽关系全部成立，请核对原始数据"),
            format!("with {new} instead of {old} in “{en}” all {count} of them would hold; please check"),
        ),
        None => (
            format!("「{zh}」为空白；若应填数字，则按有关的 {count} 处勾稽关系应为 {new}"),
            format!("“{en}” is blank; if a number is meant, the {count} sums around it say that it is {new}"),
        ),
    };
    style.words(&zh, &en).into_owned()
}

fn one_of_several(report: &Report, proposal: &Proposal, style: Style) -> String {
    let (zh, en) = cell(report, proposal);
    let new = proposal.proposed;
    let (zh, en) = match proposal.current {
        Some(old) => (format!("「{zh}」由 {old} 改为 {new}"), format!("{new} instead of {old} in “{en}”")),
        None => (format!("「{zh}」填 {new}"), format!("{new} in “{en}”")),
    };
    style.words(&zh, &en).into_owned()
}

/// What the form calls the cell of a proposal.
fn cell<'a>(report: &Report, proposal: &'a Proposal) -> (&'a str, &'a str) {
    let form = gongkai_forms::form(report.form);
    let cell = form.and_then(|form| form.cells.get(form.cell_index(&proposal.figure)?));
    cell.map_or((&proposal.figure, &proposal.figure), |cell| (cell.label_zh.as_str(), cell.label_en.as_str()))
}

/// What cannot be assessed, one line a rule: forty lines would say no more.
pub(crate) fn not_assessable(report: &Report, style: Style) -> String {
    let mut rules: Vec<(&str, usize)> = Vec::new();
    for finding in report.findings.iter().filter(|finding| finding.outcome == Outcome::NotAssessable) {
        match rules.iter_mut().find(|(rule, _)| *rule == &*finding.rule) {
            Some((_, count)) => *count += 1,
            None => rules.push((&finding.rule, 1)),
        }
    }
    let mut text = String::new();
    for (rule, count) in rules {
        let (zh, en) = gongkai_forms::rule(rule).map_or((rule, rule), |it| (&*it.text_zh, &*it.text_en));
        let (zh, en) = (format!("{zh}（{count} 处）"), format!("{en} ({count} places)"));
        let mark = style.paint(Tone::Faint, style.words("无法判断", "not assessable"));
        let _ = writeln!(text, "  {mark}  {}", style.words(&zh, &en));
    }
    text
}

/// How many checks came out how, in one line.
pub(crate) fn summary(report: &Report, style: Style) -> String {
    let count = |outcome| report.findings.iter().filter(|finding| finding.outcome == outcome).count();
    let (fails, holds) = (count(Outcome::Fails), count(Outcome::Holds));
    let (unknown, used) = (count(Outcome::NotAssessable), count(Outcome::Used));
    let mut zh = format!("不符 {fails} 项，相符 {holds} 项，无法判断 {unknown} 项");
    let mut en = format!("{fails} fail, {holds} hold, {unknown} cannot be assessed");
    if 0 < used {
        let _ = write!(zh, "，用于推算 {used} 项");
        let _ = write!(en, ", {used} served to infer a figure");
    }
    style.words(&zh, &en).into_owned()
}

/// Whether the finding says that something is wrong; `strict` counts hints too.
pub(crate) fn is_wrong(finding: &Finding, strict: bool) -> bool {
    match finding.severity {
        Severity::Error | Severity::Warning => finding.outcome == Outcome::Fails,
        Severity::Info => strict && finding.outcome == Outcome::Fails,
    }
}

/// Why a file gives no record.
pub(crate) fn unread(unread: &Unread, style: Style) -> String {
    style.words(&unread.message_zh(), unread.message()).into_owned()
}

fn outcome_rank(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Fails => 0,
        Outcome::NotAssessable => 1,
        Outcome::Used => 2,
        Outcome::Holds => 3,
    }
}

fn mark(finding: &Finding) -> (Tone, &'static str, &'static str) {
    match (finding.outcome, finding.severity) {
        (Outcome::Fails, Severity::Error) => (Tone::Bad, "错误", "error"),
        (Outcome::Fails, Severity::Warning) => (Tone::Doubtful, "警告", "warning"),
        (Outcome::Fails, Severity::Info) => (Tone::Faint, "提示", "hint"),
        (Outcome::NotAssessable, _) => (Tone::Faint, "无法判断", "not assessable"),
        (Outcome::Used, _) => (Tone::Faint, "用于推算", "used"),
        (Outcome::Holds, _) => (Tone::Good, "相符", "holds"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Lang;
    use crate::samples;
    use gongkai_model::Value;

    const STYLE: Style = Style { lang: Lang::Zh, color: false };

    #[test]
    fn the_worst_comes_first_and_leads_to_its_line() {
        let mut report = samples::report();
        let warning = Finding { severity: Severity::Warning, ..samples::finding(Outcome::Fails) };
        report.findings.insert(0, Finding { figures: Vec::new(), ..warning });
        let source = [b"\n".repeat(6), b"x".repeat(40)].concat();
        assert_eq!(
            list(&report, Some(&Lines::of(&source)), STYLE, |finding| finding.outcome != Outcome::Holds),
            "  错误  左右不等（第 7 行）\n  警告  左右不等\n  无法判断  左右不等（第 7 行）\n"
        );
        let english = Style { lang: Lang::En, color: false };
        assert_eq!(
            list(&report, None, english, |finding| finding.outcome == Outcome::Holds),
            "  holds  the sides differ\n"
        );
    }

    fn proposal(figure: &str, current: Option<i64>, proposed: i64, mends: &[&str]) -> Proposal {
        Proposal {
            figure: figure.into(),
            current: current.map(Value::Count),
            proposed: Value::Count(proposed),
            mends: mends.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    #[test]
    fn a_change_that_mends_several_findings_is_told_once_behind_them() {
        let mut report = samples::report();
        let proposals = vec![proposal("requests.concluded.total", Some(2), 3, &["a", "b"])];
        let finding = Finding { proposals, ..samples::finding(Outcome::Fails) };
        report.findings = vec![finding.clone(), finding];
        assert_eq!(
            list(&report, None, STYLE, |_| true),
            "  错误  左右不等\n  错误  左右不等\n  建议  若将「（七）总计 · 总计」由 2 改为 3，则 2 处勾稽关系全部成立，请核对原始数据\n"
        );
    }

    #[test]
    fn several_explanations_are_listed_and_a_blank_is_only_told_what_it_would_be() {
        let mut report = samples::report();
        let total = proposal("reviews.reconsideration.total", Some(1), 2, &["a"]);
        let upheld = proposal("reviews.reconsideration.upheld", Some(2), 1, &["a"]);
        report.findings =
            vec![Finding { proposals: vec![total, upheld], ..samples::finding(Outcome::Fails) }];
        assert_eq!(
            list(&report, None, STYLE, |_| true),
            "  错误  左右不等\n  建议  以下任一改动都能使等式成立，最可能的在前，请核对原始数据\n        \
             「行政复议 · 总计」由 1 改为 2\n        「行政复议 · 结果维持」由 2 改为 1\n"
        );
        let blank = proposal("reviews.reconsideration.total", None, 2, &["a"]);
        report.findings =
            vec![Finding { proposals: vec![blank], ..samples::finding(Outcome::NotAssessable) }];
        let text = list(&report, None, STYLE, |_| true);
        assert!(
            text.ends_with("「行政复议 · 总计」为空白；若应填数字，则按有关的 1 处勾稽关系应为 2\n"),
            "{text}"
        );
    }

    #[test]
    fn each_rule_says_once_what_it_rests_on() {
        let mut report = samples::report();
        report.findings = vec![samples::finding(Outcome::Fails), samples::finding(Outcome::Fails)];
        let text = list_with_bases(&report, None, STYLE, |_| true);
        assert_eq!(text.matches("依据：").count(), 1);
        let last = text.lines().last().unwrap();
        assert!(last.starts_with("      依据：年度报告格式"), "{last}");
    }

    #[test]
    fn hints_are_wrong_only_for_the_strict() {
        let hint = Finding { severity: Severity::Info, ..samples::finding(Outcome::Fails) };
        assert!(!is_wrong(&hint, false));
        assert!(is_wrong(&hint, true));
        assert!(is_wrong(&samples::finding(Outcome::Fails), false));
        assert!(!is_wrong(&samples::finding(Outcome::NotAssessable), true));
    }

    #[test]
    fn what_cannot_be_assessed_is_told_rule_by_rule() {
        let mut report = samples::report();
        report.findings.push(samples::finding(Outcome::NotAssessable));
        let text = not_assessable(&report, STYLE);
        assert!(text.starts_with("  无法判断  本年新收加上年结转"), "{text}");
        assert!(text.ends_with("（2 处）\n"), "{text}");
    }

    #[test]
    fn outcomes_are_counted_in_one_line() {
        assert_eq!(summary(&samples::report(), STYLE), "不符 1 项，相符 1 项，无法判断 1 项");
    }
}
