//! One sentence at a time: its quantities and denials, their time, whose they are, and the words they stand in.

use super::Frame;
use super::context::{Context, mask, verbs};
use super::denials::{denied, is_not_one};
use super::indicators::{Pick, pick};
use super::lexicon::LEXICON;
use super::preparation::prepare;
use super::respective::{Meant, meant};
use super::text::Letters;
use super::tokens::{Kind, Quantity, Token, is_mark, tokenize};
use crate::fold::is_numeral;
use gongkai_document::Document;
use gongkai_forms::Classes;
use gongkai_model::{Period, Statement};
use rust_decimal::Decimal;
use std::ops::Range;

/// A quote is at most so long, in letters.
const QUOTE_LETTERS_MAX: usize = 200;

/// Reads sentences and keeps what was found.
pub(crate) struct Reader<'a> {
    document: &'a Document,
    frame: &'a Frame,
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
    /// Whether the sentences before, in the paragraph at hand, speak of an earlier year.
    was_past: bool,
}

/// What the clauses of a sentence deny.
#[derive(Default)]
struct Denials {
    found: Vec<Statement>,
    /// Places of the quantities that only say *not one*, of the clause at hand and of those that were denied.
    ones: Vec<usize>,
    spent: Vec<usize>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(document: &'a Document, frame: &'a Frame) -> Self {
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
            was_past: false,
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
        self.was_past = false;
    }

