//! What the words of labels and headers say of the time that they speak of, and of whose work or what else they do.

use crate::dates::years_named;
use crate::needles::Needles;
use crate::remarks::note_speaks_against;
use std::sync::LazyLock;

/// Whether words that are no header of the form speak of another year than the form's own words, or of no year's work
/// at all: 上年 over a column of this year, a sum of some columns, a remark.
pub(crate) fn says_another_time(words: &str, own: &str) -> bool {
    Times::of(words).are_others_than(Times::of(own))
}

/// The year of a report, where it is known.
pub(crate) type YearOf<'a> = dyn Fn() -> Option<u16> + 'a;

/// Whether what is written on a label, a header or a banner, notes in brackets included, says that what stands under it is
/// of another time or of others' work than the form's own words, which say `own`; the report is of the year that `year`
/// tells, which is asked only where some year is named. 本年新收（含上年结转）, 2020年制发件数 in the report of 2021.
pub(crate) fn is_written_for_others(written: &str, own: Times, year: &YearOf<'_>) -> bool {
    // What is left out says nothing of what is there.
    const LEFT_OUT: [&str; 5] = ["不含", "不包括", "不包含", "未含", "除"];
    let end = LEFT_OUT.iter().filter_map(|word| written.find(word)).min().unwrap_or(written.len());
    let written = written.get(..end).unwrap_or(written);
    let says = Times(Times::of(written).0 & !Times::REMARKS);
    let is_share = written.contains(['%', '％']);
    if is_share || says.are_others_than(own) || notes(written).any(|note| note_speaks_against(note, year)) {
        return true;
    }
    let mut years = years_named(written).peekable();
    if years.peek().is_none() {
        return false;
    }
    let Some(year) = year() else { return false };
    years.any(|named| !own.are_of(named, year))
}

/// What stands in brackets.
fn notes(written: &str) -> impl Iterator<Item = &str> {
    written.split(['（', '(', '【', '[']).skip(1).filter_map(|rest| rest.split(['）', ')', '】', ']']).next())
}

/// Which words for times stand among others, a bit for each meaning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Times(u32);

impl Times {
    const LAST_YEAR: u32 = 1;
    const THIS_YEAR: u32 = 1 << 1;
    const NEXT_YEAR: u32 = 1 << 2;
    const ALL_YEARS: u32 = 1 << 3;
    const YEARS: u32 = Self::LAST_YEAR | Self::THIS_YEAR | Self::NEXT_YEAR | Self::ALL_YEARS;
    /// 累计, which 历年 only says more of.
    const SUM: u32 = 1 << 4;
    /// A month, a quarter, half of the year.
    const PART: u32 = 1 << 5;
    /// What is meant to be.
    const PLAN: u32 = 1 << 6;
    /// Words of no time, each a meaning of its own: other columns, others' work, other things.
    const OTHER: u32 = 1 << 7;
    /// 小计, 备注, 说明, 序号, 行次, 占比, 同比, 增长率: what a column is, but not what a note in brackets makes of one.
    const REMARKS: u32 = Self::OTHER * 0b1111_1111;
    /// What there is at the end of the year, from whatever year it is.
    const STOCK: u32 = Self::OTHER << 12;

    pub(crate) fn of(words: &str) -> Self {
        const WORDS: [(&str, u32); 45] = [
            ("上年", Times::LAST_YEAR),
            ("上一年", Times::LAST_YEAR),
            ("去年", Times::LAST_YEAR),
            ("上期", Times::LAST_YEAR),
            ("本年", Times::THIS_YEAR),
            ("本期", Times::THIS_YEAR),
            ("当年", Times::THIS_YEAR),
            ("今年", Times::THIS_YEAR),
            ("下年", Times::NEXT_YEAR),
            ("下一年", Times::NEXT_YEAR),
            ("明年", Times::NEXT_YEAR),
            ("历年", Times::ALL_YEARS),
            ("累计", Times::SUM),
            ("本月", Times::PART),
            ("上月", Times::PART),
            ("上半年", Times::PART),
            ("下半年", Times::PART),
            ("季度", Times::PART),
            ("计划制", Times::PLAN),
            ("计划数", Times::PLAN),
            ("年计划", Times::PLAN),
            ("预计", Times::PLAN),
            ("目标", Times::PLAN),
            ("小计", Times::OTHER),
            ("备注", Times::OTHER << 1),
            ("说明", Times::OTHER << 2),
            ("序号", Times::OTHER << 3),
            ("行次", Times::OTHER << 4),
            ("占比", Times::OTHER << 5),
            ("同比", Times::OTHER << 6),
            ("增长率", Times::OTHER << 7),
            ("各部门", Times::OTHER << 8),
            ("各单位", Times::OTHER << 8),
            ("各乡", Times::OTHER << 8),
            ("各镇", Times::OTHER << 8),
            ("各街道", Times::OTHER << 8),
            ("全省", Times::OTHER << 9),
            ("全市", Times::OTHER << 9),
            ("全州", Times::OTHER << 9),
            ("全县", Times::OTHER << 9),
            ("全区", Times::OTHER << 9),
            ("信访", Times::OTHER << 10),
            ("减免", Times::OTHER << 11),
            ("现行有效", Times::STOCK),
            ("当前有效", Times::STOCK),
        ];
        const NEEDED: [&str; WORDS.len()] = {
            let mut words = [""; WORDS.len()];
            let mut place = 0;
            while place < WORDS.len() {
                words[place] = WORDS[place].0;
                place += 1;
            }
            words
        };
        static NEEDLES: LazyLock<Needles> = LazyLock::new(|| Needles::new(&NEEDED));
        let bit = |(_, place): (usize, usize)| WORDS.get(place).map_or(0, |(_, bit)| *bit);
        Self(NEEDLES.matches(words).map(bit).fold(0, |times, bit| times | bit))
    }

