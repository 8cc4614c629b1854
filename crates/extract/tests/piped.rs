//! Tables whose rows stand over several lines, with pipes where cells end or begin: an empty cell is a line of one pipe,
//! as is the border of a row.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use gongkai_document::{Hint, Limits};
use gongkai_model::Report;

fn read(text: &str) -> Report {
    let hint = Hint { media_type: None, name: Some("report.txt"), ..Default::default() };
    let document = gongkai_document::read(text.as_bytes(), &hint, &Limits::STANDARD).unwrap();
    gongkai_extract::extract(&document).unwrap().remove(0)
}

/// The cells' numbers, or the names of their states.
fn cells(report: &Report, keys: &[&str]) -> Vec<String> {
    let cell = |key: &&str| {
        let figure = report.figure(key).unwrap();
        figure.value.map_or(figure.state.name().to_owned(), |value| value.to_string())
    };
    keys.iter().map(cell).collect()
}

const HEAD: &str = "某某县2022年政府信息公开工作年度报告\n二、主动公开政府信息情况\n";

/// Rows opened by a pipe, cells closed by one, filled up to `width`.
fn closed(rows: &[&[&str]], width: usize) -> String {
    let mut text = String::new();
    for row in rows {
        text.push_str("|\n");
        for (at, cell) in row.iter().enumerate() {
            let pads = if at + 1 == row.len() { width - row.len() } else { 0 };
            let space = if cell.is_empty() { "" } else { " " };
            let gap = if pads == 0 { "" } else { " " };
            text.push_str(&format!("{cell}{space}|{gap}{}\n", "|".repeat(pads)));
        }
    }
    text
}

/// Cells closed by a pipe, nothing that opens a row, its pads on a line of their own.
fn closed_only(rows: &[&[&str]], width: usize) -> String {
    let cell = |cell: &&str| if cell.is_empty() { "|\n".to_owned() } else { format!("{cell} |\n") };
    let pads = |row: &&[&str]| match width - row.len() {
        0 => String::new(),
        pads => "|".repeat(pads) + "\n",
    };
    rows.iter().map(|row| row.iter().map(cell).collect::<String>() + &pads(row)).collect()
}

/// The same with a pipe before each cell but the first, and one behind the row.
fn opened(rows: &[&[&str]], width: usize) -> String {
    let mut text = String::new();
    for row in rows {
        text.push_str(row[0]);
        for cell in row[1..].iter().chain(std::iter::repeat_n(&"", width - row.len())) {
            text.push_str(if cell.is_empty() { "\n|" } else { "\n| " });
            text.push_str(cell);
        }
        text.push_str("\n|\n");
    }
    text
}

const RULES: [&str; 3] =
    ["disclosure.regulations.issued", "disclosure.regulations.repealed", "disclosure.regulations.in_force"];
const DOCUMENTS: [&str; 3] = [
    "disclosure.normative_documents.issued",
    "disclosure.normative_documents.repealed",
    "disclosure.normative_documents.in_force",
];

