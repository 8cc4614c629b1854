//! Numbers in running text: digits and Chinese numerals, with their multipliers.

use gongkai_model::chinese_digit;
use rust_decimal::Decimal;

/// A number at the beginning of a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Number {
    /// Characters it takes, approximate words inside it and behind it included (3万余).
    pub(crate) len: usize,
    /// Its value.
    pub(crate) value: Decimal,
    /// Whether a word such as 余 or 多 stands in it.
    pub(crate) approximate: bool,
    /// Whether it is written in Chinese numerals.
    pub(crate) in_numerals: bool,
}

/// Digits that a number may have; what is longer is none.
const DIGITS_MAX: usize = 15;

/// Whether `character` is a Chinese numeral that may begin a number.
pub(crate) fn is_numeral(character: char) -> bool {
    numeral(character).is_some() || multiplier(character).is_some()
}

fn numeral(character: char) -> Option<i64> {
    let digit = if character == '两' { Some(2) } else { chinese_digit(character) };
    digit.map(i64::from)
}

fn multiplier(character: char) -> Option<i64> {
    Some(match character {
        '十' => 10,
        '百' => 100,
        '千' => 1_000,
        '万' => 10_000,
        '亿' => 100_000_000,
        _ => return None,
    })
}

fn is_approximate(character: char) -> bool {
    matches!(character, '余' | '多' | '来')
}

/// The number at the beginning of `text`.
pub(crate) fn number(text: &[char]) -> Option<Number> {
    match text.first()? {
        '0'..='9' => in_digits(text),
        _ => in_numerals(text),
    }
}

/// Digits with thousands separators, decimals and multipliers: 13,023 / 286.98万 / 3万余.
fn in_digits(text: &[char]) -> Option<Number> {
    let (mut mantissa, mut digits, mut scale, mut len) = (0i64, 0, 0u32, 0);
    let at = |index: usize| text.get(index).copied().unwrap_or(' ');
    let digit = |index: usize| at(index).to_digit(10);
    let mut grouped = false;
    loop {
        if let Some(value) = digit(len) {
            digits += 1;
            if DIGITS_MAX < digits {
                return None;
            }
            mantissa = mantissa * 10 + i64::from(value);
            len += 1;
        } else if at(len) == ','
            && (grouped || (1..=3).contains(&digits))
            && (1..=3).all(|ahead| digit(len + ahead).is_some())
            && digit(len + 4).is_none()
        {
            grouped = true;
            len += 1;
        } else {
            break;
        }
    }
    // A year behind a list number (1.2020年) is no decimal part.
    let decimals = (len + 1..).take_while(|&index| digit(index).is_some()).count();
    let year_follows = decimals == 4 && at(len + 5) == '年';
    if at(len) == '.' && 0 < decimals && !year_follows {
        for index in len + 1..=len + decimals {
            digits += 1;
            if DIGITS_MAX < digits {
                return None;
            }
            mantissa = mantissa * 10 + i64::from(digit(index)?);
            scale += 1;
        }
        len += 1 + decimals;
    }
    let mut value = Decimal::new(mantissa, scale);
    let mut approximate = false;
    let mut last_factor = None;
    loop {
        let skip = usize::from(is_approximate(at(len)) && matches!(at(len + 1), '万' | '亿'));
        let Some(factor) = factor_at(text, len + skip) else { break };
        value = value.checked_mul(Decimal::from(factor))?;
        approximate |= 0 < skip;
        len += skip + 1;
        last_factor = Some(factor);
    }
    // 3万4千, 3万4000.
    while let Some(factor) = last_factor.filter(|_| digit(len).is_some()) {
        let rest = lesser_part(text.get(len..)?, factor).filter(|_| scale == 0 && !approximate)?;
        value = value.checked_add(Decimal::from(rest.value))?;
        len += rest.len;
        last_factor = rest.factor;
    }
    if is_approximate(at(len)) {
        approximate = true;
        len += 1;
    }
    Some(Number { len, value: value.normalize(), approximate, in_numerals: false })
}

/// The multiplier at `at`, if it is one behind digits.
fn factor_at(text: &[char], at: usize) -> Option<i64> {
    let is_percentage_point = text.get(at) == Some(&'百') && text.get(at + 1) == Some(&'分');
    multiplier(*text.get(at)?).filter(|&factor| 10 < factor && !is_percentage_point)
}

/// What stands behind a multiplier: 4千 of 3万4千.
struct Lesser {
    len: usize,
    value: i64,
    /// Its own multiplier; none where the digits are all that is left.
    factor: Option<i64>,
}

/// The part at the beginning of `text` that goes on a number with the multiplier `above`. 3万4 may mean 34,000 or 30,004: it
/// is no number.
fn lesser_part(text: &[char], above: i64) -> Option<Lesser> {
    let digits: Vec<i64> =
        text.iter().take(DIGITS_MAX).map_while(|letter| letter.to_digit(10)).map(i64::from).collect();
    let amount = digits.iter().fold(0i64, |value, digit| value * 10 + digit);
    let (mut len, mut factor) = (digits.len(), 1i64);
    while let Some(next) = factor_at(text, len) {
        factor = factor.checked_mul(next)?;
        len += 1;
    }
    let value = amount.checked_mul(factor)?;
    let is_whole = factor != 1 || above.checked_ilog10() == u32::try_from(digits.len()).ok();
    (is_whole && value < above).then_some(Lesser {
        len,
        value,
        factor: Some(factor).filter(|&factor| factor != 1),
    })
}

