//! How a message looks on its way.
//!
//! | property | value |
//! | --- | --- |
//! | `content_type` | `application/vnd.gongkai.submissions` |
//! | `delivery_mode` | 2, so that it survives the broker |
//! | `message_id` | unique for a publication; another delivery of it has the same |
//! | header `traceparent`, `tracestate` | the trace that the work on it continues, if any |
//!
//! The body is one byte with the version of the format, 1, and then 1 to 128 submissions, each by the sixteen bytes of its
//! UUID. The priority is the routing key. What is in another format is not for this version: it is put aside, never
//! guessed at.

use gongkai_model::{Priority, SubmissionId};
use gongkai_queue::{Message, SUBMISSIONS_MAX, TraceContext};
use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable};
use uuid::Uuid;

const CONTENT_TYPE: &str = "application/vnd.gongkai.submissions";
const VERSION: u8 = 1;
/// The broker writes it to disk.
const PERSISTENT: u8 = 2;
const TRACE_PARENT: &str = "traceparent";
const TRACE_STATE: &str = "tracestate";

/// Why a message is not for this version.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum EnvelopeError {
    #[error("its content type is not {CONTENT_TYPE}")]
    ContentType,
    #[error("its format is of version {0}, and this program reads version {VERSION}")]
    Version(u8),
    #[error("its body has {0} bytes, which do not name from 1 to {SUBMISSIONS_MAX} submissions")]
    Length(usize),
}

/// The body of a message.
pub(crate) fn body(message: &Message) -> Vec<u8> {
    let mut body = Vec::with_capacity(1 + 16 * message.submissions().len());
    body.push(VERSION);
    for submission in message.submissions() {
        body.extend_from_slice(submission.uuid().as_bytes());
    }
    body
}

/// The properties of a message that is published as `message_id`.
pub(crate) fn properties(message: &Message, message_id: &str) -> BasicProperties {
    let mut headers = FieldTable::default();
    if let Some(trace) = &message.trace {
        headers.insert(TRACE_PARENT.into(), AMQPValue::LongString(trace.parent().into()));
        if let Some(state) = trace.state() {
            headers.insert(TRACE_STATE.into(), AMQPValue::LongString(state.into()));
        }
    }
    BasicProperties::default()
        .with_content_type(CONTENT_TYPE.into())
        .with_delivery_mode(PERSISTENT)
        .with_message_id(message_id.into())
        .with_headers(headers)
}

/// The message that came as `body` with `properties` from the queue of `priority`.
pub(crate) fn open(
    body: &[u8],
    properties: &BasicProperties,
    priority: Priority,
) -> Result<Message, EnvelopeError> {
    if properties.content_type().as_ref().map(|name| name.as_str()) != Some(CONTENT_TYPE) {
        return Err(EnvelopeError::ContentType);
    }
    let Some((version, ids)) = body.split_first() else { return Err(EnvelopeError::Length(0)) };
    if *version != VERSION {
        return Err(EnvelopeError::Version(*version));
    }
    let (ids, rest) = ids.as_chunks::<16>();
    if !rest.is_empty() {
        return Err(EnvelopeError::Length(body.len()));
    }
    let submissions = ids.iter().map(|id| SubmissionId::from_uuid(Uuid::from_bytes(*id))).collect();
    let message = Message::new(submissions, priority).map_err(|_| EnvelopeError::Length(body.len()))?;
    Ok(message.with_trace(properties.headers().as_ref().and_then(trace)))
}

/// The trace in the headers. One that is not well-formed is none: it is no reason to leave work undone.
fn trace(headers: &FieldTable) -> Option<TraceContext> {
    let text = |name: &str| match headers.inner().get(name)? {
        AMQPValue::LongString(text) => std::str::from_utf8(text.as_bytes()).ok(),
        AMQPValue::ShortString(text) => Some(text.as_str()),
        _ => None,
    };
    TraceContext::parse(text(TRACE_PARENT)?, text(TRACE_STATE))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn message(count: usize) -> Message {
        Message::new((0..count).map(|_| SubmissionId::generate()).collect(), Priority::Normal).unwrap()
    }

    fn typed() -> BasicProperties {
        BasicProperties::default().with_content_type(CONTENT_TYPE.into())
    }

    #[test]
    fn a_message_comes_out_as_it_was_put_in() {
        for count in [1, 2, SUBMISSIONS_MAX] {
            for trace in [None, TraceContext::parse(PARENT, None), TraceContext::parse(PARENT, Some("a=1"))] {
                let message = message(count).with_trace(trace);
                let opened = open(&body(&message), &properties(&message, "1"), Priority::Normal);
                assert_eq!(opened.as_ref(), Ok(&message));
            }
        }
    }

    #[test]
    fn the_format_is_as_it_is_documented() {
        let message = message(1);
        let body = body(&message);
        assert_eq!(body[0], 1);
        assert_eq!(&body[1..], message.submissions()[0].uuid().as_bytes());
        let properties = properties(&message, "a-1");
        assert_eq!(*properties.delivery_mode(), Some(2));
        assert_eq!(properties.message_id().as_ref().map(|id| id.as_str()), Some("a-1"));
    }

    #[test]
    fn what_is_in_another_format_is_refused() {
        let good = body(&message(1));
        let refused =
            |body: &[u8], properties: &BasicProperties| open(body, properties, Priority::Low).unwrap_err();
        assert_eq!(refused(&good, &BasicProperties::default()), EnvelopeError::ContentType);
        let other = BasicProperties::default().with_content_type("application/json".into());
        assert_eq!(refused(&good, &other), EnvelopeError::ContentType);
        let later = [&[2], &good[1..]].concat();
        assert_eq!(refused(&later, &typed()), EnvelopeError::Version(2));
        assert_eq!(refused(b"", &typed()), EnvelopeError::Length(0));
        assert_eq!(refused(&good[..1], &typed()), EnvelopeError::Length(1));
        assert_eq!(refused(&good[..16], &typed()), EnvelopeError::Length(16));
        let long = body(&message(SUBMISSIONS_MAX)).into_iter().chain([0; 16]).collect::<Vec<_>>();
        assert_eq!(refused(&long, &typed()), EnvelopeError::Length(1 + 129 * 16));
    }

    #[test]
    fn a_trace_that_is_not_well_formed_is_none() {
        let message = message(1);
        for value in [
            AMQPValue::LongString("not a trace".into()),
            AMQPValue::LongString(vec![0xff; 55].into()),
            AMQPValue::LongInt(7),
            AMQPValue::Void,
        ] {
            let mut headers = FieldTable::default();
            headers.insert(TRACE_PARENT.into(), value);
            let opened = open(&body(&message), &typed().with_headers(headers), Priority::Normal);
            assert_eq!(opened.unwrap().trace, None);
        }
    }
}
