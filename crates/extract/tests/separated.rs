//! Tables between commas and drawn lines: read where every line has as many cells, and left alone where one may be a piece.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use gongkai_document::{Hint, Limits};

const ROWS: [&[&str]; 10] = [
    &["第二十条第（一）项", "", "", ""],
    &["信息内容", "本年制发件数", "本年废止件数", "现行有效件数"],
    &["规章", "0", "", "0"],
    &["行政规范性文件", "12", "4", "1028"],
    &["第二十条第（五）项", "", "", ""],
    &["信息内容", "本年处理决定数量", "", ""],
    &["行政许可", "4511", "", ""],
    &["第二十条第（六）项", "", "", ""],
    &["信息内容", "本年处理决定数量", "", ""],
    &["行政处罚", "226", "", ""],
];
const KEYS: [&str; 6] = [
    "disclosure.regulations.repealed",
    "disclosure.normative_documents.issued",
    "disclosure.normative_documents.repealed",
    "disclosure.normative_documents.in_force",
    "disclosure.licensing.decisions",
    "disclosure.penalties.decisions",
];
const SAID: [&str; 6] = ["BLANK", "12", "4", "1028", "4511", "226"];

/// What the cells of a table in these lines say: numbers, or the names of their states.
fn read(table: &str) -> [String; 6] {
    let text = format!(
        "某某县2022年政府信息公开工作年度报告\n一、总体情况\n工作有序,平稳,有效。\n二、主动公开政府信息情况\n{table}\
         三、收到和处理政府信息公开申请情况\n"
    );
    let hint = Hint { media_type: None, name: Some("report.txt"), ..Default::default() };
    let document = gongkai_document::read(text.as_bytes(), &hint, &Limits::STANDARD).unwrap();
    let report = gongkai_extract::extract(&document).unwrap().remove(0);
    KEYS.map(|key| {
        report.figure(key).map_or("none".to_owned(), |figure| {
            figure.value.map_or(figure.state.name().to_owned(), |value| value.to_string())
        })
    })
}

fn lines(row: impl Fn(&[&str]) -> String) -> String {
    ROWS.iter().map(|cells| row(cells)).collect()
}

/// Whether nothing is given that the table does not say.
fn claims_nothing_else(found: &[String; 6]) -> bool {
    found
        .iter()
        .zip(SAID)
        .all(|(found, said)| found == said || ["UNDETERMINED", "MISSING", "none"].contains(&&**found))
}

#[test]
fn cells_between_commas_are_read_where_every_line_has_as_many() {
    assert_eq!(read(&lines(|cells| format!("{}\n", cells.join(",")))), SAID);
    let quoted =
        |cells: &[&str]| cells.iter().map(|cell| format!("\"{cell}\"")).collect::<Vec<_>>().join(",") + "\n";
    assert_eq!(read(&lines(quoted)), SAID);
}

#[test]
fn a_comma_of_thousands_or_an_empty_cell_left_out_leaves_the_lines_alone() {
    let thousands =
        lines(|cells| format!("{}\n", cells.join(","))).replace("1028", "1,028").replace("4511", "4,511");
    assert!(claims_nothing_else(&read(&thousands)), "{:?}", read(&thousands));
    let dropped = lines(|cells| {
        let written: Vec<&str> = cells.iter().copied().filter(|cell| !cell.is_empty()).collect();
        format!("{}\n", written.join(","))
    });
    let found = read(&dropped);
    assert!(
        found.iter().zip(SAID).all(|(found, said)| found == said || !found.chars().all(char::is_numeric)),
        "{found:?}"
    );
    // What stands behind the label is a mark, and no empty cell.
    assert_ne!(
        read("信息内容,本年制发件数,本年废止件数,现行有效件数\n规章,/,/\n行政规范性文件,1,0,1\n")[0],
        "BLANK"
    );
}

#[test]
fn a_drawn_table_is_read_where_every_line_is_a_row() {
    let line = |cells: &[&str]| format!("│{}│\n", cells.join("│"));
    assert_eq!(read(&lines(line)), SAID);
    let ruled = lines(|cells| format!("├───┼───┼───┼───┤\n{}", line(cells)));
    assert_eq!(read(&format!("{ruled}└───┴───┴───┴───┘\n")), SAID);
    let framed = format!("┌───┬───┬───┬───┐\n{}└───┴───┴───┴───┘\n", lines(line));
    assert_eq!(read(&framed), SAID);
}

#[test]
fn a_line_that_may_be_a_piece_of_a_drawn_row_leaves_the_table_alone() {
    let line = |cells: &[&str]| format!("│{}│\n", cells.join("│"));
    let broken = lines(|cells| match cells {
        [label @ "行政规范性文件", ..] => format!("│{label}│12│4│10│\n│││ │28│\n"),
        cells => line(cells),
    });
    assert!(claims_nothing_else(&read(&broken)), "{:?}", read(&broken));
    let ragged = lines(|cells| match cells {
        ["行政规范性文件", ..] => "│行政规范性文件│12│1028│\n".to_owned(),
        cells => line(cells),
    });
    assert!(claims_nothing_else(&read(&ragged)), "{:?}", read(&ragged));
    let unit =
        lines(|cells| format!("├───┼───┼───┼───┤\n{}", line(cells))).replace("│4511│", "│451│\n│  │1件│");
    assert!(claims_nothing_else(&read(&unit)), "{:?}", read(&unit));
}