fn disclosure<'a>(rules: &'a [&'a str], documents: &'a [&'a str]) -> Vec<&'a [&'a str]> {
    vec![
        &["第二十条第(一)项"],
        &["信息内容", "本年制发件数", "本年废止件数", "现行有效件数\n(历史累计)"],
        rules,
        documents,
        &["第二十条第(五)项"],
        &["信息内容", "本年处理\n决定数量"],
        &["行政许可", "451"],
        &["第二十条第(六)项"],
        &["信息内容", "本年处理决定数量"],
        &["行政处罚", ""],
        &["行政强制", "11"],
        &["第二十条第(八)项"],
        &["信息内容", "本年收费金额(单位:万元)"],
        &["行政事业性收费", "7.5"],
    ]
}

#[test]
fn an_empty_cell_has_its_place_where_all_rows_are_as_wide() {
    for (rules, documents, expected) in [
        (
            ["规章", "0", "0", ""],
            ["行政规范性文件", "", "12", "8"],
            [["0", "0", "BLANK"], ["BLANK", "12", "8"]],
        ),
        (
            ["规章", "", "0", "0"],
            ["行政规范性文件", "5", "", "8"],
            [["BLANK", "0", "0"], ["5", "BLANK", "8"]],
        ),
        (["规章", "", "", ""], ["行政规范性文件", "5", "", "8"], [["BLANK"; 3], ["5", "BLANK", "8"]]),
    ] {
        let rows = disclosure(&rules, &documents);
        for table in [closed(&rows, 4), opened(&rows, 4), closed_only(&rows, 4), closed_only(&rows, 5)] {
            let report = read(&format!("{HEAD}{table}三、收到和处理政府信息公开申请情况\n无。\n"));
            assert_eq!(cells(&report, &RULES), expected[0], "{table}");
            assert_eq!(cells(&report, &DOCUMENTS), expected[1], "{table}");
            let others = [
                "disclosure.licensing.decisions",
                "disclosure.penalties.decisions",
                "disclosure.fees.amount",
            ];
            assert_eq!(cells(&report, &others), ["451", "BLANK", "75000"], "{table}");
        }
    }
}

#[test]
fn where_rows_are_of_several_widths_an_empty_cell_may_be_any() {
    let rules = ["规章", "0", "", "0"];
    let table =
        closed(&disclosure(&rules, &["行政规范性文件", "5", "12", "8"]), 4).replace("451 | ||", "451 | |||");
    let report = read(&format!("{HEAD}{table}三、收到和处理政府信息公开申请情况\n无。\n"));
    assert_eq!(cells(&report, &RULES), ["UNDETERMINED"; 3]);
    assert_eq!(cells(&report, &DOCUMENTS), ["5", "12", "8"]);
}

#[test]
fn labels_of_several_cells_and_the_prose_behind_the_table_are_no_obstacle() {
    let zeros = ["0"; 7];
    let row = |labels: &[&'static str], values: [&'static str; 7]| [labels, &values[..]].concat();
    let rows = [
        vec!["(本列数据的勾稽关系为:第一项加第二项之和,等于第三项加第四项之和)", "申请人情况"],
        vec!["自然人", "法人或其他组织", "总计"],
        vec!["商业\n企业", "科研\n机构", "社会公益组织", "法律服务机构", "其他"],
        row(&["一、本年新收政府信息公开申请数量"], ["8", "", "0", "", "", "0", "8"]),
        row(&["二、上年结转政府信息公开申请数量"], [""; 7]),
        row(&["三、本年度办理结果", "(一)予以公开"], ["8", "0", "0", "0", "0", "0", "8"]),
        row(&["(三)不予公开", "1.属于国家秘密"], zeros),
        row(&["2.其他法律行政法规禁止公开"], zeros),
    ];
    let rows: Vec<&[&str]> = rows.iter().map(Vec::as_slice).collect();
    let text = format!(
        "{HEAD}三、收到和处理政府信息公开申请情况\n{}四、其他\n2022年共收到8件。\n",
        closed(&rows, 17)
    );
    let report = read(&text);
    let key = |row: &str, column: &str| format!("requests.{row}.{column}");
    let all =
        ["natural_person", "business", "research", "public_interest", "legal_service", "other_org", "total"];
    let read = |row: &str| {
        let keys: Vec<String> = all.iter().map(|column| key(row, column)).collect();
        cells(&report, &keys.iter().map(String::as_str).collect::<Vec<_>>())
    };
    assert_eq!(read("received"), ["8", "BLANK", "0", "BLANK", "BLANK", "0", "8"]);
    assert_eq!(read("carried_over"), ["BLANK"; 7]);
    assert_eq!(read("granted"), ["8", "0", "0", "0", "0", "0", "8"]);
    assert_eq!(read("denied.law_prohibits"), ["0"; 7]);
}

#[test]
fn a_pipe_alone_behind_every_cell_separates_and_is_no_empty_cell() {
    let table = |rows: &[&[&str]]| {
        let mut text = HEAD.to_owned();
        for cell in rows.iter().flat_map(|row| row.iter()) {
            text.push_str(if cell.is_empty() { "|\n" } else { cell });
            text.push_str(if cell.is_empty() { "" } else { "\n|\n" });
        }
        text
    };
    let header = ["信息内容", "本年制发件数", "本年废止件数", "现行有效件数"];
    let keys = [
        "disclosure.regulations.issued",
        "disclosure.regulations.repealed",
        "disclosure.regulations.in_force",
    ];
    let others = ["disclosure.normative_documents.issued", "disclosure.normative_documents.in_force"];
    let whole = read(&table(&[&header, &["规章", "0", "0", "6"], &["行政规范性文件", "1", "0", "13"]]));
    assert_eq!(cells(&whole, &keys), ["0", "0", "6"]);
    assert_eq!(cells(&whole, &others), ["1", "13"]);
    // An empty cell leaves the others of its row open, whichever it is.
    for row in [["规章", "", "0", "6"], ["规章", "0", "", "6"], ["规章", "0", "6", ""]] {
        let report = read(&table(&[&header, &row, &["行政规范性文件", "1", "0", "13"]]));
        assert!(cells(&report, &keys).iter().all(|cell| cell != "6"), "{row:?}");
        assert_eq!(cells(&report, &others), ["1", "13"], "{row:?}");
    }
}

#[test]
fn pipes_at_the_end_of_rows_alone_may_stand_for_any_cell() {
    // Where empty cells are left out and rows are filled up, nothing tells which cells those were.
    let rules = ["规章", "0", "3", ""];
    let rows = disclosure(&rules, &["行政规范性文件", "5", "12", "8"]);
    for table in [closed(&rows, 4), closed_only(&rows, 4)] {
        let report = read(&format!("{HEAD}{table}三、收到和处理政府信息公开申请情况\n无。\n"));
        assert_eq!(cells(&report, &RULES), ["UNDETERMINED"; 3], "{table}");
        assert_eq!(cells(&report, &DOCUMENTS), ["5", "12", "8"], "{table}");
    }
    let line = |rules: &str| {
        format!(
            "{HEAD}信息内容 | 本年制发件数 | 本年废止件数 | 现行有效件数 |\n规章 {rules}\n\
             行政规范性文件 | 5 | 12 | 8 |\n第二十条第(五)项 | |||\n信息内容 | 本年处理决定数量 | ||\n\
             行政许可 | 451 | ||\n"
        )
    };
    let report = read(&line("| 0 | 3 | |"));
    assert_eq!(cells(&report, &RULES), ["UNDETERMINED"; 3]);
    assert_eq!(cells(&report, &["disclosure.licensing.decisions"]), ["451"]);
    assert_eq!(cells(&read(&line("| 0 |  |  |")), &RULES), ["0", "BLANK", "BLANK"], "white space is a cell");
    assert_eq!(cells(&read(&line("| |||")), &RULES), ["BLANK"; 3], "no value, no doubt");
}

/// Rows of `disclosure`, and six of the requests, one below the other.
fn both<'a>(rules: &'a [&'a str], documents: &'a [&'a str]) -> Vec<Vec<&'a str>> {
    let mut rows: Vec<Vec<&str>> = disclosure(rules, documents).into_iter().map(<[&str]>::to_vec).collect();
    for row in &mut rows {
        for cell in row.iter_mut() {
            *cell = cell.split('\n').next().unwrap();
        }
    }
    rows[9] = vec!["行政处罚", "226"];
    rows.push(vec!["自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计"]);
    for label in ["一、本年新收政府信息公开申请数量", "二、上年结转政府信息公开申请数量", "（一）予以公开"]
    {
        rows.push(vec![label, "3", "1", "0", "0", "0", "0", "4"]);
    }
    rows
}

#[test]
fn every_cell_may_have_marks_of_its_own() {
    let whole = |cells: &[&str], before: &str, between: &str, behind: &str| {
        format!("{before}{}{behind}\n", cells.join(between))
    };
    let (rules, documents) = (["规章", "0", "1", "2"], ["行政规范性文件", "5", "12", "8"]);
    for (before, between, behind) in
        [("|", "||", "|"), ("", "\t\t", ""), ("|", "\n|", ""), ("|\n", "\n|\n|\n", "\n|")]
    {
        let text = |rules: &[&str]| {
            let rows = both(rules, &documents);
            let rows: String = rows.iter().map(|row| whole(row, before, between, behind)).collect();
            format!("{HEAD}{rows}四、其他\n无。\n")
        };
        let report = read(&text(&rules));
        assert_eq!(cells(&report, &RULES), ["0", "1", "2"], "{between:?}");
        assert_eq!(cells(&report, &DOCUMENTS), ["5", "12", "8"], "{between:?}");
        let keys = ["disclosure.penalties.decisions", "disclosure.fees.amount", "requests.granted.total"];
        assert_eq!(cells(&report, &keys), ["226", "75000", "4"], "{between:?}");
        // An empty cell is left out, wherever it was.
        let report = read(&text(&rules[..3]));
        assert_eq!(cells(&report, &RULES), ["UNDETERMINED"; 3], "{between:?}");
        assert_eq!(cells(&report, &DOCUMENTS), ["5", "12", "8"], "{between:?}");
    }
}

#[test]
fn the_heading_of_the_next_part_ends_a_table_whose_last_row_is_not_filled_up() {
    let first: &[&[&str]] = &[
        &["第二十条第（一）项"],
        &["信息内容", "本年制发件数", "本年废止件数", "现行有效件数"],
        &["规章", "/", "/", "/"],
        &["行政规范性文件", "4", "", "9"],
        &["第二十条第（八）项"],
        &["信息内容", "本年收费金额（单位：万元）"],
        &["行政事业性收费", "0"],
    ];
    let second: &[&[&str]] = &[
        &["自然人", "法人或其他组织", "总计"],
        &["商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他"],
        &["一、本年新收政府信息公开申请数量", "", "", "", "", "", "", "3"],
        &["二、上年结转政府信息公开申请数量", "2", "", "", "", "", "", ""],
    ];
    let first = closed_only(first, 4);
    let first = first.strip_suffix("||\n").unwrap();
    let head = "三、收到和处理政府信息公开申请情况\n（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和） |\n申请人情况 |\n||||||||\n";
    let report = read(&format!("{HEAD}{first}{head}{}", closed_only(second, 10)));
    assert_eq!(cells(&report, &DOCUMENTS), ["4", "BLANK", "9"]);
    let received = ["requests.received.natural_person", "requests.received.total"];
    assert_eq!(cells(&report, &received), ["BLANK", "3"]);
    let carried = ["requests.carried_over.natural_person", "requests.carried_over.business"];
    assert_eq!(cells(&report, &carried), ["2", "BLANK"]);
    assert!(report.sections.iter().any(|section| section.title == "三、收到和处理政府信息公开申请情况"));
}
