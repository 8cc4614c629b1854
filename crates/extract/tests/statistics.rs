//! Statistics tables of 2014 in every shape and version: what is read is what was written, an empty cell changes no
//! other, and what a shape leaves open is never given for certain.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use gongkai_document::{Hint, Limits};
use gongkai_model::{Figure, FormId, Period, Portion, Reason, Report, State};
use gongkai_testkit::Rendering;
use gongkai_testkit::statistics::{Statistic, Statistics, Version};
use std::collections::BTreeMap;
use std::fmt::Write as _;

fn read(text: &str, rendering: Rendering) -> Option<Report> {
    let name = if rendering.is_html() { "report.html" } else { "report.txt" };
    let hint = Hint { name: Some(name), ..Hint::default() };
    let document = gongkai_document::read(text.as_bytes(), &hint, &Limits::STANDARD).unwrap();
    gongkai_extract::extract(&document).ok().and_then(|mut reports| reports.pop())
}

fn figure<'a>(statistics: &Statistics, report: &'a Report, statistic: &Statistic) -> Option<&'a Figure> {
    let key = &statistics.form.cells[statistic.cell].key;
    report.figures.iter().find(|figure| {
        (&figure.key, figure.period, figure.portion) == (key, statistic.period, statistic.portion)
    })
}

/// Cells that came out exactly, that were left open, and what was given for certain and is wrong.
#[derive(Default)]
struct Tally {
    exact: usize,
    open: usize,
    /// Which cells were left open, and why.
    open_cells: BTreeMap<String, usize>,
    wrong: Vec<String>,
}

impl Tally {
    fn leave_open(&mut self, statistics: &Statistics, statistic: &Statistic, reason: Option<Reason>) {
        self.open += 1;
        let reason = reason.map_or("no figure", Reason::name);
        let state = statistic.entry.state.name();
        let key = &statistics.form.cells[statistic.cell].key;
        *self.open_cells.entry(format!("{key} {state} {reason}")).or_default() += 1;
    }

    /// What is not as it should be.
    fn failures(&self) -> String {
        let wrong = &self.wrong[..self.wrong.len().min(3)];
        let open: Vec<_> = self.open_cells.iter().take(4).collect();
        format!("{} exact, {} open: {open:?}, wrong: {wrong:#?}", self.exact, self.open)
    }

    fn note(&mut self, statistics: &Statistics, rendering: Rendering, seed: u64) {
        let text = statistics.render(rendering, seed).text;
        let Some(report) = read(&text, rendering) else {
            self.open += statistics.statistics().len();
            return;
        };
        for statistic in statistics.statistics() {
            let found = figure(statistics, &report, statistic);
            match found {
                Some(found)
                    if (found.state, found.value) == (statistic.entry.state, statistic.entry.value) =>
                {
                    self.exact += 1;
                }
                None => self.leave_open(statistics, statistic, None),
                Some(found) if matches!(found.state, State::Undetermined | State::Missing) => {
                    self.leave_open(statistics, statistic, found.reason);
                }
                Some(found) => self.wrong.push(format!(
                    "{rendering:?} {seed}: {} {:?} is {:?}, read {:?} {:?}",
                    found.key, statistic.period, statistic.entry, found.state, found.raw
                )),
            }
        }
        // Nothing is said of what the table does not have.
        let all = report.figures.iter().filter(|figure| figure.state != State::Missing).count();
        if statistics.statistics().len() < all {
            self.wrong.push(format!("{rendering:?} {seed}: {all} figures"));
        }
    }
}

/// Whether each cell has a place of its own, an empty one too.
fn shows_blanks(rendering: Rendering) -> bool {
    matches!(
        rendering,
        Rendering::Html
            | Rendering::HtmlWord
            | Rendering::Pipes
            | Rendering::PipesGrid
            | Rendering::Tabs
            | Rendering::TabsGrid
            | Rendering::TabsPageBreak
            | Rendering::TabLines
    )
}

#[test]
fn full_tables_are_read_in_every_shape_that_separates_cells() {
    let mut report = String::new();
    for rendering in Rendering::ALL {
        for version in Version::ALL.into_iter().filter(|version| version.fits(rendering)) {
            let mut tally = Tally::default();
            for seed in 0..14 {
                tally.note(&Statistics::random(version, seed), rendering, seed);
            }
            if !tally.wrong.is_empty() || (rendering.separates_cells() && 0 < tally.open) {
                let _ = writeln!(report, "{rendering:?} {version:?}: {}", tally.failures());
            }
        }
    }
    assert!(report.is_empty(), "{report}");
}

