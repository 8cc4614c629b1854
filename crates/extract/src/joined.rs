//! Labels and values inside a line whose cells stand together without any separator.
//!
//! What comes out are rows of fields as from any other shape: the words of headers, a label, and behind it what stands
//! between it and the next words. Nothing is cut here: the digits of several cells stay one field.

pub(crate) mod run;
mod words;

use crate::cell;
use crate::charset::CharSet;
use crate::fold::{is_invisible, is_space, narrow};
use gongkai_document::Document;
use std::ops::Range;
use std::sync::LazyLock;
use words::{Kind, Word, ends_header, is_label_end, may_begin_words, may_end_quantity, words};

/// A stretch of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Text that is no part of a table.
    Text(Range<usize>),
    /// A row of words: headers, banners, a label with nothing behind it.
    Words(Vec<Range<usize>>),
    /// A label and the tokens of its values.
    Row {
        /// The words before the values; the last ones are the label.
        words: Vec<Range<usize>>,
        /// The digits behind it, with the white space between them.
        values: Range<usize>,
        /// Whether the last digit may as well be the list number of the next label.
        list_number: bool,
    },
}

/// Finds the rows of tables in a line, as ranges of the document's text. None where it holds none.
pub(crate) fn pieces(document: &Document, line: &Range<usize>) -> Option<Vec<Piece>> {
    let text = document.text.slice(line);
    if !may_hold_rows(text) {
        return None;
    }
    let tokens = Tokens::of(text);
    let regions = tokens.regions(text);
    if regions.is_empty() {
        return None;
    }
    let mut pieces = Vec::new();
    let mut at = 0;
    let mut next = 0;
    for region in regions {
        let begin = tokens.0[region.start].range().start;
        tokens.text(text, next..region.start, at..begin, &mut pieces);
        (next, at) = (region.end, tokens.0[region.end - 1].range().end);
        tokens.rows(text, region, &mut pieces);
    }
    tokens.text(text, next..tokens.0.len(), at..text.len(), &mut pieces);
    for piece in &mut pieces {
        piece.move_by(line.start);
    }
    Some(pieces)
}

impl Piece {
    fn move_by(&mut self, bytes: usize) {
        let place = |range: &mut Range<usize>| *range = range.start + bytes..range.end + bytes;
        match self {
            Self::Text(range) => place(range),
            Self::Words(words) => words.iter_mut().for_each(place),
            Self::Row { words, values, .. } => {
                words.iter_mut().for_each(place);
                place(values);
            }
        }
    }
}

/// A quick look for a digit right behind a character that may end a label, in a run before something that may go on.
/// Running text has nearly none: what stands behind its numbers are units.
fn may_hold_rows(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(found) = digit_behind_words(bytes, at) {
        if may_stand_before(text, found) {
            at = run_end(text, found);
            let next = text[at..].chars().find(|&c| !is_space(c));
            let ends_with_digit = text[..at].chars().next_back().is_some_and(|c| digit(c).is_some());
            if next.is_none_or(|c| may_begin_words(c) || (ends_with_digit && ".．、".contains(c))) {
                return true;
            }
        } else {
            at = found + 1;
        }
    }
    false
}

/// The first digit from `from` on that stands right behind a character of several bytes, or behind one and a space.
fn digit_behind_words(bytes: &[u8], from: usize) -> Option<usize> {
    let is_wide = |at: usize| bytes.get(at).is_some_and(|byte| 0x80 <= *byte);
    let mut at = from;
    loop {
        at = next_digit(bytes, at)?;
        let is_behind = match at.checked_sub(1).map(|before| bytes[before]) {
            Some(b' ') => at.checked_sub(2).is_some_and(is_wide),
            Some(before) => 0x80 <= before,
            None => false,
        };
        if is_behind {
            return Some(at);
        }
        at += 1;
    }
}

/// The first byte from `at` on with which a digit begins, in any width.
fn next_digit(bytes: &[u8], mut at: usize) -> Option<usize> {
    const STEP: usize = 16;
    let plain = |byte: u8| byte.wrapping_sub(b'0') <= 9;
    // A wide digit begins as most wide marks do.
    let may_be = |byte: u8| u8::from(plain(byte)) | u8::from(byte == 0xef);
    let is_digit = |rest: &[u8]| match rest {
        [0xef, second, third, ..] => *second == 0xbc && third.wrapping_sub(0x90) <= 9,
        [first, ..] => plain(*first),
        [] => false,
    };
    loop {
        let rest = bytes.get(at..)?;
        // Sixteen places at once as long as none of them may be one.
        if let Some(piece) = rest.first_chunk::<STEP>()
            && piece.iter().fold(0, |found, &byte| found | may_be(byte)) == 0
        {
            at += STEP;
            continue;
        }
        let place = rest.iter().position(|&byte| may_be(byte) != 0)?;
        if is_digit(&rest[place..]) {
            return Some(at + place);
        }
        at += place + 1;
    }
}

