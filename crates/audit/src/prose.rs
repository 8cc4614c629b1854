//! One pass over the running text for the few words that rules ask about; everything else is looked at only around them.

use gongkai_model::{Report, chinese_digit};
use std::sync::LazyLock;

/// A sentence reaches no further to either side of what was found in it. In bytes.
const SENTENCE_BYTES_MAX: usize = 1_500;
/// More than this is no report; what is said of the first tells enough.
const MARKS_MAX: usize = 4_096;

/// The running text with the places of what rules ask about.
pub(crate) struct Prose<'a> {
    /// The preamble, then the text of each section.
    texts: Vec<&'a str>,
    found: Vec<Found>,
    /// Whether some of it is in traditional script.
    pub(crate) has_traditional: bool,
}

/// One thing that was found.
#[derive(Clone, Copy, Debug)]
struct Found {
    mark: Mark,
    text: u32,
    at: u32,
}

/// What rules ask about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// `%`, or 百分之.
    Percent,
    /// 其中.
    Among,
    /// 较, 比, 与 or 同 before a year.
    Compared(u16),
    /// A year that is named: 2022年.
    Year(u16),
    /// A placeholder: XX, ××, ＿＿, 此处填写.
    Placeholder,
    /// A notice of the State Council's General Office: 公开办函〔2021〕30号.
    Notice(Notice),
    /// An order of the State Council by its number: 第711号.
    Order(u16),
    /// 六部分组成: how many parts the report says it has.
    Parts(u32),
    /// 处理费.
    ProcessingFee,
    /// The 日 of a date from which a period begins: 1月1日至.
    PeriodBegin,
}

/// A notice's year and number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Notice {
    pub(crate) year: u16,
    pub(crate) number: u16,
}

/// A place in the running text.
#[derive(Clone, Copy)]
pub(crate) struct Spot<'a> {
    text: &'a str,
    /// 0 for the preamble, then the number of the section.
    index: u32,
    at: usize,
}

impl<'a> Prose<'a> {
    pub(crate) fn of(report: &'a Report) -> Self {
        let preamble = report.preamble.text.as_str();
        let texts: Vec<&str> = std::iter::once(preamble)
            .chain(report.sections.iter().map(|section| section.text.as_str()))
            .collect();
        let mut found = Vec::new();
        let mut has_traditional = false;
        for (index, text) in texts.iter().enumerate() {
            has_traditional |= scan(text, |mark, at| {
                if MARKS_MAX <= found.len() {
                    return;
                }
                found.push(Found { mark, text: index as u32, at: at as u32 });
            });
        }
        Self { texts, found, has_traditional }
    }

    /// Everything that was found, in the order of the text.
    pub(crate) fn marks(&self) -> impl Iterator<Item = (Mark, Spot<'a>)> + '_ {
        let texts = &self.texts;
        self.found.iter().filter_map(|found| {
            let text = texts.get(found.text as usize)?;
            Some((found.mark, Spot { text, index: found.text, at: found.at as usize }))
        })
    }

    /// The places of one thing.
    pub(crate) fn of_mark(&self, wanted: Mark) -> impl Iterator<Item = Spot<'a>> + '_ {
        self.marks().filter(move |(mark, _)| *mark == wanted).map(|(_, spot)| spot)
    }

    /// Whether there is any running text.
    pub(crate) fn is_empty(&self) -> bool {
        self.texts.iter().all(|text| text.is_empty())
    }
}

impl<'a> Spot<'a> {
    /// The sentence before the spot.
    pub(crate) fn before(&self) -> &'a str {
        let mut first = self.at.saturating_sub(SENTENCE_BYTES_MAX);
        while !self.text.is_char_boundary(first) {
            first += 1;
        }
        let before = self.text.get(first..self.at).unwrap_or_default();
        before.get(last_end(before.as_bytes()).unwrap_or(0)..).unwrap_or_default()
    }

