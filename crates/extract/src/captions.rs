//! What the lines above a table say of it: of which year and of whom it is. A table of last year's, or of a department's,
//! may stand beside the report's own.

use crate::align::Folded;
use crate::bodies::{is_body_name, region_bytes};
use crate::dates::{first_year_alone, whole_date, years_named, years_of_days};
use crate::fold::is_numeral;
use crate::identity::names_report;
use crate::labels::{Labels, list_number_bytes};
use crate::lines::without_spaces;
use crate::remarks::{speak_against_above, speaks_against};
use crate::sections::is_prescribed_heading;
use crate::tables::is_table_word;

/// Rows above a table in which its caption is looked for: its headers stand between.
const ROWS_MAX: usize = 24;
/// What is longer is no caption. In characters.
const CHARS_MAX: usize = 48;

/// What the report says of itself, which captions are held against.
#[derive(Clone, Debug, Default)]
pub(crate) struct Own {
    pub(crate) year: Option<u16>,
    /// The body that the title names, without white space; perhaps only its area.
    pub(crate) body: String,
}

/// Whose table it is, as far as its caption says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// The caption names the report's own year or body.
    Own,
    /// No caption, or one that says neither.
    Silent,
    /// The caption names another year. It may have been left in from the report of that year.
    OtherYear,
    /// The caption says 上年度, or names another body: that is nothing that is left in.
    Others,
}

/// What the caption above the field `first`, where a table begins, says. `own` is asked where there is one.
pub(crate) fn claim<'o>(
    folded: &Folded<'_>,
    labels: &Labels,
    first: usize,
    own: &impl Fn() -> &'o Own,
) -> Claim {
    let (fields, rows) = (&folded.rows.fields, &folded.rows.rows);
    let Some(below) = fields.get(first).map(|field| field.row) else { return Claim::Silent };
    // Whether nothing but headers and short words stand between.
    let mut is_next = true;
    for row in rows.get(below.saturating_sub(ROWS_MAX)..below).unwrap_or_default().iter().rev() {
        let of_row = fields.get(row.fields.clone()).unwrap_or_default();
        let is_label = |words: &str| !labels.exact(words).is_empty() && labels.headers(words).is_empty();
        if row.fields.clone().any(|field| is_label(folded.words(field))) {
            return Claim::Silent;
        }
        let (Some(begin), Some(end)) = (of_row.first(), of_row.last()) else { continue };
        // 2019年 alone reads like a value.
        let is_alone = || {
            of_row.len() == 1
                && year_alone(&without_spaces(folded.document.text.slice(&begin.text))).is_some()
        };
        if of_row.iter().any(|field| field.content.is_written_value()) && !is_alone() {
            return Claim::Silent;
        }
        let written = folded.document.text.slice(&(begin.text.start..end.text.end));
        // Running text, mostly: twice as long as it may be, for white space.
        if 2 * CHARS_MAX * '字'.len_utf8() < written.len() {
            return Claim::Silent;
        }
        let words = without_spaces(written);
        if CHARS_MAX < words.chars().count() {
            return Claim::Silent;
        }
        if says_others(&words) || says_another_year(&words, own) {
            return Claim::Others;
        }
        if is_next && speaks_against(&words, &|| own().year) {
            return Claim::Others;
        }
        is_next &= !names_report(&words) && whole_date(&words).is_none();
        // 科研院所 is a header.
        let is_header = || row.fields.clone().any(|field| is_table_word(folded.words(field)));
        if is_next && let Some(name) = name_alone(&words).filter(|_| !is_header()) {
            let is_others = names_others(name, &own().body);
            return if is_others { Claim::Others } else { Claim::Silent };
        }
        if let Some(named) = year_alone(&words).filter(|_| !is_header()) {
            return match (named, own().year) {
                (Line::ThisYear, _) => Claim::Own,
                (Line::LastYear, _) => Claim::Others,
                (Line::Of(named), Some(year)) => {
                    if named == year {
                        Claim::Own
                    } else {
                        Claim::Others
                    }
                }
                (Line::Of(_), None) => Claim::Silent,
            };
        }
        match Caption::of(&words) {
            Some(_) if is_header() => {}
            Some(caption) => return caption.claim(own()),
            // A sentence or a heading of another kind belongs to what stands before.
            None if words.ends_with('。') || is_prescribed_heading(written) => return Claim::Silent,
            None => {}
        }
    }
    Claim::Silent
}

