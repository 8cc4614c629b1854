//! The problems that a report admits and the measures that it announces, one entry each, in its words.
//!
//! Parts about them are cut at their own list numbers; where they have none, each paragraph is an entry.

use crate::bodies::is_body_name;
use crate::dates::whole_date;
use crate::fold::{is_numeral, is_space};
use crate::lines::{Line, without_spaces};
use crate::needles::Needles;
use crate::statements::{begins_an_item, is_page_number, is_wrapped, unbroken};
use gongkai_document::{Document, Media};
use gongkai_model::{Quoted, Section, ordinal};
use std::ops::Range;
use std::sync::LazyLock;

/// More entries than any report has, of one kind.
const ENTRIES_MAX: usize = 200;
/// A part about problems is read up to so many characters.
const PART_CHARS_MAX: usize = 40_000;
/// What is shorter says nothing or that there is none. In characters.
const PARAGRAPH_CHARS_MIN: usize = 7;
/// A numbered entry may be shorter. In characters.
const ITEM_CHARS_MIN: usize = 3;
/// A sub-heading is shorter. In characters.
const HEADING_CHARS_MAX: usize = 26;

const PROBLEM_WORDS: [&str; 4] = ["问题", "不足", "困难", "短板"];
const MEASURE_WORDS: [&str; 9] =
    ["改进", "措施", "打算", "下一步", "下步", "整改", "今后", "工作计划", "努力方向"];
/// Words near the beginning of a sentence that turn from problems to measures.
static TURNS: LazyLock<Needles> = LazyLock::new(|| {
    Needles::new(&[
        "下一年度",
        "下一年，",
        "下一步",
        "下步",
        "接下来",
        "今后",
        "针对",
        "为此",
        "改进措施",
        "改进情况",
        "整改措施",
        "将采取",
        "我们将",
        "工作打算",
    ])
});

/// Problems and measures.
#[derive(Debug, Default)]
pub(crate) struct Entries {
    pub(crate) problems: Vec<Quoted>,
    pub(crate) improvements: Vec<Quoted>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Topic {
    Problems,
    Measures,
}

/// A way of numbering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    /// 一是
    Is,
    /// （一）
    Bracketed,
    /// （1）
    BracketedDigit,
    /// 1.
    Digit,
    /// ①
    Circled,
    /// 第一，
    Ordinal,
    /// 一、
    Numeral,
}

/// A list number in a part.
#[derive(Clone, Copy, Debug)]
struct Item {
    style: Style,
    ordinal: u32,
    /// Its place in the part, and its length.
    at: usize,
    len: usize,
}

/// The entries of all parts about problems or measures.
pub(crate) fn entries(document: &Document, lines: &[Line], sections: &[(usize, Section)]) -> Entries {
    let mut entries = Entries::default();
    let top: Vec<&(usize, Section)> = sections.iter().filter(|(_, section)| section.level == 1).collect();
    for (index, (line, section)) in top.iter().enumerate() {
        let Some(topic) = topic_of(&section.title) else { continue };
        let end = top.get(index + 1).map_or(lines.len(), |(next, _)| *next);
        let Some(lines) = lines.get(*line..end) else { continue };
        let mut part = Part::default();
        for (index, line) in lines.iter().enumerate() {
            let mut range = line.text.clone();
            if index == 0 {
                range.start = (range.start + section.title.len()).min(range.end);
            } else if is_signature(document.text.slice(&range)) {
                continue;
            }
            part.push(document, range);
        }
        part.read(document, topic, &mut entries);
    }
    entries.problems.truncate(ENTRIES_MAX);
    entries.improvements.truncate(ENTRIES_MAX);
    entries
}

/// Whether a line is who signs, or when.
fn is_signature(line: &str) -> bool {
    const BYTES_MAX: usize = 120;
    line.len() <= BYTES_MAX && (whole_date(line).is_some() || is_body_name(&without_spaces(line)))
}

/// What a part with this heading begins with.
fn topic_of(title: &str) -> Option<Topic> {
    let has = |words: &[&str]| words.iter().any(|word| title.contains(word));
    match (has(&PROBLEM_WORDS), has(&MEASURE_WORDS)) {
        (true, _) => Some(Topic::Problems),
        (false, true) => Some(Topic::Measures),
        (false, false) => None,
    }
}

/// The characters of a part without white space, with their places in the document.
#[derive(Debug, Default)]
struct Part {
    chars: Vec<char>,
    at: Vec<usize>,
    /// Where paragraphs begin.
    paragraphs: Vec<usize>,
    /// Whether the paragraph at hand was broken off by a line end.
    is_open: bool,
}

