//! What banners, group labels, headers and labels of rows say of another time and of others.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use gongkai_document::{Hint, Limits};
use gongkai_model::{Report, State};

const REPORT: &str = "甲县人民政府2021年政府信息公开工作年度报告
本报告数据统计期限自2021年1月1日起至2021年12月31日止。
二、主动公开政府信息情况
第二十条第（一）项\t\t\t
信息内容\t本年制发件数\t本年废止件数\t现行有效件数
规章\t2\t1\t3
行政规范性文件\t4\t0\t5
第二十条第（五）项\t\t\t
信息内容\t本年处理决定数量\t\t
行政许可\t30\t\t
三、收到和处理政府信息公开申请情况
（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）\t\t申请人情况\t\t\t\t\t\t
\t\t自然人\t法人或其他组织\t\t\t\t\t总计
\t\t\t商业企业\t科研机构\t社会公益组织\t法律服务机构\t其他\t
一、本年新收政府信息公开申请数量\t\t5\t2\t0\t0\t0\t0\t7
二、上年结转政府信息公开申请数量\t\t1\t0\t0\t0\t0\t0\t1
三、本年度办理结果\t（一）予以公开\t4\t1\t0\t0\t0\t0\t5
\t（二）部分公开\t0\t1\t0\t0\t0\t0\t1
\t（七）总计\t4\t2\t0\t0\t0\t0\t6
四、结转下年度继续办理\t\t2\t0\t0\t0\t0\t0\t2
四、政府信息公开行政复议、行政诉讼情况
无。
";

/// The same with its tables as tables of HTML, or between pipes.
fn renderings(text: &str) -> [(String, &'static str); 3] {
    let row = |line: &str| {
        format!("<tr>{}</tr>", line.split('\t').map(|it| format!("<td>{it}</td>")).collect::<String>())
    };
    let mut html = String::from("<html><body>");
    let mut is_in_table = false;
    for line in text.lines() {
        let begins = line.contains('\t');
        if begins != is_in_table {
            html.push_str(if begins { "<table>" } else { "</table>" });
        }
        is_in_table = begins;
        html.push_str(&if begins { row(line) } else { format!("<p>{line}</p>") });
    }
    [(text.to_owned(), "a.txt"), (text.replace('\t', " | "), "a.txt"), (html, "a.html")]
}

fn read(text: &str, name: &str) -> Report {
    let hint = Hint { media_type: None, name: Some(name), ..Default::default() };
    let document = gongkai_document::read(text.as_bytes(), &hint, &Limits::STANDARD).unwrap();
    gongkai_extract::extract(&document).unwrap().remove(0)
}

/// Which of some rows are not certain once `from` is `to`, by the names of the rows, the same however the tables are written.
fn open_rows(from: &str, to: &str) -> Vec<&'static str> {
    const ROWS: [&str; 8] = [
        "disclosure.regulations.issued",
        "disclosure.normative_documents.issued",
        "disclosure.licensing.decisions",
        "requests.received.total",
        "requests.carried_over.total",
        "requests.granted.total",
        "requests.partly_granted.total",
        "requests.carried_forward.total",
    ];
    assert!(REPORT.contains(from), "{from}");
    let open = |(text, name): &(String, &str)| -> Vec<&'static str> {
        let report = read(text, name);
        let is_open = |key: &&str| report.figure(key).unwrap().state != State::Number;
        ROWS.into_iter().filter(is_open).collect()
    };
    let all = renderings(&REPORT.replace(from, to));
    let [first, others @ ..] = all.each_ref().map(open);
    for other in others {
        assert_eq!(first, other, "{to}");
    }
    first
}

#[test]
fn a_banner_of_another_time_or_of_others_leaves_its_rows_open() {
    const BANNER: &str = "三、本年度办理结果";
    for own in
        ["三、办理结果", "三、2021年办理结果", "三、本年度办理结果（不含上年结转）", "三、本年度力理结果"]
    {
        assert!(open_rows(BANNER, own).is_empty(), "{own}");
    }
    for other in [
        "三、上年度办理结果",
        "三、去年办理结果",
        "三、2020年办理结果",
        "三、上一年度办理结果",
        "三、历年办理结果",
        "三、各部门办理结果",
        "三、本年度办理结果（2020年）",
        "2020年",
    ] {
        assert_eq!(
            open_rows(BANNER, other),
            ["requests.granted.total", "requests.partly_granted.total"],
            "{other}"
        );
    }
    // The banner in a line of its own.
    let line = "三、上年度办理结果\t\t\t\t\t\t\t\t\n\t（一）予以公开";
    let rows = open_rows("三、本年度办理结果\t（一）予以公开", line);
    assert_eq!(rows, ["requests.granted.total", "requests.partly_granted.total"]);
}

#[test]
fn a_label_of_another_calendar_year_leaves_its_row_open() {
    for other in ["一、2020年新收政府信息公开申请数量", "一、本年新收政府信息公开申请数量（含上年结转）"]
    {
        assert_eq!(
            open_rows("一、本年新收政府信息公开申请数量", other),
            ["requests.received.total"],
            "{other}"
        );
    }
    assert!(open_rows("一、本年新收", "一、2021年新收").is_empty());
    assert!(open_rows("二、上年结转", "二、2020年结转").is_empty());
}

