//! `gongkai rules`: every check, with what it rests on.

use super::{Verdict, stdout};
use crate::cli::{Global, Lang, RulesArgs, RulesFormat};
use crate::present::{Style, Tone};
use gongkai_forms::Rule;
use gongkai_model::{Basis, NullPolicy, Severity};
use serde_json::json;
use std::fmt::Write as _;
use std::io::Write;

pub(crate) fn run(args: &RulesArgs, global: &Global) -> anyhow::Result<Verdict> {
    let style = Style::new(global, Lang::Zh);
    let rules: Vec<_> = gongkai_forms::rules().iter().filter(|rule| is_wanted(rule, &args.rules)).collect();
    let mut text = String::new();
    for rule in &rules {
        match args.format {
            RulesFormat::Table => describe(&mut text, rule, style),
            RulesFormat::Json => {
                let _ = writeln!(text, "{}", object(rule));
            }
        }
    }
    let mut out = stdout();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    if rules.is_empty() {
        let wanted = args.rules.join(" ");
        eprintln!(
            "{}",
            style.words(&format!("没有名为 {wanted} 的规则"), &format!("there is no rule {wanted}"))
        );
    } else if args.format == RulesFormat::Table {
        let count = rules.len();
        eprintln!("{}", style.words(&format!("共 {count} 条规则"), &format!("{count} rules")));
    }
    Ok(Verdict::wrong_if(rules.is_empty()))
}

/// Whether a rule is one of those asked for, or of a family asked for; all are where nothing is asked for.
fn is_wanted(rule: &Rule, wanted: &[String]) -> bool {
    let begins = |name: &str| {
        rule.id
            .strip_prefix(name)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.') || name.ends_with('.'))
    };
    wanted.is_empty() || wanted.iter().any(|name| begins(name))
}

/// A rule in some lines.
fn describe(text: &mut String, rule: &Rule, style: Style) {
    let (tone, severity_zh, severity_en) = severity(rule.severity);
    let (basis_zh, basis_en) = basis(rule.basis);
    let version = format!("v{}", rule.version);
    let _ = write!(
        text,
        "{}  {}  {}  {}",
        style.paint(Tone::Strong, &*rule.id),
        style.paint(Tone::Faint, version),
        style.paint(tone, style.words(severity_zh, severity_en)),
        style.words(basis_zh, basis_en),
    );
    if let Some((zh, en)) = rule.null_policy.map(null_policy) {
        let _ = write!(text, "  {}", style.paint(Tone::Faint, style.words(zh, en)));
    }
    text.push('\n');
    let (source_zh, source_en) = (format!("依据：{}", rule.source_zh), format!("basis: {}", rule.source_en));
    for (is_read, rule_text, source) in
        [(style.is_chinese(), &rule.text_zh, source_zh), (style.is_english(), &rule.text_en, source_en)]
    {
        if is_read {
            let _ = writeln!(text, "    {rule_text}\n    {}", style.paint(Tone::Faint, source));
        }
    }
}

/// A rule with all that is known of it.
fn object(rule: &Rule) -> serde_json::Value {
    json!({
        "id": &*rule.id,
        "version": rule.version,
        "severity": rule.severity.name(),
        "basis": rule.basis.name(),
        "null_policy": rule.null_policy.map(NullPolicy::name),
        "text_zh": &*rule.text_zh,
        "text_en": &*rule.text_en,
        "source_zh": &*rule.source_zh,
        "source_en": &*rule.source_en,
    })
}

fn severity(severity: Severity) -> (Tone, &'static str, &'static str) {
    match severity {
        Severity::Error => (Tone::Bad, "错误", "error"),
        Severity::Warning => (Tone::Doubtful, "警告", "warning"),
        Severity::Info => (Tone::Faint, "提示", "hint"),
    }
}

fn basis(basis: Basis) -> (&'static str, &'static str) {
    match basis {
        Basis::Printed => ("表上所印", "printed on the form"),
        Basis::Structural => ("表格含义", "what the form means"),
        Basis::OfficialReply => ("法规文件", "law, notice or reply"),
        Basis::LocalStandard => ("地方标准", "local standard"),
        Basis::Ours => ("核对经验", "experience"),
    }
}

fn null_policy(policy: NullPolicy) -> (&'static str, &'static str) {
    match policy {
        NullPolicy::Strict => ("空白则无法核对", "not assessable with a blank"),
        NullPolicy::BlankAsZero => ("空白按 0 计", "a blank counts as 0"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(id: &str) -> &'static Rule {
        gongkai_forms::rule(id).unwrap()
    }

    #[test]
    fn rules_are_asked_for_by_name_or_by_family() {
        let wanted = |id: &str, names: &[&str]| {
            is_wanted(rule(id), &names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
        };
        assert!(wanted("requests.balance", &[]));
        assert!(wanted("requests.balance", &["reviews", "requests"]));
        assert!(wanted("requests.balance", &["requests.balance"]));
        assert!(wanted("requests.balance", &["requests."]));
        assert!(!wanted("requests.balance", &["req"]));
        assert!(!wanted("requests.balance", &["reviews"]));
    }

    #[test]
    fn a_rule_is_told_with_its_basis_in_the_language_that_is_read() {
        let told = |lang| {
            let mut text = String::new();
            describe(&mut text, rule("requests.balance"), Style { lang, color: false });
            text
        };
        let chinese = told(Lang::Zh);
        assert!(
            chinese.starts_with("requests.balance  v1  错误  表上所印  空白则无法核对\n    本年新收"),
            "{chinese}"
        );
        assert!(chinese.contains("\n    依据：") && !chinese.contains("basis"));
        let english = told(Lang::En);
        assert!(english.contains("printed on the form") && !english.contains("依据"), "{english}");
        assert_eq!(told(Lang::Both).lines().count(), 5);
    }

    #[test]
    fn a_rule_as_json_has_no_null_policy_where_it_compares_no_cells() {
        assert_eq!(object(rule("requests.balance"))["null_policy"], "STRICT");
        assert!(object(rule("report.year"))["null_policy"].is_null());
    }
}