impl Part {
    fn push(&mut self, document: &Document, range: Range<usize>) {
        let text = document.text.slice(&range);
        let is_text = document.media == Media::Text;
        let room = PART_CHARS_MAX.saturating_sub(self.chars.len());
        if (is_text && is_page_number(text)) || room == 0 {
            return;
        }
        if !self.is_open || begins_an_item(text) {
            self.paragraphs.push(self.chars.len());
        }
        self.chars.reserve(text.len() / '字'.len_utf8());
        self.at.reserve(text.len() / '字'.len_utf8());
        for (offset, character) in
            text.char_indices().filter(|(_, character)| !is_space(*character)).take(room)
        {
            self.chars.push(character);
            self.at.push(range.start + offset);
        }
        self.is_open = is_text && is_wrapped(text);
    }

    /// Cuts the part into spans of one topic, and those into entries.
    fn read(&self, document: &Document, mut topic: Topic, entries: &mut Entries) {
        let mut start = 0;
        while start < self.chars.len() {
            let turn = self.turn(start, topic);
            let (end, next, body) = turn.unwrap_or((self.chars.len(), topic, self.chars.len()));
            let into = match topic {
                Topic::Problems => &mut entries.problems,
                Topic::Measures => &mut entries.improvements,
            };
            self.cut(document, start..end, into);
            topic = next;
            start = body.max(end);
            if turn.is_none() {
                break;
            }
        }
    }

    /// The next place from `start` on where the topic changes: where it is, to which topic, and where its text begins.
    fn turn(&self, start: usize, topic: Topic) -> Option<(usize, Topic, usize)> {
        let mut at = start;
        while at < self.chars.len() {
            let begins_paragraph = self.paragraphs.binary_search(&at).is_ok();
            let sentence = self.sentence(at);
            if let Some((next, len)) =
                self.sub_heading(at, begins_paragraph).filter(|_| start < at || at == 0)
                && (next != topic || at == start)
            {
                return Some((at, next, at + len));
            }
            if topic == Topic::Problems && start < at && self.turns_to_measures(&sentence) {
                return Some((at, Topic::Measures, at));
            }
            at = sentence.end.max(at + 1);
        }
        None
    }

    /// The sentence from `at` on, its mark included; a paragraph's end ends it, too.
    fn sentence(&self, at: usize) -> Range<usize> {
        let next = self.paragraphs.partition_point(|&paragraph| paragraph <= at);
        let limit = self.paragraphs.get(next).copied().unwrap_or(self.chars.len());
        let len = self
            .chars
            .get(at..limit)
            .unwrap_or_default()
            .iter()
            .position(|&c| matches!(c, '。' | '；' | ';'));
        at..len.map_or(limit, |len| at + len + 1)
    }

    /// A sub-heading at `at` that names a topic: （一）存在的主要问题. With its length.
    fn sub_heading(&self, at: usize, begins_paragraph: bool) -> Option<(Topic, usize)> {
        let number = self.item(at).filter(|item| !matches!(item.style, Style::Is | Style::Ordinal));
        let words = at + number.map_or(0, |item| item.len);
        if !begins_paragraph && !number.is_some_and(|item| item.style == Style::Bracketed) {
            return None;
        }
        let next = self.paragraphs.partition_point(|&paragraph| paragraph <= at);
        let limit = self.paragraphs.get(next).copied().unwrap_or(self.chars.len());
        let text = self.chars.get(words..limit)?;
        let len = text
            .iter()
            .position(|&c| matches!(c, '。' | '：' | ':' | '；' | '，' | ','))
            .unwrap_or(text.len());
        if HEADING_CHARS_MAX < len || matches!(text.get(len), Some('，' | ',' | '；')) {
            return None;
        }
        // Without a number, a heading is no sentence.
        if number.is_none() && matches!(text.get(len), Some('。')) {
            return None;
        }
        let title: String = text.get(..len)?.iter().collect();
        let measures = MEASURE_WORDS.iter().any(|word| title.contains(word));
        let problems = PROBLEM_WORDS.iter().any(|word| {
            title.strip_suffix(word).or_else(|| title.strip_suffix("和不足")?.strip_suffix(word)).is_some()
        }) || title.ends_with("主要问题情况");
        // 改进工作作风 is a measure, not a heading.
        let measures = measures
            && ["措施", "情况", "打算", "计划", "方向", "意见", "办法", "工作", "安排", "改进", "整改"]
                .iter()
                .any(|end| title.ends_with(end));
        match (problems, measures) {
            (true, false) => Some((Topic::Problems, words + len - at)),
            (false, true) => Some((Topic::Measures, words + len - at)),
            _ => None,
        }
    }

