use super::print::{self, csv, optional};
use super::{Verdict, keys, source};
use crate::cli::{StatsFiguresArgs, StatsFormat};
use crate::client::{Client, explained};
use crate::present::width::{Align, Cell, Columns, shorten};
use crate::present::{Style, Tone, printable};
use gongkai_wire::v1;
use serde_json::{Value, json};
use std::io::Write;

/// Rows of a table where nothing else is said: its columns are as wide as the widest row.
const TABLE_ROWS_MAX: usize = 1000;
const NAME_WIDTH_MAX: usize = 36;
const QUOTE_WIDTH_MAX: usize = 40;

const CSV_HEADER: [&str; 25] = [
    "report",
    "revision",
    "subject",
    "region_name",
    "region_code",
    "rank",
    "kind",
    "scope",
    "year",
    "form",
    "source",
    "key",
    "indicator",
    "state",
    "value",
    "value_max",
    "unit",
    "derivation",
    "period",
    "portion",
    "whose",
    "stated_scope",
    "approximate",
    "quote",
    "comparability",
];

pub(super) async fn run(
    mut client: Client,
    args: &StatsFiguresArgs,
    style: Style,
    out: &mut impl Write,
) -> anyhow::Result<Verdict> {
    let whose = &args.whose;
    let request = v1::QueryFiguresRequest {
        filter: whose.filter.clone(),
        keys: keys(&args.keys)?,
        indicators: args.indicators.clone(),
        sources: args.sources.iter().map(|it| source(*it)).collect(),
        all_columns: args.all_columns,
        ranks: whose.ranks.iter().map(|rank| v1::Rank::from(*rank).into()).collect(),
        kinds: whose.kinds.iter().map(|kind| v1::BodyKind::from(*kind).into()).collect(),
        order_by: args.order_by.clone(),
        as_of: whose.as_of,
        purpose: 0,
    };
    let limit = match (args.limit, args.format) {
        (Some(limit), _) => limit.get(),
        (None, StatsFormat::Table) => TABLE_ROWS_MAX,
        (None, StatsFormat::Json | StatsFormat::Csv) => usize::MAX,
    };
    let answer = client.statistics.query_figures(request).await.map_err(|status| explained(&status))?;
    let mut stream = answer.into_inner();
    let mut columns = table(style);
    if args.format == StatsFormat::Csv {
        csv(out, &CSV_HEADER)?;
    }
    let (mut count, mut is_all) = (0, true);
    'messages: while let Some(message) = stream.message().await.map_err(|status| explained(&status))? {
        for row in message.rows {
            if count == limit {
                is_all = false;
                break 'messages;
            }
            count += 1;
            match args.format {
                StatsFormat::Table => columns.push(line(&row, style)),
                StatsFormat::Json => writeln!(out, "{}", object(&row))?,
                StatsFormat::Csv => csv(out, &values(&row))?,
            }
        }
    }
    if args.format == StatsFormat::Table {
        let (mut zh, mut en) = (format!("{count} 个数据"), format!("{count} figures"));
        if !is_all {
            zh.push_str("，还有更多：见 --limit 和 --filter");
            en.push_str(", and there are more: see --limit and --filter");
        }
        write!(out, "{}", columns.render(style, 0))?;
        writeln!(out, "{}", style.paint(Tone::Strong, style.words(&zh, &en)))?;
    }
    Ok(Verdict::Fine)
}

fn table(style: Style) -> Columns {
    let left = Align::Left;
    let mut columns = Columns::new(vec![left, left, left, left, left, Align::Right, left, left]);
    let header = [
        ("年度", "year"),
        ("主体", "subject"),
        ("地区", "region"),
        ("范围", "scope"),
        ("数据", "figure"),
        ("值", "value"),
        ("单位", "unit"),
        ("出处", "source"),
    ];
    columns.push(header.map(|(zh, en)| Cell::new(style.words(zh, en), Tone::Faint)).to_vec());
    columns
}

fn line(row: &v1::FigureRow, style: Style) -> Vec<Cell> {
    let (value, tone) = match &row.value {
        Some(value) if row.approximate => (format!("≈{value}"), Tone::Doubtful),
        Some(value) => (value.clone(), Tone::Plain),
        None => (print::state(row.state), Tone::Doubtful),
    };
    let is_statement = row.source() == v1::FigureSource::Statement;
    let whence = match is_statement {
        true => shorten(&row.quote, QUOTE_WIDTH_MAX),
        false => style.words("表格", "table").into_owned(),
    };
    let figure = if is_statement { &row.indicator } else { &row.key };
    let plain = |text: &str| Cell::new(printable(text), Tone::Plain);
    vec![
        plain(&row.year.map_or_else(|| "–".to_owned(), |year| year.to_string())),
        plain(&shorten(&row.subject, NAME_WIDTH_MAX)),
        plain(format!("{} {}", row.region_name, row.region_code).trim()),
        plain(&print::scope(row.scope)),
        plain(figure),
        Cell::new(printable(&value), tone),
        plain(&row.unit),
        plain(&whence),
    ]
}

fn values(row: &v1::FigureRow) -> [String; 25] {
    [
        row.report.clone(),
        row.revision.to_string(),
        row.subject.clone(),
        row.region_name.clone(),
        row.region_code.clone(),
        print::rank(row.rank),
        print::kind(row.kind),
        print::scope(row.scope),
        row.year.map(|year| year.to_string()).unwrap_or_default(),
        print::form(row.form),
        print::source(row.source),
        row.key.clone(),
        row.indicator.clone(),
        print::state(row.state),
        optional(&row.value),
        optional(&row.value_max),
        row.unit.clone(),
        print::derivation(row.derivation),
        print::period(row.period),
        print::portion(row.portion),
        print::whose(row.whose),
        print::scope(row.stated_scope),
        row.approximate.to_string(),
        row.quote.clone(),
        row.comparability.clone(),
    ]
}

/// The same under their names; numbers and truths as such.
fn object(row: &v1::FigureRow) -> Value {
    let mut object: serde_json::Map<String, Value> =
        CSV_HEADER.iter().zip(values(row)).map(|(name, value)| ((*name).to_owned(), value.into())).collect();
    for (name, value) in [
        ("revision", json!(row.revision)),
        ("year", json!(row.year)),
        ("value", json!(row.value)),
        ("value_max", json!(row.value_max)),
        ("approximate", json!(row.approximate)),
    ] {
        object.insert(name.to_owned(), value);
    }
    Value::Object(object)
}
