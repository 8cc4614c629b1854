//! Documents that invite a wrong figure: what they do not determine must stay open.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod labels;

use gongkai_document::{Hint, Limits};
use gongkai_model::{Report, State};

fn read(text: &str) -> Report {
    let name = if text.starts_with('<') { "report.html" } else { "report.txt" };
    let hint = Hint { media_type: None, name: Some(name), ..Default::default() };
    let document = gongkai_document::read(text.as_bytes(), &hint, &Limits::STANDARD).unwrap();
    gongkai_extract::extract(&document).unwrap().remove(0)
}

/// The cell's number, or the name of its state.
fn cell(report: &Report, key: &str) -> String {
    let figure = report.figure(key).unwrap();
    figure.value.map_or(figure.state.name().to_owned(), |value| value.to_string())
}

const HEAD: &str =
    "某某县2022年政府信息公开工作年度报告\n本报告数据统计期限自2022年1月1日起至2022年12月31日止。\n";

const DISCLOSURE: &str = "二、主动公开政府信息情况\n第二十条第（一）项\n信息内容 本年制发件数 本年废止件数 现行有效件数\n\
    规章 0 0 0\n行政规范性文件 12 4 28\n第二十条第（五）项\n信息内容 本年处理决定数量\n行政许可 4511\n\
    第二十条第（六）项\n信息内容 本年处理决定数量\n行政处罚 226\n行政强制 11\n第二十条第（八）项\n";

const HEADER: &str = "\t自然人\t商业企业\t科研机构\t社会公益组织\t法律服务机构\t其他\t总计\n";

fn requests(header: &str, received: &str, granted: &str) -> String {
    format!(
        "{HEAD}三、收到和处理政府信息公开申请情况\n{header}一、本年新收政府信息公开申请数量\t{received}\n\
         二、上年结转政府信息公开申请数量\t0\t0\t0\t0\t0\t0\t0\n（一）予以公开\t{granted}\n"
    )
}

#[test]
fn a_page_number_fills_no_gap() {
    let fees = "信息内容 本年收费金额（单位：万元）\n行政事业性收费\n\n4\n\n三、其他\n";
    assert_eq!(cell(&read(&format!("{HEAD}{DISCLOSURE}{fees}")), "disclosure.fees.amount"), "UNDETERMINED");
    let fees = "信息内容 本年收费金额（单位：万元）\n行政事业性收费 99.1\n三、其他\n";
    assert_eq!(cell(&read(&format!("{HEAD}{DISCLOSURE}{fees}")), "disclosure.fees.amount"), "991000");
}

#[test]
fn where_a_table_stands_twice_only_what_both_say_is_certain() {
    let first = requests(HEADER, "5\t1\t0\t0\t0\t0\t6", "5\t1\t0\t0\t0\t0\t6");
    let second = requests(HEADER, "7\t2\t0\t0\t0\t0\t9", "7\t2\t0\t0\t0\t0\t9").replace(HEAD, "");
    let report = read(&format!("{first}上年情况如下。\n{second}"));
    let figure = report.figure("requests.received.total").unwrap();
    assert_eq!(figure.state, State::Undetermined);
    let candidates: Vec<String> = figure.candidates.iter().map(|candidate| candidate.raw.clone()).collect();
    assert_eq!(candidates, ["6", "9"]);
    assert_eq!(cell(&report, "requests.received.research"), "0");
}

#[test]
fn a_row_that_cannot_be_placed_in_the_second_copy_contradicts_the_first_by_its_order() {
    let first = requests(HEADER, "0\t0\t0\t\t\t无\t", "5\t1\t0\t0\t0\t0\t6");
    let second = requests(HEADER, "0\t0\t1\t\t\t无", "5\t1\t0\t0\t0\t0\t6").replace(HEAD, "");
    let report = read(&format!("{first}再次列出如下。\n{second}"));
    let of_row = |column: &str| cell(&report, &format!("requests.received.{column}"));
    assert_eq!(report.figure("requests.received.research").unwrap().state, State::Undetermined);
    assert_eq!((of_row("natural_person"), of_row("business")), ("0".to_owned(), "0".to_owned()));
    assert_eq!(cell(&report, "requests.granted.total"), "6");
}

