//! Dates and years as reports write them.

use crate::fold::is_space;
use gongkai_model::{Date, chinese_digit};
use std::ops::Range;

/// The first date in `text`: 2021年1月30日, 2021-01-30, 2021.1.30, 2021/1/30, 二〇二一年一月三十日.
pub(crate) fn first_date(text: &str) -> Option<Date> {
    let text = arabic(&close_up(text));
    let bytes = text.as_bytes();
    (0..bytes.len()).find_map(|at| {
        let starts = bytes[at].is_ascii_digit()
            && at.checked_sub(1).is_none_or(|before| !bytes[before].is_ascii_digit());
        starts.then(|| date_at(&text[at..])).flatten().map(|(date, _)| date)
    })
}

/// The date that `text` is, with nothing before or after it but brackets and a final stop. Eight digits will do here:
/// 20210130.
pub(crate) fn whole_date(text: &str) -> Option<Date> {
    // Nearly all lines are no dates, and most of those begin with no digit.
    let text = text.trim_matches(['（', '）', '(', ')', '。', '.', '【', '】']);
    if !text.starts_with(|c: char| is_space(c) || c.is_numeric() || "二〇○零".contains(c)) {
        return None;
    }
    let text = arabic(&close_up(text));
    let text = text.strip_suffix("印发").unwrap_or(&text);
    if text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let part = |range: Range<usize>| text[range].parse::<u16>().ok();
        let (year, month, day) = (part(0..4)?, part(4..6)?, part(6..8)?);
        return Date::new(year, month as u8, day as u8).ok().filter(|_| (1990..2200).contains(&year));
    }
    let (date, bytes) = date_at(text)?;
    (bytes == text.len()).then_some(date)
}

/// The date at the end of `text` and what stands before it.
pub(crate) fn split_final_date(text: &str) -> Option<(String, Date)> {
    let text = arabic(&close_up(text));
    let text = text.trim_end_matches(['）', ')', '。']);
    let at = text.find(|c: char| c.is_ascii_digit())?;
    let (date, bytes) = date_at(&text[at..])?;
    (at + bytes == text.len()).then(|| (text[..at].trim_end_matches(['（', '(']).to_owned(), date))
}

/// `text` without white space, except where it keeps two numbers apart: 2021 年 1 月 30 日, but 2020-01-20 15:22.
fn close_up(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if !is_space(character) {
            out.push(character);
        } else if out.ends_with(|c: char| c.is_ascii_digit())
            && characters.peek().is_some_and(char::is_ascii_digit)
        {
            out.push(' ');
        }
    }
    out
}

fn date_at(text: &str) -> Option<(Date, usize)> {
    let number = |text: &str, digits_max: usize| {
        let len = text.bytes().take_while(u8::is_ascii_digit).count();
        (0 < len && len <= digits_max)
            .then(|| text[..len].parse::<u16>().ok().map(|value| (value, len)))
            .flatten()
    };
    let (year, year_len) = number(text, 4).filter(|(year, len)| *len == 4 && (1949..2200).contains(year))?;
    let rest = &text[year_len..];
    let separator = ["年", "-", ".", "/"].into_iter().find(|separator| rest.starts_with(separator))?;
    let mut at = year_len + separator.len();
    let (month, len) = number(&text[at..], 2)?;
    at += len;
    let separator = if separator == "年" { "月" } else { separator };
    at += text[at..].strip_prefix(separator).map(|_| separator.len())?;
    let (day, len) = number(&text[at..], 2)?;
    at += len;
    if separator == "月" {
        at += text[at..].strip_prefix(['日', '号']).map(|_| '日'.len_utf8()).unwrap_or(0);
    }
    Date::new(year, month as u8, day as u8).ok().map(|date| (date, at))
}

/// The first year in `text`: four digits, or 二〇一九, before 年.
pub(crate) fn first_year(text: &str) -> Option<u16> {
    year_where(text, |_| true)
}

/// The same without years of a month or a day: the day on which a report was published (2023年1月12日) is no year that it
/// reports on. A period of months (2022年1月至12月) is one.
pub(crate) fn first_year_alone(text: &str) -> Option<u16> {
    let is_of_month = |behind: &str| {
        let rest = behind.trim_start_matches(|c: char| c.is_ascii_digit());
        rest.len() < behind.len() && rest.strip_prefix('月').is_some_and(|rest| !rest.starts_with(TO))
    };
    year_where(text, |behind| !is_of_month(behind))
}

