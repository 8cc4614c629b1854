//! Whether the words around a count say that it was done: 应公开, 督促各单位公开, 抽查公开 and 未公开 do not.

use super::Place;
use crate::statements::context::{Context, is_quantity, mask};
use crate::statements::denials::names_bodies;
use crate::statements::lexicon::LEXICON;
use crate::statements::text::Letters;
use crate::statements::tokens::{Kind, Token};
use gongkai_forms::{Classes, Pattern};

/// The media that the clause before names for the clause at hand.
pub(super) struct Told {
    /// Those that it says to be the way of what follows.
    pub(super) own: Classes,
    /// Those that may be.
    pub(super) around: Classes,
}

/// What the clause before says of media: 通过政府网站，公开5条 is the site's, 发挥网站作用，公开5条 is not, and where the way is
/// told in more words, it may be.
pub(super) fn channel(letters: &Letters<'_>, tokens: &[Token], context: &Context) -> Told {
    let named = &LEXICON.named;
    let clause = tokens.get(context.clause_before.clone()).unwrap_or_default();
    let classes = mask(clause, 0..clause.len());
    let media = classes & named.media;
    // 政务新媒体为补充，共公开5条: what only helps is not the medium.
    if media == 0 || classes & named.backdrop != 0 {
        return Told { own: 0, around: 0 };
    }
    if context.counted_before {
        return Told { own: media, around: media };
    }
    let is_medium = |token: &Token| token.classes & named.media != 0;
    let first = clause.iter().position(is_medium).unwrap_or(clause.len());
    let last = clause.iter().rposition(is_medium).unwrap_or(0);
    // 发挥, 加强 and 以…为 do something with the medium and not by it.
    let is_worked_on = |token: &Token| {
        let words = letters.chars.get(token.at.clone()).unwrap_or_default();
        matches!(words, ['充', '分', '发', '挥', ..] | ['做', '好'] | ['作', '用'] | ['为'] | ['是'])
    };
    let is_plain = |token: &Token| match token.kind {
        Kind::Neutral | Kind::Year(_) => true,
        Kind::Word => {
            token.classes & (named.neutral | named.media | named.means) != 0 && !is_worked_on(token)
        }
        Kind::Unknown | Kind::Quantity(_) | Kind::Mark(_) => false,
    };
    let has_means = clause.iter().take(first).any(|token| token.classes & named.means != 0);
    let is_way = clause.iter().all(is_plain) && clause.iter().skip(last).all(|token| !is_worked_on(token));
    match (is_way, has_means) {
        (true, _) => Told { own: media, around: media },
        (false, true) => Told { own: 0, around: media },
        (false, false) => Told { own: 0, around: 0 },
    }
}