    /// The rest of the sentence, from the spot on.
    pub(crate) fn after(&self) -> &'a str {
        let mut last = self.text.len().min(self.at.saturating_add(SENTENCE_BYTES_MAX));
        while !self.text.is_char_boundary(last) {
            last -= 1;
        }
        let after = self.text.get(self.at..last).unwrap_or_default();
        after.get(..first_end(after.as_bytes()).unwrap_or(after.len())).unwrap_or_default()
    }

    /// The sentence around the spot.
    pub(crate) fn sentence(&self) -> &'a str {
        let begin = self.at - self.before().len();
        self.text.get(begin..self.at + self.after().len()).unwrap_or_default()
    }

    /// The sentence around the spot, if it is no longer than so many bytes to either side.
    pub(crate) fn short_sentence(&self, bytes_max: usize) -> Option<&'a str> {
        let bytes = self.text.as_bytes();
        let window = bytes.get(self.at..bytes.len().min(self.at + bytes_max))?;
        let after = first_end(window).or_else(|| (window.len() < bytes_max).then_some(window.len()))?;
        let window = bytes.get(self.at.saturating_sub(bytes_max)..self.at)?;
        let before = last_end(window).or_else(|| (window.len() < bytes_max).then_some(0))?;
        self.text.get(self.at - (window.len() - before)..self.at + after)
    }

    /// Some words of the sentence around the spot.
    pub(crate) fn words(&self) -> String {
        const BEFORE_CHARS: usize = 30;
        const AFTER_CHARS: usize = 20;
        let (before, after) = (self.before(), self.after());
        let skipped = before.chars().count().saturating_sub(BEFORE_CHARS);
        let mut words = String::from(if skipped == 0 { "" } else { "…" });
        words.extend(before.chars().skip(skipped).chain(after.chars().take(AFTER_CHARS)));
        if AFTER_CHARS < after.chars().count() {
            words.push('…');
        }
        words
    }

    /// A name for the spot that no other spot of the report has: its section and its place there, in bytes.
    pub(crate) fn place(&self) -> String {
        format!("{}.{}", self.index, self.at)
    }

    /// Whether both stand in the same sentence.
    pub(crate) fn is_with(&self, other: &Spot<'_>) -> bool {
        std::ptr::eq(self.sentence(), other.sentence())
    }
}

/// What ends a sentence besides the end of a line: 。 ！ ？
const STOP: [u8; 3] = [0xe3, 0x80, 0x82];
const EXCLAMATION: [u8; 3] = [0xef, 0xbc, 0x81];
const QUESTION: [u8; 3] = [0xef, 0xbc, 0x9f];

fn is_end(mark: &[u8]) -> bool {
    mark == STOP || mark == EXCLAMATION || mark == QUESTION
}

/// Where the first sentence ends, without its mark.
fn first_end(text: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let rest = text.get(from..)?;
        let at = from + rest.iter().position(|byte| matches!(byte, b'\n' | 0xe3 | 0xef))?;
        if text.get(at) == Some(&b'\n') || text.get(at..at + STOP.len()).is_some_and(is_end) {
            return Some(at);
        }
        from = at + 1;
    }
}

/// Where the last sentence begins, behind the mark of the one before.
fn last_end(text: &[u8]) -> Option<usize> {
    let mut to = text.len();
    loop {
        let rest = text.get(..to)?;
        let at = rest.iter().rposition(|byte| matches!(byte, b'\n' | 0xe3 | 0xef))?;
        if text.get(at) == Some(&b'\n') {
            return Some(at + 1);
        }
        if text.get(at..at + STOP.len()).is_some_and(is_end) {
            return Some(at + STOP.len());
        }
        to = at;
    }
}

/// Tells `found` of everything that rules ask about, and its caller whether the text has characters of traditional script.
fn scan(text: &str, mut found: impl FnMut(Mark, usize)) -> bool {
    let telling = &**TELLING;
    let mut has_traditional = false;
    let mut rest = text.as_bytes();
    loop {
        // The bytes of a character hold the place of its word and of its bit as they are.
        let (word, bit, behind) = match rest {
            [first @ 0xe0..=0xef, second, third, behind @ ..] => {
                (low(*first, 4) << 6 | low(*second, 6), third & 63, behind)
            }
            [first @ 0..=0x7f, behind @ ..] => (low(*first, 7) >> 6, first & 63, behind),
            [first @ 0x80..=0xdf, second, behind @ ..] => (low(*first, 5), second & 63, behind),
            [_, _, _, _, behind @ ..] => {
                rest = behind;
                continue;
            }
            _ => return has_traditional,
        };
        let is_in = |table: &[u64; 1024]| table[word] >> bit & 1 == 1;
        if is_in(telling) {
            let at = text.len() - rest.len();
            if !is_in(&FIRST) {
                has_traditional = true;
            } else if let Some((before, rest)) = text.split_at_checked(at)
                && let Some(mark) = mark(before, rest)
            {
                found(mark, at);
            }
        }
        rest = behind;
    }
}

