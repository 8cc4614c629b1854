//! What a file is, before anything of it is read: by its first bytes, by what the sender says, by its markup.

use crate::decode::Charset;
use crate::html::{Tag, Token, Tokenizer};
use crate::{Hint, Media};

/// How far into a file its own declaration of a charset is looked for. The standard asks for 1,024 bytes; real
/// pages put scripts before it.
const DECLARATION_WITHIN: usize = 4096;

/// The first bytes of formats that are not read, with their names.
const SIGNATURES: &[(&[u8], &str)] = &[
    (b"%PDF-", "a PDF file"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a Word, Excel or WPS file of the old binary format"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF87a", "a GIF image"),
    (b"GIF89a", "a GIF image"),
    (b"II*\x00", "a TIFF image"),
    (b"MM\x00*", "a TIFF image"),
    (b"{\\rtf", "an RTF document"),
    (b"\x7fELF", "a program"),
    (b"\xff\xfe\x00\x00", "text in UTF-32"),
    (b"\x00\x00\xfe\xff", "text in UTF-32"),
];

/// The name of a format that is recognised and not read.
pub(crate) fn other_format(source: &[u8], declared: Option<Charset>) -> Option<&'static str> {
    if source.starts_with(b"PK\x03\x04") || source.starts_with(b"PK\x05\x06") {
        return Some(package(source));
    }
    if source.starts_with(b"RIFF") && source.get(8..12) == Some(b"WEBP") {
        return Some("a WebP image");
    }
    if source.starts_with(b"BM") && source.get(6..10) == Some(&[0; 4]) {
        return Some("a BMP image");
    }
    if let Some((_, name)) = SIGNATURES.iter().find(|(bytes, _)| source.starts_with(bytes)) {
        return Some(name);
    }
    // Some producers put a few bytes before the signature; readers of PDF accept that within the first KiB.
    let head = &source[..source.len().min(1024)];
    if head.windows(5).any(|window| window == b"%PDF-") && head.contains(&0) {
        return Some("a PDF file");
    }
    if head.starts_with(b"MIME-Version:") && head.windows(17).any(|window| window == b"multipart/related") {
        return Some("a web archive (MHTML)");
    }
    // In UTF-16 every other byte of ASCII is a NUL.
    let is_wide = source.starts_with(b"\xff\xfe")
        || source.starts_with(b"\xfe\xff")
        || matches!(declared, Some(Charset::Utf16Le | Charset::Utf16Be));
    if !is_wide && is_binary(source) {
        return Some("binary data");
    }
    None
}

/// What a ZIP archive holds, by the names of its first entries.
fn package(source: &[u8]) -> &'static str {
    let head = &source[..source.len().min(1 << 16)];
    let names = |name: &[u8]| head.windows(name.len()).any(|window| window == name);
    if names(b"OFD.xml") {
        "an OFD document"
    } else if names(b"word/") {
        "a Word document (DOCX)"
    } else if names(b"xl/") {
        "an Excel workbook (XLSX)"
    } else {
        "a ZIP archive"
    }
}

/// Whether `source` has more control characters than any text.
fn is_binary(source: &[u8]) -> bool {
    // In pieces whose count fits a byte, so that the compiler counts many bytes at once.
    let count = |piece: &[u8]| usize::from(piece.iter().map(|&byte| u8::from(is_control(byte))).sum::<u8>());
    let controls: usize = source.chunks(usize::from(u8::MAX)).map(count).sum();
    source.len() < controls * 50
}

/// A control character that has no place in a text. Tabs, line ends and the end-of-file mark of old systems have.
fn is_control(byte: u8) -> bool {
    let between = |first: u8, last: u8| byte.wrapping_sub(first) <= last - first;
    between(0x00, 0x08) | between(0x0e, 0x19) | between(0x1c, 0x1f)
}

/// The charset that the sender or the page itself declares.
pub(crate) fn declared_charset(source: &[u8], hint: &Hint<'_>) -> Option<Charset> {
    let by_sender = hint.media_type.and_then(charset_parameter).map(Charset::from_label);
    by_sender.or_else(|| charset_of_page(source))
}

/// The charset parameter of a media type.
fn charset_parameter(media_type: &str) -> Option<&str> {
    media_type.split([';', ',']).skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches(['"', '\'']).trim();
        (name.trim().eq_ignore_ascii_case("charset") && !value.is_empty()).then_some(value)
    })
}

