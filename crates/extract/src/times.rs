//! What the words of labels and headers say of the time that they speak of, and of whose work or what else they do.

use crate::needles::Needles;
use std::sync::LazyLock;

/// Whether words that are no header of the form speak of another year than the form's own words, or of no year's work
/// at all: 上年 over a column of this year, a sum of some columns, a remark.
pub(crate) fn says_another_time(words: &str, own: &str) -> bool {
    Times::of(words).are_others_than(Times::of(own))
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

    pub(crate) fn of(words: &str) -> Self {
        const WORDS: [(&str, u32); 43] = [
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

    /// Whether words with these speak of another time than the form's own words, which have `own`.
    pub(crate) fn are_others_than(self, own: Self) -> bool {
        let (found, expected) = (self.0 & Self::YEARS, own.0 & Self::YEARS);
        let only_here = self.0 & !own.0;
        let all_years = if own.0 & Self::SUM == 0 { Self::ALL_YEARS } else { 0 };
        (found != 0 && expected != 0 && found != expected)
            || only_here & (Self::LAST_YEAR | all_years | !Self::YEARS) != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