#[test]
fn headers_that_are_broken_over_lines_tell_the_order_of_their_columns_by_their_places() {
    let table = |above: &str, below: &str| {
        format!(
            "{HEAD}三、收到和处理政府信息公开申请情况\n\n\
             （本列数据的勾稽关系为：第一项加第二项之和，            法人或其他组织\n\
             等于第三项加第四项之和）           {above}\n\
             \x20                                  {below}\n\n\
             一、本年新收政府信息公开申请数量   0        0        —        0        0        0        0\n\n"
        )
    };
    let of_row = |text: &str| cell(&read(text), "requests.received.research");
    let usual = table(
        "自然     商业     科研     社会公   法律服   其他     总计",
        "人       企业     机构     益组织   务机构",
    );
    let total_first = table(
        "总计     自然     商业     科研     社会公   法律服   其他",
        "         人       企业     机构     益组织   务机构",
    );
    assert_eq!(of_row(&total_first), "UNDETERMINED");
    assert_ne!(of_row(&usual), "UNDETERMINED");
}

#[test]
fn columns_in_another_order_are_not_read_in_the_forms() {
    let header = "\t总计\t自然人\t商业企业\t科研机构\t社会公益组织\t法律服务机构\t其他\n";
    let report = read(&requests(header, "6\t5\t1\t0\t0\t0\t0", "6\t5\t1\t0\t0\t0\t0"));
    assert_eq!(cell(&report, "requests.received.natural_person"), "UNDETERMINED");
    let report = read(&requests(HEADER, "5\t1\t0\t0\t0\t0\t6", "5\t1\t0\t0\t0\t0\t6"));
    assert_eq!(cell(&report, "requests.received.natural_person"), "5");
}

#[test]
fn last_years_column_is_not_this_years() {
    let row = |header: &str, values: &str| {
        format!(
            "<h1>某某县2022年政府信息公开工作年度报告</h1><p>二、主动公开政府信息情况</p><table>\
             <tr><td>信息内容<td>本年制发件数<td>本年废止件数<td>现行有效件数<tr><td>规章<td>0<td>0<td>0</table>\
             <table><tr><td>信息内容{header}<tr><td>行政许可{values}</table>"
        )
    };
    let report = read(&row("<td>上年处理决定数量<td>本年处理决定数量", "<td>4400<td>4511"));
    assert_ne!(cell(&report, "disclosure.licensing.decisions"), "4400");
    let report = read(&row("<td>本年处理决定数量", "<td>4511"));
    assert_eq!(cell(&report, "disclosure.licensing.decisions"), "4511");
}

#[test]
fn a_unit_holds_for_its_own_column() {
    let amount = |header: &str| {
        let text = format!("{HEAD}{DISCLOSURE}信息内容\t{header}\n行政事业性收费\t5\t无\n三、其他\n");
        cell(&read(&text), "disclosure.fees.amount")
    };
    assert_eq!(amount("本年收费金额（单位：万元）\t备注").as_str(), "UNDETERMINED", "one column too many");
    let single = |header: &str| {
        let text = format!("{HEAD}{DISCLOSURE}信息内容\t{header}\n行政事业性收费\t5\n三、其他\n");
        cell(&read(&text), "disclosure.fees.amount")
    };
    assert_eq!(single("本年收费金额（单位：万元）"), "50000");
    assert_eq!(single("本年收费金额（单位：百万元）"), "5000000");
    assert_eq!(single("本年收费金额（单位：元）"), "5");
    assert_eq!(single("本年收费金额（单位：美元）"), "UNDETERMINED");
}

#[test]
fn a_laws_date_is_no_year_of_the_report() {
    let report = read(&format!(
        "根据2019年5月15日起施行的《中华人民共和国政府信息公开条例》，《优化营商环境条例》自2020年1月1日起施行，\
         特编制本年度政府信息公开工作年度报告。\n一、总体情况\n无。\n{}",
        requests(HEADER, "5\t1\t0\t0\t0\t0\t6", "5\t1\t0\t0\t0\t0\t6").replace(HEAD, "")
    ));
    assert_eq!(report.year, None);
}

#[test]
fn sums_that_fail_row_after_row_take_certainty_away() {
    let shifted = "1\t5\t0\t0\t0\t0\t1";
    let text = requests("", shifted, shifted)
        + "（二）部分公开（区分处理的，只计这一情形，不计其他情形）\t1\t5\t0\t0\t0\t0\t1\n";
    assert_eq!(cell(&read(&text), "requests.granted.total"), "UNDETERMINED");
}

#[test]
fn a_label_above_two_rows_of_values_has_no_empty_cells() {
    let text = requests(HEADER, "\t\t\t\t\t\t", "5\t1\t0\t0\t0\t0\t6")
        .replace("二、上年结转", "本期\t5\t1\t0\t0\t0\t0\t6\n去年同期\t4\t1\t0\t0\t0\t0\t5\n二、上年结转");
    let total = cell(&read(&text), "requests.received.total");
    assert!(["MISSING", "UNDETERMINED"].contains(&total.as_str()), "{total}");
}

