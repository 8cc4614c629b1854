//! Dates and years as reports write them.

use crate::fold::is_space;
use gongkai_model::Date;

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

/// The date that `text` is, with nothing before or after it but brackets and a final stop.
pub(crate) fn whole_date(text: &str) -> Option<Date> {
    let text = arabic(&close_up(text));
    let text = text.trim_matches(['（', '）', '(', ')', '。', '.']);
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
    let text = arabic(&close_up(text));
    text.match_indices('年').find_map(|(at, _)| {
        let digits = text[..at].bytes().rev().take_while(u8::is_ascii_digit).count();
        (digits == 4)
            .then(|| text[at - 4..at].parse().ok())
            .flatten()
            .filter(|year| (1990..2200).contains(year))
    })
}

/// Full-width digits and dates in Chinese numerals as Arabic ones: 二〇二一年一月三十日.
fn arabic(text: &str) -> String {
    let chinese = |c: char| {
        "〇一二三四五六七八九".chars().position(|known| known == c).or(match c {
            '零' | '○' | 'Ｏ' | 'О' => Some(0),
            _ => None,
        })
    };
    let characters: Vec<char> = text.chars().map(|c| crate::fold::narrow(c).unwrap_or(c)).collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < characters.len() {
        let run = characters[at..].iter().take_while(|&&c| chinese(c).is_some() || c == '十').count();
        let unit = characters.get(at + run).copied();
        let is_year = unit == Some('年') && run == 4 && !characters[at..at + run].contains(&'十');
        let is_part = matches!(unit, Some('月' | '日')) && 0 < run && run <= 3;
        if is_year {
            out.extend(
                characters[at..at + run]
                    .iter()
                    .filter_map(|&c| chinese(c))
                    .map(|digit| char::from(b'0' + digit as u8)),
            );
            at += run;
        } else if is_part {
            let digits: Vec<char> = characters[at..at + run].to_vec();
            let value = match digits.iter().position(|&c| c == '十') {
                Some(ten) => {
                    let tens = ten.checked_sub(1).and_then(|before| chinese(digits[before])).unwrap_or(1);
                    tens * 10 + digits.get(ten + 1).and_then(|&c| chinese(c)).unwrap_or(0)
                }
                None => digits.iter().filter_map(|&c| chinese(c)).fold(0, |value, digit| value * 10 + digit),
            };
            out.push_str(&value.to_string());
            at += run;
        } else {
            out.push(characters[at]);
            at += 1;
        }
    }
    out
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
        let (before, _) = split_final_date("某县人民政府办公室2021年2月2日").unwrap();
        assert_eq!(before, "某县人民政府办公室");
    }

    #[test]
    fn years_stand_before_their_word() {
        assert_eq!(first_year("2019年度"), Some(2019));
        assert_eq!(first_year("二〇一九年"), Some(2019));
        assert_eq!(first_year("12019年"), None);
        assert_eq!(first_year("第711号令"), None);
    }
}
