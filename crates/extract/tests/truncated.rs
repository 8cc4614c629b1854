//! Documents that break off: whatever is said of a cell must be what the whole document says of it, or that it is
//! missing or uncertain. What was cut off is never empty, and a number that was cut in two is no number.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test fails by panicking")]

use gongkai_document::{Hint, Limits};
use gongkai_model::{Figure, FormId, Report, State};
use gongkai_testkit::{Encoding, Extent, Record, RecordOptions, RenderOptions, Rendering, Rng, Wording};
use std::path::Path;

fn read(source: &[u8], name: &str) -> Option<Report> {
    let hint = Hint { name: Some(name), ..Hint::default() };
    let document = gongkai_document::read(source, &hint, &Limits::STANDARD).ok()?;
    gongkai_extract::extract(&document).ok()?.into_iter().next()
}

/// Cuts `source` at `places` and gives what is then said of cells that the whole does not say.
fn cut_at(source: &[u8], name: &str, places: impl Iterator<Item = usize>) -> (usize, Vec<String>) {
    let Some(whole) = read(source, name) else { return (0, Vec::new()) };
    let (mut certain, mut wrong) = (0, Vec::new());
    for place in places {
        let Some(part) = source.get(..place).and_then(|part| read(part, name)) else { continue };
        if part.form != whole.form {
            continue;
        }
        for (of_part, of_whole) in part.figures.iter().zip(&whole.figures) {
            let is_certain = |figure: &Figure| !matches!(figure.state, State::Missing | State::Undetermined);
            if !is_certain(of_part) || !is_certain(of_whole) {
                continue;
            }
            certain += 1;
            if (of_part.state, of_part.value) != (of_whole.state, of_whole.value) {
                wrong.push(format!(
                    "cut at {place}: {} is {:?} {:?} instead of {:?} {:?}",
                    of_part.key, of_part.state, of_part.raw, of_whole.state, of_whole.raw
                ));
            }
        }
    }
    (certain, wrong)
}

