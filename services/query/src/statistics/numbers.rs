//! Exact sums and distributions of decimals, and what is a number under a null policy.

use gongkai_model::{NullPolicy, State};
use rust_decimal::{Decimal, RoundingStrategy};
use std::collections::BTreeMap;

/// Numbers add up to more than a decimal holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the numbers add up to more than is computed with")]
pub(crate) struct Overflow;

/// What a cell contributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Term {
    /// A number.
    Number(Decimal),
    /// What is empty, and counts as zero.
    Zeroed,
    /// Nothing: what depends on it is not known.
    Nothing,
}

impl Term {
    /// What a cell contributes under a policy; `None` for one that is not there.
    pub(crate) fn of(state: Option<State>, value: Option<Decimal>, policy: NullPolicy) -> Self {
        match state {
            Some(State::Number) => value.map_or(Self::Nothing, Self::Number),
            Some(state) if policy.zeroes(state) => Self::Zeroed,
            Some(_) | None => Self::Nothing,
        }
    }

    /// Its number.
    pub(crate) fn number(self) -> Option<Decimal> {
        match self {
            Self::Number(number) => Some(number),
            Self::Zeroed => Some(Decimal::ZERO),
            Self::Nothing => None,
        }
    }
}

/// `sum` and `number` together.
pub(crate) fn add(sum: Decimal, number: Decimal) -> Result<Decimal, Overflow> {
    sum.checked_add(number).ok_or(Overflow)
}

/// A quotient; none where it is undefined.
pub(crate) fn quotient(numerator: Decimal, denominator: Decimal) -> Option<Decimal> {
    numerator.checked_div(denominator)
}

/// A decimal with just so many digits behind the point.
pub(crate) fn rounded(number: Decimal, digits: u32) -> String {
    let mut rounded = number.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero);
    rounded.rescale(digits);
    rounded.to_string()
}

/// A decimal as it is.
pub(crate) fn exact(number: Decimal) -> String {
    number.normalize().to_string()
}

/// Numbers, each with how often it occurs. Most counts are small and the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Numbers {
    times: BTreeMap<Decimal, u64>,
    count: u64,
    sum: Decimal,
}

impl Numbers {
    /// Adds a number; tells whether it is a new one.
    pub(crate) fn add(&mut self, number: Decimal) -> Result<bool, Overflow> {
        self.sum = add(self.sum, number)?;
        self.count += 1;
        let times = self.times.entry(number).or_default();
        *times += 1;
        Ok(*times == 1)
    }

    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    pub(crate) fn sum(&self) -> Decimal {
        self.sum
    }

    pub(crate) fn mean(&self) -> Option<Decimal> {
        quotient(self.sum, self.count.into())
    }

    /// The number at so many quarters of the way from the least to the greatest, between neighbours in proportion.
    pub(crate) fn quartile(&self, quarters: u64) -> Option<Decimal> {
        let steps = self.count.checked_sub(1)? * quarters;
        let (low, high) = (self.at(steps / 4)?, self.at(steps.div_ceil(4))?);
        let part = high.checked_sub(low)?.checked_mul((steps % 4).into())?.checked_div(4.into())?;
        low.checked_add(part)
    }

    /// The number with so many before it.
    fn at(&self, index: u64) -> Option<Decimal> {
        let mut before = 0;
        self.times.iter().find_map(|(number, times)| {
            before += times;
            (index < before).then_some(*number)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(texts: &[&str]) -> Numbers {
        let mut numbers = Numbers::default();
        for text in texts {
            numbers.add(text.parse().unwrap()).unwrap();
        }
        numbers
    }

    #[test]
    fn a_blank_is_a_zero_where_that_is_asked_for_and_nothing_else_ever_is() {
        let of = |state, policy| Term::of(Some(state), None, policy);
        for empty in [State::Blank, State::NotApplicable] {
            assert_eq!(of(empty, NullPolicy::Strict), Term::Nothing);
            assert_eq!(of(empty, NullPolicy::BlankAsZero), Term::Zeroed);
        }
        for state in [State::Text, State::Undetermined, State::Missing] {
            assert_eq!(of(state, NullPolicy::BlankAsZero), Term::Nothing);
        }
        assert_eq!(Term::of(None, None, NullPolicy::BlankAsZero), Term::Nothing);
    }

    #[test]
    fn quartiles_lie_between_neighbours_in_proportion() {
        let quartiles = |texts: &[&str]| [0, 1, 2, 3, 4].map(|it| numbers(texts).quartile(it).map(exact));
        let some = |texts: [&str; 5]| texts.map(|text| Some(text.to_owned()));
        assert_eq!(quartiles(&["4", "1", "3", "2"]), some(["1", "1.75", "2.5", "3.25", "4"]));
        assert_eq!(quartiles(&["7"]), some(["7"; 5]));
        assert_eq!(quartiles(&["0", "0", "0", "10"]), some(["0", "0", "0", "2.5", "10"]));
        assert_eq!(quartiles(&[]), [None, None, None, None, None]);
    }

    #[test]
    fn decimals_are_rounded_half_away_from_zero_to_just_so_many_digits() {
        let round = |text: &str, digits| rounded(text.parse().unwrap(), digits);
        assert_eq!(round("0.30798479", 4), "0.3080");
        assert_eq!(round("0.5", 4), "0.5000");
        assert_eq!(round("0.00005", 4), "0.0001");
        assert_eq!(round("-0.00005", 4), "-0.0001");
        assert_eq!(exact("38520000.50".parse().unwrap()), "38520000.5");
        assert_eq!(quotient(Decimal::ZERO, Decimal::ZERO), None);
        assert_eq!(quotient(Decimal::ONE, Decimal::ZERO), None);
    }

    #[test]
    fn a_sum_that_is_too_large_is_an_error_and_not_another_number() {
        let mut numbers = Numbers::default();
        numbers.add(Decimal::MAX).unwrap();
        assert_eq!(numbers.add(Decimal::ONE), Err(Overflow));
    }
}
