//! Whether the report has what its form prescribes: the right form, its tables, cells and parts.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::wording::{list_en, list_zh};
use crate::{Audited, Failure};
use gongkai_forms::{Form, FormSection, prescribed};
use gongkai_model::{FormId, State};

/// The form that the tables follow is the one prescribed for the year.
pub(crate) fn year(audited: &Audited<'_>) -> Option<Vec<Failure>> {
    let (year, form) = (audited.report.year?, audited.form?);
    if form.years.contains(&year) {
        return Some(Vec::new());
    }
    let (found, first) = (form.id.name(), form.years.start());
    let (mut zh, mut en) = (
        format!("报告年度为{year}年，表格却是{found}年格式（自{first}年度起使用"),
        format!(
            "the report is for {year}, but its tables follow the form of {found} (for reports from {first}"
        ),
    );
    if *form.years.end() < u16::MAX {
        zh.push_str(&format!("，至{}年度止", form.years.end()));
        en.push_str(&format!(" to {}", form.years.end()));
    } else {
        en.push_str(" on");
    }
    zh.push('）');
    en.push(')');
    if let Some(right) = prescribed(year) {
        zh.push_str(&format!("，应使用{}年格式", right.id.name()));
        en.push_str(&format!("; the form of {} is prescribed", right.id.name()));
    }
    Some(vec![Failure { zh, en, ..Failure::default() }])
}

/// A report of a year with a prescribed form has tables of some official form.
pub(crate) fn tables(audited: &Audited<'_>) -> Option<Vec<Failure>> {
    let year = audited.report.year?;
    let right = prescribed(year)?;
    if audited.report.form != FormId::None {
        return Some(Vec::new());
    }
    Some(vec![Failure {
        zh: format!("{year}年度报告应附{}年格式的表格，文件中未识别出统一格式的表格", right.id.name()),
        en: format!(
            "a report for {year} carries the tables of the form of {}; none were recognised in the document",
            right.id.name()
        ),
        ..Failure::default()
    }])
}

/// Every cell of the form was found and its content is certain; one failure for each table.
pub(crate) fn complete(audited: &Audited<'_>) -> Option<Vec<Failure>> {
    let form = audited.form?;
    let mut failures = Vec::new();
    for table in &form.tables {
        let cells = |state: State| -> Vec<usize> {
            let is =
                |cell: &usize| audited.figure(*cell).map_or(State::Missing, |figure| figure.state) == state;
            table.cells.clone().filter(is).collect()
        };
        // Of a table that no report has to carry, local versions lack rows and add others.
        let missing = if form.is_prescribed { cells(State::Missing) } else { Vec::new() };
        let uncertain = cells(State::Undetermined);
        if missing.is_empty() && uncertain.is_empty() {
            continue;
        }
        let heading = table.headings.first().map_or("", String::as_str);
        let (mut zh, mut en) = (format!("「{heading}」表："), format!("table “{}”: ", table.label_en));
        if missing.len() == table.cells.len() {
            zh.push_str(&format!("文件中未找到该表（{} 个单元格）", missing.len()));
            en.push_str(&format!("not found in the document ({} cells)", missing.len()));
        } else if !missing.is_empty() {
            zh.push_str(&format!("{} 个单元格在文件中未找到：{}", missing.len(), labels_zh(form, &missing)));
            en.push_str(&format!(
                "{} cells not found in the document: {}",
                missing.len(),
                labels_en(form, &missing)
            ));
        }
        if !uncertain.is_empty() {
            if !missing.is_empty() {
                zh.push('；');
                en.push_str("; ");
            }
            zh.push_str(&format!(
                "{} 个单元格的内容无法确定：{}",
                uncertain.len(),
                labels_zh(form, &uncertain)
            ));
            en.push_str(&format!(
                "{} cells are not certain: {}",
                uncertain.len(),
                labels_en(form, &uncertain)
            ));
        }
        let figures = missing.iter().chain(&uncertain).map(|&cell| form.cells[cell].key.clone()).collect();
        failures.push(Failure { subject: table.id.clone(), figures, zh, en, ..Failure::default() });
    }
    Some(failures)
}

