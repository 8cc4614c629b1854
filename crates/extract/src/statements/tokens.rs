//! A sentence as tokens: words of the vocabulary, quantities, years, punctuation, and what is unknown.

mod months;

use super::lexicon::{LEXICON, Lexicon, Word};
use super::numbers::{Number, is_numeral, number};
use super::text::Letters;
use super::traits::{LETTER, NUMBER, TRAITS, Traits};
use gongkai_forms::{Classes, UnitGroups};
use gongkai_model::chinese_digit;
use rust_decimal::Decimal;
use std::ops::Range;

/// A piece of a sentence.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    /// Its letters in [`Letters`].
    pub(crate) at: Range<usize>,
    pub(crate) kind: Kind,
    /// The classes of a word, or of a number that is a word (12345).
    pub(crate) classes: Classes,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    /// A word of the vocabulary.
    Word,
    /// Letters that are in no word of it.
    Unknown,
    /// Something without meaning for counting: a date, a set phrase, a name in quotation marks.
    Neutral,
    /// A calendar year.
    Year(u16),
    /// A quantity, with its place among the sentence's quantities.
    Quantity(Box<Quantity>),
    /// A mark that ends a clause: ， ； ： or a bracket.
    Mark(char),
}

/// A number with its unit.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Quantity {
    /// `None` where the number is missing.
    pub(crate) value: Option<Decimal>,
    pub(crate) value_max: Option<Decimal>,
    pub(crate) approximate: bool,
    /// The unit as written, without white space.
    pub(crate) unit: String,
    pub(crate) groups: UnitGroups,
}

/// A name in quotation marks is no longer; what is longer is a sentence in them. In letters.
const QUOTED_MAX: usize = 12;
/// A title in title marks is no longer.
const TITLE_MAX: usize = 120;
/// A bracket behind a unit that holds its alternative (篇（条）) is no longer.
const UNIT_NOTE_MAX: usize = 4;

/// Appends the tokens of the letters `range` to `tokens`.
pub(crate) fn tokenize(letters: &Letters<'_>, range: Range<usize>, tokens: &mut Vec<Token>) {
    let mut scanner = Scanner {
        letters,
        lexicon: &LEXICON,
        traits: &TRAITS,
        end: range.end,
        quoted_until: 0,
        titled_until: 0,
    };
    let mut at = range.start;
    while at < range.end {
        let token = scanner.token(at);
        at = token.at.end.max(at + 1);
        match (&token.kind, tokens.last_mut()) {
            (Kind::Unknown, Some(Token { at: last, kind: Kind::Unknown, .. }))
                if last.end == token.at.start =>
            {
                last.end = token.at.end;
            }
            _ => tokens.push(token),
        }
    }
}

struct Scanner<'a> {
    letters: &'a Letters<'a>,
    lexicon: &'static Lexicon,
    traits: &'static Traits,
    end: usize,
    /// Inside quotation or title marks up to here: nothing counts there, and nothing is unknown.
    quoted_until: usize,
    /// Inside title marks up to here: what a document is called does nothing.
    titled_until: usize,
}

