use hdrhistogram::Histogram;
use std::fmt;
use std::time::Duration;

/// How long things took, in microseconds, within one in a thousand.
#[derive(Debug)]
pub(super) struct Latencies(Option<Histogram<u64>>);

/// Longer times count as this long: an hour.
const LONGEST_MICROS: u64 = 3_600_000_000;

const QUANTILES: [(&str, f64); 4] = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p999", 0.999)];

impl Latencies {
    pub(super) fn new() -> Self {
        Self(Histogram::new_with_max(LONGEST_MICROS, 3).ok())
    }

    pub(super) fn add(&mut self, took: Duration) {
        if let Some(histogram) = &mut self.0 {
            histogram.saturating_record(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
        }
    }

    pub(super) fn len(&self) -> u64 {
        self.0.as_ref().map_or(0, Histogram::len)
    }

    fn quantiles(&self) -> impl Iterator<Item = (&'static str, Duration)> + '_ {
        self.0.iter().flat_map(|histogram| {
            let quantiles =
                QUANTILES.iter().map(|(name, share)| (*name, histogram.value_at_quantile(*share)));
            quantiles
                .chain([("max", histogram.max())])
                .map(|(name, micros)| (name, Duration::from_micros(micros)))
        })
    }

    pub(super) fn json(&self) -> serde_json::Value {
        let micros = |took: Duration| u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let mut json: serde_json::Map<String, serde_json::Value> =
            self.quantiles().map(|(name, took)| (format!("{name}_us"), micros(took).into())).collect();
        json.insert("count".to_owned(), self.len().into());
        json.into()
    }
}

impl fmt::Display for Latencies {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:>8}", self.len())?;
        for (name, took) in self.quantiles() {
            write!(formatter, "   {name} {took:.1?}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_of_what_was_added() {
        let mut latencies = Latencies::new();
        (1..=1000).for_each(|millis| latencies.add(Duration::from_millis(millis)));
        let json = latencies.json();
        assert_eq!(json["count"], 1000);
        for (name, millis) in [("p50_us", 500), ("p99_us", 990), ("max_us", 1000)] {
            let told = json[name].as_u64().unwrap();
            assert!(told.abs_diff(millis * 1000) <= millis + 1, "{name} {told}");
        }
    }
}
