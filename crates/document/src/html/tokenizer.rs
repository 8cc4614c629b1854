//! Markup into text and tags, as the tokenization of the HTML Standard has it. Everything else (comments,
//! conditional ones included, document types, processing instructions) is passed over. Linear: no byte is looked
//! at twice for a token.

use memchr::memchr;
use std::ops::Range;

/// A piece of markup. Places are bytes of the markup.
#[derive(Debug)]
#[allow(
    clippy::large_enum_variant,
    reason = "one token lives at a time, and a box for each tag would cost more"
)]
pub(crate) enum Token<'a> {
    /// Text, with its character references.
    Text(Range<usize>),
    Start(StartTag<'a>),
    End {
        name: &'a str,
        at: usize,
    },
}

#[derive(Debug)]
pub(crate) struct StartTag<'a> {
    pub(crate) name: &'a str,
    pub(crate) at: usize,
    pub(crate) self_closing: bool,
    pub(crate) attributes: Attributes,
}

/// The attributes that make a difference, as places of their values; the first of a name counts.
#[derive(Debug, Default)]
pub(crate) struct Attributes {
    pub(crate) style: Option<Range<usize>>,
    pub(crate) class: Option<Range<usize>>,
    pub(crate) colspan: Option<Range<usize>>,
    pub(crate) rowspan: Option<Range<usize>>,
    pub(crate) hidden: Option<Range<usize>>,
    /// `name`, or what stands for it: `property` of `<meta>`, `rel` of `<link>`, `media` of `<style>`.
    pub(crate) name: Option<Range<usize>>,
    /// `content`, or `href` of `<link>`, or `value`.
    pub(crate) content: Option<Range<usize>>,
    pub(crate) charset: Option<Range<usize>>,
    /// `type`.
    pub(crate) kind: Option<Range<usize>>,
    pub(crate) http_equiv: Option<Range<usize>>,
    /// What a script is to write into the element: `v-text`, `ng-bind` and the like.
    pub(crate) bound: Option<Range<usize>>,
}

impl Attributes {
    fn slot(&mut self, name: &[u8]) -> Option<&mut Option<Range<usize>>> {
        let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
        Some(match name.len() {
            3 if is("rel") => &mut self.name,
            4 if is("name") => &mut self.name,
            4 if is("href") => &mut self.content,
            4 if is("type") => &mut self.kind,
            5 if is("style") => &mut self.style,
            5 if is("class") => &mut self.class,
            5 if is("media") => &mut self.name,
            5 if is("value") => &mut self.content,
            6 if is("hidden") => &mut self.hidden,
            6 if is("v-text") || is("v-html") || is("x-text") || is("x-html") => &mut self.bound,
            7 if is("ng-bind") => &mut self.bound,
            7 if is("colspan") => &mut self.colspan,
            7 if is("rowspan") => &mut self.rowspan,
            7 if is("content") => &mut self.content,
            7 if is("charset") => &mut self.charset,
            8 if is("property") => &mut self.name,
            9 if is("data-bind") => &mut self.bound,
            10 if is("http-equiv") => &mut self.http_equiv,
            12 if is("ng-bind-html") => &mut self.bound,
            _ => return None,
        })
    }
}

pub(crate) struct Tokenizer<'a> {
    text: &'a str,
    position: usize,
    is_cut_off: bool,
    in_cdata: bool,
}