/// Whether a remark right below a table, behind whose last field `end` is, says that it is of others or that it is wrong.
pub(crate) fn is_spoken_against<'o>(folded: &Folded<'_>, end: usize, own: &impl Fn() -> &'o Own) -> bool {
    const REMARKS: [&str; 5] = ["备注", "注", "说明", "*", "※"];
    let says = |words: &str| {
        let led = REMARKS.iter().find_map(|word| words.strip_prefix(word));
        let words = led.unwrap_or(words).trim_start_matches(['：', ':', '（', '(', '１', '1', '.', '、']);
        let Some(pointed) = behind_pointing(words) else { return false };
        let is_before = ["上年", "去年", "上一年", "累计"].iter().any(|word| pointed.contains(word));
        let name = name_alone(words);
        is_before && !pointed.contains(['比', '较']) && !pointed.contains("结转")
            || says_another_year(words, own)
            || name.is_some_and(|name| names_others(name, &own().body))
    };
    speak_against_above(folded, end, says, &|| own().year)
}

/// Whether a short line without a subject says that what follows is a sample, of the year before, or of others: 样表（填写示例）,
/// 以下为去年同期数据：, 各部门合计. A comparison says something of what stands elsewhere.
fn says_others(words: &str) -> bool {
    const SHORT_CHARS_MAX: usize = 20;
    let has = |any: &[&str]| any.iter().any(|word| words.contains(word));
    let is_sample = has(&["样表", "填写示例", "填表示例", "填写范例", "填表范例", "填表样例"]);
    let is_before = has(&["去年", "上年"]) && has(&["同期", "数据"]) && !has(&["比", "较", "结转"]);
    let pointed = behind_pointing(words).unwrap_or(words);
    let is_sum = pointed.starts_with(['各', '所', '下'])
        && has(&["各部门", "各单位", "各乡", "各镇", "各街道", "所属单位", "下属单位", "所属部门"])
        && (has(&["合计", "汇总", "数据", "情况"]) || words.ends_with(['：', ':']));
    let is_short = words.chars().count() <= SHORT_CHARS_MAX && !words.ends_with('。');
    is_short && (is_sample || is_before || is_sum)
}

/// Whether a short line says expressly that what follows is of a year that is not the report's: 以下数据为2020年数据, 2020年数据.
fn says_another_year<'o>(words: &str, own: &impl Fn() -> &'o Own) -> bool {
    let is_data = || {
        let bare = words.trim_matches(['（', '）', '(', ')', '：', ':', '。']);
        let rest = bare.trim_start_matches(|c: char| c.is_ascii_digit());
        ["年数据", "年度数据", "年统计数据", "年度统计数据"].contains(&rest)
    };
    // 2019—2021年, 2017年至2021年累计.
    let are_several = || {
        let is_of_year = |c: char| c.is_ascii_digit() || "年度-—–~至".contains(c);
        let rest = words.trim_matches(['（', '）', '(', ')', '：', ':']).trim_start_matches(is_of_year);
        ["", "累计", "数据", "合计"].contains(&rest) && 1 < years_of_days(words).len()
    };
    if words.starts_with(['2', '（', '(']) && are_several() {
        return true;
    }
    let Some(rest) = behind_pointing(words).or_else(|| is_data().then_some(words)) else { return false };
    let is_of = |year: u16| own().year.is_none_or(|own| own == year);
    let mut years = years_named(rest).peekable();
    years.peek().is_some() && !years.any(is_of) && !rest.contains(['比', '较']) && !rest.contains("统计期限")
}

/// What stands behind words that point to the table: 下表为, 以下数据是.
fn behind_pointing(words: &str) -> Option<&str> {
    const POINTING: [&str; 10] =
        ["以下数据", "表中数据", "本表数据", "下表", "以下", "下列", "本表", "此表", "上表", "以上"];
    let words = words.get(list_number_bytes(words)..)?;
    let rest = POINTING.iter().find_map(|word| words.strip_prefix(word))?;
    rest.strip_prefix(['为', '是', '系'])
}

