use super::print::{self, csv, optional};
use super::{Verdict, keys, lines, measures, null_policy, source};
use crate::cli::{GroupByArg, StatisticArg, StatsAggregateArgs, StatsFormat};
use crate::client::{Client, explained};
use crate::present::width::{Align, Cell, Columns, wrap};
use crate::present::{Style, Tone, printable};
use anyhow::Context;
use gongkai_wire::v1;
use serde_json::{Value, json};
use std::io::Write;

/// Columns that a heading takes, and measures up to which also those are shown that are nowhere more than zero.
const HEADING_WIDTH_MAX: usize = 16;
const MEASURES_SHOWN_MAX: usize = 6;
/// Stands for what is not known.
const UNKNOWN: &str = "?";

const CSV_HEADER: [&str; 35] = [
    "place",
    "scope",
    "rank",
    "kind",
    "year",
    "form",
    "division_code",
    "division_name",
    "subject",
    "region_name",
    "region_code",
    "report_count",
    "same_area_count",
    "key",
    "indicator",
    "measure",
    "ratio",
    "numerator",
    "denominator",
    "assessed",
    "not_assessable",
    "undefined",
    "without_formula",
    "sum",
    "numbers_sum",
    "numbers",
    "mean",
    "minimum",
    "p25",
    "median",
    "p75",
    "maximum",
    "blanks_as_zero",
    "comparability",
    "reports",
];

pub(super) async fn run(
    mut client: Client,
    args: &StatsAggregateArgs,
    style: Style,
    out: &mut impl Write,
) -> anyhow::Result<Verdict> {
    let whose = &args.whose;
    let ranking = args.order_by.as_ref().map(|by| v1::Ranking {
        by: by.clone(),
        statistic: args.statistic.map_or(0, |it| statistic(it).into()),
        descending: args.desc,
        minimum: args.minimum,
        limit: args.limit.map_or(0, |limit| i32::try_from(limit.get()).unwrap_or(i32::MAX)),
    });
    let request = v1::AggregateRequest {
        filter: whose.filter.clone(),
        ranks: whose.ranks.iter().map(|rank| v1::Rank::from(*rank).into()).collect(),
        kinds: whose.kinds.iter().map(|kind| v1::BodyKind::from(*kind).into()).collect(),
        scope: args.scope.map_or(0, |scope| v1::ScopeKind::from(scope).into()),
        group_by: args.group_by.iter().map(|by| group_by(*by).into()).collect(),
        keys: keys(&args.keys)?,
        indicators: args.indicators.clone(),
        measures: measures(&args.measures)?,
        source: source(args.source),
        null_policy: null_policy(args.blank_as_zero),
        digits: args.digits,
        ranking,
        expected: lines(args.expected.as_deref())?,
        as_of: whose.clocks.as_of,
        published_until: whose.clocks.published_until.clone(),
        purpose: 0,
    };
    let answer = client.statistics.aggregate(request).await.map_err(|status| explained(&status))?;
    let mut stream = answer.into_inner();
    let (mut summary, mut groups) = (None, Vec::new());
    while let Some(message) = stream.message().await.map_err(|status| explained(&status))? {
        summary = summary.or(message.summary);
        groups.extend(message.groups);
    }
    let summary = summary.context("the server answered without a summary")?;
    match args.format {
        StatsFormat::Table => write!(out, "{}", table(args, &summary, &groups, style))?,
        StatsFormat::Json => {
            writeln!(out, "{}", json!({ "summary": summary_object(&summary) }))?;
            for group in &groups {
                writeln!(out, "{}", object(group))?;
            }
        }
        StatsFormat::Csv => {
            csv(out, &CSV_HEADER)?;
            for group in &groups {
                group_csv(group, out)?;
            }
        }
    }
    Ok(Verdict::Fine)
}

