//! What the page around a report says of it in plain sight: `发布日期：2020-01-20`, `来源：…`, in a line, over two
//! lines, or in two cells of a table.

use crate::{Block, BlockKind, SourceText};
use gongkai_model::{PageMetadata, Quoted};
use std::ops::Range;

/// Longest line, in bytes, in which labels are looked for. They stand in short lines; paragraphs of the report are
/// no page metadata.
const LINE_BYTES_MAX: usize = 600;

/// Shortest line, in bytes, that is or holds a label: the two characters of 来源. Most cells of tables are shorter.
const LINE_BYTES_MIN: usize = 6;

/// Longest value, in bytes: more is a sentence.
const VALUE_BYTES_MAX: usize = 200;

/// What a label stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Published,
    /// A date that is that of publication if nothing better is said.
    PublishedPerhaps,
    Publisher,
    IndexNumber,
    Source,
}

#[derive(Debug)]
struct Label {
    name: &'static str,
    field: Field,
    /// Whether the name says enough to count wherever it stands and without a colon. Others must begin a word.
    distinct: bool,
}

const fn label(name: &'static str, field: Field, distinct: bool) -> Label {
    Label { name, field, distinct }
}

/// A longer name stands before those that it ends with.
const LABELS: &[Label] = &[
    label("发布日期", Field::Published, true),
    label("发布时间", Field::Published, true),
    label("公开日期", Field::Published, true),
    label("公开时间", Field::Published, true),
    label("公布日期", Field::Published, true),
    label("发表时间", Field::Published, true),
    label("发稿时间", Field::Published, true),
    label("發佈日期", Field::Published, true),
    label("發布日期", Field::Published, true),
    label("發佈時間", Field::Published, true),
    label("發布時間", Field::Published, true),
    label("更新时间", Field::PublishedPerhaps, true),
    label("更新日期", Field::PublishedPerhaps, true),
    label("生成日期", Field::PublishedPerhaps, true),
    label("发文日期", Field::PublishedPerhaps, true),
    label("发文时间", Field::PublishedPerhaps, true),
    label("时间", Field::PublishedPerhaps, false),
    label("日期", Field::PublishedPerhaps, false),
    label("信息公开机构", Field::Publisher, true),
    label("发布机构", Field::Publisher, true),
    label("发布单位", Field::Publisher, true),
    label("发布机关", Field::Publisher, true),
    label("发文机关", Field::Publisher, true),
    label("发文单位", Field::Publisher, true),
    label("公开机构", Field::Publisher, true),
    label("公开主体", Field::Publisher, true),
    label("發佈機構", Field::Publisher, true),
    label("發布機構", Field::Publisher, true),
    label("發佈單位", Field::Publisher, true),
    label("發布單位", Field::Publisher, true),
    label("索引号", Field::IndexNumber, true),
    label("索引號", Field::IndexNumber, true),
    label("索取号", Field::IndexNumber, true),
    label("信息来源", Field::Source, true),
    label("文章来源", Field::Source, true),
    label("内容来源", Field::Source, true),
    label("稿件来源", Field::Source, true),
    label("信息來源", Field::Source, true),
    label("資訊來源", Field::Source, true),
    label("来源", Field::Source, false),
    label("來源", Field::Source, false),
];

/// Words that stand beside labelled values and end them where nothing else does.
const NEIGHBOURS: &[&str] = &[
    "浏览",
    "阅读",
    "点击",
    "访问",
    "字体",
    "字号",
    "作者",
    "编辑",
    "责任编辑",
    "打印",
    "分享",
    "收藏",
    "成文日期",
    "文号",
    "主题分类",
    "名称",
    "有效性",
    "语种",
    "关键词",
];

/// Fills what is missing in `page` from what `blocks` say. The first of a kind counts.
pub(crate) fn complete(page: &mut PageMetadata, text: &SourceText, blocks: &[Block]) {
    let mut finder = Finder { text, perhaps_published: None, page };
    for (index, block) in blocks.iter().enumerate() {
        match &block.kind {
            BlockKind::Table(grid) => {
                for (index, cell) in grid.cells.iter().enumerate() {
                    let beside = grid.cells.get(index + 1).filter(|next| next.row == cell.row);
                    finder.lines(&cell.text, beside.map(|next| &next.text));
                }
            }
            BlockKind::Heading { .. } | BlockKind::Paragraph => {
                let next = blocks.get(index + 1).filter(|next| !matches!(next.kind, BlockKind::Table(_)));
                finder.lines(&block.text, next.map(|next| &next.text));
            }
        }
    }
    let Finder { perhaps_published, page, .. } = finder;
    if page.published.is_none() {
        page.published = perhaps_published;
    }
}

