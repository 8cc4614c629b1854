//! What is done to the tokens of a sentence before it is read: notes in brackets, labels, spans of time, the report's own
//! names, and years that requests are carried to.

use super::Frame;
use super::context::{is_quantity, mask};
use super::lexicon::LEXICON;
use super::owners::{is_behind_other_level, rank_of};
use super::text::Letters;
use super::tokens::{Kind, Token};

/// The longest word that may stand behind the letters of a report's own name, in letters: 人民政府办公室.
const OWN_WORD_LETTERS_MAX: usize = 8;

/// Makes the tokens of a sentence ready for reading.
pub(crate) fn prepare(letters: &Letters<'_>, tokens: &mut [Token], frame: &Frame) {
    skip_notes(tokens);
    join_labels(tokens);
    open_spans(letters, tokens);
    part_spans(letters, tokens);
    own_names(letters, tokens, frame);
    carried_by_year(tokens, frame);
}

/// Makes brackets that hold no quantity, with all that stands in them, neutral: 公众号（乙镇发布）公开5条.
fn skip_notes(tokens: &mut [Token]) {
    let mut open = None;
    for index in 0..tokens.len() {
        match tokens.get(index).map(|token| &token.kind) {
            Some(Kind::Mark('(')) => open = Some(index),
            Some(Kind::Quantity(_)) => open = None,
            Some(Kind::Mark(')')) => {
                let Some(from) = open.take() else { continue };
                for token in tokens.get_mut(from..=index).unwrap_or_default() {
                    token.kind = Kind::Neutral;
                    token.classes = 0;
                }
            }
            _ => {}
        }
    }
}

/// A colon between a label and the one quantity behind it ends no clause: 主动公开政府信息：120条。
fn join_labels(tokens: &mut [Token]) {
    for index in 1..tokens.len() {
        let is_colon = matches!(tokens.get(index).map(|token| &token.kind), Some(Kind::Mark(':')));
        if !is_colon || !tokens.get(index + 1).is_some_and(is_quantity) {
            continue;
        }
        let is_word = tokens
            .get(index - 1)
            .is_some_and(|label| label.kind == Kind::Word && label.classes & LEXICON.named.share == 0);
        let closes =
            tokens.get(index + 2).is_none_or(|next| matches!(next.kind, Kind::Mark(mark) if mark != '('));
        if is_word
            && closes
            && let Some(colon) = tokens.get_mut(index)
        {
            colon.kind = Kind::Neutral;
        }
    }
}

/// “十三五”期间 is a span of five years, and none of them.
fn open_spans(letters: &Letters<'_>, tokens: &mut [Token]) {
    const MARKS_MAX: usize = 1;
    for index in 1..tokens.len() {
        let words = |index: usize| {
            tokens.get(index).and_then(|token| letters.chars.get(token.at.clone())).unwrap_or_default()
        };
        let spans = matches!(words(index), ['期', '间'] | ['时', '期']);
        let is_plan = |index: usize| matches!(words(index), ['十', '一' | '二' | '三' | '四' | '五', '五']);
        let is_open = spans && (index.saturating_sub(1 + MARKS_MAX)..index).any(is_plan);
        if is_open && let Some(token) = tokens.get_mut(index) {
            token.kind = Kind::Word;
            token.classes |= LEXICON.named.since;
        }
    }
}

/// 活动期间 and 期间 alone are less than the year; 报告期间 and 2021年期间 are it.
fn part_spans(letters: &Letters<'_>, tokens: &mut [Token]) {
    let named = &LEXICON.named;
    for index in 0..tokens.len() {
        let words = |index: usize| {
            tokens.get(index).and_then(|token| letters.chars.get(token.at.clone())).unwrap_or_default()
        };
        if words(index) != ['期', '间'] {
            continue;
        }
        let before = index.checked_sub(1).and_then(|before| tokens.get(before));
        let is_year = before.is_some_and(|before| {
            let told = before.classes & (named.this_year | named.last_year | named.since | named.until) != 0;
            let is_sentence = matches!(words(index - 1), ['报', '告'] | ['统', '计'] | ['此' | '其' | '”']);
            told || is_sentence || matches!(before.kind, Kind::Year(_) | Kind::Neutral)
        });
        if !is_year && let Some(token) = tokens.get_mut(index) {
            token.classes |= named.part_of_year;
        }
    }
}