    /// Reads one sentence.
    pub(crate) fn read(&mut self, letters: &Letters<'_>, sentence: Range<usize>) {
        let mut tokens = std::mem::take(&mut self.tokens);
        tokens.clear();
        tokenize(letters, sentence, &mut tokens);
        prepare(letters, &mut tokens, self.frame);
        let first = self.found.len();
        let mut context = Context { carried: self.begins_with_share(&tokens), ..Context::default() };
        let mut sole: Vec<(usize, &'static str)> = Vec::new();
        let mut denials = Denials::default();
        for index in 0..tokens.len() {
            let Some(token) = tokens.get(index) else { break };
            match &token.kind {
                Kind::Mark(mark) => {
                    self.denial(letters, &tokens, index, &mut context, &mut denials);
                    context.mark(letters, index, *mark, &tokens);
                }
                Kind::Quantity(quantity) => {
                    if is_not_one(&tokens, index, quantity) {
                        denials.ones.push(self.found.len());
                    }
                    self.count(letters, &tokens, index, quantity, &mut context, &mut sole);
                }
                Kind::Word => {
                    context.word(letters, index, &tokens, self.frame);
                    if std::mem::take(&mut context.was_cumulative) {
                        self.make_cumulative(first);
                    }
                }
                Kind::Year(year) => context.year(letters, index, *year, &tokens, self.frame),
                Kind::Neutral => match letters.chars.get(token.at.start) {
                    Some('“') => context.quoted = true,
                    Some('”') => context.quoted = false,
                    _ => {}
                },
                Kind::Unknown => {}
            }
        }
        self.denial(letters, &tokens, tokens.len(), &mut context, &mut denials);
        // Two shares of one kind are parts of it.
        for (place, indicator) in &sole {
            let value = self.found.get(*place).and_then(|statement| statement.value);
            let differs = |other: &usize| self.found.get(*other).and_then(|other| other.value) != value;
            if sole.iter().any(|(other, same)| other != place && same == indicator && differs(other))
                && let Some(statement) = self.found.get_mut(*place)
            {
                statement.indicator.clear();
            }
        }
        for place in denials.spent.into_iter().rev() {
            self.found.remove(place);
        }
        for statement in denials.found {
            self.insert(first, statement);
        }
        let begins = tokens.first().is_some_and(|token| {
            matches!(token.kind, Kind::Year(_)) || token.classes & LEXICON.named.last_year != 0
        });
        self.was_past =
            begins && context.told.is_past(self.frame) || (self.was_past && context.told.is_silent());
        self.carried = verbs(&tokens, 0..tokens.len(), 0);
        self.tokens = tokens;
    }

    /// Keeps the quantity at `index`; in `sole` what must be the only one of its kind in the sentence.
    fn count(
        &mut self,
        letters: &Letters<'_>,
        tokens: &[Token],
        index: usize,
        quantity: &Quantity,
        context: &mut Context,
        sole: &mut Vec<(usize, &'static str)>,
    ) {
        context.time(index, tokens, self.frame);
        context.owner(letters, index, tokens, self.frame);
        context.end_shares(index, tokens);
        let picked = match meant(letters, tokens, index, context, self.frame) {
            Meant::Others(own, own_context) => {
                context.period = own_context.period;
                self.pick(letters, &own, own.len() - 1, quantity, &own_context)
            }
            Meant::Own => self.pick(letters, tokens, index, quantity, context),
            Meant::Undetermined => Pick::default(),
        };
        let picked = self.without_lesser_totals(picked, quantity);
        let statement = self.statement(letters, tokens, index, quantity, context);
        // 上年结转3件，共计61件，办结59件: a sum alone is of what was counted.
        let words = mask(tokens, context.segment..index);
        let only_sums =
            words & LEXICON.named.sum != 0 && words & !(LEXICON.named.neutral | LEXICON.named.anew) == 0;
        if picked.first.is_some() || !only_sums {
            context.last = picked.first.map_or("", |found| found.indicator);
        }
        for found in [picked.first, picked.second].into_iter().flatten() {
            if found.sole {
                sole.push((self.found.len(), found.indicator));
            }
            self.found.push(Statement { indicator: found.indicator.to_owned(), ..statement.clone() });
        }
        if picked.first.is_none() {
            self.found.push(statement);
        }
        context.counted(letters, index, tokens);
    }

    /// The verbs of the sentence before, if this one goes on with its shares.
    fn begins_with_share(&self, tokens: &[Token]) -> Classes {
        let shares = tokens.first().is_some_and(|token| token.classes & LEXICON.named.share != 0);
        if shares { self.carried } else { 0 }
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

    /// 累计公开23万条，其中2021年公开2万条: what comes is the year's, what came was of all years.
    fn make_cumulative(&mut self, first: usize) {
        for statement in self.found.get_mut(first..).unwrap_or_default() {
            statement.period = Period::Cumulative;
            statement.indicator.clear();
        }
        self.total = None;
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
            || context.is_of_units
            || context.is_of_government
            || context.is_of_part_of_year
            || (self.was_past && context.period == Period::Unknown)
            || is_broken(quantity)
            || matches!(context.period, Period::Earlier | Period::Future)
        {
            return Pick::default();
        }
        let start = tokens.get(index).map_or(0, |token| token.at.end);
        let mut above = || self.above(letters, start);
        pick(letters, tokens, index, quantity, context, &mut above)
    }

    /// The classes of the headings above, and of the paragraph up to the letter `end`.
    fn above(&mut self, letters: &Letters<'_>, end: usize) -> Classes {
        let unread = letters.chars.get(self.paragraph_read..end).unwrap_or_default();
        self.paragraph |= classes_in(unread);
        self.paragraph_read = self.paragraph_read.max(end);
        self.paragraph | self.heading
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
            whose: context.whose(),
            quote: unbroken(self.document.text.slice(&place)),
            section: self.section.clone(),
            span: Some(self.document.text.span(&place)),
        }
    }

    /// Keeps what the clause that ends at `end` says there was none of.
    fn denial(
        &mut self,
        letters: &Letters<'_>,
        tokens: &[Token],
        end: usize,
        context: &mut Context,
        denials: &mut Denials,
    ) {
        let named = &LEXICON.named;
        let ones = std::mem::take(&mut denials.ones);
        let mut clause = context.clause..end;
        // 行政复议情况：无
        if clause.len() == 1 && 0 < clause.start {
            clause.start = context.clause_before.start;
        }
        let pieces = tokens.get(clause).unwrap_or_default();
        let denies = pieces.iter().any(|token| token.classes & (named.denial | named.denial_verb) != 0);
        let counted = pieces.iter().filter(|token| matches!(token.kind, Kind::Quantity(_))).count();
        if !denies || counted != ones.len() {
            return;
        }
        let above = self.above(letters, pieces.last().map_or(0, |token| token.at.end));
        let Some(denied) = denied(letters, pieces, above) else { return };
        if makes_exception(letters, tokens.get(context.clause_before.clone()).unwrap_or_default()) {
            return;
        }
        context.time(end, tokens, self.frame);
        context.owner(letters, end, tokens, self.frame);
        let is_of_others =
            context.organ_of_others || context.elsewhere || context.is_of_units || context.is_of_government;
        let is_of_other_time =
            matches!(context.period, Period::Earlier | Period::Future | Period::Cumulative)
                || context.is_of_part_of_year
                || (self.was_past || denied.is_habit) && context.period == Period::Unknown;
        if is_of_others || is_of_other_time {
            return;
        }
        let from = pieces.first().map_or(0, |token| token.at.start);
        let to = pieces.last().map_or(from, |token| token.at.end);
        let words = trimmed(letters, from..to.min(from + QUOTE_LETTERS_MAX));
        let statement = Statement { value: Some(Decimal::ZERO), ..self.at(letters, words, context) };
        let stated = denied.indicators.into_iter();
        denials.found.extend(
            stated.map(|indicator| Statement { indicator: indicator.to_owned(), ..statement.clone() }),
        );
        denials.spent.extend(ones);
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

/// Whether the clause leaves something out of what follows: 除按规定收取复印费外，.
fn makes_exception(letters: &Letters<'_>, clause: &[Token]) -> bool {
    let (Some(first), Some(last)) = (clause.first(), clause.last()) else { return false };
    let words = letters.chars.get(first.at.start..last.at.end).unwrap_or_default();
    words.contains(&'除') && words.last() == Some(&'外')
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

/// Whether parts of things are counted (1.5件), as only money can be.
fn is_broken(quantity: &Quantity) -> bool {
    quantity.value.is_some_and(|value| !value.fract().is_zero()) && !quantity.unit.ends_with('元')
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
    let from = behind_list_number(letters, from.max(at.end.saturating_sub(QUOTE_LETTERS_MAX)), at.start);
    trimmed(letters, from..to.min(from + QUOTE_LETTERS_MAX).max(at.end))
}

/// The place behind the list number at `from`: （一） 一是 1. 一、; it must stand before `end`.
fn behind_list_number(letters: &Letters<'_>, from: usize, end: usize) -> usize {
    let text = letters.chars.get(from..end).unwrap_or_default();
    let opens = usize::from(matches!(text.first(), Some('(')));
    let numerals = text.iter().skip(opens).take_while(|&&letter| is_numeral(letter)).count();
    let closes = match text.get(opens + numerals) {
        Some(')') => opens == 1,
        Some('是' | '、' | '.') => opens == 0,
        _ => false,
    };
    if closes && (1..=3).contains(&numerals) { from + opens + numerals + 1 } else { from }
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
    // 20余篇（条）: the bracket is the unit's.
    let closes = |words: &Range<usize>| {
        let text = letters.chars.get(words.clone()).unwrap_or_default();
        let count = |mark| text.iter().filter(|&&letter| letter == mark).count();
        text.last() == Some(&')') && count('(') == count(')')
    };
    while words.start + 1 < words.end && outside(words.end - 1) && !closes(&words) {
        words.end -= 1;
    }
    words
}

/// The words without the breaks of their lines and pages.
pub(crate) fn unbroken(text: &str) -> String {
    if !text.contains('\n') {
        return text.to_owned();
    }
    text.split('\n')
        .map(|line| line.trim_matches(crate::fold::is_space))
        .filter(|line| !line.is_empty() && !super::is_page_number(line))
        .collect()
}
