//! The report's year and dates.

use crate::{Audited, Failure};
use gongkai_model::{BodyKind, Date, Rank};

/// The first reporting year under the Regulations as revised in 2019.
const REVISED_REGULATIONS_YEAR: u16 = 2019;

/// The reporting year is known.
pub(crate) fn year(audited: &Audited<'_>) -> Option<Vec<Failure>> {
    if audited.report.year.is_some() {
        return Some(Vec::new());
    }
    Some(vec![Failure {
        zh: "未能确定报告所属年度：标题、正文的统计时段中没有找到唯一的年份".to_owned(),
        en: "the reporting year could not be determined: neither the title nor the text fixes one year"
            .to_owned(),
        ..Failure::default()
    }])
}

/// The date in the text, or else the page's, is not before the last day of the reporting year.
pub(crate) fn published_early(audited: &Audited<'_>) -> Option<Vec<Failure>> {
    let year = audited.report.year?;
    let dates = &audited.report.dates;
    let (zh, en, date) = match (dates.stated, dates.page) {
        (Some(date), _) => ("报告中的日期", "the date in the report", date),
        (None, Some(date)) => ("页面的发布日期", "the page's publication date", date),
        (None, None) => return None,
    };
    if !is_before(date, year, 12, 31) {
        return Some(Vec::new());
    }
    Some(vec![Failure {
        zh: format!("{zh}（{date}）早于{year}年度结束之日，年度或日期可能有误"),
        en: format!("{en} ({date}) is before the end of {year}; the year or the date may be wrong"),
        ..Failure::default()
    }])
}

/// Departments publish by 31 January, governments from county level up by 31 March of the following year.
pub(crate) fn deadline(audited: &Audited<'_>) -> Option<Vec<Failure>> {
    let report = audited.report;
    let year = report.year.filter(|year| REVISED_REGULATIONS_YEAR <= *year)?;
    let due_year = year.checked_add(1)?;
    // Townships have no date in the law, and an office may report for itself or for its government.
    let (month, whose_zh, whose_en) = match (report.subject.kind, report.subject.rank) {
        (_, Rank::Township) => return None,
        (BodyKind::Department, _) => (1, "县级以上人民政府部门", "departments"),
        (BodyKind::Government, _) => (3, "县级以上人民政府", "governments"),
        (
            BodyKind::GeneralOffice
            | BodyKind::Township
            | BodyKind::DevelopmentZone
            | BodyKind::VerticallyLed
            | BodyKind::Other,
            _,
        ) => return None,
    };
    let is_late = |date: Date| {
        is_before(Date::new(due_year, month, 31).ok()?, date.year(), date.month(), date.day()).then_some(date)
    };
    let late = match (report.dates.stated, report.dates.page) {
        (None, None) => return None,
        (Some(stated), page) => match (is_late(stated), page.and_then(is_late)) {
            (Some(date), _) => Some(("报告中的日期", "the date in the report", date, false)),
            // Signed in time and on the page later: perhaps late, perhaps the page was moved.
            (None, Some(_)) => return None,
            (None, None) => None,
        },
        (None, Some(page)) => {
            is_late(page).map(|date| ("页面的发布日期", "the page's publication date", date, true))
        }
    };
    let Some((zh, en, date, may_be_moved)) = late else { return Some(Vec::new()) };
    let mut zh = format!("{zh}为{date}，晚于{whose_zh}的公布期限{due_year}年{month}月31日");
    let mut en = format!("{en} is {date}, after {due_year}-{month:02}-31, by which {whose_en} publish");
    if may_be_moved {
        zh.push_str("；若为网站迁移后的日期，则不说明逾期");
        en.push_str("; if it is the date of a move of the site, it says nothing about lateness");
    }
    Some(vec![Failure { zh, en, ..Failure::default() }])
}

fn is_before(date: Date, year: u16, month: u8, day: u8) -> bool {
    (date.year(), date.month(), date.day()) < (year, month, day)
}

