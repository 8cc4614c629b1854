//! The report's year and dates.

use crate::checked::{Audited, Checked, Failure};
use crate::form::REVISED_REGULATIONS_YEAR;
use crate::prose::{Mark, Spot, is_until};
use gongkai_model::{BodyKind, Date, Rank, chinese_digit};

/// A report that comes later than so many years after its own is dated wrongly.
const YEARS_UNTIL_DATED_MAX: u16 = 2;
/// Last year's text names its year more than once.
const OLD_YEAR_TIMES_MIN: usize = 2;

/// The reporting year is known.
pub(crate) fn year(audited: &Audited<'_>) -> Checked {
    Checked::unless(audited.report.year.is_none().then(|| {
        Failure {
            zh: "未能确定报告所属年度：标题、正文的统计时段中没有找到唯一的年份".to_owned(),
            en: "the reporting year could not be determined: neither the title nor the text fixes one year"
                .to_owned(),
            ..Failure::default()
        }
    }))
}

/// The title names the year of the statistics.
pub(crate) fn title_year(audited: &Audited<'_>) -> Checked {
    let Some(year) = audited.report.year else { return Checked::silent() };
    let named = years_in_title(&audited.report.title.text);
    let (Some(first), false) = (named.first(), named.contains(&year)) else {
        return if named.is_empty() { Checked::silent() } else { Checked::holds() };
    };
    Checked::fails(Failure {
        zh: format!("标题写的是{first}年，统计年度却是{year}年"),
        en: format!("the title says {first}, but the statistics are of {year}"),
        ..Failure::default()
    })
}

/// The years that a title names, in digits of either kind.
fn years_in_title(title: &str) -> Vec<u16> {
    let digit = |c: char| match c {
        '0'..='9' => c.to_digit(10),
        '０'..='９' => Some(u32::from(c) - u32::from('０')),
        '○' | 'О' => Some(0),
        _ => chinese_digit(c).map(u32::from),
    };
    let mut years = Vec::new();
    let mut run: Vec<u32> = Vec::new();
    for c in title.chars().filter(|c| !c.is_whitespace()).chain(['。']) {
        match digit(c) {
            Some(digit) => run.push(digit),
            None => {
                if let [2, 0, tens, ones] = run.as_slice() {
                    years.extend(u16::try_from(2000 + 10 * tens + ones).ok());
                }
                run.clear();
            }
        }
    }
    years
}

/// The statistics cover the calendar year.
pub(crate) fn period(audited: &Audited<'_>) -> Checked {
    let mut checked = Checked::silent();
    let Some(year) = audited.report.year else { return checked };
    for spot in audited.prose.of_mark(Mark::PeriodBegin) {
        let Some((begin, end)) = statistics_period(&spot) else { continue };
        let begins = (begin.month, begin.day) == (1, 1) && begin.year.is_none_or(|it| it == year);
        let ends = (end.month, end.day) == (12, 31) && end.year.is_none_or(|it| it == year);
        let failure = || Failure {
            zh: format!("统计期限“{begin}至{end}”不是{year}年1月1日至12月31日"),
            en: format!("the statistics cover {} to {}, not the year {year}", begin.english(), end.english()),
            ..Failure::default()
        };
        if !checked.failures.is_empty() {
            break;
        }
        checked.add(Some(begins && ends), failure);
    }
    checked
}

/// A day, perhaps without its year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Day {
    year: Option<u16>,
    month: u8,
    day: u8,
}

impl Day {
    fn english(self) -> String {
        let year = self.year.map(|year| format!("{year}-")).unwrap_or_default();
        format!("{year}{:02}-{:02}", self.month, self.day)
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(year) = self.year {
            write!(f, "{year}年")?;
        }
        write!(f, "{}月{}日", self.month, self.day)
    }
}

/// The two days of a period whose sentence speaks of statistics.
fn statistics_period(spot: &Spot<'_>) -> Option<(Day, Day)> {
    let begin = spot.before();
    if !["统计", "期限", "时限", "所列数据", "中数据"].iter().any(|word| begin.contains(word)) {
        return None;
    }
    // From the year, if there is one, else from the month.
    let from = begin.rfind('年').filter(|year| begin.len() - year < "年 12 月 31 ".len());
    let start = begin.get(..from.unwrap_or(begin.rfind('月')?))?;
    let start = start.trim_end_matches(' ').trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let first = format!("{}日", begin.get(start..)?);
    let after = spot.after().strip_prefix('日')?.trim_start_matches(['起', '止', '开', '始', ' ']);
    let last = after.trim_start_matches(|c: char| is_until(c) || c == ' ');
    Some((day(&first)?, day(last)?))
}

