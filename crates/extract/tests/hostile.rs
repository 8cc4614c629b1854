//! Files as large and as bad as the limits allow, through the whole pipeline: each is read or refused with a reason,
//! its cost grows with its length and no faster, and memory stays within bounds.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test fails by panicking")]

use gongkai_document::{Hint, Limits};
use gongkai_model::{FormId, RejectReason, State};
use gongkai_testkit::{Encoding, Extent, Record, RecordOptions, RenderOptions, Rendering, Wording, hostile};
use std::time::Duration;

/// Memory that the process may have used at most, with all its tests at once.
const MEMORY_MAX_KIB: u64 = 1_500_000;
/// Four times the length may cost so many times as much. What is linear needs four, what is quadratic sixteen.
const GROWTH_MAX: u32 = 9;
/// Shorter times tell of the clock rather than of the work.
const MEASURABLE: Duration = Duration::from_millis(20);

/// What became of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Outcome {
    Read { form: FormId, certain: usize },
    NoReport,
    Refused(RejectReason),
}

/// Reads, extracts and audits as the parser does.
fn outcome(source: &[u8]) -> Outcome {
    let hint = Hint { media_type: None, name: Some("report"), ..Hint::default() };
    let document = match gongkai_document::read(source, &hint, &Limits::STANDARD) {
        Ok(document) => document,
        Err(error) => return Outcome::Refused(error.reason()),
    };
    let Ok(reports) = gongkai_extract::extract(&document) else { return Outcome::NoReport };
    let certain = |state: State| matches!(state, State::Number | State::Blank | State::NotApplicable);
    for report in &reports {
        assert!(gongkai_audit::audit(report).len() < 10_000, "findings are bounded");
    }
    let figures = reports.iter().flat_map(|report| &report.figures);
    Outcome::Read {
        form: reports.first().map_or(FormId::None, |report| report.form),
        certain: figures.filter(|figure| certain(figure.state)).count(),
    }
}

/// Processor time of this thread.
fn cpu_time() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(text.split(' ').next().unwrap().parse().unwrap())
}

/// The most memory that this process has had.
fn memory_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// Reads what `make` makes of `size` and of four times as much: the outcome of the larger one. Fails if it costs more
/// than in proportion.
fn grow(name: &str, size: usize, make: impl Fn(usize) -> Vec<u8>) -> Outcome {
    let timed = |size: usize| {
        let source = make(size);
        let begin = cpu_time();
        let outcome = outcome(&source);
        (cpu_time() - begin, source.len(), outcome)
    };
    let (small, _, _) = timed(size);
    let (large, bytes, outcome) = timed(size * 4);
    println!("{name}: {bytes} bytes {large:?} (a quarter of it {small:?}) {outcome:?}");
    assert!(
        large < MEASURABLE || large < small * GROWTH_MAX,
        "{name}: a quarter took {small:?}, all of it {large:?}"
    );
    let memory = memory_kib();
    assert!(memory < MEMORY_MAX_KIB, "{name}: {memory} KiB");
    outcome
}

fn repeated(text: &str, bytes: usize) -> Vec<u8> {
    text.repeat(bytes / text.len()).into_bytes()
}

/// A whole report with something long behind its first part.
fn report_with(text: &str) -> Vec<u8> {
    let record = Record::random(FormId::Form2021, 7, RecordOptions { empty_percent: 0, mistakes: 0 });
    let options = RenderOptions { seed: 7, extent: Extent::Whole, wording: Wording::Official };
    let bytes = Rendering::Tabs.render(&record, options).bytes(Encoding::Utf8);
    let whole = String::from_utf8(bytes).unwrap();
    let (before, after) = whole.split_once("二、").unwrap();
    format!("{before}{text}\n二、{after}").into_bytes()
}

#[test]
fn what_is_too_long_is_refused_unread() {
    assert_eq!(outcome(&vec![b'7'; 50_000_000]), Outcome::Refused(RejectReason::TooLarge));
}

#[test]
fn floods_of_digits_are_read_in_proportion() {
    const QUARTER: usize = 1_900_000;
    let none = Outcome::NoReport;
    assert_eq!(grow("digits alone", QUARTER, |size| vec![b'7'; size]), none);
    let behind_label = grow("digits behind a label", QUARTER, |size| hostile::digit_flood(size).into_bytes());
    assert!(!matches!(behind_label, Outcome::Read { certain: 1.., .. }), "{behind_label:?}");
    let lines = grow("lines of digits", 60_000, |lines| hostile::digit_lines(lines).into_bytes());
    assert!(!matches!(lines, Outcome::Read { certain: 10.., .. }), "{lines:?}");
    grow("digits in a report", QUARTER, |size| report_with(&"7".repeat(size)));
    grow("joined rows", 25_000, |rows| report_with(&"规章7000007行政规范性文件12345".repeat(rows)));
}

#[test]
fn deep_nesting_is_read_in_proportion() {
    for element in ["div", "b", "table", "td", "ul><li", "span"] {
        grow(element, 250_000, |depth| hostile::deep_nesting(element, depth).into_bytes());
    }
    grow("tables in cells", 100_000, |depth| hostile::nested_tables(depth).into_bytes());
}

#[test]
fn tables_of_many_rows_are_read_in_proportion() {
    let head = "<html><body><h1>甲县2021年政府信息公开工作年度报告</h1><p>一、总体情况</p><table>\
                <tr><td>信息内容</td><td>本年制发件数</td><td>本年废止件数</td><td>现行有效件数</td></tr>";
    let row = "<tr><td>规章</td><td>1</td><td>2</td><td>3</td></tr>";
    grow("grid", 12_000, |rows| format!("{head}{}</table>", row.repeat(rows)).into_bytes());
    grow("pipes", 25_000, |rows| report_with(&"| 规章 | 1 | 2 | 3 |\n".repeat(rows)));
    grow("tabs", 25_000, |rows| report_with(&"行政许可\t1\t2\n".repeat(rows)));
    grow("lines", 25_000, |rows| report_with(&"行政许可\n1\n2\n".repeat(rows)));
    grow("unknown rows", 25_000, |rows| report_with(&"甲乙丙丁\t1\t2\n".repeat(rows)));
}

#[test]
fn headings_and_labels_without_end_are_read_in_proportion() {
    let headings = grow("headings", 5_000, |times| hostile::headings_only(times).into_bytes());
    assert!(!matches!(headings, Outcome::Read { certain: 1.., .. }), "{headings:?}");
    for label in ["一、本年新收政府信息公开申请数量", "其他\t", "总计\n", "规章 ", "（一）予以公开\n"]
    {
        grow(label, 200_000, |size| hostile::label_flood(label, size / label.len()).into_bytes());
    }
    grow("titles", 400_000, |size| repeated("甲县2021年政府信息公开工作年度报告\n", size));
    grow("one heading", 400_000, |size| repeated("一、总体情况\n", size));
}

#[test]
fn running_text_without_end_is_read_in_proportion() {
    for (name, text) in [
        ("sentences", "2021年，我县主动公开政府信息123条。"),
        ("one sentence", "主动公开政府信息123条，"),
        ("brackets", "（（（《《“"),
        ("percent", "其中公开100%，较2020年增长20%，"),
        ("numerals", "一千二百三十四万五千"),
        ("spaces", " 　\u{200b}"),
        ("separators", "|\t|\n"),
        ("places", "西安市高陵区鹿苑街道办事处"),
        ("dates", "2021年1月1日至2021年12月31日，"),
    ] {
        grow(name, 500_000, |size| report_with(&text.repeat(size / text.len())));
    }
}