/// Whether the words before the digits at `at` may be a label or the last header. Rows whose cells stand between spaces
/// have a space there, too; only a whole header in the same line is worth a closer look.
fn may_stand_before(text: &str, at: usize) -> bool {
    let before = &text[..at];
    match before.strip_suffix(' ') {
        Some(before) => ends_header(before),
        None => before.chars().next_back().is_some_and(is_label_end),
    }
}

fn digit(character: char) -> Option<char> {
    let plain = narrow(character).unwrap_or(character);
    plain.is_ascii_digit().then_some(plain)
}

/// A piece of a line by what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    /// Words of a form.
    Word { range: Range<usize>, kind: Kind },
    /// Digits.
    Run { range: Range<usize>, list_number: bool },
    /// Anything else.
    Other(Range<usize>),
}

impl Token {
    fn range(&self) -> &Range<usize> {
        match self {
            Self::Word { range, .. } | Self::Run { range, .. } | Self::Other(range) => range,
        }
    }

    fn kind(&self) -> Option<Kind> {
        match self {
            Self::Word { kind, .. } => Some(*kind),
            Self::Run { .. } | Self::Other(_) => None,
        }
    }
}

struct Tokens(Vec<Token>);

/// White space, and the characters that words of the forms, runs and marks may begin with.
static BEGINNINGS: LazyLock<CharSet> = LazyLock::new(|| {
    let may_begin = |character: &char| {
        is_space(*character)
            || digit(*character).is_some()
            || words().may_begin(*character)
            || "/／—－-无+＋增减".contains(*character)
    };
    ('\0'..='\u{ffff}').filter(may_begin).collect()
});

impl Tokens {
    fn of(text: &str) -> Self {
        let mut tokens = Self(Vec::new());
        let mut at = 0;
        let other = |range: Range<usize>, tokens: &mut Self| match tokens.0.last_mut() {
            Some(Token::Other(last)) => last.end = range.end,
            _ => tokens.0.push(Token::Other(range)),
        };
        while at < text.len() {
            // Most characters begin no word of a table, and are no digits either.
            let found = BEGINNINGS.find(text, at);
            let begin = found.as_ref().map_or(text.len(), |found| found.start);
            if at < begin {
                other(at..begin, &mut tokens);
                at = begin;
            }
            let Some((Range { end: next, .. }, character)) = found.zip(text[at..].chars().next()) else {
                break;
            };
            if let Some(word) = longest(&text[at..]) {
                at = tokens.push_word(text, at, word);
            } else if digit(character).is_some() || tokens.is_mark_of_row(&text[at..]) {
                at = tokens.push_run(text, at);
            } else {
                if !is_space(character) {
                    other(at..next, &mut tokens);
                }
                at = next;
            }
        }
        tokens
    }

    /// Whether a mark, or a sign before digits, stands right behind the label of a row.
    fn is_mark_of_row(&self, text: &str) -> bool {
        let is_sign = |rest: &str| rest.trim_start_matches(['加', '少']).starts_with(|c| digit(c).is_some());
        self.0.last().and_then(Token::kind).is_some_and(|kind| kind.is_row() || kind.is_header())
            && (is_mark(text) || text.strip_prefix(['+', '＋', '增', '减']).is_some_and(is_sign))
    }

    /// Adds a word of a form, and passes over the note and the unit between it and its values.
    fn push_word(&mut self, text: &str, at: usize, word: Word) -> usize {
        let end = at + word.bytes;
        self.0.push(Token::Word { range: at..end, kind: word.kind });
        let rest = &text[end..];
        let closed = rest
            .trim_start_matches(|c| is_space(c) || matches!(c, '）' | ')' | '”' | '"' | '：' | ':' | '」'));
        let without_note = note_bytes(closed).map_or(closed, |bytes| &closed[bytes..]);
        let bare = without_note.trim_start_matches(is_space);
        let without_unit = unit_bytes(bare).map_or(without_note, |bytes| &bare[bytes..]);
        let begins_run =
            |rest: &str| rest.chars().find(|&c| !is_space(c)).is_some_and(|c| digit(c).is_some());
        let next = [without_unit, without_note, closed].into_iter().find(|rest| begins_run(rest));
        text.len() - next.unwrap_or(closed).len()
    }

