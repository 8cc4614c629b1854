//! Chinese numerals as headings, dates and sentences write them.

/// The digit that a numeral stands for: 〇 and 零 to 九.
pub fn chinese_digit(character: char) -> Option<u8> {
    Some(match character {
        '零' | '〇' => 0,
        '一' => 1,
        '二' => 2,
        '三' => 3,
        '四' => 4,
        '五' => 5,
        '六' => 6,
        '七' => 7,
        '八' => 8,
        '九' => 9,
        _ => return None,
    })
}

/// The value of a list number from 1 to 99, in Chinese numerals or in digits of any width: 三, 十二, 二十, 12, １２.
pub fn ordinal(text: &str) -> Option<u32> {
    let digit = |c: char| match c {
        '０'..='９' => Some(u32::from(c) - u32::from('０')),
        '0'..='9' => c.to_digit(10),
        _ => chinese_digit(c).map(u32::from),
    };
    let alone = |text: &str| {
        let mut characters = text.chars();
        digit(characters.next()?).filter(|digit| *digit != 0 && characters.next().is_none())
    };
    let value = match text.split_once('十') {
        Some((tens, ones)) => {
            let tens = if tens.is_empty() { 1 } else { alone(tens)? };
            tens * 10 + if ones.is_empty() { 0 } else { alone(ones)? }
        }
        None => text.chars().try_fold(0_u32, |value, c| value.checked_mul(10)?.checked_add(digit(c)?))?,
    };
    (1..=99).contains(&value).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_numbers_are_read_in_numerals_and_digits() {
        for (text, value) in
            [("一", 1), ("十", 10), ("十二", 12), ("二十", 20), ("九十九", 99), ("12", 12), ("３", 3)]
        {
            assert_eq!(ordinal(text), Some(value), "{text}");
        }
        for text in ["", "零", "0", "100", "百", "十十", "二十零", "第一", "9999999999999"] {
            assert_eq!(ordinal(text), None, "{text}");
        }
    }
}