/// The name of a body that a line consists of, as far as it does, apart from marks, numbers and the words that such lines
/// are made with: 其中：县教育局, 附表1：乙镇统计表, 下表为乙市人民政府数据. Who filled in a table (填报单位：…) is not whose it is.
fn name_alone(words: &str) -> Option<&str> {
    const CHARS_MAX: usize = 30;
    const BEFORE: [&str; 8] = ["其中", "附表", "附件", "附", "表", "单位名称", "部门名称", "机关名称"];
    const BEHIND: [&str; 9] =
        ["情况统计表", "统计表", "情况表", "汇总表", "报表", "的数据", "数据", "情况", "部分"];
    let is_mark = |c: char| "：:、.．（）()【】—-*。，".contains(c);
    if CHARS_MAX < words.chars().count() {
        return None;
    }
    let mut rest = behind_pointing(words).unwrap_or(words).trim_matches(is_mark);
    // A number, or what ends with a mark or a number.
    let led = |rest: &'_ str| -> Option<usize> {
        let behind = BEFORE.iter().find_map(|word| rest.strip_prefix(word));
        let unnumbered = behind.unwrap_or(rest).trim_start_matches(is_numeral);
        let is_numbered = unnumbered.len() < behind.unwrap_or(rest).len() && behind.is_some();
        let bare = unnumbered.trim_start_matches(is_mark);
        (is_numbered || bare.len() < unnumbered.len()).then_some(rest.len() - bare.len())
    };
    while let Some(shorter) = led(rest).and_then(|begin| rest.get(begin..)) {
        rest = shorter;
    }
    let name = BEHIND.iter().find_map(|word| rest.strip_suffix(word)).unwrap_or(rest);
    let is_name = is_body_name(name) || (3 <= name.chars().count() && region_bytes(name) == name.len());
    is_name.then_some(name)
}

/// Whether a name is neither the report's own body nor the office in it.
fn names_others(name: &str, own: &str) -> bool {
    const OFFICES: [&str; 7] = [
        "政府信息公开工作办公室",
        "政府信息公开办公室",
        "信息公开办公室",
        "政务公开办公室",
        "办公室",
        "办公厅",
        "办",
    ];
    let is_own = |name: &str| is_name_of(name, own);
    let of_office = OFFICES.iter().find_map(|office| name.strip_suffix(office)).unwrap_or(name);
    !own.is_empty() && !is_own(name) && !is_own(of_office)
}

/// Whether a name is that of the body `own`, in full or in short: 县教育局 for 甲县教育局, 甲县人民政府 for 甲县.
fn is_name_of(name: &str, own: &str) -> bool {
    let is_short_for = |own: &str| {
        let mut rest = own.chars();
        name.chars().all(|letter| rest.any(|other| other == letter))
    };
    let is_area = region_bytes(own) == own.len();
    let behind = name.find(own).and_then(|at| name.get(at + own.len()..));
    is_short_for(own)
        || (is_area && is_short_for(&format!("{own}人民政府")))
        || behind.is_some_and(|behind| matches!(behind, "" | "人民政府" | "政府"))
}

/// The year that a line is about which says nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    ThisYear,
    LastYear,
    Of(u16),
}

