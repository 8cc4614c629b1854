use super::Verdict;
use super::print::{self, csv};
use crate::cli::{StatsFormat, StatsListArgs};
use crate::client::{Client, explained, persist};
use crate::present::{Style, Tone, printable};
use gongkai_wire::v1;
use serde_json::{Value, json};
use std::io::Write;

/// Measures that one page of a list has at most.
const PAGE_MAX: i32 = 1000;

pub(super) async fn measures(
    client: Client,
    args: &StatsListArgs,
    style: Style,
    out: &mut impl Write,
) -> anyhow::Result<Verdict> {
    let mut request = v1::ListMeasuresRequest { page_size: PAGE_MAX, ..Default::default() };
    let mut measures = Vec::new();
    loop {
        let call = || {
            let (mut client, request) = (client.clone(), request.clone());
            async move { client.statistics.list_measures(request).await }
        };
        let page = persist(call).await.map_err(|status| explained(&status))?.into_inner();
        measures.extend(page.measures);
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    if args.format == StatsFormat::Csv {
        csv(
            out,
            &[
                "measure",
                "name_zh",
                "name_en",
                "definition_zh",
                "definition_en",
                "form",
                "numerator",
                "denominator",
            ],
        )?;
    }
    for measure in &measures {
        match args.format {
            StatsFormat::Table => measure_text(measure, style, out)?,
            StatsFormat::Json => writeln!(out, "{}", measure_object(measure))?,
            StatsFormat::Csv => {
                for formula in &measure.formulas {
                    let texts = [&measure.id, &measure.name_zh, &measure.name_en, &measure.definition_zh];
                    let mut line = texts.map(String::clone).to_vec();
                    line.extend([measure.definition_en.clone(), print::form(formula.form)]);
                    line.extend([sum(&formula.numerator, " "), sum(&formula.denominator, " ")]);
                    csv(out, &line)?;
                }
            }
        }
    }
    Ok(Verdict::Fine)
}

/// A measure in some lines.
fn measure_text(measure: &v1::MeasureDefinition, style: Style, out: &mut impl Write) -> std::io::Result<()> {
    let name = style.words(&measure.name_zh, &measure.name_en);
    writeln!(out, "{}  {}", style.paint(Tone::Strong, printable(&measure.id)), printable(&name))?;
    let definition = style.words(&measure.definition_zh, &measure.definition_en);
    writeln!(out, "    {}", printable(&definition))?;
    // Forms that say the same stand in one line.
    let mut formulas: Vec<(Vec<String>, String)> = Vec::new();
    for formula in &measure.formulas {
        let text = format!("({}) / ({})", sum(&formula.numerator, " "), sum(&formula.denominator, " "));
        match formulas.last_mut().filter(|(_, last)| *last == text) {
            Some((forms, _)) => forms.push(print::form(formula.form)),
            None => formulas.push((vec![print::form(formula.form)], text)),
        }
    }
    for (forms, text) in formulas {
        let line = format!("{}: {text}", forms.join(", "));
        writeln!(out, "    {}", style.paint(Tone::Faint, printable(&line)))?;
    }
    Ok(())
}

/// Terms with their signs; the first without a plus.
fn sum(terms: &[v1::MeasureTerm], gap: &str) -> String {
    let mut text = String::new();
    for term in terms {
        let sign = match (term.subtracted, text.is_empty()) {
            (true, true) => "-".to_owned(),
            (true, false) => format!("{gap}-{gap}"),
            (false, true) => String::new(),
            (false, false) => format!("{gap}+{gap}"),
        };
        text.push_str(&sign);
        text.push_str(&term.key);
    }
    text
}

fn measure_object(measure: &v1::MeasureDefinition) -> Value {
    let terms = |terms: &[v1::MeasureTerm]| -> Vec<String> {
        terms.iter().map(|term| sum(std::slice::from_ref(term), "")).collect()
    };
    let formulas: Vec<Value> = measure
        .formulas
        .iter()
        .map(|it| {
            json!({
                "form": print::form(it.form), "numerator": terms(&it.numerator),
                "denominator": terms(&it.denominator),
            })
        })
        .collect();
    json!({
        "id": measure.id,
        "name_zh": measure.name_zh,
        "name_en": measure.name_en,
        "definition_zh": measure.definition_zh,
        "definition_en": measure.definition_en,
        "null_policy": print::null_policy(measure.null_policy),
        "formulas": formulas,
    })
}

pub(super) async fn breaks(
    client: Client,
    args: &StatsListArgs,
    style: Style,
    out: &mut impl Write,
) -> anyhow::Result<Verdict> {
    let call = || {
        let mut client = client.clone();
        async move { client.statistics.list_series_breaks(v1::ListSeriesBreaksRequest {}).await }
    };
    let breaks = persist(call).await.map_err(|status| explained(&status))?.into_inner().breaks;
    if args.format == StatsFormat::Csv {
        csv(
            out,
            &[
                "id",
                "name_zh",
                "name_en",
                "date",
                "first_form",
                "first_year",
                "mixed_until",
                "tables",
                "kinds",
            ],
        )?;
    }
    for known in &breaks {
        let kinds: Vec<String> = known.kinds.iter().map(|kind| print::kind(*kind)).collect();
        let year = |year: Option<i32>| year.map(|year| year.to_string()).unwrap_or_default();
        match args.format {
            StatsFormat::Table => {
                let name = style.words(&known.name_zh, &known.name_en);
                let id = style.paint(Tone::Strong, printable(&known.id));
                writeln!(out, "{id}  {}  {}", printable(&known.date), printable(&name))?;
                writeln!(out, "    {}", printable(&style.words(&known.text_zh, &known.text_en)))?;
                let since = match known.first_year {
                    Some(first) => first.to_string(),
                    None => {
                        let form = print::form(known.first_form);
                        style.words(&format!("格式 {form}"), &format!("form {form}")).into_owned()
                    }
                };
                let concerned = format!("{since} → {} {}", known.tables.join(", "), kinds.join(", "));
                writeln!(out, "    {}", style.paint(Tone::Faint, printable(concerned.trim_end())))?;
            }
            StatsFormat::Json => writeln!(
                out,
                "{}",
                json!({
                    "id": known.id, "name_zh": known.name_zh, "name_en": known.name_en, "text_zh": known.text_zh,
                    "text_en": known.text_en, "date": known.date, "first_form": print::form(known.first_form),
                    "first_year": known.first_year, "mixed_until": known.mixed_until, "tables": known.tables,
                    "indicators": known.indicators, "kinds": kinds,
                })
            )?,
            StatsFormat::Csv => csv(
                out,
                &[
                    known.id.clone(),
                    known.name_zh.clone(),
                    known.name_en.clone(),
                    known.date.clone(),
                    print::form(known.first_form),
                    year(known.first_year),
                    year(known.mixed_until),
                    known.tables.join(" "),
                    kinds.join(" "),
                ],
            )?,
        }
    }
    Ok(Verdict::Fine)
}