/// A report on the form of 2019 with one block of the disclosure table, fields between tabs.
fn licensing(header: &str, rows: &str) -> Report {
    read(&format!(
        "某某县2019年政府信息公开工作年度报告\n二、主动公开政府信息情况\n信息内容\t本年新制作数量\t本年新公开数量\t对外公开总数量\n\
         规章\t0\t0\t0\n规范性文件\t12\t4\t77\n第二十条第（五）项\t\t\t\n{header}\n{rows}其他对外管理服务事项\t121\t39\t7\n三、其他\n"
    ))
}

#[test]
fn headers_that_are_others_or_too_few_leave_their_values_open() {
    let own = "信息内容\t上一年项目数量\t本年增/减\t处理决定数量";
    let row = "行政许可\t619\t-403\t45409\n";
    assert_eq!(cell(&licensing(own, row), "disclosure.licensing.change"), "-403");
    let other = "信息内容\t上一年项目数量\t本年项目数量\t处理决定数量\t";
    assert_eq!(cell(&licensing(other, row), "disclosure.licensing.change"), "UNDETERMINED");
    let lacking = "信息内容\t上一年项目数量\t处理决定数量\t";
    let report = licensing(lacking, "行政许可\t619\t45409\t\n");
    assert_eq!(cell(&report, "disclosure.licensing.change"), "UNDETERMINED");
    assert_eq!(cell(&report, "disclosure.licensing.decisions"), "UNDETERMINED");
}

#[test]
fn a_row_that_stands_twice_is_open() {
    let own = "信息内容\t上一年项目数量\t本年增/减\t处理决定数量";
    let report = licensing(own, "行政许可\t1\t2\t3\n行政许可\t619\t-403\t45409\n");
    assert_eq!(cell(&report, "disclosure.licensing.decisions"), "UNDETERMINED");
    assert_eq!(cell(&report, "disclosure.other_services.decisions"), "7");
}

#[test]
fn what_a_publisher_adds_up_wrongly_under_the_forms_headers_stays_as_published() {
    let wrong = "1\t5\t0\t0\t0\t0\t1";
    let text = requests(HEADER, wrong, wrong)
        + "（二）部分公开（区分处理的，只计这一情形，不计其他情形）\t1\t5\t0\t0\t0\t0\t1\n";
    assert_eq!(cell(&read(&text), "requests.granted.total"), "1");
}

#[test]
fn a_header_of_another_year_beside_the_forms_leaves_a_line_of_tokens_open() {
    let lines = |header: &str, values: &str| {
        let text = DISCLOSURE.replace(
            "信息内容 本年处理决定数量\n行政许可 4511",
            &format!("信息内容 {header}\n行政许可 {values}"),
        );
        cell(&read(&format!("{HEAD}{text}")), "disclosure.licensing.decisions")
    };
    assert_eq!(lines("本年处理决定数量", "4511"), "4511");
    assert_eq!(lines("上年处理决定数量 本年处理决定数量", "4511"), "UNDETERMINED");
}

/// The form of 2019 with its last block, and lines behind it.
fn procurement(lines: &str) -> Report {
    read(&format!(
        "某某县2019年政府信息公开工作年度报告\n二、主动公开政府信息情况\n信息内容 本年新制作数量 本年新公开数量 对外公开总数量\n\
         规章 0 0 0\n规范性文件 12 4 77\n第二十条第（九）项\n信息内容 采购项目数量 采购总金额\n{lines}"
    ))
}

#[test]
fn an_amount_that_goes_on_in_the_next_line_is_open() {
    let amount = |lines: &str| cell(&procurement(lines), "disclosure.procurement.amount");
    assert_eq!(amount("政府集中采购 135 29262\n58.34\n三、其他\n"), "UNDETERMINED");
    assert_eq!(amount("政府集中采购 135 29262\n58\n三、其他\n"), "UNDETERMINED");
    assert_eq!(amount("政府集中采购 135 2926258.34\n三、其他\n"), "2926258.34");
}

#[test]
fn a_unit_in_a_note_below_makes_bare_amounts_uncertain() {
    let amount = |lines: &str| cell(&procurement(lines), "disclosure.procurement.amount");
    assert_eq!(amount("政府集中采购 135 29262\n注：采购总金额单位为万元。\n三、其他\n"), "UNDETERMINED");
    assert_eq!(amount("政府集中采购 135 29262\n单 位 ： 万 元\n三、其他\n"), "UNDETERMINED");
    assert_eq!(amount("政府集中采购 135 29262\n注：采购金额单位：万\n元\n三、其他\n"), "UNDETERMINED");
    assert_eq!(amount("政府集中采购 135 29262万元\n注：采购总金额单位为万元。\n三、其他\n"), "292620000");
    assert_eq!(amount("政府集中采购 135 29262\n三、其他\n"), "29262");
}

