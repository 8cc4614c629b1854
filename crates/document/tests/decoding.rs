//! Which encoding a file is read in, and what becomes of bytes that are no text.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may")]

mod outline;

use encoding_rs::{BIG5, GB18030};
use gongkai_document::{Document, Hint, IssueKind, Limits, read};
use outline::{document, outline, refusal, source_of};

const SENTENCE: &str = "本年新收政府信息公开申请23件，予以公开7件。";

fn declared(source: &[u8], media_type: &str) -> Document {
    let hint = Hint { media_type: Some(media_type), name: None, ..Default::default() };
    read(source, &hint, &Limits::STANDARD).expect("the document can be read")
}

fn gb18030(text: &str) -> Vec<u8> {
    GB18030.encode(text).0.into_owned()
}

fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
    "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(unit).collect()
}

/// Encoding, text and kinds of issues.
fn summary(document: &Document) -> (&'static str, &str, Vec<IssueKind>) {
    let issues = document.issues.iter().map(|issue| issue.kind).collect();
    (document.encoding, document.text.as_str(), issues)
}

#[test]
fn utf8_is_read_with_and_without_a_byte_order_mark() {
    assert_eq!(summary(&document(SENTENCE)), ("UTF-8", SENTENCE, vec![]));
    let source = format!("\u{feff}{SENTENCE}");
    let marked = document(&source);
    assert_eq!(summary(&marked), ("UTF-8", SENTENCE, vec![]));
    assert_eq!(source_of(&marked, source.as_bytes(), &(0..3)), "本".as_bytes());
}

#[test]
fn utf16_is_read_by_its_byte_order_mark() {
    let little = utf16(SENTENCE, u16::to_le_bytes);
    assert_eq!(summary(&document(&little)), ("UTF-16LE", SENTENCE, vec![]));
    let big = utf16(SENTENCE, u16::to_be_bytes);
    assert_eq!(summary(&document(&big)), ("UTF-16BE", SENTENCE, vec![]));
}

#[test]
fn utf16_without_a_mark_is_read_if_declared() {
    let source: Vec<u8> = "本年，23件".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(
        refusal(&source),
        "UNSUPPORTED_FORMAT: the document is binary data, which is not read; send text or HTML"
    );
    assert_eq!(
        summary(&declared(&source, "text/plain; charset=utf-16le")),
        ("UTF-16LE", "本年，23件", vec![])
    );
    // A declaration that the bytes contradict does no harm.
    let document = declared(SENTENCE.as_bytes(), "text/plain; charset=utf-16le");
    assert_eq!(summary(&document), ("UTF-8", SENTENCE, vec![IssueKind::CharsetContradicted]));
}

#[test]
fn a_truncated_utf16_file_is_read_up_to_the_break() {
    let source = utf16("公开申请\u{20bb7}", u16::to_le_bytes);
    let odd = &source[..9];
    assert_eq!(summary(&document(odd)), ("UTF-16LE", "公开申\u{fffd}", vec![IssueKind::InvalidBytes]));
    let surrogate = &source[..12];
    assert_eq!(
        summary(&document(surrogate)),
        ("UTF-16LE", "公开申请\u{fffd}", vec![IssueKind::InvalidBytes])
    );
    assert_eq!(document(surrogate).issues[0].at, 10);
}

#[test]
fn gb18030_is_found_by_its_bytes() {
    let source = gb18030(SENTENCE);
    let document = document(&source);
    assert_eq!(summary(&document), ("gb18030", SENTENCE, vec![]));
    let all = 0..SENTENCE.len();
    assert_eq!(source_of(&document, &source, &all), &source[..]);
}

#[test]
fn labels_of_gbk_and_gb2312_are_read_as_gb18030() {
    // U+20BB7 takes four bytes, the euro sign one: neither is in GB 2312.
    let text = "\u{20bb7}野家3€";
    for label in ["gb2312", "GBK", "gb18030", "x-gbk"] {
        let document = declared(&gb18030(text), &format!("text/plain;charset={label}"));
        assert_eq!(summary(&document).1, text, "{label}");
    }
    assert_eq!(summary(&declared(b"\xb9\xab\xbf\xaa 3\x80", "text/plain; charset=gbk")).1, "公开 3€");
}

#[test]
fn big5_is_read_if_declared() {
    let (source, _, _) = BIG5.encode("政府資訊公開年度報告");
    let document = declared(&source, "text/plain; charset=big5");
    assert_eq!(summary(&document), ("Big5", "政府資訊公開年度報告", vec![]));
    // One sequence of two bytes that is two characters.
    let pair = declared(b"\xac\x46\x88\x62\xa9\xb2", "text/plain; charset=big5");
    assert_eq!(pair.text.as_str(), "政\u{ca}\u{304}府");
    assert_eq!(source_of(&pair, b"\xac\x46\x88\x62\xa9\xb2", &(7..10)), b"\xa9\xb2");
}

/// What a page of Taiwan or Hong Kong says, long enough to be known by its bytes.
fn traditional() -> String {
    "本年新收政府資訊公開申請數量，上年結轉政府資訊公開申請數量。".repeat(8)
}

fn big5(text: &str) -> Vec<u8> {
    BIG5.encode(text).0.into_owned()
}

