//! Logs: for people on a terminal, one JSON object a line elsewhere. To standard error; never contents of documents.

use serde_json::{Map, Value};
use std::error::Error;
use std::fmt;
use std::io::IsTerminal;
use std::panic;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber, error};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{EnvFilter, Layer};

/// What is logged where nothing else is asked for. A collector that is away would be told of once a second.
const STANDARD: &str =
    "info,sqlx=warn,opentelemetry=off,opentelemetry_sdk=off,opentelemetry_otlp=off,opentelemetry-otlp=off";

/// Logs what `directives` say, or the usual.
pub(crate) fn layer<S>(directives: Option<&str>) -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let filter = directives.and_then(|directives| EnvFilter::try_new(directives).ok());
    let filter = filter.unwrap_or_else(|| EnvFilter::new(STANDARD));
    let log = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    match std::io::stderr().is_terminal() {
        true => log.compact().with_target(false).with_filter(filter).boxed(),
        false => log.json().flatten_event(true).map_event_format(WithCauses).with_filter(filter).boxed(),
    }
}

/// Tells of an error with all its causes. The usual JSON has its own words alone, and those rarely say why.
struct WithCauses<F>(F);

impl<S, N, F> FormatEvent<S, N> for WithCauses<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut chains = Chains::default();
        event.record(&mut chains);
        if chains.0.is_empty() {
            return self.0.format_event(context, writer, event);
        }
        let mut line = String::new();
        self.0.format_event(context, Writer::new(&mut line), event)?;
        match serde_json::from_str::<Map<String, Value>>(&line) {
            Ok(mut fields) => {
                for (field, chain) in chains.0 {
                    fields.insert(field.to_owned(), chain.into());
                }
                writeln!(writer, "{}", Value::Object(fields))
            }
            // Better without causes than not at all.
            Err(_) => writer.write_str(&line),
        }
    }
}

/// The errors among the fields of an event that have causes, each as one line.
#[derive(Default)]
struct Chains(Vec<(&'static str, String)>);

impl Visit for Chains {
    fn record_error(&mut self, field: &Field, error: &(dyn Error + 'static)) {
        let mut cause = error.source();
        if cause.is_none() {
            return;
        }
        let mut chain = error.to_string();
        while let Some(next) = cause {
            chain.push_str(": ");
            chain.push_str(&next.to_string());
            cause = next.source();
        }
        self.0.push((field.name(), chain));
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}

/// The words of a panic may quote a document, so only its place is logged.
pub(crate) fn log_panics() {
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        error!(panic.place = place, "panicked at {place}");
    }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;
    use std::sync::{Arc, Mutex};
    use tracing::{info, warn};
    use tracing_subscriber::layer::SubscriberExt as _;

    #[derive(Debug, thiserror::Error)]
    #[error("the outbox cannot be read or written")]
    struct Outer(#[source] Inner);

    #[derive(Debug, thiserror::Error)]
    #[error("store is unavailable")]
    struct Inner(#[source] io::Error);

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What is logged as JSON while `work` is done.
    fn logged(work: impl FnOnce()) -> Vec<Map<String, Value>> {
        let lines = Lines::default();
        let writer = lines.clone();
        let layer = tracing_subscriber::fmt::layer().with_writer(move || writer.clone());
        let layer = layer.json().flatten_event(true).map_event_format(WithCauses);
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), work);
        let bytes = lines.0.lock().unwrap();
        String::from_utf8_lossy(&bytes).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn an_error_is_told_with_all_its_causes_and_nothing_else_is_changed() {
        let error = Outer(Inner(io::Error::other("connection \"refused\"")));
        let lines = logged(|| {
            let span = tracing::info_span!("attempt", submission.id = "submissions/1");
            let _entered = span.enter();
            warn!(error = &error as &dyn Error, submission.id = "submissions/1", count = 3, "not announced");
            info!(count = 3, "fine");
        });
        let [told, fine] = lines.as_slice() else { panic!("{lines:?}") };
        let chain = "the outbox cannot be read or written: store is unavailable: connection \"refused\"";
        assert_eq!(told["error"], chain);
        assert_eq!((&told["message"], &told["count"]), (&"not announced".into(), &3.into()));
        assert_eq!((&told["level"], &told["submission.id"]), (&"WARN".into(), &"submissions/1".into()));
        assert_eq!(told["span"]["name"], "attempt");
        let keys = |line: &Map<String, Value>| line.keys().cloned().collect::<Vec<_>>();
        let other = |key: &String| key != "error" && key != "submission.id";
        assert_eq!(keys(told).into_iter().filter(other).collect::<Vec<_>>(), keys(&fine.clone()));
    }

    #[test]
    fn an_error_without_causes_is_told_by_its_own_words() {
        let error = io::Error::other("disk full");
        let lines = logged(|| warn!(error = &error as &dyn Error, "not stored"));
        assert_eq!(lines[0]["error"], "disk full");
    }
}