/// The lowest bits of a byte.
const fn low(byte: u8, bits: u32) -> usize {
    byte as usize & ((1 << bits) - 1)
}

/// The characters that a mark may begin with, one bit for each of the plane of everyday characters.
static FIRST: [u64; 1024] = {
    let mut table = [0_u64; 1024];
    let bytes = "%％百其较比与同2X×＿_此公第部处日".as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let first = bytes[at];
        let (code, len) = if first < 0x80 {
            (low(first, 7), 1)
        } else if first < 0xe0 {
            (low(first, 5) << 6 | low(bytes[at + 1], 6), 2)
        } else {
            (low(first, 4) << 12 | low(bytes[at + 1], 6) << 6 | low(bytes[at + 2], 6), 3)
        };
        table[code >> 6] |= 1 << (code & 63);
        at += len;
    }
    table
};

/// The same with the characters of traditional script, which no mark begins with.
static TELLING: LazyLock<Box<[u64; 1024]>> = LazyLock::new(|| {
    let mut table = Box::new(FIRST);
    let written = gongkai_script::pairs().iter().map(|&(written, _)| written);
    for written in written.filter(|written| gongkai_script::is_traditional(*written)) {
        if let Some(word) = table.get_mut(written as usize >> 6) {
            *word |= 1 << (written as usize & 63);
        }
    }
    table
});

/// What begins at `rest`.
fn mark(before: &str, rest: &str) -> Option<Mark> {
    match rest.chars().next()? {
        '%' | '％' => Some(Mark::Percent),
        '百' => rest.starts_with("百分之").then_some(Mark::Percent),
        '其' => rest.starts_with("其中").then_some(Mark::Among),
        c @ ('较' | '比' | '与' | '同') => {
            // 占比, 评比, 合同, 共同 are words of their own.
            let is_word = before.ends_with(['占', '评', '合', '共', '协', '相']);
            named_year(rest.get(c.len_utf8()..)?).filter(|_| !is_word).map(Mark::Compared)
        }
        '2' => named_year(rest).filter(|_| !before.ends_with(|c: char| c.is_ascii_digit())).map(Mark::Year),
        c @ ('X' | '×' | '＿' | '_') => is_placeholder(before, rest, c).then_some(Mark::Placeholder),
        '此' => {
            let words = ["此处填", "此处请", "此处写", "此处插", "此处略", "此处为", "此处应"];
            words.iter().any(|word| rest.starts_with(word)).then_some(Mark::Placeholder)
        }
        '公' => notice(rest).map(Mark::Notice),
        '第' => {
            let number = rest.strip_prefix("第")?;
            let digits = number.len() - number.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let (number, rest) = number.split_at_checked(digits)?;
            rest.starts_with('号').then(|| number.parse().ok()).flatten().map(Mark::Order)
        }
        '部' => parts_announced(before, rest).map(Mark::Parts),
        '处' => rest.starts_with("处理费").then_some(Mark::ProcessingFee),
        '日' => {
            let rest = rest.strip_prefix("日")?.trim_start_matches(['起', '止', '开', '始', ' ']);
            let begins = before.ends_with(|c: char| c.is_ascii_digit()) && rest.starts_with(is_until);
            begins.then_some(Mark::PeriodBegin)
        }
        _ => None,
    }
}

/// What stands between the two dates of a period.
pub(crate) fn is_until(c: char) -> bool {
    matches!(c, '至' | '到' | '—' | '－' | '-' | '–' | '―' | '~' | '～' | '─')
}

