//! Notes on labels and headers, and lines around a table, that change what is counted: 予以公开（含部分公开）, 总计（百件）,
//! 行政处罚（罚款金额）, 单位：万件.

use crate::align::Folded;
use crate::cell;
use crate::fold::fold;
use crate::lines::without_spaces;
use crate::slots::ValueRun;
use memchr::memmem;

/// Rows around a table in which the unit of its counts is looked for.
const ROWS_ABOVE: usize = 10;
const ROWS_BELOW: usize = 5;
/// A longer line is running text. In bytes.
const LINE_BYTES_MAX: usize = 240;

/// Whether a note in brackets on a label or a header says that something else is counted than the form's own words, which
/// are `official`: more or less of it, or in another unit. `is_money` where amounts are meant.
pub(crate) fn changes_count(written: &str, official: &[String], is_money: bool) -> bool {
    in_brackets(written).any(|note| {
        let words = fold(note);
        let is_official =
            || official.iter().flat_map(|label| in_brackets(label)).any(|own| fold(own).contains(&words));
        (takes_in_or_leaves_out(&words) || counts_otherwise(&words, is_money)) && !is_official()
    })
}

/// The unit of money that a note on a label names, or that it names one that is not known here.
pub(crate) fn money_unit(written: &str) -> Option<&'static str> {
    in_brackets(written).find_map(|note| cell::header_unit(&fold(note)))
}

/// Whether a line above or below the rows of a table says that counts are in tens, hundreds or more: 单位：万件.
pub(crate) fn are_counts_scaled(folded: &Folded<'_>, runs: &[ValueRun]) -> bool {
    let (fields, rows) = (&folded.rows.fields, &folded.rows.rows);
    let row_of = |field: usize| fields.get(field).map(|field| field.row);
    let first = runs.iter().map(|run| run.label.start).min().and_then(row_of);
    let last = runs.iter().filter_map(|run| run.fields.last().copied()).max().and_then(row_of);
    let (Some(first), Some(last)) = (first, last) else { return false };
    let above = rows.get(first.saturating_sub(ROWS_ABOVE)..first).unwrap_or_default();
    let below = rows.get(last + 1..rows.len().min(last + 1 + ROWS_BELOW)).unwrap_or_default();
    let holds_values = |row: &&crate::rows::Row| {
        fields[row.fields.clone()].iter().any(|field| field.content.is_written_value())
    };
    let around = above
        .iter()
        .rev()
        .take_while(|row| !holds_values(row))
        .chain(below.iter().take_while(|row| !holds_values(row)));
    around
        .filter_map(|row| Some((fields.get(row.fields.start)?, fields.get(row.fields.end.checked_sub(1)?)?)))
        .any(|(begin, end)| {
            let written = folded.document.text.slice(&(begin.text.start..end.text.end));
            written.len() <= LINE_BYTES_MAX
                && memmem::find(written.as_bytes(), "单位".as_bytes()).is_some()
                && names_scale(&without_spaces(written))
        })
}

/// Whether words name a unit of so many pieces: 单位：百件、万元.
fn names_scale(words: &str) -> bool {
    words.split("单位").skip(1).any(|behind| {
        let is_apart = |c: char| "：:为是以、，,（(".contains(c);
        behind.split(['。', '；', ')', '）']).next().unwrap_or_default().split(is_apart).any(is_scaled_unit)
    })
}

/// 万件, 百条.
fn is_scaled_unit(words: &str) -> bool {
    let bare = words.trim_start_matches(['十', '百', '千', '万', '亿']);
    bare.len() < words.len() && ["件", "条", "份", "个", "宗", "起", "项", "次"].contains(&bare)
}

/// What stands in brackets.
fn in_brackets(written: &str) -> impl Iterator<Item = &str> {
    let behind = written.split(['（', '(', '【', '[']).skip(1);
    behind.map(|rest| rest.split(['）', ')', '】', ']']).next().unwrap_or_default())
}

/// 含部分公开, 不含撤回, 仅网络申请. How many of its own kind a count has in it (含3个乡镇) changes nothing. What was carried over
/// is no part of what is new, and a note may say so; what notes say of other years is held against the form's own times
/// elsewhere.
fn takes_in_or_leaves_out(words: &str) -> bool {
    const BEGIN: [&str; 9] = ["含", "包含", "包括", "不含", "不包括", "不包含", "除", "仅", "其中"];
    let is_how_many = ["含", "包含", "包括"].iter().any(|word| {
        words.strip_prefix(word).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    });
    let is_of_time = words.starts_with('不') && words.contains("结转") || words.contains("历年");
    BEGIN.iter().any(|word| words.starts_with(word)) && !is_of_time && !is_how_many
}

/// Whether a note names a unit that pieces are not counted in, or amounts.
fn counts_otherwise(words: &str, is_money: bool) -> bool {
    let unit =
        ["计量单位", "数量单位", "单位"].iter().find_map(|word| words.strip_prefix(word)).unwrap_or(words);
    let unit = unit.trim_start_matches('为');
    if is_money {
        return ["件", "条", "份", "个", "宗", "起", "项", "次", "人次"].contains(&unit)
            || is_scaled_unit(unit);
    }
    is_scaled_unit(unit)
        || ["人", "人次", "户"].contains(&unit)
        || words.ends_with('元')
        || words.ends_with("金额")
        || words.contains("金额万元")
        || words.contains("金额元")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_tell_that_something_else_is_counted() {
        for written in [
            "（一）予以公开（含部分公开）",
            "（一）予以公开（仅网络申请）",
            "（七）总计（不含撤回）",
            "行政处罚（罚款金额，万元）",
            "行政处罚（金额）",
            "行政许可（万件）",
            "总计（百件）",
            "自然人（人次）",
            "本年处理决定数量（单位：万件）",
        ] {
            assert!(changes_count(written, &["行政许可".to_owned()], false), "{written}");
        }
        let official = ["（二）部分公开（区分处理的，只计这一情形，不计其他情形）".to_owned()];
        for written in [
            "（二）部分公开（区分处理的，只计这一情形，不计其他情形）",
            "（二）部分公开（区分处理的，只计这一情形）",
            "行政许可（件）",
            "行政许可（单位：件）",
            "行政许可（含3个乡镇）",
            "一、本年新收政府信息公开申请数量（不含上年结转）",
            "（七）总计",
            "第二十条第（一）项",
        ] {
            assert!(!changes_count(written, &official, false), "{written}");
        }
        assert!(changes_count("行政事业性收费（项）", &[], true));
        assert!(!changes_count("行政事业性收费（万元）", &[], true));
        assert_eq!(money_unit("行政事业性收费（元）"), Some("元"));
        assert_eq!(money_unit("行政事业性收费"), None);
    }

    #[test]
    fn every_form_says_of_its_own_labels_that_they_count_what_they_do() {
        for form in gongkai_forms::all() {
            for block in form.tables.iter().flat_map(|table| &table.blocks) {
                for labels in
                    block.rows.iter().map(|row| &row.labels).chain(block.columns.iter().map(|c| &c.labels))
                {
                    for label in labels {
                        assert!(
                            !changes_count(label, labels, false) && !changes_count(label, labels, true),
                            "{label}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn lines_name_the_scale_of_counts() {
        for line in
            ["单位：万件", "（单位：百件）", "注：计量单位为百件。", "单位：万件、万元", "单位：万元、百条"]
        {
            assert!(names_scale(line), "{line}");
        }
        for line in ["单位：件", "单位：万元", "填报单位：甲县教育局", "单位：件、万元", "各单位共收到万件"]
        {
            assert!(!names_scale(line), "{line}");
        }
    }
}
