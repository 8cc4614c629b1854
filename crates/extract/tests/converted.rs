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

/// The rows of the requests, each cell written by `cell` and put into a row by `row`.
fn requests(rows: &[&[&str]], row: impl Fn(&[&str]) -> String) -> Report {
    let header: [&[&str]; 3] = [
        &["（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）", "申请人情况"],
        &["自然人", "法人或其他组织", "总计"],
        &["商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他"],
    ];
    let rows: String = header.iter().chain(rows).map(|cells| row(cells)).collect();
    read(&format!(
        "某某县2020年政府信息公开工作年度报告\n一、总体情况\n公开工作有序开展。\n\
         三、收到和处理政府信息公开申请情况\n{rows}五、存在的主要问题及改进情况\n无。\n"
    ))
}

/// What the cells of a row of requests say.
fn row_of(report: &Report, row: &str) -> Vec<String> {
    let columns =
        ["natural_person", "business", "research", "public_interest", "legal_service", "other_org", "total"];
    columns.map(|column| cell(report, &format!("requests.{row}.{column}"))).to_vec()
}

const RECEIVED: &str = "一、本年新收政府信息公开申请数量";
const CARRIED: &str = "二、上年结转政府信息公开申请数量";
const GRANTED: &str = "（一）予以公开";
const SECRET: &str = "1.属于国家秘密";

#[test]
fn pads_behind_a_row_that_has_lost_cells_are_none_though_others_show_theirs() {
    // An empty cell with white space in it is kept, one without is left out, and rows are filled up with pipes.
    let pads = |cells: &[&str]| format!("{} | {}\n", cells.join(" | "), "|".repeat(10 - cells.len()));
    let report = requests(
        &[
            &[RECEIVED, "8", " ", "0", " ", " ", "0", "8"],
            &[CARRIED, "5", " ", "3", "8"],
            &[GRANTED, "8", "0", "0", "0", "0", "0", "8"],
            &[SECRET, "0", "0", "0", "0", "0", "0", "0"],
        ],
        pads,
    );
    assert_eq!(row_of(&report, "received"), ["8", "BLANK", "0", "BLANK", "BLANK", "0", "8"]);
    assert!(row_of(&report, "carried_over").iter().all(|cell| cell != "BLANK" && cell != "3" && cell != "8"));
    assert_eq!(row_of(&report, "granted"), ["8", "0", "0", "0", "0", "0", "8"]);
}

#[test]
fn a_single_space_goes_on_with_the_cell_before_it_where_an_empty_cell_has_two() {
    let row = |cells: &[&str]| {
        let cells: String = cells.iter().map(|cell| format!(" {cell} |")).collect();
        format!("|{}\n", cells.replace('~', "|"))
    };
    // Labels and some values go over two columns of the page.
    let report = requests(
        &[
            &["一、本年新收政府信息公开申请数量 ~", "8", "", "0 ~", "", "", "0", "8"],
            &["二、上年结转政府信息公开申请数量 ~", "", "", "3 ~", "", "", "0", "3"],
            &["三、本年度办理结果", "（一）予以公开", "8", "0", " ~", "0", "0", "0", "8"],
        ],
        row,
    );
    assert_eq!(row_of(&report, "received"), ["8", "BLANK", "0", "BLANK", "BLANK", "0", "8"]);
    assert_eq!(row_of(&report, "carried_over"), ["BLANK", "BLANK", "3", "BLANK", "BLANK", "0", "3"]);
    assert_eq!(row_of(&report, "granted"), ["8", "0", "BLANK", "0", "0", "0", "8"]);
}

