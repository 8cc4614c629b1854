use crate::Kind;
use gongkai_model::Date;
use rust_decimal::Decimal;
use std::fmt;

/// A value that a filter compares with, of the kind that its field has.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Operand {
    /// A text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A number without rounding.
    Decimal(Decimal),
    /// One of the names that the schema lists.
    Name(&'static str),
    /// A day.
    Date(Date),
    /// A moment.
    Time(Instant),
}

/// A moment, in microseconds since the beginning of 1970 in UTC. One that was read lies in the years 0 to 9999 of UTC, which have
/// four digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Instant(i64);

const SECOND: i64 = 1_000_000;
const DAY: i64 = 24 * 60 * 60 * SECOND;
/// The first and the last microsecond of the years that are read.
const FIRST: i64 = -719_528 * DAY;
const LAST: i64 = 2_932_897 * DAY - 1;
/// Digits of a number that are read; no figure has as many.
const DIGITS_MAX: usize = 28;

impl Operand {
    /// Reads a value of a kind; none where it is of another one.
    pub(crate) fn read(kind: Kind, text: &str) -> Option<Self> {
        Some(match kind {
            Kind::Text => Self::Text(text.to_owned()),
            Kind::Integer(min, max) => {
                let number =
                    plain_number(text)?.parse().ok().filter(|number| (min..=max).contains(number))?;
                Self::Integer(number)
            }
            Kind::Decimal => Self::Decimal(plain_number(text)?.parse::<Decimal>().ok()?.normalize()),
            Kind::Name(names) => Self::Name(names.iter().find(|name| **name == text)?),
            Kind::Date => Self::Date(day(text)?),
            Kind::Checked(is_one, _) => Self::Text(Some(text).filter(|text| is_one(text))?.to_owned()),
            Kind::Time => Self::Time(Instant::parse(text)?),
        })
    }
}

/// A day of four, two and two digits.
fn day(text: &str) -> Option<Date> {
    Date::parse_iso(text).filter(|day| day.to_string() == text)
}

/// A number of digits, perhaps with a sign and a point; nothing that only a program would write.
fn plain_number(text: &str) -> Option<&str> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    (is_number(whole) && is_number(fraction) && digits.len() <= DIGITS_MAX).then_some(text)
}

impl Instant {
    /// The moment so many microseconds after the beginning of 1970, which may lie before it.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the beginning of 1970.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Reads RFC 3339, or a day for its first moment in UTC.
    fn parse(text: &str) -> Option<Self> {
        let Some((day, time)) = text.split_once(['T', 't']) else {
            return Some(Self(days(day(text)?) * DAY));
        };
        let day = days(self::day(day)?);
        let (clock, zone) = match time.find(['Z', 'z', '+', '-']) {
            Some(at) => time.split_at(at),
            None => return None,
        };
        let offset = match zone.as_bytes() {
            [b'Z' | b'z'] => 0,
            [sign @ (b'+' | b'-'), rest @ ..] => {
                let (hours, minutes) = std::str::from_utf8(rest).ok()?.split_once(':')?;
                let minutes = two_digits(hours, 23)? * 60 + two_digits(minutes, 59)?;
                if *sign == b'-' { -minutes } else { minutes }
            }
            _ => return None,
        };
        let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
        if fraction.is_empty() || 9 < fraction.len() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let micros: i64 = format!("{fraction:0<6}")[..6].parse().ok()?;
        let mut parts = clock.split(':');
        let (hours, minutes, seconds) =
            (two_digits(parts.next()?, 23)?, two_digits(parts.next()?, 59)?, two_digits(parts.next()?, 59)?);
        if parts.next().is_some() {
            return None;
        }
        let second = (hours * 60 + minutes - offset) * 60 + seconds;
        // The offset may lead out of the years that have four digits.
        Some(day * DAY + second * SECOND + micros).filter(|it| (FIRST..=LAST).contains(it)).map(Self)
    }
}

fn two_digits(text: &str, max: i64) -> Option<i64> {
    let is_number = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| is_number && *number <= max)
}