/// The day that `text` begins with: 2022年1月1日 or 1月1日, perhaps with spaces.
fn day(text: &str) -> Option<Day> {
    let (head, rest) = text.split_once('月')?;
    let (year, month) = match head.split_once('年') {
        Some((year, month)) => (Some(year.trim().parse().ok()?), month),
        None => (None, head),
    };
    let (day, _) = rest.split_once('日')?;
    Some(Day { year, month: month.trim().parse().ok()?, day: day.trim().parse().ok()? })
}

/// The text names its own year, or at least not the one before it again and again.
pub(crate) fn year_in_text(audited: &Audited<'_>) -> Checked {
    let Some(year) = audited.report.year else { return Checked::silent() };
    // The period of the statistics has a rule of its own.
    let periods: Vec<Spot<'_>> =
        audited.prose.of_mark(Mark::PeriodBegin).filter(|spot| statistics_period(spot).is_some()).collect();
    let is_told = |spot: &Spot<'_>| !periods.iter().any(|period| period.is_with(spot));
    let times = |mark: Mark| audited.prose.of_mark(mark).filter(is_told).count();
    let last = year.saturating_sub(1);
    // A year that is only compared with is not what the text is about.
    let (own, old) =
        (times(Mark::Year(year)), times(Mark::Year(last)).saturating_sub(times(Mark::Compared(last))));
    if own + old == 0 {
        return Checked::silent();
    }
    Checked::unless((own == 0 && OLD_YEAR_TIMES_MIN <= old).then(|| Failure {
        zh: format!("正文没有提到{year}年，却 {old} 次提到{}年，可能沿用了上年的文字", year - 1),
        en: format!(
            "the text never names {year}, but {} {old} times; last year's text may have been used again",
            year - 1
        ),
        ..Failure::default()
    }))
}

/// The caption of a table names the reporting year.
pub(crate) fn caption_year(audited: &Audited<'_>) -> Checked {
    let Some(year) = audited.report.year else { return Checked::silent() };
    let in_text = audited.prose.marks().filter_map(|(mark, spot)| match mark {
        Mark::Year(named) => Some((spot.short_sentence(CAPTION_BYTES_MAX)?, named)),
        _ => None,
    });
    let begins_year = |title: &str| title.contains(['2', '２', '二']);
    let titled = audited.report.sections.iter().filter(|section| begins_year(&section.title));
    let in_titles = titled.flat_map(|section| {
        years_in_title(&section.title).into_iter().map(|named| (section.title.as_str(), named))
    });
    let captions: Vec<(&str, u16)> =
        in_text.chain(in_titles).filter(|(words, _)| is_caption(words)).collect();
    // Last year's table may stand beside this year's.
    let is_own = captions.iter().any(|(_, named)| *named == year);
    let Some((words, named)) = captions.first().filter(|_| !is_own) else {
        return if is_own { Checked::holds() } else { Checked::silent() };
    };
    Checked::fails(Failure {
        zh: format!(
            "“{}”写的是{named}年，报告的年度却是{year}年：如沿用了以前的标题，请改正；如为以前年度的数据，请换成{year}年的",
            words.trim()
        ),
        en: format!(
            "“{}” says {named}, but the report is on {year}: correct the caption, or, if the figures are of {named}, \
             give those of {year}",
            words.trim()
        ),
        ..Failure::default()
    })
}

/// A longer line is no caption.
const CAPTION_CHARS_MAX: usize = 48;
const CAPTION_BYTES_MAX: usize = CAPTION_CHARS_MAX * 4;

/// Whether a line is the caption of a table about disclosure.
fn is_caption(line: &str) -> bool {
    let words = line.trim().trim_end_matches(['：', ':']);
    let bare = match words.strip_suffix(['）', ')']) {
        Some(noted) => noted.rfind(['（', '(']).and_then(|open| noted.get(..open)).unwrap_or(noted),
        None => words,
    };
    let has = |words: &[&str]| words.iter().any(|word| line.contains(word));
    line.len() <= CAPTION_BYTES_MAX
        && line.chars().count() <= CAPTION_CHARS_MAX
        && ["情况", "统计表", "情况表", "一览表"].iter().any(|end| bare.ends_with(end))
        && has(&["收到和处理", "主动公开", "依申请", "信息公开情况", "行政复议", "统计表"])
        && !has(&["整改", "改进", "问题", "上年", "上一年", "年度报告", "总结", "计划", "，"])
}

