//! What holds for every file.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may")]

use encoding_rs::{Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};
use gongkai_document::{Block, BlockKind, Document, Hint, Limits, read};
use proptest::prelude::*;
use std::ops::Range;

/// Markup and text in any order: most of it ill-formed in a new way each time.
fn soup() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "<table>",
        "</table>",
        "<tr>",
        "</tr>",
        "<td>",
        "<td rowspan=2>",
        "<td colspan=3>",
        "<th rowspan=0>",
        "</td>",
        "<tbody>",
        "</tbody>",
        "<tfoot>",
        "<caption>",
        "</caption>",
        "<p>",
        "</p>",
        "<div>",
        "</div>",
        "<div hidden>",
        "<h2>",
        "</h2>",
        "<li>",
        "<ul>",
        "</ul>",
        "<pre>",
        "</pre>",
        "<br>",
        "<span style='display:none'>",
        "</span>",
        "<b style=white-space:pre>",
        "</b>",
        "<template>",
        "</template>",
        "<svg>",
        "</svg>",
        "<script>",
        "</script>",
        "<title>",
        "</title>",
        "<textarea>",
        "</textarea>",
        "<!--",
        "-->",
        "<![if x]>",
        "<meta name=PubDate content=1>",
        "<td style=display:none>",
        "<tr hidden>",
        "<select><option>",
        "<dl><dt>",
        "<dd>",
        "&nbsp;",
        "&#x4e2d;",
        "&amp",
        "&",
        "<",
        "甲",
        "乙丙",
        "23",
        " ",
        "\n",
        "\r\n",
        "\t",
        "\u{a0}",
        "\u{3000}",
        "\0",
        "来源：",
        "发布日期：2020-01-20",
        "索引号",
        "\u{2028}",
        "\u{c}",
        "\u{1f600}",
        "é",
    ]);
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

fn limits() -> impl Strategy<Value = Limits> {
    let small = (0..400_usize, 0..400_usize, 0..30_usize, 0..30_usize, 0..6_usize).prop_map(
        |(source_bytes_max, text_bytes_max, blocks_max, cells_max, nesting_max)| Limits {
            source_bytes_max,
            text_bytes_max,
            blocks_max,
            cells_max,
            nesting_max,
        },
    );
    prop_oneof![Just(Limits::STANDARD), small]
}

/// All pieces of text that a document speaks of.
fn ranges(document: &Document) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    for block in &document.blocks {
        ranges.push(block.text.clone());
        if let BlockKind::Table(grid) = &block.kind {
            ranges.extend(grid.cells.iter().map(|cell| cell.text.clone()));
        }
    }
    ranges
}

fn check(source: &[u8], document: &Document, limits: &Limits) -> Result<(), TestCaseError> {
    prop_assert!(document.text.as_str().len() <= limits.text_bytes_max);
    prop_assert!(document.blocks.len() <= limits.blocks_max);
    let text = document.text.as_str();
    for range in ranges(document) {
        prop_assert!(text.get(range.clone()).is_some(), "{range:?} is no piece of the text");
        let span = document.text.span(&range).as_bytes().expect("a byte span");
        prop_assert!(span.start <= span.end && span.end <= source.len() as u64, "{span:?}");
    }
    let starts: Vec<_> = document.blocks.iter().map(|block| block.text.start).collect();
    prop_assert!(starts.is_sorted(), "blocks are in reading order: {starts:?}");
    for Block { kind, text } in &document.blocks {
        let BlockKind::Table(grid) = kind else { continue };
        prop_assert!(1 < grid.cells.len());
        let mut places = 0;
        for cell in &grid.cells {
            prop_assert!(
                cell.row + cell.row_span <= grid.rows && cell.column + cell.column_span <= grid.columns
            );
            prop_assert!(1 <= cell.row_span && 1 <= cell.column_span);
            prop_assert!(text.start <= cell.text.start && cell.text.end <= text.end);
            places += (cell.row_span * cell.column_span) as usize;
        }
        prop_assert!(places <= limits.cells_max);
        prop_assert!(grid.cells.is_sorted_by_key(|cell| (cell.row, cell.column)));
        prop_assert!(grid.cells.windows(2).all(|pair| pair[0].text.end < pair[1].text.start));
    }
    Ok(())
}

