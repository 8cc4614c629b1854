//! Tables whose captions name another year or another body than the report's.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use gongkai_document::{Hint, Limits};
use gongkai_model::Report;

fn read(text: &str) -> Report {
    let name = if text.starts_with('<') { "report.html" } else { "report.txt" };
    let hint = Hint { media_type: None, name: Some(name), ..Default::default() };
    let document = gongkai_document::read(text.as_bytes(), &hint, &Limits::STANDARD).unwrap();
    gongkai_extract::extract(&document).unwrap().remove(0)
}

/// The number of all requests received, or the name of the cell's state.
fn received(tables: &[(&str, i64)]) -> String {
    let text = |separator: &str| {
        let tables: String =
            tables.iter().map(|(caption, received)| table(caption, *received, separator)).collect();
        format!("{HEAD}三、收到和处理政府信息公开申请情况\n{tables}四、政府信息公开行政复议、行政诉讼情况\n")
    };
    let of = |text: &str| {
        let report = read(text);
        let figure = report.figure("requests.received.total").unwrap().clone();
        figure.value.map_or(figure.state.name().to_owned(), |value| value.to_string())
    };
    let tabs = of(&text("\t"));
    assert_eq!(tabs, of(&text(" | ")), "pipes");
    let grids: String = tables.iter().map(|(caption, received)| grid(caption, *received)).collect();
    let head: String = HEAD.lines().map(|line| format!("<p>{line}</p>\n")).collect();
    let html = format!("<html><body>{head}<p>三、收到和处理政府信息公开申请情况</p>{grids}</body></html>");
    assert_eq!(tabs, of(&html), "grids {tables:?}");
    tabs
}

fn rows(received: i64) -> [Vec<String>; 4] {
    let row = |label: &str, values: [i64; 7]| {
        std::iter::once(label.to_owned()).chain(values.iter().map(ToString::to_string)).collect::<Vec<_>>()
    };
    [
        ["", "自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计"]
            .map(str::to_owned)
            .to_vec(),
        row("一、本年新收政府信息公开申请数量", [received - 1, 1, 0, 0, 0, 0, received]),
        row("二、上年结转政府信息公开申请数量", [0; 7]),
        row("（一）予以公开", [received - 1, 1, 0, 0, 0, 0, received]),
    ]
}

fn table(caption: &str, received: i64, separator: &str) -> String {
    let lines: Vec<String> = rows(received).iter().map(|row| row.join(separator)).collect();
    format!("{caption}\n{}\n", lines.join("\n"))
}

fn grid(caption: &str, received: i64) -> String {
    let row = |row: &Vec<String>| {
        format!("<tr>{}</tr>", row.iter().map(|cell| format!("<td>{cell}</td>")).collect::<String>())
    };
    format!("<p>{caption}</p><table>{}</table>", rows(received).iter().map(row).collect::<String>())
}

const HEAD: &str =
    "甲县人民政府2020年政府信息公开工作年度报告\n本报告数据统计期限自2020年1月1日起至2020年12月31日止。\n";
const OWN: &str = "2020年度收到和处理政府信息公开申请情况统计表";
const BEFORE: &str = "2019年度收到和处理政府信息公开申请情况统计表";
const BUREAU: &str = "甲县教育局收到和处理政府信息公开申请情况";

#[test]
fn of_two_tables_the_one_captioned_for_the_year_is_the_reports() {
    assert_eq!(received(&[(BEFORE, 7), (OWN, 12)]), "12");
    assert_eq!(received(&[(OWN, 12), (BEFORE, 7)]), "12");
    assert_eq!(received(&[("上年度收到和处理政府信息公开申请情况", 7), (OWN, 12)]), "12");
    // Nothing says which of two is the year's.
    assert_eq!(received(&[(BEFORE, 7), ("", 12)]), "UNDETERMINED");
    assert_eq!(
        received(&[(BEFORE, 7), ("2018年度收到和处理政府信息公开申请情况统计表", 12)]),
        "UNDETERMINED"
    );
}

