//! The rules of a page's `<style>` elements, as far as they hide, strike out, raise or lower what has one class or one
//! name. Anything more complex is passed over, and where it shows what such a rule hides, that rule hides nothing: on most
//! such pages a script chooses what is seen.

use super::style::Said;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// Bytes of all `<style>` elements that are looked at.
const BYTES_MAX: usize = 256 * 1024;
/// Rules that are kept.
const RULES_MAX: usize = 256;
/// Classes that are remembered as shown by something more complex.
const SHOWN_MAX: usize = 4_096;
/// Classes of one element that are looked at.
const CLASSES_MAX: usize = 16;

/// Words without which no rule matters.
const NEEDLES: [&str; 7] =
    ["display", "visibility", "line-through", "vertical-align", "mso-text-raise", "float", "position"];

/// The rules found so far.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    /// By the class that they name, or by nothing.
    rules: HashMap<Box<str>, Vec<Rule>>,
    count: usize,
    bytes: usize,
    /// Classes that something shows which is not kept, and whether any may be shown so.
    shown: HashSet<Box<str>>,
    may_show_any: bool,
    /// Classes of what is taken out of its lines, and of what something more complex hides, strikes out or moves, if it is meant.
    doubtful: HashSet<Box<str>>,
}

#[derive(Debug)]
struct Rule {
    /// The name of the elements that it is for; empty for all.
    name: Box<str>,
    said: Said,
}

impl Sheet {
    /// Takes the content of a `<style>` element.
    pub(super) fn add(&mut self, content: &str) {
        self.bytes = self.bytes.saturating_add(content.len());
        let has = |needle: &&str| memchr::memmem::find(content.as_bytes(), needle.as_bytes()).is_some();
        if !NEEDLES.iter().any(has) {
            return;
        }
        if BYTES_MAX < self.bytes {
            self.may_show_any = true;
            return;
        }
        let content = without_comments(content);
        let mut rest = &*content;
        // Inside of `@media` and the like nothing is certain.
        let mut depth = 0_usize;
        while let Some(at) = memchr::memchr2(b'{', b'}', rest.as_bytes()) {
            let (before, behind) = (&rest[..at], &rest[at + 1..]);
            if rest.as_bytes()[at] == b'}' {
                depth = depth.saturating_sub(1);
                rest = behind;
                continue;
            }
            let selectors = before.rsplit(';').next().unwrap_or_default().trim_ascii();
            if selectors.starts_with('@') {
                depth += 1;
                rest = behind;
                continue;
            }
            let end = memchr::memchr(b'}', behind.as_bytes()).unwrap_or(behind.len());
            let said = Said::by(&behind[..end]);
            for selector in selectors.split(',').map(str::trim_ascii).filter(|_| !said.is_nothing()) {
                if said.is_aside() {
                    self.doubt(selector);
                }
                self.rule(selector, depth == 0, &said.lasting());
            }
            rest = behind.get(end + 1..).unwrap_or_default();
        }
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Notes the classes of what a selector ends in.
    fn doubt(&mut self, selector: &str) {
        let last = selector.rsplit([' ', '>', '+', '~']).next().unwrap_or_default();
        let room = SHOWN_MAX.saturating_sub(self.doubtful.len());
        self.doubtful.extend(classes_in(last).take(room).map(Box::from));
    }

    fn rule(&mut self, selector: &str, is_certain: bool, said: &Said) {
        if said.is_nothing() {
            return;
        }
        let is_word = |word: &str| {
            word.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_') && !word.is_empty()
        };
        let (name, class) = selector.split_once('.').unwrap_or((selector, ""));
        let is_simple = (name.is_empty() || is_word(name)) && (class.is_empty() || is_word(class));
        let is_kept = is_simple && is_certain && self.count < RULES_MAX;
        if !is_kept {
            if said.shows() {
                let room = SHOWN_MAX.saturating_sub(self.shown.len());
                self.shown.extend(classes_in(selector).take(room).map(Box::from));
            }
            if said.hides() {
                self.doubt(selector);
            }
            // Beyond the limit. A rule for a name has less weight than one for a class.
            self.may_show_any |= is_simple && is_certain && class.is_empty() && said.shows();
            return;
        }
        if !(name.is_empty() && class.is_empty()) {
            self.count += 1;
            let name = name.to_ascii_lowercase().into();
            self.rules.entry(class.into()).or_default().push(Rule { name, said: *said });
        }
    }

    /// Whether an element of these classes may be hidden, struck out or moved by a rule that is not read.
    pub(super) fn is_doubtful(&self, classes: &str) -> bool {
        !self.doubtful.is_empty()
            && classes.split_ascii_whitespace().take(CLASSES_MAX).any(|class| self.doubtful.contains(class))
    }

    /// What the rules say of an element of this name and these classes, the more special ones with more weight.
    pub(super) fn said(&self, name: &str, classes: &str) -> Said {
        let mut said = Said::default();
        if self.rules.is_empty() {
            return said;
        }
        let is_for = |rule: &&Rule| rule.name.eq_ignore_ascii_case(name);
        for rule in self.rules.get("").into_iter().flatten().filter(is_for) {
            said.add(&rule.said);
        }
        let classes = || classes.split_ascii_whitespace().take(CLASSES_MAX);
        for has_name in [false, true] {
            for class in classes() {
                let rules = self.rules.get(class).into_iter().flatten();
                for rule in rules.filter(|rule| if has_name { is_for(rule) } else { rule.name.is_empty() }) {
                    said.add(&rule.said);
                }
            }
        }
        let is_open = || {
            self.may_show_any
                || SHOWN_MAX <= self.shown.len()
                || classes().any(|class| self.shown.contains(class))
        };
        if is_open() { said.without_hiding() } else { said }
    }
}

/// The classes that a selector names.
fn classes_in(selector: &str) -> impl Iterator<Item = &str> {
    selector.split('.').skip(1).map(|behind| {
        let end = behind.find(|c: char| !(c.is_alphanumeric() || c == '-' || c == '_'));
        &behind[..end.unwrap_or(behind.len())]
    })
}

/// The content without its comments, and without the marks that hide it from browsers of old.
fn without_comments(content: &str) -> Cow<'_, str> {
    if !content.contains("/*") && !content.contains("<!--") {
        return Cow::Borrowed(content);
    }
    let mut text = String::with_capacity(content.len());
    let mut rest = content;
    while let Some(start) = rest.find("/*") {
        text.push_str(&rest[..start]);
        // One that never ends takes the rest.
        rest = rest[start + 2..].split_once("*/").map_or("", |(_, behind)| behind);
    }
    text.push_str(rest);
    Cow::Owned(text.replace("<!--", " ").replace("-->", " "))
}