/// The year of a line that names one and says no more than that what follows is of it: （2020年度）, 2020年数据如下：, 表一：2020年度申请
/// 情况, 上年情况. Such a line is written for the table below it, and is nothing that the form prints.
fn year_alone(words: &str) -> Option<Line> {
    const CHARS_MAX: usize = 20;
    const BEFORE: [&str; 4] = ["附表", "附件", "附", "表"];
    const BEHIND: [&str; 12] = [
        "申请情况统计表",
        "申请情况表",
        "申请情况",
        "统计数据",
        "情况统计表",
        "统计表",
        "情况表",
        "情况",
        "数据",
        "统计",
        "年度",
        "年",
    ];
    let is_mark = |c: char| "：:、.．（）()【】[]—-*。，".contains(c);
    if CHARS_MAX < words.chars().count() {
        return None;
    }
    let mut rest = words.trim_matches(is_mark);
    if let Some(behind) = BEFORE.iter().find_map(|word| rest.strip_prefix(word)) {
        // 表1：, 附表一：
        rest = behind.split_once(is_mark).filter(|(number, _)| number.chars().all(is_numeral))?.1;
    }
    let rest = rest.trim_matches(is_mark);
    let rest = rest.strip_suffix("如下").unwrap_or(rest);
    let year =
        BEHIND.iter().fold(rest, |rest, word| rest.strip_suffix(word).unwrap_or(rest)).trim_matches(is_mark);
    match year {
        "本" | "今" | "当" => Some(Line::ThisYear),
        "上" | "去" | "上一" => Some(Line::LastYear),
        digits if digits.len() == 4 && rest.contains('年') => digits.parse().ok().map(Line::Of),
        _ => None,
    }
}

/// A caption that names a year or a body.
#[derive(Debug, PartialEq, Eq)]
struct Caption<'a> {
    year: Option<u16>,
    says_last_year: bool,
    /// 本机关, 我局: the report's own without a name.
    says_own: bool,
    body: &'a str,
}

impl<'a> Caption<'a> {
    /// The caption in these words without white space, if they are one.
    fn of(words: &'a str) -> Option<Self> {
        const ENDS: [&str; 4] = ["情况", "表", "数据", "如下"];
        const SUBJECTS: [&str; 9] = [
            "收到",
            "处理",
            "主动公开",
            "依申请",
            "政府信息",
            "信息公开",
            "行政复议",
            "政务公开",
            "申请情况",
        ];
        let subject = SUBJECTS.iter().filter_map(|subject| words.find(subject)).min()?;
        let words_alone = words.trim_end_matches(['：', ':', '。']);
        let bare = match words_alone.strip_suffix(['）', ')']) {
            Some(noted) => noted.rfind(['（', '(']).and_then(|open| noted.get(..open)).unwrap_or(noted),
            None => words_alone,
        };
        if !ENDS.iter().any(|end| bare.ends_with(end)) || names_report(words) {
            return None;
        }
        let before = words.get(..subject).unwrap_or_default();
        let is_apart = |c: char| c.is_ascii_digit() || "年度、.．）)（(，,：:".contains(c);
        // 行政机关收到和处理…: the word of the form for whoever reports.
        let is_body = |piece: &str| {
            is_body_name(piece) && !piece.ends_with("机关") && !piece.starts_with(['各', '全', '本'])
                || ["县政府", "市政府", "区政府", "镇政府"].contains(&piece)
        };
        let body = before.split(is_apart).find(|piece| is_body(piece)).unwrap_or_default();
        let says_last_year = ["上年", "上一年", "去年"].iter().any(|word| before.contains(word));
        let is_own = |piece: &str| piece.starts_with('我') || ["本机关", "本单位", "本局"].contains(&piece);
        let says_own = before.split(is_apart).any(is_own);
        let caption = Self { year: first_year_alone(words), says_last_year, says_own, body };
        (caption.year.is_some() || says_last_year || says_own || !body.is_empty()).then_some(caption)
    }

