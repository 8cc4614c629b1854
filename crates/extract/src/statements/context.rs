//! What a sentence has said up to a quantity: of what time, whose work, of which coverage, and as part of what.

use super::Frame;
use super::lexicon::LEXICON;
use super::text::Letters;
use super::tokens::{Kind, Token};
use gongkai_forms::Classes;
use gongkai_model::{Period, Rank, ScopeKind, Whose};
use std::ops::Range;

/// What a sentence has said up to the quantity at hand.
#[derive(Clone, Debug, Default)]
pub(crate) struct Context {
    /// Where the clause at hand, the clause before and the segment at hand begin, as tokens.
    pub(crate) clause: usize,
    pub(crate) clause_before: Range<usize>,
    pub(crate) segment: usize,
    /// Verbs of the nearest segment before that has any.
    pub(crate) carried: Classes,
    /// Verbs of all segments before that hold a quantity.
    pub(crate) counted_verbs: Classes,
    pub(crate) period: Period,
    pub(crate) is_change: bool,
    pub(crate) share: bool,
    /// Whether what the sentence has counted so far turns out to be of all years.
    pub(crate) was_cumulative: bool,
    /// Whether a colon makes a list of the shares, which goes on behind semicolons.
    pub(crate) share_list: bool,
    /// Verbs of what the shares are of, and the indicator that it states.
    pub(crate) share_verbs: Classes,
    pub(crate) share_of: &'static str,
    pub(crate) organ_of_others: bool,
    pub(crate) elsewhere: bool,
    /// Inside quotation marks.
    pub(crate) quoted: bool,
    pub(crate) scope: ScopeKind,
    pub(crate) year: Option<u16>,
    pub(crate) this_year: bool,
    pub(crate) since: bool,
    /// Whether a date was named up to which something is counted, and none from which on.
    pub(crate) until: bool,
    /// Whether the quantity at hand may be of all years, or is of a part of one.
    pub(crate) is_of_other_span: bool,
    /// What was known of the time where the clause at hand began, and before something else was compared.
    pub(crate) clause_time: Time,
    pub(crate) compared: Option<Time>,
    /// Whether the clause at hand, and the clause before it, hold a quantity.
    pub(crate) is_counted: bool,
    /// Whether nothing has been listed yet since the quantity before.
    pub(crate) behind_quantity: bool,
    pub(crate) counted_before: bool,
    /// What held before the bracket at hand opened.
    pub(crate) bracket: Option<(bool, &'static str)>,
    /// The indicator of the quantity before.
    pub(crate) last: &'static str,
}

/// The year that was named last, and what words told of the time.
pub(crate) type Time = (Option<u16>, bool, bool);

impl Context {
    /// A mark ends the clause at hand.
    pub(crate) fn mark(&mut self, index: usize, mark: char, tokens: &[Token]) {
        let clause = tokens.get(self.clause..index).unwrap_or_default();
        self.carried = verbs(tokens, self.segment..index, self.carried);
        self.clause_before = self.clause..index;
        let counted_before_that = std::mem::replace(&mut self.counted_before, self.is_counted);
        self.clause = index + 1;
        self.segment = index + 1;
        self.is_counted = false;
        self.behind_quantity = false;
        self.elsewhere = false;
        // 比2020年（5件）增长20%，答复6件: what was compared is over with its clause.
        if mark != '(' && self.bracket.is_none_or(|_| mark == ')') {
            if mark != ')'
                && let Some((year, this_year, since)) = self.compared.take()
            {
                (self.year, self.this_year, self.since) = (year, this_year, since);
            }
            self.clause_time = (self.year, self.this_year, self.since);
        }
        match mark {
            // 公开171条：文件2条，… lists shares without the word for it.
            ':' if index.checked_sub(1).and_then(|before| tokens.get(before)).is_some_and(is_quantity) => {
                self.share = true;
                self.share_list = true;
                self.share_verbs = self.carried;
                self.share_of = self.last;
            }
            // 其中：
            ':' if mask(tokens, index.saturating_sub(1)..index) & LEXICON.named.share != 0 => {
                self.share_list = true;
            }
            // 公开272条，分布情况为：公告103条，… does so, too.
            ':' if counted_before_that
                && !clause.is_empty()
                && !clause.iter().any(is_quantity)
                && self.bracket.is_none() =>
            {
                self.share = true;
                self.share_list = true;
                self.share_verbs = self.carried;
                self.share_of = self.last;
            }
            // 其中，公告3条；动态5条: what only names a kind is another share.
            ';' if self.share && !self.share_list && self.bracket.is_none() => {
                self.share = counts_kinds(tokens, index + 1);
            }
            // A clause without any quantity ends the list of shares.
            ',' if self.share
                && self.bracket.is_none()
                && !clause
                    .iter()
                    .any(|token| is_quantity(token) || token.classes & LEXICON.named.share != 0) =>
            {
                self.share = false;
            }
            // 其中新开2个；共发布解读25篇 counts the whole again.
            ',' | ';' if self.share && self.bracket.is_none() && self.counted_before => {
                let named = &LEXICON.named;
                let anew = named.anew | named.whole | named.own_area | named.own_organ;
                self.share = mask(tokens, index + 1..index + 2) & anew == 0;
            }
            '(' => self.bracket = Some((self.share, self.last)),
            ')' => {
                if let Some((share, last)) = self.bracket.take() {
                    self.share = share;
                    self.last = last;
                }
            }
            _ => {}
        }
    }