#[test]
fn an_empty_cell_changes_no_other() {
    let mut report = String::new();
    for rendering in Rendering::ALL {
        for version in Version::ALL.into_iter().filter(|version| version.fits(rendering)) {
            let mut tally = Tally::default();
            for seed in 0..2 {
                let statistics = Statistics::random(version, seed);
                for at in (0..statistics.statistics().len()).step_by(5) {
                    tally.note(&statistics.with_blank(at), rendering, seed);
                }
            }
            if !tally.wrong.is_empty() || (shows_blanks(rendering) && 0 < tally.open) {
                let _ = writeln!(report, "{rendering:?} {version:?}: {}", tally.failures());
            }
        }
    }
    assert!(report.is_empty(), "{report}");
}

#[test]
fn the_form_is_chosen_by_its_table() {
    let statistics = Statistics::random(Version::Official, 1);
    let text = statistics.render(Rendering::Pipes, 1).text;
    let report = read(&text, Rendering::Pipes).unwrap();
    assert_eq!(report.form, FormId::Form2014);
    // One figure for each cell of the form, in its order, comes first.
    let keys = report.figures.iter().map(|figure| &figure.key);
    assert!(keys.eq(statistics.form.cells.iter().map(|cell| &cell.key)));
    // Without the table, what the text mentions is no form.
    let before = &text[..text.find("附件").unwrap()];
    let report = read(before, Rendering::Pipes).unwrap();
    assert_eq!((report.form, report.figures.len()), (FormId::None, 0));
}

const HEAD: &str = "甲县2016年政府信息公开工作年度报告\n统计期限自2016年1月1日至2016年12月31日。\n一、概述\n二、主动公开政府信息情况\n附表\n";

/// What a table of 2016 gives: key without `legacy.`, period and portion where not the usual ones, and the content.
fn contents(table: &str) -> Vec<String> {
    let is_html = table.starts_with('<');
    let rendering = if is_html { Rendering::Html } else { Rendering::Pipes };
    let head = if is_html { HEAD.replace('\n', "<p>") } else { HEAD.to_owned() };
    let report = read(&format!("{head}{table}"), rendering).unwrap();
    let content = |figure: &Figure| {
        let mut content = figure.key.trim_start_matches("legacy.").to_owned();
        if figure.period != Period::ThisYear {
            let _ = write!(content, " {}", figure.period.name());
        }
        if figure.portion != Portion::All {
            let _ = write!(content, " {}", figure.portion.name());
        }
        let value = figure.value.map_or_else(|| figure.state.name().to_owned(), |value| value.to_string());
        let _ = write!(content, " {value}");
        content
    };
    report.figures.iter().filter(|figure| figure.state != State::Missing).map(content).collect()
}

#[test]
fn headings_say_what_columns_count() {
    let rows = "主动公开政府信息数|条|10|20\n收到申请数|件|1|\n申请办结数|件|3|4\n行政复议数量|件|5|6\n";
    let of = |headings: &str| contents(&format!("统计指标|单位|{headings}\n{rows}"));
    assert_eq!(of("2016年度|历年累计")[..2], ["published.total 10", "requests.received 1"]);
    assert_eq!(
        of("2016年度|历年累计")[4..6],
        ["published.total CUMULATIVE 20", "requests.received CUMULATIVE BLANK"]
    );
    assert_eq!(of("2015年|2016年")[..2], ["published.total 20", "requests.received BLANK"]);
    assert_eq!(of("2015年|2016年")[4], "published.total EARLIER 10");
    assert_eq!(of("上年度|本年度")[4], "published.total EARLIER 10");
    assert_eq!(of("县政府|县直部门")[0], "published.total GOVERNMENT 10");
    assert_eq!(of("县政府|县直部门")[4], "published.total DEPARTMENTS 20");
    assert_eq!(of("统计数|备注")[..2], ["published.total 10", "requests.received 1"]);
    assert_eq!(of("统计数|备注").len(), 4);
    // This year's sum is this year's, whatever period stands beside it.
    assert_eq!(of("本期实际|本年累计")[..2], ["published.total 20", "requests.received BLANK"]);
}