    /// Adds the digits that begin at `at`; a digit that begins the next label goes with it.
    fn push_run(&mut self, text: &str, at: usize) -> usize {
        let mut end = run_end(text, at);
        // 2019年: no value.
        let follows = |end: usize| text[end..].chars().find(|&c| !is_space(c));
        if follows(end).is_some_and(|c| matches!(c, '年' | '月' | '日' | '号' | '时'))
            && let Some(space) = text[at..end].rfind(is_space)
        {
            end = at + text[at..at + space].trim_end_matches(is_space).len();
        }
        let last = text[at..end].char_indices().next_back().map_or(at, |(offset, _)| at + offset);
        if !text[last..].starts_with(|c| digit(c).is_some()) {
            self.0.push(Token::Run { range: at..end, list_number: false });
            return end;
        }
        let behind = text[end..].trim_start_matches(is_space);
        let bare = behind.trim_start_matches(['.', '．', '、', '）', ')']);
        let begins_words = |rest: &str| rest.starts_with(|c: char| !c.is_ascii() && digit(c).is_none());
        let is_separated = bare.len() < behind.len()
            && begins_words(bare.trim_start_matches(is_invisible))
            && !bare.trim_start_matches(is_space).starts_with(|c| digit(c).is_some());
        // With its list number the label is one of the form's, or a separator says that a list number stands there.
        let numbered = longest(&text[last..]).filter(|word| text.len() - last - word.bytes < bare.len());
        let plain = words().longest(bare).or_else(|| words().longest(behind_of_which(bare)?));
        let after_label =
            matches!(self.0.last(), Some(Token::Word { kind, .. }) if kind.is_row() || kind.is_header());
        let is_lone = last == at && !after_label;
        if is_separated || (is_lone && numbered.is_some()) {
            let values = at..at + text[at..last].trim_end_matches(is_space).len();
            if !values.is_empty() {
                self.0.push(Token::Run { range: values, list_number: false });
            }
            return match numbered {
                Some(word) => self.push_word(text, last, word),
                None => {
                    self.0.push(Token::Other(last..text.len() - bare.len()));
                    text.len() - bare.len()
                }
            };
        }
        let may_be_number = numbered.is_some() || (plain.is_none() && !bare.is_empty());
        self.0.push(Token::Run { range: at..end, list_number: may_be_number });
        end
    }
}

/// The longest word of a form that `text` begins with. A digit is the list number of a label only where no longer label
/// begins behind it: 3其他对外管理服务事项 has none, though there is a 3.其他.
fn longest(text: &str) -> Option<Word> {
    let word = words().longest(text)?;
    let number = text.chars().next().filter(|&c| digit(c).is_some());
    let is_longer = |rest: &str| {
        words().longest(rest).is_some_and(|plain| word.bytes < text.len() - rest.len() + plain.bytes)
    };
    let is_value = number.is_some_and(|number| {
        is_longer(text[number.len_utf8()..].trim_start_matches(['.', '．', '、', '）', ')']))
    });
    (!is_value).then_some(word)
}

/// The end of a run: digits and marks, and what may stand between or behind those of several cells: white space, signs,
/// points, commas between thousands, units.
fn run_end(text: &str, at: usize) -> usize {
    let mut end = at;
    let mut next = at;
    // What cannot be seen parts no number.
    let is_digit = |rest: &str| rest.trim_start_matches(is_invisible).starts_with(|c| digit(c).is_some());
    while let Some(character) = text[next..].chars().next() {
        let after = next + character.len_utf8();
        let rest = &text[after..];
        if digit(character).is_some() || is_mark(&text[next..]) {
            end = after;
        } else if matches!(character, '.' | '．' | '−' | '+' | '＋' | '增' | '减') {
            if !is_digit(rest.trim_start_matches(['加', '少'])) {
                break;
            }
        } else if matches!(character, ',' | '，') {
            let visible = rest.chars().filter(|&c| !is_invisible(c));
            if visible.take_while(|&c| digit(c).is_some()).count() < 3 {
                break;
            }
        } else if let Some(bytes) = unit_bytes(&text[next..]) {
            // Behind the last digits a unit is part of them only where a cell could end.
            let behind = text[next + bytes..].chars().find(|&c| !is_space(c));
            let may_end = |c| digit(c).is_some() || may_begin_words(c) || "+-＋－−/".contains(c);
            // Behind money any words of a table may stand; in a sentence it ends a part of it, or goes on with 人民币.
            let is_money = text[next..next + bytes].ends_with('元');
            if !behind.is_none_or(|c| may_end(c) || (is_money && !may_end_quantity(c) && c != '人')) {
                break;
            }
            end = next + bytes;
            next = end;
            continue;
        } else if !is_space(character) && !matches!(character, '加' | '少') {
            break;
        }
        next = after;
    }
    end
}

