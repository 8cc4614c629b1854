//! The tree of headings: 一、 （一） 1. 一是.

use crate::charset::CharSet;
use crate::fold::{fold, fold_char, is_alphanumeric, is_numeral, is_space};
use crate::labels::Pairs;
use crate::lines::{Line, without_spaces};
use crate::tables::is_table_furniture;
use crate::word_map::WordMap;
use gongkai_document::Document;
use gongkai_model::{Quoted, Section, Span, ordinal};
use memchr::memmem;
use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

/// A heading may be this long; what is longer is a sentence. In characters.
const HEADING_CHARS_MAX: usize = 60;
/// No heading has more bytes, nor has a heading that goes on in the next line.
const HEADING_BYTES_MAX: usize = HEADING_CHARS_MAX * char::MAX.len_utf8();
/// So much white space may stand inside a heading that ends before its line does.
const INNER_SPACES_MAX: usize = 8;
/// A heading without the usual number must be shorter still.
const BARE_HEADING_CHARS_MAX: usize = 36;

/// The headings that the forms prescribe: folded wording → position on the form, counted from 0.
static PRESCRIBED: LazyLock<WordMap<usize>> = LazyLock::new(|| {
    gongkai_forms::all()
        .iter()
        .flat_map(|form| form.sections.iter().enumerate())
        .flat_map(|(position, section)| section.headings.iter().map(move |heading| (fold(heading), position)))
        .collect()
});

/// The characters that they end with.
static PRESCRIBED_LASTS: LazyLock<CharSet> =
    LazyLock::new(|| PRESCRIBED.keys().filter_map(|heading| heading.chars().next_back()).collect());

/// The same as pairs of characters, for headings that are reworded.
static REWORDABLE: LazyLock<Vec<(Pairs, usize)>> =
    LazyLock::new(|| PRESCRIBED.iter().map(|(heading, position)| (Pairs::of(heading), *position)).collect());

/// The pairs of characters that those headings have, as one bit each of a hash.
static REWORDABLE_PAIRS: LazyLock<[u64; 64]> = LazyLock::new(|| {
    let mut pairs = [0; 64];
    for pair in REWORDABLE.iter().flat_map(|(heading, _)| heading.all()) {
        let (word, bit) = pair_bit(*pair);
        pairs[word] |= 1 << bit;
    }
    pairs
});

fn pair_bit((first, second): (char, char)) -> (usize, u32) {
    let hash = (first as u32).wrapping_mul(31).wrapping_add(second as u32);
    ((hash >> 6) as usize % 64, hash % 64)
}

/// The number before a heading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct ListNumber {
    level: u8,
    ordinal: u32,
    /// Bytes of the number with its punctuation.
    bytes: usize,
}

/// What the headings so far say of the next one.
#[derive(Debug)]
struct Outline {
    /// Prescribed headings that stand somewhere with their usual number: a line without it is then another's.
    numbered: Vec<usize>,
    last_ordinal: u32,
    last_prescribed: Option<usize>,
    /// The numbers of the last sub-headings of the part, by level: （一） makes （二） one as well.
    last_subs: [u32; 5],
}

impl Outline {
    fn of(texts: &[&str]) -> Self {
        let numbered = texts.iter().filter_map(|text| {
            let number = list_number(text).filter(|number| number.level == 1)?;
            prescribed(title_of(&text[number.bytes..]))
        });
        Self { numbered: numbered.collect(), last_ordinal: 0, last_prescribed: None, last_subs: [0; 5] }
    }