#[test]
fn a_row_between_two_ruled_lines_is_one_over_however_many_lines() {
    let rule = "+----------+------+----+----+----+----+----+----+----+\n";
    let row = |cells: &[&str]| {
        let lines = cells.iter().map(|cell| cell.lines().count().max(1)).max().unwrap();
        let piece = |cell: &str, line: usize| format!(" {:<4} |", cell.lines().nth(line).unwrap_or_default());
        let line = |line| format!("|{}\n", cells.iter().map(|cell| piece(cell, line)).collect::<String>());
        (0..lines).map(line).collect::<String>() + rule
    };
    let header: [&[&str]; 2] = [
        &["（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）", "", "申请人情况"],
        &["", "", "自然人", "商业\n企业", "科研\n机构", "社会公\n益组织", "法律服\n务机构", "其他", "总计"],
    ];
    let rows: [&[&str]; 3] = [
        &["一、本年新收政府\n信息公开申请数量", "", "8", "0", "", "0", "0", "0", "8"],
        &["三、本年度\n办理结果", "（一）予\n以公开", "7", "0", "0", "0", "0", "1", "8"],
        &["", "（七）\n总计", "7", "0", "0", "0", "0", "1", "8"],
    ];
    let table: String = header.iter().chain(&rows).map(|cells| row(cells)).collect();
    let report = read(&format!(
        "某某县2020年政府信息公开工作年度报告\n一、总体情况\n无。\n三、收到和处理政府信息公开申请情况\n{rule}{table}\
         五、存在的主要问题及改进情况\n无。\n"
    ));
    assert_eq!(row_of(&report, "received"), ["8", "0", "BLANK", "0", "0", "0", "8"]);
    for row in ["granted", "concluded"] {
        assert_eq!(row_of(&report, row), ["7", "0", "0", "0", "0", "1", "8"], "{row}");
    }
}

#[test]
fn two_tabs_between_cells_leave_an_empty_cell_its_place() {
    let row = |cells: &[&str]| format!("{}\n", cells.join("\t\t"));
    let report = requests(
        &[
            &[RECEIVED, "8", "", "0", "", "", "0", "8"],
            &[CARRIED, "", "", "3", "", "", "0", "3"],
            // Empty cells at the end are left out.
            &["三、本年度办理结果", GRANTED, "8", "", "3"],
        ],
        row,
    );
    assert_eq!(row_of(&report, "received"), ["8", "BLANK", "0", "BLANK", "BLANK", "0", "8"]);
    assert_eq!(row_of(&report, "carried_over"), ["BLANK", "BLANK", "3", "BLANK", "BLANK", "0", "3"]);
    assert!(row_of(&report, "granted").iter().all(|cell| cell == "UNDETERMINED"));
}

#[test]
fn a_row_over_lines_of_different_make_is_read_where_its_sums_prove_it() {
    // Some cells are lines of their own, others stand beside each other.
    let mixed = |cells: &[&str]| match cells {
        [label, a, b, rest @ ..] if a.parse::<u32>().is_ok() => {
            format!("{label}\n\n{a}\n\n{b} {}\n\n", rest.join(" "))
        }
        cells => format!("{}\n\n", cells.join("\n\n")),
    };
    let report = requests(
        &[
            &[RECEIVED, "8", "0", "0", "2", "0", "0", "10"],
            &[CARRIED, "8", "0", "0", "2", "0", "0", "11"],
            &[GRANTED, "8", "0", "0", "2", "0", "0", "10"],
        ],
        mixed,
    );
    assert_eq!(row_of(&report, "received"), ["8", "0", "0", "2", "0", "0", "10"]);
    assert!(row_of(&report, "carried_over").iter().all(|cell| cell == "UNDETERMINED"));
}

#[test]
fn a_header_that_has_lost_its_end_is_still_the_columns() {
    let clipped = |header: &str| {
        let rows: [&[&str]; 3] = [
            &[header, "法人或其他组", "总计"],
            &["商业企业", "科研机构", "社会公益组", "法律服务机构", "其他"],
            &[RECEIVED, "8", "0", "0", "2", "0", "0", "10"],
        ];
        let rows: String = rows.iter().map(|cells| format!("{} |\n", cells.join(" | "))).collect();
        let text =
            format!("某某县2020年政府信息公开工作年度报告\n三、收到和处理政府信息公开申请情况\n{rows}");
        cell(&read(&text), "requests.received.total")
    };
    assert_eq!(clipped("自"), "10");
    assert_eq!(clipped("上年"), "UNDETERMINED");
}