/// Letters of the report's own names are not unknown: 甲县 in the report of 甲县人民政府.
fn own_names(letters: &Letters<'_>, tokens: &mut [Token], frame: &Frame) {
    for index in 0..tokens.len() {
        let Some(token) = tokens.get(index).filter(|token| matches!(token.kind, Kind::Unknown)) else {
            continue;
        };
        let (start, end) = (token.at.start, token.at.end);
        let next = tokens
            .get(index + 1)
            .filter(|next| matches!(next.kind, Kind::Word) && next.at.len() <= OWN_WORD_LETTERS_MAX);
        // 甲市教育局 with the word for the kind of body behind it; 教育 of 教育局 in 教育信息.
        let with_next = next
            .is_some_and(|next| letters.chars.get(start..next.at.end).is_some_and(|name| frame.is_own(name)));
        let words = letters.chars.get(start..end).unwrap_or_default();
        let is_own = with_next
            || (next.is_none() && 2 <= words.len() && frame.is_own(words))
            || next.is_some_and(|next| !names_a_body(letters, next)) && frame.is_topic(words);
        // 乙 of 甲市乙县 stands behind the level above, too.
        let is_area = next.is_some_and(|next| {
            letters.chars.get(next.at.start).is_some_and(|&kind| rank_of(kind).is_some())
        });
        let is_own = is_own && (is_area || !is_behind_other_level(letters, tokens, index, frame));
        if is_own && let Some(token) = tokens.get_mut(index) {
            token.kind = Kind::Neutral;
        }
    }
}

/// 结转到2024年度办理 in the report on 2023 is 结转下年度; 结转2022年度 and 2022年结转 are 上年结转.
fn carried_by_year(tokens: &mut [Token], frame: &Frame) {
    let named = &LEXICON.named;
    let Some(own) = frame.year else { return };
    for index in 1..tokens.len() {
        let year = match tokens.get(index).map(|token| &token.kind) {
            Some(Kind::Year(year)) => *year,
            _ => continue,
        };
        let Some(before) = tokens.get_mut(index - 1).filter(|token| token.classes & named.carrying != 0)
        else {
            continue;
        };
        if year == own + 1 {
            before.classes |= named.next_year_backlog;
        } else if year + 1 == own {
            before.classes |= named.last_year_backlog;
        }
    }
    // 2022年结转申请3件 in the report on 2023.
    for index in 1..tokens.len() {
        let is_year_before = |token: &Token| matches!(token.kind, Kind::Year(year) if year + 1 == own);
        if !tokens.get(index - 1).is_some_and(is_year_before) {
            continue;
        }
        let goes_on = mask(tokens, index + 1..index + 2) & named.next_year_backlog != 0
            || matches!(tokens.get(index + 1), Some(Token { kind: Kind::Year(_), .. }));
        if let Some(token) =
            tokens.get_mut(index).filter(|token| token.classes & named.carrying != 0 && !goes_on)
        {
            token.classes |= named.last_year_backlog;
        }
    }
}

/// Whether the word makes a body's name of what stands before it: 财政所 is not the 财政局.
fn names_a_body(letters: &Letters<'_>, token: &Token) -> bool {
    let words = letters.chars.get(token.at.clone()).unwrap_or_default();
    token.classes & LEXICON.named.organ_suffix != 0
        || matches!(words, ['所' | '站' | '队' | '院' | '校' | '馆'] | ['中', '心'])
}
