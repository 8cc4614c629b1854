//! What one cell's characters say, by themselves.

use crate::charset::CharSet;
use crate::fold::{is_invisible, is_space, narrow};
use crate::statements::numbers::{is_numeral, number};
use gongkai_model::{State, Unit, Value};
use rust_decimal::Decimal;
use std::sync::LazyLock;

/// What a cell's characters are, before it is known which cell of the form they belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// Nothing but white space.
    Blank,
    /// A mark for "not applicable".
    Mark,
    /// One number, with the unit written behind it.
    Number(Number),
    /// Several numbers with nothing but white space between them: cells that ran together. And what converters write for a line's
    /// end, where nobody knows what the cell has besides.
    Numbers,
    /// Words.
    Words,
}

impl Content {
    /// Whether a form's row label may be made of this.
    pub(crate) fn is_words(&self) -> bool {
        matches!(self, Self::Words)
    }

    /// Whether there is nothing to see.
    pub(crate) fn is_blank(&self) -> bool {
        matches!(self, Self::Blank)
    }

    /// Whether something other than words is written here.
    pub(crate) fn is_written_value(&self) -> bool {
        matches!(self, Self::Mark | Self::Number(_) | Self::Numbers)
    }
}

/// A number as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Number {
    /// Its value, sign included, before any unit is applied.
    pub(crate) amount: Decimal,
    /// Whether it was written with a sign or a word for one.
    pub(crate) signed: bool,
    /// The unit behind it: empty, 元, 万元, 件 …
    pub(crate) unit: &'static str,
}

/// Units that may stand behind a number in a cell; longer ones first.
const UNITS: [&str; 28] = [
    "亿元",
    "千万元",
    "百万元",
    "十万元",
    "亿",
    "万元",
    "万人次",
    "万件",
    "万条",
    "万次",
    "万",
    "千元",
    "人次",
    "场次",
    "元",
    "件",
    "条",
    "项",
    "个",
    "次",
    "部",
    "篇",
    "宗",
    "起",
    "份",
    "人",
    "家",
    "期",
];

/// Marks for "not applicable", without white space.
const MARKS: [&str; 18] = [
    "/",
    "／",
    "\\",
    "-",
    "--",
    "---",
    "－",
    "－－",
    "—",
    "——",
    "–",
    "―",
    "──",
    "─",
    "无",
    "∕",
    "不适用",
    "﹣",
];

/// How converters to Markdown, Org and AsciiDoc write the end of a line inside of a cell. A backslash alone is mostly a mark.
const LINE_ENDS: [&str; 2] = ["\\\\", "+"];

/// The longest of them, in bytes.
const MARK_BYTES_MAX: usize = 9;

/// Longer texts are no cell values; they need not be looked at closely.
const VALUE_BYTES_MAX: usize = 96;

/// So many digits are in the range of 64 bits.
const PLAIN_DIGITS_MAX: usize = 18;

/// The unit of an amount with a sign of currency and no unit of its own: yuan, or those of the header.
const CURRENCY: &str = "￥";

/// Stands for a unit of money in a header that is not known here, or for two at once.
pub(crate) const UNKNOWN_UNIT: &str = "?";

/// The unit that the folded rest of a header says (`单位万元`, `万元`); none where it says nothing of money.
pub(crate) fn header_unit(rest: &str) -> Option<&'static str> {
    const MONEY: [&str; 8] = ["亿元", "千万元", "百万元", "十万元", "万元", "千元", "百元", "元"];
    let rest = rest.trim_start_matches("单位").trim_start_matches("人民币").trim_start_matches('为');
    if rest.is_empty() {
        return None;
    }
    let known = MONEY.into_iter().find(|unit| rest == *unit || rest.strip_suffix("人民币") == Some(*unit));
    known.or_else(|| (rest.contains(['元', '万', '萬', '亿'])).then_some(UNKNOWN_UNIT))
}

/// Whether `text` is a unit and nothing else.
pub(crate) fn is_unit(text: &str) -> bool {
    text.chars().next().is_some_and(|first| UNIT_BEGINNINGS.contains(first)) && UNITS.contains(&text)
}

/// The characters that units begin with.
static UNIT_BEGINNINGS: LazyLock<CharSet> =
    LazyLock::new(|| UNITS.iter().filter_map(|unit| unit.chars().next()).collect());