/// The charset of `<meta charset=…>` or `<meta http-equiv="Content-Type" content="…; charset=…">`.
fn charset_of_page(source: &[u8]) -> Option<Charset> {
    let head = &source[..source.len().min(DECLARATION_WITHIN)];
    memchr::memchr(b'<', head)?;
    // Declarations are ASCII in all encodings that are read, so everything else may be anything.
    let ascii: String = head.iter().map(|&byte| if byte.is_ascii() { byte as char } else { '?' }).collect();
    let mut tokenizer = Tokenizer::new(&ascii);
    while let Some(token) = tokenizer.next_token() {
        let Token::Start(tag) = token else { continue };
        if Tag::from_name(tag.name) != Tag::Meta {
            continue;
        }
        let value = |range: Option<std::ops::Range<usize>>| range.map(|range| &ascii[range]);
        let declares_type = value(tag.attributes.http_equiv)
            .is_some_and(|name| name.trim().eq_ignore_ascii_case("content-type"));
        let label = value(tag.attributes.charset)
            .map(|label| label.trim())
            .or_else(|| charset_parameter(value(tag.attributes.content).filter(|_| declares_type)?));
        if let Some(label) = label.filter(|label| !label.is_empty()) {
            // A page that could be read this far is not in UTF-16, whatever it says; the standard says so too.
            return Some(match Charset::from_label(label) {
                Charset::Utf16Le | Charset::Utf16Be => Charset::Utf8,
                charset => charset,
            });
        }
    }
    None
}

/// Whether the text is a web page: by its markup, by the media type it was sent with, by its name.
pub(crate) fn media(text: &str, hint: &Hint<'_>) -> Media {
    if has_markup(text) && !is_markdown(text) {
        return Media::Html;
    }
    let media_type =
        hint.media_type.map(|media_type| media_type.split(';').next().unwrap_or_default().trim());
    let by_sender = match media_type.map(str::to_ascii_lowercase).as_deref() {
        Some("text/html" | "application/xhtml+xml") => Some(Media::Html),
        Some("text/plain") => Some(Media::Text),
        _ => None,
    };
    let by_name = || {
        let (_, extension) = hint.name?.rsplit_once('.')?;
        let pages = ["html", "htm", "shtml", "xhtml"];
        pages.iter().any(|page| extension.eq_ignore_ascii_case(page)).then_some(Media::Html)
    };
    by_sender.or_else(by_name).unwrap_or(Media::Text)
}

/// Whether the text is Markdown with tables between pipes, which may hold some tags and no tables of theirs: in a page those
/// tables would lose their lines.
fn is_markdown(text: &str) -> bool {
    let has = |needle: &str| memchr::memmem::find(text.as_bytes(), needle.as_bytes()).is_some();
    let has_rule = || ["\n|--", "\n|:-", "\n| --", "\n| :-"].into_iter().any(has);
    let is_page = || {
        ["<table", "<TABLE", "<td", "<TD", "<html", "<HTML", "<body", "<BODY", "<p", "<P", "<br", "<BR"]
            .into_iter()
            .any(has)
    };
    has("\n|") && has_rule() && !is_page()
}

/// Whether the text begins with an element or a comment of HTML, or ends an element anywhere: fragments of pages are sent without
/// their frame, and no plain text holds an end tag.
fn has_markup(text: &str) -> bool {
    let mut start =
        text.trim_start_matches(|character: char| character.is_whitespace() || character == '\u{feff}');
    if start.starts_with("<!--") && start.contains("-->") {
        return true;
    }
    while start.starts_with("<?")
        && let Some(end) = memchr::memchr(b'>', start.as_bytes())
    {
        start = start[end + 1..].trim_start();
    }
    let doctype = start.get(..14).is_some_and(|start| start.eq_ignore_ascii_case("<!doctype html"));
    doctype
        || start.strip_prefix('<').is_some_and(names_element)
        || memchr::memchr_iter(b'<', text.as_bytes())
            .any(|at| text[at + 1..].strip_prefix('/').is_some_and(names_element))
}

