//! The unified social credit code (统一社会信用代码, GB 32100-2015): who a body is, whatever it is called.
//!
//! 18 characters: who registered it (1), its kind (1), the division of the registering organ (6), the organisation
//! code (9, of which the last is a check character of its own), a check character.

use gongkai_regions::Code;

const LEN: usize = 18;
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// The first code in `text` whose check character is right, as in an address (`area=…`) or an index number.
pub(crate) fn find(text: &str) -> Option<String> {
    let mut codes = text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| word.len() == LEN)
        .map(str::to_ascii_uppercase)
        .filter(|code| is_valid(code));
    codes.next()
}

/// The division of the organ that registered the body: characters 3 to 8.
pub(crate) fn division(code: &str) -> Option<Code> {
    code.get(2..8).and_then(Code::parse)
}

/// Whether both check characters of the code are right. Codes of organs begin with 1 (机构编制).
fn is_valid(code: &str) -> bool {
    let values: Option<Vec<u32>> = code
        .bytes()
        .map(|byte| ALPHABET.iter().position(|&known| known == byte).map(|at| at as u32))
        .collect();
    let Some(values) = values else { return false };
    let [head @ .., check] = values.as_slice() else { return false };
    // Weights are the powers of 3 modulo 31.
    let weighted = head.iter().fold((0, 1), |(sum, weight), value| (sum + value * weight, weight * 3 % 31));
    (31 - weighted.0 % 31) % 31 == *check && division(code).is_some() && is_organisation(&code[8..17])
}

/// Whether the check character of an organisation code (GB 11714, nine characters) is right.
fn is_organisation(code: &str) -> bool {
    const WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
    let value = |byte: u8| match byte {
        b'0'..=b'9' => u32::from(byte - b'0'),
        letter => u32::from(letter.saturating_sub(b'A')) + 10,
    };
    let sum: u32 = code.bytes().zip(WEIGHTS).map(|(byte, weight)| value(byte) * weight).sum();
    let expected = match 11 - sum % 11 {
        11 => b'0',
        10 => b'X',
        digit => b'0' + digit as u8,
    };
    code.bytes().last() == Some(expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_where_its_check_characters_are_right() {
        // Made up, with the check characters that the standard asks for.
        let code = "11990000123456782B";
        let valid: Vec<String> = ALPHABET
            .iter()
            .map(|&check| format!("{}{}", &code[..17], char::from(check)))
            .filter(|code| is_valid(code))
            .collect();
        assert_eq!(valid.len(), 0, "the organisation code in it is wrong");
        let organisation: Vec<String> = "0123456789X"
            .chars()
            .map(|check| format!("12345678{check}"))
            .filter(|code| is_organisation(code))
            .collect();
        assert_eq!(organisation.len(), 1);
        let stem = format!("11990000{}", organisation[0]);
        let valid: Vec<String> = ALPHABET
            .iter()
            .map(|&check| format!("{stem}{}", char::from(check)))
            .filter(|code| is_valid(code))
            .collect();
        assert_eq!(valid.len(), 1);
        let code = &valid[0];
        let address = format!("http://example.gov.cn/report.jsp?area={}&year=2020", code.to_lowercase());
        assert_eq!(find(&address).as_ref(), Some(code));
        assert_eq!(find(&format!("索引号：{code}/2021-00012")).as_ref(), Some(code));
        assert_eq!(find(&format!("{code}0")), None, "part of something longer");
        assert_eq!(division(code).map(|code| code.to_string()).as_deref(), Some("990000"));
    }

    #[test]
    fn a_digit_that_is_wrong_is_noticed() {
        // As printed in the standard's public examples: the registration of a well-known enterprise.
        assert!(is_valid("91350100M000100Y43"));
        assert!(!is_valid("91350100M000100Y44"));
        assert!(!is_valid("91350100M000100Y4I"));
        assert!(!is_valid("9135010"));
        assert!(!is_valid(""));
    }
}
