//! Plain text as blocks.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may")]

mod outline;

use gongkai_document::{Hint, Limits, Media, read};
use outline::{document, outline, source_of};

#[test]
fn each_line_is_a_paragraph_and_empty_lines_are_kept() {
    insta::assert_snapshot!(outline("一、总体情况\n\n\t0\n| 1 | 2 |\n  3  \n"), @r#"
    p "一、总体情况"
    p ""
    p "\t0"
    p "| 1 | 2 |"
    p "  3  "
    "#);
}

#[test]
fn lines_end_at_line_ends_of_all_kinds() {
    insta::assert_snapshot!(outline("a\nb\r\nc\rd\u{2028}e\u{2029}f\u{b}g\n\r\nh"), @r#"
    p "a"
    p "b"
    p "c"
    p "d"
    p "e"
    p "f"
    p "g"
    p ""
    p "h"
    "#);
}

#[test]
fn a_page_break_ends_a_line_and_is_no_empty_line() {
    insta::assert_snapshot!(outline("\u{c}a\n\u{c}b\u{c}c\n\n\u{c}d\u{c}"), @r#"
    p "a"
    p "b"
    p "c"
    p ""
    p "d"
    "#);
}

#[test]
fn an_empty_line_has_its_own_empty_place() {
    let source = "中\n\n文";
    let document = document(source);
    assert_eq!(document.text.span(&document.blocks[1].text).as_bytes(), Some(4..4));
    assert_eq!(source_of(&document, source.as_bytes(), &document.blocks[2].text), "文".as_bytes());
}

#[test]
fn quotation_marks_share_bytes_with_line_ends_and_end_nothing() {
    insta::assert_snapshot!(outline("“三安全”—…"), @r#"p "“三安全”—…""#);
}

#[test]
fn text_that_looks_a_little_like_markup_stays_text() {
    let document = document("1 < 2 <数量> </合计> a<b\n");
    assert_eq!(document.media, Media::Text);
    assert_eq!(document.text.as_str(), "1 < 2 <数量> </合计> a<b\n");
}

#[test]
fn the_line_that_sites_print_above_a_report_is_page_metadata() {
    let source = "发布日期：2020-01-20 来源：平潭县人民政府 浏览次数：12\n报告\n";
    let document = document(source);
    let published = document.page.published.expect("a date");
    assert_eq!(published.text, "2020-01-20");
    assert_eq!(published.span.and_then(|span| span.as_bytes()), Some(15..25));
    assert_eq!(document.page.source.expect("a source").text, "平潭县人民政府");
}

#[test]
fn blocks_and_bytes_are_limited() {
    let limits = Limits { blocks_max: 2, text_bytes_max: 6, ..Limits::STANDARD };
    let reason = |source: &str| {
        read(source.as_bytes(), &Hint::default(), &limits)
            .map(|document| document.blocks.len())
            .map_err(|e| e.to_string())
    };
    assert_eq!(reason("a\nb"), Ok(2));
    assert_eq!(reason("a\nb\nc"), Err("the document has more than 2 blocks".to_owned()));
    assert_eq!(reason("123456"), Ok(1));
    assert_eq!(reason("1234567"), Err("the document has more than 6 bytes of text".to_owned()));
}