/// The year at the beginning of `text`: four digits and 年.
fn named_year(text: &str) -> Option<u16> {
    let (digits, rest) = text.split_at_checked(4)?;
    let is_year = digits.starts_with("20") && digits.bytes().all(|byte| byte.is_ascii_digit());
    (is_year && rest.trim_start_matches(' ').starts_with('年')).then(|| digits.parse().ok()).flatten()
}

/// A run of crosses or of underscores is a placeholder, unless it is part of a code, an address or a calculation.
fn is_placeholder(before: &str, rest: &str, c: char) -> bool {
    const RUN_MIN: usize = 2;
    const LINE_MIN: usize = 3;
    // Only where the run begins, so that a long one is not looked through again and again.
    if before.ends_with(c) {
        return false;
    }
    let after = rest.trim_start_matches(c);
    let run = (rest.len() - after.len()) / c.len_utf8();
    let is_code = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '-' | '=' | '_' | '@' | ':');
    let needed = if matches!(c, '_' | '＿') { LINE_MIN } else { RUN_MIN };
    // Alone on its line it is a rule between two parts.
    let is_line =
        (before.is_empty() || before.ends_with('\n')) && (after.is_empty() || after.starts_with('\n'));
    needed <= run && !is_line && !before.ends_with(is_code) && !after.starts_with(is_code)
}

/// The first notice that `text` names.
pub(crate) fn notice_in(text: &str) -> Option<Notice> {
    text.match_indices("公开办函").find_map(|(at, _)| notice(text.get(at..)?))
}

fn notice(text: &str) -> Option<Notice> {
    let text = text.strip_prefix("公开办函")?.trim_start_matches(['〔', '[', '［', '(', '（', '【', ' ']);
    let (year, text) = text.split_at_checked(4)?;
    let text = text.trim_start_matches(['〕', ']', '］', ')', '）', '】', ' ', '第']);
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, text) = text.split_at_checked(digits)?;
    if !text.trim_start_matches(' ').starts_with('号') {
        return None;
    }
    Some(Notice { year: year.parse().ok()?, number: number.parse().ok()? })
}

