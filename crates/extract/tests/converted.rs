//! Tables as converters of pages leave them: what they keep is read, and what they lose is not made up.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use gongkai_document::{Hint, Limits};
use gongkai_model::Report;

fn read(text: &str) -> Report {
    let hint = Hint { media_type: None, name: Some("report.txt"), ..Default::default() };
    let document = gongkai_document::read(text.as_bytes(), &hint, &Limits::STANDARD).unwrap();
    gongkai_extract::extract(&document).unwrap().remove(0)
}

/// The cell's number, or the name of its state.
fn cell(report: &Report, key: &str) -> String {
    let figure = report.figure(key).unwrap();
    figure.value.map_or(figure.state.name().to_owned(), |value| value.to_string())
}

/// A report whose second part has these rows of cells, each written by `row`.
fn disclosure(rows: &[&[&str]], row: impl Fn(&[&str]) -> String) -> Report {
    let rows: String = rows.iter().map(|cells| row(cells)).collect();
    read(&format!(
        "某某县2020年政府信息公开工作年度报告\n一、总体情况\n公开工作有序开展。\n二、主动公开政府信息情况\n{rows}\
         三、收到和处理政府信息公开申请情况\n"
    ))
}

const ROWS: [&[&str]; 15] = [
    &["第二十条第（一）项"],
    &["信息内容", "本年新制作数量", "本年新公开数量", "对外公开总数量"],
    &["规章", "0", "0", "0"],
    &["规范性文件", "12", "4", "28"],
    &["第二十条第（五）项"],
    &["信息内容", "上一年项目数量", "本年增/减", "处理决定数量"],
    &["行政许可", "276", "0", "40"],
    &["其他对外管理服务事项", "0", "-3", "1024"],
    &["第二十条第（六）项"],
    &["信息内容", "上一年项目数量", "本年增/减", "处理决定数量"],
    &["行政处罚", "216", "1", "7"],
    &["行政强制", "66", "0", "3"],
    &["第二十条第（八）项"],
    &["信息内容", "上一年项目数量", "本年增/减"],
    &["行政事业性收费", "3", "0"],
];
const VALUES: [(&str, &str); 6] = [
    ("disclosure.normative_documents.made", "12"),
    ("disclosure.licensing.decisions", "40"),
    ("disclosure.other_services.items_last_year", "0"),
    ("disclosure.other_services.change", "-3"),
    ("disclosure.other_services.decisions", "1024"),
    ("disclosure.penalties.items_last_year", "216"),
];

#[test]
fn the_markups_indentation_parts_no_cells() {
    // Each cell in lines of its own, as deep as its tag was, between lines of white space.
    let set_in = |cells: &[&str]| {
        let cells: String = cells.iter().map(|cell| format!("\t\t{cell}\n\t\t\n")).collect();
        format!("\t\n{cells}\t\n")
    };
    // The text on lines that are not set in.
    let around = |cells: &[&str]| {
        let cells: String = cells.iter().map(|cell| format!("\t\t\n\n{cell}\n\n\n")).collect();
        format!("\t\n{cells}\t\n")
    };
    for report in [disclosure(&ROWS, set_in), disclosure(&ROWS, around)] {
        for (key, value) in VALUES {
            assert_eq!(cell(&report, key), value, "{key}");
        }
    }
}

#[test]
fn rows_of_empty_cells_are_rows_where_tabs_part_cells() {
    let mut rows = ROWS;
    rows[7] = &["其他对外管理服务事项", "", "", ""];
    let report = disclosure(&rows, |cells| format!("{}\n", cells.join("\t")));
    assert_eq!(cell(&report, "disclosure.other_services.decisions"), "BLANK");
    assert_eq!(cell(&report, "disclosure.licensing.decisions"), "40");
}

#[test]
fn twice_two_tabs_are_an_empty_cell_between_two_tabs_each() {
    let mut rows = ROWS;
    rows[2] = &["规章", "0", "", "0"];
    rows[3] = &["规范性文件", "12", "", "28"];
    rows[10] = &["行政处罚", "216", "", "7"];
    rows[14] = &["行政事业性收费", "13"];
    let report = disclosure(&rows, |cells| format!("{}\n", cells.join("\t\t")));
    assert_eq!(cell(&report, "disclosure.other_services.decisions"), "1024");
    // One of two cells is not written, and nothing tells which.
    assert_eq!(cell(&report, "disclosure.fees.items_last_year"), "UNDETERMINED");
}

#[test]
fn a_row_that_runs_into_a_word_of_the_form_is_open() {
    // Everything stands in one line, without the empty cells. What follows has as many words as the row has cells.
    let cells = [
        &["第二十条第（一）项", "信息内容", "本年制发件数", "本年废止件数", "现行有效件数"][..],
        &["规章", "0", "0", "0", "行政规范性文件", "第二十条第（五）项", "信息内容", "本年处理决定数量"],
        &["行政许可", "40", "第二十条第（六）项", "信息内容", "本年处理决定数量", "行政处罚", "7"],
        &[
            "行政强制",
            "3",
            "第二十条第（八）项",
            "信息内容",
            "本年收费金额（单位：万元）",
            "行政事业性收费",
            "0",
        ],
    ];
    let report = disclosure(&[&cells.concat()], |cells| format!("{}\n", cells.join("|")));
    assert_eq!(cell(&report, "disclosure.penalties.decisions"), "7");
    for column in ["issued", "repealed", "in_force"] {
        let state = cell(&report, &format!("disclosure.normative_documents.{column}"));
        assert_eq!(state, "UNDETERMINED", "{column}");
    }
}

#[test]
fn a_label_over_two_lines_of_one_row_leaves_no_empty_cells() {
    let rule = "+-----------+-----+-----+-----+\n";
    let drawn = |cells: &[&str]| {
        let line = |cells: &[&str]| format!("| {} |\n", cells.join(" | "));
        match cells {
            [label, values @ ..] if label.starts_with("其他") => {
                let (above, below) = label.split_at("其他对".len());
                format!("{}{}{rule}", line(&[&[above], values].concat()), line(&[below, " ", " ", " "]))
            }
            cells => format!("{}{rule}", line(cells)),
        }
    };
    let report = disclosure(&ROWS, drawn);
    for key in ["items_last_year", "change", "decisions"] {
        assert_ne!(cell(&report, &format!("disclosure.other_services.{key}")), "BLANK", "{key}");
    }
    assert_eq!(cell(&report, "disclosure.penalties.items_last_year"), "216");
    // Where the row above is one of the form's, the row is as empty as it looks.
    let mut rows = ROWS;
    rows[7] = &["其他对外管理服务事项", "", "", ""];
    let report = disclosure(&rows, |cells| format!("| {} |\n", cells.join(" | ")));
    assert_eq!(cell(&report, "disclosure.other_services.decisions"), "BLANK");
}