/// The unit that `text` is, in whatever brackets: `件`, `（万元）`, `单位：条`.
pub(crate) fn unit_alone(text: &str) -> Option<&'static str> {
    let bare = text.trim_matches(|c| is_space(c) || "()（）[]【】".contains(c));
    let bare = bare.trim_start_matches("单位").trim_start_matches([':', '：']).trim_matches(is_space);
    UNITS.into_iter().find(|unit| *unit == bare)
}

/// Tells what `text` is.
pub(crate) fn read(text: &str) -> Content {
    read_trimmed(text.trim_matches(is_space))
}

/// The same for text without white space around it.
pub(crate) fn read_trimmed(trimmed: &str) -> Content {
    if trimmed.is_empty() {
        return Content::Blank;
    }
    if VALUE_BYTES_MAX < trimmed.len() {
        return if trimmed.chars().all(|c| c.is_ascii_digit() || is_space(c)) {
            Content::Numbers
        } else {
            Content::Words
        };
    }
    // Markdown has a backslash before a sign that would begin a list or a heading, and before a dot.
    if let Some(escaped) = trimmed.strip_prefix('\\').filter(|rest| rest.starts_with(['-', '+', '/', '.'])) {
        return read_trimmed(escaped);
    }
    // Most values are plain digits.
    if trimmed.len() <= PLAIN_DIGITS_MAX && trimmed.bytes().all(|byte| byte.is_ascii_digit()) {
        let is_padded = trimmed.starts_with('0') && 1 < trimmed.len();
        let amount = trimmed.bytes().fold(0, |amount, digit| amount * 10 + i64::from(digit - b'0'));
        let number = Number { amount: Decimal::from(amount), signed: false, unit: "" };
        return if is_padded { Content::Numbers } else { Content::Number(number) };
    }
    // The quick way out for words.
    if !trimmed.chars().next().is_some_and(|first| BEGINNINGS.contains(first)) {
        return Content::Words;
    }
    if LINE_ENDS.contains(&trimmed) {
        return Content::Numbers;
    }
    if trimmed.len() <= MARK_BYTES_MAX && MARKS.contains(&trimmed) {
        return Content::Mark;
    }
    if let Some(number) = read_numerals(trimmed) {
        return Content::Number(number);
    }
    // A value begins with a digit, a sign, a word for a sign or a currency mark.
    if !trimmed.chars().next().is_some_and(may_begin_value) {
        return Content::Words;
    }
    if !trimmed.chars().all(|character| OF_VALUES.contains(character)) {
        return Content::Words;
    }
    // What cannot be seen inside a number is no part of it, and parts nothing.
    if trimmed.contains(is_invisible) {
        return read(&trimmed.replace(is_invisible, ""));
    }
    if let Some(number) = read_number(trimmed) {
        // Nobody writes a count as 02: two cells have run together.
        let is_padded = trimmed.starts_with('0') && trimmed.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
        return if is_padded { Content::Numbers } else { Content::Number(number) };
    }
    if trimmed.split(is_space).filter(|part| !part.is_empty()).all(|part| read_number(part).is_some()) {
        return Content::Numbers;
    }
    Content::Words
}

/// What anything but words begins with.
static BEGINNINGS: LazyLock<CharSet> = LazyLock::new(|| {
    let of_marks = MARKS.iter().chain(&LINE_ENDS).filter_map(|mark| mark.chars().next());
    let of_values = ('\0'..='\u{ffff}').filter(|&first| is_numeral(first) || may_begin_value(first));
    of_marks.chain(of_values).collect()
});

/// The characters that numbers with their signs and units are made of, in any width.
static OF_VALUES: LazyLock<CharSet> = LazyLock::new(|| {
    let units = UNITS.iter().flat_map(|unit| unit.chars());
    let is_other = |character: &char| {
        is_space(*character)
            || narrow(*character).is_some()
            || character.is_ascii_punctuation()
            || character.is_ascii_digit()
            || "增加新减少上升下降−–—﹣￥¥，".contains(*character)
    };
    units.chain(('\0'..='\u{ffff}').filter(is_other)).collect()
});

