use gongkai_model::{Derivation, Figure, NullPolicy, State, Unit, Value};
use rust_decimal::Decimal;
use std::sync::Arc;

/// A sum over figures, with what has to be known to judge it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sum {
    /// The sum; `None` where a term is unknown under the policy, has another unit, or the sum is out of range.
    pub value: Option<Value>,
    /// Keys of the terms that are no number and counted as zero; always empty under [`NullPolicy::Strict`].
    pub zeroed: Vec<Arc<str>>,
    /// Keys of the terms that leave the sum unknown.
    pub unknown: Vec<Arc<str>>,
    /// The weakest derivation among the terms that are numbers.
    pub derivation: Derivation,
}

/// Adds up `figures`, which all have values of `unit`. A sum of nothing is zero.
///
/// Terms that the policy takes for zeros ([`NullPolicy::zeroes`]) are listed.
pub fn sum<'a>(figures: impl IntoIterator<Item = &'a Figure>, unit: Unit, policy: NullPolicy) -> Sum {
    let (mut zeroed, mut unknown) = (Vec::new(), Vec::new());
    let (value, derivation) = add_up(figures, unit, policy, |figure, null| match null {
        Null::Zeroed => zeroed.push(figure.key.clone()),
        Null::Unknown => unknown.push(figure.key.clone()),
    });
    Sum { value, zeroed, unknown, derivation }
}

/// How a term that is no number enters a sum.
#[derive(Clone, Copy)]
pub(crate) enum Null {
    Zeroed,
    Unknown,
}

/// The value and the weakest derivation of [`sum`]; `tell` hears of every term that is no number.
pub(crate) fn add_up<'a>(
    figures: impl IntoIterator<Item = &'a Figure>,
    unit: Unit,
    policy: NullPolicy,
    mut tell: impl FnMut(&'a Figure, Null),
) -> (Option<Value>, Derivation) {
    let mut derivation = Derivation::Read;
    let mut total = Some(Total::zero(unit));
    let mut known = true;
    for figure in figures {
        match (figure.state, figure.value) {
            (State::Number, Some(value)) => {
                total = total.and_then(|total| total.add(value));
                derivation = derivation.max(figure.derivation);
            }
            (state, _) if policy.zeroes(state) => tell(figure, Null::Zeroed),
            // A number without its value can only be a mistake of ours; it is not a zero either.
            (
                State::Number
                | State::Blank
                | State::NotApplicable
                | State::Text
                | State::Undetermined
                | State::Missing,
                _,
            ) => {
                known = false;
                tell(figure, Null::Unknown);
            }
        }
    }
    (total.filter(|_| known).and_then(Total::value), derivation)
}

/// Counts are added in twice their width, so that the order of the terms never decides whether a sum is in range.
enum Total {
    Count(i128),
    Amount(Decimal),
}

impl Total {
    fn zero(unit: Unit) -> Self {
        match unit {
            Unit::Count => Self::Count(0),
            Unit::Yuan => Self::Amount(Decimal::ZERO),
        }
    }

    /// `None` where the units differ or the sum is out of range.
    fn add(self, value: Value) -> Option<Self> {
        match (self, value) {
            (Self::Count(total), Value::Count(count)) => {
                total.checked_add(i128::from(count)).map(Self::Count)
            }
            (Self::Amount(total), Value::Amount(amount)) => total.checked_add(amount).map(Self::Amount),
            (Self::Count(_), Value::Amount(_)) | (Self::Amount(_), Value::Count(_)) => None,
        }
    }