#[test]
fn made_up_reports_cut_anywhere_say_nothing_else() {
    let (mut certain, mut wrong) = (0, Vec::new());
    for (index, rendering) in Rendering::ALL.into_iter().enumerate() {
        for form in [FormId::Form2019, FormId::Form2021] {
            let seed = index as u64;
            let record = Record::random(form, seed, RecordOptions { empty_percent: 10, mistakes: 0 });
            let options = RenderOptions { seed, extent: Extent::TablesOnly, wording: Wording::Official };
            let rendered = rendering.render(&record, options);
            let source = rendered.bytes(Encoding::Utf8);
            let mut rng = Rng::new(seed);
            let places = (0..16).map(|_| rng.below(source.len() as u64) as usize).collect::<Vec<_>>();
            let (sure, mistakes) = cut_at(&source, rendered.file_name(), places.into_iter());
            certain += sure;
            wrong.extend(mistakes.into_iter().map(|what| format!("{rendering:?} of {form:?} {what}")));
        }
    }
    println!("{certain} cells were certain");
    assert!(wrong.is_empty(), "{} of {certain}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn reports_of_the_corpus_cut_anywhere_say_nothing_else() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus");
    let mut paths: Vec<_> = [corpus.clone(), corpus.join("found")]
        .iter()
        .flat_map(|folder| std::fs::read_dir(folder).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt" || extension == "html"))
        .collect();
    paths.sort();
    let (mut certain, mut wrong) = (0, Vec::new());
    for (index, path) in paths.iter().enumerate() {
        let name = path.file_name().unwrap().to_string_lossy();
        let source = std::fs::read(path).unwrap();
        let mut rng = Rng::new(index as u64);
        let places = (0..8).map(|_| rng.below(source.len() as u64) as usize).collect::<Vec<_>>();
        let (sure, mistakes) = cut_at(&source, &name, places.into_iter());
        certain += sure;
        wrong.extend(mistakes.into_iter().map(|what| format!("{name} {what}")));
    }
    println!("{certain} cells were certain");
    assert!(wrong.is_empty(), "{} of {certain}:\n{}", wrong.len(), wrong.join("\n"));
}

/// The state and the characters of some cells.
fn states(source: &str, keys: &[&str]) -> String {
    let report = read(source.as_bytes(), "a").unwrap();
    let figure = |key: &&str| report.figures.iter().find(|figure| &*figure.key == *key).unwrap();
    keys.iter()
        .map(figure)
        .map(|figure| format!("{} {:?}", figure.state.name(), figure.raw))
        .collect::<Vec<_>>()
        .join(", ")
}

#[test]
fn cells_behind_the_end_are_missing_and_a_number_at_the_end_may_go_on() {
    let head = "<p>某县2022年政府信息公开工作年度报告</p><table><tr><td>本列数据的勾稽关系</td><td>自然人</td><td>商业企业</td>\
                <td>科研机构</td><td>社会公益组织</td><td>法律服务机构</td><td>其他</td><td>总计</td></tr>\
                <tr><td>一、本年新收政府信息公开申请数量</td><td>7</td><td>0</td><td>0</td><td>0</td><td>0</td><td>0</td><td>7</td></tr>\
                <tr><td>二、上年结转政府信息公开申请数量</td><td>12</td>";
    let keys = [
        "requests.carried_over.natural_person",
        "requests.carried_over.business",
        "requests.carried_over.total",
    ];
    let read = |tail: &str| states(&format!("{head}{tail}"), &keys);
    // Which columns a row that is too short has lost is not for us to say.
    for tail in [
        "<td>34</td>",
        "<td>34",
        "<td>34</t",
        "<td>0",
        "<td></td><td>",
        "<td></td><td></td><td></td><td></td><td>",
    ] {
        assert!(!read(tail).contains("BLANK") && !read(tail).contains("NUMBER"), "{tail}: {}", read(tail));
    }
    let zeros = "<td>0</td>".repeat(5);
    assert_eq!(read(&format!("{zeros}<td>12")), r#"NUMBER "12", NUMBER "0", NUMBER "12""#);
    assert_eq!(read(&format!("{zeros}<td>1")), r#"NUMBER "12", NUMBER "0", UNDETERMINED "1""#);
    assert_eq!(read(&format!("{zeros}<td>")), r#"NUMBER "12", NUMBER "0", MISSING """#);
    // A row that was ended is whole, and its empty cells are empty.
    assert_eq!(
        read("<td></td><td></td><td></td><td></td><td></td><td></td></tr></table>"),
        r#"NUMBER "12", BLANK "", BLANK """#
    );
}

#[test]
fn a_row_that_lost_its_last_cell_does_not_begin_in_the_column_of_labels() {
    let row = |label: &str, values: &str| {
        let cells: String = values.split(' ').map(|value| format!("<td>{value}</td>")).collect();
        format!("<tr><td></td><td>{label}</td><td></td>{cells}</tr>")
    };
    let head = "<p>某县2022年政府信息公开工作年度报告</p><table><tr><td></td><td></td><td></td><td>自然人</td><td>商业企业</td>\
                <td>科研机构</td><td>社会公益组织</td><td>法律服务机构</td><td>其他</td><td>总计</td></tr>";
    let whole = [row("（一）予以公开", "7 0 0 0 0 0 7"), row("（二）部分公开", "1 2 0 0 0 0 3")].concat();
    let keys =
        ["requests.concluded.natural_person", "requests.concluded.business", "requests.concluded.total"];
    let read = |last: &str| states(&format!("{head}{whole}{last}</table>"), &keys);
    assert_eq!(read(&row("（七）总计", "8 2 0 0 0 0 10")), r#"NUMBER "8", NUMBER "2", NUMBER "10""#);
    let lost = read(&row("（七）总计", "8 2 0 0 0 0"));
    assert!(!lost.contains("BLANK") && !lost.contains("NUMBER"), "{lost}");
}

#[test]
fn values_of_a_row_in_which_the_text_breaks_off_are_its_first_ones_where_empty_cells_would_show() {
    let keys = ["natural_person", "business", "research", "total"];
    let keys = keys.map(|column| format!("requests.granted.{column}"));
    let keys = keys.each_ref().map(String::as_str);
    let of = |separator: &str, last: &str| {
        let head = "某县2022年政府信息公开工作年度报告\n二、主动公开政府信息情况\n信息内容|本年制发件数|本年废止件数|现行有效件数|\n规章|0|0|0|\n\
                    三、收到和处理政府信息公开申请情况\n自然人|商业企业|科研机构|社会公益组织|法律服务机构|其他|总计|\n";
        let rows = "一、本年新收政府信息公开申请数量|3|1|0|0|0|0|4|\n二、上年结转政府信息公开申请数量|0|0|0|0|0|0|0|\n（一）予以公开|";
        let text = format!("{head}{rows}{last}").replace("|\n", "\0");
        let text = text.replace('|', separator);
        states(&text.replace('\0', &format!("{}\n", separator.trim_end_matches('\n'))), &keys)
    };
    for (separator, end) in [("|", "|"), (" | ", " |"), (" |\n", " |\n"), ("|\n", "|")] {
        let begun = of(separator, &format!("12|0{end}"));
        assert_eq!(begun, r#"NUMBER "12", NUMBER "0", MISSING "", MISSING """#, "{separator:?}");
        // What stands at the end may have lost digits.
        assert!(of(separator, "0|12").starts_with(r#"NUMBER "0", UNDETERMINED"#), "{separator:?}");
    }
    // Where an empty cell leaves no trace, there may have been one.
    for separator in ["\n", "\n\n", "  "] {
        assert!(!of(separator, "12|0").contains("NUMBER"), "{separator:?}: {}", of(separator, "12|0"));
    }
    // A line that was ended lacks cells for another reason.
    assert!(!of("|", "12|0|\n").contains("NUMBER"));
    // An empty cell in front may be the label's.
    assert!(!of("|", "|12|0|").contains("NUMBER"));
    assert!(!of(" |\n", "|12|0|").contains("NUMBER"));
}

#[test]
fn a_row_that_breaks_off_tells_nothing_of_where_the_cells_of_other_rows_stand() {
    let row = |cells: &[&str]| {
        let cells: String = cells.iter().map(|cell| format!("<div class=\"cell\">{cell}</div>")).collect();
        format!("<div class=\"row\">{cells}</div>\n")
    };
    let head = "<p>某县2022年政府信息公开工作年度报告</p><p>三、收到和处理政府信息公开申请情况</p>";
    let whole = [
        row(&["", "", "", "自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计"]),
        row(&["一、本年新收政府信息公开申请数量", "", "", "", "", "", "", "", "", ""]),
        row(&["三、本年度办理结果", "（一）予以公开", "", "", "", "", "", "", "", ""]),
        row(&["", "（二）部分公开", "", "", "", "", "", "", "-", ""]),
        row(&["", "（三）不予公开", "1.属于国家秘密", "", "", "", "", "", "-", ""]),
    ]
    .concat();
    let last = row(&["", "（七）总计", "", "", "", "", "无", "", ""]);
    let keys = ["requests.partly_granted.other_org"];
    let read = |tail: &str| states(&format!("<html><body>{head}<div>{whole}{tail}"), &keys);
    for tail in [last.as_str(), last.trim_end().trim_end_matches("</div>"), ""] {
        let states = read(tail);
        assert!(!states.contains("BLANK"), "{tail}: {states}");
    }
}