#[test]
fn columns_that_nothing_names_are_not_certain() {
    let rows = "主动公开政府信息数|条|10|20\n收到申请数|件|1|\n申请办结数|件||4\n申请答复数|件|3|4\n行政复议数量|件|5|6\n";
    let is_open = |table: &str| {
        let contents = contents(table);
        assert_eq!(contents.len(), 5, "{contents:?}");
        contents.iter().all(|content| content.ends_with(" UNDETERMINED"))
    };
    assert!(is_open(rows));
    assert!(is_open(&format!("统计指标|单位|数量|统计数\n{rows}")));
}

#[test]
fn money_is_in_the_unit_that_its_row_says() {
    let rows = "统计指标|单位|统计数\n收到申请数|件|3件\n行政复议数量|件|无\n依申请公开信息收取的费用|";
    let fees = |row: &str| contents(&format!("{rows}{row}\n")).pop().unwrap();
    assert_eq!(fees("万元|0.5"), "fees.amount 5000");
    assert_eq!(fees("元|0.5"), "fees.amount 0.5");
    assert_eq!(fees("万元|0.5万元"), "fees.amount 5000");
    assert_eq!(fees("万元|500元"), "fees.amount 500");
    assert_eq!(
        contents("统计指标|统计数\n收到申请数（件）|3\n依申请公开信息收取的费用（万元）|0.5\n"),
        ["requests.received 3", "fees.amount 5000"]
    );
}

#[test]
fn a_label_of_several_chapters_belongs_to_the_one_it_stands_in() {
    let of = |rows: &str| {
        contents(&format!("统计指标|单位|统计数\n收到申请数|件|3\n申请办结数|件|3\n{rows}"))[2..].to_vec()
    };
    assert_eq!(of("行政诉讼数量|件|2\n被依法纠错数|件|1\n"), ["litigation 2", "litigation.corrected 1"]);
    assert_eq!(
        of("行政复议数量|件|0\n行政诉讼数量|件|2\n（二）被依法纠错数|件|1\n"),
        ["reconsideration 0", "litigation 2", "litigation.corrected 1"]
    );
    // Nothing says in which chapter it stands, or a chapter is worded as no form words it.
    assert_eq!(of("被依法纠错数|件|1\n").len(), 1);
    assert!(of("被依法纠错数|件|1\n")[0].ends_with("UNDETERMINED"));
    let unknown = of("行政复议数量|件|0\n应诉的案子|件|2\n被依法纠错数|件|1\n");
    assert!(unknown[1].ends_with("UNDETERMINED"), "{unknown:?}");
}

#[test]
fn headings_of_two_levels_and_chapters_at_the_side_are_read() {
    let table = "<table><tr><td colspan=2 rowspan=2>统计指标<td rowspan=2>单位<td colspan=2>2016年度<td colspan=2>历年累计\
        <tr><td>政府<td>部门<td>政府<td>部门\
        <tr><td>依申请公开<td>收到<br>申请数<td>件<td>1<td>2<td>3<td>4\
        <tr><td rowspan=2>行政复议<td>行政复议数量<td>件<td>5<td>6<td>7<td>8\
        <tr><td>被依法纠错数<td>件<td>0<td><td>1<td>2</table>";
    assert_eq!(
        contents(table),
        [
            "requests.received GOVERNMENT 1",
            "reconsideration GOVERNMENT 5",
            "reconsideration.corrected GOVERNMENT 0",
            "requests.received CUMULATIVE GOVERNMENT 3",
            "reconsideration CUMULATIVE GOVERNMENT 7",
            "reconsideration.corrected CUMULATIVE GOVERNMENT 1",
            "requests.received DEPARTMENTS 2",
            "reconsideration DEPARTMENTS 6",
            "reconsideration.corrected DEPARTMENTS BLANK",
            "requests.received CUMULATIVE DEPARTMENTS 4",
            "reconsideration CUMULATIVE DEPARTMENTS 8",
            "reconsideration.corrected CUMULATIVE DEPARTMENTS 2",
        ]
    );
}

#[test]
fn text_that_speaks_of_the_same_things_is_no_table() {
    for text in [
        "收到申请数 3 件。\n当面申请数 1 件\n行政复议数量 0 件\n行政诉讼数量 0 件\n",
        "行政复议数量\n1\n行政诉讼数量\n2\n",
        "我县当面申请数3件，行政复议数量0件，行政诉讼数量0件，举报投诉数量0件，接受培训人员数20人次。\n",
    ] {
        let report = read(&format!("{HEAD}{text}"), Rendering::Pipes).unwrap();
        assert_eq!((report.form, report.figures.len()), (FormId::None, 0), "{text}");
    }
}