    /// Whether the sentence turns from what is wrong to what will be done.
    fn turns_to_measures(&self, sentence: &Range<usize>) -> bool {
        const NEAR_CHARS: usize = 20;
        let end = sentence.end.min(sentence.start + NEAR_CHARS);
        let start: String = self.chars.get(sentence.start..end).unwrap_or_default().iter().collect();
        // 2022年，我局将…: what a sentence on a year will be.
        let year = start.find('年').and_then(|at| start.get(..at)).map(str::trim);
        let is_year =
            year.is_some_and(|year| year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit()));
        let is_planned =
            ["将", "要进一步", "要加强", "要完善", "计划"].iter().any(|word| start.contains(word));
        (is_year && is_planned) || TURNS.is_in(&start)
    }

    /// The entries of a span of one topic.
    fn cut(&self, document: &Document, span: Range<usize>, into: &mut Vec<Quoted>) {
        let items = self.items(&span);
        let cuts: Vec<Range<usize>> = if items.is_empty() {
            let mut starts: Vec<usize> = vec![span.start];
            starts.extend(self.paragraphs.iter().filter(|&&at| span.start < at && at < span.end));
            let ends = starts.iter().skip(1).copied().chain([span.end]);
            starts.iter().copied().zip(ends).map(|(start, end)| start..end).collect()
        } else {
            let ends = items.iter().skip(1).map(|item| item.at).chain([span.end]);
            items.iter().zip(ends).map(|(item, end)| item.at + item.len..end).collect()
        };
        for cut in cuts {
            if ENTRIES_MAX <= into.len() {
                return;
            }
            into.extend(self.entry(document, cut, items.is_empty()));
        }
    }

    /// The words of an entry; none where it only leads to what follows, or says that there is nothing.
    fn entry(&self, document: &Document, mut cut: Range<usize>, is_paragraph: bool) -> Option<Quoted> {
        let leads = is_paragraph && matches!(self.chars.get(cut.clone())?.last(), Some('：' | ':'));
        let is_mark = |c: Option<&char>| {
            matches!(c, Some('。' | '；' | ';' | '：' | ':' | '，' | ',' | '、' | '.' | '．'))
        };
        while cut.start < cut.end && is_mark(self.chars.get(cut.start)) {
            cut.start += 1;
        }
        while cut.start < cut.end && is_mark(self.chars.get(cut.end - 1)) {
            cut.end -= 1;
        }
        let says_none = matches!(self.chars.get(cut.clone())?, ['无' | '暂', ..] | ['没', '有', ..]);
        if leads
            || cut.len() < if is_paragraph { PARAGRAPH_CHARS_MIN } else { ITEM_CHARS_MIN }
            || (says_none && is_paragraph && cut.len() < 2 * HEADING_CHARS_MAX)
        {
            return None;
        }
        let last = *self.at.get(cut.end - 1)?;
        let end = last + self.chars.get(cut.end - 1)?.len_utf8();
        let place = *self.at.get(cut.start)?..end;
        Some(Quoted { text: unbroken(document.text.slice(&place)), span: Some(document.text.span(&place)) })
    }

    /// The list numbers of the span's outermost list: the first style that begins with one and goes on.
    fn items(&self, span: &Range<usize>) -> Vec<Item> {
        let mut all = Vec::new();
        for at in span.clone() {
            if !self.chars.get(at).is_some_and(|&first| may_begin_item(first)) {
                continue;
            }
            let before =
                at.checked_sub(1).filter(|_| span.start < at).and_then(|index| self.chars.get(index));
            let begins = before
                .is_none_or(|c| matches!(c, '。' | '；' | ';' | '：' | ':' | '，' | ',' | '？' | '、'))
                || self.paragraphs.binary_search(&at).is_ok();
            if begins && let Some(item) = self.item(at) {
                all.push(item);
            }
        }
        let bit = |item: &Item| 1u32 << item.style as u32;
        let seconds = all.iter().filter(|item| item.ordinal == 2).fold(0, |bits, item| bits | bit(item));
        let Some(first) = all.iter().find(|item| item.ordinal == 1 && seconds & bit(item) != 0) else {
            return Vec::new();
        };
        let mut expected = 1;
        let mut items: Vec<Item> = Vec::new();
        for item in all.iter().filter(|item| item.style == first.style && first.at <= item.at) {
            // A list that begins anew is another list of the same topic.
            if item.ordinal == expected || item.ordinal == 1 {
                expected = item.ordinal + 1;
                items.push(*item);
            }
        }
        items
    }

    /// The list number at `at`.
    fn item(&self, at: usize) -> Option<Item> {
        let text = self.chars.get(at..)?;
        let item = |style, ordinal, len| Some(Item { style, ordinal, at, len });
        match text {
            ['①'..='⑳', ..] => {
                item(Style::Circled, text.first().map_or(0, |&c| c as u32 - '①' as u32 + 1), 1)
            }
            ['（' | '(', rest @ ..] => {
                let (ordinal, len, in_digits) = number(rest)?;
                let close = matches!(rest.get(len), Some('）' | ')'));
                let style = if in_digits { Style::BracketedDigit } else { Style::Bracketed };
                let mark = usize::from(matches!(rest.get(len + 1), Some('、')));
                close.then_some(())?;
                item(style, ordinal, len + 2 + mark)
            }
            ['第', rest @ ..] => {
                let (ordinal, len, in_digits) = number(rest)?;
                let mark = matches!(rest.get(len), Some('，' | ',' | '、'));
                (mark && !in_digits).then_some(())?;
                item(Style::Ordinal, ordinal, len + 2)
            }
            _ => {
                let (ordinal, len, in_digits) = number(text)?;
                let behind = text.get(len);
                let digit_follows = text.get(len + 1).is_some_and(char::is_ascii_digit);
                match behind {
                    Some('是') if !in_digits => item(Style::Is, ordinal, len + 1),
                    Some('、') if !in_digits && self.paragraphs.binary_search(&at).is_ok() => {
                        item(Style::Numeral, ordinal, len + 1)
                    }
                    Some('.' | '．' | '、') if in_digits && !digit_follows => {
                        item(Style::Digit, ordinal, len + 1)
                    }
                    _ => None,
                }
            }
        }
    }
}

