//! What a record states in words against the labelled facts and statements.

use super::labels::Fact;
use super::tally::Count;
use gongkai_forms::LABELLED_INDICATORS;
use gongkai_model::{Period, Statement, Whose};
use rust_decimal::Decimal;

/// How labels and statements were paired.
#[derive(Debug, Default)]
pub(crate) struct Paired<'a> {
    /// Labels with a statement of their own, of all: the recall.
    pub(crate) found: Count,
    /// Statements with a label of their own, of all that claim what labels tell: the precision.
    pub(crate) given: Count,
    /// Labels without.
    pub(crate) lost: Vec<&'a Fact>,
    /// Statements without.
    pub(crate) surplus: Vec<&'a Statement>,
}

/// Pairs labelled facts with statements of their indicators. A statement without label is a false claim only if it
/// speaks of the reporting year and of the subject itself.
pub(crate) fn facts<'a>(labels: &'a [Fact], statements: &'a [Statement]) -> Paired<'a> {
    let named =
        statements.iter().filter(|statement| LABELLED_INDICATORS.contains(&statement.indicator.as_str()));
    let mut paired = pair(labels, named, |label, statement| {
        label.indicator.as_ref() == Some(&statement.indicator) && is_same(label, statement)
    });
    // A number that is missing in the text claims nothing.
    paired.surplus.retain(|statement| {
        statement.value.is_some()
            && matches!(statement.period, Period::ThisYear | Period::Unknown)
            && matches!(statement.whose, Whose::Subject | Whose::Unknown)
    });
    paired.given.all = paired.given.right + paired.surplus.len();
    paired
}

/// Pairs labelled statements with all statements that have a quantity of their own in the text.
pub(crate) fn statements<'a>(labels: &'a [Fact], statements: &'a [Statement]) -> Paired<'a> {
    // One number may be two indicators' (没有行政复议、行政诉讼), and is one quantity of the text.
    let is_again = |index: usize| {
        let (this, before) = (&statements[index], &statements[..index]);
        before.iter().any(|other| other.span == this.span && other.value == this.value)
    };
    let quantities = statements.iter().enumerate().filter(|(index, _)| !is_again(*index));
    pair(labels, quantities.map(|(_, statement)| statement), |label, statement| {
        is_same(label, statement)
            && label.approximate.is_none_or(|approximate| approximate == statement.approximate)
            && label.value_max.is_none_or(|most| statement.value_max == Some(most))
    })
}

/// Each label gets the first statement that fits and is not taken: both are in the order of the text.
fn pair<'a>(
    labels: &'a [Fact],
    statements: impl Iterator<Item = &'a Statement>,
    fits: impl Fn(&Fact, &Statement) -> bool,
) -> Paired<'a> {
    let mut paired = Paired::default();
    let mut free: Vec<&Statement> = statements.collect();
    let all = free.len();
    for label in labels {
        let at = free.iter().position(|statement| fits(label, statement));
        paired.found.add(at.is_some());
        match at {
            Some(at) => {
                free.remove(at);
            }
            None => paired.lost.push(label),
        }
    }
    paired.given = Count { right: all - free.len(), all };
    paired.surplus = free;
    paired
}

fn is_same(label: &Fact, statement: &Statement) -> bool {
    let value = |value: Option<Decimal>| value.map(|value| value.normalize());
    value(label.value) == value(statement.value)
        && label.unit == statement.unit
        && label.quote.as_deref().is_none_or(|quote| overlaps(quote, &statement.quote))
}

/// Whether two quotes are about the same words: what they share is at least half of the shorter one.
fn overlaps(one: &str, other: &str) -> bool {
    let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<Vec<char>>();
    let (one, other) = (letters(one), letters(other));
    let mut longest = 0;
    let mut before = vec![0_usize; other.len() + 1];
    for a in &one {
        let mut row = vec![0; other.len() + 1];
        for (at, b) in other.iter().enumerate() {
            if a == b
                && let (Some(slot), Some(length)) = (row.get_mut(at + 1), before.get(at))
            {
                *slot = length + 1;
                longest = longest.max(length + 1);
            }
        }
        before = row;
    }
    0 < longest && one.len().min(other.len()) <= 2 * longest
}

#[cfg(test)]
mod tests {
    use super::*;
    use gongkai_model::ScopeKind;

    fn statement(indicator: &str, value: i64, quote: &str) -> Statement {
        Statement {
            indicator: indicator.to_owned(),
            value: Some(value.into()),
            value_max: None,
            unit: "条".to_owned(),
            approximate: false,
            period: Period::ThisYear,
            scope: ScopeKind::Unknown,
            whose: Whose::Subject,
            quote: quote.to_owned(),
            section: String::new(),
            span: None,
        }
    }

    fn label(indicator: &str, value: i64, quote: &str) -> Fact {
        Fact {
            indicator: Some(indicator.to_owned()).filter(|indicator| !indicator.is_empty()),
            value: Some(value.into()),
            value_max: None,
            unit: "条".to_owned(),
            approximate: Some(false),
            quote: Some(quote.to_owned()),
        }
    }

    #[test]
    fn a_statement_serves_one_label_only_and_what_is_left_over_is_counted() {
        let labels = [label("published.total", 217, "公开217条"), label("published.total", 217, "公开217条")];
        let given =
            [statement("published.total", 217, "共公开 217条"), statement("published.website", 9, "网站9条")];
        let paired = facts(&labels, &given);
        assert_eq!((paired.found, paired.given), (Count { right: 1, all: 2 }, Count { right: 1, all: 2 }));
        assert_eq!((paired.lost.len(), paired.surplus[0].value), (1, Some(9.into())));
    }

    #[test]
    fn comparisons_parts_and_indicators_that_nobody_labelled_are_no_claims() {
        let mut earlier = statement("published.total", 1, "上年1条");
        earlier.period = Period::Earlier;
        let mut part = statement("published.total", 2, "其中县医院2条");
        part.whose = Whose::Part;
        let given = [earlier, part, statement("meetings.of.another.kind", 3, "3条"), statement("", 4, "4条")];
        assert_eq!(facts(&[], &given).given, Count { right: 0, all: 0 });
        assert_eq!(statements(&[], &given).given, Count { right: 0, all: 4 });
    }

    #[test]
    fn statements_agree_in_value_unit_approximation_and_words() {
        let given = [statement("", 42, "抽查网站42家")];
        assert_eq!(statements(&[label("", 42, "抽查网站42家单位")], &given).found.right, 1);
        assert_eq!(statements(&[label("", 42, "召开会议")], &given).found.right, 0);
        let about = Fact { approximate: Some(true), ..label("", 42, "抽查网站42家") };
        assert_eq!(statements(&[about], &given).found.right, 0);
    }
}
