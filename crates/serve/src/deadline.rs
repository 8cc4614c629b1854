use std::time::Duration;
use tokio::time::{Instant, timeout_at};
use tonic::Status;
use tonic::metadata::MetadataMap;

/// The gRPC header in which a caller says how long it will wait.
const HEADER: &str = "grpc-timeout";
/// We give up this much before the transport does, so that the caller is told `DEADLINE_EXCEEDED` and not `CANCELLED`.
const HEAD_START: Duration = Duration::from_millis(10);

/// When the work for a call has to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline(Option<Instant>);

impl Deadline {
    /// When the caller will not wait any longer; never where it did not say.
    pub fn of(metadata: &MetadataMap) -> Self {
        let timeout = metadata.get(HEADER).and_then(|value| parse(value.to_str().ok()?));
        Self(timeout.and_then(|timeout| Instant::now().checked_add(timeout - HEAD_START.min(timeout / 4))))
    }

    /// The same, but not later than `longest` from now.
    #[must_use]
    pub fn at_most(self, longest: Duration) -> Self {
        let limit = Instant::now() + longest;
        Self(Some(self.0.map_or(limit, |deadline| deadline.min(limit))))
    }

    /// Does `work` unless the deadline comes first.
    ///
    /// # Errors
    /// What `work` gives, or `DEADLINE_EXCEEDED`.
    pub async fn bound<T>(self, work: impl Future<Output = Result<T, Status>>) -> Result<T, Status> {
        let Some(deadline) = self.0 else { return work.await };
        match timeout_at(deadline, work).await {
            Ok(result) => result,
            Err(_) => Err(Status::deadline_exceeded("the deadline has passed; the outcome is unknown")),
        }
    }
}

/// Does `work` for a call unless the caller's deadline, or `longest`, comes first.
///
/// # Errors
/// What `work` gives, or `DEADLINE_EXCEEDED`.
pub async fn within<T>(
    metadata: &MetadataMap,
    longest: Duration,
    work: impl Future<Output = Result<T, Status>>,
) -> Result<T, Status> {
    Deadline::of(metadata).at_most(longest).bound(work).await
}

/// Reads a timeout as gRPC writes it: at most eight digits and a unit.
fn parse(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || 8 < digits.len() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let count: u64 = digits.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(count * 60 * 60),
        "M" => Duration::from_secs(count * 60),
        "S" => Duration::from_secs(count),
        "m" => Duration::from_millis(count),
        "u" => Duration::from_micros(count),
        "n" => Duration::from_nanos(count),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use tonic::Code;

    #[test]
    fn timeouts_are_read_as_grpc_writes_them() {
        assert_eq!(parse("20S"), Some(Duration::from_secs(20)));
        assert_eq!(parse("99999999H"), Some(Duration::from_secs(99_999_999 * 3600)));
        assert_eq!(parse("5m"), Some(Duration::from_millis(5)));
        for nonsense in ["", "S", "5", "-5S", "5 S", "999999999S", "5年", "5s"] {
            assert_eq!(parse(nonsense), None, "{nonsense}");
        }
    }

    #[tokio::test]
    async fn work_that_does_not_end_is_given_up_at_the_callers_deadline() {
        let mut metadata = MetadataMap::new();
        metadata.insert(HEADER, "1m".parse().unwrap());
        let endless = std::future::pending::<Result<(), Status>>();
        let status = within(&metadata, Duration::from_secs(3600), endless).await.unwrap_err();
        assert_eq!(status.code(), Code::DeadlineExceeded);
    }

    #[tokio::test]
    async fn work_that_does_not_end_is_given_up_without_a_callers_deadline_too() {
        let endless = std::future::pending::<Result<(), Status>>();
        let status = within(&MetadataMap::new(), Duration::from_millis(1), endless).await.unwrap_err();
        assert_eq!(status.code(), Code::DeadlineExceeded);
    }
}