    /// The quantity at `index` ends its segment.
    pub(crate) fn counted(&mut self, index: usize, tokens: &[Token]) {
        self.carried = verbs(tokens, self.segment..index, self.carried);
        self.counted_verbs |= mask(tokens, self.segment..index) & LEXICON.named.verbs;
        self.segment = index + 1;
        self.is_counted = true;
        self.behind_quantity = true;
    }

    /// Takes in what the word at `index` says of time, owner and coverage.
    pub(crate) fn word(&mut self, letters: &Letters<'_>, index: usize, tokens: &[Token], frame: &Frame) {
        let named = &LEXICON.named;
        let Some(token) = tokens.get(index) else { return };
        let classes = token.classes;
        if classes & named.compared != 0 && self.bracket.is_none() {
            self.compared.get_or_insert(self.clause_time);
        }
        if classes & named.telling == 0 {
            return;
        }
        if self.behind_quantity && classes & named.conjunction != 0 {
            self.carried = verbs(tokens, self.segment..index, self.carried);
            self.segment = index + 1;
            self.behind_quantity = false;
        }
        if classes & named.this_year != 0 {
            self.this_year = true;
            self.since = false;
        }
        self.until |= classes & named.until != 0;
        if classes & named.since != 0 {
            let from_this_year = matches!(
                index.checked_sub(1).and_then(|before| tokens.get(before)).map(|token| &token.kind),
                Some(Kind::Year(year)) if Some(*year) == frame.year
            );
            self.since = !from_this_year && !self.this_year;
        }
        // 其中 begins shares anywhere, 包括 behind a quantity.
        if classes & named.share != 0
            && (letters.chars.get(token.at.start) == Some(&'其')
                || (index == self.clause && self.counted_before))
        {
            let next = index
                + 1
                + usize::from(matches!(tokens.get(index + 1), Some(Token { kind: Kind::Mark(','), .. })));
            // 含2019年预算 is what a document is about.
            let is_about = mask(tokens, next + 1..next + 3) & named.budget != 0;
            if self.period != Period::ThisYear && is_this_year(tokens.get(next), frame) && !is_about {
                self.was_cumulative = true;
            } else {
                self.share = true;
                self.share_verbs = verbs(tokens, self.segment..index, self.carried);
                self.share_of = self.last;
            }
        }
        if classes & (named.whole | named.own_area) != 0 {
            self.scope = ScopeKind::WholeArea;
        } else if classes & named.own_level != 0 {
            self.scope = ScopeKind::OwnLevel;
        } else if classes & named.own_organ != 0 {
            self.scope = ScopeKind::Organ;
        }
        if classes & (named.whole | named.own_area | named.own_level | named.own_organ) != 0 {
            self.organ_of_others = false;
            self.elsewhere = is_above(letters, token, frame);
        }
        if classes & named.elsewhere != 0 {
            self.elsewhere = true;
        }
        let joined = |index: Option<usize>| {
            index
                .and_then(|index| tokens.get(index))
                .is_some_and(|token| token.classes & named.conjunction != 0)
        };
        if classes & named.lower_levels != 0
            && self.scope == ScopeKind::Unknown
            && !joined(Some(index + 1))
            && !joined(index.checked_sub(1))
        {
            self.organ_of_others = true;
        }
        if classes & named.organ_suffix != 0 && !self.quoted && names_another(letters, tokens, index, frame) {
            self.organ_of_others = true;
            self.scope = ScopeKind::Unknown;
        }
    }

