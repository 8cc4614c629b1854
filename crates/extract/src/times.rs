//! What the words of labels and headers say of the time that they speak of.

use crate::needles::Needles;
use std::sync::LazyLock;

/// Whether words that are no header of the form speak of another year than the form's own words, or of no year's work
/// at all: 上年 over a column of this year, a sum of some columns, a remark.
pub(crate) fn says_another_time(words: &str, own: &str) -> bool {
    Times::of(words).are_others_than(Times::of(own))
}

/// Which words for times stand among others, a bit for each meaning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Times(u16);

impl Times {
    const LAST_YEAR: u16 = 1;
    const THIS_YEAR: u16 = 1 << 1;
    const NEXT_YEAR: u16 = 1 << 2;
    const YEARS: u16 = Self::LAST_YEAR | Self::THIS_YEAR | Self::NEXT_YEAR;

    pub(crate) fn of(words: &str) -> Self {
        const WORDS: [&str; 20] = [
            "上年",
            "上一年",
            "去年",
            "上期",
            "本年",
            "本期",
            "当年",
            "今年",
            "下年",
            "下一年",
            "明年",
            "累计",
            "小计",
            "备注",
            "说明",
            "序号",
            "行次",
            "占比",
            "同比",
            "增长率",
        ];
        static NEEDLES: LazyLock<Needles> = LazyLock::new(|| Needles::new(&WORDS));
        let bit = |(_, place)| match place {
            0..4 => Self::LAST_YEAR,
            4..8 => Self::THIS_YEAR,
            8..11 => Self::NEXT_YEAR,
            // Of no year, each a meaning of its own.
            other => Self::NEXT_YEAR << (other - 10),
        };
        Self(NEEDLES.matches(words).map(bit).fold(0, |times, bit| times | bit))
    }

    /// Whether words with these speak of another time than the form's own words, which have `own`.
    pub(crate) fn are_others_than(self, own: Self) -> bool {
        let (found, expected) = (self.0 & Self::YEARS, own.0 & Self::YEARS);
        let only_here = self.0 & !own.0;
        (found != 0 && expected != 0 && found != expected)
            || only_here & (Self::LAST_YEAR | !Self::YEARS) != 0
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
        ] {
            assert!(says_another_time(words, own), "{words}");
        }
        for (words, own) in [
            ("本年制发", "制发"),
            ("结转下年", "结转"),
            ("去年结转", "上年结转"),
            ("历年累计", "累计"),
            ("制发数量", "本年制发数量"),
        ] {
            assert!(!says_another_time(words, own), "{words}");
        }
    }
}
