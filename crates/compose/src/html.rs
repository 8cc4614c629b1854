use crate::{Composition, drawings};
use std::fmt::Write as _;

/// The composed report as a web page: the parts and tables of the official form, ready to be completed. What could not be
/// summed is blank.
pub fn html(composition: &Composition) -> String {
    let title = title(composition);
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n<title>{0}</title>\n<style>\n\
         body {{ font-family: \"FangSong\", \"STFangsong\", serif; max-width: 60em; margin: 2em auto; }}\n\
         h1 {{ text-align: center; }}\n\
         table {{ border-collapse: collapse; width: 100%; margin: 1em 0; }}\n\
         td {{ border: 1px solid #000; padding: 0.3em; text-align: center; }}\n</style>\n</head>\n<body>\n<h1>{0}</h1>\n",
        escape(&title)
    );
    if let Some(warning) = warning(composition) {
        let _ = writeln!(page, "<p><strong>{}</strong></p>", escape(&warning));
    }
    for part in parts(composition) {
        let _ = writeln!(page, "<h2>{}</h2>", escape(&part.heading));
        match part.table {
            Some(table) => page.push_str(&drawn(composition, table)),
            None => page.push_str("<p></p>\n"),
        }
    }
    let _ = writeln!(page, "<p style=\"text-align: right\">{}</p>", escape(&composition.task.subject));
    page.push_str("</body>\n</html>\n");
    page
}

fn drawn(composition: &Composition, table: usize) -> String {
    let mut text = String::new();
    let Some(drawing) = drawings(composition.task.form).into_iter().nth(table) else { return text };
    text.push_str("<table>\n");
    for row in &drawing.rows {
        text.push_str("<tr>");
        for cell in &row.cells {
            let span = |name: &str, count: usize| match count {
                1 => String::new(),
                _ => format!(" {name}=\"{count}\""),
            };
            let spans = format!("{}{}", span("colspan", cell.column_span), span("rowspan", cell.row_span));
            let _ =
                write!(text, "<td{spans}>{}</td>", escape(&content(composition, cell.value, &cell.label)));
        }
        text.push_str("</tr>\n");
    }
    text.push_str("</table>\n");
    text
}

/// What stands in a cell: its label, or its number in the unit that the form prints. Blank where there is none.
pub(crate) fn content(composition: &Composition, value: Option<usize>, label: &str) -> String {
    match value {
        None => label.to_owned(),
        Some(index) => printed(composition, index),
    }
}

/// The number of a cell as the form wants it written.
pub(crate) fn printed(composition: &Composition, index: usize) -> String {
    let form = composition.task.form;
    let cells = composition.cells.get(index).zip(form.cells.get(index));
    let Some((value, cell)) = cells.and_then(|(composed, cell)| Some((composed.value?, cell))) else {
        return String::new();
    };
    // The form asks for 万元 where it says so; amounts are kept in yuan.
    match form.column(cell).source_unit.as_deref() {
        Some("万元") => {
            let in_ten_thousands = value.decimal().checked_div(rust_decimal::Decimal::from(10_000));
            in_ten_thousands.map(|value| value.normalize().to_string()).unwrap_or_default()
        }
        Some(_) | None => value.to_string(),
    }
}

/// What whoever completes the report has to know, where the sums may not go into it as they are.
pub(crate) fn warning(composition: &Composition) -> Option<String> {
    let count = composition.obstacles.iter().filter(|obstacle| obstacle.kind.blocks()).count()
        + composition.broken.len();
    let open = composition.cells.iter().filter(|cell| cell.value.is_none()).count();
    (!composition.is_complete())
        .then(|| format!("【草稿：有 {count} 个问题待核实，{open} 个单元格无法得出，不得直接发布】"))
}

/// A part of the report.
pub(crate) struct Part {
    /// Its heading with its number: 一、总体情况.
    pub(crate) heading: String,
    /// The table that it holds: an index into the form's tables.
    pub(crate) table: Option<usize>,
}

/// The parts that the form prescribes; of a form that prescribes none, its tables.
pub(crate) fn parts(composition: &Composition) -> Vec<Part> {
    const NUMERALS: [&str; 10] = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十"];
    let form = composition.task.form;
    let number = |index: usize| NUMERALS.get(index).copied().unwrap_or_default();
    let official = |labels: &[String]| labels.first().cloned().unwrap_or_default();
    if form.sections.is_empty() {
        let tables = form.tables.iter().enumerate();
        return tables
            .map(|(index, table)| Part { heading: official(&table.headings), table: Some(index) })
            .collect();
    }
    let sections = form.sections.iter().enumerate();
    sections
        .map(|(index, section)| Part {
            heading: format!("{}、{}", number(index), official(&section.headings)),
            table: form.tables.iter().position(|table| table.id == section.id),
        })
        .collect()
}

/// The title of the report.
pub(crate) fn title(composition: &Composition) -> String {
    format!("{}{}年政府信息公开工作年度报告", composition.task.subject, composition.task.year)
}

/// Text inside of markup.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // What no document of XML may hold.
            other if other < ' ' && !matches!(other, '\t' | '\n' | '\r') => {}
            other => escaped.push(other),
        }
    }
    escaped
}