fn statistic(statistic: StatisticArg) -> v1::Statistic {
    match statistic {
        StatisticArg::Sum => v1::Statistic::Sum,
        StatisticArg::NumbersSum => v1::Statistic::NumbersSum,
        StatisticArg::Mean => v1::Statistic::Mean,
        StatisticArg::Minimum => v1::Statistic::Minimum,
        StatisticArg::P25 => v1::Statistic::P25,
        StatisticArg::Median => v1::Statistic::Median,
        StatisticArg::P75 => v1::Statistic::P75,
        StatisticArg::Maximum => v1::Statistic::Maximum,
        StatisticArg::Ratio => v1::Statistic::Ratio,
    }
}

fn group_by(by: GroupByArg) -> v1::GroupBy {
    match by {
        GroupByArg::Subject => v1::GroupBy::Subject,
        GroupByArg::Province => v1::GroupBy::Province,
        GroupByArg::Prefecture => v1::GroupBy::Prefecture,
        GroupByArg::County => v1::GroupBy::County,
        GroupByArg::Rank => v1::GroupBy::Rank,
        GroupByArg::Kind => v1::GroupBy::Kind,
        GroupByArg::Year => v1::GroupBy::Year,
        GroupByArg::Form => v1::GroupBy::Form,
    }
}

/// A table for people: a line a group; under each number on what it rests.
fn table(
    args: &StatsAggregateArgs,
    summary: &v1::AggregateSummary,
    groups: &[v1::AggregateGroup],
    style: Style,
) -> String {
    let first = groups.first().cloned().unwrap_or_default();
    let (shown, zeros) = shown_measures(groups, first.measures.len());
    let by = |by| args.group_by.contains(&by);
    let has_division = [GroupByArg::Province, GroupByArg::Prefecture, GroupByArg::County].into_iter().any(by);
    let mut heads: Vec<(bool, (&str, &str), Head)> = vec![
        (args.order_by.is_some(), ("名次", "place"), |group| group.place.to_string()),
        (by(GroupByArg::Year), ("年度", "year"), |group| {
            group.year.map_or_else(|| UNKNOWN.to_owned(), |year| year.to_string())
        }),
        (has_division, ("地区", "division"), |group| {
            let named = |it: &v1::Division| format!("{} {}", it.name, it.code).trim().to_owned();
            group.division.as_ref().map_or_else(|| "–".to_owned(), named)
        }),
        (by(GroupByArg::Subject), ("主体", "subject"), |group| group.subject.clone()),
        // The name of a body has that of its region, as a rule.
        (by(GroupByArg::Subject), ("代码", "code"), |group| group.region_code.clone()),
        (by(GroupByArg::Form), ("格式", "form"), |group| print::form(group.form)),
        (args.scope.is_none(), ("范围", "scope"), |group| print::scope(group.scope)),
    ];
    // What is the same for all by the request is not said again.
    let many = |count: usize, is_there: bool| count != 1 && is_there;
    let (has_rank, has_kind) = (groups.iter().any(|it| it.rank != 0), groups.iter().any(|it| it.kind != 0));
    heads.push((many(args.whose.ranks.len(), has_rank), ("级别", "rank"), |group| print::rank(group.rank)));
    heads.push((many(args.whose.kinds.len(), has_kind), ("类别", "kind"), |group| print::kind(group.kind)));
    let is_one = |group: &v1::AggregateGroup| group.report_count == 1;
    heads.push((!by(GroupByArg::Subject) || !groups.iter().all(is_one), ("报告", "reports"), |group| {
        group.report_count.to_string()
    }));
    heads.retain(|(is_shown, ..)| *is_shown);

    let mut aligns = vec![Align::Left; heads.len()];
    aligns.resize(heads.len() + first.figures.len() + shown.len(), Align::Right);
    let mut columns = Columns::new(aligns);
    let heading = |text: &str| Cell::lines(wrap(text, HEADING_WIDTH_MAX), Tone::Faint);
    let mut header: Vec<Cell> = heads.iter().map(|(_, (zh, en), _)| heading(&style.words(zh, en))).collect();
    header.extend(first.figures.iter().map(|figure| heading(&figure_name(figure, style))));
    let named = |index: &usize| first.measures.get(*index).map(|it| it.measure.as_str()).unwrap_or_default();
    header.extend(shown.iter().map(|index| heading(&measure_name(named(index), style))));
    columns.push(header);
    for group in groups {
        let mut row: Vec<Cell> =
            heads.iter().map(|(_, _, value)| Cell::new(printable(&value(group)), Tone::Plain)).collect();
        row.extend(group.figures.iter().map(|figure| figure_cell(figure, group.report_count)));
        row.extend(shown.iter().filter_map(|index| group.measures.get(*index)).map(measure_cell));
        columns.push(row);
    }
    let mut text = columns.render(style, 0);
    for line in notes(summary, groups, zeros, style) {
        text.push_str(&style.paint(Tone::Faint, line));
        text.push('\n');
    }
    text
}