/// 六部分组成, 6个部分内容.
fn parts_announced(before: &str, rest: &str) -> Option<u32> {
    const PARTS: std::ops::RangeInclusive<u32> = 3..=12;
    /// What may stand between the number and 部分.
    const BETWEEN: [char; 6] = ['个', '大', '方', '面', '项', ' '];
    let words = rest.strip_prefix("部分")?;
    let is_named = ["组成", "构成", "内容"].iter().any(|word| words.starts_with(word));
    let number = before.trim_end_matches(BETWEEN);
    let number = match number.chars().next_back()? {
        '十' => 10,
        digit => digit.to_digit(10).or_else(|| chinese_digit(digit).map(u32::from))?,
    };
    let words = before.trim_end_matches(BETWEEN);
    let words = words.get(..words.len() - words.chars().next_back()?.len_utf8())?;
    // …等六部分, 共六部分; but 十六部分, 2016部分 and 第六部分 are something else.
    let is_counted = ["等", "共", "分", "为", "括", "含"].iter().any(|word| words.ends_with(word));
    let is_other = words.ends_with(|c: char| c.is_ascii_digit() || "一二三四五六七八九十百第".contains(c));
    (PARTS.contains(&number) && (is_named || is_counted) && !is_other).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(text: &str) -> Vec<Mark> {
        let mut marks = Vec::new();
        scan(text, |mark, _| marks.push(mark));
        marks
    }

    #[test]
    fn words_that_rules_ask_about_are_found() {
        assert_eq!(marks("占12.5%，其中"), [Mark::Percent, Mark::Among]);
        assert_eq!(marks("百分之百"), [Mark::Percent]);
        assert_eq!(
            marks("较2021年增长，2022 年"),
            [Mark::Compared(2021), Mark::Year(2021), Mark::Year(2022)]
        );
        assert_eq!(marks("120212年、20211年"), []);
        assert_eq!(marks("1月1日起至12月31日止"), [Mark::PeriodBegin]);
        assert_eq!(marks("收取信息处理费"), [Mark::ProcessingFee]);
        assert_eq!(marks("国务院令第711号"), [Mark::Order(711)]);
        assert_eq!(marks("第十条、第二号"), []);
    }

    #[test]
    fn traditional_script_is_seen_beside_marks() {
        let has_traditional = |text: &str| scan(text, |_, _| {});
        assert!(has_traditional("占12.5%，其中申請"));
        assert!(!has_traditional("占12.5%，其中申请"));
        let begins_mark = |c: char| FIRST[c as usize >> 6] >> (c as usize & 63) & 1 == 1;
        let mut written =
            gongkai_script::pairs().iter().map(|pair| pair.0).filter(|c| (*c as usize) < 0x1_0000);
        assert!(!written.any(|c| gongkai_script::is_traditional(c) && begins_mark(c)));
    }

    #[test]
    fn placeholders_are_runs_of_crosses_or_lines_outside_of_codes() {
        for text in ["XX县人民政府", "××年", "共___条", "（此处填写数量）"] {
            assert_eq!(marks(text), [Mark::Placeholder], "{text}");
        }
        for text in [
            "http://a.gov.cn/XXGK/",
            "5×24小时",
            "a_b",
            "AXX1",
            "XX-01",
            "此处不再赘述",
            "X光",
            "甲\n______\n乙",
        ] {
            assert_eq!(marks(text), [], "{text}");
        }
    }

    #[test]
    fn notices_are_read_in_all_brackets() {
        let notice = Notice { year: 2021, number: 30 };
        for text in ["国办公开办函〔2021〕30号", "公开办函[2021]30号", "公开办函（2021）第30号"]
        {
            assert_eq!(marks(text).first(), Some(&Mark::Notice(notice)), "{text}");
            assert_eq!(notice_in(text), Some(notice), "{text}");
        }
        assert_eq!(notice_in("国办函〔2020〕109号"), None);
    }

    #[test]
    fn announced_parts_are_counted() {
        for (text, parts) in [
            ("由六部分组成", 6),
            ("共6个部分内容", 6),
            ("分五大部分构成", 5),
            ("包括十部分内容", 10),
            ("事项等六个部分。", 6),
        ] {
            assert_eq!(marks(text), [Mark::Parts(parts)], "{text}");
        }
        for text in ["第六部分内容", "部分公开", "六部分工作", "十六部分组成", "一部分组成", "2016部分组成"]
        {
            assert_eq!(marks(text), [], "{text}");
        }
    }

    #[test]
    fn a_flood_of_marks_or_of_placeholders_is_looked_through_once() {
        let text = ["占1%其中2022年", "XX_"].concat().repeat(20_000);
        let report = Report { preamble: gongkai_model::Quoted { text, span: None }, ..Report::default() };
        let prose = Prose::of(&report);
        assert_eq!(prose.marks().count(), MARKS_MAX);
        assert!(prose.marks().all(|(_, spot)| spot.sentence().len() <= 2 * SENTENCE_BYTES_MAX));
        assert_eq!(marks(&format!("共{}", "X".repeat(1_000_000))), [Mark::Placeholder]);
    }

    #[test]
    fn a_sentence_ends_with_its_marks() {
        for end in ["。", "！", "？", "\n"] {
            let text = format!("甲、乙，{end}丙ｘ");
            let at = text.find(end);
            assert_eq!(first_end(text.as_bytes()), at);
            assert_eq!(last_end(text.as_bytes()), at.map(|at| at + end.len()));
        }
        for other in ["", "，", "、", "甲", ".", "\u{3001}", "ｘ"] {
            assert_eq!((first_end(other.as_bytes()), last_end(other.as_bytes())), (None, None), "{other}");
        }
    }

    #[test]
    fn a_spot_knows_its_sentence() {
        let text = "甲。乙占10%，丙。丁";
        let spot = Spot { text, index: 0, at: text.find('%').unwrap() };
        assert_eq!((spot.before(), spot.after(), spot.sentence()), ("乙占10", "%，丙", "乙占10%，丙"));
        let other = Spot { text, index: 0, at: text.find('丙').unwrap() };
        assert!(spot.is_with(&other));
        assert!(!spot.is_with(&Spot { text, index: 0, at: text.find('丁').unwrap() }));
        assert_eq!(spot.short_sentence(20), Some("乙占10%，丙"));
        assert_eq!((spot.short_sentence(3), spot.short_sentence(7)), (None, None));
    }
}
