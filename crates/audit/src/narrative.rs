//! What the running text states of the year, against the tables and against itself.

use crate::checked::{Audited, Checked, Failure};
use crate::landmarks::{Landmarks, indicator};
use gongkai_forms::{Form, Indicator, indicators};
use gongkai_model::{Period, Report, Statement, Value, Whose};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use std::sync::LazyLock;

/// More statements than this are not compared with each other.
const STATED_MAX: usize = 1_000;

/// What a statement with a cell is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    Requests,
    Carried,
    Outcomes,
    Reviews,
    Documents,
    Money,
    Decisions,
    Statistics,
}

impl Family {
    fn of(key: &str) -> Option<Self> {
        let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| key.starts_with(prefix));
        if begins(&["requests.received", "requests.concluded"]) {
            Some(Self::Requests)
        } else if begins(&["requests.carried"]) {
            Some(Self::Carried)
        } else if begins(&["requests."]) {
            Some(Self::Outcomes)
        } else if begins(&["reviews."]) {
            Some(Self::Reviews)
        } else if begins(&["disclosure.regulations", "disclosure.normative_documents"]) {
            Some(Self::Documents)
        } else if begins(&["disclosure.fees", "disclosure.procurement"]) {
            Some(Self::Money)
        } else if begins(&["disclosure."]) {
            Some(Self::Decisions)
        } else if begins(&["legacy."]) {
            Some(Self::Statistics)
        } else {
            None
        }
    }
}

pub(crate) fn requests(audited: &Audited<'_>) -> Checked {
    against_table(audited, Family::Requests)
}

pub(crate) fn carried(audited: &Audited<'_>) -> Checked {
    against_table(audited, Family::Carried)
}

pub(crate) fn outcomes(audited: &Audited<'_>) -> Checked {
    against_table(audited, Family::Outcomes)
}

pub(crate) fn reviews(audited: &Audited<'_>) -> Checked {
    against_table(audited, Family::Reviews)
}

pub(crate) fn documents(audited: &Audited<'_>) -> Checked {
    against_table(audited, Family::Documents)
}

pub(crate) fn money(audited: &Audited<'_>) -> Checked {
    against_table(audited, Family::Money)
}

pub(crate) fn decisions(audited: &Audited<'_>) -> Checked {
    against_table(audited, Family::Decisions)
}

pub(crate) fn statistics(audited: &Audited<'_>) -> Checked {
    against_table(audited, Family::Statistics)
}

/// A statement of the year about the work that the report's figures count.
pub(crate) struct Stated<'a> {
    statement: &'a Statement,
    /// Its place in the dictionary.
    index: usize,
    indicator: &'static Indicator,
    /// The cells whose sum states the same quantity; none for most.
    cells: &'static [usize],
    family: Option<Family>,
    value: Decimal,
}

/// The statements that a rule may compare with something.
pub(crate) fn stated<'a>(
    report: &'a Report,
    form: Option<&'static Form>,
    landmarks: Option<&'static Landmarks>,
) -> Vec<Stated<'a>> {
    let of_the_year = report.statements.iter().filter(|statement| is_of_the_year(report, statement));
    of_the_year
        .take(STATED_MAX)
        .filter_map(|statement| {
            let index = indicator(&statement.indicator)?;
            let cells =
                landmarks.and_then(|landmarks| landmarks.stated.get(index)).map_or(&[][..], Vec::as_slice);
            let family = cells.first().and_then(|&cell| Family::of(&form?.cells.get(cell)?.key));
            let indicator = indicators().get(index)?;
            Some(Stated { statement, index, indicator, cells, family, value: statement.value? })
        })
        .collect()
}

/// Whether a statement counts what the report's figures count: this year, the subject's work, the same scope.
fn is_of_the_year(report: &Report, statement: &Statement) -> bool {
    !statement.indicator.is_empty()
        && statement.period == Period::ThisYear
        && matches!(statement.whose, Whose::Subject | Whose::Unknown)
        && statement.covers(report.scope.kind)
}