/// Chinese numerals: 十二, 一百二十, 两万余, 百余. Rows of digits such as 二〇二一 or 三四 are no numbers here.
fn in_numerals(text: &[char]) -> Option<Number> {
    let (mut total, mut section, mut pending) = (0i64, 0i64, None::<i64>);
    let (mut len, mut multiplied, mut approximate) = (0, false, false);
    for (index, &character) in text.iter().enumerate().take(DIGITS_MAX) {
        if let Some(value) = numeral(character) {
            // 一百零五 has a zero between; any other digits in a row are no number.
            if pending.is_some_and(|before| before != 0) {
                return None;
            }
            pending = Some(value);
        } else if let Some(factor) = multiplier(character) {
            multiplied = true;
            let before = pending.take();
            if factor < 10_000 {
                section += before.unwrap_or(1) * factor;
            } else {
                let amount = section + before.unwrap_or(i64::from(total == 0 && section == 0));
                total = match factor {
                    10_000 => total.checked_add(amount.checked_mul(factor)?)?,
                    _ => total.checked_add(amount)?.checked_mul(factor)?,
                };
                section = 0;
            }
        } else {
            break;
        }
        len = index + 1;
        if multiplied && pending.is_none() {
            let next = text.get(len).copied().unwrap_or(' ');
            if is_approximate(next) {
                approximate = true;
                len += 1;
                let behind = text.get(len).copied().unwrap_or(' ');
                if let Some(factor) = multiplier(behind).filter(|&factor| 10_000 <= factor) {
                    total = (total.checked_add(section)?).checked_mul(factor)?;
                    section = 0;
                    len += 1;
                }
                break;
            }
        }
    }
    if len == 0 {
        return None;
    }
    // 二百五 is 250 in speech and 205 to a reader who counts: it is no number.
    let is_spoken = 2 <= len && pending.is_some_and(|last| last != 0) && {
        let before_last = text.get(len - 2).copied().and_then(multiplier);
        before_last.is_some_and(|factor| 10 < factor)
    };
    if is_spoken {
        return None;
    }
    // 百, 千 and 万 alone are parts of words; with 余 they are numbers.
    let alone = len == 1 && matches!(text.first(), Some('百' | '千' | '万' | '亿'));
    let value = Decimal::from(total + section + pending.unwrap_or(0));
    (!alone).then_some(Number { len, value, approximate, in_numerals: true })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(String, usize, bool)> {
        let text: Vec<char> = text.chars().collect();
        number(&text).map(|number| (number.value.to_string(), number.len, number.approximate))
    }

    #[test]
    fn digits_are_read_with_separators_decimals_and_multipliers() {
        let exact = |value: &str, len| Some((value.to_owned(), len, false));
        assert_eq!(read("13023条"), exact("13023", 5));
        assert_eq!(read("13,023条"), exact("13023", 6));
        assert_eq!(read("1,234,567次"), exact("1234567", 9));
        assert_eq!(read("3.7万条"), exact("37000", 4));
        assert_eq!(read("286.98万件"), exact("2869800", 7));
        assert_eq!(read("1.2亿次"), exact("120000000", 4));
        assert_eq!(read("5千条"), exact("5000", 2));
        assert_eq!(read("3万4千条"), exact("34000", 4));
        assert_eq!(read("3万4000条"), exact("34000", 6));
        assert_eq!(read("1万2千3百条"), exact("12300", 6));
        assert_eq!(read("3亿2千万条"), exact("320000000", 5));
        assert_eq!(read("1万2条"), None);
        assert_eq!(read("3万400条"), None);
        assert_eq!(read("99.50%"), exact("99.5", 5));
        assert_eq!(read("0.5百分点"), exact("0.5", 3));
        assert_eq!(read("1.2020年"), exact("1", 1));
        assert_eq!(read("1,2件"), exact("1", 1));
        assert_eq!(read("2019,1234"), exact("2019", 4));
        assert_eq!(read("1234567890123456条"), None);
    }

    #[test]
    fn words_in_a_number_make_it_approximate() {
        let about = |value: &str, len| Some((value.to_owned(), len, true));
        assert_eq!(read("110余人"), about("110", 4));
        assert_eq!(read("3万余人次"), about("30000", 3));
        assert_eq!(read("3余万人次"), about("30000", 3));
        assert_eq!(read("20多家"), about("20", 3));
        assert_eq!(read("十余次"), about("10", 2));
        assert_eq!(read("两百余条"), about("200", 3));
        assert_eq!(read("百余条"), about("100", 2));
        assert_eq!(read("三十余万字"), about("300000", 4));
    }

    #[test]
    fn chinese_numerals_are_read_as_numbers_not_as_rows_of_digits() {
        let value = |text: &str| read(text).map(|(value, _, _)| value);
        assert_eq!(value("十二期").as_deref(), Some("12"));
        assert_eq!(value("六个").as_deref(), Some("6"));
        assert_eq!(value("两次").as_deref(), Some("2"));
        assert_eq!(value("一百二十条").as_deref(), Some("120"));
        assert_eq!(value("一千零五条").as_deref(), Some("1005"));
        assert_eq!(value("三万五千人").as_deref(), Some("35000"));
        assert_eq!(value("一亿三千万元").as_deref(), Some("130000000"));
        assert_eq!(value("两千三百条").as_deref(), Some("2300"));
        assert_eq!(value("一万二条"), None);
        assert_eq!(value("二百五条"), None);
        assert_eq!(value("九亿亿亿次"), None);
        assert_eq!(value("二〇二一年"), None);
        assert_eq!(value("百姓"), None);
        assert_eq!(value("条"), None);
    }
}
