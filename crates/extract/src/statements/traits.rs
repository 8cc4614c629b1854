//! What a single character can be in a sentence that counts, looked up in one table.

use crate::fold::{is_space, narrow};
use std::sync::LazyLock;

/// White space.
pub(crate) const SPACE: u16 = 1;
/// A digit or a Chinese numeral.
pub(crate) const NUMBER: u16 = 1 << 1;
/// A digit.
pub(crate) const DIGIT: u16 = 1 << 2;
/// May follow digits that count: the beginning of a unit, a multiplier, 余, a mark of a range.
pub(crate) const BEHIND_DIGIT: u16 = 1 << 9;
/// May follow a Chinese numeral that counts.
pub(crate) const BEHIND_NUMERAL: u16 = 1 << 10;
/// 一, which mostly says *a*.
pub(crate) const ONE: u16 = 1 << 11;
/// May follow 一 where it counts.
pub(crate) const BEHIND_ONE: u16 = 1 << 12;
/// A unit that may stand without its number.
pub(crate) const COUNTS: u16 = 1 << 3;
/// 未, 没 and 不 begin a denial, 日 a time limit, with certain characters behind them.
pub(crate) const OPENS: u16 = 1 << 4;
/// The characters behind them.
pub(crate) const OPENED: u16 = 1 << 5;
/// 无 and 零.
pub(crate) const SAYS_NONE: u16 = 1 << 6;
/// 第, before a number that counts nothing.
pub(crate) const ORDINAL: u16 = 1 << 13;
/// A full-width form, which is read as its narrow one.
pub(crate) const WIDE: u16 = 1 << 14;
/// Ends a sentence.
pub(crate) const ENDS: u16 = 1 << 7;
/// A letter of a word: Chinese characters, Latin letters, digits.
pub(crate) const LETTER: u16 = 1 << 8;

/// The traits of every character of the Basic Multilingual Plane.
#[derive(Debug)]
pub(crate) struct Traits {
    table: Box<[u16; 0x1_0000]>,
}

/// The one table.
pub(crate) static TRAITS: LazyLock<Traits> = LazyLock::new(|| {
    let mut table = Box::new([0; 0x1_0000]);
    for (code, place) in (0..).zip(table.iter_mut()) {
        *place = char::from_u32(code).map_or(0, traits);
    }
    for unit in &gongkai_forms::narrative().units {
        if let Some(traits) = unit.text.chars().next().and_then(|first| table.get_mut(first as usize)) {
            // 3日 is mostly a date; 3日内 shows behind 日.
            let after_digit = if unit.text.starts_with('日') { 0 } else { BEHIND_DIGIT };
            *traits |= after_digit | if unit.after_numerals { BEHIND_NUMERAL } else { 0 };
        }
    }
    Traits { table }
});

impl Traits {
    /// The traits of `character`.
    #[inline]
    pub(crate) fn of(&self, character: char) -> u16 {
        self.table.get(character as usize).copied().unwrap_or(LETTER)
    }
}

fn traits(written: char) -> u16 {
    let character = narrow(written).unwrap_or(written);
    let mut traits = 0;
    let mut add = |holds: bool, bit: u16| traits |= if holds { bit } else { 0 };
    // The narrow mark stands where a converter knew no better: 共?12条?，. Who asks writes the wide one.
    let is_lost = written == '?';
    add(is_space(written) || is_lost, SPACE);
    add(character != written, WIDE);
    let multiplies = "余多来十百千万亿".contains(character);
    let joins = "至到-—–~～%。,;".contains(character);
    add(character.is_ascii_digit(), DIGIT);
    add(character.is_ascii_digit() || "一二两三四五六七八九十百千万亿零".contains(character), NUMBER);
    add(multiplies || joins, BEHIND_DIGIT);
    add("余多至到分".contains(character), BEHIND_NUMERAL);
    add(character == '一', ONE);
    add("名位次期场件份起宗例".contains(character), BEHIND_ONE);
    add("条件次篇期场份项人".contains(character), COUNTS);
    add("未没不日".contains(character), OPENS);
    add(character == '第', ORDINAL);
    add("收接受产发出有因被获涉向对曾存内以之".contains(character), OPENED);
    add("无零".contains(character), SAYS_NONE);
    add("。!?".contains(character) && !is_lost, ENDS);
    add(character.is_alphanumeric(), LETTER);
    traits
}