#[test]
fn of_two_tables_the_one_captioned_for_the_body_is_the_reports() {
    let own = "甲县人民政府收到和处理政府信息公开申请情况";
    assert_eq!(received(&[(own, 12), (BUREAU, 7)]), "12");
    assert_eq!(received(&[(BUREAU, 7), (own, 12)]), "12");
    assert_eq!(received(&[(BUREAU, 7), ("县政府收到和处理政府信息公开申请情况", 12)]), "12");
    assert_eq!(received(&[(BUREAU, 7), ("甲县水利局收到和处理政府信息公开申请情况", 12)]), "UNDETERMINED");
}

#[test]
fn a_caption_left_in_from_another_year_leaves_the_figures_and_one_of_others_does_not() {
    assert_eq!(received(&[(OWN, 12)]), "12");
    assert_eq!(received(&[("", 12)]), "12");
    // Mostly the caption of the report that this one was made from: the rules say that it is wrong.
    assert_eq!(received(&[(BEFORE, 12)]), "12");
    assert_eq!(received(&[("上年度收到和处理政府信息公开申请情况", 12)]), "UNDETERMINED");
    assert_eq!(received(&[(BUREAU, 12)]), "UNDETERMINED");
    for others in [
        "样表（填写示例）",
        "以下为去年同期数据：",
        "各部门合计（不含县政府本级）",
        "以下数据为2019年数据",
        "其中：县教育局",
        "乙水镇",
        "附表：县教育局依申请公开情况表",
        "下表为乙市人民政府数据",
    ] {
        assert_eq!(received(&[(others, 12)]), "UNDETERMINED", "{others}");
    }
    assert_eq!(received(&[("样表（填写示例）", 7), (OWN, 12)]), "12");
    for own in ["甲县人民政府办公室", "填报单位：甲县政务公开办公室", "县政府", "单位：件", "附表1", "2020年"]
    {
        assert_eq!(received(&[(own, 12)]), "12", "{own}");
    }
}

#[test]
fn a_row_of_all_years_or_of_others_is_not_the_years_own() {
    const OWN_ROW: &str = "一、本年新收政府信息公开申请数量";
    let with = |label: &str| {
        let table = table("", 12, "\t").replace(OWN_ROW, label);
        let text = format!(
            "{HEAD}三、收到和处理政府信息公开申请情况\n{table}四、政府信息公开行政复议、行政诉讼情况\n"
        );
        read(&text).figure("requests.received.total").unwrap().value.map(|value| value.to_string())
    };
    for own in [OWN_ROW, "一、本年新收政府信息公开申请数最", "一、本年度新收政府信息公开申请数量"]
    {
        assert_eq!(with(own).as_deref(), Some("12"), "{own}");
    }
    for other in [
        "一、历年新收政府信息公开申请数量",
        "一、本月新收政府信息公开申请数量",
        "一、各部门新收政府信息公开申请数量",
        "一、本年新收信访申请数量",
    ] {
        assert_eq!(with(other), None, "{other}");
    }
}

#[test]
fn a_row_that_stands_twice_at_the_end_of_its_table_is_not_certain() {
    let with = |twice: [i64; 2]| {
        let [first, second] =
            twice.map(|number| format!("四、结转下年度继续办理\t0\t{number}\t0\t0\t0\t0\t{number}\n"));
        let text = format!(
            "{HEAD}三、收到和处理政府信息公开申请情况\n{}{first}{second}\n四、政府信息公开行政复议、行政诉讼情况\n",
            table("", 12, "\t")
        );
        let report = read(&text);
        ["carried_forward", "received"].map(|row| {
            let figure = report.figure(&format!("requests.{row}.total")).unwrap();
            figure.value.map(|value| value.to_string())
        })
    };
    assert_eq!(with([5, 12]), [None, Some("12".to_owned())]);
    assert_eq!(with([12, 5]), [None, Some("12".to_owned())]);
}

#[test]
fn a_line_of_a_year_alone_tells_which_table_is_the_reports() {
    for (before, own) in [
        ("2019年：", "2020年："),
        ("（2019年度）", "（2020年度）"),
        ("表一：2019年度申请情况", "表二：2020年度申请情况"),
    ] {
        assert_eq!(received(&[(before, 7), (own, 9)]), "9", "{own}");
        assert_eq!(received(&[(own, 9), (before, 7)]), "9", "{own}");
        assert_eq!(received(&[(before, 7)]), "UNDETERMINED", "{before}");
        assert_eq!(received(&[(own, 9)]), "9", "{own}");
    }
}
