//! What the lines above a table say of it: of which year and of whom it is. A table of last year's, or of a department's,
//! may stand beside the report's own.

use crate::align::Folded;
use crate::bodies::is_body_name;
use crate::dates::first_year_alone;
use crate::identity::names_report;
use crate::labels::Labels;
use crate::lines::without_spaces;
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
    for row in rows.get(below.saturating_sub(ROWS_MAX)..below).unwrap_or_default().iter().rev() {
        let of_row = fields.get(row.fields.clone()).unwrap_or_default();
        let is_label = |words: &str| !labels.exact(words).is_empty() && labels.headers(words).is_empty();
        if row.fields.clone().any(|field| is_label(folded.words(field))) {
            return Claim::Silent;
        }
        let (Some(begin), Some(end)) = (of_row.first(), of_row.last()) else { continue };
        if of_row.iter().any(|field| field.content.is_written_value()) {
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
        if says_others(&words) {
            return Claim::Others;
        }
        match Caption::of(&words) {
            Some(_) if row.fields.clone().any(|field| is_table_word(folded.words(field))) => {}
            Some(caption) => return caption.claim(own()),
            // A sentence or a heading of another kind belongs to what stands before.
            None if words.ends_with('。') || is_prescribed_heading(written) => return Claim::Silent,
            None => {}
        }
    }
    Claim::Silent
}

/// Whether a short line without a subject says that what follows is a sample, of the year before, or of others: 样表（填写示例）,
/// 以下为去年同期数据：, 各部门合计. A comparison says something of what stands elsewhere.
fn says_others(words: &str) -> bool {
    const SHORT_CHARS_MAX: usize = 20;
    let has = |any: &[&str]| any.iter().any(|word| words.contains(word));
    let is_sample = has(&["样表", "填写示例", "填表示例", "填写范例", "填表范例", "填表样例"]);
    let is_before = has(&["去年", "上年"]) && has(&["同期", "数据"]) && !has(&["比", "较", "结转"]);
    let is_sum = words.starts_with('各')
        && has(&["各部门", "各单位", "各乡", "各镇", "各街道"])
        && has(&["合计", "汇总"]);
    let is_short = words.chars().count() <= SHORT_CHARS_MAX && !words.ends_with('。');
    is_short && (is_sample || is_before || is_sum)
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
        const SUBJECTS: [&str; 8] =
            ["收到", "处理", "主动公开", "依申请", "政府信息", "信息公开", "行政复议", "政务公开"];
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
        let is_apart = |c: char| c.is_ascii_digit() || "年度、.．）)（(，,".contains(c);
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
        let is_of_others = !self.body.is_empty() && !own.body.is_empty() && !self.is_of(&own.body);
        match self.year.zip(own.year) {
            _ if self.says_last_year || is_of_others => Claim::Others,
            Some((year, own)) if year != own => Claim::OtherYear,
            Some(_) => Claim::Own,
            None if self.year.is_none() && self.says_own => Claim::Own,
            None if self.year.is_none() && !self.body.is_empty() && !own.body.is_empty() => Claim::Own,
            None => Claim::Silent,
        }
    }

    /// Whether the caption's body is this one, in full or in short: 县教育局 for 甲县教育局, 甲县人民政府 for 甲县.
    fn is_of(&self, own: &str) -> bool {
        let mut rest = own.chars();
        let is_short = self.body.chars().all(|letter| rest.any(|other| other == letter));
        let behind = self.body.find(own).and_then(|at| self.body.get(at + own.len()..));
        is_short || behind.is_some_and(|behind| matches!(behind, "" | "人民政府" | "政府"))
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
    fn no_heading_of_a_form_claims_anything() {
        let headings = gongkai_forms::all().iter().flat_map(|form| &form.sections);
        for heading in headings.flat_map(|section| &section.headings) {
            assert_eq!(Caption::of(heading), None, "{heading}");
        }
    }
}