/// Whether a mark for "not applicable" stands here; 无 also begins words.
fn is_mark(text: &str) -> bool {
    let Some(rest) = text.strip_prefix(['/', '／', '—', '－', '-', '无']) else { return false };
    let may_follow = |rest: &str| {
        rest.is_empty()
            || rest.starts_with(|c| digit(c).is_some() || is_space(c) || c == '无')
            || words().longest(rest).is_some()
    };
    !text.starts_with('无') || (words().longest(text).is_none() && may_follow(rest))
}

/// The bytes of a unit right here.
fn unit_bytes(text: &str) -> Option<usize> {
    let is_han = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
    let longest =
        text.char_indices().map(|(at, c)| (at + c.len_utf8(), c)).take(3).take_while(|(_, c)| is_han(*c));
    longest.map(|(end, _)| end).filter(|&end| cell::is_unit(&text[..end])).last()
}

/// The bytes of a note in brackets: no list number, no sentence.
fn note_bytes(text: &str) -> Option<usize> {
    const NOTE_BYTES_MAX: usize = 120;
    let open = text.chars().next().filter(|c| matches!(c, '（' | '('))?;
    let close = text.find(['）', ')']).filter(|close| *close <= NOTE_BYTES_MAX)?;
    let inside = &text[open.len_utf8()..close];
    let is_note =
        !inside.contains('。') && inside.chars().any(|c| !crate::fold::is_numeral(c) && !is_space(c));
    is_note.then(|| close + text[close..].chars().next().map_or(0, char::len_utf8))
}

/// Words between two rows may be headers, headings and labels that no form has; longer text is running text.
const GAP_CHARS_MAX: usize = 90;
/// A table without labels is found by as many headers right before its values.
const HEADERS_MIN: usize = 6;

/// Rows that follow each other.
struct Region {
    tokens: Range<usize>,
    /// How many of them have a label that some form has.
    known: usize,
    /// How many have other words before their values.
    unknown: usize,
}

impl Tokens {
    /// The tokens of each table: from its first header to its last value.
    fn regions(&self, text: &str) -> Vec<Range<usize>> {
        let mut regions: Vec<Region> = Vec::new();
        for run in 1..self.0.len() {
            let goes_on = regions.last().is_some_and(|region| self.is_near(text, region.tokens.end..run));
            if !self.is_value(text, run, goes_on) {
                continue;
            }
            let is_known = self.0[run - 1].kind().is_some();
            match regions.last_mut() {
                Some(region) if goes_on => {
                    region.tokens.end = run + 1;
                    region.known += usize::from(is_known);
                    region.unknown += usize::from(!is_known);
                }
                _ => regions.push(Region { tokens: run - 1..run + 1, known: 1, unknown: 0 }),
            }
        }
        let mut regions: Vec<Range<usize>> = regions
            .into_iter()
            .map(|mut region| {
                let start = &mut region.tokens.start;
                while 0 < *start && self.0[*start - 1].kind().is_some_and(|kind| !kind.is_heading()) {
                    *start -= 1;
                }
                region
            })
            .filter(|region| self.is_table(region))
            .map(|region| region.tokens)
            .collect();
        // Labels with nothing behind them, up to the next heading.
        let mut limit = self.0.len();
        for region in regions.iter_mut().rev() {
            let is_empty_label = |at: usize| {
                let is_label = self.0[at].kind().is_some_and(|kind| kind.is_row() && !kind.is_header());
                is_label && self.0.get(at + 1).is_none_or(|next| next.kind().is_some())
            };
            while region.end < limit && is_empty_label(region.end) {
                region.end += 1;
            }
            limit = region.start;
        }
        regions
    }

