use rust_decimal::Decimal;

/// The unit in which a figure's value is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Unit {
    /// A plain count of items, documents, cases, decisions (件, 条, 项, 次). Whole numbers only.
    Count,
    /// Money in yuan (元); the source's own unit is kept beside the figure.
    Yuan,
}

impl Unit {
    /// The name used on the wire and in JSON: `count` or `yuan`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Yuan => "yuan",
        }
    }
}

/// A number that a figure states. Never a binary floating point number: what is printed is what is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Value {
    /// A count; negative only where the form asks for a change (本年增/减).
    Count(i64),
    /// An amount of money in yuan.
    Amount(Decimal),
}

impl Value {
    /// The value as a decimal, for comparisons and sums over either kind.
    pub fn decimal(self) -> Decimal {
        match self {
            Self::Count(count) => Decimal::from(count),
            Self::Amount(amount) => amount,
        }
    }

    /// The unit that goes with this kind of value.
    pub fn unit(self) -> Unit {
        match self {
            Self::Count(_) => Unit::Count,
            Self::Amount(_) => Unit::Yuan,
        }
    }

    /// Reads the decimal text of a value of `unit`, as [`Value`] prints it.
    pub fn parse(text: &str, unit: Unit) -> Result<Self, ValueError> {
        match unit {
            Unit::Count => {
                text.parse().map(Self::Count).map_err(|_| ValueError { text: text.to_owned(), unit })
            }
            Unit::Yuan => text
                .parse::<Decimal>()
                .map(|amount| Self::Amount(amount.normalize()))
                .map_err(|_| ValueError { text: text.to_owned(), unit }),
        }
    }
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Count(count) => write!(f, "{count}"),
            Self::Amount(amount) => write!(f, "{}", amount.normalize()),
        }
    }
}

/// A text that is no value of its unit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a decimal number in the unit {}", unit.name())]
pub struct ValueError {
    /// The text as given.
    pub text: String,
    /// The unit it should have had.
    pub unit: Unit,
}

/// A calendar day that a report or its page states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// A day that exists in the Gregorian calendar.
    pub fn new(year: u16, month: u8, day: u8) -> Result<Self, DateError> {
        let leap = year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
        let days = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            _ => 0,
        };
        if day == 0 || days < day {
            return Err(DateError { year, month, day });
        }
        Ok(Self { year, month, day })
    }

    /// The year of the Gregorian calendar.
    pub fn year(self) -> u16 {
        self.year
    }

    /// The month, 1 to 12.
    pub fn month(self) -> u8 {
        self.month
    }

    /// The day of the month, counted from 1.
    pub fn day(self) -> u8 {
        self.day
    }

    /// Reads an ISO 8601 date, `2021-02-28`.
    pub fn parse_iso(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        Self::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
    }
}

impl std::fmt::Display for Date {
    /// ISO 8601.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// A year, month and day that name no day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{year}-{month}-{day} is not a day of the calendar")]
pub struct DateError {
    year: u16,
    month: u8,
    day: u8,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_prints_what_it_reads() {
        for (text, unit) in [("0", Unit::Count), ("-57", Unit::Count), ("17326336.48", Unit::Yuan)] {
            assert_eq!(Value::parse(text, unit).unwrap().to_string(), text);
        }
        assert_eq!(Value::parse("38520000.000", Unit::Yuan).unwrap().to_string(), "38520000");
        assert!(Value::parse("1.5", Unit::Count).is_err());
    }

    #[test]
    fn only_days_that_exist_are_dates() {
        assert!(Date::new(2024, 2, 29).is_ok());
        assert!(Date::new(2023, 2, 29).is_err());
        assert!(Date::new(2023, 13, 1).is_err());
        assert!(Date::new(2023, 0, 1).is_err());
        assert_eq!(Date::parse_iso("2021-01-30").unwrap().to_string(), "2021-01-30");
    }
}