    /// The level of the heading `title` with the number `number`; none if it is no heading. `is_whole` where nothing
    /// follows it on its line.
    fn level(&mut self, title: &str, number: Option<ListNumber>, is_whole: bool) -> Option<u8> {
        let words = &title[number.map_or(0, |number| number.bytes).min(title.len())..];
        let chars = title.chars().count();
        let Some(number) = number else {
            if !is_whole || BARE_HEADING_CHARS_MAX < chars || ends_a_sentence(title) {
                return None;
            }
            // A part that has lost its number.
            let position = prescribed(words).or_else(|| reworded(words))?;
            let follows = self.last_prescribed.map_or(position == 0, |last| last < position);
            if !follows || self.numbered.contains(&position) {
                return None;
            }
            return Some(self.begin(position as u32 + 1, Some(position)));
        };
        let goes_on = number.ordinal == self.last_ordinal + 1;
        // 六、其他 is a part; 其他 is the header of a column as well.
        let is_last_part = number.level == 1 && goes_on && words.starts_with("其他") && chars <= 8;
        if words.is_empty()
            || HEADING_CHARS_MAX < chars
            || (is_table_furniture(&fold(title)) && !is_last_part)
        {
            return None;
        }
        let known = if number.level <= 3 { prescribed(words) } else { None };
        // A part that is numbered like a sub-heading, but with the number of the part.
        let is_part = known.is_some_and(|position| {
            position as u32 + 1 == number.ordinal
                && !self.numbered.contains(&position)
                && self.last_prescribed.is_none_or(|last| last < position)
        });
        let last_sub = self.last_subs.get_mut(usize::from(number.level));
        let last_sub = last_sub.map_or(0, |last| std::mem::replace(last, number.ordinal));
        let is_next_sub = 0 < last_sub && last_sub + 1 == number.ordinal;
        match number.level {
            1 if known.is_some() || goes_on => Some(self.begin(number.ordinal, known)),
            1 => Some(2),
            2 | 3 if is_part && goes_on && is_whole && !is_next_sub => {
                Some(self.begin(number.ordinal, known))
            }
            level => Some(level),
        }
    }

    /// A part begins.
    fn begin(&mut self, ordinal: u32, position: Option<usize>) -> u8 {
        self.last_ordinal = ordinal;
        self.last_subs = [0; 5];
        self.last_prescribed = position.or(self.last_prescribed);
        1
    }
}

/// The sections among `lines`, and the index of each section's line.
pub(crate) fn sections(document: &Document, lines: &[Line]) -> Vec<(usize, Section)> {
    let texts: Vec<&str> = lines.iter().map(|line| document.text.slice(&line.text)).collect();
    let mut outline = Outline::of(&texts);
    let mut sections: Vec<(usize, Section)> = Vec::new();
    let mut consumed = None;
    for (index, text) in texts.iter().enumerate().filter(|(_, text)| !text.is_empty()) {
        if consumed == Some(index) {
            continue;
        }
        let number = list_number(text);
        // Nearly all of the text: too long for a heading without number.
        if number.is_none() && HEADING_BYTES_MAX < text.len() {
            consumed = None;
            add_text(&mut sections, text);
            continue;
        }
        let mut title = Cow::Borrowed(heading_of(text, number));
        let mut end = lines[index].text.start + title.len();
        if title == *text
            && let Some(next) = texts.get(index + 1)
            && let Some(whole) = continued(text, number, next)
        {
            (title, end, consumed) = (Cow::Owned(whole), lines[index + 1].text.end, Some(index + 1));
        }
        let is_whole = consumed == Some(index + 1) || title == *text;
        match outline.level(&title, number, is_whole) {
            Some(level) => {
                let rest = text.get(title.len()..).unwrap_or_default();
                let rest = rest.trim_start_matches(['。', '.', '：', ':', ' ', '；']);
                let span = document.text.span(&(lines[index].text.start..end));
                let title = title.into_owned();
                sections.push((index, Section { level, title, span: Some(span), text: rest.to_owned() }));
            }
            None => {
                consumed = None;
                add_text(&mut sections, text);
            }
        }
    }
    drop_contents_list(&mut sections);
    sections
}

/// Adds a line to the section at hand, if one has begun.
fn add_text(sections: &mut [(usize, Section)], text: &str) {
    if let Some((_, section)) = sections.last_mut() {
        if !section.text.is_empty() {
            section.text.push('\n');
        }
        section.text.push_str(text);
    }
}

/// The heading at the beginning of `text`; a prescribed one ends at its colon or at white space: 一、总体情况：2021年公开…
fn heading_of(text: &str, number: Option<ListNumber>) -> &str {
    let title = title_of(text);
    let Some(number) = number.filter(|number| number.level == 1) else { return title };
    let words = text.get(number.bytes..).unwrap_or_default();
    let ends = words.match_indices(|c: char| matches!(c, '：' | ':') || is_space(c)).map(|(at, _)| at);
    let mut ends = ends.take_while(|end| *end <= HEADING_BYTES_MAX).take(INNER_SPACES_MAX);
    let end = ends.find(|&end| words.get(..end).is_some_and(|words| prescribed(words).is_some()));
    end.and_then(|end| text.get(..number.bytes + end)).unwrap_or(title)
}