/// Whether a list number may begin with `character`.
fn may_begin_item(character: char) -> bool {
    matches!(character, '①'..='⑳' | '（' | '(' | '第') || is_numeral(character)
}

/// The list number in digits or numerals that `text` begins with: its value, its length, and whether it is in digits.
fn number(text: &[char]) -> Option<(u32, usize, bool)> {
    let len = text.iter().take(3).take_while(|&&c| is_numeral(c)).count();
    let digits = text.get(..len)?;
    let in_digits = digits.iter().all(char::is_ascii_digit);
    // 一二 is no number of a list.
    if !in_digits && 1 < len && !digits.contains(&'十') {
        return None;
    }
    let value = ordinal(&digits.iter().collect::<String>())?;
    Some((value, len, in_digits))
}

#[cfg(test)]
mod tests {
    use gongkai_document::{Hint, Limits};

    /// Problems and measures of a report with this fifth part.
    fn read(part: &str) -> (Vec<String>, Vec<String>) {
        let source = format!(
            "甲县人民政府2021年政府信息公开工作年度报告\n一、总体情况\n公开有序。\n二、主动公开政府信息情况\n无。\n\
             三、收到和处理政府信息公开申请情况\n无。\n{part}\n六、其他需要报告的事项\n无其他需要报告的事项。\n"
        );
        let hint = Hint { name: Some("report.txt"), ..Hint::default() };
        let document = gongkai_document::read(source.as_bytes(), &hint, &Limits::STANDARD).unwrap();
        let report = crate::extract(&document).unwrap().pop().unwrap();
        for quoted in report.problems.iter().chain(&report.improvements) {
            let span = quoted.span.as_ref().and_then(|span| span.as_bytes()).unwrap();
            let written = &source[span.start as usize..span.end as usize];
            assert_eq!(written.split('\n').map(str::trim).collect::<String>(), quoted.text);
        }
        let texts = |all: &[gongkai_model::Quoted]| all.iter().map(|quoted| quoted.text.clone()).collect();
        (texts(&report.problems), texts(&report.improvements))
    }

