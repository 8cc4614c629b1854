//! Lists with 分别 and rises from one number to another: quantities whose words stand before another one.

use super::Frame;
use super::context::{Context, Time, is_quantity, mask, verbs};
use super::lexicon::LEXICON;
use super::text::Letters;
use super::tokens::{Kind, Token};
use std::ops::Range;

/// The words that are meant for a quantity.
pub(crate) enum Meant {
    /// Those directly before it.
    Own,
    /// These, of which the quantity is the last, with its context there.
    Others(Vec<Token>, Box<Context>),
    /// The text does not tell.
    Undetermined,
}

/// The words that are meant for the quantity at `index`.
pub(crate) fn meant(
    letters: &Letters<'_>,
    tokens: &[Token],
    index: usize,
    context: &Context,
    frame: &Frame,
) -> Meant {
    if let Some(risen) = risen(letters, tokens, index, context) {
        return risen;
    }
    respective(letters, tokens, index, context, frame).unwrap_or(Meant::Own)
}

/// 收到申请由12件增至20件: what stands before 由 is meant for the 20, too.
fn risen(letters: &Letters<'_>, tokens: &[Token], index: usize, context: &Context) -> Option<Meant> {
    let named = &LEXICON.named;
    let leads = mask(tokens, context.segment..context.segment + 1) & named.rise_to != 0;
    if !leads || context.segment_before.is_empty() || context.segment_before.end + 1 != context.segment {
        return None;
    }
    let before = tokens.get(context.segment_before.clone())?;
    let from = |token: &Token| {
        token.classes & named.compared != 0
            || matches!(letters.chars.get(token.at.clone()), Some(['由' | '从' | '较' | '比']))
    };
    let len = before.iter().position(from).unwrap_or(before.len());
    let own: Vec<Token> = before.get(..len)?.iter().chain(tokens.get(index)).cloned().collect();
    let own_context = Context { clause: 0, clause_before: 0..0, segment: 0, ..context.clone() };
    Some(Meant::Others(own, Box::new(own_context)))
}

/// 微信和微博分别发布信息14条、65条 and 分别办理建议、提案12件、15件: as many things as quantities are told apart, others not.
fn respective(
    letters: &Letters<'_>,
    tokens: &[Token],
    index: usize,
    context: &Context,
    frame: &Frame,
) -> Option<Meant> {
    let named = &LEXICON.named;
    let behind = tokens.get(index..)?.iter().take_while(|token| !matches!(token.kind, Kind::Mark(_))).count();
    let clause = context.clause..index + behind;
    let is_word =
        |place: &usize| tokens.get(*place).is_some_and(|token| token.classes & named.respectively != 0);
    let at = (clause.start..index).find(is_word)?;
    let is_counted = |place: &usize| tokens.get(*place).is_some_and(is_quantity);
    let counted: Vec<usize> = (at..clause.end).filter(is_counted).collect();
    let first = *counted.first()?;
    let place = counted.iter().position(|&place| place == index)?;
    let (mut items, mut common) =
        (split(letters, tokens.get(clause.start..at)?), tokens.get(at + 1..first)?.to_vec());
    if items.len() < 2 {
        items = split(letters, tokens.get(at + 1..first)?);
        common = verb_behind(items.last_mut());
    }
    if items.len() != counted.len() || items.len() < 2 {
        return Some(Meant::Undetermined);
    }
    let carried = items.first().map_or(0, |item| verbs(item, 0..item.len(), context.carried));
    let own: Vec<Token> =
        items.swap_remove(place).into_iter().chain(common).chain(tokens.get(index).cloned()).collect();
    let year = own.iter().rev().find_map(|token| match token.kind {
        Kind::Year(year) => Some(year),
        _ => None,
    });
    let mut own_context = Context { clause: 0, clause_before: 0..0, segment: 0, carried, ..context.clone() };
    if let Some(year) = year {
        own_context.told = Time { year: Some(year), ..Time::default() };
        own_context.time(own.len() - 1, &own, frame);
    }
    Some(Meant::Others(own, Box::new(own_context)))
}

/// The things of a list. Words that hold a list are taken apart: 人大代表建议、政协提案.
fn split(letters: &Letters<'_>, tokens: &[Token]) -> Vec<Vec<Token>> {
    let is_mark = |letter: &char| matches!(letter, '、' | '和' | '及' | '与');
    let mut items: Vec<Vec<Token>> = vec![Vec::new()];
    let push = |items: &mut Vec<Vec<Token>>, token: Token| {
        if token.classes & LEXICON.named.conjunction != 0 {
            items.push(Vec::new());
        } else if let Some(item) = items.last_mut() {
            item.push(token);
        }
    };
    for token in tokens {
        let words = letters.chars.get(token.at.clone()).unwrap_or_default();
        let parts: Vec<Range<usize>> = parts(words, is_mark);
        let known: Vec<Token> = parts
            .iter()
            .filter_map(|part| {
                let (len, word) = LEXICON.words.longest(words.get(part.clone())?)?;
                let at = token.at.start + part.start..token.at.start + part.end;
                (len == part.len()).then_some(Token { at, kind: Kind::Word, classes: word.classes })
            })
            .collect();
        if token.kind != Kind::Word || parts.len() < 2 || known.len() != parts.len() {
            push(&mut items, token.clone());
            continue;
        }
        for (place, part) in known.into_iter().enumerate() {
            if 0 < place {
                items.push(Vec::new());
            }
            push(&mut items, part);
        }
    }
    items.retain(|item| !item.is_empty());
    items
}

/// The pieces of the words between the marks.
fn parts(words: &[char], is_mark: impl Fn(&char) -> bool) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut start = 0;
    for (place, letter) in words.iter().enumerate() {
        if is_mark(letter) {
            parts.push(start..place);
            start = place + 1;
        }
    }
    parts.push(start..words.len());
    parts.retain(|part| !part.is_empty());
    parts
}

/// What the last thing of a list shares with the others: the verb behind it, and all that follows.
fn verb_behind(last: Option<&mut Vec<Token>>) -> Vec<Token> {
    let Some(last) = last else { return Vec::new() };
    let is_verb = |token: &Token| token.classes & LEXICON.named.verbs != 0;
    match last.iter().skip(1).position(is_verb) {
        Some(place) => last.split_off(place + 1),
        None => Vec::new(),
    }
}