#[test]
fn the_list_number_of_the_next_row_is_no_value_and_ends_no_label() {
    let line = |third_party: &str| {
        let report = requests(
            &[
                &[RECEIVED, "8", "0", "0", "2", "0", "0", "10"],
                &["（三）不予公开", third_party],
                &["5.属于三类内部事务信息", "0", "0", "0", "0", "0", "0", "0"],
            ],
            |cells| format!("{}\n", cells.join("|")),
        );
        row_of(&report, "denied.third_party")
    };
    assert_eq!(line("4.保护第三方合法权益|1|0|0|0|0|0|1")[6], "1");
    let run_on = line("4.保护第三方合法权益|1|0|0|0|0|24|5|.属于三类内部事务信息|0|0|0|0|0|0|0");
    assert!(run_on.iter().all(|cell| cell == "UNDETERMINED"), "{run_on:?}");
    // The label's second line stands below its values, and what follows it is another row.
    let text = "一、本年新收政府信息公开申请数量 3 0 0 0 0 0 3\n2.没有现成\n177 0 668 0 6 0 851\n信息需要另行制作\n\
                3.补 0 0 0 0 15 0 15\n正后申请内容仍不明确\n";
    let report = read(&format!(
        "某某县2020年政府信息公开工作年度报告\n三、收到和处理政府信息公开申请情况\n自然人 商业企业 科研机构 社会公益组织 \
         法律服务机构 其他 总计\n{text}四、其他\n"
    ));
    let created = row_of(&report, "unavailable.needs_creation");
    assert!(["177", "UNDETERMINED"].contains(&&*created[0]) && created[6] != "15", "{created:?}");
}

#[test]
fn where_what_was_written_before_is_left_out_nothing_is_empty() {
    let deduplicated = "第二十条第（一）项\n信息内容\n本年制发件数\n本年废止件数\n现行有效件数\n规章\n0\n行政规范性文件\n第二十条第（五）项\n\
                        本年处理决定数量\n行政许可\n18\n第二十条第（六）项\n行政处罚\n行政强制\n第二十条第（八）项\n本年收费金额（单位：万元）\n\
                        行政事业性收费\n";
    let report = read(&format!(
        "某某县2022年政府信息公开工作年度报告\n二、主动公开政府信息情况\n{deduplicated}三、收到和处理政府信息公开申请情况\n"
    ));
    for key in ["disclosure.penalties.decisions", "disclosure.coercion.decisions", "disclosure.fees.amount"] {
        assert_ne!(cell(&report, key), "BLANK", "{key}");
    }
}

#[test]
fn a_value_in_a_broken_cell_or_a_wrapped_line_is_not_lost_for_an_empty_cell() {
    let report = disclosure(&ROWS[..14], |cells| format!("{} |\n", cells.join(" | ")));
    assert_eq!(cell(&report, "disclosure.penalties.items_last_year"), "216");
    let fees = |written: &str| {
        let rows: String = ROWS[..14].iter().map(|cells| format!("{} |\n", cells.join(" | "))).collect();
        let report = read(&format!(
            "某某县2020年政府信息公开工作年度报告\n二、主动公开政府信息情况\n{rows}行政事业性收费{written}三、其他\n"
        ));
        ["items_last_year", "change"].map(|column| cell(&report, &format!("disclosure.fees.{column}")))
    };
    assert_eq!(fees(" | 3 | -5 |\n"), ["3", "-5"]);
    assert_eq!(fees(" | 3 | |\n-5\n| |\n"), ["UNDETERMINED"; 2]);
}

#[test]
fn tables_of_markdown_keep_their_lines_among_tags() {
    let rows: String = ROWS.iter().map(|cells| format!("| {} |\n", cells.join(" | "))).collect();
    let rows = rows.replacen("项 |\n", "项 |\n|-----|-----|-----|-----|\n", 1);
    let report = read(&format!(
        "<div class=\"nav\">\n\n首页\n\n</div>\n\n某某县2020年政府信息公开工作年度报告\n\n二、主动公开政府信息情况\n\n{rows}\n三、其他\n"
    ));
    for (key, value) in VALUES {
        assert_eq!(cell(&report, key), value, "{key}");
    }
}

#[test]
fn numbers_beyond_all_counts_have_no_sum_and_harm_nothing() {
    let long = "9".repeat(28);
    let row = [RECEIVED, &long, &long, &long, &long, &long, &long, &long];
    let mixed = |cells: &[&str]| format!("{}\n\n{}\n\n", cells[0], cells[1..].join(" "));
    for report in [requests(&[&row], mixed), requests(&[&row], |cells| format!("{}|\n", cells.join("|")))] {
        assert_ne!(row_of(&report, "received")[0], "BLANK");
    }
}