    /// These and `others`.
    pub(crate) fn with(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// Whether words with these, in the report of `year`, may speak of the year `named`: 上年 of the one before.
    fn are_of(self, named: u16, year: u16) -> bool {
        let has = |meaning: u32| self.0 & meaning != 0;
        named == year
            || (has(Self::LAST_YEAR | Self::STOCK) && named + 1 == year)
            || (has(Self::NEXT_YEAR) && named == year + 1)
    }

    /// Whether words with these speak of another time than the form's own words, which have `own`.
    pub(crate) fn are_others_than(self, own: Self) -> bool {
        let (found, expected) = (self.0 & Self::YEARS, own.0 & Self::YEARS);
        let mut only_here = self.0 & !own.0 & !Self::STOCK;
        if own.0 & Self::STOCK != 0 {
            only_here &= !(Self::YEARS | Self::SUM);
        }
        let all_years = if own.0 & Self::SUM == 0 { Self::ALL_YEARS } else { 0 };
        (found != 0 && expected != 0 && found != expected)
            || only_here & (Self::LAST_YEAR | all_years | !Self::YEARS) != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_and_calendar_years_tell_of_another_time() {
        let year = || Some(2021);
        let other = |written: &str, own: &str| is_written_for_others(written, Times::of(own), &year);
        for (written, own) in [
            ("2020年制发件数", "本年制发件数"),
            ("制发件数（2020）", "本年制发件数"),
            ("本年新收（含上年结转）", "本年新收"),
            ("一、本年新收政府信息公开申请数量（二〇二〇年）", "本年新收"),
            ("申请人情况（2020年-2021年）", "申请人情况"),
        ] {
            assert!(other(written, own), "{written}");
        }
        for (written, own) in [
            ("2021年制发件数", "本年制发件数"),
            ("2020年结转", "上年结转"),
            ("结转2022年度继续办理", "结转下年度继续办理"),
            ("本年新收（不含上年结转）", "本年新收"),
            ("规章（说明见下）", "规章"),
            ("现行有效件数（历年累计）", "现行有效件数"),
            ("本年收费金额（单位：万元）", "本年收费金额"),
        ] {
            assert!(!other(written, own), "{written}");
        }
        assert!(!is_written_for_others("2020年制发件数", Times::default(), &|| None));
    }

    #[test]
    fn words_of_another_time_are_told_from_the_forms_own() {
        for (words, own) in [
            ("上年处理决定数量", "本年处理决定数量"),
            ("上一年制发", "制发"),
            ("本年新收", "上年结转"),
            ("结转下年", "本年新收"),
            ("历年累计", "历年"),
            ("增长率", "增长"),
            ("历年新收申请", "本年新收申请"),
            ("历年制发", "制发"),
            ("本月新收申请", "本年新收申请"),
            ("本年计划制发", "本年制发"),
            ("全市制发件数", "制发件数"),
            ("减免收费金额", "收费金额"),
            ("信访举报投诉申请", "举报投诉申请"),
        ] {
            assert!(says_another_time(words, own), "{words}");
        }
        for (words, own) in [
            ("本年制发", "制发"),
            ("结转下年", "结转"),
            ("去年结转", "上年结转"),
            ("历年累计", "累计"),
            ("制发数量", "本年制发数量"),
            ("信访举报投诉", "信访举报投诉类申请"),
            ("举报投诉", "信访举报投诉类申请"),
        ] {
            assert!(!says_another_time(words, own), "{words}");
        }
    }
}