impl Stated<'_> {
    /// What the cells say together; none where one of them is no number.
    fn in_table(&self, audited: &Audited<'_>) -> Option<Decimal> {
        let mut sum = Decimal::ZERO;
        for &cell in self.cells {
            sum = sum.checked_add(audited.figure(cell)?.value?.decimal())?;
        }
        Some(sum)
    }

    /// Whether the table says the same, as exactly as the text does.
    fn agrees(&self, table: Decimal) -> bool {
        /// Of an approximate number a fifth may be left out or added.
        const APPROXIMATE_PARTS: i64 = 5;
        let Statement { approximate, value_max, .. } = self.statement;
        match value_max {
            Some(max) => self.value <= table && table <= *max,
            None if *approximate => {
                let distance = table.checked_sub(self.value).map(|distance| distance.abs());
                let times =
                    distance.and_then(|distance| distance.checked_mul(Decimal::from(APPROXIMATE_PARTS)));
                times.is_some_and(|times| times <= self.value.abs())
            }
            None => table == self.value,
        }
    }

    /// Whether it gives one number, not about one or between two.
    fn is_plain(&self) -> bool {
        !self.statement.approximate && self.statement.value_max.is_none()
    }

    /// Whether it gives one number of all that the report covers.
    fn is_exact(&self) -> bool {
        self.is_plain() && self.statement.whose == Whose::Subject
    }

    fn is_none(&self) -> bool {
        self.is_plain() && self.value.is_zero()
    }
}

/// What the text states of this family agrees with the table; one failure for each indicator. Where one of several
/// statements agrees the others are a question of the text alone.
fn against_table(audited: &Audited<'_>, family: Family) -> Checked {
    let mut checked = Checked::silent();
    for (place, said) in audited.stated.iter().enumerate() {
        if said.family != Some(family)
            || audited.stated.iter().take(place).any(|other| other.index == said.index)
        {
            continue;
        }
        let Some(table) = said.in_table(audited) else {
            checked.unknown();
            continue;
        };
        let of_indicator = || audited.stated.iter().filter(|other| other.index == said.index);
        // That there was none is a rule of its own.
        let Some(claim) = of_indicator().find(|other| !other.is_none()) else { continue };
        checked.add(Some(of_indicator().any(|other| other.agrees(table))), || failure(audited, claim, table));
    }
    checked
}

/// What the text says there was none of is 0 in the table.
pub(crate) fn none_claimed(audited: &Audited<'_>) -> Checked {
    let mut checked = Checked::silent();
    for (place, said) in audited.stated.iter().enumerate() {
        let mut others = audited.stated.iter().enumerate().filter(|(_, other)| other.index == said.index);
        // Another sentence may say how many there were.
        let is_only_claim = others.all(|(at, other)| other.is_none() && place <= at);
        if said.family.is_none() || !is_only_claim {
            continue;
        }
        let table = said.in_table(audited);
        checked.add(table.map(|table| table.is_zero()), || failure(audited, said, table.unwrap_or_default()));
    }
    checked
}

fn failure(audited: &Audited<'_>, said: &Stated<'_>, table: Decimal) -> Failure {
    let (quote, table) = (quote(said.statement), table.normalize());
    let cell_zh = match said.cells {
        [cell] => format!("「{}」", audited.labels(*cell).0),
        cells => format!("表中有关 {} 格合计", cells.len()),
    };
    let cell_en = match said.cells {
        [cell] => format!("“{}” says", audited.labels(*cell).1),
        cells => format!("{} cells of the table together say", cells.len()),
    };
    Failure {
        subject: said.indicator.id.clone(),
        left: value(said.value),
        right: value(table),
        figures: audited.keys(said.cells.iter().copied()),
        zh: format!("{}：正文称“{quote}”，而{cell_zh}为 {table}，请核对", said.indicator.name_zh),
        en: format!(
            "{}: the text says “{quote}”, but {cell_en} {table}, please check",
            said.indicator.name_en
        ),
        ..Failure::default()
    }
}

fn value(decimal: Decimal) -> Option<Value> {
    let count = decimal.normalize();
    match count.scale() {
        0 => count.to_i64().map(Value::Count),
        _ => Some(Value::Amount(count)),
    }
}

/// The words of a statement, shortened for a sentence.
fn quote(statement: &Statement) -> String {
    const CHARS_MAX: usize = 40;
    let mut quote: String = statement.quote.chars().take(CHARS_MAX).collect();
    if quote.len() < statement.quote.len() {
        quote.push('…');
    }
    quote
}

