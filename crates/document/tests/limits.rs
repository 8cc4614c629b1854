//! Hostile and huge files: each is read or refused, as `docs/input-limits.md` says, and costs no more than its
//! length. The tests are quick because the reader is; a quadratic one would take minutes here.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may")]

mod outline;

use gongkai_document::{BlockKind, Document, Hint, IssueKind, Limits, Media, ReadError, read};
use outline::{document, outline, refusal, within};

fn kinds(document: &Document) -> Vec<IssueKind> {
    document.issues.iter().map(|issue| issue.kind).collect()
}

#[test]
fn an_empty_file_is_refused_whatever_its_emptiness_consists_of() {
    for empty in ["", " \n\t\r\n", "\u{feff}", "\u{3000}\u{a0}", "<html></html>", "<p>&nbsp;"] {
        assert_eq!(refusal(empty), "EMPTY: the document is empty", "{empty:?}");
    }
    assert_eq!(refusal(b"\xff\xfe"), "EMPTY: the document is empty");
}

#[test]
fn a_file_of_a_hundred_megabytes_is_refused_unread() {
    let source = vec![0; 100 << 20];
    assert_eq!(refusal(source), "TOO_LARGE: the document has 104857600 bytes, at most 8388608 are read");
}

#[test]
fn the_limit_of_bytes_is_the_last_size_that_is_read() {
    let limits = Limits { source_bytes_max: 6, ..Limits::STANDARD };
    assert!(within("年报", limits).is_ok());
    assert_eq!(within("年报!", limits).err(), Some(ReadError::TooLarge { actual: 7, max: 6 }));
}

#[test]
fn binary_data_is_refused() {
    let binary = "UNSUPPORTED_FORMAT: the document is binary data, which is not read; send text or HTML";
    assert_eq!(refusal([0; 4096]), binary);
    assert_eq!(refusal((0..=255).collect::<Vec<u8>>()), binary);
    // A linear congruential generator: the same random bytes every time.
    let random = (0..4096).scan(1_u32, |state, _| {
        *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        Some((*state >> 24) as u8)
    });
    assert_eq!(refusal(random.collect::<Vec<u8>>()), binary);
    let pdf = "UNSUPPORTED_FORMAT: the document is a PDF file, which is not read; send text or HTML";
    assert_eq!(refusal("%PDF-1.7\n%âãÏÓ"), pdf);
}

#[test]
fn a_hundred_thousand_nested_elements_are_flattened() {
    let source = format!("{}甲{}乙", "<div>".repeat(100_000), "</div>".repeat(100_000));
    let document = document(source);
    assert_eq!(outline::outline_of(&document), "p \"甲\"\np \"乙\"\nissue: NestingFlattened at 2560");
}

#[test]
fn a_million_nested_formatting_elements_are_no_nesting_at_all() {
    let source = format!("<p>甲{}乙{}", "<b>".repeat(1_000_000), "</b>".repeat(1_000_000));
    assert_eq!(outline(source), "p \"甲乙\"");
}

#[test]
fn a_hundred_thousand_elements_without_end_are_read() {
    for tag in
        ["<p>", "<li>", "<td>", "<tr>", "<table>", "<table><td>", "<ul><li>", "<span hidden>", "<svg>", "<a "]
    {
        let source = format!("<p>甲</p>{}", tag.repeat(100_000));
        assert!(document(source).text.as_str().starts_with('甲'), "{tag}");
    }
}