    /// A verb of another kind ends the list of shares: 公开5条，其中…3条，收到留言2条.
    pub(crate) fn end_shares(&mut self, index: usize, tokens: &[Token]) {
        let segment = mask(tokens, self.segment..index);
        // 建议提案办理1条 names a kind of entries.
        let is_entry = matches!(tokens.get(index).map(|token| &token.kind), Some(Kind::Quantity(quantity)) if matches!(quantity.unit.as_str(), "条" | "篇"));
        let words = index.saturating_sub(self.segment);
        let end = if is_entry && 1 < words { index - 1 } else { index };
        let verbs = mask(tokens, self.segment..end) & LEXICON.named.verbs;
        if self.share
            && self.bracket.is_none()
            && self.share_verbs != 0
            && verbs != 0
            && verbs & self.share_verbs == 0
            && segment & LEXICON.named.share == 0
        {
            self.share = false;
        }
    }

    /// Takes in the year at `index`.
    pub(crate) fn year(&mut self, index: usize, year: u16, tokens: &[Token], frame: &Frame) {
        // 结转2022年度继续办理 tells where a request went, and not of what time the next words are.
        let before = mask(tokens, index.saturating_sub(1)..index);
        if before & LEXICON.named.carrying != 0 && frame.year.is_some_and(|own| own < year || year + 1 == own)
        {
            return;
        }
        // 2021年结转的申请 is the year before's, and says nothing of the next words.
        let behind = mask(tokens, index + 1..index + 2);
        if behind & LEXICON.named.carrying != 0 && frame.year.is_some_and(|own| year + 1 == own) {
            return;
        }
        // 2021年度部门决算 is what was published, whenever.
        if mask(tokens, index + 1..index + 4) & LEXICON.named.budget != 0
            && frame.year.is_some_and(|own| year != own)
        {
            return;
        }
        // 截至2021年底 does not say from when.
        let only_until = before & LEXICON.named.until != 0;
        self.year = Some(year).filter(|_| !only_until || frame.year.is_some_and(|own| year < own));
        self.this_year = false;
        self.since &= only_until;
        self.until = only_until;
    }

    /// The time of the quantity at `index`.
    pub(crate) fn time(&mut self, index: usize, tokens: &[Token], frame: &Frame) {
        let named = &LEXICON.named;
        let clause = mask(tokens, self.clause..index);
        let after = mask(tokens, index + 1..segment_end(tokens, index));
        let year = frame.year;
        let earlier_year = self.year.zip(year).is_some_and(|(stated, year)| stated < year);
        self.is_change = clause & named.change != 0;
        // 2022年工作思路等六部分组成 tells what the report has.
        let composes = after & named.composed != 0;
        self.period = if composes {
            Period::Unknown
        } else if clause & named.future != 0 && !is_planned_thing(tokens, self.clause..index)
            || self.year.zip(year).is_some_and(|(stated, year)| year < stated)
        {
            Period::Future
        } else if clause & named.change != 0 {
            Period::ThisYear
        } else if self.since || after & named.since != 0 {
            Period::Cumulative
        } else if clause & (named.last_year | named.compared) != 0 || (earlier_year && !self.this_year) {
            Period::Earlier
        } else if self.this_year || (self.year.is_some() && self.year == year) {
            Period::ThisYear
        } else {
            Period::Unknown
        };
        // 截至2022年底，累计公开457条: of the year, or of all years.
        let is_open = self.period == Period::Unknown && self.until && clause & named.accumulated != 0;
        // 上半年公开25条, and 12月份，公开2条.
        let is_time = |token: &Token| {
            matches!(token.kind, Kind::Year(_) | Kind::Neutral) || token.classes & named.part_of_year != 0
        };
        let before = tokens.get(self.clause_before.clone()).filter(|before| before.iter().all(is_time));
        let before = before.map_or(0, |before| mask(before, 0..before.len()));
        let is_part = (clause | before) & named.part_of_year != 0 && clause & named.this_year == 0;
        self.is_of_other_span = is_open || (is_part && !self.until);
    }

