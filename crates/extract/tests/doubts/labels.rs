//! Labels, headers, notes and lines beside a table that say something else than the form does.

use super::{DISCLOSURE, HEAD, HEADER, cell, read, requests};
use gongkai_model::Report;

/// The table of reviews, its row of values as it stands.
fn reviews(row: &str) -> Report {
    let outcomes = "结果维持\t结果纠正\t其他结果\t尚未审结\t总计";
    read(&format!(
        "{HEAD}四、政府信息公开行政复议、行政诉讼情况\n\t行政复议\t\t\t\t\t行政诉讼\n\t\t\t\t\t\t未经复议直接起诉\t\t\t\t\t复议后起诉\n\
         \t{outcomes}\t{outcomes}\t{outcomes}\n{row}\n五、存在的主要问题及改进情况\n"
    ))
}

#[test]
fn a_label_that_the_form_does_not_have_hides_no_row() {
    let values = "3\t1\t0\t2\t6\t1\t0\t0\t0\t1\t0\t1\t0\t0\t1";
    for label in ["", "数量", "件数", "数量（件）"] {
        let report = reviews(&format!("{label}\t{values}"));
        assert_eq!(cell(&report, "reviews.reconsideration.upheld"), "3", "{label}");
        assert_eq!(cell(&report, "reviews.litigation_after.total"), "1", "{label}");
    }
    // It may say that the values are of something else.
    for label in ["2020年", "全市", "合计", "上年"] {
        let report = reviews(&format!("{label}\t{values}"));
        assert_eq!(cell(&report, "reviews.reconsideration.upheld"), "UNDETERMINED", "{label}");
        assert_eq!(cell(&report, "reviews.litigation_after.total"), "UNDETERMINED", "{label}");
    }
    // One value too few: nothing tells which is left out.
    let report = reviews("数量\t3\t1\t0\t2\t6\t1\t0\t0\t0\t1\t0\t1\t0\t1");
    assert_ne!(cell(&report, "reviews.litigation_after.upheld"), "0");
}

#[test]
fn a_note_that_makes_something_else_of_a_row_or_column_leaves_it_open() {
    let received = "5\t1\t0\t0\t0\t0\t6";
    let whole = requests(HEADER, received, received);
    assert_eq!(cell(&read(&whole), "requests.granted.total"), "6");
    for (label, noted) in [
        ("（一）予以公开", "（一）予以公开（含部分公开）"),
        ("（一）予以公开", "（一）予以公开（仅网络申请）"),
        ("总计", "总计（百件）"),
        ("自然人", "自然人（人次）"),
    ] {
        let report = read(&whole.replacen(label, noted, 1));
        assert_eq!(cell(&report, "requests.granted.total"), "UNDETERMINED", "{noted}");
    }
    let report = read(&whole.replacen("（一）予以公开", "（一）予以公开（件）", 1));
    assert_eq!(cell(&report, "requests.granted.total"), "6");
    for line in ["单位：百件", "（计量单位：万件）"] {
        let above = read(&whole.replacen(HEADER, &format!("{line}\n{HEADER}"), 1));
        assert_eq!(cell(&above, "requests.granted.total"), "UNDETERMINED", "{line}");
        let below = read(&format!("{whole}注：{line}。\n"));
        assert_eq!(cell(&below, "requests.received.total"), "UNDETERMINED", "{line}");
    }
    let report = read(&whole.replacen(HEADER, &format!("单位：件\n{HEADER}"), 1));
    assert_eq!(cell(&report, "requests.granted.total"), "6");
}

#[test]
fn a_unit_on_the_label_of_an_amount_is_held_against_the_headers() {
    let fees = |label: &str, header: &str| {
        let fees = format!("信息内容 {header}\n{label} 99.1\n三、其他\n");
        cell(&read(&format!("{HEAD}{DISCLOSURE}{fees}")), "disclosure.fees.amount")
    };
    assert_eq!(fees("行政事业性收费（万元）", "本年收费金额（单位：万元）"), "991000");
    assert_eq!(fees("行政事业性收费（元）", "本年收费金额（单位：万元）"), "UNDETERMINED");
    assert_eq!(fees("行政事业性收费（项）", "本年收费金额（单位：万元）"), "UNDETERMINED");
    assert_eq!(fees("行政事业性收费（万元）", "本年收费金额"), "991000");
}

#[test]
fn a_cell_with_more_than_a_number_hides_no_row_of_reviews() {
    for odd in ["3（其中1件不予受理）", "3*", "暂无", "#REF!"] {
        let report = reviews(&format!("\t{odd}\t1\t0\t2\t6\t1\t0\t0\t0\t1\t0\t1\t0\t0\t1"));
        assert_ne!(cell(&report, "reviews.reconsideration.upheld"), "3", "{odd}");
        assert_ne!(cell(&report, "reviews.reconsideration.upheld"), "MISSING", "{odd}");
        assert_ne!(cell(&report, "reviews.reconsideration.corrected"), "MISSING", "{odd}");
        assert_ne!(cell(&report, "reviews.litigation_after.total"), "0", "{odd}");
    }
}