    fn claim(&self, own: &Own) -> Claim {
        let is_of_others = !self.body.is_empty() && !own.body.is_empty() && !is_name_of(self.body, &own.body);
        match self.year.zip(own.year) {
            _ if self.says_last_year || is_of_others => Claim::Others,
            Some((year, own)) if year != own => Claim::OtherYear,
            Some(_) => Claim::Own,
            None if self.year.is_none() && self.says_own => Claim::Own,
            None if self.year.is_none() && !self.body.is_empty() && !own.body.is_empty() => Claim::Own,
            None => Claim::Silent,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claimed(words: &str) -> Option<Claim> {
        let own = Own { year: Some(2020), body: "甲县人民政府".to_owned() };
        Caption::of(words).map(|caption| caption.claim(&own))
    }

    #[test]
    fn a_line_may_say_no_more_than_a_year() {
        for (line, year) in [
            ("（2019年度）", Line::Of(2019)),
            ("2019年", Line::Of(2019)),
            ("2019年数据如下：", Line::Of(2019)),
            ("表一：2019年度申请情况", Line::Of(2019)),
            ("附表2：2019年统计表", Line::Of(2019)),
            ("上年情况", Line::LastYear),
            ("上年度：", Line::LastYear),
            ("本年情况", Line::ThisYear),
        ] {
            assert_eq!(year_alone(line), Some(year), "{line}");
        }
        for other in [
            "2019",
            "情况如下：",
            "三、2019年收到和处理政府信息公开申请情况",
            "2019年1月20日",
            "年度",
            "表一：",
            "本级情况",
            "2019年增长情况",
        ] {
            assert_eq!(year_alone(other), None, "{other}");
        }
    }

    #[test]
    fn a_caption_is_of_the_year_and_the_body_that_it_names() {
        assert_eq!(claimed("2019年度收到和处理政府信息公开申请情况统计表"), Some(Claim::OtherYear));
        assert_eq!(claimed("收到和处理政府信息公开申请情况（2019年）"), Some(Claim::OtherYear));
        assert_eq!(claimed("三、2020年收到和处理政府信息公开申请情况"), Some(Claim::Own));
        assert_eq!(claimed("上年度收到和处理政府信息公开申请情况"), Some(Claim::Others));
        assert_eq!(claimed("甲县教育局收到和处理政府信息公开申请情况"), Some(Claim::Others));
        assert_eq!(claimed("三、县政府收到和处理政府信息公开申请情况"), Some(Claim::Own));
        assert_eq!(claimed("甲县人民政府2019年主动公开政府信息情况如下："), Some(Claim::OtherYear));
        assert_eq!(claimed("三、收到和处理政府信息公开申请情况"), None);
        assert_eq!(claimed("三、行政机关收到和处理政府信息公开申请情况"), None);
        assert_eq!(claimed("一、本年新收政府信息公开申请数量"), None);
        assert_eq!(claimed("甲县人民政府2020年政府信息公开工作年度报告"), None);
    }

    #[test]
    fn a_line_without_a_subject_may_say_that_a_table_is_of_others() {
        for others in [
            "样表（填写示例）",
            "以下为去年同期数据：",
            "上年同期",
            "各部门合计（不含县政府本级）",
            "各乡镇汇总",
            "以下是各部门数据：",
            "所属单位：",
            "下属单位情况",
        ] {
            assert!(says_others(others), "{others}");
        }
        for own in [
            "与去年同期数据相比：",
            "较上年数据：",
            "二、上年结转政府信息公开申请数量",
            "各级各部门",
            "合计",
            "单位：件",
        ] {
            assert!(!says_others(own), "{own}");
        }
    }

    #[test]
    fn a_line_may_consist_of_the_name_of_another_body() {
        let own = |words: &str| name_alone(words).map(|name| names_others(name, "甲县人民政府"));
        for others in [
            "其中：县教育局",
            "县教育局：",
            "红星镇",
            "（县教育局）",
            "甲县乙镇",
            "附：县教育局",
            "表三县教育局",
            "1.县教育局",
            "（一）县教育局",
            "下表为乙市人民政府数据",
            "以下为县教育局数据：",
            "附表1：县教育局情况表",
        ] {
            assert_eq!(own(others), Some(true), "{others}");
        }
        for body in ["甲县人民政府", "甲县政府", "甲县人民政府办公室", "县政府办"] {
            assert_eq!(own(body), Some(false), "{body}");
        }
        for line in [
            "填报单位：县教育局",
            "填报单位（盖章）：县教育局",
            "单位：件",
            "统计表",
            "附表",
            "附表1",
            "2020年",
            "县本级",
        ] {
            assert_eq!(own(line), None, "{line}");
        }
        assert!(!name_alone("甲县政府").is_none_or(|name| names_others(name, "甲县")));
    }

    #[test]
    fn no_heading_of_a_form_claims_anything() {
        let headings = gongkai_forms::all().iter().flat_map(|form| &form.sections);
        for heading in headings.flat_map(|section| &section.headings) {
            assert_eq!(Caption::of(heading), None, "{heading}");
        }
    }
}