#[test]
fn a_page_number_apart_from_the_cells_makes_up_for_none() {
    let lines = |last: &str| {
        let row = |label: &str, values: [&str; 7]| format!("{label}\n{}\n", values.join("\n"));
        let text = format!(
            "{HEAD}三、收到和处理政府信息公开申请情况\n{}{}一、本年新收政府信息公开申请数量\n5\n1\n0\n0\n0\n0\n{last}\n\n",
            HEADER.replace('\t', "\n"),
            "",
        );
        let report = read(&format!(
            "{text}{}{}",
            row("二、上年结转政府信息公开申请数量", ["0"; 7]),
            row("（一）予以公开", ["5", "1", "0", "0", "0", "0", "6"])
        ));
        cell(&report, "requests.received.total")
    };
    assert_eq!(lines("6"), "6");
    assert_eq!(lines("\n\n6"), "UNDETERMINED");
}

#[test]
fn a_number_that_goes_on_in_the_next_line_is_open_unless_its_row_adds_up() {
    let row = |values: &str, below: &str| {
        let text = format!(
            "{HEAD}三、收到和处理政府信息公开申请情况\n自然人 商业企业 科研机构 社会公益组织 法律服务机构 其他 总计\n\
             一、本年新收政府信息公开申请数量 {values}\n{below}二、上年结转政府信息公开申请数量 0 0 0 0 0 0 0\n\
             （一）予以公开 5 1 0 0 0 0 6\n"
        );
        cell(&read(&text), "requests.received.total")
    };
    assert_eq!(row("5 1 0 0 0 0 6", "12\n"), "6", "a page number");
    assert_eq!(row("10 4 0 0 0 0 1", "4\n"), "UNDETERMINED");
}

#[test]
fn the_total_before_the_kinds_one_a_line_is_seen() {
    let text = |first: &str, last: &str| {
        let header =
            format!("{first}法人或其他组织\n{last}商业企业\n科研机构\n社会公益组织\n法律服务机构\n其他\n");
        let row = |label: &str, values: &str| format!("{label}\n{}\n", values.replace(' ', "\n"));
        let rows = row("一、本年新收政府信息公开申请数量", "6 5 1 0 0 0 0")
            + &row("二、上年结转政府信息公开申请数量", "0 0 0 0 0 0 0")
            + &row("（一）予以公开", "6 5 1 0 0 0 0");
        format!("{HEAD}三、收到和处理政府信息公开申请情况\n申请人情况\n{header}{rows}")
    };
    let natural = |text: String| cell(&read(&text), "requests.received.natural_person");
    assert_eq!(natural(text("总计\n自然人\n", "")), "UNDETERMINED");
    assert_eq!(natural(text("自然人\n", "总计\n")), "6");
}

#[test]
fn a_column_of_all_years_first_is_not_the_forms_first() {
    let table = |headers: &str, values: &str| {
        read(&format!(
            "<h1>某某县2019年政府信息公开工作年度报告</h1><p>二、主动公开政府信息情况</p><table>\
             <tr><td>信息内容{headers}<tr><td>行政许可{values}<tr><td>其他对外管理服务事项{values}</table>"
        ))
    };
    let own = "<td>上一年项目数量<td>本年增/减<td>处理决定数量";
    let key = "disclosure.licensing.items_last_year";
    assert_eq!(cell(&table(own, "<td>19<td>2<td>30"), key), "19");
    let beside = table(&format!("<td>上年数量{own}"), "<td>2711<td>19<td>2<td>");
    assert_ne!(cell(&beside, key), "2711");
}

#[test]
fn an_amount_whose_header_is_lost_has_no_unit() {
    let fees = |header: &str| {
        let text = format!("{HEAD}{DISCLOSURE}{header}行政事业性收费 99.1\n三、其他\n");
        cell(&read(&text), "disclosure.fees.amount")
    };
    assert_eq!(fees("信息内容 本年收费金额（单位：万元）\n"), "991000");
    assert_eq!(fees("信息内容 本年收费金额\n"), "99.1");
    assert_eq!(fees("\n"), "UNDETERMINED");
}

#[test]
fn explanations_and_one_wrong_character_hide_no_row() {
    let text =
        format!("{HEAD}{DISCLOSURE}信息内容 本年收费金额（单位：万元）\n行政事业性收费 99.1\n三、其他\n");
    for (own, written) in [
        ("规章", "规章（设区的市、自治州人民政府应提供相关数据）"),
        ("行政规范性文件", "行政规范性文件（2项，含1项暂停）"),
        ("行政规范性文件", "行政规笵性文件"),
        ("行政事业性收费", "行政事业性收茗"),
        ("行政处罚", "行政处罚（件）"),
    ] {
        let report = read(&text.replace(&format!("\n{own} "), &format!("\n{written} ")));
        let keys = ["regulations.issued", "normative_documents.issued", "penalties.decisions", "fees.amount"];
        let found: Vec<String> = keys.iter().map(|key| cell(&report, &format!("disclosure.{key}"))).collect();
        assert_eq!(found, ["0", "12", "226", "991000"], "{written}");
    }
}

