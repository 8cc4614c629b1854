//! Clauses that say there was none: 未收到…申请, 没有…行政复议、行政诉讼, 没有收到一件申请.

use super::context::mask;
use super::lexicon::LEXICON;
use super::text::Letters;
use super::tokens::{Kind, Quantity, Token};
use gongkai_forms::Classes;
use rust_decimal::Decimal;
use std::ops::Range;

/// What a clause denies.
pub(crate) struct Denied {
    pub(crate) indicators: Vec<&'static str>,
    /// Whether it says so of what is done in general, and not of what was: 不收取.
    pub(crate) is_habit: bool,
}

/// Whether the quantity at `index` is the one of *not one*: 没有收到一件申请, 未收到1件.
pub(crate) fn is_not_one(tokens: &[Token], index: usize, quantity: &Quantity) -> bool {
    let named = &LEXICON.named;
    let is_between = |token: &&Token| {
        token.kind == Kind::Neutral || token.classes & (named.neutral | named.receive | named.caused) != 0
    };
    let before = tokens.get(..index).unwrap_or_default();
    let denies = |token: &Token| token.classes & (named.denial | named.denial_verb) != 0;
    let place =
        before.len() - before.iter().rev().take_while(|token| !denies(token) && is_between(token)).count();
    quantity.value == Some(Decimal::ONE)
        && quantity.value_max.is_none()
        && !quantity.approximate
        && place.checked_sub(1).and_then(|place| before.get(place)).is_some_and(denies)
}

/// The indicators of which the tokens of a clause say that there was none. `above` has the classes of the paragraph so far.
pub(crate) fn denied(letters: &Letters<'_>, clause: &[Token], above: Classes) -> Option<Denied> {
    let named = &LEXICON.named;
    let at = clause.iter().position(|token| token.classes & (named.denial | named.denial_verb) != 0)?;
    let whole = mask(clause, 0..clause.len());
    if !is_plain(letters, clause, at) {
        return None;
    }
    // …情况：无 and …均无 deny what stands before.
    let is_last = at + 1 == clause.len();
    let object = if is_last { whole } else { mask(clause, at..clause.len()) };
    let indicators = gongkai_forms::indicators().iter().filter_map(|indicator| {
        let none = indicator.none.as_ref()?;
        let in_context = if above & none.context != 0 { none.object_in_context } else { 0 };
        let objects = none.object | in_context;
        let is_denied = object & objects != 0
            && whole & none.refuse == 0
            && (none.within == 0 || whole & none.within != 0)
            && (is_last || denies_all(letters, clause, at, objects));
        is_denied.then_some(indicator.id.as_str())
    });
    let indicators: Vec<&'static str> = indicators.collect();
    let word = clause.get(at).and_then(|token| letters.chars.get(token.at.clone())).unwrap_or_default();
    let is_habit = word.first() == Some(&'不') && word != ['不', '存', '在'];
    (!indicators.is_empty()).then_some(Denied { indicators, is_habit })
}

/// Whether what the clause says before its denial at `at` is no condition, no demand and no denial
/// of it: 如未收到申请, 确保无诉讼, 并非没有收到.
fn is_plain(letters: &Letters<'_>, clause: &[Token], at: usize) -> bool {
    let named = &LEXICON.named;
    let refused = named.hypothetical | named.required | named.future;
    if mask(clause, 0..at) & refused != 0 || is_of_enforcement(letters, clause, at) {
        return false;
    }
    let is_condition = |token: &Token| {
        let words: Range<usize> = token.at.clone();
        token.kind == Kind::Unknown
            && matches!(
                letters.chars.get(words).and_then(<[char]>::last),
                Some('如' | '若' | '凡' | '应' | '可' | '非' | '否' | '不')
            )
    };
    let before = clause.get(..at).unwrap_or_default();
    let skipped = before
        .iter()
        .rev()
        .take_while(|token| token.kind != Kind::Unknown && token.classes & named.neutral != 0)
        .count();
    !before.get(..before.len() - skipped).and_then(<[Token]>::last).is_some_and(is_condition)
}

/// Whether the clause speaks of how the law is enforced, and not of disclosure: 行政执法工作无被申请行政复议.
fn is_of_enforcement(letters: &Letters<'_>, clause: &[Token], at: usize) -> bool {
    let named = &LEXICON.named;
    let (Some(first), Some(denial)) = (clause.first(), clause.get(at)) else { return false };
    let before = letters.chars.get(first.at.start..denial.at.start).unwrap_or_default();
    before.windows(2).any(|pair| pair == ['执', '法'])
        && mask(clause, 0..clause.len()) & (named.disclosure | named.gov_info | named.request) == 0
}

/// Whether nothing between the denial and what it denies leaves some out (未收到网络申请, 未收到涉及秘密的申请), and what
/// follows speaks of nobody else: 未收到申请的单位.
fn denies_all(letters: &Letters<'_>, clause: &[Token], at: usize, objects: Classes) -> bool {
    let named = &LEXICON.named;
    let Some(first) =
        (at..clause.len()).find(|&place| clause.get(place).is_some_and(|token| token.classes & objects != 0))
    else {
        return false;
    };
    let plain = named.neutral
        | named.caused
        | named.denial
        | named.denial_verb
        | named.receive
        | named.request
        | named.disclosure
        | named.gov_info
        | named.info
        | named.plain_application
        | named.application
        | named.publish
        | named.required
        | named.collect
        | named.reviewed
        | named.complaint;
    let is_plain = |token: &Token| match token.kind {
        Kind::Neutral | Kind::Year(_) | Kind::Quantity(_) => true,
        Kind::Word => token.classes & plain != 0 && token.classes & named.hypothetical == 0,
        Kind::Unknown | Kind::Mark(_) => false,
    };
    let between = clause.get(at..first).unwrap_or_default();
    between.iter().all(|token| is_plain(token) && !leaves_some_out(letters, token))
        && !names_bodies(letters, clause.get(first + 1..).unwrap_or_default())
        && !speaks_of_danger(letters, clause.get(first + 1..).unwrap_or_default())
}

/// 不存在行政诉讼风险 does not say that there was none.
fn speaks_of_danger(letters: &Letters<'_>, tokens: &[Token]) -> bool {
    let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else { return false };
    let words = letters.chars.get(first.at.start..last.at.end).unwrap_or_default();
    words.windows(2).any(|pair| matches!(pair, ['风', '险'] | ['隐', '患'] | ['可', '能']))
}

/// Whether the word leaves some of what it stands before out: 未收到有效的申请.
fn leaves_some_out(letters: &Letters<'_>, token: &Token) -> bool {
    let words = letters.chars.get(token.at.clone()).unwrap_or_default();
    matches!(words, ['有', '效'] | ['正', '式'] | ['规', '范'] | ['准', '确'] | ['企', '业'])
}

/// Whether the words speak of bodies with something: 收到申请的单位.
pub(crate) fn names_bodies(letters: &Letters<'_>, tokens: &[Token]) -> bool {
    let of = tokens.iter().position(|token| letters.chars.get(token.at.clone()) == Some(&['的']));
    let is_body = |token: &Token| {
        let words = letters.chars.get(token.at.clone()).unwrap_or_default();
        matches!(words, ['单', '位'] | ['部', '门'] | ['乡'] | ['镇'] | ['地', '方'] | ['街', '道'])
            || token.classes & LEXICON.named.lower_levels != 0
    };
    of.is_some_and(|of| tokens.iter().skip(of).any(is_body))
}
