//! One sentence at a time: its quantities and denials, their time, whose they are, and the words they stand in.

use super::Frame;
use super::indicators::{Pick, pick};
use super::lexicon::LEXICON;
use super::text::Letters;
use super::tokens::{Kind, Quantity, Token, is_mark, skip_notes, tokenize};
use gongkai_document::Document;
use gongkai_forms::Classes;
use gongkai_model::{Period, Rank, ScopeKind, Statement, Whose};
use rust_decimal::Decimal;
use std::ops::Range;

/// A quote is at most so long, in letters.
const QUOTE_LETTERS_MAX: usize = 200;

/// Reads sentences and keeps what was found.
pub(crate) struct Reader<'a> {
    document: &'a Document,
    frame: &'a Frame<'a>,
    tokens: Vec<Token>,
    pub(crate) found: Vec<Statement>,
    section: String,
    /// Classes of the headings above.
    heading: Classes,
    /// Classes of the paragraph up to the letter `paragraph_read`.
    paragraph: Classes,
    paragraph_read: usize,
    /// The total of what was published, as the paragraph at hand states it.
    total: Option<Decimal>,
    /// Verbs of the sentence before, for one that begins with 其中.
    carried: Classes,
}

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
    was_cumulative: bool,
    /// Verbs of what the shares are of.
    share_verbs: Classes,
    pub(crate) organ_of_others: bool,
    elsewhere: bool,
    /// Inside quotation marks.
    quoted: bool,
    scope: ScopeKind,
    year: Option<u16>,
    this_year: bool,
    since: bool,
    /// Whether the clause at hand, and the clause before it, hold a quantity.
    counted: bool,
    /// Whether nothing has been listed yet since the quantity before.
    behind_quantity: bool,
    pub(crate) counted_before: bool,
    /// What held before the bracket at hand opened.
    bracket: Option<(bool, &'static str)>,
    /// The indicator of the quantity before.
    pub(crate) last: &'static str,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(document: &'a Document, frame: &'a Frame<'a>) -> Self {
        Self {
            document,
            frame,
            tokens: Vec::with_capacity(256),
            found: Vec::new(),
            section: String::new(),
            heading: 0,
            paragraph: 0,
            paragraph_read: 0,
            total: None,
            carried: 0,
        }
    }

    /// A top-level heading begins.
    pub(crate) fn enter(&mut self, title: &str) {
        self.section.clear();
        self.section.push_str(title);
    }

    /// The words of a heading are context for what follows.
    pub(crate) fn head(&mut self, title: &str) {
        self.heading = classes_in(&title.chars().collect::<Vec<_>>());
    }

    pub(crate) fn end_paragraph(&mut self) {
        self.paragraph = 0;
        self.paragraph_read = 0;
        self.total = None;
        self.carried = 0;
    }

    /// Reads one sentence.
    pub(crate) fn read(&mut self, letters: &Letters<'_>, sentence: Range<usize>) {
        let mut tokens = std::mem::take(&mut self.tokens);
        tokens.clear();
        tokenize(letters, sentence, &mut tokens);
        skip_notes(&mut tokens);
        own_names(letters, &mut tokens, &self.frame.names);
        let first = self.found.len();
        let mut context = Context { carried: self.begins_with_share(&tokens), ..Context::default() };
        let mut sole: Vec<(usize, &'static str)> = Vec::new();
        for index in 0..tokens.len() {
            let Some(token) = tokens.get(index) else { break };
            match &token.kind {
                Kind::Mark(mark) => self.mark(&mut context, index, *mark, &tokens),
                Kind::Quantity(quantity) => {
                    self.time(&mut context, index, &tokens);
                    self.end_shares(&mut context, index, &tokens);
                    let picked = match self.respective(&tokens, index, &context) {
                        Some((own, own_index, own_context)) => {
                            self.pick(letters, &own, own_index, quantity, &own_context)
                        }
                        None => self.pick(letters, &tokens, index, quantity, &context),
                    };
                    let picked = self.without_lesser_totals(picked, quantity);
                    let statement = self.statement(letters, &tokens, index, quantity, &context);
                    context.last = picked.first.map_or("", |found| found.indicator);
                    for found in [picked.first, picked.second].into_iter().flatten() {
                        if found.sole {
                            sole.push((self.found.len(), found.indicator));
                        }
                        self.found
                            .push(Statement { indicator: found.indicator.to_owned(), ..statement.clone() });
                    }
                    if picked.first.is_none() {
                        self.found.push(statement);
                    }
                    context.carried = self.verbs(&tokens, context.segment..index, context.carried);
                    context.counted_verbs |= mask(&tokens, context.segment..index) & LEXICON.named.verbs;
                    context.segment = index + 1;
                    context.counted = true;
                    context.behind_quantity = true;
                }
                Kind::Word => {
                    self.word(letters, &mut context, index, &tokens);
                    if std::mem::take(&mut context.was_cumulative) {
                        self.make_cumulative(first);
                    }
                }
                Kind::Year(year) => self.year(&mut context, index, *year, &tokens),
                Kind::Neutral => match letters.chars.get(token.at.start) {
                    Some('“') => context.quoted = true,
                    Some('”') => context.quoted = false,
                    _ => {}
                },
                Kind::Unknown => {}
            }
        }
        // Two shares of one kind are parts of it.
        for (place, indicator) in &sole {
            if sole.iter().any(|(other, same)| other != place && same == indicator)
                && let Some(statement) = self.found.get_mut(*place)
            {
                statement.indicator.clear();
            }
        }
        self.denials(letters, &tokens, first);
        self.carried = self.verbs(&tokens, 0..tokens.len(), 0);
        self.tokens = tokens;
    }

    /// The verbs of the sentence before, if this one goes on with its shares.
    fn begins_with_share(&self, tokens: &[Token]) -> Classes {
        let shares = tokens.first().is_some_and(|token| token.classes & LEXICON.named.share != 0);
        if shares { self.carried } else { 0 }
    }

    /// The verbs of these tokens; of what came before where they have none.
    fn verbs(&self, tokens: &[Token], range: Range<usize>, before: Classes) -> Classes {
        match mask(tokens, range) & LEXICON.named.verbs {
            0 => before,
            verbs => verbs,
        }
    }

    fn mark(&self, context: &mut Context, index: usize, mark: char, tokens: &[Token]) {
        let clause = tokens.get(context.clause..index).unwrap_or_default();
        context.carried = self.verbs(tokens, context.segment..index, context.carried);
        context.clause_before = context.clause..index;
        context.counted_before = context.counted;
        context.clause = index + 1;
        context.segment = index + 1;
        context.counted = false;
        context.behind_quantity = false;
        context.elsewhere = false;
        match mark {
            // 公开171条：文件2条，… lists shares without the word for it.
            ':' if index.checked_sub(1).and_then(|before| tokens.get(before)).is_some_and(is_quantity) => {
                context.share = true;
                context.share_verbs = context.carried;
            }
            // A clause without any quantity ends the list of shares.
            ',' if context.share
                && context.bracket.is_none()
                && !clause
                    .iter()
                    .any(|token| is_quantity(token) || token.classes & LEXICON.named.share != 0) =>
            {
                context.share = false;
            }
            '(' => context.bracket = Some((context.share, context.last)),
            ')' => {
                if let Some((share, last)) = context.bracket.take() {
                    context.share = share;
                    context.last = last;
                }
            }
            _ => {}
        }
    }

    fn word(&self, letters: &Letters<'_>, context: &mut Context, index: usize, tokens: &[Token]) {
        let named = &LEXICON.named;
        let Some(token) = tokens.get(index) else { return };
        let classes = token.classes;
        if context.behind_quantity && classes & named.conjunction != 0 {
            context.carried = self.verbs(tokens, context.segment..index, context.carried);
            context.segment = index + 1;
            context.behind_quantity = false;
        }
        if classes & named.this_year != 0 {
            context.this_year = true;
            context.since = false;
        }
        if classes & named.since != 0 {
            let from_this_year = matches!(
                index.checked_sub(1).and_then(|before| tokens.get(before)).map(|token| &token.kind),
                Some(Kind::Year(year)) if Some(*year) == self.frame.year
            );
            context.since = !from_this_year && !context.this_year;
        }
        // 其中 begins shares anywhere, 包括 behind a quantity.
        if classes & named.share != 0
            && (letters.chars.get(token.at.start) == Some(&'其')
                || (index == context.clause && context.counted_before))
        {
            if context.period != Period::ThisYear && self.is_this_year(tokens.get(index + 1)) {
                context.was_cumulative = true;
            } else {
                context.share = true;
                context.share_verbs = self.verbs(tokens, context.segment..index, context.carried);
            }
        }
        if classes & (named.whole | named.own_area) != 0 {
            context.scope = ScopeKind::WholeArea;
        } else if classes & named.own_level != 0 {
            context.scope = ScopeKind::OwnLevel;
        } else if classes & named.own_organ != 0 {
            context.scope = ScopeKind::Organ;
        }
        if classes & (named.whole | named.own_area | named.own_level | named.own_organ) != 0 {
            context.organ_of_others = false;
            context.elsewhere = self.is_above(letters, token);
        }
        if classes & named.elsewhere != 0 {
            context.elsewhere = true;
        }
        let joined = |index: Option<usize>| {
            index
                .and_then(|index| tokens.get(index))
                .is_some_and(|token| token.classes & named.conjunction != 0)
        };
        if classes & named.lower_levels != 0
            && context.scope == ScopeKind::Unknown
            && !joined(Some(index + 1))
            && !joined(index.checked_sub(1))
        {
            context.organ_of_others = true;
        }
        if classes & named.organ_suffix != 0 && !context.quoted && self.names_another(letters, tokens, index)
        {
            context.organ_of_others = true;
            context.scope = ScopeKind::Unknown;
        }
    }

    /// 微信和微博分别发布信息14条、65条: the tokens that are meant for the quantity at `index`, its place among them, and its
    /// context there.
    fn respective(
        &self,
        tokens: &[Token],
        index: usize,
        context: &Context,
    ) -> Option<(Vec<Token>, usize, Context)> {
        let named = &LEXICON.named;
        let clause = context.clause..segment_end(tokens, index);
        let pieces = tokens.get(clause.clone())?;
        let at = clause.start + pieces.iter().position(|token| token.classes & named.respectively != 0)?;
        let end =
            at + tokens.get(at..)?.iter().take_while(|token| !matches!(token.kind, Kind::Mark(_))).count();
        let counted: Vec<usize> =
            (at..end).filter(|&place| tokens.get(place).is_some_and(is_quantity)).collect();
        let items: Vec<&[Token]> = tokens
            .get(clause.start..at)?
            .split(|token| token.classes & named.conjunction != 0)
            .filter(|item| !item.is_empty())
            .collect();
        let place = counted.iter().position(|&place| place == index)?;
        if items.len() != counted.len() || items.len() < 2 {
            return None;
        }
        let common = tokens.get(at..*counted.first()?)?;
        let own: Vec<Token> =
            items.get(place)?.iter().chain(common).chain(tokens.get(index)).cloned().collect();
        let own_index = own.len() - 1;
        let own_context = Context { clause: 0, clause_before: 0..0, segment: 0, ..context.clone() };
        Some((own, own_index, own_context))
    }

    /// After a total of what was published, a lesser one in the same paragraph is of a part.
    fn without_lesser_totals(&mut self, mut picked: Pick, quantity: &Quantity) -> Pick {
        if picked.first.is_some_and(|found| found.is_total) {
            if self.total.is_some_and(|total| quantity.value.is_some_and(|value| value < total)) {
                picked.first = None;
            } else {
                self.total = quantity.value;
            }
        }
        picked
    }

    /// A verb of another kind ends the list of shares: 公开5条，其中…3条，收到留言2条.
    fn end_shares(&self, context: &mut Context, index: usize, tokens: &[Token]) {
        let segment = mask(tokens, context.segment..index);
        let verbs = segment & LEXICON.named.verbs;
        if context.share
            && context.share_verbs != 0
            && verbs != 0
            && verbs & context.share_verbs == 0
            && segment & LEXICON.named.share == 0
        {
            context.share = false;
        }
    }

    fn year(&self, context: &mut Context, index: usize, year: u16, tokens: &[Token]) {
        // 截至2021年底 does not say from when.
        let only_until = mask(tokens, index.saturating_sub(1)..index) & LEXICON.named.until != 0;
        context.year = Some(year).filter(|_| !only_until || self.frame.year.is_some_and(|own| year < own));
        context.this_year = false;
        context.since = false;
    }

    fn is_this_year(&self, token: Option<&Token>) -> bool {
        token.is_some_and(|token| match token.kind {
            Kind::Year(year) => Some(year) == self.frame.year,
            _ => token.classes & LEXICON.named.this_year != 0,
        })
    }

    /// 累计公开23万条，其中2021年公开2万条: what comes is the year's, what came was of all years.
    fn make_cumulative(&mut self, first: usize) {
        for statement in self.found.get_mut(first..).unwrap_or_default() {
            statement.period = Period::Cumulative;
            statement.indicator.clear();
        }
        self.total = None;
    }

    /// Whether 全省 or 全市 means more than the report's own area.
    fn is_above(&self, letters: &Letters<'_>, token: &Token) -> bool {
        let own = match letters.chars.get(token.at.start..token.at.end) {
            Some(['全', '省']) => Rank::Province,
            Some(['全', '市' | '州' | '盟']) => Rank::Prefecture,
            Some(['全', '县' | '旗']) => Rank::County,
            _ => return false,
        };
        let is_city = own == Rank::Prefecture
            && self
                .frame
                .names
                .iter()
                .any(|name| name.contains('市') && !name.contains('区') && !name.contains('县'));
        !matches!(self.frame.rank, Rank::Unknown) && own < self.frame.rank && !is_city
    }

    /// Whether the organ whose name ends at the token is another's: 县民政局 in the report of a county.
    fn names_another(&self, letters: &Letters<'_>, tokens: &[Token], index: usize) -> bool {
        let Some(before) = index.checked_sub(1).and_then(|before| tokens.get(before)) else { return false };
        let Some(token) = tokens.get(index) else { return false };
        if before.kind != Kind::Unknown || before.at.end != token.at.start || self.frame.names.is_empty() {
            return false;
        }
        // 教育局 and 乙镇, but not 格局 and 开办.
        let least = if is_area_suffix(letters.chars.get(token.at.end - 1)) { 1 } else { 2 };
        if before.at.len() < least {
            return false;
        }
        let name: String = letters.text_of(&(before.at.start..token.at.end));
        !self.frame.names.iter().any(|own| abbreviates(&name, own) || name.contains(own))
    }

    /// The time of the quantity at `index`.
    fn time(&self, context: &mut Context, index: usize, tokens: &[Token]) {
        let named = &LEXICON.named;
        let clause = mask(tokens, context.clause..index);
        let after = mask(tokens, index + 1..segment_end(tokens, index));
        let year = self.frame.year;
        let earlier_year = context.year.zip(year).is_some_and(|(stated, year)| stated < year);
        context.is_change = clause & named.change != 0;
        context.period = if clause & named.future != 0
            || context.year.zip(year).is_some_and(|(stated, year)| year < stated)
        {
            Period::Future
        } else if clause & named.change != 0 {
            Period::ThisYear
        } else if context.since || after & named.since != 0 {
            Period::Cumulative
        } else if clause & (named.last_year | named.compared) != 0 || (earlier_year && !context.this_year) {
            Period::Earlier
        } else if context.this_year || (context.year.is_some() && context.year == year) {
            Period::ThisYear
        } else {
            Period::Unknown
        };
    }

    fn whose(&self, context: &Context) -> Whose {
        let named_self = context.scope != ScopeKind::Unknown;
        match (context.elsewhere, context.share || context.organ_of_others, named_self) {
            (true, _, _) => Whose::Other,
            (false, true, _) => Whose::Part,
            (false, false, true) => Whose::Subject,
            (false, false, false) => Whose::Unknown,
        }
    }

    fn pick(
        &mut self,
        letters: &Letters<'_>,
        tokens: &[Token],
        index: usize,
        quantity: &Quantity,
        context: &Context,
    ) -> Pick {
        if quantity.groups == 0
            || context.is_change
            || context.elsewhere
            || matches!(context.period, Period::Earlier | Period::Future)
        {
            return Pick::default();
        }
        let start = tokens.get(index).map_or(0, |token| token.at.end);
        let mut above = || {
            let unread = letters.chars.get(self.paragraph_read..start).unwrap_or_default();
            self.paragraph |= classes_in(unread);
            self.paragraph_read = self.paragraph_read.max(start);
            self.paragraph | self.heading
        };
        pick(tokens, index, quantity, context, &mut above)
    }

    fn statement(
        &self,
        letters: &Letters<'_>,
        tokens: &[Token],
        index: usize,
        quantity: &Quantity,
        context: &Context,
    ) -> Statement {
        let words = quote_letters(letters, tokens, context, index);
        Statement {
            value: quantity.value,
            value_max: quantity.value_max,
            unit: quantity.unit.clone(),
            approximate: quantity.approximate,
            ..self.at(letters, words, context)
        }
    }

    /// A statement in these words, without a quantity yet.
    fn at(&self, letters: &Letters<'_>, words: Range<usize>, context: &Context) -> Statement {
        let place = letters.place(&words);
        Statement {
            indicator: String::new(),
            value: None,
            value_max: None,
            unit: String::new(),
            approximate: false,
            period: context.period,
            scope: context.scope,
            whose: self.whose(context),
            quote: unbroken(self.document.text.slice(&place)),
            section: self.section.clone(),
            span: Some(self.document.text.span(&place)),
        }
    }

    /// Clauses that say there was none: 未收到…申请, 没有…行政复议、行政诉讼.
    fn denials(&mut self, letters: &Letters<'_>, tokens: &[Token], first: usize) {
        let named = &LEXICON.named;
        if mask(tokens, 0..tokens.len()) & (named.denial | named.denial_verb) == 0 {
            return;
        }
        let (mut start, mut before) = (0, 0);
        let mut context = Context::default();
        for end in 0..=tokens.len() {
            let token = tokens.get(end);
            if let Some(Kind::Year(year)) = token.map(|token| &token.kind) {
                context.year = Some(*year);
            }
            if token.is_some_and(|token| token.classes & named.this_year != 0) {
                context.this_year = true;
            }
            if !token.is_none_or(|token| matches!(token.kind, Kind::Mark(_))) {
                continue;
            }
            let clause = start..end;
            context.clause = start;
            start = end + 1;
            let mut pieces = tokens.get(clause.clone()).unwrap_or_default();
            // 行政复议情况：无
            if pieces.len() == 1 && 0 < clause.start {
                pieces = tokens.get(before..clause.end).unwrap_or_default();
            }
            before = clause.start;
            if pieces.iter().any(|token| matches!(token.kind, Kind::Quantity(_))) {
                continue;
            }
            let Some(denied) = super::indicators::denied(pieces) else { continue };
            self.time(&mut context, end, tokens);
            if matches!(context.period, Period::Earlier | Period::Future) {
                continue;
            }
            let from = pieces.first().map_or(0, |token| token.at.start);
            let to = pieces.last().map_or(from, |token| token.at.end);
            let words = trimmed(letters, from..to.min(from + QUOTE_LETTERS_MAX));
            let statement = Statement { value: Some(Decimal::ZERO), ..self.at(letters, words, &context) };
            for indicator in denied {
                self.insert(first, Statement { indicator: indicator.to_owned(), ..statement.clone() });
            }
        }
    }

    /// Puts a statement of this sentence into its place in the order of the text.
    fn insert(&mut self, first: usize, statement: Statement) {
        let start = |statement: &Statement| {
            statement.span.as_ref().and_then(|span| span.as_bytes()).map_or(0, |bytes| bytes.start)
        };
        let before = |other: &Statement| start(other) <= start(&statement);
        let place =
            self.found.get(first..).unwrap_or_default().iter().take_while(|other| before(other)).count();
        self.found.insert(first + place, statement);
    }
}

