//! How sentences call cells, sums and states, in Chinese and English.

use gongkai_forms::{Axis, CellDefinition, Form, Identity};
use gongkai_model::{Figure, State};

/// How many things a sentence lists before it only counts the rest.
const LISTED_MAX: usize = 3;
/// Sums with more terms than this leave out those that are zero.
const SPELLED_OUT_MAX: usize = 4;

/// What a term of an identity is called within a sentence about that identity, in Chinese.
pub(crate) fn term_zh<'a>(form: &'a Form, axis: Axis, cell: &CellDefinition) -> &'a str {
    match axis {
        Axis::Column | Axis::Rows => &form.row(cell).short_zh,
        Axis::Row | Axis::Part => form.column(cell).labels.first().map_or("", String::as_str),
    }
}

/// The same in English. The part of an identity is named by its subject, so only the result is left of
/// `Litigation brought directly: upheld`.
pub(crate) fn term_en<'a>(form: &'a Form, axis: Axis, cell: &CellDefinition) -> &'a str {
    match axis {
        Axis::Column | Axis::Rows => &form.row(cell).label_en,
        Axis::Row => &form.column(cell).label_en,
        Axis::Part => {
            let label = &form.column(cell).label_en;
            label.split_once(": ").map_or(label, |(_, result)| result)
        }
    }
}

/// What an identity speaks of: 「总计」列.
pub(crate) fn subject_zh(identity: &Identity) -> String {
    match identity.axis {
        Axis::Column => format!("「{}」列", identity.subject_zh),
        Axis::Row => format!("「{}」行", identity.subject_zh),
        Axis::Part | Axis::Rows => format!("「{}」", identity.subject_zh),
    }
}

/// The same in English.
pub(crate) fn subject_en(identity: &Identity) -> String {
    match identity.axis {
        Axis::Column => format!("column “{}”", identity.subject_en),
        Axis::Row => format!("row “{}”", identity.subject_en),
        Axis::Part | Axis::Rows => format!("“{}”", identity.subject_en),
    }
}

/// A term with its number, as a sum spells it out.
pub(crate) struct Term<'a> {
    pub(crate) zh: &'a str,
    pub(crate) en: &'a str,
    pub(crate) value: String,
    pub(crate) is_zero: bool,
}

/// `本年新收 3 + 上年结转 0 = 3`; a single term has no sum.
pub(crate) fn sum_zh(terms: &[Term<'_>], total: &str) -> String {
    let written: Vec<_> = spelled_out(terms).map(|term| format!("{} {}", term.zh, term.value)).collect();
    let rest = terms.len() - written.len();
    match (terms.len(), written.len(), rest) {
        (1, ..) => written.concat(),
        (count, 0, _) => format!("{count} 项均为 0"),
        (.., 0) => format!("{} = {total}", written.join(" + ")),
        (.., rest) => format!("{}（其余 {rest} 项为 0） = {total}", written.join(" + ")),
    }
}

/// The same in English.
pub(crate) fn sum_en(terms: &[Term<'_>], total: &str) -> String {
    let written: Vec<_> = spelled_out(terms).map(|term| format!("{} {}", term.en, term.value)).collect();
    let rest = terms.len() - written.len();
    match (terms.len(), written.len(), rest) {
        (1, ..) => written.concat(),
        (count, 0, _) => format!("all {count} terms are 0"),
        (.., 0) => format!("{} = {total}", written.join(" + ")),
        (.., rest) => format!("{} (the other {rest} are 0) = {total}", written.join(" + ")),
    }
}

fn spelled_out<'a, 'b>(terms: &'b [Term<'a>]) -> impl Iterator<Item = &'b Term<'a>> {
    let all = terms.len() <= SPELLED_OUT_MAX;
    terms.iter().filter(move |term| all || !term.is_zero)
}

/// `甲、乙、丙等 7 项`.
pub(crate) fn list_zh(names: &[&str]) -> String {
    let mut out = String::new();
    push_list_zh(&mut out, names.iter().copied(), names.len());
    out
}

/// `a, b, c and 4 more`.
pub(crate) fn list_en(names: &[&str]) -> String {
    let mut out = String::new();
    push_list_en(&mut out, names.iter().copied(), names.len());
    out
}

/// Appends [`list_zh`] of so many names.
pub(crate) fn push_list_zh<'a>(out: &mut String, names: impl Iterator<Item = &'a str>, count: usize) {
    push_listed(out, names, "、");
    if LISTED_MAX < count {
        out.push_str(&format!("等 {count} 项"));
    }
}

