//! Months and days in running text: which of them say that less than a year is counted.

use super::Scanner;
use crate::statements::numbers::{Number, number};
use rust_decimal::prelude::ToPrimitive;

/// The last month of a year, and the first of its days that ends it: 截至12月30日.
const MONTH_LAST: u32 = 12;
const DAY_LAST_MIN: u32 = 30;

impl Scanner<'_> {
    /// The length of the month whose number stands at `at`, and whether what is counted by it is of less than the year:
    /// 6月, 1至11月, 截至9月底; not 1至12月 nor 截至12月底. A month that begins a span is judged where the span ends.
    pub(super) fn month(&self, at: usize, first: &Number) -> Option<(usize, bool)> {
        let month = first.value.to_u32().filter(|month| (1..=MONTH_LAST).contains(month))?;
        if first.approximate || self.letter(at + first.len) != '月' {
            return None;
        }
        let len = first.len + if self.letter(at + first.len + 1) == '份' { 2 } else { 1 };
        let day = number(self.text(at + len)).filter(|day| self.letter(at + len + day.len) == '日');
        let behind = at + len + day.map_or(0, |day| day.len + 1);
        let day = day.and_then(|day| day.value.to_u32());
        let begins_span = is_span_mark(self.letter(behind)) && self.letter(behind + 1) != '今';
        // A year may stand before the month, and a mark before both.
        let from = self.year_before(at).unwrap_or(at);
        let ends_year = month == MONTH_LAST && day.is_none_or(|day| DAY_LAST_MIN <= day);
        let mark = self.before(from);
        let is_part = if begins_span {
            false
        } else if is_span_mark(mark) || mark == '、' {
            match self.month_before(from - 1) {
                Some(start) => start != 1 || !ends_year,
                None => !ends_year,
            }
        } else if mark == '止' {
            !ends_year
        } else {
            // The last days of a year and the first say up to when, or from when on, if something says so: 12月31日止, 1月1日起.
            let next = self.letter(behind);
            let is_last =
                ends_year && matches!((day, next), (Some(_), '止' | '为' | '前') | (None, '底' | '末'));
            let is_first = (month, day) == (1, Some(1)) && matches!(next, '起' | '以' | '开' | '始');
            !is_last && !is_first
        };
        Some((len, is_part))
    }

    /// The year whose last two digits stand at `at`, with its length: '20年, and 20年 where a clause begins or a time is named.
    /// 成立20年 and 20年来 tell how long something took.
    pub(super) fn short_year(&self, at: usize) -> Option<(usize, u16)> {
        const DIGITS: usize = 2;
        const LEADING: &str = "'’‘′`自从到至截在较比与和及、-—–~～，；。：,;:(（ ";
        const FOLLOWING: &str = "来以间前后内期多余左连代限初之的";
        let digits = self.text(at).get(..DIGITS)?;
        let value =
            digits.iter().try_fold(0, |year: u16, digit| Some(year * 10 + digit.to_digit(10)? as u16))?;
        let century = match value {
            0..50 => 2000,
            90..100 => 1900,
            _ => return None,
        };
        let len = DIGITS + if self.letter(at + DIGITS + 1) == '度' { 2 } else { 1 };
        let is_year = self.letter(at + DIGITS) == '年'
            && LEADING.contains(self.before(at))
            && !FOLLOWING.contains(self.letter(at + len));
        is_year.then_some((len, century + value))
    }

    /// Where the year that ends before `at` begins.
    fn year_before(&self, at: usize) -> Option<usize> {
        const YEAR_LETTERS: usize = 5;
        let year = at.checked_sub(YEAR_LETTERS)?;
        let is_year =
            self.before(at) == '年' && (year..at - 1).all(|digit| self.letter(digit).is_ascii_digit());
        is_year.then_some(year)
    }

    /// The month before the mark of a span at `mark`: 1 of 1-6月, 1月至6月 and 1月1日至6月30日.
    fn month_before(&self, mark: usize) -> Option<u32> {
        let mut at = mark;
        // ——
        while is_span_mark(self.before(at)) {
            at -= 1;
        }
        if self.before(at) == '日' {
            at = self.digits_before(at - 1);
        }
        for letter in ['份', '月'] {
            at -= usize::from(self.before(at) == letter);
        }
        let start = self.digits_before(at);
        let digits = self.letters.chars.get(start..at)?;
        let month = number(digits).filter(|number| number.len == digits.len())?.value.to_u32()?;
        (1..=MONTH_LAST).contains(&month).then_some(month)
    }

    /// Where the digits that end before `at` begin.
    fn digits_before(&self, mut at: usize) -> usize {
        while self.before(at).is_ascii_digit() {
            at -= 1;
        }
        at
    }
}

fn is_span_mark(letter: char) -> bool {
    "至到-—–~～".contains(letter)
}
