//! The trace that a piece of work belongs to, as text that travels beside it.

/// Characters of a `traceparent` of version 00.
const PARENT_LENGTH: usize = 55;
/// Bytes that any other version may have; none exists yet.
const PARENT_LENGTH_MAX: usize = 128;
/// Bytes of `tracestate` that are passed on. The standard asks for at least this many.
const STATE_LENGTH_MAX: usize = 512;

/// A trace context as W3C *Trace Context* (level 1) defines it: whose child a piece of work is.
///
/// Only well-formed ones can be made, so that whatever a stranger has put into a header goes no further.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceContext {
    parent: String,
    state: Option<String>,
}

impl TraceContext {
    /// The context that stands in the headers `traceparent` and `tracestate`; none where the first is not well-formed.
    /// A `tracestate` that is not well-formed is left out, as the standard says.
    pub fn parse(parent: &str, state: Option<&str>) -> Option<Self> {
        if !is_parent(parent.as_bytes()) {
            return None;
        }
        let state = state.map(str::trim).filter(|state| is_state(state)).map(str::to_owned);
        Some(Self { parent: parent.to_owned(), state })
    }

    /// The value of `traceparent`.
    pub fn parent(&self) -> &str {
        &self.parent
    }

    /// The value of `tracestate`.
    pub fn state(&self) -> Option<&str> {
        self.state.as_deref()
    }
}

/// `version "-" trace-id "-" parent-id "-" flags`, in lower-case hexadecimal digits. Ids of zeros are none; later versions
/// may append fields.
fn is_parent(text: &[u8]) -> bool {
    let Some((known, rest)) = text.split_at_checked(PARENT_LENGTH) else { return false };
    let mut fields = known.split(|byte| *byte == b'-');
    let mut field = |length: usize| {
        fields.next().filter(|digits| {
            digits.len() == length && digits.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        })
    };
    let (version, trace, span, flags) = (field(2), field(32), field(16), field(2));
    let is_id =
        |digits: Option<&[u8]>| digits.is_some_and(|digits| digits.iter().any(|digit| *digit != b'0'));
    let well_formed = is_id(trace) && is_id(span) && flags.is_some();
    let version_fits = match version {
        None | Some(b"ff") => false,
        Some(b"00") => rest.is_empty(),
        Some(_) => {
            text.len() <= PARENT_LENGTH_MAX
                && rest.first().is_none_or(|byte| *byte == b'-')
                && rest.iter().all(u8::is_ascii_graphic)
        }
    };
    well_formed && version_fits
}

/// Members `key=value` separated by commas, printable, and not too long. What they mean is their maker's business.
fn is_state(text: &str) -> bool {
    let is_member = |member: &str| {
        let member = member.trim();
        member.is_empty()
            || member.split_once('=').is_some_and(|(key, value)| !key.is_empty() && !value.is_empty())
    };
    !text.is_empty()
        && text.len() <= STATE_LENGTH_MAX
        && text.bytes().all(|byte| byte == b'\t' || (b' '..=b'~').contains(&byte))
        && text.split(',').count() <= 32
        && text.split(',').all(is_member)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_well_formed_context_is_kept_as_it_is() {
        let context = TraceContext::parse(PARENT, Some("vendor=opaque, other@tenant=1")).unwrap();
        assert_eq!(context.parent(), PARENT);
        assert_eq!(context.state(), Some("vendor=opaque, other@tenant=1"));
        assert_eq!(TraceContext::parse(PARENT, None).unwrap().state(), None);
    }

    #[test]
    fn a_parent_that_is_not_well_formed_is_none() {
        let zero_trace = "00-00000000000000000000000000000000-00f067aa0ba902b7-01";
        let zero_span = "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01";
        let wrong = [
            "",
            "00",
            zero_trace,
            zero_span,
            &PARENT[..54],
            &PARENT.to_uppercase(),
            &PARENT.replacen("00-", "ff-", 1),
            &PARENT.replacen('-', "_", 1),
            &format!("{PARENT}-more"),
            &format!("{PARENT} "),
            &PARENT.replacen("4bf9", "4b中", 1),
        ];
        for parent in wrong {
            assert_eq!(TraceContext::parse(parent, None), None, "{parent}");
        }
    }

    #[test]
    fn a_later_version_may_append_fields_up_to_a_bound() {
        let later = PARENT.replacen("00-", "01-", 1);
        assert!(TraceContext::parse(&later, None).is_some());
        assert!(TraceContext::parse(&format!("{later}-more"), None).is_some());
        assert!(TraceContext::parse(&format!("{later}more"), None).is_none());
        assert!(TraceContext::parse(&format!("{later}-{}", "a".repeat(72)), None).is_some());
        assert!(TraceContext::parse(&format!("{later}-{}", "a".repeat(73)), None).is_none());
    }

    #[test]
    fn a_state_that_is_not_well_formed_is_left_out() {
        let long = |length: usize| format!("k={}", "v".repeat(length - 2));
        let state = |text: &str| TraceContext::parse(PARENT, Some(text)).unwrap().state().map(str::to_owned);
        assert_eq!(state(&long(512)), Some(long(512)));
        assert_eq!(state("a=1,,b=2"), Some("a=1,,b=2".to_owned()));
        for wrong in
            ["", "  ", "novalue", "=1", "a=", "a=\r\nb=1", "a=中", &long(513), &["a=1"; 33].join(",")]
        {
            assert_eq!(state(wrong), None, "{wrong}");
        }
    }
}
