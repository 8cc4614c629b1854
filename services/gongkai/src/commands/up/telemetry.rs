//! Logs: for people on a terminal, one JSON object a line elsewhere. To standard error; never contents of documents.

use std::io::IsTerminal;
use std::panic;
use tracing::error;
use tracing_subscriber::EnvFilter;

/// What is logged where nothing else is asked for.
const STANDARD: &str = "info,sqlx=warn";

/// Starts logging, as `GONGKAI_LOG` says.
pub(super) fn start() {
    let filter = std::env::var("GONGKAI_LOG").ok().and_then(|directives| EnvFilter::try_new(directives).ok());
    let filter = filter.unwrap_or_else(|| EnvFilter::new(STANDARD));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // Whoever has started it before has decided already.
    let _ = match std::io::stderr().is_terminal() {
        true => log.compact().with_target(false).try_init(),
        false => log.json().flatten_event(true).try_init(),
    };
    // The words of a panic may quote a document, so only its place is logged.
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        error!(panic.place = place, "panicked at {place}");
    }));
}
