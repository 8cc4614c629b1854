use super::print::{self, csv, optional};
use super::{Verdict, null_policy, source};
use crate::cli::{StatsExplainArgs, StatsFormat};
use crate::client::{Client, explained};
use crate::present::width::{Align, Cell, Columns, shorten};
use crate::present::{Style, Tone, printable};
use anyhow::Context as _;
use gongkai_wire::v1;
use serde_json::{Value, json};
use std::io::Write;

/// Rows of a table where nothing else is said.
const TABLE_ROWS_MAX: usize = 1000;
const NAME_WIDTH_MAX: usize = 36;
const PAGE_SIZE: i32 = 500;

const CSV_HEADER: [&str; 18] = [
    "report",
    "revision",
    "subject",
    "region_name",
    "region_code",
    "year",
    "form",
    "use",
    "side",
    "key",
    "subtracted",
    "state",
    "value",
    "derivation",
    "blank_as_zero",
    "quote",
    "numerator",
    "denominator",
];

pub(super) async fn run(
    mut client: Client,
    args: &StatsExplainArgs,
    style: Style,
    out: &mut impl Write,
) -> anyhow::Result<Verdict> {
    let whose = &args.whose;
    let of = |text: &Option<String>| text.clone().unwrap_or_default();
    let mut request = v1::ExplainStatisticRequest {
        filter: whose.filter.clone(),
        ranks: whose.ranks.iter().map(|rank| v1::Rank::from(*rank).into()).collect(),
        kinds: whose.kinds.iter().map(|kind| v1::BodyKind::from(*kind).into()).collect(),
        scope: args.scope.map_or(0, |scope| v1::ScopeKind::from(scope).into()),
        key: of(&args.key),
        indicator: of(&args.indicator),
        measure: of(&args.measure),
        source: source(args.source),
        null_policy: null_policy(args.blank_as_zero),
        digits: args.digits,
        page_size: PAGE_SIZE,
        as_of: whose.clocks.as_of,
        published_until: whose.clocks.published_until.clone(),
        ..v1::ExplainStatisticRequest::default()
    };
    let limit = match (args.limit, args.format) {
        (Some(limit), _) => limit.get(),
        (None, StatsFormat::Table) => TABLE_ROWS_MAX,
        (None, StatsFormat::Json | StatsFormat::Csv) => usize::MAX,
    };
    let mut columns = header(style);
    let (mut count, mut is_first, mut is_all) = (0, true, true);
    'pages: loop {
        let answer = client.query.explain_statistic(request.clone()).await;
        let answer = answer.map_err(|status| explained(&status))?.into_inner();
        if std::mem::take(&mut is_first) {
            let formula = answer.formula.context("the server answered without a formula")?;
            match args.format {
                StatsFormat::Table => write!(out, "{}", head(&formula, answer.group.as_ref(), style))?,
                StatsFormat::Json => {
                    writeln!(out, "{}", json!({ "formula": formula_object(&formula) }))?;
                    if let Some(group) = &answer.group {
                        writeln!(out, "{}", json!({ "group": super::aggregate::object(group) }))?;
                    }
                }
                StatsFormat::Csv => csv(out, &CSV_HEADER)?,
            }
        }
        for input in &answer.inputs {
            if count == limit {
                is_all = false;
                break 'pages;
            }
            count += 1;
            match args.format {
                StatsFormat::Table => columns.push(line(input)),
                StatsFormat::Json => writeln!(out, "{}", object(input))?,
                StatsFormat::Csv => in_csv(input, out)?,
            }
        }
        if answer.next_page_token.is_empty() {
            break;
        }
        request.page_token = answer.next_page_token;
    }
    if args.format == StatsFormat::Table {
        let (mut zh, mut en) = (format!("{count} 份报告"), format!("{count} reports"));
        if !is_all {
            zh.push_str("，还有更多：见 --limit");
            en.push_str(", and there are more: see --limit");
        }
        write!(out, "{}", columns.render(style, 0))?;
        writeln!(out, "{}", style.paint(Tone::Strong, style.words(&zh, &en)))?;
    }
    Ok(Verdict::Fine)
}

