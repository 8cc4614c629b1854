//! Counts and percentages in a sentence.

use rust_decimal::Decimal;

/// A count of a sentence, such as 1,200条.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Count<'a> {
    pub(crate) value: Decimal,
    /// The first character of its unit.
    pub(crate) unit: char,
    /// Whether it is said to be approximate.
    pub(crate) approximate: bool,
    /// The words of its clause before it.
    pub(crate) before: &'a str,
    /// Where it begins in the sentence, in bytes.
    pub(crate) at: usize,
}

/// The counts of a sentence, in order: digits with a unit. No dates, no percentages, no numbers of documents.
pub(crate) fn counts(sentence: &str) -> Vec<Count<'_>> {
    let mut counts = Vec::new();
    let mut at = 0;
    while let Some(found) = sentence.get(at..).and_then(|rest| rest.find(|c: char| c.is_ascii_digit())) {
        at += found;
        let (value, length) = number(sentence.get(at..).unwrap_or_default());
        if let Some(value) = value {
            counts.extend(count(sentence, at, at + length, value));
        }
        at += length.max(1);
    }
    counts
}

fn count(sentence: &str, begin: usize, end: usize, value: Decimal) -> Option<Count<'_>> {
    let before = sentence.get(..begin)?;
    // A number inside of a word or an address is none.
    if before.ends_with(|c: char| {
        c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '/' | '〔' | '[' | '第' | '（')
    }) {
        return None;
    }
    let mut rest = sentence.get(end..)?.trim_start_matches(' ');
    let mut value = value;
    for (word, factor) in [("万", 10_000), ("亿", 100_000_000)] {
        if let Some(after) = rest.strip_prefix(word) {
            rest = after;
            value = value.checked_mul(Decimal::from(factor))?;
        }
    }
    let unit_begin = rest.trim_start_matches(['余', '多', '来', '个', ' ']);
    let approximate =
        rest.starts_with(['余', '多', '来']) || before.ends_with(['约', '近', '超', '逾', '过']);
    let unit = unit_begin.chars().next().filter(|c| c.is_alphabetic() && !c.is_ascii())?;
    if matches!(
        unit,
        '年' | '月' | '日' | '时' | '分' | '号' | '％' | '届' | '期' | '类' | '至' | '到' | '和' | '与'
    ) {
        return None;
    }
    let clause = before.rsplit(['，', ',', '；', '、', '（', '(', '：']).next().unwrap_or_default();
    Some(Count { value, unit, approximate, before: clause, at: begin })
}

/// The number at the beginning of `text`, and how many bytes it has. Thousands may be separated.
pub(crate) fn number(text: &str) -> (Option<Decimal>, usize) {
    const BYTES_MAX: usize = 24;
    let bytes = text.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut length = 0;
    while is_digit(length) || matches!(bytes.get(length), Some(b',' | b'.')) && is_digit(length + 1) {
        length += 1;
    }
    if length == 0 || BYTES_MAX < length {
        return (None, length);
    }
    let digits: String = text.get(..length).unwrap_or_default().chars().filter(|c| *c != ',').collect();
    (digits.parse().ok(), length)
}

/// A percentage with its number of decimals.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Percentage<'a> {
    pub(crate) value: Decimal,
    /// The words of its sentence before it.
    pub(crate) before: &'a str,
}

/// The percentage whose mark is at the end of `before`, or which `after` begins with (百分之).
pub(crate) fn percentage<'a>(before: &'a str, after: &str) -> Option<Percentage<'a>> {
    if let Some(written) = after.strip_prefix("百分之") {
        let value = if written.starts_with('百') { Some(Decimal::ONE_HUNDRED) } else { number(written).0 };
        return Some(Percentage { value: value?, before });
    }
    let trimmed = before.trim_end_matches(' ');
    let begin = trimmed.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ',')).len();
    let digits = trimmed.get(begin..)?;
    // 4.5-6%: a range; and what begins with a point is cut off.
    if !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let (value, length) = number(digits);
    let words = trimmed.get(..begin)?;
    // 4至6%: a range.
    let lower = words.trim_end_matches(['-', '—', '～', '~', '至', '到', '－', '%', '％']);
    if length != digits.len() || lower.len() < words.len() && lower.ends_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    Some(Percentage { value: value?, before: words })
}

impl Percentage<'_> {
    /// Whether `part` of `whole` may be written so: rounded or cut off at its last decimal.
    pub(crate) fn is_about(&self, part: Decimal, whole: Decimal) -> Option<bool> {
        let exact = part.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(whole)?;
        let last_decimal = Decimal::try_new(1, self.value.scale()).ok()?;
        Some(exact.checked_sub(self.value)?.abs() <= last_decimal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(sentence: &str) -> Vec<(String, char, bool)> {
        counts(sentence)
            .iter()
            .map(|count| (count.value.to_string(), count.unit, count.approximate))
            .collect()
    }

    #[test]
    fn counts_are_digits_with_a_unit() {
        assert_eq!(
            read("公开信息1,200条，约3.7万人次，20余件"),
            [
                ("1200".to_owned(), '条', false),
                ("37000.0".to_owned(), '人', true),
                ("20".to_owned(), '件', true)
            ]
        );
        assert!(read("2022年1月30日，第5号，12.5%，A4纸，〔2021〕30号，http://a.cn/3件").is_empty());
    }

    #[test]
    fn a_count_knows_the_words_of_its_clause() {
        let counts = counts("收到申请10件，较上年的8件增加");
        let words: Vec<_> = counts.iter().map(|count| count.before).collect();
        assert_eq!(words, ["收到申请", "较上年的"]);
    }

    #[test]
    fn percentages_are_read_in_figures_and_words() {
        let value = |before: &str, after: &str| percentage(before, after).map(|it| it.value.to_string());
        assert_eq!(value("占12.50", "%").as_deref(), Some("12.50"));
        assert_eq!(value("达到", "百分之百").as_deref(), Some("100"));
        assert_eq!(value("达到", "百分之95").as_deref(), Some("95"));
        assert_eq!(value("占4-6", "%"), None);
        assert_eq!(value("占4%至6", "%"), None);
        assert_eq!(value("达到6", "%").as_deref(), Some("6"));
        assert_eq!(value("占", "%"), None);
    }

    #[test]
    fn a_percentage_may_be_rounded_or_cut_off_at_its_last_decimal() {
        let is = |written: &str, part: i64, whole: i64| {
            let percentage = percentage(written, "%").unwrap();
            percentage.is_about(Decimal::from(part), Decimal::from(whole))
        };
        assert_eq!(is("33.3", 1, 3), Some(true));
        assert_eq!(is("66.6", 2, 3), Some(true));
        assert_eq!(is("66.7", 2, 3), Some(true));
        assert_eq!(is("66", 2, 3), Some(true));
        assert_eq!(is("66.5", 2, 3), Some(false));
        assert_eq!(is("50", 1, 0), None);
    }
}