#[cfg(test)]
mod tests {
    use crate::testing::{county_report, failures, holds};
    use gongkai_model::{BodyKind, Date, Rank, Report};

    fn dated(kind: BodyKind, stated: Option<(u16, u8, u8)>, page: Option<(u16, u8, u8)>) -> Report {
        let mut report = county_report();
        report.subject.kind = kind;
        let date = |(year, month, day)| Date::new(year, month, day).unwrap();
        report.dates.stated = stated.map(date);
        report.dates.page = page.map(date);
        report
    }

    fn applies(report: &Report, rule: &str) -> bool {
        holds(report, rule) || !failures(report, rule).is_empty()
    }

    #[test]
    fn a_report_without_year_says_so() {
        let mut report = county_report();
        assert!(holds(&report, "report.year"));
        report.year = None;
        assert_eq!(failures(&report, "report.year").len(), 1);
    }

    #[test]
    fn a_report_is_not_dated_before_its_year_ends() {
        let rule = "report.published_early";
        assert!(holds(&dated(BodyKind::Other, Some((2022, 12, 31)), None), rule));
        assert_eq!(
            failures(&dated(BodyKind::Other, Some((2022, 12, 30)), Some((2023, 1, 5))), rule),
            ["报告中的日期（2022-12-30）早于2022年度结束之日，年度或日期可能有误"]
        );
        assert_eq!(
            failures(&dated(BodyKind::Other, None, Some((2022, 1, 9))), rule),
            ["页面的发布日期（2022-01-09）早于2022年度结束之日，年度或日期可能有误"]
        );
        assert!(!applies(&dated(BodyKind::Other, None, None), rule));
    }

    #[test]
    fn departments_publish_by_the_end_of_january_and_governments_by_the_end_of_march() {
        let rule = "report.deadline";
        assert!(holds(&dated(BodyKind::Department, Some((2023, 1, 31)), None), rule));
        assert_eq!(
            failures(&dated(BodyKind::Department, Some((2023, 2, 1)), None), rule),
            ["报告中的日期为2023-02-01，晚于县级以上人民政府部门的公布期限2023年1月31日"]
        );
        assert!(holds(&dated(BodyKind::Government, Some((2023, 3, 31)), None), rule));
        assert_eq!(failures(&dated(BodyKind::Government, Some((2023, 4, 1)), None), rule).len(), 1);
    }

    #[test]
    fn a_page_date_after_the_deadline_may_come_from_a_move_of_the_site() {
        let rule = "report.deadline";
        assert_eq!(
            failures(&dated(BodyKind::Department, None, Some((2024, 8, 1))), rule),
            [
                "页面的发布日期为2024-08-01，晚于县级以上人民政府部门的公布期限2023年1月31日；若为网站迁移后的日期，则不说明逾期"
            ]
        );
        assert!(!applies(&dated(BodyKind::Department, Some((2023, 1, 20)), Some((2024, 8, 1))), rule));
    }

    #[test]
    fn bodies_without_a_date_in_the_law_have_no_deadline() {
        let rule = "report.deadline";
        for kind in
            [BodyKind::GeneralOffice, BodyKind::Township, BodyKind::DevelopmentZone, BodyKind::VerticallyLed]
        {
            assert!(!applies(&dated(kind, Some((2023, 6, 1)), None), rule), "{kind:?}");
        }
        let mut township = dated(BodyKind::Government, Some((2023, 6, 1)), None);
        township.subject.rank = Rank::Township;
        assert!(!applies(&township, rule));
        assert!(!applies(&dated(BodyKind::Department, None, None), rule));
    }

    #[test]
    fn the_deadlines_are_those_of_the_revised_regulations() {
        let mut report = dated(BodyKind::Department, Some((2020, 2, 1)), None);
        report.year = Some(2019);
        assert_eq!(failures(&report, "report.deadline").len(), 1);
        report.year = Some(2018);
        assert!(!applies(&report, "report.deadline"));
    }
}
