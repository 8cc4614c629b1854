//! Logs: for people on a terminal, one JSON object a line elsewhere. To standard error; never contents of documents.

use std::io::IsTerminal;
use std::panic;
use tracing::{Subscriber, error};
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
        false => log.json().flatten_event(true).with_filter(filter).boxed(),
    }
}

/// The words of a panic may quote a document, so only its place is logged.
pub(crate) fn log_panics() {
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        error!(panic.place = place, "panicked at {place}");
    }));
}