/// One of the columns that say which group it is.
type Head = fn(&v1::AggregateGroup) -> String;

/// The measures that are shown: all, or where these are many, those that are somewhere more than zero; and how many are not.
fn shown_measures(groups: &[v1::AggregateGroup], count: usize) -> (Vec<usize>, usize) {
    let is_zero = |index: &usize| {
        groups.iter().filter_map(|group| group.measures.get(*index)).all(|measure| measure.numerator == "0")
    };
    let all = 0..count;
    if count <= MEASURES_SHOWN_MAX {
        return (all.collect(), 0);
    }
    let shown: Vec<usize> = all.filter(|index| !is_zero(index)).collect();
    let zeros = count - shown.len();
    (shown, zeros)
}

fn figure_name(figure: &v1::FigureAggregate, style: Style) -> String {
    let label = |key: &str| {
        let cells =
            gongkai_forms::all().iter().rev().filter_map(|form| form.cells.get(form.cell_index(key)?));
        cells.map(|cell| style.words(&cell.label_zh, &cell.label_en).into_owned()).next()
    };
    let indicator = gongkai_forms::indicators().iter().find(|known| known.id == figure.indicator);
    match indicator {
        Some(known) => style.words(&known.name_zh, &known.name_en).into_owned(),
        None => label(&figure.key).unwrap_or_else(|| format!("{}{}", figure.key, figure.indicator)),
    }
}

fn measure_name(id: &str, style: Style) -> String {
    let known = gongkai_forms::measures().iter().find(|known| known.id == id);
    known.map_or_else(|| id.to_owned(), |it| style.words(&it.name_zh, &it.name_en).into_owned())
}

/// The sum; under it how many reports have a number, where not all have.
fn figure_cell(figure: &v1::FigureAggregate, reports: i64) -> Cell {
    if figure.numbers == 0 {
        return Cell::new(UNKNOWN, Tone::Doubtful);
    }
    let mut lines = vec![figure.numbers_sum.clone()];
    if figure.numbers != reports {
        lines.push(format!("n={}", figure.numbers));
    }
    Cell::lines(lines, if figure.sum.is_some() { Tone::Plain } else { Tone::Doubtful })
}

/// The ratio; under it what was divided by what.
fn measure_cell(measure: &v1::MeasureAggregate) -> Cell {
    if measure.assessed == 0 {
        return Cell::new(UNKNOWN, Tone::Doubtful);
    }
    let ratio = measure.ratio.clone().unwrap_or_else(|| "–".to_owned());
    let below = format!("{}/{}", measure.numerator, measure.denominator);
    let tone = if measure.not_assessable == 0 { Tone::Plain } else { Tone::Doubtful };
    Cell::lines(vec![ratio, below], tone)
}

