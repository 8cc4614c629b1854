//! Pages inside of something else: a string of JSON, as interfaces of sites give it, or markup that was escaped whole.
//! What is inside is read, and keeps its place in the file.

use crate::SourceTextBuilder;
use crate::decode::Decoded;
use std::borrow::Cow;
use std::ops::Range;

/// The page inside of `decoded`, if it holds one.
pub(crate) fn unwrapped(decoded: Decoded<'_>) -> Decoded<'_> {
    let inner = match json_content(&decoded.text) {
        Some(content) => rewritten(decoded, content, json_escape),
        None => decoded,
    };
    if is_escaped_markup(&inner.text) {
        let whole = 0..inner.text.len();
        return rewritten(inner, whole, markup_escape);
    }
    inner
}

/// What an escape at the start of a text stands for, and its length in bytes.
type Escape = fn(&str) -> Option<(Option<char>, usize)>;

/// The piece `range` of a text, with its escapes resolved.
fn rewritten(decoded: Decoded<'_>, range: Range<usize>, escape: Escape) -> Decoded<'static> {
    let text = decoded.text.get(range.clone()).unwrap_or_default();
    let mut builder = SourceTextBuilder::with_capacity(text.len());
    let mut done = 0;
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| rest.find(['\\', '&'])).map(|at| from + at) {
        let Some((character, len)) = escape(&text[at..]) else {
            from = at + 1;
            continue;
        };
        builder.push_through(&decoded.map, &text[done..at], range.start + done);
        if let Some(character) = character {
            let source = decoded.map.source_range(range.start + at..range.start + at + len);
            builder.push_piece(character.encode_utf8(&mut [0; 4]), source.start, source.len());
        }
        done = at + len;
        from = done;
    }
    builder.push_through(&decoded.map, text.get(done..).unwrap_or_default(), range.start + done);
    let (text, map) = builder.into_parts();
    Decoded { text: Cow::Owned(text), map, encoding: decoded.encoding, issues: decoded.issues }
}

/// The longest string of a JSON text, if it is most of it or holds markup.
fn json_content(text: &str) -> Option<Range<usize>> {
    /// Shorter strings are no report.
    const BYTES_MIN: usize = 200;
    let start = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    let first = start.strip_prefix(['{', '['])?.trim_ascii_start();
    if !first.starts_with(['"', '{', '[']) {
        return None;
    }
    let mut longest = 0..0;
    let bytes = text.as_bytes();
    let mut at = text.len() - start.len();
    while let Some(open) = bytes.get(at..).and_then(|rest| rest.iter().position(|&byte| byte == b'"')) {
        let begin = at + open + 1;
        let mut end = begin;
        while let Some(&byte) = bytes.get(end).filter(|byte| **byte != b'"') {
            end += if byte == b'\\' { 2 } else { 1 };
        }
        // A string that never ends was cut off.
        let end = end.min(text.len());
        if longest.len() < end - begin {
            longest = begin..end;
        }
        at = end + 1;
    }
    let content = text.get(longest.clone())?;
    let has_markup = || content.contains('<') || content.contains("\\u003c") || content.contains("\\u003C");
    (BYTES_MIN <= longest.len() && (text.len() < longest.len() * 2 || has_markup())).then_some(longest)
}

/// An escape of JSON.
fn json_escape(text: &str) -> Option<(Option<char>, usize)> {
    let bytes = text.as_bytes();
    if *bytes.first()? != b'\\' {
        return None;
    }
    let character = match *bytes.get(1)? {
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'b' | b'f' => ' ',
        quoted @ (b'"' | b'\\' | b'/') => char::from(quoted),
        b'u' => return Some(unicode_escape(text)),
        _ => return None,
    };
    Some((Some(character), 2))
}

/// A `\uXXXX` escape, or two that are one character.
fn unicode_escape(text: &str) -> (Option<char>, usize) {
    let unit = |from: usize| {
        let digits = text.get(from..from + 6)?.strip_prefix("\\u")?;
        u32::from_str_radix(digits, 16).ok()
    };
    match unit(0) {
        Some(high @ 0xd800..0xdc00) => match unit(6) {
            Some(low @ 0xdc00..0xe000) => {
                (char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)), 12)
            }
            _ => (Some('\u{fffd}'), 6),
        },
        Some(unit) => (Some(char::from_u32(unit).unwrap_or('\u{fffd}')), 6),
        None => (Some('\u{fffd}'), 2),
    }
}