impl<'a> Tokenizer<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, position: 0, is_cut_off: false, in_cdata: false }
    }

    /// How far the markup has been read.
    pub(crate) fn position(&self) -> usize {
        self.position
    }

    pub(crate) fn next_token(&mut self) -> Option<Token<'a>> {
        loop {
            let start = self.position;
            let rest = &self.text[start..];
            if self.in_cdata && rest.starts_with("]]>") {
                (self.in_cdata, self.position) = (false, start + 3);
                continue;
            }
            let mut text_len = memchr(b'<', rest.as_bytes()).unwrap_or(rest.len());
            if self.in_cdata {
                text_len = rest[..text_len].find("]]>").unwrap_or(text_len);
            }
            if 0 < text_len {
                self.position += text_len;
                return Some(Token::Text(start..start + text_len));
            }
            match self.text.as_bytes().get(start + 1) {
                None if rest.is_empty() => return None,
                Some(byte) if byte.is_ascii_alphabetic() => {
                    return self.start_tag(start).or_else(|| self.cut_off());
                }
                Some(b'/') => match self.text.as_bytes().get(start + 2) {
                    Some(byte) if byte.is_ascii_alphabetic() => {
                        return self.end_tag(start).or_else(|| self.cut_off());
                    }
                    Some(_) => self.pass(start + 2),
                    None => return self.cut_off(),
                },
                Some(b'!') if rest.starts_with("<!--") => self.comment(start + 4),
                // Feeds carry pages so.
                Some(b'!') if rest.starts_with("<![CDATA[") => {
                    (self.in_cdata, self.position) = (true, start + 9);
                }
                Some(b'!' | b'?') => self.pass(start + 2),
                // What begins a tag at the end of a file was one.
                None => return self.cut_off(),
                Some(_) => {
                    self.position = start + 1;
                    return Some(Token::Text(start..start + 1));
                }
            }
        }
    }

    /// Whether the markup ended behind a text or a tag, not inside of one.
    pub(crate) fn is_whole(&self) -> bool {
        !self.is_cut_off
    }

    fn cut_off(&mut self) -> Option<Token<'a>> {
        self.position = self.text.len();
        self.is_cut_off = true;
        None
    }

    /// Passes over the content of an element that is not markup, up to and with its end tag. Gives the content.
    pub(crate) fn raw_text(&mut self, name: &str) -> Range<usize> {
        let start = self.position;
        let mut at = start;
        while let Some(found) = memchr(b'<', &self.text.as_bytes()[at..]) {
            at += found;
            let after = at + 2 + name.len();
            let ends = self.text.as_bytes()[at + 1..].first() == Some(&b'/')
                && self.text.get(at + 2..after).is_some_and(|found| found.eq_ignore_ascii_case(name))
                && matches!(
                    self.text.as_bytes().get(after),
                    Some(b'>' | b'/' | b' ' | b'\t' | b'\n' | b'\x0c' | b'\r')
                );
            if ends {
                self.position = after;
                self.attributes(&mut Attributes::default());
                return start..at;
            }
            at += 1;
        }
        self.position = self.text.len();
        start..self.position
    }

    /// Passes over one line end, which does not count at the start of preformatted text.
    pub(crate) fn pass_line_end(&mut self) {
        let rest = &self.text[self.position..];
        let len = if rest.starts_with("\r\n") { 2 } else { usize::from(rest.starts_with(['\n', '\r'])) };
        self.position += len;
    }

    /// Passes over everything up to and with the next `>`.
    fn pass(&mut self, from: usize) {
        let end = memchr(b'>', &self.text.as_bytes()[from..]);
        self.position = end.map_or(self.text.len(), |found| from + found + 1);
    }

    fn comment(&mut self, from: usize) {
        let rest = &self.text[from..];
        if let Some(short) = [">", "->"].into_iter().find(|short| rest.starts_with(short)) {
            self.position = from + short.len();
            return;
        }
        let mut at = from;
        while let Some(found) = self.text[at..].find("--") {
            at += found;
            let after = &self.text[at + 2..];
            if let Some(end) = [">", "!>"].into_iter().find(|end| after.starts_with(end)) {
                self.position = at + 2 + end.len();
                return;
            }
            at += 1;
        }
        self.position = self.text.len();
    }

    fn start_tag(&mut self, at: usize) -> Option<Token<'a>> {
        let name = self.name(at + 1);
        let mut attributes = Attributes::default();
        let self_closing = self.attributes(&mut attributes)?;
        Some(Token::Start(StartTag { name, at, self_closing, attributes }))
    }

    fn end_tag(&mut self, at: usize) -> Option<Token<'a>> {
        let name = self.name(at + 2);
        // Nearly all end tags are nothing but their name.
        if self.text.as_bytes().get(self.position) == Some(&b'>') {
            self.position += 1;
        } else {
            self.attributes(&mut Attributes::default())?;
        }
        Some(Token::End { name, at })
    }

    fn name(&mut self, start: usize) -> &'a str {
        self.position = self.end_of(start, |byte| matches!(byte, b'>' | b'/') || byte.is_ascii_whitespace());
        &self.text[start..self.position]
    }

    /// Reads attributes up to and with the tag's end. Gives whether the tag closes itself, nothing if it never
    /// ends: then the rest of the file is no content, as in a browser.
    fn attributes(&mut self, attributes: &mut Attributes) -> Option<bool> {
        let bytes = self.text.as_bytes();
        let mut at = self.position;
        // Until an end is found, the tag goes to the end of the file.
        self.position = self.text.len();
        loop {
            at = self.end_of(at, |byte| !(byte == b'/' || byte.is_ascii_whitespace()));
            if *bytes.get(at)? == b'>' {
                self.position = at + 1;
                return Some(bytes[at - 1] == b'/');
            }
            let name_start = at;
            at = self.end_of(at + 1, |byte| matches!(byte, b'=' | b'>' | b'/') || byte.is_ascii_whitespace());
            let name = name_start..at;
            at = self.end_of(at, |byte| !byte.is_ascii_whitespace());
            let mut value = at..at;
            if *bytes.get(at)? == b'=' {
                at = self.end_of(at + 1, |byte| !byte.is_ascii_whitespace());
                match *bytes.get(at)? {
                    quote @ (b'"' | b'\'') => {
                        let len = memchr(quote, bytes.get(at + 1..)?)?;
                        value = at + 1..at + 1 + len;
                        at = value.end + 1;
                    }
                    _ => {
                        value = at..self.end_of(at, |byte| byte == b'>' || byte.is_ascii_whitespace());
                        at = value.end;
                    }
                }
            }
            if let Some(slot) = attributes.slot(&bytes[name]) {
                slot.get_or_insert(value);
            }
        }
    }

    /// The first place from `start` on whose byte is such, or the end.
    fn end_of(&self, start: usize, such: impl Fn(u8) -> bool) -> usize {
        let rest = self.text.as_bytes().get(start..).unwrap_or_default();
        rest.iter().position(|&byte| such(byte)).map_or(self.text.len(), |len| start + len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One line a token.
    fn outline(markup: &str) -> String {
        let mut tokenizer = Tokenizer::new(markup);
        let mut lines = Vec::new();
        while let Some(token) = tokenizer.next_token() {
            lines.push(match token {
                Token::Text(range) => format!("{:?}", &markup[range]),
                Token::End { name, .. } => format!("</{name}>"),
                Token::Start(tag) => {
                    let value =
                        |range: Option<Range<usize>>| range.map(|range| &markup[range]).unwrap_or("-");
                    let (style, colspan) = (value(tag.attributes.style), value(tag.attributes.colspan));
                    let closing = if tag.self_closing { "/" } else { "" };
                    format!("<{} style={style} colspan={colspan}{closing}>", tag.name)
                }
            });
        }
        lines.join("\n")
    }

    #[test]
    fn tags_and_attributes_are_read_in_all_their_spellings() {
        insta::assert_snapshot!(
            outline("<P Style=\"a>b\">x</P ><td colspan=2 style='c'><td COLSPAN = 3 colspan=4><o:p/><i/style=d>"),
            @r#"
        <P style=a>b colspan=->
        "x"
        </P>
        <td style=c colspan=2>
        <td style=- colspan=3>
        <o:p style=- colspan=-/>
        <i style=d colspan=->
        "#
        );
    }

    #[test]
    fn comments_and_declarations_are_passed_over_and_downlevel_revealed_content_is_kept() {
        insta::assert_snapshot!(
            outline("<!DOCTYPE html>a<!-- <p> -- > --!>b<!--[if gte mso 9]><xml></xml><![endif]-->c<!-->d<!--->e\
                     <![if !supportLists]>f<![endif]><?xml:namespace prefix = o />g<![CDATA[h>i]]></>j]]>"),
            @r#"
        "a"
        "b"
        "c"
        "d"
        "e"
        "f"
        "g"
        "h>i"
        "j]]>"
        "#
        );
    }

    #[test]
    fn a_less_than_sign_that_opens_nothing_is_text() {
        insta::assert_snapshot!(outline("1<2 < 3</"), @r#"
        "1"
        "<"
        "2 "
        "<"
        " 3"
        "#);
    }

    #[test]
    fn a_tag_or_comment_that_never_ends_takes_the_rest() {
        assert_eq!(outline("a<b c=\"d>e"), "\"a\"");
        assert_eq!(outline("a<b c"), "\"a\"");
        assert_eq!(outline("a<b c="), "\"a\"");
        assert_eq!(outline("a<!-- b"), "\"a\"");
    }

    #[test]
    fn raw_text_ends_at_its_own_end_tag_only() {
        let mut tokenizer = Tokenizer::new("a</b></scripts>c</SCRIPT >d");
        assert_eq!(tokenizer.raw_text("script"), 0..16);
        assert_eq!(&tokenizer.text[tokenizer.position..], "d");
        assert_eq!(tokenizer.raw_text("script"), 26..27);
    }
}