#[test]
fn a_table_in_one_line_with_spaces_between_cells_is_read_where_its_rows_are_whole() {
    let rows: String = ROWS.iter().map(|cells| format!("{} ", cells.join(" "))).collect();
    let text = |rows: &str| {
        format!(
            "某某县2020年政府信息公开工作年度报告\n一、总体情况\n公开工作有序开展。\n二、主动公开政府信息情况\n{rows}\n\
             三、收到和处理政府信息公开申请情况\n"
        )
    };
    let report = read(&text(&rows));
    for (key, value) in VALUES {
        assert_eq!(cell(&report, key), value, "{key}");
    }
    // One value less: nothing tells which is not there.
    let report = read(&text(&rows.replace("216 1 7", "216 7")));
    for column in ["items_last_year", "change", "decisions"] {
        assert_eq!(cell(&report, &format!("disclosure.penalties.{column}")), "UNDETERMINED");
    }
    assert_eq!(cell(&report, "disclosure.licensing.decisions"), "40");
}

#[test]
fn a_value_over_several_rows_leaves_none_of_them_empty() {
    let page = |first: &str, second: &str| {
        let report = read(&format!(
            "<html><body><h1>某某县2022年政府信息公开工作年度报告</h1><p>二、主动公开政府信息情况</p><table>\
             <tr><td>第二十条第（六）项</td><td></td></tr><tr><td>信息内容</td><td>本年处理决定数量</td></tr>\
             <tr><td>行政处罚</td>{first}</tr><tr><td>行政强制</td>{second}</tr></table></body></html>"
        ));
        ["penalties", "coercion"].map(|row| cell(&report, &format!("disclosure.{row}.decisions")))
    };
    assert_eq!(page("<td rowspan=2>21</td>", ""), ["UNDETERMINED", "UNDETERMINED"]);
    assert_eq!(page("<td>21</td>", "<td>6</td>"), ["21", "6"]);
    assert_eq!(page("<td>21</td>", "<td></td>"), ["21", "BLANK"]);
}

#[test]
fn where_cells_reach_over_columns_only_a_full_row_tells_which_they_are() {
    let page = |rows: &str| {
        let report = read(&format!(
            "某某县2022年政府信息公开工作年度报告\n\n二、主动公开政府信息情况\n\n|第二十条第（一）项|||||\n{rows}\n"
        ));
        ["regulations", "normative_documents"].map(|row| {
            ["issued", "repealed", "in_force"]
                .map(|column| cell(&report, &format!("disclosure.{row}.{column}")))
        })
    };
    let open = ["UNDETERMINED"; 3].map(str::to_owned);
    let apart = "|信息内容|本年制发件数||本年废止件数|现行有效件数|\n";
    // Below headers that are apart, and cells that reach over others elsewhere.
    let found = page(&format!("{apart}|规章|3||1|9|\n|行政规范性文件||4|2||"));
    assert_eq!(found[0], ["3", "1", "9"]);
    assert_eq!(found[1], open);
    let found = page(&format!("{apart}|规章|3||1|9|\n|行政规范性文件|4|||2|"));
    assert_eq!(found[1], ["4", "BLANK", "2"]);
    // Headers side by side, and a row that does not stand below them.
    let beside = "|信息内容|本年制发件数|本年废止件数|现行有效件数||\n";
    let found = page(&format!("{beside}|规章|3||1|9|\n|行政规范性文件|4|2|||"));
    assert_eq!(found, [["3", "1", "9"].map(str::to_owned), open.clone()]);
    // A number that a narrow column has broken.
    let drawn = "+----+--+--+--+\n|信息内容|本年制发件数|本年废止件数|现行有效件数|\n+----+--+--+--+\n|规章|3|1|9|\n|    | |2| |\n\
                 +----+--+--+--+\n|行政规范性文件|4|2|7|\n+----+--+--+--+";
    let found = page(drawn);
    assert_eq!(found, [["3", "UNDETERMINED", "9"], ["4", "2", "7"]]);
}

#[test]
fn lines_drawn_with_characters_that_are_not_taken_apart_leave_no_row_empty() {
    let report = read(
        "某某县2022年政府信息公开工作年度报告\n\n二、主动公开政府信息情况\n\n信息内容 本年制发件数 本年废止件数 现行有效件数\n规章 3 1 9\n\
         │行政规范性文件 │   │   │   │\n│（件） │４ │2 │7 │\n第二十条第（五）项\n信息内容 本年处理决定数量\n行政许可 5\n",
    );
    assert_eq!(cell(&report, "disclosure.licensing.decisions"), "5");
    assert_ne!(cell(&report, "disclosure.normative_documents.issued"), "BLANK");
}