#[test]
fn a_second_table_that_says_otherwise_leaves_both_open() {
    let table = "统计指标|单位|统计数\n收到申请数|件|1\n申请办结数|件|3\n行政复议数量|件|5\n";
    let other = table.replace("|3\n", "|4\n");
    assert_eq!(
        contents(&format!("{table}（县政府本级）\n{other}")),
        ["requests.received 1", "requests.completed UNDETERMINED", "reconsideration 5"]
    );
}

#[test]
fn lines_out_of_place_make_their_row_uncertain() {
    let table =
        "序号\n统计指标\n单位\n统计数\n1\n收到申请数\n件\n7\n2\n申请办结数\n件\n5\n3\n行政复议数量\n件\n9\n";
    let certain = ["requests.received 7", "requests.completed 5", "reconsideration 9"];
    assert_eq!(contents(table), certain);
    let disturbed = |from: &str, to: &str| contents(&table.replacen(from, to, 1));
    // The value and the next list number, the unit and the value, one more number.
    assert_eq!(disturbed("件\n7\n2\n", "件\n2\n7\n")[0], "requests.received UNDETERMINED");
    assert_eq!(disturbed("件\n7\n", "7\n件\n")[0], "requests.received UNDETERMINED");
    assert_eq!(disturbed("件\n7\n", "件\n8\n7\n")[0], "requests.received UNDETERMINED");
    // A row that is none of the form's, with its own number and value, or without a value.
    assert_eq!(disturbed("3\n行政", "3\n网上咨询数\n件\n4\n4\n行政"), certain);
    assert_eq!(disturbed("5\n3\n行政", "5\n3\n其他\n——\n4\n行政"), certain);
    // The list numbers are values: the headings are out of place.
    let behind =
        "统计指标\n序号\n单位\n统计数\n收到申请数\n件\n7\n2\n申请办结数\n件\n5\n3\n行政复议数量\n件\n9\n4\n";
    assert!(
        contents(behind).iter().all(|content| content.ends_with(" UNDETERMINED")),
        "{:?}",
        contents(behind)
    );
}

#[test]
fn joined_columns_are_cut_where_their_headings_and_digits_leave_one_way() {
    let table = "指标名称计量单位2016年度历年累计主动公开文件数条34608537其中：1、政府网站公开数条10202、政府公报公开数条00\
        受理依申请公开信息总数条00其中：1、当面申请数条002、网上申请数条003、信函、传真申请数条00政府信息公开收费减免金额元00\
        行政复议数件00行政诉讼数件01\n";
    let contents = contents(table);
    let of = |key: &str| -> Vec<&str> {
        let of_key = contents.iter().filter(|content| content.split(' ').next() == Some(key));
        of_key.map(|content| &content[key.len() + 1..]).collect()
    };
    assert_eq!(of("local.published_documents"), ["UNDETERMINED", "CUMULATIVE UNDETERMINED"]);
    assert_eq!(of("local.gazette"), ["0", "CUMULATIVE 0"]);
    // The digit before a list number is that number's.
    assert_eq!(of("requests.in_person"), ["0", "CUMULATIVE 0"]);
    assert_eq!(of("local.fees_waived"), ["0", "CUMULATIVE 0"]);
    assert_eq!(of("local.litigation"), ["0", "CUMULATIVE 1"]);
}

#[test]
fn joined_headings_that_can_be_parted_in_two_ways_leave_all_open() {
    let rows = "主动公开政府信息数条12收到申请数件11当面申请数件01申请办结数件21行政复议数量件12\n";
    let is_open = |headings: &str| {
        let contents = contents(&format!("{headings}{rows}"));
        assert!(5 <= contents.len(), "{contents:?}");
        contents.iter().all(|content| content.ends_with(" UNDETERMINED"))
    };
    // One column or two; none at all; a column of list numbers.
    assert!(is_open("指标名称单位政府部门"));
    assert!(is_open("指标名称单位本年累计"));
    assert!(is_open("附表"));
    assert!(is_open("序号指标名称单位2016年历年累计"));
    assert!(!is_open("指标名称单位2016年历年累计"));
    assert!(!is_open("指标名称单位政府统计数部门统计数"));
}