/// Between the two ends of a period.
const TO: [char; 6] = ['至', '到', '-', '—', '–', '~'];

/// The same, and between several years: 2021/2022年, 2021年、2022年.
const JOINS: [char; 11] = ['至', '到', '-', '—', '–', '~', '/', '、', '和', '及', '与'];

/// Whether `text` names several years in one breath: 2021年和2022年, 2021-2022年.
pub(crate) fn names_several_years(text: &str) -> bool {
    let text = arabic(&close_up(text));
    text.match_indices(JOINS).any(|(at, join)| {
        let before = text[..at].trim_end_matches('度').trim_end_matches('年');
        let behind = &text[at + join.len()..];
        let digits = |words: &str, found: usize| found == 4 && words.starts_with("20");
        let first = before.bytes().rev().take_while(u8::is_ascii_digit).count();
        let second = behind.bytes().take_while(u8::is_ascii_digit).count();
        digits(&before[before.len() - first..], first) && digits(behind, second)
    })
}

fn year_where(text: &str, is_meant: impl Fn(&str) -> bool) -> Option<u16> {
    if !text.contains('年') {
        return None;
    }
    let text = arabic(&close_up(text));
    text.match_indices('年').filter(|(at, word)| is_meant(&text[at + word.len()..])).find_map(|(at, _)| {
        let digits = text[..at].bytes().rev().take_while(u8::is_ascii_digit).count();
        // 2008—2012年: the last of several. 1-2021年: the number of a file before the year.
        let is_joined = text[..at - digits]
            .strip_suffix(TO)
            .is_some_and(|before| ends_with_year(before.trim_end_matches('年')));
        (digits == 4 && !is_joined)
            .then(|| text[at - 4..at].parse().ok())
            .flatten()
            .filter(|year| (1990..2200).contains(year))
    })
}

/// Whether `text` ends with the four digits of a year.
fn ends_with_year(text: &str) -> bool {
    let digits = text.bytes().rev().take_while(u8::is_ascii_digit).count();
    digits == 4 && ["19", "20"].iter().any(|century| text[text.len() - digits..].starts_with(century))
}

/// The years that `text` names: before 年, alone in brackets, or before its first word.
pub(crate) fn years_named(text: &str) -> impl Iterator<Item = u16> {
    let may_be = text.contains('年') || text.bytes().any(|byte| byte.is_ascii_digit());
    let text = if may_be { arabic(&close_up(text)) } else { String::new() };
    let mut years = Vec::new();
    let mut at = 0;
    while let Some(begin) = text.get(at..).and_then(|rest| rest.find(|c: char| c.is_ascii_digit())) {
        let begin = at + begin;
        at = begin + text[begin..].bytes().take_while(u8::is_ascii_digit).count();
        let (before, digits, behind) = (&text[..begin], &text[begin..at], &text[at..]);
        let is_bracketed = before.ends_with(['（', '(']) && behind.starts_with(['）', ')', '-', '—', '至']);
        let is_first = before.is_empty() && behind.starts_with(|c: char| c.is_alphabetic());
        if digits.len() == 4 && (behind.starts_with('年') || is_bracketed || is_first) {
            years.extend(digits.parse::<u16>().ok().filter(|year| (1990..2100).contains(year)));
        }
    }
    years.into_iter()
}

/// The years with which the days of a period begin, also where 年, 月 and 日 were lost: 自201811日起至20181231日止.
pub(crate) fn years_of_days(text: &str) -> Vec<u16> {
    let text = arabic(&close_up(text));
    let bytes = text.as_bytes();
    let mut years = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let digits = bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let year = text.get(at..at + 4).filter(|_| 4 <= digits).and_then(|year| year.parse::<u16>().ok());
        // A day has at most eight digits; more are a telephone number.
        years.extend(year.filter(|year| digits <= 8 && (1990..2200).contains(year)));
        at += digits.max(1);
    }
    years
}