fn may_begin_value(character: char) -> bool {
    match character {
        '0'..='9' | '+' | '-' | '.' | '−' | '–' | '—' | '￥' | '¥' | '﹣' => true,
        '增' | '减' | '上' | '升' | '下' | '降' => true,
        // Full-width forms, but for letters and brackets: most labels begin with one.
        '（' | '）' | '［' | '］' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ' => false,
        _ => narrow(character).is_some(),
    }
}

/// Reads one number: a sign or a word for one, digits with or without thousands separators, a unit.
fn read_number(text: &str) -> Option<Number> {
    let plain: String = text.chars().map(|c| narrow(c).unwrap_or(c)).collect();
    let mut rest = plain.trim_matches(is_space);
    let mut negative = false;
    let mut signed = false;
    for (word, minus) in [
        ("增加", false),
        ("新增", false),
        ("减少", true),
        ("上升", false),
        ("下降", true),
        ("增", false),
        ("减", true),
    ] {
        if let Some(after) = rest.strip_prefix(word) {
            (rest, negative, signed) = (after.trim_start_matches(is_space), minus, true);
            break;
        }
    }
    if !signed {
        for (sign, minus) in [
            ("--", true),
            ("——", true),
            ("-", true),
            ("−", true),
            ("—", true),
            ("–", true),
            ("﹣", true),
            ("+", false),
        ] {
            if let Some(after) = rest.strip_prefix(sign) {
                (rest, negative, signed) = (after.trim_start_matches(is_space), minus, true);
                break;
            }
        }
    }
    let bare = rest.trim_start_matches(['￥', '¥']);
    let mut unit = "";
    let sign_unit = if bare.len() < rest.len() { CURRENCY } else { "" };
    rest = bare.trim_start_matches(is_space);
    // 3（件）
    if let Some((before, inside)) = rest.strip_suffix(')').and_then(|rest| rest.rsplit_once('('))
        && let Some(known) = UNITS.into_iter().find(|unit| *unit == inside)
    {
        (rest, unit) = (before.trim_end_matches(is_space), known);
    }
    for candidate in UNITS.into_iter().filter(|_| unit.is_empty()) {
        if let Some(before) = rest.strip_suffix(candidate) {
            (rest, unit) = (before.trim_end_matches(is_space), candidate);
            break;
        }
    }
    let amount = read_digits(rest)?;
    let unit = if unit.is_empty() { sign_unit } else { unit };
    Some(Number { amount: if negative { -amount } else { amount }, signed, unit })
}

/// Reads a number in Chinese numerals: 四千五百, 十二件, 零. One numeral alone, but for zero, is a list number.
fn read_numerals(trimmed: &str) -> Option<Number> {
    const CHARS_MAX: usize = 12;
    if !trimmed.starts_with(is_numeral) {
        return None;
    }
    let unit =
        UNITS.into_iter().find(|unit| !unit.starts_with('万') && trimmed.ends_with(unit)).unwrap_or("");
    let rest = trimmed.strip_suffix(unit)?;
    let characters: Vec<char> = rest.chars().take(CHARS_MAX + 1).collect();
    let is_zero = matches!(characters[..], ['零' | '〇']);
    // 〇〇: circles that stand for something else.
    if !is_zero && matches!(characters[..], ['零' | '〇', ..]) {
        return None;
    }
    let number = number(&characters)?;
    let is_whole = number.len == characters.len() && characters.len() <= CHARS_MAX && !number.approximate;
    (is_whole && (is_zero || 1 < characters.len())).then_some(Number {
        amount: number.value,
        signed: false,
        unit,
    })
}

/// Digits, with a decimal point, with thousands separators only where they separate thousands.
fn read_digits(text: &str) -> Option<Decimal> {
    let (whole, fraction) =
        text.split_once('.').map_or((text, None), |(whole, fraction)| (whole, Some(fraction)));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let digits = if whole.contains([',', '，']) {
        let mut groups = whole.split([',', '，']);
        let first = groups.next()?;
        let grouped = all_digits(first)
            && first.len() <= 3
            && groups.all(|group| all_digits(group) && group.len() == 3);
        if !grouped {
            return None;
        }
        whole.replace([',', '，'], "")
    } else {
        whole.to_owned()
    };
    if !all_digits(&digits) || fraction.is_some_and(|fraction| !all_digits(fraction)) {
        return None;
    }
    match fraction {
        Some(fraction) => format!("{digits}.{fraction}").parse().ok(),
        None => digits.parse().ok(),
    }
}