/// The formula, and what it comes to.
fn head(formula: &v1::StatisticFormula, group: Option<&v1::AggregateGroup>, style: Style) -> String {
    let mut text = String::new();
    let mut push = |line: &str| {
        text.push_str(line);
        text.push('\n');
    };
    if let Some(measure) = &formula.measure {
        let name = style.words(&measure.name_zh, &measure.name_en).into_owned();
        let name = format!("{} {}", measure.id, printable(&name));
        push(&style.paint(Tone::Strong, name));
        for formula in &measure.formulas {
            let side = |terms: &[v1::MeasureTerm]| {
                let term = |(index, term): (usize, &v1::MeasureTerm)| match (term.subtracted, index) {
                    (true, _) => format!("− {}", term.key),
                    (false, 0) => term.key.clone(),
                    (false, _) => format!("+ {}", term.key),
                };
                terms.iter().enumerate().map(term).collect::<Vec<_>>().join(" ")
            };
            let (numerator, denominator) = (side(&formula.numerator), side(&formula.denominator));
            push(&printable(&format!("  {}: ({numerator}) ÷ ({denominator})", print::form(formula.form))));
        }
    }
    push(&printable(&style.words(&formula.text_zh, &formula.text_en)));
    for measure in group.iter().flat_map(|group| &group.measures) {
        let ratio = measure.ratio.as_deref().unwrap_or("?");
        push(&printable(&format!("{} ÷ {} = {ratio}", measure.numerator, measure.denominator)));
    }
    for figure in group.iter().flat_map(|group| &group.figures) {
        let sum = figure.sum.as_deref().unwrap_or("?");
        push(&printable(&format!("sum = {sum}, numbers_sum = {} ({})", figure.numbers_sum, figure.numbers)));
    }
    push("");
    text
}

fn header(style: Style) -> Columns {
    let left = Align::Left;
    let mut columns = Columns::new(vec![left, left, left, left, Align::Right, left]);
    let names = [
        ("年度", "year"),
        ("主体", "subject"),
        ("地区", "region"),
        ("计入", "use"),
        ("数", "contributes"),
        ("版本", "revision"),
    ];
    columns.push(names.map(|(zh, en)| Cell::new(style.words(zh, en), Tone::Faint)).to_vec());
    columns
}

fn contributed(input: &v1::StatisticInput) -> String {
    match (&input.value, &input.numerator, &input.denominator) {
        (Some(value), ..) => value.clone(),
        (None, Some(numerator), Some(denominator)) => {
            format!("{numerator} ÷ {denominator} = {}", input.ratio.as_deref().unwrap_or("?"))
        }
        _ => "?".to_owned(),
    }
}

fn line(input: &v1::StatisticInput) -> Vec<Cell> {
    let plain = |text: &str| Cell::new(printable(text), Tone::Plain);
    let is_counted = input.r#use() == v1::StatisticUse::Counted;
    let tone = if is_counted { Tone::Plain } else { Tone::Doubtful };
    vec![
        plain(&input.year.map_or_else(|| "–".to_owned(), |year| year.to_string())),
        plain(&shorten(&input.subject, NAME_WIDTH_MAX)),
        plain(format!("{} {}", input.region_name, input.region_code).trim()),
        Cell::new(print::used(input.r#use), tone),
        Cell::new(printable(&contributed(input)), tone),
        plain(&input.revision),
    ]
}

fn formula_object(formula: &v1::StatisticFormula) -> Value {
    json!({
        "measure": formula.measure.as_ref().map(|measure| &measure.id),
        "null_policy": print::null_policy(formula.null_policy),
        "digits": formula.digits,
        "text_zh": formula.text_zh,
        "text_en": formula.text_en,
    })
}

fn object(input: &v1::StatisticInput) -> Value {
    let term = |term: &v1::StatisticTerm| {
        json!({
            "side": print::side(term.side),
            "key": term.key,
            "subtracted": term.subtracted,
            "state": print::state(term.state),
            "value": term.value,
            "derivation": print::derivation(term.derivation),
            "blank_as_zero": term.blank_as_zero,
            "quote": term.quote,
            "approximate": term.approximate,
        })
    };
    json!({
        "report": input.report,
        "revision": input.revision,
        "subject": input.subject,
        "region_name": input.region_name,
        "region_code": input.region_code,
        "year": input.year,
        "form": print::form(input.form),
        "use": print::used(input.r#use),
        "value": input.value,
        "numerator": input.numerator,
        "denominator": input.denominator,
        "ratio": input.ratio,
        "terms": input.terms.iter().map(term).collect::<Vec<_>>(),
    })
}

/// A line for each term; one without a term where a report has none.
fn in_csv(input: &v1::StatisticInput, out: &mut impl Write) -> anyhow::Result<()> {
    let none = [v1::StatisticTerm::default()];
    let terms = if input.terms.is_empty() { none.as_slice() } else { &input.terms };
    for term in terms {
        csv(
            out,
            &[
                input.report.clone(),
                input.revision.clone(),
                input.subject.clone(),
                input.region_name.clone(),
                input.region_code.clone(),
                input.year.map(|year| year.to_string()).unwrap_or_default(),
                print::form(input.form),
                print::used(input.r#use),
                print::side(term.side),
                term.key.clone(),
                term.subtracted.to_string(),
                print::state(term.state),
                optional(&term.value),
                print::derivation(term.derivation),
                term.blank_as_zero.to_string(),
                term.quote.clone(),
                optional(&input.numerator),
                optional(&input.denominator),
            ],
        )?;
    }
    Ok(())
}