#[test]
fn a_note_that_makes_something_else_of_a_label_leaves_its_row_open() {
    for note in ["县教育局", "更正前", "作废", "单位：百件", "1-11月", "仅网络申请", "其中网络申请", "占比"]
    {
        let label = format!("一、本年新收政府信息公开申请数量（{note}）");
        assert_eq!(
            open_rows("一、本年新收政府信息公开申请数量", &label),
            ["requests.received.total"],
            "{note}"
        );
    }
    for note in ["件", "单位：件", "1-12月"] {
        let label = format!("一、本年新收政府信息公开申请数量（{note}）");
        assert!(open_rows("一、本年新收政府信息公开申请数量", &label).is_empty(), "{note}");
    }
    assert_eq!(open_rows("自然人", "自然人%").len(), 5);
}

#[test]
fn a_row_that_is_put_right_below_it_is_open() {
    let corrected = "0\t7\n更正：\t\t5\t3\t0\t0\t0\t0\t8\n二、上年结转";
    assert_eq!(open_rows("0\t7\n二、上年结转", corrected), ["requests.received.total"]);
}

#[test]
fn a_remark_below_a_table_may_take_back_what_it_says() {
    const END: &str = "四、结转下年度继续办理\t\t2\t0\t0\t0\t0\t0\t2\n";
    for remark in [
        "注：第一项自然人应为6。",
        "更正：本年新收政府信息公开申请数量应为8件",
        "（此表作废，以附件为准）",
        "注：上表为2020年数据。",
        "注：本表为上年度数据。",
        "以上为县教育局数据",
        "上表系草稿",
        "单位：百件",
        "注：以上数据为1-11月数据",
    ] {
        assert_eq!(open_rows(END, &format!("{END}{remark}\n")).len(), 5, "{remark}");
    }
    for remark in [
        "注：本表数据不含各乡镇。",
        "注：本表数据的统计期限为2021年1月1日至2021年12月31日。",
        "注：上年结转1件已办结。",
        "注：与上年相比新收增加2件。",
        "以上为甲县人民政府数据",
        "单位：件",
        "填表人：张三",
    ] {
        assert!(open_rows(END, &format!("{END}{remark}\n")).is_empty(), "{remark}");
    }
}

#[test]
fn a_line_above_a_table_may_say_that_it_is_none_yet() {
    const HEAD: &str = "（本列数据的勾稽关系为";
    for line in
        ["（草稿）", "更正前", "2021年上半年", "2019—2021年", "2017年至2021年累计", "（一）本表为2020年数据"]
    {
        assert_eq!(open_rows(HEAD, &format!("{line}\n{HEAD}")).len(), 5, "{line}");
    }
    for line in ["单位：件", "更正后", "2021年1-12月"] {
        assert!(open_rows(HEAD, &format!("{line}\n{HEAD}")).is_empty(), "{line}");
    }
}

#[test]
fn a_header_of_another_calendar_year_leaves_its_rows_open() {
    const NORMS: [&str; 2] = ["disclosure.regulations.issued", "disclosure.normative_documents.issued"];
    for other in ["2020年制发件数", "制发件数（2020年）", "本年制发件数（含上年）", "二〇二〇年制发件数"]
    {
        assert_eq!(open_rows("本年制发件数", other), NORMS, "{other}");
    }
    for own in ["2021年制发件数", "制发件数（2021年）", "本年制发件数（单位：件）"] {
        assert!(open_rows("本年制发件数", own).is_empty(), "{own}");
    }
    for own in ["现行有效件数（截至2021年底）", "现行有效件数（含历年）"] {
        assert!(open_rows("现行有效件数", own).is_empty(), "{own}");
    }
    assert_eq!(open_rows("本年处理决定数量", "2020年处理决定数量"), ["disclosure.licensing.decisions"]);
    // The same with every cell in a line of its own, as far as it is written.
    let received = |text: &str| {
        let cells: Vec<&str> = text.split(['\t', '\n']).filter(|cell| !cell.is_empty()).collect();
        read(&cells.join("\n"), "a.txt").figure("requests.received.total").unwrap().state
    };
    assert_eq!(received(REPORT), State::Number);
    for group in ["申请人情况（2020年）", "2020年申请人情况"] {
        assert_eq!(open_rows("申请人情况", group).len(), 5, "{group}");
        assert_eq!(received(&REPORT.replace("申请人情况", group)), State::Undetermined, "{group}");
    }
}

#[test]
fn a_table_that_goes_on_below_another_bodys_name_is_that_bodys_from_there_on() {
    let text = REPORT.replace("三、本年度办理结果", "\0\n三、本年度办理结果");
    let [_, _, (html, name)] = renderings(&text.replace('\0', "县教育局"));
    let report = read(&html, name);
    let is_open = |key: &str| report.figure(key).unwrap().state != State::Number;
    assert!(!is_open("requests.received.total"));
    assert!(is_open("requests.granted.total") && is_open("requests.carried_forward.total"));
    let [_, _, (html, name)] = renderings(&text.replace('\0', "续表"));
    assert_eq!(read(&html, name).figure("requests.granted.total").unwrap().state, State::Number);
}

#[test]
fn a_row_of_a_grid_that_is_shorter_than_others_may_have_lost_any_cell() {
    let text: String = REPORT
        .lines()
        .map(|line| if line.matches('\t').count() == 8 { format!("{line}\t\n") } else { format!("{line}\n") })
        .collect();
    let [_, _, (html, name)] = renderings(&text);
    let whole = "<td>5</td><td>2</td><td>0</td><td>0</td><td>0</td><td>0</td><td>7</td>";
    assert!(html.contains(whole));
    assert_eq!(read(&html, name).figure("requests.received.total").unwrap().state, State::Number);
    let short = html.replace(whole, &whole.replacen("<td>0</td>", "", 1));
    let report = read(&short, name);
    for column in ["natural_person", "research", "total"] {
        let figure = report.figure(&format!("requests.received.{column}")).unwrap();
        assert_eq!(figure.state, State::Undetermined, "{column}");
    }
}