/// What a cell of the form says, from its characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CellReading {
    /// What it says.
    pub(crate) state: State,
    /// Its number.
    pub(crate) value: Option<Value>,
    /// The unit that was written in the cell or, for a bare amount, in its header.
    pub(crate) source_unit: &'static str,
}

impl CellReading {
    fn of(state: State) -> Self {
        Self { state, value: None, source_unit: "" }
    }
}

/// Applies the form's unit: counts are whole numbers, amounts become yuan. `header_unit` is the unit that the
/// column's header prints in this document; it holds for bare numbers only.
pub(crate) fn in_unit(content: &Content, unit: Unit, header_unit: &'static str) -> CellReading {
    match content {
        Content::Blank => CellReading::of(State::Blank),
        Content::Mark => CellReading::of(State::NotApplicable),
        Content::Words => CellReading::of(State::Text),
        Content::Numbers => CellReading::of(State::Undetermined),
        Content::Number(number) => match unit {
            Unit::Count => count(number),
            Unit::Yuan => amount(number, header_unit),
        },
    }
}

fn count(number: &Number) -> CellReading {
    // Money in a cell that asks for a count, or a broken number: what is written is no value of this cell.
    // Nearly all counts are bare whole numbers.
    if number.unit.is_empty()
        && number.amount.scale() == 0
        && let Ok(count) = i64::try_from(number.amount.mantissa())
    {
        return CellReading { state: State::Number, value: Some(Value::Count(count)), source_unit: "" };
    }
    let is_money = number.unit.ends_with('元') || number.unit == CURRENCY;
    let factor = match number.unit.chars().next() {
        Some('亿') if !is_money => 100_000_000,
        Some('万') if !is_money => 10_000,
        _ => 1,
    };
    let amount = number.amount.checked_mul(Decimal::from(factor)).unwrap_or(Decimal::MAX);
    match i64::try_from(amount) {
        Ok(count) if !is_money && amount.fract().is_zero() => {
            CellReading { state: State::Number, value: Some(Value::Count(count)), source_unit: number.unit }
        }
        _ => CellReading::of(State::Text),
    }
}