struct Finder<'a> {
    text: &'a SourceText,
    page: &'a mut PageMetadata,
    perhaps_published: Option<Quoted>,
}

impl Finder<'_> {
    /// Looks through the lines of `range`; `next` is what stands beside or below it.
    fn lines(&mut self, range: &Range<usize>, next: Option<&Range<usize>>) {
        let text = self.text.slice(range);
        if text.len() < LINE_BYTES_MIN {
            return;
        }
        if memchr::memchr(b'\n', text.as_bytes()).is_none() {
            if text.len() <= LINE_BYTES_MAX {
                self.line(range.clone(), next);
            }
            return;
        }
        let mut start = range.start;
        let mut lines = text.split('\n').peekable();
        while let Some(line) = lines.next() {
            let end = start + line.len();
            let below = lines.peek().map(|below| end + 1..end + 1 + below.len());
            if (LINE_BYTES_MIN..=LINE_BYTES_MAX).contains(&line.len()) {
                self.line(start..end, below.as_ref().or(next));
            }
            start = end + 1;
        }
    }

    fn line(&mut self, range: Range<usize>, next: Option<&Range<usize>>) {
        let line = self.text.slice(&range);
        for (colon, colon_len) in colons(line) {
            let Some(label) = label_before(&line[..colon]) else { continue };
            let start = range.start + colon + colon_len;
            let value = start..range.end;
            if is_blank(self.text.slice(&value)) {
                self.value_beside(label, next);
            } else {
                self.value(label, value);
            }
        }
        // A label in a cell of its own needs no colon.
        if line.len() <= 40
            && let Some(label) = label_before(line).filter(|label| label.distinct)
            && line.chars().filter(|character| !character.is_whitespace()).eq(label.name.chars())
        {
            self.value_beside(label, next);
        }
    }

    /// Takes the whole of `next` as the value of `label`, unless it holds labels itself.
    fn value_beside(&mut self, label: &Label, next: Option<&Range<usize>>) {
        let Some(next) = next else { return };
        let value = self.text.slice(next);
        let line_len = value.find('\n').unwrap_or(value.len());
        let line = &value[..line_len];
        let is_date = matches!(label.field, Field::Published | Field::PublishedPerhaps);
        if !is_date && (colons(line).next().is_some() || label_before(line).is_some()) {
            return;
        }
        self.value(label, next.start..next.start + line_len);
    }

    /// Takes the value of `label` from the start of `range`.
    fn value(&mut self, label: &Label, range: Range<usize>) {
        let entry = match label.field {
            Field::Published => &mut self.page.published,
            Field::PublishedPerhaps => &mut self.perhaps_published,
            Field::Publisher => &mut self.page.publisher,
            Field::IndexNumber => &mut self.page.index_number,
            Field::Source => &mut self.page.source,
        };
        if entry.is_some() {
            return;
        }
        let text = self.text.slice(&range);
        let rest = text.trim_start();
        let start = range.start + text.len() - rest.len();
        let len = match label.field {
            Field::Published | Field::PublishedPerhaps => date_len(rest),
            Field::Publisher | Field::IndexNumber | Field::Source => words_len(rest),
        };
        if 0 < len && len <= VALUE_BYTES_MAX {
            let range = start..start + len;
            let (text, span) = (self.text.slice(&range).to_owned(), Some(self.text.span(&range)));
            *entry = Some(Quoted { text, span });
        }
    }
}

/// Places and lengths of the colons of a line, narrow and wide.
fn colons(line: &str) -> impl Iterator<Item = (usize, usize)> {
    let bytes = line.as_bytes();
    // 0x9a is the last byte of U+FF1A.
    memchr::memchr2_iter(b':', 0x9a, bytes).filter_map(|at| match bytes.get(..=at)? {
        [.., b':'] => Some((at, 1)),
        [.., 0xef, 0xbc, 0x9a] => Some((at - 2, 3)),
        _ => None,
    })
}

/// Whether a label ends with `character`: nearly all lines and colons are dismissed by one look.
fn ends_label(character: char) -> bool {
    matches!(character, '期' | '间' | '間' | '构' | '構' | '位' | '关' | '体' | '号' | '號' | '源')
}