#[test]
fn big5_is_found_by_its_bytes_even_against_a_declaration() {
    let (source, text) = (big5(&traditional()), traditional());
    assert_eq!(summary(&document(&source)), ("Big5", &*text, vec![]));
    assert_eq!(
        summary(&declared(&source, "text/plain; charset=gb2312")),
        ("Big5", &*text, vec![IssueKind::CharsetContradicted])
    );
    let simplified = "本年新收政府信息公开申请数量，上年结转政府信息公开申请数量。".repeat(8);
    assert_eq!(
        summary(&declared(&gb18030(&simplified), "text/plain; charset=big5")),
        ("gb18030", &*simplified, vec![IssueKind::CharsetContradicted])
    );
}

#[test]
fn traditional_script_in_gb18030_is_not_taken_for_big5() {
    let text = traditional();
    assert_eq!(summary(&document(gb18030(&text))).0, "gb18030");
}

#[test]
fn valid_utf8_wins_over_a_declaration_that_contradicts_it() {
    for label in ["gbk", "iso-8859-1", "big5", "no-such-charset"] {
        let document = declared(SENTENCE.as_bytes(), &format!("text/plain; charset={label}"));
        assert_eq!(summary(&document), ("UTF-8", SENTENCE, vec![IssueKind::CharsetContradicted]), "{label}");
    }
}

#[test]
fn gb18030_declared_as_something_else_is_read_and_said() {
    for label in ["utf-8", "iso-8859-1"] {
        let document = declared(&gb18030(SENTENCE), &format!("text/plain; charset={label}"));
        assert_eq!(
            summary(&document),
            ("gb18030", SENTENCE, vec![IssueKind::CharsetContradicted]),
            "{label}"
        );
    }
}

#[test]
fn the_declaration_decides_about_bytes_that_fit_both() {
    // U+0429 in UTF-8, and one character of GB 18030.
    let source = "\u{429}".as_bytes();
    assert_eq!(summary(&document(source)).0, "UTF-8");
    assert_eq!(summary(&declared(source, "text/plain; charset=gbk")), ("gb18030", "些", vec![]));
}

#[test]
fn ascii_contradicts_no_declaration() {
    assert_eq!(summary(&declared(b"2019", "text/plain; charset=gb2312")), ("UTF-8", "2019", vec![]));
}

#[test]
fn the_page_declares_its_own_charset() {
    let page =
        format!("<html><head><meta http-equiv=Content-Type content=\"text/html; charset=gb2312\">{SENTENCE}");
    let source = gb18030(&page);
    let document = document(&source);
    assert_eq!((document.encoding, document.issues.len()), ("gb18030", 0));
    assert_eq!(outline(&source), format!("p {SENTENCE:?}"));
    let block = &document.blocks[0].text;
    assert_eq!(source_of(&document, &source, block), gb18030(SENTENCE));
}

#[test]
fn a_handful_of_invalid_bytes_is_shown_as_such() {
    let mut source = SENTENCE.repeat(3).into_bytes();
    source.insert(6, 0xff);
    let read = document(&source);
    assert_eq!(read.encoding, "UTF-8");
    assert!(read.text.as_str().starts_with("本年\u{fffd}新收"));
    assert_eq!(
        read.issues.iter().map(|issue| (issue.kind, issue.at)).collect::<Vec<_>>(),
        [(IssueKind::InvalidBytes, 6)]
    );

    let mut source = gb18030(&SENTENCE.repeat(3));
    source.insert(4, 0xff);
    let read = document(&source);
    assert_eq!(read.encoding, "gb18030");
    assert!(read.text.as_str().starts_with("本年\u{fffd}新收"));
}

#[test]
fn a_file_cut_inside_a_character_is_read_up_to_the_cut() {
    let utf8 = &SENTENCE.as_bytes()[..SENTENCE.len() - 1];
    assert!(document(utf8).text.as_str().ends_with("7件\u{fffd}"));
    let whole = gb18030(SENTENCE);
    assert!(document(&whole[..whole.len() - 1]).text.as_str().ends_with("7件\u{fffd}"));
}

#[test]
fn a_broken_character_does_not_swallow_the_ascii_behind_it() {
    let mut source = gb18030(SENTENCE);
    source.extend(b"\xb9<5");
    assert!(document(&source).text.as_str().ends_with("\u{fffd}<5"));
}

#[test]
fn a_nul_in_a_text_is_no_character() {
    let source = format!("{SENTENCE}\0");
    let document = document(&source);
    assert!(document.text.as_str().ends_with("。\u{fffd}"));
    assert_eq!(document.issues[0].at, SENTENCE.len());
}

#[test]
fn bytes_that_are_mostly_no_text_are_refused() {
    let refused = "UNDECODABLE_TEXT: the bytes from 0 on are no text in UTF-8, UTF-16, GB18030 or Big5";
    assert_eq!(refusal([0xff; 100]), refused);
    assert_eq!(refusal([0x80; 100]), refused);
    // Well-formed GB18030, and not what any Chinese text consists of.
    assert_eq!(refusal([0x81, 0x40].repeat(50)), refused);
    let lone_surrogates = [[0xff, 0xfe].as_slice(), &[0x00, 0xd8].repeat(50)].concat();
    assert_eq!(refusal(lone_surrogates), refused.replace("from 0", "from 2"));
}