/// No two sentences give different numbers for one quantity; one failure for each indicator.
pub(crate) fn conflict(audited: &Audited<'_>) -> Checked {
    let mut checked = Checked::silent();
    for (place, first) in audited.stated.iter().enumerate() {
        let same = |other: &&Stated<'_>| {
            other.index == first.index && other.is_exact() && other.statement.unit == first.statement.unit
        };
        if !first.is_exact() || audited.stated.iter().take(place).any(|other| same(&other)) {
            continue;
        }
        let mut others = audited.stated.iter().skip(place + 1).filter(same).peekable();
        if others.peek().is_none() {
            continue;
        }
        let other = others.find(|other| other.value != first.value);
        checked.add(Some(other.is_none()), || {
            let (zh, en) = (&first.indicator.name_zh, &first.indicator.name_en);
            let one = quote(first.statement);
            let two = other.map(|other| quote(other.statement)).unwrap_or_default();
            Failure {
                subject: first.indicator.id.clone(),
                left: value(first.value),
                right: other.and_then(|other| value(other.value)),
                zh: format!("{zh}：正文一处称“{one}”，另一处称“{two}”，前后不一致，请核对"),
                en: format!("{en}: the text says “{one}” and elsewhere “{two}”, please check"),
                ..Failure::default()
            }
        });
    }
    checked
}

/// The exact value that the text states of an indicator, where it states one alone.
fn only_value(audited: &Audited<'_>, index: usize) -> Option<Decimal> {
    let of_indicator = audited.stated.iter().filter(|stated| stated.index == index);
    let mut values = of_indicator.filter(|stated| stated.is_plain()).map(|stated| stated.value);
    let first = values.next()?;
    values.all(|value| value == first).then_some(first)
}

/// The indicators of information published through one channel.
static CHANNELS: LazyLock<Vec<usize>> = LazyLock::new(|| {
    let of_channels =
        indicators().iter().filter(|it| it.id.starts_with("published.") && it.id != "published.total");
    of_channels.filter_map(|channel| indicator(&channel.id)).collect()
});

/// No channel published more than was published in total; one failure for each channel.
pub(crate) fn channel(audited: &Audited<'_>) -> Checked {
    let mut checked = Checked::silent();
    let Some(total) = indicator("published.total").and_then(|index| only_value(audited, index)) else {
        return checked;
    };
    for &index in CHANNELS.iter() {
        let (Some(value), Some(channel)) = (only_value(audited, index), indicators().get(index)) else {
            continue;
        };
        checked.add(Some(value <= total), || Failure {
            subject: channel.id.clone(),
            left: self::value(value),
            right: self::value(total),
            zh: format!("正文称主动公开总数为 {total}，而{}为 {value}，单个渠道多于总数，请核对", channel.name_zh),
            en: format!(
                "the text says that {total} were published in total, but {value} through one channel ({}), please check",
                channel.name_en
            ),
            ..Failure::default()
        });
    }
    checked
}

/// No more was answered than received.
pub(crate) fn answered(audited: &Audited<'_>) -> Checked {
    let [Some(received), Some(answered)] =
        ["messages.received", "messages.answered"].map(|id| only_value(audited, indicator(id)?))
    else {
        return Checked::silent();
    };
    Checked::unless((received < answered).then(|| Failure {
        left: value(answered),
        right: value(received),
        zh: format!("正文称收到网民留言 {received} 条，却答复 {answered} 条，请核对"),
        en: format!(
            "the text says that {received} messages were received, but {answered} answered, please check"
        ),
        ..Failure::default()
    }))
}

/// Suggestions and proposals add up to their total.
pub(crate) fn proposals(audited: &Audited<'_>) -> Checked {
    let [Some(npc), Some(cppcc), Some(total)] =
        ["npc_proposals", "cppcc_proposals", "proposals"].map(|id| only_value(audited, indicator(id)?))
    else {
        return Checked::silent();
    };
    let Some(sum) = npc.checked_add(cppcc) else { return Checked::silent() };
    Checked::unless((sum != total).then(|| Failure {
        left: value(sum),
        right: value(total),
        zh: format!("正文称建议提案合计 {total} 件，而人大代表建议 {npc} 件、政协提案 {cppcc} 件，合计应为 {sum} 件，请核对"),
        en: format!(
            "the text says that there were {total} suggestions and proposals, but {npc} and {cppcc} make {sum}, please check"
        ),
        ..Failure::default()
    }))
}

/// No number is left out in the text; all of them are one failure.
pub(crate) fn number_missing(audited: &Audited<'_>) -> Checked {
    if audited.report.statements.is_empty() {
        return Checked::silent();
    }
    let mut missing = audited.report.statements.iter().filter(|statement| statement.value.is_none());
    let Some(first) = missing.next() else { return Checked::holds() };
    let (count, quote) = (1 + missing.count(), quote(first));
    Checked::fails(Failure {
        zh: format!("正文有 {count} 处漏填数字，如“{quote}”"),
        en: format!("{count} numbers are left out in the text, as in “{quote}”"),
        ..Failure::default()
    })
}