#[test]
fn a_table_below_the_limit_of_nesting_is_still_a_table() {
    let source = format!("{}<table><tr><td>甲<td>1<tr><td>乙<td>2</table>丙", "<div>".repeat(2_000));
    insta::assert_snapshot!(outline(source), @r#"
    table 2x2
       0:"甲" 1:"1"
       0:"乙" 1:"2"
    p "丙"
    issue: NestingFlattened at 2560
    "#);
}

#[test]
fn elements_are_told_apart_down_to_the_limit_of_nesting() {
    let limits = Limits { nesting_max: 3, ..Limits::STANDARD };
    let nested =
        |depth: usize| format!("{}<div hidden>甲</div>乙{}丙", "<div>".repeat(depth), "</div>".repeat(depth));
    let read = |depth| within(nested(depth), limits).expect("can be read");
    assert_eq!((read(2).text.as_str(), kinds(&read(2))), ("乙\n丙\n", vec![]));
    assert_eq!((read(3).text.as_str(), kinds(&read(3))), ("甲\n乙\n丙\n", vec![IssueKind::NestingFlattened]));
}

#[test]
fn tables_are_told_apart_down_to_the_limit_of_nesting() {
    let limits = Limits { nesting_max: 2, ..Limits::STANDARD };
    let table = |inner: &str| format!("<table><tr><td>{inner}<td>b<tr><td>c<td>d</table>");
    let two = within(table(&table("甲")), limits).expect("can be read");
    assert_eq!(kinds(&two), []);
    let three = within(table(&table(&table("甲"))), limits).expect("can be read");
    assert_eq!(kinds(&three), [IssueKind::NestingFlattened]);
    let BlockKind::Table(grid) = &three.blocks[0].kind else { panic!("no table") };
    assert_eq!((grid.rows, grid.columns), (2, 2));
    assert_eq!(three.text.slice(&grid.cells[0].text), "甲\nb\nc\nd");
}

#[test]
fn a_row_span_of_65534_is_clipped_to_the_rows_there_are() {
    let source = "<table><tr><td rowspan=65534>甲<td>1<tr><td>2<td rowspan=4294967296 colspan=1001>3</table>";
    let document = document(source);
    let BlockKind::Table(grid) = &document.blocks[0].kind else { panic!("no table") };
    assert_eq!((grid.rows, grid.columns), (2, 1002));
    assert_eq!((grid.cells[0].row_span, grid.cells[3].row_span, grid.cells[3].column_span), (2, 1, 1000));
    assert_eq!(kinds(&document), [IssueKind::SpanClipped; 2]);
}

#[test]
fn cells_are_counted_by_the_places_they_cover() {
    let limits = Limits { cells_max: 6, ..Limits::STANDARD };
    let six = "<table><tr><td rowspan=2 colspan=2>甲<td>1<tr><td>2</table>";
    assert!(within(six, limits).is_ok());
    let eight = "<table><tr><td rowspan=2 colspan=3>甲<td>1<tr><td>2</table>";
    assert_eq!(within(eight, limits).err(), Some(ReadError::LimitExceeded { what: "table cells", max: 6 }));
    // All tables count together, those that only serve the layout too.
    let two_tables = "<table><tr><td>1<td>2<td>3</table>".repeat(2);
    assert!(within(&two_tables, limits).is_ok());
    assert!(within(two_tables + "<table><td>x</table>", limits).is_err());
}

#[test]
fn spans_that_multiply_are_refused_before_they_cost_memory() {
    let row = "<tr><td rowspan=65534 colspan=1000>1<td colspan=1000>2";
    let source = format!("<table>{}</table>", row.repeat(2_000));
    assert_eq!(refusal(source), "LIMIT_EXCEEDED: the document has more than 200000 table cells");
}

#[test]
fn rows_without_cells_are_places_too() {
    let rows = |count: usize| format!("<table><tr><td>1<td>2{}</table>", "<tr>".repeat(count));
    assert!(document(rows(99_999)).issues.is_empty());
    assert_eq!(refusal(rows(100_000)), "LIMIT_EXCEEDED: the document has more than 200000 table cells");
}

#[test]
fn blocks_are_counted_once_tables_are_whole() {
    let limits = Limits { blocks_max: 2, ..Limits::STANDARD };
    let exceeded = Some(ReadError::LimitExceeded { what: "blocks", max: 2 });
    assert!(within("<p>a<p>b", limits).is_ok());
    assert_eq!(within("<p>a<p>b<p>c", limits).err(), exceeded);
    assert!(within("<p>a<table><tr><td>1<td>2<tr><td>3<td>4</table>", limits).is_ok());
    assert_eq!(within("<p>a<table><tr><td>1<td>2</table><p>b", limits).err(), exceeded);
    assert_eq!(within("<pre>a\nb\nc\n</pre>", limits).err(), exceeded);
}

#[test]
fn text_is_limited_by_what_comes_out_of_the_markup() {
    // The line feed that ends a block counts.
    let limits = Limits { text_bytes_max: 4, ..Limits::STANDARD };
    assert!(within("<p class='a long name of a class'>123</p>", limits).is_ok());
    let exceeded = ReadError::LimitExceeded { what: "bytes of text", max: 4 };
    assert_eq!(within("<p>1234</p>", limits).err(), Some(exceeded));
}

#[test]
fn markup_that_backtracking_readers_choke_on_is_read_in_one_pass() {
    for unit in [
        "<",
        "&",
        "</",
        "<!-",
        "<!-- -- ",
        "<?",
        "&#",
        "&nbs",
        "<p ",
        "<a b='",
        "--!",
        "<br>x",
        "来源：",
        "<b><p>",
    ] {
        let source = format!("<p>甲</p>{}", unit.repeat(300_000));
        assert!(document(source).text.as_str().starts_with('甲'), "{unit}");
    }
}

#[test]
fn two_hundred_thousand_cells_are_read_and_one_more_is_refused() {
    let cells = |count: usize| format!("<table><tr>{}</table>", "<td>1".repeat(count));
    let document = document(cells(200_000));
    let BlockKind::Table(grid) = &document.blocks[0].kind else { panic!("no table") };
    assert_eq!(grid.columns, 200_000);
    assert_eq!(refusal(cells(200_001)), "LIMIT_EXCEEDED: the document has more than 200000 table cells");
}

#[test]
fn eight_mebibytes_are_read_unless_they_are_lines_only() {
    let text = "政府信息\n".repeat((8 << 20) / 13);
    assert_eq!(document(text).blocks.len(), 645_277);
    let lines = format!("{}a", "\n".repeat((8 << 20) - 1));
    assert_eq!(refusal(lines), "LIMIT_EXCEEDED: the document has more than 1000000 blocks");
}

#[test]
fn a_web_page_called_a_word_document_is_read_as_a_page() {
    let hint =
        Hint { media_type: Some("application/msword"), name: Some("报告.doc"), ..Default::default() };
    let document = read(b"<html xmlns:w=urn><body><p>2019", &hint, &Limits::STANDARD).expect("can be read");
    assert_eq!(document.media, Media::Html);
}
