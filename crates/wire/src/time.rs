//! Times between the store's microseconds and the wire.

const MICROS_PER_SECOND: i64 = 1_000_000;
const NANOS_PER_MICRO: i32 = 1_000;
const NANOS_PER_SECOND: i32 = 1_000_000_000;

/// A time as the wire carries it, from microseconds since 1970 in UTC.
pub fn timestamp(micros: i64) -> prost_types::Timestamp {
    // Below one second, so it fits.
    let nanos = micros.rem_euclid(MICROS_PER_SECOND) as i32 * NANOS_PER_MICRO;
    prost_types::Timestamp { seconds: micros.div_euclid(MICROS_PER_SECOND), nanos }
}

/// Microseconds since 1970 in UTC from a time on the wire, rounded down; `None` for what is no time or does not fit.
pub fn micros(time: &prost_types::Timestamp) -> Option<i64> {
    if !(0..NANOS_PER_SECOND).contains(&time.nanos) {
        return None;
    }
    let micros = i64::from(time.nanos / NANOS_PER_MICRO);
    if time.seconds < 0 {
        // The smallest times fit only as the fraction is added before the product is complete.
        (time.seconds + 1).checked_mul(MICROS_PER_SECOND)?.checked_add(micros - MICROS_PER_SECOND)
    } else {
        time.seconds.checked_mul(MICROS_PER_SECOND)?.checked_add(micros)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_comes_back_the_same() {
        for time in [0, 1, -1, 999_999, -1_000_000, 1_790_000_000_123_456, i64::MIN, i64::MAX] {
            assert_eq!(micros(&timestamp(time)), Some(time));
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for (seconds, nanos) in [(0, -1), (0, NANOS_PER_SECOND), (i64::MAX, 0), (i64::MIN, 0)] {
            assert_eq!(micros(&prost_types::Timestamp { seconds, nanos }), None);
        }
    }
}