    /// Whether a region is a table: several rows, values behind a whole header, or nothing else in the line; and its
    /// labels are a form's, but for a few.
    fn is_table(&self, region: &Region) -> bool {
        let tokens = self.0[region.tokens.clone()].iter().rev().skip(1);
        let headers = tokens.take_while(|token| token.kind().is_some_and(Kind::is_header)).count();
        region.unknown * 2 <= region.known
            && (2 <= region.known + region.unknown
                || HEADERS_MIN <= headers
                || (self.is_alone_up_to(region.tokens.start) && region.tokens.end == self.0.len()))
    }

    /// Whether nothing stands before the token at `start`, or only the rest of a number from the line before.
    fn is_alone_up_to(&self, start: usize) -> bool {
        start == 0 || (start == 1 && matches!(self.0.first(), Some(Token::Run { .. })))
    }

    /// Whether the run at `index` holds values: it stands before something that is no unit and no end of a sentence,
    /// and behind the label of a row, or behind headers, or, where `goes_on` from rows before, behind a few words that
    /// are no form's.
    fn is_value(&self, text: &str, index: usize, goes_on: bool) -> bool {
        let Token::Run { range, .. } = &self.0[index] else { return false };
        let is_behind = index.checked_sub(1).is_some_and(|before| match &self.0[before] {
            Token::Word { kind, .. } => kind.is_row() || kind.is_header(),
            Token::Other(words) => goes_on && is_unknown_label(&text[words.clone()]),
            Token::Run { .. } => false,
        });
        let next = text[range.end..].chars().find(|&c| !is_space(c));
        // 予以公开71件、部分公开5件 lists what a sentence counts: no cell with its unit ends in a mark.
        let has_unit = text[range.clone()].chars().next_back().is_some_and(|c| digit(c).is_none());
        let is_listed = has_unit && matches!(next, Some('、' | '，' | ',' | '；' | ';' | '。'));
        // Among the rows of a table anything may follow that is no unit.
        is_behind
            && !is_listed
            && next.is_none_or(|c| may_begin_words(c) || (goes_on && !may_end_quantity(c)))
    }

    /// Whether nothing but words of the forms, values and a few other words stand between two values.
    fn is_near(&self, text: &str, between: Range<usize>) -> bool {
        let others = self.0[between].iter().filter_map(|token| match token {
            Token::Other(range) => Some(&text[range.clone()]),
            Token::Word { .. } | Token::Run { .. } => None,
        });
        let mut chars = 0;
        for other in others {
            if other.contains(['。', '；', '，']) {
                return false;
            }
            chars += other.chars().count();
        }
        chars <= GAP_CHARS_MAX
    }

    /// Adds running text, headings of sections apart: a line that holds tables holds the rest of a report as well.
    fn text(&self, text: &str, tokens: Range<usize>, range: Range<usize>, pieces: &mut Vec<Piece>) {
        let mut push = |range: Range<usize>| {
            if !text[range.clone()].trim_matches(is_space).is_empty() {
                pieces.push(Piece::Text(range));
            }
        };
        let mut at = range.start;
        for token in &self.0[tokens] {
            if token.kind().is_some_and(Kind::is_heading)
                && let Some(begin) = numeral_before(text, at, token.range().start)
            {
                push(at..begin);
                push(begin..token.range().end);
                at = token.range().end;
            }
        }
        push(at..range.end);
    }

    /// Turns a region into rows.
    fn rows(&self, text: &str, region: Range<usize>, pieces: &mut Vec<Piece>) {
        // Words that wait for their row: headers, banners, a label.
        let mut waiting: Vec<(Range<usize>, Option<Kind>)> = Vec::new();
        for index in region {
            match &self.0[index] {
                Token::Word { range, kind } if kind.is_heading() => {
                    let begin = waiting
                        .last()
                        .filter(|(before, kind)| {
                            kind.is_none()
                                && numeral_before(text, before.start, range.start) == Some(before.start)
                        })
                        .map(|(before, _)| before.start);
                    waiting.truncate(waiting.len() - usize::from(begin.is_some()));
                    push_words(&mut waiting, pieces);
                    pieces.push(Piece::Text(begin.unwrap_or(range.start)..range.end));
                }
                Token::Word { range, kind } => waiting.push((range.clone(), Some(*kind))),
                // Behind a label without values unknown words may be its own, or another label: neither is empty.
                Token::Other(range) => match waiting.last_mut() {
                    Some((before, kind)) if kind.is_some_and(|kind| kind.is_row() && !kind.is_header()) => {
                        (before.end, *kind) = (range.end, None);
                    }
                    Some(_) | None => waiting.push((range.clone(), None)),
                },
                Token::Run { range, list_number } => {
                    // The label with the banners right before it is the row; the rest has rows of its own.
                    let first = label_start(&waiting);
                    let words: Vec<Range<usize>> = waiting.drain(first..).map(|(range, _)| range).collect();
                    push_words(&mut waiting, pieces);
                    pieces.push(Piece::Row { words, values: range.clone(), list_number: *list_number });
                }
            }
        }
        push_words(&mut waiting, pieces);
    }
}

