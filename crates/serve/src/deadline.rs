use futures::{Stream, StreamExt as _, stream};
use gongkai_wire::ErrorReason;
use std::pin::pin;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};
use tokio_util::task::AbortOnDropHandle;
use tonic::metadata::MetadataMap;
use tonic::{Request, Response, Status};
use tracing::Instrument as _;

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

    /// Gives `answers` until the deadline. Then they are dropped, and with them all that they hold, also where their caller has
    /// stopped reading: a stream that is only looked at when there is room for more of it never finds out how late it is.
    pub fn bound_stream<T: Send + 'static>(
        self,
        answers: impl Stream<Item = Result<T, Status>> + Send + 'static,
    ) -> impl Stream<Item = Result<T, Status>> + Send + 'static {
        // One answer is made while the one before is sent.
        let (sender, receiver) = mpsc::channel(1);
        let give = async move {
            let mut answers = pin!(answers);
            while let Some(answer) = answers.next().await {
                if sender.send(answer).await.is_err() {
                    break;
                }
            }
            Ok(())
        };
        let given = AbortOnDropHandle::new(tokio::spawn(self.bound(give).in_current_span()));
        stream::unfold(Some((receiver, given)), |rest| async move {
            let (mut receiver, given) = rest?;
            if let Some(answer) = receiver.recv().await {
                let rest = answer.is_ok().then_some((receiver, given));
                return Some((answer, rest));
            }
            let cut_short = match given.await {
                Ok(whole) => whole.err()?,
                Err(_) => ErrorReason::Internal.status("internal error"),
            };
            Some((Err(cut_short), None))
        })
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

/// Does the work of a call that is answered with one message, unless the caller's deadline, or `longest`, comes first.
///
/// # Errors
/// What `work` gives, or `DEADLINE_EXCEEDED`.
pub async fn call<Question, Answer, Working>(
    request: Request<Question>,
    longest: Duration,
    work: impl FnOnce(Question) -> Working,
) -> Result<Response<Answer>, Status>
where
    Working: Future<Output = Result<Answer, Status>>,
{
    let (headers, _, question) = request.into_parts();
    within(&headers, longest, work(question)).await.map(Response::new)
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

    #[tokio::test(start_paused = true)]
    async fn what_a_stream_holds_is_given_back_at_the_deadline_whether_or_not_it_is_read() {
        let deadline = Deadline(None).at_most(Duration::from_secs(60));
        let held = std::sync::Arc::new(());
        let holding = held.clone();
        let endless = stream::iter(0..).map(move |number| (holding.clone(), Ok(number)).1);
        let mut unread = Box::pin(deadline.bound_stream(endless));
        assert_eq!(unread.next().await.unwrap().unwrap(), 0);
        while 1 < std::sync::Arc::strong_count(&held) {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        // What was on its way arrives, and is not taken for everything.
        let rest: Vec<_> = unread.collect().await;
        assert_eq!(rest.last().unwrap().as_ref().unwrap_err().code(), Code::DeadlineExceeded);
        assert!(rest.len() < 5 && rest[..rest.len() - 1].iter().all(Result::is_ok));
    }

    #[tokio::test]
    async fn a_stream_ends_as_it_ends_by_itself() {
        let all = async |answers: Vec<Result<u8, Status>>| -> Vec<_> {
            let answers = Deadline(None).bound_stream(stream::iter(answers));
            answers.map(|answer| answer.map_err(|status| status.code())).collect().await
        };
        assert_eq!(all(vec![Ok(1), Ok(2)]).await, [Ok(1), Ok(2)]);
        assert_eq!(all(vec![Ok(1), Err(Status::aborted("x")), Ok(2)]).await, [Ok(1), Err(Code::Aborted)]);
        let panics = stream::iter([1, 0]).map(|number| Ok(1 / number));
        let last: Vec<_> = Deadline(None).bound_stream(panics).collect().await;
        assert_eq!(last[1].as_ref().unwrap_err().code(), Code::Internal);
    }

    #[tokio::test]
    async fn work_that_does_not_end_is_given_up_without_a_callers_deadline_too() {
        let endless = std::future::pending::<Result<(), Status>>();
        let status = within(&MetadataMap::new(), Duration::from_millis(1), endless).await.unwrap_err();
        assert_eq!(status.code(), Code::DeadlineExceeded);
    }
}