/// The prescribed heading that `text` and the next line are together.
fn continued(text: &str, number: Option<ListNumber>, next: &str) -> Option<String> {
    const NEXT_BYTES_MAX: usize = 60;
    let may_go_on = next.len() <= NEXT_BYTES_MAX
        // Marks alone, such as a table's border, are no words.
        && next.chars().any(is_alphanumeric)
        && text.len() <= HEADING_CHARS_MAX * 3
        && number.is_none_or(|number| number.level <= 2)
        && list_number(next).is_none()
        && !ends_a_sentence(text);
    if !may_go_on {
        return None;
    }
    let words = &text[number.map_or(0, |number| number.bytes).min(text.len())..];
    if !next.chars().rev().find_map(fold_char).is_none_or(|last| PRESCRIBED_LASTS.contains(last)) {
        return None;
    }
    let position = prescribed(&format!("{words}{next}"))?;
    // 总体情况 alone on its line is no beginning of another heading.
    (prescribed(next).is_none() && prescribed(words).is_none_or(|alone| alone == position))
        .then(|| format!("{text}{next}"))
}

/// The text between the title and the first heading; all before the heading where the title stands elsewhere. A
/// document without headings has none: its text would be all of it.
pub(crate) fn preamble(
    document: &Document,
    lines: &[Line],
    title: &Quoted,
    first_heading: Option<usize>,
) -> Quoted {
    let end_of = |span: &Option<Span>| span.as_ref().and_then(Span::as_bytes).map_or(0, |bytes| bytes.end);
    let title_end = end_of(&title.span);
    let before = &lines[..first_heading.unwrap_or(0).min(lines.len())];
    let first = before
        .iter()
        .position(|line| title_end < end_of(&Some(document.text.span(&line.text))))
        .unwrap_or(before.len());
    let own = &before[first..];
    let (Some(begin), Some(end)) = (own.first(), own.last()) else { return Quoted::default() };
    let texts: Vec<&str> = own.iter().map(|line| document.text.slice(&line.text)).collect();
    Quoted { text: texts.join("\n"), span: Some(document.text.span(&(begin.text.start..end.text.end))) }
}

/// Headings of a list of contents: the same titles stand again below, with their text.
fn drop_contents_list(sections: &mut Vec<(usize, Section)>) {
    let titles: Vec<String> = sections.iter().map(|(_, section)| without_spaces(&section.title)).collect();
    let mut index = 0;
    sections.retain(|(_, section)| {
        let again =
            section.text.is_empty() && titles[index + 1..].contains(&titles[index]) && section.level == 1;
        index += 1;
        !again
    });
}

/// The heading at the beginning of `text`: all of it, or up to the end of its first sentence.
fn title_of(text: &str) -> &str {
    match text.find(['。', '；']) {
        Some(end) if end + 3 < text.len() || text.ends_with('。') => &text[..end],
        _ => text,
    }
}

fn ends_a_sentence(text: &str) -> bool {
    text.ends_with(['。', '，', '；', '：', ':', ',', ';', '！', '？'])
}

/// The position of a prescribed heading with these words.
fn prescribed(words: &str) -> Option<usize> {
    let ends = words.chars().rev().find_map(fold_char);
    if !ends.is_some_and(|last| PRESCRIBED_LASTS.contains(last)) || HEADING_CHARS_MAX < words.chars().count()
    {
        return None;
    }
    PRESCRIBED.get(&fold(words)).copied()
}

/// Whether `line` is a numbered heading that a form prescribes; inside a table it ends the table all the same.
pub(crate) fn is_prescribed_heading(line: &str) -> bool {
    // Values of cells begin so, too.
    line.starts_with(|c| c == '第' || is_numeral(c))
        && !line.is_ascii()
        && list_number(line)
            .is_some_and(|number| number.level == 1 && prescribed(&line[number.bytes..]).is_some())
}