/// What a reader has to know besides the numbers.
fn notes(
    summary: &v1::AggregateSummary,
    groups: &[v1::AggregateGroup],
    zeros: usize,
    style: Style,
) -> Vec<String> {
    let mut notes = vec![
        style
            .words(
                &format!("{} 份报告，{} 组", summary.reports, summary.groups),
                &format!("{} reports in {} groups", summary.reports, summary.groups),
            )
            .into_owned(),
    ];
    let mut note = |is_so: bool, zh: String, en: String| {
        if is_so {
            notes.push(style.words(&zh, &en).into_owned());
        }
    };
    let below = summary.groups_below_minimum;
    note(
        0 < below,
        format!("{below} 组基数不足，未列"),
        format!("left out because they rest on too little: {below} of the groups"),
    );
    let without = summary.groups_without_number;
    note(
        0 < without,
        format!("{without} 组没有可排序的数，未列"),
        format!("left out because they have no number to rank by: {without} of the groups"),
    );
    note(
        0 < zeros,
        format!("另有 {zeros} 个比率在所列各组中均为 0，未列"),
        format!("left out because they are zero in all groups shown: {zeros} more rates"),
    );
    let unknown: i64 = groups.iter().flat_map(|it| &it.measures).map(|it| it.not_assessable).sum();
    note(
        0 < unknown,
        format!("{unknown} 处比率因报告中有空白等非数字项而不计"),
        format!("left out because a term is blank or no number: {unknown} rates of single reports"),
    );
    let blanks: i64 = groups.iter().flat_map(|it| &it.figures).map(|it| it.blanks_as_zero).sum::<i64>()
        + groups.iter().flat_map(|it| &it.measures).map(|it| it.blanks_as_zero).sum::<i64>();
    note(
        0 < blanks,
        format!("{blanks} 个空白按 0 计"),
        format!("blanks that were taken for zeros: {blanks}"),
    );
    let same: i64 = groups.iter().map(|it| it.same_area_count).sum();
    note(
        0 < same,
        format!("{same} 份报告与同组另一份报告同地区同年度，可能重复计算"),
        format!(
            "{same} reports are of the same region and year as another one of their group: it may be counted twice"
        ),
    );
    let mixed = groups.iter().any(|group| {
        group.figures.iter().any(|it| 1 < it.comparability.len())
            || group.measures.iter().any(|it| 1 < it.comparability.len())
    });
    note(
        mixed,
        "有的组跨越口径变化，见 gongkai stats breaks".to_owned(),
        "some groups lie on both sides of a break in the series, see gongkai stats breaks".to_owned(),
    );
    let coverage = summary.coverage.clone().unwrap_or_default();
    let (found, expected) = (coverage.found, coverage.expected);
    let missing = coverage.missing.join("、");
    note(
        coverage.known,
        format!("应有 {expected} 个主体，有 {found} 个；缺 {missing}"),
        format!("{found} of {expected} expected bodies are there; missing: {}", coverage.missing.join(", ")),
    );
    note(!coverage.known, "应有多少主体未知".to_owned(), "of how many bodies is not known".to_owned());
    notes
}

fn summary_object(summary: &v1::AggregateSummary) -> Value {
    json!({
        "position": summary.position,
        "reports": summary.reports,
        "groups": summary.groups,
        "groups_below_minimum": summary.groups_below_minimum,
        "groups_without_number": summary.groups_without_number,
        "coverage": summary.coverage.as_ref().map(coverage_object),
        "null_policy": print::null_policy(summary.null_policy),
        "digits": summary.digits,
    })
}

pub(super) fn coverage_object(coverage: &v1::Coverage) -> Value {
    match coverage.known {
        false => json!({ "known": false }),
        true => json!({
            "known": true,
            "expected": coverage.expected,
            "found": coverage.found,
            "missing": coverage.missing,
        }),
    }
}