#[cfg(test)]
mod tests {
    use super::super::style::Look;
    use super::*;

    fn look(sheet: &str, name: &str, classes: &str) -> Look {
        let mut rules = Sheet::default();
        rules.add(sheet);
        Look::default().with(&rules.said(name, classes))
    }

    #[test]
    fn rules_for_one_class_or_one_name_count() {
        let sheet = "<!-- p { color: red } .a, td.b /* and */ { display: none }\n@import url(x); del2{text-decoration:line-through}\
                     .n{vertical-align:super}.v{visibility:hidden} -->";
        assert!(look(sheet, "p", "x a").gone);
        assert!(look(sheet, "TD", "b").gone);
        assert!(!look(sheet, "p", "b").gone);
        assert!(!look(sheet, "p", "A").gone, "classes have their case");
        assert!(look(sheet, "del2", "").struck);
        assert!(look(sheet, "span", "n").shifted);
        assert!(look(sheet, "span", "v").invisible);
        assert_eq!(look(sheet, "p", ""), Look::default());
    }

    #[test]
    fn the_more_special_rule_counts_and_then_the_later_one() {
        assert!(!look("p.a{display:block} .a{display:none}", "p", "a").gone);
        assert!(look("p.a{display:block} .a{display:none!important}", "p", "a").gone);
        assert!(!look(".a{display:none} .a{display:block}", "p", "a").gone);
        assert!(look("p{display:block} .a{display:none}", "p", "a").gone);
    }

    #[test]
    fn what_something_more_complex_may_show_is_not_hidden() {
        for shows in [
            ".a.on{display:block}",
            "#x .a{display:block}",
            ".a:hover{display:inline}",
            "@media screen{.a{display:block}}",
        ] {
            assert!(!look(&format!(".a{{display:none}}{shows}"), "p", "a").gone, "{shows}");
        }
        assert!(look(".a{display:none} .b .a{color:red} .b .a{display:none}", "p", "a").gone);
    }

    #[test]
    fn what_is_more_complex_or_for_other_media_hides_nothing() {
        for rule in [
            ".b .a{display:none}",
            "#a{display:none}",
            "p>.a{display:none}",
            ".a.b{display:none}",
            ".a:empty{display:none}",
            "*{display:none}",
            "@media print{.a{display:none}}",
            "@media print{@supports (x){.a{display:none}}.a{display:none}}",
            ".a{opacity:0;font-size:0}",
            "/* .a{display:none}",
        ] {
            assert_eq!(look(rule, "p", "a"), Look::default(), "{rule}");
        }
        assert!(look("@media print{.a{color:red}} .a{display:none}", "p", "a").gone);
    }

    #[test]
    fn what_a_rule_that_is_not_kept_may_hide_or_move_is_doubtful() {
        let is_doubtful = |sheet: &str, classes: &str| {
            let mut rules = Sheet::default();
            rules.add(sheet);
            rules.is_doubtful(classes)
        };
        for rule in [
            "td .a{display:none}",
            "@media print{.a{display:none}}",
            "td>b.a{text-decoration:line-through}",
            ".x .a.b:hover{visibility:hidden}",
            ".a{float:right}",
            "#x .a{position:absolute}",
        ] {
            assert!(is_doubtful(rule, "z a") && !is_doubtful(rule, "z x"), "{rule}");
        }
        assert!(
            !is_doubtful(".a{display:none} td .a{color:red;display:block}", "a"),
            "it is hidden for certain, or shown"
        );
    }

    #[test]
    fn no_more_than_so_many_rules_and_bytes_are_looked_at() {
        let rules: String = (0..=RULES_MAX).map(|at| format!(".c{at}{{display:none}}")).collect();
        assert!(look(&rules, "p", &format!("c{}", RULES_MAX - 1)).gone);
        assert!(!look(&rules, "p", &format!("c{RULES_MAX}")).gone);
        // What is beyond may show what is hidden.
        assert!(!look(&format!("{rules}.c0{{display:block}}"), "p", "c0").gone);
        assert!(look(&format!("{rules}.c0{{display:block}}"), "p", "c1").gone);
        let mut sheet = Sheet::default();
        sheet.add(".a{display:none}");
        sheet.add(&format!("{}.a{{display:block}}", " ".repeat(BYTES_MAX)));
        assert!(!Look::default().with(&sheet.said("p", "a")).gone);
        let long = |len: usize| format!(".a{{display:none}}{}", " ".repeat(len - 16));
        assert!(look(&long(BYTES_MAX), "p", "a").gone);
        assert!(!look(&long(BYTES_MAX + 1), "p", "a").gone);
    }
}