fn labels_zh(form: &'static Form, cells: &[usize]) -> String {
    let labels: Vec<_> = cells.iter().map(|&cell| form.cells[cell].label_zh.as_str()).collect();
    list_zh(&labels)
}

fn labels_en(form: &'static Form, cells: &[usize]) -> String {
    let labels: Vec<_> = cells.iter().map(|&cell| form.cells[cell].label_en.as_str()).collect();
    list_en(&labels)
}

/// The report has a heading for each part that the form prescribes.
pub(crate) fn sections(audited: &Audited<'_>) -> Option<Vec<Failure>> {
    let report = audited.report;
    // Before the uniform forms the parts of a report were others.
    let form = audited.form.or_else(|| prescribed(report.year?)).filter(|form| form.is_prescribed)?;
    let top: Vec<_> = report
        .sections
        .iter()
        .filter(|section| section.level == 1)
        .map(|section| bare(&section.title))
        .collect();
    let lower: Vec<_> = report
        .sections
        .iter()
        .filter(|section| section.level != 1)
        .map(|section| bare(&section.title))
        .collect();
    let absent: Vec<_> = form.sections.iter().filter(|section| !is_headed(section, &top, &lower)).collect();
    // A heading of a wording that we do not know may well be the one that seems to be absent.
    let unknown =
        top.iter().filter(|title| !form.sections.iter().any(|section| heads(section, title))).count();
    if !absent.is_empty() && absent.len() <= unknown {
        return None;
    }
    if absent.is_empty() {
        return Some(Vec::new());
    }
    let zh: Vec<_> =
        absent.iter().filter_map(|section| section.headings.first()).map(String::as_str).collect();
    let en: Vec<_> = absent.iter().map(|section| section.label_en.as_str()).collect();
    Some(vec![Failure {
        zh: format!("未找到以下部分的标题：{}", zh.join("、")),
        en: format!("no heading was found for: {}", en.join(", ")),
        ..Failure::default()
    }])
}

/// Whether a heading of the first level names this part in any wording, or one below it in the official wording
/// (a sixth part numbered （六） reads as a heading of the second level).
fn is_headed(section: &'static FormSection, top: &[String], lower: &[String]) -> bool {
    let official = bare_headings(section).first();
    top.iter().any(|title| heads(section, title))
        || official.is_some_and(|official| lower.iter().any(|title| title.contains(official.as_str())))
}

fn heads(section: &'static FormSection, title: &str) -> bool {
    bare_headings(section).iter().any(|heading| title.contains(heading.as_str()))
}

/// The headings of each part of each form, bare: made once, looked up for every report.
static BARE_HEADINGS: LazyLock<HashMap<(&'static str, &'static str), Vec<String>>> = LazyLock::new(|| {
    gongkai_forms::all()
        .iter()
        .flat_map(|form| &form.sections)
        .filter_map(|section| {
            Some((key(section)?, section.headings.iter().map(|heading| bare(heading)).collect()))
        })
        .collect()
});

fn key(section: &'static FormSection) -> Option<(&'static str, &'static str)> {
    Some((section.id.as_str(), section.headings.first()?.as_str()))
}