/// No year is compared with itself.
pub(crate) fn compared_with_itself(audited: &Audited<'_>) -> Checked {
    let mut checked = Checked::silent();
    let Some(year) = audited.report.year else { return checked };
    let next =
        [year.saturating_add(1).to_string(), "明年".to_owned(), "下一年".to_owned(), "下年".to_owned()];
    for (mark, spot) in audited.prose.marks() {
        let Mark::Compared(with) = mark else { continue };
        // The year to come may be compared with this one.
        let is_to_come = next.iter().any(|word| spot.before().contains(word.as_str()));
        let compares = ["较", "比"].iter().any(|word| spot.after().starts_with(word))
            || ["相比", "同期", "比较", "增", "减", "下降", "上升", "持平"]
                .iter()
                .any(|word| spot.after().contains(word));
        if is_to_come || !compares {
            continue;
        }
        if with == year && !checked.failures.is_empty() {
            continue;
        }
        checked.add(Some(with != year), || Failure {
            zh: format!("“{}”：把{year}年与{year}年自身相比，请核对", spot.words()),
            en: format!("“{}”: {year} is compared with itself, please check", spot.words()),
            ..Failure::default()
        });
    }
    checked
}

/// The date of the report: in the text, or else the page's.
fn date(audited: &Audited<'_>) -> Option<(&'static str, &'static str, Date)> {
    let dates = &audited.report.dates;
    match (dates.stated, dates.page) {
        (Some(date), _) => Some(("报告中的日期", "the date in the report", date)),
        (None, Some(date)) => Some(("页面的发布日期", "the page's publication date", date)),
        (None, None) => None,
    }
}

/// The date in the text, or else the page's, is not before the last day of the reporting year.
pub(crate) fn published_early(audited: &Audited<'_>) -> Checked {
    let (Some(year), Some((zh, en, date))) = (audited.report.year, date(audited)) else {
        return Checked::silent();
    };
    Checked::unless(is_before(date, year, 12, 31).then(|| Failure {
        zh: format!("{zh}（{date}）早于{year}年度结束之日，年度或日期可能有误"),
        en: format!("{en} ({date}) is before the end of {year}; the year or the date may be wrong"),
        ..Failure::default()
    }))
}

/// Text or page have a date.
pub(crate) fn dated(audited: &Audited<'_>) -> Checked {
    // Reports are dated at their end.
    if audited.shown_before_cut.is_some() && date(audited).is_none() {
        return Checked::silent();
    }
    Checked::unless(date(audited).is_none().then(|| Failure {
        zh: "报告没有写明日期，页面上也没有".to_owned(),
        en: "neither the report nor its page has a date".to_owned(),
        ..Failure::default()
    }))
}

/// The date in the text is not years later.
pub(crate) fn date_plausible(audited: &Audited<'_>) -> Checked {
    let (Some(year), Some(date)) = (audited.report.year, audited.report.dates.stated) else {
        return Checked::silent();
    };
    let is_late = year.saturating_add(YEARS_UNTIL_DATED_MAX) < date.year();
    Checked::unless(is_late.then(|| Failure {
        zh: format!("报告中的日期为{date}，距{year}年度已超过{YEARS_UNTIL_DATED_MAX}年，年份可能有误"),
        en: format!("the date in the report is {date}, more than {YEARS_UNTIL_DATED_MAX} years after {year}; it may be wrong"),
        ..Failure::default()
    }))
}

/// The page is not older than the report.
pub(crate) fn page_date(audited: &Audited<'_>) -> Checked {
    let (Some(stated), Some(page)) = (audited.report.dates.stated, audited.report.dates.page) else {
        return Checked::silent();
    };
    Checked::unless((page < stated).then(|| Failure {
        zh: format!("页面发布日期{page}早于报告所署日期{stated}，请核对"),
        en: format!(
            "the page was published on {page}, before the date in the report, {stated}; please check"
        ),
        ..Failure::default()
    }))
}

/// Departments publish by 31 January, governments from county level up by 31 March of the following year.
pub(crate) fn deadline(audited: &Audited<'_>) -> Checked {
    late(audited).map_or_else(Checked::silent, Checked::unless)
}

/// Whether the report is late; none where it has no date or no deadline.
fn late(audited: &Audited<'_>) -> Option<Option<Failure>> {
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
    let Some((zh, en, date, may_be_moved)) = late else { return Some(None) };
    let mut zh = format!("{zh}为{date}，晚于{whose_zh}的公布期限{due_year}年{month}月31日");
    let mut en = format!("{en} is {date}, after {due_year}-{month:02}-31, by which {whose_en} publish");
    if may_be_moved {
        zh.push_str("；若为网站迁移后的日期，则不说明逾期");
        en.push_str("; if it is the date of a move of the site, it says nothing about lateness");
    }
    Some(Some(Failure { zh, en, ..Failure::default() }))
}