    /// Whose work the quantity at hand counts.
    pub(crate) fn whose(&self) -> Whose {
        let named_self = self.scope != ScopeKind::Unknown;
        match (self.elsewhere, self.share || self.organ_of_others, named_self) {
            (true, _, _) => Whose::Other,
            (false, true, _) => Whose::Part,
            (false, false, true) => Whose::Subject,
            (false, false, false) => Whose::Unknown,
        }
    }
}

/// Whether the only word of what is to come stands directly before the number: 发布检修计划5条 counts plans.
fn is_planned_thing(tokens: &[Token], clause: Range<usize>) -> bool {
    let future = LEXICON.named.future;
    let Some(last) = clause.end.checked_sub(1).filter(|last| clause.contains(last)) else { return false };
    let is_noun = tokens.get(last).is_some_and(|token| token.classes & future != 0 && 1 < token.at.len());
    let verbs = LEXICON.named.verbs;
    is_noun && mask(tokens, clause.start..last) & future == 0 && mask(tokens, clause.start..last) & verbs != 0
}

/// Whether the words from the token at `from` on to the next quantity only name a kind: no verb, time or owner.
fn counts_kinds(tokens: &[Token], from: usize) -> bool {
    let named = &LEXICON.named;
    let rest = tokens.get(from..).unwrap_or_default();
    let len =
        rest.iter().take_while(|token| !is_quantity(token) && !matches!(token.kind, Kind::Mark(_))).count();
    let telling = named.verbs
        | named.media
        | named.this_year
        | named.anew
        | named.whole
        | named.own_area
        | named.own_level
        | named.own_organ;
    rest.get(len).is_some_and(is_quantity)
        && rest.get(..len).is_some_and(|words| {
            !words.iter().any(|token| token.classes & telling != 0 || matches!(token.kind, Kind::Year(_)))
        })
}

/// The verbs of these tokens; of what came before where they have none.
pub(crate) fn verbs(tokens: &[Token], range: Range<usize>, before: Classes) -> Classes {
    match mask(tokens, range) & LEXICON.named.verbs {
        0 => before,
        verbs => verbs,
    }
}

/// Whether the token says the reporting year.
fn is_this_year(token: Option<&Token>, frame: &Frame) -> bool {
    token.is_some_and(|token| match token.kind {
        Kind::Year(year) => Some(year) == frame.year,
        _ => token.classes & LEXICON.named.this_year != 0,
    })
}

/// Whether 全省 or 全市 means more than the report's own area.
fn is_above(letters: &Letters<'_>, token: &Token, frame: &Frame) -> bool {
    let own = match letters.chars.get(token.at.start..token.at.end) {
        Some(['全', '省']) => Rank::Province,
        Some(['全', '市' | '州' | '盟']) => Rank::Prefecture,
        Some(['全', '县' | '旗']) => Rank::County,
        _ => return false,
    };
    let is_city = own == Rank::Prefecture
        && frame.names.iter().any(|name| {
            name.whole.contains(&'市') && !name.whole.contains(&'区') && !name.whole.contains(&'县')
        });
    !matches!(frame.rank, Rank::Unknown) && own < frame.rank && !is_city
}

/// Whether the organ whose name ends at the token is another's: 县民政局 in the report of a county.
fn names_another(letters: &Letters<'_>, tokens: &[Token], index: usize, frame: &Frame) -> bool {
    let Some(before) = index.checked_sub(1).and_then(|before| tokens.get(before)) else { return false };
    let Some(token) = tokens.get(index) else { return false };
    if before.kind != Kind::Unknown || before.at.end != token.at.start || frame.names.is_empty() {
        return false;
    }
    // 教育局 and 乙镇, but not 格局 and 开办.
    let least = if is_area_suffix(letters.chars.get(token.at.end - 1)) { 1 } else { 2 };
    if before.at.len() < least {
        return false;
    }
    // In the report of a 街道 the word alone means itself: 做好街道各项工作.
    let suffix = letters.chars.get(token.at.clone()).unwrap_or_default();
    if suffix == ['街', '道']
        && frame.names.iter().any(|name| name.whole.windows(2).any(|pair| pair == suffix))
    {
        return false;
    }
    !frame.is_own(letters.chars.get(before.at.start..token.at.end).unwrap_or_default())
}

fn is_area_suffix(letter: Option<&char>) -> bool {
    matches!(letter, Some('镇' | '乡' | '县' | '村' | '道'))
}

pub(crate) fn is_quantity(token: &Token) -> bool {
    matches!(token.kind, Kind::Quantity(_))
}

/// The classes of these tokens together.
pub(crate) fn mask(tokens: &[Token], range: Range<usize>) -> Classes {
    tokens
        .get(range.start.min(range.end)..range.end.min(tokens.len()))
        .unwrap_or_default()
        .iter()
        .fold(0, |mask, token| mask | token.classes)
}

/// The end of what belongs to the quantity at `index`: the next mark or quantity.
pub(crate) fn segment_end(tokens: &[Token], index: usize) -> usize {
    let behind = tokens.get(index + 1..).unwrap_or_default();
    let goes_on = |token: &&Token| {
        !matches!(token.kind, Kind::Mark(_) | Kind::Quantity(_)) && token.classes & LEXICON.named.listing == 0
    };
    index + 1 + behind.iter().take_while(goes_on).count()
}