/// Full-width digits and dates in Chinese numerals as Arabic ones: 二〇二一年一月三十日, 二0一七年元月三日.
fn arabic(text: &str) -> String {
    let chinese = |c: char| {
        let digit = match c {
            // What is written for 〇 where the keyboard has none.
            '○' | 'Ｏ' | 'О' | '０' | 'O' | 'o' | '0' => Some(0),
            _ => chinese_digit(c),
        };
        digit.map(usize::from)
    };
    let is_numeral = |c: char| "〇一二三四五六七八九零○Ｏ".contains(c);
    let characters: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < characters.len() {
        let run = characters[at..].iter().take_while(|&&c| chinese(c).is_some() || c == '十').count();
        let digits = &characters[at..at + run];
        let unit = characters.get(at + run).copied();
        let has_numeral = digits.iter().any(|&c| is_numeral(c) || c == '十');
        let is_year = unit == Some('年') && run == 4 && has_numeral && !digits.contains(&'十');
        let is_part = matches!(unit, Some('月' | '日' | '号')) && has_numeral && run <= 3;
        if is_year {
            let digits = digits.iter().filter_map(|&c| chinese(c));
            out.extend(digits.map(|digit| char::from(b'0' + digit as u8)));
            at += run;
        } else if is_part {
            let value = match digits.iter().position(|&c| c == '十') {
                Some(ten) => {
                    let tens = ten.checked_sub(1).and_then(|before| chinese(digits[before])).unwrap_or(1);
                    tens * 10 + digits.get(ten + 1).and_then(|&c| chinese(c)).unwrap_or(0)
                }
                None => digits.iter().filter_map(|&c| chinese(c)).fold(0, |value, digit| value * 10 + digit),
            };
            out.push_str(&value.to_string());
            at += run;
        } else if characters[at] == '元' && unit_after(&characters, at) == Some('月') {
            out.push('1');
            at += 1;
        } else {
            out.push(crate::fold::narrow(characters[at]).unwrap_or(characters[at]));
            at += 1;
        }
    }
    out
}

fn unit_after(characters: &[char], at: usize) -> Option<char> {
    characters.get(at + 1).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_all_their_forms() {
        for text in [
            "2021年1月30日",
            "2021 年 1 月 30 日",
            "2021-01-30 15:22",
            "2021.1.30",
            "二〇二一年一月三十日",
            "２０２１年１月３０日",
            "2021．1．30",
            "二○二一年一月三十日",
            "二0二一年元月三十日",
            "二O二一年一月三十日",
            "2021年1月30",
            "2021 - 01 - 30",
        ] {
            assert_eq!(
                first_date(text).map(|date| date.to_string()).as_deref(),
                Some("2021-01-30"),
                "{text}"
            );
        }
        assert_eq!(whole_date("2021年2月2日").map(|date| date.to_string()).as_deref(), Some("2021-02-02"));
        assert_eq!(whole_date("自2021年2月2日起施行"), None);
        assert_eq!(first_date("2021年13月2日"), None);
        assert_eq!(whole_date("20210202").map(|date| date.to_string()).as_deref(), Some("2021-02-02"));
        assert_eq!(whole_date("20211302"), None, "there is no such month");
        assert_eq!(whole_date("201711日"), None, "1 January or the 11th of some month");
        assert_eq!(whole_date("2021年2月"), None);
        let (before, _) = split_final_date("某县人民政府办公室2021年2月2日").unwrap();
        assert_eq!(before, "某县人民政府办公室");
    }

    #[test]
    fn periods_have_years_even_where_their_words_were_lost() {
        assert_eq!(years_of_days("自2019年1月1日起至2019年12月31日止"), [2019, 2019]);
        assert_eq!(years_of_days("自201811日起至20181231日止"), [2018, 2018]);
        assert_eq!(years_of_days("二〇一九年一月一日至十二月三十一日"), [2019]);
        assert_eq!(years_of_days("电话：08513622052，第711号令"), []);
    }

    #[test]
    fn years_stand_before_their_word() {
        assert_eq!(first_year("2019年度"), Some(2019));
        assert_eq!(first_year("二〇一九年"), Some(2019));
        assert_eq!(first_year("12019年"), None);
        assert_eq!(first_year("第711号令"), None);
    }

    #[test]
    fn the_number_of_a_file_joins_no_year() {
        assert_eq!(first_year("1-2021年甲水县年度报告"), Some(2021));
        assert_eq!(first_year("03—2021年甲水县年度报告"), Some(2021));
        assert_eq!(first_year("2008—2012年甲水县年度报告"), None);
        assert_eq!(first_year("2008年-2012年甲水县年度报告"), Some(2008));
    }
}
