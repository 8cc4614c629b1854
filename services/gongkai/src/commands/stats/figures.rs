use super::print;
use super::{Verdict, keys, source};
use crate::cli::{StatsFiguresArgs, StatsFormat};
use crate::client::{Client, explained};
use crate::present::width::{Align, Cell, Columns, shorten};
use crate::present::{Style, Tone, printable};
use anyhow::Context as _;
use gongkai_export::{Column, Csv, Row};
use gongkai_wire::v1;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use std::io::Write;

/// Rows of a table where nothing else is said: its columns are as wide as the widest row.
const TABLE_ROWS_MAX: usize = 1000;
const NAME_WIDTH_MAX: usize = 36;
const QUOTE_WIDTH_MAX: usize = 40;

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
        as_of: whose.clocks.as_of,
        published_until: whose.clocks.published_until.clone(),
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
    let mut file = Csv::new(false);
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
                StatsFormat::Json => writeln!(out, "{}", in_columns(&row, object)?)?,
                StatsFormat::Csv => in_columns(&row, |row| file.push(row))?,
            }
        }
        for piece in file.take() {
            out.write_all(&piece)?;
        }
    }
    if args.format == StatsFormat::Csv {
        for piece in file.finish() {
            out.write_all(&piece)?;
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

/// Gives a row to `take` as it stands in files.
fn in_columns<T>(row: &v1::FigureRow, take: impl FnOnce(&Row<'_>) -> T) -> anyhow::Result<T> {
    let number = |text: &Option<String>| {
        let number = text.as_deref().map(Decimal::from_str_exact).transpose();
        number.with_context(|| format!("the server gives {text:?} for a number"))
    };
    let year = row.year.map(u16::try_from).transpose();
    Ok(take(&Row {
        // Names stand in workbooks only.
        name_zh: "",
        name_en: "",
        report: &row.report,
        revision: row.revision,
        subject: &row.subject,
        region_name: &row.region_name,
        region_code: &row.region_code,
        rank: &print::rank(row.rank),
        kind: &print::kind(row.kind),
        scope: &print::scope(row.scope),
        year: year.with_context(|| format!("the server gives {:?} for a year", row.year))?,
        form: &print::form(row.form),
        source: &print::source(row.source),
        key: &row.key,
        indicator: &row.indicator,
        state: &print::state(row.state),
        value: number(&row.value)?,
        value_max: number(&row.value_max)?,
        unit: &row.unit,
        derivation: &print::derivation(row.derivation),
        period: &print::period(row.period),
        portion: &print::portion(row.portion),
        whose: &print::whose(row.whose),
        stated_scope: &print::scope(row.stated_scope),
        approximate: row.approximate,
        quote: &row.quote,
        comparability: &row.comparability,
    }))
}

/// The same under the names of columns; numbers and truths as such, decimals as text.
fn object(row: &Row<'_>) -> Value {
    let value = |column: &Column| match column.of(row) {
        gongkai_export::Cell::Text(text) => json!(text),
        gongkai_export::Cell::Whole(number) => json!(number),
        gongkai_export::Cell::Decimal(number) => json!(number.map(|number| number.normalize().to_string())),
        gongkai_export::Cell::Truth(truth) => json!(truth),
    };
    Value::Object(gongkai_export::Columns::of_text().map(|it| (it.name.to_owned(), value(it))).collect())
}