/// The number of the part that `line` heads, and whether a form prescribes that part: 一、总体情况, or 总体情况 alone.
pub(crate) fn part_number(line: &str) -> Option<(u32, bool)> {
    let title = title_of(line);
    if HEADING_CHARS_MAX * 3 < title.len() || title.contains(['\t', '|']) {
        return None;
    }
    match list_number(title) {
        Some(number) if number.level == 1 && !is_table_furniture(&fold(title)) => {
            Some((number.ordinal, prescribed(&title[number.bytes..]).is_some()))
        }
        Some(_) => None,
        None if title == line => prescribed(title).map(|position| (position as u32 + 1, true)),
        None => None,
    }
}

/// How many prescribed parts `text` names anywhere, for texts that have lost their lines.
pub(crate) fn parts_named(text: &str) -> usize {
    gongkai_forms::all().iter().find(|form| form.is_prescribed).map_or(0, |form| {
        form.sections
            .iter()
            .filter(|part| part.headings.first().is_some_and(|heading| text.contains(heading.as_str())))
            .count()
    })
}

/// How many parts are numbered one after the other anywhere in `text`: 一、 then 二、 and so on.
pub(crate) fn parts_numbered(text: &str) -> usize {
    let mut at = 0;
    let numbers = ["一、", "二、", "三、", "四、", "五、", "六、"];
    numbers
        .iter()
        .take_while(|number| {
            let found = text[at..].find(**number);
            at += found.map_or(0, |found| found + number.len());
            found.is_some()
        })
        .count()
}

/// The top-level headings inside a text that has lost its lines, at least three: 一、 then 二、 and so on. Fewer will do
/// where each stands between white space.
pub(crate) fn inner_headings(text: &str) -> Vec<Range<usize>> {
    const HEADINGS_MIN: usize = 3;
    let mut headings: Vec<Range<usize>> = Vec::new();
    let mut from = 0;
    for at in memmem::find_iter(text.as_bytes(), "、") {
        let Some(before) = text.get(from..at) else { continue };
        let numeral = before.trim_end_matches(is_numeral).len();
        if numeral == before.len() {
            continue;
        }
        let start = from + numeral;
        let Some(number) = text.get(start..).and_then(list_number) else { continue };
        if number.level != 1 {
            continue;
        }
        let words = start + number.bytes;
        let Some(end) = text.get(words..).and_then(inner_heading_len).map(|len| words + len) else {
            continue;
        };
        // 一、引言, 一、概述: a slip in the numbers, where the words are those of a part and stand apart.
        let is_known = || {
            let written = text.get(words..end).unwrap_or_default();
            let begins = text.get(..start).is_some_and(|before| before.ends_with('。'));
            (begins && prescribed(written).is_some())
                || ((prescribed(written).is_some() || reworded(written).is_some())
                    && is_set_apart(text, &(start..end)))
        };
        if number.ordinal as usize == headings.len() + 1 || is_known() {
            headings.push(start..end);
            from = end;
        }
    }
    if headings.len() < HEADINGS_MIN && !headings.iter().all(|heading| is_set_apart(text, heading)) {
        headings.clear();
    }
    headings
}

/// Whether the heading stands between white space, or between the end of a sentence and white space.
fn is_set_apart(text: &str, heading: &Range<usize>) -> bool {
    let before = text.get(..heading.start).and_then(|before| before.chars().next_back());
    let behind = text.get(heading.end..).and_then(|behind| behind.chars().next());
    before.is_none_or(|before| is_space(before) || matches!(before, '。' | '）' | ')'))
        && behind.is_some_and(is_space)
}

/// Whether the heading, the only one of a text that breaks off, is one of a part: it is prescribed, or stands apart with
/// the first of its own parts behind it.
pub(crate) fn is_first_part(text: &str, heading: &Range<usize>) -> bool {
    let behind = text.get(heading.end..).unwrap_or_default().trim_start_matches(is_space);
    let has_parts = || list_number(behind).is_some_and(|number| number.level == 2 && number.ordinal == 1);
    text.get(heading.clone()).is_some_and(is_prescribed_heading)
        || (is_set_apart(text, heading) && has_parts())
}

