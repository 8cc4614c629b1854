//! What a sentence has said up to a quantity: of what time, whose work, of which coverage, and as part of what.

use super::Frame;
use super::lexicon::LEXICON;
use super::owners::{
    Government, counts_doers, government, is_above, is_done_by_another_power, is_of_other_level,
    is_site_above, names_another,
};
use super::text::Letters;
use super::tokens::{Kind, Token};
use gongkai_forms::Classes;
use gongkai_model::{Period, ScopeKind, Whose};
use std::ops::Range;

/// What a sentence has said up to the quantity at hand.
#[derive(Clone, Debug, Default)]
pub(crate) struct Context {
    /// Where the clause at hand, the clause before and the segment at hand begin, as tokens.
    pub(crate) clause: usize,
    pub(crate) clause_before: Range<usize>,
    pub(crate) segment: usize,
    /// The segment of the quantity before.
    pub(crate) segment_before: Range<usize>,
    /// What was known of the time before the year that the segment at hand names.
    pub(crate) replaced: Option<Time>,
    /// Verbs of the nearest segment before that has any.
    pub(crate) carried: Classes,
    /// Verbs of all segments before that hold a quantity.
    pub(crate) counted_verbs: Classes,
    pub(crate) period: Period,
    pub(crate) is_change: bool,
    pub(crate) share: bool,
    /// The quantity that the sentence has counted as what is new, so that what it adds up next is of all years.
    pub(crate) newly: Option<usize>,
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
    pub(crate) told: Time,
    /// Whether a date was named up to which something is counted, and none from which on.
    pub(crate) until: bool,
    /// The same up to now, which is no year's end: 截至目前.
    pub(crate) until_now: bool,
    /// Whether the quantity at hand may be of all years.
    pub(crate) is_open: bool,
    /// Whether it is of a part of a year.
    pub(crate) is_of_part_of_year: bool,
    /// Whether the clause at hand counts what units of the subject did, or another government.
    pub(crate) is_of_units: bool,
    pub(crate) is_of_government: bool,
    /// Whether it names the site of a government above: 省政府网站.
    pub(crate) is_site_of_others: bool,
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

/// What the sentence has told of the time.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Time {
    /// The year that was named last.
    pub(crate) year: Option<u16>,
    /// Whether words named the reporting year, the year before, or all years since something.
    pub(crate) this_year: bool,
    pub(crate) last_year: bool,
    pub(crate) since: bool,
}

impl Time {
    /// Whether another year than the report's was named.
    fn is_other(&self, frame: &Frame) -> bool {
        self.last_year || self.year.zip(frame.year).is_some_and(|(year, own)| year != own)
    }

    /// Whether the year that was named last is an earlier one.
    pub(crate) fn is_past(&self, frame: &Frame) -> bool {
        let is_earlier = self.year.zip(frame.year).is_some_and(|(year, own)| year < own);
        !self.this_year && (self.last_year || is_earlier)
    }

    /// Whether nothing was told.
    pub(crate) fn is_silent(&self) -> bool {
        self.year.is_none() && !self.this_year && !self.last_year
    }
}