/// Days since the beginning of 1970, by the rules of the Gregorian calendar.
fn days(date: Date) -> i64 {
    // Years that begin in March, so that the day that a leap year has more is its last.
    let (year, month) = (i64::from(date.year()), i64::from(date.month()));
    let (year, month) = if month < 3 { (year - 1, month + 9) } else { (year, month - 3) };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * month + 2) / 5 + i64::from(date.day()) - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

impl fmt::Display for Instant {
    /// As RFC 3339 in UTC.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, micros) = (self.0.div_euclid(DAY), self.0.rem_euclid(DAY));
        let shifted = days + 719_468;
        let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
        let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month + 2) / 5 + 1;
        let (month, carried) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
        let year = year + era * 400 + carried;
        let (seconds, fraction) = (micros / SECOND, micros % SECOND);
        let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hours:02}:{minutes:02}:{seconds:02}")?;
        if 0 < fraction {
            write!(f, ".{fraction:06}")?;
        }
        f.write_str("Z")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Option<String> {
        Instant::parse(text).map(|instant| instant.to_string())
    }

    #[test]
    fn moments_are_read_as_rfc_3339_has_them() {
        for (text, read) in [
            ("2021-01-30", "2021-01-30T00:00:00Z"),
            ("2021-01-30T08:00:00+08:00", "2021-01-30T00:00:00Z"),
            ("2020-12-31T23:59:59.5-00:30", "2021-01-01T00:29:59.500000Z"),
            ("2024-02-29t12:00:00.123456789z", "2024-02-29T12:00:00.123456Z"),
            ("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"),
            ("0000-03-01T00:00:00Z", "0000-03-01T00:00:00Z"),
            ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
            // Years are bounded as they are in UTC, on both sides.
            ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00Z"),
            ("0000-01-01T08:00:00+08:00", "0000-01-01T00:00:00Z"),
            ("9999-12-31T15:59:59.999999-08:00", "9999-12-31T23:59:59.999999Z"),
        ] {
            assert_eq!(time(text).as_deref(), Some(read), "{text}");
        }
        assert_eq!(Instant::parse("1970-01-02").unwrap().micros(), DAY);
        for wrong in [
            "",
            "2021-02-30T00:00:00Z",
            "2021-01-30T24:00:00Z",
            "2021-01-30T00:60:00Z",
            "2021-01-30T00:00:60Z",
            "2021-01-30T00:00:00",
            "2021-01-30T00:00Z",
            "2021-01-30T00:00:00.Z",
            "2021-01-30T00:00:00+0800",
            "2021-01-30T00:00:00Z00:00",
            "2021-01-30T00:00:00:00Z",
            "2021-01-30 00:00:00Z",
            "T",
            "2021-01-30TZ",
            "2021-01-30T+1:00:00Z",
            "2021-01-30T00:00:00.1234567890Z",
            "2021-01-30T00:00:00+公:00",
            "0000-01-01T07:59:59.999999+08:00",
            "9999-12-31T16:00:00-08:00",
        ] {
            assert_eq!(time(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn numbers_are_digits() {
        let integer = |text| Operand::read(Kind::Integer(-5, 9999), text);
        assert_eq!(integer("2019"), Some(Operand::Integer(2019)));
        assert_eq!(integer("-5"), Some(Operand::Integer(-5)));
        for wrong in ["", "-", "-6", "10000", "1.0", "+1", "1e3", "٣", "0x1", "99999999999999999999999999999"]
        {
            assert_eq!(integer(wrong), None, "{wrong}");
        }
        let decimal = |text| Operand::read(Kind::Decimal, text);
        assert_eq!(decimal("1.50"), decimal("1.5"));
        assert!(decimal("-17326336.48").is_some() && decimal("9223372036854775808").is_some());
        for wrong in ["", ".", "1.", ".5", "1.2.3", "1_000", "1,000", "NaN", "inf", &"9".repeat(29)] {
            assert_eq!(decimal(wrong), None, "{wrong}");
        }
    }
}
