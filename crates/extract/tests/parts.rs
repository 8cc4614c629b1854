//! Files that hold several reports, and files that only look so.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use gongkai_document::{Hint, Limits};
use gongkai_model::{FormId, Report, State};
use gongkai_testkit::{Encoding, Extent, Record, RecordOptions, RenderOptions, Rendering, Wording};

fn read(source: &str) -> Vec<Report> {
    let document = gongkai_document::read(source.as_bytes(), &Hint::default(), &Limits::STANDARD).unwrap();
    gongkai_extract::extract(&document).unwrap()
}

/// A report of a body for a year, with the parts and one table.
fn report(body: &str, year: u16, received: u32) -> String {
    format!(
        "{body}{year}年政府信息公开工作年度报告\n\n根据有关规定编制本报告。\n\n一、总体情况\n\n{year}年做了工作。\n\n\
         二、主动公开政府信息情况\n\n三、收到和处理政府信息公开申请情况\n\n\
         本列数据的勾稽关系\t自然人\t商业企业\t科研机构\t社会公益组织\t法律服务机构\t其他\t总计\n\
         一、本年新收政府信息公开申请数量\t{received}\t0\t0\t0\t0\t0\t{received}\n\
         二、上年结转政府信息公开申请数量\t1\t0\t0\t0\t0\t0\t1\n\n\
         四、政府信息公开行政复议、行政诉讼情况\n\n五、存在的主要问题及改进情况\n\n六、其他需要报告的事项\n\n无。\n\n"
    )
}

/// Part, parts, title, year and the applications received.
fn summary(reports: &[Report]) -> Vec<String> {
    let received = |report: &Report| {
        let key = "requests.received.total";
        report
            .figures
            .iter()
            .find(|figure| &*figure.key == key)
            .and_then(|figure| figure.value)
            .unwrap()
            .to_string()
    };
    let line = |report: &Report| {
        let (part, parts, year) = (report.part, report.parts, report.year.unwrap());
        format!("{part}/{parts} {} {year} {}", report.title.text, received(report))
    };
    reports.iter().map(line).collect()
}

#[test]
fn reports_of_several_years_and_bodies_are_reports_of_their_own() {
    let source = report("甲县", 2021, 7) + &report("甲县", 2022, 8) + &report("甲县人民政府办公室", 2022, 9);
    let reports = read(&source);
    assert_eq!(
        summary(&reports),
        [
            "1/3 甲县2021年政府信息公开工作年度报告 2021 7",
            "2/3 甲县2022年政府信息公开工作年度报告 2022 8",
            "3/3 甲县人民政府办公室2022年政府信息公开工作年度报告 2022 9",
        ]
    );
    for report in &reports {
        assert_eq!(report.sections.iter().filter(|section| section.level == 1).count(), 6);
        let numbers = report.figures.iter().filter(|figure| figure.state == State::Number);
        for figure in numbers {
            let place = figure.span.as_ref().unwrap().as_bytes().unwrap();
            assert_eq!(&source[place.start as usize..place.end as usize], figure.raw);
        }
    }
}

#[test]
fn a_title_over_two_lines_begins_a_report_with_its_first_line() {
    let second = report("", 2022, 8);
    let reports = read(&(report("甲县", 2021, 7) + "乙县人民政府\n" + &second));
    assert_eq!(reports.len(), 2);
    assert_eq!(reports[1].title.text, "乙县人民政府2022年政府信息公开工作年度报告");
    assert_eq!(reports[0].issuer.name, "");
}

#[test]
fn pages_of_several_reports_are_split_in_html_too() {
    let html = |text: String| text.lines().map(|line| format!("<p>{line}</p>")).collect::<String>();
    let reports = read(&format!("<body>{}{}", html(report("甲县", 2021, 7)), html(report("甲县", 2022, 8))));
    assert_eq!(reports.len(), 2);
    assert_eq!((reports[0].year, reports[1].year), (Some(2021), Some(2022)));
    // All of it in one paragraph.
    let broken = (report("甲县", 2021, 7) + &report("甲县", 2022, 8)).replace('\n', "<br>");
    let reports = read(&format!("<p>{broken}</p>"));
    assert_eq!(reports.len(), 2);
    assert_eq!(reports[1].title.text, "甲县2022年政府信息公开工作年度报告");
}

#[test]
fn what_only_repeats_a_title_is_one_report() {
    let one = report("甲县", 2021, 7);
    let title = "甲县2021年政府信息公开工作年度报告";
    let others: String = (2015..2023).map(|year| format!("甲县{year}年政府信息公开工作年度报告\n")).collect();
    // On each page, as links before and behind it, the page's own title, and the report once more for printing.
    for source in [
        one.replace("\n\n二、", &format!("\n\n{title}\n\n二、")),
        format!("{others}{one}"),
        format!("{one}{others}"),
        format!("乙市2020年政府信息公开工作年度报告\n{one}"),
        format!("{one}{one}"),
        format!("{one}打印本页\n{one}版权所有"),
        one.replace("无。", "附件：乙市2020年政府信息公开工作年度报告\n一、甲\n二、乙\n三、丙"),
    ] {
        let reports = read(&source);
        assert_eq!(reports.len(), 1, "{source}");
        let parts = reports[0].sections.iter().filter(|section| section.level == 1).count();
        assert!(matches!(parts, 6..=9), "{source}");
    }
}

#[test]
fn made_up_reports_are_one_each_and_two_put_together_are_two() {
    for (index, rendering) in
        Rendering::ALL.into_iter().enumerate().filter(|(_, rendering)| !rendering.is_html())
    {
        let seed = index as u64;
        let text = |form, seed| {
            let record = Record::random(form, seed, RecordOptions::CONSISTENT);
            let options = RenderOptions { seed, extent: Extent::Whole, wording: Wording::Official };
            String::from_utf8(rendering.render(&record, options).bytes(Encoding::Utf8)).unwrap()
        };
        let (first, second) = (text(FormId::Form2019, seed), text(FormId::Form2021, seed + 100));
        let (one, other) = (read(&first), read(&second));
        assert_eq!((one.len(), other.len()), (1, 1), "{rendering:?}");
        let both = read(&format!("{first}\n\n{second}"));
        let about = |report: &Report| (report.title.text.clone(), report.year, report.form);
        if one[0].year != other[0].year {
            assert_eq!(
                both.iter().map(about).collect::<Vec<_>>(),
                [about(&one[0]), about(&other[0])],
                "{rendering:?}"
            );
        }
    }
}