fn bare_headings(section: &'static FormSection) -> &'static [String] {
    let first = section.headings.first().map(String::as_str).unwrap_or_default();
    BARE_HEADINGS.get(&(section.id.as_str(), first)).map_or(&[], Vec::as_slice)
}

/// A heading without its list number, punctuation and white space.
fn bare(heading: &str) -> String {
    let heading = heading.trim_start_matches(|c: char| c.is_whitespace() || "（(".contains(c));
    let unnumbered = heading.trim_start_matches(|c: char| "一二三四五六七八九十0123456789".contains(c));
    let heading =
        if unnumbered.starts_with(|c: char| "、.．,，）)".contains(c)) { unnumbered } else { heading };
    heading.chars().filter(|c| c.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{county_report, failures, holds, number, set};
    use gongkai_model::{Figure, Reason, Section};

    #[test]
    fn a_report_follows_the_form_of_its_year() {
        let mut report = county_report();
        for year in [2021, 2035] {
            report.year = Some(year);
            assert!(holds(&report, "form.year"), "{year}");
        }
        report.year = Some(2020);
        assert_eq!(
            failures(&report, "form.year"),
            ["报告年度为2020年，表格却是2021年格式（自2021年度起使用），应使用2019年格式"]
        );
        report.year = None;
        assert!(failures(&report, "form.year").is_empty() && !holds(&report, "form.year"));
    }

    #[test]
    fn an_old_form_is_named_with_the_years_it_was_for() {
        let mut report = crate::testing::report_on(FormId::Form2019);
        report.year = Some(2020);
        assert!(holds(&report, "form.year"));
        report.year = Some(2021);
        assert_eq!(
            failures(&report, "form.year"),
            ["报告年度为2021年，表格却是2019年格式（自2019年度起使用，至2020年度止），应使用2021年格式"]
        );
        report.year = Some(2018);
        assert_eq!(
            failures(&report, "form.year"),
            ["报告年度为2018年，表格却是2019年格式（自2019年度起使用，至2020年度止）"]
        );
    }

    #[test]
    fn tables_are_expected_from_2019_on() {
        let mut report = county_report();
        assert!(holds(&report, "form.tables"));
        report.form = FormId::None;
        report.figures.clear();
        assert_eq!(
            failures(&report, "form.tables"),
            ["2022年度报告应附2021年格式的表格，文件中未识别出统一格式的表格"]
        );
        report.year = Some(2018);
        assert!(failures(&report, "form.tables").is_empty() && !holds(&report, "form.tables"));
    }

    fn missing(key: &str) -> Figure {
        Figure::missing(key.into(), Reason::CellAbsent)
    }

    #[test]
    fn cells_that_were_not_found_or_are_not_certain_are_named_by_table() {
        let mut report = county_report();
        assert!(holds(&report, "form.complete"));
        set(&mut report, missing("requests.other.other.total"));
        set(&mut report, Figure { state: State::Undetermined, ..missing("requests.granted.total") });
        assert_eq!(
            failures(&report, "form.complete"),
            [
                "「收到和处理政府信息公开申请情况」表：1 个单元格在文件中未找到：（六）其他处理 · 3.其他 · 总计；\
              1 个单元格的内容无法确定：（一）予以公开 · 总计"
            ]
        );
    }

    #[test]
    fn a_table_without_trace_is_said_to_be_absent() {
        let mut report = county_report();
        for figure in report.figures.iter_mut().filter(|figure| figure.key.starts_with("reviews.")) {
            *figure = missing(&figure.key);
        }
        assert_eq!(
            failures(&report, "form.complete"),
            ["「政府信息公开行政复议、行政诉讼情况」表：文件中未找到该表（15 个单元格）"]
        );
    }

    #[test]
    fn a_blank_cell_is_there() {
        let mut report = county_report();
        set(&mut report, Figure { state: State::Blank, value: None, ..number("requests.granted.total", 0) });
        assert!(holds(&report, "form.complete"));
    }

    #[test]
    fn a_part_without_heading_is_named() {
        let mut report = county_report();
        assert!(holds(&report, "report.sections"));
        report.sections.remove(3);
        assert_eq!(
            failures(&report, "report.sections"),
            ["未找到以下部分的标题：政府信息公开行政复议、行政诉讼情况"]
        );
    }

    #[test]
    fn headings_are_known_in_other_words_and_with_other_numbers() {
        let mut report = county_report();
        report.sections[2].title = "三、行政机关收到和处理政府信息公开申请情况".to_owned();
        report.sections[4].title = "五、政府信息公开工作存在的主要问题及改进措施".to_owned();
        report.sections[5] =
            Section {
                level: 2, title: "（六） 其他需要报告的事项".to_owned(), ..report.sections[5].clone()
            };
        assert!(holds(&report, "report.sections"));
    }

    #[test]
    fn a_heading_in_words_unknown_to_us_is_not_taken_for_an_absent_part() {
        let mut report = county_report();
        report.sections[4].title = "五、困难与打算".to_owned();
        assert!(failures(&report, "report.sections").is_empty() && !holds(&report, "report.sections"));
        report.sections.remove(0);
        assert_eq!(failures(&report, "report.sections").len(), 1);
    }
}