    fn value(self) -> Option<Value> {
        match self {
            Self::Count(total) => i64::try_from(total).ok().map(Value::Count),
            Self::Amount(total) => Some(Value::Amount(total)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{amount, blank, number, of_state};
    use proptest::prelude::*;

    fn keys(keys: &[Arc<str>]) -> Vec<&str> {
        keys.iter().map(|key| &**key).collect()
    }

    #[test]
    fn numbers_add_up() {
        let sum = sum(&[number("a", 3), number("b", -5)], Unit::Count, NullPolicy::Strict);
        assert_eq!(sum.value, Some(Value::Count(-2)));
        assert!(sum.unknown.is_empty() && sum.zeroed.is_empty());
    }

    #[test]
    fn a_sum_of_nothing_is_a_zero_of_the_unit() {
        assert_eq!(sum(&[], Unit::Count, NullPolicy::Strict).value, Some(Value::Count(0)));
        assert_eq!(sum(&[], Unit::Yuan, NullPolicy::Strict).value, Some(Value::Amount(Decimal::ZERO)));
    }

    #[test]
    fn a_blank_is_not_a_zero_unless_the_caller_says_so_and_is_then_named() {
        let figures = [number("a", 3), blank("b"), of_state("c", State::NotApplicable)];
        let strict = sum(&figures, Unit::Count, NullPolicy::Strict);
        assert_eq!((strict.value, keys(&strict.unknown)), (None, vec!["b", "c"]));
        let lenient = sum(&figures, Unit::Count, NullPolicy::BlankAsZero);
        assert_eq!((lenient.value, keys(&lenient.zeroed)), (Some(Value::Count(3)), vec!["b", "c"]));
    }

    #[test]
    fn no_policy_makes_a_number_of_what_may_be_any_number() {
        for state in [State::Text, State::Undetermined, State::Missing] {
            let sum = sum(&[number("a", 3), of_state("b", state)], Unit::Count, NullPolicy::BlankAsZero);
            assert_eq!((sum.value, keys(&sum.unknown)), (None, vec!["b"]), "{state:?}");
        }
    }

    #[test]
    fn counts_and_money_have_no_sum() {
        assert_eq!(sum(&[number("a", 3), amount("b", "1.5")], Unit::Count, NullPolicy::Strict).value, None);
        assert_eq!(sum(&[amount("a", "3"), amount("b", "1.5")], Unit::Yuan, NullPolicy::Strict).value, {
            Some(Value::Amount("4.5".parse().unwrap()))
        });
    }

    #[test]
    fn a_sum_beyond_the_range_of_a_count_is_unknown() {
        let figures = [number("a", i64::MAX), number("b", 1)];
        assert_eq!(sum(&figures[..1], Unit::Count, NullPolicy::Strict).value, Some(Value::Count(i64::MAX)));
        assert_eq!(sum(&figures, Unit::Count, NullPolicy::Strict).value, None);
        let back = [number("a", i64::MAX), number("b", 1), number("c", -1)];
        assert_eq!(sum(&back, Unit::Count, NullPolicy::Strict).value, Some(Value::Count(i64::MAX)));
        let large = Decimal::MAX.to_string();
        assert_eq!(sum(&[amount("a", &large), amount("b", "1")], Unit::Yuan, NullPolicy::Strict).value, None);
    }

    #[test]
    fn the_weakest_derivation_of_the_numbers_is_kept() {
        let mut inferred = number("a", 1);
        inferred.derivation = Derivation::Inferred;
        let sum = sum(&[inferred, number("b", 1)], Unit::Count, NullPolicy::Strict);
        assert_eq!(sum.derivation, Derivation::Inferred);
    }

    proptest! {
        #[test]
        fn a_known_sum_is_the_sum_of_its_numbers_and_names_every_other_term(
            figures in proptest::collection::vec(crate::testing::figures(), 0..12),
            lenient: bool,
        ) {
            let policy = if lenient { NullPolicy::BlankAsZero } else { NullPolicy::Strict };
            let sum = sum(&figures, Unit::Count, policy);
            let numbers = figures.iter().filter(|figure| figure.state == State::Number).count();
            prop_assert_eq!(numbers + sum.zeroed.len() + sum.unknown.len(), figures.len());
            prop_assert!(lenient || sum.zeroed.is_empty());
            let exact: i128 = figures.iter().filter_map(|figure| match figure.value {
                Some(Value::Count(count)) => Some(i128::from(count)),
                _ => None,
            }).sum();
            match sum.value {
                Some(value) => prop_assert_eq!(value.to_string(), exact.to_string()),
                None => prop_assert!(!sum.unknown.is_empty() || numbers > 1),
            }
        }
    }
}