impl Scanner<'_> {
    fn text(&self, at: usize) -> &[char] {
        self.letters.chars.get(at..self.end).unwrap_or_default()
    }

    fn letter(&self, at: usize) -> char {
        self.text(at).first().copied().unwrap_or(' ')
    }

    fn before(&self, at: usize) -> char {
        at.checked_sub(1).and_then(|index| self.letters.chars.get(index)).copied().unwrap_or(' ')
    }

    fn token(&mut self, at: usize) -> Token {
        let letter = self.letter(at);
        let plain = |len: usize, kind| Token { at: at..at + len, kind, classes: 0 };
        let quoted = at < self.quoted_until;
        if let Some(len) = self.quoted_len(at, letter) {
            self.quoted_until = self.quoted_until.max(at + len);
            if matches!(letter, '《' | '〈') {
                self.titled_until = self.titled_until.max(at + len);
            }
            return plain(1, Kind::Neutral);
        }
        if is_mark(letter) {
            return plain(1, if quoted { Kind::Neutral } else { Kind::Mark(letter) });
        }
        if self.letters.gap_before(at)
            && let Some(token) = self.missing(at, quoted)
        {
            return token;
        }
        let word = self.word(at, quoted);
        if self.traits.of(letter) & NUMBER != 0
            && let Some(token) = self.numeric(at, quoted, word.map_or(0, |(len, _)| len))
        {
            return token;
        }
        if let Some((len, word)) = word {
            let kind = if word.is_set_phrase || quoted { Kind::Neutral } else { Kind::Word };
            // “某某融媒体中心” is a name, not a medium; “某某政府网站” is both.
            let mut unmeant = if quoted { self.lexicon.named.unquoted } else { 0 };
            if at < self.titled_until {
                unmeant |= self.lexicon.named.verbs;
            }
            return Token { at: at..at + len, kind, classes: word.classes & !unmeant };
        }
        let is_letter = self.traits.of(letter) & LETTER != 0;
        let unknown = if quoted || !is_letter { Kind::Neutral } else { Kind::Unknown };
        plain(1, unknown)
    }

    /// The longest word at `at`. A unit without its number (受理申请 件) is no part of it.
    fn word(&self, at: usize, quoted: bool) -> Option<(usize, Word)> {
        let (len, word) = self.lexicon.words.longest(self.text(at))?;
        if 1 < len && self.letters.gap_before(at + len - 1) && self.missing(at + len - 1, quoted).is_some() {
            let (len, word) = self.lexicon.words.longest(self.text(at).get(..len - 1)?)?;
            return Some((len, *word));
        }
        Some((len, *word))
    }

    /// The length of what the mark at `at` opens, if it opens a name or a title.
    fn quoted_len(&self, at: usize, letter: char) -> Option<usize> {
        let (close, max) = match letter {
            '“' | '「' | '『' => (['”', '」', '』'], QUOTED_MAX),
            '‘' => (['’', '’', '’'], QUOTED_MAX),
            '"' if self.quoted_until <= at => (['"', '"', '"'], QUOTED_MAX),
            '《' | '〈' => (['》', '〉', '》'], TITLE_MAX),
            '〔' | '【' | '[' => (['〕', '】', ']'], QUOTED_MAX),
            '<' => (['>', '>', '>'], TITLE_MAX),
            _ => return None,
        };
        self.text(at + 1).iter().take(max).position(|c| close.contains(c)).map(|len| len + 2)
    }

    /// The token that begins with the digit or numeral at `at`. A word of `word_len` letters begins there, too.
    fn numeric(&self, at: usize, quoted: bool, word_len: usize) -> Option<Token> {
        if let Some(token) = self.hundredths(at).filter(|_| !quoted) {
            return Some(token);
        }
        let number = self.number(at);
        if !quoted
            && let Some(number) = number
            && !self.is_identifier(at, &number)
            && let Some(token) = self.quantity(at, &number).or_else(|| self.bare_count(at, &number))
            && word_len < token.at.end - at
        {
            return Some(token);
        }
        if 0 < word_len {
            return None;
        }
        let neutral = |len: usize, kind| Some(Token { at: at..at + len, kind, classes: 0 });
        let digits = self.text(at).iter().take_while(|c| c.is_ascii_digit()).count();
        if digits == 4
            && self.letter(at + 4) == '年'
            && let Some(year) = number.and_then(|number| u16::try_from(number.value.mantissa()).ok())
            && (1990..2100).contains(&year)
        {
            let len = if self.letter(at + 5) == '度' { 6 } else { 5 };
            if quoted {
                return neutral(len, Kind::Neutral);
            }
            // 2021年底前, 2021年以前, 2021年初
            let (is_part, words) = match self.text(at + len) {
                ['前', ..] | ['底' | '末', '前', ..] => (true, 0),
                ['以' | '之', '前', ..] => (true, 2),
                ['初', next, ..] => (*next != '步', 0),
                _ => (false, 0),
            };
            let classes = if is_part { self.lexicon.named.part_of_year } else { 0 };
            return Some(Token { at: at..at + len + words, kind: Kind::Year(year), classes });
        }
        if digits == 2
            && let Some((len, year)) = self.short_year(at).filter(|_| !quoted)
        {
            return neutral(len, Kind::Year(year));
        }
        match number {
            Some(number) if let Some((len, is_part)) = self.month(at, &number) => {
                let classes = if quoted || !is_part { 0 } else { self.lexicon.named.part_of_year };
                Some(Token { at: at..at + len, kind: Kind::Neutral, classes })
            }
            Some(number) => {
                let behind = usize::from(is_calendar_unit(self.letter(at + number.len)));
                neutral(number.len + behind, Kind::Neutral)
            }
            None if 0 < digits => neutral(digits, Kind::Neutral),
            // 零 or a row of numerals: 二〇二一年.
            None => {
                let len = self.text(at).iter().take_while(|&&c| is_numeral(c)).count().max(1);
                match self.year_in_numerals(at, len).filter(|_| !quoted) {
                    Some(year) => {
                        neutral(len + 1 + usize::from(self.letter(at + len + 1) == '度'), Kind::Year(year))
                    }
                    None => neutral(len, Kind::Neutral),
                }
            }
        }
    }

    /// The number at `at`; 近百 and 上千, too.
    fn number(&self, at: usize) -> Option<Number> {
        if matches!(self.before(at), '近' | '上' | '超' | '逾')
            && let Some(value) = match self.letter(at) {
                '百' => Some(Decimal::ONE_HUNDRED),
                '千' => Some(Decimal::ONE_THOUSAND),
                '万' => Some(Decimal::from(10_000)),
                _ => None,
            }
            && self.unit(at + 1, true).is_some()
        {
            return Some(Number { len: 1, value, approximate: true, in_numerals: true });
        }
        number(self.text(at))
    }

    /// The year that the row of `len` numerals at `at` names: 二〇二一年.
    fn year_in_numerals(&self, at: usize, len: usize) -> Option<u16> {
        if len != 4 || self.letter(at + len) != '年' {
            return None;
        }
        let digits = self.text(at).iter().take(len);
        let year = digits
            .map(|&letter| chinese_digit(letter))
            .try_fold(0, |year: u16, digit| Some(year * 10 + u16::from(digit?)))?;
        (1990..2100).contains(&year).then_some(year)
    }

    /// 百分之九十五.
    fn hundredths(&self, at: usize) -> Option<Token> {
        let rest = self.text(at).strip_prefix(&['百', '分', '之'])?;
        let (len, value) = match rest {
            ['百', ..] => (1, Decimal::ONE_HUNDRED),
            _ => number(rest).map(|number| (number.len, number.value))?,
        };
        let quantity = Quantity {
            value: Some(value),
            value_max: None,
            approximate: self.is_approximate_before(at),
            unit: "%".to_owned(),
            groups: 0,
        };
        Some(Token { at: at..at + 3 + len, kind: Kind::Quantity(Box::new(quantity)), classes: 0 })
    }

    /// Whether the number is part of a name, an ordinal, a date, a document number or a formula.
    fn is_identifier(&self, at: usize, number: &Number) -> bool {
        let before = self.before(at);
        let after = self.letter(at + number.len);
        let before_is_digit = at
            .checked_sub(2)
            .is_some_and(|index| self.letters.chars.get(index).is_some_and(char::is_ascii_digit));
        matches!(before, '第' | '前' | '×' | '*' | '+' | '/' | '№' | '#' | '=' | '几' | '.')
            || (before == '数' && number.in_numerals)
            // 市人大四次会议
            || (matches!(before, '届' | '大' | '协')
                && matches!(self.text(at + number.len), ['次', '会' | '全', ..]))
            || before.is_ascii_alphabetic()
            || after.is_ascii_alphabetic()
            || matches!(after, '+' | '×' | '*' | '/' | '=')
            || (matches!(before, '-' | '—' | '–' | '~' | '～') && before_is_digit)
            // 1万2: what goes on a number that cannot be read.
            || (matches!(before, '百' | '千' | '万' | '亿') && before_is_digit)
            // 1、234: one number with a wrong mark, or a list number and another.
            || (before == '、' && before_is_digit && number.len == 3 && !number.in_numerals)
            // -5: no number of things; a dash that leads to a number is another mark.
            || (matches!(before, '-' | '－') && self.text(at + number.len).first().is_some_and(|&unit| is_han(unit)))
            // 3、40: thirty to forty.
            || (before == '、' && before_is_digit && !number.in_numerals && self.is_next_ten(at, number))
            // 1?2: a digit, or anything else, was lost.
            || (matches!(before, '.' | '?') && before_is_digit)
            || (number.in_numerals && is_numeral(before))
    }

    /// Whether the number at `at` is the ten behind the one that the digit in front of a mark leaves open: 40 of 3、40.
    fn is_next_ten(&self, at: usize, number: &Number) -> bool {
        let digit =
            at.checked_sub(2).map(|index| self.before(index + 1)).and_then(|digit| digit.to_digit(10));
        digit.is_some_and(|digit| number.value == Decimal::from((digit + 1) * 10))
    }

    /// The number at `at` with its unit, or the range that begins there.
    fn quantity(&self, at: usize, first: &Number) -> Option<Token> {
        let mut approximate = first.approximate;
        let mut end = at + first.len;
        let mut in_numerals = first.in_numerals;
        let value = first.value;
        let mut value_max = None;
        // 1至2名, 3—5个, 15%-20%: the first number may carry the unit, too.
        let first_unit = self.unit(end, in_numerals).map_or(0, |(len, _)| len);
        if let Some(join) = self.range_mark(end + first_unit)
            && let Some(second) = number(self.text(end + first_unit + join))
            && self.unit(end + first_unit + join + second.len, second.in_numerals).is_some()
            && value < second.value
        {
            end += first_unit + join + second.len;
            approximate |= second.approximate;
            in_numerals |= second.in_numerals;
            value_max = Some(second.value);
        }
        let (unit_len, mut groups) = self.unit(end, in_numerals)?;
        let mut unit = end..end + unit_len;
        if in_numerals && !self.counts(at, first, unit.clone()) {
            return None;
        }
        if let Some((len, noted)) = self.unit_note(unit.end) {
            unit.end += len;
            groups |= noted;
        }
        end = unit.end;
        if matches!(self.text(end), ['左' | '上', '右' | '下', ..])
            && !matches!(self.text(end), ['上', '右', ..] | ['左', '下', ..])
        {
            approximate = true;
            end += 2;
        }
        approximate |= matches!(self.text(end), ['以', '上' | '下' | '内', ..]);
        approximate |= self.is_approximate_before(at);
        let unit = self.letters.written(&unit);
        let quantity = Quantity { value: Some(value), value_max, approximate, unit, groups };
        Some(Token { at: at..end, kind: Kind::Quantity(Box::new(quantity)), classes: 0 })
    }

    /// Whether words such as 近 or 约 stand before the number.
    fn is_approximate_before(&self, at: usize) -> bool {
        let before = self.before(at);
        let before_that = at.checked_sub(1).map_or(' ', |at| self.before(at));
        match before {
            '近' => !matches!(before_that, '最' | '附' | '远'),
            '约' => !matches!(before_that, '预' | '节' | '签' | '公'),
            '逾' | '超' => before_that != '高',
            '过' => before_that == '超',
            '破' => before_that == '突',
            '概' => before_that == '大',
            '到' | '足' => before_that == '不',
            '为' | '达' => before_that == '约' || before_that == '近',
            _ => false,
        }
    }

    /// A number without unit that the words before it call a number: 申请数为0.
    fn bare_count(&self, at: usize, number: &Number) -> Option<Token> {
        let end = at + number.len;
        let is_last = end == self.end || is_mark(self.letter(end)) || matches!(self.letter(end), '、' | '。');
        let told = matches!(self.before(at), '为' | '是' | '达' | '共' | ':')
            && matches!(
                at.checked_sub(1).map_or(' ', |at| self.before(at)),
                '数' | '量' | '均' | '计' | '都' | '总' | '费' | '额'
            );
        if number.in_numerals || !is_last || !told || 8 < number.len {
            return None;
        }
        let groups = UnitGroups::MAX;
        let quantity = Quantity {
            value: Some(number.value),
            value_max: None,
            approximate: number.approximate,
            unit: String::new(),
            groups,
        };
        Some(Token { at: at..end, kind: Kind::Quantity(Box::new(quantity)), classes: 0 })
    }

    /// The unit at `at`: its length and its groups.
    fn unit(&self, at: usize, in_numerals: bool) -> Option<(usize, UnitGroups)> {
        let (len, unit) = self.lexicon.units.longest(self.text(at))?;
        let next = self.letter(at + len);
        let is_unit = (unit.after_numerals || !in_numerals) && !unit.not_before.contains(next);
        is_unit.then_some((len, unit.groups))
    }

    /// A bracket behind a unit that names another: 篇（条）, 县（市、区）.
    fn unit_note(&self, at: usize) -> Option<(usize, UnitGroups)> {
        if self.letter(at) != '(' {
            return None;
        }
        let inside = self.text(at + 1);
        let len = inside.iter().take(UNIT_NOTE_MAX + 1).position(|&c| c == ')').filter(|&len| 0 < len)?;
        let mut groups = 0;
        for part in inside.get(..len)?.split(|&c| c == '、' || c == '/' || c == '，') {
            let (part_len, unit) = self.lexicon.units.longest(part)?;
            if part_len != part.len() {
                return None;
            }
            groups |= unit.groups;
        }
        Some((len + 2, groups))
    }

    /// The length of a mark that joins the ends of a range.
    fn range_mark(&self, at: usize) -> Option<usize> {
        match self.text(at) {
            ['—' | '-' | '–' | '－' | '―', '—' | '-' | '–' | '－' | '―', ..] => Some(2),
            ['—' | '-' | '–' | '－' | '―' | '~' | '～' | '至' | '到', ..] => Some(1),
            _ => None,
        }
    }

    /// Whether a number in Chinese numerals counts something here. 一 mostly says *a* and counts little.
    fn counts(&self, at: usize, number: &Number, unit: Range<usize>) -> bool {
        let unit_text = self.letters.text_of(&unit);
        if number.len == 1 && number.value == Decimal::ONE {
            let done = matches!(
                self.before(at),
                '了' | '过' | '开' | '办' | '行' | '织' | '展' | '到' | '发' | '共' | '有' | '生' | '何'
            ) && matches!(
                unit_text.as_str(),
                "次" | "期" | "场" | "件" | "份" | "场次" | "批次" | "起" | "宗" | "例"
            );
            let someone = matches!(unit_text.as_str(), "名" | "位") && self.before(at) != '每';
            // 收到申请一件，
            let behind = self.letter(unit.end);
            let closes = matches!(self.before(at), '请' | '议' | '诉' | '案')
                && matches!(unit_text.as_str(), "件" | "宗" | "起" | "例")
                && (is_mark(behind) || matches!(behind, '。' | ' '));
            return done || someone || closes;
        }
        // 二次 is an ordinal, 三个月一次 a habit, 两个不变 a slogan.
        let is_slogan = unit_text == "个"
            && matches!(
                self.letter(unit.end),
                '不' | '维' | '确' | '转' | '结' | '到' | '统' | '必' | '服' | '一'
            );
        let is_file = matches!(unit_text.as_str(), "件" | "份" | "宗" | "起" | "例");
        !is_slogan && (self.letter(at) != '二' || 1 < number.len || is_file)
    }

    /// A unit at `at`, behind white space, whose number is missing: 公开政府信息 条，
    fn missing(&self, at: usize, quoted: bool) -> Option<Token> {
        if quoted
            || !is_han(self.before(at))
            || matches!(self.before(at), '数' | '量')
            // 有 效 期: letters that are set apart, and no gap in a sentence.
            || at.checked_sub(1).is_some_and(|before| self.letters.gap_before(before))
        {
            return None;
        }
        let (len, groups) = self.unit(at, true)?;
        let unit = at..at + len;
        let closes = unit.end == self.end
            || is_mark(self.letter(unit.end))
            || matches!(self.letter(unit.end), '、' | '。');
        if !closes {
            return None;
        }
        let unit = self.letters.written(&unit);
        let quantity = Quantity { value: None, value_max: None, approximate: false, unit, groups };
        Some(Token { at: at..at + len, kind: Kind::Quantity(Box::new(quantity)), classes: 0 })
    }
}

/// Marks that end a clause. Letters are folded: full-width marks are their ASCII forms here.
pub(crate) fn is_mark(letter: char) -> bool {
    matches!(letter, ',' | ';' | ':' | '(' | ')' | '!' | '?' | '，' | '；' | '：' | '（' | '）' | '。')
}

fn is_calendar_unit(letter: char) -> bool {
    matches!(
        letter,
        '年' | '月' | '日' | '时' | '点' | '号' | '楼' | '室' | '层' | '栋' | '届' | '岁' | '级' | '座'
    )
}

fn is_han(letter: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&letter)
}