/// Whether the tags of a page were escaped, so that a browser would show them.
fn is_escaped_markup(text: &str) -> bool {
    const ESCAPED_MIN: usize = 3;
    let is_tag = |at: usize| {
        let rest = text.get(at + 4..).unwrap_or_default();
        let name = rest.trim_start_matches('/');
        let len = name.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let known = ["p", "td", "tr", "table", "div", "br", "span", "strong", "tbody"];
        name.get(..len).is_some_and(|name| known.iter().any(|known| name.eq_ignore_ascii_case(known)))
    };
    let escaped = || text.match_indices("&lt;").filter(|(at, _)| is_tag(*at)).take(ESCAPED_MIN).count();
    let has_tags = || ["<p", "<td", "<tr", "<br", "<P", "<TD"].iter().any(|tag| text.contains(tag));
    memchr::memmem::find(text.as_bytes(), b"&lt;").is_some() && ESCAPED_MIN <= escaped() && !has_tags()
}

/// One of the references that escaping markup puts.
fn markup_escape(text: &str) -> Option<(Option<char>, usize)> {
    let known = [("&lt;", '<'), ("&gt;", '>'), ("&quot;", '"'), ("&#39;", '\''), ("&amp;", '&')];
    known
        .iter()
        .find(|(name, _)| text.starts_with(name))
        .map(|(name, character)| (Some(*character), name.len()))
}

#[cfg(test)]
mod tests {
    use crate::{Document, Hint, Limits, Media, read};

    fn document(source: &str) -> Document {
        read(source.as_bytes(), &Hint::default(), &Limits::STANDARD).unwrap()
    }

    /// The texts of all blocks, and whether each leads back to characters of the source.
    fn texts(source: &str) -> Vec<String> {
        let document = document(source);
        let text = |block: &crate::Block| {
            let place = document.text.span(&block.text).as_bytes().unwrap();
            assert!(source.get(place.start as usize..place.end as usize).is_some());
            document.text.slice(&block.text).to_owned()
        };
        document.blocks.iter().map(text).collect()
    }

    #[test]
    fn a_page_in_a_string_of_json_is_read() {
        let filler = "情况".repeat(100);
        let source = format!(
            "{{\"code\": 0, \"data\": {{\"title\": \"年报\", \"content\": \"<p class=\\\"a\\\">\\u7532<\\/p>\\n<p>1\\\\2 \
             \\ud840\\udc00{filler}<\\/p>\"}}}}"
        );
        assert_eq!(texts(&source), ["甲".to_owned(), format!("1\\2 𠀀{filler}")]);
        let document = document(&source);
        assert_eq!(document.media, Media::Html);
        let place = document.text.span(&document.blocks[0].text).as_bytes().unwrap();
        assert_eq!(&source[place.start as usize..place.end as usize], "\\u7532");
    }

    #[test]
    fn what_is_no_json_is_read_as_it_is() {
        let filler = "情况".repeat(200);
        for source in [format!("[首页]\"{filler}\""), format!("{{{filler}"), format!("“{filler}”")] {
            assert_eq!(texts(&source).join("\n"), source);
        }
        // Short strings: data about something else.
        let data = "{\"a\": \"甲\", \"b\": \"乙\"}";
        assert_eq!(texts(data), [data]);
    }

    #[test]
    fn json_that_breaks_off_is_read_up_to_there() {
        let filler = "情况".repeat(100);
        for end in ["\\", "\\u", "\\u12", "\\ud840", "<"] {
            let source = format!("{{\"content\": \"<p>{filler}{end}");
            assert!(texts(&source)[0].starts_with(&filler), "{end}");
        }
    }

    #[test]
    fn markup_that_was_escaped_whole_is_markup() {
        let source = "<string>&lt;p&gt;甲&amp;nbsp;乙&lt;/p&gt;&lt;p&gt;丙&lt;/p&gt;</string>";
        assert_eq!(texts(source), ["甲\u{a0}乙", "丙"]);
        // One tag that is spoken of, or one beside real ones, is text.
        assert_eq!(texts("<b>甲&lt;p&gt;乙</b>"), ["甲<p>乙"]);
        assert_eq!(texts("<p>&lt;p&gt;甲&lt;/p&gt;&lt;td&gt;</p>"), ["<p>甲</p><td>"]);
    }
}
