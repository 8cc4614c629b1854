//! Moments, as people write them.

/// A moment as people write it, in UTC, to the second.
pub(crate) fn in_utc(micros: i64) -> String {
    let seconds = micros.div_euclid(1_000_000);
    let (days, of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    format!(
        "{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02} UTC",
        of_day / 3600,
        of_day / 60 % 60,
        of_day % 60
    )
}

/// The day of the Gregorian calendar that is so many days after 1970-01-01. Years begin in March here, so that the leap
/// day is their last, and every 400 of them have the same 146,097 days.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_days_of_the_calendar() {
        assert_eq!(in_utc(0), "1970-01-01 00:00:00 UTC");
        assert_eq!(in_utc(951_782_399_000_000), "2000-02-28 23:59:59 UTC");
        assert_eq!(in_utc(951_782_400_000_000), "2000-02-29 00:00:00 UTC");
        assert_eq!(in_utc(1_614_556_800_000_000), "2021-03-01 00:00:00 UTC");
        assert_eq!(in_utc(-1), "1969-12-31 23:59:59 UTC");
    }
}
