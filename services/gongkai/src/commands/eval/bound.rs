//! How sure a count of errors makes one of the error rate.

#![allow(
    clippy::float_arithmetic,
    reason = "probabilities are real numbers; no figure of a report is computed here"
)]

/// One in twenty: the chance that the true rate lies above the bound.
const DOUBT: f64 = 0.05;

/// The upper 95 % bound (Clopper and Pearson, one-sided) of the error rate, after `errors` of `trials` independent
/// trials were errors: the rate at which so few would come out only one time in twenty. One where nothing was tried.
pub(crate) fn upper(errors: usize, trials: usize) -> f64 {
    if trials <= errors {
        return 1.0;
    }
    if errors == 0 {
        return 1.0 - DOUBT.powf(1.0 / trials as f64);
    }
    let (mut low, mut high) = (errors as f64 / trials as f64, 1.0);
    // Each step halves the interval; after these it is narrower than what is printed by far.
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if DOUBT < at_most(errors, trials, middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

/// The probability of at most `errors` errors in `trials` trials at this `rate`, which lies between 0 and 1.
fn at_most(errors: usize, trials: usize, rate: f64) -> f64 {
    if 1.0 <= rate {
        return if trials <= errors { 1.0 } else { 0.0 };
    }
    // Logarithms, since the terms leave the range of numbers long before their sum does.
    let (hit, miss) = (rate.ln(), (1.0 - rate).ln());
    let mut binomial = 0.0;
    let mut sum = 0.0;
    for count in 0..=errors {
        if 0 < count {
            binomial += (((trials - count + 1) as f64) / count as f64).ln();
        }
        sum += (binomial + count as f64 * hit + (trials - count) as f64 * miss).exp();
    }
    sum
}

/// A share in per cent, rounded to two digits behind the point.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.2} %", 100.0 * share)
}

/// `part` of `whole` as a share; all of nothing is all.
pub(crate) fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_near(value: f64, expected: f64) {
        assert!((value - expected).abs() < 5e-5, "{value} is not {expected}");
    }

    #[test]
    fn bounds_are_those_of_the_tables() {
        // Exact values of the beta distribution's 95 % point.
        assert_near(upper(0, 10), 0.2589);
        assert_near(upper(1, 10), 0.3942);
        assert_near(upper(2, 20), 0.2826);
        assert_near(upper(0, 792), 0.003775);
        assert_near(upper(5, 100), 0.1023);
    }

    #[test]
    fn where_all_failed_or_nothing_was_tried_anything_is_possible() {
        assert_near(upper(3, 3), 1.0);
        assert_near(upper(0, 0), 1.0);
    }

    #[test]
    fn large_counts_stay_in_range() {
        let bound = upper(5_000, 1_000_000);
        assert!((0.005..0.0052).contains(&bound), "{bound}");
        assert!(upper(9_999, 10_000) <= 1.0);
    }

    #[test]
    fn shares_are_printed_in_per_cent() {
        assert_eq!(percent(share(1, 3)), "33.33 %");
        assert_eq!(percent(share(0, 0)), "100.00 %");
    }
}