#[test]
fn two_digits_of_which_the_first_is_a_zero_are_no_count() {
    let text =
        format!("{HEAD}{DISCLOSURE}信息内容 本年收费金额（单位：万元）\n行政事业性收费 99.1\n三、其他\n");
    let report = read(&text.replace("行政规范性文件 12 4 28", "行政规范性文件 12 04 28"));
    assert_eq!(cell(&report, "disclosure.normative_documents.repealed"), "UNDETERMINED");
}

#[test]
fn a_row_between_pipes_has_no_cells_outside_of_them() {
    let header = "| 行政复议 ||||| 行政诉讼 ||||||||||\n| 结果维持 | 结果纠正 | 其他结果 | 尚未审结 | 总计 | 结果维持 | 结果纠正 | 其他结果 | 尚未审结 \
                  | 总计 | 结果维持 | 结果纠正 | 其他结果 | 尚未审结 | 总计 |\n";
    let reviews = |values: &str| {
        let text = requests(HEADER, "5\t1\t0\t0\t0\t0\t6", "5\t1\t0\t0\t0\t0\t6");
        read(&format!(
            "{text}四、政府信息公开行政复议、行政诉讼情况\n{header}{values}\n五、存在的主要问题\n无。\n"
        ))
    };
    let report = reviews("| 376 | 97 | 196 | 121 | 790 | 16 | 1 | 12 | 2 | 1 | 30 | 51 | 156 |");
    assert_eq!(cell(&report, "reviews.reconsideration.corrected"), "UNDETERMINED");
    let report = reviews("| 1 | 2 | 3 | 4 | 10 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 7 |");
    assert_eq!(cell(&report, "reviews.reconsideration.corrected"), "2");
    assert_eq!(cell(&report, "reviews.litigation_after.total"), "7");
}

#[test]
fn a_row_that_is_split_in_two_gives_no_figure() {
    let row = |label: &str, cells: &str| format!("{label} |\n{}\n", cells.replace(' ', " |\n"));
    let text = row("信息内容", "上一年项目数量 本年增/减 处理决定数量 ||")
        + &row("行政许可", "1 2 3 ||")
        + &row("其他对外管理服务事项", "行政检查 4 5 6 |")
        + &row("行政确认", "7 8 9 ||");
    let report =
        read(&format!("某某县2019年政府信息公开工作年度报告\n二、主动公开政府信息情况\n{text}三、其他\n"));
    assert_eq!(cell(&report, "disclosure.licensing.decisions"), "3");
    for column in ["items_last_year", "change", "decisions"] {
        assert_eq!(cell(&report, &format!("disclosure.other_services.{column}")), "UNDETERMINED");
    }
}

/// A table of requests with one cell a line: its header, its first row, two rows that are complete.
fn requests_in_lines(header: &str, received: &str) -> Report {
    let lines = |cells: &str| cells.replace(' ', "\n");
    read(&format!(
        "{HEAD}三、收到和处理政府信息公开申请情况\n{}\n一、本年新收政府信息公开申请数量\n{}\n\
         二、上年结转政府信息公开申请数量\n{}\n三、本年度办理结果\n（一）予以公开\n{}\n\
         （二）部分公开（区分处理的，只计这一情形，不计其他情形）\n0\n0\n0\n",
        lines(header),
        lines(received),
        lines("0 0 0 0 0 0 0"),
        lines("2 3 0 0 0 0 5"),
    ))
}

const LINES_HEADER: &str =
    "申请人情况 自然人 法人或其他组织 总计 商业企业 科研机构 社会公益组织 法律服务机构 其他";

#[test]
fn a_column_that_the_form_does_not_have_leaves_rows_open_where_empty_cells_leave_nothing() {
    let natural_person =
        |header: &str| cell(&requests_in_lines(header, "5 1 0 0 0 0 6"), "requests.received.natural_person");
    assert_eq!(natural_person(LINES_HEADER), "5");
    for words in ["上年数量", "历年累计数量", "去年同期", "同比增长"] {
        let header = LINES_HEADER.replacen(' ', &format!(" {words} "), 1);
        assert_eq!(natural_person(&header), "UNDETERMINED", "{words}");
    }
    // A grid that has lost a cell is no better.
    let grid = |row: &str| {
        let report = read(&format!(
            "<h1>某某县2022年政府信息公开工作年度报告</h1><table><tr><td>信息内容<td>上年数量<td>本年制发件数\
             <td>本年废止件数<td>现行有效件数<tr><td>规章{row}</table>"
        ));
        cell(&report, "disclosure.regulations.in_force")
    };
    assert_ne!(grid("<td>9<td>1<td>2<td>3"), "2");
    assert_ne!(grid("<td>9<td>1<td>2"), "2");
}