/// Appends [`list_en`] of so many names.
pub(crate) fn push_list_en<'a>(out: &mut String, names: impl Iterator<Item = &'a str>, count: usize) {
    push_listed(out, names, ", ");
    if LISTED_MAX < count {
        out.push_str(&format!(" and {} more", count - LISTED_MAX));
    }
}

fn push_listed<'a>(out: &mut String, names: impl Iterator<Item = &'a str>, separator: &str) {
    for (index, name) in names.take(LISTED_MAX).enumerate() {
        if 0 < index {
            out.push_str(separator);
        }
        out.push_str(name);
    }
}

/// What stands in cells that are no numbers: `为空白`.
pub(crate) fn state_zh(state: State) -> &'static str {
    match state {
        State::Number => "是数字",
        State::Blank => "为空白",
        State::NotApplicable => "填的是“不适用”标记",
        State::Text => "填的是文字",
        State::Undetermined => "的内容无法确定",
        State::Missing => "在文件中未找到",
    }
}

/// The same in English, after one name or several.
pub(crate) fn state_en(state: State) -> &'static str {
    match state {
        State::Number => "number",
        State::Blank => "blank",
        State::NotApplicable => "marked “not applicable”",
        State::Text => "filled with text",
        State::Undetermined => "not certain",
        State::Missing => "not found in the document",
    }
}

/// Characters of a cell, shortened for a sentence.
pub(crate) fn raw(figure: &Figure) -> String {
    const SHOWN_CHARS_MAX: usize = 20;
    let mut shown: String = figure.raw.chars().take(SHOWN_CHARS_MAX).collect();
    if shown.len() < figure.raw.len() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_names_are_listed_and_four_are_counted() {
        assert_eq!(list_zh(&["甲", "乙", "丙"]), "甲、乙、丙");
        assert_eq!(list_zh(&["甲", "乙", "丙", "丁"]), "甲、乙、丙等 4 项");
        assert_eq!(list_en(&["a", "b", "c"]), "a, b, c");
        assert_eq!(list_en(&["a", "b", "c", "d", "e"]), "a, b, c and 2 more");
    }

    #[test]
    fn short_sums_are_spelled_out_and_long_ones_leave_out_their_zeros() {
        let term = |value: i64| Term { zh: "甲", en: "a", value: value.to_string(), is_zero: value == 0 };
        assert_eq!(sum_zh(&[term(3)], "3"), "甲 3");
        assert_eq!(sum_zh(&[term(3), term(0)], "3"), "甲 3 + 甲 0 = 3");
        assert_eq!(sum_zh(&[3, 0, 0, 0].map(term), "3"), "甲 3 + 甲 0 + 甲 0 + 甲 0 = 3");
        assert_eq!(sum_zh(&[3, 0, 0, 0, 1].map(term), "4"), "甲 3 + 甲 1（其余 3 项为 0） = 4");
        assert_eq!(sum_en(&[3, 0, 0, 0, 1].map(term), "4"), "a 3 + a 1 (the other 3 are 0) = 4");
        assert_eq!(sum_zh(&[0; 5].map(term), "0"), "5 项均为 0");
        assert_eq!(sum_en(&[0; 5].map(term), "0"), "all 5 terms are 0");
    }
}