impl Place<'_> {
    /// Whether no word before the quantity in its segment says that it was wanted, looked at, or one case of several.
    pub(super) fn is_counted(&self) -> bool {
        let named = &LEXICON.named;
        let tokens = self.tokens.get(self.segment.clone()).unwrap_or_default();
        let words = |token: &Token| self.letters.chars.get(token.at.clone()).unwrap_or_default();
        let is_basis = |token: &Token| {
            matches!(words(token), ['按'] | ['按', '照'] | ['根', '据'] | ['依', '照' | '据'])
        };
        // 按要求公开12条 is done.
        // 应当在20个工作日内答复12件: the demand may stand before another quantity.
        let clause = self.tokens.get(self.context.clause..self.index).unwrap_or_default();
        let demanded = clause.iter().position(|token| token.classes & named.required != 0);
        let is_demanded = demanded.is_some_and(|at| !clause.iter().take(at).any(is_basis));
        let is_goal = self.after_mask & named.required != 0 || self.is_headed_as_wanted(is_basis);
        self.segment_mask & named.examined == 0
            && (self.segment_mask | self.after_mask) & named.hypothetical == 0
            && !is_demanded
            && !is_goal
            && !self.is_of_each(tokens)
            && !self.counts_bodies(tokens)
            && !self.names_some_askers(clause)
    }

    /// 企业提出的申请3件 are not all; 公民、法人提出的 and 单位和个人提出的 are.
    fn names_some_askers(&self, clause: &[Token]) -> bool {
        let words = |token: &Token| self.letters.chars.get(token.at.clone()).unwrap_or_default();
        let is_one_kind = |index: usize| {
            let kind = clause.get(index).map(words).unwrap_or_default();
            let joined = index.checked_sub(1).and_then(|before| clause.get(before));
            matches!(kind, ['企', '业'] | ['法', '人'] | ['个', '人'] | ['自', '然', '人'])
                && joined.is_none_or(|before| before.classes & LEXICON.named.conjunction == 0)
        };
        // 个人公开申请, too.
        let asked = LEXICON.named.request | LEXICON.named.plain_application;
        let ask = |token: &Token| words(token).first() == Some(&'提') || token.classes & asked != 0;
        (1..clause.len()).any(|index| clause.get(index).is_some_and(ask) && is_one_kind(index - 1))
    }

    /// 2021年度目标：公开400条，召开发布会5场, and 工作要点：…: what a word says in front of a colon holds for all that follows. 按要求：公开12条 is done.
    fn is_headed_as_wanted(&self, is_basis: impl Fn(&Token) -> bool) -> bool {
        let wanted = LEXICON.named.required | LEXICON.named.future;
        let before = self.tokens.get(..self.index).unwrap_or_default();
        let is_plan = |word: &Token| {
            let up_to = self.letters.chars.get(..word.at.end).unwrap_or_default();
            matches!(
                up_to,
                [.., '要', '点']
                    | [.., '计', '划']
                    | [.., '思', '路']
                    | [.., '打', '算']
                    | [.., '任', '务']
                    | [.., '安', '排']
            )
        };
        let is_head = |pair: &[Token]| matches!(pair, [word, colon] if colon.kind == Kind::Mark(':') && (word.classes & wanted != 0 || is_plan(word)));
        before.windows(2).position(is_head).is_some_and(|at| !before.iter().take(at).any(is_basis))
    }

    /// 收到申请的部门有12个: the number is that of the bodies.
    fn counts_bodies(&self, segment: &[Token]) -> bool {
        matches!(self.quantity.unit.as_str(), "个" | "家") && names_bodies(self.letters, segment)
    }

    /// Whether the sentence counts another word of these classes apart: 局长信箱176件、市长信箱46件.
    pub(super) fn is_counted_apart(&self, classes: Classes) -> bool {
        let (mut named, mut is_counted) = (None, false);
        classes != 0
            && self.tokens.iter().any(|token| {
                is_counted |= named.is_some() && is_quantity(token);
                let word = self.letters.chars.get(token.at.clone()).filter(|_| token.classes & classes != 0);
                let differs = word.is_some() && named.is_some() && named != word;
                named = word.or(named);
                differs && is_counted
            })
    }

    /// 行政强制7项，本年增加2项: what a change of the year is added to is what there was before the year.
    pub(super) fn is_followed_by_its_change(&self) -> bool {
        let named = &LEXICON.named;
        match self.tokens.get(self.index + 1..) {
            Some([comma, year, change, ..]) => {
                comma.kind == Kind::Mark(',')
                    && year.classes & named.this_year != 0
                    && change.classes & named.change != 0
            }
            _ => false,
        }
    }

    /// 在网站、微博各公开12条: the number is that of each.
    fn is_of_each(&self, segment: &[Token]) -> bool {
        let verbs = LEXICON.named.verbs;
        let each = segment.windows(2).any(|pair| match pair {
            [word, next] => {
                let words = self.letters.chars.get(word.at.clone()).unwrap_or_default();
                matches!(words, ['各'] | ['均'] | ['都']) && next.classes & verbs != 0
            }
            _ => false,
        });
        each && 1 < self.media.count_ones()
    }

    /// Whether the words before the verb, or before the object where no verb stands, let the count be done: what stands there
    /// unknown may deny it (未答复, 漏报), ask for it (应公开) or be somebody else (某医院公开).
    pub(super) fn is_claimed(&self, pattern: &Pattern) -> bool {
        let named = &LEXICON.named;
        let object = pattern.object.iter().fold(0, |all, own| all | own);
        let at = |classes: Classes| {
            self.segment
                .clone()
                .find(|&place| self.tokens.get(place).is_some_and(|token| token.classes & classes != 0))
        };
        let start = self.verb(pattern).or_else(|| at(object));
        let Some(start) = start.filter(|&start| start < self.index) else { return true };
        let passed = named.neutral | named.verbs | if pattern.loose { pattern.allow } else { 0 };
        for token in self.tokens.get(self.segment.start..start).unwrap_or_default().iter().rev() {
            let words = self.letters.chars.get(token.at.clone()).unwrap_or_default();
            match token.kind {
                Kind::Unknown => return false,
                Kind::Word if token.classes & (named.denial | named.denial_verb) != 0 => return false,
                // 以图片等形式公开: how it was done.
                Kind::Word
                    if matches!(words, ['形' | '方', '式'] | ['渠', '道'] | ['途', '径'] | ['载', '体']) =>
                {
                    return true;
                }
                // 财政系统公开 is the work of many, 在某某系统公开 the way.
                Kind::Word if words == ['系', '统'] && !self.has_means_before(token) => return false,
                Kind::Word if words == ['系', '统'] => {}
                Kind::Word if token.classes & passed == 0 => return true,
                Kind::Word | Kind::Neutral | Kind::Year(_) | Kind::Quantity(_) | Kind::Mark(_) => {}
            }
        }
        true
    }

    /// Whether a word that leads to a medium stands in the segment before the token.
    fn has_means_before(&self, token: &Token) -> bool {
        let segment = self.tokens.get(self.segment.clone()).unwrap_or_default();
        let mut before = segment.iter().take_while(|other| other.at.start < token.at.start);
        before.any(|other| other.classes & LEXICON.named.means != 0)
    }

    /// Whether no other body is named before the website: 省政府网站, 某局网站.
    pub(super) fn is_own_site(&self) -> bool {
        let named = &LEXICON.named;
        let segment = self.tokens.get(self.segment.clone()).unwrap_or_default();
        !self.context.is_site_of_others
            && !segment.windows(2).any(|pair| match pair {
                [word, site] if site.classes & named.website != 0 => {
                    word.kind == Kind::Unknown && word.at.end == site.at.start
                }
                _ => false,
            })
    }
}