#[test]
fn a_first_row_with_an_unknown_label_hides_no_header() {
    let header = format!("{LINES_HEADER} 上年数量");
    let report = requests_in_lines(&format!("{header} 全部收件 8 1 0 0 0 0 9 7"), "5 1 0 0 0 0 6");
    assert_eq!(cell(&report, "requests.received.natural_person"), "UNDETERMINED");
}

#[test]
fn a_last_line_that_may_be_the_pages_number_completes_no_row() {
    let total = |row: &str| cell(&requests_in_lines(LINES_HEADER, row), "requests.received.total");
    assert_eq!(total("5 1 0 0 0 0 6"), "6");
    assert_eq!(total("5 1 0 0 0 6 17"), "UNDETERMINED");
    // No page has this number.
    assert_eq!(total("5 1 0 0 0 6 1700"), "1700");
}

#[test]
fn a_last_line_before_a_page_break_completes_no_row_that_does_not_add_up() {
    let read = |row: &str, end: &str| {
        let line = |label: &str, values: &str| format!("{label}\n\n{}\n", values.replace(' ', "\n\n"));
        let rows = [
            line("一、本年新收政府信息公开申请数量", "5 1 0 0 0 0 6"),
            line("二、上年结转政府信息公开申请数量", "0 0 0 0 0 0 0"),
            line("（一）予以公开", row),
        ];
        let text = format!(
            "甲县人民政府2021年政府信息公开工作年度报告\n三、收到和处理政府信息公开申请情况\n自然人\n\n商业企业\n\n科研机构\n\n\
             社会公益组织\n\n法律服务机构\n\n其他\n\n总计\n\n{}{end}\n（七）总计\n\n5\n\n1\n\n0\n\n0\n\n0\n\n0\n\n6\n",
            rows.concat()
        );
        cell(&self::read(&text), "requests.granted.research")
    };
    assert_eq!(read("5 1 0 0 0 0 6", "\u{c}"), "0");
    assert_eq!(read("0 0 0 0 0 0 11", ""), "0", "what a publisher adds up wrongly");
    assert_eq!(read("0 0 0 0 0 0 11", "\u{c}"), "UNDETERMINED", "the number of the page");
}

#[test]
fn an_amount_that_may_go_on_in_the_next_line_is_open() {
    let amount = |lines: &str| {
        let text = format!("{HEAD}{DISCLOSURE}信息内容\t本年收费金额（单位：万元）\n{lines}\n三、其他\n");
        cell(&read(&text), "disclosure.fees.amount")
    };
    assert_eq!(amount("行政事业性收费\t29262"), "292620000");
    assert_eq!(amount("行政事业性收费\t29262\n58.34"), "UNDETERMINED");
    assert_eq!(amount("行政事业性收费\t29262\n009000元"), "UNDETERMINED");
    assert_eq!(amount("行政事业性收费\t29262\n58.34\t\t2011"), "UNDETERMINED");
}

#[test]
fn a_wrong_character_or_a_remark_hides_no_row() {
    let row = |label: &str| {
        let text = requests(HEADER, "5\t1\t0\t0\t0\t0\t6", "2\t3\t0\t0\t0\t0\t5");
        let rest = "（三）不予公开\t1.属于国家秘密\t0\t0\t0\t0\t0\t0\t0\n";
        let after = "3.危及“三安全一稳定”\t0\t0\t0\t0\t0\t0\t0\n4.保护第三方合法权益\t0\t0\t0\t0\t0\t0\t0\n";
        let report = read(&format!("{text}{rest}{label}\t1\t3\t0\t0\t0\t0\t4\n{after}"));
        cell(&report, "requests.denied.law_prohibits.total")
    };
    assert_eq!(row("2.其他法律行政法规禁止公开"), "4");
    assert_eq!(row("2.其他法律行政法岚禁止公开"), "4");
    assert_eq!(row("2.其他法律行政法规禁止公开（2项，含1项暂停）"), "4");
    assert_eq!(row("2.其他法律行政法规（注1）"), "4");
    assert_eq!(row("2.其他情形说明"), "MISSING");
}