/// `text` in `encoding`, character by character.
fn encode(text: &str, encoding: &'static Encoding) -> Vec<Vec<u8>> {
    let bytes = |character: char| match encoding.name() {
        "UTF-16LE" => {
            character.encode_utf16(&mut [0; 2]).iter().flat_map(|unit| unit.to_le_bytes()).collect()
        }
        "UTF-16BE" => {
            character.encode_utf16(&mut [0; 2]).iter().flat_map(|unit| unit.to_be_bytes()).collect()
        }
        _ => encoding.encode(&character.to_string()).0.into_owned(),
    };
    text.chars().map(bytes).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_bytes_are_read_or_refused(source in prop::collection::vec(any::<u8>(), 0..300), limits in limits()) {
        if let Ok(document) = read(&source, &Hint::default(), &limits) {
            check(&source, &document, &limits)?;
        }
    }

    #[test]
    fn any_high_bytes_are_read_or_refused_in_any_charset(
        source in prop::collection::vec(prop_oneof![0x20..=0x7e_u8, 0x80..=0xff_u8], 0..300),
        charset in prop::sample::select(vec!["utf-8", "gbk", "big5", "utf-16le", "utf-16be", "latin1"]),
        page in any::<bool>(),
    ) {
        let kind = if page { "text/html" } else { "text/plain" };
        let media_type = format!("{kind}; charset={charset}");
        let hint = Hint { media_type: Some(&media_type), name: None, ..Default::default() };
        if let Ok(document) = read(&source, &hint, &Limits::STANDARD) {
            check(&source, &document, &Limits::STANDARD)?;
        }
    }

    #[test]
    fn any_markup_is_read_or_refused(soup in soup(), limits in limits(), page in any::<bool>()) {
        let media_type = if page { "text/html" } else { "text/plain" };
        let hint = Hint { media_type: Some(media_type), name: None, ..Default::default() };
        if let Ok(document) = read(soup.as_bytes(), &hint, &limits) {
            check(soup.as_bytes(), &document, &limits)?;
        }
    }

    #[test]
    fn a_page_is_the_same_in_every_encoding(soup in soup()) {
        // A NUL is no character, and how many of them make a file binary depends on its length in bytes.
        let soup = format!("<p>{}。", soup.replace('\0', ""));
        let page = |source: &[u8], charset: &str| {
            let media_type = format!("text/html; charset={charset}");
            read(source, &Hint { media_type: Some(&media_type), name: None, ..Default::default() }, &Limits::STANDARD)
        };
        let utf8 = page(soup.as_bytes(), "utf-8");
        for (encoding, charset) in [(GB18030, "gbk"), (UTF_16LE, "utf-16le"), (UTF_16BE, "utf-16be")] {
            let source = encode(&soup, encoding).concat();
            match (&utf8, &page(&source, charset)) {
                (Ok(utf8), Ok(other)) => {
                    prop_assert_eq!(utf8.text.as_str(), other.text.as_str());
                    prop_assert_eq!(&utf8.blocks, &other.blocks);
                    prop_assert_eq!(utf8.issues.len(), other.issues.len());
                    check(&source, other, &Limits::STANDARD)?;
                }
                (utf8, other) => prop_assert_eq!(utf8.as_ref().err(), other.as_ref().err()),
            }
        }
    }

    #[test]
    fn every_character_of_a_text_leads_to_its_own_bytes(
        text in "[a-z0-9|\t\n一-龥，。“”—°Ωé€\u{3000}\u{20000}-\u{20100}]{1,80}",
        encoding in prop::sample::select(vec![UTF_8, UTF_16LE, UTF_16BE, GB18030]),
    ) {
        // Enough ordinary text around it that its encoding is certain.
        let text = format!("政府信息公开工作年度报告{text}政府信息公开工作年度报告");
        let mark = if encoding == UTF_8 || encoding == GB18030 { String::new() } else { "\u{feff}".to_owned() };
        let mark = encode(&mark, encoding).concat();
        let written = encode(&text, encoding);
        let source = [mark.clone(), written.concat()].concat();
        let declared = format!("text/plain; charset={}", encoding.name());
        let hint = Hint { media_type: Some(&declared), name: None, ..Default::default() };
        let document = read(&source, &hint, &Limits::STANDARD).expect("ordinary text");
        prop_assert_eq!(document.text.as_str(), &text);
        prop_assert_eq!(document.encoding, encoding.name());
        let mut at = mark.len() as u64;
        for ((start, character), bytes) in text.char_indices().zip(&written) {
            let span = document.text.span(&(start..start + character.len_utf8())).as_bytes();
            prop_assert_eq!(span, Some(at..at + bytes.len() as u64), "{:?}", character);
            at += bytes.len() as u64;
        }
    }
}