pub(super) fn object(group: &v1::AggregateGroup) -> Value {
    let spread = |spread: &Option<v1::Distribution>| {
        spread.as_ref().map(|it| {
            json!({
                "mean": it.mean, "minimum": it.minimum, "p25": it.p25, "median": it.median, "p75": it.p75,
                "maximum": it.maximum,
            })
        })
    };
    let blanks = |cells: &[v1::CellName]| -> Vec<Value> {
        cells.iter().map(|cell| json!({ "report": cell.report, "key": cell.key })).collect()
    };
    let figures: Vec<Value> = group
        .figures
        .iter()
        .map(|it| {
            json!({
                "key": it.key, "indicator": it.indicator, "states": it.states.as_ref().map(states_object),
                "sum": it.sum, "numbers_sum": it.numbers_sum, "numbers": it.numbers,
                "distribution": spread(&it.distribution), "blanks_as_zero": it.blanks_as_zero,
                "blank_cells": blanks(&it.blank_cells), "comparability": it.comparability,
            })
        })
        .collect();
    let measures: Vec<Value> = group
        .measures
        .iter()
        .map(|it| {
            json!({
                "measure": it.measure, "ratio": it.ratio, "numerator": it.numerator, "denominator": it.denominator,
                "assessed": it.assessed, "not_assessable": it.not_assessable,
                "without_formula": it.without_formula, "undefined": it.undefined,
                "distribution": spread(&it.distribution), "blanks_as_zero": it.blanks_as_zero,
                "blank_cells": blanks(&it.blank_cells), "comparability": it.comparability,
            })
        })
        .collect();
    json!({
        "place": group.place,
        "scope": print::scope(group.scope),
        "rank": print::rank(group.rank),
        "kind": print::kind(group.kind),
        "year": group.year,
        "form": print::form(group.form),
        "division": group.division.as_ref().map(|it| json!({ "code": it.code, "name": it.name })),
        "subject": group.subject,
        "region": { "name": group.region_name, "code": group.region_code },
        "report_count": group.report_count,
        "same_area_count": group.same_area_count,
        "reports": group.reports,
        "coverage": group.coverage.as_ref().map(coverage_object),
        "figures": figures,
        "measures": measures,
    })
}

pub(super) fn states_object(states: &v1::StateCounts) -> Value {
    json!({
        "NUMBER": states.number, "BLANK": states.blank, "NOT_APPLICABLE": states.not_applicable,
        "TEXT": states.text, "UNDETERMINED": states.undetermined, "MISSING": states.missing,
        "ABSENT": states.absent,
    })
}

/// A line for each number of a group.
fn group_csv(group: &v1::AggregateGroup, out: &mut impl Write) -> std::io::Result<()> {
    let division = group.division.clone().unwrap_or_default();
    let head = [
        group.place.to_string(),
        print::scope(group.scope),
        print::rank(group.rank),
        print::kind(group.kind),
        group.year.map(|year| year.to_string()).unwrap_or_default(),
        print::form(group.form),
        division.code,
        division.name,
        group.subject.clone(),
        group.region_name.clone(),
        group.region_code.clone(),
        group.report_count.to_string(),
        group.same_area_count.to_string(),
    ];
    let spread = |spread: &Option<v1::Distribution>| {
        let it = spread.clone().unwrap_or_default();
        [it.mean, it.minimum, it.p25, it.median, it.p75, it.maximum]
    };
    let reports = group.reports.join(" ");
    let empty = |count: usize| vec![String::new(); count];
    for it in &group.figures {
        let mut line = head.to_vec();
        line.extend([it.key.clone(), it.indicator.clone()]);
        line.extend(empty(8));
        line.extend([optional(&it.sum), it.numbers_sum.clone(), it.numbers.to_string()]);
        line.extend(spread(&it.distribution));
        line.extend([it.blanks_as_zero.to_string(), it.comparability.join(" "), reports.clone()]);
        csv(out, &line)?;
    }
    for it in &group.measures {
        let mut line = head.to_vec();
        line.extend(empty(2));
        line.extend([it.measure.clone(), optional(&it.ratio), it.numerator.clone(), it.denominator.clone()]);
        let counts = [it.assessed, it.not_assessable, it.undefined, it.without_formula];
        line.extend(counts.map(|count| count.to_string()));
        line.extend(empty(3));
        line.extend(spread(&it.distribution));
        line.extend([it.blanks_as_zero.to_string(), it.comparability.join(" "), reports.clone()]);
        csv(out, &line)?;
    }
    Ok(())
}