    #[test]
    fn lists_under_sub_headings_are_cut_at_their_numbers() {
        let (problems, measures) = read(
            "五、存在的主要问题及改进情况\n（一）存在的主要问题\n一是公开意识有待提高；二是解读形式较为单一，以文字为主。\n\
             （二）改进措施\n一是加强业务培训，提高能力；二是丰富解读形式和渠道；三是严格开展督促检查。",
        );
        assert_eq!(problems, ["公开意识有待提高", "解读形式较为单一，以文字为主"]);
        assert_eq!(measures, ["加强业务培训，提高能力", "丰富解读形式和渠道", "严格开展督促检查"]);
    }

    #[test]
    fn a_sentence_turns_from_problems_to_measures() {
        let (problems, measures) = read(
            "五、存在的主要问题及改进情况\n2021年工作取得一定成效，但仍有差距。一是人员多为兼职，队伍不稳。二是更新不够及时到位。\n\
             下一步，我县将做好以下工作：\n1.强化组织领导。明确工作计划。\n2.强化重点领域公开。充实公开内容。",
        );
        assert_eq!(problems, ["人员多为兼职，队伍不稳", "更新不够及时到位"]);
        assert_eq!(measures, ["强化组织领导。明确工作计划", "强化重点领域公开。充实公开内容"]);
    }

    #[test]
    fn what_the_next_year_will_bring_is_a_measure() {
        for next in ["下一年度，我乡要完善制度，及时公开各类信息", "2022 年，我局将进一步提高认识，加强公开"]
        {
            let text = format!("五、存在的主要问题及改进情况\n2021年，公开工作还有不够及时的问题。{next}。");
            let (problems, measures) = read(&text);
            assert_eq!((problems.len(), measures.len()), (1, 1), "{problems:?} {measures:?}");
            assert!(problems[0].contains("不够及时") && !problems[0].contains(next), "{problems:?}");
        }
    }

    #[test]
    fn numbered_paragraphs_stay_whole_with_the_lists_in_them() {
        let (problems, measures) = read(
            "五、存在的主要问题及改进情况\n（一）存在的问题\n1.理念跟不上。一是认识不足。二是动力不足。\n2.队伍建设滞后。缺乏专职人员。\n\
             （二）改进措施\n1.提高认识。加大力度。\n2.加强培训。配强人员。",
        );
        assert_eq!(problems, ["理念跟不上。一是认识不足。二是动力不足", "队伍建设滞后。缺乏专职人员"]);
        assert_eq!(measures, ["提高认识。加大力度", "加强培训。配强人员"]);
    }

    #[test]
    fn paragraphs_without_numbers_are_entries() {
        let (problems, measures) = read(
            "五、存在的主要问题及改进情况\n信息公开工作存在更新不及时、缺乏专人管理等问题。\n今后将进一步改进，做到公开及时、准确、规范。",
        );
        assert_eq!(problems, ["信息公开工作存在更新不及时、缺乏专人管理等问题"]);
        assert_eq!(measures, ["今后将进一步改进，做到公开及时、准确、规范"]);
    }

    #[test]
    fn parts_of_their_own_and_parts_without_content() {
        let (problems, measures) = read(
            "四、存在的主要问题\n一是内容有待进一步深化。二是人员接受培训较少。\n五、今后改进措施\n1、全面落实公开内容。\n2、切实加强业务培训。",
        );
        assert_eq!(problems, ["内容有待进一步深化", "人员接受培训较少"]);
        assert_eq!(measures, ["全面落实公开内容", "切实加强业务培训"]);
        assert_eq!(read("五、存在的主要问题及改进情况\n无"), (Vec::new(), Vec::new()));
        assert_eq!(read("五、存在的主要问题及改进情况\n"), (Vec::new(), Vec::new()));
    }

    #[test]
    fn what_comes_next_is_a_measure_and_a_signature_is_neither() {
        let (problems, measures) = read(
            "五、存在的主要问题及改进情况\n一是内容有待深化；二是更新不够及时。\n接下来，我局会强化管理。\n甲县人民政府\n2022年1月10日",
        );
        assert_eq!(problems, ["内容有待深化", "更新不够及时"]);
        assert_eq!(measures, ["接下来，我局会强化管理"]);
    }

    #[test]
    fn a_flood_of_list_numbers_is_bounded() {
        let (problems, _) = read(&format!(
            "五、存在的主要问题及改进情况\n{}",
            "一是公开内容有待深化。二是人员偏少有待充实。".repeat(9_000)
        ));
        assert_eq!(problems.len(), super::ENTRIES_MAX);
        let (problems, _) = read(&format!("五、存在的主要问题及改进情况\n{}", "第一，".repeat(90_000)));
        assert!(problems.len() <= 1);
    }
}