fn is_area_suffix(letter: Option<&char>) -> bool {
    matches!(letter, Some('镇' | '乡' | '县' | '村' | '道'))
}

fn is_quantity(token: &Token) -> bool {
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

/// The classes of all words in `letters`.
fn classes_in(letters: &[char]) -> Classes {
    let (mut at, mut classes) = (0, 0);
    while let Some(rest) = letters.get(at..).filter(|rest| !rest.is_empty()) {
        match LEXICON.words.longest(rest) {
            Some((len, word)) => {
                classes |= word.classes;
                at += len;
            }
            None => at += 1,
        }
    }
    classes
}

/// Whether `short` says `long` in short: 市监局 for 市场监督管理局. Its letters stand in the other in this order.
fn abbreviates(short: &str, long: &str) -> bool {
    let mut rest = long.chars();
    short.chars().all(|letter| rest.any(|other| other == letter))
}

/// Letters of the report's own names are not unknown: 甲县 in the report of 甲县人民政府.
fn own_names(letters: &Letters<'_>, tokens: &mut [Token], names: &[&str]) {
    for index in 0..tokens.len() {
        let Some(token) = tokens.get(index).filter(|token| token.kind == Kind::Unknown) else { continue };
        let (start, mut end) = (token.at.start, token.at.end);
        let mut is_own = 2 <= end - start;
        if let Some(next) = tokens.get(index + 1).filter(|next| next.kind == Kind::Word && next.at.len() <= 3)
        {
            end = next.at.end;
            is_own = true;
        }
        let name = letters.text_of(&(start..end));
        if is_own
            && names.iter().any(|own| abbreviates(&name, own))
            && let Some(token) = tokens.get_mut(index)
        {
            token.kind = Kind::Neutral;
        }
    }
}

/// The words around the quantity at `index`: from the end of what came before to the end of its clause, or to the
/// quantity itself where another thing is listed behind it.
fn quote_letters(letters: &Letters<'_>, tokens: &[Token], context: &Context, index: usize) -> Range<usize> {
    let at = tokens.get(index).map_or(0..0, |token| token.at.clone());
    let from = tokens.get(context.segment).map_or(at.start, |token| token.at.start.min(at.start));
    let mut to = at.end;
    let listed = tokens.get(index + 1).is_some_and(|token| letters.chars.get(token.at.start) == Some(&'、'));
    if !listed {
        let rest = tokens.get(index + 1..).unwrap_or_default();
        let len = rest.iter().take_while(|token| !matches!(token.kind, Kind::Mark(_))).count();
        to = rest.get(..len).and_then(<[Token]>::last).map_or(to, |token| token.at.end);
    }
    let from = from.max(at.end.saturating_sub(QUOTE_LETTERS_MAX));
    trimmed(letters, from..to.min(from + QUOTE_LETTERS_MAX).max(at.end))
}

/// Without marks at either end.
fn trimmed(letters: &Letters<'_>, mut words: Range<usize>) -> Range<usize> {
    let outside = |index: usize| {
        letters
            .chars
            .get(index)
            .is_some_and(|&letter| is_mark(letter) || matches!(letter, '、' | '。' | '.' | '-'))
    };
    while words.start + 1 < words.end && outside(words.start) {
        words.start += 1;
    }
    while words.start + 1 < words.end && outside(words.end - 1) {
        words.end -= 1;
    }
    words
}

/// The words without the breaks of their lines.
fn unbroken(text: &str) -> String {
    if !text.contains('\n') {
        return text.to_owned();
    }
    text.split('\n')
        .map(|line| line.trim_matches(crate::fold::is_space))
        .filter(|line| !line.is_empty())
        .collect()
}