/// A table of local versions, one row with an odd value.
#[test]
fn a_value_with_a_mark_is_its_rows_and_not_the_beginning_of_the_next_label() {
    let row = |label: &str, value: &str| format!("<tr><td>{label}</td><td>件</td><td>{value}</td></tr>");
    for odd in ["3①", "3*", "3～5", "三", "（3"] {
        let rows = [
            row("（一）收到申请数", "12"),
            row("1.当面申请数", "2"),
            row("2.传真申请数", "1"),
            row("3.网络申请数", odd),
            row("4.信函申请数", "4"),
            row("（二）申请办结数", "12"),
            row("1.按时办结数", "12"),
        ];
        let report = read(&format!(
            "<p>某某县2016年政府信息公开工作年度报告</p><table><tr><td>统计指标</td><td>单位</td><td>统计数</td></tr>\
             <tr><td>四、依申请公开情况</td><td></td><td></td></tr>{}</table>",
            rows.concat()
        ));
        let state = cell(&report, "legacy.requests.network");
        assert!(["TEXT", "UNDETERMINED"].contains(&state.as_str()), "{odd}: {state}");
        assert_eq!(cell(&report, "legacy.requests.letter"), "4", "{odd}");
        assert_eq!(cell(&report, "legacy.requests.fax"), "1", "{odd}");
    }
}

#[test]
fn a_row_whose_first_cell_is_empty_is_not_led_by_a_pipe_where_no_row_above_is() {
    let outcomes = "结果维持 | 结果纠正 | 其他结果 | 尚未审结 | 总计";
    let whole = |row: &str| {
        read(&format!(
            "{HEAD}四、政府信息公开行政复议、行政诉讼情况\n行政复议 | 行政诉讼 |\n{outcomes} | 未经复议直接起诉 | 复议后起诉 | |\n \
             |  |  |  |  | {outcomes} | {outcomes} |\n{row}\n五、存在的主要问题及改进情况\n"
        ))
    };
    for row in [
        " |  | 0 | 0 | 0 |  |  |  |  | 0 |  |  |  |  | 0 | |",
        " |  | 0 | 0 | 0 |  |  |  |  | 0 |  |  |  |  | 0",
        "|  | 0 | 0 | 0 |  |  |  |  | 0 |  |  |  |  | 0 |",
    ] {
        let report = whole(row);
        let right = |key: &str, certain: &str| {
            let state = cell(&report, key);
            assert!(state == certain || state == "UNDETERMINED", "{row}: {key} {state}");
        };
        right("reviews.reconsideration.upheld", "BLANK");
        right("reviews.reconsideration.other", "0");
        right("reviews.reconsideration.total", "0");
        right("reviews.litigation_direct.upheld", "BLANK");
        right("reviews.litigation_direct.total", "0");
        right("reviews.litigation_after.pending", "BLANK");
        right("reviews.litigation_after.total", "0");
    }
}

#[test]
fn values_that_may_stand_above_their_labels_are_nobodys() {
    let rows = |above: bool| {
        let rows = [
            ("一、本年新收政府信息公开申请数量", "5\t1\t0\t0\t0\t0\t6"),
            ("二、上年结转政府信息公开申请数量", "1\t0\t0\t0\t0\t0\t1"),
            ("（一）予以公开", "2\t1\t0\t0\t0\t0\t3"),
        ];
        let row = |(label, values): (&str, &str)| {
            if above { format!("{values}\n{label}\n") } else { format!("{label}\n{values}\n") }
        };
        read(&format!("{HEAD}三、收到和处理政府信息公开申请情况\n{HEADER}{}", rows.map(row).concat()))
    };
    assert_eq!(cell(&rows(false), "requests.received.total"), "6");
    for key in ["requests.received.total", "requests.carried_over.total", "requests.granted.total"] {
        assert!(!["0", "1", "3", "6", "BLANK"].contains(&cell(&rows(true), key).as_str()), "{key}");
    }
}

#[test]
fn a_header_that_says_the_opposite_is_not_the_forms() {
    let table = |header: &str| {
        let text = format!(
            "<p>某某县2022年政府信息公开工作年度报告</p><p>二、主动公开政府信息情况</p><table><tr><td colspan=4>第二十条第（一）项</td></tr>\
             <tr><td>信息内容</td><td>本年制发件数</td><td>本年废止件数</td><td>{header}</td></tr>\
             <tr><td>规章</td><td>0</td><td>0</td><td>1</td></tr>\
             <tr><td>行政规范性文件</td><td>12</td><td>4</td><td>28</td></tr></table>"
        );
        cell(&read(&text), "disclosure.normative_documents.in_force")
    };
    assert_eq!(table("现行有效件数"), "28");
    assert_eq!(table("有效件数"), "28");
    assert_eq!(table("失效件数"), "UNDETERMINED");
}
