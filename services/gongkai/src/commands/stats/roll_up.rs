use super::aggregate::{coverage_object, states_object};
use super::print::{self, csv, optional};
use super::{Verdict, keys, lines, null_policy};
use crate::cli::{StatsFormat, StatsRollUpArgs};
use crate::client::{Client, explained, persist, resource};
use crate::present::width::{Align, Cell, Columns, shorten};
use crate::present::{Style, Tone, printable};
use gongkai_wire::v1;
use serde_json::{Value, json};
use std::io::Write;

const NAME_WIDTH_MAX: usize = 40;
/// Units that are named where they have no number.
const GAPS_SHOWN_MAX: usize = 3;

pub(super) async fn run(
    client: Client,
    args: &StatsRollUpArgs,
    style: Style,
    out: &mut impl Write,
) -> anyhow::Result<Verdict> {
    let whose = &args.whose;
    let adjustments = args.adjustments.iter().cloned().map(|it| v1::Adjustment {
        key: it.key,
        amount: it.amount,
        reason: it.reason,
    });
    let request = v1::ReconcileRollUpRequest {
        report: resource("reports", &args.name),
        units: args.units.iter().map(|unit| resource("reports", unit)).collect(),
        filter: whose.filter.clone(),
        ranks: whose.ranks.iter().map(|rank| v1::Rank::from(*rank).into()).collect(),
        kinds: whose.kinds.iter().map(|kind| v1::BodyKind::from(*kind).into()).collect(),
        unit_scope: args.unit_scope.map_or(0, |scope| v1::ScopeKind::from(scope).into()),
        keys: keys(&args.keys)?,
        null_policy: null_policy(args.blank_as_zero),
        adjustments: adjustments.collect(),
        expected: lines(args.expected.as_deref())?,
        as_of: whose.clocks.as_of,
        published_until: whose.clocks.published_until.clone(),
        purpose: 0,
    };
    let call = || {
        let (mut client, request) = (client.clone(), request.clone());
        async move { client.statistics.reconcile_roll_up(request).await }
    };
    let answer = persist(call).await.map_err(|status| explained(&status))?.into_inner();
    let fails = |line: &&v1::RollUpLine| line.outcome() == v1::Outcome::Fails;
    let shown: Vec<&v1::RollUpLine> = answer.lines.iter().filter(|line| args.all || fails(line)).collect();
    match args.format {
        StatsFormat::Table => write!(out, "{}", table(&answer, &shown, style))?,
        StatsFormat::Json => {
            writeln!(out, "{}", json!({ "summary": summary(&answer) }))?;
            for line in &shown {
                writeln!(out, "{}", object(line))?;
            }
        }
        StatsFormat::Csv => {
            csv(
                out,
                &["key", "own_state", "own", "sum", "numbers_sum", "adjustment", "difference", "outcome"],
            )?;
            for line in &shown {
                csv(
                    out,
                    &[
                        line.key.clone(),
                        print::state(line.own_state),
                        optional(&line.own),
                        optional(&line.sum),
                        line.numbers_sum.clone(),
                        line.adjustment.clone(),
                        optional(&line.difference),
                        print::outcome(line.outcome),
                    ],
                )?;
            }
        }
    }
    Ok(Verdict::wrong_if(answer.lines.iter().any(|line| fails(&line))))
}

