//! Which metrics and labels a query of Prometheus speaks of, and which a page of metrics has.
#![allow(dead_code, unreachable_pub, missing_docs, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails in a test fails the test")]

use std::collections::{BTreeMap, BTreeSet};
use std::iter::Peekable;
use std::str::Chars;

/// A label, and the values that it is compared with.
pub type Matcher = (String, Vec<String>);

/// What a query asks for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Each metric, with its labels and the values that they are compared with.
    pub metrics: Vec<(String, Vec<Matcher>)>,
    /// Labels that are grouped by.
    pub grouped: BTreeSet<String>,
}

const GROUPING: [&str; 6] = ["by", "without", "on", "ignoring", "group_left", "group_right"];
/// What is no metric, and stands without a parenthesis right behind it.
const KEYWORDS: [&str; 11] =
    ["and", "or", "unless", "offset", "bool", "inf", "sum", "max", "min", "avg", "count"];

/// Reads a query far enough to know what it speaks of.
pub fn asked(query: &str) -> Asked {
    let mut asked = Asked::default();
    let mut characters = query.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '#' => while characters.next_if(|next| *next != '\n').is_some() {},
            '"' => drop(quoted(&mut characters)),
            '[' => while characters.next_if(|next| *next != ']').is_some() {},
            // A number, perhaps with a unit of time.
            '0'..='9' => drop(word(&mut characters)),
            character if is_letter(character) => {
                let name = format!("{character}{}", word(&mut characters));
                skip_blanks(&mut characters);
                let is_call = characters.peek() == Some(&'(');
                if GROUPING.contains(&&*name) {
                    if is_call {
                        asked.grouped.extend(labels(&mut characters));
                    }
                } else if !is_call && !KEYWORDS.contains(&&*name) {
                    let matchers = match characters.peek() {
                        Some('{') => matchers(&mut characters),
                        _ => Vec::new(),
                    };
                    asked.metrics.push((name, matchers));
                }
            }
            _ => {}
        }
    }
    asked
}

fn is_letter(character: char) -> bool {
    character.is_ascii_alphabetic() || matches!(character, '_' | ':')
}

fn word(characters: &mut Peekable<Chars<'_>>) -> String {
    std::iter::from_fn(|| characters.next_if(|next| is_letter(*next) || next.is_ascii_digit())).collect()
}

fn skip_blanks(characters: &mut Peekable<Chars<'_>>) {
    while characters.next_if(|next| next.is_whitespace()).is_some() {}
}

/// The rest of a text in quotes.
fn quoted(characters: &mut Peekable<Chars<'_>>) -> String {
    let mut text = String::new();
    loop {
        match characters.next().expect("the quotation mark is closed") {
            '"' => return text,
            '\\' => text.extend(characters.next()),
            other => text.push(other),
        }
    }
}

/// Labels in parentheses.
fn labels(characters: &mut Peekable<Chars<'_>>) -> Vec<String> {
    characters.next();
    let inside: String = std::iter::from_fn(|| characters.next_if(|next| *next != ')')).collect();
    inside.split(',').map(|label| label.trim().to_owned()).filter(|label| !label.is_empty()).collect()
}

/// Comparisons of labels in braces; a pattern is taken for a list of values.
fn matchers(characters: &mut Peekable<Chars<'_>>) -> Vec<Matcher> {
    let mut matchers = Vec::new();
    characters.next();
    loop {
        while characters.next_if(|next| next.is_whitespace() || *next == ',').is_some() {}
        if characters.next_if_eq(&'}').is_some() {
            return matchers;
        }
        let label = word(characters);
        while characters.next_if(|next| matches!(next, '=' | '!' | '~')).is_some() {}
        assert_eq!(characters.next(), Some('"'), "{label} is compared with no text");
        matchers.push((label, quoted(characters).split('|').map(str::to_owned).collect()));
    }
}

/// What stands on a page of metrics: each series by its name and labels.
#[derive(Debug, Default)]
pub struct Page(pub Vec<(String, BTreeMap<String, String>)>);

impl Page {
    pub fn read(&mut self, text: &str) {
        for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
            let name: String =
                line.chars().take_while(|next| is_letter(*next) || next.is_ascii_digit()).collect();
            let mut rest = line[name.len()..].chars().peekable();
            let labels = match rest.peek() {
                Some('{') => matchers(&mut rest),
                _ => Vec::new(),
            };
            self.0
                .push((name, labels.into_iter().map(|(label, values)| (label, values.join("|"))).collect()));
        }
    }

    /// The series of a metric.
    pub fn series<'a>(&'a self, metric: &'a str) -> impl Iterator<Item = &'a BTreeMap<String, String>> {
        self.0.iter().filter(move |(name, _)| name == metric).map(|(_, labels)| labels)
    }

    /// Metrics by the names that people know them by, a histogram as one, each with its labels. What the library adds of
    /// itself is left out.
    pub fn families(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut families: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (name, labels) in &self.0 {
            if name == "target_info" {
                continue;
            }
            let is_histogram = |stem: &str| self.series(&format!("{stem}_bucket")).next().is_some();
            let stems = ["_bucket", "_sum", "_count"].iter().filter_map(|end| name.strip_suffix(end));
            let family = stems.into_iter().find(|stem| is_histogram(stem)).unwrap_or(name);
            let own = labels.keys().filter(|label| *label != "le" && !label.starts_with("otel_scope"));
            families.entry(family.to_owned()).or_default().extend(own.cloned());
        }
        families
    }
}

#[test]
fn what_a_query_speaks_of_is_found() {
    let query = r#"sum by (le, job) (rate(a_bucket{x="1", y!~"2|3"}[10m])) / on() max(b offset 15m) > 0.5 # c
        unless vector(1)"#;
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let expected = Asked {
        metrics: vec![
            (
                "a_bucket".to_owned(),
                vec![("x".to_owned(), texts(&["1"])), ("y".to_owned(), texts(&["2", "3"]))],
            ),
            ("b".to_owned(), Vec::new()),
        ],
        grouped: texts(&["le", "job"]).into_iter().collect(),
    };
    assert_eq!(asked(query), expected);
}

#[test]
fn a_page_is_read_by_families() {
    let mut page = Page::default();
    page.read("# HELP a A.\na_bucket{x=\"1\",le=\"2\"} 3\na_sum{x=\"1\"} 4\na_count{x=\"1\"} 5\nb_count 7\n");
    let families: Vec<_> = page.families().into_iter().collect();
    assert_eq!(
        families,
        [("a".to_owned(), BTreeSet::from(["x".to_owned()])), ("b_count".to_owned(), BTreeSet::new())]
    );
}
