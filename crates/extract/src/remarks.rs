//! Remarks beside a table, and in brackets on its headers and labels, that speak against what it says: corrections, drafts,
//! samples, and parts of the year.

use crate::align::Folded;
use crate::bodies::is_body_name;
use crate::dates::years_named;
use crate::lines::without_spaces;
use crate::needles::Needles;
use crate::rows::Shape;
use crate::sections::{is_prescribed_heading, part_number};
use crate::tables::is_table_word;
use crate::times::YearOf;
use std::sync::LazyLock;

/// What is longer is running text. In characters.
const CHARS_MAX: usize = 48;

/// What says that something is wrong, or not yet, or not really.
const AGAINST: [&str; 27] = [
    "应为",
    "更正",
    "勘误",
    "订正",
    "有误",
    "误填",
    "笔误",
    "填反",
    "填错",
    "对调",
    "作废",
    "为准",
    "草稿",
    "草案",
    "初稿",
    "征求意见",
    "样例",
    "样表",
    "示例",
    "模拟数据",
    "测试数据",
    "仅供参考",
    "预估",
    "估算",
    "预计数",
    "计划数",
    "原数据",
];

/// Whether a short remark without white space speaks against the figures that it stands beside. `year` is the report's.
pub(crate) fn speaks_against(words: &str, year: &YearOf<'_>) -> bool {
    static AGAINST_NEEDLES: LazyLock<Needles> = LazyLock::new(|| Needles::new(&AGAINST));
    // The later version is the one that holds, and so does a table that a remark says to hold.
    const HOLDS: [&str; 8] =
        ["更正后", "更正版", "订正后", "更正稿", "以本表", "以此表", "以上表", "以上述数据"];
    words.chars().count() <= CHARS_MAX
        && (AGAINST_NEEDLES.is_in(words) && !HOLDS.iter().any(|word| words.contains(word))
            || is_of_part(words, year))
}

/// The same for a note in brackets on a label or a header, which may also make something else of what it stands on.
pub(crate) fn note_speaks_against(note: &str, year: &YearOf<'_>) -> bool {
    const ELSE: [&str; 4] = ["不予", "撤销", "拟", "占"];
    const SHARES: [&str; 6] = ["百分比", "%", "％", "占比", "同比", "环比"];
    speaks_against(note, year)
        || ELSE.iter().any(|word| note.starts_with(word))
        || SHARES.iter().any(|word| note.contains(word))
        || is_body_name(note)
}

/// Whether words speak of some months of the year: 1-11月, 截至9月30日, 不含12月, 上半年. Days of another year are such as on
/// which figures were gathered.
fn is_of_part(words: &str, year: &YearOf<'_>) -> bool {
    if ["上半年", "下半年", "季度"].iter().any(|part| words.contains(part)) {
        return true;
    }
    let mut years = years_named(words).peekable();
    if !words.contains('月') || (years.peek().is_some() && !years.any(|named| year() == Some(named))) {
        return false;
    }
    let months: Vec<(usize, u32)> = words
        .match_indices('月')
        .filter_map(|(at, _)| {
            let before = words.get(..at)?;
            let digits = before.len() - before.trim_end_matches(|c: char| c.is_ascii_digit()).len();
            Some((
                at - digits,
                before.get(at - digits..)?.parse().ok().filter(|month| (1..=12).contains(month))?,
            ))
        })
        .collect();
    let Some(&(begin, last)) = months.last() else { return false };
    let before = words.get(..begin).unwrap_or_default();
    // 1-11月, 1月至11月.
    let range =
        before.strip_suffix(['-', '—', '–', '~', '至', '到']).map(|first| first.trim_end_matches('月'));
    let first = range.and_then(|first| {
        let bare = first.trim_end_matches(|c: char| c.is_ascii_digit());
        first.get(bare.len()..)?.parse::<u32>().ok()
    });
    let is_cut_off = before.contains("截至") || before.contains("截止");
    first.is_some_and(|first| (first, last) != (1, 12))
        || (is_cut_off && last < 12)
        || before.ends_with("不含")
}

/// Whether a remark right below a table speaks against it. `end` is the field behind the table's last one.
pub(crate) fn speak_against_above(
    folded: &Folded<'_>,
    end: usize,
    says_others: impl Fn(&str) -> bool,
    year: &YearOf<'_>,
) -> bool {
    const ROWS_MAX: usize = 3;
    let (fields, rows) = (&folded.rows.fields, &folded.rows.rows);
    let Some(last) = end.checked_sub(1).and_then(|last| fields.get(last)) else { return false };
    for row in rows.iter().skip(last.row + 1).take(ROWS_MAX) {
        let of_row = fields.get(row.fields.clone()).unwrap_or_default();
        let (Some(begin), Some(end)) = (of_row.first(), of_row.last()) else { continue };
        let written = folded.document.text.slice(&(begin.text.start..end.text.end));
        let holds_value = of_row.iter().any(|field| field.content.is_written_value());
        let is_of_table = row.fields.clone().any(|field| is_table_word(folded.words(field)));
        let begins_part =
            row.shape == Shape::Loose && (is_prescribed_heading(written) || part_number(written).is_some());
        if begins_part || is_of_table || 2 * CHARS_MAX * '字'.len_utf8() < written.len() {
            return false;
        }
        let words = without_spaces(written);
        if speaks_against(&words, year) || says_others(&words) {
            return true;
        }
        if holds_value {
            return false;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remarks_that_speak_against_a_table_are_told() {
        for words in [
            "注：第一项应为76。",
            "更正：自然人应为76件",
            "（此表作废，以附件为准）",
            "（草稿）",
            "更正前",
            "注：以上数据为1-11月数据",
            "注：本表数据截至2021年9月30日",
            "备注：以上数据不含12月",
            "2021年1月至6月",
            "2021年上半年",
        ] {
            assert!(speaks_against(words, &|| Some(2021)), "{words}");
        }
        for words in [
            "单位：件",
            "单位：万元",
            "更正后",
            "注：统计期限为2021年1月1日至12月31日",
            "2021年1-12月",
            "数据截至2022年1月10日",
            "数据截至2021年12月31日",
            "注：上年结转9件已全部办结。",
            "注：如与附件不一致，以本表为准。",
            "填表人：张三",
        ] {
            assert!(!speaks_against(words, &|| Some(2021)), "{words}");
        }
    }

    #[test]
    fn notes_may_make_something_else_of_a_label() {
        for note in ["更正前", "百分比", "%", "县教育局", "拟制"] {
            assert!(note_speaks_against(note, &|| None), "{note}");
        }
        for note in
            ["件", "单位：件", "单位：万元", "含网络", "区分处理的，只计这一情形，不计其他情形", "不含上年"]
        {
            assert!(!note_speaks_against(note, &|| None), "{note}");
        }
    }
}