#[test]
fn a_row_that_ends_in_empty_cells_where_all_others_are_full_may_have_lost_any() {
    let table = |received: &str, granted: &str| {
        read(&format!(
            "{HEAD}三、收到和处理政府信息公开申请情况\n\
             | （本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和） | 申请人情况 | | | | | | ||\n\
             | 自然人 | 法人或其他组织 | | | | | 总计 ||\n| 商业企业 | 科研机构 | 社会公益组织 | 法律服务机构 | 其他 ||\n\
             | 一、本年新收政府信息公开申请数量 {received}\n| 二、上年结转政府信息公开申请数量 | 0 | 0 | 0 | 0 | 0 | 0 | 0 ||\n\
             | 三、本年度办理结果 | （一）予以公开 {granted}\n\
             | （二）部分公开（区分处理的，只计这一情形，不计其他情形） | 0 | 0 | 0 | 0 | 0 | 0 | 0 ||\n\
             | （三）不予公开 | 1.属于国家秘密 | 0 | 0 | 0 | 0 | 0 | 0 | 0 |\n| （七）总计 | 2 | 0 | 0 | 0 | 0 | 0 | 2 ||\n"
        ))
    };
    let full = "| 1 | 0 | 0 | 0 | 0 | 0 | 1 ||";
    let report = table("| 2 | 0 | 0 | 0 | 0 | 2 | ||", full);
    assert_eq!(cell(&report, "requests.received.other_org"), "UNDETERMINED");
    assert_eq!(cell(&report, "requests.granted.total"), "1");
    // An empty cell with a space in it shows that such are kept, and says nothing of those without.
    let report = table("| 2 | 0 | 0 | 0 | 0 | 2 | ||", "| 1 | 0 | | 0 | 0 | 0 | 1 ||");
    assert_eq!(cell(&report, "requests.received.other_org"), "UNDETERMINED");
    assert_eq!(cell(&report, "requests.granted.research"), "BLANK");
    // Where the table leaves others empty as the pads are, a blank is a blank.
    let report = table("| 2 | 0 | 0 | 0 | 0 | 2 | ||", "| 1 | 0 || 0 | 0 | 0 | 1 ||");
    assert_eq!(cell(&report, "requests.received.other_org"), "2");
    assert_eq!(cell(&report, "requests.granted.research"), "BLANK");
}

#[test]
fn a_number_behind_an_empty_line_may_be_the_pages_where_the_cell_is_empty() {
    let punished = |lines: &str| {
        let text = format!(
            "{HEAD}二、主动公开政府信息情况\n第二十条第（一）项\n信息内容\n本年制发件数\n本年废止件数\n现行有效件数\n\
             规章\n0\n0\n0\n行政规范性文件\n12\n4\n28\n第二十条第（五）项\n信息内容\n本年处理决定数量\n行政许可\n120\n\
             第二十条第（六）项\n信息内容\n本年处理决定数量\n行政处罚\n{lines}\n行政强制\n7\n第二十条第（八）项\n信息内容\n本年收费金额（单位：万元）\n\
             行政事业性收费\n12.5\n三、其他\n"
        );
        cell(&read(&text), "disclosure.penalties.decisions")
    };
    assert_eq!(punished("3"), "3");
    assert_eq!(punished("\n1700"), "1700", "no page has this number");
    assert_eq!(punished("\n3"), "UNDETERMINED");
}

#[test]
fn a_header_that_takes_two_rows_stands_over_nothing_else() {
    // The rows of headers lack the column of labels, so that 机构 would stand over the first value.
    let table = |pieces: &str| {
        format!(
            "{HEAD}三、收到和处理政府信息公开申请情况\n自然人 | 法人或其他组织 | 总计 |\n\
             商业 | 科研 | 社会公益组织 | 法律服务机构 | 其他 |\n{pieces}\n\
             一、本年新收政府信息公开申请数量 | 5 | 1 | 0 | 0 | 0 | 0 | 6 |\n\
             二、上年结转政府信息公开申请数量 | | | | | | | 0 |\n\
             三、本年度办理结果 | （一）予以公开 | 5 | 1 | 0 | 0 | 0 | 0 | 6 |\n\
             | （二）部分公开（区分处理的，只计这一情形，不计其他情形） | 0 | 0 | 0 | 0 | 0 | 0 | 0 |\n\
             | （三）不予公开 | 1.属于国家秘密 | 0 | 0 | 0 | 0 | 0 | 0 | 0 |\n"
        )
    };
    let report = read(&table("企业 | 机构 |"));
    for (key, value) in [
        ("requests.received.natural_person", "5"),
        ("requests.received.total", "6"),
        ("requests.carried_over.business", "BLANK"),
        ("requests.carried_over.total", "0"),
        ("requests.denied.state_secret.total", "0"),
    ] {
        assert_eq!(cell(&report, key), value, "{key}");
    }
    let report = read(&table("企业 | 上年数 |"));
    assert_eq!(cell(&report, "requests.received.natural_person"), "UNDETERMINED");
}

