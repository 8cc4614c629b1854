use gongkai_model::Rank;
use std::fmt;

/// A code of GB/T 2260: six digits, two each for province, prefecture and county.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(u32);

impl Code {
    /// Reads the six digits that `text` is.
    pub fn parse(text: &str) -> Option<Self> {
        let is_code = text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|_| is_code).map(Self)
    }

    /// The code of the province.
    pub fn province(self) -> Self {
        Self(self.0 / 10_000 * 10_000)
    }

    /// The code of the prefecture; of the province itself where this is one.
    pub fn prefecture(self) -> Self {
        Self(self.0 / 100 * 100)
    }

    /// Province, prefecture or county, which the zeros of the code tell. Districts of the four municipalities under the
    /// central government have codes of counties.
    pub fn rank(self) -> Rank {
        if self == self.province() {
            Rank::Province
        } else if self == self.prefecture() {
            Rank::Prefecture
        } else {
            Rank::County
        }
    }

    /// Whether `other` lies in this division, going by the digits. No division lies in itself.
    pub fn contains(self, other: Self) -> bool {
        match self.rank() {
            Rank::Province => self != other && self == other.province(),
            Rank::Prefecture => self != other && self == other.prefecture(),
            _ => false,
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:06}", self.0)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_tell_the_rank_and_what_contains_what() {
        let code = |text| Code::parse(text).unwrap();
        assert_eq!(code("610000").rank(), Rank::Province);
        assert_eq!(code("610100").rank(), Rank::Prefecture);
        assert_eq!(code("110105").rank(), Rank::County);
        assert!(code("610000").contains(code("610117")) && code("610100").contains(code("610117")));
        assert!(!code("610117").contains(code("610117")) && !code("610200").contains(code("610117")));
        assert_eq!(Code::parse("61011"), None);
        assert_eq!(Code::parse("+10117"), None);
    }
}