/// Whether an element's name of HTML stands at the start of `text`, as in a tag.
fn names_element(text: &str) -> bool {
    let len = text.bytes().take_while(u8::is_ascii_alphanumeric).count();
    let ends = matches!(text.as_bytes().get(len), Some(b'>' | b'/' | b' ' | b'\t' | b'\n' | b'\r'));
    let name = &text[..len];
    let inline = ["a", "b", "body", "font", "head", "html", "i", "span", "strong", "u"];
    ends && (Tag::from_name(name) != Tag::Inline
        || inline.iter().any(|known| name.eq_ignore_ascii_case(known)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn media_of(text: &str, media_type: Option<&str>, name: Option<&str>) -> Media {
        media(text, &Hint { media_type, name, ..Default::default() })
    }

    fn other(source: &[u8]) -> Option<&'static str> {
        other_format(source, None)
    }

    #[test]
    fn formats_that_are_not_read_are_named() {
        assert_eq!(other(b"%PDF-1.7 ..."), Some("a PDF file"));
        assert_eq!(other(b"PK\x03\x04....OFD.xml"), Some("an OFD document"));
        assert_eq!(other(b"PK\x03\x04....word/document.xml"), Some("a Word document (DOCX)"));
        assert_eq!(other(b"PK\x03\x04....xl/workbook.xml"), Some("an Excel workbook (XLSX)"));
        assert_eq!(other(b"PK\x03\x04...."), Some("a ZIP archive"));
        assert_eq!(other(b"\x1f\x8b\x08"), Some("a gzip archive"));
        assert_eq!(other(b"\xff\xd8\xff\xe0"), Some("a JPEG image"));
        assert_eq!(other(b"{\\rtf1 "), Some("an RTF document"));
        assert_eq!(
            other(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
            Some("a Word, Excel or WPS file of the old binary format")
        );
        assert_eq!(other(&[0; 64]), Some("binary data"));
        assert_eq!(other(&(0..=255).collect::<Vec<u8>>()), Some("binary data"));
        assert_eq!(other("报告".as_bytes()), None);
        assert_eq!(other(b""), None);
    }

    #[test]
    fn one_stray_control_character_does_not_make_a_text_binary() {
        let text = format!("{}\u{1}", "a".repeat(49));
        assert_eq!(other(text.as_bytes()), None);
        assert_eq!(other(&text.as_bytes()[1..]), Some("binary data"));
    }

    #[test]
    fn a_charset_comes_from_the_sender_before_the_page() {
        let page = b"<html><head><meta charset=gbk>";
        let sent = |media_type| Hint { media_type, name: None, ..Default::default() };
        assert_eq!(declared_charset(page, &sent(None)), Some(Charset::Gb18030));
        assert_eq!(declared_charset(page, &sent(Some("text/html; charset=\"UTF-8\""))), Some(Charset::Utf8));
        assert_eq!(declared_charset(page, &sent(Some("text/html"))), Some(Charset::Gb18030));
        let old = b"<META content='text/html; charset=gb2312' HTTP-EQUIV=Content-Type>";
        assert_eq!(declared_charset(old, &sent(None)), Some(Charset::Gb18030));
        let commented = b"<!-- <meta charset=gbk> --><p>";
        assert_eq!(declared_charset(commented, &sent(None)), None);
        assert_eq!(declared_charset(b"<meta charset=utf-16>", &sent(None)), Some(Charset::Utf8));
        assert_eq!(declared_charset("文字".as_bytes(), &sent(None)), None);
    }

    #[test]
    fn markup_decides_before_the_sender_and_the_sender_before_the_name() {
        assert_eq!(media_of("  <!-- c --> <!DOCTYPE html>", None, None), Media::Html);
        assert_eq!(media_of("<?xml version='1.0'?>\n<html>", Some("text/plain"), None), Media::Html);
        assert_eq!(media_of("\u{feff}<table border=1>", None, None), Media::Html);
        assert_eq!(media_of("总体情况<p>一</p>", None, Some("a.txt")), Media::Html);
        assert_eq!(media_of("<span>a", None, None), Media::Html);
        assert_eq!(media_of("一、总体情况", Some("text/html"), None), Media::Html);
        assert_eq!(media_of("一、总体情况", None, Some("a.HTM")), Media::Html);
        assert_eq!(media_of("一、总体情况", Some("text/plain"), Some("a.htm")), Media::Text);
        assert_eq!(media_of("a < b, <notice> and </nothing>", None, None), Media::Text);
        assert_eq!(media_of("<!-- never closed", None, None), Media::Text);
    }
}