#[test]
fn a_list_number_and_a_unit_may_have_lines_of_their_own() {
    let row = |label: &str| format!("{label}\n5\n1\n0\n0\n0\n0\n6\n");
    let rows: String = ["1\n.属于国家秘密", "2\n.其他法律行政法规禁止公开", "3\n.危及“三安全一稳定”"]
        .iter()
        .map(|label| row(label))
        .collect();
    let header = "自然人\n商业企业\n科研机构\n社会公益组织\n法律服务机构\n其他\n总计\n";
    let report = read(&format!(
        "{HEAD}三、收到和处理政府信息公开申请情况\n{header}{}（三）不予公开\n{rows}四、其他\n",
        row("一、本年新收政府信息公开申请数量")
    ));
    for key in ["received", "denied.state_secret", "denied.law_prohibits", "denied.safety_stability"] {
        assert_eq!(cell(&report, &format!("requests.{key}.total")), "6", "{key}");
    }
    let amount = |lines: &str| cell(&procurement(lines), "disclosure.procurement.amount");
    assert_eq!(amount("采购项目数量\n采购总金额\n政府集中采购\n3\n2300\n万元\n"), "23000000");
    assert_eq!(amount("采购项目数量\n采购总金额（元）\n政府集中采购\n3\n2300\n万元\n"), "UNDETERMINED");
}

#[test]
fn words_in_the_line_below_a_label_are_no_empty_cell() {
    let tables = format!("{HEAD}{DISCLOSURE}").replace(' ', "\n");
    let fees = |below: &str| {
        let fees = "信息内容\n本年收费金额（单位：万元）\n行政事业性收费";
        cell(&read(&format!("{tables}{fees}\n{below}\n")), "disclosure.fees.amount")
    };
    assert_eq!(fees("详见附件"), "MISSING");
    assert_eq!(fees("三、收到和处理政府信息公开申请情况"), "BLANK");
    assert_eq!(fees("12.5"), "125000");
}

#[test]
fn a_row_that_stands_twice_with_its_cells_one_a_line_is_open() {
    let table = |granted: &str| {
        let lines = |row: &str| row.replace('\t', "\n");
        let text = requests(HEADER, "5\t1\t0\t0\t0\t0\t6", &format!("5\t1\t0\t0\t0\t0\t6\n{granted}"));
        cell(&read(&lines(&format!("{text}（七）总计\t5\t1\t0\t0\t0\t0\t6\n"))), "requests.granted.total")
    };
    assert_eq!(table("（一）予以公开\t2\t0\t0\t0\t0\t0\t2"), "UNDETERMINED");
    assert_eq!(table("（二）部分公开\t2\t0\t0\t0\t0\t0\t2"), "6");
}

#[test]
fn words_in_the_table_above_are_no_headers_of_the_one_below() {
    for amount in
        ["本年收费金额（单位：千元）\n| 行政事业性收费 | 12 |", "本年收费金额\n| 行政事业性收费 | 详见附件 |"]
    {
        let text = format!(
            "{HEAD}二、主动公开政府信息情况\n| 信息内容 | {amount}\n三、收到和处理政府信息公开申请情况\n\
             | 申请人情况 |\n| 自然人 | 法人或其他组织 | 总计 |\n\
             | 商业企业 | 科研机构 | 社会公益组织 | 法律服务机构 | 其他 |\n\
             | 一、本年新收政府信息公开申请数量 | 5 | 1 | 0 | 0 | 0 | 0 | 6 |\n\
             | 二、上年结转政府信息公开申请数量 | 0 | 0 | 0 | 0 | 0 | 0 | 0 |\n"
        );
        assert_eq!(cell(&read(&text), "requests.received.total"), "6", "{amount}");
    }
}

#[test]
fn where_covered_cells_are_left_out_a_short_label_moves_its_values_by_no_column() {
    let text = format!(
        "{HEAD}三、收到和处理政府信息公开申请情况\n\
         （本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和） | 申请人情况 |||||||\n\
         自然人 | 法人或其他组织 | 总计 ||||||\n商业企业 | 科研机构 | 社会公益组织 | 法律服务机构 | 其他 |||||\n\
         一、本年新收政府信息公开申请数量 |  |  |  |  |  |  |  ||\n\
         三、本年度办理结果 | （一）予以公开 |  |  |  |  |  |  |  |\n\
         （五）不予处理 | 1.信访举报投诉类申请 | / | / |  |  |  |  |  |\n（七）总计 |  |  | - |  |  |  |  |\n"
    );
    let report = read(&text);
    assert_ne!(cell(&report, "requests.concluded.business"), "NOT_APPLICABLE");
}