fn is_before(date: Date, year: u16, month: u8, day: u8) -> bool {
    (date.year(), date.month(), date.day()) < (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{applies, county_report, failures, holds};
    use gongkai_model::Report;

    fn dated(kind: BodyKind, stated: Option<(u16, u8, u8)>, page: Option<(u16, u8, u8)>) -> Report {
        let mut report = county_report();
        report.subject.kind = kind;
        let date = |(year, month, day)| Date::new(year, month, day).unwrap();
        report.dates.stated = stated.map(date);
        report.dates.page = page.map(date);
        report
    }

    #[test]
    fn titles_name_their_year_in_digits_of_all_kinds() {
        assert_eq!(years_in_title("甲县2022年政府信息公开工作年度报告"), [2022]);
        assert_eq!(years_in_title("甲县二〇二二年年度报告（２０２１）"), [2022, 2021]);
        assert_eq!(years_in_title("甲县12345热线2022年度报告"), [2022]);
        assert!(years_in_title("甲县年度报告").is_empty());
    }

    #[test]
    fn periods_are_read_with_and_without_their_second_year() {
        let read = |text: &str| {
            let mut report = county_report();
            report.preamble.text = text.to_owned();
            failures(&report, "report.period")
        };
        assert!(read("本报告所列数据的统计期限自2022年1月1日起至2022年12月31日止。").is_empty());
        assert!(read("统计期限为 2022 年 1 月 1 日—12 月 31 日。").is_empty());
        assert_eq!(
            read("数据统计期限自2022年1月1日至2022年11月30日。"),
            ["统计期限“2022年1月1日至2022年11月30日”不是2022年1月1日至12月31日"]
        );
        assert_eq!(read("统计期限为2021年1月1日至12月31日。").len(), 1);
        // Other periods than that of the statistics.
        assert!(read("2022年3月1日至5月1日开展宣传月活动。").is_empty());
        assert!(read("2022年1月1日至6月30日，网站数据量稳步上升。").is_empty());
    }

    #[test]
    fn a_year_that_is_compared_with_is_not_what_the_text_is_about() {
        let rule = "report.year_in_text";
        let mut report = county_report();
        report.sections[0].text = "本年度申请量较2021年增长，公开量与2021年持平。".to_owned();
        assert!(failures(&report, rule).is_empty());
        report.sections[0].text = "2021年，工作有序。截至2021年底，公开信息12条。".to_owned();
        assert_eq!(failures(&report, rule).len(), 1);
    }

    #[test]
    fn a_slip_in_the_statistics_period_is_told_once() {
        let mut report = county_report();
        report.preamble.text = "本报告所列数据的统计期限自2021年1月1日起至2021年12月31日止。".to_owned();
        report.sections[0].text = "本年度，工作有序。".to_owned();
        assert_eq!(failures(&report, "report.period").len(), 1);
        assert!(failures(&report, "report.year_in_text").is_empty());
    }

    #[test]
    fn a_table_of_last_year_beside_this_years_is_none_left_in() {
        let read = |text: &str| {
            let mut report = county_report();
            report.sections[0].text = text.to_owned();
            failures(&report, "report.caption_year").len()
        };
        let of = |year: u16| format!("{year}年度收到和处理政府信息公开申请情况统计表");
        assert_eq!(read(&of(2022)), 0);
        assert_eq!(read(&of(2021)), 1);
        assert_eq!(read(&format!("{}\n{}", of(2021), of(2022))), 0);
        assert_eq!(read("政府信息公开情况统计表（2021年度）"), 1);
        assert_eq!(read("2021年度主动公开工作问题整改情况"), 0);
        assert_eq!(read("2021年，主动公开政府信息12条，完成情况较好。"), 0);
    }

    #[test]
    fn what_ends_in_a_word_of_comparison_compares_nothing() {
        let read = |text: &str| {
            let mut report = county_report();
            report.sections[0].text = text.to_owned();
            failures(&report, "report.compared_with_itself").len()
        };
        assert_eq!(read("网络申请占比2022年增长。合同2022年增加。"), 0);
        assert_eq!(read("计划2023年公开量比2022年增长。"), 0);
        assert_eq!(read("公开量与2022年相比有所增加。"), 1);
        assert_eq!(read("公开量与2022年相比增加，申请量比2022年减少。"), 1);
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
