//! Traces over the borders of a process, as W3C *Trace Context* writes them.

use gongkai_model::TraceContext;
use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use std::str::FromStr;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// Characters of a `traceparent` of version 00; later versions may append others.
const PARENT_LENGTH: usize = 55;

/// The trace in which the span at hand asks others to do something; none where nothing is traced.
pub fn current_trace() -> Option<TraceContext> {
    let context = Span::current().context();
    let span = context.span().span_context().clone();
    if !span.is_valid() {
        return None;
    }
    let parent = format!("00-{}-{}-{:02x}", span.trace_id(), span.span_id(), span.trace_flags().to_u8());
    let state = span.trace_state().header();
    TraceContext::parse(&parent, Some(&state).filter(|state| !state.is_empty()).map(String::as_str))
}

/// Makes `span` a child of the one that `trace` names.
pub fn continue_trace(span: &Span, trace: &TraceContext) {
    if let Some(parent) = span_context(trace) {
        // Without a collector there is no trace to go on with.
        let _ = span.set_parent(Context::new().with_remote_span_context(parent));
    }
}

/// None only where the bytes of `trace` are in no place of version 00, which no later version may change.
fn span_context(trace: &TraceContext) -> Option<SpanContext> {
    let mut fields = trace.parent().get(..PARENT_LENGTH)?.split('-').skip(1);
    let (id, span, flags) = (fields.next()?, fields.next()?, fields.next()?);
    let flags = TraceFlags::new(u8::from_str_radix(flags, 16).ok()?);
    let (id, span) = (TraceId::from_hex(id).ok()?, SpanId::from_hex(span).ok()?);
    let state = TraceState::from_str(trace.state().unwrap_or_default()).unwrap_or_default();
    Some(SpanContext::new(id, span, flags, true, state)).filter(SpanContext::is_valid)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_trace_is_read_as_the_standard_writes_it() {
        let trace = TraceContext::parse(PARENT, Some("vendor=opaque")).unwrap();
        let parent = span_context(&trace).unwrap();
        assert_eq!(parent.trace_id().to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(parent.span_id().to_string(), "00f067aa0ba902b7");
        assert_eq!(parent.trace_state().header(), "vendor=opaque");
        assert!(parent.is_sampled() && parent.is_remote());
        let later = TraceContext::parse(&format!("{}-more", PARENT.replacen("00-", "01-", 1)), None).unwrap();
        assert_eq!(span_context(&later).unwrap().span_id(), parent.span_id());
    }

    #[test]
    fn without_a_collector_there_is_no_trace() {
        assert_eq!(current_trace(), None);
        continue_trace(&Span::none(), &TraceContext::parse(PARENT, None).unwrap());
    }
}