fn table(answer: &v1::ReconcileRollUpResponse, shown: &[&v1::RollUpLine], style: Style) -> String {
    let right = Align::Right;
    let mut columns = Columns::new(vec![Align::Left, right, right, right, right, Align::Left, Align::Left]);
    let header = [
        ("数据", "figure"),
        ("本报告", "own"),
        ("下级合计", "units"),
        ("调整", "adjusted"),
        ("差", "difference"),
        ("结果", "outcome"),
        ("无数字的下级", "units without a number"),
    ];
    columns.push(header.map(|(zh, en)| Cell::new(style.words(zh, en), Tone::Faint)).to_vec());
    for line in shown {
        let tone = match line.outcome() {
            v1::Outcome::Holds => Tone::Good,
            v1::Outcome::Fails => Tone::Bad,
            v1::Outcome::NotAssessable | v1::Outcome::Used | v1::Outcome::Unspecified => Tone::Doubtful,
        };
        let own = line.own.clone().unwrap_or_else(|| print::state(line.own_state));
        // What those add up to that have a number is less than a sum.
        let sum = line.sum.clone().unwrap_or_else(|| format!("≥{}?", line.numbers_sum));
        let adjustment = if line.adjustment == "0" { String::new() } else { line.adjustment.clone() };
        let difference = line.difference.clone().unwrap_or_else(|| "?".to_owned());
        let named: Vec<&str> =
            line.gaps.iter().take(GAPS_SHOWN_MAX).map(|gap| gap.subject.as_str()).collect();
        let more = if GAPS_SHOWN_MAX < line.gaps.len() { " …" } else { "" };
        let gaps = format!("{}{more}", named.join(" "));
        let texts = [&line.key, &own, &sum, &adjustment, &difference];
        let mut row: Vec<Cell> =
            texts.into_iter().map(|text| Cell::new(printable(text), Tone::Plain)).collect();
        row.push(Cell::new(print::outcome(line.outcome), tone));
        row.push(Cell::new(printable(&shorten(&gaps, NAME_WIDTH_MAX)), Tone::Faint));
        columns.push(row);
    }
    let mut text = if shown.is_empty() { String::new() } else { columns.render(style, 0) };
    let count = |outcome| answer.lines.iter().filter(|line| line.outcome() == outcome).count();
    let (holds, fails) = (count(v1::Outcome::Holds), count(v1::Outcome::Fails));
    let unknown = count(v1::Outcome::NotAssessable);
    let (units, left_out) = (answer.unit_count, answer.left_out_count);
    let scope = print::scope(answer.unit_scope);
    let zh = format!(
        "{units} 个下级（{scope}），{left_out} 份报告不计；{holds} 项一致，{fails} 项不一致，{unknown} 项无法判断"
    );
    let en = format!(
        "{units} units ({scope}), {left_out} reports left out; {holds} cells agree, {fails} do not, {unknown} cannot be assessed"
    );
    text.push_str(&style.paint(Tone::Strong, style.words(&zh, &en)));
    text.push('\n');
    for left_out in &answer.left_out {
        let subject = left_out.report.as_ref().map(|it| it.subject.as_str()).unwrap_or_default();
        let line = format!("  {}  {subject}", print::left_out(left_out.reason));
        text.push_str(&style.paint(Tone::Faint, printable(&line)));
        text.push('\n');
    }
    for adjustment in &answer.adjustments {
        let line = format!("  {} {}  {}", adjustment.key, adjustment.amount, adjustment.reason);
        text.push_str(&style.paint(Tone::Faint, printable(&line)));
        text.push('\n');
    }
    text
}

fn report(report: &v1::RollUpReport) -> Value {
    json!({
        "report": report.report,
        "revision": report.revision,
        "subject": report.subject,
        "scope": print::scope(report.scope),
        "year": report.year,
        "form": print::form(report.form),
    })
}

fn summary(answer: &v1::ReconcileRollUpResponse) -> Value {
    let left_out: Vec<Value> = answer
        .left_out
        .iter()
        .map(|it| json!({ "report": it.report.as_ref().map(report), "reason": print::left_out(it.reason) }))
        .collect();
    let adjustments: Vec<Value> = answer
        .adjustments
        .iter()
        .map(|it| json!({ "key": it.key, "amount": it.amount, "reason": it.reason }))
        .collect();
    json!({
        "position": answer.position,
        "own": answer.own.as_ref().map(report),
        "unit_scope": print::scope(answer.unit_scope),
        "unit_count": answer.unit_count,
        "units": answer.units.iter().map(report).collect::<Vec<_>>(),
        "left_out_count": answer.left_out_count,
        "left_out": left_out,
        "coverage": answer.coverage.as_ref().map(coverage_object),
        "adjustments": adjustments,
    })
}

fn object(line: &v1::RollUpLine) -> Value {
    let named = |units: &[v1::RollUpGap]| -> Vec<Value> {
        let unit = |it: &v1::RollUpGap| json!({ "report": it.report, "subject": it.subject, "state": print::state(it.state) });
        units.iter().map(unit).collect()
    };
    json!({
        "key": line.key,
        "own_state": print::state(line.own_state),
        "own": line.own,
        "sum": line.sum,
        "numbers_sum": line.numbers_sum,
        "adjustment": line.adjustment,
        "difference": line.difference,
        "outcome": print::outcome(line.outcome),
        "unit_states": line.unit_states.as_ref().map(states_object),
        "gaps": named(&line.gaps),
        "blanks_as_zero": line.blanks_as_zero,
        "zeroed": named(&line.zeroed),
    })
}