fn amount(number: &Number, header_unit: &'static str) -> CellReading {
    /// The smallest coin is a hundredth of a yuan.
    const YUAN_DIGITS: u32 = 2;
    let unit = match (number.unit, header_unit) {
        ("", unit) => unit,
        // ￥12.5 below 万元 may be either.
        (CURRENCY, "" | "元") => "元",
        (CURRENCY, _) => UNKNOWN_UNIT,
        (own, _) => own,
    };
    // Then the unit stood in a header that has lost it.
    if unit.is_empty() && YUAN_DIGITS < number.amount.normalize().scale() {
        return CellReading::of(State::Undetermined);
    }
    let factor = match unit {
        "亿元" | "亿" => 100_000_000,
        "千万元" => 10_000_000,
        "百万元" => 1_000_000,
        "十万元" => 100_000,
        "万元" | "万" => 10_000,
        "千元" => 1_000,
        "百元" => 100,
        "元" | "" => 1,
        UNKNOWN_UNIT => return CellReading::of(State::Undetermined),
        // A count's unit behind an amount of money.
        _ => return CellReading::of(State::Text),
    };
    number.amount.checked_mul(Decimal::from(factor)).map_or(CellReading::of(State::Text), |yuan| {
        CellReading { state: State::Number, value: Some(Value::Amount(yuan.normalize())), source_unit: unit }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str, unit: Unit, header_unit: &'static str) -> String {
        let reading = in_unit(&read(text), unit, header_unit);
        reading.value.map_or(reading.state.name().to_owned(), |value| value.to_string())
    }

    #[test]
    fn counts_are_read_with_their_signs_and_units() {
        for (text, expected) in [
            ("0", "0"),
            (" \u{a0}3\u{3000}", "3"),
            ("增2379", "2379"),
            ("减 57", "-57"),
            ("-403", "-403"),
            ("－403", "-403"),
            ("+39", "39"),
            ("--253", "-253"),
            ("１２", "12"),
            ("1,234", "1234"),
            ("5件", "5"),
            ("3.0", "3"),
            // As Markdown writes them.
            ("\\-3", "-3"),
            ("\\+39", "39"),
            ("\\-", "NOT_APPLICABLE"),
            ("3（件）", "3"),
            ("1,234 (条)", "1234"),
            ("1.2万件", "12000"),
            ("3万", "30000"),
            ("四千五百", "4500"),
            ("十二件", "12"),
            ("零", "0"),
        ] {
            assert_eq!(value(text, Unit::Count, ""), expected, "{text}");
        }
    }

    #[test]
    fn characters_without_width_part_no_number() {
        for (text, expected) in [
            ("1\u{200b}2", "12"),
            ("2,\u{feff}157", "2157"),
            ("增\u{ad}3", "3"),
            ("-\u{200d}3", "-3"),
            ("3\u{2060}件", "3"),
            ("1\u{200b} 2", "UNDETERMINED"),
            ("1\u{3000}2", "UNDETERMINED"),
            ("0\u{200b}0", "UNDETERMINED"),
        ] {
            assert_eq!(value(text, Unit::Count, ""), expected, "{text:?}");
        }
        assert_eq!(value("17\u{200b}32.5万\u{feff}元", Unit::Yuan, ""), "17325000");
        assert_eq!(read("12\u{200b}项申请"), Content::Words);
    }

    #[test]
    fn amounts_become_yuan() {
        assert_eq!(value("1732.633648万元", Unit::Yuan, "万元"), "17326336.48");
        assert_eq!(value("2926258.34 元", Unit::Yuan, "万元"), "2926258.34");
        assert_eq!(value("96171.6", Unit::Yuan, "万元"), "961716000");
        assert_eq!(value("3852", Unit::Yuan, ""), "3852");
        assert_eq!(value("1.2亿元", Unit::Yuan, ""), "120000000");
        assert_eq!(value("23600万", Unit::Yuan, "万元"), "236000000");
        assert_eq!(value("1.25亿", Unit::Yuan, "万元"), "125000000");
        assert_eq!(value("￥12.5", Unit::Yuan, "元"), "12.5");
        assert_eq!(value("¥ 12.5", Unit::Yuan, ""), "12.5");
        assert_eq!(value("￥12.5万元", Unit::Yuan, "元"), "125000");
        assert_eq!(value("￥12.5", Unit::Yuan, "万元"), "UNDETERMINED");
        assert_eq!(value("￥12", Unit::Count, ""), "TEXT");
    }

    #[test]
    fn an_amount_of_parts_of_a_coin_is_none_of_yuan() {
        assert_eq!(value("857.10", Unit::Yuan, ""), "857.1");
        assert_eq!(value("857.1000", Unit::Yuan, ""), "857.1");
        assert_eq!(value("857.102", Unit::Yuan, ""), "UNDETERMINED");
        assert_eq!(value("857.102", Unit::Yuan, "万元"), "8571020");
    }

    #[test]
    fn what_is_no_value_of_the_cell_is_not_made_one() {
        assert_eq!(value("", Unit::Count, ""), "BLANK");
        assert_eq!(value("\u{a0}", Unit::Count, ""), "BLANK");
        for mark in ["/", "-", "—", "无", "——"] {
            assert_eq!(value(mark, Unit::Count, ""), "NOT_APPLICABLE", "{mark}");
        }
        assert_eq!(value("3.5", Unit::Count, ""), "TEXT");
        assert_eq!(value("3万元", Unit::Count, ""), "TEXT");
        assert_eq!(value("10 0 0", Unit::Count, ""), "UNDETERMINED");
        assert_eq!(value("12,34", Unit::Count, ""), "TEXT");
        assert_eq!(value("\\\\", Unit::Count, ""), "UNDETERMINED");
        assert_eq!(value("+", Unit::Count, ""), "UNDETERMINED");
        assert_eq!(value("\\", Unit::Count, ""), "NOT_APPLICABLE");
        assert_eq!(value("99999999999999999999999999999999999", Unit::Count, ""), "TEXT");
        for words in [
            "十",
            "〇〇",
            "一、",
            "二〇二一",
            "三四",
            "十二、其他",
            "二十余",
            "3（含转办2）",
            "百分之三",
            "三部分",
        ] {
            assert_eq!(read(words), Content::Words, "{words}");
        }
        assert_eq!(read("-3-"), Content::Words);
        assert_eq!(read("1."), Content::Words);
        assert_eq!(read("1、其他"), Content::Words);
    }
}
