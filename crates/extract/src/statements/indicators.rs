//! Which indicator a quantity states: the patterns of the dictionary, matched against the tokens around it.

mod claims;

use super::context::{Context, mask, segment_end};
use super::lexicon::{LEXICON, Named};
use super::text::Letters;
use super::tokens::{Kind, Quantity, Token};
use gongkai_forms::{Classes, Media, Pattern, UnitGroups};
use gongkai_model::Period;
use rust_decimal::Decimal;
use std::ops::Range;
use std::sync::LazyLock;

/// The indicators that a quantity states: mostly one at most, two where one zero stands for both.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pick {
    pub(crate) first: Option<Found>,
    pub(crate) second: Option<Found>,
}

/// An indicator that a pattern found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    pub(crate) indicator: &'static str,
    /// Whether it counts all that was published.
    pub(crate) is_total: bool,
    /// Whether another of its kind in the same sentence makes both parts of it.
    pub(crate) sole: bool,
}

/// A quantity in its surroundings.
struct Place<'a> {
    letters: &'a Letters<'a>,
    tokens: &'a [Token],
    index: usize,
    quantity: &'a Quantity,
    context: &'a Context,
    segment: Range<usize>,
    after: Range<usize>,
    segment_mask: Classes,
    near_mask: Classes,
    after_mask: Classes,
    /// Media that the quantity was published by.
    media: Classes,
    /// The same with those of the clause before, though it has a quantity of its own.
    media_around: Classes,
}

/// What at least one pattern of an indicator asks for: most are dismissed by one look.
#[derive(Debug)]
struct Asked {
    units: UnitGroups,
    /// The first object of each pattern.
    objects: Classes,
    /// Whether a pattern needs none.
    needs_none: bool,
}

static ASKED: LazyLock<Vec<Asked>> = LazyLock::new(|| {
    let of_patterns = |patterns: &[Pattern]| Asked {
        units: patterns.iter().fold(0, |units, pattern| units | pattern.units),
        objects: patterns.iter().filter_map(|pattern| pattern.object.first()).fold(0, |all, own| all | own),
        needs_none: patterns.iter().any(|pattern| pattern.object.is_empty()),
    };
    gongkai_forms::indicators().iter().map(|indicator| of_patterns(&indicator.patterns)).collect()
});

/// The indicators that the quantity at `index` states. `above` gives the classes of the paragraph so far.
pub(crate) fn pick(
    letters: &Letters<'_>,
    tokens: &[Token],
    index: usize,
    quantity: &Quantity,
    context: &Context,
    above: &mut dyn FnMut() -> Classes,
) -> Pick {
    let named = &LEXICON.named;
    let segment = context.segment.min(index)..index;
    let after = index + 1..segment_end(tokens, index);
    // 公开财政信息，1条: what is counted stands in another clause, with words that nobody looked at.
    let is_alone = segment.is_empty()
        && after.is_empty()
        && segment.start.checked_sub(1).is_some_and(|before| tokens[before].kind == Kind::Mark(','));
    if is_alone {
        return Pick::default();
    }
    let segment_mask = mask(tokens, segment.clone());
    let after_mask = mask(tokens, after.clone());
    let mut before = mask(tokens, context.clause_before.clone());
    let told = claims::channel(letters, tokens, context);
    before &= !named.media | told.around;
    let mut media = (segment_mask | after_mask) & named.media;
    if media == 0 && context.segment == context.clause && !context.counted_before {
        media = told.own;
    }
    let near_mask = segment_mask | after_mask | before | mask(tokens, context.clause..index);
    let place = Place {
        letters,
        tokens,
        index,
        quantity,
        context,
        segment: segment.clone(),
        after,
        segment_mask,
        near_mask,
        after_mask,
        media,
        media_around: if media == 0 && !sums_up(tokens, &segment, quantity, context) {
            before & named.media
        } else {
            media
        },
    };
    let mut pick = Pick::default();
    // 微博账号（1个）发布…: how many accounts there are, and not what they published.
    let is_in_bracket = index.checked_sub(1).is_some_and(|before| tokens[before].kind == Kind::Mark('('));
    if context.organ_of_others || (is_in_bracket && before & named.running != 0) {
        return pick;
    }
    if !place.is_counted() {
        return pick;
    }
    let around = place.segment_mask | place.after_mask;
    for (asked, indicator) in ASKED.iter().zip(gongkai_forms::indicators()) {
        if asked.units & quantity.groups == 0 || !asked.needs_none && asked.objects & around == 0 {
            continue;
        }
        let mut fits = |pattern: &&Pattern| {
            (pick.first.is_none() || pattern.also)
                && place.fits(pattern, named)
                && (pattern.context == 0 || (place.near_mask | above()) & pattern.context != 0)
        };
        let Some(pattern) = indicator.patterns.iter().find(&mut fits) else { continue };
        // A share of what an indicator counts is a part of it: 解读5篇，其中图解3篇.
        let is_counted_apart = pattern.sole || pattern.etc;
        if context.share && context.share_of == indicator.id && (pattern.own_verb || !is_counted_apart) {
            continue;
        }
        let found =
            Found { indicator: &indicator.id, is_total: pattern.media == Media::Whole, sole: pattern.sole };
        match pick.first {
            None => pick.first = Some(found),
            Some(_) => pick.second = Some(found),
        }
        if !pattern.also || pick.second.is_some() {
            break;
        }
    }
    pick
}