impl Context {
    /// A mark ends the clause at hand.
    pub(crate) fn mark(&mut self, letters: &Letters<'_>, index: usize, mark: char, tokens: &[Token]) {
        let clause = tokens.get(self.clause..index).unwrap_or_default();
        self.carried = verbs(tokens, self.segment..index, self.carried);
        self.clause_before = self.clause..index;
        let counted_verbs_before = self.counted_verbs;
        let counted_before_that = std::mem::replace(&mut self.counted_before, self.is_counted);
        self.clause = index + 1;
        self.segment = index + 1;
        self.segment_before = 0..0;
        self.replaced = None;
        self.is_counted = false;
        self.behind_quantity = false;
        self.elsewhere = false;
        // 比2020年（5件）增长20%，答复6件: what was compared is over with its clause.
        if mark != '(' && self.bracket.is_none_or(|_| mark == ')') {
            if mark != ')'
                && let Some(told) = self.compared.take()
            {
                self.told = told;
            }
            self.told.last_year |= mark != ')' && counted_verbs_before == 0 && is_last_year(clause);
            self.clause_time = self.told;
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
            // 在公开的信息中，公告4条，… does so with a clause of its own.
            ',' if self.bracket.is_none() && opens_shares(letters, clause) => {
                self.share = true;
                self.share_list = true;
                self.share_verbs = self.carried;
                self.share_of = self.last;
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
    pub(crate) fn counted(&mut self, letters: &Letters<'_>, index: usize, tokens: &[Token]) {
        self.carried = verbs(tokens, self.segment..index, self.carried);
        self.counted_verbs |= mask(tokens, self.segment..index) & LEXICON.named.verbs;
        // 从2020年的100条增加到120条: the year is that of what was.
        if let Some(told) = self.replaced.take().filter(|_| was_before(index, tokens)) {
            self.told = told;
        }
        let is_new = |token: &Token| letters.chars.get(token.at.clone()) == Some(&['新', '增']);
        if tokens.get(self.segment..index).is_some_and(|segment| segment.iter().any(is_new)) {
            self.newly = Some(index);
        }
        self.segment_before = self.segment..index;
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
        // 2019年全年 is that year's: only 今年 and 本年 lead back to the report's.
        let is_other = self.told.is_other(frame) || mask(tokens, self.clause..index) & named.last_year != 0;
        if classes & named.this_year != 0 && (classes & named.whole_year == 0 || !is_other) {
            self.told.this_year = true;
            self.told.last_year = false;
            self.told.since = false;
        }
        if classes & named.until != 0 {
            let words = letters.chars.get(token.at.clone()).unwrap_or_default();
            self.until = true;
            self.until_now |= words.iter().any(|letter| matches!(letter, '目' | '现' | '稿'));
        }
        if classes & named.since != 0 {
            let from_this_year = matches!(
                index.checked_sub(1).and_then(|before| tokens.get(before)).map(|token| &token.kind),
                Some(Kind::Year(year)) if Some(*year) == frame.year
            );
            self.told.since = !from_this_year && !self.told.this_year;
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
        // 全局 is the whole bureau.
        let words = letters.chars.get(token.at.clone()).unwrap_or_default();
        let is_whole_organ =
            frame.is_one_organ() && matches!(words, ['全', '局' | '委' | '办' | '厅' | '院' | '校']);
        if is_whole_organ {
            self.scope = ScopeKind::Organ;
        } else if classes & (named.whole | named.own_area) != 0 {
            self.scope = ScopeKind::WholeArea;
        } else if classes & named.own_level != 0 {
            self.scope = ScopeKind::OwnLevel;
        } else if classes & named.own_organ != 0 {
            self.scope = ScopeKind::Organ;
        }
        if classes & (named.whole | named.own_area | named.own_level | named.own_organ) != 0 {
            self.organ_of_others = false;
            self.elsewhere = is_above(letters.chars.get(token.at.clone()), frame);
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
    pub(crate) fn year(
        &mut self,
        letters: &Letters<'_>,
        index: usize,
        year: u16,
        tokens: &[Token],
        frame: &Frame,
    ) {
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
        // 截至2021年底 and 到2021年底 do not say from when.
        let only_until = before & LEXICON.named.until != 0 || is_year_end(letters, index, tokens);
        self.replaced.get_or_insert(self.told);
        self.told.year = Some(year).filter(|_| !only_until || frame.year.is_some_and(|own| year < own));
        self.told.this_year = false;
        self.told.last_year = false;
        // 2019年至2021年, 2020年和2021年: what follows is of all of them.
        self.told.since = (self.told.since && only_until) || follows_other_year(letters, index, year, tokens);
        self.until = only_until;
    }

    /// The time of the quantity at `index`, or of the clause that ends there.
    pub(crate) fn time(&mut self, index: usize, tokens: &[Token], frame: &Frame) {
        let named = &LEXICON.named;
        // 由上年的100条增加到120条: what it was says nothing of the time of what it is.
        let risen = mask(tokens, self.segment..self.segment + 1) & named.rise_to != 0;
        let clause = mask(tokens, if risen { self.segment } else { self.clause }..index);
        let is_counted = tokens.get(index).is_some_and(is_quantity);
        let after = if is_counted { mask(tokens, index + 1..segment_end(tokens, index)) } else { 0 };
        let year = frame.year;
        let told = &self.told;
        let earlier_year = told.last_year || told.year.zip(year).is_some_and(|(stated, year)| stated < year);
        self.is_change = clause & named.change != 0;
        let adds_to_new = clause & named.accumulated != 0
            && clause & named.this_year == 0
            && self.newly.is_some_and(|newly| is_more_of(tokens, newly, index));
        // 2022年工作思路等六部分组成 tells what the report has.
        let composes = after & named.composed != 0;
        self.period = if composes {
            Period::Unknown
        } else if clause & named.future != 0 && !is_planned_thing(tokens, self.clause..index)
            || told.year.zip(year).is_some_and(|(stated, year)| year < stated)
        {
            Period::Future
        } else if is_counted && was_before(index, tokens) {
            Period::Earlier
        } else if clause & named.change != 0 {
            Period::ThisYear
        } else if told.since || after & named.since != 0 || adds_to_new {
            Period::Cumulative
        } else if clause & (named.last_year | named.compared) != 0 || (earlier_year && !told.this_year) {
            Period::Earlier
        } else if told.this_year || (told.year.is_some() && told.year == year) {
            Period::ThisYear
        } else {
            Period::Unknown
        };
        // 截至2022年底，累计公开457条: of the year, or of all years.
        let says_all = clause & named.accumulated != 0 || self.until_now;
        self.is_open = self.period == Period::Unknown && self.until && says_all;
        // 上半年公开25条, and 12月份，公开2条.
        let is_time = |token: &Token| {
            let classes = named.part_of_year | named.until | named.since | named.this_year | named.neutral;
            let joins = token.kind == Kind::Unknown && token.at.len() == 1;
            joins || matches!(token.kind, Kind::Year(_) | Kind::Neutral) || token.classes & classes != 0
        };
        let before = tokens.get(self.clause_before.clone()).filter(|before| before.iter().all(is_time));
        let before = before.map_or(0, |before| mask(before, 0..before.len()));
        let is_whole = clause & named.this_year != 0;
        self.is_of_part_of_year = (clause | before) & named.part_of_year != 0 && !is_whole;
    }

    /// Whether the clause at hand says before the quantity at `index` that units of the subject, or another government, did
    /// what is counted: 各部门公开12条.
    pub(crate) fn owner(&mut self, letters: &Letters<'_>, index: usize, tokens: &[Token], frame: &Frame) {
        let named = &LEXICON.named;
        let clause = self.clause..index;
        let own = named.whole | named.own_area | named.own_level | named.own_organ;
        let said = mask(tokens, clause.clone());
        self.is_of_units = said & named.units_below != 0 && said & own == 0;
        self.is_of_units |=
            (self.segment..index).any(|place| is_of_other_level(letters, place, tokens, frame));
        self.is_of_units |=
            said & own == 0 && clause.clone().any(|place| counts_doers(letters, place, tokens));
        self.is_of_government =
            clause.clone().any(|place| is_done_by_another_power(place, letters, tokens, frame));
        self.is_site_of_others = false;
        for place in clause {
            self.is_site_of_others |= is_site_above(letters, place, tokens, frame);
            match government(letters, place, tokens, frame) {
                Government::Own | Government::None => {}
                Government::Unit => self.is_of_units |= said & own == 0,
                Government::Other => self.is_of_government = true,
            }
        }
    }

    /// Whose work the quantity at hand counts.
    pub(crate) fn whose(&self) -> Whose {
        let named_self = self.scope != ScopeKind::Unknown;
        let is_elsewhere = self.elsewhere || self.is_of_government;
        match (is_elsewhere, self.share || self.organ_of_others || self.is_of_units, named_self) {
            (true, _, _) => Whose::Other,
            (false, true, _) => Whose::Part,
            (false, false, true) => Whose::Subject,
            (false, false, false) => Whose::Unknown,
        }
    }
}

/// Whether a clause names what the counts behind it are parts of: 在主动公开的信息中.
fn opens_shares(letters: &Letters<'_>, clause: &[Token]) -> bool {
    let (Some(first), Some(last)) = (clause.first(), clause.last()) else { return false };
    let words = letters.chars.get(first.at.start..last.at.end).unwrap_or_default();
    let whole = [['信', '息'], ['申', '请'], ['文', '件'], ['案', '件']];
    !clause.iter().any(is_quantity)
        && words.first() == Some(&'在')
        && words.contains(&'的')
        && words.strip_suffix(&['中']).is_some_and(|rest| whole.iter().any(|noun| rest.ends_with(noun)))
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

/// Whether the quantity at `index` is what was before: 12件 of 由12件增至20件.
fn was_before(index: usize, tokens: &[Token]) -> bool {
    let next = mask(tokens, index + 1..index + 2) & LEXICON.named.rise_to != 0;
    next && index + 1 < segment_end(tokens, index)
}

/// Whether the quantity at `index` counts more of what the one at `first` does.
fn is_more_of(tokens: &[Token], first: usize, index: usize) -> bool {
    match (tokens.get(first).map(|token| &token.kind), tokens.get(index).map(|token| &token.kind)) {
        (Some(Kind::Quantity(first)), Some(Kind::Quantity(more))) => {
            first.unit == more.unit && first.value.zip(more.value).is_some_and(|(first, more)| first < more)
        }
        _ => false,
    }
}

/// Whether the clause only says that what follows is of the year before: 去年， and 上年度我局，.
fn is_last_year(clause: &[Token]) -> bool {
    let named = &LEXICON.named;
    let begins = clause.first().is_some_and(|token| token.classes & named.last_year != 0);
    let other = named.carrying | named.compared | named.last_year_backlog;
    begins && mask(clause, 0..clause.len()) & other == 0
}

/// Whether the year at `index` is one up to whose end something is counted: 到2021年底.
fn is_year_end(letters: &Letters<'_>, index: usize, tokens: &[Token]) -> bool {
    let Some(year) = tokens.get(index) else { return false };
    let before = year.at.start.checked_sub(1).and_then(|before| letters.chars.get(before));
    matches!(before, Some('到' | '至')) && matches!(letters.chars.get(year.at.end), Some('底' | '末' | '年'))
}

/// Whether another year than `year` stands directly before the year at `index`, joined with it: 2019-2021年, 2020年、2021年.
fn follows_other_year(letters: &Letters<'_>, index: usize, year: u16, tokens: &[Token]) -> bool {
    for token in tokens.get(..index).unwrap_or_default().iter().rev() {
        let words = letters.chars.get(token.at.clone()).unwrap_or_default();
        match &token.kind {
            Kind::Year(other) => return *other != year,
            Kind::Neutral if words.len() == 4 && words.iter().all(char::is_ascii_digit) => {
                return words.iter().collect::<String>().parse().is_ok_and(|other: u16| other != year);
            }
            // A month or a day, or a mark that joins.
            Kind::Neutral => {}
            _ if token.classes & LEXICON.named.conjunction != 0 => {}
            _ if matches!(words, ['至' | '到'] | ['至' | '到', '至' | '到']) => {}
            _ => return false,
        }
    }
    false
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