/// The length of the heading that `text` begins with: a prescribed one, or up to what must be something else.
fn inner_heading_len(text: &str) -> Option<usize> {
    let prescribed = gongkai_forms::all()
        .iter()
        .flat_map(|form| &form.sections)
        .flat_map(|section| &section.headings)
        .filter(|heading| text.starts_with(heading.as_str()))
        .map(String::len)
        .max();
    // The rest of a longer wording: 行政诉讼 and 的情况.
    const REST_BYTES_MAX: usize = 18;
    let bare = bare_heading_len(text);
    let len = match prescribed {
        Some(len) => bare.filter(|bare| (len..=len + REST_BYTES_MAX).contains(bare)).unwrap_or(len),
        None => {
            bare.filter(|&bare| text.get(..bare).is_some_and(|words| !is_table_furniture(&fold(words))))?
        }
    };
    // 本报告包括：一、总体情况；二、… names the parts and begins none.
    let next = text.get(len..)?.chars().next();
    let is_named = matches!(next, Some('；' | ';' | '，' | ',' | '、' | '。' | '等' | '和' | '及'));
    (!is_named).then_some(len)
}

/// Up to white space, the first sub-heading, or a year with its 年.
fn bare_heading_len(text: &str) -> Option<usize> {
    const CHARS_MIN: usize = 2;
    for (count, (at, character)) in text.char_indices().enumerate().take(BARE_HEADING_CHARS_MAX) {
        let rest = text.get(at..)?;
        let ends = is_space(character)
            || list_number(rest).is_some_and(|number| number.level == 2)
            || rest.get(4..).is_some_and(|behind| rest.starts_with("20") && behind.starts_with('年'));
        if ends && CHARS_MIN <= count {
            return Some(at);
        }
        if matches!(character, '。' | '，' | '；' | ',' | ';' | '：' | ':') {
            return None;
        }
    }
    None
}

/// The position of the prescribed heading that these words reword slightly.
fn reworded(words: &str) -> Option<usize> {
    const SIMILARITY_MIN: u32 = 78;
    const CHARS_MIN: usize = 8;
    let folded = Pairs::of(&fold(words));
    if folded.chars() < CHARS_MIN {
        return None;
    }
    // Where the words have hardly any pair of any heading, no heading is alike. A heading is shorter by half at most.
    let may_be = |pair: &&(char, char)| {
        let (word, bit) = pair_bit(**pair);
        REWORDABLE_PAIRS[word] >> bit & 1 == 1
    };
    let common = folded.all().iter().filter(may_be).count() as u32;
    let pairs = folded.all().len() as u32;
    if 200 * common < SIMILARITY_MIN * (pairs + pairs / 2) {
        return None;
    }
    let scored = REWORDABLE.iter().map(|(heading, position)| (folded.similarity(heading), *position));
    scored.max().filter(|(score, _)| SIMILARITY_MIN <= *score).map(|(_, position)| position)
}

fn list_number(text: &str) -> Option<ListNumber> {
    if text.starts_with('第') {
        return part_of_number(text);
    }
    // Nearly all of the text begins otherwise.
    if !text.starts_with(|c| matches!(c, '（' | '(' | ' ') || is_numeral(c)) {
        return None;
    }
    let opens = text.starts_with(['（', '(']);
    let rest = text.trim_start_matches(['（', '(']);
    let digits_end = rest.find(|c| !is_numeral(c) && c != ' ').unwrap_or(rest.len());
    let digits = rest[..digits_end].trim_end();
    if digits.is_empty() || 4 < digits.chars().count() {
        return None;
    }
    let behind = &rest[digits_end..];
    let first = behind.chars().next()?;
    let is_closed = matches!(first, '）' | ')');
    // 一 概述, where the words behind the space are a part's.
    let is_space_only = !opens
        && !is_closed
        && rest[digits.len()..].starts_with(is_space)
        && prescribed(rest[digits.len()..].trim_start_matches(is_space)).is_some();
    let is_colon = || matches!(first, '：' | ':') && prescribed(&behind[first.len_utf8()..]).is_some();
    let is_point = matches!(first, '、' | '.' | '．' | ',' | '，') || is_space_only || is_colon();
    let ordinal = ordinal(digits)?;
    let chinese = digits.chars().any(|c| !c.is_ascii_digit() && !('０'..='９').contains(&c));
    let level = match (opens, is_closed, is_point, chinese) {
        (false, false, true, true) => 1,
        (true, true, _, true) => 2,
        (false, false, true, false) => 3,
        (true, true, _, false) => 4,
        _ => return None,
    };
    let mut bytes = text.len() - behind.len() + if is_space_only { 0 } else { first.len_utf8() };
    bytes += text[bytes..].len() - text[bytes..].trim_start_matches(['、', ' ', '\u{3000}', '\u{a0}']).len();
    // 1.5 and 2020.1.1 are numbers, not headings.
    let is_decimal = level == 3 && text[bytes..].starts_with(|c: char| c.is_ascii_digit());
    (!is_decimal).then_some(ListNumber { level, ordinal, bytes })
}