/// Whether the segment adds up what the clause before has counted, so that its medium is none of this one's: 微信公开5条，
/// 共公开12条.
fn sums_up(tokens: &[Token], segment: &Range<usize>, quantity: &Quantity, context: &Context) -> bool {
    if mask(tokens, segment.start..segment.start + 1) & LEXICON.named.sum == 0 {
        return false;
    }
    let before = tokens.get(context.clause_before.clone()).unwrap_or_default();
    let last = before.iter().rev().find_map(|token| match &token.kind {
        Kind::Quantity(last) => Some(last),
        _ => None,
    });
    last.is_some_and(|last| {
        last.groups & quantity.groups != 0
            && last.value.zip(quantity.value).is_some_and(|(part, all)| part < all)
    })
}

impl Place<'_> {
    fn fits(&self, pattern: &Pattern, named: &Named) -> bool {
        pattern.units & self.quantity.groups != 0
            && (self.has_objects(pattern, self.segment_mask | self.after_mask))
            && self.share_fits(pattern)
            && (pattern.within == 0 || self.within(pattern) & pattern.within != 0)
            && (pattern.stock || (self.context.period != Period::Cumulative && !self.context.is_open))
            && (pattern.stock || !self.is_followed_by_its_change())
            && self.refusable(pattern) & pattern.refuse == 0
            && self.near_mask & pattern.refuse_near == 0
            && self.context.counted_verbs & pattern.refuse_counted == 0
            && (pattern.near == 0 || self.near_mask & pattern.near != 0)
            && (pattern.follows.is_empty() || self.follows(pattern))
            && (self.segment_mask & pattern.zero_with == 0 || self.quantity.value == Some(Decimal::ZERO))
            && (!pattern.zero_only || self.quantity.value == Some(Decimal::ZERO))
            && !self.is_counted_apart(pattern.one_named)
            && self.medium_fits(pattern, named)
            && self.verb_fits(pattern, named)
            && (self.object_before(pattern, named) || self.object_behind(pattern))
            && self.is_claimed(pattern)
    }

    /// The classes among which the pattern's words must be: those of the segment, or, where what is counted stands behind the
    /// number, of what stands there: 发生1起有关政府信息公开的行政复议案件.
    fn within(&self, pattern: &Pattern) -> Classes {
        let is_behind = !self.has_objects(pattern, self.segment_mask);
        self.segment_mask | if is_behind { self.after_mask } else { 0 }
    }

    /// Whether the quantity before states what the pattern goes on with, and nothing unknown stands between: 收到12件，信息不存在
    /// 答复3件 counts a kind of answers.
    fn follows(&self, pattern: &Pattern) -> bool {
        let to = self.verb(pattern).unwrap_or(self.index);
        let words = self.tokens.get(self.segment.start..to).unwrap_or_default();
        pattern.follows.iter().any(|id| id == self.context.last)
            && !words
                .iter()
                .any(|token| token.kind == Kind::Unknown || token.kind == Kind::Word && token.classes == 0)
    }

    /// A share of something else that was published by another verb is no part: 公开信息50条，其中主动公开32条.
    fn share_fits(&self, pattern: &Pattern) -> bool {
        let by_own_verb = || {
            pattern.own_verb
                && self.context.share_verbs != 0
                && self.context.share_verbs & pattern.verb == 0
                && self.segment_mask & pattern.verb != 0
        };
        pattern.part || !self.context.share || by_own_verb()
    }

    /// The classes of the segment; of what stands behind 等, where that ends a list of examples.
    fn refusable(&self, pattern: &Pattern) -> Classes {
        if !pattern.etc || self.segment_mask & LEXICON.named.etc == 0 {
            return self.segment_mask;
        }
        mask(self.tokens, self.narrowed(pattern, self.segment.clone()))
    }

    fn medium_fits(&self, pattern: &Pattern, named: &Named) -> bool {
        match pattern.media {
            Media::Any => true,
            // 微信视频号 is another medium than 微信.
            Media::One(medium) => {
                self.media == medium
                    && !self.is_modified(medium)
                    && (medium != named.website || self.is_own_site())
            }
            // Named together with the website, others are channels of one total.
            Media::Whole => {
                self.media_around == 0 || (1 < self.media.count_ones() && self.media & named.website != 0)
            }
        }
    }

    /// Whether unknown letters go on where a word of these classes ends.
    fn is_modified(&self, classes: Classes) -> bool {
        let segment = self.tokens.get(self.segment.clone()).unwrap_or_default();
        segment.windows(2).any(|pair| match pair {
            [word, next] => word.classes & classes != 0 && next.kind == Kind::Unknown,
            _ => false,
        })
    }

    fn verb_fits(&self, pattern: &Pattern, named: &Named) -> bool {
        let has_verb = self.segment_mask & named.verbs != 0;
        let carried = if has_verb { 0 } else { self.context.carried };
        let before = self.context.carried | self.context.counted_verbs;
        if self.segment_mask & pattern.verb == 0 && before & pattern.refuse_carried != 0 {
            return false;
        }
        pattern.verb == 0
            || (self.segment_mask & pattern.verb != 0 && !pattern.carried_only)
            // A total says itself that it is one of what was published.
            || (carried & pattern.verb != 0 && pattern.media != Media::Whole)
            || pattern.verb_optional
    }

    /// The place of the pattern's verb in the segment, the last if there are several.
    fn verb(&self, pattern: &Pattern) -> Option<usize> {
        let segment = self.tokens.get(self.segment.clone()).unwrap_or_default();
        segment
            .iter()
            .rposition(|token| token.classes & pattern.verb != 0)
            .map(|index| self.segment.start + index)
    }

    /// The counted thing stands before the number: 公开政府信息12条, 政府信息公开12条.
    fn object_before(&self, pattern: &Pattern, named: &Named) -> bool {
        let verb = self.verb(pattern);
        if let Some(verb) = verb {
            if mask(self.tokens, self.segment.start..verb) & pattern.refuse_before != 0 {
                return false;
            }
            let zone = self.narrowed(pattern, verb + 1..self.index);
            if self.is_clean(pattern, zone.clone())
                && self.has_objects(pattern, mask(self.tokens, zone.clone()))
            {
                return self.nothing_behind(pattern, zone, named);
            }
            if pattern.object.is_empty() {
                return false;
            }
        }
        let zone = self.narrowed(pattern, self.segment.clone());
        self.is_clean(pattern, zone.clone())
            && self.has_objects(pattern, mask(self.tokens, zone.clone()))
            && self.nothing_behind(pattern, zone, named)
    }

    /// Where no counted thing is named before the number, none may be named behind it either.
    fn nothing_behind(&self, pattern: &Pattern, zone: Range<usize>, named: &Named) -> bool {
        let nouns = mask(self.tokens, zone) & !(named.neutral | named.verbs | named.media);
        nouns != 0 || self.is_clean(pattern, self.after.clone()) || !pattern.object.is_empty() || {
            let first = self.tokens.get(self.index + 1);
            first.is_some_and(|token| token.classes & (named.verbs | named.conjunction) != 0)
        }
    }

    /// The counted thing stands behind the number: 收到12件政府信息公开申请.
    fn object_behind(&self, pattern: &Pattern) -> bool {
        if pattern.object.is_empty() || self.after_mask & pattern.refuse != 0 {
            return false;
        }
        let from = self.verb(pattern).map_or(self.segment.start, |verb| verb + 1);
        if !self.is_clean(pattern, from..self.index)
            || self.has_objects(pattern, mask(self.tokens, from..self.index))
            || (self.after_mask & pattern.zero_with != 0 && self.quantity.value != Some(Decimal::ZERO))
        {
            return false;
        }
        let mut found = 0;
        for index in self.after.clone() {
            let Some(token) = self.tokens.get(index) else { return false };
            if !self.is_clean(pattern, index..index + 1) {
                return false;
            }
            found |= token.classes;
            if self.has_objects(pattern, found) {
                let next = self.tokens.get(index + 1).filter(|_| index + 1 < self.after.end);
                return next.is_none_or(|next| next.kind != Kind::Unknown);
            }
        }
        false
    }

    /// The part of the zone that counts: behind 等, or from the last object on.
    fn narrowed(&self, pattern: &Pattern, zone: Range<usize>) -> Range<usize> {
        let tokens = self.tokens.get(zone.clone()).unwrap_or_default();
        let mut start = zone.start;
        if pattern.etc
            && let Some(index) = tokens.iter().rposition(|token| token.classes & LEXICON.named.etc != 0)
        {
            start = zone.start + index;
        }
        if pattern.loose {
            let object = pattern.object.iter().fold(0, |mask, classes| mask | classes);
            if let Some(index) = tokens.iter().rposition(|token| token.classes & object != 0) {
                start = zone.start + index;
            }
        }
        start..zone.end
    }

    fn has_objects(&self, pattern: &Pattern, mask: Classes) -> bool {
        pattern.object.iter().all(|classes| mask & classes != 0)
    }

    /// Whether only words that the pattern knows stand in the zone.
    fn is_clean(&self, pattern: &Pattern, zone: Range<usize>) -> bool {
        self.tokens.get(zone).unwrap_or_default().iter().all(|token| match token.kind {
            Kind::Word => token.classes & pattern.allow != 0,
            Kind::Neutral | Kind::Year(_) => true,
            Kind::Unknown | Kind::Quantity(_) | Kind::Mark(_) => false,
        })
    }
}