/// Where the label of a row begins among the words before its values, with the banners right before it; their number
/// where they are all headers of a table without labels.
fn label_start(waiting: &[(Range<usize>, Option<Kind>)]) -> usize {
    let is_header = |kind: Option<Kind>| kind.is_some_and(Kind::is_header);
    let is_row = |kind: Option<Kind>| kind.is_some_and(Kind::is_row);
    let Some(((_, label), before)) = waiting.split_last() else { return 0 };
    // 总计 is either: behind other headers it is one.
    let behind_header = before.last().is_some_and(|(_, kind)| is_header(*kind) && !is_row(*kind));
    if is_header(*label) && (!is_row(*label) || behind_header) {
        return waiting.len();
    }
    before.iter().rposition(|(_, kind)| !kind.is_some_and(Kind::is_banner)).map_or(0, |last| last + 1)
}

/// Whether words that are no form's may be a label, or what a label goes on with.
fn is_unknown_label(words: &str) -> bool {
    const CHARS_MAX: usize = 40;
    words.chars().count() <= CHARS_MAX && !words.contains(['。', '；', '，', '：'])
}

/// What stands behind 其中 and the list number of the first of the parts: a label, as a rule.
fn behind_of_which(text: &str) -> Option<&str> {
    let rest = text
        .strip_prefix("其中")?
        .trim_start_matches(|c| is_space(c) || matches!(c, '：' | ':' | '，' | ','));
    let bare = rest.trim_start_matches(crate::fold::is_numeral);
    Some(bare.trim_start_matches(['、', '.', '．']))
}

/// Where the list number of a heading (二、) begins, if one stands right before `heading` and not before `from`.
fn numeral_before(text: &str, from: usize, heading: usize) -> Option<usize> {
    let before = text[from..heading].trim_end_matches(is_space);
    let rest = before.strip_suffix(['、', '.', '．'])?.trim_end_matches(is_space);
    let number = rest.trim_end_matches(|c: char| crate::fold::is_numeral(c) && digit(c).is_none());
    (number.len() < rest.len()).then_some(from + number.len())
}

/// Words above a row, and labels without values: a row each time that a level of headers or a label begins.
fn push_words(waiting: &mut Vec<(Range<usize>, Option<Kind>)>, pieces: &mut Vec<Piece>) {
    let mut row: Vec<Range<usize>> = Vec::new();
    let mut last: Option<Kind> = None;
    // The rows of a header in which all words of this row may stand.
    let mut levels = u8::MAX;
    for (range, kind) in waiting.drain(..) {
        let own = kind.map_or(0, Kind::levels);
        if !row.is_empty() && begins_row(last, kind, levels) {
            pieces.push(Piece::Words(std::mem::take(&mut row)));
            levels = u8::MAX;
        }
        if own != 0 {
            levels &= own;
        }
        row.push(range);
        last = kind;
    }
    if !row.is_empty() {
        pieces.push(Piece::Words(row));
    }
}

/// Whether a word begins another row than the one before it, which stands in one of `levels` of its header.
fn begins_row(last: Option<Kind>, kind: Option<Kind>, levels: u8) -> bool {
    match (last, kind) {
        (Some(last), Some(kind)) if last.is_header() && kind.is_header() => {
            kind.is_under(last) || levels & kind.levels() == 0
        }
        // Labels without values stand each in a row, with their banners before them.
        (Some(last), _) if last.is_row() && !last.is_header() => true,
        (Some(last), Some(kind)) if kind.is_row() && !kind.is_header() => !last.is_banner(),
        (_, Some(kind)) => kind.is_banner() != last.is_some_and(Kind::is_banner),
        (Some(_), None) => true,
        (None, None) => false,
    }
}