/// The number of a part that is called one: 第一部分 概述, 第二部分：主动公开政府信息情况.
fn part_of_number(text: &str) -> Option<ListNumber> {
    let rest = text.strip_prefix('第')?;
    let digits_end = rest.find(|c| !is_numeral(c))?;
    let (digits, behind) = rest.split_at(digits_end);
    let words = behind.strip_prefix("部分")?;
    let title = words.trim_start_matches(|c: char| is_space(c) || matches!(c, '：' | ':' | '、'));
    let is_apart = title.len() < words.len() || prescribed(title).is_some();
    let ordinal = ordinal(digits).filter(|_| is_apart && digits.chars().count() <= 3)?;
    Some(ListNumber { level: 1, ordinal, bytes: text.len() - title.len() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Option<(u8, u32)> {
        list_number(text).map(|number| (number.level, number.ordinal))
    }

    #[test]
    fn headings_are_found_inside_a_text_that_has_lost_its_lines() {
        let text = "甲县2016年年度报告 本报告包括：一、概述；二、主动公开情况。一、概述2016年，我县加强公开。（一）机构方面设立\
            办公室。二、主动公开政府信息情况（一）数量公开5条。三、政府信息依申请公开工作情况 未收到申请，处理一、二类事项。\
            四、收费及减免情况2016年未收费。";
        let headings: Vec<&str> = inner_headings(text).into_iter().map(|range| &text[range]).collect();
        assert_eq!(
            headings,
            ["一、概述", "二、主动公开政府信息情况", "三、政府信息依申请公开工作情况", "四、收费及减免情况"]
        );
        assert!(inner_headings("一、概述2016年公开。二、主动公开政府信息情况2016年公开。").is_empty());
        let apart = "甲县局2016年年度报告 数据截至年底。 一、工作基本情况 2016年公开。 二、主动公开信息情况 我局公开5条";
        let headings: Vec<&str> = inner_headings(apart).into_iter().map(|range| &apart[range]).collect();
        assert_eq!(headings, ["一、工作基本情况", "二、主动公开信息情况"]);
    }

    #[test]
    fn a_slip_in_the_numbers_of_known_parts_ends_no_report() {
        let text = "2021年甲县教育局政府信息公开年报 一、引言 本年报由甲县教育局编制。 一、概述 2021年，公开有序。 三、主动公开政府信息情况 \
            公开5条。 五、其他需要报告的事项 无。";
        let headings: Vec<&str> = inner_headings(text).into_iter().map(|range| &text[range]).collect();
        assert_eq!(headings, ["一、引言", "一、概述", "三、主动公开政府信息情况", "五、其他需要报告的事项"]);
        let close = "年报。一、总体情况2021年公开。一、主动公开政府信息情况2021年公开。三、收到和处理政府信息公开申请情况无。";
        let headings: Vec<&str> = inner_headings(close).into_iter().map(|range| &close[range]).collect();
        assert_eq!(
            headings,
            ["一、总体情况", "一、主动公开政府信息情况", "三、收到和处理政府信息公开申请情况"]
        );
        let listed = "本报告包括 一、引言 公开。 一、领导 重视。 三、工作 有序。";
        let headings: Vec<&str> = inner_headings(listed).into_iter().map(|range| &listed[range]).collect();
        assert_eq!(headings, ["一、引言"], "the words of no part");
        let first =
            "甲乡2021年政府信息公开工作报告如下： 一、2021年政务公开工作完成情况 (一)机构建设。建立了机制。";
        assert!(is_first_part(first, &inner_headings(first)[0]));
        let other =
            "甲乡2021年政府信息公开工作报告如下： 一、2021年政务公开工作完成情况 机构建设。建立了机制。";
        assert!(!is_first_part(other, &inner_headings(other)[0]));
    }

    /// Headings of the first level in these lines.
    fn parts(text: &str) -> Vec<String> {
        let hint = gongkai_document::Hint { name: Some("report.txt"), ..Default::default() };
        let document =
            gongkai_document::read(text.as_bytes(), &hint, &gongkai_document::Limits::STANDARD).unwrap();
        let lines = crate::lines::lines(&document, |_| false);
        let sections = sections(&document, &lines);
        for (_, section) in &sections {
            let span = section.span.as_ref().and_then(|span| span.as_bytes()).unwrap();
            let written = &text[span.start as usize..span.end as usize];
            assert_eq!(without_spaces(written), without_spaces(&section.title));
        }
        let top = sections.into_iter().filter(|(_, section)| section.level == 1);
        top.map(|(_, section)| section.title).collect()
    }

    #[test]
    fn headings_are_found_as_they_are_written() {
        let plain = ["一、总体情况", "二、主动公开政府信息情况", "三、收到和处理政府信息公开申请情况"];
        assert_eq!(parts(&plain.join("\n公开5条。\n")), plain);
        assert_eq!(
            parts(
                "一、总体情况\n好。\n二、主动公开政府信息\n情况\n三、收到和处理政府信息公开\n申请情况\n未收到。"
            ),
            plain
        );
        assert_eq!(
            parts(
                "一、总体情况：公开5条。\n二、主动公开政府信息情况：见下表。\n三、收到和处理政府信息公开申请情况：无。"
            ),
            plain
        );
        assert_eq!(
            parts("一 概述\n好。\n二、主动公开政府信息情况\n三、收到和处理政府信息公开申请情况\n无。"),
            ["一 概述", plain[1], plain[2]]
        );
        assert_eq!(
            parts(
                "一、总体情况  2021年，我局公开信息，工作有序。\n二、主动公开政府信息情况\n三、收到和处理政府信息公开申请情况"
            ),
            plain
        );
        let digits = ["1.总体情况", "2.主动公开政府信息情况", "3.收到和处理政府信息公开申请情况"];
        assert_eq!(parts(&digits.join("\n公开5条。\n")), digits);
        let bare = ["总体情况", "主动公开政府信息情况", "收到和处理政府信息公开申请情况"];
        assert_eq!(parts(&bare.join("\n公开5条。\n")), bare);
        // Sub-headings stay what they are, though they are worded like parts.
        let nested = "一、总体情况\n（一）主动公开情况\n公开5条。\n2.依申请公开情况\n无。\n二、主动公开政府信息情况\n三、其他";
        assert_eq!(parts(nested), ["一、总体情况", "二、主动公开政府信息情况", "三、其他"]);
    }

    #[test]
    fn list_numbers_have_levels() {
        assert_eq!(number("一、总体情况"), Some((1, 1)));
        assert_eq!(number("十三、计划"), Some((1, 13)));
        assert_eq!(number("（六）其他需要报告的事项"), Some((2, 6)));
        assert_eq!(number("5.完善队伍建设"), Some((3, 5)));
        assert_eq!(number("（1）网站"), Some((4, 1)));
        assert_eq!(number("第一部分 概述"), Some((1, 1)));
        assert_eq!(number("第二部分：基本情况"), Some((1, 2)));
        assert_eq!(number("第三部分总体情况"), Some((1, 3)));
        assert_eq!(number("一：总体情况"), Some((1, 1)));
        assert_eq!(number("一：2021年公开"), None);
        assert_eq!(number("第三部分信息由各科室公开"), None);
        assert_eq!(number("第二十条第（一）项"), None);
        assert_eq!(number("2020.1.1起施行"), None);
        assert_eq!(number("3.7万条"), None);
        assert_eq!(number("一是加强领导"), None);
        assert_eq!(number("三类内部事务"), None);
    }
}