/// The label that `text` ends with, spaces inside the label (索 引 号) left out.
fn label_before(text: &str) -> Option<&'static Label> {
    let last = text.trim_end().chars().next_back().filter(|&character| !character.is_ascii())?;
    if !ends_label(last) {
        return None;
    }
    LABELS.iter().find(|label| {
        let mut characters = text.chars().rev().filter(|character| !character.is_whitespace());
        if !label.name.chars().rev().all(|character| characters.next() == Some(character)) {
            return false;
        }
        if label.distinct {
            return true;
        }
        let name = text.trim_end();
        let first = label.name.chars().next();
        let before =
            name.rfind(|character| Some(character) == first).and_then(|at| name[..at].chars().next_back());
        before.is_none_or(|before| before.is_whitespace() || "【[（(|｜，,。；;>·".contains(before))
    })
}

/// The length of the date at the start of `text`, its time of day included; 0 if there is none, or if it begins a
/// period.
fn date_len(text: &str) -> usize {
    let mut cursor = Cursor { text, at: 0 };
    let is_date = cursor.digits(4..=4)
        && cursor.one_of("年-/.")
        && cursor.digits(1..=2)
        && cursor.one_of("月-/.")
        && cursor.digits(1..=2);
    if !is_date {
        return 0;
    }
    let _ = cursor.one_of("日");
    let mut len = cursor.at;
    let _ = cursor.one_of("T");
    if cursor.digits(1..=2) && cursor.one_of(":：") && cursor.digits(2..=2) {
        len = cursor.at;
        if cursor.one_of(":：") && cursor.digits(2..=2) {
            len = cursor.at;
        }
    }
    let begins_period = text[len..].trim_start().starts_with(['至', '到', '—', '～', '~', '起', '-']);
    if begins_period { 0 } else { len }
}

struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl Cursor<'_> {
    /// Passes over blanks and then over digits, if there are as many.
    fn digits(&mut self, count: std::ops::RangeInclusive<usize>) -> bool {
        let rest = &self.text[self.at..];
        let digits = rest.trim_start();
        let len = digits.bytes().take_while(u8::is_ascii_digit).count();
        let fits = count.contains(&len);
        if fits {
            self.at += rest.len() - digits.len() + len;
        }
        fits
    }

    /// Passes over blanks and then over one of `characters`, if it is there.
    fn one_of(&mut self, characters: &str) -> bool {
        let rest = &self.text[self.at..];
        let found = rest.trim_start();
        let Some(character) = found.chars().next().filter(|&character| characters.contains(character)) else {
            return false;
        };
        self.at += rest.len() - found.len() + character.len_utf8();
        true
    }
}

/// The length of the words at the start of `text` that are a name or a number: up to a blank, a bar, a bracket
/// that opens something else, or the next label. 0 if they are a label themselves.
fn words_len(text: &str) -> usize {
    let stops = |character: char| character.is_whitespace() || "|｜[【】]。；;：:".contains(character);
    let words = &text[..text.find(stops).unwrap_or(text.len())];
    let labels = LABELS.iter().filter(|label| label.distinct).map(|label| label.name);
    let ends = labels.chain(NEIGHBOURS.iter().copied()).filter_map(|name| words.find(name));
    match ends.min() {
        None if label_before(words).is_some() => 0,
        end => end.unwrap_or(words.len()),
    }
}

fn is_blank(text: &str) -> bool {
    text.chars().all(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_label_is_found_by_its_last_character_and_before_those_that_it_ends_with() {
        for (index, label) in LABELS.iter().enumerate() {
            assert!(label.name.ends_with(ends_label), "{}", label.name);
            assert!(LINE_BYTES_MIN <= label.name.len(), "{}", label.name);
            assert!(
                LABELS[..index].iter().all(|longer| !label.name.ends_with(longer.name)),
                "{}",
                label.name
            );
        }
    }

    #[test]
    fn dates_are_read_with_their_time_and_periods_are_none() {
        let date = |text: &'static str| &text[..date_len(text)];
        assert_eq!(date("2020-01-20 15:22 来源"), "2020-01-20 15:22");
        assert_eq!(date("2020/1/2T03:04:05+08:00"), "2020/1/2T03:04:05");
        assert_eq!(date("2020年 1月 2日星期一"), "2020年 1月 2日");
        assert_eq!(date("2020.01.20"), "2020.01.20");
        assert_eq!(date("2019年1月1日至12月31日"), "");
        assert_eq!(date("201711日"), "");
        assert_eq!(date("1911-1"), "");
        assert_eq!(date(""), "");
    }
}
