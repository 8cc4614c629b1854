//! Findings as sentences for people.

use super::{Style, Tone, printable};
use crate::input::Unread;
use crate::place::Lines;
use gongkai_model::{Finding, Outcome, Report, Severity};
use std::fmt::Write;

/// Findings of a report, one a line, the worst first; `lines` lead to where their figures stand.
pub(crate) fn list(
    report: &Report,
    lines: Option<&Lines<'_>>,
    style: Style,
    shown: impl Fn(&Finding) -> bool,
) -> String {
    let mut findings: Vec<_> = report.findings.iter().filter(|finding| shown(finding)).collect();
    // Within one severity they stay in the order of the checks.
    findings.sort_by_key(|finding| (outcome_rank(finding.outcome), std::cmp::Reverse(finding.severity)));
    let mut text = String::new();
    for finding in findings {
        let (tone, zh, en) = mark(finding);
        let message = style.words(&finding.message_zh, &finding.message_en);
        let _ = write!(text, "  {}  {}", style.paint(tone, style.words(zh, en)), printable(&message));
        let place = finding.figures.iter().find_map(|key| report.figure(key)?.span.as_ref());
        if let Some(place) = place.zip(lines).and_then(|(span, lines)| lines.of_span(span)) {
            let (zh, en) = (format!("（第 {} 行）", place.line), format!(" (line {})", place.line));
            text.push_str(&style.paint(Tone::Faint, if style.is_chinese() { zh } else { en }));
        }
        text.push('\n');
    }
    text
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
